"""Records of any table as articles: which column holds what, and ids, sources and dates from what is there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from newskit.corpus.dates import parse_dates
from newskit.corpus.formats import READERS, Record

USUAL_NAMES = {
    "article_id": ("article_id", "id", "articleid", "uid", "guid"),
    "text": ("text", "content", "body", "article", "full_text", "fulltext", "article_text", "article_body", "maintext", "story"),
    "title": ("title", "headline", "heading", "article_title"),
    "date": (
        "date",
        "published",
        "publish_date",
        "published_at",
        "publication_date",
        "pub_date",
        "pubdate",
        "date_publish",
        "datetime",
        "timestamp",
    ),
    "source": ("source", "publisher", "publication", "outlet", "newspaper", "source_name", "source_domain", "sitename", "site"),
    "url": ("url", "link", "article_source_link", "article_url", "source_url", "web_url", "uri", "permalink"),
}
"""The names under which each column is looked for, best first; case, spaces and hyphens do not matter."""

COLUMNS = ("article_id", "text", "title", "date", "source", "url", "file", "row")
"""The columns of articles that were read, in their order."""


def to_articles(
    records: list[tuple[int, Record]], name: str, columns: Mapping[str, str], day_first: bool | None
) -> tuple[pd.DataFrame | None, list[dict[str, Any]]]:
    """One file's records as articles; the rows without text as problems."""
    table = pd.DataFrame([record for _, record in records], dtype=object)  # numbers stay as they were written
    table.columns = [str(c) for c in table.columns]
    rows = [row for row, _ in records]
    named = _find_columns(list(table.columns), columns)
    if "text" not in named:
        longest = table.map(lambda v: len(v) if isinstance(v, str) else 0).sum().idxmax()
        reason = (
            f"no text column among {', '.join(map(repr, table.columns[:12]))}; name it (perhaps {longest!r}): "
            f'nk.read_articles(..., columns={{"text": {longest!r}}}), COLUMNS in a notebook, --param COLUMNS=... in a run'
        )
        return None, [{"file": name, "row": None, "reason": reason}]
    problems = []
    text = table[named["text"]]
    strings = text.map(lambda v: isinstance(v, str) and bool(v.strip()))
    for row, value in zip((r for r, ok in zip(rows, strings, strict=True) if not ok), text[~strings], strict=True):
        empty = value is None or (isinstance(value, float) and value != value) or (isinstance(value, str) and not value.strip())
        problems.append(
            {"file": name, "row": row, "reason": "no text" if empty else f"the text is no string ({type(value).__name__})"}
        )
    kept = table[strings]
    parts = {
        key: _as_strings(kept[named[key]]) if key in named else pd.Series(pd.NA, kept.index, dtype="str") for key in USUAL_NAMES
    }
    out = pd.DataFrame({**parts, "text": kept[named["text"]].astype("object")}, index=kept.index)
    out["date"] = (
        parse_dates(kept[named["date"]], day_first=day_first)
        if "date" in named
        else pd.Series(pd.NaT, kept.index, dtype="datetime64[us]")
    )
    if "date" in named:
        unread = int((out["date"].isna() & parts["date"].notna()).sum())
        if unread:
            example = parts["date"][out["date"].isna() & parts["date"].notna()].iloc[0]
            problems.append({"file": name, "row": None, "reason": f"{unread} dates could not be read (the first: {example!r})"})
    out["source"] = out["source"].fillna(out["url"].map(_host)).astype("str").fillna(_stem(name))
    out["file"], out["row"] = name, pd.Series(rows, index=table.index)[strings]
    extra = kept[[c for c in kept.columns if c not in named.values()]]
    extra.columns = _free_names([*out.columns], [*extra.columns])  # nothing of a table is lost
    return pd.concat([out.astype({"text": "str"}), extra.infer_objects()], axis=1), problems


def _free_names(taken: list[str], names: list[str]) -> list[str]:
    """The names, those that are taken with `.1` (or more) behind them."""
    used = {*taken, *(name for name in names if name not in taken)}
    free = []
    for name in names:
        k, new = 0, name
        while new in taken or (k and new in used):
            k += 1
            new = f"{name}.{k}"
        used.add(new)
        free.append(new)
    return free


def date_strings(records: list[tuple[int, Record]], columns: Mapping[str, str]) -> list[str]:
    """What stands in the column of dates, if there is one."""
    names = list(dict.fromkeys(str(name) for _, record in records for name in record))
    column = _find_columns(names, columns).get("date")
    return [str(record.get(column) or "").strip() for _, record in records] if column else []


def _find_columns(present: list[str], asked: Mapping[str, str]) -> dict[str, str]:
    """Which column holds which part of an article: the one asked for, else the first of the usual names."""
    by_name: dict[str, str] = {}
    for column in present:
        by_name.setdefault(_plain(column), column)
    named = {key: name for key, name in asked.items() if name in present}
    for key, names in USUAL_NAMES.items():
        free = (by_name[n] for n in names if n in by_name and by_name[n] not in named.values())
        found = None if key in named else next(free, None)
        if found is not None:
            named[key] = found
    return named


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _as_strings(values: pd.Series) -> pd.Series:
    """Values as stripped strings, empty ones missing; whole numbers without a decimal point."""

    def one(value: object) -> str | None:
        if isinstance(value, dict):  # as some news services have it: {"id": ..., "name": ...}
            value = value.get("name")
        if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return str(value).strip() or None

    return values.map(one).astype("str")


def _host(url: object) -> str | None:
    try:
        host = urlsplit(url).hostname if isinstance(url, str) else None
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def _stem(name: str) -> str:
    stem = Path(name).name
    while Path(stem).suffix.lower() in {*READERS, ".gz"}:
        stem = Path(stem).stem
    return stem


def plain_ids(own: pd.Series, text: pd.Series) -> pd.Series:
    """Own ids where there are any, else hashes of the texts."""
    hashes = [hashlib.blake2b(t.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest() for t in text]
    return own.astype("str").fillna(pd.Series(hashes, index=text.index))


def make_ids(own: pd.Series, text: pd.Series) -> pd.Series:
    """Own ids where there are any, else hashes of the texts; repeated ones get a running number (-2, -3 ...)."""
    ids = plain_ids(own, text)
    while True:
        repeat = ids.groupby(ids).cumcount()
        if not repeat.any():
            return ids.rename("article_id")
        ids = (ids + "-" + (repeat + 1).astype("str")).where(repeat > 0, ids)
