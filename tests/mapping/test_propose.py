"""A proposed mapping: what goes where, why, and that it checks whatever the CRM looks like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector import yamlfile
from connector.fetch.service_model import mappable
from connector.mapping.check import examine
from connector.mapping.kinds import KINDS
from connector.mapping.model import Write
from connector.mapping.offered import Offered
from connector.mapping.offers import INDUSTRIES
from connector.mapping.proposal_yaml import checked
from connector.mapping.propose import Proposal, ProposedField, ProposedRule, named_objects, propose
from connector.records import FieldMeta, FieldType, ObjectMeta

MODEL = mappable()
OFFERED = Offered(*MODEL)
WHOLE = Path(__file__).with_name("proposed.yaml")
KEY = FieldMeta("aws_invitation_id", "text", unique=True, external_id=True)


def meta(name: str, *fields: FieldMeta, **settings: Any) -> ObjectMeta:
    return ObjectMeta(name, {each.name: each for each in fields}, **settings)


def proposed(*objects: ObjectMeta, named: Mapping[str, str] | None = None) -> Proposal:
    described = {each.name: each for each in objects}
    proposal, _, findings = checked(propose("acme", described, OFFERED, named), "acme", described, MODEL)
    assert [finding for finding in findings if finding.severity == "error"] == []
    return proposal


def rule(proposal: Proposal, name: str) -> ProposedRule:
    return next(each for each in proposal.rules if each.kind.rule == name)


def field(*fields: FieldMeta, of: str = "deals") -> ProposedField:
    """What becomes of the first of ``fields`` in the rule for opportunities."""
    found = rule(proposed(meta(of, *fields, KEY)), "opportunity").fields
    return next(each for each in found if each.name == fields[0].name)


@pytest.mark.parametrize("name", ["CloseDate", "close_date", "Close_Date__c", "closedate", "deal_close_date"])
def test_a_field_is_found_by_its_name_however_it_is_spelt(name: str) -> None:
    found = field(FieldMeta(name, "date"))
    assert found.settings["from"] == "deal.Project.TargetCompletionDate"
    assert found.why == "by its name"


def test_a_field_is_found_by_its_label() -> None:
    assert field(FieldMeta("x_17", "date", label="Close Date")).why == "by its label"


def test_a_field_is_found_by_a_name_that_is_near() -> None:
    assert field(FieldMeta("close_datee", "date")).why == "its name is near to 'close date'"


def test_short_names_and_those_that_only_resemble_another_are_not_taken_for_near() -> None:
    assert field(FieldMeta("amoumnt", "money")).why == "its name is near to 'amount'"
    assert not proposed(meta("deals", KEY, text("stages"))).rules
    assert not proposed(meta("deals", KEY, text("next_stop"))).rules


def test_the_only_amount_of_an_opportunity_is_the_spend() -> None:
    found = field(FieldMeta("worth", "money"))
    assert found.settings == {"from": "annual_spend(spend, 'USD')"}
    assert found.why == "the only money of deals"


def test_the_only_date_of_an_opportunity_is_its_close() -> None:
    found = field(FieldMeta("until", "date"))
    assert found.settings == {"from": "deal.Project.TargetCompletionDate"}
    assert found.why == "the only date of deals"


def test_the_only_amount_of_a_lead_may_be_anything() -> None:
    lead = rule(proposed(meta("leads", KEY, text("title"), FieldMeta("worth", "money"))), "lead")
    assert [each.name for each in lead.fields] == ["title"]


def test_the_table_says_what_crms_call_things_in_words_of_lower_case() -> None:
    for kind in KINDS:
        names = [*kind.objects, *kind.keys, *(name for offer in kind.offers for name in offer.names)]
        assert all(re.fullmatch(r"[a-z]+( [a-z]+)*", name) for name in names)
        assert {offer.write for offer in kind.offers} <= {write.value for write in Write}
    assert set(INDUSTRIES) <= set(OFFERED.values("customer.Industry"))


def test_a_crm_that_calls_all_as_the_table_does_gets_all() -> None:
    """Each member that is named there is one of the model's, and fits the field."""
    names = {kind.rule: kind.objects[0].replace(" ", "_") for kind in KINDS if kind.objects}
    objects: dict[str, ObjectMeta] = {}
    for kind in KINDS:
        name = names[kind.follows or kind.rule]
        fields = [
            FieldMeta(offer.names[0], offer.types[0], reference_to=(names[offer.ref],) if offer.ref else ())
            for offer in kind.offers
        ]
        described = objects.setdefault(name, meta(name, key(kind.keys[0])))
        objects[name] = replace(
            described, fields={**{each.name: each for each in fields}, **described.fields}
        )
    proposal, _, findings = checked(propose("acme", objects, OFFERED), "acme", objects, MODEL)
    assert findings == []
    assert [each.kind for each in proposal.rules] == list(KINDS)
    assert [each.unmapped for each in proposal.rules] == [()] * len(KINDS)


def test_of_two_amounts_none_is_guessed() -> None:
    assert not proposed(meta("deals", KEY, FieldMeta("worth", "money"), FieldMeta("cost", "money"))).rules


def test_a_name_alone_is_not_enough_where_the_type_differs() -> None:
    assert not proposed(meta("deals", KEY, FieldMeta("close_date", "boolean"))).rules


def test_a_name_that_fits_goes_before_a_label_that_fits() -> None:
    label = FieldMeta("other", "text", label="Description")
    name = FieldMeta("description", "text", label="Something else")
    found = rule(proposed(meta("deals", KEY, label, name)), "opportunity")
    assert [each.name for each in found.fields] == ["description"]


def test_what_nobody_may_write_is_left_alone() -> None:
    read_only = FieldMeta("amount", "money", createable=False, updateable=False)
    assert not proposed(meta("deals", KEY, read_only)).rules


def test_a_field_that_is_set_once_is_written_on_creation() -> None:
    assert field(FieldMeta("amount", "money", updateable=False)).settings["write"] == "create"


def test_text_that_may_be_too_long_is_cut() -> None:
    assert field(FieldMeta("name", "text", length=80)).settings["max_length"] == 80
    assert "max_length" not in field(FieldMeta("project_title", "text", length=255)).settings
    assert field(FieldMeta("description", "text", length=500)).settings["max_length"] == 500


def test_a_picklist_gets_a_lookup_from_what_aws_sends() -> None:
    picklist = ("Technology", "Finance", "Healthcare", "Other")
    lookup = field(FieldMeta("industry", "text", picklist=picklist)).settings
    assert lookup["lookup"]["Software and Internet"] == "Technology"  # type: ignore[index]
    assert lookup["lookup"]["Financial Services"] == "Finance"  # type: ignore[index]
    assert "Mining" not in lookup["lookup"]  # type: ignore[operator]
    assert lookup["default"] == "Other"


def test_a_picklist_with_nothing_alike_is_left_alone() -> None:
    animals = FieldMeta("industry", "text", picklist=("Cats", "Dogs"))
    assert not proposed(meta("deals", KEY, animals)).rules


def test_what_the_crm_insists_on_gets_a_value_that_is_said_to_be_one() -> None:
    found = field(FieldMeta("colour", "text", required=True, picklist=("Red", "Blue")))
    assert found.settings == {"value": "Red", "write": "create"}
    assert "choose a value" in found.why


def test_a_record_that_needs_a_reference_to_who_knows_what_is_left_out() -> None:
    proposal = proposed(meta("deals", KEY, FieldMeta("pipeline_id", "reference", required=True)))
    assert proposal.rules == ()
    assert ("opportunity", "deals cannot be created without pipeline_id, a reference") in proposal.left_out


def test_a_lead_that_is_created_as_somebodys_only_is_the_customers() -> None:
    owner = FieldMeta("associations.companies", "reference", required=True, reference_to=("companies",))
    leads, companies = meta("leads", KEY, owner), meta("companies", KEY, FieldMeta("name", "text"))
    proposal = proposed(leads, companies)
    lead, account = rule(proposal, "lead"), rule(proposal, "account")
    assert proposal.rules[:2] == (lead, account)
    found = next(each for each in lead.fields if each.name == owner.name)
    # There is nothing to choose, and the customer is there before its opportunity is accepted.
    assert (found.settings, found.why) == ({"ref": "account"}, "the CRM creates nothing without it")
    assert account.kind.when == f"(won && customer) || ({lead.kind.when})"
    assert account.kind.about == "The customer; one account however many invitations it gets."
    why = "leads cannot be created without associations.companies, a reference"
    assert ("lead", why) in proposed(leads).left_out
    optional = replace(owner, required=False)
    assert rule(proposed(meta("leads", KEY, optional), companies), "account").kind.when == "won && customer"


def test_without_a_key_there_is_no_rule() -> None:
    deals = meta("deals", FieldMeta("amount", "money"))
    proposal = proposed(deals)
    assert proposal.rules == ()
    wanted = "deals has no field that can be its key: text, unique, external id"
    assert dict(proposal.left_out)["opportunity"] == wanted
    told = proposed(replace(deals, adding="`acme add` adds one")).left_out
    assert dict(told)["opportunity"] == f"{wanted} (`acme add` adds one)"


def test_a_key_that_an_administrator_has_yet_to_add_goes_before_one_of_others() -> None:
    theirs = FieldMeta("erp_number", "text", unique=True, external_id=True)
    deals = meta("deals", theirs, FieldMeta("amount", "money"), absent={KEY.name: KEY})
    assert rule(proposed(deals), "opportunity").key_field == KEY.name


def test_an_object_of_another_name_can_be_given() -> None:
    proposal = proposed(meta("Vorgang", KEY, FieldMeta("amount", "money")), named={"opportunity": "Vorgang"})
    assert (rule(proposal, "opportunity").object, rule(proposal, "opportunity").why) == (
        "Vorgang",
        "as you said",
    )


def test_leads_and_opportunities_of_one_object_are_closed_by_one_rule() -> None:
    key = FieldMeta("external_id", "text", unique=True, external_id=True)
    fields = (FieldMeta("type", "text", picklist=("lead", "opportunity")), FieldMeta("closed_reason", "text"))
    proposal = proposed(meta("crm.lead", key, *fields))
    assert [each.kind.rule for each in proposal.rules] == ["lead", "opportunity", "closed_opportunity"]
    assert rule(proposal, "lead").fields[0].settings["value"] == "lead"
    assert rule(proposal, "opportunity").fields[0].settings["value"] == "opportunity"


def test_where_no_stage_says_that_it_is_lost_it_is_archived() -> None:
    fields = (FieldMeta("amount", "money"), FieldMeta("active", "boolean"))
    stage = FieldMeta("stage", "text", picklist=("New", "Lost"))
    archived = rule(proposed(meta("deals", KEY, *fields)), "closed_opportunity").fields
    assert [(each.name, each.settings["value"]) for each in archived] == [("active", False)]
    closed = rule(proposed(meta("deals", KEY, *fields, stage)), "closed_opportunity").fields
    assert [(each.name, each.settings["value"]) for each in closed] == [("stage", "Lost")]


def test_what_is_chosen_among_records_of_another_object_is_not_taken_for_near() -> None:
    assert not proposed(meta("deals", KEY, FieldMeta("stage_id.name", "text"))).rules


def test_a_match_narrows_by_the_customer() -> None:
    account_key = FieldMeta("customer_key", "text", unique=True, external_id=True)
    accounts = meta("companies", account_key, FieldMeta("name", "text", required=True))
    company = FieldMeta("company_id", "reference", reference_to=("companies",))
    deals = meta("deals", KEY, FieldMeta("name", "text"), company, relations={"company": "companies"})
    found = rule(proposed(accounts, deals), "opportunity")
    assert found.title == {"name": "deal.Project.Title"}
    assert found.narrow == {"company.name": "customer.CompanyName"}


def test_the_file_says_why_and_can_be_checked() -> None:
    described = {"deals": meta("deals", KEY, FieldMeta("x", "text", label="Description"))}
    _, text, _ = checked(propose("acme", described, OFFERED), "acme", described, MODEL)
    assert "# by its label" in text
    assert "# Left out: lead: the CRM has no object that is called lead or leads." in text
    mapping, findings = examine(yamlfile.parse(text, "mapping.yaml"), None, described, *MODEL)
    assert mapping is not None and findings == []


def text(name: str, **settings: Any) -> FieldMeta:
    return FieldMeta(name, "text", **settings)


def key(name: str = KEY.name) -> FieldMeta:
    return text(name, unique=True, external_id=True)


def reference(name: str, *to: str) -> FieldMeta:
    return FieldMeta(name, "reference", reference_to=to)


ACME = (
    meta(
        "leads",
        key(),
        text("company", length=40, required=True),
        text("name", length=100, required=True),
        text("job_title"),
        text("null", label="Country Code", length=2),
        text("status"),
        text("lead_source", picklist=("Web", "Phone"), required=True),
        FieldMeta("amount", "money"),
        FieldMeta("target_date", "date"),
        text("project_title", length=255),
        FieldMeta("aws_invitation_date", "datetime"),
        text("town", length=10, required=True),
        text("phase", picklist=("Übergabe", "Ende"), required=True),
        FieldMeta("score", "integer", required=True, updateable=False),
        text("closed_reason", length=50),
        absent={"aws_status": text("aws_status")},
    ),
    meta(
        "accounts",
        key("customer_key"),
        text("Name", required=True, updateable=False),
        text("Web Site", length=60),
        text("industry", picklist=("Technology", "Other")),
        text("country_code"),
        text("country"),
        relations={"parent": "accounts"},
    ),
    meta(
        "deals",
        key(),
        text("name", required=True),
        reference("account_id", "users"),
        reference("company_id", "accounts"),
        text("dealstage", picklist=("New", "Won", "Lost")),
        FieldMeta("value", "money", required=True),
        FieldMeta("closedate", "date", required=True),
        text("project_title", length=255),
        text("currency_iso_code", picklist=("EUR", "USD")),
        text("industry", picklist=("Mining", "Technology", "OTHER"), required=True),
        text("next_steps", length=200),
        text("no", label="Description"),
        text("invitation_status", picklist=("--", "Pending", "Accepted", "Rejected", "Expired")),
        relations={"owner": "users", "account": "accounts"},
    ),
    meta(
        "people_2",
        key("number"),
        text("first_name", length=30),
        text("last_name", length=30, required=True),
        text("email", length=80),
        text("job_title", length=50),
        reference("company_id", "accounts", "leads"),
        label="People",
    ),
    meta(
        "links",
        key("external_id"),
        reference("deal_id", "deals"),
        reference("contact_id", "people_2"),
        text("role", picklist=("Sponsor", "Other")),
        label="Deal Contacts",
    ),
)


def test_the_whole_file_for_a_crm() -> None:
    """What somebody gets to see who begins with a CRM like this one."""
    described = {each.name: each for each in ACME}
    _, text, findings = checked(propose("acme", described, OFFERED), "acme: ours", described, MODEL)
    assert text == WHOLE.read_text(encoding="utf-8")
    assert {finding.message for finding in findings} == {"leads has no field aws_status yet"}
    at = findings[0].position
    assert at is not None
    assert (at.file, text.splitlines()[at.line - 1].split()[0]) == ("acme: ours.yaml", "aws_status:")


@pytest.mark.parametrize(
    "lacking",
    [
        replace(KEY, unique=False),
        replace(KEY, external_id=False),
        replace(KEY, createable=False),
        replace(KEY, type="number"),
    ],
)
def test_a_key_is_text_that_the_crm_keeps_unique_and_finds_records_by(lacking: FieldMeta) -> None:
    deals = meta("deals", lacking, FieldMeta("amount", "money"))
    assert not propose("acme", {"deals": deals}, OFFERED).rules


def test_the_only_external_id_is_the_key_and_of_two_none_is_guessed() -> None:
    amount = FieldMeta("amount", "money")
    found = rule(proposed(meta("deals", key("erp_number"), amount)), "opportunity")
    assert (found.key_field, found.key_why) == ("erp_number", "the only external id of deals")
    assert not proposed(meta("deals", key("erp_number"), key("tax_number"), amount)).rules


def test_an_object_that_was_named_and_is_not_there_leaves_its_rule_out() -> None:
    proposal = proposed(meta("deals", KEY, FieldMeta("amount", "money")), named={"opportunity": "Vorgang"})
    assert not proposal.rules
    assert "opportunity" in dict(proposal.left_out)


def test_who_may_write_when_decides_what_is_proposed() -> None:
    later = FieldMeta("description", "text", createable=False)
    once = FieldMeta("aws_status", "text", updateable=False)  # which AWS changes again and again
    assert not proposed(meta("deals", KEY, later)).rules
    assert not proposed(meta("deals", KEY, once)).rules


@pytest.mark.parametrize("name", ["currency", "Currency Code", "CurrencyIsoCode"])
def test_amounts_are_in_a_currency_that_the_crm_has_whatever_it_calls_it(name: str) -> None:
    euro, amount = FieldMeta(name, "text", picklist=("EUR", "CHF")), FieldMeta("amount", "money")
    proposal = proposed(meta("deals", KEY, amount, euro))
    assert proposal.currency == "EUR"
    found = rule(proposal, "opportunity").fields
    assert [each.settings for each in found] == [{"from": "annual_spend(spend, 'EUR')"}, {"value": "EUR"}]


def test_a_currency_that_an_object_does_not_have_is_not_given_to_it() -> None:
    accounts = meta("accounts", key("customer_key"), text("name"), text("currency", picklist=("EUR",)))
    deals = meta("deals", KEY, FieldMeta("amount", "money"), text("currency", picklist=("GBP",)))
    proposal = proposed(accounts, deals)
    assert [each.name for each in rule(proposal, "opportunity").fields] == ["amount"]
    assert "opportunity.currency" not in dict(proposal.left_out)


def test_a_stage_that_means_something_else_is_no_close() -> None:
    stage = FieldMeta("status", "text", picklist=("New", "Working"), required=True)
    proposal = proposed(meta("leads", KEY, stage, FieldMeta("title", "text")))
    assert [each.kind.rule for each in proposal.rules] == ["lead"]


def test_without_a_way_to_the_customer_no_match_is_narrowed() -> None:
    accounts = meta("accounts", key("customer_key"), text("name"))
    deals = meta("deals", KEY, text("name"))
    assert rule(proposed(accounts, deals), "opportunity").narrow == {}
    nameless = meta("accounts", key("customer_key"), text("website"))
    related = meta("deals", KEY, text("name"), relations={"account": "accounts"})
    assert rule(proposed(nameless, related), "opportunity").narrow == {}
    fixed = meta("accounts", replace(key("customer_key"), updateable=False), text("name"))
    proposal = proposed(fixed, related)
    assert (rule(proposal, "account").title, rule(proposal, "opportunity").narrow) == ({}, {})


def test_names_and_values_with_control_characters_are_left_alone() -> None:
    found = field(FieldMeta("colour", "text", required=True, picklist=("Re\x07d", "Blue")))
    assert found.settings["value"] == "Blue"
    assert not proposed(meta("deals", KEY, FieldMeta("close\x1bdate", "date"))).rules


HOSTILE = [
    "a: b",
    "# x",
    "{",
    "NO",
    "null",
    "1",
    "x\ny",
    "é\u2028",
    "\x1b[31m",
    "'",
    '"',
    "- a",
    "*a",
    "{{ Id }}",
]
NAMES = [name for kind in KINDS for offer in kind.offers for name in offer.names[:2]]
VALUES = st.sampled_from(["New", "Closed", "Other", "Finance", "USD", *HOSTILE])


@st.composite
def fields(draw: st.DrawFn) -> FieldMeta:
    kinds: tuple[FieldType, ...] = (
        "text",
        "number",
        "integer",
        "money",
        "date",
        "datetime",
        "boolean",
        "reference",
        "id",
    )
    kind = draw(st.sampled_from(kinds))
    createable, updateable = draw(st.booleans()), draw(st.booleans())
    is_key = kind == "text" and draw(st.booleans())
    return FieldMeta(
        draw(st.sampled_from(["external_id", *NAMES, *HOSTILE])),
        kind,
        length=draw(st.none() | st.integers(1, 300)) if kind == "text" else None,
        label=draw(st.sampled_from(NAMES + HOSTILE)),
        createable=createable,
        updateable=updateable,
        required=createable and draw(st.booleans()),
        unique=is_key,
        external_id=is_key,
        picklist=tuple(draw(st.lists(VALUES, max_size=3, unique=True)))
        if kind == "text" and not is_key
        else (),
        reference_to=("accounts",) if kind == "reference" and draw(st.booleans()) else (),
    )


@st.composite
def crms(draw: st.DrawFn) -> dict[str, ObjectMeta]:
    names = draw(
        st.lists(st.sampled_from(["leads", "accounts", "deals", "contacts", "crm.lead"]), unique=True)
    )
    return {
        name: meta(name, KEY, *draw(st.lists(fields(), max_size=8)), label=draw(st.sampled_from(HOSTILE)))
        for name in names
    }


@settings(max_examples=2 * settings().max_examples)
@given(crms())
def test_whatever_the_crm_looks_like_the_proposal_has_no_mistake(described: dict[str, ObjectMeta]) -> None:
    proposal, text, findings = checked(propose("acme", described, OFFERED), "acme", described, MODEL)
    assert [str(finding) for finding in findings if finding.severity == "error"] == []
    if proposal.rules:
        mapping, _ = examine(yamlfile.parse(text, "mapping.yaml"), None, described, *MODEL)
        assert mapping is not None
        assert {each.name for each in mapping.records} == {each.kind.rule for each in proposal.rules}


def test_the_objects_to_describe_are_those_that_are_called_so() -> None:
    assert named_objects(["Account", "AccountHistory", "Lead", "Task"]) == ["Account", "Lead"]


def test_where_a_crm_does_not_list_its_objects_the_usual_names_are_tried() -> None:
    tried = named_objects([])
    assert {"Lead", "leads", "crm.lead", "opportunity_contact_roles", "OpportunityContactRole"} <= set(tried)


def tried(*objects: ObjectMeta, without: str) -> tuple[Proposal, str]:
    """What is left of a proposal once the check meets a CRM that lacks the field ``without`` by then."""
    described = {each.name: each for each in objects}
    proposal = propose("acme", described, OFFERED)
    fewer = {
        name: replace(each, fields={n: f for n, f in each.fields.items() if n != without})
        for name, each in described.items()
    }
    left, text, findings = checked(proposal, "acme", fewer, MODEL)
    assert [finding for finding in findings if finding.severity == "error"] == []
    return left, text


def test_what_the_check_finds_fault_with_is_taken_out_with_the_reason() -> None:
    deals = meta("deals", KEY, FieldMeta("amount", "money"), FieldMeta("close_date", "date"))
    left, text = tried(deals, without="close_date")
    assert [each.name for each in rule(left, "opportunity").fields] == ["amount"]
    assert left.left_out[-1] == ("opportunity.close_date", "deals has no field close_date")
    assert "# Left out: opportunity.close_date: deals has no field close_date." in text
    assert yamlfile.parse(text, "acme.yaml").value["records"]["opportunity"]["fields"].keys() == {"amount"}


def test_a_rule_whose_key_or_last_field_is_wrong_goes_whole() -> None:
    deals = meta("deals", KEY, FieldMeta("amount", "money"))
    left, written = tried(deals, without=KEY.name)
    assert (left.rules, written) == ((), "")
    assert left.left_out[-1] == ("opportunity", f"deals has no field {KEY.name}")
    assert tried(deals, without="amount")[0].rules == ()
    accounts = meta("accounts", key("customer_key"), text("name"))
    left, _ = tried(accounts, deals, without="customer_key")
    assert [each.kind.rule for each in left.rules] == ["opportunity"]


def test_a_field_with_a_lookup_is_taken_out_whole() -> None:
    industry = text("industry", picklist=("Mining", "Other"))
    left, written = tried(meta("deals", KEY, FieldMeta("amount", "money"), industry), without="industry")
    assert [each.name for each in rule(left, "opportunity").fields] == ["amount"]
    assert "lookup" not in written


def test_names_that_yaml_would_read_as_something_else_are_quoted() -> None:
    names = ("Na, me", "[amount]", "#next steps")
    deals = meta("deals", KEY, text(names[0]), FieldMeta(names[1], "money"), text(names[2]))
    found = rule(proposed(deals), "opportunity")
    assert {each.name for each in found.fields} == set(names)
    assert found.title == {names[0]: "deal.Project.Title"}


def test_a_long_member_of_an_item_is_cut_to_what_a_field_takes() -> None:
    expected = OFFERED.longest("item.Email", "contacts")
    assert expected and OFFERED.longest("item.Email", "contacts") == OFFERED.longest("contacts[0].Email")
    assert OFFERED.longest("{{ deal.Project.Title }}") is None
    assert OFFERED.longest("deal.Project.Title") == 255
    assert "Reseller" in OFFERED.values("item", "deal.ReceiverResponsibilities")
    assert "PENDING" in OFFERED.values("Status") and OFFERED.values("deal.Project.Title") == ()
