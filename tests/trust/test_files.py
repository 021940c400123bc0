"""A folder of broken files: each is reported in words, in reasonable time and memory, and the article beside it is read."""

import errno
import gzip
import io
import os
import shutil
import sqlite3
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import newskit as nk
from newskit.corpus import unpacking

GOOD = "The senate voted on the tax bill today."
ROW = f"1,{GOOD}\n"
RUSSIAN = "Президент России подписал закон о налогах. Решение вступит в силу в январе."
GREEK = "Ο πρόεδρος υπέγραψε σήμερα νέο νόμο. Η απόφαση θα τεθεί σε ισχύ τον Ιανουάριο."
JAPANESE = "日本の首相は今日、新しい法律に署名した。この決定は一月に発効する。"
KOREAN = "대통령은 오늘 새로운 법에 서명했다. 이 결정은 1월에 발효된다."
CHINESE = "中国总统今天签署了一项新法律。该决定将于一月生效。"


def page(head: str, words: str = GOOD) -> bytes:
    return f"<html><head>{head}</head><body><article>{f'<p>{words}</p>' * 9}</article></body></html>".encode()


def saved(write) -> bytes:
    with io.BytesIO() as file:
        write(file)
        return file.getvalue()


def parquet(**columns) -> bytes:
    return saved(lambda file: pq.write_table(pa.table(columns), file))


def zipped() -> bytes:
    def write(file):
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("article.txt", GOOD)

    return saved(write)


def database() -> bytes:
    there = sqlite3.connect(":memory:")
    there.execute("create table articles (text)")
    return there.serialize()


def damaged(data: bytes, at: int, n: int = 40) -> bytes:
    return data[:at] + bytes(n) + data[at + n :]


TABLE = parquet(text=[f"{GOOD} {i}" for i in range(2000)])
RARE = gzip.compress(bytes(np.random.default_rng(0).integers(0, 256, 100_000, np.uint8)))
BROKEN = {  # name and contents of a file, and words of its report (empty: it is read without one)
    # wrong, mixed and lying encodings
    "cyrillic.txt": (RUSSIAN.encode("cp1251"), "cp1251 was guessed"),
    "koi8.txt": (RUSSIAN.encode("koi8-r"), "koi8_r was guessed"),
    "greek.csv": (f"id,text\n1,{GREEK}\n".encode("cp1253"), "cp1253 was guessed"),
    "japanese.jsonl": (f'{{"text": "{JAPANESE}"}}\n'.encode("shift_jis"), "cp932 was guessed"),
    "korean.txt": (KOREAN.encode("euc-kr"), "cp949 was guessed"),
    "mixed.csv": ("id,text\n1,é é é é\n".encode() + "2,é\n".encode("cp1252"), "1 byte is no UTF-8"),
    "lying_mark.txt": (b"\xff\xfe" + GOOD.encode(), "say UTF-16 and its text is ASCII"),
    "torn_utf16.txt": (b"\xff\xfe" + "the senate \ud83d went".encode("utf-16-le", "surrogatepass"), "damaged"),
    "lying_page.html": (page('<meta charset="utf-8">', "café").replace("é".encode(), b"\xe9"), "says that it is in utf-8"),
    # binaries that are named as text
    "numbers.txt": (saved(lambda file: np.save(file, np.arange(500))), "binary"),
    "archive.txt": (zipped(), "binary"),
    "packed.csv": (RARE, "binary"),
    "program.txt": (Path(sys.executable).resolve().read_bytes()[:100_000], "binary"),
    "database.txt": (database(), "binary"),
    "picture.html": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 9, "binary"),
    "document.txt": (b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << >>\n%%EOF", "binary"),
    "rich.txt": (rb"{\rtf1\ansi The senate voted.}", "binary"),
    "zeros.txt": (bytes(5000), "binary"),
    "table.parquet": (GOOD.encode(), "not a readable parquet file"),
    # broken tables
    "unclosed.csv": (f'id,text\n1,"{GOOD}\n{ROW}'.encode(), "quote that does not close|expected after|unexpected end"),
    "counts.csv": (f"id,text\n1\n2,{GOOD},more\n".encode(), "1 fields where the header has 2"),
    "no_rows.csv": (b"id,text\n", "no article in it"),
    "no_text.csv": (b"id,words\n1,two\n", "no text column"),
    "no_string.parquet": (parquet(text=[b"\xff\xfe"]), "no string"),
    "nobody.parquet": (parquet(text=pa.array([None, None], pa.null())), "no text"),
    "json.json": (b'{"text": "the senate', "broken JSON"),
    "deep.json": (b"[" * 200_000 + b"]" * 200_000, "broken JSON"),
    "digits.jsonl": (b'{"text": "x", "n": ' + b"9" * 6000 + b"}", "broken JSON"),
    "list.jsonl": (b'["the senate"]\n3\n', "not a JSON object|broken JSON"),
    # cut short, and what unpacks to more than a text can
    "cut.txt.gz": (gzip.compress(GOOD.encode() * 99)[:-9], "cut short"),
    "half.parquet": (TABLE[: len(TABLE) // 2], "not a readable parquet file"),
    "damaged.parquet": (damaged(TABLE, 300), "not a readable parquet file"),
    "plain.txt.gz": (GOOD.encode(), "cut short or damaged"),
    # pages
    "empty.html": (b"<html><head><title>Nothing</title></head></html>", "no article text"),
    "script.html": (b"<html><body><script>document.write('the senate')</script></body></html>", "no article text"),
    "nested.html": (b"<html><body>" + b"<div>" * 100_000 + GOOD.encode(), "no article text"),
    # nothing, or of no known kind
    "empty.txt": (b"", "empty"),
    "spaces.txt": (b" \n" * 1000, "empty"),
    "a million lines.txt": (b"\n" * 1_000_000, "empty"),
    "letters.docx": (zipped(), "not a kind of file"),
    "names\nwith\u2028breaks \U0001f600.csv": (b"id,words\n", "no article|no text"),
}
READ = {  # what looks broken and is read whole
    "duplicates.csv": (f"id,text,text,id\n1,{GOOD},other,9\n".encode(), GOOD),
    "formula.csv": (b'id,text\n1,"=HYPERLINK(""http://x"")"\n', '=HYPERLINK("http://x")'),
    "huge_field.csv": (b"id,text\n1," + b"the senate " * 300_000 + b"\n", ("the senate " * 300_000)),
    "many columns.csv": (f"id,text{',x' * 9000}\n1,{GOOD}{',y' * 9000}\n".encode(), GOOD),
    "empty lines.csv": (b"id,text\n" + b"\n" * 1_000_000 + ROW.encode(), GOOD),
    "twice.parquet": (
        saved(lambda f: pq.write_table(pa.Table.from_arrays([pa.array([GOOD]), pa.array(["b"])], names=["text"] * 2), f)),
        GOOD,
    ),
    "nul.csv": (b"id,text\n1,the\0senate\n" + ROW.encode() * 99, "the\0senate"),
    "wrong_charset.html": (page('<meta charset="utf-16">'), GOOD),
    "escapes.html": (page('<meta charset="unicode_escape">', GOOD + r" \x41"), r"\x41"),
    "old.html": (page('<meta charset="gbk">', CHINESE).decode().encode("gbk"), CHINESE),
    "entities.html": (b'<!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + page("", GOOD + " &b;"), "&b;"),
    "names \U0001f600\n\t\x1b[31m.txt": (GOOD.encode(), GOOD),
}


def read(folder: Path):
    (folder / "good.txt").write_text(GOOD, encoding="utf-8")
    with pytest.warns(UserWarning, match="problem"):
        articles = nk.read_articles(folder)
    assert GOOD in set(articles.loc[articles["file"] == "good.txt", "text"])
    return articles, nk.reading_report(articles)


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_reported_and_the_rest_is_read(tmp_path, name):
    data, words = BROKEN[name]
    (tmp_path / name).write_bytes(data)
    _, report = read(tmp_path)
    assert set(report["file"]) == {name}
    assert report["reason"].str.contains(words).any(), report["reason"].tolist()


@pytest.mark.parametrize("name", READ)
def test_what_looks_broken_and_is_not_is_read(tmp_path, name):
    data, text = READ[name]
    (tmp_path / name).write_bytes(data)
    articles = nk.read_articles(tmp_path / name)
    assert articles["text"].str.contains(text.strip(), regex=False).any()


def test_all_of_them_in_one_folder_lose_nothing(tmp_path):
    for name, (data, _) in {**BROKEN, **READ}.items():
        (tmp_path / name).write_bytes(data)
    articles, report = read(tmp_path)
    assert set(READ) <= set(articles["file"])
    assert set(BROKEN) == set(report["file"])


def test_old_encodings_of_other_scripts_are_read(tmp_path):
    for k, (text, encoding) in enumerate([(RUSSIAN, "cp1251"), (GREEK, "cp1253"), (JAPANESE, "shift_jis"), (KOREAN, "euc-kr")]):
        (tmp_path / f"{k}.txt").write_bytes(text.encode(encoding))
    articles, report = read(tmp_path)
    assert articles["text"].tolist()[:4] == [RUSSIAN, GREEK, JAPANESE, KOREAN]
    assert report["reason"].str.contains("guessed").all()


@pytest.mark.parametrize("name", ["a.txt.gz", "a.csv.gz"])
@pytest.mark.parametrize("in_parts", [False, True])
def test_a_gzip_bomb_is_refused(tmp_path, monkeypatch, name, in_parts):
    if in_parts:
        monkeypatch.setattr(unpacking, "_LEAST", 1 << 20)
    with gzip.open(tmp_path / name, "wb", compresslevel=1) as file:
        file.write(b"id,text\n1," if "csv" in name else b"")
        for _ in range(4 if in_parts else 30):
            file.write(b"x" * (10 << 20))
    (tmp_path / "good.txt").write_text(GOOD, encoding="utf-8")
    with pytest.warns(UserWarning, match="over 100 times its size, as no text has"):
        articles = list(nk.scale.read_parts(tmp_path))[-1] if in_parts else nk.read_articles(tmp_path)
    assert articles["text"].tolist() == [GOOD]


def test_a_parquet_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "_LEAST", 1 << 20)
    pq.write_table(pa.table({"text": pa.array(["x" * 100_000] * 900)}), tmp_path / "a.parquet")
    _, report = read(tmp_path)
    assert "over 100 times its size" in report["reason"][0]


def test_a_large_file_that_packs_well_is_read(tmp_path):
    lines = "".join(f"{i},the senate voted on bill {i} of the year\n" for i in range(20_000))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(f"id,text\n{lines}".encode()))
    assert len(nk.read_articles(tmp_path)) == 20_000


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_hundred_megabytes_on_one_line(tmp_path, encoding):
    line = "the café voted on the bill and " * 3_300_000
    (tmp_path / "a.txt").write_bytes(line.encode(encoding))
    assert nk.read_articles(tmp_path)["text"][0] == line


@pytest.mark.parametrize("kind", ["folder", "file", "nowhere", "device", "endless", "pipe"])
def test_links_that_lead_nowhere_and_files_that_are_none(tmp_path, kind):
    odd = tmp_path / "odd.txt"
    if kind == "pipe":
        os.mkfifo(odd)
    else:
        other = {"folder": tmp_path, "file": odd, "nowhere": tmp_path / "none", "device": "/dev/null", "endless": "/dev/zero"}
        odd.symlink_to(other[kind])
    (tmp_path / "good.txt").write_text(GOOD, encoding="utf-8")
    if kind == "folder":  # the same files again, and each is read once
        articles = nk.read_articles(tmp_path)
        assert articles["file"].tolist() == ["good.txt"]
    else:
        _, report = read(tmp_path)
        assert report["file"].tolist() == ["odd.txt"]
        assert report["reason"].str.contains("cannot be opened").all()


@pytest.fixture
def open_folder():
    """A folder that every user can look into."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    shutil.rmtree(folder)


def test_files_and_folders_that_may_not_be_read_are_reported(open_folder):
    for name in ("secret.txt", "closed/secret.txt"):
        (open_folder / name).parent.mkdir(exist_ok=True)
        (open_folder / name).write_text(GOOD, encoding="utf-8")
    (open_folder / "good.txt").write_text(GOOD, encoding="utf-8")
    (open_folder / "secret.txt").chmod(0)
    (open_folder / "closed").chmod(0)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    try:
        if root:  # who may read everything
            os.seteuid(65534)
        with pytest.warns(UserWarning, match="2 problems"):
            articles = nk.read_articles(open_folder)
    finally:
        if root:
            os.seteuid(0)
    assert articles["file"].tolist() == ["good.txt"]
    report = nk.reading_report(articles)
    assert report["file"].tolist() == ["closed", "secret.txt"]
    assert report["reason"].str.contains(os.strerror(errno.EACCES)).all()


def test_a_file_whose_name_is_no_text_has_one_in_the_tables(tmp_path):
    with open(os.path.join(os.fsencode(tmp_path), b"caf\xe9.txt"), "w", encoding="utf-8") as file:
        file.write(GOOD)
    articles = nk.read_articles(tmp_path)
    assert articles["file"].tolist() == [r"caf\udce9.txt"]
    assert nk.export_table(articles, "articles", folder=tmp_path / "out").read_bytes()


def test_a_file_that_goes_while_others_are_read_is_reported(tmp_path, monkeypatch):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    original = Path.read_bytes

    def read_bytes(path):
        (tmp_path / "b.txt").unlink(missing_ok=True)
        return original(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    with pytest.warns(UserWarning, match=r"b\.txt: cannot be opened"):
        assert nk.read_articles(tmp_path)["file"].tolist() == ["a.txt"]
