"""Stance toward a marked target: against, neutral or in favor, with the words that tell it.

Target-dependent classification after Hamborg and Donnay (2021, NewsMTSC). A small network reads the passage with the target's own
words masked, so that it is not judged by its name; every word votes for each stance, with a weight of its own (attention,
Bahdanau et al. 2015), so that the words that decided can be named. The accurate model adds the judgement of a Transformer, which
is shown where the target stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.vocabulary import is_stop_word
from newskit.corpus.tokens import Tokens, tokenize
from newskit.tagging.encoder import SHARES, Encoder
from newskit.tagging.features import MARKED, distances
from newskit.tagging.models import Model, check_model, load_encoder, load_tagger
from newskit.tagging.tagger import Tagger

STANCES = ("against", "neutral", "favor")
_SIDES = ("against", "for", "no", "not", "never", "nor", "without", "nothing", "nobody", "cannot")
_TELLING = 0.35  # of the strongest word's share in a stance, for a word to be shown as evidence


def score_stance(passages: Sequence[str] | pd.Series, spans: Sequence[tuple[int, int]], *, model: Model = "fast") -> pd.DataFrame:
    """Tell the stance that each passage takes toward its marked target.

    Parameters
    ----------
    passages : sequence of str
        Sentences or short passages, written or scrubbed.
    spans : sequence of (int, int)
        Where the target stands in each passage: characters, the end not included.
    model : {"fast", "accurate"}
        A small network, or this together with a Transformer that reads far better and some hundred times slower (extra
        `newskit[accurate]`); data and scores are in `newskit/tagging/models/stance.md` and `accurate.md`.

    Returns
    -------
    DataFrame
        A row per passage, with the index of `passages` where it is a Series: `stance` (str: against, neutral, favor),
        `p_against`, `p_neutral`, `p_favor` (float64, adding up to 1: calibrated on news).

    Raises
    ------
    ValueError
        Where there is not one span for each passage, or a span has no word in it.

    Examples
    --------
    >>> import newskit as nk
    >>> text = "lawmakers condemned the ban as cruel and illegal"
    >>> nk.score_stance([text], [(24, 27)])["stance"].tolist()
    ['against']
    """
    if not isinstance(passages, str | Iterable) or not isinstance(spans, Iterable):
        raise ValueError('Pass passages and a span for each: nk.score_stance(["they barred the sale"], [(16, 20)]).')
    index = passages.index if isinstance(passages, pd.Series) else None
    texts, spans = [passages] if isinstance(passages, str) else list(passages), list(spans)
    check_model(model)
    if len(texts) != len(spans):
        raise ValueError(f"Each passage needs one span: there are {len(texts):,} passages and {len(spans):,} spans.")
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise ValueError(f"Passage {i} (counted from 0) is not a string but {text!r}.")
    try:
        bounds = np.array([(start, end) for start, end in spans], np.int64).reshape(-1, 2)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("A span is two whole numbers, the characters (start, end) of the target in its passage.") from error
    tokens = as_passages(texts)
    first, last = tokens.inside(np.arange(len(texts)), bounds[:, 0], bounds[:, 1])
    if (empty := np.flatnonzero(first > last)).size:
        i = int(empty[0])
        raise ValueError(
            f"The span {tuple(bounds[i].tolist())} of passage {i} has no word in it (its text has {len(texts[i]):,} characters)."
        )
    chances, _ = read_stances(tokens, first, last, model)
    table = pd.DataFrame({f"p_{name}": chances[:, k] for k, name in enumerate(STANCES)}, index=index)
    table.insert(0, "stance", pd.Series(np.array(STANCES, object)[chances.argmax(axis=1)], table.index, dtype="str"))
    return table


def as_passages(texts: Sequence[str]) -> Tokens:
    """Passages as articles of their own; there may be none."""
    frame = pd.DataFrame({"article_id": np.arange(len(texts)).astype("str"), "text": pd.Series(texts, dtype="object")})
    return tokenize(frame) if len(texts) else tokenize(pd.DataFrame({"article_id": ["0"], "text": [""]}))[:0]


def read_stances(
    tokens: Tokens, first: NDArray[np.int64], last: NDArray[np.int64], model: Model | Tagger | Encoder = "fast"
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The probability of each stance in each article toward its marked tokens, and what each token did for each stance.

    The accurate model weighs the passage anew; which words tell it the small network says.

    Returns
    -------
    chances : float64 array, articles x 3
    votes : float64 array, tokens x 3
        They add up to the logarithms of the fast model's chances but for a constant per article; 0 for the marked tokens.
    """
    if isinstance(model, str):
        check_model(model)
    marks = distances(tokens, first, last)
    tagger = model if isinstance(model, Tagger) else load_tagger("stance")
    _, scores = tagger.scores(tokens, marks)
    values = scores.astype(np.float64)
    begins, sizes = tokens.bounds[:-1], np.diff(tokens.bounds)
    if not len(begins):
        return np.zeros((0, 3)), np.zeros((0, 3))
    weight = np.exp(values[:, 3] - np.repeat(np.maximum.reduceat(values[:, 3], begins), sizes))
    weight /= np.repeat(np.add.reduceat(weight, begins), sizes)
    votes = weight[:, None] * values[:, :3]
    total = np.add.reduceat(votes, begins, axis=0)
    encoder = load_encoder() if model == "accurate" else model
    if isinstance(encoder, Encoder):
        encoder_share, fast_share = SHARES["stance"]
        total = encoder_share * encoder.read_stances(tokens, first, last) + fast_share * total
    chances = np.exp(total - total.max(axis=1, keepdims=True))
    votes[marks == MARKED] = 0
    return chances / chances.sum(axis=1, keepdims=True), votes


def find_evidence(
    tokens: Tokens, votes: NDArray[np.float64], stance: NDArray[np.int64], shift: NDArray[np.int64], *, n: int = 3
) -> list[list[list[int]]]:
    """The words that decided each stance.

    Parameters
    ----------
    tokens, votes
        The passages, and what `read_stances` says of their tokens.
    stance : int64 array, one entry per passage
        Positions in STANCES.
    shift : int64 array, one entry per passage
        Added to the characters: where the passage begins in its article.
    n : int
        So many spans at most, those with most weight; in the order of the text.

    Returns
    -------
    list of list of [start, end]
        One list per passage. A word decides where its vote for the stance, over the better of its votes for the other two
        and with half of its neighbours' votes, is at least `_TELLING` of the strongest word's. Stop words count only if they
        negate or take a side; neighbouring words are one span, also across one word that does not count.
    """
    article = tokens.article
    chosen = stance[article][:, None]
    own = np.take_along_axis(votes, chosen, axis=1)[:, 0]
    for_it = np.maximum(own - np.where(np.arange(votes.shape[1]) == chosen, -np.inf, votes).max(axis=1, initial=-np.inf), 0)
    beside, same = np.zeros(len(for_it)), np.diff(article) == 0  # the network spreads a word's vote over its neighbours
    beside[1:] += for_it[:-1] * same
    beside[:-1] += for_it[1:] * same
    strength = np.where(_tells(tokens) & votes.any(axis=1), for_it + beside / 2, 0)
    most = np.zeros(len(tokens))
    some = np.diff(tokens.bounds) > 0
    most[some] = np.maximum.reduceat(strength, tokens.bounds[:-1][some]) if some.any() else 0
    at = np.flatnonzero((strength > 0) & (strength >= _TELLING * most[article]))
    apart = (np.diff(at) > 2) | (np.diff(article[at]) > 0) | ~votes[at[1:] - 1].any(axis=1)  # the marked words are between
    new = np.append(True, apart)[: len(at)]
    first, last = at[new], at[np.append(new[1:], True)[: len(at)]]
    total = np.add.reduceat(strength[at], np.flatnonzero(new)) if len(at) else np.zeros(0)
    rank = np.lexsort((first, -total, article[first]))
    place = np.arange(len(rank)) - np.searchsorted(article[first][rank], article[first][rank])
    found: list[list[list[int]]] = [[] for _ in range(len(tokens))]
    for k in np.sort(rank[place < n]).tolist():
        i = int(article[first[k]])
        found[i].append([int(tokens.start[first[k]] + shift[i]), int(tokens.end[last[k]] + shift[i])])
    return found


def _tells(tokens: Tokens) -> NDArray[np.bool_]:
    """Which tokens can be evidence: all but stop words, and those that negate or take a side."""
    lower = tokens.lower()
    return (~is_stop_word(lower.vocabulary) | lower.vocabulary.isin(_SIDES))[lower.code]
