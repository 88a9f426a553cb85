"""What may come next in an expression."""

from __future__ import annotations

import pytest

from connector.mapping.suggest import suggest
from connector.mapping.syntax import MAX_LENGTH

TREE = {
    "Id": None,
    "Payload": {"Deal": {"Contacts": [{"Email": None, "Phone": None}], "Title": None, "odd-name": None}},
    "Xray": {"MaX": None},
}
RAW = {"Id": "x", "Payload": {"Deal": {"Contacts": [{"Email": "a"}, {"Added": "b"}]}}, "deal": {"Own": 1}}


def texts(before: str) -> list[str]:
    return [found.text for found in suggest(before, [TREE, RAW])]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("Pay", ["Payload"]),
        ("Payload.", ["Deal"]),
        ("Payload.Deal.Ti", ["Title"]),
        ("Payload.Deal.o", ['"odd-name"']),
        ("Payload.Deal.Contacts[].", ["Added", "Email", "Phone"]),
        ("Payload.Deal.Contacts[0].e", ["Email"]),
        ("Payload.Deal.Contacts[?Email].P", ["Phone"]),
        ("Payload.Deal.Contacts[?Ph", ["Phone"]),
        ("deal.", ["Own"]),
        ("domain(deal.O", ["Own"]),
        ("Id || Payload.D", ["Deal"]),
        ("Payload.Deal.Title.", []),
        ("Nowhere.", []),
        ("Status == 'Pay", []),
        ("monthly", ["monthly_spend("]),
        ("sort_", ["sort_by("]),
        ("Status == 'PENDING' || Payload.D", ["Deal"]),
        ("Status == 'it\\'s Pay", []),
        ('Payload."Deal".Ti', ["Title"]),
        ('Payload.Deal.Contacts[?Email == `"x"` && Ph', ["Phone"]),
        ("] Pay", ["Payload"]),
        ("Payload.Deal.Contacts[?Email] || Pay", ["Payload"]),
        ("Payload.Deal.Contacts[?contains(Email, Payload.D", []),
        ("Xray.Ma", ["MaX"]),
    ],
)
def test_members_at_the_cursors_path_and_functions(before: str, expected: list[str]) -> None:
    assert texts(before) == expected


def test_everything_is_offered_where_nothing_is_typed() -> None:
    found = texts("")
    assert found[:4] == ["Id", "Payload", "Xray", "deal"]
    assert "annual_spend(" in found


def test_on_a_new_line_nothing_of_the_line_above_is_replaced() -> None:
    assert suggest("Status == 'PENDING' && Payload\n", [TREE]) == suggest("", [TREE])


def test_an_expression_that_is_too_long_to_be_one_gets_no_suggestions() -> None:
    assert [found.text for found in suggest("Pay".rjust(MAX_LENGTH), [TREE])] == ["Payload"]
    assert suggest("Pay".rjust(MAX_LENGTH + 1), [TREE]) == []


def test_a_suggestion_says_what_it_replaces_and_what_a_function_takes() -> None:
    (found,) = suggest("upper(monthly_", [TREE])
    assert (found.replaces, found.meaning) == (8, "monthly_spend(spends, currency?)")
    (member,) = suggest("Payload.Deal.Ti", [TREE])
    assert (member.replaces, member.meaning) == (2, "")
    assert {found.replaces for found in suggest("", [TREE])} == {0}
