"""Figures in another size: their text shrinks, is wrapped, shortened and thinned out until it has room."""

from __future__ import annotations

import itertools
import re
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from newskit.publish.axes import is_ours, our_style
from newskit.publish.captions import rearrange

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis, Tick
    from matplotlib.figure import Figure
    from matplotlib.text import Text

_SMALLEST = 6.0  # points; less cannot be read in print
_SHRINK = 0.72  # text at half the width: 9 points become 6.5
_LOWER = 0.8  # and rows keep so much of their height, as the smallest texts shrink less
_APART = np.array([-1.5, 0, 1.5, 0])  # pixels; numbers side by side that nearly touch read as one
_EDGE = 3.0  # points between text and the figure's edge


@contextmanager
def resized(ax: Axes, size: tuple[float, float | None] | None) -> Iterator[None]:
    """The figure in this size (inches) while the block runs, and thereafter as it was.

    A figure of the kit has its text fitted; without a height it gets the one that its text needs. Of the user's own, only
    the size changes.
    """
    figure = ax.get_figure(root=True)
    if size is None or figure is None:
        yield
        return
    with ExitStack() as undo:
        width, height = figure.get_size_inches().tolist()
        undo.callback(rearrange, ax)  # the last thing, when all has its size again
        undo.callback(figure.set_size_inches, width, height)
        shrink = max(size[0] / width, _SHRINK) if size[0] < 0.99 * width else 1.0
        figure.set_size_inches(size[0], size[1] or height * (max(shrink, _LOWER) if is_ours(figure) else size[0] / width))
        if is_ours(figure):
            with our_style():
                _fit(ax, shrink, undo, grow=size[1] is None)
        yield


def _fit(ax: Axes, shrink: float, undo: ExitStack, *, grow: bool) -> None:
    figure: Any = ax.get_figure(root=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "constrained_layout not applied")  # there is no room yet
        if shrink < 1:
            _shrink_text(figure, shrink, undo)
            figure.draw_without_rendering()
            _shorten_names(ax, undo)
            lines = _wrap_titles(ax, shrink, undo)
            if grow:
                figure.set_figheight(figure.get_figheight() + lines / 72)
            figure.draw_without_rendering()
            _thin_ticks(ax, undo)
            _make_room(ax, undo)
        rearrange(ax)
        figure.draw_without_rendering()
    if crowded := crowded_texts(figure):
        many = f" and {len(crowded) - 3} more" if len(crowded) > 3 else ""
        wide, high = (25.4 * side for side in figure.get_size_inches())
        warnings.warn(
            f"At {wide:.0f} x {high:.0f} mm there is too little room for {', '.join(map(repr, crowded[:3]))}{many}: make the "
            'figure larger (size="wide"), or draw fewer things.',
            stacklevel=6,
        )


def _set(undo: ExitStack, artist: Any, **values: object) -> None:
    undo.callback(artist.set, **{name: getattr(artist, f"get_{name}")() for name in values})
    artist.set(**values)


def _smaller(size: Any, shrink: float) -> float:
    size = float(size)  # points
    return max(size * shrink, min(_SMALLEST, size))


def _shrink_text(figure: Figure, shrink: float, undo: ExitStack) -> None:
    """Every text, and how far it stands from what it is about."""
    from matplotlib.text import Annotation, Text

    axes: list[Axis] = [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    ticks = {label for axis in axes for which in ("major", "minor") for label in axis.get_ticklabels(which=which)}
    for text in figure.findobj(Text):
        if text not in ticks:
            _set(undo, text, fontsize=_smaller(text.get_fontsize(), shrink))
        if isinstance(text, Annotation) and text.anncoords == "offset points":
            _set(undo, text, position=tuple(shrink * np.array(text.get_position())))
    for axis in axes:
        size = axis.get_ticklabels()[0].get_fontsize() if axis.get_ticklabels() else 9
        undo.callback(axis.set_tick_params, labelsize=size)
        axis.set_tick_params(labelsize=_smaller(size, shrink))


def _shorten_names(ax: Axes, undo: ExitStack) -> None:
    """Names left and right of the Axes, so that they leave it at least a third of the width."""
    width, box = ax.figure.bbox.width, ax.get_window_extent()
    beside = {t: _box(t) for t in ax.texts if t.get_text()}
    outside = [t for t, e in beside.items() if e[0] >= box.x1 or e[2] <= box.x0]
    for text in outside:
        _set(undo, text, text=_cut(text, 0.3 * width))
    right = max((_box(t)[2] - box.x1 for t in outside), default=0.0)
    labels = ax.get_yticklabels()
    most = np.clip(0.62 * width - right, 0.2 * width, 0.4 * width)
    if any(label.get_window_extent().width > most for label in labels):
        ticks, names = ax.get_yticks(), [label.get_text() for label in labels]
        undo.callback(ax.set_yticks, ticks, names)
        ax.set_yticks(ticks, [_cut(label, most) for label in labels])


def _cut(text: Text, most: float) -> str:
    """As much of a text as is `most` pixels wide; a number at its end stays."""
    said, width = text.get_text(), float(np.ptp(_box(text)[::2]))
    if width <= most:
        return said
    name, number = re.fullmatch(r"(.*?)((?:,? n = [\d,]+| ?\([\d,]+\))?)", said, re.DOTALL).groups()  # type: ignore[union-attr]
    keep = max(int(len(said) * most / width) - len(number) - 1, 3)
    return name[:keep].rstrip(" ,.(\\") + "…" + number


def _wrap_titles(ax: Axes, shrink: float, undo: ExitStack) -> float:
    """Title, legend and the label of the x-axis from the figure's left edge, in lines that fit; how many points they add."""
    from matplotlib.text import Text
    from matplotlib.transforms import blended_transform_factory

    figure: Any = ax.get_figure(root=True)
    to_points = 72 / figure.dpi
    room, edge = figure.bbox.width - 2 * _EDGE / to_points, _EDGE / (72 * figure.get_figwidth())
    pad, old_pad = 6.0, round(72 * ax.titleOffsetTrans.get_matrix()[1, 2] / figure.dpi, 6)  # type: ignore[attr-defined]
    added = 0.0
    if legend := ax.get_legend():
        undo.callback(setattr, ax, "legend_", legend)
        size = legend.get_texts()[0].get_fontsize()
        across = blended_transform_factory(figure.transFigure, ax.transAxes)
        handles, labels = ax.get_legend_handles_labels()
        for columns in range(len(handles), 0, -1):
            legend = ax.legend(
                handles, labels, ncols=columns, loc="lower left", bbox_to_anchor=(edge, 1.0), bbox_transform=across,
                fontsize=size, borderaxespad=0.2, borderpad=0.2, frameon=False, handlelength=1.6, columnspacing=1.2,
            )  # fmt: skip
            box = legend.get_window_extent()
            if box.width <= room:
                break
        pad += box.height * to_points
        added += max(pad - old_pad * shrink, 0)
    titles: list[Any] = [t for t in ax.get_children() if type(t) is Text and t not in ax.texts and t.get_text()]
    for title in titles:
        said, look = title.get_text(), {"loc": title.get_ha(), "fontsize": title.get_fontsize()}
        added += _wrap(title, room, undo)
        wrapped = title.get_text()
        undo.callback(ax.set_title, said, pad=old_pad, **look)
        ax.set_title(wrapped, pad=max(pad, shrink * old_pad), **look)
        if look["loc"] == "left":
            across = blended_transform_factory(figure.transFigure, title.get_transform())
            _set(undo, title, transform=across, position=(edge, title.get_position()[1]))
    label = ax.xaxis.label
    added += _wrap(label, room, undo)
    if label.get_window_extent().width > 0.6 * room:  # wider than the Axes may be
        left, across = (
            label.get_horizontalalignment() == "left",
            blended_transform_factory(figure.transFigure, label.get_transform()),
        )
        _set(undo, label, transform=across, position=(edge if left else 0.5, label.get_position()[1]))
    return added


def _wrap(text: Text, room: float, undo: ExitStack) -> float:
    """Break lines that are too long; how many points that adds."""
    said, width = text.get_text(), text.get_window_extent().width
    if width <= room:
        return 0.0
    most = int(0.97 * max(map(len, said.split("\n"))) * room / width)
    lines = [part for line in said.split("\n") for part in textwrap.wrap(line, most, break_long_words=False)]
    _set(undo, text, text="\n".join(lines))
    return 1.2 * float(text.get_fontsize()) * (len(lines) - said.count("\n") - 1)


def _thin_ticks(ax: Axes, undo: ExitStack) -> None:
    """Fewer numbers or dates at the x-axis, until they stand apart."""
    from matplotlib.dates import AutoDateLocator
    from matplotlib.ticker import MaxNLocator

    locator: Any = ax.xaxis.get_major_locator()
    if isinstance(locator, AutoDateLocator):
        undo.callback(setattr, locator, "maxticks", dict(locator.maxticks))
        undo.callback(setattr, locator, "minticks", locator.minticks)
    elif isinstance(locator, MaxNLocator):
        undo.callback(ax.xaxis.set_major_locator, locator)
    else:
        return
    for most in (6, 5, 4, 3):
        boxes = [label.get_window_extent() for label in ax.get_xticklabels() if label.get_text()]
        if all(one.x1 + 3 < other.x0 for one, other in itertools.pairwise(boxes)):
            return
        if isinstance(locator, AutoDateLocator):
            locator.maxticks, locator.minticks = dict.fromkeys(locator.maxticks, most), 2
        else:
            ax.xaxis.set_major_locator(MaxNLocator(nbins=most, integer=True))
        ax.figure.canvas.figure.draw_without_rendering()


def _make_room(ax: Axes, undo: ExitStack) -> None:
    """Upright names below the Axes where slanted ones would touch, and a longer axis where numbers at bars reach the names."""
    canvas, names = ax.figure.canvas.figure, ax.get_xticklabels()
    if len(names) > 1 and (turn := names[0].get_rotation()) % 90:
        apart = ax.get_window_extent().width / len(names) * np.sin(np.radians(turn))
        if apart < 1.2 * float(names[0].get_fontsize()) * canvas.dpi / 72:
            for name in names:
                _set(undo, name, rotation=90, va="center")
    undo.callback(ax.set_xlim, *ax.get_xlim())
    lying = any(getattr(bars, "orientation", "") == "horizontal" for bars in ax.containers)
    for _ in range(5 if lying else 0):
        at, beside = ([_box(t) for t in texts] for texts in (ax.texts, ax.get_yticklabels()))
        if not _overlaps(np.array(at + beside).reshape(-1, 4) + _APART)[: len(at)].any():
            return
        ax.set_xlim(*(1.12 * np.array(ax.get_xlim())))
        canvas.draw_without_rendering()


def crowded_texts(figure: Figure) -> list[str]:
    """The texts that stand over one another or over the figure's edge, once it is laid out."""
    from matplotlib.text import Text

    ticks = [(axis, tick) for ax in figure.axes for axis in (ax.xaxis, ax.yaxis) for tick in axis.get_major_ticks()]
    unseen = {label for axis, tick in ticks if not _seen(axis, tick) for label in (tick.label1, tick.label2)}
    unseen |= {axis.get_offset_text() for axis, _ in ticks}  # beside the label of its axis, whose lines it may stand between
    texts = [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible() and t not in unseen]
    boxes = np.array([_box(t) for t in texts]).reshape(-1, 4)
    least, most = np.array(figure.bbox.extents).reshape(2, 2)
    clipped = np.asarray((boxes[:, :2] < least - 1).any(axis=1) | (boxes[:, 2:] > most + 1).any(axis=1))
    upright = np.array([t.get_rotation() % 90 == 0 for t in texts], bool)  # the box of a slanted text is much larger than it
    covered = _overlaps(boxes + _APART) & upright & upright[:, None]
    return [t.get_text() for t, out, over in zip(texts, clipped, covered.any(axis=1), strict=True) if out or over]


def _seen(axis: Axis, tick: Tick) -> bool:
    """Whether a tick lies in what is drawn of its axis."""
    low, high = sorted(axis.get_view_interval())
    return bool(low <= tick.get_loc() <= high)


def _box(text: Text) -> NDArray[np.float64]:
    """Left, bottom, right, top of the letters, without the line that leads to a note's point."""
    from matplotlib.text import Text

    return np.asarray(Text.get_window_extent(text).extents)


def _overlaps(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes cover each other by more than a pixel."""
    low, high = np.maximum(boxes[:, None, :2], boxes[None, :, :2]), np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    return np.asarray((high - low > 1).all(axis=2) & ~np.eye(len(boxes), dtype=bool))
