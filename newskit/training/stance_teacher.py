"""The teachers of stances: MiniLM fine-tuned on NewsMTSC and on what was coded for this project; they label passages of news.

The marked target is told to it by an embedding of its own; it answers from what it read there and from the whole passage.
Passages are sentences of news_articles, isot and PolNeAR's training articles with a name, or with a phrase that was a target
in the annotated training articles.

    python -m newskit.training.stance_teacher --data ../shared/data --out stances.parquet
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn

from newskit.analysis.stance import STANCES
from newskit.corpus.progress import progress
from newskit.corpus.tokens import tokenize
from newskit.tagging.entities import find_entities
from newskit.tagging.features import gap_kinds, token_shapes
from newskit.tagging.sentences import split_sentences
from newskit.training import corpora
from newskit.training.coded import Coded, development, macro_f1, marked, own_coded, read_newsmtsc
from newskit.training.corpora import ANNOTATED, Annotated, in_forms, read_polnear
from newskit.training.teacher import Reader, load_reader, stepper

_OWN_TIMES, _LONGEST, _PIECES = 2, 200, 6
_SHOWN = (0.5, 0.4, 0.1)  # how often a passage is shown as written, scrubbed, collapsed
_LABELS = {"PER": 1.0, "ORG": 0.7, "MISC": 0.25, "LOC": 0.15}  # which share of the names of each kind can be targets
Pieces = tuple[list[int], list[int], list[int], list[int]]


class StanceReader(Reader):
    """MiniLM with an embedding of the marked target, and a stance for the whole passage."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        size = self.words.weight.shape[1]
        self.mark = nn.Embedding(2, size)
        nn.init.normal_(self.mark.weight, std=0.02)
        self.head = nn.Linear(2 * size, len(STANCES))

    def forward(self, pieces: torch.Tensor, shapes: torch.Tensor, gaps: torch.Tensor, mark: torch.Tensor) -> torch.Tensor:
        """Scores, passages x stances."""
        x = self.encode(pieces, self.shapes(shapes) + self.gaps(gaps) + self.mark(mark))
        there = mark[..., None].float()
        target = (x * there).sum(1) / there.sum(1).clamp(min=1)
        return self.head(self.dropout(torch.cat([target, x[:, 0]], 1)))


def as_pieces(passages: Sequence[Annotated], tokenizer: Tokenizer) -> list[Pieces]:
    """Each passage's word pieces, with the shape and the gap of their words, and which are marked."""
    tokens, first, last = marked(passages)
    encoded = tokenizer.encode_batch([w.lower() for w in tokens.vocabulary], add_special_tokens=False)
    known = [e.ids[:_PIECES] or [100] for e in encoded]
    shape, gap = token_shapes(tokens).tolist(), gap_kinds(tokens).tolist()
    rows = []
    for i, (a, b) in enumerate(zip(tokens.bounds[:-1].tolist(), tokens.bounds[1:].tolist(), strict=True)):
        row: Pieces = ([101], [0], [0], [0])
        for t in range(a, b):
            ids = known[tokens.code[t]]
            for column, value in zip(row[1:], (shape[t], gap[t], int(first[i] <= t <= last[i])), strict=True):
                column.extend([value] * len(ids))
            row[0].extend(ids)
        for column, value in zip(row, (102, 0, 0, 0), strict=True):
            column[_LONGEST:] = [value]
        rows.append(row)
    return rows


def as_tensors(rows: Sequence[Pieces]) -> list[torch.Tensor]:
    return [nn.utils.rnn.pad_sequence([torch.tensor(row[k]) for row in rows], batch_first=True) for k in range(4)]


def train(
    reader: Reader, coded: list[Coded], tokenizer: Tokenizer, *, epochs: int, rate: float = 1e-4, size: int = 24, seed: int = 0
) -> None:  # fmt: skip
    """Fine-tune on passages, each shown in a form drawn anew each epoch."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    forms = [as_pieces(form, tokenizer) for form in in_forms([p for p, _ in coded])]
    gold = torch.tensor([k for _, k in coded])
    step = stepper(reader, rate, epochs * (len(coded) // size), faster=10)
    for epoch in range(epochs):
        reader.train()
        form = rng.choice(len(forms), len(coded), p=_SHOWN)
        order = np.argsort([len(row[0]) + 10 * rng.random() for row in forms[0]], kind="stable")
        batches = order[: len(order) // size * size].reshape(-1, size)
        batches = batches[rng.permutation(len(batches))]
        for batch in progress(batches, total=len(batches), label=f"epoch {epoch + 1} of {epochs}", unit="batches"):
            with torch.autocast("cpu", torch.bfloat16):
                scores = reader(*as_tensors([forms[form[i]][i] for i in batch])).float()
            loss = nn.functional.cross_entropy(scores, gold[batch], label_smoothing=0.05)
            step(loss)


@torch.no_grad()  # type: ignore[untyped-decorator, unused-ignore]
def read(reader: Reader, passages: Sequence[Annotated], tokenizer: Tokenizer, *, size: int = 64) -> NDArray[np.float64]:
    """The probability of each stance: passages x 3."""
    reader.eval()
    rows = as_pieces(passages, tokenizer)
    found = np.zeros((len(rows), len(STANCES)))
    order = np.argsort([len(row[0]) for row in rows], kind="stable")
    for k in progress(range(0, len(order), size), total=-(-len(order) // size), label="reading", unit="batches"):
        batch = order[k : k + size]
        with torch.autocast("cpu", torch.bfloat16):
            found[batch] = reader(*as_tensors([rows[i] for i in batch])).float().softmax(-1).numpy()
    return found


def unlabelled(data: Path, n: int) -> list[Annotated]:
    """Sentences with a marked name (n of them) or phrase (all), of articles that are in no development set."""
    held = [ANNOTATED / "stances_dev_a.json", ANNOTATED / "issues_dev.json"]
    away = {a.article_id for a in corpora.read_stances(held[0], data)} | {
        a.article_id for a, _ in corpora.read_issues(held[1], data)
    }
    texts = {f"{name}-{i}": t for name in corpora.FILES for i, t in enumerate(corpora.read_texts(data, name))}
    texts |= {a.article_id: a.text for a in read_polnear(data / "polnear/train.jsonl.gz")}
    shown = {texts[a] for a in away}
    articles = pd.DataFrame([(a, t) for a, t in texts.items() if t.strip() and t not in shown], columns=["article_id", "text"])
    tokens = tokenize(articles.drop_duplicates("text", ignore_index=True))
    sentences, names = split_sentences(tokens), find_entities(tokens)
    article = pd.Index(tokens.articles["article_id"]).get_indexer(sentences["article_id"])
    begins, ends = tokens.inside(article, sentences["start"].to_numpy(), sentences["end"].to_numpy())
    rng = np.random.default_rng(0)
    names = names[rng.random(len(names)) < names["label"].map(_LABELS)]
    first, last = tokens.inside(
        pd.Index(tokens.articles["article_id"]).get_indexer(names["article_id"]),
        names["start"].to_numpy(),
        names["end"].to_numpy(),
    )
    place = np.searchsorted(begins, first, side="right") - 1
    named = pd.DataFrame({"place": place, "a": names["start"].to_numpy(), "b": names["end"].to_numpy()})[last <= ends[place]]
    named = named.groupby("place").sample(1, random_state=0).sample(n, random_state=0)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, phrases(data)))})(?!\w)", re.IGNORECASE)
    where = dict(zip(tokens.articles["article_id"], tokens.articles["text"], strict=True))
    found = []
    for k, row in enumerate(sentences.itertuples()):
        text = where[row.article_id][row.start : row.end]
        matches = list(pattern.finditer(text)) if 7 <= ends[k] - begins[k] < 70 else []
        if matches:
            match = matches[rng.integers(len(matches))]
            found.append(Annotated(row.article_id, text, [(match.start(), match.end(), "target")]))
    for place, a, b in named.itertuples(index=False):
        row = sentences.iloc[place]
        if 7 <= ends[place] - begins[place] < 70:
            text = where[row["article_id"]][row["start"] : row["end"]]
            found.append(Annotated(row["article_id"], text, [(a - row["start"], min(b, row["end"]) - row["start"], "target")]))
    return found


def phrases(data: Path) -> list[str]:
    """What were targets in the annotated training articles, but for names: phrases of up to three words, longest first."""
    found = set()
    for article in corpora.read_stances(ANNOTATED / "stances_train.json", data):
        spans = [p.target_span for p in article.positions if p.target_span]
        found |= {article.text[a:b] for a, b in spans}
    for sentence, _ in corpora.read_issues(ANNOTATED / "issues_train.json", data):
        found |= {sentence.text[a:b] for a, b, issue in sentence.spans if issue}
    kept = {p.lower() for p in found if p == p.lower() and len(p.split()) <= 3 and len(p) > 3}
    return sorted(kept, key=lambda p: (-len(p), p))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--names", type=int, default=30_000, help="how many sentences with a name to label")
    parser.add_argument("--readers", type=int, default=2, help="how many to train, whose answers are averaged")
    args = parser.parse_args()
    coded = read_newsmtsc(args.data / "newsmtsc/train.jsonl") + own_coded(args.data) * _OWN_TIMES
    passages = unlabelled(args.data, args.names)
    chances = np.zeros((len(passages), len(STANCES)))
    for seed in range(args.readers):
        reader, tokenizer = load_reader(StanceReader)
        train(reader, coded, tokenizer, epochs=args.epochs, seed=seed)
        for name, known in development(args.data).items():
            for form, shown in zip(("written", "scrubbed"), in_forms([p for p, _ in known]), strict=False):
                score = macro_f1(read(reader, shown, tokenizer), np.array([k for _, k in known]))
                sys.stdout.write(f"{name}, {form}: macro-F1 {score:.1f}\n")
                sys.stdout.flush()
        chances += read(reader, passages, tokenizer) / args.readers
    table = pd.DataFrame(
        [(p.article_id, p.text, *p.spans[0][:2]) for p in passages], columns=["article_id", "text", "start", "end"]
    )
    table[[f"p_{s}" for s in STANCES]] = chances.astype(np.float32)
    table.to_parquet(args.out)


if __name__ == "__main__":
    main()
