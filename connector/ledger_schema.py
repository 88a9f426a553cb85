"""A ledger's tables: made where there are none, and brought up to date where an earlier version made them."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateSchema, CreateTable

from connector import ledger_tables as tables
from connector.database import schema_of
from connector.errors import UsageError
from connector.locks import alone

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


def damaged() -> UsageError:
    return UsageError(
        "the ledger is damaged: what is in it is not what was written",
        hint="put a backup in its place, or begin a new one, which costs one slow run",
    )


def intact(read: Callable[P, R]) -> Callable[P, R]:
    """``read``, which makes values of rows. Raises UsageError for rows that are not as they were written."""

    @functools.wraps(read)
    def reading(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return read(*args, **kwargs)
        except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
            raise damaged() from error  # --debug shows where: it may be a bug of ours after all

    return reading


def make_current(connection: sa.Connection) -> None:
    """Bring the ledger's tables up to this version, in the transaction that ``connection`` is in. Raises
    UsageError when a newer version has made the ledger otherwise than this one can use."""
    if _revision(connection) != tables.REVISIONS[-1]:
        _alone(connection)
        revision = _revision(connection)  # anew: another run may have done it meanwhile
        if revision is None and not _has(connection, tables.about):
            _make(connection)
        elif revision is None or revision in tables.REVISIONS[:-1]:
            _upgrade(connection, revision)
        elif revision not in tables.REVISIONS:
            log.info("the ledger is a newer version's (revision %s)", revision)
    check_usable(connection)
    if _schema_version(connection) is None:
        row = {"name": "schema_version", "value": str(tables.PLAIN_VERSION)}
        connection.execute(tables.about.insert().values(row))


def check_usable(connection: sa.Connection) -> None:
    """Raise UsageError when a newer version has made the ledger otherwise than this one can use, or nobody
    did."""
    version = _schema_version(connection) if _has(connection, tables.about) else None
    if version is not None and not version.isdecimal():
        raise damaged()
    if version is not None and int(version) > tables.SCHEMA_VERSION:
        raise UsageError(
            f"the ledger was made by a newer version of the connector (schema {version})",
            hint="upgrade the connector, or give another ledger.url",
        )


def _alone(connection: sa.Connection) -> None:
    """One run at a time goes on from here."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # which SQLAlchemy leaves to the first write
        return
    connection.execute(sa.text("SET LOCAL lock_timeout = '20s'"))  # for a table that a long query reads
    alone(connection, "tables")
    schema = schema_of(connection.engine)
    if schema and not sa.inspect(connection).has_schema(
        schema
    ):  # whoever made it need not let us make others
        connection.execute(CreateSchema(schema, if_not_exists=True))


def _make(connection: sa.Connection) -> None:
    # What the migrations come to, without them: Alembic takes longer to load than this takes.
    for table in tables.metadata.sorted_tables:
        # A program of before there were migrations may be making them in this moment.
        connection.execute(CreateTable(table, if_not_exists=True))
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))
    connection.execute(tables.version.insert().values(version_num=tables.REVISIONS[-1]))


def _upgrade(connection: sa.Connection, revision: str | None) -> None:
    log.info("the ledger is an earlier version's (revision %s): bringing it up to date", revision or "none")
    from connector.migrations import upgrade

    upgrade(connection)


def _revision(connection: sa.Connection) -> str | None:
    if not _has(connection, tables.version):
        return None
    return connection.scalar(sa.select(tables.version.c.version_num))


def _schema_version(connection: sa.Connection) -> str | None:
    return connection.scalar(sa.select(tables.about.c.value).where(tables.about.c.name == "schema_version"))


def _has(connection: sa.Connection, table: sa.Table) -> bool:
    return sa.inspect(connection).has_table(table.name)
