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
