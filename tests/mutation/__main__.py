"""Mutation testing of what decides about a CRM's records: ``match``, ``plan`` and ``mapping``, by mutmut
(https://mutmut.readthedocs.io; ``pip install --editable '.[test,mutation]'``).

    python -m tests.mutation                      everything, about an hour on two cores
    python -m tests.mutation match mapping.load   some modules
    python -m tests.mutation --report             what came of the last run

Each module is tried against the tests that are about it, on a copy of the checkout. Prints what came of each
module, and every survivor that SURVIVORS.md beside this file does not answer; then its exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutation.quick import FAILS

ROOT = Path(__file__).parents[2]
ANSWERS = Path(__file__).with_name("SURVIVORS.md")
COPIED = ("connector", "tests", "mappings", "docs", "README.md", "config.example.yaml", "pyproject.toml")
TESTS = {
    "match": ("test_match.py",),
    "changes": ("test_plan.py",),
    "plan": ("test_plan.py",),
    "mapping.bounds": ("mapping/test_expressions.py", "mapping/test_functions.py"),
    "mapping.check": ("mapping/test_check.py", "mapping/test_targets.py"),
    "mapping.dates": ("mapping/test_functions.py",),
    "mapping.expressions": ("mapping/test_expressions.py",),
    "mapping.fields": ("mapping/test_fields.py",),
    "mapping.fill": ("mapping/test_propose.py",),
    "mapping.fingerprint": ("mapping/test_load.py",),
    "mapping.fitted": ("mapping/test_fitted.py",),
    "mapping.functions": ("mapping/test_functions.py", "mapping/test_expressions.py"),
    "mapping.kinds": ("mapping/test_propose.py",),
    "mapping.likeness": ("mapping/test_propose.py",),
    "mapping.load": ("mapping/test_load.py", "test_deprecations.py"),
    "mapping.manual": ("mapping/test_manual.py",),
    "mapping.members": ("mapping/test_check.py", "mapping/test_targets.py"),
    "mapping.money": ("mapping/test_functions.py",),
    "mapping.names": ("mapping/test_functions.py",),
    "mapping.nearest": ("mapping/test_nearest.py",),
    "mapping.offered": ("mapping/test_propose.py",),
    "mapping.order": ("mapping/test_load.py",),
    "mapping.places": ("mapping/test_places.py", "mapping/test_check.py", "mapping/test_targets.py"),
    "mapping.proposal_yaml": ("mapping/test_propose.py",),
    "mapping.propose": ("mapping/test_propose.py",),
    "mapping.results": ("mapping/test_results.py", "mapping/test_check.py", "mapping/test_targets.py"),
    "mapping.schema": ("mapping/test_schema.py",),
    "mapping.shape": ("mapping/test_load.py", "mapping/test_schema.py"),
    "mapping.sources": ("mapping/test_targets.py",),
    "mapping.suggest": ("mapping/test_suggest.py",),
    "mapping.syntax": ("mapping/test_expressions.py", "mapping/test_load.py"),
    "mapping.targets": ("mapping/test_targets.py",),
    "mapping.template": ("mapping/test_load.py",),
    "mapping.ungiven": ("mapping/test_ungiven.py", "test_map.py"),
    "mapping.upgrade": ("mapping/test_upgrade.py",),
    "mapping.uses": ("mapping/test_fields.py",),
    "mapping.validate": ("mapping/test_load.py",),
    "mapping.written": ("mapping/test_written.py",),
}
# What these compute while they, or their tests, are imported cannot be changed in a forked process.
AT_IMPORT = {
    "mapping.functions",
    "mapping.kinds",
    "mapping.manual",
    "mapping.offered",
    "mapping.written",
}
OPTIONS = ["-p", "tests.mutation.quick", "-p", "no:cacheprovider", "-n", "0", "-p", "no:cov"]
SETTINGS = """
[tool.mutmut]
source_paths = ["connector"]
only_mutate = ["connector/{path}.py"]
also_copy = ["mappings", "docs", "README.md", "config.example.yaml"]
timeout_multiplier = 4.0
pytest_add_cli_args = {options}
pytest_add_cli_args_test_selection = {tests}
"""
# By the exit code that mutmut keeps of a mutant's tests; any other is a death at the hands of its tests.
OUTCOMES = {0: "survived", 5: "untested", 33: "untested", 24: "timed out", 36: "timed out", -24: "timed out"}
LEFT = ("survived", "untested")
AGAIN = "killed-again.json"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="match, plan, mapping.load, ...; or all")
    parser.add_argument("--report", action="store_true", help="only what came of the last run")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "connector-mutation")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args(arguments)
    modules = [module for module in TESTS if module in given.modules or not given.modules]
    for module in () if given.report else modules:
        folder = given.folder / module
        prepare(folder, module)
        mutmut(folder, given.processes, at_import=module in AT_IMPORT)
        if module in AT_IMPORT:
            again(folder, module, given.processes)
    return report(given.folder, modules)


def prepare(folder: Path, module: str) -> None:
    """A copy of the checkout with the settings for one module."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, folder / name)
    tests = [f"tests/{test}" for test in TESTS[module]]
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as settings:
        path, options = module.replace(".", "/"), json.dumps(OPTIONS)
        settings.write(SETTINGS.format(path=path, options=options, tests=json.dumps(tests)))


def mutmut(folder: Path, processes: int, *, at_import: bool) -> None:
    environ = {**os.environ, **({FAILS: "1"} if at_import else {})}
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(processes)]
    with (folder / "log").open("ab") as log:
        code = subprocess.run(command, cwd=folder, env=environ, stdout=log, stderr=log).returncode
    if code:
        sys.exit(f"mutmut ended with {code}: see {folder / 'log'}")


def again(folder: Path, module: str, processes: int) -> None:
    """Those that have survived, each in a process of its own."""
    tests = [f"tests/{test}" for test in TESTS[module]]
    command = [sys.executable, "-m", "pytest", "-x", "-q", *OPTIONS, *tests]

    def killed(mutant: str) -> bool:
        environ = {**os.environ, "MUTANT_UNDER_TEST": mutant}
        run = subprocess.run(command, cwd=folder / "mutants", env=environ, capture_output=True, timeout=300)
        return run.returncode != 0

    left = [mutant for mutant, outcome in results(folder) if outcome in LEFT]
    with ThreadPoolExecutor(processes) as pool:
        dead = [mutant for mutant, is_dead in zip(left, pool.map(killed, left), strict=True) if is_dead]
    (folder / AGAIN).write_text(json.dumps(dead), encoding="utf-8")


def results(folder: Path) -> Iterator[tuple[str, str]]:
    """The mutants that were tried, with what came of them."""
    again = folder / AGAIN
    killed = set(json.loads(again.read_text(encoding="utf-8"))) if again.exists() else set()
    for path in sorted((folder / "mutants" / "connector").rglob("*.meta")):
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        for name, code in codes.items():
            if code is not None:
                yield name, "killed" if name in killed else OUTCOMES.get(code, "killed")


def shown(mutant: str) -> str:
    """``connector.match.xǁExistingǁadd__mutmut_3`` is ``match.Existing.add.3``."""
    path, _, number = mutant.rpartition("__mutmut_")
    module, _, function = path.removeprefix("connector.").rpartition(".")
    function = function.removeprefix("xǁ").removeprefix("x_").replace("ǁ", ".")
    return f"{module}.{function}.{number}"


def answered() -> set[str]:
    """What SURVIVORS.md speaks of: below a module's heading, a function and the numbers of its mutants."""
    found = set()
    sections = re.findall(
        r"^## `([\w.]+)`\n(.*?)(?=^## |\Z)", ANSWERS.read_text(encoding="utf-8"), re.M | re.S
    )
    for module, text in sections:
        for function, numbers in re.findall(r"^- `([\w.]+)` ([\d, ]+):", text, re.M):
            found |= {f"{module}.{function}.{number}" for number in re.findall(r"\d+", numbers)}
    return found


def report(folder: Path, modules: Sequence[str]) -> int:
    known, left, total = answered(), [], Counter[str]()
    columns = ("killed", *LEFT, "timed out")
    print("| module | mutants |", " | ".join(columns), "|")
    print("|---|---:|", "---:|" * len(columns), sep="")
    for module in modules:
        found = list(results(folder / module))
        counts = Counter(outcome for _, outcome in found)
        total += counts
        print(f"| `{module}` | {len(found)} |", " | ".join(str(counts[each]) for each in columns), "|")
        left += [
            f"{shown(mutant)}: {outcome} (in {folder / module}: mutmut show {mutant})"
            for mutant, outcome in found
            if outcome in LEFT and shown(mutant) not in known
        ]
    print(f"| all | {total.total()} |", " | ".join(str(total[each]) for each in columns), "|")
    print(*left, f"{len(left)} without an answer in {ANSWERS.name}", sep="\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
