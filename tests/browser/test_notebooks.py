"""The notebooks in JupyterLab, as a reader opens, runs and reruns them (the third is in test_labelling.py)."""

from __future__ import annotations

import re

import pytest

from tests.browser.checks import check_evidence, check_first_run, check_rerun

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("name", "grows", "says"),
    [
        ("01_clean_and_tokenise", r"Articles: (\d+),", "Articles: 30, 01 December 2001 to 28 December 2001"),
        ("02_entity_frequency", r"Entities: \d+, in (\d+) mentions", "mentions."),
        ("04_topic_clustering", r"Articles between topics \(weak\): \d+ of (\d+)", "New articles: 5;"),
    ],
    ids=["01", "02", "04"],
)
def test_a_notebook_is_run_and_run_again(open_notebook, project, expect, shots, name, grows, says):
    notebook = open_notebook(name)

    def found() -> int:
        shown = notebook.shown.filter(has_text=re.compile(grows))
        return int(re.search(grows, shown.first.text_content())[1])

    pictures = check_first_run(notebook, expect)
    before = found()
    check_rerun(notebook, expect, project / "articles.csv", pictures)
    assert found() > before
    if name == "02_entity_frequency":
        check_evidence(notebook, expect)
    expect(notebook.shown.filter(has_text=says)).not_to_have_count(0)
    notebook.picture(shots / f"{name}.png")
