"""What must hold of any bytes that are read, any text that is cleaned and any text that is cut into tokens.

Each check takes bytes, turns them into an input and asserts. `tests.fuzz` calls them with millions of inputs; one input in
two hundred also goes through the slower functions of whole frames.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import stat
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import newskit as nk
from newskit.corpus import parts, streaming
from newskit.corpus.articles import check_articles
from newskit.corpus.cleaning import repair_text
from newskit.corpus.columns import make_ids, to_articles
from newskit.corpus.datelines import split_dateline
from newskit.corpus.dates import _parse, parse_dates
from newskit.corpus.encodings import decode
from newskit.corpus.formats import Problem, read_csv, read_html, read_jsonl, read_parquet, read_text
from newskit.corpus.reading import joined, take_records
from newskit.corpus.unpacking import CUT_SHORT, gunzip, unzipped

_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f]")
_ODD_SPACES = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def seldom(data: bytes) -> bool:
    """True of one input in two hundred, always the same ones."""
    return zlib.crc32(data) % 200 == 0


def unicode_text(data: bytes) -> str:
    """Any string, lone surrogates among its characters; most bytes are characters of the text."""
    if data[:1] == b"\xff":
        return data[1 : len(data) // 2 * 2 - 1].decode("utf-16-le", "surrogatepass")
    return data.decode("utf-8", "surrogateescape")


def check_readers(data: bytes) -> None:
    """The first byte says what the others are: any file, or cells and records that are written first and then read."""
    checks = (any_text, any_table, any_json, written_table, written_json, zipped, any_date)
    checks[data[0] % len(checks) if data else 0](data[1:])


def any_text(data: bytes) -> None:
    text, doubt = decode(data)
    rows = list(read_text(data))
    if text is None or text.startswith(("%PDF-", "{\\rtf", "%!PS")):
        assert {type(row) for _, row in rows} == {Problem}
        return
    text.encode("utf-8")  # no lone surrogate is left
    assert rows == [*([(None, Problem(doubt))] if doubt else []), (1, {"text": text})]
    plain = _utf8(data)
    if plain is not None and not data.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\0" not in data:
        assert text == plain


def any_table(data: bytes) -> None:
    limit = csv.field_size_limit()
    rows = list(read_csv(data))
    assert csv.field_size_limit() == limit
    _check_rows(rows)
    text = decode(data).text
    if text is not None and '"' not in text and "\r" not in text and text.strip() and not text.lstrip().startswith("sep="):
        header, *lines = text[len(text) - len(text.lstrip("\n \t")) :].split("\n")
        cells = [record.values() for _, record in rows if not isinstance(record, Problem)]
        mark = max(",;\t|", key=text.split("\n")[_first_line(text)].count)
        whole = [line for line in lines if line and line.count(mark) == header.count(mark)]
        if text.split("\n")[_first_line(text)] == header:  # it does not begin with spaces
            assert [mark.join(c) for c in cells] == whole
    _check_pieces("a.csv", data)
    _check_reading("a.csv", read_csv, data)


def any_json(data: bytes) -> None:
    rows = list(read_jsonl(data))
    _check_rows(rows)
    for _, record in rows:
        if not isinstance(record, Problem):
            json.dumps(record, ensure_ascii=False).encode("utf-8")
    _check_pieces("a.jsonl", data)
    _check_reading("a.jsonl", read_jsonl, data)


def written_table(data: bytes) -> None:
    """Any cells come back as they were written, whole or in pieces; of a file cut short, the first rows come back."""
    text, end = data[2:].decode("utf-8", "replace").replace("\0", ""), "\r\n" if data[:1] > b"\x7f" else "\n"
    text = text if end == "\r\n" else text.replace("\r", "")  # the csv module quotes a carriage return only there
    rows = [[_CONTROLS.sub("", cell) for cell in (line.split("\x1f") + ["", ""])[:3]] for line in text.split("\x1e")]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=",;\t|"[data[0] % 4] if data else ",", lineterminator=end)
    writer.writerows([["text", "title", "number"], *rows])
    expected = [(i, dict(zip(["text", "title", "number"], row, strict=True))) for i, row in enumerate(rows, 1)]
    table = out.getvalue().encode("utf-8")
    assert list(read_csv(table)) == expected
    size = 64 + 4 * (data[1] if len(data) > 1 else 0)
    assert _in_pieces("a.csv", table, size) == (expected, [])
    cut = zlib.crc32(data) % len(table)
    records, _ = take_records("a.csv", read_csv, table[:cut], CUT_SHORT)
    assert records == expected[: len(records)]
    assert len(records) >= len(expected) - table[cut:].count(b"\n") - 1 - text.count("\n")
    if seldom(data):
        _check_articles("a.csv", expected)


def written_json(data: bytes) -> None:
    """Any records come back as they were written: a record a line, as one array, and inside an object."""
    text = data[2:].decode("utf-8", "replace")
    names = ("text", "title", "date", "url", "source", "id", "Text", "row")
    values: Iterator[Any] = iter(
        v if k % 7 else [v, k, None, 1.5, {"name": v}][k % 5]
        for k, v in enumerate(re.split("[\x1e\x1f]", text), data[0] if data else 0)
    )
    records: list[dict[str, Any]] = [{name: next(values, None) for name in names[:4]} for _ in range(3)]
    expected = list(enumerate(records, 1))
    lines = "\n".join(map(json.dumps, records)).encode()
    assert list(read_jsonl(lines)) == expected
    assert list(read_jsonl(json.dumps(records, ensure_ascii=False, indent=1).encode())) == expected
    assert list(read_jsonl(json.dumps({"articles": records}).encode())) == expected
    assert _in_pieces("a.jsonl", lines, 64 + 4 * (data[1] if len(data) > 1 else 0)) == (expected, [])
    if seldom(data):
        _check_articles("a.jsonl", expected)


def zipped(data: bytes) -> None:
    """What was compressed comes back; of what was cut short or changed, what stands before the damage."""
    one, _, other = data[2:].partition(b"\x1e")
    packed = gzip.compress(one, 1, mtime=0) + gzip.compress(other, 1, mtime=0)
    assert gunzip(packed) == (one + other, "")
    assert gunzip(packed + b"\0" * 8) == (one + other, "")
    cut = zlib.crc32(data) % len(packed)
    damaged = packed[:cut] + (bytes([packed[cut] ^ (data[0] | 1)]) + packed[cut + 1 :] if data and data[0] % 2 else b"")
    for file in (packed, damaged, data):
        found, fault = gunzip(file)
        blocks = list(unzipped(io.BytesIO(file), 16, 1 << 28))
        assert blocks[-1][1] == fault
        assert b"".join(block for block, _ in blocks).startswith(found)  # in small steps less is lost before the damage
    assert (one + other).startswith(gunzip(packed[:cut])[0])


def any_date(data: bytes) -> None:
    texts = data[1:].decode("utf-8", "replace").split("\x1e")[:3]
    for text in texts:
        read = _parse(text, data[:1] > b"a")
        assert read is pd.NaT or (isinstance(read, pd.Timestamp) and read.tzinfo is None)
    if seldom(data):
        assert parse_dates(pd.Series(texts, dtype="object")).dtype == "datetime64[us]"


def check_html(data: bytes) -> None:
    rows = list(read_html(data))
    assert len(rows) == 1
    if not isinstance(rows[0][1], Problem):
        assert rows[0][1]["text"].strip()
        _check_articles("a.html", rows)


def check_parquet(data: bytes) -> None:
    """A table of any type and values, as it is or with some bytes changed."""
    kind, change, where, values = *(*data[:3], 0, 0, 0)[:3], data[3:]
    types = (
        pa.binary(),
        pa.string(),
        pa.timestamp("us"),
        pa.timestamp("ns"),
        pa.date32(),
        pa.float64(),
        pa.int64(),
        pa.time64("ns"),
    )
    columns = {"id": pa.array(range(2)), "text": pa.array(["It rained.", None])}
    width = 4 if types[kind % 8] == pa.date32() else 8
    padded = pa.py_buffer(values[: 2 * width].ljust(2 * width, b"\0"))
    if kind % 8 < 2:  # bytes that are said to be a text
        edges = pa.py_buffer(np.array([0, len(values) // 2, len(values)], np.int32))
        columns["title" if kind & 8 else "text"] = pa.Array.from_buffers(types[kind % 8], 2, [None, edges, pa.py_buffer(values)])
    else:
        columns["date" if kind & 8 else "text"] = pa.Array.from_buffers(types[kind % 8], 2, [None, padded])
    out = io.BytesIO()
    try:
        pq.write_table(pa.table(columns), out, compression="none")
    except (pa.ArrowException, OSError):
        return
    file = bytearray(out.getvalue())
    if change:
        at = len(file) - 1 - where * 3 % len(file)
        file[at] ^= change
    rows = list(read_parquet(bytes(file)))
    records = [(row, record) for row, record in rows if row is not None and not isinstance(record, Problem)]
    _check_rows(rows)
    if records:
        _check_articles("a.parquet", records)


def check_cleaning(data: bytes) -> None:
    text = unicode_text(data)
    mended = repair_text(text)
    assert repair_text(mended) == mended
    assert not _INVISIBLE.search(mended)
    assert not _ODD_SPACES.search(mended)
    dateline, rest = split_dateline(text)
    assert text.endswith(rest)
    assert dateline in text[: len(text) - len(rest)]
    assert bool(dateline) or rest == text
    if seldom(data):
        _check_frames_of_text(text, mended)


def _check_frames_of_text(text: str, mended: str) -> None:
    cut = len(text) // 2
    articles = pd.DataFrame({"article_id": ["a", "b", "c"], "text": pd.Series([text, text[:cut], text[cut:]], dtype="object")})
    articles.index = pd.Index([7, 3, 5])
    cleaned = nk.clean(articles)
    assert cleaned.index.equals(articles.index)
    assert cleaned["text"].iloc[0] == split_dateline(mended)[1]
    assert nk.clean(articles, repair=False, datelines=False)["text"].tolist() == articles["text"].tolist()
    for collapse in (False, True):
        scrubbed = nk.scrub(articles, collapse=collapse)
        assert scrubbed.index.equals(articles.index)
        assert nk.scrub(scrubbed, collapse=collapse).equals(scrubbed)
        assert all(c == " " or c.isalpha() for t in scrubbed for c in t)
        assert not (collapse and scrubbed.str.contains("  ").any())
        again = nk.clean(articles.assign(text=scrubbed), datelines=False)["text"]
        assert all(len(re.findall(" +", a)) == len(re.findall(" +", b)) for a, b in zip(again, scrubbed, strict=True))


def check_tokens(data: bytes) -> None:
    """Tokens are those of the definition, one character at a time; words are made of whole tokens; both keep the text."""
    texts = unicode_text(data).split("\x1e")
    articles = pd.DataFrame({"article_id": [f"a{i}" for i in range(len(texts))], "text": pd.Series(texts, dtype="object")})
    tokens = nk.tokenize(articles)
    for i, text in enumerate(texts):
        here = slice(*tokens.bounds[i : i + 2])
        spans = list(zip(tokens.start[here].tolist(), tokens.end[here].tolist(), strict=True))
        assert spans == defined_tokens(text)
        assert [text[a:b] for a, b in spans] == tokens.vocabulary[tokens.code[here]].tolist()
        gaps = tokens.gap[here].tolist()
        assert gaps == [a - b for (a, _), b in zip(spans, [0, *(b for _, b in spans)], strict=False)]
    if seldom(data):
        _check_words(tokens)
        _check_scrubbed_tokens(texts)


def _check_words(tokens: nk.Tokens) -> None:
    """Words follow one another, and each token lies in one of them."""
    words = tokens.words()
    for i in range(len(tokens)):
        spans, wider = ([(a, b) for a, b in zip(t[i].start.tolist(), t[i].end.tolist(), strict=True)] for t in (tokens, words))
        assert all(a < b <= c < d for (a, b), (c, d) in pairwise(wider))
        assert all(sum(a <= start and end <= b for a, b in wider) == 1 for start, end in spans)


def _check_scrubbed_tokens(texts: list[str]) -> None:
    """Where there are no digits and no letter changes its length when lower-cased, scrubbing changes no word's place."""
    kept = ["".join("x" if c.isdigit() or _extends(c) or (c.isalpha() and not _stays_one(c)) else c for c in t) for t in texts]
    articles = pd.DataFrame({"article_id": [str(i) for i in range(len(kept))], "text": pd.Series(kept, dtype="object")})
    written, scrubbed = nk.tokenize(articles), nk.tokenize(articles.assign(text=nk.scrub(articles)))
    for name in ("start", "end", "bounds"):
        assert np.array_equal(getattr(written, name), getattr(scrubbed, name))


def _stays_one(c: str) -> bool:
    return len(c.lower()) == 1 and c.lower().isalpha()


def _extends(c: str) -> bool:
    return unicodedata.category(c)[0] == "M" or c in "\u200c\u200d"


def defined_tokens(text: str) -> list[tuple[int, int]]:
    """Runs of letters (with the marks behind them) and runs of digits, one character at a time."""
    spans: list[tuple[int, int]] = []
    before = "gap"
    for i, c in enumerate(text):
        kind = "letter" if c.isalpha() or (before == "letter" and _extends(c)) else "digit" if c.isdigit() else "gap"
        if kind != "gap":
            spans[-1:] = [(spans[-1][0], i + 1)] if kind == before else [*spans[-1:], (i, i + 1)]
        before = kind
    return spans


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _first_line(text: str) -> int:
    return next(i for i, line in enumerate(text.split("\n")) if line.strip())


def _check_rows(rows: list[tuple[int | None, Any]]) -> None:
    """Rows are counted from 1 with none left out, each a record with the same columns or a problem with a reason."""
    assert all(record.reason for _, record in rows if isinstance(record, Problem))
    told = [record for row, record in rows if row is None]  # of the whole file: that nothing is in it, and how it was decoded
    assert len(told) <= 2
    assert all(isinstance(record, Problem) for record in told)
    assert [row for row, _ in rows[len(told) :]] == list(range(1, len(rows) - len(told) + 1))


def _check_reading(name: str, reader: Callable[[bytes], Any], data: bytes) -> None:
    records, problems = take_records(name, reader, data)
    assert records or problems
    assert all(p["file"] == name and p["reason"] for p in problems)
    take_records(name, reader, data, CUT_SHORT)
    if records and seldom(data):
        _check_articles(name, records)


def _check_articles(name: str, records: list[tuple[int, Any]]) -> None:
    """Each record is an article or has a problem that says its row; ids are unique, texts are as they stood."""
    frame, problems = to_articles(records, name, {}, None)
    if frame is None:
        assert [p["row"] for p in problems] == [None]
        return
    assert len(frame) + sum(p["row"] is not None for p in problems) == len(records)
    if len(frame):
        articles = joined([frame])
        articles["article_id"] = make_ids(articles["article_id"], articles["text"])
        check_articles(articles)
        by_row = dict(records)
        assert all(text in by_row[row].values() for text, row in zip(articles["text"], articles["row"], strict=True))


class _File:
    """As much of a path as the reading in pieces asks for."""

    def __init__(self, name: str, data: bytes) -> None:
        self.suffixes, self.suffix, self._data = Path(name).suffixes, Path(name).suffix, data

    def open(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)

    def stat(self) -> SimpleNamespace:
        return SimpleNamespace(st_mode=stat.S_IFREG, st_size=len(self._data))


def _in_pieces(name: str, data: bytes, size: int) -> tuple[list[Any], list[Any]]:
    """The records and problems of a file that is read in pieces of so many bytes."""
    whole, parts.pieces = parts.pieces, partial(streaming.pieces, size=size)  # type: ignore[assignment]
    try:
        found = list(parts._records(name, _File(name, data), 1))  # type: ignore[arg-type]
    finally:
        parts.pieces = whole
    return [r for records, _ in found for r in records], [p for _, problems in found for p in problems]


def _check_pieces(name: str, data: bytes) -> None:
    """Pieces hold all the bytes of the file, in their order, behind the header that stands in front of each."""
    _in_pieces(name, data, 64)
    found = list(streaming.pieces(_File(name, data), 64))  # type: ignore[arg-type]
    header = streaming._header(data[:64]) if name == "a.csv" else b""
    if data[:64].startswith(header) and found:
        assert b"".join([found[0].data, *(piece.data.removeprefix(header) for piece in found[1:])]) == data
