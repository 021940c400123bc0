"""What the encoder reads: word pieces in the order of the text, with a piece for each gap that tells something.

The gaps of scrubbed text go in as marks between the words (a comma where two spaces stand, a full stop where there are more),
those of written text as the marks that stand there. How a word is written and the exact kind of gap are told beside it, as in the
taggers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newskit.corpus.tokens import Tokens
from newskit.tagging.features import gap_kinds, gap_marks, token_shapes

LONGEST, PASSAGE = 256, 96
"""Pieces that are read at once, at most: of an article, and of a passage whose stance is asked for."""

CORE, MARGIN = 168, 24
"""Pieces of a window whose words are labelled, about, and pieces read on both sides of them."""

MARKS = (None, ".", ",", '"', "(", "-", "'", ".", "?", ":", "*")
"""The piece for the first mark of a gap, in the order of `newskit.tagging.features`; a plain space has none."""
_WIDE, _WIDER = ",", "."
_PER_WORD = 6  # pieces of a word, at most

Encode = Callable[[Sequence[str]], list[list[int]]]


@dataclass(frozen=True, eq=False)
class Pieces:
    """The pieces of a corpus, an entry per piece.

    Attributes
    ----------
    piece, shape, gap : int64 arrays, one entry per piece
        Its number in the vocabulary, how its word is written, which gap stands before its word.
    token : int64 array, one entry per piece
        The token that it is of; a gap's piece is of the token behind it.
    first : int64 array, one entry per token
        The first piece of the token's word.
    """

    piece: NDArray[np.int64]
    shape: NDArray[np.int64]
    gap: NDArray[np.int64]
    token: NDArray[np.int64]
    first: NDArray[np.int64]


def as_pieces(tokens: Tokens, encode: Encode, mark_ids: dict[str, int]) -> Pieces:
    """The pieces of a corpus.

    Parameters
    ----------
    tokens : Tokens
    encode : callable
        Gives the pieces of each of some words in small letters.
    mark_ids : dict
        The number of the piece of each mark.
    """
    lower = tokens.lower()
    used, code = np.unique(lower.code, return_inverse=True)
    per_word = [ids[:_PER_WORD] for ids in encode(lower.vocabulary[used].tolist())]
    sizes = np.array([len(ids) for ids in per_word], np.int64)
    flat = np.array([i for ids in per_word for i in ids], np.int64)
    begins = np.cumsum(sizes) - sizes
    kind = gap_kinds(tokens)
    mark = _mark_pieces(kind, mark_ids)
    marked = (mark >= 0).astype(np.int64)
    count = sizes[code] + marked
    ends = np.cumsum(count)
    token = np.repeat(np.arange(tokens.n_tokens), count)
    within = np.arange(len(token)) - np.repeat(ends - count, count) - marked[token]
    piece = np.where(within < 0, mark[token], flat[np.maximum(begins[code][token] + within, 0)])
    shape = np.where(within < 0, 0, token_shapes(tokens)[token])
    return Pieces(piece, shape, kind[token], token, ends - sizes[code])


def _mark_pieces(kind: NDArray[np.int64], mark_ids: dict[str, int]) -> NDArray[np.int64]:
    """The piece of each gap, -1 for none."""
    width, mark = gap_marks(kind)
    table = np.array([-1 if m is None else mark_ids[m] for m in MARKS])
    plain = np.where(width >= 3, mark_ids[_WIDER], np.where(width == 2, mark_ids[_WIDE], -1))
    found = np.where(mark > 0, table[mark], plain)
    found[width == 0] = -1  # where the article begins, in collapsed text, and between glued tokens as in G20
    return found


def as_window(pieces: Pieces, here: slice, ends: tuple[int, int], mark: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """What the network is given: some pieces between those that open and close a window (`ends`); `mark`: 1 for marked ones."""
    columns = {"piece": pieces.piece[here], "shape": pieces.shape[here], "gap": pieces.gap[here], "mark": mark}
    window = {name: np.pad(column, 1) for name, column in columns.items()}
    window["piece"][[0, -1]] = ends
    return window


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of tokens: `begin` to `end` are read (not included), `low` to `high` are labelled."""

    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]


def cut_windows(pieces: Pieces, bounds: NDArray[np.int64], *, core: int = CORE, margin: int = MARGIN) -> Windows:
    """Windows over whole articles; every token is labelled in one of them, where it can with `margin` pieces on both sides.

    An article's windows have about the same length, and do not depend on other articles.
    """
    edges = np.append(np.searchsorted(pieces.token, bounds[:-1]), len(pieces.token))  # pieces of articles
    sizes = np.diff(edges)
    number = np.maximum(1, -(-(sizes - 2 * margin) // core)) * (sizes > 0)
    article = np.repeat(np.arange(len(sizes)), number)
    k = np.arange(len(article)) - np.repeat(np.cumsum(number) - number, number)
    low_piece = edges[article] + k * sizes[article] // number[article]
    high_piece = edges[article] + (k + 1) * sizes[article] // number[article]
    owner = np.append(pieces.token, bounds[-1])
    low, high = owner[low_piece], owner[high_piece]
    begin = owner[np.maximum(low_piece - margin, edges[article])]
    end = owner[np.minimum(high_piece + margin, edges[article + 1])]
    return Windows(begin, end, low, high)


def around(
    pieces: Pieces, begin: int, end: int, marked: Sequence[int], holder: Sequence[int] | None = None, *, longest: int = PASSAGE
) -> tuple[slice, NDArray[np.int64]]:  # fmt: skip
    """Which pieces of a passage are read, and which of them are of its marked words (1), which of its holder (2; 0 for others).

    A passage (the tokens from `begin` to `end`, not included) of more than `longest` pieces is cut around the marked words
    (`marked`: the first and the last; so is `holder`): what is far away says little of them, and pulls stances to neutral.
    """
    a, b, low = np.searchsorted(pieces.token, [begin, end, marked[0]]).tolist()
    if b - a > longest - 2:
        a = max(a, min(low - longest // 4, b - longest + 2))
        b = min(b, a + longest - 2)
    token = pieces.token[a:b]
    mark = np.zeros(b - a, np.int64)
    if holder is not None:
        mark[(token >= holder[0]) & (token <= holder[1])] = 2
    mark[(token >= marked[0]) & (token <= marked[1])] = 1
    mark[np.arange(a, b) < pieces.first[token]] = 0  # gaps
    return slice(a, b), mark
