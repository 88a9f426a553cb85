"""Kinds of settings that adapters have in common: addresses that a secret may be sent to, proxies, times."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from connector.insecure import is_loopback


def address(url: str) -> str:
    """``url`` without a slash at its end. Raises ValueError when a secret sent there could be read on the
    way."""
    parts = urlsplit(url)
    if not _complete(parts) or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://acme.my.salesforce.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError("must begin with https://")
    return url.rstrip("/")


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


def number(value: object) -> object:
    """Our YAML reader has fractions as Decimal."""
    return float(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else value


Secret = Annotated[SecretStr, BeforeValidator(_secret)]
Address = Annotated[str, AfterValidator(address)]
Proxy = Annotated[str, AfterValidator(_proxy)]
Seconds = Annotated[float, BeforeValidator(number), Field(gt=0, allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1)]
