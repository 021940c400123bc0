"""File formats: each reader turns the bytes of one file into records, and reports what it could not read.

A record is a dict of column to value. Readers yield `(row, record)`, rows counted from 1, or `(row, Problem)`.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from newskit.corpus.cells import unguard, unguard_text
from newskit.corpus.encodings import Decoded, decode, decode_as
from newskit.corpus.paths import name_of
from newskit.corpus.unpacking import TOO_LARGE, most_unpacked
from newskit.corpus.visible import visible

Record = dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """Something that could not be read, said for people."""

    reason: str


Row = tuple[int | None, Record | Problem]


def _as_text(decoded: Decoded, kind: str = "text file") -> tuple[str | None, list[Row]]:
    """The text of a file, and what is to be reported of it."""
    reasons = [decoded.doubt, f"not a {kind} (binary data)" if decoded.text is None else ""]
    return decoded.text, [(None, Problem(reason)) for reason in reasons if reason]


def read_text(data: bytes) -> Iterator[Row]:
    """A plain text file: one article."""
    decoded = decode(data)
    text, told = _as_text(Decoded(None) if (decoded.text or "").startswith(_NO_TEXT) else decoded)
    yield from told
    if text is not None:
        yield 1, {"text": text}


_NO_TEXT = ("%PDF-", "{\\rtf", "%!PS")  # documents that are made of letters


def read_html(data: bytes) -> Iterator[Row]:
    """A web page: its main text, title, date, site and address, found by trafilatura (Barbaresi 2021)."""
    from trafilatura import bare_extraction, baseline

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it cannot read is reported, not logged
    declared = re.search(rb"""charset\s*=\s*["']?([\w-]+)""", data[:4096])
    page, told = _as_text(decode_as(data, declared.group(1).decode()) if declared else decode(data), "web page")
    yield from told
    if page is None:
        return
    found: Any = bare_extraction(page, include_comments=False, include_tables=False, with_metadata=True)
    record = {k: getattr(found, k, None) for k in ("text", "title", "date", "url")}
    record["source"] = getattr(found, "sitename", None) or getattr(found, "hostname", None)
    record["text"] = record["text"] or baseline(page)[1]
    yield (1, record) if record["text"] else (None, Problem("no article text found in the page"))


def read_jsonl(data: bytes) -> Iterator[Row]:
    """One JSON object a line; a file that is one JSON array (or one object) of articles is read as well."""
    text, told = _as_text(decode(data))
    yield from told
    if text is None:
        return
    first = text.lstrip().partition("\n")[0]
    if text.lstrip()[:1] in ("[", "{") and isinstance(_parse(first), Problem):
        whole = _parse(text)
        if not isinstance(whole, Problem):
            yield from enumerate(map(_as_object, _unwrap(whole)), 1)
            return
    lines = [line for line in text.split("\n") if line.strip()]
    found = _unwrap(_parse(lines[0])) if len(lines) == 1 else map(_parse, lines)
    yield from enumerate(map(_as_object, found), 1)


def _parse(text: str) -> Any:
    """JSON, with lone surrogates mended; a Problem where it is none."""
    try:
        if re.search(r"\\u[dD][89a-fA-F]", text):
            return json.loads(json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "replace"))
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        return Problem(f"broken JSON: {error}"[:200])


def _unwrap(whole: Any) -> list[Any]:
    """The articles of a whole JSON file: a list, an object that holds one under a usual name, or one article."""
    if isinstance(whole, dict):
        inner = next((whole[k] for k in ("articles", "items", "results", "data", "docs") if isinstance(whole.get(k), list)), None)
        return [whole] if inner is None else inner
    return whole if isinstance(whole, list) else [whole]


def _as_object(record: Any) -> Record | Problem:
    return record if isinstance(record, (dict, Problem)) else Problem("not a JSON object")


def read_parquet(data: bytes) -> Iterator[Row]:
    """A parquet table."""
    for batch in parquet_batches(io.BytesIO(data), len(data), 1024):
        yield from batch


def parquet_batches(file: Any, packed: int, size: int) -> Iterator[list[Row]]:
    """The rows of a parquet file of so many bytes, `size` at a time; no more of it than a text could unpack to."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    row, total = 1, 0
    try:
        for batch in pq.ParquetFile(file).iter_batches(batch_size=size):
            total += batch.nbytes
            if total > most_unpacked(packed):
                yield [(None, Problem(TOO_LARGE.format(most=most_unpacked(packed))))]
                return
            yield list(table_rows(batch.rename_columns(_unique(batch.schema.names)), row))
            row += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        yield [(None, Problem(f"not a readable parquet file: {str(error).splitlines()[0]}"[:200]))]


def table_rows(table: Any, first: int) -> Iterator[tuple[int, Record | Problem]]:
    """The rows of an Arrow table, counted from `first`; those with a value that Python has no room for are Problems."""
    try:
        yield from enumerate(table.to_pylist(), first)
    except (ValueError, OverflowError):  # bytes that are no text, a date past the year 9999: which row it is, tells itself
        for i in range(table.num_rows):
            yield first + i, _arrow_row(table.slice(i, 1))


def _arrow_row(row: Any) -> Record | Problem:
    try:
        return row.to_pylist()[0]
    except (ValueError, OverflowError) as error:
        return Problem(f"a value cannot be read: {error}"[:200])


def read_csv(data: bytes, *, padded: bool | None = None) -> Iterator[Row]:
    """A table with a header; the delimiter (comma, semicolon, tab, bar) is the one that the header has most of.

    A row that does not have the header's number of fields, or whose quotes do not close, is a `Problem`; reading goes on
    with the next line. `padded`: whether fields have a space before them; left out, as `is_padded` says.
    """
    text, told = _as_text(decode(data))
    yield from told
    if text is None:
        return
    lines, start, delimiter = _layout(text)
    if start == len(lines):
        yield None, Problem("the file is empty")
        return
    spaces = _has_spaces(lines, start, delimiter) if padded is None else padded
    limit = csv.field_size_limit(sys.maxsize)
    try:
        yield from _csv_rows(lines, start, {"delimiter": delimiter, "skipinitialspace": spaces})
    finally:
        csv.field_size_limit(limit)


def is_padded(data: bytes) -> bool:
    """Whether a table has a space between its fields: `"a", "b"` in the header or the first row."""
    return _has_spaces(*_layout(decode(data[: 1 << 20]).text or ""))


def delimiter_of(text: str) -> str:
    """What stands between the fields of a table."""
    return _layout(text)[2]


def _has_spaces(lines: list[str], start: int, delimiter: str) -> bool:
    return any(f'{delimiter} "' in re.sub(r'"[^"]*"', '""', line) for line in lines[start : start + 2])


def _layout(text: str) -> tuple[list[str], int, str]:
    """The lines of a table, the place of its header among them, and its delimiter."""
    if "\r" in text and "\n" not in text:
        text = text.replace("\r", "\n")
    lines = text.split("\n")
    lines = [line + "\n" for line in lines[:-1]] + lines[-1:]
    start = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    named = SEPARATOR.fullmatch(lines[start]) if start < len(lines) else None
    start += named is not None
    header = re.sub(r'"[^"]*"', "", lines[start]) if start < len(lines) else ""
    return lines, start, named.group(1) if named else max(",;\t|", key=header.count)


SEPARATOR = re.compile(r"sep=(\t|[!#-/:-@\[-`{-~])\s*")
"""A line before the header that names the delimiter, as spreadsheets write it."""


def _csv_rows(lines: list[str], at: int, options: Any) -> Iterator[Row]:
    header: list[str] | None = None
    row = restarts = 0
    while at < len(lines) and restarts < _RESTARTS:
        reader = csv.reader((lines[i] for i in range(at, len(lines))), strict=True, **options)
        begun = 0  # lines read before the current row
        try:
            for fields in reader:
                if header is None:
                    header = _unique([name.strip() for name in fields])
                elif fields:
                    record = _as_record(header, fields, at + begun + 1)
                    if isinstance(record, Problem) and reader.line_num > begun + 1:
                        torn = lines[-1] and at + reader.line_num == len(lines)  # as where its last quote does not close
                        told = f"{record.reason.partition(': ')[2]} (a quote that does not close?)"
                        raise csv.Error("unexpected end of data" if torn else told)
                    row += 1
                    yield row, record
                begun = reader.line_num
            return
        except csv.Error as error:  # begin again behind the line where the broken row began
            if header is None:
                yield None, Problem(f"the header cannot be read: {error}")
                return
            row, restarts = row + 1, restarts + 1
            yield row, _reread(lines[at + begun], header, f"line {at + begun + 1}: {error}", options)
            at += begun + 1
    for number in range(at, len(lines)):  # so damaged that each line is taken by itself
        if lines[number].strip() and header is not None:
            row += 1
            yield row, _reread(lines[number], header, f"line {number + 1}: quotes that do not close", options)


_RESTARTS = 1000  # past so many broken rows the rest is read line by line, so that a damaged file cannot take forever


def _unique(names: list[str]) -> list[str]:
    """Header names, a repeated one with a number that is free, so that the first keeps its meaning."""
    used, seen, out = set(names), Counter[str](), []
    for name in names:
        new = name
        if seen[name]:
            while (new := f"{name}.{seen[name]}") in used:
                seen[name] += 1
            used.add(new)
        seen[name] += 1
        out.append(new)
    return out


def _as_record(header: list[str], fields: list[str], line: int) -> Record | Problem:
    if len(fields) == len(header):
        return dict(zip(header, fields, strict=True))
    return Problem(f"line {line}: {len(fields)} fields where the header has {len(header)}")


def _reread(line: str, header: list[str], reason: str, options: Any) -> Record | Problem:
    """A row with stray quotes is still whole where it stands on one line and has the right number of fields."""
    if line.count('"') % 2 == 0:
        try:
            fields = next(csv.reader([line], **options), [])
        except csv.Error:
            return Problem(reason)
        if len(fields) == len(header):
            return dict(zip(header, fields, strict=True))
    return Problem(reason)


READERS = {
    ".txt": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_jsonl,
    ".parquet": read_parquet,
}
"""The reader of each file name ending; each may be followed by `.gz`."""


def read_table(path: Path, columns: Sequence[str]) -> tuple[str, pd.DataFrame]:
    """A table that people wrote, for instance of names: the file's name and its rows; an empty one has the columns given.

    In a .csv or .tsv file the apostrophes are taken away that keep spreadsheets from seeing formulas (see `cells`).

    Raises
    ------
    ValueError
        If the file is no table, or a row cannot be read; the message names file and row.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None or path.suffix.lower() in (".txt", ".html", ".htm"):
        raise ValueError(f"{name_of(path)}: a table of {columns[0]}s is a .csv, .tsv, .jsonl, .json or .parquet file.")
    records = []
    for row, record in reader(path.read_bytes()):
        if isinstance(record, Problem):
            raise ValueError(f"{name_of(path)}{f', row {row}' if row else ''}: {visible(record.reason)}.")
        records.append(record)
    table = pd.DataFrame(records, columns=None if records else list(columns))
    if reader is read_csv and records:
        table = table.apply(unguard).rename(columns=unguard_text)
    return name_of(path), table
