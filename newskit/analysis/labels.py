"""People's own labels of stance: kept in a CSV file that several coders share, and stronger than any model's.

A label says what one coder reads at one place of an article (characters) toward one target; where people in the sentence differ,
it names the one whose stance it is. Nothing that a file holds is lost: what cannot be used is reported when the file is read, and
kept in a copy beside it when the file is written.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.label_file import (
    COLUMNS,
    KEYS,
    LABELS,
    PLACE,
    check_labels,
    keep_damaged,
    place_of,
    read_file,
    write_file,
)
from newskit.analysis.stance import STANCES
from newskit.corpus.articles import check_articles
from newskit.corpus.locks import alone
from newskit.corpus.paths import name_of, remove_halves
from newskit.corpus.tables import as_texts, check_frame, check_table
from newskit.corpus.tokens import Tokens
from newskit.corpus.visible import visible

_REPORT, _WAIT = "newskit_labels", 60  # seconds for other writers
_REPORT_COLUMNS = ("file", "row", *KEYS, "label", "reason")


def read_labels(path: str | Path) -> pd.DataFrame:
    """Read labels from a CSV file; where there is none yet, a table without rows.

    Parameters
    ----------
    path : str or Path
        A relative one starts from the project, not from the notebooks' folder. The file is not changed.

    Returns
    -------
    DataFrame
        `article_id` (str), `start`, `end` (int64, characters), `target`, `mention` (str: the words that were labelled, empty
        where the file does not say), `holder` (str: whose stance it is, empty for that of the whole sentence), `coder` (str),
        `label` (against, neutral, favor, unclear), `note` (str), then what else the file has (str). Rows that cannot be used
        are left out; a warning counts them, and `labels_report` lists them.

    Examples
    --------
    >>> read_labels("there/is/none.csv").empty
    True
    """
    place = place_of(path)
    labels, problems = read_file(place)
    if problems:
        reasons = "; ".join(visible(f"row {p['row']}: {p['reason']}" if p["row"] else p["reason"]) for p in problems[:3])
        warnings.warn(
            f"{name_of(place)}: {len(labels):,} labels were read, with {len(problems):,} problems: {reasons}"
            f"{'; ...' if len(problems) > 3 else ''}. All of them: nk.labels.labels_report(labels).",
            stacklevel=2,
        )
    labels.attrs[_REPORT] = json.dumps(problems)
    return labels


def save_labels(labels: pd.DataFrame, path: str | Path) -> Path:
    """Add labels to a file; all others in it stay, also those of other coders and of articles that are not there today.

    The file is read again, written beside its place and moved there, while other writers wait. If it has rows that cannot be
    used, a copy of it as it is stays beside it (`labels.damaged.csv`), and a warning says so.

    Parameters
    ----------
    labels : DataFrame
        As `read_labels` gives them (`mention`, `holder` and `note` may be missing). A label takes the place of an older one of
        the same coder, place, target and holder; an empty `label` takes that one back.
    path : str or Path
        As in `read_labels`.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If a column is missing or a row is no label; the message says which.
    OSError
        If the file cannot be written, or another program writes to it for a minute; it is as it was.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> row = {"article_id": "a", "start": 4, "end": 12, "target": "tax bill", "coder": "ann", "label": "favor"}
    >>> read_labels(save_labels(pd.DataFrame([row]), path))[["target", "coder", "label"]].values.tolist()
    [['tax bill', 'ann', 'favor']]
    """
    new, place = check_labels(labels, retract=True), place_of(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    with alone(place, wait=_WAIT):
        remove_halves(place)
        old, problems = read_file(place)
        copy = keep_damaged(place) if problems else None
        table = pd.concat([old, new]).drop_duplicates(KEYS, keep="last")
        write_file(place, table[table["label"] != ""])
    if copy is not None:
        kept = f"the file as it was is kept as {name_of(copy)}"
        warnings.warn(f"{name_of(place)} had rows that cannot be used; {kept}.", stacklevel=2)
    return place


def apply_labels(stances: pd.DataFrame, labels: pd.DataFrame, articles: pd.DataFrame | Tokens | None = None) -> pd.DataFrame:
    """Let people's labels take the place of the model's.

    A label belongs to the rows of its article and target whose mention overlaps its place; one that names a holder only to his,
    where there are rows of several. Of several coders the majority
    decides (of one coder's labels the nearest counts); where it is divided, or all say unclear, the stance is missing.

    Parameters
    ----------
    stances : DataFrame
        From `tag_stance`.
    labels : DataFrame
        From `read_labels`.
    articles : articles or Tokens, optional
        Those that were tagged: the words of each label are then looked for in them, also where no row has been found.

    Returns
    -------
    DataFrame
        `stances` with `stance` (str) as it stands now, `by` (str: hand or model) and `coders` (Int64: how many labelled the
        row); `confidence` and `p_*` stay the model's. `labels_report` lists the labels that belong to no row, with reasons.

    Raises
    ------
    ValueError
        If one of the tables lacks a column.

    Examples
    --------
    >>> place = {"article_id": ["a"], "start": [4], "end": [12], "target": ["tax bill"], "mention": ["tax bill"]}
    >>> stances = pd.DataFrame({**place, "stance": ["neutral"]})
    >>> labels = pd.DataFrame({**place, "coder": ["ann"], "label": ["favor"]})
    >>> apply_labels(stances, labels)[["stance", "by", "coders"]].values.tolist()
    [['favor', 'hand', 1]]
    """
    rows = check_stances(stances, "stance", perhaps=["by"])
    known = check_labels(labels)
    changed, there = np.zeros(len(known), bool), rows
    if articles is not None:
        there = check_articles(articles)
        changed = _changed(known, there)
    pairs, overlaps = placed(stances, known[~changed])
    hand = majority(pairs, len(stances))
    by_hand = (hand["coders"] > 0).to_numpy()
    coders = stances["coders"].to_numpy(object, na_value=pd.NA) if "coders" in stances else np.full(len(stances), pd.NA, object)
    new = {
        "stance": pd.Series(np.where(by_hand, hand["stance"], rows["stance"]), dtype="str"),
        "by": pd.Series(np.where(by_hand, "hand", rows.get("by", "model")), dtype="str"),
        "coders": pd.Series(np.where(by_hand, hand["coders"], coders), dtype="Int64"),
    }
    out = stances.assign(**{name: column.array for name, column in new.items()})
    reasons = {
        "": known.index.isin(pairs["label_row"]),
        "the article is not there": ~known["article_id"].isin(as_texts(there["article_id"])),
        "the text has changed: other words stand there now": changed | known.index.isin(overlaps[~overlaps["same"]]["label_row"]),
        "no row there is of this holder": known.index.isin(overlaps.loc[overlaps["same"] & ~overlaps["meant"], "label_row"])
        & ~known.index.isin(overlaps.loc[overlaps["same"] & overlaps["meant"], "label_row"]),
        "another label of this coder is nearer": known.index.isin(overlaps["label_row"]),
        "the target was not asked for": ~known["target"].isin(rows["target"]),
    }
    known["reason"] = np.select(list(reasons.values()), list(reasons), "there is no row of this target at this place")
    unused = known.loc[known["reason"] != "", [*KEYS, "label", "reason"]]
    report = json.loads(labels.attrs.get(_REPORT, "[]")) + unused.to_dict("records")
    out.attrs = {**stances.attrs, _REPORT: json.dumps(report)}
    return out


def labels_report(table: pd.DataFrame) -> pd.DataFrame:
    """Which rows of a file `read_labels` could not use, and which labels `apply_labels` found no row for.

    Parameters
    ----------
    table : DataFrame
        As one of the two returned it (the report travels in `table.attrs`); that of `apply_labels` tells both.

    Returns
    -------
    DataFrame
        `file` (str), `row` (Int64, from 1 below the header; missing where the whole file is meant), then the label's
        `article_id` (str), `start`, `end` (Int64), `target`, `coder`, `label` (str), as far as known, and `reason` (str).

    Examples
    --------
    >>> labels_report(read_labels("there/is/none.csv")).empty
    True
    """
    check_frame(table, "The labels have", "take them as nk.labels.read_labels or nk.labels.apply_labels gave them")
    report = pd.DataFrame(json.loads(table.attrs.get(_REPORT, "[]")), columns=list(_REPORT_COLUMNS))
    return report.astype({c: "Int64" if c in ("row", "start", "end") else "str" for c in _REPORT_COLUMNS})


def check_stances(stances: pd.DataFrame, *columns: str, perhaps: Iterable[str] = ()) -> pd.DataFrame:
    """Places, and other columns, of a table of stances, in the types of `tag_stance`; an error says what is wrong with them."""
    made = "make them with nk.tag_stance(articles, targets)"
    return check_table(stances, "The stances have", made, *dict.fromkeys([*PLACE, *columns]), perhaps=perhaps)


def placed(stances: pd.DataFrame, labels: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Which labels (checked ones) belong to which rows of stance.

    Returns
    -------
    (DataFrame, DataFrame)
        A row per row of stance and coder: `row` (position), `label_row` (the label's index), `holder` (the label's), `coder`,
        `label`. And a row per overlapping row and label: `row`, `label_row`, `same` (bool: the words are those that were
        labelled), `meant` (bool: the label names no other holder).
    """
    stances = check_stances(stances, perhaps=["mention", "holder"])
    rows = stances[PLACE].assign(
        mention=stances.get("mention", ""), row=np.arange(len(stances)), single=~stances.duplicated(PLACE, keep=False)
    )
    rows["own"] = stances.get("holder", "")
    rows = rows.assign(**{c: as_texts(rows[c]).fillna("") for c in ("article_id", "target", "mention", "own")})
    rows = rows.astype({"start": np.int64, "end": np.int64})
    both = rows.merge(
        labels[list(COLUMNS)].rename_axis("label_row").reset_index(), on=["article_id", "target"], suffixes=("", "_label")
    )
    both = both[(both["start"] < both["end_label"]) & (both["start_label"] < both["end"])]
    spans = both[["mention", "start", "end", "mention_label", "start_label", "end_label"]]
    both = both.assign(same=np.array([_same_words(*span) for span in spans.itertuples(index=False)], bool))
    both["meant"] = (both["holder"] == "") | both["single"] | (both["holder"].str.casefold() == both["own"].str.casefold())
    both["far"] = (both["start"] - both["start_label"]).abs() + (both["end"] - both["end_label"]).abs()
    order = both[both["same"] & both["meant"]].sort_values(  # of two that are as near, the one that begins first
        ["row", "coder", "far", "holder", "start_label", "end_label"], ascending=[True] * 3 + [False, True, True]
    )
    nearest_ones = order.drop_duplicates(["row", "coder"])
    return nearest_ones[["row", "label_row", "holder", "coder", "label"]], both[["row", "label_row", "same", "meant"]]


def same_item(stances: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """What was labelled in each row: the place, and its holder where a label names one; rows with one label have it in common."""
    stances = check_stances(stances, perhaps=["holder"])
    named = np.isin(np.arange(len(stances)), pairs.loc[pairs["holder"] != "", "row"])
    who = np.where(named, stances["holder"].astype("object").fillna(""), "") if named.any() else ""
    return stances[PLACE].assign(who=who)


def majority(pairs: pd.DataFrame, n: int) -> pd.DataFrame:
    """What most coders say of each of `n` rows: `stance` (missing where divided or only unclear), `coders` (int64)."""
    votes = np.zeros((n, len(LABELS)), np.int64)
    np.add.at(votes, (pairs["row"].to_numpy(np.int64), pd.Index(LABELS).get_indexer(pairs["label"])), 1)
    said = votes[:, : len(STANCES)]
    clear = (said == said.max(axis=1, keepdims=True)).sum(axis=1) == 1  # where nobody said anything, all are alike
    stance = pd.Series(np.array(STANCES, object)[said.argmax(axis=1)]).where(clear).astype("str")
    return pd.DataFrame({"stance": stance, "coders": votes.sum(axis=1)})


def _same_words(mention: str, start: int, end: int, labelled: str, label_start: int, label_end: int) -> bool:
    """Whether two overlapping mentions have the same words where they overlap, as far as both are known."""
    if len(mention) != end - start or len(labelled) != label_end - label_start:
        return True
    first, last = max(start, label_start), min(end, label_end)
    return mention[first - start : last - start] == labelled[first - label_start : last - label_start]


def _changed(labels: pd.DataFrame, articles: pd.DataFrame) -> NDArray[np.bool_]:
    """Labels whose words do not stand at their place in these articles."""
    ids = as_texts(articles["article_id"])
    here = ids.isin(labels["article_id"])
    texts = dict(zip(ids[here], as_texts(articles["text"][here]), strict=True))
    spans = labels[["article_id", "start", "end", "mention"]].itertuples(index=False)
    return np.array([i in texts and m != "" and texts[i][a:b] != m for i, a, b, m in spans], bool)
