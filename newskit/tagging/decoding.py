"""Decoding of linear chains, many of about one length at once: the best labels and how probable each is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newskit.tagging.layers import Values
from newskit.tagging.threads import one_thread

_NEVER = np.float32(-1e4)
_PIECE, _MARGIN = 48, 16  # tokens of a piece of a long chain, and those read beside it
_SHORT = 2 * _PIECE  # tokens of a chain of which the probability of each label is found at once, at most
_LONG = 2_500  # tokens of a chain of which the best labels are found in pieces, at least
_LENGTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, _SHORT, 130, 170, 220, 280, 350, 430, 530, 650, 800, 1_000, 1_300, 1_800, _LONG)
_AT_ONCE = 1_000  # pieces read together
_TOGETHER = 1 << 19  # tokens of chains of about one length that are read together


@dataclass(frozen=True)
class Chains:
    """Runs of neighbouring tokens: where each begins, its length, whether tokens without a label stand on its sides."""

    first: NDArray[np.int64]
    length: NDArray[np.int64]
    opened: NDArray[np.bool_]
    closed: NDArray[np.bool_]


def chains_of(at: NDArray[np.int64], bounds: NDArray[np.int64]) -> Chains:
    """Runs of the tokens `at` that stand next to each other in one article; `first` counts within `at`."""
    edge = np.zeros(bounds[-1] + 1, bool)
    edge[bounds] = True
    new = np.append(True, np.diff(at) > 1)[: len(at)] | edge[at]
    first = np.flatnonzero(new)
    length = np.diff(np.append(first, len(at)))
    return Chains(first, length, ~edge[at[first]], ~edge[at[first + length - 1] + 1])


def allowed_moves(transitions: Values, labels: tuple[str, ...]) -> Values:
    """Transitions in which `I-X` follows only `B-X` or `I-X`."""
    after = np.array([[not b.startswith("I-") or a[2:] == b[2:] for b in labels] for a in labels])
    return np.where(after, transitions, _NEVER).astype(np.float32)


@one_thread()
def decode(
    scores: Values, transitions: Values, chains: Chains, labels: tuple[str, ...], *, sure: bool = True
) -> tuple[NDArray[np.int8], Values]:
    """The best labels of all chains (Viterbi 1967) and their probabilities (forward-backward; Rabiner 1989).

    Parameters
    ----------
    scores : float32 array, tokens x labels
        Tokens in chains; outside of the chains stands the label `O`.
    sure : bool
        Whether probabilities are asked for; else they are 1.

    Returns
    -------
    label : int8 array, one entry per token
    probability : float32 array, one entry per token
        1 in short chains where no token has a label: nobody asks how sure that is.
    """
    moves, outside = allowed_moves(transitions, labels), labels.index("O")
    begin = np.array([_NEVER if name.startswith("I-") else 0 for name in labels], np.float32)
    scores = scores.copy()
    scores[chains.first] += np.where(chains.opened[:, None], moves[outside], begin)
    scores[chains.first + chains.length - 1] += np.where(chains.closed[:, None], moves[:, outside], np.float32(0))
    label, probability = np.zeros(len(scores), np.int8), np.ones(len(scores), np.float32)
    for at, there in _by_length(chains):
        rows = np.where(there, at, 0)
        best = viterbi(scores[rows], there, moves)
        label[at[there]] = best[there]
        told = ((best != outside) & there).any(axis=1)
        if sure and at.shape[1] <= _SHORT and told.any():
            chances = marginals(scores[rows[told]], there[told], moves)
            chosen = np.take_along_axis(chances, best[told][:, :, None].astype(np.int64), axis=2)[:, :, 0]
            probability[at[told][there[told]]] = chosen[there[told]]
    if (chains.length > _LONG).any():
        part, lengths = np.repeat(chains.length > _LONG, chains.length), chains.length[chains.length > _LONG]
        label[part] = viterbi_in_pieces(scores[part], moves, lengths)
    if sure and (chains.length > _SHORT).any():
        part, lengths = np.repeat(chains.length > _SHORT, chains.length), chains.length[chains.length > _SHORT]
        chances = chances_of(scores[part], moves, lengths)
        probability[part] = np.take_along_axis(chances, label[part].astype(np.int64)[:, None], axis=1)[:, 0]
    return label, probability


def _by_length(chains: Chains) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """Chains of about one length together, but for long ones: their tokens, chains x length, and which of these there are."""
    low = 0
    for high in _LENGTHS:
        some = np.flatnonzero((chains.length > low) & (chains.length <= high))
        low = high
        for few in np.split(some, np.arange(_TOGETHER // high, len(some), _TOGETHER // high)):
            if len(few):
                at = chains.first[few][:, None] + np.arange(chains.length[few].max())
                yield at, np.arange(at.shape[1]) < chains.length[few][:, None]


@one_thread()
def chances_of(scores: Values, transitions: Values, lengths: NDArray[np.int64]) -> Values:
    """The probability of each label in chains that lie one behind the other (forward-backward): float32 array, tokens x labels.

    Long chains are cut into overlapping pieces, and each token is read in the piece in whose middle it stands.
    """
    found = np.zeros_like(scores)
    number, core, ends = _pieces(lengths)
    low, high = np.maximum(core - _MARGIN, core - number * _PIECE), np.minimum(core + _PIECE + _MARGIN, ends)
    for k in range(0, len(core), _AT_ONCE):
        some = slice(k, k + _AT_ONCE)
        at = low[some, None] + np.arange(_PIECE + 2 * _MARGIN)
        there = at < high[some, None]
        rows = np.where(there, at, 0)
        chances = marginals(scores[rows], there, transitions)
        own = there & (at >= core[some, None]) & (at < core[some, None] + _PIECE)
        found[at[own]] = chances[own]
    return found


def _pieces(lengths: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Chains that lie one behind the other, cut into pieces: each one's number in its chain, its begin, its chain's end."""
    per_chain, ends = -(-lengths // _PIECE), np.cumsum(lengths)
    number = np.arange(per_chain.sum()) - np.repeat(np.cumsum(per_chain) - per_chain, per_chain)
    return number, np.repeat(ends - lengths, per_chain) + number * _PIECE, np.repeat(ends, per_chain)


def viterbi(scores: Values, there: NDArray[np.bool_], moves: Values) -> NDArray[np.int8]:
    """The best labels: int8 array, chains x length. `scores`: chains x length x labels; `there` is False behind a chain's end."""
    n, length, n_labels = scores.shape
    by_label = np.ascontiguousarray(scores.transpose(1, 2, 0))
    reached = np.empty((length, n_labels, n), np.float32)
    reached[0] = by_label[0]
    for t in range(1, length):
        reached[t] = _moved(reached[t - 1], by_label[t], there[:, t], moves)
    path = np.zeros((n, length), np.int8)
    label = reached[-1].argmax(axis=0)
    for t in range(length - 1, -1, -1):
        path[:, t] = label
        if t:
            before = (reached[t - 1] + moves[:, label]).argmax(axis=0)
            label = np.where(there[:, t], before, label)
    return path


def _moved(reached: Values, scores: Values, there: NDArray[np.bool_], moves: Values) -> Values:
    """The best sums one token further on, labels x chains; those of chains that have ended stay."""
    return np.where(there, (reached[:, None] + moves[:, :, None]).max(axis=0) + scores, reached)


def viterbi_in_pieces(scores: Values, moves: Values, lengths: NDArray[np.int64]) -> NDArray[np.int8]:
    """The best labels of long chains that lie one behind the other: int8 array, one entry per token.

    Every piece of a chain is read once for each label that can stand before it, all pieces at a time; what lies between the
    pieces is then chosen from piece to piece, and each piece read again with its ends known. This is exact.
    """
    n_labels = len(moves)
    number, begin, ends = _pieces(lengths)
    at = begin[:, None] + np.arange(_PIECE)
    there = at < ends[:, None]
    at = np.where(there, at, 0)
    entry = np.where((number > 0)[:, None, None], moves, np.float32(0))  # pieces x label before x first label
    through = np.empty((len(begin), n_labels, n_labels), np.float32)  # pieces x label before x last label
    blocks = [slice(k, k + _AT_ONCE) for k in range(0, len(begin), _AT_ONCE)]
    for some in blocks:
        by_label = np.repeat(scores[at[some]].transpose(1, 2, 0), n_labels, axis=2)
        here = np.repeat(there[some], n_labels, axis=0)
        reached = by_label[0] + entry[some].transpose(2, 0, 1).reshape(n_labels, -1)
        for t in range(1, _PIECE):
            reached = _moved(reached, by_label[t], here[:, t], moves)
        through[some] = reached.T.reshape(-1, n_labels, n_labels)
    before, last = _between(through, number)
    path = np.empty(len(scores), np.int8)
    for some in blocks:
        rows = scores[at[some]]
        size = np.arange(len(rows))
        rows[:, 0] += entry[some][size, before[some]]
        rows[size, there[some].sum(axis=1) - 1] += np.where(np.arange(n_labels) == last[some, None], np.float32(0), _NEVER)
        path[at[some][there[some]]] = viterbi(rows, there[some], moves)[there[some]]
    return path


def _between(through: Values, number: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The labels before each piece and at its end that are best for its chain. `through`: pieces x label before x last label."""
    total = np.zeros((len(number) + 1, through.shape[1]))  # up to the end of each piece; the last row is for what is before
    by_number = [np.flatnonzero(number == p) for p in range(number.max(initial=-1) + 1)]
    earlier = np.where(number > 0, np.arange(len(number)) - 1, -1)
    for which in by_number:
        total[which] = (total[earlier[which]][:, :, None] + through[which]).max(axis=1)
    before, last = np.zeros(len(number), np.int64), total[:-1].argmax(axis=1)
    for which in by_number[::-1]:
        before[which] = (total[earlier[which]] + through[which, :, last[which]]).argmax(axis=1)
        inner = which[number[which] > 0]
        last[inner - 1] = before[inner]
    return before, last


def marginals(scores: Values, there: NDArray[np.bool_], moves: Values) -> Values:
    """The probability of each label of each token: chains x length x labels.

    In double precision: in single, the last bit of a chain's would depend on the chains that are read with it.
    """
    length = scores.shape[1]
    by_label = np.ascontiguousarray(scores.transpose(1, 2, 0), np.float64)
    factors = np.exp(by_label - by_label.max(axis=1, keepdims=True))
    steps = np.exp((moves - moves.max()).astype(np.float64))
    forward, backward = np.ones_like(factors), np.ones_like(factors)
    forward[0] = _scaled(factors[0])
    for t in range(1, length):
        forward[t] = _scaled(np.where(there[:, t], (steps.T @ forward[t - 1]) * factors[t], 1))
    for t in range(length - 2, -1, -1):
        carried = steps @ (backward[t + 1] * factors[t + 1])
        backward[t] = _scaled(np.where(there[:, t + 1], carried, 1))
    return _scaled(forward * backward).transpose(2, 0, 1).astype(np.float32)


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values that add up to 1 over the labels, which are the last axis but one."""
    scaled: NDArray[np.float64] = values / np.maximum(values.sum(axis=-2, keepdims=True), 1e-30)
    return scaled
