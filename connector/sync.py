"""The whole walk: every invitation listed goes through the seven stages, in this order, a batch at a time.

    fetch -> invitation -> map -> match -> plan -> apply -> record

A dry run is the same walk over a CRM and a ledger that only remember (``crm.planned``, ``rehearsal``).
"""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

from connector import telemetry
from connector.apply import Kind, Outcome, apply_plans
from connector.changes import Plan
from connector.due import REVIEWED_FOR, known_unless_due
from connector.errors import (
    ConfigurationError,
    ConnectorError,
    Interrupted,
    LimitReached,
    NotFoundError,
    RefusedError,
    ServiceError,
    TransientError,
)
from connector.fetch import Listed, Selection
from connector.fetch.arrivals import Arrival, arrivals, batched
from connector.fetch.reach import Reach
from connector.find import Finder
from connector.invitation import Invitation
from connector.ledger_rows import Seen
from connector.map import Desired
from connector.mapping.check import check
from connector.mapping.fitted import absent, fitted
from connector.records import ObjectMeta, Write, WriteResult
from connector.send import send, take_up_jobs
from connector.stages import NOT_THERE, VANISHED, mapped, plan
from connector.walk import Report, Walk, stay_with_the_crm

log = logging.getLogger(__name__)

SERVICE = "partnercentral-selling"
AWAITED_FOR = timedelta(hours=24)


def sync(walk: Walk, selection: Selection, *, command: str = "sync", wait: float = 0.0) -> Report:
    """Bring the CRM up to what ``walk.source`` lists. Raises LockHeld when another run is at it, and
    ConfigurationError when the mapping does not fit the CRM; every other trouble is in the report."""
    with telemetry.run(command, walk.tenant) as told, walk.ledger.lock(wait, walk.sleep):
        objects = describe(walk)
        number = walk.ledger.start_run(command, walk.clock(), complete=selection.complete)
        reviewed_for = timedelta() if command == "backfill" else REVIEWED_FOR
        run = _Run(walk, objects, number, told, reviewed_for)
        with run.closing(whole=selection.whole):
            take_up_jobs(walk)
            for batch in run.mapped(selection):  # 1 fetch, 2 invitation, 3 map
                run.settle(batch)  # 4 match, 5 plan, 6 apply, 7 record
            _stop_when_asked(walk)
        return run.report


def apply_plan(walk: Walk, plans: Sequence[Plan], *, check: Callable[[], None], wait: float = 0.0) -> Report:
    """Write exactly what ``plans`` show, once ``check`` has not raised that the ground below them has moved:
    it is asked while no other run can move it."""
    with telemetry.run("apply", walk.tenant) as told, walk.ledger.lock(wait, walk.sleep):
        objects = describe(walk)
        check()
        run = _Run(walk, objects, walk.ledger.start_run("apply", walk.clock()), told)
        with run.closing():
            take_up_jobs(walk)
            for batch in batched(plans, walk.batch_size):
                run.write(batch)
                _stop_when_asked(walk)
        return run.report


def _stop_when_asked(walk: Walk) -> None:
    if walk.stop.is_set():
        raise Interrupted("interrupted", hint="what was done is recorded: run again to go on")


def describe(walk: Walk) -> Mapping[str, ObjectMeta]:
    """The metadata of the mapping's objects, after a check that the mapping fits them. The walk goes on with
    the mapping without those optional fields that the CRM does not have."""
    names = {rule.object for rule in walk.mapping.records}
    objects = walk.attempt("describe", lambda: walk.crm.describe(names))
    stay_with_the_crm(walk)
    findings = [finding for finding in check(walk.mapping, objects, None) if finding.severity == "error"]
    if not all(finding.alone for finding in findings):
        raise ConfigurationError("the mapping does not fit the CRM", findings)
    for finding in findings:
        log.warning("%s", finding)
    _warn_of_absent(walk, objects)
    walk.mapping = fitted(walk.mapping, objects)
    return objects


def _warn_of_absent(walk: Walk, objects: Mapping[str, ObjectMeta]) -> None:
    lacking = absent(walk.mapping, objects)
    if lacking:
        log.warning(
            "the CRM lacks %s: they are left out, and a record whose key field is among them is known by the"
            " ledger and its title alone; `crm-connector %s fields` shows how to add them",
            ", ".join(lacking),
            walk.crm.name,
        )


class Batch(NamedTuple):
    """What came of a stretch of the listing: entries ``without`` an invitation, those that have ``arrived``,
    and, by invitation id, the records desired."""

    without: list[Arrival]
    arrived: list[tuple[Invitation, Listed]]
    desired: dict[str, list[Desired]]


class _Run:
    """One run in progress."""

    def __init__(
        self,
        walk: Walk,
        objects: Mapping[str, ObjectMeta],
        run_id: int,
        told: telemetry.Run,
        reviewed_for: timedelta = REVIEWED_FOR,
    ) -> None:
        self.walk = walk
        self.told = told
        self.objects = objects
        self.report = Report(run_id)
        self.finder = Finder(walk.crm, walk.ledger, walk.mapping, walk.attempt, run_id)
        self.engaged = walk.ledger.engaged()
        self.order = [rule.name for rule in walk.mapping.records]
        self.allowance = walk.limits.allowance(walk.ledger.known_records())
        self.reviewed_for = reviewed_for

    def mapped(self, selection: Selection) -> Iterator[Batch]:
        """Stages 1 to 3, a batch at a time."""
        for batch in batched(self.arrivals(selection), self.walk.batch_size, self.walk.batch_seconds):
            arrived = [(arrival.invitation, arrival.listed) for arrival in batch if arrival.invitation]
            desired = {invitation.id: mapped(invitation, self.walk.mapping) for invitation, _ in arrived}
            yield Batch([arrival for arrival in batch if not arrival.invitation], arrived, desired)

    def arrivals(self, selection: Selection) -> Iterator[Arrival]:
        """Stages 1 and 2: what the source lists, each entry with its invitation where that is due."""
        reach = Reach(self.walk.source.get)

        def known(page: Sequence[Listed]) -> list[Seen | None]:
            found = self._known(page)
            reach.listed(page, found)
            return found

        def fetching() -> bool:
            return not (self.report.error or reach.error or self.walk.stop.is_set())

        try:
            for arrival in arrivals(self.walk.source, selection, known, fetching, reach.hear):
                if self.walk.stop.is_set():
                    return
                self.report.error = self.report.error or reach.error
                yield arrival
            self.report.error = self.report.error or reach.denied()
        except Interrupted:
            if not self.walk.stop.is_set():
                raise

    def _known(self, page: Sequence[Listed]) -> list[Seen | None]:
        """What the ledger knows of entries that need no get: done with, and not changed since."""
        seen = self.walk.ledger.seen([listed.id for listed in page])
        fingerprint, now = self.walk.mapping.fingerprint, self.walk.clock()
        return [
            known_unless_due(listed, seen.get(listed.id), fingerprint, now, self.reviewed_for)
            for listed in page
        ]

    def settle(self, batch: Batch) -> None:
        """Stages 4 to 7 for one batch: every arrival ends in exactly one outcome."""
        unplanned = [self._unplanned(arrival) for arrival in batch.without]
        with self._failing(list(batch.desired), unplanned):
            known = self.finder.find(batch.desired, self.objects)
        plans = [plan(invitation, listed, batch.desired, known) for invitation, listed in batch.arrived]
        for waiting in plans:
            self._keep_asking(waiting)
        self.write(plans, unplanned)

    def write(self, plans: Sequence[Plan], unplanned: Sequence[Outcome] = ()) -> None:
        """Stages 6 and 7: apply ``plans`` as far as the limits allow, and record what came of them."""
        allowed, left = self.allowance.split(plans)
        ledger = self.walk.ledger
        with self._failing([plan.invitation_id for plan in plans], unplanned):
            entry = ledger.journal(self.report.run_id, allowed)
            applied, broken = apply_plans(allowed, self._send, self.order)
            if broken is None:
                self._link_back(applied)
            else:  # whether the call that broke off has landed nobody knows, so the journal's entry stays
                self.report.error, entry = broken, None
            outcomes = [*unplanned, *applied, *(self._left(plan.invitation_id) for plan in left)]
            self._record(outcomes, entry)
            if self.walk.budget:
                ledger.save_reads(self.walk.budget.unsaved())
        for outcome in outcomes:
            self._end(outcome)
        if broken is not None:
            raise broken

    def _record(self, outcomes: Sequence[Outcome], entry: int | None) -> None:
        run_id, fingerprint = self.report.run_id, self.walk.mapping.fingerprint
        self.walk.ledger.record(run_id, outcomes, fingerprint, entry, self.walk.clock())

    def _keep_asking(self, plan: Plan) -> None:
        """What AWS still owes is asked for at every run, for a day: it does not come later than that."""
        if plan.awaits:
            now, before = self.walk.clock(), self.engaged.get(plan.invitation_id)
            plan.since = before.since if before and before.since else now
            if now - plan.since < AWAITED_FOR:
                plan.summary_digest = ""

    def _link_back(self, outcomes: Sequence[Outcome]) -> None:
        """Tell AWS which records its opportunities are. What it does not take is said, and tried again at the
        next run; the records are written, whatever happens here, and that is to be recorded."""
        link, errors = self.walk.link, list[ConnectorError]()
        for outcome in outcomes:
            record = outcome.links.get(link.rule) if link else None
            if link is None or record is None or outcome.plan is None or not outcome.plan.opportunity:
                continue
            try:
                if not _is_away(errors):
                    link.write(outcome.plan.opportunity, record[1])
                    errors.clear()
                    continue
            except (ServiceError, Interrupted) as error:
                errors.append(error)
            outcome.warnings.append(f"not linked at AWS: {errors[-1].reason()}")
            outcome.plan.summary_digest = ""

    def _send(self, writes: Sequence[Write]) -> Iterator[WriteResult]:
        return send(self.walk, writes, self.report.run_id)

    def _unplanned(self, arrival: Arrival) -> Outcome:
        """The outcome of an entry that was not due, could not be had, or came after the run had to stop."""
        id_, error = arrival.listed.id, arrival.error
        if isinstance(arrival.known, Seen):
            if arrival.known.outcome is Kind.REVIEW:
                return Outcome(id_, Kind.REVIEW, arrival.known.reason)
            return Outcome(id_, Kind.UNCHANGED)
        if error is None:
            return self._left(id_)
        if isinstance(error, NotFoundError):
            was_listed = bool(arrival.listed.digest)
            return Outcome(id_, *((Kind.SKIPPED, VANISHED) if was_listed else (Kind.FAILED, NOT_THERE)))
        return Outcome(id_, Kind.FAILED, error.reason())

    def _left(self, invitation_id: str) -> Outcome:
        if self.report.error is None:
            self.report.error = LimitReached(
                f"stopped before writing to more existing records than allowed: {self.allowance.reason}",
                hint="look at what is left with `crm-connector plan`; `sync --force` does it",
            )
        self.report.left.append(invitation_id)
        return Outcome(invitation_id, Kind.FAILED, f"not done: {self.report.error.message}")

    def _end(self, outcome: Outcome) -> None:
        self.report.counts[outcome.kind] += 1
        self.report.warned += bool(outcome.warnings)
        self.walk.watch(outcome)

    @contextlib.contextmanager
    def _failing(self, ids: Sequence[str], unplanned: Sequence[Outcome]) -> Iterator[None]:
        """When the CRM is gone for good, or the run is to stop while it waits for it, the batch in hand has
        failed, and counts, before the run ends."""
        try:
            yield
        except (ServiceError, Interrupted) as error:
            self.report.error = error  # so that nothing more is fetched meanwhile
            outcomes = [*unplanned, *(Outcome(id_, Kind.FAILED, error.reason()) for id_ in ids)]
            for outcome in outcomes:
                self._end(outcome)
            with contextlib.suppress(ServiceError):  # of the ledger, should that be what is gone
                self._record(outcomes, None)
            raise

    @contextlib.contextmanager
    def closing(self, *, whole: bool = False) -> Iterator[None]:
        """Close the run in the ledger, however it ends; what ended it early goes into the report. ``whole``:
        it was to plan every invitation anew."""
        started = time.monotonic()
        report, walk = self.report, self.walk
        try:
            yield
        except (ServiceError, Interrupted) as error:
            report.error = error
        finally:
            report.seconds = time.monotonic() - started
            report.calls = {SERVICE: dict(walk.source.calls()), walk.crm.name: dict(walk.crm.calls())}
            if walk.budget:
                walk.ledger.save_reads(walk.budget.unsaved())
            stopped = report.error is not None or sys.exc_info()[0] is not None
            counts = {kind.value: count for kind, count in report.counts.items()}
            note = report.error.message if report.error else ""
            state: Literal["stopped", "done"] = "stopped" if stopped else "done"
            whole = whole and not report.counts[Kind.FAILED]
            report.waits = self.told.waits()
            walk.ledger.finish_run(
                report.run_id, walk.clock(), state, counts, report.calls, report.waits, note, whole=whole
            )
            left = walk.budget.left() if walk.budget else None
            rehearsed = not report.run_id
            self.told.ended(telemetry.Ended(state, report.seconds, counts, report.calls, left, rehearsed))


def _is_away(errors: Sequence[ConnectorError]) -> bool:
    """Whether more calls would end like the latest ones, whose ``errors`` these are."""
    ended = errors and not isinstance(errors[-1], (RefusedError, TransientError))
    return bool(ended) or [type(error) for error in errors[-3:]] == [TransientError] * 3
