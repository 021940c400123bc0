"""What goes wrong around a run or a labelling session: killed, no room, no right to write, two at once, a bare environment."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import papermill.iorw
import pytest

import newskit as nk
from newskit.corpus.locks import HeldError, alone
from newskit.corpus.paths import write_atomic
from newskit.publish.writing import output_folder
from newskit.rerun.run import find_notebooks, run_notebooks
from tests.kills import broken_files, contents, kill_sessions

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="killing needs fork")
ARTICLES = pd.DataFrame({"article_id": list("abc"), "text": ["the senate met", "the house met", "nobody met"]})
PLACE = {"article_id": "a", "start": 4, "end": 10, "target": "senate", "coder": "ann"}


def label(word: str = "favor", **more: object) -> pd.DataFrame:
    return pd.DataFrame([{**PLACE, "label": word, **more}])


@posix
def test_a_killed_labelling_session_loses_no_label(tmp_path):
    assert kill_sessions(12, tmp_path, seed=5) == []


def work(folder: Path) -> None:
    """What notebooks do in an output folder, again and again."""
    for k in range(10_000):
        ledger = nk.open_ledger(ARTICLES.head(2 + k % 2), folder, notebook="01", parameters={"K": k})
        nk.export_table(pd.DataFrame({"k": range(2000)}), "numbers", folder=folder)
        write_atomic(ledger.now("kept.json"), b"[" + b"1, " * 5000 + b"1]")


@posix
def test_notes_and_tables_of_killed_runs_are_whole(tmp_path):
    for k in range(12):
        child = os.fork()
        if not child:
            with contextlib.suppress(BaseException):
                work(tmp_path)
            os._exit(1)
        time.sleep(0.02 * k)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert list(broken_files(tmp_path)) == []
    assert nk.open_ledger(ARTICLES, tmp_path).changes["status"].isin(["new", "same"]).all()


def test_two_runs_in_one_folder_and_the_second_is_told_who_is_there(tmp_path):
    code = "import sys, time; from pathlib import Path; from newskit.corpus.locks import alone\n"
    code += "with alone(Path(sys.argv[1]), wait=0):\n    print('here', flush=True); time.sleep(60)"
    out = tmp_path / "out"
    nk.export_table(ARTICLES, "articles", folder=out)
    (out / ".newskit").write_text("Made by newskit\n")
    with subprocess.Popen([sys.executable, "-c", code, str(out)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"here\n"
        with pytest.raises(HeldError, match=rf"'.*out' is being written by process {holder.pid} on .*, since 20.*another place"):
            run_notebooks(None, out, notebooks=["01"])
        holder.kill()
    with alone(out, wait=0):  # whoever is dead holds nothing
        pass


def test_a_writer_of_labels_waits_and_then_says_for_whom(tmp_path, monkeypatch):
    monkeypatch.setattr("newskit.analysis.labels._WAIT", 0.2)
    path = nk.labels.save_labels(label(), tmp_path / "labels.csv")
    with alone(path, wait=0), pytest.raises(OSError, match=rf"labels\.csv' is being written by process {os.getpid()}"):
        nk.labels.save_labels(label("against"), path)
    assert nk.labels.read_labels(path)["label"].tolist() == ["favor"]


def many_labels(n: int) -> pd.DataFrame:
    return pd.concat([label(article_id=f"a{k}", note="because " * 20) for k in range(n)])


@pytest.mark.parametrize("what", ["labels", "table", "topics", "figure", "ledger"])
def test_where_there_is_no_room_what_was_there_stays(tmp_path, what):
    """The system refuses to make any file larger than 20 kB."""
    path = tmp_path / "labels.csv"
    sample = nk.sample_articles().head(40)
    more = pd.concat([sample.assign(article_id=sample["article_id"] + str(k)) for k in range(9)])
    nk.labels.save_labels(many_labels(50), path)
    nk.export_table(pd.DataFrame({"k": range(100)}), "numbers", folder=tmp_path)
    model = nk.TopicModel(2).fit(sample)
    model.save(tmp_path / "kept.npz")
    nk.open_ledger(sample, tmp_path)
    before = contents(tmp_path)
    ax = nk.plots.top_words(nk.word_frequency(sample), n=5)
    calls = {
        "labels": lambda: nk.labels.save_labels(many_labels(500), path),
        "table": lambda: nk.export_table(pd.DataFrame({"k": range(9000)}), "numbers", folder=tmp_path),
        "topics": lambda: model.save(tmp_path / "kept.npz"),
        "figure": lambda: nk.export_figure(ax, "words", folder=tmp_path, dpi=600),
        "ledger": lambda: nk.open_ledger(more, tmp_path),
    }
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            calls[what]()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert contents(tmp_path) == before
    assert not [p for p in tmp_path.rglob(".*") if p.name not in (".newskit", ".labels.csv.lock")]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 300 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", place], capture_output=True, check=False).returncode:
        pytest.skip("a small disk can be mounted by an administrator only")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_run_on_a_full_disk_says_so_and_leaves_whole_files(small_disk):
    command = [sys.executable, "-c", "import sys; from newskit.rerun.cli import main; sys.exit(main(sys.argv[1:]))"]
    done = subprocess.run(
        [*command, "run", "--out", small_disk / "out", "--notebook", "01"], capture_output=True, text=True, check=False
    )
    assert done.returncode in (1, 2)
    assert "No space left on device" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert list(broken_files(small_disk / "out")) == []


@contextlib.contextmanager
def closed(folder: Path):
    """Nothing in the folder may be written, by this process either."""
    root = os.geteuid() == 0
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    if root:  # who may write everywhere
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)


def test_a_folder_that_may_not_be_written_to_is_named():
    ax, model = nk.plots.top_words(nk.word_frequency(ARTICLES), n=2), nk.TopicModel(2).fit(nk.sample_articles().head(20))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        calls = [
            lambda: nk.labels.save_labels(label("against"), folder / "labels.csv"),
            lambda: nk.export_table(ARTICLES.head(1), "articles", folder=folder),
            lambda: nk.export_figure(ax, "words", folder=folder, alt="words"),
            lambda: nk.open_ledger(ARTICLES.head(2), folder),
            lambda: model.save(folder / "topics.npz"),
            lambda: run_notebooks(None, folder, notebooks=["01"]),
        ]
        for call in calls[:-1]:
            call()
        output_folder(folder)
        papermill.iorw.load_notebook_node(str(find_notebooks()[0]))  # what is imported may be closed to others
        nk.labels.save_labels(label(), folder / "labels.csv")
        before = contents(folder)
        calls[3] = lambda: nk.open_ledger(ARTICLES, folder)
        for call in calls:
            with closed(folder), pytest.raises(PermissionError, match=f"Permission denied: '{folder}[\\w/.-]*'"):
                call()
        assert contents(folder) == before


def test_files_keep_their_rights(tmp_path):
    path = nk.labels.save_labels(label(), tmp_path / "labels.csv")
    path.chmod(0o660)
    nk.labels.save_labels(label("against"), path)
    assert path.stat().st_mode & 0o777 == 0o660


def test_a_bare_environment_is_enough(tmp_path):
    """No home, no path, no language, no terminal; and a folder that is somewhere else."""
    code = "import sys; from newskit.rerun.cli import main; sys.exit(main(sys.argv[1:]))"
    environment = {"HOME": str(tmp_path / "nowhere"), "TZ": "Pacific/Kiritimati", "LC_ALL": "POSIX"}
    ARTICLES.to_csv(tmp_path / "news.csv", index=False)
    command = [sys.executable, "-c", code, "run", "news.csv", "--out", "out", "--notebook", "01"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out" / "report.html").exists()
    assert "3 articles were read" in done.stdout
