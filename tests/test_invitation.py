"""Raw answers as invitations: JSON that is more than JSON, and members of another type than the model's."""

from __future__ import annotations

from typing import Any

import pytest

from connector.errors import InputError
from connector.invitation import DEEPEST, decode, digest, parse


def test_json_is_read_and_lone_surrogates_are_made_what_everything_takes() -> None:
    assert decode(b'{"Id": "a", "n": [1, 2.5, null, true]}') == {"Id": "a", "n": [1, 2.5, None, True]}
    lone = decode(b'{"Title \\ud83d": ["Cloud \\udc00 migration", 5], "pair": "\\ud83d\\ude00"}')
    assert lone == {"Title \ufffd": ["Cloud \ufffd migration", 5], "pair": "😀"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"n": NaN}', "NaN is not JSON"),
        (b'{"n": -Infinity}', "-Infinity is not JSON"),
        (b'{"n": 1e999, "lone": "\\ud800"}', "a number out of range"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "nested too deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_says_so(text: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decode(text)


def test_as_deep_as_allowed_is_read_and_many_brackets_are_not_deep() -> None:
    assert decode(b"[" * DEEPEST + b"]" * DEEPEST)
    assert decode(b"[" + b"[],{}," * 500 + b"1]")[-1] == 1


@pytest.mark.parametrize(
    "raw", [None, [], "text", {}, {"Id": None}, {"Id": "  "}, {"Id": 5}, {"Id": "e\0"}, {"Id": "a\nb"}]
)
def test_what_is_no_invitation_is_refused_by_the_name_of_its_source(raw: Any) -> None:
    with pytest.raises(InputError, match=r"inbox/a\.json: "):
        parse(raw, "inbox/a.json")
    with pytest.raises(InputError, match="input: "):
        parse(raw)


def test_members_of_another_type_stay_as_they_came_and_are_not_typed() -> None:
    deal = {
        "Customer": {"CompanyName": 5, "Industry": "Gaming"},
        "SenderContacts": [{"Email": "a@b.c"}, "odd"],
    }
    raw = {"Id": "engi-1", "Status": ["ACCEPTED"], "Payload": {"OpportunityInvitation": deal}}
    invitation = parse(raw)
    assert (invitation.raw, invitation.status) == (raw, "")
    assert invitation.typed.Payload is not None and invitation.typed.Payload.OpportunityInvitation is not None
    customer = invitation.typed.Payload.OpportunityInvitation.Customer
    assert customer is not None and (customer.CompanyName, customer.Industry) == (None, "Gaming")
    assert parse({"Id": "engi-1", "Payload": 5}).typed.Payload is None


def test_a_digest_is_of_the_content_whatever_the_order() -> None:
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1}) != digest({"a": 1, "b": [3]})
