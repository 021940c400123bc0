"""Labelling stance in a notebook: one place at a time, with keys or buttons, each label written as it is given."""

from __future__ import annotations

import functools
import html
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from newskit.analysis.label_file import KEYS, PLACE, place_of
from newskit.analysis.labels import read_labels, save_labels
from newskit.corpus.articles import check_articles
from newskit.corpus.paths import name_of
from newskit.corpus.tokens import Tokens
from newskit.publish.passages import CLASSES, find_passages, passage_html

if TYPE_CHECKING:
    from anywidget import AnyWidget


def label_stance(sample: pd.DataFrame, articles: pd.DataFrame | Tokens, *, path: str | Path, coder: str) -> AnyWidget:
    """Label where a sample's sentences stand, in the notebook.

    Each place is shown in its sentence, with the ones before and behind (scrubbed text is made readable), and without what
    the model says; whose stance is meant is said only where people in the sentence differ. Keys, where the widget has the focus:
    1 against, 2 neutral, 3 favor, 0 unclear, u undo, arrows to move, n for a note. Every label is written to the file at once;
    what this coder has labelled before is there again. Where there are no widgets (exported pages, GitHub), a table of the sample
    stands in its place.

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
    items = find_passages(sample, check_articles(articles))
    return _widget_class()(Session(items, place_of(path), coder.strip()))


class Session:
    """What one coder has said of each item so far, in step with the file."""

    def __init__(self, items: list[dict[str, Any]], path: Path, coder: str) -> None:
        self.items, self.path, self.coder = items, path, coder
        self.history: list[tuple[int, str, str]] = []
        known = read_labels(path)
        said = {row[:-2]: row[-2:] for row in known[[*KEYS, "label", "note"]].itertuples(index=False, name=None)}
        self.said: list[tuple[str, str]] = [said.get((*item["place"], item["holder"], coder), ("", "")) for item in items]

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
        row = {**dict(zip(PLACE, item["place"], strict=True)), "mention": item["mention"], "holder": item["holder"]}
        save_labels(pd.DataFrame([{**row, "coder": self.coder, "label": label, "note": note}]), self.path)
        self.said[at] = (label, note)

    def saved(self, number: int = 0, at: int | None = None, problem: str = "") -> dict[str, Any]:
        """What the widget shows of it."""
        labels, notes = ([said[k] for said in self.said] for k in (0, 1))
        state = {"labels": labels, "notes": notes, "undo": bool(self.history), "file": name_of(self.path)}
        return {**state, "number": number, "at": at, "problem": problem}

    def to_html(self) -> str:
        """The items as a table, for where no widget can be shown."""
        head = "".join(f'<th scope="col" style="text-align:left">{name}</th>' for name in ("target", "passage", "label"))
        body = ""
        for item, (label, _) in zip(self.items, self.said, strict=True):
            target, holder = (f"<bdi>{html.escape(item[part])}</bdi>" for part in ("target", "holder"))
            asked = target + (f" (holder: {holder})" if item["holder"] else "")
            cells = (asked, passage_html(item["parts"]), html.escape(label))
            body += "<tr>" + "".join(f'<td style="text-align:left;vertical-align:top">{cell}</td>' for cell in cells) + "</tr>"
        return f'<table class="{CLASSES}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


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
            shown = [{name: item[name] for name in ("target", "holder", "parts")} for item in session.items]
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
