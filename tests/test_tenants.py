"""Tenants of a config: whose settings are whose, and that no two share a ledger."""

from __future__ import annotations

import json
import os
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector import tenancy
from connector.cli.config import shown
from connector.config import load, tenant_names
from connector.errors import ConfigurationError, ConnectorError, ServiceError, UsageError
from connector.sections import PartnerCentralSource

TOP: dict[str, Any] = {
    "source": {"type": "partner_central", "catalog": "Sandbox", "role_session_name": "crm-{tenant}"},
    "crm": {"type": "sql", "url": "sqlite:///crm-{tenant}.db"},
    "mapping": "sql.yaml",
    "ledger": {"url": "sqlite:///ledgers/{tenant}.db"},
    "limits": {"max_updates": 7, "max_updates_percent": 8},
}
ROLE = "arn:aws:iam::111122223333:role/partner"


def config(folder: Path, tenants: Any, **settings: Any) -> Path:
    path = folder / "config.yaml"
    path.write_text(json.dumps({**TOP, **settings, "tenants": tenants}), encoding="utf-8")
    return path


def findings(path: Path, tenant: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(path, {}, tenant=tenant)
    return [str(finding) for finding in caught.value.findings] or [caught.value.message]


def test_a_tenant_takes_from_the_top_level_what_it_does_not_say(tmp_path: Path) -> None:
    own = {
        "source": {"catalog": "AWS", "role_arn": ROLE, "external_id": "x-1"},
        "limits": {"max_updates": 1},
        "currency": {"base": "EUR"},
    }
    path = config(tmp_path, {"acme": own, "globex": None})
    acme, globex = (load(path, {}, tenant=name) for name in ("acme", "globex"))
    assert isinstance(acme.source, PartnerCentralSource) and isinstance(globex.source, PartnerCentralSource)
    assert (acme.source.catalog, acme.source.role_arn, acme.source.external_id) == ("AWS", ROLE, "x-1")
    assert (globex.source.catalog, globex.source.role_arn) == ("Sandbox", None)
    assert (acme.limits.max_updates, acme.limits.max_updates_percent) == (1, 8)
    assert (acme.currency.base, globex.currency.base) == ("EUR", "USD")
    assert acme.source.role_session_name == "crm-acme"
    assert acme.crm.model_extra == {"url": "sqlite:///crm-acme.db"}
    assert (acme.tenant, globex.tenant) == ("acme", "globex")


def test_rates_in_one_currency_are_not_taken_for_rates_in_another(tmp_path: Path) -> None:
    shared = {"base": "USD", "rates": {"GBP": "1.27", "EUR": "1.08"}}
    eu = {"currency": {"base": "EUR"}}
    own = {"currency": {"rates": {"GBP": "1.3"}}}
    path = config(tmp_path, {"eu": eu, "us": own}, currency=shared)
    assert load(path, {}, tenant="eu").currency.rates == {}
    assert load(path, {}, tenant="us").currency.rates == {"GBP": Decimal("1.3"), "EUR": Decimal("1.08")}


def test_another_type_of_crm_takes_nothing_of_the_first(tmp_path: Path) -> None:
    odoo = {"type": "odoo", "url": "https://acme.example", "database": "d", "username": "u", "password": "p"}
    path = config(tmp_path, {"acme": {"crm": odoo}}, crm={"type": "sql", "url": "sqlite:///x", "columns": {}})
    assert load(path, {}, tenant="acme").crm.model_extra == {k: v for k, v in odoo.items() if k != "type"}


def test_secrets_are_the_tenants_own(tmp_path: Path) -> None:
    crm = {"type": "sql", "url": "env:CRM_{TENANT}"}
    path = config(tmp_path, {"a-b": {}, "c": {}}, crm=crm)
    environ = {"CRM_A_B": "sqlite:///mine.db"}
    load(path, environ, tenant="a-b").open_crm().close()
    assert (tmp_path / "mine.db").exists()
    with pytest.raises(ConfigurationError) as caught:
        load(path, environ, tenant="c").open_crm()
    assert "CRM_C is not set" in str(caught.value.findings[0])


def test_tenants_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "tenants").mkdir()
    (tmp_path / "tenants" / "acme.yaml").write_text("limits: {max_updates: 3}\n")
    (tmp_path / "tenants" / "globex.yml").write_text("")
    (tmp_path / "tenants" / "broken.yaml").write_text("limits:\n  max_updats: 3\n")
    (tmp_path / "tenants" / ".hidden.yaml").write_text("")
    path = config(tmp_path, "tenants")
    assert tenant_names(path, {}) == ["acme", "broken", "globex"]
    assert load(path, {}, tenant="acme").limits.max_updates == 3
    (problem,) = findings(path, "broken")
    assert problem.startswith(f"{tmp_path}/tenants/broken.yaml:2:3: unknown setting limits.max_updats")


@pytest.mark.parametrize("column", ["text", "json"])
def test_tenants_in_a_table(tmp_path: Path, column: str) -> None:
    with sqlite3.connect(tmp_path / "fleet.db") as database:
        database.execute(f"CREATE TABLE fleet (name text PRIMARY KEY, settings {column}, note text)")
        rows = [("acme", '{"limits": {"max_updates": 3}}'), ("globex", None), ("bad", "limits: {max: 1}")]
        database.executemany("INSERT INTO fleet (name, settings) VALUES (?, ?)", rows)
    database.close()
    path = config(tmp_path, {"url": "sqlite:///fleet.db", "table": "fleet"})
    assert tenant_names(path, {}) == ["acme", "bad", "globex"]
    assert load(path, {}, tenant="acme").limits.max_updates == 3
    assert load(path, {}, tenant="globex").limits.max_updates == 7
    assert findings(path, "bad")[0].startswith("fleet bad:1:10: unknown setting limits.max")
    with pytest.raises(ServiceError):
        tenant_names(config(tmp_path, {"url": "sqlite:///fleet.db", "table": "other"}), {})


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "fleet").mkdir()
    (tmp_path / "fleet" / "acme.yaml").write_text("limits: {max_updates: 1}", encoding="utf-8")
    os.mkfifo(tmp_path / "fleet" / "pipe.yaml")
    path = config(tmp_path, "fleet")
    assert tenant_names(path, {}) == ["acme", "pipe"]
    assert load(path, {}, tenant="acme").limits.max_updates == 1
    with pytest.raises(ConfigurationError, match=r"pipe\.yaml: not a regular file"):
        load(path, {}, tenant="pipe")


def test_a_row_that_is_no_good_is_its_tenants_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "fleet.db") as database:
        database.execute("CREATE TABLE tenants (name text, settings)")
        rows = [("acme", "limits: {max_updates: 1}"), ("blob", b"\xff"), ("number", 5), ("text", None)]
        database.executemany("INSERT INTO tenants VALUES (?, ?)", rows)
        database.execute("UPDATE tenants SET settings = CAST(X'FF00' AS text) WHERE name = 'text'")
    database.close()
    path = config(tmp_path, {"url": "sqlite:///fleet.db"})
    assert tenant_names(path, {}) == ["acme", "blob", "number", "text"]
    assert load(path, {}, tenant="acme").limits.max_updates == 1
    for name in ("blob", "number"):
        assert f"tenants {name}: settings are neither text nor a JSON object" in findings(path, name)
    with pytest.raises(ConnectorError):
        load(path, {}, tenant="text")


@pytest.mark.parametrize("table", ["a b", "x; drop table y", "", 3])
def test_a_table_is_named_by_its_name_alone(tmp_path: Path, table: Any) -> None:
    with pytest.raises(ConfigurationError):
        tenant_names(config(tmp_path, {"url": "sqlite:///fleet.db", "table": table}), {})


def test_a_table_with_a_tenant_twice_is_not_guessed_at(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "fleet.db") as database:
        database.execute("CREATE TABLE tenants (name text, settings text)")
        rows = [("acme", "limits: {max_updates: 1}"), ("acme", None), ("globex", None)]
        database.executemany("INSERT INTO tenants VALUES (?, ?)", rows)
    database.close()
    path = config(tmp_path, {"url": "sqlite:///fleet.db"})
    assert tenant_names(path, {}) == ["acme", "globex"]
    assert findings(path, "acme") == ["tenant acme is in the table tenants twice"]
    assert load(path, {}, tenant="globex").tenant == "globex"


def test_a_file_that_cannot_be_read_is_a_tenant_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "tenants" / "acme.yaml").mkdir(parents=True)
    (tmp_path / "tenants" / "globex.yaml").symlink_to(tmp_path / "gone")
    path = config(tmp_path, "tenants")
    assert "acme.yaml: cannot be read: Is a directory" in findings(path, "acme")[0]
    assert "globex.yaml: there is no such file" in findings(path, "globex")[0]


@pytest.mark.parametrize("tenants", ["tenants", {"url": "sqlite:///fleet.db"}])
def test_a_variable_of_one_tenant_does_not_do_away_with_the_others(tmp_path: Path, tenants: Any) -> None:
    path = config(tmp_path, tenants)
    environ = {"CRM_CONNECTOR__TENANTS__ACME__LIMITS__MAX_UPDATES": "9"}
    with pytest.raises(ConfigurationError):
        tenant_names(path, environ)


NO_NAMES = ["", "A", "a_b", "../a", "a/b", "a.b", "-a", "a-", "a b", "a" * 41, "é", "a\n", "{tenant}"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_is_a_name_and_nothing_else(tmp_path: Path, name: str) -> None:
    (tmp_path / "tenants").mkdir()
    (tmp_path / "a.yaml").write_text("")
    for tenants in ({name: {}}, "tenants"):
        with pytest.raises(ConfigurationError, match="no name for a tenant"):
            load(config(tmp_path, tenants), {}, tenant=name)


def test_a_tenant_has_to_be_named_and_to_be_there(tmp_path: Path) -> None:
    path = config(tmp_path, {"acme": {}})
    with pytest.raises(UsageError, match="several tenants"):
        load(path, {})
    with pytest.raises(UsageError, match="no tenant acne") as caught:
        load(path, {}, tenant="acne")
    assert caught.value.hint == "did you mean acme?"
    path.write_text(json.dumps(TOP))
    with pytest.raises(UsageError, match="no tenants"):
        load(path, {}, tenant="acme")


@pytest.mark.parametrize("key", ["ledger", "tenants"])
def test_a_tenant_does_not_choose_its_ledger(tmp_path: Path, key: str) -> None:
    assert f"{key} is no setting of a tenant" in findings(config(tmp_path, {"acme": {key: {}}}), "acme")[0]


@pytest.mark.parametrize("tenants", [3, ["acme"], True])
def test_tenants_are_a_mapping_a_folder_or_a_table(tmp_path: Path, tenants: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        tenant_names(config(tmp_path, tenants), {})
    assert "tenants must be a mapping" in str(caught.value.findings[0])


@pytest.mark.parametrize("settings", ["text", 3, [1]])
def test_settings_of_a_tenant_are_a_mapping(tmp_path: Path, settings: Any) -> None:
    assert "tenant acme must be a mapping" in findings(config(tmp_path, {"acme": settings}), "acme")[0]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///ledgers/{tenant}.db", "sqlite:///ledgers/acme.db"),
        ("sqlite:////var/{tenant}/ledger.db", "sqlite:////var/acme/ledger.db"),
        ("sqlite:///{TENANT}.db", "sqlite:///ACME.db"),
        ("postgresql://me:s@h/db", "postgresql://me:s@h/db?schema=tenant_acme"),
        ("postgresql://h/db?schema=x_{tenant}", "postgresql://h/db?schema=x_acme"),
        ("postgresql://{tenant}@h/db", "postgresql://acme@h/db?schema=tenant_acme"),
    ],
)
def test_a_ledger_follows_from_the_tenant(url: str, expected: str) -> None:
    assert tenancy.ledger_url(url, "acme") == expected


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///ledger.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///ledger.db?x={tenant}",
        "sqlite:///{tenant}/../ledger.db",
        "postgresql://h/db?schema=crm",
        "postgresql://{tenant}@h/db?schema=crm",
        f"postgresql://h/db?schema={'x' * 60}_{{tenant}}",
    ],
)
def test_no_two_tenants_share_a_ledger(url: str) -> None:
    with pytest.raises(ConfigurationError):
        tenancy.ledger_url(url, "acme")


def test_a_ledgers_url_may_be_a_secret_of_its_own(tmp_path: Path) -> None:
    path = config(tmp_path, {"acme": {}}, ledger={"url": "env:LEDGER_{TENANT}"})
    environ = {"LEDGER_ACME": "postgresql://me:hunter22@h/db"}
    url = load(path, environ, tenant="acme").ledger_url()
    assert url == "postgresql://me:hunter22@h/db?schema=tenant_acme"
    with pytest.raises(ConnectorError):  # all tenants' file
        load(path, {"LEDGER_ACME": "sqlite:///ledger.db"}, tenant="acme").ledger_url()


def test_a_variable_is_the_top_levels_and_a_tenants_own_goes_before(tmp_path: Path) -> None:
    path = config(tmp_path, {"acme": {"limits": {"max_updates": 1}}, "globex": {}})
    environ = {"CRM_CONNECTOR__LIMITS__MAX_UPDATES": "5"}
    found = [load(path, environ, tenant=name).limits.max_updates for name in ("acme", "globex")]
    assert found == [1, 5]
    environ = {"CRM_CONNECTOR__TENANTS__ACME__LIMITS__MAX_UPDATES": "9"}
    assert load(path, environ, tenant="acme").limits.max_updates == 9


def test_no_password_of_a_queue_is_shown(tmp_path: Path) -> None:
    source = {"type": "files", "path": "inbox"}
    queue = {"url": "postgresql://me:hunter22@h/queue"}
    path = config(tmp_path, None, source=source, distributed=queue)
    assert "hunter22" not in json.dumps(shown(load(path, {})))
    assert "hunter22" not in repr(load(path, {}))


def test_a_schedule_is_spread_over_names_and_steady() -> None:
    late = [tenancy.jitter(f"t{n}", 60) for n in range(600)]
    assert late == [tenancy.jitter(f"t{n}", 60) for n in range(600)]
    assert all(0 <= each < 60 for each in late)
    assert all(60 < sum(part <= each < part + 10 for each in late) < 140 for part in range(0, 60, 10))
