"""Plots: a table in, matplotlib Axes out. Nothing is written here; `export_figure` does that.

Colours are Okabe and Ito's (2008), told apart by readers with any colour vision, and a second cue (hatching, a label)
stands beside each colour. Every plot states n, and carries its alternative text and its data (see `captions`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from newskit.corpus.tokens import Tokens
from newskit.publish.axes import (
    BLUE,
    GREY,
    ORANGE,
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
from newskit.publish.entity_plots import entity_changes, entity_pairs, entity_timeline, top_entities
from newskit.publish.stance_plots import stance_bars, stance_matrix, stance_timeline
from newskit.publish.topic_choice import n_topics_curve, topic_tree
from newskit.publish.topic_flow import topic_map, topic_movement
from newskit.publish.topic_plots import topic_sizes, topic_sources, topic_terms, topic_timeline
from newskit.publish.trust_plots import calibration_curve, learning_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "article_lengths",
    "calibration_curve",
    "entity_changes",
    "entity_pairs",
    "entity_timeline",
    "gap_widths",
    "learning_curve",
    "n_topics_curve",
    "recovered_words",
    "stance_bars",
    "stance_matrix",
    "stance_timeline",
    "top_entities",
    "top_words",
    "topic_map",
    "topic_movement",
    "topic_sizes",
    "topic_sources",
    "topic_terms",
    "topic_timeline",
    "topic_tree",
]


@in_our_style
def article_lengths(described: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how long the articles are.

    Parameters
    ----------
    described : DataFrame
        From `describe_articles`; its column `tokens` is drawn.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    described = plotted(described, "describe_articles(articles)", "tokens")
    lengths = described["tokens"].to_numpy()
    edges = np.unique(np.histogram_bin_edges(lengths, bins=min(40, max(len(lengths) // 2, 1))).round().astype(int))
    edges = edges if len(edges) > 1 else np.array([edges[0], edges[0] + 1])
    counts, _ = np.histogram(lengths, bins=edges)
    median = float(np.median(lengths))
    ax = ax or new_axes(3.0)
    ax.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=BLUE, edgecolor="white", linewidth=0.5)
    ax.axvline(median, color="black", linestyle="--", linewidth=1)
    ax.margins(y=0.14)
    right = median > (edges[0] + edges[-1]) / 2
    ax.annotate(
        f"median {median:,.0f}", (median, 1), (-4 if right else 4, -2), xycoords=("data", "axes fraction"),
        textcoords="offset points", va="top", ha="right" if right else "left",
    )  # fmt: skip
    ax.set(xlabel="Length (tokens)", ylabel="Articles")
    set_title(ax, f"Length of the articles (n = {len(lengths):,})")
    whole_numbers(ax, x=True, y=True)
    alt = (
        f"Histogram of the length of {count_of(len(lengths), 'article')}: from {lengths.min():,} to {lengths.max():,} tokens, "
        f"median {median:,.0f}; half of them between {np.quantile(lengths, 0.25):,.0f} and {np.quantile(lengths, 0.75):,.0f}."
    )
    return set_caption(ax, alt, pd.DataFrame({"from_tokens": edges[:-1], "to_tokens": edges[1:], "articles": counts}))


@in_our_style
def gap_widths(tokens: Tokens, *, widest: int = 6, ax: Axes | None = None) -> Axes:
    """Draw how wide the gaps between tokens are: in scrubbed text, what is left of the punctuation.

    Parameters
    ----------
    tokens : Tokens
    widest : int
        Gaps of this width and wider share one bar.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    if not isinstance(tokens, Tokens):
        raise TypeError("This plot takes the Tokens that nk.tokenize(articles) gives.")
    inner = np.ones(tokens.n_tokens, bool)
    inner[tokens.first_of_article] = False
    gaps = tokens.gap[inner]
    counts = np.bincount(np.minimum(gaps, widest), minlength=widest + 1)
    share = 100 * counts / max(len(gaps), 1)
    names = [str(w) for w in range(widest)] + [f"{widest}+"]
    if not counts[0]:
        names, counts, share = names[1:], counts[1:], share[1:]
    ax = ax or new_axes(3.0)
    wide = np.array([n not in ("0", "1") for n in names])
    bars = ax.bar(names, share, color=np.where(wide, ORANGE, GREY).tolist(), edgecolor="black", linewidth=0.5)
    for bar, is_wide, value in zip(bars, wide, share, strict=True):
        bar.set_hatch("///" if is_wide else "")
        label = f"{value:.1f}" if value >= 0.05 or not value else "<0.1"
        ax.annotate(
            label, (bar.get_x() + bar.get_width() / 2, value), (0, 2), textcoords="offset points", ha="center", fontsize=8
        )
    ax.set(xlabel="Width of the gap before a token (characters)", ylabel="Share of gaps (%)")
    set_title(ax, f"Gaps between tokens (n = {len(gaps):,}; hatched: wider than one character)")
    ax.margins(y=0.12)
    table = pd.DataFrame({"gap": names, "count": counts, "share_percent": share})
    said = ", ".join(f"{row.gap}: {row.share_percent:.1f}%" for row in table.itertuples())
    return set_caption(
        ax, f"Bar chart of the width of {count_of(len(gaps), 'gap')} between tokens, in characters. {said}.", table
    )


@in_our_style
def top_words(frequency: pd.DataFrame, *, n: int = 20, ax: Axes | None = None) -> Axes:
    """Draw the most frequent words.

    Parameters
    ----------
    frequency : DataFrame
        From `word_frequency`.
    n : int
        So many words, from the top.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    frequency = plotted(frequency, "word_frequency(articles)", "word", "count", "articles", "share_of_articles", empty=True)
    shown = frequency.head(n)[["word", "count", "articles", "share_of_articles"]]
    ax = ax or new_axes(max(0.19 * len(shown) + 0.9, 1.6))
    place = np.arange(len(shown))[::-1]
    ax.hlines(place, 0, shown["count"], color=GREY, linewidth=1)
    ax.plot(shown["count"], place, "o", color=BLUE, markersize=5)
    shares = shown["share_of_articles"] > 0
    for y, row in zip(place, shown.itertuples(), strict=True):
        label = f"in {row.share_of_articles:.0%} of articles"
        ax.annotate(label, (row.count, y), (7, 0), textcoords="offset points", va="center", fontsize=7.5, color="#444444")
    ax.set_yticks(place, [shorten(w) for w in shown["word"]])
    ax.set_xlabel("Occurrences")
    n_articles = round((shown["articles"] / shown["share_of_articles"]).replace(np.inf, np.nan).max()) if shares.any() else 0
    set_title(ax, f"Most frequent words ({len(shown)} of {len(frequency):,}; n = {count_of(n_articles, 'article')})")
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, max(float(shown["count"].max()) if len(shown) else 1, 1) * 1.22)
    ax.set_ylim(-0.7, max(len(shown), 1) - 0.3)
    whole_numbers(ax, x=True)
    said = ", ".join(f"{row.word} {row.count:,}" for row in shown.head(10).itertuples())
    return set_caption(
        ax, f"The {count_of(len(shown), 'most frequent word')} by number of occurrences. First: {said or 'none'}.", shown
    )


@in_our_style
def recovered_words(compared: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many damaged words come back from scrubbed text.

    Parameters
    ----------
    compared : DataFrame
        From `compare_scrubbed`.
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    compared = plotted(compared, "compare_scrubbed(articles)", "kind", "written", "share", empty=True)
    shown = compared[compared["written"] > 0].reset_index(drop=True)
    share = 100 * shown["share"]
    place = np.arange(len(shown))[::-1]
    ax = ax or new_axes(0.3 * len(shown) + 1.1)
    ax.barh(place, share, color=BLUE, edgecolor="black", linewidth=0.5, label="read as written")
    ax.barh(
        place,
        100 - share,
        left=share,
        color="white",
        edgecolor="black",
        linewidth=0.5,
        hatch="///",
        label="lost or read in parts",
    )
    ax.set_yticks(place, [f"{as_label(row.kind)}, n = {row.written:,}" for row in shown.itertuples()])
    ax.tick_params(axis="y", length=0)
    for y, value in zip(place, share, strict=True):
        ax.annotate(f"{value:.1f}%", (102, y), va="center", fontsize=8, annotation_clip=False)
    ax.set(xlim=(0, 100), xlabel="Share of words (%)")
    set_title(ax, "Words that the kit reads from the scrubbed text", pad=26)
    ax.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1.0), fontsize=8, borderaxespad=0.2, frameon=False)
    said = ", ".join(f"{row.kind} {100 * row.share:.1f}% of {row.written:,}" for row in shown.itertuples())
    return set_caption(
        ax, f"Share of words that are read from the scrubbed text as they were written: {said or 'no words'}.", shown
    )
