"""Connections on which others could listen in: told at every run, to those who asked for quiet, too.

TLS is on and certificates are verified unless the config says else; what it then says is said here.
"""

from __future__ import annotations

import logging
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

LOGGER = "connector.insecure"  # connector.cli.logs lets it speak whatever is asked for


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine: the one place where nobody listens in on plain http."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def warn_of_no_verification(setting: str) -> None:
    """Say that ``setting`` turns the verification of certificates off."""
    logging.getLogger(LOGGER).warning(
        "TLS certificates are NOT verified (%s: false): anyone on the way can read along", setting
    )


@cache
def warn_of_plain_http(setting: str, url: str) -> None:
    """Say, once in a process, that ``setting`` leads over the network without TLS, if ``url`` does. The url
    may be a secret: only its host is named."""
    try:
        parts = urlsplit(url)
    except ValueError:  # whoever calls it will say so
        return
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        logging.getLogger(LOGGER).warning(
            "%s: %s is called by plain http: anyone on the way can read and change what is sent; use https",
            setting,
            parts.hostname,
        )
