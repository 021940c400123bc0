"""The tagger: the tables of a trained field give the field's own scores, tags and probabilities."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.corpus.tokens import Tokens
from newskit.tagging.features import gap_kinds, token_shapes, word_shapes
from newskit.tagging.tagger import Tagger
from newskit.training.crf import attributes, train_tagger
from tests.conftest import WRITTEN, make_articles

pytest.importorskip("pycrfsuite", reason="needs python-crfsuite (extra train)")


def labels_of(tokens: Tokens) -> list[list[str]]:
    """Something to learn that depends on the word, on its neighbour and on the gap."""
    out = []
    for part in tokens:
        words, gap = part.vocabulary[part.code].str.lower(), part.gap
        after_the = np.concatenate([[False], words[:-1] == "the"])
        out.append(np.select([gap > 1, after_the, words.str.len() > 7], ["G", "T", "L"], "O").tolist())
    return out


@pytest.fixture(scope="module")
def both_forms() -> Tokens:
    articles = nk.sample_articles().head(30)
    scrubbed = articles.assign(article_id=articles["article_id"] + "s", text=nk.scrub(articles))
    return nk.tokenize(pd.concat([articles, scrubbed, make_articles("", "one")], ignore_index=True))


@pytest.fixture(scope="module")
def trained(both_forms):
    return train_tagger(both_forms, labels_of(both_forms), c2=0.1, max_iterations=25)


def test_the_tables_are_the_field(both_forms, trained):
    tagger, field = trained
    tags, probabilities = tagger.tag(both_forms), tagger.probabilities(both_forms)
    assert tags.max() > 0
    for i, rows in enumerate(attributes(both_forms)):
        here = slice(both_forms.bounds[i], both_forms.bounds[i + 1])
        assert [tagger.labels[k] for k in tags[here]] == field.tag(rows)
        field.set(rows)
        expected = [[field.marginal(label, t) for label in tagger.labels] for t in range(len(rows))]
        assert probabilities[here] == pytest.approx(np.array(expected).reshape(-1, len(tagger.labels)), abs=2e-3)


def test_emissions_add_up_to_the_fields_scores(both_forms, trained):
    tagger, field = trained
    weights = dict(field.info().state_features)
    rows, scores = attributes(both_forms)[0], tagger.emissions(both_forms)
    for t, row in enumerate(rows):
        expected = [sum(weights.get((a, label), 0.0) for a in row) for label in tagger.labels]
        assert scores[t] == pytest.approx(expected, abs=1e-4)


def test_articles_do_not_see_each_other(both_forms, trained):
    tagger, _ = trained
    together = tagger.tag(both_forms)
    for i in (0, 29, 30, 60, 61):
        assert np.array_equal(tagger.tag(both_forms[i]), together[both_forms.bounds[i] : both_forms.bounds[i + 1]])


def test_what_is_saved_is_read_back(tmp_path, both_forms, trained):
    tagger, _ = trained
    tagger.save(tmp_path / "model.npz")
    again = Tagger.load(tmp_path / "model.npz")
    assert again.labels == tagger.labels
    assert again.emissions(both_forms) == pytest.approx(tagger.emissions(both_forms), abs=0.05)  # half precision
    assert (again.tag(both_forms) == tagger.tag(both_forms)).mean() > 0.999
    tagger.save(tmp_path / "second.npz")
    assert (tmp_path / "second.npz").read_bytes() == (tmp_path / "model.npz").read_bytes()


def test_a_file_of_another_format_is_refused(tmp_path, trained):
    trained[0].save(tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz") as file:
        arrays = dict(file)
    about = {**json.loads(arrays.pop("about").tobytes()), "format": 99}
    np.savez(tmp_path / "new.npz", about=np.frombuffer(json.dumps(about).encode(), np.uint8), **arrays)
    with pytest.raises(ValueError, match=r"new\.npz has weights of format 99"):
        Tagger.load(tmp_path / "new.npz")


@given(st.lists(st.text(max_size=300), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_any_text_is_tagged(trained, texts):
    tokens = nk.tokenize(make_articles(*texts))
    probabilities = trained[0].probabilities(tokens)
    assert len(trained[0].tag(tokens)) == tokens.n_tokens
    assert np.isfinite(probabilities).all()
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(tokens.n_tokens), abs=1e-4)


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
