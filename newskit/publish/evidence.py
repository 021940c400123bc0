"""The sentences that a table's numbers rest on, folded below the table; each number leads to its own."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from newskit.analysis.label_file import PLACE
from newskit.corpus.articles import listed, nearest
from newskit.corpus.tables import as_texts, check_frame
from newskit.publish.passages import CLASSES, clip_parts, find_passages, passage_html

PER_NUMBER = 5  # sentences of one number
UNFOLD = (  # JupyterLab goes to what a link leads to by itself, and unfolds nothing; reports have a script of their own for it
    "for(let it=document.getElementById(this.hash.slice(1));it;it=it.parentElement)if(it.tagName=='DETAILS')it.open=true"
)
_TITLE = 150  # characters of a title


@dataclass(frozen=True)
class Evidence:
    """What stands below a table.

    Attributes
    ----------
    anchors : dict
        Row (position) and column of each number that has sentences, with the id of its list.
    lists : str
        HTML.
    """

    anchors: dict[tuple[int, str], str]
    lists: str


def gather_evidence(table: pd.DataFrame, evidence: Mapping[str, pd.DataFrame], articles: pd.DataFrame) -> Evidence:
    """Find sentences for the numbers of a table.

    Parameters
    ----------
    table : DataFrame
    evidence : mapping of column to DataFrame
        For a column of counts, the rows that were counted (`article_id`, `start`, `end`). Those count for a number that agree
        with its row in the columns that both tables have; sentences come in the order of the rows, from different articles
        first.
    articles : DataFrame
        Those in which the rows were found.

    Raises
    ------
    ValueError
        If the table has no such column, the rows have none in common with it, or are of other articles.
    """
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        raise ValueError(f"The table has the column {twice!r} more than once; keep one of them.")
    picked = [_pick(table, column, rows) for column, rows in evidence.items()]
    places = pd.concat([rows for rows in picked if len(rows)] or [pd.DataFrame(columns=PLACE)])
    passages = {passage["place"]: passage["parts"] for passage in find_passages(places, articles)}
    about = articles.assign(article_id=articles["article_id"].astype("str")).set_index("article_id")
    about = about.loc[places["article_id"].unique(), [c for c in ("title", "date", "source") if c in about]]
    told = {str(i): _about(str(i), known) for i, known in zip(about.index, about.to_dict("records"), strict=True)}
    found: dict[tuple[int, str], list[str]] = {}
    for column, rows in zip(evidence, picked, strict=True):
        for row, own in rows.groupby("row"):
            most = min(PER_NUMBER, int(table[column].iloc[row]))  # a copy of an article may have been counted only once
            found[int(row), column] = _sentences(own.to_dict("records"), passages, told)[:most]
    found = {place: found[place] for place in sorted(found, key=lambda place: (place[0], list(evidence).index(place[1])))}
    names = _names(table, evidence)
    digest = hashlib.sha256(repr((found, names)).encode("utf-8", "replace")).hexdigest()[:10]
    anchors = {place: f"evidence-{digest}-{number}" for number, place in enumerate(found, 1)}
    lists = [
        _list(
            anchors[row, column], f"{names[row]}: {_amount(len(found[row, column]), table[column].iloc[row], column)}", sentences
        )
        for (row, column), sentences in found.items()
    ]
    folded = (
        f'<details class="{CLASSES}"><summary>Sentences behind the numbers</summary>{"".join(lists)}</details>' if lists else ""
    )
    return Evidence(anchors, folded)


def _pick(table: pd.DataFrame, column: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that come into question for each number, numbered by its row; some to spare, for sentences that repeat."""
    check_frame(rows, f"The evidence for {column!r} has", "pass the rows that were counted")
    if column not in table or isinstance(table[column], pd.DataFrame) or not pd.api.types.is_numeric_dtype(table[column]):
        raise ValueError(
            f"The table has no column of numbers {column!r} to give evidence for; it has {listed(table.columns)}."
            f"{nearest(column, table.columns)}"
        )
    keys = [c for c in table if c in rows and c not in (*PLACE[1:3], column) and not pd.api.types.is_float_dtype(table[c])]
    missing = [c for c in PLACE[:3] if c not in rows]
    if missing or not keys:
        hint = nearest(missing[0], rows.columns) if missing else ""
        why = f"have no column {missing[0]!r}" if missing else "have no column in common with the table"
        raise ValueError(
            f"The rows of evidence for {column!r} {why}, so that nobody can tell which of them were counted where.{hint}"
        )
    wanted = table[keys].apply(_said).assign(row=range(len(table)))[(table[column] > 0).to_numpy()]
    shown = rows.assign(**{c: _said(rows[c]) for c in (*keys, "article_id")}).drop(columns="row", errors="ignore")
    own = shown.merge(wanted, on=keys, how="inner").drop_duplicates(["row", *PLACE[:3]])
    own = own.assign(turn=own.groupby(["row", "article_id"]).cumcount()).sort_values(["row", "turn"], kind="stable")
    own = own.groupby("row").head(3 * PER_NUMBER)
    return own if "target" in own else own.assign(target="")


def _sentences(rows: Sequence[Mapping[str, Any]], passages: Mapping[Any, Any], told: Mapping[str, str]) -> list[str]:
    """Each sentence once, with where it stands; one that stands in many copies of an article says it once."""
    items: dict[str, str] = {}
    for row in rows:
        parts = [part for part in passages[tuple(row[c] for c in PLACE)] if "sentence" in part[1].split()]
        holder = row.get("holder_entity")
        who = f"holder: <bdi>{html.escape(str(holder))}</bdi>; " if isinstance(holder, str) else ""
        letters = "".join(c for text, _ in parts for c in text.lower() if c.isalpha())
        where = f"{who}{told[row['article_id']]}, from character {int(row['start']):,}"
        items.setdefault(letters, f"<li><div>{passage_html(clip_parts(parts))}</div><small>{where}</small></li>")
    return list(items.values())


def _about(article_id: str, known: Mapping[str, Any]) -> str:
    """An article's title, date, source and id."""
    title, date, source = (known.get(c) for c in ("title", "date", "source"))
    said = [str(title)[:_TITLE] + ("…" if len(str(title)) > _TITLE else "")] if isinstance(title, str) and title else []
    said += [f"{date:%Y-%m-%d}"] if isinstance(date, pd.Timestamp) else []
    said += [str(source)] if isinstance(source, str) and source else []
    return ", ".join(f"<bdi>{html.escape(part)}</bdi>" for part in [*said, article_id])


def _names(table: pd.DataFrame, evidence: Mapping[str, pd.DataFrame]) -> list[str]:
    """What each row is called: what it has in common with the evidence."""
    keys = [c for c in table if all(c in rows for rows in evidence.values()) and c not in evidence]
    parts = [_said(table[c]) for c in keys if not pd.api.types.is_float_dtype(table[c])]
    return [f"<bdi>{html.escape(', '.join(row))}</bdi>" for row in zip(*parts, strict=True)]


def _said(column: pd.Series) -> pd.Series:
    """Values as text that can be written and compared."""
    return as_texts(column.astype("object")).fillna("")


def _amount(n: int, of: float, column: str) -> str:
    return f"{n:,} of {int(of):,} {html.escape(column.replace('_', ' '))}"


def _list(anchor: str, name: str, sentences: Sequence[str]) -> str:
    """A folded list; the id stands inside, so that a browser that goes there unfolds it."""
    back = f'<a href="#{anchor}-n" style="white-space:nowrap">↑ the number</a>'
    return f'<details><summary>{name}</summary><ol id="{anchor}">{"".join(sentences)}</ol><p>{back}</p></details>'
