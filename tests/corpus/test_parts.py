"""Articles read some at a time are those that are read at once, whatever the files are like."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
import warnings
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.corpus.streaming import pieces
from newskit.rerun.scale import read_parts

ROWS = [
    (f"n{i}", f'He said: "no, {i}"\nand left.' if i % 3 else f"Rain; {i} mm, \u201cmore\u201d to come", f"{28 - i % 28}/2/2017")
    for i in range(60)
]


@pytest.fixture
def small(monkeypatch):
    """Files are cut after every 200 bytes or so."""
    monkeypatch.setattr("newskit.corpus.parts.pieces", partial(pieces, size=200))


def as_csv(rows, delimiter=",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([("id", "body", "date"), *rows])
    return out.getvalue()


def as_json(rows) -> str:
    return "\n".join(json.dumps({"id": i, "body": text, "date": date}) for i, text, date in rows)


def both(path: Path, part: int, **options) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nk.read_articles(path, **options), list(read_parts(path, part=part, **options))


def check(path: Path, part: int = 7, **options) -> list[pd.DataFrame]:
    at_once, parts = both(path, part, **options)
    assert [len(some) for some in parts[:-1]] == [part] * (len(parts) - 1)
    joined = pd.concat(parts, ignore_index=True)
    pd.testing.assert_frame_equal(joined[at_once.columns], at_once)
    reports = pd.concat([nk.reading_report(some) for some in parts], ignore_index=True)
    pd.testing.assert_frame_equal(reports, nk.reading_report(at_once))
    return parts


FILES = {
    "a.csv": as_csv(ROWS).encode(),
    "a.tsv": as_csv(ROWS, "\t").encode(),
    "semicolons.csv": as_csv(ROWS, ";").encode("utf-8-sig"),
    "marked.csv": b"sep=;\r\n" + as_csv(ROWS, ";").encode(),
    "blank.csv": b"\n\n" + as_csv(ROWS).replace("\r\n", "\r\n\r\n").encode(),
    "latin.csv": as_csv([(i, text.replace("\u201c", "é").replace("\u201d", ""), d) for i, text, d in ROWS]).encode("cp1252"),
    "nordic.csv": as_csv([(*row, "x") for row in ROWS]).replace("date", "date,År", 1).encode(),  # a byte 85 in the header
    "wide.csv": as_csv(ROWS).encode("utf-16"),
    "a.csv.gz": gzip.compress(as_csv(ROWS).encode()),
    "two.jsonl.gz": gzip.compress(as_json(ROWS[:30]).encode() + b"\n") + gzip.compress(as_json(ROWS[30:]).encode()),
    "a.jsonl": as_json(ROWS).encode(),
    "array.json": json.dumps([{"body": text} for _, text, _ in ROWS], indent=1).encode(),
    "broken.jsonl": as_json(ROWS).replace('"n17"', "n17").encode(),
    "short_row.csv": as_csv(ROWS).replace("n20,", "", 1).encode(),
    "a.txt": b"It rained in Oslo. " * 40,
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_in_pieces(tmp_path, small, name):
    (tmp_path / name).write_bytes(FILES[name])
    parts = check(tmp_path / name)
    assert len(parts) > 1 or name == "a.txt"


@pytest.mark.parametrize("name", FILES)
def test_large_files_are_cut_so_that_memory_is_bounded(tmp_path, name):
    (tmp_path / name).write_bytes(FILES[name])
    sizes = [len(piece.data) for piece in pieces(tmp_path / name, 200)]
    if name in ("wide.csv", "array.json", "a.txt"):
        assert len(sizes) == 1
    else:
        assert len(sizes) > 5
        assert max(sizes) < 1000


def test_a_folder_with_ids_that_repeat_over_files_and_parts(tmp_path, small):
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    parts = check(tmp_path, part=50)
    assert pd.concat(parts)["article_id"].is_unique


def test_a_parquet_file(tmp_path):
    pd.DataFrame(ROWS, columns=["id", "body", "date"]).to_parquet(tmp_path / "a.parquet", row_group_size=9)
    check(tmp_path)
    (tmp_path / "b.parquet").write_bytes(b"no parquet")
    *_, last = both(tmp_path, 100)[1]
    assert nk.reading_report(last)["reason"].str.startswith("not a readable parquet file").all()


def test_tables_of_the_kit_can_be_read_again_and_again(tmp_path):
    articles = nk.sample_articles().head(9)
    for k in range(3):
        articles.to_parquet(tmp_path / f"{k}.parquet")
        articles = check(tmp_path / f"{k}.parquet", part=9)[0]
    assert articles.columns.is_unique
    assert articles["row.3"].tolist() == nk.sample_articles()["row"].head(9).tolist()  # where it stood at first


def test_titles_in_front(tmp_path, small):
    (tmp_path / "a.csv").write_text(as_csv(ROWS).replace("id,", "title,", 1))
    assert check(tmp_path, title="prepend")[0]["text"][0].startswith("n0\n\n")


def test_a_gzip_file_cut_short_keeps_what_is_whole(tmp_path, small):
    whole = gzip.compress(as_csv(ROWS).encode(), mtime=0)
    (tmp_path / "a.csv.gz").write_bytes(whole[: len(whole) // 2])
    at_once, parts = both(tmp_path, 7)
    joined = pd.concat(parts, ignore_index=True)
    assert 5 < len(joined) <= len(at_once)
    pd.testing.assert_frame_equal(joined, at_once.head(len(joined)))
    assert "cut short or damaged" in nk.reading_report(parts[-1])["reason"].iloc[-1]


def test_a_quotation_mark_that_never_closes_loses_little(tmp_path, small):
    rows = list(ROWS)
    (tmp_path / "a.csv").write_text(as_csv(rows).replace("n30,", 'n30",', 1).replace('n30"', '"n30', 1))
    at_once, parts = both(tmp_path, 7)
    found = set(pd.concat(parts)["article_id"]) & {row[0] for row in rows}
    assert len(found) >= 55
    assert len(found) >= len(set(at_once["article_id"]) & {row[0] for row in rows}) - 3


@pytest.mark.parametrize(("dates", "times"), [(["13/2/2017"] * 40, 1), (["3/2/2017"] * 39 + ["13/2/2017"], 2)])
def test_a_file_is_read_again_only_where_its_first_piece_does_not_tell(tmp_path, monkeypatch, dates, times):
    opened = []
    monkeypatch.setattr("newskit.corpus.parts.pieces", lambda file: opened.append(file) or pieces(file, 200))
    (tmp_path / "a.csv").write_text("body,date\n" + "".join(f"Rain number {i},{d}\n" for i, d in enumerate(dates)))
    check(tmp_path / "a.csv")
    assert len(opened) == times


def test_the_first_piece_says_whether_the_day_comes_first(tmp_path, small):
    (tmp_path / "a.csv").write_text("body,date\n" + "".join(f"Rain number {i},{max(13 - i, 1)}/2/2017\n" for i in range(40)))
    parts = check(tmp_path)
    assert set(pd.concat(parts)["date"].dt.month) == {2}


cell = st.text(st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(st.lists(st.tuples(cell, cell), min_size=1, max_size=25), st.integers(1, 9), st.integers(40, 400))
@settings(max_examples=60, deadline=None)
def test_any_table_that_a_spreadsheet_writes(rows, part, size):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("newskit.corpus.parts.pieces", partial(pieces, size=size))
        out = io.StringIO()
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("text", "note"), *((f"a {a}", b) for a, b in rows)])
        Path(folder, "a.csv").write_text(out.getvalue(), encoding="utf-8", newline="")
        check(Path(folder, "a.csv"), part)


def test_real_news(data, monkeypatch):
    monkeypatch.setattr("newskit.corpus.parts.pieces", partial(pieces, size=1 << 20))
    parts = check(data / "news_articles" / "news_articles.csv.gz", part=500)
    assert len(parts) == 6


@pytest.mark.parametrize(
    ("options", "message"), [({"part": 0}, "1 or more"), ({"columns": {"body": "b"}}, "no part of an article")]
)
def test_wrong_use_is_told_at_once(tmp_path, options, message):
    (tmp_path / "a.txt").write_text("It rained.")
    with pytest.raises(ValueError, match=message):
        read_parts(tmp_path, **options)


def test_nothing_to_read(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(nk.ArticlesError, match="no text column"):
        list(read_parts(tmp_path))
    with pytest.raises(FileNotFoundError):
        read_parts(tmp_path / "b")
