"""Locks of a database: one run at a time on one ledger, one process at a time that makes its tables."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from filelock import FileLock, Timeout

from connector.database import schema_of
from connector.errors import ConfigurationError, Interrupted, LockHeld

_LOCK_KEY = 0x70633263  # any number, the same in every process: "pc2c"
_POLL = 0.2  # seconds between looks at a lock that another holds


@contextlib.contextmanager
def hold_lock(
    engine: sa.Engine, wait: float, sleep: Callable[[float], object] = time.sleep
) -> Iterator[None]:
    """One holder at a time per database; freed when the process dies, however it dies.

    Raises LockHeld when another holds it still after ``wait`` seconds, and Interrupted when ``sleep`` says by
    True (as an Event's ``wait`` does) that this run is to stop.
    """
    with contextlib.ExitStack() as stack:
        if engine.dialect.name == "postgresql":
            connection = stack.enter_context(engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
            _await(partial(_take_advisory_lock, connection, stack), wait, sleep)
        elif engine.url.database:
            lock = FileLock(lock_file(Path(engine.url.database)), timeout=0, mode=0o600)
            _await(partial(_take_file_lock, lock, stack), wait, sleep)
        yield


def lock_file(database: Path) -> Path:
    """A SQLite database's lock: one, by whatever name or link the database is opened."""
    path = database.resolve()
    return path.with_name(f"{path.name}.lock")


def _await(take: Callable[[], bool], wait: float, sleep: Callable[[float], object]) -> None:
    deadline = time.monotonic() + wait
    while not take():
        left = deadline - time.monotonic()
        if left <= 0:
            raise LockHeld(
                "another run holds the lock of this ledger", hint="let it end, or give --wait SECONDS"
            )
        if sleep(min(left, _POLL)) is True:
            raise Interrupted("interrupted while waiting for another run to end", hint="nothing was done")


def _take_file_lock(lock: FileLock, stack: contextlib.ExitStack) -> bool:
    try:
        stack.enter_context(lock)
    except Timeout:
        return False
    except (FileExistsError, IsADirectoryError, PermissionError) as error:
        message = f"the ledger's lock {lock.lock_file} cannot be taken: {error.strerror}"
        raise ConfigurationError(message, hint="it is a file that this user may write") from None
    return True


def _take_advisory_lock(connection: sa.Connection, stack: contextlib.ExitStack) -> bool:
    key = _lock_key(_schema(connection))
    taken = bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key))))
    if taken:
        stack.callback(connection.execute, sa.select(sa.func.pg_advisory_unlock(key)))
    return taken


def _schema(connection: sa.Connection) -> str:
    """The schema in which tables are looked up and made, however the url or the database says so. One that
    is not there yet is none to PostgreSQL: it will be the one that the url names."""
    return connection.scalar(sa.select(sa.func.current_schema())) or schema_of(connection.engine)


def _lock_key(schema: str, purpose: str = "run") -> int:
    """The number of a lock, which PostgreSQL keeps by database: each schema has its own."""
    schema = "" if schema == "public" else schema  # what earlier programs took for a url that names none
    if not schema and purpose == "run":
        return _LOCK_KEY
    digest = hashlib.sha256(f"{_LOCK_KEY} {purpose} {schema}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def alone(connection: sa.Connection, purpose: str) -> None:
    """On PostgreSQL, one transaction at a time goes on from here for each ``purpose`` and schema."""
    if connection.dialect.name == "postgresql":
        key = _lock_key(_schema(connection), purpose)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
