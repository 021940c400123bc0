"""What people label, how far they agree, and how the model compares with them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk

STANCES = ("against", "neutral", "favor")
HOW = ("mixed", "random", "uncertain")


def stances(n: int, seed: int = 0, targets: str = "abc") -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    p = rng.dirichlet([1, 1, 1], n).round(3)
    table = pd.DataFrame({"article_id": [f"a{k // 3}" for k in range(n)], "start": np.arange(n) * 5})
    table["end"], table["target"] = table["start"] + 4, rng.choice(list(targets), n)
    table["holder_entity"] = pd.Series(rng.choice(["x", "y", None], n), dtype="str")
    table[[f"p_{s}" for s in STANCES]] = p
    return table.assign(stance=np.array(STANCES, object)[p.argmax(axis=1)], confidence=p.max(axis=1))


def said(table: pd.DataFrame, labels: list[str], coder: str = "ann") -> pd.DataFrame:
    """A coder's labels of the rows; an empty one is none."""
    places = table[["article_id", "start", "end", "target"]]
    made = places.assign(coder=coder, label=pd.array(labels, dtype="str"))
    return made[made["label"] != ""]


@settings(max_examples=25, deadline=None)
@given(n=st.integers(0, 40), asked=st.integers(0, 30), how=st.sampled_from(HOW), seed=st.integers(0, 9))
def test_samples_are_even_and_the_same_in_any_order(n, asked, how, seed):
    table = stances(n, seed)
    sample = nk.sample_for_labelling(table, asked, how=how, random_state=seed)
    shuffled = table.iloc[np.random.default_rng(seed).permutation(n)]
    pd.testing.assert_frame_equal(sample, nk.sample_for_labelling(shuffled, asked, how=how, random_state=seed))
    assert len(sample) == min(n, asked)
    assert not sample.duplicated(["article_id", "start", "target"]).any()
    assert sample.columns.tolist() == [*table.columns, "asked_holder"]
    drawn, there = sample["target"].value_counts(), table["target"].value_counts()
    unfinished = [drawn.get(t, 0) for t in there.index if drawn.get(t, 0) < there[t]]
    assert all(drawn.max() - k <= (2 if how == "mixed" else 1) for k in unfinished if len(drawn))


def test_uncertain_rows_are_those_with_small_margins():
    table = stances(60, targets="a")
    p = np.sort(table[["p_against", "p_neutral", "p_favor"]].to_numpy(), axis=1)
    unsure = set(table["start"].to_numpy()[np.argsort(p[:, 2] - p[:, 1], kind="stable")[:10]])
    assert set(nk.sample_for_labelling(table, 10, how="uncertain")["start"]) == unsure
    mixed = nk.sample_for_labelling(table, 20)
    assert unsure <= set(mixed["start"])
    assert set(mixed["start"].head(10)) != unsure  # shuffled
    one, other = (nk.sample_for_labelling(table, 10, how="random", random_state=k)["start"].tolist() for k in (1, 2))
    assert one != other


def test_what_is_labelled_is_not_drawn_again():
    table = stances(20)
    ann = said(table.head(15), ["favor"] * 15)
    ann["end"] += 1  # overlapping is enough
    assert set(nk.sample_for_labelling(table, labels=ann)["start"]) == set(table["start"].tail(5))
    table["holder"] = "Ann"
    two_holders = pd.concat([table, table.assign(holder_entity="z", holder="Bo")])
    assert len(nk.sample_for_labelling(two_holders)) == 20
    assert set(nk.sample_for_labelling(two_holders)["asked_holder"]) == {""}
    differ = pd.concat([table, table.assign(holder="Bo", p_favor=0.5, p_against=0.5, p_neutral=0.0)])
    sample = nk.sample_for_labelling(differ)
    assert sample["asked_holder"].value_counts().to_dict() == {"Ann": 20, "Bo": 20}
    assert (sample["asked_holder"] == sample["holder"]).all()
    ann = said(sample.head(1), ["favor"]).assign(holder=sample["asked_holder"].head(1))
    assert len(nk.sample_for_labelling(differ, labels=ann)) == 39
    with pytest.raises(ValueError, match="how must be one of"):
        nk.sample_for_labelling(table, how="best")
    with pytest.raises(ValueError, match="n must be"):
        nk.sample_for_labelling(table, -1)
    with pytest.raises(ValueError, match="no column 'p_favor'"):
        nk.sample_for_labelling(table.drop(columns="p_favor"))


def by_coder(*coders: str) -> pd.DataFrame:
    """Labels from strings: one letter an item (against, neutral, favor, unclear, - for none), one string a coder."""
    names = {"a": "against", "n": "neutral", "f": "favor", "u": "unclear", "-": ""}
    table = stances(len(coders[0]), targets="t")
    return pd.concat([said(table, [names[c] for c in coder], f"c{k}") for k, coder in enumerate(coders)])


def test_alpha_is_krippendorffs():
    """By hand, after Krippendorff (2004): pairs that disagree within items, over pairs that disagree among all labels."""
    table = nk.agreement(by_coder("anfn--", "annf-n", "anfnaa")).iloc[-1]
    assert table[["items", "shared", "coders"]].tolist() == [6, 5, 3]
    counts = [[3, 0, 0], [0, 3, 0], [0, 1, 2], [0, 2, 1], [1, 1, 0]]
    n = sum(map(sum, counts))
    observed = sum((sum(c) ** 2 - sum(x * x for x in c)) / (sum(c) - 1) for c in counts) / n
    totals = [sum(c[k] for c in counts) for k in range(3)]
    expected = (n * n - sum(t * t for t in totals)) / (n * (n - 1))
    assert table["alpha"] == pytest.approx(1 - observed / expected)
    assert table["exact"] == pytest.approx(2 / 5)
    assert table["note"] == ""


@settings(max_examples=25, deadline=None)
@given(coders=st.integers(2, 9).flatmap(lambda n: st.lists(st.text("anfu-", min_size=n, max_size=n), min_size=2, max_size=4)))
def test_measures_are_those_of_other_libraries(coders):
    from nltk.metrics.agreement import AnnotationTask
    from sklearn.metrics import cohen_kappa_score

    labels = by_coder(*coders)
    row = nk.agreement(labels).iloc[-1]
    shuffled = labels.assign(coder=labels["coder"].str.replace("c", "z")).iloc[::-1]
    pd.testing.assert_series_equal(nk.agreement(shuffled).iloc[-1], row)
    used = labels[labels["label"] != "unclear"]
    shared = used[used.duplicated(["start"], keep=False)]
    assert row["shared"] == shared["start"].nunique()
    assert (row["note"] == "") == (not math.isnan(row["alpha"]) and not math.isnan(row["kappa"]))
    assert math.isnan(row["exact"]) == (row["shared"] == 0)
    if len(set(shared["label"])) > 1:
        task = AnnotationTask(data=list(zip(shared["coder"], shared["start"], shared["label"], strict=True)))
        assert row["alpha"] == pytest.approx(task.alpha())
    else:
        assert math.isnan(row["alpha"])
    wide = used.set_index(["start", "coder"])["label"].unstack()  # noqa: PD010
    kappas = []
    for k, one in enumerate(wide.columns):
        for other in wide.columns[k + 1 :]:
            both = wide[[one, other]].dropna()
            if len(both) and pd.unique(both.to_numpy().ravel()).size > 1:
                kappas.append(cohen_kappa_score(both[one], both[other]))
    assert row["kappa"] == pytest.approx(np.mean(kappas)) if kappas else math.isnan(row["kappa"])


def test_agreement_says_why_it_has_no_measure():
    for coders, reason in [(["aff"], "only one coder"), (["a--", "-ff"], "no item was labelled by two"), (["uu"], "nobody"),
                           (["ff", "ff"], "the same label"), (["af-", "aff"], "")]:  # fmt: skip
        row = nk.agreement(by_coder(*coders)).iloc[-1]
        assert reason in row["note"]
        assert (row["note"] == "") == (reason == "")
    assert nk.agreement(by_coder("ff", "ff"))["exact"].tolist() == [1, 1]
    empty = nk.agreement(by_coder("aff").head(0))
    assert empty[["target", "items"]].values.tolist() == [["(all)", 0]]
    two = pd.concat([by_coder("afn", "afn"), by_coder("af", "fa").assign(target="s")])
    table = nk.agreement(two)
    assert table["target"].tolist() == ["s", "t", "(all)"]
    assert table["kappa"].tolist()[:2] == [-1, 1]
    assert nk.agreement(two, coders=["c0"])["note"].unique().tolist() == ["only one coder"]
    with pytest.raises(ValueError, match=r"None of the labels is by 'c0 '\. Did you mean 'c0'"):
        nk.agreement(two, coders=["c0 "])


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 40), seed=st.integers(0, 99))
def test_scores_are_those_of_sklearn(n, seed):
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    rng = np.random.default_rng(seed)
    table = stances(n, seed)
    table["stance"] = pd.Series(rng.choice([*STANCES, None], n), dtype="str")
    gold = rng.choice(STANCES, n).tolist()
    found = nk.evaluate_stance(table, said(table, gold))
    model = table["stance"].fillna("abstained").tolist()
    names = [*STANCES, "abstained"]
    assert found.confusion.to_numpy().tolist() == confusion_matrix(gold, model, labels=names)[:3].tolist()
    scores = found.scores.set_index("class")
    wanted = precision_recall_fscore_support(gold, model, labels=list(STANCES), zero_division=np.nan)
    present = np.array([c in gold for c in STANCES])
    for name, values in zip(["precision", "recall", "f1"], wanted, strict=False):
        mine = scores.loc[list(STANCES), name].to_numpy(float)
        assert mine[present].tolist() == pytest.approx(np.asarray(values)[present].tolist(), nan_ok=True)
        assert scores.loc["macro", name] == pytest.approx(pd.Series(mine[present]).mean(), nan_ok=True)
    right = np.mean(np.array(gold) == np.array(model))
    assert scores.loc["accuracy", "accuracy"] == pytest.approx(right)
    assert 0 <= scores.loc["accuracy", "low"] <= right <= scores.loc["accuracy", "high"] <= 1
    assert scores.loc["accuracy", "baseline"] == pytest.approx(max(map(gold.count, gold)) / n)
    assert scores["n"].tolist() == [*map(gold.count, STANCES), n, n, model.count("abstained")]
    assert found.n == n
    answered = found.calibration
    assert answered["n"].sum() == n - model.count("abstained")
    held = answered[answered["n"] > 0]
    assert ((held["low"] - 1e-9 <= held["confidence"]) & (held["confidence"] <= held["high"] + 1e-9)).all()
    if len(held):
        assert found.calibration_error == pytest.approx(np.average((held["confidence"] - held["right"]).abs(), weights=held["n"]))


def test_few_labels_are_no_error():
    table = stances(3, targets="t")
    none = nk.evaluate_stance(table, said(table, ["", "unclear", ""]))
    assert none.n == 0
    assert none.scores["n"].tolist() == [0] * 6
    assert none.scores.drop(columns=["class", "n"]).isna().all(axis=None)
    assert math.isnan(none.calibration_error)
    assert "n = 0" in repr(none)
    one = nk.evaluate_stance(table, said(table, [table["stance"][0], "", ""]))
    assert one.scores.set_index("class").loc["accuracy", ["n", "accuracy", "high"]].tolist() == [1, 1, 1]
    assert one.scores.set_index("class").loc["accuracy", "low"] == pytest.approx(0.2065, abs=1e-4)  # 1 / (1 + 1.96 ** 2)


def test_the_model_is_judged_by_the_majority_and_never_by_hand_labels():
    table = stances(4, targets="t").assign(stance=["favor", "favor", "against", "against"])
    hand = pd.concat([said(table, ["favor", "against", "against", "unclear"], c) for c in ("ann", "bo")])
    hand = pd.concat([hand, said(table, ["against", "neutral", "", "favor"], "cy"), said(table, ["", "favor", "", ""], "dee")])
    found = nk.evaluate_stance(table, hand)
    assert found.confusion.loc["favor"].tolist() == [1, 0, 1, 0]
    assert found.confusion.loc["against"].tolist() == [1, 0, 1, 0]
    applied = nk.labels.apply_labels(table, hand)
    with pytest.warns(UserWarning, match="4 rows have hand labels"):
        assert nk.evaluate_stance(applied, hand).n == 0
    holders = pd.concat([table, table.assign(stance="neutral", confidence=1.0)])
    assert nk.evaluate_stance(holders, hand).confusion["neutral"].sum() == found.n  # one row a place, the surest
