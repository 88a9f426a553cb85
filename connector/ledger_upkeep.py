"""Upkeep of a whole ledger: encrypting it by another key, and forgetting what is old."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from connector import ledger_tables as tables
from connector.apply import Kind
from connector.ledger_cipher import Cipher, decrypted, encrypted, marked

log = logging.getLogger(__name__)

_ENCRYPTION = "encryption"  # the row of ``about`` that says by which key
_TOGETHER = 1_000  # rows that one statement rewrites
_CLOSED = ("REJECTED", "EXPIRED")


class Pruned(NamedTuple):
    """Rows of a table that are old enough to go, and those that stay."""

    gone: int
    left: int


def proof(connection: sa.Connection) -> str | None:
    """What tells the key by which a ledger is encrypted; None for one that is not."""
    if not sa.inspect(connection).has_table(tables.about.name):
        return None
    about = tables.about.c
    return connection.scalar(sa.select(about.value).where(about.name == _ENCRYPTION))


def encrypt(connection: sa.Connection, before: Cipher | None, after: Cipher | None) -> int:
    """Rewrite all customers' data, which ``before`` reads, by ``after``, in one transaction; the number of
    rows."""
    with connection.begin():
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=ON")  # or what was there stays in freed pages
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # which SQLAlchemy leaves to the first write
        count = sum(_rewrite(connection, table, before, after) for table in tables.metadata.sorted_tables)
        about = tables.about
        connection.execute(about.delete().where(about.c.name.in_((_ENCRYPTION, "schema_version"))))
        version = tables.PLAIN_VERSION if after is None else tables.SCHEMA_VERSION
        values = {"schema_version": str(version), _ENCRYPTION: after and after.proof()}
        rows = [{"name": name, "value": value} for name, value in values.items() if value]
        connection.execute(about.insert(), rows)
    return count


def _rewrite(connection: sa.Connection, table: sa.Table, before: Cipher | None, after: Cipher | None) -> int:
    names = [name for name, _ in marked(table.columns)]
    if not names:
        return 0
    keys = list(table.primary_key.columns)
    columns = list(dict.fromkeys([*keys, *(table.c[name] for name in names)]))
    # All at once: a table that changes while it is read may give a row twice, with its new key.
    found: Sequence[sa.Row[Any]] = connection.execute(sa.select(*columns)).all()
    statement = table.update().where(*(key == sa.bindparam(f"old_{key.name}") for key in keys))
    statement = statement.values({name: sa.bindparam(f"new_{name}") for name in names})
    for start in range(0, len(found), _TOGETHER):
        some = found[start : start + _TOGETHER]
        read = decrypted(before, columns, [row._mapping for row in some])
        written = [encrypted(after, table, row) for row in read]
        connection.execute(
            statement,
            [
                {f"old_{key.name}": old._mapping[key.name] for key in keys}
                | {f"new_{name}": new[name] for name in names}
                for old, new in zip(some, written, strict=True)
            ],
        )
    return len(found)


def compact(engine: sa.Engine) -> None:
    """Give room back, and leave nothing in the database's files of rows that are gone or were rewritten."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("VACUUM")
            busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            if busy:
                log.warning(
                    "another program is reading the ledger: what was there before stays in its -wal file"
                    " until all that have it open have ended"
                )
            return
        quote = connection.dialect.identifier_preparer.format_table
        for table in tables.metadata.sorted_tables:
            connection.exec_driver_sql(f"VACUUM (FULL) {quote(table)}")


def prune(connection: sa.Connection, before: datetime, *, rehearse: bool = False) -> dict[str, Pruned]:
    """Forget what is older than ``before`` and no later run needs, by table; with ``rehearse`` only count it.

    What stays whatever its age: which invitations were seen, which record belongs to which key and what was
    written to it last, what accepted invitations lead to, decisions about invitations and in reviews, and the
    latest run of all invitations that came to its end. By these nothing is done twice.
    """
    pruned = {}
    with connection.begin():
        there = set(sa.inspect(connection).get_table_names())
        columns = [column["name"] for column in sa.inspect(connection).get_columns(tables.runs.name)]
        for table, old, instead in list(_old(_text(before), columns, _clean_run(connection, columns))):
            if table.name not in there:
                continue
            count = sa.select(sa.func.count()).select_from(table)
            gone = connection.scalar(count.where(old)) or 0
            pruned[table.name] = Pruned(gone, (connection.scalar(count) or 0) - gone)
            if not rehearse:
                change = table.update().values(instead) if instead else table.delete()
                connection.execute(change.where(old))
    return pruned


def _clean_run(connection: sa.Connection, columns: Collection[str]) -> int:
    """The latest run that is known to have written anew whatever killed runs before it had intended: it
    looked at all invitations, and none failed. 0 where there is none, or nothing was intended."""
    runs = tables.runs.c
    if runs.complete.name not in columns:
        return 0
    since = sa.select(sa.func.min(tables.journal.c.run_id)).scalar_subquery()
    query = sa.select(runs.id, runs.counts).where(tables.good(columns), runs.complete, runs.id > since)
    found = connection.execute(query.order_by(runs.id.desc()))
    return next((id_ for id_, counts in found if not orjson.loads(counts).get(Kind.FAILED)), 0)


def _old(
    cutoff: str, columns: Collection[str], clean: int
) -> Iterator[tuple[sa.Table, sa.ColumnElement[bool], dict[str, str]]]:
    """By table, which rows are old; and what becomes of them where they do not go altogether. In an order in
    which what others are judged by goes last. ``columns`` are those of runs, ``clean``
    is a ``_clean_run``."""
    runs, history, reviews, facts = tables.runs.c, tables.history.c, tables.reviews.c, tables.facts.c
    done = sa.select(sa.func.max(runs.id)).where(tables.good(columns)).scalar_subquery()
    latest = sa.select(sa.func.max(runs.id)).scalar_subquery()
    is_old = sa.and_(
        runs.started_at < cutoff, runs.id != latest, sa.func.coalesce(runs.id != done, sa.true())
    )
    old_runs = sa.select(runs.id).where(is_old)
    pending = sa.select(tables.invitations.c.id).where(tables.invitations.c.status == "PENDING")
    lately = sa.select(history.invitation_id).where(history.at >= cutoff)
    settled = sa.and_(reviews.action.is_not(None), reviews.run_id.in_(old_runs))
    compared = tables.comparisons.c
    of_settled = sa.exists(
        sa.select(reviews.id).where(
            settled, reviews.invitation_id == compared.invitation_id, reviews.name == compared.name
        )
    )
    closed = sa.and_(facts.status.in_(_CLOSED), facts.invitation_date < cutoff)
    yield tables.facts, sa.and_(closed, facts.invitation_id.not_in(lately)), {}
    yield tables.history, sa.and_(history.at < cutoff, history.invitation_id.not_in(pending)), {}
    yield tables.comparisons, of_settled, {}
    # A decision stays; whom it was about does not.
    yield tables.reviews, sa.and_(settled, reviews.candidates != "[]"), {"title": "", "candidates": "[]"}
    # What a killed run intended is of no use to whoever has written those records again since.
    journal = tables.journal.c
    yield tables.journal, sa.and_(journal.run_id.in_(old_runs), journal.run_id < clean), {}
    yield tables.outcomes, tables.outcomes.c.run_id.in_(old_runs), {}
    yield tables.runs, is_old, {}


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
