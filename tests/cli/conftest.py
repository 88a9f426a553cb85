"""A command line to type at, in a folder of its own, with invitations in files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connector.cli.main import run

ROOT = Path(__file__).parents[2]
MAPPING = ROOT / "mappings" / "sql.yaml"


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Answer]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs one command line in this process."""

    def type_(*arguments: str) -> Answer:
        capsys.readouterr()
        code = run(list(arguments))
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    return type_


class Home:
    """The folder: config.yaml (SQLite, files), ``inbox/`` with invitations, and what a run leaves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "inbox").mkdir()
        self.configure()

    def configure(self, **settings: Any) -> None:
        config: dict[str, Any] = {
            "source": {"type": "files", "path": "inbox"},
            "crm": {"type": "sql", "url": "sqlite:///crm.db"},
            "mapping": str(MAPPING),
            **settings,
        }
        (self.folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")

    def put(self, *invitations: dict[str, Any]) -> None:
        for invitation in invitations:
            file = self.folder / "inbox" / f"{invitation['Id']}.json"
            file.write_text(json.dumps(invitation), encoding="utf-8")

    def sql(self, statement: str, *values: Any) -> list[Any]:
        connection = sqlite3.connect(self.folder / "crm.db")
        with connection:
            rows = connection.execute(statement, values).fetchall()
        connection.close()
        return rows

    def files(self) -> Sequence[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CRM_CONNECTOR_CONFIG", raising=False)
    return Home(tmp_path)


def accepted(identifier: str = "engi-1", title: str = "Cloud migration", **project: Any) -> dict[str, Any]:
    """An invitation that has become an opportunity."""
    return {
        "Id": identifier,
        "Catalog": "Sandbox",
        "Status": "ACCEPTED",
        "PayloadType": "OpportunityInvitation",
        "InvitationDate": "2026-01-15T12:00:00Z",
        "Payload": {
            "OpportunityInvitation": {
                "Customer": {"CompanyName": "Acme", "WebsiteUrl": "https://acme.example"},
                "Project": {
                    "Title": title,
                    "BusinessProblem": "They run out of rack space.",
                    "TargetCompletionDate": "2026-12-01",
                    "ExpectedCustomerSpend": [],
                    **project,
                },
            }
        },
    }
