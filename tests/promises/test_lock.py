"""Two runs at once on one ledger: the second says so and leaves, or waits when asked. And databases that
cannot do what they are asked."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.promises.installation import ROOT, Installation
from tests.promises.raw_service import RawService, reply
from tests.servers.partner_central import PartnerCentral, make_invitations

SAMPLES = {"type": "files", "path": str(ROOT / "mappings" / "samples")}
# Of root's rights, those to read and write whatever it likes: users have none.
AS_A_USER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
READING = (("plan",), ("runs", "list"), ("metrics",), ("runs", "report"), ("invitations", "decisions"),
    ("ledger", "prune", "--older-than", "2d", "--dry-run"))  # fmt: skip


def test_the_second_run_leaves_or_waits_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    with RawService(lambda *_: None) as service:
        there = Installation.against(tmp_path, service.url, source={"read_timeout": 60})
        first = there.start("sync")
        while not service.calls:
            time.sleep(0.05)
        for command in (("sync",), ("sync", "--wait", "0.5"), ("backfill", "--yes")):
            if command[0] == "backfill":
                service.spoil = lambda _, body: reply(body)  # its estimate is made before the lock is taken
            second = there.run(*command)
            assert second.code == 5, second.err
            assert "another run holds the lock" in second.err
        waiting = there.start("sync", "--wait", "30", "--output", "json")
        time.sleep(1.0)
        assert waiting.poll() is None
        first.send_signal(signal.SIGKILL)
        first.communicate()
        _, err = waiting.communicate(timeout=120)
        assert waiting.returncode in (0, 3), err
        assert [row[2] for row in _runs(tmp_path)] == ["killed", "done"]


def _runs(folder: Path) -> list[tuple[int, str, str]]:
    with sqlite3.connect(folder / "ledger.db") as connection:
        rows = connection.execute("SELECT id, command, state FROM runs ORDER BY id").fetchall()
    connection.close()
    return rows


def test_a_dry_run_waits_for_nobody(tmp_path: Path) -> None:
    with RawService(lambda *_: None) as service:
        there = Installation.against(tmp_path, service.url, source={"read_timeout": 60})
        first = there.start("sync")
        while not service.calls:
            time.sleep(0.05)
        service.spoil = lambda _, body: reply(body)
        assert there.run("sync", "--dry-run").code in (0, 3)
        first.kill()
        first.communicate()


@pytest.mark.parametrize("file", ["crm.db", "ledger.db"])
def test_a_database_that_cannot_grow_says_so_and_is_whole(tmp_path: Path, file: str) -> None:
    """No more room is a limit on files' sizes here, which SQLite reports as it does a full disk."""
    with PartnerCentral(make_invitations(400)) as server:
        there = Installation.against(tmp_path, server.url)
        assert there.run("sync", "--limit", "1").code in (0, 3)
        bound = (tmp_path / file).stat().st_size + 100_000
        limited = (
            f"import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
            f"resource.setrlimit(resource.RLIMIT_FSIZE, ({bound}, resource.RLIM_INFINITY));"
            f"from connector.cli.main import main; main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", limited, "--config", str(tmp_path / "config.yaml"), "sync"],
            cwd=ROOT, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 4, done.stderr
        assert "Traceback" not in done.stderr
        assert "full" in done.stderr or "could not be" in done.stderr
        for database in ("crm.db", "ledger.db"):
            with sqlite3.connect(tmp_path / database) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            connection.close()
        again = there.run("sync", "--output", "json")
        assert sum(again.answer["counts"].values()) == 400
        assert "failed" not in again.answer["counts"]


@pytest.mark.parametrize(("file", "setting"), [("crm.db", "crm.url"), ("ledger.db", "ledger.url")])
@pytest.mark.parametrize("command", [("sync",), ("sync", "--dry-run")])
def test_a_file_that_is_no_database(
    tmp_path: Path, file: str, setting: str, command: tuple[str, ...]
) -> None:
    with PartnerCentral(make_invitations(3)) as server:
        there = Installation.against(tmp_path, server.url)
        (tmp_path / file).write_text("this is no database at all. " * 200)
        done = there.run(*command)
    assert done.code == 2, done.err
    assert "no SQLite database" in done.err and setting in done.err


@pytest.mark.parametrize("section", ["crm", "ledger"])
def test_a_postgresql_that_is_not_there(tmp_path: Path, section: str) -> None:
    url = "postgresql://anna:geheim@127.0.0.1:1/store"
    settings = {"type": "sql", "url": url} if section == "crm" else {"url": url}
    with PartnerCentral(make_invitations(3)) as server:
        done = Installation.against(tmp_path, server.url, **{section: settings}).run("sync")
    assert done.code == 4, done.err
    assert "could not be reached" in done.err
    assert "geheim" not in done.err


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Path]:
    """The ledger of an installation, in a folder of its own, after a sync."""
    folder = tmp_path / "kept"
    folder.mkdir()
    there = Installation(tmp_path, SAMPLES, ledger={"url": "sqlite:///kept/ledger.db"})
    assert there.run("sync", "--quiet").code in (0, 3)
    yield folder / "ledger.db"
    folder.chmod(0o700)


def as_a_user(ledger: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [
        *AS_A_USER,
        sys.executable,
        "-m",
        "connector",
        "--config",
        str(ledger.parents[1] / "config.yaml"),
    ]
    return subprocess.run(
        [*command, *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.skipif(bool(AS_A_USER) and not shutil.which("setpriv"), reason="root may write everywhere")
@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_a_ledger_that_may_only_be_read_is_read(kept: Path, words: tuple[str, ...]) -> None:
    kept.chmod(0o400)
    kept.parent.chmod(0o500)
    done = as_a_user(kept, *words)
    assert done.returncode in (0, 3), done.stderr
    assert [path.name for path in kept.parent.glob("*-*")] == []


@pytest.mark.skipif(bool(AS_A_USER) and not shutil.which("setpriv"), reason="root may read everything")
@pytest.mark.parametrize("how", ["file", "folder", "a folder of that name"])
def test_a_ledger_that_may_not_be_read_is_the_same_mistake_to_all(kept: Path, how: str) -> None:
    if how == "file":
        kept.chmod(0)
    elif how == "folder":
        kept.parent.chmod(0)
    else:
        kept.unlink()
        kept.mkdir()
    for words in (("plan",), ("runs", "list"), ("health",), ("sync",)):
        done = as_a_user(kept, *words)
        assert (done.returncode, "cannot be opened" in done.stderr) == (2, True), done.stderr
    assert as_a_user(kept, "doctor").returncode == 2
