"""Where the sql CRM's unclaimed records are, by title as ``fold`` compares them, which no database can do."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connector.crm.fit import plain_text
from connector.crm.sql_statements import Statements, empty
from connector.match import fold

log = logging.getLogger(__name__)

_SHARE = 20  # making the index anew takes at most one part in twenty of a run


@dataclass(frozen=True, slots=True)
class _Index:
    """``ids`` by the hash of a folded title: an index may point at too much, so the titles themselves, of
    which there may be a million, need no keeping."""

    ids: dict[int, list[str]]
    version: int | None
    made_at: float
    seconds: float


class Titles:
    """An index of the records without a key, made in one scan and again when others have changed them.

    What it finds is read live afterwards, so it need not hear of records that are claimed meanwhile.
    ``version`` gives a number that changes when another connection changes the database, or None where the
    database does not say.
    """

    def __init__(
        self, connection: sa.Connection, statements: Statements, version: Callable[[], int | None]
    ) -> None:
        self._connection = connection
        self._statements = statements
        self._version = version
        self._indices: dict[tuple[str, str, tuple[str, ...]], _Index] = {}

    def candidates(
        self, object: str, key_field: str, title_fields: Sequence[str], titles: Iterable[str]
    ) -> list[str]:
        """The ids of records that had no key and one of ``titles`` when the index was made."""
        name = (object, key_field, tuple(title_fields))
        index = self._indices.get(name)
        if index is None or self._stale(index):
            index = self._indices[name] = self._make(*name)
        found = (index.ids.get(hash(fold(plain_text(title))), ()) for title in titles)
        return list(dict.fromkeys(id_ for ids in found for id_ in ids))

    def _stale(self, index: _Index) -> bool:
        if index.version is not None and index.version == self._version():
            return False
        return time.monotonic() - index.made_at >= _SHARE * index.seconds

    def _make(self, object: str, key_field: str, title_fields: tuple[str, ...]) -> _Index:
        started, version = time.monotonic(), self._version()
        table = self._statements.table(object)
        columns = [self._statements.read(table, object, name) for name in title_fields]
        query = sa.select(table.c.id, *columns).where(empty(table.c[key_field]))
        ids: dict[int, list[str]] = {}
        rows = self._connection.execute(query, execution_options={"yield_per": 1000})
        for id_, *texts in rows:
            for text in {hash(fold(text)) for text in texts if text}:
                ids.setdefault(text, []).append(id_)
        seconds = time.monotonic() - started
        log.debug("%s: titles of the records without %s indexed in %.3f s", object, key_field, seconds)
        return _Index(ids, version, time.monotonic(), seconds)
