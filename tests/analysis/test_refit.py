"""Refitting: labels that contradict the model are learnt, hand labels stay, no article is on both sides of a score."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import newskit as nk
from newskit.analysis.labels import apply_labels

STANCES = ("against", "neutral", "favor")
P = [f"p_{name}" for name in STANCES]


def made(
    n: int, *, per_article: int = 3, words: tuple[str, str] = ("harms", "helps"), seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Stances whose model calls half of all rows wrong, and labels that the sentences' words tell."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 2, n) * 2
    said = np.where(rng.random(n) < 0.5, gold, 2 - gold)
    chances = np.full((n, 3), 0.2)
    chances[np.arange(n), said] = 0.6
    place = {
        "article_id": [f"a{i // per_article}" for i in range(n)], "start": np.arange(n) % per_article * 50 + 4,
        "end": np.arange(n) % per_article * 50 + 7, "target": "ban", "mention": "ban",
    }  # fmt: skip
    stances = pd.DataFrame(place).assign(
        stance=np.array(STANCES)[said],
        confidence=0.6,
        snippet=[f"The ban {words[g // 2]} people number {i}" for i, g in enumerate(gold)],
    )
    stances[P] = chances
    return stances, pd.DataFrame(place).assign(coder="ann", label=np.array(STANCES)[gold])


def right(table: pd.DataFrame, labels: pd.DataFrame) -> float:
    return float((table["stance"].to_numpy() == labels["label"].to_numpy()).mean())


def test_labels_that_contradict_the_model_are_learnt():
    stances, labels = made(240)
    model = nk.stances.refit_stance(stances, labels.head(120))
    assert model.n == 120
    new, known = stances.tail(120), labels.tail(120)
    table = model.apply(new)
    assert right(new, known) < 0.65
    assert right(table, known) > 0.85
    assert table[P].sum(axis=1).to_numpy() == pytest.approx(np.ones(120))
    assert table["confidence"].to_numpy() == pytest.approx(table[P].max(axis=1).to_numpy())
    assert list(table.columns) == list(new.columns)
    assert table.index.equals(new.index)
    assert model.apply(new, threshold=1)["stance"].isna().all()
    assert model.apply(stances.head(0)).empty


def test_the_same_labels_give_the_same_model_and_inputs_stay():
    stances, labels = made(60)
    before = stances.copy(deep=True), labels.copy(deep=True)
    tables = [nk.stances.refit_stance(stances, given).apply(stances) for given in (labels, labels, labels[::-1])]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    pd.testing.assert_frame_equal(tables[0], tables[2])
    curves = [nk.stances.learning_curve(stances, labels, repeats=2, random_state=k) for k in (0, 0, 1)]
    pd.testing.assert_frame_equal(curves[0], curves[1])
    assert not curves[0].equals(curves[2])
    pd.testing.assert_frame_equal(stances, before[0])
    pd.testing.assert_frame_equal(labels, before[1])


def test_hand_labels_stay():
    stances, labels = made(60)
    wrong = labels.head(20).assign(label="neutral")  # the refitted model never says so
    table = nk.stances.refit_stance(stances, labels).apply(apply_labels(stances, wrong))
    hand = table["by"] == "hand"
    assert hand.sum() == 20
    assert (table.loc[hand, "stance"] == "neutral").all()
    assert (table.loc[~hand, "stance"] != "neutral").all()


def test_what_is_labelled_twice_or_unclear_counts_once_or_not():
    stances, labels = made(30)
    twice = pd.concat([stances, stances], ignore_index=True)  # two holders of one place
    assert nk.stances.refit_stance(twice, labels).n == 30
    unclear = pd.concat([labels.head(20), labels.tail(10).assign(label="unclear")])
    assert nk.stances.refit_stance(stances, unclear).n == 20
    divided = pd.concat([labels, labels.head(5).assign(coder="bo", label="neutral")])
    assert nk.stances.refit_stance(stances, divided).n == 25


def test_too_few_labels():
    stances, labels = made(30)
    with pytest.raises(ValueError, match=r"at least 10 labelled rows .* there are 9 .*nk.sample_for_labelling"):
        nk.stances.refit_stance(stances, labels.head(9))
    with pytest.raises(ValueError, match="with two different stances; there are 30 with 1"):
        nk.stances.refit_stance(stances, labels.assign(label="favor"))
    with pytest.raises(ValueError, match="no column 'snippet'"):
        nk.stances.refit_stance(stances.drop(columns="snippet"), labels)


def test_a_threshold_is_a_probability():
    stances, labels = made(60)
    model = nk.stances.refit_stance(stances, labels)
    with pytest.raises(ValueError, match="from 0 to 1, not 45"):
        model.apply(stances, threshold=45)
    assert model.apply(stances, threshold=1)["stance"].isna().all()


def test_the_curve_rises_where_labels_help():
    curve = nk.stances.learning_curve(*made(200), repeats=5)
    assert curve.dtypes.astype(str).to_dict() == {"n": "int64", "macro_f1": "float64", "low": "float64", "high": "float64"}
    assert curve["n"].tolist() == sorted({0, *curve["n"]})
    assert ((curve["low"] <= curve["macro_f1"] + 0.05) & (curve["macro_f1"] <= curve["high"] + 0.05)).all()
    assert curve[["macro_f1", "low", "high"]].to_numpy().min() >= 0
    assert curve[["macro_f1", "low", "high"]].to_numpy().max() <= 1
    assert curve["macro_f1"].iloc[-1] > curve["macro_f1"].iloc[0] + 0.2
    short = nk.stances.learning_curve(*made(12))
    assert short.empty
    assert short.dtypes.equals(curve.dtypes)


def test_no_article_is_on_both_sides():
    """Where each article has a word and a stance of its own, only one who has seen the article knows the stance."""
    rng = np.random.default_rng(1)
    stances, labels = made(300, per_article=6)
    article = labels["article_id"].factorize()[0]
    own = rng.permutation(np.arange(50) % 2 * 2)
    stances[P] = 1 / 3
    stances["snippet"] = [f"word{k} word{k} word{k}" for k in article]
    labels["label"] = np.array(STANCES)[own[article]]
    seen = nk.stances.refit_stance(stances, labels).apply(stances, threshold=0)
    assert right(seen, labels) > 0.95
    curve = nk.stances.learning_curve(stances, labels, steps=3, repeats=5)
    assert curve["macro_f1"].iloc[1:].max() < 0.6
