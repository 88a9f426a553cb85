"""One attempt at one call of HubSpot's API, by way of its own library.

The library knows paths, parameters and sign-in. How the calls travel is ours, as for every CRM: it has one
connection pool for each of its parts, no time-outs unless told, three retries of its own, and takes a cut
answer for one without members.
"""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from connector.crm.http import cause, proxies, session
from connector.crm.hubspot_errors import SERVICE, broken, translate
from connector.crm.hubspot_journal import Journal
from connector.crm.hubspot_settings import Settings
from connector.crm.unreachable import unreachable
from connector.errors import ConfigurationError, ConnectorError

SEARCH = "search"  # the operation that has a limit of its own


class Client:
    """One account, by an access token. For one thread. Raises ConfigurationError where HubSpot's library is
    not installed.

    ``calls``: how many requests were sent, by operation. ``crm``: the library's functions, which ``call``
    calls. ``journal``: what they answered.
    """

    def __init__(self, settings: Settings, directory: Path) -> None:
        self._settings = settings
        self._http = session(settings, directory)
        self._parts: dict[tuple[str, str], Any] = {}
        self._transport = _Transport(self._http, settings.proxy)
        self._search_from = 0.0  # the monotonic clock's time from which on a search may begin
        token = settings.access_token.get_secret_value()
        self.crm = _library().HubSpot(access_token=token, api_factory=self._part).crm
        self.calls: Counter[str] = Counter()
        self.journal = Journal()

    def close(self) -> None:
        self._http.close()

    def call(
        self, operation: str, function: Callable[..., Any], *arguments: Any, **named: Any
    ) -> dict[str, Any]:
        """What ``function``, one of the library's, answers: a JSON object; an empty one
        for a success that says nothing.

        Raises TransientError for what may pass, BudgetExhausted, AccessDenied, Rejection, RefusedError.
        """
        request = (function.__module__, function.__qualname__, arguments, named)
        return self.journal.answer(request, lambda: self._ask(operation, function, *arguments, **named))

    def search(self, object: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """One page of a search, begun when the account's limit has room for it."""
        return self.call(SEARCH, self.crm.objects.search_api.do_search, object, request)

    def _ask(
        self, operation: str, function: Callable[..., Any], *arguments: Any, **named: Any
    ) -> dict[str, Any]:
        if operation == SEARCH:
            time.sleep(max(0.0, self._search_from - time.monotonic()))
            self._search_from = time.monotonic() + 1 / self._settings.searches_per_second
        self.calls[operation] += 1
        self._transport.operation = operation
        failure: ConnectorError | None = None
        try:
            answer = function(*arguments, _preload_content=False, **named)
            return {} if answer.status == 204 else _parsed(answer.data, operation)
        except requests.RequestException as error:
            host = urlsplit(self._settings.url).hostname or ""
            failure = unreachable(cause(error), host, operation, service=SERVICE, addresses="crm.url")
        raise failure  # outside: an exception's context would be printed with it, and quote what was sent

    def _part(self, package: Any, name: str, config: Mapping[str, Any]) -> Any:
        """A part of the library, which would make a new one, with connections of its own, for every call."""
        key = (package.__name__, name)
        if key not in self._parts:
            configuration = package.Configuration()
            # It has set urllib3's logger, which prints urls, to its own liking.
            logging.getLogger("urllib3").setLevel(logging.ERROR)
            configuration.host = self._settings.url
            configuration.access_token = config["access_token"]
            client = package.ApiClient(configuration)
            client.user_agent = str(self._http.headers["User-Agent"])
            client.rest_client.pool_manager = self._transport
            self._parts[key] = getattr(package, name)(client)
        return self._parts[key]


def _library() -> Any:
    """HubSpot's library, which is large and an extra: imported when an account is opened."""
    try:
        import hubspot
    except ImportError:
        hint = "pip install 'partner-central-crm-connector[hubspot]'"
        raise ConfigurationError("the library for HubSpot is not installed", hint=hint) from None
    return hubspot


class _Transport:
    """What the library takes for urllib3's pool of connections."""

    def __init__(self, http: requests.Session, proxy: str | None) -> None:
        self._http = http
        self._proxy = proxy
        self.operation = ""

    def request(
        self,
        method: str,
        url: str,
        *,
        body: str | None = None,
        fields: Any = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> _Answer:
        """Raises what stands for an answer that is no success."""
        response = self._http.request(
            method,
            url,
            data=body,
            params=fields,
            headers=headers,
            allow_redirects=False,
            proxies=proxies(self._proxy, url),
        )
        if not 200 <= response.status_code < 300:
            raise translate(response.status_code, response.content, response.headers, self.operation)
        return _Answer(response.status_code, response.content)


class _Answer:
    """As much of urllib3's response as the library looks at."""

    def __init__(self, status: int, data: bytes) -> None:
        self.status = status
        self.data = data


def _parsed(data: bytes, operation: str) -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        raise broken(operation) from None
    if not isinstance(answer, dict):
        raise broken(operation)
    return answer
