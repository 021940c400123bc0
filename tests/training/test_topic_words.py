"""Vectors of words for topics: what is near what in the shipped ones, and training turns sums toward the teacher."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from newskit.analysis.vocabulary import is_stop_word
from newskit.tagging.models import MODELS
from newskit.tagging.weights import read_npz, unpacked
from newskit.training.corpora import read_news

SECTIONS = (
    "football cricket tennis goalkeeper striker league coach tournament rugby olympic",
    "parliament senate election ballot legislation minister voters congress republican candidate",
    "shares stocks investors inflation profits bank earnings shareholders merger retailers",
    "film actress album singer novel theatre museum painter concert comedy",
    "murder stabbed detectives prison jury robbery burglary prosecutors arrested homicide",
    "vaccine patients hospital cancer doctors surgery diabetes nurses virus medicine",
    "missile airstrikes troops militants rebels soldiers bombing insurgents warplanes shelling",
    "hurricane floods earthquake storm rainfall wildlife species drought",
)


@pytest.fixture(scope="module")
def shipped() -> pd.DataFrame:
    """The shipped vectors, a row per word."""
    _, arrays = read_npz(MODELS / "topic_words.npz", version=1)
    vectors = arrays["vectors"] * arrays["scale"][:, None].astype(np.float32)
    return pd.DataFrame(vectors, index=pd.Index(unpacked(arrays["words"]), dtype="str"))


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_the_words_are_in_order_and_of_content(shipped):
    words = shipped.index
    assert words.is_unique
    assert words.tolist() == sorted(words)
    assert words.str.fullmatch(r"[^\W\d_]{2,}").all()
    assert (words == words.str.lower()).all()
    assert not is_stop_word(words).any()


def test_each_word_has_a_vector(shipped):
    about, arrays = read_npz(MODELS / "topic_words.npz", version=1)
    assert arrays["vectors"].dtype == np.int8
    assert arrays["scale"].dtype == np.float16
    assert shipped.shape == (len(arrays["scale"]), about["dimensions"])
    assert np.isfinite(shipped.to_numpy()).all()
    assert (np.linalg.norm(shipped, axis=1) > 0).all()


def test_football_is_nearer_to_cricket_than_to_parliament(shipped):
    for word, near, far in [
        ("football", "cricket", "parliament"),
        ("shares", "stocks", "actress"),
        ("film", "actress", "inflation"),
        ("murder", "stabbed", "album"),
    ]:
        assert cosine(shipped.loc[word], shipped.loc[near]) > cosine(shipped.loc[word], shipped.loc[far])


def test_words_of_one_section_are_near_each_other(shipped):
    """Of two words, the one of the same section is nearer nine times in ten; single ones may not be."""
    words = [word for line in SECTIONS for word in line.split()]
    section = np.repeat(np.arange(len(SECTIONS)), [len(line.split()) for line in SECTIONS])
    vectors = shipped.loc[words].to_numpy()
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, np.nan)
    same = section[:, None] == section
    right = [(row[own & ~np.isnan(row)][:, None] > row[~own]).mean() for row, own in zip(alike, same, strict=True)]
    assert np.mean(right) > 0.85
    assert (section[np.nanargmax(alike, axis=1)] == section).mean() > 0.9


def test_sums_of_words_say_what_a_passage_is_about(shipped):
    match = shipped.loc[["striker", "scored", "twice", "cup", "final"]].sum()
    assert cosine(match, shipped.loc["football"]) > cosine(match, shipped.loc["election"])
    vote = shipped.loc[["voters", "polls", "candidate", "won", "final"]].sum()
    assert cosine(vote, shipped.loc["election"]) > cosine(vote, shipped.loc["football"])


def test_the_weights_stay_small():
    assert (MODELS / "topic_words.npz").stat().st_size < 3.6e6
    assert sum(p.stat().st_size for p in MODELS.glob("*.npz")) < 40e6


def test_sums_turn_toward_the_teacher():
    pytest.importorskip("torch", reason="needs torch (extra train)")
    from newskit.training.topic_words import bags, train

    rng = np.random.default_rng(0)
    words = pd.Index(list("abcdefghijklmnopqrst"), dtype="str")
    texts = [" ".join(rng.choice(words, 6)) for _ in range(4096)]
    counted = bags(["The b, a; A!", "none", "t"], words)
    assert counted.toarray()[:, [0, 1, 19]].tolist() == [[2, 1, 0], [0, 0, 0], [0, 0, 1]]
    assert counted.sum() == 4
    drawn = bags(texts, words)
    goal = drawn @ rng.normal(size=(len(words), 8)).astype(np.float32)
    goal /= np.linalg.norm(goal, axis=1, keepdims=True)
    own = (0.02 * rng.normal(size=(len(words), 8))).astype(np.float32)
    before = own.copy()
    trained = train(own, goal, drawn)
    assert (own == before).all()
    assert (trained == train(own, goal, drawn)).all()
    apart = [np.mean([cosine(a, b) for a, b in zip(drawn @ v, goal, strict=True)]) for v in (own, trained)]
    assert apart[1] > apart[0] + 0.3


def test_the_teacher_reads_once(tmp_path, monkeypatch):
    pytest.importorskip("torch", reason="needs torch (extra train)")
    from newskit.training import topic_words

    read = []
    monkeypatch.setattr(topic_words, "teacher_vectors", lambda texts: read.append(texts) or np.ones((len(texts), 4), np.float32))
    for texts in (["a b", "c"], ["a b", "c"], ["a b", "d"]):
        assert topic_words.taught(texts, tmp_path / "seen.npz").shape == (2, 4)
    assert read == [["a b", "c"], ["a b", "d"]]


def test_passages_are_of_training_articles(data):
    pytest.importorskip("torch", reason="needs torch (extra train)")
    from newskit.training.topic_words import passages

    found = passages(data)
    assert len(found) == len(set(found)) > 30_000
    assert all(text == " ".join(text.split()) for text in found)
    known = read_news(data)
    seen = {" ".join(text.split()[:30]) for text in known.iloc[:-400]}
    held = {" ".join(text.split()[:30]) for text in known.iloc[-400:] if len(text.split()) >= 90} - seen
    assert not held & {" ".join(text.split()[:30]) for text in found}
