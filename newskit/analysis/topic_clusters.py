"""Clusters of articles: a tree of merges, cut where it is told to, settled by k-means and by naive Bayes on the words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from newskit.analysis.topic_space import unit
from newskit.analysis.topic_words import Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Labels = NDArray[np.int64]
_WORDS = 30.0  # an article's words weigh as much as so many independent ones
_CLEARLY = 0.2  # cosine: by so much must another centre be nearer for an article to leave its cluster of before
_PRIOR = 0.5  # words of the corpus that each topic is mixed with, as a share of the vocabulary


def distances(placed: Floats) -> NDArray[np.float64]:
    """Euclidean distances between all articles, condensed as scipy has them."""
    upper = np.triu_indices(len(placed), 1)
    alike = (placed @ placed.T)[upper].astype(np.float64)
    lengths = (placed**2).sum(axis=1)
    squares = lengths[upper[0]] + lengths[upper[1]] - 2 * alike
    return np.sqrt(np.where(squares > 1e-5, squares, 0))  # less is float32 rounding of articles that are the same


def grow_tree(apart: NDArray[np.float64]) -> NDArray[np.float64]:
    """The tree of merges of Ward (1963), as scipy's linkage, of condensed distances."""
    from scipy.cluster.hierarchy import linkage

    return linkage(apart, "ward") if len(apart) else np.empty((0, 4))


def cut_tree(tree: NDArray[np.float64], n: int) -> Labels:
    """The cluster of each article, numbered from 0, when the tree is cut into n clusters (fewer where merges tie)."""
    from scipy.cluster.hierarchy import fcluster

    if n == 1 or not len(tree):
        return np.zeros(len(tree) + 1, np.int64)
    return np.unique(fcluster(tree, n, "maxclust"), return_inverse=True)[1].astype(np.int64)


def centres_of(placed: Floats, labels: Labels, n: int) -> Floats:
    """The mean direction of each cluster."""
    sums = np.zeros((n, placed.shape[1]), np.float64)
    for k in range(n):
        sums[k] = placed[labels == k].sum(axis=0, dtype=np.float64)
    return unit(sums.astype(np.float32))


def settle(placed: Floats, centres: Floats, *, known: Labels | None = None, rounds: int = 30) -> tuple[Labels, Floats]:
    """Spherical k-means (Dhillon and Modha 2001) from given centres: each article's cluster, and the centres.

    A cluster that loses all its articles keeps its centre. Articles whose cluster is `known` (not -1) stay there unless another
    is clearly nearer.
    """
    labels = np.full(len(placed), -1)
    for _ in range(rounds):
        before, labels = labels, nearest(placed, centres, known)
        if (labels == before).all():
            break
        moved = centres_of(placed, labels, len(centres))
        centres = np.where(moved.any(axis=1, keepdims=True), moved, centres)
    return labels, centres


def nearest(placed: Floats, centres: Floats, known: Labels | None = None) -> Labels:
    """The nearest centre of each article, or the `known` one where no other is clearly nearer."""
    alike = placed @ centres.T
    found = alike.argmax(axis=1).astype(np.int64)
    if known is None:
        return found
    rows = np.arange(len(found))
    stays = (known >= 0) & (alike[rows, found] <= alike[rows, np.maximum(known, 0)] + _CLEARLY)
    return np.where(stays, known, found)


def cut_and_settle(placed: Floats, tree: NDArray[np.float64], n: int, *, rounds: int = 30) -> tuple[Labels, Floats]:
    """Clusters of the articles that a tree was grown of."""
    labels = cut_tree(tree, n)
    return settle(placed, centres_of(placed, labels, labels.max() + 1), rounds=rounds)


def word_chances(weights: csr_array, chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm of each word's share in each topic: float64 array, n_topics x n_words."""
    use = np.asarray((weights.T @ chances).T)
    common = use.sum(axis=0) / max(use.sum(), 1e-9)
    use = use + _PRIOR * len(common) * np.maximum(common, 1e-9)
    return np.log(use / use.sum(axis=1, keepdims=True))


def equal_lengths(weights: csr_array) -> csr_array:
    """Weights that add up to the same in each article, so that long articles are not surer than they should be."""
    rows = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    totals = np.bincount(rows, weights.data, minlength=weights.shape[0])
    scaled = weights.copy()
    scaled.data = scaled.data * (_WORDS / np.maximum(totals, 1e-9))[rows]
    return scaled


def refine(
    weights: csr_array, labels: Labels, n: int, *, fixed: NDArray[np.bool_] | None = None, rounds: int = 20
) -> tuple[NDArray[np.float64], ...]:
    """Naive Bayes on the words, by expectation maximisation from given clusters (Nigam et al. 2000).

    Parameters
    ----------
    weights : csr_array, n_articles x n_words
        Of `equal_lengths`.
    fixed : bool array, one entry per article
        Articles that stay in their cluster.

    Returns
    -------
    chances, words, prior : float64 arrays
        n_articles x n_topics (rows add up to 1); the logarithms of each word's share, n_topics x n_words; and of each
        topic's share, one entry per topic. A topic that the words would empty makes the given clusters stay.
    """
    chances = np.eye(n)[labels]
    words, prior = word_chances(weights, chances), np.log(chances.mean(axis=0) + 1e-9)
    for _ in range(rounds):
        before, chances = chances, to_chances(weights, words, prior)
        if fixed is not None:
            chances[fixed] = np.eye(n)[labels[fixed]]
        words, prior = word_chances(weights, chances), np.log(chances.mean(axis=0) + 1e-9)
        if np.abs(chances - before).max() < 1e-3:
            break
    if len(np.unique(chances.argmax(axis=1))) < len(np.unique(labels)):
        chances = np.eye(n)[labels]
        words, prior = word_chances(weights, chances), np.log(chances.mean(axis=0) + 1e-9)
        chances = 0.5 * chances + 0.5 * to_chances(weights, words, prior)
        chances[np.arange(len(labels)), labels] += 1e-6
    return chances, words, prior


def to_chances(weights: csr_array, words: NDArray[np.float64], prior: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probability of each topic for each article, by its words: float64 array, n_articles x n_topics."""
    scores = np.asarray(weights @ words.T) + prior
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)
