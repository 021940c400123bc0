"""Exporting figures: PNG, SVG, PDF and the plotted data, the same bytes for the same input."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from newskit.corpus.articles import check_articles
from newskit.corpus.paths import write_atomic
from newskit.publish.captions import Caption, caption_of
from newskit.publish.writing import check_name, output_folder

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
_RC: Any = {"svg.hashsalt": "newskit", "svg.fonttype": "none", "pdf.fonttype": 42, "font.family": "DejaVu Sans"}


@dataclass(frozen=True)
class ExportedFigure:
    """Where a figure was written; a notebook shows it with its alternative text.

    Attributes
    ----------
    name : str
    files : dict of str to Path
        `png`, `svg`, `pdf` (those asked for), `csv` (the plotted data) and `json` (provenance and alternative text).
    alt : str
    """

    name: str
    files: dict[str, Path]
    alt: str
    _png: bytes

    def _repr_html_(self) -> str:
        source = base64.b64encode(self._png).decode()
        said = f'alt="{html.escape(self.alt)}" data-figure="{self.name}"'  # the report finds the figure's files by its name
        return f'<img {said} src="data:image/png;base64,{source}" style="max-width:100%;height:auto">'

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
    formats: Sequence[str] = FORMATS,
    size_mm: tuple[float, float] | None = None,
    dpi: int = 200,
    close: bool = True,
) -> ExportedFigure:
    """Write a figure to `folder/figures`, with its data, its alternative text and where it came from.

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
        What else was chosen, for the provenance.
    alt : str, optional
        What the figure shows, in words; the plot functions bring their own.
    data : DataFrame, optional
        The plotted data; the plot functions bring their own.
    formats : sequence of {"png", "svg", "pdf"}
    size_mm : (width, height), optional
        Millimetres; left out: as drawn (170 mm wide).
    dpi : int
        Dots per inch of the PNG.
    close : bool
        Close the figure, so that a notebook shows it once, with its alternative text.

    Returns
    -------
    ExportedFigure

    Raises
    ------
    ValueError
        If there is no alternative text, the name cannot be a file's name, or a format is unknown.

    Examples
    --------
    >>> import newskit as nk, tempfile
    >>> articles = nk.sample_articles()
    >>> ax = nk.plots.article_lengths(nk.describe_articles(articles, near=False))
    >>> nk.export_figure(ax, "lengths", folder=tempfile.mkdtemp(), articles=articles).alt[:40]
    'Histogram of the length of 300 articles:'
    """
    check_name(name)
    unknown = [f for f in formats if f not in FORMATS]
    if unknown or isinstance(formats, str):
        raise ValueError(f"formats must be a list from {', '.join(FORMATS)}; {unknown or formats!r} cannot be written.")
    known = caption_of(ax) or Caption("", pd.DataFrame())
    alt, data = alt or known.alt, known.data if data is None else data
    if not alt:
        raise ValueError('This figure has no alternative text: say what it shows, export_figure(ax, name, alt="...").')
    figure = _figure_of(ax)
    if size_mm:
        figure.set_size_inches(size_mm[0] / 25.4, size_mm[1] / 25.4)
    origin = _provenance(name, articles, parameters)
    target = output_folder(folder, "figures")
    images = {f: _render(figure, f, name, alt, origin, dpi) for f in dict.fromkeys((*formats, "png"))}
    files = {f: write_atomic(target / f"{name}.{f}", images[f]) for f in formats}
    files["csv"] = write_atomic(target / f"{name}.csv", data.to_csv(index=False, lineterminator="\n").encode())
    note = json.dumps({"alt": alt, **origin}, indent=1, sort_keys=True, ensure_ascii=False)
    files["json"] = write_atomic(target / f"{name}.json", f"{note}\n".encode())
    if close:
        import matplotlib.pyplot as plt

        plt.close(figure)
    return ExportedFigure(name, files, alt, images["png"])


def fingerprint(articles: pd.DataFrame) -> str:
    """A hash of the articles' ids and texts, the same in any order: 16 hexadecimal digits."""
    articles = check_articles(articles)
    pairs = zip(articles["article_id"].astype("str"), articles["text"], strict=True)
    rows = sorted(hashlib.sha256(f"{i}\0{t}".encode("utf-8", "surrogatepass")).digest() for i, t in pairs)
    return hashlib.sha256(b"".join(rows)).hexdigest()[:16]


def _provenance(name: str, articles: pd.DataFrame | None, parameters: Mapping[str, object] | None) -> dict[str, Any]:
    import matplotlib

    from newskit.version import __version__

    versions = {"newskit": __version__, "matplotlib": matplotlib.__version__, "pandas": pd.__version__}
    versions["python"] = platform.python_version()
    corpus = {"articles": len(check_articles(articles)), "fingerprint": fingerprint(articles)} if articles is not None else None
    return {
        "figure": name,
        "corpus": corpus,
        "parameters": {k: str(v) for k, v in (parameters or {}).items()},
        "versions": versions,
    }


def _figure_of(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("These Axes stand in no figure any more (it was cleared); draw it again.")
    return figure


def _render(figure: Figure, kind: str, name: str, alt: str, origin: dict[str, Any], dpi: int) -> bytes:
    import matplotlib.pyplot as plt

    said, made_by = json.dumps(origin, sort_keys=True, ensure_ascii=True), f"newskit {origin['versions']['newskit']}"
    metadata: dict[str, dict[str, Any]] = {
        "png": {
            "Software": None,
            "Title": name,
            "Description": said,
            "Source": made_by,
            "Comment": alt.encode("latin-1", "replace").decode("latin-1"),
        },
        "svg": {"Date": None, "Creator": made_by, "Title": name, "Description": f"{alt}\n{said}"},
        "pdf": {
            "CreationDate": None,
            "ModDate": None,
            "Creator": made_by,
            "Producer": None,
            "Title": name,
            "Subject": said,
            "Keywords": alt,
        },
    }
    out = io.BytesIO()
    with plt.rc_context(_RC):
        figure.savefig(out, format=kind, dpi=dpi, metadata=metadata[kind], facecolor="white")
    return out.getvalue()
