"""Which record is whose stays right when an invitation's people, or its customer, are others than before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.promises.installation import Installation
from tests.servers.partner_central import make_invitations

PEOPLE = """
version: 1
name: people
crm: sql
records:
  contact:
    object: contacts
    for_each: Payload.OpportunityInvitation.SenderContacts
    key: {aws_contact_key: lower(item.Email)}
    match: {title: {email: item.Email}}
    fields: {email: item.Email, last_name: item.LastName || item.Email}
"""
ANN, BOB = "ann@partner.example", "bob@partner.example"


def installed(folder: Path, mapping: str = "") -> Installation:
    source = {"type": "files", "path": "in.json"}
    if not mapping:
        return Installation(folder, source)
    (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    return Installation(folder, source, mapping="mapping.yaml")


def give(there: Installation, *people: str, customer: str = "Acme", title: str = "A project") -> None:
    raw = next(
        raw for raw in make_invitations(50, seed=1) if raw.get("PayloadType") == "OpportunityInvitation"
    )
    deal: dict[str, Any] = raw["Payload"]["OpportunityInvitation"]
    deal["SenderContacts"] = [{"Email": email} for email in people]
    deal["Customer"] |= {
        "CompanyName": customer,
        "WebsiteUrl": f"https://{customer.split()[-1].lower()}.example",
    }
    deal["Project"] |= {"Title": title, "ExpectedCustomerSpend": []}
    (there.folder / "in.json").write_text(json.dumps([raw | {"Status": "ACCEPTED"}]), encoding="utf-8")


def sync(there: Installation, code: int = 0) -> None:
    done = there.run("sync")
    assert done.code == code, done.err + done.out


def people(there: Installation) -> list[tuple[Any, ...]]:
    return there.sql("SELECT id, email, aws_contact_key FROM contacts ORDER BY email, id")


def two_anns_in_review(there: Installation) -> None:
    give(there)
    sync(there)
    for id_ in ("h1", "h2"):
        there.sql("INSERT INTO contacts (id, last_name, email) VALUES (?, 'Ann', ?)", id_, ANN)
    give(there, ANN)
    sync(there, 3)


def test_a_record_of_another_customer_s_is_looked_for_by_title(tmp_path: Path) -> None:
    there = installed(tmp_path)
    give(there, customer="Acme")
    sync(there)
    there.sql("INSERT INTO accounts (id, name) VALUES ('byhand', 'Acme Holding')")
    give(there, customer="Acme Holding")
    sync(there)
    found = dict(there.sql("SELECT id, name FROM accounts WHERE name = 'Acme Holding'"))
    assert list(found) == ["byhand"]


def test_a_link_that_a_person_chose_is_that_one_s_wherever_it_comes_in_the_list(tmp_path: Path) -> None:
    there = installed(tmp_path, PEOPLE)
    two_anns_in_review(there)
    assert there.run("review", "resolve", "1", "--link", "h1").code == 0
    give(there, BOB, ANN)
    sync(there)
    (ann, other, bob) = people(there)
    assert (ann, other) == (("h1", ANN, ANN), ("h2", ANN, None))
    assert bob[1:] == (BOB, BOB)


def test_who_was_skipped_is_skipped_and_nobody_else(tmp_path: Path) -> None:
    there = installed(tmp_path, PEOPLE)
    two_anns_in_review(there)
    assert there.run("review", "resolve", "1", "--skip").code == 0
    sync(there)
    give(there, BOB, ANN)
    sync(there)
    assert [key for *_, key in people(there)] == [None, None, BOB]
    assert there.run("review", "list", "--output", "json").answer == []


def test_a_key_that_a_person_emptied_makes_no_other_of_the_record(tmp_path: Path) -> None:
    there = installed(tmp_path)
    give(there, ANN)
    sync(there)
    there.sql("UPDATE contacts SET aws_contact_key = NULL")
    give(there, BOB)
    sync(there)
    assert [row[1:] for row in people(there)] == [(ANN, None), (BOB, BOB)]


@pytest.mark.parametrize("same", [False, True])
def test_one_person_twice_is_one_and_is_asked_about_once(tmp_path: Path, same: bool) -> None:
    there = installed(tmp_path, PEOPLE)
    give(there)
    sync(there)
    if same:
        for id_ in ("h1", "h2"):
            there.sql("INSERT INTO contacts (id, last_name, email) VALUES (?, 'Ann', ?)", id_, ANN)
    give(there, ANN, ANN.upper())
    sync(there, 3 if same else 0)
    assert len(there.run("review", "list", "--output", "json").answer) == same
    assert len(people(there)) == 1 + same


def test_a_plan_is_applied_where_another_name_of_a_record_is_a_title(tmp_path: Path) -> None:
    there = installed(tmp_path)
    give(there)
    sync(there)
    columns = "(id, stage, project_title, name)"
    there.sql(f"INSERT INTO opportunities {columns} VALUES ('h1', 'x', 'Another', 'The project')")
    give(there, title="The project")
    there.sql("DELETE FROM opportunities WHERE id <> 'h1'")
    assert there.run("plan", "--out", str(tmp_path / "p.json")).code == 0
    done = there.run("apply", str(tmp_path / "p.json"))
    assert done.code == 0, done.err
    assert len(there.sql("SELECT id FROM opportunities")) == 2
