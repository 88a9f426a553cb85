"""What a database's errors mean: try again, or give up.

Drivers put a row's values into their messages, so none of their words are passed on; codes are.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from connector.errors import AccessDenied, RefusedError, ServiceError, TransientError

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


@dataclass(frozen=True, slots=True)
class Store:
    """Which database it is: ``service`` is its section of the config, ``name`` what a person calls it."""

    service: str
    name: str


def translate(error: sa.exc.DBAPIError, operation: str, store: Store) -> ServiceError:
    """A driver's error that no single record is to blame for, as one of ours."""
    original: Any = _first(error).orig
    if isinstance(error, ROW_ERRORS):
        return _unforeseen(getattr(original, "sqlstate", None) or type(original).__name__, operation, store)
    if isinstance(original, sqlite3.Error):
        return _sqlite(getattr(original, "sqlite_errorcode", 0), original, operation, store)
    return _postgresql(getattr(original, "sqlstate", None) or "", str(original), operation, store)


def _first(error: sa.exc.DBAPIError) -> sa.exc.DBAPIError:
    """What went wrong first: SQLite ends a transaction by itself when its disk is full, and going back to a
    savepoint of it then fails too."""
    first, before = error, error.__context__
    while before is not None:
        if isinstance(before, sa.exc.OperationalError):
            first = before
        before = before.__context__
    return first


def _sqlite(code: int, original: sqlite3.Error, operation: str, store: Store) -> ServiceError:
    name = getattr(original, "sqlite_errorname", type(original).__name__)
    reason = _SQLITE_TRANSIENT.get(code & 0xFF)
    if reason:
        return TransientError(f"{store.name} {reason}", service=store.service, operation=operation, code=name)
    if code & 0xFF in _SQLITE_DENIED:
        return AccessDenied(
            f"{store.name} may not be written",
            service=store.service,
            operation=operation,
            code=name,
            hint="let the user who runs the connector write the file and its directory",
        )
    if code & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return damaged(name, operation, store)
    return _unforeseen(name, operation, store)


def damaged(code: str, operation: str, store: Store) -> RefusedError:
    """A file that SQLite cannot make sense of. That its own words about it are no text is a sign of it, too:
    they quote what is in the file."""
    return RefusedError(
        f"{store.name} is no SQLite database, or it is damaged",
        service=store.service,
        operation=operation,
        code=code,
        hint=f"restore it from a backup, or name another file in {store.service}.url",
    )


def _postgresql(state: str, message: str, operation: str, store: Store) -> ServiceError:
    if state.startswith(_POSTGRESQL_DENIED) or _LOGIN.search(message):
        return AccessDenied(
            f"PostgreSQL denied access to {store.name}",
            service=store.service,
            operation=operation,
            code=state,
            hint=f"check user and password in {store.service}.url and what this user may do there",
        )
    if _NO_DATABASE.search(message):
        return RefusedError(
            f"PostgreSQL has no database of the name in {store.service}.url",
            service=store.service,
            operation=operation,
            code=state,
            hint="createdb makes one",
        )
    if state.startswith(_POSTGRESQL_REFUSED):
        return _unforeseen(state, operation, store)
    # Without a code it is the connection itself: refused, lost, timed out.
    if not state or state.startswith(_POSTGRESQL_TRANSIENT):
        return TransientError(
            f"PostgreSQL ({store.name}) could not be reached, or could not do it now",
            service=store.service,
            operation=operation,
            code=state,
        )
    return _unforeseen(state, operation, store)


def _unforeseen(code: str, operation: str, store: Store) -> RefusedError:
    return RefusedError(
        f"{store.name} refused ({code})",
        service=store.service,
        operation=operation,
        code=code,
        hint="its tables are probably not as the connector made them",
    )
