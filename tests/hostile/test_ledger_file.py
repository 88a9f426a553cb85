"""A ledger that a disk, a program or a person has damaged is told as such, and is never a bug of ours."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from pathlib import Path

import pytest

from connector.cli.main import run
from tests.promises.installation import ROOT, Installation

COMMANDS = (["sync"], ["plan"], ["runs", "list"], ["runs", "show"], ["review", "list"], ["metrics"])
DAMAGES = [
    "UPDATE about SET value = 'x'",
    "UPDATE invitations SET links = '{', outcome = 'x'",
    "UPDATE invitations SET links = '[1]'",
    "UPDATE written SET fields = '{'",
    "UPDATE runs SET counts = 'x'",
    "UPDATE runs SET started_at = 'yesterday'",
    "UPDATE outcomes SET warnings = x'ff'",
    "UPDATE facts SET spend = '[]', invitation_date = 'x'",
]


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    Installation(tmp_path, {"type": "files", "path": str(ROOT / "mappings" / "samples")})
    command = ["--config", str(tmp_path / "config.yaml")]
    assert run([*command, "sync"]) in (0, 3)
    return command


def all_end_in_words(command: list[str], capsys: pytest.CaptureFixture[str]) -> set[int]:
    codes = {run([*command, *words]) for words in COMMANDS}
    assert "a bug" not in capsys.readouterr().err
    assert codes <= {0, 2, 3, 4}
    return codes


@pytest.mark.parametrize("damage", DAMAGES)
def test_rows_that_are_not_as_they_were_written(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.db")) as database, database:
        database.execute(damage)
    all_end_in_words(command, capsys)


@pytest.mark.parametrize("seed", range(8))
def test_bytes_that_have_changed(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    ledger = tmp_path / "ledger.db"
    content = bytearray(ledger.read_bytes())
    chance = random.Random(seed)
    for _ in range(1 + 8 * seed):
        content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
    ledger.write_bytes(content)
    all_end_in_words(command, capsys)


def test_words_about_a_damaged_file_that_are_no_text(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = tmp_path / "ledger.db"
    ledger.write_bytes(ledger.read_bytes().replace(b"CREATE TABLE ", b"CREATE \xff\xfe\xfd\xfc\xfb "))
    assert all_end_in_words(command, capsys) == {2}
