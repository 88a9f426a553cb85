"""What a mapping can take from and give to: the members of an invitation and the fields of a CRM, as lists
to search in. Pure: the service model and the metadata come in as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connector.mapping.model import Mapping as MappingModel
from connector.mapping.places import Enums, Fact, Facts, MemberTree
from connector.mapping.uses import MEMBERS
from connector.records import FieldMeta, ObjectMeta


@dataclass(frozen=True, slots=True)
class Member:
    """A member that expressions can name. ``path`` is JMESPath, with ``[]`` after what is a list.

    ``kind`` is text, number, integer, boolean, date, datetime, list (whose items have members of their own),
    structure (with members of any name), and "" where the model says no more than that it is a value.
    ``longest`` counts characters; ``values`` are those that the model knows, if it lists them. ``accepted``:
    it is there once the invitation is accepted."""

    path: str
    kind: str
    longest: int | None
    values: tuple[str, ...]
    accepted: bool


def members(tree: MemberTree, enums: Enums, facts: Facts) -> list[Member]:
    """All that can be mapped from, in the order of the service model."""
    known = _Known(enums, facts)
    return [
        member
        for name, below in tree.items()
        for member in _members(below, name, (name,), known, accepted=name in MEMBERS)
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    enums: Enums
    facts: Facts


def _members(
    tree: object, path: str, names: tuple[str, ...], known: _Known, *, accepted: bool
) -> Iterator[Member]:
    if isinstance(tree, Mapping) and tree:
        for name, below in tree.items():
            yield from _members(below, f"{path}.{name}", (*names, name), known, accepted=accepted)
        return
    if isinstance(tree, Sequence):
        if isinstance(tree[0], Mapping):
            yield Member(path, "list", None, (), accepted)
        yield from _members(tree[0], f"{path}[]", names, known, accepted=accepted)
        return
    fact = known.facts.get(".".join(names), Fact())
    kind = "structure" if isinstance(tree, Mapping) else fact.kind
    yield Member(path, kind, fact.longest, tuple(known.enums.get(".".join(names), ())), accepted)


@dataclass(frozen=True, slots=True)
class Target:
    """A field of the CRM that rules can give a value, or that only matching can look at (``writable``).
    ``rules`` are those of a mapping that give it one."""

    object: str
    field: FieldMeta
    writable: bool
    rules: tuple[str, ...]


def targets(objects: Mapping[str, ObjectMeta], mapping: MappingModel | None = None) -> list[Target]:
    """All the fields of ``objects``, by the CRM's own order."""
    return [
        Target(name, field, field.createable or field.updateable, tuple(_rules(mapping, name, field.name)))
        for name, meta in objects.items()
        for field in meta.fields.values()
    ]


def _rules(mapping: MappingModel | None, object: str, field: str) -> Iterator[str]:
    for rule in mapping.records if mapping else ():
        if rule.object == object and field in (rule.key_field, *(own.name for own in rule.fields)):
            yield rule.name


def mentions(words: Sequence[str], *texts: str) -> bool:
    """Whether each of ``words`` occurs in one of ``texts``, case aside."""
    folded = [text.casefold() for text in texts]
    return all(any(word.casefold() in text for text in folded) for word in words)
