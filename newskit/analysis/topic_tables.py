"""Counts of topics: over time, by source, with the entities they name, and between two runs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newskit.analysis.intervals import wilson
from newskit.analysis.named import PERIODS, all_starts, choose_period, dates_of, find_named, keys_of
from newskit.corpus.articles import check_articles
from newskit.corpus.options import check_choice, check_count
from newskit.corpus.tables import check_table
from newskit.corpus.tokens import Tokens

_NEEDED = ("article_id", "topic", "label")


def topics_by_period(placed: pd.DataFrame, articles: pd.DataFrame | Tokens, *, period: str = "auto") -> pd.DataFrame:
    """How much of the news each topic is, over time.

    Parameters
    ----------
    placed : DataFrame
        `model.articles_`, or from `model.assign`.
    articles : articles or Tokens
        These, with their dates; articles without one are left out.
    period : {"auto", "day", "week", "month", "year"}

    Returns
    -------
    DataFrame
        A row per period and topic, in order of time and of the topics' sizes: `period` (datetime64, its first day), `topic`
        (int64), `label` (str), `articles` (int64), `of` (int64: all of the period), `share` (0 to 1; missing where the period
        has no article) with its 95% interval `low`, `high` (Wilson 1927).

    Raises
    ------
    ArticlesError
        If no article has a date.
    ValueError
        If there is no such period, or an article has no topic.
    """
    check_choice("period", period, ("auto", *PERIODS))
    frame, own = check_articles(articles), _matched(placed, articles)
    unit = choose_period(dates_of(frame).dropna()) if period == "auto" else period
    own["period"] = keys_of(frame, unit)["period"].array
    own = own.dropna(subset="period")
    counted = _counted(own, all_starts(own["period"], unit), "period")
    with np.errstate(invalid="ignore", divide="ignore"):
        share, low, high = wilson(counted["articles"].to_numpy(), counted["of"].to_numpy())
    none = counted["of"] == 0
    return counted.assign(share=share, low=np.where(none, np.nan, low), high=np.where(none, np.nan, high))


def topics_by_source(placed: pd.DataFrame, articles: pd.DataFrame | Tokens, *, by: str = "source") -> pd.DataFrame:
    """Which topics each source writes on.

    Parameters
    ----------
    placed : DataFrame
        `model.articles_`, or from `model.assign`.
    articles : articles or Tokens
        These, with a column to group by; articles that lack it are left out.
    by : str
        The column, or a period.

    Returns
    -------
    DataFrame
        A row per source and topic, the largest sources and topics first: `source` (str), `topic` (int64), `label` (str),
        `articles`, `of` (int64: all of the source), `share` (0 to 1: of the source's articles), `expected` (0 to 1: of all).

    Raises
    ------
    ArticlesError
        If there is no such column.
    """
    frame, own = check_articles(articles), _matched(placed, articles)
    if not isinstance(by, str):
        raise ValueError(f"by is one column of the articles, or a period, not {by!r}.")
    own["source"] = keys_of(frame, by).iloc[:, 0].astype("str").array
    own = own.dropna(subset="source")
    sizes = own["source"].value_counts().reset_index().sort_values(["count", "source"], ascending=[False, True])
    counted = _counted(own, sizes["source"], "source")
    expected = counted["topic"].map(own["topic"].value_counts() / max(len(own), 1))
    return counted.assign(share=counted["articles"] / counted["of"], expected=expected.astype("float64"))


def topic_entities(placed: pd.DataFrame, linked: pd.DataFrame, *, n: int = 5) -> pd.DataFrame:
    """Whom and what each topic names more than the others do.

    Parameters
    ----------
    placed : DataFrame
        `model.articles_`, or from `model.assign`.
    linked : DataFrame
        From `nk.link_entities`, of the same articles.
    n : int
        So many entities per topic.

    Returns
    -------
    DataFrame
        `topic` (int64), `label` (str, the topic's), `entity`, `kind` (str: PER, ORG, LOC, MISC), `articles` (int64: of the
        topic, that name it), `share` (0 to 1: of the topic's articles), `share_elsewhere` (0 to 1). The most telling first: by
        share times the logarithm of how much larger it is than in all articles. Only entities that two articles name.
    """
    check_count("n", n)
    own = _checked(placed)
    named = find_named(linked, own)
    article, entity = named.in_articles()
    topic, known = pd.factorize(own["topic"], sort=True)
    counts = np.zeros((len(known), len(named.entities)))
    np.add.at(counts, (topic[article], entity), 1)
    of = np.bincount(topic, minlength=len(known))[:, None]
    share, overall = counts / of, counts.sum(axis=0) / len(own)
    score = np.where(counts > 0, share * np.log(np.maximum(share, 1e-9) / np.maximum(overall, 1e-9)), 0)
    score[:, counts.sum(axis=0) < 2] = 0
    best = np.argsort(-score, axis=1, kind="stable")[:, :n]
    at, names = np.repeat(np.arange(len(known)), best.shape[1]), dict(zip(own["topic"], own["label"], strict=True))
    cells = (at, best.ravel())
    elsewhere = (counts.sum(axis=0) - counts) / np.maximum(len(own) - of, 1)
    table = pd.DataFrame(
        {
            "topic": np.asarray(known)[at],
            "label": pd.Series([names[known[k]] for k in at], dtype="str"),
            "entity": named.entities["entity"].iloc[cells[1]].array,
            "kind": named.entities["label"].iloc[cells[1]].array,
            "articles": counts[cells].astype(np.int64),
            "share": share[cells],
            "share_elsewhere": elsewhere[cells],
        }
    )
    return table[score[cells] > 0].reset_index(drop=True)


def topic_movement(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """How articles moved between the topics of two runs.

    Parameters
    ----------
    before, after : DataFrame
        `model.articles_` of then and of now; articles are matched by their id.

    Returns
    -------
    DataFrame
        A row per pair of topics, most articles first: `before`, `after` (Int64; missing where the articles are new, or gone),
        `label_before`, `label_after` (str; missing likewise), `articles` (int64).
    """
    sides = [_checked(side).astype({"topic": "Int64"}) for side in (before, after)]
    both = sides[0].merge(sides[1], on="article_id", how="outer", suffixes=("_before", "_after"))
    both = both.rename(columns={"topic_before": "before", "topic_after": "after"})
    names = ["before", "after", "label_before", "label_after"]
    moves = both.groupby(names, dropna=False, sort=True).size().rename("articles").reset_index()
    moves = moves.sort_values(["articles", "before", "after"], ascending=[False, True, True], ignore_index=True)
    return moves.astype({"label_before": "str", "label_after": "str", "articles": "int64"})


def _checked(placed: pd.DataFrame) -> pd.DataFrame:
    """What is read of articles in topics, in the types of `TopicModel.articles_`, or an error that says what is wrong."""
    table = check_table(placed, "The table has", "pass model.articles_ or the table of model.assign(articles)", *_NEEDED)
    if (again := table["article_id"][table["article_id"].duplicated()]).size:
        raise ValueError(f"The table has the article {again.iloc[0]!r} twice; pass the rows of one model.")
    return table


def _matched(placed: pd.DataFrame, articles: pd.DataFrame | Tokens) -> pd.DataFrame:
    """The topic of each article, in the order of the articles."""
    ids = check_articles(articles)["article_id"].astype("str")
    placed = _checked(placed)
    known = pd.Index(placed["article_id"])
    where = known.get_indexer(ids)
    if (where < 0).any():
        lost = ids[where < 0]
        raise ValueError(
            f"{len(lost):,} of {len(ids):,} articles have no topic in this table (the first is {lost.iloc[0]!r}); pass the "
            "articles that the model was fitted on, or use model.assign(articles)."
        )
    return placed.iloc[where].reset_index(drop=True)


def _counted(own: pd.DataFrame, groups: pd.Series, name: str) -> pd.DataFrame:
    """Articles of each group and topic: every group with every topic, the largest topics first."""
    sizes = own.groupby(["topic", "label"], sort=True).size().sort_values(ascending=False, kind="stable").reset_index()
    grid = pd.DataFrame({name: list(groups)}).merge(sizes[["topic", "label"]], how="cross")
    counts = own.groupby([name, "topic"]).size().rename("articles").reset_index()
    of = own[name].value_counts().rename("of")
    grid = grid.merge(counts, on=[name, "topic"], how="left").merge(of, left_on=name, right_index=True, how="left")
    return grid.fillna({"articles": 0, "of": 0}).astype({"articles": "int64", "of": "int64", "topic": "int64"})
