"""What was learned, as .npz files: no pickles, the format's version inside, strings as bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]


def write_npz(path: Path, about: Mapping[str, object], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays, and what is to be said `about` them (with its `format`). The same arrays give the same bytes."""
    with path.open("wb") as file:
        np.savez_compressed(file, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **arrays)  # type: ignore[arg-type]


def read_npz(path: Path, *, version: int) -> tuple[dict[str, Any], Arrays]:
    """Read what `write_npz` wrote.

    Raises
    ------
    ValueError
        If the file has another format.
    """
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    about = json.loads(arrays.pop("about").tobytes())
    if about.get("format") != version:
        raise ValueError(f"{path.name} has weights of format {about.get('format')}, and this version reads {version}.")
    return about, arrays


def packed(lines: Iterable[str]) -> NDArray[np.uint8]:
    """Strings without line breaks as bytes."""
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def unpacked(values: NDArray[np.uint8]) -> list[str]:
    """The strings that `packed` was given; of none, one empty string."""
    return values.tobytes().decode().split("\n")
