"""One invitation's life, told in order, each thing once, by whom it was done and in which run."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connector.apply import Kind
from connector.crm.sql import Settings, SqlCrm
from connector.facts import Facts
from connector.invitation import parse
from connector.ledger import Ledger
from connector.ledger_decisions import Action, Decision, DecisionLedger, State
from connector.ledger_facts import Episode
from connector.life import KINDS, Edit, Entry, Remembered, edits, life, remember
from connector.match import Decision as Settled
from tests import walks
from tests.test_ledger_facts import invitation, put

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
URL = "sqlite:///ledger.db"


def sync(folder: Path, day: int, **changes: Any) -> None:
    walks.run(folder, put(folder, invitation(**changes)), clock=lambda: NOW + timedelta(days=day))


def told(folder: Path, **given: Any) -> list[Entry]:
    with Ledger.open(URL, folder) as ledger:
        return life(remember(ledger, "engi-1"), NOW + timedelta(days=30), **given)


def test_from_the_invitation_to_a_persons_edit(tmp_path: Path) -> None:
    sync(tmp_path, 0, Status="PENDING")
    with Ledger.open(URL, tmp_path) as ledger:
        at = NOW + timedelta(days=1)
        done = {"state": State.DONE, "finished_at": at, "opportunity_id": "O1"}
        wish = Decision("engi-1", Action.ACCEPT, "token", at, rule="by id", **done)
        DecisionLedger(ledger).save(wish)
    sync(tmp_path, 2)
    with contextlib.closing(sqlite3.connect(tmp_path / "crm.db")) as connection, connection:
        connection.execute("UPDATE opportunities SET industry = 'Shops'")
    sync(tmp_path, 3, EngagementId="eng-9")
    entries = told(tmp_path)
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    assert {entry.kind for entry in entries} <= set(KINDS)
    assert [(entry.kind, entry.run) for entry in entries if entry.kind != "written"] == [
        ("invited", None),
        ("received", 1),
        ("mapped", 1),
        ("decided", None),
        ("accepted", None),
        ("accepted", 2),
        ("mapped", 2),
        ("edited", 3),
    ]
    assert entries[-1].text.endswith("edited by a person, left alone: industry")
    texts = [entry.text for entry in entries]
    assert "to accept it (by id)" in texts
    assert "AWS did as decided: AWS opportunity O1" in texts
    assert any(text.startswith("opportunity: opportunities ") and text.endswith(" created") for text in texts)


def test_a_review_and_how_it_was_settled(tmp_path: Path) -> None:
    sync(tmp_path, 0, Id="engi-0")
    with contextlib.closing(sqlite3.connect(tmp_path / "crm.db")) as connection, connection:
        for record in ("hand-1", "hand-2"):
            connection.execute(
                "INSERT INTO opportunities (id, name, stage, account_id)"
                " SELECT ?, 'A secret title', 'x', account_id FROM opportunities LIMIT 1",
                (record,),
            )
    sync(tmp_path, 1)
    with Ledger.open(URL, tmp_path) as ledger:
        (review,) = ledger.reviews()
        ledger.decide(review.id, Settled("link", "hand-2"), NOW + timedelta(days=2))
    sync(tmp_path, 3)
    entries = [entry for entry in told(tmp_path) if entry.kind in ("review", "settled", "matched")]
    texts = [(entry.kind, entry.text) for entry in entries if entry.text.startswith("opportunity")]
    assert texts == [
        ("review", "opportunity: 2 opportunities have this title"),
        ("settled", "opportunity: linked by a person to hand-2"),
        ("matched", "opportunity: opportunities hand-2 (chosen in a review)"),
    ]


def test_an_end_is_told_as_one(tmp_path: Path) -> None:
    sync(tmp_path, 0)
    sync(tmp_path, 1, Status="REJECTED", RejectionReason="Other")
    kinds = [entry.kind for entry in told(tmp_path)]
    assert kinds[-3:] == ["rejected", "mapped", "closed"]


def test_what_the_source_and_the_crm_say_now(tmp_path: Path) -> None:
    sync(tmp_path, 0, Status="PENDING")
    now = NOW + timedelta(days=30)
    expired = parse(invitation(Status="EXPIRED", SenderCompanyName="Sender Inc"))
    entries = told(
        tmp_path, invitation=expired, edits=[Edit("lead", "leads", "7", "status"), Edit("x", "y", "z")]
    )
    assert entries[0].text == "Sender Inc sent the invitation"
    assert [entry for entry in entries if entry.at == now] == [
        Entry(now, "expired", "AWS has it as EXPIRED; not synced yet"),
        Entry(now, "edited", "lead: leads 7: status was edited by a person"),
        Entry(now, "edited", "x: y z is gone from the CRM"),
    ]


def test_edits_are_where_the_crm_differs_from_what_we_wrote(tmp_path: Path) -> None:
    sync(tmp_path, 0)
    with contextlib.closing(sqlite3.connect(tmp_path / "crm.db")) as connection, connection:
        connection.execute("UPDATE opportunities SET close_date = '2030-01-01'")
    with Ledger.open(URL, tmp_path) as ledger, SqlCrm.open(Settings(url="sqlite:///crm.db"), tmp_path) as crm:
        remembered = remember(ledger, "engi-1")
        assert remembered.seen is not None
        links = {name: place for name, place in remembered.seen.links.items() if name == "opportunity"}
        ((object_, id_),) = links.values()
        written = ledger.written([(object_, "engi-1")])[(object_, "engi-1")].fields
        (record,) = crm.find(object_, "id", [id_], list(written))
        objects = crm.describe([object_])
    found = edits(links, {(object_, id_): written}, {(object_, id_): record}, objects)
    assert found == [Edit("opportunity", "opportunities", id_, "close_date")]
    assert edits(links, {}, {}, objects) == [Edit("opportunity", "opportunities", id_)]


def test_a_ledger_that_has_never_seen_it_has_nothing_to_tell(tmp_path: Path) -> None:
    with Ledger.open(URL, tmp_path) as ledger:
        assert not remember(ledger, "engi-1")


def test_an_outcome_of_an_earlier_version_is_told_in_its_words() -> None:
    episodes = [
        Episode(NOW, 1, "", Kind.CREATED),
        Episode(NOW, 2, "", Kind.KEPT, "edited in the CRM, left alone: lead.status"),
        Episode(NOW, 3, "", Kind.FAILED, "the key is empty"),
        Episode(NOW, 4, "", Kind.SKIPPED),
        Episode(NOW, 5, "", Kind.REVIEW, "2 have it"),
    ]
    entries = life(Remembered("engi-1", episodes=episodes), NOW)
    assert [(entry.kind, entry.text, entry.run) for entry in entries] == [
        ("written", "created", 1),
        ("edited", "kept: edited in the CRM, left alone: lead.status", 2),
        ("failed", "the key is empty", 3),
        ("skipped", "the mapping has nothing to do for it", 4),
        ("review", "2 have it", 5),
    ]


def test_a_pending_one_says_until_when() -> None:
    until = NOW + timedelta(days=5)
    facts = Facts("engi-1", "PENDING", expiration_date=until)
    assert life(Remembered("engi-1", facts=facts), NOW)[-1] == Entry(
        until, "expires", "it expires unless it is accepted"
    )
