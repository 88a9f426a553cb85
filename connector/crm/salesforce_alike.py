"""Creations in an org without our key fields: made safe to repeat by looking, just before, for a record that
is already as it is to be.

Such a record is one that an earlier attempt made, whose answer was lost or whose run was killed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.crm.base import Claimed
from connector.crm.salesforce_org import Org
from connector.crm.salesforce_read import Reader
from connector.records import Record, Value, Write, WriteResult, same


class Alike:
    """``taken``: ids of records that are known to be somebody's; ``claimed`` tells of more, by object and id,
    whose they are."""

    def __init__(self, org: Org, reader: Reader) -> None:
        self._org = org
        self._reader = reader
        self.taken: set[str] = set()
        self.claimed: Claimed = lambda *_: {}

    def landed(
        self, ready: Mapping[int, Write], results: Mapping[int, WriteResult]
    ) -> dict[int, WriteResult]:
        """By place, those of ``ready`` that the org has already, all that would be written being there."""
        creating = {
            place: write
            for place, write in ready.items()
            if place not in results and write.id is None and not self._org.has(write.object, write.key_field)
        }
        telling = self._telling(list(creating.values()))
        if telling is None:
            return {}
        first = next(iter(creating.values()))
        values = [str(write.fields[telling]) for write in creating.values()]
        names = list(dict.fromkeys(name for write in creating.values() for name in write.fields))
        there = self._reader.find(first.object, telling, list(dict.fromkeys(values)), names)
        theirs = self.claimed(first.object, [record.id for record in there])
        found = {}
        for place, write in creating.items():
            free = (record for record in there if theirs.get(record.id, write.key) == write.key)
            record = next((record for record in free if self._is(record, write.fields)), None)
            if record is not None:
                self.taken.add(record.id)
                found[place] = WriteResult(record.id)
        return found

    def _telling(self, writes: Sequence[Write]) -> str | None:
        """The field that tells ``writes`` apart best, of those that all have and a query can ask for."""
        values: dict[str, list[str]] = {}
        for write in writes:
            for name, value in write.fields.items():
                if isinstance(value, str) and self._org.filterable(write.object, name):
                    values.setdefault(name, []).append(value)
        shared = {name: len(set(texts)) for name, texts in values.items() if len(texts) == len(writes)}
        return max(shared, key=lambda name: shared[name]) if shared else None

    def _is(self, record: Record, fields: Mapping[str, Value]) -> bool:
        if record.id in self.taken:
            return False
        return all(same(value, record.fields.get(name)) for name, value in fields.items())
