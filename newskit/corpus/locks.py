"""Locks around what only one process may write: they say who holds them, and nobody dead does."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path


class HeldError(OSError):
    """Another process is at work where this one wants to write; the message says which, and since when."""


@contextmanager
def alone(path: Path, *, wait: float) -> Iterator[None]:
    """Keep other processes away from a file or folder; the system gives the lock back when its holder ends, however it does.

    Raises
    ------
    HeldError
        If another process has it for longer than `wait` seconds.
    """
    from filelock import FileLock, Timeout

    lock, holder = (path / f".{kind}" if path.is_dir() else path.with_name(f".{path.name}.{kind}") for kind in ("lock", "holder"))
    try:
        with FileLock(lock, timeout=wait, poll_interval=0.01):
            try:
                holder.write_text(json.dumps(_self()), encoding="utf-8")
                yield
            finally:
                holder.unlink(missing_ok=True)
    except Timeout:
        raise HeldError(
            f"{str(path)!r} is being written by {_said(holder)}. Wait until that has ended, or write to another place."
        ) from None


def _self() -> dict[str, object]:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    return {"process": os.getpid(), "machine": platform.node(), "since": since}


def _said(holder: Path) -> str:
    """Who holds a lock, in words."""
    try:
        who = json.loads(holder.read_text(encoding="utf-8"))
        return f"process {who['process']} on {who['machine']!r}, since {who['since']}"
    except (OSError, ValueError, KeyError, TypeError):  # it has only just begun, or ended
        return "another process"
