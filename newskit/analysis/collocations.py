"""Collocations: words that stand together more often than chance would have it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newskit.analysis.vocabulary import is_stop_word, without_possessive
from newskit.corpus.options import check_count
from newskit.corpus.tokens import Tokens, tokenize

_DIGITS = 9  # behind the point, of the measures


def find_collocations(articles: pd.DataFrame | Tokens, *, min_count: int = 5, n: int | None = None) -> pd.DataFrame:
    """Find pairs of neighbouring words that belong together.

    Only words one character apart count as neighbours (and those behind an acronym's point), so that no pair reaches across
    a comma or a full stop, in scrubbed text too, where only the gap tells. Stop words, numbers and single letters do not
    take part.

    Parameters
    ----------
    articles : articles or Tokens
    min_count : int
        Least number of times a pair stands in the corpus.
    n : int, optional
        Only so many pairs, the strongest.

    Returns
    -------
    DataFrame
        The strongest first: `collocation` (str, two words, case and possessive s aside), `count` (int64),
        `log_likelihood` (Dunning 1993), `pmi`
        (pointwise mutual information in bits, Church and Hanks 1990), both by NLTK's `BigramAssocMeasures`.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> texts = ["the white house said", "a white house aide", "white paint  house cat"]
    >>> nk.find_collocations(pd.DataFrame({"article_id": list("abc"), "text": texts}), min_count=2)["collocation"].tolist()
    ['white house']
    """
    check_count("min_count", min_count)
    check_count("n", n, none=True)
    words = tokenize(articles).words()
    code, vocabulary = without_possessive(words)
    size = np.int64(max(len(vocabulary), 1))
    pointed = np.asarray(vocabulary.str.endswith("."), bool)[code]
    together = (words.gap == 1) | (words.gap == 2) & np.roll(pointed, 1)  # the point of `u s  senate` is part of the gap
    together[words.first_of_article] = False
    second = np.flatnonzero(together)
    content = ~is_stop_word(vocabulary)
    second = second[content[code[second]] & content[code[second - 1]]]
    keys, counts = np.unique(code[second - 1] * size + code[second], return_counts=True)
    keys, counts = keys[counts >= min_count], counts[counts >= min_count]
    totals = np.bincount(code, minlength=size)
    left, right = keys // size, keys % size
    scores = _score(counts, totals[left], totals[right], words.n_tokens)
    table = pd.DataFrame(
        {
            "collocation": pd.Series(vocabulary[left] + " " + vocabulary[right], dtype="str"),
            "count": counts.astype(np.int64),
            "log_likelihood": scores[0],
            "pmi": scores[1],
        }
    )
    table = table.sort_values(["log_likelihood", "collocation"], ascending=[False, True], ignore_index=True)
    return table.head(n) if n is not None else table


def _score(pair: np.ndarray, left: np.ndarray, right: np.ndarray, total: int) -> tuple[np.ndarray, np.ndarray]:
    from nltk.metrics.association import BigramAssocMeasures

    margins = [(int(p), (int(a), int(b)), total) for p, a, b in zip(pair, left, right, strict=True)]
    # rounded: the last digits are not the same in every version of Python (from 3.12 on, `sum` adds floats more exactly)
    likelihood = np.array([BigramAssocMeasures.likelihood_ratio(*m) for m in margins], float).round(_DIGITS)
    return likelihood, np.array([BigramAssocMeasures.pmi(*m) for m in margins], float).round(_DIGITS)
