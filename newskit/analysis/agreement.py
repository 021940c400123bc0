"""How far coders agree: Krippendorff's alpha, Cohen's kappa and plain shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.label_file import PLACE, check_labels
from newskit.analysis.stance import STANCES
from newskit.corpus.articles import nearest

Numbers = NDArray[np.int64]
_MISSING = len(STANCES)
_ALL = "(all)"


def agreement(labels: pd.DataFrame, *, coders: Sequence[str] | None = None) -> pd.DataFrame:
    """Measure how far coders agree, for each target and for all together.

    An item is a place and a target (and a holder, where labels name one). `unclear` counts as no label, and items with one label
    only say nothing of agreement.

    Parameters
    ----------
    labels : DataFrame
        From `nk.labels.read_labels`.
    coders : sequence of str, optional
        Only these; left out: all.

    Returns
    -------
    DataFrame
        A row per target, in alphabetical order, and the last for all, `(all)`: `target` (str), `items` (int64: with a label),
        `shared` (int64: with those of two coders or more), `coders` (int64), `alpha` (-1 to 1: Krippendorff's for nominal
        data, with items that not all coders labelled; Krippendorff 2004), `kappa` (-1 to 1: Cohen's, the mean over pairs of
        coders that share items; Cohen 1960), `exact` (0 to 1: share of the shared items on which all agree), `note` (str: why
        a measure is missing, or empty).

    Raises
    ------
    ValueError
        If a column is missing, or a coder has no label.

    Examples
    --------
    >>> rows = [(c, s, l) for c, said in (("ann", "ffan"), ("bo", "ffaa")) for s, l in enumerate(said)]
    >>> labels = pd.DataFrame(rows, columns=["coder", "start", "label"]).assign(article_id="a", target="tax bill")
    >>> labels = labels.assign(end=labels["start"] + 1, label=labels["label"].map({"f": "favor", "a": "against", "n": "neutral"}))
    >>> agreement(labels)[["target", "shared", "coders", "exact"]].values.tolist()
    [['tax bill', 4, 2, 0.75], ['(all)', 4, 2, 0.75]]
    """
    labels = check_labels(labels)
    if coders is not None:
        if isinstance(coders, str) or not isinstance(coders, Iterable):
            raise ValueError(f"coders is a list of names, such as coders=[{str(coders)!r}], not {coders!r}.")
        for coder in coders:
            if coder not in set(labels["coder"]):
                known = labels["coder"].unique()
                raise ValueError(f"None of the labels is by {coder!r}.{nearest(str(coder), known)}")
        labels = labels[labels["coder"].isin(coders)]
    groups = [*labels.groupby("target", sort=True), (_ALL, labels)]
    table = pd.DataFrame([{"target": target, **_measure(_matrix(rows))} for target, rows in groups])
    return table.astype({"target": "str", "note": "str"})


def _matrix(labels: pd.DataFrame) -> Numbers:
    """What each coder (column) says of each item (row), as a position in STANCES, or _MISSING."""
    labels = labels[labels["label"].isin(STANCES)]
    item, coder = labels.groupby([*PLACE, "holder"]).ngroup().to_numpy(), pd.factorize(labels["coder"], sort=True)[0]
    matrix = np.full((item.max(initial=-1) + 1, coder.max(initial=-1) + 1), _MISSING)
    matrix[item, coder] = pd.Index(STANCES).get_indexer(labels["label"])
    return matrix


def _measure(matrix: Numbers) -> dict[str, object]:
    counts = (matrix[:, :, None] == np.arange(_MISSING)).sum(axis=1)
    shared = counts[counts.sum(axis=1) > 1]
    pairs = [_kappa(matrix[:, a], matrix[:, b]) for a, b in combinations(range(matrix.shape[1]), 2)]
    defined = [kappa for kappa in pairs if not np.isnan(kappa)]
    agreed = (shared.max(axis=1, initial=0) == shared.sum(axis=1)).mean() if len(shared) else np.nan
    measures = {"alpha": _alpha(shared), "kappa": np.mean(defined) if defined else np.nan, "exact": agreed}
    note = ""
    if not len(matrix):
        note = "nobody has labelled it against, neutral or favor"
    elif not len(shared):
        note = "only one coder" if matrix.shape[1] == 1 else "no item was labelled by two coders"
    elif np.isnan(measures["alpha"]):
        note = "all shared items have the same label: agreement by chance cannot be told from any other"
    elif not defined:
        note = "no pair of coders used two different labels on the items that they share"
    return {"items": len(matrix), "shared": len(shared), "coders": matrix.shape[1], **measures, "note": note}


def _alpha(counts: Numbers) -> float:
    """Krippendorff's alpha from how often each label was given to each item (two labels or more)."""
    each, total = counts.sum(axis=1), counts.sum(axis=0)
    n = total.sum()
    expected = n**2 - (total**2).sum()
    if not expected:
        return np.nan
    observed = ((each**2 - (counts**2).sum(axis=1)) / (each - 1)).sum()
    return float(1 - (n - 1) * observed / expected)


def _kappa(one: Numbers, other: Numbers) -> float:
    """Cohen's kappa of two coders, missing where they share no item or used one and the same label throughout."""
    both = (one != _MISSING) & (other != _MISSING)
    table = np.zeros((_MISSING, _MISSING))
    np.add.at(table, (one[both], other[both]), 1)
    share = table / max(both.sum(), 1)
    chance = share.sum(axis=0) @ share.sum(axis=1)
    return float((np.trace(share) - chance) / (1 - chance)) if both.any() and chance < 1 else np.nan
