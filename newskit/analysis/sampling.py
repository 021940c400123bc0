"""Which rows people should label: some by chance, some where the model is least sure."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.label_file import PLACE, check_labels
from newskit.analysis.labels import check_stances, placed
from newskit.corpus.characters import as_strings
from newskit.corpus.options import check_choice, check_count, check_seed

_CHANCES = ["p_against", "p_neutral", "p_favor"]


def sample_for_labelling(
    stances: pd.DataFrame,
    n: int = 50,
    *,
    how: Literal["mixed", "random", "uncertain"] = "mixed",
    labels: pd.DataFrame | None = None,
    random_state: int = 0,
) -> pd.DataFrame:
    """Draw rows for people to label, as evenly over the targets as there are rows.

    To say how good the model is, label a random sample; rows that it was unsure of make it look worse than it is. To have
    agreement measured, give several coders the same sample.

    Parameters
    ----------
    stances : DataFrame
        From `tag_stance`. A place with several holders is one thing to label, drawn as its least certain row; where their
        probabilities differ they are several.
    n : int
        So many rows, or all where there are fewer.
    how : {"mixed", "random", "uncertain"}
        `uncertain`: the smallest margins between the two largest `p_*` (Scheffer et al. 2001); `mixed`: half of them so,
        half by chance. The order is always shuffled, so that nothing tells which is which.
    labels : DataFrame, optional
        Labels whose places are not drawn again, such as one coder's own: `labels[labels["coder"] == "ann"]`.
    random_state : int
        The same rows, in whatever order, and the same number give the same sample.

    Returns
    -------
    DataFrame
        Rows of `stances` with all their columns, numbered anew, and `asked_holder` (str): whose stance is to be labelled, where
        the probabilities of the holders at a place differ; else empty.

    Raises
    ------
    ValueError
        If a column is missing, or an option has no such value.

    Examples
    --------
    >>> place = {"article_id": list("ab"), "start": 0, "end": 8, "target": "tax bill", "stance": "favor"}
    >>> stances = pd.DataFrame({**place, "p_against": [0.4, 0.0], "p_neutral": 0.1, "p_favor": [0.5, 0.9]})
    >>> sample_for_labelling(stances, 1, how="uncertain")["article_id"].tolist()
    ['a']
    """
    known = check_stances(stances, *_CHANCES, perhaps=["holder", "holder_start", "holder_entity"])
    check_choice("how", how, ("mixed", "random", "uncertain"))
    check_count("n", n)
    check_seed(random_state)
    margin = np.diff(np.sort(known[_CHANCES].to_numpy("float64"), axis=1)[:, 1:], axis=1)[:, 0]
    holder = [c for c in ("holder_start", "holder_entity") if c in known]
    order = known[[*PLACE, *holder, *_CHANCES]].assign(margin=margin, row=np.arange(len(known)))
    if labels is not None:
        order = order[~order["row"].isin(placed(stances, check_labels(labels))[0]["row"])]
    order = order.sort_values([*PLACE, "margin", *holder]).drop_duplicates([*PLACE, *_CHANCES])
    apart = order.duplicated(PLACE, keep=False).to_numpy()
    random = np.random.default_rng(random_state)
    chance, target = random.random(len(order)), order["target"].to_numpy(object)
    n_unsure = {"mixed": (n + 1) // 2, "random": 0, "uncertain": n}[how]
    unsure = _spread(target, order["margin"].to_numpy(), n_unsure)
    others = np.setdiff1d(np.arange(len(order)), unsure)
    drawn = np.append(unsure, others[_spread(target[others], chance[others], n - n_unsure)])
    drawn = random.permutation(np.sort(drawn))
    sample = stances.iloc[order["row"].to_numpy()[drawn]].reset_index(drop=True)
    who = known["holder"].iloc[order["row"].to_numpy()[drawn]].astype("object").array if "holder" in known else ""
    asked = pd.Series(who, sample.index, dtype="object").fillna("").where(apart[drawn], "")
    return sample.assign(asked_holder=as_strings(asked, sample.index))


def _spread(target: NDArray[np.object_], key: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """Positions of `n` rows with the smallest keys, going round the targets."""
    by_key = np.argsort(key, kind="stable")
    turn = pd.Series(by_key).groupby(target[by_key]).cumcount().to_numpy()
    return by_key[np.lexsort((key[by_key], turn))][:n]
