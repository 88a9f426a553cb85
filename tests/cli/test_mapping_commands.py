"""``mapping check|preview|test|schema``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import MAPPING, ROOT, Cli, Home, accepted

MINIMAL = """\
version: 1
name: tiny
crm: sql
records:
  opportunity:
    object: opportunities
    key: {aws_invitation_id: Id}
    fields:
      name: Payload.OpportunityInvitation.Project.Title
      amount: annual_spend(Payload.OpportunityInvitation.Project.ExpectedCustomerSpend, 'USD')
"""
WRONG = """\
version: 1
name: wrong
crm: sql
let:
  deal: Payload.OpportunityInvitation
records:
  opportunity:
    object: opportunities
    wen: deal
    key: {aws_invitation_id: Id}
    fields:
      nmae: deal.Project.Title
      amount: anual_spend(deal.Project.ExpectedCustomerSpend, 'USD')
      industry: {from: deal.Customer.Industry, lookup: {Softwear and Internet: Tech}}
      description: deal.Project.[Title
"""


@pytest.fixture
def mapping(home: Home) -> Path:
    path = home.folder / "tiny.yaml"
    path.write_text(MINIMAL, encoding="utf-8")
    home.configure(mapping="tiny.yaml")
    return path


def test_a_good_mapping_is_good(cli: Cli, home: Home) -> None:
    answer = cli("mapping", "check")
    assert (answer.code, answer.err) == (0, "")
    assert "with the fields of the CRM sql" in answer.out
    assert home.files() == ["config.yaml", "inbox"]


def test_a_mapping_can_be_checked_without_any_config(cli: Cli, home: Home) -> None:
    (home.folder / "config.yaml").unlink()
    answer = cli("mapping", "check", str(MAPPING))
    assert answer.code == 0
    assert "without its CRM's fields" in answer.out
    assert cli("mapping", "check", str(MAPPING), "--crm").code == 2


def test_a_misspelt_object_is_named_with_the_one_that_was_meant(cli: Cli, mapping: Path) -> None:
    mapping.write_text(MINIMAL.replace("object: opportunities", "object: Oportunity"), encoding="utf-8")
    answer = cli("mapping", "check")
    assert answer.code == 2
    assert (
        "tiny.yaml:6:13: the CRM has no object Oportunity (did you mean opportunities?)"
        in answer.err + answer.out
    )


@pytest.mark.parametrize("option", [(), ("--no-crm",)])
def test_a_misspelt_crm_is_named_with_the_one_that_was_meant(
    cli: Cli, mapping: Path, option: tuple[str, ...]
) -> None:
    mapping.write_text(MINIMAL.replace("crm: sql", "crm: salesfroce"), encoding="utf-8")
    answer = cli("mapping", "check", *option)
    assert answer.code == 2
    assert "3:6: there is no kind of CRM called 'salesfroce' (did you mean salesforce?)" in answer.out


@pytest.mark.parametrize("crm", ["salesforce", "salesfroce"])
@pytest.mark.parametrize("command", [("sync",), ("sync", "--dry-run"), ("plan",), ("config", "check")])
def test_a_mapping_for_another_crm_is_not_run(
    cli: Cli, home: Home, mapping: Path, crm: str, command: tuple[str, ...]
) -> None:
    home.put(accepted())
    mapping.write_text(MINIMAL.replace("crm: sql", f"crm: {crm}"), encoding="utf-8")
    answer = cli(*command)
    assert answer.code == 2
    said = f"tiny.yaml:3:6: the mapping is for a CRM of type {crm}, and the config's is sql"
    assert said in answer.out + answer.err
    assert home.files() == ["config.yaml", "inbox", "tiny.yaml"]


def test_a_mapping_for_another_crm_can_be_looked_at(cli: Cli, mapping: Path, samples: Path) -> None:
    mapping.write_text(MINIMAL.replace("crm: sql", "crm: salesforce"), encoding="utf-8")
    assert cli("mapping", "check").code == 0
    assert cli("mapping", "test", "--update").code == 0
    assert cli("mapping", "diff", str(MAPPING), str(mapping), "--on", str(samples)).code == 0


def test_every_mistake_comes_in_one_go_with_its_place_and_what_was_meant(cli: Cli, mapping: Path) -> None:
    mapping.write_text(WRONG, encoding="utf-8")
    answer = cli("mapping", "check")
    assert answer.code == 2
    for place, meant in (
        ("9:5", "when"),
        ("12:7", "name"),
        ("13:15", "annual_spend"),
        ("14:57", "Software and Internet"),
        ("15:", ""),
    ):
        (line,) = [line for line in answer.out.splitlines() if f"tiny.yaml:{place}" in line]
        assert meant in line
    found = cli("mapping", "check", "--output", "json").json["findings"]
    assert {(finding["line"], finding["severity"]) for finding in found} >= {(9, "error"), (12, "error")}


def test_no_crm_leaves_the_crm_out(cli: Cli, mapping: Path) -> None:
    mapping.write_text(MINIMAL.replace("name: Pay", "nmae: Pay"), encoding="utf-8")
    assert cli("mapping", "check").code == 2
    assert cli("mapping", "check", "--no-crm").code == 0


def test_the_schema_is_printed_as_it_is_published(cli: Cli) -> None:
    schema = cli("mapping", "schema").json
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert "records" in schema["properties"]


# preview


def test_a_preview_shows_the_records_of_a_sample(cli: Cli, mapping: Path, tmp_path: Path) -> None:
    sample = tmp_path / "sample.json"
    sample.write_text(json.dumps(accepted(title="A\x1b[2J\nB")), encoding="utf-8")
    answer = cli("mapping", "preview", "--file", str(sample))
    assert answer.code == 0
    assert r"A\x1b[2J\nB" in answer.out
    (invitation,) = cli("mapping", "preview", "--file", str(sample), "--output", "json").json
    (record,) = invitation["records"]
    assert (record["object"], record["key"]) == ("opportunities", {"aws_invitation_id": "engi-1"})
    assert record["fields"]["name"] == "A\x1b[2J\nB"


def test_a_preview_takes_an_invitation_of_the_source(cli: Cli, home: Home, mapping: Path) -> None:
    home.put(accepted("engi-1"), accepted("engi-2"))
    (invitation,) = cli("mapping", "preview", "--id", "engi-2", "--output", "json").json
    assert invitation["invitation"] == "engi-2"
    answer = cli("mapping", "preview", "--id", "engi-3")
    assert answer.code == 2
    assert "engi-3" in answer.err


def test_a_preview_says_what_a_person_should_look_at(cli: Cli, mapping: Path, tmp_path: Path) -> None:
    spend = [{"Amount": "10", "CurrencyCode": "XOF", "Frequency": "Monthly", "TargetCompany": "AWS"}]
    sample = tmp_path / "sample.json"
    sample.write_text(json.dumps(accepted(ExpectedCustomerSpend=spend)), encoding="utf-8")
    answer = cli("mapping", "preview", "--file", str(sample))
    assert answer.code == 3
    assert "no rate for XOF in currency.rates" in answer.out


@pytest.mark.parametrize("arguments", [(), ("--id", "x", "--file", "y")])
def test_a_preview_is_of_one_thing(cli: Cli, mapping: Path, arguments: tuple[str, ...]) -> None:
    assert cli("mapping", "preview", *arguments).code == 2


# test


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    folder = tmp_path / "samples"
    folder.mkdir()
    (folder / "one.json").write_text(json.dumps(accepted("engi-1", "One")), encoding="utf-8")
    return folder


def test_golden_records_are_made_checked_and_never_overwritten_unasked(
    cli: Cli, mapping: Path, samples: Path
) -> None:
    golden = samples / "golden" / "tiny" / "one.json"
    first = cli("mapping", "test")
    assert first.code == 3
    assert "no golden records yet" in first.out
    assert not golden.exists()
    assert cli("mapping", "test", "--update").code == 0
    assert json.loads(golden.read_text(encoding="utf-8"))[0]["records"][0]["fields"]["name"] == "One"
    assert cli("mapping", "test").code == 0
    before = golden.read_bytes()
    mapping.write_text(MINIMAL.replace("Project.Title", "Project.BusinessProblem"), encoding="utf-8")
    changed = cli("mapping", "test")
    assert changed.code == 3
    assert '-          "name": "One"' in changed.out or '-        "name": "One"' in changed.out
    assert golden.read_bytes() == before


def test_a_golden_record_without_its_sample_is_said(cli: Cli, mapping: Path, samples: Path) -> None:
    cli("mapping", "test", "--update")
    (samples / "one.json").rename(samples / "two.json")
    cli("mapping", "test", "--update")
    answer = cli("mapping", "test")
    assert answer.code == 3
    assert "one.json has no sample any more" in answer.out


def test_a_broken_sample_has_its_golden_error(cli: Cli, mapping: Path, samples: Path) -> None:
    (samples / "cut.json").write_text('{"Id": ', encoding="utf-8")
    cli("mapping", "test", "--update")
    assert cli("mapping", "test").code == 0
    assert "error" in json.loads((samples / "golden" / "tiny" / "cut.json").read_text(encoding="utf-8"))[0]


def test_samples_that_would_share_a_golden_file_are_refused(cli: Cli, mapping: Path, samples: Path) -> None:
    (samples / "one.yaml").write_text(json.dumps(accepted("engi-2")), encoding="utf-8")
    answer = cli("mapping", "test")
    assert answer.code == 2
    assert "rename one of them" in answer.err


def test_no_samples_says_how_to_get_some(cli: Cli, mapping: Path) -> None:
    answer = cli("mapping", "test")
    assert answer.code == 2
    assert "get-engagement-invitation" in answer.err


def test_the_mappings_we_ship_become_what_their_golden_records_say(cli: Cli) -> None:
    answer = cli("mapping", "test", "--config", str(ROOT / "config.example.yaml"))
    assert answer.code == 0, answer.out
