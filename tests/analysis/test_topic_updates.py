"""Topics that learn and are kept: numbers stay, what is new is found, a file says all, and a damaged one is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from tests.analysis.topic_corpora import TOPICS, make_corpus, nonsense

FIRST = ["football", "banking", "weather", "courts"]
OLD, NEW = make_corpus(20, FIRST), make_corpus(12, ["football", "courts", "film"], seed=1, name="b")
BOTH = pd.concat([OLD, NEW], ignore_index=True)
TABLES = ("articles_", "topics_", "terms_", "tree_")


@pytest.fixture
def model(tmp_path: Path) -> nk.TopicModel:
    return nk.TopicModel.load(SAVED)


@pytest.fixture(scope="module", autouse=True)
def _saved(tmp_path_factory):
    global SAVED
    SAVED = nk.TopicModel(4).fit(OLD).save(tmp_path_factory.mktemp("topics") / "model")


def changes(table: pd.DataFrame) -> dict[int, str]:
    return dict(zip(table["topic"], table["change"], strict=True))


def test_nothing_new_changes_nothing(model):
    before = {name: getattr(model, name).copy() for name in TABLES}
    assert set(model.update(OLD[::-1])["change"]) == {"same"}
    for name in TABLES[1:]:
        pd.testing.assert_frame_equal(getattr(model, name), before[name])
    again = model.articles_.set_index("article_id").loc[before["articles_"]["article_id"]].reset_index()
    pd.testing.assert_frame_equal(again, before["articles_"])


def test_an_unseen_topic_gets_a_number_and_the_others_keep_theirs(model):
    labels = model.labels_.copy()
    table = model.update(NEW)
    assert model.labels_[: len(OLD)].tolist() == labels.tolist()
    assert model.articles_["article_id"].tolist() == BOTH["article_id"].tolist()
    assert model.articles_["is_new"].tolist() == [False] * len(OLD) + [True] * len(NEW)
    assert model.labels_[len(OLD) :][NEW["gold"].eq("film")].tolist() == [4] * 12
    assert (model.labels_ == 4).sum() == 12
    assert changes(table)[4] == "new"
    assert table["now"].sum() == len(BOTH)
    assert table["before"].sum() == len(OLD)
    assert table["share_new"].sum() == pytest.approx(1)


def test_new_articles_alone_are_as_good_as_all(model):
    other = nk.TopicModel.load(SAVED)
    pd.testing.assert_frame_equal(model.update(NEW), other.update(BOTH))
    pd.testing.assert_frame_equal(model.articles_, other.articles_)


def test_forgotten_articles_take_their_topics_along(model):
    names = model.topics_.set_index("topic")["label"]
    own = dict(zip(OLD["gold"], model.labels_, strict=True))
    table = changes(model.update(NEW, forget=True))
    assert {topic for topic, change in table.items() if change == "gone"} == {own["banking"], own["weather"]}
    assert model.articles_["article_id"].tolist() == NEW["article_id"].tolist()
    assert model.topics_["label"][model.topics_["topic"] == own["courts"]].item() == names[own["courts"]]
    later = model.update(make_corpus(12, ["weather"], seed=5, name="c"))
    assert later["topic"][later["change"] == "new"].tolist() == [5]  # 4 is film, and the number of the weather is not used again


@pytest.mark.parametrize("words", [TOPICS, nonsense(5)], ids=["English", "nonsense"])
def test_two_unseen_topics_are_two(words):
    names = list(words)
    model = nk.TopicModel(3).fit(make_corpus(20, names[:3], words=words))
    new = make_corpus(20, names[3:], seed=1, words=words, name="b")
    assert sorted(changes(model.update(new)).items())[3:] == [(3, "new"), (4, "new")]
    assert pd.crosstab(new["gold"], model.labels_[60:]).to_numpy().max(axis=1).tolist() == [20, 20]


def test_a_topic_that_grows_is_not_new():
    model = nk.TopicModel(5).fit(make_corpus(15))
    table = changes(model.update(make_corpus(100, ["film"], seed=1, name="b")))
    assert sorted(table) == list(range(5))
    assert table[model.labels_[-1]] == "grown"


def test_copies_stay_and_edited_articles_are_replaced(model):
    model.update(OLD.head(3).assign(article_id=["x", "y", "z"]))
    assert model.articles_["article_id"].tolist() == [*OLD["article_id"], "x", "y", "z"]
    assert not model.articles_["is_new"].any()
    with pytest.warns(UserWarning, match="1 articles of before come again with another text .* 'a0'"):
        model.update(NEW.head(1).assign(article_id="a0"))
    assert model.articles_["article_id"].is_unique
    assert model.articles_["article_id"].iloc[-1] == "a0"


def test_labels_of_ones_own_stay(model, tmp_path):
    assert model.rename({2: "mine"}).articles_["label"].eq("mine").equals(model.articles_["topic"].eq(2))
    model.update(NEW)
    model = nk.TopicModel.load(model.save(tmp_path / "named.npz"))
    assert model.topics_.set_index("topic")["label"][2] == "mine"
    with pytest.raises(ValueError, match="no topic 9"):
        model.rename({9: "none"})


def test_a_saved_model_is_the_same_model(model, tmp_path):
    fitted = nk.TopicModel(4).fit(OLD)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(model, name), getattr(fitted, name))
    pd.testing.assert_frame_equal(model.assign(NEW), fitted.assign(NEW))
    pd.testing.assert_frame_equal(model.update(NEW), fitted.update(NEW))
    pd.testing.assert_frame_equal(model.topics_, fitted.topics_)
    paths = [fitted.save(tmp_path / name) for name in ("one", "two.npz")]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert nk.TopicModel.load(tmp_path / "one").labels_.tolist() == fitted.labels_.tolist()


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_file_is_refused_or_read(data):
    raw = bytearray(SAVED.read_bytes())
    if data.draw(st.booleans()):
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    else:
        raw = raw[: data.draw(st.integers(0, len(raw) - 1))]
    path = SAVED.with_name("damaged.npz")
    path.write_bytes(bytes(raw))
    try:
        labels = nk.TopicModel.load(path).labels_
    except ValueError as error:
        said = str(error)
    else:
        said = "damaged.npz cannot be read as a topic model" * (labels.tolist() == nk.TopicModel.load(SAVED).labels_.tolist())
    assert "damaged.npz cannot be read as a topic model" in said


def written(path: Path, about: dict[str, object] | None = None, **arrays: np.ndarray) -> Path:
    with np.load(SAVED) as file:
        known = {name: file[name] for name in file.files}
    said = json.loads(known.pop("about").tobytes()) | (about or {})
    np.savez_compressed(path, about=np.frombuffer(json.dumps(said).encode(), np.uint8), **known | arrays)
    return path


@pytest.mark.parametrize(
    "wrong",
    [{"format": 2}, {"kind": "other"}, {"params": {"x": 1}}, {"names": [1, 2, 3, 4]}, {"next_id": 0}, {"ids": "x"}, {"curve": 5}],
    ids=str,
)
def test_a_file_that_says_something_else_is_refused(wrong, tmp_path):
    with pytest.raises(ValueError, match="cannot be read as a topic model"):
        nk.TopicModel.load(written(tmp_path / "wrong.npz", wrong))


@pytest.mark.parametrize("name", ["place", "is_new", "keys", "labels", "strength", "near", "centres", "ids", "counts_words_data"])
def test_a_file_with_other_arrays_is_refused(name, tmp_path):
    for values in (np.array(3), np.full(80, np.nan), np.full(80, -5), np.full(80, "x"), np.array([None] * 80)):
        with pytest.raises(ValueError, match="cannot be read as a topic model"):
            nk.TopicModel.load(written(tmp_path / "wrong.npz", **{name: values}))


def test_a_small_file_fills_no_memory(tmp_path):
    bomb = written(tmp_path / "bomb.npz", stock=np.zeros(1 << 26, np.uint64))
    assert bomb.stat().st_size < 1 << 20
    with pytest.raises(ValueError, match="larger than it should be"):
        nk.TopicModel.load(bomb)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x04."])
def test_foreign_files_are_refused(content, tmp_path):
    path = tmp_path / "foreign.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="cannot be read as a topic model"):
        nk.TopicModel.load(path)
    with pytest.raises(ValueError, match="There is no file"):
        nk.TopicModel.load(tmp_path / "none.npz")


def test_a_topic_of_two_things_splits_when_both_grow():
    old = make_corpus(20)
    model = nk.TopicModel(4).fit(old)
    both = pd.crosstab(old["gold"], model.labels_).gt(10)
    (mixed,) = both.columns[both.sum() == 2]
    new = make_corpus(500, both.index[both[mixed]].tolist(), seed=1, name="b")
    table = model.update(new)
    assert table.loc[table["change"] == "split", "other"].tolist() == [mixed]
    assert pd.crosstab(new["gold"], model.labels_[len(old) :]).to_numpy().max(axis=1).min() > 475


def test_topics_do_not_merge_because_another_grows():
    model = nk.TopicModel(4).fit(make_corpus(20))
    table = model.update(make_corpus(300, ["film"], seed=1, name="b"))
    assert not table["change"].isin(["merged", "gone"]).any()
    assert {0, 1, 2, 3} <= set(model.labels_)
