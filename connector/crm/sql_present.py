"""What a database has of the sql CRM's tables, and making what it lacks."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from connector.errors import ConfigurationError


class Present:
    """What of the tables a database really has."""

    def __init__(self, connection: sa.Connection, metadata: sa.MetaData) -> None:
        inspector = sa.inspect(connection)
        self._metadata = metadata
        existing = set(inspector.get_table_names())
        self._columns = {
            table.name: {column["name"] for column in inspector.get_columns(table.name)}
            for table in metadata.sorted_tables
            if table.name in existing
        }
        self._indices = {name: _unique(inspector, name) for name in self._columns}

    def table(self, name: str) -> bool:
        return name in self._columns

    def column(self, table: str, name: str) -> bool:
        return name in self._columns.get(table, ())

    def complete(self) -> bool:
        return not (self.missing_tables() or self.missing_columns() or self.missing_keys())

    def missing_tables(self) -> list[sa.Table]:
        return [table for table in self._metadata.sorted_tables if not self.table(table.name)]

    def missing_columns(self) -> list[sa.Column[Any]]:
        return [
            column
            for table in self._metadata.sorted_tables
            if self.table(table.name)
            for column in table.columns
            if not self.column(table.name, column.name)
        ]

    def missing_keys(self) -> list[sa.Index]:
        return [
            index
            for table in self._metadata.sorted_tables
            if self.table(table.name)
            for index in table.indexes
            if index.unique and {column.name for column in index.columns} not in self._indices[table.name]
        ]


def _unique(inspector: sa.Inspector, table: str) -> list[set[str]]:
    found: list[set[str]] = []
    for index in inspector.get_indexes(table):
        if index["unique"]:
            found.append({name for name in index["column_names"] if name})
    for constraint in inspector.get_unique_constraints(table):
        found.append(set(constraint["column_names"]))
    return found


def unmade(present: Present) -> list[str]:
    """What ``bring_up`` would create: tables, and columns as ``table.column``. Raises ConfigurationError as
    that does, for what can be told without trying."""
    columns = present.missing_columns()
    for column in columns:
        _check_addable(column)
    return [
        *(table.name for table in present.missing_tables()),
        *(f"{_name_of(column.table)}.{column.name}" for column in columns),
    ]


def bring_up(connection: sa.Connection, present: Present) -> None:
    """Create what is missing, inside the transaction that ``connection`` is in.

    Raises ConfigurationError when a table of the same name is there that cannot be ours.
    """
    for table in present.missing_tables():
        connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
        for index in table.indexes:
            connection.execute(sa.schema.CreateIndex(index, if_not_exists=True))
    for column in present.missing_columns():
        _add_column(connection, column)
    for index in present.missing_keys():
        try:
            with connection.begin_nested():
                connection.execute(sa.schema.CreateIndex(index))
        except sa.exc.IntegrityError:
            names = ", ".join(column.name for column in index.columns)
            raise ConfigurationError(
                f"crm: {_name_of(index.table)}.{names} holds the same value twice, so it can be no key",
                hint="clear the value of all but one of these rows",
            ) from None


def _name_of(table: sa.Table | None) -> str:
    return "" if table is None else table.name


def _check_addable(column: sa.Column[Any]) -> None:
    if column.primary_key or not column.nullable:
        raise ConfigurationError(
            f"crm: the database has a table {column.table} without {column.name}, so it is not the "
            "connector's",
            hint="give the connector a database of its own, or rename that table",
        )


def _add_column(connection: sa.Connection, column: sa.Column[Any]) -> None:
    table = column.table
    _check_addable(column)
    dialect = connection.dialect
    # Without the default of created_at: it would give the rows that are there the time of now.
    rendered = f"{dialect.identifier_preparer.format_column(column)} {column.type.compile(dialect)}"
    for key in column.foreign_keys:
        rendered += f" REFERENCES {key.column.table.name} ({key.column.name})"
    connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {rendered}")
    for index in table.indexes:
        if column.name in index.columns and not index.unique:
            connection.execute(sa.schema.CreateIndex(index, if_not_exists=True))
