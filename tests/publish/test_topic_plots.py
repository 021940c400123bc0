"""Plots of topics: any table of theirs is drawn, says what it shows, and shows what was counted."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.analysis.intervals import wilson
from newskit.publish.captions import caption_of
from newskit.publish.topic_plots import topic_name

WORDS = (
    "travel ban.judge.immigration.border wall.attorney general.match.league.goal.minister.vote.bank.rates.shares.film.award."
    "film festival.doctor.hospital.vaccine.police.court.trial.storm.flood.climate change.missile.army.refugees.school.church"
).split(".")


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


LONG = " of $x$ and a_b^c, with a long name\nof two lines and more"


class Standin:
    """What a model of so many topics gives, at random, with holes among the ids."""

    def __init__(self, k: int, n: int = 3000, name: str = "") -> None:
        self.k, self.n, self.rng = k, n if k else 0, np.random.default_rng(0)
        self.ids = [i + (i > 4) for i in range(k)]
        terms = [list(self.rng.permutation(WORDS)[:10]) for _ in self.ids]
        self.labels = {i: ", ".join(t[:3]) + name for i, t in zip(self.ids, terms, strict=True)}
        size = 1 / np.arange(1, k + 1)
        self.topic = self.rng.choice(self.ids, self.n, p=size / size.sum()) if k else np.empty(0, np.int64)
        self.weak = self.rng.random(self.n) < 0.15
        self.terms = dict(zip(self.ids, terms, strict=True))

    def named(self, columns: dict[str, object]) -> pd.DataFrame:
        table = pd.DataFrame(columns)
        at = list(table).index("topic") + 1
        table.insert(at, "label", table["topic"].map(self.labels).astype("str"))
        return table

    def topics(self) -> pd.DataFrame:
        counts = [np.array([(mask & (self.topic == i)).sum() for i in self.ids], int) for mask in (self.topic >= 0, self.weak)]
        stability = np.where(np.arange(self.k) % 5 == 3, np.nan, self.rng.uniform(0.4, 1, self.k))
        return self.named(
            {"topic": np.array(self.ids, int), "n_articles": counts[0], "n_weak": counts[1], "stability": stability}
        )

    def weights(self) -> pd.DataFrame:
        rows = [(i, t, w) for i in self.ids for t, w in zip(self.terms[i], np.sort(self.rng.gamma(2, 1, 10))[::-1], strict=True)]
        table = pd.DataFrame(rows, columns=["topic", "term", "weight"])
        return self.named({c: table[c] for c in table})

    def map(self) -> pd.DataFrame:
        middles = self.rng.normal(0, 4, (50, 2))
        x, y = (middles[self.topic] + self.rng.normal(0, 1, (self.n, 2))).T
        new = self.rng.random(self.n) < 0.02
        ids = [f"a{i}" for i in range(self.n)]
        return self.named({"article_id": ids, "topic": self.topic, "x": x, "y": y, "weak": self.weak, "is_new": new})

    def _counted(self, name: str, values: list[object]) -> pd.DataFrame:
        groups = self.rng.choice(len(values), self.n, p=(p := np.arange(len(values), 0, -1)) / p.sum())
        counts = pd.crosstab(groups, self.topic).reindex(index=range(len(values)), columns=self.ids, fill_value=0)
        of = np.repeat(counts.sum(axis=1).to_numpy(float), self.k)
        flat = counts.to_numpy().ravel()
        share, low, high = wilson(flat, np.where(of > 0, of, np.nan))
        columns = {name: np.repeat(pd.Series(values).array, self.k), "topic": np.tile(np.array(self.ids, int), len(values))}
        expected = np.tile(counts.sum().to_numpy(float), len(values)) / max(self.n, 1)
        return self.named(
            {**columns, "articles": flat, "of": of.astype(int), "share": share, "low": low, "high": high, "expected": expected}
        )

    def periods(self) -> pd.DataFrame:
        return self._counted("period", list(pd.date_range("2016-12-05", periods=16, freq="W-MON").as_unit("us")))

    def sources(self, n: int = 14) -> pd.DataFrame:
        table = self._counted("source", [f"source {i}.example.org" for i in range(n)])
        return table.drop(columns=["low", "high"])

    def tree(self) -> pd.DataFrame:
        from scipy.cluster.hierarchy import linkage

        if self.k < 2:
            return pd.DataFrame({"left": [], "right": [], "height": [], "n_articles": []})
        made = linkage(self.rng.normal(0, 1, (self.k, 5)), "average")
        sizes = self.topics()["n_articles"].tolist()
        for left, right in made[:, :2].astype(int):
            sizes.append(sizes[left] + sizes[right])
        return pd.DataFrame({"left": made[:, 0].astype(int), "right": made[:, 1].astype(int), "height": made[:, 2],
                             "n_articles": sizes[self.k :]})  # fmt: skip

    def moves(self) -> pd.DataFrame:
        after = (
            np.where(self.rng.random(self.n) < 0.9, self.topic, self.rng.choice([*self.ids, 99], self.n))
            if self.k
            else self.topic
        )
        table = pd.DataFrame({"before": self.topic, "after": after}).astype("Int64")
        table.loc[self.rng.random(self.n) < 0.06, "before"] = pd.NA
        table.loc[table["before"].notna() & (self.rng.random(self.n) < 0.03), "after"] = pd.NA
        counted = table.groupby(["before", "after"], dropna=False).size().rename("articles").reset_index()
        labels = self.labels | {99: "a late topic, and its words"}
        named = {f"label_{s}": counted[s].map(labels).astype("str") for s in ("before", "after")}
        return counted.assign(**named)[["before", "after", *named, "articles"]]

    def curve(self) -> pd.DataFrame:
        n = np.array([2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40])[: self.k]
        down = 1 - np.linspace(0, 0.5, len(n))
        measures = {m: down ** (i + 1) - 0.2 * i for i, m in enumerate(["diversity", "stability", "coherence", "separation"])}
        score = np.mean([*measures.values()], axis=0) if len(n) else n.astype(float)
        chosen = np.arange(len(n)) == len(n) // 2
        return pd.DataFrame({"n_topics": n, **measures, "score": score, "chosen": chosen})


PLOTS = {
    "sizes": lambda s, **k: nk.plots.topic_sizes(s.topics(), **k),
    "terms": lambda s, **k: nk.plots.topic_terms(s.weights(), **k),
    "map": lambda s, **k: nk.plots.topic_map(s.map(), **k),
    "timeline": lambda s, **k: nk.plots.topic_timeline(s.periods(), **k),
    "sources": lambda s, **k: nk.plots.topic_sources(s.sources(), **k),
    "tree": lambda s, **k: nk.plots.topic_tree(s.tree(), s.topics(), **k),
    "movement": lambda s, **k: nk.plots.topic_movement(s.moves(), **k),
    "curve": lambda s, **k: nk.plots.n_topics_curve(s.curve(), **k),
}


def texts(ax: plt.Axes) -> list[str]:
    return [t.get_text() for t in ax.texts]


def boxes(ax: plt.Axes) -> np.ndarray:
    """Where the texts in the Axes stand: left, bottom, right, top."""
    ax.figure.canvas.draw()
    return np.array([t.get_window_extent().extents for t in ax.texts if t.get_text()])


def overlaps(found: np.ndarray) -> int:
    low, high = np.maximum(found[:, None, :2], found[None, :, :2]), np.minimum(found[:, None, 2:], found[None, :, 2:])
    return int((np.triu((high - low > 0.5).all(axis=2), 1)).sum())


@pytest.mark.parametrize("name", PLOTS)
@pytest.mark.parametrize("k", [0, 1, 2, 8, 30])
def test_plots_draw_any_table(name, k):
    ax = PLOTS[name](Standin(k, 300, LONG))
    assert len(caption_of(ax).alt) > 20
    assert ax.get_xlabel()
    title = ax.get_title("left")
    assert ("n = " in title) == (k > 0), title
    ax.figure.canvas.draw()
    inner, box = ax.get_tightbbox(), ax.figure.bbox
    assert inner.x0 >= box.x0 - 1
    assert inner.x1 <= box.x1 + 1
    assert inner.y0 >= box.y0 - 1
    assert inner.y1 <= box.y1 + 1
    _, mine = plt.subplots()
    assert PLOTS[name](Standin(k, 300), ax=mine) is mine


@pytest.mark.parametrize("name", PLOTS)
def test_the_same_table_gives_the_same_bytes(name, tmp_path):
    made = [nk.export_figure(PLOTS[name](Standin(9)), name, folder=tmp_path / str(i)).files for i in (1, 2)]
    assert all(made[0][kind].read_bytes() == made[1][kind].read_bytes() for kind in made[0])


@pytest.mark.parametrize("name", PLOTS)
def test_a_wrong_table_is_told(name):
    plot = getattr(nk.plots, "n_topics_curve" if name == "curve" else f"topic_{name}")
    tables = [pd.DataFrame({"word": []})] * (2 if name == "tree" else 1)
    with pytest.raises(ValueError, match="this plot takes the table that nk"):
        plot(*tables)


@pytest.mark.parametrize("name", ["terms", "map", "movement"])
@pytest.mark.parametrize("k", [8, 15, 30])
def test_names_do_not_cover_each_other(name, k):
    found = boxes(PLOTS[name](Standin(k)))
    assert len(found) >= k / 2
    assert overlaps(found) == 0


@given(st.integers(0, 99), st.text(alphabet="ab, $_", max_size=60), st.integers(8, 40))
def test_names_are_short_and_literal(topic, label, most):
    name = topic_name(topic, label, most)
    assert name.startswith(str(topic))
    assert len(name.replace("\\$", "$")) <= most
    assert name.count("$") == name.count("\\$")


def test_names_keep_whole_terms():
    assert topic_name(3, "travel ban, judge, immigration", 24) == "3 travel ban, judge"
    assert topic_name(3, "travel ban, judge, immigration", 40) == "3 travel ban, judge, immigration"
    assert topic_name(3, "travel_ban_and_all_that_comes_of_it", 12) == "3 travel_ba…"


def test_sizes_are_those_counted():
    topics = Standin(4).topics()
    ax = nk.plots.topic_sizes(topics.iloc[::-1])
    ranked = topics.sort_values("n_articles", ascending=False)
    well, weak = ([bar.get_width() for bar in bars] for bars in ax.containers)
    assert np.add(well, weak).tolist() == ranked["n_articles"].tolist()
    assert weak == ranked["n_weak"].tolist()
    assert {bars[0].get_hatch() for bars in ax.containers} == {"////", None}
    assert ax.get_yticklabels()[0].get_text().startswith(f"{ranked['topic'].iloc[0]} ")
    assert f"{ranked['stability'].iloc[0]:.2f}" in texts(ax)
    assert "–" in texts(ax)  # where it is not known
    assert "4 topics, n = 3,000 articles" in ax.get_title("left")


def test_terms_that_have_no_room_are_left_out():
    table = Standin(15).weights()
    ax = nk.plots.topic_terms(table, n_topics=3, n_terms=2)
    assert caption_of(ax).data.equals(table[table["topic"] < 3].groupby("topic").head(2).reset_index(drop=True))
    assert "n = 3 of 15 topics" in ax.get_title("left")
    wide = nk.plots.topic_terms(table.assign(term=table["term"] + " and many words more"))
    per_topic = caption_of(wide).data.groupby("topic").size()
    assert per_topic.between(1, 7).all()


def test_the_map_shows_every_article_once():
    placed = Standin(15).map()
    ax = nk.plots.topic_map(placed)
    points = [c.get_offsets() for c in ax.collections if c.get_zorder() < 3]
    assert len(np.concatenate(points)) == len(placed)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["fits its topic", "hollow: fits weakly", "ringed: new"]
    assert all(c.get_rasterized() for c in ax.collections if len(c.get_offsets()))
    looks = {(line.get_marker(), line.get_color()) for line in ax.lines}
    assert len(looks) == 15
    lost = nk.plots.topic_map(placed.assign(x=placed["x"].mask(placed.index < 10), weak=False, is_new=False))
    assert "n = 2,990 articles" in lost.get_title("left")
    assert [t.get_text() for t in lost.get_legend().get_texts()] == ["fits its topic"]


def test_the_timeline_shows_the_largest_topics():
    shares = Standin(15).periods()
    ax = nk.plots.topic_timeline(shares, n=3)
    top = shares.groupby("topic")["articles"].sum().nlargest(3).index
    assert caption_of(ax).data["topic"].isin(top).all()
    first = shares[shares["topic"] == top[0]]
    assert ax.lines[0].get_ydata().tolist() == (100 * first["share"]).tolist()
    assert "(3 of 15 topics, n = 3,000 articles)" in ax.get_title("left")
    assert "95% intervals" in ax.get_title("left")
    assert "95%" not in nk.plots.topic_timeline(shares).get_title("left")


def test_the_timeline_breaks_where_there_are_no_articles():
    shares = Standin(2).periods()
    weeks = shares["period"].unique()
    without = nk.plots.topic_timeline(shares[shares["period"] != weeks[3]])
    assert np.flatnonzero(np.isnan(without.lines[0].get_ydata())).tolist() == [3]
    silent = shares[(shares["period"] != weeks[3]) | (shares["topic"] != 0)]  # the week is there, the topic is not
    assert nk.plots.topic_timeline(silent).lines[0].get_ydata()[3] == 0


def test_sources_show_their_shares_and_homes():
    rows = [("a", 0, 30, 40), ("a", 1, 10, 40), ("b", 0, 20, 20), ("b", 1, 0, 20)]
    shares = pd.DataFrame(rows, columns=["source", "topic", "articles", "of"]).assign(label="x", expected=1.0)
    shares["share"] = shares["articles"] / shares["of"]
    ax = nk.plots.topic_sources(shares)
    assert {t.get_position(): t.get_text() for t in ax.texts} == {(0, 0): "75", (0, 1): "25", (1, 0): "100"}
    framed = [tuple(np.round(np.add(p.get_xy(), (0.45, 0.43)), 6)) for p in ax.patches]
    assert framed == [(0, 0), (0, 1)]  # 30 of topic 0's 50 articles, and all 10 of topic 1
    assert "Framed" in ax.get_xlabel()
    assert "1 x in a" in caption_of(ax).alt
    alone = nk.plots.topic_sources(shares[shares["source"] == "a"])
    assert not alone.patches
    assert "1 of 2 topics, 1 of 2 sources; n = 40 articles" in nk.plots.topic_sources(shares, sources=1, topics=1).get_title(
        "left"
    )
    unknown = nk.plots.topic_sources(shares.assign(source=shares["source"].mask(shares["source"] == "a")))
    assert unknown.get_xticklabels()[0].get_text() == "(unknown) (40)"


@settings(deadline=None)  # it draws
@given(st.integers(2, 12), st.randoms(use_true_random=False))
def test_the_tree_has_every_topic_once_and_no_crossing(k, random):
    nodes, joins = list(range(k)), []
    for i in range(k - 1):
        joins.append([nodes.pop(random.randrange(len(nodes))) for _ in "lr"])
        nodes.append(k + i)
    tree = pd.DataFrame(joins, columns=["left", "right"]).assign(height=np.arange(1.0, k), n_articles=2)
    topics = pd.DataFrame({"topic": range(k), "label": "x", "n_articles": 1})
    ax = nk.plots.topic_tree(tree, topics)
    assert sorted(int(t.get_text().split()[0]) for t in ax.get_yticklabels()) == list(range(k))
    assert len(ax.lines) == k  # a bracket per joint, and the leaves
    crossed = [
        (a, b)
        for a in ax.lines[:-1]
        for b in ax.lines[:-1]
        if a is not b and a.get_xdata()[1] > b.get_xdata()[1]
        for y in (a.get_ydata()[0], a.get_ydata()[2])
        if min(b.get_ydata()) < y < max(b.get_ydata()) and a.get_xdata()[0 if y == a.get_ydata()[0] else 3] < b.get_xdata()[1]
    ]
    assert not crossed
    plt.close("all")


def test_a_tree_of_other_topics_is_refused():
    model = Standin(5)
    with pytest.raises(ValueError, match="joins 5 topics, but the table has 4"):
        nk.plots.topic_tree(model.tree(), model.topics().head(4))


def test_movement_counts_every_article():
    rows = [(0, 0, 50), (0, 1, 9), (1, 1, 30), (None, 1, 7), (1, None, 4)]
    moves = pd.DataFrame(rows, columns=["before", "after", "articles"]).astype("Int64")
    moves = moves.assign(label_before="old", label_after="now")
    ax = nk.plots.topic_movement(moves)
    assert "(n = 100 articles)\n80 stay, 9 move, 7 new, 4 gone" in ax.get_title("left")
    assert texts(ax) == ["0 old (59)", "1 old (34)", "new (7)", "0 now (50)", "1 now (46)", "gone (4)"]
    assert sorted(filter(None, (p.get_hatch() for p in ax.patches))) == ["....", "xxxx"]
    assert "0 old to 1 now 9" in caption_of(ax).alt
    data = caption_of(ax).data
    assert data["articles"].sum() == 100
    assert data["before"].isna().sum() == data["after"].isna().sum() == 1


def test_of_many_topics_those_with_most_movement_are_drawn():
    stay = pd.DataFrame({"before": range(40), "after": range(40), "articles": 50})
    moved = pd.DataFrame({"before": [38, 39], "after": [39, 38], "articles": [20, 10]})
    moves = pd.concat([stay, moved]).astype("Int64").assign(label_before="x", label_after="x")
    ax = nk.plots.topic_movement(moves)
    data = caption_of(ax).data
    assert data["before"].nunique() == data["after"].nunique() == 20
    assert {38, 39} <= set(data["before"])
    assert "Not drawn: 1,000 articles of other topics" in ax.get_xlabel()


def test_the_curve_names_what_was_chosen():
    curve = Standin(8).curve()
    ax = nk.plots.n_topics_curve(curve)
    assert "chosen: 6" in texts(ax)
    assert len({line.get_linestyle() for line in ax.lines[:5]}) >= 4
    assert len({line.get_marker() for line in ax.lines[:5]}) == 5
    assert "Chosen: 6." in caption_of(ax).alt
    unknown = nk.plots.n_topics_curve(curve.assign(coherence=np.nan, chosen=False))
    assert "coherence" not in texts(unknown)
    assert "chosen" not in " ".join(texts(unknown))
