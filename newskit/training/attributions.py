"""Training the tagger of attributions: on PolNeAR, on annotated holders of positions, and on silver labels of a larger reader.

Each article is shown in one of three forms, drawn anew each epoch: as written, scrubbed, and scrubbed with collapsed gaps.

    python -m newskit.training.attributions --data ../shared/data --vectors vectors.npz --silver attributions.parquet
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from newskit.corpus.tokens import Tokens
from newskit.tagging.attributions import LABELS, LAYERS
from newskit.tagging.models import MODELS
from newskit.training.corpora import ANNOTATED, FORMS, Annotated, in_forms, read_polnear, read_stances, to_tokens, token_labels
from newskit.training.network import Trainee, Vocabulary, chain_loss, examples, train
from newskit.training.vectors import load_vectors

_HOLDER_TIMES = 3


def layered(tokens: Tokens, articles: Sequence[Annotated], known: Sequence[str]) -> list[NDArray[np.int64]]:
    """The label of each token in each layer, tokens x layers, article by article; -1 in layers that are not `known`.

    Where a content lies within another one, the outer counts.
    """
    columns = []
    for name, labels in LAYERS.items():
        if name not in known:
            columns.append([np.full(n, -1) for n in np.diff(tokens.bounds)])
            continue
        kinds = {label[2:] for label in labels if label != "O"}
        chosen = [
            replace(a, spans=sorted((s for s in a.spans if s[2] in kinds), key=lambda s: (s[1] - s[0], s[0]))) for a in articles
        ]
        number = {label: i for i, label in enumerate(labels)}
        columns.append([np.array([number[x] for x in row], np.int64) for row in token_labels(tokens, chosen)])
    return [np.stack(rows, axis=1) for rows in zip(*columns, strict=True)]


def layers_loss(scores, label, weight, transitions):  # type: ignore[no-untyped-def]
    """The sum over the layers that are known of some article of the batch; each is a chain of its own."""
    total, at = torch.zeros(()), 0
    for k, labels in enumerate(LAYERS.values()):
        here = slice(at, at + len(labels))
        if (label[..., k] >= 0).any():
            total = total + chain_loss(scores[..., here], label[..., k], weight, transitions[here, here])
        at += len(labels)
    return total


def read_holders(path: Path, data: Path) -> list[Annotated]:
    """Articles in which the holders of positions were annotated, as spans HOLDER."""
    articles = read_stances(path, data)
    return [
        Annotated(a.article_id, a.text, sorted({(*p.holder_span, "HOLDER") for p in a.positions if p.holder_span}))
        for a in articles
    ]


def read_silver(path: Path) -> list[Annotated]:
    """Articles with the teacher's spans."""
    frame = pd.read_parquet(path)
    spans = [list(zip(r.start.tolist(), r.end.tolist(), r.label.tolist(), strict=True)) for r in frame.itertuples()]
    return [Annotated(a, text, s) for a, text, s in zip(frame["article_id"], frame["text"], spans, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--silver", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--out", type=Path, default=MODELS / "attributions.npz")
    args = parser.parse_args()
    said = ("who", "what")
    sets: list[tuple[list[Annotated], Sequence[str], float, int]] = [
        (read_polnear(args.data / "polnear/train.jsonl.gz"), said, 1.0, 1),
        (read_holders(ANNOTATED / "stances_train.json", args.data), ("holders",), 1.0, _HOLDER_TIMES),
        (read_silver(args.silver), said, 0.5, 1),
    ]
    words, vectors = load_vectors(args.vectors)
    vocabulary = Vocabulary(words, to_tokens([a for articles, *_ in sets for a in articles]))
    shown = []
    for articles, known, weight, times in sets:
        forms = []
        for form in in_forms(articles):
            tokens = to_tokens(form)
            labels = layered(tokens, form, known)
            weights = [np.full(len(row), weight, np.float32) for row in labels]
            forms.append(examples(tokens, labels, vocabulary, weights))
        shown += list(zip(*forms, strict=True)) * times
    torch.manual_seed(0)
    net = Trainee(vocabulary, vectors, len(LABELS))
    chances = list(FORMS.values())
    train(
        net,
        lambda rng: [forms[k] for forms, k in zip(shown, rng.choice(len(chances), len(shown), p=chances), strict=True)],
        epochs=args.epochs,
        loss=layers_loss,
    )
    tagger = net.to_tagger(LABELS, pd.Index([], dtype="str"))
    tagger.save(args.out)
    sys.stdout.write(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
