"""``mapping fields``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import MAPPING, Cli, Home


def test_both_sides_are_listed_and_nothing_is_written(cli: Cli, home: Home) -> None:
    there = home.files()
    answer = cli("mapping", "fields")
    assert (answer.code, answer.err) == (0, "")
    assert "Payload.OpportunityInvitation.Project.Title" in answer.out
    assert "aws_customer_key" in answer.out
    assert home.files() == there


def test_words_narrow_both_sides(cli: Cli, home: Home) -> None:
    answer = cli("mapping", "fields", "customer", "industry", "--output", "json").json
    paths = [found["member"] for found in answer["from"]]
    assert "Payload.LeadInvitation.Customer.Industry" in paths
    assert all("industry" in path.lower() for path in paths)
    assert answer["to"] == []
    (stage,) = cli("mapping", "fields", "stage", "--to", "--output", "json").json["to"]
    assert (stage["object"], stage["field"], stage["type"]) == ("opportunities", "stage", "text")
    assert stage["rules"] == ["opportunity", "closed_opportunity"]


def test_what_comes_with_acceptance_is_marked(cli: Cli, home: Home) -> None:
    found = {
        row["member"]: row for row in cli("mapping", "fields", "--from", "--output", "json").json["from"]
    }
    assert found["Opportunity.Id"]["after_acceptance"]
    assert not found["Id"]["after_acceptance"]
    assert found["Status"]["values"] == ["ACCEPTED", "PENDING", "REJECTED", "EXPIRED"]


def test_a_few_rows_have_all_their_values(cli: Cli, home: Home) -> None:
    path = "Payload.LeadInvitation.Customer.Industry"
    assert "more" not in cli("mapping", "fields", path, "--from").out
    assert "and 1" in cli("mapping", "fields", "currencycode", "--from").out


def test_without_a_config_the_invitations_side_is_listed(cli: Cli, home: Home) -> None:
    (home.folder / "config.yaml").unlink()
    answer = cli("mapping", "fields", "Title")
    assert answer.code == 0
    assert "no CRM" in answer.err
    assert "Project.Title" in answer.out
    assert cli("mapping", "fields", "--to").code == 2
    assert cli("mapping", "fields", "--to", "--mapping", str(MAPPING)).code == 2


def test_another_object_can_be_asked_for(cli: Cli, home: Home) -> None:
    fields = cli("mapping", "fields", "--object", "accounts", "--output", "json").json["to"]
    assert {field["object"] for field in fields} == {"accounts"}
    answer = cli("mapping", "fields", "--object", "acounts")
    assert answer.code == 2
    assert "did you mean accounts?" in answer.err


@pytest.mark.parametrize("arguments", [("--from", "--to"), ("--from", "--object", "accounts")])
def test_one_side_excludes_the_other(cli: Cli, home: Home, arguments: tuple[str, ...]) -> None:
    assert cli("mapping", "fields", *arguments).code == 2


def test_no_match_is_said(cli: Cli, home: Home) -> None:
    assert "Nothing has all of these words" in cli("mapping", "fields", "zzz").out
