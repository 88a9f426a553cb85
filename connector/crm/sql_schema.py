"""The sql CRM's tables: what they hold, how they are described, and bringing a database up to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import sqlalchemy as sa

from connector.crm.sql_types import (
    KeptBoolean,
    KeptDate,
    KeptDatetime,
    KeptDecimal,
    KeptInteger,
    KeptText,
)
from connector.errors import ConfigurationError
from connector.records import FieldMeta, ObjectMeta

Columns = Mapping[str, Mapping[str, str]]  # object -> column -> type, as config's ``columns`` has them

# What an object's columns are: ``!`` must be filled in, ``#`` is looked up by, ``*`` is the key that makes a
# write idempotent, ``-> table`` a reference to it.
OBJECTS: Mapping[str, Mapping[str, str]] = {
    "accounts": {
        "aws_customer_key": "text*",
        "name": "text!#",
        "website": "text",
        "industry": "text",
        "country_code": "text",
        "country": "text",
        "segment": "text",
        "phone": "text",
        "description": "text",
    },
    "contacts": {
        "aws_contact_key": "text*",
        "account_id": "-> accounts",
        "first_name": "text",
        "last_name": "text!",
        "email": "text#",
        "phone": "text",
        "title": "text",
    },
    "opportunities": {
        "aws_invitation_id": "text*",
        "aws_engagement_id": "text",
        "aws_opportunity_id": "text",
        "aws_status": "text",
        "account_id": "-> accounts",
        "name": "text!#",
        "project_title": "text",
        "stage": "text!",
        "closed_reason": "text",
        "amount": "money",
        "monthly_spend": "money",
        "currency": "text",
        "close_date": "date",
        "industry": "text",
        "lead_source": "text",
        "description": "text",
        "next_step": "text",
        "invitation_date": "datetime",
    },
    "leads": {
        "aws_invitation_id": "text*",
        "aws_engagement_id": "text",
        "aws_status": "text",
        "company": "text!#",
        "first_name": "text",
        "last_name": "text",
        "email": "text#",
        "phone": "text",
        "title": "text",
        "website": "text",
        "industry": "text",
        "country_code": "text",
        "country": "text",
        "segment": "text",
        "aws_maturity": "text",
        "status": "text",
        "closed_reason": "text",
        "lead_source": "text",
        "source_name": "text",
        "use_case": "text",
        "project_title": "text",
        "description": "text",
        "amount": "money",
        "currency": "text",
        "close_date": "date",
        "invitation_date": "datetime",
        "expiration_date": "datetime",
        "converted_opportunity_id": "-> opportunities",
    },
    "opportunity_contact_roles": {
        "aws_contact_role_key": "text*",
        "opportunity_id": "-> opportunities",
        "contact_id": "-> contacts",
        "role": "text",
        "is_primary": "boolean",
    },
}
TYPES: Mapping[str, Any] = {
    "text": KeptText,
    "number": KeptDecimal,
    "integer": KeptInteger,
    "money": KeptDecimal,
    "date": KeptDate,
    "datetime": KeptDatetime,
    "boolean": KeptBoolean,
}
_BOUNDED = re.compile(r"text\((\d+)\)")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")  # at most PostgreSQL's 63 characters
_MAX_LENGTH = 10_485_760  # PostgreSQL's, for VARCHAR(n)
# What gives a row that a person inserts its id and its time. The connector gives an id, and no time.
_DEFAULTS = {
    "sqlite": ("(lower(hex(randomblob(8))))", "(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))"),
    "postgresql": ("replace(gen_random_uuid()::text, '-', '')", "now()"),
}


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of ``names`` that was probably meant."""
    found = get_close_matches(name.casefold(), list(names), n=1, cutoff=0.6)
    return found[0] if found else None


def _did_you_mean(name: str, names: Iterable[str]) -> str:
    names = list(names)
    found = nearest(name, names)
    return f"did you mean {found}?" if found else f"known are {', '.join(names)}"


def check_columns(columns: Columns) -> None:
    """Raise ValueError when an additional column's object, name or type is no good, naming all that are."""
    problems = list(_problems(columns))
    if problems:
        raise ValueError("; ".join(problems))


def _problems(columns: Columns) -> Iterator[str]:
    for object_, added in columns.items():
        if object_ not in OBJECTS:
            yield f"there is no object {object_}: {_did_you_mean(object_, OBJECTS)}"
            continue
        for name, kind in added.items():
            if not _NAME.fullmatch(name):
                yield f"{object_}.{name}: a column's name is of a-z, 0-9 and _, and begins with a letter"
            elif name in OBJECTS[object_] or name in ("id", "created_at"):
                yield f"{object_}.{name}: {object_} has this column already"
            if not _is_type(kind):
                meant = _did_you_mean(kind, [*TYPES, "text(80)"])
                yield f"{object_}.{name}: there is no type {kind}: {meant}"


def _is_type(kind: str) -> bool:
    bounded = _BOUNDED.fullmatch(kind)
    return kind in TYPES if bounded is None else 0 < int(bounded[1][:9]) <= _MAX_LENGTH


def build(dialect: str, columns: Columns) -> sa.MetaData:
    """The tables for ``dialect`` (``sqlite`` or ``postgresql``), with config's additional ``columns``."""
    metadata = sa.MetaData(
        naming_convention={
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_name)s",
        }
    )
    new_id, now = map(sa.text, _DEFAULTS[dialect])
    for name, own in OBJECTS.items():
        sa.Table(
            name,
            metadata,
            sa.Column("id", KeptText(), primary_key=True, server_default=new_id, info={"type": "id"}),
            *(_column(column, kind) for column, kind in {**own, **columns.get(name, {})}.items()),
            sa.Column("created_at", KeptDatetime(), server_default=now, info={"type": "datetime"}),
        )
    return metadata


def _column(name: str, kind: str) -> sa.Column[Any]:
    if kind.startswith("-> "):
        target = sa.ForeignKey(f"{kind[3:]}.id")
        return sa.Column(name, KeptText(), target, index=True, info={"type": "reference"})
    kind, marks = re.sub(r"[!#*]", "", kind), kind
    bounded = _BOUNDED.fullmatch(kind)
    return sa.Column(
        name,
        KeptText(int(bounded[1])) if bounded else TYPES[kind](),
        nullable="!" not in marks,
        index="#" in marks or "*" in marks,
        # A unique index, which can be added to a table that exists; a unique constraint, on SQLite, can not.
        unique="*" in marks or None,
        info={"type": "text" if bounded else kind, "key": "*" in marks},
    )


def describe(table: sa.Table) -> ObjectMeta:
    """A table as the mapping is checked against it."""
    fields = {column.name: _describe_column(column) for column in table.columns}
    relations = {
        column.name.removesuffix("_id"): key.column.table.name
        for column in table.columns
        for key in column.foreign_keys
    }
    return ObjectMeta(table.name, fields, table.name.replace("_", " ").capitalize(), relations)


def _describe_column(column: sa.Column[Any]) -> FieldMeta:
    automatic = column.server_default is not None
    is_key = bool(column.info.get("key"))
    return FieldMeta(
        column.name,
        column.info["type"],
        length=getattr(column.type, "length", None),
        label=column.name.replace("_", " ").capitalize(),
        createable=not automatic,
        updateable=not automatic,
        required=not column.nullable and not automatic,
        unique=is_key or column.primary_key,
        external_id=is_key,
        reference_to=tuple(key.column.table.name for key in column.foreign_keys),
    )


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


def _add_column(connection: sa.Connection, column: sa.Column[Any]) -> None:
    table = column.table
    if column.primary_key or not column.nullable:
        raise ConfigurationError(
            f"crm: the database has a table {table} without {column.name}, so it is not the connector's",
            hint="give the connector a database of its own, or rename that table",
        )
    dialect = connection.dialect
    # Without the default of created_at: it would give the rows that are there the time of now.
    rendered = f"{dialect.identifier_preparer.format_column(column)} {column.type.compile(dialect)}"
    for key in column.foreign_keys:
        rendered += f" REFERENCES {key.column.table.name} ({key.column.name})"
    connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {rendered}")
    for index in table.indexes:
        if column.name in index.columns and not index.unique:
            connection.execute(sa.schema.CreateIndex(index, if_not_exists=True))
