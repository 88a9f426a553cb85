"""The sections of a config: every setting with its type, default and bounds. ``connector.settings`` has the
whole config that they make up."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from connector.retry import RetryPolicy


class Section(BaseModel):
    """Strict, immutable, and no setting but those that it names."""

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


class _Source(Section):
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
    path: str = Field(min_length=1, examples=["samples/"])


class CrmSettings(BaseModel):
    """``type`` names an adapter; the other keys are the adapter's own, checked by its ``Settings``."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow", hide_input_in_errors=True)
    type: str = Field(examples=["sql"])

    def __repr_args__(self) -> Iterator[tuple[str, str]]:
        yield "type", self.type


class LedgerSettings(Section):
    """``encryption_key``: Fernet keys, the current one first; what the ledger keeps of customers is encrypted
    by it."""

    url: str = Field(default="sqlite:///ledger.db", repr=False)
    encryption_key: SecretStr | None = Field(default=None, strict=False, examples=["env:LEDGER_KEY"])


class CurrencySettings(Section):
    """``rates``: what one unit of a currency is worth in ``base``."""

    base: Currency = "USD"
    rates: dict[Currency, Rate] = {}


class _Retry(Section):
    attempts: Count = 8
    deadline: Seconds = 300.0
    base: Seconds = 0.5
    cap: Seconds = 30.0


class RetryOverride(Section):
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


class RejectRule(Section):
    """``when`` is JMESPath over an invitation; ``reason`` one of those that AWS documents."""

    when: Condition = Field(examples=["Payload.OpportunityInvitation.Customer.CountryCode == 'NO'"])
    reason: Annotated[str, AfterValidator(_rejection)] = Field(examples=["Unable to support"])


class RuleSettings(Section):
    """What `invitations decide` does by itself: nothing, unless it stands here. ``daily_ceiling``: decisions
    by these rules in any 24 hours; ``expiring_days`` is for `invitations expiring`."""

    accept: Condition | None = None
    reject: RejectRule | None = None
    daily_ceiling: Count = 20
    expiring_days: Count = 7


class LimitSettings(Section):
    """What ``connector.limits.Limits`` is made of; null takes a limit away."""

    max_updates: Annotated[int, Field(ge=0)] | None = 1000
    max_updates_percent: Annotated[Number, Field(ge=0, le=100)] | None = 30


class WebhookSettings(Section):
    """``url`` is a secret: who knows it can post."""

    url: SecretStr = Field(strict=False, examples=["env:SLACK_WEBHOOK"])
    format: Literal["slack", "json"] = "slack"


class SnsSettings(Section):
    topic_arn: str = Field(examples=["arn:aws:sns:us-east-1:111122223333:partner-central"])
    region: str = "us-east-1"
    endpoint_url: str | None = None


class NotifySettings(Section):
    """Who is told of what a run has left for people."""

    about: tuple[Literal["new", "expiring", "review", "failed"], ...] = Field(
        default=("new", "expiring", "review", "failed"), strict=False
    )
    webhook: WebhookSettings | None = None
    sns: SnsSettings | None = None


class EventsSettings(Section):
    """The SQS queue that EventBridge puts Partner Central's events into. Times in seconds: how long one
    question waits for a message, and for how long a message is hidden while it is worked on."""

    queue_url: str = Field(examples=["https://sqs.us-east-1.amazonaws.com/111122223333/partner-central"])
    profile: str | None = None
    region: str = "us-east-1"
    endpoint_url: str | None = None
    wait_seconds: Annotated[int, Field(ge=0, le=20)] = 20
    visibility_seconds: Annotated[int, Field(ge=10, le=43_200)] = 120


class DistributedSettings(Section):
    """The queue of `crm-connector worker`. ``url`` is its PostgreSQL database, else the ledger's. A worker
    that gives no sign of life for three times ``heartbeat_seconds`` has its jobs taken up by others."""

    url: str | None = Field(default=None, repr=False)
    every_minutes: Annotated[int, Field(ge=1, le=1440)] = 10
    backfill_days: Annotated[int, Field(ge=1, le=3660)] = 30
    heartbeat_seconds: Annotated[Number, Field(ge=0.2, le=600)] = 10.0
    poll_seconds: Annotated[Number, Field(ge=0.1, le=600)] = 5.0
