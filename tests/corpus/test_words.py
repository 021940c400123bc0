"""Words: joined as the field counts them, from written and from scrubbed text."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import newskit as nk
from tests.conftest import make_articles


def words_of(text: str) -> list[str]:
    words = nk.tokenize(make_articles(text)).words()
    return words.vocabulary[words.code].tolist()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The U.S. didn't.", ["The", "U.S.", "didn't"]),
        ("a 3.5% rise of $1,000, at 10:30", ["a", "3.5%", "rise", "of", "1,000", "at", "10:30"]),
        ("well-known, U.S.-led; O’Brien’s", ["well-known", "U.S.-led", "O’Brien’s"]),
        ("see http://a.com/b-c?d=1, or www.bbc.co.uk.", ["see", "http://a.com/b-c?d=1", "or", "www.bbc.co.uk"]),
        ("R&D on the 19th", ["R&D", "on", "the", "19th"]),
        ("@nytimes #news me@x.org", ["@nytimes", "#news", "me@x.org"]),
        ("He left.Then (she) came - late", ["He", "left", "Then", "she", "came", "late"]),
        ("at 5 a.m. on 3/4/2017", ["at", "5", "a.m.", "on", "3/4/2017"]),
        ("There's a “long road, he's a b c", ["There's", "a", "long", "road", "he's", "a", "b", "c"]),
        ("Thiong'o said that, re-opened", ["Thiong'o", "said", "that", "re-opened"]),
        ("O presidente, o ministro.", ["O", "presidente", "o", "ministro"]),
        ("Trump‘s don´t 2017Trump", ["Trump‘s", "don´t", "2017", "Trump"]),
        ("hours' notice", ["hours", "notice"]),
        ("São Paulo’s café", ["São", "Paulo’s", "café"]),
    ],
)
def test_written_text(text, words):
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the u s  attorney", ["the", "u.s.", "attorney"]),
        ("the administration s plan", ["the", "administration's", "plan"]),
        ("we don t  and i m sure they ll", ["we", "don't", "and", "i'm", "sure", "they'll"]),
        ("at   a m  on", ["at", "a.m.", "on"]),
        ("with a u s  official and j k  rowling", ["with", "a", "u.s.", "official", "and", "j.k.", "rowling"]),
        ("the u s  s role", ["the", "u.s.'s", "role"]),
        ("mr o brien s house at   o clock", ["mr", "o'brien's", "house", "at", "o'clock"]),
        ("u s forces  in collapsed text", ["u.s.", "forces", "in", "collapsed", "text"]),
        ("george w  bush and vitamin a", ["george", "w", "bush", "and", "vitamin", "a"]),
        ("the court s u s  ruling and the s p  index", ["the", "court's", "u.s.", "ruling", "and", "the", "s.p.", "index"]),
        ("i m a u s  citizen and isn t a u s  one", ["i'm", "a", "u.s.", "citizen", "and", "isn't", "a", "u.s.", "one"]),
        (
            "the n s a  and the u s s r  in an i r s  office",
            ["the", "n.s.a.", "and", "the", "u.s.s.r.", "in", "an", "i.r.s.", "office"],
        ),
        (
            "the u n  s u s  envoy in the early  s and his s",
            ["the", "u.n.'s", "u.s.", "envoy", "in", "the", "early", "s", "and", "his", "s"],
        ),
        ("early s and late s", ["early", "s", "and", "late", "s"]),
        ("she  s  he", ["she", "s", "he"]),
        ("He s been, and it wasn t", ["He's", "been", "and", "it", "wasn't"]),
    ],
)
def test_scrubbed_text(text, words):
    assert words_of(text) == words


@given(
    st.lists(
        st.text(st.sampled_from("abisutdonABUS019 .,'’-:/%@#&\né字"), max_size=50) | st.text(max_size=30), min_size=1, max_size=6
    )
)
def test_words_are_made_of_whole_tokens_in_order(texts):
    tokens = nk.tokenize(make_articles(*texts))
    words = tokens.words()
    assert len(words) == len(tokens)
    for i, text in enumerate(texts):
        part, word = tokens[i], words[i]
        covered = [(a, b) for a, b in zip(word.start, word.end, strict=True)]
        assert all(0 <= a < b <= len(text) for a, b in covered)
        assert all(b <= c for (_, b), (c, _) in itertools.pairwise(covered))
        home = np.searchsorted(word.start, part.start, side="right") - 1
        assert (home >= 0).all()
        assert (word.end[home] >= part.end).all()
        letters = ["".join(c for c in form if c.isalnum()) for form in word.vocabulary[word.code]]
        assert letters == ["".join(c for c in text[a:b] if c.isalnum()) for a, b in covered]


def test_words_know_what_they_are():
    tokens = nk.tokenize(make_articles("The U.S. isn’t."))
    words = tokens.words()
    assert repr(words) == "<Tokens: 1 article, 3 words, 3 distinct>"
    assert words.words() is words
    assert tokens.lower().words().to_frame()["token"].tolist() == ["the", "u.s.", "isn't"]
    assert nk.tokenize(words).to_frame()["token"].tolist() == tokens.to_frame()["token"].tolist()
    assert nk.keyword_in_context(words, "U.S.")["start"].tolist() == [4]


def test_words_of_nothing():
    assert nk.tokenize(make_articles("", " . ")).words().n_tokens == 0


def test_most_damaged_words_of_real_articles_come_back(data):
    articles = nk.read_articles(data / "isot" / "True.csv")
    compared = nk.compare_scrubbed(nk.clean(articles)).set_index("kind")
    assert compared.loc["plain words", "share"] > 0.999
    assert compared.loc["acronym (U.S.)", "share"] > 0.95
    assert compared.loc["apostrophe s (Brown's)", "share"] > 0.99
    assert compared.loc["number (3.5%)", "recovered"] == 0
