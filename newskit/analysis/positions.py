"""Who stands where on what: a row per sentence, target and holder."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from newskit.analysis.holders import choose_holders
from newskit.analysis.named import check_linked
from newskit.analysis.proposals import propose_targets
from newskit.analysis.stance import STANCES, as_passages, find_evidence, read_stances
from newskit.analysis.targets import Targets, find_targets, read_targets
from newskit.corpus.characters import as_strings
from newskit.corpus.options import check_share
from newskit.corpus.tables import check_frame, check_table
from newskit.corpus.tokens import Tokens, tokenize
from newskit.tagging.attributions import read_attributions
from newskit.tagging.entities import find_entities
from newskit.tagging.models import Model
from newskit.tagging.names import link_entities
from newskit.tagging.readable import make_readable
from newskit.tagging.sentences import split_sentences

_REPORT = "newskit_stances"
_SENTENCES = ("article_id", "sentence", "start", "end")


def tag_stance(
    articles: pd.DataFrame | Tokens,
    targets: Targets | None = None,
    *,
    model: Model = "fast",
    threshold: float = 0.45,
    linked: pd.DataFrame | None = None,
    sentences: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Tell who is against and who in favor of what, sentence by sentence, with the words that say so.

    Each sentence that names a target is read by `score_stance`. The holder is the nearest person or group in the sentence who
    takes a position (says, wants, votes, sues), before the target rather than behind it; else the one who is quoted there, also
    from a sentence before; else the author.

    Parameters
    ----------
    articles : articles or Tokens
    targets : optional
        What the stances are on: names, `{"sanctuary cities": ["sanctuary city", "sanctuary movement"]}`, a table with
        `target` and `phrase`, or a .yaml or .csv file (see `nk.stances.read_targets`). A name that `link_entities` knows
        stands for all forms of it. None: what the articles argue most about (`nk.stances.propose_targets`).
    model : {"fast", "accurate"}
        What reads names, sentences, holders and stances (see `find_entities` and `score_stance`).
    threshold : float, 0 to 1
        A row whose likeliest stance is less probable than this has none: the model abstains.
    linked : DataFrame, optional
        From `link_entities`; left out, it is made.
    sentences : DataFrame, optional
        From `split_sentences`; left out, it is made.

    Returns
    -------
    DataFrame
        A row per sentence, target and holder, in the order of the articles and of their text:

        - `article_id` (str), `sentence` (int64, from 0), `target` (str, as you named it)
        - `mention` (str), `start`, `end` (int64, characters): the first words in the sentence that name the target
        - `holder` (str), `holder_start`, `holder_end` (Int64): the words that stand for the holder, <NA> where none do
        - `holder_entity` (str): a name as `link_entities` writes it, a noun phrase, or `(author)`; <NA> where unknown
        - `stance` (str: against, neutral, favor; <NA> where the model abstained)
        - `p_against`, `p_neutral`, `p_favor`, `confidence` (float64, 0 to 1; the largest of the three)
        - `evidence` (list of [start, end]): the words that decided, up to three spans
        - `snippet` (str): the sentence, made readable; not for offsets

        `nk.stances.report` tells of targets that were never found and of rows without a stance.

    Raises
    ------
    ArticlesError
        Where `articles` lacks a column or repeats an id.
    ValueError
        If the targets cannot be read, or the threshold is not from 0 to 1.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> text = "senator ann lee condemned the ban as cruel and illegal  the ban begins in may"
    >>> found = nk.tag_stance(pd.DataFrame({"article_id": ["a"], "text": [text]}), ["ban"])
    >>> found[["mention", "start", "holder_entity", "stance"]].head(1)
      mention  start holder_entity   stance
    0     ban     30       Ann Lee  against
    """
    check_share("threshold", threshold)
    asked = None if targets is None else read_targets(targets)
    tokens = tokenize(articles)
    if linked is None:
        linked = link_entities(find_entities(tokens, model=model), tokens, propose=None)
    linked = check_linked(linked)
    if sentences is not None:
        sentences = check_table(sentences, "The sentences have", "make them with nk.split_sentences(articles)", *_SENTENCES)
    if asked is None:
        asked = {target: [target] for target in propose_targets(tokens, linked=linked)["target"]}
    tokens, mentions = _naming(tokens, find_targets(tokens, asked, linked))  # what the others hold is not asked
    linked = _of(tokens, linked)
    said = read_attributions(tokens, model, sure=False)
    rows = _rows(tokens, mentions, split_sentences(tokens, model=model) if sentences is None else _of(tokens, sentences))
    names = as_strings(np.array(list(asked), object)[rows["target"]])
    words = as_strings(tokens.written(rows["first"].to_numpy(), rows["last"].to_numpy()))
    holders = choose_holders(tokens, rows.assign(name=names), said, linked)
    table = rows[["article_id", "sentence"]].assign(target=names, mention=words, start=rows["start"], end=rows["end"])
    table = pd.concat([table, _read(rows, threshold, model)], axis=1).iloc[holders["row"]].reset_index(drop=True)
    for place, name in enumerate(holders.columns[1:], list(table.columns).index("stance")):
        table.insert(place, name, holders[name])
    return attach_report(table, asked)


def attach_report(table: pd.DataFrame, targets: dict[str, list[str]]) -> pd.DataFrame:
    """The table, with what `stance_report` tells of it in its `attrs`; targets as `read_targets` gives them."""
    table.attrs[_REPORT] = json.dumps(_report(table, targets))
    return table


def stance_report(stances: pd.DataFrame) -> pd.DataFrame:
    """What `tag_stance` found of each target, also of those that are never named.

    Parameters
    ----------
    stances : DataFrame
        As `tag_stance` returned it (the report travels in `stances.attrs`).

    Returns
    -------
    DataFrame
        A row per target, in the order in which they were given: `target`, `phrases` (str), `rows`, `articles`, `abstained`
        (int64: rows of the table, articles with these, rows without a stance), `note` (str: what to know, or empty).

    Raises
    ------
    ValueError
        If the table has no report with it (read back, merged).
    """
    if _REPORT not in check_frame(stances, "The stances have", "make them with nk.tag_stance(articles, targets)").attrs:
        raise ValueError(
            "There is no report with this table: take that of the table that nk.tag_stance returned, before all else."
        )
    types = {"target": "str", "phrases": "str", "rows": np.int64, "articles": np.int64, "abstained": np.int64, "note": "str"}
    return pd.DataFrame(json.loads(stances.attrs[_REPORT]), columns=list(types)).astype(types)


def _report(table: pd.DataFrame, asked: dict[str, list[str]]) -> list[tuple[str, str, int, int, int, str]]:
    """The rows of `stance_report`."""
    owners: dict[str, list[str]] = {}
    for name, phrases in asked.items():
        for phrase in phrases:
            owners.setdefault(phrase.casefold(), []).append(name)
    found = []
    for name, phrases in asked.items():
        own = table[table["target"] == name]
        shared = sorted({n for p in phrases for n in owners[p.casefold()]} - {name})
        note = "" if len(own) else "never named in these articles"
        note += f"{'; ' if note else ''}shares a phrase with {', '.join(shared)}" if shared else ""
        found.append((name, ", ".join(phrases), len(own), own["article_id"].nunique(), int(own["stance"].isna().sum()), note))
    return found


def _read(rows: pd.DataFrame, threshold: float, model: Model) -> pd.DataFrame:
    """What the model says of each row's sentence: stance, probabilities, confidence, evidence and the sentence made readable."""
    passages = as_passages(rows["text"].tolist())
    first, last = passages.inside(np.arange(len(rows)), rows["start"] - rows["from"], rows["end"] - rows["from"])
    chances, votes = read_stances(passages, first, last, model)
    best, confidence = chances.argmax(axis=1), chances.max(axis=1)
    stance = np.where(confidence >= threshold, np.array(STANCES, object)[best], None)
    table = pd.DataFrame({"stance": pd.Series(stance, dtype="str")})
    table[[f"p_{name}" for name in STANCES]] = chances
    table["confidence"] = confidence
    evidence = find_evidence(passages, votes, best, rows["from"].to_numpy(np.int64))
    table["evidence"] = pd.Series(evidence, dtype="object")
    table["snippet"] = _readable(rows["text"])
    return table


def _naming(tokens: Tokens, mentions: pd.DataFrame) -> tuple[Tokens, pd.DataFrame]:
    """The articles that name a target, and the mentions as tokens of these."""
    which, own = np.unique(tokens.article[mentions["first"]], return_inverse=True)
    which = which if len(which) else np.arange(1)  # there is always an article
    some = tokens[which]
    shift = (some.bounds[:-1] - tokens.bounds[which])[own]
    return some, mentions.assign(first=mentions["first"] + shift, last=mentions["last"] + shift)


def _of(tokens: Tokens, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table that are of these articles."""
    return table[table["article_id"].astype("str").isin(tokens.articles["article_id"].astype("str"))]


def _rows(tokens: Tokens, mentions: pd.DataFrame, sentences: pd.DataFrame) -> pd.DataFrame:
    """A row per target and sentence: its first mention there (`first`, `last`: tokens), and the sentence's text and place."""
    ids = pd.Index(tokens.articles["article_id"].astype("str"))
    article = ids.get_indexer(sentences["article_id"])
    if not (article >= 0).any() and len(mentions):
        raise ValueError("The sentences are not of these articles; make them with nk.split_sentences(articles).")
    begin, stop = tokens.inside(article, sentences["start"].to_numpy(), sentences["end"].to_numpy())
    place = np.searchsorted(begin, mentions["first"].to_numpy(np.int64), side="right") - 1
    rows = mentions.assign(place=place).drop_duplicates(["place", "target"], ignore_index=True)
    place = rows["place"].to_numpy(np.int64)
    end = np.maximum(sentences["end"].to_numpy(np.int64)[place], tokens.end[rows["last"]])
    where = sentences.iloc[place].reset_index(drop=True)
    rows["article_id"], rows["sentence"], rows["from"] = where["article_id"], where["sentence"], where["start"]
    rows["start"], rows["end"] = tokens.start[rows["first"]].astype(np.int64), tokens.end[rows["last"]].astype(np.int64)
    rows["begin"], rows["stop"] = begin[place], np.maximum(stop[place], rows["last"])
    texts = tokens.articles["text"].tolist()
    places = zip(article[place].tolist(), where["start"].tolist(), end.tolist(), strict=True)
    rows["text"] = as_strings([texts[i][a:b] for i, a, b in places])
    return rows


def _readable(texts: pd.Series) -> pd.Series:
    """Each sentence as a person would like to read it; the same sentence is read once."""
    number, distinct = pd.factorize(texts)
    if not len(distinct):
        return texts
    shown = make_readable(as_passages(distinct.tolist()))
    return as_strings(shown.to_numpy(object)[number], texts.index)
