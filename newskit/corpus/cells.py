"""Text in CSV files that people open in spreadsheets: no cell is taken for a formula, and each is read back as it was.

Where a spreadsheet could see a formula, one apostrophe is put in front; reading takes exactly one away again. That is at the
beginning of a cell, and inside it behind a semicolon, bar, tab or end of line, at which some spreadsheets begin a new cell. What
begins a formula is = + - @, also behind apostrophes, quotation marks and spaces. A plain number such as -5 is none.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable, Sequence

import pandas as pd

_PARTS = ";|\t\r\n"  # where a spreadsheet may begin a new cell
_PASSED = "\x00-\x20\x7f-\xa0'\"\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff;|"  # what it may pass over there
_BEGINS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b"  # a formula; also in the wide letters of East Asian writing
_RUN = re.compile(rf"(?:\A|[{_PARTS}])[{_PASSED}]*+([{_BEGINS}])?")  # taken as a whole, so that long ones cost no more
_MAYBE = rf"(?:^|[{_PARTS}])[{_PASSED}]*[{_BEGINS}]|^'*[\t\r\n]"
_NUMBER = re.compile(rf"[+-]\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?%?(?=[{_PARTS}]|\Z)")
_PLACES = {True: re.compile(rf"\A|(?<=[{_PARTS}])"), False: re.compile(rf"(?<=[{_PARTS}])")}  # by: at the cell's beginning


def guard(values: pd.Series) -> pd.Series:
    """Texts as they can stand in a CSV file; numbers, dates and what is missing stay.

    Examples
    --------
    >>> guard(pd.Series(["=1+1", "-5", "'=1+1", "two; -1+1"])).tolist()
    ["'=1+1", '-5', "''=1+1", "two;' -1+1"]
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return values
    if isinstance(values.dtype, pd.StringDtype):
        return _changed(values, values.str.contains(_MAYBE, na=False), guard_text)
    kept = [v if pd.api.types.is_scalar(v) and not isinstance(v, (str, bool)) else guard_text(str(v)) for v in values]
    return pd.Series(kept, values.index, dtype="object")  # in which halves of characters can stand


def unguard(values: pd.Series) -> pd.Series:
    """The texts that `guard` was given.

    Examples
    --------
    >>> unguard(pd.Series(["'=1+1", "-5", "''=1+1", "'tis; it's"])).tolist()
    ['=1+1', '-5', "'=1+1", "'tis; it's"]
    """
    if isinstance(values.dtype, pd.StringDtype):
        return _changed(values, values.str.contains("'", regex=False, na=False), unguard_text)
    return pd.Series([unguard_text(v) if isinstance(v, str) else v for v in values], values.index, dtype="object")


def guard_text(text: str) -> str:
    """One text as it can stand in a CSV file."""
    return _RUN.sub(lambda run: _at_places(run, r"'\g<0>"), text)


def unguard_text(text: str) -> str:
    """The text that `guard_text` was given."""
    return _RUN.sub(lambda run: _at_places(run, ""), text)


def _at_places(run: re.Match[str], put: str) -> str:
    """What stands before the beginning of a formula, with apostrophes put in, or (nothing is put) taken out.

    Apostrophes are passed over, so that what is a place before is one afterwards.
    """
    said, first = run[0], run.start() == 0
    bare = said.replace("'", "")
    if run[1]:
        if len(bare) == (1 if first else 2) and _NUMBER.match(run.string, run.end() - 1):
            return said
        places = _PLACES[first]
    elif first and bare[:1] in ("\t", "\r", "\n"):
        places = re.compile(r"\A")
    else:
        return said
    return places.sub(put, said) if put else re.sub(f"(?:{places.pattern})'", "", said)


def _changed(values: pd.Series, where: pd.Series, change: Callable[[str], str]) -> pd.Series:
    if not where.any():
        return values
    values = values.copy()
    values[where.to_numpy()] = [change(text) for text in values[where.to_numpy()]]
    return values


def as_csv(table: pd.DataFrame) -> bytes:
    """A table without its index as a CSV file (UTF-8): texts, dates and names of columns in quotation marks, numbers without."""
    columns = [guard(table.iloc[:, k]).reset_index(drop=True) for k in range(table.shape[1])]
    written = [c.astype("str") if pd.api.types.is_bool_dtype(c) else c for c in columns]
    frame = pd.concat(written, axis=1) if written else pd.DataFrame(index=range(len(table)))
    frame.columns = [guard_text(str(name)) for name in table.columns]
    return frame.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC).encode("utf-8", "replace")


def read_csv_cells(text: str, delimiter: str = ",") -> tuple[list[str], list[Sequence[str]], set[int] | None]:
    """The names and columns of a CSV file as texts, and which columns are of numbers; None where quotation marks do not say it.

    Raises
    ------
    ValueError
        If it is no table; the message says in which row.
    """
    limit = csv.field_size_limit(sys.maxsize)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
        try:
            typed = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC)
            kinds = [[isinstance(cell, float) for cell in row] for row in typed if row]
        except ValueError:
            kinds = []
    except csv.Error as error:
        raise ValueError(f"it is no table: {error}") from error
    finally:
        csv.field_size_limit(limit)
    header, *body = rows or [[]]
    wrong = next((k for k, row in enumerate(body, 1) if len(row) != len(header)), None)
    if wrong:
        raise ValueError(f"row {wrong} has {len(body[wrong - 1])} cells where the header has {len(header)}")
    columns: list[Sequence[str]] = [[unguard_text(row[k]) for row in body] for k in range(len(header))]
    numbers = {k for k in range(len(header)) if any(row[k] for row in kinds[1:])} if kinds else None
    return [unguard_text(name) for name in header], columns, numbers
