"""What topics are made of: how often each article uses each word that can say what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.vocabulary import is_stop_word
from newskit.corpus.tables import as_texts
from newskit.corpus.tokens import Tokens

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float32]
# What scrubbing leaves of contractions (didn't, we'll), titles, links and markup; how news says that somebody said it; weekdays,
# and the agencies that a report comes from.
_DEBRIS = frozenset(
    "ll ve re don didn doesn isn wasn aren weren hasn haven hadn couldn wouldn shouldn won ain mustn needn mightn "
    "mr mrs ms dr st nd rd th pm http https www com amp nbsp quot gt lt said says say saying told tells tell asked added new "
    "monday tuesday wednesday thursday friday saturday sunday reuters ap afp upi".split()
)
_STOCK, _STOCK_ARTICLES, _STOCK_SHARE = 5, 10, 0.01  # words in a row; in so many articles
_COPIED = 0.5
_BUCKETS, _BLOCK = np.uint64(1 << 22), 1 << 20
_MIN_PHRASE, _MIN_USERS, _BOUND = 5, 3, 0.3  # occurrences, articles, and normalised pointwise mutual information


@dataclass(frozen=True, eq=False)
class Counted:
    """Words per article, the articles in an order that their text decides (that of their ids, where texts are alike).

    Attributes
    ----------
    words, phrases : csr_array of float32, n_articles x n_words and n_articles x n_phrases
    vocabulary, listed : Index of str
        The words, and the phrases, in alphabetical order.
    keys : uint64 array, one entry per article
        A number made of the article's tokens; articles of the same tokens have the same.
    ids, titles : object arrays of str, one entry per article
        Titles are empty where there are none.
    stock : uint64 array
        The passages that were left out.
    """

    words: csr_array
    vocabulary: pd.Index
    phrases: csr_array
    listed: pd.Index
    keys: NDArray[np.uint64]
    ids: NDArray[Any]
    titles: NDArray[Any]
    stock: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.keys)

    def rows(self, which: NDArray[Any]) -> Counted:
        """Some of the articles, by position or mask."""
        parts = {name: getattr(self, name)[which] for name in ("words", "phrases", "keys", "ids", "titles")}
        return replace(self, **parts)


def count_words(
    tokens: Tokens, *, stock: NDArray[np.uint64] | None = None, learn: bool = True
) -> tuple[Counted, NDArray[np.int64]]:
    """The words of articles, and for each row of the result its place among the articles as they came.

    Numbers, single letters, stop words (scikit-learn's English list) and what scrubbing leaves of contractions are no words here,
    nor are words of stock passages: five words in a row that many articles have (copies of one article count once), such as a
    house's line on itself and its links. `stock` are those that are known from before; more are looked for unless `learn` is
    off, where an article's words must not hang on what else is there.
    """
    tokens = tokens.lower()
    keys = content_keys(tokens)
    ids = as_texts(tokens.articles["article_id"]).to_numpy(object)
    order = np.lexsort((pd.factorize(ids, sort=True)[0], keys))
    known = np.empty(0, np.uint64) if stock is None else stock
    tokens, stock = _without_stock(tokens, keys, known, learn=learn)
    used = _is_topical(tokens.vocabulary) & (tokens.counts() > 0)
    words, vocabulary = _sorted_columns(tokens.document_term_matrix()[:, np.flatnonzero(used)], tokens.vocabulary[used])
    phrases, listed = _sorted_columns(*_count_phrases(tokens))
    frame = tokens.articles.iloc[order]
    titles = as_texts(frame["title"]).fillna("") if "title" in frame else pd.Series("", frame.index, dtype="str")
    words, phrases, keys, ids = words[order], phrases[order], keys[order], ids[order]
    return Counted(words, vocabulary, phrases, listed, keys, ids, titles.to_numpy(object), stock), order


def _without_stock(
    tokens: Tokens, keys: NDArray[np.uint64], known: NDArray[np.uint64], *, learn: bool
) -> tuple[Tokens, NDArray[np.uint64]]:
    """The tokens outside stock passages, and these passages as numbers.

    An article that has mostly such passages is a copy of others, and stays as it is.
    """
    hashes = pd.util.hash_array(tokens.vocabulary.to_numpy(object))
    texts, text = np.unique(keys, return_inverse=True)
    many = max(_STOCK_ARTICLES, _STOCK_SHARE * len(texts)) if learn else np.inf
    rough = np.zeros(int(_BUCKETS), np.int64)  # counted roughly first: few passages come so often
    for _, passage in _passages(tokens, hashes) if learn else ():
        rough += np.bincount((passage % _BUCKETS).astype(np.int64), minlength=int(_BUCKETS))
    often = rough >= many
    often[known % _BUCKETS] = True
    found = [(begin + np.flatnonzero(often[p % _BUCKETS]), p[often[p % _BUCKETS]]) for begin, p in _passages(tokens, hashes)]
    if not found or not often.any():
        return tokens, known
    begins, passage = (np.concatenate(parts) for parts in zip(*found, strict=True))
    article = np.searchsorted(tokens.bounds, begins, side="right") - 1
    whole = begins + _STOCK <= tokens.bounds[article + 1]
    begins, passage, article = begins[whole], passage[whole], article[whole]
    distinct, number = np.unique(passage, return_inverse=True)
    counts = np.bincount(np.unique(number * np.int64(len(texts)) + text[article]) // len(texts), minlength=len(distinct))
    stock = np.union1d(distinct[counts >= many], known)
    mask = np.ones(tokens.n_tokens, bool)
    for k in range(_STOCK):
        mask[begins[np.isin(passage, stock)] + k] = False
    copied = tokens.count_per_article(mask) < (1 - _COPIED) * np.diff(tokens.bounds)
    mask |= np.repeat(copied, np.diff(tokens.bounds))
    bounds = np.concatenate([[0], np.cumsum(tokens.count_per_article(mask))])
    # the gap before the word behind a passage is now wide, so that no phrase reaches over it
    return replace(tokens, code=tokens.code[mask], start=tokens.start[mask], end=tokens.end[mask], bounds=bounds), stock


def _passages(tokens: Tokens, hashes: NDArray[np.uint64]) -> Iterator[tuple[int, NDArray[np.uint64]]]:
    """Every five tokens in a row as a number, also over the ends of articles, in blocks: where these begin, and the numbers."""
    for begin in range(0, tokens.n_tokens - _STOCK + 1, _BLOCK):
        block = hashes[tokens.code[begin : begin + _BLOCK + _STOCK - 1]]
        passage = np.zeros(len(block) - _STOCK + 1, np.uint64)
        for k in range(_STOCK):
            passage = passage * np.uint64(0x100000001B3) + block[k : k + len(passage)]
        yield begin, passage ^ (passage >> np.uint64(32))


def _sorted_columns(counts: csr_array, names: pd.Index) -> tuple[csr_array, pd.Index]:
    """The columns in alphabetical order, whatever order the articles brought them in."""
    order = np.argsort(names.to_numpy(object), kind="stable")
    return counts[:, order].astype(np.float32).tocsr(), names[order]


def _is_topical(vocabulary: pd.Index) -> NDArray[np.bool_]:
    return np.asarray(~is_stop_word(vocabulary) & ~vocabulary.isin(_DEBRIS) & (vocabulary.str.len() > 1), bool)


def content_keys(tokens: Tokens) -> NDArray[np.uint64]:
    """A number for each article, made of its tokens and their places: uint64 array."""
    hashes = pd.util.hash_array(tokens.vocabulary.to_numpy(object))
    places = np.arange(np.diff(tokens.bounds).max(initial=0), dtype=np.uint64)
    factors = 2 * places + np.uint64(0x9E3779B97F4A7C15)
    keys = np.zeros(len(tokens), np.uint64)
    for k, (begin, end) in enumerate(pairwise(tokens.bounds.tolist())):
        mixed = hashes[tokens.code[begin:end]]
        mixed += places[: end - begin]
        mixed *= factors[: end - begin]
        mixed ^= mixed >> np.uint64(29)
        keys[k] = mixed.sum(dtype=np.uint64)
    return keys


def _count_phrases(tokens: Tokens) -> tuple[csr_array, pd.Index]:
    """Pairs of neighbouring words that belong together, per article, and the pairs.

    Only words one character apart are neighbours. Pairs are kept that stand at least five times, in three articles,
    and whose normalised pointwise mutual information (Bouma 2009) is at least 0.3.
    """
    from scipy.sparse import csr_array

    topical = _is_topical(tokens.vocabulary)[tokens.code]
    second = topical & np.roll(topical, 1) & (tokens.gap == 1)
    second[tokens.first_of_article] = False
    at = np.flatnonzero(second)
    size = np.int64(max(len(tokens.vocabulary), 1))
    pair, pairs = pd.factorize(tokens.code[at - 1] * size + tokens.code[at])
    n = np.bincount(pair, minlength=len(pairs))
    chance, share = tokens.counts() / max(tokens.n_tokens, 1), n / max(tokens.n_tokens, 1)
    bound = np.log(share / (chance[pairs // size] * chance[pairs % size])) / -np.log(share)
    often = np.flatnonzero((n >= _MIN_PHRASE)[pair])
    uses = pd.unique(pair[often] * np.int64(len(tokens)) + tokens.article[at[often]])
    used_by = np.bincount(uses // len(tokens), minlength=len(pairs))
    good = (n >= _MIN_PHRASE) & (used_by >= _MIN_USERS) & (bound >= _BOUND)
    kept, column = good[pair], np.cumsum(good) - 1
    cells = (np.ones(kept.sum(), np.float32), (tokens.article[at[kept]], column[pair[kept]]))
    counts = csr_array(cells, shape=(len(tokens), good.sum()))
    names = tokens.vocabulary[pairs[good] // size].astype("str") + " " + tokens.vocabulary[pairs[good] % size].astype("str")
    return counts, names


def draw(keys: NDArray[np.uint64], n: int, *, random_state: int) -> NDArray[np.int64]:
    """A random sample of n articles (of all, if there are fewer), as positions in order.

    Whether an article is drawn hangs on its text, so that a corpus with some articles more or less has nearly the same sample.
    """
    mixed = keys * np.uint64(0x9E3779B97F4A7C15) + pd.util.hash_array(np.array([random_state]))
    for shift in (30, 27, 31):  # the mixing of splitmix64 (Steele et al. 2014)
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.sort(np.argsort(mixed, kind="stable")[:n])


def join_counts(first: Counted, second: Counted) -> tuple[Counted, NDArray[np.int64]]:
    """The articles of both, and for each its place in the first followed by the second."""
    from scipy.sparse import vstack

    vocabulary = first.vocabulary.union(second.vocabulary, sort=True)
    listed = first.listed.union(second.listed, sort=True)
    parts = {name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in ("keys", "ids", "titles")}
    order = np.lexsort((pd.factorize(parts["ids"], sort=True)[0], parts["keys"]))
    parts = {name: values[order] for name, values in parts.items()}
    words = vstack([on_columns(c.words, c.vocabulary, vocabulary) for c in (first, second)]).tocsr()[order]
    phrases = vstack([on_columns(c.phrases, c.listed, listed) for c in (first, second)]).tocsr()[order]
    return Counted(words, vocabulary, phrases, listed, **parts, stock=np.union1d(first.stock, second.stock)), order


def on_columns(counts: csr_array, names: pd.Index, columns: pd.Index) -> csr_array:
    """The counts with a column for each of `columns`: csr_array of float32, n_articles x len(columns)."""
    from scipy.sparse import csr_array

    at = columns.get_indexer(names)
    entries = counts.tocoo()
    kept = at[entries.col] >= 0
    cells = (entries.data[kept], (entries.row[kept], at[entries.col[kept]]))
    return csr_array(cells, shape=(counts.shape[0], len(columns)), dtype=np.float32)
