"""What an EventBridge event says: which invitation to look at anew. Pure.

Events are best effort: they come twice under different ids, late, out of order, or not at all, and carry ids
only. So an event only names an invitation; the truth is read from the service, and a scheduled sync finds
what no event told of.

https://docs.aws.amazon.com/partner-central/latest/APIReference/selling-api-events.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

SOURCE = "aws.partnercentral-selling"
KINDS = {
    "Engagement Invitation Created": "created",
    "Engagement Invitation Accepted": "accepted",
    "Engagement Invitation Rejected": "rejected",
    "Engagement Invitation Expired": "expired",
}
_ID = re.compile(r"engi-[0-9a-z]{6,40}")
_ARN = re.compile(
    r"arn:[\w-]+:partnercentral:[\w-]*:\d*:catalog/(?P<catalog>\w+)/engagement-invitation/(?P<id>.+)"
)


@dataclass(frozen=True, slots=True)
class Message:
    """A queue's message. ``receipt`` is what it is deleted by, until it is received again; ``received`` how
    often it was."""

    id: str
    body: str
    receipt: str
    received: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    """``kind``: created, accepted, rejected or expired, as far as the event knew."""

    invitation_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that is none of our business, and why."""

    reason: str


class Poison(ValueError):
    """A message that is no event of Partner Central, or names no invitation; says what is wrong with it."""


def read_event(body: str | bytes, catalog: str, participant: str = "RECEIVER") -> Event | Ignored:
    """What a message says to a consumer that follows ``catalog`` as ``participant`` (RECEIVER or SENDER).

    A message is an EventBridge event, or one that came through SNS. Raises Poison, without any of the
    message's content.
    """
    event = _event(body)
    if event.get("source") != SOURCE:
        raise Poison("it is not an event of Partner Central")
    kind = KINDS.get(str(event.get("detail-type")))
    if kind is None:
        return Ignored("an event of another kind")
    detail = event.get("detail")
    detail = detail if isinstance(detail, Mapping) else {}
    about = detail.get("engagementInvitation")
    about = about if isinstance(about, Mapping) else {}
    identifier, told = _invitation(about, event.get("resources"))
    told = str(detail.get("catalog") or told)
    if told and told.casefold() != catalog.casefold():
        return Ignored("an event of another catalog")
    # Spelt `Receiver` in the documentation and `RECEIVER` on the wire; anything else says nothing.
    side = str(about.get("participantType") or "").upper()
    if side in ("SENDER", "RECEIVER") and side != participant.upper():
        return Ignored(f"an event for the {side.lower()}")
    return Event(identifier, kind)


def _event(body: str | bytes) -> Mapping[str, Any]:
    event = _decoded(body)
    if event.get("Type") == "Notification" and isinstance(event.get("Message"), str):
        return _decoded(event["Message"])
    return event


def _decoded(body: str | bytes) -> Mapping[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Poison("it is not JSON") from None
    if not isinstance(value, Mapping):
        raise Poison("it is not an event: a JSON object is wanted")
    return value


def _invitation(about: Mapping[str, Any], resources: Any) -> tuple[str, str]:
    """The invitation's id, and the catalog as far as an ARN tells it."""
    arns = [about.get("arn"), about.get("id"), *(resources if isinstance(resources, list) else ())]
    found = [match for arn in arns if isinstance(arn, str) and (match := _ARN.fullmatch(arn))]
    named = [about.get("id"), *(match["id"] for match in found)]
    identifier = next((name for name in named if isinstance(name, str) and _ID.fullmatch(name)), None)
    if identifier is None:
        raise Poison("it names no invitation")
    return identifier, next((match["catalog"] for match in found), "")
