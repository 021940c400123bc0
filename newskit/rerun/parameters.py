"""The notebooks' parameters: what each declares, and whether what is given fits, before anything runs."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from newskit.corpus.articles import nearest

if TYPE_CHECKING:
    from nbformat import NotebookNode

OWN = ("ARTICLES", "OUTPUTS")  # set by every run
UNCLEAR = object()  # the default of a parameter that is worked out, not written down
_KINDS: tuple[tuple[type, tuple[type, ...], str], ...] = (  # of the default, what may stand in its place, in words
    (bool, (bool,), "True or False"),
    (int, (int,), "a whole number"),
    (float, (int, float), "a number"),
    (str, (str, int, float), "a word or a number"),
    (list, (list, tuple), 'a list, such as ["a", "b"]'),
    (dict, (dict,), 'a mapping, such as {"a": 1}'),
)


def read_parameter(given: str) -> tuple[str, object]:
    """Read `NAME=VALUE`: the value as a Python literal where it is one, else as a string.

    Examples
    --------
    >>> [read_parameter(given) for given in ("TOP=30", "KEYWORD=white house", "SINCE=2017-03-01")]
    [('TOP', 30), ('KEYWORD', 'white house'), ('SINCE', '2017-03-01')]
    """
    name, sign, text = given.partition("=")
    name, text = name.strip(), text.strip()
    if not sign or not name.isidentifier():
        raise ValueError(f"A parameter is given as NAME=VALUE, such as TOP=30, and not as {given!r}.")
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return name, text
    kinds = (str, int, float, list, tuple, dict, type(None))
    return name, value if isinstance(value, kinds) else text


def declared_parameters(book: NotebookNode) -> dict[str, object]:
    """The names assigned in the cell tagged `parameters`, each with its default."""
    names: dict[str, object] = {}
    for cell in book.cells:
        if "parameters" not in cell.metadata.get("tags", []):
            continue
        try:
            tree = ast.parse("\n".join(line for line in cell.source.split("\n") if line.lstrip()[:1] not in ("%", "!")))
        except SyntaxError as error:
            raise ValueError(f"The cell of parameters is no Python: {error}.") from error
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.setdefault(node.id, UNCLEAR)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name):
                    names[target.id] = _default(node.value)
    return names


def parameter_lines(path: Path) -> list[str]:
    """What a notebook's cell of parameters says, a line each, but for what every run sets itself."""
    import nbformat

    cells = [c.source for c in nbformat.read(path, as_version=4).cells if "parameters" in c.metadata.get("tags", [])]
    return [line for cell in cells for line in cell.split("\n") if line.strip() and line.split("=")[0].strip() not in OWN]


def _default(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return UNCLEAR


def check_parameters(given: Mapping[str, object], declared: Mapping[str, Mapping[str, object]], *, all_run: bool = True) -> None:
    """See that every parameter is one of a notebook's, and of the kind of its default.

    Raises
    ------
    ValueError
        If no notebook declares a parameter, a value is of another kind than the default, or a notebook declares no
        ARTICLES or OUTPUTS and would not run on what was asked for.
    """
    known = {name for names in declared.values() for name in names} - set(OWN)
    for name in given:
        if name not in known and name not in OWN:
            whose = "No notebook has" if all_run else "None of the notebooks that were asked for has"
            there = f"there are {', '.join(sorted(known))}" if known else "there are none"
            raise ValueError(f"{whose} a parameter {name!r}; {there}.{nearest(name, known)}")
    for notebook, defaults in declared.items():
        for name in OWN:
            if given[name] is not None and name not in defaults:
                raise ValueError(
                    f"{notebook} sets no {name} in a cell tagged 'parameters', and would not run on what was asked for."
                )
        for name in (set(given) & set(defaults)) - set(OWN):
            _check_kind(name, given[name], defaults[name], notebook)


def _check_kind(name: str, value: object, default: object, notebook: str) -> None:
    for kind, fitting, words in _KINDS:
        if isinstance(default, kind):
            if not isinstance(value, fitting) or (isinstance(value, bool) and kind is not bool):
                raise ValueError(f"{name} is {words} in {notebook} ({default!r} where none is given), and cannot be {value!r}.")
            return


def with_parameters(book: NotebookNode, given: Mapping[str, object]) -> NotebookNode:
    """A copy with a cell of assignments behind the one tagged `parameters`, as papermill has it, of what it declares."""
    from papermill.parameterize import parameterize_notebook

    declared = declared_parameters(book)
    wanted = {name: value for name, value in given.items() if name in declared and (value is not None or name not in OWN)}
    return parameterize_notebook(book, wanted) if wanted else book


def plain(parameters: Mapping[str, object]) -> dict[str, object]:
    """The parameters with paths as text; a run's own are refused, because they are given otherwise."""
    for name in OWN:
        if name in parameters:
            raise ValueError(f"{name} is no parameter to be set: name the articles and the output folder themselves.")
    return {name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in parameters.items()}
