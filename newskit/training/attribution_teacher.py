"""The teacher of attributions: MiniLM fine-tuned on PolNeAR as written; it labels news_articles for the fast model.

python -m newskit.training.attribution_teacher --data ../shared/data --out attributions.parquet
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from newskit.corpus.tokens import Tokens, tokenize
from newskit.tagging.attributions import LAYERS
from newskit.tagging.decoding import chains_of, decode
from newskit.tagging.spans import Spans, spans_of
from newskit.training.attributions import layered
from newskit.training.corpora import read_news, read_polnear, to_tokens
from newskit.training.teacher import Windows, load_reader, probabilities, train

_SAID = ("who", "what")
_SIZES = [len(LAYERS[name]) for name in _SAID]


def loss_of(scores: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The sum of the cross-entropies of the layers."""
    parts = zip(scores.split(_SIZES, -1), target.unbind(-1), strict=True)
    return torch.stack([nn.functional.cross_entropy(s.flatten(0, 1), t.flatten(), ignore_index=-1) for s, t in parts]).sum()


def as_table(tokens: Tokens, found: dict[str, Spans]) -> pd.DataFrame:
    """A row per article with a span: `article_id`, `text`, lists `start`, `end`, `label`."""
    rows = []
    for name, spans in found.items():
        kinds = np.array([label[2:] for label in LAYERS[name] if label.startswith("B-")], object)[spans.kind]
        places = {"article": tokens.article[spans.first], "start": tokens.start[spans.first], "end": tokens.end[spans.last]}
        rows.append(pd.DataFrame({**places, "label": kinds}))
    table = pd.concat(rows).sort_values(["article", "start"], kind="stable").groupby("article").agg(list)
    return tokens.articles.iloc[table.index][["article_id", "text"]].reset_index(drop=True).join(table.reset_index(drop=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--news", type=int, default=1800, help="how many of news_articles to label")
    args = parser.parse_args()
    reader, tokenizer = load_reader()
    reader.head = nn.Linear(reader.head.in_features, sum(_SIZES))
    articles = read_polnear(args.data / "polnear/train.jsonl.gz")
    tokens = to_tokens(articles)
    labels = np.concatenate(layered(tokens, articles, _SAID))[:, : len(_SAID)]
    train(reader, [(Windows(tokens, tokenizer, margin=0), labels, 1)], epochs=args.epochs, rate=2e-4, loss_of=loss_of)
    news = read_news(args.data).iloc[:-400].sample(frac=1, random_state=0).iloc[: args.news]
    tokens = tokenize(pd.DataFrame({"article_id": "news-" + news.index.astype("str"), "text": news.to_numpy()}))
    logs = np.log(probabilities(reader, tokens, tokenizer, _SIZES) + 1e-9)
    chains = chains_of(np.arange(tokens.n_tokens), tokens.bounds)
    found, at = {}, 0
    for name, size in zip(_SAID, _SIZES, strict=True):
        label, probability = decode(logs[:, at : at + size], np.zeros((size, size), np.float32), chains, LAYERS[name])
        found[name] = spans_of(label, probability, tokens.bounds, size // 2)
        at += size
    table = as_table(tokens, found)
    table.to_parquet(args.out)
    sys.stdout.write(f"{len(table):,} articles with {sum(map(len, table['start'])):,} spans\n")


if __name__ == "__main__":
    main()
