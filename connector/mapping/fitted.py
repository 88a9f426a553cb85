"""A mapping as it fits one CRM: without the fields that the CRM does not have and can do without."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from connector.mapping.model import FieldRule, RecordRule
from connector.mapping.model import Mapping as MappingModel
from connector.records import ObjectMeta


def fitted(mapping: MappingModel, objects: Mapping[str, ObjectMeta]) -> MappingModel:
    """``mapping`` without what ``objects`` lack: its ``optional`` fields, and those that the CRM's
    administrator has not added yet (``ObjectMeta.absent``). All else, its order included, stays; so does its
    fingerprint where nothing is absent: once that is added, what was planned without it is due again. A rule
    whose object is not described stays as it is."""
    rules = tuple(_fitted(rule, objects.get(rule.object)) for rule in mapping.records)
    return replace(mapping, records=rules, fingerprint=_fingerprint(mapping, absent(mapping, objects)))


def _fingerprint(mapping: MappingModel, lacking: Sequence[str]) -> str:
    """That of ``mapping`` without the fields that are ``lacking``."""
    if not lacking:
        return mapping.fingerprint
    names = "\n".join(sorted(lacking)).encode()
    return f"{mapping.fingerprint}-{hashlib.blake2b(names, digest_size=8).hexdigest()}"


def is_of(fingerprint: str, mapping: MappingModel) -> bool:
    """Whether ``fingerprint`` is that of ``mapping``, as fitted to whatever CRM."""
    return fingerprint.partition("-")[0] == mapping.fingerprint.partition("-")[0]


def is_left_out(field: FieldRule, meta: ObjectMeta) -> bool:
    """Whether ``field`` has nowhere to go in ``meta``, and may be left out for that."""
    return field.name not in meta.fields and (field.optional or field.name in meta.absent)


def absent(mapping: MappingModel, objects: Mapping[str, ObjectMeta]) -> list[str]:
    """What ``mapping`` names and the CRM's administrator has not added yet: ``Lead.AWS_Status__c``."""
    return list(dict.fromkeys(_absent(mapping, objects)))


def _absent(mapping: MappingModel, objects: Mapping[str, ObjectMeta]) -> Iterator[str]:
    for rule in mapping.records:
        meta = objects.get(rule.object)
        names = (rule.key_field, *(field.name for field in rule.fields), *rule.match.title)
        yield from (f"{rule.object}.{name}" for name in names if meta and name in meta.absent)


def _fitted(rule: RecordRule, meta: ObjectMeta | None) -> RecordRule:
    if meta is None:
        return rule
    fields = tuple(field for field in rule.fields if not is_left_out(field, meta))
    title = {name: text for name, text in rule.match.title.items() if name not in meta.absent}
    if len(fields) == len(rule.fields) and len(title) == len(rule.match.title):
        return rule
    return replace(rule, fields=fields, match=replace(rule.match, title=title))
