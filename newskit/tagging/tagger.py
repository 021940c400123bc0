"""One linear-chain tagger for all tasks: a conditional random field (Lafferty, McCallum and Pereira 2001) as tables.

Each feature is a function of one word at a distance of at most two, of the token's capitals or of a gap. The scores of a
trained field therefore collapse into one table per distance, with a row per distinct word of the corpus: tagging looks the
rows up by token code, adds them, and decodes all windows of the corpus at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.corpus.tokens import Tokens
from newskit.tagging.features import EDGE_GAP, GAP_OFFSETS, OFFSETS, gap_kinds, token_shapes, word_features

Scores = NDArray[np.float32]
_WINDOW, _MARGIN = 64, 12  # tokens decoded together, and those read on each side of them
_FORMAT = 1


@dataclass(frozen=True, eq=False)
class Tagger:
    """A trained tagger.

    Attributes
    ----------
    labels : tuple of str
    transitions : float32 array, labels x labels
        Score of a label behind another.
    words : dict of str to (Index, float32 array)
        Per kind of word feature its values, and their scores: values x distances x labels.
    edge : float32 array, distances x labels
        Scores where no word stands at a distance, because the article begins or ends.
    shapes : float32 array, SHAPES x distances x labels
    gaps : float32 array, kinds of gap x GAP_OFFSETS x labels
    """

    labels: tuple[str, ...]
    transitions: Scores
    words: dict[str, tuple[pd.Index, Scores]]
    edge: Scores
    shapes: Scores
    gaps: Scores

    def emissions(self, tokens: Tokens) -> Scores:
        """The score of each label for each token, without transitions: float32 array, tokens x labels."""
        table = self._word_table(tokens.vocabulary)
        n_words = len(tokens.vocabulary)
        place = np.arange(tokens.n_tokens)
        begins, ends = (np.repeat(b, np.diff(tokens.bounds)) for b in (tokens.bounds[:-1], tokens.bounds[1:]))
        shape, gap = token_shapes(tokens), gap_kinds(tokens)
        scores = np.zeros((tokens.n_tokens, len(self.labels)), np.float32)
        for k, offset in enumerate(OFFSETS):
            at = place + offset
            inside = (at >= begins) & (at < ends)
            at = np.where(inside, at, 0)
            scores += table[np.where(inside, tokens.code[at], n_words), k]
            scores += self.shapes[np.where(inside, shape[at], 0), k]
        for k, offset in enumerate(GAP_OFFSETS):
            at = place + offset
            inside = (at >= begins) & (at < ends)
            scores += self.gaps[np.where(inside, gap[np.where(inside, at, 0)], EDGE_GAP), k]
        return scores

    def tag(self, tokens: Tokens) -> NDArray[np.int8]:
        """The best label of each token (Viterbi 1967): positions in `labels`."""
        windows, kept = _windows(tokens.bounds)
        path = _viterbi(self.emissions(tokens), self.transitions, windows)
        return path[kept]

    def probabilities(self, tokens: Tokens) -> Scores:
        """The probability of each label of each token (forward-backward): float32 array, tokens x labels."""
        windows, kept = _windows(tokens.bounds)
        return _marginals(self.emissions(tokens), self.transitions, windows)[kept]

    def _word_table(self, vocabulary: pd.Index) -> Scores:
        """Scores of each distinct word at each distance, with a last row for no word at all."""
        table = np.zeros((len(vocabulary) + 1, len(OFFSETS), len(self.labels)), np.float32)
        table[-1] = self.edge
        features = word_features(vocabulary)
        for kind, (values, scores) in self.words.items():
            at = values.get_indexer(features[kind])
            known = np.flatnonzero(at >= 0)
            table[known] += scores[at[known]]
        return table

    def save(self, path: Path) -> None:
        """Write the weights as .npz: half precision, no pickles."""
        arrays: dict[str, NDArray[np.generic]] = {"transitions": self.transitions}
        for name in ("edge", "shapes", "gaps"):
            arrays[name] = getattr(self, name).astype(np.float16)
        for kind, (values, scores) in self.words.items():
            arrays[f"values {kind}"] = np.frombuffer("\n".join(values).encode(), np.uint8)
            arrays[f"scores {kind}"] = scores.astype(np.float16)
        about = json.dumps({"format": _FORMAT, "labels": self.labels, "words": list(self.words)})
        with path.open("wb") as file:
            np.savez_compressed(file, about=np.frombuffer(about.encode(), np.uint8), **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path) -> Tagger:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(file["about"].tobytes())
            if about.get("format") != _FORMAT:
                raise ValueError(f"{path.name} has weights of format {about.get('format')}, and this version reads {_FORMAT}.")
            words = {}
            for kind in about["words"]:
                values = pd.Index(file[f"values {kind}"].tobytes().decode().split("\n"), dtype="str")
                words[kind] = (values, file[f"scores {kind}"].astype(np.float32))
            arrays = {name: file[name].astype(np.float32) for name in ("transitions", "edge", "shapes", "gaps")}
        return cls(tuple(about["labels"]), words=words, **arrays)


def _windows(bounds: NDArray[np.int64]) -> tuple[NDArray[np.int64], tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Windows of all articles: token positions (-1: none), windows x length; and where each token is decoded best.

    Neighbouring windows of an article share margins, and a token's label is taken from the window in whose middle it stands.
    """
    sizes = np.diff(bounds)
    per_article = -(-sizes // _WINDOW)
    article = np.repeat(np.arange(len(sizes)), per_article)
    number = np.arange(len(article)) - np.repeat(np.cumsum(per_article) - per_article, per_article)
    start = bounds[:-1][article] + number * _WINDOW - _MARGIN
    at = start[:, None] + np.arange(_WINDOW + 2 * _MARGIN)
    at[(at < bounds[:-1][article][:, None]) | (at >= bounds[1:][article][:, None])] = -1
    inside = np.arange(bounds[-1]) - np.repeat(bounds[:-1], sizes)
    row = np.repeat(np.cumsum(per_article) - per_article, sizes) + inside // _WINDOW
    return at, (row, inside % _WINDOW + _MARGIN)


def _viterbi(emissions: Scores, transitions: Scores, windows: NDArray[np.int64]) -> NDArray[np.int8]:
    n, length = windows.shape
    n_labels = len(transitions)
    back = np.zeros((length, n, n_labels), np.int8)
    best = np.zeros((n, n_labels), np.float32)
    started = np.zeros(n, bool)
    for t in range(length):
        at = windows[:, t]
        there = at >= 0
        paths = best[:, :, None] + transitions
        choice = paths.argmax(axis=1)
        reached = np.take_along_axis(paths, choice[:, None], axis=1)[:, 0]
        moved = np.where((there & started)[:, None], reached, best)
        back[t] = np.where((there & started)[:, None], choice, np.arange(n_labels))
        best = moved + np.where(there[:, None], emissions[at], 0)
        started |= there
    path = np.zeros((n, length), np.int8)
    label = best.argmax(axis=1)
    for t in range(length - 1, -1, -1):
        path[:, t] = label
        label = back[t, np.arange(n), label]
    return path


def _marginals(emissions: Scores, transitions: Scores, windows: NDArray[np.int64]) -> Scores:
    n, length = windows.shape
    there = windows >= 0
    factors = np.where(there[:, :, None], emissions[windows], 0)
    factors = np.exp(factors - factors.max(axis=2, keepdims=True))
    moves = np.exp(transitions - transitions.max())
    forward, backward = np.ones_like(factors), np.ones_like(factors)
    for t in range(length):
        carried = forward[:, t - 1] @ moves if t else np.ones((n, len(transitions)), np.float32)
        before = there[:, t - 1] if t else np.zeros(n, bool)
        carried = np.where(before[:, None], carried, 1)
        forward[:, t] = _scaled(carried * factors[:, t])
    for t in range(length - 2, -1, -1):
        carried = (backward[:, t + 1] * factors[:, t + 1]) @ moves.T
        backward[:, t] = _scaled(np.where(there[:, t + 1][:, None], carried, 1))
    return _scaled(forward * backward)


def _scaled(values: Scores) -> Scores:
    scaled: Scores = values / values.sum(axis=-1, keepdims=True)
    return scaled
