"""Entities: how often, when, together with whom, more than before, and in which words."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from tests.conftest import make_articles

NAMES = {"ann lee": ("Ann Lee", "PER"), "lee": ("Ann Lee", "PER"), "roe": ("Roe", "PER"), "oslo": ("Oslo", "LOC")}


def link(articles: pd.DataFrame) -> pd.DataFrame:
    """Linked mentions: every piece of a text between full stops that is one of NAMES."""
    rows = []
    for i, text in zip(articles["article_id"], articles["text"], strict=True):
        start = 0
        for piece in text.split("."):
            if piece in NAMES:
                rows.append((i, start, start + len(piece), piece, NAMES[piece][1], 1.0, NAMES[piece][0]))
            start += len(piece) + 1
    return pd.DataFrame(rows, columns=["article_id", "start", "end", "text", "label", "score", "entity"])


@pytest.fixture
def articles() -> pd.DataFrame:
    return make_articles(
        "ann lee.said.lee.in.oslo", "lee.met.roe", "roe.alone.here", "rain.fell", "lee.lee.again",
        source=["A", "B", "A", "B", "A"],
        date=pd.to_datetime(["2017-01-30", "2017-01-31", "2017-02-01", "2017-02-02", None]),
    )  # fmt: skip


def test_frequency_by_hand(articles):
    table = nk.entity_frequency(link(articles), articles)
    assert table.values.tolist() == [
        ["Ann Lee", "PER", 5, 3, 5, 0.6, "lee 4, ann lee 1"],
        ["Roe", "PER", 2, 2, 5, 0.4, "roe 2"],
        ["Oslo", "LOC", 1, 1, 5, 0.2, "oslo 1"],
    ]
    assert table.dtypes.astype("str").tolist() == ["str", "str", "int64", "int64", "int64", "float64", "str"]


def test_frequency_by_source_and_period(articles):
    by_source = nk.entity_frequency(link(articles), articles, by="source")
    assert by_source.columns[0] == "source"
    assert by_source[["source", "entity", "mentions", "articles", "of_articles"]].values.tolist() == [
        ["A", "Ann Lee", 4, 2, 3], ["A", "Oslo", 1, 1, 3], ["A", "Roe", 1, 1, 3],
        ["B", "Ann Lee", 1, 1, 2], ["B", "Roe", 1, 1, 2],
    ]  # fmt: skip
    with pytest.warns(UserWarning, match="^1 of 5 articles have no date; they are left out"):
        by_month = nk.entity_frequency(link(articles), articles, by="month")
    assert by_month[["period", "entity", "mentions", "of_articles"]].values.tolist() == [
        [pd.Timestamp(2017, 1, 1), "Ann Lee", 3, 2], [pd.Timestamp(2017, 1, 1), "Oslo", 1, 2],
        [pd.Timestamp(2017, 1, 1), "Roe", 1, 2], [pd.Timestamp(2017, 2, 1), "Roe", 1, 2],
    ]  # fmt: skip
    dated = articles.head(4)
    assert nk.entity_frequency(link(articles), dated, by="week")["period"].unique().tolist() == [pd.Timestamp(2017, 1, 30)]
    assert nk.entity_frequency(link(articles), dated, by="year")["period"].unique().tolist() == [pd.Timestamp(2017, 1, 1)]
    both = nk.entity_frequency(link(articles), dated.astype({"source": "category"}), by=["source", "day"])
    assert both.columns[:3].tolist() == ["source", "period", "entity"]
    assert both.iloc[-1, :3].tolist() == ["B", pd.Timestamp(2017, 1, 31), "Roe"]


def test_surface_forms_are_the_most_frequent_ones():
    articles = make_articles("x" * 300)
    forms = [f"form {c}" for c in "abcdefghij" for _ in range(2 if c == "j" else 1)] + ["form\n j"]
    linked = pd.DataFrame(
        {"article_id": "a0", "start": 0, "end": 1, "text": forms, "label": "PER", "score": 1.0, "entity": "Form"}
    )
    said = nk.entity_frequency(linked, articles)["surface_forms"].item()
    assert said == "form j 3, " + ", ".join(f"form {c} 1" for c in "abcdefg") + " and 2 more"


def test_repeated_articles_count_once_unless_asked():
    long = "lee." + ".".join(f"word{i}" for i in range(60))
    dates = pd.to_datetime(["2017-02-03", "2017-02-02", "2017-03-01", "2017-02-02"])
    articles = make_articles(long, long, long + ".roe", "oslo", source=["A", "A", "B", "B"], date=dates)
    linked = link(articles)
    assert nk.entity_frequency(linked, articles)[["entity", "mentions", "of_articles"]].values.tolist() == [
        ["Ann Lee", 1, 2],
        ["Oslo", 1, 2],
    ]
    each = nk.entity_frequency(linked, articles, duplicates="each")
    assert each[["entity", "mentions", "of_articles"]].values.tolist() == [["Ann Lee", 3, 4], ["Oslo", 1, 4], ["Roe", 1, 4]]
    for by in ("source", "month"):  # a story that two sources carry, or that comes back, counts for each
        part = nk.entity_frequency(linked, articles, by=by)
        assert part.loc[part["entity"] == "Ann Lee", "mentions"].tolist() == [1, 1]
    per_day = nk.entity_frequency(linked, articles.assign(date=dates[0]), by="day")
    assert per_day["mentions"].tolist() == [1, 1]
    described = nk.describe_articles(articles)
    pd.testing.assert_frame_equal(
        nk.entity_frequency(linked, articles, described=described), nk.entity_frequency(linked, articles)
    )
    exact = nk.describe_articles(articles, near=False)
    assert nk.entity_frequency(linked, articles, described=exact)["of_articles"].tolist() == [3, 3, 3]
    with pytest.raises(ValueError, match="of other articles"):
        nk.entity_frequency(linked, articles, described=described.head(2))
    with pytest.raises(ValueError, match="duplicates"):
        nk.entity_frequency(linked, articles, duplicates="twice")


def test_pairs_by_hand():
    articles = make_articles(*["lee.roe"] * 3, "lee.oslo", "roe", "rain", "oslo.wind", "snow")
    table = nk.entity_pairs(link(articles), articles, duplicates="each", min_articles=1)
    assert table[["entity_a", "label_a", "entity_b", "label_b", "articles", "articles_a", "articles_b"]].values.tolist() == [
        ["Ann Lee", "PER", "Roe", "PER", 3, 4, 4],
        ["Ann Lee", "PER", "Oslo", "LOC", 1, 4, 2],
    ]
    observed, expected = [3, 1, 1, 3], [2, 2, 2, 2]
    by_hand = 2 * sum(o * math.log(o / e) for o, e in zip(observed, expected, strict=True))
    assert table["log_likelihood"].tolist() == pytest.approx([by_hand, 0])
    assert table["expected"].tolist() == [2, 1]
    assert table["npmi"].tolist() == pytest.approx([math.log(3 / 8 / (4 / 8 * 4 / 8)) / -math.log(3 / 8), 0])
    assert len(nk.entity_pairs(link(articles), articles, duplicates="each")) == 1
    assert len(nk.entity_pairs(link(articles), articles, duplicates="each", min_articles=1, n=1)) == 1
    two_labels = link(articles).assign(label=["LOC", *link(articles)["label"][1:]])
    same = nk.entity_pairs(pd.concat([two_labels, link(articles)]), articles, duplicates="each", min_articles=1)
    assert (same["entity_a"] != same["entity_b"]).all()
    one = make_articles("lee.roe")
    assert nk.entity_pairs(link(one), one, min_articles=1)["npmi"].isna().all()


def test_pairs_that_avoid_each_other_are_last():
    articles = make_articles(*["lee.roe", "lee", "lee", "lee", "roe", "roe", "roe"], "lee.oslo", "oslo.lee", "rain")
    table = nk.entity_pairs(link(articles), articles, duplicates="each", min_articles=1)
    assert table["entity_b"].tolist() == ["Oslo", "Roe"]
    assert table["log_likelihood"].iloc[1] < 0 < table["log_likelihood"].iloc[0]
    assert table["npmi"].iloc[1] < 0


def test_timeline_has_zeros_and_gaps(articles):
    dated = articles.head(4).assign(date=pd.to_datetime(["2017-01-01", "2017-01-01", "2017-01-02", "2017-01-04"]))
    table = nk.entity_timeline(link(articles), dated, n=2)
    assert table["period"].tolist() == list(pd.date_range("2017-01-01", "2017-01-04")) * 2
    assert table["entity"].tolist() == ["Ann Lee"] * 4 + ["Roe"] * 4
    assert table["mentions"].tolist() == [3, 0, 0, 0, 1, 1, 0, 0]
    assert table["of_articles"].tolist() == [2, 1, 0, 1] * 2
    assert table["share_of_articles"].fillna(-1).tolist() == [1, 0, -1, 0, 0.5, 1, -1, 0]
    chosen = nk.entity_timeline(link(articles), dated, entities=["Roe", "Oslo"], period="year")
    assert chosen[["period", "entity", "articles"]].values.tolist() == [
        [pd.Timestamp(2017, 1, 1), "Roe", 2],
        [pd.Timestamp(2017, 1, 1), "Oslo", 1],
    ]
    part = nk.entity_timeline(link(articles), dated.iloc[2:], entities=["Oslo"])
    assert part["mentions"].tolist() == [0, 0, 0]  # known, but not named in these articles


@pytest.mark.parametrize(
    ("days", "starts"), [(30, "D"), (200, "W-MON"), (1000, "MS"), (3000, "YS")], ids=["day", "week", "month", "year"]
)
def test_timeline_chooses_its_period(days, starts):
    dates = pd.Timestamp(2010, 1, 1) + pd.to_timedelta(np.linspace(0, days, 600).round(), unit="D")
    articles = make_articles(*[f"lee.{i}" for i in range(600)], date=dates)
    periods = nk.entity_timeline(link(articles), articles)["period"]
    assert periods.tolist() == list(pd.date_range(periods.min(), periods.max(), freq=starts))
    assert len(periods) > 1
    stray = nk.entity_timeline(link(articles), articles.assign(date=[pd.Timestamp(2007, 1, 1), *dates[1:]]))
    assert stray["period"].diff().max() == periods.diff().max() or days < 1000


@pytest.mark.parametrize(("n", "days", "apart"), [(60, 30, 7), (60, 200, 31), (9, 5, 1), (2, 400, 31), (2, 3000, 366)])
def test_few_articles_get_longer_periods(n, days, apart):
    dates = pd.Timestamp(2010, 1, 1) + pd.to_timedelta(np.linspace(0, days, n).round(), unit="D")
    articles = make_articles(*[f"lee.{i}" for i in range(n)], date=dates)
    periods = nk.entity_timeline(link(articles), articles)["period"]
    assert periods.diff().dt.days.max() in (apart, apart - 1)


def test_changes_by_hand():
    texts = ["lee", "lee.roe", "rain", "snow", "lee", "roe", "oslo", "wind"]
    dates = pd.to_datetime(["2017-01-01"] * 4 + ["2017-02-01"] * 4)
    articles = make_articles(*(f"{t}.{chr(97 + i)}" for i, t in enumerate(texts)), date=dates)
    table = nk.entity_changes(link(articles), articles)
    assert table["since"].unique().tolist() == [pd.Timestamp(2017, 2, 1)]
    table = table.set_index("entity")
    columns = ["articles_before", "of_before", "share_before", "articles_after", "of_after", "share_after", "change"]
    assert table.loc["Ann Lee", columns].tolist() == [2, 4, 0.5, 1, 4, 0.25, -0.25]
    assert table.loc["Roe", ["change", "log_likelihood", "log_ratio"]].tolist() == [0, 0, 0]
    assert table.loc["Ann Lee", "log_ratio"] == pytest.approx(math.log2(1.5 / 2.5))
    observed, expected = [1, 2, 3, 2], [1.5, 1.5, 2.5, 2.5]
    by_hand = 2 * sum(o * math.log(o / e) for o, e in zip(observed, expected, strict=True))
    assert table.loc["Ann Lee", "log_likelihood"] == pytest.approx(-by_hand)
    assert table.index.tolist() == ["Oslo", "Ann Lee", "Roe"]
    with pytest.warns(UserWarning, match="1 of 8"):
        later = nk.entity_changes(link(articles), articles.assign(date=[None, *dates[1:]]), since="2017-01-15")
    assert later["of_before"].unique().tolist() == [3]


@pytest.mark.parametrize("as_what", [pd.Series, np.array, list])
def test_new_articles_are_compared_with_the_others(as_what):
    """As by a day that parts them in the same way, and whatever their dates."""
    texts = ["lee", "lee.roe", "rain", "snow", "lee", "roe", "oslo", "wind"]
    articles = make_articles(*(f"{t}.{chr(97 + i)}" for i, t in enumerate(texts)))
    dated = articles.assign(date=pd.to_datetime(["2017-01-01", "2017-02-01"] * 4))
    new = [False, True] * 4
    by_day = nk.entity_changes(link(articles), dated, since="2017-02-01")
    for table in (articles, dated, nk.tokenize(articles)):
        by_new = nk.entity_changes(link(articles), table, new=as_what(new))
        pd.testing.assert_frame_equal(by_new.drop(columns="since"), by_day.drop(columns="since"))
        assert by_new["since"].isna().all()
        assert by_new["since"].dtype == by_day["since"].dtype


def test_a_story_counts_once_among_the_new_and_once_among_the_others():
    story = ".".join(["lee", *(f"day.{i}.of.rain" for i in range(40))])
    articles = make_articles(story, story, story, story, "rain", "snow")
    row = nk.entity_changes(link(articles), articles, new=[False, False, True, True, False, True]).iloc[0]
    assert row[["articles_before", "of_before", "articles_after", "of_after"]].tolist() == [1, 2, 1, 2]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"new": [True] * 3}, "of each of the 4 articles"),
        ({"new": [True, False, None, True]}, "of each of the 4 articles"),
        ({"new": ["yes", "no", "no", "no"]}, "of each of the 4 articles"),
        ({"new": pd.Series([True, False, True, False], index=[3, 2, 1, 0])}, "another index"),
        ({"new": [True] * 4}, "all articles are new"),
        ({"new": np.zeros(4, bool)}, "no article is new"),
        ({"new": [True, False, True, False], "since": "2017-02-01"}, "`since` or `new`"),
    ],
)
def test_what_cannot_be_compared_is_said(articles, options, said):
    with pytest.raises(ValueError, match=said):
        nk.entity_changes(link(articles), articles.head(4), **options)


def test_interval_of_a_change_is_newcombes():
    """Newcombe (1998), table II, method 10: 56/70 against 48/80, and 9/10 against 3/10."""
    for (x, n), (y, m), low, high in [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090)]:
        after = [f"lee.{i}" if i < x else f"rain.{i}" for i in range(n)]
        before = [f"lee.{i + n}" if i < y else f"rain.{i + n}" for i in range(m)]
        articles = make_articles(*after, *before, date=pd.to_datetime(["2017-02-01"] * n + ["2017-01-01"] * m))
        row = nk.entity_changes(link(articles), articles, since="2017-02-01").iloc[0]
        assert row["change"] == pytest.approx(x / n - y / m)
        assert [row["low"], row["high"]] == pytest.approx([low, high], abs=5e-5)


def test_contexts_are_those_of_all_forms(articles):
    table = nk.entity_contexts(link(articles), articles, "Ann Lee", width=6)
    assert table["keyword"].tolist() == ["ann lee", "lee", "lee", "lee", "lee"]
    assert table.columns.tolist() == ["article_id", "start", "end", "left", "keyword", "right", "label", "date", "source"]
    assert table.loc[1, ["left", "right"]].tolist() == [".said.", ".in.os"]
    assert table["source"].tolist() == ["A", "A", "B", "A", "A"]
    assert len(nk.entity_contexts(link(articles), nk.tokenize(articles), "Ann Lee", n=2)) == 2
    written = make_articles("rain fell", "He came.  ann lee.  It rained.", "lee")
    linked = pd.concat([link(written), link(make_articles("lee")).assign(article_id="a1", start=10, end=17, text="ann lee")])
    whole = nk.entity_contexts(linked, written, "Ann Lee", width="sentence")
    assert whole["keyword"].tolist() == ["ann lee", "lee"]
    assert (whole["left"].str.len() <= 10).all()
    assert whole["right"].tolist()[1] == ""
    none = nk.entity_contexts(linked, written.head(2), "Ann Lee", width="sentence", n=0)
    assert none.columns.tolist() == whole.columns.tolist()
    with pytest.raises(ValueError, match="'a0' has 'so ann ' where 'ann lee' was found"):
        nk.entity_contexts(link(articles), articles.assign(text="so " + articles["text"]), "Ann Lee")


def test_errors_are_for_people(articles):
    linked = link(articles)
    with pytest.raises(ValueError, match="Did you mean 'Ann Lee'"):
        nk.entity_contexts(linked, articles, "An Lee")
    with pytest.raises(ValueError, match="It is a form of 'Ann Lee'"):
        nk.entity_timeline(linked, articles.head(4), entities=["LEE"])
    with pytest.raises(ValueError, match=r"entities=\['Roe'\]"):
        nk.entity_timeline(linked, articles.head(4), entities="Roe")
    with pytest.raises(ValueError, match="period must be one of 'auto', 'day'"):
        nk.entity_timeline(linked, articles, period="hour")
    with pytest.raises(nk.ArticlesError, match="none of the periods.*Did you mean 'source'"):
        nk.entity_frequency(linked, articles, by="sourc")
    with pytest.raises(nk.ArticlesError, match="rename it"):
        nk.entity_frequency(linked, articles.assign(label="x"), by="label")
    with pytest.raises(ValueError, match="no column 'entity'.*link_entities"):
        nk.entity_frequency(linked.drop(columns="entity"), articles)
    with pytest.raises(ValueError, match="None of the 8 mentions"):
        nk.entity_frequency(linked.assign(article_id="b"), articles)
    with pytest.raises(nk.ArticlesError, match="all on one side"):
        nk.entity_changes(linked, articles.head(1))
    for since, said in (("2018-01-01", "2017-01-30 to 2017-02-02"), ("soon", "is no date")):
        with pytest.raises(nk.ArticlesError, match=said):
            nk.entity_changes(linked, articles, since=since)


@pytest.mark.parametrize("undated", [{}, {"date": pd.NaT}])
def test_what_needs_dates_says_so(articles, undated):
    frame = articles[["article_id", "text"]].assign(**undated)
    for function, options in ((nk.entity_frequency, {"by": "week"}), (nk.entity_timeline, {}), (nk.entity_changes, {})):
        with pytest.raises(nk.ArticlesError, match="No article has a date"):
            function(link(articles), frame, **options)
    assert len(nk.entity_frequency(link(articles), frame)) == 3


def test_no_mentions_give_empty_tables(articles):
    none, dated = link(articles).head(0), articles.head(4)
    for table in (
        nk.entity_frequency(none, dated),
        nk.entity_frequency(none, dated, by="source"),
        nk.entity_pairs(none, dated),
        nk.entity_timeline(none, dated),
        nk.entity_changes(none, dated),
    ):
        assert table.empty
        assert len(table.columns) >= 7


corpora = st.lists(
    st.tuples(st.lists(st.sampled_from([*NAMES, "rain"]), max_size=5), st.integers(0, 60), st.sampled_from("AB")),
    min_size=2,
    max_size=7,
)


@given(corpora, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_what_holds_for_any_corpus(corpus, random):
    articles = make_articles(
        *(".".join(names) for names, _, _ in corpus),
        source=[source for *_, source in corpus],
        date=[pd.Timestamp(2017, 1, 1) + pd.Timedelta(days=day) for _, day, _ in corpus],
    )
    linked = link(articles)
    before = linked.copy(), articles.copy()
    calls = [
        lambda a, b: nk.entity_frequency(a, b),
        lambda a, b: nk.entity_frequency(a, b, by=["source", "week"], duplicates="each"),
        lambda a, b: nk.entity_pairs(a, b, min_articles=1),
        lambda a, b: nk.entity_timeline(a, b, duplicates="each", n=10),
    ]
    if articles["date"].min() < articles["date"].max():
        calls.append(lambda a, b: nk.entity_changes(a, b))
    tables = [call(linked, articles) for call in calls]
    pd.testing.assert_frame_equal(linked, before[0])
    pd.testing.assert_frame_equal(articles, before[1])
    mixed = [frame.sample(frac=1, random_state=random.randint(0, 9)) for frame in (linked, articles)]
    for call, table in zip(calls, tables, strict=True):
        pd.testing.assert_frame_equal(call(*mixed), table)
    once, by_week, pairs, timeline = tables[:4]
    each = nk.entity_frequency(linked, articles, duplicates="each").set_index(["entity", "label"])[["mentions", "articles"]]
    for table in (by_week, timeline):
        summed = table.groupby(["entity", "label"])[["mentions", "articles"]].sum()
        pd.testing.assert_frame_equal(summed.loc[each.index], each, check_names=False)
    assert each["mentions"].sum() == len(linked)
    assert once["share_of_articles"].between(0, 1).all()
    assert (pairs["articles"] <= pairs["articles_b"]).all()
    assert (pairs["articles_b"] <= pairs["articles_a"]).all()
    assert pairs["npmi"].dropna().between(-1, 1 + 1e-9).all()
    for changes in (t for t in tables[4:] if len(t)):
        assert (changes["low"] <= changes["change"]).all()
        assert (changes["change"] <= changes["high"]).all()
        assert changes["low"].min() >= -1 - 1e-9
        assert changes["high"].max() <= 1 + 1e-9


@pytest.mark.parametrize("wrong", [{"width": "paragraph"}, {"width": -3}, {"n": -1}])
def test_contexts_name_a_wrong_option(wrong):
    articles = make_articles("then lee left")
    linked = pd.DataFrame(
        [("a0", 5, 8, "lee", "PER", "Ann Lee")], columns=["article_id", "start", "end", "text", "label", "entity"]
    )
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be"):
        nk.entity_contexts(linked, articles, "Ann Lee", **wrong)
