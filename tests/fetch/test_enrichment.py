"""What an accepted invitation leads to is found by the strongest evidence, fetched only where it is used, and
seen to change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from connector.errors import AccessDenied, NotFoundError
from connector.fetch import Listed, Selection
from connector.fetch.enrichment import NO_CONTACTS, Enriched
from connector.fetch.opportunity import CONVERTED
from connector.invitation import Engaged, Invitation, digest, parse

Raw = dict[str, Any]
ALL = frozenset({"Engagement", "Opportunity", "AwsOpportunity"})


def an_invitation(title: str = "Data lake", *, status: str = "ACCEPTED") -> Raw:
    deal = {"Customer": {"CompanyName": "Acme"}, "Project": {"Title": title}}
    return {
        "Id": "engi-1",
        "Status": status,
        "EngagementId": "eng-1",
        "InvitationDate": "2026-03-01T00:00:00Z",
        "Payload": {"OpportunityInvitation": deal},
    }


def an_opportunity(identifier: str, title: str = "Data lake", **more: Any) -> Raw:
    return {
        "Id": identifier,
        "Project": {"Title": title},
        "Customer": {"Account": {"CompanyName": "Acme"}, "Contacts": [{"Email": "jo@acme.example"}]},
        "CreatedDate": "2026-03-02T00:00:00Z",
        "LastModifiedDate": "2026-03-02T00:00:00Z",
        **more,
    }


class Service:
    """Partner Central, as far as reading what invitations lead to goes."""

    catalog, concurrency = "Sandbox", 1

    def __init__(self, *invitations: Raw) -> None:
        self.invitations = {raw["Id"]: raw for raw in invitations}
        self.opportunities: dict[str, Raw] = {}
        self.engagements: dict[str, Raw] = {}
        self.tasks: list[Raw] = []
        self.associations: list[Raw] = []
        self.denied: set[Any] = set()
        self.asked: Counter[str] = Counter()

    def list(self, selection: Selection) -> Iterator[Listed]:
        for raw in self.invitations.values():
            yield Listed(raw["Id"], digest(raw), raw["Status"], summary={"EngagementId": raw["EngagementId"]})

    def get(self, listed: Listed) -> Invitation:
        return parse(self.invitations[listed.id])

    def calls(self) -> Mapping[str, int]:
        return self.asked

    def close(self) -> None:
        return

    def read(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        self.asked[operation] += 1
        identifier = parameters.get("Identifier") or parameters.get("RelatedOpportunityIdentifier")
        if operation == "GetAwsOpportunitySummary" and identifier in self.opportunities:
            return {"RelatedOpportunityId": identifier, "LifeCycle": {"Stage": "Qualified"}}
        found = (self.engagements if operation == "GetEngagement" else self.opportunities).get(
            str(identifier)
        )
        if identifier in self.denied:
            raise AccessDenied("not yours", service="partnercentral-selling", code="AccessDeniedException")
        if found is None:
            raise NotFoundError("not there", service="partnercentral-selling")
        return found

    def read_all(self, operation: str, member: str, **parameters: Any) -> Iterator[Mapping[str, Any]]:
        self.asked[operation] += 1
        yield from {
            "ListEngagementByAcceptingInvitationTasks": self.tasks,
            "ListEngagementResourceAssociations": self.associations,
            "ListOpportunities": [
                {name: whole[name] for name in ("Id", "CreatedDate", "LastModifiedDate")}
                for whole in self.opportunities.values()
                if whole["LastModifiedDate"]
                > parameters.get("LastModifiedDate", {}).get("AfterLastModifiedDate", "")
            ],
            "ListEngagements": list(self.engagements.values()),
        }[operation]


def got(service: Service, members: frozenset[str] = ALL, **known: Engaged) -> Invitation:
    source = Enriched(service, members, lambda: {id_.replace("_", "-"): k for id_, k in known.items()})
    (listed,) = source.list(Selection())
    return source.get(listed)


def test_what_is_not_accepted_leads_nowhere() -> None:
    service = Service(an_invitation(status="PENDING"))
    assert "Opportunity" not in got(service).raw
    assert not {name for name in service.asked if name.startswith("Get")}


def test_only_what_is_used_is_fetched() -> None:
    service = Service(an_invitation())
    service.engagements["eng-1"] = {"Id": "eng-1", "ModifiedAt": "2026-03-02T00:00:00Z"}
    invitation = got(service, frozenset({"Engagement"}))
    assert invitation.raw["Engagement"]["Id"] == "eng-1"
    assert set(service.asked) == {"ListEngagements", "GetEngagement"}


def evidence(service: Service) -> tuple[str, str]:
    invitation = got(service, frozenset({"Opportunity"}))
    assert (invitation.raw.get("Opportunity") or {}).get("Id", "") == invitation.opportunity
    return invitation.opportunity, invitation.evidence


def test_the_strongest_evidence_counts() -> None:
    service = Service(an_invitation())
    for identifier in ("O1", "O2", "O3"):
        service.opportunities[identifier] = an_opportunity(identifier)
    assert evidence(service) == ("", "")  # three of one title, and nothing else to go by
    service.opportunities["O3"]["Project"]["ExpectedCustomerSpend"] = [{"Amount": "5", "CurrencyCode": "USD"}]
    service.invitations["engi-1"]["Payload"]["OpportunityInvitation"]["Project"]["ExpectedCustomerSpend"] = [
        {"Amount": "5", "CurrencyCode": "USD"}
    ]
    assert evidence(service) == ("O3", "the same title, customer and no earlier date")
    service.associations = [{"ResourceId": "O2"}, {"ResourceId": "O-of-AWS"}]
    assert evidence(service) == ("O2", "the engagement's associations")
    service.tasks = [{"OpportunityId": "O1", "TaskStatus": "COMPLETE", "StartTime": "2026-03-01"}]
    assert evidence(service) == ("O1", "the task that accepted the invitation")
    known = got(service, frozenset({"Opportunity"}), engi_1=Engaged("O3", "the answer to our acceptance"))
    assert (known.opportunity, known.evidence) == ("O3", "the answer to our acceptance")


@pytest.mark.parametrize("none", ["", "null", None])
def test_a_task_without_an_opportunity_yet_is_no_evidence(none: str | None) -> None:
    service = Service(an_invitation())
    service.opportunities["O2"] = an_opportunity("O2")
    service.tasks = [{"OpportunityId": none, "TaskStatus": "IN_PROGRESS", "StartTime": "2026-03-01"}]
    service.associations = [{"ResourceId": "O2"}]
    assert evidence(service) == ("O2", "the engagement's associations")


def test_aws_s_own_opportunity_may_be_none_of_ours_to_read() -> None:
    service = Service(an_invitation())
    service.denied.add("O-of-AWS")
    service.associations = [{"ResourceId": "O-of-AWS"}]
    assert evidence(service) == ("", "")
    service.opportunities["O2"] = an_opportunity("O2", "Renamed since")
    service.associations.append({"ResourceId": "O2"})
    assert evidence(service) == ("O2", "the engagement's associations")


@pytest.mark.parametrize(
    "opportunity",
    [
        an_opportunity("O1", "Another title"),
        an_opportunity("O1", CreatedDate="2026-02-01T00:00:00Z"),
        an_opportunity("O1", Project={}),
    ],
)
def test_another_title_or_an_earlier_date_is_no_evidence(opportunity: Raw) -> None:
    service = Service(an_invitation())
    service.opportunities["O1"] = opportunity
    assert evidence(service) == ("", "")


def test_titles_are_compared_as_everywhere() -> None:
    service = Service(an_invitation("data  LAKE"))
    service.opportunities["O1"] = an_opportunity("O1")
    assert evidence(service)[0] == "O1"


def test_the_title_of_every_converted_lead_is_no_evidence() -> None:
    service = Service(an_invitation(CONVERTED))
    service.opportunities["O1"] = an_opportunity("O1", CONVERTED)
    assert evidence(service) == ("", "")


def test_what_is_still_to_come_is_said() -> None:
    service = Service(an_invitation())
    service.engagements["eng-1"] = {"Id": "eng-1"}
    assert got(service).awaits == ("the AWS opportunity: AWS has not made its opportunity yet",)
    service.opportunities["O1"] = an_opportunity("O1", Customer={"Contacts": []})
    assert got(service).awaits == (NO_CONTACTS,)
    service.opportunities["O1"] = an_opportunity("O1")
    assert got(service).awaits == ()


def test_what_must_be_there_and_is_not_given_is_null_and_awaited() -> None:
    service = Service(an_invitation())
    invitation = got(service, engi_1=Engaged("O1", "the answer to our acceptance"))
    assert {name: invitation.raw[name] for name in ALL} == dict.fromkeys(ALL)
    expected = ("the engagement", "the AWS opportunity O1", "AWS's view of the opportunity O1")
    assert invitation.awaits == expected
    assert "Opportunity" not in got(service).raw  # there may be none


def test_a_lead_waits_for_its_contact() -> None:
    raw = an_invitation() | {"Payload": {"LeadInvitation": {"Customer": {"CompanyName": "Acme"}}}}
    service = Service(raw)
    assert got(service).awaits == ("the engagement",)
    lead: Raw = {"Interactions": [{"Usecase": "Migration"}]}
    service.engagements["eng-1"] = {"Id": "eng-1", "Contexts": [{"Payload": {"Lead": lead}}]}
    assert got(service).awaits == (NO_CONTACTS,)
    lead["Interactions"][0]["Contact"] = {"Email": "jo@acme.example"}
    assert got(service).awaits == ()


@pytest.mark.parametrize(
    "contexts",
    [
        None,
        "x",
        [None],
        [{}],
        [{"Payload": None}],
        [{"Payload": {"Lead": None}}],
        ["x"],
        [{"Payload": {"Lead": {"Interactions": ["x"]}}}],
    ],
)
def test_an_engagement_of_any_shape_upsets_nothing(contexts: Any) -> None:
    raw = an_invitation() | {"Payload": {"LeadInvitation": {"Customer": {"CompanyName": "Acme"}}}}
    service = Service(raw)
    service.engagements["eng-1"] = {"Id": "eng-1", "Contexts": contexts}
    assert got(service).awaits == (NO_CONTACTS,)


def test_a_listing_shows_when_what_it_leads_to_has_changed_and_else_stays_the_same() -> None:
    service = Service(an_invitation())
    service.opportunities["O1"] = an_opportunity("O1")
    service.engagements["eng-1"] = {"Id": "eng-1", "ModifiedAt": "2026-03-02T00:00:00Z"}
    first = got(service)
    known = {"engi-1": Engaged(first.opportunity, first.evidence, first.modified)}

    def listed() -> str:
        (entry,) = Enriched(service, ALL, lambda: known).list(Selection())
        return entry.digest

    assert listed() == first.listed_as
    service.opportunities["O1"] |= {"LastModifiedDate": "2026-04-01T00:00:00Z"}
    changed = listed()
    assert changed != first.listed_as
    service.engagements["eng-1"] |= {"ModifiedAt": "2026-04-02T00:00:00Z"}
    assert listed() not in (changed, first.listed_as)
