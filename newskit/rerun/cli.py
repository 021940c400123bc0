"""The command `newskit`."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

import newskit
from newskit.corpus.articles import ArticlesError
from newskit.rerun.run import RunSummary, find_notebooks, run_notebooks


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code (0: all was made, 1: a notebook failed, 2: it could not begin)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.action(options))
    except (ArticlesError, OSError, ValueError) as error:
        _say(f"newskit: {error}", sys.stderr)
        return 2
    except KeyboardInterrupt:
        _say("newskit: stopped; what was finished is kept.", sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="newskit", description="Read, clean and explore news text in notebooks.")
    parser.add_argument("--version", action="version", version=f"newskit {newskit.__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    run = commands.add_parser("run", help="execute the notebooks on a corpus; leave figures, tables and a page")
    run.add_argument("articles", nargs="?", help="a file or folder of articles (left out: the embedded sample)")
    run.add_argument("--out", default="outputs", help="folder for what is made (default: outputs)")
    run.add_argument("--notebook", action="append", help="only this notebook, such as 01 (may be repeated)")
    run.set_defaults(action=_run)
    copy = commands.add_parser("notebooks", help="copy the notebooks into a folder, to open them in JupyterLab")
    copy.add_argument("folder", nargs="?", default="notebooks")
    copy.set_defaults(action=_copy)
    return parser


def _run(options: argparse.Namespace) -> int:
    with _Bar() as bar:
        summary = run_notebooks(options.articles, Path(options.out).absolute(), notebooks=options.notebook, on_progress=bar)
    _say(_summary_text(summary), sys.stdout)
    return 1 if summary.failed else 0


def _copy(options: argparse.Namespace) -> int:
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for path in find_notebooks():
        target = folder / path.name
        if target.exists():
            _say(f"kept     {target} (it is there already)", sys.stdout)
        else:
            shutil.copyfile(path, target)
            _say(f"copied   {target}", sys.stdout)
    return 0


class _Bar:
    """A progress bar over the cells of one notebook after the other, in a terminal; a line per notebook elsewhere."""

    def __enter__(self) -> Callable[[str, int, int], None]:
        self._name = ""
        self._bar: Any = None
        return self._update

    def _update(self, name: str, done: int, total: int) -> None:
        from tqdm import tqdm

        if name != self._name:
            self._close()
            self._name, self._bar = name, tqdm(total=total, desc=name, unit="cell", disable=not sys.stderr.isatty())
            if not sys.stderr.isatty():
                _say(f"running {name} ({total} cells)", sys.stderr)
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def __exit__(self, *_: object) -> None:
        self._close()


def _summary_text(summary: RunSummary) -> str:
    lines = [""]
    for notebook in summary.notebooks:
        state = "FAILED" if notebook.error else "done  "
        lines.append(
            f"  {state} {notebook.name:28s} {notebook.seconds:6.1f} s" + (f"   {notebook.error}" if notebook.error else "")
        )
    lines.append(f"  {summary.count('figures')} figures and {summary.count('tables')} tables in {summary.folder}")
    lines.append(f"  the page to open: {summary.report}")
    return "\n".join(lines)


def _say(text: str, stream: TextIO) -> None:
    stream.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
