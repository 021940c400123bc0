"""Topics from run to run: what is gone on from, what is kept, and what the newest articles change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import newskit as nk

SUBJECTS = {
    "football": "goal match striker keeper league penalty referee stadium coach defender midfield transfer".split(),
    "banking": "bank shares profit investors bonds credit lender deposits merger dividend market fund".split(),
    "weather": "storm rain flood wind snow forecast temperatures drought clouds coast lightning humidity".split(),
}


def written(n: int, subjects: list[str] | None = None, seed: int = 0) -> pd.DataFrame:
    """Articles of 40 words each on made-up matters, a day apart."""
    rng, subjects = np.random.default_rng(seed), subjects or list(SUBJECTS)
    texts = [" ".join(rng.choice(SUBJECTS[subjects[i % len(subjects)]], 40)) for i in range(n)]
    days = pd.date_range("2017-01-02", periods=n).astype("datetime64[us]")
    return pd.DataFrame({"article_id": [f"{seed}-{i}" for i in range(n)], "text": texts, "date": days})


def files_of(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_the_first_run_finds_topics_and_keeps_them(tmp_path):
    articles = written(60)
    run = nk.topics.carry_on(articles, tmp_path, labels={0: "mine", 9: "nobody's"})
    assert run.before is None
    assert run.arrived.empty
    assert run.changes.empty
    assert sorted(files_of(tmp_path)) == ["topics.npz"]
    kept = nk.TopicModel.load(tmp_path / "topics.npz")
    pd.testing.assert_frame_equal(kept.articles_, run.model.articles_)
    assert kept.topics_["label"].tolist().count("mine") == 1


def test_a_grown_corpus_goes_on_and_the_same_one_gives_the_same_again(tmp_path):
    old, grown = written(60, ["football", "banking"]), written(60, ["football", "banking"])
    grown = pd.concat([grown, written(30, ["weather"], seed=1)], ignore_index=True)
    first = nk.topics.carry_on(old, tmp_path, n_topics=2, labels={1: "mine"})
    again = nk.topics.carry_on(grown, tmp_path)
    assert again.note == "Gone on from an earlier run: of 90 articles 60 were known, and 30 are new."
    assert again.before.topics_["label"].tolist() == first.model.topics_["label"].tolist()
    assert again.model.topics_.set_index("topic").loc[1, "label"] == "mine"
    same = again.model.articles_.set_index("article_id")["topic"].reindex(old["article_id"])
    assert same.tolist() == first.model.labels_.tolist()
    assert again.changes.query("change == 'new'")["now"].tolist() == [30]
    assert sorted(again.arrived["article_id"]) == sorted(grown["article_id"].tail(30))
    files = files_of(tmp_path)
    third = nk.topics.carry_on(grown, tmp_path)
    assert files_of(tmp_path) == files
    pd.testing.assert_frame_equal(third.changes, again.changes)
    relabelled = nk.topics.carry_on(grown, tmp_path, labels={0: "other", 2: "storms"})
    assert relabelled.changes.set_index("topic").loc[[0, 1, 2], "label"].tolist() == ["other", "mine", "storms"]


def test_the_same_articles_can_be_asked_for_another_number(tmp_path):
    articles = written(60)
    assert len(nk.topics.carry_on(articles, tmp_path, n_topics=3).model.topics_) == 3
    assert len(nk.topics.carry_on(articles, tmp_path, n_topics=2).model.topics_) == 2


def test_other_articles_begin_anew_unless_the_model_is_named(tmp_path):
    nk.topics.carry_on(written(60, ["football", "banking"]), tmp_path / "a", n_topics=2, labels={0: "mine"})
    other = written(40, ["football", "weather"], seed=5)
    named = nk.topics.carry_on(other, tmp_path / "b", path=tmp_path / "a" / "topics.npz")
    assert len(named.model.articles_) == 100
    assert "mine" in named.model.topics_["label"].tolist()
    assert sorted(files_of(tmp_path / "b")) == ["topics.npz", "topics_before.npz"]
    anew = nk.topics.carry_on(other, tmp_path / "a")
    assert anew.before is None
    assert "of its 60 articles 0 come again" in anew.note
    assert len(anew.model.articles_) == 40


def test_fresh_begins_anew_and_forgets_what_was_before(tmp_path):
    nk.topics.carry_on(written(60), tmp_path, n_topics=3, labels={0: "mine"})
    nk.topics.carry_on(written(80), tmp_path)
    assert "topics_before.npz" in files_of(tmp_path)
    run = nk.topics.carry_on(written(80), tmp_path, n_topics=3, fresh=True)
    assert run.before is None
    assert "mine" not in run.model.topics_["label"].tolist()
    assert "topics_before.npz" not in files_of(tmp_path)


def test_a_damaged_file_is_said(tmp_path):
    (tmp_path / "topics.npz").write_bytes(b"no model")
    with pytest.raises(ValueError, match=r"topics\.npz cannot be read as a topic model"):
        nk.topics.carry_on(written(30), tmp_path)
    assert nk.topics.carry_on(written(30), tmp_path, fresh=True).before is None


def test_the_newest_are_held_out():
    articles = pd.concat([written(70, ["football", "banking"]), written(30, ["weather"], seed=1)], ignore_index=True)
    articles.loc[70:, "date"] += pd.Timedelta(days=100)
    trial = nk.topics.try_newest(articles.sample(frac=1, random_state=0), n_topics=2)
    assert trial.note == "A trial, with 30 of 100 articles held out (the newest, from 12 April 2017 on)."
    assert set(trial.arrived["article_id"]) == set(articles["article_id"].tail(30))
    assert len(trial.before.articles_) == 70
    assert len(trial.model.articles_) == 100
    assert trial.changes["change"].tolist().count("new") == 1


def test_undated_articles_are_drawn_in_whatever_order_they_come():
    articles = written(60).drop(columns="date")
    one, two = (nk.topics.try_newest(a) for a in (articles, articles.iloc[::-1]))
    assert "drawn, as they are undated" in one.note
    assert set(one.arrived["article_id"]) == set(two.arrived["article_id"])


@pytest.mark.parametrize("articles", [written(19), written(30).assign(text="the of and"), written(30).assign(text="")])
def test_where_nothing_can_be_held_out(articles):
    assert nk.topics.try_newest(articles) is None


def test_copies_are_articles_and_not_what_a_house_adds():
    text = written(1)["text"].iloc[0]
    alike = pd.DataFrame({"article_id": [str(i) for i in range(30)], "text": text})
    model = nk.TopicModel().fit(alike)
    assert model.topics_["n_articles"].tolist() == [30]
    trial = nk.topics.try_newest(alike)
    assert trial.arrived.empty
    assert len(trial.model.articles_) == 30


def test_an_article_without_words_has_no_place_on_the_map():
    articles = written(30)
    articles.loc[7, "text"] = "of the 7"
    spots = nk.TopicModel().fit(articles).map()
    assert spots.index[spots["x"].isna()].tolist() == spots.index[spots["y"].isna()].tolist() == [7]
