"""Tokens of a whole corpus as columns: codes, character offsets and gaps, made once and read by every later step.

A token is a run of letters or a run of digits; all else is gap. Scrubbed text and the text it was made from therefore
have the same words at the same places in line. What the field calls a word (U.S., don't, 3.5%) is joined from tokens
by `Tokens.words`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.articles import check_articles
from newskit.corpus.characters import text_bytes
from newskit.corpus.segmentation import segment

if TYPE_CHECKING:
    from scipy.sparse import csr_array


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
        used = np.zeros(len(self.vocabulary), bool)
        used[self.code] = True
        return f"<Tokens: {articles}, {units}, {used.sum():,} distinct>"

    def __getitem__(self, which: int | slice | Sequence[int] | Sequence[bool] | NDArray[np.generic]) -> Tokens:
        """The tokens of some articles, by position or by a mask of booleans; codes stay."""
        if isinstance(which, slice) and which.step in (None, 1):  # parts of the columns themselves
            first, last, _ = which.indices(len(self))
            here, bounds = slice(self.bounds[first], self.bounds[max(first, last)]), self.bounds[first : max(first, last) + 1]
            code, start, end = self.code[here], self.start[here], self.end[here]
            return replace(self, articles=self.articles.iloc[which], code=code, start=start, end=end, bounds=bounds - bounds[0])
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

    def count_per_article(self, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many tokens of each article have a property: int64 array, one entry per article."""
        return np.diff(np.concatenate([[0], np.cumsum(mask)])[self.bounds])

    def counts(self) -> NDArray[np.int64]:
        """How often each token of the vocabulary stands in all the articles: int64 array."""
        return np.bincount(self.code, minlength=len(self.vocabulary)).astype(np.int64)

    def inside(
        self, article: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The first and the last token with a character in each span (positions of articles, characters): int64 arrays.

        The first is behind the last where a span has no token in it.
        """
        far = np.int64(1) << 40  # more characters than any article has
        own = self.article * far
        first = np.searchsorted(own + self.end, article * far + start, side="right")
        last = np.searchsorted(own + self.start, article * far + end) - 1
        return first, np.where(start < end, last, first - 1)

    def written(self, first: NDArray[np.int64], last: NDArray[np.int64]) -> list[str]:
        """What stands in the articles from each token of `first` to the one of `last`, as it is written there."""
        texts = self.articles["text"].tolist()
        places = zip(self.article[first].tolist(), self.start[first].tolist(), self.end[last].tolist(), strict=True)
        return [texts[i][a:b] for i, a, b in places]

    def lower(self) -> Tokens:
        """The same tokens with a vocabulary in small letters and with straight apostrophes; what is then alike is one."""
        code_of, words = fold(self.vocabulary)
        return replace(self, code=code_of.astype(np.int32)[self.code], vocabulary=words, folded=True)

    def words(self) -> Tokens:
        """Tokens joined the way the field counts words: U.S., don't, administration's, 3.5%, well-known, URLs.

        See `newskit.corpus.words.join_words`, which this calls.
        """
        from newskit.corpus.words import join_words

        if self.unit == "word":
            return self
        return join_words(self).lower() if self.folded else join_words(self)


def fold(vocabulary: pd.Index) -> tuple[NDArray[np.int64], pd.Index]:
    """Words in small letters with straight apostrophes: the position of each word's among the distinct ones, and these."""
    code_of, words = pd.factorize(vocabulary.str.lower().str.replace("[’‘ʼ＇´`]", "'", regex=True))
    return code_of.astype(np.int64), pd.Index(words, dtype="str")


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
    found = segment(text_bytes(articles["text"]))
    return Tokens(articles, found.code, found.start, found.end, found.bounds, found.vocabulary)
