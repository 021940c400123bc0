"""Stances as a reader checks them: the sentence with its target underlined and the words that decided marked."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from newskit.analysis.label_file import PLACE
from newskit.analysis.labels import check_stances
from newskit.corpus.articles import check_articles
from newskit.corpus.options import check_count
from newskit.corpus.tokens import Tokens
from newskit.publish.passages import CLASSES, clip_parts, find_passages, passage_html

_SIGNS = {  # a sign beside each word, and colours that are read on light and dark pages
    "against": ("−", "background:#b34700;color:#fff"),
    "neutral": ("0", "border:1px solid currentColor"),
    "favor": ("+", "background:#0072b2;color:#fff"),
    "none": ("?", "border:1px dashed currentColor"),
}
_HEADS = ("target", "holder", "stance", "sentence")


@dataclass(frozen=True)
class HighlightedStances:
    """Rows of stance that a notebook shows as HTML: all escaped, no scripts, and the same rows give the same bytes."""

    rows: list[tuple[str, str, str, str]]
    n_rows: int

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" style="text-align:left">{name}</th>' for name in _HEADS)
        cell, wide = (f'<td style="text-align:left;vertical-align:top{more}">' for more in ("", ";min-width:15em"))
        body = "".join(f"<tr>{''.join(f'{cell}{part}</td>' for part in row[:3])}{wide}{row[3]}</td></tr>" for row in self.rows)
        example = passage_html([("underlined", "mention"), (": the target; ", ""), ("marked", "evidence")])
        more = f" The first {len(self.rows):,} of {self.n_rows:,} rows." if self.n_rows > len(self.rows) else ""
        caption = f'<caption style="text-align:left">{example}: the words that decided.{more}</caption>'
        return f'<table class="{CLASSES}">{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'

    def __repr__(self) -> str:
        return f"<{len(self.rows):,} sentences with their stances>"


def highlight_stances(stances: pd.DataFrame, articles: pd.DataFrame | Tokens, *, n: int = 20) -> HighlightedStances:
    """Show stances in their sentences: the target underlined, the words that decided marked.

    Scrubbed sentences are made readable. Below each stands where it is found: the article and the mention's first character.

    Parameters
    ----------
    stances : DataFrame
        From `tag_stance` (after `nk.labels.apply_labels`, if you like), or a part of it.
    articles : articles or Tokens
        Those that were tagged.
    n : int
        So many rows, from the top.

    Returns
    -------
    HighlightedStances
        Show it as a cell's last line; exported pages and GitHub show it too.

    Raises
    ------
    ValueError
        If the table lacks a column, or has rows of other articles.

    Examples
    --------
    >>> articles = pd.DataFrame({"article_id": ["a"], "text": ["He praised the <tax> bill."]})
    >>> row = {"article_id": "a", "start": 16, "end": 25, "target": "tax bill", "stance": "favor", "holder_entity": "Ann Lee"}
    >>> shown = highlight_stances(pd.DataFrame([row]), articles)._repr_html_()
    >>> "+ favor" in shown, "tax&gt; bill</u>" in shown
    (True, True)
    """
    check_count("n", n)
    known = check_stances(stances, "stance", "holder_entity", perhaps=["confidence", "evidence", "by", "mention"])
    _check_names(known["stance"])
    distinct = known.drop_duplicates([*PLACE, "holder_entity"])
    shown = distinct.head(n).astype({"article_id": "str"})
    if "by" in shown and "evidence" in shown:  # what decided a person is not known
        shown = shown.assign(evidence=shown["evidence"].where(shown["by"] != "hand"))
    passages = {passage["place"]: passage for passage in find_passages(shown, check_articles(articles))}
    rows = [_row(row, passages[tuple(row[column] for column in PLACE)]) for row in shown.to_dict("records")]
    return HighlightedStances(rows, len(distinct))


def _check_names(stance: pd.Series) -> None:
    if len(unknown := stance.dropna()[~stance.dropna().isin(list(_SIGNS))]):
        raise ValueError(f"A stance is against, neutral, favor or missing; {unknown.iloc[0]!r} is none of these.")


def _row(row: Mapping[str, Any], passage: Mapping[str, Any]) -> tuple[str, str, str, str]:
    parts = [part for part in passage["parts"] if "sentence" in part[1].split()]
    holder = "(unknown)" if pd.isna(row["holder_entity"]) else str(row["holder_entity"])
    where = f"<bdi>{html.escape(row['article_id'])}</bdi>, from character {row['start']:,}"
    return (
        html.escape(str(row["target"])),
        html.escape(holder),
        _stance(row),
        f"<bdi>{passage_html(clip_parts(parts))}</bdi><br><small>{where}</small>",
    )


def _stance(row: Mapping[str, Any]) -> str:
    """The stance with its sign, and whose word it is."""
    name = "none" if pd.isna(row["stance"]) else str(row["stance"])
    sign, style = _SIGNS[name]
    whose = "by hand" if row.get("by") == "hand" else f"{row['confidence']:.0%} sure" if pd.notna(row.get("confidence")) else ""
    badge = f'<strong style="{style};border-radius:3px;padding:0 5px;white-space:nowrap">{sign} {name}</strong>'
    return badge + (f"<br><small>{whose}</small>" if whose else "")
