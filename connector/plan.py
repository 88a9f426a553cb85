"""Desired against current -> changes, each with its reason. Pure.

Who owns a field is the mapping's ``write:``. ``keep`` compares three ways: what we wrote last (ledger), what
the CRM holds, what the mapping wants.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.changes import WAITS, Action, Change, Compared, FieldChange, Kept, Link
from connector.map import Desired, Ref
from connector.mapping.model import FieldRule, Write
from connector.match import Ambiguous, Decision, Existing, Match, Matched, NotFound, match
from connector.records import (
    CoercionError,
    FieldMeta,
    ObjectMeta,
    Record,
    Value,
    coerce,
    quantize,
    same,
)

CURRENCY = "CurrencyIsoCode"  # Salesforce: of all of a record's amounts, in orgs that have several
LEFT = "skipped by a decision in a review"
Written = Mapping[str, Any]  # field -> what we wrote last, as the ledger's JSON has it


@dataclass(slots=True)
class Known:
    """All that planning a batch needs to know, besides the mapping. ``links`` and ``decisions`` are by
    invitation id and record name; the rest by object and key: what we wrote last, the ids of the records that
    it was written to, what a killed run was about to write when it died (it may or may not have arrived), and
    what this run itself has created. ``heirs``, by invitation id and object: what the CRM has made of the
    invitation's record (a lead, converted)."""

    objects: Mapping[str, ObjectMeta]
    existing: Existing = field(default_factory=Existing)
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    decisions: Mapping[tuple[str, str], Decision] = field(default_factory=dict)
    written: dict[tuple[str, str], Written] = field(default_factory=dict)
    holders: dict[tuple[str, str], str] = field(default_factory=dict)
    fresh: set[tuple[str, str]] = field(default_factory=set)
    intended: Mapping[tuple[str, str], Sequence[Written]] = field(default_factory=dict)
    heirs: dict[tuple[str, str], str] = field(default_factory=dict)


def plan_invitation(invitation_id: str, desired: Iterable[Desired], known: Known) -> list[Change]:
    """The changes that make the CRM hold what is desired, parents before children. ``known.existing`` and
    ``known.written`` take them in, so that the next invitation is planned against what these leave behind."""
    changes: dict[str, Change] = {}
    links = known.links.get(invitation_id, {})
    for record in desired:
        changes[record.name] = change = _plan_record(record, changes, known, links, invitation_id)
        if change.action in (Action.CREATE, Action.UPDATE):
            _absorb(change, known)
    return list(changes.values())


def _plan_record(
    desired: Desired,
    parents: Mapping[str, Change],
    known: Known,
    links: Mapping[str, str],
    invitation_id: str,
) -> Change:
    rule = desired.rule
    change = Change(desired.name, rule.object, rule.key_field, desired.key, Action.FAIL)
    change.warnings, change.own_key = desired.warnings, desired.own_key
    if desired.error:
        change.reason = desired.error
        return change
    decision = known.decisions.get((invitation_id, desired.slot))
    heir = None
    if rule.for_each is None and rule.match.none != "skip":  # the first such record: there is but one heir
        heir = known.heirs.pop((invitation_id, rule.object), None)
    found = match(desired, known.existing, links.get(desired.slot), decision, heir)
    if isinstance(found, Matched) and decision is not None:
        # The CRM took a change to this record for a duplicate of others, and a person said what of it.
        change.decided = decision.action == "create"
        found = NotFound("skip") if decision.action == "skip" else found
    if not _settle_match(change, desired, found):
        if change.asks:
            candidates = found.candidates if isinstance(found, Ambiguous) else ()
            change.compared = _compared(candidates, desired, known.objects[rule.object])
        return change
    if isinstance(found, Matched) and found.record.became:
        heirs = " and ".join(found.record.became)
        change.action, change.reason = Action.UNCHANGED, f"it was converted: its {heirs} goes on"
        return change
    wanted = _wanted(change, desired, parents, known)
    if wanted is None:
        return change
    if isinstance(found, NotFound) and _lacks(change, desired, parents, known):
        return change
    if isinstance(found, Matched):
        record_key = (rule.object, desired.key)
        change.fresh = record_key in known.fresh
        # People merge records, and delete ours for their own: what we wrote went to another one then.
        same_record = known.holders.get(record_key, found.record.id) == found.record.id
        written = known.written.get(record_key, {}) if same_record else {}
        ours = _Ours(written, known.intended.get(record_key, ()))
        _compare(change, desired, found.record, wanted, ours, known.objects[rule.object])
    else:
        _create(change, wanted)
    return change


def _settle_match(change: Change, desired: Desired, found: Match) -> bool:
    """Whether there is something to write; if not, ``change`` says why."""
    none = desired.rule.match.none
    if isinstance(found, Ambiguous):
        _ask(change, found.reason, tuple(_comparable(record, desired) for record in found.candidates))
    elif isinstance(found, Matched):
        change.id, change.evidence = found.record.id or None, found.evidence
        return True
    elif found.decided == "skip":
        change.action, change.reason = Action.SKIP, LEFT
    elif found.decided == "create" or none == "create":
        change.titles = {} if found.decided else desired.titles
        change.decided = found.decided is not None
        return True
    elif none == "skip":
        change.action, change.reason = Action.SKIP, f"the CRM has none in {change.object} to update"
    else:
        _ask(change, f"none of the {change.object} has this title")
    return False


def _ask(change: Change, reason: str, candidates: tuple[Record, ...] = ()) -> None:
    change.action, change.reason, change.candidates, change.asks = Action.REVIEW, reason, candidates, True


def _comparable(record: Record, desired: Desired) -> Record:
    """A candidate with no more of the customer's data than it takes to tell candidates apart."""
    names = (*desired.rule.match.title, *desired.rule.match.narrow)
    fields = {name: record.fields[name] for name in names if name in record.fields}
    return Record(record.object, record.id, fields, record.created)


def _compared(candidates: Iterable[Record], desired: Desired, meta: ObjectMeta) -> Compared:
    wanted: dict[str, Value] = {**desired.narrow, **desired.titles}
    for name, value in desired.values.items():
        if isinstance(value, Ref):  # the id of a record tells nobody anything
            continue
        try:
            wanted[name] = quantize(coerce(value, meta.fields[name]), meta.fields[name])
        except CoercionError:
            wanted[name] = value
    held = {
        record.id: {name: record.fields[name] for name in wanted if name in record.fields}
        for record in candidates
    }
    return Compared(wanted, held, tuple(desired.titles), tuple(desired.narrow))


def _wanted(
    change: Change, desired: Desired, parents: Mapping[str, Change], known: Known
) -> dict[str, Value | Link] | None:
    """The values as the CRM's types, references resolved as far as they can be; None when a record that this
    one refers to cannot land, or a required value does not fit."""
    meta = known.objects[change.object].fields
    wanted: dict[str, Value | Link] = {}
    for name, value in desired.values.items():
        if value is None or (
            type(value) is str
            and value
            and meta[name].type == "text"
            and not meta[name].any_case
            and "\0" not in value
        ):
            wanted[name] = value  # most values, so this is short: what coerce would give
            continue
        if isinstance(value, Ref):
            parent = _parent(value, parents)
            if parent is not None and parent.action in (Action.FAIL, Action.REVIEW):
                change.action = parent.action
                change.reason = f"{WAITS}{parent.name}: {parent.reason}"
                return None
            if parent is None or (parent.action is Action.SKIP and parent.reason != LEFT):
                wanted[name] = None
            elif parent.action is not Action.SKIP:
                wanted[name] = Link(parent.name, parent.id)
            continue
        try:
            wanted[name] = quantize(coerce(value, meta[name]), meta[name])
        except CoercionError as error:
            problem = f"{change.name}.{name}: {error}"
            if any(rule.required for rule in desired.rule.fields if rule.name == name):
                change.action, change.reason = Action.FAIL, problem
                return None
            change.warnings.append(f"{problem}; it is left as it is")
    return wanted


def _lacks(change: Change, desired: Desired, parents: Mapping[str, Change], known: Known) -> bool:
    """Whether a record that is not there needs one that is left out of the CRM: then it is left out, too."""
    meta = known.objects[change.object].fields
    for rule in desired.rule.fields:
        value = desired.values.get(rule.name)
        parent = _parent(value, parents) if isinstance(value, Ref) else None
        if parent and parent.action is Action.SKIP and (rule.required or meta[rule.name].required):
            change.action, change.reason = Action.SKIP, parent.reason
            return True
    return False


def _parent(ref: Ref, parents: Mapping[str, Change]) -> Change | None:
    return parents.get(f"{ref.rule}[{ref.index}]") or parents.get(ref.rule)


def _create(change: Change, wanted: Mapping[str, Value | Link]) -> None:
    change.action = Action.CREATE
    change.fields = [
        FieldChange(name, None, value, "new") for name, value in wanted.items() if value is not None
    ]
    change.ours = {name: value for name, value in wanted.items() if value is not None}


@dataclass(frozen=True, slots=True)
class _Ours:
    """What we wrote last into a record, and what killed runs were about to write: where the CRM holds that,
    it arrived; where it does not, it says nothing of who the field belongs to."""

    written: Written
    intended: Sequence[Written]

    def all_of(self, name: str) -> list[Any]:
        return [values[name] for values in (self.written, *self.intended) if name in values]


def _compare(
    change: Change,
    desired: Desired,
    current: Record,
    wanted: Mapping[str, Value | Link],
    ours: _Ours,
    meta: ObjectMeta,
) -> None:
    for rule in desired.rule.fields:
        if rule.name not in wanted or rule.write is Write.CREATE:
            continue
        want, have = wanted[rule.name], current.fields.get(rule.name)
        why = _why(rule, want, have, ours, meta)
        if rule.name in desired.provisional and have not in (None, "") and why != "equal":
            continue
        if why == "equal":
            if want is not None or rule.name in ours.written:
                change.ours[rule.name] = want
        elif why == "kept":
            # What we wrote stays on record: a person who puts it back gives the field back.
            change.kept.append(Kept(rule.name, have, _plain(want)))
        elif why:
            change.fields.append(FieldChange(rule.name, have, want, why))
            change.ours[rule.name] = want
    if any(kept.field == CURRENCY for kept in change.kept):
        _leave_amounts(change, meta)
    if not current.fields.get(change.key_field):
        change.fields.insert(0, FieldChange(change.key_field, None, change.key, "link"))
    change.action = Action.UPDATE if change.fields else Action.UNCHANGED


def _leave_amounts(change: Change, meta: ObjectMeta) -> None:
    """The record is in a currency that a person chose: our amounts, in another, would be wrong there."""
    amounts = [item for item in change.fields if meta.fields[item.field].type == "money"]
    change.fields = [item for item in change.fields if item not in amounts]
    for item in amounts:
        change.kept.append(Kept(item.field, item.before, _plain(item.after)))
        del change.ours[item.field]


def _why(rule: FieldRule, want: Value | Link, have: Value, ours: _Ours, meta: ObjectMeta) -> str:
    """Why a field is to be written; ``equal`` or ``kept`` where it is not, "" where it is nobody's."""
    empty = have in (None, "")
    if same(_plain(want), have) and not (isinstance(want, Link) and want.id is None):
        return "equal"
    if rule.write is Write.ALWAYS:
        return "always"
    if rule.write is Write.BLANK:
        return "blank" if empty else ""
    kind = meta.fields[rule.name]
    if any(same(_read(value, kind), have) for value in ours.all_of(rule.name)):
        return "ours"
    if rule.name in ours.written:
        return "kept"
    if empty:
        return "blank"
    # Nothing of ours and nothing wanted: a field of the person's own.
    return "" if want is None else "kept"


def _read(value: Any, meta: FieldMeta) -> Value:
    """A value of the ledger as the field's type; None where the CRM's field has become another type since."""
    try:
        return coerce(value, meta)
    except CoercionError:
        return None


def _absorb(change: Change, known: Known) -> None:
    fields: dict[str, Value] = {item.field: _plain(item.after) for item in change.fields}
    fields[change.key_field] = change.key
    known.existing.add(Record(change.object, change.id or "", fields), change.key_field)
    record = (change.object, change.key)
    id_ = change.id or ""
    if known.holders.setdefault(record, id_) != id_:
        known.holders[record], known.written[record] = id_, {}
    ours = {name: _plain(value) for name, value in change.ours.items()}
    known.written[record] = {**known.written.get(record, {}), **ours}
    if change.action is Action.CREATE:
        known.fresh.add(record)


def _plain(value: Value | Link) -> Value:
    return value.id if isinstance(value, Link) else value
