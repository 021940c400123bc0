"""What is looked at in every notebook, when it has run, and when it has run again on more articles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser.conftest import write_articles
from tests.browser.lab import OpenNotebook

FAILED = "[data-mime-type='application/vnd.jupyter.error'], [data-mime-type='application/vnd.jupyter.stderr']"


def check_first_run(notebook: OpenNotebook, expect: Any) -> list[str]:
    """Run the notebook, look at it, save it; returns its pictures."""
    notebook.run_all()
    return _check_whole(notebook, expect, 25)


def check_rerun(notebook: OpenNotebook, expect: Any, articles: Path, before: list[str]) -> None:
    """Let the file of articles grow, and run the notebook again as it is: it shows the articles as they are now."""
    write_articles(articles, 30)
    notebook.run_all()
    assert not set(_check_whole(notebook, expect, 30)) & set(before)


def check_evidence(notebook: OpenNotebook, expect: Any) -> None:
    """A number in a table leads to its sentences, which are folded away until then, and these lead back."""
    number = notebook.shown.locator("td a[href^='#evidence-']").last
    sentences = notebook.shown.locator(f"ol[id='{(number.get_attribute('href') or '')[1:]}']")
    expect(sentences).not_to_be_visible()
    number.click()
    expect(sentences).to_be_in_viewport()
    sentences.locator("xpath=..").get_by_role("link", name="the number").click()
    expect(number).to_be_in_viewport()


def _check_whole(notebook: OpenNotebook, expect: Any, n: int) -> list[str]:
    card = notebook.cell("card = nk.corpus_card(").locator("tr", has_text="articles").first
    expect(card).to_have_text(f"articles{n}")
    expect(notebook.panel.locator(FAILED)).to_have_count(0)
    images = notebook.shown.locator("img")
    pictures = images.evaluate_all("all => all.map(it => ({alt: it.alt, source: it.src, width: it.naturalWidth}))")
    assert len(pictures) >= 3
    assert all(len(picture["alt"]) > 40 and picture["width"] > 300 for picture in pictures)
    code = [cell for cell in notebook.save().cells if cell.cell_type == "code"]
    assert len(code) == notebook.n_code
    assert all(cell.execution_count for cell in code)
    outputs = [output for cell in code for output in cell.outputs]
    assert {output.output_type for output in outputs} <= {"execute_result", "display_data"}
    assert sum("<img " in output.data.get("text/html", "") for output in outputs) == len(pictures)
    return [picture["source"] for picture in pictures]
