"""Targets: read from every form that people write, and found wherever their words stand, the longest first."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.analysis.targets import find_targets
from tests.conftest import make_articles

ASKED = {"sanctuary cities": ["sanctuary cities", "sanctuary city"], "Jeff Sessions": ["Jeff Sessions"]}


def mentions(texts: list[str], asked: dict[str, list[str]], linked: pd.DataFrame | None = None) -> list[tuple[int, int, str]]:
    """Article, position of the target and words of each mention."""
    tokens = nk.tokenize(make_articles(*texts))
    found = find_targets(tokens, asked, linked)
    shown = tokens.written(found["first"].to_numpy(), found["last"].to_numpy())
    return list(zip(tokens.article[found["first"]].tolist(), found["target"].tolist(), shown, strict=True))


def test_all_forms_say_the_same(tmp_path):
    table = pd.DataFrame(
        [("sanctuary cities", "sanctuary  city"), ("Jeff Sessions", None), ("sanctuary cities", "sanctuary city")],
        columns=["target", "phrase"],
    )
    listed, by_name, csv = tmp_path / "listed.yaml", tmp_path / "by_name.yml", tmp_path / "targets.csv"
    listed.write_text("- ban\n- travel ban\n")
    by_name.write_text("sanctuary cities: [sanctuary city]\nJeff Sessions:\n")
    table.to_csv(csv, index=False)
    for targets in (ASKED, {"sanctuary cities": "sanctuary city", "Jeff Sessions": None}, table, by_name, str(csv)):
        assert nk.stances.read_targets(targets) == ASKED
        assert list(nk.stances.read_targets(targets)) == list(ASKED)
    names = {"ban": ["ban"], "travel ban": ["travel ban"]}
    for targets in (["ban", "travel ban"], pd.Series(["ban", " travel ban"]), iter(["ban", "travel ban"]), listed):
        assert nk.stances.read_targets(targets) == names
    assert nk.stances.read_targets(nk.stances.read_targets(ASKED)) == ASKED


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.yaml", "ban: [bans", "a.yaml is no YAML that can be read"),
        ("a.yaml", "- 2017-99-99", "a.yaml is no YAML that can be read"),
        ("a.yaml", "ban", "a.yaml must be a list of targets, or phrases by target"),
        ("a.yaml", "", "a.yaml must be a list of targets"),
        ("a.yaml", "ban: {bans: 1}", "a.yaml: the phrases of 'ban' must be a list"),
        ("a.yaml", "ban: [a]\nban: [b]", "a.yaml: the target 'ban' stands there twice"),
        ("a.yaml", "no: [bans]", "a.yaml: False cannot be a target"),
        ("a.yaml", "ban: [2017]", "a.yaml: 2017 cannot be a target or its phrase"),
        ("a.csv", "", "a.csv: the file is empty"),
        (
            "a.csv",
            "target,phrases\nban,bans\n",
            "no column 'phrase'; a table of targets has target and phrase. Did you mean 'phrases'?",
        ),
        ("a.csv", "target,phrase\nban,bans\n,bans\n", "a.csv, row 2: the target is missing"),
        ("a.csv", "target,phrase\nban,bans,\n", "a.csv, row 1: line 2: 3 fields where the header has 2"),
        ("a.csv", "target,phrase\nban,-\n", "a.csv, row 1: '-' cannot be a target or its phrase"),
        ("a.csv", "target,phrase\n", "a.csv: there is no target"),
        ("a.txt", "ban", "a.txt: a table of targets is a .csv"),
    ],
)
def test_damaged_files_are_explained(tmp_path, name, content, said):
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError) as error:
        nk.stances.read_targets(tmp_path / name)
    assert said in str(error.value)


@pytest.mark.parametrize("wrong", [[], {}, 5, None, [5], ["½"], [["ban"]], {"ban": 5}, {"ban": [None]}, {7: ["ban"]}])
def test_what_is_no_target_is_refused(wrong):
    with pytest.raises(ValueError, match="^targets: "):
        nk.stances.read_targets(wrong)


def test_a_name_that_is_no_file():
    with pytest.raises(FileNotFoundError, match=r"a target by itself is a list: \['travel ban'\]"):
        nk.stances.read_targets("travel ban")


def test_written_and_scrubbed_text_have_the_same_mentions():
    text = "The U.S. Senate’s Travel-ban vote: the “travel ban” (of 2017), a ban.\nTravel Ban? The USA, the us."
    asked = {"ban": ["ban"], "travel ban": ["travel ban"], "U.S.": ["U.S."]}
    forms = [text, *nk.scrub([text]), *nk.scrub([text], collapse=True)]
    found = [(i, target) for i, target, _ in mentions(forms, asked)]
    assert found[:5] == [(0, 2), (0, 1), (0, 1), (0, 0), (0, 1)]
    assert [(0, t) for i, t in found if i == 1] == found[:5] == [(0, t) for i, t in found if i == 2]


def test_common_words_are_found_as_asked():
    asked = {"may": ["may"], "it": ["it"]}
    assert mentions(["It may rain in May; its rain", "maybe"], asked) == [(0, 1, "It"), (0, 0, "may"), (0, 0, "May")]


def test_the_longest_counts_and_shared_phrases_go_to_both():
    asked = {"ban": ["ban", "travel ban"], "order": ["order", "travel ban"], "travel ban order": ["travel ban order"]}
    text = "the travel ban  a ban  the travel ban order  the order"
    assert mentions([text], asked) == [
        (0, 0, "travel ban"),
        (0, 1, "travel ban"),
        (0, 0, "ban"),
        (0, 2, "travel ban order"),
        (0, 1, "order"),
    ]
    assert mentions(["a b c"], {"x": ["a b"], "y": ["b c"], "z": ["a"]}) == [(0, 2, "a"), (0, 1, "b c")]


def test_phrases_end_with_their_sentence_and_their_article():
    asked = {"travel ban": ["travel ban"]}
    assert mentions(["no travel", "ban it"], asked) == []
    assert mentions(["travel    ban", "travel   ban", "travel"], asked) == [(1, 0, "travel   ban")]


def test_a_linked_name_is_found_under_its_other_names():
    linked = pd.DataFrame(
        [("a0", 0, 5, "PER", "Donald Trump"), ("a1", 4, 15, "PER", "Donald Trump"), ("a1", 16, 20, "PER", None)],
        columns=["article_id", "start", "end", "label", "entity"],
    )
    texts = ["trump said", "the billionaire said", "donald trump"]
    found = mentions(texts, {"donald trump": ["donald trump"], "trump": ["trump"]}, linked)
    assert found == [(0, 0, "trump"), (0, 1, "trump"), (1, 0, "billionaire"), (2, 0, "donald trump")]
    assert mentions(texts, {"donald trump": ["donald trump"]}, linked.head(0)) == [(2, 0, "donald trump")]


@given(
    st.lists(st.lists(st.sampled_from(["a", "b", "c"]), max_size=12), min_size=1, max_size=3),
    st.lists(
        st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(" ".join), min_size=1, max_size=3), max_size=3
    ),
)
@settings(max_examples=80, deadline=None)
def test_every_place_is_found_and_only_overlaps_are_given_up(texts, phrases):
    asked = {f"t{k}": own for k, own in enumerate(phrases)}
    tokens = nk.tokenize(make_articles(*(" ".join(t) for t in texts)))
    found = find_targets(tokens, asked)
    assert found.dtypes.astype(str).tolist() == ["int64"] * 3
    got = set(found[["first", "last", "target"]].itertuples(index=False, name=None))
    assert len(got) == len(found)
    every = {
        (begin + at, begin + at + len(p.split()) - 1, k)
        for text, begin in zip(texts, tokens.bounds.tolist(), strict=False)
        for k, own in enumerate(phrases)
        for p in own
        for at in range(len(text))
        if text[at : at + len(p.split())] == p.split()
    }
    assert got <= every
    kept = {(first, last) for first, last, _ in got}
    for first, last, target in every - got:  # given up for one that overlaps and is as long at least
        assert any(a <= last and first <= b and b - a >= last - first for a, b in kept)
        assert (first, last) not in kept, target
    spans = sorted(kept)
    assert all(b < c for (_, b), (c, _) in pairwise(spans))
