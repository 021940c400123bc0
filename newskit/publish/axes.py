"""What all plots have in common: their colours and style, new Axes, labels, and a check of what they are given."""

from __future__ import annotations

import functools
import locale
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec
from weakref import WeakSet

import pandas as pd

from newskit.corpus.options import check_count
from newskit.corpus.tables import check_table
from newskit.corpus.visible import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

P = ParamSpec("P")
_COUNTS = ("n", "widest", "holders", "targets", "sources", "topics", "n_topics", "n_terms")  # options of plots

BLUE, ORANGE, RED, GREY = "#0072B2", "#E69F00", "#D55E00", "#7F7F7F"
# Okabe and Ito's colours without yellow, which is too pale for lines; the darkest first
COLOURS = (BLUE, RED, "#009E73", "#000000", "#CC79A7", ORANGE, "#56B4E9", GREY)
MARKERS = "osD^vPX*"

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "hatch.linewidth": 0.6,
    "timezone": "UTC",
}
WIDTH = 6.7  # inches: 170 mm, the text width of most journals


def plotted(table: pd.DataFrame, maker: str, *columns: str, empty: bool = False) -> pd.DataFrame:
    """These columns of a table, or what a plot needs (`maker`: the call that gives it) where it got something else."""
    made = f"this plot takes the table that nk.{maker} gives"
    table = check_table(table, "The table has", made, *columns)
    if table.empty and not empty:
        raise ValueError(f"The table has no rows; {made}.")
    return table.fillna({"entity": "(unknown)"}) if "entity" in table else table


_ours: WeakSet[Figure] = WeakSet()


@contextmanager
def our_style() -> Iterator[None]:
    """The kit's own look and English dates, whatever style and language are in force."""
    import matplotlib.pyplot as plt

    spoken = locale.setlocale(locale.LC_TIME)
    if spoken != "C":
        locale.setlocale(locale.LC_TIME, "C")
    try:
        with plt.style.context("default"), plt.rc_context(STYLE):
            yield
    finally:
        if spoken != "C":
            locale.setlocale(locale.LC_TIME, spoken)


def in_our_style(plot: Callable[P, Axes]) -> Callable[P, Axes]:
    """A plot that looks the same under any style; in Axes of the user's it keeps to theirs."""

    @functools.wraps(plot)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Axes:
        from matplotlib.axes import Axes

        if (ax := kwargs.get("ax")) is not None and not isinstance(ax, Axes):
            raise ValueError(f"ax must be matplotlib's Axes, such as plt.subplots()[1], not {ax!r}.")
        for name, value in kwargs.items():
            if name in _COUNTS and not isinstance(value, pd.DataFrame):
                check_count(name, value, least=1)
        if ax is not None:
            return plot(*args, **kwargs)
        with our_style():
            return plot(*args, **kwargs)

    return drawn


def new_axes(height: float) -> Axes:
    """Axes of a figure as wide as a journal's text, `height` inches high."""
    import matplotlib.pyplot as plt

    with our_style():
        figure, ax = plt.subplots(figsize=(WIDTH, height))
    _ours.add(figure)
    return ax


def is_ours(figure: Figure) -> bool:
    """Whether a plot of the kit made the figure, not the user."""
    return figure in _ours


def set_title(ax: Axes, text: str, *, pad: float = 10) -> None:
    """A title above the left edge."""
    ax.set_title(text, loc="left", fontsize=10, pad=pad)


def whole_numbers(ax: Axes, *, x: bool = False, y: bool = False) -> None:
    """Ticks at whole numbers only, with commas between thousands."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    for axis in [ax.xaxis] * x + [ax.yaxis] * y:
        axis.set_major_locator(MaxNLocator(integer=True, nbins=7))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def as_label(text: str, most: int | None = None) -> str:
    """Text as a figure draws it: in one line, its control characters named, its dollar signs no mathematics."""
    text = visible(" ".join(text.splitlines()))
    text = text if most is None or len(text) <= most else text[: most - 1] + "…"
    return text.replace("$", r"\$")


def shorten(word: str, most: int = 24) -> str:
    """A label of bearable length."""
    return as_label(word, most)


def count_of(n: int, noun: str) -> str:
    """`1 article`, `2,841 articles`."""
    return f"{n:,} {noun}" + ("" if n == 1 else "s")
