"""Running the notebooks on a corpus: each is executed with its parameters set, and one page is made of them all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newskit.corpus.articles import nearest
from newskit.corpus.paths import OUTPUTS_MARK, PROJECT, base_folder, existing, resolve, write_atomic
from newskit.publish.report import build_report, without_widgets
from newskit.publish.writing import output_folder

if TYPE_CHECKING:
    from nbformat import NotebookNode

_CELL_TIMEOUT = 3600  # seconds


@dataclass
class NotebookRun:
    """How the execution of one notebook went."""

    name: str
    seconds: float = 0.0
    error: str | None = None


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
    """

    folder: Path
    report: Path
    notebooks: list[NotebookRun] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def failed(self) -> list[NotebookRun]:
        return [n for n in self.notebooks if n.error]

    def count(self, kind: str) -> int:
        """How many `figures` or `tables` were made (each once, whatever the number of formats)."""
        return len({f.rpartition(".")[0] for f in self.files if f.startswith(f"{kind}/")})


def find_notebooks() -> list[Path]:
    """The kit's notebooks in their order: those inside the installed package, or the clone's."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "notebooks", package.parent / "notebooks"):
        found = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
        if found:
            return found
    raise FileNotFoundError(
        f"The notebooks are not there: looked in {package / 'notebooks'} and {package.parent / 'notebooks'}. "
        "Install newskit again."
    )


def run_notebooks(
    articles: str | Path | None = None,
    outputs: str | Path = "outputs",
    *,
    notebooks: Sequence[str | Path] | None = None,
    parameters: Mapping[str, object] | None = None,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> RunSummary:
    """Execute the notebooks on a corpus and leave `notebooks/`, `figures/`, `tables/` and `report.html` in a folder.

    Parameters
    ----------
    articles : path, optional
        What `read_articles` reads; left out: the embedded sample.
    outputs : path
        The folder to write to.
    notebooks : sequence of names or paths, optional
        Which of the kit's notebooks (by name or the beginning of it, such as "01"), or paths to others; left out: all.
    parameters : mapping, optional
        Further parameters; each notebook takes those that it declares.
    on_progress : callable, optional
        Called with a notebook's name, the number of its cells done and their total.

    Returns
    -------
    RunSummary
        A notebook that fails does not keep the others from running; `failed` names it.

    Raises
    ------
    FileNotFoundError
        If the articles or a notebook are not there.
    ValueError
        If no notebook declares a parameter, a notebook does not take the articles, or the folder holds something else.
    """
    import nbformat
    from papermill.iorw import load_notebook_node

    folder = resolve(outputs, new=True)
    books = {p.stem: load_notebook_node(str(p)) for p in _choose(notebooks)}
    given: dict[str, object] = {"ARTICLES": _articles_path(articles), "OUTPUTS": str(folder), **(parameters or {})}
    declared = {name: _declared_parameters(book) for name, book in books.items()}
    _check_parameters(given, declared)
    _check_outputs(folder, given["ARTICLES"])
    summary = RunSummary(output_folder(folder), folder / "report.html")
    before = _written(folder)
    for name, book in books.items():
        wanted = {k: v for k, v in given.items() if k in declared[name] and v is not None}
        result = _execute(name, _with_parameters(book, wanted), folder, on_progress)
        summary.notebooks.append(result[0])
        write_atomic(folder / "notebooks" / f"{name}.ipynb", nbformat.writes(result[1]).encode())
        books[name] = result[1]
    title = "the embedded sample" if articles is None else Path(articles).name
    after = _written(folder)
    summary.files = sorted(name for name, when in after.items() if before.get(name) != when)
    write_atomic(summary.report, build_report(books, title, summary.files).encode())
    return summary


def _check_outputs(folder: Path, articles: object) -> None:
    """Refuse a folder that holds something of the user's: a run writes its own notebooks, figures and page there."""
    if articles is not None and folder.resolve() in (Path(str(articles)).resolve(), *Path(str(articles)).resolve().parents):
        raise ValueError(f"The articles stand in the output folder {str(folder)!r}; name another one, such as --out outputs.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / OUTPUTS_MARK).exists():
        raise ValueError(
            f"{str(folder)!r} holds files that are not newskit's; name a new or empty folder, such as --out outputs."
        )


def _written(folder: Path) -> dict[str, tuple[int, int]]:
    """The figures and tables of a folder, each with what changes when it is written anew."""
    files = [p for kind in ("figures", "tables") for p in (folder / kind).glob("[!.]*.*")]
    return {p.relative_to(folder).as_posix(): (p.stat().st_mtime_ns, p.stat().st_ino) for p in files}


def _articles_path(articles: str | Path | None) -> str | None:
    if articles is not None and not str(articles).strip():
        raise ValueError("The path of the articles is empty; leave it out to run on the embedded sample.")
    return None if articles is None else str(existing(articles))


def _choose(wanted: Sequence[str | Path] | None) -> list[Path]:
    known = find_notebooks()
    if wanted is None:
        return known
    chosen: list[Path] = []
    for name in map(str, wanted):
        hits = [p for p in known if p.stem == name or p.stem.startswith(f"{name}_")]
        own = Path(name).suffix == ".ipynb" and Path(name).is_file()
        if not hits and not own:
            names = [p.stem for p in known]
            raise FileNotFoundError(f"There is no notebook {name!r}; there are {', '.join(names)}.{nearest(name, names)}")
        chosen.append(Path(name) if own else hits[0])
    if len({p.stem for p in chosen}) < len(chosen):
        raise ValueError("Two of the notebooks have the same name; rename one, or run them into different folders.")
    return chosen


def _declared_parameters(book: NotebookNode) -> set[str]:
    """The names assigned in the cell tagged `parameters`."""
    import ast

    names: set[str] = set()
    for cell in book.cells:
        if "parameters" not in cell.metadata.get("tags", []):
            continue
        try:
            tree = ast.parse("\n".join(line for line in cell.source.split("\n") if line.lstrip()[:1] not in ("%", "!")))
        except SyntaxError as error:
            raise ValueError(f"The cell of parameters is no Python: {error}.") from error
        names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return names


def _check_parameters(given: Mapping[str, object], declared: Mapping[str, set[str]]) -> None:
    known = set().union(*declared.values())
    for name in given:
        if name not in known and name not in ("ARTICLES", "OUTPUTS"):
            raise ValueError(f"No notebook has a parameter {name!r}; there are {', '.join(sorted(known))}.{nearest(name, known)}")
    for notebook, names in declared.items():
        for name in ("ARTICLES", "OUTPUTS"):
            if given[name] is not None and name not in names:
                raise ValueError(
                    f"{notebook} sets no {name} in a cell tagged 'parameters', and would not run on what was asked for."
                )


def _with_parameters(book: NotebookNode, parameters: Mapping[str, object]) -> NotebookNode:
    """A copy with a cell of assignments behind the one tagged `parameters`, as papermill has it."""
    from papermill.parameterize import parameterize_notebook

    return parameterize_notebook(book, dict(parameters)) if parameters else book


def _execute(
    name: str, book: NotebookNode, folder: Path, on_progress: Callable[[str, int, int], None] | None
) -> tuple[NotebookRun, NotebookNode]:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    n_cells = len(book.cells)

    def report(cell: Any, cell_index: int) -> None:
        if on_progress:
            on_progress(name, cell_index + 1, n_cells)

    client = NotebookClient(
        book,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        timeout=_CELL_TIMEOUT,
        resources={"metadata": {"path": str(folder)}},
        on_cell_executed=lambda **told: report(told["cell"], told["cell_index"]),
    )
    environment = {**os.environ, PROJECT: str(base_folder()), "TQDM_DISABLE": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    begun, result = time.perf_counter(), NotebookRun(name)
    try:
        client.execute(env=environment)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        result.error = f"{getattr(error, 'ename', type(error).__name__)}: {getattr(error, 'evalue', error)}"
    result.seconds = time.perf_counter() - begun
    return result, _without_traces(without_widgets(client.nb))


def _without_traces(book: NotebookNode) -> NotebookNode:
    """Execution times, and ids of cells made on the way, differ from run to run; the same input shall give the same bytes."""
    for number, cell in enumerate(book.cells):
        cell.metadata.pop("execution", None)
        cell.metadata.pop("papermill", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = f"parameters-{number}"
    book.metadata.pop("papermill", None)
    return book
