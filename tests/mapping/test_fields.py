"""What can be mapped from and to."""

from __future__ import annotations

import pytest

from connector import yamlfile
from connector.fetch.service_model import mappable
from connector.mapping.fields import Member, members, mentions, targets
from connector.mapping.load import load
from connector.mapping.places import Fact
from connector.mapping.uses import uses
from connector.records import FieldMeta, ObjectMeta
from tests.walks import ROOT


def test_members_are_paths_with_what_the_model_knows() -> None:
    tree = {
        "Id": None,
        "Payload": {"Spend": [{"Amount": None}], "Notes": [None], "More": {}},
        "Opportunity": {"Id": None},
    }
    facts = {"Id": Fact("text", 20), "Payload.Spend.Amount": Fact("number"), "Opportunity.Id": Fact("text")}
    assert members(tree, {"Id": ["a", "b"], "Opportunity.Id": ["o"]}, facts) == [
        Member("Id", "text", 20, ("a", "b"), False),
        Member("Payload.Spend", "list", None, (), False),
        Member("Payload.Spend[].Amount", "number", None, (), False),
        Member("Payload.Notes[]", "", None, (), False),
        Member("Payload.More", "structure", None, (), False),
        Member("Opportunity.Id", "text", None, ("o",), True),
    ]


def test_the_members_of_the_service_model_are_all_there() -> None:
    found = {member.path: member for member in members(*mappable())}
    title = found["Payload.OpportunityInvitation.Project.Title"]
    assert (title.kind, title.longest, title.accepted) == ("text", 255, False)
    assert "PENDING" in found["Status"].values
    assert found["Opportunity.Customer.Account.Address.StreetAddress"].accepted
    assert found["Payload.OpportunityInvitation.SenderContacts[].Email"].kind == "text"


def test_targets_name_the_rules_that_give_them_a_value() -> None:
    mapping = load(yamlfile.read(ROOT / "mappings" / "sql.yaml"))
    fields = {
        "status": FieldMeta("status", "text"),
        "created_at": FieldMeta("created_at", "datetime", createable=False, updateable=False),
        "aws_invitation_id": FieldMeta("aws_invitation_id", "text"),
    }
    found = {target.field.name: target for target in targets({"leads": ObjectMeta("leads", fields)}, mapping)}
    assert found["status"].rules == ("lead", "converted_lead", "closed_lead")
    assert found["aws_invitation_id"].rules[0] == "lead"
    assert not found["created_at"].writable
    assert targets({"leads": ObjectMeta("leads", fields)})[0].rules == ()
    # A field of another object of the same name is another field.
    (other,) = targets({"accounts": ObjectMeta("accounts", {"status": fields["status"]})}, mapping)
    assert (other.object, other.rules) == ("accounts", ())
    later = {
        "made": FieldMeta("made", "text", updateable=False),
        "set": FieldMeta("set", "text", createable=False),
    }
    assert [each.writable for each in targets({"x": ObjectMeta("x", later)})] == [True, True]


@pytest.mark.parametrize(
    "part",
    [
        "let: {x: Opportunity.Id}",
        "when: Opportunity",
        "for_each: Opportunity.Items",
        "key: {k: Opportunity.Id}",
        "match: {title: {t: Opportunity.Title}}",
        "match: {title: {t: Id}, narrow: {n: Opportunity.Title}}",
        "fields: {f: Opportunity.Id}",
        "fields: {f: {template: 'a {{ Opportunity.Id }}'}}",
    ],
)
def test_a_mapping_uses_what_any_of_its_expressions_names(part: str) -> None:
    rule = {"object": "object: o", "key": "key: {k: Id}", "fields": "fields: {f: Id}"}
    name = part.partition(":")[0]
    rule |= {name: part} if name != "let" else {}
    lines = ["version: 1", "name: n", "crm: c", *([part] if name == "let" else ()), "records:", "  r:"]
    text = "\n".join([*lines, *(f"    {line}" for line in rule.values())])
    assert uses(load(yamlfile.parse(text, "m.yaml"))) == {"Opportunity"}
    assert uses(load(yamlfile.parse(text.replace("Opportunity", "Payload"), "m.yaml"))) == frozenset()


def test_every_word_has_to_occur_in_any_case() -> None:
    assert mentions(("SPEND", "amount"), "Project.ExpectedCustomerSpend[].Amount")
    assert not mentions(("spend", "title"), "Project.ExpectedCustomerSpend[].Amount")
    assert mentions((), "anything")
