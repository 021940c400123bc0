"""Names: found in written and scrubbed text, at their words, with one label an article, whatever stands beside."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.tagging.patronymics import join_patronymics
from newskit.tagging.spans import Spans
from newskit.training.corpora import ANNOTATED, FORMS, in_forms, read_annotated
from tests.conftest import WRITTEN, make_articles

COLUMNS = ["article_id", "start", "end", "text", "label", "score"]


def test_names_of_a_written_and_of_a_scrubbed_sentence():
    text = "WASHINGTON (Reuters) - U.S. President Donald Trump met German Chancellor Angela Merkel in Berlin on Friday."
    for shown in (text, nk.scrub([text]).item()):
        found = nk.find_entities(make_articles(shown))
        names = set(zip(nk.scrub(found["text"]).str.split().str.join(" "), found["label"], strict=True))
        assert names >= {
            ("washington", "LOC"),
            ("reuters", "ORG"),
            ("donald trump", "PER"),
            ("angela merkel", "PER"),
            ("berlin", "LOC"),
        }


def test_a_table_in_order_with_offsets_at_the_words():
    articles = pd.concat(
        [nk.sample_articles().head(20), nk.sample_articles().head(20).assign(article_id=lambda a: a["article_id"] + "s")]
    )
    articles["text"] = np.where(articles["article_id"].str.endswith("s"), nk.scrub(articles), articles["text"])
    found = nk.find_entities(articles)
    assert list(found.columns) == COLUMNS
    assert len(found) > 300
    texts = articles.set_index("article_id")["text"]
    assert all(
        texts[i][a:b] == t for i, a, b, t in zip(found["article_id"], found["start"], found["end"], found["text"], strict=True)
    )
    order = found["article_id"].map({name: k for k, name in enumerate(articles["article_id"])})
    assert order.is_monotonic_increasing
    assert (found["start"].diff()[order.diff() == 0] > 0).all()
    assert (found["end"].shift()[order.diff() == 0] <= found["start"][order.diff() == 0]).all()
    assert found["score"].between(0, 1.0001).all()
    assert found.dtypes[["start", "end", "score"]].astype(str).tolist() == ["int64", "int64", "float64"]


def test_one_label_per_name_unless_the_evidence_is_strong():
    articles = nk.sample_articles().assign(text=lambda a: nk.scrub(a))
    found = nk.find_entities(articles)
    unsure = found[found["score"] < 0.8]
    labels = found.groupby(["article_id", found["text"].str.split().str.join(" ")])["label"]
    usual = labels.agg(lambda x: x.value_counts().idxmax())
    agree = [
        usual[a, " ".join(t.split())] == label
        for a, t, label in zip(unsure["article_id"], unsure["text"], unsure["label"], strict=True)
    ]
    assert len(agree) > 50
    assert np.mean(agree) > 0.97  # ties and sums of scores apart


def test_an_article_is_read_on_its_own():
    articles = nk.sample_articles().head(12).assign(text=lambda a: nk.scrub(a))
    together = nk.find_entities(articles)
    alone = pd.concat([nk.find_entities(articles.iloc[[i]]) for i in range(len(articles))], ignore_index=True)
    pd.testing.assert_frame_equal(together.drop(columns="score"), alone.drop(columns="score"))
    assert together["score"].to_numpy() == pytest.approx(alone["score"].to_numpy(), abs=1e-4)


def test_tokens_give_what_their_articles_give_and_inputs_stay():
    articles = make_articles(*WRITTEN)
    before = articles.copy(deep=True)
    for found in (nk.find_entities, nk.split_sentences):
        pd.testing.assert_frame_equal(found(nk.tokenize(articles)), found(articles))
        pd.testing.assert_frame_equal(found(nk.tokenize(articles).words()), found(articles))
    pd.testing.assert_frame_equal(articles, before)


@pytest.mark.parametrize("texts", [[""], ["   "], ["12 %"], ["a"]])
def test_nothing_to_find(texts):
    found = nk.find_entities(make_articles(*texts))
    assert list(found.columns) == COLUMNS
    assert len(found) == 0


def test_an_unknown_model_is_named():
    with pytest.raises(ValueError, match="model must be one of 'fast', 'accurate', not 'slow'"):
        nk.find_entities(make_articles("a"), model="slow")


@given(st.lists(st.text(max_size=200), min_size=1, max_size=3))
@settings(max_examples=40, deadline=None)
def test_any_text_is_read(texts):
    found = nk.find_entities(make_articles(*texts))
    for name, a, b, text in found[["article_id", "start", "end", "text"]].itertuples(index=False):
        assert texts[int(name[1:])][a:b] == text != ""


def test_hand_annotated_articles(data):
    """Well below what is reached, so that it fails only when something broke; the scores stand in the model's card."""
    articles = read_annotated(ANNOTATED / "dev_a.json", data)
    for form, shown in zip(FORMS, in_forms(articles), strict=True):
        found = nk.find_entities(make_articles(*(a.text for a in shown)))
        got = {
            (int(i[1:]), " ".join(t.split()), label)
            for i, t, label in zip(found["article_id"], found["text"], found["label"], strict=True)
        }
        gold = {
            (i, " ".join(nk.tokenize(make_articles(a.text[s:e])).to_frame()["token"]), label)
            for i, a in enumerate(shown)
            for s, e, label in a.spans
        }
        got = {(i, " ".join(nk.tokenize(make_articles(t)).to_frame()["token"]), label) for i, t, label in got}
        assert 2 * len(got & gold) / (len(got) + len(gold)) > 0.75, form


def test_text_that_only_object_columns_hold():
    text = "Donald\ud800Trump met Angela\ud800Merkel in Berlin."
    found = nk.find_entities(make_articles(text))
    assert [text[a:b] for a, b in zip(found["start"], found["end"], strict=True)] == found["text"].tolist()
    assert "Berlin" in found["text"].tolist()


def test_an_acronym_has_its_last_point():
    found = nk.find_entities(make_articles("The U.S. Senate and the U.S. met the U.N. in Geneva, said the U.S."))
    assert {"U.S.", "U.N."} <= set(found["text"])
    assert not found["text"].isin(["U.S", "U.N"]).any()


@pytest.mark.parametrize(
    "text", ["he blamed osama bin laden  and bin laden fled", "He blamed Osama bin Laden, and bin Laden fled."]
)
def test_patronymics_belong_to_names(text):
    found = nk.find_entities(pd.DataFrame({"article_id": ["a"], "text": [text]}))
    assert found["text"].str.lower().tolist() == ["osama bin laden", "bin laden"]
    assert found["label"].tolist() == ["PER", "PER"]
    assert [text[a:b] for a, b in zip(found["start"], found["end"], strict=True)] == found["text"].tolist()


def test_patronymics_join_only_what_stands_together():
    tokens = nk.tokenize(
        pd.DataFrame({"article_id": list("abc"), "text": ["ann lee  bin ray ", "ann lee", "bin ray ibn sousa ibn al cruz"]})
    )
    place = np.array([0, 3, 4, 7, 9, 12])
    spans = Spans(place, np.array([1, 3, 5, 7, 9, 12]), np.full(6, 3), np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4]))
    found = join_patronymics(tokens, spans, 3)
    assert found.first.tolist() == [0, 2, 4, 6, 12]
    assert found.last.tolist() == [1, 3, 5, 9, 12]
    assert found.probability.tolist() == [0.9, 0.8, 0.7, 0.5, 0.4]
    other = join_patronymics(tokens, Spans(spans.first, spans.last, np.full(6, 0), spans.probability), 3)
    assert other.first.tolist() == place.tolist()
