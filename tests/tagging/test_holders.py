"""Who a holder is: its name, the phrase without an article, or whom a pronoun stands for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.tagging.holders import mentions_of, name_holders
from tests.conftest import make_articles

NAMES = {"ted wheeler": "PER", "trump": "PER", "ann lee": "PER", "white house": "ORG", "portland": "LOC", "chicago": "LOC"}


def named(articles: pd.DataFrame) -> pd.DataFrame:
    """Every place of NAMES, as `link_entities` gives them; the entity is the name in capitals."""
    rows = [
        (a, at, at + len(name), label, name.upper())
        for a, text in zip(articles["article_id"], articles["text"], strict=True)
        for name, label in NAMES.items()
        for at in range(len(text))
        if text.lower().startswith(name, at)
    ]
    return pd.DataFrame(rows, columns=["article_id", "start", "end", "label", "entity"])


def entities(*texts: str, linked: bool = True) -> list[str | None]:
    """The entities of the holders that stand in [brackets], in their order."""
    articles = make_articles(*texts)
    tokens = nk.tokenize(articles)
    article, start = zip(*((i, k) for i, t in enumerate(texts) for k, c in enumerate(t) if c == "["), strict=True)
    end = [k for t in texts for k, c in enumerate(t) if c == "]"]
    first, last = tokens.inside(np.array(article), np.array(start), np.array(end))
    return name_holders(tokens, first, last, named(articles) if linked else None).tolist()


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("[portland mayor ted wheeler] said", "TED WHEELER"),
        ("[ted wheeler, the mayor of portland,] said", "TED WHEELER"),
        ("[the white house] said", "WHITE HOUSE"),
        ("[a judge in chicago] said", "judge in chicago"),
        ("[the mayor of portland] said", "mayor of portland"),
        ("[Trump's lawyer] said", "Trump's lawyer"),
        ("[trump  s  lawyer] said", "trump s lawyer"),
        ("[white house aides] said", "white house aides"),
        ("[An  aide] said", "aide"),
        ("[the] said", "the"),
        ("[that] said", None),
        ("[he] said", None),
        ("[they] said", None),
    ],
)
def test_a_holder_is_named_by_its_head(text, entity):
    assert entities(text) == [entity]


def test_a_pronoun_is_the_last_person_who_held_something():
    assert entities("[ann lee] met trump. [she] said") == ["ANN LEE", "ANN LEE"]
    assert entities("trump met ann lee in chicago. [he] said") == ["ANN LEE"]
    assert entities("[ann lee] met [the white house]. [she] said") == ["ANN LEE", "WHITE HOUSE", "ANN LEE"]
    assert entities("[ann lee] said", "[she] said") == ["ANN LEE", None]  # of another article
    assert entities("[she] met ann lee") == [None]  # named behind it
    assert entities("[ann lee] said. [she] said", linked=False) == ["ann lee", None]


def test_groups_are_the_last_holder():
    assert entities("[the lawmakers] met trump. [they] said. [it] said") == ["lawmakers"] * 3
    assert entities("[ann lee] said. [he] said. [we] said") == ["ANN LEE"] * 3
    assert entities("[the lawmakers] said", "[they] said") == ["lawmakers", None]


def test_mentions_as_tokens_leave_out_what_is_no_name_here():
    articles = make_articles("ann lee met trump", "")
    linked = named(articles)
    odd = pd.DataFrame(
        [("a0", 900, 905, "PER", "FAR"), ("a0", 3, 4, "PER", "GAP"), ("a0", 0, 3, "LAW", "ODD"), ("a0", 0, 3, "PER", None),
         ("a1", 0, 3, "PER", "EMPTY"), ("a0", 7, 3, "PER", "TURNED")],
        columns=linked.columns,
    )  # fmt: skip
    tokens = nk.tokenize(articles)
    table = mentions_of(tokens, pd.concat([odd, linked[::-1]]))
    assert table.to_numpy().tolist() == [[0, 1, 0, "ANN LEE"], [3, 3, 0, "TRUMP"]]
    numbered = mentions_of(nk.tokenize(articles.assign(article_id=[0, 1])), linked.assign(article_id=0))
    pd.testing.assert_frame_equal(numbered, table)
    assert mentions_of(tokens, None).empty


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_any_holders_have_a_name_that_stands_in_their_article(data):
    words = ["he", "they", "the", "ann", "lee", "trump", "in", "chicago", "s", "aide", "that"]
    texts = data.draw(st.lists(st.lists(st.sampled_from(words), max_size=12).map(" ".join), min_size=1, max_size=3))
    articles = make_articles(*texts)
    tokens = nk.tokenize(articles)
    cuts = sorted(data.draw(st.sets(st.integers(0, max(tokens.n_tokens - 1, 0))))) if tokens.n_tokens else []
    first = np.array(cuts[::2][: len(cuts) // 2], np.int64)
    last = np.array(cuts[1::2], np.int64)
    same = tokens.article[first] == tokens.article[last]
    first, last = first[same], last[same]
    found = name_holders(tokens, first, last, named(articles))
    assert len(found) == len(first)
    for entity, article in zip(found, tokens.article[first], strict=True):
        assert entity is None or entity.lower() in texts[article]
