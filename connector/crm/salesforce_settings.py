"""What config's ``crm:`` says for ``type: salesforce``."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from connector.crm.setting_types import Address, Proxy, Seconds, Secret, Text, address

LOGIN_URL = "https://login.salesforce.com"
API_VERSION = "62.0"


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)


def instance(url: str) -> str:
    """``url`` as one that sessions are sent to: simple-salesforce calls every instance by https, and takes
    the host from it without the brackets of an IPv6 address. Raises ValueError for any other."""
    if urlsplit(url).scheme != "https":
        raise ValueError("must begin with https://")
    if ":" in (urlsplit(url).hostname or ""):
        raise ValueError("must be an address with a host's name")
    return address(url)


def _version(value: object) -> object:
    # Written without quotes it is a number: 62.0, or 62.
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    return f"{value:.1f}" if is_number else value


Instance = Annotated[str, AfterValidator(instance)]


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

    def location(self) -> str:
        """The org's own host; "" where it signs in at one that is every org's."""
        address = self.auth.instance_url if isinstance(self.auth, Token) else self.login_url
        host = urlsplit(address).hostname or ""
        return "" if host in ("login.salesforce.com", "test.salesforce.com") else host
