"""Stances counted: by target, holder, source and period, with intervals that know of articles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.analysis.intervals import wilson
from tests.conftest import make_articles

COLUMNS = ["article_id", "target", "holder_entity", "stance"]
ROWS = [
    ("a0", "ban", "Lee", "against"), ("a0", "ban", "Lee", "against"), ("a0", "tax", None, "neutral"),
    ("a1", "ban", None, "favor"), ("a1", "ban", "Roe", None), ("a2", "ban", "Roe", "neutral"), ("a2", "tax", "Roe", "favor"),
]  # fmt: skip
STANCES = st.sampled_from(["against", "neutral", "favor", None])


def stances(rows: list[tuple[object, ...]] = ROWS) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS).astype("str")


def articles(n: int = 3) -> pd.DataFrame:
    dates = pd.to_datetime(["2017-01-30", "2017-02-01", None])
    return make_articles("one text", "another one", "third here", source=["A", "B", "A"], date=dates).head(n)


def test_summary_by_hand():
    table = nk.stances.summary(stances())
    assert table.columns.tolist() == [
        "target", "n", "articles", "abstained", "against", "neutral", "favor", "balance", "favor_share", "low", "high",
    ]  # fmt: skip
    assert table.iloc[:, :9].round(3).values.tolist() == [
        ["ban", 4, 3, 1, 2, 1, 1, -0.25, 0.333],
        ["tax", 2, 2, 0, 0, 1, 1, 0.5, 1.0],
    ]
    assert table.dtypes.astype("str").tolist() == ["str", *["int64"] * 6, *["float64"] * 4]


def test_unknown_holders_have_a_row_of_their_own():
    table = nk.stances.summary(stances(), by=["holder", "target"])
    assert table[["holder", "target", "n", "abstained"]].values.tolist() == [
        ["Lee", "ban", 2, 0], ["(unknown)", "ban", 1, 0], ["(unknown)", "tax", 1, 0], ["Roe", "ban", 1, 1], ["Roe", "tax", 1, 0],
    ]  # fmt: skip
    assert nk.stances.summary(stances(), by="holder")["holder"].tolist() == ["(unknown)", "Lee", "Roe"]


def test_by_source_and_period():
    by_source = nk.stances.summary(stances(), articles(), by=["target", "source"])
    assert by_source[["target", "source", "n"]].values.tolist() == [["ban", "A", 3], ["tax", "A", 2], ["ban", "B", 1]]
    with pytest.warns(UserWarning, match="^1 of 3 articles have no date; they are left out"):
        by_month = nk.stances.summary(stances(), articles(), by=["month", "target"])
    assert by_month[["period", "target", "n"]].values.tolist() == [
        [pd.Timestamp(2017, 1, 1), "ban", 2], [pd.Timestamp(2017, 1, 1), "tax", 1], [pd.Timestamp(2017, 2, 1), "ban", 1],
    ]  # fmt: skip
    some = articles().head(2)
    pd.testing.assert_frame_equal(
        nk.stances.summary(stances(), some, by="period"), nk.stances.summary(stances(), some, by="day")
    )  # three days: as entity_timeline would have them
    assert nk.stances.summary(stances(), some)["n"].tolist() == [3, 1]  # statements of other articles are left out


def test_repeated_articles_count_once_unless_asked():
    long = " ".join(f"word{i}" for i in range(60))
    copies = make_articles(long, long, "third here")
    assert nk.stances.summary(stances(), copies).set_index("target")["n"].to_dict() == {"ban": 3, "tax": 2}
    assert nk.stances.summary(stances(), copies, duplicates="each").set_index("target")["n"].to_dict() == {"ban": 4, "tax": 2}
    pd.testing.assert_frame_equal(nk.stances.summary(stances(), copies, duplicates="each"), nk.stances.summary(stances()))
    described = nk.describe_articles(copies)
    assert nk.stances.summary(stances(), copies, described=described)["n"].tolist() == [3, 2]


def test_nothing_to_count():
    silent = stances().assign(stance=None)
    assert nk.stances.summary(silent).empty
    kept = nk.stances.summary(silent, min_n=0)
    assert kept[["target", "n", "articles", "abstained"]].values.tolist() == [["ban", 0, 0, 5], ["tax", 0, 0, 2]]
    assert kept[["balance", "favor_share", "low", "high"]].isna().all(axis=None)
    assert nk.stances.summary(stances(), min_n=3)["target"].tolist() == ["ban"]
    for by in (["target"], ["holder", "source", "month"]):
        empty, full = (nk.stances.summary(rows, articles(2), by=by) for rows in (stances().head(0), stances()))
        assert empty.empty
        assert empty.dtypes.equals(full.dtypes)


def test_one_statement_per_article_is_an_ordinary_sample():
    rows = [(f"a{i}", "ban", "Lee", "favor" if i < 30 else "against") for i in range(40)]
    table = nk.stances.summary(stances(rows))
    _, low, high = wilson(np.array([30]), 40)
    assert table[["low", "high"]].to_numpy() == pytest.approx(np.array([[*low, *high]]))


def test_articles_that_speak_with_one_voice_count_once_each():
    rows = [(f"a{i}", "ban", "Lee", "favor" if i < 6 else "against") for i in range(10)]
    once, often = nk.stances.summary(stances(rows)), nk.stances.summary(stances(rows * 20))
    assert often["n"].item() == 200
    assert often["low"].item() <= once["low"].item() < once["high"].item() <= often["high"].item()
    alone = nk.stances.summary(stances([("a0", "ban", "Lee", "favor")] * 50))
    _, low, _ = wilson(np.array([1]), 1)
    assert alone["low"].item() == pytest.approx(low.item())  # one article is one observation


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["ban", "tax"]), st.sampled_from(["Lee", None]), STANCES)))
def test_invariants(drawn):
    rows = stances([(f"a{a}", *rest) for a, *rest in drawn])
    before = rows.copy()
    table = nk.stances.summary(rows, by=["target", "holder"], min_n=0)
    pd.testing.assert_frame_equal(rows, before)
    assert (table["against"] + table["neutral"] + table["favor"] == table["n"]).all()
    assert (table["n"] + table["abstained"]).sum() == len(rows)
    assert (table["articles"] <= table["n"]).all()
    assert table["balance"].dropna().between(-1, 1).all()
    some = table.dropna(subset="favor_share")
    assert ((some["low"] >= 0) & (some["low"] <= some["favor_share"]) & (some["favor_share"] <= some["high"])).all()
    assert (some["high"] <= 1).all()
    _, low, high = wilson(some["favor"].to_numpy(), (some["favor"] + some["against"]).to_numpy())
    assert (some["high"] - some["low"] >= high - low - 1e-9).all()  # never surer than independent statements would be
    assert not table.duplicated(["target", "holder"]).any()
    pd.testing.assert_frame_equal(nk.stances.summary(rows[::-1], by=["target", "holder"], min_n=0), table)
    coarse = nk.stances.summary(rows, min_n=0).set_index("target")[["n", "against", "favor", "abstained"]].sort_index()
    pd.testing.assert_frame_equal(table.groupby("target")[["n", "against", "favor", "abstained"]].sum(), coarse)


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match=r"nk.tag_stance\(articles, targets\)"):
        nk.stances.summary(stances().drop(columns="holder_entity"), by="holder")
    with pytest.raises(ValueError, match=r"Only the articles know their 'source'"):
        nk.stances.summary(stances(), by=["target", "source"])
    with pytest.raises(ValueError, match="Did you mean 'target'"):
        nk.stances.summary(stances(), by="targets")
    with pytest.raises(ValueError, match="'favour' is none of these"):
        nk.stances.summary(stances().replace({"stance": {"favor": "favour"}}))
    with pytest.raises(ValueError, match="None of the 7 stances stands in these articles"):
        nk.stances.summary(stances().assign(article_id="b"), articles())
    with pytest.raises(ValueError, match="at least one"):
        nk.stances.summary(stances(), by=[])
    with pytest.raises(nk.ArticlesError, match="none of the periods"):
        nk.stances.summary(stances(), articles(), by="sourc")
    with pytest.raises(nk.ArticlesError, match="No article has a date"):
        nk.stances.summary(stances(), articles().drop(columns="date"), by="period")
    with pytest.raises(ValueError, match="rename it first"):
        nk.stances.summary(stances(), articles().assign(n=1), by="n")
