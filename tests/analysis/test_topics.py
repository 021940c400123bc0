"""Topics: clear ones are found, whatever the order of the articles, and any corpus is worked on or refused in words."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score

import newskit as nk
from tests.analysis.topic_corpora import TOPICS, make_corpus, nonsense
from tests.conftest import ROOT, make_articles

CORPUS = make_corpus(12)
MODEL = nk.TopicModel(5).fit(CORPUS)
TABLES = ("topics_", "terms_", "tree_")
NUMBERS = ["n_articles", "n_weak", "share", "stability", "coherence"]


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("words", [TOPICS, nonsense(5)], ids=["English", "nonsense"])
@pytest.mark.parametrize("n_topics", [5, "auto"])
def test_clear_topics_are_found(words, n_topics):
    corpus = make_corpus(25, words=words)
    model = nk.TopicModel(n_topics).fit(corpus)
    assert adjusted_rand_score(corpus["gold"], model.labels_) == 1
    for row in model.topics_.itertuples():
        (gold,) = corpus["gold"][model.labels_ == row.topic].unique()
        assert {word for term in row.terms[:3] for word in term.split()} <= set(words[gold].split())
        assert row.stability > 0.9
    if n_topics == "auto":
        assert model.curve_["n_topics"][model.curve_["chosen"]].tolist() == [5]


def test_the_tables_tell_one_story():
    topics, articles, terms = MODEL.topics_, MODEL.articles_, MODEL.terms_
    assert topics["topic"].tolist() == list(range(5))
    assert topics["n_articles"].tolist() == np.bincount(MODEL.labels_).tolist()
    assert topics["share"].sum() == pytest.approx(1)
    assert topics["n_weak"].sum() == articles["weak"].sum() == (articles["strength"] < 0.2).sum()
    assert articles["article_id"].tolist() == CORPUS["article_id"].tolist()
    assert articles["topic"].tolist() == MODEL.labels_.tolist()
    assert not articles["is_new"].any()
    assert articles["label"].tolist() == topics.set_index("topic")["label"][MODEL.labels_].tolist()
    assert terms.groupby("topic")["term"].agg(list).tolist() == topics["terms"].tolist()
    assert MODEL.tree_["n_articles"].iloc[-1] == len(CORPUS)
    typical = MODEL.typical(n=2)
    assert typical.groupby("topic")["rank"].agg(list).tolist() == [[1, 2]] * 5
    spots = MODEL.map()
    assert np.isfinite(spots[["x", "y"]]).all(axis=None)
    pd.testing.assert_frame_equal(spots.drop(columns=["x", "y"]), articles)


@given(st.permutations(range(len(CORPUS))), st.sampled_from(["a", "x-", "ä "]))
@settings(max_examples=4, deadline=None)
def test_any_order_and_any_ids_give_the_same_topics(order, name):
    rows = list(order)
    again = CORPUS.assign(article_id=[f"{name}{i}" for i in range(len(CORPUS))]).iloc[rows]
    model = nk.TopicModel(5).fit(again)
    assert model.labels_.tolist() == MODEL.labels_[rows].tolist()
    assert model.articles_["strength"].tolist() == MODEL.articles_["strength"].iloc[rows].tolist()
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(model, table), getattr(MODEL, table), check_exact=True)


def test_copies_change_nothing_by_their_order():
    twice = pd.concat([CORPUS, CORPUS.head(20).assign(article_id=lambda d: "z" + d["article_id"])], ignore_index=True)
    one, other = (nk.TopicModel(5).fit(t) for t in (twice, twice[::-1]))
    pd.testing.assert_frame_equal(one.typical(), other.typical(), check_exact=True)
    assert one.labels_.tolist() == other.labels_[::-1].tolist()


def test_another_random_state_finds_the_same():
    assert adjusted_rand_score(nk.TopicModel(5, random_state=7).fit(CORPUS).labels_, MODEL.labels_) == 1


@pytest.mark.parametrize("form", ["scrubbed", "collapsed"])
def test_forms_of_the_sample_agree(form):
    sample = nk.sample_articles()
    scrubbed = sample.assign(text=nk.scrub(sample["text"], collapse=form == "collapsed"))
    labels = [nk.TopicModel(6).fit(articles).labels_ for articles in (sample, scrubbed)]
    assert adjusted_rand_score(*labels) > 0.85


def test_real_news(data):
    news = nk.read_articles(data / "news_articles" / "news_articles.csv.gz").head(900)
    model = nk.TopicModel(8).fit(news)
    assert model.topics_["stability"].mean() > 0.6
    assert model.assign(news)["topic"].tolist() == model.labels_.tolist()


@pytest.mark.parametrize("form", ["tokens", "lower", "words", "category", "pyarrow", "object", "index", "read-only"])
def test_articles_in_any_form(form):
    tokens = nk.tokenize(CORPUS)
    fixed = CORPUS.copy()
    for name in ("article_id", "text"):
        fixed[name] = fixed[name].astype(object)
        fixed[name].to_numpy().flags.writeable = False
    given_ = {
        "tokens": tokens, "lower": tokens.lower(), "words": tokens.words(),
        "category": CORPUS.astype({"text": "category"}).assign(title=pd.Categorical(["x", None] * 30)),
        "pyarrow": CORPUS.astype({"text": "string[pyarrow]", "article_id": "string[pyarrow]"}),
        "object": CORPUS.astype(object), "index": CORPUS.set_index(pd.Index(range(90, 30, -1))), "read-only": fixed,
    }[form]  # fmt: skip
    before = given_.copy() if isinstance(given_, pd.DataFrame) else (given_.code.copy(), given_.articles.copy())
    model = nk.TopicModel(5).fit(given_)
    assert model.labels_.tolist() == MODEL.labels_.tolist()
    model.assign(given_)
    if isinstance(given_, pd.DataFrame):
        pd.testing.assert_frame_equal(given_, before)
    else:
        assert (given_.code == before[0]).all()
        pd.testing.assert_frame_equal(given_.articles, before[1])


ALIKE = ["storm rain flood hits coast town again", "judge jury trial verdict court prison now", "goal match cup league bank rose"]
ODD = {
    "one article": ["The striker scored a goal."],
    "one of unknown words": ["zorbaq lumipaq"],
    "two": ["striker goal", "bank profit"],
    "two of unknown words": ["zorbaq lumipaq", "kelubaq fomibaq"],
    "all alike": ["goal striker match bank cup league in the town of lima"] * 30,
    "three texts, 50 times": ALIKE * 50,
    "no word shared": list(nonsense(20).values()),
    "one empty": ["striker goal", ""],
    "many empty": ["" if i % 3 == 0 else text for i, text in enumerate(CORPUS["text"])],
    "one word": ["goal"] * 12,
    "one word each": " ".join(TOPICS.values()).split()[::3],
    "one giant": [" ".join(list(TOPICS.values()) * 70), *["goal", "bank", "storm"] * 10],
    "other scripts": ["Правительство Москва выборы", "суд приговор тюрьма", "банк акции", "東京 政府", "القضاء", "שלום"] * 4,
}


@pytest.mark.parametrize("name", ODD)
def test_odd_articles(name):
    articles = make_articles(*ODD[name])
    model = nk.TopicModel().fit(articles)
    assert len(model.labels_) == len(articles)
    assert model.topics_["n_articles"].gt(0).all()
    numbers = model.topics_[NUMBERS[:-1] if "one" in name else NUMBERS]  # a topic of one word has no coherence
    assert np.isfinite(numbers).all(axis=None)
    assert model.articles_["strength"].between(0, 1).all()
    if len(articles) < 60:
        drawn = model.map()
        nowhere = drawn["x"].isna()
        assert drawn["strength"][nowhere].eq(0).all()
        assert drawn["weak"][nowhere].all()
        assert np.isfinite(drawn.loc[~nowhere, ["x", "y"]]).all(axis=None)
        assert not nowhere.any() or name in ("one of unknown words", "one empty", "one word each")
    placed = model.assign(articles)
    assert placed["topic"].tolist() == model.labels_.tolist()
    assert placed["novelty"].between(0, 1).all()
    assert model.curve_["chosen"].sum() == 1
    assert model.curve_["n_topics"].max() <= max(len(articles) // 3, 1)
    assert model.update(articles)["change"].tolist() == ["same"] * len(model.topics_)


@pytest.mark.parametrize("texts", [["", ""], ["the and of", "it is"], ["1 2 3", "44 5555"]])
def test_articles_that_say_nothing(texts):
    with pytest.raises(nk.ArticlesError, match="None of the 2 articles has a word"):
        nk.TopicModel().fit(make_articles(*texts))


@pytest.mark.parametrize("n_topics", [0, -1, 2.5, True, "many", None, 61])
def test_impossible_numbers_of_topics(n_topics):
    with pytest.raises(ValueError, match="topics"):
        nk.TopicModel(n_topics).fit(CORPUS)


@pytest.mark.parametrize("random_state", [None, -1, "a", 1.5, 2**40])
def test_impossible_random_states(random_state):
    with pytest.raises(ValueError, match="random_state must be a whole number"):
        nk.TopicModel(5, random_state=random_state).fit(CORPUS)


@pytest.mark.parametrize("n_topics", [1, 2, 30, 59, 60])
def test_as_many_topics_as_are_asked_for(n_topics):
    topics = nk.TopicModel(n_topics).fit(CORPUS).topics_
    assert len(topics) == n_topics
    assert topics["n_articles"].gt(0).all()


def test_as_an_estimator():
    model = clone(nk.TopicModel(5, random_state=3)).set_params(random_state=0)
    assert model.get_params() == {"n_topics": 5, "random_state": 0}
    assert model.fit_predict(CORPUS).tolist() == MODEL.labels_.tolist()
    with pytest.raises(ValueError, match="no parameter 'k'"):
        model.set_params(k=3)
    with pytest.raises(ValueError, match="not been fitted"):
        nk.TopicModel().assign(CORPUS)


def test_what_was_never_seen_is_novel():
    model = nk.TopicModel(3).fit(make_corpus(20, ["football", "banking", "weather"]))
    seen = model.assign(make_corpus(10, ["football", "banking"], seed=1))["novelty"]
    unseen = model.assign(make_corpus(10, ["film", "courts"], seed=1))
    assert unseen["novelty"].min() > seen.median()
    assert unseen["is_new"].mean() > 0.9


@given(st.lists(st.integers(0, 59), min_size=1, max_size=60, unique=True))
@settings(max_examples=8, deadline=None)
def test_assigning_hangs_on_the_article_alone(rows):
    other = make_corpus(12, seed=9, own=8)
    expected = MODEL.assign(other).iloc[rows].reset_index(drop=True)
    found = MODEL.assign(other.iloc[rows])
    pd.testing.assert_frame_equal(found, expected, rtol=1e-5, atol=0.02)


def test_tables_of_topics_add_up():
    by_period = nk.topics.by_period(MODEL.articles_, CORPUS, period="week")
    assert by_period["articles"].sum() == len(CORPUS)
    assert by_period.groupby("period")["share"].sum().to_numpy() == pytest.approx(np.ones(3))
    assert (by_period["low"].le(by_period["share"]) & by_period["share"].le(by_period["high"])).all()
    by_source = nk.topics.by_source(MODEL.articles_, CORPUS[::-1])
    assert by_source.groupby("source")["articles"].sum().to_dict() == CORPUS["source"].value_counts().to_dict()
    assert (by_source.groupby("source")["articles"].sum() == by_source.groupby("source")["of"].first()).all()
    assert by_source.groupby("source")["expected"].sum().to_numpy() == pytest.approx(np.ones(2))
    moves = nk.topics.movement(MODEL.articles_, MODEL.articles_.head(40).assign(topic=1, label="one"))
    assert moves["articles"].sum() == len(CORPUS)
    assert moves.loc[moves["after"].isna(), "articles"].sum() == 20
    assert moves.groupby("before")["articles"].sum().tolist() == MODEL.topics_["n_articles"].tolist()


def test_entities_of_topics():
    sample = nk.sample_articles().head(120)
    model = nk.TopicModel(3).fit(sample)
    found = nk.topics.entities(model.articles_, nk.link_entities(nk.find_entities(sample), sample), n=4)
    assert found.groupby("topic").size().le(4).all()
    assert found["share"].gt(found["share_elsewhere"]).all()
    assert (found["share"] * found["topic"].map(model.topics_.set_index("topic")["n_articles"])).tolist() == pytest.approx(
        found["articles"].tolist()
    )


def test_wrong_tables_are_refused():
    with pytest.raises(ValueError, match="no column 'article_id'"):
        nk.topics.by_source(MODEL.topics_, CORPUS)
    with pytest.raises(ValueError, match="1 of 61 articles have no topic"):
        nk.topics.by_source(MODEL.articles_, pd.concat([CORPUS, make_articles("goal").assign(article_id="new")]))
    with pytest.raises(ValueError, match="'a0' twice"):
        nk.topics.by_source(pd.concat([MODEL.articles_, MODEL.articles_]), CORPUS)
    with pytest.raises(ValueError, match="period must be one of"):
        nk.topics.by_period(MODEL.articles_, CORPUS, period="source")
    with pytest.raises(nk.ArticlesError, match="No article has a date"):
        nk.topics.by_period(MODEL.articles_, CORPUS.drop(columns="date"))
    with pytest.raises(ValueError, match="no column 'article_id'"):
        nk.topics.movement(MODEL.articles_, MODEL.terms_)


_RUN = """
import hashlib, sys, newskit as nk
from tests.analysis.topic_corpora import make_corpus
model = nk.TopicModel().fit(make_corpus(30).sample(frac=1, random_state=int(sys.argv[1])))
tables = model.articles_.sort_values("article_id", ignore_index=True), model.topics_, model.terms_, model.curve_
print(hashlib.md5("".join(t.to_json(double_precision=15) for t in tables).encode()).hexdigest())
"""


def test_the_same_bytes_for_any_seed_threads_and_order():
    printed = set()
    for order, seed, threads in ((0, "0", "1"), (1, "1", "2")):
        names = {"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", _RUN, str(order)]
        printed.add(subprocess.run(command, env=os.environ | names, capture_output=True, check=True).stdout)
    assert len(printed) == 1
    assert len(printed.pop().strip()) == len(hashlib.md5().hexdigest())
