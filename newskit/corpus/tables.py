"""Tables of the kit as people give them back to it: checked, and brought into the types that the kit made them with.

A table may come back from a file, from another library or from someone's hands: as categories or Arrow types, with another
index, more columns, or a column misspelt. What says the same gives the same result; all else is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from newskit.corpus.articles import nearest

_WHOLE = (
    "start end sentence n articles mentions count tokens characters of of_articles articles_a articles_b of_before of_after "
    "abstained against neutral favor topic n_articles n_weak n_topics written"
)
_WHOLE_OR_MISSING = "before after holder_start holder_end"
_NUMBERS = (
    "share share_of_articles share_before share_after expected npmi change low high p_against p_neutral p_favor confidence "
    "balance favor_share stability separation coherence diversity score weight height x y strength wide_gaps odd_characters "
    "macro_f1 right left"
)
_TEXTS = (
    "article_id text label target coder surface word term kind entity_a label_a entity_b label_b mention snippet form language"
)
_TEXTS_OR_MISSING = (
    "entity phrase stance holder holder_entity duplicate_of near_duplicate_of label_before label_after note source "
    "asked_holder by"
)
_FAR = 1 << 62
_KINDS = {
    name: kind
    for kind, names in (
        ("whole numbers", _WHOLE),
        ("whole numbers or nothing", _WHOLE_OR_MISSING),
        ("numbers", _NUMBERS),
        ("text", _TEXTS),
        ("text or nothing", _TEXTS_OR_MISSING),
        ("days", "period since"),
        ("True or False", "weak is_new chosen"),
    )
    for name in names.split()
}
"""What the columns of the kit's tables hold, by name; the same name holds the same everywhere."""


def check_frame(table: object, who: str, made: str) -> pd.DataFrame:
    """The table, or a ValueError where it is no frame.

    Parameters
    ----------
    table : object
    who : str
        Whose columns they are, with the verb: "The stances have".
    made : str
        What to do about it: "make them with nk.tag_stance(articles, targets)".
    """
    if not isinstance(table, pd.DataFrame):
        raise ValueError(f"{who} to be a table (a DataFrame), and this is {_described(table)}; {made}.")
    return table


def check_table(table: pd.DataFrame, who: str, made: str, *columns: str, perhaps: Iterable[str] = ()) -> pd.DataFrame:
    """These columns of a table with the types that the kit gives them, and the rows numbered anew.

    Parameters
    ----------
    table, who, made
        As in `check_frame`.
    *columns : str
        Those that must be there.
    perhaps : iterable of str
        Those that are taken where they are there.

    Raises
    ------
    ValueError
        If it is no frame, lacks a column (the nearest name is proposed), has one twice, or a value of another kind.

    Examples
    --------
    >>> check_table(pd.DataFrame({"strt": [0]}), "The places have", "see above", "start")
    Traceback (most recent call last):
    ValueError: The places have no column 'start'; see above. Did you mean 'strt'?
    """
    check_frame(table, who, made)
    there = list(table.columns)
    others = [c for c in there if c not in columns]
    for name in columns:
        if name not in there:
            raise ValueError(f"{who} no column {name!r}; {made}.{nearest(name, others) or nearest(name, there)}")
    wanted = list(dict.fromkeys([*columns, *(c for c in perhaps if c in there)]))
    found: dict[str, pd.Series] = {}
    for name in wanted:
        column = table[name]
        if isinstance(column, pd.DataFrame):
            raise ValueError(f"{who} the column {name!r} more than once; keep one of them.")
        found[name] = _typed(column.reset_index(drop=True), _KINDS.get(name, ""), who, made)
    return pd.DataFrame(found, index=range(len(table)), columns=wanted)


def _typed(column: pd.Series, kind: str, who: str, made: str) -> pd.Series:
    """A column in the type of its kind; as it is, where it has that already."""
    values: Any = column
    if kind.startswith("text"):
        values, wrong = as_texts(column), column.isna()
        if kind == "text or nothing":
            wrong = wrong & False
    elif kind == "days":
        values = column if column.dtype.kind == "M" else pd.to_datetime(column.astype("object"), errors="coerce", utc=False)
        if values.dtype.kind != "M":  # of several time zones
            values = pd.Series(pd.NaT, column.index, dtype="datetime64[us]")
        wrong = values.isna() & column.notna()
    elif kind:
        values, wrong = _numbers(column, kind)
    else:
        return column
    if np.any(wrong):
        row = int(np.argmax(np.asarray(wrong)))
        given = column.iloc[row]
        said = "nothing" if pd.api.types.is_scalar(given) and pd.isna(given) else repr(given)[:60]
        raise ValueError(
            f"{who} {said} in column {column.name!r} (row {row}, counted from 0), where {kind} should stand; {made}."
        )
    return values


def as_texts(column: pd.Series) -> pd.Series:
    """Any values as str, what is missing as missing, halves of characters as question marks: as a file can hold them."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype("object")
    try:
        return column.astype("str")
    except UnicodeEncodeError:
        missing = column.isna().tolist()
        texts = [None if m else str(v).encode("utf-8", "replace").decode() for v, m in zip(column, missing, strict=True)]
        return pd.Series(texts, column.index, dtype="str")


def _numbers(column: pd.Series, kind: str) -> tuple[pd.Series, np.ndarray[Any, Any]]:
    """Numbers as the kind has them, and where they are none."""
    given = column.astype("object") if isinstance(column.dtype, pd.CategoricalDtype) else column
    if given.dtype == object:
        given = given.map(lambda v: v if isinstance(v, int | float | np.number) and abs(v) < _FAR else np.nan)  # type: ignore[operator]
    plain = pd.to_numeric(given, errors="coerce")
    if kind == "whole numbers" and plain.dtype == np.int64:
        return plain, np.zeros(len(plain), bool)
    values = plain.to_numpy(np.float64, na_value=np.nan)
    missing = column.isna().to_numpy()
    wrong = ~np.isfinite(values) & ~missing
    if kind == "numbers":
        return pd.Series(values, column.index, name=column.name), wrong
    if kind == "True or False":
        return pd.Series(values > 0, column.index, name=column.name), wrong | missing | ~np.isin(values, [0, 1])
    with np.errstate(invalid="ignore"):
        wrong |= (values % 1 != 0) & ~missing
    if kind == "whole numbers":
        wrong |= missing
    if wrong.any():
        return column, wrong
    exact = plain.astype("Int64")
    return (exact if kind.endswith("nothing") else exact.astype(np.int64)), wrong


def _described(value: object) -> str:
    """What something is, in a few letters."""
    if value is None:
        return "None"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return f"{type(value).__name__} {value!r}" if isinstance(value, str | int | float) else type(value).__name__
