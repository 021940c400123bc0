"""A corpus whose names and texts want to be more than text, in a browser: nothing runs, nothing is fetched, all can be read."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from lxml import etree

import newskit as nk
from newskit.rerun.cli import main
from tests.browser.lab import OpenNotebook, set_parameters
from tests.trust.corpus import CODER, PERSON, TARGET, write_corpus, write_labels
from tests.trust.hostile import FORMULAS, HOSTILE, HTML, MARKDOWN, MATH, PLAIN

pytestmark = pytest.mark.browser
NOTEBOOKS = ("01_clean_and_tokenise", "02_entity_frequency", "03_stance_tagging", "04_topic_clustering")
LINKS = "() => [...document.querySelectorAll('a, area, form')].map(it => it.href || it.action || '')"
TAGS = (
    "it => [...it.querySelectorAll('script, iframe, object, embed, base, meta, link, form, h1, svg, style')].map(t => t.tagName)"
)


@pytest.fixture(scope="module")
def run(tmp_path_factory, browser) -> Path:
    """The folder of a run: the corpus, its tables of names, targets and labels, and what was made of them."""
    folder = tmp_path_factory.mktemp("hostile")
    given = [str(write_corpus(folder)), "--out", str(folder / "out"), "--model", "fast", "--jobs", "2"]
    given += ["--aliases", str(folder / "aliases.csv"), "--targets", str(folder / "targets.csv")]
    given += ["--labels", str(folder / "labels.csv"), "--param", f"CODER={CODER}"]
    assert main(["run", *given]) == 0
    write_labels(folder, nk.read_table(folder / "out" / "tables" / "03_stances.csv"))
    return folder


@pytest.fixture
def still(watched):
    """A page on which nothing may run, open or be fetched."""
    page, watch = watched
    opened: list[str] = []
    page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
    page.on("popup", lambda other: opened.append(other.url))
    page.on("download", lambda other: opened.append(other.url))
    page.on("framenavigated", lambda frame: opened.append(frame.url) if frame != page.main_frame else None)
    yield page, watch
    page.wait_for_timeout(300)  # what loads late has time to fail
    assert page.evaluate("() => window.pwned") is None
    assert opened == []
    assert not [link for link in page.evaluate(LINKS) if link.lower().startswith(("javascript:", "data:", "vbscript:"))]


def test_the_report_is_letters(still, run, shots):
    page, watch = still
    page.goto((run / "out" / "report.html").as_uri())
    page.evaluate("() => document.querySelectorAll('details').forEach(it => { it.open = true; })")
    page.screenshot(path=shots / "hostile.png", full_page=True)
    main_part = page.locator("main")
    assert main_part.evaluate(TAGS) == []
    assert main_part.locator("img:not([src^='data:image/png'])").count() == 0
    assert (
        page.evaluate(
            "() => [...document.querySelectorAll('*')].flatMap(it => it.getAttributeNames()).filter(n => /^on/.test(n))"
        )
        == []
    )
    said = main_part.inner_text()
    assert all(text in said for text in (PERSON, TARGET, HTML[2], MATH[1], MARKDOWN[1]))
    assert f"Name: {PERSON}" in said
    assert [url for url in watch.asked if not url.startswith(("data:", "file://"))] == []
    for hover in page.locator("td", has_text="onm").all()[:3]:
        hover.hover()
    for head in page.locator("th [role=button]").all()[:10]:
        head.click()


@pytest.mark.parametrize("name", ["02_entity_frequency", "03_stance_tagging"])
def test_notebooks_that_are_run_in_jupyterlab_show_letters(name, still, lab, project, run, expect, shots):
    page, _ = still
    for file in ("aliases.csv", "targets.csv", "labels.csv"):
        shutil.copy(run / file, project / file)
    (news,) = (path for path in run.glob("news*"))
    shutil.copytree(news, project / news.name)
    path, given = project / "notebooks" / f"{name}.ipynb", {"ARTICLES": news.name, "ALIASES": "aliases.csv", "MODEL": "fast"}
    stance = name.startswith("03")
    set_parameters(path, **given, **({"TARGETS": "targets.csv", "CODER": CODER} if stance else {}))
    notebook = OpenNotebook(lab, page, path)
    notebook.run_all()
    outputs = notebook.shown
    said = "\n".join(outputs.all_text_contents())
    assert (f"Most mentioned of each kind: {PERSON} (PER" if not stance else f"{TARGET}: ") in said
    assert PERSON in said
    assert MATH[0] in said
    assert outputs.locator("mjx-container").count() == 0
    assert outputs.locator("script, iframe, svg, form, h1, img:not([src^='data:image/png'])").count() == 0
    if stance:
        _label(notebook, expect, project / "labels.csv")
    notebook.picture(shots / f"hostile_{name}.png")
    assert notebook.panel.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0


def _label(notebook: OpenNotebook, expect, labels: Path) -> None:
    """Label a place with a hostile note: it is shown as it is, and stands in the file as it is."""
    widget = notebook.panel.locator(".nk-label")
    expect(widget.locator(".nk-passage strong").first).to_have_text(TARGET)
    assert widget.locator("script, img, svg, iframe").count() == 0
    before = len(nk.labels.read_labels(labels))
    note = f"{FORMULAS[1]} {HTML[1]} {MATH[0]}"
    widget.locator("input").fill(note)
    widget.get_by_role("button", name="against").click()
    expect(widget.locator(".nk-status")).to_contain_text("1 labelled")
    widget.get_by_role("button", name="back").click()
    expect(widget.locator("input")).to_have_value(note)
    after = nk.labels.read_labels(labels)
    assert len(after) == before + 1
    assert (after["coder"] == CODER).all()
    assert note in after["note"].tolist()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_executed_notebooks_show_letters_when_they_are_opened_and_exported(name, still, lab, run, tmp_path):
    from nbconvert import HTMLExporter

    page, _ = still
    made = run / "out" / "notebooks" / f"{name}.ipynb"
    book = nbformat.read(made, as_version=4)
    exporter = HTMLExporter(
        template_name="lab", mathjax_url="", require_js_url="", jupyter_widgets_base_url="", widget_renderer_url=""
    )
    (tmp_path / "page.html").write_text(exporter.from_notebook_node(book)[0], encoding="utf-8")
    page.goto((tmp_path / "page.html").as_uri())
    assert page.locator(".jp-OutputArea-output").locator("script, iframe, svg, form, h1").count() == 0
    assert page.evaluate("() => window.pwned") is None
    folder = lab.work / tmp_path.name
    folder.mkdir()
    shutil.copy(made, folder / made.name)
    notebook = OpenNotebook(lab, page, folder / made.name)
    said = "\n".join(notebook.shown.all_text_contents())
    assert HTML[0] in said or TARGET in said or PERSON in said
    assert notebook.shown.locator("mjx-container, script, iframe, svg, form, h1").count() == 0
    lab.end_kernels()


@pytest.mark.parametrize("parted_by", ["44", "59", "44/59/9"], ids=["commas", "semicolons", "all"])
def test_a_spreadsheet_finds_no_formula(parted_by, tmp_path):
    """LibreOffice opens the file of a table as one that may hold formulas, parted at these characters."""
    program = next(filter(None, map(shutil.which, ("soffice", "libreoffice"))), None)
    if program is None:
        pytest.skip("needs LibreOffice Calc (Debian: apt-get install libreoffice-calc)")
    table = pd.DataFrame({"n": 1, "said": [*HOSTILE, *PLAIN], "end": 1})
    table.to_csv(tmp_path / "bare.csv", index=False)
    files = [nk.export_table(table, "said", folder=tmp_path), tmp_path / "bare.csv"]
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    how = f"--infilter=CSV:{parted_by},34,76,1,,0,false,true,false,false,false,0,true"
    command = [program, "--headless", profile, "--convert-to", "fods", "--outdir", str(tmp_path), how, *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    name = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
    trees = [etree.parse(tmp_path / f"{file.stem}.fods", etree.XMLParser(huge_tree=True)) for file in files]
    said, bare = ([c.get(f"{name}formula") for c in tree.iter(f"{name}table-cell") if c.get(f"{name}formula")] for tree in trees)
    assert len(bare) > 3  # so it is that finds them
    assert said == []
