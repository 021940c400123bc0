"""Decoding: the best labels and their probabilities are those that trying every sequence gives."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newskit.tagging.decoding import allowed_moves, chains_of, decode

LABELS = ("O", "B-PER", "B-LOC", "I-PER", "I-LOC")


def by_trying_all(scores, transitions, opened, closed):
    """Every sequence of labels with its score; the chain stands between tokens without a label, where it is open or closed."""
    moves = allowed_moves(transitions, LABELS).astype(float)
    begin = moves[0] if opened else np.array([-1e4 if name.startswith("I-") else 0 for name in LABELS])
    end = moves[:, 0] if closed else np.zeros(len(LABELS))
    found = {}
    for path in product(range(len(LABELS)), repeat=len(scores)):
        total = begin[path[0]] + end[path[-1]] + sum(scores[t, k] for t, k in enumerate(path))
        found[path] = total + sum(moves[a, b] for a, b in pairwise(path))
    return found


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 4), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_decoding_is_exact(seed, lengths):
    rng = np.random.default_rng(seed)
    n = sum(lengths) + len(lengths) + 1
    quiet = np.cumsum([0, *(k + 1 for k in lengths)])  # one token without a label around each chain
    at = np.setdiff1d(np.arange(n), quiet)
    scores = rng.normal(size=(len(at), len(LABELS))).astype(np.float32) * 2
    transitions = rng.normal(size=(len(LABELS), len(LABELS))).astype(np.float32)
    chains = chains_of(at, np.array([0, n]))
    assert chains.length.tolist() == lengths
    label, probability = decode(scores, transitions, chains, LABELS)
    for first, length in zip(chains.first, chains.length, strict=True):
        here = slice(first, first + length)
        every = by_trying_all(scores[here], transitions, True, True)
        best = tuple(label[here].tolist())
        assert every[best] == pytest.approx(max(every.values()), abs=1e-3)
        weights = {path: np.exp(score - max(every.values())) for path, score in every.items()}
        for t in range(length):
            share = sum(w for path, w in weights.items() if path[t] == best[t]) / sum(weights.values())
            assert probability[first + t] == pytest.approx(share if any(best) else 1, abs=1e-3)


def test_the_edges_of_an_article_are_no_labels():
    at, bounds = np.array([0, 1, 4, 5, 6]), np.array([0, 2, 2, 7])
    chains = chains_of(at, bounds)
    assert chains.first.tolist() == [0, 2]
    assert chains.length.tolist() == [2, 3]
    assert chains.opened.tolist() == [False, True]
    assert chains.closed.tolist() == [False, False]
    rng = np.random.default_rng(1)
    scores, transitions = rng.normal(size=(5, 5)).astype(np.float32), rng.normal(size=(5, 5)).astype(np.float32)
    label, _ = decode(scores, transitions, chains, LABELS)
    every = by_trying_all(scores[:2], transitions, False, False)
    assert every[tuple(label[:2].tolist())] == pytest.approx(max(every.values()), abs=1e-3)


def test_chains_end_with_their_article():
    chains = chains_of(np.arange(6), np.array([0, 3, 6]))
    assert chains.length.tolist() == [3, 3]
    assert not chains.opened.any()
    assert not chains.closed.any()


def test_no_tokens_no_labels():
    chains = chains_of(np.zeros(0, np.int64), np.array([0, 0]))
    label, probability = decode(np.zeros((0, 5), np.float32), np.zeros((5, 5), np.float32), chains, LABELS)
    assert len(label) == len(probability) == 0


@pytest.mark.parametrize("length", [1, 5, 31, 200])
def test_what_is_continued_was_begun(length):
    rng = np.random.default_rng(length)
    scores = rng.normal(size=(length, 5)).astype(np.float32) + np.array([0, 0, 0, 3, 3], np.float32)
    label, _ = decode(scores, np.zeros((5, 5), np.float32), chains_of(np.arange(length), np.array([0, length])), LABELS)
    names = ["O", *(LABELS[k] for k in label)]
    for before, after in pairwise(names):
        assert not after.startswith("I-") or before[2:] == after[2:]


def test_one_long_chain_does_not_make_the_others_long():
    lengths = [1] * 300 + [5000]
    quiet = np.cumsum([0, *(k + 1 for k in lengths)])
    at = np.setdiff1d(np.arange(sum(lengths) + len(lengths) + 1), quiet)
    scores = np.random.default_rng(0).normal(size=(len(at), 5)).astype(np.float32)
    label, _ = decode(scores, np.zeros((5, 5), np.float32), chains_of(at, np.array([0, at[-1] + 2])), LABELS)
    assert np.array_equal(label[:300], np.where(scores[:300, :3].argmax(axis=1) > 0, scores[:300, :3].argmax(axis=1), 0))


def read_plainly(scores, transitions):
    """The best sum of an article's labels (Viterbi), and the probability of each label (forward-backward), by loops."""
    moves, n = allowed_moves(transitions, LABELS).astype(float), len(scores)
    begin = np.array([-1e4 if name.startswith("I-") else 0 for name in LABELS])
    best, forward, backward = scores[0] + begin, np.zeros(scores.shape), np.zeros(scores.shape)
    forward[0] = best
    for t in range(1, n):
        best = (best[:, None] + moves).max(axis=0) + scores[t]
        forward[t] = np.logaddexp.reduce(forward[t - 1][:, None] + moves, axis=0) + scores[t]
    for t in range(n - 2, -1, -1):
        backward[t] = np.logaddexp.reduce(moves + scores[t + 1] + backward[t + 1], axis=1)
    return best.max(), np.exp(forward + backward - np.logaddexp.reduce(forward[-1]))


@given(st.integers(0, 2**32 - 1), st.lists(st.sampled_from([1, 48, 95, 96, 97, 144, 145, 700]), min_size=1, max_size=3))
@example(642242, [96, 145, 700])
@settings(max_examples=15, deadline=None)
def test_long_chains_are_read_exactly_too(seed, lengths):
    rng = np.random.default_rng(seed)
    bounds = np.cumsum([0, *lengths])
    scores = (rng.normal(size=(bounds[-1], len(LABELS))) + [0, -2, -2, 0, 0]).astype(np.float32)  # spans are long
    transitions = rng.normal(size=(len(LABELS), len(LABELS))).astype(np.float32)
    label, probability = decode(scores, transitions, chains_of(np.arange(bounds[-1]), bounds), LABELS)
    moves = allowed_moves(transitions, LABELS).astype(float)
    for first, stop in pairwise(bounds):
        path, rows = label[first:stop], np.arange(stop - first)
        best, chances = read_plainly(scores[first:stop].astype(float), transitions)
        found = scores[first:stop].astype(float)[rows, path].sum() + moves[path[:-1], path[1:]].sum()
        assert not LABELS[path[0]].startswith("I-")
        assert found == pytest.approx(best, abs=1e-3)
        if path.any():  # pieces do not see all of a span that is longer than what is read beside them
            away = np.abs(probability[first:stop] - chances[rows, path])
            assert away.max() < (0.5 if len(rows) >= 96 else 1e-4)  # shorter chains are not cut
            assert away.mean() < 0.02
            assert np.median(away) < 0.001
