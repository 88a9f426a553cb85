"""A CRM to which nobody has added the key fields yet: the ledger knows which record is whose.

Weaker than a key in the record itself: a record whose id the ledger has lost is found by its title, or by
being just as we would create it, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Protocol, Self

from pydantic import BaseModel

from connector.crm.base import BulkCrm, Job
from connector.records import FieldMeta, ObjectMeta, Record, Write, WriteResult


class Memory(Protocol):
    """What the ledger remembers: ids by key, and keys by id."""

    def recorded(self, object: str, keys: Sequence[str]) -> Mapping[str, str]: ...

    def claimed(self, object: str, ids: Sequence[str]) -> Mapping[str, str]: ...


class Keyless(BulkCrm):
    """``crm``, with such keys as it lacks (``ObjectMeta.absent``) told from ``memory``. Where it lacks none,
    it answers for itself."""

    name: ClassVar[str] = "keyless"
    Settings: ClassVar[type[BaseModel]] = BaseModel

    def __init__(self, crm: BulkCrm, memory: Memory) -> None:
        vars(self)["name"] = crm.name
        vars(self)["batch_size"] = crm.batch_size
        vars(self)["gather"] = crm.gather
        self.bulk_from = crm.bulk_from
        self._crm = crm
        self._memory = memory
        crm.heed(memory.claimed)
        self._absent: dict[str, Mapping[str, FieldMeta]] = {}

    @classmethod
    def open(cls, *_: Any, **__: Any) -> Self:
        """It is made around a CRM that is open, not from settings: this raises TypeError."""
        raise TypeError("Keyless(crm, memory) is made around a CRM that is open")

    @property
    def location(self) -> str:
        return self._crm.location

    def objects(self) -> Sequence[str]:
        return self._crm.objects()

    def calls(self) -> Mapping[str, int]:
        return self._crm.calls()

    def close(self) -> None:
        self._crm.close()

    def describe(self, objects: Iterable[str]) -> Mapping[str, ObjectMeta]:
        return {name: self._described(meta) for name, meta in self._crm.describe(objects).items()}

    def _described(self, meta: ObjectMeta) -> ObjectMeta:
        keys = {name: field for name, field in meta.absent.items() if field.external_id}
        self._absent[meta.name] = keys
        return replace(meta, fields={**meta.fields, **keys})

    def lacks(self, object: str, field: str) -> bool:
        if object not in self._absent:
            self.describe([object])
        return field in self._absent.get(object, ())

    def find(self, object: str, field: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        own = [name for name in fields if not self.lacks(object, name)]
        if not self.lacks(object, field):
            return self._with_keys(object, self._crm.find(object, field, values, own), fields)
        recorded = self._memory.recorded(object, list(dict.fromkeys(values)))
        keys = {record_id: key for key, record_id in recorded.items()}
        found = self._crm.find(object, "id", list(keys), own) if keys else []
        return self._with_keys(object, found, fields, keys)

    def find_titles(
        self,
        object: str,
        title_fields: Sequence[str],
        titles: Sequence[str],
        key_field: str,
        fields: Sequence[str],
    ) -> list[Record]:
        own = [name for name in fields if not self.lacks(object, name)]
        there = [name for name in title_fields if not self.lacks(object, name)]
        found = self._crm.find_titles(object, there, titles, key_field, own)
        if not self.lacks(object, key_field):
            return self._with_keys(object, found, fields)
        claimed = self._memory.claimed(object, [record.id for record in found]) if found else {}
        return self._with_keys(object, [record for record in found if record.id not in claimed], fields, {})

    def _with_keys(
        self,
        object: str,
        records: list[Record],
        fields: Sequence[str],
        keys: Mapping[str, str] | None = None,
    ) -> list[Record]:
        names = [name for name in fields if self.lacks(object, name)]
        if names and records:
            if keys is None:
                keys = self._memory.claimed(object, [record.id for record in records])
            for record in records:
                record.fields |= {name: keys.get(record.id) for name in names}
        return records

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        return self._crm.write(writes)

    # -- jobs

    def bulk_kind(self, write: Write) -> str:
        """See ``BulkCrm``. Without a key in it, nobody could tell which record of a job was whose."""
        return "" if self.lacks(write.object, write.key_field) else self._crm.bulk_kind(write)

    def open_job(self, kind: str, writes: Sequence[Write]) -> str:
        return self._crm.open_job(kind, writes)

    def hand_in(self, job: str, kind: str, writes: Sequence[Write]) -> None:
        self._crm.hand_in(job, kind, writes)

    def job(self, job: str) -> Job:
        return self._crm.job(job)

    def withdraw(self, job: str) -> None:
        self._crm.withdraw(job)

    def job_results(self, job: str, kind: str, writes: Sequence[Write]) -> list[WriteResult]:
        return self._crm.job_results(job, kind, writes)
