"""What README, CONTRIBUTING and the other pages say: names, commands, links and figures that are really there."""

from __future__ import annotations

import re
import runpy
import shlex
from functools import reduce

import matplotlib.pyplot as plt
import pytest

import newskit as nk
from newskit.publish.captions import caption_of
from newskit.rerun.cli import _parser
from tests.conftest import ROOT

PAGES = ("README.md", "CONTRIBUTING.md", "TRUST.md", "benchmarks.md")
TEXTS = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}


def anchor(heading: str) -> str:
    """What a heading is called in a link: as the places that show Markdown do it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    headings = {anchor(h) for h in re.findall(r"^#+ (.+)$", TEXTS[page], re.MULTILINE)}
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[page]):
        path, _, part = target.partition("#")
        assert "://" in target or (ROOT / path).exists(), target
        assert path or part in headings, target


@pytest.mark.parametrize("page", PAGES)
def test_names_of_the_library_are_there(page):
    names = set(re.findall(r"\bnk\.([A-Za-z_][\w.]*)", TEXTS[page]))
    assert names or page == "TRUST.md"
    for name in names:
        reduce(getattr, name.rstrip(".").split("."), nk)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_commands_are_taken(page):
    commands = re.findall(r"^(?:    )?(newskit (?:run|notebooks|parameters).*?)(?:  .*)?$", TEXTS[page], re.MULTILINE)
    assert commands or page == "CONTRIBUTING.md"
    for command in commands:
        assert _parser().parse_args(shlex.split(command, comments=True)[1:]).action
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`|    )make ([a-z-]+)", TEXTS[page])) <= targets


def test_modules_and_files_that_are_named_are_there():
    for page in PAGES:
        for module in re.findall(r"python -m ((?:newskit|tests)[\w.]+)", TEXTS[page]):
            assert (ROOT / f"{module.replace('.', '/')}.py").exists(), module
        for path in re.findall(r"`((?:corpus|tagging|analysis|publish|rerun|training)/\w+\.py)`", TEXTS[page]):
            assert (ROOT / "newskit" / path).exists(), path


def test_figures_of_the_readme_are_of_today():
    """Their alternative text holds their numbers; letters and lines may differ with the version of matplotlib."""
    docs = ROOT / "docs"
    drawn = {name: caption_of(ax).alt for name, ax in runpy.run_path(str(docs / "figures.py"))["draw"]()}
    plt.close("all")
    assert {name: nk.read_provenance(docs / f"{name}.png")["alt"] for name in drawn} == drawn
    assert {path.stem for path in docs.glob("*.png")} == set(drawn)
    assert all(f"docs/{name}.png" in TEXTS["README.md"] for name in drawn)
    assert sum(path.stat().st_size for path in docs.glob("*.png")) < 400_000
