"""``mapping preview``: where each field comes from, and the two columns of a wide terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from connector.cli import output
from connector.cli.options import Options
from tests.cli.conftest import ROOT, Cli, Home

SAMPLE = str(ROOT / "mappings" / "samples" / "no-spend.json")


def test_each_field_says_what_it_was_made_from_and_where_that_stands(cli: Cli, home: Home) -> None:
    answer = cli("mapping", "preview", "--file", SAMPLE)
    assert answer.code == 0
    assert "<- deal.Project.TargetCompletionDate  sql.yaml:" in answer.out
    assert "<- value: AWS  sql.yaml:" in answer.out
    (invitation,) = cli("mapping", "preview", "--file", SAMPLE, "--output", "json").json
    for record in invitation["records"]:
        assert set(record["fields"]) < set(record["from"])
        assert set(record["key"]) < set(record["from"])
    origin = next(r for r in invitation["records"] if "close_date" in r["fields"])["from"]["close_date"]
    assert origin["expression"] == "deal.Project.TargetCompletionDate"
    assert "sql.yaml:" in origin["position"]


@pytest.mark.parametrize(("width", "is_beside"), [(160, True), (80, False)])
def test_the_invitation_stands_beside_its_records_where_there_is_room(
    width: int, is_beside: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = output.Output(Options())
    screen = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None, soft_wrap=True)
    monkeypatch.setattr(out, "_console", screen)
    out.beside([("  Id: engi-1\x1b[2J", "")], [("  lead: leads", "green")])
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert ("Id: engi-1" in lines[0] and "lead: leads" in lines[0]) is is_beside
    assert len(lines) == (1 if is_beside else 2)
    assert r"\x1b[2J" in lines[0]
