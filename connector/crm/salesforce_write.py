"""Records written by sObject Collections: creations by external id, updates by id, 200 to a call.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections.htm
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from connector.crm import fit
from connector.crm.salesforce_alike import Alike
from connector.crm.salesforce_client import Client
from connector.crm.salesforce_errors import record_error
from connector.crm.salesforce_org import Org
from connector.crm.salesforce_read import Reader
from connector.crm.salesforce_values import long_id, texts, to_rest
from connector.errors import RefusedError, TransientError
from connector.records import CoercionError, Value, Write, WriteResult

CONVERTED_LEAD = "CANNOT_UPDATE_CONVERTED_LEAD"
UNREADABLE = "JSON_PARSER_ERROR"


class Writer:
    """``headers`` go along with every write. Raises what ``Client.call`` does."""

    def __init__(self, client: Client, org: Org, reader: Reader, headers: Mapping[str, str]) -> None:
        self._client = client
        self._org = org
        self._reader = reader
        self._headers = headers
        self.alike = Alike(org, reader)

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """See ``Crm.write``: all of one object."""
        places, merged = merge([plain(write) for write in writes], self._folded_key)
        results: dict[int, WriteResult] = {}
        ready: dict[int, Write] = {}
        taken: dict[str, str] = {}
        for place, write in enumerate(merged):
            if write.id and taken.setdefault(long_id(write.id), write.key) != write.key:
                results[place] = fit.claimed(write.key_field)
                continue
            prepared = self.prepared(write)
            if isinstance(prepared, Write):
                ready[place] = prepared
            else:
                results[place] = prepared
        results |= self._refused_claims(ready)
        results |= self.alike.landed(ready, results)
        for group in _groups(ready, results):
            landed = self._sent([ready[place] for place in group])
            results.update(zip(group, landed, strict=True))
        return [results[place] for place in places]

    def _folded_key(self, write: Write) -> str:
        return self._org.folded_key(write.object, write.key_field, write.key)

    def prepared(self, write: Write) -> Write | WriteResult:
        """``write`` as the org's fields take it, or why they do not."""
        meta = self._org.meta(write.object)
        fields: dict[str, Value] = {}
        for name, value in write.fields.items():
            if meta is None or name not in meta.fields:
                return WriteResult(error="the org has no such field", field=name, code="INVALID_FIELD")
            try:
                fields[name] = fit.fitted(value, meta.fields[name])
            except CoercionError as error:
                return fit.unfit(name, error)
        try:
            fields = self._org.countries(write.object).to_write(fields)
        except CoercionError as error:
            return WriteResult(error=error.args[0], field=error.args[1], code="country")
        if write.id is None:
            # What is left out of a creation is empty, or as the org has it by default.
            fields = {name: value for name, value in fields.items() if value is not None}
            if write.object == "Account" and "RecordTypeId" not in fields:
                company = self._org.business_record_type()
                fields |= {"RecordTypeId": company} if company else {}
        return write._replace(fields=fields)

    def claims(self, write: Write) -> bool:
        """Whether ``write`` puts its key on a record that was last seen without it, or was never seen."""
        if write.id is None or not self._org.has(write.object, write.key_field):
            return False
        key = self._reader.keys.get((write.object, long_id(write.id)), {}).get(write.key_field)
        return key is None or not self._org.same_key(write.object, write.key_field, key, write.key)

    def _refused_claims(self, ready: Mapping[int, Write]) -> dict[int, WriteResult]:
        """Of the records about to be claimed, those that are gone or another's by now: looked at again just
        before, since nothing in the API writes to a record on condition that nobody else has."""
        claims = {place: write for place, write in ready.items() if self.claims(write)}
        if not claims:
            return {}
        first = next(iter(claims.values()))
        ids = [write.id for write in claims.values() if write.id]
        found = self._reader.find(first.object, "id", list(dict.fromkeys(ids)), [first.key_field])
        keys = {record.id: record.fields[first.key_field] for record in found}
        refused = {}
        for place, write in claims.items():
            record_id = long_id(write.id or "")
            if record_id not in keys:
                refused[place] = fit.gone()
            elif keys[record_id] and self.claims(write):
                refused[place] = fit.claimed(write.key_field)
        return refused

    def _sent(self, writes: Sequence[Write]) -> list[WriteResult]:
        """One call; more where Salesforce cannot read one value of one record and so refuses them all."""
        try:
            return self._send(writes)
        except RefusedError as error:
            if error.code != UNREADABLE:
                raise
            if len(writes) == 1:
                return [self.failed(writes[0], {"statusCode": UNREADABLE})]
        half = len(writes) // 2
        return [*self._sent(writes[:half]), *self._sent(writes[half:])]

    def _send(self, writes: Sequence[Write]) -> list[WriteResult]:
        """One call. All of ``writes`` are creations, or all updates."""
        first = writes[0]
        path, method = "composite/sobjects", "PATCH"
        if first.id is None and not self._org.has(first.object, first.key_field):
            method = "POST"  # made safe to repeat by `alike`
        elif first.id is None:
            path += f"/{quote(first.object, safe='')}/{quote(first.key_field, safe='')}"
        body = {"allOrNone": False, "records": [self._body(write) for write in writes]}
        headers = dict(self._headers)
        if first.distinct:
            headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
        answer = self._client.call("write", method, path, json=body, headers=headers)
        if not isinstance(answer, list) or len(answer) != len(writes):
            raise _broken()
        results = [self._result(write, entry) for write, entry in zip(writes, answer, strict=True)]
        return self._there_already(writes, results)

    def _there_already(self, writes: Sequence[Write], results: list[WriteResult]) -> list[WriteResult]:
        """``results``, but for creations of records that are there: an attempt whose answer was lost has made
        them. Where it landed before this one, which then was an update, of fields that only a creation may
        give, nothing is left to write; where it landed meanwhile, this one is worth sending again."""
        refused = [
            write
            for write, result in zip(writes, results, strict=True)
            if write.id is None and (self._for_creation(write, result) or _overtaken(write, result))
        ]
        if not refused:
            return results
        object, field = refused[0].object, refused[0].key_field
        found = self._reader.find(object, field, [write.key for write in refused], [field])
        ids = {record.fields[field]: record.id for record in found}
        landed = list(results)
        for place, (write, result) in enumerate(zip(writes, results, strict=True)):
            if write.key in ids:
                overtaken = _overtaken(write, result)
                landed[place] = result._replace(again=True) if overtaken else WriteResult(ids[write.key])
        return landed

    def _for_creation(self, write: Write, result: WriteResult) -> bool:
        meta = self._org.meta(write.object)
        known = meta.fields.get(result.field) if meta and result.field else None
        unwritable = result.code == "INVALID_FIELD_FOR_INSERT_UPDATE"
        return unwritable and known is not None and known.createable and not known.updateable

    def _body(self, write: Write) -> dict[str, Any]:
        body: dict[str, Any] = {"attributes": {"type": write.object}}
        if write.id is not None:
            body["id"] = write.id
        keyed = self._org.has(write.object, write.key_field)
        if keyed and (write.id is None or self.claims(write)):
            body[write.key_field] = write.key
        return body | {name: to_rest(value) for name, value in write.fields.items()}

    def _result(self, write: Write, entry: Any) -> WriteResult:
        if not isinstance(entry, dict) or not isinstance(entry.get("success"), bool):
            raise _broken()
        if entry["success"]:
            record_id = entry.get("id") or write.id
            if not isinstance(record_id, str):
                raise _broken()
            record_id = long_id(record_id)
            self.alike.taken.add(record_id)
            self._reader.keys.setdefault((write.object, record_id), {})[write.key_field] = write.key
            return WriteResult(record_id)
        errors = [error for error in entry.get("errors") or () if isinstance(error, dict)]
        if not errors:
            raise _broken()
        return self.failed(write, errors[0])

    def failed(self, write: Write, error: Mapping[str, Any]) -> WriteResult:
        """What an error means for ``write``. A lead that was converted a moment ago needs no more writing."""
        result = record_error(error, texts({**write.fields, write.key_field: write.key}), write.object)
        if result.code == CONVERTED_LEAD:
            record_id = write.id or self._id_of(write)
            return WriteResult(record_id) if record_id else result
        return result

    def _id_of(self, write: Write) -> str | None:
        found = self._reader.find(write.object, write.key_field, [write.key], [write.key_field])
        return found[0].id if found else None


def plain(write: Write) -> Write:
    """``write`` with its key as Salesforce keeps text, by which results are told apart."""
    return write._replace(key=fit.plain_text(write.key).strip())


def merge(writes: Sequence[Write], folded: Callable[[Write], str]) -> tuple[list[int], list[Write]]:
    """Writes of one key made one, the later's values winning: a call must not name a record twice. Gives, for
    each write, the place of what it was made part of. ``folded``: what the org tells keys apart by."""
    merged: list[Write] = []
    known: dict[str, int] = {}
    for write in writes:
        place = known.setdefault(folded(write), len(merged))
        if place == len(merged):
            merged.append(write)
            continue
        before = merged[place]
        merged[place] = before._replace(
            id=before.id or write.id,
            fields={**before.fields, **write.fields},
            distinct=before.distinct or write.distinct,
        )
    return [known[folded(write)] for write in writes], merged


def _groups(ready: Mapping[int, Write], results: Mapping[int, WriteResult]) -> Iterable[list[int]]:
    """Places that can go in one call: creations apart from updates, and those that a person has called
    distinct apart from the others."""
    groups: dict[tuple[bool, bool], list[int]] = {}
    for place, write in ready.items():
        if place not in results:
            groups.setdefault((write.id is None, write.distinct), []).append(place)
    return groups.values()


def _overtaken(write: Write, result: WriteResult) -> bool:
    return result.code == "DUPLICATE_VALUE" and result.field == write.key_field


def _broken() -> TransientError:
    return TransientError(
        "an answer that is not whole", service="salesforce", operation="write", code="BROKEN_ANSWER"
    )
