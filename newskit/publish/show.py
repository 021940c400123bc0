"""Tables as a reader wants to see them: in notebooks, and in the page made from them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from newskit.publish.tables import with_named_index


@dataclass(frozen=True)
class ShownTable:
    """A table that a notebook shows as HTML: everything in it is escaped, and the same table gives the same bytes."""

    table: pd.DataFrame
    n_rows: int
    right: tuple[str, ...]

    def _repr_html_(self) -> str:
        columns = [str(c) for c in self.table.columns]
        head = "".join(f'<th scope="col" style="text-align:{self._side(c)}">{html.escape(_plain(c))}</th>' for c in columns)
        body = "".join(f"<tr>{self._row(row, columns)}</tr>" for row in self.table.itertuples(index=False, name=None))
        more = f"<p>The first {len(self.table):,} of {self.n_rows:,} rows.</p>" if self.n_rows > len(self.table) else ""
        return f'<table class="newskit"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}'

    def __repr__(self) -> str:
        return repr(self.table)

    def _row(self, values: tuple[object, ...], columns: list[str]) -> str:
        return "".join(
            f'<td style="text-align:{self._side(c)};vertical-align:top{_unbroken(v)}">{html.escape(_written(v, c))}</td>'
            for v, c in zip(values, columns, strict=True)
        )

    def _side(self, column: str) -> str:
        numeric = column in self.table.columns and pd.api.types.is_numeric_dtype(self.table[column])
        return "right" if numeric or column in self.right else "left"


def show(table: pd.DataFrame, *, n: int | None = None, right: Sequence[str] = ()) -> ShownTable:
    """Show a table: numbers grouped and rounded, shares as per cent, nothing where a value is missing.

    Parameters
    ----------
    table : DataFrame
        Its index is shown where it has a name.
    n : int, optional
        Only the first so many rows; how many there are is said below.
    right : sequence of str
        Text columns to set flush right, such as the left context of a keyword.

    Returns
    -------
    ShownTable

    Examples
    --------
    >>> "&lt;b&gt;" in show(pd.DataFrame({"word": ["<b>"], "share": [0.5]}))._repr_html_()
    True
    """
    shown = with_named_index(table if n is None else table.head(n))
    return ShownTable(shown, len(table), tuple(right))


def _plain(column: str) -> str:
    return column.replace("_", " ")


def _unbroken(value: object) -> str:
    return ";white-space:nowrap" if isinstance(value, pd.Timestamp) else ""


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
