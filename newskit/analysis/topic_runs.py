"""Topics from run to run: going on from those of an earlier run, and what the newest articles change."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from newskit.analysis.topic_model import TopicModel
from newskit.analysis.topic_words import content_keys
from newskit.corpus.articles import ArticlesError
from newskit.corpus.dates import parse_dates
from newskit.corpus.options import check_count, check_flag, check_seed, check_share
from newskit.corpus.paths import resolve
from newskit.corpus.tokens import Tokens, tokenize

_LAST, _BEFORE = "topics.npz", "topics_before.npz"
_SAME_CORPUS = 0.5  # of the earlier articles
_FEWEST = 20  # articles; of fewer, no part can stand for the rest


@dataclass(frozen=True, eq=False)
class TopicRun:
    """Topics, and what came of new articles.

    Attributes
    ----------
    model : TopicModel
        Of all articles.
    before : TopicModel or None
        The model it went on from.
    arrived : DataFrame
        The articles that `before` did not know, as it placed them: from `TopicModel.assign`.
    changes : DataFrame
        From `TopicModel.update`.
    note : str
        Where the topics come from.
    """

    model: TopicModel
    before: TopicModel | None
    arrived: pd.DataFrame
    changes: pd.DataFrame
    note: str


def carry_on(
    articles: pd.DataFrame | Tokens,
    folder: str | Path = "outputs",
    *,
    n_topics: int | Literal["auto"] = "auto",
    path: str | Path | None = None,
    fresh: bool = False,
    labels: Mapping[int, str] | None = None,
    random_state: int = 0,
) -> TopicRun:
    """Find the topics of articles, or go on from those of an earlier run; and keep them for the next one.

    The model is kept as `topics.npz` in the folder. A later run goes on from it if half of its articles come again: topics keep
    their numbers and labels, and articles that do not come again are forgotten. What the last run went on from is kept too
    (`topics_before.npz`), so that a run on the same articles does not find itself but gives the same result again.

    Parameters
    ----------
    articles : articles or Tokens
    folder : str or Path
        A relative one starts from the project, not from the notebooks' folder.
    n_topics : int or "auto"
        How many topics, where they are found anew.
    path : str or Path, optional
        A model to go on from whatever its articles; none of them is forgotten.
    fresh : bool
        Find topics anew in any case.
    labels : mapping of topic to label, optional
        Your own labels. Those of topics that are not there are passed over.
    random_state : int

    Returns
    -------
    TopicRun
        `before` is None, and `arrived` and `changes` are empty, where topics were found anew.

    Raises
    ------
    ValueError
        If a file is no topic model.

    Examples
    --------
    >>> import newskit as nk, tempfile
    >>> folder, sample = tempfile.mkdtemp(), nk.sample_articles()
    >>> first = carry_on(sample.head(200), folder, n_topics=4)
    >>> carry_on(sample, folder).note
    'Gone on from an earlier run: of 300 articles 200 were known, and 100 are new.'
    """
    check_flag("fresh", fresh)
    check_seed(random_state)
    tokens, target = tokenize(articles), resolve(folder, new=True)
    before, note = (None, "Found anew in these articles.") if fresh else _earlier(tokens, target, path)
    if before is None:
        run = TopicRun(TopicModel(n_topics, random_state).fit(tokens), None, pd.DataFrame(), pd.DataFrame(), note)
    else:
        run = _learn(_rename(before, labels), tokens, note, forget=path is None)
    model = _rename(run.model, labels)
    known = model.topics_.set_index("topic")["label"]
    changes = run.changes.assign(label=run.changes["topic"].map(known).fillna(run.changes["label"])) if before else run.changes
    if before is None:
        (target / _BEFORE).unlink(missing_ok=True)
    else:
        before.save(target / _BEFORE)
    model.save(target / _LAST)  # last, so that a run that was killed before this begins where this one began
    return replace(run, model=model, changes=changes)


def try_newest(
    articles: pd.DataFrame | Tokens, *, n_topics: int | Literal["auto"] = "auto", share: float = 0.3, random_state: int = 0
) -> TopicRun | None:
    """Find topics without the newest articles, and see what these change: what a run that day would have reported.

    Parameters
    ----------
    articles : articles or Tokens
        The newest are the last by `date` (articles without one count as old). Where all are undated, the text alone decides, so
        that what changes is chance.
    n_topics : int or "auto"
        How many topics, in the older articles.
    share : float
        How much is held out, 0 to 1.
    random_state : int

    Returns
    -------
    TopicRun or None
        Its topics have numbers of their own. None of fewer than 20 articles, and where the older ones have no words.
    """
    check_share("share", share)
    check_seed(random_state)
    if not isinstance(n_topics, str):
        check_count("n_topics", n_topics, least=1)
    tokens = tokenize(articles)
    dates = parse_dates(tokens.articles["date"]) if "date" in tokens.articles else pd.Series(pd.NaT, tokens.articles.index)
    times = dates.to_numpy("datetime64[us]")
    order = np.lexsort((content_keys(tokens.lower()), times.astype(np.int64)))  # a missing one is the smallest
    n_new = int(share * len(tokens))
    if len(tokens) < _FEWEST or not 0 < n_new < len(tokens):
        return None
    old = tokens[np.sort(order[:-n_new])]
    wanted = n_topics if isinstance(n_topics, str) else min(n_topics, len(old) // 2)
    try:
        before = TopicModel(wanted, random_state).fit(old)
    except ArticlesError:
        return None
    since = pd.Timestamp(times[order[-n_new]])
    which = "drawn, as they are undated" if pd.isna(since) else f"the newest, from {since:%d %B %Y} on"
    return _learn(before, tokens, f"A trial, with {n_new:,} of {len(tokens):,} articles held out ({which}).", forget=False)


def _earlier(tokens: Tokens, folder: Path, path: str | Path | None) -> tuple[TopicModel | None, str]:
    """The model to go on from, if there is one, and what is to be said of it."""
    anew, last, n = "Found anew in these articles.", folder / _LAST, len(tokens)
    if path is None and not last.exists():
        return None, anew
    model = TopicModel.load(resolve(path) if path is not None else last)
    known, before = int(model.knows(tokens).sum()), len(model.labels_)
    if path is None and known == n == before:  # the articles of the last run: begin where it began
        if not (folder / _BEFORE).exists():
            return None, anew
        model = TopicModel.load(folder / _BEFORE)
        known = int(model.knows(tokens).sum())
    elif path is None and known < _SAME_CORPUS * before:
        return None, f"{anew} (The last run in this folder was on others: of its {before:,} articles {known:,} come again.)"
    return model, f"Gone on from an earlier run: of {n:,} articles {known:,} were known, and {n - known:,} are new."


def _learn(before: TopicModel, tokens: Tokens, note: str, *, forget: bool) -> TopicRun:
    model, is_new = copy(before), ~before.knows(tokens)  # an update sets what the copy knows, and leaves `before` as it is
    arrived = before.assign(tokens[is_new]) if is_new.any() else pd.DataFrame()
    return TopicRun(model, before, arrived, model.update(tokens, forget=forget), note)


def _rename(model: TopicModel, labels: Mapping[int, str] | None) -> TopicModel:
    """A model with people's own labels, as far as it has the topics."""
    if not isinstance(labels, Mapping | None):
        raise ValueError(f'labels is a mapping of topics to labels, such as {{0: "sport"}}, not {labels!r}.')
    there = set(model.topics_["topic"])
    return copy(model).rename({topic: label for topic, label in (labels or {}).items() if topic in there})
