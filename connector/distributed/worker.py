"""A worker: takes jobs out of the queue, and has each done in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import procrastinate
import psycopg
from procrastinate import exceptions

from connector.cli.fleet import Ended, Job, work
from connector.cli.options import Options
from connector.crew import Crew
from connector.distributed.queue import (
    AWAY,
    QUEUE,
    SILENT,
    Queue,
    check_set_up,
    due,
    open_queue,
    take_up,
    unreachable,
)
from connector.distributed.tasks import Station, register
from connector.sections import DistributedSettings

log = logging.getLogger(__name__)


def run(options: Options, url: str, settings: DistributedSettings, concurrency: int, *, once: bool) -> bool:
    """Do jobs, ``concurrency`` at a time, until SIGINT or SIGTERM; with ``once``, until there is none to
    take. A signal ends what is under way after the batch in hand, and others take it up. Gives whether a
    signal came. Raises UsageError when the queue was not set up, ServiceError when its database does not
    answer."""
    with (
        Crew(work, concurrency) as crew,
        ThreadPoolExecutor(concurrency + 1, thread_name_prefix="job") as threads,
    ):
        station = Station(options, crew, threads, settings.every_minutes)
        try:
            return asyncio.run(_run(station, url, settings, concurrency, once))
        except AWAY as error:
            raise unreachable(error) from None


async def _run(
    station: Station, url: str, settings: DistributedSettings, concurrency: int, once: bool
) -> bool:
    app = open_queue(url)
    register(app)
    async with app.open_async(), _taking_up(app, settings.heartbeat_seconds):
        working = asyncio.ensure_future(_work(app, station, settings, concurrency, once))
        with _stopping(working, station.crew):
            try:
                await working
            except asyncio.CancelledError:
                return True
    return False


async def _work(
    app: procrastinate.App, station: Station, settings: DistributedSettings, concurrency: int, once: bool
) -> None:
    before: set[int] = set()
    while True:
        try:
            await app.run_worker_async(
                queues=[QUEUE],
                concurrency=concurrency,
                wait=not once,
                install_signal_handlers=False,
                delete_jobs="successful",
                additional_context=station.context(),
                update_heartbeat_interval=settings.heartbeat_seconds,
                stalled_worker_timeout=settings.heartbeat_seconds * SILENT,
                fetch_job_polling_interval=settings.poll_seconds,
            )
        except exceptions.ConnectorException as error:
            # It took a job in the name of a worker whose row another has removed.
            if not isinstance(error.__cause__, psycopg.errors.ForeignKeyViolation):
                raise
            log.warning("this worker was taken for dead, since nothing was heard of it: it begins anew")
            continue
        # It leaves where each job that is left waits for another of its tenant, which has come to its end.
        left = await due(app)
        if once and (not left or left == before):
            return
        before = left


@contextlib.asynccontextmanager
async def _taking_up(app: Queue, heartbeat: float) -> AsyncIterator[None]:
    """While inside, this worker is known to be alive, and what dead ones have left is put back into the
    queue."""
    await check_set_up(app)

    async def look() -> None:
        while True:
            try:
                await app.job_manager.beat()
                await take_up(app, heartbeat * SILENT)
            except AWAY as error:
                log.warning("%s", unreachable(error).message)
            await asyncio.sleep(heartbeat)

    looking = asyncio.ensure_future(look())
    try:
        yield
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking


@contextlib.contextmanager
def _stopping(working: asyncio.Future[None], crew: Crew[Job, Ended]) -> Iterator[None]:
    """While inside, the first signal has jobs end after the batch in hand, the second at once."""
    loop = asyncio.get_running_loop()
    signals: list[int] = []

    def handle(number: int) -> None:
        signals.append(number)
        name = signal.Signals(number).name
        if len(signals) == 1:
            log.warning("%s: finishing the batches in hand; again to stop at once", name)
            working.cancel()
            loop.run_in_executor(None, crew.stop)
        else:
            loop.run_in_executor(None, crew.kill)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, handle, number)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
