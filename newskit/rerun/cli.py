"""The command `newskit`."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn, TextIO, get_args

import newskit
from newskit.analysis.targets import read_targets
from newskit.corpus.articles import ArticlesError, nearest
from newskit.corpus.paths import existing, resolve
from newskit.corpus.visible import visible
from newskit.rerun.parameters import parameter_lines, read_parameter
from newskit.rerun.run import Engine, choose_notebooks, find_notebooks, run_notebooks
from newskit.rerun.summary import RunStopped, summary_text
from newskit.tagging.encoder import MissingExtraError
from newskit.tagging.models import Model

_OPTIONS = "--out --notebook --param --targets --aliases --labels --model --jobs --engine --scheduler --help --version".split()
_STARTS = """examples:
  newskit run                            the embedded sample: figures, tables and report.html in outputs/
  newskit run my_articles/               a file or a folder of your own articles
  newskit run --help                     all options, and more examples
  newskit parameters                     what can be set with --param
  newskit notebooks my_notebooks         copies of the notebooks, to edit in JupyterLab"""
_COPIES = """examples:
  newskit notebooks                      into notebooks/
  newskit notebooks my_notebooks && jupyter lab my_notebooks

Notebooks that are there already are kept as they are."""
_SETS = """examples:
  newskit parameters                     of all notebooks
  newskit parameters 02                  of one
  newskit run news.csv --param TOP=30    one of them set"""
_EXAMPLES = """examples:
  newskit run                                    the embedded sample
  newskit run my_articles/ --out results         a folder of articles
  newskit run news.csv --model fast --jobs 2     the quickest way
  newskit run news.csv --notebook 02 --param TOP=30 --param PERIOD=month
  newskit run news.csv --targets targets.yaml --labels labels.csv --param "CODER=Ann Lee"
  newskit run many.parquet --engine dask --scheduler tcp://ADDRESS:8786

A parameter's value is read as Python where it can be (30, 0.5, True, ["a", "b"], '"2017"'), else as text.
newskit parameters lists them all.

exit code: 0 all was made, 1 a notebook failed or something that it made is not there, 2 nothing was run, 130 stopped.
Ctrl-C stops a run: what is finished stays, and the same command can be given again."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code (0: all was made, 1: not all was, 2: it could not begin, 130: stopped)."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if "action" not in options:
        parser.print_help(sys.stderr)
        return 2
    try:
        with _signals_stop():
            return int(options.action(options))
    except (ArticlesError, MissingExtraError, OSError, ValueError) as error:
        _say(f"newskit: {error}", sys.stderr)
        return 2
    except RunStopped as stopped:
        kept = f"these notebooks had ended: {', '.join(stopped.finished)}" if stopped.finished else "no notebook had ended"
        _say(f"newskit: stopped; {kept}. What was written to {visible(str(stopped.folder))} is whole and kept.", sys.stderr)
        _say("The same command runs them again and makes the rest.", sys.stderr)
        return 130
    except KeyboardInterrupt:
        _say("newskit: stopped before anything was run.", sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    shape = argparse.RawDescriptionHelpFormatter
    said = "Read, clean and explore news text in notebooks."
    parser = _Parser(prog="newskit", description=said, epilog=_STARTS, formatter_class=shape)
    parser.add_argument("--version", action="version", version=f"newskit {newskit.__version__}")
    commands = parser.add_subparsers(metavar="command")
    says = "execute the notebooks on a corpus; leave figures, tables and a page"
    run = commands.add_parser("run", help=says, description=_sentence(says), epilog=_EXAMPLES, formatter_class=shape)
    run.add_argument(
        "articles", nargs="?", metavar="ARTICLES", help="a file or folder of articles (left out: the embedded sample)"
    )
    run.add_argument("--out", default="outputs", metavar="FOLDER", help="folder for what is made (default: outputs)")
    run.add_argument("--notebook", action="append", metavar="NAME", help="only this notebook, such as 01 (may be repeated)")
    run.add_argument("--param", action="append", metavar="NAME=VALUE", help="set a notebook's parameter (may be repeated)")
    run.add_argument("--targets", metavar="FILE", help="what stances are on (sets TARGETS)")
    run.add_argument("--aliases", metavar="FILE", help="your own table of names (sets ALIASES)")
    run.add_argument("--labels", metavar="FILE", help="people's labels; need not be there yet (sets LABELS)")
    run.add_argument("--model", choices=get_args(Model), help="which models read the articles (sets MODEL)")
    run.add_argument("--jobs", type=int, default=1, metavar="N", help="execute N notebooks at the same time (default: 1)")
    where = "where articles are read: in the notebooks' processes, or on a Dask cluster (default: local)"
    run.add_argument("--engine", choices=get_args(Engine), default="local", help=where)
    run.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster (left out: one of this machine's cores)")
    run.set_defaults(action=_run)
    says = "copy the notebooks into a folder, to open them in JupyterLab"
    copy = commands.add_parser("notebooks", help=says, description=_sentence(says), epilog=_COPIES, formatter_class=shape)
    copy.add_argument("folder", nargs="?", default="notebooks", metavar="FOLDER", help="where to (default: notebooks)")
    copy.set_defaults(action=_copy)
    says = "list the parameters of the notebooks, with what stands in them when nothing is set"
    tell = commands.add_parser("parameters", help=says, description=_sentence(says), epilog=_SETS, formatter_class=shape)
    tell.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="only this one, such as 02 (left out: all)")
    tell.set_defaults(action=_tell)
    return parser


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _run(options: argparse.Namespace) -> int:
    parameters, out = _parameters(options), Path(os.path.abspath(options.out))
    with contextlib.closing(_Display()) as show:
        summary = run_notebooks(
            options.articles,
            out,
            notebooks=options.notebook,
            parameters=parameters,
            jobs=options.jobs,
            engine=options.engine,
            scheduler=options.scheduler,
            on_progress=show.update,
        )
    _say(summary_text(summary), sys.stdout)
    return 0 if summary.complete else 1


def _parameters(options: argparse.Namespace) -> dict[str, object]:
    """What `--param` and the options that stand for a parameter set; files as absolute paths."""
    given = [read_parameter(text) for text in options.param or []]
    for name, path in (("TARGETS", options.targets), ("ALIASES", options.aliases)):
        if path is not None:
            if not (file := existing(path)).is_file():
                raise ValueError(f"--{name.lower()} takes a file, and {str(file)!r} is a folder.")
            given.append((name, str(file)))
    if options.targets is not None:
        read_targets(options.targets)  # what is wrong with them is said now, and not after minutes of reading
    given += [("LABELS", str(resolve(options.labels, new=True)))] if options.labels is not None else []
    given += [("MODEL", options.model)] if options.model else []
    names = [name for name, _ in given]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"The parameter {twice!r} is given more than once; leave one of them out.")
    return dict(given)


def _copy(options: argparse.Namespace) -> int:
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for path in find_notebooks():
        target = folder / path.name
        said = visible(str(target))
        if target.exists():
            _say(f"kept     {said} (it is there already)", sys.stdout)
        else:
            shutil.copyfile(path, target)
            _say(f"copied   {said}", sys.stdout)
    return 0


def _tell(options: argparse.Namespace) -> int:
    for path in choose_notebooks(options.notebooks or None):
        lines = parameter_lines(path)
        _say("\n".join([path.stem, *(f"    {line}" for line in lines)]) + "\n", sys.stdout)
    return 0


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments as the rest of the command does, and what was meant: file names are plain text."""

    def error(self, message: str) -> NoReturn:
        wrong = re.search(r"(?:unrecognized arguments: |invalid choice: '?)([^\s']+)", message)
        choices = re.findall(r"[\w-]+", message.partition("(choose from")[2])
        meant = nearest(wrong[1], choices or _OPTIONS) if wrong else ""
        super().error(visible(f"{message}.{meant} See: {self.prog} --help"))


class _Display:
    """In a terminal a line that says what is at work; elsewhere a line for each notebook as it begins."""

    def __init__(self) -> None:
        self._working: dict[str, str] = {}
        self._seen: set[str] = set()
        self._live = sys.stderr.isatty()

    def update(self, name: str, done: int, total: int, doing: str) -> None:
        if name not in self._seen and not self._live:
            _say(f"running {name} ({total} cells)", sys.stderr)
        self._seen.add(name)
        self._working[name] = f"{name} {done}/{total} {doing}"
        if done == total:
            del self._working[name]
        self._draw(" | ".join(self._working.values()))

    def _draw(self, line: str) -> None:
        if self._live:
            line, width = visible(line), shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r{line[:width].ljust(width)}\r{line[:width]}")
            sys.stderr.flush()

    def close(self) -> None:
        self._draw("")


@contextlib.contextmanager
def _signals_stop() -> Iterator[None]:
    """Let a request to end and a terminal that closes stop a run as Ctrl-C does, so that no kernel stays behind."""

    def stop(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    wanted = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    main_thread = threading.current_thread() is threading.main_thread()
    before = {s: signal.getsignal(s) for s in wanted if main_thread and signal.getsignal(s) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(text: str, stream: TextIO) -> None:
    stream.write(visible(text, lines=True) + "\n")


if __name__ == "__main__":
    sys.exit(main())
