"""What acceptance brings: engagements, contacts in their time, who belongs to what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.partner_central import PartnerCentral, make_invitations
from tests.servers.partner_central_client import client_of, deals, leads
from tests.servers.service_model import output_shape, problems

CATALOG = {"Catalog": "Sandbox"}
RECORDED = Path(__file__).parents[3] / "shared" / "reference" / "partner-central"
DEALS, LEADS = deals(4), leads(3)
DEAL, LEAD = DEALS[0], LEADS[0]


@pytest.fixture
def server() -> Iterator[PartnerCentral]:
    with PartnerCentral([*DEALS, *LEADS]) as running:
        yield running


@pytest.fixture
def aws(server: PartnerCentral) -> Iterator[Any]:
    with client_of(server) as service:
        yield service


def accept(aws: Any, *invitations: dict[str, Any]) -> list[str]:
    """Accepts them; the opportunities of those that have one."""
    opened = []
    for raw in invitations:
        if raw["PayloadType"] == "LeadInvitation":
            aws.accept_engagement_invitation(**CATALOG, Identifier=raw["Id"])
        else:
            task = aws.start_engagement_by_accepting_invitation_task(
                **CATALOG, Identifier=raw["Id"], ClientToken=raw["Id"]
            )
            opened.append(task["OpportunityId"])
    return opened


def engagement(aws: Any, raw: dict[str, Any] = LEAD) -> Any:
    return aws.get_engagement(**CATALOG, Identifier=raw["EngagementId"])


def first_contact(answer: Any) -> Any:
    return answer["Contexts"][0]["Payload"]["Lead"]["Interactions"][0].get("Contact")


def shape_of(value: Any) -> Any:
    """The names in an answer, without its values."""
    if isinstance(value, dict):
        return {name: shape_of(item) for name, item in value.items()}
    return [shape_of(item) for item in value[:1]] if isinstance(value, list) else None


def test_an_engagement_opens_with_acceptance_and_not_before(aws: Any) -> None:
    with pytest.raises(aws.exceptions.AccessDeniedException):
        engagement(aws)
    accept(aws, LEAD)
    assert engagement(aws)["Id"] == LEAD["EngagementId"]
    arn = engagement(aws)["Arn"]
    assert aws.get_engagement(**CATALOG, Identifier=arn)["Title"] == LEAD["EngagementTitle"]
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        aws.get_engagement(**CATALOG, Identifier="eng-00000000000000")
    aws.reject_engagement_invitation(**CATALOG, Identifier=DEAL["Id"], RejectionReason="Other")
    with pytest.raises(aws.exceptions.AccessDeniedException):
        engagement(aws, DEAL)


def test_a_leads_engagement_says_what_the_invitation_said(aws: Any) -> None:
    accept(aws, LEAD)
    content = engagement(aws)["Contexts"][0]
    assert (content["Id"], content["Type"]) == ("1", "Lead")
    lead, asked = content["Payload"]["Lead"], LEAD["Payload"]["LeadInvitation"]
    assert lead["Customer"]["CompanyName"] == asked["Customer"]["CompanyName"]
    assert lead["Customer"].get("AwsMaturity") == asked["Customer"]["AwsMaturity"]
    assert lead["Interactions"][0]["SourceId"] == asked["Interaction"]["SourceId"]


def test_a_deals_engagement_has_its_project(aws: Any) -> None:
    accept(aws, DEAL)
    content = engagement(aws, DEAL)["Contexts"][0]
    project = content["Payload"]["CustomerProject"]["Project"]
    asked = DEAL["Payload"]["OpportunityInvitation"]["Project"]
    assert content["Type"] == "CustomerProject" and project["Title"] == asked["Title"]


def test_a_leads_contact_comes_later(server: PartnerCentral, aws: Any) -> None:
    server.contacts_seconds = 1200
    accept(aws, LEAD)
    before = engagement(aws)
    assert first_contact(before) is None
    server.forward(1199)
    assert first_contact(engagement(aws)) is None
    server.forward(2)
    after = engagement(aws)
    contact = first_contact(after)
    assert contact["Email"].endswith("@customer.example.com") and contact["FirstName"] and contact["LastName"]
    asked = LEAD["Payload"]["LeadInvitation"]["Interaction"]
    assert contact["BusinessTitle"] == asked["ContactBusinessTitle"]
    assert after["ModifiedAt"] > before["ModifiedAt"]  # caches go by it


def test_contacts_can_be_brought_by_hand(server: PartnerCentral, aws: Any) -> None:
    server.contacts_seconds = 1200
    (number,) = accept(aws, LEAD, DEAL)
    before = aws.get_opportunity(**CATALOG, Identifier=number)
    assert before["Customer"]["Contacts"] == []
    server.bring_contacts()
    after = aws.get_opportunity(**CATALOG, Identifier=number)
    assert first_contact(engagement(aws)) and len(after["Customer"]["Contacts"]) == 1
    assert after["LastModifiedDate"] > before["LastModifiedDate"]


def test_what_was_accepted_long_ago_has_had_all_consequences(aws: Any, server: PartnerCentral) -> None:
    server.contacts_seconds = 1200
    for raw in (DEAL, LEAD):
        server.put(raw | {"Status": "ACCEPTED"})
    assert first_contact(engagement(aws))
    (summary,) = aws.list_opportunities(**CATALOG)["OpportunitySummaries"]
    opportunity = aws.get_opportunity(**CATALOG, Identifier=summary["Id"])
    assert len(opportunity["Customer"]["Contacts"]) == 1 and not server.applied


def test_the_answers_keep_to_the_model() -> None:
    with PartnerCentral(make_invitations(200, seed=5)) as server, client_of(server) as aws:
        aws.list_engagements(**CATALOG)
        assert len(server.engagements) > 40 and len(server.opportunities) > 20
        for operation, found in (
            ("GetEngagement", server.engagements),
            ("GetOpportunity", server.opportunities),
        ):
            wrong = [
                (problem["FieldName"], problem["Code"])
                for raw in found.values()
                for problem in problems(output_shape(operation), _written(raw))
            ]
            assert not wrong


def _written(raw: Any) -> Any:
    """Moments as numbers, which any moment may be."""
    return json.loads(json.dumps(raw, default=lambda at: at.timestamp()))


@pytest.mark.skipif(not RECORDED.is_dir(), reason="no recorded answers on this machine")
@pytest.mark.parametrize(
    ("operation", "file"),
    [
        ("get_engagement", "get_engagement__lead_after_accept.json"),
        ("get_opportunity", "get_opportunity__after_accept_sandbox_2025.json"),
        ("get_aws_opportunity_summary", "get_aws_opportunity_summary__deal_sizing_insights.json"),
        ("list_opportunities", "list_opportunities__no_title_in_summary.json"),
        ("list_engagement_resource_associations", "list_engagement_resource_associations.json"),
        (
            "list_engagement_by_accepting_invitation_tasks",
            "list_engagement_by_accepting_invitation_tasks.json",
        ),
        (
            "start_engagement_by_accepting_invitation_task",
            "start_engagement_by_accepting_invitation_task__sandbox_2025.json",
        ),
        ("start_opportunity_from_engagement_task", "start_opportunity_from_engagement_task__lead.json"),
    ],
)
def test_the_answers_name_what_recorded_ones_name(
    server: PartnerCentral, aws: Any, operation: str, file: str
) -> None:
    (number,) = accept(aws, LEAD, DEAL)
    asked = {
        "get_engagement": {"Identifier": LEAD["EngagementId"]},
        "get_opportunity": {"Identifier": number},
        "get_aws_opportunity_summary": {"RelatedOpportunityIdentifier": number},
        "start_engagement_by_accepting_invitation_task": {
            "Identifier": DEAL["Id"],
            "ClientToken": DEAL["Id"],
        },
        "start_opportunity_from_engagement_task": {
            "Identifier": LEAD["EngagementId"],
            "ContextIdentifier": "1",
            "ClientToken": "one",
        },
    }
    captured: list[bytes] = []
    aws.meta.events.register(
        "before-parse.*.*", lambda response_dict, **_: captured.append(response_dict["body"])
    )
    getattr(aws, operation)(**CATALOG, **asked.get(operation, {}))
    recorded = shape_of(json.loads((RECORDED / file).read_bytes()))
    assert _lacking(recorded, shape_of(json.loads(captured[0]))) == []


def _lacking(recorded: Any, ours: Any, path: str = "") -> list[str]:
    """Members of structures that a recorded answer has and ours has not."""
    if isinstance(recorded, list) and isinstance(ours, list):
        return _lacking(recorded[0], ours[0], f"{path}[]") if recorded and ours else []
    if not isinstance(recorded, dict) or ours is None:
        return []
    found = [f"{path}.{name}" for name in recorded if name not in ours]
    return found + [
        each
        for name in recorded
        if name in ours
        for each in _lacking(recorded[name], ours[name], f"{path}.{name}")
    ]


def test_engagements_are_listed_by_their_context(aws: Any) -> None:
    accept(aws, DEAL, *LEADS)

    def listed(**asked: Any) -> set[str]:
        return {each["Id"] for each in aws.list_engagements(**CATALOG, **asked)["EngagementSummaryList"]}

    of_leads = {raw["EngagementId"] for raw in LEADS}
    assert listed() == {DEAL["EngagementId"], *of_leads}
    assert listed(ContextTypes=["Lead"]) == listed(ExcludeContextTypes=["CustomerProject"]) == of_leads
    assert listed(EngagementIdentifier=[DEAL["EngagementId"]]) == {DEAL["EngagementId"]}
    assert listed(ExcludeCreatedBy=[DEAL["SenderAwsAccountId"]]).isdisjoint({DEAL["EngagementId"]})
    assert DEAL["EngagementId"] in listed(CreatedBy=[DEAL["SenderAwsAccountId"]])
    in_order = aws.list_engagements(**CATALOG, Sort={"SortBy": "CreatedDate", "SortOrder": "ASCENDING"})
    dates = [each["CreatedAt"] for each in in_order["EngagementSummaryList"]]
    assert dates == sorted(dates) and in_order["EngagementSummaryList"][0]["ContextTypes"]


def test_associations_lead_from_an_engagement_to_its_opportunity(server: PartnerCentral, aws: Any) -> None:
    numbers = dict(zip((raw["EngagementId"] for raw in DEALS), accept(aws, *DEALS), strict=True))
    accept(aws, LEAD)
    server.page_size = 3

    def associated(**asked: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        more: dict[str, str] = {}
        while True:
            answer = aws.list_engagement_resource_associations(**CATALOG, **asked, **more)
            for each in answer["EngagementResourceAssociationSummaries"]:
                found[each["EngagementId"]] = each["ResourceId"]
            if "NextToken" not in answer:
                return found
            more = {"NextToken": answer["NextToken"]}

    assert associated() == numbers
    chosen = DEAL["EngagementId"]
    assert associated(EngagementIdentifier=chosen) == {chosen: numbers[chosen]}
    assert associated(ResourceIdentifier=numbers[chosen]) == {chosen: numbers[chosen]}
    assert associated(EngagementIdentifier=LEAD["EngagementId"]) == {}
    aws.start_opportunity_from_engagement_task(
        **CATALOG, Identifier=LEAD["EngagementId"], ContextIdentifier="1", ClientToken="one"
    )
    assert set(associated(EngagementIdentifier=LEAD["EngagementId"])) == {LEAD["EngagementId"]}


def test_members_are_those_invited_and_this_partner(aws: Any) -> None:
    with pytest.raises(aws.exceptions.AccessDeniedException):
        aws.list_engagement_members(**CATALOG, Identifier=LEAD["EngagementId"])
    accept(aws, LEAD)
    listed = aws.list_engagement_members(**CATALOG, Identifier=LEAD["EngagementId"])["EngagementMemberList"]
    assert len(listed) == engagement(aws)["MemberCount"] == 2
    assert {each["AccountId"] for each in listed} == {LEAD["SenderAwsAccountId"], "111111111111"}
