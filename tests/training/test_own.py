"""Types of names of one's own: learned from marked articles, read by `find_entities`, and used by what comes after it."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import newskit as nk
from newskit.publish.captions import caption_of
from newskit.tagging.models import load_tagger, shipped

TEXT = "Sen. Jeff Sessions said in Oslo that the {} would pass, and Reuters reported it on the day."
BILLS = [f"{a} {b} act" for a in ("clean", "fair", "safe", "open") for b in ("water", "trade", "streets", "records", "banking")]


def make_articles(text: str) -> pd.DataFrame:
    return pd.DataFrame({"article_id": ["a"], "text": [text]})


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "marked.jsonl"
    rows = []
    for k, name in enumerate(name.title() for name in BILLS):
        text = TEXT.format(name) + f" The {name} came up {k} times."
        places = [text.index(name), text.rindex(name)]
        rows.append(json.dumps({"text": text, ("spans", "label")[k % 2]: [[a, a + len(name), "LAW"] for a in places]}))
    path.write_text("\n".join(rows) + "\n\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def taught(marked, tmp_path_factory):
    pytest.importorskip("torch", reason="needs torch (extra train)")
    from newskit.training.own import read_marked, teach

    path = tmp_path_factory.mktemp("taught") / "laws.npz"
    teach(read_marked(marked)).save(path)
    return path


def test_a_type_is_learned_and_the_others_are_kept(taught):
    for text in (TEXT.format("Good Schools Act"), nk.scrub([TEXT.format("Good Schools Act")])[0]):
        found = nk.find_entities(make_articles(text), model=taught)
        assert dict(zip(found["text"].str.lower(), found["label"], strict=True)) == {
            "jeff sessions": "PER", "oslo": "LOC", "good schools act": "LAW", "reuters": "ORG",
        }  # fmt: skip


def test_what_comes_after_takes_the_new_type(taught):
    articles = make_articles(TEXT.format("Clean Water Act"))
    linked = nk.link_entities(nk.find_entities(articles, model=str(taught)), articles)
    assert ("Clean Water Act", "LAW") in set(zip(linked["entity"], linked["label"], strict=True))
    ax = nk.plots.top_entities(nk.entity_frequency(linked, articles))
    assert "LAW: Clean Water Act 1" in caption_of(ax).alt
    assert len(nk.find_attributions(articles, linked=linked)) == len(nk.find_attributions(articles))
    assert "Clean Water Act" in set(nk.tag_stance(articles, ["Clean Water Act"], linked=linked)["target"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 1: no article with spans"),
        ('{"spans": []}', "line 1: no article with spans"),
        ('{"text": "a law", "spans": [[2, 9, "LAW"]]}', "line 1: the span 2 to 9 lies outside of a text of 5 characters"),
        ('{"text": "a law", "spans": [[2, 5, "law"]]}', "line 1: call the type 'law' in capitals, such as 'LAW'"),
        ('{"text": "a law", "spans": [[2, 5, "LAW"]]}', "1 articles with 1 marked places: too few"),
    ],
)
def test_a_marked_file_that_cannot_be_read_says_where(line, said, tmp_path):
    pytest.importorskip("torch", reason="needs torch (extra train)")
    from newskit.training.own import read_marked

    path = tmp_path / "marked.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        read_marked(path)


def test_a_model_from_a_file_reads_as_it_was_saved(tmp_path):
    load_tagger("entities").save(tmp_path / "same.npz")
    articles = nk.sample_articles().head(20)
    columns = ["article_id", "start", "end", "label"]
    found = nk.find_entities(articles, model=tmp_path / "same.npz")
    pd.testing.assert_frame_equal(found[columns], nk.find_entities(articles)[columns])


def test_a_file_that_is_no_model_of_names_is_told(tmp_path):
    with pytest.raises(ValueError, match=r"sentences\.npz is no model of names"):
        nk.find_entities(make_articles("a"), model=shipped("sentences.npz"))
    with pytest.raises(FileNotFoundError, match="laws"):
        nk.find_entities(make_articles("a"), model="laws.npz")
    (tmp_path / "laws.npz").write_bytes(b"no model")
    with pytest.raises(ValueError, match="laws"):
        nk.find_entities(make_articles("a"), model=tmp_path / "laws.npz")
