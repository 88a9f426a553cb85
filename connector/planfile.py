"""A plan as a file: what ``plan --out`` writes and ``apply`` reads, and the check that the ground below it
has not moved in between.

JSON: ``format``, ``made_at``, ``fingerprint`` (of the mapping), ``crm`` (its type), ``tenant`` ("" for none),
``checksum`` (over the rest) and ``invitations``, each with its changes. It holds customers' data: only its
owner may read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from connector import privatefile
from connector.changes import Action, Change, FieldChange, Kept, Link, Plan
from connector.crm.base import Crm
from connector.crm.planned import PLANNED
from connector.errors import PlanStale, UsageError
from connector.ledger_facts import facts_from_json, facts_to_json
from connector.ledger_rows import compared_from_json, compared_to_json
from connector.mapping.model import Mapping as MappingFile
from connector.match import fold, title_of
from connector.planfile_shape import is_of, is_plan
from connector.records import CoercionError, ObjectMeta, Record, Value, coerce, same, to_json

FORMAT = 1
CHANGED = "the mapping has changed since the plan was made"
AGAIN = "make a new plan with `crm-connector plan --out`"


@dataclass(frozen=True, slots=True)
class SavedPlan:
    made_at: datetime
    fingerprint: str
    plans: Sequence[Plan]


def save(
    path: Path, plans: Iterable[Plan], *, fingerprint: str, crm: str, now: datetime, tenant: str = ""
) -> None:
    """Write ``plans`` to ``path``, replacing it whole or not at all."""
    body = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "fingerprint": fingerprint,
        "crm": crm,
        "tenant": tenant,
        "invitations": [plan_to_json(plan) for plan in plans],
    }
    content = orjson.dumps({"checksum": _checksum(body), **body}, option=orjson.OPT_INDENT_2)
    try:
        privatefile.replace(path, content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def read(path: Path) -> dict[str, Any]:
    """What is in ``path``. Raises UsageError when the file is none of ours, cut, or edited."""
    try:
        body = orjson.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except orjson.JSONDecodeError:
        raise _not_a_plan(path) from None
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise _not_a_plan(path)
    if not is_plan(body) or body.pop("checksum") != _checksum(body):
        raise UsageError(
            f"{path} is not as `plan` wrote it", hint="make it anew with `crm-connector plan --out`"
        )
    return body


def load(
    body: Mapping[str, Any],
    mapping: MappingFile,
    objects: Callable[[set[str]], Mapping[str, ObjectMeta]],
) -> SavedPlan:
    """The plan that a file holds, its values as the types of the CRM's fields (``objects`` describes them).
    Raises PlanStale when it has changes that ``mapping`` does not make."""
    changes = [change for plan in body["invitations"] for change in plan["changes"]]
    if not all(is_of(change, mapping) for change in changes):
        raise PlanStale(CHANGED, hint=AGAIN)
    described = objects({change["object"] for change in changes})
    plans = [_plan(plan, described) for plan in body["invitations"]]
    return SavedPlan(datetime.fromisoformat(body["made_at"]), body["fingerprint"], plans)


def only(saved: SavedPlan, ids: Collection[str]) -> SavedPlan:
    """The plans of these invitations alone. Where one builds on what another, left out, does to a record they
    share (the customer's account), it does that too. Raises UsageError for an id that has no plan."""
    ids = frozenset(ids)  # each plan is looked up in it, and there may be as many of these
    unknown = ids.difference(plan.invitation_id for plan in saved.plans)
    if unknown:
        raise UsageError(
            f"the plan has no changes of {', '.join(sorted(unknown))}",
            hint="it has those of the invitations that `crm-connector plan` showed when it was made",
        )
    left_out: dict[tuple[str, str], Change] = {}
    for plan in saved.plans:
        for change in plan.changes:
            if change.action not in (Action.CREATE, Action.UPDATE, Action.UNCHANGED):
                continue
            earlier = left_out.pop((change.object, change.key), None)
            if earlier is not None:
                _take_over(change, earlier, {other.name for other in plan.changes})
            if plan.invitation_id not in ids and change.action is not Action.UNCHANGED:
                left_out[change.object, change.key] = change
    return replace(saved, plans=[plan for plan in saved.plans if plan.invitation_id in ids])


def _take_over(change: Change, earlier: Change, names: Collection[str]) -> None:
    """Let ``change`` do as well what an ``earlier`` one to the same record would have done before it.
    ``names`` are of the records that its own invitation has: there can be no link to others."""

    def can_be(value: Value | Link) -> bool:
        return not isinstance(value, Link) or value.name in names

    before = {item.field: item for item in earlier.fields if can_be(item.after)}
    own = {
        item.field: item._replace(before=before[item.field].before) if item.field in before else item
        for item in change.fields
    }
    change.fields = list({**before, **own}.values())
    change.ours = {**{n: v for n, v in earlier.ours.items() if can_be(v)}, **change.ours}
    change.titles = {**earlier.titles, **change.titles}
    change.decided = change.decided or earlier.decided
    change.action = earlier.action


def _not_a_plan(path: Path) -> UsageError:
    return UsageError(f"{path} is no plan", hint="`crm-connector plan --out plan.json` makes one")


def _checksum(body: Mapping[str, Any]) -> str:
    return hashlib.blake2b(orjson.dumps(body, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """A plan as ``--output json`` and plan files show it."""
    return {
        "invitation": plan.invitation_id,
        "title": plan.title,
        "status": plan.status,
        "digest": plan.digest,
        "summary_digest": plan.summary_digest,
        "facts": facts_to_json(plan.facts) if plan.facts else None,
        "changes": [_change_to_json(change) for change in plan.changes],
    }


def _change_to_json(change: Change) -> dict[str, Any]:
    return {
        "name": change.name,
        "object": change.object,
        "key": {change.key_field: change.key},
        "id": _id(change.id),
        "action": change.action.value,
        "fields": [
            {"field": f.field, "before": to_json(f.before), "after": _after(f.after), "why": f.why}
            for f in change.fields
        ],
        "kept": [
            {"field": k.field, "current": to_json(k.current), "wanted": to_json(k.wanted)}
            for k in change.kept
        ],
        "ours": {name: _after(value) for name, value in change.ours.items()},
        "titles": change.titles,
        "evidence": change.evidence,
        "reason": change.reason,
        "warnings": change.warnings,
        "candidates": [_candidate(record) for record in change.candidates],
        "asks": change.asks,
        "fresh": change.fresh,
        "decided": change.decided,
        "compared": compared_to_json(change.compared) if change.compared else None,
        "own_key": change.own_key,
    }


def _after(value: Value | Link) -> Any:
    return {"record": value.name, "id": _id(value.id)} if isinstance(value, Link) else to_json(value)


def _id(record_id: str | None) -> str | None:
    """The id of a record that exists; a rehearsal's own ids for those to be created are nobody's business."""
    return None if record_id is None or record_id.startswith(PLANNED) else record_id


def _candidate(record: Record) -> dict[str, Any]:
    return {"id": record.id, "fields": {name: to_json(value) for name, value in record.fields.items()}}


def _plan(raw: Mapping[str, Any], objects: Mapping[str, ObjectMeta]) -> Plan:
    changes = [_change(change, objects.get(change["object"])) for change in raw["changes"]]
    plan = Plan(raw["invitation"], changes, raw["digest"], raw["summary_digest"], raw["status"], raw["title"])
    plan.facts = facts_from_json(raw["facts"]) if raw.get("facts") else None
    return plan


def _change(raw: Mapping[str, Any], meta: ObjectMeta | None) -> Change:
    if meta is None:
        raise PlanStale(f"the CRM has no object {raw['object']} any more", hint="make a new plan")
    ((key_field, key),) = raw["key"].items()
    return Change(
        raw["name"],
        raw["object"],
        key_field,
        key,
        Action(raw["action"]),
        raw["id"],
        [
            FieldChange(
                f["field"],
                _held(f["before"], f["field"], meta),
                _read(f["after"], f["field"], meta),
                f["why"],
            )
            for f in raw["fields"]
        ],
        [Kept(k["field"], k["current"], k["wanted"]) for k in raw["kept"]],
        {name: _read(value, name, meta) for name, value in raw["ours"].items()},
        raw["evidence"],
        raw["reason"],
        raw["warnings"],
        tuple(Record(raw["object"], c["id"], c["fields"]) for c in raw["candidates"]),
        raw["asks"],
        raw["titles"],
        fresh=raw.get("fresh", False),
        decided=raw["decided"],
        compared=compared_from_json(raw["compared"]) if raw.get("compared") else None,
        own_key=raw.get("own_key", ""),
    )


def _read(value: Any, field: str, meta: ObjectMeta) -> Any:
    if isinstance(value, dict):
        return Link(value["record"], value["id"])
    try:
        return coerce(value, meta.fields[field])
    except (KeyError, CoercionError):
        raise PlanStale(
            f"{meta.name}.{field} is not what it was in the CRM", hint="make a new plan"
        ) from None


def _held(value: Value, field: str, meta: ObjectMeta) -> Value:
    """What the CRM held: also what its field cannot, for SQLite keeps a person's "soon" in a date."""
    try:
        return coerce(value, meta.fields[field])
    except (KeyError, CoercionError):
        return value


def check_ground(plans: Sequence[Plan], crm: Crm) -> None:
    """Raise PlanStale unless the CRM is still what ``plans`` were made against: what they create is not
    there, and what they update holds what they say it held."""
    moved = [f"{change.object} {change.id or change.key}: {why}" for change, why in _moved(plans, crm)]
    if moved:
        more = f" and {len(moved) - 5} more" if len(moved) > 5 else ""
        raise PlanStale(
            f"the CRM has changed since the plan was made: {'; '.join(moved[:5])}{more}",
            hint="nothing was written; make a new plan",
        )


def _moved(plans: Sequence[Plan], crm: Crm) -> Iterator[tuple[Change, str]]:
    changes = [c for plan in plans for c in plan.changes if c.action in (Action.CREATE, Action.UPDATE)]
    for object_, key_field in dict.fromkeys((c.object, c.key_field) for c in changes):
        rows = [c for c in changes if (c.object, c.key_field) == (object_, key_field)]
        fields = list(dict.fromkeys([key_field, *(f.field for c in rows for f in c.fields)]))
        keys = list(dict.fromkeys(c.key for c in rows))
        by_key = {str(r.fields[key_field]): r for r in crm.find(object_, key_field, keys, fields)}
        by_id = {r.id: r for r in crm.find(object_, "id", [c.id for c in rows if c.id], fields)}
        made: set[str] = set()
        for change in rows:
            yield from _moved_record(change, by_key, by_id, made)
        yield from _opened_since(rows, crm)


def _moved_record(
    change: Change, by_key: Mapping[str, Record], by_id: Mapping[str, Record], made: set[str]
) -> Iterator[tuple[Change, str]]:
    if change.id is None:
        # The plan's second change to a record that its first creates.
        if change.key in by_key and change.key not in made:
            yield change, "it has been created since"
        made.add(change.key)
        return
    current = by_id.get(change.id)
    if current is None:
        yield change, "it is gone"
        return
    for item in change.fields:
        if not same(current.fields.get(item.field), item.before):
            yield change, f"{item.field} has been edited since"
        current.fields[item.field] = item.after.id if isinstance(item.after, Link) else item.after


def _opened_since(rows: Sequence[Change], crm: Crm) -> Iterator[tuple[Change, str]]:
    """Records opened by hand since, with the title of one that is to be created."""
    creating = [change for change in rows if change.action is Action.CREATE and change.titles]
    if not creating:
        return
    fields = list(dict.fromkeys(name for change in creating for name in change.titles))
    titles = list(dict.fromkeys(title for change in creating for title in change.titles.values()))
    found = crm.find_titles(creating[0].object, fields, titles, creating[0].key_field, fields)
    held = {title_of(record, fields) for record in found}
    for change in creating:
        if any((name, fold(title)) in held for name, title in change.titles.items()):
            yield change, "somebody has opened one with this title"
