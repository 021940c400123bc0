"""How much the tests notice: small faults are put into a file of the library, one at a time, and its tests must fail.

    pip install "mutmut>=3.8"
    python -m tests.mutants [FILE ...] [--processes 1] [--least 0.85]

FILE is one of those below; without any, all of them. mutmut makes the faults (mutants: comparisons, arithmetic, booleans,
numbers, strings, defaults, arguments that are dropped, values that become None) in copies of the functions and tries each in a
process of its own, forked after everything is imported, with those of the file's tests and docstring examples that call the
function. What stands outside of functions, type annotations, docstrings and imports stay as they are. Hypothesis draws the
same examples every time. A table is printed, and what no test noticed is written to build/mutants.txt, each with its diff:
there a test is missing, the code has a part that does nothing, or the mutant does the same as the code. A mutant that runs
out of time counts as noticed. Exits with 1 if the tests notice less than the least share in some file.
"""

from __future__ import annotations

import argparse
import ast
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.benching import say

ROOT = Path(__file__).resolve().parents[1]
WORK, REPORT = ROOT / "build" / "mutants", ROOT / "build" / "mutants.txt"
TESTS = {
    "newskit/corpus/tokens.py": "tests/corpus/test_tokens.py",
    "newskit/analysis/labels.py": "tests/analysis/test_labels.py",
    "newskit/analysis/label_file.py": "tests/analysis/test_labels.py",
}
SETTINGS = """[mutmut]
source_paths = newskit
only_mutate = {file}
pytest_add_cli_args_test_selection =
    {tests}
    {file}
pytest_add_cli_args =
    --hypothesis-profile=mutants
    -k
    not __mutmut_ or __mutmut_orig
timeout_multiplier = 3
timeout_constant = 3
"""  # -k: mutmut copies functions with their docstrings, and the examples of one copy are enough
PROFILE = """
import hypothesis
hypothesis.settings.register_profile(
    "mutants", derandomize=True, deadline=None, database=None, phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate]
)
"""  # one example that fails is enough; it need not be the smallest


def mutmut(*arguments: str) -> str:
    """What the command prints when it runs in the work folder."""
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    done = subprocess.run(command, cwd=WORK, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}")
    return done.stdout


def decorated_below(source: str) -> str:
    """The same functions with each decorator as a call below its function: mutmut does not touch decorated ones."""
    lines = source.splitlines()
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef) and node.decorator_list]
    for node in sorted(functions, key=lambda node: node.lineno, reverse=True):
        calls = [f"{' ' * node.col_offset}{node.name} = {ast.unparse(d)}({node.name})" for d in node.decorator_list[::-1]]
        lines[node.end_lineno : node.end_lineno] = calls
        del lines[node.decorator_list[0].lineno - 1 : node.lineno - 1]
    return "\n".join(lines) + "\n"


def try_mutants(file: str, processes: int) -> dict[str, str]:
    """What became of each mutant of a file: killed, survived, timeout, no tests, ..."""
    shutil.rmtree(WORK, ignore_errors=True)
    for folder in ("newskit", "tests"):
        shutil.copytree(ROOT / folder, WORK / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", WORK)
    (WORK / file).write_text(decorated_below((WORK / file).read_text(encoding="utf-8")), encoding="utf-8")
    with (WORK / "tests" / "conftest.py").open("a", encoding="utf-8") as conftest:
        conftest.write(PROFILE)
    (WORK / "setup.cfg").write_text(SETTINGS.format(file=file, tests=TESTS[file]))
    mutmut("run", "--max-children", str(processes))
    lines = mutmut("results", "--all", "true").splitlines()
    return dict(line.strip().split(": ", 1) for line in lines if ": " in line)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help=", ".join(TESTS))
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--least", type=float, default=0.85, help="the least share of mutants that must be noticed")
    args = parser.parse_args()
    unknown = [file for file in args.files if file not in TESTS]
    if unknown:
        parser.error(f"{unknown[0]} is none of {', '.join(TESTS)}")
    if not Path(sys.executable).with_name("mutmut").exists():
        parser.error('mutmut is not there: pip install "mutmut>=3.8"')
    row = "{:<34} {:>8} {:>8} {:>9} {:>9} {:>7}"
    say(row.format("file", "mutants", "killed", "survived", "timeouts", "share"))
    diffs, least = [], 1.0
    for file in args.files or TESTS:
        became = try_mutants(file, args.processes)
        count = Counter(became.values())
        survived = [name for name, what in became.items() if what not in ("killed", "timeout")]
        share = 1 - len(survived) / len(became)
        least = min(least, share)
        say(row.format(file, len(became), count["killed"], len(survived), count["timeout"], f"{share:.1%}"))
        diffs += [mutmut("show", name) for name in survived]
        REPORT.write_text("\n".join(diffs), encoding="utf-8")
    say(f"What no test noticed: {REPORT.relative_to(ROOT)}")
    return int(least < args.least)


if __name__ == "__main__":
    sys.exit(main())
