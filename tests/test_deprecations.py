"""What is to go is told of before, with its place, wherever somebody looks: and only there once."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from connector import __version__, deprecations, yamlfile
from connector.cli import session
from connector.cli.main import run
from connector.config import load as load_config
from connector.deprecations import CONFIG, MAPPING, Deprecation, found
from connector.mapping.check import examine
from connector.mapping.load import load

OLD = Deprecation(("records", "*", "fields", "*", "max_length"), "0.1.0", "0.2.0", "use length")
TEXT = """\
version: 1
name: tiny
crm: sql
records:
  opportunity:
    object: opportunities
    key: {aws_invitation_id: Id}
    fields:
      name: {from: Payload.OpportunityInvitation.Project.Title, max_length: 120}
      stage: {value: Prospecting}
"""
SAID = "records.opportunity.fields.name.max_length is deprecated since 0.1.0 and gone in 0.2.0 (use length)"


def version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


@pytest.mark.parametrize("each", [*MAPPING, *CONFIG], ids=lambda each: ".".join(each.path))
def test_nothing_goes_without_having_been_told_of_a_version_before(each: Deprecation) -> None:
    assert version(each.since) <= version(__version__)
    if re.fullmatch(r"\d+\.\d+\.\d+", each.gone):  # or else a service's own date
        assert version(each.gone)[:2] > version(each.since)[:2]
        assert version(each.gone) > version(__version__), "it is time to delete it"


def test_each_is_found_where_it_is_and_only_where_it_applies() -> None:
    rules = {"a": {"fields": {"x": {"max_length": 1}, "y": "Id"}}, "b": {"fields": {"z": {"max_length": 2}}}}
    found_at = [path for path, _ in found({"records": rules}, (OLD,))]
    assert found_at == [
        ("records", "a", "fields", "x", "max_length"),
        ("records", "b", "fields", "z", "max_length"),
    ]
    long = Deprecation(
        OLD.path, "0.1.0", "0.2.0", "", lambda value, owner: value > 1 and "max_length" in owner
    )
    assert [path[1] for path, _ in found({"records": rules}, (long,))] == ["b"]
    assert list(found({"records": ["max_length"]}, (OLD,))) == list(found(None, (OLD,))) == []


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(deprecations, "MAPPING", (OLD,))
    monkeypatch.chdir(tmp_path)
    session._warn_once.cache_clear()
    (tmp_path / "tiny.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "inbox").mkdir()
    configure(tmp_path)
    return tmp_path


def configure(folder: Path, **settings: Any) -> None:
    config = {
        "source": {"type": "files", "path": "inbox"},
        "crm": {"type": "sql", "url": "sqlite:///crm.db"},
        "mapping": "tiny.yaml",
        **settings,
    }
    (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")


def test_a_mapping_that_uses_it_is_warned_of_it_with_its_place_and_works(folder: Path) -> None:
    document = yamlfile.parse(TEXT, "tiny.yaml")
    _, (finding,) = examine(document)
    assert (finding.severity, str(finding)) == ("warning", f"tiny.yaml:9:65: {SAID}")
    assert load(document).records


def test_doctor_mapping_check_and_a_run_say_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["mapping", "check", "--no-crm"]) == 0
    assert f"warning: {folder / 'tiny.yaml'}:9:65: {SAID}" in capsys.readouterr().out
    run(["doctor"])
    printed = capsys.readouterr().out
    assert (
        ":9:65: records.opportunity.fields.name.max_length is deprecated" in printed
        and "use length" in printed
    )
    assert run(["sync"]) == 0
    assert capsys.readouterr().err.count(SAID) == 1
    assert run(["sync"]) == 0  # as a consumer of events does, again and again
    assert SAID not in capsys.readouterr().err


def test_signing_in_to_salesforce_without_an_app_is_told_of_with_its_place(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    auth = {"flow": "password", "username": "u", "password": "env:P"}
    crm = {"type": "salesforce", "login_url": "https://acme.my.salesforce.com", "auth": auth}
    (folder / "tiny.yaml").write_text(TEXT.replace("crm: sql", "crm: salesforce"), encoding="utf-8")
    (folder / "config.yaml").write_text(
        f"source: {{type: files, path: inbox}}\nmapping: tiny.yaml\ncrm: {json.dumps(crm)}\n",
        encoding="utf-8",
    )
    config = load_config(Path("config.yaml"), {"P": "secret"})
    (finding,) = config.deprecated()
    assert finding.position is not None and finding.position.line == 3
    assert "crm.auth.flow is deprecated since 0.1.0" in finding.message
    assert "client_credentials" in (finding.hint or "")
    with caplog.at_level(logging.WARNING), session.open_walk(config):
        pass
    assert caplog.text.count("crm.auth.flow is deprecated") == 1
    auth["client_id"] = "app"
    configure(folder, crm=crm)
    assert load_config(Path("config.yaml"), {"P": "secret"}).deprecated() == []


def test_the_docs_list_all_of_them() -> None:
    page = (Path(__file__).parents[1] / "docs" / "upgrading.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(.+?)` .* \| (.+?) \| (.+?) \| .* \|$", page, re.MULTILINE)
    assert rows == [(".".join(each.path[:-1]), each.since, each.gone) for each in (*MAPPING, *CONFIG)]
