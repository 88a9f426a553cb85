"""An event names an invitation, or is ignored for a reason, or is poison; nothing else comes of a message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.events import KINDS, Event, Ignored, Poison, read_event

RECORDED = Path(__file__).parents[2] / "shared/reference/partner-central"
ARN = "arn:aws:partnercentral:us-east-1::catalog/Sandbox/engagement-invitation/engi-0123456789abc"


def an_event(kind: str = "Engagement Invitation Created", **about: Any) -> dict[str, Any]:
    """Of the documented shape."""
    return {
        "version": "0",
        "id": "01234567-0123-0123-0123-0123456789ab",
        "detail-type": kind,
        "source": "aws.partnercentral-selling",
        "account": "111122223333",
        "time": "2026-04-15T12:34:56Z",
        "region": "us-east-1",
        "resources": [ARN],
        "detail": {
            "catalog": "Sandbox",
            "engagementInvitation": {
                "arn": ARN,
                "id": "engi-0123456789abc",
                "engagementId": "eng-12345678901234",
                "participantType": "RECEIVER",
                "payloadType": "LeadInvitation",
                **about,
            },
        },
    }


def read(event: Any) -> Event | Ignored:
    return read_event(json.dumps(event), "Sandbox")


@pytest.mark.parametrize(("kind", "short"), KINDS.items())
def test_every_kind_names_its_invitation(kind: str, short: str) -> None:
    assert read(an_event(kind)) == Event("engi-0123456789abc", short)


@pytest.mark.parametrize("side", ["RECEIVER", "Receiver", "Enum", None])
def test_an_event_for_the_receiver_is_known_by_any_spelling(side: str | None) -> None:
    assert isinstance(read(an_event(participantType=side)), Event)


@pytest.mark.parametrize("identifier", [ARN, None, "", 7, "ENGI-0123456789ABC"])
def test_an_id_that_is_spelt_oddly_is_known_by_its_arn(identifier: Any) -> None:
    assert read(an_event(id=identifier)) == Event("engi-0123456789abc", "created")


def test_an_event_through_sns_is_an_event() -> None:
    assert isinstance(read({"Type": "Notification", "Message": json.dumps(an_event())}), Event)


def test_an_event_without_an_id_is_known_by_its_arn() -> None:
    assert read(an_event(id=None)) == Event("engi-0123456789abc", "created")


@pytest.mark.parametrize("side", ["SENDER", "Sender"])
def test_what_is_none_of_our_business_is_ignored(side: str) -> None:
    other = an_event()
    other["detail"]["catalog"] = "AWS"
    for event in (an_event(participantType=side), an_event("Opportunity Updated"), other):
        assert isinstance(read(event), Ignored)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"engi-0123456789abc"',
        json.dumps({**an_event(), "source": "aws.ec2"}),
        json.dumps({**an_event(id="../../etc/passwd", arn=None), "resources": []}),
        json.dumps({**an_event(), "detail": None, "resources": None}),
        json.dumps({"Type": "Notification", "Message": "hello"}),
    ],
)
def test_what_is_no_event_is_poison(body: str) -> None:
    with pytest.raises(Poison):
        read_event(body, "Sandbox")


@given(
    st.recursive(st.none() | st.text() | st.integers(), lambda c: st.lists(c) | st.dictionaries(st.text(), c))
)
def test_nothing_else_comes_of_any_message(value: Any) -> None:
    event = an_event()
    for place in ("detail", "resources", "detail-type"):
        changed = {**event, place: value}
        try:
            said = read(changed)
        except Poison as problem:
            assert "engi" not in str(problem)
        else:
            assert isinstance(said, (Event, Ignored))


@pytest.mark.skipif(not RECORDED.exists(), reason="there are no recorded events beside this checkout")
@pytest.mark.parametrize("kind", ["created", "accepted", "rejected", "expired"])
def test_the_documentation_s_own_events_are_understood(kind: str) -> None:
    body = (RECORDED / f"docs_event__engagement_invitation_{kind}.json").read_bytes()
    said = read_event(body, "AWS")
    assert isinstance(said, Event)
    assert said.kind == kind
