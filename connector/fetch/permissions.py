"""Whether AWS lets us do what a config needs, tried by calls that change nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from connector.errors import AccessDenied, NotFoundError, RefusedError
from connector.fetch.engagements import ACCEPT, ACCEPT_TASK, CONVERT_TASK, REJECT

PREFIX = "partnercentral:"  # of the IAM actions; the operations' own names follow

# What reading each member beside the invitation takes.
_BESIDE: Mapping[str, tuple[str, ...]] = {
    "Engagement": ("ListEngagements", "GetEngagement"),
    "Opportunity": ("GetOpportunity",),
    "AwsOpportunity": ("GetAwsOpportunitySummary",),
}
_FINDING = (
    "ListEngagementByAcceptingInvitationTasks",
    "ListEngagementResourceAssociations",
    "ListOpportunities",
)
# Parameters with which an operation finds nothing; those of the others are none.
_NOTHING: Mapping[str, Mapping[str, Any]] = {
    "GetEngagement": {"Identifier": "eng-0000000000000000"},
    "GetOpportunity": {"Identifier": "O0000000"},
    "GetAwsOpportunitySummary": {"RelatedOpportunityIdentifier": "O0000000"},
}
DECIDING = (ACCEPT_TASK, ACCEPT, REJECT, CONVERT_TASK)


class Reader(Protocol):
    """What of a Partner Central client is needed here."""

    def read(self, operation: str, **parameters: Any) -> Mapping[str, Any]: ...


def needed(members: Collection[str], *, deciding: bool, linking: bool) -> tuple[list[str], list[str]]:
    """The operations that a config needs beside listing and getting invitations: those that read, and those
    that write. ``members`` is what its mapping names beside the invitation; ``deciding``: it has rules that
    accept or reject; ``linking``: it writes the CRM's ids back."""
    reading = [name for member in _BESIDE if member in members for name in _BESIDE[member]]
    if linking or {"Opportunity", "AwsOpportunity"} & set(members):
        reading += _FINDING
    if linking:
        reading.append("GetOpportunity")
    writing = [*(DECIDING if deciding else ()), *(("UpdateOpportunity",) if linking else ())]
    return list(dict.fromkeys(reading)), writing


def is_allowed(service: Reader, operation: str) -> bool:
    """Whether an operation that reads is permitted: asked for what is not there, AWS says that it is not
    there, or that we may not ask. Raises ServiceError where it says neither."""
    parameters = _NOTHING.get(operation, {"MaxResults": 1})
    try:
        service.read(operation, **parameters)
    except NotFoundError:
        return True
    except AccessDenied:
        return False
    except RefusedError as error:
        if error.code == "ValidationException":  # it got as far as looking at what was asked
            return True
        raise
    return True
