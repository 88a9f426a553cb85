"""TLS is on; what turns it off is told at every run, in a quiet one too. No core dumps."""

from __future__ import annotations

import logging
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from connector.cli import logs
from connector.cli.main import run
from connector.cli.options import Options
from connector.crm.hubspot_settings import Settings as HubSpotSettings
from connector.crm.odoo_settings import Settings as OdooSettings
from connector.crm.salesforce_settings import Settings as SalesforceSettings
from connector.insecure import warn_of_no_verification, warn_of_plain_http
from connector.sections import PartnerCentralSource
from tests.promises.installation import ROOT, Installation
from tests.servers.partner_central import PartnerCentral, make_invitations


def test_verification_is_on_unless_it_is_turned_off() -> None:
    for settings in (PartnerCentralSource, SalesforceSettings, OdooSettings, HubSpotSettings):
        assert settings.model_fields["verify_ssl"].default is True


def test_verification_off_is_told_at_every_run_however_quiet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with PartnerCentral(make_invitations(1)) as server:
        Installation.against(tmp_path, server.url, source={"verify_ssl": False})
        for quiet in ([], ["--quiet"]):
            assert run(["--config", str(tmp_path / "config.yaml"), "sync", *quiet]) == 0
            said = capsys.readouterr()
            assert "TLS certificates are NOT verified (source.verify_ssl: false)" in said.err
            assert "NOT verified" not in said.out


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("http://aws.internal.example/s3cret-path", True),
        ("http://10.0.0.7:8000", True),
        ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False),
        ("http://localhost", False),
        ("http://127.0.0.1.evil.example", True),
        ("https://aws.internal.example", False),
        ("http://[broken", False),
        ("", False),
    ],
)
def test_plain_http_leads_to_this_machine_or_is_warned_of(
    url: str, warned: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(Options(quiet=True))
    warn_of_plain_http.cache_clear()
    warn_of_plain_http("source.endpoint_url", url)
    said = capsys.readouterr().err
    assert ("plain http" in said) is warned
    assert "s3cret" not in said


def test_all_that_is_called_by_an_address_of_the_config_is_looked_at(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connector.errors import ConnectorError
    from connector.fetch.client import Client, ClientSettings
    from connector.fetch.queue import Queue
    from connector.fetch.topic import publish
    from connector.notify import Notice
    from connector.webhook import post

    def closed(*_: object, **__: object) -> None:
        raise ConnectionError("nothing leaves this test")

    monkeypatch.setattr("socket.socket.connect", closed)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    address = "http://plain.example"
    warn_of_plain_http.cache_clear()
    with caplog.at_level(logging.WARNING):
        Client(ClientSettings(catalog="Sandbox", endpoint_url=address), 1).close()
        Queue(f"{address}/queue", region="us-east-1", endpoint_url=address).close()
        with pytest.raises((ConnectorError, OSError)):
            publish("arn", "subject", "text", region="us-east-1", endpoint_url=address)
        with pytest.raises(ConnectorError):
            post(f"{address}/hook", Notice(), "json")
    named = {record.getMessage().partition(":")[0] for record in caplog.records}
    assert named >= {
        "source.endpoint_url", "events.queue_url", "events.endpoint_url", "notify.sns.endpoint_url",
        "notify.webhook.url",
    }  # fmt: skip


@pytest.mark.parametrize("url", ["http://acme.example", "ftp://acme.example"])
@pytest.mark.parametrize(
    ("settings", "rest"),
    [
        (OdooSettings, {"database": "d", "username": "u", "password": "p"}),
        (HubSpotSettings, {"access_token": "t"}),
    ],
)
def test_a_crm_is_never_called_by_plain_http_elsewhere(
    settings: type, rest: dict[str, str], url: str
) -> None:
    with pytest.raises(ValueError, match="https"):
        settings(url=url, **rest)


def test_the_warning_is_one_of_the_logs(caplog: pytest.LogCaptureFixture) -> None:
    warn_of_no_verification("crm.verify_ssl")
    assert "crm.verify_ssl: false" in caplog.text


_LIMIT = """
import resource, sys
from connector.cli import runs
from connector.cli.main import run
code = run(sys.argv[1:])
print("limit", resource.getrlimit(resource.RLIMIT_CORE)[0])
"""


@pytest.mark.parametrize(("option", "kept"), [([], False), (["--debug"], True)])
def test_a_crash_leaves_no_dump_of_the_memory_unless_a_bug_is_hunted(
    tmp_path: Path, option: list[str], kept: bool
) -> None:
    installed = Installation(tmp_path, {"type": "files", "path": "-"})
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    soft = 4096 if hard == resource.RLIM_INFINITY else hard

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))

    command = [
        sys.executable,
        "-c",
        _LIMIT,
        "--config",
        str(installed.folder / "config.yaml"),
        "runs",
        "list",
    ]
    done = subprocess.run(
        [*command, *option], env={**os.environ, "PYTHONPATH": str(ROOT)}, preexec_fn=limited,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == f"limit {soft if kept else 0}"
