"""The only writer: changes -> outcomes.

A batch's changes are written rule by rule, parents before children, as many records in a call as the CRM
takes. Changes to one record are one write. A record that the CRM refuses fails alone; what refers to it waits
for the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from connector.changes import WAITS, Action, Change, Compared, Link, Plan
from connector.errors import Interrupted, ServiceError
from connector.records import Record, Value, Write, WriteResult

Writer = Callable[[Sequence[Write]], Iterable[WriteResult]]


class Kind(StrEnum):
    """How an invitation ended: exactly one of these."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    SKIPPED = "skipped"
    REVIEW = "review"
    FAILED = "failed"


@dataclass(slots=True)
class Outcome:
    """How an invitation ended. ``links`` are its records by slot (object, id); ``ours`` what is now ours, by
    object and key, with the id; ``created`` the records that are new."""

    invitation_id: str
    kind: Kind
    reason: str = ""
    warnings: list[str] = field(default_factory=list)
    links: dict[str, tuple[str, str]] = field(default_factory=dict)
    ours: dict[tuple[str, str], tuple[str, dict[str, Value]]] = field(default_factory=dict)
    created: set[tuple[str, str]] = field(default_factory=set)
    plan: Plan | None = None

    @property
    def needs_attention(self) -> bool:
        return self.kind in (Kind.FAILED, Kind.REVIEW) or bool(self.warnings)


def apply_plans(
    plans: Sequence[Plan], write: Writer, order: Sequence[str]
) -> tuple[list[Outcome], ServiceError | Interrupted | None]:
    """Write the changes of ``plans``, in the rules' ``order``; an outcome for each plan, in the same order.

    ``write`` takes records of one object, is as long as it likes, and gives results one by one. After what it
    raises, which comes last here, nothing is written: the outcomes say what had landed by then.
    """
    ids: list[dict[str, str]] = [{} for _ in plans]  # of each plan's records, by name
    by_rule: dict[str, list[tuple[Change, dict[str, str], Plan]]] = {rule: [] for rule in order}
    for plan, its_ids in zip(plans, ids, strict=True):
        for change in plan.changes:
            by_rule[change.name.partition("[")[0]].append((change, its_ids, plan))
    broken: ServiceError | Interrupted | None = None
    for changes in by_rule.values():
        pending = _Pending(write)
        for change, its_ids, plan in changes:
            pending.add(change, its_ids, plan)
        try:
            if broken is None:
                pending.flush()
        except (ServiceError, Interrupted) as error:
            broken = error
        if broken is not None:
            pending.give_up(broken.reason())
    return [_outcome(plan, its_ids) for plan, its_ids in zip(plans, ids, strict=True)], broken


class _Pending:
    """The changes of one rule over a whole batch, those of one record merged."""

    def __init__(self, write: Writer) -> None:
        self._write = write
        self._changes: dict[tuple[str, str], list[tuple[Change, dict[str, str]]]] = {}
        self._fields: dict[tuple[str, str], dict[str, Value]] = {}

    def add(self, change: Change, ids: dict[str, str], plan: Plan) -> None:
        if change.action is Action.UNCHANGED and change.id:
            ids[change.name] = change.id
            return
        if change.action not in (Action.CREATE, Action.UPDATE, Action.UNCHANGED):
            return
        resolved = _resolve(change, ids, plan)
        if resolved is None:
            return
        record = (change.object, change.key)
        self._changes.setdefault(record, []).append((change, ids))
        self._fields.setdefault(record, {}).update(resolved)

    def flush(self) -> None:
        writes = [self._as_write(record) for record in self._changes]
        if not writes:
            return
        for write, result in zip(writes, self._write(writes), strict=True):
            for change, ids in self._changes[(write.object, write.key)]:
                if result.id is not None:
                    ids[change.name] = change.id = result.id
                    continue
                if result.duplicates is not None:
                    _put_up_for_review(change, result)
                    continue
                change.action = Action.FAIL
                where = f"{change.name}.{result.field}" if result.field else change.name
                change.reason = f"{where}: {result.error}"

    def give_up(self, reason: str) -> None:
        """Of the changes that have not landed, say why."""
        for changes in self._changes.values():
            for change, ids in changes:
                if change.name not in ids and change.action not in (Action.FAIL, Action.REVIEW):
                    change.action, change.reason = Action.FAIL, reason

    def _as_write(self, record: tuple[str, str]) -> Write:
        changes = self._changes[record]
        known = next((change.id for change, _ in changes if change.id), None)
        fields = {
            name: value for name, value in self._fields[record].items() if name != changes[0][0].key_field
        }
        distinct = any(change.decided for change, _ in changes)
        return Write(record[0], changes[0][0].key_field, record[1], known, fields, distinct)


def _put_up_for_review(change: Change, result: WriteResult) -> None:
    """The CRM takes a record for a duplicate of others: a person says which it is, or that it is not."""
    change.action, change.asks = Action.REVIEW, True
    change.candidates = tuple(Record(change.object, id_, {}) for id_ in result.duplicates or ())
    change.reason = f"{change.name}: {result.error}"
    wanted = {item.field: item.after for item in change.fields if not isinstance(item.after, Link)}
    change.compared = Compared(wanted, {}, tuple(change.titles))


def _resolve(change: Change, ids: Mapping[str, str], plan: Plan) -> dict[str, Value] | None:
    """The values to write; None when a record referred to could not be written after all."""
    values: dict[str, Value] = {}
    for item in change.fields:
        value = item.after
        if isinstance(value, Link):
            parent = ids.get(value.name)
            if parent is None:
                failed = next((other for other in plan.changes if other.name == value.name), None)
                in_review = failed is not None and failed.action is Action.REVIEW
                change.action = Action.REVIEW if in_review else Action.FAIL
                change.reason = f"{WAITS}{value.name}" + (f": {failed.reason}" if failed else "")
                return None
            value = parent
        values[item.field] = value
    return values


def _outcome(plan: Plan, ids: Mapping[str, str]) -> Outcome:
    kind, reason = judge(plan.changes)
    if plan.awaits:
        reason = "; ".join(filter(None, (reason, f"still to come from AWS: {' and '.join(plan.awaits)}")))
    outcome = Outcome(plan.invitation_id, kind, reason, _unique(plan), plan=plan)
    for change in plan.changes:
        record_id = ids.get(change.name)
        if record_id is None:
            continue
        outcome.links[change.slot] = (change.object, record_id)
        ours = {
            name: ids.get(value.name) if isinstance(value, Link) else value
            for name, value in change.ours.items()
        }
        previous = outcome.ours.get((change.object, change.key), ("", {}))[1]
        outcome.ours[(change.object, change.key)] = (record_id, {**previous, **ours})
        if change.action is Action.CREATE:
            outcome.created.add((change.object, change.key))
    return outcome


def _unique(plan: Plan) -> list[str]:
    return list(dict.fromkeys(warning for change in plan.changes for warning in change.warnings))


def judge(changes: Sequence[Change]) -> tuple[Kind, str]:
    """The one outcome of an invitation whose records ended like this, with its reason."""
    for action, kind in ((Action.FAIL, Kind.FAILED), (Action.REVIEW, Kind.REVIEW)):
        reasons = [change.reason for change in changes if change.action is action]
        if reasons:  # those of the records at fault; what waits for these says no more
            causes = [reason for reason in reasons if not reason.startswith(WAITS)]
            return kind, "; ".join(dict.fromkeys(causes or reasons))
    actions = {change.action for change in changes}
    kept = list(_kept(changes))
    edited = f"edited in the CRM, left alone: {', '.join(kept)}" if kept else ""
    if Action.CREATE in actions:
        return Kind.CREATED, edited
    if Action.UPDATE in actions:
        return Kind.UPDATED, edited
    if kept:
        return Kind.KEPT, edited
    if Action.UNCHANGED in actions:
        return Kind.UNCHANGED, ""
    reasons = [change.reason for change in changes if change.reason]
    return Kind.SKIPPED, "; ".join(dict.fromkeys(reasons)) or "no rule's `when` holds for it"


def _kept(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        for kept in change.kept:
            yield f"{change.name}.{kept.field}"
