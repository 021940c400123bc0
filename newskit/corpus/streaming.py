"""Files of articles a piece at a time, for those that are larger than memory: each piece is a small file of its own."""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from newskit.corpus.formats import Problem, Record

_PIECE = 1 << 25  # bytes
_TABLES, _RECORDS = (".csv", ".tsv"), (".jsonl", ".ndjson")
_LOOK, _TRIES = 1 << 20, 2_000  # bytes behind a cut in which its first row must end; line breaks that are tried


class Piece(NamedTuple):
    """A part of a file that can be read by itself."""

    data: bytes
    shift: int = 0  # added to its line numbers: those of the file
    whole: bool = True  # False: the file is cut short or damaged behind it


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
        blocks = _unzipped(file, size) if last == ".gz" else _plain(file, size)
        data, whole = next(blocks, (b"", True))
        if kind in _TABLES and b"\0" not in data[:65536]:
            yield from _cut(data, whole, blocks, _header(data))
        elif kind in _RECORDS and _by_line(data):
            yield from _cut(data, whole, blocks, None)
        else:
            rest = list(blocks)
            yield Piece(b"".join([data, *(block for block, _ in rest)]), whole=rest[-1][1] if rest else whole)


def _plain(file: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    while block := file.read(size):
        yield block, True


def _unzipped(file: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
    """Blocks of what a gzip file holds, as far as it is whole; the last says whether all of it was."""
    stream, length, data = zlib.decompressobj(wbits=31), 0, b""
    out: list[bytes] = []
    while True:
        data = data or file.read(1 << 20)
        if not data:
            yield b"".join(out), stream.eof
            return
        try:
            out.append(stream.decompress(data, size))
        except zlib.error:
            yield b"".join(out), False
            return
        length += len(out[-1])
        data = stream.unconsumed_tail
        if stream.eof:
            data = stream.unused_data or file.read(1 << 20)
            if data[:2] != b"\x1f\x8b":  # what follows is no gzip: padding
                yield b"".join(out), True
                return
            stream = zlib.decompressobj(wbits=31)
        if length >= size:
            yield b"".join(out), True
            out, length = [], 0


def _by_line(data: bytes) -> bool:
    """Whether JSON begins with a record on a line of its own."""
    line = data.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")[0].strip()
    return line.startswith(b"{") and line.endswith(b"}")


def _header(data: bytes) -> bytes:
    """The line that names the columns, with what a spreadsheet puts before it."""
    lines = data.split(b"\n", 60)
    n = next((i for i, line in enumerate(lines) if line.strip(b"\xef\xbb\xbf \t\r")), 0)
    n += lines[n].removeprefix(b"\xef\xbb\xbf").strip().startswith(b"sep=")
    return b"\n".join(lines[: n + 1]) + b"\n"


def _cut(data: bytes, whole: bool, blocks: Iterator[tuple[bytes, bool]], header: bytes | None) -> Iterator[Piece]:
    """Pieces that end where a record ends; the header of a table stands in front of each."""
    front, before = b"", 0
    for block, whole_so_far in blocks:
        whole = whole_so_far
        if place := _end_of_record(data, header):
            yield Piece(front + data[:place], before - front.count(b"\n"))
            before += data.count(b"\n", 0, place)
            data, front = data[place:], header or b""
        data += block
    if data or not whole or not front:
        yield Piece(front + data, before - front.count(b"\n"), whole)


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
    """The delimiter and the number of the columns."""
    *named, last = header.decode("latin-1").rstrip("\r\n").split("\n")
    marked = named[-1].partition("sep=")[2].strip() if named else ""
    delimiter = marked or max(",;\t|", key=re.sub(r'"[^"]*"', "", last).count)
    return delimiter, len(next(csv.reader([last], delimiter=delimiter), []))


def _first_row(data: bytes, delimiter: str) -> int:
    """The number of fields of the first row, 0 where it does not end here."""
    if b"\n" not in data:
        return 0
    lines = io.StringIO(data[: data.rfind(b"\n") + 1].decode("latin-1"), newline="")
    try:
        return len(next(csv.reader(lines, delimiter=delimiter, strict=True), []))
    except csv.Error:
        return 0


def parquet_records(path: Path, size: int) -> Iterator[list[tuple[int, Record]] | Problem]:
    """The rows of a parquet file, so many at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    row = 1
    try:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=size):
            yield list(enumerate(batch.to_pylist(), row))
            row += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        yield Problem(f"not a readable parquet file: {str(error).splitlines()[0]}"[:200])
