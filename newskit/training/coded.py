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
from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.stance import STANCES, read_stances
from newskit.corpus.tokens import Tokens
from newskit.tagging.encoder import Encoder
from newskit.tagging.models import Model, load_encoder, load_tagger
from newskit.tagging.tagger import Tagger
from newskit.training import corpora
from newskit.training.corpora import ANNOTATED, FORMS, Annotated, in_forms, to_tokens

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
                place = pattern.search(article.text, a, b)
                stances = {p.stance for p in own if p.sentence == number} or {"neutral"}
                if place and len(stances) == 1:
                    span = (place.start() - a, place.end() - a, "target")
                    found.append((Annotated(article.article_id, article.text[a:b], [span]), STANCES.index(stances.pop())))
    return found


def read_coded(path: Path, data: Path) -> list[Coded]:
    """Hand-coded sentences; those on which two coders differ are left out."""
    both = corpora.read_issues(path, data)
    return [(passage, STANCES.index(labels[0])) for passage, labels in both if len(set(labels)) == 1]


def marked(passages: Sequence[Annotated]) -> tuple[Tokens, NDArray[np.int64], NDArray[np.int64]]:
    """The tokens of passages, and the first and the last marked one of each."""
    tokens = to_tokens(passages)
    spans = np.array([p.spans[0][:2] for p in passages], np.int64)
    return tokens, *tokens.inside(np.arange(len(passages)), spans[:, 0], spans[:, 1])


def own_coded(data: Path) -> list[Coded]:
    """What was annotated for this project, but for the development sets."""
    return read_positions(ANNOTATED / "stances_train.json", data) + read_coded(ANNOTATED / "issues_train.json", data)


def evaluate(tagger: Tagger | Encoder, passages: Sequence[Annotated]) -> NDArray[np.float64]:
    """The probability of each stance, passages x 3."""
    tokens, first, last = marked(passages)
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
