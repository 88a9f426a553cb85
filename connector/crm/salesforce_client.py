"""One attempt at one call: simple-salesforce sends it over a session of ours, and errors are translated.

Sessions, time-outs, certificates and proxies are ours to see: simple-salesforce has time-outs for few calls,
signs in anew without end when a session is refused for good, and lets an environment variable win over the
config's certificates.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from connector.crm.http import cause, proxies, session
from connector.crm.salesforce_errors import SERVICE, exhausted, translate
from connector.crm.salesforce_settings import Settings
from connector.crm.salesforce_signin import OPERATION, Session, sign_in
from connector.crm.unreachable import unreachable
from connector.errors import AccessDenied, TransientError

log = logging.getLogger(__name__)

_ADDRESSES = "crm.login_url, or auth.instance_url"
REFUSALS = 3  # sessions in a row that are refused: then it is not the session
# Of the call, and of reading its answer, which may be anything, nested without end included.
_FAILURES = (
    SalesforceError,
    requests.RequestException,
    ValueError,
    LookupError,
    TypeError,
    RecursionError,
)
_USAGE = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")


class Client:
    """A signed-in session with an org, for one thread; it signs in when the first call is made.

    ``calls``: how many requests were sent, by operation; ``usage``: the org's calls of the last 24 hours and
    how many it may make, as its last answer said. Raises ConfigurationError for a ``ca_bundle`` without
    certificates.
    """

    def __init__(self, settings: Settings, directory: Path) -> None:
        self._settings = settings
        self._http = session(settings, directory)
        self._http.hooks["response"].append(self._keep)
        self._session: Session | None = None
        self._salesforce: Salesforce | None = None
        self._response: requests.Response | None = None
        self._refusals = 0
        self.calls: Counter[str] = Counter()
        self.usage: tuple[int, int] | None = None

    def close(self) -> None:
        self._http.close()

    def org(self) -> str:
        """The host that is this org's alone (its My Domain); "" before signing in, or where it has none: an
        instance (na85.salesforce.com) has many orgs, and an org may be moved to another."""
        host = urlsplit(self._session.instance_url).hostname or "" if self._session else ""
        return host if ".my.salesforce." in host else ""

    def call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        content_type: str | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        text: bool = False,
    ) -> Any:
        """The answer to one REST call, fractions as Decimal; None for an answer that has none; with ``text``
        the body as it is. ``path`` counts from the API's version, or begins with ``/services/``.

        A session that has run out is renewed, and the call made again. Raises TransientError for what may
        pass, empty and cut answers included; AccessDenied, RefusedError, NotFoundError; BudgetExhausted when
        the org's calls for 24 hours, less those that the config reserves for others, are used up.
        """
        self._check_reserve()
        data = orjson.dumps(json, default=_number) if json is not None else body
        sent = {"Content-Type": content_type} if content_type else {}
        attempt = partial(
            self._attempt, operation, method, path, data, params, {**sent, **(headers or {})}, text
        )
        try:
            return attempt()
        except AccessDenied as error:
            if error.code != "INVALID_SESSION_ID" or not self._renewable():
                raise self._lasting(error) from None
        log.info("salesforce: the session has run out; signing in again")
        self._session = None
        try:
            return attempt()
        except AccessDenied as error:
            raise self._lasting(error) from None

    def _renewable(self) -> bool:
        self._refusals += 1
        return self._refusals < REFUSALS and self._session is not None and self._session.renewable

    def _lasting(self, error: AccessDenied) -> AccessDenied:
        """A refusal that signing in again does not help, in words that say so."""
        if error.code == "INVALID_SESSION_ID":
            error.hint = "the org ends our sessions at once: see the user's login history"
            if self._session is not None and not self._session.renewable:
                error.hint = "the access token is no longer good: get another, or use flow jwt"
        return error

    # -- one attempt

    def _attempt(
        self,
        operation: str,
        method: str,
        path: str,
        data: bytes | None,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str],
        text: bool,
    ) -> Any:
        salesforce = self._signed_in()
        self.calls[operation] += 1
        self._response = None
        url = f"{salesforce.base_url}{path}"
        if path.startswith("/services/"):
            url = f"https://{salesforce.sf_instance}{path}"
        options: dict[str, Any] = {"data": data, "headers": dict(headers), "allow_redirects": False}
        options["proxies"] = proxies(self._settings.proxy, url)
        answer: Any = None
        failure: Exception | None = None
        try:
            if text or not url.startswith(salesforce.base_url):
                given = {**salesforce.headers, **headers}
                answer = self._http.request(method, url, params=params, **{**options, "headers": given})
            else:
                answer = salesforce.restful(
                    url.removeprefix(salesforce.base_url), params=dict(params or {}), method=method, **options
                )
        except _FAILURES as error:
            failure = error
        return self._understood(operation, answer, failure, text=text)

    def _understood(self, operation: str, answer: Any, failure: Exception | None, *, text: bool) -> Any:
        response, self._response = self._response, None
        if response is None:
            raise self._unanswered(failure, operation)
        self._note_usage(response)
        content = _content(response)
        if response.status_code >= 300:
            raise translate(response.status_code, content or b"", response.headers, operation)
        self._refusals = 0
        if response.status_code in (201, 204) and content == b"":
            return None
        if content is None or (failure is not None and text):
            raise _broken(operation)
        if text:
            return _decoded(response, operation)
        if answer is None or isinstance(answer, requests.Response):
            answer, failure = _json(response)  # simple-salesforce makes nothing of {} and []
        if failure is not None:
            raise _broken(operation)
        return answer

    def _signed_in(self) -> Salesforce:
        if self._session is None or self._salesforce is None:
            self._session = sign_in(self._settings, self._post)
            self._salesforce = Salesforce(
                session_id=self._session.access_token,
                instance_url=self._session.instance_url,
                session=self._http,
                version=self._settings.api_version,
                parse_float=Decimal,
                object_pairs_hook=dict,
            )
            self._salesforce.headers.pop("X-PrettyPrint", None)
        return self._salesforce

    def _post(
        self, url: str, body: Mapping[str, str] | bytes, headers: Mapping[str, str]
    ) -> requests.Response:
        self.calls[OPERATION] += 1
        try:
            return self._http.post(
                url,
                data=body,
                headers={"Accept": "application/json", **headers},
                allow_redirects=False,
                proxies=proxies(self._settings.proxy, url),
            )
        except requests.RequestException as error:
            failure = self._unanswered(error, OPERATION)
        raise failure  # outside: an exception's context would be printed with it, and quote what was sent

    def _unanswered(self, failure: Exception | None, operation: str) -> Exception:
        if not isinstance(failure, requests.RequestException):
            return failure or RuntimeError("neither an answer nor an error")
        url = failure.request.url if failure.request is not None else None
        host = urlsplit(url or self._settings.login_url).hostname or ""
        return unreachable(cause(failure), host, operation, service=SERVICE, addresses=_ADDRESSES)

    def _keep(self, response: requests.Response, *_: Any, **__: Any) -> None:
        self._response = response

    # -- the org's calls

    def _note_usage(self, response: requests.Response) -> None:
        found = _USAGE.search(response.headers.get("Sforce-Limit-Info", ""))
        if found:
            self.usage = int(found[1]), int(found[2])

    def _check_reserve(self) -> None:
        reserved = self._settings.reserve_calls_percent
        if not reserved or self.usage is None:
            return
        used, allowed = self.usage
        if used * 100 >= allowed * (100 - reserved):
            raise exhausted(
                f"{used:,} of the org's {allowed:,} API calls for 24 hours are used up, and"
                f" crm.reserve_calls_percent leaves {reserved} % to others"
            )


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))  # digit by digit: a float would round
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _content(response: requests.Response) -> bytes | None:
    """The body; None when it broke off."""
    try:
        return response.content
    except (requests.RequestException, RuntimeError):
        return None


def _json(response: requests.Response) -> tuple[Any, Exception | None]:
    try:
        return response.json(parse_float=Decimal), None
    except (ValueError, RecursionError) as error:
        return None, error


def _decoded(response: requests.Response, operation: str) -> str:
    kind = response.headers.get("Content-Type", "")
    if "html" in kind or not response.content:
        raise _broken(operation)
    try:
        return response.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _broken(operation) from None


def _broken(operation: str) -> TransientError:
    return TransientError(
        "an empty or cut answer, or none of Salesforce's",
        service=SERVICE,
        operation=operation,
        code="BROKEN_ANSWER",
    )
