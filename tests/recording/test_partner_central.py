"""What AWS documents of its answers, through our source and the real boto3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from connector.errors import AccessDenied, ConnectorError, NotFoundError, TransientError
from connector.fetch import Listed, Selection
from connector.fetch.partner_central import ClientSettings, PartnerCentral
from connector.retry import RetryPolicy
from tests.recording import walks
from tests.recording.allowed import partner_central
from tests.recording.cassettes import played, replayed, write
from tests.recording.interactions import Interaction
from tests.recording.scrub import pretty

OPPORTUNITY, LEAD = "engi-0123456789abc", "engi-abcdef0123456"
RECORDED = Path(__file__).resolve().parents[3] / "shared" / "reference" / "partner-central"


# Said, since which of AWS's two addresses it is depends on botocore's version.
SETTINGS = ClientSettings("Sandbox", endpoint_url=f"https://{partner_central().host}")


@contextmanager
def source(attempts: int = 1, catalog: str = "Sandbox") -> Iterator[PartnerCentral]:
    policy = RetryPolicy(attempts=attempts)
    settings = replace(SETTINGS, catalog=catalog)
    opened = PartnerCentral(settings, policy=policy, concurrency=1, sleep=lambda _: None)
    try:
        yield opened
    finally:
        opened.close()


def refused(cassette: str) -> ConnectorError:
    with replayed(cassette), source() as service, pytest.raises(ConnectorError) as caught:
        service.get(Listed(OPPORTUNITY))
    return caught.value


def test_an_invitation_as_documented() -> None:
    with replayed("partner_central/get_engagement_invitation"), source() as service:
        opportunity, lead = (service.get(Listed(identifier)) for identifier in (OPPORTUNITY, LEAD))
    assert (opportunity.id, opportunity.raw["Status"]) == (OPPORTUNITY, "PENDING")
    project = opportunity.raw["Payload"]["OpportunityInvitation"]["Project"]
    assert project["Title"] == "Example project"
    assert project["ExpectedCustomerSpend"][0]["Amount"] == "1000.00"
    assert date.fromisoformat(project["TargetCompletionDate"]) == date(2025, 12, 31)
    assert lead.raw["Payload"]["LeadInvitation"]["Customer"]["AwsMaturity"] == "Evaluating"


def test_a_listing_as_documented_goes_on_at_its_token() -> None:
    with replayed("partner_central/list_engagement_invitations"), source() as service:
        listed = list(service.list(Selection()))
    assert [one.id for one in listed] == [OPPORTUNITY, LEAD]


def test_throttling_is_waited_out() -> None:
    with replayed("partner_central/throttled"), source(attempts=2) as service:
        assert service.get(Listed(OPPORTUNITY)).id == OPPORTUNITY
        assert service.calls() == {"GetEngagementInvitation": 2}


def test_throttling_is_transient(tmp_path: Path) -> None:
    cassette = tmp_path / "throttled.yaml"
    text = (Path(__file__).parents[1] / "cassettes/partner_central/throttled.yaml").read_text("utf-8")
    first, _, _ = text.partition("- request:")
    cassette.write_text(first + "- request:" + text.split("- request:")[1], "utf-8")
    with played(cassette), source() as service, pytest.raises(TransientError) as caught:
        service.get(Listed(OPPORTUNITY))
    assert caught.value.code == "ThrottlingException"


def test_no_access_names_the_permission_and_no_account() -> None:
    error = refused("partner_central/access_denied")
    assert isinstance(error, AccessDenied)
    assert "111122223333" not in f"{error} {error.hint}"
    assert "partnercentral:GetEngagementInvitation" in f"{error} {error.hint}"


def test_an_invitation_that_is_not_there() -> None:
    error = refused("partner_central/not_found")
    assert isinstance(error, NotFoundError)
    assert OPPORTUNITY in error.message


def test_credentials_that_have_run_out() -> None:
    error = refused("partner_central/expired_token")
    assert isinstance(error, AccessDenied)
    assert "the session has ended" in f"{error} {error.hint}"


def test_the_recorded_walk_plays_back() -> None:
    with replayed("partner_central/loopback_walk"):
        raws = walks.partner_central(SETTINGS)
    assert [raw["Id"] for raw in raws] == [f"engi-example{n:06}" for n in (1, 2, 3)]


@pytest.mark.skipif(not RECORDED.is_dir(), reason="there are no recorded answers beside this checkout")
@pytest.mark.parametrize(
    "name", sorted(path.name for path in RECORDED.glob("get_engagement_invitation__*.json"))
)
def test_recorded_answers_come_through_whole(name: str, tmp_path: Path) -> None:
    raw = json.loads((RECORDED / name).read_text("utf-8"))
    kind = "application/x-amz-json-1.0"
    target = "AWSPartnerCentralSelling.GetEngagementInvitation"
    sent = Interaction(
        "POST",
        f"https://{partner_central().host}/",
        200,
        pretty(raw),
        pretty({"Catalog": raw["Catalog"], "Identifier": raw["Id"]}),
        {"content-type": kind, "x-amz-target": target},
        {"content-type": kind},
    )
    write(tmp_path / "answer.yaml", f"recorded by others: {name}", "", [sent])
    with played(tmp_path / "answer.yaml"), source(catalog=raw["Catalog"]) as service:
        assert service.get(Listed(raw["Id"])).raw == raw
