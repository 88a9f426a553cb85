"""A config: its sections (``connector.sections``), where it came from, and its secrets, which are resolved
when they are used. ``connector.config`` reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, PrivateAttr, SecretStr, ValidationError

from connector import deprecations, secrets, tenancy
from connector.crm.base import Crm
from connector.errors import ConfigurationError, Finding, Position
from connector.sections import (
    CrmSettings,
    CurrencySettings,
    DistributedSettings,
    EventsSettings,
    FilesSource,
    LedgerSettings,
    LimitSettings,
    NotifySettings,
    PartnerCentralSource,
    RetrySettings,
    RuleSettings,
    Section,
)

SettingPath = tuple[str | int, ...]
Where = Callable[[SettingPath, bool], "Position | str | None"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a config came from. ``directory`` is what its relative paths count from; ``where(path, key)``
    gives the place of a setting (or of its name): a position in the file, or the name of a variable."""

    directory: Path
    file: str | None
    environ: Mapping[str, str] = field(repr=False)
    where: Where = field(repr=False)
    adapter: type[Crm]
    tenant: str = ""


class Config(Section):
    """All settings, checked. Made by ``connector.config.load``."""

    source: PartnerCentralSource | FilesSource = Field(
        discriminator="type", examples=["{type: files, path: -}"]
    )
    crm: CrmSettings = Field(examples=["{type: sql, url: 'sqlite:///crm.db'}"])
    mapping: str = Field(examples=["mappings/sql.yaml"])
    ledger: LedgerSettings = LedgerSettings()
    currency: CurrencySettings = CurrencySettings()
    retry: RetrySettings = RetrySettings()
    limits: LimitSettings = LimitSettings()
    rules: RuleSettings = RuleSettings()
    events: EventsSettings | None = None
    notify: NotifySettings = NotifySettings()
    distributed: DistributedSettings = DistributedSettings()
    batch_size: Annotated[int, Field(ge=1, le=10_000)] | None = None  # null: as many as suit the CRM
    tenants: None = None  # the config of one tenant has none; connector.tenants reads them
    _origin: Origin = PrivateAttr()

    @property
    def directory(self) -> Path:
        """What relative paths count from: the config file's directory."""
        return self._origin.directory

    @property
    def file(self) -> str | None:
        """The config file, or None when variables alone make the config."""
        return self._origin.file

    @property
    def tenant(self) -> str:
        """Whose settings these are; "" where the config has no tenants."""
        return self._origin.tenant

    @property
    def mapping_path(self) -> Path:
        return self.directory / self.mapping

    def ledger_url(self) -> str:
        """The ledger's url, its secret resolved; of a tenant, that of its own. Raises ConfigurationError when
        the secret is missing, or tenants would share a ledger."""
        url, tenant = self.ledger.url, self.tenant
        if tenant and secrets.is_reference(url):
            url = tenancy.filled(url, tenant)
        found: str = self._resolve(("ledger", "url"), url)
        return tenancy.ledger_url(found, tenant) if tenant else found

    def ledger_key(self) -> str:
        """What ``ledger.encryption_key`` stands for; "" where there is none. Raises ConfigurationError when
        the secret is missing."""
        if self.ledger.encryption_key is None:
            return ""
        ((path, text),) = [each for each in self._secret() if each[0][0] == "ledger"]
        keys: str = self._resolve(path, text)
        for key in keys.replace(",", " ").split():
            secrets.remember(key)
        return keys

    def crm_settings(self) -> BaseModel:
        """The CRM's settings as its adapter has them, references not resolved."""
        return self._origin.adapter.Settings.model_validate(self.crm.model_extra)

    def open_crm(self, *, read_only: bool = False) -> Crm:
        """The CRM that ``crm`` names. Raises ConfigurationError when a secret is missing, and what the
        adapter raises."""
        adapter = self._origin.adapter
        values = self._resolve(("crm",), self.crm.model_extra)
        try:
            settings = adapter.Settings.model_validate(values)
        except ValidationError as error:
            wrong = ", ".join(".".join(str(part) for part in e["loc"]) for e in error.errors())
            message = f"crm: with its secrets filled in, it is not as {self.crm.type} wants it: {wrong}"
            raise ConfigurationError(message) from None
        for secret in plain_secrets(settings):
            secrets.remember(secret.get_secret_value())
        return adapter.open(settings, self.directory, read_only=read_only)

    def webhook_url(self) -> str:
        """The webhook's url, its secret resolved; "" when there is none. Raises ConfigurationError when the
        secret is missing."""
        webhook = self.notify.webhook
        if webhook is None:
            return ""
        url: str = self._resolve(("notify", "webhook", "url"), webhook.url.get_secret_value())
        secrets.remember(url)
        return url

    def secret_findings(self) -> list[Finding]:
        """Everything that is wrong, or unwise, with the secrets this config refers to."""
        findings: list[Finding] = []
        for path, text in self._references():
            try:
                self._resolve(path, text)
            except ConfigurationError as error:
                findings += error.findings
        return [*findings, *self.exposed(), *self._written_out()]

    def exposed(self) -> list[Finding]:
        """Warnings of files with secrets in them that others can read."""
        found = []
        for path, text in [*self._references(), (("distributed", "url"), self.distributed.url or "")]:
            exposed = secrets.exposed(text, self.directory, self._origin.environ)
            if exposed:
                message = f"{'.'.join(path)}: {exposed[1]} can read {exposed[0]}"
                found.append(self._finding(path, message, f"chmod 600 {exposed[0]}", "warning"))
        return found

    def _references(self) -> list[tuple[tuple[str, ...], str]]:
        """All texts that may be references to secrets, with their settings."""
        return [
            (("ledger", "url"), self.ledger.url),
            *self._secret(),
            *_texts(("crm",), self.crm.model_extra),
        ]

    def _secret(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Those outside of ``crm`` that are secrets whatever they look like."""
        if self.ledger.encryption_key is not None:
            key = self.ledger.encryption_key.get_secret_value()
            yield ("ledger", "encryption_key"), tenancy.filled(key, self.tenant) if self.tenant else key
        if self.notify.webhook is not None:
            yield ("notify", "webhook", "url"), self.notify.webhook.url.get_secret_value()

    def _written_out(self) -> Iterator[Finding]:
        """Secrets that stand in the file itself."""
        written = {secret.get_secret_value() for secret in plain_secrets(self.crm_settings())}
        written |= {text for _, text in self._secret()}
        for path, text in [*_texts(("crm",), self.crm.model_extra), *self._secret()]:
            if text in written and not secrets.is_reference(text) and self.file:
                message = f"{'.'.join(path)}: a secret stands in the file itself"
                hint = "give it as env:NAME, file:path or keyring:SERVICE/USERNAME"
                yield self._finding(path, message, hint, "warning")

    def deprecated(self) -> list[Finding]:
        """Warnings of what still works in this config, and will not for ever."""
        return [
            self._finding(path, deprecation.message(path), deprecation.instead, "warning")
            for path, deprecation in deprecations.found(
                self.model_dump(exclude_unset=True), deprecations.CONFIG
            )
        ]

    def _resolve(self, path: tuple[str, ...], value: Any) -> Any:
        """``value`` with every reference in it replaced by what it stands for."""
        findings: list[Finding] = []
        resolved: dict[tuple[str, ...], str] = {}
        for at, text in _texts(path, value):
            try:
                resolved[at] = secrets.resolve(text, self.directory, self._origin.environ, ".".join(at))
            except ConfigurationError as error:
                findings.append(self._finding(at, error.message, error.hint))
        if findings:
            raise ConfigurationError("a secret is missing", findings)
        return _replaced(path, value, resolved)

    def _finding(self, path: SettingPath, message: str, hint: str | None, severity: str = "error") -> Finding:
        return finding(self._origin.where(path, False), message, hint, severity)


def finding(
    place: Position | str | None, message: str, hint: str | None = None, severity: str = "error"
) -> Finding:
    """A finding at a position, or in an environment variable, which its message then names."""
    if isinstance(place, str):
        return Finding(f"{place}: {message}", None, hint, severity)
    return Finding(message, place, hint, severity)


def plain_secrets(value: Any) -> Iterator[SecretStr]:
    """The SecretStr values in a model, however deep."""
    if isinstance(value, SecretStr):
        yield value
    elif isinstance(value, BaseModel):
        yield from plain_secrets(dict(value))
    elif isinstance(value, (dict, list, tuple)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from plain_secrets(item)


def _texts(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts((*path, str(key)), item)


def _replaced(path: tuple[str, ...], value: Any, texts: Mapping[tuple[str, ...], str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced((*path, str(key)), item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced((*path, str(index)), item, texts) for index, item in enumerate(value)]
    return texts.get(path, value)
