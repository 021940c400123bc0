"""Paths: where a relative one points to, the same place from everywhere, and files that are written whole."""

from __future__ import annotations

import glob
import os
import tempfile
from pathlib import Path

from newskit.corpus.articles import nearest
from newskit.corpus.telling import tell
from newskit.corpus.visible import visible

NOTEBOOKS = "notebooks"
PROJECT = "NEWSKIT_PROJECT"  # where a run tells its notebooks, which work in the output folder, what paths start from
OUTPUTS_MARK = ".newskit"  # a file of this name marks a folder that the kit writes to, so that it never reads it as articles


def base_folder() -> Path:
    """The folder that relative paths start from: the working directory, or its parent where that holds the notebooks.

    In a notebook that `newskit run` executes it is that of the run, wherever the outputs go.
    """
    if told := os.environ.get(PROJECT):
        return Path(told)
    here = Path.cwd()
    return here.parent if here.name == NOTEBOOKS else here


def resolve(path: str | Path, *, new: bool = False) -> Path:
    """An absolute path.

    Parameters
    ----------
    path : str or Path
        `~` is the home folder.
    new : bool
        Whether it is to be written: then it starts from `base_folder`, so that no output lands beside the notebooks.
    """
    if not isinstance(path, str | os.PathLike) or not str(path).strip():
        raise ValueError(f"A path is text, such as 'outputs' or 'data/articles.csv', not {path!r}.")
    path = Path(path).expanduser()
    if path.is_absolute() or (not new and path.exists()):
        return path.absolute()
    return base_folder() / path


def existing(path: str | Path) -> Path:
    """The absolute path of what must be there; an error that proposes the nearest name where it is not."""
    found = resolve(path)
    plain = Path(os.path.normpath(found))
    if not found.exists():
        siblings = [p.name for p in found.parent.iterdir()] if found.parent.is_dir() else []
        raise FileNotFoundError(f"There is no file or folder {str(plain)!r}.{nearest(found.name, siblings)}")
    return plain


def name_of(path: Path) -> str:
    """A file's name in a message."""
    return visible(path.name)


def write_atomic(path: Path, data: bytes) -> Path:
    """Write `data` beside `path` and move it into place, so that nobody ever sees half a file, also after a power cut.

    Raises
    ------
    OSError
        If it cannot be written, for instance because the disk is full; what stood there before still does.
    """
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # before the name points to it
        os.chmod(temporary, path.stat().st_mode & 0o777 if path.exists() else 0o644)  # others of a group may write to it, too
        os.replace(temporary, path)
        _keep_names(path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error  # not the name of the half
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
    tell(wrote=str(path), **written_when(path))
    return path


def _keep_names(folder: Path) -> None:
    """Have the system write down which files a folder holds."""
    if hasattr(os, "O_DIRECTORY"):  # others do not open folders
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_halves(path: Path) -> None:
    """Remove what writers of a file left that were killed; nobody else may be writing it."""
    for half in path.parent.glob(f".{glob.escape(path.name)}.????????"):
        half.unlink(missing_ok=True)


def written_when(path: Path) -> dict[str, int]:
    """What changes when a file is written anew, or by somebody else."""
    there = path.stat()
    return {"time": there.st_mtime_ns, "size": there.st_size, "number": there.st_ino}
