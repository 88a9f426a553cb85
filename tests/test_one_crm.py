"""A ledger belongs to one CRM: what it knows of that one's records is wrong of any other's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from connector.crm.keyless import Keyless
from connector.crm.odoo import OdooCrm
from connector.crm.planned import Planned
from connector.crm.salesforce import SalesforceCrm
from connector.database import location
from connector.errors import UsageError
from connector.fetch import Selection
from connector.fetch.files import Files
from connector.ledger import Ledger
from connector.records import ObjectMeta
from connector.sync import sync
from tests.promises.installation import ROOT, Installation
from tests.recording.cassettes import FOLDER, played
from tests.walks import walk

SOURCE = {"type": "files", "path": str(ROOT / "mappings" / "samples")}


def into(folder: Path, crm: str) -> Installation:
    return Installation(folder, SOURCE, crm={"type": "sql", "url": crm})


@pytest.mark.parametrize("command", ["sync", "plan", "backfill --yes", "sync --dry-run"])
def test_nothing_is_done_in_another_crm_than_the_ledger_s(tmp_path: Path, command: str) -> None:
    assert into(tmp_path, "sqlite:///crm.db").run("sync", "--quiet").code in (0, 3)
    done = into(tmp_path, "sqlite:///production.db").run(*command.split())
    assert done.code == 2
    assert (
        "the ledger is about the records of another CRM: of crm.db, and the config's crm is production.db"
        in (" ".join(done.err.split()))
    )
    assert "ledger same-crm" in done.err
    assert into(tmp_path, "sqlite:///crm.db").run("sync", "--quiet").code in (0, 3)


def test_a_doctor_says_so(tmp_path: Path) -> None:
    into(tmp_path, "sqlite:///crm.db").run("sync", "--quiet")
    done = into(tmp_path, "sqlite:///production.db").run("doctor")
    assert done.code == 2
    assert "of another CRM" in done.out


def test_a_crm_that_has_moved_is_the_same_one_once_somebody_says_so(tmp_path: Path) -> None:
    into(tmp_path, "sqlite:///crm.db").run("sync", "--quiet")
    (tmp_path / "crm.db").rename(tmp_path / "moved.db")
    there = into(tmp_path, "sqlite:///moved.db")
    assert there.run("sync").code == 2
    said = there.run("ledger", "same-crm", "--output", "json")
    assert json.loads(said.out) == {"before": "crm.db", "crm": "moved.db"}
    done = there.run("sync", "--output", "json")
    assert set(json.loads(done.out)["counts"]) <= {"unchanged", "listed", "kept"}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:///crm.db", "crm.db"),
        ("sqlite:///{folder}/crm.db", "crm.db"),
        ("sqlite:////elsewhere/crm.db", "/elsewhere/crm.db"),
        ("postgresql://sales:hunter22@db.example/crm", "db.example:5432/crm"),
        ("postgresql+psycopg://db.example:5433/crm?schema=acme", "db.example:5433/crm (acme)"),
    ],
)
def test_a_database_is_told_without_who_signs_in(url: str, told: str, tmp_path: Path) -> None:
    assert location(url.format(folder=tmp_path), tmp_path) == told


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"login_url": "https://acme.my.salesforce.com"}, "acme.my.salesforce.com"),
        ({}, ""),
        (
            {
                "auth": {
                    "flow": "token",
                    "access_token": "t",
                    "instance_url": "https://acme--uat.my.salesforce.com",
                }
            },
            "acme--uat.my.salesforce.com",
        ),
    ],
)
def test_an_org_is_told_by_its_own_host(settings: dict[str, Any], told: str, tmp_path: Path) -> None:
    auth = {"flow": "client_credentials", "client_id": "i", "client_secret": "s"}
    given = SalesforceCrm.Settings.model_validate({"auth": auth, **settings})
    with SalesforceCrm.open(given, tmp_path, read_only=True) as crm:
        assert crm.location == told


@pytest.mark.parametrize(
    ("instance", "told"),
    [
        ("mydomainname.my.salesforce.com", "mydomainname.my.salesforce.com"),
        ("acme--uat.sandbox.my.salesforce.com", "acme--uat.sandbox.my.salesforce.com"),
        ("na85.salesforce.com", ""),  # other orgs' too, and only until this one is moved
    ],
)
def test_an_org_that_signs_in_where_all_do_is_told_by_the_answer(
    instance: str, told: str, tmp_path: Path
) -> None:
    documented = (FOLDER / "salesforce" / "sign_in_and_describe.yaml").read_text("utf-8")
    answers = tmp_path / "answers.yaml"
    domain = "mydomainname.my.salesforce.com"
    there = documented.replace(f"{domain}/services/oauth2", "login.salesforce.com/services/oauth2")
    answers.write_text(there.replace(domain, instance), "utf-8")
    auth = {"flow": "client_credentials", "client_id": "EXAMPLE", "client_secret": "EXAMPLE"}
    given = SalesforceCrm.Settings.model_validate({"auth": auth, "api_version": "63.0"})
    with (
        played(answers),
        SalesforceCrm.open(given, tmp_path, read_only=True) as crm,
        Ledger.open("sqlite:///ledger.db", tmp_path) as ledger,
    ):
        assert Planned(crm).location == ""
        crm.describe(["Account"])
        assert Planned(crm).location == Keyless(crm, ledger).location == told


def test_what_a_crm_says_of_itself_by_its_answers_is_heard_before_anything_is_written(tmp_path: Path) -> None:
    class Telling(Planned):
        """It knows where it is once it was asked for something."""

        asked = False

        def describe(self, objects: Iterable[str]) -> Mapping[str, ObjectMeta]:
            self.asked = True
            return super().describe(objects)

        @property
        def location(self) -> str:
            return "sandbox.example" if self.asked else ""

    with walk(tmp_path, Files(SOURCE["path"], tmp_path)) as opened:
        opened.ledger.remember_crm("production.example")
        opened.crm = Telling(opened.crm)
        with pytest.raises(
            UsageError, match=r"of production\.example, and the config's crm is sandbox\.example"
        ):
            sync(opened, Selection())
        assert opened.ledger.runs() == []


def test_an_odoo_is_told_by_host_and_database(tmp_path: Path) -> None:
    given = {"url": "https://acme.odoo.com", "database": "acme", "username": "u", "password": "p"}
    with OdooCrm.open(OdooCrm.Settings.model_validate(given), tmp_path, read_only=True) as crm:
        assert crm.location == "acme.odoo.com/acme"
