"""Calls that got no answer: which host, why, and what to look at."""

from __future__ import annotations

from typing import Literal

from connector.crm.salesforce_errors import SERVICE
from connector.errors import RefusedError, TransientError

Cause = Literal[
    "NAME",
    "REFUSED",
    "CONNECTION",
    "CONNECT_TIMEOUT",
    "READ_TIMEOUT",
    "TLS",
    "CERTIFICATE",
    "PROXY",
    "PROXY_REFUSES",
    "ADDRESS",
    "BROKEN_ANSWER",
]

_LASTING = frozenset({"CERTIFICATE", "PROXY_REFUSES", "ADDRESS"})
_ADDRESSES = "crm.login_url, or auth.instance_url"
_WORDS: dict[Cause, tuple[str, str | None]] = {
    "NAME": ("the name {host} could not be resolved", f"check {_ADDRESSES}, and the network's DNS"),
    "REFUSED": ("{host} refuses the connection", f"check {_ADDRESSES}, and firewalls"),
    "CONNECTION": ("the connection to {host} broke off", f"check the network, and {_ADDRESSES}"),
    "CONNECT_TIMEOUT": ("{host} cannot be reached in time", f"check the network, and {_ADDRESSES}"),
    "READ_TIMEOUT": (
        "{host} did not answer {operation} in time",
        "a longer crm.read_timeout helps a slow org",
    ),
    "TLS": ("no TLS connection to {host} came about", f"check {_ADDRESSES}, and proxies on the way"),
    "CERTIFICATE": (
        "the certificate of {host} is not one that this machine trusts",
        "set crm.ca_bundle to the certificates of whoever signs it",
    ),
    "PROXY": (
        "the proxy to {host} does not answer",
        "check crm.proxy, or HTTPS_PROXY in the environment",
    ),
    "PROXY_REFUSES": (
        "the proxy refuses to let us through to {host}",
        "check crm.proxy, or HTTPS_PROXY in the environment: user name, password, and the hosts it permits",
    ),
    "ADDRESS": (
        "{host} cannot be called as the config says",
        f"check {_ADDRESSES} and crm.proxy, or HTTPS_PROXY in the environment",
    ),
    "BROKEN_ANSWER": ("the answer of {host} broke off", None),
}


def unreachable(cause: Cause, host: str, operation: str) -> RefusedError | TransientError:
    """What to raise for ``cause``: trying again does not help against a certificate, a proxy that refuses, or
    an address that is none."""
    words, hint = _WORDS[cause]
    kind = RefusedError if cause in _LASTING else TransientError
    message = words.format(host=host or "Salesforce", operation=operation)
    return kind(message, service=SERVICE, operation=operation, code=cause, hint=hint)
