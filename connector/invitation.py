"""A raw answer of ``GetEngagementInvitation`` -> ``Invitation``: typed, and tolerant of what AWS adds later.

Shapes are those of the service model ``partnercentral-selling`` (2022-07-26), every member optional but
``Id``: recorded answers have nulls where the model requires values. The raw answer stays at hand, since
boto3 drops the members that its model does not know.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from connector.errors import InputError
from connector.records import CoercionError, FieldMeta, coerce

_TIMESTAMP = FieldMeta("timestamp", "datetime")


def _moment(value: object) -> object:
    # A timestamp the service never wrote must not cost the invitation: it stays mappable as raw text.
    try:
        return coerce(value, _TIMESTAMP)
    except CoercionError:
        return None


def _text(value: object) -> object:
    return value if value is None or isinstance(value, str) else json.dumps(value, default=str)


def _structure(value: object) -> object:
    return value if isinstance(value, (dict, BaseModel)) else None


def _structures(value: object) -> object:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


Text = Annotated[str | None, BeforeValidator(_text)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


# Types get names other than the members that hold them: a class body sees its own members first.


class CustomerShape(_Shape):
    CompanyName: Text = None
    CountryCode: Text = None
    Industry: Text = None
    WebsiteUrl: Text = None
    AwsMaturity: Text = None  # leads only
    MarketSegment: Text = None  # leads only


class ExpectedCustomerSpendShape(_Shape):
    Amount: Text = None
    CurrencyCode: Text = None
    Frequency: Text = None
    TargetCompany: Text = None
    EstimationUrl: Text = None


class ProjectShape(_Shape):
    Title: Text = None
    BusinessProblem: Text = None
    TargetCompletionDate: Text = None
    ExpectedCustomerSpend: Annotated[list[ExpectedCustomerSpendShape], BeforeValidator(_structures)] = []


class SenderContactShape(_Shape):
    Email: Text = None
    FirstName: Text = None
    LastName: Text = None
    BusinessTitle: Text = None
    Phone: Text = None


class OpportunityInvitationShape(_Shape):
    Customer: Annotated[CustomerShape | None, BeforeValidator(_structure)] = None
    Project: Annotated[ProjectShape | None, BeforeValidator(_structure)] = None
    ReceiverResponsibilities: Any = None
    SenderContacts: Annotated[list[SenderContactShape], BeforeValidator(_structures)] = []


class InteractionShape(_Shape):
    SourceType: Text = None
    SourceId: Text = None
    SourceName: Text = None
    Usecase: Text = None
    ContactBusinessTitle: Text = None


class LeadInvitationShape(_Shape):
    Customer: Annotated[CustomerShape | None, BeforeValidator(_structure)] = None
    Interaction: Annotated[InteractionShape | None, BeforeValidator(_structure)] = None


class PayloadShape(_Shape):
    """A tagged union; a member that the model does not know yet is kept as an extra."""

    OpportunityInvitation: Annotated[OpportunityInvitationShape | None, BeforeValidator(_structure)] = None
    LeadInvitation: Annotated[LeadInvitationShape | None, BeforeValidator(_structure)] = None


class EngagementInvitation(_Shape):
    """The typed answer. ``Status`` and ``PayloadType`` stay text: the service may add values."""

    Id: str
    Arn: Text = None
    Catalog: Text = None
    EngagementId: Text = None
    EngagementTitle: Text = None
    Status: Text = None
    PayloadType: Text = None
    InvitationDate: Moment = None
    ExpirationDate: Moment = None
    InvitationMessage: Text = None
    RejectionReason: Text = None
    SenderCompanyName: Text = None
    Payload: Annotated[PayloadShape | None, BeforeValidator(_structure)] = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """One invitation on its walk. ``raw`` is what mappings are evaluated over; ``source`` says where it came
    from (``file:line``, or the endpoint); ``digest`` changes when anything in it does."""

    id: str
    status: str
    raw: Mapping[str, Any]
    typed: EngagementInvitation
    digest: str
    source: str = ""

    @property
    def title(self) -> str | None:
        """``Payload.OpportunityInvitation.Project.Title``; never ``EngagementTitle``, which is cut to 40."""
        payload = self.typed.Payload
        opportunity = payload and payload.OpportunityInvitation
        return opportunity.Project.Title if opportunity and opportunity.Project else None


def parse(raw: object, source: str = "") -> Invitation:
    """The typed invitation of a decoded answer.

    Raises InputError, naming ``source`` and no customer's data, when it is no invitation or has no ``Id``.
    """
    if not isinstance(raw, dict):
        raise InputError(
            f"{source or 'input'}: not an invitation: a {type(raw).__name__}, where an object is wanted"
        )
    identifier = raw.get("Id")
    if not isinstance(identifier, str) or not identifier.strip():
        raise InputError(
            f"{source or 'input'}: an invitation without Id",
            hint="give the whole answer of get-engagement-invitation, not its Payload alone",
        )
    try:
        typed = EngagementInvitation.model_validate(raw)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise InputError(f"{source or identifier}: {where} is not what the service model says") from None
    return Invitation(identifier, typed.Status or "", raw, typed, digest(raw), source)


def decode(text: bytes) -> Any:
    """JSON, with lone surrogates (which no database, terminal or file takes) made U+FFFD.

    Raises ValueError for what is no JSON, however deeply nested.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        try:
            return _encodable(json.loads(text, parse_constant=_no_constant))
        except RecursionError:
            raise ValueError("nested too deeply") from None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


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
    encoded = orjson.dumps(raw, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str)
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()
