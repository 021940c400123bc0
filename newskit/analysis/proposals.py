"""Which targets to ask about: what the articles argue most about."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.collocations import find_collocations
from newskit.analysis.named import check_linked
from newskit.analysis.stance import as_passages, read_stances
from newskit.analysis.targets import find_targets
from newskit.corpus.options import check_count
from newskit.corpus.tokens import Tokens, tokenize
from newskit.tagging.entities import find_entities
from newskit.tagging.holders import mentions_of
from newskit.tagging.models import Model, check_model
from newskit.tagging.names import link_entities

_NAMES, _PHRASES = 60, 60  # candidates: the most frequent names, the strongest pairs of words
_SAMPLE, _AROUND = 60, 18  # sentences of a candidate that are read, words on each side of it


def propose_targets(
    articles: pd.DataFrame | Tokens, *, n: int = 8, linked: pd.DataFrame | None = None, model: Model = "fast"
) -> pd.DataFrame:
    """Propose targets: the names and phrases on which the articles take most positions.

    The most frequent names and pairs of words are candidates. Of each up to 60 places, evenly spread, are read by the
    model of `score_stance`; a candidate's figure is how much more often than the average candidate it is read as against
    or in favor, times the square root of how often it is named, so that what stands everywhere does not come first.

    Parameters
    ----------
    articles : articles or Tokens
    n : int
        So many targets at most.
    linked : DataFrame, optional
        From `link_entities`; left out, it is made.
    model : {"fast", "accurate"}
        What reads names, sentences, holders and stances (see `find_entities` and `score_stance`).

    Returns
    -------
    DataFrame
        The most argued about first: `target`, `phrase` (str, the same), `mentions` (int64), `argued` (float64, 0 to 1: share of
        places that take a position, as the model reads them). `tag_stance` takes it as its `targets`.
    """
    check_count("n", n)
    check_model(model)
    tokens = tokenize(articles)
    if linked is None:
        linked = link_entities(find_entities(tokens, model=model), tokens, propose=None)
    linked = check_linked(linked)
    pairs = find_collocations(tokens, min_count=3, n=_PHRASES)["collocation"].tolist()
    names = linked["entity"].value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable").index[:_NAMES]
    named, size = mentions_of(tokens, linked), tokens.n_tokens + 1
    inside = np.cumsum(np.bincount(named["first"], minlength=size) - np.bincount(named["last"] + 1, minlength=size)) > 0
    asked = {name: [name] for name in [*names, *(p for p in pairs if p not in {n.casefold() for n in names})]}
    found = find_targets(tokens, asked, linked)
    phrase = found["target"].to_numpy() >= len(names)
    found = found[~(phrase & (inside[found["first"].to_numpy()] | inside[found["last"].to_numpy()]))]
    place = np.argsort(np.argsort(tokens.articles["article_id"].astype("str").to_numpy(object)))  # whatever the articles' order
    found = found.assign(place=place[tokens.article[found["first"]]]).sort_values(["target", "place", "first"], ignore_index=True)
    counts = np.bincount(found["target"], minlength=len(asked))
    number = found.groupby("target").cumcount().to_numpy()
    step = np.maximum(counts[found["target"]] / _SAMPLE, 1)
    read = found[np.floor(number / step) > np.floor((number - 1) / step)]
    argued = _argued(tokens, read, len(asked), model)
    average = np.average(argued, weights=np.minimum(counts, _SAMPLE)) if counts.sum() else 0.0
    table = pd.DataFrame({"target": list(asked), "phrase": list(asked), "mentions": counts, "argued": argued})
    table["over"] = np.sqrt(counts) * (argued - average)
    table = table[(table["mentions"] > 1) & (table["over"] > 0)].astype({"target": "str", "phrase": "str", "mentions": np.int64})
    table = table.sort_values(["over", "target"], ascending=[False, True], kind="stable", ignore_index=True)
    return table.drop(columns="over").head(n)


def _argued(tokens: Tokens, read: pd.DataFrame, n: int, model: Model) -> NDArray[np.float64]:
    """The mean probability of a position on each candidate, over the places that are read."""
    first, last = read["first"].to_numpy(np.int64), read["last"].to_numpy(np.int64)
    article = tokens.article[first]
    begin = np.maximum(first - _AROUND, tokens.bounds[article])
    stop = np.minimum(last + _AROUND, tokens.bounds[article + 1] - 1)
    passages = as_passages(tokens.written(begin, stop))
    at = passages.bounds[:-1] + first - begin
    chances, _ = read_stances(passages, at, at + last - first, model)
    total = np.bincount(read["target"], weights=1 - chances[:, 1], minlength=n)
    return total / np.maximum(np.bincount(read["target"], minlength=n), 1)
