"""Words of others stay words: wherever they are shown, drawn, written or told, they are plain text."""

from __future__ import annotations

import ast
import io
import re
import sys
import unicodedata
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
from lxml import etree, html
from matplotlib.cbook import is_math_text
from matplotlib.text import Text
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

import newskit as nk
from newskit.publish.report import build_report
from newskit.rerun.cli import main
from newskit.rerun.run import find_notebooks
from newskit.rerun.summary import NotebookRun, RunSummary, summary_text
from tests.conftest import make_articles
from tests.publish.test_entity_plots import PLOTS as ENTITY_PLOTS
from tests.publish.test_entity_plots import corpus as entities
from tests.publish.test_stance_plots import PLOTS as STANCE_PLOTS
from tests.publish.test_stance_plots import standin
from tests.publish.test_topic_plots import PLOTS as TOPIC_PLOTS
from tests.publish.test_topic_plots import Standin
from tests.trust.hostile import BIDI, FORMULAS, HOSTILE, HTML, MARKDOWN, MATH, TERMINAL

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029\ud800-\udfff]")
DRAWN = [MATH[0], MATH[1], MATH[6], TERMINAL[0], TERMINAL[7], BIDI[0], HTML[0], MATH[7]]
HARMLESS = {"table", "thead", "tbody", "caption", "tr", "th", "td", "ul", "li", "div", "p", "a", "details", "summary", "ol"}
HARMLESS |= {"u", "mark", "small", "strong", "br", "bdi"}
pytestmark = pytest.mark.filterwarnings("ignore:Glyph:UserWarning")


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def texts(values: list[str]) -> pd.Series:
    return pd.Series(values, dtype="object")


def fragment(shown: object) -> html.HtmlElement:
    """What a notebook shows, as a browser reads it: nothing in it but the kit's own tags, and nothing that Jupyter typesets."""
    root = html.fragment_fromstring(shown._repr_html_(), create_parent="div")
    assert {e.tag for e in root.iter()} <= HARMLESS
    assert all("mathjax_ignore" in e.get("class") and "tex2jax_ignore" in e.get("class") for e in root)
    assert not [a for a in root.xpath("//@href") if not a.startswith("#")]
    assert not root.xpath("//@src | //@style[contains(., 'url')]")
    assert all("location" not in code and "pwned" not in code for code in root.xpath("//@onclick"))
    return root


def read_as(text: str) -> str:
    """What a parser of HTML makes of characters that no page can have, and of ends of lines."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\\s]", "", text)


def test_tables_in_notebooks_show_letters():
    table = pd.DataFrame({"said": texts(HOSTILE), HTML[0]: 1})
    root = fragment(nk.show(table))
    cells = [row[0].text_content() for row in root.iter("tr")][1:]
    assert [*map(read_as, cells)] == [*map(read_as, HOSTILE)]
    assert root.xpath("//th[2]")[0].text_content() == HTML[0].replace("_", " ")
    assert not OBEYED.search(repr(nk.show(table)))


def test_sentences_in_notebooks_show_letters():
    root = fragment(nk.show([f"Strongest: {text}, in 3 articles." for text in HOSTILE]))
    lines = [item.text_content() for item in root.iter("li")]
    assert len(lines) == len(HOSTILE)
    assert all(line.startswith("Strongest: ") and line.endswith(", in 3 articles.") for line in lines)
    assert all(text in line for text, line in zip(HTML + MARKDOWN[:3] + MATH, lines[:18] + lines[22:], strict=False))
    assert not OBEYED.search("".join(lines))
    assert fragment(nk.show(HTML[0])).text_content() == HTML[0]


def written_out(node: ast.AST, assigned: dict[str, list[ast.expr]]) -> bool:
    """Whether a text is the author's: in quotation marks, or numbers in it."""
    if isinstance(node, ast.Name):
        return node.id in assigned and all(written_out(value, {}) for value in assigned[node.id])
    if isinstance(node, ast.IfExp):
        return written_out(node.body, assigned) and written_out(node.orelse, assigned)
    if isinstance(node, ast.JoinedStr):
        return all(
            isinstance(part, ast.Constant) or (part.format_spec and ast.unparse(part.format_spec) == "f','")
            for part in node.values
        )
    return isinstance(node, ast.Constant)


@pytest.mark.parametrize("path", find_notebooks(), ids=lambda path: path.stem)
def test_no_notebook_makes_markdown_of_words_of_others(path):
    source = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    nodes = [*ast.walk(ast.parse(source))]
    assigned: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            assigned.setdefault(node.targets[0].id, []).append(node.value)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
            for target, value in zip(node.targets[0].elts, node.value.elts, strict=True):
                assigned.setdefault(ast.unparse(target), []).append(value)
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    said = [call.args[0] for call in calls if ast.unparse(call.func) in ("Markdown", "HTML", "Latex")]
    assert len(said) > 3
    assert [ast.unparse(text) for text in said if not written_out(text, assigned)] == []


def places(said: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """An article for each text with the text in it and around it, and a place in each that is of a target called so too."""
    articles = make_articles(*[f"{text} The mayor praised the ban {text}. It rained." for text in said])
    articles = articles.assign(article_id=[f"{k} {text}" for k, text in enumerate(said)], title=texts(said), source=texts(said))
    start = [len(text) + len(" The mayor praised the ") for text in said]
    rows = {
        "article_id": articles["article_id"],
        "start": start,
        "end": np.add(start, 3),
        "target": texts(said),
        "mention": "ban",
    }
    return pd.DataFrame(rows).assign(stance="favor", holder_entity=texts(said), asked_holder=texts(said)), articles


def test_stances_evidence_and_places_to_label_show_letters(tmp_path):
    said = [text for text in HOSTILE if text.strip()]
    stances, articles = places(said)
    root = fragment(nk.highlight_stances(stances, articles, n=len(said)))
    rows = root.xpath("//tbody/tr")
    assert [*map(read_as, (row[0].text_content() for row in rows))] == [*map(read_as, said)]
    assert all(read_as(text) in read_as(row[3].text_content()) for text, row in zip(HTML, rows, strict=False))
    counts = pd.DataFrame({"target": texts(said), "favor": 1})
    fragment(nk.show(counts, evidence={"favor": stances}, articles=articles))
    widget = nk.label_stance(stances, articles, path=tmp_path / "labels.csv", coder="ann <b>")
    told = html.fragment_fromstring(widget.session.to_html())
    assert {e.tag for e in told.iter()} <= HARMLESS
    assert len(told.xpath("//tbody/tr")) == len(said)


def test_the_page_of_a_run_has_nothing_of_theirs():
    table = nk.show(pd.DataFrame({"said": texts(HOSTILE)}))
    said = [new_output("display_data", {"text/html": shown._repr_html_()}) for shown in (table, nk.show(HOSTILE))]
    said += [new_output("display_data", {"text/plain": text}) for text in HOSTILE]
    said += [new_output("display_data", {"text/markdown": f"**{text}**"}) for text in HTML + MATH]
    said += [new_output("stream", name="stderr", text="\n".join(HOSTILE))]
    book = new_notebook(cells=[new_code_cell("1", outputs=said)])
    for k, corpus in enumerate(HOSTILE):
        books = {} if k else {"01 <b>'\"": book}
        page = html.document_fromstring(build_report(books, corpus, ("figures/a%23#?<b>.png",)))
        assert len(page.xpath("//script")) == 1
        assert len(page.xpath("//style")) == 1
        assert not page.xpath(
            "//@onerror | //@onload | //@onclick | //@ontoggle | //iframe | //main//*[@src] | //base | //main//h1"
        )
        assert not [a for a in page.xpath("//a/@href") if not a.startswith(("#", "figures/", "https://evil.example/"))]
        assert page.xpath("//header/h1")[0].text_content().startswith("News text: ")
        assert not OBEYED.search(page.xpath("//title")[0].text)


def drawn(ax: plt.Axes) -> list[str]:
    """All texts of a figure, none of which is read as mathematics or holds what is no letter."""
    ax.figure.canvas.draw()
    found = [text.get_text() for text in ax.figure.findobj(Text) if text.get_text()]
    assert not [text for text in found if is_math_text(text)]
    assert not OBEYED.search("".join(found))
    return [text.replace("\\$", "$") for text in found]


def renamed(column: pd.Series) -> pd.Series:
    known = column.dropna().unique()
    return column.map(dict(zip(known, DRAWN * (1 + len(known) // len(DRAWN)), strict=False)))


@pytest.mark.parametrize("name", ["sizes", "terms", "map", "timeline", "sources", "tree", "movement"])
def test_names_of_topics_are_drawn_as_letters(name):
    model = Standin(8, n=300)
    model.labels = dict(zip(model.ids, DRAWN, strict=True))
    model.terms = {i: [*DRAWN[:5], *terms[5:]] for i, terms in model.terms.items()}
    sources = model.sources(8)
    model.sources = lambda: sources.assign(source=renamed(sources["source"]))
    assert any("0 $\\alpha$" in text for text in drawn(TOPIC_PLOTS[name](model)))


@pytest.mark.parametrize("name", ENTITY_PLOTS)
def test_names_of_entities_are_drawn_as_letters(name):
    linked, articles = entities("ann lee.said.lee.in.oslo", "lee.met.roe", "roe.lee.oslo", "oslo.roe", days=9)
    linked["entity"] = linked["entity"].map(dict(zip(linked["entity"].unique(), DRAWN, strict=False)))
    assert any("$" in text for text in drawn(ENTITY_PLOTS[name](linked, articles)))


@pytest.mark.parametrize("name", ["bars", "shares", "matrix", "months"])
def test_targets_and_holders_are_drawn_as_letters(name):
    stances, articles = standin(200)
    stances = stances.assign(target=renamed(stances["target"]), holder_entity=renamed(stances["holder_entity"]))
    assert (
        sum(text.startswith(("$", "<script", "\\x1b[31m", "\\u202e")) for text in drawn(STANCE_PLOTS[name](stances, articles)))
        > 2
    )


@pytest.mark.parametrize("size", [None, "column"])
def test_figures_have_letters_in_every_file(size, tmp_path):
    words = [*MATH[:4], *TERMINAL[:2], *TERMINAL[5:], BIDI[0], BIDI[4], FORMULAS[0], FORMULAS[7], *HTML[3:5], MARKDOWN[4]]
    told_of = [text for text in words if not text.startswith("\\")]  # of a path only the end is noted
    table = pd.DataFrame({"word": texts(words), "count": 5, "articles": 1, "share_of_articles": 0.5})
    ax = nk.plots.top_words(table, n=len(words))
    drawn(ax)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        figure = nk.export_figure(
            ax, "words", folder=tmp_path, alt=" ".join(words), parameters={"FOLLOW": told_of}, size=size, dpi=40
        )
    assert not OBEYED.search("".join(str(w.message) for w in told))
    root = etree.parse(figure.files["svg"]).getroot()
    tags = {etree.QName(e).localname for e in root.iter() if isinstance(e.tag, str)}
    assert not tags & {"script", "foreignObject", "image", "a", "iframe", "h1"}
    assert not [a for e in root.iter() for a in e.attrib if a.lower().startswith("on")]
    assert not OBEYED.search("".join(t.text or "" for t in root.iter("{*}text", "{*}tspan")))
    if size is None:
        said = {"".join(t.itertext()).strip() for t in root.iter("{*}text")}
        assert {"$5 and $6", "$\\alpha$", "\\(x^2\\) \\[y\\]", "=1+1", "\\x1b[31mred\\x1b[0m", "\\u202egnp.exe"} <= said
    with Image.open(figure.files["png"]) as image:
        assert "\0" not in "".join(map(str, image.info.values()))
    assert all(
        nk.read_provenance(figure.files[kind])["parameters"] == {"FOLLOW": told_of} for kind in ("png", "svg", "pdf", "json")
    )
    assert nk.read_table(figure.files["csv"])["word"].tolist() == words
    fragment_of_figure = html.fragment_fromstring(figure._repr_html_())
    assert sorted(fragment_of_figure.keys()) == ["alt", "data-figure", "src", "style"]


NAMES = [t for t in (*TERMINAL, *BIDI, *MATH, *FORMULAS, *HTML) if "/" not in t and "\0" not in t]


@pytest.fixture
def folder(tmp_path) -> Path:
    """Files with hostile names: articles, kinds that are not read, and tables whose rows are wrong."""
    place = tmp_path / "news"
    place.mkdir()
    for k, name in enumerate(NAMES):
        (place / f"{name} {k}{'.txt' if k % 2 else '.xyz'}").write_text(f"It rained {k} times.")
    (place / "\x1b[31m.csv").write_text(f"text,\x1b[2J\n1,2,\x1b\n\x1b[H,{BIDI[0]},3\nfine,{TERMINAL[0]}\n")
    (place / "b.jsonl").write_text('{"text": "fine"}\n{\x1b[31m "text"}\n')
    (place / "c.csv").write_text(f"{TERMINAL[0]},\u202e\nx,y\n")
    return place


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be there")
def test_warnings_and_reports_say_names_of_files_in_letters(folder):
    with pytest.warns(UserWarning, match="problems") as told:
        articles = nk.read_articles(folder)
    assert not OBEYED.search(str(told[0].message))
    assert len(str(told[0].message).splitlines()) == 1
    assert set(articles["file"]) >= {f"{name} {k}.txt" for k, name in enumerate(NAMES) if k % 2}  # the table has them as they are
    fragment(nk.show(nk.reading_report(articles)))
    back = nk.read_table(nk.export_table(articles, "articles", folder=folder.parent))
    assert back["file"].tolist() == articles["file"].tolist()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are UTF-8 there")
def test_names_of_files_in_other_encodings_are_read(tmp_path, capsys):
    (tmp_path / "caf\udce9.txt").write_text("It rained.")
    (tmp_path / "\udcff.xyz").write_text("It rained.")
    with pytest.warns(UserWarning, match=r"\\udcff\.xyz"):
        articles = nk.read_articles(tmp_path)
    assert articles["file"].tolist() == ["caf\\udce9.txt"]
    assert main(["run", str(tmp_path / "none\udcff")]) == 2
    assert main(["notebooks", str(tmp_path / "\udcff")]) == 0
    assert "\\udcff" in capsys.readouterr().out


def mistakes(tmp_path: Path, text: str) -> list[object]:
    """Calls that go wrong and quote a text as they say so."""
    frame, name = make_articles("It rained."), text.replace("/", "").replace("\0", "")
    bad = tmp_path / f"{name}.csv"
    bad.write_text(f"{text},b\n1\n", newline="")
    wrong = pd.DataFrame({"article_id": ["a"], "start": [1], "end": [2], "target": ["t"], "coder": ["c"], "label": [text]})
    return [
        lambda: nk.read_articles(tmp_path / f"none {name}"),
        lambda: nk.read_articles(bad),
        lambda: nk.read_articles([bad], on_error="raise"),
        lambda: nk.clean(frame.rename(columns={"text": text})),
        lambda: nk.clean(pd.concat([frame.assign(article_id=text)] * 2)),
        lambda: nk.link_entities(nk.find_entities(frame), frame, bad),
        lambda: nk.link_entities(nk.find_entities(frame), frame, pd.DataFrame({text: ["a"]})),
        lambda: nk.stances.read_targets(bad),
        lambda: nk.stances.read_targets(["fine", text + "\x1b" if not any(map(str.isalnum, text)) else "\x1b"]),
        lambda: nk.labels.save_labels(wrong, tmp_path / "labels.csv"),
        lambda: nk.read_table(bad),
        lambda: nk.read_provenance(bad),
        lambda: nk.export_table(frame, text),
        lambda: nk.TopicModel.load(bad),
        lambda: nk.entity_frequency(nk.link_entities(nk.find_entities(frame), frame), frame.assign(**{text: 1}), by=text + "x"),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be there")
@pytest.mark.parametrize("text", [*TERMINAL, *BIDI], ids=ascii)
def test_errors_quote_in_letters(text, tmp_path):
    for mistake in mistakes(tmp_path, text):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            with pytest.raises((ValueError, OSError)) as raised:
                mistake()
        assert not OBEYED.search("".join([str(raised.value), *(str(w.message) for w in told)]))


def test_what_a_run_says_in_a_terminal_is_letters():
    runs = [
        NotebookRun(text, 1.0, f"ValueError: {text}", [f"UserWarning: {text}"], 3, 1, [f"{text}: no text"]) for text in HOSTILE
    ]
    said = summary_text(RunSummary(Path("out \x1b[2J"), Path("out\x1b/report.html"), runs, HOSTILE, HOSTILE, HOSTILE, HOSTILE[0]))
    assert not OBEYED.search(said)
    assert "\nUserWarning: forged" not in said
    assert "\\x1b[31mred\\x1b[0m" in said
    assert not [c for c in said if unicodedata.category(c) in ("Cc", "Cs") and c != "\n"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be there")
def test_the_command_says_arguments_and_headings_in_letters(tmp_path, capsys, monkeypatch):
    for text in TERMINAL + BIDI:
        name = text.replace("/", "").replace("\0", "")
        assert main(["run", str(tmp_path / name)]) == 2
        assert main(["run", "--param", f"{text}=1"]) == 2
        assert main(["run", "--param", f"TOP={text}", "--notebook", text]) == 2
        assert main(["notebooks", str(tmp_path / f"copy {name}")]) == 0
        for arguments in (["run", "a", text, text], [text], ["run", "--jobs", text]):
            with pytest.raises(SystemExit):
                main(arguments)
        said = "".join(capsys.readouterr())
        assert not OBEYED.search(said)
    book = new_notebook(cells=[nbformat.v4.new_markdown_cell(f"# {TERMINAL[3]} {BIDI[0]}"), new_code_cell("1")])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book.cells[1].metadata["tags"] = ["parameters"]
    book.cells[1].source = "ARTICLES = None\nOUTPUTS = 'outputs'\nraise ValueError('\\x1b[31m')"
    nbformat.write(book, tmp_path / "own.ipynb")
    monkeypatch.setattr(sys, "stderr", shown := Terminal())
    assert main(["run", "--notebook", str(tmp_path / "own.ipynb"), "--out", str(tmp_path / "out")]) == 1, shown.getvalue()
    assert "own " in shown.getvalue()
    assert not OBEYED.search(shown.getvalue().replace("\r", "") + capsys.readouterr().out)
    assert (tmp_path / "out" / "report.html").read_text("utf-8").count("\x1b") == 0
