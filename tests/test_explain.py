"""How a mapping comes to a value, step by step."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector import yamlfile
from connector.errors import UsageError
from connector.explain import Explanation, Step, explain
from connector.fetch import Selection
from connector.fetch.files import Files
from connector.invitation import Invitation, parse
from connector.map import Ref, map_invitation
from connector.mapping.functions import Rates
from connector.mapping.load import load
from connector.mapping.model import Mapping
from tests.cli.conftest import accepted
from tests.walks import ROOT

TEXT = """\
version: 1
name: explained
crm: sql
let:
  deal: Payload.OpportunityInvitation
  title: deal.Project.Title
records:
  lead:
    object: leads
    when: Status == 'PENDING' && deal
    key: {id: Id}
    fields: {name: title}
  opportunity:
    object: opportunities
    when: Status == 'ACCEPTED'
    key: {aws_invitation_id: Id}
    fields:
      name: {from: upper(title) || Id, max_length: 5}
      site: domain(deal.Customer.Nowhere) || deal.Customer.CompanyName
      stage: {value: Prospecting, write: create}
      account_id: {ref: account}
      text: {template: "{{ title }}: {{ InvitationMessage }}"}
      industry: {from: deal.Customer.CompanyName, lookup: {Acme: Manufacturing}}
      segment: {from: deal.Customer.CompanyName, lookup: {Umbrella: Pharma}, default: Other}
      lost: {from: deal.Customer.CompanyName, lookup: {Umbrella: Pharma}}
      amount: annual_spend(deal.Project.ExpectedCustomerSpend, 'EUR')
      stranger: annual_spend(deal.Project.ExpectedCustomerSpend, 'XOF')
      gone: deal.Nothing.At.All
  account:
    object: accounts
    key: {key: Id}
    fields: {name: Id}
  contact:
    object: contacts
    for_each: deal.SenderContacts[?Email]
    key: {key: item.Email}
    fields: {position: index, mail: lower(item.Email)}
"""
RATES = Rates("USD", {"EUR": 2})
SPEND = {"Amount": "10", "CurrencyCode": "EUR", "Frequency": "Monthly"}


@pytest.fixture
def mapping() -> Mapping:
    return load(yamlfile.parse(TEXT, "m.yaml"), RATES)


@pytest.fixture
def invitation() -> Invitation:
    raw = copy.deepcopy(accepted(ExpectedCustomerSpend=[SPEND]))
    contacts = [{"Email": "A@aws.example"}, {"FirstName": "No"}, {"Email": "B@aws.example"}]
    raw["Payload"]["OpportunityInvitation"]["SenderContacts"] = contacts
    return parse(raw)


def one(invitation: Invitation, mapping: Mapping, name: str) -> Explanation:
    (found,) = explain(invitation, mapping, name, RATES)
    return found


def step(explanation: Explanation, name: str) -> Step:
    (found,) = [step for step in explanation.steps if step.name == name]
    return found


def test_an_expression_is_walked_part_by_part(invitation: Invitation, mapping: Mapping) -> None:
    explanation = one(invitation, mapping, "opportunity.name")
    start = step(explanation, "from")
    assert (start.text, start.value) == ("upper(title) || Id", "CLOUD MIGRATION")
    call, other = start.steps
    assert (call.text, call.value) == ("upper(title)", "CLOUD MIGRATION")
    assert (other.text, other.is_needed) == ("Id", False)
    (argument,) = call.steps
    assert (argument.text, argument.value) == ("title", "Cloud migration")
    (named,) = argument.steps
    assert (named.name, named.text) == ("let title", "deal.Project.Title")
    assert str(named.position) == "m.yaml:6:10"
    assert [part.name for part in named.steps] == ["let deal"]
    cut = step(explanation, "max_length")
    assert (cut.value, cut.note) == ("CLOUD", "cut")
    assert (explanation.value, str(explanation.position)) == ("CLOUD", "m.yaml:18:7")


def test_a_path_that_leads_nowhere_says_where_it_ends(invitation: Invitation, mapping: Mapping) -> None:
    first, second = step(one(invitation, mapping, "opportunity.site"), "from").steps
    assert first.value is None
    assert first.steps[0].note == "deal.Customer has no Nowhere"
    assert second.value == "Acme"
    start = step(one(invitation, mapping, "opportunity.gone"), "from")
    assert start.note == "deal has no Nothing"


def test_lookup_and_default_are_steps(invitation: Invitation, mapping: Mapping) -> None:
    assert step(one(invitation, mapping, "opportunity.industry"), "lookup").value == "Manufacturing"
    segment = one(invitation, mapping, "opportunity.segment")
    assert "no entry" in step(segment, "lookup").problem
    assert (step(segment, "default").value, step(segment, "default").is_needed) == ("Other", True)
    lost = one(invitation, mapping, "opportunity.lost")
    assert "no entry" in step(lost, "lookup").problem
    assert not lost.is_set


def test_a_template_is_explained_by_its_expressions(invitation: Invitation, mapping: Mapping) -> None:
    template = step(one(invitation, mapping, "opportunity.text"), "template")
    assert template.value == "Cloud migration:"
    assert [(part.text, part.value) for part in template.steps] == [
        ("title", "Cloud migration"),
        ("InvitationMessage", None),
    ]


def test_a_reference_and_a_fixed_value_say_what_they_are(invitation: Invitation, mapping: Mapping) -> None:
    assert step(one(invitation, mapping, "opportunity.account_id"), "ref").value == Ref("account")
    assert step(one(invitation, mapping, "opportunity.stage"), "value").value == "Prospecting"


def test_a_function_that_fails_says_why_at_its_step(invitation: Invitation, mapping: Mapping) -> None:
    explanation = one(invitation, mapping, "opportunity.stranger")
    assert "XOF" in step(explanation, "from").problem
    assert not explanation.is_set
    assert one(invitation, mapping, "opportunity.amount").value == 120


def test_the_key_can_be_explained_too(invitation: Invitation, mapping: Mapping) -> None:
    explanation = one(invitation, mapping, "opportunity.aws_invitation_id")
    assert (explanation.value, step(explanation, "key").text) == ("engi-1", "Id")


def test_every_item_of_a_list_is_explained(invitation: Invitation, mapping: Mapping) -> None:
    first, second = explain(invitation, mapping, "contact.mail", RATES)
    assert [first.record and first.record.name, second.record and second.record.name] == [
        "contact[0]",
        "contact[1]",
    ]
    assert (first.value, second.value) == ("a@aws.example", "b@aws.example")
    assert step(second, "from").steps[0].value == "B@aws.example"


def test_a_rule_that_makes_no_record_says_why(invitation: Invitation, mapping: Mapping) -> None:
    explanation = one(invitation, mapping, "lead.name")
    assert explanation.record is None
    (condition,) = explanation.steps
    assert (condition.name, condition.value) == ("when", False)
    first, second = condition.steps
    assert (first.value, first.steps[0].value) == (False, "ACCEPTED")
    assert not second.is_needed


@pytest.mark.parametrize(
    ("name", "meant"),
    [("oportunity.name", "opportunity"), ("opportunity.nmae", "opportunity.name"), ("lead", "lead.name")],
)
def test_what_is_misspelt_is_named_with_what_was_meant(
    invitation: Invitation, mapping: Mapping, name: str, meant: str
) -> None:
    with pytest.raises(UsageError) as caught:
        explain(invitation, mapping, name)
    assert meant in str(caught.value.hint)


def test_a_list_that_is_none_is_the_records_error(invitation: Invitation) -> None:
    text = TEXT.replace("deal.SenderContacts[?Email]", "Id")
    explanation = one(invitation, load(yamlfile.parse(text, "m.yaml")), "contact.mail")
    assert explanation.record
    assert "for_each wants a list" in str(explanation.record.error)


def every_value() -> Iterator[Any]:
    for path in sorted((ROOT / "mappings").glob("*.yaml")):
        mapping = load(yamlfile.read(path))
        for listed in Files(str(ROOT / "mappings" / "samples"), Path()).list(Selection()):
            if listed.invitation is not None:
                yield pytest.param(mapping, listed.invitation, id=f"{mapping.name}-{listed.id}")


@pytest.mark.parametrize(("mapping", "invitation"), list(every_value()))
def test_the_explanation_ends_in_what_the_mapping_gives(mapping: Mapping, invitation: Invitation) -> None:
    for record in map_invitation(invitation, mapping):
        for name, value in record.values.items():
            found = explain(invitation, mapping, f"{record.rule.name}.{name}")
            (own,) = [each for each in found if each.record and each.record.name == record.name]
            assert own.value == value
            last = [step for step in own.steps if step.is_needed and step.name != "required"][-1]
            assert last.value == value


def explained(expression: str, invitation: Invitation) -> Step:
    """How ``expression``, as a field of its own, comes to its value."""
    text = TEXT.replace("      gone: deal.Nothing.At.All\n", f"      gone: {expression}\n")
    return step(one(invitation, load(yamlfile.parse(text, "m.yaml"), RATES), "opportunity.gone"), "from")


def test_a_chain_is_explained_by_what_it_begins_with_and_what_it_computes(invitation: Invitation) -> None:
    start = explained("(deal.Nothing || deal.Customer.CompanyName).length(@)", invitation)
    assert start.value == 4
    either, call = start.steps
    assert (either.text, either.value) == ("deal.Nothing || deal.Customer.CompanyName", "Acme")
    assert (call.text, call.value) == ("length(@)", 4)
    broken = explained("deal.SenderContacts[0].lower(Email).upper(@)", invitation)
    assert broken.value == "A@AWS.EXAMPLE"
    assert [each.text for each in broken.steps if not each.name] == ["lower(Email)", "upper(@)"]
    failed = explained("(annual_spend(deal) || Id).upper(@)", invitation)
    assert failed.problem and failed.steps[0].problem


def test_where_a_path_meets_null_is_said_and_what_is_no_path_has_no_gap(invitation: Invitation) -> None:
    deal = invitation.raw["Payload"]["OpportunityInvitation"]
    deal["Customer"]["Address"] = None
    assert explained("deal.Customer.Address.City", invitation).note == "deal.Customer.Address is null"
    assert explained("deal.Customer.Address", invitation).note == ""  # it is there, and null
    assert explained("Nowhere", invitation).note == "the invitation has no Nowhere"
    assert explained("deal.Nothing.*.x | [0]", invitation).note == ""
    assert explained("deal.Customer.[Nothing] | [0]", invitation).note == ""


def test_a_name_is_explained_once(invitation: Invitation) -> None:
    start = explained("join(' ', [title, title])", invitation)
    named = [each.name for each in walked(start) if each.name]
    assert named == ["let title", "let deal"]


def walked(start: Step) -> Iterator[Step]:
    for each in start.steps:
        yield each
        yield from walked(each)


def test_the_members_of_a_hash_are_explained_by_what_they_hold(invitation: Invitation) -> None:
    start = explained("'{a: upper(title), b: Status}.a'", invitation)
    assert start.value == "CLOUD MIGRATION"
    (made,) = start.steps
    assert [(each.text, each.value) for each in made.steps] == [
        ("upper(title)", "CLOUD MIGRATION"),
        ("Status", "ACCEPTED"),
    ]


def names_of(many: int, each: str) -> str:
    """A mapping with a chain of names, each made of the one before."""
    named = "".join(f"  l{n + 1}: '{each.format(f'l{n}')}'\n" for n in range(many))
    return TEXT.replace("records:\n", f"  l0: Id\n{named}records:\n")


def test_names_of_names_are_explained_as_deep_as_anybody_reads(invitation: Invitation) -> None:
    text = names_of(2_000, "{0}").replace("gone: deal.Nothing.At.All", "gone: l2000")
    steps = list(
        walked(step(one(invitation, load(yamlfile.parse(text, "m.yaml"), RATES), "opportunity.gone"), "from"))
    )
    assert 20 < len(steps) < 100
    assert {each.value for each in steps} == {"engi-1"}


@pytest.mark.parametrize("each", ["[{0}, {0}]", "{{a: {0}, b: {0}}}"])
def test_what_grows_without_end_as_it_is_written_out_is_not_shown(invitation: Invitation, each: str) -> None:
    text = names_of(100, each).replace("gone: deal.Nothing.At.All", "gone: l100 && Id")
    start = step(one(invitation, load(yamlfile.parse(text, "m.yaml"), RATES), "opportunity.gone"), "from")
    assert start.value == "engi-1"
    assert "more than 1,000,000 steps" in start.steps[0].problem
    assert start.steps[0].value is None
