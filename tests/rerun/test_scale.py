"""Many articles: parts on this machine's cores and on a real Dask cluster give the rows that one machine gives at once."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newskit as nk
from newskit.rerun.cli import main
from newskit.rerun.cluster import SCHEDULER, connect, local_cluster
from newskit.rerun.run import _cluster
from newskit.rerun.scale import map_articles
from newskit.tagging.encoder import MissingExtraError
from tests.conftest import make_articles

TARGETS = {"police": ["the police"], "George Bush": [], "rain": []}


@pytest.fixture(scope="module")
def articles() -> pd.DataFrame:
    """The sample as it would arrive scrubbed, every other article in capitals and small letters, with an index of its own."""
    sample = nk.sample_articles()
    scrubbed = nk.scrub(sample)
    mixed = sample["text"].where(sample.index % 2 == 0, scrubbed)
    return sample.assign(text=mixed).set_index(sample.index * 7 + 3)


@pytest.fixture(scope="module")
def linked(articles) -> pd.DataFrame:
    return nk.link_entities(nk.find_entities(articles), articles)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with local_cluster(2) as address:
        yield address


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Row for row; a probability may differ in the last bit of its 32, where products are added in another order."""
    pd.testing.assert_frame_equal(one, other, rtol=0, atol=1e-6)


MAPPED = [nk.find_entities, nk.split_sentences, nk.find_attributions, nk.clean]


@pytest.mark.parametrize("function", MAPPED)
def test_cores_give_the_rows_of_one(articles, function):
    same(map_articles(function, articles, jobs=2, part=70), function(articles))


def test_stances_of_parts_with_their_report(articles, linked):
    at_once = nk.tag_stance(articles, TARGETS, linked=linked)
    in_parts = map_articles(nk.tag_stance, articles, jobs=2, part=70, targets=TARGETS, linked=linked)
    same(in_parts, at_once)
    same(nk.stances.report(in_parts), nk.stances.report(at_once))


@pytest.mark.parametrize("texts", [None, ["nothing is here", "nor there", "nor elsewhere"]])
def test_targets_are_proposed_over_the_corpus(articles, texts):
    some = articles.head(120) if texts is None else make_articles(*texts)
    linked = nk.link_entities(nk.find_entities(some), some)
    at_once = nk.tag_stance(some, linked=linked)
    in_parts = map_articles(nk.tag_stance, some, jobs=2, part=40 if texts is None else 1, linked=linked)
    assert (len(at_once) == 0) == (texts is not None)
    same(in_parts, at_once)
    same(nk.stances.report(in_parts), nk.stances.report(at_once))


def test_a_series_keeps_its_index(articles):
    shown = map_articles(nk.make_readable, articles.head(40), jobs=2, part=11)
    pd.testing.assert_series_equal(shown, nk.make_readable(articles.head(40)))


def test_topics_of_a_sample_are_assigned_in_parts(articles):
    model = nk.TopicModel(n_topics=4).fit(articles.head(150))
    same(map_articles(model.assign, articles, jobs=2, part=70), model.assign(articles))


def test_few_articles_are_read_at_once(articles):
    seen = []
    map_articles(lambda some: seen.append(len(some)) or some, articles)
    assert seen == [300]


@given(st.lists(st.text(max_size=60), min_size=1, max_size=7), st.integers(1, 8))
@settings(max_examples=20, deadline=None)
def test_parts_of_any_size(texts, part):
    """Through the same cutting and joining, in this process."""
    from newskit.rerun.scale import _joined, _parts

    frame = make_articles(*texts)
    before = frame.copy()
    sentences = nk.split_sentences(frame)
    work = list(_parts(frame, part, {"sentences": sentences, "model": "fast"}))
    assert [len(some) for some, _ in work[:-1]] == [part] * (len(work) - 1)
    assert all(set(own["sentences"]["article_id"]) <= set(some["article_id"]) for some, own in work)
    indexes = [some.index for some, _ in work]
    same(_joined([some for some, _ in work], indexes), frame)
    same(_joined([own["sentences"] for _, own in work], indexes), sentences)
    same(frame, before)


def test_a_table_of_other_articles_is_refused(articles, linked):
    with pytest.raises(ValueError, match="linked has rows of article"):
        map_articles(nk.tag_stance, articles.head(20), jobs=2, part=5, targets=["rain"], linked=linked)


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (nk.tag_stance, {}, "pass it targets and linked"),
        (nk.tag_stance, {"targets": ["rain"]}, "pass it linked"),
        (nk.link_entities, {}, "corpus as a whole"),
        (nk.describe_articles, {"near": False}, "corpus as a whole"),
        (nk.find_entities, {"part": 0}, "1 or more"),
    ],
)
def test_what_cannot_be_read_in_parts(articles, function, options, message):
    with pytest.raises(ValueError, match=message):
        map_articles(function, articles, **options)


def test_a_bad_article_says_so_from_another_process(articles):
    broken = articles.assign(text=articles["text"].where(articles.index != articles.index[5], None))
    with pytest.raises(nk.ArticlesError, match="not a string"):
        map_articles(nk.find_entities, broken, jobs=2, part=70)


@pytest.mark.parametrize("function", MAPPED)
def test_a_cluster_gives_the_rows_of_one_machine(cluster, articles, function):
    same(map_articles(function, articles, part=70, scheduler=cluster), function(articles))


def slowly(articles: pd.DataFrame) -> pd.DataFrame:
    time.sleep(0.2)
    return nk.find_entities(articles)


def test_a_worker_that_dies_loses_nothing(articles):
    with local_cluster(2) as address:
        pids = list(connect(address).run(os.getpid).values())
        assert len(set(pids)) == 2
        killer = threading.Timer(1.0, os.kill, (pids[0], signal.SIGKILL))
        killer.start()
        begun = time.monotonic()
        found = map_articles(slowly, articles, part=10, scheduler=address)
        assert time.monotonic() - begun > 1.5  # it died in the middle
        after = set(connect(address).run(os.getpid).values())
    same(found, nk.find_entities(articles))
    assert pids[0] not in after


def test_a_dask_frame_gives_the_same_rows(cluster, articles, linked, tmp_path):
    dd = pytest.importorskip("dask.dataframe")
    for k in range(3):
        articles.iloc[k * 100 : (k + 1) * 100].to_parquet(tmp_path / f"{k}.parquet")
    many = dd.read_parquet(tmp_path)
    client = connect(cluster)
    for function, options in (
        (nk.find_entities, {}),
        (nk.split_sentences, {"threshold": 0.4}),
        (nk.tag_stance, {"targets": TARGETS, "linked": linked}),
        (nk.clean, {}),
    ):
        lazy = map_articles(function, many, **options)
        at_once = function(articles, **options)
        assert list(lazy.columns) == list(at_once.columns)
        found = client.compute(lazy).result()
        assert found.dtypes.equals(lazy.dtypes)
        if function is nk.clean:
            at_once = at_once[found.columns]
        else:
            found = found.reset_index(drop=True)
        pd.testing.assert_frame_equal(found, at_once, rtol=0, atol=1e-6, check_dtype=False, check_index_type=False)
        assert len(lazy.query("article_id == article_id")) == len(at_once)  # other steps can follow


def test_partitions_without_articles(cluster, articles):
    dd = pytest.importorskip("dask.dataframe")
    many = dd.from_pandas(articles[["article_id", "text"]], npartitions=3)
    none = map_articles(nk.find_entities, many[many["article_id"] == "nobody"])
    assert connect(cluster).compute(none).result().empty


def test_sums_of_partitions_are_those_of_the_corpus(cluster, articles, linked):
    """Counts, pairs and stances are made of the rows; the articles are needed without their texts only."""
    stances = map_articles(nk.tag_stance, articles, part=70, scheduler=cluster, targets=TARGETS, linked=linked)
    few = articles[["article_id", "date", "source"]].assign(text="")
    for count in (nk.entity_frequency, nk.entity_pairs):
        same(count(linked, few, duplicates="each"), count(linked, articles, duplicates="each"))
    same(nk.stances.summary(stances), nk.stances.summary(nk.tag_stance(articles, TARGETS, linked=linked)))


def test_notebooks_on_a_cluster_make_the_same_files(cluster, articles, tmp_path):
    articles.iloc[::20].to_csv(tmp_path / "news.csv", index=False)
    given = ["run", str(tmp_path / "news.csv"), "--out", str(tmp_path / "out"), "--notebook", "03", "--model", "fast"]
    made, client = [], connect(cluster)
    for options in ([], ["--engine", "dask", "--scheduler", cluster]):
        before = client.run_on_scheduler(steps_of)
        assert main([*given, *options]) == 0
        assert (client.run_on_scheduler(steps_of) > before) == bool(options)  # the articles were read there
        made.append({str(p.relative_to(tmp_path)): p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()})
        shutil.rmtree(tmp_path / "out")
    assert len(made[0]) > 20
    assert made[0].keys() == made[1].keys()
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []


def test_a_run_can_bring_its_own_cluster():
    with _cluster("dask", None) as environment:
        assert connect(environment[SCHEDULER]).nthreads()
    with _cluster("local", None) as environment:
        assert environment == {}


def steps_of(dask_scheduler) -> int:
    return dask_scheduler.transition_counter


def test_a_cluster_that_is_not_there_stops_the_run(written, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("newskit.rerun.cluster._WAIT", 1)
    written.to_csv(tmp_path / "a.csv")
    given = ["run", str(tmp_path / "a.csv"), "--out", str(tmp_path / "out"), "--scheduler", "tcp://127.0.0.1:1"]
    assert main([*given, "--engine", "dask"]) == 2
    assert "No Dask scheduler answers at 'tcp://127.0.0.1:1'" in capsys.readouterr().err
    assert main(given) == 2
    assert 'it goes with engine="dask"' in capsys.readouterr().err


def test_nobody_answers(monkeypatch):
    monkeypatch.setattr("newskit.rerun.cluster._WAIT", 1)
    with pytest.raises(ConnectionError, match=r"No Dask scheduler answers at 'tcp://127\.0\.0\.1:1'"):
        connect("tcp://127.0.0.1:1")


def test_an_address_that_is_none():
    with pytest.raises(ConnectionError, match="No Dask scheduler"):
        connect("nowhere in particular")


def test_without_dask_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"newskit\[scale\]"), local_cluster():
        pass


def test_a_worker_with_another_version(monkeypatch):
    monkeypatch.setattr("newskit.rerun.cluster.__version__", "9.9")
    with local_cluster(1) as address, pytest.raises(ConnectionError, match=r"has newskit .*, and this is newskit 9\.9"):
        connect(address)


def test_inputs_stay(articles, linked, tmp_path: Path):
    before = articles.copy(), linked.copy()
    map_articles(nk.tag_stance, articles, jobs=2, part=70, targets=TARGETS, linked=linked)
    same(articles, before[0])
    same(linked, before[1])


def test_tables_in_parts_from_files_to_stances(articles, linked, tmp_path):
    """A corpus that is never in memory as a whole: files in, parts of tables out."""
    articles.drop(columns=["file", "row"]).to_json(tmp_path / "news.jsonl", orient="records", lines=True, date_format="iso")
    whole = nk.clean(nk.read_articles(tmp_path / "news.jsonl"))
    cleaned = nk.scale.write_parts(nk.clean, nk.scale.read_parts(tmp_path / "news.jsonl", part=90), tmp_path / "work" / "clean")
    assert len(list(cleaned.iterdir())) == 4
    for function, options in ((nk.find_entities, {}), (nk.tag_stance, {"targets": TARGETS, "linked": linked})):
        folder = nk.scale.write_parts(function, nk.scale.read_parts(cleaned, part=70), tmp_path / "work" / "rows", **options)
        at_once = function(whole, **options)
        found = pd.read_parquet(folder)
        if "evidence" in found:
            found["evidence"] = [[span.tolist() for span in spans] for spans in found["evidence"]]
        same(found.astype(at_once.dtypes), at_once)
    assert {p.name for p in (tmp_path / "work").iterdir()} == {"clean", "rows"}


def test_parts_without_rows(articles, tmp_path):
    silent = make_articles("nothing here", "nor here")
    folder = nk.scale.write_parts(nk.find_entities, [silent.head(1), silent.tail(1)], tmp_path / "none")
    assert pd.read_parquet(folder).columns.tolist() == nk.find_entities(silent).columns.tolist()
    folder = nk.scale.write_parts(nk.find_entities, [silent, articles.head(2), silent], tmp_path / "none")
    assert len(list(folder.iterdir())) == 1
    assert len(pd.read_parquet(folder)) == len(nk.find_entities(articles.head(2)))


def test_what_stands_in_the_folder_is_kept(articles, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="no parts of a table"):
        nk.scale.write_parts(nk.find_entities, [articles], tmp_path)
    with pytest.raises(nk.ArticlesError, match="no part was given"):
        nk.scale.write_parts(nk.find_entities, [], tmp_path / "new")
    assert [p.name for p in tmp_path.iterdir() if not p.name.startswith(".")] == ["notes.txt"]


def test_a_part_that_fails_leaves_the_table_of_before(articles, tmp_path):
    nk.scale.write_parts(nk.find_entities, [articles.head(5)], tmp_path / "rows")
    before = (tmp_path / "rows" / "part-00000.parquet").read_bytes()
    with pytest.raises(nk.ArticlesError, match="no column 'text'"):
        nk.scale.write_parts(nk.find_entities, [articles.head(9), articles.drop(columns="text")], tmp_path / "rows")
    assert (tmp_path / "rows" / "part-00000.parquet").read_bytes() == before
