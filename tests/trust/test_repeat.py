"""The same bytes again: under another seed of hashes, locale, time zone, threads, folder, home and order of rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import newskit as nk
from tests import repeat
from tests.conftest import ROOT

PART = 40  # articles of the sample
OTHERS = {
    "hashes, plain locale, one thread": {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Asia/Tokyo", "OMP_NUM_THREADS": "1",
                                         "OPENBLAS_NUM_THREADS": "1"},
    "no home, two threads": {"PYTHONHASHSEED": "77", "LC_ALL": "C.UTF-8", "TZ": "America/New_York", "OMP_NUM_THREADS": "2",
                             "OPENBLAS_NUM_THREADS": "2", "HOME": ""},
}  # fmt: skip


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("first")
    repeat.write(repeat.read(None, PART, scrubbed=False, shuffle=None), folder)
    return folder


@pytest.mark.parametrize("name", OTHERS)
def test_another_environment_gives_the_same_bytes(first, tmp_path, name):
    """`tr_TR` is no locale of most machines; where it is there, it is the harder one (its small letter of I has no dot)."""
    there = os.path.isdir("/usr/lib/locale/tr_TR.utf8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **OTHERS[name]} | ({"LC_ALL": "tr_TR.UTF-8"} if there else {})
    environment = {k: v for k, v in environment.items() if v}
    command = [sys.executable, "-m", "tests.repeat", "--out", str(tmp_path / "again"), "--first", str(PART)]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert repeat.compare(first, tmp_path / "again") == []


def test_another_order_of_the_rows_gives_the_same_rows(first, tmp_path):
    """Of copies the first in order counts as the original (`describe_articles`); this part of the sample has none."""
    repeat.write(repeat.read(None, PART, scrubbed=False, shuffle=1), tmp_path)
    assert repeat.compare(first, tmp_path) == []


def test_shares_of_many_articles_do_not_hang_on_their_order():
    stances = pd.DataFrame(
        {
            "article_id": [f"a{k % 97}" for k in range(400)],
            "target": "tax bill",
            "stance": ["favor" if k * k % 7 < 3 else "against" for k in range(400)],
        }
    )
    shuffled = [stances.sample(frac=1, random_state=seed) for seed in range(5)]
    summary = nk.stances.summary(stances)
    for other in shuffled:
        pd.testing.assert_frame_equal(nk.stances.summary(other), summary, check_exact=True)


def test_measures_of_word_pairs_are_rounded_where_versions_of_python_differ():
    found = nk.find_collocations(nk.sample_articles().head(60))
    assert len(found) > 5
    for name in ("log_likelihood", "pmi"):
        assert (found[name] == found[name].round(9)).all()
    assert found.equals(found.sort_values(["log_likelihood", "collocation"], ascending=[False, True], ignore_index=True))


def test_a_comparison_says_what_differs_and_by_how_much(first, tmp_path):
    for path in first.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    scores = pd.read_csv(first / "entities.csv")
    scores.loc[3, "score"] += 0.25
    scores.loc[5, "label"] = "LOC" if scores["label"][5] != "LOC" else "PER"
    (tmp_path / "entities.csv").write_text(scores.to_csv(index=False, lineterminator="\n"))
    about = json.loads((first / "hashes.json").read_text())
    about["tables"]["entities"] = "another"
    (tmp_path / "hashes.json").write_text(json.dumps(about))
    (line,) = repeat.compare(first, tmp_path)
    assert line.startswith("entities: label in 1 of ")
    assert "score in 1 of " in line
    assert "by up to 0.25 (" in line
