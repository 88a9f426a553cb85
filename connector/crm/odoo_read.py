"""How records are found in Odoo: by external id, by id, by title."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from connector.crm import title_patterns
from connector.crm.fit import plain_text
from connector.crm.odoo_client import Client
from connector.crm.odoo_describe import KEY, Models
from connector.crm.odoo_errors import broken, no_external_ids
from connector.crm.odoo_values import MODULE, external_name, ids, key_of, moment, read
from connector.errors import AccessDenied, RefusedError
from connector.match import fold
from connector.records import Record, Value

log = logging.getLogger(__name__)

Row = dict[str, Any]

_TOGETHER = 1_000  # values in one condition
_TITLES_TOGETHER = 100
# A lost opportunity is archived, and still the record of its key.
_ALL = {"active_test": False}


class Reader:
    """Reads over ``client``. ``scan_rows``: see the settings."""

    def __init__(self, client: Client, models: Models, scan_rows: int) -> None:
        self._client = client
        self._models = models
        self._scan_rows = scan_rows

    def find(self, object: str, field: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        if field == KEY:
            return self._keyed(object, values, fields)
        if field != "id":
            raise RefusedError(f"{object}.{field} is no key: {KEY} is", service="odoo", operation="find")
        return self._records(object, ids(values), fields)

    def _keyed(self, object: str, keys: Iterable[str], fields: Sequence[str]) -> list[Record]:
        """One record for each key that has one: what people have merged has the keys of all."""
        by_key = self.by_key(object, keys)
        there = {record.id: record for record in self._records(object, list(by_key.values()), fields)}
        return [
            replace(there[str(id_)], fields=_with_key(there[str(id_)].fields, plain_text(key)))
            for key, id_ in by_key.items()
            if str(id_) in there
        ]

    def find_titles(
        self, object: str, title_fields: Sequence[str], titles: Sequence[str], fields: Sequence[str]
    ) -> list[Record]:
        """See ``Crm.find_titles``. What is archived is nobody's work any more, and is left alone."""
        titles = [plain_text(title) for title in titles]
        folded = {fold(title) for title in titles} - {""}
        if not folded or not title_fields:
            return []
        found = [
            row["id"]
            for row in self._titled(object, list(title_fields), titles)
            if any(fold(str(row.get(name) or "")) in folded for name in title_fields)
        ]
        taken = self.keys(object, found)
        return self._records(object, [id_ for id_ in found if id_ not in taken], fields)

    def by_key(self, object: str, keys: Iterable[str]) -> dict[str, int]:
        """The ids of the records that have these keys."""
        names = {external_name(object, key): key for key in keys}
        found: dict[str, int] = {}
        for part in _parts(list(names)):
            for row in self._external_ids(object, ["name", "in", part]):
                found[names[row["name"]]] = row["res_id"]
        return found

    def keys(self, object: str, record_ids: Iterable[int]) -> dict[int, str]:
        """The keys of these records. Where two writers have given a record one each, the first counts."""
        found: dict[int, str] = {}
        for part in _parts(list(dict.fromkeys(record_ids))):
            for row in self._external_ids(object, ["res_id", "in", part]):
                key = key_of(object, row["name"])
                if key is not None:
                    found.setdefault(row["res_id"], key)
        return found

    def rows(
        self,
        object: str,
        record_ids: Iterable[int],
        names: Sequence[str],
        context: Mapping[str, Any] | None = None,
    ) -> dict[int, Row]:
        """Those of these records that are there, as Odoo gives them."""
        found: dict[int, Row] = {}
        for part in _parts(list(dict.fromkeys(record_ids))):
            for row in self._search(object, [["id", "in", part]], names, {**_ALL, **(context or {})}):
                found[row["id"]] = row
        return found

    def named(self, model: str, by: str, values: Iterable[str]) -> dict[str, int]:
        """The ids of the records of ``model`` whose ``by`` is one of ``values``, in any case, in the user's
        language."""
        wanted = {fold(value): value for value in values}
        conditions = [[by, "=ilike", _literal(value)] for value in wanted.values()]
        domain = ["|"] * (len(wanted) - 1) + conditions
        rows = self._search(model, domain, [by], self._client.spoken())
        return {
            wanted[fold(str(row[by]))]: row["id"] for row in reversed(rows) if fold(str(row[by])) in wanted
        }

    # -- questions

    def _external_ids(self, object: str, condition: list[Any]) -> list[Row]:
        domain = [["module", "=", MODULE], ["model", "=", object], condition]
        try:
            return self._search("ir.model.data", domain, ["name", "res_id"], order="id")
        except AccessDenied as error:
            if error.code != "AccessError":
                raise
            raise no_external_ids() from None

    def _titled(self, object: str, title_fields: list[str], titles: Sequence[str]) -> Iterator[Row]:
        """Rows that may have one of ``titles``."""
        there = self._client.call("find titles", object, "search_count", domain=[])
        if not isinstance(there, int):
            raise broken("find titles")
        if there <= self._scan_rows:
            log.info("%s: all %d records are read for their titles", object, there)
            yield from self._search(object, [], title_fields)
            return
        log.info("%s: %d titles are asked for", object, len(titles))
        for part in _parts(list(titles), _TITLES_TOGETHER):
            conditions = [_may_be(name, title) for title in part for name in title_fields]
            yield from self._search(object, ["|"] * (len(conditions) - 1) + conditions, title_fields)

    def _search(
        self,
        model: str,
        domain: Sequence[Any],
        fields: Sequence[str],
        context: Mapping[str, Any] | None = None,
        order: str = "id",
    ) -> list[Row]:
        rows = self._client.call(
            "find",
            model,
            "search_read",
            context=context,
            domain=domain,
            fields=list(fields) or ["id"],
            offset=0,
            limit=None,
            order=order,
        )
        if not isinstance(rows, list) or not all(isinstance(row, dict) and "id" in row for row in rows):
            raise broken("find")
        return rows

    # -- records

    def _records(
        self,
        object: str,
        record_ids: Sequence[int],
        fields: Sequence[str],
        context: Mapping[str, Any] | None = None,
    ) -> list[Record]:
        known = self._models.fields(object)
        stored = [name for name in fields if "." not in name and name in known and name not in (KEY, "id")]
        along: dict[str, list[str]] = defaultdict(list)
        for name in fields:
            head, dot, rest = name.partition(".")
            if dot:
                along[head].append(rest)
        asked = list(dict.fromkeys([*stored, *along, *(["create_date"] if "create_date" in known else [])]))
        rows = self.rows(object, record_ids, asked, context)
        keys = self.keys(object, rows) if KEY in fields else {}
        followed = {head: self._followed(object, head, rests, rows.values()) for head, rests in along.items()}
        records = []
        for id_, row in rows.items():
            values: dict[str, Value] = {}
            for name in fields:
                head, dot, rest = name.partition(".")
                if dot:
                    values[name] = followed[head].get(_id(row.get(head)), {}).get(rest)
                elif name in (KEY, "id"):
                    values[name] = keys.get(id_) if name == KEY else str(id_)
                else:
                    values[name] = read(
                        row.get(name), known.get(name), markup=name in self._models.html[object]
                    )
            records.append(Record(object, str(id_), values, moment(row.get("create_date"))))
        return records

    def _followed(
        self, object: str, head: str, rests: Sequence[str], rows: Iterable[Row]
    ) -> dict[int, Mapping[str, Value]]:
        """What the records that ``head`` refers to have in ``rests``, by their ids."""
        meta = self._models.fields(object).get(head)
        if meta is None or not meta.reference_to:
            return {}
        referred = [id_ for row in rows if (id_ := _id(row.get(head)))]
        # A stage goes by what people call it, which is in their language.
        found = self._records(meta.reference_to[0], referred, rests, self._client.spoken())
        return {int(record.id): record.fields for record in found}


def _with_key(values: Mapping[str, Value], key: str) -> dict[str, Value]:
    return {name: key if name == KEY else value for name, value in values.items()}


def _id(value: Any) -> int:
    """The id in what Odoo gives for a many2one: ``[7, "Acme"]``, or false."""
    return int(value[0]) if isinstance(value, list) and value else 0


def _may_be(field: str, title: str) -> list[Any]:
    pattern = title_patterns.pattern(title)
    return [field, "in", title_patterns.spellings(title)] if pattern is None else [field, "=ilike", pattern]


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _parts(values: list[Any], size: int = _TOGETHER) -> Iterator[list[Any]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
