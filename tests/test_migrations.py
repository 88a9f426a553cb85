"""A ledger that an earlier version made is brought up to date, while programs of two versions work with it.

``ledgers/`` has a ledger of every shape that there has been, made by the program of then from the example
config: ``first.sql`` by the first that could sync, ``with_*.sql`` by those that added tables, and
``last_without_migrations.sql``; from then on one for each revision and release (``python -m tests.ledgers``).
``*.statements`` are what a program of then asked of such a ledger in the run after: it knows nothing of ours.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import re
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from connector import ledger_tables as tables
from connector import migrations
from connector.apply import Kind
from connector.cli.main import run
from connector.database import connect
from connector.errors import UsageError
from connector.ledger import Ledger
from connector.rehearsal import Rehearsal
from tests.postgresql import postgresql, postgresql_url

__all__ = ["postgresql", "postgresql_url"]

HERE = Path(__file__).parent
OLD = sorted(path.stem for path in (HERE / "ledgers").glob("*.sql"))
URL = "sqlite:///ledger.db"


def restore(name: str, folder: Path) -> None:
    with contextlib.closing(sqlite3.connect(folder / "ledger.db")) as database:
        database.executescript((HERE / "ledgers" / f"{name}.sql").read_text(encoding="utf-8"))


def rows(folder: Path, query: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(folder / "ledger.db")) as database:
        return database.execute(query).fetchall()


def revision(folder: Path) -> str | None:
    if not rows(folder, "SELECT name FROM sqlite_master WHERE name = 'ledger_version'"):
        return None
    return str(rows(folder, "SELECT version_num FROM ledger_version")[0][0])


def differences(url: str, folder: Path, wanted: sa.MetaData = tables.metadata) -> list[Any]:
    """Between a ledger and what ``ledger_tables`` says."""
    engine = connect(url, folder, what="ledger")
    with engine.connect() as connection:
        options = {"compare_type": True, "version_table": tables.version.name}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), wanted)
    engine.dispose()
    # Alembic takes no notice of its own table, which ledger_tables has too.
    return [each for each in found if not (each[0] == "add_table" and each[1].name == tables.version.name)]


@pytest.mark.parametrize("name", OLD)
def test_an_old_ledger_is_brought_up_to_date_and_keeps_what_it_knows(tmp_path: Path, name: str) -> None:
    restore(name, tmp_path)
    before = rows(tmp_path, "SELECT id, outcome FROM invitations")
    assert len(before) > 10
    Ledger.open(URL, tmp_path).close()
    assert revision(tmp_path) == tables.REVISIONS[-1]
    assert differences(URL, tmp_path) == []
    assert rows(tmp_path, "SELECT id, outcome FROM invitations") == before
    with Ledger.open(URL, tmp_path) as ledger:
        assert len(ledger.runs()) == 1


@pytest.mark.parametrize("name", OLD)
def test_a_sync_goes_on_with_an_old_ledger(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(HERE.parent / "mappings", tmp_path / "mappings")
    shutil.copy(HERE.parent / "config.example.yaml", tmp_path)
    restore(name, tmp_path)
    monkeypatch.chdir(tmp_path)
    before = revision(tmp_path)
    for command in (["runs", "list"], ["runs", "show"], ["review", "list"], ["sync", "--dry-run"]):
        assert run(["--config", "config.example.yaml", *command]) in (0, 3)  # these write nothing
    assert revision(tmp_path) == before
    assert run(["--config", "config.example.yaml", "sync"]) == 0
    assert revision(tmp_path) == tables.REVISIONS[-1]
    assert [state for (state,) in rows(tmp_path, "SELECT state FROM runs")] == ["done", "done"]


@pytest.mark.parametrize("name", OLD)
def test_the_last_good_run_of_an_old_ledger_is_one(tmp_path: Path, name: str) -> None:
    """Earlier programs did not say of which invitations a run was: their command says it, until the next."""
    restore(name, tmp_path)
    before = revision(tmp_path)
    with Rehearsal.open(URL, tmp_path) as ledger:
        assert (good := ledger.last_good_run()) and good.id == 1
        assert ledger.prune(datetime(2999, 1, 1, tzinfo=UTC), rehearse=True)["runs"].gone == 0
    assert revision(tmp_path) == before
    with Ledger.open(URL, tmp_path) as ledger:
        assert (good := ledger.last_good_run()) and good.id == 1
        moment = datetime(2026, 12, 1, tzinfo=UTC)
        of_some = ledger.start_run("sync", moment)
        ledger.finish_run(of_some, moment, "done", {}, {}, {})
        assert (good := ledger.last_good_run()) and good.id == 1
        of_all = ledger.start_run("sync", moment, complete=True)
        ledger.finish_run(of_all, moment, "done", {}, {}, {})
        assert (good := ledger.last_good_run()) and good.id == of_all


def test_there_is_a_ledger_of_every_release_and_of_the_latest_revision(tmp_path: Path) -> None:
    changelog = (HERE.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    released = set(re.findall(r"^## (\d+\.\d+\.\d+)(?! \(unreleased\))", changelog, re.MULTILINE))
    assert released <= set(OLD), "make one by `python -m tests.ledgers VERSION`"
    found = set()
    for name in OLD:
        (tmp_path / name).mkdir()
        restore(name, tmp_path / name)
        found.add(revision(tmp_path / name))
    assert found >= {None, tables.REVISIONS[-1]}, "make one by `python -m tests.ledgers revision_NUMBER`"


def shape(folder: Path) -> set[tuple[str, ...]]:
    found = set()
    for (table,) in rows(folder, "SELECT name FROM sqlite_master WHERE type = 'table'"):
        found |= {(table, *map(str, column[1:4])) for column in rows(folder, f"PRAGMA table_info({table})")}
    return found


def test_the_ledger_of_the_latest_revision_is_what_a_new_one_is(tmp_path: Path) -> None:
    """So that nothing is added to what ``ledger_tables`` makes but by a migration."""
    (name,) = (name for name in OLD if name == f"revision_{tables.REVISIONS[-1]}")
    restore(name, tmp_path)
    kept, new = shape(tmp_path), tmp_path / "new"
    new.mkdir()
    Ledger.open(URL, new).close()
    assert shape(new) == kept


@pytest.mark.parametrize("addition", ["table", "column"])
def test_what_is_added_without_a_migration_is_seen(tmp_path: Path, addition: str) -> None:
    """The comparison that the other tests go by sees what they are to see."""
    Ledger.open(URL, tmp_path).close()
    wanted = sa.MetaData()
    for table in tables.metadata.sorted_tables:
        table.to_metadata(wanted)
    if addition == "table":
        sa.Table("moods", wanted, sa.Column("id", sa.Integer, primary_key=True))
    else:
        wanted.tables["runs"].append_column(sa.Column("mood", sa.Text))
    assert [each[0] for each in differences(URL, tmp_path, wanted)] == [f"add_{addition}"]


STATEMENTS = sorted(path.stem for path in (HERE / "ledgers").glob("*.statements"))


@pytest.mark.parametrize("name", STATEMENTS)
def test_an_earlier_program_works_on_while_this_one_does(tmp_path: Path, name: str) -> None:
    restore(name, tmp_path)
    script = (HERE / "ledgers" / f"{name}.statements").read_text(encoding="utf-8")
    with Ledger.open(URL, tmp_path) as ledger:  # it is brought up to date under the earlier one's feet
        known = [id for (id,) in rows(tmp_path, "SELECT id FROM invitations")]
        replay(tmp_path, script)
        (theirs, first) = ledger.runs()
        assert (first.id, theirs.id, theirs.state) == (1, 2, "done")
        assert theirs.counts == {"unchanged": 30, "updated": 1}
        assert [row.outcome for row in ledger.seen(known).values()].count(Kind.UPDATED) == 1
        mine = ledger.start_run("sync", datetime(2026, 12, 1, tzinfo=UTC))
        ledger.finish_run(mine, datetime(2026, 12, 1, tzinfo=UTC), "done", {"created": 1}, {}, {}, "")
        reading = [each for each in split(script) if each.lstrip().startswith("SELECT")]
        assert len(reading) > 5
        replay(tmp_path, ";".join(reading))
        assert [each.id for each in ledger.runs()] == [3, 2, 1]


def split(script: str) -> list[str]:
    found, rest = [], ""
    for line in script.splitlines(keepends=True):
        rest += line
        if sqlite3.complete_statement(rest):
            found.append(rest)
            rest = ""
    return found


def replay(folder: Path, script: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / "ledger.db", isolation_level=None)) as database:
        for statement in split(script if script.rstrip().endswith(";") else f"{script};"):
            database.execute(statement).fetchall()


def migrated(url: str, folder: Path, *, to: str = "head") -> None:
    engine = connect(url, folder, what="ledger")
    with engine.connect() as connection, connection.begin():
        migrations.upgrade(connection, to)
    engine.dispose()


def test_migrations_make_what_a_new_ledger_is(tmp_path: Path) -> None:
    migrated(URL, tmp_path)
    assert differences(URL, tmp_path) == []
    made = tmp_path / "made"
    made.mkdir()
    Ledger.open(URL, made).close()
    assert differences(URL, made) == []
    assert revision(made) == revision(tmp_path) == tables.REVISIONS[-1]


def test_the_revisions_are_those_of_the_files() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert tuple(each.revision for each in script.walk_revisions())[::-1] == tables.REVISIONS


@pytest.mark.parametrize("at", tables.REVISIONS)
def test_a_ledger_of_any_revision_is_brought_up_to_date(tmp_path: Path, at: str) -> None:
    migrated(URL, tmp_path, to=at)
    Ledger.open(URL, tmp_path).close()
    assert (revision(tmp_path), differences(URL, tmp_path)) == (tables.REVISIONS[-1], [])


def make_newer(folder: Path, schema: int) -> None:
    Ledger.open(URL, folder).close()
    with contextlib.closing(sqlite3.connect(folder / "ledger.db")) as database:
        database.execute("UPDATE ledger_version SET version_num = '9999'")
        database.execute("ALTER TABLE runs ADD COLUMN mood TEXT DEFAULT 'good' NOT NULL")
        database.execute("UPDATE about SET value = ? WHERE name = 'schema_version'", [str(schema)])
        database.commit()


def test_a_newer_ledger_that_was_only_added_to_works(tmp_path: Path) -> None:
    make_newer(tmp_path, tables.SCHEMA_VERSION)
    with Ledger.open(URL, tmp_path) as ledger:
        number = ledger.start_run("sync", datetime(2026, 1, 1, tzinfo=UTC))
        assert ledger.run(number)
    assert revision(tmp_path) == "9999"
    with Rehearsal.open(URL, tmp_path) as ledger:
        assert len(ledger.runs()) == 1


@pytest.mark.parametrize("kind", [Ledger, Rehearsal])
def test_a_newer_ledger_of_another_kind_is_refused(tmp_path: Path, kind: type[Ledger]) -> None:
    make_newer(tmp_path, tables.SCHEMA_VERSION + 1)
    with pytest.raises(UsageError, match="newer version"):
        kind.open(URL, tmp_path)


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore(OLD[0], tmp_path)
    before = rows(tmp_path, "SELECT name, sql FROM sqlite_master ORDER BY name")
    upgrade = migrations.upgrade

    def fail(connection: sa.Connection) -> None:
        upgrade(connection)
        raise RuntimeError

    monkeypatch.setattr(migrations, "upgrade", fail)
    with pytest.raises(RuntimeError):
        Ledger.open(URL, tmp_path)
    assert rows(tmp_path, "SELECT name, sql FROM sqlite_master ORDER BY name") == before


def open_it(url: str, folder: Path) -> None:
    Ledger.open(url, folder).close()


def at_once(url: str, folder: Path, count: int = 4) -> list[int | None]:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=open_it, args=(url, folder)) for _ in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    return [process.exitcode for process in processes]


@pytest.mark.parametrize("name", [OLD[0], ""])
def test_several_programs_may_do_it_at_once(tmp_path: Path, name: str) -> None:
    if name:
        restore(name, tmp_path)
    assert at_once(URL, tmp_path) == [0] * 4
    assert differences(URL, tmp_path) == []


@pytest.fixture(params=["", "tenant_a-b"])
def url(request: pytest.FixtureRequest, postgresql_url: str) -> Iterator[str]:
    yield f"{postgresql_url}?schema={request.param}" if request.param else postgresql_url


@pytest.mark.postgresql
def test_on_postgresql_too(tmp_path: Path, url: str) -> None:
    assert at_once(url, tmp_path) == [0] * 4
    assert differences(url, tmp_path) == []
    engine = connect(url, tmp_path, what="ledger")
    with engine.connect() as connection, connection.begin():
        # As before there were migrations, and as the first version left it.
        for statement in ("DROP TABLE ledger_version, facts, history", "DROP TABLE decisions"):
            connection.exec_driver_sql(statement)
    engine.dispose()
    assert at_once(url, tmp_path) == [0] * 4
    assert differences(url, tmp_path) == []
    migrated(url, tmp_path)  # again, which is nothing
