"""Calls that got no answer: which host, why, and what to look at."""

from __future__ import annotations

from connector.crm.http import Cause
from connector.errors import RefusedError, TransientError

_LASTING = frozenset({"CERTIFICATE", "PROXY_REFUSES", "ADDRESS", "HEADER"})
_WORDS: dict[Cause, tuple[str, str | None]] = {
    "NAME": ("the name {host} could not be resolved", "check {addresses}, and the network's DNS"),
    "REFUSED": ("{host} refuses the connection", "check {addresses}, and firewalls"),
    "CONNECTION": ("the connection to {host} broke off", "check the network, and {addresses}"),
    "CONNECT_TIMEOUT": ("{host} cannot be reached in time", "check the network, and {addresses}"),
    "READ_TIMEOUT": (
        "{host} did not answer {operation} in time",
        "a longer crm.read_timeout helps a slow CRM",
    ),
    "TLS": ("no TLS connection to {host} came about", "check {addresses}, and proxies on the way"),
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
        "check {addresses} and crm.proxy, or HTTPS_PROXY in the environment",
    ),
    "HEADER": (
        "the secret for {host} has a character in it that no header can hold",
        "a token is one line of ASCII characters: write it down anew where the config refers to",
    ),
    "BROKEN_ANSWER": ("the answer of {host} broke off", None),
}


def unreachable(
    cause: Cause, host: str, operation: str, *, service: str, addresses: str
) -> RefusedError | TransientError:
    """What to raise for ``cause``: trying again does not help against a certificate, a proxy that refuses, or
    an address that is none. ``addresses`` names the settings that say where ``service`` is."""
    words, hint = _WORDS[cause]
    kind = RefusedError if cause in _LASTING else TransientError
    message = words.format(host=host or service, operation=operation)
    hint = hint and hint.format(addresses=addresses)
    return kind(message, service=service, operation=operation, code=cause, hint=hint)
