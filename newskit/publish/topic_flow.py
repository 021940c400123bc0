"""Plots of articles in topics: where they lie, and where they go from one run to the next. `nk.plots` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.publish.axes import COLOURS, MARKERS, count_of, in_our_style, new_axes, plotted, set_title
from newskit.publish.captions import arranged, set_caption
from newskit.publish.topic_plots import points_per_pixel, topic_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MANY = 2000  # points; more are drawn as an image, which keeps SVG and PDF small
_TOPICS = 20  # so many on a side can be read
_SIDES = ("before", "after")
_NONE = -1  # the topic of an article that is not there, before or after
_LOOKS = {"stays": ("#C8C8C8", ""), "new": ("#EDEDED", "...."), "gone": ("#EDEDED", "xxxx")}  # movements have their colours
_VERBS = {"stays": "stay", "moves": "move", "new": "new", "gone": "gone"}


@in_our_style
def topic_map(placed: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the articles as points, near each other where their words are alike, with the topics' names in their midst.

    Parameters
    ----------
    placed : DataFrame
        From `TopicModel.map`.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    columns = ["article_id", "topic", "label", "x", "y", "weak", "is_new"]
    placed = plotted(placed, "TopicModel().fit(articles).map()", *columns, empty=True)
    shown = placed.loc[placed["x"].notna() & placed["y"].notna(), columns]
    ax = ax or new_axes(5.6)
    for topic, number in _looks(shown).items():
        part = shown[shown["topic"] == topic]
        for weak in (True, False):
            _points(ax, part[part["weak"] == weak], number, len(shown), weak=weak)
    new, weak = shown["is_new"].to_numpy(bool), shown["weak"].to_numpy(bool)
    ring: Any = {"facecolors": "none", "edgecolors": "black", "linewidths": 0.6 if new.sum() <= 300 else 0.25, "zorder": 3}
    if new.any():
        ax.scatter(
            shown["x"][new],
            shown["y"][new],
            s=2.5 * _size(len(shown)) + (8 if new.sum() <= 300 else 0),
            rasterized=len(shown) > _MANY,
            **ring,
        )
    ax.set(xticks=[], yticks=[], xlabel="Neighbours have like words; distances across the map mean little")
    ax.spines[:].set(visible=True, color="#BBBBBB")
    total = f"{count_of(shown['topic'].nunique(), 'topic')}, n = {count_of(len(shown), 'article')}"
    set_title(ax, "Map of the articles" + (f" ({total})" if len(shown) else " (there are none)"), pad=26 if len(shown) else 10)
    keys = (("fits its topic", ~weak, "#555555", 20), ("hollow: fits weakly", weak, "none", 20), ("ringed: new", new, "none", 55))
    for name, mask, face, size in keys:
        if mask.any():
            edge = "black" if size > 20 else "#555555"
            ax.scatter([], [], s=size, facecolors=face, edgecolors=edge, linewidths=0.8, label=name)
    if len(shown):
        ax.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1.0), fontsize=8, borderaxespad=0.2, frameon=False)
    _name_topics(ax, shown)
    sizes = shown.groupby(["topic", "label"]).size().sort_values(ascending=False, kind="stable")
    said = "; ".join(f"{topic} {label} {n:,}" for (topic, label), n in sizes.items())
    alt = f"Scatter plot of {count_of(len(shown), 'article')}, {weak.sum():,} hollow as they fit weakly, {new.sum():,} new. "
    return set_caption(ax, alt + f"Articles by topic: {said or 'none'}.", shown)


def _looks(shown: pd.DataFrame) -> dict[int, int]:
    """The topics, largest first so that small ones lie on top, with their places among the ids: colour and marker."""
    sizes = shown.groupby("topic").size()
    numbers = {topic: k for k, topic in enumerate(sizes.index)}
    return {topic: numbers[topic] for topic in sizes.sort_values(ascending=False, kind="stable").index}


def _marker(number: int) -> str:
    """With the colour, one of 64 pairs; the first eight are those of lines."""
    return MARKERS[(number + number // 8) % 8]


def _size(n: int) -> float:
    return float(np.clip(24_000 / max(n, 1), 3, 26))


def _points(ax: Axes, part: pd.DataFrame, number: int, n: int, *, weak: bool) -> None:
    colour = COLOURS[number % 8]
    ax.scatter(
        part["x"], part["y"], s=_size(n), marker=_marker(number), facecolors="none" if weak else colour, edgecolors=colour,
        linewidths=0.5 if weak else 0, alpha=0.6 if weak else 0.75, rasterized=n > _MANY, zorder=1 if weak else 2,
    )  # fmt: skip


def _name_topics(ax: Axes, shown: pd.DataFrame) -> None:
    """Each topic's sign at the median of its points, its name, and a line between them."""
    from matplotlib.patheffects import withStroke

    white, looks = [withStroke(linewidth=3.5, foreground="white")], _looks(shown)
    labels, most = shown.drop_duplicates("topic").set_index("topic")["label"], 26 if len(looks) <= 12 else 18
    for topic, middle in shown.groupby("topic")[["x", "y"]].median().loc[list(looks)].iterrows():
        number = looks[topic]
        ax.plot(*middle, _marker(number), color=COLOURS[number % 8], markersize=9, markeredgecolor="white", zorder=5)
        ax.annotate(
            topic_name(topic, labels[topic], most), middle, (0, 0), textcoords="offset points", ha="center", va="center",
            fontsize=8, path_effects=white, zorder=6, annotation_clip=False,
        )  # fmt: skip
        to_sign = {"arrowstyle": "-", "linewidth": 0.7, "color": "#444444", "shrinkA": 0, "shrinkB": 4}
        ax.annotate("", middle, (0, 0), textcoords="offset points", arrowprops=to_sign, zorder=4)
    arranged(ax, _arrange_names)


def _arrange_names(ax: Axes) -> None:
    """The names where no other name or sign stands; a line only from those that stand away from their sign."""
    to_points = points_per_pixel(ax)
    names: Any = [text for text in ax.texts if text.get_text()]
    lines = [text for text in ax.texts if not text.get_text()]
    anchors = to_points * ax.transData.transform(np.array([name.xy for name in names]).reshape(-1, 2))
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in anchors]
    frame = to_points * np.array(ax.get_window_extent().extents)
    for name, line, anchor in zip(names, lines, anchors, strict=True):
        box = name.get_window_extent()
        half = np.array([box.width, box.height]) * to_points / 2 + 1
        move = _free_place(anchor, half, np.array(taken), frame)
        name.set_position(tuple(move))
        line.set(position=tuple(move), visible=bool((np.abs(move) - half).max() > 8))
        taken.append((*(anchor + move - half), *(anchor + move + half)))


def _free_place(
    anchor: NDArray[np.float64], half: NDArray[np.float64], taken: NDArray[np.float64], frame: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The shortest move from the anchor to where a box of this half size covers nothing taken, inside the frame."""
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False) + np.pi / 2
    rings = np.arange(1, 30)[:, None]
    out = [(half[0] + 7 * rings) * np.cos(turns), (half[1] + 5 * rings) * np.sin(turns)]
    moves = np.stack(out, axis=-1).reshape(-1, 2)
    low, high = anchor + moves - half, anchor + moves + half
    inside = (low >= frame[:2]).all(axis=1) & (high <= frame[2:]).all(axis=1)
    covers = (low[:, None] < taken[:, 2:]).all(axis=2) & (high[:, None] > taken[:, :2]).all(axis=2)
    far = np.hypot(*np.maximum(np.abs(moves) - half, 0).T) + 0.01 * np.hypot(*moves.T)
    costs = far + 1e4 * covers.sum(axis=1) + 1e5 * ~inside
    return moves[np.argmin(costs)]


@in_our_style
def topic_movement(moves: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw where articles went from one model to the next: topics on both sides, bands as wide as there are articles.

    With more than 20 topics on a side, those of the largest movements between topics are drawn.

    Parameters
    ----------
    moves : DataFrame
        From `nk.topics.movement`.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    columns = ["before", "after", "label_before", "label_after", "articles"]
    moves = plotted(moves, "topics.movement(before, after)", *columns, empty=True)
    known = moves.loc[moves["articles"] > 0, columns]
    known = known.assign(**{side: known[side].astype("Int64").fillna(_NONE).astype(np.int64) for side in _SIDES})
    shown = _largest(known)
    n_nodes = max(shown["before"].nunique(), shown["after"].nunique(), 1)
    ax = ax or new_axes(max(0.3 * n_nodes + 1.2, 2.6))
    left, right = _columns(shown)
    _draw_bands(ax, shown, left, right)
    for x, sizes, side, none in ((0, left, "before", "new"), (1, right, "after", "gone")):
        labels = shown.drop_duplicates(side).set_index(side)[f"label_{side}"]
        _draw_column(ax, x, sizes, {t: none if t == _NONE else topic_name(t, labels[t], 26) for t in sizes.index})
    ax.set(xlim=(0, 1), ylim=(-2.02, 0.02), yticks=[])
    ax.set_xticks([0, 1], ["before", "after"])
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    moved, n = _kind(known), count_of(int(known["articles"].sum()), "article")
    counts = known.groupby(moved)["articles"].sum()
    told = ", ".join(f"{counts[kind]:,} {verb}" for kind, verb in _VERBS.items() if kind in counts)
    rest = int(known["articles"].sum() - shown["articles"].sum())
    left_out = f"\nNot drawn: {count_of(rest, 'article')} of other topics" if rest else ""
    ax.set_xlabel(f"Grey: stays in its topic; coloured: moves to another; hatched: new or gone{left_out}")
    set_title(ax, "Articles from topic to topic" + (f" (n = {n})\n{told}" if len(known) else " (there are none)"))
    between = shown[_kind(shown) == "moves"].head(6)
    said = "; ".join(f"{r.before} {r.label_before} to {r.after} {r.label_after} {r.articles:,}" for r in between.itertuples())
    alt = f"Bands from topics before to topics after ({told or 'no article'}). Largest movements: {said or 'none'}."
    data = shown.assign(**{side: shown[side].astype("Int64").mask(shown[side] == _NONE) for side in _SIDES})
    return set_caption(ax, alt, data)


def _kind(moves: pd.DataFrame) -> pd.Series:
    """What the articles of each row do."""
    kinds = [moves["before"] == _NONE, moves["after"] == _NONE, moves["before"] == moves["after"]]
    return pd.Series(np.select(kinds, ["new", "gone", "stays"], "moves"), moves.index)


def _largest(moves: pd.DataFrame) -> pd.DataFrame:
    """The rows between the 20 topics with most movement between topics, then most articles; the largest rows first."""
    ends = pd.concat([moves.assign(topic=moves[side], moved=moves["articles"] * (_kind(moves) == "moves")) for side in _SIDES])
    sizes = ends[ends["topic"] != _NONE].groupby("topic", as_index=False)[["moved", "articles"]].sum()
    kept = sizes.sort_values(["moved", "articles", "topic"], ascending=[False, False, True])["topic"].head(_TOPICS)
    drawn = moves[list(_SIDES)].isin([_NONE, *kept]).all(axis=1)
    order = moves[drawn].sort_values(["articles", "before", "after"], ascending=[False, True, True])
    return order.reset_index(drop=True)


def _columns(shown: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The articles of each node, from top to bottom: left the largest first, right where most of their articles come from,
    so that fewer bands cross (the barycentre method of Sugiyama, Tagawa and Toda 1981); new and gone last.
    """
    left = shown.groupby("before")["articles"].sum().sort_values(ascending=False, kind="stable")
    left = left[[*left.index[left.index != _NONE], *left.index[left.index == _NONE]]]
    right = shown.groupby("after")["articles"].sum()
    from_where = (left.index.get_indexer(shown["before"]) * shown["articles"]).groupby(shown["after"]).sum() / right
    order = from_where.sort_values(kind="stable").index
    return left, right[[*order[order != _NONE], *order[order == _NONE]]]


def _tops(sizes: pd.Series) -> pd.Series:
    """Where each node of a column begins, from 0 down to -2; all together are 1 high, the other half lies between them."""
    share = sizes / max(sizes.sum(), 1)
    if len(sizes) < 2:
        return share - 1.5  # one in the middle
    return share - share.cumsum() - np.linspace(0, 1, len(sizes))


def _draw_bands(ax: Axes, shown: pd.DataFrame, left: pd.Series, right: pd.Series) -> None:
    """A band per row, those of a node in the order of the nodes on the other side."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    total = float(max(shown["articles"].sum(), 1))
    i, j = left.index.get_indexer(shown["before"]), right.index.get_indexer(shown["after"])
    bands = shown.assign(width=shown["articles"] / total, i=i, j=j, kind=_kind(shown)).sort_values(["i", "j"])
    bands["y0"] = bands["before"].map(_tops(left)) - bands.groupby("i")["width"].cumsum()
    bands = bands.sort_values(["j", "i"])
    bands["y1"] = bands["after"].map(_tops(right)) - bands.groupby("j")["width"].cumsum()
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3]
    for b in bands.sort_values("width", ascending=False, kind="stable").itertuples():
        x, low = (0.012, 0.5, 0.5, 0.988), (b.y0, b.y0, b.y1, b.y1)
        line = [*zip(x, np.add(low, b.width), strict=True), *zip(x[::-1], low[::-1], strict=True)]
        colour, hatch = _LOOKS.get(b.kind, (COLOURS[b.i % 7], ""))
        look: Any = {"facecolor": colour, "edgecolor": "#8C8C8C" if hatch else colour, "hatch": hatch, "linewidth": 0.4}
        faint = 0.85 if b.width > 0.004 else 0.4  # many thin bands would hide what matters
        ax.add_patch(PathPatch(Path(line, codes), alpha=faint, **look))


def _draw_column(ax: Axes, x: int, sizes: pd.Series, names: dict[int, str]) -> None:
    """The nodes of one side, and their names with their numbers of articles beside them."""
    for topic, top in _tops(sizes).items():
        height = sizes[topic] / max(sizes.sum(), 1)
        ax.bar(0.006 + 0.988 * x, -height, bottom=top, width=0.012, color="black")
        ax.annotate(
            f"{names[topic]} ({sizes[topic]:,})", (x, top - height / 2), (10 * x - 5, 0), textcoords="offset points",
            ha="left" if x else "right", va="center", fontsize=8, annotation_clip=False,
        )  # fmt: skip
