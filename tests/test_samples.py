"""The samples, the sql mapping and the example config: what a newcomer meets first."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from connector import yamlfile
from connector.apply import Kind
from connector.cli.golden import cases
from connector.config import load as load_config
from connector.crm.sql import SqlCrm
from connector.fetch import Selection
from connector.fetch.files import Files
from connector.fetch.service_model import member_tree
from connector.map import map_invitation
from connector.mapping.check import examine
from connector.sections import FilesSource, PartnerCentralSource
from connector.settings import Config
from tests.servers.service_model import enum, output_shape, problems
from tests.walks import EXAMPLE, ROOT, example_mapping, rows, run, sample_mapping, walk

SAMPLES = ROOT / "mappings" / "samples"
INVITATIONS = [
    listed.invitation for listed in Files(str(SAMPLES), ROOT).list(Selection()) if listed.invitation
]


def project(raw: dict[str, Any]) -> dict[str, Any]:
    deal = ((raw.get("Payload") or {}).get("OpportunityInvitation")) or {}
    return deal.get("Project") or {}


# The samples


def test_they_cover_what_the_service_model_accepts() -> None:
    assert len(INVITATIONS) >= 14
    assert len({invitation.id for invitation in INVITATIONS}) == len(INVITATIONS)
    met = {(invitation.typed.PayloadType, invitation.status) for invitation in INVITATIONS}
    mapped = (ROOT / "mappings" / "sql.yaml").read_text(encoding="utf-8")
    for payload_type in enum("EngagementInvitationPayloadType"):
        for status in enum("InvitationStatus"):
            # A kind that AWS has added is passed over until a mapping names it: another-kind is such a one.
            assert (payload_type, status) in met or f"Payload.{payload_type}" not in mapped


# What each breaks, because real answers do. Everything else is valid by the service model.
VIOLATIONS = {
    "null-everywhere": {"REQUIRED_FIELD_MISSING"},
    "payload-of-another-kind": {"INVALID_ENUM_VALUE"},
    "quarterly-and-annually": {"INVALID_ENUM_VALUE"},
    "same-customer-spelt-differently": {"INVALID_STRING_FORMAT"},
    "website-null-as-text": {"INVALID_STRING_FORMAT"},
}


@pytest.mark.parametrize("invitation", INVITATIONS, ids=lambda invitation: invitation.id)
def test_they_are_what_the_service_could_answer(invitation: Any) -> None:
    name = re.sub(r"\..*", "", Path(invitation.source).name)
    found = problems(output_shape("GetEngagementInvitation"), invitation.raw)
    assert {problem["Code"] for problem in found} == VIOLATIONS.get(name, set())


def test_they_name_nobody() -> None:
    """Made-up companies at domains that no one can own, and no account ids but AWS's documentation's."""
    for path in SAMPLES.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        hosts = re.findall(r"(?:https?://|www\.|@)([a-z0-9.-]+\.[a-z]{2,})", text, re.IGNORECASE)
        assert {host for host in hosts if not host.endswith(".example")} <= {
            "www.aws.com",
            "aws.com",
            "aws.amazon.com",
        }, path
        assert set(re.findall(r"\b\d{12}\b", text)) <= {"111122223333", "444455556666"}, path


def test_titles_are_as_awkward_as_their_names_say() -> None:
    titles = {
        Path(invitation.source.split(":")[0]).stem: invitation.title or "" for invitation in INVITATIONS
    }
    assert len(titles["title-of-255-characters"]) == 255
    assert titles["title-of-255-characters"][:120] == titles["title-sharing-120-characters"][:120]
    assert titles["same-title-one-customer"] == titles["same-title-another-customer"]
    for piece in ('"', "'", "\r\n", "<script>", "\x1b[31m", "{{ Id }}"):
        assert piece in titles["hostile-title"]
    assert titles["hostile-title"].startswith("=HYPERLINK(")
    assert "\u202e" in titles["title-in-other-scripts"]


# The golden records


MAPPINGS = {path.stem: sample_mapping(path.stem) for path in sorted((ROOT / "mappings").glob("*.yaml"))}
CASES = [case for mapping in MAPPINGS.values() for case in cases(mapping, SAMPLES)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.golden.relative_to(SAMPLES / "golden")))
def test_samples_become_their_golden_records(case: Any) -> None:
    assert case.golden.exists()
    assert case.diff() == ""


def test_every_golden_record_has_its_sample() -> None:
    assert {case.golden for case in CASES} == set((SAMPLES / "golden").rglob("*.*"))


def golden(sample: str, mapping: str = "sql") -> dict[str, dict[str, Any]]:
    """The fields of a sample's golden records, by the records' names."""
    (answer,) = json.loads((SAMPLES / "golden" / mapping / f"{sample}.json").read_text(encoding="utf-8"))
    return {record["name"]: record["fields"] for record in answer["records"]}


@pytest.mark.parametrize(
    ("sample", "annual", "monthly"),
    [
        ("opportunity-accepted", "150000.00", "12500.00"),
        # 1000 + 2000 x 1.08 + 500.50 x 1.27 + 150000 x 0.0067, a month
        ("several-currencies", "57607.62", "4800.64"),
        # each digit counts
        ("amount-of-31-digits", "14814814681481481468148148146814.76", "1234567890123456789012345678901.23"),
        ("country-norway", "11160.00", "930.00"),
        ("no-spend", None, None),
        ("null-everywhere", None, None),
    ],
)
def test_amounts_by_hand(sample: str, annual: str | None, monthly: str | None) -> None:
    opportunity = golden(sample)["opportunity"]
    assert (opportunity["amount"], opportunity["monthly_spend"]) == (annual, monthly)
    opportunity = golden(sample, "salesforce")["opportunity"]
    assert (opportunity["Amount"], opportunity["AWS_Monthly_Spend__c"]) == (annual, monthly)


def test_leads_amounts_by_hand() -> None:
    # 300 x 12 + 1500 x 4 + 2400 x 1.08
    assert golden("quarterly-and-annually")["lead"]["amount"] == "12192.00"
    assert (
        golden("quarterly-and-annually", "salesforce")["lead"]["AWS_Expected_Annual_Spend__c"] == "12192.00"
    )
    assert golden("amount-empty")["lead"]["amount"] is None


# The mapping for Salesforce


def test_salesforce_gets_what_it_cannot_do_without() -> None:
    """Whatever the invitation lacks: these fields are required by Salesforce's object reference."""
    required = {
        "Lead": {"LastName", "Company"},
        "Account": {"Name"},
        "Opportunity": {"Name", "StageName", "CloseDate"},
        "Contact": {"LastName"},
        "OpportunityContactRole": {"OpportunityId", "ContactId"},
    }
    mapping = MAPPINGS["salesforce"]
    created = 0
    for invitation in INVITATIONS:
        for record in map_invitation(invitation, mapping):
            assert not record.error and not record.warnings, (invitation.id, record)
            if record.rule.match.none == "create":
                created += 1
                given = {name for name, value in record.values.items() if value not in (None, "")}
                assert required[record.rule.object] <= given, (invitation.id, record.name)
    assert created > 50


def test_every_industry_of_aws_has_its_place_in_salesforces_picklist() -> None:
    industries = set(enum("Industry"))
    for rule in MAPPINGS["salesforce"].records:
        lookups = [field.lookup for field in rule.fields if field.name == "Industry" and field.lookup]
        assert all(set(lookup) | {"Other"} == industries for lookup in lookups)
        assert len(lookups) == (rule.name in ("lead", "account"))


def test_awss_people_belong_to_aws_and_leave_the_primary_contact_to_the_customer() -> None:
    fields = golden("opportunity-accepted", "salesforce")
    assert fields["contact[0]"]["AccountId"] == {"ref": "aws_account"} != fields["opportunity"]["AccountId"]
    assert fields["contact_role[0]"]["IsPrimary"] is False
    assert fields["contact_role[1]"]["ContactId"] == {"ref": "contact[1]"}


def test_a_title_longer_than_a_name_of_salesforce_is_kept_whole_beside_it() -> None:
    opportunity = golden("title-of-255-characters", "salesforce")["opportunity"]
    assert len(opportunity["AWS_Project_Title__c"]) == 255
    assert opportunity["AWS_Project_Title__c"].startswith(opportunity["Name"])
    assert len(opportunity["Name"]) <= 120


# The example config and its mapping


def test_the_mapping_is_clean_against_the_crm_and_the_service_model(tmp_path: Path) -> None:
    mapping = example_mapping()
    with SqlCrm.open(SqlCrm.Settings(url="sqlite:///crm.db"), tmp_path) as crm:
        objects = crm.describe({rule.object for rule in mapping.records})
    _, findings = examine(
        yamlfile.read(ROOT / "mappings" / "sql.yaml"), objects=objects, members=member_tree()
    )
    assert [str(finding) for finding in findings] == []


def test_the_example_config_runs_as_it_is() -> None:
    config = load_config(EXAMPLE, {})
    assert isinstance(config.source, FilesSource)
    assert (EXAMPLE.parent / config.source.path).samefile(SAMPLES)
    assert config.mapping_path.samefile(ROOT / "mappings" / "sql.yaml")


def uncommented() -> str:
    """The example with its other source, the commented one, in place of the files."""
    text = EXAMPLE.read_text(encoding="utf-8")
    text = re.sub(r"^  (type: files|path:).*(\n {20,}#.*)*", "", text, flags=re.MULTILINE)
    return re.sub(r"^  # (?=[a-z_]+: )", "  ", text, flags=re.MULTILINE)


def test_the_example_config_has_every_setting_and_its_default(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(uncommented(), encoding="utf-8")
    shown = load_config(path, {})
    assert isinstance(shown.source, PartnerCentralSource)

    least = tmp_path / "least.yaml"
    least.write_text(
        "source: {type: partner_central, catalog: Sandbox}\n"
        "crm: {type: sql, url: 'sqlite:///crm.db'}\nmapping: mappings/sql.yaml\n"
    )
    defaults = load_config(least, {}).model_dump()
    assert shown.model_dump() == {
        **defaults,
        "crm": {**defaults["crm"], "columns": {}},
        "currency": shown.currency.model_dump(),
    }
    raw = yamlfile.read(path).value
    assert raw.keys() == Config.model_fields.keys()
    for section in ("source", "ledger", "currency", "retry", "limits"):
        assert raw[section].keys() == getattr(shown, section).model_dump().keys()
    assert raw["crm"].keys() == {"type", *SqlCrm.Settings.model_fields}


COMMENTED = re.findall(r"^# crm:\n(?:# .*\n)+", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
REQUIRED = {
    "salesforce": ("auth",),
    "odoo": ("url", "database", "username", "password"),
    "hubspot": ("access_token",),
}


@pytest.mark.parametrize("commented", COMMENTED, ids=lambda block: re.findall(r"type: (\w+)", block)[0])
def test_the_example_config_has_every_setting_of_other_crms_and_its_default(
    tmp_path: Path, commented: str
) -> None:
    """Each commented block, in place of the SQL one."""
    shown = re.sub(r"^# ", "", commented, flags=re.MULTILINE)
    text = EXAMPLE.read_text(encoding="utf-8")
    path = tmp_path / "config.yaml"
    path.write_text(re.sub(r"^crm:\n(?: .*\n)+", lambda _: shown, text, count=1, flags=re.MULTILINE))
    environ = dict.fromkeys(re.findall(r"env:(\w+)", shown), "secret")
    config = load_config(path, environ)
    given = config.crm_settings().model_dump()
    assert yamlfile.read(path).value["crm"].keys() == {"type", *given}
    least = {name: given[name] for name in REQUIRED[config.crm.type]}
    assert type(config.crm_settings()).model_validate(least).model_dump() == given


# All of it together


def test_a_newcomers_first_and_second_sync(tmp_path: Path) -> None:
    report, outcomes = run(tmp_path, SAMPLES)

    assert report.error is None
    assert not report.needs_attention, [
        (o.reason, o.warnings) for o in outcomes.values() if o.needs_attention
    ]
    assert report.listed == len(INVITATIONS)
    by_status = {invitation.id: invitation.status for invitation in INVITATIONS}
    nothing = {"engi-m1nopayload10", "engi-m2newpayload0"}
    for id_, outcome in outcomes.items():
        opens = by_status[id_] in ("PENDING", "ACCEPTED") and id_ not in nothing
        assert outcome.kind is (Kind.CREATED if opens else Kind.SKIPPED), id_
    before = {table: rows(tmp_path, table) for table in TABLES}

    again, outcomes = run(tmp_path, SAMPLES)
    assert again.counts == {Kind.UNCHANGED: report.listed}
    assert again.calls["sql"].get("write", 0) == 0

    (tmp_path / "ledger.db").unlink()
    without_ledger, outcomes = run(tmp_path, SAMPLES)
    assert without_ledger.calls["sql"].get("write", 0) == 0, "a lost ledger costs time, not writes"
    assert not without_ledger.needs_attention
    assert {table: rows(tmp_path, table) for table in TABLES} == before


TABLES = ("accounts", "contacts", "leads", "opportunities", "opportunity_contact_roles")


def test_what_the_samples_leave_in_the_crm(tmp_path: Path) -> None:
    run(tmp_path, SAMPLES)
    accounts = {row["id"]: row for row in rows(tmp_path, "accounts")}
    opportunities = {row["aws_invitation_id"]: row for row in rows(tmp_path, "opportunities")}

    def account(invitation_id: str) -> dict[str, Any]:
        return accounts[opportunities[invitation_id]["account_id"]]

    lumen = account("engi-a2warehouse10")
    assert lumen == account("engi-a3clickncoll0"), "one customer, however its website is spelt"
    assert lumen["name"] in ("Lumen Outdoor Ltd", "LUMEN OUTDOOR LIMITED")
    assert account("engi-b1dataplatf10") != account("engi-b2dataplatf20"), "one title, two customers"
    assert opportunities["engi-c1longtitle10"]["name"] == opportunities["engi-c2longtitle20"]["name"]
    assert (
        opportunities["engi-c1longtitle10"]["project_title"]
        != opportunities["engi-c2longtitle20"]["project_title"]
    )
    assert account("engi-n1norway00001")["country"] == "Norway"
    assert account("engi-f2websitenul0")["website"] is None
    hostile = next(invitation for invitation in INVITATIONS if invitation.id == "engi-d1hostiletit0")
    assert opportunities[hostile.id]["project_title"] == hostile.title

    roles = rows(tmp_path, "opportunity_contact_roles")
    contacts = {row["id"]: row for row in rows(tmp_path, "contacts")}
    ours = [role for role in roles if role["opportunity_id"] == opportunities["engi-a2warehouse10"]["id"]]
    assert {(contacts[role["contact_id"]]["email"], bool(role["is_primary"])) for role in ours} == {
        ("ines.okafor@aws.example", True),
        ("tomas.lindqvist@aws.example", False),
    }
    assert {contact["account_id"] for contact in contacts.values()} == {None}


# The life of an invitation


PENDING = json.loads((SAMPLES / "opportunity-pending.json").read_text(encoding="utf-8"))
LEAD = json.loads((SAMPLES / "lead-pending.json").read_text(encoding="utf-8"))


def become(folder: Path, raw: dict[str, Any], **members: Any) -> Any:
    """Sync one invitation as it stands now; its outcome."""
    path = folder / "now.json"
    path.write_text(json.dumps({**raw, **members}), encoding="utf-8")
    _, outcomes = run(folder, path)
    return outcomes[raw["Id"]]


def only(folder: Path, table: str) -> dict[str, Any]:
    (row,) = rows(folder, table)
    return row


def test_pending_then_accepted(tmp_path: Path) -> None:
    assert become(tmp_path, PENDING).kind is Kind.CREATED
    lead = only(tmp_path, "leads")
    assert (lead["company"], lead["status"], lead["aws_status"]) == ("Harbor & Vale Foods", "New", "PENDING")
    assert not rows(tmp_path, "opportunities")

    assert become(tmp_path, PENDING, Status="ACCEPTED").kind is Kind.CREATED
    opportunity, lead = only(tmp_path, "opportunities"), only(tmp_path, "leads")
    assert (opportunity["name"], opportunity["stage"]) == ("Cold chain telemetry", "Prospecting")
    assert (lead["status"], lead["converted_opportunity_id"]) == ("Converted", opportunity["id"])


@pytest.mark.parametrize(
    ("status", "reason", "closed_reason"),
    [
        ("REJECTED", "Customer problem unclear", "Customer problem unclear"),
        ("REJECTED", None, "Rejected"),
        ("EXPIRED", None, "Expired"),
    ],
)
def test_what_was_opened_is_closed(
    status: str, reason: str | None, closed_reason: str, tmp_path: Path
) -> None:
    become(tmp_path, PENDING)
    outcome = become(tmp_path, PENDING, Status=status, RejectionReason=reason)
    assert outcome.kind is Kind.UPDATED
    lead = only(tmp_path, "leads")
    assert (lead["status"], lead["closed_reason"], lead["aws_status"]) == ("Closed", closed_reason, status)
    assert not rows(tmp_path, "opportunities")


def test_what_was_never_opened_is_not_opened_to_be_closed(tmp_path: Path) -> None:
    for number, status in enumerate(("REJECTED", "EXPIRED")):
        assert (
            become(tmp_path, {**LEAD, "Id": f"engi-000000000000{number}"}, Status=status).kind is Kind.SKIPPED
        )
    assert not rows(tmp_path, "leads")
    assert not rows(tmp_path, "opportunities")


def test_an_accepted_lead_stays_a_lead(tmp_path: Path) -> None:
    become(tmp_path, LEAD)
    assert become(tmp_path, LEAD, Status="ACCEPTED").kind is Kind.UPDATED
    lead = only(tmp_path, "leads")
    assert (lead["company"], lead["status"]) == ("Wren & Gable Architects", "Accepted")
    assert not rows(tmp_path, "opportunities")


def test_an_opportunity_that_sales_opened_is_taken_over_with_its_account(tmp_path: Path) -> None:
    with walk(tmp_path, Files("unused", tmp_path)):
        pass  # makes the tables
    connection = sqlite3.connect(tmp_path / "crm.db")
    connection.execute("INSERT INTO accounts (id, name) VALUES ('mine', 'HARBOR & VALE FOODS')")
    connection.execute(
        "INSERT INTO opportunities (id, name, stage, account_id) "
        "VALUES ('hers', 'Cold  Chain Telemetry', 'Negotiation', 'mine')"
    )
    connection.commit()
    connection.close()

    become(tmp_path, PENDING, Status="ACCEPTED")

    account, opportunity = only(tmp_path, "accounts"), only(tmp_path, "opportunities")
    assert (account["id"], account["name"]) == ("mine", "HARBOR & VALE FOODS")
    assert account["aws_customer_key"] == "harborvale.example"
    assert (opportunity["id"], opportunity["stage"], opportunity["account_id"]) == (
        "hers",
        "Negotiation",
        "mine",
    )
    assert opportunity["name"] == "Cold  Chain Telemetry", "a person's name for it is kept"
    assert opportunity["project_title"] == "Cold chain telemetry"
