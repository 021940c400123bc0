"""Who is against and who in favor of what, counted: per target, holder, source and period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.intervals import effective_size, wilson
from newskit.analysis.named import Duplicates, choose_period, dates_of, group_articles, keys_of
from newskit.analysis.stance import STANCES
from newskit.corpus.articles import check_articles, nearest
from newskit.corpus.options import check_count
from newskit.corpus.tables import check_table
from newskit.corpus.tokens import Tokens

COUNTED = ("n", "articles", "abstained", *STANCES, "balance", "favor_share", "low", "high")
_OWN = {"target": "target", "holder": "holder_entity"}


def stance_summary(
    stances: pd.DataFrame,
    articles: pd.DataFrame | Tokens | None = None,
    *,
    by: str | Sequence[str] = "target",
    min_n: int = 1,
    duplicates: Duplicates = "once",
    described: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Count statements against and in favor, per target, holder, source or period.

    A statement is a row of `stances`: what one sentence says on one target, for one holder.

    Parameters
    ----------
    stances : DataFrame
        From `tag_stance`.
    articles : articles or Tokens, optional
        Needed to count by source or period, and to count repeated articles once. Statements of other articles are left
        out, so that a part of the articles can be counted.
    by : str or sequence of str
        One or several of `"target"`, `"holder"` (the `holder_entity`; `(unknown)` where there is none), a period (`"day"`,
        `"week"`, `"month"`, `"year"`, or `"period"`: chosen as `entity_timeline` does), and columns of the articles
        (`"source"`). Articles without it are left out, and a warning says how many.
    min_n : int
        Leave out what has fewer statements with a stance; 0 keeps also where none has one.
    duplicates, described
        As in `entity_frequency`; without `articles`, each article counts.

    Returns
    -------
    DataFrame
        A row per group, those with most statements first (then by articles and by what they are grouped by):

        - what was asked for with `by`, in that order: `target`, `holder` (str), `period` (datetime64, its first day), ...
        - `n` (int64: statements with a stance), `articles` (int64: how many have these)
        - `abstained` (int64: statements without a stance, not in `n`)
        - `against`, `neutral`, `favor` (int64: they add up to `n`)
        - `balance` (-1 to 1): `(favor - against) / n`
        - `favor_share` (0 to 1): `favor / (favor + against)`, with its 95% interval `low`, `high` (0 to 1)

        Shares without any statement to count are missing. Statements of one article are not independent: the interval
        is Wilson's with the effective sample size of Korn and Graubard (1998), in which the design effect of clustering by
        article shrinks the number of statements (never enlarges it). It says what chance does, not how often the tags err.

    Raises
    ------
    ArticlesError
        If a period is asked for and no article has a date, or if there is no such column.
    ValueError
        If `stances` is no table of stances, none of them stands in these articles, or articles are needed.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> rows = [("a", "the ban", "against"), ("a", "the ban", "favor"), ("b", "the ban", "against"), ("b", "the ban", None)]
    >>> stances = pd.DataFrame(rows, columns=["article_id", "target", "stance"])
    >>> nk.stances.summary(stances)[["target", "n", "articles", "abstained", "against", "favor"]]
        target  n  articles  abstained  against  favor
    0  the ban  3         2          1        2      1
    """
    if not isinstance(by, str | Iterable):
        raise ValueError(f'by is "target", "holder", a period, a column of the articles, or a list of these, not {by!r}.')
    names = list(dict.fromkeys([by] if isinstance(by, str) else by))
    check_count("min_n", min_n)
    stances = _checked(stances, names, articles)
    keys = pd.DataFrame(index=range(len(stances)))
    for name in (n for n in _OWN if n in names):
        keys[name] = stances[_OWN[name]].astype("str").fillna("(unknown)").array
    kept = np.ones(len(stances), bool)
    if articles is not None:
        frame = check_articles(articles)
        unit = choose_period(dates_of(frame).dropna()) if "period" in names else ""
        of_articles = keys_of(frame, [unit if n == "period" else n for n in names if n not in _OWN])
        groups = group_articles(articles, of_articles, duplicates=duplicates, described=described)
        where = _places(stances, frame)
        group = np.where(where >= 0, groups.of_article[where], -1)
        kept = group >= 0
        keys = keys[kept].reset_index(drop=True)
        for name in groups.keys:
            keys[name] = groups.keys[name].iloc[group[kept]].array
    keys = keys[list(dict.fromkeys(n if n in keys else "period" for n in names))]
    table = _counted(stances[kept], keys)
    table = table[table["n"] >= min_n]
    ascending = {"n": False, "articles": False} | dict.fromkeys(keys, True)
    return table.sort_values(list(ascending), ascending=list(ascending.values()), ignore_index=True)


def _checked(stances: pd.DataFrame, names: list[str], articles: pd.DataFrame | Tokens | None) -> pd.DataFrame:
    """What is counted of the stances, or an error where that cannot be."""
    needed = ["article_id", "stance", *(_OWN[n] for n in names if n in _OWN)]
    stances = check_table(stances, "The stances have", "tag them first: nk.tag_stance(articles, targets)", *dict.fromkeys(needed))
    unknown = set(stances["stance"].dropna()) - set(STANCES)
    if unknown:
        raise ValueError(f"A stance is {', '.join(STANCES)} or missing; {sorted(map(str, unknown))[0]!r} is none of these.")
    others = [n for n in names if n not in _OWN]
    if not names:
        raise ValueError('by needs at least one of "target", "holder", a period, and the articles\' columns.')
    if others and articles is None:
        raise ValueError(
            f"Only the articles know their {others[0]!r}: nk.stances.summary(stances, articles, by=...)."
            f"{nearest(str(others[0]), [*_OWN])}"
        )
    if clash := [n for n in others if n in COUNTED]:
        raise ValueError(f"The column {clash[0]!r} has the name of a column of the answer; rename it first.")
    return stances


def _places(stances: pd.DataFrame, articles: pd.DataFrame) -> NDArray[np.int64]:
    """Position of each statement's article, -1 where it is none of these."""
    where = pd.Index(articles["article_id"].astype("str")).get_indexer(stances["article_id"].astype("str"))
    if len(where) and (where < 0).all():
        raise ValueError(
            f"None of the {len(where):,} stances stands in these articles (the first is of article "
            f"{stances['article_id'].iloc[0]!r}); pass the articles in which they were tagged."
        )
    return where.astype(np.int64)


def _counted(stances: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """A row per distinct row of `keys`, with what is counted in its stances."""
    group = keys.groupby(list(keys), sort=True, observed=True).ngroup().to_numpy(np.int64)
    distinct = keys.iloc[np.unique(group, return_index=True)[1]].reset_index(drop=True)
    stance = stances["stance"].astype("str").reset_index(drop=True)
    article = pd.factorize(stances["article_id"], sort=True)[0]  # sums are then the same for any order of the rows
    rows = pd.DataFrame({"group": group, "article": article, "n": stance.notna(), **{s: stance == s for s in STANCES}})
    per_article = rows.groupby(["group", "article"])[["n", *STANCES]].sum().astype(np.int64).reset_index()
    counts = per_article.groupby("group")[["n", *STANCES]].sum()
    counts.insert(1, "articles", (per_article["n"] > 0).groupby(per_article["group"]).sum().astype(np.int64))
    counts.insert(2, "abstained", np.bincount(group, minlength=len(distinct)) - counts["n"])
    table = pd.concat([distinct, counts.reset_index(drop=True)], axis=1)
    sides = per_article["favor"] + per_article["against"]
    of_article = per_article.assign(sides=sides)[sides > 0]
    x, m = (of_article[c].to_numpy(np.float64) for c in ("favor", "sides"))
    size = effective_size(x, m, of_article["group"].to_numpy(), len(table))
    with np.errstate(invalid="ignore"):  # nothing to count: a missing share
        table["balance"] = (table["favor"] - table["against"]) / table["n"]
        share = (table["favor"] / (table["favor"] + table["against"])).to_numpy()
        table["favor_share"], table["low"], table["high"] = wilson(share * size, size)
    return table
