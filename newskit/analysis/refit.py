"""Refitting on people's labels: a small linear model that corrects what the network says on your own articles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.label_file import check_labels
from newskit.analysis.labels import check_stances, majority, placed, same_item
from newskit.analysis.stance import STANCES
from newskit.corpus.options import check_count, check_seed, check_share

_NEEDED = ("target", "mention", "snippet", *(f"p_{name}" for name in STANCES))
_TRUST = 3.0  # how much lighter the network's figures are penalised than single words
_PENALTY = 0.3  # scikit-learn's C
_LEAST = 10


@dataclass(frozen=True, eq=False)
class RefittedStance:
    """A model that was fitted on labels; `apply` uses it.

    Attributes
    ----------
    n : int
        How many labelled rows it was fitted on.
    """

    n: int
    words: Any
    model: Any

    def apply(self, stances: pd.DataFrame, *, threshold: float = 0.45) -> pd.DataFrame:
        """The table with the stances, probabilities and confidence of the refitted model; hand labels (`by`) stay as they are.

        Parameters
        ----------
        stances : DataFrame
            From `tag_stance`.
        threshold : float, 0 to 1
            As in `tag_stance`.
        """
        rows = check_stances(stances, *_NEEDED, perhaps=["stance", "by"])
        check_share("threshold", threshold)
        _check_chances(rows)
        if stances.empty:
            return stances.copy()
        chances = _chances(self.model, _features(rows, self.words))
        confidence = chances.max(axis=1)
        said = np.where(confidence >= threshold, np.array(STANCES, object)[chances.argmax(axis=1)], None)
        hand = (rows["by"] == "hand").to_numpy() if "by" in rows else np.zeros(len(rows), bool)
        new = {f"p_{name}": chances[:, k] for k, name in enumerate(STANCES)} | {"confidence": confidence}
        kept = rows["stance"].to_numpy(object) if "stance" in rows else said
        return stances.assign(**new, stance=pd.Series(np.where(hand, kept, said), stances.index, dtype="str"))


def refit_stance(stances: pd.DataFrame, labels: pd.DataFrame) -> RefittedStance:
    """Fit a model on hand labels: logistic regression on the network's probabilities and on the words of the sentences.

    The network's figures are trusted more than single words, so that a few labels correct its balance and many teach it the words
    of your subject (stacking; Wolpert 1992). `learning_curve` tells whether it helps.

    Parameters
    ----------
    stances : DataFrame
        From `tag_stance`, before `apply_labels`.
    labels : DataFrame
        From `nk.labels.read_labels`. Rows with a majority among the coders are used.

    Raises
    ------
    ValueError
        If fewer than 10 rows are labelled, or all with one stance.
    """
    rows, gold = _labelled(stances, labels)
    if len(rows) < _LEAST or len(set(gold.tolist())) < 2:
        raise ValueError(
            f"Refitting needs at least {_LEAST} labelled rows with two different stances; there are {len(rows)} with "
            f"{len(set(gold.tolist()))}. Label more: nk.sample_for_labelling(stances)."
        )
    return _fit(rows, gold)


def learning_curve(
    stances: pd.DataFrame, labels: pd.DataFrame, *, steps: int = 5, repeats: int = 10, random_state: int = 0
) -> pd.DataFrame:
    """How much better the refitted model gets with more labels.

    Each time a fifth of the labelled articles is kept for scoring (an article is never on both sides), and the model is fitted
    on a part of the others.

    Parameters
    ----------
    stances, labels
        As in `refit_stance`.
    steps : int
        So many sizes of the training part, evenly spread.
    repeats : int
        So many random splits for each.

    Returns
    -------
    DataFrame
        `n` (int64: labels fitted on; 0 is the model without labels), `macro_f1` (mean over the splits), `low`, `high` (the middle
        80% of the splits; all 0 to 1). Empty where there are too few labels.
    """
    check_count("steps", steps, least=1)
    check_count("repeats", repeats)
    check_seed(random_state)
    rows, gold = _labelled(stances, labels)
    rng = np.random.default_rng(random_state)
    scores: dict[int, list[float]] = {}
    article = pd.factorize(rows["article_id"])[0]
    for _ in range(repeats if len(rows) >= 2 * _LEAST else 0):
        order = rng.permutation(article.max() + 1)
        place = np.argsort(order)[article]
        tested = place < max(1, round(len(order) / 5))
        fit = np.flatnonzero(~tested)[np.argsort(place[~tested], kind="stable")]
        scores.setdefault(0, []).append(_macro_f1(_network(rows[tested]), gold[tested]))
        for n in np.unique(np.linspace(_LEAST, len(rows) * 4 // 5, steps).astype(int)).tolist():
            part = fit[:n]
            if len(part) == n and len(set(gold[part].tolist())) > 1:
                model = _fit(rows.iloc[part], gold[part])
                said = _chances(model.model, _features(rows[tested], model.words)).argmax(axis=1)
                scores.setdefault(n, []).append(_macro_f1(said, gold[tested]))
    table = [(n, float(np.mean(s)), *np.quantile(s, [0.1, 0.9]).tolist()) for n, s in sorted(scores.items())]
    types = {"n": np.int64} | dict.fromkeys(["macro_f1", "low", "high"], np.float64)
    return pd.DataFrame(table, columns=list(types)).astype(types)


def _check_chances(rows: pd.DataFrame) -> None:
    if not ((chances := _probabilities(rows)) >= 0).all() or (chances > 1).any():
        raise ValueError("p_against, p_neutral and p_favor are not all from 0 to 1; pass the table as nk.tag_stance gave it.")


def _labelled(stances: pd.DataFrame, labels: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """The rows with a majority label, one for each thing that was labelled, and the label's position in STANCES."""
    stances = check_stances(stances, *_NEEDED, perhaps=["holder"])
    _check_chances(stances)
    pairs, _ = placed(stances, check_labels(labels))
    gold = pd.Index(STANCES).get_indexer(majority(pairs, len(stances))["stance"])
    rows = stances[gold >= 0]
    first = ~same_item(stances, pairs)[gold >= 0].duplicated().to_numpy()
    return rows[first].reset_index(drop=True), gold[gold >= 0][first].astype(np.int64)


def _fit(rows: pd.DataFrame, gold: NDArray[np.int64]) -> RefittedStance:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    words = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit([*_texts(rows), "no words at all"])
    model = LogisticRegression(C=_PENALTY, max_iter=500).fit(_features(rows, words), gold)
    return RefittedStance(len(rows), words, model)


def _features(rows: pd.DataFrame, words: Any) -> Any:
    from scipy.sparse import csr_array, hstack

    return hstack([csr_array(_TRUST * np.log(_probabilities(rows) + 1e-3)), words.transform(_texts(rows))]).tocsr()


def _texts(rows: pd.DataFrame) -> list[str]:
    """The sentences in small letters, without the mention."""
    return [s.lower().replace(m.lower(), " ") for s, m in zip(rows["snippet"], rows["mention"], strict=True)]


def _chances(model: Any, features: Any) -> NDArray[np.float64]:
    found = np.zeros((features.shape[0], len(STANCES)))
    found[:, model.classes_] = model.predict_proba(features)
    return found


def _probabilities(rows: pd.DataFrame) -> NDArray[np.float64]:
    return rows[[f"p_{name}" for name in STANCES]].to_numpy(np.float64)


def _network(rows: pd.DataFrame) -> NDArray[np.int64]:
    return _probabilities(rows).argmax(axis=1)


def _macro_f1(said: NDArray[np.int64], gold: NDArray[np.int64]) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(gold, said, average="macro", labels=np.unique(gold), zero_division=0))
