"""environment.yml and pyproject.toml say the same, and constraints.txt pins what they name."""

from __future__ import annotations

import re
import tomllib

import pytest
import rattler
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from tests.conftest import ROOT

CONDA_NAMES = {"matplotlib": "matplotlib-base"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())
SPECS = [line for line in CONDA["dependencies"] if isinstance(line, str)]


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements() -> dict[str, Requirement]:
    extras = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *extras["sample"], *extras["accurate"]]
    return {plain(r.name): r for r in map(Requirement, lines)}


@pytest.mark.parametrize("line", SPECS)
def test_every_line_is_a_match_spec(line):
    assert rattler.MatchSpec(line, strict=True).name is not None


def test_the_same_names_with_the_same_bounds():
    conda = {}
    for line in SPECS:
        name, _, bounds = line.partition(" ")
        conda[name] = sorted(bounds.split(",")) if bounds else []
    pip = {CONDA_NAMES.get(n, n): sorted(map(str, r.specifier)) for n, r in requirements().items()}
    assert conda.pop("pip") == []
    assert conda.pop("python") == sorted(PROJECT["requires-python"].split(","))
    assert conda == pip


def test_the_kit_itself_comes_last():
    assert CONDA["channels"] == ["conda-forge", "nodefaults"]
    assert CONDA["dependencies"][-1] == {"pip": ["-e ."]}


def test_constraints_pin_every_named_requirement_within_its_bounds():
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    pins = {plain(r.name): r for r in map(Requirement, lines)}
    named = {**requirements(), **{plain(r.name): r for r in map(Requirement, PROJECT["optional-dependencies"]["dev"])}}
    for name, requirement in named.items():
        (pin,) = pins[name].specifier
        assert pin.operator == "=="
        assert requirement.specifier.contains(Version(pin.version)), name
    assert not re.search(r"://|@|--", "\n".join(lines))
