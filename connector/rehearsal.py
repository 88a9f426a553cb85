"""The ledger of a dry run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import orjson
import sqlalchemy as sa

from connector import ledger_rows as rows
from connector import ledger_tables as tables
from connector.apply import Outcome
from connector.changes import Plan
from connector.database import connect
from connector.ledger import Ledger
from connector.ledger_cipher import Cipher
from connector.ledger_rows import Entry, Written


class Rehearsal(Ledger):
    """A ledger for a dry run: reads the real one where there is one, and remembers what the run would have
    recorded only as far as the run itself needs it. Nothing is written."""

    def __init__(self, engine: sa.Engine, ciphers: Sequence[Cipher] = ()) -> None:
        super().__init__(engine, writable=False, ciphers=ciphers)
        self._rehearsed: dict[Entry, Written] = {}
        self._claimed: dict[tuple[str, str], str] = {}  # object, id -> key

    @classmethod
    def open(cls, url: str, directory: Path, ciphers: Sequence[Cipher] = ()) -> Self:
        engine = cls._engine_of(url, directory, read_only=True)
        if not sa.inspect(engine).has_table(tables.invitations.name):
            engine.dispose()
            engine = connect("sqlite://", directory, what="ledger")
            tables.metadata.create_all(engine)
        return cls(engine, ciphers)

    @contextlib.contextmanager
    def lock(self, *_: Any, **__: Any) -> Iterator[None]:  # a dry run waits for nobody
        yield

    def start_run(self, command: str, now: datetime, *, complete: bool = False) -> int:  # noqa: ARG002
        return 0

    def remember_crm(self, location: str) -> None:  # noqa: ARG002
        return

    def finish_run(self, *_: Any, **__: Any) -> None:
        return

    def journal(self, run_id: int, plans: Iterable[Plan]) -> int | None:  # noqa: ARG002
        return None

    def record(self, run_id: int, outcomes: Sequence[Outcome], *_: Any, **__: Any) -> None:
        for row in rows.written_rows(outcomes, run_id, self.written):
            record = (row["object"], row["key"])
            before = self._rehearsed.get(record)
            created = before.created_run if before else row["created_run"]
            self._rehearsed[record] = Written(orjson.loads(row["fields"]), row["record_id"], created)
            self._claimed[(row["object"], row["record_id"])] = row["key"]

    def written(self, entries: Iterable[Entry]) -> dict[Entry, Written]:
        entries = list(entries)
        rehearsed = {entry: self._rehearsed[entry] for entry in entries if entry in self._rehearsed}
        return {**super().written(entries), **rehearsed}

    def claimed(self, object: str, ids: Sequence[str]) -> dict[str, str]:
        rehearsed = {id_: self._claimed[object, id_] for id_ in ids if (object, id_) in self._claimed}
        return {**super().claimed(object, ids), **rehearsed}

    def save_reads(self, reads: Mapping[int, int]) -> None:  # noqa: ARG002
        return
