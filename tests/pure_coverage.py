"""How much of the pure stages their own tests run, by lines and branches:

    python -m tests.pure_coverage

runs these tests, names each module of which less than 95 % was run, and then ends with exit code 1. The pure
stages are those of the import contract in pyproject.toml, and ``statistics``, which counts in the ledger's
words. (Whole test runs are not measured each time: that makes them half as slow again. For the same reason
a property is tried with few examples here, and the same ones each time.)
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).parents[1]
ENOUGH = 95.0  # percent
ABOUT = (
    *(
        "compare",
        "completion",
        "deprecations",
        "explain",
        "facts",
        "invitation",
        "map",
        "mapping_guide",
        "match",
    ),
    *("plan", "records", "report", "resemblance", "samples", "statistics"),
)
TESTS = [
    "tests/mapping",
    *(f"tests/test_{name}.py" for name in ABOUT),
    *("tests/cli/test_compare.py", "tests/hostile/test_expressions.py", "tests/studio/test_editing.py"),
]


def pure_stages() -> list[str]:
    """The files of the modules and packages that the contract names."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (pure,) = (contract for contract in contracts if contract["name"] == "the pure core stays pure")
    names = [*pure["source_modules"], "connector.statistics"]
    paths = [ROOT / name.replace(".", "/") for name in names]
    return [str(path / "*.py") if path.is_dir() else f"{path}.py" for path in paths]


def main() -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--hypothesis-profile", "few"]
    if subprocess.run([*command, "--cov", "--cov-report=", *TESTS], cwd=ROOT, check=False).returncode:
        return 1
    coverage = Coverage(config_file=str(ROOT / "pyproject.toml"))
    coverage.load()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        report = Path(folder) / "coverage.json"
        coverage.json_report(outfile=str(report), include=pure_stages())
        measured = json.loads(report.read_text("utf-8"))
    files = {name: file["summary"]["percent_covered"] for name, file in measured["files"].items()}
    for name, percent in sorted(files.items(), key=lambda each: each[1]):
        if percent < ENOUGH:
            print(f"{name}: {percent:.1f} %, and {ENOUGH:.0f} % are wanted; not run: lines", end=" ")
            print(measured["files"][name]["missing_lines"], measured["files"][name]["missing_branches"])
    total = measured["totals"]["percent_covered"]
    print(f"{len(files)} modules of the pure stages: {total:.1f} % of lines and branches")
    return int(min(files.values()) < ENOUGH)


if __name__ == "__main__":
    sys.exit(main())
