"""Articles are a DataFrame: `article_id` (unique) and `text`, and what else is known of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import pandas as pd

from newskit.corpus.visible import visible

_KNOWN = ("article_id", "text", "title", "date", "source", "url", "dateline")


class ArticlesError(ValueError):
    """Articles that cannot be worked on as they are; the message says what is wrong and what to do."""


def nearest(name: str, names: Iterable[str]) -> str:
    """A phrase that proposes the name most like `name` (case aside), or nothing where none is."""
    written: dict[str, str] = {}
    for known in map(str, names):
        written.setdefault(known.casefold().strip(), known)
    close = difflib.get_close_matches(str(name).casefold().strip(), list(written), n=1)
    return f" Did you mean {written[close[0]]!r}?" if close else ""


def check_articles(articles: pd.DataFrame) -> pd.DataFrame:
    """Return the articles unchanged, or say what is wrong with them.

    Parameters
    ----------
    articles : DataFrame or Tokens
        With at least `article_id` (unique as strings) and `text` (str); of Tokens, the articles they were made from.

    Raises
    ------
    ArticlesError
        If it is no frame, is empty, lacks a column, has an id twice or a text that is not a string.
    """
    if not isinstance(articles, pd.DataFrame):
        articles = getattr(articles, "articles", articles)  # Tokens
    if not isinstance(articles, pd.DataFrame):
        raise ArticlesError(
            f"Expected a DataFrame of articles, got {type(articles).__name__}. Read files with nk.read_articles(path), "
            'or make a frame: pd.DataFrame({"article_id": ids, "text": texts}).'
        )
    for column in ("article_id", "text"):
        if column not in articles.columns:
            raise ArticlesError(
                f"The articles have no column {column!r}; they have {listed(articles.columns)}."
                f'{nearest(column, articles.columns)} Rename it: articles.rename(columns={{"...": "{column}"}}).'
            )
    if twice := [c for c in _KNOWN if isinstance(articles.get(c), pd.DataFrame)]:
        raise ArticlesError(f"The column {twice[0]!r} stands there more than once; keep one of them.")
    if articles.empty:
        raise ArticlesError("There are no articles: the frame has no rows. Check the path or the filter that made it.")
    _check_strings(articles, "text")
    ids = articles["article_id"]
    if not isinstance(ids.dtype, pd.StringDtype):
        try:
            ids = ids.astype("str").where(ids.notna())
        except (UnicodeEncodeError, TypeError, ValueError) as error:  # lone surrogates, bytes
            raise ArticlesError(f"The ids in article_id cannot be read as text ({error}); number the articles anew.") from error
    if ids.isna().any():
        raise ArticlesError(f"article_id is missing in row {_first(ids.isna())!r}; every article needs one.")
    if not ids.is_unique:
        raise ArticlesError(
            f"article_id must be unique, but {ids[ids.duplicated()].iloc[0]!r} stands there more than once "
            f"({int(ids.duplicated().sum()):,} rows repeat an id). Drop them with articles.drop_duplicates('article_id'), "
            "or number them anew."
        )
    return articles


def _check_strings(articles: pd.DataFrame, column: str) -> None:
    values = articles[column]
    bad = values.isna()
    if not bad.any() and values.dtype == object:
        bad = ~values.map(lambda v: isinstance(v, str)).astype(bool)
    elif not bad.any() and not pd.api.types.is_string_dtype(values.dtype):
        bad = pd.Series(True, values.index)
        if isinstance(values.dtype, pd.CategoricalDtype) and pd.api.types.is_string_dtype(values.cat.categories.dtype):
            return
    if bad.any():
        row = values.index[bad.to_numpy().argmax()]
        value = values[bad.to_numpy()].iloc[0]
        raise ArticlesError(
            f"{int(bad.sum()):,} of {len(values):,} articles have a {column} that is not a string; the first is row {row!r} "
            f"({value!r}). Drop them with articles.dropna(subset=[{column!r}]), or turn them into strings with .astype(str)."
        )


def _first(mask: pd.Series) -> object:
    return mask.index[mask.to_numpy().argmax()]


def listed(names: Iterable[object], most: int = 12) -> str:
    """Names in a message, the first twelve."""
    listed = [visible(str(n)) for n in names]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more if listed else "no columns"
