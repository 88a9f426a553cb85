"""A HubSpot on the loopback interface, over TLS: the CRM API as its library speaks it, and how it fails."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from connector.crm.hubspot_properties import GROUP, PROPERTIES
from tests.servers import faults
from tests.servers.hubspot_account import PLAIN, PRIMARY, Account, Object, Refused, Stored, primary_label
from tests.servers.hubspot_search import search
from tests.servers.salesforce_http import HTML, HttpsServer, Reply, Request, json_reply, some

TOKEN = "pat-na1-00000000-0000-0000-0000-000000000000"


def _limit(policy: str) -> dict[str, Any]:
    said = f"You have reached your {policy.lower()} limit."
    return {"status": "error", "message": said, "errorType": "RATE_LIMIT", "policyName": policy}


def _error(category: str, message: str = "internal error", **more: Any) -> dict[str, Any]:
    return {"status": "error", "message": message, "category": category, "correlationId": "c0ffee", **more}


# Refused before anything ran: kind -> status and body (text: not from the service itself).
REFUSALS: dict[str, tuple[int, Any]] = {
    "429": (429, _limit("TEN_SECONDLY_ROLLING")),
    "429_secondly": (429, _limit("SECONDLY")),
    "500": (500, _error("INTERNAL_ERROR")),
    "502_html": (502, "<html><body><h1>502 Bad Gateway</h1></body></html>"),
    "503": (503, _error("SERVICE_UNAVAILABLE")),
    "423": (423, _error("LOCKED")),
    # Scripted alone.
    "429_daily": (429, _limit("DAILY")),
    "401": (401, _error("INVALID_AUTHENTICATION", "Authentication credentials not found.")),
    "403": (
        403,
        _error(
            "MISSING_SCOPES",
            "This app hasn't been granted all required scopes.",
            errors=[{"message": "", "context": {"requiredGranularScopes": ["crm.objects.deals.write"]}}],
        ),
    ),
    "html_404": (404, "<html><body>Not Found</body></html>"),
}
# "reset_before" never reaches the service; of these the operation ran, and its answer is lost or spoilt.
SPOILERS = ("reset_after", "timeout", "cut_json", "empty_200")
# "207": a batch lands in part.
TRANSIENT = ("429", "429_secondly", "500", "502_html", "503", "423", "reset_before", *SPOILERS, "207")


@dataclass(frozen=True)
class Faults(faults.Faults):
    kinds: tuple[str, ...] = TRANSIENT
    known: ClassVar[tuple[str, ...]] = TRANSIENT


@dataclass(frozen=True)
class Asked:
    """A request as a route meets it. ``step``: the fault it is under."""

    parts: tuple[str, ...]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    step: str | None


Run = Callable[[Asked], Reply]


class HubSpot(HttpsServer):
    """``custom``: the connector's properties are there. ``multi_status``: a batch with a record that is no
    good lands but for that, instead of being refused as a whole; both occur. ``terse``: what is written is
    told by its id and nothing else. ``strict``: nobody is asked for by an address that is none.
    ``most_searches``: in one second; None for any."""

    def __init__(
        self,
        *,
        custom: bool = True,
        multi_status: bool = False,
        terse: bool = False,
        strict: bool = False,
        faults: Faults | None = None,
        most_searches: int | None = None,
        seed: int = 1,
        **more: Any,
    ) -> None:
        super().__init__(**more)
        self.account = Account()
        self.multi_status, self.faults, self.most_searches = multi_status, faults, most_searches
        self.terse, self.strict = terse, strict
        self.calls: Counter[str] = Counter()
        self.requests: list[tuple[str, Mapping[str, Any]]] = []
        self._scripts: dict[str, deque[str]] = defaultdict(deque)
        self._random = random.Random(seed)
        self._searches: deque[float] = deque()
        self._lock = threading.RLock()
        if custom:
            self.add_custom_properties()

    def add_custom_properties(self) -> None:
        for wanted in PROPERTIES:
            self.account.objects[wanted.object].groups[GROUP] = {"name": GROUP}
            self.account.add_property(wanted.object, wanted.request())

    def settings(self, **overrides: Any) -> dict[str, Any]:
        """What a config's ``crm:`` says to reach this account."""
        settings = {
            "type": "hubspot",
            "url": self.url,
            "access_token": TOKEN,
            "ca_bundle": str(self.ca_bundle),
        }
        return {**settings, "searches_per_second": 100, **overrides}

    def script(self, operation: str, *steps: str) -> None:
        """What happens to the next calls of ``operation``; "" for nothing."""
        with self._lock:
            self._scripts[operation].extend(steps)

    # -- serving

    def answer(self, request: Request) -> Reply:
        with self._lock:
            operation, run, parts = self._find(request)
            self.calls[operation] += 1
            body = json.loads(request.body) if request.body else {}
            self.requests.append((operation, body))
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                return _refusal("401")
            step = self._step(operation)
            if step == "reset_before":
                return Reply(200, spoiler=step)
            if step in REFUSALS:
                return _refusal(step)
            try:
                reply = run(Asked(parts, request.query, body, step))
            except Refused as error:
                reply = json_reply({**error.body, "correlationId": "c0ffee"}, error.status)
            return reply.spoilt(step) if step in SPOILERS else reply

    def _step(self, operation: str) -> str | None:
        if self._scripts[operation]:
            return self._scripts[operation].popleft() or None
        return self.faults.draw() if self.faults else None

    def _find(self, request: Request) -> tuple[str, Run, tuple[str, ...]]:
        for method, pattern, operation, run in _ROUTES:
            matched = re.fullmatch(pattern, request.path)
            if method == request.method and matched:
                return operation, run.__get__(self), matched.groups()
        return "-", self._nothing, ()

    def _nothing(self, asked: Asked) -> Reply:
        return Reply(404, b"<html><body>Not Found</body></html>", {}, HTML)

    # -- metadata

    def _properties(self, asked: Asked) -> Reply:
        return json_reply({"results": list(self.account.object(asked.parts[0]).properties.values())})

    def _add_property(self, asked: Asked) -> Reply:
        owner = self.account.object(asked.parts[0])
        if asked.body["groupName"] not in owner.groups:
            raise Refused(f"Property group {asked.body['groupName']} does not exist")
        return json_reply(self.account.add_property(owner.name, asked.body), 201)

    def _add_group(self, asked: Asked) -> Reply:
        groups = self.account.object(asked.parts[0]).groups
        if asked.body["name"] in groups:
            raise Refused("Property group already exists", status=409, category="OBJECT_ALREADY_EXISTS")
        groups[asked.body["name"]] = dict(asked.body)
        return json_reply({**asked.body, "archived": False}, 201)

    def _schema(self, asked: Asked) -> Reply:
        return json_reply(self._told(self.account.object(asked.parts[0])))

    def _schemas(self, asked: Asked) -> Reply:
        own = [each for each in self.account.objects.values() if each.type_id.startswith("2-")]
        return json_reply({"results": [self._told(each) for each in own]})

    def _told(self, owner: Object) -> dict[str, Any]:
        return {
            "id": owner.type_id,
            "objectTypeId": owner.type_id,
            "name": owner.name,
            "fullyQualifiedName": owner.name,
            "labels": {"singular": owner.name.rstrip("s").capitalize(), "plural": owner.name.capitalize()},
            "requiredProperties": owner.required,
            "properties": list(owner.properties.values()),
            "associations": [],
        }

    def _pipelines(self, asked: Asked) -> Reply:
        return json_reply({"results": self.account.object(asked.parts[0]).pipelines})

    # -- records

    def _read(self, asked: Asked) -> Reply:
        owner, names = self.account.object(asked.parts[0]), asked.body.get("properties") or []
        id_property = asked.body.get("idProperty")
        ids = [each["id"] for each in asked.body["inputs"]]
        _check_batch(ids)
        if self.strict and id_property == "email" and not all("@" in id_ for id_ in ids):
            raise Refused("Invalid email address")
        found = {id_: self.account.by(owner, id_property, id_) for id_ in ids}
        rows = [_row(stored, names) for stored in found.values() if stored]
        missing = [id_ for id_, stored in found.items() if stored is None]
        if missing and not rows and not self.multi_status:  # both occur
            raise Refused("Not found", status=404, category="OBJECT_NOT_FOUND")
        return _batch(rows, [_missing(owner, missing)] if missing else [])

    def _get(self, asked: Asked) -> Reply:
        owner = self.account.object(asked.parts[0])
        stored = self.account.stored(owner, asked.parts[1])
        if stored is None:
            raise Refused("resource not found", status=404, category="OBJECT_NOT_FOUND")
        return json_reply(_row(stored, asked.query.get("properties", "").split(",")))

    def _list(self, asked: Asked) -> Reply:
        owner = self.account.object(asked.parts[0])
        limit, after = int(asked.query.get("limit", 10)), int(asked.query.get("after", 0))
        if limit > 100:
            raise Refused("limit must be at most 100")
        names = asked.query.get("properties", "").split(",")
        there = [
            each for id_ in owner.records if (each := self.account.stored(owner, id_)) and each.id == id_
        ]
        page = there[after : after + limit]
        following = {"paging": {"next": {"after": str(after + limit)}}} if after + limit < len(there) else {}
        return json_reply({"results": [_row(stored, names) for stored in page], **following})

    def _search(self, asked: Asked) -> Reply:
        now = time.monotonic()
        while self._searches and self._searches[0] <= now - 1:
            self._searches.popleft()
        self._searches.append(now)
        if self.most_searches is not None and len(self._searches) > self.most_searches:
            return _refusal("429_secondly")
        return json_reply(search(self.account.object(asked.parts[0]), asked.body))

    def _create(self, asked: Asked) -> Reply:
        def one(given: Mapping[str, Any]) -> dict[str, Any]:
            owner = self.account.object(asked.parts[0])
            stored = self.account.create(owner, given["properties"], given.get("associations") or ())
            return _row(stored, given["properties"])

        return self._each(asked, one, 201)

    def _update(self, asked: Asked) -> Reply:
        _check_batch([each["id"] for each in asked.body["inputs"]])

        def one(given: Mapping[str, Any]) -> dict[str, Any]:
            owner = self.account.object(asked.parts[0])
            stored = self.account.stored(owner, given["id"])
            if stored is None:
                raise Refused(
                    "not there", category="OBJECT_NOT_FOUND", context={"ids": [given["id"]]}, status=207
                )
            return _row(self.account.update(owner, stored, given["properties"]), given["properties"])

        return self._each(asked, one)

    def _upsert(self, asked: Asked) -> Reply:
        if asked.parts[0] == "leads":
            raise Refused("leads cannot be upserted: they need an association")
        _check_batch([(each["idProperty"], each["id"].strip().casefold()) for each in asked.body["inputs"]])

        def one(given: Mapping[str, Any]) -> dict[str, Any]:
            owner, name, id_ = self.account.object(asked.parts[0]), given["idProperty"], given["id"]
            stored = self.account.by(owner, name, id_)
            if stored is None:
                made = self.account.create(owner, {**given["properties"], name: id_})
                return {**_row(made, [*given["properties"], name]), "new": True}
            stored = self.account.update(owner, stored, given["properties"])
            return {**_row(stored, [*given["properties"], name]), "new": False}

        return self._each(asked, one)

    def _each(self, asked: Asked, one: Callable[[Any], dict[str, Any]], status: int = 200) -> Reply:
        """Do ``one`` for each input. Where one is no good, all are undone, and the batch refused, unless this
        account answers with a multi-status."""
        inputs = asked.body["inputs"]
        _check_batch([json.dumps(each, sort_keys=True) for each in inputs])
        busy = some(len(inputs), self._random) if asked.step == "207" else set()
        before = None if self.multi_status else self.account.snapshot()
        rows, errors = [], []
        for number, given in enumerate(inputs):
            trace = (
                {"objectWriteTraceId": given["objectWriteTraceId"]} if "objectWriteTraceId" in given else {}
            )
            context = {"objectWriteTraceId": list(trace.values())} if trace else {}
            if number in busy:
                errors.append(_error("RATE_LIMITS", context=context))
                continue
            try:
                rows.append({**one(given), **trace})
            except Refused as error:
                if before is not None and error.status != 207:
                    self.account.restore(before)
                    raise
                errors.append({**error.body, "context": {**error.body.get("context", {}), **context}})
        if self.terse:
            rows = [{**row, "objectWriteTraceId": None, "properties": {}} for row in rows]
        self._random.shuffle(rows)  # no order is promised
        return _batch(rows, errors, status)

    # -- associations

    def _types(self, asked: Asked) -> Reply:
        pair = (self.account.object(asked.parts[0]).name, self.account.object(asked.parts[1]).name)
        said = [{"category": "HUBSPOT_DEFINED", "typeId": PLAIN.get(pair, 1000), "label": None}]
        if pair in PRIMARY:
            label = primary_label(*pair)
            said.append({"category": "HUBSPOT_DEFINED", "typeId": PRIMARY[pair], "label": label})
        return json_reply({"results": said})

    def _linked(self, asked: Asked) -> Reply:
        object_, to = asked.parts
        rows, errors = [], []
        busy = some(len(asked.body["inputs"]), self._random) if asked.step == "207" else set()
        for number, each in enumerate(asked.body["inputs"]):
            found = self.account.linked(object_, each["id"], to)
            if number in busy:
                errors.append(_error("INTERNAL_ERROR", context={"fromObjectId": [each["id"]]}))
            elif found:
                rows.append({"from": {"id": each["id"]}, "to": found})
            else:
                context = {"fromObjectId": [each["id"]]}
                category = "crm.associations.NO_ASSOCIATIONS_FOUND"
                errors.append(_error("OBJECT_NOT_FOUND", "No such", subCategory=category, context=context))
        return _batch(rows, errors)

    def _link(self, asked: Asked) -> Reply:
        object_, to = asked.parts

        def one(given: Mapping[str, Any]) -> dict[str, Any]:
            kinds = given.get("types") or [{"associationTypeId": None}]
            for kind in kinds:
                self.account.link(
                    object_, given["from"]["id"], to, given["to"]["id"], kind["associationTypeId"]
                )
            if "types" in given:
                return {"fromObjectId": given["from"]["id"], "toObjectId": given["to"]["id"], "labels": []}
            return {"from": given["from"], "to": given["to"], "associationSpec": {"associationTypeId": 1}}

        return self._each(asked, one, 201)

    def _unlink(self, asked: Asked) -> Reply:
        for given in asked.body["inputs"]:
            for other in given["to"]:
                self.account.unlink(asked.parts[0], given["from"]["id"], asked.parts[1], other["id"])
        return Reply(204)


_NAME = r"([A-Za-z0-9_-]+)"
_ROUTES: list[tuple[str, str, str, Any]] = [
    ("GET", f"/crm/v3/properties/{_NAME}", "properties", HubSpot._properties),
    ("POST", f"/crm/v3/properties/{_NAME}", "add property", HubSpot._add_property),
    ("POST", f"/crm/v3/properties/{_NAME}/groups", "add group", HubSpot._add_group),
    ("GET", f"/crm-object-schemas/v3/schemas/{_NAME}", "schema", HubSpot._schema),
    ("GET", "/crm-object-schemas/v3/schemas", "schemas", HubSpot._schemas),
    ("GET", f"/crm/v3/pipelines/{_NAME}", "pipelines", HubSpot._pipelines),
    ("POST", f"/crm/v3/objects/{_NAME}/batch/read", "read", HubSpot._read),
    ("POST", f"/crm/v3/objects/{_NAME}/batch/create", "create", HubSpot._create),
    ("POST", f"/crm/v3/objects/{_NAME}/batch/update", "update", HubSpot._update),
    ("POST", f"/crm/v3/objects/{_NAME}/batch/upsert", "upsert", HubSpot._upsert),
    ("POST", f"/crm/v3/objects/{_NAME}/search", "search", HubSpot._search),
    ("GET", f"/crm/v3/objects/{_NAME}/{_NAME}", "get", HubSpot._get),
    ("GET", f"/crm/v3/objects/{_NAME}", "list", HubSpot._list),
    ("GET", f"/crm/v4/associations/{_NAME}/{_NAME}/labels", "types", HubSpot._types),
    ("POST", f"/crm/v4/associations/{_NAME}/{_NAME}/batch/read", "linked", HubSpot._linked),
    ("POST", f"/crm/v4/associations/{_NAME}/{_NAME}/batch/create", "link", HubSpot._link),
    ("POST", f"/crm/v4/associations/{_NAME}/{_NAME}/batch/associate/default", "link", HubSpot._link),
    ("POST", f"/crm/v4/associations/{_NAME}/{_NAME}/batch/archive", "unlink", HubSpot._unlink),
]


def _refusal(kind: str) -> Reply:
    status, body = REFUSALS[kind]
    headers = {"Retry-After": "1"} if status in (429, 423) else {}
    if isinstance(body, str):
        return Reply(status, body.encode(), headers, HTML)
    return json_reply(body, status, headers)


def _check_batch(ids: list[Any]) -> None:
    if len(ids) > 100:
        raise Refused("The maximum batch size is 100")
    if len(set(ids)) < len(ids):
        raise Refused("Duplicate IDs found in batch input")


def _row(stored: Stored, names: Any) -> dict[str, Any]:
    asked = {name: stored.properties.get(name) for name in names if name}
    always = {name: stored.properties[name] for name in ("hs_object_id", "createdate")}
    return {
        "id": stored.id,
        "properties": {**asked, **always},
        "createdAt": stored.created,
        "updatedAt": stored.created,
        "archived": False,
    }


def _missing(owner: Object, ids: list[str]) -> dict[str, Any]:
    said = f"Could not get some {owner.name.upper()} objects, they may be deleted or not exist."
    return _error("OBJECT_NOT_FOUND", said, context={"ids": ids})


def _batch(rows: list[Any], errors: list[Any], status: int = 200) -> Reply:
    answer = {"status": "COMPLETE", "results": rows, "startedAt": "2026-01-01T00:00:00Z"}
    if errors:
        return json_reply({**answer, "numErrors": len(errors), "errors": errors}, 207)
    return json_reply(answer, status)
