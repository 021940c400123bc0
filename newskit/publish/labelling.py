"""Labelling stance in a notebook: one place at a time, with keys or buttons, each label written as it is given."""

from __future__ import annotations

import functools
import html
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from newskit.analysis.label_file import KEYS, PLACE, place_of
from newskit.analysis.labels import check_stances, read_labels, save_labels
from newskit.corpus.articles import check_articles
from newskit.corpus.tokens import Tokens
from newskit.tagging.readable import make_readable
from newskit.tagging.sentences import split_sentences

if TYPE_CHECKING:
    from anywidget import AnyWidget

_TAGS = {"mention": "mark", "evidence": "u"}  # in the table for where no widget can be shown


def label_stance(sample: pd.DataFrame, articles: pd.DataFrame | Tokens, *, path: str | Path, coder: str) -> AnyWidget:
    """Label where a sample's sentences stand, in the notebook.

    Each place is shown in its sentence, with the ones before and behind (scrubbed text is made readable), and without what
    the model says. Keys, where the widget has the focus: 1 against, 2 neutral, 3 favor, 0 unclear, u undo, arrows to move, n
    for a note. Every label is written to the file at once; what this coder has labelled before is there again. Where there
    are no widgets (exported pages, GitHub), a table of the sample stands in its place.

    Parameters
    ----------
    sample : DataFrame
        From `sample_for_labelling`.
    articles : articles or Tokens
        Those that were tagged.
    path : str or Path
        The CSV file; `nk.labels.read_labels(path)` reads it. A relative one starts from the project.
    coder : str
        Who labels.

    Returns
    -------
    anywidget.AnyWidget
        Show it as a cell's last line.

    Raises
    ------
    ValueError
        If the sample lacks a column, is of other articles, or the coder has no name.

    Examples
    --------
    >>> import tempfile
    >>> articles = pd.DataFrame({"article_id": ["a"], "text": ["He praised the tax bill. It passed."]})
    >>> sample = pd.DataFrame({"article_id": ["a"], "start": [15], "end": [23], "target": ["tax bill"]})
    >>> label_stance(sample, articles, path=tempfile.mkdtemp() + "/labels.csv", coder="ann").items[0]["target"]
    'tax bill'
    """
    if not isinstance(coder, str) or not coder.strip():
        raise ValueError('coder is who labels, such as coder="ann".')
    items = _items(sample, check_articles(articles))
    return _widget_class()(Session(items, place_of(path), coder.strip()))


class Session:
    """What one coder has said of each item so far, in step with the file."""

    def __init__(self, items: list[dict[str, Any]], path: Path, coder: str) -> None:
        self.items, self.path, self.coder = items, path, coder
        self.history: list[tuple[int, str, str]] = []
        known = read_labels(path)
        said = {(*row[:5],): row[5:] for row in known[[*KEYS, "label", "note"]].itertuples(index=False, name=None)}
        self.said: list[tuple[str, str]] = [said.get((*item["place"], coder), ("", "")) for item in items]

    def label(self, at: int, label: str, note: str = "") -> None:
        """Write a label; an empty one takes the old one back."""
        before = (at, *self.said[at])
        self._write(at, label, note)
        self.history.append(before)

    def undo(self) -> int | None:
        """Put back what stood there before the last label; says which item that was."""
        if not self.history:
            return None
        self._write(*self.history[-1])
        return self.history.pop()[0]

    def _write(self, at: int, label: str, note: str) -> None:
        item = self.items[at]
        row = {**dict(zip(PLACE, item["place"], strict=True)), "mention": item["mention"], "coder": self.coder}
        save_labels(pd.DataFrame([{**row, "label": label, "note": note}]), self.path)
        self.said[at] = (label, note)

    def saved(self, number: int = 0, at: int | None = None, problem: str = "") -> dict[str, Any]:
        """What the widget shows of it."""
        labels, notes = ([said[k] for said in self.said] for k in (0, 1))
        state = {"labels": labels, "notes": notes, "undo": bool(self.history), "file": self.path.name}
        return {**state, "number": number, "at": at, "problem": problem}

    def to_html(self) -> str:
        """The items as a table, for where no widget can be shown."""
        head = "".join(f'<th scope="col" style="text-align:left">{name}</th>' for name in ("target", "passage", "label"))
        body = ""
        for item, (label, _) in zip(self.items, self.said, strict=True):
            passage = "".join(_tagged(text, kind.split()) for text, kind in item["parts"])
            cells = (html.escape(item["target"]), passage, html.escape(label))
            body += "<tr>" + "".join(f'<td style="text-align:left;vertical-align:top">{cell}</td>' for cell in cells) + "</tr>"
        return f'<table class="newskit"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _tagged(text: str, kinds: list[str]) -> str:
    tags = [tag for kind, tag in _TAGS.items() if kind in kinds]
    return "".join(f"<{t}>" for t in tags) + html.escape(text) + "".join(f"</{t}>" for t in reversed(tags))


@functools.cache
def _widget_class() -> type[Any]:
    import anywidget
    import traitlets

    here = Path(__file__)

    class StanceLabelling(anywidget.AnyWidget):
        """The widget around a session: what is shown is in labelling.js, what is said is written here."""

        _esm = here.with_suffix(".js").read_text("utf-8")
        _css = here.with_suffix(".css").read_text("utf-8")
        items: Any = traitlets.List().tag(sync=True)
        saved: Any = traitlets.Dict().tag(sync=True)

        def __init__(self, session: Session) -> None:
            shown = [{"target": item["target"], "parts": item["parts"]} for item in session.items]
            super().__init__(items=shown, saved=session.saved())
            self.session = session
            self.on_msg(self._receive)

        def _receive(self, _: object, said: dict[str, Any], buffers: object = None) -> None:
            problem, at = "", None
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                try:
                    if said["do"] == "undo":
                        at = self.session.undo()
                    else:
                        self.session.label(said["at"], said["label"], said["note"])
                except (OSError, ValueError) as error:
                    problem = f"This could not be saved: {error}"
            problem = problem or "; ".join(str(warning.message) for warning in told)
            self.saved = self.session.saved(said["number"], at, problem)

        def _repr_mimebundle_(self, **options: Any) -> Any:
            bundle, metadata = super()._repr_mimebundle_(**options) or ({}, {})
            text = f"<{len(self.items):,} places to label>"
            return {**bundle, "text/plain": text, "text/html": self.session.to_html()}, metadata

    return StanceLabelling


def _items(sample: pd.DataFrame, articles: pd.DataFrame) -> list[dict[str, Any]]:
    """What is to be labelled: `place`, `target`, `mention` and the `parts` of the passage, each with what it is."""
    check_stances(sample)
    sample = sample.assign(article_id=sample["article_id"].astype("str")).drop_duplicates(PLACE)
    used = articles[articles["article_id"].astype("str").isin(sample["article_id"])]
    if not sample["article_id"].isin(used["article_id"].astype("str")).all():
        raise ValueError("The sample has articles that are not among these; pass the articles that were tagged.")
    if sample.empty:
        return []
    sentences = split_sentences(used)
    shown = make_readable(used, sentences=sentences)
    pages = {
        i: _Page(text, readable, sentences.loc[sentences["article_id"] == i, "start"].to_numpy())
        for i, text, readable in zip(used["article_id"].astype("str"), used["text"], shown, strict=True)
    }
    return [_item(row, pages[row["article_id"]]) for row in sample.to_dict("records")]


def _item(row: dict[str, Any], page: _Page) -> dict[str, Any]:
    start, end = int(row["start"]), int(row["end"])
    mention = page.text[start:end]
    if not 0 <= start < end <= len(page.text) or row.get("mention", mention) != mention:
        raise ValueError(
            f"Article {row['article_id']!r} has {mention!r} at {start} to {end}, which is not what was tagged; pass the articles "
            "as they were then (cleaned or not)."
        )
    evidence = row.get("evidence")
    parts = page.parts((start, end), evidence if isinstance(evidence, (list, np.ndarray)) else [])
    return {"place": (row["article_id"], start, end, row["target"]), "mention": mention, "target": row["target"], "parts": parts}


class _Page:
    """An article's text beside its readable form, which has the same letters: the k-th of one is the k-th of the other."""

    def __init__(self, text: str, shown: str, sentences: np.ndarray[Any, Any]) -> None:
        self.text, self.sentences = text, sentences
        self.at, self.to = (np.flatnonzero([c.isalpha() for c in t]) for t in (text, shown))
        self.shown = shown if len(self.at) == len(self.to) else text
        self.same = self.shown == text

    def parts(self, mention: tuple[int, int], evidence: Any) -> list[tuple[str, str]]:
        """The sentence of a mention with its neighbours, cut where it changes what a piece is."""
        k = max(int(np.searchsorted(self.sentences, mention[0], side="right")) - 1, 0)
        bounds = np.append(self.sentences, len(self.text))
        begin, first, last, stop = (int(bounds[min(max(i, 0), len(bounds) - 1)]) for i in (k - 1, k, k + 1, k + 2))
        spans = [("sentence", (first, max(last, mention[1]))), *(("evidence", e) for e in evidence), ("mention", mention)]
        marks = {name: np.zeros(len(self.shown) + 1, bool) for name in ("sentence", "evidence", "mention")}
        for name, (a, b) in spans:
            marks[name][slice(*self._span(int(a), int(b), whole=name == "sentence"))] = True
        a, b = self._span(begin, max(stop, mention[1]), whole=True)
        kinds = [" ".join(name for name, mark in marks.items() if mark[i]) for i in range(a, b)]
        edges = [i for i in range(a, b) if i == a or kinds[i - a] != kinds[i - a - 1]]
        return [(self.shown[i:j], kinds[i - a]) for i, j in zip(edges, [*edges[1:], b], strict=True)]

    def _span(self, start: int, end: int, *, whole: bool = False) -> tuple[int, int]:
        """Where characters of the text stand in what is shown; `whole`: with the marks before the next letter."""
        if self.same:
            return start, end
        first, last = np.searchsorted(self.at, [start, end])
        if first == last:
            return 0, 0
        stop = (self.to[last] if last < len(self.to) else len(self.shown)) if whole else self.to[last - 1] + 1
        return int(self.to[first]), int(stop)
