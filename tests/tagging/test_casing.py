"""How scrubbed names are written."""

from __future__ import annotations

import json
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.tagging.casing import MODEL, Casing, load_casing, write_names
from newskit.training.casing import find_names, learn, main
from tests.conftest import make_articles

WRITTEN_NAMES = [
    "Jeff Sessions", "U.S.", "CNN", "NATO", "Mitch McConnell", "University of California", "Bill O'Reilly", "AT&T",
    "Donald J. Trump", "George W. Bush", "Kim Jong Un", "Bashar al-Assad", "U.S. Senate", "Johnson & Johnson", "White House",
    "Bill de Blasio", "ExxonMobil", "Republican", "F.B.I.", "Department of Justice",
]  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN_NAMES)
def test_scrubbed_names_are_written_as_they_stood(name):
    scrubbed = nk.scrub(pd.Series([name])).str.strip()
    assert write_names(scrubbed).tolist() == [name]


def test_capitals_are_kept():
    names = pd.Series(["iPhone", "McDonald", "WASHINGTON", "de Blasio"], index=list("abcd"), name="n")
    pd.testing.assert_series_equal(write_names(names), names.astype("str"))


def test_unknown_words_follow_rules():
    written = write_names(pd.Series(["xkqd", "mcfoobar", "zoltania", "st xkqd", "vorden s", ""]))
    assert written.tolist() == ["XKQD", "McFoobar", "Zoltania", "St XKQD", "Vorden's", ""]
    written = write_names(pd.Series(["9th circuit", "g20", "covid-19", "1990s", "नरेन्द्र मोदी", "jose\u0301"]))
    assert written.tolist() == ["9th Circuit", "G20", "Covid-19", "1990s", "नरेन्द्र मोदी", "José"]


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=8))
@settings(max_examples=100, deadline=None)
def test_any_name_keeps_its_letters(names):
    series = pd.Series(nk.scrub(pd.Series(names, dtype="str")), dtype="str")
    written = write_names(series)
    assert written.index.equals(series.index)
    for before, after in zip(series, written, strict=True):
        before, after = (unicodedata.normalize("NFC", name).casefold() for name in (before, after))
        assert [c for c in after if c.isalnum()] == [c for c in before if c.isalnum()]


def test_tables_are_learned_from_written_articles(tmp_path):
    text = "He met Ann McFoo of ZAPU and Jean-Luc Roe on Monday. She saw the ZAPU chief, McFoo, and a Zip of Quill. "
    casing = learn(make_articles(*[text] * 4))
    assert casing.words["zapu"] == "ZAPU"
    assert casing.write("jean luc roe") == "Jean-Luc Roe"
    casing.save(tmp_path / "casing.npz")
    again = Casing.load(tmp_path / "casing.npz")
    assert (again.words, again.pairs, again.small) == (casing.words, casing.pairs, casing.small)
    names = find_names(make_articles("She once met Ann McFoo of ZAPU and then Roe. Monday came, said Mr Roe."), frozenset({"of"}))
    assert names.tolist() == ["Ann McFoo of ZAPU", "Roe", "Mr Roe"]


def test_a_file_of_another_format_is_refused(tmp_path):
    with np.load(MODEL) as file:
        arrays = dict(file)
    arrays["about"] = np.frombuffer(json.dumps({"format": 99}).encode(), np.uint8)
    np.savez(tmp_path / "new.npz", **arrays)
    with pytest.raises(ValueError, match=r"new\.npz has weights of format 99"):
        Casing.load(tmp_path / "new.npz")


def test_what_is_shipped_is_what_training_makes(data, tmp_path):
    scores = main(["--data", str(data), "--out", str(tmp_path / "casing.npz")])
    assert (tmp_path / "casing.npz").read_bytes() == MODEL.read_bytes()
    assert scores["written right"] > 0.97 > 0.8 > scores["plain capitals right"]
    assert load_casing() is load_casing()
