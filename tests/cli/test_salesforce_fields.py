"""``salesforce fields`` says what an org lacks and writes a package that adds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.crm.salesforce_package import FIELDS
from tests.cli.conftest import Cli, Home
from tests.servers.salesforce import Salesforce


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


# Asking an org


def test_a_new_org_lacks_all_and_gets_a_package_of_its_version(cli: Cli, home: Home, tmp_path: Path) -> None:
    with Salesforce(custom_fields=False) as org:
        home.configure(crm={"type": "salesforce", **org.settings(api_version="61.0")})
        answer = cli("salesforce", "fields")
        assert (answer.code, answer.err) == (3, "")
        for field in FIELDS:
            assert field.name in answer.out and field.without in answer.out
        assert answer.out.count("missing, or hidden from the user") == len(FIELDS)
        assert "0 of 21 fields are there" in answer.out and "salesforce fields --out" in answer.out
        assert home.files() == ["config.yaml", "inbox"]

        answer = cli("salesforce", "fields", "--out", str(tmp_path / "new"), "--output", "json")
        assert (answer.code, answer.json["missing"]) == (3, len(FIELDS))
        assert {field["fault"] for field in answer.json["fields"]} == {"missing, or hidden from the user"}
        assert "<version>61.0</version>" in (tmp_path / "new" / "package.xml").read_text(encoding="utf-8")


def test_an_org_with_the_package_lacks_nothing_and_gets_none(cli: Cli, home: Home, tmp_path: Path) -> None:
    with Salesforce() as org:
        home.configure(crm={"type": "salesforce", **org.settings()})
        answer = cli("salesforce", "fields", "--out", str(tmp_path / "new"))
        assert (answer.code, answer.err) == (0, "")
        assert answer.out == "21 of 21 fields are there and the connector can use them.\n"
        assert not (tmp_path / "new").exists()
        everything = cli("salesforce", "fields", "--all", "--out", str(tmp_path / "new"), "--output", "json")
        assert everything.code == 0
        assert len(everything.json["fields"]) == len(FIELDS) and everything.json["missing"] == 0
        assert {field["fault"] for field in everything.json["fields"]} == {None}
        assert (tmp_path / "new" / "package.xml").exists()
        assert {method for method, path, _ in org.log if "/data/" in path} == {"GET"}, "it is only read"


def test_an_org_that_does_not_answer_is_said_to(cli: Cli, home: Home, tmp_path: Path) -> None:
    with Salesforce() as org:
        settings = org.settings()
        bundle = tmp_path / "ca.pem"
        bundle.write_bytes(Path(settings["ca_bundle"]).read_bytes())
    retry = {"attempts": 1}
    home.configure(crm={"type": "salesforce", **settings, "ca_bundle": str(bundle)}, retry=retry)
    answer = cli("salesforce", "fields", "--out", str(tmp_path / "new"))
    assert answer.code == 4 and answer.out == ""
    assert not (tmp_path / "new").exists()
