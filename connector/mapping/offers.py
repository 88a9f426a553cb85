"""What an invitation has to offer a CRM, and what CRMs call it: what ``connector.mapping.kinds`` is made of.

Names are words in lower case. ``connector.mapping.likeness`` compares them with the names and labels of
objects and fields, whatever their spelling: ``AWS_Invitation_Id__c``, "AWS Invitation ID".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.records import FieldType

TEXT: tuple[FieldType, ...] = ("text",)

# Names for the whole mapping, in an order in which each uses those before it only.
LETS: Mapping[str, str] = {
    "deal": "Payload.OpportunityInvitation",
    "prospect": "Payload.LeadInvitation",
    "customer": "deal.Customer || prospect.Customer",
    # AWS fills in the text "null" where there is no website. Some CRMs put http:// before an address without
    # it, which would look as if a person had edited it.
    "address": "domain(customer.WebsiteUrl) && customer.WebsiteUrl",
    "website": "address && (contains(address, '://') && address || join('', ['http://', address]))",
    "spend": "deal.Project.ExpectedCustomerSpend",
    "contacts": "deal.SenderContacts[?Email]",
    "won": "Status == 'ACCEPTED' && deal",
    "over": "Status == 'REJECTED' || Status == 'EXPIRED'",
    "reason": "RejectionReason || (Status == 'EXPIRED' && 'Expired') || 'Rejected'",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A value for one field. ``names`` is what CRMs call such a field, the most telling first.

    Exactly one of ``source`` (JMESPath), ``template``, ``values`` (fixed ones; the first that a picklist has)
    and ``ref`` (another rule) says where it comes from. ``lookup`` goes from a value of ``source`` to what
    CRMs call it, the best first; with ``always_lookup`` also where there is no picklist, and for no other
    values. ``sure`` takes the place of ``source``, and ``default`` is added, where the CRM creates nothing
    without the field. ``only``: it is proposed also for the only field of its types. ``instead_of`` names the
    offer that has to be without a field for this one to be made.
    """

    names: tuple[str, ...]
    source: str = ""
    template: str = ""
    values: tuple[str | bool, ...] = ()
    ref: str = ""
    types: tuple[FieldType, ...] = TEXT
    lookup: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    always_lookup: bool = False
    write: str = "keep"
    sure: str = ""
    default: str = ""
    only: bool = False
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record that invitations become. ``objects`` is what CRMs call theirs, ``keys`` the field that
    keeps the value of ``key``. ``title`` goes from the offer (by its first name) that a record opened by hand
    is found by to what it is compared with. ``follows`` is the rule without whose object there is none of
    this; a rule that ``changes`` only writes what is there."""

    rule: str
    about: str
    objects: tuple[str, ...]
    when: str
    key: str
    keys: tuple[str, ...]
    offers: tuple[Offer, ...]
    for_each: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    many: str = "review"
    follows: str = ""
    changes: bool = False


# What AWS's industries are called elsewhere, where they are not called the same. The best comes first.
INDUSTRIES: Mapping[str, tuple[str, ...]] = {
    "Aerospace": ("aerospace and defense", "engineering", "manufacturing"),
    "Agriculture": ("farming", "food"),
    "Automotive": ("manufacturing",),
    "Computers and Electronics": ("electronics", "computer hardware", "technology"),
    "Consumer Goods": ("retail", "manufacturing"),
    "Education": ("higher education",),
    "Energy - Oil and Gas": ("oil and gas", "energy"),
    "Energy - Power and Utilities": ("utilities", "energy"),
    "Financial Services": ("finance", "banking", "banking and finance"),
    "Gaming": ("games", "entertainment"),
    "Government": ("public sector", "government administration"),
    "Healthcare": ("health", "hospital and health care"),
    "Hospitality": ("hotels", "travel"),
    "Life Sciences": ("biotechnology", "pharmaceuticals"),
    "Marketing and Advertising": ("marketing", "advertising", "media"),
    "Media and Entertainment": ("media", "entertainment"),
    "Mining": ("mining and metals",),
    "Non-Profit Organization": ("not for profit", "nonprofit", "non profit"),
    "Professional Services": ("consulting", "services"),
    "Real Estate and Construction": ("construction", "real estate"),
    "Software and Internet": ("technology", "software", "computer software", "information technology"),
    "Telecommunications": ("communications", "telecom"),
    "Transportation and Logistics": ("transportation", "shipping", "logistics"),
    "Travel": ("hospitality", "leisure"),
    "Wholesale and Distribution": ("wholesale", "retail"),
}

CURRENCY_NAMES = ("currency iso code", "currency", "currency code", "deal currency code")
