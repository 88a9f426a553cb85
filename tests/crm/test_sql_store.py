"""The sql CRM beside the contract: its file, its tables, its settings, and what people put there."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connector.crm.sql import Settings, SqlCrm
from connector.errors import (
    AccessDenied,
    ConfigurationError,
    RefusedError,
    TransientError,
)
from connector.records import Write

URL = "sqlite:///crm.db"
OPPORTUNITY = {"name": "n", "stage": "s"}


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[SqlCrm]:
    with SqlCrm.open(Settings(url=URL), tmp_path) as crm:
        yield crm


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A person with the sqlite3 shell."""
    connection = sqlite3.connect(tmp_path / "crm.db", isolation_level=None, timeout=0.1)
    yield connection
    connection.close()


def account(key: str, id: str | None = None, **fields: Any) -> Write:
    return Write("accounts", "aws_customer_key", key, id, fields if id else {"name": "Acme", **fields})


def opportunity(key: str, id: str | None = None, **fields: Any) -> Write:
    return Write("opportunities", "aws_invitation_id", key, id, {**({} if id else OPPORTUNITY), **fields})


# -- files and tables


def test_the_file_is_its_owners_alone_and_keeps_a_log_of_what_is_being_written(
    tmp_path: Path, crm: SqlCrm
) -> None:
    assert stat.S_IMODE((tmp_path / "crm.db").stat().st_mode) == 0o600
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no directory .*nowhere"):
        SqlCrm.open(Settings(url="sqlite:///nowhere/crm.db"), tmp_path)


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "crm.db").write_text("Name;Amount\n" * 1000)
    with pytest.raises(RefusedError, match="no SQLite database"):
        SqlCrm.open(Settings(url=URL), tmp_path)


def test_read_only_makes_nothing_and_reads_what_is_not_there_as_empty(tmp_path: Path) -> None:
    with SqlCrm.open(Settings(url=URL), tmp_path, read_only=True) as crm:
        assert "name" in crm.describe(["accounts"])["accounts"].fields
        assert crm.find("opportunities", "aws_invitation_id", ["a"], ["name", "account.name"]) == []
        assert crm.find_titles("leads", ["company"], ["x"], "aws_invitation_id", ["company"]) == []
    assert list(tmp_path.iterdir()) == []


def test_read_only_reads_a_database_that_has_less_than_the_model(
    tmp_path: Path, shell: sqlite3.Connection
) -> None:
    shell.execute("CREATE TABLE opportunities (id TEXT, aws_invitation_id TEXT, name TEXT, account_id TEXT)")
    shell.execute("INSERT INTO opportunities VALUES ('1', 'k', 'Deal', 'a'), ('2', NULL, 'Other', NULL)")
    before = (tmp_path / "crm.db").read_bytes()
    settings = Settings(url=URL, columns={"opportunities": {"region": "text"}})
    with SqlCrm.open(settings, tmp_path, read_only=True) as crm:
        fields = ["name", "region", "account.name", "created_at"]
        (record,) = crm.find("opportunities", "aws_invitation_id", ["k"], fields)
        assert record.fields == {"name": "Deal", "region": None, "account.name": None, "created_at": None}
        (other,) = crm.find_titles(
            "opportunities", ["project_title", "name"], ["OTHER"], "aws_invitation_id", []
        )
        assert other.id == "2"
    assert (tmp_path / "crm.db").read_bytes() == before


def test_columns_from_config_are_made_and_added_later(tmp_path: Path) -> None:
    kinds = {
        "region": "text(5)",
        "score": "integer",
        "share": "number",
        "fee": "money",
        "won_on": "date",
        "won_at": "datetime",
        "strategic": "boolean",
        "order": "text",
    }
    values = {
        "region": "EMEA",
        "score": 7,
        "share": Decimal("0.125"),
        "fee": Decimal("1.10"),
        "won_on": date(2026, 1, 2),
        "won_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "strategic": True,
        "order": "first",
    }
    with SqlCrm.open(Settings(url=URL), tmp_path) as crm:
        crm.write([opportunity("before")])
    for _ in range(2):
        with SqlCrm.open(Settings(url=URL, columns={"opportunities": kinds}), tmp_path) as crm:
            crm.write([opportunity("after", **values)])
            found = crm.find("opportunities", "aws_invitation_id", ["before", "after"], list(kinds))
            assert [r.fields for r in sorted(found, key=lambda r: str(r.fields["region"]))] == [
                values,
                dict.fromkeys(kinds),
            ]
            fields = crm.describe(["opportunities"])["opportunities"].fields
            assert (fields["region"].type, fields["region"].length) == ("text", 5)
            (result,) = crm.write([opportunity("long", region="too long")])
            assert (result.field, result.error) == ("region", "longer than 5 characters")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"opportunity": {"region": "text"}}, "no object opportunity: did you mean opportunities"),
        ({"leads": {"region": "txt"}}, "leads.region: there is no type txt: did you mean text"),
        ({"leads": {"region": "text(0)"}}, "leads.region: there is no type text"),
        ({"leads": {"region": "text(99999999)"}}, "leads.region: there is no type text"),
        ({"leads": {"Region; DROP": "text"}}, "a column's name is of a-z"),
        ({"leads": {"email": "text"}}, "leads has this column already"),
        ({"leads": {"a": "txt", "id": "text"}}, "leads.a.*leads.id"),
    ],
)
def test_columns_that_are_no_good_are_all_named_with_the_nearest(columns: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Settings(url=URL, columns=columns)


def test_settings_are_strict_and_do_not_show_the_url() -> None:
    with pytest.raises(ValidationError, match="colums"):
        Settings.model_validate({"url": URL, "colums": {}})
    with pytest.raises(ValidationError):
        Settings.model_validate({"url": 3})
    assert "hunter2" not in repr(Settings(url="postgresql://me:hunter2@host/db"))


def test_a_table_of_the_same_name_that_is_not_ours_is_left_alone(
    tmp_path: Path, shell: sqlite3.Connection
) -> None:
    shell.execute("CREATE TABLE contacts (first TEXT, last TEXT)")
    with pytest.raises(ConfigurationError, match="table contacts without id"):
        SqlCrm.open(Settings(url=URL), tmp_path)
    assert shell.execute("SELECT name FROM sqlite_master").fetchall() == [("contacts",)]


def test_a_table_without_our_columns_gets_them_and_their_keys(
    tmp_path: Path, shell: sqlite3.Connection
) -> None:
    shell.execute("CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT)")
    shell.execute("INSERT INTO accounts VALUES ('1', 'Acme')")
    with SqlCrm.open(Settings(url=URL), tmp_path) as crm:
        first, second = (crm.write([account("k", website=site)])[0] for site in ("a", "b"))
        assert first.id == second.id
        (record,) = crm.find("accounts", "id", ["1"], ["name", "aws_customer_key"])
        assert record.fields == {"name": "Acme", "aws_customer_key": None}


def test_a_key_that_is_there_twice_is_refused_at_once(tmp_path: Path, shell: sqlite3.Connection) -> None:
    shell.execute("CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT, aws_customer_key TEXT)")
    shell.execute("INSERT INTO accounts VALUES ('1', 'Acme', 'k'), ('2', 'Acme', 'k')")
    with pytest.raises(ConfigurationError, match="aws_customer_key holds the same value twice"):
        SqlCrm.open(Settings(url=URL), tmp_path)


# -- rows


def test_ids_are_made_of_object_and_key_and_rows_of_a_run_are_the_same_every_time(tmp_path: Path) -> None:
    rows = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        with SqlCrm.open(Settings(url=URL), tmp_path / folder) as crm:
            writes = [account("b"), account("a", website="x")]
            crm.write(writes if folder == "one" else writes[::-1])
        with sqlite3.connect(tmp_path / folder / "crm.db") as connection:
            rows.append(connection.execute("SELECT * FROM accounts ORDER BY id").fetchall())
        connection.close()
    assert rows[0] == rows[1]
    assert all(row[0].startswith("acc_") for row in rows[0])


def test_people_get_an_id_and_a_time_and_the_connector_leaves_the_time_empty(
    crm: SqlCrm, shell: sqlite3.Connection
) -> None:
    crm.write([account("ours")])
    shell.execute("INSERT INTO accounts (name) VALUES ('By hand')")
    (ours,) = crm.find("accounts", "aws_customer_key", ["ours"], [])
    (theirs,) = crm.find_titles("accounts", ["name"], ["by hand"], "aws_customer_key", ["name"])
    assert ours.created is None
    assert len(theirs.id) == 16
    assert theirs.created is not None
    assert abs(theirs.created.timestamp() - time.time()) < 60


def test_values_are_readable_in_a_shell(crm: SqlCrm, shell: sqlite3.Connection) -> None:
    crm.write(
        [
            opportunity(
                "k",
                amount=Decimal("1E+3"),
                monthly_spend=Decimal("0.10"),
                close_date=date(2026, 12, 31),
                invitation_date=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            )
        ]
    )
    query = "SELECT amount, monthly_spend, close_date, invitation_date FROM opportunities"
    assert shell.execute(query).fetchone() == ("1000", "0.10", "2026-12-31", "2026-01-02T03:04:05Z")
    assert shell.execute("SELECT sum(amount) FROM opportunities").fetchone() == (1000,)


def test_what_people_write_into_any_column_never_stops_a_run(crm: SqlCrm, shell: sqlite3.Connection) -> None:
    shell.execute(
        "INSERT INTO opportunities (name, stage, amount, close_date, invitation_date, industry, next_step) "
        "VALUES (4711, 's', 'about 5k', '31/12/2026', '2026-01-02 03:04:05', x'ff00', CAST(x'e96c' AS TEXT))"
    )
    fields = ["name", "amount", "close_date", "invitation_date", "industry", "next_step"]
    (record,) = crm.find_titles("opportunities", ["name"], ["4711"], "aws_invitation_id", fields)
    assert record.fields["name"] == "4711"
    assert record.fields["amount"] == "about 5k"
    assert record.fields["close_date"] == "31/12/2026"
    assert record.fields["invitation_date"] == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert all(isinstance(record.fields[name], str) for name in ("industry", "next_step"))


def test_a_key_that_a_person_took_off_makes_a_new_record(crm: SqlCrm, shell: sqlite3.Connection) -> None:
    (first,) = crm.write([account("k")])
    shell.execute("UPDATE accounts SET aws_customer_key = NULL")
    (second,) = crm.write([account("k")])
    (again,) = crm.write([account("k")])
    assert first.id != second.id == again.id
    assert shell.execute("SELECT count(*) FROM accounts").fetchone() == (2,)


def test_empty_text_in_a_key_is_no_key(crm: SqlCrm, shell: sqlite3.Connection) -> None:
    shell.execute("INSERT INTO accounts (id, name, aws_customer_key) VALUES ('1', 'Acme', '')")
    (record,) = crm.find_titles("accounts", ["name"], ["ACME"], "aws_customer_key", [])
    assert record.id == "1"
    assert crm.write([account("k", "1")])[0].id == "1"
    nameless = [account(""), account("\0"), account("", "1"), account("a")]
    assert [result.field for result in crm.write(nameless)] == [*["aws_customer_key"] * 3, None]


def test_dotted_names_go_along_two_references(crm: SqlCrm) -> None:
    (parent,) = crm.write([account("a", name="Acme")])
    (deal,) = crm.write([opportunity("o", account_id=parent.id)])
    role = {"opportunity_id": deal.id, "role": "Decider"}
    crm.write([Write("opportunity_contact_roles", "aws_contact_role_key", "r", None, role)])
    fields = ["opportunity.account.name", "opportunity.name", "contact.email", "role"]
    (record,) = crm.find("opportunity_contact_roles", "aws_contact_role_key", ["r"], fields)
    assert list(record.fields.values()) == ["Acme", "n", None, "Decider"]


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"name": None}, "name", "required"),
        ({"name": ""}, "name", "required"),
        ({"account_id": "nobody"}, "account_id", "reference"),
        ({"amount": "a lot"}, "amount", "unfit"),
        ({"amount": Decimal("NaN")}, "amount", "unfit"),
        ({"amount": Decimal("1E+100000")}, "amount", "unfit"),
        ({"close_date": "2026-02-30"}, "close_date", "unfit"),
        ({"score": 2**63}, "score", "unfit"),
        ({"description": ["a", "list"]}, "description", "unfit"),
    ],
)
def test_an_error_names_the_field_and_the_reason(tmp_path: Path, fields: Any, field: str, code: str) -> None:
    settings = Settings(url=URL, columns={"opportunities": {"score": "integer"}})
    with SqlCrm.open(settings, tmp_path) as crm:
        good, bad = crm.write([opportunity("good"), opportunity("bad", **fields)])
        assert good.id
        assert (bad.id, bad.field, bad.code) == (None, field, code)
        (updated,) = crm.write([opportunity("good", good.id, **fields)])
        assert (updated.id, updated.field, updated.code) == (None, field, code)


def test_a_unique_index_of_the_owners_own_is_named(crm: SqlCrm, shell: sqlite3.Connection) -> None:
    shell.execute("CREATE UNIQUE INDEX theirs ON accounts (website)")
    results = crm.write([account("a", website="x"), account("b", website="x"), account("c", website="y")])
    assert [(r.field, r.code) for r in results] == [(None, ""), ("website", "duplicate"), (None, "")]


def test_a_trigger_of_the_owners_own_keeps_its_words_to_itself(
    crm: SqlCrm, shell: sqlite3.Connection
) -> None:
    shell.execute(
        "CREATE TRIGGER t BEFORE INSERT ON accounts WHEN NEW.name = 'Evil' "
        "BEGIN SELECT RAISE(ABORT, 'no accounts.name Evil'); END"
    )
    bad, good = crm.write([account("a", name="Evil"), account("b")])
    assert bad.code == "refused"
    assert "Evil" not in (bad.error or "")
    assert good.id


def test_objects_fields_and_keys_that_are_not_there_end_the_run(crm: SqlCrm) -> None:
    with pytest.raises(RefusedError, match="no object deals"):
        crm.write([Write("deals", "k", "1", None, {}), Write("deals", "k", "2", None, {})])
    with pytest.raises(RefusedError, match="accounts has no field nome"):
        crm.write([account("1", nome="x"), account("2")])
    assert [result.error for result in crm.write([account("3"), account("4")])] == [None, None]
    with pytest.raises(RefusedError, match=r"accounts.name is no key"):
        crm.write([Write("accounts", "name", "x", None, {})])
    with pytest.raises(RefusedError, match="accounts has no relation owner"):
        crm.find("accounts", "id", ["1"], ["owner.name"])
    assert crm.find("accounts", "aws_customer_key", ["1", "2"], []) == []


# -- others at work


def test_titles_that_others_add_during_the_run_are_found(crm: SqlCrm, shell: sqlite3.Connection) -> None:
    def titled() -> list[str]:
        found = crm.find_titles("opportunities", ["name"], ["New Deal"], "aws_invitation_id", [])
        return sorted(record.id for record in found)

    assert titled() == []
    shell.execute("INSERT INTO opportunities (id, name, stage) VALUES ('1', 'new deal', 's')")
    deadline = time.monotonic() + 60
    while titled() != ["1"]:
        assert time.monotonic() < deadline
    shell.execute("UPDATE opportunities SET name = 'renamed'")
    shell.execute("INSERT INTO opportunities (id, name, stage) VALUES ('2', 'NEW  DEAL', 's')")
    while "2" not in titled():
        assert time.monotonic() < deadline


def test_a_locked_database_is_worth_trying_again(crm: SqlCrm, shell: sqlite3.Connection) -> None:
    crm._connection.exec_driver_sql("PRAGMA busy_timeout=50")
    crm._connection.commit()
    shell.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransientError, match="locked") as caught:
        crm.write([account("k")])
    assert (caught.value.service, caught.value.operation) == ("crm", "write")
    shell.execute("ROLLBACK")
    assert crm.write([account("k")])[0].id


def test_a_full_disk_is_worth_trying_again_later(crm: SqlCrm) -> None:
    pages = crm._connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    crm._connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    crm._connection.commit()
    with pytest.raises(TransientError, match="full"):
        crm.write([account(str(n), description="x" * 5000) for n in range(100)])


def test_a_database_that_may_not_be_written_is_refused(crm: SqlCrm) -> None:
    crm._connection.exec_driver_sql("PRAGMA query_only=ON")
    crm._connection.commit()
    with pytest.raises(AccessDenied, match="may not be written"):
        crm.write([account("k")])


def _write_in_a_process(folder: Path, start: int, ids: Any) -> None:
    with SqlCrm.open(Settings(url=URL), folder) as crm:
        keys = [f"k{(start + n) % 100}" for n in range(100)]
        results = [result for n in range(0, 100, 5) for result in crm.write([*map(account, keys[n : n + 5])])]
        ids.put(dict(zip(keys, [result.id for result in results], strict=True)))


def test_processes_that_open_and_write_at_once_make_one_row_for_a_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ids = context.Queue()
    processes = [context.Process(target=_write_in_a_process, args=(tmp_path, n, ids)) for n in (0, 33, 66)]
    for process in processes:
        process.start()
    made = [ids.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert made[0] == made[1] == made[2]
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        assert connection.execute("SELECT count(*) FROM accounts").fetchone() == (100,)
    connection.close()


def test_a_batch_is_written_whole_or_not_at_all(crm: SqlCrm, shell: sqlite3.Connection) -> None:
    crm.write([account("a")])
    shell.execute("ALTER TABLE accounts RENAME COLUMN website TO site")
    with pytest.raises(RefusedError, match="refused"):
        crm.write([account("b"), account("c", website="x")])
    assert shell.execute("SELECT count(*) FROM accounts").fetchone() == (1,)
