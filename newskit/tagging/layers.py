"""The arithmetic of the taggers' networks, on rows that lie one behind the other."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
_COLUMNS = 16  # of a product; of narrower ones the last bit of a row was seen to depend on the number of rows


def with_nothing(table: Values) -> Values:
    """The table with one row more, of zeros: what stands where no token is."""
    return np.concatenate([table, np.zeros_like(table[:1])])


def looked_up(tables: list[Values], columns: list[NDArray[np.int64]], row: NDArray[np.int64], n_rows: int) -> Values:
    """The sum of the tables' rows that the columns name, each token's at its place; the other places are zero."""
    total, rows = np.empty((2, n_rows, tables[0].shape[1]), np.float32)
    for k, (table, column) in enumerate(zip(tables, columns, strict=True)):
        which = np.full(n_rows, len(table) - 1)
        which[row] = column
        np.take(table, which, axis=0, out=rows if k else total, mode="clip")  # "raise" would look at all of them once more
        if k:
            total += rows
    return total


def convolved(rows: Values, kernel: Values, bias: Values, step: int) -> Values:
    """A convolution over three places, nothing being beyond the rows, with what is below zero cut off."""
    total = np.empty((len(rows), len(bias)), np.float32)
    total[:] = bias
    add_product(rows, kernel[1], total)
    add_product(rows[:-step], kernel[0], total[step:])
    add_product(rows[step:], kernel[2], total[:-step])
    return np.maximum(total, 0, out=total)


def add_product(rows: Values, matrix: Values, total: Values) -> None:
    """Add `rows @ matrix` to `total` in place: one pass over memory where numpy takes three.

    A row's sum does not depend on the rows beside it, not in its last bit either, so that articles read in parts give what
    they give at once.
    """
    if len(rows):
        done = _sgemm()(1.0, matrix.T, rows.T, 1.0, total.T, overwrite_c=1)
        if not np.shares_memory(done, total):  # an array that does not lie in one piece was copied
            total[:] = done.T


def scored(rows: Values, matrix: Values, bias: Values) -> Values:
    """`rows @ matrix + bias`, in at least as many columns as make a row's sums independent of the other rows."""
    n = matrix.shape[1]
    wide = np.zeros((len(matrix), max(n, _COLUMNS)), np.float32)
    wide[:, :n] = matrix
    total = np.zeros((len(rows), wide.shape[1]), np.float32)
    total[:, :n] = bias
    add_product(rows, wide, total)
    return total[:, :n]


@cache
def _sgemm() -> Any:
    from scipy.linalg.blas import sgemm

    return sgemm


def elsewhere(rows: Values, word: NDArray[np.int64]) -> Values:
    """Per row, the mean of the other rows of the same word; nothing where there is no other."""
    order = np.argsort(word, kind="stable")
    first = np.flatnonzero(np.append(True, np.diff(word[order]) > 0)[: len(word)])
    counts = np.diff(np.append(first, len(word)))
    again = np.flatnonzero(counts > 1)
    others = np.zeros_like(rows)
    if len(again):
        sizes = counts[again]
        group = np.repeat(np.arange(len(again)), sizes)
        begins = np.cumsum(sizes) - sizes
        kept = order[np.arange(len(group)) + (first[again] - begins)[group]]
        own = np.take(rows, kept, axis=0)
        share = np.take(np.add.reduceat(own, begins, axis=0), group, axis=0)
        share -= own
        share *= (1 / (sizes - 1).astype(np.float32))[group, None]
        others[kept] = share
    return others


def in_segments(rows: Values, first: NDArray[np.int64], size: NDArray[np.int64], article: NDArray[np.int64]) -> Values:
    """Per segment the means of its rows, of the segment before and of the one behind in the same article, side by side.

    `first`: each segment's first row; the rows between the articles are zero, so that a sum may run over them.
    """
    means = np.add.reduceat(rows, first, axis=0) / size[:, None].astype(np.float32) if len(first) else rows[:0]
    told = np.zeros((len(means), 3, rows.shape[1]), np.float32)
    same = np.diff(article) == 0
    told[:, 0] = means
    told[1:, 1][same] = means[:-1][same]
    told[:-1, 2][same] = means[1:][same]
    return told.reshape(len(means), 3 * rows.shape[1])


def groups(bounds: NDArray[np.int64], size: int | None) -> list[tuple[int, int]]:
    """Neighbouring articles that together have about so many tokens (None: all): first article, and the one behind the last."""
    cuts = np.flatnonzero(np.diff(bounds[:-1] // size)) + 1 if size else np.zeros(0, np.int64)
    edges = [0, *cuts.tolist(), len(bounds) - 1]
    return [(a, b) for a, b in pairwise(edges) if b > a]
