"""One page for all notebooks of a run: it needs no network, and reads on a telephone too."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement
    from nbformat import NotebookNode

_WIDGET = "application/vnd.jupyter.widget-view+json"
_STYLE = """
:root { color-scheme: light; --ink: #1b1b1b; --soft: #5a5a5a; --line: #d9d9d9; --mark: #0072B2; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); font: 16px/1.55 system-ui, "DejaVu Sans", sans-serif; }
main, header, footer { max-width: 52rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.5rem; } footer { color: var(--soft); padding-bottom: 3rem; font-size: .85rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 2.5rem 0 .5rem; } h2 { font-size: 1.25rem; margin-top: 2rem; }
header h1 { margin-top: 0; } a { color: var(--mark); }
section { border-top: 3px solid var(--ink); margin-top: 3rem; }
img { max-width: 100%; height: auto; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .85rem; margin: .5rem 0; }
th, td { border: 0 solid var(--line); border-bottom: 1px solid var(--line); padding: .3rem .9rem .3rem 0; vertical-align: top; }
th { text-align: left; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .82rem; }
pre { background: #f6f6f6; padding: .6rem .8rem; margin: .4rem 0; }
.output_area pre { background: none; padding: 0; }
details { margin: .4rem 0; } summary { color: var(--soft); font-size: .8rem; cursor: pointer; }
.problem { border-left: 4px solid #D55E00; padding-left: .8rem; }
nav ul, .files { padding-left: 1.2rem; } .files li { overflow-wrap: anywhere; }
"""


def build_report(notebooks: Mapping[str, NotebookNode], corpus: str, files: Sequence[str]) -> str:
    """Make the page.

    Parameters
    ----------
    notebooks : mapping of name to executed notebook
    corpus : str
        What was read, in words.
    files : sequence of str
        What the notebooks wrote, relative to the page: `figures/name.png`, `tables/name.csv`. The page links to them.

    Returns
    -------
    str
        HTML.
    """
    from newskit.version import __version__

    sections = [_section(name, book) for name, book in notebooks.items()]
    contents = "".join(f'<li><a href="#{name}">{html.escape(_question(name, book))}</a></li>' for name, book in notebooks.items())
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>newskit: {html.escape(corpus)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<h1>News text: {html.escape(corpus)}</h1>
<nav aria-label="Contents"><ul>{contents}<li><a href="#files">Figures and tables</a></li></ul></nav>
</header>
<main>
{"".join(sections)}
<section id="files"><h1>Figures and tables</h1>{_links(files)}</section>
</main>
<footer><p>Made by newskit {__version__}.</p></footer>
</body>
</html>
"""


def _section(name: str, book: NotebookNode) -> str:
    """A notebook as HTML: text and results in sight, code folded away."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="basic", embed_images=True, require_js_url="", mathjax_url="", widget_renderer_url="",
        jupyter_widgets_base_url="", exclude_input_prompt=True, exclude_output_prompt=True,
    )  # fmt: skip
    body, _ = exporter.from_notebook_node(without_widgets(book))
    body = _tidy(body)
    failed = any(o.output_type == "error" for c in book.cells for o in c.get("outputs", []))
    note = '<p class="problem">This notebook stopped with an error; what stands below it is missing.</p>' if failed else ""
    return f'<section id="{name}">{note}{body}</section>'


def _tidy(body: str) -> str:
    """Fold the code away, let wide tables scroll, and leave out scripts and styles."""
    from lxml import html as lxml_html

    root = lxml_html.fragment_fromstring(body, create_parent="div")
    for element in [*root.iter("script", "style"), *root.find_class("anchor-link")]:
        element.drop_tree()
    for element in root.find_class("input"):
        _wrap(element, lxml_html.fragment_fromstring("<details><summary>code</summary></details>"))
    for element in list(root.iter("table")):
        _wrap(element, lxml_html.fragment_fromstring('<div class="wide"></div>'))
    return str(lxml_html.tostring(root, encoding="unicode"))


def _wrap(element: HtmlElement, wrapper: HtmlElement) -> None:
    wrapper.tail, element.tail = element.tail, None
    element.getparent().replace(element, wrapper)
    wrapper.append(element)


def without_widgets(book: NotebookNode) -> NotebookNode:
    """The notebook with what its widgets say as HTML in their place, or nothing where they say nothing; no live parts stay."""
    import copy

    book = copy.deepcopy(book)
    book.metadata.pop("widgets", None)
    for cell in book.cells:
        if cell.cell_type == "code":
            live = [_WIDGET in o.get("data", {}) for o in cell.outputs]
            for output in cell.outputs:
                output.get("data", {}).pop(_WIDGET, None)
            cell.outputs = [o for o, was in zip(cell.outputs, live, strict=True) if not was or "text/html" in o["data"]]
    return book


def _question(name: str, book: NotebookNode) -> str:
    """The notebook's first heading."""
    for cell in book.cells:
        found = re.search(r"^# (.+)$", cell.source, re.MULTILINE) if cell.cell_type == "markdown" else None
        if found:
            return found.group(1).strip()
    return name


def _links(files: Sequence[str]) -> str:
    """Links to every figure, in all its formats, and to every table."""
    groups: dict[str, list[str]] = {}
    for file in sorted(files):
        stem, _, ending = file.rpartition(".")
        groups.setdefault(stem, []).append(ending)
    rows = []
    for stem, endings in groups.items():
        links = ", ".join(f'<a href="{html.escape(f"{stem}.{e}")}">{html.escape(e)}</a>' for e in endings)
        rows.append(f"<li>{html.escape(stem)}: {links}</li>")
    return f'<ul class="files">{"".join(rows)}</ul>' if rows else "<p>None were made.</p>"
