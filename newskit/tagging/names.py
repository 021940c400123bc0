"""Canonical names: which mentions name one entity, and how that entity is written.

Within an article a shorter form goes to a longer name of that article; over the corpus only where the articles say clearly
which one is meant. Every merge is in a report, and people's own table overrides all of it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.articles import check_articles
from newskit.corpus.characters import mended_strings
from newskit.corpus.options import check_share
from newskit.corpus.tables import check_frame, check_table
from newskit.corpus.tokens import Tokens
from newskit.tagging.aliases import LABELS, OWN_LABEL, add_aliases, read_aliases
from newskit.tagging.casing import load_casing, write_names
from newskit.tagging.keys import COUNTRIES, OTHER_PLACES, Key, name_key
from newskit.tagging.merging import REASONS, Mentions, count_articles, link_over_corpus, link_within_articles, relations

_REPORT = "newskit_links"
_COLUMNS = ("article_id", "start", "end", "text", "label")
_REPORT_COLUMNS = ("entity", "label", "surface", "mentions", "articles", "reason")
_MOST = 5_000  # names of a label that are compared with each other
_SPLIT = 0.2  # of a name's articles: with another label in more than these, and in `_TELLING` at least, it is proposed
_TELLING = 10


def link_entities(
    mentions: pd.DataFrame,
    articles: pd.DataFrame | Tokens,
    aliases: str | Path | pd.DataFrame | None = None,
    *,
    propose: float | None = 90.0,
) -> pd.DataFrame:
    """Give each mention the name of its entity over the corpus: Donald Trump for `trump` and `president donald j  trump`.

    Names that differ only in case, points, accents, a leading `the`, a possessive or a title are one. Within an article a
    surname, a first name, initials (`fbi`) and the rest of a longer name (`intelligence committee`) go to the nearest longer
    name before them, or else behind; so do a name without its middle one and a company's without Inc. Over the corpus a
    surname, initials and the rest of a longer name go to a longer name only if nine of ten articles with any such longer name
    have that one (initials: eight of ten in which they stood for any), and they stood for it in three articles at least. Such
    a usual bearer also goes before another longer name that the article has: for initials always, for a surname if the
    article has the bearer too, or the surname first. A name with initials in the middle goes to the one without, if there
    is but one such; with a whole word in the middle only if some article has both. Other names of countries and cities are
    those of a table, plurals (Republicans) go to the singular, and a label that at most one article in ten gives to a name
    becomes the usual one. All else stays as it is.

    Parameters
    ----------
    mentions : DataFrame
        As `find_entities` gives them: `article_id`, `start`, `end`, `text`, `label` (PER, ORG, LOC, MISC, or a type of your own,
        in capitals); other columns are kept.
    articles : articles or Tokens
        The articles that the mentions are from.
    aliases : path or DataFrame, optional
        People's own names: `surface`, `entity`, `label`. They override all rules; an entity that the rules named as a surface
        of the table is renamed as a whole; an empty entity drops the mentions with that surface. Surfaces that are no
        mention yet are searched in the articles.
    propose : float, optional
        Entities whose names are so much alike (0 to 100, rapidfuzz's ratio; of the 5,000 most mentioned names per label) are
        proposed in the report, never merged; and so are middle names without evidence, and names of ten articles or more with
        another label in over a fifth. None: no proposals.

    Returns
    -------
    DataFrame
        The mentions in their order, with `entity` (str) and `label` (str: that of the entity). An entity is the pair of both.
        Mentions found by the table come last, with score 1.0, and rows are then numbered anew. `linking_report` tells of
        the merges.

    Raises
    ------
    ValueError
        If a column or a value in it is missing, a label is unknown, a mention's article is not among the articles, or the
        table of names cannot be used (see the message for file and row).
    ArticlesError
        If the articles cannot be read as such.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> articles = pd.DataFrame({"article_id": ["a"], "text": ["donald trump met the f b i   trump said"]})
    >>> spans = [(0, 12, "PER"), (21, 26, "ORG"), (29, 34, "PER")]
    >>> mentions = pd.DataFrame([("a", s, e, articles["text"][0][s:e], l) for s, e, l in spans],
    ...                         columns=["article_id", "start", "end", "text", "label"])
    >>> nk.link_entities(mentions, articles)["entity"].tolist()
    ['Donald Trump', 'F.B.I.', 'Donald Trump']
    """
    frame = check_articles(articles)
    if propose is not None:
        check_share("propose", propose, most=100)
    known = _checked(mentions, frame)
    table = None if aliases is None else read_aliases(aliases, own=known["label"].unique())
    table = None if table is None or table.empty else table
    linked = mentions
    if table is not None:
        linked = add_aliases(mentions, articles, table)
        known = _checked(linked, frame)
    surface, surfaces, names = _distinct(known)
    ids = pd.Index(frame["article_id"].astype("str"))
    numbers = Mentions(
        ids.get_indexer(known["article_id"].astype("str")),
        known["start"].to_numpy(np.int64),
        surfaces["name"].to_numpy(np.int64)[surface],
    )
    related = relations(names)
    target, within = link_within_articles(numbers, related)
    root, over, usual = link_over_corpus(names, numbers, target, related)
    target = np.where(usual, numbers.name, target)
    forms = pd.concat([surfaces["text"], surfaces["core"]])
    spelled = dict(zip(forms, write_names(forms), strict=True))
    written, chosen = _write(names, spelled, surfaces, numbers, root)
    entity, label = written[root[target]], names["label"].to_numpy(object)[root[target]]
    over = np.where((over == 0) & (chosen != np.arange(len(names))), over[chosen], over)  # its shorter form gave the name
    why = np.where(target != numbers.name, within, over[numbers.name])
    reason = np.where(usual, REASONS[-1], np.array(REASONS, object)[why])
    dropped = np.zeros(len(linked), bool)
    if table is not None:
        entity, label, reason, dropped = _override(table, surfaces["plain"].to_numpy(object)[surface], entity, label, reason)
    out = linked.assign(label=pd.array(label, dtype="str"), entity=pd.array(entity, dtype="str"))
    changed = known["label"].to_numpy(object) != label
    report = _report(
        out[~dropped], surfaces["text"].map(spelled).to_numpy(object)[surface][~dropped], reason[~dropped], changed[~dropped]
    )
    out = out[~dropped]
    if propose is not None:
        apart = related[(related["reason"] == REASONS.index("middle name")) & (root[related["short"]] != root[related["long"]])]
        middle = list(zip(written[root[apart["short"]]], written[root[apart["long"]]], strict=True))
        report = pd.concat([report, _proposals(out, propose, middle)], ignore_index=True)
    out.attrs = {**mentions.attrs, _REPORT: report.to_json(orient="split", index=False)}  # a string: pandas copies attrs often
    return out


def linking_report(linked: pd.DataFrame) -> pd.DataFrame:
    """What `link_entities` merged, and what it only proposes.

    Parameters
    ----------
    linked : DataFrame
        As `link_entities` returned it (the report travels in `linked.attrs`).

    Returns
    -------
    DataFrame
        A row per entity, surface and reason, the entities with most mentions first: `entity`, `label`, `surface` (str, as in
        the text), `mentions`, `articles` (int64: how often, in how many articles), `reason` (str; `proposed: ...` for names
        that may be one and were not merged).

    Raises
    ------
    ValueError
        If the mentions have no report with them (read back, merged).

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> articles = pd.DataFrame({"article_id": ["a"], "text": ["jeff sessions  sessions said"]})
    >>> mentions = pd.DataFrame({"article_id": ["a", "a"], "start": [0, 15], "end": [13, 23],
    ...                          "text": ["jeff sessions", "sessions"], "label": ["PER", "PER"]})
    >>> nk.linking_report(nk.link_entities(mentions, articles)).values.tolist()
    [['Jeff Sessions', 'PER', 'sessions', 1, 1, 'surname']]
    """
    if _REPORT not in check_frame(linked, "The mentions have", "link them with nk.link_entities(mentions, articles)").attrs:
        raise ValueError(
            "There is no report with these mentions: it is lost when they are merged, or written to a file and read back. "
            "Take the report of the table that nk.link_entities returned, before all else."
        )
    report = pd.DataFrame(json.loads(linked.attrs[_REPORT])["data"], columns=list(_REPORT_COLUMNS))
    types = dict.fromkeys(_REPORT_COLUMNS, "str") | {"mentions": np.int64, "articles": np.int64}
    return report.astype(types)


def _checked(mentions: pd.DataFrame, articles: pd.DataFrame) -> pd.DataFrame:
    """What is read of the mentions, in the types of `find_entities`, or an error that says what is wrong with them."""
    made = f"they need {', '.join(_COLUMNS)}, as nk.find_entities gives them"
    known = check_table(mentions, "The mentions have", made, *_COLUMNS)
    unknown = ~known["label"].isin(LABELS) & ~known["label"].str.fullmatch(OWN_LABEL)
    if unknown.any():
        raise ValueError(
            f"The label {known['label'][unknown].iloc[0]!r} is none of {', '.join(LABELS)}, and no type of your own in capitals."
        )
    lost = ~known["article_id"].isin(articles["article_id"].astype("str"))
    if lost.any():
        raise ValueError(
            f"{int(lost.sum()):,} mentions are of articles that are not there (the first: "
            f"{known['article_id'][lost].iloc[0]!r}). Pass the articles that the mentions were found in."
        )
    return known


def _distinct(mentions: pd.DataFrame) -> tuple[NDArray[np.int64], pd.DataFrame, pd.DataFrame]:
    """The surface of each mention as a number, the distinct surfaces with their `name` as a number, and the distinct names."""
    surface, surfaces = _codes(mentions, ["text", "label"])
    keys = [name_key(text, label) for text, label in surfaces.itertuples(index=False)]
    surfaces = surfaces.join(pd.DataFrame(keys, columns=Key._fields, index=surfaces.index, dtype="str"))
    name, names = _codes(surfaces, ["key", "label"])
    return surface, surfaces.assign(name=name, count=np.bincount(surface, minlength=len(surfaces))), names


def _codes(table: pd.DataFrame, columns: list[str]) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """Number the distinct rows of some columns, in alphabetical order whatever the order of the rows."""
    table = table[columns].apply(mended_strings)
    code = table.groupby(columns, sort=True).ngroup().to_numpy(np.int64)
    distinct = table.iloc[np.unique(code, return_index=True)[1]].reset_index(drop=True)
    return code, distinct.astype(object)


def _write(
    names: pd.DataFrame,
    spelled: dict[str, str],
    surfaces: pd.DataFrame,
    mentions: Mentions,
    root: NDArray[np.int64],
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """How each name's entity is written: as the name that most articles have (of persons, of more than one word); and it.

    Long names in capitals only, as datelines have them, give way to another form.
    """
    cores = surfaces.groupby(["name", "core"], as_index=False)["count"].sum()
    capital, loud = cores["core"] != cores["core"].str.lower(), cores["core"].str.isupper() & cores["core"].str.contains(" |.{6}")
    cores = cores.assign(cased=(capital & ~loud).astype(int)).sort_values(
        ["name", "cased", "count", "core"], ascending=[True, False, False, True]
    )
    best = cores.drop_duplicates("name").set_index("name")["core"]
    table = names.assign(root=root, core=best, articles=count_articles(mentions, len(names)), number=np.arange(len(names)))
    table["full"] = ~((table["label"] == "PER") & ~table["key"].str.contains(" "))
    table["length"] = table["key"].str.len()
    table["mentions"] = np.bincount(mentions.name, minlength=len(names))
    table["label_kept"] = table["label"] == names["label"].to_numpy(object)[root]
    table = table.sort_values(
        ["root", "label_kept", "full", "articles", "mentions", "length", "key"], ascending=[True, *[False] * 4, True, True]
    )
    chosen = table.drop_duplicates("root").set_index("root")
    written = chosen["core"].map(spelled).to_dict()
    for number, key, label in zip(names.index, names["key"], names["label"], strict=True):
        usual = OTHER_PLACES.get(key, key)
        if label == "LOC" and number in written and usual in COUNTRIES:
            written[number] = load_casing().write(usual)
    return np.array([written.get(number, "") for number in names.index], object), chosen["number"].loc[root].to_numpy(np.int64)


def _override(
    table: pd.DataFrame,
    plain: NDArray[np.object_],
    entity: NDArray[np.object_],
    label: NDArray[np.object_],
    reason: NDArray[np.object_],
) -> tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.object_], NDArray[np.bool_]]:
    """What people's own table says of each mention: of its surface, or else of the entity that the rules gave it."""
    known = pd.Index(table["key"])
    code, distinct = pd.factorize(entity)
    renamed = known.get_indexer([name_key(e, "").key for e in distinct])[code] if len(code) else code
    renamed = np.where((renamed >= 0) & (table["label"].to_numpy(object)[renamed] == label), renamed, -1)
    direct = known.get_indexer(plain)
    row = np.where(direct >= 0, direct, renamed)
    new = table["entity"].to_numpy(object)[row]
    hit = (row >= 0) & (new != "")
    dropped = (direct >= 0) & (new == "")
    entity, reason = np.where(hit, new, entity), np.where(hit, "own table", reason)
    return entity, np.where(hit, table["label"].to_numpy(object)[row], label), reason, dropped


def _report(
    linked: pd.DataFrame, written: NDArray[np.object_], reason: NDArray[np.object_], relabelled: NDArray[np.bool_]
) -> pd.DataFrame:
    """The merges: surfaces that are not simply their entity's name."""
    table = linked[["entity", "label", "article_id"]].assign(text=mended_strings(linked["text"]), reason=reason)
    total = table.groupby(["entity", "label"])["text"].transform("size")
    table = table.assign(total=total)[(written != linked["entity"].to_numpy(object)) | relabelled]
    groups = table.groupby(["entity", "label", "text", "reason"], observed=True)
    counts = groups.agg(mentions=("text", "size"), articles=("article_id", "nunique"), total=("total", "first")).reset_index()
    order = ["total", "entity", "label", "mentions", "text", "reason"]
    counts = counts.sort_values(order, ascending=[False, True, True, False, True, True], ignore_index=True)
    return counts.rename(columns={"text": "surface"})[list(_REPORT_COLUMNS)]


def _proposals(linked: pd.DataFrame, least: float, middle: list[tuple[str, str]]) -> pd.DataFrame:
    """Entities that may be one: pairs with much alike names (the one named more often, and the other as surface), the pairs
    of persons with and without a middle name, and names with two labels.
    """
    from rapidfuzz import fuzz, process

    groups = linked.groupby(["label", "entity"], observed=True)
    counts = groups.agg(mentions=("text", "size"), articles=("article_id", "nunique")).reset_index()
    counts = counts.astype({"label": "str"}).sort_values(["label", "mentions", "entity"], ascending=[True, False, True])
    long = counts[(counts["articles"] >= 2) & (counts["entity"].str.len() >= 6)]
    rows: list[tuple[object, ...]] = []
    for label, part in long.groupby("label"):
        part = part.head(_MOST)
        lower = part["entity"].str.lower().tolist()
        alike = process.cdist(lower, lower, scorer=fuzz.ratio, score_cutoff=least, dtype=np.uint8)
        for one, two in zip(*np.nonzero(np.triu(alike, 1)), strict=True):
            first, second = part.iloc[one], part.iloc[two]
            why = f"proposed: {alike[one, two]} of 100 alike"
            rows.append((first["entity"], label, second["entity"], second["mentions"], second["articles"], why))
    persons = counts[counts["label"] == "PER"].set_index("entity")
    for short, full in sorted(set(middle)):
        if short != full and short in persons.index and full in persons.index:
            rows.append((short, "PER", full, *persons.loc[full, ["mentions", "articles"]], "proposed: middle name"))
    counts = counts.sort_values(["entity", "articles", "label"], ascending=[True, False, True])
    by_name = counts.groupby("entity")
    counts = counts.assign(total=by_name["articles"].transform("sum"), main=by_name["label"].transform("first"))
    split = (by_name.cumcount() == 1) & (counts["total"] >= _TELLING) & (counts["articles"] > _SPLIT * counts["total"])
    for name, label, n, articles, total, main in counts[split][
        ["entity", "label", "mentions", "articles", "total", "main"]
    ].values:
        rows.append((name, main, name, n, articles, f"proposed: also {label} in {articles} of {total}"))
    return pd.DataFrame(rows, columns=list(_REPORT_COLUMNS))
