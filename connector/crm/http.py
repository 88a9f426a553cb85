"""How CRMs are called over HTTP: one session with time-outs, the config's certificates and proxy, and no
retries; and why there was no answer."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any, Literal, Protocol

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.exceptions import NameResolutionError

import connector
from connector.crm.certificates import certificates

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
    "HEADER",
    "BROKEN_ANSWER",
]

# At DEBUG these print urls with queries, headers and bodies, which are customers' data and our token; urllib3
# prints the url of an answer with odd headers even as a warning.
_QUIET = {"urllib3": logging.ERROR} | dict.fromkeys(
    ("requests", "simple_salesforce", "zeep", "charset_normalizer"), logging.WARNING
)
for _name, _level in _QUIET.items():
    if logging.getLogger(_name).level < _level:
        logging.getLogger(_name).setLevel(_level)


class Connection(Protocol):
    """What of an adapter's settings is about the connection. Times in seconds."""

    @property
    def ca_bundle(self) -> str | None: ...
    @property
    def verify_ssl(self) -> bool: ...
    @property
    def connect_timeout(self) -> float: ...
    @property
    def read_timeout(self) -> float: ...


class _Adapter(HTTPAdapter):
    """Every request has a time-out, also those that simple-salesforce gives none."""

    def __init__(self, timeout: tuple[float, float]) -> None:
        self._timeout = timeout
        super().__init__(max_retries=0)  # the one retry layer is connector.retry

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        try:
            return super().send(request, **{**kwargs, "timeout": kwargs.get("timeout") or self._timeout})
        except UnicodeEncodeError:  # whose words quote the token
            raise requests.exceptions.InvalidHeader from None


def session(settings: Connection, directory: Path) -> requests.Session:
    """A session for one thread; paths count from ``directory``. Raises ConfigurationError for a ``ca_bundle``
    without certificates."""
    session = requests.Session()
    # The environment's certificates would win over the config's, and a .netrc over our token. What else there
    # is in the environment, the proxy, is asked for by `proxies`.
    session.trust_env = False
    session.verify = certificates(settings, directory)
    session.headers["User-Agent"] = f"crm-connector/{connector.__version__}"
    adapter = _Adapter((settings.connect_timeout, settings.read_timeout))
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def proxies(proxy: str | None, url: str) -> dict[str, str]:
    """What requests calls ``proxies``, for ``url``: the config's, else the environment's."""
    return {"http": proxy, "https": proxy} if proxy else dict(get_environ_proxies(url))


def cause(failure: requests.RequestException) -> Cause:
    """Why there was no answer. Told by the innermost reason: the outer texts quote urls, and with them
    queries."""
    reason = failure.args[0] if failure.args else None
    reason = getattr(reason, "reason", None) or reason
    words = str(reason)
    if isinstance(failure, requests.exceptions.ProxyError):
        return "PROXY_REFUSES" if re.search("Tunnel connection failed: 40[37]", words) else "PROXY"
    if isinstance(failure, requests.exceptions.SSLError):
        return "CERTIFICATE" if "CERTIFICATE_VERIFY_FAILED" in words else "TLS"
    if isinstance(failure, requests.exceptions.ConnectTimeout):
        return "CONNECT_TIMEOUT"
    if isinstance(failure, requests.exceptions.Timeout):
        return "READ_TIMEOUT"
    if isinstance(reason, NameResolutionError):
        return "NAME"
    if isinstance(failure, requests.exceptions.ConnectionError):
        return "REFUSED" if "refused" in words else "CONNECTION"
    if isinstance(failure, requests.exceptions.InvalidHeader):
        return "HEADER"
    # Urls and schemes that are none are ValueErrors, too.
    return "ADDRESS" if isinstance(failure, ValueError) else "BROKEN_ANSWER"
