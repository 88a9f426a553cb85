"""What has been done, so that nothing is done twice or forgotten.

The ledger makes a sync fast (only what changed is fetched) and lets ``keep`` tell a person's edit from our
own writing. Losing it loses speed, not correctness: records are found again by their keys.

Before a batch is written to the CRM, what is about to be written goes into the *journal*; afterwards the
batch's results are recorded and the journal entry dropped, in one transaction. A run killed in between leaves
its entry, and the next run knows that those values, where it meets them, are ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa

from connector import ledger_facts
from connector import ledger_rows as rows
from connector import ledger_tables as tables
from connector.apply import Kind, Outcome
from connector.changes import Action, Plan
from connector.database import any_of, many
from connector.errors import UsageError
from connector.invitation import Engaged
from connector.ledger_cipher import Cipher
from connector.ledger_rows import Entry, Review, Seen, Written
from connector.ledger_runs import RunLedger, new_id
from connector.ledger_schema import intact
from connector.match import Decision

ANSWERED = "the answer to our own decision"


class Ledger(RunLedger):
    """An open ledger. One run uses it from one thread."""

    def __init__(self, engine: sa.Engine, *, writable: bool = True, ciphers: Sequence[Cipher] = ()) -> None:
        super().__init__(engine, writable=writable, ciphers=ciphers)
        written = tables.written.c
        invitations, runs = tables.invitations.c, tables.runs.c
        self._seen_query = (
            sa.select(tables.invitations, runs.started_at)
            .outerjoin(tables.runs, runs.id == invitations.run_id)
            .where(any_of(engine, invitations.id, "ids"))
        )
        self._written_query = sa.select(
            written.key, written.record_id, written.fields, written.created_run
        ).where(written.object == sa.bindparam("object"), any_of(engine, written.key, "keys"))

    def crm(self) -> str:
        """Which CRM the records in here are of (see ``Crm.location``); "" while nobody has said."""
        query = sa.select(tables.about.c.value).where(tables.about.c.name == "crm")
        return next((row["value"] for row in self._rows(query)), "")

    def remember_crm(self, location: str) -> None:
        with self._connection.begin():
            self._upsert(tables.about, [{"name": "crm", "value": location}])

    # What is known of a batch

    @intact
    def seen(self, ids: Sequence[str]) -> dict[str, Seen]:
        found = self._rows(self._seen_query, {"ids": many(self._engine, ids)})
        return {row["id"]: rows.seen(row) for row in found}

    @intact
    def written(self, entries: Iterable[Entry]) -> dict[Entry, Written]:
        """What we wrote last into records, and which run created them."""
        found: dict[Entry, Written] = {}
        for object_, keys in rows.by_object(entries).items():
            values = {"object": object_, "keys": many(self._engine, map(self._lookup, keys))}
            for row in self._rows(self._written_query, values):
                fields = orjson.loads(row["fields"])
                found[(object_, row["key"])] = Written(fields, row["record_id"], row["created_run"])
        return found

    def recorded(self, object: str, keys: Sequence[str]) -> dict[str, str]:
        """The ids of the records that were written or matched under ``keys``."""
        values = {"object": object, "keys": many(self._engine, map(self._lookup, keys))}
        found = self._rows(self._written_query, values)
        return {row["key"]: row["record_id"] for row in found}

    def claimed(self, object: str, ids: Sequence[str]) -> dict[str, str]:
        """The keys under which records were written or matched, by their ids."""
        written = tables.written.c
        query = sa.select(written.record_id, written.key).where(
            written.object == object, any_of(self._engine, written.record_id, "ids")
        )
        found = self._rows(query, {"ids": many(self._engine, ids)})
        return {row["record_id"]: row["key"] for row in found}

    @intact
    def intended(self) -> dict[Entry, list[dict[str, Any]]]:
        """What killed runs were about to write, and may have written."""
        found: dict[Entry, list[dict[str, Any]]] = defaultdict(list)
        for row in self._rows(sa.select(tables.journal.c.entries).order_by(tables.journal.c.id)):
            for object_, key, fields in orjson.loads(row["entries"]):
                found[(object_, key)].append(fields)
        return dict(found)

    def decisions(self, ids: Sequence[str]) -> dict[tuple[str, str], Decision]:
        """Decisions made in reviews, by invitation id and the record's slot."""
        query = sa.select(tables.reviews).where(
            tables.reviews.c.invitation_id.in_(ids), tables.reviews.c.action.is_not(None)
        )
        return {
            (row["invitation_id"], row["name"]): Decision(row["action"], row["record_id"])
            for row in self._rows(query)
        }

    def known_records(self) -> int:
        """How many CRM records the ledger knows: what a percentage limit is a percentage of."""
        (row,) = self._rows(sa.select(sa.func.count().label("count")).select_from(tables.written))
        return int(row["count"])

    @intact
    def engaged(self) -> dict[str, Engaged]:
        """What accepted invitations lead to, as far as it was found, or answered to a decision of ours, by
        invitation id."""
        if not self._has(tables.engaged):
            return {}
        decided = sa.select(tables.decisions.c.invitation_id, tables.decisions.c.opportunity_id).where(
            tables.decisions.c.opportunity_id != ""
        )
        rows_decided = self._rows(decided) if self._has(tables.decisions) else []
        answered = {row["invitation_id"]: row["opportunity_id"] for row in rows_decided}
        known = {id_: Engaged(opportunity, ANSWERED) for id_, opportunity in answered.items()}
        for row in self._rows(sa.select(tables.engaged)):
            found = rows.engaged(row)
            before = known.get(row["invitation_id"])
            known[row["invitation_id"]] = (
                found if found.opportunity or before is None else replace(before, since=found.since)
            )
        return known

    # What has been done

    def journal(self, run_id: int, plans: Iterable[Plan]) -> int | None:
        """Write down what is about to be written, if anything is; the entry's id is for ``record``."""
        entries = [
            (change.object, change.key, rows.plain(change.ours))
            for plan in plans
            for change in plan.changes
            if change.ours and change.action in (Action.CREATE, Action.UPDATE)
        ]
        if not entries:
            return None
        with self._connection.begin():
            values = self._encrypted(tables.journal, run_id=run_id, entries=rows.dump(entries))
            result = self._connection.execute(tables.journal.insert().values(**values))
        return new_id(result)

    def record(
        self,
        run_id: int,
        outcomes: Sequence[Outcome],
        fingerprint: str,
        entry: int | None,
        now: datetime | None = None,
    ) -> None:
        """Record a batch's outcomes, ``now`` if no other moment is given, and drop its journal ``entry``, in
        one transaction."""
        moment = now or datetime.now(UTC)
        unchanged = [o.invitation_id for o in outcomes if o.plan and o.kind is Kind.UNCHANGED]
        before = {id_: seen.status for id_, seen in self.seen(unchanged).items()} if unchanged else {}
        written = rows.written_rows(outcomes, run_id, self.written)
        with self._connection.begin():
            self._upsert(
                tables.invitations, [rows.invitation_row(o, fingerprint, run_id) for o in outcomes if o.plan]
            )
            self._upsert(tables.written, written, once=("created_run",))
            self._upsert(tables.outcomes, rows.outcome_rows(outcomes, run_id))
            self._upsert(tables.engaged, rows.engaged_rows(outcomes))
            self._end_waits([o.invitation_id for o in outcomes if o.plan and not o.plan.awaits])
            self._upsert(tables.facts, ledger_facts.facts_rows(outcomes))
            self._upsert(tables.history, ledger_facts.history_rows(outcomes, before, run_id, moment))
            self._record_reviews(run_id, outcomes)
            if entry is not None:
                self._connection.execute(tables.journal.delete().where(tables.journal.c.id == entry))

    def _end_waits(self, ids: Sequence[str]) -> None:
        """What is missed another time is awaited as long again."""
        engaged = tables.engaged
        waiting = sa.and_(any_of(self._engine, engaged.c.invitation_id, "ids"), engaged.c.since.is_not(None))
        self._connection.execute(
            engaged.update().where(waiting).values(since=None), {"ids": many(self._engine, ids)}
        )

    def _record_reviews(self, run_id: int, outcomes: Sequence[Outcome]) -> None:
        open_reviews = [row for outcome in outcomes for row in rows.review_rows(outcome, run_id)]
        asked = {(row["invitation_id"], row["name"]) for row in open_reviews}
        ids = [outcome.invitation_id for outcome in outcomes if outcome.plan]
        query = sa.select(tables.reviews.c.id, tables.reviews.c.invitation_id, tables.reviews.c.name).where(
            tables.reviews.c.invitation_id.in_(ids), tables.reviews.c.action.is_(None)
        )
        settled = [id_ for id_, *of in self._connection.execute(query) if tuple(of) not in asked]
        if settled:
            self._connection.execute(tables.reviews.delete().where(tables.reviews.c.id.in_(settled)))
            self._forget_comparisons()
        self._upsert(tables.reviews, open_reviews, keys=("invitation_id", "name"))
        self._upsert(tables.comparisons, [row for o in outcomes for row in rows.comparison_rows(o)])

    def _forget_comparisons(self) -> None:
        """Those of reviews that are no more: they hold customers' data."""
        comparisons, reviews = tables.comparisons.c, tables.reviews.c
        of_it = sa.and_(reviews.invitation_id == comparisons.invitation_id, reviews.name == comparisons.name)
        gone = ~sa.exists(sa.select(reviews.id).where(of_it))
        self._connection.execute(tables.comparisons.delete().where(gone))

    # Reviews

    @intact
    def reviews(self, *, settled: bool = False) -> list[Review]:
        """The open reviews, or the settled ones."""
        column = tables.reviews.c.action
        query = sa.select(tables.reviews)
        if self._has(tables.comparisons):
            of_it = sa.and_(
                tables.comparisons.c.invitation_id == tables.reviews.c.invitation_id,
                tables.comparisons.c.name == tables.reviews.c.name,
            )
            query = query.add_columns(tables.comparisons.c.compared).outerjoin(tables.comparisons, of_it)
        query = query.where(column.is_not(None) if settled else column.is_(None))
        return [rows.review(row) for row in self._rows(query.order_by(tables.reviews.c.id))]

    def decide(self, review_id: int, decision: Decision, now: datetime | None = None) -> None:
        """Settle a review for good, ``now`` if no other moment is given. The next sync fetches the invitation
        again and does as decided; likewise others that wait for the same: the customer's account may be what
        many are in review for. Raises UsageError when there is no such review."""
        reviews, invitations = tables.reviews, tables.invitations
        found = self._rows(sa.select(reviews).where(reviews.c.id == review_id))
        if not found:
            raise UsageError(f"there is no review {review_id}", hint="`crm-connector review list` shows them")
        alike = sa.select(reviews.c.invitation_id, reviews.c.candidates).where(
            reviews.c.object == found[0]["object"],
            sa.or_(reviews.c.action.is_(None), reviews.c.id == review_id),
        )
        candidates = found[0]["candidates"]
        due = [row["invitation_id"] for row in self._rows(alike) if row["candidates"] == candidates]
        with self._connection.begin():
            values = {"action": decision.action, "record_id": decision.record_id}
            self._connection.execute(reviews.update().where(reviews.c.id == review_id).values(**values))
            self._connection.execute(
                invitations.update()
                .where(any_of(self._engine, invitations.c.id, "due"))
                .values(summary_digest="", digest=""),
                {"due": many(self._engine, due)},
            )
            settled = (decision.action, decision.record_id, now or datetime.now(UTC))
            self._upsert(tables.history, [ledger_facts.settled_row(found[0], *settled)])
