"""One tagger for all tasks: a linear chain of labels over a narrow convolutional network, in numpy.

The network has three convolutions over whole articles (Collobert et al. 2011), the chain is a conditional random field
(Lafferty, McCallum and Pereira 2001).

Each distinct word of a corpus becomes a vector once, from what is known of the word and of its letters. A token adds how it
is written and the gaps around it: rows of tables, looked up and added. The convolutions are small matrix products over
articles. Between the second and the third each token is told the mean of what was seen at the other places of its word in
the same article (after Krishnan and Manning 2006), so that "sessions" is read as in "jeff sessions".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.tokens import Tokens, fold
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
    word_shapes,
)
from newskit.tagging.layers import Values, add_product, convolved, elsewhere, groups, in_segments, looked_up, scored, with_nothing
from newskit.tagging.threads import one_thread
from newskit.tagging.weights import packed, read_npz, unpacked, write_npz

Part = tuple[pd.Index, Values | NDArray[np.int8], Values]
_FORMAT = 1
_REACH = 3  # rows of nothing between two articles: as far as the widest convolution looks
STEPS = (1, 2, 3)
"""How far apart the three places are that each convolution looks at (dilation; Yu and Koltun 2016)."""

_BLOCK = 4_000  # tokens read together: their rows stay in the processor's cache
_SURROUNDED = 100_000  # tokens whose surroundings are looked at together
_AT_ONCE = 500_000  # tokens that are scored before they are decoded


@dataclass(frozen=True, eq=False)
class Known:
    """What a tagger knows of the words of a corpus.

    Attributes
    ----------
    code : int64 array, one entry per word of the vocabulary
        Its row in the first table.
    shapes : int64 array, one entry per word of the vocabulary
    talks : bool array, one entry per row
        Whether the word can carry a label.
    unknown : int
        The row of a word of which nothing is known.
    tables : list of float32 arrays
        What is looked up for each token; the last row of each is zero.
    """

    code: NDArray[np.int64]
    shapes: NDArray[np.int64]
    talks: NDArray[np.bool_]
    unknown: int
    tables: list[Values]


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

    _at_once: ClassVar[int | None] = _AT_ONCE

    def scores(
        self, tokens: Tokens, marks: NDArray[np.int64] | None = None, known: Known | None = None
    ) -> tuple[NDArray[np.int64], Values]:
        """Scores of the labels where a label is possible.

        Parameters
        ----------
        marks : int64 array, one entry per token, optional
            How far each token stands from the marked words of its article (`newskit.tagging.features.distances`), for a
            tagger that was trained with such marks. The marked words are masked: they count as unknown.
        known : Known, optional
            What is known of the vocabulary, where several corpora share it.

        Returns
        -------
        at : int64 array
            The tokens that can carry a label, ascending.
        scores : float32 array, len(at) x labels
        """
        known = self._know(tokens.vocabulary) if known is None else known
        tables = known.tables if marks is None else [*known.tables, with_nothing(self.weights["marks"])]
        loud, found = np.zeros(tokens.n_tokens, bool), []
        with one_thread():
            for begin, end in groups(tokens.bounds, _SURROUNDED):
                here, some = slice(tokens.bounds[begin], tokens.bounds[end]), tokens[begin:end]
                columns = [known.code[some.code], *_surroundings(some, known.shapes)]
                loud[here] = segment_starts(some) if self.context == "segment" else known.talks[columns[0]]
                if marks is not None:
                    columns = [np.where(marks[here] == MARKED, known.unknown, columns[0]), *columns[1:], marks[here]]
                found += self._blocks(tables, columns, loud[here], some.bounds)
        scores = np.concatenate(found) if found else np.zeros((0, len(self.labels)), np.float32)
        return np.flatnonzero(loud), scores

    def _know(self, vocabulary: pd.Index) -> Known:
        """What is worked out once for the words of a corpus."""
        code, words = fold(vocabulary)
        unknown = np.sum([rows[:1] * scale[:1] for _, rows, scale in self.parts.values()], axis=0)
        tables = [np.concatenate([self._vectors(words), unknown]), *self._tables()]
        talks = self.quiet.get_indexer(words) < 0
        return Known(code, word_shapes(vocabulary), talks, len(words), [with_nothing(t) for t in tables])

    def read(self, tokens: Tokens) -> Iterator[tuple[slice, Tokens, NDArray[np.int64], Values]]:
        """The scores of a corpus, so many articles at a time that memory stays bounded.

        Yields
        ------
        place : slice
            Of these articles' tokens among all.
        some, at, scores
            These articles, and what `scores` says of them.
        """
        known = self._know(tokens.vocabulary)
        for begin, end in groups(tokens.bounds, self._at_once):
            some = tokens[begin:end]
            yield slice(tokens.bounds[begin], tokens.bounds[end]), some, *self.scores(some, known=known)

    def tag(self, tokens: Tokens) -> tuple[NDArray[np.int8], Values]:
        """The best label of each token (Viterbi 1967), and its probability (forward-backward).

        Returns
        -------
        label : int8 array
            Positions in `labels`.
        probability : float32 array
        """
        label = np.full(tokens.n_tokens, self.labels.index("O"), np.int8)
        probability = np.ones(tokens.n_tokens, np.float32)
        for place, some, at, scores in self.read(tokens):
            chains = chains_of(at, some.bounds)
            best, sure = decode(scores, self.weights["transitions"], chains, self.labels)
            label[place][at], probability[place][at] = best, sure
        return label, probability

    def chance(self, tokens: Tokens, label: str) -> Values:
        """The probability of a label of each token that begins a segment, the article's segments being one chain.

        float32 array, one entry per token; 0 for tokens that cannot carry a label.
        """
        found, column = np.zeros(tokens.n_tokens, np.float32), self.labels.index(label)
        for place, some, at, scores in self.read(tokens):
            lengths = np.diff(np.searchsorted(at, some.bounds))
            found[place][at] = chances_of(scores, self.weights["transitions"], lengths)[:, column]
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
        shaped = w["shapes"][:, None, None] + far
        return [gaps.reshape(-1, gaps.shape[2]), shaped.reshape(-1, far.shape[2])]

    def _blocks(
        self, tables: list[Values], columns: list[NDArray[np.int64]], loud: NDArray[np.bool_], bounds: NDArray[np.int64]
    ) -> list[Values]:
        """Scores of the loud tokens, block by block."""
        found = []
        for begin, end in groups(bounds, _BLOCK):
            here, sizes = slice(bounds[begin], bounds[end]), np.diff(bounds[begin : end + 1])
            found.append(self._block(tables, [column[here] for column in columns], loud[here], sizes))
        return found

    def _block(
        self, tables: list[Values], columns: list[NDArray[np.int64]], loud: NDArray[np.bool_], sizes: NDArray[np.int64]
    ) -> Values:
        """Scores of the loud tokens of some articles, which lie in one array of rows with `_REACH` empty rows around each."""
        w, code = self.weights, columns[0]
        article = np.repeat(np.arange(len(sizes)), sizes)
        row = np.arange(len(code)) + _REACH * (article + 1)
        empty = np.ones(len(code) + _REACH * (len(sizes) + 1), bool)
        empty[row] = False
        nothing = np.flatnonzero(empty)
        seen = looked_up(tables, columns, row, len(empty))
        first = convolved(seen, w["first"], w["first bias"], STEPS[0])
        first[nothing] = 0
        second = convolved(first, w["second"], w["second bias"], STEPS[1])
        second += first
        second[nothing] = 0
        at = row[loud]
        here, told = np.take(second, at, axis=0), np.empty((len(at), len(w["third bias"])), np.float32)
        told[:] = w["third bias"]
        add_product(here, w["third"][1], told)
        if self.context == "word":
            add_product(elsewhere(here, article[loud] * np.int64(len(tables[0])) + code[loud]), w["elsewhere"], told)
        else:
            add_product(
                in_segments(second, at, np.diff(np.append(np.flatnonzero(loud), len(code))), article[loud]), w["elsewhere"], told
            )
        add_product(np.take(second, at - STEPS[2], axis=0), w["third"][0], told)
        add_product(np.take(second, at + STEPS[2], axis=0), w["third"][2], told)
        here += np.maximum(told, 0, out=told)
        return scored(here, w["out"], w["out bias"])

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


def _surroundings(tokens: Tokens, shapes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """What is seen of each token, as row numbers: the gaps before and behind it; its shape and the wide gaps further away.

    `shapes`: those of the words of the vocabulary.
    """
    gap = gap_kinds(tokens)
    behind = np.append(gap[1:], EDGE_GAP)[: len(gap)]
    behind[tokens.bounds[1:][np.diff(tokens.bounds) > 0] - 1] = EDGE_GAP
    back, ahead = far_gaps(tokens)
    return [gap * N_GAPS + behind, (token_shapes(tokens, shapes) * N_FAR + back) * N_FAR + ahead]
