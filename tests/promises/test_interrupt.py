"""A run that is told to stop stops: soon, with 130, without a traceback; the next one goes on from there."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.promises.forked import Started
from tests.promises.installation import ROOT, Done, Installation
from tests.promises.raw_service import RawService, reply
from tests.servers.partner_central import PartnerCentral, make_invitations

PATIENT = {"attempts": 8, "deadline": 900, "base": 600, "cap": 600}
INT, TERM = signal.SIGINT, signal.SIGTERM


def interrupt(process: Started, begun: Callable[[], Any], *signals: int, within: float = 10.0) -> Done:
    """Send the signals once ``begun``; how the run ended, which must be soon."""
    deadline = time.monotonic() + 120
    while not begun():
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
        time.sleep(0.05)
    time.sleep(0.2)
    started = time.monotonic()
    for number in signals:
        process.send_signal(number)
        time.sleep(0.2 if len(signals) > 1 else 0)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert time.monotonic() - started < within
    return Done(130, out, err)


def install(folder: Path, url: str, **settings: Any) -> Installation:
    source = {"read_timeout": 60, **settings.pop("source", {})}
    return Installation.against(folder, url, source=source, retry=PATIENT, **settings)


@pytest.mark.parametrize(
    ("command", "signals"),
    [
        (("sync",), (INT,)),
        (("sync",), (TERM,)),
        (("sync",), (INT, INT)),
        (("sync", "--dry-run"), (INT,)),
        (("plan",), (TERM,)),
        (("backfill", "--yes"), (INT,)),
        (("invitations", "list"), (TERM,)),
        (("config", "check", "--connect"), (TERM,)),
    ],
)
def test_while_a_listing_waits_for_its_answer(
    tmp_path: Path, command: tuple[str, ...], signals: tuple[int, ...]
) -> None:
    with RawService(lambda *_: None) as service:
        interrupt(install(tmp_path, service.url).start(*command), lambda: service.calls, *signals)


@pytest.mark.parametrize("signals", [(INT,), (TERM,), (INT, INT)])
def test_while_gets_wait_for_their_answers(tmp_path: Path, signals: tuple[int, ...]) -> None:
    with RawService(lambda operation, body: reply(body) if operation[0] == "L" else None) as service:
        there = install(tmp_path, service.url)
        interrupt(there.start("sync"), lambda: service.calls["GetEngagementInvitation"] >= 8, *signals)
        service.spoil = lambda _, body: reply(body)
        again = there.run("sync", "--output", "json")
        assert again.code in (0, 3)
        assert again.answer["listed"] == 12


def test_while_a_try_waits_for_the_next(tmp_path: Path) -> None:
    with RawService(lambda operation, body: reply(body if operation[0] == "L" else b"{}")) as service:
        process = install(tmp_path, service.url).start("sync")
        interrupt(process, lambda: service.calls["GetEngagementInvitation"] >= 8, INT)


@pytest.mark.parametrize("limit", [{"reads_per_second": 0.02}, {"reads_per_day": 5}])
def test_while_the_quota_is_waited_for(tmp_path: Path, limit: dict[str, Any]) -> None:
    with RawService() as service:
        process = install(tmp_path, service.url, source=limit).start("backfill", "--yes")
        interrupt(process, lambda: sum(service.calls.values()) >= min(5, limit.get("reads_per_day", 1)), TERM)


def test_while_another_run_is_waited_for(tmp_path: Path) -> None:
    with RawService(lambda *_: None) as service:
        there = install(tmp_path, service.url)
        first = there.start("sync")
        while not service.calls:
            time.sleep(0.05)
        second = there.start("sync", "--wait", "600")
        opened = psutil.Process(second.pid).open_files
        interrupt(second, lambda: any("ledger.db" in file.path for file in opened()), TERM)
        assert there.run("sync").code == 5
        first.kill()
        first.communicate()


def test_while_the_crm_is_locked_by_a_person(tmp_path: Path) -> None:
    with PartnerCentral(make_invitations(5)) as server:
        there = install(tmp_path, server.url)
        assert there.run("sync", "--limit", "1").code in (0, 3)
        server.reset_calls()
        person = sqlite3.connect(tmp_path / "crm.db", isolation_level=None)
        person.execute("BEGIN IMMEDIATE")
        interrupt(there.start("sync"), lambda: server.calls["GetEngagementInvitation"] == 4, INT)
        person.close()
        again = there.run("sync", "--output", "json")
        assert sum(again.answer["counts"].values()) == 5
        assert "failed" not in again.answer["counts"]


def test_while_records_are_written_and_then_to_the_end(tmp_path: Path) -> None:
    with PartnerCentral(make_invitations(1500)) as server:
        calm = install(tmp_path / "calm", server.url)
        assert calm.run("sync", "--quiet").code == 3
        stopped = install(tmp_path / "stopped", server.url, batch_size=50)
        server.reset_calls()
        begun = lambda: server.calls["GetEngagementInvitation"] > 300  # noqa: E731
        done = interrupt(stopped.start("sync", "--output", "json"), begun, INT)
        assert done.answer["error"]["message"] == "interrupted"
        again = stopped.run("sync", "--output", "json")
        assert again.answer["counts"].get("unchanged", 0) >= 50
        assert again.answer["listed"] == 1500
        assert stopped.crm() == calm.crm()


# What is on the other end of standard output.


def shell(there: Installation, line: str) -> Done:
    """``line`` in a shell; ``$C`` is our command."""
    command = f"{sys.executable} -m connector --config {there.folder}/config.yaml"
    done = subprocess.run(
        ["bash", "-c", line], cwd=ROOT, env={"C": command, "PATH": "/usr/bin:/bin"}, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("$C backfill <&-", (2,)),
        ("CRM_CONNECTOR__SOURCE__PATH=- $C sync <&-", (3,)),
        ("$C invitations reject --reason Other --file - <&-", (2,)),
        ("$C mapping preview --file - <&-", (3,)),
        ("$C ledger prune --older-than 1d <&-", (0,)),
    ],
)
def test_a_standard_input_that_is_closed_is_an_empty_one(
    tmp_path: Path, line: str, codes: tuple[int, ...]
) -> None:
    source = {"type": "files", "path": str(ROOT / "mappings" / "samples")}
    done = shell(Installation(tmp_path, source), line)
    assert done.code in codes, done.err
    assert "bug" not in done.err and "Traceback" not in done.err


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("$C sync --output json | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}", (0, 3)),
        ("$C plan | head -1 >/dev/null; exit ${PIPESTATUS[0]}", (0, 3)),
        ("$C sync >&-", (0, 3)),
        ("$C sync >&- 2>&- <&-", (0, 3)),
        ("$C sync >/dev/full", (4,)),
    ],
)
def test_nobody_reads_the_answer(tmp_path: Path, line: str, codes: tuple[int, ...]) -> None:
    with PartnerCentral(make_invitations(300)) as server:
        there = install(tmp_path, server.url)
        done = shell(there, line)
        assert done.code in codes, done.err
        assert "bug" not in done.err and "Traceback" not in done.err
        if "plan" not in line:  # the work is done all the same
            assert there.run("sync", "--output", "json").answer["counts"] == {"unchanged": 300}
