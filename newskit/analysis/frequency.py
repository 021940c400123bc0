"""How often things are named: words, with the articles that use them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newskit.analysis.vocabulary import is_stop_word, without_possessive
from newskit.corpus.options import check_count, check_flag
from newskit.corpus.tokens import Tokens, tokenize


def word_frequency(articles: pd.DataFrame | Tokens, *, stop_words: bool = False, min_articles: int = 1) -> pd.DataFrame:
    """Count the words of articles, case aside; possessives (`trump's`) count for their word.

    Parameters
    ----------
    articles : articles or Tokens
    stop_words : bool
        Count stop words, single letters and numbers too.
    min_articles : int
        Leave out words that fewer articles use.

    Returns
    -------
    DataFrame
        A row per word, the most frequent first (ties in alphabetical order): `word` (str), `count` and `articles`
        (int64), `share_of_articles` (0 to 1), `per_million` (occurrences in a million words).

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> articles = pd.DataFrame({"article_id": ["a", "b"], "text": ["the court s ruling", "The court sat."]})
    >>> nk.word_frequency(articles)[["word", "count", "articles"]].values.tolist()
    [['court', 2, 2], ['ruling', 1, 1], ['sat', 1, 1]]
    """
    check_flag("stop_words", stop_words)
    check_count("min_articles", min_articles)
    words = tokenize(articles).words()
    code, vocabulary = without_possessive(words)
    n_words, n_articles = len(vocabulary), len(words)
    count = np.bincount(code, minlength=n_words)
    pairs = np.unique(words.article * np.int64(n_words) + code)
    used_by = np.bincount(pairs % max(n_words, 1), minlength=n_words)
    table = pd.DataFrame(
        {
            "word": vocabulary,
            "count": count.astype(np.int64),
            "articles": used_by.astype(np.int64),
            "share_of_articles": used_by / n_articles,
            "per_million": count * 1e6 / max(len(code), 1),
        }
    )
    kept = (table["articles"] >= min_articles) & (table["count"] > 0)
    if not stop_words:
        kept &= ~is_stop_word(pd.Index(table["word"]))
    return table[kept].sort_values("count", ascending=False, kind="stable", ignore_index=True)
