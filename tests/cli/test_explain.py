"""``mapping explain``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import MAPPING, ROOT, Cli, Home, accepted

SAMPLES = ROOT / "mappings" / "samples"


def test_an_expression_is_walked_and_nothing_is_written(cli: Cli, home: Home) -> None:
    there = home.files()
    answer = cli("mapping", "explain", "opportunity.name", "--file", str(SAMPLES / "no-spend.json"))
    assert (answer.code, answer.err) == (0, "")
    lines = [line.strip() for line in answer.out.splitlines()]
    assert any(line.startswith("opportunity.name  ") and "sql.yaml:" in line for line in lines)
    assert any(line.startswith("let deal: Payload.OpportunityInvitation = {") for line in lines)
    assert "join(' ', ['AWS invitation', Id])  not needed" in lines
    assert lines[-1].startswith("so it is")
    assert home.files() == there


def test_json_has_the_steps(cli: Cli, home: Home) -> None:
    home.put(accepted("engi-7"))
    (answer,) = cli("mapping", "explain", "opportunity.aws_status", "--id", "engi-7", "--output", "json").json
    assert (answer["record"], answer["value"]) == ("opportunity", "ACCEPTED")
    assert [step["name"] for step in answer["steps"]] == ["when", "from"]
    assert answer["steps"][1]["text"] == "Status"


def test_a_field_left_alone_ends_with_3_and_its_reason(cli: Cli, home: Home) -> None:
    spend = [{"Amount": "10", "CurrencyCode": "XOF", "Frequency": "Monthly", "TargetCompany": "AWS"}]
    home.put(accepted(ExpectedCustomerSpend=spend))
    answer = cli("mapping", "explain", "opportunity.amount", "--id", "engi-1")
    assert answer.code == 3
    assert "! no rate for XOF" in answer.out
    assert "the field is left as it is" in answer.out


def test_a_rule_without_a_record_says_what_its_when_gave(cli: Cli, home: Home) -> None:
    home.put(accepted())
    answer = cli("mapping", "explain", "closed_lead.status", "--id", "engi-1")
    assert answer.code == 0
    assert 'Status = "ACCEPTED"' in answer.out
    assert "there is no such record" in answer.out


def test_a_config_is_not_needed(cli: Cli, home: Home) -> None:
    (home.folder / "config.yaml").unlink()
    sample = str(SAMPLES / "hostile-title.json")
    answer = cli("mapping", "explain", "lead.project_title", str(MAPPING), "--file", sample)
    assert answer.code == 0
    assert "\x1b" not in answer.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("lead.company",),
        ("nothing.company", "--id", "x"),
        ("lead", "--id", "x"),
        ("lead.company", "--id", "x"),
    ],
)
def test_what_cannot_be_explained_is_refused(cli: Cli, home: Home, arguments: tuple[str, ...]) -> None:
    assert cli("mapping", "explain", *arguments).code == 2
