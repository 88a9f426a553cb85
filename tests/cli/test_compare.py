"""``mapping diff``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import MAPPING, ROOT, Cli, Home, accepted

OLD = """\
version: 1
name: old
crm: sql
records:
  account:
    object: accounts
    key: {aws_customer_key: Payload.OpportunityInvitation.Customer.CompanyName}
    fields: {name: Payload.OpportunityInvitation.Customer.CompanyName}
  opportunity:
    object: opportunities
    when: Status == 'ACCEPTED'
    key: {aws_invitation_id: Id}
    fields:
      name: Payload.OpportunityInvitation.Project.Title
      account_id: {ref: account}
      amount: annual_spend(Payload.OpportunityInvitation.Project.ExpectedCustomerSpend, 'USD')
"""
EUROS = [{"Amount": "10", "CurrencyCode": "EUR", "Frequency": "Monthly", "TargetCompany": "AWS"}]


@pytest.fixture
def old(home: Home) -> Path:
    path = home.folder / "old.yaml"
    path.write_text(OLD, encoding="utf-8")
    home.configure(mapping="old.yaml", currency={"base": "USD", "rates": {"EUR": "2"}})
    home.put(accepted("engi-1", "One"), accepted("engi-2", "Two", ExpectedCustomerSpend=EUROS))
    return path


def draft(old: Path, before: str, after: str) -> str:
    assert before in OLD
    path = old.with_name("draft.yaml")
    path.write_text(OLD.replace(before, after), encoding="utf-8")
    return str(path)


def test_a_changed_field_is_shown_by_invitation_and_counted_and_nothing_is_written(
    cli: Cli, home: Home, old: Path
) -> None:
    new = draft(
        old, "name: Payload.OpportunityInvitation.Pro", "name: upper(Id) || Payload.OpportunityInvitation.Pro"
    )
    there = home.files()
    answer = cli("mapping", "diff", str(old), new, "--on", "inbox")
    assert (answer.code, answer.err) == (0, "")
    assert '~ name  "One" -> "ENGI-1"' in answer.out
    assert "2 of 2 invitations differ. Records: 0 added, 0 removed, 2 changed." in answer.out
    assert "opportunity.name  2" in answer.out
    assert home.files() == there


def test_json_has_every_invitation_field_and_both_values(cli: Cli, old: Path) -> None:
    new = draft(old, "annual_spend(", "monthly_spend(")
    answer = cli("mapping", "diff", str(old), new, "--on", "inbox", "--limit", "1", "--output", "json").json
    assert (answer["invitations"], answer["differing"], answer["problems"]) == (2, 1, 0)
    (difference,) = answer["differences"]
    assert difference["invitation"] == "engi-2"
    (record,) = difference["records"]
    assert (record["name"], record["difference"], record["key"]) == (
        "opportunity",
        "changed",
        {"aws_invitation_id": "engi-2"},
    )
    assert record["fields"] == [{"field": "amount", "part": "fields", "old": "240.00", "new": "20.00"}]


def test_a_field_that_one_side_does_not_touch_has_no_value_there(cli: Cli, old: Path) -> None:
    new = draft(old, "      account_id: {ref: account}\n", "")
    answer = cli("mapping", "diff", str(old), new, "--on", "inbox", "--output", "json").json
    (field,) = answer["differences"][0]["records"][0]["fields"]
    assert field == {
        "field": "account_id",
        "part": "fields",
        "old": {"ref": "account", "object": "accounts", "key": "Acme"},
    }


def test_without_new_it_is_the_configs_mapping_and_the_configs_source_can_be_asked(
    cli: Cli, home: Home, old: Path
) -> None:
    draft(old, "Status == 'ACCEPTED'", "Status == 'PENDING'")
    home.configure(mapping="draft.yaml")
    answer = cli("mapping", "diff", "old.yaml", "--source")
    assert answer.code == 0
    assert "0 added, 2 removed, 0 changed" in answer.out
    assert '- opportunity: opportunities aws_invitation_id "engi-1"' in answer.out


def test_the_samples_beside_the_new_mapping_are_taken_where_nothing_is_named(cli: Cli, home: Home) -> None:
    (home.folder / "config.yaml").unlink()
    answer = cli("mapping", "diff", str(MAPPING), str(MAPPING))
    assert answer.code == 0
    assert answer.out.startswith("The same for all of ")
    alone = home.folder / "alone.yaml"
    alone.write_text(OLD, encoding="utf-8")
    answer = cli("mapping", "diff", str(alone), str(alone))
    assert answer.code == 2
    assert "--on" in answer.err


def test_what_the_new_mapping_breaks_is_said_and_ends_with_3(cli: Cli, old: Path) -> None:
    new = draft(old, "'USD')", "'XOF')")
    answer = cli("mapping", "diff", str(old), new, "--on", "inbox")
    assert answer.code == 3
    assert "no rate for" in answer.out
    assert cli("mapping", "diff", new, str(old), "--on", "inbox").code == 0


def test_an_owner_that_changes_is_said_though_no_value_differs(cli: Cli, old: Path) -> None:
    new = draft(old, "{ref: account}", "{ref: account, write: always}")
    answer = cli("mapping", "diff", str(old), new, "--on", "inbox")
    assert "opportunity.account_id  write: keep -> always" in answer.out
    assert "0 of 2 invitations differ" in answer.out


def test_a_file_that_cannot_be_used_is_named_and_the_others_are_compared(
    cli: Cli, home: Home, old: Path
) -> None:
    (home.folder / "inbox" / "bad.json").write_text("{", encoding="utf-8")
    answer = cli("mapping", "diff", str(old), draft(old, "Status == 'ACC", "Status != 'ACC"), "--on", "inbox")
    assert answer.code == 3
    assert "bad.json" in answer.out
    assert "2 of 2 invitations differ" in answer.out


def test_only_so_many_invitations_are_shown(cli: Cli, old: Path) -> None:
    new = draft(
        old, "name: Payload.OpportunityInvitation.Pro", "name: upper(Id) || Payload.OpportunityInvitation.Pro"
    )
    answer = cli("mapping", "diff", str(old), new, "--on", "inbox", "--limit", "1")
    assert "engi-2" not in answer.out
    assert "1 invitations more" not in answer.out
    assert "... and 1 more" in answer.out
    assert "engi-2" in cli("mapping", "diff", str(old), new, "--on", "inbox", "--limit", "0").out


def test_what_others_wrote_stays_text(cli: Cli, home: Home, old: Path) -> None:
    home.put(accepted("engi-3", "A\x1b[2J\nB"))
    new = draft(
        old, "name: Payload.OpportunityInvitation.Pro", "name: upper(Id) || Payload.OpportunityInvitation.Pro"
    )
    answer = cli("mapping", "diff", str(old), new, "--on", "inbox")
    assert r'"A\x1b[2J\nB"' in answer.out
    assert "\x1b" not in answer.out


@pytest.mark.parametrize("arguments", [("--on", "inbox", "--source"), ("--on", "nowhere")])
def test_what_cannot_be_is_refused(cli: Cli, old: Path, arguments: tuple[str, ...]) -> None:
    assert cli("mapping", "diff", str(old), str(old), *arguments).code == 2


def test_a_mapping_with_mistakes_is_not_compared(cli: Cli, old: Path) -> None:
    answer = cli("mapping", "diff", str(old), draft(old, "annual_spend(", "anual_spend("), "--on", "inbox")
    assert answer.code == 2
    assert "annual_spend" in answer.err
    assert "draft.yaml:16" in answer.err


def test_samples_of_the_project_show_a_difference(cli: Cli, home: Home) -> None:
    new = home.folder / "new.yaml"
    text = MAPPING.read_text(encoding="utf-8").replace("value: Prospecting", "value: Qualification")
    new.write_text(text, encoding="utf-8")
    arguments = ("mapping", "diff", str(MAPPING), str(new), "--on", str(ROOT / "mappings" / "samples"))
    answer = cli(*arguments, "--output", "json").json
    assert set(answer["fields"]) == {"opportunity.stage"}
    assert json.dumps(answer["rules"]) == "[]"
