"""The ledger of an output folder: what changed between runs."""

from __future__ import annotations

import json

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


def test_damaged_notes_are_said(tmp_path):
    nk.open_ledger(frame({"a": "one"}), tmp_path)
    path = tmp_path / "states" / "ledger.json"
    for content in ("", "{", json.dumps({"format": 99, "states": []}), json.dumps({"format": 1, "states": [{}]})):
        path.write_text(content)
        with pytest.raises(ValueError, match=r"ledger\.json"):
            nk.open_ledger(frame({"a": "one"}), tmp_path)


@pytest.mark.parametrize("name", ["../other.npz", "/tmp/x", "", ".hidden"])
def test_files_stay_in_the_folder(tmp_path, name):
    with pytest.raises(ValueError, match="no plain file name"):
        nk.open_ledger(frame({"a": "one"}), tmp_path).now(name)


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
