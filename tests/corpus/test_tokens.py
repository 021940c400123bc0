"""Tokens: offsets, gaps, codes and order hold for any text, and inputs stay as they are."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.corpus import segmentation
from newskit.corpus.tokens import fold
from tests.conftest import make_articles

any_text = st.text(st.characters(exclude_categories=()), max_size=60)  # surrogates and unassigned characters too
news_text = st.text(st.sampled_from("abcXYZ019 .,'’-\n\u0301\u200dé字ßहि\U0001f600½²"), max_size=60)
texts = st.lists(any_text | news_text, min_size=1, max_size=8)


def reference_tokens(text: str) -> list[tuple[int, int]]:
    """Runs of letters (with the marks behind them) and runs of digits, one character at a time."""
    spans: list[tuple[int, int]] = []
    before = "gap"
    for i, c in enumerate(text):
        mark = unicodedata.category(c)[0] == "M" or c in "\u200c\u200d"
        kind = "letter" if c.isalpha() or (mark and before == "letter") else "digit" if c.isdigit() else "gap"
        if kind != "gap":
            if kind == before:
                spans[-1] = (spans[-1][0], i + 1)
            else:
                spans.append((i, i + 1))
        before = kind
    return spans


@given(texts)
@example(["\ud800a\udfff b", "", "é", "x"])
@example(["a1b2", "1a", "\u0301a", "a\u0301\u0301", "❤️ 1️⃣"])
@example(["abcdefgh abcdefghi abcdefgh\u00e9", "abcdefgh"])
def test_tokens_are_those_of_the_definition(given_texts):
    tokens = nk.tokenize(make_articles(*given_texts))
    for i, text in enumerate(given_texts):
        part = tokens[i]
        assert list(zip(part.start.tolist(), part.end.tolist(), strict=True)) == reference_tokens(text)
        assert [text[a:b] for a, b in zip(part.start, part.end, strict=True)] == part.vocabulary[part.code].tolist()


@given(texts)
def test_gaps_and_tokens_make_up_the_article(given_texts):
    tokens = nk.tokenize(make_articles(*given_texts))
    frame = tokens.to_frame()
    assert frame["article_id"].tolist() == [f"a{i}" for i in tokens.article]
    for i in range(len(given_texts)):
        rows = frame[(tokens.article == i)]
        ends = [0, *rows["end"]]
        assert rows["gap"].tolist() == [start - end for start, end in zip(rows["start"], ends, strict=False)]
        assert (rows["start"] < rows["end"]).all()
        assert rows["start"].is_monotonic_increasing


@given(texts)
@settings(max_examples=50)
def test_inputs_are_unchanged_and_results_repeat(given_texts):
    articles = make_articles(*given_texts).set_index(pd.Index(range(10, 10 + len(given_texts))))
    before = articles.copy(deep=True)
    one, two = nk.tokenize(articles), nk.tokenize(articles)
    pd.testing.assert_frame_equal(articles, before)
    assert one.articles.index.equals(articles.index)
    assert np.array_equal(one.code, two.code)
    assert one.vocabulary.equals(two.vocabulary)


@given(texts)
@settings(max_examples=50)
def test_chunks_make_no_difference(given_texts):
    articles = make_articles(*given_texts)
    whole = nk.tokenize(articles)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segmentation, "_CHUNK", 1)
        parts = nk.tokenize(articles)
    for name in ("code", "start", "end", "bounds"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))
    assert whole.vocabulary.equals(parts.vocabulary)


@given(st.lists(st.text(st.characters(categories=["Ll", "Lu", "Lo", "Po", "Zs"]), max_size=40), min_size=1, max_size=4))
def test_scrubbed_and_written_text_have_the_same_words(given_texts):
    """Where there are no digits (they are deleted) and no letter changes its length when lower-cased."""
    given_texts = [re.sub(r"[^\W\d_]", lambda m: m.group() if m.group().lower().isalpha() else "x", t) for t in given_texts]
    written = nk.tokenize(make_articles(*given_texts))
    scrubbed = nk.tokenize(make_articles(*nk.scrub(given_texts)))
    lower = ["".join(c.lower() for c in w) for w in written.vocabulary[written.code]]
    assert scrubbed.vocabulary[scrubbed.code].tolist() == lower
    assert np.array_equal(written.bounds, scrubbed.bounds)


@pytest.mark.parametrize("dtype", ["object", "str", "string", pd.ArrowDtype(__import__("pyarrow").string()), "category"])
def test_every_kind_of_string_column_is_read(dtype):
    texts = ["u s  attorney", "caf\u00e9 d\u00e9j\u00e0 vu", ""]
    articles = pd.DataFrame({"article_id": list("abc"), "text": pd.Series(texts).astype(dtype)})
    tokens = nk.tokenize(articles.iloc[[2, 1, 0]])
    assert tokens.vocabulary[tokens.code].tolist() == ["café", "déjà", "vu", "u", "s", "attorney"]


def test_document_term_matrix_counts_each_token():
    tokens = nk.tokenize(make_articles("to be or not to be", "", "To be"))
    matrix = tokens.document_term_matrix()
    assert matrix.shape == (3, len(tokens.vocabulary))
    counted = pd.DataFrame(matrix.toarray(), columns=tokens.vocabulary)
    assert counted.loc[0, ["to", "be", "or", "not", "To"]].tolist() == [2, 2, 1, 1, 0]
    lower = tokens.lower()
    assert pd.DataFrame(lower.document_term_matrix().toarray(), columns=lower.vocabulary).loc[2, ["to", "be"]].tolist() == [1, 1]
    assert np.array_equal(tokens.counts(), np.asarray(matrix.sum(axis=0)).ravel())


def test_the_matrix_leaves_the_tokens_alone():
    tokens = nk.tokenize(make_articles("b a b a"))
    before = tokens.code.copy()
    tokens.document_term_matrix()
    assert np.array_equal(tokens.code, before)


def test_slicing_takes_articles():
    tokens = nk.tokenize(make_articles("one two", "", "three", "four five six"))
    assert [part.n_tokens for part in tokens] == [2, 0, 1, 3]
    some = tokens[[3, 0]]
    assert some.to_frame()["token"].tolist() == ["four", "five", "six", "one", "two"]
    assert some.articles["article_id"].tolist() == ["a3", "a0"]
    assert tokens[np.array([False, False, True, False])].to_frame()["gap"].tolist() == [0]
    assert len(tokens[1:3]) == 2
    assert tokens[[2, 2]].to_frame()["article_id"].tolist() == ["a2", "a2"]
    assert tokens[-1].n_tokens == 3
    with pytest.raises(IndexError):
        tokens[4]


@pytest.mark.parametrize(
    "which",
    [slice(1, 3), slice(2, None), slice(-3, -1), slice(3, 1), slice(5, 9), slice(None, None, 2), slice(None, None, -1), 0, -2,
     [3, 0, 3], np.array([], int), np.array([True, False, False, True])],
)  # fmt: skip
def test_some_articles_have_the_tokens_they_have_alone(which):
    articles = make_articles("b a, b", "", "c3 d", " a é-e").set_index(pd.Index([5, 5, 6, 7]))
    some = nk.tokenize(articles)[which]
    wanted = articles.iloc[[which] if isinstance(which, int) else which]
    pd.testing.assert_frame_equal(some.articles, wanted)
    got = some.to_frame().astype({"article_id": "str", "token": "str"})
    if len(wanted):
        alone = pd.concat([nk.tokenize(wanted.iloc[[i]]).to_frame().astype(got.dtypes) for i in range(len(wanted))])
        pd.testing.assert_frame_equal(got, alone.reset_index(drop=True))
    assert len(some) == len(some.bounds) - 1 == len(wanted)
    assert some.n_tokens == some.bounds[-1] == len(got)
    assert some.vocabulary.equals(nk.tokenize(articles).vocabulary)


def test_articles_in_line_are_not_copied():
    tokens = nk.tokenize(make_articles("one two", "three", "four"))
    for part in (tokens[1:], tokens[0:2:1]):
        assert all(np.shares_memory(getattr(part, name), getattr(tokens, name)) for name in ("code", "start", "end"))


def test_columns_have_the_types_they_are_said_to_have():
    tokens = nk.tokenize(make_articles("", "two words", "", "More words"))
    assert tokens.first_of_article.tolist() == [0, 2]
    assert tokens.article.tolist() == [1, 1, 3, 3]
    for table in (tokens, tokens.lower(), tokens.words(), tokens[2:], tokens[[3, 1]]):
        types = {name: str(getattr(table, name).dtype) for name in ("code", "start", "end", "gap", "bounds", "article")}
        assert types == dict.fromkeys(("code", "start", "end", "gap"), "int32") | dict.fromkeys(("bounds", "article"), "int64")
        assert table.document_term_matrix().dtype == table.counts().dtype == np.int64
    frame = tokens.to_frame()
    assert frame[["start", "end", "gap"]].dtypes.eq(np.int64).all()
    assert frame.select_dtypes("category").columns.tolist() == ["article_id", "token"]


def test_counts_of_some_articles_have_the_whole_vocabulary():
    tokens = nk.tokenize(make_articles("a b", "a a c", ""))
    one = tokens[1:2]
    assert one.document_term_matrix().toarray().tolist() == [[2, 0, 1]]
    assert tokens[:1].document_term_matrix().toarray().tolist() == [[1, 1, 0]]
    assert (one.counts().tolist(), tokens[:1].counts().tolist()) == ([2, 0, 1], [1, 1, 0])
    assert tokens.count_per_article(tokens.vocabulary[tokens.code] == "a").tolist() == [1, 2, 0]
    assert tokens.count_per_article(np.ones(5, bool)).tolist() == [2, 3, 0]


@given(texts, st.lists(st.tuples(st.integers(0, 7), st.integers(0, 60), st.integers(0, 12)), min_size=1))
@settings(max_examples=50)
@example(["a bc d", "e fg"], [(0, 1, 1), (0, 1, 2), (0, 3, 0), (0, 3, 9), (1, 0, 9), (1, 3, 0), (1, 4, 9)])
def test_spans_have_the_tokens_with_a_character_in_them(given_texts, spans):
    tokens = nk.tokenize(make_articles(*given_texts))
    article, start, width = np.array(spans).T
    article = article % len(given_texts)
    first, last = tokens.inside(article, start, start + width)
    for i, a, n, one, other in zip(article, start, width, first, last, strict=True):
        there = (tokens.article == i) & (tokens.start < a + n) & (tokens.end > a) & (n > 0)
        assert np.flatnonzero(there).tolist() == list(range(one, other + 1))


def test_what_stands_between_two_tokens_is_given_as_written():
    tokens = nk.tokenize(make_articles("It rose  3.5%.", "So, what?"))
    assert tokens.written(np.array([0, 1, 4]), np.array([0, 3, 5])) == ["It", "rose  3.5", "So, what"]
    with pytest.raises(ValueError, match="shorter"):
        tokens.written(np.array([0, 1]), np.array([2]))


def test_words_that_differ_in_case_or_apostrophe_are_one_when_lower():
    tokens = nk.tokenize(make_articles("Don't don’t DON`T we", "We’re here"))
    lower = tokens.words().lower()
    assert lower.vocabulary[lower.code].tolist() == ["don't", "don't", "don't", "we", "we're", "here"]
    assert lower.vocabulary.is_unique
    assert tokens.lower().vocabulary.tolist() == ["don", "t", "we", "re", "here"]
    assert (tokens.words().folded, lower.folded, lower.words().folded) == (False, True, True)
    joined = tokens.lower().words()  # the other way round
    assert joined.vocabulary[joined.code].tolist() == lower.vocabulary[lower.code].tolist()
    code_of, words = fold(pd.Index(["B’s", "a", "b's"]))
    assert (code_of.tolist(), code_of.dtype, words.tolist()) == ([0, 1, 0], np.int64, ["b's", "a"])


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (slice(None), "3 articles, 1,004 tokens, 3 distinct"),
        (slice(1), "1 article, 1,001 tokens, 1 distinct"),  # what the part has, not what the vocabulary has
        (slice(1, 2), "1 article, 1 token, 1 distinct"),
        (slice(2, 3), "1 article, 2 tokens, 2 distinct"),
        (slice(0), "0 articles, 0 tokens, 0 distinct"),
    ],
)
def test_repr_is_short(part, said):
    tokens = nk.tokenize(make_articles("to " * 1001, "be", "be free"))
    assert repr(tokens[part]) == f"<Tokens: {said}>"
    assert repr(tokens[part].words()) == f"<Tokens: {said}>".replace("token", "word")


def test_tokens_pass_through():
    tokens = nk.tokenize(make_articles("It didn't."))
    assert nk.tokenize(tokens) is tokens
    words = tokens.words()
    assert words.words() is words
    again = nk.tokenize(words)  # the tokens that the words were joined from
    assert (words.n_tokens, again.n_tokens, again.unit) == (2, 3, "token")
    pd.testing.assert_frame_equal(again.to_frame(), tokens.to_frame())


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({"article_id": ["a"], "txt": ["x"]}), "no column 'text'.*Did you mean"),
        (pd.DataFrame({"text": ["x"]}), "no column 'article_id'"),
        (pd.DataFrame({"article_id": [], "text": []}), "no rows"),
        (pd.DataFrame({"article_id": ["a", "a"], "text": ["x", "y"]}), "'a' stands there more than once"),
        (pd.DataFrame({"article_id": ["a", "b"], "text": ["x", 3.0]}), r"1 of 2 articles.*row 1 \(3.0\)"),
        (pd.DataFrame({"article_id": ["a", "b"], "text": ["x", None]}), "dropna"),
        (pd.DataFrame({"article_id": ["a", None], "text": ["x", "y"]}), "article_id is missing in row 1"),
        (pd.DataFrame({"article_id": ["a"], "text": [1]}), "not a string"),
        (pd.DataFrame([["a", "x", "y"]], columns=["article_id", "text", "text"]), "more than once"),
        (pd.DataFrame({"article_id": [1, "1"], "text": ["x", "y"]}), "'1' stands there more than once"),
        (["some text"], "Expected a DataFrame of articles, got list"),
    ],
)
def test_wrong_frames_get_an_error_that_helps(frame, said):
    with pytest.raises(nk.ArticlesError, match=said):
        nk.tokenize(frame)
