"""Recording from the loopback services: what is written plays back, and holds nothing of what they hold."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connector.crm.salesforce import SalesforceCrm
from connector.crm.salesforce_settings import Settings
from tests.recording import allowed, record, walks
from tests.recording.__main__ import main
from tests.recording.cassettes import FOLDER, names, played, read
from tests.recording.interactions import Interaction
from tests.recording.placeholders import ACCOUNTS
from tests.recording.record import Unsafe, check
from tests.recording.test_partner_central import SETTINGS
from tests.servers.invitations import MATURITY, SEGMENTS
from tests.servers.partner_central import PartnerCentral, make_invitations
from tests.servers.salesforce import Salesforce

# AWS's own words, and the accounts of its documentation.
_SHARED = {"null", "Null", "Sandbox", *ACCOUNTS, *MATURITY, *SEGMENTS}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str) and len(value) > 3:
        yield value


def customers_texts(raws: list[dict[str, Any]]) -> set[str]:
    known = {text for values in allowed.partner_central().values.values() for text in values}
    return (
        {text for raw in raws for text in texts(raw)} - known - _SHARED - {raw["PayloadType"] for raw in raws}
    )


def test_partner_central(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raws = make_invitations(12, seed=7)
    out = tmp_path / "new" / "walk.yaml"
    with PartnerCentral(raws) as service:
        assert main(["--partner-central", "--endpoint-url", service.url, "--out", str(out)]) == 0
    assert read(out)["provenance"].startswith(
        "recorded from our loopback server: tests.servers.partner_central"
    )
    text = out.read_text("utf-8")
    assert not [value for value in customers_texts(raws) if value in text or json.dumps(value)[1:-1] in text]
    with played(out):
        assert len(walks.partner_central(SETTINGS)) == walks.MOST
    assert capsys.readouterr().out.startswith(str(out))


def config(folder: Path, crm: dict[str, Any]) -> Path:
    path = folder / "config.yaml"
    path.write_text(
        json.dumps({"source": {"type": "files", "path": "-"}, "crm": crm, "mapping": "m.yaml"}), "utf-8"
    )
    return path


SECRET_DEALS = ("Project Nightingale for Globex", "Hostile 'takeover' of Initech")


@pytest.fixture
def org() -> Iterator[Salesforce]:
    with Salesforce() as org:
        for name in SECRET_DEALS:
            fields = {"StageName": "Prospecting", "CloseDate": "2026-07-13", "Amount": 98765.43}
            org.insert("Opportunity", {"Name": name, **fields})
        org.insert("Opportunity", {"Name": "recording  ONE", **fields})
        yield org


@pytest.mark.parametrize("flow", ["jwt", "client_credentials", "token"])
def test_salesforce(org: Salesforce, flow: str, tmp_path: Path) -> None:
    out = tmp_path / "walk.yaml"
    settings = org.settings(flow)
    assert main(["--salesforce", str(config(tmp_path, settings)), "--out", str(out)]) == 0
    text = out.read_text("utf-8")
    secrets = [org.client_id, org.client_secret, org.username, org.url, "127.0.0.1", "98765", "2026-07-13"]
    secrets += [
        value for value in settings["auth"].values() if value not in ("jwt", "client_credentials", "token")
    ]
    assert not [value for value in (*SECRET_DEALS, *secrets) if value in text]
    assert not {call for call in org.calls if call not in ("token", "describe", "query")}, "it only reads"

    example = "https://example.my.salesforce.com"
    own = {"flow": "client_credentials", "client_id": "EXAMPLE", "client_secret": "EXAMPLE"}
    if flow == "jwt":
        own = {**settings["auth"], "audience": example}
    if flow == "token":
        own = {"flow": "token", "access_token": "EXAMPLE", "instance_url": example}
    values = Settings.model_validate({"login_url": example, "auth": own, "scan_rows": 0})
    with played(out), SalesforceCrm.open(values, tmp_path, read_only=True) as crm:
        found = walks.salesforce(crm)
    assert [one.fields["Name"] for one in found["by title"]] == ["recording  ONE"]


def test_a_soap_sign_in_is_not_written(
    org: Salesforce, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "walk.yaml"
    assert main(["--salesforce", str(config(tmp_path, org.settings("password"))), "--out", str(out)]) == 2
    assert not out.exists()
    assert org.password not in capsys.readouterr().err


def test_a_walk_that_fails_writes_nothing(org: Salesforce, tmp_path: Path) -> None:
    org.script("describe", "503_html")
    out = tmp_path / "walk.yaml"
    assert main(["--salesforce", str(config(tmp_path, org.settings("jwt"))), "--out", str(out)]) == 2
    assert not out.exists()


def test_nothing_is_logged(org: Salesforce, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    record.record_salesforce(
        tmp_path / "x.yaml", config(tmp_path, org.settings("client_credentials")), date(2026, 1, 1)
    )
    said = caplog.text
    assert not [value for value in (*SECRET_DEALS, org.client_secret) if value in said]


SENT = Interaction(
    "POST",
    "https://acme.my.salesforce.com/services/oauth2/token",
    200,
    '{"access_token": "00Dabc!secret", "Name": "Project Nightingale", "Email": "jane@customer.test"}',
    "grant_type=client_credentials&client_secret=hush-hush",
    {"Authorization": "Bearer 00Dold!secret"},
)


@pytest.mark.parametrize(
    "left",
    ["00Dabc!secret", "Project Nightingale", "jane@customer.test", "hush-hush", "acme.my", "00Dold!secret"],
)
def test_what_the_scrubber_missed_is_not_written(left: str) -> None:
    missed = f"https://{left}.salesforce.com" if left == "acme.my" else left
    clean = Interaction("POST", "https://example.my.salesforce.com", 200, json.dumps({"Oversight": missed}))
    with pytest.raises(Unsafe) as caught:
        check([SENT], [clean], allowed.salesforce())
    assert left not in str(caught.value)
    check([SENT], [replace(clean, answer="{}")], allowed.salesforce())


def test_no_cassette_holds_what_the_loopback_services_hold() -> None:
    """Names, titles and secrets of everything that was ever recorded here."""
    # One plain word may as well be a field's.
    held = {value for value in customers_texts(make_invitations(12, seed=5)) if not value.isalpha()}
    held |= {Salesforce.client_id, Salesforce.client_secret, Salesforce.username, Salesforce.password}
    for name in names():
        text = (FOLDER / f"{name}.yaml").read_text("utf-8")
        assert not [value for value in held if value in text], name
