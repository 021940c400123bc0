"""newskit run: the real notebooks in real kernels, on corpora of every kind, from a clone and from a wheel."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import newskit as nk
from newskit.rerun.cli import _OPTIONS, _parser, main
from newskit.rerun.parameters import declared_parameters, read_parameter
from newskit.rerun.run import find_notebooks, run_notebooks
from tests.conftest import ROOT, WRITTEN

OWN = 'ARTICLES, OUTPUTS = None, "outputs"'
NOTEBOOK, ENTITIES, STANCES = "01_clean_and_tokenise", "02_entity_frequency", "03_stance_tagging"
TOPICS = "04_topic_clustering"


def outputs_of(folder: Path, notebook: str = NOTEBOOK) -> str:
    """All that an executed notebook shows."""
    book = nbformat.read(folder / "notebooks" / f"{notebook}.ipynb", as_version=4)
    shown = [str(o.get("data", o)) for c in book.cells if c.cell_type == "code" for o in c.outputs]
    return "\n".join(shown)


def make_notebook(path: Path, *cells: str) -> Path:
    """A notebook whose first cell declares parameters."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(book, path)
    return path


def files_of(folder: Path) -> dict[str, bytes]:
    """What a run made; what the accurate model read is kept in a database, which has no order."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.parent.name != "cache"]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def test_the_sample(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["run", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert all(f"done   {name}" in said for name in (NOTEBOOK, ENTITIES, STANCES, TOPICS))
    assert "15 figures and 43 tables" in said
    assert "First run in this folder: 300 articles." in said
    page = (tmp_path / "report.html").read_text()
    assert page.count("<img ") == page.count('<img alt="') == 15
    assert page.count('<figure id="') == 15
    assert page.count("<script") == 1
    evidence = re.findall(r'href="#(evidence-\w+-\d+)"', page)
    assert len(evidence) > 30
    assert all(page.count(f'id="{anchor}"') == 1 for anchor in evidence)
    linked = re.findall(r'href="((?:figures|tables)/[^"]+)"', page)
    assert all((tmp_path / file).exists() for file in linked)
    assert "What did I get, and can I trust the text?" in page
    assert "Who and what is the news about?" in page
    assert "Who stands where on what?" in page
    assert "Which topics are there, and what is new?" in page
    assert "Nobody has labelled these articles yet" in page
    assert page.count("<mark ") > 20
    words = pd.read_csv(tmp_path / "tables" / "01_word_frequency.csv")
    assert words["word"].head(2).tolist() == ["said", "says"]


def test_a_collapsed_corpus(tmp_path):
    texts = nk.scrub(nk.sample_articles()["text"].head(18), collapse=True)
    texts.rename("text").to_csv(tmp_path / "mine.csv", index=False)
    summary = run_notebooks(tmp_path / "mine.csv", tmp_path / "out", notebooks=["01"])
    assert summary.complete
    assert pd.read_csv(tmp_path / "out" / "tables" / "01_articles.csv")["form"].unique().tolist() == ["collapsed"]
    assert "what stood there before the scrubbing is not known" in outputs_of(tmp_path / "out")


@pytest.mark.parametrize("form", ["one", "undated"])
def test_other_corpora(tmp_path, form, monkeypatch):
    monkeypatch.chdir(tmp_path)
    texts = pd.Series([*nk.sample_articles()["text"].head(18), WRITTEN[0], ""])
    texts = texts.head(1) if form == "one" else texts
    texts.rename("text").to_csv(tmp_path / "mine.csv", index=False)
    summary = run_notebooks(tmp_path / "mine.csv", tmp_path / "out", parameters={"MODEL": "fast"})
    assert [n.error for n in summary.notebooks] == [None] * 4
    shown = outputs_of(tmp_path / "out")
    assert "what stood there before the scrubbing is not known" not in shown
    assert ("mine.csv" in shown) == (form != "one")  # the empty row is reported
    read = [(n.articles, n.problems, n.such_as) for n in summary.notebooks]
    assert read == 4 * [(1, 0, []) if form == "one" else (19, 1, ["mine.csv, row 20: no text"])]
    assert summary.complete
    articles = pd.read_csv(tmp_path / "out" / "tables" / "01_articles.csv")
    assert len(articles) == {"one": 1}.get(form, 19)
    assert "nothing can be followed over time" in outputs_of(tmp_path / "out", ENTITIES)
    assert "nothing to follow" in outputs_of(tmp_path / "out", STANCES)
    assert "no topic can be followed over time" in outputs_of(tmp_path / "out", TOPICS)
    assert (tmp_path / "out" / "topics.npz").exists()


def test_dated_articles_are_followed_over_time(tmp_path):
    texts = [*nk.sample_articles()["text"].head(12), *WRITTEN]
    days = [None, *pd.date_range("2017-01-02", periods=14, freq="3D").strftime("%Y-%m-%d")]
    pd.DataFrame({"text": texts, "date": days}).to_csv(tmp_path / "mine.csv", index=False)
    pd.DataFrame({"surface": ["lima"], "entity": ["City of Lima"], "label": ["LOC"]}).to_csv(tmp_path / "names.csv", index=False)
    given = {"ALIASES": str(tmp_path / "names.csv"), "FOLLOW": "City of Lima", "PERIOD": "month", "SINCE": "2017-02-01"}
    first = {}
    for _ in range(2):
        summary = run_notebooks(tmp_path / "mine.csv", tmp_path / "out", notebooks=["02"], parameters=given)
        assert [n.error for n in summary.notebooks] == [None]
        assert (summary.count("figures"), summary.count("tables")) == (4, 10)
        first = first or files_of(tmp_path / "out")
    assert files_of(tmp_path / "out") == first
    tables = {p.stem: pd.read_csv(p) for p in (tmp_path / "out" / "tables").glob("*.csv")}
    assert set(tables["02_contexts"]["keyword"]) == {"Lima"}
    assert tables["02_timeline"]["period"].unique().tolist() == ["2017-01-01", "2017-02-01"]
    assert tables["02_changes"]["since"].unique().tolist() == ["2017-02-01"]


def test_articles_without_a_name(tmp_path):
    (tmp_path / "a.txt").write_text("it rained all day and the streets were wet  people stayed at home")
    summary = run_notebooks(tmp_path / "a.txt", tmp_path / "out", notebooks=["02"])
    assert [n.error for n in summary.notebooks] == [None]
    assert (summary.count("figures"), summary.count("tables")) == (0, 8)
    assert "No name was found" in outputs_of(tmp_path / "out", ENTITIES)
    summary = run_notebooks(tmp_path / "a.txt", tmp_path / "out", notebooks=["03"])
    assert [n.error for n in summary.notebooks] == [None]
    assert (summary.count("figures"), summary.count("tables")) == (0, 12)
    assert "No target is named in these articles" in outputs_of(tmp_path / "out", STANCES)
    summary = run_notebooks(tmp_path / "a.txt", tmp_path / "out", notebooks=["04"])
    assert [n.error for n in summary.notebooks] == [None]
    assert (summary.count("figures"), summary.count("tables")) == (2, 12)
    assert "No name belongs to one topic more than to others" in outputs_of(tmp_path / "out", TOPICS)


def test_targets_and_labels_of_ones_own(tmp_path, monkeypatch):
    """They stand in the project; the labels are read, stand in the model's place, and are not written to."""
    monkeypatch.chdir(tmp_path)
    articles = nk.sample_articles().head(120)
    days = pd.date_range("2017-01-02", periods=len(articles), freq="D").strftime("%Y-%m-%d")
    articles[["text"]].assign(date=days).to_csv("mine.csv", index=False)
    Path("targets.yaml").write_text("government: [federal government]\nAustralia:\nno such thing:\n")
    given = {"TARGETS": "targets.yaml", "PERIOD": "month", "MODEL": "fast"}
    summary = run_notebooks("mine.csv", "out", notebooks=["03"], parameters=given)
    assert (summary.count("figures"), summary.count("tables")) == (4, 13)
    places = ["article_id", "start", "target"]
    tagged = pd.read_csv("out/tables/03_stances.csv").drop_duplicates(places).head(30)
    said = [word for word in ("favor", "against", "neutral") for _ in range(10)]
    labels = [tagged[["article_id", "start", "end", "target", "mention"]].assign(coder=c, label=said) for c in ("ann", "bo")]
    before = nk.labels.save_labels(pd.concat([*labels, labels[0].head(1).assign(article_id="gone")]), "labels.csv").read_bytes()
    summary = run_notebooks("mine.csv", "out", notebooks=["03"], parameters={**given, "REFIT": True})
    assert [n.error for n in summary.notebooks] == [None]
    assert (summary.count("figures"), summary.count("tables")) == (6, 17)
    assert Path("labels.csv").read_bytes() == before
    tables = {p.stem: pd.read_csv(p) for p in Path("out/tables").glob("03_*.csv")}
    stances = tables["03_stances"].drop_duplicates(places)
    assert stances.loc[stances["by"] == "hand", "stance"].tolist() == said
    assert tables["03_report"]["note"].tolist()[-1] == "never named in these articles"
    assert tables["03_timeline"]["period"].str.endswith("-01").all()
    assert tables["03_agreement"]["alpha"].iloc[-1] == 1
    assert tables["03_unused_labels"]["article_id"].tolist() == ["gone"]
    assert not list(Path("out").rglob("labels*"))


def test_topics_go_on_where_the_last_run_ended(tmp_path):
    """Articles come in, topics keep their numbers and labels; the same articles give the same bytes, others begin anew."""
    sample = nk.sample_articles().head(150)[["text"]].assign(date=pd.date_range("2017-01-02", periods=150).strftime("%Y-%m-%d"))
    sample["source"] = ["Here", "There"] * 75
    sample.head(100).to_csv(tmp_path / "mine.csv", index=False)
    given = {"N_TOPICS": 4, "TOPIC_LABELS": {1: "my own", 77: "none"}, "PERIOD": "month"}
    summary = run_notebooks(tmp_path / "mine.csv", tmp_path / "out", notebooks=["04"], parameters=given)
    assert [n.error for n in summary.notebooks] == [None]
    assert (summary.count("figures"), summary.count("tables")) == (8, 15)
    shown = outputs_of(tmp_path / "out", TOPICS)
    assert "Found anew in these articles. Topics: 4. Your label for topic 77 was not used" in shown
    assert "A trial, with 30 of 100 articles held out (the newest, from 13 March 2017 on)" in shown
    sample.to_csv(tmp_path / "mine.csv", index=False)
    first = {}
    for _ in range(2):
        summary = run_notebooks(tmp_path / "mine.csv", tmp_path / "out", notebooks=["04"])
        assert [n.error for n in summary.notebooks] == [None]
        first = first or files_of(tmp_path / "out")
    assert files_of(tmp_path / "out") == first
    tables = {p.stem: pd.read_csv(p) for p in (tmp_path / "out" / "tables").glob("04_*.csv")}
    assert "Gone on from an earlier run: of 150 articles" in outputs_of(tmp_path / "out", TOPICS)
    assert tables["04_topics"].set_index("topic").loc[1, "label"] == "my own"
    assert tables["04_changes"]["before"].sum() == 100
    assert tables["04_movement"].query("before == after")["articles"].sum() > 90
    sample.tail(30).to_csv(tmp_path / "other.csv", index=False)
    run_notebooks(tmp_path / "other.csv", tmp_path / "out", notebooks=["04"])
    shown = outputs_of(tmp_path / "out", TOPICS)
    assert (
        "Found anew in these articles. (The last run in this folder was on others: of its 150 articles 30 come again.)" in shown
    )


def test_a_second_run_says_what_is_new(tmp_path, capsys):
    """As compared by hand, on scrubbed text: 20 articles, then one of them changed, one gone, six more; then nothing new."""
    out, mine = tmp_path / "out", tmp_path / "mine.csv"
    sample = nk.sample_articles().head(26)[["text"]].assign(id=[f"n{i:02}" for i in range(26)], title="")
    sample["text"] = nk.scrub(sample["text"])
    sample.head(20).to_csv(mine, index=False)
    arguments = ["run", str(mine), "--out", str(out)]
    assert main([*arguments, "--notebook", "01"]) == 0
    assert "First run in this folder: 20 articles." in capsys.readouterr().out
    assert pd.read_csv(out / "tables" / "01_changes.csv").empty
    assert not pd.read_csv(out / "tables" / "01_articles.csv")["is_new"].any()
    sample.loc[4, ["text", "title"]] = [sample["text"][4] + "  this was put right on monday ", "Put right"]
    sample.iloc[::-1].drop(index=9).to_csv(mine, index=False)
    arguments += ["--model", "fast"]
    assert main(arguments) == 0
    assert "Since the last run on other articles: 6 new, 1 changed, 1 gone; 18 as before." in capsys.readouterr().out
    tables = {p.stem: pd.read_csv(p, keep_default_na=False, na_values=[""]) for p in (out / "tables").glob("*.csv")}
    new = {"n04", *(f"n{i}" for i in range(20, 26))}
    expected = {"n04": "changed", "n09": "gone", **dict.fromkeys(new - {"n04"}, "new")}
    assert dict(tables["01_changes"][["article_id", "status"]].itertuples(index=False)) == expected
    assert tables["01_changes"].set_index("article_id").loc["n04", "title"] == "Put right"
    for name in ("01_articles", "02_mentions", "02_contexts", "03_stances", "04_articles"):
        mark = tables[name]["arrived" if name.startswith("04") else "is_new"]
        assert (mark == tables[name]["article_id"].isin(new)).all(), name
        assert len(mark)
    named, changes = tables["02_mentions"].drop_duplicates(["article_id", "entity", "label"]), tables["02_changes"]
    assert changes[["of_before", "of_after"]].drop_duplicates().values.tolist() == [[18, 7]]
    for row in changes.itertuples():
        marked = named.loc[(named["entity"] == row.entity) & (named["label"] == row.label), "is_new"]
        assert [row.articles_before, row.articles_after] == [(~marked).sum(), marked.sum()]
    stances = tables["03_stances"].dropna(subset="stance")
    for row in tables["03_new"].itertuples():
        rows = stances[(stances["target"] == row.target) & (stances["is_new"] == row.is_new)]
        assert row.n == len(rows)
        assert row.n == 0 or row.share_against == pytest.approx((rows["stance"] == "against").mean())
    assert tables["03_new"]["n"].sum() == len(stances)
    assert "what stood there before the scrubbing is not known" in outputs_of(out)
    for notebook in (NOTEBOOK, ENTITIES, STANCES, TOPICS):
        assert "6 new, 1 changed, 1 gone; 18 as before" in outputs_of(out, notebook)
    assert "In the new articles clearly more" in outputs_of(out, ENTITIES)
    first = files_of(out)
    assert {f"states/0002/0{k}.json" for k in range(1, 5)} <= set(first)
    assert main([*arguments, "--jobs", "2"]) == 0
    assert files_of(out) == first


def test_a_day_that_was_given_wins_over_what_is_new(tmp_path):
    days = pd.date_range("2017-01-02", periods=30).strftime("%Y-%m-%d")
    sample = nk.sample_articles().head(30)[["text"]].assign(date=days)
    for n in (20, 30):
        sample.head(n).to_csv(tmp_path / "mine.csv", index=False)
        run_notebooks(tmp_path / "mine.csv", tmp_path / "out", notebooks=["02"], parameters={"SINCE": "2017-01-10"})
    assert pd.read_csv(tmp_path / "out" / "tables" / "02_changes.csv")["since"].unique().tolist() == ["2017-01-10"]
    notes = json.loads((tmp_path / "out" / "states" / "0002" / "02.json").read_text())
    assert notes["parameters"]["SINCE"] == "2017-01-10"
    figure = json.loads((tmp_path / "out" / "figures" / "02_changes.json").read_text())
    assert figure["parameters"]["new"] is None


def test_a_ledger_that_cannot_be_read_is_said(tmp_path, capsys):
    (tmp_path / "a.txt").write_text(WRITTEN[1])
    arguments = ["run", str(tmp_path / "a.txt"), "--out", str(tmp_path / "out"), "--notebook", "01"]
    assert main(arguments) == 0
    (tmp_path / "out" / "states" / "0001" / "ledger.json").write_text("{")
    capsys.readouterr()
    assert main(arguments) == 1
    said = capsys.readouterr().out
    assert "The notes of earlier runs cannot be read: 0001/ledger.json" in said
    assert "Since the last run" not in said
    assert "First run" not in said


def test_proposed_names_can_be_used_as_they_are(tmp_path):
    names = ["Sergei Lavrov", "Sergey Lavrov", "Sergej Lavrov"]
    texts = [f"On Monday {name} met the press in Oslo, said {name}." for name in names for _ in range(2)]
    pd.DataFrame({"text": [f"{t} No. {i}" for i, t in enumerate(texts)]}).to_csv(tmp_path / "mine.csv", index=False)
    run_notebooks(tmp_path / "mine.csv", tmp_path / "out", notebooks=["02"])
    (tmp_path / "out" / "tables" / "02_proposed_names.csv").rename(tmp_path / "names.csv")
    assert len(pd.read_csv(tmp_path / "names.csv")) == 2
    given = {"ALIASES": str(tmp_path / "names.csv")}
    run_notebooks(tmp_path / "mine.csv", tmp_path / "again", notebooks=["02"], parameters=given)
    counted = pd.read_csv(tmp_path / "again" / "tables" / "02_entity_frequency.csv")
    assert counted["entity"].str.contains("Lavrov").sum() < 3


def test_a_run_draws_no_progress_bars(tmp_path):
    cells = [OWN, "import time\nfrom newskit.corpus.progress import progress"]
    cells.append('for _ in progress(range(6), total=6, label="waiting", unit="turns"):\n    time.sleep(0.5)')
    seen = []
    notebooks = [make_notebook(tmp_path / "slow.ipynb", *cells)]
    summary = run_notebooks(None, tmp_path / "out", notebooks=notebooks, on_progress=lambda *told: seen.append(told))
    assert any("waiting" in doing and "of 6 turns" in doing for *_, doing in seen)
    assert seen[-1][:3] == ("slow", 4, 4)  # with the cell that sets the parameters
    assert [n.error for n in summary.notebooks] == [None]
    assert outputs_of(tmp_path / "out", "slow") == ""


def test_what_an_earlier_run_left_is_not_shown_as_this_ones(tmp_path, capsys):
    (tmp_path / "a.txt").write_text(WRITTEN[1])
    out = tmp_path / "out"
    (out / "figures").mkdir(parents=True)
    (out / ".newskit").touch()
    (out / "figures" / "01_old.png").write_bytes(b"old")
    assert main(["run", str(tmp_path), "--out", str(out), "--notebook", "01", "--param", "KEYWORD=lima"]) == 0
    assert pd.read_csv(out / "tables" / "01_keyword_in_context.csv")["keyword"].tolist() == ["Lima"]
    assert "01_old" not in (out / "report.html").read_text()
    said = capsys.readouterr().out
    assert "4 figures and 9 tables" in said
    assert "not made anew: figures/01_old" in said
    assert "1 article was read; nothing was skipped" in said
    assert (out / "figures" / "01_old.png").read_bytes() == b"old"
    assert main(["run", str(tmp_path), "--out", str(out), "--notebook", "01"]) == 0  # its own outputs are no articles
    assert len(pd.read_csv(out / "tables" / "01_articles.csv")) == 1


def test_what_fails_is_said(tmp_path, capsys):
    book = nbformat.read(find_notebooks()[0], as_version=4)
    book.cells.insert(4, nbformat.v4.new_code_cell("1 / 0"))
    nbformat.write(book, tmp_path / "broken.ipynb")
    assert main(["run", "--out", str(tmp_path / "out"), "--notebook", str(tmp_path / "broken.ipynb")]) == 1
    assert "FAILED broken" in capsys.readouterr().out
    assert "stopped with an error" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "no/such.csv"], "There is no file or folder"),
        (["run", "--notebook", "O1"], "There is no notebook 'O1'"),
        (["run", ""], "path of the articles is empty"),
        (["run", "--param", "TOPP=3"], "No notebook has a parameter 'TOPP'; there are ALIASES"),
        (["run", "--param", "TOPP=3"], "Did you mean 'TOP'"),
        (["run", "--notebook", "01", "--param", "PERIOD=month"], "None of the notebooks that were asked for has"),
        (["run", "--param", "TOP=abc"], f"TOP is a whole number in {NOTEBOOK} (20 where none is given), and cannot be 'abc'"),
        (["run", "--param", "TOP=True"], "TOP is a whole number"),
        (["run", "--param", "REFIT=yes"], "REFIT is True or False"),
        (["run", "--param", "KINDS=PER"], "KINDS is a list"),
        (["run", "--param", "THRESHOLD=high"], "THRESHOLD is a number"),
        (["run", "--param", "TOP"], "given as NAME=VALUE"),
        (["run", "--param", "TOP=1", "--param", "TOP=2"], "'TOP' is given more than once"),
        (["run", "--param", "ARTICLES=a.csv"], "ARTICLES is no parameter to be set"),
        (["run", "--targets", "no.yaml"], "There is no file or folder"),
        (["run", "--aliases", "."], "--aliases takes a file"),
        (["run", "--notebook", "01", "--model", "fast"], "a parameter 'MODEL'"),
        (["run", "--jobs", "0"], "jobs must be 1 or more"),
    ],
)
def test_what_cannot_begin_is_said(tmp_path, capsys, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_what_is_the_users_is_not_written_over(tmp_path, capsys, monkeypatch):
    (tmp_path / "a.txt").write_text(WRITTEN[1])
    monkeypatch.chdir(tmp_path)
    assert main(["notebooks"]) == 0
    mine = (tmp_path / "notebooks" / f"{NOTEBOOK}.ipynb").read_bytes()
    for arguments in (["run", "a.txt", "--out", "."], ["run", "--out", "."], ["run", "--out", "notebooks"]):
        assert main(arguments) == 2
    assert "name another one" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.rglob("*")) == [
        f"{NOTEBOOK}.ipynb",
        f"{ENTITIES}.ipynb",
        f"{STANCES}.ipynb",
        f"{TOPICS}.ipynb",
        "a.txt",
        "notebooks",
    ]
    assert (tmp_path / "notebooks" / f"{NOTEBOOK}.ipynb").read_bytes() == mine


def test_a_notebook_that_cannot_take_the_articles_is_refused(tmp_path, capsys):
    book = nbformat.read(find_notebooks()[0], as_version=4)
    for cell in book.cells:
        cell.metadata.pop("tags", None)
    nbformat.write(book, tmp_path / "untagged.ipynb")
    (tmp_path / "a.txt").write_text(WRITTEN[1])
    arguments = ["run", str(tmp_path / "a.txt"), "--out", str(tmp_path / "out"), "--notebook", str(tmp_path / "untagged.ipynb")]
    assert main(arguments) == 2
    assert "untagged sets no ARTICLES" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_way_is_said(tmp_path, capsys):
    (tmp_path / "out").write_text("a file")
    assert main(["run", "--out", str(tmp_path / "out" / "deeper")]) == 2
    assert "out" in capsys.readouterr().err


def test_unknown_parameters_are_an_error_before_anything_runs(tmp_path):
    with pytest.raises(ValueError, match="No notebook has a parameter 'KEYWRD'.*Did you mean 'KEYWORD'"):
        run_notebooks(None, tmp_path / "out", parameters={"KEYWRD": "x"})
    assert not (tmp_path / "out").exists()


def test_papermill_runs_them_too(tmp_path):
    (tmp_path / "a.txt").write_text(WRITTEN[1])
    papermill = [sys.executable, "-m", "papermill", str(find_notebooks()[0]), str(tmp_path / "done.ipynb")]
    options = [
        "-p",
        "ARTICLES",
        str(tmp_path / "a.txt"),
        "-p",
        "OUTPUTS",
        str(tmp_path / "out"),
        "--no-progress-bar",
        "-k",
        "python3",
    ]
    subprocess.run([*papermill, *options], check=True, cwd=tmp_path, capture_output=True)
    assert (tmp_path / "out" / "figures" / "01_gap_widths.png").exists()


def test_notebooks_are_copied_and_never_overwritten(tmp_path, capsys):
    assert main(["notebooks", str(tmp_path)]) == 0
    mine = tmp_path / f"{NOTEBOOK}.ipynb"
    mine.write_text("edited")
    assert main(["notebooks", str(tmp_path)]) == 0
    assert mine.read_text() == "edited"
    assert "kept" in capsys.readouterr().out


def test_parameters_lists_what_a_run_can_set(capsys):
    assert main(["parameters"]) == 0
    told = capsys.readouterr().out
    declared = {p.stem: declared_parameters(nbformat.read(p, as_version=4)) for p in find_notebooks()}
    for notebook, names in declared.items():
        section = told.split(f"{notebook}\n")[1].split("\n\n")[0]
        assert re.findall(r"^    (\w+) = .*#", section, re.MULTILINE) == [n for n in names if n not in ("ARTICLES", "OUTPUTS")]
    assert main(["parameters", "02"]) == 0
    assert capsys.readouterr().out.strip() in told
    assert main(["parameters", "9"]) == 2
    assert "There is no notebook '9'" in capsys.readouterr().err


def test_the_command_alone_says_what_it_can_do(capsys):
    assert main([]) == 2
    assert "newskit run my_articles/" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["run"], ["notebooks"], ["parameters"]])
def test_help_has_examples_that_the_command_takes(command, capsys):
    with pytest.raises(SystemExit):
        main([*command, "--help"])
    told = capsys.readouterr().out
    examples = re.findall(r"^  (newskit \S.*?)(?:  .*| && .*)?$", told.split("examples:")[1], re.MULTILINE)
    assert len(examples) >= 2
    for example in examples:
        if "--help" not in example:
            assert _parser().parse_args(shlex.split(example)[1:]).action


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        (["rnu"], "run"),
        (["run", "--hlep"], "--help"),
        (["run", "--jbos", "2"], "--jobs"),
        (["run", "--model", "fats"], "fast"),
        (["run", "--engin", "dsk"], "dask"),
        (["note"], "notebooks"),
    ],
)
def test_a_misspelt_option_is_told_the_nearest_right_one(wrong, meant, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(wrong)
    assert stopped.value.code == 2
    assert f"Did you mean {meant!r}?" in capsys.readouterr().err


def test_targets_that_cannot_be_read_are_told_before_anything_runs(tmp_path, capsys):
    (tmp_path / "a.txt").write_text(WRITTEN[0])
    (tmp_path / "bad.yaml").write_text("travel ban [a")
    assert main(["run", str(tmp_path / "a.txt"), "--out", str(tmp_path / "out"), "--targets", str(tmp_path / "bad.yaml")]) == 2
    assert "bad.yaml must be a list of targets" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_one_reason_for_all_is_told_once(tmp_path, capsys):
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    run = ["run", str(tmp_path / "a.xlsx"), "--out", str(tmp_path / "out"), "--notebook", "01", "--notebook", "02", "--jobs", "2"]
    assert main(run) == 1
    told = capsys.readouterr().out
    assert told.count("save the sheet as .csv") == 1
    assert "for the same reason" in told


def test_every_option_can_be_meant(capsys):
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    assert set(re.findall(r"(?<![\w-])--[a-z]+", capsys.readouterr().out.split("examples:")[0])) | {"--version"} == set(_OPTIONS)


def test_the_wheel_carries_the_notebooks(tmp_path):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    wheel_in = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(tmp_path / "wheel"), str(ROOT)]
    subprocess.run([*pip, *wheel_in], check=True)
    (wheel,) = (tmp_path / "wheel").glob("newskit-*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--target", str(tmp_path / "site"), str(wheel)], check=True)
    assert not list((tmp_path / "site").rglob("test_*.py"))
    (tmp_path / "a.txt").write_text(WRITTEN[1])
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    where = "import newskit, newskit.rerun.run as r; print(newskit.__file__); print(r.find_notebooks()[0])"
    found = subprocess.run(
        [sys.executable, "-c", where], check=True, env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert all(line.startswith(str(tmp_path / "site")) for line in found.stdout.split())
    articles = "pd.DataFrame({'article_id': ['a'], 'text': ['Mr Brown said that he welcomes the plan of Ms Green for Lima.']})"
    models = "print(nk.tag_stance(articles, ['Lima']), nk.find_attributions(articles), nk.TopicModel().fit(articles))"
    script = f"import newskit as nk, pandas as pd; articles = {articles}; {models}"
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, cwd=tmp_path, capture_output=True)
    run = [sys.executable, "-m", "newskit.rerun.cli", "run", "a.txt", "--out", "out", "--notebook", "01"]
    subprocess.run(run, check=True, env=environment, cwd=tmp_path, capture_output=True)
    assert json.loads((tmp_path / "out" / "figures" / "01_gap_widths.json").read_text())["corpus"]["articles"] == 1


LITERALS = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))


@given(LITERALS)
def test_a_parameter_written_as_python_is_read_as_that(value):
    assert read_parameter(f"NAME = {value!r}") == ("NAME", value)


@given(st.text())
def test_any_text_can_be_a_parameter(text):
    name, value = read_parameter(f"NAME={text}")
    assert name == "NAME"
    assert isinstance(value, str | int | float | list | tuple | dict | None)


def test_the_commands_options_reach_the_notebook(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("targets.csv").write_text("target,phrase\ntrump,the president\n")
    first = f"{OWN}\nTARGETS = None\nLABELS = 'labels.csv'\nMODEL = None\nTOP = 3\nSINCE: str | None = None"
    make_notebook(tmp_path / "mine.ipynb", first, "[TARGETS, LABELS, MODEL, TOP, SINCE]")
    options = ["--targets", "targets.csv", "--labels", "mine.csv", "--model", "fast", "--param", "SINCE=2017-03-01"]
    assert main(["run", "--out", "out", "--notebook", "mine.ipynb", *options]) == 0
    files = [str(tmp_path / name) for name in ("targets.csv", "mine.csv")]
    shown = nbformat.read("out/notebooks/mine.ipynb", as_version=4).cells[-1].outputs[0]["data"]["text/plain"]
    assert "".join(shown.split()) == str([*files, "fast", 3, "2017-03-01"]).replace(" ", "")
    assert " read; " not in capsys.readouterr().out


def test_notebooks_at_the_same_time_make_the_same(tmp_path):
    write = "import pandas as pd, newskit as nk\nnk.export_table(pd.DataFrame({'a': [1]}), NAME, folder=OUTPUTS)"
    books = [make_notebook(tmp_path / "a.ipynb", f"{OWN}\nNAME = 'a'", write, "import time\ntime.sleep(1)")]
    books += [make_notebook(tmp_path / "b.ipynb", f"{OWN}\nNAME = 'b'", write), make_notebook(tmp_path / "c.ipynb", OWN, "1 / 0")]
    made = []
    for jobs in (1, 3):
        summary = run_notebooks(None, tmp_path / "out", notebooks=books, jobs=jobs)
        assert [(n.name, n.error) for n in summary.notebooks] == [
            ("a", None),
            ("b", None),
            ("c", "ZeroDivisionError: division by zero"),
        ]
        assert summary.files == ["tables/a.csv", "tables/b.csv"]
        made.append(files_of(tmp_path / "out"))
    assert made[0] == made[1]


def test_what_was_written_and_is_gone_or_changed_is_said(tmp_path, capsys):
    cells = ["import warnings, pandas as pd, newskit as nk\nfrom pathlib import Path\nwarnings.warn('mind the gap')"]
    export = "{0} = Path(nk.export_table(pd.DataFrame({{'a': [1]}}), '{0}', folder=OUTPUTS))"
    cells += [export.format(name) for name in ("kept", "gone", "changed")]
    book = make_notebook(tmp_path / "mine.ipynb", OWN, *cells, "gone.unlink()\nchanged.write_text('by another hand')")
    assert main(["run", "--out", str(tmp_path / "out"), "--notebook", str(book)]) == 1
    said = capsys.readouterr().out
    assert "MISSING, or changed since a notebook wrote them: tables/changed, tables/gone\n" in said
    assert "UserWarning: mind the gap" in said


def ended(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(os.name == "nt", reason="needs signals between processes")
@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL"])
def test_a_run_can_be_stopped_and_started_again(tmp_path, how):
    out, go = tmp_path / "out", tmp_path / "go"
    wait = f"import os, time\nfrom pathlib import Path\nif not Path({str(go)!r}).exists():\n"
    wait += "    Path('pid').write_text(str(os.getpid()))\n    time.sleep(600)"
    books = [make_notebook(tmp_path / "quick.ipynb", OWN), make_notebook(tmp_path / "slow.ipynb", OWN, wait)]
    arguments = ["run", "--out", str(out), *(a for book in books for a in ("--notebook", str(book)))]
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); from newskit.rerun.cli import main; "
    command = [sys.executable, "-c", f"{code}sys.exit(main({arguments}))"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as run:
        while not ((out / "pid").exists() and (out / "pid").read_text()):
            assert run.poll() is None
            time.sleep(0.1)
        run.send_signal(getattr(signal, how))
        said = run.stderr.read()
    assert ended(int((out / "pid").read_text()))
    assert run.returncode == (-signal.SIGKILL if how == "SIGKILL" else 130)
    assert ("these notebooks had ended: quick" in said) == (how != "SIGKILL")
    assert "Traceback" not in said
    assert sorted(p.name for p in (out / "notebooks").iterdir()) == ["quick.ipynb"]
    if how != "SIGKILL":
        return
    (out / "pid").unlink()
    (out / "notebooks" / ".slow.ipynb.abcd1234").write_text("half")
    (out / "states" / ".half-abcd1234").mkdir(parents=True)
    (out / "states" / ".half-abcd1234" / "articles.csv").write_text("half")
    go.touch()
    assert main(arguments) == 0
    again = files_of(out)
    assert set(again) == {".lock", ".newskit", "notebooks/quick.ipynb", "notebooks/slow.ipynb", "report.html"}
    assert main(arguments) == 0
    assert files_of(out) == again
