"""A worker: takes jobs out of the queue, and has each done in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from procrastinate import exceptions
from procrastinate.worker import Worker

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
from connector.errors import ExitCode
from connector.sections import DistributedSettings

log = logging.getLogger(__name__)

LEAVING = 5.0  # seconds that the queue's database has to hear of it when a worker is told twice to stop


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
    told = asyncio.Event()
    with _hearing(told, station.crew):
        try:
            if await _opened(app, told):
                async with _taking_up(app, settings.heartbeat_seconds):
                    await _work(app, station, settings, concurrency, once, told)
        finally:
            await app.close_async()
    return told.is_set()


async def _opened(app: Queue, told: asyncio.Event) -> bool:
    """Open the queue's connections, unless told to stop meanwhile; whether they are open."""
    opening, waiting = asyncio.ensure_future(app.open_async()), asyncio.ensure_future(told.wait())
    await asyncio.wait({opening, waiting}, return_when=asyncio.FIRST_COMPLETED)
    await _end(waiting)
    if told.is_set():
        await _end(opening)
        return False
    await opening
    return True


async def _end(task: asyncio.Future[Any]) -> None:
    """Cancel a task until it has heard so: asyncio.wait_for of Python 3.11, by which psycopg's pool waits,
    loses a cancellation that comes together with what was waited for."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.5)
    if not task.cancelled():
        task.exception()  # or asyncio prints a traceback of what nobody has asked for


async def _work(
    app: Queue,
    station: Station,
    settings: DistributedSettings,
    concurrency: int,
    once: bool,
    told: asyncio.Event,
) -> None:
    before: set[int] = set()
    while not told.is_set():
        worker = Worker(
            app,
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
        stopping = asyncio.ensure_future(_stop(worker, told))
        try:
            await worker.run()  # type: ignore[no-untyped-call]
        except exceptions.ConnectorException as error:
            # It took a job in the name of a worker whose row another has removed.
            if not isinstance(error.__cause__, psycopg.errors.ForeignKeyViolation):
                raise
            log.warning("this worker was taken for dead, since nothing was heard of it: it begins anew")
            continue
        finally:
            await _end(stopping)
        # It leaves where each job that is left waits for another of its tenant, which has come to its end.
        left = await due(app)
        if once and (not left or left == before):
            return
        before = left


async def _stop(worker: Worker, told: asyncio.Event) -> None:
    await told.wait()
    worker.stop()  # type: ignore[no-untyped-call]


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
        await _end(looking)
        with contextlib.suppress(asyncio.CancelledError):
            looking.result()


@contextlib.contextmanager
def _hearing(told: asyncio.Event, crew: Crew[Job, Ended]) -> Iterator[None]:
    """While inside, the first signal sets ``told``, and jobs end after the batch in hand; the second ends
    them at once."""
    loop = asyncio.get_running_loop()

    def handle(number: int) -> None:
        if told.is_set():
            loop.run_in_executor(None, crew.kill)
            loop.call_later(LEAVING, _leave)
            return
        told.set()
        log.warning("%s: finishing the batches in hand; again to stop at once", signal.Signals(number).name)
        loop.run_in_executor(None, crew.stop)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, handle, number)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _leave() -> None:
    log.warning("the queue's database does not answer, and is not told that this worker leaves")
    os._exit(int(ExitCode.INTERRUPTED))
