"""Associations as records of their own: ``deals/contacts`` is a deal and one of its many contacts.

A reference is one record, and a deal has as many contacts as a contact has deals. So such an association is
an object here that has two references and nothing else. Its key is made of the keys of the two:
``aws_invitation_id/email`` is what a deal has in the one property and a contact in the other, with a slash
between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.crm import fit
from connector.crm.fit import plain_text
from connector.crm.hubspot_associate import Associations
from connector.crm.hubspot_client import Client
from connector.crm.hubspot_describe import Objects
from connector.crm.hubspot_read import Reader
from connector.crm.hubspot_values import folded
from connector.errors import RefusedError
from connector.records import FieldMeta, ObjectMeta, Record, Value, Write, WriteResult

_BETWEEN = "/"


def is_pair(object: str) -> bool:
    """Whether a name is that of associations between two objects; no object of HubSpot's is called so."""
    return _BETWEEN in object


class Pairs:
    """Reads and writes associations over ``client``."""

    def __init__(self, client: Client, objects: Objects, reader: Reader) -> None:
        self._objects = objects
        self._reader = reader
        self._associations = Associations(client, objects, reader)

    def meta(self, object: str) -> ObjectMeta | None:
        """None where the account lacks one of the two objects, or associates the two in no way."""
        first, _, second = object.partition(_BETWEEN)
        one, other = self._objects.meta(first), self._objects.meta(second)
        if one is None or other is None or second not in one.relations:
            return None
        fields = {
            name: FieldMeta(name, "reference", required=True, reference_to=(name,))
            for name in (first, second)
        }
        for key in (f"{a}{_BETWEEN}{b}" for a in _keys(one) for b in _keys(other)):
            fields[key] = FieldMeta(key, "text", unique=True, external_id=True)
        return ObjectMeta(
            object, fields, f"{one.label or first} and {other.label or second}", adding=one.adding
        )

    def find(self, object: str, field: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        """See ``Crm.find``."""
        first, _, second = object.partition(_BETWEEN)
        ends = _ends(values) if field == "id" else self._by_key(object, field, values)
        there = self._reader.all_associated(first, second, {one for one, _ in ends.values()})
        return [
            Record(object, _id(*pair), _values(fields, first, second, field, value, pair))
            for value, pair in ends.items()
            if pair[1] in there.get(pair[0], ())
        ]

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """See ``Crm.write``. To associate what is associated already changes nothing."""
        object = writes[0].object
        first, _, second = object.partition(_BETWEEN)
        there = {record.id for record in self.find(object, "id", [w.id for w in writes if w.id], [])}
        results: dict[int, WriteResult] = {}
        pairs: dict[int, tuple[str, str]] = {}
        for number, write in enumerate(writes):
            held = _ends([write.id or ""]).get(write.id or "", ("", ""))
            one, other = (
                str(write.fields.get(name, held[place]) or "") for place, name in enumerate((first, second))
            )
            if write.id and write.id not in there:
                results[number] = fit.gone()
            elif not (one and other):
                results[number] = fit.required(second if one else first)
            else:
                pairs[number] = (one, other)
        results.update(self._lost(first, second, pairs))
        wanted = {number: pair for number, pair in pairs.items() if number not in results}
        # Two writes may be about one pair, which one batch may have once.
        once = {pair: number for number, pair in wanted.items()}
        refused = self._associations.associate(first, second, {number: pair for pair, number in once.items()})
        for number, pair in wanted.items():
            results[number] = refused.get(once[pair], WriteResult(_id(*pair)))
        return [results[number] for number in range(len(writes))]

    def _lost(self, first: str, second: str, pairs: Mapping[int, tuple[str, str]]) -> dict[int, WriteResult]:
        lost: dict[int, WriteResult] = {}
        for place, name in enumerate((first, second)):
            there = self._reader.by_id(name, {pair[place] for pair in pairs.values()}, [])
            missing = (number for number, pair in pairs.items() if pair[place] not in there)
            lost.update((number, fit.lost_reference(name, name)) for number in missing)
        return lost

    def _by_key(self, object: str, field: str, values: Sequence[str]) -> dict[str, tuple[str, str]]:
        """The ids of the two records that each of ``values`` names, where both are there."""
        first, _, second = object.partition(_BETWEEN)
        one, between, other = field.partition(_BETWEEN)
        if not between:
            message = f"{object} has no key {field}"
            raise RefusedError(message, service="hubspot", operation="find")
        named = _ends([plain_text(value) for value in values])
        ones = self._reader.by_key(first, one, [pair[0] for pair in named.values()], [])
        others = self._reader.by_key(second, other, [pair[1] for pair in named.values()], [])
        return {
            value: (str(ones[folded(a)]["id"]), str(others[folded(b)]["id"]))
            for value, (a, b) in named.items()
            if folded(a) in ones and folded(b) in others
        }


def _keys(meta: ObjectMeta) -> list[str]:
    return [name for name, field in meta.fields.items() if field.external_id]


def _id(one: str, other: str) -> str:
    return f"{one}{_BETWEEN}{other}"


def _ends(values: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The two halves of each; what has no two is left out."""
    halves = ((value, value.partition(_BETWEEN)) for value in values)
    return {value: (one, other) for value, (one, _, other) in halves if one and other}


def _values(
    fields: Sequence[str], first: str, second: str, field: str, value: str, pair: tuple[str, str]
) -> dict[str, Value]:
    known: dict[str, Value] = {first: pair[0], second: pair[1], "id": _id(*pair), field: value}
    return {name: known.get(name) for name in fields}
