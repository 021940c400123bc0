"""A progress bar for long work, shown in a terminal or a notebook; a run that executes the notebook is told instead."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from newskit.corpus.telling import LISTENER, tell

T = TypeVar("T")


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and shell.__class__.__name__ == "ZMQInteractiveShell"


def progress(items: Iterable[T], *, total: int | None = None, label: str = "", unit: str = "articles") -> Iterator[T]:
    """Pass `items` on and draw how far they are, after a second of work (TQDM_DISABLE=1 in the environment: never)."""
    if os.environ.get(LISTENER):
        return _told(items, total, label, unit)
    if os.environ.get("TQDM_DISABLE", "0") not in ("", "0"):  # tqdm itself forgets this in notebooks
        return iter(items)
    if _in_notebook():
        from tqdm.notebook import tqdm
    elif sys.stderr is not None and sys.stderr.isatty():
        from tqdm import tqdm
    else:
        return iter(items)
    return iter(tqdm(items, total=total, desc=label, unit=f" {unit}", leave=False, delay=1))


def _told(items: Iterable[T], total: int | None, label: str, unit: str) -> Iterator[T]:
    """Tell the run how far the work is, once a second."""
    last, told = time.monotonic(), False
    try:
        for done, item in enumerate(items):
            if time.monotonic() - last >= 1:
                last, told = time.monotonic(), True
                tell(step=f"{label} {done:,}{f' of {total:,}' if total else ''} {unit}".strip())
            yield item
    finally:
        if told:
            tell(step="")
