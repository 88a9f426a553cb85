"""What a database's errors mean for the CRM: try again, give up, or one record that does not fit.

Drivers put a row's values into their messages, so none of their words are passed on; codes and the names of
tables, columns and constraints are.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import sqlalchemy as sa

from connector import database_errors
from connector.crm.fit import duplicate, refused, required
from connector.database_errors import ROW_ERRORS, Store
from connector.errors import ServiceError
from connector.records import WriteResult

__all__ = ["explain", "is_of_a_record", "may_be_of_a_record", "translate"]

# What a trigger's own code raises: https://www.postgresql.org/docs/current/errcodes-appendix.html
_PL_PGSQL = "P0"
_CRM = Store("crm", "the CRM database")


def translate(error: sa.exc.DBAPIError, operation: str) -> ServiceError:
    """A driver's error that no single record is to blame for, as one of ours."""
    return database_errors.translate(error, operation, _CRM)


def may_be_of_a_record(error: sa.exc.StatementError) -> bool:
    """Whether one record of several could be to blame."""
    if isinstance(error, ROW_ERRORS):
        return True
    state = getattr(error.orig, "sqlstate", None) or ""
    return state.startswith(_PL_PGSQL) or _is_unspecific(error)


def is_of_a_record(error: sa.exc.DBAPIError, connection: sa.Connection) -> bool:
    """Whether the one record that was written is to blame, and not the statement. ``connection`` is good."""
    if not _is_unspecific(error):
        return may_be_of_a_record(error)
    # SQLite has one code for what is wrong with a statement and for what a trigger stumbles over while it
    # runs. To explain a statement it is prepared, and not run.
    try:
        connection.exec_driver_sql(f"EXPLAIN {error.statement}", error.params)
    except sa.exc.OperationalError:
        return False
    return True


def _is_unspecific(error: sa.exc.StatementError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_ERROR and not _comes_of_another(error)


def _comes_of_another(error: sa.exc.StatementError) -> bool:
    """Of a transaction that SQLite has ended by itself, there is no savepoint to go back to."""
    before = error.__context__
    while before is not None and not isinstance(before, sa.exc.DBAPIError):
        before = before.__context__
    return before is not None


def explain(error: sa.exc.DBAPIError, table: sa.Table) -> WriteResult:
    """What one record has against it, naming the field where the database says which."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return _explain_postgresql(getattr(error.orig, "sqlstate", "") or "", diagnosis, table)
    ours = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_CONSTRAINT_NOTNULL
    return _explain_sqlite(str(error.orig), table, ours=ours)


def _explain_sqlite(message: str, table: sa.Table, *, ours: bool) -> WriteResult:
    """``ours``: the words are SQLite's own, and the name one of the table's columns."""
    kind, _, names = message.partition(": ")
    # Else only names of the columns we know pass: a trigger's RAISE may say anything.
    field = next((n for n in re.findall(r"\.(\w+)", names) if ours or n in table.columns), None)
    if kind.startswith("NOT NULL"):
        return required(field)
    if kind.startswith("UNIQUE"):
        return duplicate(field)
    return refused(field)


def _explain_postgresql(state: str, diagnosis: Any, table: sa.Table) -> WriteResult:
    name: str = diagnosis.column_name or _column_of(diagnosis.constraint_name or "", table)
    field = name if name in table.columns else None
    if state == "23502":
        return required(field)
    if state == "23505":
        return duplicate(field)
    if state == "22001":
        return WriteResult(error="longer than the column allows", field=field, code="too_long")
    if state == "22003":
        return WriteResult(error="a number out of range", field=field, code="unfit")
    return refused(field)


def _column_of(constraint: str, table: sa.Table) -> str:
    """The column that a constraint named by our convention, or by PostgreSQL's own, is about."""
    found = [column.name for column in table.columns if f"_{column.name}" in constraint]
    return max(found, key=len, default="")
