"""``config.yaml`` and the environment -> settings, checked; everything wrong with them comes at once.

Every setting has a variable: ``source.catalog`` is ``CRM_CONNECTOR__SOURCE__CATALOG``. Its text is read as
YAML, so that ``false``, ``30`` and ``[PENDING]`` are what they look like.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from connector import secrets, tenancy, tenants, yamlfile
from connector.config_findings import Context, explain, location
from connector.crm.base import Crm
from connector.current import current_folder
from connector.errors import ConfigurationError, Finding, Position, UsageError
from connector.mapping.nearest import nearest
from connector.sections import DistributedSettings
from connector.settings import Config, Origin, SettingPath, finding
from connector.tenants import Tenant
from connector.yamlfile import Document

VARIABLE = "CRM_CONNECTOR__"  # followed by the setting's path, its parts joined by two underscores
FILE_VARIABLE = "CRM_CONNECTOR_CONFIG"
DEFAULT_FILE = "config.yaml"

M = TypeVar("M", bound=BaseModel)
Errors = list[tuple[SettingPath, ErrorDetails]]

_BUILT_IN = EntryPoint("sql", "connector.crm.sql:SqlCrm", "connector.crm")  # also where nothing is installed


@dataclass(frozen=True, slots=True)
class Override:
    """A setting given outside the file. ``origin`` names where, for messages; ``text`` is what was typed."""

    path: tuple[str, ...]
    value: Any
    origin: str
    text: str | None = None


def load(
    path: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Iterable[Override] = (),
    tenant: str | None = None,
) -> Config:
    """The settings in ``path``, else ``$CRM_CONNECTOR_CONFIG``, else ``./config.yaml``, with what the
    environment and ``overrides`` say on top; without any file, what these say alone. Those of one ``tenant``,
    where the config is one of tenants.

    Raises ConfigurationError with all findings, each with its place and the nearest name for a misspelt one;
    UsageError when a tenant has to be named and is not, or is not there.
    """
    environ = os.environ if environ is None else environ
    raw, directory = _raw(path, environ, overrides)
    if tenant is None and raw.values.get("tenants") is None:
        return _checked(raw, directory, environ)
    if tenant is None:
        hint = "give --tenant NAME (`crm-connector tenants list` has them), or `sync --all-tenants`"
        raise UsageError("this config is one of several tenants", hint=hint)
    return _of_tenant(raw, _tenants(raw, directory, environ), directory, environ, tenant)


def tenant_names(path: Path | None = None, environ: Mapping[str, str] | None = None) -> list[str]:
    """The names of the config's tenants, sorted. Raises as ``load`` does, but for what one tenant says, and
    UsageError when the config has none."""
    environ = os.environ if environ is None else environ
    raw, directory = _raw(path, environ)
    return _tenants(raw, directory, environ).names()


def each_tenant(
    path: Path | None = None, environ: Mapping[str, str] | None = None
) -> Iterator[tuple[str, Callable[[], Config]]]:
    """Every tenant's name, sorted, and what loads its settings, which may raise what ``load`` raises; the
    file is read once for all. Raises as ``tenant_names`` does."""
    environ = os.environ if environ is None else environ
    raw, directory = _raw(path, environ)
    among = _tenants(raw, directory, environ)
    for name in among.names():
        yield name, partial(_of_tenant, raw, among, directory, environ, name)


def _of_tenant(
    raw: _Raw, among: tenants.Directory, directory: Path, environ: Mapping[str, str], name: str
) -> Config:
    return _checked(_TenantRaw(raw, tenants.find(among, name)), directory, environ, name)


def distributed(
    path: Path | None = None, environ: Mapping[str, str] | None = None
) -> tuple[DistributedSettings, str]:
    """The settings of the tenants' queue, and the url of its database, its secret resolved. Raises
    ConfigurationError with what is wrong with them."""
    environ = os.environ if environ is None else environ
    raw, directory = _raw(path, environ)
    settings = DistributedSettings()
    given = raw.values.get("distributed")
    if not isinstance(given, dict | None):
        place = raw.where(("distributed",))
        wrong = finding(place, "distributed must be a mapping of settings, `name: value`")
        raise ConfigurationError("the config has 1 problem", [wrong])
    if given:
        found, errors = raw.validated(DistributedSettings, ("distributed",))
        context = Context(raw.values, None, raw.where)
        findings = [explain(error, at, context) for at, error in errors]
        if found is None:
            raise ConfigurationError(f"{raw.file or 'the environment'} has problems", findings)
        settings = found
    ledger = raw.values.get("ledger")
    url = settings.url or (ledger.get("url") if isinstance(ledger, dict) else None)
    if not isinstance(url, str):
        message = "distributed.url is missing: the queue needs a PostgreSQL database"
        raise ConfigurationError(message, hint="for example `distributed: {url: postgresql://host/queue}`")
    resolved = secrets.resolve(url, directory, environ, "distributed.url")
    return settings, resolved if settings.url else tenancy.queue_url(resolved)


def has_queue(path: Path | None = None, environ: Mapping[str, str] | None = None) -> bool:
    """Whether the config speaks of a queue of its tenants."""
    raw, _ = _raw(path, os.environ if environ is None else environ)
    return bool(raw.values.get("distributed"))


def _raw(
    path: Path | None, environ: Mapping[str, str], overrides: Iterable[Override] = ()
) -> tuple[_Raw, Path]:
    given = [*_from_environ(environ), *overrides]
    document, file, directory = _read(find(path, environ), bool(given))
    return _Raw(document, file, given), directory


def _tenants(raw: _Raw, directory: Path, environ: Mapping[str, str]) -> tenants.Directory:
    given = raw.values.get("tenants")
    if given is None:
        raise UsageError(
            "this config has no tenants", hint="leave --tenant and --all-tenants out, or see docs/tenants.md"
        )
    return tenants.directory(given, directory, environ, raw.where)


def parse(text: str, path: Path, environ: Mapping[str, str] | None = None) -> Config:
    """The settings in ``text`` as if it stood in the file ``path``, with what the environment says on top.
    Raises ConfigurationError as ``load`` does."""
    environ = os.environ if environ is None else environ
    raw = _Raw(yamlfile.parse(text, str(path)), str(path), list(_from_environ(environ)))
    return _checked(raw, path.absolute().parent, environ)


def _checked(raw: _Raw, directory: Path, environ: Mapping[str, str], tenant: str = "") -> Config:
    adapter, findings = _adapter(raw)
    context = Context(raw.values, adapter.Settings if adapter else None, raw.where)
    if adapter is not None:
        _, errors = raw.validated(adapter.Settings, ("crm",))
        findings += [explain(error, at, context) for at, error in errors]
    config, errors = raw.validated(Config)
    findings += [explain(error, at, context) for at, error in errors]
    if findings or adapter is None or config is None:
        count = "1 problem" if len(findings) == 1 else f"{len(findings)} problems"
        whose = f"tenant {tenant}" if tenant else raw.file or "the environment"
        raise ConfigurationError(f"{whose} has {count}", sorted(findings, key=_order))
    config._origin = Origin(directory, raw.file, environ, raw.where, adapter, tenant)
    return config


def find(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The config file, or None when none is named and ``./config.yaml`` is not there."""
    if path is not None:
        return path
    if environ.get(FILE_VARIABLE):
        return Path(environ[FILE_VARIABLE])
    default = Path(DEFAULT_FILE)
    return default if os.path.isfile(default) else None  # noqa: PTH113 - Path's raises where one may not look


def installed_crms() -> dict[str, EntryPoint]:
    """The CRM adapters by the name that ``crm.type`` gives them."""
    return {"sql": _BUILT_IN, **{entry.name: entry for entry in entry_points(group="connector.crm")}}


def _read(path: Path | None, enough_without: bool) -> tuple[Document, str | None, Path]:
    if path is not None:
        return yamlfile.read(path), str(path), path.absolute().parent
    if enough_without:
        return yamlfile.parse("{}", "environment"), None, current_folder()
    raise ConfigurationError(
        f"there is no {DEFAULT_FILE} here",
        hint=f"`crm-connector init` makes one; or copy config.example.yaml to {DEFAULT_FILE}, or name a file "
        f"with --config or ${FILE_VARIABLE}",
    )


def _from_environ(environ: Mapping[str, str]) -> Iterator[Override]:
    for name, text in sorted(environ.items()):
        if name.startswith(VARIABLE):
            path = tuple(name.removeprefix(VARIABLE).split("__"))
            yield Override(path, _value(text), f"environment variable {name}", text)


def _value(text: str) -> Any:
    """``text`` as YAML has it. What is text stays as it is to the last quote: it may well be a password."""
    try:
        value = yamlfile.parse(text, "environment").value
    except ConfigurationError:
        return text
    return text if isinstance(value, str) else value


def _order(finding: Finding) -> tuple[int, int]:
    return (finding.position.line, finding.position.column) if finding.position else (0, 0)


class _Raw:
    """The values as given, file and overrides merged, and where each of them stands."""

    def __init__(self, document: Document, file: str | None, overrides: Sequence[Override]) -> None:
        self._document, self.file = document, file
        self._overrides: dict[SettingPath, Override] = {}
        self.values: dict[str, Any] = {} if document.value is None else document.value
        if not isinstance(self.values, dict):
            problem = Finding("a config is a mapping of settings, `name: value`", document.position(()))
            raise ConfigurationError(f"{file} is no config", [problem], hint="see config.example.yaml")
        for override in overrides:
            self._put(override)

    def _put(self, override: Override) -> None:
        here: Any = self.values
        path: tuple[str, ...] = ()
        for part in override.path[:-1]:
            path = (*path, _spelt(part, path, here))
            if path == ("tenants",) and isinstance(here.get("tenants"), str):  # or all others would be gone
                message = f"{override.origin}: the tenants are in the folder {here['tenants']}"
                raise ConfigurationError(message, hint="what one of them says stands in its own file")
            if not isinstance(here.get(path[-1]), dict):
                here[path[-1]] = {}
            here = here[path[-1]]
        path = (*path, _spelt(override.path[-1], path, here))
        here[path[-1]] = override.value
        self._overrides[path] = replace(override, path=path)

    def where(self, path: SettingPath, key: bool = False) -> Position | str | None:
        """The place of a setting (or of its name): in the file, or the variable that gave it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._overrides:
                return self._overrides[path[:length]].origin
        return self._document.position(path, key=key) if self.file else None

    def validated(self, model: type[M], at: SettingPath = ()) -> tuple[M | None, Errors]:
        """The values at ``at`` as ``model``, or what is wrong with them, each with its path."""
        values = self._at(at)
        if at:  # an adapter is chosen by `type` and does not see it
            values = {name: without_decimals(value) for name, value in values.items() if name != "type"}
        try:
            return model.model_validate(values), []
        except ValidationError as error:
            errors = [((*at, *location(details, values)), details) for details in error.errors()]
        if [True for path, error in errors if self._retype(path, error)]:
            return self.validated(model, at)
        return None, errors

    def _retype(self, path: SettingPath, error: ErrorDetails) -> bool:
        """Give a variable its own text back where text is wanted: ``12345`` is a good password."""
        override = self._overrides.get(path)
        if override is None or override.text is None or not error["type"].startswith("string"):
            return False
        self._at(path[:-1])[path[-1]] = override.text
        self._overrides[path] = replace(override, text=None)
        return True

    def _at(self, path: SettingPath) -> Any:
        values: Any = self.values
        for part in path:
            values = values[part]
        return values


class _TenantRaw(_Raw):
    """The values of one tenant, over those of the ``top`` level."""

    def __init__(self, top: _Raw, tenant: Tenant) -> None:
        self.file, self._top, self._tenant = top.file, top, tenant
        self.values = tenants.merged(top.values, tenant)
        self._overrides = {path: each for path, each in top._overrides.items() if not tenant.says(path)}

    def where(self, path: SettingPath, key: bool = False) -> Position | str | None:
        inherited = tenants.has(self._top.values, path) and not self._tenant.says(path)
        return self._top.where(path, key) if inherited else self._tenant.where(path, key)


def _adapter(raw: _Raw) -> tuple[type[Crm] | None, list[Finding]]:
    """The CRM adapter that ``crm.type`` names. What else is wrong with ``crm`` is for validation to say."""
    crm = raw.values.get("crm")
    name = crm.get("type") if isinstance(crm, dict) else None
    if not isinstance(name, str):
        return None, []
    installed = installed_crms()
    if name in installed:
        return installed[name].load(), []
    meant = nearest(name, installed)
    hint = f"{f'did you mean {meant}? ' if meant else ''}installed: {', '.join(sorted(installed))}"
    return None, [finding(raw.where(("crm", "type")), f"there is no CRM type {name!r}", hint)]


def without_decimals(value: Any) -> Any:
    """``value`` with floats for the decimals of our YAML reader, which adapters need not know."""
    if isinstance(value, dict):
        return {name: without_decimals(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_decimals(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def _spelt(part: str, at: SettingPath, here: Mapping[str, Any]) -> str:
    """A variable is all capitals; a setting is as the file, or else the schema, spells it."""
    for name in here:
        if str(name).casefold() == part.casefold():
            return str(name)
    return part.upper() if at == ("currency", "rates") else part.lower()
