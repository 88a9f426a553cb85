"""What HubSpot says of its objects, as the values that the rest of the connector reads.

https://developers.hubspot.com/docs/api-reference/crm-properties-v3/guide
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from connector.crm.hubspot_client import Client
from connector.crm.hubspot_errors import NO_TOKEN, Rejection, broken, is_unknown_object
from connector.errors import AccessDenied, NotFoundError, RefusedError
from connector.match import fold
from connector.records import FieldMeta, FieldType, ObjectMeta

ASSOCIATIONS = "associations."  # begins the names of the fields that stand for associations
LABEL = ".label"  # ends the names of those that stand for what people call a pipeline or stage

AssociationType = Mapping[str, Any]  # category and id, as a write wants them

_TYPES: Mapping[str, FieldType] = {
    "string": "text",
    "phone_number": "text",
    "enumeration": "text",
    "number": "number",
    "bool": "boolean",
    "date": "date",
    "datetime": "datetime",
}
# https://developers.hubspot.com/docs/guides/crm/understanding-the-crm#object-type-ids
STANDARD: Mapping[str, str] = {
    "0-1": "contacts",
    "0-2": "companies",
    "0-3": "deals",
    "0-5": "tickets",
    "0-136": "leads",
}
_SINGULAR = {"contacts": "Contact", "companies": "Company", "deals": "Deal", "leads": "Lead"}
# HubSpot makes no lead that is nobody's: one of these it has to be associated with from the beginning
# (https://developers.hubspot.com/docs/api-reference/crm-leads-v3/guide). A mapping is asked for the first:
# an invitation always has a company.
BORN_ASSOCIATED: Mapping[str, tuple[str, ...]] = {"leads": ("companies", "contacts")}
# The types of associations that mark the one of several. Their labels change ("Primary", "Deal with Primary
# Company"), and integrations are asked to go by these numbers:
# https://developers.hubspot.com/changelog/changes-to-primary-labels-for-hubspot-defined-association-labels
_PRIMARY_TYPES = frozenset({1, 2, 5, 6, 25, 26, 578, 580})
# Unique whatever its property is said to be: https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide
_UNIQUE = frozenset({("contacts", "email")})
_PIPELINES = (("pipeline", "dealstage"), ("hs_pipeline", "hs_pipeline_stage"))
_LENGTH = 65_536  # of any text: https://knowledge.hubspot.com/properties/property-field-types-in-hubspot
_DIGITS = 15  # HubSpot's numbers are double precision
_MONEY_SCALE = 2
_OBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_WITHOUT = {"leads": "; in an account without leads, take the rules about them out of the mapping"}
_ADDING = "crm-connector hubspot properties says which are missing, and makes them with --create"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a pipeline, by ids and by what people call the two."""

    pipeline: str
    pipeline_label: str
    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Stages:
    """The pipelines of an object: ``pipeline`` and ``stage`` are the properties that say where a record
    is."""

    pipeline: str
    stage: str
    all: tuple[Stage, ...]

    def label(self, property: str, value: str | None) -> str | None:
        """What people call the pipeline or stage whose id is ``value``."""
        if property == self.stage:
            return next((stage.label for stage in self.all if stage.id == value), None)
        return next((stage.pipeline_label for stage in self.all if stage.pipeline == value), None)

    def find(self, pipeline_label: str | None, stage_label: str | None, pipeline: str | None) -> Stage | None:
        """The stage so called: of the pipeline so called, else of the one with the id ``pipeline``, else of
        the first that has such a stage. Without ``stage_label``, the pipeline's first."""
        stages = [
            stage for stage in self.all if stage_label is None or fold(stage.label) == fold(stage_label)
        ]
        if pipeline_label is not None:
            return next((s for s in stages if fold(s.pipeline_label) == fold(pipeline_label)), None)
        return next((s for s in stages if s.pipeline == pipeline), next(iter(stages), None))


class Objects:
    """The objects of one account, each described once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, ObjectMeta | None] = {}
        self._associations: dict[tuple[str, str], list[tuple[AssociationType, bool]]] = {}
        self.html: dict[str, frozenset[str]] = {}  # by object, the properties that hold markup
        self.stages: dict[str, Stages] = {}

    def meta(self, object: str) -> ObjectMeta | None:
        """None for an object that the account does not have."""
        if object not in self._known:
            self._known[object] = self._ask(object) if _OBJECT.fullmatch(object) else None
        return self._known[object]

    def known(self, object: str) -> ObjectMeta:
        """Raises RefusedError for an object that the account does not have."""
        meta = self.meta(object)
        if meta is None:
            raise RefusedError(f"the account has no object {object}", service="hubspot", operation="describe")
        return meta

    def key(self, object: str, field: str) -> None:
        """Raises RefusedError for a property that is not there, or not unique: no record is found by it."""
        meta = self.known(object).fields.get(field)
        if meta is None or not meta.external_id:
            why = "is not there" if meta is None else "is not unique"
            message = f"the property {field} of {object} {why}"
            raise RefusedError(message, service="hubspot", operation="describe", hint=_ADDING)

    def names(self) -> list[str]:
        """The standard objects and the account's own."""
        return sorted([*STANDARD.values(), *(_name(schema) for schema in self._schemas())])

    def primary(self, object: str, to: str) -> AssociationType | None:
        """The type that marks the one of several associations, where two objects have such (a deal's primary
        company)."""
        return next((each for each, is_first in self._types(object, to) if is_first), None)

    def association(self, object: str, to: str) -> AssociationType | None:
        """The type of a record's first association: the primary one, else the one without a label."""
        return self.primary(object, to) or next((each for each, _ in self._types(object, to)), None)

    def _types(self, object: str, to: str) -> list[tuple[AssociationType, bool]]:
        """HubSpot's own association types between two objects, without those that a person has labelled, and
        whether each is the primary one."""
        if (object, to) not in self._associations:
            definitions = self._client.crm.associations.v4.schema.definitions_api
            answer = self._client.call("describe", definitions.get_all, object, to)
            self._associations[object, to] = [
                (
                    {"associationCategory": said.get("category"), "associationTypeId": said.get("typeId")},
                    is_primary(said),
                )
                for said in _results(answer)
                if is_primary(said) or (said.get("category") == "HUBSPOT_DEFINED" and not said.get("label"))
            ]
        return self._associations[object, to]

    # -- questions

    def _ask(self, object: str) -> ObjectMeta | None:
        try:
            answer = self._client.call("describe", self._client.crm.properties.core_api.get_all, object)
        except Rejection as error:
            if is_unknown_object(error):
                return None
            raise
        except AccessDenied as error:
            if error.code == NO_TOKEN:
                raise
            message, hint = f"the access token has no right to see {object}", _WITHOUT.get(object, "")
            raise AccessDenied(
                message, service="hubspot", operation="describe", code=error.code, hint=f"{error.hint}{hint}"
            ) from None
        schema = self._schema(object)
        required = set(schema.get("requiredProperties") or ())
        properties = [
            said for said in _results(answer) if said.get("type") in _TYPES and not said.get("archived")
        ]
        uniques = {name for owner, name in _UNIQUE if owner == object}
        fields = {str(said["name"]): _field(said, required, uniques) for said in properties}
        fields["id"] = FieldMeta("id", "id", createable=False, updateable=False)
        self.html[object] = frozenset(
            str(said["name"]) for said in properties if said.get("fieldType") == "html"
        )
        fields.update((field.name, field) for field in self._labels(object, fields))
        relations = {to: to for to in self._associated(object, schema)}
        for to in relations:
            name = f"{ASSOCIATIONS}{to}"
            fields[name] = FieldMeta(
                name,
                "reference",
                label=_SINGULAR.get(to, f"Associated {to}"),
                required=to in BORN_ASSOCIATED.get(object, ())[:1],
                reference_to=(to,),
            )
        label = (schema.get("labels") or {}).get("singular") or ""
        return ObjectMeta(object, fields, label, relations, adding=_ADDING)

    def _schema(self, object: str) -> Mapping[str, Any]:
        """What is required, and custom associations; nothing where the access token may not see schemas."""
        try:
            return self._client.call("describe", self._client.crm.schemas.core_api.get_by_id, object)
        except (Rejection, AccessDenied, NotFoundError):
            return {}

    def _schemas(self) -> list[Mapping[str, Any]]:
        try:
            answer = self._client.call("describe", self._client.crm.schemas.core_api.get_all)
        except (Rejection, AccessDenied, NotFoundError):
            return []
        return list(_results(answer))

    def _labels(self, object: str, fields: dict[str, FieldMeta]) -> Iterator[FieldMeta]:
        """``dealstage.label`` beside ``dealstage``: a mapping has names, not the ids of one account."""
        pair = next((pair for pair in _PIPELINES if pair[1] in fields), None)
        if pair is None:
            return
        try:
            answer = self._client.call("describe", self._client.crm.pipelines.pipelines_api.get_all, object)
        except (Rejection, AccessDenied, NotFoundError):
            return
        stages = Stages(*pair, tuple(_stages(_results(answer))))
        self.stages[object] = stages
        labels = {
            stages.pipeline: (stage.pipeline_label for stage in stages.all),
            stages.stage: (stage.label for stage in stages.all),
        }
        ids = {
            stages.pipeline: (stage.pipeline for stage in stages.all),
            stages.stage: (stage.id for stage in stages.all),
        }
        for name in pair:
            if name in fields:
                # Not required: where a creation names no stage, the writer takes the first.
                picklist = tuple(dict.fromkeys(ids[name]))
                fields[name] = replace(fields[name], required=False, picklist=picklist)
                yield replace(
                    fields[name],
                    name=f"{name}{LABEL}",
                    label=f"{fields[name].label or name}, by its label",
                    picklist=tuple(dict.fromkeys(labels[name])),
                    any_case=True,
                )

    def _associated(self, object: str, schema: Mapping[str, Any]) -> list[str]:
        """The objects that records of ``object`` can be associated with."""
        found = dict.fromkeys(name for name in STANDARD.values() if name not in (object, "tickets"))
        own = {schema.get("objectTypeId"), object}
        for said in schema.get("associations") or ():
            if said.get("fromObjectTypeId") in own:
                to = str(said.get("toObjectTypeId") or "")
                found[STANDARD.get(to, to)] = None
        return [name for name in found if name != object and _OBJECT.fullmatch(name)]


def is_primary(said: Mapping[str, Any]) -> bool:
    """Whether an association type, as HubSpot tells it, is the one that marks one of several."""
    told = said.get("typeId") in _PRIMARY_TYPES or "primary" in str(said.get("label")).lower()
    return said.get("category") == "HUBSPOT_DEFINED" and told


def _field(said: Mapping[str, Any], required: set[str], uniques: set[str]) -> FieldMeta:
    name, kind = str(said["name"]), _TYPES[said["type"]]
    if said.get("fieldType") == "booleancheckbox":
        kind = "boolean"
    money = kind == "number" and bool(said.get("showCurrencySymbol"))
    modification = said.get("modificationMetadata") or {}
    writable = not (said.get("calculated") or modification.get("readOnlyValue"))
    unique = bool(said.get("hasUniqueValue")) or name in uniques
    chosen = said["type"] == "enumeration" and kind == "text"
    options = said.get("options") or () if chosen else ()
    return FieldMeta(
        name,
        "money" if money else kind,
        length=_LENGTH if kind == "text" and not chosen else None,
        scale=_MONEY_SCALE if money else 3 if kind == "datetime" else None,
        label=str(said.get("label") or ""),
        createable=writable,
        updateable=writable,
        required=name in required and writable,
        unique=unique,
        external_id=unique and writable,
        picklist=tuple(str(option.get("value")) for option in options),
        any_case=unique and kind == "text",
        digits=_DIGITS - _MONEY_SCALE if money else _DIGITS if kind == "number" else None,
    )


def _stages(pipelines: Iterable[Mapping[str, Any]]) -> Iterator[Stage]:
    for pipeline in sorted(pipelines, key=_order):
        for stage in sorted(pipeline.get("stages") or (), key=_order):
            if not stage.get("archived") and not pipeline.get("archived"):
                yield Stage(
                    str(pipeline["id"]), str(pipeline["label"]), str(stage["id"]), str(stage["label"])
                )


def _order(said: Mapping[str, Any]) -> int:
    order = said.get("displayOrder")
    return order if isinstance(order, int) else 0


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema.get("fullyQualifiedName") or schema.get("objectTypeId") or schema.get("name"))


def _results(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Raises TransientError for an answer that is not whole."""
    found = answer.get("results")
    if not isinstance(found, list) or not all(isinstance(said, Mapping) for said in found):
        raise broken("describe")
    return found
