"""Stance toward a marked target: chances that add up, a target that is masked, passages that do not see each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.analysis.stance import STANCES, as_passages, find_evidence, read_stances

P = [f"p_{name}" for name in STANCES]
PLAIN = [
    ("Lawmakers condemned the ban as cruel and illegal.", "ban", "against"),
    ("The senator praised the reform as a great success.", "reform", "favor"),
    ("The committee meets on Tuesday in the old building.", "committee", "neutral"),
]


def marked(texts: list[str], words: list[str]) -> list[tuple[int, int]]:
    return [(t.index(w), t.index(w) + len(w)) for t, w in zip(texts, words, strict=True)]


@pytest.mark.parametrize("form", ["written", "scrubbed", "collapsed"])
def test_plain_cases(form):
    texts = [t for t, _, _ in PLAIN]
    if form != "written":
        texts = nk.scrub(texts, collapse=form == "collapsed").tolist()
    table = nk.score_stance(texts, marked(texts, [w for _, w, _ in PLAIN]))
    assert table["stance"].tolist() == [s for _, _, s in PLAIN]


def test_columns_types_and_index():
    texts = pd.Series([t for t, _, _ in PLAIN], index=[7, 3, 5])
    table = nk.score_stance(texts, marked(texts.tolist(), [w for _, w, _ in PLAIN]))
    assert table.index.tolist() == [7, 3, 5]
    assert table.dtypes.astype(str).to_dict() == {"stance": "str", **dict.fromkeys(P, "float64")}
    none = nk.score_stance([], [])
    assert none.empty
    assert none.dtypes.equals(table.dtypes)


def test_the_target_itself_is_not_read():
    texts = [f"Lawmakers condemned the {word} as cruel and illegal." for word in ("ban", "hero", "massacre", "zzyzx")]
    table = nk.score_stance(texts, [(24, t.index(" as")) for t in texts])
    assert table[P].to_numpy() == pytest.approx(np.tile(table[P].to_numpy()[0], (4, 1)), abs=1e-6)
    part = nk.score_stance(texts[:1], [(25, 26)])  # a span inside a word marks the word
    assert part[P].to_numpy() == pytest.approx(table[P].to_numpy()[:1], abs=1e-6)


@st.composite
def passages(draw: st.DrawFn) -> tuple[str, tuple[int, int]]:
    words = st.sampled_from(["ban", "cruel", "Lee", "praised", "not", "the", "42", "שלום", "🙂", "é", "”", "\n"])
    before, after = (" ".join(draw(st.lists(words, max_size=12))) for _ in range(2))
    target = draw(st.sampled_from(["ban", "travel  ban", "U.S.", "é"]))
    return f"{before} {target} {after}", (len(before) + 1, len(before) + 1 + len(target))


@given(st.lists(passages(), min_size=1, max_size=4))
@settings(max_examples=20, deadline=None)
def test_any_passage_is_read(drawn):
    texts, spans = [t for t, _ in drawn], [s for _, s in drawn]
    table = nk.score_stance(texts, spans)
    assert table[P].sum(axis=1).to_numpy() == pytest.approx(np.ones(len(table)))
    assert table[P].ge(0).all(axis=None)
    assert table["stance"].tolist() == [STANCES[k] for k in table[P].to_numpy().argmax(axis=1)]
    pd.testing.assert_frame_equal(nk.score_stance(texts, spans), table)
    alone = pd.concat([nk.score_stance([t], [s]) for t, s in drawn], ignore_index=True)
    assert alone[P].to_numpy() == pytest.approx(table[P].to_numpy(), abs=1e-4)


@given(st.lists(passages(), max_size=4))
@settings(max_examples=20, deadline=None)
def test_evidence_is_made_of_words_beside_the_target(drawn):
    tokens = as_passages([t for t, _ in drawn])
    spans = np.array([s for _, s in drawn], np.int64).reshape(-1, 2)
    first, last = tokens.inside(np.arange(len(drawn)), spans[:, 0], spans[:, 1])
    chances, votes = read_stances(tokens, first, last)
    told = find_evidence(tokens, votes, chances.argmax(axis=1), np.full(len(drawn), 100))
    assert len(told) == len(drawn)
    for (text, (start, end)), spans_told in zip(drawn, told, strict=True):
        assert len(spans_told) <= 3
        assert spans_told == sorted(spans_told)
        for a, b in spans_told:
            shown = text[a - 100 : b - 100]
            assert shown != ""
            assert shown[0].isalnum()
            assert shown[-1].isalnum()
            assert b - 100 <= start or a - 100 >= end


def test_errors_say_which_passage():
    text = "Lawmakers condemned the ban."
    with pytest.raises(ValueError, match="2 passages and 1 spans"):
        nk.score_stance([text, text], [(24, 27)])
    for span in [(23, 24), (24, 24), (26, 25), (90, 99), (-9, -3)]:
        with pytest.raises(ValueError, match=r"of passage 1 has no word in it \(its text has 28 characters\)"):
            nk.score_stance([text, text], [(24, 27), span])
    for span in [(1, 2, 3), 5, (None, 4), ("a", "b")]:
        with pytest.raises(ValueError, match="two whole numbers"):
            nk.score_stance([text], [span])
    for wrong in (None, 5, float("nan")):
        with pytest.raises(ValueError, match="Passage 1 .* is not a string"):
            nk.score_stance([text, wrong], [(24, 27), (0, 1)])
    with pytest.raises(ValueError, match="model must be one of 'fast'"):
        nk.score_stance([text], [(24, 27)], model="slow")
