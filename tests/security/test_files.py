"""What we write about customers is readable by its owner alone, whatever the umask."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

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


def test_a_link_of_ones_own_stays_one(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    link, kept = tmp_path / "plan.json", tmp_path / "kept" / "plan.json"
    link.symlink_to(kept)
    for content in (b"made", b"replaced"):  # the first time there is nothing at its end
        privatefile.replace(link, content)
        assert link.is_symlink() and kept.read_bytes() == content
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_nothing_is_written_to_what_a_stranger_has_laid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    laid, theirs = tmp_path / "plan.json", tmp_path / "theirs"
    theirs.write_text("", encoding="utf-8")
    laid.symlink_to(theirs) if kind == "link" else os.mkfifo(laid)
    monkeypatch.setattr(privatefile, "_ours", lambda: {os.geteuid() + 1})
    with pytest.raises(PermissionError, match="another user"):
        privatefile.replace(laid, b"customers")
    assert theirs.read_text(encoding="utf-8") == ""


@contextmanager
def reading(pipe: Path) -> Iterator[Queue[bytes]]:
    """A pipe that somebody reads; what they have got of it. Whoever never writes to it is not waited for."""
    os.mkfifo(pipe)
    got: Queue[bytes] = Queue()
    threading.Thread(target=lambda: got.put(pipe.read_bytes()), daemon=True).start()
    yield got


@pytest.mark.parametrize(
    "words", [("plan",), ("runs", "report"), ("metrics",)], ids=lambda words: " ".join(words)
)
def test_what_is_no_file_is_written_into(tmp_path: Path, words: tuple[str, ...]) -> None:
    Installation(tmp_path, SAMPLES)
    pipe = tmp_path / "pipe"
    with reading(pipe) as got:
        before = pipe.stat().st_mode
        code = run(["--config", str(tmp_path / "config.yaml"), *words, "--out", str(pipe)])
        assert code in (0, 3)
        assert pipe.is_fifo() and pipe.stat().st_mode == before
        assert got.get(timeout=20)


def test_standard_output_is_written_into_though_it_is_a_file(tmp_path: Path) -> None:
    installed = Installation(tmp_path, SAMPLES)
    link = tmp_path / "link"  # what /dev/stdout is, which a test is not to risk
    link.symlink_to("/proc/self/fd/1")
    for words in (("plan",), ("metrics",)):
        with (tmp_path / "out").open("wb") as out:
            command = [sys.executable, "-m", "connector", "--config", str(tmp_path / "config.yaml"), *words]
            environ = {**os.environ, "PYTHONPATH": str(ROOT)}
            subprocess.run([*command, "--out", str(link)], stdout=out, env=environ, check=False, timeout=60)
            assert os.fstat(out.fileno()).st_nlink == 1
        assert (tmp_path / "out").stat().st_size > 1_000
    assert installed.folder.joinpath("out").read_text(encoding="utf-8").startswith("# HELP")


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError):
        privatefile.replace(tmp_path / "taken", b"customers")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
