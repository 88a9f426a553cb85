"""The ledger's rows as the values that the rest knows, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from connector.apply import Kind, Outcome
from connector.changes import Action, Change, Compared, Link
from connector.invitation import Engaged
from connector.records import Record, Value, to_json

Entry = tuple[str, str]  # object and key


@dataclass(frozen=True, slots=True)
class Seen:
    """What the ledger remembers of an invitation. ``links``: record's slot -> (object, id). ``planned_at``:
    when the run began that planned it last (None: that run was pruned)."""

    id: str
    status: str
    summary_digest: str
    digest: str
    fingerprint: str
    outcome: Kind
    reason: str
    links: Mapping[str, tuple[str, str]]
    planned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What we wrote last into a record's fields (JSON values), its id, and the run that created it."""

    fields: Mapping[str, Any]
    record_id: str
    created_run: int | None


@dataclass(frozen=True, slots=True)
class Run:
    """One execution. ``state``: running, done, stopped (by a limit, a service or a person) or killed."""

    id: int
    command: str
    started_at: datetime
    finished_at: datetime | None
    state: str
    counts: Mapping[str, int]
    calls: Mapping[str, Mapping[str, int]]
    waits: Mapping[str, Mapping[str, int]]
    note: str


@dataclass(frozen=True, slots=True)
class Review:
    """A match that a person must settle. ``candidates`` are the records it could be: id and fields.
    ``compared`` is what it can be settled by; an earlier version of the connector did not keep it."""

    id: int
    invitation_id: str
    name: str
    object: str
    title: str
    reason: str
    candidates: Sequence[Mapping[str, Any]]
    action: str | None
    record_id: str | None
    compared: Compared | None = None


def dump(value: Any) -> str:
    return orjson.dumps(value).decode()


def by_object(entries: Iterable[Entry]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for object_, key in entries:
        grouped[object_].append(key)
    return grouped


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    # A reference has no value to compare with before its record is made.
    return {name: to_json(value) for name, value in values.items() if not isinstance(value, Link)}


def run(row: Mapping[str, Any]) -> Run:
    started, finished = _moment(row["started_at"]), _moment(row["finished_at"])
    assert started is not None  # noqa: S101 - the column is NOT NULL
    counts, calls, waits = (orjson.loads(row.get(name) or "{}") for name in ("counts", "calls", "waits"))
    return Run(row["id"], row["command"], started, finished, row["state"], counts, calls, waits, row["note"])


def seen(row: Mapping[str, Any]) -> Seen:
    links = {name: (object_, id_) for name, (object_, id_) in orjson.loads(row["links"]).items()}
    return Seen(
        row["id"],
        row["status"],
        row["summary_digest"],
        row["digest"],
        row["fingerprint"],
        Kind(row["outcome"]),
        row["reason"],
        links,
        _moment(row["started_at"]),
    )


_SETTLED = ("action", "record_id")


def review(row: Mapping[str, Any]) -> Review:
    candidates = orjson.loads(row["candidates"])
    rest = {name: row[name] for name in ("id", "invitation_id", "name", "object", "title", "reason")}
    compared = compared_from_json(orjson.loads(row["compared"])) if row.get("compared") else None
    return Review(**rest, candidates=candidates, **{n: row[n] for n in _SETTLED}, compared=compared)


def invitation_row(outcome: Outcome, fingerprint: str, run_id: int) -> dict[str, Any]:
    plan = outcome.plan
    assert plan is not None  # noqa: S101 - the caller asked
    return {
        "id": outcome.invitation_id,
        "status": plan.status,
        "summary_digest": plan.summary_digest,
        "digest": plan.digest,
        "fingerprint": fingerprint,
        "outcome": outcome.kind.value,
        "reason": outcome.reason,
        "links": dump(outcome.links),
        "run_id": run_id,
    }


def written_rows(
    outcomes: Sequence[Outcome], run_id: int, before: Callable[[list[Entry]], Mapping[Entry, Written]]
) -> list[dict[str, Any]]:
    """What is known of the records that ``outcomes`` are about. ``before`` tells what was known of them: that
    still holds where the record is the same, for fields that had no value this time, or no rule."""
    # Two invitations of a batch may share a record: the later one's knowledge includes the earlier one's.
    fields: dict[Entry, dict[str, Any]] = {}
    ids: dict[Entry, str] = {}
    created: set[Entry] = set()
    for outcome in outcomes:
        created |= outcome.created
        for entry, (record_id, ours) in outcome.ours.items():
            ids[entry] = record_id
            fields.setdefault(entry, {}).update({name: to_json(value) for name, value in ours.items()})
    for entry, known in before([entry for entry in fields if entry not in created]).items():
        if known.record_id == ids[entry]:
            fields[entry] = {**known.fields, **fields[entry]}
    return [
        {
            "object": entry[0],
            "key": entry[1],
            "record_id": ids[entry],
            "fields": dump(ours),
            "created_run": run_id if entry in created else None,
        }
        for entry, ours in fields.items()
    ]


def engaged(row: Mapping[str, Any]) -> Engaged:
    return Engaged(row["opportunity"], row["evidence"], row["modified"], _moment(row["since"]))


def engaged_rows(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    return [
        {
            "invitation_id": outcome.invitation_id,
            "opportunity": outcome.plan.opportunity,
            "evidence": outcome.plan.evidence,
            "modified": outcome.plan.modified,
            "since": outcome.plan.since.isoformat() if outcome.plan.since else None,
        }
        for outcome in outcomes
        if outcome.plan and (outcome.plan.opportunity or outcome.plan.awaits)
    ]


def outcome_rows(outcomes: Sequence[Outcome], run_id: int) -> list[dict[str, Any]]:
    return [
        {
            "run_id": run_id,
            "invitation_id": outcome.invitation_id,
            "outcome": outcome.kind.value,
            "reason": outcome.reason,
            "warnings": dump(outcome.warnings),
        }
        for outcome in outcomes
        if outcome.kind is not Kind.UNCHANGED or outcome.warnings or outcome.reason
    ]


def review_rows(outcome: Outcome, run_id: int) -> Iterator[dict[str, Any]]:
    for change in _asking(outcome):
        if change.action is Action.REVIEW:
            yield {
                "invitation_id": outcome.invitation_id,
                "name": change.slot,
                "object": change.object,
                "title": outcome.plan.title if outcome.plan else "",
                "reason": change.reason,
                "candidates": dump([_candidate(record) for record in change.candidates]),
                "run_id": run_id,
                "action": None,
                "record_id": None,
            }


def comparison_rows(outcome: Outcome) -> Iterator[dict[str, Any]]:
    for change in _asking(outcome):
        if change.compared is not None:
            compared = dump(compared_to_json(change.compared))
            yield {"invitation_id": outcome.invitation_id, "name": change.slot, "compared": compared}


def _asking(outcome: Outcome) -> Iterable[Change]:
    """The changes that a person is asked about; of several to one record, the first."""
    changes = outcome.plan.changes if outcome.plan else []
    return {change.slot: change for change in reversed(changes) if change.asks}.values()


def compared_to_json(compared: Compared) -> dict[str, Any]:
    return {
        "wanted": _exact(compared.wanted),
        "candidates": {id_: _exact(fields) for id_, fields in compared.candidates.items()},
        "titles": list(compared.titles),
        "narrow": list(compared.narrow),
    }


def compared_from_json(raw: Mapping[str, Any]) -> Compared:
    return Compared(raw["wanted"], raw["candidates"], raw["titles"], raw["narrow"])


def _exact(values: Mapping[str, Value]) -> dict[str, Any]:
    return {name: _without_zeros(value) for name, value in values.items()}


def _without_zeros(value: Value) -> Any:
    """JSON in which equal numbers are equal texts, however many zeros a CRM keeps behind the point."""
    text = to_json(value)
    if isinstance(value, Decimal) and isinstance(text, str) and "." in text:
        return text.rstrip("0").rstrip(".")
    return text


def _candidate(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        **{name: to_json(value) for name, value in record.fields.items() if value is not None},
    }
