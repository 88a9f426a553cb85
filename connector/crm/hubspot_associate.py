"""Associations of records, written as what they are in a mapping: references.

Of several associations with one object, HubSpot marks one as primary where it knows such; that is the one a
reference means, and a new one takes its place. Where it knows none, a new one stands beside the others.
https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from connector.crm import fit
from connector.crm import hubspot_batch as batch
from connector.crm.hubspot_client import Client
from connector.crm.hubspot_describe import ASSOCIATIONS, Objects
from connector.crm.hubspot_errors import record_error
from connector.crm.hubspot_read import TOGETHER, Reader, parts
from connector.records import WriteResult

Wanted = Mapping[str, str | None]  # by object, the id of the record to be associated with; None for none


class Associations:
    """Writes over ``client``."""

    def __init__(self, client: Client, objects: Objects, reader: Reader) -> None:
        self._client = client
        self._objects = objects
        self._reader = reader

    def present(self, wanted: Mapping[int, Wanted]) -> tuple[dict[int, Wanted], dict[int, WriteResult]]:
        """What is wanted, by the ids that the records have now: merged ones have another. And results for
        those that are to be associated with what is not there, so that no record is written without its
        association."""
        ids: dict[str, set[str]] = defaultdict(set)
        for its in wanted.values():
            for to, id_ in its.items():
                ids[to].update([id_] if id_ else [])
        there = {to: self._reader.by_id(to, some, []) for to, some in ids.items()}
        lost = {
            number: fit.lost_reference(f"{ASSOCIATIONS}{to}", to)
            for number, its in wanted.items()
            for to, id_ in its.items()
            if id_ and id_ not in there[to]
        }
        present: dict[int, Wanted] = {
            number: {to: str(there[to][id_]["id"]) if id_ else None for to, id_ in its.items()}
            for number, its in wanted.items()
            if number not in lost
        }
        return present, lost

    def born(self, object: str, wanted: Wanted) -> list[dict[str, Any]]:
        """Associations that a record is made with."""
        return [
            {"to": {"id": id_}, "types": [kind]}
            for to, id_ in wanted.items()
            if id_ and (kind := self._objects.association(object, to))
        ]

    def write(self, object: str, wanted: Mapping[int, tuple[str, Wanted]]) -> dict[int, WriteResult]:
        """Associate records (by number: id, and what is wanted); results for those of which HubSpot refuses
        it. What is so already is not written again."""
        results: dict[int, WriteResult] = {}
        for to in dict.fromkeys(to for _, its in wanted.values() for to in its):
            its = {number: (id_, its[to]) for number, (id_, its) in wanted.items() if to in its}
            now = self._reader.associated(object, to, [id_ for id_, _ in its.values()])
            changed = {n: (id_, other) for n, (id_, other) in its.items() if now.get(id_) != other}
            new = {number: (id_, other) for number, (id_, other) in changed.items() if other}
            over = {number: (id_, now[id_]) for number, (id_, other) in changed.items() if not other}
            primary = self._objects.primary(object, to) if new else None
            results.update(self.associate(object, to, new, primary))
            self._part(object, to, over)
        return results

    def associate(
        self,
        object: str,
        to: str,
        pairs: Mapping[int, tuple[str, str]],
        primary: Mapping[str, Any] | None = None,
    ) -> dict[int, WriteResult]:
        """Associate two records each, by number: as ``primary`` says, else as HubSpot does by default.
        Results for those that it refuses."""
        api = self._client.crm.associations.v4.batch_api
        function = api.create if primary else api.create_default
        types = {"types": [primary]} if primary else {}
        inputs = {n: {"from": {"id": id_}, "to": {"id": other}, **types} for n, (id_, other) in pairs.items()}
        numbers = {pair: number for number, pair in pairs.items()}

        def place(said: batch.Answer) -> int | None:
            return numbers.get((_end(said, "from"), _end(said, "to")))

        results: dict[int, WriteResult] = {}
        for part in parts(list(inputs), TOGETHER):
            some = {number: inputs[number] for number in part}
            _, errors = batch.send(self._client, function, (object, to), some, place)
            for number, error in errors.items():
                results[number] = _refusal(error, to)
        return results

    def _part(self, object: str, to: str, pairs: Mapping[int, tuple[str, str]]) -> None:
        inputs = [{"from": {"id": id_}, "to": [{"id": other}]} for id_, other in pairs.values()]
        for part in parts(inputs, TOGETHER):
            archive = self._client.crm.associations.v4.batch_api.archive
            self._client.call("write", archive, object, to, {"inputs": part})


def _refusal(error: batch.Answer, to: str) -> WriteResult:
    name, why = f"{ASSOCIATIONS}{to}", record_error(error, {})
    if why.again:
        return why._replace(field=name)
    # https://developers.hubspot.com/changelog/introducing-custom-association-limits-for-associations-api
    if "limit" in f"{error.get('subCategory')} {error.get('message')}".lower():
        said = "one of the two has as many associations of this kind as the account allows"
        return WriteResult(error=said, field=name, code="refused")
    return fit.lost_reference(name, to)


def _end(said: batch.Answer, name: str) -> str:
    """The id at one end of an association, in one of the forms in which results and errors tell it."""
    end = said.get(name)
    told = [said.get(f"{name}ObjectId"), end.get("id") if isinstance(end, Mapping) else None]
    told += batch.context(said, f"{name}ObjectId")
    return next((str(id_) for id_ in told if id_ is not None), "")
