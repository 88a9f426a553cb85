"""The partner's own opportunities: how they follow from invitations, are listed, and are updated whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.servers.partner_central import PartnerCentral, make_invitations
from tests.servers.partner_central_client import client_of, deals
from tests.servers.service_model import input_shape

CATALOG = {"Catalog": "Sandbox"}
UPDATE = "UpdateOpportunity"
DEALS = deals(6)
DEAL = DEALS[0]
PROJECT = DEAL["Payload"]["OpportunityInvitation"]["Project"]


@pytest.fixture
def server() -> Iterator[PartnerCentral]:
    with PartnerCentral(raw | {"Status": "ACCEPTED"} for raw in DEALS) as running:
        yield running


@pytest.fixture
def aws(server: PartnerCentral) -> Iterator[Any]:
    with client_of(server) as service:
        yield service


def number_of(aws: Any, raw: dict[str, Any] = DEAL) -> str:
    listed = aws.list_engagement_resource_associations(**CATALOG, EngagementIdentifier=raw["EngagementId"])
    return str(listed["EngagementResourceAssociationSummaries"][0]["ResourceId"])


def get(aws: Any, number: str) -> Any:
    answer = aws.get_opportunity(**CATALOG, Identifier=number)
    del answer["ResponseMetadata"]
    return answer


def whole(opportunity: Any) -> dict[str, Any]:
    """A request that leaves an opportunity as it is."""
    names = input_shape(UPDATE).members
    return {name: opportunity[name] for name in names if name in opportunity} | {
        "Identifier": opportunity["Id"]
    }


def test_an_opportunity_follows_from_its_invitation(aws: Any) -> None:
    opportunity = get(aws, number_of(aws))
    assert opportunity["Project"]["Title"] == PROJECT["Title"]
    assert opportunity["Project"]["CustomerBusinessProblem"] == PROJECT["BusinessProblem"]
    assert opportunity["LifeCycle"]["TargetCloseDate"] == PROJECT["TargetCompletionDate"]
    assert opportunity["LifeCycle"]["ReviewStatus"] == "Approved"
    account = opportunity["Customer"]["Account"]
    asked = DEAL["Payload"]["OpportunityInvitation"]["Customer"]
    assert account["CompanyName"] == asked["CompanyName"]
    # What the invitation hid.
    assert account["Address"]["StreetAddress"] and account["AwsAccountId"]
    assert opportunity["Project"]["OtherSolutionDescription"]
    assert f":catalog/Sandbox/opportunity/{opportunity['Id']}" in opportunity["Arn"]


def test_amounts_are_rewritten_but_worth_the_same(aws: Any) -> None:
    with PartnerCentral(make_invitations(300, seed=3)) as server, client_of(server) as service:
        service.list_opportunities(**CATALOG)
        amounts = [
            spend["Amount"]
            for raw in server.opportunities.values()
            for spend in raw["Project"]["ExpectedCustomerSpend"]
        ]
    assert {"10000", "1250.5", "740000", "0", "3", ""} <= set(amounts)
    assert not [amount for amount in amounts if amount.endswith((".", ".00"))]


def test_two_opportunities_may_share_their_title(aws: Any, server: PartnerCentral) -> None:
    twin = DEAL | {"Id": "engi-twin000000000", "EngagementId": "eng-twin0000000000", "Status": "ACCEPTED"}
    server.put(twin)
    first, second = number_of(aws), number_of(aws, twin)
    assert first != second
    assert get(aws, first)["Project"]["Title"] == get(aws, second)["Project"]["Title"]


def test_errors_of_lookups(server: PartnerCentral, aws: Any) -> None:
    number = number_of(aws)
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        get(aws, "O1")
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        aws.get_opportunity(Catalog="AWS", Identifier=number)
    server.denied.add(number)
    with pytest.raises(aws.exceptions.AccessDeniedException):
        get(aws, number)
    with pytest.raises(aws.exceptions.ValidationException):
        get(aws, "1234")


def test_aws_has_a_view_of_it(aws: Any) -> None:
    number = number_of(aws)
    summary = aws.get_aws_opportunity_summary(**CATALOG, RelatedOpportunityIdentifier=number)
    assert (summary["RelatedOpportunityId"], summary["Origin"]) == (number, "AWS Referral")
    assert summary["LifeCycle"]["TargetCloseDate"] == PROJECT["TargetCompletionDate"]
    senders = DEAL["Payload"]["OpportunityInvitation"]["SenderContacts"] or []
    assert [each["Email"] for each in summary["OpportunityTeam"]] == [each["Email"] for each in senders]


# Listings.


def listed(aws: Any, **asked: Any) -> list[str]:
    return [each["Id"] for each in aws.list_opportunities(**CATALOG, **asked)["OpportunitySummaries"]]


def test_summaries_carry_no_title_and_no_street(aws: Any) -> None:
    for each in aws.list_opportunities(**CATALOG)["OpportunitySummaries"]:
        assert "Title" not in each["Project"] and "ExpectedCustomerSpend" in each["Project"]
        assert "StreetAddress" not in each["Customer"]["Account"]["Address"]
        assert "Contacts" not in each["Customer"]


def test_listings_are_narrowed_by_customer_and_dates(aws: Any) -> None:
    numbers = {raw["Id"]: number_of(aws, raw) for raw in DEALS}
    company = DEAL["Payload"]["OpportunityInvitation"]["Customer"]["CompanyName"]
    same = {
        numbers[raw["Id"]]
        for raw in DEALS
        if raw["Payload"]["OpportunityInvitation"]["Customer"]["CompanyName"] == company
    }
    assert set(listed(aws, CustomerCompanyName=[company])) == same
    assert listed(aws, Identifier=[numbers[DEAL["Id"]]]) == [numbers[DEAL["Id"]]]
    chosen = get(aws, numbers[DEAL["Id"]])
    created, minute = chosen["CreatedDate"], timedelta(minutes=1)
    around = {"AfterCreatedDate": created - minute, "BeforeCreatedDate": created + minute}
    assert chosen["Id"] in listed(aws, CreatedDate=around)
    assert chosen["Id"] not in listed(aws, CreatedDate={"AfterCreatedDate": created + minute})
    at = chosen["LastModifiedDate"]  # "on or after"
    assert chosen["Id"] in listed(aws, LastModifiedDate={"AfterLastModifiedDate": at})
    day = chosen["LifeCycle"]["TargetCloseDate"]
    only = {"AfterTargetCloseDate": day, "BeforeTargetCloseDate": day}
    assert chosen["Id"] in listed(aws, TargetCloseDate=only)
    assert set(listed(aws, LifeCycleReviewStatus=["Approved"])) == set(numbers.values())
    assert listed(aws, LifeCycleStage=["Launched"]) == [] == listed(aws, LifeCycleReviewStatus=["Submitted"])


@pytest.mark.parametrize("by", ["LastModifiedDate", "Identifier", "CustomerCompanyName", "CreatedDate"])
@pytest.mark.parametrize("order", ["ASCENDING", "DESCENDING"])
def test_listings_are_sorted_page_by_page(server: PartnerCentral, aws: Any, by: str, order: str) -> None:
    server.page_size = 4
    pages = aws.get_paginator("list_opportunities").paginate(
        **CATALOG, Sort={"SortBy": by, "SortOrder": order}
    )
    found = [each for page in pages for each in page["OpportunitySummaries"]]
    keys = {
        "Identifier": [each["Id"] for each in found],
        "CustomerCompanyName": [each["Customer"]["Account"]["CompanyName"] for each in found],
    }.get(by) or [each[by] for each in found]
    assert len({each["Id"] for each in found}) == len(DEALS)
    assert keys == sorted(keys, reverse=order == "DESCENDING")


# Updates.


def test_an_update_with_everything_changes_one_thing(aws: Any, server: PartnerCentral) -> None:
    for raw in DEALS:
        before = get(aws, number_of(aws, raw))
        answer = aws.update_opportunity(**whole(before) | {"PartnerOpportunityIdentifier": "006ABC"})
        after = get(aws, before["Id"])
        assert after["LastModifiedDate"] == answer["LastModifiedDate"] > before["LastModifiedDate"]
        changed = {"PartnerOpportunityIdentifier": "006ABC", "LastModifiedDate": after["LastModifiedDate"]}
        assert after == before | changed
    assert len(server.applied) == len(DEALS)


def test_what_an_update_leaves_out_is_cleared(aws: Any) -> None:
    before = get(aws, number_of(aws))
    aws.update_opportunity(
        **CATALOG,
        Identifier=before["Id"],
        LastModifiedDate=before["LastModifiedDate"],
        PartnerOpportunityIdentifier="006ABC",
    )
    after = get(aws, before["Id"])
    assert after["PartnerOpportunityIdentifier"] == "006ABC"
    assert not {"Project", "Customer", "Marketing", "OpportunityType"} & set(after)
    # Its own are left: what it is, who works on it, how AWS's review stands.
    kept = ("Id", "Arn", "CreatedDate", "OpportunityTeam", "RelatedEntityIdentifiers")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["LifeCycle"] == {"ReviewStatus": "Approved"}
    assert before["Id"] in listed(aws)  # with nothing to sort or filter by


def test_an_update_of_an_old_version_is_a_conflict(server: PartnerCentral, aws: Any) -> None:
    before = get(aws, number_of(aws))
    server.change_opportunity(before["Id"], OpportunityType="Expansion")
    with pytest.raises(aws.exceptions.ConflictException):
        aws.update_opportunity(**whole(before))
    now = get(aws, before["Id"])
    assert now["OpportunityType"] == "Expansion" and not server.applied
    aws.update_opportunity(**whole(now))
    with pytest.raises(aws.exceptions.ConflictException):  # its own update made it another version
        aws.update_opportunity(**whole(now))


def test_an_update_whose_answer_was_lost_is_a_conflict_when_sent_again(
    server: PartnerCentral, aws: Any
) -> None:
    before = get(aws, number_of(aws))
    server.script(UPDATE, ["reset"])
    request = whole(before) | {"PartnerOpportunityIdentifier": "006ABC"}
    with pytest.raises(ConnectionClosedError):
        aws.update_opportunity(**request)
    with pytest.raises(aws.exceptions.ConflictException):
        aws.update_opportunity(**request)
    assert get(aws, before["Id"])["PartnerOpportunityIdentifier"] == "006ABC" and len(server.applied) == 1


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"PartnerOpportunityIdentifier": "x" * 65}, "PartnerOpportunityIdentifier", "INVALID_STRING_FORMAT"),
        ({"LastModifiedDate": None}, "LastModifiedDate", "REQUIRED_FIELD_MISSING"),
        ({"OpportunityType": "New"}, "OpportunityType", "INVALID_ENUM_VALUE"),
        ({"Project": {"Title": "x" * 256}}, "Project.Title", "INVALID_STRING_FORMAT"),
        ({"Customer": {"Account": {}}}, "Customer.Account.CompanyName", "REQUIRED_FIELD_MISSING"),
    ],
)  # fmt: skip
def test_updates_are_held_to_the_model(aws: Any, change: dict[str, Any], field: str, code: str) -> None:
    request = whole(get(aws, number_of(aws))) | change
    with pytest.raises(ClientError) as caught:
        aws.update_opportunity(**{name: value for name, value in request.items() if value is not None})
    answer: Any = caught.value.response
    assert answer["Reason"] == "REQUEST_VALIDATION_FAILED"
    assert [(each["FieldName"], each["Code"]) for each in answer["ErrorList"]] == [(field, code)]


def test_what_is_under_review_is_not_updated(server: PartnerCentral, aws: Any) -> None:
    number = number_of(aws)
    server.change_opportunity(number, LifeCycle={"ReviewStatus": "In review", "Stage": "Prospect"})
    with pytest.raises(aws.exceptions.ValidationException) as caught:
        aws.update_opportunity(**whole(get(aws, number)))
    assert caught.value.response["ErrorList"][0]["Code"] == "ACTION_NOT_PERMITTED"


def test_an_opportunity_of_the_partners_own(server: PartnerCentral, aws: Any) -> None:
    asked = {
        **CATALOG,
        "ClientToken": "one",
        "Customer": {"Account": {"CompanyName": "Northwind"}},
        "LifeCycle": {"Stage": "Qualified", "TargetCloseDate": "2030-01-31"},
        "Project": {"Title": PROJECT["Title"]},
    }
    made = aws.create_opportunity(**asked)
    assert made["Id"] == aws.create_opportunity(**asked)["Id"]
    opportunity = get(aws, made["Id"])
    assert opportunity["Project"]["Title"] == PROJECT["Title"]
    assert opportunity["LifeCycle"]["ReviewStatus"] == "Pending Submission"
    assert abs(opportunity["CreatedDate"] - datetime.now(UTC)) < timedelta(minutes=1)
    assert listed(aws, CustomerCompanyName=["Northwind"]) == [made["Id"]]
    with pytest.raises(aws.exceptions.ConflictException):
        aws.create_opportunity(**asked | {"Project": {"Title": "Another"}})
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        aws.get_aws_opportunity_summary(**CATALOG, RelatedOpportunityIdentifier=made["Id"])
    assert len(server.applied) == 1
