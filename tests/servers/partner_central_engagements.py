"""Operations on engagements that this partner is a member of."""

from __future__ import annotations

from tests.servers.listing import Raw, Step, chosen, page
from tests.servers.partner_central_account import Account
from tests.servers.partner_central_content import PARTNER, arn

GET, LIST = "GetEngagement", "ListEngagements"
ASSOCIATIONS, MEMBERS = "ListEngagementResourceAssociations", "ListEngagementMembers"


def get(account: Account, body: Raw, step: Step) -> Raw:
    return account.engagement(body["Catalog"], body["Identifier"], GET)


def list_(account: Account, body: Raw, step: Step) -> Raw:
    found = {
        (raw["CreatedAt"].isoformat(), raw["Id"]): raw
        for raw in account.engagements.values()
        if raw["Arn"] == arn(body["Catalog"], "engagement", raw["Id"]) and _matches(raw, body)
    }
    shown, token = page(account.tokens, account.page_size, LIST, body, step, found)
    return {"EngagementSummaryList": [_summary(raw) for raw in shown], "NextToken": token}


def _matches(raw: Raw, body: Raw) -> bool:
    types = {context["Type"] for context in raw["Contexts"]}
    return (
        chosen(body, "EngagementIdentifier", raw["Id"], raw["Arn"])
        and chosen(body, "CreatedBy", raw["CreatedBy"])
        and raw["CreatedBy"] not in (body.get("ExcludeCreatedBy") or ())
        and chosen(body, "ContextTypes", *types)
        and types.isdisjoint(body.get("ExcludeContextTypes") or ())
    )


def _summary(raw: Raw) -> Raw:
    names = ("Arn", "Id", "Title", "CreatedAt", "CreatedBy", "MemberCount", "ModifiedAt", "ModifiedBy")
    types = [context["Type"] for context in raw["Contexts"]]
    return {name: raw[name] for name in names} | {"ContextTypes": types}


def associations(account: Account, body: Raw, step: Step) -> Raw:
    """Which opportunity belongs to which engagement, with members that the model does not know."""
    catalog = body["Catalog"]
    found = {
        (engagement, opportunity): {
            "Catalog": catalog,
            "EngagementId": engagement,
            "ResourceArn": account.opportunities[opportunity]["Arn"],
            "ResourceId": opportunity,
            "ResourceOwner": PARTNER,
            "ResourceType": "Opportunity",
        }
        for engagement, opportunity in account.associations
        if account.opportunities[opportunity]["Catalog"] == catalog
        if body.get("EngagementIdentifier") in (None, engagement)
        if body.get("ResourceIdentifier") in (None, opportunity)
        if body.get("CreatedBy") in (None, PARTNER)
    }
    shown, token = page(account.tokens, account.page_size, ASSOCIATIONS, body, step, found)
    return {"EngagementResourceAssociationSummaries": shown, "NextToken": token}


def members(account: Account, body: Raw, step: Step) -> Raw:
    engagement = account.engagement(body["Catalog"], body["Identifier"], MEMBERS)
    invitation = next(
        raw for raw in account.invitations.values() if raw.get("EngagementId") == engagement["Id"]
    )
    listed = [
        {**member, "AccountId": engagement["CreatedBy"] if not place else None}
        for place, member in enumerate(invitation.get("ExistingMembers") or ())
    ]
    listed.append({"CompanyName": "Test Partner", "WebsiteUrl": "null", "AccountId": PARTNER})
    found = {(f"{place:04d}", ""): member for place, member in enumerate(listed)}
    shown, token = page(account.tokens, min(account.page_size, 10), MEMBERS, body, step, found)
    return {"EngagementMemberList": shown, "NextToken": token}


OPERATIONS = {GET: get, LIST: list_, ASSOCIATIONS: associations, MEMBERS: members}
