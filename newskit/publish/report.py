"""One page for all notebooks of a run: it needs no network, and reads on a telephone and on paper too."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from newskit.corpus.visible import visible
from newskit.publish.sections import Section, link_list, make_section, plain

if TYPE_CHECKING:
    from nbformat import NotebookNode


_IN_SHORT = '<li><a href="#short">In short</a></li>'


def build_report(notebooks: Mapping[str, NotebookNode], corpus: str, files: Sequence[str]) -> str:
    """Make the page.

    All that it needs is in it, and its browser is told to fetch nothing and to run no script but the page's own, which sorts
    tables. Without that script the page reads in full.

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

    here = Path(__file__)
    style, script = (here.with_suffix(ending).read_text("utf-8") for ending in (".css", ".js"))
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'"
    policy += "; base-uri 'none'; form-action 'none'"
    sections = [make_section(name, book, set(files), first=k == 0) for k, (name, book) in enumerate(notebooks.items())]
    contents = "".join([*map(_contents, sections), '<li><a href="#files">Figures and tables</a></li>'])
    said: set[str] = set()
    title, short = html.escape(visible(corpus)), "".join(_short(section, said) for section in sections)
    top = '<p class="top"><a href="#top">Back to top</a></p>'
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>newskit: {title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body id="top">
<a class="skip" href="#main">Skip to the results</a>
<header><h1>News text: {title}</h1></header>
<nav aria-label="Contents"><ul>{_IN_SHORT if short else ""}{contents}</ul></nav>
<main id="main" tabindex="-1">
{f'<section id="short"><h2>In short</h2>{short}</section>' if short else ""}
{"".join(f'<section id="{html.escape(s.name)}">{s.body}{top}</section>' for s in sections)}
<section id="files"><h2>Figures and tables</h2>{link_list(files)}{top}</section>
</main>
<footer><p>Made by newskit {__version__}. Links to figures and tables lead to files beside this page.</p></footer>
<script>{script}</script>
</body>
</html>
"""
    return plain(page)


def _short(section: Section, said: set[str]) -> str:
    """What a notebook found, below its question, which leads to how it was found; without what an earlier one says too."""
    from lxml import html as lxml_html

    if not section.found:
        return ""
    found = lxml_html.fragment_fromstring(section.found, create_parent="div")
    for item in list(found.iter("li")):
        text = item.text_content()
        if text in said:
            item.drop_tree()
        said.add(text)
    question = f'<h3><a href="#{html.escape(section.name)}">{html.escape(section.title)}</a></h3>'
    return question + str(lxml_html.tostring(found, encoding="unicode"))


def _contents(section: Section) -> str:
    """A notebook in the table of contents: its question, and its headings, which can be folded away."""
    below = "".join(f'<li><a href="#{html.escape(anchor)}">{html.escape(text)}</a></li>' for anchor, text in section.headings)
    folded = f"<details open><summary>in this part</summary><ul>{below}</ul></details>" if below else ""
    return f'<li><a href="#{html.escape(section.name)}">{html.escape(section.title)}</a>{folded}</li>'
