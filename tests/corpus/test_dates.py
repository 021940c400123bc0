"""Dates: the many ways of news files, and nothing made up."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newskit.corpus.dates import parse_dates


@pytest.mark.parametrize(
    "text",
    [
        "February 7, 2017 ",
        "7 Feb 2017",
        "Feb. 7, 2017 10:30 AM ET",
        "2017/2/7",
        "2017-02-07",
        "20170207",
        "2017-02-07T10:00:00Z",
        "Tue, 07 Feb 2017 10:00:00 GMT",
        "Tue Feb 07 16:00:00 2017",
        "7th of February, 2017",
        "07-Feb-17",
        "Tuesday, February 7, 2017",
        "2017-02-07 10:00 UTC+2",
        "1486425600",
        "1486425600000",
        "2/7/2017",
        "2/7/17",
        "2017-02-07 23:30:00",
        "2017-02-08T01:00:00+02:00",
    ],
)
def test_dates_are_read(text):
    assert parse_dates(pd.Series([text])).dt.normalize().item() == pd.Timestamp(2017, 2, 7)


@pytest.mark.parametrize(
    "text", ["", "Tuesday", "12", "2017", "December 2017", "Feb 7", "2017-02-30", "soon", "may 2017 be good", None, float("nan")]
)
def test_what_is_no_whole_date_is_missing(text):
    assert parse_dates(pd.Series([text], dtype="object")).isna().all()


def test_day_first_is_worked_out_for_the_series():
    assert parse_dates(pd.Series(["7/2/2017", "31/1/2017"])).dt.month.tolist() == [2, 1]
    assert parse_dates(pd.Series(["7/2/2017", "1/31/2017"])).dt.month.tolist() == [7, 1]
    assert parse_dates(pd.Series(["7/2/2017"]), day_first=True).dt.month.tolist() == [2]


def test_timestamps_stay_and_zones_become_utc():
    zoned = pd.Series(pd.to_datetime(["2017-02-07 23:00"]).tz_localize("America/New_York"), index=[4])
    parsed = parse_dates(zoned)
    assert parsed.index.tolist() == [4]
    assert parsed.item() == pd.Timestamp("2017-02-08 04:00")
    assert str(parsed.dtype) == "datetime64[us]"


@given(
    st.lists(
        st.text(max_size=25) | st.from_regex(r"[0-9]{1,4}[-/. ][A-Za-z0-9]{1,4}[-/. ,]{1,2}[0-9]{1,4}", fullmatch=True),
        max_size=5,
    )
)
def test_no_text_is_an_error(texts):
    assert len(parse_dates(pd.Series(texts, dtype="object"))) == len(texts)
