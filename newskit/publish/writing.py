"""Folders and names of what is written."""

from __future__ import annotations

import re
from pathlib import Path

from newskit.corpus.paths import OUTPUTS_MARK, resolve, write_atomic


def output_folder(folder: str | Path, kind: str = "") -> Path:
    """A folder to write to, marked so that `read_articles` never takes what stands there for articles.

    `kind` is the sub-folder that is meant (and then marked alone): figures or tables.
    """
    path = resolve(folder, new=True) / kind
    if not (path / OUTPUTS_MARK).exists():
        write_atomic(path / OUTPUTS_MARK, b"Made by newskit: what stands here is not read as articles.\n")
    return path


def check_name(name: str) -> str:
    """A name that is safe as a file's name everywhere, or an error that says so."""
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise ValueError(
            f"{name!r} cannot be a file's name here: use letters, digits, hyphens and underscores, such as 'gap_widths'."
        )
    return name
