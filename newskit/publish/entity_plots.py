"""Plots of entities: who is named most, when, together with whom, and more than before. `nk.plots` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.publish.axes import (
    BLUE,
    COLOURS,
    GREY,
    MARKERS,
    RED,
    as_label,
    count_of,
    in_our_style,
    new_axes,
    plotted,
    set_title,
    shorten,
    whole_numbers,
)
from newskit.publish.captions import set_caption
from newskit.publish.timelines import draw_counts, draw_line, name_lines, without_strays

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KINDS = {"PER": "Persons", "ORG": "Organisations", "LOC": "Places", "MISC": "Other names"}
_FEW = 10  # articles; shares of fewer are drawn hollow


@in_our_style
def top_entities(frequency: pd.DataFrame, *, n: int = 10, ax: Axes | None = None) -> Axes:
    """Draw the most mentioned entities of each kind.

    Parameters
    ----------
    frequency : DataFrame
        From `entity_frequency`, of the whole corpus, or its rows of one period or source.
    n : int
        So many entities of each kind, from the top; at least 1.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    columns = ["entity", "label", "mentions", "articles", "of_articles", "share_of_articles"]
    frequency = plotted(frequency, "entity_frequency(linked, articles)", *columns, empty=True)
    if frequency.duplicated(["entity", "label"]).any():
        raise ValueError("Some entity stands there more than once: draw one period or source, frequency[frequency[...] == ...].")
    kinds = [k for k in dict.fromkeys([*_KINDS, *sorted(frequency["label"].unique())]) if (frequency["label"] == k).any()]
    tops = [frequency.loc[frequency["label"] == kind, columns].head(n) for kind in kinds]
    ax = ax or new_axes(max(0.185 * sum(len(top) + 1.6 for top in tops) + 0.8, 1.6))
    ticks: dict[float, str] = {}
    y = 0.0
    for k, (kind, top) in enumerate(zip(kinds, tops, strict=True)):
        heading = f"{as_label(_KINDS.get(kind, kind))} ({len(top)} of {int((frequency['label'] == kind).sum()):,})"
        ax.annotate(heading, (0, y), (4, 0), textcoords="offset points", va="center", fontweight="bold", fontsize=8.5)
        place = y - 1 - np.arange(len(top))
        ax.hlines(place, 0, top["mentions"], color=GREY, linewidth=1)
        ax.plot(top["mentions"], place, MARKERS[k % 8], color=COLOURS[k % 8], markersize=5)
        for at, row in zip(place, top.itertuples(), strict=True):
            label = f"in {row.share_of_articles:.0%} of articles"
            ax.annotate(label, (row.mentions, at), (7, 0), textcoords="offset points", va="center", fontsize=7.5, color="#444444")
        ticks |= dict(zip(place, [shorten(name) for name in top["entity"]], strict=True))
        y = place[-1] - 1.6
    ax.set_yticks(list(ticks), list(ticks.values()))
    ax.tick_params(axis="y", length=0)
    ax.set(xlabel="Mentions", xlim=(0, max(frequency["mentions"].max() if len(frequency) else 1, 1) * 1.25))
    ax.set_ylim(min(y + 0.9, -1), 0.7)
    whole_numbers(ax, x=True)
    n_articles = int(frequency["of_articles"].iloc[0]) if len(frequency) else 0
    set_title(
        ax, "Most mentioned entities" + (f" (n = {count_of(n_articles, 'article')})" if n_articles else " (there are none)")
    )
    shown = pd.concat([frequency.head(0)[columns], *tops])
    said = "; ".join(
        f"{_KINDS.get(kind, kind)}: " + ", ".join(f"{r.entity} {r.mentions:,}" for r in top.head(3).itertuples())
        for kind, top in zip(kinds, tops, strict=True)
    )
    return set_caption(ax, f"The most mentioned entities of each kind, by number of mentions. {said or 'None'}.", shown)


@in_our_style
def entity_timeline(timeline: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw in which share of the articles entities are named over time, above the number of articles.

    A line breaks where a period has no article; where it has fewer than 10, the marker is hollow and the line thin. Stray
    articles, at most 1% on either side and away from the others, are left out.

    Parameters
    ----------
    timeline : DataFrame
        From `entity_timeline`; up to about 8 entities can be told apart.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    columns = ["period", "entity", "label", "articles", "of_articles", "share_of_articles"]
    timeline = plotted(timeline, "entity_timeline(linked, articles)", *columns, empty=True)
    ax = ax or new_axes(4.4)
    timeline, n_stray = _without_strays(timeline[timeline["period"].notna()])
    by_entity = timeline.groupby(["entity", "label"], sort=False)
    lines = [line for _, line in by_entity if line["share_of_articles"].notna().any()]
    names = _display_names(pd.concat([line.iloc[:1] for line in lines]) if lines else timeline)
    top = max(100 * timeline["share_of_articles"].max() if lines else 0, 1.0)
    ends = [
        draw_line(ax, k, line["period"], 100 * line["share_of_articles"], few=line["of_articles"] < _FEW)
        for k, line in enumerate(lines)
    ]
    name_lines(ax, ends, names, top)
    counts = timeline.drop_duplicates("period").set_index("period")["of_articles"]
    draw_counts(ax, counts, top, "article")
    ax.set_ylabel("Share of articles (%)")
    if (counts < _FEW).any():
        ax.set_xlabel(f"{ax.get_xlabel()}\nHollow marker: fewer than {_FEW} articles", loc="left")
    if n_stray:
        ax.set_xlabel(f"{ax.get_xlabel()}\nNot drawn: {count_of(n_stray, 'article')} of other times", loc="left")
    n_articles = f" (n = {count_of(int(counts.sum()), 'article')})" if lines else " (there is none)"
    set_title(ax, "Articles that name an entity" + n_articles)
    said = ", ".join(f"{name} {_peak(line)}" for name, line in zip(names, lines, strict=True))
    when = f"from {counts.index.min():%d %B %Y} to {counts.index.max():%d %B %Y}" if lines else ""
    alt = f"Lines: share of the articles that name each of {_entities(len(lines))} {when}. Highest: {said or 'none'}."
    return set_caption(ax, alt, timeline[columns])


def _without_strays(timeline: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The timeline without few articles before or behind a period that has none, and how many these are."""
    counts = timeline.drop_duplicates("period").set_index("period")["of_articles"].sort_index()
    drawn = without_strays(counts)
    return timeline[timeline["period"].isin(counts.index[drawn])], int(counts[~drawn].sum())


def _peak(line: pd.DataFrame) -> str:
    best = line.loc[line["share_of_articles"].idxmax()]
    return f"{best['share_of_articles']:.0%} ({best['period']:%d %B %Y})"


@in_our_style
def entity_pairs(pairs: pd.DataFrame, *, n: int = 15, ax: Axes | None = None) -> Axes:
    """Draw which entities are named together, as a matrix: the number of articles, the darker the more beyond chance.

    A matrix, not a network: every pair has one place, so that numbers can be read and absent pairs seen, nothing depends
    on where a layout happens to put a node, and dense graphs do not turn into hairballs (Ghoniem, Fekete and Castagliola
    2004 found matrices easier to read from about twenty nodes on).

    Parameters
    ----------
    pairs : DataFrame
        From `entity_pairs`.
    n : int
        At most so many entities: those of the strongest pairs. Up to about 20 can be read.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    columns = ["entity_a", "label_a", "entity_b", "label_b", "articles", "articles_a", "articles_b", "expected", "npmi"]
    pairs = plotted(pairs, "entity_pairs(linked, articles)", *columns, empty=True)
    entities, shown = _strongest(pairs[columns], n)
    size = len(entities)
    ax = ax or new_axes(0.23 * max(size, 5) + 1.8)
    count, strength = np.zeros((size, size), np.int64), np.full((max(size, 1),) * 2, np.nan)  # an empty image has no limits
    count[shown["row"], shown["column"]] = shown["articles"]
    strength[shown["row"], shown["column"]] = shown["npmi"].fillna(0).clip(lower=0)
    image = ax.imshow(strength, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    small = 7.5 if size <= 15 else 6
    for i, j in np.argwhere(np.tril(count, -1) > 0):
        dark = strength[i, j] > 0.7
        ax.text(j, i, f"{count[i, j]}", ha="center", va="center", fontsize=small, color="white" if dark else "black")
    for i, articles in enumerate(entities["articles"]):
        ax.text(i, i, f"{articles}", ha="center", va="center", fontsize=small, color="#666666", style="italic")
    labels = _display_names(entities)
    ax.set_yticks(range(size), labels, fontsize=8)
    ax.set_xticks(range(size), labels, fontsize=8, rotation=45, ha="right", rotation_mode="anchor")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("Articles that name both\n(diagonal: that name the one)")
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.7 if size > 8 else 1)
    bar.set_label("Beyond chance (npmi)", fontsize=8)
    known = pairs[pairs["expected"] > 0].head(1)
    n_articles = round(float((known["articles_a"] * known["articles_b"] / known["expected"]).sum()))
    set_title(ax, "Entities named together" + (f" (n = {count_of(n_articles, 'article')})" if size else " (no pair)"))
    said = ", ".join(f"{r.entity_a} and {r.entity_b} {r.articles:,}" for r in shown.head(5).itertuples())
    alt = f"Matrix of {_entities(size)}: the number of articles that name two of them. Strongest: {said or 'none'}."
    return set_caption(ax, alt, shown[columns])


def _strongest(pairs: pd.DataFrame, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The entities of the first pairs, those named together side by side, and the pairs between them with their cells."""
    ends = [pairs[[f"entity_{e}", f"label_{e}", f"articles_{e}"]].set_axis(["entity", "label", "articles"], axis=1) for e in "ab"]
    known = pd.concat(ends).sort_index(kind="stable").drop_duplicates(["entity", "label"]).head(n).reset_index(drop=True)
    place = pd.MultiIndex.from_frame(known[["entity", "label"]])
    at = [place.get_indexer(pd.MultiIndex.from_frame(end[["entity", "label"]])) for end in ends]
    kept = (at[0] >= 0) & (at[1] >= 0)
    one, other = at[0][kept], at[1][kept]
    near = np.zeros((len(known), len(known)))
    near[one, other] = near[other, one] = pairs["npmi"].fillna(0).clip(0, 1)[kept]
    order = _side_by_side(near)
    rank = np.argsort(order)
    cells = {"row": np.maximum(rank[one], rank[other]), "column": np.minimum(rank[one], rank[other])}
    return known.iloc[order].reset_index(drop=True), pairs[kept].assign(**cells)


def _side_by_side(near: NDArray[np.float64]) -> NDArray[np.int64]:
    """An order of the rows that brings near ones together: average linkage, its leaves ordered (Bar-Joseph et al. 2001)."""
    from scipy.cluster.hierarchy import leaves_list, linkage

    if len(near) < 3:
        return np.arange(len(near))
    distances = 1 - near[np.triu_indices(len(near), 1)]
    return leaves_list(linkage(distances, "average", optimal_ordering=True)).astype(np.int64)


@in_our_style
def entity_changes(changes: pd.DataFrame, *, n: int = 20, ax: Axes | None = None) -> Axes:
    """Draw which entities are named in more of the articles than before, and which in fewer, with 95% intervals.

    Parameters
    ----------
    changes : DataFrame
        From `entity_changes`.
    n : int
        So many entities, those with the strongest changes.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    columns = ["entity", "label", "share_before", "of_before", "share_after", "of_after", "change", "low", "high", "since"]
    changes = plotted(changes, "entity_changes(linked, articles)", *columns, empty=True)
    shown = changes[columns].head(n).sort_values("change", ascending=False, kind="stable").reset_index(drop=True)
    ax = ax or new_axes(max(0.21 * len(shown) + 1.2, 1.9))
    place = np.arange(len(shown))[::-1]
    unsure = (shown["low"] <= 0) & (shown["high"] >= 0)
    looks = {
        "more": (~unsure & (shown["change"] > 0), BLUE, "^", "full"),
        "fewer": (~unsure & (shown["change"] < 0), RED, "v", "full"),
        "may be chance": (unsure, GREY, "o", "none"),
    }
    for name, (mask, colour, marker, fill) in looks.items():
        if mask.any():
            y, part = place[mask], 100 * shown.loc[mask, ["low", "change", "high"]]
            ax.hlines(y, part["low"], part["high"], color=colour, linewidth=1.4)
            ax.plot(part["change"], y, marker, color=colour, fillstyle=fill, markersize=6, label=name)
    for y, row in zip(place, shown.itertuples(), strict=True):
        label = f"{100 * row.share_before:.1f} → {100 * row.share_after:.1f}%"
        ax.annotate(label, (1.02, y), xycoords=("axes fraction", "data"), va="center", fontsize=7.5, annotation_clip=False)
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_yticks(place, _display_names(shown))
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.7, max(len(shown), 1) - 0.3)
    ax.set_xlabel("Change of the share of articles (percentage points, with 95% interval)")
    first = next(shown.itertuples(), None)
    parted = _parted(first) if first else ""
    set_title(ax, f"Named in more or fewer articles{parted}", pad=24 if first else 10)
    if first:
        ax.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1.0), fontsize=8, borderaxespad=0.2, frameon=False)
    said = ", ".join(f"{r.entity} {100 * r.share_before:.1f} to {100 * r.share_after:.1f}%" for r in shown.itertuples())
    return set_caption(
        ax,
        f"Change of the share of articles that name each of {_entities(len(shown))}{parted}: {said or 'none'}.".replace(
            "\n", " "
        ),
        shown,
    )


def _parted(row: Any) -> str:
    """What is compared with what, in two lines: articles by date, or new ones with the others."""
    if pd.isna(row.since):
        return f", new against earlier\n(n = {row.of_before:,} earlier, {row.of_after:,} new)"
    return f" since {row.since:%d %B %Y}\n(n = {row.of_before:,} before, {row.of_after:,} after)"


def _display_names(table: pd.DataFrame) -> list[str]:
    """The entities' names as labels, with their kind where two have one name."""
    names = table["entity"].map(shorten)
    return [
        f"{e} ({as_label(k)})" if t else e for e, k, t in zip(names, table["label"], names.duplicated(keep=False), strict=True)
    ]


def _entities(n: int) -> str:
    return f"{n:,} " + ("entity" if n == 1 else "entities")
