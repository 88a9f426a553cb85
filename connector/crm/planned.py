"""A CRM that only remembers what is written to it: a dry run is the real walk over this one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

from pydantic import BaseModel

from connector.crm import fit
from connector.crm.base import Crm
from connector.errors import RefusedError
from connector.match import fold
from connector.records import CoercionError, ObjectMeta, Record, Value, Write, WriteResult, folded_key

PLANNED = "new:"  # begins the ids of records that a rehearsal has created; no CRM's ids look like this


class Planned(Crm):
    """``crm`` as it would be after the writes, none of which reaches it.

    What it refuses, a write of the CRM would refuse too, as far as metadata tells: a value that does not fit,
    a field that must be filled in, a record that is gone or belongs to another key.
    """

    name: ClassVar[str] = "planned"
    Settings: ClassVar[type[BaseModel]] = BaseModel

    def __init__(self, crm: Crm) -> None:
        vars(self)["name"] = crm.name  # reports speak of the CRM, not of its rehearsal
        vars(self)["batch_size"] = crm.batch_size
        vars(self)["gather"] = crm.gather
        self._crm = crm
        self._metas: dict[str, ObjectMeta] = {}
        # What was written: object -> id -> field -> value; (object, key field) -> key -> id.
        self._written: dict[str, dict[str, dict[str, Value]]] = defaultdict(dict)
        self._keys: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)

    @classmethod
    def open(cls, *_: Any, **__: Any) -> Self:
        """A rehearsal is made from a CRM that is open, not from settings: this raises TypeError."""
        raise TypeError("Planned(crm) is made from a CRM that is open")

    @property
    def location(self) -> str:
        return self._crm.location

    def objects(self) -> Sequence[str]:
        return self._crm.objects()

    def describe(self, objects: Iterable[str]) -> Mapping[str, ObjectMeta]:
        return self._crm.describe(objects)

    def calls(self) -> Mapping[str, int]:
        """The calls that did reach the CRM."""
        return self._crm.calls()

    def close(self) -> None:
        self._crm.close()

    # -- reading

    def find(self, object: str, field: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        own = self._own_fields(object, [*fields, field])
        there = [value for value in values if not value.startswith(PLANNED)]
        found = self._crm.find(object, field, there, own) if there else []
        known = {record.id for record in found}
        changed = [id_ for id_ in self._changed(object, field, values) if id_ not in known]
        records = [self._overlaid(record) for record in [*found, *self._read(object, changed, own)]]
        if field != "id":
            records = self._asked_for(object, field, records, values)
        return self._finished(object, records, fields)

    def _asked_for(
        self, object: str, field: str, records: Iterable[Record], values: Iterable[str]
    ) -> list[Record]:
        """Of ``records``, those that still have one of ``values``, as each of them."""
        asked: dict[str, list[str]] = defaultdict(list)
        for value in dict.fromkeys(values):
            asked[self._folded(object, field, value)].append(value)
        found = {}
        for record in records:
            for value in asked.get(self._folded(object, field, str(record.fields[field] or "")), ()):
                found[record.id, value] = replace(record, fields={**record.fields, field: value})
        return list(found.values())

    def _folded(self, object: str, field: str, key: str) -> str:
        return folded_key(key, self._meta(object).fields.get(field))

    def find_titles(
        self,
        object: str,
        title_fields: Sequence[str],
        titles: Sequence[str],
        key_field: str,
        fields: Sequence[str],
    ) -> list[Record]:
        own = self._own_fields(object, [*fields, *title_fields, key_field])
        found = self._crm.find_titles(object, title_fields, titles, key_field, own)
        records = {record.id: self._overlaid(record) for record in found}
        claimed = set(self._keys[(object, key_field)].values())
        # Written under another key field, and so unclaimed by this one.
        others = [id_ for id_ in self._written[object] if id_ not in claimed and id_ not in records]
        folded = {fold(fit.plain_text(title)) for title in titles}
        for record in map(self._overlaid, self._read(object, others, own)):
            if any(fold(str(record.fields[name] or "")) in folded for name in title_fields):
                records[record.id] = record
        free = [record for record in records.values() if not record.fields[key_field]]
        return self._finished(object, free, fields)

    def _changed(self, object: str, field: str, values: Iterable[str]) -> list[str]:
        """The ids of written records that may have one of ``values``."""
        written = self._written[object]
        if field == "id":
            return [value for value in values if value.startswith(PLANNED) and value in written]
        keys = self._keys.get((object, field))
        if keys is not None:
            wanted = dict.fromkeys(self._folded(object, field, value) for value in values)
            return [keys[key] for key in wanted if key in keys]
        wanted = dict.fromkeys(values)
        return [id_ for id_, fields in written.items() if fields.get(field) in wanted]

    def _read(self, object: str, ids: Sequence[str], own: Sequence[str]) -> list[Record]:
        """Records by id, those that are only planned included, with nothing in them yet."""
        there = [id_ for id_ in ids if not id_.startswith(PLANNED)]
        records = self._crm.find(object, "id", there, own) if there else []
        planned = [id_ for id_ in ids if id_.startswith(PLANNED)]
        return [*records, *(Record(object, id_, dict.fromkeys(own)) for id_ in planned)]

    def _overlaid(self, record: Record) -> Record:
        written = self._written[record.object].get(record.id)
        if written:
            record.fields.update({name: written[name] for name in record.fields if name in written})
        return record

    def _own_fields(self, object: str, fields: Iterable[str]) -> list[str]:
        """``fields`` without dotted names, but with the references that these go along. A dotted name whose
        reference cannot be told stays, for the CRM to answer."""
        names: dict[str, None] = {}
        for name in fields:
            relation, dot, _ = name.partition(".")
            names[(self._reference(object, relation) or name) if dot else name] = None
        names.pop("id", None)
        return list(names)

    def _finished(self, object: str, records: list[Record], fields: Sequence[str]) -> list[Record]:
        """``records`` with exactly ``fields``, dotted names read from what they lead to now."""
        relations: dict[str, list[str]] = defaultdict(list)
        for name in fields:
            relation, dot, rest = name.partition(".")
            if dot and self._reference(object, relation):
                relations[relation].append(rest)
        for relation, names in relations.items():
            self._follow(object, relation, names, records)
        for record in records:
            whole = {"id": record.id, **record.fields}
            record.fields = {name: whole[name] for name in fields}
        return records

    def _follow(self, object: str, relation: str, names: Sequence[str], records: Sequence[Record]) -> None:
        reference = self._reference(object, relation) or ""
        ids = list(dict.fromkeys(str(r.fields[reference]) for r in records if r.fields[reference]))
        target = self._meta(object).relations[relation]
        parents = {parent.id: parent for parent in self.find(target, "id", ids, names)} if ids else {}
        for record in records:
            parent = parents.get(str(record.fields[reference]))
            for name in names:
                record.fields[f"{relation}.{name}"] = parent.fields[name] if parent else None

    def _reference(self, object: str, relation: str) -> str | None:
        """The field behind a relation's name: ``account`` is ``account_id``, ``Account`` is ``AccountId``,
        ``Deal__r`` is ``Deal__c``, ``companies`` is ``associations.companies``."""
        meta = self._meta(object)
        names = (
            f"{relation}_id",
            f"{relation}Id",
            relation.removesuffix("__r") + "__c",
            relation,
            f"associations.{relation}",
        )
        return next((name for name in names if name in meta.fields and relation in meta.relations), None)

    def _meta(self, object: str) -> ObjectMeta:
        if object not in self._metas:
            self._metas.update(self._crm.describe([object]))
        try:
            return self._metas[object]
        except KeyError:
            raise RefusedError(f"the CRM has no object {object}", service="crm", code="unknown") from None

    # -- writing

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """See ``Crm.write``: the same results, but for the ids of records that do not exist yet."""
        known = self._known(writes)
        return [self._write(write, known) for write in writes]

    def _known(self, writes: Sequence[Write]) -> _Known:
        """What there is of the records that ``writes`` are about and refer to, in a few reads."""
        known = _Known()
        for object_, key_field in dict.fromkeys((write.object, write.key_field) for write in writes):
            own = [w for w in writes if (w.object, w.key_field) == (object_, key_field)]
            ids = [write.id for write in own if write.id]
            found = self.find(object_, key_field, [fit.plain_text(w.key) for w in own], [key_field])
            found += self.find(object_, "id", ids, [key_field]) if ids else []
            for record in found:
                key = self._folded(object_, key_field, str(record.fields[key_field] or ""))
                known.add(object_, key_field, key, record.id)
        for target, wanted in self._references(writes).items():
            missing = [id_ for id_ in wanted if id_ not in self._written[target]]
            known.ids[target].update(wanted.difference(missing))
            if missing:
                known.ids[target].update(record.id for record in self._crm.find(target, "id", missing, []))
        return known

    def _references(self, writes: Iterable[Write]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for write in writes:
            for name, target in self._reference_fields(write.object):
                if write.fields.get(name):
                    found[target].add(str(write.fields[name]))
        return found

    def _reference_fields(self, object: str) -> list[tuple[str, str]]:
        """The fields that refer to one object, which the CRM has, with its name."""
        fields = self._meta(object).fields.values()
        return [(f.name, f.reference_to[0]) for f in fields if len(f.reference_to) == 1]

    def _write(self, write: Write, known: _Known) -> WriteResult:
        spelt = fit.plain_text(write.key)
        key = self._folded(write.object, write.key_field, spelt)
        owner = known.by_key.get((write.object, write.key_field, key))
        id_ = write.id or owner
        refusal, values = self._fitted(write)
        if refusal is None and write.id:
            refusal = self._not_ours(write, key, known)
        refusal = refusal or self._unsound(write.object, values, known, creating=id_ is None)
        if refusal is None and owner not in (None, id_):
            refusal = fit.duplicate(write.key_field)
        if refusal:
            return refusal
        if id_ is None:
            id_ = f"{PLANNED}{write.object}:{spelt}"
        self._written[write.object].setdefault(id_, {}).update(values)
        self._keys[(write.object, write.key_field)][key] = id_
        known.add(write.object, write.key_field, key, id_)
        return WriteResult(id_)

    def _fitted(self, write: Write) -> tuple[WriteResult | None, dict[str, Value]]:
        fields = self._meta(write.object).fields
        values: dict[str, Value] = {}
        for name, value in {**write.fields, write.key_field: write.key}.items():
            if name not in fields:
                raise RefusedError(f"{write.object} has no field {name}", service="crm", code="unknown")
            try:
                values[name] = fit.fitted(value, fields[name])
            except CoercionError as error:
                return fit.unfit(name, error), {}
            if name == write.key_field and values[name] is None:
                return fit.required(name), {}
        return None, values

    def _not_ours(self, write: Write, key: str, known: _Known) -> WriteResult | None:
        held = known.key_of.get((write.object, write.key_field, write.id or ""))
        if held is None:
            return fit.gone()
        return None if held in ("", key) else fit.claimed(write.key_field)

    def _unsound(
        self, object: str, values: Mapping[str, Value], known: _Known, *, creating: bool
    ) -> WriteResult | None:
        for name, target in self._reference_fields(object):
            if values.get(name) and values[name] not in known.ids[target]:
                return fit.lost_reference(name, target)
        for meta in self._meta(object).fields.values():
            if meta.required and (creating or meta.name in values) and values.get(meta.name) is None:
                return fit.required(meta.name)
        return None


class _Known:
    """The records that a batch of writes is about: (object, key field, key) -> id and
    (object, key field, id) -> key; and the ids, by object, that it may refer to."""

    def __init__(self) -> None:
        self.by_key: dict[tuple[str, str, str], str] = {}
        self.key_of: dict[tuple[str, str, str], str] = {}
        self.ids: dict[str, set[str]] = defaultdict(set)

    def add(self, object: str, key_field: str, key: str, id: str) -> None:
        self.key_of[(object, key_field, id)] = key
        if key:
            self.by_key[(object, key_field, key)] = id
