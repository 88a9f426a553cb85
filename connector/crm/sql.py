"""The relational CRM: accounts, contacts, leads, opportunities and contact roles in SQLite or PostgreSQL.

What a newcomer runs, and what teams use as a staging store. Ids are made from object and key, so a run that
was killed and started again leaves the same rows as one that was not.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, field_validator

from connector.crm import sql_errors
from connector.crm.base import Crm
from connector.crm.sql_present import Present, bring_up, unmade
from connector.crm.sql_schema import build, check_columns, describe
from connector.crm.sql_statements import Rows, Statements
from connector.crm.sql_titles import Titles
from connector.crm.sql_write import Writer
from connector.database import connect, location
from connector.errors import RefusedError
from connector.records import ObjectMeta, Record, Write, WriteResult

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


class SqlCrm(Crm):
    """See ``Crm``; ``open`` makes tables and columns that are not there yet."""

    name = "sql"
    Settings: ClassVar[type[BaseModel]] = Settings
    batch_size = gather = 1_000  # keys come in no order: fewer batches write fewer of the indexes' pages

    def __init__(
        self, engine: sa.Engine, metadata: sa.MetaData, location: str = "", *, read_only: bool
    ) -> None:
        self._engine = engine
        self._location = location
        self._read_only = read_only
        self._metadata = metadata
        self._calls: Counter[str] = Counter()
        self._objects = {name: describe(table) for name, table in metadata.tables.items()}
        with _translated("open"):
            self._connection = engine.connect()
        try:
            self._statements = Statements(metadata, engine, self._prepare(metadata))
        except BaseException:
            self.close()
            raise
        self._rows = Rows(self._connection, self._statements)
        self._titles = Titles(self._connection, self._statements, self._data_version)
        self._writer = Writer(self._connection, self._statements, self._rows, self._objects)

    @classmethod
    def open(cls, settings: Any, directory: Path, *, read_only: bool = False) -> Self:
        """See ``Crm.open``. Raises ConfigurationError when url, directory or driver is no good, or when the
        database has tables of our names that are not ours."""
        engine = connect(settings.url, directory, what="crm", read_only=read_only)
        try:
            metadata = build(engine.dialect.name, settings.columns)
            return cls(engine, metadata, location(settings.url, directory), read_only=read_only)
        except BaseException:
            engine.dispose()
            raise

    @property
    def location(self) -> str:
        return self._location

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def objects(self) -> Sequence[str]:
        return list(self._objects)

    def describe(self, objects: Iterable[str]) -> Mapping[str, ObjectMeta]:
        return {name: self._objects[name] for name in objects if name in self._objects}

    def unmade(self) -> Sequence[str]:
        """Tables, and columns as ``table.column``."""
        with self._transaction("describe"):
            present = Present(self._connection, self._metadata)
        return unmade(present)

    def calls(self) -> Mapping[str, int]:
        """Calls of find, find_titles and write; and the records written, as create and update."""
        return dict(self._calls)

    def find(self, object: str, field: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        self._calls["find"] += 1
        return self._read("find", lambda: self._rows.find(object, field, values, tuple(fields)))

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

        def read() -> list[Record]:
            # The index says where to look; what is there, and still unclaimed, is read now.
            ids = self._titles.candidates(object, key_field, title_fields, titles)
            return self._rows.find(object, "id", ids, tuple(fields), key_field)

        return self._read("find_titles", read)

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """See ``Crm.write``. All in one transaction, and in as few statements as there are sets of fields."""
        if not writes:
            return []
        self._calls["write"] += 1
        if self._read_only:
            raise RefusedError("the CRM was opened to be read only", service="crm", operation="write")
        with self._transaction("write"):
            results = self._writer.write(writes)
        for write, result in zip(writes, results, strict=True):
            if result.error is None:
                self._calls["update" if write.id else "create"] += 1
        return results

    def _data_version(self) -> int | None:
        """A number that changes when others write: https://www.sqlite.org/pragma.html#pragma_data_version"""
        if self._engine.dialect.name != "sqlite":
            return None
        version: int = self._connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        return version

    # -- the connection

    def _prepare(self, metadata: sa.MetaData) -> Present:
        """Make what is missing, unless that is forbidden; what the database has then."""
        with self._transaction("open"):
            present = Present(self._connection, metadata)
        if self._read_only or present.complete():
            return present
        with self._transaction("write"):
            if self._engine.dialect.name == "postgresql":
                self._connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            # Looked at anew: another process may have made it meanwhile.
            bring_up(self._connection, Present(self._connection, metadata))
            return Present(self._connection, metadata)

    def _read(self, operation: str, read: Callable[[], list[Record]]) -> list[Record]:
        with self._transaction(operation):
            try:
                return read()
            except sa.exc.OperationalError as error:
                if "decode to UTF-8" not in str(error.orig):
                    raise
            # A person's shell wrote in another encoding. From here on that is forgiven, which is slower.
            driver = self._connection.connection.driver_connection
            if isinstance(driver, sqlite3.Connection):
                driver.text_factory = partial(str, encoding="utf-8", errors="replace")
            return read()

    @contextlib.contextmanager
    def _transaction(self, operation: str) -> Iterator[None]:
        with _translated(operation), self._connection.begin():
            if operation == "write" and self._engine.dialect.name == "sqlite":
                # Taken at once: a transaction that begins by reading cannot wait for the lock later.
                self._connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield


@contextlib.contextmanager
def _translated(operation: str) -> Iterator[None]:
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise sql_errors.translate(error, operation) from None
