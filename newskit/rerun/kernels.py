"""Notebooks in kernels of their own, one or several at a time; however a run ends, none of its kernels stays behind."""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newskit.corpus.paths import PROJECT, base_folder
from newskit.corpus.telling import LISTENER

if TYPE_CHECKING:
    from nbformat import NotebookNode

_CELL_TIMEOUT, _START_TIMEOUT = 3600, 180  # seconds
OnProgress = Callable[[str, int, int, str], None]


@dataclass
class Execution:
    """A notebook on its way through a kernel.

    Attributes
    ----------
    name : str
    book : NotebookNode
        With its outputs, once executed.
    listener : Path
        The file to which its kernel tells facts (see `newskit.corpus.telling`).
    cells : int
        How many cells are done.
    seconds : float
    error : str, optional
        Why it stopped before its end.
    """

    name: str
    book: NotebookNode
    listener: Path
    cells: int = 0
    seconds: float = 0.0
    error: str | None = None
    facts: list[dict[str, Any]] = field(default_factory=list)
    _heading: str = ""
    _since: float = 0.0

    def begin_cell(self, cell: NotebookNode, cell_index: int) -> None:
        if cell.cell_type == "markdown" and (heading := re.search(r"^#+ (.+)$", cell.source, re.MULTILINE)):
            self._heading = heading.group(1).strip()
        self.cells, self._since = cell_index, time.monotonic()

    def told(self) -> list[dict[str, Any]]:
        """The facts told so far."""
        text = self.listener.read_text(encoding="utf-8") if self.listener.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def doing(self) -> str:
        """The heading above the cell at work, the step in it, and for how long."""
        if not self._since:
            return "starting"
        steps = [fact["step"] for fact in self.told() if "step" in fact][-1:]
        seconds = time.monotonic() - self._since
        return ", ".join(filter(None, [self._heading, *steps, f"{seconds:.0f} s" if seconds >= 2 else ""]))


def execute_all(
    books: Mapping[str, NotebookNode],
    folder: Path,
    *,
    jobs: int = 1,
    environment: Mapping[str, str] | None = None,
    on_progress: OnProgress | None = None,
    on_done: Callable[[Execution], None],
) -> list[Execution]:
    """Execute notebooks, `jobs` at a time, each in a process of its own that works in `folder`; in the order given.

    `environment`: what the processes find in theirs beside what is in this one's.
    `on_done` gets each as soon as it has ended, in another thread. Whatever is raised here (Ctrl-C, or by `on_progress`)
    ends the kernels first: they are asked to stop, and made to after five seconds.
    """
    stop = threading.Event()
    with tempfile.TemporaryDirectory(prefix="newskit-") as place, ThreadPoolExecutor(1) as thread:
        executions = [Execution(name, book, Path(place, f"{i}.jsonl")) for i, (name, book) in enumerate(books.items())]
        shown: set[str] = set()
        try:
            # Signals come to this thread, and nbclient, which would take them for itself, works in another.
            ended = thread.submit(asyncio.run, _run(executions, folder, jobs, environment or {}, on_done, stop))
            while not wait([ended], timeout=0.25).done:
                _report(executions, shown, on_progress)
            ended.result()
            _report(executions, shown, on_progress)
        finally:
            stop.set()
    return executions


def _report(executions: list[Execution], ended: set[str], on_progress: OnProgress | None) -> None:
    for e in executions if on_progress else ():
        if on_progress and e.listener.exists() and e.name not in ended:
            ended.update([e.name] if e.seconds else [])
            on_progress(e.name, len(e.book.cells) if e.seconds else e.cells, len(e.book.cells), e.doing())


async def _run(
    executions: list[Execution],
    folder: Path,
    jobs: int,
    environment: Mapping[str, str],
    on_done: Callable[[Execution], None],
    stop: threading.Event,
) -> None:
    free = asyncio.Semaphore(jobs)

    async def one(execution: Execution) -> None:
        async with free:
            await _execute(execution, folder, environment)
            on_done(execution)

    pending = {asyncio.create_task(one(e)) for e in executions}
    while pending:
        done, pending = await asyncio.wait(pending, timeout=0.1, return_when=asyncio.FIRST_EXCEPTION)
        failures = [error for task in done if (error := task.exception())]
        if stop.is_set() or failures:
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
            if failures:
                raise failures[0]
            return


async def _execute(execution: Execution, folder: Path, further: Mapping[str, str]) -> None:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    client = NotebookClient(
        execution.book,
        kernel_name="python3",
        extra_arguments=["--log-level=CRITICAL"],
        timeout=_CELL_TIMEOUT,
        startup_timeout=_START_TIMEOUT,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=execution.begin_cell,
    )
    execution.listener.touch()
    told = {PROJECT: str(base_folder()), LISTENER: str(execution.listener)}
    environment = {**os.environ, **further, **told, "TQDM_DISABLE": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    kernel: Any = client.create_kernel_manager()
    begun = time.perf_counter()
    try:
        await client.async_execute(env=environment)
    except (CellExecutionError, CellTimeoutError, DeadKernelError, RuntimeError) as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # nbclient takes it for the kernel's death
            raise asyncio.CancelledError from error
        execution.error = f"{getattr(error, 'ename', type(error).__name__)}: {getattr(error, 'evalue', error)}"
    finally:
        if await kernel.is_alive():  # stopped while it was starting
            await kernel.shutdown_kernel(now=True)
    execution.book, execution.facts = client.nb, execution.told()
    execution.seconds = time.perf_counter() - begun
