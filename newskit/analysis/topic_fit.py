"""Fitting topics: from counted words to clusters, in an order that the articles' text alone decides."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.topic_clusters import Labels, centres_of, equal_lengths, refine, settle, to_chances
from newskit.analysis.topic_number import Trees, draw_curve, grow_trees
from newskit.analysis.topic_space import Placed, Space, fit_space
from newskit.analysis.topic_words import Counted, Floats


@dataclass(frozen=True, eq=False)
class Fitted:
    """What was learned; articles in the order of `counted`, topics by position.

    Attributes
    ----------
    counted, space
        The articles' words, and the space that these make.
    labels : int64 array, one entry per article
        The position of its topic.
    strength, near : float32 arrays, one entry per article
        How much nearer it is to its topic than to the next, and how near its neighbours are.
    centres : float32 array, n_topics x n_dimensions
    words, prior : float64 arrays
        Of naive Bayes: the logarithms of each word's share in each topic, and of each topic's share.
    heights : float64 array of 2
        The dearest merge inside topics and the cheapest of two, in Ward's tree, over the root of the number of articles.
    stability : float64 array, one entry per topic
    ids : int64 array, one entry per topic
        The number a topic is known by; `next_id` was never used.
    names : list of str
        The label of each topic.
    """

    counted: Counted
    space: Space
    labels: Labels
    strength: Floats
    near: Floats
    centres: Floats
    words: NDArray[np.float64]
    prior: NDArray[np.float64]
    heights: NDArray[np.float64]
    stability: NDArray[np.float64]
    ids: NDArray[np.int64]
    names: list[str]
    next_id: int

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many articles each topic has."""
        return np.bincount(self.labels, minlength=len(self.ids)).astype(np.int64)

    def take(self, topics: NDArray[np.int64]) -> Fitted:
        """The topics in another order; those that are left out have no articles."""
        back = np.full(len(self.ids), -1)
        back[topics] = np.arange(len(topics))
        parts = {name: getattr(self, name)[topics] for name in ("centres", "words", "prior", "stability", "ids")}
        return replace(self, labels=back[self.labels], names=[self.names[k] for k in topics] if self.names else [], **parts)

    def by_size(self) -> Fitted:
        """The largest topic first, and none without articles."""
        return self.take(np.argsort(-self.sizes, kind="stable")[: np.count_nonzero(self.sizes)])


def fit_topics(counted: Counted, n_topics: int | None, *, random_state: int) -> tuple[Fitted, pd.DataFrame | None]:
    """Topics, the largest first, as many as asked for or as the curve of `choose_n_topics` speaks for; and that curve."""
    space = fit_space(counted, random_state=random_state)
    placed = space.place(counted)
    trees = grow_trees(placed.points, counted.keys, random_state=random_state)
    curve = None
    if n_topics is None:
        curve = draw_curve(counted, trees)
        n_topics = int(curve.loc[curve["chosen"], "n_topics"].iloc[0])
    _, centres, _ = trees.divide(n_topics)
    fitted = settle_topics(counted, space, placed, centres)
    fitted = replace(fitted, heights=_heights(trees, len(centres)), stability=stability_of(fitted, trees)).by_size()
    n = len(fitted.ids)
    return replace(fitted, ids=np.arange(n), next_id=n), curve


def settle_topics(counted: Counted, space: Space, placed: Placed, centres: Floats, known: Labels | None = None) -> Fitted:
    """Every article in a topic, from given centres: k-means, then naive Bayes on the words; `known` as in `settle`."""
    labels, centres = settle(placed.points, centres, known=known)
    fixed = None if known is None else known >= 0
    chances, words, prior = refine(equal_lengths(space.weigh(counted)), labels, len(centres), fixed=fixed)
    labels = chances.argmax(axis=1)
    moved = centres_of(placed.points, labels, len(centres))
    centres = np.where(moved.any(axis=1, keepdims=True), moved, centres)
    strength = strength_of(placed.points, centres, labels)
    n, none = len(centres), np.full(len(centres), np.nan)
    return Fitted(
        counted, space, labels, strength, placed.near, centres, words, prior, np.array([0, np.inf]), none, np.arange(n), [], n
    )  # fmt: skip


def place_in_topics(fitted: Fitted, counted: Counted) -> tuple[Labels, Floats, Floats]:
    """For articles: their topic's position (known ones stay), how strongly they are in it, and how near their neighbours are."""
    placed = fitted.space.place(counted)
    known = known_labels(fitted, counted.keys)
    likely = to_chances(equal_lengths(fitted.space.weigh(counted)), fitted.words, fitted.prior).argmax(axis=1)
    labels = np.where(known >= 0, known, likely)
    return labels, strength_of(placed.points, fitted.centres, labels), placed.near


def known_labels(fitted: Fitted, keys: NDArray[np.uint64]) -> Labels:
    """The topic (position) of each article that was fitted; -1 of others."""
    own = fitted.counted.keys  # in order
    at = np.minimum(np.searchsorted(own, keys), len(own) - 1)
    return np.where(own[at] == keys, fitted.labels[at], -1)


def strength_of(placed: Floats, centres: Floats, labels: Labels) -> Floats:
    """How much nearer (cosine) articles are to their own topic's centre than to the next, 0 to 1."""
    alike, rows = placed @ centres.T, np.arange(len(labels))
    own = alike[rows, labels]
    alike[rows, labels] = 0
    return np.clip(own - alike.max(axis=1), 0, 1)


def novelty_of(fitted: Fitted, near: Floats) -> NDArray[np.float64]:
    """The share of the fitted articles whose neighbours are nearer, 0 to 1."""
    return 1 - np.searchsorted(np.sort(fitted.near), near, side="right") / max(len(fitted.near), 1)


def stability_of(fitted: Fitted, trees: Trees) -> NDArray[np.float64]:
    """How well each topic comes back in 80% of the articles: the mean Jaccard index with its nearest match (Hennig 2007)."""
    labels, n = fitted.labels[trees.rows], len(fitted.ids)
    own, found = np.bincount(labels, minlength=n), []
    for again in trees.divide(n)[2]:
        both = np.zeros((n, again.max() + 1))
        np.add.at(both, (labels, again), 1)
        either = own[:, None] + np.bincount(again) - both
        found.append((both / np.maximum(either, 1)).max(axis=1))
    return np.where(own > 0, np.mean(found, axis=0), np.nan)


def _heights(trees: Trees, n: int) -> NDArray[np.float64]:
    """The dearest merge inside n topics and the cheapest of two, over the root of the number of articles."""
    heights = np.concatenate([[np.inf], trees.tree[::-1, 2], [0.0]])
    return np.array([heights[min(n, len(heights) - 1)], heights[n - 1]]) / np.sqrt(max(len(trees.rows), 1))
