"""One tagger for all tasks: a linear chain of labels over a narrow convolutional network, in numpy.

The network has three convolutions over whole articles (Collobert et al. 2011), the chain is a conditional random field
(Lafferty, McCallum and Pereira 2001).

Each distinct word of a corpus becomes a vector once, from what is known of the word and of its letters. A token adds how it
is written and the gaps around it: rows of tables, looked up and added. The convolutions are small matrix products over
articles. Between the second and the third each token is told the mean of what was seen at the other places of its word in
the same article (after Krishnan and Manning 2006), so that "sessions" is read as in "jeff sessions".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.tokens import Tokens
from newskit.tagging.decoding import chains_of, chances_of, decode
from newskit.tagging.features import (
    EDGE_GAP,
    MARKED,
    N_FAR,
    N_GAPS,
    far_gaps,
    gap_kinds,
    segment_starts,
    token_shapes,
    word_parts,
)
from newskit.tagging.threads import one_thread
from newskit.tagging.weights import packed, read_npz, unpacked, write_npz

Values = NDArray[np.float32]
Part = tuple[pd.Index, Values | NDArray[np.int8], Values]
_FORMAT = 1
_REACH = 3  # rows of nothing between two articles: as far as the widest convolution looks
STEPS = (1, 2, 3)
"""How far apart the three places are that each convolution looks at (dilation; Yu and Koltun 2016)."""

_BLOCK = 4_000  # tokens read together: their rows stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Tagger:
    """A trained tagger.

    Attributes
    ----------
    labels : tuple of str
    parts : dict of str to (Index, array of int8 or float32, float32 array)
        Vectors of words and of parts of words, by kind of part: values x size, to be multiplied by the scale of their row. Row 0
        is for what is not there.
    weights : dict of str to float32 array
        Vectors of shapes and of gaps before and behind a token; convolutions (places x in x out) with their biases; the
        matrix for what was seen elsewhere; scores of the labels; `transitions` between labels.
    quiet : Index of str
        Words, in small letters, that never carry a label: nothing is computed for them beyond what others need.
    context : {"word", "segment"}
        What a token is told of its article: what was seen at the other places of its word; or what was seen in the segment
        (the tokens between two wide gaps) that it begins, and in those beside it. In the second case only tokens that begin
        a segment carry labels.
    """

    labels: tuple[str, ...]
    parts: dict[str, Part]
    weights: dict[str, Values]
    quiet: pd.Index
    context: Literal["word", "segment"] = "word"

    def scores(self, tokens: Tokens, marks: NDArray[np.int64] | None = None) -> tuple[NDArray[np.int64], Values]:
        """Scores of the labels where a label is possible.

        Parameters
        ----------
        marks : int64 array, one entry per token, optional
            How far each token stands from the marked words of its article (`newskit.tagging.features.distances`), for a
            tagger that was trained with such marks. The marked words are masked: they count as unknown.

        Returns
        -------
        at : int64 array
            The tokens that can carry a label, ascending.
        scores : float32 array, len(at) x labels
        """
        lower = tokens.lower()
        loud = segment_starts(tokens) if self.context == "segment" else (self.quiet.get_indexer(lower.vocabulary) < 0)[lower.code]
        tables = [self._vectors(lower.vocabulary), *self._tables()]
        columns = [lower.code.astype(np.int64), *_surroundings(tokens)]
        if marks is not None:
            unknown = np.sum([rows[:1] * scale[:1] for _, rows, scale in self.parts.values()], axis=0)
            tables = [np.concatenate([tables[0], unknown]), *tables[1:], self.weights["marks"]]
            columns = [np.where(marks == MARKED, len(lower.vocabulary), columns[0]), *columns[1:], marks]
        found = np.empty((np.count_nonzero(loud), len(self.labels)), np.float32)
        done = 0
        with one_thread():
            for begin, end in _blocks(tokens.bounds):
                here, sizes = slice(tokens.bounds[begin], tokens.bounds[end]), np.diff(tokens.bounds[begin : end + 1])
                block = self._block(tables, [column[here] for column in columns], loud[here], sizes)
                found[done : done + len(block)] = block
                done += len(block)
        return np.flatnonzero(loud), found

    def tag(self, tokens: Tokens) -> tuple[NDArray[np.int8], Values]:
        """The best label of each token (Viterbi 1967), and its probability (forward-backward).

        Returns
        -------
        label : int8 array
            Positions in `labels`.
        probability : float32 array
        """
        at, scores = self.scores(tokens)
        label = np.full(tokens.n_tokens, self.labels.index("O"), np.int8)
        probability = np.ones(tokens.n_tokens, np.float32)
        chains = chains_of(at, tokens.bounds)
        label[at], probability[at] = decode(scores, self.weights["transitions"], chains, self.labels)
        return label, probability

    def chances(self, tokens: Tokens) -> Values:
        """The probability of each label of each token that begins a segment, the article's segments being one chain.

        float32 array, tokens x labels; 0 for tokens that cannot carry a label.
        """
        at, scores = self.scores(tokens)
        found = np.zeros((tokens.n_tokens, len(self.labels)), np.float32)
        found[at] = chances_of(scores, self.weights["transitions"], np.diff(np.searchsorted(at, tokens.bounds)))
        return found

    def _vectors(self, lower: pd.Index) -> Values:
        """The vector of each distinct word: the sum over its parts, each unknown part counting as nothing known."""
        parts, total = word_parts(lower), np.float32(0)
        for kind, (values, rows, scale) in self.parts.items():
            at = values.get_indexer(parts[kind]) + 1
            total = total + rows[at] * scale[at]
        return np.asarray(total, np.float32)

    def _tables(self) -> list[Values]:
        """Tables of what is seen around a token: rows as `_surroundings` numbers them."""
        w = self.weights
        gaps = w["before"][:, None] + w["behind"]
        far = w["back"][:, None] + w["ahead"]
        return [w["shapes"], gaps.reshape(-1, gaps.shape[2]), far.reshape(-1, far.shape[2])]

    def _block(
        self, tables: list[Values], columns: list[NDArray[np.int64]], loud: NDArray[np.bool_], sizes: NDArray[np.int64]
    ) -> Values:
        """Scores of the loud tokens of some articles, which lie in one array of rows with `_REACH` empty rows around each."""
        w, code = self.weights, columns[0]
        article = np.repeat(np.arange(len(sizes)), sizes)
        row = np.arange(len(code)) + _REACH * (article + 1)
        there = np.zeros((len(code) + _REACH * (len(sizes) + 1), 1), np.float32)
        there[row] = 1
        seen = np.zeros((len(there), tables[0].shape[1]), np.float32)
        for table, column in zip(tables, columns, strict=True):
            seen[row] += np.take(table, column, axis=0)
        first = _convolved(seen, w["first"], w["first bias"], STEPS[0]) * there
        second = (first + _convolved(first, w["second"], w["second bias"], STEPS[1])) * there
        at = row[loud]
        here = second[at]
        told = w["third bias"] + here @ w["third"][1]
        if self.context == "word":
            told += _elsewhere(here, article[loud] * np.int64(len(tables[0])) + code[loud]) @ w["elsewhere"]
        else:
            told += _in_segments(second[row], np.flatnonzero(loud), article[loud]) @ w["elsewhere"]
        told += second[at - STEPS[2]] @ w["third"][0]
        told += second[at + STEPS[2]] @ w["third"][2]
        here += np.maximum(told, 0, out=told)
        return here @ w["out"] + w["out bias"]

    def save(self, path: Path) -> None:
        """Write the weights as .npz, no pickles: words a byte a value, the rest in half precision."""
        arrays: dict[str, NDArray[np.generic]] = {name: value.astype(np.float16) for name, value in self.weights.items()}
        arrays["quiet"] = packed(self.quiet)
        for kind, (values, rows, scale) in self.parts.items():
            if rows.dtype != np.int8:
                vectors = rows * scale
                scale = np.abs(vectors).max(axis=1, keepdims=True) / 127 + 1e-12
                rows = np.round(vectors / scale).astype(np.int8)
            arrays[f"values {kind}"], arrays[f"scale {kind}"], arrays[f"rows {kind}"] = (
                packed(values),
                scale.astype(np.float16),
                rows,
            )
        names = {"parts": list(self.parts), "weights": list(self.weights)}
        write_npz(path, {"format": _FORMAT, "labels": self.labels, **names, "context": self.context}, arrays)

    @classmethod
    def load(cls, path: Path) -> Tagger:
        """Read what `save` wrote."""
        about, arrays = read_npz(path, version=_FORMAT)
        parts = {}
        for kind in about["parts"]:
            scale = arrays[f"scale {kind}"].astype(np.float32)
            parts[kind] = (_index(arrays[f"values {kind}"]), arrays[f"rows {kind}"], scale)
        weights = {name: arrays[name].astype(np.float32) for name in about["weights"]}
        return cls(tuple(about["labels"]), parts, weights, _index(arrays["quiet"]), about["context"])


def _index(values: NDArray[np.uint8]) -> pd.Index:
    return pd.Index(unpacked(values), dtype="str")


def _surroundings(tokens: Tokens) -> list[NDArray[np.int64]]:
    """What is seen around each token, as row numbers: its shape, the gaps before and behind it, the wide gaps further away."""
    gap = gap_kinds(tokens)
    behind = np.append(gap[1:], EDGE_GAP)[: len(gap)]
    behind[tokens.bounds[1:][np.diff(tokens.bounds) > 0] - 1] = EDGE_GAP
    back, ahead = far_gaps(tokens)
    return [token_shapes(tokens), gap * N_GAPS + behind, back * N_FAR + ahead]


def _convolved(rows: Values, kernel: Values, bias: Values, step: int) -> Values:
    """A convolution over three places, nothing being beyond the rows, with what is below zero cut off."""
    total = rows @ kernel[1] + bias
    total[step:] += rows[:-step] @ kernel[0]
    total[:-step] += rows[step:] @ kernel[2]
    return np.maximum(total, 0, out=total)


def _elsewhere(rows: Values, word: NDArray[np.int64]) -> Values:
    """Per row, the mean of the other rows of the same word; nothing where there is no other."""
    order = np.argsort(word, kind="stable")
    first = np.flatnonzero(np.append(True, np.diff(word[order]) > 0)[: len(word)])
    counts = np.diff(np.append(first, len(word)))
    again = np.repeat(counts > 1, counts)
    kept, sizes = order[again], counts[counts > 1]
    others = np.zeros_like(rows)
    if len(kept):
        totals = np.add.reduceat(rows[kept], np.append(0, np.cumsum(sizes)[:-1]), axis=0)
        others[kept] = (np.repeat(totals, sizes, axis=0) - rows[kept]) / (np.repeat(sizes, sizes) - 1).astype(np.float32)[:, None]
    return others


def _in_segments(rows: Values, first: NDArray[np.int64], article: NDArray[np.int64]) -> Values:
    """Per segment the means of its rows, of the segment before and of the one behind in the same article, side by side."""
    means = np.add.reduceat(rows, first, axis=0) / np.diff(np.append(first, len(rows)))[:, None].astype(np.float32)
    beside = np.zeros((len(means) + 2, rows.shape[1]), np.float32)
    beside[1:-1] = means
    edge = np.append(True, np.diff(article) > 0)
    before, behind = np.where(edge[:, None], 0, beside[:-2]), np.where(np.append(edge[1:], True)[:, None], 0, beside[2:])
    return np.concatenate([means, before, behind], axis=1)


def _blocks(bounds: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Neighbouring articles that together have about `_BLOCK` tokens: first article, and the one behind the last."""
    cuts = np.flatnonzero(np.diff(bounds[:-1] // _BLOCK)) + 1
    edges = [0, *cuts.tolist(), len(bounds) - 1]
    return [(a, b) for a, b in pairwise(edges) if b > a]
