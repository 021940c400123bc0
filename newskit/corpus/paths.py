"""Where a relative path points to: the same place from the command line, a notebook's folder and papermill."""

from __future__ import annotations

from pathlib import Path

NOTEBOOKS = "notebooks"
OUTPUTS_MARK = ".newskit"  # a file of this name marks a folder that the kit writes to, so that it never reads it as articles


def base_folder() -> Path:
    """The folder that relative paths start from: the working directory, or its parent where that holds the notebooks."""
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
    path = Path(path).expanduser()
    if path.is_absolute() or (not new and path.exists()):
        return path.absolute()
    return base_folder() / path
