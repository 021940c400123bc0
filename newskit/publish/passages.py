"""Places of articles as people read them: in their sentence, made readable, with the words that matter marked."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from newskit.analysis.label_file import PLACE
from newskit.analysis.labels import check_stances
from newskit.tagging.readable import make_readable
from newskit.tagging.sentences import split_sentences

CLASSES = "newskit tex2jax_ignore mathjax_ignore"  # dollar signs are no formulas, neither to Jupyter nor to what it exports
_REACH = 5_000  # characters on either side of a mention
_TAGS = {  # a reader's pen: the target underlined, the words that decided marked, also where a page drops the styles
    "mention": ("u", "font-weight:600;text-decoration:underline 2px;text-underline-offset:2px"),
    "evidence": ("mark", "background:#ffdf8a;color:#000;border:solid #8a5a00;border-width:1px 0"),
}


def passage_html(parts: Iterable[tuple[str, str]]) -> str:
    """A passage's parts as HTML, everything in it escaped."""
    return "".join(_tagged(text, kinds.split()) for text, kinds in parts)


def clip_parts(parts: Iterable[tuple[str, str]], reach: int = 400) -> list[tuple[str, str]]:
    """The parts as far as `reach` characters before and behind the mention (or from the beginning, where there is none)."""
    parts = list(parts)
    begins = np.cumsum([0, *(len(text) for text, _ in parts)])
    places = [(int(a), int(b)) for (_, kinds), a, b in zip(parts, begins, begins[1:], strict=False) if "mention" in kinds.split()]
    first, last = (places[0][0], places[-1][1]) if places else (0, 0)
    low, high = max(first - reach, 0), min(last, first + reach) + reach
    kept = [(text[max(low - a, 0) : max(high - a, 0)], kinds) for (text, kinds), a in zip(parts, begins.tolist(), strict=False)]
    before = [("… ", "sentence")] if low > 0 else []
    return [*before, *((t, k) for t, k in kept if t), *([(" …", "sentence")] if high < begins[-1] else [])]


def _tagged(text: str, kinds: list[str]) -> str:
    tags = [(tag, style) for kind, (tag, style) in _TAGS.items() if kind in kinds]
    opened = "".join(f'<{tag} style="{style}">' for tag, style in reversed(tags))
    return opened + html.escape(text) + "".join(f"</{tag}>" for tag, _ in tags)


def find_passages(rows: pd.DataFrame, articles: pd.DataFrame) -> list[dict[str, Any]]:
    """The passage around each place.

    Parameters
    ----------
    rows : DataFrame
        From `tag_stance`, or a part of it; a place that stands there again is left out.
    articles : DataFrame
        Those that were tagged.

    Returns
    -------
    list of dict
        `place` (article_id, start, end, target), `target`, `mention` (as it stands in the text), `holder` (who is asked about,
        where a sample says so, else empty) and `parts`: pieces of the sentence and its neighbours, each with what it is (of
        sentence, evidence, mention; parted by spaces).

    Raises
    ------
    ValueError
        If the rows lack a column, or are of other articles.
    """
    rows = check_stances(rows, perhaps=["mention", "holder_entity", "asked_holder", "evidence"])
    rows = rows.drop_duplicates([*PLACE, "asked_holder"] if "asked_holder" in rows else PLACE)
    used = articles[articles["article_id"].astype("str").isin(rows["article_id"])]
    if not rows["article_id"].isin(used["article_id"].astype("str")).all():
        raise ValueError("There are rows of articles that are not among these; pass the articles that were tagged.")
    if rows.empty:
        return []
    sentences = split_sentences(used)
    shown = make_readable(used, sentences=sentences)
    pages = {
        i: _Page(text, readable, sentences.loc[sentences["article_id"] == i, "start"].to_numpy())
        for i, text, readable in zip(used["article_id"].astype("str"), used["text"], shown, strict=True)
    }
    return [_passage(row, pages[row["article_id"]]) for row in rows.to_dict("records")]


def _passage(row: dict[str, Any], page: _Page) -> dict[str, Any]:
    start, end = int(row["start"]), int(row["end"])
    mention = page.text[start:end]
    if not 0 <= start < end <= len(page.text) or row.get("mention", mention) != mention:
        raise ValueError(
            f"Article {row['article_id']!r} has {mention!r} at {start} to {end}, which is not what was tagged; pass the articles "
            "as they were then (cleaned or not)."
        )
    evidence = row.get("evidence")
    parts = page.parts((start, end), evidence if isinstance(evidence, (list, np.ndarray)) else [])
    place = (row["article_id"], start, end, row["target"])
    return {"place": place, "mention": mention, "target": row["target"], "holder": row.get("asked_holder", ""), "parts": parts}


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
        spans = [
            ("sentence", (first, max(last, mention[1]))),
            *(("evidence", e) for e in evidence if len(e) == 2),
            ("mention", mention),
        ]
        marks = {name: np.zeros(len(self.shown) + 1, bool) for name in ("sentence", "evidence", "mention")}
        for name, (a, b) in spans:
            marks[name][slice(*self._span(int(a), int(b), whole=name == "sentence"))] = True
        a, b = self._span(begin, max(stop, mention[1]), whole=True)
        low, high = self._span(*mention)
        if low < high:  # what has no end of a sentence may be very long
            a, b = max(a, low - _REACH), min(b, high + _REACH)
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
