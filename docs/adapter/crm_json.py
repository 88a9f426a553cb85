"""A CRM in one JSON file: companies and deals. Small, whole, and passes the contract suite.

The file has, by object, the records by id: ``{"deals": {"1": {"name": "...", ...}}}``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

from filelock import FileLock
from pydantic import BaseModel, ConfigDict

from connector.crm import fit
from connector.crm.base import Crm
from connector.errors import RefusedError
from connector.match import fold
from connector.records import (
    CoercionError,
    FieldMeta,
    ObjectMeta,
    Record,
    Value,
    Write,
    WriteResult,
    from_json,
    to_json,
)

KEY = "invitation_key"
Rows = dict[str, dict[str, Any]]


def _object(name: str, relations: Mapping[str, str], *fields: FieldMeta) -> ObjectMeta:
    key = FieldMeta(KEY, "text", unique=True, external_id=True)
    own = FieldMeta("id", "id", createable=False, updateable=False)
    return ObjectMeta(name, {field.name: field for field in (own, key, *fields)}, relations=relations)


# A real CRM is asked for these.
OBJECTS = {
    "companies": _object("companies", {}, FieldMeta("name", "text", length=255, required=True)),
    "deals": _object(
        "deals",
        {"company": "companies"},
        FieldMeta("name", "text", length=255, required=True),
        FieldMeta("title", "text"),
        FieldMeta("notes", "text"),
        FieldMeta("amount", "money", scale=2),
        FieldMeta("closes", "date"),
        FieldMeta("company_id", "reference", reference_to=("companies",)),
    ),
}
REFERENCES = {"company": "company_id"}  # relation -> the field that leads along it


class Settings(BaseModel):
    """What stands under ``crm:`` in a config, beside ``type``."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    path: str


class JsonCrm(Crm):
    """See ``Crm`` for what each method promises."""

    name = "json"
    Settings: ClassVar[type[BaseModel]] = Settings

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self._path = path
        self._read_only = read_only
        self._calls: Counter[str] = Counter()

    @classmethod
    def open(cls, settings: Any, directory: Path, *, read_only: bool = False) -> Self:
        return cls(directory / settings.path, read_only=read_only)

    def calls(self) -> Mapping[str, int]:
        return dict(self._calls)

    def objects(self) -> Sequence[str]:
        return list(OBJECTS)

    def describe(self, objects: Iterable[str]) -> Mapping[str, ObjectMeta]:
        return {name: OBJECTS[name] for name in objects if name in OBJECTS}

    # -- find

    def find(self, object: str, field: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        self._calls["find"] += 1
        store = self._read()
        wanted = {fit.plain_text(value) for value in values}
        rows = store.get(object, {})
        found = [id_ for id_, row in rows.items() if (id_ if field == "id" else row.get(field)) in wanted]
        return [_record(store, object, id_, fields) for id_ in found]

    def find_titles(
        self,
        object: str,
        title_fields: Sequence[str],
        titles: Sequence[str],
        key_field: str,
        fields: Sequence[str],
    ) -> list[Record]:
        self._calls["find_titles"] += 1
        store = self._read()
        wanted = {fold(fit.plain_text(title)) for title in titles} - {""}
        found = [
            id_
            for id_, row in store.get(object, {}).items()
            if not row.get(key_field) and any(fold(row.get(name) or "") in wanted for name in title_fields)
        ]
        return [_record(store, object, id_, fields) for id_ in found]

    # -- write

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        if self._read_only:
            raise RefusedError("the CRM was opened to be read only", service=self.name, operation="write")
        self._calls["write"] += 1
        with self._changing() as store:
            return [_write(store, write) for write in writes]

    def _read(self) -> dict[str, Rows]:
        return json.loads(self._path.read_bytes()) if self._path.exists() else {}

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Rows]]:
        """The store, held against other writers, saved whole or not at all."""
        with FileLock(f"{self._path}.lock"):
            store = self._read()
            yield store
            part = self._path.with_suffix(".part")
            part.write_text(json.dumps(store), encoding="utf-8")
            part.replace(self._path)


def _write(store: dict[str, Rows], write: Write) -> WriteResult:
    """One record; what is wrong with it is its own result, and stops no other."""
    rows = store.setdefault(write.object, {})
    key = fit.plain_text(write.key)
    owner = next((id_ for id_, row in rows.items() if row.get(KEY) == key), None)
    id_ = write.id or owner
    if not key:
        return fit.required(KEY)
    if write.id and write.id not in rows:
        return fit.gone()
    if write.id and rows[write.id].get(KEY) not in (None, key):
        return fit.claimed(KEY)
    if write.id and owner not in (None, write.id):
        return fit.duplicate(KEY)
    values, problem = _fitted(store, write, new=id_ is None)
    if problem is not None:
        return problem
    if id_ is None:
        id_ = str(1 + max(map(int, rows), default=0))
    rows[id_] = {**rows.get(id_, {}), **values, KEY: key}
    return WriteResult(id_)


def _fitted(store: dict[str, Rows], write: Write, *, new: bool) -> tuple[dict[str, Any], WriteResult | None]:
    """The values as the file keeps them, or what is wrong with one of them."""
    values: dict[str, Any] = {}
    for name, meta in OBJECTS[write.object].fields.items():
        if name not in write.fields:
            if new and meta.required:
                return {}, fit.required(name)
            continue
        try:
            value = fit.fitted(write.fields[name], meta)
        except CoercionError as error:
            return {}, fit.unfit(name, error)
        if value is None and meta.required:
            return {}, fit.required(name)
        if value is not None and meta.reference_to and value not in store.get(meta.reference_to[0], {}):
            return {}, fit.lost_reference(name, meta.reference_to[0])
        values[name] = to_json(value)
    return values, None


def _record(store: dict[str, Rows], object: str, id_: str, fields: Sequence[str]) -> Record:
    row = store[object][id_]
    return Record(object, id_, {name: _value(store, object, id_, row, name) for name in fields})


def _value(store: dict[str, Rows], object: str, id_: str, row: Mapping[str, Any], name: str) -> Value:
    relation, dot, rest = name.partition(".")
    if dot:  # along a reference
        parent = OBJECTS[object].relations[relation]
        return store[parent].get(row.get(REFERENCES[relation]) or "", {}).get(rest)
    return id_ if name == "id" else from_json(row.get(name), OBJECTS[object].fields[name])
