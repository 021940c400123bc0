"""Keyword in context: every place where a word or phrase stands, with the words around it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.characters import as_strings
from newskit.corpus.options import check_count
from newskit.corpus.tokens import Tokens, tokenize

Places = NDArray[np.int64]


def keyword_in_context(articles: pd.DataFrame | Tokens, keyword: str, *, width: int = 40, n: int | None = None) -> pd.DataFrame:
    """Find a word or phrase, whatever its case and whatever stands between its words.

    Parameters
    ----------
    articles : articles or Tokens
    keyword : str
        One word or several: `white house`, `U.S.` (found as `u s` in scrubbed text).
    width : int
        Characters of context on each side.
    n : int, optional
        Only the first so many places.

    Returns
    -------
    DataFrame
        In order of the articles: `article_id` (str), `start`, `end` (int64, characters in the text), `left`, `keyword`
        (as written), `right` (str).

    Raises
    ------
    ValueError
        If the keyword has no letter and no digit.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> articles = pd.DataFrame({"article_id": ["a"], "text": ["the u s  attorney said"]})
    >>> nk.keyword_in_context(articles, "U.S.")
      article_id  start  end  left keyword            right
    0          a      4    7  the      u s    attorney said
    """
    check_count("width", width)
    check_count("n", n, none=True)
    if not isinstance(keyword, str):
        raise ValueError(f"The keyword is a word or a phrase, such as 'white house', not {keyword!r}.")
    width = min(width, 1 << 40)  # more than any text has
    tokens = tokenize(articles)
    wanted = tokenize(pd.DataFrame({"article_id": ["keyword"], "text": [keyword]})).lower()
    if not wanted.n_tokens:
        raise ValueError(f"The keyword {keyword!r} has no letter and no digit; there is nothing to look for.")
    lower = tokens.lower()
    codes = lower.vocabulary.get_indexer(wanted.vocabulary[wanted.code])
    size = len(codes)
    first = np.arange(max(tokens.n_tokens - size + 1, 0))
    article = tokens.article
    for k, code in enumerate(codes):
        first = first[(lower.code[first + k] == code) & (code >= 0)]
    first = first[article[first] == article[first + size - 1]][:n]
    start, end = tokens.start[first].astype(np.int64), tokens.end[first + size - 1].astype(np.int64)
    return in_context(tokens.articles, article[first], start, end, np.maximum(start - width, 0), end + width)


def in_context(
    articles: pd.DataFrame, where: Places, start: Places, end: Places, context_start: Places, context_end: Places
) -> pd.DataFrame:
    """Places in texts (positions of articles, and characters) as the table that `keyword_in_context` gives."""
    texts = articles["text"].to_numpy(object)[where]
    spans = list(zip(texts, start, end, context_start, context_end, strict=True))
    return pd.DataFrame(
        {
            "article_id": articles["article_id"].astype("str").to_numpy(object)[where],
            "start": start,
            "end": end,
            "left": as_strings([text[first:a] for text, a, _, first, _ in spans]),
            "keyword": as_strings([text[a:b] for text, a, b, *_ in spans]),
            "right": as_strings([text[b:last] for text, _, b, _, last in spans]),
        }
    ).astype({"article_id": "str"})
