"""Segmentation: from the bytes of a corpus to its tokens, some articles at a time, without a Python loop over tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from newskit.corpus.characters import TextBytes, byte_classes, is_ascii

_CHUNK = 1 << 19  # bytes worked on at once: the temporary arrays stay in the processor's cache, and memory stays small
_PACKED = 8  # bytes of a word that fit into one 64-bit integer
_TOO_LONG = 0  # the key of the words that do not fit


class Segments(NamedTuple):
    """The arrays of `Tokens` (see there)."""

    code: NDArray[np.int32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    bounds: NDArray[np.int64]
    vocabulary: pd.Index


def segment(text: TextBytes) -> Segments:
    """Cut texts into runs of letters and runs of digits, and code them.

    Parameters
    ----------
    text : TextBytes

    Returns
    -------
    Segments
    """
    start, end, key = _Column(np.int32), _Column(np.int32), _Column(np.uint64)
    key.append(np.array([_TOO_LONG], np.uint64))  # so that it is the first entry of the dictionary, whatever the text
    long, token_bounds = [], [np.zeros(1, np.int64)]
    for first, last in _chunks(text.bounds):
        chunk = TextBytes(text.data[text.bounds[first] : text.bounds[last]], text.bounds[first : last + 1] - text.bounds[first])
        begin, stop = _find_tokens(chunk)
        bounds = np.searchsorted(begin, chunk.bounds)
        token_bounds.append(bounds[1:] + len(start))
        expected = int(1.05 * len(begin) * len(text.data) / max(len(chunk.data), 1))
        keys, spelled = _spell(chunk.data, begin, stop)
        key.append(keys, expected)
        long.append(spelled)
        start_character, end_character = _characters(chunk, bounds, begin, stop)
        start.append(start_character, expected)
        end.append(end_character, expected)
    code, vocabulary = _encode(key, long)
    return Segments(code, start.take(), end.take(), np.concatenate(token_bounds), vocabulary)


class _Column:
    """An array that grows in place as chunks come in, so that no second copy of it is ever there."""

    def __init__(self, dtype: type[np.generic]) -> None:
        self._data, self._n = np.empty(0, dtype), 0

    def __len__(self) -> int:
        return self._n

    def append(self, values: NDArray[Any], expected: int = 0) -> None:
        """Add values; `expected` is how many there will be in all, as far as is known."""
        needed = self._n + len(values)
        if not self._n:
            self._data = np.empty(max(needed, expected), self._data.dtype)
        elif needed > len(self._data):
            self._data.resize(max(needed, expected, len(self._data) * 9 // 8), refcheck=False)
        self._data[self._n : needed] = values
        self._n = needed

    def take(self) -> NDArray[Any]:
        """The array, cut to its length; the column is empty then."""
        data, self._data = self._data, np.empty(0, self._data.dtype)
        data.resize(self._n, refcheck=False)
        self._n = 0
        return data


def _chunks(bounds: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Ranges of articles that make up about `_CHUNK` bytes each (one giant article is a chunk of its own)."""
    first, n = 0, len(bounds) - 1
    while first < n:
        last = max(int(np.searchsorted(bounds, bounds[first] + _CHUNK, side="right")) - 1, first + 1)
        yield first, last
        first = last


def _find_tokens(chunk: TextBytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First byte of each token, and the byte after its last; no token crosses from one article into the next."""
    classes = np.zeros(len(chunk.data) + 2, np.uint8)
    classes[1:-1] = byte_classes(chunk)
    change = classes[1:] != classes[:-1]
    change[chunk.bounds] = True
    inside = classes.view(bool) if int(classes.max()) < 2 else classes != 0
    begins, stops = change & inside[1:], change & inside[:-1]
    if (begins & stops).any():  # letters next to digits, or an article that ends in a word
        return np.flatnonzero(begins), np.flatnonzero(stops)
    edges = np.flatnonzero(begins | stops)
    return edges[::2], edges[1::2]


def _characters(
    chunk: TextBytes, bounds: NDArray[np.int64], begin: NDArray[np.int64], stop: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Byte positions in the chunk as character positions in each token's article."""
    article_start = chunk.bounds[:-1]
    if not is_ascii(chunk.data):
        continuation = np.flatnonzero((chunk.data & 0xC0) == 0x80)
        begin, stop = _less_continuation(begin, continuation), _less_continuation(stop, continuation)
        article_start = _less_continuation(article_start, continuation)
    shift = np.repeat(article_start, np.diff(bounds))
    return (begin - shift).astype(np.int32), (stop - shift).astype(np.int32)


def _less_continuation(at: NDArray[np.int64], continuation: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sorted byte positions less the number of continuation bytes before each: positions in characters."""
    if len(continuation) > len(at):
        return at - np.searchsorted(continuation, at)
    steps = np.searchsorted(at, continuation, side="right")
    return at - np.repeat(np.arange(len(steps) + 1), np.diff(steps, prepend=0, append=len(at)))


def _spell(data: NDArray[np.uint8], begin: NDArray[np.int64], stop: NDArray[np.int64]) -> tuple[NDArray[np.uint64], pa.Array]:
    """Each token as one 64-bit key where it fits (its bytes, NUL-padded), and the longer ones, in their order, as strings.

    Nine tokens in ten are at most eight bytes long, and a dictionary of integers is three times as fast as one of strings.
    """
    length = stop - begin
    padded = np.concatenate([data, np.zeros(_PACKED, np.uint8)])
    eight_from = np.ndarray((len(data) + 1,), "<u8", padded, 0, (1,))  # the eight bytes from each position on
    unused = (8 * (_PACKED - np.minimum(length, _PACKED))).view(np.uint64)
    key = eight_from[begin] & (np.uint64(2**64 - 1) >> unused)
    is_long = length > _PACKED
    key[is_long] = _TOO_LONG
    edges = np.empty(2 * len(begin) + 1, np.int64)  # token, gap, token, gap ...: Arrow copies the tokens asked for
    edges[0:-1:2], edges[1::2], edges[-1] = begin, stop, stop[-1] if len(stop) else 0
    pieces = pa.Array.from_buffers(pa.large_binary(), 2 * len(begin), [None, pa.py_buffer(edges), pa.py_buffer(data)])
    return key, pieces.take(pa.array(2 * np.flatnonzero(is_long)))


def _encode(key: _Column, long: list[pa.Array]) -> tuple[NDArray[np.int32], pd.Index]:
    """Codes and vocabulary of all chunks: the short words in order of first use, then the long ones."""
    spelled = pa.concat_arrays([pa.array([], pa.large_binary()), *long]).dictionary_encode()
    short = pa.array(key.take()).dictionary_encode()
    packed = short.dictionary.to_numpy()[1:].astype("<u8").view(np.uint8)
    edges = np.zeros(len(packed) // _PACKED + 1, np.int64)
    np.cumsum((packed.reshape(-1, _PACKED) != 0).sum(axis=1), out=edges[1:])
    buffers = [None, pa.py_buffer(edges), pa.py_buffer(packed[packed != 0])]
    words = pa.Array.from_buffers(pa.large_string(), len(edges) - 1, buffers)
    code = short.indices.to_numpy()[1:] - np.int32(1)
    code[code < 0] = spelled.indices.to_numpy() + np.int32(len(words))
    vocabulary = pa.concat_arrays([words, spelled.dictionary.cast(pa.large_string())])
    return code, pd.Index(pd.array(vocabulary, dtype="str"))
