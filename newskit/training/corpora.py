"""Annotated news for training: articles with spans, written and scrubbed, and labels of their tokens.

Everything is read from a data folder; the package itself carries no article.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from newskit.corpus.cleaning import scrub
from newskit.corpus.tokens import Tokens, tokenize

ANNOTATED = Path(__file__).parent / "annotated"
"""Annotations of this project: offsets and labels, without text."""

FORMS = {"written": 0.3, "scrubbed": 0.5, "collapsed": 0.2}
"""The forms of an article, and how often each is drawn."""

FILES = {"isot_true": "isot/True.csv", "isot_fake": "isot/Fake.csv", "news_articles": "news_articles/news_articles.csv.gz"}
"""Where articles that were annotated for this project are, in the data folder."""

Span = tuple[int, int, str]
_NO_SPACE_BEFORE = frozenset([*",.:;!?)]}%", "'s", "'S", "'", "n't", "'re", "'ve", "'ll", "'d", "'m", "...", "''"])
_NO_SPACE_AFTER = frozenset(["(", "[", "{", "$", "``"])


@dataclass(frozen=True)
class Annotated:
    """An article as written, with labelled spans and the starts of its sentences, where they are known."""

    article_id: str
    text: str
    spans: list[Span]
    starts: list[int] | None = None


def read_conll(path: Path) -> list[Annotated]:
    """CoNLL-2003 documents (Tjong Kim Sang and De Meulder 2003), put back into running text."""
    documents: list[Annotated] = []
    sentences: list[list[tuple[str, str]]] = [[]]
    for line in [*path.read_text(encoding="utf-8").splitlines(), "-DOCSTART-"]:
        if line.startswith("-DOCSTART-"):
            if any(sentences):
                documents.append(_running_text(f"{path.stem}-{len(documents)}", [s for s in sentences if s]))
            sentences = [[]]
        elif not line.strip():
            sentences.append([])
        else:
            fields = line.split()
            sentences[-1].append((fields[0], fields[-1]))
    return documents


def _running_text(article_id: str, sentences: Iterable[list[tuple[str, str]]]) -> Annotated:
    text, starts = "", []
    spans: list[Span] = []
    for sentence in sentences:
        text += " " if text else ""
        starts.append(len(text))
        quoted, glued, before = False, True, "O"
        for word, tag in sentence:
            if not (glued or word in _NO_SPACE_BEFORE or (word == '"' and quoted)):
                text += " "
            begin = len(text)
            text += word
            if tag != "O":
                goes_on = spans and before[2:] == tag[2:] and tag[0] != "B"
                spans.append((spans.pop()[0] if goes_on else begin, len(text), tag[2:]))
            glued = word in _NO_SPACE_AFTER or (word == '"' and not quoted)
            quoted ^= word == '"'
            before = tag
    return Annotated(article_id, text, spans, starts)


def read_annotated(path: Path, data: Path) -> list[Annotated]:
    """Articles of 2016 and 2017 that were annotated by hand for this project: offsets from here, texts from the data folder."""
    found = []
    for row, text in _with_texts(path, data):
        spans = [(a, b, label) for a, b, label in row["entities"]]
        found.append(Annotated(f"{row['corpus']}-{row['row']}", text, spans, row["starts"]))
    return found


def read_news(data: Path) -> pd.Series:
    """The texts of news_articles as published; the last 400 are kept for development."""
    return read_texts(data, "news_articles")


def read_polnear(path: Path) -> list[Annotated]:
    """Articles of PolNeAR (Newell et al. 2018): news of the US election of 2016, with attributions.

    Spans are SOURCE, CUE, and the pieces of contents: LEFT or RIGHT is where their source stands (else their cue).
    """
    found = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            spans: list[Span] = []
            for attribution in row["attributions"]:
                begins = {role: min(a for a, _ in pieces) for role, pieces in attribution if pieces}
                where = begins.get("source", begins.get("cue"))
                for role, pieces in attribution:
                    for a, b in pieces:
                        side = "LEFT" if where is not None and where < a else "RIGHT"
                        if role != "content" or where is not None:
                            spans.append((a, b, side if role == "content" else role.upper()))
            found.append(Annotated(row["id"], row["text"], spans))
    return found


@dataclass(frozen=True)
class Position:
    """A position that somebody takes in a sentence: the stance, toward what, who, and where these and the evidence stand."""

    sentence: int
    stance: str
    target: str
    holder: str
    target_span: tuple[int, int] | None
    holder_span: tuple[int, int] | None
    evidence: tuple[int, int] | None


@dataclass(frozen=True)
class Argued:
    """An article as written, with the starts of its sentences and the positions taken in it."""

    article_id: str
    text: str
    starts: list[int]
    positions: list[Position]


def read_stances(path: Path, data: Path) -> list[Argued]:
    """Articles of 2016 and 2017 whose positions were annotated by hand for this project (see `annotated/README.md`)."""

    def span(pair: list[int] | None) -> tuple[int, int] | None:
        return None if pair is None else (pair[0], pair[1])

    found = []
    for row, text in _with_texts(path, data):
        positions = [Position(*p[:4], *map(span, p[4:])) for p in row["stances"]]
        found.append(Argued(f"{row['corpus']}-{row['row']}", text, row["starts"], positions))
    return found


def read_issues(path: Path, data: Path) -> list[tuple[Annotated, list[str]]]:
    """Sentences with a marked issue, and each coder's stance toward it (unusable ones left out)."""
    found = []
    for row, text in _with_texts(path, data):
        a, b = row["sentence"]
        spans = [(row["target"][0] - a, row["target"][1] - a, row["issue"])]
        if None not in row["labels"]:
            found.append((Annotated(f"{row['corpus']}-{row['row']}", text[a:b], spans), row["labels"]))
    return found


def read_topics(path: Path, data: Path) -> pd.DataFrame:
    """Articles whose topics were coded: `article_id`, `title`, `text`, `source`, `topic` (the first coder's), `sure`, `story`."""
    coded = [(row["row"], text, row["topics"][0], bool(row["sure"]), row.get("story")) for row, text in _with_texts(path, data)]
    table = pd.DataFrame(coded, columns=["row", "text", "topic", "sure", "story"])
    columns = ["title", "article_source_link"]
    known = pd.read_csv(data / FILES["news_articles"], usecols=columns, keep_default_na=False, dtype="str").iloc[table["row"]]
    source = known["article_source_link"].str.extract(r"//(?:www\.)?([^/]+)")[0]
    ids = table.pop("row").astype("str")
    return table.assign(article_id=ids, title=known["title"].array, source=source.array)


def _with_texts(path: Path, data: Path) -> list[tuple[dict[str, Any], str]]:
    """Rows of an annotation file with the texts that they are of."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    texts = {name: read_texts(data, name) for name in {r["corpus"] for r in rows}}
    for row in rows:
        if hashlib.sha256(texts[row["corpus"]][row["row"]].encode()).hexdigest()[:16] != row["sha256"]:
            raise ValueError(f"Row {row['row']} of {row['corpus']} is not the text that was annotated: is {data} the right data?")
    return [(row, texts[row["corpus"]][row["row"]]) for row in rows]


def read_texts(data: Path, name: str) -> pd.Series:
    """The texts of one of FILES, as published."""
    return pd.read_csv(data / FILES[name], usecols=["text"], keep_default_na=False, dtype="str")["text"]


def scrubbed(articles: Iterable[Annotated], *, collapse: bool = False) -> list[Annotated]:
    """The same articles scrubbed, with their spans and starts carried along."""
    found = []
    for article in articles:
        pieces = scrub(list(article.text))
        text, at = "".join(pieces), np.cumsum([0, *pieces.str.len()])
        if collapse:
            spaces = np.array([c == " " for c in text], bool)
            kept = ~(spaces & np.append(False, spaces[:-1]))
            at = np.append(0, np.cumsum(kept))[at]
            text = "".join(c for c, keep in zip(text, kept, strict=True) if keep)
        spans = [(int(at[a]), int(at[b]), label) for a, b, label in article.spans]
        starts = None if article.starts is None else [int(at[s]) for s in article.starts]
        found.append(Annotated(article.article_id, text, spans, starts))
    return found


def in_forms(articles: list[Annotated]) -> list[list[Annotated]]:
    """The articles in each of FORMS."""
    return [articles, scrubbed(articles), scrubbed(articles, collapse=True)]


def to_tokens(articles: Sequence[Annotated]) -> Tokens:
    """The articles' tokens, article i being the i-th."""
    return tokenize(pd.DataFrame({"article_id": [str(i) for i in range(len(articles))], "text": [a.text for a in articles]}))


def token_labels(tokens: Tokens, articles: Sequence[Annotated]) -> list[list[str]]:
    """B-, I- and O labels of the tokens of each article; of two spans in one place the later one counts."""
    labels = []
    for i, article in enumerate(articles):
        begin, end = tokens.bounds[i : i + 2]
        row = ["O"] * (end - begin)
        first = np.searchsorted(tokens.end[begin:end], [a for a, _, _ in article.spans], side="right")
        stop = np.searchsorted(tokens.start[begin:end], [b for _, b, _ in article.spans])
        for (_, _, label), a, b in zip(article.spans, first.tolist(), stop.tolist(), strict=True):
            if a < b:
                row[a:b] = [f"B-{label}"] + [f"I-{label}"] * (b - a - 1)
                if b < len(row) and row[b].startswith("I-"):  # the rest of a span that this one covers
                    row[b] = f"B-{row[b][2:]}"
        labels.append(row)
    return labels
