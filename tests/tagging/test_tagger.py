"""The tagger: numpy over a whole corpus gives what a plain reading of the same network gives, token by token."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.tagging.features import (
    EDGE_GAP,
    N_FAR,
    N_GAPS,
    SHAPES,
    UNKNOWN_GAP,
    far_gaps,
    gap_kinds,
    token_shapes,
    word_parts,
    word_shapes,
)
from newskit.tagging.tagger import STEPS, Tagger
from tests.conftest import WRITTEN, make_articles

LABELS = ("O", "B-PER", "I-PER")
SIZE = 6
TEXTS = [
    "the mayor met jeff sessions  sessions said nothing",
    "",
    WRITTEN[1],
    "rome",
    "he said that sessions are closed  " * 9,
]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """A network with weights drawn by chance."""
    rng = np.random.default_rng(3)

    def drawn(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32) / 2

    words = pd.Index(["jeff", "sessions", "mayor", "the", "said"])
    parts = {
        kind: (v.unique(), drawn(v.nunique() + 1, SIZE), abs(drawn(v.nunique() + 1, 1))) for kind, v in word_parts(words).items()
    }
    tables = {"shapes": len(SHAPES), "before": N_GAPS, "behind": N_GAPS, "back": N_FAR, "ahead": N_FAR}
    weights = {name: drawn(n, SIZE) for name, n in tables.items()}
    for name in ("first", "second", "third"):
        weights |= {name: drawn(3, SIZE, SIZE), f"{name} bias": drawn(SIZE)}
    weights |= {"elsewhere": drawn(SIZE, SIZE), "out": drawn(SIZE, 3), "out bias": drawn(3), "transitions": drawn(3, 3)}
    return Tagger(LABELS, parts, weights, pd.Index(["the", "said"]))


def read_plainly(tagger: Tagger, tokens: nk.Tokens) -> np.ndarray:
    """The scores of one article's tokens, by loops."""
    w, n = tagger.weights, tokens.n_tokens
    lower = [v.lower() for v in tokens.vocabulary[tokens.code]]
    shape, gap, (back, ahead) = token_shapes(tokens), gap_kinds(tokens), far_gaps(tokens)
    x = np.zeros((n, SIZE))
    for i, word in enumerate(lower):
        for kind, part in word_parts(pd.Index([word])).items():
            values, rows, scale = tagger.parts[kind]
            at = values.get_loc(part[0]) + 1 if part[0] in values else 0
            x[i] += rows[at] * scale[at]
        behind = gap[i + 1] if i + 1 < n else EDGE_GAP
        x[i] += w["shapes"][shape[i]] + w["before"][gap[i]] + w["behind"][behind] + w["back"][back[i]] + w["ahead"][ahead[i]]

    def convolved(rows: np.ndarray, name: str, step: int, more: np.ndarray | None = None) -> np.ndarray:
        out = np.zeros_like(rows)
        for i in range(n):
            out[i] = w[f"{name} bias"] + (0 if more is None else more[i])
            for k, matrix in enumerate(w[name]):
                at = i + (k - len(w[name]) // 2) * step
                out[i] += rows[at] @ matrix if 0 <= at < n else 0
        return np.maximum(out, 0)

    first = convolved(x, "first", STEPS[0])
    second = first + convolved(first, "second", STEPS[1])
    told = np.zeros_like(second)
    for i in range(n):
        others = [j for j in range(n) if j != i and lower[j] == lower[i]]
        told[i] = np.mean(second[others], axis=0) @ w["elsewhere"] if others else 0
    return (second + convolved(second, "third", STEPS[2], told)) @ w["out"] + w["out bias"]


def test_the_corpus_is_read_as_each_article_is_read_plainly(tagger):
    tokens = nk.tokenize(make_articles(*TEXTS))
    at, scores = tagger.scores(tokens)
    quiet = np.isin(tokens.vocabulary.str.lower()[tokens.code], ["the", "said"])
    assert np.array_equal(at, np.flatnonzero(~quiet))
    for i in range(len(tokens)):
        begin, end = tokens.bounds[i : i + 2]
        here = (at >= begin) & (at < end)
        assert scores[here] == pytest.approx(read_plainly(tagger, tokens[i])[at[here] - begin], abs=1e-4)


def test_articles_do_not_see_each_other(tagger):
    tokens = nk.tokenize(make_articles(*TEXTS * 40))
    label, probability = tagger.tag(tokens)
    for i in range(len(tokens)):
        alone_label, alone_probability = tagger.tag(tokens[i])
        here = slice(tokens.bounds[i], tokens.bounds[i + 1])
        assert np.array_equal(alone_label, label[here])
        assert alone_probability == pytest.approx(probability[here], abs=1e-5)


def test_what_is_saved_is_read_back(tmp_path, tagger):
    tokens = nk.tokenize(make_articles(*TEXTS))
    tagger.save(tmp_path / "model.npz")
    again = Tagger.load(tmp_path / "model.npz")
    assert again.labels == tagger.labels
    assert again.scores(tokens)[1] == pytest.approx(tagger.scores(tokens)[1], abs=0.2)  # a byte per weight of a word
    again.save(tmp_path / "second.npz")
    tagger.save(tmp_path / "third.npz")
    assert (tmp_path / "third.npz").read_bytes() == (tmp_path / "model.npz").read_bytes()


def test_a_file_of_another_format_is_refused(tmp_path, tagger):
    tagger.save(tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz") as file:
        arrays = dict(file)
    about = {**json.loads(arrays.pop("about").tobytes()), "format": 99}
    np.savez(tmp_path / "new.npz", about=np.frombuffer(json.dumps(about).encode(), np.uint8), **arrays)
    with pytest.raises(ValueError, match=r"new\.npz has weights of format 99"):
        Tagger.load(tmp_path / "new.npz")


@given(st.lists(st.text(max_size=300), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_any_text_is_tagged(tagger, texts):
    tokens = nk.tokenize(make_articles(*texts))
    label, probability = tagger.tag(tokens)
    assert len(label) == len(probability) == tokens.n_tokens
    assert ((probability > 0) & (probability <= 1.0001)).all()
    chance = tagger.chance(tokens, "O")
    assert len(chance) == tokens.n_tokens
    assert ((chance >= 0) & (chance <= 1.0001)).all()


def test_shapes_count_only_where_there_are_capitals():
    vocabulary = pd.Index(["the", "Rome", "NATO", "iPhone", "2017", "A", "ÉTÉ", "字"])
    assert word_shapes(vocabulary).tolist() == [1, 2, 3, 4, 5, 6, 3, 4]
    tokens = nk.tokenize(make_articles(WRITTEN[1], nk.scrub([WRITTEN[1]]).item()))
    shapes = token_shapes(tokens)
    assert set(shapes[: tokens.bounds[1]]) == {1, 2, 5}
    assert set(shapes[tokens.bounds[1] :]) == {0}


def test_gaps_of_one_width_differ_by_their_marks():
    kinds = gap_kinds(nk.tokenize(make_articles('a b-c, d. "e', "a b  c   d")))
    assert len(set(kinds.tolist())) == 7
    assert kinds[0] == kinds[5] == 0


def test_gaps_of_a_collapsed_article_say_nothing():
    words = "one word after the other and so on " * 5
    kinds = gap_kinds(nk.tokenize(make_articles(words.strip(), f"{words} end")))
    half = len(kinds) // 2
    assert set(kinds[1:half]) == {UNKNOWN_GAP}
    assert UNKNOWN_GAP not in kinds[half:]


def test_far_gaps_are_the_wide_ones_on_both_sides():
    back, ahead = far_gaps(nk.tokenize(make_articles("a b   c d  e")))
    width = 6
    assert back.tolist() == [0 * width, 1 * width, 2 * width, 1 * width + 3, 2 * width + 3]
    assert ahead.tolist() == [2 * width + 3, 1 * width + 3, 2 * width + 2, 1 * width + 2, 1 * width]
