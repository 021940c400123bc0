"""What punctuation says of written text: where sentences begin, and which mark stood in each gap."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from newskit.corpus.cleaning import scrub
from newskit.corpus.tokens import Tokens
from newskit.tagging.sentences import GAPS
from newskit.training.corpora import Annotated, to_tokens

_ABBREVIATED = frozenset(
    "mr mrs ms dr sen rep gov gen col lt sgt st jr sr vs no inc ltd co corp prof rev hon "
    "jan feb mar apr jun jul aug sep sept oct nov dec".split()
)


def sentence_starts(text: str) -> list[int]:
    """Where sentences of written text begin, by punctuation and case: a rule for training, not for use."""
    starts = [0]
    for match in re.finditer(r"[.!?][\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9])", text):
        before = re.search(r"([A-Za-z]+)\.?$", text[: match.start()])
        word = before.group(1) if before else ""
        if text[match.start()] != "." or not (word.lower() in _ABBREVIATED or (len(word) == 1 and word.isupper())):
            starts.append(match.end())
    return [s for s in starts if s < len(text)]


def kind_of_gap(between: str) -> str:
    """What stood between two tokens of one sentence: one of GAPS."""
    if between == " " or len(between) < 2:
        return "joined"
    quote = re.search(r'["“”]|"\?', between)
    for kind, found in (("opening bracket", re.search(r"[(\[]", between)), ("closing bracket", re.search(r"[)\]]", between))):
        if found:
            return kind
    if quote:
        first = between[: quote.start()].strip()[:1]
        opens = first not in tuple(",.?!") if first else between[0] == " " and not between[quote.end() :].strip()
        return "opening quote" if opens else "closing quote"
    for kind, marks in (("point", "[.?!]"), ("comma", ","), ("dash", "[-–—]"), ("number", r"\d"), ("colon", "[:;]")):
        if re.search(marks, between):
            return kind
    return "other"


def gap_labels(tokens: Tokens, shown: list[Annotated], written: list[Annotated]) -> list[NDArray[np.int64]]:
    """The kind of the gap before each token of the texts `shown`, by the texts as `written`."""
    number, labels = {name: i for i, name in enumerate(GAPS)}, []
    in_text = to_tokens(written)
    for i, (article, origin) in enumerate(zip(shown, written, strict=True)):
        begin, end = tokens.bounds[i : i + 2]
        if article.text == origin.text:
            first, last = in_text.start[begin:end].astype(np.int64), in_text.end[begin:end].astype(np.int64)
        else:
            at = _origin(origin.text, article.text)
            first, last = at[tokens.start[begin:end]], at[tokens.end[begin:end] - 1] + 1
        row = [0, *(number[kind_of_gap(origin.text[a:b])] for a, b in zip(last[:-1].tolist(), first[1:].tolist(), strict=True))]
        found = np.array(row[: end - begin], np.int64)
        starts = np.searchsorted(tokens.start[begin:end], article.starts or [])
        found[starts[starts < len(found)]] = 0
        labels.append(found)
    return labels


def _origin(written: str, shown: str) -> NDArray[np.int64]:
    """Where each character of the scrubbed text stood in the written one."""
    pieces = scrub(list(written))
    origin = np.repeat(np.arange(len(written)), pieces.str.len())
    text = "".join(pieces)
    if len(text) != len(shown):
        spaces = np.array([c == " " for c in text], bool)
        origin = origin[~(spaces & np.append(False, spaces[:-1]))]
    return origin
