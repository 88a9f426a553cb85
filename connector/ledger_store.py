"""The ledger's database: opened, locked, read and written."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

from connector import ledger_upkeep as upkeep
from connector.database import Bulk, connect, translating, upsert
from connector.database_errors import Store
from connector.ledger_cipher import Cipher, cipher_of, decrypted, encrypted
from connector.ledger_schema import check_usable, intact, make_current
from connector.locks import hold_lock


class LedgerStore:
    """What ``connector.ledger.Ledger`` stands on. ``ciphers``: that of the config's key, then those of
    earlier ones; what is not encrypted by the first will be, as soon as the lock is held."""

    def __init__(self, engine: sa.Engine, *, writable: bool = True, ciphers: Sequence[Cipher] = ()) -> None:
        self._engine = engine
        self._ciphers = ciphers
        self._connection = engine.connect()
        self._bulks: dict[str, Bulk] = {}
        try:
            with self._connection.begin():
                (make_current if writable else check_usable)(self._connection)
                self._cipher = cipher_of(upkeep.proof(self._connection), ciphers)
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, url: str, directory: Path, ciphers: Sequence[Cipher] = ()) -> Self:
        """The ledger at a database ``url``; a relative SQLite path counts from ``directory``. Made if it is
        not there, and brought up to date if an earlier version made it. Raises UsageError when a newer
        version made it otherwise than this one can use, ConfigurationError when it is encrypted and none of
        ``ciphers`` opens it; every method raises ServiceError when the database does not do what it is
        asked."""
        return cls(cls._engine_of(url, directory), ciphers=ciphers)

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
            self._settle_encryption()
            yield

    @property
    def is_encrypted(self) -> bool:
        return self._cipher is not None

    def _settle_encryption(self) -> None:
        """Encrypt what the config wants encrypted; nobody else writes meanwhile. Another may have done so
        while the lock was waited for."""
        with self._connection.begin():
            proof = upkeep.proof(self._connection)
        self._cipher = cipher_of(proof, self._ciphers)
        if self._ciphers and (proof is None or not self._ciphers[0].opens(proof)):
            self.encrypt(self._ciphers[0])

    def encrypt(self, cipher: Cipher | None) -> int:
        """Have all rows encrypted by ``cipher`` from now on, or none; how many there are. At once or not at
        all, and nothing of before is left in the database's files. The lock is held."""
        changed = upkeep.encrypt(self._connection, self._cipher, cipher)
        self._cipher = cipher
        upkeep.compact(self._engine)
        return changed

    @intact
    def prune(self, before: datetime, *, rehearse: bool = False) -> dict[str, upkeep.Pruned]:
        """See ``ledger_upkeep.prune``. The lock is held, unless it is a rehearsal."""
        pruned = upkeep.prune(self._connection, before, rehearse=rehearse)
        if not rehearse and any(each.gone for each in pruned.values()):
            upkeep.compact(self._engine)
        return pruned

    def _has(self, table: sa.Table) -> bool:
        """Whether there is a table: one that is only read may have been made by an earlier version."""
        with self._connection.begin():
            return sa.inspect(self._connection).has_table(table.name)

    def _rows(self, query: sa.Select[Any], values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        with self._connection.begin():
            found = self._connection.execute(query, values or {}).mappings().all()
        return decrypted(self._cipher, query.selected_columns, found)

    def _encrypted(self, table: sa.Table, **values: Any) -> Mapping[str, Any]:
        """``values`` of a row as they are written, which is not by ``_upsert``."""
        return encrypted(self._cipher, table, values)

    def _lookup(self, key: str) -> str:
        """A record's key as it stands in the ledger."""
        return self._cipher.encrypt_same(key) if self._cipher and key else key

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
        bulk.execute(self._connection, [encrypted(self._cipher, table, row) for row in values])
