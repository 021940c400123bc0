"""Pictures of topics in numbers: where each article lies on a plane, and how topics would merge."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.topic_words import Floats

_SAMPLE, _NEIGHBOURS = 1500, 5


def draw_map(placed: Floats, *, random_state: int) -> NDArray[np.float64]:
    """x and y of articles, in which near articles are near: float64 array, n_articles x 2; missing where one has no words.

    t-SNE (van der Maaten and Hinton 2008) from the principal components, of 1,500 articles at most; the others lie among their
    five nearest of these. Fewer than five, and articles that are all alike, lie in a row.
    """
    some = placed.any(axis=1)
    if not some.all():  # an article without words is near nothing
        where = np.full((len(placed), 2), np.nan)
        where[some] = draw_map(placed[some], random_state=random_state)
        return where
    n, rng = len(placed), np.random.default_rng(random_state)
    if n < 5 or not np.ptp(placed, axis=0).any():
        return np.column_stack([np.arange(n, dtype=float), np.zeros(n)])
    chosen = np.sort(rng.permutation(n)[:_SAMPLE])
    spots = _embed(placed[chosen], random_state)
    where = np.empty((n, 2))
    for begin in range(0, n, 2000):
        part = placed[begin : begin + 2000] @ placed[chosen].T
        best = np.argsort(-part, axis=1, kind="stable")[:, : min(_NEIGHBOURS, len(chosen))]
        where[begin : begin + 2000] = spots[best].mean(axis=1)
    where[chosen] = spots
    return where


def _embed(sample: Floats, random_state: int) -> NDArray[np.float64]:
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    spread = PCA(2, svd_solver="full").fit_transform(sample.astype(np.float64))
    spread = spread / max(spread[:, 0].std(), 1e-9) * 1e-4
    tsne = TSNE(2, perplexity=min(30, (len(sample) - 1) / 3), init=spread, metric="cosine", random_state=random_state, n_jobs=1)
    return tsne.fit_transform(sample).astype(np.float64)


def merge_tree(centres: Floats, sizes: NDArray[np.int64]) -> pd.DataFrame:
    """How topics would merge, by the average distance (cosine) of their centres.

    Returns
    -------
    DataFrame
        A row per merge: `left`, `right` (int64), `height` (0 to 2), `n_articles` (int64).
    """
    from scipy.cluster.hierarchy import linkage

    columns = {"left": "int64", "right": "int64", "height": "float64", "n_articles": "int64"}
    if len(centres) < 2:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    upper = np.triu_indices(len(centres), 1)
    exact = centres.astype(np.float64)
    merges = linkage(np.clip(1 - (exact @ exact.T)[upper], 0, 2), "average")
    of_merge = sizes.tolist()
    for left, right in merges[:, :2].astype(int):
        of_merge.append(of_merge[left] + of_merge[right])
    table = pd.DataFrame(merges[:, :3], columns=["left", "right", "height"]).assign(n_articles=of_merge[len(sizes) :])
    return table.astype(columns)
