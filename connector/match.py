"""Which existing record a desired one is: Matched | NotFound | Ambiguous(candidates). Pure.

The evidence, strongest first: the key that an earlier write left on the record; the ledger's link; what a
person decided in a review; the title. A record that carries another key belongs to another invitation and is
never a candidate.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from connector.map import Desired
from connector.records import CoercionError, FieldMeta, FieldType, Record, Value, coerce, plain_text, same

Form = Literal["NFC", "NFD", "NFKC"]
_PIECE = 300  # characters; a title of AWS has 255 at most


def normalized(form: Form, text: str) -> str:
    """``text`` in one of Unicode's forms. A longer text is taken in pieces: to put a run of combining marks
    in order takes the square of its length, and a hostile text of a megabyte would take hours."""
    if len(text) <= _PIECE:
        return unicodedata.normalize(form, text)
    pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    return "".join(unicodedata.normalize(form, piece) for piece in pieces)


def fold(text: str) -> str:
    """A title as it is compared: Unicode NFKC, case folded, runs of white space made one space.

    Always the whole title: two that share the 120 characters a CRM field may hold are not the same. What no
    CRM keeps of a text counts for nothing here either.
    """
    text = plain_text(text)
    if text.isascii():
        return " ".join(text.lower().split())
    # Case folding can undo normalisation (U+0345, for one), hence twice.
    folded = normalized("NFKC", normalized("NFKC", text).casefold())
    return " ".join(folded.casefold().split())


@dataclass(frozen=True, slots=True)
class Matched:
    """``evidence`` says in words how the record was found."""

    record: Record
    evidence: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """No record; ``decided`` is set where a person said what to do then."""

    decided: Literal["create", "skip"] | None = None


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several records, or one that a person must look at."""

    candidates: tuple[Record, ...]
    reason: str


Match = Matched | NotFound | Ambiguous


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided in a review, for good: link to ``record_id``, create anew, or skip."""

    action: Literal["link", "create", "skip"]
    record_id: str | None = None


@dataclass(slots=True)
class Existing:
    """What the CRM held when a batch was looked up, kept true while the batch is planned: a planned change
    is absorbed, so that the batch's next invitation meets what the first will have left behind.

    Keys are ``(object, key)`` and ``(object, id)``.
    """

    by_key: dict[tuple[str, str], Record] = field(default_factory=dict)
    by_id: dict[tuple[str, str], Record] = field(default_factory=dict)
    _titles: dict[tuple[str, str, str], list[Record]] = field(default_factory=dict)

    def add(self, record: Record, key_field: str) -> None:
        """A record read from the CRM, or about to be there. A planned creation has no id yet."""
        known = self.by_id.setdefault((record.object, record.id), record) if record.id else record
        known.fields.update(record.fields)
        known.became = record.became or known.became
        key = known.fields.get(key_field)
        if isinstance(key, str) and key:
            self.by_key[(record.object, key)] = known

    def add_candidate(self, record: Record, key_field: str, title_fields: Iterable[str]) -> None:
        """A record whose title may match (see ``title_of``)."""
        self.add(record, key_field)
        known = self.by_id[(record.object, record.id)]
        title = title_of(known, title_fields)
        if title is not None:
            rows = self._titles.setdefault((record.object, *title), [])
            if known not in rows:
                rows.append(known)

    def titled(self, desired: Desired) -> list[Record]:
        """The unclaimed records with the desired title, oldest evidence first, each once."""
        rule = desired.rule
        found: dict[str, Record] = {}
        for name, title in desired.titles.items():
            for record in self._titles.get((rule.object, name, fold(title)), ()):
                if not record.fields.get(rule.key_field):
                    found.setdefault(record.id, record)
        return list(found.values())


def title_of(record: Record, title_fields: Iterable[str]) -> tuple[str, str] | None:
    """What ``record`` goes by: the first of ``title_fields`` that holds anything, and its text, folded."""
    for name in title_fields:
        title = record.fields.get(name)
        if isinstance(title, str) and title.strip():
            return name, fold(title)
    return None


def match(
    desired: Desired,
    existing: Existing,
    link: str | None,
    decision: Decision | None,
    heir: str | None = None,
) -> Match:
    """Which record ``desired`` is. ``link`` is the id that the ledger remembers for it; ``heir`` that of the
    record that the CRM has made of another record of the invitation (a lead, converted)."""
    rule = desired.rule
    record = existing.by_key.get((rule.object, desired.key))
    if record is not None:
        return Matched(record, f"{rule.key_field} is {'the invitation’s' if link is None else 'ours'}")
    if link is not None:
        record = existing.by_id.get((rule.object, link))
        if record is not None and not record.fields.get(rule.key_field):
            return Matched(record, "matched before")
    if heir is not None:
        record = existing.by_id.get((rule.object, heir))
        if record is not None and not record.fields.get(rule.key_field):
            return Matched(record, "made of the invitation’s lead")
    if decision is not None:
        return _decided(desired, existing, decision)
    return _by_title(desired, existing)


def _decided(desired: Desired, existing: Existing, decision: Decision) -> Match:
    if decision.action != "link":
        return NotFound(decision.action)
    record = existing.by_id.get((desired.rule.object, decision.record_id or ""))
    if record is None:
        return Ambiguous((), f"the {desired.rule.object} chosen in the review is gone")
    if record.fields.get(desired.rule.key_field):
        return Ambiguous(
            (record,), f"the {desired.rule.object} chosen in the review belongs to another invitation"
        )
    return Matched(record, "chosen in a review")


def _by_title(desired: Desired, existing: Existing) -> Match:
    if not desired.titles:
        return NotFound()
    found = existing.titled(desired)
    if not found:
        return NotFound()
    if len(found) == 1:
        return Matched(found[0], "same title")
    narrowed = [record for record in found if _agrees(record, desired.narrow)]
    if len(narrowed) == 1:
        return Matched(narrowed[0], f"same title and {' and '.join(desired.narrow)}")
    candidates = narrowed or found
    if desired.rule.match.many == "newest":
        newest = _newest(narrowed)  # of those that all disagree, the newest is no better than another
        if newest is not None:
            return Matched(newest, f"same title, the newest of {len(candidates)}")
    return Ambiguous(tuple(candidates), f"{len(candidates)} {desired.rule.object} have this title")


def _agrees(record: Record, narrow: dict[str, str]) -> bool:
    return all(_is(record.fields.get(name), wanted) for name, wanted in narrow.items())


def _is(held: Value, wanted: str) -> bool:
    kind = next((kind for type_, kind in _TYPES if isinstance(held, type_)), None)
    if kind is None:
        return fold(str(held or "")) == fold(wanted)
    try:
        return same(held, coerce(wanted, FieldMeta("", kind)))
    except CoercionError:
        return False


# A bool is an int too, and a datetime a date: the narrower type comes first.
_TYPES: tuple[tuple[type, FieldType], ...] = (
    (bool, "boolean"),
    (int, "number"),
    (Decimal, "number"),
    (datetime, "datetime"),
    (date, "date"),
)


def _newest(candidates: Iterable[Record]) -> Record | None:
    dated = sorted((record.created, record.id) for record in candidates if record.created)
    if not dated or (len(dated) > 1 and dated[-1][0] == dated[-2][0]):
        return None
    return next(record for record in candidates if record.id == dated[-1][1])
