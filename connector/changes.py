"""What is to happen to the CRM's records: values that can be shown, stored and applied later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from connector.facts import Facts
from connector.records import Record, Value, slot

WAITS = "waits for "  # begins the reason of a change whose record refers to one that cannot land


@dataclass(frozen=True, slots=True)
class Link:
    """A reference to the record that another change of the same plan is about: its ``name``, and its ``id``
    as far as that is known before anything is written."""

    name: str
    id: str | None = None


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    SKIP = "skip"
    REVIEW = "review"
    FAIL = "fail"


class FieldChange(NamedTuple):
    """One field of a change. ``why``: new, always, ours (nobody edited what we wrote), blank, link."""

    field: str
    before: Value
    after: Value | Link
    why: str


class Kept(NamedTuple):
    """A field that a person edited in the CRM and that is left alone."""

    field: str
    current: Value
    wanted: Value


class Compared(NamedTuple):
    """What a person settles a review by: the fields that the invitation wants and, by the candidate's id,
    what each candidate holds in these. ``titles`` and ``narrow`` name those that it was looked for by."""

    wanted: Mapping[str, Value]
    candidates: Mapping[str, Mapping[str, Value]]
    titles: Sequence[str] = ()
    narrow: Sequence[str] = ()


@dataclass(slots=True)
class Change:
    """What is to happen to one record. ``id`` is None for one that does not exist yet. ``ours`` holds, by
    field, what will be ours afterwards; ``candidates`` are a review's; ``own_key`` is as in ``Desired``."""

    name: str
    object: str
    key_field: str
    key: str
    action: Action
    id: str | None = None
    fields: list[FieldChange] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    ours: dict[str, Value | Link] = field(default_factory=dict)
    evidence: str = ""
    reason: str = ""
    warnings: list[str] = field(default_factory=list)
    candidates: tuple[Record, ...] = ()
    asks: bool = False  # a review of its own, not one that waits for another record's
    titles: dict[str, str] = field(default_factory=dict)  # what a creation was looked for by, in vain
    fresh: bool = False  # this same run has created the record
    decided: bool = False  # a person said in a review that it is a record of its own
    compared: Compared | None = None  # of a review of its own
    own_key: str = ""

    @property
    def slot(self) -> str:
        return slot(self.name, self.own_key or self.key)


@dataclass(slots=True)
class Plan:
    """All changes of one invitation, in the order in which they can be written. The rest is the invitation's,
    to be recorded with what becomes of them (see ``Invitation``)."""

    invitation_id: str
    changes: list[Change]
    digest: str = ""
    summary_digest: str = ""
    status: str = ""
    title: str = ""
    opportunity: str = ""
    evidence: str = ""
    modified: str = ""
    awaits: tuple[str, ...] = ()
    since: datetime | None = None  # something has been awaited
    facts: Facts | None = None

    def updates(self) -> int:
        """How many records that were there before the run this plan would write to: what limits count."""
        return sum(change.action is Action.UPDATE and not change.fresh for change in self.changes)
