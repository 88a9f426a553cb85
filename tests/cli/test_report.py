"""``runs report``: from real runs to a file that can be sent."""

from __future__ import annotations

import csv
import io
import stat

import pytest

from connector.cli.text import UNSAFE
from tests.cli.conftest import Cli, Home, accepted

SPEND = [{"Amount": "100", "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "AWS"}]


def synced(cli: Cli, home: Home) -> None:
    foreign = [{**SPEND[0], "CurrencyCode": "XOF"}]
    home.put(
        accepted("engi-1", "A secret title", ExpectedCustomerSpend=SPEND),
        accepted("engi-2", "Other", ExpectedCustomerSpend=foreign),
        {
            "Id": "engi-3",
            "Status": "PENDING",
            "PayloadType": "LeadInvitation",
            "InvitationDate": "2020-01-01T00:00:00Z",
        },
    )
    (home.folder / "inbox" / "cut.json").write_text('{"Id": "engi-', encoding="utf-8")
    assert cli("sync").code == 3


def test_three_forms_of_the_same_numbers(cli: Cli, home: Home) -> None:
    synced(cli, home)
    data = cli("runs", "report", "--format", "json").json
    assert data["invitations"] == {"known": 3, "counted": 3, "by_status": {"ACCEPTED": 2, "PENDING": 1}}
    assert data["spend_by_month"] == [
        {"month": "2026-12", "invitations": 2, "monthly": "100.00", "total": "100.00"}
    ]
    assert data["without_rate"] == {"XOF": 1}
    assert [run["run"] for run in data["runs"]] == [1]
    (trouble,) = data["troubles"]
    assert trouble["outcome"] == "failed" and len(trouble["invitations"]) == 1 and trouble["step"]
    assert cli("runs", "report", "--output", "json").json["runs"] == data["runs"]
    rows = list(csv.reader(io.StringIO(cli("runs", "report", "--format", "csv").out)))
    assert ["spend by month", "2026-12", "monthly", "100.00", "USD", ""] in rows
    page = cli("runs", "report").out
    assert page.startswith("<!DOCTYPE html>")
    for text in (page, str(data), str(rows)):
        assert "secret" not in text and "Acme" not in text


def test_on_a_terminal_what_others_wrote_is_only_text(
    cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.put({**accepted("engi-1"), "Status": "\x1b]0;pwn\x07\u202eODD"})
    cli("sync")
    assert "\x1b" in cli("runs", "report", "--format", "csv").out, "a file holds what there is"
    monkeypatch.setattr("connector.cli.report._is_terminal", lambda: True)
    for form in ("csv", "html", "json"):
        shown = cli("runs", "report", "--format", form).out
        assert not UNSAFE.search(shown.replace("\n", ""))
        assert "pwn" in shown


def test_a_file_is_written_whole_and_for_its_owner_alone(cli: Cli, home: Home) -> None:
    synced(cli, home)
    answer = cli("runs", "report", "--out", "report.html")
    assert (answer.code, answer.err) == (0, "")
    file = home.folder / "report.html"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert not list(home.folder.glob(".report*"))
    assert cli("runs", "report", "--out", "nowhere/report.html").code == 2


def test_since_leaves_out_what_is_older(cli: Cli, home: Home) -> None:
    synced(cli, home)
    data = cli("runs", "report", "--format", "json", "--since", "2026-01-01").json
    assert data["invitations"]["counted"] == 2
    assert data["since"] == "2026-01-01T00:00:00Z"
    later = cli("runs", "report", "--format", "json", "--since", "9999-01-01").json
    assert (later["invitations"]["counted"], later["runs"]) == (0, [])
    assert len(later["troubles"]) == 1
    assert cli("runs", "report", "--since", "yesterday").code == 2


def test_before_the_first_run_there_is_an_empty_report_and_nothing_is_made(cli: Cli, home: Home) -> None:
    before = home.files()
    assert "There was no run." in cli("runs", "report").out
    assert home.files() == before
