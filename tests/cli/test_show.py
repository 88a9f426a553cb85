"""``invitations show`` and ``review list``: one invitation's life, and how candidates resemble it."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli, Home, accepted
from tests.servers.partner_central import PartnerCentral

HOSTILE = "<script>alert(1)</script>\x1b[2J\u202e"


@pytest.fixture
def reviewed(cli: Cli, home: Home) -> Home:
    home.put(accepted("engi-0", "Something else"))
    cli("sync")
    for record, name, stage in (
        ("hand-1", "cloud  MIGRATION", "Won"),
        ("hand-2", "Cloud migration", HOSTILE),
    ):
        home.sql(
            "INSERT INTO opportunities (id, name, stage, industry, close_date, account_id)"
            " SELECT ?, ?, ?, 'Retail', '2026-12-01', account_id FROM opportunities LIMIT 1",
            record,
            name,
            stage,
        )
    home.sql("UPDATE opportunities SET account_id = NULL WHERE id = 'hand-1'")
    home.put(accepted())
    home.sql("UPDATE opportunities SET account_id = NULL")
    assert cli("sync").code == 3
    return home


def test_a_life_on_the_terminal_and_as_json(cli: Cli, home: Home) -> None:
    home.put(accepted("engi-1") | {"Status": "PENDING"})
    cli("sync")
    home.put(accepted("engi-1"))
    cli("sync")
    lines = cli("invitations", "show", "engi-1").out.splitlines()
    assert lines[0] == "engi-1"
    assert any(line.split() == ["status", "ACCEPTED"] for line in lines)
    answer = cli(
        "invitations", "show", "arn:aws:partnercentral:::catalog/Sandbox/x/engi-1", "--output", "json"
    )
    assert answer.code == 0
    assert answer.json["outcome"] == "created"
    assert {record["name"] for record in answer.json["records"]} == {
        "account",
        "opportunity",
        "converted_lead",
    }
    kinds = [entry["kind"] for entry in answer.json["life"]]
    assert kinds[:3] == ["invited", "received", "mapped"]
    assert {entry["run"] for entry in answer.json["life"]} == {None, 1, 2}
    assert all(entry["at"].endswith("Z") for entry in answer.json["life"])


def test_what_the_source_and_the_crm_add(cli: Cli, home: Home) -> None:
    home.put(accepted("engi-1"))
    cli("sync")
    assert (
        cli("invitations", "show", "engi-1", "--crm", "--output", "json").json["life"][-1]["kind"]
        == "written"
    )
    home.sql("UPDATE opportunities SET close_date = '2031-01-01'")
    home.put(accepted("engi-1", HOSTILE) | {"Status": "REJECTED"})
    answer = cli("invitations", "show", "engi-1", "--source", "--crm")
    assert answer.code == 0
    assert "REJECTED; not synced yet" in answer.out
    assert "close_date was edited by a person" in answer.out
    assert "\x1b" not in answer.out and "\u202e" not in answer.out
    home.sql("DELETE FROM opportunities")
    assert "is gone from the CRM" in cli("invitations", "show", "engi-1", "--crm").out


def test_one_that_only_the_source_has(cli: Cli, home: Home) -> None:
    home.put(accepted("engi-1"))
    unknown = cli("invitations", "show", "engi-1")
    assert unknown.code == 2 and "--source" in unknown.err
    assert (
        cli("invitations", "show", "engi-1", "--source", "--output", "json").json["title"]
        == "Cloud migration"
    )
    assert cli("invitations", "show", "engi-9", "--source").code == 2
    assert "ledger.db" not in home.files()


def test_what_has_no_id_is_shown_by_its_place(cli: Cli, home: Home) -> None:
    (home.folder / "inbox" / "x.json").write_text('{"Id": ""}', encoding="utf-8")
    assert cli("sync").code == 3
    place = next(word for word in cli("runs", "show").out.split() if word.startswith("inbox/"))
    shown = cli("invitations", "show", place)
    assert (shown.code, shown.err) == (0, "")
    assert "not an invitation" in shown.out


def test_one_that_partner_central_does_not_have(cli: Cli, home: Home) -> None:
    with PartnerCentral([]) as server:
        source = {"type": "partner_central", "catalog": "Sandbox", "endpoint_url": server.url}
        home.configure(source={**source, "sign_requests": False})
        answer = cli("invitations", "show", "engi-0000000000zzz", "--source")
    assert (answer.code, answer.out) == (2, "")


def test_reviews_say_what_agrees_and_differs(cli: Cli, reviewed: Home) -> None:
    (review,) = cli("review", "list", "--output", "json").json
    assert {each["id"] for each in review["resemblances"]} == {"hand-1", "hand-2"}
    for each in review["resemblances"]:
        assert each["title"] == 100
        verdicts = {field["field"]: field["verdict"] for field in each["fields"]}
        assert verdicts["close_date"] == "agrees"
        assert verdicts["industry"] == "only there"
        assert verdicts["stage"] == "differs"
    out = cli("review", "list").out
    assert "of 100 alike (title 100" in out
    assert "<script>alert(1)</script>\\x1b[2J\\u202e" in out
    assert "\x1b" not in out


def test_a_review_that_an_applied_plan_asks_is_compared_too(cli: Cli, reviewed: Home) -> None:
    cli("plan", "--id", "engi-1", "--out", "plan.json")
    cli("apply", "plan.json")
    (review,) = cli("review", "list", "--output", "json").json
    assert len(review["resemblances"]) == 2
