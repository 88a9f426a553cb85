"""Operations on the partner's own opportunities, and AWS's view of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from tests.servers.errors import conflict, invalid, missing, refused, wrong
from tests.servers.listing import Raw, Step, chosen, page, sortable
from tests.servers.partner_central_account import Account
from tests.servers.partner_central_content import aws_summary, opportunity_skeleton
from tests.servers.partner_central_tasks import once
from tests.servers.service_model import input_shape, service_model

GET, LIST = "GetOpportunity", "ListOpportunities"
CREATE, UPDATE = "CreateOpportunity", "UpdateOpportunity"
SUMMARY = "GetAwsOpportunitySummary"
# Of LifeCycle, what AWS's review writes and a partner's update leaves as it is.
REVIEW = ("ReviewStatus", "ReviewComments", "ReviewStatusReason", "NextStepsHistory")


def get(account: Account, body: Raw, step: Step) -> Raw:
    return account.opportunity(body["Catalog"], body["Identifier"], GET)


def aws(account: Account, body: Raw, step: Step) -> Raw:
    """There is none before the opportunity was submitted to AWS or came from there."""
    identifier = body["RelatedOpportunityIdentifier"]
    opportunity = account.opportunity(body["Catalog"], identifier, SUMMARY)
    if (opportunity.get("LifeCycle") or {}).get("ReviewStatus") == "Pending Submission":
        raise missing(identifier, "AWS opportunity of")
    return aws_summary(opportunity, account.origin(identifier))


def create(account: Account, body: Raw, step: Step) -> Raw:
    def make() -> str:
        number, now = account.number(f"{CREATE} {body['ClientToken']}"), account.agenda.now()
        made = opportunity_skeleton(body["Catalog"], number, now)
        account.opportunities[number] = made | {name: body.get(name) for name in _members(CREATE, made)}
        life_cycle = (body.get("LifeCycle") or {}) | {"ReviewStatus": "Pending Submission"}
        account.opportunities[number]["LifeCycle"] = life_cycle
        account.applied.append((CREATE, number))
        return number

    made = account.opportunities[once(account, CREATE, body, make)]
    return {name: made.get(name) for name in ("Id", "PartnerOpportunityIdentifier", "LastModifiedDate")}


def update(account: Account, body: Raw, step: Step) -> Raw:
    """Replaces the whole: a member that the request leaves out is cleared."""
    identifier = body["Identifier"]
    opportunity = account.opportunity(body["Catalog"], identifier, UPDATE)
    if moment_of(body["LastModifiedDate"], "LastModifiedDate") != moment_of(opportunity["LastModifiedDate"]):
        raise conflict(f"Opportunity {identifier} was modified since {body['LastModifiedDate']}.")
    before = opportunity.get("LifeCycle") or {}
    if before.get("ReviewStatus") in ("Submitted", "In review"):
        raise refused("Identifier", "ACTION_NOT_PERMITTED", "The opportunity is under review.")
    opportunity.update({name: body.get(name) for name in _members(UPDATE, opportunity)})
    reviewed = {name: before.get(name) for name in REVIEW}
    opportunity["LifeCycle"] = (body.get("LifeCycle") or {}) | reviewed
    account.applied.append((UPDATE, identifier))
    return {"Id": identifier, "LastModifiedDate": account.touch(identifier)}


def _members(operation: str, opportunity: Raw) -> list[str]:
    """The members of an opportunity that a request of the operation carries."""
    known = service_model().shape_for("GetOpportunityResponse")
    assert isinstance(known, StructureShape)
    served = {"Catalog", "LastModifiedDate"}
    return [name for name in input_shape(operation).members if name in known.members and name not in served]


def moment_of(value: Any, field: str = "") -> datetime:
    """A moment as requests may write it: ISO 8601, or seconds since 1970."""
    try:
        if isinstance(value, str):
            at = datetime.fromisoformat(value)
            return at if at.tzinfo else at.replace(tzinfo=UTC)
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError):
        raise invalid([wrong(field, "INVALID_STRING_FORMAT", f"{field} is no moment.")]) from None


def list_(account: Account, body: Raw, step: Step) -> Raw:
    """Summaries, the last modified first unless asked otherwise. They carry no project title."""
    by = (body.get("Sort") or {}).get("SortBy") or "LastModifiedDate"
    found = {
        (_sort_key(raw, by), raw["Id"]): raw
        for raw in account.opportunities.values()
        if raw["Catalog"] == body["Catalog"] and _matches(raw, body)
    }
    shown, token = page(account.tokens, account.page_size, LIST, body, step, found)
    shape = service_model().shape_for("OpportunitySummary")
    return {"NextToken": token, "OpportunitySummaries": [projected(shape, raw) for raw in shown]}


def _sort_key(raw: Raw, by: str) -> str:
    if by in ("LastModifiedDate", "CreatedDate"):
        return sortable(raw[by])
    if by == "CustomerCompanyName":
        return str(_at(raw, "Customer", "Account", "CompanyName") or "")
    return str(_at(raw, "LifeCycle", "TargetCloseDate") or "") if by == "TargetCloseDate" else raw["Id"]


def _matches(raw: Raw, body: Raw) -> bool:
    return (
        chosen(body, "Identifier", raw["Id"])
        and chosen(body, "LifeCycleStage", _at(raw, "LifeCycle", "Stage"))
        and chosen(body, "LifeCycleReviewStatus", _at(raw, "LifeCycle", "ReviewStatus"))
        and chosen(body, "CustomerCompanyName", _at(raw, "Customer", "Account", "CompanyName"))
        and _within(body, "LastModifiedDate", raw["LastModifiedDate"], moment_of)
        and _within(body, "CreatedDate", raw["CreatedDate"], moment_of)
        and _within(body, "TargetCloseDate", _at(raw, "LifeCycle", "TargetCloseDate"), str)
    )


def _within(body: Raw, name: str, value: Any, ordered: Any) -> bool:
    """A filter of two ends, both inclusive and each optional."""
    bounds = body.get(name) or {}
    after, before = bounds.get(f"After{name}"), bounds.get(f"Before{name}")
    if value is None:
        return after is None and before is None
    at = ordered(value)
    return (after is None or at >= ordered(after)) and (before is None or at <= ordered(before))


def _at(raw: Any, *path: str) -> Any:
    for name in path:
        raw = (raw or {}).get(name)
    return raw


def projected(shape: Shape, value: Any) -> Any:
    """What a shape keeps of a larger structure: the members that it has."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {name: projected(member, value.get(name)) for name, member in shape.members.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [projected(shape.member, item) for item in value]
    return value


OPERATIONS = {GET: get, LIST: list_, CREATE: create, UPDATE: update, SUMMARY: aws}
