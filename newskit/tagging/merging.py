"""Which names mean one entity: first within an article, then over the corpus.

Names are numbered: a name is a key with a label. Within an article a shorter form goes to the nearest longer name before it
(else behind it); over the corpus a name goes to another only where the articles say clearly which one is meant.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.tagging.keys import OTHER_PLACES, short_forms

Codes = NDArray[np.int64]

REASONS = (
    "written otherwise",
    "surname",
    "middle name",
    "first name",
    "initials",
    "rest of a longer name",
    "company form",
    "labelled otherwise in few articles",
    "other name of the place",
    "plural",
    "its usual bearer over the corpus",
)
"""Why a name was merged; 0 is none but spelling, possessive, title or article."""

_NUMBER = {reason: number for number, reason in enumerate(REASONS)}
_MINORITY = 0.1  # of a key's articles: labels that fewer have go to the label that most have
_CLEAR = 0.9  # of the articles with any longer form: so many must have this one
_CLEAR_LETTERS = 0.8  # of the articles in which initials stood for a longer name
_ENOUGH = 3  # articles in which the shorter form stood for that longer one
_OVER_CORPUS = ("surname", "initials", "rest of a longer name", "company form")


class Mentions(NamedTuple):
    """Mentions as numbers: article, start and name of each."""

    article: Codes
    start: Codes
    name: Codes


def relations(names: pd.DataFrame) -> pd.DataFrame:
    """Which names are shorter forms of which, of the names that there are.

    Parameters
    ----------
    names : DataFrame
        `key` and `label`, a row per name; the index counts from 0.

    Returns
    -------
    DataFrame
        `short`, `long` (numbers of names), `reason` (position in REASONS); first names come last.
    """
    number = {pair: i for i, pair in enumerate(zip(names["key"], names["label"], strict=True))}
    places = set(names["key"][(names["label"] != "PER") & (names["key"].str.len() > 1)])
    found: dict[tuple[int, int], int] = {}
    for (key, label), long in number.items():
        for form, reason in short_forms(key, label):
            short = number.get((form, label))
            if reason == "rest of a longer name" and key.removesuffix(form).rstrip() not in places:
                continue  # `house intelligence committee`, not `my white house`
            if reason == "initials" and label == "LOC" and OTHER_PLACES.get(form, key) != key:
                continue  # `us` is no Union Square
            if short is not None and short != long:
                found.setdefault((short, long), _NUMBER[reason])
    rows = [(short, long, reason) for (short, long), reason in found.items()]
    return pd.DataFrame(rows, columns=["short", "long", "reason"], dtype=np.int64).sort_values(["short", "long"])


def count_articles(mentions: Mentions, n_names: int) -> Codes:
    """In how many articles each name is."""
    pairs = np.unique(mentions.article * np.int64(n_names) + mentions.name)
    return np.bincount(pairs % max(n_names, 1), minlength=n_names)


def link_within_articles(mentions: Mentions, related: pd.DataFrame) -> tuple[Codes, Codes]:
    """For each mention the longer name of its article that it stands for (or its own), and the reason.

    Of several longer names the nearest before the mention is taken, or else the nearest behind it. A first name counts only
    where nothing else fits.
    """
    target, reason = mentions.name.copy(), np.zeros(len(mentions.name), np.int64)
    first_name = related["reason"] == _NUMBER["first name"]
    longest = np.ones(len(target), bool)
    for part in (related[~first_name], related[first_name]):
        pairs = _pairs(mentions, part, longest)
        open_ = np.flatnonzero(target == mentions.name)
        found = _nearest(mentions, open_, pairs)
        hit = found >= 0
        target[open_[hit]] = pairs["long"].to_numpy()[found[hit]]
        reason[open_[hit]] = pairs["reason"].to_numpy()[found[hit]]
        longest &= target == mentions.name
    return target, reason


def _pairs(mentions: Mentions, related: pd.DataFrame, usable: NDArray[np.bool_]) -> pd.DataFrame:
    """A row per mention of a longer name and shorter form of it, in order of article, short form and place."""
    columns = {"article": mentions.article, "start": mentions.start, "long": mentions.name}
    longer = pd.DataFrame(columns)[usable].merge(related, on="long")
    shorter = pd.DataFrame({"article": mentions.article, "short": mentions.name}).drop_duplicates()
    pairs = longer.merge(shorter, on=["article", "short"])
    inner = pairs[["article", "long"]].merge(  # a longer name that is itself a shorter form there is left out
        pairs[["article", "short"]].drop_duplicates().rename(columns={"short": "long"}),
        on=["article", "long"],
        how="left",
        indicator=True,
    )
    kept = pairs[(inner["_merge"] == "left_only").to_numpy()]
    return kept.sort_values(["article", "short", "start", "long"], ignore_index=True)


def _nearest(mentions: Mentions, which: Codes, pairs: pd.DataFrame) -> Codes:
    """For some mentions the row of `pairs` that is nearest before them in their article, else behind; -1: none."""
    if pairs.empty:
        return np.full(len(which), -1)
    n_names = max(int(mentions.name.max()), int(pairs["short"].max())) + 1
    place = int(mentions.start.max()) + 1
    group = pairs["article"].to_numpy() * n_names + pairs["short"].to_numpy()
    key = mentions.article[which] * n_names + mentions.name[which]
    order = group * place + pairs["start"].to_numpy()
    before = np.searchsorted(order, key * place + mentions.start[which], side="right") - 1
    behind = np.minimum(before + 1, len(group) - 1)
    found = np.where((before >= 0) & (group[before] == key), before, np.where(group[behind] == key, behind, -1))
    return found


def link_over_corpus(
    names: pd.DataFrame, mentions: Mentions, target: Codes, related: pd.DataFrame
) -> tuple[Codes, Codes, NDArray[np.bool_]]:
    """For each name the name it goes to over the corpus (or itself), and the reason; and which mentions go by that alone.

    Such are lone surnames and initials that over the corpus have a usual bearer. A surname goes to the nearest full name
    instead where the article has that before it, and has not the bearer.

    Parameters
    ----------
    names : DataFrame
        `key` and `label`.
    mentions : Mentions
    target : int64 array
        As `link_within_articles` gave it.
    related : DataFrame
        As `relations` gave it.
    """
    parent, reason = np.arange(len(names)), np.zeros(len(names), np.int64)
    number = {pair: i for i, pair in enumerate(zip(names["key"], names["label"], strict=True))}
    _merge(parent, reason, _by_label(names, mentions), "labelled otherwise in few articles")
    _merge(parent, reason, _by_table(number), "other name of the place")
    _merge(parent, reason, _by_plural(number), "plural")
    _merge(parent, reason, _only_one(names, mentions, target, related), "middle name")
    clear = _by_articles(mentions, target, parent, related)
    for why in _OVER_CORPUS:
        part = clear[clear["reason"] == _NUMBER[why]]
        _merge(parent, reason, dict(zip(part["short"].tolist(), part["long"].tolist(), strict=True)), why)
    roots = _roots(parent)
    return roots, reason, _usual(mentions, target, roots, clear, related)


def _merge(parent: Codes, reason: Codes, found: dict[int, int], why: str) -> None:
    """Hang names under others, where they hang nowhere yet and no circle comes of it."""
    for name, to in sorted(found.items()):
        above = to
        while parent[above] != above:
            above = parent[above]
        if parent[name] == name and above != name:
            parent[name], reason[name] = to, _NUMBER[why]


def _roots(parent: Codes) -> Codes:
    while not np.array_equal(parent, parent[parent]):
        parent = parent[parent]
    return parent


def _by_label(names: pd.DataFrame, mentions: Mentions) -> dict[int, int]:
    """Names whose label few of the key's articles have, to the same key with the label that most have."""
    table = names.assign(articles=count_articles(mentions, len(names)), name=np.arange(len(names)))
    table = table.sort_values(["key", "articles", "label"], ascending=[True, False, True])
    by_key = table.groupby("key", sort=False)
    best, total = by_key["name"].transform("first"), by_key["articles"].transform("sum")
    few = (table["articles"] <= _MINORITY * total) & (table["name"] != best)
    return dict(zip(table["name"][few].tolist(), best[few].tolist(), strict=True))


def _by_table(number: dict[tuple[str, str], int]) -> dict[int, int]:
    """Other names of places to the usual one; where that is not named, all to the first that is."""
    groups: dict[str, list[int]] = {}
    for other, usual in OTHER_PLACES.items():
        if (found := number.get((other, "LOC"))) is not None:
            groups.setdefault(usual, []).append(found)
    heads = {usual: number.get((usual, "LOC"), others[0]) for usual, others in groups.items()}
    return {name: heads[usual] for usual, others in groups.items() for name in others if name != heads[usual]}


def _by_plural(number: dict[tuple[str, str], int]) -> dict[int, int]:
    """Republicans to Republican, where both are MISC."""
    plural = {i: key[:-1] for (key, label), i in number.items() if label == "MISC" and key[-1] == "s" and len(key) > 3}
    return {name: number[one, "MISC"] for name, one in plural.items() if (one, "MISC") in number}


def _only_one(names: pd.DataFrame, mentions: Mentions, target: Codes, related: pd.DataFrame) -> dict[int, int]:
    """Names with something in the middle to the one without, where the corpus has only one such (not two George Bushes).

    A whole word in the middle may be another person's: then some article must have both names.
    """
    middle = related[related["reason"] == _NUMBER["middle name"]]
    one = middle[~middle["short"].duplicated(keep=False)]
    both = set(zip(mentions.name.tolist(), target.tolist(), strict=True))
    pairs, keys = zip(one["short"].tolist(), one["long"].tolist(), strict=True), names["key"].tolist()
    return {long: short for short, long in pairs if (short, long) in both or _light(keys[long].split()[1:-1])}


def _light(middle: list[str]) -> bool:
    return all(len(word) == 1 or word in ("al", "el") for word in middle)


def _by_articles(mentions: Mentions, target: Codes, parent: Codes, related: pd.DataFrame) -> pd.DataFrame:
    """Shorter forms that stand for one and the same longer name nearly wherever an article tells.

    In `_ENOUGH` articles the shorter form stood for it; and `_CLEAR` of the articles that have any longer form have this one.
    Initials fit longer names by chance: of them, `_CLEAR_LETTERS` of the articles in which they stood for any.
    """
    roots = _roots(parent)
    related = related[related["reason"].isin([_NUMBER[why] for why in _OVER_CORPUS])]
    of_name = pd.DataFrame({"article": mentions.article, "long": mentions.name}).drop_duplicates()
    seen = of_name.merge(related, on="long")
    seen["root"] = roots[seen["long"]]
    anywhere = seen[["short", "article"]].drop_duplicates().groupby("short").size().rename("any")
    there = seen[["short", "root", "article"]].drop_duplicates().groupby(["short", "root"]).size().rename("there").reset_index()
    linked = np.flatnonzero(target != mentions.name)
    stood = pd.DataFrame({"short": mentions.name[linked], "root": roots[target[linked]], "article": mentions.article[linked]})
    stood = stood.drop_duplicates().groupby(["short", "root"]).size().rename("stood").reset_index()
    why = related.assign(root=roots[related["long"]])[["short", "root", "reason"]].drop_duplicates(["short", "root"])
    table = there.merge(stood, on=["short", "root"]).merge(anywhere, on="short").merge(why, on=["short", "root"])
    told = table.groupby("short")["stood"].transform("sum")
    letters = table["reason"] == _NUMBER["initials"]
    clear = np.where(letters, table["stood"] >= _CLEAR_LETTERS * told, table["there"] >= _CLEAR * table["any"])
    table = table[clear & (table["stood"] >= _ENOUGH)].sort_values(["short", "there", "root"], ascending=[True, False, True])
    return table.drop_duplicates("short").rename(columns={"root": "long"})


def _usual(mentions: Mentions, target: Codes, roots: Codes, clear: pd.DataFrame, related: pd.DataFrame) -> NDArray[np.bool_]:
    """Mentions of a surname or initials whose article's nearest longer name is not the usual bearer's, and does not count."""
    bearer = np.full(len(roots), -1)
    known = clear[clear["reason"].isin([_NUMBER["surname"], _NUMBER["initials"]])]
    bearer[known["short"]] = roots[known["long"]]
    other = (bearer[mentions.name] >= 0) & (target != mentions.name) & (roots[target] != bearer[mentions.name])
    lone = pd.DataFrame({"article": mentions.article, "short": mentions.name, "start": mentions.start})[other]
    first = lone.groupby(["article", "short"], as_index=False)["start"].min()
    full = pd.DataFrame({"article": mentions.article, "long": mentions.name, "start": mentions.start})
    full = full.merge(related[related["reason"].isin([_NUMBER["surname"], _NUMBER["first name"]])], on="long")
    full["bearer"] = roots[full["long"]] == bearer[full["short"]]
    full = full.groupby(["article", "short"], as_index=False).agg(full=("start", "min"), bearer=("bearer", "max"))
    first = first.merge(full, on=["article", "short"], how="left")
    first = first[first["full"].isna() | first["bearer"].eq(True) | (first["start"] < first["full"])]
    n = np.int64(len(roots))
    return other & np.isin(mentions.article * n + mentions.name, first["article"].to_numpy() * n + first["short"].to_numpy())
