"""Whether articles are English: the models and word lists of the kit are, and what they say of other languages is a guess.

English is told by its commonest function words, which stand in scrubbed text and in capitals too. Those that other languages
have as well (is, was, for, on, have, her, of the Dutch or Danish) are left out, but for the commonest of all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from newskit.corpus.tokens import Tokens

LANGUAGES = ("English", "other", "unclear")
_WORDS = (
    "the of and to that it with by from has had been this which who were are not but they he his she their its would will said "
    "could when what about after there into than more if can"
)
_FEW, _SHORT = 20, 40  # words: fewer say nothing; fewer do not show that a text is not English
_ENGLISH, _OTHER = 0.10, 0.05  # shares of these words: 11 to 40% in news, nearly always below 5% in other languages
_LETTERS = 20  # so many letters of another alphabet say enough, where no spaces stand between words


def languages(tokens: Tokens, letters: NDArray[np.int64], latin: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions in LANGUAGES, one per article.

    Parameters
    ----------
    tokens : Tokens
    letters, latin : int64 arrays
        How many letters each article has, and how many of these are a to z.
    """
    lower = tokens.vocabulary.str.lower()
    common, digits = np.asarray(lower.isin(_WORDS.split()), bool), np.asarray(tokens.vocabulary.str.isdigit(), bool)
    words = np.diff(tokens.bounds) - (tokens.count_per_article(digits[tokens.code]) if digits.any() else 0)
    share = tokens.count_per_article(common[tokens.code]) / np.maximum(words, 1)
    foreign = (latin < 0.5 * letters) & (letters >= _LETTERS)
    return np.select([foreign, (share >= _ENGLISH) & (words >= _FEW), (share < _OTHER) & (words >= _SHORT)], [1, 0, 1], 2)
