"""Spans of tokens, as the labels of a chain mark them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Spans:
    """Spans of tokens, in the order of the text: first and last token, kind (its position in the layer), probability."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    kind: NDArray[np.int64]
    probability: NDArray[np.float64]

    def places(self, which: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and last tokens of some of the spans; -1 for -1."""
        return np.append(self.first, -1)[which], np.append(self.last, -1)[which]

    def of_kind(self, kind: int) -> Spans:
        some = self.kind == kind
        return Spans(self.first[some], self.last[some], self.kind[some], self.probability[some])


def spans_of(label: NDArray[np.int8], probability: NDArray[np.float32], bounds: NDArray[np.int64], n_kinds: int) -> Spans:
    """The spans that B- and I- labels mark; label 0 is O, then come B- of each kind, then I-."""
    first = np.flatnonzero((label >= 1) & (label <= n_kinds))
    goes_on = np.append(label[1:] > n_kinds, False)
    goes_on[bounds[1:][bounds[1:] > 0] - 1] = False
    stops = np.flatnonzero((label > 0) & ~goes_on)
    last = stops[np.searchsorted(stops, first)]
    edges = np.stack([first, last + 1], axis=1).ravel()
    least = np.minimum.reduceat(np.append(probability, 1), edges)[::2] if len(first) else np.zeros(0)
    return Spans(first, last, label[first].astype(np.int64) - 1, least.astype(np.float64))
