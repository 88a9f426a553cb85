"""A raw answer of ``GetEngagementInvitation`` -> ``Invitation``: typed, and tolerant of what AWS adds later.

Shapes are those of the service model ``partnercentral-selling`` (2022-07-26), every member optional but
``Id``: recorded answers have nulls where the model requires values. The raw answer stays at hand, since
boto3 drops the members that its model does not know.
"""

from __future__ import annotations

import copy
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from connector.errors import InputError


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


# Types get names other than the members that hold them: a class body sees its own members first.


class CustomerShape(_Shape):
    CompanyName: str | None = None
    CountryCode: str | None = None
    Industry: str | None = None
    WebsiteUrl: str | None = None
    AwsMaturity: str | None = None  # leads only
    MarketSegment: str | None = None  # leads only


class ExpectedCustomerSpendShape(_Shape):
    Amount: str | None = None
    CurrencyCode: str | None = None
    Frequency: str | None = None
    TargetCompany: str | None = None
    EstimationUrl: str | None = None


class ProjectShape(_Shape):
    Title: str | None = None
    BusinessProblem: str | None = None
    TargetCompletionDate: str | None = None
    ExpectedCustomerSpend: list[ExpectedCustomerSpendShape] | None = None


class SenderContactShape(_Shape):
    Email: str | None = None
    FirstName: str | None = None
    LastName: str | None = None
    BusinessTitle: str | None = None
    Phone: str | None = None


class OpportunityInvitationShape(_Shape):
    Customer: CustomerShape | None = None
    Project: ProjectShape | None = None
    ReceiverResponsibilities: list[str] | None = None
    SenderContacts: list[SenderContactShape] | None = None


class InteractionShape(_Shape):
    SourceType: str | None = None
    SourceId: str | None = None
    SourceName: str | None = None
    Usecase: str | None = None
    ContactBusinessTitle: str | None = None


class LeadInvitationShape(_Shape):
    Customer: CustomerShape | None = None
    Interaction: InteractionShape | None = None


class AccountPlanningInvitationShape(_Shape):
    Customer: CustomerShape | None = None
    SenderContacts: list[SenderContactShape] | None = None


class PayloadShape(_Shape):
    """A tagged union; all are None for a member that the model does not know yet."""

    OpportunityInvitation: OpportunityInvitationShape | None = None
    LeadInvitation: LeadInvitationShape | None = None
    AccountPlanningInvitation: AccountPlanningInvitationShape | None = None


class EngagementInvitation(_Shape):
    """The typed answer. ``Status`` and ``PayloadType`` stay text: the service may add values."""

    Id: str
    Arn: str | None = None
    Catalog: str | None = None
    EngagementId: str | None = None
    EngagementTitle: str | None = None
    Status: str | None = None
    PayloadType: str | None = None
    InvitationDate: AwareDatetime | None = None
    ExpirationDate: AwareDatetime | None = None
    InvitationMessage: str | None = None
    RejectionReason: str | None = None
    SenderCompanyName: str | None = None
    Payload: PayloadShape | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """One invitation on its walk. ``raw`` is what mappings are evaluated over; ``source`` says where it came
    from (``file:line``, or the endpoint); ``digest`` changes when anything in it does.

    Of an accepted one: its AWS ``opportunity``, by what ``evidence``, when that was last ``modified``, what
    AWS still owes (``awaits``, in words), and the digest of its listing that goes with all this
    (``listed_as``)."""

    id: str
    status: str
    raw: Mapping[str, Any]
    typed: EngagementInvitation
    digest: str
    source: str = ""
    opportunity: str = ""
    evidence: str = ""
    modified: str = ""
    awaits: tuple[str, ...] = ()
    listed_as: str = ""

    @property
    def title(self) -> str | None:
        """``Payload.OpportunityInvitation.Project.Title``; never ``EngagementTitle``, which is cut to 40."""
        payload = self.typed.Payload
        opportunity = payload and payload.OpportunityInvitation
        return opportunity.Project.Title if opportunity and opportunity.Project else None

    @property
    def customer(self) -> CustomerShape | None:
        """Whom the invitation is about, whatever kind it is of."""
        payload = self.typed.Payload or PayloadShape()
        kinds = payload.OpportunityInvitation, payload.LeadInvitation, payload.AccountPlanningInvitation
        return next((kind.Customer for kind in kinds if kind), None)


@dataclass(frozen=True, slots=True)
class Engaged:
    """What is known of an accepted invitation: its AWS ``opportunity``, the ``evidence`` for that, when it
    was last ``modified`` (as AWS writes it), and ``since`` when something of it is awaited (aware UTC)."""

    opportunity: str = ""
    evidence: str = ""
    modified: str = ""
    since: datetime | None = None


def parse(raw: object, source: str = "") -> Invitation:
    """The typed invitation of a decoded answer.

    Raises InputError, naming ``source`` and no customer's data, when it is no invitation or has no ``Id``.
    """
    if not isinstance(raw, dict):
        raise InputError(f"{source or 'input'}: not an invitation: an object is wanted, {{...}}")
    identifier = raw.get("Id")
    if not isinstance(identifier, str) or not identifier.strip():
        raise InputError(
            f"{source or 'input'}: an invitation without Id",
            hint="give the whole answer of get-engagement-invitation, not its Payload alone",
        )
    if not identifier.isprintable():
        raise InputError(f"{source or 'input'}: an invitation whose Id has characters that no id can have")
    typed = _typed(raw)
    return Invitation(identifier, typed.Status or "", raw, typed, digest(raw), source)


def _typed(raw: dict[str, Any]) -> EngagementInvitation:
    """The typed view. What is not of the model's type is absent from it, and stays mappable as it came."""
    try:
        return EngagementInvitation.model_validate(raw)
    except ValidationError as error:
        without = copy.deepcopy(raw)
        for problem in error.errors(include_url=False, include_context=False, include_input=False):
            _blank(without, problem["loc"])
        return EngagementInvitation.model_validate(without)


def _blank(value: Any, path: tuple[int | str, ...]) -> None:
    # Of a list with an item that is none, nothing is typed: the other items would change their places.
    members = path[:-1] if isinstance(path[-1], int) else path
    for part in members[:-1]:
        value = value[part]
        if value is None:  # an outer member went already
            return
    value[members[-1]] = None


DEEPEST = 100  # levels of lists and objects; a real invitation has some six


def decode(text: bytes) -> Any:
    """JSON, with lone surrogates (which no database, terminal or file takes) made U+FFFD.

    Raises ValueError for what is no JSON, for a number that no float holds, and for more than ``DEEPEST``
    levels: Python cannot copy or write what is nested as deeply as it can be read.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        try:
            value = _encodable(json.loads(text, parse_constant=_no_constant, parse_float=_finite))
        except RecursionError:
            raise ValueError("nested too deeply") from None
    # Counted first, which takes no time: where there are not so many brackets, none can be so deep.
    if text.count(b"[") + text.count(b"{") > DEEPEST and _is_deep(value):
        raise ValueError("nested too deeply")
    return value


def _is_deep(value: object) -> bool:
    level = [value] if isinstance(value, (list, dict)) else []
    for _ in range(DEEPEST):
        below = (item for each in level for item in (each.values() if isinstance(each, dict) else each))
        level = [item for item in below if isinstance(item, (list, dict))]
        if not level:
            return False
    return True


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number out of range")
    return number


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return value


def digest(raw: object) -> str:
    """A fingerprint of a decoded answer (32 hex digits), the same for any order of members."""
    try:
        encoded = orjson.dumps(raw, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str)
    except TypeError:  # orjson knows no number of more than 64 bits, and no text that is not Unicode
        encoded = json.dumps(raw, sort_keys=True, default=str).encode()
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()
