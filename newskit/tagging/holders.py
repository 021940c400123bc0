"""Who a holder is: the name of its entity, the noun phrase itself, or the person that a pronoun stands for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.articles import check_articles
from newskit.corpus.tables import check_table
from newskit.corpus.tokens import Tokens

_KINDS = ("PER", "ORG", "LOC", "MISC")
_PERSON = frozenset(["he", "him", "his", "she", "her", "hers", "himself", "herself", "who", "whom", "i", "me", "my", "myself"])
_GROUP = frozenset(["it", "its", "they", "them", "their", "we", "us", "our"])
_OTHER = frozenset(["you", "your", "that", "which", "this", "these", "those"])
_PREPOSITIONS = frozenset(
    ["of", "in", "at", "for", "from", "to", "by", "with", "on", "near", "under", "against", "behind", "outside"]
)
_ARTICLES = frozenset(["the", "a", "an"])
_NEEDED = ("article_id", "start", "end", "label", "entity")


def name_holders(
    tokens: Tokens, first: NDArray[np.int64], last: NDArray[np.int64], linked: pd.DataFrame | None = None
) -> NDArray[np.object_]:
    """The entity of each holder.

    Parameters
    ----------
    tokens : Tokens
    first, last : int64 arrays
        First and last token of each holder, in the order of the text, without overlaps.
    linked : DataFrame, optional
        From `link_entities`.

    Returns
    -------
    object array of str and None
        The name that a holder ends with or is ("portland mayor ted wheeler"; not "chicago" in "a judge in chicago", nor "trump"
        in "trump s lawyer"), a person's before an organisation's before a place's; else its words without an article. For a
        pronoun the last person before it who is a holder, else the last named; for `it`, `they` and `we` the last holder;
        None for other pronouns, and where there is none.
    """
    lower = tokens.lower()
    named = mentions_of(tokens, linked)
    head = _heads(tokens, first, last, named)
    entity = or_none(named["entity"])[head]
    bare = first + (_among(lower, first, _ARTICLES) & (first < last))
    alone = (first == last) & (head < 0)
    person, group, other = (alone & _among(lower, first, words) for words in (_PERSON, _GROUP, _OTHER))
    plain = ~person & ~group & ~other
    phrase = plain & (head < 0)
    entity[phrase] = [" ".join(words.split()) for words in tokens.written(bare[phrase], last[phrase])]
    entity[person] = _last_person(tokens, first, person, head, named)
    before = np.maximum.accumulate(np.where(plain, np.arange(len(first)), -1))
    same = (before >= 0) & (tokens.article[first] == tokens.article[first[before]]) if len(first) else group
    entity[group & same] = entity[before[group & same]]
    return entity


def or_none(names: Sequence[str | None] | pd.Series | NDArray[np.object_]) -> NDArray[np.object_]:
    """The names, and None as the last one, which -1 points at."""
    return np.concatenate([np.asarray(names, object), np.array([None])])


def _among(lower: Tokens, at: NDArray[np.int64], words: frozenset[str]) -> NDArray[np.bool_]:
    """Which of these tokens are one of the words."""
    return lower.vocabulary.isin(words)[lower.code[at]]


def mentions_of(tokens: Tokens, linked: pd.DataFrame | None) -> pd.DataFrame:
    """The linked names as tokens: `first`, `last` (int64), `kind` (position of the label), `entity`, in the order of the text.

    Rows without a word, an entity or one of the four labels are left out.
    """
    if linked is None:
        return pd.DataFrame({c: np.zeros(0, np.int64) for c in ("first", "last", "kind")} | {"entity": np.zeros(0, object)})
    check_articles(tokens.articles)  # an article can be there twice
    linked = check_table(linked, "The names have", "pass what nk.link_entities(mentions, articles) returned", *_NEEDED)
    ids = pd.Index(tokens.articles["article_id"].astype("str"))
    article = ids.get_indexer(linked["article_id"].astype("str"))
    if (article < 0).any():
        unknown = linked["article_id"].iloc[int(np.argmin(article))]
        raise ValueError(
            f"A name stands in article {unknown!r}, which is not among these articles; link the names of these articles."
        )
    first, last = tokens.inside(article, linked["start"].to_numpy(np.int64), linked["end"].to_numpy(np.int64))
    kind = pd.Index(_KINDS).get_indexer(linked["label"].astype("str"))
    table = pd.DataFrame({"first": first, "last": last, "kind": kind, "entity": linked["entity"].to_numpy(object)})
    table = table[(table["first"] <= table["last"]) & (kind >= 0) & table["entity"].notna()]
    return table.sort_values(["first", "last"], kind="stable", ignore_index=True)


def _heads(tokens: Tokens, first: NDArray[np.int64], last: NDArray[np.int64], named: pd.DataFrame) -> NDArray[np.int64]:
    """The name that each holder is, as its row in `named`; -1 where no name is the head of the phrase."""
    head = np.full(len(first), -1)
    if not len(first) or not len(named):
        return head
    lower = tokens.lower()
    a, b, kind = (named[c].to_numpy(np.int64) for c in ("first", "last", "kind"))
    holder = np.searchsorted(first, a, side="right") - 1
    inside = (holder >= 0) & (b <= last[holder])
    behind = np.minimum(b + 1, tokens.n_tokens - 1)
    ends = (b == last[holder]) | (tokens.gap[behind] > 1)
    owns = (b < last[holder]) & _among(lower, behind, frozenset("s"))
    begins = a == first[holder] + _among(lower, first[holder], _ARTICLES)
    depends = ~begins & _among(lower, np.maximum(a - 1, 0), _PREPOSITIONS)
    fits = inside & ends & ~owns & ~depends & ((kind == 0) | begins)
    order = np.flatnonzero(fits)
    order = order[np.lexsort((a[order], kind[order], holder[order]))][::-1]
    head[holder[order]] = order  # the last one written is the best
    return head


def _last_person(
    tokens: Tokens, first: NDArray[np.int64], asked: NDArray[np.bool_], head: NDArray[np.int64], named: pd.DataFrame
) -> NDArray[np.object_]:
    """For the holders asked about: the last person before them in their article who is a holder, else who is named."""
    entity, kind = or_none(named["entity"]), np.append(named["kind"].to_numpy(np.int64), -1)
    at, article = named["first"].to_numpy(np.int64), tokens.article
    holders = np.flatnonzero(kind[head] == 0)
    people = np.flatnonzero(kind[:-1] == 0)
    found = np.full(np.count_nonzero(asked), None, object)
    for candidates, which in ((at[people], people), (first[holders], head[holders])):
        if len(candidates):
            k = np.searchsorted(candidates, first[asked]) - 1
            there = (k >= 0) & (article[candidates[k]] == article[first[asked]])
            found[there] = entity[which[k[there]]]
    return found
