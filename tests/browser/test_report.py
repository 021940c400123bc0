"""The page of a run, opened from disk: it asks for nothing, fits a telephone, and its links and headers do what they promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from newskit.rerun.cli import main
from tests.browser.conftest import write_articles

pytestmark = pytest.mark.browser
IN_SIGHT = "it => { const box = it.getBoundingClientRect(); return box.height > 0 && box.top >= -1 && box.top < innerHeight; }"
LOST = """() => [...document.querySelectorAll("a[href^='#']")].map(a => decodeURIComponent(a.hash.slice(1)))
          .filter(id => !document.getElementById(id))"""


@pytest.fixture(scope="module")
def report(browser, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    write_articles(folder / "articles.csv", 25)
    options = ["--out", str(folder / "out"), "--jobs", "2", "--param", "TARGETS=['government', 'police', 'Afghanistan']"]
    assert main(["run", str(folder / "articles.csv"), *options]) == 0
    return folder / "out" / "report.html"


@pytest.fixture
def opened(watched, report):
    """The page, opened; it may ask for nothing but itself."""
    page, watch = watched
    page.goto(report.as_uri())
    yield page
    assert {url.split("#")[0] for url in watch.asked if not url.startswith("data:")} == {report.as_uri()}


def test_links_lead_somewhere(opened, report, expect, shots):
    opened.screenshot(path=shots / "report.png")
    assert opened.evaluate(LOST) == []
    files = opened.locator("a[href^='figures/'], a[href^='tables/']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert len(files) > 50
    assert all((report.parent / file).is_file() for file in files)
    contents = opened.get_by_role("navigation").locator("a")
    for number in (0, contents.count() // 2, contents.count() - 1):
        contents.nth(number).click()
        assert opened.locator(":target").evaluate(IN_SIGHT)
    number = opened.locator("td a[href^='#evidence-']").first
    number.click()
    behind = opened.locator(":target")
    expect(behind.locator("li").first).to_be_visible()  # the fold above it is open
    assert behind.evaluate(IN_SIGHT)
    opened.screenshot(path=shots / "report_evidence.png")
    behind.locator("xpath=..").get_by_role("link", name="the number").click()
    assert number.evaluate(IN_SIGHT)
    assert number.evaluate("it => it.matches(':target')")


def test_a_table_is_sorted_by_its_header(opened, expect, shots):
    table = opened.locator("table.newskit").filter(has_text="mentions").filter(has_text="share of articles").first
    header = table.locator("th", has_text="mentions")
    at = header.evaluate("it => it.cellIndex")

    def column() -> list[int]:
        return [int(text.replace(",", "")) for text in table.locator(f"tbody td:nth-child({at + 1})").all_inner_texts()]

    before = column()
    assert before not in (sorted(before), sorted(before, reverse=True))
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    assert column() == sorted(before)
    opened.screenshot(path=shots / "report_sorted.png")
    header.get_by_role("button").press("Enter")
    expect(header).to_have_attribute("aria-sort", "descending")
    assert column() == sorted(before, reverse=True)
    header.get_by_role("button").click()
    assert column() == before


def test_a_telephone_shows_it_without_scrolling_sideways(opened, shots):
    width = "() => document.documentElement.scrollWidth"
    opened.set_viewport_size({"width": 390, "height": 844})
    opened.reload()
    assert opened.evaluate(width) == 390
    opened.screenshot(path=shots / "report_phone.png")
    opened.evaluate("() => document.querySelectorAll('details').forEach(it => { it.open = true; })")
    assert opened.evaluate(width) == 390
    opened.locator("figure").first.scroll_into_view_if_needed()
    opened.screenshot(path=shots / "report_phone_figure.png")
