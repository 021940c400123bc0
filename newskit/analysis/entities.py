"""How often persons, organisations and places are named, when, and in which words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.concordance import Places, in_context
from newskit.analysis.named import (
    PERIODS,
    Duplicates,
    Named,
    Period,
    all_starts,
    check_entity,
    choose_period,
    dates_of,
    find_named,
    group_articles,
    keys_of,
)
from newskit.corpus.articles import check_articles
from newskit.corpus.options import check_choice, check_count
from newskit.corpus.tables import as_texts
from newskit.corpus.tokens import Tokens
from newskit.tagging.sentences import split_sentences

_FORMS = 8  # surface forms told of one entity


def entity_frequency(
    linked: pd.DataFrame,
    articles: pd.DataFrame | Tokens,
    *,
    by: str | Sequence[str] | None = None,
    duplicates: Duplicates = "once",
    described: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Count how often entities are named, and in how many articles.

    Parameters
    ----------
    linked : DataFrame
        From `link_entities`; mentions in other articles are left out, so that a part of the articles can be counted.
    articles : articles or Tokens
    by : str or sequence of str, optional
        Count within periods (`"day"`, `"week"`, `"month"`, `"year"`), or within what a column of the articles says
        (`"source"`). Articles without it are left out, and a warning says how many.
    duplicates : {"once", "each"}
        Whether articles that repeat others (exact and near copies) count once or each. A story counts once in each period
        or source, as the earliest of its copies there.
    described : DataFrame, optional
        What `describe_articles` gave for these articles, where it is there already: finding near copies is the dearest part.

    Returns
    -------
    DataFrame
        A row per entity, the most mentioned first (then by articles and name), and within each period or source where asked:

        - with `by`: `period` (datetime64, its first day; weeks begin on Monday) or the articles' column, in order
        - `entity`, `label` (str)
        - `mentions` (int64), `articles` (int64: how many name it)
        - `of_articles` (int64: articles that count, of that period or source, also those that name nobody)
        - `share_of_articles` (0 to 1): `articles / of_articles`
        - `surface_forms` (str): the forms as written and how often, the most frequent first

    Raises
    ------
    ArticlesError
        If a period is asked for and no article has a date, or if there is no such column.
    ValueError
        If `linked` is no table of linked mentions, or none of them stands in these articles.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> articles = pd.DataFrame({"article_id": ["a", "b"], "text": ["ann lee said lee left", "no one came"]})
    >>> columns = ["article_id", "start", "end", "text", "label", "entity"]
    >>> rows = [("a", 0, 7, "ann lee", "PER", "Ann Lee"), ("a", 13, 16, "lee", "PER", "Ann Lee")]
    >>> nk.entity_frequency(pd.DataFrame(rows, columns=columns), articles).values.tolist()
    [['Ann Lee', 'PER', 2, 1, 2, 0.5, 'ann lee 1, lee 1']]
    """
    frame = check_articles(articles)
    groups = group_articles(articles, keys_of(frame, by), duplicates=duplicates, described=described)
    named = find_named(linked, frame, groups.of_article >= 0)
    counts = named.count(groups.of_article)
    counts["of_articles"] = groups.sizes[counts["group"]]
    counts["share_of_articles"] = counts["articles"] / counts["of_articles"]
    counts["surface_forms"] = _surface_forms(named, groups.of_article[named.article])
    # entities are in alphabetical order, so that their positions break ties by name
    counts = counts.sort_values(["group", "mentions", "articles", "entity"], ascending=[True, False, False, True])
    parts = [groups.keys.iloc[counts["group"]], named.entities.iloc[counts["entity"]], counts.iloc[:, 2:]]
    return pd.concat([part.reset_index(drop=True) for part in parts], axis=1)


def _surface_forms(named: Named, group: NDArray[np.int64]) -> list[str]:
    """For each group and entity named in it, sorted: its forms and their counts, the most frequent first."""
    of_text, texts = pd.factorize(named.rows["text"])
    of_form, forms = pd.factorize(pd.Series(texts, dtype="str").str.replace(r"\s+", " ", regex=True), sort=True)
    table = pd.DataFrame({"group": group, "entity": named.entity, "form": of_form[of_text]})
    counts = table.groupby(["group", "entity", "form"]).size().rename("n").reset_index()
    counts = counts.sort_values(["group", "entity", "n", "form"], ascending=[True, True, False, True])
    said = [f"{forms[form]} {n:,}" for form, n in zip(counts["form"], counts["n"], strict=True)]
    first, last = (np.flatnonzero(~counts.duplicated(["group", "entity"], keep=k)) for k in ("first", "last"))
    parts = [said[a : b + 1] for a, b in zip(first, last, strict=True)]
    return [", ".join(p[:_FORMS]) + (f" and {len(p) - _FORMS} more" if len(p) > _FORMS else "") for p in parts]


def entity_timeline(
    linked: pd.DataFrame,
    articles: pd.DataFrame | Tokens,
    *,
    entities: Sequence[str] | None = None,
    n: int = 8,
    period: Literal["auto"] | Period = "auto",
    duplicates: Duplicates = "once",
    described: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Follow entities over time: in how many of each period's articles they are named.

    Parameters
    ----------
    linked : DataFrame
        From `link_entities`.
    articles : articles or Tokens
        With a column `date`; undated ones are left out, and a warning says how many.
    entities : sequence of str, optional
        Names of entities; left out: the `n` most mentioned.
    n : int
    period : {"auto", "day", "week", "month", "year"}
        `auto`: the shortest of which 3 to about 40 span the corpus and in which most articles are among ten or more.
    duplicates, described
        As in `entity_frequency`.

    Returns
    -------
    DataFrame
        A row per entity and period, from the first period to the last: `period` (datetime64, its first day; weeks begin on
        Monday), `entity`, `label` (str), `mentions`, `articles`, `of_articles` (int64), `share_of_articles` (0 to 1). Entities
        in the order of their mentions, or as they were asked for. A period whose articles do not name the entity has
        zeros; one without any article has `of_articles` 0 and a missing share, so that a line drawn from it breaks.

    Raises
    ------
    ArticlesError
        If no article has a date.
    ValueError
        If an entity's name is unknown; the message has the nearest one.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> days = pd.to_datetime(["2017-01-02", "2017-01-04"])
    >>> articles = pd.DataFrame({"article_id": ["a", "b"], "text": ["ann lee said", "no one came"], "date": days})
    >>> columns = ["article_id", "start", "end", "text", "label", "entity"]
    >>> linked = pd.DataFrame([("a", 0, 7, "ann lee", "PER", "Ann Lee")], columns=columns)
    >>> nk.entity_timeline(linked, articles)[["period", "entity", "articles", "of_articles", "share_of_articles"]]
          period   entity  articles  of_articles  share_of_articles
    0 2017-01-02  Ann Lee         1            1                1.0
    1 2017-01-03  Ann Lee         0            0                NaN
    2 2017-01-04  Ann Lee         0            1                0.0
    """
    frame = check_articles(articles)
    check_choice("period", period, ("auto", *PERIODS))
    check_count("n", n)
    unit = choose_period(dates_of(frame).dropna()) if period == "auto" else period
    groups = group_articles(articles, keys_of(frame, unit), duplicates=duplicates, described=described)
    named = find_named(linked, frame, groups.of_article >= 0)
    chosen = _most_named(named, n) if entities is None else _by_name(named, linked, entities)
    starts = all_starts(groups.keys["period"], unit)
    place = np.searchsorted(starts, groups.keys["period"])
    grid = pd.MultiIndex.from_product([chosen, range(len(starts))], names=["entity", "group"])
    counts = named.count(place[groups.of_article]).set_index(["entity", "group"]).reindex(grid, fill_value=0).reset_index()
    of_articles = np.zeros(len(starts), np.int64)
    of_articles[place] = groups.sizes
    table = named.entities.iloc[counts["entity"]].reset_index(drop=True)
    table.insert(0, "period", starts.iloc[counts["group"]].array)
    table = table.assign(mentions=counts["mentions"], articles=counts["articles"], of_articles=of_articles[counts["group"]])
    table["share_of_articles"] = table["articles"] / table["of_articles"].where(table["of_articles"] > 0)
    return table


def _most_named(named: Named, n: int) -> list[int]:
    """Positions of the entities with most mentions (then articles, then by name)."""
    everywhere = np.zeros(named.article.max(initial=-1) + 1, np.int64)
    order = named.count(everywhere).sort_values(["mentions", "articles", "entity"], ascending=[False, False, True])
    return order["entity"].head(n).tolist()


def _by_name(named: Named, linked: pd.DataFrame, names: Sequence[str]) -> list[int]:
    """Positions of the entities of these names; a name with two labels is two entities."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise ValueError(f"entities is a list of names, such as entities=[{str(names)!r}], not {names!r}.")
    for name in names:
        check_entity(name, linked)
    return [int(i) for name in dict.fromkeys(names) for i in np.flatnonzero(named.entities["entity"] == name)]


def entity_contexts(
    linked: pd.DataFrame,
    articles: pd.DataFrame | Tokens,
    entity: str,
    *,
    width: int | Literal["sentence"] = 40,
    n: int | None = None,
) -> pd.DataFrame:
    """Read where an entity is named, under whichever name: keyword in context.

    Parameters
    ----------
    linked : DataFrame
        From `link_entities`.
    articles : articles or Tokens
        Those in which the mentions were found.
    entity : str
        Its canonical name, such as `Jeff Sessions`.
    width : int or "sentence"
        Characters of context on each side, or the sentence in which the name stands.
    n : int, optional
        Only the first so many places.

    Returns
    -------
    DataFrame
        The columns of `keyword_in_context`, in order of the articles, with `label` (str) and the articles' `date` and
        `source` where they have them. Repeated articles are all there.

    Raises
    ------
    ValueError
        If the name is unknown (the message has the nearest one), or the mentions were found in other texts.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> articles = pd.DataFrame({"article_id": ["a"], "text": ["then lee left"]})
    >>> columns = ["article_id", "start", "end", "text", "label", "entity"]
    >>> linked = pd.DataFrame([("a", 5, 8, "lee", "PER", "Ann Lee")], columns=columns)
    >>> nk.entity_contexts(linked, articles, "Ann Lee")[["left", "keyword", "right"]].values.tolist()
    [['then ', 'lee', ' left']]
    """
    frame = check_articles(articles)
    if isinstance(width, str):
        check_choice("width", width, ("sentence",))
    else:
        check_count("width", width)
        width = min(width, 1 << 40)  # more than any text has
    check_count("n", n, none=True)
    named = find_named(linked, frame)
    check_entity(entity, linked)
    here = (named.entities["entity"] == entity).to_numpy()[named.entity]
    rows = named.rows[here].assign(article=named.article[here]).sort_values(["article", "start", "end"])[:n]
    where, start, end = (rows[c].to_numpy(np.int64) for c in ("article", "start", "end"))
    if width == "sentence":
        some = np.unique(where)
        used = articles[some] if isinstance(articles, Tokens) else frame.iloc[some]
        reach = _sentences_around(frame, used, where, start, end)
    else:
        reach = np.maximum(start - width, 0), end + width
    table = in_context(frame, where, start, end, *reach)
    moved = as_texts(table["keyword"]).to_numpy(object) != rows["text"].to_numpy(object)
    if moved.any():
        found, said = rows["text"].to_numpy(object)[moved][0], table[moved].iloc[0]
        raise ValueError(
            f"Article {said['article_id']!r} has {said['keyword']!r} where {found!r} was found; pass the articles as they were "
            "when the entities were found (cleaned or not)."
        )
    table["label"] = rows["label"].astype("str").to_numpy(object)
    for column in ("date", "source"):
        if column in frame:
            values = frame[column].iloc[where]
            table[column] = (as_texts(values) if values.dtype == object else values).array
    return table


def _sentences_around(
    articles: pd.DataFrame, used: pd.DataFrame | Tokens, where: Places, start: Places, end: Places
) -> tuple[Places, Places]:
    """Where the sentences of these places begin and end; `used`: the articles that they are in."""
    if not len(where):
        return start, end
    sentences = split_sentences(used)
    article = pd.Index(articles["article_id"].astype("str")).get_indexer(sentences["article_id"])
    length = np.int64(max(articles["text"].str.len().max(), 1))
    at = np.searchsorted(article * length + sentences["start"].to_numpy(), where * length + start, side="right") - 1
    return sentences["start"].to_numpy()[at], np.maximum(sentences["end"].to_numpy()[at], end)
