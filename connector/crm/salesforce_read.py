"""Existing records, found by key, id or title in as few calls as there can be."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import orjson

from connector.crm import salesforce_soql as soql
from connector.crm.salesforce_client import Client
from connector.crm.salesforce_errors import translate
from connector.crm.salesforce_org import CONVERTED, Org
from connector.crm.salesforce_values import long_id, moment, read
from connector.errors import TransientError
from connector.match import fold
from connector.records import Record, Value

log = logging.getLogger(__name__)

TOGETHER = 5  # queries that one composite call may have
PAGE = 2_000  # rows that one answer may have
_TOO_LONG = ("QUERY_TIMEOUT", "REQUEST_RUNNING_TOO_LONG")  # codes
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")

Row = Mapping[str, Any]


class Reader:
    """``keys`` remembers, by object and id, the key fields that records were last read to have."""

    def __init__(self, client: Client, org: Org, version: str, scan_rows: int) -> None:
        self._client = client
        self._org = org
        self._version = version
        self._scan_rows = scan_rows
        self._unscannable: set[str] = set()  # objects
        self.keys: dict[tuple[str, str], dict[str, str | None]] = {}

    def find(self, object: str, field: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        """See ``Crm.find``."""
        if field == "id":
            field, values = "Id", [value for value in values if _ID.fullmatch(value)]
        asked = dict.fromkeys(filter(None, map(soql.askable, values)))
        if not asked or not self._org.filterable(object, field):
            return []
        names = self._names(object, [*fields, field])
        room = soql.LONGEST - soql.encoded(soql.select(object, names, "") + " WHERE ")
        queries = [soql.select(object, names, where) for where in soql.one_of(field, asked, max(room, 500))]
        rows = _distinct(self._rows(queries))
        if field == "Id":
            return [self._record(object, row, fields) for row in rows]
        return list(self._asked_for(object, field, rows, fields, asked))

    def _asked_for(
        self, object: str, field: str, rows: Iterable[Row], fields: Sequence[str], asked: Iterable[str]
    ) -> Iterator[Record]:
        """Records with the value of ``field`` as it was asked for: SOQL ignores case; a key field does or
        does not, as its administrator chose. One that was asked for in several spellings comes in each."""
        exact = dict.fromkeys(asked)
        folded: dict[str, list[str]] = defaultdict(list)
        for text in () if self._org.case_sensitive(object, field) else exact:
            folded[text.casefold()].append(text)
        for row in rows:
            text = str(row.get(field) or "")
            text = long_id(text) if long_id(text) in exact else text
            alike = folded.get(text.casefold(), [])
            spelt = [each for each in alike if each.lower() == text.lower()]
            for wanted in spelt or alike or filter(exact.__contains__, [text]):
                record = self._record(object, row, fields)
                record.fields.update({field: wanted} if field in record.fields else {})
                yield record

    def find_titles(
        self,
        object: str,
        title_fields: Sequence[str],
        titles: Sequence[str],
        key_field: str,
        fields: Sequence[str],
    ) -> list[Record]:
        """See ``Crm.find_titles``. Where few records are unclaimed, all are read and compared here, which
        misses none; where there are many, or the org takes too long, only those whose titles may be equal are
        asked for."""
        title_fields = [name for name in title_fields if self._org.filterable(object, name)]
        asked = list(dict.fromkeys(filter(None, map(soql.askable, titles))))
        if not asked or not title_fields:
            return []
        names = self._names(object, [*fields, *title_fields, key_field])
        unclaimed = self._unclaimed(object, key_field, title_fields)
        queries = self._title_queries(object, names, unclaimed, title_fields, asked)
        most = max(self._scan_rows, PAGE * -(-len(queries) // TOGETHER))
        rows = self._scanned(soql.select(object, names, unclaimed), object, most)
        if rows is None:
            log.info("%s: %d titles are asked for in %d queries", object, len(asked), len(queries))
            rows = _distinct(self._rows(queries))
        folded = {fold(title) for title in asked}
        return [
            self._record(object, row, fields)
            for row in rows
            if any(fold(str(row.get(name) or "")) in folded for name in title_fields)
        ]

    # -- queries

    def _names(self, object: str, fields: Iterable[str]) -> list[str]:
        asked = ("Id" if name == "id" else name for name in fields)
        there = (name for name in asked if "." in name or self._org.has(object, name))
        return list(dict.fromkeys([*self._org.own_fields(object), *there]))

    def _unclaimed(self, object: str, key_field: str, title_fields: Sequence[str]) -> str:
        """The condition for records that are nobody's yet. A person's account is no company."""
        conditions = [soql.is_null(key_field)] if self._org.has(object, key_field) else []
        if self._org.has(object, "IsPersonAccount") and object == "Account":
            conditions.append("IsPersonAccount = false")
        if not conditions:
            conditions = [f"{title_fields[0]} != null"]
        return " AND ".join(conditions)

    def _title_queries(
        self,
        object: str,
        names: Sequence[str],
        unclaimed: str,
        title_fields: Sequence[str],
        titles: Sequence[str],
    ) -> list[str]:
        head = soql.select(object, names, f"{unclaimed} AND ")
        lengths = {name: self._length(object, name) for name in title_fields}
        conditions = [
            soql.title_condition(name, title)
            for title in titles
            for name in title_fields
            if len(fold(title)) <= 3 * lengths[name]  # folding makes one character three at most
        ]
        room = max(soql.LONGEST - soql.encoded(head), 500)
        return [head + condition for condition in soql.any_of(conditions, room)]

    def _length(self, object: str, field: str) -> int:
        meta = self._org.meta(object)
        known = meta.fields[field].length if meta and field in meta.fields else None
        return known or soql.LONGEST_TEXT

    def _scanned(self, query: str, object: str, most: int) -> list[Row] | None:
        """See ``_scan``; None, too, where that takes the org too long, which it then would again."""
        if object in self._unscannable:
            return None
        try:
            return self._scan(query, object, most)
        except TransientError as error:
            if error.code not in _TOO_LONG:
                raise
        log.info("%s: to read all unclaimed records takes the org too long", object)
        self._unscannable.add(object)
        return None

    def _scan(self, query: str, object: str, most: int) -> list[Row] | None:
        """All rows of ``query``, or None when there are more than ``most``."""
        page = self._ask(query)
        total = page["totalSize"]
        if total > most:
            return None
        log.info("%s: all %d unclaimed records are read for their titles", object, total)
        return [*page["records"], *self._following(page)]

    def _rows(self, queries: Sequence[str]) -> Iterator[Row]:
        """The rows of all ``queries``, several to a call."""
        for start in range(0, len(queries), TOGETHER):
            for page in self._pages(queries[start : start + TOGETHER]):
                yield from page["records"]
                yield from self._following(page)

    def _pages(self, queries: Sequence[str]) -> list[Row]:
        if len(queries) == 1:
            return [self._ask(queries[0])]
        requests = [
            {
                "method": "GET",
                "url": f"/services/data/v{self._version}/query/?q={quote(query, safe='')}",
                "referenceId": f"query{number}",
            }
            for number, query in enumerate(queries)
        ]
        answer = self._client.call("query", "POST", "composite", json={"compositeRequest": requests})
        parts = answer.get("compositeResponse") if isinstance(answer, dict) else None
        if not isinstance(parts, list) or len(parts) != len(queries):
            raise _broken("query")
        return [self._part(part) for part in parts]

    def _ask(self, query: str) -> Row:
        return self._page(self._client.call("query", "GET", "query/", params={"q": query}))

    def _part(self, part: Any) -> Row:
        """One query's answer within a composite one."""
        if not isinstance(part, dict) or not isinstance(part.get("httpStatusCode"), int):
            raise _broken("query")
        if part["httpStatusCode"] != 200:
            raise translate(part["httpStatusCode"], orjson.dumps(part.get("body"), default=str), {}, "query")
        return self._page(part.get("body"))

    def _following(self, page: Row) -> Iterator[Row]:
        while not page["done"]:
            page = self._page(self._client.call("query", "GET", page["nextRecordsUrl"]))
            yield from page["records"]

    def _page(self, answer: Any) -> Row:
        """An answer to a query, if it is whole: one without its members would look like "no such records",
        and these would be created a second time."""
        if not isinstance(answer, dict) or not isinstance(answer.get("records"), list):
            raise _broken("query")
        if not isinstance(answer.get("totalSize"), int) or not isinstance(answer.get("done"), bool):
            raise _broken("query")
        if not answer["done"] and not isinstance(answer.get("nextRecordsUrl"), str):
            raise _broken("query")
        if not answer["done"] and not answer["records"]:
            raise _broken("query")
        return answer

    # -- records

    def _record(self, object: str, row: Row, fields: Sequence[str]) -> Record:
        meta = self._org.meta(object)
        known = meta.fields if meta else {}
        record_id = long_id(str(row["Id"]))
        values: dict[str, Value] = {}
        for name in fields:
            if name == "id":
                values[name] = record_id
                continue
            value = read(_followed(row, name), known.get(name))
            values[name] = self._org.countries(object).as_read(name, value)
        self.keys.setdefault((object, record_id), {}).update(
            {
                name: str(value) if value else None
                for name, value in row.items()
                if name in known and (known[name].external_id or known[name].unique)
            }
        )
        return Record(object, record_id, values, moment(row.get("CreatedDate")), _became(row))


def _became(row: Row) -> dict[str, str]:
    if row.get("IsConverted") is not True:
        return {}
    return {CONVERTED[name]: long_id(row[name]) for name in CONVERTED if isinstance(row.get(name), str)}


def _followed(row: Row, name: str) -> Any:
    """The value of a dotted name."""
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _distinct(rows: Iterable[Row]) -> list[Row]:
    return list({row["Id"]: row for row in rows}.values())


def _broken(operation: str) -> TransientError:
    return TransientError(
        "an answer that is not whole", service="salesforce", operation=operation, code="BROKEN_ANSWER"
    )
