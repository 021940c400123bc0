"""Plots and their export: Axes in and out, the same bytes every time, and words for readers who do not see them."""

from __future__ import annotations

import base64
import io
import json
import locale
import os
import re
import subprocess
import sys

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from lxml import etree
from matplotlib.axes import Axes
from matplotlib.text import Text
from PIL import Image

import newskit as nk
from newskit.publish.captions import caption_of
from newskit.publish.fitting import crowded_texts, resized
from tests.conftest import WRITTEN, make_articles
from tests.publish import test_entity_plots as entity
from tests.publish import test_stance_plots as stance
from tests.publish import test_topic_plots as topic

PLOTS = {
    "article_lengths": lambda a, **k: nk.plots.article_lengths(nk.describe_articles(a), **k),
    "gap_widths": lambda a, **k: nk.plots.gap_widths(nk.tokenize(a), **k),
    "top_words": lambda a, **k: nk.plots.top_words(nk.word_frequency(a), **k),
    "recovered_words": lambda a, **k: nk.plots.recovered_words(nk.compare_scrubbed(a), **k),
}


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.mark.parametrize("name", PLOTS)
@pytest.mark.parametrize("texts", [WRITTEN, WRITTEN[:1], ("",), ("one",), ("$x$ and $\\frac{", "a_b^c")])
def test_plots_draw_any_articles(name, texts, tmp_path):
    articles = make_articles(*texts)
    ax = PLOTS[name](articles)
    assert isinstance(ax, Axes)
    assert ax.get_title(loc="left")
    assert ax.get_xlabel()
    caption = caption_of(ax)
    assert caption is not None
    assert len(caption.alt) > 20
    assert nk.export_figure(ax, name, folder=tmp_path, formats=["svg"]).files["svg"].exists()


@pytest.mark.parametrize("name", PLOTS)
def test_plots_draw_into_given_axes(name, written):
    _, mine = plt.subplots()
    assert PLOTS[name](written, ax=mine) is mine
    assert len(mine.patches) + len(mine.lines) > 0


def test_what_is_drawn_is_what_was_counted(written):
    ax = nk.plots.gap_widths(nk.tokenize(written))
    data = caption_of(ax).data
    gaps = nk.tokenize(written).to_frame().groupby("article_id", observed=True)["gap"].apply(lambda g: g.iloc[1:])
    assert data.set_index("gap").loc["1", "count"] == (gaps == 1).sum()
    assert data["share_percent"].sum() == pytest.approx(100)
    assert [bar.get_height() for bar in ax.patches] == pytest.approx(data["share_percent"].tolist())
    top = nk.plots.top_words(nk.word_frequency(written), n=3)
    assert [label.get_text() for label in top.get_yticklabels()] == nk.word_frequency(written)["word"].head(3).tolist()


def test_export_writes_all_and_says_where_it_came_from(written, tmp_path):
    ax = nk.plots.gap_widths(nk.tokenize(written))
    out = nk.export_figure(ax, "gaps", folder=tmp_path, articles=written, parameters={"TOP": 3}, size_mm=(85, 60), dpi=100)
    assert sorted(p.name for p in (tmp_path / "figures").glob("[!.]*")) == [
        "gaps.csv",
        "gaps.json",
        "gaps.pdf",
        "gaps.png",
        "gaps.svg",
    ]
    with Image.open(out.files["png"]) as image:
        assert image.size == (int(85 / 25.4 * 100), int(60 / 25.4 * 100))
        assert image.info["Description"] == out.alt
        assert image.info["dpi"] == pytest.approx((100, 100), abs=0.1)
    origin = nk.read_provenance(out.files["png"])
    assert origin["corpus"] == {"articles": 3, "fingerprint": nk.fingerprint(written)}
    assert origin["parameters"] == {"TOP": 3}
    assert origin["versions"]["newskit"] == nk.__version__
    svg = out.files["svg"].read_text()
    assert "Gaps between tokens" in svg  # text as text
    assert nk.fingerprint(written) in svg
    assert pd.read_csv(out.files["csv"])["count"].sum() == caption_of(ax).data["count"].sum()
    assert json.loads(out.files["json"].read_text())["alt"] == out.alt
    assert f'alt="{out.alt}"' in out._repr_html_()
    assert not plt.fignum_exists(ax.figure.number)


def test_sizes_in_millimetres_inches_and_columns(written, tmp_path):
    ax = nk.plots.gap_widths(nk.tokenize(written))
    own = plt.subplots(figsize=(4, 3))[1]
    given = {
        (85, None): {"size": "column"}, (170, None): {"size": "wide"},
        (120, None): {"size": 120}, (100, 70): {"size_mm": (100, 70)},
        (88.9, None): {"size": 3.5, "unit": "in"}, (101.6, 76.2): {"size": (4, 3), "unit": "in"},
    }  # fmt: skip
    for (width, height), how in given.items():
        for each in (ax, own):
            out = nk.export_figure(each, "x", folder=tmp_path, alt="x", formats=["png"], dpi=254, close=False, **how)
            with Image.open(out.files["png"]) as image:
                assert image.size[0] == pytest.approx(10 * width, abs=1)
                assert height is None or image.size[1] == pytest.approx(10 * height, abs=1)
                assert each is ax or height or image.size[1] == pytest.approx(7.5 * width, abs=1)
            assert f"width:{width:.0f}mm" in out._repr_html_()


@pytest.mark.parametrize(
    "how", [{"size": "colum"}, {"size": 85, "unit": "cm"}, {"size": (85, 60), "unit": "in"}, {"size": (85, -1)}, {"size": ()},
            {"size": float("nan")}, {"size": (1, 2, 3)}, {"size": "wide", "size_mm": (85, 60)}]
)  # fmt: skip
def test_sizes_that_are_none_are_told(how, written, tmp_path):
    with pytest.raises(ValueError, match="size|unit"):
        nk.export_figure(nk.plots.top_words(nk.word_frequency(written)), "x", folder=tmp_path, **how)
    assert not list(tmp_path.iterdir())


def every_plot():
    """All plots, of tables as large as papers show."""
    sides, topics = stance.standin(900, targets=4), topic.Standin(9)
    words = nk.sample_articles().head(40)
    linked, articles = entity.corpus(*entity.TEXTS, days=9)
    yield from (plot(words) for plot in PLOTS.values())
    yield from (plot(linked, articles) for plot in entity.PLOTS.values())
    yield from (plot(*sides) for plot in stance.PLOTS.values())
    yield from (plot(topics) for plot in topic.PLOTS.values())


def test_in_a_column_every_plot_can_be_read():
    for ax in every_plot():
        figure = ax.figure
        with resized(ax, (85 / 25.4, None)):
            assert crowded_texts(figure) == []
            assert min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text()) >= 6
            assert figure.get_figwidth() == pytest.approx(85 / 25.4)
        plt.close(figure)


def test_a_figure_stays_as_it_was_drawn(tmp_path, written):
    words, topics = nk.word_frequency(written), topic.Standin(5)
    for ax in (nk.plots.top_words(words), nk.plots.topic_sizes(topics.topics()), nk.plots.topic_terms(topics.weights())):
        before, narrow, after = (
            nk.export_figure(ax, "x", folder=tmp_path / str(i), formats=["png"], dpi=60, size=size, close=False)
            for i, size in enumerate([None, "column", None])
        )
        assert before.files["png"].read_bytes() == after.files["png"].read_bytes() != narrow.files["png"].read_bytes()


def test_too_little_room_is_told(tmp_path, written):
    ax = nk.plots.top_words(nk.word_frequency(written), n=20)
    with pytest.warns(UserWarning, match="At 85 x 40 mm there is too little room for"):
        nk.export_figure(ax, "x", folder=tmp_path, size=(85, 40))


ODD = {
    "text.usetex": True,
    "svg.fonttype": "path", "pdf.fonttype": 3, "font.family": "serif", "font.size": 20, "savefig.bbox": "tight",
    "savefig.dpi": 17, "figure.dpi": 33, "text.color": "red", "axes.facecolor": "black", "figure.autolayout": True,
}  # fmt: skip


@pytest.mark.parametrize("style", ["dark_background", "ggplot", ODD], ids=["dark", "ggplot", "odd"])
def test_no_style_in_force_changes_a_figure(style, tmp_path, written):
    def exported(folder):
        made = [nk.plots.gap_widths(nk.tokenize(written)), nk.plots.top_words(nk.word_frequency(written))]
        files = [nk.export_figure(ax, f"f{i}", folder=folder, dpi=60, size="column").files for i, ax in enumerate(made)]
        return [path.read_bytes() for each in files for path in each.values()]

    usual = exported(tmp_path / "usual")
    spoken = locale.setlocale(locale.LC_TIME, "")
    with plt.style.context(style):
        kept = dict(plt.rcParams)
        assert exported(tmp_path / "odd") == usual
        assert dict(plt.rcParams) == kept
    assert locale.setlocale(locale.LC_TIME) == spoken
    locale.setlocale(locale.LC_TIME, "C")


def test_own_figures_keep_their_style(tmp_path):
    with plt.style.context("dark_background"):
        _, ax = plt.subplots(figsize=(2, 2))
        out = nk.export_figure(ax, "mine", folder=tmp_path, alt="Nothing.", dpi=50)
    with Image.open(out.files["png"]) as image:
        assert image.convert("RGB").getpixel((0, 0)) == (0, 0, 0)


def test_svg_and_pdf_have_text_as_text_and_its_letters(tmp_path, written):
    files = nk.export_figure(nk.plots.top_words(nk.word_frequency(written)), "words", folder=tmp_path).files
    svg = etree.parse(files["svg"]).getroot()
    assert {svg.find(f"{{*}}{tag}").get("id") for tag in ("title", "desc")} == set(svg.get("aria-labelledby").split())
    assert svg.find("{*}title").text.startswith("Most frequent words")
    assert "Occurrences" in [text.text for text in svg.iter("{*}text")]
    for text in svg.iter("{*}text"):
        assert re.search(r"font-family: 'DejaVu Sans', .*sans-serif", text.get("style"))
    encoded = re.search(r"data:font/woff;base64,([^)]*)\)", "".join(style.text for style in svg.iter("{*}style")))[1]
    letters = TTFont(io.BytesIO(base64.b64decode(encoded))).getBestCmap()
    assert {ord(c) for text in svg.iter("{*}text") for c in text.text} <= set(letters)
    pdf = files["pdf"].read_bytes()
    assert re.search(rb"/Subtype /(CIDFontType2|TrueType)", pdf)
    assert b"/FontFile2" in pdf
    assert b"Date" not in pdf.split(b"/Keywords")[1]


def test_a_failing_export_leaves_nothing(tmp_path, written):
    ax = nk.plots.top_words(nk.word_frequency(written))
    ax.set_ylabel("$\\frac{$")
    with pytest.raises(ValueError):
        nk.export_figure(ax, "x", folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_own_figures_need_words(tmp_path):
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match="alternative text"):
        nk.export_figure(ax, "mine", folder=tmp_path)
    out = nk.export_figure(ax, "mine", folder=tmp_path, alt='A "line" <b>', data=pd.DataFrame({"x": [1]}), close=False)
    assert 'alt="A &quot;line&quot; &lt;b&gt;"' in out._repr_html_()
    assert out.files["csv"].read_text() == '"x"\n1\n'
    assert plt.fignum_exists(ax.figure.number)


@pytest.mark.parametrize("name", ["../up", "a b", "", "a/b", ".hidden", "ü"])
def test_names_are_safe(name, tmp_path, written):
    with pytest.raises(ValueError, match="cannot be a file's name"):
        nk.export_figure(nk.plots.top_words(nk.word_frequency(written)), name, folder=tmp_path)
    with pytest.raises(ValueError, match="cannot be a file's name"):
        nk.export_table(written, name, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_wrong_tables_are_named(written):
    with pytest.raises(
        ValueError, match=r"no column 'tokens'; this plot takes the table that nk.describe_articles\(articles\) gives"
    ):
        nk.plots.article_lengths(written)
    with pytest.raises(ValueError, match="no rows"):
        nk.plots.article_lengths(nk.describe_articles(written).head(0))
    with pytest.raises(TypeError, match="nk.tokenize"):
        nk.plots.gap_widths(written)


def test_unknown_formats_are_refused(tmp_path, written):
    ax = nk.plots.top_words(nk.word_frequency(written))
    for formats in (["gif"], "png"):
        with pytest.raises(ValueError, match="png, svg, pdf"):
            nk.export_figure(ax, "x", folder=tmp_path, formats=formats)


def test_the_same_bytes_in_another_process(tmp_path):
    code = (
        "import matplotlib; matplotlib.use('Agg')\n"
        "import newskit as nk, sys\n"
        "articles = nk.sample_articles().head(30)\n"
        "nk.export_figure(nk.plots.top_words(nk.word_frequency(articles)), 'words', folder=sys.argv[1], articles=articles,"
        " parameters={'KINDS': {'PER', 'ORG', 'LOC'}, 'MODEL': object()})\n"
        "nk.export_figure(nk.plots.recovered_words(nk.compare_scrubbed(articles)), 'back', folder=sys.argv[1])\n"
    )
    made = []
    (tmp_path / "matplotlibrc").write_text("font.size: 15\naxes.facecolor: black\nsvg.fonttype: path\nsavefig.dpi: 17\n")
    odd = {"MATPLOTLIBRC": str(tmp_path), "TZ": "Asia/Tokyo", "LC_ALL": "C.utf8"}
    for number, (seed, settings) in enumerate([("1", {"TZ": "UTC"}), ("2", odd)]):
        folder = tmp_path / str(number)
        environment = {**os.environ, "PYTHONHASHSEED": seed, **settings}
        subprocess.run([sys.executable, "-c", code, str(folder)], check=True, env=environment)
        made.append({p.name: p.read_bytes() for p in sorted((folder / "figures").glob("[!.]*"))})
    assert len(made[0]) == 10
    assert made[0] == made[1]


def test_fingerprint_knows_articles_not_their_order(written):
    assert nk.fingerprint(written) == nk.fingerprint(written.iloc[::-1])
    assert nk.fingerprint(written) != nk.fingerprint(written.head(2))
    assert nk.fingerprint(written) != nk.fingerprint(written.assign(text=nk.scrub(written)))


def test_tables_are_written_whole(tmp_path, written):
    path = nk.export_table(written.assign(date=pd.Timestamp(2017, 2, 7)), "articles", folder=tmp_path)
    assert path == tmp_path / "tables" / "articles.csv"
    back = pd.read_csv(path)
    assert back["text"].tolist() == list(WRITTEN)
    assert back["date"].tolist() == ["2017-02-07"] * 3
    card = nk.export_table(nk.corpus_card(written), "card", folder=tmp_path)
    assert card.read_text().startswith('"fact","value"\n"articles","3"\n')
    assert sorted(p.name for p in path.parent.glob("[!.]*")) == ["articles.csv", "card.csv"]


def test_shown_tables_are_for_readers():
    table = pd.DataFrame(
        {"word": ["<b>&", None], "share": [0.5, float("nan")], "count": [1234, 5], "when": [pd.Timestamp(2017, 2, 7), pd.NaT]}
    )
    shown = nk.show(table, n=1)._repr_html_()
    assert "&lt;b&gt;&amp;" in shown
    assert "50.0%" in shown
    assert "1,234" in shown
    assert "2017-02-07" in shown
    assert "The first 1 of 2 rows." in shown
    everything = nk.show(table, right=["word"])._repr_html_()
    assert "nan" not in everything.lower()
    assert "first" not in everything
    odd = pd.DataFrame({"year": [2017], "list": [[1, 2]]}, index=pd.MultiIndex.from_tuples([("a", 1)], names=["source", None]))
    assert "2017" in nk.show(odd)._repr_html_()
    assert "[1, 2]" in nk.show(odd)._repr_html_()
    assert "source" in nk.show(odd)._repr_html_()
    assert nk.show(nk.corpus_card(make_articles("a")))._repr_html_().count("<th ") == 2
