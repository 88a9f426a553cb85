"""What a mapping file may go on with at the cursor, whatever stands around it."""

from __future__ import annotations

import pytest

from connector.completion import Known, complete
from connector.records import FieldMeta, ObjectMeta

NAME = FieldMeta("name", "text", label="Name")
KNOWN = Known(
    {"Id": None, "Payload": {"Title": None}},
    {"accounts": ObjectMeta("accounts", {"name": NAME}, label="Account")},
)
RULE = "records:\n  account:\n    object: accounts\n"


def offered(text: str, known: Known = KNOWN) -> list[str]:
    offset = text.index("|")
    return [each.text for each in complete(text.replace("|", "", 1), offset, known)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (RULE + "    fields:\n      name: {max|", ["max_length"]),
        (RULE + "    fields:\n      name:\n        max|", ["max_length"]),
        (RULE + "    fields:\n      name: {write: al|}", ["always"]),
        (RULE + "    fields:\n      name: {value: Pay|}", []),
        (RULE + "    fields:\n      name: {ref: acc|}", ["account"]),
        (RULE + "    fields:\n      na|", ["name"]),
        (RULE + "    match:\n      title:\n        na|", ["name"]),
        (RULE + "    match:\n      many: n|", ["newest"]),
        ("name: Pay|", []),
        ("nowhere:\n  x:\n    y|", []),
        ("records:\n  account:\n    fields:\n      na|", []),
        ("records:\n  account:\n    fields:\n      na|\n  other:\n    object: accounts\n", []),
        ("records:\n  a:\n    object: acc|", ["accounts"]),
    ],
)
def test_what_is_offered(text: str, expected: list[str]) -> None:
    assert offered(text) == expected


def test_what_is_offered_says_what_it_is_and_what_it_replaces() -> None:
    text = RULE + "    fields:\n      na"
    (field,) = complete(text, len(text), KNOWN)
    assert (field.text, field.replaces, field.meaning) == ("name", 2, "text Name")
    text = "records:\n  a:\n    object: acc"
    (found,) = complete(text, len(text), KNOWN)
    assert (found.replaces, found.meaning) == (3, "Account")
