"""What topics are called: their terms, a short label, and how well the terms go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.topic_clusters import Labels
from newskit.analysis.topic_words import Counted

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_TOP, _IN_LABEL = 10, 3
_PHRASE = 0.5  # of a word's weight: from here on its phrase stands for it
_PARTICLES = frozenset("abu al bin da de del den der di du el ibn la las le los san st van von".split())  # of names
_OF_LANDS, _OF_PEOPLE = frozenset(("", "a", "e", "y")), frozenset(("n", "an", "ian", "i", "ese"))  # endings


def rank_terms(counts: csr_array, labels: Labels, n: int) -> NDArray[np.float64]:
    """How much each word says of each topic: float64 array, n_topics x n_words.

    Its share of the topic's words times the logarithm of how much larger that is than its share of all words: what it adds to
    the divergence of the topic from the corpus (Kullback and Leibler 1951). Counts enter by their logarithm, so that one long
    article does not name a topic. Of one topic, it is the share.
    """
    from scipy.sparse import csr_array

    damped = counts.copy()
    damped.data = np.log1p(damped.data)
    of_topic = csr_array((np.ones(len(labels)), (labels, np.arange(len(labels)))), shape=(n, len(labels)))
    use = (of_topic @ damped).toarray()
    share = use / np.maximum(use.sum(axis=1, keepdims=True), 1e-9)
    if n == 1:
        return share
    overall = use.sum(axis=0) / max(use.sum(), 1e-9)
    return share * np.log(np.maximum(share, 1e-12) / np.maximum(overall, 1e-12)).clip(min=0)


def tops_of(weights: NDArray[np.float64], *, most: int = _TOP) -> NDArray[np.int64]:
    """The positions of the terms that say most of each topic: int64 array, n_topics x up to `most`."""
    return np.argsort(-weights, axis=1, kind="stable")[:, :most]


def coherence_of(counts: csr_array, tops: NDArray[np.int64]) -> NDArray[np.float64]:
    """How much the top terms of each topic go together, -1 to 1: the mean normalised pointwise mutual information of their pairs.

    Bouma (2009), over articles; pairs that never meet count -1. A topic of one term has none (NaN).
    """
    there = (counts > 0).astype(np.float32)
    n_articles, found = counts.shape[0], np.full(len(tops), np.nan)
    for k, top in enumerate(tops if tops.shape[1] > 1 else []):
        part = there[:, top]
        both = np.asarray((part.T @ part).toarray(), np.float64) / n_articles
        alone, pairs = np.diag(both), np.triu_indices(len(top), 1)
        chance, seen = (alone[:, None] * alone[None, :])[pairs], both[pairs]
        with np.errstate(divide="ignore", invalid="ignore"):
            npmi = np.log(seen / chance) / -np.log(seen)
        found[k] = np.where(seen == 0, -1, np.where(seen >= 1, 1, npmi)).mean()
    return found


def name_terms(counted: Counted, labels: Labels, n: int) -> pd.DataFrame:
    """The terms of each topic, words and phrases; a phrase stands for its words where it says nearly as much as they do.

    Returns
    -------
    DataFrame
        `topic` (int64: its position), `term` (str), `weight` (float64), the strongest first, up to ten per topic.
    """
    from scipy.sparse import hstack

    names = [*counted.vocabulary, *counted.listed]
    weights = rank_terms(hstack([counted.words, counted.phrases]).tocsr(), labels, n)
    rows = []
    for topic in range(n):
        best = np.argsort(-weights[topic], kind="stable")[: 6 * _TOP]
        ranked = [(names[j], float(weights[topic, j])) for j in best if weights[topic, j] > 0]
        rows += [(topic, term, weight) for term, weight in _chosen(ranked)[:_TOP]]
    return pd.DataFrame(rows, columns=["topic", "term", "weight"]).astype({"topic": "int64", "term": "str", "weight": "float64"})


def _chosen(ranked: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Terms that do not repeat each other: no word beside its phrase, no plural beside its singular, no Syrian beside Syria."""
    phrases = [(term, weight) for term, weight in ranked if " " in term]
    chosen: list[tuple[str, float]] = []
    taken: set[str] = set()
    for term, weight in ranked:
        stands = [p for p, w in phrases if term in p.split() and w >= _PHRASE * weight]
        name = stands[0] if stands else term
        parts = {_stem(word) for word in name.split()}
        if not any(_alike(part, other) for part in parts for other in taken) and name not in _PARTICLES:
            taken |= parts
            chosen.append((name, weight))
    return chosen


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word


def _alike(one: str, other: str) -> bool:
    """Whether two words are one, or a country and its people: Syria and Syrian, Israel and Israeli, China and Chinese."""
    n = next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rests = {one[n:], other[n:]}
    return one == other or (n >= 4 and bool(rests & _OF_PEOPLE) and bool(rests & _OF_LANDS))


def label_topics(terms: pd.DataFrame, n: int) -> list[str]:
    """A label for each topic: its first three terms, and more where another topic has the same."""
    listed = [terms.loc[terms["topic"] == topic, "term"].tolist() for topic in range(n)]
    labels = [", ".join(own[:_IN_LABEL]) or "(no words)" for own in listed]
    return [
        ", ".join(own[: _IN_LABEL + 1]) or label if labels.count(label) > 1 else label
        for own, label in zip(listed, labels, strict=True)
    ]
