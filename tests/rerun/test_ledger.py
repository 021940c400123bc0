"""The ledger of an output folder: what changed between runs."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import newskit as nk


def frame(texts: dict[str, str], **columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"article_id": list(texts), "text": list(texts.values()), **columns})


def statuses(ledger) -> dict[str, str]:
    return ledger.changes.set_index("article_id")["status"].to_dict()


def test_first_run_has_nothing_before_it(tmp_path):
    ledger = nk.open_ledger(frame({"a": "one", "b": "two"}), tmp_path)
    assert ledger.is_first
    assert statuses(ledger) == {"a": "same", "b": "same"}
    assert ledger.before("topics.npz") is None


def test_new_changed_and_gone_articles_are_told_apart(tmp_path):
    nk.open_ledger(frame({"a": "one", "b": "two", "c": "three"}), tmp_path)
    articles = frame({"d": "four", "a": "one", "b": "two, corrected"})
    ledger = nk.open_ledger(articles, tmp_path)
    assert statuses(ledger) == {"d": "new", "b": "changed", "c": "gone", "a": "same"}
    assert ledger.is_new(articles).tolist() == [True, False, True]
    assert ledger.summary() == "Since the last run on other articles: 1 new, 1 changed, 1 gone; 1 as before."


def test_running_again_on_the_same_articles_says_the_same(tmp_path):
    nk.open_ledger(frame({"a": "one"}), tmp_path)
    second = nk.open_ledger(frame({"a": "one", "b": "two"}), tmp_path)
    again = nk.open_ledger(frame({"b": "two", "a": "one"}), tmp_path)
    assert again.state == second.state
    assert statuses(again) == statuses(second) == {"b": "new", "a": "same"}


def test_files_of_earlier_states_are_found_and_own_ones_are_not(tmp_path):
    first = nk.open_ledger(frame({"a": "one"}), tmp_path)
    first.now("topics.npz").write_bytes(b"first")
    for texts in ({"a": "one", "b": "two"}, {"a": "one", "b": "two", "c": "three"}):
        later = nk.open_ledger(frame(texts), tmp_path)
        assert later.before("topics.npz").read_bytes() == b"first"
    later.now("topics.npz").write_bytes(b"third")
    assert nk.open_ledger(frame(texts), tmp_path).before("topics.npz").read_bytes() == b"first"


def test_moved_rows_are_the_same_articles(tmp_path):
    """Rows that slide down in a table when others are put on top have not changed."""
    before = frame({"1": "one", "2": "two"}, file=["all.csv"] * 2, row=[1, 2])
    after = frame({"3": "zero", "1": "one", "2": "two"}, file=["all.csv"] * 3, row=[1, 2, 3])
    nk.open_ledger(before, tmp_path)
    assert statuses(nk.open_ledger(after, tmp_path)) == {"3": "new", "1": "same", "2": "same"}


def test_an_article_is_known_by_its_url(tmp_path):
    nk.open_ledger(frame({"1": "first report"}, url=["https://news.example/a"]), tmp_path)
    ledger = nk.open_ledger(frame({"9": "final report"}, url=["https://news.example/a"]), tmp_path)
    assert statuses(ledger) == {"9": "changed"}


def test_an_article_is_known_by_its_own_id_before_its_row(tmp_path):
    """Ids that `read_articles` made from the text say nothing of another text: then file and row do."""
    rows = {"file": ["all.csv"] * 3, "row": [1, 2, 3]}
    nk.open_ledger(frame({"x": "one", "y": "two", "z": "three"}, **rows), tmp_path / "own")
    later = frame({"x": "one", "z": "three, corrected", "w": "four"}, **rows)
    assert statuses(nk.open_ledger(later, tmp_path / "own")) == {"x": "same", "z": "changed", "w": "new", "y": "gone"}
    made = [f"{i:016x}" for i in range(4)]
    nk.open_ledger(frame({made[0]: "one", made[1]: "two"}, file=["a.txt", "b.txt"], row=[1, 1]), tmp_path / "made")
    later = frame({made[0]: "one", made[2]: "two, corrected"}, file=["a.txt", "b.txt"], row=[1, 1])
    assert statuses(nk.open_ledger(later, tmp_path / "made")) == {made[0]: "same", made[2]: "changed"}


def test_an_id_that_passes_to_another_article(tmp_path):
    nk.open_ledger(frame({"1": "one", "2": "two"}, url=["https://news.example/a", "https://news.example/b"]), tmp_path)
    articles = frame({"2": "one", "1": "three"}, url=["https://news.example/a", "https://news.example/c"])
    ledger = nk.open_ledger(articles, tmp_path)
    assert ledger.changes.values.tolist() == [["1", "", "new"], ["2", "", "gone"], ["2", "", "same"]]
    assert ledger.is_new(articles).tolist() == [False, True]


def test_any_table_with_article_ids_can_be_marked(tmp_path):
    nk.open_ledger(frame({"a": "one"}), tmp_path)
    ledger = nk.open_ledger(frame({"a": "one", "b": "two"}), tmp_path)
    mentions = pd.DataFrame({"article_id": ["b", "a", "b"], "text": ["x", "y", "z"]}, index=[7, 3, 5])
    marked = mentions.assign(is_new=ledger.is_new(mentions))
    assert marked["is_new"].to_dict() == {7: True, 3: False, 5: True}
    assert ledger.is_new(mentions.head(0)).tolist() == []


def files_of(folder) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_what_the_accurate_model_reads_is_kept_beside_the_outputs(tmp_path):
    pytest.importorskip("onnxruntime", reason="the extra newskit[accurate] is not installed")
    (tmp_path / "cache").mkdir()
    stale = tmp_path / "cache" / "accurate-0123.sqlite"
    stale.write_bytes(b"what an older model read")
    articles = frame({"a": "one man met jeff sessions", "b": "two", "c": "two"})
    nk.open_ledger(articles, tmp_path)
    assert not stale.exists()
    nk.find_entities(articles, model="accurate")
    (kept,) = (tmp_path / "cache").iterdir()
    with sqlite3.connect(kept) as file:
        assert file.execute("SELECT count(*) FROM readings").fetchone() == (2,)


def test_each_notebook_has_its_own_notes(tmp_path):
    parameters = {"TOP": 10, "SINCE": None, "ALIASES": "/home/ann/names.csv", "KINDS": ["PER"]}
    for _ in range(2):
        nk.open_ledger(frame({"a": "one"}), tmp_path, notebook="02", parameters=parameters)
        nk.open_ledger(frame({"a": "one"}), tmp_path, notebook="01")
        files = files_of(tmp_path)
        names = ("01.json", "02.json", "articles.csv", "ledger.json")
        assert set(files) == {"states/.newskit", *(f"states/0001/{name}" for name in names)}
    notes = json.loads(files["states/0001/02.json"])
    assert notes["parameters"] == {"TOP": 10, "SINCE": None, "ALIASES": "names.csv", "KINDS": ["PER"]}
    assert set(notes["versions"]) == {"newskit", "pandas", "python"}
    assert {"entities.npz", "stance.npz"} <= set(notes["models"])
    nk.open_ledger(frame({"a": "one"}), tmp_path, notebook="02", parameters=parameters)
    assert files_of(tmp_path) == files
    for name in ("a/b", "ledger", ""):
        with pytest.raises(ValueError):
            nk.open_ledger(frame({"a": "one"}), tmp_path, notebook=name)


def test_three_states_are_kept(tmp_path):
    for n in range(1, 6):
        ledger = nk.open_ledger(frame({str(i): f"text {i}" for i in range(n)}), tmp_path)
        ledger.now("mine.txt").write_text(str(n))
    assert sorted(p.name for p in (tmp_path / "states").iterdir()) == [".newskit", "0003", "0004", "0005"]
    assert (ledger.state, ledger.earlier, ledger.is_first) == (5, (3, 4), False)
    assert ledger.before("mine.txt").read_text() == "4"


_OPEN = """
import sys, time
from pathlib import Path
import pandas as pd
import newskit as nk
folder, ready, n, wait = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
articles = pd.DataFrame({"article_id": [str(i) for i in range(n)], "text": [f"text {i}" for i in range(n)]})
ready.touch()
while not wait.exists():
    time.sleep(0.001)
sys.stdout.write(nk.open_ledger(articles, folder, notebook=ready.name, parameters={"N": n}).summary())
"""


@pytest.mark.parametrize("sizes", [[300] * 4, [300, 300, 400, 400]], ids=["the same articles", "others"])
def test_several_processes_at_once(tmp_path, sizes):
    out, go = tmp_path / "out", tmp_path / "go"
    nk.open_ledger(frame({str(i): f"text {i}" for i in range(200)}), out)
    ready = [tmp_path / f"process{k}" for k in range(len(sizes))]
    commands = [[sys.executable, "-c", _OPEN, out, r, str(n), go] for r, n in zip(ready, sizes, strict=True)]
    processes = [subprocess.Popen(c, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for c in commands]
    while not all(r.exists() for r in ready) and all(p.poll() is None for p in processes):
        time.sleep(0.01)
    go.touch()
    said = [p.communicate(timeout=60) for p in processes]
    assert [(p.returncode, err) for p, (_, err) in zip(processes, said, strict=True)] == [(0, "")] * len(sizes)
    states = sorted(p for p in (out / "states").iterdir() if p.name != ".newskit")
    for state in states:  # whole, each with the list of its own articles
        assert json.loads((state / "ledger.json").read_text())["n"] == len(pd.read_csv(state / "articles.csv"))
    if len(set(sizes)) == 1:
        assert [p.name for p in states] == ["0001", "0002"]
        assert {text for text, _ in said} == {"Since the last run on other articles: 100 new, 0 changed, 0 gone; 200 as before."}
        assert sorted(p.name for p in states[1].glob("process*")) == [f"{r.name}.json" for r in ready]


def test_damaged_notes_are_said(tmp_path):
    nk.open_ledger(frame({"a": "one"}), tmp_path)
    path = tmp_path / "states" / "0001" / "ledger.json"
    for content in ("", "{", "[]", "\0", "[" * 100_000, json.dumps({"format": "new"}), json.dumps({"format": 1})):
        path.write_text(content)
        with pytest.raises(ValueError, match=r"0001/ledger\.json.*Delete the folder"):
            nk.open_ledger(frame({"a": "one"}), tmp_path)
    path.write_text(json.dumps({"format": 99, "pages": 3}))
    with pytest.raises(ValueError, match="another version of newskit"):
        nk.open_ledger(frame({"a": "one"}), tmp_path)
    path.unlink()
    with pytest.raises(ValueError, match=r"0001/ledger\.json \(it is not there\)"):
        nk.open_ledger(frame({"a": "one"}), tmp_path)


@pytest.mark.parametrize("content", [b"", b"article_id\na\n", b"\xff\xfe\x00", None])
def test_a_damaged_list_of_articles_is_said(tmp_path, content):
    nk.open_ledger(frame({"a": "one"}), tmp_path)
    path = tmp_path / "states" / "0001" / "articles.csv"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ValueError, match=r"0001/articles\.csv"):
        nk.open_ledger(frame({"a": "one", "b": "two"}), tmp_path)


@pytest.mark.parametrize("title", ["two\r\nlines", 'a "b", c', "NA", "\0", "\u2028", " "])
def test_titles_of_any_kind(tmp_path, title):
    nk.open_ledger(frame({"a": "one", "b": "two"}, title=pd.Series([title, ""], dtype="object")), tmp_path)
    ledger = nk.open_ledger(frame({"b": "two"}), tmp_path)
    assert statuses(ledger) == {"a": "gone", "b": "same"}


@pytest.mark.parametrize("name", ["../other.npz", "/tmp/x", "", ".hidden"])
def test_files_stay_in_the_folder(tmp_path, name):
    with pytest.raises(ValueError, match="no plain file name"):
        nk.open_ledger(frame({"a": "one"}), tmp_path).now(name)


def test_what_stands_around_is_not_taken_for_notes(tmp_path):
    """A folder that the user writes to as well is not marked as a whole: its articles are read as before."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("It rained all day in Oslo.")
    nk.open_ledger(nk.read_articles(tmp_path), tmp_path / "mine")
    assert len(nk.read_articles(tmp_path)) == 1


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text("ab", min_size=1, max_size=2), max_size=6), st.lists(st.text("ab", min_size=1, max_size=2), max_size=6))
def test_every_article_is_counted_once(tmp_path_factory, before, now):
    folder = tmp_path_factory.mktemp("runs")
    sides = [frame({f"{i}-{k}": t for k, t in enumerate(texts)} or {"x": "x"}) for i, texts in enumerate((before, now))]
    nk.open_ledger(sides[0], folder)
    ledger = nk.open_ledger(sides[1], folder)
    counts = ledger.changes["status"].value_counts()
    if not ledger.is_first:
        stay = counts.get("same", 0) + counts.get("changed", 0)
        assert counts.get("new", 0) + stay == len(sides[1])
        assert counts.get("gone", 0) + stay == len(sides[0])
