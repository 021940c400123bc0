"""Frequencies, collocations, keywords in context, what scrubbing loses, and the corpus card."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from tests.conftest import make_articles


def test_frequency_counts_by_hand(written):
    table = nk.word_frequency(written).set_index("word")
    assert table.loc["court", ["count", "articles"]].tolist() == [3, 1]
    assert table.loc["mayor", "count"] == 2
    assert table.loc["farmers", "share_of_articles"] == pytest.approx(1 / 3)
    assert "the" not in table.index
    assert "didn't" not in table.index
    assert nk.word_frequency(written, stop_words=True).set_index("word").loc["the", "count"] == 8
    assert nk.word_frequency(written, min_articles=2)["word"].tolist() == ["critics", "ruling", "judge"][:2]


def test_frequency_of_scrubbed_text_is_that_of_written_text():
    articles = make_articles("The court's U.S. ruling. The ruling, he said.", "Rulings of courts")
    scrubbed = articles.assign(text=nk.scrub(articles))
    columns = ["word", "count", "articles"]
    pd.testing.assert_frame_equal(nk.word_frequency(articles)[columns], nk.word_frequency(scrubbed)[columns])


def test_collocations_follow_dunning():
    articles = make_articles(*["the white house said", "a white house aide", "white paint  house cat", "green house"] * 5)
    table = nk.find_collocations(articles, min_count=5)
    assert table["log_likelihood"].is_monotonic_decreasing
    row = table.set_index("collocation").loc["white house"]
    assert row["count"] == 10
    n = nk.tokenize(articles).words().n_tokens
    observed = [[10, 5], [10, n - 25]]  # white house, white other; other house, neither
    rows, columns = [15, n - 15], [20, n - 20]
    expected = [[r * c / n for c in columns] for r in rows]
    by_hand = 2 * sum(
        o * math.log(o / e) for orow, erow in zip(observed, expected, strict=True) for o, e in zip(orow, erow, strict=True)
    )
    assert row["log_likelihood"] == pytest.approx(by_hand, rel=1e-6)
    assert row["pmi"] == pytest.approx(math.log2(10 * n / (15 * 20)))


def test_collocations_do_not_reach_across_a_wide_gap():
    assert nk.find_collocations(make_articles("white  house", "white, house"), min_count=1).empty
    assert nk.find_collocations(make_articles("white", "house"), min_count=1).empty


def test_collocations_of_acronyms_survive_scrubbing():
    articles = make_articles("The U.S. Senate met. Trump’s campaign.", "A U.S. Senate aide. Trump's campaign")
    for form in (articles, articles.assign(text=nk.scrub(articles))):
        found = nk.find_collocations(form, min_count=2)
        assert sorted(found["collocation"]) == ["trump campaign", "u.s. senate"]


def test_tables_are_made_from_tokens_too(written):
    tokens = nk.tokenize(written)
    for function in (nk.corpus_card, nk.compare_scrubbed, nk.describe_articles, nk.word_frequency):
        pd.testing.assert_frame_equal(function(tokens), function(written))
    assert nk.fingerprint(tokens) == nk.fingerprint(written)


def test_keyword_in_context():
    articles = make_articles("The White House said. A white  house!", "whitehouse white", "House")
    found = nk.keyword_in_context(articles, "white house", width=4)
    assert found["keyword"].tolist() == ["White House", "white  house"]
    assert found["left"].tolist() == ["The ", ". A "]
    for row in found.itertuples():
        assert articles.set_index("article_id")["text"][row.article_id][row.start : row.end] == row.keyword
    assert nk.keyword_in_context(articles, "white house", n=1)["start"].tolist() == [4]
    assert nk.keyword_in_context(articles, "nowhere").empty
    with pytest.raises(ValueError, match="no letter"):
        nk.keyword_in_context(articles, "...")


def test_scrubbing_loss_by_hand():
    articles = make_articles("The U.S. isn't Brown's 3.5% well-known www.a.com.", "It's so.")
    table = nk.compare_scrubbed(articles).set_index("kind")
    assert table["written"].tolist() == [2, 1, 2, 1, 1, 1, 1]
    assert table["recovered"].tolist() == [2, 1, 2, 1, 0, 0, 0]


@pytest.mark.filterwarnings("ignore:.*not English:UserWarning")
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
@settings(max_examples=30, deadline=None)
def test_analyses_take_any_text(texts):
    articles = make_articles(*texts)
    assert nk.word_frequency(articles, stop_words=True)["count"].sum() == nk.tokenize(articles).words().n_tokens
    assert (nk.find_collocations(articles, min_count=1)["count"] >= 1).all()
    compared = nk.compare_scrubbed(articles)
    assert (compared["recovered"] <= compared["written"]).all()
    assert nk.corpus_card(articles).loc["articles", "value"] == str(len(texts))


def test_corpus_card(written):
    card = nk.corpus_card(written.assign(date=pd.to_datetime(["2017-02-07", None, "2017-03-01"]), source=["A", "B", "B"]))[
        "value"
    ]
    assert card["dates"] == "07 February 2017 to 01 March 2017, 1 undated"
    assert card["sources"] == "B 2, A 1"
    assert card["form of the text"] == "written 3"
    assert nk.corpus_card(written)["value"]["sources"] == "none known"
    assert nk.corpus_card(written.assign(date="2017/2/7"))["value"]["dates"] == "07 February 2017 to 07 February 2017"
