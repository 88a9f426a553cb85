"""The benchmarks work, on hardly anything; what they measure is not looked at here."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from tests.benchmarks.__main__ import main
from tests.benchmarks.aims import aims
from tests.benchmarks.clients import ours, script
from tests.benchmarks.printed import Printer
from tests.benchmarks.services import Pace
from tests.benchmarks.side_by_side import backfill, first_sync, steady

HASTE = Pace(aws=0.0, crm=0.0, reads_per_second=1000.0)


def printed(rows: Sequence[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> str:
    printer = Printer(sys.stdout)
    for row in rows:
        printer.row(row)
    printer.aims(list(aims(rows)))
    return capsys.readouterr().out


def test_commands_and_growth_are_measured_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["startup", "growth", "--growth", "10", "20", "--times", "1", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert set(answer["versions"]) >= {"python", "boto3", "simple-salesforce"}
    assert {row["scenario"] for row in answer["rows"]} == {"startup", "growth"}
    assert all(row["seconds"] > 0 for row in answer["rows"] if "slope" not in row)
    assert [aim["most"] for aim in answer["aims"]] == [0.15, 1.0, 1.02]


def test_all_clients_bring_the_same_invitations_into_the_crm(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(backfill([ours("backfill", "--yes"), script("plain")], 30, HASTE))
    rows += first_sync([script("threads")], 30, HASTE)
    own, *others = (row["records"] for row in rows)
    assert own["Account"] == others[0]["Account"] + 1  # ours has one for the contacts at AWS
    for records in (own, *others):
        assert {**records, "Account": 0} == {**own, "Account": 0}
    assert all(row["aws"]["GetEngagementInvitation"] == 30 for row in rows)
    assert rows[0]["floor"] == pytest.approx(31 / 1000)
    table = printed(rows, capsys)
    assert "plain" in table and "sobject.upsert" in table
    assert "CRM calls, of the plain script's" in table


def test_what_is_known_is_not_fetched_again(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(steady([ours("sync")], 30, (0, 3), HASTE))
    assert [row["changed"] for row in rows] == [0, 3]
    assert [row["aws"].get("GetEngagementInvitation", 0) for row in rows] == [0, 3]
    assert [aim.met for aim in aims(rows)] == [True, True]
    assert "steady state" in printed(rows, capsys)
