"""What a run of a tenant costs workers and their database: ``python -m tests.benchmarks.capacity``.

Tenants stand in a table, queue and ledgers in the same throwaway PostgreSQL; AWS and the CRM are loopback
services that take their time to answer: a Partner Central, and one org of Salesforce for all, whose records
are there before (with ``--crm sql`` each tenant makes its own). Passes of one worker: the first sync of each,
one that finds nothing changed, and one in which each has an invitation that was accepted since. Seconds of
CPU are the worker's with its processes, and all of PostgreSQL's; *seconds* is how long a run takes. Prints a
table, and what putting a minute's tenants into the queue takes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connector.config import tenant_names
from connector.distributed.queue import defer, open_queue, set_up
from connector.distributed.tasks import register, sync_job
from tests.benchmarks.fleet import QUEUE, rows
from tests.benchmarks.measure import connector
from tests.postgresql import Cluster
from tests.promises.installation import ROOT
from tests.promises.test_tenants import Fleet
from tests.servers.partner_central import PartnerCentral, make_invitations
from tests.servers.salesforce import Salesforce

DATABASE = "capacity"
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.capacity", description=__doc__)
    parser.add_argument("--tenants", type=int, default=100)
    parser.add_argument("--invitations", type=int, default=200, help="of each tenant")
    parser.add_argument("--concurrency", type=int, default=4)
    parser.add_argument("--fleet", type=int, default=10_000, help="tenants that are scheduled")
    parser.add_argument("--latency", type=float, nargs=2, default=[0.08, 0.15], help="of AWS and Salesforce")
    parser.add_argument("--crm", choices=("sql", "salesforce"), default="salesforce")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="capacity-") as folder, contextlib.ExitStack() as stack:
        Path(folder).chmod(0o755)
        database = Path(folder, "pg")
        database.mkdir()
        cluster = Cluster(database, connections=100)
        stack.callback(cluster.stop)
        cluster.execute(f"CREATE DATABASE {DATABASE}")
        server = stack.enter_context(
            PartnerCentral(make_invitations(asked.invitations), latency=asked.latency[0])
        )
        crm: dict[str, Any] = {}
        if asked.crm == "salesforce":
            org = stack.enter_context(Salesforce(latency=asked.latency[1]))
            crm = {"crm": org.settings("jwt"), "mapping": str(ROOT / "mappings" / "salesforce.yaml")}
        measure(asked, cluster, Path(folder), server, crm)


def measure(
    asked: argparse.Namespace, cluster: Cluster, folder: Path, server: PartnerCentral, crm: dict[str, Any]
) -> None:
    url = cluster.url(DATABASE)
    source = {"source": {"endpoint_url": server.url}}
    names = [f"t{number:05}" for number in range(asked.tenants + 1)]
    cluster.execute("CREATE TABLE tenants (name text PRIMARY KEY, settings text)", DATABASE)
    keep(cluster, names, source)
    where = {"url": url, "table": "tenants"}
    fleet = Fleet(folder / "fleet", where, ledger={"url": url}, distributed=QUEUE, **crm)
    asyncio.run(set_queue_up(url))
    print(
        f"{asked.tenants} tenants of {asked.invitations} invitations, CRM {asked.crm}, one worker,"
        f" {asked.concurrency} at once; a run each:"
    )
    print("pass       seconds  CPU ms  PostgreSQL CPU ms  transactions  WAL kB  AWS calls  MB a process")
    if crm:  # one org for all, with the same records: these are made before
        asyncio.run(put(url, names[-1:]))
        work(fleet, 1)
    some = names[: asked.tenants]
    one_pass("first", asked, cluster, fleet, server, some)
    one_pass("unchanged", asked, cluster, fleet, server, some)
    change(server)
    one_pass("changed", asked, cluster, fleet, server, some[: max(1, len(some) // 10)])
    print(f"ledger of a tenant: {ledgers(url) / len(some) / 1e6:.2f} MB")
    keep(cluster, [f"u{number:05}" for number in range(asked.fleet - len(names))], source)
    schedule(url, fleet)


def one_pass(
    title: str,
    asked: argparse.Namespace,
    cluster: Cluster,
    fleet: Fleet,
    server: PartnerCentral,
    names: list[str],
) -> None:
    url = cluster.url(DATABASE)
    asyncio.run(put(url, names))
    server.reset_calls()
    before, cpu = counters(url), cluster_cpu(cluster)
    started = time.monotonic()
    seconds, memory = work(fleet, asked.concurrency)
    took = (time.monotonic() - started) * asked.concurrency / len(names)
    time.sleep(1.5)  # until the statistics are in
    after, cpu = counters(url), cluster_cpu(cluster) - cpu
    transactions, wal = (there - here for here, there in zip(before, after, strict=True))
    bad = rows(url, "SELECT count(*) FROM procrastinate_jobs WHERE status <> 'succeeded'")[0][0]
    assert bad == 0, f"{bad} jobs were not done"
    ms, theirs, each, kilobytes, calls = (
        figure / len(names)
        for figure in (seconds * 1000, cpu * 1000, transactions, wal / 1000, server.calls.total())
    )
    print(f"{title:10} {took:7.1f} {ms:7.0f} {theirs:18.1f} {each:13.1f} {kilobytes:7.1f} {calls:10.1f}"
          f" {memory:13.0f}", flush=True)  # fmt: skip


def work(fleet: Fleet, concurrency: int) -> tuple[float, float]:
    """Seconds of CPU of a worker and all its processes, and the memory (MB) of the largest."""
    with tempfile.TemporaryFile() as said:
        words = ["worker", "--once", "--quiet", "--concurrency", str(concurrency)]
        process = subprocess.Popen([*connector(fleet), *words], cwd=ROOT, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(said.read().decode())
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def schedule(url: str, fleet: Fleet) -> None:
    """What ``schedule`` does each minute."""
    started = time.perf_counter()
    names = tenant_names(fleet.folder / "config.yaml")
    listed = time.perf_counter() - started
    started = time.perf_counter()
    asyncio.run(put(url, names[: len(names) // 10]))
    print(f"{len(names):,} tenants are listed in {listed:.2f} s, {len(names) // 10:,} put into the queue in"
          f" {time.perf_counter() - started:.2f} s")  # fmt: skip


def keep(cluster: Cluster, names: list[str], settings: dict[str, Any]) -> None:
    import psycopg

    with (
        psycopg.connect(cluster.url(DATABASE)) as connection,
        connection.cursor() as cursor,
        cursor.copy("COPY tenants FROM STDIN") as copy,
    ):
        for name in names:
            copy.write_row((name, json.dumps(settings)))


def change(server: PartnerCentral) -> None:
    """The first invitation that waits is accepted."""
    waiting = next(each for each in server.invitations.values() if each["Status"] == "PENDING")
    server.decide(waiting, Status="ACCEPTED")


async def set_queue_up(url: str) -> None:
    app = open_queue(url)
    async with app.open_async():
        await set_up(app, "")


async def put(url: str, names: list[str]) -> int:
    app = open_queue(url)
    register(app)
    async with app.open_async():
        return await defer([sync_job(app, name) for name in names])


def counters(url: str) -> tuple[int, int]:
    """Transactions that were committed, and bytes of WAL."""
    found = rows(url, "SELECT xact_commit, pg_current_wal_lsn() - '0/0' FROM pg_stat_database"
                      " WHERE datname = current_database()")  # fmt: skip
    transactions, wal = found[0]
    return int(transactions), int(wal)


def ledgers(url: str) -> int:
    """Bytes of all tenants' tables."""
    found = rows(url, "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n"
                      " ON n.oid = c.relnamespace"
                      " WHERE n.nspname LIKE 'tenant_%' AND c.relkind = 'r'")  # fmt: skip
    return int(found[0][0])


def cluster_cpu(cluster: Cluster) -> float:
    """Seconds of CPU that PostgreSQL's processes, those that have ended too, have taken."""
    total = 0.0
    for stat in stats():
        pid, parent, *times = stat
        if pid == cluster.pid:
            total += sum(times)
        elif parent == cluster.pid:
            total += sum(times[:2])
    return total / TICKS


def stats() -> Iterator[tuple[int, ...]]:
    """Of each process: its id, its parent's, and its times: user, system, those of its ended children."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            yield int(path.parent.name), int(fields[1]), *map(int, fields[11:15])


if __name__ == "__main__":
    main()
