"""The ledger of an output folder: which articles each run read, and what the one before it left.

A *state* is a set of articles. A run on the articles of the latest state goes on in it, so that running again changes nothing; a
run on others begins a new one, which is compared with the one before it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from newskit.corpus.articles import check_articles
from newskit.corpus.paths import write_atomic
from newskit.publish.provenance import fingerprint
from newskit.publish.writing import output_folder

_FORMAT, _KEPT = 1, 3  # states of which the files are kept
_STATES, _FILE = "states", "ledger.json"


@dataclass(frozen=True, eq=False)
class Ledger:
    """What is known of the runs in an output folder; from `open_ledger`.

    Attributes
    ----------
    folder : Path
    state : int
        The number of this state, from 1.
    changes : DataFrame
        A row per article of this state or the one before: `article_id`, `title` (str), `status` ("new", "changed", "gone",
        "same"); those that changed first. All are "same" in the first state, which has nothing before it.
    """

    folder: Path
    state: int
    changes: pd.DataFrame

    @property
    def is_first(self) -> bool:
        """Whether nothing was read before."""
        return self.state == 1

    def is_new(self, articles: pd.DataFrame) -> pd.Series:
        """Whether each article is new or changed since the state before: bool, with the index of the articles."""
        status = self.changes.set_index("article_id")["status"]
        return articles["article_id"].astype("str").map(status).isin(["new", "changed"])

    def before(self, name: str) -> Path | None:
        """The file of this name that the latest earlier state left; None where there is none."""
        for state in range(self.state - 1, 0, -1):
            path = self.folder / _STATES / f"{state:04d}" / _safe(name)
            if path.exists():
                return path
        return None

    def now(self, name: str) -> Path:
        """Where this state leaves its file of this name, for the next one."""
        return self.folder / _STATES / f"{self.state:04d}" / _safe(name)

    def summary(self) -> str:
        """What changed, in a sentence."""
        counts = self.changes["status"].value_counts()
        n = len(self.changes) - counts.get("gone", 0)
        if self.is_first:
            return f"First run in this folder: {n:,} articles."
        told = ", ".join(f"{counts.get(status, 0):,} {status}" for status in ("new", "changed", "gone"))
        return f"Since the last run on other articles: {told}; {counts.get('same', 0):,} as before."


def open_ledger(
    articles: pd.DataFrame, folder: str | Path = "outputs", *, parameters: Mapping[str, object] | None = None
) -> Ledger:
    """Look up what changed since the last run on other articles, and note this run.

    Articles are the same where their text is; with another text they are known by their url, else by their file and row, else by
    their id. The notes are in `folder/states`: delete that folder to begin anew.

    Parameters
    ----------
    articles : DataFrame
        All articles of this run.
    folder : str or Path
        The folder of outputs.
    parameters : mapping, optional
        What else was chosen, noted beside the versions.

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
    >>> nk.open_ledger(more, folder).summary()
    'Since the last run on other articles: 1 new, 1 changed, 0 gone; 1 as before.'
    """
    here = output_folder(folder)
    listed = _listed(check_articles(articles))
    states = _read(here / _STATES / _FILE)
    mark = fingerprint(articles)
    if not states or states[-1]["articles"] != mark:
        states.append({"state": states[-1]["state"] + 1 if states else 1, "articles": mark, "n": len(articles)})
        own = here / _STATES / f"{states[-1]['state']:04d}"
        shutil.rmtree(own, ignore_errors=True)  # of a run that was stopped before it was noted
        write_atomic(own / "articles.csv", listed.to_csv(index=False, lineterminator="\n").encode())
    states[-1] |= {"versions": _versions(), "parameters": {k: str(v) for k, v in (parameters or {}).items()}}
    write_atomic(here / _STATES / _FILE, json.dumps({"format": _FORMAT, "states": states}, indent=1, sort_keys=True).encode())
    for old in states[:-_KEPT]:
        shutil.rmtree(here / _STATES / f"{old['state']:04d}", ignore_errors=True)
    before = _read_articles(here / _STATES / f"{states[-2]['state']:04d}" / "articles.csv") if len(states) > 1 else listed
    return Ledger(here, states[-1]["state"], _compare(before, listed))


def _listed(articles: pd.DataFrame) -> pd.DataFrame:
    """`article_id`, `title`, `identity` and the hash of the text of each article."""
    ids = articles["article_id"].astype("str").reset_index(drop=True)
    blank = pd.Series("", ids.index, dtype="str")
    url, file, row, title = (
        articles[name].astype("str").reset_index(drop=True).fillna("") if name in articles else blank
        for name in ("url", "file", "row", "title")
    )
    own = ("file " + file + " " + row).where(file != "", "id " + ids)
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


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    try:
        notes = json.loads(path.read_text(encoding="utf-8"))
        if notes["format"] != _FORMAT:
            raise ValueError(f"format {notes['format']}, and this version reads {_FORMAT}")
        return [{**state, "state": int(state["state"]), "articles": str(state["articles"])} for state in notes["states"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(_damaged(path, error)) from error


def _read_articles(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype="str", keep_default_na=False)[["article_id", "title", "identity", "text"]]
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(_damaged(path, error)) from error


def _damaged(path: Path, error: Exception) -> str:
    return (
        f"The notes of earlier runs cannot be read: {path.name} ({error}). Delete the folder {str(path.parents[0])!r}, and the "
        "next run begins anew; figures and tables are not touched."
    )


def _versions() -> dict[str, str]:
    import platform

    from newskit.version import __version__

    return {"newskit": __version__, "pandas": pd.__version__, "python": platform.python_version()}


def _safe(name: str) -> str:
    """A file's name, or an error: what is noted stays in the folder."""
    if Path(name).name != name or name.startswith(".") or not name:
        raise ValueError(f"{name!r} is no plain file name.")
    return name
