"""What an invitation has to offer a CRM, and what CRMs call it: the table that mappings are proposed from.

Names are words in lower case. ``connector.mapping.likeness`` compares them with the names and labels of
objects and fields, whatever their spelling: ``AWS_Invitation_Id__c``, "AWS Invitation ID".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.records import FieldType

TEXT: tuple[FieldType, ...] = ("text",)
AMOUNT: tuple[FieldType, ...] = ("money", "number")
DAY: tuple[FieldType, ...] = ("date", "datetime")
MOMENT: tuple[FieldType, ...] = ("datetime", "date", "text")

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
_INVITATION_KEYS = ("aws invitation id", "invitation id", "external id")
_ABOUT_THE_INVITATION = (
    Offer(("aws engagement id", "engagement id"), "EngagementId", write="always"),
    Offer(("aws status", "invitation status"), "Status", write="always"),
    Offer(("aws invitation date", "invitation date"), "InvitationDate", types=MOMENT, write="always"),
)
_CLOSED = (
    Offer(("closed reason", "aws closed reason", "closed lost reason"), "reason", write="always"),
    Offer(("aws status", "invitation status"), "Status", write="always"),
)
_DESCRIPTION = Offer(
    ("description", "notes", "comments", "message"),
    template="{{ deal.Project.BusinessProblem || EngagementDescription }}\n\n{{ InvitationMessage }}",
)
_COMPANY = "customer.CompanyName || domain(customer.WebsiteUrl)"
_LEAD_SOURCE = ("AWS", "Partner Referral", "Partner", "Referral", "Other")


def _customer(write: str = "keep") -> tuple[Offer, ...]:
    return (
        Offer(("website", "website url", "web site", "url", "domain"), "website", write=write),
        Offer(("industry",), "customer.Industry", lookup=INDUSTRIES, write=write, default="Other"),
        Offer(("country code", "country id code"), "customer.CountryCode", write=write),
        Offer(("country", "billing country"), "country_name(customer.CountryCode)", write=write),
    )


def _project(*spend: str, write: str = "keep", only: bool = False) -> tuple[Offer, ...]:
    """``spend``: what a field for a year's spend is called."""
    return (
        Offer(("aws project title", "project title"), "deal.Project.Title", write=write),
        Offer(spend, "annual_spend(spend, '{currency}')", types=AMOUNT, only=only),
        Offer(CURRENCY_NAMES, "spend[0] && '{currency}'"),
        Offer(
            ("close date", "closedate", "expected close date", "date deadline", "target date"),
            "deal.Project.TargetCompletionDate",
            types=DAY,
            sure="deal.Project.TargetCompletionDate || quarter_end(add_days(InvitationDate, `90`))",
            default="2099-12-31",
            only=only,
        ),
    )


_NOT_DISCLOSED = "Not disclosed"
_LEAD = Kind(
    rule="lead",
    about="An invitation that waits for an answer, and a lead that was accepted.",
    objects=("lead", "leads", "crm lead"),
    when="customer && (Status == 'PENDING' || (Status == 'ACCEPTED' && prospect))",
    key="Id",
    keys=_INVITATION_KEYS,
    offers=(
        Offer(
            ("company", "company name", "partner name", "organization", "account name"),
            _COMPANY,
            default=_NOT_DISCLOSED,
        ),
        Offer(
            ("name", "lead name", "hs lead name", "subject", "topic"),
            "deal.Project.Title || customer.CompanyName",
            sure="deal.Project.Title || customer.CompanyName || join(' ', ['AWS invitation', Id])",
        ),
        Offer(("title", "job title", "jobtitle", "function"), "prospect.Interaction.ContactBusinessTitle"),
        *_customer(),
        Offer(("segment", "market segment", "aws market segment"), "customer.MarketSegment"),
        Offer(("aws maturity",), "customer.AwsMaturity"),
        Offer(
            ("status", "lead status", "hs lead status"),
            "Status",
            always_lookup=True,
            lookup={
                "PENDING": ("New", "Open - Not Contacted", "Open", "Unqualified"),
                "ACCEPTED": ("Accepted", "Working - Contacted", "Working", "In progress", "Contacted"),
            },
        ),
        Offer(("type",), values=("lead",), write="create"),
        Offer(("lead source", "leadsource"), values=_LEAD_SOURCE, write="create"),
        Offer(("source name",), "prospect.Interaction.SourceName || prospect.Interaction.SourceType"),
        Offer(("use case", "usecase"), "prospect.Interaction.Usecase"),
        _DESCRIPTION,
        *_project("aws expected annual spend", "expected annual spend", "amount"),
        *_ABOUT_THE_INVITATION,
        Offer(("aws expiration date", "expiration date"), "ExpirationDate", types=MOMENT, write="always"),
    ),
)
_ACCOUNT = Kind(
    rule="account",
    about="The customer, once its opportunity is accepted; one account however many invitations it gets.",
    objects=("account", "accounts", "company", "companies", "organization", "organizations", "res partner"),
    when="won && customer",
    key="domain(customer.WebsiteUrl) || lower(customer.CompanyName) || Id",
    keys=("aws customer key", "customer key", "external id"),
    title={"name": "customer.CompanyName"},
    offers=(
        Offer(("name", "account name", "company name"), _COMPANY, default=_NOT_DISCLOSED, write="create"),
        Offer(("is company",), values=(True,), types=("boolean",), write="create"),
        *_customer("blank"),
    ),
)
_OPPORTUNITY = Kind(
    rule="opportunity",
    about="An opportunity that was accepted, or the one that sales opened by hand with the project's title.",
    objects=("opportunity", "opportunities", "deal", "deals", "crm lead"),
    when="won",
    key="Id",
    keys=_INVITATION_KEYS,
    title={"aws project title": "deal.Project.Title", "name": "deal.Project.Title"},
    offers=(
        Offer(
            ("name", "opportunity name", "deal name", "dealname", "title"),
            "deal.Project.Title || join(' ', ['AWS invitation', Id])",
        ),
        Offer(("type",), values=("opportunity",), write="always"),
        Offer(
            ("account id", "account", "company id", "company", "partner id"),
            ref="account",
            types=("reference",),
        ),
        Offer(
            ("stage name", "stage", "dealstage"),
            values=("Prospecting", "New", "Qualification", "Qualified"),
            write="create",
        ),
        *_project(
            "amount", "value", "expected revenue", "deal value", "annual spend", write="always", only=True
        ),
        Offer(("aws monthly spend", "monthly spend"), "monthly_spend(spend, '{currency}')", types=AMOUNT),
        Offer(("industry",), "customer.Industry", lookup=INDUSTRIES, default="Other"),
        Offer(("lead source", "leadsource"), values=_LEAD_SOURCE, write="create"),
        Offer(
            ("next step", "next steps"),
            write="create",
            template="AWS expects: {{ join(', ', deal.ReceiverResponsibilities || `[]`) }}",
        ),
        _DESCRIPTION,
        *_ABOUT_THE_INVITATION,
    ),
)
_AWS_ACCOUNT = Kind(
    rule="aws_account",
    about="AWS itself, for its people: many CRMs show a contact without an account to nobody.",
    objects=_ACCOUNT.objects,
    when="won && contacts",
    key="'aws'",
    keys=_ACCOUNT.keys,
    title={"name": "'Amazon Web Services'"},
    many="newest",
    offers=(
        Offer(("name", "account name", "company name"), values=("Amazon Web Services",), write="create"),
        Offer(("is company",), values=(True,), types=("boolean",), write="create"),
        Offer(("website", "website url", "url"), values=("https://aws.amazon.com",), write="blank"),
    ),
)
_CONTACT = Kind(
    rule="contact",
    about="The people at AWS who sent the invitation: no employees of the customer.",
    objects=("contact", "contacts", "person", "people", "persons", "res partner"),
    when="won",
    for_each="contacts",
    key="lower(item.Email)",
    keys=("aws contact key", "contact key", "external id"),
    title={"email": "item.Email"},
    many="newest",
    offers=(
        Offer(("first name", "firstname"), "first_name(item)", write="blank"),
        Offer(("last name", "lastname"), "last_name(item) || item.Email", write="blank"),
        Offer(
            ("name", "full name"),
            "join(' ', [first_name(item), last_name(item)][?@]) || item.Email",
            write="blank",
        ),
        Offer(("email", "email address", "e mail"), "item.Email", write="create"),
        Offer(("phone", "phone number", "business phone"), "item.Phone", write="blank"),
        Offer(("title", "job title", "jobtitle", "function"), "item.BusinessTitle", write="blank"),
        Offer(
            ("account id", "account", "company id", "parent id"),
            ref="aws_account",
            types=("reference",),
            write="blank",
        ),
    ),
)
_CONTACT_ROLE = Kind(
    rule="contact_role",
    about="What these people have to do with the opportunity.",
    objects=("opportunity contact role", "opportunity contact roles", "deal contact", "deal contacts"),
    when="won",
    for_each="contacts",
    key="join('/', [Id, lower(item.Email)])",
    keys=("aws contact role key", "contact role key", "external id"),
    offers=(
        Offer(
            ("opportunity id", "opportunity", "deal id"),
            ref="opportunity",
            types=("reference",),
            write="create",
        ),
        Offer(("contact id", "contact", "person id"), ref="contact", types=("reference",)),
        Offer(("role",), values=("AWS sender", "Other", "Influencer"), write="create"),
    ),
)
_CONVERTED_LEAD = Kind(
    rule="converted_lead",
    about="The lead of an opportunity that was accepted is done.",
    objects=(),
    follows="lead",
    changes=True,
    when="won",
    key="Id",
    keys=_INVITATION_KEYS,
    offers=(
        Offer(
            ("status", "lead status", "hs lead status"),
            write="always",
            values=("Converted", "Closed - Not Converted", "Closed", "Unqualified"),
        ),
        Offer(("converted opportunity id",), ref="opportunity", types=("reference",), write="always"),
        _CLOSED[1],
    ),
)
_CLOSED_LEAD = Kind(
    rule="closed_lead",
    about="An invitation that was rejected or has expired closes what it had opened, and opens nothing.",
    objects=(),
    follows="lead",
    changes=True,
    when="over",
    key="Id",
    keys=_INVITATION_KEYS,
    offers=(
        Offer(
            ("status", "lead status", "hs lead status"),
            write="always",
            values=("Closed", "Closed - Not Converted", "Unqualified", "Disqualified"),
        ),
        *_CLOSED,
    ),
)
_CLOSED_OPPORTUNITY = Kind(
    rule="closed_opportunity",
    about="The same for an opportunity.",
    objects=(),
    follows="opportunity",
    changes=True,
    when="over",
    key="Id",
    keys=_INVITATION_KEYS,
    offers=(
        Offer(
            ("stage name", "stage", "dealstage"),
            write="always",
            values=("Closed Lost", "Lost", "Closedlost", "Closed"),
        ),
        Offer(("active",), values=(False,), types=("boolean",), write="always", instead_of="stage name"),
        *_CLOSED,
    ),
)

KINDS: tuple[Kind, ...] = (
    *(_LEAD, _ACCOUNT, _OPPORTUNITY, _AWS_ACCOUNT, _CONTACT, _CONTACT_ROLE),
    *(_CONVERTED_LEAD, _CLOSED_LEAD, _CLOSED_OPPORTUNITY),
)
