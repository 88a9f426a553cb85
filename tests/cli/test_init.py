"""``init`` as people and scripts use it: what it asks, what it writes, and that the result works."""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from connector import config
from connector.cli import questions
from connector.crm.base import Crm
from connector.records import FieldMeta, ObjectMeta
from tests.cli.conftest import Cli, accepted
from tests.servers.partner_central import PartnerCentral, make_invitations
from tests.servers.salesforce import Salesforce

ROOT = Path(__file__).parents[2]
SQL = ("--crm", "sql", "--set", "crm.url=sqlite:///crm.db")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, where the command line is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CRM_CONNECTOR_CONFIG", raising=False)
    return tmp_path


@pytest.fixture
def inbox(folder: Path) -> tuple[str, ...]:
    (folder / "inbox").mkdir()
    (folder / "inbox" / "one.json").write_text(json.dumps(accepted()), encoding="utf-8")
    return ("--files", "inbox")


@pytest.fixture
def partner_central(folder: Path) -> Iterator[tuple[str, ...]]:
    """The flags for a loopback Partner Central."""
    with PartnerCentral(make_invitations(12)) as server:
        settings = (f"endpoint_url={server.url}", "sign_requests=false", "reads_per_second=1000")
        yield ("--catalog", "Sandbox", *(word for each in settings for word in ("--set", f"source.{each}")))


Typed = Callable[..., list[str]]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Has answers typed at a terminal; gives a list that the hidden ones' prompts come into."""

    def type_(*answers: str, hidden: tuple[str, ...] = ()) -> list[str]:
        prompts: list[str] = []
        unseen = iter(hidden)

        def getpass(prompt: str, _: object) -> str:
            prompts.append(prompt)
            return next(unseen)

        monkeypatch.setattr(questions, "is_terminal", lambda: True)
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{answer}\n" for answer in answers)))
        monkeypatch.setattr("getpass.getpass", getpass)
        return prompts

    return type_


def written(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


# -- what comes of it works


def test_an_empty_database_and_partner_central(
    folder: Path, partner_central: tuple[str, ...], cli: Cli
) -> None:
    answer = cli("init", *partner_central, *SQL)
    assert answer.code == 0, answer.err
    assert written(folder) == ["config.yaml", "mapping.yaml"]  # and no database yet
    assert "The first sync makes in the CRM: accounts, contacts, opportunities, leads" in answer.out
    assert cli("mapping", "check", "--crm").code == 0
    assert cli("config", "check", "--connect").code == 0
    assert cli("sync").code in (0, 3)  # some spend is in currencies without a rate
    assert "failed" not in cli("runs", "show", "--output", "json").json["counts"]
    assert (
        rows(folder, "SELECT count(*) FROM leads")[0][0]
        + rows(folder, "SELECT count(*) FROM opportunities")[0][0]
    )


def test_a_database_that_has_some_of_the_tables(folder: Path, inbox: tuple[str, ...], cli: Cli) -> None:
    sql(folder, "CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT NOT NULL, shoe_size INTEGER)")
    sql(folder, "INSERT INTO accounts VALUES ('A1', 'Acme', 43)")
    answer = cli("init", *inbox, *SQL, "--output", "json")
    assert answer.code == 0, answer.err
    assert {"leads", "accounts.aws_customer_key", "accounts.website"} <= set(answer.json["unmade"])
    assert "accounts" not in answer.json["unmade"]
    assert columns(folder, "accounts") == ["id", "name", "shoe_size"]  # still as it was
    assert cli("sync").code == 0
    assert rows(folder, "SELECT id, shoe_size, aws_customer_key FROM accounts") == [
        ("A1", 43, "acme.example")
    ]


def test_a_database_with_a_table_that_cannot_be_ours(folder: Path, inbox: tuple[str, ...], cli: Cli) -> None:
    sql(folder, "CREATE TABLE leads (number INTEGER)")
    answer = cli("init", *inbox, *SQL)
    assert answer.code == 2
    assert "the database has a table leads without id" in answer.err
    assert written(folder) == ["crm.db"]


@pytest.mark.parametrize("custom_fields", [True, False])
def test_salesforce(folder: Path, inbox: tuple[str, ...], cli: Cli, custom_fields: bool) -> None:
    with Salesforce(custom_fields=custom_fields) as org:
        (folder / "key.pem").write_text(org.key_pem, encoding="utf-8")
        answer = cli("init", *inbox, *salesforce(org))
        assert answer.code == 0, answer.err
        assert ("are not in the CRM yet" in answer.out) is not custom_fields
        assert ("crm-connector salesforce fields" in answer.out) is not custom_fields
        check = cli("mapping", "check", "--crm", "--output", "json")
        assert check.code == 0
        assert (check.json["findings"] == []) is custom_fields
        assert cli("sync").code == 0
        assert [each["Name"] for each in org.records("Opportunity")] == ["Cloud migration"]
        assert cli("sync", "--output", "json").json["counts"] == {"unchanged": 1}


def salesforce(org: Salesforce) -> tuple[str, ...]:
    auth = {
        "flow": "jwt",
        "client_id": org.client_id,
        "username": org.username,
        "private_key": "file:key.pem",
    }
    crm = {"login_url": org.url, "ca_bundle": str(org.ca_bundle), **{f"auth.{k}": v for k, v in auth.items()}}
    return ("--crm", "salesforce", *(word for k, v in crm.items() for word in ("--set", f"crm.{k}={v}")))


def test_the_config_says_what_was_answered_and_no_more(
    folder: Path, inbox: tuple[str, ...], cli: Cli
) -> None:
    assert (
        cli("init", *inbox, *SQL, "--set", "currency.rates={EUR: 1.08}", "--set", "batch_size=50").code == 0
    )
    settings = cli("config", "check", "--output", "json").json["settings"]
    assert settings["source"]["path"] == "inbox"
    assert settings["currency"]["rates"] == {"EUR": "1.08"}
    assert settings["batch_size"] == 50
    assert settings["retry"]["attempts"] == 8  # the impatience of trying out is not kept


# -- without a terminal


def test_all_that_is_missing_is_named_with_its_flag(folder: Path, cli: Cli) -> None:
    answer = cli("init")
    assert answer.code == 2
    assert "--catalog CATALOG (or --files PATH)" in answer.err and "--crm TYPE" in answer.err
    answer = cli("init", "--catalog", "AWS", "--crm", "salesforce")
    assert "--set crm.auth.flow=VALUE" in answer.err
    answer = cli("init", "--catalog", "AWS", "--crm", "salesforce", "--set", "crm.auth.flow=jwt")
    for name in ("client_id", "username", "private_key"):
        assert f"--set crm.auth.{name}=VALUE" in answer.err
    assert written(folder) == []


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--catalog", "Sandbx", *SQL), "did you mean Sandbox?"),
        (("--catalog", "Sandbox", "--crm", "salesfroce"), "did you mean salesforce?"),
        (("--catalog", "Sandbox", "--files", "x"), "one of --catalog and --files"),
        (("--files", "nowhere", *SQL), "nowhere"),
        (("--files", "inbox", "--crm", "sql", "--set", "crm.url=crm.db"), "sqlite:///crm.db"),
        (("--files", "inbox", *SQL, "--set", "crm.colums=1"), "did you mean columns?"),
        (("--files", "inbox", *SQL, "--set", "crm"), "says no value"),
        (("--files", "inbox", *SQL, "--set", "mapping=x.yaml"), "--mapping"),
        (("--files", "inbox", *SQL, "--object", "laed=leads"), "did you mean lead?"),
        (("--files", "inbox", *SQL, "--object", "lead=laeds"), "did you mean leads?"),
        (("--files", "inbox", *SQL, "--mapping", "no/mapping.yaml"), "there is no folder no"),
        (("--files", "inbox", *SQL, "--force", "--keep"), "one of --force and --keep"),
    ],
)
def test_a_slip_is_named_and_nothing_written(
    folder: Path, inbox: tuple[str, ...], cli: Cli, flags: tuple[str, ...], said: str
) -> None:
    answer = cli("init", *flags)
    assert answer.code == 2, answer.err
    assert said in answer.err
    assert written(folder) == []


def test_without_a_network_it_is_said_and_nothing_is_written(folder: Path, cli: Cli) -> None:
    flags = ("--set", "source.endpoint_url=http://127.0.0.1:1", "--set", "source.sign_requests=false")
    answer = cli("init", "--catalog", "Sandbox", *flags, *SQL)
    assert answer.code == 4
    assert "could not be reached" in answer.err
    assert written(folder) == []


@pytest.mark.parametrize(
    "setting",
    [
        "crm.url=postgresql://me:hunter2secret@127.0.0.1:1/crm",
        "ledger.url=postgresql://me:hunter2secret@127.0.0.1:1/ledger",
    ],
)
def test_a_password_on_the_command_line_is_refused(
    folder: Path, inbox: tuple[str, ...], cli: Cli, setting: str
) -> None:
    answer = cli("init", *inbox, *SQL[:2], "--set", "crm.url=sqlite:///crm.db", "--set", setting)
    assert answer.code == 2
    assert "env:NAME or file:PATH" in answer.err and "hunter2secret" not in answer.err
    assert written(folder) == []


def test_a_secret_on_the_command_line_is_refused(folder: Path, inbox: tuple[str, ...], cli: Cli) -> None:
    auth = ("flow=password", "username=me@acme.example", "password=hunter2secret")
    flags = [word for each in auth for word in ("--set", f"crm.auth.{each}")]
    answer = cli("init", *inbox, "--crm", "salesforce", *flags)
    assert answer.code == 2
    assert "--set crm.auth.password" in answer.err and "hunter2secret" not in answer.err


def test_a_secret_that_nobody_asks_for_is_refused_as_well(
    folder: Path, inbox: tuple[str, ...], cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SF_PASSWORD", "hunter2secret")
    auth = (
        "flow=password",
        "username=me@acme.example",
        "password=env:SF_PASSWORD",
        "client_secret=plainsecret",
    )
    flags = [word for each in auth for word in ("--set", f"crm.auth.{each}")]
    answer = cli("init", *inbox, "--crm", "salesforce", *flags)
    assert answer.code == 2
    assert "crm.auth.client_secret" in answer.err and "plainsecret" not in answer.err


# -- files that are there


def test_nothing_is_overwritten_unasked(folder: Path, inbox: tuple[str, ...], cli: Cli) -> None:
    (folder / "mapping.yaml").write_text("mine", encoding="utf-8")
    answer = cli("init", *inbox, *SQL)
    assert answer.code == 2
    assert "mapping.yaml is there already" in answer.err and "--force" in answer.err
    assert written(folder) == ["mapping.yaml"]
    assert cli("init", *inbox, *SQL, "--keep").code == 0
    assert (folder / "mapping.yaml").read_text(encoding="utf-8") == "mine"
    assert cli("init", *inbox, *SQL, "--keep").code == 2  # nothing left to write
    assert cli("init", *inbox, *SQL, "--force").code == 0
    assert cli("mapping", "check", "--crm").code == 0


def test_a_person_is_asked_for_each_file(
    folder: Path, inbox: tuple[str, ...], cli: Cli, typed: Typed
) -> None:
    for name in ("config.yaml", "mapping.yaml"):
        (folder / name).write_text("mine", encoding="utf-8")
    typed("y", "n")
    answer = cli("init", *inbox, *SQL)
    assert answer.code == 0, answer.err
    assert "config.yaml is there already. Write over it?" in answer.err
    assert (folder / "mapping.yaml").read_text(encoding="utf-8") == "mine"
    assert "sqlite:///crm.db" in (folder / "config.yaml").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_told(folder: Path, inbox: tuple[str, ...], cli: Cli) -> None:
    (folder / "mapping.yaml").mkdir()
    answer = cli("init", *inbox, *SQL, "--force")
    assert answer.code == 2 and "mapping.yaml is a folder" in answer.err
    assert written(folder) == []


def test_a_config_elsewhere_has_its_mapping_beside_it(folder: Path, cli: Cli) -> None:
    (folder / "acme" / "inbox").mkdir(parents=True)
    (folder / "acme" / "inbox" / "one.json").write_text(json.dumps(accepted()), encoding="utf-8")
    answer = cli("--config", "acme/config.yaml", "init", "--files", "inbox", *SQL)
    assert answer.code == 0, answer.err
    assert written(folder / "acme") == ["config.yaml", "mapping.yaml"]
    assert "--config acme/config.yaml plan" in answer.out
    assert cli("--config", "acme/config.yaml", "sync").code == 0


# -- at a terminal


def test_under_ten_answers_with_slips_asked_again(
    folder: Path, inbox: tuple[str, ...], cli: Cli, typed: Typed
) -> None:
    typed("fiels", "files", "inbox", "sqll", "SQL", "sqlite:///crm.db")
    answer = cli("init")
    assert answer.code == 0, answer.err
    assert "did you mean files?" in answer.err and "did you mean sql?" in answer.err
    assert answer.out.startswith("RULE")  # questions are no data
    assert cli("sync").code == 0


def test_what_the_crm_refuses_is_asked_again(
    folder: Path, inbox: tuple[str, ...], cli: Cli, typed: Typed
) -> None:
    with Salesforce() as org:
        first = (org.url, "client_credentials", org.client_id)
        prompts = typed("salesforce", *first, "", "", "", "", hidden=("wrongsecret", org.client_secret))
        answer = cli("init", *inbox, "--set", f"crm.ca_bundle={org.ca_bundle}")
        assert answer.code == 0, answer.err
    assert len(prompts) == 2
    assert "refuses to sign in" in answer.err
    assert f"[{org.client_id}]" in answer.err  # what was right need not be typed again
    secret = folder / "secrets" / "crm-auth-client_secret"
    assert secret.read_text(encoding="utf-8").strip() == org.client_secret
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    text = (folder / "config.yaml").read_text(encoding="utf-8")
    assert 'client_secret: "file:secrets/crm-auth-client_secret"' in text
    for shown in (text, answer.out, answer.err):
        assert org.client_secret not in shown and "wrongsecret" not in shown


def test_what_flags_said_is_asked_again_where_it_is_no_good(
    folder: Path, inbox: tuple[str, ...], cli: Cli, typed: Typed
) -> None:
    typed("", "inbox", "", "sqlite:///crm.db")
    answer = cli("init", "--files", "nowhere", *SQL[:2], "--set", "crm.url=sqlite:///no/such/folder.db")
    assert answer.code == 0, answer.err
    assert "Folder or file of invitations [nowhere]: " in answer.err
    assert "CRM [sql]: " in answer.err
    assert cli("config", "check", "--connect").code == 0


def test_a_secret_of_a_sign_in_that_was_given_up_is_not_kept(
    folder: Path, inbox: tuple[str, ...], cli: Cli, typed: Typed
) -> None:
    with Salesforce() as org:
        first = ("salesforce", org.url, "client_credentials", org.client_id)
        typed(*first, "sql", "sqlite:///crm.db", hidden=("wrongsecret",))
        answer = cli("init", *inbox, "--set", f"crm.ca_bundle={org.ca_bundle}")
    assert answer.code == 0, answer.err
    assert "ca_bundle" not in (folder / "config.yaml").read_text(encoding="utf-8")  # which sql does not have
    assert not (folder / "secrets").exists()


def test_a_flag_that_no_question_is_about_is_not_asked_again(
    folder: Path, inbox: tuple[str, ...], cli: Cli, typed: Typed
) -> None:
    typed()
    answer = cli("init", *inbox, *SQL, "--object", "lead=laeds")
    assert answer.code == 2
    assert "did you mean leads?" in answer.err
    answer = cli("init", *inbox, *SQL, "--set", "crm.colums=x")
    assert answer.code == 2
    assert "did you mean columns?" in answer.err


def test_a_reference_to_nothing_is_asked_again(
    folder: Path, inbox: tuple[str, ...], cli: Cli, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_DATABASE", "sqlite:///crm.db")
    typed("sql", "env:THE_DATABSE", "env:THE_DATABASE")
    answer = cli("init", *inbox)
    assert answer.code == 0, answer.err
    assert "THE_DATABSE is not set" in answer.err
    assert 'url: "env:THE_DATABASE"' in (folder / "config.yaml").read_text(encoding="utf-8")


def test_the_end_of_the_input_ends_it(folder: Path, inbox: tuple[str, ...], cli: Cli, typed: Typed) -> None:
    typed("sql")
    answer = cli("init", *inbox)
    assert answer.code == 130
    assert "nothing was written" in answer.err
    assert written(folder) == []


def test_ctrl_c_leaves_nothing(folder: Path) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "connector", "init"]
    with subprocess.Popen(
        command, cwd=folder, env=environ, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = until(ours, b"Invitations from: ")
        time.sleep(0.5)  # until it waits for an answer: Python hears no signal on the very way there
        process.send_signal(signal.SIGINT)
        shown += until(ours, b"nothing was written")
        assert process.wait(30) == 130, shown
    os.close(ours)
    assert b"Traceback" not in shown
    assert list(folder.iterdir()) == []


def until(terminal: int, text: bytes) -> bytes:
    shown = b""
    while text not in shown:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux's word for the end
            break
        shown += part
    return shown


# -- a CRM of somebody else's


class Vault(Crm):
    """A CRM that registers itself by an entry point."""

    name = "vault"

    class Settings(BaseModel):
        address: str = Field(description="Vault's address", examples=["vault.example:80"])
        rooms: int
        mode: Literal["fast", "safe"]
        pin: SecretStr
        colour: str = "blue"

    opened: ClassVar[list[Any]] = []

    @classmethod
    def open(cls, settings: Any, directory: Path, *, read_only: bool = False) -> Vault:
        cls.opened.append((settings, read_only))
        return cls()

    def describe(self, objects: Any) -> Mapping[str, ObjectMeta]:
        key = FieldMeta("aws_invitation_id", "text", unique=True, external_id=True)
        value = FieldMeta("Wert", "money", label="Amount")
        deals = ObjectMeta("deals", {"aws_invitation_id": key, "Wert": value})
        return {"deals": deals} if "deals" in objects else {}

    find = find_titles = write = None  # type: ignore[assignment]


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("vault", "tests.cli.test_init:Vault", "connector.crm")
    monkeypatch.setattr(config, "entry_points", lambda group: [entry])
    Vault.opened.clear()


@pytest.mark.usefixtures("vault")
def test_the_settings_of_a_custom_crm_are_its_questions(
    folder: Path, inbox: tuple[str, ...], cli: Cli, typed: Typed
) -> None:
    typed("vault", "10.0.0.1:80", "many", "3", "slow", "safe", hidden=("1234-5678",))
    answer = cli("init", *inbox, "--output", "json")
    assert answer.code == 0, answer.err
    assert "Vault's address (for example vault.example:80)" in answer.err
    settings, read_only = Vault.opened[-1]
    assert (settings.address, settings.rooms, settings.mode) == ("10.0.0.1:80", 3, "safe")
    assert settings.pin.get_secret_value() == "1234-5678"
    assert read_only
    assert [(each["field"], each["why"]) for each in answer.json["mapping"]] == [("Wert", "by its label")]


@pytest.mark.usefixtures("vault")
def test_and_its_flags(folder: Path, inbox: tuple[str, ...], cli: Cli) -> None:
    answer = cli("init", *inbox, "--crm", "vault")
    for name in ("address", "rooms", "mode", "pin"):
        assert f"--set crm.{name}=VALUE" in answer.err
    assert "colour" not in answer.err


def sql(folder: Path, statement: str) -> None:
    rows(folder, statement)


def rows(folder: Path, statement: str) -> list[Any]:
    connection = sqlite3.connect(folder / "crm.db")
    with connection:
        found = connection.execute(statement).fetchall()
    connection.close()
    return found


def columns(folder: Path, table: str) -> list[str]:
    return [row[1] for row in rows(folder, f"PRAGMA table_info({table})")]
