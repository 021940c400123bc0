"""Plots of topics: how large they are, what they are about, when they come up, and who writes of them. `nk.plots` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newskit.publish.axes import BLUE, count_of, in_our_style, new_axes, plotted, set_title, shorten, whole_numbers
from newskit.publish.captions import arranged, set_caption
from newskit.publish.timelines import draw_band, draw_counts, draw_line, every_period, name_lines, without_strays

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FEW = 10  # articles; shares of fewer are drawn hollow
_BAR = 44  # points; the bar of a topic's first term
_HOME = 0.6  # a source with so much of a topic is its home


def topic_name(topic: int, label: str, most: int = 28) -> str:
    """A topic's number and as many of its label's terms as fit: `3 travel ban, judge`."""
    name = " ".join(f"{topic} {label}".split())
    whole = name[: most + 2].rpartition(", ")[0]
    return shorten(whole if len(name) > most and whole else name, most)


def points_per_pixel(ax: Axes) -> float:
    """How many points a pixel has, once the layout has given the Axes their place: texts can then be measured."""
    ax.figure.canvas.figure.draw_without_rendering()
    return 72 / ax.figure.dpi


@in_our_style
def topic_sizes(topics: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many articles each topic has, how many of them fit it weakly, and how stable it is.

    Parameters
    ----------
    topics : DataFrame
        `topics_` of a fitted `TopicModel`.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    columns = ["topic", "label", "n_articles", "n_weak", "stability"]
    topics = plotted(topics, "TopicModel().fit(articles).topics_", *columns, empty=True)
    shown = topics[columns].sort_values(["n_articles", "topic"], ascending=[False, True], ignore_index=True)
    place = np.arange(len(shown))[::-1]
    ax = ax or new_axes(max(0.21 * len(shown) + 1.2, 1.8))
    well = shown["n_articles"] - shown["n_weak"]
    look: Any = {"edgecolor": "black", "linewidth": 0.5, "height": 0.7}
    ax.barh(place, well, color=BLUE, label="fits its topic", **look)
    ax.barh(place, shown["n_weak"], left=well, color="white", hatch="////", label="fits weakly", **look)
    for y, n in zip(place, shown["n_articles"], strict=True):
        ax.annotate(f"{n:,}", (n, y), (4, 0), textcoords="offset points", va="center", fontsize=7.5)
    weak = (shown["n_weak"] / shown["n_articles"].clip(lower=1)).map("{:.0%}".format)
    stability = shown["stability"].map("{:.2f}".format).where(shown["stability"].notna(), "–")
    for right, heading, cells in ((32, "weak", weak), (76, "stability", stability)) if len(shown) else ():
        for y, cell in zip([len(shown) - 0.1, *place], [heading, *cells], strict=True):
            ax.annotate(
                cell, (1, y), (right, 0), xycoords=("axes fraction", "data"), textcoords="offset points", ha="right", va="center",
                fontsize=7.5, color="black" if cell == heading else "#444444", annotation_clip=False,
            )  # fmt: skip
    ax.set_yticks(place, [topic_name(r.topic, r.label, 36) for r in shown.itertuples()])
    ax.tick_params(axis="y", length=0)
    most = max(int(shown["n_articles"].max()) if len(shown) else 1, 1)
    ax.set(xlabel="Articles", xlim=(0, 1.14 * most), ylim=(-0.6, max(len(shown), 1) - 0.4))
    whole_numbers(ax, x=True)
    total = f"{count_of(len(shown), 'topic')}, n = {count_of(int(shown['n_articles'].sum()), 'article')}"
    set_title(ax, "Size of the topics" + (f" ({total})" if len(shown) else " (there are none)"), pad=26 if len(shown) else 10)
    if len(shown):
        ax.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1.0), fontsize=8, borderaxespad=0.2, frameon=False)
    told = zip(shown.itertuples(), stability, strict=True)
    said = "; ".join(f"{r.topic} {r.label}: {r.n_articles:,} ({r.n_weak:,} weakly), stability {s}" for r, s in told)
    return set_caption(ax, f"Bars: articles of each topic, and those that fit it weakly. {said or 'None'}.", shown)


@in_our_style
def topic_terms(terms: pd.DataFrame, *, n_topics: int = 12, n_terms: int = 8, ax: Axes | None = None) -> Axes:
    """Draw the words that tell each topic from the others: under each a bar of its weight, as part of the first one's.

    Parameters
    ----------
    terms : DataFrame
        `terms_` of a fitted `TopicModel`, or its rows of some topics.
    n_topics : int
        So many topics, from the top.
    n_terms : int
        At most so many terms of each, as far as they fit into its line.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    columns = ["topic", "label", "term", "weight"]
    terms = plotted(terms, "TopicModel().fit(articles).terms_", *columns, empty=True)
    topics = terms["topic"].drop_duplicates()
    chosen = terms.loc[terms["topic"].isin(topics.head(n_topics)), columns]
    lines = [line.head(n_terms) for _, line in chosen.groupby("topic", sort=False)]
    ax = ax or new_axes(max(0.43 * len(lines) + 0.7, 1.4))
    part = f"{len(lines)} of {count_of(len(topics), 'topic')}" if len(lines) < len(topics) else count_of(len(lines), "topic")
    set_title(ax, "What the topics are about" + (f" (n = {part})" if lines else " (there are none)"))
    ax.set(xticks=[], yticks=[])
    ax.set_xlabel("Bar: weight of the term, relative to the first of its topic", loc="left")
    ax.spines[:].set_visible(False)
    ax.set_ylim(0.9 - max(len(lines), 1), 1)
    for k, line in enumerate(lines):
        _draw_terms(ax, -k, line)
    arranged(ax, _arrange_terms)
    drawn = [line.head(_n_seen(ax, -k)) for k, line in enumerate(lines)]
    said = "; ".join(f"{line['topic'].iloc[0]} {', '.join(line['term'])}" for line in drawn)
    alt = f"The most telling terms of {count_of(len(lines), 'topic')}, by weight. {said or 'None'}."
    return set_caption(ax, alt, pd.concat([terms.head(0)[columns], *drawn]))


def _draw_terms(ax: Axes, y: float, line: pd.DataFrame) -> None:
    """A topic's name, and below it its terms, each with a bar; x counts points."""
    ax.text(0, y + 0.78, topic_name(line["topic"].iloc[0], line["label"].iloc[0], 80), fontsize=8, weight="bold", va="center")
    lengths = _BAR * line["weight"].clip(lower=0) / max(line["weight"].max(), 1e-12)
    for term, length in zip(line["term"], lengths, strict=True):
        ax.text(0, y + 0.4, shorten(term, 30), fontsize=8, va="center")
        ax.barh(y + 0.18, length, height=0.09, color=BLUE)


def _arrange_terms(ax: Axes) -> None:
    """Each line's terms side by side, as many as fit, and at least the first."""
    to_points = points_per_pixel(ax)
    room = to_points * ax.get_window_extent().width
    ax.set_xlim(0, room)
    lefts: dict[float, float] = {}
    terms = [text for text in ax.texts if text.get_fontweight() != "bold"]
    for text, bar in zip(terms, ax.patches, strict=True):
        y = text.get_position()[1]
        text.set_visible(True)  # a hidden text has no width
        left = lefts.get(y, 8.0)
        right = left + max(text.get_window_extent().width * to_points, _BAR)
        seen = right <= room or y not in lefts
        text.set(x=left, visible=seen)
        bar.set(x=left, visible=seen)
        lefts[y] = right + 9 if seen else room  # what comes after has no room either


def _n_seen(ax: Axes, y: float) -> int:
    return sum(text.get_visible() for text in ax.texts if text.get_position()[1] == y + 0.4)


@in_our_style
def topic_timeline(shares: pd.DataFrame, *, n: int = 8, ax: Axes | None = None) -> Axes:
    """Draw which share of the articles each topic has over time, above the number of articles.

    A line breaks where a period has no article; where it has fewer than 10, the marker is hollow and the line thin. Up to
    four lines have their 95% intervals. Stray articles, at most 1% on either side and away from the others, are left out.

    Parameters
    ----------
    shares : DataFrame
        From `nk.topics.by_period`.
    n : int
        So many lines, those with most articles; up to about 8 can be told apart.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    columns = ["period", "topic", "label", "articles", "of", "share", "low", "high"]
    shares = plotted(shares, "topics.by_period(...)", *columns, empty=True)
    dated = shares.loc[shares["period"].notna(), columns]
    if dated.duplicated(["period", "topic"]).any():
        raise ValueError("Some topic has a period more than once: pass the table as nk.topics.by_period gave it.")
    starts = every_period(dated["period"])
    sizes = dated.drop_duplicates("period").set_index("period")["of"].reindex(starts, fill_value=0)
    counts = sizes[without_strays(sizes)]
    table = dated[dated["period"].isin(counts.index)].sort_values(["period", "topic"], ignore_index=True)
    totals = table.groupby("topic")["articles"].sum().sort_values(ascending=False, kind="stable")
    lines = {topic: table[table["topic"] == topic].set_index("period").reindex(counts.index) for topic in totals.index[:n]}
    shown, few = table[table["topic"].isin(list(lines))], counts < _FEW
    ax = ax or new_axes(4.4)
    highs = shown["high"].where(shown["of"] >= _FEW).max() if len(lines) <= 4 else np.nan
    top = 100 * float(np.nanmax([0.01, shown["share"].max(), highs]))
    ends = []
    for k, line in enumerate(lines.values()):
        if len(lines) <= 4:  # intervals of more cover each other
            draw_band(ax, k, counts.index.to_series(), 100 * line["low"], 100 * line["high"])
        share = line["share"].fillna(0).where(counts > 0)
        ends.append(draw_line(ax, k, counts.index.to_series(), 100 * share, few=few))
    names = shown.drop_duplicates("topic").set_index("topic")["label"]
    name_lines(ax, ends, [topic_name(topic, names[topic], 24) for topic in lines], top)
    draw_counts(ax, counts, top, "article")
    ax.set_ylabel("Share of articles (%)")
    notes = [f"\nHollow marker: fewer than {_FEW} articles"] if few.any() else []
    stray = int(sizes.sum() - counts.sum())
    notes += [f"\nNot drawn: {count_of(stray, 'article')} of other times"] if stray else []
    ax.set_xlabel("".join([ax.get_xlabel(), *notes]), loc="left")
    part = f"{len(lines)} of {len(totals):,} topics, " if len(lines) < len(totals) else ""
    total = f"{part}n = {count_of(int(counts.sum()), 'article')}" if lines else "there is none"
    set_title(ax, "Topics over time" + (", with 95% intervals" if 0 < len(lines) <= 4 else "") + f" ({total})")
    said = "; ".join(f"{topic} {names[topic]} {_peak(shown[shown['topic'] == topic])}" for topic in lines)
    return set_caption(ax, f"Lines: share of the articles in each topic over time. Highest: {said or 'none'}.", shown)


def _peak(line: pd.DataFrame) -> str:
    best = line.loc[line["share"].idxmax()]
    return f"{best['share']:.0%} ({best['period']:%d %B %Y}, n = {best['of']:,})"


@in_our_style
def topic_sources(shares: pd.DataFrame, *, sources: int = 10, topics: int = 30, ax: Axes | None = None) -> Axes:
    """Draw which source writes of what, as a matrix: the share of each source's articles in each topic.

    A topic that has 60% or more of its articles from one source is framed there: it may be that source's manner of
    writing, not a matter that the others leave out.

    Parameters
    ----------
    shares : DataFrame
        From `nk.topics.by_source`.
    sources, topics : int
        At most so many of each, those with most articles.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    columns = ["source", "topic", "label", "articles", "of", "share", "expected"]
    shares = plotted(shares, "topics.by_source(...)", *columns, empty=True)
    table = shares[columns].assign(source=shares["source"].astype("str").fillna("(unknown)"))
    of = table.drop_duplicates("source").sort_values(["of", "source"], ascending=[False, True]).set_index("source")["of"]
    totals = table.groupby("topic")["articles"].sum().sort_values(ascending=False, kind="stable")
    rows, across = totals.index[:topics], of.index[:sources]
    shown = table[table["topic"].isin(rows) & table["source"].isin(across)].reset_index(drop=True)
    home = (shown["articles"] >= _HOME * shown["topic"].map(totals)) & (shown["articles"] > 0) & (len(of) > 1)
    ax = ax or new_axes(max(0.21 * len(rows), 1.2) + 1.9)
    _draw_cells(ax, shown, (rows.get_indexer(shown["topic"]), across.get_indexer(shown["source"])), home)
    names = table.drop_duplicates("topic").set_index("topic")["label"]
    ax.set_yticks(range(len(rows)), [topic_name(t, names[t]) + f" ({totals[t]:,})" for t in rows], fontsize=8)
    ax.set_xticks(range(len(across)), [f"{shorten(s, 20)} ({of[s]:,})" for s in across], fontsize=8)
    for label in ax.get_xticklabels():
        label.set(rotation=35, ha="right", rotation_mode="anchor")
    ax.set_xlabel("Source (articles)" + ("\nFramed: the source has 60% or more of the topic's articles" if home.any() else ""))
    parts = [f"{len(k)} of {len(a):,} {w}" for k, a, w in ((rows, totals, "topics"), (across, of, "sources")) if len(k) < len(a)]
    total = "; ".join([", ".join(parts)] * bool(parts) + [f"n = {count_of(int(of[across].sum()), 'article')}"])
    set_title(ax, "Which source writes of what" + (f"\n({total})" if len(shown) else " (there are none)"))
    best = shown.sort_values(["share", "source", "topic"], ascending=[False, True, True]).head(6)
    said = "; ".join(f"{r.source} on {r.topic} {r.label} {r.share:.0%}" for r in best.itertuples())
    homes = "; ".join(f"{r.topic} {r.label} in {r.source}" for r in shown[home].itertuples())
    alt = f"Matrix: share of each source's articles in each topic. Largest: {said or 'none'}."
    return set_caption(ax, alt + (f" Topics with one main source: {homes}." if homes else ""), shown)


def _draw_cells(ax: Axes, shown: pd.DataFrame, cells: tuple[NDArray[np.intp], NDArray[np.intp]], home: pd.Series) -> None:
    """The shares as colours and numbers, and a frame where a topic is at home."""
    from matplotlib.colors import PowerNorm
    from matplotlib.patches import Rectangle

    size = [max(int(at.max(initial=0)) + 1, 1) for at in cells]  # an empty image has no limits
    share = np.zeros(size)
    share[cells] = 100 * shown["share"]
    share = np.nan_to_num(share)
    norm = PowerNorm(0.5, 0, max(share.max(), 1))  # most shares are small: a straight scale shows only the largest topics
    image = ax.imshow(share, cmap="Blues", norm=norm, aspect="auto")
    for i, j, row, framed in zip(*cells, shown.itertuples(), home, strict=True):
        if row.articles:
            said, colour = f"{share[i, j]:.0f}" if share[i, j] >= 0.5 else "<1", "white" if norm(share[i, j]) > 0.65 else "black"
            ax.text(j, i, said, ha="center", va="center", fontsize=7, color=colour, weight="bold" if framed else "normal")
        if framed:
            ax.add_patch(Rectangle((j - 0.45, i - 0.43), 0.9, 0.86, fill=False, linewidth=1.5))
    ax.set_xticks(np.arange(size[1] + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(size[0] + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=1.5)
    ax.tick_params(which="both", length=0)
    ax.spines[:].set_visible(False)
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.7 if size[0] > 8 else 1)
    bar.set_label("Share of source (%)", fontsize=8)
    bar.ax.tick_params(labelsize=8)
