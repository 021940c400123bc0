"""How many topics: a curve over numbers of topics, and the number that it speaks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.topic_clusters import Labels, cut_and_settle, distances, grow_tree, settle
from newskit.analysis.topic_names import coherence_of, rank_terms, tops_of
from newskit.analysis.topic_space import fit_space
from newskit.analysis.topic_words import Counted, Floats, count_words, draw
from newskit.corpus.options import check_seed
from newskit.corpus.progress import progress
from newskit.corpus.tokens import Tokens, tokenize
from newskit.tagging.threads import one_thread

_MOST, _FEWEST = 30, 3
_SAMPLE = 1500  # articles in a tree: its distances grow with the square
_AGAIN, _SHARE = 10, 0.8  # so many times, with so many of the articles
_SAME = 1e-3  # the distance of equal articles, as rounding leaves it
_SIZE = 5  # articles a topic has at least, on average


@dataclass(frozen=True, eq=False)
class Trees:
    """The tree of (a sample of) the articles, and those of parts of them.

    Attributes
    ----------
    rows : int64 array
        The articles of the sample.
    placed : float32 array
        Where they lie.
    apart : float64 array
        Their distances, condensed.
    tree : float64 array
        Their tree.
    parts : list of (int64 array, float64 array)
        Positions in the sample, and the tree of these.
    """

    rows: NDArray[np.int64]
    placed: Floats
    apart: NDArray[np.float64]
    tree: NDArray[np.float64]
    parts: list[tuple[NDArray[np.int64], NDArray[np.float64]]]

    def divide(self, n: int) -> tuple[Labels, Floats, list[Labels]]:
        """The sample's articles in n clusters, the centres of these, and how else they could be divided.

        The tree of the sample and those of its parts divide it each in its own way (articles outside a part go where they are
        nearest). That way is taken which agrees most with the others, by the adjusted Rand index.
        """
        whole = cut_and_settle(self.placed, self.tree, n)
        ways = [whole, *(self._settled(rows, tree, n) for rows, tree in self.parts)]
        if n == 1 or len(self.rows) < 2:
            return *whole, [labels for labels, _ in ways]
        agreed = _agreement([labels for labels, _ in ways]).sum(axis=1)
        agreed[[len(centres) < len(whole[1]) for _, centres in ways]] = -np.inf  # a part can be too small for so many
        best = int(agreed.argmax())
        labels, centres = settle(self.placed, ways[best][1])
        return labels, centres, [way[0] for k, way in enumerate(ways) if k != best]

    def _settled(self, rows: NDArray[np.int64], tree: NDArray[np.float64], n: int) -> tuple[Labels, Floats]:
        _, centres = cut_and_settle(self.placed[rows], tree, n, rounds=5)
        return (self.placed @ centres.T).argmax(axis=1), centres


def _agreement(ways: list[Labels]) -> NDArray[np.float64]:
    """The adjusted Rand index (Hubert and Arabie 1985) of each way with each."""
    from sklearn.metrics import adjusted_rand_score

    found = np.eye(len(ways))
    for i, j in zip(*np.triu_indices(len(ways), 1), strict=True):
        found[i, j] = found[j, i] = adjusted_rand_score(ways[i], ways[j])
    return found


def grow_trees(placed: Floats, keys: NDArray[np.uint64], *, random_state: int) -> Trees:
    """Trees of the articles that are placed."""
    from scipy.spatial.distance import squareform

    some = np.flatnonzero(placed.any(axis=1) | ~placed.any())  # all, where nothing is known of any
    rows = some[draw(keys[some], _SAMPLE, random_state=random_state)]
    sample, n = placed[rows], len(rows)
    apart = distances(sample)
    square, parts = squareform(apart).astype(np.float32), []
    for k in range(_AGAIN):
        part = draw(keys[rows], max(int(_SHARE * n), min(n, 2)), random_state=random_state + 1000 * (k + 1))
        parts.append((part, grow_tree(squareform(square[np.ix_(part, part)], checks=False).astype(np.float64))))
    return Trees(rows, sample, apart, grow_tree(apart), parts)


def choose_n_topics(articles: pd.DataFrame | Tokens, *, random_state: int = 0) -> pd.DataFrame:
    """How the articles divide into 2, 3, ... topics, and the number that is best supported.

    The number is chosen that has the highest score: stability squared, times separation, times the fifth root of the step in
    the tree of merges. So it asks for topics that come back when a fifth of the articles is left out, that stand apart, and whose
    next merge would be dearer than the last. (The powers were set on labelled news. Coherence and diversity are there to be
    looked at: counting them made choices worse.) The number to work with is yours: another one that scores nearly as high tells
    the same news at another grain.

    Parameters
    ----------
    articles : articles or Tokens
    random_state : int
        Draws the parts, and the sample of 1,500 articles where there are more.

    Returns
    -------
    DataFrame
        A row per number of topics:

        - `n_topics` (int64)
        - `stability` (-1 to 1): the adjusted Rand index of the topics with those of parts, 80% of the articles each
        - `separation` (-1 to 1): the mean silhouette (Rousseeuw 1987)
        - `step` (0 or more): how much dearer the merge into fewer topics is than the one before, in logarithms
        - `coherence` (-1 to 1): how much the top ten terms of topics go together, normalised pointwise mutual information
          (Bouma 2009), over articles; missing where the articles have one word only
        - `diversity` (0 to 1): the share of different ones among all top ten terms
        - `score` (float64) and `chosen` (bool; true in one row)

        Of fewer than six different articles: one row, for one topic.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> texts = ["goal match striker", "match cup striker", "goal cup", "bank profit shares", "shares bank rose", "profit rose"]
    >>> curve = nk.choose_n_topics(pd.DataFrame({"article_id": list("abcdef"), "text": texts}))
    >>> curve.loc[curve["chosen"], "n_topics"].item()
    2
    """
    check_seed(random_state)
    counted, _ = count_words(tokenize(articles))
    with one_thread():
        placed = fit_space(counted, random_state=random_state).place(counted).points
        return draw_curve(counted, grow_trees(placed, counted.keys, random_state=random_state))


def draw_curve(counted: Counted, trees: Trees) -> pd.DataFrame:
    """The curve of `choose_n_topics`."""
    from sklearn.metrics import adjusted_rand_score

    rows = []
    sample = counted.rows(trees.rows)
    heights = [tree[::-1, 2] for _, tree in [(0, trees.tree), *trees.parts]]
    for n in progress(_numbers(trees), label="Numbers of topics", unit="numbers"):
        labels, _, others = trees.divide(n)
        stability = np.mean([adjusted_rand_score(labels, other) for other in others])
        step = np.mean([np.log(h[n - 2] / max(h[n - 1], 1e-9)) if 1 < n < len(h) and h[n - 2] > 0 else 0.0 for h in heights[1:]])
        tops = tops_of(rank_terms(sample.words, labels, n))
        coherence = pd.Series(coherence_of(sample.words, tops)).mean()
        rows.append((n, stability, _separation(trees, labels), step, coherence, len(np.unique(tops)) / tops.size))
    names = ("n_topics", "stability", "separation", "step", "coherence", "diversity")
    curve = pd.DataFrame(rows, columns=names).astype({"n_topics": "int64"})
    positive = curve[["stability", "separation", "step"]].clip(lower=0)
    curve["score"] = positive["stability"] ** 2 * positive["separation"] * positive["step"] ** 0.2
    allowed = curve["score"].where(curve["n_topics"] >= min(_FEWEST, curve["n_topics"].max()), -1)
    curve["chosen"] = np.arange(len(curve)) == int(allowed.argmax())
    return curve


def _numbers(trees: Trees) -> list[int]:
    different = 1 + int((trees.tree[:, 2] > _SAME).sum())
    if different < 2 * _FEWEST:  # unless these few come again and again, nothing can be said
        return list(range(2, different + 1)) if len(trees.rows) >= 3 * different > 3 else [1]
    most = min(_MOST, different // 3, max(len(trees.rows) // _SIZE, 2))
    return [n for n in (*range(2, 13), 14, 16, 18, 20, 25, 30) if n <= most]


def _separation(trees: Trees, labels: Labels) -> float:
    from scipy.spatial.distance import squareform
    from sklearn.metrics import silhouette_score

    if not 1 < len(np.unique(labels)) < len(labels):
        return 0.0
    return float(silhouette_score(squareform(trees.apart), labels, metric="precomputed"))
