"""What scrubbing takes from written articles, and how much of it the gaps give back."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newskit.corpus.articles import check_articles
from newskit.corpus.characters import LETTER, class_table
from newskit.corpus.cleaning import scrub
from newskit.corpus.tokens import Tokens, tokenize

_KINDS = {
    "acronym (U.S.)": r"^(?:[^\W\d_]\.){2,}$",
    "apostrophe s (Brown's)": r"^[^\W\d_]{2,}['’][sS]$",
    "other apostrophe (don't)": r"^[^\W\d_]+['’][^\W\d_]+$",
    "hyphenated (well-known)": r"^[^\W\d_]+(?:[-‐‑][^\W\d_]+)+$",
    "number (3.5%)": r"^\d[\d.,:/]*%?$",
    "web address": r"^(?:https?:|www\.)",
}


def compare_scrubbed(articles: pd.DataFrame, *, collapse: bool = False) -> pd.DataFrame:
    """Scrub written articles, read both forms, and count which words come back.

    Parameters
    ----------
    articles : DataFrame with `article_id` and `text`, properly written
    collapse : bool
        Scrub away the runs of spaces too.

    Returns
    -------
    DataFrame
        A row per kind of word that scrubbing damages, and one for `plain words`: `kind` (str), `written` (int64: how many
        stand in the articles), `recovered` (int64: how many `Tokens.words` gives back from the scrubbed text, at their
        place and letter for letter, case aside), `share` (0 to 1, missing where there are none), `example` (str: the most
        frequent one).

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> articles = pd.DataFrame({"article_id": ["a"], "text": ["The U.S. growth of 3.5% isn't well-known."]})
    >>> nk.compare_scrubbed(articles)[["kind", "written", "recovered"]].head(4).values.tolist()
    [['plain words', 3, 3], ['acronym (U.S.)', 1, 1], ["apostrophe s (Brown's)", 0, 0], ["other apostrophe (don't)", 1, 1]]
    """
    articles = check_articles(articles)
    scrubbed = articles.assign(text=scrub(articles["text"], collapse=collapse))
    written = tokenize(articles).words()
    recovered = _recovered(written, tokenize(scrubbed).words())
    kind = _kind_of(written.vocabulary)[written.code]
    forms = written.vocabulary.str.lower()
    rows = []
    for number, name in enumerate(["plain words", *_KINDS]):
        here = kind == number
        examples = np.bincount(written.code[here], minlength=len(forms)) if here.any() else None
        example = forms[int(examples.argmax())] if examples is not None else None
        n, back = int(here.sum()), int((here & recovered).sum())
        rows.append((name, n, back, back / n if n else np.nan, example))
    table = pd.DataFrame(rows, columns=["kind", "written", "recovered", "share", "example"])
    return table.astype({"kind": "str", "example": "str", "written": np.int64, "recovered": np.int64})


def _kind_of(vocabulary: pd.Index) -> np.ndarray:
    """For each word the number of its kind: 0 for plain words, then the kinds in their order, -1 for others."""
    kind = np.where(vocabulary.str.fullmatch(r"[^\W\d_]+"), 0, -1)
    for number, pattern in reversed(list(enumerate(_KINDS.values(), 1))):
        kind[np.asarray(vocabulary.str.contains(pattern, regex=True), bool)] = number
    return kind


def _recovered(written: Tokens, scrubbed: Tokens) -> np.ndarray:
    """For each written word whether the scrubbed text gives it back, in the same place (boolean array)."""
    written, scrubbed = written.lower(), scrubbed.lower()
    n = len(written.vocabulary)
    shared = pd.factorize(written.vocabulary.append(scrubbed.vocabulary))[0]
    code_w, code_s = shared[:n][written.code], shared[n:][scrubbed.code]
    where_w, where_s = _letters_before(written), _letters_before(scrubbed)
    size = np.int64(shared.max(initial=0) + 1)
    letters = np.int64(max(where_w.max(initial=0), where_s.max(initial=0)) + 1)
    key_w = (written.article * letters + where_w) * size + code_w
    key_s = (scrubbed.article * letters + where_s) * size + code_s
    return np.isin(key_w, key_s)


def _letters_before(words: Tokens) -> np.ndarray:
    """How many letters of the article stand before each word: the same place in the written and the scrubbed text."""
    texts = words.articles["text"].tolist()
    out = np.empty(words.n_tokens, np.int64)
    for i, text in enumerate(texts):
        here = slice(words.bounds[i], words.bounds[i + 1])
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        is_letter = class_table()[points] == LETTER
        out[here] = np.concatenate([[0], np.cumsum(is_letter)])[words.start[here]]
    return out
