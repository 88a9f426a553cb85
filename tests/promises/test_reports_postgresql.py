"""Reports, lives and reviews are told from a ledger in PostgreSQL as from a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.ledger import Ledger
from connector.life import remember
from connector.match import Decision
from tests.cli.conftest import accepted
from tests.postgresql import Cluster, postgresql  # noqa: F401 - a fixture
from tests.promises.installation import Installation
from tests.test_ledger import created, in_review

pytestmark = pytest.mark.postgresql


@pytest.fixture(name="url")
def _url(postgresql: Cluster) -> Iterator[str]:  # noqa: F811
    postgresql.execute("CREATE DATABASE report_ledger")
    yield postgresql.url("report_ledger")
    postgresql.execute("DROP DATABASE report_ledger WITH (FORCE)")


def install(folder: Path, url: str, **changes: Any) -> Installation:
    raw = accepted() | changes
    raw["Payload"]["OpportunityInvitation"]["Customer"]["Industry"] = "Re\0tail"
    (folder / "inbox").mkdir(exist_ok=True)
    (folder / "inbox" / "one.json").write_text(json.dumps(raw), encoding="utf-8")
    return Installation(folder, {"type": "files", "path": "inbox"}, ledger={"url": url})


def test_a_report_and_a_life(tmp_path: Path, url: str) -> None:
    install(tmp_path, url, Status="PENDING").run("sync")
    there = install(tmp_path, url)
    there.run("sync")
    report = there.run("runs", "report", "--format", "json").answer
    assert report["invitations"] == {"known": 1, "counted": 1, "by_status": {"ACCEPTED": 1}}
    assert [share["name"] for share in report["by_industry"]] == ["Retail"]
    assert len(report["days_to_acceptance"]["days"]) == 1
    life = there.run("invitations", "show", "engi-1", "--crm", "--output", "json").answer["life"]
    assert [entry["kind"] for entry in life][:3] == ["invited", "received", "mapped"]
    assert {entry["run"] for entry in life} == {None, 1, 2}


def test_a_review_is_asked_settled_and_forgotten(tmp_path: Path, url: str) -> None:
    with Ledger.open(url, tmp_path) as ledger:
        ledger.record(1, [in_review()], "f", None)
        ledger.decide(ledger.reviews()[0].id, Decision("skip"))
        assert [each.outcome for each in remember(ledger, "engi-2").episodes] == ["review", "settled"]
        ledger.record(2, [in_review("engi-3")], "f", None)
        ledger.record(3, [created("engi-3")], "f", None)
        assert ledger.reviews() == []
