"""Plots of how far a model's tags can be trusted, and what more labels bring. `nk.plots` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from newskit.analysis.intervals import wilson
from newskit.corpus.options import check_share
from newskit.publish.axes import (
    BLUE,
    GREY,
    RED,
    as_label,
    count_of,
    in_our_style,
    new_axes,
    plotted,
    set_title,
    whole_numbers,
)
from newskit.publish.captions import set_caption
from newskit.publish.timelines import draw_band

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@in_our_style
def calibration_curve(calibration: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw whether the model is as often right as it is sure: a reliability diagram, with 95% intervals.

    Parameters
    ----------
    calibration : DataFrame
        A row per bin of confidence: `low`, `high` (its bounds), `n`, `confidence` (mean), `right` (share; all 0 to 1).
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    columns = ["low", "high", "n", "confidence", "right"]
    calibration = plotted(calibration, "evaluate_stance(stances, labels).calibration", *columns, empty=True)
    shown = calibration[calibration["n"] > 0].sort_values("low", ignore_index=True)
    x, y, n = 100 * shown["confidence"], 100 * shown["right"], shown["n"].to_numpy(np.float64)
    ax = ax or new_axes(3.8)
    ax.plot([0, 100], [0, 100], color=GREY, linewidth=0.8, linestyle="--", label="as often right as sure")
    _, low, high = wilson(shown["right"].to_numpy(np.float64) * n, n)
    ax.vlines(x, 100 * low, 100 * high, color=BLUE, linewidth=1, label="95% interval")
    ax.plot(x, y, "o-", color=BLUE, markersize=5, linewidth=1, label="the model")
    for at, size in zip(x, shown["n"], strict=True):
        ax.annotate(f"{size:,}", (at, -6), ha="center", va="center", fontsize=7.5, color="#444444")
    ax.axhline(0, color="black", linewidth=0.8)
    least = min(100 * shown["low"].min(), 90) if len(shown) else 0
    ax.set(xlim=(least - 2, 102), ylim=(-11, 104), xlabel="Mean confidence (%)", ylabel="Share right (%)")
    ax.set_yticks([-6, *range(0, 101, 20)], ["n", *map(str, range(0, 101, 20))])
    total = count_of(int(n.sum()), "labelled statement")
    off = float(np.average((x - y).abs(), weights=n)) if len(shown) else 0.0
    if len(shown):
        ax.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1.0), fontsize=8, borderaxespad=0.2, frameon=False)
        ax.set_xlabel(f"Mean confidence (%)\nMean distance from the dashed line: {off:.1f} points")
    title = "How sure and how often right" + (f" (n = {total})" if len(shown) else " (nothing is labelled)")
    set_title(ax, title, pad=26 if len(shown) else 10)
    said = "; ".join(f"{r.confidence:.0%} sure, {r.right:.0%} right (n = {r.n:,})" for r in shown.itertuples())
    alt = f"Reliability diagram: share right by confidence, {off:.1f} points apart on average. {said or 'Nothing is labelled'}."
    return set_caption(ax, alt, shown)


@in_our_style
def learning_curve(
    curve: pd.DataFrame, *, baseline: float | None = None, baseline_name: str = "without labels", ax: Axes | None = None
) -> Axes:
    """Draw what more labels bring: macro-F1 by the number of labels learnt from, with its interval.

    Parameters
    ----------
    curve : DataFrame
        A row per number of labels: `n`, `macro_f1`, `low`, `high` (0 to 1).
    baseline : float, optional
        Macro-F1 (0 to 1) to compare with, drawn as a line.
    baseline_name : str
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    if baseline is not None:
        check_share("baseline", baseline)
    curve = plotted(curve, "stances.learning_curve(stances, labels)", "n", "macro_f1", "low", "high", empty=True)
    shown = curve.dropna(subset="macro_f1").sort_values("n", kind="stable", ignore_index=True)
    ax = ax or new_axes(3.4)
    if len(shown):
        draw_band(ax, 0, shown["n"], 100 * shown["low"], 100 * shown["high"])
        ax.plot(shown["n"], 100 * shown["macro_f1"], "o-", color=BLUE, markersize=5, linewidth=1.3)
    for n, height in zip(shown["n"], 100 * shown["macro_f1"], strict=True):
        side, align = (5, "left") if n == 0 else (-4, "right")  # the first stands at the edge
        ax.annotate(f"{height:.0f}", (n, height), (side, 5), textcoords="offset points", ha=align, fontsize=8)
    if baseline is not None:
        ax.axhline(100 * baseline, color=RED, linestyle="--", linewidth=1.1)
        ax.annotate(
            f"{as_label(baseline_name)}\n{100 * baseline:.0f}", (1.02, 100 * baseline), xycoords=ax.get_yaxis_transform(),
            va="center", fontsize=8, annotation_clip=False,
        )  # fmt: skip
    ax.set(xlabel="Labels learnt from", ylabel="Macro-F1 (0 to 100)")
    ax.margins(y=0.12)
    widest = int(shown["n"].max()) if len(shown) else 1
    ax.set_xlim(-0.02 * widest, 1.04 * widest)
    if not len(shown):
        ax.set_ylim(0, 100)
    whole_numbers(ax, x=True)
    most = f"up to n = {count_of(widest, 'label')}" if len(shown) else "there are none yet"
    set_title(ax, f"What more labels bring ({most})")
    said = "; ".join(f"{100 * r.macro_f1:.0f} with {r.n:,}" for r in shown.itertuples())
    beside = f" {baseline_name[:1].upper()}{baseline_name[1:]}: {100 * baseline:.0f}." if baseline is not None else ""
    return set_caption(ax, f"Line: macro-F1 by the number of labels. {said or 'None'}.{beside}", shown)
