"""The third notebook in JupyterLab: labels given with the mouse and with keys are on disk, and stay when it is run again."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.browser.checks import check_first_run, check_rerun

pytestmark = pytest.mark.browser
NAME, TARGETS = "03_stance_tagging", ["government", "police", "Afghanistan"]


def said(path: Path) -> list[list[str]]:
    """What stands in the file of labels."""
    return pd.read_csv(path, keep_default_na=False)[["target", "coder", "label", "note"]].values.tolist()


def test_labels_by_mouse_and_keys_stay(open_notebook, page, project, expect, shots):
    notebook, labels = open_notebook(NAME, TARGETS=TARGETS, CODER="ann"), project / "labels.csv"
    pictures = check_first_run(notebook, expect)
    assert not labels.exists()
    widget = notebook.panel.locator(".nk-label")
    expect(widget).to_be_visible()
    status, place, passage = widget.locator(".nk-status"), widget.locator(".nk-line span").first, widget.locator(".nk-passage p")
    expect(status).to_have_text("0 labelled, saved in labels.csv.")
    cells = notebook.panel.locator(".jp-Cell").count()

    widget.get_by_role("button", name="against").click()
    expect(status).to_have_text("1 labelled, saved in labels.csv.")
    expect(place).to_have_text("2 of 10")
    assert [row[1:] for row in said(labels)] == [["ann", "against", ""]]

    passage.click()  # a click beside the buttons gives it the keys
    for key in "300":  # Jupyter's own 0 0 would restart the kernel
        page.keyboard.press(key)
    expect(status).to_have_text("4 labelled, saved in labels.csv.")
    page.keyboard.press("u")
    expect(status).to_have_text("3 labelled, saved in labels.csv.")
    page.keyboard.press("ArrowLeft")
    expect(place).to_have_text("3 of 10")
    expect(widget.get_by_role("button", name="unclear")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("n")
    page.keyboard.type('d d 1: "who, then?"')
    page.keyboard.press("Enter")
    page.keyboard.press("2")
    expect(widget.get_by_role("button", name="neutral")).to_have_attribute("aria-pressed", "false")
    expect(place).to_have_text("4 of 10")
    expect(status).to_have_text("3 labelled, saved in labels.csv.")
    given = said(labels)
    assert sorted(row[1:] for row in given) == [
        ["ann", "against", ""],
        ["ann", "favor", ""],
        ["ann", "neutral", 'd d 1: "who, then?"'],
    ]
    assert {row[0] for row in given} <= set(TARGETS)
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    expect(notebook.panel.locator(".jp-Cell")).to_have_count(cells)
    page.screenshot(path=shots / "labelling.png")

    page.keyboard.press("ArrowLeft")
    expect(place).to_have_text("3 of 10")
    notebook.cell("nk.label_stance(").locator(".jp-InputPrompt").first.click()
    page.keyboard.press("Control+Enter")
    expect(place).to_have_text("4 of 10")  # the first without a label: the widget was made anew, and knows the file
    expect(status).to_have_text("3 labelled, saved in labels.csv.")

    on_disk = labels.read_bytes()
    check_rerun(notebook, expect, project / "articles.csv", pictures)
    assert labels.read_bytes() == on_disk
    expect(notebook.shown.filter(has_text="Labels of these articles: 3 (ann 3).")).to_have_count(1)
    expect(notebook.shown.filter(has_text="; 3 as people labelled them.")).to_have_count(2)
    expect(widget.locator(".nk-status")).to_have_text("0 labelled, saved in labels.csv.")  # the next rows
    notebook.picture(shots / f"{NAME}.png")
