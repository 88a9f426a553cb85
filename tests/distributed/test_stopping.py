"""A worker ends when it is told to, whatever it was about: one that does not is killed by who waits for it,
half a minute later, with all that it has in hand."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psycopg_pool
import pytest
from procrastinate.periodic import PeriodicDeferrer

from connector.distributed import queue as queue_module
from connector.distributed import worker as worker_module
from tests.distributed.test_worker import Queue
from tests.servers.partner_central import PartnerCentral

pytestmark = pytest.mark.postgresql

MOMENTS: dict[str, tuple[Any, str]] = {
    "opens its connections": (psycopg_pool.AsyncConnectionPool, "open"),
    "looks whether there is a queue": (worker_module, "check_set_up"),
    "removes dead workers": (queue_module.Manager, "prune_stalled_workers"),
    "says that it is there": (queue_module.Manager, "register_worker"),
    "begins": (PeriodicDeferrer, "worker"),
    "looks for a job": (queue_module.Manager, "fetch_job"),
    "says that it is alive": (queue_module.Manager, "beat"),
    "takes up what others have left": (worker_module, "take_up"),
}


def told(moment: str, signals: int) -> None:
    """As it does this for the first time, the worker is told to stop. What it waits for just then has come,
    and so a cancellation is lost, as in asyncio.wait_for of Python 3.11, by which its pool waits."""
    owner, name = MOMENTS[moment]
    ask: Callable[..., Any] = getattr(owner, name)
    times = iter(range(signals))

    async def asked(*args: Any, **kwargs: Any) -> Any:
        if next(times, None) is not None:
            os.kill(os.getpid(), signal.SIGTERM)
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.2)
        return await ask(*args, **kwargs)

    setattr(owner, name, asked)


@pytest.mark.parametrize("signals", [1, 2])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_ends_when_it_is_told_to(
    tmp_path: Path, postgresql_url: str, moment: str, signals: int
) -> None:
    with PartnerCentral() as server:
        queue = Queue(tmp_path, postgresql_url, server)
        assert queue.fleet.run("worker", "setup").code == 0
        done = queue.fleet.start("worker", before=partial(told, moment, signals)).done(timeout=60)
    assert done.code == 130 and "Traceback" not in done.err, done.err
    assert done.err.count("SIGTERM") == 1 and "stopped" in done.err, done.err
    assert queue.rows("SELECT count(*) FROM procrastinate_workers") == [(0,)]


async def no_answer(*_: object) -> None:
    await asyncio.sleep(3600)


def deaf() -> None:
    queue_module.Manager.unregister_worker = no_answer  # type: ignore[method-assign]


def test_a_worker_that_is_told_twice_does_not_wait_for_a_silent_database(
    tmp_path: Path, postgresql_url: str
) -> None:
    with PartnerCentral() as server:
        queue = Queue(tmp_path, postgresql_url, server)
        assert queue.fleet.run("worker", "setup").code == 0
        with queue.fleet.start("worker", before=deaf) as process:
            queue.await_(lambda: queue.rows("SELECT 1 FROM procrastinate_workers"))
            for _ in range(2):
                process.send_signal(signal.SIGINT)
                time.sleep(0.5)
            _, err = process.communicate(timeout=120)
    assert process.returncode == 130 and "does not answer" in err and "Traceback" not in err, err
