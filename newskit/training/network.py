"""Training the network of `newskit.tagging.tagger` with torch, and its arrays for numpy (extra `train`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from newskit.corpus.progress import progress
from newskit.corpus.tokens import Tokens
from newskit.tagging.features import (
    EDGE_GAP,
    MARKED,
    N_FAR,
    N_GAPS,
    N_MARKS,
    SHAPES,
    far_gaps,
    gap_kinds,
    segment_starts,
    token_shapes,
    word_parts,
)
from newskit.tagging.tagger import STEPS, Tagger

BATCH, _LONGEST, _CHAIN = 4_500, 400, 40  # tokens of a batch, of a piece of an article, of a chain that the loss sees


@dataclass(frozen=True)
class Example:
    """One article for training.

    Ids of its words' parts, shapes, gaps, which words are the same, how far a marked word is, labels and their weights.
    Labels are a number per token, or a row of numbers.
    """

    parts: NDArray[np.int64]
    shape: NDArray[np.int64]
    gap: NDArray[np.int64]
    back: NDArray[np.int64]
    ahead: NDArray[np.int64]
    word: NDArray[np.int64]
    mark: NDArray[np.int64]
    label: NDArray[np.int64] | NDArray[np.float32]
    weight: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.label)

    def __getitem__(self, which: slice) -> Example:
        return Example(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


class Vocabulary:
    """The parts of words that a network knows; number 0 is for unknown ones."""

    def __init__(self, known: pd.Index, tokens: Tokens, *, at_least: int = 2) -> None:
        lower = tokens.lower()
        seen = lower.vocabulary[np.bincount(lower.code, minlength=len(lower.vocabulary)) >= at_least]
        words = pd.Index([*known, *sorted(set(seen) - set(known))], dtype="str")
        self.parts = {kind: values.unique() for kind, values in word_parts(words).items()}

    def ids(self, lower: pd.Index) -> NDArray[np.int64]:
        parts = word_parts(lower)
        return np.stack([values.get_indexer(parts[kind]) + 1 for kind, values in self.parts.items()], axis=1)


def examples(
    tokens: Tokens, labels: Sequence[NDArray[np.int64] | NDArray[np.float32]], vocabulary: Vocabulary,
    weights: Sequence[NDArray[np.float32]] | None = None, *, segments: bool = False, marks: NDArray[np.int64] | None = None,
) -> list[Example]:  # fmt: skip
    """An example per article.

    With `segments`, tokens are told of their segments, and only those that begin one have labels. With `marks` (see
    `Tagger.scores`), marked words are masked.
    """
    lower = tokens.lower()
    parts = vocabulary.ids(lower.vocabulary)[lower.code]
    shape, gap, (back, ahead), word = token_shapes(tokens), gap_kinds(tokens), far_gaps(tokens), lower.code.astype(np.int64)
    starts = segment_starts(tokens)
    if segments:
        word = np.cumsum(starts)
    if marks is None:
        marks = np.zeros(tokens.n_tokens, np.int64)
    else:
        parts[marks == MARKED] = 0
        word[marks == MARKED] = len(lower.vocabulary)
    found = []
    for i, label in enumerate(labels):
        here = slice(tokens.bounds[i], tokens.bounds[i + 1])
        weight = np.ones(len(label), np.float32) if weights is None else weights[i]
        if segments:
            label = np.where(starts[here], label, -1)
        found.append(
            Example(parts[here], shape[here], gap[here], back[here], ahead[here], word[here], marks[here], label, weight)
        )
    return found


class Trainee(nn.Module):
    """The network as torch trains it: the same sums and products as in `Tagger`."""

    def __init__(
        self, vocabulary: Vocabulary, vectors: NDArray[np.float32], n_labels: int, *, size: int = 48,
        context: Literal["word", "segment"] = "word", marked: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.context = context
        self.vocabulary = vocabulary
        self.parts = nn.ModuleList([nn.Embedding(len(v) + 1, size) for v in vocabulary.parts.values()])
        for table in self.parts[1:]:
            nn.init.normal_(table.weight, std=0.1)
        nn.init.zeros_(self.parts[0].weight)
        self.vectors = torch.tensor(np.vstack([np.zeros((1, vectors.shape[1]), np.float32), vectors]))
        self.turn = nn.Linear(vectors.shape[1], size, bias=False)
        tables = {"shapes": len(SHAPES), "before": N_GAPS, "behind": N_GAPS, "back": N_FAR, "ahead": N_FAR}
        self.tables = tables | ({"marks": N_MARKS} if marked else {})
        for name, n in self.tables.items():
            setattr(self, name, nn.Embedding(n, size))
            nn.init.normal_(getattr(self, name).weight, std=0.1)
        for name, step in zip(("first", "second", "third"), STEPS, strict=True):
            setattr(self, name, nn.Conv1d(size, size, 3, padding=step, dilation=step))
        self.elsewhere = nn.Linear(size if context == "word" else 3 * size, size, bias=False)
        self.out = nn.Linear(size, n_labels)
        self.transitions = nn.Parameter(torch.randn(n_labels, n_labels) * 0.01)
        self.dropout = nn.Dropout(0.25)

    def forward(self, parts, shape, gap, back, ahead, mark, word, there):  # type: ignore[no-untyped-def]
        """Scores: articles x tokens x labels; `word` numbers the distinct words of each article of the batch."""
        x = self._words(parts) + self.shapes(shape) + self.before(gap) + self.back(back) + self.ahead(ahead)
        if "marks" in self.tables:
            x = x + self.marks(mark)
        behind = torch.cat([gap[:, 1:], torch.full_like(gap[:, :1], EDGE_GAP)], 1)
        x = (self.dropout(x + self.behind(behind)) * there[..., None]).transpose(1, 2)
        inside = there[:, None]
        h = torch.relu(self.first(x)) * inside
        h = (h + torch.relu(self.second(self.dropout(h)))) * inside
        rows = h.transpose(1, 2).flatten(0, 1)
        word = word.flatten()
        sums = torch.zeros(int(word.max()) + 1, rows.shape[1]).index_add(0, word, rows)
        counts = torch.bincount(word)[word]
        if self.context == "word":
            others = (sums[word] - rows) / torch.clamp(counts - 1, min=1)[:, None]
        else:
            means = nn.functional.pad(sums / torch.clamp(torch.bincount(word), min=1)[:, None], (0, 0, 1, 1))
            others = torch.cat([means[word + 1], means[word], means[word + 2]], 1)
        told = self.elsewhere(others).view(h.shape[0], h.shape[2], -1).transpose(1, 2)
        h = h + torch.relu(told + self.third(self.dropout(h))) * inside
        return self.out(self.dropout(h.transpose(1, 2)))

    def _words(self, parts):  # type: ignore[no-untyped-def]
        """Vectors of words; in training a word is sometimes unknown, so that its letters must do."""
        words = parts[..., 0]
        known = torch.where(words < len(self.vectors), words, 0)
        if self.training:
            chance = torch.rand(words.shape)
            words, known = words * (chance >= 0.2), known * (chance >= 0.06)
        x = self.parts[0](words) + self.turn(self.vectors[known])
        return x + sum(table(parts[..., i + 1]) for i, table in enumerate(self.parts[1:]))

    @torch.no_grad()  # type: ignore[untyped-decorator, unused-ignore]
    def to_tagger(self, labels: tuple[str, ...], quiet: pd.Index) -> Tagger:
        """The arrays of a `Tagger`."""
        parts = {}
        for (kind, values), table in zip(self.vocabulary.parts.items(), self.parts, strict=True):
            rows = table.weight.clone()
            if kind == "word":
                rows[: len(self.vectors)] += self.turn(self.vectors)
            parts[kind] = (values, rows.numpy(), np.ones((len(rows), 1), np.float32))
        weights = {name: getattr(self, name).weight.numpy() for name in self.tables}
        for name in ("first", "second", "third"):
            convolution = getattr(self, name)
            weights[name] = convolution.weight.permute(2, 1, 0).contiguous().numpy()
            weights[f"{name} bias"] = convolution.bias.numpy()
        weights["elsewhere"] = self.elsewhere.weight.T.contiguous().numpy()
        weights["out"], weights["out bias"] = self.out.weight.T.contiguous().numpy(), self.out.bias.numpy()
        weights["transitions"] = self.transitions.numpy()
        return Tagger(labels, parts, weights, quiet, self.context)


def chain_loss(scores, label, weight, transitions):  # type: ignore[no-untyped-def]
    """Negative log-likelihood of linear chains (Lafferty, McCallum and Pereira 2001); label -1: no token, or one to pass over."""
    order = torch.argsort((label < 0).int(), dim=1, stable=True)[:, : int((label >= 0).sum(1).max())]
    scores = scores.gather(1, order[..., None].expand(-1, -1, scores.shape[2]))
    label, weight = label.gather(1, order), weight.gather(1, order)
    pad = -scores.shape[1] % _CHAIN
    scores = nn.functional.pad(scores, (0, 0, 0, pad)).reshape(-1, _CHAIN, scores.shape[2])
    label = nn.functional.pad(label, (0, pad), value=-1).reshape(-1, _CHAIN)
    weight = nn.functional.pad(weight, (0, pad)).reshape(-1, _CHAIN)
    some = (label >= 0).any(1)
    scores, label, weight = scores[some], label[some], weight[some]
    there, gold = label >= 0, label.clamp(min=0)
    share = weight.sum(1) / there.sum(1)
    right = (scores.gather(2, gold[..., None])[..., 0] * there).sum(1)
    right = right + (transitions[gold[:, :-1], gold[:, 1:]] * there[:, 1:]).sum(1)
    every = scores[:, 0]
    for t in range(1, _CHAIN):
        reached = torch.logsumexp(every[:, :, None] + transitions, 1) + scores[:, t]
        every = torch.where(there[:, t, None], reached, every)
    return ((torch.logsumexp(every, 1) - right) * share).sum() / (there.sum(1) * share).sum()


def train(
    net: Trainee, draw: Callable[[np.random.Generator], list[Example]], *, epochs: int, rate: float = 2e-3,
    loss: Callable[..., torch.Tensor] = chain_loss, after: Callable[[int], None] = lambda epoch: None,
) -> None:  # fmt: skip
    """Train on what `draw` gives for each epoch; `loss`: of scores, labels, weights, transitions. The rate falls to 0."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=rate)
    for epoch in range(epochs):
        net.train()
        batches = list(_batches(draw(rng), rng))
        for k, (inputs, label, weight) in enumerate(progress(batches, label=f"epoch {epoch + 1} of {epochs}", unit="batches")):
            left = 1 - (epoch + k / len(batches)) / epochs
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1.0, (epoch * len(batches) + k + 1) / 100) * left
            cost = loss(net(*inputs), label, weight, net.transitions)
            optimizer.zero_grad()
            cost.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimizer.step()
        net.eval()
        after(epoch)


def _batches(found: list[Example], rng: np.random.Generator) -> Iterator[tuple[list[torch.Tensor], torch.Tensor, torch.Tensor]]:
    """Articles of about one length together, long ones in pieces."""
    pieces = []
    for example in found:
        cuts = np.linspace(0, len(example), max(1, -(-len(example) // _LONGEST)) + 1).astype(int)
        pieces += [example[a:b] for a, b in pairwise(cuts.tolist()) if b > a]
    order = np.argsort([len(p) + 60 * rng.random() for p in pieces], kind="stable")
    batches: list[list[Example]] = [[]]
    for i in order:
        if batches[-1] and len(pieces[i]) * (len(batches[-1]) + 1) > BATCH:
            batches.append([])
        batches[-1].append(pieces[i])
    for b in rng.permutation(len(batches)):
        yield as_tensors(batches[b])


def as_tensors(batch: list[Example]) -> tuple[list[torch.Tensor], torch.Tensor, torch.Tensor]:
    """Inputs, labels and weights of some articles; the words (or segments) of each are numbered apart from the others'."""

    def padded(rows: list[NDArray[np.generic]], value: float) -> torch.Tensor:
        return nn.utils.rnn.pad_sequence([torch.tensor(r) for r in rows], batch_first=True, padding_value=value)

    word = padded([e.word - e.word.min() + 2 for e in batch], 0)
    number = torch.where(word > 0, word + torch.arange(len(batch))[:, None] * (word.max() + 2), 0)
    if word.max() > 2 * word.shape[1]:  # words of a large vocabulary
        _, number = torch.unique(number, return_inverse=True)
    there = padded([np.ones(len(e), np.float32) for e in batch], 0)
    columns = [padded([getattr(e, name) for e in batch], 0) for name in ("parts", "shape", "gap", "back", "ahead", "mark")]
    columns[2] = torch.where(there > 0, columns[2], EDGE_GAP)
    inputs = [*columns, number, there]
    return inputs, padded([e.label for e in batch], -1), padded([e.weight for e in batch], 0)
