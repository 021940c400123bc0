"""A space in which articles on the same thing lie near each other: latent semantics, word vectors, the nearest neighbours.

Three views are joined. Latent semantic analysis (Deerwester et al. 1990) of the corpus' own tf-idf weights tells its stories
apart. Word vectors that were trained to say what a Transformer says of whole passages (see models/topic_words.md) know that
striker and goalkeeper go together, also where the corpus is small or its articles short; they count as much as an article's
words are known. And each article moves half the way to its ten nearest neighbours, which takes the accidents of wording out of
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.topic_words import Counted, Floats, draw, on_columns
from newskit.corpus.options import check_seed
from newskit.tagging.weights import read_npz, shipped, unpacked

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_LATENT, _NEIGHBOURS = 100, 10
_COMMON = 0.8  # words that more articles have than this share say nothing on topics
_REFERENCES = 8000  # neighbours are looked for among so many articles
_BLOCK = 2000


@dataclass(frozen=True, eq=False)
class Placed:
    """Where articles lie.

    Attributes
    ----------
    points : float32 array, n_articles x n_dimensions
        Of length 1; zeros of an article without words.
    near : float32 array, one entry per article
        How near (cosine) its ten neighbours are on average.
    neighbours : int64 array, n_articles x up to 10
        Their positions among the references.
    """

    points: Floats
    near: Floats
    neighbours: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Space:
    """A fitted space.

    Attributes
    ----------
    vocabulary : Index of str
        The words that count.
    idf : float32 array, one entry per word
    latent : float32 array, n_words x up to 100
        The right singular vectors of the corpus.
    middle : float32 array
        The mean of the articles' word vectors.
    references : float32 array, n_references x n_dimensions
        Articles of the corpus, among which neighbours are looked for.
    keys : uint64 array, one entry per reference
        What they are known by.
    """

    vocabulary: pd.Index
    idf: Floats
    latent: Floats
    middle: Floats
    references: Floats
    keys: NDArray[np.uint64]

    def weigh(self, counted: Counted) -> csr_array:
        """tf-idf weights of the articles, each of length 1 (0 of an article without words)."""
        return _weights(on_columns(counted.words, counted.vocabulary, self.vocabulary), self.idf)

    def place(self, counted: Counted) -> Placed:
        """Where articles lie."""
        apart = self._apart(self.weigh(counted))
        at, near = np.empty_like(apart), np.zeros(len(apart), np.float32)
        k = min(_NEIGHBOURS, len(self.references) - 1)
        if k < 1:
            return Placed(apart, near, np.empty((len(apart), 0), np.int64))
        neighbours = np.empty((len(apart), k), np.int64)
        for begin in range(0, len(apart), _BLOCK):
            part = slice(begin, begin + _BLOCK)
            alike = apart[part] @ self.references.T
            alike[counted.keys[part, None] == self.keys[None, :]] = -1  # no article, nor a copy of it, is its own neighbour
            best = np.argpartition(-alike, k - 1, axis=1)[:, :k]
            best.sort(axis=1)  # the sum below is the same whatever order they were found in
            weight = np.clip(np.take_along_axis(alike, best, axis=1), 0, None)
            mean = np.einsum("ij,ijk->ik", weight, self.references[best]) / np.maximum(weight.sum(axis=1), 1e-9)[:, None]
            at[part], near[part], neighbours[part] = unit(apart[part] + mean), weight.mean(axis=1), best
        return Placed(at, near, neighbours)

    def _apart(self, weights: csr_array) -> Floats:
        known = word_vectors(self.vocabulary)
        vectors = unit(weights @ known)
        vectors = unit(np.where(vectors.any(axis=1, keepdims=True), vectors - self.middle, 0))
        share = np.sqrt(weights.power(2) @ known.any(axis=1).astype(np.float32))  # few known words say little
        return unit(np.hstack([vectors * share[:, None], unit(weights @ self.latent)]))


def fit_space(counted: Counted, *, random_state: int) -> Space:
    """The space of a corpus."""
    from sklearn.utils.extmath import randomized_svd

    check_seed(random_state)
    n = len(counted)
    articles = np.bincount(counted.words.indices, minlength=len(counted.vocabulary))
    kept = (articles >= min(2, n)) & (articles <= max(_COMMON * n, 1))
    if not kept.any():  # all alike, or all different
        kept = articles > 0
    vocabulary, idf = counted.vocabulary[kept], np.log(n / np.maximum(articles[kept], 1)).astype(np.float32) + 1
    weights = _weights(on_columns(counted.words, counted.vocabulary, vocabulary), idf)
    size = min(_LATENT, min(weights.shape) - 1)
    latent = np.zeros((len(vocabulary), 0), np.float32)
    if size > 0:
        latent = randomized_svd(weights, size, n_iter=4, random_state=random_state)[2].T.astype(np.float32)
    vectors = unit(weights @ word_vectors(vocabulary))
    some = vectors.any(axis=1)
    middle = vectors[some].mean(axis=0) if some.sum() > 1 else np.zeros(vectors.shape[1], np.float32)
    space = Space(vocabulary, idf, latent, middle, np.empty((0, 0), np.float32), counted.keys[:0])
    chosen = draw(counted.keys, _REFERENCES, random_state=random_state)
    apart = space._apart(weights[chosen])
    return Space(vocabulary, idf, latent, middle, apart, counted.keys[chosen])


def unit(values: Floats) -> Floats:
    """Rows of length 1; those of length 0 stay."""
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(values / np.where(lengths > 1e-9, lengths, 1), np.float32)


def _weights(counts: csr_array, idf: Floats) -> csr_array:
    weights = counts.copy()
    weights.data = (1 + np.log(weights.data)) * idf[weights.indices]
    rows = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    lengths = np.sqrt(np.bincount(rows, weights.data**2, minlength=weights.shape[0])).astype(np.float32)
    weights.data /= lengths[rows]
    return weights


def word_vectors(words: pd.Index) -> Floats:
    """Vectors of words, zeros for unknown ones: float32 array, n_words x 96."""
    known, vectors, scale = _shipped()
    at = known.get_indexer(words)
    found = vectors[at] * scale[at, None].astype(np.float32)
    found[at < 0] = 0
    return found


@cache
def _shipped() -> tuple[pd.Index, NDArray[np.int8], NDArray[np.float16]]:
    _, arrays = read_npz(shipped("topic_words.npz"), version=1)
    return pd.Index(unpacked(arrays["words"]), dtype="str"), arrays["vectors"], arrays["scale"]
