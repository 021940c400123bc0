"""Sentences: in written text from punctuation and words, in scrubbed text from the widths of gaps and from words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newskit.corpus.options import check_share
from newskit.corpus.tokens import Tokens, tokenize
from newskit.tagging.models import Model, load_tagger

GAPS = (
    "sentence", "joined", "comma", "opening quote", "closing quote", "opening bracket", "closing bracket",
    "point", "dash", "number", "colon", "other",
)  # fmt: skip
"""What the gap before a token can be: the end of a sentence, nothing, or a mark inside a sentence."""

_THRESHOLDS = {"fast": 0.35, "accurate": 0.45}


def split_sentences(
    articles: pd.DataFrame | Tokens, *, model: Model = "fast", threshold: float | None = None
) -> pd.DataFrame:  # fmt: skip
    """Split articles into sentences, written or scrubbed.

    Parameters
    ----------
    articles : articles or Tokens
    model : {"fast", "accurate"}
        A small network, or this together with a Transformer that reads better and some hundred times
        slower (extra `newskit[accurate]`); data and scores are in `newskit/tagging/models/sentences.md` and `accurate.md`.
    threshold : float, 0 to 1, optional
        A sentence starts where its probability is at least this. Left out: what gives the best F1 on scrubbed news (0.35 for
        the fast model, 0.45 for the accurate one).

    Returns
    -------
    DataFrame
        In the order of the articles: `article_id` (str), `sentence` (int64, from 0 in each article), `start`, `end` (int64,
        characters: from the first letter or digit to the last), `probability` (float64, 0 to 1: that a sentence starts there;
        1 for the first of an article). An article without letters or digits has no row.

    Raises
    ------
    ArticlesError
        Where `articles` lacks a column or repeats an id.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> text = "the court in oslo barred the sale on monday   we will appeal   the company said  it has until may to do so "
    >>> nk.split_sentences(pd.DataFrame({"article_id": ["a"], "text": [text]}))["start"].tolist()
    [0, 46, 81]
    """
    tagger = load_tagger("sentences", model)
    threshold = _THRESHOLDS[model] if threshold is None else threshold
    check_share("threshold", threshold)
    tokens = tokenize(articles)
    probability = tagger.chance(tokens, GAPS[0]).astype(np.float64)
    probability[tokens.first_of_article] = 1
    first = np.flatnonzero(probability >= threshold)
    last = np.append(first[1:], tokens.n_tokens)[: len(first)] - 1
    article = tokens.article[first]
    ids = tokens.articles["article_id"].astype("str").to_numpy()
    return pd.DataFrame(
        {
            "article_id": pd.Series(ids[article], dtype="str"),
            "sentence": np.arange(len(first)) - np.searchsorted(article, article),
            "start": tokens.start[first].astype(np.int64),
            "end": tokens.end[last].astype(np.int64),
            "probability": probability[first],
        }
    )
