"""Accepting and rejecting as a scheduler does it: once each, whatever is lost or killed on the way, inside
the quota, and the CRM right afterwards."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.promises.installation import Installation
from tests.servers.faults import SPOILERS, Faults
from tests.servers.partner_central import PartnerCentral
from tests.servers.partner_central_client import deals, leads

FAR = "2999-01-01T00:00:00Z"
START = "StartEngagementByAcceptingInvitationTask"
FAST = {"writes_per_second": 1000, "writes_per_day": 1_000_000}
KILLS = 15


def install(folder: Path, server: PartnerCentral, **settings: Any) -> Installation:
    source = {**FAST, **settings.pop("source", {})}
    return Installation.against(folder, server.url, source=source, **settings)


def pending(number_of_deals: int, number_of_leads: int = 0) -> list[dict[str, Any]]:
    return [raw | {"ExpirationDate": FAR} for raw in (*deals(number_of_deals), *leads(number_of_leads))]


def listed(folder: Path, name: str, ids: list[str]) -> str:
    file = folder / name
    file.write_text("\n".join(ids), encoding="utf-8")
    return str(file)


def crm_statuses(there: Installation) -> dict[str, str]:
    rows = there.sql("SELECT aws_invitation_id, aws_status FROM leads")
    return {str(identifier): str(status) for identifier, status in rows} | {
        str(identifier): str(status)
        for identifier, status in there.sql("SELECT aws_invitation_id, aws_status FROM opportunities")
    }


def test_fifty_accepted_and_twenty_rejected_with_answers_lost(tmp_path: Path) -> None:
    invitations = pending(60, 10)
    ids = [raw["Id"] for raw in invitations]
    rejected, accepted = ids[:20], ids[20:]
    failing = accepted[:6]
    faults = Faults(0.15, SPOILERS, seed=4)
    with PartnerCentral(invitations, task_seconds=1.5, slow=0.05, faults=faults) as server:
        there = install(tmp_path, server)
        assert there.run("sync", "--quiet").code in (0, 3)
        for identifier in failing:
            server.fail(identifier, "OpportunityValidationFailed")
        accept = listed(tmp_path, "accept", accepted)
        reject = listed(tmp_path, "reject", rejected)
        first = there.run("invitations", "accept", "--file", accept, "--yes", "--output", "json")
        second = there.run(
            "invitations", "reject", "--reason", "Other", "--file", reject, "--yes", "--output", "json"
        )
        server.faults = None
        assert there.run("sync", "--quiet").code in (0, 3)
    states = Counter(each["state"] for each in first.answer["decisions"])
    assert (first.code, states) == (3, {"done": 44, "failed": 6}), first.err
    assert second.code == 0 and len(second.answer["decisions"]) == 20, second.err
    assert set(Counter(server.applied).values()) == {1}
    assert len(server.tasks) == 40  # each deal's one, whatever was sent again
    assert len(server.opportunities) == 34
    expected = {raw["Id"]: raw["Status"] for raw in server.invitations.values()}
    assert Counter(expected.values()) == {"ACCEPTED": 44, "REJECTED": 20, "PENDING": 6}
    assert crm_statuses(there) == expected


def test_killed_at_any_moment_nothing_is_decided_twice_and_nothing_is_forgotten(tmp_path: Path) -> None:
    invitations = pending(60)
    ids = [raw["Id"] for raw in invitations]
    dice = random.Random(5)
    with PartnerCentral(invitations, latency=0.01, task_seconds=0.2) as server:
        there = install(tmp_path, server, source={"writes_per_second": 25})
        command = ("invitations", "accept", "--file", listed(tmp_path, "ids", ids), "--yes", "--quiet")
        kills = 0
        for _ in range(200):
            process = there.start(*command)
            seen = sum(server.calls.values())
            while process.poll() is None and sum(server.calls.values()) == seen:
                time.sleep(0.01)
            time.sleep(dice.uniform(0.0, 0.5))
            kills += process.poll() is None
            process.kill()
            process.communicate()
            if kills >= KILLS or process.returncode == 0:
                break
        last = there.run(*command)
        journal = there.run("invitations", "decisions", "--limit", "1000", "--output", "json").answer
        watched = there.run("invitations", "watch")
    assert last.code == 0, last.err
    assert kills >= 5
    assert watched.out == "Nothing is under way.\n"
    assert Counter(server.applied) == {(START, identifier): 1 for identifier in ids}
    assert len(server.tasks) == 60
    assert Counter(each["invitation"] for each in journal) == dict.fromkeys(ids, 1)
    assert {each["state"] for each in journal} == {"done"}
    assert {each["opportunity"] for each in journal} == set(server.opportunities)


def test_interrupted_it_ends_soon_and_goes_on_where_it_was(tmp_path: Path) -> None:
    invitations = pending(40)
    ids = [raw["Id"] for raw in invitations]
    with PartnerCentral(invitations) as server:
        there = install(tmp_path, server, source={"writes_per_second": 2})
        command = (
            "invitations",
            "accept",
            "--file",
            listed(tmp_path, "ids", ids),
            "--yes",
            "--output",
            "json",
        )
        process = there.start(*command)
        while server.calls[START] < 2:
            assert process.poll() is None
            time.sleep(0.02)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=120)
        assert process.returncode == 130 and time.monotonic() - began < 10, err
        assert "Traceback" not in err
        done = install(tmp_path, server).run(*command)
    assert done.code == 0
    assert Counter(server.applied) == {(START, identifier): 1 for identifier in ids}


def test_the_quota_of_writes_is_kept(tmp_path: Path) -> None:
    invitations = pending(8)
    with PartnerCentral(invitations, writes_per_second=5) as server:
        there = install(tmp_path, server, source={"writes_per_second": 5})
        done = there.run("invitations", "accept", "--where", "Payload", "--yes", "--output", "json")
    assert done.code == 0
    assert server.calls[START] == 8  # none was throttled


def test_two_at_once_decide_once(tmp_path: Path) -> None:
    invitations = pending(10)
    with PartnerCentral(invitations, latency=0.02) as server:
        there = install(tmp_path, server)
        command = ("invitations", "accept", "--where", "Payload", "--yes", "--output", "json")
        codes: list[int] = []
        threads = [threading.Thread(target=lambda: codes.append(there.run(*command).code)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert codes == [0, 0]
    assert server.calls[START] == 10


@pytest.mark.parametrize("command", ["accept", "reject"])
def test_what_could_not_be_reached_is_said_and_left(tmp_path: Path, command: str) -> None:
    with PartnerCentral(pending(2)) as server:
        there = install(tmp_path, server, retry={"attempts": 2, "deadline": 5, "base": 0.01, "cap": 0.1})
        server.faults = Faults(1.0, ("unavailable_html",))
        words = ["--reason", "Other"] if command == "reject" else []
        done = there.run("invitations", command, "--where", "Payload", "--yes", *words)
    assert done.code == 4 and "Traceback" not in done.err
    assert server.applied == []
