"""Who said what: offsets at their words, article by article, in written, scrubbed and collapsed text."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.tagging.attributions import read_attributions
from tests.conftest import WRITTEN, make_articles

TYPES = {
    "article_id": "str", "start": "Int64", "end": "Int64", "holder": "str", "holder_start": "Int64", "holder_end": "Int64",
    "holder_entity": "str", "cue": "str", "cue_start": "Int64", "cue_end": "Int64",
}  # fmt: skip
PARTS = (("holder", "holder_start", "holder_end"), ("cue", "cue_start", "cue_end"))


def news(n: int = 6) -> pd.DataFrame:
    """Real articles as written, scrubbed and collapsed, and texts in which there is nothing to find."""
    some = nk.sample_articles().head(n)
    forms = (some["text"], nk.scrub(some), nk.scrub(some, collapse=True))
    return make_articles("", *(text for form in forms for text in form), *WRITTEN, "12 %", "said")


@pytest.fixture(scope="module")
def articles() -> pd.DataFrame:
    return news()


@pytest.fixture(scope="module")
def linked(articles) -> pd.DataFrame:
    return nk.link_entities(nk.find_entities(articles), articles, propose=None)


@pytest.fixture(scope="module")
def found(articles, linked) -> pd.DataFrame:
    return nk.find_attributions(articles, linked)


@pytest.mark.parametrize("form", ["written", "scrubbed", "collapsed"])
@pytest.mark.parametrize(
    ("text", "holder", "cue", "content"),
    [
        ("Senator Ann Lee said the bill is a mistake.", "ann lee", "said", "the bill is a mistake"),
        ("The economy will shrink next year, according to the central bank.", "the central bank", "according to", "will shrink"),
        ("“The bill is a mistake,” said Senator Ann Lee.", "ann lee", "said", "the bill is a mistake"),
    ],
)
def test_plain_cases(form, text, holder, cue, content):
    shown = text if form == "written" else nk.scrub([text], collapse=form == "collapsed").item()
    found = nk.find_attributions(make_articles(shown))
    assert len(found) == 1
    row = found.iloc[0]

    def words(part: str) -> str:
        return " ".join(nk.scrub([part]).item().split())

    assert words(row["holder"]).endswith(holder)
    assert words(row["cue"]) == cue
    assert content in words(shown[row["start"] : row["end"]])


def test_columns_types_and_order(articles, found):
    assert found.dtypes.astype(str).to_dict() == TYPES
    assert len(found) > 50
    place = found["article_id"].map({name: k for k, name in enumerate(articles["article_id"])})
    assert place.is_monotonic_increasing
    at = found["start"].fillna(found["holder_start"])
    assert (at.diff()[place.diff() == 0] >= 0).all()
    assert found[["start", "holder_start"]].notna().any(axis=1).all()  # a content or a holder is always there
    contents = found.dropna(subset="start")
    assert (contents["start"] >= contents.groupby("article_id")["end"].shift().fillna(0)).all()


def test_offsets_point_at_the_words(articles, found):
    texts = articles.set_index("article_id")["text"]
    lengths = found["article_id"].map(texts.str.len())
    for words, start, end in PARTS:
        some = found.dropna(subset=start)
        assert len(some) > 30
        assert found[[words, start, end]].isna().all(axis=1).sum() == len(found) - len(some)
        shown = [texts[i][a:b] for i, a, b in zip(some["article_id"], some[start], some[end], strict=True)]
        assert some[words].tolist() == shown
        assert all(w[0].isalnum() and w[-1].isalnum() for w in shown)
    some = found["start"].notna()
    assert ((found["start"] >= 0) & (found["start"] < found["end"]) & (found["end"] <= lengths))[some].all()


@pytest.mark.parametrize("texts", [[""], ["  ", "!"], ["12 %"], ["🙂"], ["word"]])
def test_nothing_to_find(texts):
    articles = make_articles(*texts)
    for names in (None, nk.link_entities(nk.find_entities(articles), articles)):
        found = nk.find_attributions(articles, names)
        assert found.empty
        assert found.dtypes.astype(str).to_dict() == TYPES


def test_an_article_is_read_on_its_own(articles, linked, found):
    alone = [
        nk.find_attributions(articles.iloc[[i]], linked[linked["article_id"] == name])
        for i, name in enumerate(articles["article_id"])
    ]
    pd.testing.assert_frame_equal(pd.concat(alone, ignore_index=True), found)
    turned = nk.find_attributions(articles[::-1], linked).sort_values("article_id", kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(turned, found.sort_values("article_id", kind="stable", ignore_index=True))


def test_tokens_give_what_their_articles_give_and_inputs_stay(articles, linked, found):
    before, names = articles.copy(deep=True), linked.copy(deep=True)
    tokens = nk.tokenize(articles)
    for given_articles in (articles, tokens, tokens.words()):
        pd.testing.assert_frame_equal(nk.find_attributions(given_articles, linked), found)
    pd.testing.assert_frame_equal(articles, before)
    pd.testing.assert_frame_equal(linked, names)


def test_names_change_only_who_it_is(articles, linked, found):
    plain = nk.find_attributions(articles)
    pd.testing.assert_frame_equal(plain.drop(columns="holder_entity"), found.drop(columns="holder_entity"))
    pd.testing.assert_frame_equal(nk.find_attributions(articles, linked.head(0)), plain)
    known = set(linked["entity"])
    named = found["holder_entity"] != plain["holder_entity"].fillna("")
    assert (
        found.loc[named & found["holder_entity"].notna(), "holder_entity"].isin(known).mean() > 0.9
    )  # or what a pronoun stands for


def test_a_pronoun_is_the_last_person_who_spoke():
    text = "Ann Lee said the bill is a mistake. Bob Roe was there. She said the bill is a scandal."
    articles = make_articles(text, "She said the bill is a scandal.")
    spans = [(text.index(name), name) for name in ("Ann Lee", "Bob Roe")]
    linked = pd.DataFrame(
        [("a0", at, at + len(name), "PER", name) for at, name in spans], columns=["article_id", "start", "end", "label", "entity"]
    )
    found = nk.find_attributions(articles, linked)
    assert found["holder"].tolist() == ["Ann Lee", "She", "She"]
    assert found["holder_entity"].fillna("").tolist() == ["Ann Lee", "Ann Lee", ""]
    others = nk.find_attributions(articles, linked.tail(1))
    assert others["holder_entity"].fillna("").tolist() == ["Ann Lee", "Bob Roe", ""]


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=200), min_size=1, max_size=3))
@settings(max_examples=30, deadline=None)
def test_any_text_is_read(texts):
    found = nk.find_attributions(make_articles(*texts))
    for words, start, end in PARTS:
        for i, w, a, b in found[["article_id", words, start, end]].dropna().itertuples(index=False):
            assert texts[int(i[1:])][a:b] == w != ""


def test_text_that_only_object_columns_hold():
    found = nk.find_attributions(make_articles("The ban is cruel, said Ann\ud800Lee."))
    assert found["holder"].tolist() == ["Ann\ud800Lee"]


def test_a_long_article_is_read_as_its_parts_are():
    """Positions count over all articles: what is found in a text of 20,000 tokens is where it should be."""
    sentence = "senator ann lee said that the bill is a mistake   "
    found = nk.find_attributions(make_articles(sentence * 2000))
    assert len(found) == 2000
    assert (np.diff(found["holder_start"]) == len(sentence)).mean() > 0.99
    assert set(found["cue"]) == {"said"}


def test_every_part_lies_in_one_article(articles):
    tokens = nk.tokenize(articles)
    said = read_attributions(tokens)
    for spans in (said.sources, said.cues, said.contents, said.holders):
        assert (spans.first <= spans.last).all()
        assert (spans.first[1:] > spans.last[:-1]).all()
        assert np.array_equal(tokens.article[spans.first], tokens.article[spans.last])
        assert ((spans.probability > 0) & (spans.probability <= 1.0001)).all()
    some = said.source >= 0
    assert np.array_equal(tokens.article[said.sources.first[said.source[some]]], tokens.article[said.contents.first[some]])
    some = said.cue >= 0
    assert np.array_equal(tokens.article[said.cues.first[said.cue[some]]], tokens.article[said.contents.first[some]])


def test_errors_say_what_to_do(articles, linked):
    with pytest.raises(ValueError, match="model must be one of 'fast', 'accurate', not 'slow'"):
        nk.find_attributions(articles, model="slow")
    with pytest.raises(nk.ArticlesError, match="no column 'text'"):
        nk.find_attributions(articles.drop(columns="text"))
    with pytest.raises(ValueError, match=r"no column 'entity'; pass what nk.link_entities"):
        nk.find_attributions(articles, linked.drop(columns="entity"))
    with pytest.raises(ValueError, match="in article 'elsewhere', which is not among these"):
        nk.find_attributions(articles, linked.assign(article_id="elsewhere"))
    with pytest.raises(ValueError, match="nothing in column 'start'"):
        nk.find_attributions(articles, linked.assign(start=np.nan))
    with pytest.raises(nk.ArticlesError, match="must be unique"):
        nk.find_attributions(nk.tokenize(articles)[[1, 1]], linked)
