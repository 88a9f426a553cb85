"""What a run promises, kept in a HubSpot account: by the command line, against the loopback account."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.promises.installation import ROOT, Done, Installation
from tests.promises.test_home import end_well, run, settings
from tests.promises.test_salesforce import modest
from tests.servers.hubspot import TOKEN, Faults, HubSpot
from tests.servers.invitations import make_invitations

Raw = dict[str, Any]
KEYS = {"companies": "aws_customer_key", "leads": "aws_invitation_id", "deals": "aws_invitation_id"} | {
    "contacts": "email"
}
STAGES = {"leads": "hs_pipeline_stage", "deals": "dealstage"}


@pytest.fixture
def hubspot() -> Iterator[HubSpot]:
    with HubSpot(slow=0.3) as hubspot:
        yield hubspot


def installation(folder: Path, hubspot: HubSpot, raws: list[Raw], **crm: Any) -> Installation:
    folder.mkdir(parents=True, exist_ok=True)
    give(folder, raws)
    return Installation(
        folder,
        {"type": "files", "path": "in.ndjson"},
        crm=hubspot.settings(read_timeout=1, **crm),
        mapping=str(ROOT / "mappings" / "hubspot.yaml"),
        batch_size=40,
        # One call more is spoilt, of four: a run has to be patient.
        retry={"attempts": 60, "deadline": 120, "base": 0.01, "cap": 0.05},
    )


def give(folder: Path, raws: list[Raw]) -> None:
    (folder / "in.ndjson").write_text("\n".join(map(json.dumps, raws)), encoding="utf-8")


def sync(there: Installation) -> Done:
    done = there.run("sync", "--output", "json")
    assert "Traceback" not in done.err
    return done


def keyed(hubspot: HubSpot, object: str) -> dict[str, dict[str, str]]:
    """Every record by its key; fails when there are two of one, or one without."""
    there = hubspot.account.contents(object)
    found = {said[KEYS[object]].casefold(): {**said, "id": id_} for id_, said in there.items()}
    assert len(found) == len(there)
    return found


def expected(raw: Raw, before: bool) -> dict[str, str]:
    """Stage by object. ``before``: it was pending once, so that a lead is there."""
    is_deal = "OpportunityInvitation" in raw["Payload"]
    match raw["Status"]:
        case "PENDING":
            return {"leads": "new-stage-id"}
        case "ACCEPTED" if is_deal:
            return {"deals": "appointmentscheduled"} | ({"leads": "qualified-stage-id"} if before else {})
        case "ACCEPTED":
            return {"leads": "new-stage-id"}
    return {"leads": "unqualified-stage-id"} if before else {}


def check(hubspot: HubSpot, raws: list[Raw], *, before: bool) -> None:
    known = {
        raw["Id"]: raw for raw in raws if {"OpportunityInvitation", "LeadInvitation"} & set(raw["Payload"])
    }
    for object_, stage in STAGES.items():
        found = {key: said[stage] for key, said in keyed(hubspot, object_).items()}
        wanted = {key: expected(raw, before).get(object_) for key, raw in known.items()}
        assert found == {key: stage for key, stage in wanted.items() if stage}
    contacts = keyed(hubspot, "contacts")
    assert keyed(hubspot, "companies")
    for key, deal in keyed(hubspot, "deals").items():
        assert len(hubspot.account.linked("deals", deal["id"], "companies")) == 1
        senders = known[key]["Payload"]["OpportunityInvitation"].get("SenderContacts") or []
        wanted_ids = {contacts[sender["Email"].lower()]["id"] for sender in senders if sender.get("Email")}
        linked = hubspot.account.linked("deals", deal["id"], "contacts")
        assert {str(other["toObjectId"]) for other in linked} == wanted_ids


def states(raws: list[Raw]) -> list[list[Raw]]:
    """The same invitations as AWS has them first, and then."""
    pending = [raw | {"Status": "PENDING", "RejectionReason": None} for raw in raws]
    dice = random.Random(7)
    choices = ["ACCEPTED", "ACCEPTED", "REJECTED", "EXPIRED"]
    return [pending, [raw | {"Status": dice.choice(choices)} for raw in pending]]


def test_the_mapping_fits_a_new_account(tmp_path: Path, hubspot: HubSpot) -> None:
    done = installation(tmp_path, hubspot, []).run("mapping", "check", "--crm")
    assert done.code == 0, done.out + done.err
    assert "good" in done.out


def test_stages_in_another_case_are_the_same(tmp_path: Path, hubspot: HubSpot) -> None:
    for stage in hubspot.account.objects["deals"].pipelines[0]["stages"]:
        stage["label"] = stage["label"].capitalize()
    raws = [raw | {"Status": "ACCEPTED"} for raw in modest(make_invitations(20, seed=5))]
    there = installation(tmp_path, hubspot, raws)
    done = there.run("mapping", "check", "--crm")
    assert done.code == 0, done.out + done.err
    for status in ("ACCEPTED", "EXPIRED"):
        give(tmp_path, [raw | {"Status": status, "RejectionReason": None} for raw in raws])
        assert sync(there).code == 0
    assert {said["dealstage"] for said in keyed(hubspot, "deals").values()} == {"closedlost"}
    for file in tmp_path.glob("ledger.db*"):
        file.unlink()
    assert set(sync(there).answer["counts"]) <= {"unchanged", "skipped"}


def test_through_their_whole_life_with_kills_and_faults(tmp_path: Path) -> None:
    raws = modest(make_invitations(100, seed=11))
    dice = random.Random(3)
    kills = 0
    with HubSpot(faults=Faults(rate=0.15, seed=5), slow=1.2) as hubspot:
        there = installation(tmp_path, hubspot, raws)
        for before, stage in enumerate(states(raws)):
            give(tmp_path, stage)
            for _ in range(2):
                kills += killed_on_its_way(there, hubspot, dice.randint(3, 12))
            assert sync(there).code == 0
            last = sync(there)
            assert set(last.answer["counts"]) <= {"unchanged", "skipped"}, last.err
            check(hubspot, stage, before=bool(before))
    assert kills


def killed_on_its_way(there: Installation, hubspot: HubSpot, writes: int) -> bool:
    """Whether a sync could be killed when it had made so many writes more."""
    enough = written(hubspot) + writes
    process = there.start("sync", "--quiet")
    while process.poll() is None and written(hubspot) < enough:
        time.sleep(0.005)
    process.kill()
    process.communicate()
    return process.returncode < 0


def written(hubspot: HubSpot) -> int:
    return sum(hubspot.calls[name] for name in ("upsert", "create", "update", "link"))


def test_what_a_person_edited_stays_and_the_ledger_may_be_lost(tmp_path: Path, hubspot: HubSpot) -> None:
    raws = [raw | {"Status": "ACCEPTED"} for raw in modest(make_invitations(20, seed=5))]
    there = installation(tmp_path, hubspot, raws)
    assert sync(there).code == 0
    edited = next(iter(keyed(hubspot, "deals")))
    deals = hubspot.account.object("deals")
    record = deals.records[keyed(hubspot, "deals")[edited]["id"]]
    hubspot.account.update(deals, record, {"amount": "4711"})
    changed = next(raw for raw in raws if raw["Id"] == edited)
    changed["Payload"]["OpportunityInvitation"]["Project"]["BusinessProblem"] = "Another problem"
    give(tmp_path, raws)
    sync(there)
    after = keyed(hubspot, "deals")[edited]
    assert after["amount"] == "4711" and "Another problem" in after["description"]
    before = {object_: keyed(hubspot, object_) for object_ in KEYS}, written(hubspot)
    for file in tmp_path.glob("ledger.db*"):
        file.unlink()
    again = sync(there)
    assert set(again.answer["counts"]) <= {"unchanged", "kept", "skipped"}, again.answer["counts"]
    assert ({object_: keyed(hubspot, object_) for object_ in KEYS}, written(hubspot)) == before


@pytest.mark.parametrize("scan_rows", [0, 2_000])
def test_a_deal_that_sales_opened_is_found_by_its_title(
    tmp_path: Path, hubspot: HubSpot, scan_rows: int
) -> None:
    raw = next(raw for raw in make_invitations(50, seed=5) if "OpportunityInvitation" in raw["Payload"])
    raw |= {"Status": "ACCEPTED"}
    title = raw["Payload"]["OpportunityInvitation"]["Project"]["Title"] = "Straße  & 100% \"cloud\" \\ 'x'"
    deals = hubspot.account.object("deals")
    for number in range(150):
        hubspot.account.create(deals, {"dealname": f"Another {number}"})
    mine = hubspot.account.create(deals, {"dealname": title.upper().replace("  ", " ")}).id
    assert sync(installation(tmp_path, hubspot, [raw], scan_rows=scan_rows)).code == 0
    assert hubspot.account.contents("deals")[mine]["aws_invitation_id"] == raw["Id"]
    assert len(hubspot.account.contents("deals")) == 151


def test_a_plan_writes_nothing_and_is_what_a_sync_does(tmp_path: Path, hubspot: HubSpot) -> None:
    there = installation(tmp_path, hubspot, modest(make_invitations(30, seed=2)))
    assert there.run("plan", "--out", str(tmp_path / "plan.json")).code == 0
    assert not written(hubspot)
    done = there.run("apply", str(tmp_path / "plan.json"), "--output", "json")
    assert done.code == 0, done.err
    assert set(sync(there).answer["counts"]) <= {"unchanged", "skipped"}


@pytest.mark.parametrize("custom", [True, False])
def test_from_an_empty_folder_init_doctor_and_sync(tmp_path: Path, custom: bool) -> None:
    raws = modest(make_invitations(30, seed=2))
    give(tmp_path, [raw | {"Status": "ACCEPTED" if n % 6 else "PENDING"} for n, raw in enumerate(raws)])
    with HubSpot(custom=custom) as hubspot:
        values = {"crm__url": hubspot.url, "crm__ca_bundle": str(hubspot.ca_bundle)}
        crm = settings(**values, crm__access_token="env:HUBSPOT_ACCESS_TOKEN")
        environ = {"HUBSPOT_ACCESS_TOKEN": TOKEN}
        done = run(tmp_path, "init", "--files", "in.ndjson", "--crm", "hubspot", *crm, environ=environ)
        assert done.code == 0, done.err
        end_well(tmp_path, environ)
        # Without our properties, contacts are all that has a key; init says how to get the others.
        assert hubspot.account.contents("deals" if custom else "contacts")
        assert bool(hubspot.account.contents("leads")) is custom
        assert custom or "crm-connector hubspot properties" in done.out
