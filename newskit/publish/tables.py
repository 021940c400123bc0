"""Exporting tables as CSV files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from newskit.corpus.paths import resolve
from newskit.publish.writing import check_name, write_atomic


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
    keep_index = table.index.name is not None
    data = table.to_csv(index=keep_index, lineterminator="\n").encode("utf-8", "replace")
    return write_atomic(resolve(folder, new=True) / "tables" / f"{check_name(name)}.csv", data)
