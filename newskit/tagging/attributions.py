"""Who said what: sources, cues and contents of reported speech and opinion, in written and in scrubbed text.

After Pareti (2015) and Newell et al. (2018, PolNeAR): an attribution has a source ("sessions"), a cue ("said", "according to")
and a content (what is attributed). One network marks sources and cues in one chain, contents in a second, told apart by
the side on which their source stands, and in a third the holders of positions, who need not say anything ("the judge
barred"). A content goes to the nearest source on its side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.characters import as_strings, mended_strings
from newskit.corpus.tokens import Tokens, tokenize
from newskit.tagging.decoding import chains_of, decode
from newskit.tagging.holders import name_holders, or_none
from newskit.tagging.models import Model, load_tagger
from newskit.tagging.spans import Spans, spans_of

LAYERS = {
    "who": ("O", "B-CUE", "B-SOURCE", "I-CUE", "I-SOURCE"),
    "what": ("O", "B-LEFT", "B-RIGHT", "I-LEFT", "I-RIGHT"),
    "holders": ("O", "B-HOLDER", "I-HOLDER"),
}
LABELS = tuple(label for labels in LAYERS.values() for label in labels)

READY = {"fast": {"who": 0.4, "what": 0.05, "holders": 1.0}, "accurate": {"who": 0.9, "what": -0.2, "holders": 1.0}}
"""What is taken from the score of no label, by model and layer; chosen on the development articles."""

_SURE = 0.65  # a source without a content must be this probable
_CUE_REACH = 12  # tokens between a cue and the source or content that it belongs to, at most
_BESIDE = 6  # tokens between the two halves of a content with its source between them, at most


def find_attributions(
    articles: pd.DataFrame | Tokens, linked: pd.DataFrame | None = None, *, model: Model = "fast"
) -> pd.DataFrame:
    """Find who says, thinks or wants what: reported speech and opinion with its source.

    Parameters
    ----------
    articles : articles or Tokens
    linked : DataFrame, optional
        Names in these articles, from `link_entities`: sources get the names of their entities, and pronouns that of the
        person they stand for.
    model : {"fast", "accurate"}
        A small network with linear chains of labels, or this together with a Transformer that reads better and some hundred times
        slower (extra `newskit[accurate]`); data and scores are in `newskit/tagging/models/attributions.md` and `accurate.md`.

    Returns
    -------
    DataFrame
        A row per attribution, in the order of the articles and of their text. Missing parts are missing (<NA>).

        - `article_id` (str)
        - `start`, `end` (Int64, characters): the content, what is attributed; it may have the source in its middle
        - `holder` (str): the words of the source, with `holder_start`, `holder_end` (Int64)
        - `holder_entity` (str): the name of its entity; for sources without a name their words, without an article;
          for pronouns (with `linked`) the last person who was a source, else the last person named, for `it`, `they` and `we`
          the last source; missing for other pronouns
        - `cue` (str): the words that attribute (said, according to), with `cue_start`, `cue_end` (Int64)

    Raises
    ------
    ArticlesError
        Where `articles` lacks a column or repeats an id.
    ValueError
        Where `linked` is no table of linked names of these articles.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> text = "senator ann lee said on friday that the bill is a mistake"
    >>> found = nk.find_attributions(pd.DataFrame({"article_id": ["a"], "text": [text]}))
    >>> text[found["start"][0] : found["end"][0]], found["holder"][0]
    ('that the bill is a mistake', 'senator ann lee')
    """
    tokens = tokenize(articles)
    said = read_attributions(tokens, model)
    alone = np.setdiff1d(np.flatnonzero(said.sources.probability >= _SURE), said.source)
    none = np.full(len(alone), -1)
    content = np.concatenate([np.arange(len(said.contents.first)), none])
    source, cue = np.concatenate([said.source, alone]), np.concatenate([said.cue, none])
    at = np.concatenate([said.contents.first, said.sources.first[alone]])
    order = np.lexsort((source, at))
    content, source, cue, at = content[order], source[order], cue[order], at[order]
    ids = tokens.articles["article_id"].astype("str").to_numpy()
    entity = name_holders(tokens, said.sources.first, said.sources.last, linked)
    holder_words, holder_start, holder_end = words_of(tokens, *said.sources.places(source))
    cue_words, cue_start, cue_end = words_of(tokens, *said.cues.places(cue))
    _, start, end = words_of(tokens, *said.contents.places(content))
    return pd.DataFrame(
        {
            "article_id": pd.Series(ids[tokens.article[at]], dtype="str"),
            "start": start,
            "end": end,
            "holder": holder_words,
            "holder_start": holder_start,
            "holder_end": holder_end,
            "holder_entity": mended_strings(or_none(entity)[source]),
            "cue": cue_words,
            "cue_start": cue_start,
            "cue_end": cue_end,
        }
    )


def words_of(tokens: Tokens, first: NDArray[np.int64], last: NDArray[np.int64]) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Text (str), start and end (Int64) of what stands from the first to the last token; missing where these are -1."""
    there = first >= 0
    start, end = (pd.Series(pd.NA, index=range(len(first)), dtype="Int64") for _ in range(2))
    start[there], end[there] = tokens.start[first[there]], tokens.end[last[there]]
    words = np.full(len(first), None, object)
    words[there] = tokens.written(first[there], last[there])
    return as_strings(words), start, end


@dataclass(frozen=True, eq=False)
class Said:
    """What the tagger saw: sources, cues, contents (with the position of each one's source and cue, -1 for none), holders."""

    sources: Spans
    cues: Spans
    contents: Spans
    source: NDArray[np.int64]
    cue: NDArray[np.int64]
    holders: Spans


def read_attributions(tokens: Tokens, model: Model = "fast", *, sure: bool = True) -> Said:
    """Find the parts of attributions, and which belong together; `sure`: how probable the sources and cues are is asked for."""
    tagger = load_tagger("attributions", model)
    label = {name: np.zeros(tokens.n_tokens, np.int8) for name in LAYERS}
    probability = {name: np.ones(tokens.n_tokens, np.float32) for name in LAYERS}
    for place, some, at, scores in tagger.read(tokens):
        chains, moves, begin = chains_of(at, some.bounds), tagger.weights["transitions"], 0
        for name, labels in LAYERS.items():
            here = slice(begin, begin + len(labels))
            begin += len(labels)
            ready = scores[:, here]
            ready[:, 0] -= READY[model][name]
            best = decode(ready, moves[here, here], chains, labels, sure=sure and name == "who")  # of the others nobody asks
            label[name][place][at], probability[name][place][at] = best
    found = {n: spans_of(label[n], probability[n], tokens.bounds, len(labels) // 2) for n, labels in LAYERS.items()}
    cues, sources = found["who"].of_kind(0), found["who"].of_kind(1)
    contents, source = _whole(found["what"], sources, tokens.article)
    return Said(sources, cues, contents, source, _nearest_cue(cues, sources, contents, source, tokens.article), found["holders"])


def _whole(pieces: Spans, sources: Spans, article: NDArray[np.int64]) -> tuple[Spans, NDArray[np.int64]]:
    """Contents with the position of their source; two pieces with their source between them are one content."""
    left, n = pieces.kind == 0, len(sources.first)
    source = np.where(left, np.searchsorted(sources.first, pieces.first) - 1, np.searchsorted(sources.first, pieces.last))
    there = (source >= 0) & (source < n)
    there[there] = article[sources.first[source[there]]] == article[pieces.first[there]]
    source[~there] = -1
    again = np.append(False, ~left[:-1] & left[1:] & (source[1:] == source[:-1]) & there[1:])[: len(left)]
    again[again] = pieces.first[again] - sources.last[source[again]] <= _BESIDE
    begins = np.flatnonzero(~again)
    last = pieces.last[np.append(begins[1:], len(again))[: len(begins)] - 1]
    return Spans(pieces.first[begins], last, pieces.kind[begins], pieces.probability[begins]), source[begins]


def _nearest_cue(
    cues: Spans, sources: Spans, contents: Spans, source: NDArray[np.int64], article: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The cue nearest to each content's source (to the content, where it has none), within the article and not too far."""
    if not len(cues.first):
        return np.full(len(source), -1)
    first = np.where(source >= 0, sources.first[source] if len(sources.first) else 0, contents.first)
    last = np.where(source >= 0, sources.last[source] if len(sources.first) else 0, contents.last)
    behind = np.searchsorted(cues.first, first)
    options = np.stack([behind - 1, behind], axis=1)
    there = (options >= 0) & (options < len(cues.first))
    options = np.clip(options, 0, len(cues.first) - 1)
    away = np.stack([first - cues.last[options[:, 0]], cues.first[options[:, 1]] - last], axis=1)
    same = article[cues.first[options]] == article[contents.first][:, None] if len(contents.first) else there
    away = np.where(there & same & (away <= _CUE_REACH), away, _CUE_REACH + 1)
    best = away.argmin(axis=1)
    rows = np.arange(len(best))
    return np.where(away[rows, best] <= _CUE_REACH, options[rows, best], -1)
