"""What a mapping makes of an invitation, whatever the invitation holds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connector import yamlfile
from connector.invitation import parse
from connector.map import Desired, Ref, cut, map_invitation
from connector.mapping.load import load
from connector.mapping.model import Mapping
from tests.walks import example_mapping

EXAMPLE = example_mapping()
HEAD = "version: 1\nname: test\ncrm: sql\n"


def rules(text: str) -> Mapping:
    return load(yamlfile.parse(HEAD + text, "test.yaml"))


def one(fields: str, **members: Any) -> Desired:
    text = f"records:\n  lead:\n    object: leads\n    key: {{aws_invitation_id: Id}}\n    fields:\n{fields}"
    (desired,) = map_invitation(parse({"Id": "engi-1", **members}), rules(text))
    return desired


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
customers = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["CompanyName", "WebsiteUrl", "Industry", "CountryCode"], json_values)
)
spends = st.lists(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(["Amount", "CurrencyCode", "Frequency", "TargetCompany"], json_values)
    )
    | json_values
)
projects = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(["Title", "BusinessProblem", "TargetCompletionDate"], json_values),
        "ExpectedCustomerSpend": spends | json_values,
    },
)
payloads = st.fixed_dictionaries(
    {},
    optional={
        "OpportunityInvitation": json_values
        | st.fixed_dictionaries(
            {},
            optional={
                "Customer": customers | json_values,
                "Project": projects | json_values,
                "SenderContacts": st.lists(st.fixed_dictionaries({"Email": json_values})) | json_values,
            },
        ),
        "LeadInvitation": json_values | st.fixed_dictionaries({}, optional={"Customer": customers}),
    },
)
statuses = st.sampled_from(["PENDING", "ACCEPTED", "REJECTED", "EXPIRED"]) | json_values


@settings(max_examples=3 * settings().max_examples)
@given(payloads | json_values, statuses)
def test_whatever_an_invitation_holds_mapping_it_gives_records_or_reasons(payload: Any, status: Any) -> None:
    for desired in map_invitation(parse({"Id": "engi-1", "Payload": payload, "Status": status}), EXAMPLE):
        assert desired.error or desired.key
        for value in desired.values.values():
            assert value is None or isinstance(value, (str, bool, int, Decimal, date, Ref))


@given(st.text(min_size=1), st.integers(1, 50))
def test_a_text_is_cut_to_its_length_and_is_otherwise_the_invitation_s(text: str, length: int) -> None:
    desired = one(f"      name: {{from: EngagementTitle, max_length: {length}}}\n", EngagementTitle=text)
    value = desired.values["name"]
    assert isinstance(value, str)
    assert len(value) <= length
    assert text.startswith(value)


PARTIAL = """\
let:
  contact: Engagement.Contact
  city: contact.City || SenderCompanyName
records:
  person:
    object: contacts
    when: contact.Email
    key: {k: contact.Email}
    fields: {email: contact.Email}
  lead:
    object: leads
    key: {k: Id}
    fields:
      name: contact.Name
      city: {from: city, default: Nowhere}
      text: {template: "{{ Id }} {{ Engagement.Title }}"}
      title: SenderCompanyName || Engagement.Title
      status: {from: Status, lookup: {PENDING: New}, default: Other}
      person_id: {ref: person}
  item:
    object: items
    when: "!(Engagement.Closed)"
    for_each: Items
    key: {k: item}
    fields: {name: item}
  closed:
    object: leads
    when: Status
    for_each: Engagement.Items
    key: {k: item}
    fields: {name: item}
"""


def provisional(**members: Any) -> dict[str, set[str]]:
    invitation = parse({"Id": "engi-1", "Status": "ACCEPTED", "Items": ["a", "b"], **members})
    return {record.name: record.provisional for record in map_invitation(invitation, rules(PARTIAL))}


def test_what_was_made_without_what_aws_did_not_give_is_provisional() -> None:
    items = {"item[0]": {"name"}, "item[1]": {"name"}}
    missed = {"name", "city", "text", "title", "person_id"}
    assert provisional(Engagement=None) == {"lead": missed, **items}
    # Where nothing is known of an engagement, what was fallen back on is an answer.
    nothing = {name: set[str]() for name in items}
    assert provisional() == {"lead": {"name", "title", "person_id"}, **nothing}
    assert provisional(SenderCompanyName="AWS") == {"lead": {"name", "person_id"}, **nothing}
    assert provisional(Engagement=None, SenderCompanyName="AWS") == {"lead": missed - {"title"}, **items}


def test_what_aws_gave_is_an_answer_however_empty() -> None:
    assert not any(provisional(Engagement={}, Opportunity=None).values())


def test_a_field_that_fails_makes_no_other_provisional() -> None:
    fields = "      name: length(Engagement)\n      title: SenderCompanyName\n"
    desired = one(fields, Engagement=None)
    assert (desired.values, desired.provisional) == ({"title": None}, set())


def test_a_truth_is_a_word_in_templates_and_titles() -> None:
    yes = "Status == 'ACCEPTED'"
    desired = one(f"""      name: {{template: "won {{{{ {yes} }}}}"}}\n""", Status="ACCEPTED")
    assert desired.values == {"name": "won true"}
    text = "records:\n  lead:\n    object: leads\n    key: {k: Id}\n    fields: {}\n"
    (titled,) = map_invitation(
        parse({"Id": "engi-1", "Status": "PENDING"}),
        rules(f'{text}    match: {{title: {{name: "{yes}"}}}}\n'),
    )
    assert titled.titles == {"name": "false"}


def test_a_lookup_gives_its_entry_or_the_default_or_a_warning() -> None:
    entry = "      status: {from: Status, lookup: {PENDING: New}}\n"
    assert one(entry, Status="PENDING").values == {"status": "New"}
    missing = one(entry, Status="ELSE")
    assert missing.values == {}
    assert "lookup" in missing.warnings[0]
    with_default = "      status: {from: Status, lookup: {PENDING: New}, default: Other}\n"
    assert one(with_default, Status="ELSE").values == {"status": "Other"}
    assert one(with_default).values == {"status": "Other"}


def test_a_required_field_that_is_empty_fails_its_record_and_says_which() -> None:
    desired = one("      company: {from: SenderCompanyName, required: true}\n")
    assert desired.error is not None
    assert "company" in desired.error and "SenderCompanyName" in desired.error


def test_an_empty_key_fails_its_record() -> None:
    text = "records:\n  lead: {object: leads, key: {aws_invitation_id: EngagementId}, fields: {name: Id}}\n"
    (desired,) = map_invitation(parse({"Id": "engi-1"}), rules(text))
    assert desired.error is not None
    assert "aws_invitation_id" in desired.error


def test_a_template_is_text_around_what_there_is_and_nothing_where_there_is_nothing() -> None:
    field = '      name: {template: "{{ EngagementTitle }} from {{ SenderCompanyName }}"}\n'
    assert one(field, EngagementTitle="Deal", SenderCompanyName="AWS").values == {"name": "Deal from AWS"}
    assert one(field, EngagementTitle="Deal").values == {"name": "Deal from"}
    assert one(field).values == {"name": None}


def test_a_template_in_a_title_is_only_text() -> None:
    field = '      name: {template: "{{ EngagementTitle }}"}\n'
    assert one(field, EngagementTitle="{{ Id }}").values == {"name": "{{ Id }}"}


def test_a_list_where_text_is_wanted_leaves_the_field_alone_with_a_warning() -> None:
    desired = one("      name: ExistingMembers[].CompanyName\n", ExistingMembers=[{"CompanyName": "A"}])
    assert desired.error is None
    assert desired.values == {}
    assert "list" in desired.warnings[0]


def test_one_rule_that_fails_does_not_stop_another() -> None:
    text = """\
records:
  bad:
    object: leads
    for_each: EngagementTitle
    key: {aws_invitation_id: Id}
    fields: {name: Id}
  good:
    object: leads
    key: {aws_invitation_id: Id}
    fields: {name: Id}
"""
    bad, good = map_invitation(parse({"Id": "engi-1", "EngagementTitle": "text"}), rules(text))
    assert bad.error is not None and "list" in bad.error
    assert good.error is None and good.values == {"name": "engi-1"}


def test_items_refer_to_the_items_of_the_same_list() -> None:
    text = """\
records:
  contact:
    object: contacts
    for_each: Members
    key: {aws_contact_key: item.Email}
    fields: {email: item.Email}
  role:
    object: roles
    for_each: Members
    key:
      k: join('/', [Id, item.Email])
    fields:
      c: {ref: contact}
"""
    desired = map_invitation(parse({"Id": "e", "Members": [{"Email": "a"}, {"Email": "b"}]}), rules(text))
    assert [d.name for d in desired] == ["contact[0]", "contact[1]", "role[0]", "role[1]"]
    assert [d.values["c"] for d in desired[2:]] == [Ref("contact", 0), Ref("contact", 1)]
    assert [d.key for d in desired] == ["a", "b", "e/a", "e/b"]


@given(st.text(max_size=40), st.integers(1, 40))
def test_a_text_is_cut_to_what_a_crm_counts_as_its_length(text: str, length: int) -> None:
    kept = cut(text, length)
    units = len(kept.encode("utf-16-le", "surrogatepass")) // 2
    assert units <= length
    assert text.startswith(kept)
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 <= length:
        assert kept == text


def test_no_character_is_cut_in_half() -> None:
    assert cut("ab🚀", 3) == "ab"
    assert cut("ab🚀", 4) == "ab🚀"


def test_of_two_items_with_one_key_the_first_counts_and_the_other_fills_what_it_leaves_open() -> None:
    text = """\
records:
  contact:
    object: contacts
    for_each: Members
    key: {aws_contact_key: lower(item.Email)}
    fields: {last_name: item.LastName, phone: item.Phone, title: {from: item.Title, required: true}}
"""
    members = [
        {"Email": "a@x"},
        {"Email": "A@x", "LastName": "A", "Title": "CTO"},
        {"Email": "b@x", "LastName": "B", "Title": "CEO"},
        {"Email": "a@X", "LastName": "C", "Phone": "1", "Title": "CIO"},
    ]
    broken, first, other, again = map_invitation(parse({"Id": "engi-1", "Members": members}), rules(text))
    assert broken.error is not None
    assert first.values == {"last_name": "A", "phone": "1", "title": "CTO"}
    assert other.values == {"last_name": "B", "phone": None, "title": "CEO"}
    assert (again.key, again.values, again.error) == ("a@x", {}, None)
