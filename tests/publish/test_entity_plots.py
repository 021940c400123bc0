"""Plots of entities: any table of theirs is drawn, says what it shows, and shows what was counted."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

import newskit as nk
from newskit.publish.captions import caption_of
from tests.analysis.test_entities import link
from tests.conftest import make_articles

TEXTS = ("ann lee.said.lee.in.oslo", "lee.met.roe", "roe.alone.here", "rain.fell", "lee.lee.again", "oslo.roe")
PLOTS = {
    "top_entities": lambda m, a, **k: nk.plots.top_entities(nk.entity_frequency(m, a), **k),
    "entity_timeline": lambda m, a, **k: nk.plots.entity_timeline(nk.entity_timeline(m, a), **k),
    "entity_pairs": lambda m, a, **k: nk.plots.entity_pairs(nk.entity_pairs(m, a, min_articles=1), **k),
    "entity_changes": lambda m, a, **k: nk.plots.entity_changes(nk.entity_changes(m, a), **k),
}


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def corpus(*texts: str, days: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    dates = [pd.Timestamp(2017, 1, 1) + pd.Timedelta(days=days * i) for i in range(len(texts))]
    articles = make_articles(*texts, date=dates)
    return link(articles), articles


def renamed(name: str, linked: pd.DataFrame) -> pd.DataFrame:
    return linked.assign(entity=linked["entity"] + name)


@pytest.mark.parametrize("name", PLOTS)
@pytest.mark.parametrize("days", [1, 9, 45])
@pytest.mark.parametrize(
    "texts", [TEXTS, ("lee", "rain"), ("lee.oslo", "lee.oslo.roe"), ("rain", "snow")], ids=["some", "one", "two", "none"]
)
def test_plots_draw_any_table(name, texts, days, tmp_path):
    linked, articles = corpus(*texts, days=days)
    ax = PLOTS[name](renamed(" of $x$ and a_b^c, with a long name", linked), articles)
    assert isinstance(ax, Axes)
    assert ax.get_title(loc="left")
    assert ax.get_xlabel()
    assert len(caption_of(ax).alt) > 20
    assert nk.export_figure(ax, name, folder=tmp_path, formats=["svg"]).files["svg"].exists()
    _, mine = plt.subplots()
    assert PLOTS[name](linked, articles, ax=mine) is mine


@pytest.mark.parametrize("name", PLOTS)
def test_labels_stay_inside_the_figure(name):
    linked, articles = corpus(*TEXTS, days=9)
    ax = PLOTS[name](renamed(" and a very long name behind it", linked), articles)
    ax.figure.canvas.draw()
    inner, box = ax.get_tightbbox(), ax.figure.bbox
    assert inner.x0 >= box.x0 - 1
    assert inner.x1 <= box.x1 + 1
    assert inner.y0 >= box.y0 - 1
    assert inner.y1 <= box.y1 + 1


def test_top_entities_are_those_counted():
    linked, articles = corpus(*TEXTS)
    frequency = nk.entity_frequency(linked, articles)
    ax = nk.plots.top_entities(frequency, n=1)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["Ann Lee", "Oslo"]
    assert caption_of(ax).data["mentions"].tolist() == [5, 2]
    assert "n = 6 articles" in ax.get_title(loc="left")
    with pytest.raises(ValueError, match="more than once"):
        nk.plots.top_entities(nk.entity_frequency(linked, articles, by="day"))
    with pytest.raises(ValueError, match=r"nk.entity_frequency\(linked, articles\) gives"):
        nk.plots.top_entities(linked)


def test_timeline_breaks_where_there_are_no_articles():
    linked, articles = corpus(*TEXTS[:3], days=2)
    ax = nk.plots.entity_timeline(nk.entity_timeline(linked, articles, entities=["Roe"]))
    drawn = ax.lines[0].get_ydata()
    assert np.isnan(drawn).tolist() == [False, True, False, True, False]
    assert drawn[[0, 2, 4]].tolist() == [0, 100, 100]
    assert "fewer than 10 articles" in ax.get_xlabel()
    assert "Roe 100% (03 January 2017)" in caption_of(ax).alt


def test_stray_articles_are_not_drawn():
    dates = [pd.Timestamp(2016, 4, 19), *[pd.Timestamp(2017, 1, 1) + pd.Timedelta(days=i % 30) for i in range(300)]]
    articles = make_articles(*[f"lee.{i}" for i in range(301)], date=dates)
    ax = nk.plots.entity_timeline(nk.entity_timeline(link(articles), articles, period="day"))
    assert caption_of(ax).data["period"].min() == pd.Timestamp(2017, 1, 1)
    assert "Not drawn: 1 article" in ax.get_xlabel()
    assert "n = 300 articles" in ax.get_title(loc="left")
    few = nk.plots.entity_timeline(nk.entity_timeline(link(articles), articles.head(9), period="day"))
    assert caption_of(few).data["period"].min() == dates[0]


def test_the_matrix_has_every_pair_once():
    linked, articles = corpus(*TEXTS)
    pairs = nk.entity_pairs(linked, articles, min_articles=1)
    ax = nk.plots.entity_pairs(pairs)
    names = [t.get_text() for t in ax.get_yticklabels()]
    assert sorted(names) == ["Ann Lee", "Oslo", "Roe"]
    drawn = {frozenset((names[round(t.get_position()[0])], names[round(t.get_position()[1])])): t.get_text() for t in ax.texts}
    assert all(drawn[frozenset((r.entity_a, r.entity_b))] == str(r.articles) for r in pairs.itertuples())
    assert len(nk.plots.entity_pairs(pairs, n=2).get_yticklabels()) == 2


def test_changes_show_what_may_be_chance():
    linked, articles = corpus(*["lee"] * 3, *["rain"] * 9, days=1)
    articles = articles.assign(text=[f"{t}.{i}" for i, t in enumerate(articles["text"])])
    ax = nk.plots.entity_changes(nk.entity_changes(linked, articles, since="2017-01-04"))
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["fewer"]
    assert "100.0 → 0.0%" in [t.get_text() for t in ax.texts]
    assert "since 04 January 2017" in caption_of(ax).alt
    ax = nk.plots.entity_changes(nk.entity_changes(linked, articles, since="2017-01-02"))
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["may be chance"]
    ax = nk.plots.entity_changes(nk.entity_changes(linked, articles, new=[True] * 3 + [False] * 9))
    assert ax.get_title("left") == "Named in more or fewer articles, new against earlier\n(n = 9 earlier, 3 new)"
    assert "new against earlier (n = 9 earlier, 3 new)" in caption_of(ax).alt


def test_the_same_table_gives_the_same_bytes(tmp_path):
    linked, articles = corpus(*TEXTS, days=9)
    for name, plot in PLOTS.items():
        made = [nk.export_figure(plot(linked, articles), name, folder=tmp_path / str(i)).files for i in (1, 2)]
        assert all(made[0][kind].read_bytes() == made[1][kind].read_bytes() for kind in made[0])


def test_names_that_always_stand_together_are_drawn():
    names = ["Lee", "Roe", "Poe"]
    rows = [(f"a{i}", 4 * k, 4 * k + 3, name, "PER", name) for i in range(2) for k, name in enumerate(names)]
    linked = pd.DataFrame(rows, columns=["article_id", "start", "end", "text", "label", "entity"])
    pairs = nk.entity_pairs(linked, make_articles("Lee Roe Poe", "Lee Roe Poe", "x", "y", "z"), duplicates="each")
    assert pairs["npmi"].between(-1, 1).all()
    assert "(n = 5 articles)" in nk.plots.entity_pairs(pairs).get_title("left")


def test_a_figure_of_no_entity_is_refused():
    frequency = nk.entity_frequency(
        pd.DataFrame([("a0", 0, 3, "Lee", "PER", "Lee")], columns=["article_id", "start", "end", "text", "label", "entity"]),
        make_articles("Lee"),
    )
    with pytest.raises(ValueError, match="n must be a whole number, 1 or more"):
        nk.plots.top_entities(frequency, n=0)
