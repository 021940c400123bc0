"""Decoding of linear chains, many of about one length at once: the best labels and how probable each is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
_NEVER = np.float32(-1e4)
_PIECE, _MARGIN = 48, 8  # tokens of a piece of a long chain, and those read beside it


@dataclass(frozen=True)
class Chains:
    """Runs of neighbouring tokens: where each begins, its length, whether tokens without a label stand on its sides."""

    first: NDArray[np.int64]
    length: NDArray[np.int64]
    opened: NDArray[np.bool_]
    closed: NDArray[np.bool_]


def chains_of(at: NDArray[np.int64], bounds: NDArray[np.int64]) -> Chains:
    """Runs of the tokens `at` that stand next to each other in one article; `first` counts within `at`."""
    begins, ends = bounds[:-1][np.diff(bounds) > 0], bounds[1:][np.diff(bounds) > 0]
    new = np.append(True, np.diff(at) > 1)[: len(at)] | np.isin(at, begins)
    first = np.flatnonzero(new)
    length = np.diff(np.append(first, len(at)))
    return Chains(first, length, ~np.isin(at[first], begins), ~np.isin(at[first + length - 1] + 1, ends))


def allowed_moves(transitions: Values, labels: tuple[str, ...]) -> Values:
    """Transitions in which `I-X` follows only `B-X` or `I-X`."""
    after = np.array([[not b.startswith("I-") or a[2:] == b[2:] for b in labels] for a in labels])
    return np.where(after, transitions, _NEVER).astype(np.float32)


def decode(scores: Values, transitions: Values, chains: Chains, labels: tuple[str, ...]) -> tuple[NDArray[np.int8], Values]:
    """The best labels of all chains (Viterbi 1967) and their probabilities (forward-backward; Rabiner 1989).

    Parameters
    ----------
    scores : float32 array, tokens x labels
        Tokens in chains; outside of the chains stands the label `O`.

    Returns
    -------
    label : int8 array, one entry per token
    probability : float32 array, one entry per token
        1 in chains where no token has a label: nobody asks how sure that is.
    """
    moves, outside = allowed_moves(transitions, labels), labels.index("O")
    begin = np.array([_NEVER if name.startswith("I-") else 0 for name in labels], np.float32)
    scores = scores.copy()
    scores[chains.first] += np.where(chains.opened[:, None], moves[outside], begin)
    scores[chains.first + chains.length - 1] += np.where(chains.closed[:, None], moves[:, outside], np.float32(0))
    label, probability = np.zeros(len(scores), np.int8), np.ones(len(scores), np.float32)
    low = 0
    for high in (1, 2, 3, 4, 6, 8, 12, 16, 24, *(32 << k for k in range(40))):
        some = (chains.length > low) & (chains.length <= high)
        low = max(low, high)
        if some.any():
            at = chains.first[some][:, None] + np.arange(chains.length[some].max())
            there = np.arange(at.shape[1]) < chains.length[some][:, None]
            rows = np.where(there, at, 0)
            best = viterbi(scores[rows], there, moves)
            label[at[there]] = best[there]
            told = ((best != outside) & there).any(axis=1)
            chances = marginals(scores[rows[told]], there[told], moves)
            chosen = np.take_along_axis(chances, best[told][:, :, None].astype(np.int64), axis=2)[:, :, 0]
            probability[at[told][there[told]]] = chosen[there[told]]
    return label, probability


def chances_of(scores: Values, transitions: Values, lengths: NDArray[np.int64]) -> Values:
    """The probability of each label in chains that lie one behind the other (forward-backward): float32 array, tokens x labels.

    Long chains are cut into overlapping pieces, and each token is read in the piece in whose middle it stands.
    """
    found = np.zeros_like(scores)
    ends = np.cumsum(lengths)
    begins = ends - lengths
    per_chain = -(-lengths // _PIECE)
    chain = np.repeat(np.arange(len(lengths)), per_chain)
    number = np.arange(len(chain)) - np.repeat(np.cumsum(per_chain) - per_chain, per_chain)
    core = begins[chain] + number * _PIECE
    low, high = np.maximum(core - _MARGIN, begins[chain]), np.minimum(core + _PIECE + _MARGIN, ends[chain])
    for k in range(0, len(chain), 2_000):
        some = slice(k, k + 2_000)
        at = low[some, None] + np.arange(_PIECE + 2 * _MARGIN)
        there = at < high[some, None]
        rows = np.where(there, at, 0)
        chances = marginals(scores[rows], there, transitions)
        own = there & (at >= core[some, None]) & (at < core[some, None] + _PIECE)
        found[at[own]] = chances[own]
    return found


def viterbi(scores: Values, there: NDArray[np.bool_], moves: Values) -> NDArray[np.int8]:
    """The best labels: int8 array, chains x length. `scores`: chains x length x labels; `there` is False behind a chain's end."""
    n, length, n_labels = scores.shape
    by_label = np.ascontiguousarray(scores.transpose(1, 2, 0))
    reached = np.empty((length, n_labels, n), np.float32)
    reached[0] = by_label[0]
    for t in range(1, length):
        moved = np.stack([(reached[t - 1] + moves[:, [j]]).max(axis=0) for j in range(n_labels)]) + by_label[t]
        reached[t] = np.where(there[:, t], moved, reached[t - 1])
    path = np.zeros((n, length), np.int8)
    label = reached[-1].argmax(axis=0)
    for t in range(length - 1, -1, -1):
        path[:, t] = label
        if t:
            before = (reached[t - 1] + moves[:, label]).argmax(axis=0)
            label = np.where(there[:, t], before, label)
    return path


def marginals(scores: Values, there: NDArray[np.bool_], moves: Values) -> Values:
    """The probability of each label of each token: chains x length x labels."""
    length = scores.shape[1]
    factors = np.exp(scores - scores.max(axis=2, keepdims=True))
    steps = np.exp(moves - moves.max())
    forward, backward = np.ones_like(factors), np.ones_like(factors)
    forward[:, 0] = _scaled(factors[:, 0])
    for t in range(1, length):
        forward[:, t] = _scaled(np.where(there[:, [t]], (forward[:, t - 1] @ steps) * factors[:, t], 1))
    for t in range(length - 2, -1, -1):
        carried = (backward[:, t + 1] * factors[:, t + 1]) @ steps.T
        backward[:, t] = _scaled(np.where(there[:, [t + 1]], carried, 1))
    return _scaled(forward * backward)


def _scaled(values: Values) -> Values:
    scaled: Values = values / np.maximum(values.sum(axis=-1, keepdims=True), 1e-30)
    return scaled
