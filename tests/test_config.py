"""A config is understood as it was meant, or refused with everything that is wrong and where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from connector import config as config_module
from connector.config import Override, load
from connector.crm.base import Crm
from connector.errors import ConfigurationError
from connector.secrets import redact
from connector.sections import PartnerCentralSource
from connector.settings import Config

BAD = Path(__file__).parent / "bad_configs"
GOOD = """\
source: {type: partner_central, catalog: Sandbox}
crm: {type: vault, url: "postgresql://me:hunter22@db/crm", password: "env:VAULT_PASSWORD"}
mapping: mappings/sql.yaml
"""


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    url: str = ""
    password: SecretStr = SecretStr("")
    timeout: float = 1.0
    auth: dict[str, str] = {}


class Vault(Crm):  # type: ignore[misc]  # a CRM of which only the opening matters
    name: ClassVar[str] = "vault"
    Settings = Settings
    opened: ClassVar[list[tuple[Settings, Path, bool]]] = []

    @classmethod
    def open(cls, settings: Any, directory: Path, *, read_only: bool = False) -> Any:
        cls.opened.append((settings, directory, read_only))


@pytest.fixture(autouse=True)
def vault(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = config_module.installed_crms()
    entry = EntryPoint("vault", "tests.test_config:Vault", "connector.crm")
    monkeypatch.setattr(config_module, "installed_crms", lambda: {**installed, "vault": entry})
    Vault.opened.clear()


def config(
    tmp_path: Path, text: str = GOOD, environ: Mapping[str, str] | None = None, **overrides: Any
) -> Config:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ or {}, **overrides)


def findings(tmp_path: Path, text: str = GOOD, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        config(tmp_path, text, environ)
    return [
        str(finding).replace(str(tmp_path / "config.yaml"), "config.yaml")
        for finding in caught.value.findings
    ]


@pytest.mark.parametrize("path", sorted(BAD.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_mistake_is_named_with_its_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_module, "installed_crms", lambda: {"sql": config_module._BUILT_IN})
    expected = re.findall(r"^# finds (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    with pytest.raises(ConfigurationError) as caught:
        load(path, {})
    assert [str(finding).removeprefix(f"{path}:") for finding in caught.value.findings] == expected


def test_the_example_config_is_one() -> None:
    example = Path(__file__).parents[1] / "config.example.yaml"
    assert load(example, {}).mapping_path.is_file()


def test_defaults_are_those_of_the_services(tmp_path: Path) -> None:
    source = config(tmp_path).source
    assert isinstance(source, PartnerCentralSource)
    assert (source.region, source.read_timeout, source.reads_per_second) == ("us-east-1", 60.0, 10.0)
    assert source.reads_per_day == 100_000


def test_paths_count_from_the_config_file(tmp_path: Path) -> None:
    loaded = config(tmp_path)
    assert loaded.directory == tmp_path
    assert loaded.mapping_path == tmp_path / "mappings" / "sql.yaml"


def test_rates_are_exact_whether_text_or_number(tmp_path: Path) -> None:
    text = GOOD + "currency: {rates: {EUR: '1.08', GBP: 1.27, JPY: 0.0067, KWD: 3}}\n"
    rates = config(tmp_path, text).currency.rates
    assert rates == {
        "EUR": Decimal("1.08"),
        "GBP": Decimal("1.27"),
        "JPY": Decimal("0.0067"),
        "KWD": Decimal(3),
    }


def test_retry_is_one_policy_that_a_service_may_differ_from(tmp_path: Path) -> None:
    retry = config(tmp_path, GOOD + "retry: {attempts: 3, deadline: 60, crm: {attempts: 5}}\n").retry
    assert (retry.policy("source").attempts, retry.policy("source").deadline) == (3, 60)
    assert (retry.policy("crm").attempts, retry.policy("crm").deadline) == (5, 60)


# Where the file is


def test_the_file_is_named_by_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert load(None, {"CRM_CONNECTOR_CONFIG": str(path)}).file == str(path)


def test_no_file_says_how_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=r"no config\.yaml here") as caught:
        load(None, {})
    assert "copy config.example.yaml" in str(caught.value.hint)


def test_the_environment_alone_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = load(
        None,
        {
            "CRM_CONNECTOR__SOURCE__TYPE": "files",
            "CRM_CONNECTOR__SOURCE__PATH": "-",
            "CRM_CONNECTOR__CRM__TYPE": "vault",
            "CRM_CONNECTOR__MAPPING": "sql.yaml",
        },
    )
    assert loaded.file is None
    assert loaded.mapping_path == tmp_path / "sql.yaml"


# Overrides


def test_a_variable_overrides_a_setting_with_its_own_type(tmp_path: Path) -> None:
    loaded = config(
        tmp_path,
        environ={
            "CRM_CONNECTOR__SOURCE__CATALOG": "AWS",
            "CRM_CONNECTOR__SOURCE__VERIFY_SSL": "false",
            "CRM_CONNECTOR__SOURCE__STATUSES": "[PENDING, ACCEPTED]",
            "CRM_CONNECTOR__SOURCE__READS_PER_SECOND": "2.5",
            "CRM_CONNECTOR__CURRENCY__RATES__EUR": "1.08",
            "CRM_CONNECTOR__LIMITS__MAX_UPDATES": "null",
        },
    )
    source = loaded.source
    assert isinstance(source, PartnerCentralSource)
    assert (source.catalog, source.verify_ssl, source.reads_per_second) == ("AWS", False, 2.5)
    assert source.statuses == ("PENDING", "ACCEPTED")
    assert loaded.currency.rates == {"EUR": Decimal("1.08")}
    assert loaded.limits.max_updates is None


@pytest.mark.parametrize(
    "password", ["12345", "true", "a: b", "half # whole", "'quoted'", "null", "[x", " x "]
)
def test_what_looks_like_yaml_may_be_a_password(tmp_path: Path, password: str) -> None:
    loaded = config(tmp_path, environ={"CRM_CONNECTOR__CRM__PASSWORD": password})
    loaded.open_crm()
    assert Vault.opened[0][0].password.get_secret_value() == password


def test_a_misspelt_variable_is_named(tmp_path: Path) -> None:
    assert findings(tmp_path, environ={"CRM_CONNECTOR__SOURCE__CATALOGUE": "AWS"}) == [
        "environment variable CRM_CONNECTOR__SOURCE__CATALOGUE: unknown setting source.catalogue"
        " (did you mean catalog?)"
    ]


def test_an_empty_path_of_files_is_none(tmp_path: Path) -> None:
    text = "source: {type: files, path: in}\ncrm: {type: sql, url: 'sqlite:///c.db'}\nmapping: m.yaml\n"
    (finding,) = findings(tmp_path, text, {"CRM_CONNECTOR__SOURCE__PATH": ""})
    assert "SOURCE__PATH" in finding


def test_a_bad_value_of_a_variable_is_its_own(tmp_path: Path) -> None:
    assert findings(tmp_path, environ={"CRM_CONNECTOR__BATCH_SIZE": "many"}) == [
        "environment variable CRM_CONNECTOR__BATCH_SIZE: batch_size must be a valid integer"
    ]


def test_overrides_by_a_command_come_last(tmp_path: Path) -> None:
    override = Override(("source", "catalog"), "AWS", "--catalog")
    environ = {"CRM_CONNECTOR__SOURCE__CATALOG": "Sandbox"}
    source = config(tmp_path, environ=environ, overrides=[override]).source
    assert isinstance(source, PartnerCentralSource)
    assert source.catalog == "AWS"


# Secrets


def test_a_secret_is_resolved_when_the_crm_is_opened(tmp_path: Path) -> None:
    loaded = config(tmp_path, environ={"VAULT_PASSWORD": "s3cret-one"})
    loaded.open_crm(read_only=True)
    settings, directory, read_only = Vault.opened[0]
    assert settings.password.get_secret_value() == "s3cret-one"
    assert (directory, read_only) == (tmp_path, True)


def test_any_text_of_the_crm_may_be_a_reference(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("-----KEY-----\n", encoding="utf-8")
    text = GOOD.replace('"postgresql://me:hunter22@db/crm"', '"env:URL", auth: {key: "file:key.pem"}')
    config(tmp_path, text, {"URL": "postgresql://db/crm", "VAULT_PASSWORD": "x"}).open_crm()
    settings = Vault.opened[0][0]
    assert (settings.url, settings.auth["key"]) == ("postgresql://db/crm", "-----KEY-----")


def test_a_missing_secret_is_named_where_it_is_configured(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        config(tmp_path).open_crm()
    assert [str(finding) for finding in caught.value.findings] == [
        f"{tmp_path}/config.yaml:2:70: crm.password: the environment variable VAULT_PASSWORD is not set"
        " (set VAULT_PASSWORD, or change crm.password)"
    ]


def test_an_empty_secret_file_is_missing(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    text = GOOD.replace("env:VAULT_PASSWORD", "file:empty")
    with pytest.raises(ConfigurationError) as caught:
        config(tmp_path, text).open_crm()
    assert "crm.password: file:empty is empty" in str(caught.value.findings[0])


def test_the_ledgers_url_may_be_a_secret(tmp_path: Path) -> None:
    loaded = config(tmp_path, GOOD + "ledger: {url: env:LEDGER}\n", {"LEDGER": "sqlite:///l.db"})
    assert loaded.ledger_url() == "sqlite:///l.db"


def test_neither_settings_nor_errors_show_a_secret(tmp_path: Path) -> None:
    text = GOOD + "ledger: {url: 'postgresql://me:swordfish@db/l'}\n"
    loaded = config(tmp_path, text, {"VAULT_PASSWORD": "s3cret-two"})
    loaded.open_crm()
    assert not re.search("hunter22|swordfish|s3cret", repr(loaded) + str(loaded))
    # A secret in the wrong place is not echoed in the message about it.
    assert "hunter22" not in "".join(
        findings(tmp_path, GOOD.replace("timeout", "") + "batch_size: hunter22\n")
    )


def test_what_was_resolved_is_redacted_ever_after(tmp_path: Path) -> None:
    config(tmp_path, environ={"VAULT_PASSWORD": "s3cret-three"}).open_crm()
    said = redact("login with s3cret-three at postgresql://me:pa55word@db/crm failed")
    assert "s3cret-three" not in said
    assert "pa55word" not in said
    assert "db/crm failed" in said


def test_unwise_secrets_are_warned_of(tmp_path: Path) -> None:
    exposed = tmp_path / "password"
    exposed.write_text("s3cret-four", encoding="utf-8")
    exposed.chmod(0o644)
    warned = config(tmp_path, GOOD.replace("env:VAULT_PASSWORD", "file:password")).secret_findings()
    assert [finding.severity for finding in warned] == ["warning"]
    assert "everybody on this machine can read" in warned[0].message
    warned = config(tmp_path, GOOD.replace("env:VAULT_PASSWORD", "plain text")).secret_findings()
    assert "stands in the file itself" in warned[0].message
    assert warned[0].position is not None
