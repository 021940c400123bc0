"""The shape of the house: wings, imports, public names, notebooks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import nbformat
import pytest

import newskit as nk
from newskit.rerun.run import find_notebooks
from tests.conftest import ROOT


def test_wings_import_to_the_left_only():
    checked = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout
    assert "2 kept, 0 broken" in checked.stdout


def test_importing_loads_nothing_heavy():
    """What takes long to import (and pandas does not bring) is imported by the functions that need it."""
    heavy = [
        "matplotlib",
        "nltk",
        "sklearn",
        "scipy",
        "ftfy",
        "datasketch",
        "rapidfuzz",
        "trafilatura",
        "nbformat",
        "nbclient",
        "IPython",
        "tqdm",
        "lxml",
        "anywidget",
        "ipywidgets",
        "traitlets",
    ]
    code = f"import newskit, sys; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_public_names_are_there_and_explained():
    assert sorted(nk.__all__) == nk.__all__
    for name in nk.__all__:
        assert getattr(nk, name).__doc__
    assert len(nk.__all__) <= 47


@pytest.mark.parametrize("path", find_notebooks(), ids=lambda p: p.stem)
def test_notebooks_are_written_for_readers(path):
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    code = [c for c in book.cells if c.cell_type == "code"]
    assert re.match(r"# .+\?\n", book.cells[0].source)
    assert sum("parameters" in c.metadata.get("tags", []) for c in code) == 1
    assert sum(c.source.count("## What we found") for c in book.cells) == 1
    assert sum(c.source.count("## Limits") for c in book.cells) == 1
    assert "nk.corpus_card(" in "".join(c.source for c in code)
    for cell in code:
        assert not cell.outputs
        assert cell.execution_count is None
        assert len(cell.source.splitlines()) <= (14 if "parameters" in cell.metadata.get("tags", []) else 12)
        tree = ast.parse(cell.source)
        assert not any(isinstance(n, (ast.FunctionDef, ast.ClassDef)) for n in ast.walk(tree))
        assert "%pip" not in cell.source
        assert "!pip" not in cell.source
        literals = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        assert not any(re.match(r"[~/]|[A-Za-z]:\\|\.\./", text) for text in literals)


def test_the_library_prints_nothing_and_downloads_nothing():
    for path in sorted((ROOT / "newskit").rglob("*.py")):
        calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
        names = {ast.unparse(c.func) for c in calls}
        assert not names & {"print", "nltk.download", "pickle.load", "joblib.load", "eval", "exec"}, path
