"""A Salesforce mapping against the metadata of an org: each mistake alone, ten at once, and whatever metadata
there may be. The fields are a choice of those of a new org (object reference of the vendor), and some that an
administrator would add."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import yamlfile
from connector.errors import Finding
from connector.fetch.service_model import enum_values, member_facts, member_tree
from connector.invitation import parse
from connector.map import map_invitation
from connector.mapping.check import examine
from connector.mapping.load import load
from connector.records import FieldMeta, FieldType, ObjectMeta
from tests.servers.invitations import make_invitations

MEMBERS, ENUMS, FACTS = member_tree(), enum_values(), member_facts()
INDUSTRIES = ("Agriculture", "Education", "Finance", "Government", "Healthcare", "Technology", "Other")
STAGES = ("Prospecting", "Qualification", "Closed Won", "Closed Lost")


def text(name: str, length: int = 255, **facts: Any) -> FieldMeta:
    return FieldMeta(name, "text", length=length, **facts)


def key(name: str, length: int = 80) -> FieldMeta:
    return text(name, length, unique=True, external_id=True)


def meta(name: str, *fields: FieldMeta, **relations: str) -> ObjectMeta:
    return ObjectMeta(name, {field.name: field for field in fields}, relations=relations)


ACCOUNT = meta(
    "Account",
    key("AWS_Customer_Key__c", 255),
    text("Name", required=True),
    text("Industry", picklist=INDUSTRIES),
    text("Website"),
    FieldMeta("NumberOfEmployees", "integer"),
    FieldMeta("CreatedDate", "datetime", createable=False, updateable=False),
)
OPPORTUNITY = meta(
    "Opportunity",
    key("AWS_Invitation_Id__c"),
    text("AWS_Number__c", external_id=True),
    text("AWS_Serial__c", unique=True),
    text("AWS_Status__c", 40),
    text("Name", 120, required=True),
    text("StageName", picklist=STAGES, required=True),
    FieldMeta("CloseDate", "date", required=True),
    FieldMeta("Amount", "money", scale=2),
    text("CurrencyIsoCode", 3, picklist=("USD", "EUR")),
    FieldMeta("AccountId", "reference", reference_to=("Account",)),
    FieldMeta("ContactId", "reference", reference_to=("Contact",), updateable=False),
    FieldMeta("OwnerId", "reference", reference_to=("Group", "User")),
    FieldMeta("Related__c", "reference"),
    FieldMeta("IsPrivate", "boolean"),
    FieldMeta("IsWon", "boolean", createable=False, updateable=False),
    FieldMeta("ForecastNote__c", "text", length=255, createable=False),
    FieldMeta("Probability", "number", scale=0),
    FieldMeta("Starts__c", "datetime"),
    text("Market__c", picklist=INDUSTRIES),
    text("Services__c", 4099, picklist=("Storage", "Compute", "Networks")),
    text("Phase__c", picklist=("PENDING",)),
    FieldMeta("Notes__c", "text"),
    text("NextStep"),
    text("Description", 32000),
    Account="Account",
)
OBJECTS = {"Account": ACCOUNT, "Opportunity": OPPORTUNITY}

RIGHT = """\
version: 1
name: t
crm: salesforce
let:
  deal: Payload.OpportunityInvitation
  customer: deal.Customer
  spend: deal.Project.ExpectedCustomerSpend
  won: Status == 'ACCEPTED' && deal
records:
  opportunity:
    object: Opportunity
    when: won
    key: {AWS_Invitation_Id__c: Id}
    match:
      title: {Name: deal.Project.Title}
      narrow: {Account.Name: customer.CompanyName}
    fields:
      Name: {from: deal.Project.Title, max_length: 120}
      StageName: {value: Prospecting, write: create}
      CloseDate: deal.Project.TargetCompletionDate
      CurrencyIsoCode: {value: USD}
      Amount: annual_spend(spend, 'USD')
      AccountId: {ref: account}
      NextStep: InvitationMessage
  account:
    object: Account
    when: won
    key: {AWS_Customer_Key__c: domain(customer.WebsiteUrl) || customer.CompanyName}
    fields:
      Name: customer.CompanyName
      Industry: {from: customer.Industry, lookup: {Education: Education, Mining: Other}, default: Other}
"""


def examined(mapping: str, objects: dict[str, ObjectMeta] = OBJECTS) -> list[Finding]:
    return examine(parsed(mapping), None, objects, MEMBERS, ENUMS, FACTS)[1]


@cache
def parsed(mapping: str) -> yamlfile.Document:
    return yamlfile.parse(mapping, "m.yaml")


def told(mapping: str, objects: dict[str, ObjectMeta] = OBJECTS) -> list[str]:
    mark = {"error": "", "warning": "warning "}
    return [f"{mark[found.severity]}{found}" for found in examined(mapping, objects)]


def with_field(rule: str) -> str:
    """The mapping with one more field of the opportunity, in line 25."""
    return RIGHT.replace("  account:\n", f"      {rule}\n  account:\n")


def test_a_mapping_that_fits_has_no_finding() -> None:
    assert told(RIGHT) == []


SINGLE = [
    # -- which field
    ("Stage: {value: Prospecting}", "25:7: Opportunity has no field Stage (did you mean StageName?)"),
    ("AWS_Staus__c: Status", "25:7: Opportunity has no field AWS_Staus__c (did you mean AWS_Status__c?)"),
    (
        "Account.Name: Status",
        "25:7: Account.Name belongs to another record and cannot be written "
        "(only match: can look through a reference)",
    ),
    # -- who may write
    ("IsWon: {value: true}", "25:7: IsWon is read-only in the CRM (take it out)"),
    (
        "ContactId: {value: 003000000000001AAA}",
        "25:7: ContactId cannot be changed once a record is there (write: create)",
    ),
    (
        "ForecastNote__c: {value: x, write: create}",
        "25:7: ForecastNote__c cannot be set on creation (choose another write:)",
    ),
    (
        "ForecastNote__c: {value: x, write: blank}",
        "25:7: ForecastNote__c cannot be set on creation (move it to a rule with match: {none: skip})",
    ),
    # -- what type
    (
        "Probability: {value: high}",
        "25:28: high does not fit Probability: text that is no number (it is number)",
    ),
    (
        "IsPrivate: {from: Status, lookup: {PENDING: yes}, default: perhaps}",
        "25:66: perhaps does not fit IsPrivate: neither true nor false (it is boolean)",
    ),
    (
        "IsPrivate: {from: Status, lookup: {PENDING: yes, ACCEPTED: never}}",
        "25:66: never does not fit IsPrivate: neither true nor false (it is boolean)",
    ),
    ("IsPrivate: Status", "25:18: Status does not fit IsPrivate: neither true nor false (it is boolean)"),
    (
        "IsPrivate: InvitationDate",
        "25:18: InvitationDate does not fit IsPrivate: neither true nor false (it is boolean)",
    ),
    (
        "Probability: trim(InvitationDate)",
        "25:20: this does not fit Probability: text that is no number (it is number)",
    ),
    ("Starts__c: annual_spend(spend)", "25:18: this does not fit Starts__c: not a date and time"),
    ("Starts__c: Status == 'PENDING'", "25:18: this does not fit Starts__c: not a date and time"),
    ("Starts__c: deal.Project.Title", "25:18: Title does not fit Starts__c: not a date and time (ISO 8601)"),
    (
        "Probability: deal.Project.TargetCompletionDate || `50`",
        "25:20: TargetCompletionDate does not fit Probability: text that is no number (it is number)",
    ),
    (
        "Probability: spend[0].Amount || 'none'",
        "25:39: none does not fit Probability: text that is no number (it is number)",
    ),
    (
        "Services__c: deal.ReceiverResponsibilities",
        "25:20: this is a list where one value is wanted (pick one with [0], or use join_lines())",
    ),
    (
        "ContactId: {from: SenderAwsAccountId, write: create}",
        "25:25: ContactId refers to Contact, and an invitation holds no ids of the CRM "
        "(name a rule with ref:)",
    ),
    # -- how long
    (
        "AWS_Status__c: {from: Status, max_length: 41}",
        "25:49: max_length 41 is more than AWS_Status__c holds (it holds 40 characters)",
    ),
    (
        f"AWS_Status__c: {{value: {'x' * 41}}}",
        "25:30: 41 characters are more than AWS_Status__c holds (it holds 40)",
    ),
    (
        f"AWS_Status__c: Status || '{'x' * 41}'",
        "25:32: 41 characters are more than AWS_Status__c holds (it holds 40)",
    ),
    (
        "AWS_Status__c: deal.Project.Title",
        "warning 25:22: Title can have 255 characters, and AWS_Status__c holds 40 "
        "(cut it with max_length: 40)",
    ),
    (
        "AWS_Status__c: Status || upper(customer.CompanyName)",
        "warning 25:22: this can have 120 characters, and AWS_Status__c holds 40",
    ),
    (
        "AWS_Status__c: truncate(deal.Project.Title, `50`)",
        "warning 25:22: this can have 50 characters, and AWS_Status__c holds 40",
    ),
    (
        "AWS_Status__c: {template: 'From {{ SenderCompanyName }}'}",
        "warning 25:33: this can come to 125 characters, and AWS_Status__c holds 40 "
        "(cut it with max_length: 40)",
    ),
    (
        f"AWS_Status__c: {{template: \"{{{{ Status || '{'x' * 50}' }}}}\"}}",
        "warning 25:33: this can come to 50 characters, and AWS_Status__c holds 40",
    ),
    (
        "AWS_Status__c: RejectionReason || customer.CompanyName || SenderCompanyName",
        "warning 25:22: CompanyName can have 120 characters, and AWS_Status__c holds 40",
    ),
    # -- one of a list
    ("Market__c: {value: Educaton}", "25:26: Market__c cannot be Educaton (did you mean Education?)"),
    ("Market__c: customer.CompanyName && 'Edu'", "25:42: Market__c cannot be Edu (one of Agriculture, Educ"),
    (
        "Services__c: {value: Storage;Cmpute}",
        "25:28: Services__c cannot be Storage;Cmpute (did you mean Storage?)",
    ),
    (
        "Market__c: {from: Status, lookup: {PENDING: Other, EXPIRED: Lost, REJECTED: Other}}",
        "25:67: Market__c cannot be Lost (one of Agriculture, ",
    ),
    (
        "Market__c: {from: customer.CompanyName, default: Nothing}",
        "25:56: Market__c cannot be Nothing (one of Agriculture, ",
    ),
    (
        "Market__c: spend[0].Frequency",
        "warning 25:18: Market__c has no 'Monthly', which AWS may send "
        "(give it a lookup from AWS's values to the CRM's)",
    ),
    (
        "Market__c: Status",
        "warning 25:18: Market__c has no 'ACCEPTED', 'PENDING', 'REJECTED' and 1 more, which AWS may send",
    ),
    (
        "Phase__c: Status",
        "warning 25:17: Phase__c has no 'ACCEPTED', 'REJECTED', 'EXPIRED', which AWS may send (give it",
    ),
    # -- references
    ("OwnerId: Id", "25:16: OwnerId refers to Group or User, and an invitation holds no ids of the CRM"),
    ("Related__c: Id", "25:19: Related__c refers to another record, and an invitation holds no ids of"),
    ("ContactId: {ref: account, write: create}", "25:24: ContactId refers to Contact, and account makes Acc"),
    ("NextStep2: {ref: account}", "25:7: Opportunity has no field NextStep2 (did you mean NextStep?)"),
    (
        "AWS_Status__c: {ref: account}",
        "25:28: AWS_Status__c is no reference to another record: it is text",
    ),
]


@pytest.mark.parametrize(("rule", "expected"), SINGLE, ids=[rule for rule, _ in SINGLE])
def test_a_field_that_does_not_fit(rule: str, expected: str) -> None:
    (found,) = told(with_field(rule))
    assert found.replace("m.yaml:", "").startswith(expected)


@pytest.mark.parametrize(
    "rule",
    [
        "IsPrivate: {from: Status, lookup: {PENDING: false, ACCEPTED: true}}",
        "IsPrivate: Status == 'PENDING'",
        "Probability: spend[0].Amount",
        "Probability: length(deal.SenderContacts)",
        "Starts__c: InvitationDate",
        "Starts__c: deal.Project.TargetCompletionDate",
        "AWS_Status__c: {from: deal.Project.Title, max_length: 40}",
        "AWS_Status__c: truncate(deal.Project.Title, `40`)",
        "AWS_Status__c: '{default: " + "x" * 50 + ", from: Status, max_length: 40}'",
        "AWS_Status__c: EnrichmentContext.LeadInsights.LeadReadinessScore",
        "Probability: EnrichmentContext.LeadInsights.LeadReadinessScore",
        "Services__c: {value: Storage;Compute}",
        "Services__c: {from: \"'Storage and more'\", max_length: 8}",
        "AWS_Status__c: {from: '`12`', max_length: 40}",
        "AWS_Status__c: {from: \"'" + "x" * 50 + "'\", max_length: 40}",
        "AWS_Status__c: {template: '{{ deal.Project.Title }}', max_length: 40}",
        "AWS_Status__c: {template: '" + "x" * 40 + "{{ values(customer)[0] }}'}",
        "Notes__c: {template: 'From AWS: {{ deal.Project.Title }}'}",
        "Market__c: customer.CompanyName && ''",
        "IsPrivate: customer.CompanyName && `null`",
        "Market__c: {from: customer.Industry, lookup: {Education: Education}}",
        "Market__c: customer.Tomorrow",
        "ContactId: {value: 003000000000001AAA, write: create}",
        "Description: {template: '{{ deal.Project.BusinessProblem }} {{ InvitationMessage }}'}",
        "Nowhere__c: {value: 1, optional: true}",
    ],
)
def test_a_field_that_fits(rule: str) -> None:
    rule = rule.replace("'{", "{").replace("}'", "}") if rule.startswith("AWS_Status__c: '") else rule
    assert [found for found in told(with_field(rule)) if "Tomorrow" not in found] == []


RULES = [
    (
        "object: Opportunity",
        "object: Oportunity",
        "11:13: the CRM has no object Oportunity (did you mean Opp",
    ),
    (
        "{AWS_Invitation_Id__c",
        "{AWS_Invite_Id__c",
        "13:11: Opportunity has no field AWS_Invite_Id__c (did yo",
    ),
    (
        "{AWS_Invitation_Id__c",
        "{AWS_Number__c",
        "13:11: AWS_Number__c cannot be a key: the CRM would take the same value twice "
        "(keys of Opportunity: AWS_Invitation_Id__c)",
    ),
    (
        "{AWS_Invitation_Id__c",
        "{AWS_Serial__c",
        "13:11: AWS_Serial__c cannot be a key: it is unique, but no external id",
    ),
    (
        "{AWS_Invitation_Id__c",
        "{Description",
        "13:11: Description cannot be a key: the CRM would take the same value twice",
    ),
    ("{AWS_Invitation_Id__c", "{IsPrivate", "13:11: IsPrivate cannot be a key: it is boolean"),
    (
        "__c: Id}",
        "__c: deal.Project.Title}",
        "warning 13:33: Title can have 255 characters, and AWS_Invitation_Id__c holds 80",
    ),
    ("title: {Name", "title: {Nmae", "15:15: Opportunity has no field Nmae (did you mean Name?)"),
    ("{Account.Name", "{Account.Titel", "16:16: Account has no field Titel"),
    ("{Account.Name", "{Acount.Name", "16:16: Opportunity has no reference called Acount (did you mean Acc"),
    (", max_length: 120", "", "warning 18:20: Title can have 255 characters, and Name holds 120"),
    (
        "      CloseDate: deal.Project.TargetCompletionDate\n",
        "",
        "11:13: Opportunity cannot be created without CloseDate "
        "(give it a field, or match: {none: skip} if the rule creates nothing)",
    ),
    (
        "StageName: {value",
        "StageNam: {value",
        "19:7: Opportunity has no field StageNam (did you mean StageName?)",
    ),
    (
        "CloseDate: deal.Project.TargetCompletionDate",
        "CloseDate: ExpirationDate",
        "warning 20:7: Opportunity cannot be created without CloseDate, and this can be empty "
        "(give it a default, or required: true)",
    ),
    (
        "Name: customer.CompanyName\n",
        "Name: {template: '{{ InvitationMessage }}'}\n",
        "warning 30:7: Account cannot be created without Name, and this can be empty",
    ),
    (
        "Name: customer.CompanyName\n",
        "Name: {value: ''}\n",
        "warning 30:7: Account cannot be created without Name, and this can be empty",
    ),
    (
        "{value: Prospecting, write: create}",
        "{from: PayloadType, lookup: {LeadInvitation: Qualification}}",
        "warning 19:7: Opportunity cannot be created without StageName, and this can be empty",
    ),
    (
        "      CurrencyIsoCode: {value: USD}\n",
        "",
        "warning 21:7: Amount would be in the currency of the user who writes or of the record "
        "(give CurrencyIsoCode a value too)",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), RULES, ids=[f"{new}" for _, new, _ in RULES])
def test_a_rule_that_does_not_fit(old: str, new: str, expected: str) -> None:
    assert RIGHT.count(old) == 1
    (found,) = told(RIGHT.replace(old, new))
    assert found.replace("m.yaml:", "").startswith(expected)


def every_industry(mining: str) -> str:
    """A lookup from all that the model lists, with what it says for mining."""
    listed = ENUMS["Payload.OpportunityInvitation.Customer.Industry"]
    entries = ", ".join(f"{value}: {mining if value == 'Mining' else 'x'}" for value in listed)
    return f"{{from: customer.Industry, lookup: {{{entries}}}}}"


SURE = [
    "customer.CompanyName",  # always in what `when` has made sure of
    "Id",
    "InvitationMessage || 'From AWS'",
    "join(' ', ['AWS', Id])",
    "trim(InvitationMessage || Id)",
    "not_null(InvitationMessage, Id)",
    "{from: InvitationMessage, default: From AWS}",
    "{from: InvitationMessage, required: true}",
    "{template: '{{ Id }} {{ EngagementTitle }}'}",
    "{template: From AWS}",
    every_industry(mining="y"),
    "{from: customer.Industry, lookup: {Education: a}, default: b}",
]
NOBODY_KNOWS = ["values(customer)[0]", "{from: 'values(customer)[0]', lookup: {a: b}}"]


@pytest.mark.parametrize("source", SURE + NOBODY_KNOWS)
def test_what_a_required_field_may_come_from(source: str) -> None:
    assert told(RIGHT.replace("Name: customer.CompanyName\n", f"Name: {source}\n")) == []


@pytest.mark.parametrize("source", SURE)
def test_what_is_sure_to_be_there_is(source: str) -> None:
    source = source.replace("required: true", "default: none")
    text = RIGHT.replace("Name: customer.CompanyName\n", f"Name: {source}\n")
    mapping = load(yamlfile.parse(text, "m.yaml"))
    names = []
    for raw in make_invitations(300):
        records = map_invitation(parse(raw), mapping)
        names += [record.values["Name"] for record in records if record.rule.name == "account"]
    assert len(names) > 20
    assert all(names)


@pytest.mark.parametrize(
    "source",
    [
        "InvitationMessage",
        "lower(InvitationMessage)",
        "join(' ', ['AWS', InvitationMessage])",  # which takes no null
        "Status == 'ACCEPTED' && 'x'",
        "InvitationMessage || first_name(customer)",
        "InvitationMessage || ''",
        "'`false` || InvitationMessage'",  # false is passed over
        "deal.SenderContacts[0].Email",
        "Payload.LeadInvitation.Customer.CompanyName",
        "{from: InvitationMessage, default: ''}",
        "{from: InvitationMessage, default: null}",
        "{from: customer.Industry, lookup: {Education: a}}",
        every_industry(mining="null"),
        every_industry(mining="''"),
        "{from: customer.CompanyName, lookup: {Acme: b}}",
    ],
)
def test_what_a_required_field_may_be_without(source: str) -> None:
    (found,) = told(RIGHT.replace("Name: customer.CompanyName\n", f"Name: {source}\n"))
    assert "and this can be empty" in found


def test_what_a_condition_asks_for_may_be_empty_behind_another_that_may() -> None:
    """`a && b` is `a` where that is empty, whether `b` is there or not."""
    date = "deal.Project.TargetCompletionDate"
    mapping = RIGHT.replace("when: won", f"when: {date}", 1)
    assert told(mapping.replace(f"CloseDate: {date}", f"CloseDate: deal && {date}")) == []
    (found,) = told(mapping.replace(f"CloseDate: {date}", f"CloseDate: InvitationMessage && {date}"))
    assert "cannot be created without CloseDate, and this can be empty" in found


def test_without_the_documents_nobody_says_what_can_be_empty() -> None:
    text = RIGHT.replace("Name: customer.CompanyName\n", "Name: trim(InvitationMessage)\n")
    assert examine(yamlfile.parse(text, "m.yaml"), None, OBJECTS, MEMBERS)[1] == []


def test_a_rule_that_creates_nothing_may_lack_what_creation_needs() -> None:
    mapping = RIGHT.replace("    match:\n", "    match:\n      none: skip\n")
    mapping = mapping.replace("      CloseDate: deal.Project.TargetCompletionDate\n", "")
    assert told(mapping.replace("NextStep: Inv", "ForecastNote__c: Inv")) == []


def test_items_of_a_list_hold_what_an_item_always_holds() -> None:
    mapping = RIGHT.replace(
        "    when: won\n    key: {AWS_C", "    for_each: deal.SenderContacts\n    key: {AWS_C"
    )
    mapping = mapping.replace("AccountId: {ref: account}", "AWS_Status__c: Status")
    assert told(mapping.replace("Name: customer.CompanyName\n", "Name: item.Email\n")) == []
    (found,) = told(mapping.replace("Name: customer.CompanyName\n", "Name: item.Phone\n"))
    assert "and this can be empty" in found


def test_amounts_need_a_currency_only_where_there_are_several() -> None:
    mapping = RIGHT.replace("CurrencyIsoCode: {value: USD}", "CurrencyIsoCode: {value: USD, optional: true}")
    fields = {name: field for name, field in OPPORTUNITY.fields.items() if name != "CurrencyIsoCode"}
    assert told(mapping) == []
    assert told(mapping, {**OBJECTS, "Opportunity": replace(OPPORTUNITY, fields=fields)}) == []


def test_fields_that_nobody_has_added_yet_are_warnings_and_checked_all_the_same() -> None:
    absent = {"AWS_Status__c": text("AWS_Status__c", 40), "AWS_Invitation_Id__c": key("AWS_Invitation_Id__c")}
    fields = {name: field for name, field in OPPORTUNITY.fields.items() if name not in absent}
    objects = {**OBJECTS, "Opportunity": replace(OPPORTUNITY, fields=fields, absent=absent)}
    assert [
        found.split(" (")[0] for found in told(with_field("AWS_Status__c: deal.Project.Title"), objects)
    ] == [
        "warning m.yaml:13:11: Opportunity has no field AWS_Invitation_Id__c yet",
        "warning m.yaml:25:7: Opportunity has no field AWS_Status__c yet",
        "warning m.yaml:25:22: Title can have 255 characters, and AWS_Status__c holds 40",
    ]


PLANTED = """\
version: 1
name: t
crm: salesforce
let:
  deal: Payload.OpportunityInvitation
  customer: deal.Customer
  spend: deal.Project.ExpectedCustomerSpend
records:
  opportunity:
    object: Opportunity
    when: Status == 'ACCEPTED' && deal
    key: {AWS_Number__c: Id}
    match:
      title: {Name: deal.Project.Title}
      narrow: {Account.Nmae: customer.CompanyName}
    fields:
      Name: {from: deal.Project.Title, max_length: 255}
      StageName: {from: Status, lookup: {ACCEPTED: Prospekting}, default: Prospecting}
      Amount: annual_spend(spend, 'USD')
      CurrencyIsoCode: {value: USD}
      AccountId: {ref: opportunity_of_before}
      Probability: InvitationDate
      Market__c: customer.Industry
      NextStepp: InvitationMessage
  opportunity_of_before:
    object: Opportunity
    when: customer
    key: {AWS_Invitation_Id__c: Id}
    match: {none: skip}
    fields:
      ContactId: {value: 003000000000001AAA, write: always}
"""


def test_ten_mistakes_are_found_in_one_go() -> None:
    assert [found.replace("m.yaml:", "").split(" (")[0] for found in told(PLANTED)] == [
        "10:13: Opportunity cannot be created without CloseDate",
        "12:11: AWS_Number__c cannot be a key: the CRM would take the same value twice",
        "15:16: Account has no field Nmae",
        "17:52: max_length 255 is more than Name holds",
        "18:52: StageName cannot be Prospekting",
        "21:24: AccountId refers to Account, and opportunity_of_before makes Opportunity",
        "22:20: InvitationDate does not fit Probability: text that is no number",
        "warning 23:18: Market__c has no 'Aerospace', 'Automotive', 'Computers and Electronics' and 20 more, "
        "which AWS may send",
        "24:7: Opportunity has no field NextStepp",
        "31:7: ContactId cannot be changed once a record is there",
    ]


def test_a_run_is_stopped_by_errors_of_the_mapping_and_by_no_warning() -> None:
    severities = {found.severity for found in examined(RIGHT.replace(", max_length: 120", ""))}
    assert severities == {"warning"}


def test_what_stops_a_run_and_what_only_fails_records() -> None:
    """A run goes on where at worst the CRM refuses records: the others land."""

    def alone(mapping: str) -> bool:
        (found,) = examined(mapping)
        return found.alone is True

    keyed_by = [
        RIGHT.replace("{AWS_Invitation_Id__c", f"{{{name}")
        for name in ("AWS_Number__c", "AWS_Serial__c", "Description")
    ]
    assert [alone(mapping) for mapping in keyed_by] == [True, False, False]
    assert alone(RIGHT.replace("      CloseDate: deal.Project.TargetCompletionDate\n", ""))
    assert alone(with_field("IsPrivate: {value: perhaps}"))
    assert not alone(with_field("Stage: {value: Prospecting}"))


def test_the_rest_of_a_rule_is_checked_by_the_object_that_was_meant_and_by_no_other() -> None:
    two = with_field("Stage: {value: Prospecting}")
    assert len(told(two.replace("object: Opportunity", "object: Oportunity"))) == 2
    assert len(told(two.replace("object: Opportunity", "object: Opportal"))) == 1


ADDED = {
    "Number__c": FieldMeta("Number__c", "number", unique=True, external_id=True),
    "Count__c": FieldMeta("Count__c", "integer", unique=True, external_id=True),
    "Later__c": key("Later__c"),
    "Once__c": key("Once__c"),
}
ADDED["Later__c"] = replace(ADDED["Later__c"], createable=False)
ADDED["Once__c"] = replace(ADDED["Once__c"], updateable=False)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Number__c", None),
        ("Count__c", None),
        ("Later__c", "it cannot be set on creation"),
        ("Once__c", "it cannot be changed"),
    ],
)
def test_what_a_key_may_be(name: str, why: str | None) -> None:
    fields = {**OPPORTUNITY.fields, **ADDED}
    objects = {**OBJECTS, "Opportunity": replace(OPPORTUNITY, fields=fields)}
    keyed = RIGHT.replace("{AWS_Invitation_Id__c: Id", f"{{{name}: '`1`'")
    keys = "AWS_Invitation_Id__c, Number__c, Count__c"
    assert told(keyed, objects) == (
        [f"m.yaml:13:11: {name} cannot be a key: {why} (keys of Opportunity: {keys})"] if why else []
    )
    # What a match by title does not have to write into a record that is there already can be a key.
    untitled = keyed.replace("title: {Name: deal.Project.Title}", "none: create")
    untitled = untitled.replace("      narrow: {Account.Name: customer.CompanyName}\n", "")
    assert bool(told(untitled, objects)) == (name == "Later__c")


def test_an_object_without_a_key_is_told_what_it_lacks() -> None:
    fields = {name: replace(field, external_id=False) for name, field in OPPORTUNITY.fields.items()}
    (found,) = told(RIGHT, {**OBJECTS, "Opportunity": replace(OPPORTUNITY, fields=fields)})
    assert found.endswith("(give the object a field for it: text, unique and an external id)")


def test_who_adds_a_field_that_is_not_there_is_said() -> None:
    mapping = with_field("Zzz: Status")
    (found,) = told(mapping)
    assert found == "m.yaml:25:7: Opportunity has no field Zzz"
    (found,) = told(mapping, {**OBJECTS, "Opportunity": replace(OPPORTUNITY, adding="ask an administrator")})
    assert found == "m.yaml:25:7: Opportunity has no field Zzz (ask an administrator)"
    absent = replace(OPPORTUNITY, absent={"Zzz": text("Zzz")})
    assert told(mapping, {**OBJECTS, "Opportunity": absent}) == [
        "warning m.yaml:25:7: Opportunity has no field Zzz yet "
        "(an administrator has to add it, and a run does without it until then)"
    ]


def test_amounts_without_a_currency_are_named() -> None:
    fields = {**OPPORTUNITY.fields, "Fee__c": FieldMeta("Fee__c", "money")}
    mapping = with_field("Fee__c: annual_spend(spend)").replace("      CurrencyIsoCode: {value: USD}\n", "")
    (found,) = told(mapping, {**OBJECTS, "Opportunity": replace(OPPORTUNITY, fields=fields)})
    assert found.startswith("warning m.yaml:21:7: Amount and Fee__c would be in the currency of the user")


def test_what_never_changes_has_no_place_in_a_rule_that_creates_nothing() -> None:
    found = next(found for found in told(PLANTED) if "31:7" in found)
    assert found.endswith("ContactId cannot be changed once a record is there (take it out)")


def test_the_rules_that_make_what_a_reference_wants_are_named() -> None:
    accounts = RIGHT[RIGHT.index("  account:\n") :]
    both = RIGHT.replace("{ref: account}", "{ref: opportunity}") + accounts.replace("account:", "buyer:")
    assert any(found.endswith("(rules that make such: account, buyer)") for found in told(both))
    assert told(with_field("OwnerId: {ref: account}")) == [
        "m.yaml:25:22: OwnerId refers to Group or User, and account makes Account"
    ]


def test_a_template_is_no_mistake_where_the_members_are_not_known() -> None:
    mapping = with_field("NextStep: {template: 'From AWS: {{ Status }}'}").replace(
        "      NextStep: InvitationMessage\n", ""
    )
    assert examine(yamlfile.parse(mapping, "m.yaml"), None, OBJECTS)[1] == []


# -- whatever the metadata

NAMES = [*OPPORTUNITY.fields, *ACCOUNT.fields, "Other__c"]
WORDS = st.sampled_from(["Prospecting", "Other", "USD", "x", ""]) | st.text(max_size=5)
FIELDS = st.builds(
    FieldMeta,
    st.sampled_from(NAMES),
    st.sampled_from(get_args(FieldType)),
    length=st.none() | st.integers(0, 300),
    scale=st.none() | st.integers(0, 18),
    createable=st.booleans(),
    updateable=st.booleans(),
    required=st.booleans(),
    unique=st.booleans(),
    external_id=st.booleans(),
    picklist=st.lists(WORDS, max_size=15).map(tuple),
    reference_to=st.lists(st.sampled_from(["Account", "Contact"]), max_size=2).map(tuple),
)
METAS = st.builds(
    ObjectMeta,
    st.sampled_from(["Opportunity", "Account"]),
    st.lists(FIELDS, max_size=12).map(lambda fields: {field.name: field for field in fields}),
    relations=st.dictionaries(st.sampled_from(["Account", "Acount"]), st.sampled_from(["Account", "User"])),
    absent=st.lists(FIELDS, max_size=3).map(lambda fields: {field.name: field for field in fields}),
)
ORGS = st.dictionaries(st.sampled_from(["Opportunity", "Account", "Oportunity"]), METAS)


@given(ORGS, st.sampled_from([RIGHT, PLANTED, *(with_field(rule) for rule, _ in SINGLE)]))
def test_any_metadata_can_be_checked_against(objects: dict[str, ObjectMeta], mapping: str) -> None:
    for found in examined(mapping, objects):
        assert found.position is not None
        assert found.position.line > 1
        assert found.severity in ("error", "warning")


@given(ORGS)
def test_a_field_is_the_less_wrong_for_being_optional(objects: dict[str, ObjectMeta]) -> None:
    rule = "Other__c: {value: x}"
    strict = examined(with_field(rule), objects)
    lenient = examined(with_field(rule.replace("}", ", optional: true}")), objects)
    assert len(lenient) <= len(strict)
