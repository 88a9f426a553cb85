"""What owners of a database add to its tables: triggers, columns, collations."""

from __future__ import annotations

import sqlite3

import pytest

from connector.crm.sql import SqlCrm
from connector.errors import RefusedError
from connector.records import Write, WriteResult
from tests.crm.test_sql_store import account, crm, shell

__all__ = ["crm", "shell"]  # pytest takes fixtures from a module by their names


def codes(results: list[WriteResult]) -> list[str]:
    return [result.code for result in results]


def keys(shell: sqlite3.Connection) -> list[str]:
    return [key for (key,) in shell.execute("SELECT aws_customer_key FROM accounts ORDER BY 1")]


def made_anew(shell: sqlite3.Connection, before: str, after: str) -> None:
    """The table of accounts, as its owner would have it."""
    found = shell.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'accounts' AND sql IS NOT NULL")
    statements = [sql for (sql,) in found]
    shell.execute("DROP TABLE accounts")
    for sql in statements:
        shell.execute(sql.replace(before, after))


@pytest.mark.parametrize(
    "trigger",
    [
        "BEFORE INSERT ON accounts WHEN NEW.name = 'Dropped' BEGIN SELECT RAISE(IGNORE); END",
        "AFTER INSERT ON accounts WHEN NEW.name = 'Dropped'"
        " BEGIN DELETE FROM accounts WHERE id = NEW.id; END",
        "AFTER INSERT ON accounts WHEN NEW.name = 'Dropped'"
        " BEGIN UPDATE accounts SET aws_customer_key = upper(aws_customer_key) WHERE id = NEW.id; END",
        "AFTER INSERT ON accounts WHEN NEW.name = 'Dropped'"
        " BEGIN UPDATE accounts SET aws_customer_key = NULL WHERE id = NEW.id; END",
    ],
)
@pytest.mark.parametrize("beside", [0, 1, 3])
def test_a_record_that_the_database_does_not_keep_fails_alone(
    crm: SqlCrm, shell: sqlite3.Connection, trigger: str, beside: int
) -> None:
    shell.execute(f"CREATE TRIGGER t {trigger}")
    others = [account(f"k{number}") for number in range(beside)]
    assert codes(crm.write([*others, account("dropped", name="Dropped")])) == [*[""] * beside, "not_kept"]
    assert keys(shell) == [write.key for write in others], "and nothing half written"


def test_ids_that_the_database_gives_are_the_records_ids(crm: SqlCrm, shell: sqlite3.Connection) -> None:
    shell.execute(
        "CREATE TRIGGER t AFTER INSERT ON accounts"
        " BEGIN UPDATE accounts SET id = 'A-' || rowid WHERE id = NEW.id; END"
    )
    results = crm.write([account("a"), account("b")])
    assert sorted(result.id or "" for result in results) == ["A-1", "A-2"]
    contact = Write("contacts", "aws_contact_key", "c", None, {"last_name": "x", "account_id": results[0].id})
    assert codes(crm.write([contact])) == [""]


def test_an_update_that_the_database_passes_over_is_no_other_key_s_doing(
    crm: SqlCrm, shell: sqlite3.Connection
) -> None:
    (made,) = crm.write([account("a")])
    shell.execute("CREATE TRIGGER t BEFORE UPDATE ON accounts BEGIN SELECT RAISE(IGNORE); END")
    assert codes(crm.write([account("a", made.id, name="New")])) == ["not_kept"]
    assert codes(crm.write([account("b", made.id, name="New")])) == ["claimed"]


@pytest.mark.parametrize("beside", [0, 1, 4])
def test_a_record_at_which_a_trigger_breaks_fails_alone(
    crm: SqlCrm, shell: sqlite3.Connection, beside: int
) -> None:
    shell.execute(
        "CREATE TRIGGER t AFTER INSERT ON accounts"
        " BEGIN UPDATE accounts SET phone = json_extract(NEW.description, '$.a') WHERE id = NEW.id; END"
    )
    good = [account(f"k{number}", description="{}") for number in range(beside)]
    results = crm.write([*good, account("bad", description="{'secret'")])
    assert codes(results) == [*[""] * beside, "refused"]
    assert "secret" not in (results[-1].error or "")
    assert keys(shell) == [write.key for write in good]


def test_a_trigger_that_ends_the_transaction_ends_the_run_and_nothing_half_written_stays(
    crm: SqlCrm, shell: sqlite3.Connection
) -> None:
    shell.execute(
        "CREATE TRIGGER t BEFORE INSERT ON accounts WHEN NEW.name = 'Bad'"
        " BEGIN SELECT RAISE(ROLLBACK, 'no'); END"
    )
    with pytest.raises(RefusedError):
        crm.write([account("a"), account("b"), account("bad", name="Bad"), account("c")])
    assert keys(shell) == []
    assert codes(crm.write([account("a")])) == [""]


def test_tables_that_are_not_as_we_made_them_end_the_run(crm: SqlCrm, shell: sqlite3.Connection) -> None:
    shell.execute("ALTER TABLE accounts DROP COLUMN phone")
    shell.execute("ALTER TABLE accounts ADD COLUMN phone TEXT GENERATED ALWAYS AS (name) VIRTUAL")
    for writes in ([account("a", phone="1")], [account("a", phone="1"), account("b", phone="2")]):
        with pytest.raises(RefusedError, match="SQLITE_ERROR"):
            crm.write(writes)


def test_a_column_of_the_owners_own_that_must_be_filled_in_is_named(
    crm: SqlCrm, shell: sqlite3.Connection
) -> None:
    made_anew(shell, "PRIMARY KEY", "region TEXT NOT NULL, PRIMARY KEY")
    (result,) = crm.write([account("a")])
    assert (result.code, result.field) == ("required", "region")


def test_a_key_that_a_collation_takes_for_another_s_writes_nothing(
    crm: SqlCrm, shell: sqlite3.Connection
) -> None:
    made_anew(shell, "aws_customer_key TEXT", "aws_customer_key TEXT COLLATE NOCASE")
    (made,) = crm.write([account("acme.example")])
    shell.execute("UPDATE accounts SET name = 'Edited'")
    for writes in ([account("ACME.example")], [account("ACME.example"), account("other.example")]):
        assert crm.write(writes)[0].code == "duplicate"
        assert ("acme.example", "Edited", made.id) in list(
            shell.execute("SELECT aws_customer_key, name, id FROM accounts")
        )
