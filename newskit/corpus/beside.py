"""What stands right before and right behind each token: the characters of the gaps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from newskit.corpus.tokens import Tokens

_CHUNK = 1 << 21  # characters that are looked at together


class Chunk(NamedTuple):
    """Some articles of a corpus as one run of characters, each article with a line break behind it."""

    articles: slice
    tokens: slice
    points: NDArray[np.unsignedinteger]  # Unicode code points; of a byte each where all are ASCII
    begins: NDArray[np.int64]  # where each article begins among them
    start: NDArray[np.int64]  # where each token begins and ends among them
    end: NDArray[np.int64]


def chunks(tokens: Tokens) -> Iterator[Chunk]:
    """The characters of the articles, some articles at a time."""
    lengths = tokens.articles["text"].str.len().to_numpy(np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths + 1)])
    first = 0
    while first < len(tokens):
        last = max(int(np.searchsorted(offsets, offsets[first] + _CHUNK, side="right")) - 1, first + 1)
        text = "\n".join(tokens.articles["text"].iloc[first:last]) + "\n"
        wide = not text.isascii()
        points = np.frombuffer(text.encode("utf-32-le" if wide else "ascii", "surrogatepass"), "<u4" if wide else np.uint8)
        here, begins = slice(tokens.bounds[first], tokens.bounds[last]), offsets[first:last] - offsets[first]
        shift = np.repeat(begins, np.diff(tokens.bounds[first : last + 1]))
        yield Chunk(slice(first, last), here, points, begins, tokens.start[here] + shift, tokens.end[here] + shift)
        first = last


def characters_beside(tokens: Tokens) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The character right behind each token and the one right before it (a line break and 0 at the edges of an article)."""
    behind, before = np.zeros(tokens.n_tokens, np.uint32), np.zeros(tokens.n_tokens, np.uint32)
    for chunk in chunks(tokens):
        behind[chunk.tokens] = chunk.points[chunk.end]
        before[chunk.tokens] = np.where(chunk.start > 0, chunk.points[chunk.start - 1], 0)
    return behind, before
