"""What of an answer may be kept as it is: what says how the answer is built, and nothing that anybody wrote.

Whatever is not named here is replaced, members that appear one day included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from connector.crm.salesforce_fields import FIELDS
from connector.fetch.partner_central import enum_values

OBJECTS = ("Account", "Contact", "Lead", "Opportunity", "OpportunityContactRole")
OUR_FIELDS = frozenset(known.name for known in FIELDS)

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]{0,39}")
_CODE = re.compile(r"[A-Z][A-Z_]{2,60}")


@dataclass(frozen=True, slots=True)
class Allowed:
    """By member's name: ``values`` that are kept as they are, ``forms`` of values that are. ``names``:
    members that hold names of objects and fields, behind the member that holds them (``fields/name``).
    ``numbers``: members whose numbers count or measure. ``host``: what stands for the service's host, unless
    it is one of ``hosts``, which are everybody's."""

    host: str
    hosts: frozenset[str]
    values: Mapping[str, frozenset[str]]
    forms: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()


# What AWS documents for a rejection, and the senders' own words for themselves.
_AWS_VALUES = {
    "Catalog": {"AWS", "Sandbox"},
    "SenderAwsAccountId": {"aws"},
    "SenderCompanyName": {"AWS"},
    "ParticipantType": {"RECEIVER", "SENDER", "Receiver", "Sender"},
    "Frequency": {"Monthly", "Quarterly", "Annually"},
    "SortBy": {"InvitationDate"},
    "SortOrder": {"ASCENDING", "DESCENDING"},
    "RejectionReason": {
        "Customer problem unclear",
        "Next steps unclear",
        "Unable to support",
        "Duplicate of partner referral",
        "Other",
    },
}


@cache
def partner_central() -> Allowed:
    """The enumerations of botocore's model of the service."""
    values: dict[str, set[str]] = {name: set(known) for name, known in _AWS_VALUES.items()}
    for operation in ("GetEngagementInvitation", "ListEngagementInvitations"):
        for path, known in enum_values(operation).items():
            values.setdefault(path.rpartition(".")[2], set()).update(known)
    host = "partnercentral-selling.us-east-1.api.aws"
    return Allowed(
        host,
        frozenset({host}),
        {name: frozenset(known) for name, known in values.items()},
        {"__type": re.compile(r"(?:com\.amazonaws\.partnercentralselling#)?[A-Z][A-Za-z]{2,60}")},
        numbers=frozenset({"MaxResults"}),
    )


# https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm
_FIELD_TYPES = """
    address anyType base64 boolean combobox currency date datetime double email encryptedstring id int json
    location long multipicklist percent phone picklist reference string textarea time url
""".split()  # noqa: SIM905


@cache
def salesforce() -> Allowed:
    """What describes, queries and errors are built of."""
    return Allowed(
        "example.my.salesforce.com",
        frozenset({"login.salesforce.com", "test.salesforce.com"}),
        {
            "type": frozenset({*_FIELD_TYPES, *OBJECTS, "User", "RecordType"}),
            "token_type": frozenset({"Bearer"}),
            "scope": frozenset({"api"}),
            "method": frozenset({"GET"}),
        },
        {
            "errorCode": _CODE,
            "statusCode": _CODE,
            "error": re.compile(r"(?:invalid|inactive|unsupported)_[a-z_]{2,40}"),
            "soapType": re.compile(r"(?:xsd|tns):[a-zA-Z0-9]{2,30}"),
            "keyPrefix": re.compile(r"0[0-9A-Z]{2}"),
            "referenceId": re.compile(r"query\d{1,2}"),
        },
        names=frozenset(
            {
                "/name",
                "fields/name",
                "fields/relationshipName",
                "fields/referenceTo",
                "errors/fields",
                "/fields",
            }
            | {"fields/controllerName", "fields/compoundFieldName", "fields/referenceTargetField"}
        ),
        numbers=frozenset(
            {"length", "precision", "scale", "digits", "byteLength", "totalSize", "httpStatusCode"}
        ),
    )


def plain_word(text: str) -> bool:
    """Whether ``text`` may be the name of a standard object, field or member."""
    return _WORD.fullmatch(text) is not None
