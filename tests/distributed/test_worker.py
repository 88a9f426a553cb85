"""Workers: every job is done, each as if alone, whatever is killed, stopped, or put into the queue twice."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import procrastinate
import psycopg
import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from connector.distributed.queue import defer, open_queue
from connector.distributed.tasks import event_job, register, sync_job
from tests.promises.installation import Installation
from tests.promises.test_tenants import Fleet
from tests.servers.partner_central import PartnerCentral, make_invitations

pytestmark = pytest.mark.postgresql
NAMES = [f"t{number}" for number in range(4)]
QUICK = {"every_minutes": 1440, "heartbeat_seconds": 0.3, "poll_seconds": 0.2}


class Queue:
    """A fleet with its ledgers and its queue in one database."""

    def __init__(self, folder: Path, database: str, server: PartnerCentral, **settings: Any) -> None:
        self.database, self.server = database, server
        self.tenants: dict[str, Any] = {name: {"source": {"endpoint_url": server.url}} for name in NAMES}
        self._folder = folder
        self.configure(**settings)

    def configure(self, **distributed: Any) -> None:
        ledger = {"url": self.database}
        self.fleet = Fleet(self._folder, self.tenants, ledger=ledger, distributed=QUICK | distributed)

    def put(self, *names: str, make: Callable[..., Any] = sync_job) -> int:
        return asyncio.run(self._ask(lambda app: defer([make(app, name) for name in names])))

    async def _ask(self, ask: Callable[[procrastinate.App], Awaitable[Any]]) -> Any:
        app = open_queue(self.database)
        register(app)
        async with app.open_async():
            return await ask(app)

    def ask(self, ask: Callable[[procrastinate.App], Awaitable[Any]]) -> Any:
        return asyncio.run(self._ask(ask))

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(statement).fetchall()  # type: ignore[arg-type]

    def jobs(self) -> list[tuple[Any, ...]]:
        """Jobs that are not done with: the tenant, its state, how often it was tried."""
        return self.rows(
            "SELECT args->>'tenant', status::text, attempts FROM procrastinate_jobs"
            " WHERE args ? 'tenant' ORDER BY id"
        )

    def await_(self, condition: Callable[[], Any], within: float = 120) -> None:
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, self.jobs()
            time.sleep(0.1)

    def runs(self, name: str) -> list[tuple[Any, ...]]:
        return self.rows(f"SELECT state, counts FROM tenant_{name}.runs ORDER BY id")


@pytest.fixture
def queue(tmp_path: Path, postgresql_url: str) -> Iterator[Queue]:
    with PartnerCentral(make_invitations(20)) as server:
        found = Queue(tmp_path / "fleet", postgresql_url, server)
        done = found.fleet.run("worker", "setup")
        assert done.code == 0, done.err
        yield found


@pytest.fixture
def expected(tmp_path: Path, queue: Queue) -> list[tuple[Any, ...]]:
    """The opportunities of a CRM that one sync alone has made."""
    alone = Installation.against(tmp_path / "alone", queue.server.url)
    assert alone.run("sync").code in (0, 3)
    return sorted(alone.crm()["opportunities"])


def work(queue: Queue) -> None:
    done = queue.fleet.run("worker", "--once", "--concurrency", "2")
    assert done.code == 0, done.err


def check(queue: Queue, expected: list[tuple[Any, ...]], names: list[str] = NAMES) -> None:
    for name in names:
        assert sorted(queue.fleet.rows(name)) == expected, name


def test_a_queue_has_to_be_set_up_and_may_be_again(tmp_path: Path, postgresql_url: str) -> None:
    with PartnerCentral() as server:
        queue = Queue(tmp_path, postgresql_url, server)
        done = queue.fleet.run("worker", "--once")
        assert done.code == 2 and "worker setup" in done.err
        assert "were made" in queue.fleet.run("worker", "setup").out
        assert "are there" in queue.fleet.run("worker", "setup").out
        assert queue.runs("t0") == []
        queue.configure(url=f"{postgresql_url}?schema=queue")
        assert "were made" in queue.fleet.run("worker", "setup").out
        assert queue.rows("SELECT count(*) FROM queue.procrastinate_jobs") == [(0,)]
        queue.configure(url="postgresql://nobody@127.0.0.1:9/x")
        assert queue.fleet.run("worker", "setup").code == 4


def test_a_worker_is_for_tenants_and_for_all_of_them(tmp_path: Path, queue: Queue) -> None:
    done = queue.fleet.run("worker", "--once", "--tenant", "t0")
    assert done.code == 2 and "a worker is for all tenants" in done.err
    alone = Installation.against(tmp_path / "alone", queue.server.url, ledger={"url": queue.database})
    done = alone.run("worker", "--once")
    assert done.code == 2 and "this config has no tenants" in done.err


def test_two_workers_do_all_and_the_same_job_twice_does_no_harm(
    queue: Queue, expected: list[tuple[Any, ...]]
) -> None:
    assert queue.put(*NAMES) == 4
    assert queue.put(*NAMES) == 0  # the same waits already
    arguments = ("worker", "--once", "--concurrency", "2")
    with queue.fleet.start(*arguments) as first, queue.fleet.start(*arguments) as second:
        for process in (first, second):
            _, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
    assert queue.jobs() == []
    check(queue, expected)
    queue.put(*NAMES)
    work(queue)
    check(queue, expected)
    for name in NAMES:
        assert [state for state, _ in queue.runs(name)] == ["done", "done"]


def test_the_queue_says_how_it_stands(queue: Queue) -> None:
    queue.put(*NAMES)
    found = queue.fleet.run("worker", "status", "--output", "json").answer
    assert found["jobs"] == [{"task": "sync_tenant", "state": "due", "jobs": 4}]
    assert found["workers"] == 0
    assert 0 < found["oldest_due_seconds"] < 60
    work(queue)
    queue.tenants["t1"] = {"source": {"endpoint_url": "http://127.0.0.1:9"}, "retry": {"attempts": 1}}
    queue.configure()
    queue.put("t1")
    work(queue)  # leaves what cannot be done for later
    found = queue.fleet.run("worker", "status", "--output", "json").answer
    assert found["jobs"] == [{"task": "sync_tenant", "state": "later", "jobs": 1}]
    assert found["oldest_due_seconds"] == 0
    with queue.fleet.start("worker") as process:
        queue.await_(lambda: queue.rows("SELECT 1 FROM procrastinate_workers"))
        told = queue.fleet.run("metrics", "--all-tenants").out
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)
    assert 'crm_connector_queue_jobs{state="later",task="sync_tenant"} 1.0' in told
    assert "crm_connector_queue_workers 1.0" in told
    assert "crm_connector_queue_readable 1.0" in told
    queue.configure(url="postgresql://nobody@127.0.0.1:9/x")
    assert queue.fleet.run("worker", "status").code == 4
    told = queue.fleet.run("metrics", "--all-tenants").out
    assert "crm_connector_queue_readable 0.0" in told
    assert 'crm_connector_run_done{tenant="t0"} 1.0' in told


def test_the_work_of_a_killed_worker_is_taken_up(queue: Queue, expected: list[tuple[Any, ...]]) -> None:
    queue.server.latency = 1.0
    queue.put(*NAMES)
    with queue.fleet.start("worker", "--concurrency", "2") as process:
        queue.await_(lambda: [row for row in queue.jobs() if row[1] == "doing"])
        time.sleep(1.5)  # in the middle
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=120)
    assert [row for row in queue.jobs() if row[1] == "doing"]
    queue.server.latency = 0
    with queue.fleet.start("worker", "--concurrency", "2") as process:
        queue.await_(lambda: not queue.jobs(), within=200)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)
    check(queue, expected)


def test_a_worker_that_finishes_its_last_jobs_is_alive(queue: Queue) -> None:
    queue.server.latency = 1.5  # far more than the heartbeats that it may miss
    queue.put("t0")
    with queue.fleet.start("worker", "--once") as process:
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0 and "lost its worker" not in err, err
    assert [state for state, _ in queue.runs("t0")] == ["done"]


def test_a_worker_that_was_taken_for_dead_works_on(queue: Queue, expected: list[tuple[Any, ...]]) -> None:
    queue.server.latency = 0.5
    queue.put("t0", "t1")
    with queue.fleet.start("worker", "--concurrency", "1") as process:
        queue.await_(lambda: [row for row in queue.jobs() if row[1] == "doing"])
        time.sleep(1)
        with psycopg.connect(queue.database) as connection:  # as a worker does that starts
            connection.execute("DELETE FROM procrastinate_workers")
            connection.execute("DELETE FROM procrastinate_jobs WHERE status = 'doing'")  # as who took it up
        queue.put("t2")
        queue.await_(lambda: not queue.jobs())
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "taken for dead" in err and "exception" not in err.lower(), err
    check(queue, expected, ["t0", "t1", "t2"])


@pytest.mark.parametrize("lost", ["question", "answer"])
def test_that_a_job_has_ended_is_said_until_it_is_heard(queue: Queue, lost: str) -> None:
    queue.put("t0", "t1", "t2")

    async def end(app: procrastinate.App) -> None:
        worker = await app.job_manager.register_worker()
        jobs = [await app.job_manager.fetch_job(None, worker) for _ in range(3)]
        ask, asked = app.connector.execute_query_async, set()

        async def once_in_vain(query: str, **arguments: Any) -> None:
            first = query not in asked
            asked.add(query)
            if not first or lost == "answer":
                await ask(query, **arguments)
            if first:
                raise ConnectorException from psycopg.OperationalError("terminating connection")

        app.connector.execute_query_async = once_in_vain  # type: ignore[method-assign]
        first, second, third = [job for job in jobs if job]
        await app.job_manager.finish_job(first, Status.SUCCEEDED, delete_job=True)
        await app.job_manager.retry_job(second, retry_at=datetime.now(UTC))
        asked.clear()
        await app.job_manager.finish_job(third, Status.FAILED, delete_job=False)

    queue.ask(end)
    assert queue.jobs() == [("t1", "todo", 1), ("t2", "failed", 1)]


def test_a_worker_that_is_asked_to_stop_leaves_its_work_to_others(
    queue: Queue, expected: list[tuple[Any, ...]]
) -> None:
    queue.server.latency = 3.0
    queue.put("t0", "t1")
    with queue.fleet.start("worker", "--concurrency", "1") as process:
        queue.await_(lambda: queue.runs("t0"))
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 130 and "Traceback" not in err, err
    assert time.monotonic() - started < 15
    assert [(tenant, state) for tenant, state, _ in queue.jobs()] == [("t0", "todo"), ("t1", "todo")]
    assert queue.rows("SELECT count(*) FROM procrastinate_workers") == [(0,)]
    queue.server.latency = 0
    work(queue)
    check(queue, expected, ["t0", "t1"])


def test_how_a_run_ended_says_whether_its_job_comes_again(queue: Queue) -> None:
    queue.tenants["t1"]["source"]["endpoint_url"] = "http://127.0.0.1:9"
    queue.tenants["t2"]["crm"] = {"url": "env:MISSING"}
    shared = {"attempts": 1, "deadline": 1}
    for settings in queue.tenants.values():
        settings["retry"] = shared
    queue.configure()
    queue.put(*NAMES)
    done = queue.fleet.run("worker", "--once", "--concurrency", "4")
    assert done.code == 0, done.err
    later, failed = queue.jobs()
    assert (later[:2], failed) == (("t1", "todo"), ("t2", "failed", 1))
    ((wait,),) = queue.rows(
        "SELECT extract(epoch FROM scheduled_at - now()) FROM procrastinate_jobs WHERE status = 'todo'"
    )
    assert 0 < wait <= 60 * later[2]
    assert "[t2]" in done.err and "MISSING" in done.err
    assert "MISSING" not in "".join(line for line in done.err.splitlines() if "[t2]" not in line)


def test_a_job_that_is_to_come_again_gives_way_to_one_that_waits(queue: Queue) -> None:
    queue.put("t0")

    async def collide(app: procrastinate.App) -> None:
        worker = await app.job_manager.register_worker()
        job = await app.job_manager.fetch_job(None, worker)
        assert job is not None
        assert await defer([sync_job(app, "t0")]) == 1  # an overlapping schedule
        await app.job_manager.retry_job(job, retry_at=datetime.now(UTC) + timedelta(hours=1))

    queue.ask(collide)
    assert queue.jobs() == [("t0", "todo", 0)]


def test_an_event_goes_before_what_waits_longer(queue: Queue) -> None:
    queue.put("t0")
    identifier = next(iter(queue.server.invitations))
    queue.put("t0", make=lambda app, name: event_job(app, name, identifier))
    work(queue)
    runs = queue.rows("SELECT command FROM tenant_t0.runs ORDER BY id")
    assert runs == [("events",), ("sync",)]


def test_an_event_is_told_by_whoever_heard_of_it(queue: Queue) -> None:
    first, second, *_ = queue.server.invitations
    for tenant, ids, count in (("t0", (first, second), 2), ("t0", (first,), 0), ("t1", (first,), 1)):
        done = queue.fleet.run("worker", "event", *ids, "--tenant", tenant, "--output", "json")
        assert (done.code, done.answer) == (0, {"events": count}), done.err
    assert queue.fleet.run("worker", "event", first).code == 2
    for nonsense in ("", random.Random(1).randbytes(5000).hex()):  # which no index takes
        done = queue.fleet.run("worker", "event", nonsense, "--tenant", "t0")
        assert done.code == 2 and "is no id of an invitation" in done.err
    assert queue.fleet.run("worker", "event", first, "--tenant", "t9").code == 2
    work(queue)
    assert queue.rows("SELECT DISTINCT command FROM tenant_t0.runs") == [("events",)]
    known = [queue.rows(f"SELECT id FROM tenant_{name}.invitations ORDER BY id") for name in ("t0", "t1")]
    assert known == [[(id_,) for id_ in sorted((first, second))], [(first,)]]


def test_a_job_that_kills_every_worker_is_given_up(queue: Queue) -> None:
    queue.put("t0")

    async def die(app: procrastinate.App) -> list[Any]:
        from connector.distributed.queue import take_up

        states = []
        for _ in range(8):
            await app.connector.execute_query_async(
                "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"
            )
            worker = await app.job_manager.register_worker()
            job = await app.job_manager.fetch_job(None, worker)
            states.append(job is not None)
            await app.job_manager.unregister_worker(worker)
            await take_up(app, 1.0)
        return states

    assert queue.ask(die) == [True] * 5 + [False] * 3
    assert queue.jobs()[0][:2] == ("t0", Status.FAILED.value)


def test_what_failed_long_ago_is_forgotten(queue: Queue) -> None:
    queue.tenants["t2"]["crm"] = {"url": "env:MISSING"}
    queue.configure()
    queue.put("t2")
    work(queue)

    async def tidy(app: procrastinate.App) -> None:
        await app.tasks["tidy"].defer_async(timestamp=0)

    queue.ask(tidy)
    work(queue)
    assert queue.jobs() == [("t2", "failed", 1)]
    with psycopg.connect(queue.database) as connection:
        connection.execute("UPDATE procrastinate_events SET at = at - interval '8 days'")
    queue.ask(tidy)
    work(queue)
    assert queue.jobs() == []


def test_the_schedule_syncs_every_tenant(queue: Queue, expected: list[tuple[Any, ...]]) -> None:
    queue.tenants["Not-A-Name"] = {}  # keeps no other from its turn
    queue.configure(every_minutes=1)
    with queue.fleet.start("worker") as process:
        queue.await_(lambda: all(queue.runs(name) for name in NAMES), within=200)
        queue.await_(lambda: not queue.jobs())
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=120)
    assert "'Not-A-Name' is no name for a tenant" in err
    check(queue, expected)


def test_a_backfill_is_cut_into_windows(queue: Queue, expected: list[tuple[Any, ...]]) -> None:
    queue.configure(backfill_days=400)
    since = ("--since", "2020-01-01", "--until", "2028-01-01", "--output", "json")
    assert queue.fleet.run("worker", "backfill", "--tenant", "t0", *since).answer == {"windows": 8}
    assert queue.fleet.run("worker", "backfill", "--tenant", "t0", *since).answer == {"windows": 0}
    assert queue.fleet.run("worker", "backfill", *since).code == 2
    swapped = ("--since", "2028-01-01", "--until", "2020-01-01")
    assert queue.fleet.run("worker", "backfill", "--tenant", "t0", *swapped).code == 2
    work(queue)
    assert queue.jobs() == []
    check(queue, expected, ["t0"])
    assert queue.rows("SELECT DISTINCT command FROM tenant_t0.runs") == [("backfill",)]
