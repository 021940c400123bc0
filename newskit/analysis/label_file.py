"""The file that labels are kept in: read as far as it can be, checked row by row, written by one at a time.

People open it in spreadsheets, so that cells are guarded (see `cells`): a target `=x` stands there as `'=x`. A file that does
without, by hand or of an earlier version, is read as well: `=x` is `=x` too, and a target that is to begin with an apostrophe and
an equals sign is written with two, `''=x`. All other apostrophes are letters like others.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from newskit.analysis.stance import STANCES
from newskit.corpus.articles import nearest
from newskit.corpus.cells import as_csv, unguard, unguard_text
from newskit.corpus.encodings import decode
from newskit.corpus.formats import Problem, read_csv
from newskit.corpus.paths import resolve, write_atomic
from newskit.corpus.tables import as_texts, check_frame

LABELS = (*STANCES, "unclear")
PLACE = ["article_id", "start", "end", "target"]
KEYS = [*PLACE, "holder", "coder"]
COLUMNS = (*PLACE, "mention", "holder", "coder", "label", "note")
_NEEDED = (*PLACE, "coder", "label")

_MADE = "take them as nk.labels.read_labels(path) gives them"


def place_of(path: str | Path) -> Path:
    """Where the file is; of a link, where it points to, so that it stays one when the file is replaced."""
    return Path(os.path.realpath(resolve(path, new=True)))


def read_file(path: Path) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """The labels of a file that can be used, and what is wrong with the others."""
    data = path.read_bytes() if path.exists() else b""
    if not data.strip():
        return _typed(pd.DataFrame()), []
    found = list(read_csv(data))
    records = {row: record for row, record in found if not isinstance(record, Problem)}
    problems = [(row, record.reason) for row, record in found if isinstance(record, Problem)]
    table = pd.DataFrame(list(records.values()), list(records), columns=None if records else _header(data), dtype="str")
    table = table.apply(unguard).rename(columns=unguard_text)
    missing = [c for c in _NEEDED if c not in table]
    if missing:
        reason = f"there is no column {missing[0]!r}, so no row can be used.{nearest(missing[0], table.columns)}"
        table, problems = table.iloc[:0], [(None, reason), *problems]
    else:
        table["label"] = table["label"].str.strip().str.lower()
        fault = _faults(table)
        problems += fault[fault != ""].items()
        table = _typed(table[fault == ""])
        again = table.duplicated(KEYS, keep="last")
        problems += [(row, "a later row has the same place, target, holder and coder") for row in table.index[again]]
        table = table[~again]
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.append((None, "the file is not in UTF-8; what it says was guessed"))
    named = [{"file": path.name, "row": row, "reason": reason} for row, reason in problems]
    return _typed(table.reset_index(drop=True)), sorted(named, key=lambda p: (p["row"] is not None, p["row"] or 0))


def _header(data: bytes) -> list[str]:
    first = (decode(data).text or "").strip().partition("\n")[0]
    return list(dict.fromkeys(name.strip('" \r') for name in first.replace(";", ",").split(",")))


def _faults(table: pd.DataFrame, retract: bool = False) -> pd.Series:
    """What is wrong with each row; empty where it is a label."""
    start, end = (pd.to_numeric(table[c], errors="coerce").astype("float64") for c in ("start", "end"))
    whole = (start % 1 == 0) & (end % 1 == 0) & (start >= 0) & (start < end) & (end < 2**53)
    fault = pd.Series("", table.index).mask(~whole, "start and end must be whole numbers, start before end")
    label = as_texts(table["label"]).fillna("")
    for row in np.flatnonzero(~label.isin([*LABELS, ""] if retract else LABELS)):
        wrong = label.iloc[row]
        meant = nearest(wrong, LABELS).replace(" Did", "; did").rstrip("?")
        fault.iloc[row] = f"the label {wrong!r} is none of {', '.join(LABELS)}{meant}"
    for column in ("coder", "target", "article_id"):
        fault = fault.mask(as_texts(table[column]).fillna("") == "", f"it has no {column}")
    return fault


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    table = table.reindex(columns=[*COLUMNS, *(c for c in table.columns if c not in COLUMNS)])
    texts = [c for c in table.columns if c not in ("start", "end")]
    table = table.assign(**{c: as_texts(table[c]).fillna("") for c in texts})
    return table.astype({"start": "float64", "end": "float64"}).astype({"start": np.int64, "end": np.int64})


def write_file(path: Path, labels: pd.DataFrame) -> None:
    """Write labels, in order of place and coder; the same labels give the same bytes."""
    write_atomic(path, as_csv(labels.sort_values(KEYS)))


def keep_damaged(path: Path) -> Path:
    """Copy a file beside itself under a free name (or find the copy that is there already)."""
    data = path.read_bytes()
    names = (path.with_name(f"{path.stem}.damaged{f'-{k}' if k > 1 else ''}{path.suffix}") for k in itertools.count(1))
    copy = next(p for p in names if not p.exists() or p.read_bytes() == data)
    return copy if copy.exists() else write_atomic(copy, data)


def check_labels(labels: pd.DataFrame, *, retract: bool = False) -> pd.DataFrame:
    """The labels with their columns and types and rows numbered anew, or an error that says what is wrong with them."""
    check_frame(labels, "The labels have", _MADE)
    if missing := [c for c in _NEEDED if c not in list(labels.columns)]:
        others = [c for c in labels.columns if c not in _NEEDED]
        raise ValueError(f"The labels have no column {missing[0]!r}; {_MADE}.{nearest(missing[0], others)}")
    if twice := [c for c in COLUMNS if isinstance(labels.get(c), pd.DataFrame)]:
        raise ValueError(f"The labels have the column {twice[0]!r} more than once; keep one of them.")
    labels = labels.loc[:, [isinstance(c, str) for c in labels.columns] & ~labels.columns.duplicated()].reset_index(drop=True)
    labels.columns = pd.Index(list(labels.columns), dtype="object")
    labels = labels.astype(dict.fromkeys(labels.columns, "object"))
    fault = _faults(labels, retract)
    if (fault != "").any():
        row = int((fault != "").to_numpy().argmax())
        raise ValueError(f"Row {row} of the labels (counted from 0) is no label: {fault[row]}.")
    return _typed(labels).drop_duplicates(KEYS, keep="last", ignore_index=True)
