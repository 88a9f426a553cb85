"""A ledger's book of runs: when each began and how it ended, and what is counted or under way beyond one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson
import sqlalchemy as sa

from connector import ledger_rows as rows
from connector import ledger_tables as tables
from connector.ledger_rows import Run
from connector.ledger_schema import intact
from connector.ledger_store import LedgerStore


class RunLedger(LedgerStore):
    """What ``connector.ledger.Ledger`` knows of runs."""

    def start_run(self, command: str, now: datetime, *, complete: bool = False) -> int:
        """A new run's id. Whatever run is still marked as running was killed: we hold the lock. ``complete``:
        it is to look at all invitations that the config lets through, and not at some alone."""
        with self._connection.begin():
            self._connection.execute(
                tables.runs.update().where(tables.runs.c.state == "running").values(state="killed")
            )
            row = {
                "command": command,
                "started_at": now.isoformat(),
                "state": "running",
                "complete": complete,
            }
            result = self._connection.execute(
                tables.runs.insert().values(**row, counts="{}", calls="{}", note="")
            )
        return new_id(result)

    def finish_run(
        self,
        run_id: int,
        now: datetime,
        state: Literal["done", "stopped"],
        counts: Mapping[str, int],
        calls: Mapping[str, Mapping[str, int]],
        waits: Mapping[str, Mapping[str, int]],
        note: str = "",
        *,
        whole: bool = False,
    ) -> None:
        """Close a run. After a ``whole`` one, which has planned every invitation anew, it matters no more
        what killed runs before it intended."""
        with self._connection.begin():
            values = {"counts": rows.dump(counts), "calls": rows.dump(calls), "waits": rows.dump(waits)}
            values |= self._encrypted(tables.runs, note=note)
            self._connection.execute(
                tables.runs.update()
                .where(tables.runs.c.id == run_id)
                .values(finished_at=now.isoformat(), state=state, **values)
            )
            if whole and state == "done":
                self._connection.execute(tables.journal.delete().where(tables.journal.c.run_id < run_id))

    @intact
    def runs(self, limit: int = 20) -> list[Run]:
        """The latest runs, the newest first."""
        query = self._runs_query().order_by(tables.runs.c.id.desc()).limit(limit)
        return [rows.run(row) for row in self._rows(query)]

    def _runs_query(self) -> sa.Select[Any]:
        """What there is of runs: an earlier version's ledger that is only read lacks the later columns."""
        with self._connection.begin():
            there = {column["name"] for column in sa.inspect(self._connection).get_columns(tables.runs.name)}
        return sa.select(*(column for column in tables.runs.c if column.name in there))

    @intact
    def last_good_run(self) -> Run | None:
        """The latest run that looked at all invitations, and not at some alone, and came to its end."""
        query = self._runs_query()
        good = tables.good(query.selected_columns.keys())
        found = self._rows(query.where(good).order_by(tables.runs.c.id.desc()).limit(1))
        return rows.run(found[0]) if found else None

    @intact
    def run(self, run_id: int) -> Run | None:
        found = self._rows(self._runs_query().where(tables.runs.c.id == run_id))
        return rows.run(found[0]) if found else None

    @intact
    def outcomes(self, run_id: int) -> list[Mapping[str, Any]]:
        """What a run did to each invitation that it did not leave unchanged."""
        query = sa.select(tables.outcomes).where(tables.outcomes.c.run_id == run_id)
        return [
            {**row, "warnings": orjson.loads(row["warnings"])}
            for row in self._rows(query.order_by(tables.outcomes.c.invitation_id))
        ]

    # Bulk jobs of the CRM that are not known to be over

    def remember_job(self, job: str, object: str, run_id: int) -> None:
        with self._connection.begin():
            row = {"id": job, "object": object, "run_id": run_id}
            self._connection.execute(tables.jobs.insert().values(row))

    def jobs(self) -> list[tuple[str, str, int]]:
        """Their ids, objects and runs."""
        return [(row["id"], row["object"], row["run_id"]) for row in self._rows(sa.select(tables.jobs))]

    def forget_job(self, job: str) -> None:
        with self._connection.begin():
            self._connection.execute(tables.jobs.delete().where(tables.jobs.c.id == job))

    # The rolling 24 hours of reads

    def reads(self, now: datetime) -> dict[int, int]:
        """Reads of the last 24 hours, by minute since the epoch."""
        first = int((now - timedelta(hours=24)).timestamp()) // 60
        found = self._rows(sa.select(tables.reads).where(tables.reads.c.minute >= first))
        return {row["minute"]: row["count"] for row in found}

    def save_reads(self, reads: Mapping[int, int]) -> None:
        """Store the minutes' totals, and forget those too old to count."""
        if not reads:
            return
        with self._connection.begin():
            oldest = max(reads) - 48 * 60
            self._connection.execute(tables.reads.delete().where(tables.reads.c.minute < oldest))
            self._upsert(
                tables.reads, [{"minute": minute, "count": count} for minute, count in reads.items()]
            )


def new_id(result: sa.CursorResult[Any]) -> int:
    key = result.inserted_primary_key
    assert key is not None  # noqa: S101 - an INSERT of one row has one
    return int(key[0])
