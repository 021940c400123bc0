"""What the kit needs and what it is allowed to: every dependency has a reason, nothing is opened that is not needed."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_every_dependency_has_a_reason():
    said = (ROOT / "TRUST.md").read_text(encoding="utf-8").partition("## What is installed")[2].partition("\n## ")[0]
    reasons = dict(re.findall(r"^\| `([\w.-]+)` \| (.{5,}?) \|", said, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = [
        *project["dependencies"],
        *(line for e in ("sample", "accurate", "scale") for line in project["optional-dependencies"][e]),
    ]
    assert sorted(reasons) == sorted(re.match(r"[\w.-]+", line)[0] for line in listed)


def test_reading_and_writing_need_nothing_but_the_files_named(tmp_path):
    """What the interpreter itself tells of what was opened, connected and started while articles are read and tables written."""
    code = f"""
import json, sys
import newskit as nk
sample = nk.sample_articles().head(30)
(path := __import__("pathlib").Path({str(tmp_path)!r}) / "in.csv").write_text(sample.to_csv(index=False), encoding="utf-8")
ax = nk.plots.top_words(nk.word_frequency(sample), n=3)
nk.export_figure(ax, "before", folder={str(tmp_path / "warm")!r})  # fonts are looked for once
told = []
def listen(event, args):
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "ftplib", "http", "urllib", "pickle.")):
        told.append((event, repr(args)[:200]))
    elif event == "open" and isinstance(args[0], str) and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        told.append((event, str(args[0])))
    elif event in ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod"):
        told.append((event, str(args[0])))
import newskit.publish.sections, sklearn.cluster, scipy.sparse.linalg
sys.addaudithook(listen)
articles = nk.read_articles(path)
linked = nk.link_entities(nk.find_entities(articles), articles)
nk.export_table(nk.entity_frequency(linked, articles), "entities", folder={str(tmp_path / "out")!r})
nk.tag_stance(articles, ["senate"]); nk.find_attributions(articles); nk.make_readable(articles)
nk.export_figure(ax, "words", folder={str(tmp_path / "out")!r})
nk.open_ledger(articles, {str(tmp_path / "out")!r})
sys.stdout.write(json.dumps(told))
"""  # noqa: E501
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert {event for event, _ in told} & {"open", "os.rename"}, "the hook hears nothing"
    outside = [(event, what) for event, what in told if not what.startswith((str(tmp_path), "/dev/null"))]
    assert outside == []


def listening(processes: set[int]) -> set[str]:
    """The addresses at which these processes wait for others, as the system lists them."""
    inodes = set()
    for process in processes:
        for handle in Path(f"/proc/{process}/fd").iterdir():
            try:
                inodes |= set(re.findall(r"socket:\[(\d+)\]", os.readlink(handle)))
            except OSError:  # closed by now
                continue
    found = set()
    for table, family, size in (("tcp", socket.AF_INET, 8), ("tcp6", socket.AF_INET6, 32)):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            parts = line.split()
            if parts[3] == "0A" and parts[9] in inodes:
                raw = bytes.fromhex(parts[1][:size])
                words = [raw[i : i + 4][::-1] for i in range(0, len(raw), 4)]
                found.add(socket.inet_ntop(family, b"".join(words)))
    return found


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="who listens where is told by Linux")
def test_jupyterlab_is_open_to_this_machine_alone_and_asks_for_a_token(tmp_path):
    said = subprocess.run(["make", "-n", "lab"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    options = re.search(r"jupyter lab (.*)", said)[1].split()
    root = ["--allow-root"] if os.geteuid() == 0 else []
    port = socket.create_server(("127.0.0.1", 0)).getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", *options, *root, "--no-browser", f"--ServerApp.port={port}"]
    environment = {**os.environ, "HOME": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        address = token = None
        for _ in range(600):
            for file in tmp_path.glob("jpserver-*.json"):
                about = json.loads(file.read_text() or "{}")
                address, token = about.get("url"), about.get("token")
            if address and listening({server.pid}):
                break
            assert server.poll() is None, (tmp_path / "log").read_text()[-2000:]
            time.sleep(0.1)
        assert listening({server.pid}) == {"127.0.0.1"}
        assert len(token) >= 32
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{address}api/contents")
        with urllib.request.urlopen(f"{address}api/contents?token={token}") as answer:
            assert answer.status == 200
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
