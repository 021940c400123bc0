"""Who holds a position: the nearest one who takes a position, else who is quoted or named, else the author."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.characters import mended_strings
from newskit.corpus.tokens import Tokens
from newskit.tagging.attributions import Said, words_of
from newskit.tagging.holders import mentions_of, name_holders, or_none
from newskit.tagging.spans import Spans

AUTHOR = "(author)"
_BETWEEN = 3  # words between an owner and what he owns, at most: Trump's second, revised travel ban
_NO_QUALITY = frozenset("to of on for that and or in with by from at as is was the a an not".split())
_BESIDE = 2  # tokens from the last of a holder to the first of the next, at most, for both to hold the position


def choose_holders(tokens: Tokens, rows: pd.DataFrame, said: Said, linked: pd.DataFrame) -> pd.DataFrame:
    """Who takes the position on each mention; two holders side by side ("the mayor and two lawmakers") have a row each.

    Parameters
    ----------
    tokens : Tokens
    rows : DataFrame
        A row per mention: `first`, `last` (its tokens), `begin`, `stop` (those of its sentence), `name` (of the target, which
        cannot be its own holder).
    said : Said
        From `read_attributions`.
    linked : DataFrame
        From `link_entities`.

    Returns
    -------
    DataFrame
        `row` (int64, position in `rows`, ascending), `holder` (str, as it stands there), `holder_start`, `holder_end` (Int64,
        characters), `holder_entity` (see `name_holders`; `(author)` where nobody else speaks or acts; missing where the words
        are quoted and nobody is named).
    """
    names = actors(tokens, linked)
    holders, sources, others = (
        (spans, name_holders(tokens, spans.first, spans.last, linked)) for spans in (said.holders, said.sources, names)
    )
    rows = _with_owner(tokens, rows, names)
    near = nearest_in_sentence(said.holders, rows)
    partner = _partner(said.holders, near, rows)
    himself = _are(holders[1], near, rows)
    near, partner = np.where(himself, partner, near), np.where(himself | _are(holders[1], partner, rows), -1, partner)
    number = np.append(np.arange(len(rows)), np.flatnonzero(partner >= 0))
    near = np.append(near, partner[partner >= 0])
    order = np.lexsort((near, number))
    number, near, rows = number[order], near[order], rows.iloc[number[order]].reset_index(drop=True)
    content = covering(said.contents, rows["first"].to_numpy(np.int64))
    quoted = np.append(said.source, -1)[content]
    own = _overlap(said.sources, quoted, rows)  # "it is", the mayor said, "cruel": not said of the mayor
    content[own], quoted[own] = -1, -1
    inside = quoted.copy()  # the quotation began before this sentence
    inside[np.append(said.contents.first, tokens.n_tokens)[content] >= rows["begin"].to_numpy(np.int64)] = -1
    options = [
        (*holders, near),
        (*sources, nearest_in_sentence(said.sources, rows)),
        (*sources, inside),
        (*others, first_in_sentence(names, rows)),
        (*sources, quoted),
    ]
    first, last = np.full(len(rows), -1), np.full(len(rows), -1)
    entity = np.full(len(rows), None, object)
    for spans, named, which in options:
        there = (first < 0) & (which >= 0) & ~_are(named, which, rows)
        first[there], last[there] = spans.first[which[there]], spans.last[which[there]]
        entity[there] = named[which[there]]
    entity[(first < 0) & (content < 0)] = AUTHOR
    holder, start, end = words_of(tokens, first, last)
    return pd.DataFrame(
        {"row": number, "holder": holder, "holder_start": start, "holder_end": end, "holder_entity": mended_strings(entity)}
    )


def _with_owner(tokens: Tokens, rows: pd.DataFrame, names: Spans) -> pd.DataFrame:
    """Mentions from the last word of their owner on: whose travel ban it is says nothing of who takes a position on it.

    The owner stands before 's and some words that say which one it is (Trump's second travel ban), or is a name right before
    the mention (the Trump travel ban).
    """
    first, gap, lower = rows["first"].to_numpy(np.int64), tokens.gap, tokens.lower()
    gap[tokens.first_of_article] = 0
    genitive, quality = (np.asarray(lower.vocabulary.isin(words))[lower.code] for words in (["s"], _NO_QUALITY))
    owner, at, goes_on = first.copy(), first.copy(), np.ones(len(first), bool)
    for _ in range(_BETWEEN + 1):
        goes_on &= gap[at] == 1
        at = np.where(goes_on, at - 1, at)
        owner = np.where(goes_on & genitive[at] & (gap[at] == 1), at - 1, owner)
        goes_on &= ~genitive[at] & ~quality[at]
    named = np.isin(first - 1, names.last) & (gap[first] == 1)
    return rows.assign(first=np.where(named, first - 1, owner))


def _partner(spans: Spans, near: NDArray[np.int64], rows: pd.DataFrame) -> NDArray[np.int64]:
    """The span right before the nearest one in the same sentence, with at most one word between them; -1 for none."""
    if not len(spans.first):
        return np.full(len(near), -1)
    before = np.maximum(near - 1, 0)
    close = (spans.first[near] - spans.last[before] <= _BESIDE) & (spans.first[before] >= rows["begin"].to_numpy(np.int64))
    return np.where((near > 0) & close & ~_overlap(spans, before, rows), before, -1)


def _are(named: NDArray[np.object_], which: NDArray[np.int64], rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the span chosen for each mention is the target itself, by its name; False for -1."""
    entity = pd.Series(or_none(named)[which], dtype="object").str.casefold()
    return (entity == rows["name"].str.casefold().to_numpy(object)).to_numpy(bool)


def _overlap(spans: Spans, which: NDArray[np.int64], rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the span chosen for each mention has words of the mention; False for -1."""
    first, last = spans.places(which)
    return (first <= rows["last"].to_numpy(np.int64)) & (last >= rows["first"].to_numpy(np.int64))


def covering(contents: Spans, at: NDArray[np.int64]) -> NDArray[np.int64]:
    """The content that each token lies in, -1 for none."""
    k = np.searchsorted(contents.first, at, side="right") - 1
    return np.where((k >= 0) & (np.append(contents.last, -1)[k] >= at), k, -1)


def actors(tokens: Tokens, linked: pd.DataFrame) -> Spans:
    """Names of persons and organisations, as spans."""
    named = mentions_of(tokens, linked)
    named = named[named["kind"] < 2]
    named = named[named["first"] > named["last"].cummax().shift(fill_value=-1)]
    size = len(named)
    return Spans(named["first"].to_numpy(np.int64), named["last"].to_numpy(np.int64), np.zeros(size, np.int64), np.ones(size))


def first_in_sentence(spans: Spans, rows: pd.DataFrame) -> NDArray[np.int64]:
    """The first span of each mention's sentence, if it stands before the mention; -1 for none."""
    k = np.searchsorted(spans.first, rows["begin"].to_numpy(np.int64))
    return np.where(np.append(spans.last, np.iinfo(np.int64).max)[k] < rows["first"].to_numpy(np.int64), k, -1)


def nearest_in_sentence(spans: Spans, rows: pd.DataFrame) -> NDArray[np.int64]:
    """The nearest span in the sentence of each mention and not part of it, before it rather than behind it; -1 for none."""
    first, last, begin, stop = (rows[c].to_numpy(np.int64) for c in ("first", "last", "begin", "stop"))
    before = np.searchsorted(spans.last, first) - 1
    behind = np.searchsorted(spans.first, last, side="right")
    fits = (before >= 0) & (np.append(spans.first, -1)[before] >= begin)
    fits_behind = (behind < len(spans.first)) & (np.append(spans.last, stop.max(initial=0) + 1)[behind] <= stop)
    return np.where(fits, before, np.where(fits_behind, behind, -1))
