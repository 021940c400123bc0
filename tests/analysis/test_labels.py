"""People's labels: nothing in a file is lost, several coders share it, and hand labels win over the model."""

from __future__ import annotations

import os
import tempfile
import threading
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.analysis.label_file import COLUMNS, KEYS, LABELS, check_labels
from newskit.analysis.labels import apply_labels, labels_report, majority, placed, read_labels, same_item, save_labels
from tests.conftest import make_articles

HEADER = "article_id,start,end,target,mention,coder,label,note\n"  # as files were written before labels named holders


def label(
    said: str, coder: str = "ann", article: str = "a0", start: int = 4, end: int = 12, target: str = "tax bill", **more: str
):
    return {"article_id": article, "start": start, "end": end, "target": target, "coder": coder, "label": said, **more}


def labels(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def stances(*rows: tuple[str, int, str, str]) -> pd.DataFrame:
    """Rows of article, start, mention, stance; the target is the mention."""
    table = pd.DataFrame(rows, columns=["article_id", "start", "mention", "stance"])
    table["target"], table["end"] = table["mention"], table["start"] + table["mention"].str.len()
    return table.assign(p_against=0.2, p_neutral=0.3, p_favor=0.5, confidence=0.5)


def quietly_read(path: Path) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read_labels(path)


def test_labels_come_back_as_they_were_saved(tmp_path):
    path = tmp_path / "very" / "deep" / "labels.csv"
    assert read_labels(path).empty
    assert read_labels(path).columns.tolist() == list(COLUMNS)
    save_labels(labels(label("favor", note='says "yes",\nclearly;'), label("unclear", start=30, end=38)), path)
    save_labels(labels(label("against", coder="bo", mention="tax bill"), label("neutral", article="gone")), path)
    save_labels(labels(label("against", note="thought again")), path)
    back = read_labels(path)
    assert back[["article_id", "coder", "label", "note"]].values.tolist() == [
        ["a0", "ann", "against", "thought again"], ["a0", "bo", "against", ""],
        ["a0", "ann", "unclear", ""], ["gone", "ann", "neutral", ""],
    ]  # fmt: skip
    assert back.dtypes.astype("str").tolist() == ["str", "int64", "int64", *["str"] * 6]
    assert labels_report(back).empty
    save_labels(labels(label("")), path)  # takes it back
    back = read_labels(path)
    assert back["coder"].tolist() == ["bo", "ann", "ann"]
    assert labels_report(back).empty
    assert [p.name for p in path.parent.glob("[!.]*")] == ["labels.csv"]


def test_spreadsheets_may_have_been_there(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_bytes(b"\xef\xbb\xbfcoder;label;article_id;start;end;target;checked\r\nann; Favor;007;4.0;12;tax bill;yes\r\n")
    back = read_labels(path)
    assert back.loc[0, ["article_id", "start", "label", "checked"]].tolist() == ["007", 4, "favor", "yes"]
    save_labels(labels(label("neutral", coder="bo")), path)
    assert read_labels(path)["checked"].tolist() == ["yes", ""]
    assert len(list(tmp_path.glob("[!.]*"))) == 1


def test_damaged_rows_are_reported_and_kept(tmp_path):
    path = tmp_path / "labels.csv"
    rows = [
        "a0,4,12,tax bill,,ann,favor,good", "a0,4,12,tax bill,,bo,favour,", "a0,four,12,tax bill,,bo,favor,",
        "a0,12,4,tax bill,,bo,favor,", ",4,12,tax bill,,bo,favor,", "a0,4,12,tax bill,,,favor,", "a0,4,12,,,bo,favor,",
        "<<<<<<< ours", "a1,4,12,tax bill,,ann,favor,first", "a1,4.0,12,tax bill,,ann,against,second",
        'a2,4,12,tax bill,,ann,favor,"never closed',
    ]  # fmt: skip
    damaged = (HEADER + "\n".join(rows)).encode() + b" caf\xe9\n"
    path.write_bytes(damaged)
    with pytest.warns(UserWarning, match=r"2 labels were read, with 10 problems: the file .* guessed; row 2: "):
        back = read_labels(path)
    assert path.read_bytes() == damaged
    assert back["note"].tolist() == ["good", "second"]
    report = labels_report(back)
    assert report["file"].unique().tolist() == ["labels.csv"]
    assert report["row"].fillna(0).tolist() == [0, 2, 3, 4, 5, 6, 7, 8, 9, 11]
    for row, said in {2: "'favour' is none of .*'favor'", 3: "whole numbers", 4: "start before end", 5: "no article_id",
                      6: "no coder", 7: "no target", 8: "1 fields", 9: "^a later row has the same .* and coder$",
                      11: "line 12"}.items():  # fmt: skip
        assert report["reason"][report["row"] == row].str.contains(said).all()
    assert "UTF-8" in report["reason"][0]
    with pytest.warns(UserWarning, match=r"kept as labels\.damaged\.csv"):
        save_labels(labels(label("favor", coder="cy")), path)
    assert (tmp_path / "labels.damaged.csv").read_bytes() == damaged
    assert read_labels(path)["coder"].tolist() == ["ann", "cy", "ann"]
    path.write_bytes(damaged)
    os.utime(tmp_path / "labels.damaged.csv", (1, 1))
    with pytest.warns(UserWarning, match=r"kept as labels\.damaged\.csv"):
        save_labels(labels(label("favor")), path)
    assert (tmp_path / "labels.damaged.csv").stat().st_mtime == 1  # the copy that was there
    path.write_bytes(damaged + b"more\n")
    with pytest.warns(UserWarning, match=r"kept as labels\.damaged-2\.csv"):
        save_labels(labels(label("favor")), path)


@pytest.mark.parametrize(
    "header",
    [HEADER, HEADER.replace(",", ";"), "\ufeff" + HEADER.replace("\n", "\r\n"), '"' + HEADER.replace(",", '","')[:-1] + '"'],
)
def test_a_header_without_labels_is_no_problem(tmp_path, header):
    path = tmp_path / "labels.csv"
    path.write_bytes(header.encode())
    assert read_labels(path).empty
    assert labels_report(read_labels(path)).empty
    path.write_bytes(header.rstrip().replace("label", "what").replace("note", "label").encode() + b"\n<<<<<<< ours\n")
    assert labels_report(quietly_read(path))["row"].tolist() == [1]


def test_a_wrong_header_is_told_with_the_name_that_is_meant(tmp_path):
    path = tmp_path / "labels.csv"
    for rows in ("", "a0,4,12,tax bill,ann,favor\n"):
        path.write_text("articel_id,start,end,target,coder,label\n" + rows)
        (report,) = labels_report(quietly_read(path)).to_dict("records")
        assert report["reason"] == "there is no column 'article_id', so no row can be used. Did you mean 'articel_id'?"
        assert pd.isna(report["row"])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("0,9007199254740991,tax,,ann,favor", None),
        ("0,9007199254740992,tax,,ann,favor", "start and end must be whole numbers, start before end"),
        ("0,1e400,tax,,ann,favor", "start and end must be whole numbers, start before end"),
        ("-1,2,tax,,ann,favor", "start and end must be whole numbers, start before end"),
        ("0.5,2,tax,,ann,favor", "start and end must be whole numbers, start before end"),
        ("0,2.5,tax,,ann,favor", "start and end must be whole numbers, start before end"),
        ("2,2,tax,,ann,favor", "start and end must be whole numbers, start before end"),
        ("0,2,tax,,ann,", "the label '' is none of against, neutral, favor, unclear"),
        ("0,2,tax,,ann,favour", "the label 'favour' is none of against, neutral, favor, unclear; did you mean 'favor'"),
    ],
)
def test_what_is_no_label_is_told(tmp_path, row, said):
    path = tmp_path / "labels.csv"
    path.write_text(HEADER + f"a0,{row},\n")
    assert labels_report(quietly_read(path))["reason"].tolist() == ([said] if said else [])
    assert len(quietly_read(path)) == (said is None)


def test_a_relative_path_starts_from_the_project_not_from_its_notebooks(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "labels.csv").write_text("something else")
    monkeypatch.chdir(tmp_path / "notebooks")
    monkeypatch.delenv("NEWSKIT_PROJECT", raising=False)
    assert save_labels(labels(label("favor")), "labels.csv").samefile(tmp_path / "labels.csv")
    assert len(read_labels("labels.csv")) == 1


@pytest.mark.parametrize(("damaged", "more"), [(1, ""), (3, ""), (4, "; ...")])
def test_the_warning_names_three_problems_at_most(tmp_path, damaged, more):
    (tmp_path / "labels.csv").write_text(HEADER + "a0,4,12,tax bill,,,favor,\n" * damaged)
    with pytest.warns(UserWarning, match="problems") as caught:
        read_labels(tmp_path / "labels.csv")
    named = "; ".join(f"row {row}: it has no coder" for row in range(1, min(damaged, 3) + 1))
    said = (
        f"labels.csv: 0 labels were read, with {damaged} problems: {named}{more}. All of them: nk.labels.labels_report(labels)."
    )
    assert [str(w.message) for w in caught] == [said]


@pytest.mark.parametrize("text", ["a0,4,12,tax bill,ann,favor\n", ";", "articel_id,start\na0,4\n", "\0\0\1binary\0\0"])
def test_files_without_the_header_are_kept(tmp_path, text):
    path = tmp_path / "labels.csv"
    path.write_text(text)
    with pytest.warns(UserWarning, match=r"0 labels were read"):
        assert read_labels(path).empty
    with pytest.warns(UserWarning, match="kept as"):
        save_labels(labels(label("favor")), path)
    assert (tmp_path / "labels.damaged.csv").read_text() == text
    assert len(read_labels(path)) == 1


def test_wrong_labels_are_not_saved(tmp_path):
    for wrong, said in [(label("favour"), "did you mean 'favor'"), (label("favor", end=4), "start before end"),
                        (label("favor", coder=""), "no coder"), (label("favor", coder=None), "no coder"),
                        (label(None, coder=None), "no coder")]:  # fmt: skip
        with pytest.raises(ValueError, match=f"Row 1 .*{said}"):
            save_labels(labels(label("favor"), wrong), tmp_path / "labels.csv")
    with pytest.raises(ValueError, match="no column 'coder'"):
        save_labels(pd.DataFrame({"article_id": ["a"], "start": [1], "end": [2], "target": ["t"]}), tmp_path / "labels.csv")
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="to be a table .*, and this is list; take them as"):
        save_labels(["no table"], tmp_path / "labels.csv")
    with pytest.raises(ValueError, match="label '' is none of"):  # only a file can take one back
        apply_labels(stances(("a0", 4, "tax bill", "favor")), labels(label("")))


def test_of_labels_with_one_key_the_last_counts():
    hand = labels(label("favor", note="first"), label("neutral", coder="bo"), label("against", note="second"))
    checked = check_labels(hand.set_axis([5, 5, 9]))
    assert checked[["coder", "label", "note"]].values.tolist() == [["bo", "neutral", ""], ["ann", "against", "second"]]
    assert checked.index.tolist() == [0, 1]


def test_coders_at_the_same_time_lose_nothing(tmp_path):
    path = tmp_path / "labels.csv"

    def write(coder: str) -> None:
        for k in range(15):
            save_labels(labels(label("favor", coder=coder, start=k, end=k + 1)), path)

    writers = [threading.Thread(target=write, args=(coder,)) for coder in ("ann", "bo", "cy")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert read_labels(path)["coder"].value_counts().to_dict() == {"ann": 15, "bo": 15, "cy": 15}


def test_a_lock_left_behind_and_a_link_do_no_harm(tmp_path):
    (tmp_path / "shared").mkdir()
    path, real = tmp_path / "labels.csv", tmp_path / "shared" / "ours.csv"
    path.symlink_to(real)
    lock = real.with_name(".ours.csv.lock")
    lock.write_text("another program's")
    save_labels(labels(label("favor")), path)
    assert path.is_symlink()
    assert len(read_labels(real)) == 1
    assert not real.with_name(".ours.csv.holder").exists()


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"article_id": TEXT.filter(bool), "start": st.integers(0, 3), "end": st.integers(4, 2**40), "target": TEXT.filter(bool),
         "mention": TEXT, "holder": st.sampled_from(["", "Ann Lee"]),
         "coder": st.sampled_from(["ann", "bo"]), "label": st.sampled_from(LABELS), "note": TEXT}
    ),
    min_size=1, max_size=6, unique_by=lambda row: tuple(row[k] for k in KEYS),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, data=st.data())
def test_any_words_in_any_order_give_the_same_file(rows, data):
    with tempfile.TemporaryDirectory() as folder:
        one, other = Path(folder, "one.csv"), Path(folder, "other.csv")
        save_labels(pd.DataFrame(rows), one)
        for row in data.draw(st.permutations(rows)):
            save_labels(pd.DataFrame([row]), other)
        assert one.read_bytes() == other.read_bytes()
        back = read_labels(one)
        assert labels_report(back).empty
        wanted = pd.DataFrame(rows).sort_values(KEYS)[list(COLUMNS)]
        assert back.values.tolist() == wanted.values.tolist()


def test_half_a_character_stops_nobody(tmp_path):
    """Lone surrogates, as broken JSON leaves them: no file can hold them, so they are ? there, and are known again."""
    articles = make_articles("the \ud83d tax stays", "law")
    table = stances(("a0", 4, "a tax", "neutral"), ("a1", 0, "law", "neutral"))
    torn = pd.Series(["\ud83d tax", "law"], dtype="object")
    table = table.assign(mention=torn, target=torn, holder=pd.Series(["\udfff", None], dtype="object"))
    said = label("favor", start=4, end=9, target="\ud83d tax", mention="\ud83d tax", note="\udfff!", holder="\udfff")
    hand = pd.DataFrame([said], dtype="object")
    back = read_labels(save_labels(hand, tmp_path / "labels.csv"))
    assert back.loc[0, ["target", "mention", "holder", "note"]].tolist() == ["? tax", "? tax", "?", "?!"]
    for given_labels in (hand, back):
        out = apply_labels(table, given_labels, articles)
        assert out["by"].tolist() == ["hand", "model"]
        assert labels_report(out).empty


@settings(max_examples=25, deadline=None)
@given(damage=st.one_of(st.binary(max_size=80), st.text(max_size=60).map(lambda t: (HEADER + t).encode("utf-8", "replace"))))
def test_any_file_can_be_read_and_nothing_in_it_is_lost(damage):
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder, "labels.csv")
        path.write_bytes(damage)
        before = quietly_read(path)
        save_labels(labels(label("favor", coder="somebody else")), path)
        assert len(quietly_read(path)) == len(before) + 1
        kept = [p.read_bytes() for p in Path(folder).glob("labels.damaged.csv")]
        assert kept == ([damage] if len(labels_report(before)) else [])


def test_hand_labels_win():
    table = stances(
        ("a0", 4, "tax bill", "against"), ("a0", 40, "tax bill", "against"), ("a1", 0, "ban", None), ("a2", 0, "ban", "favor")
    )
    table.index = [7, 7, 8, 9]
    hand = labels(
        label("favor"), label("favor", coder="bo"), label("against", coder="cy"),
        label("favor", start=38, end=44), label("neutral", start=40, end=48, coder="bo"),
        label("unclear", article="a1", start=0, end=3, target="ban"),
    )  # fmt: skip
    out = apply_labels(table, hand)
    assert out["stance"].fillna("-").tolist() == ["favor", "-", "-", "favor"]
    assert out["by"].tolist() == ["hand", "hand", "hand", "model"]
    assert out["coders"].fillna(0).tolist() == [3, 2, 1, 0]
    assert str(out["coders"].dtype) == "Int64"
    assert out.index.tolist() == [7, 7, 8, 9]
    pd.testing.assert_frame_equal(out[["confidence", "p_favor"]], table[["confidence", "p_favor"]])
    assert table["stance"].tolist()[0] == "against"
    assert labels_report(out).empty
    own_columns = hand.assign(row="x", label_row="y", reason="z")
    pd.testing.assert_frame_equal(apply_labels(table, own_columns), out)
    again = apply_labels(out, hand.head(0))
    pd.testing.assert_frame_equal(again, out)
    assert apply_labels(table.head(0), hand).empty


def test_a_label_that_names_a_holder_is_his_where_several_differ():
    table = stances(("a0", 40, "ban", "favor"), ("a0", 40, "ban", "against"), ("a1", 0, "ban", "favor"))
    table["holder"] = ["Ann Lee", "tom weiss", None]
    place = {"start": 40, "end": 43, "target": "ban"}
    hand = labels(
        label("against", holder="ann lee", **place), label("neutral", holder="Tom Weiss", **place),
        label("unclear", holder="Tom Weiss", coder="bo", **place), label("favor", holder="Bo Ek", coder="cy", **place),
        label("against", article="a1", start=0, end=3, target="ban", holder="Tom Weiss"),
    )  # fmt: skip
    out = apply_labels(table, hand)
    assert out["stance"].tolist() == ["against", "neutral", "against"]  # the only row of a place takes them all
    assert out["coders"].tolist() == [1, 2, 1]
    assert labels_report(out)[["holder", "reason"]].values.tolist() == [["Bo Ek", "no row there is of this holder"]]
    both = apply_labels(table, labels(label("neutral", **place), label("favor", holder="Tom Weiss", **place)))
    assert both["stance"].tolist() == ["neutral", "favor", "favor"]
    assert both["by"].tolist() == ["hand", "hand", "model"]


def test_labels_without_a_row_are_reported_with_the_reason(tmp_path):
    articles = make_articles("the tax bill passed  the ban stays", "the law is new")
    table = stances(("a0", 4, "tax bill", "against"))
    path = tmp_path / "labels.csv"
    path.write_text(HEADER + "a0,x,12,tax bill,,ann,favor,\n")
    with pytest.warns(UserWarning, match="kept"):
        save_labels(
            labels(
                label("favor", mention="tax bill"), label("against", start=4, end=7),
                label("favor", coder="bo", mention="tax cuts"), label("favor", article="a9"),
                label("favor", target="the ban", start=25, end=28, mention="ban"),
                label("favor", start=25, end=28, mention="ban"),
            ), path,
        )  # fmt: skip
    path.write_text(path.read_text() + "a0,y,12,tax bill,,ann,favor,\n")
    for given_articles in (articles, nk.tokenize(articles), None):
        out = apply_labels(table, quietly_read(path), given_articles)
        assert out[["stance", "coders"]].values.tolist() == [["favor", 1]]
        report = labels_report(out)
        assert report["row"].fillna(0).tolist() == [7, 0, 0, 0, 0, 0]
        assert report.dtypes.astype("str").tolist() == ["str", "Int64", "str", "Int64", "Int64", *["str"] * 5]
        assert report[["article_id", "start", "coder", "target", "reason"]].values[1:].tolist() == [
            ["a0", 4, "ann", "tax bill", "another label of this coder is nearer"],
            ["a0", 4, "bo", "tax bill", "the text has changed: other words stand there now"],
            ["a0", 25, "ann", "tax bill", "there is no row of this target at this place"],
            ["a0", 25, "ann", "the ban", "the target was not asked for"],
            ["a9", 4, "ann", "tax bill", "the article is not there"],
        ]
    with pytest.raises(ValueError, match=r"no column 'stance'; make them with nk\.tag_stance"):
        apply_labels(table.drop(columns="stance"), quietly_read(path))
    with pytest.raises(ValueError, match=r"to be a table .*, and this is list; make them with nk\.tag_stance"):
        apply_labels(["no table"], quietly_read(path))
    assert labels_report(pd.DataFrame()).empty


def test_words_are_looked_for_in_the_articles_also_where_no_row_is():
    table, articles = stances(("a0", 4, "tax bill", "against")), make_articles("the tax bill passed  the ban stays")
    gone = labels(
        label("favor", start=25, end=28, mention="law"), label("favor", start=25, end=28, mention="ban", coder="bo"),
        label("favor", start=25, end=28, coder="cy"), label("favor", article="a9", mention="tax bill"),
    )  # fmt: skip
    reasons = labels_report(apply_labels(table, gone, articles))["reason"].str.partition(":")[0].tolist()
    nothing = "there is no row of this target at this place"
    assert reasons == ["the text has changed", nothing, nothing, "the article is not there"]
    assert apply_labels(table, gone.head(0), articles)["by"].tolist() == ["model"]


@pytest.mark.parametrize(
    ("start", "end", "mention", "found"),
    [
        (4, 7, "tax", True), (8, 12, "bill", True), (0, 12, "the tax bill", True), (8, 19, "bill passed", True),
        (0, 19, "the tax bill passed", True), (4, 7, "new", False), (8, 19, "cuts passed", False), (0, 7, "a new tax", True),
        (0, 4, "the ", False), (12, 19, " passed", False), (4, 12, "", True),
    ],
)  # fmt: skip
def test_a_label_is_of_a_row_with_the_same_words_where_they_overlap(start, end, mention, found):
    """A mention that is not as long as its place says nothing."""
    table = stances(("a0", 4, "tax bill", "neutral"))
    hand = labels(label("favor", start=start, end=end, mention=mention))
    assert apply_labels(table, hand)["by"].tolist() == ["hand" if found else "model"]


def test_the_nearest_label_of_a_coder_counts_whatever_their_order():
    table = stances(("a0", 4, "tax bill", "neutral"), ("a0", 60, "tax bill", "neutral"))
    hand = labels(
        label("against", start=0, end=12), label("favor", start=4, end=12), label("unclear", start=5, end=12),
        label("favor", start=59, end=67), label("against", start=61, end=69),  # as near as the other: the first counts
        label("neutral", start=59, end=69),
    )  # fmt: skip
    for order in (hand, hand[::-1]):
        assert apply_labels(table, order)["stance"].tolist() == ["favor", "favor"]


def test_a_table_that_was_read_back_from_a_file_takes_labels_too():
    """Ids have become numbers there, offsets have points, and what the mention was may not be known."""
    table = pd.DataFrame({"article_id": [7], "start": [4.0], "end": [8.0], "target": pd.Categorical(["bill"])})
    table = table.assign(mention="bill", stance="neutral")
    hand = labels(label("favor", article="7", end=8, target="bill", mention="bill"))
    for back in (table, table.drop(columns="mention"), table.assign(article_id="7").astype("object")):
        out = apply_labels(back, hand)
        assert out[["stance", "by", "coders"]].values.tolist() == [["favor", "hand", 1]]
        pd.testing.assert_frame_equal(out[list(back.columns.drop("stance"))], back.drop(columns="stance"))


def test_rows_with_one_label_have_it_in_common():
    table = stances(*[("a0", 4, "ban", "favor")] * 2, *[("a0", 40, "ban", "favor")] * 2, ("a1", 0, "ban", "favor"))
    table["holder"] = ["Ann Lee", None, "Ann Lee", "Bo Ek", None]
    table.index = [3, 3, 4, 4, 4]
    hand = labels(
        label("favor", start=4, end=7, target="ban"), label("against", start=40, end=43, target="ban", holder="Ann Lee"),
        label("unclear", start=40, end=43, target="ban", coder="bo"),
    )  # fmt: skip
    pairs, _ = placed(table, check_labels(hand))
    item = same_item(table, pairs)
    assert item.columns.tolist() == ["article_id", "start", "end", "target", "who"]
    assert item["who"].tolist() == ["", "", "Ann Lee", "", ""]
    assert item.duplicated().tolist() == [False, True, False, False, False]
    said = majority(pairs, len(table))
    assert said["stance"].fillna("-").tolist() == ["favor", "favor", "against", "-", "-"]
    assert (said["coders"].tolist(), said["coders"].dtype) == ([1, 1, 2, 1, 0], np.int64)
    without = table.drop(columns="holder")
    assert same_item(without, placed(without, check_labels(hand.head(1)))[0])["who"].tolist() == [""] * 5


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 99))
def test_only_labelled_rows_change_whatever_the_order_of_labels(rows, seed):
    hand = pd.DataFrame(rows)
    rng = np.random.default_rng(seed)
    table = hand.drop_duplicates(KEYS[:4])[KEYS[:4]].head(3).assign(stance="favor", confidence=0.7)
    table = pd.concat([table, table.assign(target="never labelled!")], ignore_index=True)
    out = apply_labels(table, hand)
    pd.testing.assert_frame_equal(out, apply_labels(table, hand.iloc[rng.permutation(len(hand))]))
    assert (out["by"] == "hand").tolist() == [k < len(table) // 2 for k in range(len(table))]
    assert (out.loc[out["by"] == "model", "stance"] == "favor").all()
    assert (out["coders"].fillna(0) <= 2).all()
