"""Provenance: what is put into a figure's files comes back from each of them, and nothing else is taken for it."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

import newskit as nk

KINDS = ["png", "svg", "pdf", "json"]
DATA = pd.DataFrame({"x": [1]})
HOSTILE = [
    "Zwölf Länder: Россия, 中国, العربية, 😀",
    "</metadata></svg><script>alert(1)</script><![CDATA[ ]]> &amp; <!-- -->",
    'two\nlines\r\n\tand "quotes" and \\ \\( ( ) %%EOF /Keywords (newskit {})',
    "a\0b\x1b[0m\x7f\ufffe and a lone \ud800 half",
    "long " * 20_000,
]


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def export(folder: Path, alt: str = "A line.", **options: object) -> dict[str, Path]:
    _, ax = plt.subplots(figsize=(2, 2))
    return nk.export_figure(ax, "mine", folder=folder, alt=alt, data=DATA, dpi=50, **options).files


@pytest.mark.parametrize("said", HOSTILE, ids=["letters", "markup", "brackets", "controls", "long"])
def test_every_file_gives_back_what_was_put_in(said, tmp_path):
    files = export(tmp_path, alt=said, parameters={"QUERY": said, said[:50]: 1})
    for kind in KINDS:
        origin = nk.read_provenance(files[kind])
        assert origin["alt"] == said
        assert origin["parameters"] == {"QUERY": said, said[:50]: 1}
        assert origin["figure"] == "mine"
        assert set(origin["versions"]) == {"newskit", "matplotlib", "pandas", "python"}
    assert etree.parse(files["svg"]).getroot().get("role") == "img"
    with Image.open(files["png"]) as image:
        assert "\0" not in image.text["Description"]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=15, deadline=None)
@given(st.text(min_size=1), st.dictionaries(st.text(max_size=9), values, max_size=4))
def test_any_words_and_parameters_are_the_same_in_every_file(tmp_path_factory, alt, parameters):
    files = export(tmp_path_factory.mktemp("any"), alt=alt, parameters=parameters)
    first, *others = (nk.read_provenance(files[kind]) for kind in KINDS)
    assert first["alt"] == alt
    assert all(other == first for other in others)
    assert json.loads(json.dumps(first)) == first
    plt.close("all")


def test_parameters_say_nothing_of_the_machine(tmp_path):
    class Thing:
        pass

    parameters = {
        "SET": {"b", "a", "c"},
        "PATH": Path("/home/somebody/news/articles.csv"),
        "TEXT": "C:\\Users\\somebody\\articles.csv",
        "OWN": "~/news",
        "RELATIVE": Path("data") / "articles.csv",
        "THING": Thing(),
        "N": np.int64(3),
        "NAN": float("nan"),
        "TABLE": DATA,
        "WORDS": "and/or, 3/4",
    }
    origin = nk.read_provenance(export(tmp_path, parameters=parameters)["svg"])["parameters"]
    assert "somebody" not in json.dumps(origin)
    assert "0x" not in origin.pop("THING")
    assert origin == {
        "SET": ["a", "b", "c"], "PATH": "articles.csv", "TEXT": "articles.csv", "OWN": "news", "RELATIVE": "data/articles.csv",
        "N": 3, "NAN": "nan", "TABLE": "DataFrame of 1 x 1", "WORDS": "and/or, 3/4",
    }  # fmt: skip


def test_files_are_known_by_what_stands_in_them(tmp_path):
    files = export(tmp_path)
    for kind in KINDS:
        other = tmp_path / f"{kind}.renamed"
        other.write_bytes(files[kind].read_bytes())
        assert nk.read_provenance(str(other))["figure"] == "mine"


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_are_named(kind, tmp_path):
    path = export(tmp_path)[kind]
    path.write_bytes(path.read_bytes()[: len(path.read_bytes()) * 2 // 3])
    with pytest.raises(ValueError, match=rf"mine\.{kind}' is damaged"):
        nk.read_provenance(path)


def test_foreign_files_have_none(tmp_path):
    _, ax = plt.subplots()
    for kind in ("png", "svg", "pdf"):
        ax.figure.savefig(tmp_path / f"own.{kind}")
    entities = '<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/hostname">]><svg xmlns:n="urn:newskit:provenance"><n:provenance>&a;'
    texts = {"a.json": "{}", "b.json": '{"alt": "x"}', "c.csv": "x,y", "d": "", "e.svg": "<svg/>", "f.html": "<p>\n</p>"}
    texts["g.svg"] = f"{entities}</n:provenance></svg>"
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    for path in sorted(p for p in tmp_path.iterdir() if p.is_file()):
        with pytest.raises(ValueError, match=rf"{path.name}' has no provenance"):
            nk.read_provenance(path)
    with pytest.raises(ValueError, match="is a folder"):
        nk.read_provenance(tmp_path)
    with pytest.raises(FileNotFoundError, match="own.pgn"):
        nk.read_provenance(tmp_path / "own.pgn")
