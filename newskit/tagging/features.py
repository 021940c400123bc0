"""Features of the taggers: what is known of a word by its letters, of a token by its capitals, and of the gaps around it.

Features of a word are computed once per distinct word of a corpus. Training and tagging use the same functions.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.tokens import Tokens
from newskit.corpus.words import characters_around

OFFSETS = (-2, -1, 0, 1, 2)
"""Which words around a token speak about it."""

SHAPES = ("none", "small", "Capital", "ALL", "mIxed", "digits", "A")
"""How a word is written; only in articles that have capitals, `none` elsewhere."""

_WIDEST = 6
_MARKS = ("space", ".", ",", "quote", "bracket", "hyphen", "apostrophe", "break", "?!", ";:", "other")
GAP_OFFSETS = (-1, 0, 1, 2)
"""The gaps that speak about a token: the one before the word before it, before it, behind it, and behind the next word."""
N_GAPS = 2 + (_WIDEST + 1) * len(_MARKS)
EDGE_GAP = N_GAPS - 1
_MARK_OF = {
    **dict.fromkeys(".…", 1), ",": 2, **dict.fromkeys("\"'“”„«»‘’`", 3), **dict.fromkeys("()[]{}", 4),
    **dict.fromkeys("-‐‑–—", 5),
    **dict.fromkeys("\n\r", 7), **dict.fromkeys("?!", 8), **dict.fromkeys(";:", 9), " ": 0, "\t": 0, "\u00a0": 0,
}  # fmt: skip


def word_features(vocabulary: pd.Index) -> dict[str, pd.Index]:
    """What the letters of each distinct word say: the word, its beginnings and its endings, case aside."""
    lower = vocabulary.str.lower()
    features = {"word": lower}
    for n in (2, 3):
        features[f"first {n}"] = lower.str[:n]
    for n in (1, 2, 3, 4):
        features[f"last {n}"] = lower.str[-n:]
    features["length"] = pd.Index(np.minimum(lower.str.len(), 10).astype("str"))
    return features


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


def token_shapes(tokens: Tokens) -> NDArray[np.int64]:
    """The shape of each token, where its article has capitals at all; positions in SHAPES."""
    shape = word_shapes(tokens.vocabulary)[tokens.code]
    cased = tokens.count_per_article(np.isin(shape, (2, 3, 4, 6))) > 0.01 * np.diff(tokens.bounds)
    return np.where(np.repeat(cased, np.diff(tokens.bounds)), shape, 0)


def gap_kinds(tokens: Tokens) -> NDArray[np.int64]:
    """The kind of the gap before each token: its width, and its first mark where it has one. 0: the article begins."""
    around = characters_around(tokens)
    opening = np.roll(around.after, 1)
    mark = np.where(_marks(opening) != 0, _marks(opening), _marks(around.before))
    kind = 1 + np.minimum(tokens.gap, _WIDEST) * len(_MARKS) + mark
    kind[tokens.first_of_article] = 0
    return kind


def _marks(points: NDArray[np.uint32]) -> NDArray[np.int64]:
    table = np.full(0x10000, _MARKS.index("other"))
    for character, mark in _MARK_OF.items():
        table[ord(character)] = mark
    return table[np.minimum(points, 0xFFFF)]
