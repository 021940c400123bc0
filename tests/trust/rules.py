"""Rules that make a wrong or an odd use of a right one, and what may come of it."""

from __future__ import annotations

import linecache
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

import newskit as nk
from newskit.publish.captions import caption_of

OURS = str(Path(nk.__file__).parent)


def plain(value: Any) -> Any:
    """A result as plain values that can be compared: index, dtypes and missing values aside."""
    if isinstance(value, nk.Tokens):
        return plain(value.to_frame())
    if isinstance(value, pd.DataFrame):
        return {str(name): plain(value.iloc[:, k]) for k, name in enumerate(value.columns) if name not in ODD_COLUMNS}
    if isinstance(value, pd.Series | pd.Index | np.ndarray | list | tuple):
        return [plain(v) for v in (value.tolist() if hasattr(value, "tolist") else value)]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if hasattr(value, "get_figure"):
        said = caption_of(value)
        return [said.alt, plain(said.data)]
    if hasattr(value, "scores"):
        return [plain(value.scores), plain(value.confusion), plain(value.calibration)]
    if hasattr(value, "_repr_html_"):
        return value._repr_html_()
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if isinstance(value, float):
        return round(value, 9)
    return str(value) if isinstance(value, str | Path | pd.Timestamp) else value


def retyped(frame: pd.DataFrame, **types: Any) -> pd.DataFrame:
    """Columns of strings, whole numbers, fractions as other types; missing strings stay missing."""
    out = frame.copy()
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_string_dtype(column) and not column.map(lambda v: isinstance(v, list)).any() and "text" in types:
            out[name] = column.astype(types["text"])
        elif pd.api.types.is_integer_dtype(column) and "whole" in types:
            out[name] = column.astype(types["whole"])
        elif pd.api.types.is_float_dtype(column) and "fraction" in types:
            out[name] = column.astype(types["fraction"])
    out.attrs = dict(frame.attrs)
    return out


ODD_COLUMNS = ("more", 7, ("a", "b"), "level_0", "index")
_N = len


def _index(make: Callable[[int], Any]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda f: f.set_axis(make(len(f)), axis=0)


def _read_only(frame: pd.DataFrame) -> pd.DataFrame:
    columns = {}
    for name in frame.columns:
        values = frame[name].to_numpy(copy=True)
        values.flags.writeable = False
        columns[name] = pd.Series(values, index=frame.index, dtype=frame[name].dtype, copy=False)
    out = pd.DataFrame(columns, copy=False)
    out.attrs = dict(frame.attrs)
    return out


def _view(frame: pd.DataFrame) -> pd.DataFrame:
    twice = pd.concat([frame.iloc[:1], frame, frame.iloc[:1]])
    out = twice.iloc[1:-1]
    out.attrs = dict(frame.attrs)
    return out


def _every_second(frame: pd.DataFrame) -> pd.DataFrame:
    out = frame.loc[frame.index.repeat(2)].iloc[::2]
    out.attrs = dict(frame.attrs)
    return out


def _double(frame: pd.DataFrame) -> pd.DataFrame:
    out = pd.concat([frame.assign(more=1), frame.assign(more=2)[["more"]]], axis=1)
    out.attrs = dict(frame.attrs)
    return out


def _more(frame: pd.DataFrame) -> pd.DataFrame:
    out = frame.copy()
    for name in ODD_COLUMNS:
        out[name] = range(len(frame))
    return out


SAME: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "index backwards": _index(lambda n: range(n)[::-1]),
    "index all alike": _index(lambda n: [5] * n),
    "index of strings": _index(lambda n: [f"r{k // 2}" for k in range(n)]),
    "index of days": _index(lambda n: pd.DatetimeIndex(["2017-01-01"] * n, name="date")),
    "index of two levels": _index(
        lambda n: pd.MultiIndex.from_arrays([[k // 2 for k in range(n)], ["a"] * n], names=["x", None])
    ),
    "index named as a column": lambda f: f.set_axis(
        pd.Index(range(1, len(f) + 1), name=f.columns[0] if len(f.columns) else "a"), axis=0
    ),
    "index of fractions with NaN": _index(lambda n: [float("nan")] * n),
    "more columns": _more,
    "a column twice": _double,
    "columns in another order": lambda f: f[f.columns[::-1]],
    "columns of objects, named": lambda f: f.set_axis(pd.Index(list(f.columns), dtype="object", name="c"), axis=1),
    "columns as a category": lambda f: f.set_axis(pd.CategoricalIndex(f.columns), axis=1),
    "strings as objects": lambda f: retyped(f, text="object"),
    "strings of python": lambda f: retyped(f, text=pd.StringDtype("python")),
    "strings of pyarrow": lambda f: retyped(f, text=pd.StringDtype("pyarrow")),
    "strings of Arrow": lambda f: retyped(
        f, text=pd.ArrowDtype(pa.string()), whole=pd.ArrowDtype(pa.int64()), fraction=pd.ArrowDtype(pa.float64())
    ),
    "large strings of Arrow": lambda f: retyped(f, text=pd.ArrowDtype(pa.large_string())),
    "categories": lambda f: retyped(f, text="category"),
    "categories with more": lambda f: pd.concat([retyped(f, text="category").iloc[:0], retyped(f, text="category")]),
    "numbers that can be missing": lambda f: retyped(f, whole="Int64", fraction="Float64"),
    "small whole numbers": lambda f: retyped(f, whole="int32" if not f.select_dtypes("Int64").size else "Int32"),
    "whole numbers as fractions": lambda f: retyped(f, whole="float64"),
    "whole numbers as objects": lambda f: retyped(f, whole="object"),
    "read-only": _read_only,
    "a slice of a larger frame": _view,
    "every second row of twice as many": _every_second,
    "a deep copy": lambda f: f.copy(),
    "a frame of a kind of its own": lambda f: _Own(f).__finalize__(f),
}
"""Frames that say the same: the result must be the same (index aside)."""


class _Own(pd.DataFrame):
    @property
    def _constructor(self) -> type[_Own]:
        return _Own


OTHER: dict[str, Callable[[pd.DataFrame], Any]] = {
    "None": lambda f: None,
    "a list of strings": lambda f: ["a", "b"],
    "a Series": lambda f: f.iloc[:, 0] if f.shape[1] else pd.Series(dtype="object"),
    "a path": lambda f: Path("articles.csv"),
    "a string": lambda f: "articles.csv",
    "a number": lambda f: 3,
    "NaN": lambda f: float("nan"),
    "a dict": lambda f: {str(c): f[c].tolist() for c in f.columns},
    "an array": lambda f: f.to_numpy(),
    "a generator": lambda f: iter([f]),
    "a list of frames": lambda f: [f, f],
    "the class itself": lambda f: pd.DataFrame,
    "no rows": lambda f: f.iloc[:0],
    "no rows, objects": lambda f: pd.DataFrame(columns=list(f.columns)),
    "no columns": lambda f: pd.DataFrame(index=f.index),
    "nothing": lambda f: pd.DataFrame(),
    "one row": lambda f: f.iloc[:1],
    "all rows twice": lambda f: pd.concat([f, f]),
    "every column twice": lambda f: pd.concat([f, f], axis=1),
    "columns of two levels": lambda f: f.set_axis(pd.MultiIndex.from_product([["a"], f.columns]), axis=1),
    "numbers as columns": lambda f: f.set_axis(range(f.shape[1]), axis=1),
    "all missing": lambda f: f.assign(**{str(c): pd.NA for c in f.columns}),
    "turned around": lambda f: f.T,
}
"""Frames that say something else, or are none: a result, or an error that explains itself."""


def of_columns(frame: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Each column misspelt, in capitals, missing, and with odd values: the rule, the column's new name (if any), the frame."""
    for name in map(str, frame.columns):
        swapped = name[0] + name[2] + name[1] + name[3:] if len(name) > 3 else name + name[-1]
        for rule, new in (
            ("misspelt", swapped if swapped != name else name[:-1]),
            ("in capitals", name.upper()),
            ("with a space", f" {name} "),
        ):
            yield f"{name} {rule}", new, frame.rename(columns={name: new})
        yield f"without {name}", "", frame.drop(columns=name)
        for rule, values in ODD_VALUES.items():
            column = frame[name].astype("object")
            first = pd.Series([values] + [None] * (len(frame) - 1), frame.index, dtype="object") if len(frame) else column
            mixed = column.where(np.arange(len(frame)) > 0, first) if len(frame) else column
            yield f"{name}: {rule}", "", _with(frame, name, mixed)
        yield (
            f"{name}: all of them objects",
            "",
            _with(frame, name, pd.Series([object()] * len(frame), frame.index, dtype="object")),
        )
        yield f"{name}: twice", "", pd.concat([frame, frame[[name]]], axis=1)


def _with(frame: pd.DataFrame, name: str, column: pd.Series) -> pd.DataFrame:
    out = frame.copy()
    out[name] = column
    out.attrs = dict(frame.attrs)
    return out


ODD_VALUES: dict[str, Any] = {
    "a missing value": None,
    "a NaN": float("nan"),
    "a number": 3,
    "a negative number": -1,
    "a huge number": 10**30,
    "infinite": float("inf"),
    "a string": "abc",
    "an empty string": "",
    "a lone surrogate": "\udc80",
    "a list": ["a"],
    "bytes": b"a",
}


def fault_of(error: BaseException, meant: str = "") -> str:
    """Why an error is not one that the kit should give; empty where it explains itself."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    kind, said = type(error).__name__, str(error)
    where = f"{kind} at {Path(last.filename).name}:{last.lineno}: {said[:150]}"
    if isinstance(error, TypeError) and "unexpected keyword argument" in said:
        return ""
    if not isinstance(error, ValueError | TypeError | OSError) or isinstance(error, UnicodeError):
        return where
    line = linecache.getline(last.filename, last.lineno).strip()
    if not last.filename.startswith(OURS) or not line.startswith("raise"):
        return where
    if len(said) < 20 or not said.rstrip().endswith((".", "?", ")")):
        return f"too short: {where}"
    if meant and repr(meant) not in said:
        return f"does not name {meant!r}: {where}"
    return ""


def show(lines: list[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
