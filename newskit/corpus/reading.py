"""Reading articles from files: one frame, whatever the format, and a report of what could not be read."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from newskit.corpus.articles import ArticlesError, nearest
from newskit.corpus.columns import COLUMNS, USUAL_NAMES, make_ids, to_articles
from newskit.corpus.files import Paths, check_plain, find_files, gathered
from newskit.corpus.formats import READERS, Problem, Record, Row
from newskit.corpus.options import check_choice
from newskit.corpus.progress import progress
from newskit.corpus.tables import check_frame
from newskit.corpus.telling import tell
from newskit.corpus.unpacking import CUT_SHORT, gunzip
from newskit.corpus.visible import visible

_REPORT = "newskit_report"
_SAVE_AS = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), "save the sheet as .csv (UTF-8)"),
    **dict.fromkeys((".docx", ".doc", ".odt", ".rtf", ".pdf", ".pages", ".epub"), "save it as plain text (.txt)"),
    **dict.fromkeys((".zip", ".7z", ".rar", ".tar", ".tgz"), "unpack it into a folder"),
}
_LINE = re.compile(r"^line (\d+)")
Reader = Callable[[bytes], Iterator[Row]]


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
        - all other columns of the files, as they are (with `.1` behind a name that stands above)

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
    check_columns_argument(columns)
    path = gathered(path)
    check_choice("title", title, ("column", "prepend"))
    check_choice("on_error", on_error, ("report", "raise"))
    files = find_files(path)
    frames, problems, seen = [], [], set[str]()
    for name, file in progress(files, total=len(files), label="reading", unit="files"):
        records, found = _read_file(name, file)
        if records:
            seen.update(*(record for _, record in records))
            frame, more = to_articles(records, name, columns or {}, day_first)
            found += more
            if frame is not None and len(frame):
                frames.append(frame)
        if found and on_error == "raise":
            raise ArticlesError(say_problem(found[0]))
        problems += sorted(found, key=lambda p: (p["row"] is None, p["row"] or 0))
    for asked in (columns or {}).values():
        if seen and asked not in seen:
            there = ", ".join(map(repr, sorted(seen)[:20]))
            raise ArticlesError(f"No file has a column {asked!r}; there are {there}.{nearest(asked, seen)}")
    if not frames:
        raise ArticlesError(nothing_read(path, len(files), problems))
    articles = joined(frames)
    articles["article_id"] = make_ids(articles["article_id"], articles["text"])
    articles = with_titles(articles) if title == "prepend" else articles
    articles = with_report(articles, problems)
    tell(read=len(articles), problems=len(problems), such_as=[say_problem(p) for p in problems[:5]])
    if problems:
        warnings.warn(summary(problems, len(articles)), stacklevel=2)
    return articles


def joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """The articles of several files or parts in one frame, with the columns in their order."""
    articles = pd.concat(frames, ignore_index=True)
    articles = articles[[*COLUMNS, *(c for c in articles.columns if c not in COLUMNS)]]
    return articles.astype(dict.fromkeys(("title", "source", "url"), "str"))


def with_report(articles: pd.DataFrame, problems: list[dict[str, Any]]) -> pd.DataFrame:
    """The articles, with what `reading_report` tells of them in their `attrs`."""
    articles.attrs[_REPORT] = problems
    return articles


def with_titles(articles: pd.DataFrame) -> pd.DataFrame:
    """The articles with their titles in front of their texts, where they have one."""
    text = (articles["title"] + "\n\n" + articles["text"]).where(articles["title"].notna(), articles["text"])
    return articles.assign(text=text)


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
    check_frame(articles, "The articles have", "pass them as nk.read_articles(path) gave them")
    report = pd.DataFrame(articles.attrs.get(_REPORT, []), columns=["file", "row", "reason"])
    return report.astype({"file": "str", "row": "Int64", "reason": "str"})


def check_columns_argument(columns: Mapping[str, str] | None) -> None:
    """Raise where `columns` is no mapping, or names something that is no part of an article."""
    if columns is not None and not isinstance(columns, Mapping):
        raise TypeError(f'columns must be a mapping such as {{"text": "story"}}, not {columns!r}.')
    for key in columns or {}:
        if key not in USUAL_NAMES:
            raise ValueError(
                f"columns: {key!r} is no part of an article; choose from {', '.join(USUAL_NAMES)}.{nearest(key, USUAL_NAMES)}"
            )


def not_read(path: Path) -> str:
    """Why a file of a kind without a reader is passed over, and what to do about it."""
    meant = next((f"; {advice}" for ending, advice in _SAVE_AS.items() if path.name.lower().endswith(ending)), "")
    return f"not a kind of file that is read ({', '.join(READERS)}, each also as .gz){meant}"


def _read_file(name: str, path: Path) -> tuple[list[tuple[int, Record]], list[dict[str, Any]]]:
    """The records of one file with their rows, and its problems."""
    reader = reader_of(path)
    try:
        check_plain(path)
        if reader is None:
            return [], [{"file": name, "row": None, "reason": not_read(path)}]
        data = path.read_bytes()
        data, fault = gunzip(data) if is_zipped(path) else (data, "")
        return take_records(name, reader, data, fault)
    except OSError as error:
        reason = f"cannot be opened: {error.strerror}"
    except MemoryError:
        reason = "larger than memory; nk.scale.read_parts reads such files in parts"
    return [], [{"file": name, "row": None, "reason": reason}]


def is_zipped(path: Path) -> bool:
    """Whether a file is compressed, by its name."""
    return path.suffix.lower() == ".gz"


def reader_of(path: Path) -> Reader | None:
    """What reads files of this kind; None where nothing does."""
    suffixes = [s.lower() for s in path.suffixes]
    return READERS.get("".join(suffixes[:-1][-1:] if is_zipped(path) else suffixes[-1:]))


def take_records(
    name: str, reader: Reader, data: bytes, fault: str = "", *, rows: int = 0, lines: int = 0
) -> tuple[list[tuple[int, Record]], list[dict[str, Any]]]:
    """The records in the bytes of a file, or of a piece of it with so many `rows` and `lines` before it, and their problems."""
    problems: list[dict[str, Any]] = []

    def report(row: int | None, reason: str) -> None:
        problems.append({"file": name, "row": None if row is None else row + rows, "reason": reason})

    records: list[tuple[int, Record]] = []
    if not data.strip():
        report(None, (f"{fault}; nothing in it could be read" if fault == CUT_SHORT else fault) or "the file is empty")
        return [], problems
    for row, record in reader(data):
        if isinstance(record, Problem):
            report(row, _LINE.sub(lambda found: f"line {int(found[1]) + lines}", record.reason) if lines else record.reason)
        else:
            records.append(((row or 1) + rows, record))
    if not records and not problems and not rows:
        report(None, "there is no article in it")
    if fault:
        if reader in (READERS[".txt"], READERS[".html"]):  # one article, and that is torn
            records = []
        records, problems[:] = _without_torn(records, problems, data)
        report(None, f"{fault}; {rows + len(records)} whole articles before that were read")
    return records, problems


def _without_torn(
    records: list[tuple[int, Record]], problems: list[dict[str, Any]], data: bytes
) -> tuple[list[tuple[int, Record]], list[dict[str, Any]]]:
    """Of a file cut short, the records before the torn one: the last, unless its line is whole, and a quote that never closes."""
    torn = [p["row"] for p in problems if p["row"] and "unexpected end of data" in p["reason"]]
    if torn:
        return [r for r in records if r[0] < torn[0]], [p for p in problems if (p["row"] or 0) <= torn[0]]
    if records and not data.endswith((b"\n", b"\r")) and not any((p["row"] or 0) > records[-1][0] for p in problems):
        return records[:-1], problems
    return records, problems


def say_problem(problem: dict[str, Any]) -> str:
    """A problem in words: file, row and reason."""
    row = f", row {problem['row']}" if problem["row"] is not None else ""
    return visible(f"{problem['file']}{row}: {problem['reason']}")


def summary(problems: list[dict[str, Any]], n: int) -> str:
    """How many articles were read, and what could not be."""
    shown = "; ".join(map(say_problem, problems[:3])) + ("; ..." if len(problems) > 3 else "")
    noun = "problem" if len(problems) == 1 else "problems"
    return f"{n:,} articles were read, with {len(problems):,} {noun}: {shown}. All of them: nk.reading_report(articles)."


def nothing_read(path: Paths, n_files: int, problems: list[dict[str, Any]]) -> str:
    """Why no article could be read."""
    shown = path if isinstance(path, (str, Path)) else f"{len(list(path))} paths"
    if not n_files:
        return f"There are no files in {str(shown)!r}. Put articles there ({', '.join(READERS)}, each also as .gz)."
    reasons = "; ".join(map(say_problem, problems[:5])) + ("; ..." if len(problems) > 5 else "")
    return f"No article could be read from {str(shown)!r}: {reasons}."
