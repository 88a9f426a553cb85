"""What charts need of each invitation, and its history, are recorded with the outcome; no more than that."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.facts import Spend, facts_of
from connector.invitation import parse
from connector.ledger import Ledger
from connector.ledger_facts import FactLedger, facts_from_json, facts_to_json
from connector.match import Decision
from connector.rehearsal import Rehearsal
from tests import walks
from tests.cli.conftest import accepted
from tests.test_ledger import NOW, URL, created, in_review

SPEND = [
    {"Amount": "100.50", "CurrencyCode": "USD", "Frequency": "Monthly"},
    {"Amount": "1200", "CurrencyCode": "USD", "Frequency": "Annually"},
    {"Amount": "5", "CurrencyCode": "EUR", "Frequency": "None"},
    {"Amount": "many", "CurrencyCode": "EUR", "Frequency": "Monthly"},
    {"Amount": "", "CurrencyCode": "GBP", "Frequency": "Monthly"},
    {"Amount": "1", "CurrencyCode": "bob", "Frequency": "Monthly"},
]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(URL, tmp_path) as ledger:
        yield ledger


def invitation(**changes: Any) -> dict[str, Any]:
    raw = accepted("engi-1", "A secret title", ExpectedCustomerSpend=SPEND)
    raw["Payload"]["OpportunityInvitation"]["Customer"] |= {"Industry": "Retail", "CountryCode": "NO"}
    return {**raw, "ExpirationDate": "2026-02-01T00:00:00+02:00", **changes}


def put(folder: Path, *invitations: dict[str, Any]) -> Path:
    path = folder / "inbox.ndjson"
    path.write_text("\n".join(map(json.dumps, invitations)), encoding="utf-8")
    return path


def facts(folder: Path) -> FactLedger:
    return FactLedger(Ledger.open(URL, folder))


def test_the_facts_of_an_invitation() -> None:
    known = facts_of(parse(invitation()))
    assert known.spend == {
        "USD": Spend(Decimal("200.50"), Decimal("1300.50")),
        "EUR": Spend(Decimal("0.00"), Decimal("5.00")),
    }
    assert known.invitation_date == datetime(2026, 1, 15, 12, tzinfo=UTC)
    assert known.expiration_date == datetime(2026, 1, 31, 22, tzinfo=UTC)
    assert known.target_date == date(2026, 12, 1)
    assert (known.industry, known.country, known.payload_type) == ("Retail", "NO", "OpportunityInvitation")
    assert facts_from_json(json.loads(json.dumps(facts_to_json(known)))) == known


def test_an_invitation_of_nothing_has_facts_too() -> None:
    known = facts_of(parse({"Id": "engi-1", "Payload": {"Another": 1}}))
    assert (known.status, known.spend, known.target_date, known.invitation_date) == ("", {}, None, None)


def test_a_sync_records_them_and_when_each_status_was_first_seen(tmp_path: Path) -> None:
    moment = NOW
    for status in ("PENDING", "PENDING", "ACCEPTED", "ACCEPTED"):
        walks.run(tmp_path, put(tmp_path, invitation(Status=status)), clock=lambda: moment)  # noqa: B023
        moment += timedelta(days=1)
    with Ledger.open(URL, tmp_path) as ledger:
        (known,) = FactLedger(ledger).all()
        assert known.status == "ACCEPTED"
        assert known.first_seen == {"PENDING": NOW, "ACCEPTED": NOW + timedelta(days=2)}
        assert FactLedger(ledger).of("engi-1") == known
        assert FactLedger(ledger).of("engi-2") is None
        assert FactLedger(ledger).all(since=datetime(2026, 2, 1, tzinfo=UTC)) == []
        episodes = FactLedger(ledger).episodes("engi-1")
    assert [(episode.run, episode.outcome) for episode in episodes] == [(1, "created"), (3, "created")]
    assert {step.name for step in episodes[1].steps if step.action == "create"} == {"account", "opportunity"}
    (lead,) = (step for step in episodes[1].steps if step.action == "update")
    assert "status" in lead.fields


def test_a_change_of_status_alone_has_its_moment_though_nothing_was_written(ledger: Ledger) -> None:
    for status in ("ACCEPTED", "ACCEPTED", "EXPIRED"):
        outcome = created()
        assert outcome.plan is not None
        outcome.plan.status, outcome.kind = status, outcome.kind.UNCHANGED
        ledger.record(1, [outcome], "f", None, NOW)
    assert [each.status for each in FactLedger(ledger).episodes("engi-1")] == ["ACCEPTED", "EXPIRED"]


def test_no_name_no_contact_and_no_free_text_is_among_them(tmp_path: Path) -> None:
    raw = invitation(InvitationMessage="call Bob", SenderCompanyName="Sender Inc")
    raw["Payload"]["OpportunityInvitation"]["SenderContacts"] = [{"Email": "bob@sender.example"}]
    walks.run(tmp_path, put(tmp_path, raw))
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        kept = str(connection.execute("SELECT * FROM facts").fetchall())
        assert "Retail" in kept
        for word in ("Acme", "secret", "Bob", "bob", "Sender", "rack"):
            assert word not in kept


def test_a_ledger_of_an_earlier_version_is_read_as_it_is_and_gets_its_tables(tmp_path: Path) -> None:
    with Ledger.open(URL, tmp_path) as ledger:
        ledger.record(ledger.start_run("sync", NOW), [created(), in_review()], "f", None)
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        for table in ("facts", "history", "comparisons", "ledger_version"):
            connection.execute(f"DROP TABLE {table}")
    with Rehearsal.open(URL, tmp_path) as ledger:
        assert FactLedger(ledger).all() == []
        assert FactLedger(ledger).of("engi-1") is None
        (episode,) = FactLedger(ledger).episodes("engi-1")
        assert (episode.run, episode.outcome, episode.at) == (1, "created", NOW)
        assert ledger.reviews()[0].compared is None
    with Ledger.open(URL, tmp_path) as ledger:
        ledger.record(1, [created()], "f", None)
        assert [each.outcome for each in FactLedger(ledger).episodes("engi-1")] == ["created"]


def test_settling_a_review_is_part_of_the_history(ledger: Ledger) -> None:
    ledger.record(ledger.start_run("sync", NOW), [in_review()], "f", None, NOW)
    ledger.decide(1, Decision("link", "2"), NOW + timedelta(hours=1))
    asked, settled = FactLedger(ledger).episodes("engi-2")
    assert (asked.outcome, asked.reason, asked.run) == ("review", "2 have it", 1)
    assert (settled.outcome, settled.run, settled.at) == ("settled", None, NOW + timedelta(hours=1))
    assert settled.steps[0][:4] == ("opportunity", "link", "opportunities", "2")


def test_what_a_review_is_settled_by_goes_with_the_review(tmp_path: Path) -> None:
    walks.run(tmp_path, put(tmp_path, invitation(Id="engi-0")))
    with contextlib.closing(sqlite3.connect(tmp_path / "crm.db")) as connection, connection:
        for record in ("hand-1", "hand-2"):
            connection.execute(
                "INSERT INTO opportunities (id, name, stage, amount, account_id)"
                " SELECT ?, 'a SECRET title', 'x', '2406.00', account_id FROM opportunities LIMIT 1",
                (record,),
            )
        connection.execute("DELETE FROM opportunities WHERE id NOT LIKE 'hand%'")
    raw = invitation()
    spend = [{"Amount": "200.50", "CurrencyCode": "USD", "Frequency": "Monthly"}]
    raw["Payload"]["OpportunityInvitation"]["Project"]["ExpectedCustomerSpend"] = spend
    walks.run(tmp_path, put(tmp_path, raw))
    with Ledger.open(URL, tmp_path) as ledger:
        (review,) = ledger.reviews()
        assert review.compared is not None
        assert review.compared.wanted["amount"] == review.compared.candidates["hand-1"]["amount"] == "2406"
        assert review.compared.titles == ["project_title", "name"]
        assert "stage" in review.compared.candidates["hand-2"]
    with contextlib.closing(sqlite3.connect(tmp_path / "crm.db")) as connection, connection:
        connection.execute("DELETE FROM opportunities WHERE id = 'hand-2'")
    raw["InvitationMessage"] = "changed"
    walks.run(tmp_path, put(tmp_path, raw))
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        assert connection.execute("SELECT count(*) FROM comparisons").fetchone() == (0,)
