"""What an org says of its objects -> ``ObjectMeta``, and the facts of the org that reading and writing need.

Members of a describe: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_describe.htm
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connector.records import FieldMeta, FieldType, ObjectMeta

_TYPES: dict[str, FieldType] = {
    "id": "id",
    "reference": "reference",
    "boolean": "boolean",
    "int": "integer",
    "long": "integer",
    "double": "number",
    "percent": "number",
    "currency": "money",
    "date": "date",
    "datetime": "datetime",
}


def object_meta(describe: Mapping[str, Any]) -> ObjectMeta:
    """An answer of ``sobjects/OBJECT/describe`` as the connector's metadata."""
    fields = [_field(field) for field in describe["fields"]]
    return ObjectMeta(
        describe["name"],
        {field.name: field for field in fields},
        describe.get("label") or "",
        dict(_relations(describe["fields"])),
    )


def _field(field: Mapping[str, Any]) -> FieldMeta:
    kind = _TYPES.get(field["type"], "text")
    creates = bool(field.get("createable"))
    return FieldMeta(
        name=field["name"],
        type=kind,
        length=(field.get("length") or None) if kind == "text" else None,
        scale=_scale(kind, field),
        digits=_digits(kind, field),
        label=field.get("label") or "",
        createable=creates,
        updateable=bool(field.get("updateable")),
        required=_required(field),
        unique=bool(field.get("unique")),
        external_id=bool(field.get("externalId")),
        picklist=tuple(_picklist(field)),
        reference_to=tuple(field.get("referenceTo") or ()),
        any_case=_any_case(field),
    )


def _any_case(field: Mapping[str, Any]) -> bool:
    keyed = field.get("unique") or field.get("externalId")
    return bool(keyed) and _TYPES.get(field["type"], "text") == "text" and not field.get("caseSensitive")


def _picklist(field: Mapping[str, Any]) -> Iterable[str]:
    if field["type"] == "combobox":  # a list of suggestions: any text goes
        return
    for value in field.get("picklistValues") or ():
        if value.get("active") and isinstance(value.get("value"), str):
            yield value["value"]


def _scale(kind: FieldType, field: Mapping[str, Any]) -> int | None:
    if kind == "datetime":
        return 0  # whole seconds are all that is kept
    return field.get("scale") if kind in ("number", "money") else None


def _digits(kind: FieldType, field: Mapping[str, Any]) -> int | None:
    precision, scale = field.get("precision"), field.get("scale")
    if kind not in ("number", "money") or not isinstance(precision, int) or not isinstance(scale, int):
        return None
    return precision - scale if precision > scale else None


def _required(field: Mapping[str, Any]) -> bool:
    # As the page above has it for `nillable` and `defaultedOnCreate`; a checkbox always has a value.
    return bool(
        field.get("createable")
        and not field.get("nillable")
        and not field.get("defaultedOnCreate")
        and field["type"] != "boolean"
    )


def _relations(fields: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    """Relation name -> the object it leads to. One that leads to several (an owner: user or queue) has no
    fields that could be named without asking which."""
    for field in fields:
        targets: list[str] = list(field.get("referenceTo") or ())
        if field.get("relationshipName") and len(targets) == 1:
            yield field["relationshipName"], targets[0]


def filterable(describe: Mapping[str, Any]) -> frozenset[str]:
    """The fields that a query can filter by: no long text."""
    return frozenset(field["name"] for field in describe["fields"] if field.get("filterable", True))
