"""The corpus card: what a reader has to know of a corpus before any figure made from it."""

from __future__ import annotations

import warnings

import pandas as pd

from newskit.corpus.articles import check_articles
from newskit.corpus.dates import parse_dates
from newskit.corpus.describe import describe_articles
from newskit.corpus.reading import reading_report
from newskit.corpus.tables import as_texts, check_table

_DESCRIBED = ("tokens", "form", "language", "wide_gaps", "duplicate_of", "near_duplicate_of", "odd_characters")

_FOREIGN = 0.01  # the share of articles in other languages above which it is said aloud


def corpus_card(articles: pd.DataFrame, *, described: pd.DataFrame | None = None) -> pd.DataFrame:
    """Sum a corpus up: size, time, sources, form of the text, language, duplicates, and what could not be read.

    Where more than one article in a hundred is not English, a warning says so: the kit's models and word lists are for English.

    Parameters
    ----------
    articles : DataFrame with `article_id` and `text`
    described : DataFrame, optional
        What `describe_articles` gave for them, where it is there already.

    Returns
    -------
    DataFrame
        One column, `value` (str), and a row per fact; the index, `fact`, says which.

    Examples
    --------
    >>> import newskit as nk
    >>> nk.corpus_card(nk.sample_articles()).loc[["articles", "dates", "form of the text"], "value"].tolist()
    ['300', 'undated', 'written 300']
    """
    articles = check_articles(articles)
    described = describe_articles(articles) if described is None else described
    described = check_table(described, "`described` has", "pass nk.describe_articles(articles)", *_DESCRIBED)
    lengths, foreign = described["tokens"], int((described["language"] == "other").sum())
    if foreign > _FOREIGN * len(articles):
        are = "is" if foreign == 1 else "are"
        warnings.warn(
            f"{foreign:,} of {len(articles):,} articles {are} not English. The models and word lists are for English, and what "
            "they say of other languages is not to be trusted. nk.describe_articles(articles)['language'] says which; leave them "
            "out before names, sentences, who said what, stances or topics are read.",
            stacklevel=2,
        )
    facts = {
        "articles": f"{len(articles):,}",
        "tokens": f"{lengths.sum():,} (median {lengths.median():,.0f} an article, from {lengths.min():,} to {lengths.max():,})",
        "dates": _dates(articles),
        "sources": _counts(articles["source"]) if "source" in articles else "none known",
        "form of the text": _counts(described["form"].astype("str")),
        "language": _counts(described["language"].astype("str")),
        "gap evidence": f"{_mean_gaps(described):.1%} of the gaps between tokens are wider than one character",
        "exact duplicates": f"{described['duplicate_of'].notna().sum():,}",
        "near duplicates": f"{(described['near_duplicate_of'].notna() & described['duplicate_of'].isna()).sum():,} more",
        "odd characters": f"in {(described['odd_characters'] > 0).sum():,} articles",
        "problems in reading": f"{len(reading_report(articles)):,}",
    }
    return pd.DataFrame({"value": pd.Series(facts, dtype="str")}).rename_axis("fact")


def _mean_gaps(described: pd.DataFrame) -> float:
    gaps = (described["tokens"] - 1).clip(lower=0)
    return float((described["wide_gaps"] * gaps).sum() / max(gaps.sum(), 1))


def _dates(articles: pd.DataFrame) -> str:
    dates = parse_dates(articles["date"]).dropna() if "date" in articles else pd.Series(dtype="datetime64[us]")
    if dates.empty:
        return "undated"
    missing = f", {len(articles) - len(dates):,} undated" if len(dates) < len(articles) else ""
    return f"{dates.min():%d %B %Y} to {dates.max():%d %B %Y}{missing}"


def _counts(values: pd.Series, most: int = 5) -> str:
    if values.dtype == object:
        values = as_texts(values)
    counts = values.value_counts(sort=True).sort_index().sort_values(ascending=False, kind="stable")
    shown = ", ".join(f"{name} {n:,}" for name, n in counts.head(most).items())
    return (shown + (f" and {len(counts) - most} more" if len(counts) > most else "")) or "none known"
