"""How the queue of tenants' jobs stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import procrastinate

from connector.distributed.queue import check_set_up


@dataclass(frozen=True, slots=True)
class QueueStanding:
    """``jobs``: how many, by task and state: *due*, *later* (to be tried again, or not yet its time),
    *doing*, *failed* (given up, kept for a week). ``oldest_due``: for how many seconds the job that has
    waited longest has been due; 0 when none is. ``workers`` that were heard of lately."""

    jobs: Mapping[tuple[str, str], int]
    oldest_due: float
    workers: int


_JOBS = (
    "SELECT task_name, CASE WHEN status <> 'todo' THEN status::text"
    " WHEN scheduled_at > now() THEN 'later' ELSE 'due' END AS state, count(*) AS jobs"
    " FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') GROUP BY 1, 2 ORDER BY 1, 2"
)
# A job that was given no time has been due since it was put in.
_OLDEST = (
    "SELECT extract(epoch FROM now() - min(coalesce(job.scheduled_at, event.at)))::float AS seconds"
    " FROM procrastinate_jobs job LEFT JOIN procrastinate_events event"
    " ON event.job_id = job.id AND event.type = 'deferred'"
    " WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())"
)
_WORKERS = (
    "SELECT count(*) AS workers FROM procrastinate_workers"
    " WHERE last_heartbeat > now() - %(seconds)s * interval '1 second'"
)


async def standing(app: procrastinate.App, silent_for: float) -> QueueStanding:
    """How the queue stands. Workers count that were heard of within ``silent_for`` seconds. Raises UsageError
    when it was not set up."""
    await check_set_up(app)
    jobs = await app.connector.execute_query_all_async(_JOBS)
    oldest = await app.connector.execute_query_one_async(_OLDEST)
    workers = await app.connector.execute_query_one_async(_WORKERS, seconds=silent_for)
    return QueueStanding(
        {(row["task_name"], row["state"]): row["jobs"] for row in jobs},
        max(0.0, oldest["seconds"] or 0.0),
        workers["workers"],
    )
