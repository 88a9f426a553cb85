"""What is wrong with what a round has left: the CRM against its twin, the ledger, and what the runs said."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from connector.errors import ExitCode
from tests.campaign.books import Book, Records
from tests.campaign.world import Raw, Story, deal
from tests.promises.installation import Done

Finding = tuple[str, str]  # its kind, which is a column of the report, and what it is
KINDS = ("lost", "doubled", "half written", "edits lost", "tracebacks", "leaks", "wrong")
Edits = Mapping[tuple[str, str], tuple[str, str]]  # of object and key: the field and the rep's value
DOCUMENTED = {int(code) for code in ExitCode} - {int(ExitCode.BUG)}


def of_the_crm(found: Records, twin: Records, edits: Edits) -> Iterator[Finding]:
    """Every record of the twin is there, once, with the twin's values, or the rep's; and no other."""
    for record, of_twin in twin.items():
        rows = found.get(record, [])
        name = " ".join(record)
        if len(rows) < len(of_twin):
            yield "lost", f"{name}: {len(rows)} of {len(of_twin)}"
        elif len(rows) > len(of_twin):
            yield "doubled", f"{name}: {len(rows)} instead of {len(of_twin)}"
        elif len(rows) == 1:
            yield from _of_values(name, rows[0], of_twin[0], edits.get(record))
    for record in found.keys() - twin.keys():
        yield "doubled", f"{' '.join(record)}, which nobody invited"


def _of_values(
    name: str, row: Mapping[str, Any], twin: Mapping[str, Any], edit: tuple[str, str] | None
) -> Iterator[Finding]:
    for field, value in twin.items():
        if edit is not None and field == edit[0]:
            if row[field] != edit[1]:
                yield "edits lost", f"{name}: {field} is {row[field]!r} instead of {edit[1]!r}"
        elif row[field] != value:
            yield "half written", f"{name}: {field} is {row[field]!r} instead of {value!r}"


def of_the_mapping(
    records: Records, states: Sequence[Sequence[Raw]], lead: str, opportunity: str
) -> Iterator[Finding]:
    """By what the mapping's comments say of an invitation's life, and without the product: whether every
    invitation that was in one of ``states`` has the records that it must have, and no other has."""
    due_there = due(states, lead, opportunity)
    there = {record for record in records if record[0] in (lead, opportunity) and record[1]}
    yield from (("lost", f"{' '.join(record)}, by the mapping") for record in due_there - there)
    yield from (("doubled", f"{' '.join(record)}, not by the mapping") for record in there - due_there)
    doubled = {content: number for content, number in _contents(records).items() if number > 1}
    yield from (("doubled", f"by content: {content}") for content in doubled)


def of_the_values(records: Records, told: Story, book: Book) -> Iterator[Finding]:
    """Of the story's end, without the product: status, title, date and spend are the invitation's. (Sales has
    given those of the opportunity opened by hand.)"""
    for raw in told.then:
        for object in (book.lead, book.opportunity):
            for row in records.get((object, raw["Id"]), ()):
                held = {name: _plain(name, row[field]) for name, field in book.named[object].items()}
                mapped = _mapped(raw, object == book.lead)
                if held != mapped and mapped.get("title") != told.by_hand[0]:
                    yield "half written", f"{object} {raw['Id']}: {held} instead of {mapped}, by the mapping"


def _plain(name: str, value: Any) -> Any:
    return Decimal(value) if name == "amount" and value is not None else value


def _mapped(raw: Raw, lead: bool) -> dict[str, Any]:
    values: dict[str, Any] = {"status": raw["Status"]}
    if deal(raw) and not lead:
        project = deal(raw)["Project"]
        amounts = [Decimal(spend["Amount"]) for spend in project["ExpectedCustomerSpend"] if spend["Amount"]]
        values["title"] = project["Title"].strip()
        values["date"] = project["TargetCompletionDate"]
        values["amount"] = 12 * sum(amounts) if amounts else None
    return values


def due(states: Sequence[Sequence[Raw]], lead: str, opportunity: str) -> set[tuple[str, str]]:
    """Which leads and opportunities there must be."""
    found: set[tuple[str, str]] = set()
    for raw in (raw for state in states for raw in state):
        if raw["Status"] == "PENDING" or (raw["Status"] == "ACCEPTED" and not deal(raw)):
            found.add((lead, raw["Id"]))
        if raw["Status"] == "ACCEPTED" and deal(raw):
            found.add((opportunity, raw["Id"]))
    return found


def _contents(records: Records) -> Counter[str]:
    """Records that say the same of the same invitation or person, whatever their keys are."""
    ids = {"EngagementId", "aws_engagement_id", "AWS_Engagement_Id__c", "email", "Email"}
    named = [
        (object, values)
        for (object, _), rows in records.items()
        for values in rows
        if any(values.get(name) for name in ids)
    ]
    return Counter(
        f"{object} {sorted((n, str(values[n])) for n in ids & values.keys())}" for object, values in named
    )


def of_runs(runs: Sequence[Done], private: Sequence[str], codes: set[int] = DOCUMENTED) -> Iterator[Finding]:
    """What they said, and how they ended. A killed one has no code of its own."""
    for done in runs:
        if "Traceback" in done.err or "Traceback" in done.out:
            yield "tracebacks", done.err[-2000:]
        if done.code >= 0 and done.code not in codes:
            yield "wrong", f"exit code {done.code}: {done.err[-500:]}"
        if done.code < 0 and done.code != -9:
            yield "wrong", f"ended by signal {-done.code}: {done.err[-500:]}"
        yield from (("leaks", f"{text!r} in {done.err[-300:]!r}") for text in private if text in done.err)


def private(raws: Sequence[Raw]) -> list[str]:
    """What invitations hold that no log may."""
    texts: list[str] = []
    for raw in raws:
        for payload in raw["Payload"].values():
            texts.append(payload["Customer"]["CompanyName"])
            texts += [
                contact[name]
                for contact in payload.get("SenderContacts") or ()
                for name in ("Email", "Phone")
            ]
            texts.append(payload.get("Project", {}).get("Title"))
    return [text for text in dict.fromkeys(texts) if text and len(text) > 8]


def of_the_ledger(
    file: Path, records: Mapping[str, Sequence[Mapping[str, Any]]], listed: int
) -> Iterator[Finding]:
    """Sound as a database, and true: the records it names are in the CRM, no run goes on, and the last run's
    numbers add up."""
    with closing(sqlite3.connect(file)) as database:
        for pragma in ("integrity_check", "foreign_key_check"):
            answer = database.execute(f"PRAGMA {pragma}").fetchall()
            if answer not in ([("ok",)], []):
                yield "wrong", f"the ledger's {pragma}: {answer}"
        written = database.execute("SELECT object, key, record_id FROM written").fetchall()
        states = database.execute("SELECT state, counts FROM runs ORDER BY id").fetchall()
        invitations = database.execute("SELECT count(*) FROM invitations").fetchone()[0]
    there = {(object, row["id"], row["key"]) for object, rows in records.items() for row in rows}
    for object, key, id in written:
        if (object, id, key) not in there:
            yield "wrong", f"the ledger names {object} {id} for {key}, which is not there"
    if any(state == "running" for state, _ in states):
        yield "wrong", "a run goes on, by the ledger"
    state, counts = states[-1]
    if state != "done" or sum(json.loads(counts).values()) != listed:
        yield "wrong", f"the last run: {state}, {counts}, {listed} listed"
    if invitations != listed:
        yield "wrong", f"the ledger knows {invitations} of {listed} invitations"
