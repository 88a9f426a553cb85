"""``invitations list|get`` print what the AWS CLI prints, byte for byte, against the same server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli, Home
from tests.servers.partner_central import PartnerCentral, make_invitations

INVITATIONS = make_invitations(130)
IDENTIFIER = next(raw["Id"] for raw in INVITATIONS if raw["PayloadType"] == "OpportunityInvitation")
NAMES = {"get": "get-engagement-invitation", "list": "list-engagement-invitations"}
SANDBOX = ("--catalog", "Sandbox")


@pytest.fixture(scope="module")
def server() -> Iterator[PartnerCentral]:
    with PartnerCentral(INVITATIONS) as running:
        yield running


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.chdir(tmp_path)


def aws(server: PartnerCentral, command: str, *arguments: str) -> str:
    """What the AWS CLI itself prints."""
    done = subprocess.run(
        [sys.executable, "-m", "awscli", "partnercentral-selling", NAMES[command], *arguments,
         "--endpoint-url", server.url],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        check=True,
    )  # fmt: skip
    return done.stdout.decode()


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--output", "text"),
        ("--output", "table"),
        ("--query", "Payload.*.Project.ExpectedCustomerSpend[]"),
        ("--query", "[Id, Status]", "--output", "text"),
    ],
)
def test_get_prints_what_the_aws_cli_prints(
    cli: Cli, server: PartnerCentral, arguments: tuple[str, ...]
) -> None:
    asked = (*SANDBOX, "--identifier", IDENTIFIER, *arguments)
    answer = cli("invitations", "get", *asked, "--endpoint-url", server.url)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == aws(server, "get", *asked)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--status", "PENDING", "REJECTED", "--payload-type", "LeadInvitation"),
        ("--max-items", "3", "--query", "EngagementInvitationSummaries[].Id"),
        ("--sort", "SortOrder=DESCENDING,SortBy=InvitationDate", "--output", "text", "--page-size", "50"),
        ("--sort", '{"SortBy": "InvitationDate", "SortOrder": "ASCENDING"}'),
    ],
)
def test_list_prints_what_the_aws_cli_prints(
    cli: Cli, server: PartnerCentral, arguments: tuple[str, ...]
) -> None:
    asked = (*SANDBOX, "--participant-type", "RECEIVER", *arguments)
    answer = cli("invitations", "list", *asked, "--endpoint-url", server.url)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == aws(server, "list", *asked)


def test_yaml_is_the_same_answer(cli: Cli, server: PartnerCentral) -> None:
    asked = ("invitations", "get", *SANDBOX, "--identifier", IDENTIFIER, "--endpoint-url", server.url)
    printed = cli(*asked, "--output", "yaml").out
    from connector import yamlfile

    assert yamlfile.parse(printed, "answer").value == cli(*asked).json


def test_a_listing_goes_on_from_its_token(cli: Cli, server: PartnerCentral) -> None:
    asked = ("invitations", "list", *SANDBOX, "--max-items", "60", "--endpoint-url", server.url)
    seen: list[str] = []
    token: list[str] = []
    while True:
        page = cli(*asked, *token).json
        seen += [summary["Id"] for summary in page["EngagementInvitationSummaries"]]
        if "NextToken" not in page:
            break
        token = ["--starting-token", page["NextToken"]]
    assert sorted(seen) == sorted(raw["Id"] for raw in INVITATIONS)


def test_the_configs_source_gives_the_defaults(cli: Cli, server: PartnerCentral, home: Home) -> None:
    source: dict[str, Any] = {
        "type": "partner_central",
        "catalog": "Sandbox",
        "endpoint_url": server.url,
        "statuses": ["REJECTED"],
    }
    home.configure(source=source)
    listed = cli("invitations", "list").json["EngagementInvitationSummaries"]
    assert {summary["Status"] for summary in listed} == {"REJECTED"}
    overridden = cli("invitations", "list", "--status", "EXPIRED").json["EngagementInvitationSummaries"]
    assert {summary["Status"] for summary in overridden} == {"EXPIRED"}
    assert cli("invitations", "get", "--identifier", IDENTIFIER).json["Id"] == IDENTIFIER


def test_without_config_a_catalog_is_asked_for(cli: Cli, server: PartnerCentral) -> None:
    answer = cli("invitations", "get", "--identifier", IDENTIFIER, "--endpoint-url", server.url)
    assert answer.code == 2
    assert "--catalog" in answer.err


def test_one_that_is_not_there_is_said(cli: Cli, server: PartnerCentral) -> None:
    missing = "engi-0000000000000"
    answer = cli("invitations", "get", *SANDBOX, "--identifier", missing, "--endpoint-url", server.url)
    assert answer.code != 0
    assert answer.out == ""
    assert missing in answer.err


@pytest.mark.parametrize(
    "sort", ["up", "SortBy=InvitationDate", "SortBy=Status,SortOrder=ASCENDING", "{", "{}"]
)
def test_a_sort_that_is_none_is_refused(cli: Cli, server: PartnerCentral, sort: str) -> None:
    answer = cli("invitations", "list", *SANDBOX, "--sort", sort, "--endpoint-url", server.url)
    assert answer.code == 2
    assert "--sort" in answer.err


def test_a_query_that_is_none_is_refused(cli: Cli, server: PartnerCentral) -> None:
    asked = ("invitations", "get", *SANDBOX, "--identifier", IDENTIFIER, "--endpoint-url", server.url)
    answer = cli(*asked, "--query", "Payload.[")
    assert (answer.code, answer.out) == (2, "")


def test_a_sync_from_the_service_adds_up(cli: Cli, server: PartnerCentral, home: Home) -> None:
    source = {
        "type": "partner_central",
        "catalog": "Sandbox",
        "endpoint_url": server.url,
        "reads_per_second": 100000,
    }
    home.configure(source=source)
    first = cli("sync", "--output", "json").json
    assert sum(first["counts"].values()) == first["listed"] == len(INVITATIONS)
    server.reset_calls()
    second = cli("sync", "--output", "json").json
    assert second["counts"] == {"unchanged": len(INVITATIONS)}
    assert dict(server.calls) == {"ListEngagementInvitations": 2}
    planned = cli("plan", "--output", "json").json
    assert json.dumps(planned["counts"]) == json.dumps({"unchanged": len(INVITATIONS)})
    estimate = cli("backfill", "--yes", "--quiet", "--output", "json").json
    assert estimate["counts"] == {"unchanged": len(INVITATIONS)}
