"""Plots of stance: who is against and who in favor of what, and when. `nk.plots` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from newskit.analysis.stance_summary import COUNTED
from newskit.corpus.options import check_choice
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
    shorten,
)
from newskit.publish.captions import set_caption
from newskit.publish.timelines import draw_band, draw_counts, draw_line, every_period, name_lines, without_strays

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIDES = {"against": (-1, RED, "///", "right"), "favor": (1, BLUE, "", "left")}
_FEW = 10  # statements; shares of fewer are drawn hollow


@in_our_style
def stance_bars(
    summary: pd.DataFrame, *, values: Literal["counts", "shares"] = "counts", n: int = 20, ax: Axes | None = None
) -> Axes:
    """Draw how many statements are against (to the left) and in favor (to the right).

    Beside the bars stand the neutral statements, all with a stance (n), and the share of those in favor among those that
    take a side, with its 95% interval.

    Parameters
    ----------
    summary : DataFrame
        From `nk.stances.summary`, by target, holder or source.
    values : {"counts", "shares"}
        Length of the bars: statements, or their share of all with a stance.
    n : int
        So many rows, from the top.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    summary = _summed(summary, "stances.summary(stances)")
    check_choice("values", values, ("counts", "shares"))
    shown = summary[summary["n"] > 0].head(n).reset_index(drop=True)
    place = np.arange(len(shown))[::-1]
    ax = ax or new_axes(max(0.24 * len(shown) + 1.3, 1.6))
    most = 1.0
    for side, (sign, colour, hatch, align) in _SIDES.items():
        length = shown[side] if values == "counts" else 100 * shown[side] / shown["n"]
        most = max(most, length.max() if len(shown) else 0)
        ax.barh(place, sign * length, color=colour, hatch=hatch, edgecolor="black", linewidth=0.5, height=0.7, label=side)
        for y, value in zip(place, length, strict=True):
            said = f"{value:,.0f}" + ("%" if values == "shares" else "")
            ax.annotate(said, (sign * value, y), (3 * sign, 0), textcoords="offset points", ha=align, va="center", fontsize=7.5)
    _columns_beside(ax, shown, place)
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_yticks(place, _names(shown, 32))
    ax.tick_params(axis="y", length=0)
    ax.set(xlim=(-1.4 * most, 1.4 * most), ylim=(-0.6, max(len(shown), 1) - 0.4))
    without = int(summary["abstained"].sum())
    unit = "Statements" if values == "counts" else "Share of statements with a stance (%)"
    ax.set_xlabel(unit + (f"\nNot drawn: {count_of(without, 'statement')} without a stance" if without else ""))
    _unsigned(ax)
    keys, part = " and ".join(_keys(summary)), f"{len(shown)} of {len(summary):,}, " if len(shown) < len(summary) else ""
    n_drawn = f"{part}n = {count_of(int(shown['n'].sum()), 'statement')} with a stance" if len(shown) else "there are none"
    set_title(ax, f"Against and in favor, by {as_label(keys)}\n({n_drawn})", pad=26 if len(shown) else 10)
    if len(shown):
        ax.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1.0), fontsize=8, borderaxespad=0.2, frameon=False)
    rows = zip(_names(shown), shown.itertuples(), strict=True)
    told = "; ".join(f"{name}: {r.against:,} against, {r.favor:,} in favor, {r.neutral:,} neutral" for name, r in rows)
    return set_caption(ax, f"Bars: statements against and in favor, by {keys}. {told or 'None'}.", shown)


def _columns_beside(ax: Axes, shown: pd.DataFrame, place: np.ndarray) -> None:
    """Numbers right of the bars, under headings."""
    shares = [f"{100 * r.favor_share:.0f}% ({100 * r.low:.0f}–{100 * r.high:.0f})" for r in shown.itertuples()]
    shares = [s if r.against + r.favor else "–" for s, r in zip(shares, shown.itertuples(), strict=True)]
    columns = {36: ("neutral", shown["neutral"].map("{:,}".format)), 66: ("n", shown["n"].map("{:,}".format))}
    for right, (heading, cells) in (columns | {130: ("favor share\n(95%)", pd.Series(shares))}).items():
        for y, cell in zip([len(shown) - 0.4, *place] if len(shown) else [], [heading, *cells], strict=len(shown) > 0):
            ax.annotate(
                cell, (1, y), (right, 0), xycoords=("axes fraction", "data"), textcoords="offset points", ha="right",
                va="bottom" if cell == heading else "center", fontsize=7.5, color="black" if cell == heading else "#444444",
                annotation_clip=False,
            )  # fmt: skip


@in_our_style
def stance_matrix(summary: pd.DataFrame, *, holders: int = 15, targets: int = 8, ax: Axes | None = None) -> Axes:
    """Draw who stands where on what, as a matrix: the balance of each holder's statements on each target.

    The balance is -1 where all statements are against, +1 where all are in favor; n stands below it, as the balance of few
    statements means little. Hatched cells have none with a stance.

    Parameters
    ----------
    summary : DataFrame
        From `nk.stances.summary(stances, by=["holder", "target"])`.
    holders, targets : int
        At most so many of each, those with most statements.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    from matplotlib.colors import LinearSegmentedColormap

    summary = _summed(summary, 'stances.summary(stances, by=["holder", "target"])', "holder", "target")
    if summary.duplicated(["holder", "target"]).any():
        raise ValueError("Some holder has a target more than once: draw one period or source, summary[summary[...] == ...].")
    known = summary[summary["n"] > 0]
    rows, columns = _most(known, "holder", holders), _most(known, "target", targets)
    shown = known[known["holder"].isin(rows) & known["target"].isin(columns)].reset_index(drop=True)
    ax = ax or new_axes(0.31 * max(len(rows), 3) + 2.1)
    balance = np.full((max(len(rows), 1), max(len(columns), 1)), np.nan)  # an empty image has no limits
    cells = rows.get_indexer(shown["holder"]), columns.get_indexer(shown["target"])
    balance[cells] = shown["balance"]
    colours = LinearSegmentedColormap.from_list("stance", [RED, "white", BLUE])
    image = ax.imshow(balance, cmap=colours, vmin=-1, vmax=1, aspect="auto")
    ax.patch.set(hatch="////", edgecolor="#B0B0B0", facecolor="white")
    for i, j, row in zip(*cells, shown.itertuples(), strict=True):
        colour = "white" if row.balance > 0.9 else "black"
        said = f"{row.balance:+.2f}".replace("-", "−").replace("+0.00", "0.00")
        ax.text(j, i, f"{said}\nn = {row.n:,}", ha="center", va="center", fontsize=6.5, color=colour, linespacing=1.1)
    for axis, names in ((ax.yaxis, rows), (ax.xaxis, columns)):
        axis.set_ticks(range(len(names)), [shorten(name) for name in names], fontsize=8)
        axis.set_ticks(np.arange(len(names) + 1) - 0.5, minor=True)
    ax.tick_params(axis="x", rotation=35)
    for label in ax.get_xticklabels():
        label.set(ha="right", rotation_mode="anchor")
    ax.grid(which="minor", color="white", linewidth=1.5)
    ax.tick_params(which="both", length=0)
    ax.spines[:].set_visible(False)
    hatched = " (hatched: no statement with a stance)" if len(shown) < balance.size and len(shown) else ""
    ax.set(xlabel=f"Target{hatched}", ylabel="Holder")
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.7 if len(rows) > 6 else 1)
    bar.set_label("Balance (−1 against, +1 in favor)", fontsize=8)
    part = f"{len(rows)} of {known['holder'].nunique():,} holders, {len(columns)} of {known['target'].nunique():,} targets"
    total = count_of(int(shown["n"].sum()), "statement")
    set_title(ax, "Who stands where" + (f"\n({part}; n = {total})" if len(rows) else " (nobody takes a stance)"))
    said = "; ".join(f"{r.holder} on {r.target} {r.balance:+.2f} (n = {r.n:,})" for r in shown.head(8).itertuples())
    alt = f"Matrix of holders and targets: the balance of statements in favor and against. Most statements: {said or 'none'}."
    return set_caption(ax, alt, shown)


@in_our_style
def stance_timeline(summary: pd.DataFrame, *, n: int = 3, ax: Axes | None = None) -> Axes:
    """Draw the share in favor among the statements that take a side over time, with 95% intervals.

    A line breaks where a period has no such statement; where it has fewer than 10, the marker is hollow and the line thin.
    The bars below count the statements drawn. Stray statements, at most 1% on either side and away from the others, are left
    out.

    Parameters
    ----------
    summary : DataFrame
        From `nk.stances.summary(stances, articles, by=["target", "month"])`, or by holder, or by the period alone.
    n : int
        So many lines, those with most statements; choose fewer lines or longer periods where their intervals overlap.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    summary = _summed(summary, 'stances.summary(stances, articles, by=["target", "month"])', "period")
    if summary.duplicated(_keys(summary)).any():
        raise ValueError("Some line has a period more than once: pass the table as nk.stances.summary gave it.")
    sides = (summary["against"] + summary["favor"]).to_numpy()
    table = summary.assign(sides=sides, line=_names(summary.drop(columns="period")))[sides > 0]
    lines, n_lines = _most(table, "line", n), table["line"].nunique()
    table = table[table["line"].isin(lines)].sort_values(["period", "line"], ignore_index=True)
    ax = ax or new_axes(4.4)
    starts = every_period(table["period"])
    sizes = table.groupby("period")["sides"].sum().reindex(starts, fill_value=0)
    starts = starts[without_strays(sizes).to_numpy()]
    table, n_stray = table[table["period"].isin(starts)], int(sizes.drop(starts).sum())
    lines = lines[lines.isin(table["line"])]
    days = starts.diff().min() if len(starts) > 1 else pd.Timedelta(days=1)
    ends = []
    for k, name in enumerate(lines):
        line = table[table["line"] == name].set_index("period").reindex(starts)
        aside = starts + 0.08 * (k - (len(lines) - 1) / 2) * days  # intervals of one period stand side by side
        draw_band(ax, k, aside, 100 * line["low"], 100 * line["high"])
        ends.append(draw_line(ax, k, aside, 100 * line["favor_share"], few=line["sides"] < _FEW))
    ax.axhline(50, color=GREY, linewidth=0.8, linestyle=":")
    if len(_keys(summary)) > 1:
        name_lines(ax, ends, [shorten(name) for name in lines], 100)
    counts = sizes[starts]
    draw_counts(ax, counts, 100, "statement")
    few = "\nHollow marker: fewer than 10 statements" if (table["sides"] < _FEW).any() else ""
    stray = f"\nNot drawn: {count_of(n_stray, 'statement')} of other times" if n_stray else ""
    ax.set_xlabel(f"{ax.get_xlabel()}{few}{stray}", loc="left")
    ax.set_ylabel("In favor, of those that take a side (%)")
    part = f"{len(lines)} of {n_lines}, " if len(lines) < n_lines else ""
    total = f"{part}n = {count_of(int(counts.sum()), 'statement')}" if len(lines) else "there is none"
    set_title(ax, f"Share in favor over time, with 95% interval ({total})")
    said = "; ".join(f"{name}: {_told(table[table['line'] == name])}" for name in lines)
    alt = f"Lines: share in favor among the statements that take a side. {said or 'None'}."
    return set_caption(ax, alt, table.drop(columns="line").rename(columns={"sides": "take_a_side"}))


def _summed(summary: pd.DataFrame, maker: str, *needed: str) -> pd.DataFrame:
    """What a summary is grouped by, the columns before its counts, and these."""
    there = list(summary.columns) if isinstance(summary, pd.DataFrame) else []
    before = there[: there.index("n")] if "n" in there else []
    keys = [c for c in (before if not {*before} <= {*COUNTED} else there) if c not in COUNTED and "n" in there]
    return plotted(summary, maker, *dict.fromkeys([*keys, *needed, *COUNTED]), empty=True)


def _told(line: pd.DataFrame) -> str:
    first, last = line.iloc[0], line.iloc[-1]
    told = [f"{r['favor_share']:.0%} ({r['period']:%d %B %Y}, n = {r['sides']:,})" for r in (first, last)]
    return " to ".join(dict.fromkeys(told))


def _keys(summary: pd.DataFrame) -> list[str]:
    """What a summary is grouped by: the columns before the counts."""
    return list(summary.columns[: list(summary.columns).index("n")])


def _names(summary: pd.DataFrame, most: int | None = None) -> list[str]:
    """Each row's name, of all that it is grouped by; as a label where it has `most` letters."""
    keys = _keys(summary)
    parts = [[f"{v:%d %b %Y}" if isinstance(v, pd.Timestamp) else str(v) for v in summary[key]] for key in keys]
    if most:
        parts = [[shorten(v, min(most // len(keys), 24)) for v in part] for part in parts]
    return [": ".join(row) for row in zip(*parts, strict=True)] if keys else ["all"] * len(summary)


def _most(table: pd.DataFrame, column: str, n: int) -> pd.Index:
    """The values of a column with most statements, ties by name."""
    totals = table.groupby(column)["n"].sum().reset_index().sort_values(["n", column], ascending=[False, True])
    return pd.Index(totals[column].head(n))


def _unsigned(ax: Axes) -> None:
    """Ticks of the same look on both sides of zero."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):,.0f}"))
