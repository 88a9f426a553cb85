"""One invitation's whole life as a timeline: what AWS did with it, what runs made of it, what people decided.

The ledger tells it (``remember``); the invitation itself and the CRM's records add to that where they are
given. All but ``remember`` is pure: who has read these hands them over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from connector.apply import Kind
from connector.facts import Facts
from connector.invitation import Engaged, Invitation
from connector.ledger_decisions import Action, Decision, DecisionLedger, State
from connector.ledger_facts import SETTLED, Episode, FactLedger, Step
from connector.ledger_rows import Review, Seen
from connector.records import CoercionError, ObjectMeta, Record, coerce, same

if TYPE_CHECKING:
    from connector.ledger import Ledger

KINDS = (
    "invited",
    "received",
    "accepted",
    "rejected",
    "expired",
    "status",
    "decided",
    "mapped",
    "matched",
    "written",
    "edited",
    "review",
    "settled",
    "skipped",
    "failed",
    "closed",
    "unchanged",
    "expires",
)


class Entry(NamedTuple):
    """What happened (``kind`` is one of ``KINDS``) and when (aware UTC); ``run`` is the run that did it."""

    at: datetime
    kind: str
    text: str
    run: int | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """All that the ledger has of one invitation."""

    invitation_id: str
    seen: Seen | None = None
    facts: Facts | None = None
    engaged: Engaged | None = None
    episodes: Sequence[Episode] = ()
    decisions: Sequence[Decision] = ()
    reviews: Sequence[Review] = ()

    def __bool__(self) -> bool:
        return any((self.seen, self.facts, self.episodes, self.decisions, self.reviews))


def remember(ledger: Ledger, invitation_id: str) -> Remembered:
    """What ``ledger`` has of one invitation; false where it has nothing."""
    facts = FactLedger(ledger)
    reviews = [*ledger.reviews(), *ledger.reviews(settled=True)]
    return Remembered(
        invitation_id,
        ledger.seen([invitation_id]).get(invitation_id),
        facts.of(invitation_id),
        ledger.engaged().get(invitation_id),
        facts.episodes(invitation_id),
        DecisionLedger(ledger).of([invitation_id]),
        [review for review in reviews if review.invitation_id == invitation_id],
    )


class Edit(NamedTuple):
    """A field of a record that holds something else in the CRM than we wrote last; without ``field``, the
    record is not there any more."""

    name: str
    object: str
    id: str
    field: str = ""


def life(
    remembered: Remembered,
    now: datetime,
    *,
    invitation: Invitation | None = None,
    edits: Iterable[Edit] = (),
) -> list[Entry]:
    """The timeline, the oldest first. ``invitation`` is as the source has it ``now``, ``edits`` are what the
    CRM shows now."""
    entries = [*_of_aws(remembered, now, invitation), *_of_runs(remembered.episodes)]
    entries += [entry for decision in remembered.decisions for entry in _decided(decision)]
    entries += [Entry(now, "edited", _edited(edit)) for edit in edits]
    return sorted(entries, key=lambda entry: entry.at)  # stable: what happened at once stays in its order


def _of_aws(remembered: Remembered, now: datetime, invitation: Invitation | None) -> Iterator[Entry]:
    facts = remembered.facts
    typed = invitation.typed if invitation else None
    invited = typed.InvitationDate if typed else facts.invitation_date if facts else None
    expires = typed.ExpirationDate if typed else facts.expiration_date if facts else None
    status = invitation.status if invitation else facts.status if facts else ""
    if invited:
        sender = f"{typed.SenderCompanyName} sent the invitation" if typed and typed.SenderCompanyName else ""
        yield Entry(invited, "invited", sender or "AWS sent the invitation")
    last = remembered.seen.status if remembered.seen else ""
    if invitation and invitation.status != last:
        yield Entry(
            now, _status_kind(status), f"AWS has it as {status or 'without a status'}; not synced yet"
        )
    if expires and status == "PENDING":
        yield Entry(expires, "expires", "it expires unless it is accepted")


def _status_kind(status: str) -> str:
    return status.lower() if status.lower() in KINDS else "status"


def _of_runs(episodes: Iterable[Episode]) -> Iterator[Entry]:
    """What runs found and did. A status, a match and a record are told when they are new."""
    status, rules, records = None, set[str](), set[tuple[str, str | None]]()
    for episode in episodes:
        if episode.status and episode.status != status:
            if status is None:
                yield Entry(episode.at, "received", f"first seen, {episode.status}", episode.run)
            if status is not None or episode.status != "PENDING":
                text = f"AWS has it as {episode.status}" + (" already" if status is None else "")
                yield Entry(episode.at, _status_kind(episode.status), text, episode.run)
            status = episode.status
        for kind, text in _episode(episode, rules, records):
            yield Entry(episode.at, kind, text, episode.run)
        if episode.outcome != SETTLED:
            rules |= {step.name for step in episode.steps}
            records |= {(step.object, step.id) for step in episode.steps}


def _episode(
    episode: Episode, rules: set[str], records: set[tuple[str, str | None]]
) -> Iterator[tuple[str, str]]:
    """Kinds and texts, given the rules and records that were told of already."""
    if episode.outcome == SETTLED:
        yield from (("settled", f"{step.name}: {_SETTLED[step.action]}{_id(step)}") for step in episode.steps)
        return
    if any(step.name not in rules for step in episode.steps):
        yield "mapped", f"the mapping's rules for it: {', '.join(step.name for step in episode.steps)}"
    for step in episode.steps:
        yield from _step(step, (step.object, step.id) in records, episode.status)
    if not any(step.action in ("review", "fail") for step in episode.steps):
        yield from _whole(episode)


_SETTLED = {
    "link": "linked by a person to",
    "create": "a person wants a record of its own",
    "skip": "left out",
}


def _step(step: Step, known: bool, status: str) -> Iterator[tuple[str, str]]:
    record = f"{step.name}: {step.object}{_id(step)}"
    if step.action in ("update", "unchanged") and not known and step.why:
        yield "matched", f"{record} ({step.why})"
    if step.action == "create":
        yield "written", f"{record} created"
    elif step.action == "update":
        kind = "closed" if status in ("REJECTED", "EXPIRED") else "written"
        yield kind, f"{record} updated: {', '.join(step.fields)}"
    elif step.action == "review":
        yield "review", f"{step.name}: {step.why}"
    elif step.action == "fail":
        yield "failed", step.why
    if step.kept:
        yield "edited", f"{record} edited by a person, left alone: {', '.join(step.kept)}"


def _id(step: Step) -> str:
    return f" {step.id}" if step.id else ""


def _whole(episode: Episode) -> Iterator[tuple[str, str]]:
    """What is said of the invitation as a whole, where its records do not say it."""
    if episode.outcome == Kind.FAILED:
        yield "failed", episode.reason
    elif episode.outcome == Kind.SKIPPED:
        yield "skipped", episode.reason or "the mapping has nothing to do for it"
    elif episode.outcome == Kind.REVIEW:
        yield "review", episode.reason
    elif episode.outcome == Kind.UNCHANGED:
        yield "unchanged", "the CRM is as it should be"
    elif not episode.steps:  # an earlier version of the connector did not write more down
        kind = "edited" if episode.outcome == Kind.KEPT else "written"
        yield kind, f"{episode.outcome}: {episode.reason}" if episode.reason else episode.outcome


_WISHES = {Action.ACCEPT: "accept it", Action.REJECT: "reject it", Action.CONVERT: "convert the lead"}


def _decided(decision: Decision) -> Iterator[Entry]:
    rule = f" ({decision.rule})" if decision.rule else ""
    why = f": {decision.rejection}" if decision.rejection else ""
    yield Entry(decision.decided_at, "decided", f"to {_WISHES[decision.action]}{why}{rule}")
    if decision.finished_at is None:
        return
    if decision.state is State.FAILED:
        text = f"could not {_WISHES[decision.action]}: {decision.reason}"
        yield Entry(decision.finished_at, "failed", text)
    elif decision.state is State.DONE:
        kind = {Action.ACCEPT: "accepted", Action.REJECT: "rejected"}.get(decision.action, "status")
        opportunity = f": AWS opportunity {decision.opportunity_id}" if decision.opportunity_id else ""
        yield Entry(decision.finished_at, kind, f"AWS did as decided{opportunity}")


def _edited(edit: Edit) -> str:
    record = f"{edit.name}: {edit.object} {edit.id}"
    return (
        f"{record}: {edit.field} was edited by a person" if edit.field else f"{record} is gone from the CRM"
    )


def edits(
    links: Mapping[str, tuple[str, str]],
    written: Mapping[tuple[str, str], Mapping[str, object]],
    records: Mapping[tuple[str, str], Record],
    objects: Mapping[str, ObjectMeta],
) -> list[Edit]:
    """Where the CRM holds something else than we wrote last. ``links`` are the invitation's records by name;
    the rest is by object and id: what we ``written``, and the CRM's ``records``."""
    found: list[Edit] = []
    for name, place in links.items():
        record = records.get(place)
        if record is None:
            found.append(Edit(name, *place))
            continue
        fields = objects[place[0]].fields
        for field, ours in written.get(place, {}).items():
            meta = fields.get(field)
            try:
                agrees = meta is not None and same(coerce(ours, meta), record.fields.get(field))
            except CoercionError:
                agrees = False
            if not agrees:
                found.append(Edit(name, *place, field))
    return found
