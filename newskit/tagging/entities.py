"""Names of people, organisations, places and other things, in written and in scrubbed text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.characters import as_strings
from newskit.corpus.tokens import Tokens, tokenize
from newskit.tagging.models import Model, kinds_of, load_own, load_tagger
from newskit.tagging.patronymics import join_patronymics
from newskit.tagging.spans import Spans, spans_of
from newskit.tagging.tagger import Tagger

LABELS = ("O", "B-LOC", "B-MISC", "B-ORG", "B-PER", "I-LOC", "I-MISC", "I-ORG", "I-PER")
_STRONG = 0.8  # a mention this certain keeps its label against the rest of its article


def find_entities(articles: pd.DataFrame | Tokens, *, model: Model | str | Path = "fast") -> pd.DataFrame:
    """Find names in written or scrubbed text.

    Each mention gets the label that its name has most often in the article, unless the evidence at its place is strong.
    Patronymics (bin, ibn) belong to the person that they stand before. An article's mentions do not depend on the other articles.

    Parameters
    ----------
    articles : articles or Tokens
    model : {"fast", "accurate"} or path
        A small network with a linear chain of labels, or this together with a Transformer that reads better and some hundred
        times slower (extra `newskit[accurate]`); data and scores are in `newskit/tagging/models/entities.md` and `accurate.md`.
        Or a file (.npz) that `python -m newskit.training.own` made, for types of your own beside the names of the fast model.

    Returns
    -------
    DataFrame
        A row per mention, in the order of the articles and of their text: `article_id` (str), `start`, `end` (int64,
        characters), `text` (str, as it stands there), `label` (str: PER persons, ORG organisations, LOC places, MISC
        nationalities, events, laws, works and the like, as in CoNLL-2003; or a type of your own), `score` (float64, 0 to 1:
        the probability of the least certain of its words).

    Raises
    ------
    ArticlesError
        Where `articles` lacks a column or repeats an id.
    FileNotFoundError, ValueError
        Where there is no such model.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> text = "u s  attorney general jeff sessions  in a speech in portland  oregon  said"
    >>> found = nk.find_entities(pd.DataFrame({"article_id": ["a"], "text": [text]}))
    >>> found[["start", "end", "text", "label"]]
       start  end           text label
    0      0    3            u s   LOC
    1     22   35  jeff sessions   PER
    2     52   60       portland   LOC
    3     62   68         oregon   LOC
    """
    tokens = tokenize(articles)
    if isinstance(model, Path) or (isinstance(model, str) and model.endswith(".npz")):
        kinds, spans = _names_and_own(tokens, load_own(model))
    else:
        tagger = load_tagger("entities", model)  # type: ignore[arg-type]
        kinds, spans = KINDS, spans_of(*tagger.tag(tokens), tokens.bounds, len(KINDS))
    spans = join_patronymics(tokens, spans, kinds.index("PER"))
    first, last, score = spans.first, spans.last, spans.probability
    which = tokens.article[first]
    start, end = tokens.start[first].astype(np.int64), tokens.end[last].astype(np.int64)
    texts = tokens.articles["text"].tolist()
    for k in np.flatnonzero(tokens.end[last] - tokens.start[last] == 1):  # the last point of U.S. is part of the name
        end[k] += texts[which[k]][end[k] - 2 : end[k] + 1 : 2] == ".."
    named = [texts[i][a:b] for i, a, b in zip(which.tolist(), start.tolist(), end.tolist(), strict=True)]
    kind = _one_label_per_name(which, pd.Series(named, dtype="object"), spans.kind, score)
    ids = tokens.articles["article_id"].astype("str").to_numpy()
    return pd.DataFrame(
        {
            "article_id": pd.Series(ids[which], dtype="str"),
            "start": start,
            "end": end,
            "text": as_strings(named),
            "label": pd.Series(np.array(kinds, dtype=object)[kind], dtype="str"),
            "score": score.astype(np.float64),
        }
    )


KINDS = tuple(name[2:] for name in LABELS[1:5])


def _names_and_own(tokens: Tokens, own: Tagger) -> tuple[tuple[str, ...], Spans]:
    """Spans of people's own types, and names as ever where none of these stands; and what the kinds of both are called.

    Own types win: they are what somebody asked for. A type that the model of names has too is read by the own model alone.
    """
    types = kinds_of(own.labels)
    kinds = tuple(dict.fromkeys([*KINDS, *types]))
    ours = spans_of(*own.tag(tokens), tokens.bounds, len(types))
    named = spans_of(*load_tagger("entities").tag(tokens), tokens.bounds, len(KINDS))
    taken = np.zeros(tokens.n_tokens + 1, np.int64)
    np.add.at(taken, ours.first, 1)
    np.add.at(taken, ours.last + 1, -1)
    taken = np.append(0, np.cumsum(np.cumsum(taken)[:-1] > 0))
    free = (taken[named.last + 1] == taken[named.first]) & ~np.isin(np.array(KINDS)[named.kind], types)
    kind = np.array([kinds.index(name) for name in types], np.int64)[ours.kind]
    first = np.concatenate([ours.first, named.first[free]])
    order = np.argsort(first)
    last = np.concatenate([ours.last, named.last[free]])
    probability = np.concatenate([ours.probability, named.probability[free]])
    return kinds, Spans(first[order], last[order], np.concatenate([kind, named.kind[free]])[order], probability[order])


def _one_label_per_name(
    article: NDArray[np.int64], text: pd.Series, kind: NDArray[np.int64], score: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The kind with the largest sum of scores among the mentions of the same name in the article; the certain keep theirs."""
    if not len(kind):
        return kind
    written, distinct = pd.factorize(text)
    names = pd.factorize(pd.Series(distinct).str.lower().str.split().str.join(" "))[0][written]
    _, group = np.unique(article * (names.max() + 1) + names, return_inverse=True)
    votes = np.zeros((group.max() + 1, kind.max() + 1))
    np.add.at(votes, (group, kind), score)
    return np.where(score >= _STRONG, kind, votes.argmax(axis=1)[group])
