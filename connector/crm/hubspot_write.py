"""How records are written to HubSpot: made by batch upsert on a unique property, so that of two writers at
once both meet one record; changed by batch update; associated when they are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from connector.crm import fit
from connector.crm import hubspot_batch as batch
from connector.crm.hubspot_associate import Associations, Wanted
from connector.crm.hubspot_client import Client
from connector.crm.hubspot_describe import ASSOCIATIONS, BORN_ASSOCIATED, LABEL, Objects
from connector.crm.hubspot_errors import is_conflict, record_error
from connector.crm.hubspot_read import TOGETHER, Reader, Row, parts
from connector.crm.hubspot_values import folded, to_text
from connector.errors import RefusedError
from connector.records import CoercionError, FieldMeta, Value, Write, WriteResult


@dataclass(slots=True)
class _Entry:
    """One write on its way. ``row``: the record that is there already; ``values``: what fits, by field;
    ``properties`` and ``associated`` (id by object): what HubSpot is given."""

    write: Write
    row: Row | None
    values: dict[str, Value] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    associated: dict[str, str | None] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.row["id"]) if self.row else ""

    def holds(self, property: str) -> str:
        return str(self.row["properties"].get(property) or "") if self.row else ""


Entries = dict[int, _Entry]
Results = dict[int, WriteResult]


class Writer:
    """Writes over ``client``; one object at a time."""

    def __init__(self, client: Client, objects: Objects, reader: Reader) -> None:
        self._client = client
        self._objects = objects
        self._reader = reader
        self._associations = Associations(client, objects, reader)

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """See ``Crm.write``."""
        results: Results = {}
        for turn in _turns(writes):
            results.update(self._write({number: writes[number] for number in turn}))
        return [results[number] for number in range(len(writes))]

    def _write(self, writes: Mapping[int, Write]) -> Results:
        """Writes that are each about a record of its own."""
        object, key_field = next((write.object, write.key_field) for write in writes.values())
        fields = self._objects.known(object).fields
        results, entries = self._met(object, key_field, writes)
        for number, entry in entries.items():
            wrong = self._fit(entry, fields) or self._stage(object, entry)
            if wrong:
                results[number] = wrong
            else:
                self._fill(object, entry)
        entries = _without(entries, results)
        wanted, lost = self._associations.present({n: entry.associated for n, entry in entries.items()})
        results.update(lost)
        entries = _without(entries, results)
        results.update(self._update(object, fields, {n: e for n, e in entries.items() if e.row}))
        fresh = {n: e for n, e in entries.items() if not e.row}
        results.update(self._create(object, key_field, fields, fresh, wanted))
        landed = {n: (str(results[n].id), wanted[n]) for n in entries if results[n].id}
        results.update(self._associations.write(object, landed))
        return results

    def _met(self, object: str, key_field: str, writes: Mapping[int, Write]) -> tuple[Results, Entries]:
        """Each write with the record that it meets; results for those that may not have theirs."""
        stages = self._objects.stages.get(object)
        names = [key_field, *([stages.pipeline, stages.stage] if stages else [])]
        by_key = self._reader.by_key(object, key_field, {write.key for write in writes.values()}, names)
        by_id = self._reader.by_id(object, {write.id for write in writes.values() if write.id}, names)
        results: Results = {}
        entries: Entries = {}
        for number, write in writes.items():
            known, row = by_key.get(folded(write.key)), by_id.get(write.id or "")
            entry = _Entry(write, row if write.id else known)
            held = folded(entry.holds(key_field))
            ours = known is not None and str(known["id"]) == entry.id
            if write.id and row is None:
                results[number] = fit.gone()
            elif not ours and held not in ("", folded(write.key)):
                results[number] = fit.claimed(key_field)
            elif known is not None and not ours:
                results[number] = fit.duplicate(key_field)
            else:
                entries[number] = entry
        return results, entries

    def _fit(self, entry: _Entry, fields: Mapping[str, FieldMeta]) -> WriteResult | None:
        """Put the values that fit into ``entry``; what is wrong with the first that does not."""
        write = entry.write
        for name, value in {**write.fields, write.key_field: write.key}.items():
            meta = fields.get(name)
            if meta is None:
                raise RefusedError(
                    f"{write.object} has no property {name}", service="hubspot", operation="write"
                )
            try:
                entry.values[name] = fit.fitted(value, meta)
            except CoercionError as error:
                return fit.unfit(name, error)
        if not folded(write.key):
            return fit.required(write.key_field)
        owners = [f"{ASSOCIATIONS}{to}" for to in BORN_ASSOCIATED.get(write.object, ())]
        owned = any(entry.values.get(owner) for owner in owners)
        for name, meta in fields.items():
            lacking = entry.values.get(name) is None and not (owned and name in owners)
            if meta.required and lacking and (not entry.row or name in entry.values):
                return fit.required(name)
        return None

    def _stage(self, object: str, entry: _Entry) -> WriteResult | None:
        """Turn ``dealstage.label`` into the id of the stage, and put what is new into the first stage if it
        is to be in no other; what is wrong with a label that nothing has."""
        stages, values = self._objects.stages.get(object), entry.values
        if stages is None:
            return None
        given = {
            name: values.pop(name)
            for name in (stages.pipeline + LABEL, stages.stage + LABEL)
            if name in values
        }
        pipeline, stage = (given.get(name + LABEL) for name in (stages.pipeline, stages.stage))
        fresh = not entry.row and not values.get(stages.stage)
        if pipeline is None and stage is None and not fresh:
            return None
        present = values.get(stages.pipeline) or entry.holds(stages.pipeline)
        found = stages.find(_text(pipeline), _text(stage), _text(present))
        if found is None:
            name = (stages.stage if stage is not None else stages.pipeline) + LABEL
            return WriteResult(error="no pipeline or stage is called so", field=name, code="picklist")
        values[stages.pipeline] = found.pipeline
        # A record that is in the pipeline already stays in its stage, unless told otherwise.
        if stage is not None or entry.holds(stages.pipeline) != found.pipeline:
            values[stages.stage] = found.id
        return None

    def _fill(self, object: str, entry: _Entry) -> None:
        html = self._objects.html[object]
        for name, value in entry.values.items():
            if name.startswith(ASSOCIATIONS):
                entry.associated[name.removeprefix(ASSOCIATIONS)] = _text(value)
            elif value is not None or entry.row:
                entry.properties[name] = to_text(value, markup=name in html)
        key_field = entry.write.key_field
        entry.properties[key_field] = entry.properties[key_field].strip()
        if folded(entry.holds(key_field)):
            del entry.properties[key_field]  # it is there, in whatever case

    # -- batches

    def _update(self, object: str, fields: Mapping[str, FieldMeta], entries: Entries) -> Results:
        found = {number: WriteResult(entry.id) for number, entry in entries.items()}
        inputs = {
            number: {"id": entry.id, "properties": entry.properties, "objectWriteTraceId": str(number)}
            for number, entry in entries.items()
            if entry.properties
        }
        numbers = {str(given["id"]): number for number, given in inputs.items()}
        update = self._client.crm.objects.batch_api.update
        results, errors = self._sent(update, object, inputs, partial(_place, numbers, "id"))
        found.update((number, WriteResult(str(said["id"]))) for number, said in results.items())
        found.update((number, record_error(error, fields)) for number, error in errors.items())
        return found

    def _create(
        self,
        object: str,
        key_field: str,
        fields: Mapping[str, FieldMeta],
        entries: Entries,
        wanted: Mapping[int, Wanted],
    ) -> Results:
        inputs = {n: self._creation(object, key_field, n, e, wanted[n]) for n, e in entries.items()}
        numbers = {folded(entry.write.key): number for number, entry in entries.items()}
        api = self._client.crm.objects.batch_api
        function = api.create if object in BORN_ASSOCIATED else api.upsert  # which associates nothing
        results, errors = self._sent(function, object, inputs, partial(_place, numbers, key_field))
        found = {number: WriteResult(str(said["id"])) for number, said in results.items()}
        unsaid = {n for n in inputs if n not in results and n not in errors}
        conflicts = {number for number, error in errors.items() if is_conflict(error)}
        keys = {number: entries[number].write.key for number in unsaid | conflicts}
        there = self._reader.by_key(object, key_field, keys.values(), []) if keys else {}
        for number in unsaid:
            row = there.get(folded(keys[number]))
            found[number] = WriteResult(str(row["id"])) if row else fit.gone()
        for number, error in errors.items():
            found[number] = record_error(error, fields)
            if number in conflicts and folded(keys[number]) in there:
                found[number] = WriteResult(error="another writer was faster", code="conflict", again=True)
        return found

    def _creation(
        self, object: str, key_field: str, number: int, entry: _Entry, wanted: Wanted
    ) -> batch.Input:
        given: dict[str, Any] = {"properties": entry.properties, "objectWriteTraceId": str(number)}
        if object in BORN_ASSOCIATED:
            return {**given, "associations": self._associations.born(object, wanted)}
        return {**given, "idProperty": key_field, "id": entry.properties[key_field]}

    def _sent(
        self, function: Any, object: str, inputs: Mapping[int, batch.Input], place: batch.Place
    ) -> tuple[dict[int, batch.Answer], dict[int, batch.Answer]]:
        results: dict[int, batch.Answer] = {}
        errors: dict[int, batch.Answer] = {}
        for part in parts(list(inputs), TOGETHER):
            some = {number: inputs[number] for number in part}
            landed, wrong = batch.send(self._client, function, (object,), some, place)
            results.update(landed)
            errors.update(wrong)
        return results, errors


def _place(numbers: Mapping[str, int], name: str, said: batch.Answer) -> int | None:
    """Which input a result or an error is about: by the trace that it came with, else by id or key."""
    traces = [said.get("objectWriteTraceId"), *batch.context(said, "objectWriteTraceId")]
    for trace in traces:
        if isinstance(trace, str) and trace.isdecimal():
            return int(trace)
    properties = said.get("properties")
    told = [*batch.context(said, "ids"), *batch.context(said, "id")]
    if "id" in said and isinstance(properties, Mapping):
        told = [str(said["id"]) if name == "id" else folded(str(properties.get(name) or ""))]
    return next((numbers[value] for value in told if value in numbers), None)


def _without(entries: Entries, results: Results) -> Entries:
    return {number: entry for number, entry in entries.items() if number not in results}


def _text(value: Value) -> str | None:
    return str(value) if value else None


def _turns(writes: Iterable[Write]) -> list[list[int]]:
    """The writes by number, in turns: two to one record are in different ones, the earlier first."""
    turns: list[list[int]] = []
    seen: dict[tuple[str, str], int] = {}
    for number, write in enumerate(writes):
        about = [("key", folded(write.key)), *([("id", write.id)] if write.id else [])]
        turn = max((seen[name] + 1 for name in about if name in seen), default=0)
        seen.update(dict.fromkeys(about, turn))
        turns.extend([] for _ in range(turn + 1 - len(turns)))
        turns[turn].append(number)
    return turns
