"""Articles that say the same: exact copies, and near ones found by MinHash over word shingles (Broder 1997)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.progress import progress
from newskit.corpus.tokens import Tokens

_SHINGLE = 5  # tokens
_PERMUTATIONS = 64
_MIXER = np.uint64(0x9E3779B97F4A7C15)  # the golden ratio in 64 bits (Knuth's multiplicative hashing)


def exact_duplicates(tokens: Tokens) -> NDArray[np.int64]:
    """For each article the position of the first one with the same words in the same order, case aside; itself if none.

    Articles without a word are nobody's duplicates.
    """
    lower = tokens.lower()
    words = [lower.code[a:b].tobytes() for a, b in zip(lower.bounds[:-1], lower.bounds[1:], strict=True)]
    same = pd.Series(words, dtype=object)  # as bytes of a numpy array they would lose their last zeros
    first = pd.Series(np.arange(len(words))).groupby(same).transform("first").to_numpy(np.int64)
    return np.where(np.diff(tokens.bounds) > 0, first, np.arange(len(words)))


def near_duplicates(tokens: Tokens, *, threshold: float = 0.7) -> NDArray[np.int64]:
    """For each article the position of the first one that shares most of its wording; itself if none.

    Parameters
    ----------
    tokens : Tokens
    threshold : float in (0, 1]
        Least Jaccard similarity of two articles' sets of five-word shingles. MinHash LSH (datasketch) proposes pairs, and
        each is then compared exactly. Chains count: a copy of a copy belongs to the same group.

    Returns
    -------
    int64 array, one entry per article
    """
    from datasketch import MinHash, MinHashLSH
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(tokens)
    if n < 2:
        return np.arange(n)
    first_copy = exact_duplicates(tokens)
    shingles = _shingles(tokens)
    index, blank = MinHashLSH(threshold=threshold, num_perm=_PERMUTATIONS), MinHash(num_perm=_PERMUTATIONS, hashfunc=int)
    pairs = [(int(i), int(j)) for i, j in enumerate(first_copy) if i != j]
    for i in progress(range(n), total=n, label="near duplicates"):
        if first_copy[i] != i or not len(shingles[i]):
            continue
        sketch = blank.copy()
        sketch.update_batch(shingles[i].tolist())
        candidates = sorted(int(j) for j in index.query(sketch))
        pairs += [(i, j) for j in candidates if _jaccard(shingles[i], shingles[j]) >= threshold]
        index.insert(i, sketch, check_duplication=False)
    rows, columns = np.array(pairs, np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(n, n))
    group = connected_components(graph, directed=False)[1]
    return pd.Series(np.arange(n)).groupby(group).transform("first").to_numpy(np.int64)


def _shingles(tokens: Tokens) -> list[NDArray[np.uint32]]:
    """The distinct hashes of each article's runs of five words; none where it has fewer."""
    lower = tokens.lower()
    word = pd.util.hash_array(lower.vocabulary.to_numpy(object))[lower.code]
    padded = np.concatenate([word, np.zeros(_SHINGLE - 1, np.uint64)])
    hashes = np.zeros(len(word), np.uint64)
    for k in range(_SHINGLE):
        hashes = (hashes ^ padded[k : k + len(word)]) * _MIXER
    folded = (hashes >> np.uint64(32)).astype(np.uint32)
    return [np.unique(folded[a : max(b - _SHINGLE + 1, a)]) for a, b in zip(tokens.bounds[:-1], tokens.bounds[1:], strict=True)]


def _jaccard(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> float:
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / (len(one) + len(other) - common)
