"""Writes on their way to the CRM: in calls of as many as it takes, or as one job where there are many.

A call whose answer was lost is sent again, which the records' keys make harmless; of a call that landed in
part, only the records that the CRM wants again.
"""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from functools import partial

from connector.crm.base import BulkCrm, Crm, Job
from connector.errors import Interrupted, NotFoundError, TransientError
from connector.fetch.arrivals import batched
from connector.records import Write, WriteResult
from connector.walk import Walk

log = logging.getLogger(__name__)

TRIES = 3  # of a call that the CRM breaks at, before fewer records are tried
GONE = 3  # records in a row, each by itself, that it breaks at, while nothing passes: then it is gone
POLL = (2.0, 30.0)  # seconds between two looks at a job: at first, and at most


def send(walk: Walk, writes: Sequence[Write], run_id: int) -> Iterator[WriteResult]:
    """Write records of one object; results in the same order, as they come. Raises what ends a run:
    ServiceError when the CRM is gone or refuses everything, Interrupted while a job is waited for."""
    crm = walk.crm
    if not isinstance(crm, BulkCrm) or len(writes) <= crm.bulk_from:
        yield from _call_by_call(walk, crm, writes)
        return
    results: dict[int, WriteResult] = {}
    for kind, places in _by_kind(crm, writes):
        part = [writes[place] for place in places]
        if kind and len(part) > crm.batch_size:
            landed = _in_bulk(walk, crm, kind, part, run_id)
        else:
            landed = list(_call_by_call(walk, crm, part))
        results.update(zip(places, landed, strict=True))
    yield from (results[place] for place in range(len(writes)))


def _by_kind(crm: BulkCrm, writes: Sequence[Write]) -> Iterator[tuple[str, list[int]]]:
    kinds: dict[str, list[int]] = defaultdict(list)
    for place, write in enumerate(writes):
        kinds[crm.bulk_kind(write)].append(place)
    yield from kinds.items()


def _call_by_call(walk: Walk, crm: Crm, writes: Sequence[Write]) -> Iterator[WriteResult]:
    for chunk in batched(writes, crm.batch_size):
        yield from _call(walk, crm, chunk)


def _call(walk: Walk, crm: Crm, writes: Sequence[Write]) -> list[WriteResult]:
    """One call; where the CRM breaks at it, one for each half, until what it breaks at is alone or it turns
    out to break at whatever it is given."""
    object, broken = writes[0].object, walk.broken
    results: dict[int, WriteResult] = {}
    pending = deque(batched(range(len(writes)), broken.most.get(object, len(writes))))
    alone: list[int] = []
    passed: list[int] = []  # how many at once
    split = False
    while pending:
        places = pending.popleft()
        part = [writes[place] for place in places]
        try:
            landed = _tried(walk, crm, part, TRIES)
        except TransientError as error:
            if not error.fewer:
                raise
            if len(places) > 1:
                split, half = True, len(places) // 2
                # The other half comes after all that waits: what is broken lies close together, and where the
                # CRM is gone, records from all over say so soon.
                pending.appendleft(places[:half])
                pending.append(places[half:])
                continue
            broken.alone += 1
            if passed or broken.alone < GONE:
                alone += places
                continue
            landed = _tried(walk, crm, part)
        results.update(zip(places, landed, strict=True))
        passed.append(len(places))
        broken.alone = 0
    for place in alone:
        results[place] = _last_try(walk, crm, writes[place], patient=not passed)
    if split and passed and not alone:
        broken.most[object] = max(passed)
    return [results[place] for place in range(len(writes))]


def _last_try(walk: Walk, crm: Crm, write: Write, *, patient: bool) -> WriteResult:
    """Of a record that the CRM broke at when it was alone, which may have been an outage that is over.
    ``patient``: it may last."""
    try:
        return _tried(walk, crm, [write], None if patient else 1)[0]
    except TransientError as error:
        if not error.fewer:
            raise
        said = f"the CRM breaks at it ({error.code}): an administrator can see why, in its triggers and flows"
        return WriteResult(error=said, code=error.code)


class _Breaks(Exception):
    """A call that the CRM broke at as often as is worth the wait."""


def _tried(walk: Walk, crm: Crm, writes: Sequence[Write], tries: int | None = None) -> list[WriteResult]:
    """One call, and again for those of its records that are worth it; what they end with then is final. One
    that the CRM breaks at is tried ``tries`` times; None: as often as the retry policy has it."""
    results: dict[int, WriteResult] = {}
    broke: list[TransientError] = []

    def attempt() -> None:
        places = [place for place in range(len(writes)) if place not in results or results[place].again]
        try:
            landed = crm.write([writes[place] for place in places])
        except TransientError as error:
            broke.extend([error] if error.fewer else [])
            if len(broke) == tries:
                raise _Breaks from error
            raise
        results.update(zip(places, landed, strict=True))
        again = [result for result in landed if result.again]
        if again:
            message = f"{len(again)} of {len(landed)} records are to be sent again"
            raise TransientError(message, service=crm.name, operation="write", code=again[0].code)

    try:
        walk.attempt("write", attempt)
    except (TransientError, _Breaks) as error:
        if len(results) < len(writes):  # not one answer: the CRM is gone, not a record's moment
            raise broke[-1] if isinstance(error, _Breaks) else error from None
    return [results[place] for place in range(len(writes))]


# -- jobs


def _in_bulk(walk: Walk, crm: BulkCrm, kind: str, writes: Sequence[Write], run_id: int) -> list[WriteResult]:
    job = walk.attempt("bulk job", partial(_hand_in, walk, crm, kind, writes, run_id))
    log.info("%s: %d records of %s handed in as job %s", crm.name, len(writes), writes[0].object, job)
    state = _await(walk, crm, job)
    results = walk.attempt("bulk results", lambda: crm.job_results(job, kind, writes))
    walk.ledger.forget_job(job)
    if state.failed:
        log.warning("%s: job %s failed: %s", crm.name, job, state.failed)
    again = [place for place, result in enumerate(results) if result.again]
    for place, result in zip(
        again, _call_by_call(walk, crm, [writes[place] for place in again]), strict=True
    ):
        results[place] = result
    return results


def _hand_in(walk: Walk, crm: BulkCrm, kind: str, writes: Sequence[Write], run_id: int) -> str:
    """A job, begun; its id is in the ledger before anything is sent. One that failed to begin is withdrawn:
    whether the CRM has its records nobody can tell, and they go by another."""
    job = crm.open_job(kind, writes)
    walk.ledger.remember_job(job, writes[0].object, run_id)
    try:
        crm.hand_in(job, kind, writes)
    except TransientError:
        if _withdrawn(walk, crm, job):
            raise
    return job


def _withdrawn(walk: Walk, crm: BulkCrm, job: str) -> bool:
    """Whether a job was withdrawn; if it was not, it has begun after all, or its answer was lost again."""
    if walk.attempt("bulk job", lambda: crm.job(job)).open:
        walk.attempt("bulk job", lambda: crm.withdraw(job))
        walk.ledger.forget_job(job)
        return True
    return False


def _await(walk: Walk, crm: BulkCrm, job: str) -> Job:
    """The job, done. Raises Interrupted when the run is to stop: the job goes on, and its id is kept."""
    pause, longest = POLL
    while True:
        state = walk.attempt("bulk job", lambda: crm.job(job))
        if state.done:
            return state
        log.info("%s: job %s: %d records so far", crm.name, job, state.processed)
        if walk.sleep(pause) is True:
            raise Interrupted(f"interrupted: {crm.name} goes on with job {job}", hint="run again to go on")
        pause = min(pause * 1.5, longest)


def take_up_jobs(walk: Walk) -> None:
    """Bring to their end the jobs that killed or interrupted runs have left: those that have begun are
    awaited, so that what they write is found and not sent twice; those that have not are withdrawn."""
    crm = walk.crm
    if not isinstance(crm, BulkCrm):
        return
    for job, object_, run_id in walk.ledger.jobs():
        try:
            if not _withdrawn(walk, crm, job):
                log.warning("run %d left job %s (%s) with %s: waiting for it", run_id, job, object_, crm.name)
                _await(walk, crm, job)
        except NotFoundError:
            log.info("%s has forgotten job %s of run %d", crm.name, job, run_id)
        walk.ledger.forget_job(job)
