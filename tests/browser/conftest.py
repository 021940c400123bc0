"""One JupyterLab and one chromium for all of these tests; each test has a folder and a page of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import newskit as nk
from newskit.rerun.cli import main
from tests.browser.lab import Lab, OpenNotebook, set_parameters
from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update"]
HERE = ("http://127.0.0.1:", "ws://127.0.0.1:", "file://", "data:", "blob:")


@pytest.fixture(scope="session")
def browser() -> Iterator[BrowserContext]:
    """Chromium as the machine has it; without it, or without playwright, these tests are skipped."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs the Python package playwright (extra dev)")
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip(f"needs a browser: none of {', '.join(CHROMIUM)} is there (Debian: apt-get install chromium)")
    as_root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, *as_root])
        yield browser.new_context(viewport={"width": 1280, "height": 1000})  # shared, so that JupyterLab is loaded once
        browser.close()


class Watch:
    """What a page's console calls an error, and every address that the page asked for."""

    def __init__(self, page: Page) -> None:
        self.errors: list[str] = []
        self.asked: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        page.on("console", self._hear)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", lambda socket: self.asked.append(socket.url))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")


@pytest.fixture
def watched(browser: BrowserContext) -> Iterator[tuple[Page, Watch]]:
    """A page that must come through its test without an error in its console, and without a request to anywhere else."""
    page = browser.new_page()
    watch = Watch(page)
    yield page, watch
    page.close()
    assert watch.errors == []
    assert [url for url in watch.asked if not url.startswith(HERE)] == []


@pytest.fixture
def page(watched: tuple[Page, Watch]) -> Page:
    return watched[0]


@pytest.fixture
def expect(browser: BrowserContext) -> Any:
    """Playwright's own, which waits; not imported above, so that these tests can be collected without playwright."""
    from playwright.sync_api import expect

    return expect


@pytest.fixture(scope="session")
def lab(browser: BrowserContext, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def project(lab: Lab, tmp_path: Path) -> Iterator[Path]:
    """A reader's folder: the notebooks as `newskit notebooks` copies them, and a file of articles."""
    folder = lab.work / tmp_path.name
    assert main(["notebooks", str(folder / "notebooks")]) == 0
    write_articles(folder / "articles.csv", 25)
    yield folder
    lab.end_kernels()


@pytest.fixture
def open_notebook(lab: Lab, page: Page, project: Path) -> Callable[..., OpenNotebook]:
    """A function that opens one of the notebooks, set to the articles."""

    def open_(name: str, **parameters: object) -> OpenNotebook:
        path = project / "notebooks" / f"{name}.ipynb"
        set_parameters(path, ARTICLES="articles.csv", **parameters)
        return OpenNotebook(lab, page, path)

    return open_


@pytest.fixture(scope="session")
def shots() -> Path:
    """The folder for screenshots, to be looked at."""
    folder = ROOT / "build" / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_articles(path: Path, n: int) -> None:
    """The first `n` articles of the sample, scrubbed, with days of December 2001 and two sources."""
    articles = nk.sample_articles().head(n)
    days, sources = pd.date_range("2001-12-01", periods=28), ("ABC", "Radio Australia")
    dates = [f"{days[k % len(days)]:%Y-%m-%d}" for k in range(n)]
    table = {"text": nk.scrub(articles["text"]), "date": dates, "source": [sources[k % 2] for k in range(n)]}
    pd.DataFrame(table).to_csv(path, index=False)
