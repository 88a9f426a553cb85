"""Many tenants from one config: each as if it were alone, whatever becomes of the others."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connector import database
from connector.errors import ConfigurationError, LockHeld
from connector.ledger import Ledger
from tests.cli.conftest import accepted
from tests.fetch.test_assumed_role import Sts as AssumedRoles
from tests.postgresql import Cluster, postgresql, postgresql_url  # noqa: F401 - fixtures
from tests.promises.installation import Done, Installation
from tests.servers.partner_central import PartnerCentral, make_invitations


class Fleet(Installation):
    """An installation whose tenants have a CRM, a ledger and a source of their own."""

    def __init__(self, folder: Path, tenants: dict[str, Any], **settings: Any) -> None:
        source = {
            "type": "partner_central",
            "catalog": "Sandbox",
            "sign_requests": False,
            "reads_per_second": 100000,
            "read_timeout": 60,
        }
        shared: dict[str, Any] = {
            "crm": {"type": "sql", "url": "sqlite:///crm-{tenant}.db"},
            "ledger": {"url": "sqlite:///ledger-{tenant}.db"},
        }
        super().__init__(folder, source, tenants=tenants, **shared | settings)

    def rows(self, tenant: str, table: str = "opportunities", what: str = "crm") -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / f"{what}-{tenant}.db")) as database:
            return database.execute(f"SELECT * FROM {table}").fetchall()

    def everything(self, tenant: str) -> bytes:
        """Every byte that is kept for a tenant."""
        return b"".join(path.read_bytes() for path in self.folder.glob(f"*-{tenant}.db*"))


def secret_of(name: str) -> str:
    return f"Zq{name}qZ"


def invitations(name: str, count: int = 3) -> list[dict[str, Any]]:
    """Invitations with the same ids for every tenant, and a mark of its own in what they say."""
    found = [accepted(f"engi-{number:013}", f"{secret_of(name)} {number}") for number in range(count)]
    for each in found:
        each["Payload"]["OpportunityInvitation"]["Customer"] = {
            "CompanyName": secret_of(name),
            "WebsiteUrl": f"https://{secret_of(name)}.example",
        }
    return found


NAMES = ("acme", "globex", "initech")


@pytest.fixture
def services() -> Iterator[dict[str, PartnerCentral]]:
    servers = {name: PartnerCentral(invitations(name)) for name in NAMES}
    for server in servers.values():
        server.__enter__()
    yield servers
    for server in servers.values():
        server.__exit__(None, None, None)


def settings(services: dict[str, PartnerCentral]) -> dict[str, Any]:
    return {name: {"source": {"endpoint_url": server.url}} for name, server in services.items()}


def by_tenant(done: Done) -> dict[str, Any]:
    return {each["tenant"]: each for each in done.answer["tenants"]}


def check_nothing_of_another(fleet: Fleet, name: str, said: str) -> None:
    for other in NAMES:
        if other != name:
            assert secret_of(other) not in said
            assert secret_of(other).encode() not in fleet.everything(name)


def test_nothing_of_one_tenant_is_in_anothers_run(
    tmp_path: Path, services: dict[str, PartnerCentral]
) -> None:
    own = settings(services)
    own["globex"]["crm"] = {"url": "sqlite:///nowhere/crm.db"}  # fails before it begins
    services["initech"].script("GetEngagementInvitation", [lambda answer: {"Id": secret_of("initech")}] * 99)
    fleet = Fleet(tmp_path, own)
    done = fleet.run("sync", "--all-tenants", "--output", "json", "--verbose", "--log-format", "json")
    ended = by_tenant(done)
    assert [ended[name]["exit_code"] for name in NAMES] == [0, 2, 3]
    assert done.code == done.answer["exit_code"] == 2
    assert ended["acme"]["counts"] == {"created": 3}
    assert len(fleet.rows("acme")) == 3
    lines = [json.loads(line) for line in done.err.splitlines()]
    for name in NAMES:
        said = json.dumps([line for line in lines if line["tenant"] == name]) + json.dumps(ended[name])
        for command in (("runs", "list"), ("runs", "show"), ("review", "list"), ("runs", "report")):
            answer = fleet.run(*command, "--tenant", name, "--output", "json")
            said += answer.out + answer.err
        check_nothing_of_another(fleet, name, said)
    assert all(line["tenant"] in NAMES for line in lines)
    assert {line["tenant"] for line in lines} >= {"globex"}
    shown = fleet.run("runs", "show", "--tenant", "acme", "--output", "json").answer
    assert len(shown["outcomes"]) == 3
    # What failed is made good, and what was done stays as it is.
    own["globex"].pop("crm")
    services["initech"].__exit__(None, None, None)
    services["initech"] = PartnerCentral(
        invitations("initech"), port=int(services["initech"].url.rsplit(":")[-1])
    )
    services["initech"].__enter__()
    again = by_tenant(Fleet(tmp_path, own).run("sync", "--all-tenants", "--output", "json"))
    assert [again[name]["exit_code"] for name in NAMES] == [0, 0, 0]
    assert again["acme"]["counts"] == {"unchanged": 3}
    assert again["globex"]["counts"] == again["initech"]["counts"] == {"created": 3}
    for name in NAMES:
        check_nothing_of_another(fleet, name, "")


def test_a_plan_of_one_tenant_is_not_made_true_in_anothers_crm(
    tmp_path: Path, services: dict[str, PartnerCentral]
) -> None:
    fleet = Fleet(tmp_path, settings(services))
    file = str(tmp_path / "plan.json")
    assert fleet.run("plan", "--tenant", "acme", "--out", file).code == 0
    done = fleet.run("apply", file, "--tenant", "globex")
    assert done.code == 2 and "plan is of tenant acme" in done.err
    assert fleet.rows("globex") == []
    assert fleet.run("apply", file, "--tenant", "acme").code == 0
    assert len(fleet.rows("acme")) == 3


def test_a_tenant_that_is_denied_its_service_stops_no_other(
    tmp_path: Path, services: dict[str, PartnerCentral]
) -> None:
    services["acme"].denied_operations.add("ListEngagementInvitations")
    fleet = Fleet(tmp_path, settings(services))
    done = fleet.run("sync", "--all-tenants", "--parallel", "2")
    assert done.code == 2
    assert "3 tenants: 2 done, 1 with exit code 2." in done.out
    assert len(fleet.rows("globex")) == len(fleet.rows("initech")) == 3
    assert not [line for line in done.err.splitlines() if "[acme]" not in line]


class Sts(AssumedRoles):
    """Gives each role credentials of its own, and refuses that of globex."""

    def answer(self, asked: dict[str, str]) -> tuple[int, str]:
        self.refusal = (403, "AccessDenied") if "globex" in asked["RoleArn"] else None
        status, text = super().answer(asked)
        return status, text.replace("ASIA", f"ASIA{asked['RoleArn'].rpartition('/')[2].upper()}")


def test_each_signs_as_its_own_role_and_one_that_is_refused_stops_no_other(
    tmp_path: Path, services: dict[str, PartnerCentral], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = settings(services)
    for name, settings_ in own.items():
        role = {"role_arn": f"arn:aws:iam::111122223333:role/{name}", "external_id": f"id-{name}"}
        settings_["source"] |= {**role, "sign_requests": True}
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOURS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "ours")
    with Sts() as sts:
        thread = threading.Thread(target=sts.serve_forever, args=(0.02,))
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{sts.server_port}")
        # In one process, one after the other: what one leaves there, the next would find.
        done = Fleet(tmp_path, own).run("sync", "--all-tenants", "--parallel", "1", "--output", "json")
        sts.shutdown()
        thread.join()
    assert [by_tenant(done)[name]["exit_code"] for name in NAMES] == [0, 2, 0], done.err
    assert {(each["RoleArn"].rpartition("/")[2], each["ExternalId"]) for each in sts.asked} == {
        (name, f"id-{name}") for name in NAMES
    }
    for name, service in services.items():
        used = {request.headers["Authorization"].split("/")[0] for request in service.requests}
        assert all(f"Credential=ASIA{name.upper()}" in each for each in used)
        assert bool(used) is (name != "globex")


def test_a_run_of_one_tenant_holds_up_no_other(tmp_path: Path, services: dict[str, PartnerCentral]) -> None:
    fleet = Fleet(tmp_path, settings(services))
    services["acme"].latency = 12.0
    with fleet.start("sync", "--tenant", "acme") as busy:
        await_file(tmp_path / "ledger-acme.db.lock")
        done = fleet.run("sync", "--all-tenants", "--output", "json")
        codes = {name: ended["exit_code"] for name, ended in by_tenant(done).items()}
        assert codes == {"acme": 5, "globex": 0, "initech": 0}
        assert done.code == 5
        services["acme"].latency = 0
        assert busy.wait(60) == 0


def await_file(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.2)


def children(pid: int) -> list[int]:
    tasks = (Path("/proc") / str(pid) / "task").iterdir()
    found = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return [pid for pid in found if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_a_process_that_is_killed_takes_no_other_tenant_with_it(
    tmp_path: Path, services: dict[str, PartnerCentral]
) -> None:
    fleet = Fleet(tmp_path, settings(services))
    services["acme"].latency = 12.0
    with fleet.start("sync", "--all-tenants", "--parallel", "1", "--output", "json") as process:
        await_file(tmp_path / "ledger-acme.db.lock")
        for child in children(process.pid):
            os.kill(child, signal.SIGKILL)
        out, err = process.communicate(timeout=120)
    ended = by_tenant(Done(process.returncode, out, err))
    assert [ended[name]["exit_code"] for name in NAMES] == [1, 0, 0], err
    assert "SIGKILL" in ended["acme"]["error"]["message"]
    services["acme"].latency = 0
    assert fleet.run("sync", "--tenant", "acme").code == 0
    assert len(fleet.rows("acme")) == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_under_way_is_finished_and_the_rest_not_begun(
    tmp_path: Path, services: dict[str, PartnerCentral], number: int
) -> None:
    fleet = Fleet(tmp_path, settings(services))
    services["acme"].latency = 12.0
    with fleet.start("sync", "--all-tenants", "--parallel", "1", "--output", "json") as process:
        await_file(tmp_path / "ledger-acme.db.lock")
        process.send_signal(number)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    ended = by_tenant(Done(process.returncode, out, err))
    assert [ended[name]["exit_code"] for name in NAMES] == [130] * 3
    assert not (tmp_path / "ledger-globex.db").exists()
    services["acme"].latency = 0
    assert fleet.run("sync", "--all-tenants").code == 0


def test_a_second_signal_ends_them_at_once(tmp_path: Path, services: dict[str, PartnerCentral]) -> None:
    fleet = Fleet(tmp_path, settings(services))
    for server in services.values():
        server.latency = 30.0
    with fleet.start("sync", "--all-tenants", "--parallel", "2") as process:
        await_file(tmp_path / "ledger-acme.db.lock")
        started = children(process.pid)
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 130 and "Traceback" not in err, err
    assert started and not [pid for pid in started if Path(f"/proc/{pid}").exists()]
    for server in services.values():
        server.latency = 0
    assert fleet.run("sync", "--all-tenants").code == 0


def test_a_dry_run_of_all_tenants_writes_nothing(tmp_path: Path, services: dict[str, PartnerCentral]) -> None:
    fleet = Fleet(tmp_path, settings(services))
    done = fleet.run("sync", "--all-tenants", "--dry-run", "--output", "json")
    assert by_tenant(done)["acme"]["counts"] == {"created": 3}
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_no_tenant_yet_is_no_failure(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, {})
    assert fleet.run("sync", "--all-tenants", "--output", "json").answer == {"exit_code": 0, "tenants": []}
    assert "no tenant yet" in fleet.run("tenants", "list").out


def test_the_tenants_are_listed_with_what_is_wrong(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, {"acme": {"source": {"endpoint_url": "http://127.0.0.1:9"}}, "b": {"x": 1}})
    done = fleet.run("tenants", "list", "--output", "json")
    acme, b = done.answer
    assert done.code == 2 and acme["problems"] == [] and acme["catalog"] == "Sandbox"
    assert "unknown setting x" in b["problems"][0]


def test_monitoring_is_told_of_each_tenant(tmp_path: Path, services: dict[str, PartnerCentral]) -> None:
    own = settings(services) | {"broken": {"x": 1}}
    fleet = Fleet(tmp_path, own)
    assert fleet.run("sync", "--tenant", "acme").code == 0
    assert fleet.run("sync", "--tenant", "globex").code == 0
    done = fleet.run("health", "--all-tenants", "--output", "json")
    assert done.code == 4 and done.answer["healthy"] is False
    assert {each["tenant"]: each["healthy"] for each in done.answer["tenants"]} == {
        "acme": True,
        "broken": False,
        "globex": True,
        "initech": False,
    }
    said = fleet.run("health", "--all-tenants").out
    assert "initech: no run has come to its end yet" in said and "unknown setting x" in said
    assert "4 tenants: 2 are well." in said
    given = fleet.run("metrics", "--all-tenants")
    assert given.code == 0 and "unknown setting x" in given.err
    for line in (
        'crm_connector_run_invitations{outcome="created",tenant="acme"} 3.0',
        'crm_connector_tenant_readable{tenant="broken"} 0.0',
        'crm_connector_reviews_open{tenant="initech"} 0.0',
    ):
        assert line in given.out.splitlines()
    assert 'crm_connector_last_good_run_timestamp_seconds{tenant="globex"}' in given.out
    alone = fleet.run("metrics", "--tenant", "acme").out
    assert 'crm_connector_run_done{tenant="acme"} 1.0' in alone and "globex" not in alone
    assert fleet.run("health", "--tenant", "acme").code == 0
    assert fleet.run("health", "--tenant", "acme", "--all-tenants").code == 2


@pytest.mark.postgresql
def test_tenants_of_one_database_have_each_a_schema(
    tmp_path: Path,
    services: dict[str, PartnerCentral],
    postgresql: Cluster,  # noqa: F811
) -> None:
    import psycopg

    postgresql.execute("CREATE DATABASE fleet")
    url = postgresql.url("fleet")
    fleet = Fleet(
        tmp_path,
        settings(services),
        ledger={"url": url},
        crm={"type": "sql", "url": f"{url}?schema=crm_{{tenant}}"},
    )
    with psycopg.connect(url, autocommit=True) as database:
        for name in NAMES:
            database.execute(f"CREATE SCHEMA crm_{name}")
        done = fleet.run("sync", "--all-tenants", "--parallel", "3", "--output", "json")
        assert done.code == 0, done.err
        for name in NAMES:
            for table in (f"tenant_{name}.history", f"crm_{name}.opportunities"):
                assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (3,)
            titles = database.execute(
                f"SELECT DISTINCT left(name, 20) FROM crm_{name}.opportunities"
            ).fetchall()
            assert all(secret_of(name) in title for (title,) in titles)
        public = database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        assert public == (0,)
        # A lock is one tenant's: here a run of acme's holds its.
        services["acme"].latency = 12.0
        with fleet.start("sync", "--tenant", "acme") as busy:
            await_lock(database)
            codes = {
                name: ended["exit_code"]
                for name, ended in by_tenant(fleet.run("sync", "--all-tenants", "--output", "json")).items()
            }
            assert codes == {"acme": 5, "globex": 0, "initech": 0}
            services["acme"].latency = 0
            assert busy.wait(60) == 0
    runs = fleet.run("runs", "list", "--tenant", "globex", "--output", "json").answer
    assert [run["counts"] for run in runs] == [{"unchanged": 3}, {"created": 3}]
    nobody = Fleet(tmp_path, {"nobody": {}}, ledger={"url": url})
    assert nobody.run("runs", "list", "--tenant", "nobody", "--output", "json").answer == []
    postgresql.execute("DROP DATABASE fleet WITH (FORCE)")


@pytest.mark.postgresql
def test_a_lock_is_held_however_long_a_run_takes_and_not_for_a_machine_that_is_gone(
    tmp_path: Path,
    postgresql: Cluster,  # noqa: F811
    postgresql_url: str,  # noqa: F811
) -> None:
    name = postgresql_url.rpartition("/")[2]
    postgresql.execute(f"ALTER DATABASE {name} SET idle_session_timeout = '500ms'")
    url = f"{postgresql_url}?schema=tenant_acme"
    with Ledger.open(url, tmp_path) as first, first.lock():
        time.sleep(2)
        with Ledger.open(url, tmp_path) as second, pytest.raises(LockHeld), second.lock():
            pass
        first.start_run("sync", datetime.now(UTC))
    given = f"{postgresql_url}?options=-c%20tcp_keepalives_idle%3D77"
    for each, seconds in ((postgresql_url, "30"), (given, "77")):
        engine = database.connect(each, tmp_path, what="ledger")
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW tcp_keepalives_idle").scalar() == seconds
        engine.dispose()


def await_lock(database: Any) -> None:
    deadline = time.monotonic() + 60
    while not database.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone()[0]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.2)


def test_the_crm_of_each_is_as_one_alone_has_it(tmp_path: Path) -> None:
    names = [f"t{number}" for number in range(6)]
    with PartnerCentral(make_invitations(40)) as server:
        alone = Installation.against(tmp_path / "alone", server.url)
        assert alone.run("sync").code == 3  # some titles need a person
        fleet = Fleet(tmp_path / "fleet", {name: {"source": {"endpoint_url": server.url}} for name in names})
        assert fleet.run("sync", "--all-tenants", "--parallel", "3").code == 3
    for name in names:
        assert sorted(fleet.rows(name)) == alone.crm()["opportunities"]


@pytest.mark.postgresql
def test_a_connection_that_does_not_keep_to_its_tenants_schema_is_refused(
    tmp_path: Path,
    postgresql_url: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What a PgBouncer does that is told to ignore the options of a session.
    monkeypatch.setattr(database, "_options", lambda url, *_: (url, {}))
    with pytest.raises(ConfigurationError, match="do not keep to the schema tenant_acme") as caught:
        Ledger.open(f"{postgresql_url}?schema=tenant_acme", tmp_path)
    assert "PgBouncer" in str(caught.value.hint)
