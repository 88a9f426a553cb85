"""Where the settings of tenants stand: in the config itself, in a folder of YAML files, or in a table.

A tenant's settings are a config's, without ``ledger``, ``tenants`` and ``distributed``; what it does not say
it takes from the top level of the config. In any text ``{tenant}`` is its name.
"""

from __future__ import annotations

import os.path
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from connector import secrets, tenancy, yamlfile
from connector.errors import ConfigurationError, Finding, UsageError
from connector.mapping.nearest import did_you_mean
from connector.settings import SettingPath, Where, finding
from connector.yamlfile import Document

_SUFFIXES = (".yaml", ".yml")
_NOT_ITS_OWN = {
    "ledger": "the ledger follows from the tenant's name: ledger.url at the top level says how",
    "tenants": "a tenant has no tenants",
    "distributed": "the queue is that of all tenants",
}
# These name an adapter, a way to sign in, the currency that rates are in: what stands beside goes with them.
_KINDS = ("type", "flow", "base")


@dataclass(frozen=True, slots=True)
class Tenant:
    """``settings`` are what it says itself; ``where`` gives their places."""

    name: str
    settings: Mapping[str, Any] = field(repr=False)
    where: Where = field(repr=False)

    def says(self, path: SettingPath) -> bool:
        return has(self.settings, path)


class Directory(Protocol):
    """Where tenants are looked up."""

    def names(self) -> list[str]:
        """The names of all, sorted, good ones and bad. Raises ConfigurationError when there is no telling."""
        ...

    def get(self, name: str) -> Tenant | None:
        """What the tenant says. Raises ConfigurationError when that is no YAML."""
        ...


def directory(given: Any, folder: Path, environ: Mapping[str, str], where: Where) -> Directory:
    """Where the setting ``tenants`` says that they are: a mapping of them, the path of a folder (from
    ``folder``), or a table. Raises ConfigurationError when it is none of these."""
    if isinstance(given, str):
        return _Folder(folder / given)
    if not isinstance(given, dict):
        place = where(("tenants",), False)
        message = "tenants must be a mapping `name: settings`, a folder, or {url: ..., table: ...}"
        raise ConfigurationError("the config has 1 problem", [finding(place, message)])
    # A tenant's settings are never a text: one that is named `url` can be told from the url of a table.
    if isinstance(given.get("url"), str):
        return _Table(given, folder, environ)
    return _Inline(given, where)


def find(among: Directory, name: str) -> Tenant:
    """The tenant of that name. Raises UsageError when there is none, ConfigurationError when its name or what
    it says is no good."""
    tenancy.check_name(name)
    tenant = among.get(name)
    if tenant is None:
        names = among.names()
        hint = did_you_mean(name, names) or "`crm-connector tenants list` shows them"
        raise UsageError(f"there is no tenant {name}", hint=hint)
    problems = [
        finding(tenant.where((key,), True), f"tenant {name}: {key} is no setting of a tenant", hint)
        for key, hint in _NOT_ITS_OWN.items()
        if key in tenant.settings
    ]
    if problems:
        raise ConfigurationError(
            f"tenant {name} has {len(problems)} problem{'s' * (len(problems) > 1)}", problems
        )
    return tenant


def merged(top: Mapping[str, Any], tenant: Tenant) -> dict[str, Any]:
    """The settings of a tenant: its own over those of the ``top`` level."""
    shared = {name: value for name, value in top.items() if name not in _NOT_ITS_OWN}
    values: dict[str, Any] = tenancy.filled(_over(shared, tenant.settings), tenant.name)
    # The ledger's url is filled in when it is derived, so that tenants who would share one are noticed.
    return values | {name: top[name] for name in ("ledger",) if name in top}


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(below)
    for name, value in above.items():
        before = below.get(name)
        if isinstance(before, dict) and isinstance(value, dict) and not _is_other(before, value):
            value = _over(before, value)
        values[name] = value
    return values


def _is_other(before: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    return any(kind in value and value[kind] != before.get(kind) for kind in _KINDS)


def has(values: Any, path: SettingPath) -> bool:
    """Whether ``values`` have a setting at ``path``."""
    try:
        for part in path:
            values = values[part]
    except (LookupError, TypeError):
        return False
    return True


def _settings(value: Any, name: str, place: Callable[[], Any]) -> Mapping[str, Any]:
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    problem: Finding = finding(place(), f"tenant {name} must be a mapping of settings, `name: value`")
    raise ConfigurationError(f"tenant {name} has 1 problem", [problem])


class _Inline:
    def __init__(self, given: Mapping[str, Any], where: Where) -> None:
        self._given, self._where = given, where

    def names(self) -> list[str]:
        return sorted(map(str, self._given))

    def get(self, name: str) -> Tenant | None:
        if name not in self._given:
            return None
        at = ("tenants", name)
        settings = _settings(self._given[name], name, lambda: self._where(at, False))
        return Tenant(name, settings, lambda path, key: self._where((*at, *path), key))


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        try:
            paths = list(self._folder.iterdir())
        except OSError as error:
            hint = "make it, with a file NAME.yaml for each tenant"
            message = f"tenants: the folder {self._folder} cannot be read: {error.strerror}"
            raise ConfigurationError(message, hint=hint) from None
        return sorted({p.stem for p in paths if p.suffix in _SUFFIXES and not p.name.startswith(".")})

    def get(self, name: str) -> Tenant | None:
        # One that is no file, or leads nowhere, is there all the same: reading it says what is wrong.
        paths = [path for suffix in _SUFFIXES if os.path.lexists(path := self._folder / f"{name}{suffix}")]
        if not paths:
            return None
        if len(paths) > 1:
            raise ConfigurationError(f"tenant {name} has two files: {paths[0].name} and {paths[1].name}")
        if _is_special(paths[0]):  # reading a pipe would hold up all tenants
            raise ConfigurationError(f"{paths[0]}: not a regular file")
        return _of_document(name, yamlfile.read(paths[0]))


def _is_special(path: Path) -> bool:
    try:
        return stat.S_IFMT(path.stat().st_mode) not in (stat.S_IFREG, stat.S_IFDIR)
    except OSError:
        return False


def _of_document(name: str, document: Document) -> Tenant:
    where: Where = lambda path, key: document.position(path, key=key)  # noqa: E731
    return Tenant(name, _settings(document.value, name, lambda: where((), False)), where)


class _Table:
    """A table with the columns ``name`` and ``settings``, which hold YAML (or JSON, which is YAML too)."""

    def __init__(self, given: Mapping[str, Any], folder: Path, environ: Mapping[str, str]) -> None:
        table = given.get("table", "tenants")
        unknown = [str(key) for key in given if key not in ("url", "table")]
        if unknown or not isinstance(table, str) or not all(map(str.isidentifier, table.split("."))):
            hint = "url of the database, and table: its name, with or without the schema's before a dot"
            raise ConfigurationError("tenants: a table is {url: ..., table: ...}", hint=hint)
        self._table, self._folder = table, folder
        self._url = secrets.resolve(given["url"], folder, environ, "tenants.url")

    def names(self) -> list[str]:
        return sorted({str(row.name) for row in self._rows("name")})

    def get(self, name: str) -> Tenant | None:
        found = self._rows("name", "settings", name=name)
        if not found:
            return None
        if len(found) > 1:
            raise ConfigurationError(f"tenant {name} is in the table {self._table} twice")
        settings = found[0].settings
        place = f"{self._table} {name}"
        if isinstance(settings, dict):  # a column of type json comes parsed, floats and all: read it as ours
            import orjson

            settings = orjson.dumps(settings).decode()
        if not isinstance(settings, str | None):
            hint = "a column of text or JSON, which holds the tenant's settings as a config has them"
            raise ConfigurationError(f"{place}: settings are neither text nor a JSON object", hint=hint)
        return _of_document(name, yamlfile.parse(settings or "", place))

    def _rows(self, *names: str, name: str | None = None) -> list[Any]:
        """What the table has in these columns, of all or of one."""
        import sqlalchemy as sa

        from connector.database import connect, translating
        from connector.database_errors import Store

        schema, _, table = self._table.rpartition(".")
        columns: list[Any] = [sa.column(each) for each in names]
        query = sa.select(*columns).select_from(sa.table(table, *columns, schema=schema or None))
        if name is not None:
            query = query.where(sa.column("name") == name)
        engine = connect(self._url, self._folder, what="tenants.url", read_only=True)
        try:
            with translating(engine, Store("tenants", "the table of tenants")).connect() as connection:
                return list(connection.execute(query))
        finally:
            engine.dispose()
