"""What a run promises, kept in a real Odoo: by the command line."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest

from tests.odoo.server import DATABASE, PASSWORD, USER, Odoo
from tests.promises.installation import ROOT, Installation
from tests.promises.test_home import end_well, run, settings
from tests.promises.test_salesforce import modest
from tests.servers.invitations import make_invitations

pytestmark = pytest.mark.odoo

Raw = dict[str, Any]
KILLS = 5
ALL = {"active_test": False}
PAYLOADS = {"OpportunityInvitation", "LeadInvitation"}


@pytest.fixture(autouse=True)
def nothing_there(odoo: Odoo) -> None:
    odoo.empty("crm.lead")
    ours = odoo.call(
        "ir.model.data", "search_read", [["module", "=", "__partner_central__"]], fields=["res_id"]
    )
    odoo.call("res.partner", "unlink", [row["res_id"] for row in ours])


def installation(folder: Path, odoo: Odoo, raws: list[Raw], **crm: Any) -> Installation:
    folder.mkdir(parents=True, exist_ok=True)
    give(folder, raws)
    mapping = str(ROOT / "mappings" / "odoo.yaml")
    return Installation(
        folder,
        {"type": "files", "path": "in.ndjson"},
        crm=odoo.settings(**crm),
        mapping=mapping,
        batch_size=40,
    )


def give(folder: Path, raws: list[Raw]) -> None:
    (folder / "in.ndjson").write_text("\n".join(map(json.dumps, raws)), encoding="utf-8")


def leads(odoo: Odoo, *fields: str) -> dict[str, Raw]:
    """Every lead and opportunity by the invitation that it is of; fails when there are two of one."""
    ours = [["module", "=", "__partner_central__"], ["model", "=", "crm.lead"]]
    keys = odoo.call("ir.model.data", "search_read", ours, fields=["name", "res_id"])
    rows = odoo.call("crm.lead", "search_read", [], fields=["type", "active", *fields], context=ALL)
    assert len(rows) == len(keys) == len({row["res_id"] for row in keys})
    by_id = {row["id"]: row for row in rows}
    return {row["name"].removeprefix("crm_lead-"): by_id[row["res_id"]] for row in keys}


def states(raws: list[Raw]) -> list[list[Raw]]:
    """The same invitations as AWS has them first, and then."""
    pending = [raw | {"Status": "PENDING", "RejectionReason": None} for raw in raws]
    dice = random.Random(7)
    later = [
        raw | {"Status": dice.choice(["ACCEPTED", "ACCEPTED", "REJECTED", "EXPIRED"])} for raw in pending
    ]
    return [pending, later]


def expected(raw: Raw) -> tuple[str, bool]:
    """Type and whether it is open."""
    accepted = raw["Status"] == "ACCEPTED" and "OpportunityInvitation" in raw["Payload"]
    return "opportunity" if accepted else "lead", raw["Status"] in ("PENDING", "ACCEPTED")


def test_three_hundred_invitations_through_their_whole_life_with_kills(tmp_path: Path, odoo: Odoo) -> None:
    raws = modest(make_invitations(300, seed=11))
    there = installation(tmp_path, odoo, raws)
    before = set(odoo.call("res.partner", "search", [], context=ALL))
    dice = random.Random(3)
    kills = 0
    for stage in states(raws):
        give(tmp_path, stage)
        for _ in range(KILLS):
            kills += killed_on_its_way(there, odoo, dice.randint(20, 60))
        assert there.run("sync", "--quiet").code == 0
        last = there.run("sync", "--output", "json")
        assert set(last.answer["counts"]) <= {"unchanged", "skipped"}, last.err
        known = {raw["Id"]: raw for raw in stage if set(raw["Payload"]) & PAYLOADS}
        found = {key: (row["type"], row["active"]) for key, row in leads(odoo).items()}
        assert found == {key: expected(raw) for key, raw in known.items()}
    assert kills >= KILLS
    made = set(odoo.call("res.partner", "search", [], context=ALL)) - before
    domain = [["module", "=", "__partner_central__"], ["model", "=", "res.partner"]]
    keyed = [row["res_id"] for row in odoo.call("ir.model.data", "search_read", domain, fields=["res_id"])]
    assert sorted(keyed) == sorted(made)  # each partner that is there now is some key's, and the only one
    converted = [row for row in leads(odoo, "date_conversion").values() if row["type"] == "opportunity"]
    assert converted
    assert all(row["date_conversion"] for row in converted)  # which Odoo's own conversion sets


def killed_on_its_way(there: Installation, odoo: Odoo, records: int) -> bool:
    """Whether a sync could be killed when it had made so many records more."""
    enough = ours(odoo) + records
    process = there.start("sync", "--quiet")
    while process.poll() is None and ours(odoo) < enough:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    return process.returncode < 0


def ours(odoo: Odoo) -> int:
    count: int = odoo.call("ir.model.data", "search_count", [["module", "=", "__partner_central__"]])
    return count


def test_what_a_person_edited_stays_and_the_ledger_may_be_lost(tmp_path: Path, odoo: Odoo) -> None:
    raws = [raw | {"Status": "ACCEPTED"} for raw in make_invitations(20, seed=5)]
    there = installation(tmp_path, odoo, raws)
    assert there.run("sync", "--quiet").code == 0
    opened = {key: row for key, row in leads(odoo).items() if row["type"] == "opportunity"}
    edited, row = next(iter(opened.items()))
    odoo.call("crm.lead", "write", [row["id"]], {"expected_revenue": 4711.0})
    changed = next(raw for raw in raws if raw["Id"] == edited)
    changed["Payload"]["OpportunityInvitation"]["Project"]["BusinessProblem"] = "Another problem"
    give(tmp_path, raws)
    done = there.run("sync", "--output", "json")
    assert sum(done.answer["counts"].values()) == 20
    after = leads(odoo, "expected_revenue", "description")[edited]
    assert (after["id"], after["expected_revenue"]) == (row["id"], 4711.0)
    assert "Another problem" in after["description"]
    before = leads(odoo, "name", "partner_id", "write_date")
    for file in tmp_path.glob("ledger.db*"):
        file.unlink()
    again = there.run("sync", "--output", "json")
    assert set(again.answer["counts"]) <= {"unchanged", "kept", "skipped"}, again.answer["counts"]
    assert leads(odoo, "name", "partner_id", "write_date") == before


def test_an_opportunity_that_sales_opened_is_found_by_its_title(tmp_path: Path, odoo: Odoo) -> None:
    raw = next(raw for raw in make_invitations(50, seed=5) if "OpportunityInvitation" in raw["Payload"])
    raw |= {"Status": "ACCEPTED"}
    title = raw["Payload"]["OpportunityInvitation"]["Project"]["Title"] = "Straße  & 100% \"cloud\" \\ 'x'"
    by_hand = odoo.call(
        "crm.lead", "create", {"name": title.upper().replace("  ", " "), "type": "opportunity"}
    )
    there = installation(tmp_path, odoo, [raw], scan_rows=0)
    assert there.run("sync", "--quiet").code == 0
    assert {row["id"] for row in leads(odoo).values()} == {by_hand}


def test_the_mapping_fits_a_new_database(tmp_path: Path, odoo: Odoo) -> None:
    there = installation(tmp_path, odoo, [])
    done = there.run("mapping", "check", "--crm")
    assert done.code == 0, done.out + done.err


def test_from_an_empty_folder_init_doctor_and_sync(tmp_path: Path, odoo: Odoo) -> None:
    give(tmp_path, [raw | {"Status": "ACCEPTED"} for raw in modest(make_invitations(30, seed=2))])
    crm = settings(
        crm__url=odoo.url, crm__database=DATABASE, crm__username=USER, crm__password="env:ODOO_PASSWORD"
    )
    environ = {"ODOO_PASSWORD": PASSWORD}
    done = run(tmp_path, "init", "--files", "in.ndjson", "--crm", "odoo", *crm, environ=environ)
    assert done.code == 0, done.err
    end_well(tmp_path, environ)
    assert leads(odoo)
