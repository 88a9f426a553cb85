"""The relational CRM: accounts, contacts, leads, opportunities and contact roles in SQLite or PostgreSQL.

What a newcomer runs, and what teams use as a staging store. Ids are made from object and key, so a run that
was killed and started again leaves the same rows as one that was not.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, field_validator

from connector.crm import fit, sql_errors
from connector.crm.base import Crm
from connector.crm.sql_schema import Present, bring_up, build, check_columns, describe
from connector.crm.sql_statements import Statements
from connector.crm.sql_titles import Titles
from connector.crm.sql_types import creation_time
from connector.database import connect, many
from connector.errors import RefusedError
from connector.records import CoercionError, FieldMeta, ObjectMeta, Record, Write, WriteResult

_PREFIXES = {
    "accounts": "acc",
    "contacts": "con",
    "leads": "led",
    "opportunities": "opp",
    "opportunity_contact_roles": "ocr",
}
_LOCK = 0x63726D  # any number, the same in every process: "crm"


class Settings(BaseModel):
    """``columns`` adds columns to the objects: ``{opportunities: {region: text(50), score: integer}}``.
    Types: text, text(N), number, integer, money, date, datetime, boolean."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    url: str = Field(repr=False, examples=["sqlite:///crm.db"])
    columns: dict[str, dict[str, str]] = {}

    @field_validator("columns")
    @classmethod
    def _columns(cls, columns: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        check_columns(columns)
        return columns


def record_id(object: str, key: str, again: int = 0) -> str:
    """The id that the connector gives the record of a key; ``again`` counts those already taken."""
    text = f"{object}\n{key}\n{again}" if again else f"{object}\n{key}"
    return f"{_PREFIXES[object]}_{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}"


class _NotAsOne(Exception):
    """Records that cannot be written together."""


class SqlCrm(Crm):
    """See ``Crm``; ``open`` makes tables and columns that are not there yet."""

    name = "sql"
    Settings: ClassVar[type[BaseModel]] = Settings
    batch_size = 500

    def __init__(self, engine: sa.Engine, metadata: sa.MetaData, *, read_only: bool) -> None:
        self._engine = engine
        self._metadata = metadata
        self._read_only = read_only
        self._calls: Counter[str] = Counter()
        self._objects = {name: describe(table) for name, table in metadata.tables.items()}
        self._seen_names: dict[tuple[str, str], frozenset[str]] = {}
        with _translated("open"):
            self._connection = engine.connect()
        try:
            self._statements = Statements(metadata, engine, self._prepare())
        except BaseException:
            self.close()
            raise
        self._titles = Titles(self._statements, self._data_version)

    @classmethod
    def open(cls, settings: Any, directory: Path, *, read_only: bool = False) -> Self:
        """See ``Crm.open``. Raises ConfigurationError when url, directory or driver is no good, or when the
        database has tables of our names that are not ours."""
        engine = connect(settings.url, directory, what="crm", read_only=read_only)
        try:
            return cls(engine, build(engine.dialect.name, settings.columns), read_only=read_only)
        except BaseException:
            engine.dispose()
            raise

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def describe(self, objects: Iterable[str]) -> Mapping[str, ObjectMeta]:
        return {name: self._objects[name] for name in objects if name in self._objects}

    def calls(self) -> Mapping[str, int]:
        """Calls of find, find_titles and write; and the records written, as create and update."""
        return dict(self._calls)

    def find(self, object: str, field: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        self._calls["find"] += 1
        with self._transaction("find"):
            return self._find(object, field, values, tuple(fields))

    def find_titles(
        self,
        object: str,
        title_fields: Sequence[str],
        titles: Sequence[str],
        key_field: str,
        fields: Sequence[str],
    ) -> list[Record]:
        self._calls["find_titles"] += 1
        if not self._statements.readable(object, "id", key_field):
            return []
        with self._transaction("find_titles"):
            ids = self._titles.candidates(self._connection, object, key_field, title_fields, titles)
            return self._find(object, "id", ids, tuple(fields), key_field)

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """See ``Crm.write``. All in one transaction, and in as few statements as there are sets of fields."""
        self._calls["write"] += 1
        if self._read_only:
            raise RefusedError("the CRM was opened to be read only", service="crm", operation="write")
        with self._transaction("write"):
            results = self._write_some(writes)
        for write, result in zip(writes, results, strict=True):
            if result.error is None:
                self._calls["update" if write.id else "create"] += 1
        return results

    # -- reading

    def _find(
        self,
        object: str,
        field: str,
        values: Iterable[str],
        fields: tuple[str, ...],
        unclaimed: str | None = None,
    ) -> list[Record]:
        if not self._statements.readable(object, "id", field):
            return []
        statement = self._statements.select(object, field, fields, unclaimed)
        found: list[Record] = []
        wanted = many(self._engine, map(fit.plain_text, values))
        for id_, created, *rest in self._connection.execute(statement, {"values": wanted}):
            found.append(Record(object, id_, dict(zip(fields, rest, strict=True)), creation_time(created)))
        return found

    def _data_version(self) -> int | None:
        """A number that changes when others write: https://www.sqlite.org/pragma.html#pragma_data_version"""
        if self._engine.dialect.name != "sqlite":
            return None
        version: int = self._connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        return version

    # -- writing

    def _write_some(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Write all at once; when one of them cannot be, each half by itself, until it is found."""
        if len(writes) == 1:
            return [self._write_alone(writes[0])]
        if _distinct(writes):
            try:
                with self._connection.begin_nested():
                    ids = self._create_together([write for write in writes if write.id is None])
                    self._update_together([write for write in writes if write.id is not None])
                return [WriteResult(write.id or ids[(write.key_field, write.key)]) for write in writes]
            except (_NotAsOne, CoercionError, *sql_errors.ROW_ERRORS):
                pass
            except sa.exc.StatementError as error:
                if not isinstance(error.orig, CoercionError):
                    raise
        half = len(writes) // 2
        return [*self._write_some(writes[:half]), *self._write_some(writes[half:])]

    def _create_together(self, writes: Iterable[Write]) -> dict[tuple[str, str], str]:
        """The ids of the new records, by key field and key. Raises IntegrityError when one of the keys is
        there already."""
        ids: dict[tuple[str, str], str] = {}
        for (object_, key_field), group in _grouped(writes, _key_field).items():
            self._check_key(object_, key_field)
            # In the order of their keys: two processes at once wait for each other, never crosswise.
            group.sort(key=_by_key)
            rows: list[dict[str, Any]] = []
            for write in group:
                id_ = ids[(key_field, write.key)] = record_id(object_, write.key)
                rows.append({**write.fields, key_field: write.key, "id": id_})
            names = self._names(object_, key_field, group)
            self._statements.insert(object_, names).execute(self._connection, rows)
        return ids

    def _names(self, object: str, key_field: str, writes: Iterable[Write]) -> frozenset[str]:
        """The columns of ``writes``, and of the object's writes before, so that one statement serves; and
        ``created_at``, which stays empty."""
        names = self._seen_names.get((object, key_field), frozenset(("id", "created_at", key_field)))
        for write in writes:
            if not names.issuperset(write.fields):
                names = names.union(write.fields)
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
        except sql_errors.ROW_ERRORS as error:
            return self._lost_reference(write) or sql_errors.explain(error, table)

    def _unfit(self, write: Write) -> WriteResult | None:
        fields = self._objects[write.object].fields
        for name, value in {**write.fields, write.key_field: write.key}.items():
            meta: FieldMeta = fields[self._statements.column(write.object, name).name]
            try:
                fit.fitted(value, meta)
            except CoercionError as error:
                return fit.unfit(name, error)
        return None

    def _create_alone(self, write: Write) -> WriteResult:
        # First as an update: what must be filled in is checked before the key is seen to be there.
        by_key = self._statements.update(write.object, write.key_field, frozenset(write.fields), True)
        known = self._connection.execute(by_key, {**write.fields, "_row_key": write.key}).rowcount
        if not known:
            upsert = self._statements.upsert(write.object, write.key_field, frozenset(write.fields))
            row = {"created_at": None, **write.fields, write.key_field: write.key}
            self._connection.execute(upsert, {**row, "id": self._free_id(write)})
        (record,) = self._find(write.object, write.key_field, [write.key], ())
        return WriteResult(record.id)

    def _free_id(self, write: Write) -> str:
        """The id of the key; another when a person has taken the key off the record that had it."""
        again = 0
        while self._find(write.object, "id", [record_id(write.object, write.key, again)], ()):
            again += 1
        return record_id(write.object, write.key, again)

    def _update_alone(self, write: Write) -> WriteResult:
        statement = self._statements.update(write.object, write.key_field, frozenset(write.fields))
        row = {**write.fields, "_row_id": write.id, "_row_key": write.key}
        if self._connection.execute(statement, row).rowcount:
            return WriteResult(write.id)
        if self._find(write.object, "id", [write.id or ""], ()):
            return fit.claimed(write.key_field)
        return fit.gone()

    def _lost_reference(self, write: Write) -> WriteResult | None:
        """The field that refers to a record which is not there: SQLite does not say which one it is."""
        for name, meta in self._objects[write.object].fields.items():
            value = write.fields.get(name)
            if meta.reference_to and value and not self._find(meta.reference_to[0], "id", [str(value)], ()):
                return fit.lost_reference(name, meta.reference_to[0])
        return None

    def _check_key(self, object: str, key_field: str) -> None:
        if not self._objects[object].fields[self._statements.column(object, key_field).name].external_id:
            raise RefusedError(f"{object}.{key_field} is no key", service="crm", operation="write")

    # -- the connection

    def _prepare(self) -> Present:
        """Make what is missing, unless that is forbidden; what the database has then."""
        with self._transaction("open"):
            present = Present(self._connection, self._metadata)
        if self._read_only or present.complete():
            return present
        with self._transaction("open", writing=True):
            if self._engine.dialect.name == "postgresql":
                self._connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            # Looked at anew: another process may have made it meanwhile.
            bring_up(self._connection, Present(self._connection, self._metadata))
            return Present(self._connection, self._metadata)

    @contextlib.contextmanager
    def _transaction(self, operation: str, *, writing: bool = False) -> Iterator[None]:
        with _translated(operation), self._connection.begin():
            if (writing or operation == "write") and self._engine.dialect.name == "sqlite":
                # Taken at once: a transaction that begins by reading cannot wait for the lock later.
                self._connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield


@contextlib.contextmanager
def _translated(operation: str) -> Iterator[None]:
    try:
        yield
    except sa.exc.DBAPIError as error:
        if isinstance(error, sql_errors.ROW_ERRORS):
            raise
        raise sql_errors.translate(error, operation) from None


def _distinct(writes: Sequence[Write]) -> bool:
    """Whether no two of ``writes`` are about one record; else their order counts."""
    keys = {(write.object, write.key_field, write.key) for write in writes}
    ids = [write.id for write in writes if write.id]
    return len(keys) == len(writes) and len(set(ids)) == len(ids)


G = TypeVar("G", bound=Hashable)


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
