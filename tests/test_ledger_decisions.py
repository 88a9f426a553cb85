"""Decisions are written down before they are carried out, and found again however they were left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.errors import RefusedError
from connector.ledger import Ledger
from connector.ledger_decisions import Action, Decision, DecisionLedger, State, by_minute, by_rules
from connector.rehearsal import Rehearsal

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
URL = "sqlite:///ledger.db"


def made(invitation: str = "engi-1", token: str = "t1", **members: object) -> Decision:
    return replace(Decision(invitation, Action.ACCEPT, token, NOW), **members)


@pytest.fixture
def decisions(tmp_path: Path) -> Iterator[DecisionLedger]:
    with Ledger.open(URL, tmp_path) as ledger:
        yield DecisionLedger(ledger)


def test_a_decision_is_found_again_whole(decisions: DecisionLedger) -> None:
    decision = made(
        rule="rules.accept: x",
        payload_type="OpportunityInvitation",
        task_id="task-1",
        engagement_id="eng-1",
        context_id="2",
        opportunity_id="O1",
        rejection="Other",
        reason="why",
        state=State.FAILED,
        finished_at=NOW + timedelta(microseconds=1),
    )
    decisions.save(decision)
    assert decisions.of(["engi-1", "engi-9"]) == [decision]


def test_a_decision_goes_on_under_its_token(decisions: DecisionLedger) -> None:
    decisions.save(made())
    decisions.save(made(state=State.STARTED, task_id="task-1"))
    (found,) = decisions.open()
    assert (found.state, found.task_id) == (State.STARTED, "task-1")
    decisions.save(replace(found, state=State.DONE, finished_at=NOW))
    assert decisions.open() == []
    assert len(decisions.of(["engi-1"])) == 1


def test_two_decisions_never_share_a_token(decisions: DecisionLedger, tmp_path: Path) -> None:
    decisions.save(made())
    with pytest.raises(RefusedError), Ledger.open(URL, tmp_path) as other:
        connection = other._connection
        row = "INSERT INTO decisions SELECT 7, 'engi-2', action, client_token, state, task_id, engagement_id,"
        row += " context_id, opportunity_id, payload_type, rule, rejection, reason, decided_at, NULL"
        connection.exec_driver_sql(f"{row} FROM decisions")


def test_they_come_in_the_order_they_were_made(decisions: DecisionLedger) -> None:
    for number in range(5):
        decisions.save(made(f"engi-{number}", f"t{number}", decided_at=NOW + timedelta(minutes=number)))
    assert [each.invitation_id for each in decisions.open()] == [f"engi-{n}" for n in range(5)]
    assert [each.invitation_id for each in decisions.latest(2)] == ["engi-4", "engi-3"]
    assert [each.client_token for each in decisions.since(NOW + timedelta(minutes=3))] == ["t3", "t4"]


def test_only_rules_of_the_last_24_hours_count_against_the_ceiling() -> None:
    rule = {"rule": "rules.accept: Status"}
    day = timedelta(hours=24)
    entries = [made(**rule), made(rule="--where Status"), made(decided_at=NOW - day, **rule)]
    assert by_rules(entries, NOW) == 1
    assert by_rules(entries, NOW - timedelta(minutes=1)) == 2
    assert by_rules([made(decided_at=NOW + 365 * day, **rule)], NOW) == 0  # by a clock that was wrong


def test_decisions_are_counted_by_the_minute() -> None:
    minute = int(NOW.timestamp()) // 60
    entries = [made(), made(), made(decided_at=NOW + timedelta(minutes=1))]
    assert by_minute(entries) == {minute: 2, minute + 1: 1}


def test_a_ledger_that_has_no_decisions_yet_can_be_read(tmp_path: Path) -> None:
    with Ledger.open(URL, tmp_path) as ledger:
        for table in ("decisions", "ledger_version"):  # as before there were migrations
            ledger._connection.exec_driver_sql(f"DROP TABLE {table}")
        ledger._connection.commit()
    with Rehearsal.open(URL, tmp_path) as ledger:
        assert DecisionLedger(ledger).open() == []
    with Ledger.open(URL, tmp_path) as ledger:  # and is made good when it is opened to be written
        DecisionLedger(ledger).save(made())
