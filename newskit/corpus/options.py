"""Options as they are given: checked where they come in, with an error that says what they can be."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real

import numpy as np

from newskit.corpus.articles import nearest

_SEEDS = 2**32 - 1  # of scikit-learn


def check_choice(name: str, value: object, choices: Iterable[str]) -> None:
    """Raise a ValueError where an option is none of its choices; it proposes the nearest one."""
    known = list(choices)
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, known))}, not {value!r}.{nearest(str(value), known)}")


def check_count(name: str, value: object, *, least: int = 0, none: bool = False) -> None:
    """Raise a ValueError where an option is no whole number of at least so much (or None, where that says something).

    Examples
    --------
    >>> check_count("n", 2.5)
    Traceback (most recent call last):
    ValueError: n must be a whole number, 0 or more, not 2.5.
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool | np.bool_)
    if not (none and value is None) and not (whole and least <= int(value) < 1 << 63):  # type: ignore[call-overload]
        raise ValueError(f"{name} must be a whole number, {least} or more,{' or None,' if none else ''} not {value!r}.")


def check_share(name: str, value: object, *, most: float = 1) -> None:
    """Raise a ValueError where an option is no number from 0 to 1 (or to `most`)."""
    number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    if not number or not 0 <= value <= most:  # type: ignore[operator]
        raise ValueError(f"{name} must be a number from 0 to {most:g}, not {value!r}.")


def check_flag(name: str, value: object) -> None:
    """Raise a ValueError where an option is neither True nor False: the word "no" would count as True."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False, not {value!r}.")


def check_seed(value: object) -> None:
    """Raise a ValueError where `random_state` is no whole number that a generator takes."""
    check_count("random_state", value)
    if value > _SEEDS:  # type: ignore[operator]
        raise ValueError(f"random_state must be a whole number from 0 to {_SEEDS:,}, not {value!r}.")
