"""Vocabularies: which words are too common to say what a text is about, and which are one word in two forms."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.tokens import Tokens


def without_possessive(tokens: Tokens) -> tuple[NDArray[np.int32], pd.Index]:
    """Codes and vocabulary of words, case aside, with `trump's` counted as `trump`; the vocabulary is in alphabetical order."""
    words = tokens.words().lower()
    of_word, vocabulary = pd.factorize(words.vocabulary.str.replace(r"'s$", "", regex=True), sort=True)
    return of_word.astype(np.int32)[words.code], pd.Index(vocabulary, dtype="str")


@cache
def _stop_words() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)


def is_stop_word(words: pd.Index) -> NDArray[np.bool_]:
    """Whether each lower-case word is a stop word, a contraction of one (it's, we're, don't), one letter or no word at all.

    The stop words are scikit-learn's English list.

    Examples
    --------
    >>> is_stop_word(pd.Index(["the", "it's", "don't", "court", "3.5%"])).tolist()
    [True, True, True, False, True]
    """
    plain = words.str.replace("’", "'")
    host = plain.str.replace(r"'.*$", "", regex=True)
    common = plain.isin(_stop_words()) | host.isin(_stop_words()) | plain.str.replace("'", "").isin(_stop_words())
    shape = plain.str.endswith("n't") | (words.str.len() < 2) | ~words.str.contains(r"[^\W\d_]", regex=True)
    return np.asarray(common | shape, bool)
