"""Who stands where on what: rows at their words, holders beside the target, article by article, with a report."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from tests.conftest import WRITTEN, make_articles

TYPES = {
    "article_id": "str", "sentence": "int64", "target": "str", "mention": "str", "start": "int64", "end": "int64",
    "holder": "str", "holder_start": "Int64", "holder_end": "Int64", "holder_entity": "str", "stance": "str",
    "p_against": "float64", "p_neutral": "float64", "p_favor": "float64", "confidence": "float64",
    "evidence": "object", "snippet": "str",
}  # fmt: skip
P = ["p_against", "p_neutral", "p_favor"]
ASKED = {
    "government": ["government", "governments"], "fire": ["fire", "fires", "bushfires"], "police": ["police", "government"],
    "australia": [], "unicorns": ["unicorn"], "it": [], "world": ["the world", "world cup"],
}  # fmt: skip


@pytest.fixture(scope="module")
def articles() -> pd.DataFrame:
    """Real articles as written, scrubbed and collapsed, and texts in which no target is named."""
    some = nk.sample_articles().head(8)
    forms = (some["text"], nk.scrub(some), nk.scrub(some, collapse=True))
    return make_articles("", *(text for form in forms for text in form), *WRITTEN, "🙂")


@pytest.fixture(scope="module")
def linked(articles) -> pd.DataFrame:
    return nk.link_entities(nk.find_entities(articles), articles, propose=None)


@pytest.fixture(scope="module")
def stances(articles, linked) -> pd.DataFrame:
    return nk.tag_stance(articles, ASKED, linked=linked)


@pytest.mark.parametrize("form", ["written", "scrubbed", "collapsed"])
def test_plain_cases(form):
    text = "Senator Ann Lee condemned the ban as cruel and illegal. Ann Lee praised the reform as a great success."
    shown = text if form == "written" else nk.scrub([text], collapse=form == "collapsed").item()
    table = nk.tag_stance(make_articles(shown), ["ban", "reform"])
    assert table[["target", "holder_entity", "stance"]].values.tolist() == [
        ["ban", "Ann Lee", "against"],
        ["reform", "Ann Lee", "favor"],
    ]
    assert "condemned" in " ".join(shown[a:b] for a, b in table["evidence"][0])
    assert table["snippet"][0].startswith("Senator Ann Lee condemned the ban")


def test_columns_types_and_order(articles, stances):
    assert stances.dtypes.astype(str).to_dict() == TYPES
    assert list(stances.columns) == list(TYPES)
    assert len(stances) > 60
    place = stances["article_id"].map({name: k for k, name in enumerate(articles["article_id"])})
    assert place.is_monotonic_increasing
    assert (stances["start"].diff()[place.diff() == 0] >= 0).all()
    assert not stances.duplicated(["article_id", "sentence", "target", "holder_start"]).any()
    assert set(stances["target"]) <= set(ASKED)


def test_rows_stand_at_their_words(articles, stances):
    texts = articles.set_index("article_id")["text"]
    sentences = nk.split_sentences(articles).set_index(["article_id", "sentence"])
    phrases = {name: {name, *own} for name, own in ASKED.items()}
    for row in stances.itertuples():
        text, sentence = texts[row.article_id], sentences.loc[(row.article_id, row.sentence)]
        assert text[row.start : row.end] == row.mention
        assert " ".join(row.mention.lower().split()) in phrases[row.target]
        assert sentence["start"] <= row.start < sentence["end"]
        assert len(row.evidence) <= 3
        for a, b in row.evidence:
            assert sentence["start"] <= a < b <= max(sentence["end"], row.end)
            assert b <= row.start or a >= row.end
            assert text[a].isalnum()
            assert text[b - 1].isalnum()


def test_holders_stand_beside_the_target(articles, stances):
    texts = articles.set_index("article_id")["text"]
    some = stances.dropna(subset="holder")
    assert len(some) > 20
    assert some[["holder_start", "holder_end"]].notna().all(axis=None)
    assert stances["holder_start"].notna().sum() == len(some)
    for row in some.itertuples():
        assert texts[row.article_id][row.holder_start : row.holder_end] == row.holder
        assert row.holder_end <= row.start or row.holder_start >= row.end
    assert (stances.loc[stances["holder"].isna(), "holder_entity"].fillna("(author)") == "(author)").all()
    assert (some["holder_entity"] != "(author)").all()


def test_the_stance_is_the_likeliest_or_missing(articles, linked, stances):
    assert stances[P].sum(axis=1).to_numpy() == pytest.approx(np.ones(len(stances)))
    assert stances["confidence"].to_numpy() == pytest.approx(stances[P].max(axis=1).to_numpy())
    likeliest = stances[P].idxmax(axis=1).str.removeprefix("p_")
    for threshold in (0, 0.7, 1):
        table = nk.tag_stance(articles, ASKED, linked=linked, threshold=threshold)
        wanted = likeliest.where(stances["confidence"] >= threshold)
        assert table["stance"].fillna("none").tolist() == wanted.fillna("none").tolist()
        pd.testing.assert_frame_equal(table.drop(columns="stance"), stances.drop(columns="stance"))


def test_an_article_is_read_on_its_own(articles, linked, stances):
    for i in (0, 2, 4, 12, 20, len(articles) - 2):
        name = articles["article_id"][i]
        alone = nk.tag_stance(articles.iloc[[i]], ASKED, linked=linked[linked["article_id"] == name])
        own = stances[stances["article_id"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, own, rtol=1e-3, atol=1e-4)


def test_tokens_give_what_their_articles_give_and_inputs_stay(articles, linked, stances):
    before, names, asked = articles.copy(deep=True), linked.copy(deep=True), {k: list(v) for k, v in ASKED.items()}
    pd.testing.assert_frame_equal(nk.tag_stance(nk.tokenize(articles).words(), ASKED, linked=linked), stances)
    pd.testing.assert_frame_equal(nk.tag_stance(articles, ASKED), stances)  # the names are then found
    pd.testing.assert_frame_equal(articles, before)
    pd.testing.assert_frame_equal(linked, names)
    assert asked == ASKED


def test_the_report_tells_of_every_target(stances):
    report = nk.stances.report(stances)
    assert report.dtypes.astype(str).tolist() == ["str", "str", "int64", "int64", "int64", "str"]
    assert report["target"].tolist() == list(ASKED)
    for row in report.itertuples():
        own = stances[stances["target"] == row.target]
        assert (row.rows, row.articles, row.abstained) == (len(own), own["article_id"].nunique(), own["stance"].isna().sum())
    notes = report.set_index("target")["note"].to_dict()
    assert notes["unicorns"] == "never named in these articles"
    assert notes["government"] == "shares a phrase with police"
    assert notes["it"] == ""
    with pytest.raises(ValueError, match="no report with this table"):
        nk.stances.report(pd.DataFrame(stances.to_dict("list")))


@pytest.mark.parametrize("texts", [["", "  "], ["!", "🙂"], ["one word", "שלום עולם"]])
@pytest.mark.parametrize("targets", [["ban"], None])
def test_no_target_is_named(texts, targets):
    table = nk.tag_stance(make_articles(*texts), targets)
    assert table.empty
    assert table.dtypes.astype(str).to_dict() == TYPES
    report = nk.stances.report(table)
    assert report["note"].tolist() == (["never named in these articles"] if targets else [])
    assert nk.stances.propose_targets(make_articles(*texts)).empty


def test_nobody_takes_a_position_on_himself():
    texts = [
        "“The ban is cruel,” Ann Lee said, “and the ban is illegal.”",
        "Ann Lee said the ban is cruel. Ann Lee praised Ann Lee.",
        "Ann Lee and Bob Roe praised Ann Lee. Ann Lee and Bob Roe condemned the ban.",
    ]
    table = nk.tag_stance(make_articles(*texts), ["ann lee", "ban"])
    about = table["target"] == "ann lee"
    assert (table.loc[about, "holder_entity"] != "Ann Lee").all()
    assert (table.loc[~about, "holder_entity"] == "Ann Lee").any()
    assert not table.duplicated(["article_id", "sentence", "target", "holder_start"]).any()


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=120), min_size=1, max_size=2), st.integers(0, 120))
@settings(max_examples=8, deadline=None)
def test_any_text_is_read(texts, cut):
    shown = [f"{t[:cut]} ban {t[cut:]}" for t in texts]
    table = nk.tag_stance(make_articles(*shown), {"ban": [], "Ban 2": ["ban"]})
    assert set(table["article_id"]) == {f"a{i}" for i in range(len(shown))}
    for row in table.itertuples():
        assert shown[int(row.article_id[1:])][row.start : row.end] == row.mention
        assert all(b <= row.start or a >= row.end for a, b in row.evidence)
    both = table.groupby("target")["start"].agg(list)
    assert both["ban"] == both["Ban 2"]


def test_proposals_do_not_hang_on_the_order():
    articles = nk.sample_articles().head(40)
    linked = nk.link_entities(nk.find_entities(articles), articles, propose=None)
    table = nk.stances.propose_targets(articles, linked=linked)
    assert table.dtypes.astype(str).to_dict() == {"target": "str", "phrase": "str", "mentions": "int64", "argued": "float64"}
    assert 0 < len(table) <= 8
    assert table["argued"].between(0, 1).all()
    assert (table["mentions"] > 1).all()
    pd.testing.assert_frame_equal(nk.stances.propose_targets(articles, linked=linked, n=3), table.head(3))
    turned = nk.stances.propose_targets(articles[::-1], linked=linked.sample(frac=1, random_state=0))
    pd.testing.assert_frame_equal(turned, table, atol=1e-5)
    stances = nk.tag_stance(articles, linked=linked)
    assert set(stances["target"]) == set(table["target"])
    pd.testing.assert_frame_equal(nk.tag_stance(articles, table, linked=linked), stances)


def test_errors_say_what_to_do(articles, linked):
    for threshold in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="threshold must be a number from 0 to 1"):
            nk.tag_stance(articles, ["ban"], threshold=threshold)
    with pytest.raises(ValueError, match="there is no target"):
        nk.tag_stance(articles, [])
    with pytest.raises(ValueError, match="which is not among these articles"):
        nk.tag_stance(articles, ["ban"], linked=linked.assign(article_id="b"))
    with pytest.raises(ValueError, match="no column 'entity'"):
        nk.tag_stance(articles, ["ban"], linked=nk.find_entities(articles))
    with pytest.raises(nk.ArticlesError, match="must be unique"):
        nk.tag_stance(articles.assign(article_id="a"), ["ban"])
    with pytest.raises(ValueError, match="model must be one of 'fast'"):
        nk.tag_stance(articles, ["ban"], model="slow")


@pytest.mark.parametrize(
    ("text", "holder"),
    [
        ("Senator Lee denounced Trump's travel ban on Monday.", "Lee"),
        ("Protesters met at the airport: Trump's second revised travel ban was wrong.", "(author)"),
        ("A court in Hawaii blocked the Trump travel ban.", "court in Hawaii"),
        ("Trump's decision to drop the travel ban was praised.", "Trump"),
        ("Trump defended the travel ban on Monday.", "Trump"),
    ],
)
@pytest.mark.parametrize("scrubbed", [False, True])
def test_whose_it_is_does_not_say_who_takes_a_position_on_it(text, holder, scrubbed):
    articles = make_articles(nk.scrub([text])[0] if scrubbed else text)
    stances = nk.tag_stance(articles, {"travel ban": ["travel ban"]}, threshold=0)
    assert stances["holder_entity"].str.casefold().tolist() == [holder.casefold()]
