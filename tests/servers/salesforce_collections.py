"""sObject Collections and composite requests of the loopback org."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from tests.servers.salesforce_http import Reply, Request, json_reply, some
from tests.servers.salesforce_objects import Field, Sobject
from tests.servers.salesforce_rest import ApiError, Call, Core, Route
from tests.servers.salesforce_save import Options, external_id, locked
from tests.servers.salesforce_values import SaveError, long_id, stored
from tests.servers.soql_run import attributes

MAX_RECORDS = 200
MAX_SUBREQUESTS, MAX_HEAVY = 25, 5  # of a composite; heavy: queries and collections
_ROLLED_BACK = (
    "Record rolled back because not all records were valid and the request was using AllOrNone header"
)
_HALTED = "The transaction was rolled back since another operation in the same transaction failed."
_REFERENCE = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])*)\}")
Result = dict[str, Any]


def failed(error: SaveError) -> Result:
    return {"success": False, "errors": [error.entry()]}


class Collections:
    def __init__(self, core: Core, rng: random.Random) -> None:
        self.core, self._rng = core, rng
        self.routes: Iterable[Route] = (
            Route.of("collections.create", "POST", r"composite/sobjects/?", self.create),
            Route.of("collections.update", "PATCH", r"composite/sobjects/?", self.update),
            Route.of("collections.delete", "DELETE", r"composite/sobjects/?", self.delete),
            Route.of("collections.retrieve", "GET", r"composite/sobjects/(\w+)/?", self.retrieve),
            Route.of("collections.retrieve", "POST", r"composite/sobjects/(\w+)/?", self.retrieve),
            Route.of("collections.upsert", "PATCH", r"composite/sobjects/(\w+)/(\w+)/?", self.upsert),
        )

    def create(self, call: Call) -> Reply:
        def one(record: Mapping[str, Any]) -> Result:
            identifier = self.core.saver.create(self._type(record), record, call.options())
            return {"id": identifier, "success": True, "errors": []}

        return self._each(call, *_records(call), one)

    def update(self, call: Call) -> Reply:
        def one(record: Mapping[str, Any]) -> Result:
            identifier = record.get("Id") or record.get("id")
            if identifier is None:
                raise SaveError("MISSING_ARGUMENT", "Id not specified in an update call")
            self.core.saver.update(self._type(record), identifier, record, call.options())
            return {"id": long_id(identifier), "success": True, "errors": []}

        records, whole = _records(call)
        twice = _repeated([str(long_id(str(record.get("Id"))) or id(record)) for record in records])

        def once(record: Mapping[str, Any]) -> Result:
            if long_id(str(record.get("Id"))) in twice:
                raise SaveError("DUPLICATE_VALUE", f"duplicate id in list: {record['Id']}", "Id")
            return one(record)

        return self._each(call, records, whole, once)

    def upsert(self, call: Call) -> Reply:
        target = self.core.object(call.parts[0])
        records, whole = _records(call)
        for record in records:
            if self._type(record) is not target:
                message = f"The type of the record in attributes is not {target.name}"
                raise ApiError(400, "INVALID_TYPE", message)
        try:
            known = external_id(target, call.parts[1])
        except SaveError as error:
            raise ApiError(400, error.code, error.message) from None
        return self._each(call, records, whole, self.upserter(target, known, records, call.options()))

    def upserter(
        self, target: Sobject, known: Field, records: list[dict[str, Any]], options: Options
    ) -> Callable[[Mapping[str, Any]], Result]:
        """Upserts one of ``records``; two of them with the same external id are both refused."""
        twice = _repeated(list(filter(None, (_key(known, record, options) for record in records))))

        def one(record: Mapping[str, Any]) -> Result:
            key = _key(known, record, options)
            if key in twice:
                raise SaveError("DUPLICATE_VALUE", f"Duplicate external id specified: {key}", known.name)
            identifier, created = self.core.saver.upsert(target, known, record, options)
            return {"id": identifier, "success": True, "errors": [], "created": created}

        return one

    def delete(self, call: Call) -> Reply:
        identifiers = [{"Id": text} for text in call.request.query.get("ids", "").split(",")]

        def one(record: Mapping[str, Any]) -> Result:
            row = self.core.store.any(long_id(record["Id"]) or "")
            if row is None:
                raise SaveError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
            self.core.saver.delete(self.core.object(row["_object"]), record["Id"])
            return {"id": row["Id"], "success": True, "errors": []}

        return self._each(call, identifiers, call.request.query.get("allOrNone") == "true", one)

    def retrieve(self, call: Call) -> Reply:
        """Records by id, in the order asked for; null for one that is not there."""
        target = self.core.object(call.parts[0])
        if call.request.method == "POST":
            body = call.json()
            ids, names = body.get("ids", []), body.get("fields", [])
        else:
            ids, names = (call.request.query.get(name, "").split(",") for name in ("ids", "fields"))
        fields = [target.get(name) for name in names]
        if None in fields:
            missing = names[fields.index(None)]
            raise ApiError(400, "INVALID_FIELD", f"No such column '{missing}' on entity '{target.name}'.")
        found: list[Any] = []
        for identifier in ids:
            row = self.core.store.find(long_id(identifier))
            if row is None or row["_object"] != target.name:
                found.append(None)
                continue
            shown = {known.name: row.get(known.name) for known in fields if known}
            found.append({"attributes": attributes(target.name, row["Id"], call.base), **shown})
        return json_reply(found)

    def _type(self, record: Mapping[str, Any]) -> Sobject:
        name = (record.get("attributes") or {}).get("type")
        if not isinstance(name, str):
            message = "Each record needs its type in attributes."
            raise ApiError(400, "INVALID_INPUT", message)
        found = self.core.objects.get(name.lower())
        if found is None:
            message = f"sObject type '{name}' is not supported."
            raise ApiError(400, "INVALID_TYPE", message)
        return found

    def _check_triggers(self, records: list[dict[str, Any]]) -> None:
        names = {str((record.get("attributes") or {}).get("type")) for record in records}
        for name in names & set(self.core.store.rules):
            for breaks in self.core.store.rules[name].breaks:
                if code := breaks(records):
                    raise _broken(code)

    def _each(
        self,
        call: Call,
        records: list[dict[str, Any]],
        all_or_none: bool,
        save: Callable[[Mapping[str, Any]], Result],
    ) -> Reply:
        self._check_triggers(records)
        locks = some(len(records), self._rng) if call.step == "locked" else set()
        with self.core.store.transaction() as undo:
            results = []
            for index, record in enumerate(records):
                try:
                    if index in locks:
                        raise locked(str(record.get("Id") or self.core.store.user_id))
                    results.append(save(record))
                except SaveError as error:
                    results.append(failed(error))
            if all_or_none and not all(result["success"] for result in results):
                undo()
                rolled = failed(SaveError("ALL_OR_NONE_OPERATION_ROLLED_BACK", _ROLLED_BACK))
                results = [rolled if result["success"] else result for result in results]
        return json_reply(results)


def _broken(code: str) -> ApiError:
    if code == "REQUEST_RUNNING_TOO_LONG":
        return ApiError(400, code, "Your request was running for too long, and has been stopped.")
    return ApiError(500, code, "An unexpected error occurred. Please include this ErrorId: 1234-5678 (90)")


def _records(call: Call) -> tuple[list[dict[str, Any]], bool]:
    body = call.json()
    records = body.get("records") if isinstance(body, dict) else None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ApiError(400, "JSON_PARSER_ERROR", "A list of records is expected.")
    if not records:
        raise ApiError(400, "REQUIRED_FIELD_MISSING", "At least 1 record is required")
    if len(records) > MAX_RECORDS:
        message = f"record limit reached. cannot submit more than {MAX_RECORDS} records into this call"
        raise ApiError(400, "EXCEEDED_ID_LIMIT", message)
    return records, body.get("allOrNone") is True


def _repeated(keys: list[str]) -> set[str]:
    return {key for key, count in Counter(keys).items() if count > 1}


def _key(known: Field, record: Mapping[str, Any], options: Options) -> str | None:
    value = next((value for name, value in record.items() if name.lower() == known.name.lower()), None)
    try:
        text = stored(known, value, bulk=options.bulk)
    except SaveError:
        return None  # which the save will say
    return None if text is None else text if known.case_sensitive else str(text).lower()


class Composite:
    """``dispatch`` answers one subrequest as if it had come alone; it says the operation, too."""

    def __init__(self, core: Core, dispatch: Callable[[Request, str | None], tuple[str, Reply]]) -> None:
        self.core, self._dispatch = core, dispatch
        self.routes: Iterable[Route] = (Route.of("composite", "POST", r"composite/?", self.run),)

    def run(self, call: Call) -> Reply:
        body = call.json()
        parts = body.get("compositeRequest") if isinstance(body, dict) else None
        if not isinstance(parts, list) or not parts:
            raise ApiError(400, "INVALID_INPUT", "compositeRequest is required.")
        _check(parts, call.base)
        all_or_none = body.get("allOrNone") is True
        answers: dict[str, tuple[Reply, Any]] = {}
        with self.core.store.transaction() as undo:
            for part in parts:
                answers[part["referenceId"]] = self._one(call, part, answers)
            bad = [name for name, (reply, _) in answers.items() if reply.status >= 400]
            if all_or_none and bad:
                undo()
                halted = json_reply([{"errorCode": "PROCESSING_HALTED", "message": _HALTED}], 400)
                answers = {
                    name: answer if name in bad else (halted, orjson.loads(halted.body))
                    for name, answer in answers.items()
                }
        shown = [
            {
                "body": orjson.Fragment(reply.body) if reply.body else None,
                "httpHeaders": dict(reply.headers),
                "httpStatusCode": reply.status,
                "referenceId": name,
            }
            for name, (reply, _) in answers.items()
        ]
        return json_reply({"compositeResponse": shown})

    def _one(self, call: Call, part: Mapping[str, Any], answers: Mapping[str, Any]) -> tuple[Reply, Any]:
        try:
            url, body = _filled(part["url"], answers), _filled(part.get("body"), answers)
        except LookupError as error:
            message = f"Invalid reference specified. No value for {error.args[0]} found."
            reply = json_reply([{"errorCode": "PROCESSING_HALTED", "message": message}], 400)
        else:
            headers = {**call.request.headers, **(part.get("httpHeaders") or {})}
            headers["content-type"] = "application/json"
            payload = b"" if body is None else json.dumps(body, default=float).encode()
            request = Request.of(part["method"].upper(), url, headers, payload)
            _, reply = self._dispatch(request, call.step if call.step == "locked" else None)
        return reply, orjson.loads(reply.body) if reply.body else None


def _check(parts: list[Any], base: str) -> None:
    if len(parts) > MAX_SUBREQUESTS:
        message = f"The composite request can contain at most {MAX_SUBREQUESTS} subrequests."
        raise ApiError(400, "LIMIT_EXCEEDED", message)
    names = []
    for part in parts:
        wanted = ("method", "url", "referenceId")
        if not isinstance(part, dict) or not all(isinstance(part.get(name), str) for name in wanted):
            raise ApiError(400, "INVALID_INPUT", "A subrequest needs method, url and referenceId.")
        if not part["url"].startswith("/services/data/"):
            raise ApiError(400, "INVALID_INPUT", f"The url of {part['referenceId']} is not a resource's.")
        names.append(part["referenceId"])
    if len(set(names)) != len(names) or not all(re.fullmatch(r"[A-Za-z0-9_]+", name) for name in names):
        raise ApiError(
            400, "INVALID_INPUT", "Each referenceId is unique, of letters, digits and underscores."
        )
    heavy = [
        part for part in parts if re.match(r"/services/data/v[\d.]+/(query|composite/sobjects)", part["url"])
    ]
    if len(heavy) > MAX_HEAVY:
        message = f"At most {MAX_HEAVY} subrequests can be queries or sObject Collections."
        raise ApiError(400, "LIMIT_EXCEEDED", message)


def _filled(value: Any, answers: Mapping[str, Any]) -> Any:
    """``@{name.path}`` replaced by what an earlier answer says. Raises LookupError."""
    if isinstance(value, dict):
        return {key: _filled(inner, answers) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, answers) for inner in value]
    if not isinstance(value, str):
        return value

    def found(match: re.Match[str]) -> str:
        reached = answers[match[1]][1]
        for step in re.findall(r"\w+", match[2]):
            try:
                reached = reached[int(step)] if isinstance(reached, list) else reached[step]
            except (KeyError, IndexError, TypeError, ValueError):
                raise LookupError(match[0]) from None
        return str(reached)

    return _REFERENCE.sub(found, value)
