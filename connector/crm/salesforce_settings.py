"""What config's ``crm:`` says for ``type: salesforce``."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from connector.insecure import is_loopback

LOGIN_URL = "https://login.salesforce.com"
API_VERSION = "62.0"


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)


def address(url: str) -> str:
    """``url`` without a slash at its end. Raises ValueError when a secret sent there could be read on the
    way."""
    parts = urlsplit(url)
    if not _complete(parts) or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://acme.my.salesforce.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError("must begin with https://")
    return url.rstrip("/")


def instance(url: str) -> str:
    """``url`` as one that sessions are sent to: simple-salesforce calls every instance by https, and takes
    the host from it without the brackets of an IPv6 address. Raises ValueError for any other."""
    if urlsplit(url).scheme != "https":
        raise ValueError("must begin with https://")
    if ":" in (urlsplit(url).hostname or ""):
        raise ValueError("must be an address with a host's name")
    return address(url)


def _proxy(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not _complete(parts):
        raise ValueError("must be an address such as http://proxy:8080")
    return url


def _complete(parts: SplitResult) -> bool:
    try:
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, or beyond 65535
        return False


def _secret(value: object) -> object:
    return SecretStr(value) if isinstance(value, str) else value


def _number(value: object) -> object:
    # Our YAML reader has fractions as Decimal.
    return float(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else value


def _version(value: object) -> object:
    # Written without quotes it is a number: 62.0, or 62.
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    return f"{value:.1f}" if is_number else value


Secret = Annotated[SecretStr, BeforeValidator(_secret)]
Address = Annotated[str, AfterValidator(address)]
Instance = Annotated[str, AfterValidator(instance)]
Proxy = Annotated[str, AfterValidator(_proxy)]
Seconds = Annotated[float, BeforeValidator(_number), Field(gt=0, allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1)]


class Jwt(_Settings):
    """A key whose certificate the org's app knows; nobody types a password. ``audience``: as the app wants
    it; null: by ``login_url``."""

    flow: Literal["jwt"]
    client_id: Text = Field(examples=["env:SF_CLIENT_ID"])
    username: Text = Field(examples=["connector@acme.example"])
    private_key: Secret = Field(examples=["file:key.pem"])
    audience: str | None = None


class ClientCredentials(_Settings):
    flow: Literal["client_credentials"]
    client_id: Text = Field(examples=["env:SF_CLIENT_ID"])
    client_secret: Secret = Field(examples=["env:SF_CLIENT_SECRET"])


class Password(_Settings):
    """With ``client_id``: OAuth's password grant; without: SOAP login, which Salesforce retires."""

    flow: Literal["password"]
    username: Text = Field(examples=["connector@acme.example"])
    password: Secret = Field(examples=["env:SF_PASSWORD"])
    security_token: Secret = SecretStr("")
    client_id: str | None = None
    client_secret: Secret | None = None


class Token(_Settings):
    """A session from elsewhere; once it is over, nothing renews it."""

    flow: Literal["token"]
    access_token: Secret = Field(examples=["env:SF_ACCESS_TOKEN"])
    instance_url: Instance = Field(examples=["https://acme.my.salesforce.com"])


Auth = Annotated[Jwt | ClientCredentials | Password | Token, Field(discriminator="flow")]


class Settings(_Settings):
    """Times in seconds. ``bulk_from``: more changes than this to one object at once go by the Bulk API;
    ``scan_rows``: up to so many unclaimed records are read whole to compare their titles;
    ``reserve_calls_percent``: the share of the org's daily API calls that is left for others."""

    login_url: Address = LOGIN_URL
    auth: Auth = Field(examples=["{flow: jwt, client_id: ..., username: ..., private_key: 'file:key.pem'}"])
    api_version: Annotated[str, BeforeValidator(_version), Field(pattern=r"^\d{2,3}\.0$")] = API_VERSION
    ca_bundle: str | None = None
    verify_ssl: bool = True
    proxy: Proxy | None = Field(default=None, repr=False)
    connect_timeout: Seconds = 10.0
    read_timeout: Seconds = 60.0
    bulk_from: Annotated[int, Field(ge=200)] = 2000
    scan_rows: Annotated[int, Field(ge=0)] = 10_000
    assignment_rules: bool = False
    allow_duplicates: bool = False
    reserve_calls_percent: Annotated[int, Field(ge=0, le=99)] = 0
