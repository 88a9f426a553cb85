"""The kinds of record that invitations become, and what each takes of them: the table that mappings are
proposed from."""

from __future__ import annotations

from connector.mapping.offers import CURRENCY_NAMES, INDUSTRIES, Kind, Offer
from connector.records import FieldType

AMOUNT: tuple[FieldType, ...] = ("money", "number")
DAY: tuple[FieldType, ...] = ("date", "datetime")
MOMENT: tuple[FieldType, ...] = ("datetime", "date", "text")

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
