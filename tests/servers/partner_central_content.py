"""What accepting an invitation brings: the engagement and the opportunity, made from the invitation in the
shape of recorded ones, with what the invitation hid until then. Pure; the same for the same invitation."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from tests.servers.invitations import BASE36, FAMILY, GIVEN

Raw = dict[str, Any]
PARTNER = "111111111111"  # the account whose Partner Central this is
CITIES = (
    ("New York", "10001", "New York", "123 Wall Street"),
    ("Berlin", "10115", "Berlin", "Invalidenstraße 1"),
    ("Oslo", "0150", "Oslo", "Karl Johans gate 2\nInngang B"),
    ("東京", "100-0001", "東京都", "千代田区千代田1-1"),
)
OWNER = {
    "BusinessTitle": "OpportunityOwner",
    "Email": "owner@partner.example.com",
    "FirstName": "Alliance",
    "LastName": "Lead",
    "Phone": None,
}


def identifier(prefix: str, length: int, key: str) -> str:
    """``prefix`` and ``length`` characters that depend on the key alone."""
    return prefix + "".join(random.Random(f"{prefix} {key}").choices(BASE36, k=length))


def opportunity_number(key: str) -> str:
    return f"O{random.Random(f'O {key}').randrange(10**9, 10**10)}"


def arn(catalog: str, kind: str, name: str, account: str = "") -> str:
    return f"arn:aws:partnercentral:us-east-1:{account}:catalog/{catalog}/{kind}/{name}"


def milliseconds(at: datetime) -> str:
    """As GetOpportunity writes moments: ``2025-12-15T23:33:13.149Z``."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def payload(invitation: Raw, kind: str) -> Raw:
    return (invitation.get("Payload") or {}).get(kind) or {}


def invited(invitation: Raw) -> datetime:
    return datetime.fromisoformat(invitation.get("InvitationDate") or "2023-01-01T00:00:00Z")


def contact(key: str, title: str | None) -> Raw:
    """A person at the customer's; names and addresses in all scripts occur."""
    rng = random.Random(f"contact {key}")
    return {
        "BusinessTitle": title or "Chief Financial Officer",
        "Email": f"buyer.{rng.randrange(10**6)}@customer.example.com",
        "FirstName": rng.choice(GIVEN),
        "LastName": rng.choice(FAMILY),
        "Phone": rng.choice((None, f"+1415555{rng.randrange(10**4):04d}")),
    }


def engagement_of(invitation: Raw, at: datetime) -> Raw:
    """The engagement as its new member sees it at first: the lead's contact is still to come."""
    return {
        "Arn": arn(invitation["Catalog"], "engagement", invitation["EngagementId"]),
        "Contexts": _contexts(invitation),
        "CreatedAt": invited(invitation),
        "CreatedBy": invitation.get("SenderAwsAccountId"),
        "Description": invitation.get("EngagementDescription"),
        "Id": invitation["EngagementId"],
        "MemberCount": len(invitation.get("ExistingMembers") or ()) + 1,
        "ModifiedAt": at,
        "ModifiedBy": PARTNER,
        "Title": invitation.get("EngagementTitle"),
    }


def _contexts(invitation: Raw) -> list[Raw]:
    lead, deal = payload(invitation, "LeadInvitation"), payload(invitation, "OpportunityInvitation")
    if lead:
        return [{"Id": "1", "Payload": {"Lead": _lead(invitation, lead)}, "Type": "Lead"}]
    if deal:
        return [{"Id": "1", "Payload": {"CustomerProject": _project(deal)}, "Type": "CustomerProject"}]
    return []


def _lead(invitation: Raw, lead: Raw) -> Raw:
    customer, interaction = lead.get("Customer") or {}, lead.get("Interaction") or {}
    kept = ("AwsMaturity", "CompanyName", "Industry", "MarketSegment", "WebsiteUrl")
    address = {"City": None, "CountryCode": customer.get("CountryCode")}
    said = {name: interaction.get(name) for name in ("SourceId", "SourceName", "SourceType", "Usecase")}
    return {
        "Customer": {name: customer.get(name) for name in kept} | {"Address": address},
        "Interactions": [
            {
                **said,
                "BusinessProblem": None,
                "Contact": None,
                "CustomerAction": "Completed Form",
                "InteractionDate": invited(invitation),
            }
        ],
        "QualificationStatus": None,
    }


def _project(deal: Raw) -> Raw:
    project = deal.get("Project") or {}
    names = ("BusinessProblem", "TargetCompletionDate", "Title")
    return {
        "Customer": dict(deal.get("Customer") or {}),
        "Project": {name: project.get(name) for name in names},
    }


def opportunity_of(invitation: Raw, number: str, at: datetime) -> Raw:
    """The partner's own opportunity of an accepted invitation. The customer's contacts are still to come;
    amounts are rewritten, as recorded ("10000.00" becomes "10000")."""
    deal = payload(invitation, "OpportunityInvitation")
    project = deal.get("Project") or {}
    spends = [
        spend | {"Amount": rewritten(spend.get("Amount"))}
        for spend in project.get("ExpectedCustomerSpend") or ()
    ]
    return opportunity_skeleton(invitation["Catalog"], number, at) | {
        # AWS's own opportunity was there before the invitation to it.
        "CreatedDate": f"{invited(invitation) - timedelta(seconds=5):%Y-%m-%dT%H:%M:%S}Z",
        "Customer": {"Account": _account(deal.get("Customer") or {}, number), "Contacts": []},
        "LifeCycle": _life_cycle("Approved", project.get("TargetCompletionDate")),
        "PrimaryNeedsFromAws": ["Co-Sell - Architectural Validation"],
        "Project": {
            "CustomerBusinessProblem": project.get("BusinessProblem"),
            "CustomerUseCase": "Security & Compliance",
            "DeliveryModels": ["SaaS or PaaS"],
            "ExpectedCustomerSpend": spends,
            "OtherSolutionDescription": f"Solution notes on {invitation['Id']}",
            "SalesActivities": ["Conducted POC / Demo"],
            "Title": project.get("Title"),
        },
    }


def opportunity_from_lead(engagement: Raw, lead: Raw, catalog: str, number: str, at: datetime) -> Raw:
    """What a lead is converted to. Its title says nothing of the lead: all of them have the same."""
    customer = dict(lead.get("Customer") or {})
    country = (customer.get("Address") or {}).get("CountryCode")
    contacts = [item["Contact"] for item in lead.get("Interactions") or () if item.get("Contact")]
    account = {name: customer.get(name) for name in ("CompanyName", "Industry", "WebsiteUrl")}
    return opportunity_skeleton(catalog, number, at) | {
        "Customer": {"Account": {**account, "Address": {"CountryCode": country}}, "Contacts": contacts},
        "LifeCycle": _life_cycle("Pending Submission", f"{at + timedelta(days=90):%Y-%m-%d}"),
        "PrimaryNeedsFromAws": None,
        "Project": {
            "CustomerBusinessProblem": engagement.get("Description"),
            "ExpectedCustomerSpend": [],
            "Title": "Converted from Lead",
        },
    }


def opportunity_skeleton(catalog: str, number: str, at: datetime) -> Raw:
    """What every opportunity has, however it came to be."""
    return {
        "Arn": arn(catalog, "opportunity", number, PARTNER),
        "Catalog": catalog,
        "CreatedDate": f"{at:%Y-%m-%dT%H:%M:%S}Z",
        "Id": number,
        "LastModifiedDate": milliseconds(at),
        "Marketing": {"Source": "None"},
        "NationalSecurity": "No",
        "OpportunityTeam": [dict(OWNER)],
        "OpportunityType": "Net New Business",
        "PartnerOpportunityIdentifier": None,
        "RelatedEntityIdentifiers": {"AwsMarketplaceOffers": [], "AwsProducts": [], "Solutions": []},
        "SoftwareRevenue": None,
    }


def _account(customer: Raw, key: str) -> Raw:
    rng = random.Random(f"account {key}")
    city, postal_code, state, street = rng.choice(CITIES)
    return {
        "Address": {
            "City": city,
            "CountryCode": customer.get("CountryCode"),
            "PostalCode": postal_code,
            "StateOrRegion": state,
            "StreetAddress": street,
        },
        "AwsAccountId": f"{rng.randrange(10**11, 10**12)}",
        "CompanyName": customer.get("CompanyName"),
        "Industry": customer.get("Industry"),
        "WebsiteUrl": customer.get("WebsiteUrl"),
    }


def _life_cycle(review: str, close: str | None) -> Raw:
    return {"NextSteps": None, "ReviewStatus": review, "Stage": "Prospect", "TargetCloseDate": close}


def rewritten(amount: str | None) -> str | None:
    return amount.rstrip("0").rstrip(".") if amount and "." in amount else amount


def aws_summary(opportunity: Raw, invitation: Raw | None) -> Raw:
    """AWS's own view of an opportunity that both work on."""
    deal = payload(invitation or {}, "OpportunityInvitation")
    names = ("BusinessTitle", "Email", "FirstName", "LastName")
    team = [{name: person.get(name) for name in names} for person in deal.get("SenderContacts") or ()]
    life_cycle = opportunity.get("LifeCycle") or {}
    return {
        "Catalog": opportunity["Catalog"],
        "Customer": {"Contacts": (opportunity.get("Customer") or {}).get("Contacts")},
        "Insights": {"EngagementScore": "High", "NextBestActions": "Arrange a joint call"},
        "InvolvementType": "Co-Sell",
        "LifeCycle": {
            "NextSteps": "Introduce the solution architect",
            "Stage": "Qualified",
            "TargetCloseDate": life_cycle.get("TargetCloseDate"),
        },
        "OpportunityTeam": team,
        "Origin": "AWS Referral" if invitation else "Partner Referral",
        "Project": {"ExpectedCustomerSpend": (opportunity.get("Project") or {}).get("ExpectedCustomerSpend")},
        "RelatedEntityIds": {"AwsProducts": [], "Solutions": []},
        "RelatedOpportunityId": opportunity["Id"],
        "Visibility": "Full",
    }
