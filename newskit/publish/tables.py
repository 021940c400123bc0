"""Exporting tables as CSV files, and reading them back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from newskit.corpus.cells import as_csv, read_csv_cells
from newskit.corpus.encodings import decode
from newskit.corpus.formats import delimiter_of
from newskit.corpus.paths import existing, write_atomic
from newskit.corpus.tables import check_frame
from newskit.publish.writing import check_name, output_folder

_NUMBER = re.compile(r"-?(?:(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|inf)|nan")
_WHOLE = re.compile(r"-?\d{1,19}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d:\d\d(?:\.\d+)?)?")


def export_table(table: pd.DataFrame, name: str, *, folder: str | Path = "outputs") -> Path:
    """Write a table to `folder/tables` as CSV (UTF-8, dates in ISO form; an index that has a name becomes the first column).

    Spreadsheets take texts that begin with = + - or @ for formulas, at the beginning of a cell or where they see one begin,
    behind a semicolon or on a new line. Here an apostrophe stands before those. `read_table` takes it away again; other readers,
    `read_articles` too, take it for a letter.

    Parameters
    ----------
    table : DataFrame
    name : str
        The file's name, without an ending.
    folder : str or Path
        A relative one starts from the project, not from the notebooks' folder.

    Returns
    -------
    Path

    Examples
    --------
    >>> import tempfile
    >>> export_table(pd.DataFrame({"word": ["a"]}), "words", folder=tempfile.mkdtemp()).name
    'words.csv'
    """
    check_name(name)
    check_frame(table, "The table has", "every table of the kit is one")
    return write_atomic(output_folder(folder, "tables") / f"{name}.csv", as_csv(with_named_index(table)))


def with_named_index(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its index as columns, where the index has a name that no column has; without it, where not."""
    named = any(name is not None for name in table.index.names) and not {*table.index.names} & {*table.columns}
    return table.reset_index() if named else table.reset_index(drop=True)


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a table that `export_table` wrote, or the data of a figure that `export_figure` wrote.

    Texts come back as they were, letter by letter, and so do names of columns, whole and other numbers, dates and times
    without a zone, True and False. What the file does not say cannot come back: empty text is missing like any other empty cell;
    a column of empty cells is text, and so are categories and lists; a column of text in which there are only dates, or only
    True and False, is one of these; halves of characters are question marks. Where another program has saved the file anew
    without quotation marks, whatever looks like a number is one.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    DataFrame
        Its columns are `int64` (`Int64` where a value is missing), `float64`, `bool` (`boolean`), `datetime64` or `str`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no such table; the message says where.

    Examples
    --------
    >>> import tempfile
    >>> table = pd.DataFrame({"word": ["=1+1", "-"], "count": [2, 1]})
    >>> path = export_table(table, "words", folder=tempfile.mkdtemp())
    >>> path.read_text().splitlines()[1], read_table(path).equals(table)
    ('"\\'=1+1",2', True)
    """
    file = existing(path)
    if file.is_dir():
        raise ValueError(f"{str(file)!r} is a folder: give one table's file, such as {str(file / 'name.csv')!r}.")
    data = file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:  # saved anew by another program
        text = decode(data).text or ""
    if not text:
        raise ValueError(f"The file {str(file)!r} cannot be read: {'it is no text' if data else 'it is empty'}.")
    try:
        names, columns, numbers = read_csv_cells(text, delimiter_of(text))
    except ValueError as error:
        raise ValueError(f"The file {str(file)!r} cannot be read: {error}.") from error
    typed = [_typed(column, numbers is None or k in numbers) for k, column in enumerate(columns)]
    table = pd.concat(typed, axis=1) if typed else pd.DataFrame()
    return table.set_axis(names, axis=1)


def _typed(column: Sequence[str], may_be_number: bool) -> pd.Series:
    """The cells as what they say they are."""
    cells = pd.Series(column, dtype="str")
    known = [cell for cell in column if cell]
    cells = cells.where(cells != "")
    if may_be_number and known and all(map(_NUMBER.fullmatch, known)):
        if all(map(_WHOLE.fullmatch, known)):
            if not all(-(2**63) <= int(cell) < 2**63 for cell in known):
                return cells
            whole = pd.array([int(cell) if cell else pd.NA for cell in column], dtype="Int64")
            return pd.Series(whole).astype("int64" if len(known) == len(column) else "Int64")
        return pd.Series([float(cell) if cell else np.nan for cell in column], dtype="float64")
    if known and set(known) <= {"True", "False"}:
        said = cells.map({"True": True, "False": False})
        return said.astype("bool" if len(known) == len(column) else "boolean")
    if known and all(map(_DAY.fullmatch, known)):
        times = pd.to_datetime(cells, errors="coerce", format="ISO8601")
        return times if times.notna().sum() == len(known) else cells
    return cells
