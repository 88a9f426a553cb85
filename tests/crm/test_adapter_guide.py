"""The adapter that the guide builds, used as a third party's: from outside, by its entry point."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "adapter"


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that has the package: what pip would have left there."""
    site = tmp_path / "site"
    shutil.copytree(EXAMPLE, site)
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = site / "crm_connector_json-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    points = project["entry-points"]
    text = "".join(
        f"[{group}]\n{name} = {points[group][name]}\n" for group in points for name in points[group]
    )
    (info / "entry_points.txt").write_text(text)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}


def connector(folder: Path, environ: dict[str, str], *arguments: str, code: int = 0) -> Any:
    command = [sys.executable, "-m", "connector", *arguments]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stderr
    return done


def configure(folder: Path) -> None:
    config = {
        "source": {"type": "files", "path": str(ROOT / "mappings" / "samples")},
        "crm": {"type": "json", "path": "crm.json"},
        "mapping": str(EXAMPLE / "mapping.yaml"),
        "ledger": {"url": "sqlite:///ledger.db"},
        "currency": {"base": "USD", "rates": {"EUR": "1.08", "GBP": "1.27", "JPY": "0.0067", "NOK": "0.093"}},
    }
    (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")


def test_it_passes_the_suite_by_one_subclass(tmp_path: Path, installed: dict[str, str]) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
    command += ["--rootdir", str(EXAMPLE), str(EXAMPLE / "tests")]
    done = subprocess.run(command, cwd=tmp_path, env=installed, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_it_is_a_crm_like_any_other(tmp_path: Path, installed: dict[str, str]) -> None:
    configure(tmp_path)
    connector(tmp_path, installed, "mapping", "check", "--crm")
    connector(tmp_path, installed, "plan", "--quiet")
    assert not (tmp_path / "crm.json").exists()
    first = json.loads(connector(tmp_path, installed, "sync", "--output", "json").stdout)
    assert first["counts"]["created"] > 20
    held = json.loads((tmp_path / "crm.json").read_bytes())
    assert {"companies", "deals"} == set(held)
    assert all(deal["invitation_key"] for deal in held["deals"].values())
    again = json.loads(connector(tmp_path, installed, "sync", "--output", "json").stdout)
    assert set(again["counts"]) <= {"unchanged", "skipped"}
    assert json.loads((tmp_path / "crm.json").read_bytes()) == held


def test_its_settings_are_checked_as_ours_are(tmp_path: Path, installed: dict[str, str]) -> None:
    configure(tmp_path)
    text = (
        (tmp_path / "config.yaml")
        .read_text(encoding="utf-8")
        .replace('"path": "crm.json"', '"pth": "crm.json"')
    )
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    said = connector(tmp_path, installed, "config", "check", code=2).stderr
    assert "pth" in said
    assert "path" in said
