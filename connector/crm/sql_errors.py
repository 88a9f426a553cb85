"""What a database's errors mean: try again, give up, or one record that does not fit.

Drivers put a row's values into their messages, so none of their words are passed on; codes and the names of
tables, columns and constraints are.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import sqlalchemy as sa

from connector.crm.fit import duplicate, refused, required
from connector.errors import AccessDenied, RefusedError, ServiceError, TransientError
from connector.records import WriteResult

# https://www.sqlite.org/rescode.html: busy, locked, I/O, full, cannot open, protocol
_SQLITE_TRANSIENT = {
    sqlite3.SQLITE_BUSY: "is locked by another program",
    sqlite3.SQLITE_LOCKED: "is locked by another program",
    sqlite3.SQLITE_IOERR: "could not be read or written",
    sqlite3.SQLITE_FULL: "or its disk is full",
    sqlite3.SQLITE_CANTOPEN: "could not be opened",
    sqlite3.SQLITE_PROTOCOL: "is locked by another program",
}
_SQLITE_DENIED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection, rollback (deadlock,
# serialization), resources (disk, memory, connections), lock not available, operator intervention, I/O
_POSTGRESQL_TRANSIENT = ("08", "40", "53", "55P03", "57", "58")
_POSTGRESQL_DENIED = ("28", "42501", "25006")
_POSTGRESQL_REFUSED = ("3D", "3F", "42", "0A")
# libpq gives no code for what goes wrong while connecting; these parts of its messages are stable.
_LOGIN = re.compile(r"authentication failed|no password supplied|role .* does not exist|no pg_hba.conf entry")
_NO_DATABASE = re.compile(r'database ".*" does not exist')

ROW_ERRORS = (sa.exc.IntegrityError, sa.exc.DataError)


def translate(error: sa.exc.DBAPIError, operation: str) -> ServiceError:
    """A driver's error that no single record is to blame for, as one of ours."""
    original: Any = _first(error).orig
    if isinstance(error, ROW_ERRORS):
        return _unforeseen(getattr(original, "sqlstate", None) or type(original).__name__, operation)
    if isinstance(original, sqlite3.Error):
        return _sqlite(getattr(original, "sqlite_errorcode", 0), original, operation)
    return _postgresql(getattr(original, "sqlstate", None) or "", str(original), operation)


def _first(error: sa.exc.DBAPIError) -> sa.exc.DBAPIError:
    """What went wrong first: SQLite ends a transaction by itself when its disk is full, and going back to a
    savepoint of it then fails too."""
    first, before = error, error.__context__
    while before is not None:
        if isinstance(before, sa.exc.OperationalError):
            first = before
        before = before.__context__
    return first


def _sqlite(code: int, original: sqlite3.Error, operation: str) -> ServiceError:
    name = getattr(original, "sqlite_errorname", type(original).__name__)
    reason = _SQLITE_TRANSIENT.get(code & 0xFF)
    if reason:
        return TransientError(f"the CRM database {reason}", service="crm", operation=operation, code=name)
    if code & 0xFF in _SQLITE_DENIED:
        return AccessDenied(
            "the CRM database may not be written",
            service="crm",
            operation=operation,
            code=name,
            hint="let the user who runs the connector write the file and its directory",
        )
    if code & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return RefusedError(
            "the CRM's file is no SQLite database, or it is damaged",
            service="crm",
            operation=operation,
            code=name,
            hint="restore it from a backup, or name another file in crm.url",
        )
    return _unforeseen(name, operation)


def _postgresql(state: str, message: str, operation: str) -> ServiceError:
    if state.startswith(_POSTGRESQL_DENIED) or _LOGIN.search(message):
        return AccessDenied(
            "PostgreSQL denied access to the CRM database",
            service="crm",
            operation=operation,
            code=state,
            hint="check user and password in crm.url and what this user may do there",
        )
    if _NO_DATABASE.search(message):
        return RefusedError(
            "PostgreSQL has no database of the name in crm.url",
            service="crm",
            operation=operation,
            code=state,
            hint="createdb makes one",
        )
    if state.startswith(_POSTGRESQL_REFUSED):
        return _unforeseen(state, operation)
    # Without a code it is the connection itself: refused, lost, timed out.
    if not state or state.startswith(_POSTGRESQL_TRANSIENT):
        return TransientError(
            "PostgreSQL could not be reached, or could not do it now",
            service="crm",
            operation=operation,
            code=state,
        )
    return _unforeseen(state, operation)


def _unforeseen(code: str, operation: str) -> RefusedError:
    return RefusedError(
        f"the CRM database refused ({code})",
        service="crm",
        operation=operation,
        code=code,
        hint="its tables are probably not as the connector made them",
    )


def explain(error: sa.exc.DBAPIError, table: sa.Table) -> WriteResult:
    """What one record has against it, naming the field where the database says which."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return _explain_postgresql(getattr(error.orig, "sqlstate", "") or "", diagnosis, table)
    return _explain_sqlite(str(error.orig), table)


def _explain_sqlite(message: str, table: sa.Table) -> WriteResult:
    kind, _, names = message.partition(": ")
    # Only names of this table's columns pass: a trigger's RAISE may say anything.
    field = next((n for n in re.findall(r"\.(\w+)", names) if n in table.columns), None)
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
