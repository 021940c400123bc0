"""Training the network of stances: on NewsMTSC, on hand-coded news of 2016-17, and on silver labels of a larger reader.

Each passage is shown in one of three forms, drawn anew each epoch: as written, scrubbed, and scrubbed with collapsed gaps.

    python -m newskit.training.stance --data ../shared/data --vectors vectors.npz --silver stances.parquet
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from newskit.analysis.stance import STANCES, read_stances
from newskit.corpus.tokens import Tokens
from newskit.tagging.features import distances
from newskit.tagging.models import MODELS
from newskit.tagging.tagger import Tagger
from newskit.training import corpora
from newskit.training.corpora import ANNOTATED, FORMS, Annotated, in_forms, to_tokens
from newskit.training.network import Trainee, Vocabulary, examples, train
from newskit.training.vectors import load_vectors

LABELS = (*STANCES, "O")
"""What the network says of each token: its vote for each stance, and its weight."""

Coded = tuple[Annotated, int]
_OWN_TIMES, _SILVER, _SMOOTH = 2, 0.5, 0.1


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


def pooled_loss(scores, label, weight, transitions):  # type: ignore[no-untyped-def]
    """Cross-entropy of the stance of whole passages: the tokens' votes, each with its share of the attention."""
    there = label[..., 0] >= 0
    share = torch.softmax(scores[..., 3].masked_fill(~there, -1e4), 1)
    told = torch.log_softmax((share[..., None] * scores[..., :3]).sum(1), -1)
    return -((label[:, 0] * told).sum(-1) * weight[:, 0]).sum() / weight[:, 0].sum()


def evaluate(tagger: Tagger, passages: Sequence[Annotated]) -> NDArray[np.float64]:
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


def report(tagger: Tagger, sets: dict[str, list[Coded]]) -> pd.DataFrame:
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


def read_silver(path: Path) -> tuple[list[Annotated], NDArray[np.float32]]:
    """Passages with the teacher's probabilities."""
    frame = pd.read_parquet(path)
    passages = [Annotated(r.article_id, r.text, [(r.start, r.end, "target")]) for r in frame.itertuples()]
    return passages, frame[[f"p_{s}" for s in STANCES]].to_numpy(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--silver", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--own", type=int, default=_OWN_TIMES)
    parser.add_argument("--weight", type=float, default=_SILVER)
    parser.add_argument("--size", type=int, default=48)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=MODELS / "stance.npz")
    args = parser.parse_args()
    coded = read_newsmtsc(args.data / "newsmtsc/train.jsonl") + own_coded(args.data) * args.own
    target = np.eye(3, dtype=np.float32)[[k for _, k in coded]] * (1 - _SMOOTH) + _SMOOTH / 3
    passages, silver = read_silver(args.silver)
    target = np.concatenate([target, silver])
    weight = np.repeat(np.array([1, args.weight], np.float32), [len(coded), len(silver)])
    words, vectors = load_vectors(args.vectors)
    forms = in_forms([p for p, _ in coded] + passages)
    vocabulary = Vocabulary(words, to_tokens(forms[0]))
    shown = []
    for form in forms:
        tokens, first, last = marked(form)
        sizes = np.diff(tokens.bounds)
        labels = [np.repeat(t[None], n, axis=0) for t, n in zip(target, sizes, strict=True)]
        weights = [np.full(n, w, np.float32) for w, n in zip(weight, sizes, strict=True)]
        shown.append(examples(tokens, labels, vocabulary, weights, marks=distances(tokens, first, last)))
    torch.manual_seed(args.seed)
    net = Trainee(vocabulary, vectors, len(LABELS), size=args.size, marked=True)
    sets = development(args.data)

    def after(epoch: int) -> None:
        if epoch % 3 == 2 or epoch == args.epochs - 1:
            sys.stdout.write(f"{report(net.to_tagger(LABELS, pd.Index([], dtype='str')), sets).to_string()}\n")
            sys.stdout.flush()

    chances = list(FORMS.values())
    train(
        net,
        lambda rng: [shown[k][i] for i, k in enumerate(rng.choice(len(chances), len(target), p=chances))],
        epochs=args.epochs,
        loss=pooled_loss,
        after=after,
    )
    tagger = net.to_tagger(LABELS, pd.Index([], dtype="str"))
    tagger.save(args.out)
    sys.stdout.write(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB\n")


def own_coded(data: Path) -> list[Coded]:
    """What was annotated for this project, but for the development sets."""
    return read_positions(ANNOTATED / "stances_train.json", data) + read_coded(ANNOTATED / "issues_train.json", data)


if __name__ == "__main__":
    main()
