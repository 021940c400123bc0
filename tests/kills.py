"""Kill a labelling session and runs at random moments, and look whether anything was lost or left in halves.

    python -m tests.kills --sessions 200 --runs 200

Every time a process is killed (SIGKILL: it can do nothing about it) the files that it wrote are read. A label that the session
was told to be saved must be there; figures, tables, notebooks, models and the page must be whole; notes of runs must be readable;
what people wrote must be unchanged. In the end, what an undisturbed run makes in the folder of all the killed ones must be, byte
for byte, what it makes in an empty one. Runs on systems with `fork`. The last line says how many processes were killed, and how
many faults there were; the exit code is 1 if there was one.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
from lxml import etree
from PIL import Image

import newskit as nk
from newskit.publish.labelling import Session
from newskit.publish.passages import find_passages

NOTEBOOKS = ("01", "02", "03", "04")
CODERS = ("ann", "bo")


def places(n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Articles with `n` places to label."""
    text = "He praised the tax bill. It passed. "
    articles = pd.DataFrame({"article_id": [f"a{k}" for k in range(n)], "text": [text + f"Day {k}." for k in range(n)]})
    return articles, articles[["article_id"]].assign(start=15, end=23, target="tax bill")


def label_until_killed(path: Path, items: list[dict[str, object]], coder: str, seed: int, said: int) -> None:
    """A coder at work: labels, changes some, takes some back; `said` is told what the session says is saved."""
    chance, session = random.Random(seed), Session(items, path, coder)
    while True:
        at, label = chance.randrange(len(items)), chance.choice(["against", "neutral", "favor", "unclear"])
        session.label(at, label, note := str(chance.random()))
        os.write(said, f"{json.dumps([at, label, note])}\n".encode())


def labels_lost(path: Path, expected: dict[tuple[str, str], tuple[str, str]], doubtful: set[tuple[str, str]]) -> list[str]:
    """Which labels that were said to be saved are not there as they were given (but those a killed session was giving)."""
    table = nk.labels.read_labels(path)
    there = {(row.coder, row.article_id): (row.label, row.note) for row in table.itertuples()}
    faults = [f"lost or changed: {key}" for key, value in expected.items() if there.get(key) != value and key not in doubtful]
    return faults + [f"unusable: {row.reason}" for row in nk.labels.labels_report(table).itertuples()]


def kill_sessions(n: int, folder: Path, *, seed: int = 0, longest: float = 0.25) -> list[str]:
    """Kill `n` labelling sessions on one file; what was lost or broken."""
    chance, path, faults = random.Random(seed), folder / "labels.csv", list[str]()
    articles, sample = places(40)
    items = find_passages(sample, articles)
    expected: dict[tuple[str, str], tuple[str, str]] = {}
    for k in range(n):
        coder = CODERS[k % 2]
        ear, said = os.pipe()
        child = os.fork()
        if not child:
            with contextlib.suppress(BaseException):
                label_until_killed(path, items, coder, seed + k, said)
            os._exit(1)
        os.close(said)
        time.sleep(chance.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            faults.append("a session ended by itself")
        with os.fdopen(ear, encoding="utf-8") as told:
            for at, label, note in map(json.loads, told.read().splitlines()):
                expected[coder, f"a{at}"] = label, note
        table = nk.labels.read_labels(path)
        newest = {(r.coder, r.article_id): (r.label, r.note) for r in table.itertuples() if r.coder == coder}
        unsaid = {key for key, value in newest.items() if expected.get(key) != value}
        if len(unsaid) > 1:  # it may have been killed between writing a label and saying so: one, not more
            faults.append(f"{len(unsaid)} labels differ from what was said")
        faults += labels_lost(path, expected, unsaid)
        expected |= {key: newest[key] for key in unsaid}
    halves = [p.name for p in folder.iterdir() if p.name.startswith(".labels.csv.") and len(p.suffix) == 9]
    return faults + (["halves were left beside the labels"] if len(halves) > 1 else [])


def broken_files(folder: Path) -> Iterator[str]:
    """The files of an output folder that are not whole."""
    readers: dict[str, Callable[[Path], object]] = {
        ".csv": lambda p: pd.read_csv(p),
        ".json": lambda p: json.loads(p.read_text("utf-8")),
        ".ipynb": lambda p: json.loads(p.read_text("utf-8"))["cells"],
        ".png": lambda p: Image.open(p).verify(),
        ".svg": lambda p: etree.parse(p),
        ".pdf": lambda p: p.read_bytes().rstrip().index(b"%%EOF", -9),
        ".html": lambda p: p.read_text("utf-8").rstrip().index("</html>", -9),
        ".npz": lambda p: nk.TopicModel.load(p),
    }
    for path in sorted(folder.rglob("*")):
        if path.suffix in readers and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            try:
                readers[path.suffix](path)
            except Exception as error:
                yield f"{path.relative_to(folder)}: {error}"
    for state in (folder / "states").glob("[0-9]*"):
        n = json.loads((state / "ledger.json").read_text("utf-8"))["n"]
        if len(pd.read_csv(state / "articles.csv", dtype="str")) != n:
            yield f"{state.name}: its list of articles is not whole"


def start(corpus: Path, out: Path, own: Path, *notebooks: str) -> subprocess.Popen[bytes]:
    """A run of the command, in a group of processes of its own."""
    code = "import sys; from newskit.rerun.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "run", corpus, "--out", out, *(f"--notebook={name}" for name in notebooks)]
    if "03" in notebooks:
        command += ["--labels", own / "labels.csv", "--aliases", own / "aliases.csv", "--targets", own / "targets.yaml"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def own_files(folder: Path) -> Path:
    """What people bring to a run, and what no run may change."""
    folder.mkdir()
    labels = pd.DataFrame(
        {"article_id": ["a"], "start": [0], "end": [4], "target": ["senate"], "coder": ["ann"], "label": ["favor"]}
    )
    nk.labels.save_labels(labels, folder / "labels.csv")
    (folder / "aliases.csv").write_text("surface,entity,label\nsenate,Senate,ORG\n", encoding="utf-8")
    (folder / "targets.yaml").write_text("senate: [the senate]\n", encoding="utf-8")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder but those that begin with a point."""
    files = (p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(files)}


def kill_runs(n: int, folder: Path, *, seed: int = 0, longest: float = 9.0, notebooks: tuple[str, ...] = NOTEBOOKS) -> list[str]:
    """Kill `n` runs into one folder, of the articles of two days in turn; what was lost or broken."""
    chance, faults, own = random.Random(seed), list[str](), own_files(folder / "own")
    brought = contents(own)
    sample = nk.sample_articles()[["article_id", "text", "title"]]
    for day, articles in (("one", sample.head(20)), ("two", sample.head(30))):
        articles.to_csv(folder / f"{day}.csv", index=False)
    k = ended = 0
    while k < n:
        corpus, notebook = folder / f"{('one', 'two')[k // 5 % 2]}.csv", chance.choice(notebooks)
        run = start(corpus, folder / "out", own, notebook)
        with contextlib.suppress(subprocess.TimeoutExpired):
            if code := run.wait(chance.uniform(0.5, longest)):
                faults.append(f"a run of {notebook} ended with {code} before it was killed")
            ended += 1  # by itself, and so it does not count
            if ended > 5 * n + 5:
                return [*faults, "runs end before they can be killed"]
            continue
        k += 1
        if chance.random() < 0.5:  # with its kernels, or alone
            with contextlib.suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
        run.kill()
        run.wait()
        found = [f"after {k}: {fault}" for fault in broken_files(folder / "out")]
        faults += found + ([f"after {k}: people's own files were changed"] if contents(own) != brought else [])
    time.sleep(3)  # kernels whose run is gone end by themselves
    return faults + not_as_in_an_empty_folder(folder / "out", own, folder / "two.csv", notebooks)


def not_as_in_an_empty_folder(out: Path, own: Path, corpus: Path, notebooks: tuple[str, ...]) -> list[str]:
    """What an undisturbed run makes otherwise after the killed ones than where nothing was before, or leaves behind."""
    shutil.rmtree(out / "states", ignore_errors=True)  # what a run knows of those before it
    for path in out.glob("topics*.npz"):
        path.unlink()
    made, faults = {}, list[str]()
    for kind in ("killed", "empty"):
        if code := start(corpus, out, own, *notebooks).wait():
            faults.append(f"the last run ended with {code} ({kind})")
        files = contents(out).items()
        made[kind] = {name: data for name, data in files if name.partition("/")[0] not in ("notebooks", "cache")}
        faults += [f"left behind: {p.name}" for p in out.rglob(".*") if p.name not in (".newskit", ".lock")]
        shutil.rmtree(out)
    different = [name for name in made["empty"] if made["killed"].get(name) != made["empty"][name]]
    return faults + [f"not as in an empty folder: {name}" for name in different]


def main() -> int:
    """Kill as many as were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--longest", type=float, default=9.0, help="seconds until a run is killed, at most")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        faults = kill_sessions(options.sessions, Path(one), seed=options.seed) if options.sessions else []
        faults += kill_runs(options.runs, Path(two), seed=options.seed, longest=options.longest) if options.runs else []
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(f"{options.sessions} sessions and {options.runs} runs killed, {len(faults)} faults\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
