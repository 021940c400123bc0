"""Intervals of shares, also where the things counted are not independent of each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Z = 1.959963984540054  # of a 95% interval
Floats = NDArray[np.float64]


def wilson(x: NDArray[Any], n: NDArray[Any] | int) -> tuple[Floats, Floats, Floats]:
    """The share x/n with its 95% interval (Wilson 1927); `n` may be an effective size, `x` then that part of it."""
    share = x / n
    middle = (x + Z**2 / 2) / (n + Z**2)
    half = Z / (n + Z**2) * np.sqrt(n * share * (1 - share) + Z**2 / 4)
    return share, np.clip(middle - half, 0, share), np.clip(middle + half, share, 1)


def effective_size(x: Floats, m: Floats, group: NDArray[np.int64], n_groups: int) -> Floats:
    """How many independent observations the clustered ones of each group are worth (Korn and Graubard 1998).

    The design effect is the linearised variance of the ratio sum(x) / sum(m) over that of independent observations; few
    clusters lower the size further (the squared ratio of the quantiles of Student's t). The size is never more than the
    observations are, nor less than if all those of a cluster were copies of one (Kish 1965); it is the latter where
    nothing can be estimated: of one cluster, or where all observations agree.

    Parameters
    ----------
    x, m : float arrays, one entry per cluster
        How many of its `m` observations (at least 1) have the property.
    group : int64 array, one entry per cluster
    n_groups : int

    Returns
    -------
    float array, one entry per group
        0 for a group without clusters.

    Examples
    --------
    >>> favor, of = np.array([1.0, 0, 5, 5]), np.array([1.0, 1, 5, 5])
    >>> effective_size(favor, of, np.array([0, 0, 1, 1]), 2).tolist()
    [2.0, 2.0]
    """
    from scipy.special import stdtrit

    k, of_x, of_m, of_m2 = (np.bincount(group, w, minlength=n_groups) for w in (np.ones(len(m)), x, m, m**2))
    with np.errstate(invalid="ignore", divide="ignore"):
        p = of_x / of_m
        squares = np.bincount(group, (x - p[group] * m) ** 2, minlength=n_groups)
        effect = squares / of_m**2 * k / (k - 1) / (p * (1 - p) / (of_m - 1))
        size = of_m / np.maximum(effect, 1) * (stdtrit(of_m - 1, 0.975) / stdtrit(k - 1, 0.975)) ** 2
        least = np.where(k > 0, of_m**2 / of_m2, 0.0)
    known = (k > 1) & (of_x > 0) & (of_x < of_m)
    return np.where(known, np.clip(size, least, of_m), least)
