"""What plots over time have in common: lines that are named at their ends, above bars that say how much they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.analysis.named import all_starts
from newskit.publish.axes import COLOURS, MARKERS, count_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DAYS = {1: "Day", 7: "Week (from Monday)", 31: "Month", 366: "Year"}
End = tuple[np.datetime64, float]


def draw_line(ax: Axes, k: int, periods: pd.Series, heights: pd.Series, *, few: pd.Series) -> End:
    """The k-th line, hollow and thin where it rests on few things; returns its last point."""
    x, y, thin = periods.to_numpy(), heights.to_numpy(), few.to_numpy()
    colour, marker = COLOURS[k % 8], MARKERS[k % 8]
    for values, width in ((y, 0.4), (np.where(thin, np.nan, y), 1.3)):
        ax.plot(x, values, color=colour, linewidth=width, linestyle="-" if k < 8 else "--")
    for mask, face in ((~thin, colour), (thin, "white")):
        if mask.any():  # a line without points would count in the layout
            ax.plot(x[mask], y[mask], marker, color=colour, markersize=4.5, markerfacecolor=face, clip_on=False)
    last = np.flatnonzero(~np.isnan(y))[-1]
    return x[last], float(y[last])


def draw_band(ax: Axes, k: int, x: pd.Series, low: pd.Series, high: pd.Series) -> None:
    """The interval around the k-th line: a band, and a line at each point where points are few or stand alone."""
    colour, bounds = COLOURS[k % 8], [v.to_numpy() for v in (x, low, high)]
    known = np.pad(~np.isnan(bounds[1]), 1)
    marked = known[1:-1] & (~(known[:-2] | known[2:]) | (len(x) <= 8))
    ax.fill_between(*bounds, color=colour, alpha=0.13, linewidth=0)
    ax.vlines(*(v[marked] for v in bounds), color=colour, linewidth=0.8, alpha=0.7)


def name_lines(ax: Axes, ends: Sequence[End], names: Sequence[str], top: float) -> None:
    """Each line's name right of the Axes, `top` high, with a thin line to its end."""
    heights = _apart(np.array([y for _, y in ends]), 0.065 * top, 1.05 * top)
    for k, (end, height, name) in enumerate(zip(ends, heights, names, strict=True)):
        to_line = {"arrowstyle": "-", "color": COLOURS[k % 8], "linewidth": 0.6, "shrinkB": 4, "relpos": (0, 0.5)}
        ax.annotate(
            name, end, (1.03, height), textcoords=("axes fraction", "data"), va="center", fontsize=8, arrowprops=to_line,
            annotation_clip=False,
        )  # fmt: skip


def every_period(starts: pd.Series) -> pd.Series:
    """Every day, week, month or year between the first and last of these starts, whichever of them they are."""
    known = starts.drop_duplicates().sort_values()
    if known.empty:
        return known
    if (known.dt.day == 1).all():
        return all_starts(known, "year" if (known.dt.month == 1).all() else "month")
    return all_starts(known, "week" if (known.dt.day_of_week == 0).all() else "day")


def without_strays(counts: pd.Series) -> pd.Series:
    """Which periods to draw: not the few things, at most 1% on either side, before or behind one that has none.

    `counts` has the periods as its index, in order, without a gap; so has the answer (bool).
    """
    part = (counts == 0).cumsum()  # periods up to the next empty one
    sizes = counts.groupby(part).sum()
    few = 0.01 * sizes.sum()
    kept = sizes.index[(sizes.cumsum() > few) & (sizes[::-1].cumsum() > few)]
    return part.between(kept.min(), kept.max()) & ((counts > 0) | (part > kept.min())) if len(kept) else part >= 0


def draw_counts(ax: Axes, counts: pd.Series, top: float, noun: str) -> None:
    """Bars of the number of things per period, in a band of their own below zero, and both scales' ticks."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.ticker import MaxNLocator

    ticks = {float(t): f"{t:g}" for t in MaxNLocator(nbins=5, steps=[1, 2, 5, 10]).tick_values(0, top) if 0 <= t <= 1.05 * top}
    steps = counts.index.to_series().diff().dt.days.min()
    days = 1 if pd.isna(steps) else int(steps)
    if len(counts):
        most = max(int(counts.max()), 1)
        ax.bar(counts.index.to_numpy(), 0.2 * top * counts / most, bottom=-0.3 * top, width=0.8 * days, color="#BBBBBB")
        ticks |= {-0.3 * top: "0", -0.1 * top: count_of(most, noun)}
        ax.xaxis.set_major_locator(locator := AutoDateLocator(minticks=3, maxticks=8))
        ax.xaxis.set_major_formatter(formatter := ConciseDateFormatter(locator))
        formatter.formats[2] = formatter.zero_formats[2] = "%d %b"  # a bare day at the left end is of no month
        formatter.offset_formats[2] = "%Y"
        if len(counts) < 4:
            ax.set_xticks(counts.index.to_numpy(), [f"{d:%d %b %Y}" for d in counts.index])
    else:
        ax.set_xticks([])
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set_yticks(list(ticks), list(ticks.values()))
    ax.set_ylim(-0.3 * top, 1.08 * top)
    ax.set_xlabel(_DAYS[min(d for d in _DAYS if d >= min(days, 366))] if len(counts) > 1 else "Period", loc="left")


def _apart(heights: NDArray[np.float64], gap: float, most: float) -> NDArray[np.float64]:
    """Heights for labels, at least `gap` apart and below `most` where there is room, in the order of the lines' ends."""
    order = np.argsort(heights, kind="stable")
    steps = gap * np.arange(len(heights))
    pushed = np.maximum.accumulate(heights[order] - steps) + steps
    placed = np.empty(len(heights))
    placed[order] = np.minimum(pushed, most - steps[::-1])
    return placed
