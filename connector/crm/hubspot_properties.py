"""The properties that the connector asks of a HubSpot account, as data, and what an account has of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from connector.crm.hubspot_errors import Rejection
from connector.errors import AccessDenied
from connector.records import FieldType, ObjectMeta

if TYPE_CHECKING:
    from connector.crm.hubspot_client import Client

GROUP = "aws_partner_central"  # of properties; a person finds them together in HubSpot
GROUP_LABEL = "AWS Partner Central"
Kind = Literal["text", "long text", "amount", "date and time"]
# By kind: type and field type, as the properties API spells them, and what ours is.
_KINDS: Mapping[Kind, tuple[str, str, FieldType]] = {
    "text": ("string", "text", "text"),
    "long text": ("string", "textarea", "text"),
    "amount": ("number", "number", "number"),
    "date and time": ("datetime", "date", "datetime"),
}


@dataclass(frozen=True, slots=True)
class Property:
    """A property. ``purpose`` is what sales sees as its description; ``without`` says what an account that
    lacks it has to do without. ``key``: its values are unique, which can only be said when it is made."""

    object: str
    name: str
    label: str
    kind: Kind
    purpose: str
    without: str
    key: bool = False

    @property
    def type(self) -> str:
        return f"{self.kind}{', unique' if self.key else ''}"

    def request(self) -> dict[str, Any]:
        """What makes it."""
        kind, field_type, _ = _KINDS[self.kind]
        return {
            "name": self.name,
            "label": self.label,
            "type": kind,
            "fieldType": field_type,
            "groupName": GROUP,
            "description": self.purpose,
            "hasUniqueValue": self.key,
            "formField": False,
        }


def _both(object: str) -> tuple[Property, ...]:
    """What leads and deals have alike."""
    no_links = "no record can be found again: leads and deals of invitations cannot be written"
    return (
        Property(
            object,
            "aws_invitation_id",
            "AWS Invitation ID",
            "text",
            "The AWS engagement invitation that this record was made from. Written by the connector.",
            no_links,
            key=True,
        ),
        Property(
            object,
            "aws_project_title",
            "AWS Project Title",
            "text",
            "The whole title of the project at AWS, by which invitations find their record.",
            "projects are matched by the record's name alone, which people change",
        ),
        Property(
            object,
            "aws_engagement_id",
            "AWS Engagement ID",
            "text",
            "The engagement in AWS Partner Central that this record belongs to.",
            "nobody finds the engagement in Partner Central from the record",
        ),
        Property(
            object,
            "aws_status",
            "AWS Invitation Status",
            "text",
            "The invitation's status at AWS: PENDING, ACCEPTED, REJECTED or EXPIRED.",
            "views and reports cannot tell what waits for an answer to AWS",
        ),
        Property(
            object,
            "aws_expiration_date",
            "AWS Expiration Date",
            "date and time",
            "Until when the invitation can be accepted.",
            "nobody is reminded before an invitation expires",
        ),
        Property(
            object,
            "aws_closed_reason",
            "AWS Closed Reason",
            "text",
            "Why the invitation is over: the reason of the rejection, or that it expired.",
            "what was closed does not say why",
        ),
    )


PROPERTIES: tuple[Property, ...] = (
    Property(
        "companies",
        "aws_customer_key",
        "AWS Customer Key",
        "text",
        "The customer's domain, or its name: one company for all of its invitations.",
        "companies of invitations cannot be written",
        key=True,
    ),
    *_both("leads"),
    Property(
        "leads",
        "aws_annual_spend",
        "AWS Expected Annual Spend",
        "amount",
        "What AWS expects the customer to spend in a year.",
        "leads cannot be ranked by what they are worth",
    ),
    Property(
        "leads",
        "aws_description",
        "AWS Description",
        "long text",
        "The customer's problem and AWS's message, as AWS sent them.",
        "what the customer wants is read in Partner Central only",
    ),
    *_both("deals"),
    Property(
        "deals",
        "aws_monthly_spend",
        "AWS Monthly Spend",
        "amount",
        "What AWS expects the customer to spend in a month.",
        "only the amount of a year is shown",
    ),
)
OBJECTS: tuple[str, ...] = tuple(dict.fromkeys(wanted.object for wanted in PROPERTIES))


def fault(wanted: Property, objects: Mapping[str, ObjectMeta]) -> str:
    """What is wrong with ``wanted`` in an account; "" when nothing is."""
    owner = objects.get(wanted.object)
    if owner is None:
        return "the account has no such object, or the access token may not see it"
    meta = owner.fields.get(wanted.name)
    if meta is None:
        return "missing"
    if meta.type not in (_KINDS[wanted.kind][2], "money" if wanted.kind == "amount" else ""):
        return f"of type {meta.type}"
    if wanted.key and not meta.unique:
        return "not unique: HubSpot cannot change that; delete the property, and make it anew"
    return "" if meta.createable and meta.updateable else "read-only"


def is_missing(wanted: Property, objects: Mapping[str, ObjectMeta]) -> bool:
    """Whether ``create`` makes it: what is there in another form only a person can change."""
    owner = objects.get(wanted.object)
    return owner is not None and wanted.name not in owner.fields


def create(client: Client, missing: Sequence[Property]) -> dict[Property, str]:
    """Make the properties, and their group; for each what went wrong, "" when nothing did. Raises
    ServiceError when the account cannot be reached, or the access token has no right to any of it."""
    outcome: dict[Property, str] = {}
    denied: list[AccessDenied] = []
    objects = tuple(dict.fromkeys(wanted.object for wanted in missing))
    for object_ in objects:
        its = [wanted for wanted in missing if wanted.object == object_]
        try:
            outcome.update(_create(client, object_, its))
        except AccessDenied as error:  # each object has a scope of its own
            denied.append(error)
            outcome.update(dict.fromkeys(its, f"{error.message}: {error.hint}"))
    if denied and len(denied) == len(objects):
        raise denied[0]
    return outcome


def _create(client: Client, object: str, missing: Sequence[Property]) -> dict[Property, str]:
    properties = client.crm.properties
    _make(client, properties.groups_api.create, object, {"name": GROUP, "label": GROUP_LABEL})
    create = properties.core_api.create
    return {wanted: _make(client, create, object, wanted.request()) for wanted in missing}


def _make(client: Client, function: Any, object: str, request: Mapping[str, Any]) -> str:
    try:
        client.call("create property", function, object, request)
    except Rejection as error:
        return "" if error.status == 409 else f"HubSpot refuses it ({error.code})"  # 409: it is there
    return ""
