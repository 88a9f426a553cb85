"""What Odoo says of its models, as the values that the rest of the connector reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from connector.crm.odoo_client import Client
from connector.crm.odoo_errors import NO_MODEL, broken
from connector.errors import AccessDenied, NotFoundError, RefusedError
from connector.records import FieldMeta, FieldType, ObjectMeta

KEY = "external_id"  # what Odoo's own import and export call it; it is kept in ir.model.data

# https://www.odoo.com/documentation/14.0/developer/reference/addons/orm.html#fields
_TYPES: Mapping[str, FieldType] = {
    "char": "text",
    "text": "text",
    "html": "text",
    "selection": "text",
    "integer": "integer",
    "float": "number",
    "monetary": "money",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "many2one": "reference",
}
# Models whose records are chosen by what they are called, not made by us, and by what a person calls them.
CHOSEN_BY: Mapping[str, str] = {
    "crm.lost.reason": "name",
    "crm.stage": "name",
    "crm.team": "name",
    "res.company": "name",
    "res.country": "code",
    "res.currency": "name",
    "res.partner.industry": "name",
    "res.users": "login",
    "utm.campaign": "name",
    "utm.medium": "name",
    "utm.source": "name",
}
_ASKED = ["type", "string", "required", "readonly", "relation", "selection", "size", "digits"]
_MONEY_SCALE = 2
_DIGITS = 15  # Odoo's numbers are double precision on their way
_ODD_ARGUMENT = "UnprocessableEntity"
_MODEL = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")


class Models:
    """The models of one database, each described once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, ObjectMeta | None] = {}
        self.html: dict[str, frozenset[str]] = {}  # by model, the fields that hold markup

    def describe(self, objects: Iterable[str]) -> Mapping[str, ObjectMeta]:
        found = {name: self.meta(name) for name in objects}
        return {name: meta for name, meta in found.items() if meta is not None}

    def meta(self, model: str) -> ObjectMeta | None:
        """The model's fields, or None for a model that is not installed."""
        if model not in self._known:
            self._known[model] = self._ask(model) if _MODEL.fullmatch(model) else None
        return self._known[model]

    def fields(self, model: str) -> Mapping[str, FieldMeta]:
        """Raises RefusedError for a model that is not installed."""
        meta = self.meta(model)
        if meta is None:
            raise RefusedError(f"Odoo has no model {model}", service="odoo", operation="describe")
        return meta.fields

    def names(self) -> list[str]:
        """The names of all models that keep records; none where the user may not see them."""
        try:
            rows = self._client.call(
                "describe", "ir.model", "search_read", domain=[["transient", "=", False]], fields=["model"]
            )
        except (RefusedError, AccessDenied):
            return []
        if not isinstance(rows, list):
            raise broken("describe")
        return sorted(str(row["model"]) for row in rows if isinstance(row, Mapping) and row.get("model"))

    def _ask(self, model: str) -> ObjectMeta | None:
        try:
            fields = self._client.call("describe", model, "fields_get", allfields=[], attributes=_ASKED)
        except NotFoundError as error:
            if error.code == NO_MODEL:
                return None
            raise
        except RefusedError as error:
            if error.code == "UserError":  # the same, in the words of another language
                return None
            raise
        if not isinstance(fields, Mapping) or "id" not in fields or not all(map(_is_whole, fields.values())):
            raise broken("describe")
        needed = [name for name, said in fields.items() if said.get("required") and said["type"] in _TYPES]
        defaults = self._defaults(model, needed) if needed else {}
        self.html[model] = frozenset(name for name, said in fields.items() if said["type"] == "html")
        described = {KEY: _KEY_FIELD, "id": FieldMeta("id", "id", createable=False, updateable=False)}
        relations: dict[str, str] = {}
        for name, said in fields.items():
            if name != "id" and said["type"] in _TYPES:
                described[name] = _field(name, said, required=name in needed and name not in defaults)
                relations.update({name: said["relation"]} if said["type"] == "many2one" else {})
                described.update((chosen.name, chosen) for chosen in _chosen(name, said))
        return ObjectMeta(model, described, relations=relations)

    def _defaults(self, model: str, names: list[str]) -> Mapping[str, Any]:
        """What Odoo itself fills in. By JSON-2, arguments have names, and this one has had two."""
        try:
            found = self._client.call("describe", model, "default_get", fields=names)
        except RefusedError as error:
            if error.code != _ODD_ARGUMENT:
                raise
            found = self._client.call("describe", model, "default_get", fields_list=names)
        if not isinstance(found, Mapping):
            raise broken("describe")
        return found


_KEY_FIELD = FieldMeta(KEY, "text", label="External ID", unique=True, external_id=True)


def _is_whole(said: Any) -> bool:
    return isinstance(said, Mapping) and "type" in said


def _field(name: str, said: Mapping[str, Any], *, required: bool) -> FieldMeta:
    kind = said["type"]
    digits = said.get("digits")
    writable = not said.get("readonly")
    scale = _MONEY_SCALE if kind == "monetary" else digits[1] if kind == "float" and digits else None
    return FieldMeta(
        name,
        _TYPES[kind],
        length=said.get("size") or None,
        scale=0 if kind == "datetime" else scale,
        label=str(said.get("string") or ""),
        createable=writable,
        updateable=writable,
        required=required and writable,
        picklist=tuple(str(value) for value, _ in said.get("selection") or ()) if kind == "selection" else (),
        reference_to=(said["relation"],) if kind == "many2one" else (),
        digits=_DIGITS - scale if scale is not None else None,
        zero_is_none=_TYPES[kind] in ("integer", "number", "money"),
    )


def _chosen(name: str, said: Mapping[str, Any]) -> Iterator[FieldMeta]:
    """``stage_id.name`` beside ``stage_id``: a mapping has names, not the ids of one database."""
    by = CHOSEN_BY.get(said.get("relation") or "") if said["type"] == "many2one" else None
    if by is not None:
        writable = not said.get("readonly")
        label = f"{said.get('string') or name}, by its {by}"
        yield FieldMeta(f"{name}.{by}", "text", label=label, createable=writable, updateable=writable)
