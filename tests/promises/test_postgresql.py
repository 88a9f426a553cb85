"""The promises once more, with PostgreSQL under the CRM and the ledger."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.postgresql import Cluster, postgresql  # noqa: F401 - a fixture
from tests.promises.installation import Installation
from tests.servers.partner_central import ALL_TRANSIENT, Faults, PartnerCentral, make_invitations

pytestmark = pytest.mark.postgresql
TABLES = ("accounts", "contacts", "leads", "opportunities", "opportunity_contact_roles")
AMOUNT = "12345678901234567890123456789.01"  # 31 digits


@pytest.fixture(name="cluster")
def _cluster(postgresql: Cluster) -> Iterator[Cluster]:  # noqa: F811
    names = [f"promise_{name}" for name in ("crm", "ledger", "crm2", "ledger2")]
    for name in names:
        postgresql.execute(f"CREATE DATABASE {name}")
    yield postgresql
    for name in names:
        postgresql.execute(f"DROP DATABASE {name} WITH (FORCE)")


def install(folder: Path, cluster: Cluster, url: str, number: str = "", **settings: Any) -> Installation:
    crm, ledger = cluster.url(f"promise_crm{number}"), cluster.url(f"promise_ledger{number}")
    return Installation.against(
        folder, url, crm={"type": "sql", "url": crm}, ledger={"url": ledger}, **settings
    )


def query(url: str, statement: str) -> list[tuple[Any, ...]]:
    import psycopg

    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()  # type: ignore[arg-type]


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    return {table: query(url, f"SELECT * FROM {table} ORDER BY id") for table in TABLES}


def test_the_samples_twice(tmp_path: Path, cluster: Cluster) -> None:
    there = install(tmp_path, cluster, "http://127.0.0.1:1")
    samples = Path(__file__).parents[2] / "mappings" / "samples"
    there = Installation(
        tmp_path,
        {"type": "files", "path": str(samples)},
        crm={"type": "sql", "url": cluster.url("promise_crm")},
        ledger={"url": cluster.url("promise_ledger")},
    )
    first = there.run("sync", "--output", "json")
    assert first.code in (0, 3), first.err
    assert first.answer["counts"]["created"] > 5
    before = rows(cluster.url("promise_crm"))
    second = there.run("sync", "--output", "json")
    assert set(second.answer["counts"]) <= {"unchanged", "skipped", "kept", "review"}
    assert second.answer["calls"]["sql"].get("write", 0) == 0
    assert rows(cluster.url("promise_crm")) == before


def test_a_thousand_rehearsed_synced_killed_and_started_again(tmp_path: Path, cluster: Cluster) -> None:
    made = make_invitations(1000)
    rich = next(
        raw for raw in made if raw["Status"] == "ACCEPTED" and raw["PayloadType"] == "OpportunityInvitation"
    )
    spend = {"Amount": AMOUNT, "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "A"}
    rich["Payload"]["OpportunityInvitation"]["Project"]["ExpectedCustomerSpend"] = [spend]
    crm = cluster.url("promise_crm")
    with PartnerCentral(made) as server:
        calm = install(tmp_path / "calm", cluster, server.url)
        rehearsal = calm.run("sync", "--dry-run", "--output", "json")
        for url in (crm, cluster.url("promise_ledger")):
            assert query(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
        done = calm.run("sync", "--output", "json")
        assert done.answer["counts"] == rehearsal.answer["counts"]
        assert done.answer["listed"] == 1000
        (amounts,) = query(
            crm, f"SELECT monthly_spend, amount FROM opportunities WHERE aws_invitation_id = '{rich['Id']}'"
        )
        assert amounts == (Decimal(AMOUNT), Decimal("148148146814814814681481481468.12"))
        before = rows(crm)
        assert calm.run("sync", "--output", "json").answer["counts"] == {"unchanged": 1000}
        assert rows(crm) == before
    dice = random.Random(5)
    with PartnerCentral(made, faults=Faults(0.05, ALL_TRANSIENT, seed=7)) as server:
        killed = install(tmp_path / "killed", cluster, server.url, "2")
        for _ in range(5):
            process = killed.start("sync", "--quiet")
            time.sleep(dice.uniform(0.1, 1.0))
            process.kill()
            process.communicate()
        last = killed.run(
            "sync", "--output", "json", "--wait", "10"
        )  # the server notices a killed client soon
    assert last.code in (0, 3), last.err
    assert last.answer["listed"] == 1000 and "failed" not in last.answer["counts"]
    assert rows(cluster.url("promise_crm2")) == before


def test_two_at_once_a_killed_one_and_a_connection_that_is_cut(tmp_path: Path, cluster: Cluster) -> None:
    with PartnerCentral(make_invitations(300), latency=1.0) as server:
        there = install(tmp_path, cluster, server.url)
        first = there.start("sync")
        while server.calls["GetEngagementInvitation"] < 1:
            time.sleep(0.05)
        second = there.run("sync")
        assert second.code == 5, second.err
        first.kill()
        first.communicate()
        server.reset_calls()
        third = there.start("sync", "--wait", "10")
        while server.calls["GetEngagementInvitation"] < 1:
            time.sleep(0.05)
        cluster.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'promise_ledger'"
        )
        server.latency = 0
        _, err = third.communicate(timeout=120)
        assert third.returncode == 4, err
        assert "Traceback" not in err and "bug" not in err
        last = there.run("sync", "--output", "json")
        assert last.code in (0, 3), last.err
        assert last.answer["listed"] == 300 and "failed" not in last.answer["counts"]
