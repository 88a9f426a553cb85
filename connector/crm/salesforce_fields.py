"""The custom fields that the connector asks of a Salesforce org, as data, and what an org has of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from connector.records import FieldMeta, FieldType, ObjectMeta

Kind = Literal["Text", "Currency", "DateTime"]  # as the Metadata API spells them
_TYPES: dict[Kind, FieldType] = {"Text": "text", "Currency": "money", "DateTime": "datetime"}
CURRENCY_DIGITS = 16, 2  # before and after the point


@dataclass(frozen=True, slots=True)
class PackageField:
    """A custom field. ``length`` counts characters (Text). ``purpose`` is what sales sees as its help text;
    ``without`` says what an org that lacks it has to do without. ``key`` is an external id that is unique."""

    object: str
    name: str
    label: str
    kind: Kind
    length: int | None
    purpose: str
    without: str
    key: bool = False
    case_sensitive: bool = False

    @property
    def type(self) -> str:
        """The type as Salesforce's setup pages write it: ``Text(80), external id, unique``."""
        size = {"Text": f"({self.length})", "Currency": f"({CURRENCY_DIGITS[0]}, {CURRENCY_DIGITS[1]})"}
        return f"{self.kind}{size.get(self.kind, '')}{', external id, unique' if self.key else ''}"

    def meta(self) -> FieldMeta:
        """The field as an org that has it describes it."""
        scale = {"Text": None, "DateTime": 0, "Currency": CURRENCY_DIGITS[1]}[self.kind]
        return FieldMeta(
            self.name,
            _TYPES[self.kind],
            self.length,
            scale,
            label=self.label,
            unique=self.key,
            external_id=self.key,
        )


def _both(object: str) -> tuple[PackageField, ...]:
    """What leads and opportunities have alike."""
    return (
        PackageField(
            object,
            "AWS_Invitation_Id__c",
            "AWS Invitation ID",
            "Text",
            80,
            "The AWS engagement invitation that this record was made from. Written by the connector.",
            "a write whose answer was lost can make a second record; links are known to the ledger only",
            key=True,
            case_sensitive=True,
        ),
        PackageField(
            object,
            "AWS_Project_Title__c",
            "AWS Project Title",
            "Text",
            255,
            "The whole title of the project at AWS, by which invitations find their record.",
            "projects are matched by the record's name, which holds 120 characters and which people change",
        ),
        PackageField(
            object,
            "AWS_Engagement_Id__c",
            "AWS Engagement ID",
            "Text",
            80,
            "The engagement in AWS Partner Central that this record belongs to.",
            "nobody finds the engagement in Partner Central from the record",
        ),
        PackageField(
            object,
            "AWS_Status__c",
            "AWS Invitation Status",
            "Text",
            40,
            "The invitation's status at AWS: PENDING, ACCEPTED, REJECTED or EXPIRED.",
            "list views and reports cannot tell what waits for an answer to AWS",
        ),
        PackageField(
            object,
            "AWS_Invitation_Date__c",
            "AWS Invitation Date",
            "DateTime",
            None,
            "When AWS sent the invitation.",
            "nobody sees how long an invitation has waited",
        ),
        PackageField(
            object,
            "AWS_Closed_Reason__c",
            "AWS Closed Reason",
            "Text",
            255,
            "Why the invitation is over: the reason of the rejection, or that it expired.",
            "what was closed does not say why",
        ),
    )


FIELDS: tuple[PackageField, ...] = (
    PackageField(
        "Account",
        "AWS_Customer_Key__c",
        "AWS Customer Key",
        "Text",
        255,
        "The customer's domain, or its name: one account for all of its invitations.",
        "one customer can get several accounts",
        key=True,
    ),
    PackageField(
        "Contact",
        "AWS_Contact_Key__c",
        "AWS Contact Key",
        "Text",
        255,
        "The e-mail address by which the connector knows this person at AWS.",
        "one person can get several contacts",
        key=True,
    ),
    *_both("Lead"),
    PackageField(
        "Lead",
        "AWS_Expiration_Date__c",
        "AWS Expiration Date",
        "DateTime",
        None,
        "Until when the invitation can be accepted.",
        "nobody is reminded before an invitation expires",
    ),
    PackageField(
        "Lead",
        "AWS_Maturity__c",
        "AWS Maturity",
        "Text",
        80,
        "How far the customer has come with AWS, as AWS sees it.",
        "AWS's view of the customer is not shown",
    ),
    PackageField(
        "Lead",
        "AWS_Market_Segment__c",
        "AWS Market Segment",
        "Text",
        80,
        "The customer's market segment, as AWS sees it.",
        "AWS's view of the customer is not shown",
    ),
    PackageField(
        "Lead",
        "AWS_Expected_Annual_Spend__c",
        "AWS Expected Annual Spend",
        "Currency",
        None,
        "What AWS expects the customer to spend in a year.",
        "leads cannot be ranked by what they are worth",
    ),
    *_both("Opportunity"),
    PackageField(
        "Opportunity",
        "AWS_Opportunity_Id__c",
        "AWS Opportunity ID",
        "Text",
        80,
        "This opportunity's id in AWS Partner Central.",
        "nobody finds the opportunity in Partner Central from the record",
    ),
    PackageField(
        "Opportunity",
        "AWS_Monthly_Spend__c",
        "AWS Monthly Spend",
        "Currency",
        None,
        "What AWS expects the customer to spend in a month.",
        "only the amount of a year is shown",
    ),
    PackageField(
        "OpportunityContactRole",
        "AWS_Contact_Role_Key__c",
        "AWS Contact Role Key",
        "Text",
        255,
        "The invitation and the person that this role was made from. Written by the connector.",
        "one person can get the same role twice",
        key=True,
    ),
)
OBJECTS: tuple[str, ...] = tuple(dict.fromkeys(field.object for field in FIELDS))


def missing(objects: Mapping[str, ObjectMeta]) -> list[PackageField]:
    """The fields that an org described by ``objects`` lacks, or has in a form that is of no use."""
    return [field for field in FIELDS if fault(field, objects)]


def fault(field: PackageField, objects: Mapping[str, ObjectMeta]) -> str:
    """What is wrong with ``field`` in an org; "" when nothing is. Describes show what the asking user may
    see: a field that is hidden from the user looks as if it were missing."""
    owner = objects.get(field.object)
    if owner is None:
        return "no access to the object"
    meta = owner.fields.get(field.name)
    return "missing, or hidden from the user" if meta is None else _unfit(field, meta)


def _unfit(field: PackageField, meta: FieldMeta) -> str:
    if meta.type != _TYPES[field.kind]:
        return f"of type {meta.type}"
    if field.length and meta.length and meta.length < field.length:
        return f"{meta.length} characters only"
    if field.key and not meta.external_id:
        return "no external id"
    if field.key and not meta.unique:
        return "not unique"
    return "" if meta.createable and meta.updateable else "read-only for the user"
