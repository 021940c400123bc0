"""Dates of news files, in the many ways they are written, as timestamps."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from email.utils import parsedate_to_datetime

import pandas as pd

_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
_NUMBERS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})\b")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_EPOCH = re.compile(r"\d{10}(?:\.\d+)?$|\d{13}$")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_NAMED = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?[\s-]+{_MONTH}|\b{_MONTH}[\s-]*\d{{1,2}}(?:st|nd|rd|th)?\b", re.IGNORECASE
)
_HAS_YEAR = re.compile(r"\b\d{4}\b|[-/.'’]\d{2}\b")
_ZONE = re.compile(
    r"\s+\(?(?:[ACEMP][SD]?T|BST|CES?T)\)?$"
)  # names of zones that pandas does not know: the publisher's day is kept
_OFFSET = re.compile(r"\s*\b(?:UTC|GMT)\s*([+-])(\d{1,2})$")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b", re.IGNORECASE)


def parse_dates(values: pd.Series, *, day_first: bool | None = None) -> pd.Series:
    """Read dates as timestamps.

    `December 12, 2017 `, `12 Dec 2017`, `2017/2/7`, ISO 8601, RFC 822 (`Tue, 07 Feb 2017 10:00:00 GMT`), `20170207`,
    seconds or milliseconds since 1970, and `7/2/2017`. A date needs its day, month and year; nothing is filled in.

    Parameters
    ----------
    values : Series of str, datetimes or missing values
    day_first : bool, optional
        Whether `7/2/2017` is the 7th of February. Left out: yes where some date of the Series can only be read so
        (and none only the other way), else no.

    Returns
    -------
    Series of datetime64[us]
        Without time zone (zoned times as UTC); NaT where a value is no date. The same index.

    Examples
    --------
    >>> parse_dates(pd.Series(["December 12, 2017 ", "2017/2/7", "soon"])).dt.strftime("%d %b %Y").tolist()
    ['12 Dec 2017', '07 Feb 2017', nan]
    """
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        zoned = values.dt.tz_convert("UTC").dt.tz_localize(None) if values.dt.tz is not None else values
        return zoned.astype("datetime64[us]")
    given = values.astype("object").tolist()
    strings = ["" if pd.api.types.is_scalar(v) and pd.isna(v) else str(v).strip() for v in given]
    distinct = list(dict.fromkeys(strings))
    if day_first is None:
        day_first = bool(day_first_evidence(distinct))
    read = {text: _parse(text, day_first) for text in distinct}
    return pd.Series([read[s] for s in strings], index=values.index, name=values.name, dtype="datetime64[us]")


def day_first_evidence(texts: Iterable[str]) -> bool | None:
    """Whether some date can only be read with its day first, and none only the other way; None where all go both ways."""
    pairs = [(int(m[1]), int(m[2])) for m in map(_NUMBERS.match, texts) if m]
    if pairs and all(a <= 12 and b <= 12 for a, b in pairs):
        return None
    return any(a > 12 for a, _ in pairs) and not any(b > 12 for _, b in pairs)


def _parse(text: str, day_first: bool) -> pd.Timestamp:
    """One date, or NaT; the formats without ambiguity first, dateutil (through pandas) last."""
    try:
        if found := _YEAR_FIRST.match(text) or _COMPACT.match(text):
            return pd.Timestamp(int(found[1]), int(found[2]), int(found[3]))
        if _EPOCH.match(text):
            return pd.Timestamp(float(text) / (1000 if len(text) == 13 else 1), unit="s").round("ms")
        if re.match(r"[A-Za-z]{3},", text) and text.count(":"):
            return _utc(pd.Timestamp(parsedate_to_datetime(text)))
        complete = re.match(r"\d{4}-\d{2}-\d{2}[T ]", text) or _NUMBERS.match(text) or _NAMED.search(text)
        if complete and _HAS_YEAR.search(text):
            text = _OFFSET.sub(lambda m: f"{m[1]}{int(m[2]):02d}:00", text)
            text = _ZONE.sub("", _ORDINAL.sub("", text).replace(" of ", " "))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                stamp = pd.to_datetime(text, dayfirst=day_first and bool(_NUMBERS.match(text)))
            return _utc(stamp)
    except (ValueError, OverflowError, TypeError):
        pass
    return pd.NaT


def _utc(stamp: pd.Timestamp) -> pd.Timestamp:
    return stamp.tz_convert("UTC").tz_localize(None) if stamp.tzinfo else stamp
