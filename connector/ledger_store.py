"""The ledger's database: opened, locked, read and written."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

from connector.database import Bulk, connect, hold_lock, translating, upsert
from connector.database_errors import Store
from connector.ledger_schema import check_usable, make_current


class LedgerStore:
    """What ``connector.ledger.Ledger`` stands on."""

    def __init__(self, engine: sa.Engine, *, writable: bool = True) -> None:
        self._engine = engine
        self._connection = engine.connect()
        self._bulks: dict[str, Bulk] = {}
        with self._connection.begin():
            (make_current if writable else check_usable)(self._connection)

    @classmethod
    def open(cls, url: str, directory: Path) -> Self:
        """The ledger at a database ``url``; a relative SQLite path counts from ``directory``. Made if it is
        not there, and brought up to date if an earlier version made it. Raises UsageError when a newer
        version made it otherwise than this one can use; every method raises ServiceError when the database
        does not do what it is asked."""
        return cls(cls._engine_of(url, directory))

    @staticmethod
    def _engine_of(url: str, directory: Path, *, read_only: bool = False) -> sa.Engine:
        engine = connect(url, directory, what="ledger", read_only=read_only)
        return translating(engine, Store("ledger", "the ledger"))

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def lock(self, wait: float = 0.0, sleep: Callable[[float], object] = time.sleep) -> Iterator[None]:
        """Hold this ledger's lock; the kernel (or the database) frees it when the process dies.
        Waits ``wait`` seconds for another run to end, then raises LockHeld; a ``sleep`` that gives True ends
        the wait by Interrupted."""
        with hold_lock(self._engine, wait, sleep):
            yield

    def _has(self, table: sa.Table) -> bool:
        """Whether there is a table: one that is only read may have been made by an earlier version."""
        with self._connection.begin():
            return sa.inspect(self._connection).has_table(table.name)

    def _rows(self, query: sa.Select[Any], values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        with self._connection.begin():
            return [dict(row) for row in self._connection.execute(query, values or {}).mappings()]

    def _upsert(
        self,
        table: sa.Table,
        values: Sequence[Mapping[str, Any]],
        keys: Sequence[str] = (),
        once: Sequence[str] = (),
    ) -> None:
        if not values:
            return
        bulk = self._bulks.get(table.name)
        if bulk is None:
            statement = upsert(self._engine, table, keys, once=once)
            bulk = self._bulks[table.name] = Bulk(self._engine, statement, list(values[0]))
        bulk.execute(self._connection, values)
