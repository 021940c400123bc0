"""How well who said what, and who stands where, are read: scores on articles annotated by hand, all of them scrubbed."""

from __future__ import annotations

import pandas as pd

_MEASURED = (
    ("who says something", "PolNeAR, development articles", 75.4, "F1; counts where the words for the holder overlap"),
    (
        "who says what",
        "PolNeAR, development articles",
        51.0,
        "F1; holder and content belong together, half of the content is found",
    ),
    ("stance toward a person or group", "NewsMTSC, development sentences", 71.0, "macro-F1 of against, neutral, favor"),
    ("stance toward an issue", "sentences of 2016 and 2017", 57.3, "macro-F1 of against, neutral, favor"),
    ("a whole row: sentence, target, stance", "articles of 2016 and 2017", 56.7, "F1; two people reach 94 with each other"),
    ("a whole row with its holder", "articles of 2016 and 2017", 47.3, "F1; two people reach 94 with each other"),
)


def measured() -> pd.DataFrame:
    """Scores of the models behind `find_attributions` and `tag_stance`; the cards in `newskit/tagging/models` say more.

    Returns
    -------
    DataFrame
        `task`, `data` (str), `score` (float64, 0 to 100), `note` (str: which measure it is).

    Examples
    --------
    >>> measured()["score"].between(0, 100).all()
    np.True_
    """
    table = pd.DataFrame(_MEASURED, columns=["task", "data", "score", "note"])
    return table.astype(dict.fromkeys(("task", "data", "note"), "str"))
