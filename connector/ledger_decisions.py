"""The journal of decisions: which invitation was accepted, rejected or converted, by what rule, how far.

A decision is written down, with its client token, before AWS is first asked: whoever is killed after that, or
loses the answer, asks again with the same token, and AWS does it once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from connector.database import any_of, many
from connector.ledger_schema import intact
from connector.ledger_store import LedgerStore
from connector.ledger_tables import decisions


class Action(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    CONVERT = "convert"  # an accepted lead, into an opportunity


class State(StrEnum):
    """``intended``: AWS is about to be asked, and may have been. ``started``: AWS has said yes and is at it.
    The others are final."""

    INTENDED = "intended"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


OPEN = (State.INTENDED, State.STARTED)
RULE = "rules."  # how the names of the config's rules begin


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done with one invitation, and how far that is. Texts that are not known are "".

    ``rule`` says what chose the invitation (a rule of the config, or how it was given on the command line);
    ``rejection`` is what AWS is told, ``reason`` why the decision failed.
    """

    invitation_id: str
    action: Action
    client_token: str
    decided_at: datetime
    payload_type: str = ""
    rule: str = ""
    rejection: str = ""
    state: State = State.INTENDED
    task_id: str = ""
    engagement_id: str = ""
    context_id: str = ""
    opportunity_id: str = ""
    reason: str = ""
    finished_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class DecisionLedger:
    """The decisions in a ledger, over its own connection. ``ledger`` is only read when it was opened so."""

    def __init__(self, ledger: LedgerStore) -> None:
        self._ledger = ledger
        self._table = decisions

    def save(self, decision: Decision) -> None:
        """Write down how a decision stands; a new one is known by its client token from then on."""
        row = self._ledger._encrypted(self._table, **_row(decision))
        token = self._table.c.client_token
        with self._ledger._connection.begin():
            changed = self._ledger._connection.execute(
                self._table.update().where(token == decision.client_token).values(**row)
            )
            if not changed.rowcount:
                self._ledger._connection.execute(self._table.insert().values(**row))

    def open(self) -> list[Decision]:
        """Those that are not at their end, the oldest first."""
        return self._select(self._table.c.state.in_(OPEN))

    def of(self, invitations: Sequence[str]) -> list[Decision]:
        """All decisions about these invitations, the oldest first."""
        engine = self._ledger._engine
        by = any_of(engine, self._table.c.invitation_id, "ids")
        return self._select(by, ids=many(engine, invitations))

    def latest(self, limit: int) -> list[Decision]:
        """The latest decisions, the newest first."""
        return self._select(sa.true(), limit=limit)[::-1]

    def since(self, moment: datetime) -> list[Decision]:
        """Those made since then, the oldest first."""
        return self._select(self._table.c.decided_at >= _text(moment))

    @intact
    def _select(
        self, where: sa.ColumnElement[bool], limit: int | None = None, **values: Any
    ) -> list[Decision]:
        if not self._ledger._has(self._table):  # a ledger of an earlier version, opened to be read
            return []
        query = sa.select(self._table).where(where).order_by(self._table.c.id.desc()).limit(limit)
        return [_decision(row) for row in reversed(self._ledger._rows(query, values))]


def by_minute(made: Iterable[Decision]) -> dict[int, int]:
    """How many decisions were made in each minute since the epoch."""
    counts: dict[int, int] = {}
    for decision in made:
        minute = int(decision.decided_at.timestamp()) // 60
        counts[minute] = counts.get(minute, 0) + 1
    return counts


def by_rules(made: Iterable[Decision], now: datetime) -> int:
    """How many of these the config's rules made within the last 24 hours, or within the next by a clock that
    has been set back; what is later than that was dated by a clock that was wrong."""
    day = timedelta(hours=24)
    return sum(
        decision.rule.startswith(RULE) and now - day < decision.decided_at <= now + day for decision in made
    )


_MOMENTS = ("decided_at", "finished_at")


def _row(decision: Decision) -> dict[str, Any]:
    row = {name: getattr(decision, name) for name in Decision.__dataclass_fields__}
    return row | {name: _text(row[name]) if row[name] else None for name in _MOMENTS}


def _decision(row: dict[str, Any]) -> Decision:
    known = {name: row[name] for name in Decision.__dataclass_fields__}
    moments = {name: datetime.fromisoformat(known[name]) if known[name] else None for name in _MOMENTS}
    typed = {"action": Action(known["action"]), "state": State(known["state"])}
    return Decision(**known | typed | moments)


def _text(moment: datetime) -> str:
    # With microseconds always: these texts are compared.
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
