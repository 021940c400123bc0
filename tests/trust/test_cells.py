"""Tables that go into spreadsheets: no cell is taken for a formula there, and every one is read back as it was."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.corpus.cells import guard, unguard
from tests.conftest import make_articles
from tests.trust.hostile import FORMULAS, HOSTILE, PLAIN

FORMULA = re.compile("[\\s\"'\\x00-\\x1f\u200b\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]")


def opened(path: Path, delimiter: str) -> list[str]:
    """The cells of a file as a spreadsheet sees them that parts them at this character."""
    return [cell for row in csv.reader(io.StringIO(path.read_bytes().decode(), newline=""), delimiter=delimiter) for cell in row]


def test_no_cell_of_a_table_is_a_formula_and_all_are_read_back(tmp_path):
    said = [*HOSTILE, *PLAIN]
    table = pd.DataFrame({"said": said, "=A1": said[::-1], "n": range(len(said)), "share": np.linspace(-1, 1, len(said))})
    table = table.assign(
        day=pd.Timestamp(2017, 2, 7), time=pd.Timestamp(2017, 2, 7, 10, 30), yes=[True] * 9 + [False] * (len(said) - 9)
    )
    table["some"], table["kind"] = table["n"].astype("Int64").mask(table["n"] == 3), table["said"].astype("category")
    path = nk.export_table(table, "said", folder=tmp_path)
    for delimiter in ",;\t|":
        risky = [cell for cell in opened(path, delimiter) if FORMULA.match(cell)]
        assert not [cell for cell in risky if not re.match(r'[+-]\d+(\.\d+)?%?("|,|$)', cell) and not cell.startswith("'")]
    assert not [cell for cell in opened(path, ",") if cell.startswith(("=", "@", "\t", "\r", "\n"))]
    back = nk.read_table(path)
    expected = table.assign(kind=table["said"])
    pd.testing.assert_frame_equal(back, expected, check_dtype=False)
    assert [str(t) for t in back.dtypes[["said", "n", "share", "yes", "some"]]] == ["str", "int64", "float64", "bool", "Int64"]
    assert pd.api.types.is_datetime64_dtype(back["day"])


characters = st.text(
    st.sampled_from("=+-@'\"; |\t\r\n15a,.\uff1d\u200b\x00") | st.characters(codec="utf-8"), min_size=1, max_size=15
)


@settings(max_examples=40, deadline=None)
@given(st.lists(characters, min_size=1, max_size=20), characters)
@example(["\0", "\r", "a\r\nb", "'\t'", "a;'=1"], "=x")
def test_any_table_is_read_back_as_it_was(tmp_path_factory, said, name):
    table = pd.DataFrame({name: pd.Series(said, dtype="str"), "n": range(len(said))})
    path = nk.export_table(table.assign(plain="x"), "any", folder=tmp_path_factory.mktemp("any"))
    assert nk.read_table(path)[name].astype("str").tolist() == said or {*said} <= {"True", "False"}
    assert not [cell for cell in opened(path, ",") if re.match("[=@\t\r\n\uff1d]", cell)]


@settings(max_examples=100, deadline=None)
@given(st.lists(characters, min_size=1), st.sampled_from(["str", "object", "category"]))
def test_what_is_guarded_is_unguarded_whatever_it_is(said, dtype):
    values = pd.Series(said, dtype=dtype)
    guarded = guard(values)
    assert unguard(guarded).tolist() == said
    assert unguard(guard(guarded)).tolist() == guarded.tolist()
    assert len(set(guarded)) == len(set(said))


def test_texts_are_changed_only_where_they_must_be():
    assert guard(pd.Series(PLAIN[:8], dtype="str")).tolist() == PLAIN[:8]
    kept = [text for text in FORMULAS if guard(pd.Series([text], dtype="str")).tolist() == [text]]
    assert kept == []
    mixed = pd.Series(["=1", 2, None, -2.5, True, pd.Timestamp(2017, 2, 7), ["=1"]], dtype="object")
    assert guard(mixed).tolist() == ["'=1", 2, None, -2.5, "True", pd.Timestamp(2017, 2, 7), "['=1']"]


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        ('word;count\n"\'=1+1";2\n', [["=1+1", 2]]),
        ("\ufeffword,count\r\n'=1+1,2\r\n", [["=1+1", 2]]),
        ("word\tcount\n'tis\t2\n", [["'tis", 2]]),
        ("word,count\n", []),
    ],
    ids=["semicolons", "marked", "tabs", "empty"],
)
def test_tables_saved_by_spreadsheets_are_read(saved, said, tmp_path):
    (tmp_path / "a.csv").write_bytes(saved.encode())
    assert nk.read_table(tmp_path / "a.csv").to_numpy().tolist() == said


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"a,b\n1\n", "row 1 has 1 cells where the header has 2"), (b'a\n"x', "no table"), (bytes(range(256)) * 9, "no text")],
)
def test_what_is_no_table_is_told(data, said, tmp_path):
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(ValueError, match=rf"a\.csv' cannot be read: .*{said}"):
        nk.read_table(tmp_path / "a.csv")
    with pytest.raises(ValueError, match="is a folder"):
        nk.read_table(tmp_path)


def test_long_runs_of_what_may_begin_a_formula_cost_no_more(tmp_path):
    said = ["\n" * 200_000 + "x", "; " * 200_000 + "=", "'" * 200_000 + "=", "-" * 200_000]
    path = nk.export_table(pd.DataFrame({"said": said}), "long", folder=tmp_path)
    assert nk.read_table(path)["said"].tolist() == said


def test_labels_are_kept_as_they_were_given(tmp_path):
    said = [text for text in HOSTILE if text.strip()]
    row = {"start": 4, "end": 9, "label": "favor"}
    labels = pd.DataFrame([{**row, "article_id": t, "target": t, "mention": t, "holder": t, "coder": t, "note": t} for t in said])
    path = nk.labels.save_labels(labels, tmp_path / "labels.csv")
    assert not [cell for cell in opened(path, ",") if cell.startswith(("=", "@", "\t", "\r", "\n"))]
    columns = ["article_id", "target", "mention", "holder", "coder", "note"]
    back = nk.labels.read_labels(path)
    assert sorted(map(tuple, back[columns].to_numpy())) == sorted((t,) * 6 for t in said)
    before = path.read_bytes()
    assert nk.labels.save_labels(back, path).read_bytes() == before


@pytest.mark.parametrize(("written", "target"), [("=x", "=x"), ("'=x", "=x"), ("''=x", "'=x"), ("'tis", "'tis"), ("-5", "-5")])
def test_labels_by_hand_say_what_they_say(written, target, tmp_path):
    (tmp_path / "labels.csv").write_text(f"article_id,start,end,target,coder,label\na,1,2,{written},ann,favor\n")
    assert nk.labels.read_labels(tmp_path / "labels.csv")["target"].tolist() == [target]


def test_own_tables_of_names_and_targets_come_back_from_a_spreadsheet(tmp_path):
    table = pd.DataFrame({"surface": ["@police", "ny police"], "entity": "@Police", "label": "ORG"})
    aliases = nk.export_table(table, "names", folder=tmp_path)
    articles = make_articles("On Monday the @police and the ny police left.")
    assert set(nk.link_entities(nk.find_entities(articles), articles, aliases)["entity"]) >= {"@Police"}
    phrases = pd.DataFrame({"target": ["=tax", "-tax"], "phrase": ["=tax", "+levy"]})
    assert nk.stances.read_targets(nk.export_table(phrases, "targets", folder=tmp_path)) == {
        "=tax": ["=tax"],
        "-tax": ["-tax", "+levy"],
    }


def test_the_ledger_knows_articles_by_any_name(tmp_path):
    frame = pd.DataFrame(
        {"article_id": HOSTILE, "text": [f"text {k}" for k in range(len(HOSTILE))], "title": HOSTILE, "url": HOSTILE}
    )
    nk.open_ledger(frame, tmp_path)
    more = pd.concat([frame.iloc[1:], pd.DataFrame({"article_id": ["new"], "text": ["new"]})], ignore_index=True)
    changes = nk.open_ledger(more, tmp_path).changes.set_index("article_id")
    assert changes.loc[changes["status"] != "same", "status"].to_dict() == {HOSTILE[0]: "gone", "new": "new"}
    assert changes.loc[HOSTILE[0], "title"] == HOSTILE[0]
