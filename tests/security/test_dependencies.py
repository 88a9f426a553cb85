"""The lock files pin, by hash, all that pyproject asks for; the list of what they name is complete."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.security.lock import LOCKS, PYPROJECT, ROOT

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}
_ENTRY = re.compile(r"^(\S+)==([^\s;\\]+)(?: *;([^\\]*))?(?: \\)?$")


def locked(name: str) -> list[tuple[Requirement, int]]:
    """What a lock file pins, and by how many hashes."""
    found: list[tuple[Requirement, int]] = []
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("    --hash=sha256:"):
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif line and not line.lstrip().startswith("#"):
            assert _ENTRY.match(line), f"{name}: not pinned: {line}"
            found.append((Requirement(line.removesuffix("\\").strip()), 0))
    return found


def environments() -> Iterator[dict[str, str]]:
    for python in PYTHONS:
        for platform, system in PLATFORMS.items():
            os_name = "nt" if platform == "win32" else "posix"
            yield {
                "python_version": python, "python_full_version": f"{python}.0", "sys_platform": platform,
                "platform_system": system, "os_name": os_name, "implementation_name": "cpython",
                "platform_python_implementation": "CPython", "platform_machine": "x86_64", "extra": "",
            }  # fmt: skip


def versions(name: str, environment: Mapping[str, str]) -> dict[str, Version]:
    pinned = [
        each for each, _ in locked(name) if each.marker is None or each.marker.evaluate(dict(environment))
    ]
    return {canonicalize_name(each.name): Version(str(each.specifier)[2:]) for each in pinned}


def asked(extras: tuple[str, ...]) -> list[Requirement]:
    project = PYPROJECT["project"]
    optional = [text for extra in extras for text in project["optional-dependencies"][extra]]
    return [
        Requirement(text)
        for text in (*project["dependencies"], *optional, *PYPROJECT["build-system"]["requires"])
    ]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_all_that_is_asked_for_wherever_it_is_installed(name: str) -> None:
    for environment in environments():
        pinned = versions(name, environment)
        for requirement in asked(LOCKS[name]):
            version = pinned.get(canonicalize_name(requirement.name))
            assert version is not None, f"{requirement}: run python -m tests.security.lock"
            assert requirement.specifier.contains(version), f"{requirement}: {version} is locked"


@pytest.mark.parametrize("name", LOCKS)
def test_everything_has_a_hash_and_comes_from_the_registry(name: str) -> None:
    entries = locked(name)
    assert len(entries) > 30
    assert [each.name for each, hashes in entries if not hashes or each.url] == []
    assert len({(each.name, str(each.marker)) for each, _ in entries}) == len(entries)


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_needed_by_what_is_needed_is_there_too(name: str) -> None:
    """By the metadata of what is installed here."""
    pinned = {canonicalize_name(each.name) for each, _ in locked(name)}
    todo, seen = [(canonicalize_name(each.name), each.extras) for each in asked(LOCKS[name])], set()
    while todo:
        package, extras = todo.pop()
        if (package, tuple(extras)) in seen:
            continue
        seen.add((package, tuple(extras)))
        assert package in pinned, package
        try:
            needed = [Requirement(text) for text in requires(package) or ()]
        except PackageNotFoundError:  # an extra of another platform's
            continue
        for each in needed:
            wanted = [
                each.marker is None or each.marker.evaluate({"extra": extra}) for extra in (*extras, "")
            ]
            if any(wanted):
                todo.append((canonicalize_name(each.name), each.extras))
    assert len(seen) > 20


def test_the_list_of_what_is_in_it_is_complete(tmp_path: Path) -> None:
    """By the command that docs/security.md gives."""
    docs = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^\.venv/bin/cyclonedx-py (.*) --output-file sbom\.json$", docs, flags=re.MULTILINE)
    made = tmp_path / "sbom.json"
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "cyclonedx_py",
        *line.split(),
        "--output-file",
        str(made),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    bom = json.loads(made.read_text(encoding="utf-8"))
    assert bom["bomFormat"] == "CycloneDX"
    assert bom["metadata"]["component"]["name"] == PYPROJECT["project"]["name"]
    listed = {(each["name"], each["version"], each["purl"]) for each in bom["components"]}
    assert {(name, version) for name, version, _ in listed} == {
        (each.name, str(each.specifier)[2:]) for each, _ in locked("requirements.lock")
    }
    assert all(purl.startswith("pkg:pypi/") for *_, purl in listed)
    assert all(each["externalReferences"][0]["hashes"] for each in bom["components"])


def audit() -> Any:
    """The gate's own program, as a module."""
    path = ROOT / ".ci" / "audit"
    loader = importlib.machinery.SourceFileLoader("audit", str(path))
    spec = importlib.util.spec_from_loader("audit", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_gate_says_so_when_it_could_not_audit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gate = audit()
    monkeypatch.setattr(gate, "PROBE", "http://127.0.0.1:9/")
    assert gate.main() == 0
    assert capsys.readouterr().out.startswith("NOT AUDITED: ")
    assert ".ci/audit" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_gate_fails_by_what_the_audit_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = audit()
    asked: list[list[str]] = []

    def found(command: list[str], check: bool) -> Any:
        asked.append(command)
        return subprocess.CompletedProcess(command, len(asked) - 1)  # only the second has something

    monkeypatch.setattr(gate, "unreachable", lambda: "")
    monkeypatch.setattr(gate.subprocess, "run", found)
    monkeypatch.setattr(sys, "argv", ["audit"])
    assert gate.main() == 1
    assert [command[-1] for command in asked] == list(LOCKS)
    assert all("--strict" in command for command in asked)


def test_uv_makes_the_lock_files_as_they_are(tmp_path: Path) -> None:
    """Without asking the registry: only that the command in their first lines is there."""
    assert shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    for name in LOCKS:
        assert "python -m tests.security.lock" in (ROOT / name).read_text(encoding="utf-8")[:200]
    assert set(LOCKS["requirements.lock"]) < set(LOCKS["requirements-extras.lock"])
