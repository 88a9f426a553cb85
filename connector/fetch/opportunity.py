"""Which AWS opportunity an accepted invitation became: by the strongest evidence that there is.

An invitation does not name its opportunity. Acceptance does, the engagement's associations do; the title
alone is what is left where neither is to be had, and two opportunities may share that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from connector.errors import AccessDenied, NotFoundError
from connector.invitation import Invitation
from connector.match import fold

CONVERTED = "Converted from Lead"  # the title of every opportunity that was a lead: it says nothing
MOST = 25  # opportunities that are looked into for their title, for one invitation

Raw = Mapping[str, Any]


class Reader(Protocol):
    """The service's reads, within their quota."""

    def read(self, operation: str, **parameters: Any) -> Raw: ...

    def read_all(self, operation: str, member: str, **parameters: Any) -> Iterator[Raw]: ...


class Found(NamedTuple):
    """An opportunity and how it was found. ``whole`` is the answer of GetOpportunity, where finding it took
    that; ``doubt`` says why there is none."""

    id: str = ""
    evidence: str = ""
    whole: Raw | None = None
    doubt: str = ""


def find_opportunity(invitation: Invitation, reader: Reader, known: Found | None = None) -> Found:
    """``known``: what was found before, or what accepting the invitation answered. Raises what reading does,
    but NotFoundError."""
    if known is not None and known.id:
        return known
    return _by_task(invitation, reader) or _by_engagement(invitation, reader) or _by_title(invitation, reader)


def _by_task(invitation: Invitation, reader: Reader) -> Found | None:
    tasks = [
        task
        for task in _all(
            reader,
            "ListEngagementByAcceptingInvitationTasks",
            "TaskSummaries",
            EngagementInvitationIdentifier=[invitation.id],
        )
        # Where there is none, the service also writes the word ``null``.
        if isinstance(task.get("OpportunityId"), str) and task["OpportunityId"] not in ("", "null")
        if task.get("TaskStatus") != "FAILED"
    ]
    if not tasks:
        return None
    latest = max(tasks, key=lambda task: str(task.get("StartTime") or ""))
    return Found(latest["OpportunityId"], "the task that accepted the invitation")


def _by_engagement(invitation: Invitation, reader: Reader) -> Found | None:
    engagement = invitation.raw.get("EngagementId")
    if not isinstance(engagement, str) or not engagement:
        return None
    associations = _all(
        reader,
        "ListEngagementResourceAssociations",
        "EngagementResourceAssociationSummaries",
        EngagementIdentifier=engagement,
        ResourceType="Opportunity",
    )
    ids = dict.fromkeys(a["ResourceId"] for a in associations if isinstance(a.get("ResourceId"), str))
    ours = [whole for id_ in ids if (whole := _read_if_ours(reader, id_)) is not None]
    if len(ours) > 1:
        ours = [whole for whole in ours if _title(whole) == fold(invitation.title or "")]
    return Found(ours[0]["Id"], "the engagement's associations", ours[0]) if len(ours) == 1 else None


def _by_title(invitation: Invitation, reader: Reader) -> Found:
    """The last resort: the title, narrowed by customer and by not being older than the invitation."""
    title, company = fold(invitation.title or ""), _company(invitation)
    if not title or title == fold(CONVERTED) or not company:
        return Found(doubt="AWS has not made its opportunity yet")
    summaries = [
        summary
        for summary in _all(
            reader, "ListOpportunities", "OpportunitySummaries", CustomerCompanyName=[company]
        )
        if not _is_older(summary, invitation)
    ]
    if len(summaries) > MOST:
        return Found(doubt=f"the customer has {len(summaries)} AWS opportunities: too many to look into")
    wholes = (_read(reader, str(summary.get("Id"))) for summary in summaries)
    titled = [whole for whole in wholes if whole is not None and _title(whole) == title]
    if len(titled) > 1:
        titled = [whole for whole in titled if _spend(whole) == _spend(_project(invitation))] or titled
    if len(titled) == 1:
        return Found(titled[0]["Id"], "the same title, customer and no earlier date", titled[0])
    if titled:
        return Found(doubt=f"{len(titled)} AWS opportunities have this title")
    return Found(doubt="AWS has not made its opportunity yet")


def _all(reader: Reader, operation: str, member: str, **parameters: Any) -> Sequence[Raw]:
    try:
        return list(reader.read_all(operation, member, **parameters))
    except NotFoundError:
        return ()


def _read(reader: Reader, identifier: str) -> Raw | None:
    try:
        whole = reader.read("GetOpportunity", Identifier=identifier)
    except NotFoundError:
        return None
    return whole if whole.get("Id") == identifier else None


def _read_if_ours(reader: Reader, identifier: str) -> Raw | None:
    """None for AWS's own opportunity, which is associated too and may not be ours to read."""
    try:
        return _read(reader, identifier)
    except AccessDenied as error:
        if error.code != "AccessDeniedException":
            raise
        return None


def _title(opportunity: Raw) -> str:
    project = opportunity.get("Project")
    title = project.get("Title") if isinstance(project, Mapping) else None
    return fold(title) if isinstance(title, str) else ""


def _company(invitation: Invitation) -> str:
    payload = invitation.typed.Payload
    deal = payload and payload.OpportunityInvitation
    return (deal.Customer.CompanyName or "") if deal and deal.Customer else ""


def _project(invitation: Invitation) -> Raw:
    payload = invitation.raw.get("Payload")
    deal = payload.get("OpportunityInvitation") if isinstance(payload, Mapping) else None
    return deal if isinstance(deal, Mapping) else {}


def _spend(deal: Raw) -> list[tuple[str, str]]:
    project = deal.get("Project")
    items = project.get("ExpectedCustomerSpend") if isinstance(project, Mapping) else None
    return sorted(
        (str(item.get("Amount")), str(item.get("CurrencyCode")))
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, Mapping)
    )


def _is_older(summary: Raw, invitation: Invitation) -> bool:
    invited, created = invitation.typed.InvitationDate, _moment(summary.get("CreatedDate"))
    return invited is not None and created is not None and created < invited - timedelta(days=1)


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo else None
