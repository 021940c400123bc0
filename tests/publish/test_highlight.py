"""Stances in their sentences: what is marked, what is escaped, and what stands beside it."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

import newskit as nk
from tests.conftest import make_articles

TEXT = "It rained. Senator Ann Lee condemned the <b>ban</b> & called it cruel. Nobody else spoke."


def row(text: str, target: str, **values: object) -> dict[str, object]:
    at = text.index(target)
    return {"article_id": "a0", "start": at, "end": at + len(target), "target": target, "holder_entity": "Ann Lee", **values}


def shown(rows: list[dict[str, object]], *texts: str, n: int = 20) -> html.HtmlElement:
    return html.fragment_fromstring(nk.highlight_stances(pd.DataFrame(rows), make_articles(*texts), n=n)._repr_html_())


def test_the_sentence_with_its_target_and_its_evidence():
    at = TEXT.index("condemned")
    table = shown([row(TEXT, "ban", stance="against", confidence=0.91, evidence=[[at, at + 9]])], TEXT)
    target, holder, stance, sentence = table.xpath(".//tbody/tr/td")
    assert (target.text_content(), holder.text_content()) == ("ban", "Ann Lee")
    assert stance.text_content() == "− against91% sure"
    assert sentence.text_content() == "Senator Ann Lee condemned the <b>ban</b> & called it cruel. a0, from character 44"
    assert [e.text for e in sentence.xpath(".//u")] == ["ban"]
    assert [e.text for e in sentence.xpath(".//mark")] == ["condemned"]
    assert not table.xpath(".//b | .//script | .//style")


@pytest.mark.parametrize(("stance", "said"), [("favor", "+ favor"), ("neutral", "0 neutral"), (None, "? none")])
def test_every_stance_has_a_sign(stance, said):
    assert shown([row(TEXT, "ban", stance=stance)], TEXT).xpath(".//tbody//strong")[0].text == said


def test_what_decided_a_person_is_not_known():
    table = shown(
        [row(TEXT, "ban", stance="favor", confidence=0.9, evidence=[[0, 9]], by="hand") | {"holder_entity": None}], TEXT
    )
    assert "by hand" in table.xpath(".//tbody")[0].text_content()
    assert "(unknown)" in table.xpath(".//tbody")[0].text_content()
    assert not table.xpath(".//tbody//mark")


def test_scrubbed_sentences_are_made_readable():
    text = nk.scrub(pd.Series([TEXT.replace("<b>", "").replace("</b>", "")]))[0]
    at = text.index("condemned")
    table = shown([row(text, "ban", stance="against", evidence=[[at, at + 9]])], text)
    said = table.xpath(".//tbody/tr/td")[3]
    assert "Senator Ann Lee condemned the ban" in said.text_content()
    assert [e.text for e in said.xpath(".//mark")] == ["condemned"]


def test_only_so_many_rows():
    rows = [row(TEXT, word, stance="neutral") for word in ("ban", "rained", "Nobody")]
    assert len(shown([rows[0], {**rows[0], "holder_entity": "Bo Ray"}], TEXT).xpath(".//tbody/tr")) == 2
    table = shown([*rows, rows[0]], TEXT, n=2)
    assert len(table.xpath(".//tbody/tr")) == 2
    assert "The first 2 of 3 rows." in table.text_content()
    assert len(nk.highlight_stances(pd.DataFrame(rows).head(0), make_articles(TEXT)).rows) == 0


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=40), st.text("<>&\"'ab ", max_size=20))
def test_everything_is_escaped(before, holder):
    text = f"{before} bill passed"
    table = shown([row(text, "bill", stance="favor", evidence=[[0, len(before)]]) | {"holder_entity": f"x{holder}"}], text)
    assert {e.tag for e in table.iter()} <= set("table caption thead tbody tr th td u mark strong br small bdi".split())
    assert table.xpath(".//tbody/tr/td")[1].text_content() == f"x{holder}"
    assert "".join(table.xpath(".//tbody//u")[0].itertext()).lower() == "bill"


def test_errors_are_for_people():
    with pytest.raises(ValueError, match="no column 'stance'"):
        nk.highlight_stances(pd.DataFrame([row(TEXT, "ban")]), make_articles(TEXT))
    with pytest.raises(ValueError, match="pass the articles that were tagged"):
        nk.highlight_stances(pd.DataFrame([{**row(TEXT, "ban", stance="favor"), "article_id": "b"}]), make_articles(TEXT))
