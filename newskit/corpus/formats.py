"""File formats: each reader turns the bytes of one file into records, and reports what it could not read.

A record is a dict of column to value. Readers yield `(row, record)`, rows counted from 1, or `(row, Problem)`.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """Something that could not be read, said for people."""

    reason: str


Row = tuple[int | None, Record | Problem]


def gunzip(data: bytes) -> tuple[bytes, bool]:
    """Decompress as much of a gzip file as there is, and say whether it was whole."""
    out = []
    while data:
        stream = zlib.decompressobj(wbits=31)
        try:
            out.append(stream.decompress(data))
        except zlib.error:
            return b"".join(out), False
        if not stream.eof:
            return b"".join(out), False
        data = stream.unused_data.lstrip(b"\0")
    return b"".join(out), True


def decode(data: bytes) -> str | None:
    """Bytes as text: UTF-8 (with or without mark), UTF-16 (likewise) or else cp1252; None where they are no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data[: len(data) // 2 * 2].decode("utf-16", "replace")
    if b"\0" in data[:65536]:
        head = data[: 4096 // 2 * 2]
        zeros = head[1::2].count(0), head[::2].count(0)
        for encoding, here, there in (("utf-16-le", *zeros), ("utf-16-be", *zeros[::-1])):
            if len(head) >= 4 and here > 0.4 * len(head) / 2 and there == 0:
                return data[: len(data) // 2 * 2].decode(encoding, "replace")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.end >= len(data) - 3 and error.reason == "unexpected end of data":
            return data[: error.start].decode("utf-8-sig")  # a file cut off inside a character
    controls = sum(data[:65536].count(bytes([c])) for c in range(32) if c not in (9, 10, 12, 13, 27))
    if controls > 0.01 * min(len(data), 65536):
        return None
    return "".join(_CP1252[b] for b in data)


_CP1252 = [bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(256)]


def read_text(data: bytes) -> Iterator[Row]:
    """A plain text file: one article."""
    text = decode(data)
    if text is None:
        yield None, Problem("not a text file (binary data)")
    else:
        yield 1, {"text": text}


def read_html(data: bytes) -> Iterator[Row]:
    """A web page: its main text, title, date, site and address, found by trafilatura (Barbaresi 2021)."""
    from trafilatura import bare_extraction, baseline

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it cannot read is reported, not logged
    page = decode(data)
    if page is None:
        yield None, Problem("not a web page (binary data)")
        return
    found: Any = bare_extraction(page, include_comments=False, include_tables=False, with_metadata=True)
    record = {k: getattr(found, k, None) for k in ("text", "title", "date", "url")}
    record["source"] = getattr(found, "sitename", None) or getattr(found, "hostname", None)
    record["text"] = record["text"] or baseline(page)[1]
    yield (1, record) if record["text"] else (None, Problem("no article text found in the page"))


def read_jsonl(data: bytes) -> Iterator[Row]:
    """One JSON object a line; a file that is one JSON array (or one object) of articles is read as well."""
    text = decode(data)
    if text is None:
        yield None, Problem("not a text file (binary data)")
        return
    if text.lstrip()[:1] == "[" or "\n" not in text.strip():
        try:
            whole = json.loads(text)
        except ValueError:
            whole = None
        if whole is not None:
            for row, record in enumerate(whole if isinstance(whole, list) else [whole], 1):
                yield row, record if isinstance(record, dict) else Problem("not a JSON object")
            return
    row = 0
    for line in text.split("\n"):
        if not line.strip():
            continue
        row += 1
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield row, Problem(f"broken JSON: {error}"[:200])
            continue
        yield row, record if isinstance(record, dict) else Problem("not a JSON object")


def read_parquet(data: bytes) -> Iterator[Row]:
    """A parquet table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError) as error:
        yield None, Problem(f"not a readable parquet file: {str(error).splitlines()[0]}"[:200])
        return
    yield from ((i, record) for i, record in enumerate(table.to_pylist(), 1))


def read_csv(data: bytes) -> Iterator[Row]:
    """A table with a header; the delimiter (comma, semicolon, tab, bar) is the one that the header has most of.

    A row that does not have the header's number of fields, or whose quotes do not close, is a `Problem`; reading goes on
    with the next line.
    """
    text = decode(data)
    if text is None:
        yield None, Problem("not a text file (binary data)")
        return
    if "\r" in text and "\n" not in text:
        text = text.replace("\r", "\n")
    lines = text.split("\n")
    lines = [line + "\n" for line in lines[:-1]] + lines[-1:]
    start = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    if start == len(lines):
        yield None, Problem("the file is empty")
        return
    delimiter = max(",;\t|", key=lines[start].count)
    limit = csv.field_size_limit(sys.maxsize)
    try:
        yield from _csv_rows(lines[start:], delimiter)
    finally:
        csv.field_size_limit(limit)


def _csv_rows(lines: list[str], delimiter: str) -> Iterator[Row]:
    header: list[str] | None = None
    at, row, restarts = 0, 0, 0
    while at < len(lines):
        reader = csv.reader((lines[i] for i in range(at, len(lines))), delimiter=delimiter, strict=restarts < _RESTARTS)
        begun = 0  # lines read before the current row
        try:
            for fields in reader:
                if header is None:
                    header = [name.strip() for name in fields]
                elif fields:
                    record = _as_record(header, fields, at + begun + 1)
                    if isinstance(record, Problem) and reader.line_num > begun + 1 and restarts < _RESTARTS:
                        raise csv.Error(f"{record.reason.partition(': ')[2]} (a quote that does not close?)")
                    row += 1
                    yield row, record
                begun = reader.line_num
            return
        except csv.Error as error:  # begin again behind the line where the broken row began
            if header is None:
                yield None, Problem(f"the header cannot be read: {error}")
                return
            row, restarts = row + 1, restarts + 1
            yield row, _reread(lines[at + begun], delimiter, header, f"line {at + begun + 1}: {error}")
            at += begun + 1


_RESTARTS = 1000  # past so many broken rows the file is read leniently, so that a damaged file cannot take forever


def _as_record(header: list[str], fields: list[str], line: int) -> Record | Problem:
    if len(fields) == len(header):
        return dict(zip(header, fields, strict=True))
    return Problem(f"line {line}: {len(fields)} fields where the header has {len(header)}")


def _reread(line: str, delimiter: str, header: list[str], reason: str) -> Record | Problem:
    """A row with stray quotes is still whole where it stands on one line and has the right number of fields."""
    if line.count('"') % 2 == 0:
        fields = next(csv.reader([line], delimiter=delimiter), [])
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
