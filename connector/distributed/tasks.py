"""What can be put into the queue, and what a worker then does.

A tenant's jobs have its name for a ``lock``: one of them runs at a time, whoever runs it. The
``queueing_lock`` says what a job does, so that of those that would do the same one waits at most.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import procrastinate
from procrastinate.jobs import JobDeferrer

from connector import tenancy
from connector.cli.fleet import Ended, Job, done_by
from connector.cli.options import Options
from connector.config import tenant_names
from connector.crew import Crew
from connector.distributed.queue import QUEUE, NotDone, Strategy, defer, waiting
from connector.errors import ConnectorError, ExitCode, UsageError

log = logging.getLogger(__name__)

# Of a tenant's jobs: an event is for somebody who waits, and a backfill gives way to both.
EVENT, SYNC, BACKFILL = 10, 0, -10
FIRST = 100
KEPT_HOURS = 24 * 7  # jobs that have failed
LONGEST_ID = 255  # characters, as AWS has it; an index of the queue takes no much longer ones
_KEY = "station"


@dataclass(frozen=True, slots=True)
class Station:
    """What a worker works with. ``every_minutes`` is how often a tenant is synced."""

    options: Options
    crew: Crew[Job, Ended]
    threads: Executor
    every_minutes: int

    def context(self) -> dict[str, Any]:
        """For Procrastinate's ``additional_context``."""
        return {_KEY: self}

    async def do(self, tenant: str, command: str, **chosen: Any) -> dict[str, Any]:
        """Sync a tenant's invitations in a process of its own. Raises NotDone."""
        job = Job(replace(self.options, tenant=tenant), chosen, command)
        ended = await asyncio.get_running_loop().run_in_executor(self.threads, done_by, self.crew, job)
        if ended.code not in (ExitCode.DONE, ExitCode.ATTENTION):
            raise NotDone(ended)
        summary = {"run": ended.run, "exit_code": int(ended.code), "counts": ended.counts}
        log.info("%s: %s", command, ended.counts or "nothing listed", extra={**summary, "tenant": tenant})
        return summary


def register(app: procrastinate.App) -> None:
    """Make the tasks known to ``app``."""
    for name, function in (
        ("sync_tenant", _sync_tenant),
        ("backfill_window", _backfill_window),
        ("handle_event", _handle_event),
    ):
        app.task(name=name, queue=QUEUE, pass_context=True, retry=Strategy())(function)
    # Each minute's is done however late it comes: every tenant has its own minute.
    tick = app.task(name="schedule", queue=QUEUE, pass_context=True, priority=FIRST)(_schedule)
    app.periodic(cron="* * * * *")(tick)
    tidy = app.task(name="tidy", queue=QUEUE, pass_context=True, priority=FIRST)(_tidy)
    app.periodic(cron="29 3 * * *")(tidy)


async def _sync_tenant(context: procrastinate.JobContext, *, tenant: str) -> dict[str, Any]:
    return await _station(context).do(tenant, "sync")


async def _backfill_window(
    context: procrastinate.JobContext, *, tenant: str, since: str, until: str
) -> dict[str, Any]:
    window = {"since": datetime.fromisoformat(since), "until": datetime.fromisoformat(until)}
    return await _station(context).do(tenant, "backfill", **window)


async def _handle_event(context: procrastinate.JobContext, *, tenant: str, invitation: str) -> dict[str, Any]:
    return await _station(context).do(tenant, "events", ids=(invitation,))


async def _schedule(context: procrastinate.JobContext, timestamp: int) -> int:
    """Every minute: put the tenants into the queue whose minute it is."""
    station, app = _station(context), context.app
    try:
        names = await asyncio.to_thread(tenant_names, station.options.config)
    except ConnectorError as error:
        found = [error.message, *map(str, getattr(error, "findings", ()))]
        log.error("the tenants are not known: %s", "; ".join(found))  # the next minute tries again
        return 0
    due = [name for name in names if is_due(name, timestamp, station.every_minutes)]
    jobs = list(_sync_jobs(app, due))
    queued = await waiting(app, [str(job.job.queueing_lock) for job in jobs])
    return await defer([job for job in jobs if job.job.queueing_lock not in queued])


def _sync_jobs(app: procrastinate.App, names: Iterable[str]) -> Iterator[JobDeferrer]:
    for name in names:
        try:
            yield sync_job(app, name)
        except ConnectorError as error:  # a name that is none, which is no other tenant's fault
            log.error("%s", error.message)


async def _tidy(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001 - periodic
    """Every night: forget what has failed long ago."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


def _station(context: procrastinate.JobContext) -> Station:
    station: Station = context.additional_context[_KEY]
    return station


def is_due(tenant: str, timestamp: int, every_minutes: int) -> bool:
    """Whether a tenant is to be synced in the minute of ``timestamp`` (seconds since the epoch). Its name
    says in which of every so many minutes that is, so that many tenants do not come all at once."""
    return timestamp // 60 % every_minutes == int(tenancy.jitter(tenant, every_minutes))


def sync_job(app: procrastinate.App, tenant: str) -> JobDeferrer:
    """A sync of all that a tenant's config selects."""
    return _job(app, "sync_tenant", tenant, SYNC)


def event_job(app: procrastinate.App, tenant: str, invitation: str) -> JobDeferrer:
    """A sync of one invitation, of which an event has told. Raises UsageError for what cannot be its id."""
    if not 0 < len(invitation) <= LONGEST_ID:
        message = f"{invitation[:60]!r} ({len(invitation):,} characters) is no id of an invitation"
        raise UsageError(message, hint="it is like engi-0123456789abc")
    return _job(app, "handle_event", tenant, EVENT, invitation=invitation)


def backfill_jobs(
    app: procrastinate.App, tenant: str, since: datetime, until: datetime, days: int
) -> Iterator[JobDeferrer]:
    """Syncs of what was invited from ``since`` to before ``until`` (aware), ``days`` at a time."""
    for first, last in windows(since, until, days):
        yield _job(
            app,
            "backfill_window",
            tenant,
            BACKFILL,
            since=first.astimezone(UTC).isoformat(),
            until=last.astimezone(UTC).isoformat(),
        )


def windows(since: datetime, until: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
    """The time from ``since`` to ``until``, cut so that each piece begins where the one before it ends."""
    each = timedelta(days=days)
    while since < until:
        following = since + each if until - since > each else until
        yield since, following
        since = following


def _job(app: procrastinate.App, task: str, tenant: str, priority: int, **arguments: str) -> JobDeferrer:
    tenancy.check_name(tenant)
    same = ":".join((task, tenant, *arguments.values()))
    return app.tasks[task].configure(
        lock=tenant,
        queueing_lock=same,
        priority=priority,
        task_kwargs={"tenant": tenant, **arguments},
    )
