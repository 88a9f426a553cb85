"""What a run promises, kept in a Salesforce org: by the command line, against the loopback org."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.promises.installation import ROOT, Done, Installation
from tests.servers.invitations import HOSTILE_TITLES, make_invitations
from tests.servers.salesforce import SALESFORCE_TRANSIENT, Faults, Salesforce

OBJECTS = ("Account", "Contact", "Lead", "Opportunity", "OpportunityContactRole")
KEYS = {
    "Account": "AWS_Customer_Key__c",
    "Contact": "AWS_Contact_Key__c",
    "Lead": "AWS_Invitation_Id__c",
    "Opportunity": "AWS_Invitation_Id__c",
    "OpportunityContactRole": "AWS_Contact_Role_Key__c",
}
SYSTEM = {"Id", "CreatedDate", "LastModifiedDate", "SystemModstamp", "CreatedById", "LastModifiedById"}
Raw = dict[str, Any]


@pytest.fixture
def org() -> Iterator[Salesforce]:
    with Salesforce() as org:
        yield org


def installation(folder: Path, org: Salesforce, raws: Sequence[Raw], **crm: Any) -> Installation:
    """One that reads ``raws`` from a file. ``crm`` adds to the settings of the CRM."""
    folder.mkdir(parents=True, exist_ok=True)
    give(folder, raws)
    settings = org.settings("jwt", read_timeout=2, **crm)
    mapping = str(ROOT / "mappings" / "salesforce.yaml")
    return Installation(folder, {"type": "files", "path": "in.ndjson"}, crm=settings, mapping=mapping)


def give(folder: Path, raws: Sequence[Raw]) -> None:
    (folder / "in.ndjson").write_text("\n".join(map(json.dumps, raws)), encoding="utf-8")


def sync(installed: Installation, *options: str) -> Done:
    done = installed.run("sync", "--output", "json", *options)
    assert "Traceback" not in done.err
    return done


def calls(done: Done) -> int:
    return sum(done.answer["calls"]["salesforce"].values())


def contents(org: Salesforce) -> dict[str, Any]:
    """Every record by its key, references by the key of what they lead to: what does not depend on ids."""
    rows = {name: org.records(name) for name in OBJECTS}
    keys = {row["Id"]: f"{name} {row[KEYS[name]]}" for name in OBJECTS for row in rows[name]}
    found = {}
    for name in OBJECTS:
        by_key = {
            row[KEYS[name]]: {
                field: keys.get(value, value) for field, value in row.items() if field not in SYSTEM
            }
            for row in rows[name]
        }
        assert len(by_key) == len(rows[name]), f"{name}: a record twice, or one without its key"
        found[name] = by_key
    return found


def modest(raws: list[Raw]) -> list[Raw]:
    """Without amounts that no field holds."""
    for raw in raws:
        for spend in (
            raw["Payload"]
            .get("OpportunityInvitation", {})
            .get("Project", {})
            .get("ExpectedCustomerSpend", ())
        ):
            spend["Amount"] = spend["Amount"][:9]
            spend["CurrencyCode"] = "USD"
    return raws


def an_opportunity(number: int = 1, *, status: str = "ACCEPTED", **project: Any) -> Raw:
    """An invitation to an opportunity, with what a test needs to say of its project."""
    raws = modest(make_invitations(400, seed=5))
    raw = next(raw for raw in raws[number * 20 :] if raw["PayloadType"] == "OpportunityInvitation")
    raw |= {"Status": status, "RejectionReason": None, "Id": f"engi-test{number:09d}"}
    payload = raw["Payload"]["OpportunityInvitation"]
    payload["Project"] |= project
    payload["Customer"] |= {"CompanyName": f"Customer {number}", "CountryCode": "DE"}
    payload["Customer"]["WebsiteUrl"] = f"https://customer-{number}.example.com"
    return raw


def by_invitation(org: Salesforce, name: str = "Opportunity") -> dict[str, Any]:
    return {row["AWS_Invitation_Id__c"]: row for row in org.records(name)}


# -- landing


def test_a_thousand_invitations_land_in_few_calls_and_a_second_run_writes_nothing(
    tmp_path: Path, org: Salesforce
) -> None:
    raws = modest(make_invitations(1000, seed=3))
    installed = installation(tmp_path, org, raws)
    first = sync(installed)
    assert first.answer["counts"].get("failed", 0) == 0, first.err
    assert sum(first.answer["counts"].values()) == 1000
    assert calls(first) <= 40
    assert sum(org.calls.values()) == calls(first)

    found = contents(org)
    for raw in raws:
        _check_lead(raw, found["Lead"].get(raw["Id"]))
        _check_opportunity(raw, found)

    org.reset_calls()
    second = sync(installed)
    assert set(second.answer["counts"]) <= {"unchanged", "skipped"}
    assert sum(org.calls.values()) <= 8
    assert not [name for name in org.calls if name.startswith(("collections", "bulk", "sobject"))]
    assert contents(org) == found


def _check_lead(raw: Raw, lead: Raw | None) -> None:
    deal = raw["Payload"].get("OpportunityInvitation")
    prospect = raw["Payload"].get("LeadInvitation")
    expected = raw["Status"] == "PENDING" or (raw["Status"] == "ACCEPTED" and prospect)
    assert (lead is not None) == bool(expected)
    if lead is None:
        return
    customer = (deal or prospect)["Customer"]
    assert lead["Company"] == customer["CompanyName"]
    assert lead["AWS_Status__c"] == raw["Status"]
    assert lead["AWS_Engagement_Id__c"] == raw["EngagementId"]
    assert lead["LastName"] == "Not disclosed"
    assert (
        lead["Status"]
        == {"PENDING": "Open - Not Contacted", "ACCEPTED": "Working - Contacted"}[raw["Status"]]
    )
    if deal:
        assert lead["AWS_Project_Title__c"] == deal["Project"]["Title"].strip()
        assert deal["Project"]["BusinessProblem"].strip() in lead["Description"]


def _check_opportunity(raw: Raw, found: dict[str, Any]) -> None:
    opportunity = found["Opportunity"].get(raw["Id"])
    deal = raw["Payload"].get("OpportunityInvitation")
    assert (opportunity is not None) == bool(deal and raw["Status"] == "ACCEPTED")
    if opportunity is None:
        return
    project = deal["Project"]
    assert opportunity["Name"] == project["Title"][:120].strip()
    assert opportunity["CloseDate"] == project["TargetCompletionDate"]
    assert opportunity["StageName"]
    spend = sum(float(item["Amount"] or 0) for item in project["ExpectedCustomerSpend"])
    assert (opportunity["Amount"] is None) == (not any(i["Amount"] for i in project["ExpectedCustomerSpend"]))
    assert float(opportunity["Amount"] or 0) == pytest.approx(12 * spend, abs=0.01)
    account = found["Account"][opportunity["AccountId"].partition(" ")[2]]
    assert account["Name"].split()[0] == deal["Customer"]["CompanyName"].split()[0]
    emails = [contact["Email"].lower() for contact in deal["SenderContacts"] or ()]
    for email in emails:
        assert found["Contact"][email]["Email"].lower() == email
        role = found["OpportunityContactRole"][f"{raw['Id']}/{email}"]
        assert role["OpportunityId"] == f"Opportunity {raw['Id']}"
        assert role["ContactId"] == f"Contact {email}"


@pytest.mark.parametrize("kind", ["person_accounts", "multi_currency", "country_picklists"])
def test_orgs_that_are_set_up_otherwise_take_them_too(tmp_path: Path, kind: str) -> None:
    with Salesforce(**{kind: True}) as org:
        raws = [an_opportunity(number) for number in range(1, 6)]
        installed = installation(tmp_path, org, raws)
        done = sync(installed)
        assert done.answer["counts"] == {"created": 5}, done.err
        for opportunity in org.records("Opportunity"):
            assert opportunity.get("CurrencyIsoCode", "USD") == "USD"
        assert {row["Name"] for row in org.records("Account")} >= {f"Customer {n}" for n in range(1, 6)}
        if kind == "country_picklists":
            assert {row["BillingCountryCode"] for row in org.records("Account")} - {None} == {"DE"}
        (tmp_path / "ledger.db").unlink()
        again = sync(installed)
        assert again.answer["counts"] == {"unchanged": 5}, again.err


def test_without_a_ledger_nothing_is_doubled_and_nothing_changes(tmp_path: Path, org: Salesforce) -> None:
    installed = installation(tmp_path, org, modest(make_invitations(300, seed=4)))
    sync(installed)
    before = contents(org)
    (tmp_path / "ledger.db").unlink()
    done = sync(installed)
    assert set(done.answer["counts"]) <= {"unchanged", "skipped"}, done.answer["counts"]
    assert contents(org) == before


# -- faults


def test_under_faults_of_every_kind_everything_lands_once_and_the_waits_are_seen(tmp_path: Path) -> None:
    raws = modest(make_invitations(400, seed=6))
    with Salesforce() as calm:
        sync(installation(tmp_path / "calm", calm, raws))
        expected = contents(calm)
    kinds = SALESFORCE_TRANSIENT
    with Salesforce(faults=Faults(0.05 * len(kinds), kinds, seed=2), slow=3.0) as org:
        installed = installation(tmp_path / "faulted", org, raws)
        for _ in range(6):  # a run may meet more faults in a row than one call is tried
            done = sync(installed, "--verbose")
            assert done.code in (0, 3, 4), done.err
            if done.code == 0:
                break
        assert done.code == 0, done.err
        assert "trying again in" in done.err
        org.faults = None
        assert contents(org) == expected


def test_every_kind_of_fault_by_itself(tmp_path: Path) -> None:
    raws = [an_opportunity(number) for number in range(1, 4)]
    for kind in SALESFORCE_TRANSIENT:
        with Salesforce(slow=3.0) as org:
            for operation in ("describe", "query", "collections.upsert"):
                org.script(operation, kind)
            done = sync(installation(tmp_path / kind, org, raws))
            assert done.answer["counts"] == {"created": 3}, (kind, done.err)
            assert len(contents(org)["Opportunity"]) == 3


def test_the_answer_to_every_write_may_be_lost(tmp_path: Path, org: Salesforce) -> None:
    # What was created is there when it is sent again, and some fields are for creations alone.
    org.script("collections.upsert", *["reset_after", None] * 5)
    done = sync(installation(tmp_path, org, [an_opportunity(number) for number in range(1, 4)]))
    assert done.answer["counts"] == {"created": 3}, done.answer
    assert len(contents(org)["OpportunityContactRole"]) >= 3
    assert org.calls["collections.upsert"] == 10


def test_an_org_that_refuses_the_session_for_good_ends_the_run_with_a_word(
    tmp_path: Path, org: Salesforce
) -> None:
    org.script("describe", *["session_expired"] * 50)
    done = installation(tmp_path, org, [an_opportunity()]).run("sync")
    assert done.code == 2
    assert "sign" in done.err or "session" in done.err
    assert org.calls["describe"] < 5


def test_the_day_s_calls_used_up_keep_the_rest_for_tomorrow(tmp_path: Path) -> None:
    raws = [an_opportunity(number) for number in range(1, 4)]
    with Salesforce(daily_calls=9) as org:
        installed = installation(tmp_path, org, raws)
        done = installed.run("sync")
        assert done.code == 4
        assert "24" in done.err or "until" in done.err or "UTC" in done.err
        org.daily_calls = None
        assert sync(installed).answer["counts"].get("failed", 0) == 0
        assert len(contents(org)["Opportunity"]) == 3


def test_calls_reserved_for_others_are_left_to_them(tmp_path: Path) -> None:
    with Salesforce(daily_calls=100) as org:
        org.used = 85
        done = installation(tmp_path, org, [an_opportunity()], reserve_calls_percent=20).run("sync")
        assert done.code == 4
        assert org.used < 88


# -- records that the org refuses


def test_a_record_that_is_refused_fails_alone_naming_the_field_and_is_tried_again(
    tmp_path: Path, org: Salesforce
) -> None:
    raws = [an_opportunity(number) for number in range(1, 5)]
    forbidden = raws[1]["Payload"]["OpportunityInvitation"]["Project"]["Title"][:120].strip()
    strict = [True]
    org.validation_rule(
        "Opportunity", lambda row: strict[0] and row["Name"] == forbidden, "Names need a code", "Name"
    )
    org.require("Lead", "Phone")
    raws.append(an_opportunity(9, status="PENDING"))
    installed = installation(tmp_path, org, raws)
    done = sync(installed)
    assert done.code == 3
    assert done.answer["counts"] == {"created": 3, "failed": 2}
    show = installed.run("runs", "show", "--output", "json").answer
    reasons = {row["invitation"]: row["reason"] for row in show["outcomes"] if row["outcome"] == "failed"}
    assert "opportunity.Name" in reasons[raws[1]["Id"]]
    assert "lead.Phone" in reasons[raws[-1]["Id"]]
    assert forbidden not in done.err + json.dumps(reasons)
    assert "Names need a code" in reasons[raws[1]["Id"]]
    strict[0] = False
    again = sync(installed)
    assert again.answer["counts"] == {"created": 1, "failed": 1, "unchanged": 3}, again.err


def test_a_record_that_the_org_breaks_at_fails_alone(tmp_path: Path, org: Salesforce) -> None:
    raws = [an_opportunity(number) for number in range(1, 20)]
    org.trigger(
        "Account",
        lambda rows: "UNKNOWN_EXCEPTION" if any(row.get("Name") == "Customer 3" for row in rows) else None,
    )
    org.trigger("Contact", lambda rows: "REQUEST_RUNNING_TOO_LONG" if len(rows) > 3 else None)
    installed = installation(tmp_path, org, raws)
    done = sync(installed)
    assert (done.code, done.answer["counts"]) == (3, {"created": 18, "failed": 1})
    show = installed.run("runs", "show", "--output", "json").answer
    (reason,) = [row["reason"] for row in show["outcomes"] if row["outcome"] == "failed"]
    assert "UNKNOWN_EXCEPTION" in reason
    assert len(org.records("Opportunity")) == 18
    again = sync(installed)
    assert (again.code, again.answer["counts"]) == (3, {"unchanged": 18, "failed": 1})


def test_an_org_that_breaks_at_everything_ends_the_run(tmp_path: Path, org: Salesforce) -> None:
    org.trigger("Account", lambda _: "UNKNOWN_EXCEPTION")
    plan = tmp_path / "plan.json"
    installed = installation(tmp_path, org, [an_opportunity(number) for number in range(1, 20)])
    assert installed.run("plan", "--out", str(plan)).code == 0
    for command in (["sync"], ["apply", str(plan)]):
        done = installed.run(*command)
        assert done.code == 4
        assert "UNKNOWN_EXCEPTION" in done.err
        assert org.calls["collections.upsert"] < 100
        org.reset_calls()


def test_a_duplicate_by_the_org_s_rules_is_put_up_for_review_and_done_as_decided(
    tmp_path: Path, org: Salesforce
) -> None:
    existing = org.insert("Account", {"Name": "Customer One", "Website": "customer-1.example.com"})
    org.duplicate_rule("Account", ["Website"])
    raw = an_opportunity(1)
    raw["Payload"]["OpportunityInvitation"]["Customer"]["WebsiteUrl"] = "customer-1.example.com"
    installed = installation(tmp_path, org, [raw])
    done = sync(installed)
    assert done.answer["counts"] == {"review": 1}
    (review,) = installed.run("review", "list", "--output", "json").answer
    assert [candidate["id"] for candidate in review["candidates"]] == [existing]
    assert installed.run("review", "resolve", "1", "--link", existing).code == 0
    assert sync(installed).answer["counts"] == {"created": 1}
    assert {row["Id"] for row in org.records("Account") if row["Name"].startswith("Customer")} == {existing}


def test_a_duplicate_that_a_person_calls_none_is_created(tmp_path: Path, org: Salesforce) -> None:
    org.insert("Account", {"Name": "Customer One", "Website": "customer-1.example.com"})
    org.duplicate_rule("Account", ["Website"])
    raw = an_opportunity(1)
    raw["Payload"]["OpportunityInvitation"]["Customer"]["WebsiteUrl"] = "customer-1.example.com"
    installed = installation(tmp_path, org, [raw])
    sync(installed)
    assert installed.run("review", "resolve", "1", "--create").code == 0
    assert sync(installed).answer["counts"] == {"created": 1}
    assert Counter(row["Website"] for row in org.records("Account"))["customer-1.example.com"] == 2


# -- people in the org


def test_a_person_s_edit_of_a_kept_field_stays_and_is_reported_and_aws_s_facts_are_written(
    tmp_path: Path, org: Salesforce
) -> None:
    raw = an_opportunity(1)
    installed = installation(tmp_path, org, [raw])
    sync(installed)
    row = by_invitation(org)[raw["Id"]]
    org.update("Opportunity", row["Id"], {"Amount": 77, "AWS_Status__c": "by hand", "NextStep": "call"})
    raw["Payload"]["OpportunityInvitation"]["Project"]["TargetCompletionDate"] = "2031-01-31"
    give(tmp_path, [raw])
    done = sync(installed)
    assert done.answer["counts"] == {"updated": 1}
    (outcome,) = installed.run("runs", "show", "--output", "json").answer["outcomes"]
    assert "opportunity.Amount" in outcome["reason"]
    after = by_invitation(org)[raw["Id"]]
    assert (after["Amount"], after["NextStep"]) == (77, "call")
    assert (after["AWS_Status__c"], after["CloseDate"]) == ("ACCEPTED", "2031-01-31")


def test_a_lead_that_sales_converted_goes_on_as_its_opportunity(tmp_path: Path, org: Salesforce) -> None:
    raw = an_opportunity(1, status="PENDING")
    installed = installation(tmp_path, org, [raw])
    sync(installed)
    (lead,) = org.records("Lead")
    became = org.convert_lead(lead["Id"])
    raw["Status"] = "ACCEPTED"
    give(tmp_path, [raw])
    done = sync(installed)
    assert done.answer["counts"] == {"created": 1} or done.answer["counts"] == {"updated": 1}, done.err
    (opportunity,) = org.records("Opportunity")
    assert opportunity["Id"] == became["ConvertedOpportunityId"]
    assert opportunity["AWS_Invitation_Id__c"] == raw["Id"]
    assert sync(installed).answer["counts"] == {"unchanged": 1}


@pytest.mark.parametrize("scan_rows", [10_000, 0])
def test_hostile_titles_are_matched_exactly_and_no_query_is_altered(
    tmp_path: Path, org: Salesforce, scan_rows: int
) -> None:
    extra = ("' OR Name LIKE '%", "back\\slash \\' quote", "x" * 255, "x" * 254 + "y", "100% _sure_")
    titles = [*HOSTILE_TITLES, *extra]
    raws = [an_opportunity(1, Title=title) | {"Id": f"engi-h{n:012d}"} for n, title in enumerate(titles)]
    stage = {"StageName": "Prospecting", "CloseDate": "2030-01-01", "Name": "By hand"}
    by_hand = {
        raw["Id"]: org.insert("Opportunity", {**stage, "AWS_Project_Title__c": title})
        for raw, title in zip(raws, titles, strict=True)
    }
    for number in range(2100 if scan_rows == 0 else 30):
        org.insert("Opportunity", {**stage, "Name": f"Something else {number}"})
    before = len(org.records("Opportunity"))
    done = sync(installation(tmp_path, org, raws, scan_rows=scan_rows))
    assert done.answer["counts"].get("failed", 0) == 0, done.err
    found = by_invitation(org)
    assert {id_: found[id_]["Id"] for id_ in by_hand} == by_hand
    assert len(org.records("Opportunity")) == before


# -- keys in another case


def spelt_installation(folder: Path, org: Salesforce, raws: Sequence[Raw], **fields: str) -> Installation:
    """One whose mapping takes addresses as AWS spells them; ``fields`` say who owns the contact's."""
    text = (ROOT / "mappings" / "salesforce.yaml").read_text(encoding="utf-8")
    text = text.replace("lower(item.Email)", "item.Email").replace(
        "title: {Email: item.Email}", "none: create"
    )
    for name, write in fields.items():
        start = text.index(f"      {name}: {{", text.index("AWS_Contact_Key__c"))
        end = text.index("\n", start)
        text = text[:start] + text[start:end].replace("write: blank", f"write: {write}") + text[end:]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mapping.yaml").write_text(text, encoding="utf-8")
    installed = installation(folder, org, raws)
    config = json.loads((folder / "config.yaml").read_text())
    config["mapping"] = str(folder / "mapping.yaml")
    (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
    return installed


def sent_by(number: int, email: str, **contact: str) -> Raw:
    raw = an_opportunity(number)
    raw["Payload"]["OpportunityInvitation"]["SenderContacts"] = [
        {"FirstName": "Ada", "LastName": "Byron", "Email": email} | contact
    ]
    return raw


def contacts_of(org: Salesforce) -> list[tuple[str, str]]:
    return [(row["AWS_Contact_Key__c"], row["LastName"]) for row in org.records("Contact")]


def test_keys_that_differ_in_case_alone_are_one_record(tmp_path: Path, org: Salesforce) -> None:
    emails = ("Rep@aws.example.com", "rep@aws.example.com", "REP@aws.example.com", "b@aws.example.com")
    raws = [sent_by(number, email) for number, email in enumerate(emails, 1)]
    installed = spelt_installation(tmp_path, org, raws)
    plan = installed.run("plan", "--output", "json").answer["plans"]
    people = [each for one in plan for each in one["changes"] if each["object"] == "Contact"]
    assert [each["action"] == "create" for each in people] == [True, False, False, True]
    assert {each["key"]["AWS_Contact_Key__c"] for each in people[:3]} == {emails[0]}
    assert sync(installed).answer["counts"] == {"created": 4}
    assert contacts_of(org) == [(emails[0], "Byron"), (emails[3], "Byron")]
    for raw in raws:
        raw["Payload"]["OpportunityInvitation"]["SenderContacts"][0]["Phone"] = "+4712345678"
    give(tmp_path, raws[::-1])
    assert sync(installed).answer["counts"] == {"updated": 2, "unchanged": 2}
    assert [row["Phone"] for row in org.records("Contact")] == ["+4712345678"] * 2
    assert contacts_of(org) == [(emails[0], "Byron"), (emails[3], "Byron")]


@pytest.mark.parametrize("write", ["blank", "create", "keep"])
def test_a_key_in_another_case_overwrites_nothing_that_a_person_edited(
    tmp_path: Path, org: Salesforce, write: str
) -> None:
    first, second = sent_by(1, "rep@aws.example.com"), sent_by(2, "Rep@aws.example.com")
    installed = spelt_installation(tmp_path, org, [first], LastName=write)
    sync(installed)
    (contact,) = org.records("Contact")
    org.update("Contact", contact["Id"], {"LastName": "Lovelace"})
    for _ in range(2):
        for raw in (first, second):
            raw["EngagementTitle"] = f"{raw.get('EngagementTitle')}, again"
        give(tmp_path, [first, second])
        assert sync(installed).answer["counts"].get("failed", 0) == 0
        assert contacts_of(org) == [("rep@aws.example.com", "Lovelace")]


def test_what_we_wrote_is_ours_in_whatever_case_the_key_comes(tmp_path: Path, org: Salesforce) -> None:
    """In a dry run too, where the record is about to be made."""
    raws = [sent_by(1, "Rep@aws.example.com"), sent_by(2, "rep@aws.example.com", LastName="King")]
    installed = spelt_installation(tmp_path, org, raws, LastName="keep")
    config = json.loads((tmp_path / "config.yaml").read_text())
    (tmp_path / "config.yaml").write_text(json.dumps(config | {"batch_size": 1}), encoding="utf-8")
    plan = installed.run("plan", "--output", "json").answer["plans"]
    assert not [each for one in plan for each in one["changes"] if each["kept"]]
    assert sync(installed, "--dry-run").answer["counts"] == {"created": 2}
    assert sync(installed).answer["counts"] == {"created": 2}
    assert contacts_of(org) == [("Rep@aws.example.com", "King")]


# -- many


def test_thousands_of_changes_go_as_a_job_that_a_killed_run_s_successor_takes_up(tmp_path: Path) -> None:
    raws = modest([raw | {"Status": "PENDING"} for raw in make_invitations(5000, seed=8)])
    with Salesforce(bulk_seconds=6.0) as org:
        installed = installation(tmp_path, org, raws)
        with installed.start("sync", "--quiet") as process:
            deadline = time.monotonic() + 60
            while not any(job["state"] not in ("Open",) for job in org.jobs.values()):
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            process.kill()
        org.bulk_seconds = 1.0
        done = sync(installed)
        assert done.code == 0, done.err
        assert len(org.jobs) == 1
        assert len(contents(org)["Lead"]) == 5000
        assert sum(done.answer["counts"].values()) == 5000
        assert set(done.answer["counts"]) <= {"unchanged", "created", "updated"}
        assert "job" in done.err


def test_an_org_without_our_fields_is_served_by_its_standard_fields(tmp_path: Path) -> None:
    with Salesforce(custom_fields=False) as org:
        raws = [an_opportunity(number) for number in range(1, 6)] + [an_opportunity(7, status="PENDING")]
        installed = installation(tmp_path, org, raws)
        org.script("collections.create", "reset_after")
        done = sync(installed)
        assert done.answer["counts"] == {"created": 6}, done.err
        assert "salesforce fields" in done.err
        assert len(org.records("Opportunity")) == 5
        assert sync(installed).answer["counts"] == {"unchanged": 6}
        (tmp_path / "ledger.db").unlink()
        sync(installed)
        assert {name: len(org.records(name)) for name in ("Account", "Opportunity", "Lead")} == {
            "Account": len({*(row["Name"] for row in org.records("Account"))}),
            "Opportunity": 5,
            "Lead": 1,
        }


# -- secrecy


def test_neither_secrets_nor_customers_are_in_logs_or_errors(tmp_path: Path) -> None:
    raws = modest(make_invitations(150, seed=9))
    with Salesforce(faults=Faults(0.2, seed=3), slow=3.0) as org:
        for flow in ("jwt", "client_credentials", "password"):
            installed = installation(tmp_path / flow, org, raws)
            config = json.loads((tmp_path / flow / "config.yaml").read_text())
            config["crm"] = org.settings(flow, read_timeout=2)
            (tmp_path / flow / "config.yaml").write_text(json.dumps(config))
            done = installed.run("--debug", "sync", "--verbose", "--log-format", "json")
            secrets = [
                org.client_secret,
                org.password,
                org.security_token,
                org.key_pem.splitlines()[1],
                "00D",
            ]
            for secret in secrets:
                assert secret not in done.err
    names = {_customer(raw)["CompanyName"] for raw in raws}
    contacts = [
        c
        for raw in raws
        for c in (raw["Payload"].get("OpportunityInvitation", {}).get("SenderContacts") or ())
    ]
    private = names | {contact["Email"] for contact in contacts}
    assert not [text for text in private if text in done.err]


def _customer(raw: Raw) -> Raw:
    found: Raw = next(iter(raw["Payload"].values()))["Customer"]
    return found
