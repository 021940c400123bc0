"""Articles in parts, for corpora that are larger than memory: read some at a time, tables written some at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from newskit.corpus.articles import ArticlesError
from newskit.corpus.columns import date_strings, plain_ids, to_articles
from newskit.corpus.dates import day_first_evidence
from newskit.corpus.files import Paths, check_plain, find_files, gathered
from newskit.corpus.formats import Problem, Record, is_padded, parquet_batches, read_csv
from newskit.corpus.options import check_choice, check_count
from newskit.corpus.reading import (
    check_columns_argument,
    joined,
    not_read,
    nothing_read,
    reader_of,
    summary,
    take_records,
    with_report,
    with_titles,
)
from newskit.corpus.streaming import pieces

Problems = list[dict[str, Any]]


def read_parts(
    path: Paths,
    *,
    part: int = 10_000,
    columns: Mapping[str, str] | None = None,
    title: Literal["column", "prepend"] = "column",
    day_first: bool | None = None,
) -> Iterator[pd.DataFrame]:
    """Read articles some at a time: the rows of `read_articles`, for corpora that do not fit into memory.

    Large files are read piece by piece where they are tables of lines (.csv, .tsv, .jsonl, also as .gz) or .parquet. Other
    kinds are read a file at a time.

    Parameters
    ----------
    path, columns, title, day_first
        As in `read_articles`; whether the day comes first is worked out from the first part of a file that tells.
    part : int
        So many articles at a time, but for the last.

    Yields
    ------
    DataFrame
        As `read_articles` gives it, `article_id` being unique over all parts. `nk.reading_report` tells of each part what could
        not be read, and a warning at the end how much it was.

    Raises
    ------
    ArticlesError
        If nothing is there, or nothing could be read.
    FileNotFoundError
        If a path does not exist.

    Examples
    --------
    >>> import newskit as nk, tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.csv").write_text("body\\nIt rained.\\nIt snowed.\\nIt hailed.\\n")
    >>> [len(some) for some in nk.scale.read_parts(folder, part=2)]
    [2, 1]
    """
    check_columns_argument(columns)
    check_choice("title", title, ("column", "prepend"))
    check_count("part", part, least=1)
    path = gathered(path)
    return _parts(path, find_files(path), part, columns or {}, title == "prepend", day_first)


def _parts(
    path: Paths, files: list[tuple[str, Path]], part: int, columns: Mapping[str, str], prepend: bool, day_first: bool | None
) -> Iterator[pd.DataFrame]:
    waiting: list[pd.DataFrame] = []
    all_problems: Problems = []
    problems: Problems = []
    seen: dict[str, int] = {}
    n = 0

    def finished(some: pd.DataFrame) -> pd.DataFrame:
        nonlocal problems, n
        some = some.assign(article_id=_new_ids(some, seen))
        n, told = n + len(some), problems
        problems = []
        return with_report(with_titles(some) if prepend else some, told)

    for name, file in files:
        for frame, found in _frames(name, file, part, columns, day_first):
            problems += found
            all_problems += found
            waiting += [frame] if frame is not None and len(frame) else []
            while sum(map(len, waiting)) >= part:
                together = joined(waiting)
                yield finished(together.iloc[:part])
                waiting = [together.iloc[part:]] if len(together) > part else []
    if waiting:
        yield finished(joined(waiting))
    if not n:
        raise ArticlesError(nothing_read(path, len(files), all_problems))
    if all_problems:
        warnings.warn(summary(all_problems, n), stacklevel=2)


def _frames(
    name: str, file: Path, part: int, columns: Mapping[str, str], day_first: bool | None
) -> Iterator[tuple[pd.DataFrame | None, Problems]]:
    """The articles of a file, piece by piece, and what could not be read of each."""
    for records, problems in _records(name, file, part):
        if day_first is None and records:
            day_first = day_first_evidence(date_strings(records, columns))
        if day_first is None and records:
            day_first = _day_first(name, file, part, columns)
        frame, more = to_articles(records, name, columns, day_first) if records else (None, [])
        yield frame, sorted([*problems, *more], key=lambda p: (p["row"] is None, p["row"] or 0))
        if records and frame is None:  # no text column, and none behind
            return


def _day_first(name: str, file: Path, part: int, columns: Mapping[str, str]) -> bool:
    """Whether dates have their day first, as the first piece of the file has it of which it can be told."""
    for records, _ in _records(name, file, part):
        if (evidence := day_first_evidence(date_strings(records, columns))) is not None:
            return evidence
    return False


def _records(name: str, file: Path, part: int) -> Iterator[tuple[list[tuple[int, Record]], Problems]]:
    reader, rows = reader_of(file), 0
    try:
        check_plain(file)
        if reader is None:
            yield [], [{"file": name, "row": None, "reason": not_read(file)}]
        elif file.suffix.lower() == ".parquet":
            for batch in parquet_batches(file, file.stat().st_size, part):
                unread = [{"file": name, "row": row, "reason": r.reason} for row, r in batch if isinstance(r, Problem)]
                yield [(row or 1, record) for row, record in batch if not isinstance(record, Problem)], unread
        else:
            for piece in pieces(file):
                if reader is read_csv:
                    reader = partial(read_csv, padded=is_padded(piece.data))  # as the head of the file has it
                records, problems = take_records(name, reader, piece.data, piece.fault, rows=rows, lines=piece.shift)
                yield records, problems
                rows = max([rows, *(row for row, _ in records[-1:]), *(p["row"] or 0 for p in problems)])
    except OSError as error:
        yield [], [{"file": name, "row": None, "reason": f"cannot be opened: {error.strerror}"}]


def _new_ids(articles: pd.DataFrame, seen: dict[str, int]) -> list[str]:
    """Ids that no part had before; repeated ones get a running number, as in `make_ids`."""
    ids = plain_ids(articles["article_id"], articles["text"]).tolist()
    for k, own in enumerate(ids):
        new = own
        while new in seen:
            seen[own] += 1
            new = f"{own}-{seen[own]}"
        seen[new] = 1
        ids[k] = new
    return ids
