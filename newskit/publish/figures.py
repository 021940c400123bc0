"""Exporting figures: PNG, SVG, PDF and the plotted data, the same bytes for the same input."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from newskit.corpus.cells import as_csv
from newskit.corpus.options import check_choice, check_count
from newskit.corpus.paths import write_atomic
from newskit.corpus.tables import check_frame
from newskit.publish.captions import Caption, caption_of
from newskit.publish.fitting import resized
from newskit.publish.images import FORMATS, Format, render
from newskit.publish.provenance import provenance_of
from newskit.publish.writing import check_name, output_folder

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Size = Literal["column", "wide"] | float | tuple[float, float]
_WIDTHS = {"column": 85, "wide": 170}  # mm: one and two columns of most journals
_INCH = 25.4  # mm
_LEAST, _MOST = 30, 600  # mm


@dataclass(frozen=True)
class ExportedFigure:
    """Where a figure was written; a notebook shows it with its alternative text.

    Attributes
    ----------
    name : str
    files : dict of str to Path
        `png`, `svg`, `pdf` (those asked for), `csv` (the plotted data) and `json` (provenance and alternative text).
    alt : str
    width_mm : float
        As wide as it is on paper, and in the notebook.
    """

    name: str
    files: dict[str, Path]
    alt: str
    width_mm: float
    _png: bytes

    def _repr_html_(self) -> str:
        source = base64.b64encode(self._png).decode()
        style = f"width:{self.width_mm:.0f}mm;max-width:100%;height:auto"
        said = f'alt="{html.escape(self.alt)}" data-figure="{self.name}"'  # the report finds the figure's files by its name
        return f'<img {said} src="data:image/png;base64,{source}" style="{style}">'

    def __repr__(self) -> str:
        return f"<figure {self.name}: {', '.join(sorted(self.files))} in {self.files['json'].parent}>"


def export_figure(
    ax: Axes,
    name: str,
    *,
    folder: str | Path = "outputs",
    articles: pd.DataFrame | None = None,
    parameters: Mapping[str, object] | None = None,
    alt: str | None = None,
    data: pd.DataFrame | None = None,
    formats: Sequence[Format] = FORMATS,
    size: Size | None = None,
    unit: Literal["mm", "in"] = "mm",
    size_mm: tuple[float, float] | None = None,
    dpi: int = 300,
    close: bool = True,
) -> ExportedFigure:
    """Write a figure to `folder/figures`, with its data, its alternative text and where it came from.

    Text stays text in SVG and PDF, its letters embedded in both. The same figure gives the same bytes, under any style that
    is in force; your own figure keeps its style. `read_provenance` reads back, from each file, where it came from.

    Parameters
    ----------
    ax : Axes
        From `nk.plots`, or your own (then give `alt` and `data`).
    name : str
        The files' name, without an ending.
    folder : str or Path
        A relative one starts from the project, not from the notebooks' folder.
    articles : DataFrame, optional
        The articles drawn from; their fingerprint goes into the provenance.
    parameters : mapping, optional
        What else was chosen, for the provenance; of the path of a file only its name goes in.
    alt : str, optional
        What the figure shows, in words; the plot functions bring their own.
    data : DataFrame, optional
        The plotted data; the plot functions bring their own.
    formats : sequence of {"png", "svg", "pdf"}
    size : {"column", "wide"}, width, or (width, height), optional
        "column" is 85 mm wide, "wide" 170 mm, a journal's one and two columns; left out: as drawn (170 mm wide). In a figure
        of `nk.plots` that becomes narrower the text shrinks, to 6 points at least, and is arranged anew; with a width alone,
        the height follows the text. A warning says where there is too little room.
    unit : {"mm", "in"}
        Of `size`: millimetres or inches.
    size_mm : (width, height), optional
        The same as `size` in millimetres.
    dpi : int
        Dots per inch of the PNG; the notebook shows it as large as on paper.
    close : bool
        Close the figure, so that a notebook shows it once, with its alternative text.

    Returns
    -------
    ExportedFigure

    Raises
    ------
    ValueError
        If there is no alternative text, the name cannot be a file's name, or a format or size is unknown.

    Examples
    --------
    >>> import newskit as nk, tempfile
    >>> articles = nk.sample_articles()
    >>> ax = nk.plots.article_lengths(nk.describe_articles(articles, near=False))
    >>> nk.export_figure(ax, "lengths", folder=tempfile.mkdtemp(), articles=articles).alt[:40]
    'Histogram of the length of 300 articles:'
    """
    check_name(name)
    unknown = [f for f in formats if f not in FORMATS] if isinstance(formats, Sequence) else []
    if unknown or isinstance(formats, str) or not isinstance(formats, Sequence):
        raise ValueError(f"formats must be a list from {', '.join(FORMATS)}; {unknown or formats!r} cannot be written.")
    _check_given(ax, alt, data, parameters)
    check_count("dpi", dpi, least=1)
    known = caption_of(ax) or Caption("", pd.DataFrame())
    alt, data = alt or known.alt, known.data if data is None else data
    if not alt:
        raise ValueError('This figure has no alternative text: say what it shows, export_figure(ax, name, alt="...").')
    if size is not None and size_mm is not None:
        raise ValueError("Give size or size_mm, not both.")
    figure, wanted = _figure_of(ax), _inches(size, unit) if size_mm is None else _inches(size_mm, "mm")
    origin = provenance_of(name, alt, articles, parameters)
    with resized(ax, wanted):
        width_mm = figure.get_figwidth() * _INCH
        title = " ".join((ax.get_title("left") or ax.get_title() or name).replace(r"\$", "$").split())
        kinds: list[Format] = list(dict.fromkeys([*formats, "png"]))
        images = {kind: render(figure, kind, title=title, origin=origin, dpi=dpi) for kind in kinds}
    contents: dict[str, bytes] = {kind: images[kind] for kind in formats}
    contents["csv"] = as_csv(data)
    note = json.dumps(origin, indent=1, sort_keys=True, ensure_ascii=False)
    contents["json"] = f"{note}\n".encode("utf-8", "backslashreplace")
    target = output_folder(folder, "figures")
    files = {kind: write_atomic(target / f"{name}.{kind}", content) for kind, content in contents.items()}
    if close:
        import matplotlib.pyplot as plt

        plt.close(figure)
    return ExportedFigure(name, files, alt, width_mm, images["png"])


def _check_given(ax: object, alt: object, data: object, parameters: object) -> None:
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        raise ValueError(f"The first argument is the figure's Axes, as nk.plots gives them, not {ax!r}.")
    if not isinstance(alt, str | None):
        raise ValueError(f"alt says in words what the figure shows, not {alt!r}.")
    if data is not None:
        check_frame(data, "The plotted data have", "pass what is drawn, or leave `data` out")
    if not isinstance(parameters, Mapping | None):
        raise ValueError(f"parameters is a mapping of names to values, such as {{'n': 20}}, not {parameters!r}.")


def _inches(size: Size | None, unit: str) -> tuple[float, float | None] | None:
    """Width and height, None where they are left open."""
    if size is None:
        return None
    check_choice("unit", unit, ("mm", "in"))
    if isinstance(size, str):
        check_choice("size", size, _WIDTHS)
        size, unit = _WIDTHS[size], "mm"
    try:
        sides = [float(side) / (_INCH if unit == "mm" else 1) for side in (size if isinstance(size, Sequence) else [size])]
    except (TypeError, ValueError):
        sides = []
    if len(sides) not in (1, 2) or not all(_LEAST <= _INCH * side <= _MOST for side in sides):
        raise ValueError(
            f"size={size!r} with unit={unit!r} is no size of a figure: give a width, or (width, height), each of {_LEAST} to "
            f"{_MOST} mm ({_LEAST / _INCH:.1f} to {_MOST / _INCH:.1f} in)."
        )
    return sides[0], sides[1] if len(sides) == 2 else None


def _figure_of(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("These Axes stand in no figure any more (it was cleared); draw it again.")
    return figure
