"""The page of a run: nothing is fetched, all is escaped, and figures, tables and numbers lead to what they rest on."""

from __future__ import annotations

import re

import nbformat
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import newskit as nk
from newskit.publish.report import build_report
from tests.conftest import make_articles

HOSTILE = [
    "<script>alert(1)</script>",
    "</td></table></section><h1>mine</h1>",
    "a & b \"c\" 'd' <img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "<a href='javascript:alert(1)'>click</a>",
    '<iframe src="https://example.org"></iframe><img src="https://example.org/a.png">',
    "\x1b[31mred\x1b[0m",
    "before\0after",
    "\u202egnp.exe",
    "half \ud800 of one",
]


def displays(*shown: object) -> list[nbformat.NotebookNode]:
    data = [{"text/html": s._repr_html_()} if hasattr(s, "_repr_html_") else {"text/markdown": str(s)} for s in shown]
    return [new_code_cell("1", outputs=[new_output("display_data", d)]) for d in data]


def page_of(*cells: nbformat.NotebookNode, files: tuple[str, ...] = ()) -> html.HtmlElement:
    book = new_notebook(cells=[new_markdown_cell("# What is it?"), *cells])
    return html.document_fromstring(build_report({"01_one": book, "02_two": book}, "my <articles>", files))


def counted() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Seven articles that name Ann Lee, two of them copies, and one that names <b>."""
    texts = [f"Nothing at all. Ann Lee met the {word} & left. It rained." for word in ("mayor", "mayor", *"abcde")]
    articles = make_articles(*texts, "Then <b> came.", title=[f"<i>{i}</i>" for i in range(8)], date=pd.Timestamp(2017, 2, 7))
    rows = [(f"a{i}", 16, 23, "Ann Lee") for i in range(7)] + [("a7", 5, 8, "<b>")]
    mentions = pd.DataFrame(rows, columns=["article_id", "start", "end", "entity"])
    return pd.DataFrame({"entity": ["Ann Lee", "<b>", "Bo"], "mentions": [1_007, 1, 0]}), mentions, articles


def test_the_contents_lead_to_every_heading():
    page = page_of(
        new_markdown_cell("## First <b>thing</b>\n\n### Deeper\n\nSee [below](#Limits)"), new_markdown_cell("## Limits")
    )
    links = page.xpath("//nav//a")
    assert [a.text for a in links] == [*["What is it?", "First thing", "Limits"] * 2, "Figures and tables"]
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {a.get("href")[1:] for a in page.xpath('//a[starts-with(@href, "#")]')} <= set(ids)
    assert [h.tag for h in page.xpath("//main//h1|//main//h2|//main//h3|//main//h4")] == ["h2", "h3", "h4", "h3"] * 2 + ["h2"]
    assert len(page.xpath("//h1")) == 1
    assert page.get("lang") == "en"
    assert page.xpath("//body/a")[0].get("href") == "#main"


@pytest.mark.parametrize("text", HOSTILE)
def test_words_of_articles_do_nothing(text):
    table = pd.DataFrame({"text": pd.Series([text], dtype="object"), "<b>": [1]})
    page = page_of(new_markdown_cell("## Shown"), *displays(nk.show(table), f"**{text}** is named most"))
    assert len(page.xpath("//script")) == 1
    assert not page.xpath("//@src | //@onerror | //iframe | //main//h1 | //main//img | //td/*")
    assert not [a for a in page.xpath("//@href") if a and not a.startswith(("#", "data:,", "https:"))]
    assert len(page.xpath("//section")) == 3
    as_read = re.sub("[\x00-\x08\x0e-\x1f\ud800-\udfff]", "\ufffd", text)
    assert [td.text_content() for td in page.xpath("//td")] == [as_read, "1"] * 2
    html.tostring(page, encoding="utf-8")


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_stays_text(text):
    page = page_of(*displays(nk.show(pd.DataFrame({"said": [text]}))))
    assert page.xpath("//td")
    assert not page.xpath("//td/*")
    assert len(page.xpath("//script")) == 1


def test_a_page_fetches_nothing():
    outside = '<link rel="stylesheet" href="https://example.org/a.css"><script src="https://example.org/a.js"></script>'
    picture = new_markdown_cell(
        f'{outside}\n\n![a](https://example.org/a.png)\n\n<meta http-equiv="refresh" content="0;url=https://a.b">'
    )
    page = page_of(picture)
    assert not page.xpath("//@src | //main//meta | //link[@rel='stylesheet']")
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy.split("script-src")[1]


def test_figures_have_words_and_links_to_their_files(written, tmp_path):
    figure = nk.export_figure(nk.plots.top_words(nk.word_frequency(written)), "01_words", folder=tmp_path, formats=["png", "svg"])
    files = tuple(p.relative_to(tmp_path).as_posix() for p in (tmp_path / "figures").glob("[!.]*"))
    page = page_of(*displays(figure), files=files)
    frame = page.xpath("//figure")[0]
    assert frame.xpath(".//img/@alt") == [figure.alt]
    assert frame.xpath(".//a/@href") == [f"figures/01_words.{kind}" for kind in ("png", "svg", "csv", "json")]
    assert "01_words" in frame.xpath(".//figcaption")[0].text_content()
    assert not page_of(*displays(figure)).xpath("//figure//a")  # of another run: no links that lead nowhere


def test_numbers_lead_to_their_sentences():
    table, mentions, articles = counted()
    before = mentions.copy()
    page = page_of(*displays(nk.show(table, evidence={"mentions": mentions}, articles=articles)))
    assert mentions.equals(before)
    ann, other = page.xpath("//section[1]//td//a")
    assert (ann.text, other.text) == ("1,007", "1")
    assert not page.xpath("//@onclick")  # what unfolds them in JupyterLab; the page has its own script for it
    lists = [page.get_element_by_id(a.get("href")[1:]) for a in (ann, other)]
    assert [e.getparent().find("summary").text_content() for e in lists] == [
        "Ann Lee: 5 of 1,007 mentions",
        "<b>: 1 of 1 mentions",
    ]
    sentences = [li.find("div").text_content().strip() for li in lists[0]]
    assert sentences == [f"Ann Lee met the {word} & left." for word in ("mayor", *"abcd")]
    assert {u.text for u in lists[0].iter("u")} == {"Ann Lee"}
    assert lists[0][1].find("small").text_content() == "<i>2</i>, 2017-02-07, a2, from character 16"
    assert lists[1].getparent().xpath(".//a/@href") == [f"#{other.get('id')}"]
    assert nk.show(table, evidence={"mentions": mentions}, articles=articles)._repr_html_().count("<i>") == 0


def test_evidence_is_that_of_the_column_and_different_articles_come_first():
    text = "Lee praised the ban. Ray condemned the ban. Ray sued over the ban. Ray hated the ban."
    rows = [(i, text.index(f"{w} "), "ban") for i in ("a0", "a1") for w in ("condemned", "sued", "hated", "praised")]
    stances = pd.DataFrame(rows, columns=["article_id", "start", "target"]).assign(end=lambda t: t["start"] + 4)
    stances["stance"] = ["against", "against", "against", "favor"] * 2
    stances["holder_entity"] = "Ray <x>"
    table = pd.DataFrame({"target": ["ban"], "against": [6], "favor": [1]})
    sides = {side: stances[stances["stance"] == side] for side in ("against", "favor")}
    other = text.replace("Ray", "Kim")
    shown = nk.show(table, evidence=sides, articles=make_articles(text, other))._repr_html_()
    against, favor = html.fragment_fromstring(shown, create_parent="div").xpath(".//ol")
    assert [li.find("div").text_content().split()[0] for li in against] == ["Ray", "Kim", "Ray", "Kim", "Ray"]
    assert [li.find("div").text_content().strip() for li in favor] == ["Lee praised the ban."]
    assert favor[0].find("small").text_content().startswith("holder: Ray <x>; a0")


def test_long_texts_are_cut():
    text = f"{'a' * 500_000} Lee came {'b' * 500_000}"
    mentions = pd.DataFrame({"article_id": ["a0"], "start": [500_001], "end": [500_004], "entity": ["Lee"]})
    table = pd.DataFrame({"entity": ["Lee"], "mentions": [1], "text": [text]})
    shown = nk.show(table, evidence={"mentions": mentions}, articles=make_articles(text))._repr_html_()
    assert len(shown) < 10_000
    assert "1,000,010 characters" in shown
    assert html.fragment_fromstring(shown, create_parent="div").xpath(".//li//u/text()") == ["Lee"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"articles": None}, "articles=articles"),
        ({"evidence": {"named": "rows"}}, "no column of numbers 'named'"),
        ({"evidence": {"mentions": "rows", "entity": "rows"}}, "no column of numbers 'entity'"),
        ({"drop": "start"}, "have no column 'start'"),
        ({"drop": "entity"}, "no column in common"),
        ({"head": 2}, "pass the articles that were tagged"),
    ],
)
def test_errors_are_for_people(change, said):
    table, mentions, articles = counted()
    mentions = mentions.drop(columns=change.get("drop", []))
    articles = change.get("articles", articles.head(change.get("head", 8)))
    evidence = dict.fromkeys(change.get("evidence", ["mentions"]), mentions)
    with pytest.raises(ValueError, match=said):
        nk.show(table, evidence=evidence, articles=articles)


def test_a_table_without_rows_has_no_evidence():
    table, mentions, articles = counted()
    shown = nk.show(table.head(0), evidence={"mentions": mentions}, articles=articles)._repr_html_()
    assert "<details" not in shown
    assert "<details" not in nk.show(table, evidence={"mentions": mentions.head(0)}, articles=articles)._repr_html_()


def test_what_was_found_stands_first_and_leads_to_how():
    found = [
        new_markdown_cell("## What we found"),
        *displays(nk.show(["Lee <b>is</b> named most.", "First run."])),
        new_markdown_cell("## Limits"),
    ]
    after = displays(nk.show(["Not found, but limited."]))
    page = page_of(new_markdown_cell("## Before"), *displays(nk.show(["Not yet."])), *found, *after)
    short = page.xpath("//main/section")[0]
    assert short.get("id") == "short"
    assert [a.get("href") for a in short.iter("a")] == ["#01_one", "#02_two"]
    assert [li.text_content() for li in short.iter("li")] == ["Lee <b>is</b> named most.", "First run."]  # once, not twice
    assert len(page.xpath("//main/section[@id!='short']//li[text()='First run.']")) == 2
    assert page.xpath("//nav//a")[0].get("href") == "#short"
    assert not page_of(new_markdown_cell("## Nothing")).xpath("//*[@id='short']")


def test_a_report_leaves_out_what_is_for_the_notebook_and_what_it_said_before():
    cells = [new_markdown_cell("## Put a path here"), new_markdown_cell("## The card"), *displays(nk.show(["n = 3"]))]
    cells[0].metadata["tags"] = ["lab"]
    for cell in cells[1:]:
        cell.metadata["tags"] = ["again"]
    page = page_of(*cells, new_markdown_cell("## Then"))
    assert [h.text for h in page.xpath("//h3")] == ["The card", "Then", "Then"]
    assert [li.text for li in page.xpath("//main//li")] == ["n = 3"]


def test_code_that_shows_nothing_is_folded_with_what_follows():
    page = page_of(
        *[new_code_cell(f"x = {k}") for k in range(3)], *displays(nk.show(["shown"])), new_code_cell("y"), new_markdown_cell("z")
    )
    folds = page.xpath("//section[@id='01_one']//details[@class='code']")
    assert [[pre.text_content().strip() for pre in fold.iter("pre")] for fold in folds] == [
        ["x = 0", "x = 1", "x = 2", "1"],
        ["y"],
    ]
    assert [fold[0].text for fold in folds] == ["code", "code"]
