"""Training data: spans and starts follow their words into scrubbed text, and labels follow the spans."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import newskit as nk
from newskit.tagging.sentences import GAPS
from newskit.training.corpora import (
    ANNOTATED,
    Annotated,
    read_annotated,
    read_conll,
    read_topics,
    scrubbed,
    to_tokens,
    token_labels,
)
from newskit.training.punctuation import gap_labels, kind_of_gap, sentence_starts
from newskit.training.scores import span_f1

ARTICLE = Annotated(
    "a",
    'U.S. Attorney Jeff Sessions (1946) said: "No." He left Rome.',
    [(0, 4, "LOC"), (14, 27, "PER"), (55, 59, "LOC")],
    [0, 47],
)


def words_of(article: Annotated) -> list[tuple[list[str], str]]:
    return [(nk.scrub([article.text[a:b]]).item().split(), label) for a, b, label in article.spans]


@pytest.mark.parametrize("collapse", [False, True])
def test_spans_follow_their_words(collapse):
    (shown,) = scrubbed([ARTICLE], collapse=collapse)
    assert shown.text == nk.scrub([ARTICLE.text], collapse=collapse).item()
    assert words_of(shown) == words_of(ARTICLE)
    assert [shown.text[s:].split()[0] for s in shown.starts] == ["u", "he"]


@given(st.text(max_size=80), st.data())
def test_any_span_follows_its_words(text, draw):
    a = draw.draw(st.integers(0, len(text)))
    b = draw.draw(st.integers(a, len(text)))
    for collapse in (False, True):
        (shown,) = scrubbed([Annotated("a", text, [(a, b, "PER")], [a])], collapse=collapse)
        assert shown.text == nk.scrub([text], collapse=collapse).item()
        (start, end, _) = shown.spans[0]
        assert shown.text[start:end].split() == nk.scrub([text[a:b]]).item().split()


def test_labels_of_tokens():
    for article in (ARTICLE, *scrubbed([ARTICLE])):
        (labels,) = token_labels(to_tokens([article]), [article])
        assert [x for x in labels if x != "O"] == ["B-LOC", "I-LOC", "B-PER", "I-PER", "B-LOC"]


def test_conll_becomes_running_text(tmp_path):
    lines = [
        "-DOCSTART- -X- O O",
        "",
        "EU NNP I-NP I-ORG",
        "rejects VBZ I-VP O",
        "Peter NNP I-NP I-PER",
        "Black NNP I-NP I-PER",
        ". . O O",
        "",
    ]
    lines += ["Rome NNP I-NP I-LOC", "Milan NNP I-NP B-LOC", "-DOCSTART- -X- O O", "", "Oslo NNP I-NP I-LOC"]
    (tmp_path / "x.txt").write_text("\n".join(lines), encoding="utf-8")
    one, two = read_conll(tmp_path / "x.txt")
    assert one.text == "EU rejects Peter Black. Rome Milan"
    assert [(one.text[a:b], label) for a, b, label in one.spans] == [
        ("EU", "ORG"),
        ("Peter Black", "PER"),
        ("Rome", "LOC"),
        ("Milan", "LOC"),
    ]
    assert one.starts == [0, 24]
    assert two.text == "Oslo"


def test_gaps_are_named_by_their_marks():
    kinds = {" ": "joined", ", ": "comma", ". ": "point", ' "': "opening quote", '," ': "closing quote", " (": "opening bracket"}
    kinds |= {") ": "closing bracket", " - ": "dash", ": ": "colon", " 48 ": "number", "-": "joined"}
    assert {gap: kind_of_gap(gap) for gap in kinds} == kinds
    for shown in ([ARTICLE], scrubbed([ARTICLE])):
        (labels,) = gap_labels(to_tokens(shown), shown, [ARTICLE])
        assert labels[0] == 0
        assert np.flatnonzero(labels == 0).tolist() == [0, len(labels) - 3]
        assert "opening bracket" in [GAPS[k] for k in labels]


def test_starts_of_sentences_by_rule():
    text = "Mr. Smith left. He said “Never.” Then J. Doe came! 3 stayed."
    assert [text[s:].split()[0] for s in sentence_starts(text)] == ["Mr.", "He", "Then", "3"]


def test_spans_are_scored_whole():
    gold = ["B-PER", "I-PER", "O", "B-LOC"]
    assert span_f1(gold, gold) == 100
    assert span_f1(["B-PER", "O", "O", "B-LOC"], gold) == 50
    assert span_f1(["O"] * 4, gold) == 0


@pytest.mark.parametrize("name", ["dev_a", "dev_b", "train"])
def test_annotations_fit_their_texts(name, data):
    articles = read_annotated(ANNOTATED / f"{name}.json", data)
    assert len({a.article_id for a in articles}) == len(articles) >= 24
    for article in articles:
        assert all(article.text[a:b].strip() == article.text[a:b] != "" for a, b, _ in article.spans)
        assert {label for *_, label in article.spans} <= {"PER", "ORG", "LOC", "MISC"}
        assert article.starts == sorted(set(article.starts))


def test_development_articles_are_not_trained_on(data):
    names = [{a.article_id for a in read_annotated(ANNOTATED / f"{name}.json", data)} for name in ("train", "dev_a")]
    assert not names[0] & names[1]
    news = [int(n.split("-")[1]) for n in names[0] if n.startswith("news_articles")]
    assert max(news) < 2846 - 400


def test_other_texts_are_refused(tmp_path, data):
    (tmp_path / "x.json").write_text(
        '[{"corpus": "isot_true", "row": 0, "sha256": "0", "entities": [], "starts": []}]', encoding="utf-8"
    )
    with pytest.raises(ValueError, match="Row 0 of isot_true is not the text that was annotated"):
        read_annotated(tmp_path / "x.json", data)


def test_coded_topics_fit_their_articles(data):
    coded = read_topics(ANNOTATED / "topics.json", data)
    sections = "politics conflict diplomacy business sport culture scitech health crime environment society".split()
    assert set(coded["topic"]) == set(sections)
    assert coded["article_id"].is_unique
    assert coded["source"].nunique() == 9
    assert coded["text"].str.split().str.len().min() >= 80
    assert coded["sure"].mean() > 0.5
