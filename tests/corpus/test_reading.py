"""Reading: every format, every usual name, and nothing lost but what cannot be read."""

from __future__ import annotations

import gzip
import io
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.corpus.formats import read_csv
from newskit.corpus.reading import take_records
from newskit.corpus.streaming import pieces
from newskit.corpus.unpacking import CUT_SHORT, gunzip, unzipped

TEXT = "Rain fell on Lima. “It’s late,” the mayor said."


def read(path, **options):
    """Read without the warning, which tests of their own look at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return nk.read_articles(path, **options)


def reasons(articles: pd.DataFrame) -> list[str]:
    return nk.reading_report(articles)["reason"].tolist()


def test_a_folder_of_everything(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.csv").write_text(f'headline,body,published,publisher\nRain,"{TEXT}","December 12, 2017 ",The Post\n')
    (tmp_path / "c.jsonl").write_text(json.dumps({"content": TEXT, "link": "https://www.news.example/a"}) + "\n")
    deep = tmp_path / "deep" / "er"
    deep.mkdir(parents=True)
    pd.DataFrame({"article": [TEXT], "date": pd.to_datetime(["2017-02-07"])}).to_parquet(deep / "d.parquet")
    (deep / "e.tsv.gz").write_bytes(gzip.compress(f"id\ttext\n17\t{TEXT}\n".encode()))
    (tmp_path / ".hidden.txt").write_text("no")
    articles = read(tmp_path)
    assert articles["file"].tolist() == ["a.txt", "b.csv", "c.jsonl", "deep/er/d.parquet", "deep/er/e.tsv.gz"]
    assert articles["text"].tolist() == [TEXT] * 5
    assert articles["source"].tolist() == ["a", "The Post", "news.example", "d", "e"]
    assert articles["title"].fillna("").tolist() == ["", "Rain", "", "", ""]
    assert articles["date"].dt.strftime("%Y-%m-%d").fillna("").tolist() == ["", "2017-12-12", "", "2017-02-07", ""]
    assert articles["article_id"].iloc[4] == "17"
    assert articles["article_id"].is_unique
    assert nk.reading_report(articles).empty


def test_html_is_reduced_to_its_article(tmp_path):
    paragraphs = "".join(
        f"<p>{TEXT} The council met again for the {n}th time, and the farmers of the valley waited.</p>" for n in range(8)
    )
    page = (
        "<html><head><title>Rain on Lima | The Post</title><meta property='article:published_time' content='2017-02-07'></head>"
        "<body>"
        f"<nav><a href='/x'>Home</a> <a href='/y'>Sport</a></nav><article><h1>Rain on Lima</h1>{paragraphs}</article>"
        "<footer>Cookie policy</footer><script>alert(1)</script></body></html>"
    )
    (tmp_path / "page.html").write_text(page)
    (tmp_path / "short.htm").write_text("<html><body><p>Only one line.</p></body></html>")
    (tmp_path / "none.html").write_text("<html><body><script>alert(1)</script></body></html>")
    articles = read(tmp_path)
    assert articles["file"].tolist() == ["page.html", "short.htm"]
    assert "farmers of the valley" in articles["text"][0]
    assert not articles["text"].str.contains("Cookie|alert|Sport").any()
    assert articles["date"][0] == pd.Timestamp(2017, 2, 7)
    assert articles["title"][0].startswith("Rain on Lima")
    assert reasons(articles) == ["no article text found in the page"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(tmp_path, encoding):
    (tmp_path / "a.txt").write_bytes(TEXT.encode(encoding))
    (tmp_path / "b.csv").write_bytes(f"title;text\nCafé;{TEXT}\n".encode(encoding))
    articles = read(tmp_path)
    assert articles["text"].tolist() == [TEXT, TEXT]
    assert articles["title"][1] == "Café"


def test_broken_rows_are_reported_and_the_rest_is_read(tmp_path):
    (tmp_path / "a.csv").write_text('id,text\n1,one\n2,two,too many\n3\n4,""\n5,"unclosed\n6,six\n7,"se""ven"\n8,say "hi" now\n')
    articles = read(tmp_path / "a.csv")
    assert articles["article_id"].tolist() == ["1", "6", "7", "8"]
    assert articles["text"].tolist() == ["one", "six", 'se"ven', 'say "hi" now']
    report = nk.reading_report(articles)
    assert report["row"].tolist() == [2, 3, 4, 5]
    assert report["reason"].str.contains("3 fields where the header has 2|1 fields|no text|line 6").all()


def test_broken_json_lines(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "one"}\n{"text": "tw\n\n[1]\n{"text": 3}\n{"text": null}\n{"text": "six"}\n')
    articles = read(tmp_path)
    assert articles["text"].tolist() == ["one", "six"]
    assert nk.reading_report(articles)["row"].tolist() == [2, 3, 4, 5]
    (tmp_path / "a.jsonl").write_text('[{"text": "one"}, {"text": "two"}]')
    assert read(tmp_path)["text"].tolist() == ["one", "two"]


def test_damage_of_one_row_stays_in_its_row(tmp_path):
    (tmp_path / "a.csv").write_bytes(
        b"id,text\n1,caf\xc3\xa9 one\n2,bad\rfield\n3,d\xe9j\xe0 vu \xc3\xa9t\xc3\xa9 \xc3\xa9 \xc3\xa9\n4,nul\x00 here\n"
    )
    articles = read(tmp_path / "a.csv")
    assert articles["text"].tolist() == ["café one", "déjà vu été é é", "nul\x00 here"]
    report = nk.reading_report(articles)
    assert report["row"].fillna(0).tolist() == [2, 0]
    assert "2 bytes are no UTF-8" in report["reason"][1]
    rows = [
        {"id": 1, "text": "one \ud800"},
        {"text": "two"},
        {"id": 9007199254740993, "text": "three", "source": {"id": None, "name": "CNN"}},
    ]
    (tmp_path / "b.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "c.json").write_text("[" * 100_000)
    articles = read([tmp_path / "b.jsonl", tmp_path / "c.json"])
    assert articles["text"].tolist() == ["one ?", "two", "three"]
    assert articles["article_id"].iloc[2] == "9007199254740993"
    assert articles["source"].tolist() == ["b", "b", "CNN"]


@pytest.mark.parametrize(
    "whole",
    [
        {"text": "one"},
        [{"text": "one"}],
        {"status": "ok", "articles": [{"text": "one"}]},
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_whole_json_files(tmp_path, whole, indent):
    for around in ("", "\n", "\r\n"):
        (tmp_path / "a.json").write_bytes((around + json.dumps(whole, indent=indent) + around).encode())
        assert read(tmp_path)["text"].tolist() == ["one"]


def test_a_hopeless_table_is_read_line_by_line(tmp_path):
    (tmp_path / "a.csv").write_text("id,text\n" + "".join(f'{i},"never closed {i}\n' for i in range(1500)) + "x,whole\n")
    articles = read(tmp_path)
    assert articles["text"].tolist() == ["whole"]
    assert len(nk.reading_report(articles)) == 1500


def test_headers_of_every_kind(tmp_path):
    (tmp_path / "a.csv").write_text('sep=;\ntext;title\n"a, b";T\n')
    (tmp_path / "b.csv").write_text('"the title, in short";text\nT;"x"\n')
    (tmp_path / "c.csv").write_text('title, text\n"T", "x, y"\n')
    (tmp_path / "d.csv").write_text("text,text\nfirst,second\n")
    assert read(tmp_path)["text"].tolist() == ["a, b", "x", "x, y", "first"]


def test_web_pages_say_their_encoding(tmp_path):
    page = (
        "<html><head><meta charset='iso-8859-2'></head><body><p>Żółw " + "szedł powoli przez łąkę. " * 20 + "</p></body></html>"
    )
    (tmp_path / "a.html").write_bytes(page.encode("iso-8859-2"))
    assert "Żółw szedł powoli przez łąkę." in read(tmp_path)["text"][0]


def test_several_paths_are_told_apart_and_read_once(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.csv").write_text(f"text\n{name}\n")
    articles = read([tmp_path / "one", tmp_path / "two", tmp_path / "one" / "x.csv"])
    assert articles["file"].tolist() == ["one/x.csv", "two/x.csv"]
    for wrong in (None, [None], "", 3):
        with pytest.raises(TypeError, match="takes a path or a list of paths"):
            nk.read_articles(wrong)
    with pytest.raises(TypeError, match="columns must be a mapping"):
        nk.read_articles(tmp_path, columns=["text"])


def test_links_are_followed_once_and_broken_ones_reported(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "y.txt").write_text("why")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path / "real")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    articles = read(tmp_path / "in")
    assert articles["file"].tolist() == ["link/y.txt"]
    assert nk.reading_report(articles)["file"].tolist() == ["gone.txt"]
    assert len(read([tmp_path / "in", tmp_path / "real"])) == 1
    assert len(read(p for p in [tmp_path / "real"])) == 1


def test_columns_that_clash_are_kept(tmp_path):
    (tmp_path / "a.csv").write_text("story,text,file,row\nS,T,F,9\n")
    articles = read(tmp_path, columns={"text": "story"})
    assert articles[["text", "text.1", "file", "file.1", "row", "row.1"]].iloc[0].tolist() == ["S", "T", "a.csv", "F", 1, "9"]


def test_the_kits_own_outputs_are_no_articles(tmp_path, written):
    (tmp_path / "a.txt").write_text("one")
    nk.export_table(written, "words", folder=tmp_path / "outputs")
    assert read(tmp_path)["file"].tolist() == ["a.txt"]
    assert len(read(tmp_path / "outputs" / "tables")) == 3


def test_a_gzip_file_cut_short_gives_what_is_whole(tmp_path):
    rows = "".join(f"{i},word{i} {i * 7919 % 97}\n" for i in range(3000))
    packed = gzip.compress(f"id,text\n{rows}".encode())
    (tmp_path / "a.csv.gz").write_bytes(packed[: len(packed) // 2])
    articles = read(tmp_path / "a.csv.gz")
    assert 100 < len(articles) < 3000
    assert articles["article_id"].tolist() == [str(i) for i in range(len(articles))]
    assert all(f"word{i}" == t.split()[0] for i, t in enumerate(articles["text"]))
    assert "cut short" in reasons(articles)[-1]
    packed = gzip.compress(b'title,text\nA,"one, two"\nB,"begins\nand goes on, here\nand on"\n', mtime=0)
    whole = gzip.decompress(packed)
    for cut in range(12, len(packed) - 8):
        (tmp_path / "b.csv.gz").write_bytes(packed[:cut])
        (tmp_path / "z.txt").write_text("z")
        assert set(read(tmp_path)["text"]) <= {"z", "one, two", "begins\nand goes on, here\nand on"} | set(articles["text"])
    (tmp_path / "b.csv.gz").write_bytes(packed + b"padding")
    assert len(read(tmp_path / "b.csv.gz")) == whole.count(b'"') / 2
    (tmp_path / "c.txt.gz").write_bytes(gzip.compress(b"a line\n" * 500)[:-10])
    with pytest.raises(nk.ArticlesError, match="0 whole articles"):
        read(tmp_path / "c.txt.gz")
    (tmp_path / "a.csv.gz").write_bytes(b"\x1f\x8bnot gzip at all")
    with pytest.raises(nk.ArticlesError, match="cut short or damaged"):
        read(tmp_path / "a.csv.gz")


@pytest.mark.parametrize(
    ("whole", "cut", "texts"),
    [
        (b"text,title\nRain in L\xc3\xadma,A\nSnow in L\xc3\xadma,B\n", 31, ["Rain in L\u00edma"]),  # inside a character
        (b'text;title;n\n"\n1;ep=;\nid;b\n1;""a\n";";";\n', 38, []),  # inside a row of several lines, of which one is like a row
        (b'text,"title\nof it"\nRain,A\n', 9, []),  # inside the header
    ],
)
def test_a_row_that_is_cut_is_no_article(tmp_path, whole, cut, texts):
    records, problems = take_records("a.csv", read_csv, whole[:cut], CUT_SHORT)
    assert [record["text"] for _, record in records] == texts
    assert "cut short" in problems[-1]["reason"]


def test_a_damaged_gzip_file_gives_what_stands_before_the_damage(tmp_path):
    rows = "".join(f"{i},{i * 7919 % 10_007} articles of {i}\n" for i in range(40_000))
    packed = bytearray(gzip.compress(f"id,text\n{rows}".encode(), mtime=0))
    packed[len(packed) * 3 // 4] ^= 0xFF
    (tmp_path / "a.csv.gz").write_bytes(packed)
    articles = read(tmp_path / "a.csv.gz")
    assert len(articles) > 20_000
    assert "damaged" in reasons(articles)[-1]


def test_small_steps_lose_nothing_of_what_was_unpacked():
    cut = gzip.compress(b"rain " * 1000, mtime=0)[:-8]
    blocks = [block for block, _ in unzipped(io.BytesIO(cut), 16, 1 << 20)]
    assert b"".join(blocks) == gunzip(cut)[0] == b"rain " * 1000


@pytest.mark.parametrize("before", [(1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_a_gzip_file_of_several_members_is_read_whole(before):
    """Wherever the files that were joined meet, also where a block of what is read from the disk ends."""
    member = gzip.compress(b"", 0, mtime=0)
    first = gzip.compress(bytes(before - len(member) - 5 * 17 + 5), 0, mtime=0)
    first = gzip.compress(bytes(before - len(member) - 5 * 17 + 5 + before - len(first)), 0, mtime=0)
    assert abs(len(first) - before) < 2
    content, fault = gunzip(first + gzip.compress(b"more", mtime=0))
    assert content.endswith(b"more")
    assert not fault


def test_values_that_no_python_object_holds_are_reported_with_their_row(tmp_path):
    dates = pa.array([0, 2**62], pa.int64()).cast(pa.timestamp("us"))
    pq.write_table(pa.table({"text": ["It rained.", "It snowed."], "date": dates}), tmp_path / "a.parquet")
    edges = pa.py_buffer(np.array([0, 4, 8], np.int32))
    torn = pa.Array.from_buffers(pa.string(), 2, [None, edges, pa.py_buffer(b"raincaf\xe9")])
    pq.write_table(pa.table({"text": torn}), tmp_path / "b.parquet")
    articles = read(tmp_path)
    assert articles["text"].tolist() == ["It rained.", "rain"]
    assert nk.reading_report(articles)["row"].tolist() == [2, 2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = list(nk.scale.read_parts(tmp_path, part=1))
    assert [text for part in parts for text in part["text"]] == articles["text"].tolist()


@pytest.mark.parametrize(
    ("table", "records"),
    [
        (b"a,a,a.1\n1,2,3\n", [{"a": "1", "a.2": "2", "a.1": "3"}]),
        (b'title,text\n"He said, ""No""", so it rained\n', [{"title": 'He said, "No"', "text": " so it rained"}]),
        (b'"title", "text"\n"A", "It rained"\n', [{"title": "A", "text": "It rained"}]),
        (b"sep=long\nIt rained.\n", [{"sep=long": "It rained."}]),
        (b'sep="\nIt rained.\n', [{'sep="': "It rained."}]),
        (b"sep=|\na|b\n1,5|2\n", [{"a": "1,5", "b": "2"}]),
    ],
)
def test_tables_as_programs_write_them(table, records):
    assert [record for _, record in read_csv(table)] == records


@pytest.mark.parametrize("header", [b"a\rb,text\n", b"sep=long\ntext\n", b'sep="\ntext\n'])
def test_strange_headers_are_read_in_pieces_too(tmp_path, header):
    """As in one go, whatever that gives: the file is larger than a piece."""
    file = tmp_path / "a.csv"
    file.write_bytes(header + b"1,It rained.\n" * 40)
    together = b"".join(piece.data for piece in pieces(file, 200)).replace(header, b"")
    assert together == b"1,It rained.\n" * 40


def test_what_is_no_article_is_reported(tmp_path):
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "b.txt").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "c.txt").write_bytes(b"")
    (tmp_path / "d.png").write_bytes(b"\x89PNG")
    (tmp_path / "e.csv").write_text("when,what\n1,2\n")
    (tmp_path / "f.parquet").write_bytes(b"PAR1 no")
    with pytest.warns(UserWarning, match=r"1 articles were read, with 5 problems: b.txt.*nk.reading_report"):
        articles = nk.read_articles(tmp_path)
    report = nk.reading_report(articles).set_index("file")["reason"]
    assert "binary" in report["b.txt"]
    assert report["c.txt"] == "the file is empty"
    assert "not a kind of file" in report["d.png"]
    assert "no text column among 'when', 'what'" in report["e.csv"]
    assert "parquet" in report["f.parquet"]
    assert nk.reading_report(nk.clean(articles)).equals(nk.reading_report(articles))
    with pytest.raises(nk.ArticlesError, match=r"b\.txt"):
        read(tmp_path, on_error="raise")


def test_names_are_found_and_can_be_given(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Story,Full Text,when,extra\nS,T,7/2/2017,x\nS2,T2,31/1/2017,y\n")
    articles = read(path)
    assert articles["text"].tolist() == ["T", "T2"]
    assert articles["extra"].tolist() == ["x", "y"]
    articles = read(path, columns={"text": "Story", "date": "when"})
    assert articles["text"].tolist() == ["S", "S2"]
    assert articles["date"].dt.month.tolist() == [2, 1]
    with pytest.raises(nk.ArticlesError, match="Did you mean 'Story'"):
        read(path, columns={"text": "Stroy"})
    with pytest.raises(ValueError, match="'txt' is no part of an article.*Did you mean 'text'"):
        read(path, columns={"txt": "Story"})
    with pytest.raises(ValueError, match="title must be one of 'column', 'prepend'"):
        read(path, title="first")


def test_titles_go_in_front_where_asked(tmp_path):
    (tmp_path / "a.csv").write_text("title,text\nRain,It fell.\n,It stopped.\n")
    assert read(tmp_path, title="prepend")["text"].tolist() == ["Rain\n\nIt fell.", "It stopped."]
    assert read(tmp_path)["text"].tolist() == ["It fell.", "It stopped."]


def test_ids(tmp_path):
    (tmp_path / "a.csv").write_text("id,text\n1,one\n2,two\n")
    (tmp_path / "b.csv").write_text("id,text\n1,three\n,four\n")
    (tmp_path / "c.txt").write_text("same")
    (tmp_path / "d.txt").write_text("same")
    ids = read(tmp_path)["article_id"].tolist()
    assert ids[:3] == ["1", "2", "1-2"]
    assert ids[5] == f"{ids[4]}-2"
    assert read(tmp_path)["article_id"].tolist() == ids
    assert read([tmp_path / "d.txt", tmp_path / "b.csv"])["article_id"].tolist() == [ids[4], "1", ids[3]]


def test_unreadable_dates_are_counted(tmp_path):
    (tmp_path / "a.csv").write_text("text,date\none,2017/2/7\ntwo,soon\nthree,\n")
    articles = read(tmp_path)
    assert articles["date"].isna().tolist() == [False, True, True]
    assert reasons(articles) == ["1 dates could not be read (the first: 'soon')"]


def test_missing_paths_and_empty_folders(tmp_path):
    (tmp_path / "articles.csv").write_text("text\none\n")
    with pytest.raises(FileNotFoundError, match="Did you mean 'articles.csv'"):
        nk.read_articles(tmp_path / "artcles.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(nk.ArticlesError, match="no files"):
        nk.read_articles(tmp_path / "empty")
    with pytest.raises(nk.ArticlesError, match="list of paths is empty"):
        nk.read_articles([])
    (tmp_path / "empty" / "x.png").write_bytes(b"1")
    with pytest.raises(nk.ArticlesError, match="No article could be read.*x.png"):
        nk.read_articles(tmp_path / "empty")


def test_relative_paths_from_the_notebooks_folder(tmp_path, monkeypatch):
    (tmp_path / "mine.csv").write_text("text\none\n")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert read("mine.csv")["text"].tolist() == ["one"]


def test_the_sample_is_real_news():
    articles = nk.sample_articles()
    assert len(articles) == 300
    assert articles["article_id"].is_unique
    assert articles["text"].str.len().min() > 200
    assert articles["date"].isna().all()


@pytest.mark.parametrize(("path", "n"), [("news_articles/news_articles.csv.gz", 2846), ("isot", 275), ("seed", 1)])
def test_real_corpora_are_read_whole(data, path, n):
    articles = nk.read_articles(data / path)
    assert len(articles) == n
    assert nk.reading_report(articles).empty
    if path != "seed":
        assert articles["date"].notna().all()
        assert articles["title"].notna().mean() > 0.98


@given(st.lists(st.tuples(st.text(max_size=20), st.text(min_size=1, max_size=40)), min_size=1, max_size=6), st.booleans())
@settings(max_examples=40, deadline=None)
def test_tables_written_by_pandas_are_read_back(tmp_path_factory, rows, zipped):
    rows = [(a.replace("\x00", "").replace("\r", ""), "x" + b.replace("\x00", "").replace("\r", "")) for a, b in rows]
    path: Path = tmp_path_factory.mktemp("csv") / ("a.csv.gz" if zipped else "a.csv")
    pd.DataFrame(rows, columns=["title", "text"]).to_csv(path, index=False)
    assert read(path)["text"].tolist() == [text for _, text in rows]


@given(st.binary(max_size=300), st.sampled_from(["a.txt", "a.csv", "a.jsonl", "a.csv.gz", "a.parquet", "a.html"]))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_reported(tmp_path_factory, content, name):
    folder = tmp_path_factory.mktemp("bytes")
    (folder / name).write_bytes(content)
    (folder / "z.txt").write_text("whole")
    articles = read(folder)
    assert articles["text"].iloc[-1] == "whole"
    assert len(articles) > 1 or len(nk.reading_report(articles)) > 0


@pytest.mark.parametrize(
    ("name", "advice"),
    [("a.xlsx", "save the sheet as .csv"), ("B.PDF", "plain text"), ("c.zip", "unpack it"), ("d.png", r"\.gz\)\.$")],
)
def test_files_of_other_programs_are_told_what_to_become(tmp_path, name, advice):
    (tmp_path / name).write_bytes(b"PK")
    with pytest.raises(nk.ArticlesError, match=advice):
        nk.read_articles(tmp_path / name)
    with pytest.raises(nk.ArticlesError, match=advice):
        list(nk.scale.read_parts(tmp_path / name))
