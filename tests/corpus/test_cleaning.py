"""Cleaning mends and sets apart; scrubbing does what was done to the user's corpus."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.corpus.cleaning import repair_text
from newskit.corpus.datelines import split_dateline
from tests.conftest import make_articles


def reference_scrub(text: str, collapse: bool) -> str:
    out: list[str] = []
    for char in text:
        if char.isdigit():
            continue
        for c in char.lower() if char.isalpha() else " ":
            c = c if c.isalpha() else " "
            if not (collapse and c == " " and out and out[-1] == " "):
                out.append(c)
    return "".join(out)


@given(st.text(st.characters(exclude_categories=[])) | st.text(st.sampled_from("aÉİß ²0.\n'")), st.booleans())
def test_scrub_is_the_definition(text, collapse):
    scrubbed = reference_scrub(text, collapse)
    if not any(0xD800 <= ord(c) < 0xE000 for c in scrubbed):
        assert nk.scrub([text], collapse=collapse).tolist() == [scrubbed]


def test_scrub_keeps_the_index_and_takes_articles(written):
    shuffled = written.iloc[[2, 0, 1]]
    scrubbed = nk.scrub(shuffled)
    assert scrubbed.index.equals(shuffled.index)
    assert scrubbed.equals(nk.scrub(shuffled["text"]))
    with pytest.raises(TypeError, match="None"):
        nk.scrub(["a", None])
    with pytest.raises(TypeError, match="into a list"):
        nk.scrub("A b")


# Constructs of written news, with what stood in them: every kind of gap that a scrubbed article shows.
CONSTRUCTS = [
    ("(Reuters) - U.S. Attorney General Jeff Sessions", " reuters    u s  attorney general jeff sessions"),
    ("the Trump administration’s critique of so-called", "the trump administration s critique of so called"),
    ("on Tuesday, saying", "on tuesday  saying"),
    ("are a criminal’s “best friend.”  Sessions’ remarks, at", "are a criminal s  best friend    sessions  remarks  at"),
    ("and provided 48 hours’ notice", "and provided  hours  notice"),
    ("to rising crime. “Such policies", "to rising crime   such policies"),
    ("that adopt them,” Sessions said. “That makes a", "that adopt them   sessions said   that makes a"),
    ("gang member’s best friend.” He cited", "gang member s best friend   he cited"),
    ("“We’re not soldiers", " we re not soldiers"),
    ("legislature “a well-balanced bill.” Portland", "legislature  a well balanced bill   portland"),
    ("dating back to 1987 prohibits", "dating back to  prohibits"),
    ("immigration law.    ", "immigration law     "),
]


@pytest.mark.parametrize(("written", "scrubbed"), CONSTRUCTS)
def test_scrub_explains_the_users_article(written, scrubbed, data):
    assert nk.scrub([written]).item() == scrubbed
    assert scrubbed in (data / "seed" / "scrubbed_article.txt").read_text()


def test_every_gap_of_the_users_article_is_explained(data):
    """Its wide gaps have no width that those constructs do not have, and scrubbing it again changes nothing."""
    article = (data / "seed" / "scrubbed_article.txt").read_text()
    explained = {len(gap) for _, scrubbed in CONSTRUCTS for gap in re.findall(" +", scrubbed)}
    assert {len(gap) for gap in re.findall(" +", article)} <= explained
    assert set(article) <= set("abcdefghijklmnopqrstuvwxyz ")
    assert nk.scrub([article]).item() == article


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("cafÃ© â€œhiâ€\x9d", "café “hi”"),
        ("Tom &amp; Jerry &#39;s &lt;b&gt;", "Tom & Jerry 's <b>"),
        ("a\x00b\x07c\ufeff\u200b d\u00adash", "abc dash"),
        ("e\u0301 ﬁne", "é fine"),
        ("one\u00a0two\u2003three", "one two three"),
        ("line\r\nbreak", "line\nbreak"),
        ('they"ll say it isn"?t', "they'll say it isn't"),
        ('"�you will pay,"?he said.', '"you will pay," he said.'),
        ('WASHINGTON "?House Republicans', "WASHINGTON — House Republicans"),
        ("Turner #39;s quot;best quot; firm", 'Turner\'s "best " firm'),
        ('Did he say "no"? Yes.', 'Did he say "no"? Yes.'),
        ("plain text,  left   alone ", "plain text,  left   alone "),
    ],
)
def test_repairs(broken, mended):
    assert repair_text(broken) == mended


@pytest.mark.parametrize(
    ("text", "dateline", "rest"),
    [
        ("WASHINGTON (Reuters) - The head", "WASHINGTON (Reuters)", "The head"),
        ("(Reuters) - The head", "(Reuters)", "The head"),
        ("WEST PALM BEACH, Fla./WASHINGTON (Reuters) - The", "WEST PALM BEACH, Fla./WASHINGTON (Reuters)", "The"),
        ("BAKU, February 7. /TASS/. Russian", "BAKU, February 7. /TASS/.", "Russian"),
        ("Washington (CNN)Vice President", "Washington (CNN)", "Vice President"),
        ("RALEIGH, N.C. — A judge", "RALEIGH, N.C.", "A judge"),
        ("BEIJING (AP) — China", "BEIJING (AP)", "China"),
        (" reuters    u s  attorney", "reuters", "u s  attorney"),
        ("washington  reuters    the head", "washington  reuters", "the head"),
        ("west palm beach  fla  washington  reuters    the", "west palm beach  fla  washington  reuters", "the"),
        ("moscow  march    tass   russian", "moscow  march    tass", "russian"),
        ("companies he bashed   washington  ap    the", "", "companies he bashed   washington  ap    the"),
        ("gadsden  ala   reuters    in", "gadsden  ala   reuters", "in"),
        (
            "jackie joins twitter  years after jfk campaign   ap    the",
            "",
            "jackie joins twitter  years after jfk campaign   ap    the",
        ),
        ("image copyright reuters image caption", "", "image copyright reuters image caption"),
        ("AP - A judge", "AP", "A judge"),
        ("Sen. Pat Toomey (AP) said he", "", "Sen. Pat Toomey (AP) said he"),
        ("EXCLUSIVE — Roger", "", "EXCLUSIVE — Roger"),
        ("NASA — America's agency", "", "NASA — America's agency"),
        ("washington reuters the head", "washington reuters", "the head"),
        ("Barack Obama (Democrat) - said", "", "Barack Obama (Democrat) - said"),
        ("The Reuters poll showed", "", "The Reuters poll showed"),
        ("the reuters poll showed", "", "the reuters poll showed"),
        ("a poll by reuters  and others showed", "", "a poll by reuters  and others showed"),
        ("NATO - an alliance", "", "NATO - an alliance"),
        ("", "", ""),
    ],
)
def test_datelines(text, dateline, rest):
    assert split_dateline(text) == (dateline, rest)


def test_clean_keeps_order_index_columns_and_input(written):
    articles = written.assign(topic=list("xyz")).set_index(pd.Index([7, 3, 5]))
    before = articles.copy(deep=True)
    cleaned = nk.clean(articles)
    pd.testing.assert_frame_equal(articles, before)
    assert cleaned.index.equals(articles.index)
    assert cleaned.columns.tolist() == ["article_id", "text", "topic", "dateline"]
    assert cleaned["dateline"].isna().tolist() == [False, True, True]
    assert cleaned["text"].iloc[0].startswith("U.S. Attorney General")


def test_clean_keeps_a_known_dateline_and_a_prepended_title():
    cleaned = nk.clean(make_articles("The head", "PARIS (AFP) - The", dateline=["OSLO (AP)", "LIMA (AP)"]))
    assert cleaned["dateline"].tolist() == ["OSLO (AP)", "LIMA (AP)"]
    assert cleaned["text"].tolist() == ["The head", "PARIS (AFP) - The"]
    cleaned = nk.clean(make_articles("Rain\n\nLIMA (AP) - It rained.", title=["Rain"]))
    assert cleaned[["dateline", "text"]].iloc[0].tolist() == ["LIMA (AP)", "Rain\n\nIt rained."]
    assert nk.clean(make_articles("OSLO (AP) - The head"), datelines=False)["dateline"].isna().all()


@given(
    st.lists(st.text(st.sampled_from("ab \n.\"?�'sAB&;#39lt\u00a0é\x07") | st.characters(), max_size=40), min_size=1, max_size=4)
)
@settings(deadline=None)
def test_cleaning_twice_changes_no_text_further(texts):
    once = nk.clean(make_articles(*texts), datelines=False)
    pd.testing.assert_frame_equal(nk.clean(once, datelines=False), once)


@given(st.lists(st.text(st.sampled_from("abcs  "), max_size=60), min_size=1, max_size=4))
def test_gap_widths_of_scrubbed_text_survive(texts):
    assert nk.clean(make_articles(*texts), datelines=False)["text"].tolist() == texts
