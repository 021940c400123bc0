"""Passages with a marked target and its stance: NewsMTSC, and what was coded by hand for this project.

    python -m newskit.training.coded --data ../shared/data

tells how well the shipped model reads the development sets.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.stance import STANCES, read_stances
from newskit.corpus.tokens import Tokens
from newskit.tagging.attributions import read_attributions
from newskit.tagging.encoder import Encoder
from newskit.tagging.entities import find_entities
from newskit.tagging.models import Model, load_encoder, load_tagger
from newskit.tagging.tagger import Tagger
from newskit.training import corpora
from newskit.training.corpora import ANNOTATED, FORMS, Annotated, Position, in_forms, to_tokens

Coded = tuple[Annotated, int]


def read_newsmtsc(path: Path) -> list[Coded]:
    """Passages of NewsMTSC (Hamborg and Donnay 2021), one per target, with the position of its stance."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for target in row["targets"]:
            span = (int(target["from"]), int(target["to"]), "target")
            passage = Annotated(row["primary_gid"], row["sentence_normalized"], [span])
            found.append((passage, round(target["polarity"]) // 2 - 1))
    return found


def read_positions(path: Path, data: Path) -> list[Coded]:
    """Sentences of the annotated articles that name a target, with the stance taken there; neutral where nobody takes one."""
    found = []
    for passage, taken in _argued(path, data):
        stances = {p.stance for p in taken} or {"neutral"}
        if len(stances) == 1:
            found.append((passage, STANCES.index(stances.pop())))
    return found


def read_pairs(path: Path, data: Path) -> list[Coded]:
    """The same sentences with somebody marked who takes a position there, or does not (neutral): target and holder."""
    argued = _argued(path, data)
    rng = np.random.default_rng(0)
    found = []
    for (passage, taken), others in zip(argued, candidates([p for p, _ in argued]), strict=True):
        own: dict[tuple[int, int], set[str]] = {}
        for position in taken:
            if position.holder_span and position.holder_span[1] <= len(passage.text) and position.holder_span[0] >= 0:
                own.setdefault(position.holder_span, set()).add(position.stance)
        rest = [o for o in others if not any(o[0] < b and a < o[1] for a, b in own)]
        if not own:
            rest = [rest[rng.integers(len(rest))]] if rest else []
        told = [(span, next(iter(stances))) for span, stances in own.items() if len(stances) == 1]
        told += [(span, "neutral") for span in rest]
        for (start, end), stance in told:
            both = [passage.spans[0], (start, end, "holder")]
            found.append((Annotated(passage.article_id, passage.text, both), STANCES.index(stance)))
    return found


def _argued(path: Path, data: Path) -> list[tuple[Annotated, list[Position]]]:
    """Sentences that name a target, and the positions taken there on it; holders' places are of the sentence."""
    found = []
    for article in corpora.read_stances(path, data):
        bounds = [*article.starts, len(article.text)]
        for target in sorted({p.target for p in article.positions}):
            own = [p for p in article.positions if p.target == target]
            phrases = {article.text[p.target_span[0] : p.target_span[1]] for p in own if p.target_span}
            if not phrases:
                continue
            longest = sorted(map(re.escape, phrases), key=lambda p: (-len(p), p))
            pattern = re.compile(rf"(?<!\w)(?:{'|'.join(longest)})(?!\w)", re.IGNORECASE)
            for number, (a, b) in enumerate(pairwise(bounds)):
                if place := pattern.search(article.text, a, b):
                    span = (place.start() - a, place.end() - a, "target")
                    taken = [
                        replace(p, holder_span=p.holder_span and (p.holder_span[0] - a, p.holder_span[1] - a))
                        for p in own
                        if p.sentence == number
                    ]
                    found.append((Annotated(article.article_id, article.text[a:b], [span]), taken))
    return found


def candidates(passages: Sequence[Annotated]) -> list[list[tuple[int, int]]]:
    """Who could take a position in each passage, as the fast model sees it: holders, sources, persons and organisations."""
    tokens = to_tokens(passages)
    said, names = read_attributions(tokens), find_entities(tokens)
    names = names[names["label"].isin(["PER", "ORG"])]
    found: list[list[tuple[int, int]]] = [[(p.spans[0][0], p.spans[0][1])] for p in passages]
    for spans in (said.holders, said.sources):
        for i, a, b in zip(tokens.article[spans.first], tokens.start[spans.first], tokens.end[spans.last], strict=True):
            _add(found[i], int(a), int(b))
    for i, a, b in names[["article_id", "start", "end"]].itertuples(index=False):
        _add(found[int(i)], a, b)
    return [spans[1:] for spans in found]


def among_others(passages: Sequence[Annotated], share: float = 0.1) -> list[Annotated]:
    """The passages, some of them (`share`) with one to four others before and behind: those say nothing of the target."""
    rng = np.random.default_rng(2)
    found = []
    for passage in passages:
        number = int(rng.integers(1, 5)) if rng.random() < share else 0
        drawn = [passages[k].text.strip() for k in rng.integers(len(passages), size=number)]
        before = int(rng.integers(number + 1))
        ahead = "".join(f"{text} " for text in drawn[:before])
        spans = [(a + len(ahead), b + len(ahead), kind) for a, b, kind in passage.spans]
        found.append(Annotated(passage.article_id, " ".join([ahead + passage.text, *drawn[before:]]), spans))
    return found


def _add(spans: list[tuple[int, int]], start: int, end: int) -> None:
    """One more span, if it lies apart from the others."""
    if not any(start < b and a < end for a, b in spans):
        spans.append((start, end))


def read_coded(path: Path, data: Path) -> list[Coded]:
    """Hand-coded sentences; those on which two coders differ are left out."""
    both = corpora.read_issues(path, data)
    return [(passage, STANCES.index(labels[0])) for passage, labels in both if len(set(labels)) == 1]


def marked(passages: Sequence[Annotated]) -> tuple[Tokens, NDArray[np.int64], NDArray[np.int64]]:
    """The tokens of passages, and the first and the last one of each target (the passage's first span)."""
    tokens = to_tokens(passages)
    return tokens, *marked_in(tokens, passages, 0)


def marked_in(tokens: Tokens, passages: Sequence[Annotated], which: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first and the last token of one of the spans of each passage."""
    spans = np.array([p.spans[which][:2] for p in passages], np.int64).reshape(-1, 2)
    return tokens.inside(np.arange(len(passages)), spans[:, 0], spans[:, 1])


def own_coded(data: Path) -> list[Coded]:
    """What was annotated for this project, but for the development sets."""
    return read_positions(ANNOTATED / "stances_train.json", data) + read_coded(ANNOTATED / "issues_train.json", data)


def evaluate(tagger: Tagger | Encoder, passages: Sequence[Annotated]) -> NDArray[np.float64]:
    """The probability of each stance, passages x 3: of the marked holder where the model can tell, else of the passage."""
    tokens, first, last = marked(passages)
    if isinstance(tagger, Encoder) and len(passages[0].spans) > 1:
        return np.exp(tagger.read_stances(tokens, first, last, marked_in(tokens, passages, 1)).astype(np.float64))
    return read_stances(tokens, first, last, tagger)[0]


def macro_f1(chances: NDArray[np.float64], gold: NDArray[np.int64]) -> float:
    from sklearn.metrics import f1_score

    return float(100 * f1_score(gold, chances.argmax(axis=1), average="macro"))


def development(data: Path) -> dict[str, list[Coded]]:
    """The development sets."""
    return {
        "NewsMTSC dev": read_newsmtsc(data / "newsmtsc/dev.jsonl"),
        "issues": read_coded(ANNOTATED / "issues_dev.json", data),
        "positions": read_positions(ANNOTATED / "stances_dev_a.json", data),
        "pairs": read_pairs(ANNOTATED / "stances_dev_a.json", data),
    }


def report(tagger: Tagger | Encoder, sets: dict[str, list[Coded]]) -> pd.DataFrame:
    """Macro-F1 and accuracy on coded passages, written and scrubbed."""
    rows = []
    for name, coded in sets.items():
        gold = np.array([k for _, k in coded])
        for form, passages in zip(FORMS, in_forms([p for p, _ in coded]), strict=True):
            chances = evaluate(tagger, passages)
            sure, right = chances.max(axis=1), chances.argmax(axis=1) == gold
            bins = np.minimum((sure * 10).astype(int), 9)
            apart = [abs(sure[bins == b].sum() - right[bins == b].sum()) for b in np.unique(bins)]
            error = sum(apart) / len(gold)
            rows.append((name, form, len(gold), macro_f1(chances, gold), float(100 * right.mean()), float(100 * error)))
    return pd.DataFrame(rows, columns=["set", "form", "n", "macro F1", "accuracy", "calibration error"]).round(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", choices=get_args(Model), default="fast")
    args = parser.parse_args()
    reader = load_encoder() if args.model == "accurate" else load_tagger("stance")
    sys.stdout.write(f"{report(reader, development(args.data)).to_string(index=False)}\n")


if __name__ == "__main__":
    main()
