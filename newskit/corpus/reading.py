"""Reading articles from files: one frame, whatever the format, and a report of what could not be read."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pandas as pd

from newskit.corpus.articles import ArticlesError, nearest
from newskit.corpus.dates import parse_dates
from newskit.corpus.formats import READERS, Problem, Record, gunzip
from newskit.corpus.paths import OUTPUTS_MARK, resolve
from newskit.corpus.progress import progress

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

_COLUMNS = ("article_id", "text", "title", "date", "source", "url", "file", "row")
_REPORT = "newskit_report"
Paths = str | Path | Iterable[str | Path]


def read_articles(
    path: Paths,
    *,
    columns: Mapping[str, str] | None = None,
    title: Literal["column", "prepend"] = "column",
    day_first: bool | None = None,
    on_error: Literal["report", "raise"] = "report",
) -> pd.DataFrame:
    """Read articles from files: .txt, .html, .csv, .tsv, .jsonl, .json, .parquet, and gzip of these.

    Parameters
    ----------
    path : str, Path or a list of them
        A file, a folder (read with its sub-folders, in order of name; hidden files are passed over), or several.
    columns : mapping, optional
        Which column of a table holds what, where the usual names (`USUAL_NAMES`) do not say it:
        `{"text": "story", "date": "when"}`. Keys: article_id, text, title, date, source, url.
    title : {"column", "prepend"}
        Keep titles in their column only, or put them in front of the text as well (with an empty line between).
    day_first : bool, optional
        Whether `7/2/2017` is the 7th of February; left out: worked out for each file (see `parse_dates`).
    on_error : {"report", "raise"}
        What cannot be read (an empty or binary file, a broken row, a row without text, a table without a text column,
        a gzip file cut short) is passed over, counted in a warning and listed by `reading_report`; or it raises.

    Returns
    -------
    DataFrame
        A row per article, in order of file and row:

        - `article_id` (str, unique): the file's own id, else a hash of the text; repeated ones get a running number
        - `text` (str)
        - `title`, `source`, `url` (str, missing where unknown); `source` falls back to the URL's host, then to the
          file's name
        - `date` (datetime64, NaT where unknown or unreadable)
        - `file` (str) and `row` (int64, from 1): where the article stands
        - all other columns of the files, as they are

    Raises
    ------
    ArticlesError
        If nothing is there, nothing could be read, a name in `columns` is not among a table's columns, or (with
        `on_error="raise"`) at the first problem.
    FileNotFoundError
        If a path does not exist.

    Examples
    --------
    >>> import newskit as nk, tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.csv").write_text("headline,body,published\\nRain,It rained.,2017/2/7\\n")
    >>> nk.read_articles(folder)[["text", "title", "date", "source"]].iloc[0].tolist()
    ['It rained.', 'Rain', Timestamp('2017-02-07 00:00:00'), 'a']
    """
    _check_columns_argument(columns)
    _check_choice("title", title, ("column", "prepend"))
    _check_choice("on_error", on_error, ("report", "raise"))
    files = _find_files(path)
    frames, problems, seen = [], [], set[str]()
    for name, file in progress(files, total=len(files), label="reading", unit="files"):
        records, found = _read_file(name, file)
        if records:
            seen.update(*(record for _, record in records))
            frame, more = _to_articles(records, name, columns or {}, day_first)
            found += more
            if frame is not None and len(frame):
                frames.append(frame)
        if found and on_error == "raise":
            raise ArticlesError(_say_problem(found[0]))
        problems += sorted(found, key=lambda p: (p["row"] is None, p["row"] or 0))
    for asked in (columns or {}).values():
        if seen and asked not in seen:
            there = ", ".join(map(repr, sorted(seen)[:20]))
            raise ArticlesError(f"No file has a column {asked!r}; there are {there}.{nearest(asked, seen)}")
    if not frames:
        raise ArticlesError(_nothing_read(path, len(files), problems))
    articles = pd.concat(frames, ignore_index=True)
    articles = articles[[*_COLUMNS, *(c for c in articles.columns if c not in _COLUMNS)]]
    for column in ("title", "source", "url"):
        articles[column] = articles[column].astype("str")
    articles["article_id"] = _make_ids(articles["article_id"], articles["text"])
    if title == "prepend":
        known = articles["title"].notna()
        articles["text"] = (articles["title"] + "\n\n" + articles["text"]).where(known, articles["text"])
    articles.attrs[_REPORT] = problems
    if problems:
        warnings.warn(_summary(problems, len(articles)), stacklevel=2)
    return articles


def reading_report(articles: pd.DataFrame) -> pd.DataFrame:
    """What `read_articles` could not read, or read only in part.

    Parameters
    ----------
    articles : DataFrame
        As `read_articles` returned it (the report travels in `articles.attrs`).

    Returns
    -------
    DataFrame
        `file` (str), `row` (Int64, from 1; missing where the whole file is meant), `reason` (str). No rows: all was read.

    Examples
    --------
    >>> import newskit as nk
    >>> nk.reading_report(nk.sample_articles()).empty
    True
    """
    report = pd.DataFrame(articles.attrs.get(_REPORT, []), columns=["file", "row", "reason"])
    return report.astype({"file": "str", "row": "Int64", "reason": "str"})


def sample_articles() -> pd.DataFrame:
    """The embedded sample: 300 short news articles of 2000 and 2001, offline.

    The Lee background corpus (Lee, Pincombe and Welsh 2005; Australian Broadcasting Corporation), read from the installed
    package gensim (extra `sample`), properly written and undated.

    Returns
    -------
    DataFrame
        The columns of `read_articles`.

    Raises
    ------
    ArticlesError
        If gensim is not installed.

    Examples
    --------
    >>> import newskit as nk
    >>> len(nk.sample_articles())
    300
    """
    found = importlib.util.find_spec("gensim")
    if found is None or not found.submodule_search_locations:
        raise ArticlesError(
            "The sample needs the package gensim: pip install 'newskit[sample]'. "
            "Or read your own articles with nk.read_articles(path)."
        )
    path = Path(found.submodule_search_locations[0]) / "test" / "test_data" / "lee_background.cor"
    lines = [line.strip() for line in path.read_bytes().decode("latin-1").split("\n")]
    records: list[tuple[int, Record]] = [
        (i, {"text": line, "source": "ABC News (Australia)"}) for i, line in enumerate(lines, 1) if line
    ]
    articles, _ = _to_articles(records, path.name, {}, None)
    assert articles is not None
    articles = articles[list(_COLUMNS)]
    articles["article_id"] = _make_ids(articles["article_id"], articles["text"])
    return articles


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, not {value!r}.{nearest(str(value), choices)}")


def _check_columns_argument(columns: Mapping[str, str] | None) -> None:
    if columns is not None and not isinstance(columns, Mapping):
        raise TypeError(f'columns must be a mapping such as {{"text": "story"}}, not {columns!r}.')
    for key in columns or {}:
        if key not in USUAL_NAMES:
            raise ValueError(
                f"columns: {key!r} is no part of an article; choose from {', '.join(USUAL_NAMES)}.{nearest(key, USUAL_NAMES)}"
            )


def _find_files(path: Paths) -> list[tuple[str, Path]]:
    """Files with the names to report them by: relative to the folder (for several paths, to the one above them all)."""
    given = [path] if isinstance(path, (str, Path)) else path
    given = list(given) if isinstance(given, Iterable) else [given]
    if not all(isinstance(p, (str, Path)) and str(p).strip() for p in given):
        raise TypeError(f"read_articles takes a path or a list of paths, not {path!r}.")
    if not given:
        raise ArticlesError("The list of paths is empty: name at least one file or folder.")
    roots = [_existing(p) for p in given]
    above = Path(os.path.commonpath([r if r.is_dir() and len(roots) == 1 else r.parent for r in roots]))
    files = [file for root in roots for file in (_walk(root) if root.is_dir() else [root])]
    return [(file.relative_to(above).as_posix(), file) for file in dict.fromkeys(files)]


def _existing(path: str | Path) -> Path:
    found = resolve(path)
    if not found.exists():
        siblings = [p.name for p in found.parent.iterdir()] if found.parent.is_dir() else []
        raise FileNotFoundError(f"There is no file or folder {str(found)!r}.{nearest(found.name, siblings)}")
    return Path(os.path.normpath(found))


def _walk(folder: Path) -> list[Path]:
    """The files below a folder in order of name, without hidden ones and without what the kit itself wrote."""
    files = []
    for here, folders, names in os.walk(folder):
        if Path(here) != folder and OUTPUTS_MARK in names:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not _hidden(name))
        files += [Path(here, name) for name in names if not _hidden(name) and Path(here, name).is_file()]
    return sorted(files)


def _hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or name == "__MACOSX"


def _read_file(name: str, path: Path) -> tuple[list[tuple[int, Record]], list[dict[str, Any]]]:
    """The records of one file with their rows, and its problems."""
    problems: list[dict[str, Any]] = []

    def report(row: int | None, reason: str) -> None:
        problems.append({"file": name, "row": row, "reason": reason})

    suffixes = [s.lower() for s in path.suffixes]
    zipped = suffixes[-1:] == [".gz"]
    reader = READERS.get((suffixes[:-1] if zipped else suffixes)[-1:][0] if suffixes[: len(suffixes) - zipped] else "")
    if reader is None:
        report(None, f"not a kind of file that is read ({', '.join(READERS)}, each also as .gz)")
        return [], problems
    try:
        data = path.read_bytes()
    except OSError as error:
        report(None, f"cannot be opened: {error.strerror}")
        return [], problems
    whole = True
    if zipped:
        data, whole = gunzip(data)
    records: list[tuple[int, Record]] = []
    if not data.strip():
        report(None, "the file is empty" if whole else "the gzip file is cut short or damaged; nothing in it could be read")
        return [], problems
    for row, record in reader(data):
        if isinstance(record, Problem):
            report(row, record.reason)
        else:
            records.append((row or 1, record))
    if not records and not problems:
        report(None, "there is no article in it")
    if not whole:
        _drop_torn_record(records, problems, data)
        report(None, f"the gzip file is cut short or damaged; {len(records)} whole articles before the damage were read")
    return records, problems


def _drop_torn_record(records: list[tuple[int, Record]], problems: list[dict[str, Any]], data: bytes) -> None:
    """Of a file cut short, the last record counts only where its line was whole."""
    if not data.endswith((b"\n", b"\r")) and records and not any((p["row"] or 0) > records[-1][0] for p in problems):
        records.pop()


def _to_articles(
    records: list[tuple[int, Record]], name: str, columns: Mapping[str, str], day_first: bool | None
) -> tuple[pd.DataFrame | None, list[dict[str, Any]]]:
    """One file's records as articles; the rows without text as problems."""
    table = pd.DataFrame([record for _, record in records], dtype=object)  # numbers stay as they were written
    table.columns = [str(c) for c in table.columns]
    rows = [row for row, _ in records]
    named = _find_columns(list(table.columns), columns)
    if "text" not in named:
        reason = (
            f"no text column among {', '.join(map(repr, table.columns[:12]))}; name it with "
            'read_articles(..., columns={"text": "..."})'
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
    taken = set(named.values()) | set(out.columns)
    extra = kept[[c for c in kept.columns if c not in taken]]
    return pd.concat([out.astype({"text": "str"}), extra.infer_objects()], axis=1), problems


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


def _make_ids(own: pd.Series, text: pd.Series) -> pd.Series:
    """Own ids where there are any, else hashes of the texts; repeated ones get a running number (-2, -3 ...)."""
    hashes = [hashlib.blake2b(t.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest() for t in text]
    ids = own.astype("str").fillna(pd.Series(hashes, index=text.index))
    while True:
        repeat = ids.groupby(ids).cumcount()
        if not repeat.any():
            return ids.rename("article_id")
        ids = (ids + "-" + (repeat + 1).astype("str")).where(repeat > 0, ids)


def _say_problem(problem: dict[str, Any]) -> str:
    row = f", row {problem['row']}" if problem["row"] is not None else ""
    return f"{problem['file']}{row}: {problem['reason']}"


def _summary(problems: list[dict[str, Any]], n: int) -> str:
    shown = "; ".join(map(_say_problem, problems[:3])) + ("; ..." if len(problems) > 3 else "")
    noun = "problem" if len(problems) == 1 else "problems"
    return f"{n:,} articles were read, with {len(problems):,} {noun}: {shown}. All of them: nk.reading_report(articles)."


def _nothing_read(path: Paths, n_files: int, problems: list[dict[str, Any]]) -> str:
    shown = path if isinstance(path, (str, Path)) else f"{len(list(path))} paths"
    if not n_files:
        return f"There are no files in {str(shown)!r}. Put articles there ({', '.join(READERS)}, each also as .gz)."
    reasons = "; ".join(map(_say_problem, problems[:5])) + ("; ..." if len(problems) > 5 else "")
    return f"No article could be read from {str(shown)!r}: {reasons}."
