"""Plots for choosing how many topics there are: what speaks for each number, and which topics would join. `nk.plots` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from newskit.publish.axes import COLOURS, GREY, MARKERS, count_of, in_our_style, new_axes, plotted, set_title, whole_numbers
from newskit.publish.captions import set_caption
from newskit.publish.timelines import name_lines
from newskit.publish.topic_plots import topic_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MEASURES = ("score", "stability", "separation", "coherence", "diversity")
_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))


@in_our_style
def n_topics_curve(curve: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw what speaks for each number of topics, and which one was chosen; the score as a part of the best one.

    Parameters
    ----------
    curve : DataFrame
        From `choose_n_topics`.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    curve = plotted(curve, "choose_n_topics(articles)", "n_topics", *_MEASURES, "chosen", empty=True)
    shown = curve[["n_topics", *_MEASURES, "chosen"]].sort_values("n_topics", kind="stable", ignore_index=True)
    ax = ax or new_axes(3.6)
    drawn = shown.assign(score=shown["score"] / max(float(shown["score"].max()) if len(shown) else 0, 1e-9))
    ends, names, values = [], [], drawn[list(_MEASURES)]
    low, high = (
        (min(float(np.nanmin(values)), 0), max(float(np.nanmax(values)), 0.1)) if values.notna().any(axis=None) else (0, 1)
    )
    for k, name in enumerate(_MEASURES):
        known = drawn.dropna(subset=name)
        if len(known):
            ax.plot(
                known["n_topics"], known[name], color=COLOURS[k], marker=MARKERS[k], linestyle=_STYLES[k], markersize=4.5,
                linewidth=1.1 if k else 2,
            )  # fmt: skip
            ends.append((known["n_topics"].iloc[-1], float(known[name].iloc[-1])))
            names.append(name if k else "score (best: 1)")
    name_lines(ax, ends, names, high - low)
    ax.axhline(0, color="black", linewidth=0.8)
    chosen = shown[shown["chosen"].to_numpy(bool)]
    for row in chosen.itertuples():
        ax.axvline(row.n_topics, color=GREY, linestyle="--", linewidth=1.1, zorder=0)
        ax.annotate(
            f"chosen: {row.n_topics:,}", (row.n_topics, 1), (0, 2), xycoords=("data", "axes fraction"), ha="center",
            textcoords="offset points", fontsize=8,
        )  # fmt: skip
    ax.set(xlabel="Number of topics", ylabel="Measure", ylim=(low - 0.04 * (high - low), high + 0.06 * (high - low)))
    if len(shown) < 2:  # no range to choose ticks from
        ax.set_xlim(*(shown["n_topics"].iloc[0] + np.array([-1.5, 1.5]) if len(shown) else (0, 1)))
    whole_numbers(ax, x=True)
    total = f"n = {count_of(len(shown), 'number')} tried" if len(shown) else "none was tried"
    set_title(ax, f"How many topics ({total})", pad=18)
    said = "; ".join(f"{r.n_topics:,} topics: score {r.score:.2f}, stability {r.stability:.2f}" for r in shown.itertuples())
    best = "".join(f" Chosen: {n:,}." for n in chosen["n_topics"])
    return set_caption(ax, f"Lines: {', '.join(_MEASURES)} by number of topics.{best} {said or 'None was tried'}.", shown)


@in_our_style
def topic_tree(tree: pd.DataFrame, topics: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw which topics are alike, as a tree: the further left two branches join, the more alike they are.

    At each joint stands the number of articles that the topics behind it have together, if there is room.

    Parameters
    ----------
    tree, topics : DataFrame
        `tree_` and `topics_` of a fitted `TopicModel`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the tree is not one of these topics.
    """
    tree, topics = _of_one_model(tree, topics)
    ax = ax or new_axes(max(0.21 * len(topics) + 1.0, 1.6))
    joins = tree[["left", "right"]].to_numpy().tolist()
    under = [[i] for i in range(len(topics))]  # the topics under each node, from top to bottom
    for left, right in joins:
        under.append(under[left] + under[right])
    leaves = under[-1] if under else []
    parent = {node: height for pair, height in zip(joins, tree["height"], strict=True) for node in pair}  # where it joins
    y = np.zeros(len(under))
    y[leaves] = -np.arange(len(leaves))
    x = np.concatenate([np.zeros(len(topics)), tree["height"].to_numpy(np.float64)])
    for i, (left, right) in enumerate(joins, len(topics)):
        y[i] = (y[left] + y[right]) / 2
        ax.plot([x[left], x[i], x[i], x[right]], [y[left], y[left], y[right], y[right]], color=COLOURS[0], linewidth=1.3)
    for i, n in enumerate(tree["n_articles"], len(topics)):
        free = (parent[i] - x[i]) / max(x.max(), 1e-12) if i in parent else 1
        if free > 0.02 * len(f"{n:,}"):
            ax.annotate(f"{n:,}", (x[i], y[i]), (2, 1), textcoords="offset points", va="bottom", fontsize=6.5, color="#444444")
    if leaves:  # a line without points would count in the layout
        ax.plot(x[: len(topics)], y[: len(topics)], "o", color=COLOURS[0], markersize=4, clip_on=False)
    rows = topics.iloc[leaves]
    ax.set_yticks(y[leaves], [f"{topic_name(r.topic, r.label, 30)}, n = {r.n_articles:,}" for r in rows.itertuples()])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set(xlabel="Height of the joint (the further left, the more alike)", ylim=(0.6 - max(len(leaves), 1), 0.6))
    ax.set_xlim(0, 1.1 * float(x.max()) if x.any() else 1)
    total = f"{count_of(len(topics), 'topic')}, n = {count_of(int(topics['n_articles'].sum()), 'article')}"
    set_title(ax, "Which topics are alike" + (f"\n({total})" if leaves else " (there are none)"))
    names = [f"{r.topic} {r.label}" for r in topics.itertuples()]
    first = tree.head(5)[["left", "right", "height"]].itertuples(index=False)
    groups = [(" with ".join(" and ".join(names[k] for k in under[node]) for node in (a, b)), h) for a, b, h in first]
    said = "; ".join(f"{both} at {h:.2f}" for both, h in groups)
    return set_caption(ax, f"Tree of {count_of(len(topics), 'topic')}. First to join: {said or 'none'}.", tree)


def _of_one_model(tree: pd.DataFrame, topics: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of a tree and its topics, if one can be of the other."""
    tree = plotted(tree, "TopicModel().fit(articles).tree_", "left", "right", "height", "n_articles", empty=True)
    topics = plotted(topics, "TopicModel().fit(articles).topics_", "topic", "label", "n_articles", empty=True)
    if len(tree) != max(len(topics) - 1, 0):
        raise ValueError(f"The tree joins {len(tree) + 1} topics, but the table has {len(topics)}: take both of one model.")
    nodes = tree[["left", "right"]].to_numpy(np.float64)
    known = np.arange(len(topics), len(topics) + len(tree))[:, None]  # so many nodes there are before each joint
    if not ((nodes % 1 == 0) & (nodes >= 0) & (nodes < known)).all() or tree["height"].isna().any():
        raise ValueError(
            "The tree joins what is no topic and no earlier joint, or has no height: take tree_ and topics_ of one model."
        )
    return tree.astype({"left": np.int64, "right": np.int64}), topics
