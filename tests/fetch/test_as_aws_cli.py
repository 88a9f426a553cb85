"""Our answers and those of the real AWS CLI, asked of the same service: the same JSON, byte for byte."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from connector.errors import ConnectorError, RefusedError, ServiceError, UsageError
from connector.fetch import Selection
from tests.fetch.aws import source
from tests.servers.partner_central import PartnerCentral as Service
from tests.servers.partner_central import make_invitations

SORT = ("--sort", "SortBy=InvitationDate,SortOrder=ASCENDING", "--participant-type", "RECEIVER")
GET, LIST = "GetEngagementInvitation", "ListEngagementInvitations"
GOOD = make_invitations(1)[0]["Id"]


def aws(service: Service, command: str, *options: str) -> str:
    """What ``aws partnercentral-selling`` prints as JSON."""
    line = [sys.executable, "-m", "awscli", "partnercentral-selling", command, "--catalog", "Sandbox"]
    line += ["--endpoint-url", service.url, "--region", "us-east-1", "--output", "json", *options]
    told = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONWARNINGS": "ignore"}
    return subprocess.run(line, check=True, capture_output=True, encoding="utf-8", env=told).stdout


def as_json(answer: Any) -> str:
    return json.dumps(answer, indent=4, ensure_ascii=False) + "\n"


def test_an_invitation() -> None:
    made = make_invitations(40)
    awkward = max(made, key=lambda raw: len(json.dumps(raw)))
    lead = next(raw for raw in made if raw["PayloadType"] == "LeadInvitation")
    with Service(made) as service, source(service) as central:
        for identifier in (awkward["Id"], lead["Arn"]):
            printed = aws(service, "get-engagement-invitation", "--identifier", identifier)
            assert as_json(central.get_parsed(identifier)) == printed


@pytest.mark.parametrize(
    "change",
    [
        "unknown_member",
        "unknown_enum",
        "null_payload",
        lambda answer: answer | {"InvitationDate": 1737751735.457, "ExpirationDate": "whenever"},
    ],
)
def test_an_odd_invitation(change: Any) -> None:
    with Service(make_invitations(1)) as service, source(service) as central:
        service.script(GET, [change, change])
        printed = aws(service, "get-engagement-invitation", "--identifier", GOOD)
        assert as_json(central.get_parsed(GOOD)) == printed


def test_an_invitation_that_the_aws_cli_cannot_print_is_shown_as_it_came() -> None:
    with Service(make_invitations(1)) as service, source(service) as central:
        service.script(GET, ["two_members"])
        assert central.get_parsed(GOOD)["Payload"].keys() >= {"OpportunityInvitation", "LeadInvitation"}


def test_all_pages_of_a_listing() -> None:
    with Service(make_invitations(45), page_size=20) as service, source(service) as central:
        printed = aws(service, "list-engagement-invitations", *SORT)
        assert as_json(central.list_parsed(Selection())) == printed
        assert len(json.loads(printed)["EngagementInvitationSummaries"]) == 45


def test_a_filtered_listing_of_nothing() -> None:
    with Service(make_invitations(5)) as service, source(service) as central:
        filters = ("--engagement-identifier", "eng-00000000000000", "--status", "PENDING")
        printed = aws(service, "list-engagement-invitations", *SORT, *filters)
        selection = Selection(engagements=("eng-00000000000000",), statuses=("PENDING",))
        assert as_json(central.list_parsed(selection)) == printed


def test_a_listing_cut_to_a_number_of_items_goes_on_from_its_token() -> None:
    with Service(make_invitations(45)) as service, source(service) as central:
        token, seen = None, 0
        for expected in (15, 15, 15):
            options = (
                "--max-items",
                "15",
                "--page-size",
                "10",
                *(("--starting-token", token) if token else ()),
            )
            # Our turn of the service's own tokens: they hold a time, and differ from call to call.
            ours = central.list_parsed(Selection(), max_items=15, page_size=10, starting_token=token)
            theirs = json.loads(aws(service, "list-engagement-invitations", *SORT, *options))
            summaries = ours["EngagementInvitationSummaries"]
            assert len(summaries) == expected
            assert list(ours) == list(theirs)
            assert as_json(summaries) == as_json(theirs["EngagementInvitationSummaries"])
            token, seen = ours.get("NextToken"), seen + expected
        assert token is None and seen == 45


def test_incomplete_pages_do_not_shorten_the_listing() -> None:
    with Service(make_invitations(45)) as service, source(service) as central:
        service.script(LIST, [None, "empty_object", "cut_json", "empty_page"])
        listed = central.list_parsed(Selection(), page_size=10)["EngagementInvitationSummaries"]
        assert len({entry["Id"] for entry in listed}) == len(listed) == 45


@pytest.mark.parametrize(
    "token",
    [b"[1]", b"7", b'{"x": 1}', b'{"NextToken": 1}', b'{"NextToken": "x", "boto_truncate_amount": "1"}'],
)
def test_a_starting_token_that_is_none(token: bytes) -> None:
    with Service() as service, source(service) as central:
        with pytest.raises(UsageError, match="starting token"):
            central.list_parsed(Selection(), starting_token=base64.b64encode(token).decode())
        assert not service.calls


def test_a_starting_token_that_the_service_does_not_know() -> None:
    with Service() as service, source(service) as central, pytest.raises(RefusedError, match="NextToken"):
        central.list_parsed(Selection(), starting_token="x")


def test_a_page_size_beyond_the_service_s() -> None:
    with Service() as service, source(service) as central, pytest.raises(ConnectorError, match="MaxResults"):
        central.list_parsed(Selection(), page_size=1000)


def test_a_listing_that_goes_in_a_circle() -> None:
    with Service(make_invitations(5)) as service, source(service) as central:
        service.tokens.open = lambda *_: None  # type: ignore[method-assign]
        service.script(LIST, [lambda answer: answer | {"NextToken": "round"}] * 5)
        with pytest.raises(ServiceError, match="in a circle"):
            central.list_parsed(Selection())
