"""The REST resources of the loopback org: describes, queries, single records."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.servers import soql
from tests.servers.salesforce_http import Reply, Request, json_reply
from tests.servers.salesforce_objects import Sobject, describe
from tests.servers.salesforce_save import Options, Saver, external_id
from tests.servers.salesforce_store import Store
from tests.servers.salesforce_values import SaveError, long_id, stored
from tests.servers.soql_run import Runner, attributes
from tests.servers.soql_tokens import SoqlError


class ApiError(Exception):
    """The whole request is refused."""

    def __init__(self, status: int, code: str, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = [{"message": message, "errorCode": code, **extra}]


@dataclass(frozen=True)
class Call:
    """A request on its way to the function that answers it. ``parts``: what the path's pattern caught.
    ``step``: the fault that it runs under."""

    request: Request
    base: str
    parts: tuple[str, ...]
    step: str | None = None

    def json(self) -> Any:
        """Raises ApiError for a body that is not JSON, or does not say that it is."""
        declared = self.request.headers.get("content-type", "").partition(";")[0].strip()
        if declared != "application/json":
            raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", f"Unsupported Media Type: '{declared}'")
        return parse_json(self.request.body)

    def options(self) -> Options:
        duplicates = self.request.headers.get("sforce-duplicate-rule-header", "")
        assign = self.request.headers.get("sforce-auto-assign", "TRUE")
        allow = re.search(r"allowSave\s*=\s*true", duplicates, re.IGNORECASE) is not None
        return Options(allow_duplicates=allow, assign=assign.upper() != "FALSE", base=self.base)


@dataclass(frozen=True)
class Route:
    operation: str
    method: str
    pattern: re.Pattern[str]
    answer: Callable[[Call], Reply]

    @classmethod
    def of(cls, operation: str, method: str, pattern: str, answer: Callable[[Call], Reply]) -> Route:
        return cls(operation, method, re.compile(pattern), answer)


def not_found() -> ApiError:
    return ApiError(404, "NOT_FOUND", "The requested resource does not exist")


def parse_json(body: bytes) -> Any:
    def reject(constant: str) -> Any:
        raise ValueError(constant)

    try:
        return json.loads(body, parse_float=Decimal, parse_constant=reject)
    except ValueError:
        message = "The HTTP entity body is required, but this request has no entity body or it is not JSON."
        raise ApiError(400, "JSON_PARSER_ERROR", message) from None


@dataclass
class Core:
    """What the resources share. ``queries``: every SOQL text that came in. ``slow``: whether one takes longer
    than the two minutes that a query may."""

    objects: Mapping[str, Sobject]
    store: Store
    saver: Saver
    page_size: int
    queries: list[str] = field(default_factory=list)
    slow: Callable[[str], bool] = lambda _: False
    cursors: dict[str, tuple[str, soql.Query, Sobject, list[Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.live = Runner(self.objects, self.store.live, self.store.find)
        self.everything = Runner(self.objects, lambda name: self.store.rows[name].values(), self.store.find)

    def object(self, name: str) -> Sobject:
        """Raises ApiError for an object that the org does not have."""
        found = self.objects.get(name.lower())
        if found is None:
            raise not_found()
        return found


class Rest:
    def __init__(self, core: Core, limits: Callable[[], Mapping[str, Any]]) -> None:
        self.core, self._limits = core, limits
        self.routes: Iterable[Route] = (
            Route.of("limits", "GET", r"limits/?", lambda call: json_reply(limits())),
            Route.of("recordCount", "GET", r"limits/recordCount", self.record_count),
            Route.of("sobjects", "GET", r"sobjects/?", self.list_objects),
            Route.of("describe", "GET", r"sobjects/(\w+)/describe/?", self.describe),
            Route.of("query", "GET", r"query/?", self.query),
            Route.of("queryAll", "GET", r"queryAll/?", self.query_all),
            Route.of("queryMore", "GET", r"query(?:All)?/(\w+)-(\d+)", self.query_more),
            Route.of("sobject.create", "POST", r"sobjects/(\w+)/?", self.create),
            Route.of("sobject.get", "GET", r"sobjects/(\w+)/(\w+)/?", self.get),
            Route.of("sobject.update", "PATCH", r"sobjects/(\w+)/(\w+)/?", self.update),
            Route.of("sobject.delete", "DELETE", r"sobjects/(\w+)/(\w+)/?", self.delete),
            Route.of("sobject.get", "GET", r"sobjects/(\w+)/(\w+)/(.+)", self.get_by_key),
            Route.of("sobject.upsert", "PATCH", r"sobjects/(\w+)/(\w+)/(.+)", self.upsert),
        )

    def record_count(self, call: Call) -> Reply:
        names = [
            name
            for name in call.request.query.get("sObjects", "").split(",")
            if name.lower() in self.core.objects
        ]
        counts = [
            {"count": sum(1 for _ in self.core.store.live(self.core.object(name).name)), "name": name}
            for name in names
        ]
        return json_reply({"sObjects": counts})

    def list_objects(self, call: Call) -> Reply:
        shown = []
        for one in self.core.objects.values():
            whole = describe(one, [], call.base)
            shown.append({name: value for name, value in whole.items() if not isinstance(value, list)})
        return json_reply({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": shown})

    def describe(self, call: Call) -> Reply:
        one = self.core.object(call.parts[0])
        return json_reply(describe(one, self.core.store.record_types(one.name), call.base))

    # Queries.

    def query(self, call: Call) -> Reply:
        return self._query(call, self.core.live)

    def query_all(self, call: Call) -> Reply:
        return self._query(call, self.core.everything)

    def _query(self, call: Call, runner: Runner) -> Reply:
        text = call.request.query.get("q")
        if text is None:
            raise ApiError(400, "MALFORMED_QUERY", "SOQL query is required")
        self.core.queries.append(text)
        if self.core.slow(text):
            raise ApiError(400, "QUERY_TIMEOUT", "Your query request was running for too long.")
        try:
            query = soql.parse(text)
            one, rows = runner.run(query)
        except SoqlError as error:
            raise ApiError(400, error.code, str(error)) from None
        if not query.fields:
            return json_reply({"totalSize": len(rows), "done": True, "records": []})
        locator = f"01g{len(self.core.cursors):012d}AAA"
        shown = [runner.shape(query, one, row, call.base) for row in rows]
        self.core.cursors[locator] = (text, query, one, shown)
        return self._page(call, locator, 0)

    def query_more(self, call: Call) -> Reply:
        locator, start = call.parts
        if locator not in self.core.cursors:
            raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(call, locator, int(start))

    def _page(self, call: Call, locator: str, start: int) -> Reply:
        shown = self.core.cursors[locator][3]
        end = start + self.core.page_size
        answer: dict[str, Any] = {"totalSize": len(shown), "done": end >= len(shown)}
        if end < len(shown):
            answer["nextRecordsUrl"] = f"{call.base}/query/{locator}-{end}"
        else:
            del self.core.cursors[locator]
        return json_reply(answer | {"records": shown[start:end]})

    # Single records.

    def create(self, call: Call) -> Reply:
        one, given = self.core.object(call.parts[0]), _record(call.json())
        try:
            identifier = self.core.saver.create(one, given, call.options())
        except SaveError as error:
            raise refused(error) from None
        return json_reply({"id": identifier, "success": True, "errors": []}, 201)

    def update(self, call: Call) -> Reply:
        one, given = self.core.object(call.parts[0]), _record(call.json())
        if given.get("Id") is not None:
            raise refused(
                SaveError("INVALID_FIELD", "The Id field should not be specified in the sobject data.")
            )
        try:
            self.core.saver.update(one, call.parts[1], given, call.options())
        except SaveError as error:
            raise refused(error) from None
        return Reply(204)

    def delete(self, call: Call) -> Reply:
        try:
            self.core.saver.delete(self.core.object(call.parts[0]), call.parts[1])
        except SaveError as error:
            raise refused(error) from None
        return Reply(204)

    def get(self, call: Call) -> Reply:
        one = self.core.object(call.parts[0])
        row = self.core.store.find(long_id(call.parts[1]))
        if row is None or row["_object"] != one.name:
            raise not_found()
        return json_reply(self._shown(call, one, row))

    def get_by_key(self, call: Call) -> Reply:
        one, found = self._by_key(call)
        if not found:
            raise not_found()
        row = self.core.store.find(found[0])
        assert row
        return json_reply(self._shown(call, one, row))

    def upsert(self, call: Call) -> Reply:
        one, found = self._by_key(call)
        known = external_id(one, call.parts[1])
        given = _record(call.json())
        if any(name.lower() == known.name.lower() for name in given):
            message = f"The {known.name} field should not be specified in the sobject data."
            raise refused(SaveError("INVALID_FIELD", message))
        if len(found) > 1:
            urls = [attributes(one.name, identifier, call.base)["url"] for identifier in found]
            return json_reply(urls, 300)
        try:
            identifier, created = self.core.saver.upsert(
                one, known, {**given, known.name: call.parts[2]}, call.options()
            )
        except SaveError as error:
            raise refused(error) from None
        answer = {"id": identifier, "success": True, "errors": [], "created": created}
        return json_reply(answer, 201 if created else 200)

    def _by_key(self, call: Call) -> tuple[Sobject, list[str]]:
        one = self.core.object(call.parts[0])
        try:
            known = external_id(one, call.parts[1])
            return one, self.core.store.matches(one, known, stored(known, call.parts[2], bulk=True))
        except SaveError as error:
            raise refused(error) from None

    def _shown(self, call: Call, one: Sobject, row: Mapping[str, Any]) -> dict[str, Any]:
        asked = call.request.query.get("fields")
        names = asked.split(",") if asked else [known.name for known in one.fields.values()]
        shown: dict[str, Any] = {"attributes": attributes(one.name, row["Id"], call.base)}
        for name in names:
            known = one.get(name)
            if known is None:
                raise ApiError(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {one.name}")
            shown[known.name] = row.get(known.name)
        return shown


def _record(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise ApiError(400, "JSON_PARSER_ERROR", "Can not deserialize SObject out of START_ARRAY token")
    return body


def refused(error: SaveError) -> ApiError:
    """A single record's error as the answer to the call: 404 where its record is gone."""
    gone = error.code == "ENTITY_IS_DELETED" and not error.fields
    missing = error.code == "INVALID_CROSS_REFERENCE_KEY" and not error.fields
    answer = ApiError(404 if gone or missing else 400, error.code, error.message)
    answer.body = error.answer()
    return answer


def chunks(items: list[Any], size: int) -> Iterable[list[Any]]:
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk
