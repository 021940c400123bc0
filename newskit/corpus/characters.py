"""Characters as bytes: one buffer for a whole corpus, and which of its bytes belong to letters or digits.

Everything columnar in newskit stands on this room. Texts stay UTF-8, as pandas and Arrow keep them; the few characters
outside ASCII are decoded one by one, so that a corpus is never widened because two per cent of it is not ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

OTHER, LETTER, DIGIT, MARK = 0, 1, 2, 3
"""Classes of characters: all else, letters (`str.isalpha`), digits (`str.isdigit`), marks that extend a letter."""

_JOINERS = (0x200C, 0x200D)  # zero-width (non-)joiner: inside words of Persian and of Indic scripts
_MARKS_END = 0x1E950  # no combining mark but the variation selectors (below) stands past here
_SELECTORS = (0xE0100, 0xE01F0)
_SURROGATE = re.compile("[\ud800-\udfff]")


class TextBytes(NamedTuple):
    """The texts of a corpus end to end.

    Attributes
    ----------
    data : uint8 array
        UTF-8 (lone surrogates are encoded as if they were characters).
    bounds : int64 array of length n + 1
        Text i is `data[bounds[i]:bounds[i + 1]]`.
    """

    data: NDArray[np.uint8]
    bounds: NDArray[np.int64]


def text_bytes(texts: pd.Series) -> TextBytes:
    """The UTF-8 bytes of a Series of strings; no copy where the Series is backed by Arrow in one piece."""
    try:
        array = pa.array(texts.array, type=pa.large_string())
    except UnicodeEncodeError:  # lone surrogates, which Arrow refuses
        array = pa.array([t.encode("utf-8", "surrogatepass") for t in texts], type=pa.large_binary())
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if len(array) == 0:
        return TextBytes(np.empty(0, np.uint8), np.zeros(1, np.int64))
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    first, last = int(bounds[0]), int(bounds[-1])
    values = np.frombuffer(data, np.uint8)[first:last] if last > first else np.empty(0, np.uint8)
    return TextBytes(values, bounds - first if first else bounds)


def as_strings(values: Sequence[str | None] | NDArray[np.object_] | pd.Series, index: pd.Index | None = None) -> pd.Series:
    """A Series of str; of objects where lone surrogates are among them, which Arrow refuses."""
    try:
        return pd.Series(values, index, dtype="str")
    except UnicodeEncodeError:
        return pd.Series(values, index, dtype="object")


def mended_strings(values: Sequence[str | None] | NDArray[np.object_] | pd.Series, index: pd.Index | None = None) -> pd.Series:
    """A Series of str, lone surrogates as U+FFFD: what is counted or compared of texts that have them."""
    strings = as_strings(values, index)
    if strings.dtype != object:
        return strings
    return strings.map(lambda text: _SURROGATE.sub("\ufffd", text), na_action="ignore").astype("str")


@cache
def class_table() -> NDArray[np.uint8]:
    """The class of every code point, made once when the first text outside ASCII is seen (30 ms)."""
    points = np.arange(0x110000, dtype=np.uint32)
    points[0xD800:0xE000] = 0  # surrogates are no characters
    characters = points.view("U1")
    table = np.strings.isalpha(characters).astype(np.uint8)
    table[np.strings.isdigit(characters)] = DIGIT
    for low, high in ((0x300, _MARKS_END), _SELECTORS):
        unknown = low + np.flatnonzero(table[low:high] == OTHER)
        table[unknown[[unicodedata.category(chr(c))[0] == "M" for c in unknown]]] = MARK
    table[list(_JOINERS)] = MARK
    table[0] = OTHER
    return table


def is_ascii(data: NDArray[np.uint8]) -> bool:
    """Whether no byte belongs to a character outside ASCII."""
    return not len(data) or int(data.max()) < 0x80


def decode_wide(data: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int64]]:
    """Where the characters outside ASCII stand in UTF-8 `data`, their code points, and their lengths in bytes."""
    at = np.flatnonzero(data >= 0xC0)
    lead = data[at].astype(np.uint32)
    length = 2 + (lead >= 0xE0).astype(np.int64) + (lead >= 0xF0)
    point = lead & np.array([0, 0, 0x1F, 0x0F, 0x07], np.uint32)[length]
    for k in (1, 2, 3):
        more = length > k
        point[more] = point[more] << 6 | data[at[more] + k] & 0x3F
    return at, point, length


def byte_classes(text: TextBytes) -> NDArray[np.uint8]:
    """The class (OTHER, LETTER or DIGIT) of the character that each byte of the texts belongs to.

    A mark has the class LETTER after a letter of the same text, as in UAX #29, and OTHER elsewhere.
    """
    data = text.data
    classes = (((data | 0x20) - 97) < 26).view(np.uint8)
    classes |= ((data - 48) < 10).view(np.uint8) << 1
    if is_ascii(data):
        return classes
    at, point, length = decode_wide(data)
    wide = class_table()[point]
    marks = wide == MARK
    if marks.any():
        before = np.where(at > 0, classes[at - 1], OTHER)
        adjacent = np.zeros(len(at), bool)
        adjacent[1:] = at[:-1] + length[:-1] == at[1:]
        first = np.isin(at, text.bounds)
        wide[marks] = _class_of_marks(wide, np.where(first, OTHER, before), adjacent & ~first)[marks]
    for k in range(4):
        longer = length > k
        classes[at[longer] + k] = wide[longer]
    return classes


def _class_of_marks(wide: NDArray[np.uint8], before: NDArray[np.uint8], adjacent: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """LETTER where the nearest character that is no mark is a letter: the one before, or that of the marks before."""
    marks = wide == MARK
    base = np.where(marks, before, wide)
    origin = np.where(marks & adjacent, 0, np.arange(len(wide)))
    return np.where(base[np.maximum.accumulate(origin)] == LETTER, LETTER, OTHER).astype(np.uint8)
