"""Tables and sentences as a reader wants to see them: in notebooks, and in the page made from them."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

import pandas as pd

from newskit.corpus.articles import check_articles
from newskit.corpus.options import check_count
from newskit.corpus.tables import check_frame
from newskit.corpus.tokens import Tokens
from newskit.corpus.visible import visible
from newskit.publish.evidence import UNFOLD, Evidence, gather_evidence
from newskit.publish.passages import CLASSES
from newskit.publish.tables import with_named_index

_LONGEST = 2_000  # characters of a cell that are shown


@dataclass(frozen=True)
class ShownTable:
    """A table that a notebook shows as HTML: everything in it is escaped, and the same table gives the same bytes."""

    table: pd.DataFrame
    n_rows: int
    right: tuple[str, ...]
    evidence: Evidence = field(default_factory=lambda: Evidence({}, ""))

    def _repr_html_(self) -> str:
        columns = [str(c) for c in self.table.columns]
        head = "".join(f'<th scope="col" style="text-align:{self._side(c)}">{html.escape(_plain(c))}</th>' for c in columns)
        rows = enumerate(self.table.itertuples(index=False, name=None))
        body = "".join(f"<tr>{self._row(number, row, columns)}</tr>" for number, row in rows)
        more = f"<p>The first {len(self.table):,} of {self.n_rows:,} rows.</p>" if self.n_rows > len(self.table) else ""
        return f'<table class="{CLASSES}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}{self.evidence.lists}'

    def __repr__(self) -> str:
        return visible(repr(self.table), lines=True)

    def _row(self, number: int, values: tuple[object, ...], columns: list[str]) -> str:
        return "".join(
            f'<td style="text-align:{self._side(c)};vertical-align:top{_width(v)}">{self._cell(number, v, c)}</td>'
            for v, c in zip(values, columns, strict=True)
        )

    def _cell(self, number: int, value: object, column: str) -> str:
        written = _written(value, column)
        said = html.escape(written if len(written) <= _LONGEST else f"{written[:_LONGEST]} … ({len(written):,} characters)")
        anchor = self.evidence.anchors.get((number, column))
        return f'<a href="#{anchor}" id="{anchor}-n" onclick="{UNFOLD}">{said}</a>' if anchor else said

    def _side(self, column: str) -> str:
        numeric = column in self.table.columns and pd.api.types.is_numeric_dtype(self.table[column])
        return "right" if numeric or column in self.right else "left"


@dataclass(frozen=True)
class ShownText:
    """Sentences that a notebook shows as HTML: names and words of articles in them are letters and nothing else."""

    lines: tuple[str, ...]
    listed: bool

    def _repr_html_(self) -> str:
        tag, inside = ("ul", "li") if self.listed else ("div", "p")
        body = "".join(f"<{inside}>{html.escape(visible(line))}</{inside}>" for line in self.lines)
        return f'<{tag} class="{CLASSES}">{body}</{tag}>'

    def __repr__(self) -> str:
        return "\n".join(f"- {visible(line)}" if self.listed else visible(line) for line in self.lines)


@overload
def show(table: str | Sequence[str]) -> ShownText: ...
@overload
def show(
    table: pd.DataFrame,
    *,
    n: int | None = None,
    right: Sequence[str] = (),
    evidence: Mapping[str, pd.DataFrame] | None = None,
    articles: pd.DataFrame | Tokens | None = None,
) -> ShownTable: ...
def show(
    table: pd.DataFrame | str | Sequence[str],
    *,
    n: int | None = None,
    right: Sequence[str] = (),
    evidence: Mapping[str, pd.DataFrame] | None = None,
    articles: pd.DataFrame | Tokens | None = None,
) -> ShownTable | ShownText:
    """Show a table: numbers grouped and rounded, shares as per cent, nothing where a value is missing.

    Numbers can lead to sentences that they rest on, up to five each, folded below the table. Whatever stands in articles or
    files is shown as it is written: it is never read as HTML, Markdown or a formula. That holds for sentences too, which a
    notebook makes of names and words; Markdown would read them.

    Parameters
    ----------
    table : DataFrame, str, or list of str
        A table, whose index is shown where it has a name; or a sentence; or several, as a list or tuple.
    n : int, optional
        Only the first so many rows; how many there are is said below.
    right : sequence of str
        Text columns to set flush right, such as the left context of a keyword.
    evidence : mapping of column to DataFrame, optional
        For a column of counts, the rows that were counted, with `article_id`, `start`, `end`: `{"mentions": linked}`. A row
        is evidence for the number in whose row the columns that both tables have say the same. Sentences come in the order
        of these rows, from different articles first, each once.
    articles : articles or Tokens, optional
        Those in which the rows were found; needed with `evidence`.

    Returns
    -------
    ShownTable or ShownText

    Raises
    ------
    ValueError
        If there is evidence without articles, for no column of the table, or with no column in common with it.

    Examples
    --------
    >>> "&lt;b&gt;" in show(pd.DataFrame({"word": ["<b>"], "share": [0.5]}))._repr_html_()
    True
    >>> show(["Strongest: <b>R&D</b>."])._repr_html_()
    '<ul class="newskit tex2jax_ignore mathjax_ignore"><li>Strongest: &lt;b&gt;R&amp;D&lt;/b&gt;.</li></ul>'
    >>> articles = pd.DataFrame({"article_id": ["a"], "text": ["Ann Lee left. Nobody came."]})
    >>> mentions = pd.DataFrame({"article_id": ["a"], "start": [0], "end": [7], "entity": ["Ann Lee"]})
    >>> counts = pd.DataFrame({"entity": ["Ann Lee"], "mentions": [1]})
    >>> "Ann Lee</bdi>: 1 of 1 mentions" in show(counts, evidence={"mentions": mentions}, articles=articles)._repr_html_()
    True
    """
    if isinstance(table, str):
        return ShownText((table,), False)
    if isinstance(table, list | tuple) and all(isinstance(line, str) for line in table):
        return ShownText(tuple(table), True)
    table = check_frame(table, "What is shown has", "or pass sentences")
    check_count("n", n, none=True)
    if isinstance(right, str) or not isinstance(right, Sequence):
        raise ValueError(f"right is a list of columns, such as ['left'], not {right!r}.")
    shown = with_named_index(table if n is None else table.head(n))
    if not evidence:
        return ShownTable(shown, len(table), tuple(right))
    if not isinstance(evidence, Mapping):
        raise ValueError(f"evidence is a mapping of columns to tables, such as {{'mentions': linked}}, not {evidence!r:.60}.")
    if articles is None:
        raise ValueError("Evidence is read in the articles: show(table, evidence=..., articles=articles).")
    return ShownTable(shown, len(table), tuple(right), gather_evidence(shown, evidence, check_articles(articles)))


def _plain(column: str) -> str:
    return column.replace("_", " ")


def _width(value: object) -> str:
    """Dates stay on one line; long text keeps a width that can be read, also on a telephone, where tables scroll."""
    if isinstance(value, pd.Timestamp):
        return ";white-space:nowrap"
    return ";min-width:15em" if isinstance(value, str) and len(value) > 40 else ""


def _written(value: object, column: str) -> str:
    if not pd.api.types.is_scalar(value):
        return str(value)
    if pd.isna(value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        share = column.startswith("share") or column in ("wide_gaps", "odd_characters")
        return f"{value:.1%}" if share and 0 <= value <= 1 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) and column != "year" else str(value)
