"""Mappings against AWS's service model and a CRM's metadata: mistakes that only these can tell."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connector import yamlfile
from connector.fetch.service_model import enum_values, mappable, member_tree
from connector.mapping.check import check, examine
from connector.mapping.functions import Rates
from connector.mapping.load import load
from connector.records import FieldMeta, ObjectMeta

MEMBERS = member_tree()
ENUMS = enum_values()


def _object(name: str, *fields: FieldMeta, **relations: str) -> ObjectMeta:
    return ObjectMeta(name, {field.name: field for field in fields}, relations=relations)


ACCOUNTS = _object(
    "accounts",
    FieldMeta("aws_customer_key", "text", unique=True, external_id=True),
    FieldMeta("name", "text", length=40, required=True),
    FieldMeta("industry", "text", picklist=("Technology", "Finance", "Other")),
    FieldMeta("employees", "integer"),
    FieldMeta("created_at", "datetime", createable=False, updateable=False),
)
OPPORTUNITIES = _object(
    "opportunities",
    FieldMeta("aws_invitation_id", "text", unique=True, external_id=True),
    FieldMeta("name", "text", length=80, required=True),
    FieldMeta("stage", "text", picklist=("Prospecting", "Closed Lost")),
    FieldMeta("account_id", "reference", reference_to=("accounts",)),
    FieldMeta("amount", "money"),
    FieldMeta("close_date", "date"),
    FieldMeta("is_private", "boolean"),
    FieldMeta("first_stage", "text", updateable=False),
    FieldMeta("closed_reason", "text", createable=False),
    account="accounts",
)
OBJECTS = {"accounts": ACCOUNTS, "opportunities": OPPORTUNITIES}


def told(text: str, objects: Any = None) -> list[str]:
    document = yamlfile.parse(text, "m.yaml")
    findings = examine(document, None, objects, MEMBERS, ENUMS)[1]
    mark = {"error": "", "warning": "warning "}
    return [f"{mark[found.severity]}{found}" for found in findings]


def field(expression: str) -> str:
    return (
        "version: 1\nname: t\ncrm: sql\nlet:\n  deal: Payload.OpportunityInvitation\n"
        "  customer: Payload.OpportunityInvitation.Customer || Payload.LeadInvitation.Customer\n"
        "records:\n  opportunity:\n    object: opportunities\n    key: {aws_invitation_id: Id}\n"
        f"    fields:\n      name: {expression}\n"
    )


@pytest.mark.parametrize(
    ("expression", "finding"),
    [
        ("deal.Projct.Title", "12:18: OpportunityInvitation has no member Projct (did you mean Project?)"),
        ("deal.Project.Titel", "12:26: Project has no member Titel (did you mean Title?)"),
        ("Stauts", "12:13: the invitation has no member Stauts (did you mean Status?)"),
        ("customer.CompanyNmae", "12:22: Customer has no member CompanyNmae (did you mean CompanyName?)"),
        ("deal.SenderContacts[0].Emial", "12:36: SenderContacts has no member Emial (did you mean Email?)"),
        (
            "deal.SenderContacts[*].Emial | [0]",
            "12:36: SenderContacts has no member Emial (did you mean Email?)",
        ),
        (
            "'deal.SenderContacts[?Emial==`x`] | [0].Email'",
            "12:35: SenderContacts has no member Emial (did you mean Email?)",
        ),
        (
            "sort_by(deal.SenderContacts, &Emial)[0].Email",
            "12:43: SenderContacts has no member Emial (did you mean Email?)",
        ),
        (
            "max_by(deal.SenderContacts, &Email).Emial",
            "12:49: SenderContacts has no member Emial (did you mean Email?)",
        ),
        (
            "join(', ', deal.SenderContacts[].Emial)",
            "12:46: SenderContacts has no member Emial (did you mean Email?)",
        ),
        ("domain(customer.Website)", "12:29: Customer has no member Website (did you mean WebsiteUrl?)"),
        (
            "deal.SenderContacts.Email",
            "12:33: SenderContacts is a list, and a list has no Email "
            "(pick one with SenderContacts[0], or go through all with SenderContacts[].Email)",
        ),
        ("deal.Project.Title.Text", "12:32: Title is a single value, and has no Text (cut the path there)"),
        (
            "'!deal.Project && Id'",
            "12:14: the ! ends before the next dot, and gives nothing (write !(a.b) for !a.b)",
        ),
        ("'{template: \"{{ deal.Projct.Title }}\"}'", None),
        (
            "deal.SenderContacts[0:1].Emial | [0]",
            "12:38: SenderContacts has no member Emial (did you mean Email?)",
        ),
        (
            "'deal.SenderContacts[?@.Emial] | [0].Email'",
            "12:37: SenderContacts has no member Emial (did you mean Email?)",
        ),
        ("'{a: Stauts}.a'", "12:18: the invitation has no member Stauts (did you mean Status?)"),
        ("deal.Custommer.*", "12:18: OpportunityInvitation has no member Custommer (did you mean Customer?)"),
        (
            "to_array(deal.SenderContacts)[0].Emial",
            "12:46: SenderContacts has no member Emial (did you mean Email?)",
        ),
        (
            "reverse(deal.SenderContacts)[0].Emial",
            "12:45: SenderContacts has no member Emial (did you mean Email?)",
        ),
        (
            "sort(deal.SenderContacts)[0].Emial",
            "12:42: SenderContacts has no member Emial (did you mean Email?)",
        ),
        (
            "sort_by(deal.SenderContacts, &Email)[0].Emial",
            "12:53: SenderContacts has no member Emial (did you mean Email?)",
        ),
        (
            "min_by(deal.SenderContacts, &Email).Emial",
            "12:49: SenderContacts has no member Emial (did you mean Email?)",
        ),
        ("Status[]", "12:13: Status is not a list: [ ] gives nothing (take the [ ] away)"),
        ("Status[*]", "12:13: Status is not a list: [ ] gives nothing (take the [ ] away)"),
        ("sort_by(Status, &Email)[0]", "12:13: Status is not a list: [ ] gives nothing (take the [ ] away)"),
        ("max_by(Status, &Email)", "12:13: Status is not a list: [ ] gives nothing (take the [ ] away)"),
        (
            "customer.Industry == 'Sofware and Internet' && Id",
            "12:34: Industry is never 'Sofware and Internet' (did you mean 'Software and Internet'?)",
        ),
        ("Status == 'ACEPTED' && Id", "12:23: Status is never 'ACEPTED' (did you mean 'ACCEPTED'?)"),
        ("Status != 'ACEPTED' && Id", "12:23: Status is never 'ACEPTED' (did you mean 'ACCEPTED'?)"),
        ("'''accepted'' == Status && Id'", "12:14: Status is never 'accepted' (did you mean 'ACCEPTED'?)"),
        (
            "deal.Project.ExpectedCustomerSpend[?Frequency=='Montly'] | [0].Amount",
            "12:60: Frequency is never 'Montly' (did you mean 'Monthly'?)",
        ),
    ],
)
def test_misspelt_members_and_values(expression: str, finding: str | None) -> None:
    found = told(field(expression))
    if finding is None:  # quoted: an expression that is a template's text
        assert found
    else:
        assert found == [f"m.yaml:{finding}"]


@pytest.mark.parametrize(
    "expression",
    [
        "customer.AwsMaturity",  # of one of the two payloads only
        "customer.Industry || 'x'",
        "deal.Project.ExpectedCustomerSpend[0].Amount",
        "deal.SenderContacts[?contains(Email, '@')] | [0].Email",
        "deal.SenderContacts[].Email | [0]",
        "deal.SenderContacts[0:1].Email | [0]",
        "map(&Email, deal.SenderContacts)[0]",
        "values(deal.Project)[0].anything",
        "'{a: Status}.a'",
        "Payload.*.Customer.CompanyName | [0]",
        "Status != 'PENDING' && Id",
        "deal.Project.Title == 'any' && Id",
        "'@.Status'",
        "merge(customer, deal.Project).Title",
        "reverse(deal.SenderContacts)[0].Email",
        "to_array(Status)[0]",
        "to_array(deal.SenderContacts)[].Email | [0]",
        "to_string(not_null(@, Id))",
        "customer.Industry == 'Bakery' && Id",
    ],
)
def test_right_expressions_pass(expression: str) -> None:
    assert told(field(expression)) == []


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("deal.SenderContacts[].Email", "list"),
        ("deal.SenderContacts[*].Email", "list"),
        ("deal.SenderContacts[?Email].Email", "list"),
        ("deal.ReceiverResponsibilities", "list"),
        ("deal.ReceiverResponsibilities || deal.SenderContacts", "list"),
        ("{from: deal.ReceiverResponsibilities, required: true}", "list"),
        ('"{{ deal.ReceiverResponsibilities }}"', "list"),
        ("deal.Project", "structure"),
        ("'[Id, Status]'", "list"),
        ("to_array(Status)", "list"),
    ],
)
def test_a_list_or_structure_where_one_value_is_wanted(expression: str, kind: str) -> None:
    text = field(f"{{template: {expression}}}" if "{{" in expression else expression)
    (finding,) = told(text)
    assert f"a {kind} where one value is wanted" in finding
    assert finding.startswith("m.yaml:12:")


@pytest.mark.parametrize(
    "expression",
    [
        "deal.SenderContacts[0].Email",
        "deal.SenderContacts[*].Email | [0]",
        "join_lines(deal.ReceiverResponsibilities)",
        "customer.Tomorrow",
        "deal.ReceiverResponsibilities[0] || Id",
        "length(deal.SenderContacts)",
        "deal && 'deal'",
        "!deal",
    ],
)
def test_one_value_of_a_list_is_fine(expression: str) -> None:
    assert [finding for finding in told(field(f'"{expression}"')) if "where one value" in finding] == []


def test_a_kind_of_crm_that_there_is_not_is_told_with_its_place_and_the_nearest() -> None:
    crms = ("salesforce", "sql")

    def told_of(crm: str) -> list[str]:
        document = yamlfile.parse(field("Id").replace("crm: sql", crm), "m.yaml")
        return [str(finding) for finding in examine(document, crms=crms)[1]]

    assert told_of("crm: salesforce") == []
    (misspelt,) = told_of("crm: salesfroce")
    assert misspelt == "m.yaml:3:6: there is no kind of CRM called 'salesfroce' (did you mean salesforce?)"
    assert told_of("crm: salesfroce\nwhat: x")[1:] == [
        "m.yaml:4:1: unknown key 'what' (one of version, name, crm, let, records)"
    ]
    (missing,) = told_of("")
    assert "no kind" not in missing


def test_the_fields_of_a_misspelt_object_are_those_of_the_one_meant() -> None:
    text = field("Id").replace("object: opportunities", "object: oportunities") + "      stagee: Id\n"
    assert told(text, OBJECTS) == [
        "m.yaml:9:13: the CRM has no object oportunities (did you mean opportunities?)",
        "m.yaml:13:7: opportunities has no field stagee (did you mean stage?)",
    ]


def test_members_that_aws_may_have_added_are_warnings() -> None:
    assert told(field("Payload.LeadInvitation.Insights.Score")) == [
        "warning m.yaml:12:36: LeadInvitation has no member Insights that this version knows "
        "(it gives nothing, unless AWS has added it since)"
    ]


@pytest.mark.parametrize(
    ("expression", "finding"),
    [
        (
            "deal.Project.Titan",
            "12:26: Project has no member Titan that this version knows"
            " (it gives nothing, unless AWS has added it since)",
        ),
        (
            "Outcome.Text",
            "12:13: the invitation has no member Outcome that this version knows"
            " (it gives nothing, unless AWS has added it since)",
        ),
        ("Status == 'WITHDRAWN' && Id", "12:23: Status is never 'WITHDRAWN'"),
        ("Status == 'EXPIRY' && Id", "12:23: Status is never 'EXPIRY'"),
    ],
)
def test_what_is_not_near_to_anything_known_may_be_new(expression: str, finding: str) -> None:
    assert told(field(expression)) == [f"warning m.yaml:{finding}"]


def test_a_condition_is_true_or_false_and_always_there() -> None:
    private = FieldMeta("is_private", "boolean", required=True)
    objects = {
        **OBJECTS,
        "opportunities": ObjectMeta("opportunities", {**OPPORTUNITIES.fields, "is_private": private}),
    }
    assert all_told(rule(fields="{name: Id, is_private: '!deal'}"), objects) == []
    (found,) = all_told(rule(fields="{name: Id, is_private: Id == 'x', close_date: '!deal'}"), objects)
    assert "does not fit close_date" in found


def test_names_of_let_are_not_seen_inside_brackets() -> None:
    (finding,) = told(field("deal.SenderContacts[?Email == customer.CompanyName] | [0].Email"))
    assert finding.startswith(
        "m.yaml:12:43: 'customer' is not visible here (inside [ ] and [? ] only the item's own"
    )


def test_names_of_let_are_not_seen_where_nobody_knows_what_stands_in_the_brackets_either() -> None:
    (finding,) = told(field("values(deal)[?Email == customer.CompanyName] | [0]"))
    assert finding.startswith(
        "warning m.yaml:12:36: 'customer' is not visible here (inside [ ] and [? ] only the item's own"
    )


def test_a_misspelt_member_at_the_beginning_is_read_on_as_what_was_meant() -> None:
    found = told(field("Payloda.OpportunityInvitation.Projct.Title"))
    assert [finding.split(": ")[1] for finding in found] == [
        "the invitation has no member Payloda (did you mean Payload?)",
        "OpportunityInvitation has no member Projct (did you mean Project?)",
    ]


def test_a_misspelt_let_is_read_on_as_what_was_meant() -> None:
    found = told(field("deal.Projct.Title").replace("deal: Payload.Opp", "deal: Payload.Oppp"))
    assert [finding.split(": ")[0] for finding in found] == ["m.yaml:5:17", "m.yaml:12:18"]


def test_items_of_a_list_are_followed() -> None:
    text = field("item.Emial").replace("    object", "    for_each: deal.SenderContacts\n    object")
    assert told(text) == ["m.yaml:13:18: SenderContacts has no member Emial (did you mean Email?)"]


@pytest.mark.parametrize("key", ["Sofware and Internet", "software and internet"])
def test_misspelt_lookup_keys(key: str) -> None:
    text = field(f"{{from: customer.Industry, lookup: {{{key}: T}}}}")
    hint = "(did you mean Software and Internet?)"
    assert told(text) == [f"m.yaml:12:48: the invitation never holds '{key}' {hint}"]


def test_lookup_keys_of_members_with_free_text_pass() -> None:
    # A lead's industry is free text.
    assert told(field("{from: customer.Industry, lookup: {Software and Internet: T, Bakery: B}}")) == []


@pytest.mark.parametrize("key", ["WITHDRAWN", "EXPIRY"])
def test_lookup_keys_that_the_model_does_not_know_are_warnings_where_it_knows_all(key: str) -> None:
    assert told(field(f"{{from: Status, lookup: {{{key}: x}}}}")) == [
        f"warning m.yaml:12:37: the invitation never holds '{key}' "
        "(this entry is not used, unless AWS has added the value since)"
    ]


def test_a_lookup_without_an_expression_is_told_and_no_more() -> None:
    assert told(field("{value: x, lookup: {PENDNG: y}}")) == [
        "m.yaml:12:24: lookup has no effect beside value (delete it)"
    ]


# -- the CRM's side


def opportunity(fields: str, rule: str = "") -> str:
    return (
        "version: 1\nname: t\ncrm: sql\nrecords:\n  opportunity:\n    object: opportunities\n"
        f"    key: {{aws_invitation_id: Id}}\n{rule}"
        f"    fields:\n      name: EngagementTitle\n      {fields}\n"
        "  account:\n    object: accounts\n    key: {aws_customer_key: Id}\n    fields: {name: Id}\n"
    )


@pytest.mark.parametrize(
    ("fields", "message", "hint"),
    [
        ("stagee: {value: Prospecting}", "10:7: opportunities has no field stagee", "did you mean stage?"),
        ("stage: {value: Prospectng}", "10:22: stage cannot be Prospectng", "did you mean Prospecting?"),
        (
            "stage: {from: Id, default: Lost}",
            "10:34: stage cannot be Lost",
            "one of Prospecting, Closed Lost",
        ),
        (
            "stage: {from: Status, lookup: {PENDING: Lst}}",
            "10:47: stage cannot be Lst",
            "one of Prospecting, Closed Lost",
        ),
        ("amount: {value: much}", "10:23: much does not fit amount: text that is no number", "it is money"),
        (
            "is_private: {value: x}",
            "10:27: x does not fit is_private: neither true nor false",
            "it is boolean",
        ),
        ("close_date: {value: x}", "10:27: x does not fit close_date: not a date (YYYY-MM-DD)", "it is date"),
        ("stage: {ref: account}", "10:20: stage is no reference to another record: it is text", None),
        ("first_stage: Id", "10:7: first_stage cannot be changed once a record is there", "write: create"),
        (
            "closed_reason: {from: Status, write: create}",
            "10:7: closed_reason cannot be set on creation",
            "choose another write:",
        ),
        (
            "account.name: Id",
            "10:7: account.name belongs to another record and cannot be written",
            "only match: can look through a reference",
        ),
    ],
)
def test_fields_against_the_crm(fields: str, message: str, hint: str | None) -> None:
    assert told(opportunity(fields), OBJECTS) == [f"m.yaml:{message}" + (f" ({hint})" if hint else "")]


@pytest.mark.parametrize(
    "fields", ["account_id: {ref: account}", "first_stage: {from: Status, write: create}"]
)
def test_fields_that_fit_the_crm(fields: str) -> None:
    assert told(opportunity(fields), OBJECTS) == []


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (
            "object: accounts",
            "object: acounts",
            "12:13: the CRM has no object acounts (did you mean accounts?)",
        ),
        ("{name: Id}", "{industry: Id}", "12:13: accounts cannot be created without name"),
        ("{name: Id}", "{nme: Id}", "14:14: accounts has no field nme (did you mean name?)"),
        (
            "{name: Id}",
            "{name: {value: " + "x" * 41 + "}}",
            "14:28: 41 characters are more than name holds (it holds 40)",
        ),
        (
            "{name: Id}",
            "{name: {from: Id, max_length: 41}}",
            "14:43: max_length 41 is more than name holds (it holds 40",
        ),
        (
            "{name: Id}",
            "{name: Id, created_at: Id}",
            "14:24: created_at is read-only in the CRM (take it out)",
        ),
        (
            "{name: Id}",
            "{name: Id, employees: {value: 1.5}}",
            "14:43: 1.5 does not fit employees: not a whole number",
        ),
        (
            "{aws_customer_key",
            "{industry",
            "13:11: industry cannot be a key: the CRM would take the same value twice",
        ),
        (
            "{aws_customer_key",
            "{aws_custmer_key",
            "13:11: accounts has no field aws_custmer_key (did you mean aws_cust",
        ),
    ],
)
def test_rules_against_the_crm(old: str, new: str, finding: str) -> None:
    found = told(opportunity("stage: Id").replace(old, new), OBJECTS)
    assert len(found) == 1
    assert found[0].startswith(f"m.yaml:{finding}")


def test_what_only_changes_records_needs_no_required_field() -> None:
    text = opportunity("stage: Id").replace(
        "    fields: {name: Id}", "    match: {none: skip}\n    fields: {industry: Id}"
    )
    assert told(text, OBJECTS) == []


@pytest.mark.parametrize(
    ("narrow", "finding"),
    [
        ("account.name", None),
        ("account.nme", "accounts has no field nme (did you mean name?)"),
        ("acount.name", "opportunities has no reference called acount (did you mean account?)"),
        ("nme", "opportunities has no field nme (did you mean name?)"),
    ],
)
def test_fields_to_match_by(narrow: str, finding: str | None) -> None:
    rule = f"    match: {{title: {{name: EngagementTitle}}, narrow: {{{narrow}: Id}}}}\n"
    expected = [f"m.yaml:8:54: {finding}"] if finding else []
    assert told(opportunity("stage: Id", rule), OBJECTS) == expected


def test_a_reference_to_another_object() -> None:
    text = (
        opportunity("account_id: {ref: other}")
        + "  other:\n    object: opportunities\n    key: {aws_invitation_id: Id}\n    fields: {name: Id}\n"
    )
    (finding,) = told(text, OBJECTS)
    assert finding.startswith("m.yaml:10:25: account_id refers to accounts, and other makes opportunities")
    assert finding.endswith("(rules that make such: account)")


def test_everything_misspelt_is_named_in_one_go() -> None:
    text = opportunity(
        "stage: {from: Status, lookup: {PENDNG: Prospekting}}\n"
        "      amuont: anual_spend(Payload.OpportunityInvitation.Project.ExpectedCustomerSpend)\n"
        "      close_date: Payload.OpportunityInvitation.[Project\n"
        "      account_id: {reff: acount}\n"
        "      is_private: {from: Status, loookup: {EXPIRD: true}}"
    )
    found = told(text.replace("{aws_invitation_id", "{aws_invitaton_id"), OBJECTS)
    assert [finding.removeprefix("m.yaml:") for finding in found] == [
        "7:11: opportunities has no field aws_invitaton_id (did you mean aws_invitation_id?)",
        "10:38: the invitation never holds 'PENDNG' (did you mean PENDING?)",
        "10:46: stage cannot be Prospekting (did you mean Prospecting?)",
        "11:7: opportunities has no field amuont (did you mean amount?)",
        "11:15: there is no function anual_spend() (did you mean annual_spend()?)",
        "12:56: the expression ends too early (a [ is not closed with ])",
        "13:20: unknown key 'reff' (did you mean ref?)",
        "13:26: there is no rule 'acount' to refer to (did you mean account?)",
        "14:34: unknown key 'loookup' (did you mean lookup?)",
        "14:44: the invitation never holds 'EXPIRD' (did you mean EXPIRED?)",
    ]


def test_a_loaded_mapping_can_be_checked_without_its_file() -> None:
    loaded = load(yamlfile.parse(opportunity("stage: {value: Prospectng}"), "m.yaml"))
    (finding,) = check(loaded, OBJECTS)
    assert str(finding) == "m.yaml:10:7: stage cannot be Prospectng (did you mean Prospecting?)"


def rule(**parts: str) -> str:
    """A mapping of one rule, with the parts that are given in place of the usual ones."""
    usual = {"object": "opportunities", "key": "{aws_invitation_id: Id}", "fields": "{name: Id}"}
    lines = "".join(f"    {name}: {part}\n" for name, part in {**usual, **parts}.items())
    return (
        "version: 1\nname: t\ncrm: sql\nlet:\n  deal: Payload.OpportunityInvitation\n"
        f"  named: deal && Id\nrecords:\n  opportunity:\n{lines}"
    )


def all_told(text: str, objects: Any) -> list[str]:
    """With all that the service model has to say."""
    return [str(each) for each in examine(yamlfile.parse(text, "m.yaml"), None, objects, *mappable())[1]]


def test_a_mapping_that_was_examined_is_the_one_that_would_be_loaded() -> None:
    document, rates = yamlfile.parse(rule(), "m.yaml"), Rates("EUR", {"USD": Decimal("0.9")})
    examined, _ = examine(document, rates)
    assert examined is not None
    assert examined.fingerprint == load(document, rates).fingerprint != load(document).fingerprint


def test_a_misspelt_member_of_a_condition_is_told() -> None:
    (told_of_it,) = told(rule(when="deal.Custommer"))
    assert "Custommer" in told_of_it and "Customer" in told_of_it


@pytest.mark.parametrize(
    ("expression", "told_of_it"),
    [
        (
            "deal.SenderContacts",
            "this is a list where one value is wanted (pick one with [0], or use join_lines())",
        ),
        ("deal.Customer", "this is a structure where one value is wanted (name one of its members)"),
        (
            "deal.SenderContacts || deal.Customer",
            "this is a list or a structure where one value is wanted"
            " (pick one with [0], or use join_lines())",
        ),
    ],
)
def test_what_is_no_single_value_is_told_with_what_to_write(expression: str, told_of_it: str) -> None:
    (found,) = told(rule(fields=f"{{name: {expression}}}"))
    assert found.partition(": ")[2] == told_of_it


def test_every_entry_of_a_lookup_is_looked_at() -> None:
    lookup = "{Gaming: a, Gamingg: b, Automotivee: c, Nothing like it: d, Mining: e}"
    found = told(rule(fields=f"{{name: {{from: deal.Customer.Industry, lookup: {lookup}}}}}"))
    assert ["Gamingg" in found[0], "Automotivee" in found[1], len(found) >= 2] == [True, True, True]
    assert "did you mean Gaming?" in found[0] and "did you mean Automotive?" in found[1]
    assert not any("Nothing like it" in each and "mean" in each for each in found)


def test_the_place_of_an_item_is_a_whole_number_that_is_always_there() -> None:
    items = {"for_each": "deal.SenderContacts", "key": "{aws_invitation_id: item.Email}"}
    required = ObjectMeta(
        "opportunities", {**OPPORTUNITIES.fields, "sort": FieldMeta("sort", "integer", required=True)}
    )
    objects = {**OBJECTS, "opportunities": required}
    assert all_told(rule(**items, fields="{name: Id, sort: index}"), objects) == []
    found = all_told(rule(**items, fields="{name: Id, sort: index, is_private: index}"), objects)
    assert len(found) == 1 and "does not fit is_private: neither true nor false" in found[0]
    assert any("sort" in each for each in all_told(rule(**items, fields="{name: Id}"), objects))


@pytest.mark.parametrize(
    "when", ["deal && deal.Project.Title", "Status == 'ACCEPTED' && named && deal.Project.Title"]
)
def test_what_a_condition_asks_for_is_there_where_it_holds(when: str) -> None:
    name = FieldMeta("name", "text", length=255, required=True)
    objects = {
        **OBJECTS,
        "opportunities": ObjectMeta("opportunities", {**OPPORTUNITIES.fields, "name": name}),
    }
    without = all_told(rule(fields="{name: deal.Project.Title}"), objects)
    assert len(without) == 1 and "name" in without[0]
    assert all_told(rule(fields="{name: deal.Project.Title}", when=when), objects) == []
    items = {"for_each": "deal.SenderContacts", "key": "{aws_invitation_id: item.Email}"}
    assert all_told(rule(**items, fields="{name: deal.Project.Title}", when=when), objects) == []


CUSTOMER = "(deal.Customer || Payload.LeadInvitation.Customer)"


@pytest.mark.parametrize(
    ("when", "source"),
    [
        ("EngagementTitle && Status == 'ACCEPTED'", "EngagementTitle"),
        ("deal.Customer.WebsiteUrl && Id", "deal.Customer.WebsiteUrl"),
        ("named && Id", "deal.Project.Title"),
        (f"{CUSTOMER}.WebsiteUrl", f"{CUSTOMER}.WebsiteUrl"),
    ],
)
def test_wherever_in_a_condition_it_is_asked_for(when: str, source: str) -> None:
    name = FieldMeta("name", "text", length=1000, required=True)
    fields = {**OPPORTUNITIES.fields, "name": name}
    objects = {**OBJECTS, "opportunities": ObjectMeta("opportunities", fields)}
    assert len(all_told(rule(fields=f"{{name: {source}}}"), objects)) == 1
    assert all_told(rule(fields=f"{{name: {source}}}", when=when), objects) == []
    items = {"for_each": "deal.SenderContacts", "key": "{aws_invitation_id: item.Email}"}
    assert all_told(rule(**items, fields=f"{{name: {source}}}", when=when), objects) == []


def test_mistakes_of_the_invitation_s_side_and_the_crm_s_come_together() -> None:
    found = told(rule(fields="{name: deal.Project.Titel, nmae: Id}"), OBJECTS)
    assert any("Titel" in each for each in found) and any("nmae" in each for each in found)
