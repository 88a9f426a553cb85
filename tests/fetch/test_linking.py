"""The CRM's id gets into the AWS opportunity, and nothing else of it changes."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from connector.errors import RefusedError
from connector.fetch.linking import MEMBER, link, request
from connector.fetch.partner_central import ClientSettings, PartnerCentral
from connector.retry import RetryPolicy
from tests.servers.partner_central import PartnerCentral as Server
from tests.servers.partner_central_client import client_of, deals


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(deals(1)) as server:
        yield server


@pytest.fixture
def service(server: Server) -> Iterator[PartnerCentral]:
    settings = ClientSettings("Sandbox", endpoint_url=server.url, sign_requests=False)
    service = PartnerCentral(settings, policy=RetryPolicy(attempts=4, base=0.0), reads_per_second=None)
    yield service
    service.close()


@pytest.fixture
def opportunity(server: Server) -> str:
    (raw,) = server.invitations.values()
    with client_of(server) as aws:
        aws.start_engagement_by_accepting_invitation_task(
            Catalog="Sandbox", Identifier=raw["Id"], ClientToken="a-token"
        )
        server.finish_tasks()
        (task,) = aws.list_engagement_by_accepting_invitation_tasks(Catalog="Sandbox")["TaskSummaries"]
    return str(task["OpportunityId"])


def told(value: Any) -> Any:
    """A value without nulls: to the service, a member that is null and one that is left out are the same."""
    if isinstance(value, dict):
        return {name: told(member) for name, member in value.items() if member is not None}
    return [told(item) for item in value if item is not None] if isinstance(value, list) else value


def test_only_the_link_changes_and_only_once(
    server: Server, service: PartnerCentral, opportunity: str
) -> None:
    before = copy.deepcopy(server.opportunities[opportunity])
    assert link(service, opportunity, "006xx000001Sv6tAAC")
    after = server.opportunities[opportunity]
    assert after[MEMBER] == "006xx000001Sv6tAAC"
    changed = {name for name in {**before, **after} if told(before.get(name)) != told(after.get(name))}
    assert changed <= {MEMBER, "LastModifiedDate"}
    server.reset_calls()
    assert not link(service, opportunity, "006xx000001Sv6tAAC")
    assert not server.calls["UpdateOpportunity"]


def test_a_change_by_somebody_else_in_between_is_kept(
    server: Server, service: PartnerCentral, opportunity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = service.read
    times = iter([True])

    def changing(operation: str, **parameters: Any) -> Any:
        answer = read(operation, **parameters)
        if next(times, False):
            server.forward(5)
            project = {**server.opportunities[opportunity]["Project"], "AdditionalComments": "by a colleague"}
            server.change_opportunity(opportunity, Project=project)
        return answer

    monkeypatch.setattr(service, "read", changing)
    assert link(service, opportunity, "o-1")
    after = server.opportunities[opportunity]
    assert (after[MEMBER], after["Project"]["AdditionalComments"]) == ("o-1", "by a colleague")


def test_an_opportunity_that_keeps_changing_is_given_up(
    server: Server, service: PartnerCentral, opportunity: str
) -> None:
    read = service.read

    class Busy:
        def read(self, operation: str, **parameters: Any) -> Any:
            answer = read(operation, **parameters)
            server.forward(5)
            server.change_opportunity(opportunity, NationalSecurity="No")
            return answer

        read_all, write = service.read_all, service.write

    with pytest.raises(RefusedError, match="keeps changing"):
        link(Busy(), opportunity, "o-1")


def test_an_answer_without_what_its_model_requires_is_not_sent_back(
    server: Server, service: PartnerCentral, opportunity: str
) -> None:
    spend = {"Amount": "", "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": None}
    project = server.opportunities[opportunity]["Project"] | {"ExpectedCustomerSpend": [spend]}
    server.change_opportunity(opportunity, Project=project)
    with pytest.raises(RefusedError, match=f"{opportunity} cannot be sent back.*TargetCompany"):
        link(service, opportunity, "o-1")


def test_a_member_of_tomorrow_is_not_touched_at_the_top_either() -> None:
    current = {"Id": "O1", "Novelty": {"Of": "tomorrow"}, "LastModifiedDate": "2026-01-01"}
    with pytest.raises(RefusedError, match="Novelty"):
        request(current, "O1", "o-1")
    assert request({**current, "Novelty": None}, "O1", "o-1")


def test_what_an_update_would_clear_is_not_touched() -> None:
    current = {
        "Id": "O1",
        "Project": {"Title": "A", "Novelty": "of tomorrow"},
        "LastModifiedDate": "2026-01-01",
    }
    with pytest.raises(RefusedError, match=r"Project\.Novelty"):
        request(current, "O1", "o-1")


def test_nulls_are_not_sent_back() -> None:
    current = {
        "Id": "O1",
        "Arn": "arn",
        "Catalog": "AWS",
        "Marketing": None,
        "Project": {"Title": "A", "CompetitorName": None, "SalesActivities": [None, "Conducted SOW"]},
        "LastModifiedDate": "2026-01-01T00:00:00Z",
    }
    assert request(current, "O1", "o-1") == {
        "Identifier": "O1",
        MEMBER: "o-1",
        "Project": {"Title": "A", "SalesActivities": ["Conducted SOW"]},
        "LastModifiedDate": "2026-01-01T00:00:00Z",
    }
