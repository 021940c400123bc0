"""The accurate model: one reading for all tasks, the same alone and in company, kept by content."""

from __future__ import annotations

import builtins
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import newskit as nk
from newskit.tagging import models
from newskit.tagging.encoder import READINGS, SHARES, Encoder, MissingExtraError
from newskit.tagging.models import MODELS, load_encoder, load_tagger
from tests.conftest import WRITTEN, make_articles

pytest.importorskip("onnxruntime", reason="the extra newskit[accurate] is not installed")

LONG = " ".join(WRITTEN) * 6
TEXTS = [*WRITTEN, LONG, "", "x", "supercalifragilistic" * 40 + " said", "1 2 3", "Ärzte in Zürich sagten   ja"]


@pytest.fixture(scope="module")
def articles():
    both = pd.concat([pd.Series(TEXTS), nk.scrub(pd.Series(TEXTS))], ignore_index=True)
    return make_articles(*both)


def test_layers_are_those_of_the_taggers():
    encoder = load_encoder()
    for task, layers in (("entities", ["names"]), ("sentences", ["gaps"]), ("attributions", ["who", "what", "holders"])):
        labels = tuple(label for name in layers for label in encoder.layers[name])
        assert labels == load_tagger(task).labels
        columns = encoder.columns(layers[0], layers[-1])
        assert columns.stop - columns.start == len(labels)
    assert set(SHARES) == {"entities", "sentences", "attributions", "stance"}


def test_a_row_per_token_and_the_likeliest_label_of_each_layer_is_zero(articles):
    tokens, encoder = nk.tokenize(articles), load_encoder()
    read = encoder.read_labels(tokens)
    assert read.shape == (tokens.n_tokens, sum(map(len, encoder.layers.values())))
    assert (read <= 0).all()
    for name in encoder.layers:
        assert (read[:, encoder.columns(name, name)].max(axis=1) == 0).all()


def test_articles_are_read_alone_as_in_company(articles):
    tokens, encoder = nk.tokenize(articles), load_encoder()
    together = encoder.read_labels(tokens)
    for i in range(len(tokens)):
        READINGS.clear()
        assert np.array_equal(encoder.read_labels(tokens[i]), together[tokens.bounds[i] : tokens.bounds[i + 1]])


def test_what_is_kept_is_what_is_read(articles, tmp_path):
    tokens, encoder = nk.tokenize(articles), load_encoder()
    first = encoder.read_labels(tokens)
    assert np.array_equal(encoder.read_labels(tokens), first)
    READINGS.clear()
    READINGS.keep_in(tmp_path / "readings.sqlite")
    assert np.array_equal(encoder.read_labels(tokens), first)
    READINGS.clear()
    silent = Encoder(None, encoder.vocabulary, encoder.layers, encoder.digest)  # cannot read
    assert np.array_equal(silent.read_labels(tokens), first)
    with pytest.raises(AttributeError):
        silent.read_labels(nk.tokenize(make_articles("another text")))


def test_the_same_text_read_otherwise_is_another_reading():
    articles = make_articles(WRITTEN[0])
    tokens, encoder = nk.tokenize(articles), load_encoder()
    small = encoder.read_labels(tokens.lower())
    assert not np.array_equal(encoder.read_labels(tokens), small)
    assert np.array_equal(encoder.read_labels(tokens.lower()), small)


def test_a_reading_of_the_wrong_length_is_not_taken(articles, monkeypatch):
    tokens, encoder = nk.tokenize(articles), load_encoder()
    read = encoder.read_labels(tokens)
    monkeypatch.setattr(READINGS, "get", lambda keys: dict.fromkeys(keys, b"short"))
    assert np.array_equal(encoder.read_labels(tokens), read)


def test_a_target_anywhere_in_a_long_passage_is_seen():
    long = "The hall was full and the talks went on for hours. " * 40
    said = ["Lawmakers condemned the ban as cruel. ", "Lawmakers praised the ban as wise. "]
    texts = [before + sentence + behind for before, behind in (("", long), (long, long), (long, "")) for sentence in said]
    spans = [(t.index("ban"), t.index("ban") + 3) for t in texts]
    assert nk.score_stance(texts, spans, model="accurate")["stance"].tolist() == ["against", "favor"] * 3


def test_another_model_never_takes_what_this_one_read(articles):
    tokens, encoder = nk.tokenize(articles), load_encoder()
    encoder.read_labels(tokens)
    other = Encoder(None, encoder.vocabulary, encoder.layers, b"other")
    with pytest.raises(AttributeError):
        other.read_labels(tokens)


@pytest.mark.parametrize("find", [nk.find_entities, nk.split_sentences, nk.find_attributions])
def test_offsets_point_at_words_and_inputs_stay(articles, find):
    before = articles.copy(deep=True)
    found = find(articles, model="accurate")
    pd.testing.assert_frame_equal(articles, before)
    texts = articles.set_index("article_id")["text"]
    places = found.dropna(subset=["start"])
    assert len(places)
    for row in places.itertuples():
        words = texts[row.article_id][row.start : row.end]
        assert words.strip() == words
        assert words
        if "text" in found:
            assert words == row.text
    pd.testing.assert_frame_equal(find(nk.tokenize(articles), model="accurate"), found)


@pytest.mark.parametrize("find", [nk.find_entities, nk.split_sentences, nk.find_attributions])
def test_articles_without_words(find):
    columns = find(make_articles("a b"), model="accurate").dtypes
    found = find(make_articles("", "  "), model="accurate")
    assert not len(found)
    assert found.dtypes.equals(columns)


def test_names_in_scrubbed_text():
    text = "u s  attorney general jeff sessions  in a speech in portland  oregon  said  sessions  who met theresa may  left"
    found = nk.find_entities(make_articles(text), model="accurate")
    assert dict(zip(found["text"], found["label"], strict=True)) == {
        "u s": "LOC", "jeff sessions": "PER", "portland": "LOC", "oregon": "LOC", "sessions": "PER", "theresa may": "PER",
    }  # fmt: skip


def test_stance_is_toward_the_marked_words():
    text = "The senator praised the teachers and condemned the ban as cruel."
    spans = [(text.index(w), text.index(w) + len(w)) for w in ("teachers", "ban")]
    for form in (text, nk.scrub(pd.Series([text]))[0]):
        found = nk.score_stance([form, form], spans, model="accurate")
        assert found["stance"].tolist() == ["favor", "against"]
        assert np.allclose(found[["p_against", "p_neutral", "p_favor"]].sum(axis=1), 1)


def test_passages_are_judged_alone_as_in_company():
    texts = [t for t in TEXTS if len(t) > 30] + [f"{LONG} they condemned the ban {LONG}"]
    spans = [(t.rindex(" ", 0, -3) + 1, len(t)) for t in texts[:-1]] + [(len(LONG) + 20, len(LONG) + 23)]
    together = nk.score_stance(texts, spans, model="accurate")
    for i in range(len(texts)):
        READINGS.clear()
        alone = nk.score_stance(texts[i : i + 1], spans[i : i + 1], model="accurate")
        assert alone.iloc[0].equals(together.iloc[i])
    assert not len(nk.score_stance([], [], model="accurate"))


def test_rows_of_stances_have_the_same_columns_as_with_the_fast_model():
    articles = make_articles("senator ann lee condemned the ban as cruel and illegal  the ban begins in may")
    fast, accurate = (nk.tag_stance(articles, ["ban"], model=model) for model in ("fast", "accurate"))
    assert list(fast.columns) == list(accurate.columns)
    assert (fast.dtypes == accurate.dtypes).all()
    assert accurate["stance"].iloc[0] == "against"
    assert accurate["holder_entity"].iloc[0] == "Ann Lee"


def test_an_unknown_kind_of_model_is_told():
    for call in (
        nk.find_entities,
        nk.split_sentences,
        nk.find_attributions,
        lambda a, model: nk.tag_stance(a, ["b"], model=model),
    ):
        with pytest.raises(ValueError, match="'fast', 'accurate', not 'acurate'. Did you mean 'accurate'"):
            call(make_articles("a b"), model="acurate")
    with pytest.raises(ValueError, match="'fast', 'accurate'"):
        nk.score_stance(["a"], [(0, 1)], model="slow")
    articles = make_articles("the ban is bad  " * 9)
    linked = nk.link_entities(nk.find_entities(articles), articles)
    with pytest.raises(ValueError, match="'fast', 'accurate'"):
        nk.stances.propose_targets(articles, linked=linked, model="acurate")


@pytest.mark.parametrize("package", ["onnxruntime", "tokenizers"])
def test_without_the_extra_the_error_names_the_command(monkeypatch, package):
    real = builtins.__import__

    def fail(name, *args, **kwargs):
        if name.split(".")[0] == package:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", fail)
    for name in [n for n in sys.modules if n.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(MissingExtraError, match=r'pip install "newskit\[accurate\]"') as caught:
        Encoder.load(MODELS / "accurate.onnx")
    assert package in str(caught.value)


def test_the_fast_model_does_not_need_the_extra():
    code = "import sys; sys.modules['onnxruntime'] = sys.modules['tokenizers'] = None; import newskit as nk, pandas as pd;"
    code += "print(len(nk.find_entities(pd.DataFrame({'article_id': ['a'], 'text': ['jeff sessions said so']}))))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip() == "1"


def test_all_models_together_stay_small():
    files = [p for p in MODELS.iterdir() if p.suffix in (".npz", ".onnx")]
    assert sum(p.stat().st_size for p in files) < 40_000_000
    for path in files:
        assert path.with_suffix(".md").exists(), path.name
    assert models.MODELS == MODELS
