"""What a drawn figure says in words and in numbers: its alternative text and its data, kept beside the Axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Caption:
    """Alternative text for readers who do not see the figure, and the plotted data as a table."""

    alt: str
    data: pd.DataFrame


_captions: WeakKeyDictionary[Axes, Caption] = WeakKeyDictionary()


def set_caption(ax: Axes, alt: str, data: pd.DataFrame) -> Axes:
    """Remember what `ax` shows; `export_figure` writes it out. Returns `ax`."""
    _captions[ax] = Caption(alt, data.reset_index(drop=True))
    return ax


def caption_of(ax: Axes) -> Caption | None:
    """What `set_caption` said of `ax`, if anything."""
    return _captions.get(ax)


_arrangements: WeakKeyDictionary[Axes, Callable[[Axes], None]] = WeakKeyDictionary()


def arranged(ax: Axes, arrange: Callable[[Axes], None]) -> None:
    """Place texts that were put where there is room: now, and again whenever the figure has got another size."""
    _arrangements[ax] = arrange  # a function of the Axes alone: one that holds them would keep them for ever
    arrange(ax)


def rearrange(ax: Axes) -> None:
    """Place again what `arranged` placed, if anything."""
    if ax in _arrangements:
        _arrangements[ax](ax)
