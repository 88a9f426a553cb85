"""What the ledger keeps of every invitation for charts and for the story of its life.

*Facts* are one row for each invitation: see ``connector.facts``. The *history* has a row each time that a run
did something with an invitation, or found it in another status. Both are written in the same transaction as
the outcomes they belong to. Ledgers of earlier versions have neither; what these did is told by its outcomes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from connector.apply import Kind, Outcome
from connector.changes import Action, Change
from connector.facts import Facts, Spend
from connector.ledger_rows import dump
from connector.ledger_schema import intact
from connector.ledger_store import LedgerStore
from connector.ledger_tables import facts, history, invitations, outcomes, runs

SETTLED = "settled"  # in place of an outcome: a person settled a review


class Step(NamedTuple):
    """What became of one record: its rule's ``name``, ``action`` (of ``changes``; link, create or skip
    where a review was settled), ``object`` and ``id``, ``why`` (evidence or reason), the names of the
    ``fields`` written, and of those that a person had edited (``kept``)."""

    name: str
    action: str
    object: str
    id: str | None
    why: str = ""
    fields: Sequence[str] = ()
    kept: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Episode:
    """What happened to an invitation at one time (aware UTC), in a run or, without one, by a person's hand.
    ``outcome`` is one of ``connector.apply.Kind``, or ``SETTLED``; ``status`` "" where it is not known."""

    at: datetime
    run: int | None
    status: str
    outcome: str
    reason: str = ""
    steps: Sequence[Step] = ()


class FactLedger:
    """Facts and history in a ledger, over its own connection. ``ledger`` is only read."""

    def __init__(self, ledger: LedgerStore) -> None:
        self._ledger = ledger

    @intact
    def all(self, since: datetime | None = None) -> list[Facts]:
        """The facts of every invitation, by id; with ``since``, of those that AWS sent from then on."""
        if not self._ledger._has(facts):
            return []
        query = sa.select(facts).order_by(facts.c.invitation_id)
        if since is not None:
            query = query.where(facts.c.invitation_date >= _text(since))
        first = self._first_seen()
        return [_facts(row, first.get(row["invitation_id"], {})) for row in self._ledger._rows(query)]

    @intact
    def of(self, invitation_id: str) -> Facts | None:
        """The facts of one invitation."""
        if not self._ledger._has(facts):
            return None
        found = self._ledger._rows(sa.select(facts).where(facts.c.invitation_id == invitation_id))
        return _facts(found[0], self._first_seen(invitation_id).get(invitation_id, {})) if found else None

    def known(self) -> int:
        """How many invitations the ledger knows, with facts or without."""
        (row,) = self._ledger._rows(sa.select(sa.func.count().label("count")).select_from(invitations))
        return int(row["count"])

    def troubled(self) -> list[dict[str, Any]]:
        """The invitations that failed or wait for a person as things stand: id, outcome, reason. What could
        not even be read is known by the latest run alone."""
        latest = sa.select(sa.func.max(outcomes.c.run_id)).scalar_subquery()
        kinds = (Kind.FAILED.value, Kind.REVIEW.value)
        stands = sa.select(
            invitations.c.id.label("invitation_id"), invitations.c.outcome, invitations.c.reason
        )
        last = sa.select(outcomes.c.invitation_id, outcomes.c.outcome, outcomes.c.reason)
        rows = [
            *self._ledger._rows(stands.where(invitations.c.outcome.in_(kinds))),
            *self._ledger._rows(last.where(outcomes.c.run_id == latest, outcomes.c.outcome.in_(kinds))),
        ]
        found = {row["invitation_id"]: row for row in rows}
        return [found[id_] for id_ in sorted(found)]

    @intact
    def episodes(self, invitation_id: str) -> list[Episode]:
        """What has happened to one invitation, the oldest first."""
        told = self._told(invitation_id) if self._ledger._has(history) else []
        in_runs = {episode.run for episode in told}
        columns = (outcomes.c.run_id, outcomes.c.outcome, outcomes.c.reason, runs.c.started_at)
        query = sa.select(*columns).join(runs, runs.c.id == outcomes.c.run_id)
        for row in self._ledger._rows(query.where(outcomes.c.invitation_id == invitation_id)):
            if row["run_id"] not in in_runs:
                at = _moment(row["started_at"])
                told.append(Episode(at, row["run_id"], "", row["outcome"], row["reason"]))
        return sorted(told, key=lambda episode: episode.at)

    def _told(self, invitation_id: str) -> list[Episode]:
        of_the_run = sa.and_(
            outcomes.c.run_id == history.c.run_id, outcomes.c.invitation_id == history.c.invitation_id
        )
        query = sa.select(history, outcomes.c.reason).outerjoin(outcomes, of_the_run)
        rows = self._ledger._rows(query.where(history.c.invitation_id == invitation_id))
        return [_episode(row) for row in rows]

    def _first_seen(self, invitation_id: str | None = None) -> dict[str, dict[str, datetime]]:
        columns = (history.c.invitation_id, history.c.status)
        query = sa.select(*columns, sa.func.min(history.c.at).label("at")).group_by(*columns)
        if invitation_id is not None:
            query = query.where(history.c.invitation_id == invitation_id)
        first: dict[str, dict[str, datetime]] = defaultdict(dict)
        for row in self._ledger._rows(query.where(history.c.status != "")):
            first[row["invitation_id"]][row["status"]] = _moment(row["at"])
        return first


def facts_rows(done: Iterable[Outcome]) -> list[dict[str, Any]]:
    """The rows of what was read of the invitations."""
    return [_facts_row(outcome.plan.facts) for outcome in done if outcome.plan and outcome.plan.facts]


def history_rows(
    done: Iterable[Outcome], before: Mapping[str, str], run_id: int, now: datetime
) -> list[dict[str, Any]]:
    """The rows of what a run did. ``before`` has the status in which the ledger knew an invitation; one that
    is unchanged in every way has no row."""
    at = _text(now)
    return [
        {
            "invitation_id": outcome.invitation_id,
            "run_id": run_id,
            "at": at,
            "status": plan.status,
            "outcome": outcome.kind.value,
            "steps": dump([step for change in plan.changes if (step := _step(change))]),
        }
        for outcome in done
        if (plan := outcome.plan)
        and (outcome.kind is not Kind.UNCHANGED or before.get(outcome.invitation_id) != plan.status)
    ]


def settled_row(
    review: Mapping[str, Any], action: str, record_id: str | None, now: datetime
) -> dict[str, Any]:
    """The row of a review that a person settled; ``review`` is its own row."""
    return {
        "invitation_id": review["invitation_id"],
        "run_id": None,
        "at": _text(now),
        "status": "",
        "outcome": SETTLED,
        "steps": dump([[review["name"], action, review["object"], record_id]]),
    }


def _step(change: Change) -> list[Any] | None:
    kept = [each.field for each in change.kept]
    if change.action is Action.SKIP or (change.action is Action.UNCHANGED and not change.id):
        return None
    # The fields of a creation are those of the mapping: it is enough to name what was changed later.
    fields = [each.field for each in change.fields] if change.action is Action.UPDATE else []
    why = change.reason or change.evidence
    return [change.name, change.action.value, change.object, change.id, why, fields, kept]


def _facts_row(known: Facts) -> dict[str, Any]:
    return {
        "invitation_id": known.invitation_id,
        "status": known.status,
        "payload_type": known.payload_type,
        "invitation_date": _iso(known.invitation_date, "T", "microseconds")
        if known.invitation_date
        else None,
        "expiration_date": _iso(known.expiration_date, "T", "microseconds")
        if known.expiration_date
        else None,
        "industry": known.industry,
        "country": known.country,
        "target_date": known.target_date.isoformat() if known.target_date else None,
        "spend": dump({code: list(map(str, spend)) for code, spend in known.spend.items()}),
    }


_iso = datetime.isoformat  # of what is UTC already: there is a row for every invitation


def facts_to_json(known: Facts) -> dict[str, Any]:
    """Facts as plan files hold them; ``facts_from_json`` is its inverse."""
    return {**(row := _facts_row(known)), "spend": orjson.loads(row["spend"])}


def facts_from_json(raw: Mapping[str, Any]) -> Facts:
    return _facts({**raw, "spend": dump(raw["spend"])}, {})


def _facts(row: Mapping[str, Any], first_seen: Mapping[str, datetime]) -> Facts:
    spend = orjson.loads(row["spend"])
    return Facts(
        row["invitation_id"],
        row["status"],
        row["payload_type"],
        _moment(row["invitation_date"]) if row["invitation_date"] else None,
        _moment(row["expiration_date"]) if row["expiration_date"] else None,
        row["industry"],
        row["country"],
        date.fromisoformat(row["target_date"]) if row["target_date"] else None,
        {code: Spend(*map(Decimal, amounts)) for code, amounts in spend.items()},
        first_seen,
    )


def _episode(row: Mapping[str, Any]) -> Episode:
    steps = [Step(*each) for each in orjson.loads(row["steps"])]
    at, reason = _moment(row["at"]), row["reason"] or ""
    return Episode(at, row["run_id"], row["status"], row["outcome"], reason, steps)


def _text(moment: datetime) -> str:
    # With microseconds always: these texts are compared.
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
