"""Figures as bytes: PNG, SVG and PDF that say what they show and where they come from, the same for the same figure."""

from __future__ import annotations

import base64
import io
import re
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Literal, get_args

from newskit.publish.axes import is_ours, our_style
from newskit.publish.provenance import KEY, NAMESPACE, as_ascii

if TYPE_CHECKING:
    from lxml.etree import _Element
    from matplotlib.figure import Figure

Format = Literal["png", "svg", "pdf"]
FORMATS: tuple[Format, ...] = get_args(Format)
# What a file is like, whatever the user has set for files: text stays text, fonts are embedded, nothing is random
_RC: Any = {
    "svg.hashsalt": "newskit",
    "svg.fonttype": "none",
    "svg.image_inline": True,
    "svg.id": None,
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "pdf.use14corefonts": False,
    "pdf.inheritcolor": False,
    "savefig.bbox": "standard",
    "savefig.facecolor": "auto",
    "savefig.edgecolor": "auto",
    "savefig.transparent": False,
}
_SVG, _FONT = "{http://www.w3.org/2000/svg}", "'DejaVu Sans'"
_LIKE_IT = "Verdana, Geneva, 'Noto Sans', sans-serif"  # as wide or narrower, for programs that know no embedded fonts


def render(figure: Figure, kind: Format, *, title: str, origin: dict[str, Any], dpi: int) -> bytes:
    """The figure in one format, `origin` (from `provenance_of`) in it.

    Of a figure of the kit nothing depends on the style in force; the user's own keep theirs.
    """
    import matplotlib.pyplot as plt

    made_by, said = f"newskit {origin['versions']['newskit']}", as_ascii(origin)
    title, alt = readable(title), readable(origin["alt"])
    metadata: dict[str, Any] = {
        "png": {"Software": None, "Title": title, "Description": alt, "Source": made_by, KEY: said},
        "svg": {"Date": None, "Creator": made_by},
        "pdf": {
            "CreationDate": None,
            "ModDate": None,
            "Creator": made_by,
            "Producer": None,
            "Title": title,
            "Subject": alt,
            "Keywords": f"{KEY} {said}",
        },
    }
    out = io.BytesIO()
    with our_style() if is_ours(figure) else nullcontext(), plt.rc_context(_RC):
        _start_anew(figure)
        figure.savefig(out, format=kind, dpi=dpi, metadata=metadata[kind])
        return _described(out.getvalue(), title, alt, origin) if kind == "svg" else out.getvalue()


def _start_anew(figure: Figure) -> None:
    """Forget where earlier drawings put the Axes, from which the layout of a figure of the kit starts."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    if is_ours(figure) and isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        for ax in figure.axes:
            counts = ax.get_in_layout()
            ax.set_position((0.2, 0.2, 0.6, 0.6))
            ax.set_in_layout(counts)  # a position set by hand takes Axes out of the layout


def readable(text: str) -> str:
    """The text without the characters that no XML file can hold."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def _described(svg: bytes, title: str, alt: str, origin: dict[str, Any]) -> bytes:
    """The SVG with its title and description for screen readers, its provenance, and the letters it is written in."""
    from lxml import etree

    text = readable(svg.decode("utf-8", "replace"))
    root = etree.fromstring(text.encode(), etree.XMLParser(huge_tree=True, resolve_entities=False, no_network=True))
    told = [etree.Element(f"{_SVG}{tag}", id=f"{origin['figure']}-{tag}") for tag in ("title", "desc")]
    root.set("role", "img")
    root.set("aria-labelledby", " ".join(e.get("id") for e in told))
    told[0].text, told[1].text = title, alt
    root[:0] = told
    said = etree.SubElement(root.find(f"{_SVG}metadata"), f"{{{NAMESPACE}}}provenance", nsmap={KEY: NAMESPACE})
    said.text = as_ascii(origin)
    style = etree.SubElement(root.find(f"{_SVG}defs"), f"{_SVG}style", type="text/css")
    style.text = "".join(_font_face(*face, letters) for face, letters in sorted(_letters(root).items()))
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="utf-8") + b"\n"


def _letters(root: _Element) -> dict[tuple[str, str], set[str]]:
    """The letters drawn in each weight and style of the kit's font, which gets substitutes on the way."""
    found: dict[tuple[str, str], set[str]] = {}
    for element in root.iter(f"{_SVG}text", f"{_SVG}tspan"):
        look = element.get("style", "")
        if _FONT in look:
            weight, style = (re.search(rf"font-{part}: (\w+)", look) for part in ("weight", "style"))
            face = weight[1] if weight else "400", style[1] if style else "normal"
            found.setdefault(face, set()).update(element.text or "")
            element.set("style", re.sub(r"(?<=font-family: )[^;]*", f"{_FONT}, {_LIKE_IT}", look))
    return found


def _font_face(weight: str, style: str, letters: set[str]) -> str:
    """The letters of the font, as browsers take them from inside a file."""
    from fontTools import subset
    from matplotlib.font_manager import FontProperties, findfont

    options = subset.Options(flavor="woff", layout_features=["kern"], hinting=False, notdef_outline=True)
    options.drop_tables = [*options.drop_tables, "FFTM"]  # when the font was made
    look: Any = {"weight": int(weight), "style": style}
    font = subset.load_font(str(findfont(FontProperties(family="DejaVu Sans", **look))), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(letters)))
    subsetter.subset(font)
    out = io.BytesIO()
    subset.save_font(font, out, options)
    source = f"url(data:font/woff;base64,{base64.b64encode(out.getvalue()).decode()})"
    return f"@font-face {{font-family: {_FONT}; font-weight: {weight}; font-style: {style}; src: {source} format('woff')}}\n"
