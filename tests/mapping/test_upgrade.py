"""A mapping of an earlier version of the format becomes one of this version, and stays its author's."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from connector import yamlfile
from connector.cli.main import run
from connector.errors import ConfigurationError
from connector.mapping import upgrade
from connector.mapping.check import examine
from connector.mapping.load import load

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "mappings").glob("*.yaml"))
FIRST = """\
---
# Ours, by sales operations.
version: 1          # of the format
called: tiny        # in reports
crm: 'sql'
names:              # once called so
  deal: Payload.OpportunityInvitation

records:
  opportunity:
    object: opportunities
    key: {aws_invitation_id: Id}
    fields:
      name: {from: deal.Project.Title, shorten: 120}    # what sales sees
      close_date: {value: 2026-02-30}
      since: {value: 2026-12-31T00:00:00Z}
      amount: {value: 1.10}
      stage: {from: deal.Project.Title, default: null}
      # country: NO
      description:
        template: |
          two
          lines

# The end.
"""


def names_become_let(tree: dict[str, Any]) -> None:
    upgrade.rename(tree, "names", "let")
    upgrade.rename(tree, "called", "name")
    upgrade.rename(tree, "never", "there")


def shorten_becomes_max_length(tree: dict[str, Any]) -> None:
    for rule in tree["records"].values():
        for field in rule["fields"].values():
            upgrade.rename(field, "shorten", "max_length")


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> Mapping[int, Any]:
    """This program reads version 3, and knows what became of 1 and 2."""
    converters = {1: names_become_let, 2: shorten_becomes_max_length}
    monkeypatch.setattr(upgrade, "VERSION", 3)
    monkeypatch.setattr(upgrade, "CONVERTERS", converters)
    return converters


def upgraded(text: str) -> str:
    return upgrade.upgraded(yamlfile.parse(text, "m.yaml"))


def changes(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in list(lines)[2:] if not line.startswith("@@")]


def test_only_what_the_format_has_changed_changes(versions: Mapping[int, Any]) -> None:
    after = upgraded(FIRST)
    assert changes(FIRST, after) == [
        "-version: 1          # of the format",
        "-called: tiny        # in reports",
        "+version: 3          # of the format",
        "+name: tiny          # in reports",
        "-names:              # once called so",
        "+let:                # once called so",
        "-      name: {from: deal.Project.Title, shorten: 120}    # what sales sees",
        "+      name: {from: deal.Project.Title, max_length: 120} # what sales sees",
    ]
    mapping = load(yamlfile.parse(after, "m.yaml"))
    assert [field.max_length for field in mapping.records[0].fields][:1] == [120]


def test_a_file_of_a_version_in_between_takes_the_steps_that_are_left(versions: Mapping[int, Any]) -> None:
    second = FIRST.replace("version: 1", "version: 2").replace("names:", "let:  ").replace("called:", "name:")
    assert load(yamlfile.parse(upgraded(second), "m.yaml")).let[0][0] == "deal"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_comments_order_and_quotes_of_the_shipped_mappings_stay(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrade, "VERSION", 2)
    monkeypatch.setattr(upgrade, "CONVERTERS", {1: lambda tree: None})
    before = path.read_text(encoding="utf-8")
    assert changes(before, upgraded(before)) == ["-version: 1", "+version: 2"]


def test_line_ends_stay(versions: Mapping[int, Any]) -> None:
    after = upgraded(FIRST.replace("\n", "\r\n"))
    assert after == upgraded(FIRST).replace("\n", "\r\n")


@pytest.mark.parametrize(
    "head", ["---\n", "# Ours.\n\n--- # here\n", "%YAML 1.2\n---\n", "  # a\n# b\n---  \n# c\n"]
)
def test_what_stands_before_the_document_stays(head: str, versions: Mapping[int, Any]) -> None:
    body = FIRST.removeprefix("---\n")
    assert upgraded(head + body) == head + upgraded(body)


def test_a_file_of_this_version_is_left_byte_for_byte() -> None:
    text = "version:   1\nname: [x,   y]\r\n"
    assert upgraded(text) == text


@pytest.mark.parametrize(
    "text", ["version: 0", "version: -7", "version: 4", "version: true", "name: x", "- 1", ""]
)
def test_what_cannot_be_upgraded_is_said_with_its_place(text: str, versions: Mapping[int, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        upgraded(text)
    (finding,) = caught.value.findings
    assert finding.position is not None and finding.position.line == 1
    assert "version" in finding.message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name: x\nversion: 0", "2:10: its version is none that is known: versions 1 to 3"),
        ("a: b", "1:1: its version"),
    ],
)
def test_the_versions_that_are_known_are_named(text: str, place: str, versions: Mapping[int, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"m\.yaml cannot be upgraded") as caught:
        upgraded(text)
    assert str(caught.value.findings[0]).startswith(f"m.yaml:{place}")


def test_the_first_version_of_all_is_the_only_one_known() -> None:
    with pytest.raises(ConfigurationError) as caught:
        upgraded("version: 0")
    assert caught.value.findings[0].message == "its version is none that is known: version 1"
    told = [finding.message for finding in examine(yamlfile.parse("version: 0", "m.yaml"))[1]]
    assert "version 0 is not known" in told


def test_a_newer_file_asks_for_a_newer_program_and_nothing_else_is_said_of_it() -> None:
    text = FIRST.replace("version: 1 ", "version: 2 ")
    mapping, (finding,) = examine(yamlfile.parse(text, "m.yaml"))
    assert mapping is None
    assert str(finding) == (
        "m.yaml:3:10: version 2 is not known: this crm-connector knows version 1 (upgrade crm-connector)"
    )


def test_an_older_file_is_told_the_command(versions: Mapping[int, Any]) -> None:
    _, (finding,) = examine(yamlfile.parse(FIRST, "m.yaml"))
    assert str(finding) == (
        "m.yaml:3:10: this is version 1 of the format, and version 3 is wanted"
        " (`crm-connector mapping upgrade m.yaml --write` brings it up to date)"
    )
    _, (unknown, *_) = examine(yamlfile.parse(FIRST.replace("version: 1 ", "version: 0 "), "m.yaml"))
    assert (unknown.message, unknown.hint) == ("version 0 is not known", "this connector reads version 3")


# the command


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "m.yaml"
    path.write_text(FIRST, encoding="utf-8")
    path.chmod(0o640)
    return path


def test_the_command_shows_and_with_write_does_it(
    file: Path, versions: Mapping[int, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["mapping", "upgrade", "m.yaml"]) == 0
    shown = capsys.readouterr().out
    assert "+version: 3" in shown and "--write does it" in shown
    assert file.read_text(encoding="utf-8") == FIRST
    assert run(["mapping", "upgrade", "m.yaml", "--write"]) == 0
    assert file.read_text(encoding="utf-8") == upgraded(FIRST)
    assert file.stat().st_mode & 0o777 == 0o640
    assert run(["mapping", "check", "m.yaml"]) == 0
    capsys.readouterr()
    assert run(["mapping", "upgrade", "m.yaml", "--write"]) == 0
    assert "nothing to upgrade" in capsys.readouterr().out


def test_a_file_that_would_not_be_valid_is_left_alone(
    file: Path, versions: Mapping[int, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = FIRST.replace("deal.Project.Title, shorten", "dael.Project.Title, shorten")
    file.write_text(wrong, encoding="utf-8")
    assert run(["mapping", "upgrade", "m.yaml", "--write"]) == 2
    assert "unknown name 'dael'" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == wrong
