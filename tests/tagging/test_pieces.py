"""What the encoder reads: every word once and in order, gaps as marks, windows that cover whole articles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import newskit as nk
from newskit.tagging.pieces import LONGEST, MARKS, as_pieces, cut_windows

MARK_IDS = {mark: k for k, mark in enumerate(m for m in MARKS if m)}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def encode(words):
    """Two letters a piece, numbered behind the marks."""
    return [[100 + LETTERS.index(w[k]) for k in range(0, len(w), 2)] if w.isalpha() else [99] for w in words]


def read(*texts):
    tokens = nk.tokenize(pd.DataFrame({"article_id": [str(i) for i in range(len(texts))], "text": texts}))
    return tokens, as_pieces(tokens, encode, MARK_IDS)


def shown(*texts):
    """Pieces as letters and marks."""
    names = {k: mark for mark, k in MARK_IDS.items()} | {100 + k: letter for k, letter in enumerate(LETTERS)} | {99: "#"}
    return "".join(names[k] for k in read(*texts)[1].piece)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("ab cd", "ac"),
        ("ab  cd", "a,c"),
        ("ab   cd", "a.c"),
        ("ab cdef   g", "ace.g"),
        ("Ab, cd. Ef", "a,c.e"),
        ('ab "cd" (ef)', 'a"c"e'),
        ("ab-cd ef?", "a-ce"),
        ("  ab", "a"),
        ("", ""),
    ],
)
def test_gaps_are_marks_between_the_words(text, pieces):
    assert shown(text) == pieces


def test_collapsed_gaps_say_nothing():
    text = "ab cd " * 40
    assert "," not in shown(text)
    assert "," in shown(text.replace("ab cd ab", "ab  cd ab", 1))


words = st.tuples(st.text(LETTERS, min_size=1, max_size=9), st.sampled_from([" ", "  ", "   ", ", "]))
texts = st.lists(st.lists(words, max_size=200), min_size=1, max_size=4)


@given(texts)
def test_every_word_is_there_once_and_in_order(drawn):
    tokens, pieces = read(*("".join(a + b for a, b in words) for words in drawn))
    assert (np.diff(pieces.token) >= 0).all()
    assert (np.unique(pieces.token) == np.arange(tokens.n_tokens)).all()
    assert (pieces.token[pieces.first] == np.arange(tokens.n_tokens)).all()
    assert (pieces.piece[pieces.first] >= 99).all()
    inner = pieces.piece >= 99
    words = [pieces.piece[inner & (pieces.token == t)].tolist() for t in range(min(20, tokens.n_tokens))]
    assert words == [e[:6] for e in encode(tokens.lower().vocabulary[tokens.code[: len(words)]])]


@given(texts, st.integers(8, 60), st.integers(0, 20))
def test_windows_label_every_token_once(drawn, core, margin):
    tokens, pieces = read(*("".join(a + b for a, b in words) for words in drawn))
    w = cut_windows(pieces, tokens.bounds, core=core, margin=margin)
    labelled = np.concatenate([np.arange(a, b) for a, b in zip(w.low, w.high, strict=True)] or [np.zeros(0, int)])
    assert labelled.tolist() == list(range(tokens.n_tokens))
    assert ((w.begin <= w.low) & (w.high <= w.end)).all()
    article = tokens.article
    some = w.begin < w.end
    assert (article[w.begin[some]] == article[w.end[some] - 1]).all()


def test_a_window_is_never_longer_than_can_be_read():
    tokens, pieces = read("abcdefghijklmnop, " * 2000, "a " * 3000)
    w = cut_windows(pieces, tokens.bounds)
    sizes = np.searchsorted(pieces.token, w.end) - np.searchsorted(pieces.token, w.begin)
    assert sizes.max() <= LONGEST - 2


def test_windows_do_not_depend_on_other_articles():
    texts = ["ab cd  " * 300, "ef gh " * 200, "kl"]
    tokens, pieces = read(*texts)
    together = cut_windows(pieces, tokens.bounds)
    for i, text in enumerate(texts):
        alone = cut_windows(read(text)[1], read(text)[0].bounds)
        own = (together.low >= tokens.bounds[i]) & (together.low < tokens.bounds[i + 1])
        for name in ("begin", "end", "low", "high"):
            assert (getattr(together, name)[own] - tokens.bounds[i]).tolist() == getattr(alone, name).tolist()
