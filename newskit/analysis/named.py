"""Who is named where, as codes: linked mentions and groups of articles, ready to be counted.

An article that repeats another (an exact or near copy) is counted once in its group, as the earliest of the copies; a
story that two sources carry counts for each of them where sources are compared.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.articles import ArticlesError, check_articles, listed, nearest
from newskit.corpus.dates import parse_dates
from newskit.corpus.duplicates import near_duplicates
from newskit.corpus.options import check_choice
from newskit.corpus.tables import check_table
from newskit.corpus.tokens import Tokens, tokenize

Period = Literal["day", "week", "month", "year"]
Duplicates = Literal["once", "each"]
PERIODS: tuple[Period, ...] = ("day", "week", "month", "year")
_UNITS = {"day": "D", "week": "D", "month": "M", "year": "Y"}
_NEEDED = ("article_id", "start", "end", "text", "label", "entity")
_DESCRIBED = ("article_id", "tokens", "duplicate_of", "near_duplicate_of")
_MONDAY = 3  # the first day of 1970 was a Thursday


@dataclass(frozen=True, eq=False)
class Groups:
    """Articles in groups: of one period, of one source, or all in one.

    Attributes
    ----------
    keys : DataFrame
        A row per group, in order: what its articles have in common.
    of_article : int64 array, one entry per article
        Position of the article's group; -1 where it does not count (no date, or the copy of another).
    """

    keys: pd.DataFrame
    of_article: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many articles count in each group."""
        return np.bincount(self.of_article[self.of_article >= 0], minlength=len(self.keys)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Named:
    """The mentions in the articles that count.

    Attributes
    ----------
    rows : DataFrame
        These mentions, as linked.
    article, entity : int64 arrays, one entry per mention
        Positions in the articles and in `entities`.
    entities : DataFrame
        `entity`, `label`: all that were linked, in alphabetical order.
    """

    rows: pd.DataFrame
    article: NDArray[np.int64]
    entity: NDArray[np.int64]
    entities: pd.DataFrame

    def count(self, group_of_article: NDArray[np.int64]) -> pd.DataFrame:
        """For each group and entity named in it (by position, sorted): `group`, `entity`, `mentions`, `articles`."""
        size = np.int64(max(len(self.entities), 1))
        keys, mentions = np.unique(group_of_article[self.article] * size + self.entity, return_counts=True)
        article, entity = self.in_articles()
        articles = np.unique(group_of_article[article] * size + entity, return_counts=True)[1]
        counts = {"group": keys // size, "entity": keys % size, "mentions": mentions, "articles": articles}
        return pd.DataFrame(counts).astype(np.int64)

    def in_articles(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Article and entity of each pair of an article and an entity that it names, sorted."""
        size = np.int64(max(len(self.entities), 1))
        pairs = np.unique(self.article * size + self.entity)
        return pairs // size, pairs % size


def find_named(linked: pd.DataFrame, articles: pd.DataFrame, counts: NDArray[np.bool_] | None = None) -> Named:
    """The linked mentions that stand in these articles (where `counts` says so).

    Raises
    ------
    ValueError
        If `linked` lacks a column, or has mentions and all of them stand in other articles.
    """
    linked = check_linked(linked)
    where = pd.Index(articles["article_id"].astype("str")).get_indexer(linked["article_id"].astype("str"))
    if len(where) and (where < 0).all():
        raise ValueError(
            f"None of the {len(where):,} mentions stands in these articles (the first is of article "
            f"{linked['article_id'].iloc[0]!r}); pass the articles in which they were found."
        )
    there = linked["entity"].notna().to_numpy()
    rows, where = linked[there], where[there]
    entity, names = pd.factorize(rows["entity"].astype("str"), sort=True)
    label, labels = pd.factorize(rows["label"].astype("str"), sort=True)
    keys, code = np.unique(entity.astype(np.int64) * max(len(labels), 1) + label, return_inverse=True)
    known = {"entity": names[keys // max(len(labels), 1)], "label": labels[keys % max(len(labels), 1)]}
    used = (where >= 0) & (counts[where] if counts is not None else True)
    return Named(rows[used], where[used].astype(np.int64), code[used].astype(np.int64), pd.DataFrame(known, dtype="str"))


def check_linked(linked: pd.DataFrame) -> pd.DataFrame:
    """The columns of linked mentions, in the types of `link_entities`, or an error that says what is wrong."""
    made = "find and link them first: nk.link_entities(nk.find_entities(articles), articles)"
    return check_table(linked, "The mentions have", made, *_NEEDED)


def check_entity(entity: str, linked: pd.DataFrame) -> None:
    """Raise a ValueError where no mention is of an entity of this name; it proposes the one that was meant."""
    linked = check_linked(linked)
    if not isinstance(entity, str):
        raise ValueError(f"An entity is named by its text, such as {'Jeff Sessions'!r}, not by {entity!r}.")
    if (linked["entity"] == entity).any():
        return
    form = linked["text"].str.casefold() == entity.casefold()
    whose = linked["entity"][form].dropna().mode()
    hint = f" It is a form of {whose[0]!r}." if len(whose) else nearest(entity, linked["entity"].dropna().unique())
    raise ValueError(f"No entity is called {entity!r}.{hint}")


def keys_of(articles: pd.DataFrame, by: str | Sequence[str] | None) -> pd.DataFrame:
    """What articles are grouped by: `period` (the start of each article's period) or columns of their own.

    Raises
    ------
    ArticlesError
        If a column is not there or would clash with a counted one, or if a period is asked for and no article has a date.
    """
    keys = pd.DataFrame(index=range(len(articles)))
    if not isinstance(by, str | Iterable | None):
        raise ValueError(f"by is a period, a column of the articles, or a list of these, not {by!r}.")
    for name in [by] if isinstance(by, str) else by or []:
        if name in PERIODS:
            keys["period"] = starts_of(dates_of(articles), name).to_numpy()
        elif name not in list(articles.columns):
            choices = [*PERIODS, *map(str, articles.columns)]
            raise ArticlesError(
                f"The articles cannot be grouped by {name!r}: it is none of the periods {', '.join(PERIODS)} and none of their "
                f"columns {listed(articles.columns)}.{nearest(str(name), choices)}"
            )
        elif name in ("entity", "label", "mentions", "articles", "of_articles", "share_of_articles", "surface_forms"):
            raise ArticlesError(f"The column {name!r} has the name of a column of the answer; rename it first.")
        elif isinstance(articles[name], pd.DataFrame):
            raise ArticlesError(f"The column {name!r} stands there more than once; keep one of them.")
        else:
            keys[name] = _as_key(articles[name])
    return keys


def _as_key(values: pd.Series) -> Any:
    """What a column says, for grouping; objects of several kinds, which have no order, as text."""
    if values.dtype != object:
        return values.array
    values = values.map(lambda v: v.encode("utf-8", "replace").decode() if isinstance(v, str) else v)
    known = values.dropna()
    mixed = len(set(known.map(type))) > 1 or not known.map(lambda v: isinstance(v, str | int | float | date)).all()
    return values.map(str, na_action="ignore").to_numpy(object) if mixed else values.to_numpy()


def group_articles(
    articles: pd.DataFrame | Tokens, keys: pd.DataFrame, *, duplicates: Duplicates, described: pd.DataFrame | None
) -> Groups:
    """Group articles by the columns of `keys` (none: all in one group); warn where a key is missing."""
    frame = check_articles(articles)
    check_choice("duplicates", duplicates, ("once", "each"))
    group = np.zeros(len(frame), np.int64)
    distinct = keys.head(1)
    if len(keys.columns):
        of_key = keys.groupby(list(keys.columns), sort=True, observed=True, dropna=True)
        group = of_key.ngroup().fillna(-1).to_numpy(np.int64)
        firsts = np.unique(group, return_index=True)
        distinct = keys.iloc[firsts[1][firsts[0] >= 0]]
        _warn_of_missing(keys)
    if duplicates == "once":
        group = np.where(_repeats(articles, frame, group, described), -1, group)
    return Groups(distinct.reset_index(drop=True), group)


def _warn_of_missing(keys: pd.DataFrame) -> None:
    for name in keys.columns:
        lost = int(keys[name].isna().sum())
        if lost:
            what = "date" if name == "period" else name
            warnings.warn(f"{lost:,} of {len(keys):,} articles have no {what}; they are left out.", stacklevel=4)


def _repeats(
    articles: pd.DataFrame | Tokens, frame: pd.DataFrame, group: NDArray[np.int64], described: pd.DataFrame | None
) -> NDArray[np.bool_]:
    """Which articles repeat an earlier one of their group (earlier by date, then by id)."""
    ids = frame["article_id"].astype("str").reset_index(drop=True)
    if described is None:
        story = pd.Series(near_duplicates(tokenize(articles)))
    else:
        described = check_table(described, "`described` has", "pass nk.describe_articles(articles), or leave it out", *_DESCRIBED)
        known = described.drop_duplicates("article_id").set_index("article_id").reindex(ids)
        if known["tokens"].isna().any():
            raise ValueError("`described` is of other articles; pass nk.describe_articles(articles) of these, or leave it out.")
        story = known["near_duplicate_of"].fillna(known["duplicate_of"]).reset_index(drop=True).fillna(ids)
    table = pd.DataFrame({"group": group, "story": story, "date": _dates(frame).to_numpy(), "article_id": ids})
    return table.sort_values(["date", "article_id"]).duplicated(["group", "story"]).sort_index().to_numpy()


def dates_of(articles: pd.DataFrame) -> pd.Series:
    """The articles' dates (NaT where none), or an error where no article has one."""
    dates = _dates(articles)
    if dates.isna().all():
        raise ArticlesError(
            "No article has a date, so nothing can be counted over time. Read the dates with "
            'nk.read_articles(path, columns={"date": "..."}), or give the articles a column `date`.'
            f"{'' if 'date' in articles else nearest('date', articles.columns)}"
        )
    return dates


def _dates(articles: pd.DataFrame) -> pd.Series:
    known = articles["date"] if "date" in articles else pd.Series(pd.NaT, articles.index, dtype="datetime64[us]")
    return parse_dates(known)


def starts_of(dates: pd.Series, period: str) -> pd.Series:
    """The first day of each date's day, week (from Monday), month or year, as datetime64[us]."""
    days = dates.to_numpy("datetime64[D]")
    if period == "week":
        days = days - (days.astype(np.int64) + _MONDAY) % 7
    starts = days.astype(f"datetime64[{_UNITS[period]}]").astype("datetime64[us]")
    return pd.Series(starts, index=dates.index).where(dates.notna())


def all_starts(starts: Iterable[pd.Timestamp], period: str) -> pd.Series:
    """Every period from the first to the last, also those in between that have no article."""
    known = pd.Series(list(starts)).dropna().to_numpy(f"datetime64[{_UNITS[period]}]")
    every = np.arange(known.min(), known.max() + 1, 7 if period == "week" else 1)
    return pd.Series(every.astype("datetime64[us]"))


def choose_period(dates: pd.Series, most: int = 40) -> Period:
    """The shortest period in which three of four articles are among ten or more, so that shares mean something, and of which
    3 to `most` hold nearly all dates (98%: a stray date decides nothing); if there is none, the longest of these.
    """
    ends = pd.Series(dates.quantile([0.01, 0.99], interpolation="nearest").array)
    counts = {p: len(all_starts(starts_of(ends, p), p)) for p in PERIODS}
    fits = [p for p in PERIODS if 3 <= counts[p] <= most] or [p for p in PERIODS if counts[p] <= most][:1] or ["year"]
    return next((p for p in fits if (_sizes(starts_of(dates, p)) >= 10).mean() >= 0.75), fits[-1])


def _sizes(starts: pd.Series) -> pd.Series:
    return starts.groupby(starts).transform("size")
