"""How records are found in HubSpot: by a unique property, by id, by title."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from connector.crm import hubspot_search as search
from connector.crm.fit import plain_text
from connector.crm.hubspot_client import Client
from connector.crm.hubspot_describe import ASSOCIATIONS, LABEL, Objects, is_primary
from connector.crm.hubspot_errors import Rejection, broken
from connector.crm.hubspot_values import folded, moment, read
from connector.errors import NotFoundError
from connector.match import fold
from connector.records import Record, Value

log = logging.getLogger(__name__)
T = TypeVar("T")

Row = Mapping[str, Any]

TOGETHER = 100  # records in one batch
_ASSOCIATIONS_TOGETHER = 1_000
_OTHER_ADDRESSES = "hs_additional_emails"  # of a contact, by which HubSpot finds it too
_NOT_THERE = ("OBJECT_NOT_FOUND", "VALIDATION_ERROR")
_ID = re.compile(r"[1-9]\d{0,18}")


class Reader:
    """Reads over ``client``. ``scan_rows``: see the settings."""

    def __init__(self, client: Client, objects: Objects, scan_rows: int) -> None:
        self._client = client
        self._objects = objects
        self._scan_rows = scan_rows

    def find(self, object: str, field: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        """See ``Crm.find``. A record that another was merged into is found by the ids of both, and has the
        id that it was asked by."""
        names = self._stored(object, fields)
        if field == "id":
            return self._records(object, self.by_id(object, values, names).items(), fields)
        asked = list(dict.fromkeys(map(plain_text, values)))
        rows = self.by_key(object, field, asked, names)
        pairs = [(key, rows[folded(key)]) for key in asked if folded(key) in rows]
        records = self._records(object, [(str(row["id"]), row) for _, row in pairs], fields)
        for (key, _), record in zip(pairs, records, strict=True):
            if field in record.fields:
                record.fields[field] = key  # as it was asked for, whatever its case in HubSpot
        return records

    def find_titles(
        self,
        object: str,
        title_fields: Sequence[str],
        titles: Sequence[str],
        key_field: str,
        fields: Sequence[str],
    ) -> list[Record]:
        """See ``Crm.find_titles``. Where there are few records, all are read; where there are many, those
        that may be equal are searched for. What is found is read again: the index of the search is behind,
        also behind what this run has just written."""
        known = self._objects.known(object).fields
        title_fields = [name for name in title_fields if name in known and "." not in name]
        titles = list(dict.fromkeys(map(plain_text, titles)))
        wanted = {fold(title) for title in titles} - {""}
        if not wanted or not title_fields:
            return []

        def fits(row: Row) -> bool:
            said = row["properties"]
            return not said.get(key_field) and any(
                fold(str(said.get(name) or "")) in wanted for name in title_fields
            )

        found = dict.fromkeys(
            str(row["id"]) for row in self._titled(object, title_fields, titles, key_field) if fits(row)
        )
        names = self._stored(object, [*fields, *title_fields, key_field])
        rows = self.by_id(object, list(found), names)
        return self._records(object, [(id_, row) for id_, row in rows.items() if fits(row)], fields)

    # -- rows

    def by_key(
        self, object: str, field: str, keys: Iterable[str], properties: Sequence[str]
    ) -> dict[str, Row]:
        """The records that have these keys, by key, folded."""
        self._objects.key(object, field)
        asked = {folded(key): plain_text(key).strip() for key in keys}
        asked.pop("", None)
        others = [_OTHER_ADDRESSES] if field == "email" and self._has(object, _OTHER_ADDRESSES) else []
        found: dict[str, Row] = {}
        for part in parts(list(asked.values()), TOGETHER):
            for row in self._batch(object, part, [field, *others, *properties], field):
                for other in others:
                    found.update((folded(key), row) for key in str(row["properties"].get(other)).split(";"))
                found[folded(str(row["properties"].get(field) or ""))] = row
        return {key: row for key, row in found.items() if key in asked}

    def _has(self, object: str, field: str) -> bool:
        return field in self._objects.known(object).fields

    def by_id(self, object: str, ids: Iterable[str], properties: Sequence[str]) -> dict[str, Row]:
        """The records that are there, by the id that was asked for: one that was merged into another leads to
        that."""
        asked = [id_ for id_ in dict.fromkeys(ids) if _ID.fullmatch(id_)]
        found: dict[str, Row] = {}
        for part in parts(asked, TOGETHER):
            found.update((str(row["id"]), row) for row in self._batch(object, part, properties))
        for id_ in asked:
            if id_ not in found:
                row = self._single(object, id_, properties)
                found.update({id_: row} if row else {})
        return {id_: found[id_] for id_ in asked if id_ in found}

    def _single(self, object: str, id_: str, properties: Sequence[str]) -> Row | None:
        get = self._client.crm.objects.basic_api.get_by_id
        try:
            row = self._client.call("find", get, object, id_, properties=_joined(properties))
        except NotFoundError:
            return None
        except Rejection as error:
            if error.status == 404:
                return None
            raise
        if not _is_whole(row):
            raise broken("find")
        return row

    def _batch(
        self, object: str, ids: Sequence[str], properties: Sequence[str], field: str | None = None
    ) -> list[Row]:
        request = {
            "inputs": [{"id": id_} for id_ in ids],
            "properties": list(dict.fromkeys(properties)) or ["hs_object_id"],
            "propertiesWithHistory": [],
            **({"idProperty": field} if field else {}),
        }
        try:
            answer = self._client.call("find", self._client.crm.objects.batch_api.read, object, request)
        except Rejection as error:
            if error.status == 404:  # of those that are asked for, none is there
                return []
            if not field:
                raise
            # A value that the property cannot have, such as an address that is none, is nobody's key.
            half = len(ids) // 2
            halves = (ids[:half], ids[half:]) if half else ()
            return [row for some in halves for row in self._batch(object, some, properties, field)]
        rows = answer.get("results")
        if not isinstance(rows, list) or not all(map(_is_whole, rows)):
            raise broken("find")
        _check_errors(answer)
        return rows

    def _titled(
        self, object: str, title_fields: Sequence[str], titles: Sequence[str], key_field: str
    ) -> Iterator[Row]:
        there = search.count(self._client, object)
        if there <= max(self._scan_rows, search.questions(titles, title_fields) * TOGETHER):
            log.info("%s: all %d records are read for their titles", object, there)
            return self._listed(object, [*title_fields, key_field])
        log.info("%s: %d titles are searched for", object, len(titles))
        return search.titled(self._client, object, title_fields, titles, key_field)

    def _listed(self, object: str, properties: Sequence[str]) -> Iterator[Row]:
        after: dict[str, str] = {}
        while True:
            page = self._client.call(
                "find titles",
                self._client.crm.objects.basic_api.get_page,
                object,
                limit=TOGETHER,
                properties=_joined(properties),
                **after,
            )
            rows = page.get("results")
            if not isinstance(rows, list) or not all(map(_is_whole, rows)):
                raise broken("find titles")
            yield from rows
            following = str(((page.get("paging") or {}).get("next") or {}).get("after") or "")
            if not following:
                return
            if after == {"after": following}:  # it would go on for ever
                raise broken("find titles")
            after = {"after": following}

    # -- associations

    def associated(self, object: str, to: str, ids: Iterable[str]) -> dict[str, str]:
        """By id, the record of ``to`` that each is associated with: the primary one where HubSpot knows such,
        else the oldest."""
        found: dict[str, str] = {}
        for id_, others in self.all_associated(object, to, ids).items():
            primary = [other for other, is_first in others.items() if is_first]
            found[id_] = min(primary or others, key=int)
        return found

    def all_associated(self, object: str, to: str, ids: Iterable[str]) -> dict[str, dict[str, bool]]:
        """By id, all records of ``to`` that each is associated with, and whether as its primary one."""
        found: dict[str, dict[str, bool]] = defaultdict(dict)
        asked = [{"id": id_} for id_ in dict.fromkeys(ids)]
        while asked:
            following: list[dict[str, str]] = []
            for part in parts(asked, _ASSOCIATIONS_TOGETHER):
                for said in self._associations(object, to, part):
                    id_ = str(said["from"]["id"])
                    for other in said["to"]:
                        types = other.get("associationTypes") or ()
                        found[id_][str(other["toObjectId"])] = any(map(is_primary, types))
                    after = ((said.get("paging") or {}).get("next") or {}).get("after")
                    following.extend([{"id": id_, "after": str(after)}] if after else [])
            asked = following
        return {id_: others for id_, others in found.items() if others}

    def _associations(self, object: str, to: str, inputs: Sequence[Mapping[str, str]]) -> list[Row]:
        read_page = self._client.crm.associations.v4.batch_api.get_page
        try:
            answer = self._client.call("find", read_page, object, to, {"inputs": list(inputs)})
        except Rejection as error:
            if error.status == 404:  # of those that are asked about, none is associated
                return []
            raise
        rows = answer.get("results")
        if not isinstance(rows, list) or not all(
            isinstance(row, Mapping)
            and isinstance(row.get("from"), Mapping)
            and isinstance(row.get("to"), list)
            and all(isinstance(other, Mapping) and "toObjectId" in other for other in row["to"])
            for row in rows
        ):
            raise broken("find")
        _check_errors(answer)
        return rows

    # -- records

    def _stored(self, object: str, fields: Iterable[str]) -> list[str]:
        """The properties that reading ``fields`` takes."""
        known = self._objects.known(object).fields
        names = (name.removesuffix(LABEL) for name in fields)
        return list(
            dict.fromkeys(name for name in names if name in known and "." not in name and name != "id")
        )

    def _records(self, object: str, rows: Iterable[tuple[str, Row]], fields: Sequence[str]) -> list[Record]:
        rows = list(rows)
        linked = self._linked(object, [str(row["id"]) for _, row in rows], fields)
        return [self._record(object, id_, row, fields, linked) for id_, row in rows]

    def _record(
        self,
        object: str,
        id_: str,
        row: Row,
        fields: Sequence[str],
        linked: Mapping[str, Mapping[str, Value]],
    ) -> Record:
        known, html = self._objects.known(object).fields, self._objects.html[object]
        stages = self._objects.stages.get(object)
        values: dict[str, Value] = {}
        for name in fields:
            base = name.removesuffix(LABEL)
            if name in linked:
                values[name] = linked[name].get(str(row["id"]))
            elif name == "id":
                values[name] = id_
            elif name != base and stages:
                values[name] = stages.label(base, row["properties"].get(base))
            else:
                values[name] = read(row["properties"].get(name), known.get(name), markup=name in html)
        return Record(object, id_, values, moment(row.get("createdAt")))

    def _linked(
        self, object: str, ids: Sequence[str], fields: Sequence[str]
    ) -> dict[str, Mapping[str, Value]]:
        """By field and id, what associations lead to: for ``associations.companies`` its id, for
        ``companies.name`` what it has in a field."""
        relations = self._objects.known(object).relations
        along: dict[str, dict[str, str]] = defaultdict(dict)  # relation -> field -> its name there
        for name in fields:
            if name.startswith(ASSOCIATIONS):
                along[name.removeprefix(ASSOCIATIONS)][name] = "id"
            elif name.partition(".")[0] in relations:
                relation, _, rest = name.partition(".")
                along[relation][name] = rest
        linked: dict[str, Mapping[str, Value]] = {}
        for relation, names in along.items():
            to = self.associated(object, relations[relation], ids) if ids else {}
            others = self._others(relations[relation], to.values(), [n for n in names.values() if n != "id"])
            for name, there in names.items():
                linked[name] = {
                    id_: other if there == "id" else others.get(other, {}).get(there)
                    for id_, other in to.items()
                }
        return linked

    def _others(
        self, object: str, ids: Iterable[str], fields: Sequence[str]
    ) -> dict[str, Mapping[str, Value]]:
        if not fields:
            return {}
        return {record.id: record.fields for record in self.find(object, "id", list(ids), fields)}


def _joined(properties: Sequence[str]) -> list[str]:
    """As HubSpot documents it: one parameter, with commas. The library would repeat the parameter."""
    return [",".join(properties)]


def _check_errors(answer: Mapping[str, Any]) -> None:
    """Raises TransientError unless all that is lacking of an answer is what is not there or cannot be."""
    errors = answer.get("errors") or ()
    if not all(isinstance(each, Mapping) and each.get("category") in _NOT_THERE for each in errors):
        raise broken("find")


def _is_whole(row: Any) -> bool:
    return isinstance(row, Mapping) and "id" in row and isinstance(row.get("properties"), Mapping)


def parts(values: list[T], size: int) -> Iterator[list[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
