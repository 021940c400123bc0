"""The model against people: how often it is right, beside guessing, and whether its confidence can be trusted."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.intervals import wilson
from newskit.analysis.label_file import PLACE, check_labels
from newskit.analysis.labels import check_stances, majority, placed, same_item
from newskit.analysis.stance import STANCES

_BINS = 10


@dataclass(frozen=True, eq=False)
class StanceEvaluation:
    """How a model compares with people's labels.

    Attributes
    ----------
    scores : DataFrame
        A row per class (against, neutral, favor), then `macro` (means over the classes that people used), `accuracy` and
        `abstained`: `class` (str), `n` (int64: places that people gave the class; all; those where the model abstained),
        `precision`, `recall`, `f1`, `accuracy`, `low`, `high` (0 to 1: the accuracy's 95% interval, Wilson 1927), `baseline`
        (0 to 1: the f1, or the accuracy, of always saying what people say most). An abstention is not right. What is not
        defined is missing.
    confusion : DataFrame
        How often (int64) the model said each class or abstained (columns) where people said each (the index, `people`).
    calibration : DataFrame
        Ten bins of confidence: `low`, `high` (bounds), `n` (int64: places where the model did not abstain), `confidence`
        (mean), `right` (share); both missing where the bin is empty.
    calibration_error : float
        The mean distance of the two, weighted by n (expected calibration error; Naeini et al. 2015).
    """

    scores: pd.DataFrame
    confusion: pd.DataFrame
    calibration: pd.DataFrame
    calibration_error: float

    @property
    def n(self) -> int:
        """How many places both were compared on."""
        return int(self.confusion.to_numpy().sum())

    def __repr__(self) -> str:
        macro = self.scores.set_index("class").loc["macro"]
        return f"<the model against people, n = {self.n:,}: macro F1 {macro['f1']:.2f}, baseline {macro['baseline']:.2f}>"


def evaluate_stance(stances: pd.DataFrame, labels: pd.DataFrame) -> StanceEvaluation:
    """Compare the model with what most coders say (where they are divided or find it unclear, nothing is compared).

    The scores hold for rows like those that were labelled: of a sample with many uncertain rows they are too low for the
    corpus, and its intervals assume that the places are independent of each other.

    Parameters
    ----------
    stances : DataFrame
        From `tag_stance`, without hand labels: rows in which those have replaced the model (`by` is hand) are left out, and a
        warning says so. Of several holders at a place that was labelled once the most confident row counts.
    labels : DataFrame
        From `nk.labels.read_labels`.

    Returns
    -------
    StanceEvaluation
        With tables `scores`, `confusion`, `calibration` and the number `calibration_error`; few labels, or none, give wide
        intervals, or missing values.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> place = {"article_id": list("abcd"), "start": 4, "end": 12, "target": "tax bill"}
    >>> stances = pd.DataFrame({**place, "stance": ["favor", "favor", "against", None], "confidence": 0.8})
    >>> labels = pd.DataFrame({**place, "coder": "ann", "label": ["favor", "favor", "against", "neutral"]})
    >>> scores = evaluate_stance(stances, labels).scores.set_index("class")
    >>> scores.loc["accuracy", ["n", "accuracy", "baseline"]].tolist()
    [4.0, 0.75, 0.5]
    """
    stances = check_stances(stances, "stance", "confidence", perhaps=["by", "mention", "holder"])
    if "by" in stances and (stances["by"] == "hand").any():
        n_hand = int((stances["by"] == "hand").sum())
        warnings.warn(
            f"{n_hand:,} rows have hand labels in the model's place; they are left out. Pass the table as nk.tag_stance gave it.",
            stacklevel=2,
        )
        stances = stances[stances["by"] != "hand"]
    pairs, _ = placed(stances, check_labels(labels))
    people = majority(pairs, len(stances))["stance"]
    order, item = same_item(stances, pairs).assign(confidence=stances["confidence"].to_numpy("float64")), [*PLACE, "who"]
    order = order[people.notna()].sort_values([*item, "confidence"], ascending=[*[True] * len(item), False], kind="stable")
    rows = order.drop_duplicates(item).index
    gold = pd.Index(STANCES).get_indexer(people.iloc[rows])
    said = pd.Index(STANCES).get_indexer(stances["stance"].astype("str").iloc[rows])
    confusion = np.zeros((len(STANCES), len(STANCES) + 1), np.int64)
    np.add.at(confusion, (gold, said), 1)  # -1, the last column: abstained
    calibration = _calibrate(order.loc[rows, "confidence"].to_numpy()[said >= 0], (said == gold)[said >= 0])
    apart = (calibration["confidence"] - calibration["right"]).abs()
    error = float((apart * calibration["n"]).sum() / calibration["n"].sum()) if calibration["n"].any() else np.nan
    named = pd.DataFrame(confusion, pd.Index(STANCES, dtype="str", name="people"), [*STANCES, "abstained"])
    return StanceEvaluation(_scores(confusion), named, calibration, error)


def _scores(confusion: NDArray[np.int64]) -> pd.DataFrame:
    n_classes = len(STANCES)
    right, n, said = np.diag(confusion), confusion.sum(axis=1), confusion[:, :n_classes].sum(axis=0)
    total, most = n.sum(), np.arange(n_classes) == n.argmax()
    with np.errstate(invalid="ignore", divide="ignore"):
        classes = {"precision": right / said, "recall": right / n, "f1": np.where(n > 0, 2 * right / (n + said), np.nan)}
        classes["baseline"] = np.where(n > 0, most * 2 * n / (n + total), np.nan)
        accuracy, low, high = (float(v) for v in wilson(right.sum(), total))
        best = n.max() / total
    table = pd.DataFrame({"class": STANCES, "n": n, **classes, "accuracy": np.nan, "low": np.nan, "high": np.nan})
    further = [
        {"class": "macro", "n": total, **table.loc[n > 0, list(classes)].mean()},
        {"class": "accuracy", "n": total, "accuracy": accuracy, "low": low, "high": high, "baseline": best},
        {"class": "abstained", "n": confusion[:, -1].sum()},
    ]
    table = pd.concat([table, pd.DataFrame(further)], ignore_index=True)
    return table[["class", "n", "precision", "recall", "f1", "accuracy", "low", "high", "baseline"]].astype({"class": "str"})


def _calibrate(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> pd.DataFrame:
    at = np.clip((confidence * _BINS).astype(np.int64), 0, _BINS - 1)
    n = np.bincount(at, minlength=_BINS)
    with np.errstate(invalid="ignore"):
        means = {"confidence": np.bincount(at, confidence, _BINS) / n, "right": np.bincount(at, right, _BINS) / n}
    edges = np.arange(_BINS + 1) / _BINS
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "n": n, **means})
