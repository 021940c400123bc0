"""Tokens of a whole corpus as columns: codes, character offsets and gaps, made once and read by every later step.

A token is a run of letters or a run of digits; all else is gap. Scrubbed text and the text it was made from therefore
have the same words at the same places in line. What the field calls a word (U.S., don't, 3.5%) is joined from tokens
by `Tokens.words`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from newskit.corpus.articles import check_articles
from newskit.corpus.characters import TextBytes, byte_classes, is_ascii, text_bytes

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_CHUNK = 1 << 19  # bytes worked on at once: the temporary arrays stay in the processor's cache, and memory stays small
_PACKED = 8  # bytes of a word that fit into one 64-bit integer
_TOO_LONG = 0  # the key of the words that do not fit


@dataclass(frozen=True, eq=False, repr=False)
class Tokens:
    """The tokens of a corpus, an array per attribute; made by `tokenize`.

    A `Tokens` is a sequence of articles: `len(tokens)` counts them, `tokens[3]`, `tokens[10:20]` and
    `tokens[mask]` are the `Tokens` of some of them (codes and vocabulary stay as they are).

    Attributes
    ----------
    articles : DataFrame
        The articles as they were passed in.
    code : int32 array, one entry per token
        Position of the token in `vocabulary`.
    start, end : int32 arrays, one entry per token
        Characters in the article's text: `text[start:end]` is the token as written.
    bounds : int64 array of length n_articles + 1
        The tokens of article i are those from `bounds[i]` up to `bounds[i + 1]`.
    vocabulary : Index of str
        The distinct tokens as written.
    unit : {"token", "word"}
        What is counted: tokens, or the words that `words` joined from them.
    folded : bool
        Whether `lower` has been here.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> tokens = nk.tokenize(pd.DataFrame({"article_id": ["a"], "text": ["u s  attorney general"]}))
    >>> tokens
    <Tokens: 1 article, 4 tokens, 4 distinct>
    >>> tokens.to_frame()
      article_id     token  start  end  gap
    0          a         u      0    1    0
    1          a         s      2    3    1
    2          a  attorney      5   13    2
    3          a   general     14   21    1
    """

    articles: pd.DataFrame
    code: NDArray[np.int32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    bounds: NDArray[np.int64]
    vocabulary: pd.Index
    unit: Literal["token", "word"] = "token"
    folded: bool = False

    @property
    def gap(self) -> NDArray[np.int32]:
        """Characters between a token and the one before it in its article (or the article's start): int32 array."""
        gap = self.start.copy()
        gap[1:] -= self.end[:-1]
        first = self.first_of_article
        gap[first] = self.start[first]
        return gap

    @property
    def first_of_article(self) -> NDArray[np.int64]:
        """The positions of the tokens that begin an article: int64 array."""
        begins = self.bounds[:-1]
        return begins[np.diff(self.bounds) > 0]

    @property
    def article(self) -> NDArray[np.int64]:
        """The position of each token's article: int64 array, one entry per token."""
        return np.repeat(np.arange(len(self)), np.diff(self.bounds))

    @property
    def n_tokens(self) -> int:
        return len(self.code)

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __iter__(self) -> Iterator[Tokens]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        articles = f"{len(self):,} article" + ("" if len(self) == 1 else "s")
        units = f"{self.n_tokens:,} {self.unit}" + ("" if self.n_tokens == 1 else "s")
        used = len(self.vocabulary) if len(self.code) > len(self.vocabulary) else len(np.unique(self.code))
        return f"<Tokens: {articles}, {units}, {used:,} distinct>"

    def __getitem__(self, which: int | slice | Sequence[int] | Sequence[bool] | NDArray[np.generic]) -> Tokens:
        """The tokens of some articles, by position or by a mask of booleans; columns are copied, codes stay."""
        rows = np.arange(len(self))[which]
        rows = rows[None] if rows.ndim == 0 else rows
        begins, counts = self.bounds[rows], np.diff(self.bounds)[rows]
        bounds = np.concatenate([[0], np.cumsum(counts)])
        at = np.arange(bounds[-1]) + np.repeat(begins - bounds[:-1], counts)
        return replace(
            self, articles=self.articles.iloc[rows], code=self.code[at], start=self.start[at], end=self.end[at], bounds=bounds
        )

    def to_frame(self) -> pd.DataFrame:
        """A row per token.

        Returns
        -------
        DataFrame
            `article_id` and `token` (categories, str), `start`, `end`, `gap` (int64, characters).
        """
        which, names = pd.factorize(self.articles["article_id"].astype("str"))  # an article can be there twice
        ids = pd.Categorical.from_codes(which[self.article], categories=names)
        columns = {"article_id": ids, "token": pd.Categorical.from_codes(self.code, categories=self.vocabulary)}
        for name in ("start", "end", "gap"):
            columns[name] = getattr(self, name).astype(np.int64)
        return pd.DataFrame(columns)

    def document_term_matrix(self) -> csr_array:
        """How often each token of the vocabulary stands in each article, from the codes alone.

        Returns
        -------
        scipy.sparse.csr_array of int64, n_articles x len(vocabulary)
            Column j counts `vocabulary[j]`; take `tokens.lower()` first to count Word and word as one.
        """
        from scipy.sparse import csr_array

        ones = np.ones(len(self.code), np.int64)
        matrix = csr_array((ones, self.code.copy(), self.bounds.copy()), shape=(len(self), len(self.vocabulary)))
        matrix.sum_duplicates()
        return matrix

    def counts(self) -> NDArray[np.int64]:
        """How often each token of the vocabulary stands in all the articles: int64 array."""
        return np.bincount(self.code, minlength=len(self.vocabulary)).astype(np.int64)

    def lower(self) -> Tokens:
        """The same tokens with a vocabulary in small letters and with straight apostrophes; what is then alike is one."""
        code_of, words = pd.factorize(self.vocabulary.str.lower().str.replace("[’‘ʼ＇´`]", "'", regex=True))
        return replace(self, code=code_of.astype(np.int32)[self.code], vocabulary=pd.Index(words, dtype="str"), folded=True)

    def words(self) -> Tokens:
        """Tokens joined the way the field counts words: U.S., don't, administration's, 3.5%, well-known, URLs.

        See `newskit.corpus.words.join_words`, which this calls.
        """
        from newskit.corpus.words import join_words

        if self.unit == "word":
            return self
        return join_words(self).lower() if self.folded else join_words(self)


def tokenize(articles: pd.DataFrame | Tokens) -> Tokens:
    """Cut articles into tokens: runs of letters and runs of digits, with offsets, gaps and codes.

    Written text and scrubbed text alike. Letters are those of any script (`str.isalpha`, with the combining marks
    that follow them), digits those of `str.isdigit`, as in `scrub`.

    Parameters
    ----------
    articles : DataFrame with `article_id` and `text`
        Tokens are returned as they are; of words, the tokens they were joined from

    Returns
    -------
    Tokens

    Raises
    ------
    ArticlesError
        If a column is missing, an id stands twice or a text is not a string.

    Examples
    --------
    >>> import newskit as nk, pandas as pd
    >>> tokens = nk.tokenize(pd.DataFrame({"article_id": ["a"], "text": ["It rose 3.5%."]}))
    >>> list(tokens.vocabulary[tokens.code])
    ['It', 'rose', '3', '5']
    >>> tokens.gap
    array([0, 1, 1, 1], dtype=int32)
    """
    if isinstance(articles, Tokens):
        return articles if articles.unit == "token" else tokenize(articles.articles)
    articles = check_articles(articles)
    text = text_bytes(articles["text"])
    start, end, key = _Column(np.int32), _Column(np.int32), _Column(np.uint64)
    key.append(np.array([_TOO_LONG], np.uint64))  # so that it is the first entry of the dictionary, whatever the text
    long, token_bounds = [], [np.zeros(1, np.int64)]
    for first, last in _chunks(text.bounds):
        chunk = TextBytes(text.data[text.bounds[first] : text.bounds[last]], text.bounds[first : last + 1] - text.bounds[first])
        begin, stop = _find_tokens(chunk)
        bounds = np.searchsorted(begin, chunk.bounds)
        token_bounds.append(bounds[1:] + len(start))
        expected = int(1.05 * len(begin) * len(text.data) / max(len(chunk.data), 1))
        keys, spelled = _spell(chunk.data, begin, stop)
        key.append(keys, expected)
        long.append(spelled)
        start_character, end_character = _characters(chunk, bounds, begin, stop)
        start.append(start_character, expected)
        end.append(end_character, expected)
    code, vocabulary = _encode(key, long)
    return Tokens(articles, code, start.take(), end.take(), np.concatenate(token_bounds), vocabulary)


class _Column:
    """An array that grows in place as chunks come in, so that no second copy of it is ever there."""

    def __init__(self, dtype: type[np.generic]) -> None:
        self._data, self._n = np.empty(0, dtype), 0

    def __len__(self) -> int:
        return self._n

    def append(self, values: NDArray[Any], expected: int = 0) -> None:
        """Add values; `expected` is how many there will be in all, as far as is known."""
        needed = self._n + len(values)
        if not self._n:
            self._data = np.empty(max(needed, expected), self._data.dtype)
        elif needed > len(self._data):
            self._data.resize(max(needed, expected, len(self._data) * 9 // 8), refcheck=False)
        self._data[self._n : needed] = values
        self._n = needed

    def take(self) -> NDArray[Any]:
        """The array, cut to its length; the column is empty then."""
        data, self._data = self._data, np.empty(0, self._data.dtype)
        data.resize(self._n, refcheck=False)
        self._n = 0
        return data


def _chunks(bounds: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Ranges of articles that make up about `_CHUNK` bytes each (one giant article is a chunk of its own)."""
    first, n = 0, len(bounds) - 1
    while first < n:
        last = max(int(np.searchsorted(bounds, bounds[first] + _CHUNK, side="right")) - 1, first + 1)
        yield first, last
        first = last


def _find_tokens(chunk: TextBytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First byte of each token, and the byte after its last; no token crosses from one article into the next."""
    classes = np.zeros(len(chunk.data) + 2, np.uint8)
    classes[1:-1] = byte_classes(chunk)
    change = classes[1:] != classes[:-1]
    change[chunk.bounds] = True
    inside = classes.view(bool) if int(classes.max()) < 2 else classes != 0
    begins, stops = change & inside[1:], change & inside[:-1]
    if (begins & stops).any():  # letters next to digits, or an article that ends in a word
        return np.flatnonzero(begins), np.flatnonzero(stops)
    edges = np.flatnonzero(begins | stops)
    return edges[::2], edges[1::2]


def _characters(
    chunk: TextBytes, bounds: NDArray[np.int64], begin: NDArray[np.int64], stop: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Byte positions in the chunk as character positions in each token's article."""
    article_start = chunk.bounds[:-1]
    if not is_ascii(chunk.data):
        continuation = np.flatnonzero((chunk.data & 0xC0) == 0x80)
        begin, stop = _less_continuation(begin, continuation), _less_continuation(stop, continuation)
        article_start = _less_continuation(article_start, continuation)
    shift = np.repeat(article_start, np.diff(bounds))
    return (begin - shift).astype(np.int32), (stop - shift).astype(np.int32)


def _less_continuation(at: NDArray[np.int64], continuation: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sorted byte positions less the number of continuation bytes before each: positions in characters."""
    if len(continuation) > len(at):
        return at - np.searchsorted(continuation, at)
    steps = np.searchsorted(at, continuation, side="right")
    return at - np.repeat(np.arange(len(steps) + 1), np.diff(steps, prepend=0, append=len(at)))


def _spell(data: NDArray[np.uint8], begin: NDArray[np.int64], stop: NDArray[np.int64]) -> tuple[NDArray[np.uint64], pa.Array]:
    """Each token as one 64-bit key where it fits (its bytes, NUL-padded), and the longer ones, in their order, as strings.

    Nine tokens in ten are at most eight bytes long, and a dictionary of integers is three times as fast as one of strings.
    """
    length = stop - begin
    padded = np.concatenate([data, np.zeros(_PACKED, np.uint8)])
    eight_from = np.ndarray((len(data) + 1,), "<u8", padded, 0, (1,))  # the eight bytes from each position on
    unused = (8 * (_PACKED - np.minimum(length, _PACKED))).view(np.uint64)
    key = eight_from[begin] & (np.uint64(2**64 - 1) >> unused)
    is_long = length > _PACKED
    key[is_long] = _TOO_LONG
    edges = np.empty(2 * len(begin) + 1, np.int64)  # token, gap, token, gap ...: Arrow copies the tokens asked for
    edges[0:-1:2], edges[1::2], edges[-1] = begin, stop, stop[-1] if len(stop) else 0
    pieces = pa.Array.from_buffers(pa.large_binary(), 2 * len(begin), [None, pa.py_buffer(edges), pa.py_buffer(data)])
    return key, pieces.take(pa.array(2 * np.flatnonzero(is_long)))


def _encode(key: _Column, long: list[pa.Array]) -> tuple[NDArray[np.int32], pd.Index]:
    """Codes and vocabulary of all chunks: the short words in order of first use, then the long ones."""
    spelled = pa.concat_arrays([pa.array([], pa.large_binary()), *long]).dictionary_encode()
    short = pa.array(key.take()).dictionary_encode()
    packed = short.dictionary.to_numpy()[1:].astype("<u8").view(np.uint8)
    edges = np.zeros(len(packed) // _PACKED + 1, np.int64)
    np.cumsum((packed.reshape(-1, _PACKED) != 0).sum(axis=1), out=edges[1:])
    buffers = [None, pa.py_buffer(edges), pa.py_buffer(packed[packed != 0])]
    words = pa.Array.from_buffers(pa.large_string(), len(edges) - 1, buffers)
    code = short.indices.to_numpy()[1:] - np.int32(1)
    code[code < 0] = spelled.indices.to_numpy() + np.int32(len(words))
    vocabulary = pa.concat_arrays([words, spelled.dictionary.cast(pa.large_string())])
    return code, pd.Index(pd.array(vocabulary, dtype="str"))
