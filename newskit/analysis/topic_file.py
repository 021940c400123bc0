"""Topic models as files: one .npz of arrays and JSON, no pickles, with the format's version inside."""

from __future__ import annotations

import zipfile
from collections.abc import Sized
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.topic_fit import Fitted
from newskit.analysis.topic_space import Space
from newskit.analysis.topic_words import Counted
from newskit.corpus.paths import name_of
from newskit.tagging.weights import packed, read_npz, unpacked, write_npz

_FORMAT, _KIND = 1, "newskit topics"
_SPACE = ("idf", "latent", "middle", "references")
_FITTED = ("labels", "strength", "near", "centres", "words", "prior", "heights", "stability", "ids")
_COUNTS = [f"counts_{name}_{part}" for name in ("words", "phrases") for part in ("data", "indices", "indptr")]
_KINDS = {  # of numpy, with the number of dimensions
    "i1": ("place", "labels", "ids", *_COUNTS[1:3], *_COUNTS[4:]),
    "u1": ("keys", "stock", "space_keys", "vocabulary", "listed", "space_words"),
    "f1": ("space_idf", "space_middle", "strength", "near", "prior", "heights", "stability", *_COUNTS[::3]),
    "f2": ("space_latent", "space_references", "centres", "words"),
    "b1": ("is_new",),
}
_UNPACKED = 1 << 28, 100  # bytes, or so many times the file's: more is no model's
Parts = tuple[dict[str, Any], Fitted, NDArray[np.int64], NDArray[np.bool_], pd.DataFrame | None]


def write_model(
    path: Path,
    params: dict[str, Any],
    fitted: Fitted,
    place: NDArray[np.int64],
    is_new: NDArray[np.bool_],
    curve: pd.DataFrame | None,
) -> Path:
    """Write a model, whole or not at all."""
    counted, space = fitted.counted, fitted.space
    arrays: dict[str, NDArray[Any]] = {
        "place": place,
        "is_new": is_new,
        "keys": counted.keys,
        "stock": counted.stock,
        "space_keys": space.keys,
    }
    for name in ("words", "phrases"):
        counts = getattr(counted, name)
        arrays |= {f"counts_{name}_{part}": getattr(counts, part) for part in ("data", "indices", "indptr")}
    arrays |= {
        "vocabulary": packed(counted.vocabulary),
        "listed": packed(counted.listed),
        "space_words": packed(space.vocabulary),
    }
    arrays |= {f"space_{name}": getattr(space, name) for name in _SPACE} | {name: getattr(fitted, name) for name in _FITTED}
    about = {
        "kind": _KIND, "format": _FORMAT, "params": {k: v if isinstance(v, str) else int(v) for k, v in params.items()},
        "names": fitted.names, "next_id": int(fitted.next_id), "ids": counted.ids.tolist(), "titles": counted.titles.tolist(),
        "curve": curve.to_dict("list") if curve is not None else None,
    }  # fmt: skip
    path = path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
    write_npz(path, about, arrays)
    return path


def read_model(path: Path) -> Parts:
    """Read a model; a ValueError says what is wrong with the file."""
    if not path.exists() and path.with_name(path.name + ".npz").exists():
        path = path.with_name(path.name + ".npz")
    if not path.exists():
        raise ValueError(f"There is no file {str(path)!r}. TopicModel.save(path) writes one.")
    try:
        with zipfile.ZipFile(path) as file:
            if sum(part.file_size for part in file.infolist()) > max(_UNPACKED[0], _UNPACKED[1] * path.stat().st_size):
                raise ValueError("it is larger than it should be")
        about, arrays = read_npz(path, version=_FORMAT)
        if about.get("kind") != _KIND:
            raise ValueError("it is no topic model")
        _check_kinds(about, arrays)
        parts = _parts(about, arrays)
        _check_sizes(*parts[1:4])
    except Exception as error:  # of zip, zlib, numpy, JSON, scipy: whatever a damaged file can bring about
        raise ValueError(f"{name_of(path)} cannot be read as a topic model ({error}). Fit one anew and save it.") from error
    return parts


def _parts(about: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Parts:
    from scipy.sparse import csr_array

    vocabulary, listed, words = (pd.Index(_lines(arrays[name]), dtype="str") for name in ("vocabulary", "listed", "space_words"))
    counts = {}
    for name, columns in (("words", vocabulary), ("phrases", listed)):
        entries = [arrays[f"counts_{name}_{part}"] for part in ("data", "indices", "indptr")]
        counts[name] = csr_array(tuple(entries), shape=(len(about["ids"]), len(columns)))
        counts[name].check_format(full_check=True)
    ids, titles = np.array(about["ids"], object), np.array(about["titles"], object)
    counted = Counted(counts["words"], vocabulary, counts["phrases"], listed, arrays["keys"], ids, titles, arrays["stock"])
    space = Space(words, **{name: arrays[f"space_{name}"] for name in _SPACE}, keys=arrays["space_keys"])
    learned = {name: arrays[name] for name in _FITTED}
    fitted = Fitted(counted, space, **learned, names=about["names"], next_id=about["next_id"])
    curve = pd.DataFrame(about["curve"]) if about["curve"] is not None else None
    return about["params"], fitted, arrays["place"], arrays["is_new"], curve


def _lines(values: NDArray[np.uint8]) -> list[str]:
    return unpacked(values) if len(values) else []


def _check_kinds(about: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
    """Whether all parts of a model are there, and are what they should be."""
    for kind, names in _KINDS.items():
        for name in names:
            if f"{arrays[name].dtype.kind}{arrays[name].ndim}" != kind:
                raise ValueError(f"its part {name!r} is of another kind")
            if kind[0] == "f" and name not in ("stability", "heights") and not np.isfinite(arrays[name]).all():
                raise ValueError(f"its part {name!r} has numbers that are none")
    texts = [about[name] for name in ("ids", "titles", "names")]
    params, curve = about["params"], about["curve"]
    fine = all(isinstance(part, list) and all(isinstance(text, str) for text in part) for part in texts)
    fine = fine and isinstance(about["next_id"], int) and set(params) == {"n_topics", "random_state"}
    if not fine or (curve is not None and not {"n_topics", "score", "chosen"} <= set(curve)):
        raise ValueError("what it says of itself is not what it should be")


def _check_sizes(fitted: Fitted, place: NDArray[np.int64], is_new: NDArray[np.bool_]) -> None:
    """Whether the parts of a model fit each other."""
    counted, space, ids = fitted.counted, fitted.space, fitted.ids
    n, k = len(counted.ids), len(ids)
    sizes: list[Sized] = [counted.keys, counted.titles, fitted.labels, fitted.strength, fitted.near, place, is_new]
    topics: list[Sized] = [fitted.centres, fitted.words, fitted.prior, fitted.stability, fitted.names]
    width = {fitted.centres.shape[1], space.references.shape[1], len(space.middle) + space.latent.shape[1]}
    words = {len(space.idf), len(space.latent), fitted.words.shape[1], len(space.vocabulary)}
    fits = {len(part) for part in sizes} == {n} and {len(part) for part in topics} == {k} and len(width) == len(words) == 1
    if not fits or len(space.keys) != len(space.references) or len(fitted.heights) != 2:
        raise ValueError("its parts do not fit each other")
    if not (np.sort(place) == np.arange(n)).all() or fitted.labels.min() < 0 or fitted.labels.max() >= k:
        raise ValueError("its articles are not all in a topic")
    used = len(np.unique(ids)) == k and -1 < ids.min() <= ids.max() < fitted.next_id
    if not used or (counted.keys[1:] < counted.keys[:-1]).any():
        raise ValueError("its articles or topics are not in order")
    if (counted.words.data < 1).any() or (counted.phrases.data < 1).any():
        raise ValueError("it counts words that are not there")
