"""Files to read: those that were named, and those below a folder."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from newskit.corpus.articles import ArticlesError
from newskit.corpus.paths import OUTPUTS_MARK, existing

Paths = str | Path | Iterable[str | Path]


def gathered(path: Paths) -> Paths:
    """One path as it is, several as a list: what is read more than once must not be used up by the first time."""
    return path if isinstance(path, (str, Path)) or not isinstance(path, Iterable) else list(path)


def find_files(path: Paths) -> list[tuple[str, Path]]:
    """Files, and folders that cannot be opened, with the names to report them by.

    A name is relative to the folder that was given, of several paths to the one above them all.
    """
    given: list[Any] = path if isinstance(path, list) else [path]
    if not all(isinstance(p, (str, Path)) and str(p).strip() for p in given):
        raise TypeError(f"read_articles takes a path or a list of paths, not {path!r}.")
    if not given:
        raise ArticlesError("The list of paths is empty: name at least one file or folder.")
    roots = [existing(p) for p in given]
    files = [file for root in roots for file in (_walk(root) if root.is_dir() else [root])]
    by_place: dict[str, Path] = {}
    for file in files:
        by_place.setdefault(os.path.realpath(file), file)
    files = list(by_place.values())
    try:
        above = os.path.commonpath([r if r.is_dir() and len(roots) == 1 else r.parent for r in roots])
    except ValueError:  # on several drives
        return [(_name(file), file) for file in files]
    return [(_name(file.relative_to(above)), file) for file in files]


def _name(path: Path) -> str:
    """A path as text; bytes that are no UTF-8, which names of old archives have, as `\\udcff`, as no column can hold them."""
    return path.as_posix().encode("utf-8", "backslashreplace").decode()


def _walk(folder: Path) -> list[Path]:
    """The files below a folder in order of name (links followed once), without hidden ones and what the kit itself wrote."""
    files, seen, closed = list[Path](), set[str](), list[OSError]()
    for here, folders, names in os.walk(folder, followlinks=True, onerror=closed.append):
        real = os.path.realpath(here)
        if real in seen or (Path(here) != folder and OUTPUTS_MARK in names):
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not _hidden(name))
        files += [Path(here, name) for name in names if not _hidden(name)]
    return sorted([*files, *(Path(error.filename) for error in closed)])


def _hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or name == "__MACOSX"


def check_plain(path: Path) -> None:
    """Raise an OSError where a path is no file that can be read to its end."""
    kind = path.stat().st_mode
    if stat.S_ISDIR(kind):
        os.listdir(path)  # `find_files` names a folder that cannot be opened
    if not stat.S_ISREG(kind):
        raise OSError(errno.EINVAL, "it is a device or a pipe, not a file")
