"""What the taggers see: the parts of a word, how a token is written, and the gaps around it.

Features of a word are computed once per distinct word of a corpus. Training and tagging use the same functions.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.beside import characters_beside
from newskit.corpus.tokens import Tokens

SHAPES = ("none", "small", "Capital", "ALL", "mIxed", "digits", "A")
"""How a word is written; only in articles that have capitals, `none` elsewhere."""

_WIDEST = 6
_MARKS = ("space", ".", ",", "quote", "bracket", "hyphen", "apostrophe", "break", "?!", ";:", "other")
N_GAPS = 3 + (_WIDEST + 1) * len(_MARKS)
EDGE_GAP, UNKNOWN_GAP = N_GAPS - 1, N_GAPS - 2
_FARTHEST, _WIDE = 9, 5
N_FAR = (_FARTHEST + 1) * (_WIDE + 1)
_DISTANCES = (1, 2, 3, 4, 5, 6, 8, 11, 15, 22)  # the last distance of each bucket; one more lies beyond
MARKED = len(_DISTANCES) + 1
"""The number of a marked token itself, in the middle of the numbers of distances."""
N_MARKS = 2 * MARKED + 1
_MARK_OF = {
    **dict.fromkeys(".…", 1), ",": 2, **dict.fromkeys("\"'“”„«»‘’`", 3), **dict.fromkeys("()[]{}", 4),
    **dict.fromkeys("-‐‑–—", 5),
    **dict.fromkeys("\n\r", 7), **dict.fromkeys("?!", 8), **dict.fromkeys(";:", 9), " ": 0, "\t": 0, "\u00a0": 0,
}  # fmt: skip


def word_parts(lower: pd.Index) -> dict[str, pd.Index]:
    """What the letters of each distinct word say: the word itself, its beginnings and endings, and its length.

    Parameters
    ----------
    lower : Index of str
        Words in small letters.
    """
    parts = {"word": lower}
    parts |= {f"first {n}": lower.str[:n] for n in (2, 3)}
    parts |= {f"last {n}": lower.str[-n:] for n in (2, 3, 4)}
    parts["length"] = pd.Index(np.minimum(lower.str.len(), 10).astype("str"))
    return parts


def word_shapes(vocabulary: pd.Index) -> NDArray[np.int64]:
    """How each distinct word is written: positions in SHAPES."""
    capital, rest = vocabulary.str[:1].str.isupper(), vocabulary.str[1:]
    one = vocabulary.str.len() == 1
    conditions = [
        vocabulary.str.isdigit(),
        vocabulary.str.islower(),
        capital & one,
        capital & rest.str.islower(),
        vocabulary.str.isupper(),
    ]
    return np.select([np.asarray(c, bool) for c in conditions], [5, 1, 6, 2, 3], 4)


def token_shapes(tokens: Tokens, of_word: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """The shape of each token, where its article has capitals at all; positions in SHAPES.

    `of_word`: what `word_shapes` says of the vocabulary, where it is there already.
    """
    shape = (word_shapes(tokens.vocabulary) if of_word is None else of_word)[tokens.code]
    cased = tokens.count_per_article(np.isin(shape, (2, 3, 4, 6))) > 0.01 * np.diff(tokens.bounds)
    return np.where(np.repeat(cased, np.diff(tokens.bounds)), shape, 0)


def gap_kinds(tokens: Tokens) -> NDArray[np.int64]:
    """The kind of the gap before each token: its width, and its first mark where it has one. 0: the article begins.

    In an article whose gaps were collapsed (all are one space) a gap says nothing, and has a kind of its own.
    """
    behind, before = characters_beside(tokens)
    opening = _marks(np.roll(behind, 1))
    mark = np.where(opening != 0, opening, _marks(before))
    kind = 1 + np.minimum(tokens.gap, _WIDEST) * len(_MARKS) + mark
    kind[np.repeat(_collapsed(tokens, mark), np.diff(tokens.bounds))] = UNKNOWN_GAP
    kind[tokens.first_of_article] = 0
    return kind


def gap_marks(kind: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The width and the first mark of gaps, from their kind; both 0 where there is no gap or nothing is known of it."""
    known = (kind > 0) & (kind < UNKNOWN_GAP)
    return np.where(known, (kind - 1) // len(_MARKS), 0), np.where(known, (kind - 1) % len(_MARKS), 0)


def segment_starts(tokens: Tokens) -> NDArray[np.bool_]:
    """Tokens behind a wide gap, where a sentence can start; in an article whose gaps were collapsed these are all tokens."""
    gap = tokens.gap
    wide = gap > 1
    wide[tokens.first_of_article] = True
    return wide | np.repeat(_collapsed(tokens, np.zeros(len(gap), np.int64)), np.diff(tokens.bounds))


def far_gaps(tokens: Tokens) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The next wide gaps on both sides of each token, beyond the gap right before it: how far away, and how wide.

    They show the rhythm of a sentence: a comma, a bracket or a quotation mark rarely comes alone. Two int64 arrays, back and
    ahead, of numbers below N_FAR; the edge of an article counts as a gap without width.
    """
    n, place, gap = tokens.n_tokens, np.arange(tokens.n_tokens), tokens.gap
    gap[tokens.first_of_article] = 0
    wide = gap > 1
    wide[tokens.first_of_article] = True
    last = np.maximum.accumulate(np.where(wide, place, 0))
    back = np.append(0, last[:-1])[:n]
    back[tokens.first_of_article] = tokens.first_of_article
    following = np.where(wide, place, n)
    ahead = np.append(np.minimum.accumulate(following[::-1])[::-1][1:], n)[:n]
    width = np.append(np.minimum(gap, _WIDE), 0)
    return tuple(np.minimum(np.abs(at - place), _FARTHEST) * (_WIDE + 1) + width[at] for at in (back, ahead))


def distances(tokens: Tokens, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """How far each token stands from the marked words of its article, as a number below N_MARKS; MARKED: it is one of them.

    Parameters
    ----------
    first, last : int64 arrays, one entry per article
        The first and the last marked token, counted over all articles.
    """
    place, sizes = np.arange(tokens.n_tokens), np.diff(tokens.bounds)
    before, behind = np.repeat(first, sizes) - place, place - np.repeat(last, sizes)
    far = np.searchsorted(_DISTANCES, np.maximum(np.maximum(before, behind), 0)) + 1
    return np.where(before > 0, MARKED - far, np.where(behind > 0, MARKED + far, MARKED))


def _collapsed(tokens: Tokens, mark: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which articles have only single spaces, and are so long that this is no accident."""
    telling = (mark != 0) | (tokens.gap > 1)
    telling[tokens.first_of_article] = False
    return (tokens.count_per_article(telling) == 0) & (np.diff(tokens.bounds) > 30)


def _marks(points: NDArray[np.uint32]) -> NDArray[np.int64]:
    return _mark_table()[np.minimum(points, 0xFFFF)]


@cache
def _mark_table() -> NDArray[np.int64]:
    table = np.full(0x10000, _MARKS.index("other"))
    for character, mark in _MARK_OF.items():
        table[ord(character)] = mark
    return table
