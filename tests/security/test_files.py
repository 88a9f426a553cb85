"""What we write about customers is readable by its owner alone, whatever the umask."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector import privatefile
from connector.cli.main import run
from tests.promises.installation import ROOT, Installation

SAMPLES = {"type": "files", "path": str(ROOT / "mappings" / "samples")}


@pytest.fixture
def nobody_hides_anything() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("nobody_hides_anything")
def test_all_that_commands_make_is_private(tmp_path: Path) -> None:
    Installation(tmp_path, SAMPLES)
    given = set(modes(tmp_path))
    config = ["--config", str(tmp_path / "config.yaml")]
    assert run([*config, "plan", "--out", str(tmp_path / "plan.json")]) in (0, 3)
    assert run([*config, "sync"]) in (0, 3)
    assert run([*config, "runs", "report", "--out", str(tmp_path / "report.html")]) == 0
    made = {name: mode for name, mode in modes(tmp_path).items() if name not in given}
    assert {"plan.json", "report.html", "crm.db", "ledger.db", "ledger.db.lock"} <= set(made)
    assert {name: oct(mode) for name, mode in made.items() if mode & 0o077} == {}


@pytest.mark.usefixtures("nobody_hides_anything")
def test_a_config_that_init_makes_is_private(tmp_path: Path) -> None:
    Installation(tmp_path, SAMPLES)
    made = tmp_path / "own" / "config.yaml"
    made.parent.mkdir()
    flags = ["--files", SAMPLES["path"], "--crm", "sql", "--set", "crm.url=sqlite:///crm.db"]
    assert run(["init", "--config", str(made), *flags]) == 0
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


@pytest.mark.usefixtures("nobody_hides_anything")
def test_a_file_is_replaced_by_a_private_one(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("{}", encoding="utf-8")
    path.chmod(0o644)
    privatefile.replace(path, b"[]")
    assert json.loads(path.read_text(encoding="utf-8")) == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_doctor_sees_a_ledger_that_others_can_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Installation(tmp_path, SAMPLES)
    command = ["--config", str(tmp_path / "config.yaml"), "doctor"]
    (tmp_path / "ledger.db").write_bytes(b"")
    (tmp_path / "ledger.db").chmod(0o644)
    run(command)
    assert f"chmod 600 {tmp_path / 'ledger.db'}" in capsys.readouterr().out
    (tmp_path / "ledger.db").chmod(0o600)
    run(command)
    assert "can read" not in capsys.readouterr().out


def test_a_strangers_link_is_not_followed(tmp_path: Path) -> None:
    """Who else may write in the folder lays a link where an earlier version wrote its draft."""
    theirs = tmp_path / "theirs"
    theirs.write_text("", encoding="utf-8")
    (tmp_path / ".plan.json.part").symlink_to(theirs)
    privatefile.replace(tmp_path / "plan.json", b"customers")
    assert theirs.read_text(encoding="utf-8") == ""


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError):
        privatefile.replace(tmp_path / "taken", b"customers")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
