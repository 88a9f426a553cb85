"""Connections to the databases that the ledger and the sql CRM live in: SQLite files and PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, make_url

from connector import sqlite_file
from connector.database_errors import Store, damaged, translate
from connector.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

_SCHEMA = "connector_schema"  # among an engine's options: the schema that its url named
_SESSION = json.dumps(
    {
        "idle_session_timeout": "0",
        "tcp_keepalives_idle": "30",  # seconds
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
    }
)
_DRIVERS = {"sqlite": "pysqlite", "postgresql": "psycopg"}
_PATIENCE = 30_000  # milliseconds
_MAKING = 2.0  # seconds that another run may take to make a database


def connect(url: str, directory: Path, *, what: str, read_only: bool = False) -> sa.Engine:
    """An engine for ``url``, which may hold a password and is therefore never shown.

    ``?schema=NAME`` in a url of PostgreSQL makes that the one schema in which names are looked up.
    A relative SQLite path counts from ``directory``; the file is made readable by its owner alone. With
    ``read_only`` nothing is made or written: a database that is not there is an empty one in memory.
    Raises ConfigurationError naming ``what`` when the url, its driver or its directory is no good.
    """
    parsed = _parse(url, what)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, directory, what, read_only)
    parsed, schema = _without_schema(parsed, what)
    parsed, options = _options(parsed, schema, read_only)
    try:
        engine = sa.create_engine(
            parsed,
            connect_args={"connect_timeout": 10, **options},
            execution_options={_SCHEMA: schema},
            pool_pre_ping=True,
            hide_parameters=True,  # customers' values, which SQLAlchemy would print in its errors
        )
    except ModuleNotFoundError:
        raise ConfigurationError(
            f"{what}: PostgreSQL needs its driver",
            hint="pip install 'partner-central-crm-connector[postgresql]'",
        ) from None
    if not read_only:
        _keep_alive(engine)
    if schema:
        _keep_to(engine, schema, what)
    return engine


def _keep_alive(engine: sa.Engine) -> None:
    """Have the server soon end sessions whose machine is gone, which may hold a run's lock, and none that
    merely waits, as a lock's does for hours. Only what this server knows, and the user's url does not say."""

    @sa.event.listens_for(engine, "connect")
    def _set(connection: Any, _: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config(known.name, wanted.value, false)"
                " FROM json_each_text(%s) AS wanted(name, value) JOIN pg_settings AS known USING (name)"
                " WHERE known.source <> 'client'",
                [_SESSION],
            )
        connection.commit()


def _keep_to(engine: sa.Engine, schema: str, what: str) -> None:
    """Have a connection that does not keep to the schema raise ConfigurationError: a pooler that is told to
    ignore a session's options would have all tenants share one."""

    @sa.event.listens_for(engine, "connect")
    def _check(connection: Any, _: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW search_path")
            ((kept,),) = cursor.fetchall()
        connection.rollback()
        if kept != f'"{schema}"':
            raise ConfigurationError(
                f"{what}: its connections do not keep to the schema {schema}",
                hint="give the address of PostgreSQL itself: a pooler (PgBouncer) leaves the schema out",
            )


def _parse(url: str, what: str) -> URL:
    try:
        parsed = make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # the latter of a port that is no number
        raise ConfigurationError(
            f"{what}: the url is not one of a database",
            hint="for example sqlite:///crm.db or postgresql://host/name",
        ) from None
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    backend, _, driver = parsed.drivername.partition("+")
    if backend not in _DRIVERS:
        raise ConfigurationError(
            f"{what}: {backend} is not supported", hint="use sqlite:///file.db or postgresql://..."
        )
    if driver not in ("", _DRIVERS[backend]):
        raise ConfigurationError(f"{what}: there is no driver {driver} here", hint=f"write {backend}://...")
    if backend == "sqlite" and parsed.query:
        raise ConfigurationError(
            f"{what}: a url of SQLite takes no parameters", hint="leave out the ? and what comes after it"
        )
    return parsed


def location(url: str, directory: Path) -> str:
    """Which database ``url`` names, without user and password. A file in ``directory`` is told by its path
    from there, so that both can move together."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = (directory / (parsed.database or "")).resolve()
        home = directory.resolve()
        return str(path.relative_to(home) if path.is_relative_to(home) else path)
    schema = parsed.query.get("schema", "")
    host = f"{parsed.host or 'localhost'}:{parsed.port or 5432}"
    return f"{host}/{parsed.database or ''}" + (f" ({schema})" if schema else "")


def conninfo(url: str, what: str) -> tuple[str, str]:
    """A PostgreSQL url as libpq takes it (key=value) and the schema that it names, "" for none. Raises
    ConfigurationError naming ``what`` when it is no such url."""
    parsed = _parse(url, what)
    if parsed.get_backend_name() != "postgresql":
        raise ConfigurationError(
            f"{what}: a queue needs PostgreSQL", hint="for example postgresql://host/name"
        )
    parsed, schema = _without_schema(parsed, what)
    parsed, options = _options(parsed, schema, read_only=False)
    from psycopg.conninfo import make_conninfo

    arguments = parsed.translate_connect_args(username="user", database="dbname")
    return make_conninfo("", **{**arguments, **dict(parsed.query), **options}), schema


def _without_schema(url: URL, what: str) -> tuple[URL, str]:
    schema = url.query.get("schema", "")
    if not isinstance(schema, str) or (schema and re.fullmatch(r"[\w-]{1,63}", schema, re.ASCII) is None):
        hint = "letters, digits, _ and -, 63 at most"
        raise ConfigurationError(f"{what}: the schema in the url is no good", hint=hint)
    return url.difference_update_query(["schema"]), schema


def _options(url: URL, schema: str, read_only: bool) -> tuple[URL, dict[str, str]]:
    """Settings of the session, beside those that the url has already."""
    given = url.query.get("options", "")
    wanted = [given] if isinstance(given, str) and given else list(given)
    wanted += ["-c default_transaction_read_only=on"] if read_only else []
    wanted += [f'-c search_path="{schema}"'] if schema else []
    return url.difference_update_query(["options"]), {"options": " ".join(wanted)} if wanted else {}


def schema_of(engine: sa.Engine) -> str:
    """The schema that the url named; "" for none."""
    return str(engine.get_execution_options().get(_SCHEMA, ""))


def _sqlite(url: URL, directory: Path, what: str, read_only: bool) -> sa.Engine:
    if url.database and url.database != ":memory:":
        path = directory / url.database
        if not os.path.isdir(path.parent):  # noqa: PTH112 - Path's raises where one may not look
            raise ConfigurationError(
                f"{what}: there is no directory {path.parent}", hint="make it, or change the url"
            )
        if not read_only:
            sqlite_file.make_private(path, what)
            url = url.set(database=str(path))
        elif sqlite_file.is_there(path, what):
            url = sqlite_file.for_reading(url, path)
        else:
            url = url.set(database=":memory:")  # None would leave it as it is
    in_memory = not url.database or url.database == ":memory:"
    poolclass = sa.pool.StaticPool if in_memory else None
    engine = sa.create_engine(url, poolclass=poolclass, hide_parameters=True)
    # Milliseconds for another's lock, during which Ctrl-C is not heard: what has a retry policy asks often
    # and waits there; the ledger has none.
    busy = _PATIENCE if what == "ledger" else 2_000

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _: object) -> None:
        try:
            _set_up(connection.cursor(), busy, in_memory=in_memory, read_only=read_only)
        except UnicodeDecodeError:  # SQLite's words about a damaged file quote what is in it
            damage = sqlite3.DatabaseError()
            damage.sqlite_errorcode, damage.sqlite_errorname = sqlite3.SQLITE_CORRUPT, "SQLITE_CORRUPT"
            raise damage from None

    return engine


def _set_up(cursor: sqlite3.Cursor, busy: int, *, in_memory: bool, read_only: bool) -> None:
    for pragma in (f"busy_timeout={busy}", "foreign_keys=ON", "temp_store=MEMORY", "cache_size=-16384"):
        cursor.execute(f"PRAGMA {pragma}")
    if not in_memory:
        if not read_only:
            # Safe against a kill of the process at any time; a power cut can cost the last commits only.
            _write_ahead(cursor)
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.execute("PRAGMA wal_autocheckpoint=32000")  # 4 KB pages; each waits for the disk
        else:
            cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Another run may be making the same new database, and SQLite does not wait for that by itself."""
    deadline = time.monotonic() + _MAKING
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def translating(engine: sa.Engine, store: Store) -> sa.Engine:
    """``engine``, whose errors of the driver are ServiceErrors from now on, those of connecting too."""

    @sa.event.listens_for(engine, "handle_error")
    def _translate(context: sa.engine.ExceptionContext) -> BaseException | None:
        error = context.sqlalchemy_exception
        if isinstance(context.original_exception, UnicodeDecodeError):
            return damaged("SQLITE_CORRUPT", "", store)
        return translate(error, "", store) if isinstance(error, sa.exc.DBAPIError) else None

    return engine


def insert(engine: sa.Engine, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that knows what to do on a conflict, of which each kind of database has a form of its own."""
    if engine.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # takes a while to load

        return postgresql.insert(table)
    return sqlite.insert(table)


def upsert(
    engine: sa.Engine, table: sa.Table, keys: Sequence[str] = (), *, once: Sequence[str] = ()
) -> sa.Insert:
    """An insert that updates the row with the same ``keys`` (the primary key, if none are given), except for
    its ``once`` columns."""
    statement = insert(engine, table)
    names = list(keys) or [column.name for column in table.primary_key]
    values = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if column.name not in names and column.name not in once and not column.primary_key
    }
    return statement.on_conflict_do_update(index_elements=names, set_=values)


def any_of(engine: sa.Engine, column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """Whether ``column`` is one of a parameter's many values, as one parameter (see ``many``): the statement
    stays the same however many they are."""
    if engine.dialect.name == "postgresql":
        return column == sa.func.any(sa.bindparam(name, type_=sa.ARRAY(sa.Text)))
    values = sa.func.json_each(sa.bindparam(name, type_=sa.Text)).table_valued("value")
    return column.in_(sa.select(values.c.value))


def many(engine: sa.Engine, values: Iterable[str]) -> Any:
    """The value of ``any_of``'s parameter."""
    return list(values) if engine.dialect.name == "postgresql" else json.dumps(list(values))


class Bulk:
    """A statement for many rows at once, compiled once and given to the driver as it is: the columns must be
    of types that the driver takes. ``columns`` names what each row has."""

    def __init__(self, engine: sa.Engine, statement: sa.Insert, columns: Sequence[str]) -> None:
        compiled = statement.compile(dialect=engine.dialect, column_keys=list(columns))
        self._sql = str(compiled)
        positions = getattr(compiled, "positiontup", None)
        self._arrange = itemgetter(*positions) if positions else None

    def execute(self, connection: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Execute the statement for each of ``rows``."""
        values: list[Any] = list(map(self._arrange, rows)) if self._arrange else list(rows)
        if values:
            connection.exec_driver_sql(self._sql, values)
