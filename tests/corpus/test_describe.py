"""Describing articles: the form of the text, duplicates, odd characters."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from tests.conftest import WRITTEN, make_articles


def form_of(text: str) -> str:
    return nk.describe_articles(make_articles(text), near=False)["form"].item()


def test_forms(written):
    assert nk.describe_articles(written)["form"].tolist() == ["written"] * 3
    assert nk.describe_articles(written.assign(text=nk.scrub(written)))["form"].tolist() == ["scrubbed"] * 3
    assert nk.describe_articles(written.assign(text=nk.scrub(written, collapse=True)))["form"].tolist() == ["collapsed"] * 3


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", "empty"),
        ("rain in lima\n\n" + nk.scrub([WRITTEN[1] * 3], collapse=True).item(), "collapsed"),
        (" 12 .", "empty"),
        (WRITTEN[1].lower(), "partly"),
        (WRITTEN[1].upper(), "partly"),
        (WRITTEN[1].replace(",", "").replace(".", ""), "partly"),
        (
            "He s been there, and it wasn t his. She said Donald s plan isn t one. Then he left it at that, and so did she.",
            "partly",
        ),
        ("Fire in Rome", "written"),
        ("القاهرة، مصر: قال الرئيس اليوم، إن الحكومة تعمل.", "written"),
    ],
)
def test_other_forms(text, form):
    assert form_of(text) == form


def test_real_corpora_are_recognised(data):
    articles = nk.read_articles(data / "isot" / "True.csv")
    for collapse, form in ((False, "scrubbed"), (True, "collapsed")):
        scrubbed = articles.assign(text=nk.scrub(articles, collapse=collapse))
        assert set(nk.describe_articles(scrubbed, near=False)["form"]) == {form}
    assert set(nk.describe_articles(articles, near=False)["form"]) == {"written"}


def test_duplicates(data):
    text = nk.read_articles(data / "isot" / "True.csv")["text"][0]
    changed = text.replace("Congress", "House", 1) + " Reporting by nobody."
    articles = make_articles(text, WRITTEN[1], changed, text.upper(), "", "", WRITTEN[2])
    table = nk.describe_articles(articles)
    assert table["duplicate_of"].fillna("").tolist() == ["", "", "", "a0", "", "", ""]
    assert table["near_duplicate_of"].fillna("").tolist() == ["", "", "a0", "a0", "", "", ""]
    assert nk.describe_articles(articles, near=False)["near_duplicate_of"].isna().all()


def test_an_article_that_goes_on_is_no_copy():
    """The first word of a corpus has the code 0; it counts at the end of an article too."""
    articles = make_articles("rain", "rain in rain", "rain in", "")
    assert nk.describe_articles(articles)["duplicate_of"].isna().all()


def test_odd_characters_and_counts():
    table = nk.describe_articles(make_articles("caf\ufffd \x07ok\ue000", "fine", "字 é"))
    assert table["characters"].tolist() == [9, 4, 3]
    assert table["odd_characters"].tolist() == [3 / 9, 0, 0]
    assert table["tokens"].tolist() == [2, 1, 2]


def test_index_is_kept_and_tokens_are_taken():
    articles = make_articles("one two", "three").set_index(pd.Index(["x", "y"]))
    table = nk.describe_articles(nk.tokenize(articles))
    assert table.index.tolist() == ["x", "y"]
    assert table["wide_gaps"].tolist() == [0.0, 0.0]


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_text_has_a_description(texts):
    table = nk.describe_articles(make_articles(*texts))
    assert len(table) == len(texts)
    assert table["characters"].tolist() == [len(t) for t in texts]
    assert table["wide_gaps"].between(0, 1).all()
    assert table["odd_characters"].between(0, 1).all()
