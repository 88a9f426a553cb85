"""A mapping as it fits one CRM: without the ``optional`` fields that the CRM does not have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from connector.mapping.model import FieldRule, RecordRule
from connector.mapping.model import Mapping as MappingModel
from connector.records import ObjectMeta


def fitted(mapping: MappingModel, objects: Mapping[str, ObjectMeta]) -> MappingModel:
    """``mapping`` without the optional fields that ``objects`` lack; all else, its order and fingerprint
    included, stays. A rule whose object is not described stays as it is."""
    rules = tuple(_fitted(rule, objects.get(rule.object)) for rule in mapping.records)
    return replace(mapping, records=rules)


def is_left_out(field: FieldRule, meta: ObjectMeta) -> bool:
    """Whether ``field`` has nowhere to go in ``meta``, and may be left out for that."""
    return field.optional and field.name not in meta.fields


def _fitted(rule: RecordRule, meta: ObjectMeta | None) -> RecordRule:
    if meta is None:
        return rule
    fields = tuple(field for field in rule.fields if not is_left_out(field, meta))
    return rule if len(fields) == len(rule.fields) else replace(rule, fields=fields)
