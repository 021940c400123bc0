"""Which entities are named together, and which more than before: counts of articles, and how far chance explains them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.intervals import wilson
from newskit.analysis.named import Duplicates, dates_of, find_named, group_articles, keys_of
from newskit.corpus.articles import ArticlesError, check_articles
from newskit.corpus.dates import parse_dates
from newskit.corpus.options import check_count
from newskit.corpus.tokens import Tokens

Numbers = NDArray[np.int64]
Mask: TypeAlias = "pd.Series | NDArray[np.bool_] | Sequence[bool]"


def entity_pairs(
    linked: pd.DataFrame,
    articles: pd.DataFrame | Tokens,
    *,
    min_articles: int = 2,
    n: int | None = None,
    duplicates: Duplicates = "once",
    described: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Find which entities are named in the same articles, and whether more often than chance would have it.

    One name with two labels is no pair: mostly it is one thing that was read in two ways.

    Parameters
    ----------
    linked : DataFrame
        From `link_entities`.
    articles : articles or Tokens
    min_articles : int
        Least number of articles that name both.
    n : int, optional
        Only so many pairs, the strongest.
    duplicates, described
        As in `entity_frequency`.

    Returns
    -------
    DataFrame
        The strongest first (then by articles and names): `entity_a`, `label_a`, `entity_b`, `label_b` (str; a is the one
        that more articles name), `articles` (int64: how many name both), `articles_a`, `articles_b` (int64), `expected`
        (articles that would name both by chance), `log_likelihood` (Dunning 1993; negative where they meet less often than
        expected), `npmi` (-1 to 1: normalised pointwise mutual information, Bouma 2009; missing where every article
        names both).

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> articles = pd.DataFrame({"article_id": list("abc"), "text": ["lee met roe", "lee saw roe", "rain"]})
    >>> columns = ["article_id", "start", "end", "text", "label", "entity"]
    >>> rows = [(a, *place, "PER", name) for a in "ab" for place, name in (((0, 3, "lee"), "Lee"), ((8, 11, "roe"), "Roe"))]
    >>> nk.entity_pairs(pd.DataFrame(rows, columns=columns), articles)[["entity_a", "entity_b", "articles"]].values.tolist()
    [['Lee', 'Roe', 2]]
    """
    from scipy.sparse import coo_array, triu

    check_count("min_articles", min_articles)
    check_count("n", n, none=True)
    frame = check_articles(articles)
    groups = group_articles(articles, keys_of(frame, None), duplicates=duplicates, described=described)
    named = find_named(linked, frame, groups.of_article >= 0)
    article, entity = named.in_articles()
    totals = np.bincount(entity, minlength=len(named.entities))
    order = np.argsort(-totals, kind="stable")  # by articles, then name: a of each pair is the more frequent one
    order = order[totals[order] >= max(min_articles, 1)]
    rank = np.full(len(totals), -1)
    rank[order] = np.arange(len(order))
    article, entity = article[rank[entity] >= 0], rank[entity[rank[entity] >= 0]]
    names = coo_array((np.ones(len(entity), np.int32), (article, entity)), shape=(len(frame), len(order))).tocsr()
    met = triu(names.T @ names, k=1, format="coo")
    one, other, both = order[met.row], order[met.col], met.data.astype(np.int64)
    name = named.entities["entity"].to_numpy(object)
    kept = (both >= min_articles) & (name[one] != name[other])
    one, other, both = one[kept], other[kept], both[kept]
    n_articles, a, b = int(groups.sizes[0]), totals[one], totals[other]
    columns = {"entity_a": one, "label_a": one, "entity_b": other, "label_b": other}
    table = pd.DataFrame({c: named.entities[c[:-2]].iloc[at].array for c, at in columns.items()})
    table = table.assign(articles=both, articles_a=a, articles_b=b, expected=a * b / n_articles)
    table["log_likelihood"] = _log_likelihood(both, a, b, n_articles)
    table["npmi"] = _npmi(both, a, b, n_articles)
    keys = ["log_likelihood", "articles", *columns]
    return table.sort_values(keys, ascending=[False, False, *[True] * 4], ignore_index=True)[:n]


def entity_changes(
    linked: pd.DataFrame,
    articles: pd.DataFrame | Tokens,
    *,
    since: str | pd.Timestamp | None = None,
    new: Mask | None = None,
    duplicates: Duplicates = "once",
    described: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Find which entities are named in more of the articles than before, and which in fewer.

    The later articles are compared with the earlier ones; or those that are new with the others, whatever their dates.

    Many entities are compared at once: of those that did not change, 5 in 100 have an interval without zero all the same.

    Parameters
    ----------
    linked : DataFrame
        From `link_entities`.
    articles : articles or Tokens
        Where dates part them, with a column `date`; undated ones are left out, and a warning says how many.
    since : str or Timestamp, optional
        The articles from this day on are compared with those before it. Left out (as is `new`): the day with which the last
        quarter of the dated articles begins.
    new : bool per article, optional
        Which articles are new, such as `ledger.is_new(articles)` (see `open_ledger`): these are compared with the others, which
        then are those "before".
    duplicates, described
        As in `entity_frequency`; a story counts once before and once after.

    Returns
    -------
    DataFrame
        A row per entity, the strongest change first (by size of `log_likelihood`, then by name): `entity`, `label` (str);
        `articles_before`, `of_before` (int64: how many name it, of how many), `share_before` (0 to 1), `articles_after`,
        `of_after`, `share_after` likewise; `change` (-1 to 1: difference of the shares) with `low` and `high` (its 95%
        interval, Newcombe 1998, method 10); `log_ratio` (binary logarithm of the ratio of the shares, half an article
        added to each side; Hardie 2014); `log_likelihood` (Dunning 1993; negative where it is named less);
        `since` (datetime64; missing where `new` parts the articles).

    Raises
    ------
    ArticlesError
        If no article has a date, or if all of them are on one side of `since`, or new, or none is.
    ValueError
        If both `since` and `new` are given, or `new` does not say True or False of each article.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> days = pd.to_datetime(["2017-01-02", "2017-01-04"])
    >>> articles = pd.DataFrame({"article_id": ["a", "b"], "text": ["ann lee said", "no one came"], "date": days})
    >>> columns = ["article_id", "start", "end", "text", "label", "entity"]
    >>> linked = pd.DataFrame([("a", 0, 7, "ann lee", "PER", "Ann Lee")], columns=columns)
    >>> nk.entity_changes(linked, articles)[["entity", "share_before", "share_after", "change"]].values.tolist()
    [['Ann Lee', 1.0, 0.0, -1.0]]
    >>> nk.entity_changes(linked, articles, new=[True, False])[["entity", "share_before", "share_after"]].values.tolist()
    [['Ann Lee', 0.0, 1.0]]
    """
    frame = check_articles(articles)
    if since is not None and new is not None:
        raise ValueError("Give `since` or `new`: the articles are parted by a day, or by which of them are new.")
    start, after = _by_date(frame, since) if new is None else (pd.NaT, _by_mask(frame, new))
    groups = group_articles(articles, pd.DataFrame({"date": after.array}), duplicates=duplicates, described=described)
    named = find_named(linked, frame, groups.of_article >= 0)
    counts = named.count(groups.of_article)
    naming = np.zeros((len(named.entities), 2), np.int64)
    naming[counts["entity"], counts["group"]] = counts["articles"]
    table = named.entities[naming.any(axis=1)].reset_index(drop=True)
    (x, y), (n, m) = naming[naming.any(axis=1)].T, groups.sizes
    table = table.assign(articles_before=x, of_before=n, share_before=x / n, articles_after=y, of_after=m, share_after=y / m)
    table["change"] = table["share_after"] - table["share_before"]
    table["low"], table["high"] = _newcombe(y, m, x, n)
    table["log_ratio"] = np.log2((y + 0.5) / (m + 1)) - np.log2((x + 0.5) / (n + 1))
    table["log_likelihood"] = _log_likelihood(y, x + y, np.full(len(x), m), n + m)
    table["since"] = pd.Series(start, table.index, dtype="datetime64[us]")
    return table.iloc[np.argsort(-table["log_likelihood"].abs(), kind="stable")].reset_index(drop=True)


def _by_date(articles: pd.DataFrame, since: str | pd.Timestamp | None) -> tuple[pd.Timestamp, pd.Series]:
    """The day that parts the articles, and 0 or 1 for each: before it, or from it on (missing: undated)."""
    dates = dates_of(articles)
    start = _since(dates.dropna().sort_values(), since)
    return start, (dates >= start).astype("Int64").where(dates.notna())


def _by_mask(articles: pd.DataFrame, new: Mask) -> pd.Series:
    """0 or 1 for each article, with articles on both sides."""
    if not isinstance(new, Iterable) or isinstance(new, str):
        raise ValueError(f"`new` has to say True or False of each article, and {new!r} does not.")
    mask = pd.Series(list(new), dtype="object") if not isinstance(new, pd.Series) else new
    if isinstance(new, pd.Series) and not new.index.equals(articles.index):
        raise ValueError("`new` has another index than the articles: make it of the same table, ledger.is_new(articles).")
    if len(mask) != len(articles) or mask.isna().any() or not mask.isin([True, False]).all():
        raise ValueError(f"`new` has to say True or False of each of the {len(articles):,} articles, in their order.")
    if mask.astype(bool).nunique() < 2:
        every = "all articles are new" if mask.iloc[0] else "no article is new"
        raise ArticlesError(f"Nothing can be compared: {every}. Leave `new` out to compare the newest with the others.")
    return mask.astype(bool).astype("Int64")


def _since(dates: pd.Series, since: str | pd.Timestamp | None) -> pd.Timestamp:
    """The day that parts the sorted dates, with articles on both sides of it."""
    if since is None:
        later = dates[dates >= dates.iloc[0].normalize() + pd.Timedelta(days=1)]
        start = max(dates.iloc[int(0.75 * len(dates))].normalize(), later.min()) if len(later) else dates.iloc[0].normalize()
    else:
        start = parse_dates(pd.Series([since], dtype=None if pd.api.types.is_scalar(since) else "object")).iloc[0]
    if pd.isna(start):
        raise ArticlesError(f'since={since!r} is no date; write it as year, month, day: since="2017-02-07".')
    if not dates.iloc[0] < start <= dates.iloc[-1]:
        raise ArticlesError(
            f"Nothing can be compared: the dated articles are of {dates.iloc[0]:%Y-%m-%d} to {dates.iloc[-1]:%Y-%m-%d}, all on "
            f'one side of {start:%Y-%m-%d}. Choose a day between them: since="...".'
        )
    return start


def _log_likelihood(both: Numbers, a: Numbers, b: Numbers, n: int) -> NDArray[np.float64]:
    """Dunning's G2 of each two-by-two table, negative where `both` is less than chance would have it."""
    from scipy.special import xlogy

    observed = np.array([both, a - both, b - both, n - a - b + both], float)
    expected = np.array([a * b, a * (n - b), (n - a) * b, (n - a) * (n - b)], float) / n
    terms = xlogy(observed, observed / np.where(expected > 0, expected, 1))
    return np.sign(observed[0] - expected[0]) * np.maximum(2 * terms.sum(axis=0), 0)


def _npmi(both: Numbers, a: Numbers, b: Numbers, n: int) -> NDArray[np.float64]:
    surprise = -np.log(both / n)
    npmi = np.divide(np.log(both * n / (a * b)), surprise, out=np.full(len(both), np.nan), where=surprise > 0)
    return np.clip(npmi, -1, 1)  # rounding can step over the bounds


def _newcombe(x: Numbers, n: int, y: Numbers, m: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The 95% interval of x/n - y/m from the Wilson intervals of both."""
    (p, p_low, p_high), (q, q_low, q_high) = wilson(x, n), wilson(y, m)
    return p - q - np.hypot(p - p_low, q_high - q), p - q + np.hypot(p_high - p, q - q_low)
