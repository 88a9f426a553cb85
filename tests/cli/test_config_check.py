"""``config check`` shows what was understood, and no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Home, accepted


def test_a_good_config_is_shown_with_its_defaults(cli: Cli, home: Home) -> None:
    answer = cli("config", "check")
    assert (answer.code, answer.err) == (0, "")
    assert "source.type" in answer.out
    assert "config.yaml is good" in answer.out
    settings = cli("config", "check", "--output", "json").json["settings"]
    assert settings["limits"] == {"max_updates": 1000, "max_updates_percent": 30}
    assert settings["crm"]["url"] == "sqlite:///crm.db"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://host/ledger", "ledger: mysql is not supported"),
        ("no url", "ledger: the url is not one of a database"),
        ("postgresql://me:secret", "ledger: the url is not one of a database"),
        ("postgresql://me:secret@[::1/ledger", "ledger: the url is not one of a database"),
        ("sqlite:///nowhere/ledger.db", "ledger: there is no directory"),
    ],
)
def test_a_ledger_that_cannot_be_is_named(cli: Cli, home: Home, url: str, said: str) -> None:
    home.configure(ledger={"url": url})
    answer = cli("config", "check")
    assert answer.code == 2
    assert said in answer.err
    assert "secret" not in answer.err


def test_nothing_is_written(cli: Cli, home: Home) -> None:
    cli("config", "check", "--connect")
    assert home.files() == ["config.yaml", "inbox"]


def test_passwords_in_urls_are_masked_and_references_shown(
    cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_URL", "postgresql://me:swordfish@db/ledger")
    home.configure(
        crm={"type": "sql", "url": "postgresql://me:hunter22@db/crm?sslpassword=s3cret"},
        ledger={"url": "env:LEDGER_URL"},
    )
    for output in ("table", "json"):
        answer = cli("config", "check", "--output", output)
        assert answer.code == 0
        assert "postgresql://me:********@db/crm?sslpassword=********" in answer.out
        assert "env:LEDGER_URL" in answer.out
        for secret in ("hunter22", "swordfish", "s3cret"):
            assert secret not in answer.out + answer.err


def test_all_that_is_wrong_comes_at_once(cli: Cli, home: Home, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("version: 1\nname: x\ncrm: sql\nrecord: {}\n", encoding="utf-8")
    home.configure(mapping="bad.yaml", ledger={"url": "env:NOT_SET"})
    answer = cli("config", "check")
    assert answer.code == 2
    assert "ledger.url: the environment variable NOT_SET is not set" in answer.err
    assert "bad.yaml:4:1" in answer.err


def test_a_filter_that_selects_nothing_is_warned_of(cli: Cli, home: Home) -> None:
    home.configure(source={"type": "files", "path": "inbox", "statuses": ["PENDNG"]})
    answer = cli("config", "check")
    assert answer.code == 0
    assert "'PENDNG' (did you mean PENDING?)" in answer.out


def test_connect_says_what_does_not_answer(cli: Cli, home: Home) -> None:
    home.put(accepted())
    assert cli("config", "check", "--connect").code == 0
    home.configure(source={"type": "files", "path": "nowhere"})
    assert cli("config", "check").code == 0
    answer = cli("config", "check", "--connect")
    assert answer.code == 2
    assert "nowhere" in answer.err


def test_no_config_says_how_to_begin(cli: Cli, home: Home, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").unlink()
    answer = cli("config", "check")
    assert answer.code == 2
    assert "copy config.example.yaml to config.yaml" in answer.err
