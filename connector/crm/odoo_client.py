"""One attempt at one call of Odoo's external API, by JSON-RPC or JSON-2.

A client of our own, of one request: the libraries there are have neither time-outs for each call, nor
certificates and proxies of the config's, nor JSON-2, which takes JSON-RPC's place from Odoo 19 on
(https://www.odoo.com/documentation/19.0/developer/reference/external_api.html).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from connector.crm.http import cause, proxies, session
from connector.crm.odoo_errors import SERVICE, broken, named, translate
from connector.crm.odoo_settings import Settings
from connector.crm.unreachable import unreachable
from connector.errors import AccessDenied, ConnectorError, RefusedError, TransientError
from connector.retry import retry_after

_DENIED = "odoo.exceptions.AccessDenied"
NO_JSON = object()


class Client:
    """A user of one database; signs in when the first call is made. For one thread.

    ``calls``: how many requests were sent, by operation, sign-in included.
    """

    def __init__(self, settings: Settings, directory: Path) -> None:
        self._settings = settings
        self._http = session(settings, directory)
        self._uid: int | None = None
        self._spoken: Mapping[str, str] | None = None
        self.calls: Counter[str] = Counter()

    def close(self) -> None:
        self._http.close()

    def call(
        self,
        operation: str,
        model: str,
        method: str,
        ids: Sequence[int] | None = None,
        context: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> Any:
        """What ``method`` of ``model`` gives, fractions as Decimal. ``ids``: the records it is called on, for
        a method that has such. ``named`` are its arguments, in the order in which it has them.

        Raises TransientError for what may pass, AccessDenied, NotFoundError, RefusedError.
        """
        if self._settings.protocol == "json2":
            body = {
                **named,
                **({"ids": list(ids)} if ids is not None else {}),
                "context": dict(context or {}),
            }
            return self._json2(operation, f"{model}/{method}", body)
        arguments = [*([list(ids)] if ids is not None else []), *named.values()]
        user = (self._settings.database, self._signed_in(), self._settings.password.get_secret_value())
        options = {"context": dict(context)} if context else {}
        return self._jsonrpc(operation, "object", "execute_kw", *user, model, method, arguments, options)

    def spoken(self) -> Mapping[str, str]:
        """The context in which Odoo names things as the user sees them named, in the user's language."""
        if self._spoken is None:
            said = self.call("describe", "res.users", "context_get")
            if not isinstance(said, Mapping):
                raise broken("describe")
            self._spoken = {"lang": str(said["lang"])} if said.get("lang") else {}
        return self._spoken

    def _signed_in(self) -> int:
        if self._uid is None:
            settings = self._settings
            user = (settings.database, settings.username, settings.password.get_secret_value())
            uid = self._jsonrpc("sign in", "common", "authenticate", *user, {})
            if uid is False:
                raise named(_DENIED, "", "sign in")
            if not isinstance(uid, int):
                raise broken("sign in")
            self._uid = uid
        return self._uid

    def _jsonrpc(self, operation: str, service: str, method: str, *arguments: Any) -> Any:
        params = {"service": service, "method": method, "args": arguments}
        request = {"jsonrpc": "2.0", "method": "call", "params": params, "id": 1}
        status, answer, wait = self._post(operation, f"{self._settings.url}/jsonrpc", request, {})
        if status != 200 or not isinstance(answer, Mapping):
            raise _refused(status, operation, wait)
        if isinstance(answer.get("error"), Mapping):
            raise translate(answer["error"], operation)
        if "jsonrpc" not in answer:
            raise broken(operation)
        return answer.get("result")  # Odoo leaves out one that is None

    def _json2(self, operation: str, path: str, body: Mapping[str, Any]) -> Any:
        headers = {
            "Authorization": f"bearer {self._settings.password.get_secret_value()}",
            "X-Odoo-Database": self._settings.database,
        }
        url = f"{self._settings.url}/json/2/{path}"
        status, answer, wait = self._post(operation, url, body, headers)
        if status < 300 and answer is not NO_JSON:
            return answer
        if status == 401 or (status == 403 and not isinstance(answer, Mapping)):
            raise named(_DENIED, "", operation)
        if isinstance(answer, Mapping) and answer.get("name"):
            raise named(str(answer["name"]), str(answer.get("message") or ""), operation)
        raise _refused(status, operation, wait)

    def _post(
        self, operation: str, url: str, body: Any, headers: Mapping[str, str]
    ) -> tuple[int, Any, float | None]:
        """Status, parsed answer (``NO_JSON`` where there is none in it), and for how long to wait, if it says
        so."""
        self.calls[operation] += 1
        data = json.dumps(body, default=_number).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        failure: ConnectorError | None = None
        try:
            response = self._http.post(
                url,
                data=data,
                headers=headers,
                allow_redirects=False,
                proxies=proxies(self._settings.proxy, url),
            )
            return response.status_code, _parsed(response, operation), retry_after(response.headers)
        except requests.RequestException as error:
            host = urlsplit(self._settings.url).hostname or ""
            failure = unreachable(cause(error), host, operation, service=SERVICE, addresses="crm.url")
        raise failure  # outside: an exception's context would be printed with it, and quote what was sent


def _parsed(response: requests.Response, operation: str) -> Any:
    if "json" not in response.headers.get("Content-Type", ""):
        return NO_JSON
    try:
        return json.loads(response.content, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise broken(operation) from None


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)  # which is all that Odoo keeps
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _refused(status: int, operation: str, wait: float | None) -> ConnectorError:
    about: dict[str, Any] = {"service": SERVICE, "operation": operation, "code": f"HTTP {status}"}
    if status in (408, 425, 429) or status >= 500:
        return TransientError("Odoo is not able to answer now", retry_after=wait, **about)
    if status in (401, 403):
        return AccessDenied("whatever answers at crm.url refuses us", hint="check crm.url", **about)
    if status < 300:
        return broken(operation)
    hint = "check crm.url, crm.protocol and crm.database"
    return RefusedError("what answers at crm.url is no Odoo, or has no such database", hint=hint, **about)
