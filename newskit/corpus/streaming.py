"""Files of articles a piece at a time, for those that are larger than memory: each piece is a small file of its own."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from newskit.corpus.formats import SEPARATOR
from newskit.corpus.unpacking import most_unpacked, unzipped

_PIECE = 1 << 25  # bytes
_TABLES, _RECORDS = (".csv", ".tsv"), (".jsonl", ".ndjson")
_LOOK, _TRIES = 1 << 20, 2_000  # bytes behind a cut in which its first row must end; line breaks that are tried


class Piece(NamedTuple):
    """A part of a file that can be read by itself."""

    data: bytes
    shift: int = 0  # added to its line numbers: those of the file
    fault: str = ""  # what is wrong with the file behind it


def pieces(path: Path, size: int = _PIECE) -> Iterator[Piece]:
    """A file as pieces of about so many bytes, cut between its records.

    Tables of lines (.csv, .tsv, .jsonl, .ndjson, each also as .gz) are cut, but for those in UTF-16 and JSON that is not a
    record a line; each other file is one piece.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    *_, ending, last = ["", "", *(s.lower() for s in path.suffixes)]
    kind = ending if last == ".gz" else last
    with path.open("rb") as file:
        blocks = unzipped(file, size, most_unpacked(path.stat().st_size)) if last == ".gz" else _plain(file, size)
        data, fault = next(blocks, (b"", ""))
        if kind in _TABLES and b"\0" not in data[:65536]:
            yield from _cut(data, fault, blocks, _header(data))
        elif kind in _RECORDS and _by_line(data):
            yield from _cut(data, fault, blocks, None)
        else:
            rest = list(blocks)
            yield Piece(b"".join([data, *(block for block, _ in rest)]), fault=rest[-1][1] if rest else fault)


def _plain(file: BinaryIO, size: int) -> Iterator[tuple[bytes, str]]:
    while block := file.read(size):
        yield block, ""


def _by_line(data: bytes) -> bool:
    """Whether JSON begins with a record on a line of its own."""
    line = data.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")[0].strip()
    return line.startswith(b"{") and line.endswith(b"}")


def _header(data: bytes) -> bytes:
    """The line that names the columns, with what a spreadsheet puts before it."""
    lines = data.split(b"\n", 60)
    n = next((i for i, line in enumerate(lines) if line.strip(b"\xef\xbb\xbf \t\r")), 0)
    n += SEPARATOR.fullmatch(lines[n].removeprefix(b"\xef\xbb\xbf").decode("latin-1")) is not None
    return b"\n".join(lines[: n + 1]) + b"\n"


def _cut(data: bytes, fault: str, blocks: Iterator[tuple[bytes, str]], header: bytes | None) -> Iterator[Piece]:
    """Pieces that end where a record ends; the header of a table stands in front of each."""
    front, before = b"", 0
    for block, fault_so_far in blocks:
        fault = fault_so_far
        if place := _end_of_record(data, header):
            yield Piece(front + data[:place], before - front.count(b"\n"))
            before += data.count(b"\n", 0, place)
            data, front = data[place:], header or b""
        data += block
    if data or fault or not front:
        yield Piece(front + data, before - front.count(b"\n"), fault)


def _end_of_record(data: bytes, header: bytes | None) -> int:
    """Where the last record ends that is surely whole; 0 where that cannot be told yet.

    A row of a table may go on behind a line break inside quotation marks. So a cut has as many marks before it as open and
    close, and behind it a row with as many fields as the header.
    """
    if header is None:
        return data.rfind(b"\n") + 1
    delimiter, n_fields = _fields(header)
    place, marks = len(data), data.count(b'"')
    for _ in range(_TRIES):
        newline = data.rfind(b"\n", 0, place)
        if newline < (len(header) if data.startswith(header) else 0):
            return 0
        marks -= data.count(b'"', newline, place)
        place = newline
        if marks % 2 == 0 and _first_row(data[newline + 1 : newline + _LOOK], delimiter) == n_fields:
            return newline + 1
    return 0


def _fields(header: bytes) -> tuple[str, int]:
    """The delimiter and the number of the columns, -1 where the header cannot be read."""
    *named, last = header.decode("latin-1").rstrip("\r\n").split("\n")
    marked = SEPARATOR.fullmatch(named[-1].removeprefix("\xef\xbb\xbf")) if named else None
    delimiter = marked[1] if marked else max(",;\t|", key=re.sub(r'"[^"]*"', "", last).count)
    try:
        return delimiter, len(next(csv.reader([last], delimiter=delimiter), []))
    except csv.Error:
        return delimiter, -1


def _first_row(data: bytes, delimiter: str) -> int:
    """The number of fields of the first row, 0 where it does not end here."""
    if b"\n" not in data:
        return 0
    lines = io.StringIO(data[: data.rfind(b"\n") + 1].decode("latin-1"), newline="")
    try:
        return len(next(csv.reader(lines, delimiter=delimiter, strict=True), []))
    except csv.Error:
        return 0
