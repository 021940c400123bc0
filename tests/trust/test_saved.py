"""Models, topics, notes and lists that were altered, cut, foreign, newer or made to do harm are refused in words."""

import hashlib
import io
import json
import os
import pickle
import shutil
import sqlite3
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import newskit as nk
from newskit.tagging import weights
from newskit.tagging.models import MODELS, _load, load_encoder
from newskit.tagging.readings import Readings
from newskit.tagging.weights import note_sum, read_npz, shipped, write_npz
from tests.analysis.topic_corpora import make_corpus

NAMES = sorted(p.name for p in MODELS.iterdir() if p.suffix in (".npz", ".onnx"))


class Harm:
    """What a pickle that is loaded would do."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


@pytest.fixture
def own_models(tmp_path, monkeypatch):
    """A copy of the shipped models that a test may spoil."""
    folder = Path(shutil.copytree(MODELS, tmp_path / "models"))
    monkeypatch.setattr(weights, "MODELS", folder)
    caches = (shipped, _load, load_encoder)
    for cached in caches:
        cached.cache_clear()
    yield folder
    for cached in caches:
        cached.cache_clear()


def test_every_shipped_model_has_its_sum_and_no_other_has():
    sums = (MODELS / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    assert sorted(line.split()[1] for line in sums) == NAMES
    for line in sums:
        assert hashlib.sha256((MODELS / line.split()[1]).read_bytes()).hexdigest() == line.split()[0]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("damage", ["cut", "one bit", "foreign", "gone", "a folder"])
def test_a_shipped_model_that_is_another_is_not_used(own_models, name, damage):
    path = own_models / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    contents = {"cut": data[: len(data) // 2], "one bit": data, "foreign": b"hello"}
    if damage == "a folder":
        path.mkdir()
    elif damage in contents:
        path.write_bytes(contents[damage])
    with pytest.raises(ValueError, match=f"The model '{name}' that comes with newskit .* Install newskit again"):
        shipped(name)


def test_people_are_told_of_it_where_they_use_it(own_models):
    articles = pd.DataFrame({"article_id": ["a"], "text": ["ann lee praised the senate"]})
    (own_models / "entities.npz").write_bytes(b"PK\3\4 nothing")
    with pytest.raises(ValueError, match=r"'entities\.npz' .* is damaged, or of another version"):
        nk.find_entities(articles)
    (own_models / "accurate.onnx").unlink()
    with pytest.raises(ValueError, match=r"'accurate\.onnx' .* cannot be read"):
        nk.split_sentences(articles, model="accurate")


def test_a_model_that_was_trained_anew_is_taken(own_models):
    with np.load(own_models / "casing.npz") as file:
        arrays = {name: file[name] for name in file.files if name != "about"}
    write_npz(own_models / "casing.npz", {"format": 2, "trained": "anew"}, arrays)
    assert read_npz(shipped("casing.npz"), version=2)[0]["trained"] == "anew"
    note_sum(own_models.parent / "elsewhere.npz")  # and beside no list of sums nothing is noted
    assert not (own_models.parent / "SHA256SUMS").exists()


def npz(path: Path, about: object, **arrays: object) -> Path:
    np.savez(path, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **arrays)
    return path


def odd_archives(folder: Path) -> dict[str, Path]:
    """Archives that are none of ours, each in its way."""

    def archive(name: str, members: dict[str, bytes]) -> Path:
        with zipfile.ZipFile(folder / f"{name}.npz", "w", zipfile.ZIP_DEFLATED) as file:
            for member, data in members.items():
                file.writestr(member, data)
        return folder / f"{name}.npz"

    def array(values: object) -> bytes:
        with io.BytesIO() as file:
            np.save(file, np.asarray(values), allow_pickle=True)
            return file.getvalue()

    about = array(np.frombuffer(b'{"format": 1}', np.uint8))
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999,), }"
    lies = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    code = b"\x93NUMPY\x01\x00" + (30).to_bytes(2, "little") + b"__import__('os').mkdir('harm')"
    (folder / "text.npz").write_text("hello")
    (folder / "empty.npz").touch()
    (folder / "pickle.npz").write_bytes(pickle.dumps(Harm(folder / "harm")))
    return {
        "text": folder / "text.npz",
        "empty": folder / "empty.npz",
        "a pickle by itself": folder / "pickle.npz",
        "a pickle inside": archive("inside", {"about.npy": about, "words.npy": array(np.array([Harm(folder / "harm")], object))}),
        "a pickle for the notes": archive("notes", {"about.npy": array(np.array([Harm(folder / "harm")], object))}),
        "paths that lead outside": archive("paths", {"../../harm/about.npy": about, "/harm.npy": about}),
        "a header that lies": archive("lies", {"about.npy": about, "words.npy": lies}),
        "a header with code": archive("code", {"about.npy": about, "words.npy": code}),
        "no notes": archive("none", {"words.npy": array([1, 2])}),
        "notes that are none": npz(folder / "list.npz", [1, 2]),
        "notes of something else": npz(folder / "other.npz", {"format": 1, "kind": "other"}),
        "a newer version": npz(folder / "newer.npz", {"format": 99, "kind": "newskit topics"}),
        "a text for the version": npz(folder / "version.npz", {"format": "1 or 2", "kind": "newskit topics"}),
    }


@pytest.mark.parametrize(
    "kind",
    ["text", "empty", "a pickle by itself", "a pickle inside", "a pickle for the notes", "paths that lead outside",
     "a header that lies", "a header with code", "no notes", "notes that are none", "notes of something else", "a newer version",
     "a text for the version"],
)  # fmt: skip
def test_archives_of_any_kind_do_nothing_and_are_refused(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    path = odd_archives(tmp_path)[kind]
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match=path.name):
        nk.TopicModel.load(path)
    if kind not in ("notes of something else",):  # which says itself what it is
        with pytest.raises(ValueError, match=path.name):
            read_npz(path, version=1)
    assert sorted(tmp_path.rglob("*")) == before
    assert not (tmp_path / "harm").exists()


def test_the_harm_in_these_archives_is_real(tmp_path):
    with np.load(odd_archives(tmp_path)["a pickle inside"], allow_pickle=True) as file:
        file["words"]
    assert (tmp_path / "harm").exists()


def test_a_model_of_topics_may_lie_behind_a_link_and_under_any_name(tmp_path):
    model = nk.TopicModel(3).fit(make_corpus(12))
    path = model.save(tmp_path / "a b\n\U0001f600.npz")
    (tmp_path / "link.npz").symlink_to(path)
    assert nk.TopicModel.load(tmp_path / "link.npz").labels_.tolist() == model.labels_.tolist()
    (tmp_path / "itself.npz").symlink_to(tmp_path / "itself.npz")
    for wrong in (tmp_path, tmp_path / "itself.npz", tmp_path / "none" / "x.npz"):
        with pytest.raises(ValueError, match=r"no file|cannot be read"):
            nk.TopicModel.load(wrong)


def test_nothing_in_the_library_can_load_code():
    code = """
import builtins, pickle, sys
import newskit as nk, pandas as pd
def refuse(*args, **kwargs): raise AssertionError("a pickle was read")
pickle.load = pickle.loads = pickle.Unpickler = refuse
import numpy as np
original = np.load
def load(*args, allow_pickle=False, **kwargs):
    assert not allow_pickle
    return original(*args, allow_pickle=allow_pickle, **kwargs)
np.load = load
articles = pd.DataFrame({"article_id": list("ab"), "text": ["ann lee praised the senate. it met.", "the senate met ann lee."] })
nk.link_entities(nk.find_entities(articles), articles)
nk.tag_stance(articles, ["senate"]); nk.find_attributions(articles); nk.make_readable(articles)
nk.TopicModel(2).fit(pd.concat([nk.sample_articles()[["article_id", "text"]].head(30)]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("name", ["../topics.csv", "a/b", "/etc/passwd", "..", ".", "", ".hidden", "ledger.json", "a\\..\\b\0"])
def test_notes_stay_in_their_folder(tmp_path, name):
    ledger = nk.open_ledger(pd.DataFrame({"article_id": ["a"], "text": ["one"]}), tmp_path)
    with pytest.raises(ValueError, match="file name|ledger itself"):
        ledger.now(name)
    with pytest.raises(ValueError):
        nk.open_ledger(pd.DataFrame({"article_id": ["a"], "text": ["one"]}), tmp_path, notebook=name)


def test_odd_states_are_no_states(tmp_path):
    articles = pd.DataFrame({"article_id": ["a"], "text": ["one"]})
    nk.open_ledger(articles, tmp_path)
    (tmp_path / "states" / "9999").symlink_to(tmp_path / "nowhere")
    (tmp_path / "states" / "0777").write_text("a file")
    (tmp_path / "states" / "-1").mkdir()
    assert nk.open_ledger(articles, tmp_path).state == 1


def test_what_was_kept_of_readings_fills_no_memory_and_runs_nothing(tmp_path):
    path = tmp_path / "kept.sqlite"
    kept = Readings()
    kept.keep_in(path)
    kept.put({b"good": b"fine"})
    bomb = zlib.compressobj(9)
    data = b"".join(bomb.compress(bytes(1 << 24)) for _ in range(20)) + bomb.flush()
    with sqlite3.connect(path) as file:
        file.execute("INSERT INTO readings VALUES (?, ?)", (b"bomb", data))
        file.execute("INSERT INTO readings VALUES (?, ?)", (b"none", b"\x80\x04."))
    kept = Readings()
    kept.keep_in(path)
    assert kept.get([b"good", b"bomb", b"none"]) == {b"good": b"fine"}


def yaml_bomb() -> str:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefghijkl", "bcdefghijklm", strict=True)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        yaml_bomb(),
        "a: &a [*a]",
        "[" * 50_000,
        "!!python/object/apply:os.mkdir [harm]",
        "a: !!python/name:os.system",
        "\0",
        "- [1]",
    ],
    ids=["bomb", "itself", "deep", "apply", "name", "nul", "number"],
)
def test_lists_of_targets_run_nothing_and_fill_no_memory(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "targets.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"targets\.yaml"):
        nk.tag_stance(pd.DataFrame({"article_id": ["a"], "text": ["one"]}), tmp_path / "targets.yaml")
    assert not (tmp_path / "harm").exists()
