"""The sql CRM's statements: each is built once for the fields it is about, and then only run again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from connector.crm.fit import plain_text
from connector.crm.sql_present import Present
from connector.crm.sql_schema import describe
from connector.crm.sql_types import KeptText, creation_time
from connector.database import Bulk, any_of, insert, many
from connector.errors import RefusedError
from connector.records import Record


class Statements:
    """Statements over ``metadata``. What a database opened to be read does not have (``present``) reads as
    empty."""

    def __init__(self, metadata: sa.MetaData, engine: sa.Engine, present: Present) -> None:
        self.metadata = metadata
        self._engine = engine
        self._dialect = engine.dialect.name
        self._present = present
        # Over a handful of mapping rules these stay small.
        self.select = cache(self._select)
        self.insert = cache(self._insert)
        self.upsert = cache(self._upsert)
        self.update = cache(self._update)

    def table(self, object: str) -> sa.Table:
        """Raises RefusedError when the CRM has no such object."""
        table = self.metadata.tables.get(object)
        if table is None:
            raise RefusedError(f"the CRM has no object {object}", service="crm", code="unknown")
        return table

    def column(self, object: str, name: str) -> sa.Column[Any]:
        """Raises RefusedError when the object has no such field."""
        column = self.table(object).columns.get(name)
        if column is None:
            raise RefusedError(f"{object} has no field {name}", service="crm", code="unknown")
        return column

    def readable(self, object: str, *names: str) -> bool:
        """Whether the database has what to look for records of ``object`` by."""
        return all(self._present.column(object, self.column(object, name).name) for name in names)

    def _select(
        self, object: str, by: str, fields: tuple[str, ...], unclaimed: str | None = None
    ) -> sa.Select[Any]:
        """Id, creation time and ``fields`` of the rows whose ``by`` is among the bound ``values``; with
        ``unclaimed``, of those alone whose column of this name is empty."""
        joins = _Joins(self, object)
        columns = [joins.column(name) for name in ("id", "created_at", *fields)]
        query = sa.select(*columns).select_from(joins.clause)
        query = query.where(any_of(self._engine, self.column(object, by), "values"))
        return query if unclaimed is None else query.where(empty(self.column(object, unclaimed)))

    def read(self, source: sa.FromClause, object: str, name: str) -> sa.ColumnElement[Any]:
        """The column ``name`` of ``object`` in ``source``, an alias of its table."""
        column = self.column(object, name)
        if not self._present.column(object, name):
            return sa.null()
        if self._dialect == "sqlite" and isinstance(column.type, KeptText):
            # People's shells put numbers and bytes into text columns; casting makes text of them.
            return sa.cast(source.c[name], sa.Text)
        return source.c[name]

    def _insert(self, object: str, names: frozenset[str]) -> Insert:
        return Insert(self._engine, [self.column(object, name) for name in sorted(names)])

    def _upsert(self, object: str, key_field: str, names: frozenset[str]) -> sa.Insert:
        """Insert a row; where its key is there already, set ``names``."""
        statement = insert(self._engine, self.table(object))
        # With nothing to set, the key is set to itself: a row is found to be there and no more.
        values = {name: statement.excluded[name] for name in sorted({*names, key_field})}
        return statement.on_conflict_do_update(index_elements=[key_field], set_=values)

    def _update(self, object: str, key_field: str, names: frozenset[str], by_key: bool = False) -> sa.Update:
        """Set ``names`` of the row with the bound ``_row_id``, unless it belongs to another key; ``by_key``,
        of the row with the bound ``_row_key``."""
        table = self.table(object)
        key = self.column(object, key_field)
        where = key == sa.bindparam("_row_key")
        if not by_key:
            where = (table.c.id == sa.bindparam("_row_id")) & (where | empty(key))
        values: dict[str, Any] = {name: sa.bindparam(name) for name in sorted(names)}
        return table.update().where(where).values({key_field: sa.bindparam("_row_key"), **values})


def empty(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """No key: NULL, or the empty text that a form leaves behind."""
    return column.is_(None) | (column == sa.literal_column("''"))


class _Joins:
    """The tables that dotted names lead to, each joined once."""

    def __init__(self, statements: Statements, object: str) -> None:
        self._statements = statements
        self._sources: dict[tuple[str, ...], tuple[str, sa.FromClause] | None] = {}
        table = statements.table(object)
        self._sources[()] = (object, table)
        self.clause: sa.FromClause = table

    def column(self, name: str) -> sa.ColumnElement[Any]:
        *path, last = name.split(".")
        found = self._source(tuple(path))
        if found is None:
            return sa.null()
        object_, source = found
        return self._statements.read(source, object_, last)

    def _source(self, path: tuple[str, ...]) -> tuple[str, sa.FromClause] | None:
        if path not in self._sources:
            self._sources[path] = self._join(path)
        return self._sources[path]

    def _join(self, path: tuple[str, ...]) -> tuple[str, sa.FromClause] | None:
        parent = self._source(path[:-1])
        if parent is None:
            return None
        object_, source = parent
        target = describe(self._statements.table(object_)).relations.get(path[-1])
        if target is None:
            raise RefusedError(f"{object_} has no relation {path[-1]}", service="crm", code="unknown")
        reference = f"{path[-1]}_id"
        if not self._statements.readable(object_, reference) or not self._statements.readable(target, "id"):
            return None
        alias = self._statements.table(target).alias("_".join(path) + "_")
        self.clause = self.clause.outerjoin(alias, source.c[reference] == alias.c.id)
        return target, alias


class Rows:
    """Reads records over ``connection``."""

    def __init__(self, connection: sa.Connection, statements: Statements) -> None:
        self._connection = connection
        self._statements = statements

    def find(
        self,
        object: str,
        field: str,
        values: Iterable[str],
        fields: tuple[str, ...] = (),
        unclaimed: str | None = None,
    ) -> list[Record]:
        """The records whose ``field`` is one of ``values``; with ``unclaimed``, those alone whose field of
        this name is empty."""
        if not self._statements.readable(object, "id", field):
            return []
        statement = self._statements.select(object, field, fields, unclaimed)
        wanted = many(self._connection.engine, map(plain_text, values))
        return [
            Record(object, id_, dict(zip(fields, rest, strict=True)), creation_time(created))
            for id_, created, *rest in self._connection.execute(statement, {"values": wanted})
        ]


class Insert:
    """An insert of rows that have all of ``columns``, as fast as the driver is."""

    def __init__(self, engine: sa.Engine, columns: Sequence[sa.Column[Any]]) -> None:
        names = [column.name for column in columns]
        self._bulk = Bulk(engine, columns[0].table.insert(), names)
        self._keep = [(c.name, _bind_processor(c, engine.dialect)) for c in columns]

    def execute(self, connection: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Raises CoercionError when a value does not fit its column."""
        keep = self._keep
        self._bulk.execute(
            connection, [{name: process(row.get(name)) for name, process in keep} for row in rows]
        )


def _bind_processor(column: sa.Column[Any], dialect: Dialect) -> Callable[[Any], Any]:
    processor = column.type.bind_processor(dialect)
    if processor is None:
        raise TypeError(f"{column} has a type that is none of sql_types")
    return processor
