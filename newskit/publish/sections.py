"""A notebook as a section of the report: text and results in sight, code folded away, nothing in it that could do anything."""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from newskit.corpus.visible import visible

if TYPE_CHECKING:
    from nbformat import NotebookNode

_FOUND = "What we found"
_WIDGET = "application/vnd.jupyter.widget-view+json"
_KINDS = {"png": "PNG", "svg": "SVG", "pdf": "PDF", "csv": "data (CSV)", "json": "provenance (JSON)"}


@dataclass(frozen=True)
class Section:
    """A notebook's part of the page.

    Attributes
    ----------
    name, title : str
        The notebook's name, which is the section's id, and its first heading.
    headings : list of (str, str)
        Of its second level: id and text.
    body : str
        HTML.
    found : str
        HTML of what stands under the heading "What we found", without it; empty where there is none.
    """

    name: str
    title: str
    headings: list[tuple[str, str]]
    body: str
    found: str


def make_section(name: str, book: NotebookNode, files: Collection[str], *, first: bool = True) -> Section:
    """Make a section; its headings stand one level below the page's own.

    Parameters
    ----------
    name : str
    book : NotebookNode
        Executed.
    files : collection of str
        What the run wrote, relative to the page; figures among them are linked below their picture.
    first : bool
        Whether it is the page's first section. Others leave out what is tagged `again`: the first has it already.
    """
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="basic", embed_images=True, require_js_url="", mathjax_url="", widget_renderer_url="",
        jupyter_widgets_base_url="", exclude_input_prompt=True, exclude_output_prompt=True,
    )  # fmt: skip
    body, _ = exporter.from_notebook_node(_escaped(_for_readers(without_widgets(book), first)))
    root = _cleaned(body)
    headings = _number_headings(root, name)
    _fold_code(root)
    _box_tables(root)
    _frame_figures(root, files)
    if not any(level == 2 for level, _, _ in headings):
        root.insert(0, _element("h2", name))
    if any(o.output_type == "error" for c in book.cells for o in c.get("outputs", [])):
        root.insert(
            0, _element("p", "This notebook stopped with an error; what stands below it is missing.", **{"class": "problem"})
        )
    title = next((text for level, _, text in headings if level == 2), name)
    below = [(anchor, text) for level, anchor, text in headings if level == 3]
    return Section(name, title, below, _written(root), _found(root))


def _for_readers(book: NotebookNode, first: bool) -> NotebookNode:
    """The notebook without what only those need who run it (tagged `lab`), and what an earlier section says (`again`)."""
    away = {"lab"} if first else {"lab", "again"}
    book.cells = [cell for cell in book.cells if not away & set(cell.metadata.get("tags", []))]
    return book


def _found(root: Any) -> str:
    """What stands between the heading "What we found" and the next one, results alone."""
    parts, inside = [], False
    for element in root.iter("h3", "h4", "div"):
        if element.tag == "h3":
            inside = " ".join(element.text_content().split()) == _FOUND
        elif inside and "output" in element.get("class", "").split() and "output_wrapper" not in element.get("class", ""):
            part = copy.deepcopy(element)
            part.tail = None
            for named in part.xpath(".//*[@id]"):
                del named.attrib["id"]
            parts.append(_written(part))
    return "".join(parts)


def without_widgets(book: NotebookNode) -> NotebookNode:
    """The notebook with what its widgets say as HTML in their place, or nothing where they say nothing; no live parts stay."""
    book = copy.deepcopy(book)
    book.metadata.pop("widgets", None)
    for cell in book.cells:
        if cell.cell_type == "code":
            live = [_WIDGET in o.get("data", {}) for o in cell.outputs]
            for output in cell.outputs:
                output.get("data", {}).pop(_WIDGET, None)
            cell.outputs = [o for o, was in zip(cell.outputs, live, strict=True) if not was or "text/html" in o["data"]]
    return book


def plain(text: str) -> str:
    """The text without control characters and halves of characters, which no page may have."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", "\ufffd", text)


def _escaped(book: NotebookNode) -> NotebookNode:
    """What cells say as Markdown has words of articles in it: those make no tags."""
    for cell in book.cells:
        for output in cell.get("outputs", []):
            said = output.get("data", {}).get("text/markdown")
            if said is not None:
                output["data"]["text/markdown"] = "".join(said).replace("<", "&lt;")
    return book


def _cleaned(body: str) -> Any:
    """The parsed section without scripts, handlers, forms, styles of its own, and pictures that would have to be fetched."""
    from lxml import html as lxml_html
    from lxml_html_clean import Cleaner

    parser = lxml_html.HTMLParser(huge_tree=True)
    root = lxml_html.fragment_fromstring(plain(body), create_parent="div", parser=parser)
    for element in root.find_class("anchor-link"):
        element.drop_tree()
    Cleaner(style=True, inline_style=False, remove_unknown_tags=False, safe_attrs_only=False)(root)
    for element in list(root.iter()):
        for source in ("src", "srcset", "poster", "background"):
            if not element.get(source, "data:").startswith("data:"):
                del element.attrib[source]
        if element.get("href") == "":  # it led to a script
            del element.attrib["href"]
    ids: set[str] = set()
    for element in root.iter():
        name = element.get("id")
        if name is not None and (name in ids or name.startswith("cell-id=")):  # a table that is shown twice has its list twice
            del element.attrib["id"]
        ids |= {name}
    return root


def _number_headings(root: Any, name: str) -> list[tuple[int, str, str]]:
    """Lower each heading by a level and give it an id of its own; links inside the notebook follow."""
    headings: list[tuple[int, str, str]] = []
    known: dict[str, str] = {}
    for heading in list(root.iter("h1", "h2", "h3", "h4", "h5")):
        level, text = int(heading.tag[1]) + 1, " ".join(heading.text_content().split())
        anchor = f"{name}-{len(headings) + 1}"
        known[f"#{heading.get('id')}"] = f"#{anchor}"
        heading.tag = f"h{level}"
        heading.set("id", anchor)
        headings.append((level, anchor, text))
    for link in root.iterfind(".//a[@href]"):
        link.set("href", known.get(link.get("href"), link.get("href")))
    return headings


def _fold_code(root: Any) -> None:
    """Fold code away; that of a cell that shows nothing goes into the fold of the next cell, where one follows at once."""
    for element in root.find_class("input"):
        details = _element("details", **{"class": "code"})
        details.append(_element("summary", "code"))
        _wrap(element, details)
    for fold in root.find_class("code"):
        cell = fold.getparent()
        following = cell.getnext()
        if len(cell) == 1 and following is not None and len(following) and following[0].get("class") == "code":
            following[0][1:1] = fold[1:]
            cell.getparent().remove(cell)


def _box_tables(root: Any) -> None:
    """Let wide tables scroll in a box, for keys too, which is called by the heading above it."""
    heading = ""
    for element in list(root.iter("h2", "h3", "h4", "h5", "h6", "table")):
        if element.tag != "table":
            heading = " ".join(element.text_content().split())
            continue
        for cell in element.iterfind("thead//th"):
            cell.set("scope", "col")
        _wrap(element, _element("div", **{"class": "wide", "tabindex": "0", "role": "group", "aria-label": f"Table: {heading}"}))


def _frame_figures(root: Any, files: Collection[str]) -> None:
    """Put each exported figure into a frame, with its name and links to its files."""
    for image in list(root.iter("img")):
        name = image.get("data-figure")
        if name is None:
            continue
        said = _element("figcaption", f"Figure {name}")
        there = [kind for kind in _KINDS if f"figures/{name}.{kind}" in files]
        for kind in there:
            link = _element("a", _KINDS[kind], href=f"figures/{name}.{kind}", **{"aria-label": f"{name}: {_KINDS[kind]}"})
            said.append(link)
        frame = _element("figure", id=f"figure-{name}")
        box = _element("div", **{"class": "picture", "tabindex": "0", "role": "group", "aria-label": f"Figure {name}"})
        _wrap(image, frame)
        _wrap(image, box)
        frame.append(said)


def _element(tag: str, text: str = "", **attributes: str) -> Any:
    from lxml import html as lxml_html

    element = lxml_html.Element(tag, attributes)
    element.text = text
    return element


def _wrap(element: Any, wrapper: Any) -> None:
    wrapper.tail, element.tail = element.tail, None
    element.getparent().replace(element, wrapper)
    wrapper.append(element)


def _written(root: Any) -> str:
    from lxml import html as lxml_html

    return str(lxml_html.tostring(root, encoding="unicode"))


def link_list(files: Collection[str]) -> str:
    """Links to every figure, in all its formats, and to every table."""
    groups: dict[str, list[str]] = {}
    for file in sorted(files):
        stem, _, ending = file.rpartition(".")
        groups.setdefault(stem, []).append(ending)
    rows = []
    for stem, endings in groups.items():
        links = ", ".join(f'<a href="{quote(f"{stem}.{e}", errors="replace")}">{html.escape(e)}</a>' for e in endings)
        rows.append(f"<li>{html.escape(visible(stem))}: {links}</li>")
    return f'<ul class="files">{"".join(rows)}</ul>' if rows else "<p>None were made.</p>"
