"""How the sql CRM writes: many records in one statement; one that does not fit is found, and fails alone."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from connector.crm import fit, sql_errors
from connector.crm.sql_statements import Rows, Statements
from connector.errors import RefusedError
from connector.records import CoercionError, ObjectMeta, Write, WriteResult

G = TypeVar("G", bound=Hashable)

_PREFIXES = {
    "accounts": "acc",
    "contacts": "con",
    "leads": "led",
    "opportunities": "opp",
    "opportunity_contact_roles": "ocr",
}


def record_id(object: str, key: str, again: int = 0) -> str:
    """The id that the connector gives the record of a key; ``again`` counts those already taken."""
    key = fit.plain_text(key)
    text = f"{object}\n{key}\n{again}" if again else f"{object}\n{key}"
    return f"{_PREFIXES[object]}_{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}"


class _NotAsOne(Exception):
    """Records that cannot be written together."""


class _NotKept(Exception):
    """A record that is not there once it was written, or not under its key: triggers do that."""


class Writer:
    """Writes over ``connection``, inside the transaction that it is in."""

    def __init__(
        self,
        connection: sa.Connection,
        statements: Statements,
        rows: Rows,
        objects: Mapping[str, ObjectMeta],
    ) -> None:
        self._connection = connection
        self._statements = statements
        self._rows = rows
        self._objects = objects
        self._seen_names: dict[tuple[str, str], frozenset[str]] = {}

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Write all at once; when one of them cannot be, each half by itself, until it is found."""
        if len(writes) == 1:
            return [self._write_alone(writes[0])]
        if _distinct(writes):
            try:
                with self._connection.begin_nested():
                    ids = self._create_together([write for write in writes if write.id is None])
                    self._update_together([write for write in writes if write.id is not None])
                return [WriteResult(write.id or ids[(write.key_field, write.key)]) for write in writes]
            except (_NotAsOne, CoercionError):
                pass
            except sa.exc.StatementError as error:
                if not isinstance(error.orig, CoercionError) and not sql_errors.may_be_of_a_record(error):
                    raise
        half = len(writes) // 2
        return [*self.write(writes[:half]), *self.write(writes[half:])]

    def _create_together(self, writes: Iterable[Write]) -> dict[tuple[str, str], str]:
        """The ids of the new records, by key field and key: as they are in the database, whose triggers may
        have changed or dropped what was written. Raises IntegrityError when one of the keys is there already.
        """
        ids: dict[tuple[str, str], str] = {}
        for (object_, key_field), group in _grouped(writes, _key_field).items():
            self._check_key(object_, key_field)
            # In the order of their keys: two processes at once wait for each other, never crosswise.
            group.sort(key=_by_key)
            rows: list[dict[str, Any]] = []
            for write in group:
                rows.append({**write.fields, key_field: write.key, "id": record_id(object_, write.key)})
            names = self._names(object_, key_field, group)
            self._statements.insert(object_, names).execute(self._connection, rows)
            there = self._ids(object_, key_field, [write.key for write in group])
            for write in group:
                id_ = there.get(fit.plain_text(write.key))
                if id_ is None:
                    raise _NotAsOne
                ids[(key_field, write.key)] = id_
        return ids

    def _ids(self, object: str, key_field: str, keys: Sequence[str]) -> dict[str, str]:
        """The ids of the records that have exactly these ``keys``, whatever the column's collation."""
        found = self._rows.find(object, key_field, keys, (key_field,))
        return {str(record.fields[key_field]): record.id for record in found}

    def _names(self, object: str, key_field: str, writes: Iterable[Write]) -> frozenset[str]:
        """The columns of ``writes``, and of the object's writes before, so that one statement serves; and
        ``created_at``, which stays empty."""
        names = self._seen_names.get((object, key_field), frozenset(("id", "created_at", key_field)))
        for write in writes:
            if not names.issuperset(write.fields):
                names = names.union(self._statements.column(object, name).name for name in write.fields)
        self._seen_names[(object, key_field)] = names
        return names

    def _update_together(self, writes: Iterable[Write]) -> None:
        for (object_, key_field, names), group in _grouped(writes, _updated).items():
            self._check_key(object_, key_field)
            group.sort(key=_by_id)
            rows = [{**write.fields, "_row_id": write.id, "_row_key": write.key} for write in group]
            done = self._connection.execute(self._statements.update(object_, key_field, names), rows)
            if done.rowcount != len(rows):
                raise _NotAsOne

    def _write_alone(self, write: Write) -> WriteResult:
        """One record, whatever is wrong with it."""
        self._check_key(write.object, write.key_field)
        table = self._statements.table(write.object)
        unfit = self._unfit(write)
        if unfit:
            return unfit
        try:
            with self._connection.begin_nested():
                return self._update_alone(write) if write.id else self._create_alone(write)
        except _NotKept:
            return fit.not_kept()
        except sa.exc.DBAPIError as error:
            if not sql_errors.is_of_a_record(error, self._connection):
                raise
            return self._lost_reference(write) or sql_errors.explain(error, table)

    def _unfit(self, write: Write) -> WriteResult | None:
        fields = self._objects[write.object].fields
        for name, value in {**write.fields, write.key_field: write.key}.items():
            meta = fields[self._statements.column(write.object, name).name]
            try:
                fitted = fit.fitted(value, meta)
            except CoercionError as error:
                return fit.unfit(name, error)
            if name == write.key_field and fitted is None:
                return fit.required(name)
        return None

    def _create_alone(self, write: Write) -> WriteResult:
        key = fit.plain_text(write.key)
        there = self._ids(write.object, write.key_field, [write.key])
        if there and key not in there:  # a collation that passes over case takes another's key for ours
            return fit.duplicate(write.key_field)
        # First as an update: what must be filled in is checked before the key is seen to be there.
        by_key = self._statements.update(write.object, write.key_field, frozenset(write.fields), True)
        known = self._connection.execute(by_key, {**write.fields, "_row_key": write.key}).rowcount
        if not known:
            upsert = self._statements.upsert(write.object, write.key_field, frozenset(write.fields))
            row = {"created_at": None, **write.fields, write.key_field: write.key}
            self._connection.execute(upsert, {**row, "id": self._free_id(write)})
        id_ = self._ids(write.object, write.key_field, [write.key]).get(key)
        if id_ is None:
            raise _NotKept
        return WriteResult(id_)

    def _free_id(self, write: Write) -> str:
        """The id of the key; another when a person has taken the key off the record that had it."""
        again = 0
        while self._rows.find(write.object, "id", [record_id(write.object, write.key, again)]):
            again += 1
        return record_id(write.object, write.key, again)

    def _update_alone(self, write: Write) -> WriteResult:
        statement = self._statements.update(write.object, write.key_field, frozenset(write.fields))
        row = {**write.fields, "_row_id": write.id, "_row_key": write.key}
        if self._connection.execute(statement, row).rowcount:
            return WriteResult(write.id)
        found = self._rows.find(write.object, "id", [write.id or ""], (write.key_field,))
        if not found:
            return fit.gone()
        key = found[0].fields[write.key_field]
        return (
            fit.not_kept() if key in (None, "", fit.plain_text(write.key)) else fit.claimed(write.key_field)
        )

    def _lost_reference(self, write: Write) -> WriteResult | None:
        """The field that refers to a record which is not there: SQLite does not say which one it is."""
        for name, meta in self._objects[write.object].fields.items():
            value = write.fields.get(name)
            if meta.reference_to and value and not self._rows.find(meta.reference_to[0], "id", [str(value)]):
                return fit.lost_reference(name, meta.reference_to[0])
        return None

    def _check_key(self, object: str, key_field: str) -> None:
        if not self._statements.column(object, key_field).info.get("key"):
            raise RefusedError(f"{object}.{key_field} is no key", service="crm", operation="write")


def _distinct(writes: Sequence[Write]) -> bool:
    """Whether all of ``writes`` have a key and no two are about one record; else their order counts."""
    keys = {(write.object, write.key_field, fit.plain_text(write.key)) for write in writes}
    ids = [write.id for write in writes if write.id]
    return len(keys) == len(writes) and len(set(ids)) == len(ids) and all(key for *_, key in keys)


def _grouped(writes: Iterable[Write], by: Callable[[Write], G]) -> dict[G, list[Write]]:
    groups: dict[G, list[Write]] = defaultdict(list)
    for write in writes:
        groups[by(write)].append(write)
    return groups


def _key_field(write: Write) -> tuple[str, str]:
    return write.object, write.key_field


def _updated(write: Write) -> tuple[str, str, frozenset[str]]:
    return write.object, write.key_field, frozenset(write.fields)


def _by_key(write: Write) -> str:
    return write.key


def _by_id(write: Write) -> str:
    return write.id or ""
