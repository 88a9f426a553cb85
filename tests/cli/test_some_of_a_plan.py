"""Some of a saved plan is approved: exactly those invitations, whole, and the rest as if not asked for."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.changes import Plan
from connector.planfile import SavedPlan, only
from tests.cli.conftest import Cli, Home, accepted
from tests.servers.partner_central import PartnerCentral


def names(home: Home) -> list[str]:
    return [name for (name,) in home.sql("SELECT name FROM opportunities ORDER BY 1")]


@pytest.fixture
def planned(cli: Cli, home: Home) -> Home:
    """Three invitations of one customer, whose account the first one's changes create."""
    home.put(accepted("engi-1", "One"), accepted("engi-2", "Two"), accepted("engi-3", "Three"))
    assert cli("plan", "--out", "plan.json").code == 0
    return home


def test_those_and_no_others(cli: Cli, planned: Home) -> None:
    answer = cli("apply", "plan.json", "--only", "engi-2", "--only", "engi-3", "--output", "json")
    assert (answer.code, answer.json["counts"]) == (0, {"created": 2})
    assert names(planned) == ["Three", "Two"]


def test_the_account_that_it_shares_with_one_left_out_is_whole(cli: Cli, planned: Home) -> None:
    assert cli("apply", "plan.json", "--only", "engi-3").code == 0
    assert planned.sql("SELECT name, website FROM accounts") == [("Acme", "https://acme.example")]
    assert planned.sql("SELECT count(*) FROM opportunities WHERE account_id IS NULL") == [(0,)]


def test_the_rest_follows_and_nothing_is_doubled(cli: Cli, planned: Home) -> None:
    cli("apply", "plan.json", "--only", "engi-2")
    assert cli("sync", "--output", "json").json["counts"] == {"created": 2, "unchanged": 1}
    assert names(planned) == ["One", "Three", "Two"]
    assert planned.sql("SELECT count(*) FROM accounts") == [(1,)]
    again = cli("sync", "--output", "json").json
    assert again["counts"] == {"unchanged": 3}


def test_an_update_that_builds_on_one_left_out_brings_it_along(cli: Cli, home: Home) -> None:
    home.put(accepted("engi-0", "Zero"))
    cli("sync")
    home.sql("UPDATE accounts SET website = NULL, industry = NULL")
    for number, industry in ((1, None), (2, "Retail")):
        raw = accepted(f"engi-{number}", f"Deal {number}")
        raw["Payload"]["OpportunityInvitation"]["Customer"]["Industry"] = industry
        home.put(raw)
    cli("plan", "--out", "plan.json")
    assert cli("apply", "plan.json", "--only", "engi-2").code == 0
    assert home.sql("SELECT website, industry FROM accounts") == [("https://acme.example", "Retail")]
    assert names(home) == ["Deal 2", "Zero"]


def test_an_unknown_id_is_an_error_and_nothing_is_written(cli: Cli, planned: Home) -> None:
    answer = cli("apply", "plan.json", "--only", "engi-1", "--only", "engi-9")
    assert answer.code == 2
    assert "engi-9" in answer.err and "engi-1" not in answer.err.replace("engi-1'", "")
    assert "crm.db" not in planned.files() or names(planned) == []


def test_ids_from_a_file(cli: Cli, planned: Home) -> None:
    (planned.folder / "ids").write_text("engi-2\n\n  engi-3\r\n", encoding="utf-8")
    assert cli("apply", "plan.json", "--only-from", "ids").code == 0
    assert names(planned) == ["Three", "Two"]


def test_ids_from_a_file_and_one_more(cli: Cli, planned: Home) -> None:
    (planned.folder / "ids").write_text("engi-2", encoding="utf-8")
    assert cli("apply", "plan.json", "--only-from", "ids", "--only", "engi-1").code == 0
    assert names(planned) == ["One", "Two"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "names no invitation"),
        (b"\n \n", "names no invitation"),
        (b"\xff", "UTF-8"),
        (b"engi-9", "engi-9"),
    ],
)
def test_a_file_without_ids_or_with_unknown_ones_is_an_error(
    cli: Cli, planned: Home, content: bytes, said: str
) -> None:
    (planned.folder / "ids").write_bytes(content)
    answer = cli("apply", "plan.json", "--only-from", "ids")
    assert answer.code == 2 and said in answer.err
    assert "crm.db" not in planned.files() or names(planned) == []


def test_some_of_very_many_are_found_soon() -> None:
    ids = [f"engi-{number}" for number in range(50_000)]
    saved = SavedPlan(datetime(2026, 1, 1, tzinfo=UTC), "", [Plan(identifier, []) for identifier in ids])
    began = time.perf_counter()
    assert len(only(saved, ids[1:]).plans) == len(ids) - 1
    assert time.perf_counter() - began < 10


def test_moved_ground_of_one_left_out_stops_nothing(cli: Cli, home: Home) -> None:
    home.put(accepted("engi-1", "One"), accepted("engi-2", "Two"))
    cli("sync")
    home.put(accepted("engi-1", "One", TargetCompletionDate="2027-01-01"))
    home.put(accepted("engi-2", "Two", TargetCompletionDate="2027-01-01"))
    cli("plan", "--out", "plan.json")
    home.sql("UPDATE opportunities SET close_date = '2031-01-01' WHERE name = 'One'")
    assert cli("apply", "plan.json").code == 2
    assert cli("apply", "plan.json", "--only", "engi-2").code == 0
    assert home.sql("SELECT close_date FROM opportunities ORDER BY name") == [
        ("2031-01-01",),
        ("2027-01-01",),
    ]


def test_a_plan_of_some(cli: Cli, home: Home) -> None:
    home.put(accepted("engi-1", "One"), accepted("engi-2", "Two"))
    answer = cli("plan", "--only", "engi-2", "--out", "plan.json", "--output", "json")
    assert [plan["invitation"] for plan in answer.json["plans"]] == ["engi-2"]
    assert cli("apply", "plan.json").code == 0
    assert names(home) == ["Two"]
    assert cli("plan", "--only", "engi-2").code == 0  # known, and nothing to do
    unknown = cli("plan", "--only", "engi-1", "--only", "engi-9", "--out", "other.json")
    assert unknown.code == 2 and "engi-9" in unknown.err
    assert not Path("other.json").exists()


def test_a_plan_of_one_that_aws_does_not_have(cli: Cli, home: Home) -> None:
    with PartnerCentral([]) as server:
        source = {"type": "partner_central", "catalog": "Sandbox", "endpoint_url": server.url}
        home.configure(source={**source, "sign_requests": False})
        answer = cli("plan", "--only", "engi-0000000000zzz")
    assert answer.code == 2 and "engi-0000000000zzz" in answer.err
