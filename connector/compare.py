"""What a change of the mapping does to real invitations. Pure: two mappings and invitations in, differences
out, before the new one is used.

The records of the two are paired by what they are in the CRM: the same object and key. One whose key alone is
another is paired by its rule's name, so that the key is shown as what differs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from connector.invitation import Invitation
from connector.map import Desired, Ref, map_invitation
from connector.mapping.model import Mapping, RecordRule
from connector.records import Value, same


class Kind(StrEnum):
    """What the new mapping does with a record: makes it where the old one made none, no longer makes it, or
    makes another of it."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class LeftAlone:
    """In place of a value: that side does not touch the field. (None is a value: it empties the field.)"""

    def __repr__(self) -> str:
        return "LEFT_ALONE"


LEFT_ALONE: Final = LeftAlone()


@dataclass(frozen=True, slots=True)
class Link:
    """The id of another of the invitation's records, which is known by its object and key. Both are empty
    where the mapping makes no such record; ``name`` is what it calls it."""

    name: str = field(compare=False)
    object: str = ""
    key: str = ""


Side = Value | Link | LeftAlone
Records = MappingType[str, Desired]  # of one invitation, by name
Part = Literal["key", "fields", "title", "narrow"]


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field of the CRM whose value is another. ``part`` is where it stands in the rule: its ``key``, its
    ``fields``, or the ``title`` or ``narrow`` of its match."""

    name: str
    old: Side
    new: Side
    part: Part = "fields"


@dataclass(frozen=True, slots=True)
class RecordDifference:
    """A record that differs. ``name`` and ``rule`` are the new mapping's, of a REMOVED one the old's.

    ``problems`` are the warnings, and the error, that only the new mapping brings; ``solved`` those that only
    the old one had."""

    kind: Kind
    name: str
    rule: RecordRule
    key: str
    fields: tuple[FieldDifference, ...] = ()
    problems: tuple[str, ...] = ()
    solved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InvitationDifference:
    """An invitation that becomes something else."""

    invitation: Invitation
    records: tuple[RecordDifference, ...]


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """Of a rule in both mappings, what decides how its records are written, and shows in no value: ``option``
    is a field's ``write`` (``field`` has its name), or the match's ``none`` or ``many``."""

    rule: str
    field: str
    option: str
    old: str
    new: str


@dataclass(slots=True)
class Counts:
    """``records`` counts those that differ by kind, ``fields`` those that differ by ``rule.field`` in records
    that both make; ``problems`` the records to which the new mapping brings a warning or error."""

    invitations: int = 0
    differing: int = 0
    records: Counter[Kind] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    problems: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """``invitations`` has only those that differ, in the order in which they came."""

    invitations: tuple[InvitationDifference, ...]
    rules: tuple[RuleDifference, ...]
    counts: Counts

    @property
    def is_same(self) -> bool:
        """Whether the new mapping does what the old one did, to all that was compared."""
        return not self.invitations and not self.rules


def compare(old: Mapping, new: Mapping, invitations: Iterable[Invitation]) -> Comparison:
    """What ``new`` makes of ``invitations`` that ``old`` did not, and what it no longer makes."""
    counts = Counts()
    differing = []
    for invitation in invitations:
        records = compare_records(map_invitation(invitation, old), map_invitation(invitation, new))
        counts.invitations += 1
        if records:
            differing.append(InvitationDifference(invitation, records))
            _count(counts, records)
    return Comparison(tuple(differing), tuple(_rules(old, new)), counts)


def _count(counts: Counts, records: Sequence[RecordDifference]) -> None:
    counts.differing += 1
    for record in records:
        counts.records[record.kind] += 1
        counts.problems += bool(record.problems)
        if record.kind is Kind.CHANGED:
            counts.fields.update({f"{record.rule.name}.{found.name}" for found in record.fields})


def compare_records(old: Sequence[Desired], new: Sequence[Desired]) -> tuple[RecordDifference, ...]:
    """The differences of what one invitation becomes, in the order of ``new``; those removed come last."""
    before = {record.name: record for record in old}
    after = {record.name: record for record in new}
    partners = _partners(old, new)
    found = [_difference(partners.get(name), before, record, after) for name, record in after.items()]
    kept = {record.name for record in partners.values()}
    removed = [_removed(record, before) for record in old if record.name not in kept]
    return tuple(record for record in [*found, *removed] if record is not None)


def _partners(old: Sequence[Desired], new: Sequence[Desired]) -> dict[str, Desired]:
    """By the names of ``new``, those of ``old`` that they are."""
    free = {record.name: record for record in old}
    partners: dict[str, Desired] = {}
    for identity in _IDENTITIES:
        known = {identity(record): record for record in reversed(free.values())}
        for record in new:
            partner = known.pop(identity(record), None) if record.name not in partners else None
            if partner is not None:
                partners[record.name] = free.pop(partner.name)
    return partners


# The surest first: two rules may write to one record, and a rule may be renamed, or get another key.
_IDENTITIES: tuple[Callable[[Desired], tuple[str, ...]], ...] = (
    lambda record: (record.rule.name, record.rule.object, record.rule.key_field, record.key),
    lambda record: (record.rule.object, record.rule.key_field, record.key or record.name),
    lambda record: (record.rule.object, record.name),
)


def _difference(
    old: Desired | None, before: Records, new: Desired, after: Records
) -> RecordDifference | None:
    """How ``new``, one of ``after``, differs from ``old``, one of ``before``."""
    if old is None:
        fields = _values("fields", {}, _resolved(new, after))
        return RecordDifference(Kind.ADDED, new.name, new.rule, new.key, tuple(fields), _problems(new))
    differing = tuple(_fields(old, before, new, after))
    problems = tuple(text for text in _problems(new) if text not in _problems(old))
    solved = tuple(text for text in _problems(old) if text not in _problems(new))
    if not differing and not problems and not solved:
        return None
    return RecordDifference(Kind.CHANGED, new.name, new.rule, new.key, differing, problems, solved)


def _removed(record: Desired, records: Records) -> RecordDifference:
    fields = tuple(_values("fields", _resolved(record, records), {}))
    return RecordDifference(Kind.REMOVED, record.name, record.rule, record.key, fields, (), _problems(record))


def _problems(record: Desired) -> tuple[str, ...]:
    return (*record.warnings, *filter(None, [record.error]))


def _fields(old: Desired, before: Records, new: Desired, after: Records) -> Iterator[FieldDifference]:
    yield from _values("key", {old.rule.key_field: old.key}, {new.rule.key_field: new.key})
    if not (old.error or new.error):  # of one that cannot land, the values end where it failed
        yield from _values("fields", _resolved(old, before), _resolved(new, after))
        yield from _values("title", old.titles, new.titles)
        yield from _values("narrow", old.narrow, new.narrow)


def _resolved(record: Desired, records: Records) -> dict[str, Side]:
    """The values of ``record``, its references as what they lead to among ``records``."""
    return {
        name: _link(value, records) if isinstance(value, Ref) else value
        for name, value in record.values.items()
    }


def _link(ref: Ref, records: Records) -> Link:
    meant = records.get(f"{ref.rule}[{ref.index}]") or records.get(ref.rule)
    return Link(ref.rule) if meant is None else Link(meant.name, meant.rule.object, meant.key)


def _values(
    part: Part, old: MappingType[str, Side], new: MappingType[str, Side]
) -> Iterator[FieldDifference]:
    for name in dict.fromkeys((*new, *old)):
        before, after = old.get(name, LEFT_ALONE), new.get(name, LEFT_ALONE)
        if not _equal(before, after):
            yield FieldDifference(name, before, after, part)


def _equal(old: Side, new: Side) -> bool:
    if isinstance(old, (Link, LeftAlone)) or isinstance(new, (Link, LeftAlone)):
        return old == new
    return same(old, new)


def _rules(old: Mapping, new: Mapping) -> Iterator[RuleDifference]:
    before = {rule.name: _options(rule) for rule in old.records}
    for rule in new.records:
        options = before.get(rule.name, {})
        for (field_name, option), now in _options(rule).items():
            was = options.get((field_name, option), now)
            if was != now:
                yield RuleDifference(rule.name, field_name, option, was, now)


def _options(rule: RecordRule) -> dict[tuple[str, str], str]:
    """By field ("" for the rule itself) and option."""
    writes = {(field_rule.name, "write"): str(field_rule.write) for field_rule in rule.fields}
    return {("", "none"): rule.match.none, ("", "many"): rule.match.many, **writes}
