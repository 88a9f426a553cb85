"""How the loopback service misbehaves. A fault is named by its kind; the same names serve for the random ones
(``Faults``) and for scripted ones (``PartnerCentral.script``)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

# Refused before the operation ran: kind -> status, error type (None: not from the service itself), message.
REFUSALS: dict[str, tuple[int, str | None, str]] = {
    "throttling": (400, "ThrottlingException", "Rate exceeded"),
    "internal_error": (500, "InternalServerException", "An internal error has occurred. Please retry."),
    "unavailable_html": (503, None, "<html><body><h1>503 Service Unavailable</h1></body></html>"),
    "too_many_requests": (429, None, '{"message": "Too Many Requests"}'),
}
# The operation ran; its answer is lost or spoilt on the way.
SPOILERS = ("reset", "closed", "cut_body", "empty_body", "cut_json", "empty_object", "slow")
# What can also happen to an error that the operation answered with. (The other spoilers have status 200:
# where a success has no body, as that of some writes, they would make one of a refusal.)
LOSSES = ("reset", "closed", "slow")
ALL_TRANSIENT: tuple[str, ...] = (*REFUSALS, *SPOILERS)


@dataclass(frozen=True)
class Faults:
    """Each request is spoilt with probability ``rate`` by one of ``kinds``, drawn by a seeded RNG."""

    rate: float = 0.05
    kinds: tuple[str, ...] = ALL_TRANSIENT
    seed: int = 1
    _random: random.Random = field(init=False, repr=False, compare=False)
    known: ClassVar[tuple[str, ...]] = ALL_TRANSIENT

    def __post_init__(self) -> None:
        if unknown := set(self.kinds) - set(self.known):
            raise ValueError(f"unknown faults: {', '.join(sorted(unknown))}")
        object.__setattr__(self, "_random", random.Random(self.seed))

    def draw(self) -> str | None:
        """The fault of the next request, or None. One call per request: CPython's RNG needs no lock."""
        chance = self._random.random()
        # The kind comes from the same draw, so that threads cannot come between the two.
        if chance >= self.rate:
            return None
        return self.kinds[min(int(chance / self.rate * len(self.kinds)), len(self.kinds) - 1)]


Change = Callable[[dict[str, Any]], dict[str, Any]]


def _unknown_enum(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"Status": "ON_HOLD", "PayloadType": "ProgramInvitation"}


def _unknown_member(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"Payload": {"ProgramInvitation": {"Program": {"Name": "Migration Acceleration"}}}}


def _two_members(answer: dict[str, Any]) -> dict[str, Any]:
    lead = {"Customer": {"CompanyName": "Two At Once"}, "Interaction": {"ContactBusinessTitle": "CTO"}}
    payload = answer.get("Payload") or {}
    return answer | {"Payload": {"OpportunityInvitation": {}, "LeadInvitation": lead} | payload}


def _null_payload(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"Payload": None}


# Answers to GetEngagementInvitation that are well-formed, but not what today's model says.
CHANGES: dict[str, Change] = {
    "unknown_enum": _unknown_enum,
    "unknown_member": _unknown_member,
    "two_members": _two_members,
    "null_payload": _null_payload,
}
# Scripted alone: errors that are the operation's own or the credentials', and pages of a listing.
ERRORS = ("not_found", "access_denied", "quota_exceeded", "expired_token", "expired_credentials")
# (All pages so scripted carry a NextToken, also when nothing is left to come.)
PAGES = ("empty_page", "short_page", "repeated_page", "trailing_token")
# Likewise: the operation ran, and a gateway says that the service is unavailable.
AFTERWARDS = "unavailable_afterwards"
KINDS: tuple[str, ...] = (*ALL_TRANSIENT, AFTERWARDS, *CHANGES, *ERRORS, *PAGES)


def kept(kind: str | None, size: int) -> int:
    """How many of the summaries that a page could hold it does hold."""
    return {"empty_page": 0, "short_page": (size + 1) // 2}.get(kind or "", size)


def spoil(kind: str, body: bytes) -> bytes:
    """The body of a spoilt answer with status 200."""
    cut = body[: len(body) // 2]
    if kind == "cut_json" and _is_json(cut):
        cut = cut[:-1]
    return {"empty_body": b"", "empty_object": b"{}", "cut_json": cut}.get(kind, body)


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
