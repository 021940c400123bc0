"""What was learned, as .npz files: no pickles, the format's version inside, strings as bytes; and sums of what is shipped."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newskit.corpus.paths import write_atomic

Arrays = dict[str, NDArray[Any]]
MODELS = Path(__file__).parent / "models"
_SUMS = "SHA256SUMS"  # as `sha256sum --check` reads it


@cache
def shipped(name: str) -> Path:
    """The file of a model that comes with the package, once it is known to be that.

    Raises
    ------
    ValueError
        If the file is not there, or is another one: nothing is read from a model that was changed.
    """
    path = MODELS / name
    try:
        same = _read_sums(path).get(name) == hashlib.sha256(path.read_bytes()).hexdigest()
        fault = "" if same else "is damaged, or of another version"
    except OSError as error:
        fault = f"cannot be read ({error.strerror})"
    if fault:
        raise ValueError(
            f"The model {name!r} that comes with newskit {fault}. Install newskit again: "
            "python -m pip install --force-reinstall --no-deps newskit"
        )
    return path


def note_sum(path: Path) -> None:
    """Note what a model in the package is now, after training."""
    sums = path.with_name(_SUMS)
    if sums.exists():
        known = _read_sums(path) | {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
        sums.write_text("".join(f"{digest}  {name}\n" for name, digest in sorted(known.items())), encoding="ascii")


def _read_sums(path: Path) -> dict[str, str]:
    lines = path.with_name(_SUMS).read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in map(str.split, lines)}


def write_npz(path: Path, about: Mapping[str, object], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays, and what is to be said `about` them (with its `format`). The same arrays give the same bytes."""
    with io.BytesIO() as file:
        np.savez_compressed(file, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **arrays)  # type: ignore[arg-type]
        write_atomic(path, file.getvalue())
    note_sum(path)


def read_npz(path: Path, *, version: int) -> tuple[dict[str, Any], Arrays]:
    """Read what `write_npz` wrote.

    Raises
    ------
    ValueError
        If the file is damaged, none of ours, or has another format.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = dict(json.loads(arrays.pop("about").tobytes()))
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError, AttributeError, MemoryError) as error:
        raise ValueError(f"{path.name} is damaged, or no file that newskit wrote ({error}).") from error
    if about.get("format") != version:
        raise ValueError(f"{path.name} has weights of format {about.get('format')}, and this version reads {version}.")
    return about, arrays


def packed(lines: Iterable[str]) -> NDArray[np.uint8]:
    """Strings without line breaks as bytes."""
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def unpacked(values: NDArray[np.uint8]) -> list[str]:
    """The strings that `packed` was given; of none, one empty string."""
    return values.tobytes().decode().split("\n")
