"""A JupyterLab of the tests' own, and a notebook that is open in it, used as a reader uses it."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

FOLDERS = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "IPYTHONDIR": "ipython",
}
SETTINGS = {"apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False}}
EXECUTED = re.compile(r"^\[(\d+)\]:$")
LIMIT = 120_000  # milliseconds, of a busy machine


class Lab:
    """A server on a free port of this machine, with a token, and with nothing of the user's in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.work = folder, folder / "work"
        self.work.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.token = secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Lab:
        for name, settings in SETTINGS.items():
            path = self.folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings))
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": self.port,
            "ServerApp.port_retries": 0,
            "ServerApp.root_dir": self.work,
            "ServerApp.terminals_enabled": False,
            "IdentityProvider.token": self.token,
            "LabApp.news_url": None,
            "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        }
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += [f"--{name}={value}" for name, value in options.items()]
        own = {name: str(self.folder / place) for name, place in FOLDERS.items()}
        with (self.folder / "lab.log").open("w") as log:
            self._server = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **own})
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.end_kernels()
        self._server.terminate()
        try:
            self._server.wait(10)
        except subprocess.TimeoutExpired:
            self._server.kill()

    def ask(self, path: str, method: str = "GET") -> bytes:
        request = urllib.request.Request(f"{self.url}{path}", method=method, headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read()

    def end_kernels(self) -> None:
        for session in json.loads(self.ask("/api/sessions")):
            self.ask(f"/api/sessions/{session['id']}", "DELETE")

    def _wait(self) -> None:
        for _ in range(300):
            if self._server.poll() is not None:
                break
            try:
                self.ask("/api/status")
                return
            except OSError:
                time.sleep(0.2)
        self._server.kill()
        raise RuntimeError(f"JupyterLab did not start:\n{(self.folder / 'lab.log').read_text()[-3000:]}")


def set_parameters(path: Path, **values: object) -> None:
    """Change what the cell of parameters says, as a reader does."""
    book = nbformat.read(path, as_version=4)
    (cell,) = [c for c in book.cells if "parameters" in c.metadata.get("tags", [])]
    for name, value in values.items():
        said = f"{name} = {value!r}"
        cell.source, n = re.subn(rf"^{name} = .*?(?=  #|$)", lambda _, said=said: said, cell.source, flags=re.M)
        assert n == 1, name
    nbformat.write(book, path)


class OpenNotebook:
    """A notebook in a page, with its kernel ready."""

    def __init__(self, lab: Lab, page: Page, path: Path) -> None:
        self.page, self.path = page, path
        page.goto(f"{lab.url}/lab/tree/{path.relative_to(lab.work).as_posix()}?reset&token={lab.token}")
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        self.code = self.panel.locator(".jp-CodeCell")
        self.shown = self.panel.locator(".jp-OutputArea-output")
        self.n_code = sum(cell.cell_type == "code" for cell in nbformat.read(path, as_version=4).cells)
        self.panel.wait_for(timeout=LIMIT)
        self._until(lambda: self.code.count() == self.n_code, "the cells to be in the page")
        self._until_idle()

    def cell(self, source: str) -> Locator:
        """The code cell that has this in its source."""
        return self.code.filter(has=self.page.locator(".cm-content", has_text=source))

    def choose(self, menu: str, command: str) -> None:
        """Choose from the menu bar, by the command behind the entry: what an entry is called can change with the selection."""
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        self.page.locator(f".lm-Menu-item[data-command='{command}']").click()

    def executed(self) -> int:
        """The last code cell's execution count; 0 while it has none."""
        said = EXECUTED.match((self.code.last.locator(".jp-InputPrompt").first.text_content() or "").strip())
        return int(said[1]) if said else 0

    def run_all(self) -> None:
        """Run > Run All Cells, and wait until they have run."""
        before = self.executed()
        self.choose("Run", "runmenu:run-all")
        self._until(lambda: self.executed() > before, "the last cell to be executed")
        self._until_idle()

    def save(self) -> nbformat.NotebookNode:
        """File > Save, and read what stands on disk then."""
        before = self.path.stat().st_mtime_ns
        self.choose("File", "docmanager:save")
        self._until(lambda: self.path.stat().st_mtime_ns > before, "the notebook to be saved")
        return nbformat.read(self.path, as_version=4)

    def picture(self, path: Path) -> None:
        """A screenshot of the whole notebook: the window is made as high as it is for a moment."""
        usual, scroller = self.page.viewport_size, self.panel.locator(".jp-WindowedPanel-outer")
        for _ in range(2):  # how high cells are is known when they have come into sight
            scroller.evaluate("it => it.scrollTo(0, 0)")
            bottom = self.panel.locator(".jp-Cell").last.evaluate("it => it.getBoundingClientRect().bottom")
            self.page.set_viewport_size({"width": usual["width"], "height": min(round(bottom) + 50, 14_000)})
            self.page.wait_for_timeout(300)
        self.page.screenshot(path=path)
        self.page.set_viewport_size(usual)

    def _until_idle(self) -> None:
        self.page.locator(".jp-StatusBar-Widget", has_text="| Idle").wait_for(timeout=LIMIT)

    def _until(self, true: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + LIMIT / 1000
        while not true():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            self.page.wait_for_timeout(100)
