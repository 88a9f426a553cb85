"""What a change of the mapping does to invitations."""

from __future__ import annotations

from typing import Any

import pytest

from connector import yamlfile
from connector.compare import LEFT_ALONE, Comparison, FieldDifference, Kind, Link, RuleDifference, compare
from connector.invitation import parse
from connector.mapping.load import load
from connector.mapping.model import Mapping
from tests.cli.conftest import accepted

OLD = """\
version: 1
name: old
crm: sql
let:
  deal: Payload.OpportunityInvitation
records:
  account:
    object: accounts
    key: {aws_customer_key: domain(deal.Customer.WebsiteUrl)}
    fields: {name: deal.Customer.CompanyName}
  opportunity:
    object: opportunities
    when: Status == 'ACCEPTED'
    key: {aws_invitation_id: Id}
    match:
      title: {name: deal.Project.Title}
    fields:
      name: deal.Project.Title
      account_id: {ref: account}
      stage: {value: Prospecting, write: create}
  contact:
    object: contacts
    for_each: deal.SenderContacts
    key: {aws_contact_key: item.Email}
    fields: {email: item.Email, title: item.BusinessTitle}
"""


def mapping(text: str = OLD) -> Mapping:
    return load(yamlfile.parse(text, "mapping.yaml"))


def compared(old: str, new: str, *raws: dict[str, Any]) -> Comparison:
    assert old != new
    return compare(mapping(old), mapping(new), (parse(raw) for raw in raws or (accepted(),)))


def changed(*replacements: tuple[str, str], raw: dict[str, Any] | None = None) -> Comparison:
    new = OLD
    for before, after in replacements:
        assert before in new
        new = new.replace(before, after)
    return compared(OLD, new, *([raw] if raw else []))


def with_contacts(*emails: str) -> dict[str, Any]:
    raw = accepted()
    raw["Payload"]["OpportunityInvitation"]["SenderContacts"] = [{"Email": email} for email in emails]
    return raw


def test_one_mapping_is_the_same_as_itself() -> None:
    comparison = compare(mapping(), mapping(), [parse(accepted()), parse(accepted("engi-2"))])
    assert comparison.is_same
    assert (comparison.counts.invitations, comparison.counts.differing) == (2, 0)


def test_a_field_that_gets_another_value_is_named_with_both() -> None:
    comparison = changed(
        ("name: deal.Project.Title\n      acc", "name: upper(deal.Project.Title)\n      acc")
    )
    (invitation,) = comparison.invitations
    assert invitation.invitation.id == "engi-1"
    (record,) = invitation.records
    assert (record.kind, record.name, record.key) == (Kind.CHANGED, "opportunity", "engi-1")
    assert record.fields == (FieldDifference("name", "Cloud migration", "CLOUD MIGRATION"),)
    assert comparison.counts.fields == {"opportunity.name": 1}
    assert comparison.counts.records == {Kind.CHANGED: 1}


def test_a_field_is_left_alone_by_the_mapping_that_does_not_have_it() -> None:
    comparison = changed(
        ("      stage: {value: Prospecting, write: create}\n", "      next: InvitationMessage\n")
    )
    (record,) = comparison.invitations[0].records
    assert record.fields == (
        FieldDifference("next", LEFT_ALONE, None),
        FieldDifference("stage", "Prospecting", LEFT_ALONE),
    )


def test_values_that_are_one_to_a_crm_do_not_differ() -> None:
    comparison = changed(
        ("stage: {value: Prospecting, write: create}", "stage: {value: ' Prospecting ', write: create}")
    )
    assert comparison.is_same


def test_a_rule_that_comes_adds_records_and_one_that_goes_removes_them() -> None:
    without = OLD.replace("    when: Status == 'ACCEPTED'\n", "    when: Status == 'PENDING'\n")
    for old, new, kind in ((OLD, without, Kind.REMOVED), (without, OLD, Kind.ADDED)):
        comparison = compared(old, new)
        (record,) = comparison.invitations[0].records
        assert (record.kind, record.name, len(record.fields)) == (kind, "opportunity", 3)
        assert comparison.counts.records == {kind: 1}
        assert not comparison.counts.fields


def test_a_renamed_rule_makes_the_same_records() -> None:
    assert changed(("  account:\n", "  company:\n"), ("ref: account", "ref: company")).is_same


def test_another_key_is_shown_as_what_differs() -> None:
    comparison = changed(
        ("key: {aws_invitation_id: Id}", "key: {aws_invitation_id: lower(deal.Project.Title)}")
    )
    (record,) = comparison.invitations[0].records
    assert (record.kind, record.key) == (Kind.CHANGED, "cloud migration")
    assert record.fields == (FieldDifference("aws_invitation_id", "engi-1", "cloud migration", "key"),)


def test_another_object_is_another_record() -> None:
    records = changed(("object: accounts", "object: companies")).invitations[0].records
    assert [record.kind for record in records] == [Kind.ADDED, Kind.CHANGED, Kind.REMOVED]
    (ref,) = records[1].fields
    assert ref == FieldDifference(
        "account_id",
        Link("account", "accounts", "acme.example"),
        Link("account", "companies", "acme.example"),
    )


def test_items_are_paired_by_their_key_wherever_they_stand() -> None:
    comparison = changed(
        ("for_each: deal.SenderContacts", "for_each: reverse(deal.SenderContacts || `[]`)[:2]"),
        raw=with_contacts("a@aws.example", "b@aws.example", "c@aws.example"),
    )
    (record,) = comparison.invitations[0].records
    assert (record.kind, record.name, record.key) == (Kind.REMOVED, "contact[0]", "a@aws.example")


def test_what_a_record_is_matched_by_may_differ() -> None:
    comparison = changed(("title: {name: deal.Project.Title}", "title: {name: lower(deal.Project.Title)}"))
    (record,) = comparison.invitations[0].records
    assert record.fields == (FieldDifference("name", "Cloud migration", "cloud migration", "title"),)


def test_a_warning_that_only_the_new_mapping_brings_is_a_problem_and_the_other_way_round_solved() -> None:
    broken = OLD.replace("name: deal.Project.Title\n      acc", "name: upper(deal.Project)\n      acc")
    (record,) = compared(OLD, broken).invitations[0].records
    assert record.fields == (FieldDifference("name", "Cloud migration", LEFT_ALONE),)
    assert "upper() wants text" in record.problems[0]
    back = compared(broken, OLD)
    assert back.invitations[0].records[0].solved == record.problems
    assert back.counts.problems == 0
    assert compared(OLD, broken).counts.problems == 1


def test_a_record_that_cannot_land_any_more_says_why_and_nothing_of_its_fields() -> None:
    (record,) = (
        changed(
            (
                "name: deal.Project.Title\n      acc",
                "name: {from: InvitationMessage, required: true}\n      acc",
            )
        )
        .invitations[0]
        .records
    )
    assert record.fields == ()
    assert "name is required" in record.problems[0]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "write: create",
            "write: always",
            RuleDifference("opportunity", "stage", "write", "create", "always"),
        ),
        (
            "    match:\n",
            "    match:\n      none: skip\n",
            RuleDifference("opportunity", "", "none", "create", "skip"),
        ),
        (
            "    match:\n",
            "    match:\n      many: newest\n",
            RuleDifference("opportunity", "", "many", "review", "newest"),
        ),
    ],
)
def test_how_records_are_written_is_part_of_the_difference(
    before: str, after: str, expected: RuleDifference
) -> None:
    comparison = changed((before, after))
    assert comparison.rules == (expected,)
    assert not comparison.invitations
    assert not comparison.is_same


def test_invitations_are_counted_whether_they_differ_or_not() -> None:
    pending = {**accepted("engi-2"), "Status": "PENDING"}
    new = OLD.replace("value: Prospecting", "value: Open")
    comparison = compared(OLD, new, accepted(), pending, accepted("engi-3"))
    assert [found.invitation.id for found in comparison.invitations] == ["engi-1", "engi-3"]
    assert (comparison.counts.invitations, comparison.counts.differing) == (3, 2)
    assert comparison.counts.fields == {"opportunity.stage": 2}
