"""How well who said what, and who stands where, are read: scores on articles annotated by hand, all of them scrubbed."""

from __future__ import annotations

import pandas as pd

from newskit.tagging.models import Model, check_model

_TASKS = (
    ("who says something", "PolNeAR, development articles", "F1; counts where the words for the holder overlap"),
    ("who says what", "PolNeAR, development articles", "F1; holder and content belong together, half of the content is found"),
    ("stance toward a person or group", "NewsMTSC, development sentences", "macro-F1 of against, neutral, favor"),
    ("stance toward an issue", "sentences of 2016 and 2017", "macro-F1 of against, neutral, favor"),
    ("a whole row: sentence, target, stance", "articles of 2016 and 2017", "F1; two people reach 94 with each other"),
    ("a whole row with its holder", "articles of 2016 and 2017", "F1; two people reach 94 with each other"),
)
_SCORES = {"fast": (75.4, 51.0, 71.0, 57.3, 56.7, 47.8), "accurate": (82.6, 65.4, 79.1, 64.1, 62.1, 51.1)}


def measured(model: Model = "fast") -> pd.DataFrame:
    """Scores of the models behind `find_attributions` and `tag_stance`; the cards in `newskit/tagging/models` say more.

    Parameters
    ----------
    model : {"fast", "accurate"}

    Returns
    -------
    DataFrame
        `task`, `data` (str), `score` (float64, 0 to 100), `note` (str: which measure it is).

    Examples
    --------
    >>> measured()["score"].between(0, 100).all()
    np.True_
    """
    check_model(model)
    table = pd.DataFrame(_TASKS, columns=["task", "data", "note"]).astype("str")
    table.insert(2, "score", _SCORES[model])
    return table
