"""A backfill says beforehand what it costs, keeps the quota over runs, stops where it is used up, and goes on
from there; and what it and every other command logs is fit for a log."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.promises.installation import ROOT, Done, Installation
from tests.servers.partner_central import Faults, PartnerCentral, make_invitations

MADE = make_invitations(250)
PRIVATE = ("CompanyName", "Email", "FirstName", "LastName", "Phone", "Title", "WebsiteUrl", "StreetAddress")


def backfill(there: Installation, *args: str) -> Done:
    return there.run("backfill", "--since", "2000-01-01", *args)


def test_the_estimate_is_what_it_then_takes(tmp_path: Path) -> None:
    with PartnerCentral(MADE) as server:
        there = Installation.against(tmp_path, server.url)
        asked = backfill(there)
        assert asked.code == 2 and "give --yes" in asked.err
        assert "250 invitations, 250 of them to be fetched: 253 calls" in asked.err
        assert "(99,997 left now)" in asked.err
        done = backfill(there, "--yes", "--output", "json")
        # The estimate's own listing was paid for before it was said what is to come.
        assert sum(done.answer["calls"]["partnercentral-selling"].values()) == 253 + 3
        assert done.answer["listed"] == 250
        again = backfill(there, "--output", "json")
        assert "0 of them to be fetched: 3 calls" in again.err
        assert again.answer["counts"] == {"unchanged": 250}


def test_nothing_is_counted_beforehand_for_who_neither_reads_it_nor_is_asked(tmp_path: Path) -> None:
    with PartnerCentral(MADE) as server:
        there = Installation.against(tmp_path, server.url)
        assert backfill(there, "--yes", "--quiet").code in (0, 3)
        assert server.calls == {"ListEngagementInvitations": 3, "GetEngagementInvitation": 250}


def test_a_quota_is_kept_over_runs_and_what_is_left_comes_the_next_day(tmp_path: Path) -> None:
    with PartnerCentral(MADE) as server:
        there = Installation.against(tmp_path, server.url, source={"reads_per_day": 200})
        part = there.run("sync", "--limit", "50", "--output", "json")
        assert part.code in (0, 3), part.err
        rehearsal = there.run("sync", "--dry-run", "--output", "json")
        assert rehearsal.code == 4
        server.reset_calls()
        first = there.run("sync", "--output", "json")
        assert first.code == 4
        assert "200 reads in 24 hours is used up" in first.err and "run again after" in first.err
        assert sum(first.answer["counts"].values()) == 250
        assert sum(server.calls.values()) == 200 - 51
        server.reset_calls()
        assert there.run("sync").code == 4
        assert not server.calls
        later = Installation.against(tmp_path, server.url, source={"reads_per_day": 1000})
        second = later.run("sync", "--output", "json")
        assert second.code in (0, 3)
        assert "failed" not in second.answer["counts"] and second.answer["listed"] == 250


# Logs.


def private() -> set[str]:
    def within(value: Any, name: str = "") -> Iterator[str]:
        if isinstance(value, dict):
            for key, item in value.items():
                yield from within(item, key)
        elif isinstance(value, list):
            for item in value:
                yield from within(item, name)
        elif isinstance(value, str) and name in PRIVATE and len(value) > 4:
            yield value

    return set(within(MADE))


def leaks(text: str) -> list[str]:
    return [value for value in private() | {"wJalrXUtnFEMI"} if value in text]


@pytest.mark.parametrize(
    "options",
    [(), ("--verbose",), ("--debug",), ("--log-format", "json"), ("--log-format", "json", "--debug")],
)
def test_a_log_tells_every_wait_and_nobody_s_name(
    tmp_path: Path, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    with PartnerCentral(MADE[:60], faults=Faults(0.2, seed=2)) as server:
        there = Installation.against(tmp_path, server.url, source={"sign_requests": True})
        done = there.run(*options, "sync")
    assert done.code in (0, 3), done.err
    assert not leaks(done.err)
    assert "trying again in" in done.err
    if "json" in options:
        waits = [json.loads(line) for line in done.err.splitlines()]
        assert all({"time", "level", "message"} <= wait.keys() for wait in waits)
        assert any({"service", "operation", "attempt", "seconds"} <= wait.keys() for wait in waits)


def test_quiet_is_quiet(tmp_path: Path) -> None:
    with PartnerCentral(MADE[:60], faults=Faults(0.2, seed=2)) as server:
        done = Installation.against(tmp_path, server.url).run("sync", "--quiet")
    assert (done.out, done.err) == ("", "")


@pytest.mark.parametrize(
    "command", [("sync", "--since", "soonish"), ("sync", "--nope"), ("sync", "--limit", "2")]
)
def test_errors_are_json_too_where_logs_are(tmp_path: Path, command: tuple[str, ...]) -> None:
    there = Installation.against(tmp_path, "http://127.0.0.1:1", retry={"attempts": 1})
    done = there.run("--log-format", "json", *command)
    assert done.code in (2, 4)
    assert json.loads(done.err.splitlines()[-1])["level"] == "error"
    assert all(json.loads(line) for line in done.err.splitlines())


_BUG = """
import sys
from connector.find import Finder

def broken(self, desired, objects):
    raise ValueError(str(desired)) from KeyError(str(desired))

Finder.find = broken
from connector.cli.main import main
main()
"""


def test_the_traceback_of_a_bug_holds_no_data(tmp_path: Path) -> None:
    with PartnerCentral(MADE[:5]) as server:
        there = Installation.against(tmp_path, server.url)
        command = [
            sys.executable,
            "-c",
            _BUG,
            "--config",
            str(there.folder / "config.yaml"),
            "--debug",
            "sync",
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "in broken" in done.stderr
    assert "this is a bug" in done.stderr
    assert "ValueError" in done.stderr and "KeyError" in done.stderr
    assert not leaks(done.stderr)
