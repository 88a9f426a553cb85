"""A loopback Salesforce over TLS, for the real simple-salesforce.

Describes, SOQL, sObject Collections, composite, single records, Bulk API 2.0 and sign-in, with the checks and
the errors of the documentation and of recorded answers; and it can be told to misbehave (``Faults``,
``Salesforce.script``). Nothing leaves the machine: it answers on 127.0.0.1 and localhost, with a certificate
of a throw-away CA.

    python -m tests.servers.salesforce --port 8443 --faults 0.05
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any

from tests.servers.salesforce_bulk import Bulk
from tests.servers.salesforce_collections import Collections, Composite
from tests.servers.salesforce_http import (
    AFTERWARDS,
    HTML,
    KINDS,
    REFUSALS,
    SALESFORCE_TRANSIENT,
    SPOILERS,
    Faults,
    HttpsServer,
    Reply,
    Request,
    json_reply,
    refusal,
)
from tests.servers.salesforce_oauth import SignIn, key_pair
from tests.servers.salesforce_objects import org_objects
from tests.servers.salesforce_org import Org
from tests.servers.salesforce_rest import ApiError, Call, Core, Rest, Route, not_found
from tests.servers.salesforce_save import Saver
from tests.servers.salesforce_store import Store

__all__ = ["SALESFORCE_TRANSIENT", "Faults", "Salesforce"]

_DATA = re.compile(r"/services/data/v(\d+\.\d)/(.*)", re.DOTALL)
_SOAP = re.compile(r"/services/Soap/u/(\d+\.\d)/?")
_VERSIONS = range(31, 67)
_ALLOWANCE = 100_000  # calls a day of an org that nobody limits
_SINGLE = ("sobject.create", "sobject.update", "sobject.upsert")


class Salesforce(HttpsServer, Org):
    """The org, as a context manager; attributes may be changed while it runs.

    ``calls``: requests by operation, also those refused or faulted ("token", "login", "describe", "query",
    "queryMore", "collections.upsert", "composite", "bulk.create", ...; what a composite holds counts as
    "composite" alone). ``log``: (method, path, status) of each, status 0 for one that got no answer.
    ``headers_seen``: names in lower case, of the latest call by operation. ``queries``: every SOQL text.
    ``jobs``: Bulk jobs by id. ``daily_calls``: how many API calls a day are allowed; ``used``: how many there
    were. ``bulk_seconds``: how long a job takes.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        port: int = 0,
        latency: float = 0.0,
        slow: float = 0.5,
        faults: Faults | None = None,
        person_accounts: bool = False,
        multi_currency: bool = False,
        country_picklists: bool = False,
        custom_fields: bool = True,
        daily_calls: int | None = None,
        page_size: int = 2000,
        bulk_seconds: float = 0.0,
    ) -> None:
        HttpsServer.__init__(self, port=port, latency=latency, slow=slow)
        self.calls: Counter[str] = Counter()
        self.log: list[tuple[str, str, int]] = []
        self.headers_seen: dict[str, Mapping[str, str]] = {}
        self.faults, self.daily_calls, self.used = faults, daily_calls, 0
        objects = org_objects(
            custom_fields=custom_fields,
            person_accounts=person_accounts,
            multi_currency=multi_currency,
            country_picklists=country_picklists,
        )
        self._scripts: defaultdict[str, deque[str | None]] = defaultdict(deque)
        Org.__init__(self, Store(objects, seed))
        rng = random.Random(seed)
        saver = Saver(self._store, country_picklists=country_picklists, person_accounts=person_accounts)
        self._core = Core(objects, self._store, saver, page_size)
        self._sign_in = SignIn()
        collections = Collections(self._core, rng)
        self._bulk = Bulk(self._core, collections, rng, bulk_seconds)
        self._routes: tuple[Route, ...] = (
            *collections.routes,
            *Composite(self._core, self._dispatch).routes,
            *self._bulk.routes,
            *Rest(self._core, self._limits).routes,
        )
        self._populate(self.username, person_accounts=person_accounts)

    def __enter__(self) -> Salesforce:
        super().__enter__()
        self._sign_in.url = self.url
        return self

    # What a client needs to know.

    client_id = SignIn.client_id
    client_secret = SignIn.client_secret
    username = SignIn.username
    password = SignIn.password
    security_token = SignIn.security_token

    @property
    def key_pem(self) -> str:
        """The private key (PEM) whose public half the connected app knows."""
        return key_pair()[0]

    def access_token(self) -> str:
        """A fresh one, which is good."""
        with self._lock:
            return self._sign_in.new_token()

    def settings(self, flow: str = "jwt", **overrides: Any) -> dict[str, Any]:
        """What a config's ``crm:`` says to reach this org."""
        app = {"client_id": self.client_id, "client_secret": self.client_secret}
        auth: dict[str, dict[str, str]] = {
            "jwt": {"client_id": self.client_id, "username": self.username, "private_key": self.key_pem},
            "client_credentials": app,
            "password": {
                "username": self.username,
                "password": self.password,
                "security_token": self.security_token,
            },
            "token": {"access_token": self.access_token(), "instance_url": self.url},
        }
        settings = {"type": "salesforce", "login_url": self.url, "ca_bundle": str(self.ca_bundle)}
        return {**settings, "auth": {"flow": flow, **auth[flow]}, **overrides}

    @property
    def bulk_seconds(self) -> float:
        return self._bulk.seconds

    @bulk_seconds.setter
    def bulk_seconds(self, seconds: float) -> None:
        self._bulk.seconds = seconds

    # What a test looks at.

    @property
    def queries(self) -> list[str]:
        return self._core.queries

    @property
    def jobs(self) -> dict[str, dict[str, Any]]:
        with self._lock:
            return {identifier: job.info() for identifier, job in self._bulk.settled().items()}

    def reset_calls(self) -> None:
        with self._lock:
            self.calls.clear()
            self.log.clear()
            self.queries.clear()

    # What a test, or a person in the org, does to it.

    def script(self, operation: str, *steps: str | None) -> None:
        """What happens to the next calls of an operation: the name of a fault, or None (as usual). Random
        faults do not touch scripted calls."""
        if unknown := {step for step in steps if step} - set(KINDS):
            raise ValueError(f"unknown faults: {', '.join(sorted(unknown))}")
        with self._lock:
            self._scripts[operation].extend(steps)

    def slow_queries(self, slow: Callable[[str], bool]) -> None:
        """Queries whose text ``slow`` says yes to run into the org's time-out."""
        self._core.slow = slow

    def expire_sessions(self) -> None:
        """Every token given so far is no longer good."""
        with self._lock:
            self._sign_in.valid.clear()

    def expire_locators(self) -> None:
        """Likewise every nextRecordsUrl."""
        with self._lock:
            self._core.cursors.clear()

    # From a request to a reply.

    def answer(self, request: Request) -> Reply:
        with self._lock:
            self._settle()
            operation, run = self._find(request)
            self.calls[operation] += 1
            self.headers_seen[operation] = request.headers
            step = self._step(operation)
            reply = self._under(step, request, run)
            lost = reply.spoiler in ("reset_before", "reset_after")
            self.log.append((request.method, request.path, 0 if lost else reply.status))
            return reply

    def _step(self, operation: str) -> str | None:
        if self._scripts[operation]:
            return self._scripts[operation].popleft()
        step = self.faults.draw() if self.faults else None
        signing_in = operation in ("token", "login")
        return None if signing_in and step in ("session_expired", "locked", "concurrent") else step

    def _under(self, step: str | None, request: Request, run: Callable[[str | None], Reply]) -> Reply:
        if step == "reset_before":
            return Reply(200, spoiler=step)
        if step in REFUSALS:
            if step == "session_expired":
                self._sign_in.valid.discard(_bearer(request))
            return self._counted(request, refusal(step))
        reply = self._counted(request, run(step))
        if step == AFTERWARDS:
            return refusal("503_html")
        return reply.spoilt(step) if step in SPOILERS else reply

    def _counted(self, request: Request, reply: Reply) -> Reply:
        if not request.path.startswith("/services/data/"):
            return reply
        self.used += 1
        usage = {"Sforce-Limit-Info": f"api-usage={self.used}/{self.daily_calls or _ALLOWANCE}"}
        return Reply(reply.status, reply.body, {**usage, **reply.headers}, reply.content_type)

    def _find(self, request: Request) -> tuple[str, Callable[[str | None], Reply]]:
        """The operation that a request asks for, and what runs it under a fault."""
        soap = _SOAP.fullmatch(request.path)
        if request.path == "/services/oauth2/token" and request.method == "POST":
            return "token", lambda step: self._sign_in.token(request)
        if soap and request.method == "POST":
            return "login", lambda step: self._sign_in.soap(request, soap[1])
        if request.path.rstrip("/") == "/services/data":
            return "versions", lambda step: json_reply(_versions())
        data = _DATA.fullmatch(request.path)
        if data is None or not _VERSIONS.start <= float(data[1]) < _VERSIONS.stop:
            return "-", lambda step: Reply(404, b"<html><body>URL No Longer Exists</body></html>", {}, HTML)
        route, parts = self._route(request.method, data[2])
        base = f"/services/data/v{data[1]}"
        return route.operation if route else "-", lambda step: self._run(request, base, route, parts, step)

    def _route(self, method: str, path: str) -> tuple[Route | None, tuple[str, ...]]:
        for route in self._routes:
            if route.method == method and (match := route.pattern.fullmatch(path)):
                return route, match.groups()
        return None, ()

    def _run(
        self, request: Request, base: str, route: Route | None, parts: tuple[str, ...], step: str | None
    ) -> Reply:
        if _bearer(request) not in self._sign_in.valid:
            return refusal("session_expired")
        if self.daily_calls is not None and self.used >= self.daily_calls:
            return refusal("total_requests")
        return self._answered(Call(request, base, parts, step), route)

    def _answered(self, call: Call, route: Route | None) -> Reply:
        try:
            if route is None:
                raise not_found()
            if call.step == "locked" and route.operation in _SINGLE:
                message = "unable to obtain exclusive access to this record"
                raise ApiError(400, "UNABLE_TO_LOCK_ROW", message, fields=[])
            return route.answer(call)
        except ApiError as error:
            return json_reply(error.body, error.status)

    def _dispatch(self, request: Request, step: str | None) -> tuple[str, Reply]:
        """One subrequest of a composite: not a call of its own, and signed in already."""
        data = _DATA.fullmatch(request.path)
        route, parts = self._route(request.method, data[2]) if data else (None, ())
        base = f"/services/data/v{data[1]}" if data else ""
        return route.operation if route else "-", self._answered(Call(request, base, parts, step), route)

    def _settle(self) -> None:
        self._bulk.settled()

    def _limits(self) -> dict[str, dict[str, int]]:
        allowed = self.daily_calls or _ALLOWANCE
        return {
            "DailyApiRequests": {"Max": allowed, "Remaining": max(0, allowed - self.used)},
            "DailyBulkApiBatches": {"Max": 15_000, "Remaining": 15_000 - len(self._bulk.jobs)},
            "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000},
        }


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() in ("bearer", "oauth") else ""


def _versions() -> list[dict[str, str]]:
    return [{"label": "-", "url": f"/services/data/v{n}.0", "version": f"{n}.0"} for n in _VERSIONS]


def main(arguments: list[str] | None = None) -> None:
    """Runs the org until interrupted. On stdout: its URL, the CA's file, and a config's ``crm:`` (JSON)."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.salesforce")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument(
        "--faults", type=float, default=0.0, metavar="RATE", help="0.05 spoils 5 %% of answers"
    )
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--flow", choices=("jwt", "client_credentials", "password", "token"), default="jwt")
    parser.add_argument("--seed", type=int, default=0)
    for flag in ("--person-accounts", "--multi-currency", "--country-picklists", "--no-custom-fields"):
        parser.add_argument(flag, action="store_true")
    chosen = parser.parse_args(arguments)
    org = Salesforce(
        chosen.seed,
        port=chosen.port,
        latency=chosen.latency,
        faults=Faults(chosen.faults, seed=chosen.seed) if chosen.faults else None,
        person_accounts=chosen.person_accounts,
        multi_currency=chosen.multi_currency,
        country_picklists=chosen.country_picklists,
        custom_fields=not chosen.no_custom_fields,
    )
    with org:
        print(org.url, org.ca_bundle, json.dumps(org.settings(chosen.flow)), sep="\n", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)


if __name__ == "__main__":
    main()
