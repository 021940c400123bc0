"""Plots and their export: Axes in and out, the same bytes every time, and words for readers who do not see them."""

from __future__ import annotations

import json
import subprocess
import sys

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.axes import Axes
from PIL import Image

import newskit as nk
from newskit.publish.captions import caption_of
from tests.conftest import WRITTEN, make_articles

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
        origin = json.loads(image.info["Description"])
    assert origin["corpus"] == {"articles": 3, "fingerprint": nk.fingerprint(written)}
    assert origin["parameters"] == {"TOP": "3"}
    assert origin["versions"]["newskit"] == nk.__version__
    svg = out.files["svg"].read_text()
    assert "Gaps between tokens" in svg  # text as text
    assert nk.fingerprint(written) in svg
    assert pd.read_csv(out.files["csv"])["count"].sum() == caption_of(ax).data["count"].sum()
    assert json.loads(out.files["json"].read_text())["alt"] == out.alt
    assert f'alt="{out.alt}"' in out._repr_html_()
    assert not plt.fignum_exists(ax.figure.number)


def test_own_figures_need_words(tmp_path):
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match="alternative text"):
        nk.export_figure(ax, "mine", folder=tmp_path)
    out = nk.export_figure(ax, "mine", folder=tmp_path, alt='A "line" <b>', data=pd.DataFrame({"x": [1]}), close=False)
    assert 'alt="A &quot;line&quot; &lt;b&gt;"' in out._repr_html_()
    assert out.files["csv"].read_text() == "x\n1\n"
    assert plt.fignum_exists(ax.figure.number)


@pytest.mark.parametrize("name", ["../up", "a b", "", "a/b", ".hidden", "ü"])
def test_names_are_safe(name, tmp_path, written):
    with pytest.raises(ValueError, match="cannot be a file's name"):
        nk.export_figure(nk.plots.top_words(nk.word_frequency(written)), name, folder=tmp_path)
    with pytest.raises(ValueError, match="cannot be a file's name"):
        nk.export_table(written, name, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_wrong_tables_are_named(written):
    with pytest.raises(ValueError, match=r"nk.describe_articles\(articles\) gives; the one it got has no column 'tokens'"):
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
        "nk.export_figure(nk.plots.top_words(nk.word_frequency(articles)), 'words', folder=sys.argv[1], articles=articles)\n"
        "nk.export_figure(nk.plots.recovered_words(nk.compare_scrubbed(articles)), 'back', folder=sys.argv[1])\n"
    )
    made = []
    for number, (seed, zone) in enumerate([("1", "UTC"), ("2", "Asia/Tokyo")]):
        folder = tmp_path / str(number)
        environment = {**__import__("os").environ, "PYTHONHASHSEED": seed, "TZ": zone}
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
    assert card.read_text().startswith("fact,value\narticles,3\n")
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
