"""The queue: Procrastinate's tables in a database, and what we need it to do otherwise."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import procrastinate
import psycopg
from procrastinate import exceptions
from procrastinate.jobs import Job, JobDeferrer, Status
from procrastinate.manager import JobManager

from connector.cli.fleet import Ended
from connector.database import conninfo
from connector.distributed.backoff import again
from connector.errors import ExitCode, ServiceError, UsageError

log = logging.getLogger(__name__)

QUEUE = "crm"
SILENT = 3  # heartbeats that a worker misses before it is taken for dead
AWAY = (exceptions.ConnectorException, psycopg.Error)  # what is raised when the database does not answer


class NotDone(Exception):
    """A job that has to be done again, or has failed for good: ``ended`` says why."""

    def __init__(self, ended: Ended) -> None:
        super().__init__(f"exit code {int(ended.code)}: {ended.message}")
        self.ended = ended


class Strategy(procrastinate.BaseRetryStrategy):
    """Tries again by the exit code of a run."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> procrastinate.RetryDecision | None:
        ended = exception.ended if isinstance(exception, NotDone) else None
        code = ended.code if ended else ExitCode.BUG
        at = when(code, job.attempts, ended.retry_at if ended else None)
        return procrastinate.RetryDecision(retry_at=at) if at else None


def when(code: ExitCode, attempts: int, retry_at: datetime | None = None) -> datetime | None:
    share = random.random()  # noqa: S311 - no secret
    return again(code, attempts, datetime.now(UTC), share, retry_at)


class Manager(JobManager):
    """Jobs of one ``queueing_lock`` do the same: a job that is to be tried again while another waits with its
    lock leaves the work to that one. (Procrastinate's own would fail to store it, and leave the job marked as
    running for as long as its worker lives, with all others of the tenant behind it.)

    Procrastinate's worker sends no heartbeats while it finishes its last jobs: ``beat`` does."""

    _worker: int | None = None

    async def register_worker(self) -> int:
        self._worker = await super().register_worker()
        return self._worker

    async def beat(self) -> None:
        """Say that the worker of this process, if there is one, is alive."""
        if self._worker is not None:
            await self.update_heartbeat(self._worker)

    async def retry_job(self, job: Job, *args: Any, **kwargs: Any) -> None:
        try:
            await _heard(job, partial(super().retry_job, job, *args, **kwargs))
        except exceptions.UniqueViolation:
            log.info("%s: another waits to do the same", job.call_string)
            await self.finish_job(job, status=Status.FAILED, delete_job=True)

    async def finish_job(self, job: Job, *args: Any, **kwargs: Any) -> None:
        await _heard(job, partial(super().finish_job, job, *args, **kwargs))


async def _heard(job: Job, say: Callable[[], Awaitable[None]]) -> None:
    """Say how a job has ended until the database has heard it: one that it has not heard of would count as
    running for as long as its worker lives. After a minute its heartbeat is not heard either."""
    for wait in (0, 1, 2, 5, 10, 20):
        await asyncio.sleep(wait)
        try:
            return await say()
        except exceptions.ConnectorException as error:
            if isinstance(error.__cause__, psycopg.errors.RaiseException):
                # Or heard it, and the answer was lost.
                log.info("%s was taken up by another worker, which has said so", job.call_string)
                return None
            if not isinstance(error.__cause__, psycopg.OperationalError):
                raise
            failure = error
    raise failure


class Queue(procrastinate.App):
    job_manager: Manager


def open_queue(url: str) -> Queue:
    """The queue in the database at ``url``; a context, sync and async. Raises ConfigurationError when that is
    no PostgreSQL."""
    pool: dict[str, Any] = {"min_size": 1, "max_size": 6, "timeout": 15.0}
    pool["conninfo"] = conninfo(url, "distributed.url")[0]
    app = Queue(connector=procrastinate.PsycopgConnector(**pool))
    app.job_manager = Manager(app.connector)
    return app


async def check_answers(url: str) -> None:
    """Raise psycopg.Error soon when the database does not answer: a worker would wait for it."""
    target = conninfo(url, "distributed.url")[0]
    async with await psycopg.AsyncConnection.connect(target, connect_timeout=10):
        pass


async def set_up(app: procrastinate.App, schema: str) -> bool:
    """Make Procrastinate's tables, in ``schema`` if one is named, where there are none; whether there were
    none."""
    if await is_set_up(app):
        return False
    if schema:  # of letters, digits, _ and -, as conninfo() has seen to
        await app.connector.execute_query_async(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    await app.schema_manager.apply_schema_async()
    return True


async def is_set_up(app: procrastinate.App) -> bool:
    query = "SELECT to_regclass('procrastinate_jobs') IS NOT NULL AS there"
    return bool((await app.connector.execute_query_one_async(query))["there"])


async def check_set_up(app: procrastinate.App) -> None:
    """Raise UsageError unless the queue's tables are there."""
    if not await is_set_up(app):
        raise UsageError("the queue's tables are not there", hint="`crm-connector worker setup` makes them")


async def waiting(app: procrastinate.App, locks: Sequence[str]) -> set[str]:
    """Which of these queueing locks a waiting job holds."""
    query = (
        "SELECT queueing_lock FROM procrastinate_jobs"
        " WHERE status = 'todo' AND queueing_lock = ANY(%(locks)s)"
    )
    rows = await app.connector.execute_query_all_async(query, locks=list(locks))
    return {row["queueing_lock"] for row in rows}


async def due(app: procrastinate.App) -> set[int]:
    """The ids of the jobs whose time has come, those that wait for another of their tenant's too."""
    query = (
        "SELECT id FROM procrastinate_jobs WHERE status = 'todo'"
        " AND (scheduled_at IS NULL OR scheduled_at <= now())"
    )
    return {row["id"] for row in await app.connector.execute_query_all_async(query)}


async def defer(jobs: Iterable[JobDeferrer]) -> int:
    """Put jobs into the queue, but for those that do what a waiting one will do; how many were put."""
    deferred = 0
    for job in jobs:
        try:
            await job.defer_async()
            deferred += 1
        except exceptions.AlreadyEnqueued:
            log.debug("%s waits already", job.job.queueing_lock)
    return deferred


async def take_up(app: procrastinate.App, silent_for: float) -> int:
    """Put back the jobs of workers that have given no sign of life for so many seconds; how many."""
    taken = 0
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent_for):
        at = when(ExitCode.BUG, job.attempts)
        if at is None:
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
            log.error("%s has lost its worker too often: given up", job.call_string)
        else:
            # The first time at once: the worker's machine may have gone, and that is not the job's fault.
            await app.job_manager.retry_job(job, retry_at=at if job.attempts else None)
            log.warning("%s has lost its worker: taken up again", job.call_string)
        taken += 1
    return taken


def unreachable(error: Exception) -> ServiceError:
    """For a queue's database that does not do what it is asked."""
    return ServiceError(
        f"the queue's database does not answer ({type(error.__cause__ or error).__name__})",
        service="queue",
        hint="check distributed.url, and that PostgreSQL is running",
    )
