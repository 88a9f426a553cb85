"""Secrets and customers' data are in nothing that a run produces, whatever a service says of them, and
however much is asked to be told."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest
from cryptography.fernet import Fernet

from connector.cli.main import run
from tests.promises.installation import ROOT, Installation
from tests.security.echo import Echo
from tests.security.test_ledger_encryption import invitation
from tests.servers.partner_central import PartnerCentral, make_invitations

SECRETS = {
    "CRM_SECRET": "s3cret-of-the-crm",
    "HOOK": "s3cret-of-the-webhook",
    "LEDGER_KEY": Fernet.generate_key().decode(),
    "AWS_ACCESS_KEY_ID": "AKIAMARKEDMARKED0001",
    "AWS_SECRET_ACCESS_KEY": "s3cret-of-aws",
    "AWS_SESSION_TOKEN": "s3cret-session-of-aws",
}
CUSTOMER = ("Marked Customer", "marked.person@customer.example", "Marked Title", "Marked Reason", "7777.77")
LOUD = ["--verbose", "--debug"]

CRMS: dict[str, dict[str, Any]] = {
    "odoo": {"type": "odoo", "database": "d", "username": "u", "password": "env:CRM_SECRET"},
    "hubspot": {"type": "hubspot", "access_token": "env:CRM_SECRET"},
    "salesforce": {
        "type": "salesforce",
        "auth": {"flow": "client_credentials", "client_id": "app", "client_secret": "env:CRM_SECRET"},
    },
    "salesforce-password": {
        "type": "salesforce",
        "auth": {"flow": "password", "username": "u", "password": "env:CRM_SECRET"},
    },
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def loud(installed: Installation, capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """A command's exit code, what it answers, and what it says besides; said as text and as JSON."""
    config = ["--config", str(installed.folder / "config.yaml")]
    code = run([*config, *LOUD, *words])
    if words == ("sync",):
        run([*config, *LOUD, "--log-format", "json", *words])
    return code, *capfd.readouterr()


def assert_no(words: Any, *texts: str | bytes) -> None:
    for text in texts:
        content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
        assert [word for word in words if word.encode() in content] == []


def files(folder: Path) -> bytes:
    """What a run leaves, but for the CRM and what was put there."""
    given = {"crm.db", "crm.db-wal", "crm.db-shm", "config.yaml", "marked.json"}
    return b"".join(
        path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name not in given
    )


def configured(folder: Path, source: dict[str, Any] | None = None, **settings: Any) -> Installation:
    (folder / "invitations").mkdir()
    (folder / "invitations" / "marked.json").write_bytes(orjson.dumps(invitation()))
    files = {"type": "files", "path": str(folder / "invitations")}
    ledger = {"url": "sqlite:///ledger.db", "encryption_key": "env:LEDGER_KEY"}
    retry = {"attempts": 2, "deadline": 5, "base": 0.01, "cap": 0.02}
    return Installation(folder, source or files, ledger=ledger, retry=retry, **settings)


@pytest.mark.parametrize("name", CRMS)
def test_a_crm_that_quotes_what_it_was_sent(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    crm = CRMS[name]
    mapping = str(ROOT / "mappings" / f"{crm['type']}.yaml")
    with Echo(400, 500, 401) as echo:
        address = {"login_url" if crm["type"] == "salesforce" else "url": echo.url}
        installed = configured(tmp_path, crm={**crm, **address}, mapping=mapping)
        for words in (["sync"], ["doctor"], ["plan", "--out", str(tmp_path / "plan.json")]):
            code, out, err = loud(installed, capfd, *words)
            assert code not in (0, 1), err
            assert_no([*SECRETS.values(), *CUSTOMER], out, err)
    assert any(SECRETS["CRM_SECRET"] in heard for heard in echo.heard) or name == "salesforce-password"
    assert_no([*SECRETS.values(), *CUSTOMER], files(tmp_path))


def test_aws_that_quotes_what_it_was_sent(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Echo(400, 500) as echo:
        source = {"type": "partner_central", "catalog": "Sandbox", "endpoint_url": echo.url}
        installed = configured(tmp_path, source)
        commands = (
            ["sync"],
            ["invitations", "get", "--identifier", "engi-0123456789abc"],
            ["invitations", "accept", "engi-0123456789abc", "--yes"],
            ["invitations", "reject", "engi-0123456789abc", "--reason", "Other", "--yes"],
        )
        for words in commands:
            code, out, err = loud(installed, capfd, *words)
            assert code not in (0, 1), err
            assert_no(SECRETS.values(), out, err)
    assert any(SECRETS["AWS_SESSION_TOKEN"] in heard for heard in echo.heard)
    assert_no(SECRETS.values(), files(tmp_path))


def test_a_database_that_quotes_what_it_was_sent(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    installed = configured(tmp_path, crm={"type": "sql", "url": "sqlite:///crm.db"})
    code, *_ = loud(installed, capfd, "plan")
    assert code == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "crm.db")):
        pass
    shutil.rmtree(tmp_path / "invitations")
    (tmp_path / "invitations").mkdir()
    assert run(["--config", str(tmp_path / "config.yaml"), "sync"]) == 0  # which makes the tables
    (tmp_path / "invitations" / "marked.json").write_bytes(orjson.dumps(invitation()))
    with contextlib.closing(sqlite3.connect(tmp_path / "crm.db")) as database, database:
        for table in ("opportunities", "contacts"):
            refused = f"SELECT RAISE(ABORT, '{' '.join(CUSTOMER)}')"
            database.execute(f"CREATE TRIGGER no_{table} BEFORE INSERT ON {table} BEGIN {refused}; END")
    capfd.readouterr()
    code, out, err = loud(installed, capfd, "sync")
    assert code == 3
    assert_no([*SECRETS.values(), *CUSTOMER], out, err, files(tmp_path))


def test_a_webhook_that_quotes_what_it_was_sent(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Echo(500) as echo:
        monkeypatch.setenv("HOOK", f"{echo.url}/{SECRETS['HOOK']}")
        installed = configured(tmp_path, notify={"webhook": {"url": "env:HOOK", "format": "json"}})
        code, out, err = loud(installed, capfd, "sync")
        assert code == 0
        assert "the webhook was not told" in err
        assert_no([*SECRETS.values(), *CUSTOMER], out, err, files(tmp_path))
    assert len(echo.heard) >= 1
    assert_no(CUSTOMER, *echo.heard)


def test_a_run_that_goes_well_says_nothing_of_customers_either(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    installed = configured(tmp_path)
    for words in (["sync"], ["runs", "show"], ["runs", "list"], ["metrics"], ["doctor"]):
        code, out, err = loud(installed, capfd, *words)
        assert code == 0, err
        assert_no([*SECRETS.values(), *CUSTOMER], out, err)
    assert_no([*SECRETS.values(), *CUSTOMER], files(tmp_path))


def test_a_plan_is_where_customers_data_is_and_nothing_tells_of_secrets(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    installed = configured(tmp_path)
    code, out, err = loud(installed, capfd, "plan", "--out", str(tmp_path / "plan.json"))
    assert code == 0
    assert CUSTOMER[0] in out and CUSTOMER[0].encode() in (tmp_path / "plan.json").read_bytes()
    assert_no(CUSTOMER, err)
    assert_no(SECRETS.values(), out, err, files(tmp_path))


def test_a_bug_is_told_without_the_values_that_it_met(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(" ".join([*SECRETS.values(), *CUSTOMER]))

    installed = configured(tmp_path)
    monkeypatch.setattr("connector.sync.mapped", broken)
    code, out, err = loud(installed, capfd, "sync")
    assert code in (1, 3)
    assert_no([*SECRETS.values(), *CUSTOMER], out, err, files(tmp_path))


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="where there is /proc")
def test_no_process_has_a_secret_among_its_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text(SECRETS["LEDGER_KEY"], encoding="utf-8")
    (tmp_path / "key").chmod(0o600)
    for name in SECRETS:
        monkeypatch.delenv(name)
    seen: set[str] = set()
    with PartnerCentral(make_invitations(4, seed=1), latency=0.3) as server:
        ledger = {"url": "sqlite:///{tenant}.db", "encryption_key": "file:key"}
        tenants = {"acme": {"crm": {"type": "sql", "url": "sqlite:///acme-crm.db"}}, "beta": {}}
        installed = Installation.against(tmp_path, server.url, ledger=ledger, tenants=tenants)
        process = installed.execute("sync", "--all-tenants", "--parallel", "2")
        while process.poll() is None:
            with contextlib.suppress(psutil.Error):
                started = psutil.Process(process.pid)
                for each in [started, *started.children(recursive=True)]:
                    seen.add("\0".join([*each.cmdline(), *each.environ().values()]))
            time.sleep(0.05)
        out, err = process.communicate(timeout=120)
    assert process.returncode in (0, 3), err
    assert len(seen) > 1, "it did start others"
    assert_no([SECRETS["LEDGER_KEY"]], out, err, *seen)
    assert sys.executable in "".join(seen)
