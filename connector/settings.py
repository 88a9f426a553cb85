"""What a config can say: every setting with its type, default and bounds. ``connector.config`` reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
)

from connector import deprecations, secrets, tenancy
from connector.crm.base import Crm
from connector.errors import ConfigurationError, Finding, Position
from connector.retry import RetryPolicy


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)


def _decimal(value: object) -> Decimal:
    # A rate is money's: binary floats come in by way of their shortest text, as they were typed.
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic wants a ValueError
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("must be a number") from None
    if not number.is_finite() or number <= 0:
        raise ValueError("must be more than 0")
    return number


def _float(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value  # as our YAML reader has fractions


def _currency(code: str) -> str:
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise ValueError("is no currency code, three capital letters as ISO 4217 has them")
    return code


def _condition(text: str) -> str:
    from connector.conditions import compiled  # takes longer to load than all settings do

    compiled(text)
    return text


def _rejection(reason: str) -> str:
    from connector.conditions import check_rejection

    return check_rejection(reason)


Count = Annotated[int, Field(ge=1)]
Condition = Annotated[str, AfterValidator(_condition)]
Number = Annotated[float, BeforeValidator(_float), Field(allow_inf_nan=False)]
Seconds = Annotated[Number, Field(gt=0)]
Texts = Annotated[tuple[Annotated[str, Field(strict=True)], ...], Field(strict=False)]
Currency = Annotated[str, AfterValidator(_currency)]
Rate = Annotated[Decimal, BeforeValidator(_decimal)]

RoleArn = Annotated[str, Field(pattern=r"^arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$")]
ExternalId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_+=,.@:/-]+$", min_length=2, max_length=1224)]
SessionName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_+=,.@-]{2,64}$")]


class _Source(_Settings):
    participant_type: Literal["RECEIVER", "SENDER"] = "RECEIVER"
    payload_types: Texts = ()
    statuses: Texts = ()
    sort_order: Literal["ASCENDING", "DESCENDING"] = "ASCENDING"


class PartnerCentralSource(_Source):
    """The service itself; names and defaults are the AWS CLI's. Times in seconds."""

    type: Literal["partner_central"]
    catalog: Literal["AWS", "Sandbox"] = Field(examples=["Sandbox"])
    profile: str | None = None
    endpoint_url: str | None = None
    region: str = "us-east-1"
    ca_bundle: str | None = None
    verify_ssl: bool = True
    read_timeout: Seconds = 60.0
    connect_timeout: Seconds = 60.0
    sign_requests: bool = True
    role_arn: RoleArn | None = None
    external_id: ExternalId | None = None
    role_session_name: SessionName = "crm-connector"
    source_identity: SessionName | None = None
    write_back: str | None = None
    reads_per_second: Seconds = 10.0
    reads_per_day: Count = 100_000
    writes_per_second: Seconds = 1.0
    writes_per_day: Count = 10_000
    concurrency: Annotated[int, Field(ge=1, le=64)] = 8


class FilesSource(_Source):
    """Files as the AWS CLI prints them: one file, a folder, a glob, or ``-`` for standard input."""

    type: Literal["files"]
    path: str = Field(examples=["samples/"])


class CrmSettings(BaseModel):
    """``type`` names an adapter; the other keys are the adapter's own, checked by its ``Settings``."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow", hide_input_in_errors=True)
    type: str = Field(examples=["sql"])

    def __repr_args__(self) -> Iterator[tuple[str, str]]:
        yield "type", self.type


class LedgerSettings(_Settings):
    """``encryption_key``: Fernet keys, the current one first; what the ledger keeps of customers is encrypted
    by it."""

    url: str = Field(default="sqlite:///ledger.db", repr=False)
    encryption_key: SecretStr | None = Field(default=None, strict=False, examples=["env:LEDGER_KEY"])


class CurrencySettings(_Settings):
    """``rates``: what one unit of a currency is worth in ``base``."""

    base: Currency = "USD"
    rates: dict[Currency, Rate] = {}


class _Retry(_Settings):
    attempts: Count = 8
    deadline: Seconds = 300.0
    base: Seconds = 0.5
    cap: Seconds = 30.0


class RetryOverride(_Settings):
    """What one service has different from the other."""

    attempts: Count | None = None
    deadline: Seconds | None = None
    base: Seconds | None = None
    cap: Seconds | None = None


class RetrySettings(_Retry):
    """Times in seconds; ``source`` and ``crm`` override for one service."""

    source: RetryOverride = RetryOverride()
    crm: RetryOverride = RetryOverride()

    def policy(self, service: Literal["source", "crm"]) -> RetryPolicy:
        override = self.source if service == "source" else self.crm
        values = {name: getattr(self, name) for name in RetryOverride.model_fields}
        return RetryPolicy(**values | override.model_dump(exclude_none=True))


class RejectRule(_Settings):
    """``when`` is JMESPath over an invitation; ``reason`` one of those that AWS documents."""

    when: Condition = Field(examples=["Payload.OpportunityInvitation.Customer.CountryCode == 'NO'"])
    reason: Annotated[str, AfterValidator(_rejection)] = Field(examples=["Unable to support"])


class RuleSettings(_Settings):
    """What `invitations decide` does by itself: nothing, unless it stands here. ``daily_ceiling``: decisions
    by these rules in any 24 hours; ``expiring_days`` is for `invitations expiring`."""

    accept: Condition | None = None
    reject: RejectRule | None = None
    daily_ceiling: Count = 20
    expiring_days: Count = 7


class LimitSettings(_Settings):
    """What ``connector.limits.Limits`` is made of; null takes a limit away."""

    max_updates: Annotated[int, Field(ge=0)] | None = 1000
    max_updates_percent: Annotated[Number, Field(ge=0, le=100)] | None = 30


class WebhookSettings(_Settings):
    """``url`` is a secret: who knows it can post."""

    url: SecretStr = Field(strict=False, examples=["env:SLACK_WEBHOOK"])
    format: Literal["slack", "json"] = "slack"


class SnsSettings(_Settings):
    topic_arn: str = Field(examples=["arn:aws:sns:us-east-1:111122223333:partner-central"])
    region: str = "us-east-1"
    endpoint_url: str | None = None


class NotifySettings(_Settings):
    """Who is told of what a run has left for people."""

    about: tuple[Literal["new", "expiring", "review", "failed"], ...] = Field(
        default=("new", "expiring", "review", "failed"), strict=False
    )
    webhook: WebhookSettings | None = None
    sns: SnsSettings | None = None


class EventsSettings(_Settings):
    """The SQS queue that EventBridge puts Partner Central's events into. Times in seconds: how long one
    question waits for a message, and for how long a message is hidden while it is worked on."""

    queue_url: str = Field(examples=["https://sqs.us-east-1.amazonaws.com/111122223333/partner-central"])
    profile: str | None = None
    region: str = "us-east-1"
    endpoint_url: str | None = None
    wait_seconds: Annotated[int, Field(ge=0, le=20)] = 20
    visibility_seconds: Annotated[int, Field(ge=10, le=43_200)] = 120


class DistributedSettings(_Settings):
    """The queue of `crm-connector worker`. ``url`` is its PostgreSQL database, else the ledger's. A worker
    that gives no sign of life for three times ``heartbeat_seconds`` has its jobs taken up by others."""

    url: str | None = Field(default=None, repr=False)
    every_minutes: Annotated[int, Field(ge=1, le=1440)] = 10
    backfill_days: Annotated[int, Field(ge=1, le=3660)] = 30
    heartbeat_seconds: Annotated[Number, Field(ge=0.2, le=600)] = 10.0
    poll_seconds: Annotated[Number, Field(ge=0.1, le=600)] = 5.0


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


class Config(_Settings):
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
