"""The ledger of an output folder: which articles each run read, and what the one before it left.

A *state* is a set of articles. A run on the articles of the latest state goes on in it, so that running again changes nothing; a
run on others begins a new one, which is compared with the one before it. Each notebook looks this up for itself, in any order and
at the same time as others.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import pandas as pd

from newskit.corpus.articles import check_articles
from newskit.corpus.cells import as_csv, read_csv_cells
from newskit.corpus.paths import resolve, write_atomic
from newskit.corpus.tables import as_texts
from newskit.corpus.telling import tell
from newskit.publish.provenance import as_plain, fingerprint
from newskit.publish.writing import check_name, output_folder
from newskit.tagging.encoder import READINGS

_FORMAT, _KEPT = 1, 3  # states of which the files are kept
CACHE = "cache"  # the folder of what the accurate model read
STATES, HALF = "states", ".half-"  # the folder of the notes, and what a state is called while it is made
_NOTES, _LIST = "ledger.json", "articles.csv"
_MADE_ID = r"[0-9a-f]{16}(-\d+)?"  # made by `read_articles` from the text, so that another text has another one


@dataclass(frozen=True, eq=False)
class Ledger:
    """What is known of the runs in an output folder; from `open_ledger`.

    Attributes
    ----------
    folder : Path
        The folder of outputs.
    state : int
        The number of this state, from 1.
    changes : DataFrame
        A row per article of this state or the one before: `article_id`, `title` (str), `status` ("new", "changed", "gone",
        "same"); those that changed first. All are "same" in the first state, which has nothing before it.
    earlier : tuple of int
        The numbers of the states before this one that are kept.
    """

    folder: Path
    state: int
    changes: pd.DataFrame
    earlier: tuple[int, ...] = ()

    @property
    def is_first(self) -> bool:
        """Whether nothing was read before."""
        return not self.earlier

    def is_new(self, articles: pd.DataFrame) -> pd.Series:
        """Whether each article is new or changed since the state before.

        Parameters
        ----------
        articles : DataFrame
            The articles, or any table with a column `article_id`, such as mentions or stances.

        Returns
        -------
        Series of bool
            With the index of the table.
        """
        new = self.changes.loc[self.changes["status"].isin(["new", "changed"]), "article_id"]
        return as_texts(articles["article_id"]).isin(new).rename("is_new")

    def before(self, name: str) -> Path | None:
        """The file of this name that the latest earlier state left; None where there is none."""
        paths = (_folder(self.folder / STATES, state) / _safe(name) for state in reversed(self.earlier))
        return next((path for path in paths if path.exists()), None)

    def now(self, name: str) -> Path:
        """Where this state leaves its file of this name, for the next one."""
        return _folder(self.folder / STATES, self.state) / _safe(name)

    def summary(self) -> str:
        """What changed, in a sentence."""
        counts = self.changes["status"].value_counts()
        if self.is_first:
            n = len(self.changes)
            return f"First run in this folder: {n:,} " + ("article." if n == 1 else "articles.")
        told = ", ".join(f"{counts.get(status, 0):,} {status}" for status in ("new", "changed", "gone"))
        return f"Since the last run on other articles: {told}; {counts.get('same', 0):,} as before."


def open_ledger(
    articles: pd.DataFrame,
    folder: str | Path = "outputs",
    *,
    notebook: str | None = None,
    parameters: Mapping[str, object] | None = None,
) -> Ledger:
    """Look up what changed since the last run on other articles, and note this run.

    Articles are the same where their text is; with another text they are known by their url, else by their own id, else by their
    file and row. The notes are in `folder/states`: delete that folder to begin anew. Several notebooks can open it at once. From
    here on what the accurate model reads is kept in `folder/cache`, so that it reads each article once.

    Parameters
    ----------
    articles : DataFrame
        All articles of this run.
    folder : str or Path
        The folder of outputs.
    notebook : str, optional
        Whose run it is, such as "02": its parameters, the versions of newskit, pandas and python, and hashes of the kit's models
        are noted in a file of this name (`states/0001/02.json`).
    parameters : mapping, optional
        What was chosen in this notebook. Of a path only its end is noted.

    Returns
    -------
    Ledger

    Raises
    ------
    ValueError
        If the notes of earlier runs cannot be read.

    Examples
    --------
    >>> import newskit as nk, pandas as pd, tempfile
    >>> folder, articles = tempfile.mkdtemp(), pd.DataFrame({"article_id": ["a", "b"], "text": ["one", "two"]})
    >>> nk.open_ledger(articles, folder).summary()
    'First run in this folder: 2 articles.'
    >>> more = pd.DataFrame({"article_id": ["a", "b", "c"], "text": ["one", "two, corrected", "three"]})
    >>> ledger = nk.open_ledger(more, folder)
    >>> ledger.summary()
    'Since the last run on other articles: 1 new, 1 changed, 0 gone; 1 as before.'
    >>> ledger.is_new(more).tolist()
    [False, True, True]
    """
    listed, mark = _listed(check_articles(articles)), fingerprint(articles)
    states = output_folder(folder, STATES)
    *earlier, state = _enter(states, mark, listed)
    if notebook is not None:
        notes = {"parameters": as_plain(parameters or {}), "versions": _versions(), "models": _models()}
        path = _folder(states, state) / _safe(f"{check_name(notebook)}.json")
        write_atomic(path, json.dumps(notes, indent=1, sort_keys=True).encode())
    for old in earlier[: 1 - _KEPT]:
        gone = states / f"{HALF}{old:04d}-{os.getpid()}"  # under its number a state is whole, also while it goes
        with suppress(OSError):  # another process was first
            os.rename(_folder(states, old), gone)
        shutil.rmtree(gone, ignore_errors=True)
    before = _read_list(states, earlier[-1]) if earlier else listed
    _keep_readings(states.parent / CACHE)
    ledger = Ledger(resolve(folder, new=True), state, _compare(before, listed), tuple(earlier[1 - _KEPT :]))
    tell(ledger=ledger.summary(), folder=str(ledger.folder))
    return ledger


def _keep_readings(folder: Path) -> None:
    """From here on what the accurate model reads is kept; what another model read goes."""
    path = folder / f"accurate-{_models().get('accurate.onnx', 'none')}.sqlite"
    for other in folder.glob("accurate-*.sqlite"):
        if other != path:
            with suppress(OSError):  # it is in use, or no file
                other.unlink()
    READINGS.keep_in(path)


def _enter(states: Path, mark: str, listed: pd.DataFrame) -> list[int]:
    """The numbers of the states up to that of these articles, which is begun unless it is the latest.

    A state is made beside its place and moved there whole. So of several processes that come at once one has made it, the others
    find it, and one that is killed leaves nothing that would be taken for a state.
    """
    while True:
        there = sorted(int(path.name) for path in states.iterdir() if path.name.isdecimal() and path.is_dir())
        if there and _read_mark(states, there[-1]) == mark:
            return there
        number = there[-1] + 1 if there else 1
        half = Path(tempfile.mkdtemp(prefix=HALF, dir=states))
        try:
            write_atomic(half / _LIST, as_csv(listed))
            notes = {"format": _FORMAT, "articles": mark, "n": len(listed)}
            write_atomic(half / _NOTES, json.dumps(notes, indent=1, sort_keys=True).encode())
            half.chmod(0o755)
            os.rename(half, _folder(states, number))
            return [*there, number]
        except OSError:
            if not _folder(states, number).exists():
                raise
        finally:
            shutil.rmtree(half, ignore_errors=True)


def _listed(articles: pd.DataFrame) -> pd.DataFrame:
    """`article_id`, `title`, `identity` (what an article is known by where its text is another) and the hash of its text."""
    ids = as_texts(articles["article_id"].reset_index(drop=True))
    blank = pd.Series("", ids.index, dtype="str")
    url, file, row, title = (
        as_texts(articles[name].reset_index(drop=True)).fillna("") if name in articles else blank
        for name in ("url", "file", "row", "title")
    )
    own = ("file " + file + " " + row).where((file != "") & ids.str.fullmatch(_MADE_ID), "id " + ids)
    identity = ("url " + url).where((url != "") & ~url.duplicated(keep=False), own)
    texts = [hashlib.sha256(t.encode("utf-8", "surrogatepass")).hexdigest()[:32] for t in articles["text"]]
    return pd.DataFrame({"article_id": ids, "title": title, "identity": identity, "text": pd.Series(texts, dtype="str")})


def _compare(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """What became of each article."""
    keys = [side.assign(copy=side.groupby("text").cumcount()) for side in (before, now)]
    both = keys[1].merge(keys[0][["text", "copy"]].assign(known=True), on=["text", "copy"], how="left")
    same = both["known"].notna().to_numpy()
    left = keys[0].merge(keys[1][["text", "copy"]].assign(stays=True), on=["text", "copy"], how="left")
    left = before[left["stays"].isna().to_numpy()]
    changed = now["identity"].isin(left["identity"]).to_numpy() & ~same
    status = pd.Series("new", now.index, dtype="str").mask(changed, "changed").mask(same, "same")
    gone = left[~left["identity"].isin(now.loc[changed, "identity"])].assign(status="gone")
    found = pd.concat([now.assign(status=status), gone])[["article_id", "title", "status"]]
    order = found["status"].map({"new": 0, "changed": 1, "gone": 2, "same": 3})
    return found.iloc[order.argsort(kind="stable")].reset_index(drop=True).astype("str")


def _folder(states: Path, number: int) -> Path:
    return states / f"{number:04d}"


def _read_mark(states: Path, number: int) -> str:
    """The fingerprint of a state's articles."""
    try:
        notes = json.loads((_folder(states, number) / _NOTES).read_text(encoding="utf-8"))
        version, mark = int(notes["format"]), str(notes.get("articles", ""))
        if version == _FORMAT and not mark:
            raise ValueError("it names no articles")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(_damaged(states, number, _NOTES, error)) from error
    if version != _FORMAT:
        raise ValueError(
            f"The notes of earlier runs in {str(states)!r} are of another version of newskit (format {version}; this one reads "
            f"{_FORMAT}). Use that version, or another output folder."
        )
    return mark


def _read_list(states: Path, number: int) -> pd.DataFrame:
    try:
        names, columns, _ = read_csv_cells((_folder(states, number) / _LIST).read_bytes().decode())
        listed = dict(zip(names, columns, strict=True))
        return pd.DataFrame({name: listed[name] for name in ("article_id", "title", "identity", "text")}, dtype="str")
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(_damaged(states, number, _LIST, error)) from error


def _damaged(states: Path, number: int, name: str, error: Exception) -> str:
    said = "it is not there" if isinstance(error, FileNotFoundError) else f"{type(error).__name__}: {error}"
    return (
        f"The notes of earlier runs cannot be read: {number:04d}/{name} ({said}). Delete the folder {str(states)!r}, and the "
        "next run begins anew; figures and tables are not touched."
    )


def _versions() -> dict[str, str]:
    from newskit.version import __version__

    return {"newskit": __version__, "pandas": pd.__version__, "python": platform.python_version()}


@cache
def _models() -> dict[str, str]:
    """A hash of each model that comes with the kit: with another one, the same articles can be read otherwise."""
    there = (p for p in files("newskit.tagging.models").iterdir() if p.name.endswith((".npz", ".onnx")))
    found = sorted(there, key=lambda p: p.name)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in found}


def _safe(name: str) -> str:
    """A file's name, or an error: what is noted stays in the folder, beside what the ledger itself keeps there."""
    if not re.fullmatch(r"[^.\x00-\x1f/\\:][^\x00-\x1f/\\:]*", name):
        raise ValueError(f"{name!r} is no plain file name.")
    if name in (_NOTES, _LIST):
        raise ValueError(f"{name!r} is a file of the ledger itself; use another name.")
    return name
