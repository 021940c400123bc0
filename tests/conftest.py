"""What the tests share: small frames of articles, and the development data where it is there."""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib
import pandas as pd
import pytest

from newskit.tagging.encoder import READINGS

matplotlib.use("Agg")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder with development data; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("NEWSKIT_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"needs the development data, which is not at {folder} (set NEWSKIT_DATA)")
    return folder


def make_articles(*texts: str, **columns: list[object]) -> pd.DataFrame:
    """Articles a0, a1, ... with these texts; object strings, so that any Unicode fits."""
    ids = [f"a{i}" for i in range(len(texts))]
    return pd.DataFrame({"article_id": ids, "text": pd.Series(list(texts), dtype="object"), **columns})


WRITTEN = (
    "WASHINGTON (Reuters) - U.S. Attorney General Ann Lee didn't comment on the 3.5% cut, she said. The well-known "
    "judge's ruling of May 4, 2017, isn't final; critics called it “a bill of wrongs.”",
    "The mayor of Lima met farmers on Tuesday. Farmers asked for water, and the mayor promised water in 48 hours.",
    "A court in Oslo barred the sale. The court's ruling was short, and the sale's critics cheered the court.",
)


@pytest.fixture
def written() -> pd.DataFrame:
    return make_articles(*WRITTEN)


@pytest.fixture(autouse=True)
def nothing_read_yet():
    """What the accurate model read in one test, and where it was kept, is no matter of the next one."""
    READINGS.clear()
    READINGS.keep_in(None)
    yield
    READINGS.keep_in(None)
