"""How workers share tenants: ``python -m tests.benchmarks.fleet``.

Every tenant's invitations come from a loopback Partner Central that takes its time to answer, and go into a
SQLite CRM of its own; queue and ledgers are in a throwaway PostgreSQL. Each job is put into the queue twice;
with ``--kills`` workers are killed at random and started again. Afterwards every CRM has to be what one sync
alone makes, and no tenant may have been run by two at once. Prints a table: workers, seconds, tenants a
minute.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from connector.distributed.queue import defer, open_queue, set_up
from connector.distributed.tasks import register, sync_job
from tests.postgresql import Cluster
from tests.promises.installation import Installation
from tests.promises.test_tenants import Fleet
from tests.servers.partner_central import PartnerCentral, make_invitations

QUEUE = {"every_minutes": 1440, "heartbeat_seconds": 1.0, "poll_seconds": 0.5}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.fleet", description=__doc__)
    parser.add_argument("--tenants", type=int, default=200)
    parser.add_argument("--invitations", type=int, default=50)
    parser.add_argument("--latency", type=float, default=0.5, help="seconds that AWS takes for each answer")
    parser.add_argument("--concurrency", type=int, default=2, help="tenants at once in each worker")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--kills", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
        Path(folder).chmod(0o755)
        database = Path(folder, "pg")
        database.mkdir()
        cluster = Cluster(database, connections=200)
        try:
            measure(asked, cluster, Path(folder))
        finally:
            cluster.stop()


def measure(asked: argparse.Namespace, cluster: Cluster, folder: Path) -> None:
    with PartnerCentral(make_invitations(asked.invitations)) as server:
        alone = Installation.against(folder / "alone", server.url)
        assert alone.run("sync").code in (0, 3)
        expected = alone.crm()
        server.latency = asked.latency
        print(f"{asked.tenants} tenants of {asked.invitations} invitations, {asked.latency} s an answer,"
              f" {asked.concurrency} at once in a worker, {asked.kills} kills")  # fmt: skip
        print("workers  seconds  tenants a minute")
        for count in asked.workers:
            cluster.execute(f"CREATE DATABASE fleet{count}")
            seconds = share(asked, count, cluster, folder / f"fleet{count}", server, expected)
            print(f"{count:7}  {seconds:7.1f}  {asked.tenants / seconds * 60:16.1f}", flush=True)


def share(
    asked: argparse.Namespace,
    count: int,
    cluster: Cluster,
    folder: Path,
    server: PartnerCentral,
    expected: Any,
) -> float:
    url = cluster.url(f"fleet{count}")
    names = [f"t{number}" for number in range(asked.tenants)]
    tenants = {name: {"source": {"endpoint_url": server.url}} for name in names}
    fleet = Fleet(folder, tenants, ledger={"url": url}, distributed=QUEUE)
    assert asyncio.run(put(url, names)) == 2 * len(names)
    started = time.monotonic()
    work(fleet, url, count, asked)
    seconds = time.monotonic() - started
    for name in names:
        check(fleet, url, name, expected)
    return seconds


async def put(url: str, names: list[str]) -> int:
    """Every job, and its double, which the queue's own lock against doubles does not keep out."""
    app = open_queue(url)
    register(app)
    async with app.open_async():
        await set_up(app, "")
        first = [sync_job(app, name) for name in names]
        again = [
            app.tasks["sync_tenant"].configure(lock=job.job.lock, task_kwargs=job.job.task_kwargs)
            for job in first
        ]
        return await defer(first) + await defer(again)


def work(fleet: Fleet, url: str, count: int, asked: argparse.Namespace) -> None:
    rng = random.Random(1)
    arguments = ("worker", "--quiet", "--concurrency", str(asked.concurrency))
    workers = [start(fleet, *arguments) for _ in range(count)]
    kills = asked.kills
    while left(url):
        time.sleep(0.5)
        if kills and rng.random() < 0.2:
            kills -= 1
            victim = rng.randrange(count)
            workers[victim].send_signal(signal.SIGKILL)
            workers[victim].wait()
            workers[victim] = start(fleet, *arguments)
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    for worker in workers:
        worker.wait()


def start(fleet: Fleet, *arguments: str) -> subprocess.Popen[str]:
    process = fleet.execute(*arguments)
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()  # which nobody would read
    return process


def rows(url: str, statement: str) -> list[Any]:
    import psycopg

    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()  # type: ignore[arg-type]


def left(url: str) -> int:
    return int(rows(url, "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'sync_tenant'")[0][0])


def check(fleet: Fleet, url: str, name: str, expected: Any) -> None:
    """The CRM is what one sync alone makes, and of the runs none began before the one before it had ended."""
    for table, wanted in expected.items():
        assert sorted(fleet.rows(name, table), key=repr) == sorted(wanted, key=repr), (name, table)
    runs = rows(url, f"SELECT started_at, finished_at, state FROM tenant_{name}.runs ORDER BY id")
    assert runs[-1][2] == "done", (name, runs)
    for (_, finished, state), (begun, *_) in itertools.pairwise(runs):
        assert state == "killed" or finished <= begun, (name, runs)


if __name__ == "__main__":
    main()
