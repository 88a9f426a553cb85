"""``salesforce fields`` says what an org lacks and writes a package that adds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.crm.salesforce_package import FIELDS
from tests.cli.conftest import Cli, Home


def test_offline_the_whole_package_is_written_without_a_config(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = cli("salesforce", "fields", "--offline", "--out", "my package")
    assert (answer.code, answer.err) == (0, "")
    assert "sf project deploy start --metadata-dir 'my package'" in answer.out
    assert (tmp_path / "my package" / "package.xml").exists()
    assert all(field.name in answer.out for field in FIELDS)


def test_offline_as_json(cli: Cli, tmp_path: Path) -> None:
    answer = cli("salesforce", "fields", "--offline", "--out", str(tmp_path / "p"), "--output", "json").json
    assert [field["field"] for field in answer["fields"]] == [field.name for field in FIELDS]
    assert answer["missing"] is None
    assert all(Path(path).exists() for path in answer["package"])
    assert len(answer["commands"]) == 2


def test_a_folder_with_something_in_it_is_left_alone(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "package.xml").write_text("mine", encoding="utf-8")
    answer = cli("salesforce", "fields", "--offline", "--out", str(tmp_path))
    assert answer.code == 2 and "is not empty" in answer.err and "--force" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["package.xml"]
    assert (tmp_path / "package.xml").read_text(encoding="utf-8") == "mine"
    assert cli("salesforce", "fields", "--offline", "--out", str(tmp_path), "--force").code == 0
    assert (tmp_path / "package.xml").read_text(encoding="utf-8") != "mine"


def test_a_folder_that_cannot_be_written_is_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    answer = cli("salesforce", "fields", "--offline", "--out", str(tmp_path / "file" / "package"))
    assert answer.code == 2 and "cannot be written" in answer.err and "file" in answer.err


def test_another_crm_is_not_asked(cli: Cli, home: Home) -> None:
    answer = cli("salesforce", "fields")
    assert answer.code == 2
    assert "the config's CRM is sql" in answer.err and "--offline" in answer.err
    assert home.files() == ["config.yaml", "inbox"]
