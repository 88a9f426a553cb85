"""Recorded answers of Partner Central, where they lie beside the checkout: each goes its kind's way.

They are other people's data, read in place; without them these tests are skipped.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector import yamlfile
from connector.apply import Kind
from connector.changes import Action, Change
from connector.crm.sql import Settings, SqlCrm
from connector.fetch import Selection
from connector.fetch.files import Files
from connector.find import Finder
from connector.invitation import Invitation, parse
from connector.ledger import Ledger
from connector.map import map_invitation
from connector.mapping.load import load as load_mapping
from connector.match import fold
from connector.plan import plan_invitation
from connector.records import same
from tests.fetch.aws import environment, held, source
from tests.servers.partner_central import PartnerCentral
from tests.walks import example_mapping, run

RECORDED = Path(__file__).resolve().parents[2] / "shared" / "reference" / "partner-central"
pytestmark = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="there are no recorded answers beside this checkout"
)

FILES = sorted(path.name for path in RECORDED.glob("*.json"))
LEAD = "get_engagement_invitation__lead_sandbox_2025.json"
OPPORTUNITY = "get_engagement_invitation__opportunity_sandbox_2025.json"
LISTING = "list_engagement_invitations__sandbox_pending_2025.json"


def answer(name: str) -> Any:
    return json.loads((RECORDED / name).read_text(encoding="utf-8"))


def invitation(name: str) -> Invitation:
    """A recorded invitation by way of the files source."""
    (listed,) = Files(name, RECORDED).list(Selection())
    assert listed.error is None
    assert listed.invitation is not None
    assert listed.invitation.raw == answer(name), "nothing is lost or changed on the way in"
    return listed.invitation


def plan(found: Invitation, folder: Path) -> dict[str, Change]:
    """What is planned for it in an empty CRM, by the records' names."""
    mapping = example_mapping()
    with (
        SqlCrm.open(Settings(url="sqlite:///crm.db"), folder) as crm,
        Ledger.open("sqlite:///ledger.db", folder) as ledger,
    ):
        objects = crm.describe({rule.object for rule in mapping.records})
        desired = map_invitation(found, mapping)
        known = Finder(crm, ledger, mapping, lambda _, call: call(), 1).find({found.id: desired}, objects)
        return {change.name: change for change in plan_invitation(found.id, desired, known)}


def values(change: Change) -> dict[str, Any]:
    assert change.warnings == []
    return {field.field: field.after for field in change.fields}


# Invitations


def test_a_pending_opportunity_becomes_a_lead(tmp_path: Path) -> None:
    raw = answer(OPPORTUNITY)
    project = raw["Payload"]["OpportunityInvitation"]["Project"]
    changes = plan(invitation(OPPORTUNITY), tmp_path)
    assert list(changes) == ["lead"]
    lead = changes["lead"]
    assert (lead.action, lead.object, lead.key) == (Action.CREATE, "leads", "engi-zl4chf82zej4r")
    assert values(lead) == {
        "company": "Test Corp",
        "website": "https://www.test.com",
        "industry": "Financial Services",
        "country_code": "US",
        "country": "United States",
        "status": "New",
        "lead_source": "AWS",
        "project_title": "New Business Deal - 5372",
        "description": f"{project['BusinessProblem']}\n\n{raw['InvitationMessage']}",
        "amount": Decimal("300000"),  # 25,000 a month
        "currency": "USD",
        "close_date": date(2029, 10, 5),
        "aws_engagement_id": "eng-e8pw9uih9e3hqd",
        "aws_status": "PENDING",
        "invitation_date": datetime(2025, 1, 24, 20, 48, 55, 457306, UTC),
        "expiration_date": datetime(2025, 2, 8, 20, 48, 55, 457306, UTC),
    }


def test_the_same_accepted_becomes_an_opportunity_with_account_and_contact(tmp_path: Path) -> None:
    accepted = parse({**answer(OPPORTUNITY), "Status": "ACCEPTED"})
    changes = plan(accepted, tmp_path)
    assert {name: change.action for name, change in changes.items()} == {
        "account": Action.CREATE,
        "opportunity": Action.CREATE,
        "contact[0]": Action.CREATE,
        "contact_role[0]": Action.CREATE,
        "converted_lead": Action.SKIP,
    }
    assert changes["account"].key == "test.com"
    assert values(changes["account"]) == {
        "name": "Test Corp",
        "website": "https://www.test.com",
        "industry": "Financial Services",
        "country_code": "US",
        "country": "United States",
    }
    opportunity = values(changes["opportunity"])
    assert opportunity.pop("account_id").name == "account"
    assert opportunity.pop("description")
    assert opportunity == {
        "name": "New Business Deal - 5372",
        "project_title": "New Business Deal - 5372",
        "stage": "Prospecting",
        "amount": Decimal("300000"),
        "monthly_spend": Decimal("25000"),
        "currency": "USD",
        "close_date": date(2029, 10, 5),
        "industry": "Financial Services",
        "lead_source": "AWS",
        "next_step": "AWS expects: Services Partner, Software Partner",
        "aws_engagement_id": "eng-e8pw9uih9e3hqd",
        "aws_status": "ACCEPTED",
        "invitation_date": datetime(2025, 1, 24, 20, 48, 55, 457306, UTC),
    }
    assert changes["contact[0]"].key == "person@example.com"
    # FirstName is the first name, whatever the vendor's page says of it.
    assert values(changes["contact[0]"]) == {
        "first_name": "NAMER",
        "last_name": "SI Partner Manager",
        "email": "person@example.com",
        "title": "PDM",
    }
    role = values(changes["contact_role[0]"])
    assert changes["contact_role[0]"].key == "engi-zl4chf82zej4r/person@example.com"
    assert (role["opportunity_id"].name, role["contact_id"].name) == ("opportunity", "contact[0]")
    assert role["is_primary"] is True


def test_a_lead_becomes_a_lead(tmp_path: Path) -> None:
    raw = answer(LEAD)
    changes = plan(invitation(LEAD), tmp_path)
    assert list(changes) == ["lead"]
    assert changes["lead"].key == "engi-5qdeajl1bg9bk"
    assert values(changes["lead"]) == {
        "company": "Stroman, Littel and Champlin",
        "website": "https://reese.biz",
        "industry": "Software and Internet",
        "country_code": "US",
        "country": "United States",
        "segment": "Enterprise",
        "aws_maturity": "Evaluating",
        "title": "Corporate Program Agent",
        "status": "New",
        "lead_source": "AWS",
        "source_name": "Partner Referral Program - 2025",
        "use_case": "Database",
        "description": f"{raw['EngagementDescription']}\n\n{raw['InvitationMessage']}",
        "aws_engagement_id": "eng-m1l0v2mnccwtv4",
        "aws_status": "PENDING",
        "invitation_date": datetime(2025, 12, 15, 19, 58, 48, 669023, UTC),
    }


def test_the_whole_folder_lands_what_is_an_invitation_and_names_the_rest(tmp_path: Path) -> None:
    report, outcomes = run(tmp_path, RECORDED)
    assert report.error is None
    created = {id_ for id_, outcome in outcomes.items() if outcome.kind is Kind.CREATED}
    assert created == {"engi-5qdeajl1bg9bk", "engi-zl4chf82zej4r"}
    others = {Path(id_.split(":")[0]).name for id_ in outcomes.keys() - created}
    assert others == set(FILES) - {LEAD, OPPORTUNITY}
    assert all(
        outcomes[id_].kind is Kind.FAILED and outcomes[id_].reason for id_ in outcomes.keys() - created
    )


EXPECTED_ERRORS = {
    "docs_event__engagement_invitation_accepted.json": "without Id",
    "docs_event__engagement_invitation_created.json": "without Id",
    "docs_event__engagement_invitation_expired.json": "without Id",
    "docs_event__engagement_invitation_rejected.json": "without Id",
    "events__opportunity_created_updated_burst.json": "without Id",
    "get_aws_opportunity_summary__deal_sizing_insights.json": "without Id",
    "get_engagement__lead_after_accept.json": "neither Status nor Payload",
    "get_opportunity__after_accept_sandbox_2025.json": "neither Status nor Payload",
    "get_opportunity__converted_from_lead.json": "neither Status nor Payload",
    "list_engagement_by_accepting_invitation_tasks.json": "without Id",
    LISTING: "a listing's summary",
    "list_engagement_resource_associations.json": "without Id",
    "list_opportunities__no_title_in_summary.json": "without Id",
    "start_engagement_by_accepting_invitation_task__sandbox_2025.json": "without Id",
    "start_opportunity_from_engagement_task__lead.json": "without Id",
}


@pytest.mark.parametrize("name", [name for name in FILES if name not in (LEAD, OPPORTUNITY)])
def test_other_answers_are_read_and_recognised_as_no_invitations(name: str) -> None:
    listed = list(Files(name, RECORDED).list(Selection()))
    assert len(listed) == (len(answer(name)) if name.startswith("events__") else 1)
    for entry in listed:
        assert entry.error is not None
        assert EXPECTED_ERRORS[name] in entry.error.message


# On the wire


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("aws")
def test_recorded_summaries_are_listed_as_they_were() -> None:
    summaries = answer(LISTING)["EngagementInvitationSummaries"]
    with PartnerCentral(summaries) as service, source(service) as opened:
        listed = list(opened.list(Selection(statuses=("PENDING",))))
    by_id = {summary["Id"]: summary for summary in summaries}
    assert {entry.id for entry in listed} == by_id.keys()
    for entry in listed:
        summary = by_id[entry.id]
        assert entry.summary is not None
        # The loopback service has one partner, whose role and receiver it answers with.
        assert {**summary, **entry.summary} == {**entry.summary, **summary}
        assert (entry.status, entry.payload_type) == ("PENDING", "OpportunityInvitation")
        assert entry.date is not None
        assert entry.date.isoformat()[:23] == summary["InvitationDate"][:23]
    titles = [summary["EngagementTitle"] for summary in summaries]
    assert max(map(titles.count, titles)) == 4, "EngagementTitle repeats: it identifies nothing"


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("name", [LEAD, OPPORTUNITY])
def test_recorded_invitations_come_over_the_wire_as_they_are_in_files(name: str) -> None:
    raw = answer(name)
    with PartnerCentral([raw]) as service, source(service) as opened:
        (listed,) = opened.list(Selection())
        fetched = opened.get(listed)
    assert held({key: fetched.raw[key] for key in raw}) == held(raw)
    assert fetched.typed.InvitationDate == invitation(name).typed.InvitationDate


INSIGHTS = """
version: 1
name: insights
crm: sql
records:
  lead:
    object: leads
    key: {aws_invitation_id: Id}
    fields:
      company: Payload.LeadInvitation.Customer.CompanyName
      use_case: Payload.LeadInvitation.Insights.EngagementScore
"""


@pytest.mark.usefixtures("aws")
def test_members_that_boto3_drops_can_be_mapped() -> None:
    raw = answer(LEAD)
    raw["Payload"]["LeadInvitation"]["Insights"] = {"EngagementScore": "High"}
    mapping = load_mapping(yamlfile.parse(INSIGHTS, "insights.yaml"))
    with PartnerCentral([raw]) as service, source(service) as opened:
        (listed,) = opened.list(Selection())
        (lead,) = map_invitation(opened.get(listed), mapping)
    assert lead.values["use_case"] == "High"


# What the answers of later calls prove


def test_the_title_rule_holds_on_recorded_answers_and_fails_where_it_must() -> None:
    title = answer(OPPORTUNITY)["Payload"]["OpportunityInvitation"]["Project"]["Title"]
    accepted = answer("get_opportunity__after_accept_sandbox_2025.json")
    assert fold(accepted["Project"]["Title"]) == fold(title)
    assert fold(answer("get_opportunity__converted_from_lead.json")["Project"]["Title"]) != fold(
        answer(LEAD)["EngagementTitle"]
    )
    for summary in answer("list_opportunities__no_title_in_summary.json")["OpportunitySummaries"]:
        assert "Title" not in summary["Project"]


def test_spend_is_the_same_before_and_after_acceptance() -> None:
    before = answer(OPPORTUNITY)["Payload"]["OpportunityInvitation"]["Project"]["ExpectedCustomerSpend"]
    after = answer("get_opportunity__after_accept_sandbox_2025.json")["Project"]["ExpectedCustomerSpend"]
    assert [Decimal(spend["Amount"]) for spend in before] == [Decimal(spend["Amount"]) for spend in after]
    assert same(Decimal("10000.00"), Decimal("10000"))


def test_events_repeat_under_different_ids() -> None:
    events = answer("events__opportunity_created_updated_burst.json")
    assert len({event["id"] for event in events}) == len(events)
    created = [event for event in events if event["detail-type"] == "Opportunity Created"]
    assert len(created) == 2
    assert len({event["detail"]["opportunity"]["identifier"] for event in created}) == 1
