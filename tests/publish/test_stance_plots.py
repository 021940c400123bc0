"""Plots of stance and of trust: any table is drawn, says what it shows, and shows what was counted."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import newskit as nk
from newskit.publish.captions import caption_of
from tests.conftest import make_articles

N_ARTICLES = 40


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def standin(n: int, targets: int = 6, holders: int = 12, name: str = "") -> tuple[pd.DataFrame, pd.DataFrame]:
    """So many statements at random, in articles of 100 days."""
    rng = np.random.default_rng(0)
    columns = {
        "article_id": [f"a{i}" for i in rng.integers(0, N_ARTICLES, n)],
        "target": [f"Target {i}{name}" for i in rng.integers(0, targets, n)],
        "holder_entity": [f"Holder {i}{name}" if i else None for i in rng.integers(0, holders, n)],
        "stance": rng.choice(np.array(["against", "neutral", "favor", None], object), n),
    }
    dates = [pd.Timestamp(2017, 1, 1) + pd.Timedelta(days=int(d)) for d in rng.integers(0, 100, N_ARTICLES)]
    articles = make_articles(*[f"text {i}" for i in range(N_ARTICLES)], date=dates)
    return pd.DataFrame(columns).astype("str"), articles


def calibration(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    bins, sizes = np.arange(10) / 10, rng.multinomial(n, [0, 0, 0, *[1 / 7] * 7])
    right = np.where(sizes > 0, np.minimum(bins, 1), np.nan)
    return pd.DataFrame({"low": bins, "high": bins + 0.1, "n": sizes, "confidence": bins + 0.05, "right": right})


def curve(n: int) -> pd.DataFrame:
    f1 = np.linspace(0.4, 0.6, 6)
    return pd.DataFrame({"n": 10 * 2 ** np.arange(6), "macro_f1": f1, "low": f1 - 0.1, "high": f1 + 0.1}).head(n)


PLOTS = {
    "bars": lambda s, a, **k: nk.plots.stance_bars(nk.stances.summary(s), **k),
    "shares": lambda s, a, **k: nk.plots.stance_bars(nk.stances.summary(s, by=["holder", "target"]), values="shares", **k),
    "matrix": lambda s, a, **k: nk.plots.stance_matrix(nk.stances.summary(s, by=["holder", "target"]), **k),
    "months": lambda s, a, **k: nk.plots.stance_timeline(nk.stances.summary(s, a, by=["target", "month"]), **k),
    "weeks": lambda s, a, **k: nk.plots.stance_timeline(nk.stances.summary(s, a, by="week"), **k),
    "calibration": lambda s, a, **k: nk.plots.calibration_curve(calibration(len(s)), **k),
    "curve": lambda s, a, **k: nk.plots.learning_curve(curve(len(s)), baseline=0.5, **k),
}


@pytest.mark.parametrize("name", PLOTS)
@pytest.mark.parametrize("n", [900, 30, 1, 0])
def test_plots_draw_any_table(name, n):
    tagged, articles = standin(n, name=" of $x$ and a_b^c, with a long name")
    ax = PLOTS[name](tagged, articles)
    assert len(caption_of(ax).alt) > 20
    assert ax.get_xlabel()
    title = ax.get_title("left")
    assert ("n = " in title) == (len(caption_of(ax).data) > 0), title
    ax.figure.canvas.draw()
    inner, box = ax.get_tightbbox(), ax.figure.bbox
    assert inner.x0 >= box.x0 - 1
    assert inner.x1 <= box.x1 + 1
    assert inner.y0 >= box.y0 - 1
    assert inner.y1 <= box.y1 + 1
    _, mine = plt.subplots()
    assert PLOTS[name](tagged, articles, ax=mine) is mine


@pytest.mark.parametrize("name", PLOTS)
def test_the_same_table_gives_the_same_bytes(name, tmp_path):
    made = [nk.export_figure(PLOTS[name](*standin(30)), name, folder=tmp_path / str(i), formats=["svg"]).files for i in (1, 2)]
    assert all(made[0][kind].read_bytes() == made[1][kind].read_bytes() for kind in made[0])


@pytest.mark.parametrize("name", ["bars", "shares", "matrix", "months", "weeks"])
def test_a_model_that_always_abstains_is_drawn(name):
    tagged, articles = standin(50)
    assert caption_of(PLOTS[name](tagged.assign(stance=None), articles)).data.empty


def test_bars_go_left_and_right():
    summary = nk.stances.summary(standin(300)[0])
    ax = nk.plots.stance_bars(summary, n=2)
    widths = [[bar.get_width() for bar in bars] for bars in ax.containers]
    assert widths == [(-summary["against"].head(2)).tolist(), summary["favor"].head(2).tolist()]
    assert {bars[0].get_hatch() for bars in ax.containers} == {"///", ""}
    assert f"2 of 6, n = {summary['n'].head(2).sum()}" in ax.get_title("left")
    assert f"{summary['abstained'].sum()} statements without a stance" in ax.get_xlabel()
    shares = nk.plots.stance_bars(summary, values="shares")
    assert shares.containers[1][0].get_width() == pytest.approx(100 * summary["favor"].iloc[0] / summary["n"].iloc[0])
    with pytest.raises(ValueError, match="'counts', 'shares'"):
        nk.plots.stance_bars(summary, values="percent")
    with pytest.raises(ValueError, match=r"nk.stances.summary\(stances\) gives"):
        nk.plots.stance_bars(standin(3)[0])


def test_the_matrix_has_number_and_sign_in_each_cell():
    rows = [("a", "ban", "Lee", "favor")] * 3 + [("a", "tax", "Lee", "against"), ("b", "ban", "Roe", "neutral")]
    tagged = pd.DataFrame(rows, columns=["article_id", "target", "holder_entity", "stance"])
    summary = nk.stances.summary(tagged, by=["holder", "target"])
    ax = nk.plots.stance_matrix(summary)
    assert {t.get_position(): t.get_text() for t in ax.texts} == {
        (0, 0): "+1.00\nn = 3", (1, 0): "−1.00\nn = 1", (0, 1): "0.00\nn = 1",
    }  # fmt: skip
    assert ax.images[0].get_array().mask.tolist() == [[False, False], [False, True]]
    assert "hatched" in ax.get_xlabel()
    assert [t.get_text() for t in nk.plots.stance_matrix(summary, holders=1).get_yticklabels()] == ["Lee"]
    with pytest.raises(ValueError, match="more than once"):
        nk.plots.stance_matrix(pd.concat([summary, summary]))


def test_the_timeline_breaks_where_nobody_takes_a_side():
    days = ["2017-01-02", "2017-01-03", "2017-01-05"]
    articles = make_articles("one", "two", "three", date=pd.to_datetime(days))
    rows = [
        ("a0", "ban", "favor"),
        ("a0", "ban", "against"),
        ("a1", "ban", "neutral"),
        ("a2", "ban", "favor"),
        ("a2", "tax", "favor"),
    ]
    tagged = pd.DataFrame(rows, columns=["article_id", "target", "stance"])
    ax = nk.plots.stance_timeline(nk.stances.summary(tagged, articles, by=["day", "target"]), n=1)
    heights = ax.lines[0].get_ydata()
    assert heights[[0, 3]].tolist() == [50, 100]
    assert np.isnan(heights[[1, 2]]).all()
    assert "(1 of 2, n = 3 statements)" in ax.get_title("left")
    assert caption_of(ax).data["take_a_side"].tolist() == [2, 1]
    assert "ban: 50% (02 January 2017, n = 2) to 100% (05 January 2017, n = 1)" in caption_of(ax).alt


def test_trust_is_told_in_words():
    table = pd.DataFrame({"low": [0.5, 0.9], "high": [0.6, 1.0], "n": [3, 1], "confidence": [0.5, 0.9], "right": [0.4, 0.7]})
    ax = nk.plots.calibration_curve(table)
    assert "12.5 points" in ax.get_xlabel()  # (3 * 10 + 1 * 20) / 4
    assert "50% sure, 40% right (n = 3)" in caption_of(ax).alt
    ax = nk.plots.learning_curve(curve(2), baseline=0.42, baseline_name="the majority")
    assert "The majority: 42" in caption_of(ax).alt
    assert ax.get_title("left") == "What more labels bring (up to n = 20 labels)"


def test_stray_statements_are_not_drawn():
    days = pd.to_datetime(["2016-03-07", *["2017-01-02"] * 120, *["2017-01-09"] * 120])
    articles = pd.DataFrame({"article_id": [f"a{i}" for i in range(len(days))], "text": "x", "date": days})
    tagged = articles[["article_id"]].assign(target="ban", stance=["favor", *["against", "favor"] * 120])
    ax = nk.plots.stance_timeline(nk.stances.summary(tagged, articles, by=["target", "week"], duplicates="each"))
    assert caption_of(ax).data["period"].min() == pd.Timestamp("2017-01-02")
    assert "Not drawn: 1 statement of other times" in ax.get_xlabel()
