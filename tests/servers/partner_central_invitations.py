"""Operations on invitations: get, list, accept, reject."""

from __future__ import annotations

import functools

from botocore.model import StructureShape

from tests.servers.errors import conflict, denied, refused
from tests.servers.listing import Raw, Step, chosen, page, sortable
from tests.servers.partner_central_account import Account
from tests.servers.partner_central_content import arn
from tests.servers.service_model import service_model

GET, LIST = "GetEngagementInvitation", "ListEngagementInvitations"
ACCEPT, REJECT = "AcceptEngagementInvitation", "RejectEngagementInvitation"
_FILTERS = {"Status", "PayloadType", "EngagementIdentifier", "SenderAwsAccountId"}


def get(account: Account, body: Raw, step: Step) -> Raw:
    return account.invitation(body["Catalog"], body["Identifier"], GET)


def list_(account: Account, body: Raw, step: Step) -> Raw:
    found = {
        (sortable(raw.get("InvitationDate")), raw["Id"]): raw
        for raw in account.invitations.values()
        if _listed(account, raw, body) and (not _FILTERS & body.keys() or _matches(raw, body))
    }
    shown, token = page(account.tokens, account.page_size, LIST, body, step, found)
    return {
        "EngagementInvitationSummaries": [_summary(account, raw) for raw in shown],
        "NextToken": token,
    }


def accept(account: Account, body: Raw, step: Step) -> Raw:
    invitation = pending(account, body, ACCEPT)
    account.accept(invitation, account.agenda.now())
    account.applied.append((ACCEPT, invitation["Id"]))
    return {}


def reject(account: Account, body: Raw, step: Step) -> Raw:
    """(The documented reasons are no enum of the model: any text of the pattern is taken.)"""
    invitation = pending(account, body, REJECT)
    account.decide(invitation, Status="REJECTED", RejectionReason=body.get("RejectionReason"))
    account.applied.append((REJECT, invitation["Id"]))
    return {}


def pending(account: Account, body: Raw, operation: str) -> Raw:
    """The invitation, open to a decision. Raises ServiceFault: ConflictException for what is decided or being
    accepted, ValidationException for what has expired, AccessDeniedException for what this partner sent."""
    invitation = account.invitation(body["Catalog"], body["Identifier"], operation)
    identifier, status = invitation["Id"], invitation.get("Status")
    if identifier in account.sent:
        raise denied(operation)
    if status == "EXPIRED":
        message = f"Engagement invitation {identifier} has expired."
        raise refused("Identifier", "INVALID_RESOURCE_STATE", message)
    if status != "PENDING":
        raise conflict(f"Engagement invitation {identifier} is {status}.")
    if account.in_progress(identifier):
        raise conflict(f"Engagement invitation {identifier} is being accepted.")
    return invitation


def _listed(account: Account, raw: Raw, body: Raw) -> bool:
    sent = body["ParticipantType"] == "SENDER"
    return raw.get("Catalog") == body["Catalog"] and (raw["Id"] in account.sent) == sent


def _matches(raw: Raw, body: Raw) -> bool:
    engagement = raw.get("EngagementId")
    return (
        chosen(body, "Status", raw.get("Status"))
        and chosen(body, "PayloadType", raw.get("PayloadType"))
        and chosen(
            body, "EngagementIdentifier", engagement, arn(body["Catalog"], "engagement", f"{engagement}")
        )
        and chosen(body, "SenderAwsAccountId", raw.get("SenderAwsAccountId"))
    )


def _summary(account: Account, raw: Raw) -> Raw:
    participant = "SENDER" if raw["Id"] in account.sent else "RECEIVER"
    return {name: raw.get(name) for name in _summary_members()} | {"ParticipantType": participant}


@functools.cache
def _summary_members() -> tuple[str, ...]:
    shape = service_model().shape_for("EngagementInvitationSummary")
    assert isinstance(shape, StructureShape)
    return tuple(shape.members)


OPERATIONS = {GET: get, LIST: list_, ACCEPT: accept, REJECT: reject}
