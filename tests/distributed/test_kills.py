"""Workers killed at random, every job in the queue twice: nothing lost, nothing doubled, and no tenant run
by two at once, as the tenant's own service sees it. ``python -m tests.benchmarks.fleet`` is the long version.
"""

from __future__ import annotations

import random
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import procrastinate
import pytest

from connector.distributed.queue import defer
from connector.distributed.tasks import sync_job
from tests.distributed.test_worker import NAMES, Queue
from tests.promises.forked import Started
from tests.promises.installation import Installation
from tests.servers.aws_json import Reply, Request
from tests.servers.partner_central import PartnerCentral, make_invitations

pytestmark = pytest.mark.postgresql
KILLS = 3


class Watched(PartnerCentral):
    """One tenant's service. ``heard``: who asked what, in order."""

    def __init__(self) -> None:
        super().__init__(make_invitations(20), latency=0.5)
        self.heard: list[tuple[str, str]] = []

    def answer(self, request: Request) -> Reply:
        (worker,) = re.findall(r"app/(\S+)", request.headers["User-Agent"])
        self.heard.append((worker, request.operation))
        return super().answer(request)

    def check_one_at_a_time(self) -> None:
        """A run lists, and then gets: whoever gets is the one who listed last."""
        lister = ""
        for worker, operation in self.heard:
            if operation == "ListEngagementInvitations":
                lister = worker
            assert worker == lister, self.heard


@pytest.fixture
def services() -> Iterator[dict[str, Watched]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(Watched()) for name in NAMES}


class Workers:
    """Two workers; each process says its own name to the services that it asks."""

    def __init__(self, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
        self._queue, self._monkeypatch, self._count = queue, monkeypatch, 0
        self._processes = [self._start(), self._start()]

    def _start(self) -> Started:
        self._count += 1
        self._monkeypatch.setenv("AWS_SDK_UA_APP_ID", f"worker{self._count}")
        return self._queue.fleet.start("worker", "--quiet", "--concurrency", "4")

    def kill(self, number: int) -> None:
        process = self._processes[number]
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=120)
        self._processes[number] = self._start()

    def stop(self) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            _, err = process.communicate(timeout=120)
            # One that has only just been started knows nothing of signals yet.
            assert process.returncode in (130, -signal.SIGTERM) and "Traceback" not in err, err


def put_twice(queue: Queue) -> None:
    """Every job, and its double without the locks by which the queue itself keeps them apart."""
    assert queue.put(*NAMES) == len(NAMES)

    async def double(app: procrastinate.App) -> None:
        doubles = [
            app.tasks["sync_tenant"].configure(task_kwargs=sync_job(app, name).job.task_kwargs)
            for name in NAMES
        ]
        assert await defer(doubles) == len(NAMES)

    queue.ask(double)


def asked(services: dict[str, Watched]) -> int:
    return sum(len(service.heard) for service in services.values())


def under_way(queue: Queue) -> list[tuple[Any, ...]]:
    """Jobs that are not done with; those that wait for their next attempt wait no longer."""
    queue.rows("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo' RETURNING id")
    return [job for job in queue.jobs() if job[1] in ("todo", "doing")]


def test_workers_killed_at_random_lose_and_double_nothing(
    tmp_path: Path, postgresql_url: str, services: dict[str, Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SDK_UA_APP_ID", "alone")
    alone = Installation.against(tmp_path / "alone", services["t0"].url)
    assert alone.run("sync").code in (0, 3)
    queue = Queue(tmp_path / "fleet", postgresql_url, services["t0"])
    for name in NAMES:
        queue.tenants[name] = {"source": {"endpoint_url": services[name].url}}
    queue.configure()
    assert queue.fleet.run("worker", "setup").code == 0
    put_twice(queue)
    workers, rng = Workers(queue, monkeypatch), random.Random(6)
    try:
        for _ in range(KILLS):
            heard = asked(services)
            queue.await_(lambda before=heard: asked(services) > before + 10 or not under_way(queue))
            time.sleep(rng.uniform(0, 2))
            workers.kill(rng.randrange(2))
        queue.await_(lambda: not under_way(queue), within=300)
    finally:
        workers.stop()
    for name in NAMES:
        assert sorted(queue.fleet.rows(name)) == sorted(alone.crm()["opportunities"])
        services[name].check_one_at_a_time()
        assert queue.runs(name)[-1][0] == "done"
    # Or there was nothing to keep apart.
    assert any(len({worker for worker, _ in service.heard}) > 1 for service in services.values())
