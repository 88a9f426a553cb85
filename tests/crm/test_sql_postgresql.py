"""What is PostgreSQL's own about the sql CRM: logins, lost connections, locks."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from connector.crm.sql import Settings, SqlCrm
from connector.errors import AccessDenied, ConnectorError, RefusedError, TransientError
from connector.records import Write, WriteResult
from tests.postgresql import Cluster

pytestmark = pytest.mark.postgresql


@pytest.fixture
def crm(postgresql_url: str, tmp_path: Path) -> Iterator[SqlCrm]:
    with SqlCrm.open(Settings(url=postgresql_url), tmp_path) as crm:
        yield crm


@pytest.fixture
def shell(crm: SqlCrm, postgresql_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        yield connection


def account(key: str, id: str | None = None, **fields: str) -> Write:
    return Write("accounts", "aws_customer_key", key, id, fields if id else {"name": "Acme", **fields})


def refusal(url: str, folder: Path) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        SqlCrm.open(Settings(url=url), folder)
    return caught.value


def test_what_is_wrong_with_a_login_is_told_without_the_password(
    postgresql: Cluster, postgresql_url: str, tmp_path: Path
) -> None:
    denied = refusal(postgresql.url(password="wr0ng-secret"), tmp_path)
    assert isinstance(denied, AccessDenied)
    assert "wr0ng-secret" not in "".join(traceback.format_exception(denied))
    missing = refusal(postgresql.url("no_such_database"), tmp_path)
    assert isinstance(missing, RefusedError)
    assert "no database" in missing.message


def test_a_server_that_does_not_answer_is_worth_trying_again(tmp_path: Path) -> None:
    error = refusal("postgresql://me:hunter2@127.0.0.1:1/db", tmp_path)
    assert isinstance(error, TransientError)
    assert "hunter2" not in "".join(traceback.format_exception(error))


def test_a_user_who_may_only_read_is_refused(
    postgresql: Cluster, postgresql_url: str, tmp_path: Path
) -> None:
    SqlCrm.open(Settings(url=postgresql_url), tmp_path).close()
    database = postgresql_url.rpartition("/")[2]
    user = f"reader_{database}"
    postgresql.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'secret'")
    postgresql.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}", database)
    url = postgresql.url(database, password="secret").replace("owner:", f"{user}:")
    with SqlCrm.open(Settings(url=url), tmp_path) as crm:
        assert crm.find("accounts", "aws_customer_key", ["k"], ["name"]) == []
        with pytest.raises(AccessDenied):
            crm.write([account("k")])
    postgresql.execute(f"DROP OWNED BY {user}", database)
    postgresql.execute(f"DROP ROLE {user}")


def test_read_only_makes_no_tables(postgresql_url: str, tmp_path: Path) -> None:
    with SqlCrm.open(Settings(url=postgresql_url), tmp_path, read_only=True) as crm:
        assert crm.find("accounts", "aws_customer_key", ["k"], ["name"]) == []
    with psycopg.connect(postgresql_url) as shell:
        count = shell.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert count == (0,)


def test_a_lost_connection_is_worth_trying_again_and_the_next_try_lands(
    crm: SqlCrm, shell: psycopg.Connection
) -> None:
    crm.write([account("before")])
    shell.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with pytest.raises(TransientError):
        crm.write([account("after")])
    assert crm.write([account("after")])[0].id
    found = crm.find("accounts", "aws_customer_key", ["before", "after"], [])
    assert len(found) == 2


def test_a_deadlock_is_worth_trying_again(crm: SqlCrm, shell: psycopg.Connection) -> None:
    first, second = (crm.write([account(key)])[0].id for key in "ab")
    low, high = sorted(filter(None, [first, second]))
    shell.execute("SET deadlock_timeout = '60s'")  # so that it is the connector that is told
    outcomes: list[TransientError | list[WriteResult]] = []

    def update() -> None:
        # In the order of ids: the first is free, the second held by the other, who wants the first.
        keys = {first: "a", second: "b"}
        try:
            outcomes.append(crm.write([account(keys[id_], id_, phone="1") for id_ in (low, high)]))
        except TransientError as error:
            outcomes.append(error)

    with shell.transaction(force_rollback=True):
        shell.execute("UPDATE accounts SET phone = '2' WHERE id = %s", [high])
        other = threading.Thread(target=update)
        other.start()
        while not shell.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            pass
        shell.execute("UPDATE accounts SET phone = '2' WHERE id = %s", [low])
    other.join()
    assert [type(outcome) for outcome in outcomes] == [TransientError]
    assert all(result.id for result in crm.write([account("a", first, phone="1")]))


def test_values_have_types_of_their_own(crm: SqlCrm, shell: psycopg.Connection) -> None:
    rows = shell.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'opportunities'"
    ).fetchall()
    kinds = dict(rows)
    assert kinds["amount"] == "numeric"
    assert kinds["close_date"] == "date"
    assert kinds["invitation_date"] == kinds["created_at"] == "timestamp with time zone"
    assert kinds["name"] == kinds["id"] == "text"


def test_people_get_an_id_and_a_time_and_the_connector_leaves_the_time_empty(
    crm: SqlCrm, shell: psycopg.Connection
) -> None:
    crm.write([account("ours")])
    shell.execute("INSERT INTO accounts (name) VALUES ('By hand')")
    rows = shell.execute("SELECT name, length(id), created_at IS NULL FROM accounts ORDER BY name").fetchall()
    assert rows == [("Acme", 20, True), ("By hand", 32, False)]
    (theirs,) = crm.find_titles("accounts", ["name"], ["by hand"], "aws_customer_key", [])
    assert theirs.created is not None
    assert theirs.created.utcoffset() is not None


def test_a_constraint_of_the_owners_own_names_its_field(crm: SqlCrm, shell: psycopg.Connection) -> None:
    shell.execute("ALTER TABLE accounts ADD CONSTRAINT theirs_phone CHECK (phone LIKE '+%')")
    shell.execute("ALTER TABLE accounts ALTER COLUMN segment TYPE varchar(3)")
    shell.execute("CREATE UNIQUE INDEX ON accounts (website)")
    results = crm.write(
        [
            account("a", phone="0049 secret"),
            account("b", segment="secret"),
            account("c", website="secret"),
            account("d", website="secret"),
        ]
    )
    told = [(result.field, result.code) for result in results]
    assert told == [("phone", "refused"), (None, "too_long"), (None, ""), ("website", "duplicate")]
    assert all("secret" not in (result.error or "") for result in results)


def test_several_that_open_an_empty_database_at_once_all_get_it(postgresql_url: str, tmp_path: Path) -> None:
    opened: list[str] = []

    def open_one() -> None:
        with SqlCrm.open(Settings(url=postgresql_url), tmp_path) as crm:
            opened.append(crm.name)

    threads = [threading.Thread(target=open_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == ["sql"] * 4


def trigger(shell: psycopg.Connection, body: str) -> None:
    shell.execute(f"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
    shell.execute("CREATE TRIGGER t BEFORE INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION f()")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("IF NEW.name = 'Odd' THEN RAISE EXCEPTION 'no %', NEW.name; END IF; RETURN NEW;", "refused"),
        ("IF NEW.name = 'Odd' THEN RETURN NULL; END IF; RETURN NEW;", "not_kept"),
    ],
)
def test_a_record_that_a_trigger_refuses_or_drops_fails_alone(
    crm: SqlCrm, shell: psycopg.Connection, body: str, code: str
) -> None:
    trigger(shell, body)
    for beside in (0, 3):
        good = [account(f"k{beside}-{number}") for number in range(beside)]
        results = crm.write([*good, account("odd", name="Odd")])
        assert [result.code for result in results] == [*[""] * beside, code]
        assert "Odd" not in (results[-1].error or "")
