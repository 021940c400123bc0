"""Look at what is installed: is it what was asked for, unchanged since, licensed for research use, and not known to be unsafe?

    python -m tests.audit

Works without a network, but for the last: known vulnerabilities are asked of the advisory database by `pip-audit`, where that is
installed and the database can be reached; the report says so where not. The exit code is 1 if something was found.
"""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def needed(name: str = "newskit", extras: tuple[str, ...] = ("sample", "accurate", "scale")) -> set[str]:
    """The names of all packages that a package needs on this machine, with those that these need."""
    found, open_ones = set[str](), [(name, frozenset(extras))]
    seen = set(open_ones)
    while open_ones:
        one, wanted = open_ones.pop()
        found.add(canonicalize_name(one))
        for line in metadata.distribution(one).requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or any(requirement.marker.evaluate({"extra": e}) for e in ("", *wanted)):
                further = requirement.name, frozenset(requirement.extras)
                if further not in seen:
                    seen.add(further)
                    open_ones.append(further)
    return found


def changed(names: set[str]) -> Iterator[str]:
    """The installed files that are no longer what their package says of them."""
    for name in sorted(names):
        for file in metadata.distribution(name).files or []:
            path = Path(str(file.locate()))
            if file.hash is None or not path.exists():
                continue
            digest = hashlib.new(file.hash.mode, path.read_bytes()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
                yield f"{name}: {file} was changed after it was installed"


def not_as_pinned(names: set[str]) -> Iterator[str]:
    """The packages of which another version is installed than constraints.txt says, or of which it says none."""
    lines = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    pinned = {canonicalize_name(name): version for name, version in lines}
    for name in sorted(names - {"newskit"}):
        if (version := metadata.version(name)) != pinned.get(name):
            yield f"{name} {version} is installed, and constraints.txt says {pinned.get(name, 'nothing')}"


def licences(names: set[str]) -> dict[str, str]:
    """The licence of each package in the words of its author."""
    said = {}
    for name in sorted(names):
        about = metadata.metadata(name)
        kinds = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier", []) if c.startswith("License ::")]
        said[name] = (
            about.get("License-Expression") or "; ".join(kinds) or (about.get("License") or "").strip().partition("\n")[0]
        )
    return said


def vulnerabilities() -> tuple[list[str], str]:
    """What is known against the pinned versions, and whether that could be asked."""
    if find_spec("pip_audit") is None:
        return [], "not asked: pip-audit is not installed"
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--requirement",
        "constraints.txt",
        "--no-deps",
        "--disable-pip",
        "--timeout",
        "10",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told = [line for line in done.stdout.splitlines() if "could not be audited" in line]  # also where there is no network
    if told or done.returncode not in (0, 1):
        return [], f"not asked, or not of all: {(told or done.stderr.strip().splitlines() or ['no answer'])[-1]}"
    return (done.stdout.splitlines() if done.returncode else []), "asked of all packages"


def main() -> int:
    """Write the report."""
    names = needed()
    pip_says = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    known, asked = vulnerabilities()
    found = [*changed(names), *not_as_pinned(names), *known]
    found += pip_says.stdout.splitlines() if pip_says.returncode else []
    sys.stdout.write("".join(f"{name}: {said or 'UNKNOWN'}\n" for name, said in licences(names).items()))
    sys.stdout.write(f"known vulnerabilities {asked}\n" + "".join(f"{line}\n" for line in found))
    sys.stdout.write(f"{len(names)} packages, {len(found)} findings\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
