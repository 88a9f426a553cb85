"""How what an invitation offers goes into one field of a CRM: as the mapping file says it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.mapping.likeness import chosen
from connector.mapping.offered import Offered
from connector.mapping.offers import Kind, Offer
from connector.records import FieldMeta, FieldType

Setting = str | bool | int | Mapping[str, str]
Settings = dict[str, Setting]

_STOPGAPS: Mapping[FieldType, Setting] = {
    "text": "Not disclosed",
    "boolean": False,
    "number": 0,
    "integer": 0,
    "money": 0,
    "date": "2099-12-31",
    "datetime": "2099-12-31T00:00:00Z",
}


class Filler:
    """``currency`` (ISO 4217) is what amounts are to be in."""

    def __init__(self, offered: Offered, currency: str) -> None:
        self._offered = offered
        self._currency = currency

    def settings(self, kind: Kind, offer: Offer, target: FieldMeta) -> Settings:
        """What the file says of ``target``; nothing where ``offer`` has no value that it takes."""
        settings = self._value(kind, offer, target)
        write = "create" if target.createable and not target.updateable else offer.write
        if settings and write != "keep":
            settings["write"] = write
        return settings

    def _value(self, kind: Kind, offer: Offer, target: FieldMeta) -> Settings:
        if offer.ref:
            return {"ref": offer.ref}
        if offer.values:
            value = _constant(offer.values, target)
            return {} if value is None else {"value": value}
        if offer.template:
            return {"template": offer.template, **self._cut(kind, offer.template, target)}
        return self._computed(kind, offer, target)

    def _computed(self, kind: Kind, offer: Offer, target: FieldMeta) -> Settings:
        source = offer.sure if target.required and offer.sure else offer.source
        source = source.format(currency=self._currency)
        if target.picklist and source.endswith(f"'{self._currency}'"):  # an expression that has one value
            return {"value": self._currency} if self._currency in target.picklist else {}
        if target.picklist or offer.always_lookup:
            treatment = self._lookup(kind, offer, source, target)
            if treatment is None:
                return {}
        else:
            treatment = self._cut(kind, source, target)
        if target.required and not kind.changes and "default" not in treatment:
            treatment |= {"default": offer.default} if offer.default else {"required": True}
        return {"from": source, **treatment}

    def _cut(self, kind: Kind, text: str, target: FieldMeta) -> Settings:
        if target.type != "text" or not target.length:
            return {}
        longest = self._offered.longest(text, kind.for_each)
        return {} if longest is not None and longest <= target.length else {"max_length": target.length}

    def _lookup(self, kind: Kind, offer: Offer, source: str, target: FieldMeta) -> Settings | None:
        """From AWS's values to those of the CRM; nothing where it has all of them, None where it has none."""
        values = tuple(offer.lookup) if offer.always_lookup else self._offered.values(source, kind.for_each)
        if values and all(value in target.picklist for value in values):
            return {}
        entries: dict[str, str] = {}
        for value in values:
            words = offer.lookup.get(value, ())
            best = chosen((value, *words), target.picklist) if target.picklist else words[0]
            if best is not None:
                entries[value] = best
        other = chosen((offer.default,), target.picklist) if offer.default else None
        if not entries:
            return None
        return {"lookup": entries, "default": other} if other else {"lookup": entries}


def stopgap(target: FieldMeta) -> Settings:
    """A value for a field that the CRM wants and an invitation has nothing for; none for a reference."""
    value: Setting | None = target.picklist[0] if target.picklist else _STOPGAPS.get(target.type)
    if value is None:
        return {}
    return {"value": value[: target.length] if isinstance(value, str) else value, "write": "create"}


def _constant(values: Sequence[str | bool], target: FieldMeta) -> str | bool | None:
    if target.type != "text":
        return values[0]
    words = [value for value in values if isinstance(value, str)]
    if not target.picklist:
        return words[0]
    return chosen(words, target.picklist)
