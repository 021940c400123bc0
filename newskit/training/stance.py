"""Training the network of stances: on NewsMTSC, on hand-coded news of 2016-17, and on silver labels of a larger reader.

Each passage is shown in one of three forms, drawn anew each epoch: as written, scrubbed, and scrubbed with collapsed gaps.

    python -m newskit.training.stance --data ../shared/data --vectors vectors.npz --silver stances.parquet
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from newskit.analysis.stance import STANCES
from newskit.tagging.features import distances
from newskit.tagging.models import MODELS
from newskit.training.coded import development, marked, own_coded, read_newsmtsc, report
from newskit.training.corpora import FORMS, Annotated, in_forms, to_tokens
from newskit.training.network import Trainee, Vocabulary, examples, train
from newskit.training.vectors import load_vectors

LABELS = (*STANCES, "O")
"""What the network says of each token: its vote for each stance, and its weight."""

_OWN_TIMES, _SMOOTH, _SIZE = 2, 0.1, 64


def pooled_loss(scores, label, weight, transitions):  # type: ignore[no-untyped-def]
    """Cross-entropy of the stance of whole passages: the tokens' votes, each with its share of the attention."""
    there = label[..., 0] >= 0
    share = torch.softmax(scores[..., 3].masked_fill(~there, -1e4), 1)
    told = torch.log_softmax((share[..., None] * scores[..., :3]).sum(1), -1)
    return -((label[:, 0] * told).sum(-1) * weight[:, 0]).sum() / weight[:, 0].sum()


def read_silver(path: Path) -> tuple[list[Annotated], NDArray[np.float32]]:
    """Passages with the teacher's probabilities; a second span is the holder."""
    frame = pd.read_parquet(path)
    passages = []
    for r in frame.itertuples():
        holder = [(r.holder_start, r.holder_end, "holder")] if r.holder_end >= 0 else []
        passages.append(Annotated(r.article_id, r.text, [(r.start, r.end, "target"), *holder]))
    return passages, frame[[f"p_{s}" for s in STANCES]].to_numpy(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("--silver", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--out", type=Path, default=MODELS / "stance.npz")
    args = parser.parse_args()
    coded = read_newsmtsc(args.data / "newsmtsc/train.jsonl") + own_coded(args.data) * _OWN_TIMES
    target = np.eye(3, dtype=np.float32)[[k for _, k in coded]] * (1 - _SMOOTH) + _SMOOTH / 3
    passages, silver = read_silver(args.silver)
    alone = [k for k, passage in enumerate(passages) if len(passage.spans) == 1]  # the network is told of no holder
    passages, silver = [passages[k] for k in alone], silver[alone]
    target = np.concatenate([target, silver])
    words, vectors = load_vectors(args.vectors)
    forms = in_forms([p for p, _ in coded] + passages)
    tokens = to_tokens(forms[0])
    seen = words.isin(tokens.lower().vocabulary)
    words, vectors = words[seen], vectors[seen]
    vocabulary = Vocabulary(words, tokens)
    shown = []
    for form in forms:
        tokens, first, last = marked(form)
        sizes = np.diff(tokens.bounds)
        labels = [np.repeat(t[None], n, axis=0) for t, n in zip(target, sizes, strict=True)]
        shown.append(examples(tokens, labels, vocabulary, marks=distances(tokens, first, last)))
    torch.manual_seed(0)
    net = Trainee(vocabulary, vectors, len(LABELS), size=_SIZE, marked=True)
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


if __name__ == "__main__":
    main()
