"""Fitted topics as tables: articles, topics, terms."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.topic_fit import Fitted
from newskit.analysis.topic_names import coherence_of, rank_terms, tops_of
from newskit.analysis.topic_words import Counted, Floats

_WEAK = 0.2  # of strength: below it, about half of the articles would be filed elsewhere by an editor


def articles_table(fitted: Fitted, counted: Counted, labels: NDArray[np.int64], strength: Floats) -> pd.DataFrame:
    """`article_id`, `topic`, `label`, `strength`, `weak` of counted articles, from the positions of their topics."""
    names, strong = pd.Series(fitted.names, dtype="str"), strength.astype(np.float64)
    who = {"article_id": pd.Series(counted.ids, dtype="str"), "topic": fitted.ids[labels], "label": names.iloc[labels].array}
    return pd.DataFrame({**who, "strength": strong, "weak": strong < _WEAK})


def terms_table(fitted: Fitted, terms: pd.DataFrame) -> pd.DataFrame:
    """`topic`, `label`, `term`, `weight`, from the terms by the topics' positions."""
    names, at = pd.Series(fitted.names, dtype="str"), terms["topic"].to_numpy()
    return terms.assign(topic=fitted.ids[at], label=names.iloc[at].array)[["topic", "label", "term", "weight"]]


def topics_table(fitted: Fitted, terms: pd.DataFrame) -> pd.DataFrame:
    """A row per topic, as `TopicModel.topics_` has it."""
    n, words = len(fitted.ids), fitted.counted.words
    weak = np.bincount(fitted.labels[fitted.strength < _WEAK], minlength=n).astype(np.int64)
    listed = [terms.loc[terms["topic"] == k, "term"].tolist() for k in range(n)]
    facts = {
        "n_articles": fitted.sizes,
        "n_weak": weak,
        "share": fitted.sizes / len(fitted.counted),
        "stability": fitted.stability,
        "coherence": coherence_of(words, tops_of(rank_terms(words, fitted.labels, n))),
    }
    return pd.DataFrame({"topic": fitted.ids, "label": pd.Series(fitted.names, dtype="str"), "terms": listed, **facts})


def typical_table(fitted: Fitted, placed: Floats, n: int) -> pd.DataFrame:
    """The articles nearest to each topic's centre, as `TopicModel.typical` has them."""
    table = articles_table(fitted, fitted.counted, fitted.labels, fitted.strength)
    nearness = (placed * fitted.centres[fitted.labels]).sum(axis=1).round(6)
    titles = pd.Series(fitted.counted.titles, dtype="str")
    table = table.assign(title=titles, nearness=nearness, words=fitted.counted.keys, at=fitted.labels).drop_duplicates("words")
    table = table.sort_values(["at", "nearness"], ascending=[True, False], kind="stable")
    table["rank"] = table.groupby("topic").cumcount() + 1
    return table.loc[table["rank"] <= n, ["topic", "label", "rank", "article_id", "title", "strength"]].reset_index(drop=True)
