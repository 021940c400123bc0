"""Where nothing is named, argued about or labelled: empty tables of the same shape, and no errors."""

from __future__ import annotations

import newskit as nk
from tests.conftest import make_articles

RAIN = make_articles("it rained all day and the streets were wet  people stayed at home", "")


def test_no_passages():
    assert nk.score_stance([], []).columns.tolist() == ["stance", "p_against", "p_neutral", "p_favor"]


def test_no_target_is_named_or_proposed():
    some = nk.tag_stance(make_articles("Lawmakers condemned the ban as cruel."), ["ban"])
    for targets in (["no such thing"], None):
        none = nk.tag_stance(RAIN, targets)
        assert none.empty
        assert none.dtypes.to_dict() == some.dtypes.to_dict()
        assert nk.stances.report(none)["rows"].tolist() == ([0] if targets else [])
        labels = nk.labels.read_labels("there/is/none.csv")
        assert nk.labels.apply_labels(none, labels, RAIN).empty
        assert nk.stances.summary(none, RAIN, by=["holder", "target"]).empty
        assert nk.stances.learning_curve(none, labels).empty


def test_a_phrase_around_a_name_is_not_proposed_beside_it():
    text = "Critics attacked Mr. Arafat and Yasser Arafat answered that Mr. Arafat was right. "
    assert (
        "mr arafat" not in nk.stances.propose_targets(make_articles(*[f"{text} Day {d}." for d in range(6)]))["target"].tolist()
    )


def test_measured_scores_say_what_they_are():
    table = nk.stances.measured()
    assert table.columns.tolist() == ["task", "data", "score", "note"]
    assert table["score"].between(0, 100).all()
    assert (table[["task", "data", "note"]] != "").all(axis=None)
