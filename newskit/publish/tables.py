"""Exporting tables as CSV files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from newskit.corpus.paths import write_atomic
from newskit.publish.writing import check_name, output_folder


def export_table(table: pd.DataFrame, name: str, *, folder: str | Path = "outputs") -> Path:
    """Write a table to `folder/tables` as CSV (UTF-8, dates in ISO form; an index that has a name becomes the first column).

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
    data = with_named_index(table).to_csv(index=False, lineterminator="\n").encode("utf-8", "replace")
    return write_atomic(output_folder(folder, "tables") / f"{name}.csv", data)


def with_named_index(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its index as columns, where the index has a name; without it, where not."""
    named = any(name is not None for name in table.index.names)
    return table.reset_index() if named else table.reset_index(drop=True)
