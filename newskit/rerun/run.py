"""Running the notebooks on a corpus: each is executed with its parameters set, and one page is made of them all."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from newskit.corpus.articles import nearest
from newskit.corpus.locks import alone
from newskit.corpus.paths import OUTPUTS_MARK, existing, resolve, write_atomic
from newskit.publish.report import build_report
from newskit.publish.sections import without_widgets
from newskit.publish.writing import output_folder
from newskit.rerun.cluster import SCHEDULER, connect, local_cluster
from newskit.rerun.kernels import Execution, OnProgress, execute_all
from newskit.rerun.ledger import HALF, STATES
from newskit.rerun.parameters import check_parameters, declared_parameters, plain, with_parameters
from newskit.rerun.summary import RunStopped, RunSummary, changes_told, compare_files, files_now, summarise_notebook

if TYPE_CHECKING:
    from nbformat import NotebookNode

Engine = Literal["local", "dask"]
_PLACES = ("", "figures", "tables", "notebooks", STATES, f"{STATES}/[0-9]*")
_TORN = re.compile(r"\.(\.newskit|[\w-]+\.(ipynb|html|png|svg|pdf|csv|json))\.\w{8}")  # what `write_atomic` had not finished
_CELL_FILE = re.compile(r"(?m)^\S*ipykernel_\d+[/\\]\d+\.py:\d+: ")


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
    jobs: int = 1,
    engine: Engine = "local",
    scheduler: str | None = None,
    on_progress: OnProgress | None = None,
) -> RunSummary:
    """Execute the notebooks on a corpus and leave `notebooks/`, `figures/`, `tables/` and `report.html` in a folder.

    What the next run needs to tell what is new stands in `states/` there (see `open_ledger`).

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
    jobs : int
        How many notebooks are executed at the same time. What is made does not depend on it.
    engine : {"local", "dask"}
        Where the articles are read: in the notebooks' own processes (many articles on all cores), or on a Dask cluster (extra
        `newskit[scale]`). What is made does not depend on it.
    scheduler : str, optional
        The address of the cluster's scheduler; left out: a cluster of this machine's cores, for as long as the run takes.
    on_progress : callable, optional
        Called several times a second with a notebook's name, the number of its cells done, their total, and what is at work.

    Returns
    -------
    RunSummary
        A notebook that fails does not keep the others from running; `failed` names it.

    Raises
    ------
    FileNotFoundError
        If the articles or a notebook are not there.
    ValueError
        If no notebook declares a parameter or its value does not fit, a notebook does not take the articles, or the folder
        holds something else.
    HeldError
        If another run writes to the folder (it is an OSError); the message says which.
    ConnectionError
        If the cluster cannot be used.
    RunStopped
        At Ctrl-C (it is a KeyboardInterrupt), once the kernels have ended. What was written is whole.
    """
    from papermill.iorw import load_notebook_node

    if scheduler and engine != "dask":
        raise ValueError('A scheduler is an address of Dask\'s: it goes with engine="dask".')
    if jobs < 1:
        raise ValueError(f"jobs must be 1 or more, not {jobs}: so many notebooks are executed at the same time.")
    folder, begun = resolve(outputs, new=True), time.perf_counter()
    books = {p.stem: load_notebook_node(str(p)) for p in choose_notebooks(notebooks)}
    given = {"ARTICLES": _articles_path(articles), "OUTPUTS": str(folder), **plain(parameters or {})}
    check_parameters(given, {name: declared_parameters(book) for name, book in books.items()}, all_run=notebooks is None)
    _check_outputs(folder, given["ARTICLES"])
    title = "the embedded sample" if articles is None else Path(articles).name
    with alone(output_folder(folder), wait=0), _cluster(engine, scheduler) as environment:
        books = {name: with_parameters(book, given) for name, book in books.items()}
        summary = _run_into(folder, books, title, jobs=jobs, environment=environment, on_progress=on_progress)
    summary.seconds = time.perf_counter() - begun
    return summary


def _run_into(folder: Path, books: Mapping[str, NotebookNode], title: str, **options: Any) -> RunSummary:
    """Execute the notebooks, and write what comes of them."""
    _sweep(folder)
    before, finished = files_now(folder), list[str]()

    def keep(execution: Execution) -> None:
        execution.book = _without_traces(without_widgets(execution.book))
        _write_notebook(folder, execution)
        finished.append(execution.name)

    try:
        done = execute_all(books, folder, on_done=keep, **options)
    except KeyboardInterrupt:
        _sweep(folder)
        raise RunStopped(folder, [name for name in books if name in finished]) from None
    summary = RunSummary(folder, folder / "report.html")
    summary.notebooks = [summarise_notebook(e.name, e.seconds, e.error, e.book, e.facts) for e in done]
    facts = [fact for e in done for fact in e.facts]
    summary.files, summary.missing, summary.stale = compare_files(folder, before, facts)
    summary.changes = changes_told(folder, facts)
    write_atomic(summary.report, build_report({e.name: e.book for e in done}, title, summary.files).encode())
    return summary


@contextmanager
def _cluster(engine: Engine, scheduler: str | None) -> Iterator[dict[str, str]]:
    """What the kernels find in their environment; the cluster is there as long as they are."""
    if engine == "local":
        yield {}
    elif scheduler:
        connect(scheduler)  # or say now what is wrong
        yield {SCHEDULER: scheduler}
    else:
        with local_cluster() as address:
            yield {SCHEDULER: address}


def _write_notebook(folder: Path, execution: Execution) -> None:
    import nbformat

    write_atomic(folder / "notebooks" / f"{execution.name}.ipynb", nbformat.writes(execution.book).encode())


def _sweep(folder: Path) -> None:
    """Remove the halves of files that a process left which was killed while it wrote them."""
    for place in _PLACES:
        for path in folder.glob(f"{place}/.*".lstrip("/")):
            if _TORN.fullmatch(path.name):
                path.unlink(missing_ok=True)
    for half in (folder / STATES).glob(f"{HALF}*"):
        shutil.rmtree(half, ignore_errors=True)


def _check_outputs(folder: Path, articles: object) -> None:
    """Refuse a folder that holds something of the user's: a run writes its own notebooks, figures and page there."""
    if articles is not None and folder.resolve() in (Path(str(articles)).resolve(), *Path(str(articles)).resolve().parents):
        raise ValueError(f"The articles stand in the output folder {str(folder)!r}; name another one, such as --out outputs.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / OUTPUTS_MARK).exists():
        raise ValueError(
            f"{str(folder)!r} holds files that are not newskit's; name a new or empty folder, such as --out outputs."
        )


def _articles_path(articles: str | Path | None) -> str | None:
    if articles is not None and not str(articles).strip():
        raise ValueError("The path of the articles is empty; leave it out to run on the embedded sample.")
    return None if articles is None else str(existing(articles))


def choose_notebooks(wanted: Sequence[str | Path] | None) -> list[Path]:
    """Those of the kit's notebooks that were asked for (left out: all), and people's own, by path."""
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


def _without_traces(book: NotebookNode) -> NotebookNode:
    """Execution times, names of temporary files, and ids of cells made on the way, differ from run to run.

    The same input shall give the same bytes.
    """
    for number, cell in enumerate(book.cells):
        cell.metadata.pop("execution", None)
        cell.metadata.pop("papermill", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = f"parameters-{number}"
        for output in cell.get("outputs", []):
            if output.output_type == "stream":  # a warning names the file that the kernel made of the cell
                output.text = _CELL_FILE.sub("", output.text)
    book.metadata.pop("papermill", None)
    return book
