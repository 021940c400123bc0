"""What a run read, made and left, and how to say it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newskit.corpus.paths import written_when
from newskit.corpus.visible import visible

if TYPE_CHECKING:
    from nbformat import NotebookNode

Written = Mapping[str, Mapping[str, int]]


@dataclass
class NotebookRun:
    """How the execution of one notebook went, and what it said on the way.

    Attributes
    ----------
    name : str
    seconds : float
    error : str, optional
    warnings : list of str
    articles : int, optional
        How many it read.
    problems : int
        How many files or rows could not be read, or only in part.
    such_as : list of str
        The first of these, with the reasons.
    """

    name: str
    seconds: float = 0.0
    error: str | None = None
    warnings: list[str] = field(default_factory=list)
    articles: int | None = None
    problems: int = 0
    such_as: list[str] = field(default_factory=list)


@dataclass
class RunSummary:
    """What a run made, and how long it took.

    Attributes
    ----------
    folder : Path
    report : Path
        The page with all notebooks.
    notebooks : list of NotebookRun
    files : list of str
        The figures and tables that this run wrote, relative to the folder; what an earlier run left there is not among them.
    missing : list of str
        What the notebooks wrote and is not there as they wrote it.
    stale : list of str
        Figures and tables of earlier runs that this run did not write anew.
    changes : str, optional
        Which articles are new, changed or gone, where a notebook looked it up.
    seconds : float
    """

    folder: Path
    report: Path
    notebooks: list[NotebookRun] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    changes: str | None = None
    seconds: float = 0.0

    @property
    def failed(self) -> list[NotebookRun]:
        return [n for n in self.notebooks if n.error]

    @property
    def complete(self) -> bool:
        """Whether every notebook came to its end and all that they wrote is there as they wrote it."""
        return not self.failed and not self.missing

    def count(self, kind: str) -> int:
        """How many `figures` or `tables` were made (each once, whatever the number of formats)."""
        return len({f.rpartition(".")[0] for f in self.files if f.startswith(f"{kind}/")})


class RunStopped(KeyboardInterrupt):
    """A run was stopped from outside; `finished` names the notebooks that had ended and stand in `folder`."""

    def __init__(self, folder: Path, finished: Sequence[str]) -> None:
        super().__init__(f"The run was stopped; of its notebooks {', '.join(finished) or 'none'} had ended.")
        self.folder, self.finished = folder, list(finished)


def summarise_notebook(
    name: str, seconds: float, error: str | None, book: NotebookNode, facts: Iterable[Mapping[str, Any]]
) -> NotebookRun:
    """What an executed notebook and its kernel said."""
    read: Mapping[str, Any] = next((fact for fact in facts if "read" in fact), {})
    said = [o.text for c in book.cells for o in c.get("outputs", []) if o.get("name") == "stderr"]
    warned = dict.fromkeys(found for text in said for found in re.findall(r"^.*?\b(\w*Warning: .+)$", text, re.MULTILINE))
    warnings = [w for w in warned if "nk.reading_report(" not in w]  # the problems are told by themselves
    return NotebookRun(name, seconds, error, warnings, read.get("read"), read.get("problems", 0), read.get("such_as", []))


def files_now(folder: Path) -> dict[str, dict[str, int]]:
    """The figures and tables of a folder, each with what changes when it is written anew."""
    files = [p for kind in ("figures", "tables") for p in (folder / kind).glob("[!.]*.*")]
    return {p.relative_to(folder).as_posix(): written_when(p) for p in files}


def compare_files(folder: Path, before: Written, facts: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[str], list[str]]:
    """Of the figures and tables: those that were written, those told to be and not there as written, those of earlier runs."""
    now, told = files_now(folder), dict[str, Any]()
    for fact in facts:
        if "wrote" in fact and (path := Path(fact["wrote"])).parent in (folder / "figures", folder / "tables"):
            told[path.relative_to(folder).as_posix()] = {k: v for k, v in fact.items() if k != "wrote"}
    told = {name: when for name, when in told.items() if not Path(name).name.startswith(".")}
    missing = sorted(name for name, when in told.items() if now.get(name) != when)
    files = sorted(name for name, when in now.items() if before.get(name) != when)
    return files, missing, sorted(set(now) - set(files) - set(missing))


def changes_told(folder: Path, facts: Iterable[Mapping[str, Any]]) -> str | None:
    """What the ledger of the folder said to the notebooks: the last, should they differ."""
    return next((str(f["ledger"]) for f in reversed(list(facts)) if "ledger" in f and Path(f["folder"]) == folder), None)


def summary_text(summary: RunSummary) -> str:
    """The summary in words, for a terminal."""
    lines, said = [""], set[str]()
    for notebook in summary.notebooks:
        if notebook.error in said:  # of four notebooks that cannot read the articles
            lines.append(f"  FAILED {notebook.name:28s} {notebook.seconds:6.1f} s   for the same reason")
            continue
        said |= {notebook.error} if notebook.error else set()
        state, (error, *more) = "FAILED" if notebook.error else "done  ", (notebook.error or "").splitlines() or [""]
        lines.append(f"  {state} {notebook.name:28s} {notebook.seconds:6.1f} s   {error}".rstrip())
        lines += [f"    {line}" for line in more]
    if read := next((n for n in summary.notebooks if n.articles is not None), None):
        noun = "article was" if read.articles == 1 else "articles were"
        lines.append(f"  {read.articles:,} {noun} read; {_not_read(read)}")
        lines += [f"    {problem}" for problem in read.such_as]
    lines += [f"  {summary.changes}"] if summary.changes else []
    lines += [f"  {warning}" for warning in dict.fromkeys(w for n in summary.notebooks for w in n.warnings)]
    made = f"  {summary.count('figures')} figures and {summary.count('tables')} tables in {summary.folder}"
    lines.append(f"{made}, in {summary.seconds:.1f} s")
    if summary.missing:
        lines.append(f"  MISSING, or changed since a notebook wrote them: {_listed(summary.missing)}")
    if summary.stale:
        lines.append(f"  of earlier runs, and not made anew: {_listed(summary.stale)}")
    lines.append(f"  the page to open: {summary.report}")
    return "\n".join(map(visible, lines))


def _not_read(read: NotebookRun) -> str:
    if not read.problems:
        return "nothing was skipped"
    noun = "file or row was" if read.problems == 1 else "files or rows were"
    more = ", such as" if read.problems > len(read.such_as) else ""
    return f"{read.problems:,} {noun} skipped or read in part{more}:"


def _listed(names: Sequence[str]) -> str:
    """Names without their endings, the first ten."""
    stems = list(dict.fromkeys(name.rpartition(".")[0] for name in names))
    return ", ".join(stems[:10]) + (f" and {len(stems) - 10} more" if len(stems) > 10 else "")
