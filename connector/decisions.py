"""Accepting, rejecting, converting: each decision goes through the same steps, in this order.

    select -> check -> journal -> call -> poll -> record

A decision is in the ledger, with its client token, before AWS is first asked. Whatever happens after that
(a lost answer, a kill), whoever comes next asks with the same token; and when AWS refuses, because it has
done it already, looks at how the invitation stands. So nothing is done twice.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from connector.errors import (
    AccessDenied,
    ConnectorError,
    Interrupted,
    RefusedError,
    ServiceError,
)
from connector.fetch import Listed, Selection, Source
from connector.fetch.arrivals import Arrival, arrivals, batched
from connector.fetch.engagements import Operations, Task
from connector.ledger_decisions import Action, Decision, DecisionLedger, State
from connector.proposals import ACCEPTED, ENDS, LEAD, Choice, Chooser, Proposal, check, unavailable
from connector.task_failures import describe

log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0  # seconds between looks at tasks
_BATCH = 100  # invitations whose earlier decisions are looked up at once
_STATE = frozenset({"ConflictException", "ValidationException"})  # refusals that may be about a lost answer
_OF_THE_ACCOUNT = frozenset({"ServiceQuotaExceededException"})  # refusals that the next one meets too


@dataclass(slots=True)
class Desk:
    """What deciding works with. ``stop``, once set, ends it after the decision in hand; ``watch`` is told how
    each decision stands whenever that changes; ``token`` makes client tokens. Times in seconds."""

    source: Source
    operations: Operations
    journal: DecisionLedger
    stop: threading.Event = field(default_factory=threading.Event)
    watch: Callable[[Decision], None] = lambda _: None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    timer: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    token: Callable[[], str] = lambda: str(uuid.uuid4())

    def record(self, decision: Decision) -> Decision:
        """Write down how a decision stands now."""
        if not decision.is_open and decision.finished_at is None:
            decision = replace(decision, finished_at=self.clock())
        self.journal.save(decision)
        self.watch(decision)
        log.info("%s %s: %s", decision.action, decision.invitation_id, decision.state)
        return decision


@dataclass(slots=True)
class Carried:
    """What became of proposals: ``decisions`` as they stand, those ``left`` undone, and the ``error`` that is
    the reason for it."""

    decisions: list[Decision] = field(default_factory=list)
    left: list[Proposal] = field(default_factory=list)
    error: ConnectorError | None = None


# Select and check: nothing is written, at AWS or here.


def propose(desk: Desk, selection: Selection, choose: Chooser, given: Choice) -> list[Proposal]:
    """What ``choose`` picks of what is listed, each with what stands in its way. ``given`` is what was asked
    for of an invitation that cannot even be read. Raises what the listing raises."""
    proposals: list[Proposal] = []
    gone: list[ConnectorError] = []  # why nothing more is to be had
    fetching = lambda: not gone and not desk.stop.is_set()  # noqa: E731
    for batch in batched(arrivals(desk.source, selection, lambda page: [None] * len(page), fetching), _BATCH):
        _stop_when_asked(desk)
        earlier = _earlier(desk, batch)
        for arrival in batch:
            if arrival.error is not None and _is_of_the_service(arrival.error):
                gone.append(arrival.error)
                raise arrival.error
            proposal = _proposal(desk, arrival, choose, given, earlier)
            if proposal is not None:
                proposals.append(proposal)
    return proposals


def _earlier(desk: Desk, batch: Sequence[Arrival]) -> dict[str, list[Decision]]:
    found: dict[str, list[Decision]] = {}
    for decision in desk.journal.of([arrival.listed.id for arrival in batch]):
        found.setdefault(decision.invitation_id, []).append(decision)
    return found


def _proposal(
    desk: Desk, arrival: Arrival, choose: Chooser, given: Choice, earlier: dict[str, list[Decision]]
) -> Proposal | None:
    invitation = arrival.invitation
    if invitation is None:
        error = arrival.error or Interrupted("interrupted before it could be read")
        return unavailable(arrival.listed.id, given, error)
    choice = choose(invitation)
    if choice is None:
        return None
    proposal = check(invitation, choice, earlier.get(invitation.id, ()), desk.clock())
    if proposal.is_due and choice.action is Action.CONVERT and not proposal.context:
        return _with_lead(desk, proposal)
    return proposal


def _with_lead(desk: Desk, proposal: Proposal) -> Proposal:
    """The proposal to convert, with the lead that is meant; unless that was done already, by whomever."""
    try:
        made = desk.operations.conversions(engagements=[proposal.engagement])
        leads = desk.operations.leads(proposal.engagement)
    except RefusedError as error:
        return replace(proposal, obstacle=error.message)
    if any(task.status == "COMPLETE" for task in made):
        return replace(proposal, settled=True)
    if len(leads) != 1:
        return replace(
            proposal, obstacle=f"its engagement has {len(leads)} leads: convert it in Partner Central"
        )
    return replace(proposal, context=leads[0])


# Journal, call, poll, record.


def carry_out(desk: Desk, proposals: Sequence[Proposal], wait: float) -> Carried:
    """Do what is proposed and can be done; follow it for ``wait`` seconds after the last call. What is not
    at its end then stays in the ledger as started, and ``take_up`` follows it later."""
    carried = Carried(left=[proposal for proposal in proposals if proposal.is_due])
    try:
        while carried.left:
            _stop_when_asked(desk)
            decision = desk.record(carried.left[0].taken_up or _new(desk, carried.left[0]))
            carried.left.pop(0)
            carried.decisions.append(decision)
            carried.decisions[-1] = call(desk, decision)
        poll(desk, carried.decisions, wait)
    except (ServiceError, Interrupted) as error:
        carried.error = error
    return carried


def take_up(desk: Desk, decisions: Sequence[Decision], wait: float) -> Carried:
    """Go on with decisions that an earlier run left open."""
    return carry_out(desk, [_again(decision) for decision in decisions], wait)


def _again(decision: Decision) -> Proposal:
    choice = Choice(decision.action, decision.rule, decision.rejection)
    return Proposal(decision.invitation_id, choice, taken_up=decision)


def _new(desk: Desk, proposal: Proposal) -> Decision:
    choice = proposal.choice
    return Decision(
        proposal.id,
        choice.action,
        desk.token(),
        desk.clock(),
        payload_type=proposal.payload_type,
        rule=choice.rule,
        rejection=choice.rejection,
        engagement_id=proposal.engagement,
        context_id=proposal.context,
    )


def call(desk: Desk, decision: Decision) -> Decision:
    """Ask AWS, if it has not said yes yet. Raises ServiceError when that got no answer, or when asking for
    other invitations would go the same way; then the decision stays as intended."""
    if decision.state is not State.INTENDED:
        return decision
    try:
        task = _ask(desk.operations, decision)
    except RefusedError as error:
        if _is_of_the_account(error):
            raise
        return desk.record(_truth(desk, decision, error))
    return desk.record(told(decision, task) if task else replace(decision, state=State.STARTED))


def _ask(operations: Operations, decision: Decision) -> Task | None:
    match decision.action:
        case Action.REJECT:
            operations.reject(decision.invitation_id, decision.rejection)
            return None
        case Action.CONVERT:
            return operations.start_conversion(
                decision.engagement_id, decision.context_id, decision.client_token
            )
        case Action.ACCEPT if decision.payload_type == LEAD:
            operations.accept(decision.invitation_id)
            return None
        case _:
            return operations.start_acceptance(decision.invitation_id, decision.client_token)


def _is_of_the_service(error: ConnectorError) -> bool:
    if isinstance(error, RefusedError):
        return _is_of_the_account(error)
    return isinstance(error, ServiceError)


def _is_of_the_account(error: RefusedError) -> bool:
    if isinstance(error, AccessDenied):
        return error.code != "AccessDeniedException"
    return error.code in _OF_THE_ACCOUNT


def told(decision: Decision, task: Task) -> Decision:
    """How a decision stands, by what AWS tells of its task."""
    decision = replace(decision, task_id=task.id, state=State.STARTED)
    if task.status == "COMPLETE":
        return replace(decision, state=State.DONE, opportunity_id=task.opportunity)
    if task.status == "FAILED":
        return replace(decision, state=State.FAILED, reason=describe(task.code))
    return decision


def _truth(desk: Desk, decision: Decision, refusal: RefusedError) -> Decision:
    """How a decision stands that AWS refused: because it was done already (an answer was lost, or a colleague
    was quicker), or because it cannot be done."""
    task = _task_of(desk, decision)
    if task is not None:
        return told(decision, task)
    status = _status(desk, decision)
    if _is_as_meant(decision, status) if refusal.code in _STATE else status == ENDS.get(decision.action):
        return replace(decision, state=State.DONE)
    stands = f"; it is {status}" if status else ""
    return replace(decision, state=State.FAILED, reason=f"{refusal.message}{stands}")


def _task_of(desk: Desk, decision: Decision) -> Task | None:
    """The latest task about the same thing that is no earlier decision's."""
    try:
        if decision.action is Action.CONVERT:
            tasks = desk.operations.conversions(engagements=[decision.engagement_id])
        elif decision.action is Action.ACCEPT and decision.payload_type != LEAD:
            tasks = desk.operations.acceptances(invitations=[decision.invitation_id])
        else:
            return None
    except RefusedError:
        return None
    others = {
        each.task_id
        for each in desk.journal.of([decision.invitation_id])
        if each.client_token != decision.client_token
    }
    return max((task for task in tasks if task.id not in others), key=lambda task: task.started, default=None)


def _status(desk: Desk, decision: Decision) -> str:
    """The invitation's status; "" when it is not to be had any more."""
    try:
        return desk.source.get(Listed(decision.invitation_id)).status
    except RefusedError as error:
        if _is_of_the_account(error):
            raise
        return ""


def poll(desk: Desk, decisions: list[Decision], wait: float) -> None:
    """Follow those that are started to their end, or for ``wait`` seconds; they are kept up to date in place.
    Raises ServiceError, and Interrupted when ``sleep`` says so."""
    deadline, pause = desk.timer() + wait, _FIRST_PAUSE
    while started := [place for place, each in enumerate(decisions) if each.state is State.STARTED]:
        seen = look(desk, [decisions[place] for place in started])
        for place, decision in zip(started, seen, strict=True):
            if decision != decisions[place]:
                decisions[place] = desk.record(decision)
        left = deadline - desk.timer()
        if left <= 0 or not any(decision.state is State.STARTED for decision in seen):
            return
        if desk.sleep(min(pause, left)) is True:
            raise Interrupted(
                "interrupted", hint="`crm-connector invitations watch` follows what was started"
            )
        pause = min(1.5 * pause, _LONGEST_PAUSE)


def look(desk: Desk, started: Sequence[Decision]) -> list[Decision]:
    """How started decisions stand now."""
    ids = {action: [d.task_id for d in started if d.task_id and d.action is action] for action in Action}
    tasks = {
        task.id: task
        for task in (
            *desk.operations.acceptances(tasks=ids[Action.ACCEPT]),
            *desk.operations.conversions(tasks=ids[Action.CONVERT]),
        )
    }
    return [_seen(desk, decision, tasks.get(decision.task_id)) for decision in started]


def _seen(desk: Desk, decision: Decision, task: Task | None) -> Decision:
    if task is None:
        if decision.task_id or not _is_as_meant(decision, _status(desk, decision)):
            return decision
        return replace(decision, state=State.DONE)
    decision = told(decision, task)
    if decision.action is not Action.ACCEPT or decision.state is not State.FAILED:
        return decision
    if _status(desk, decision) != ACCEPTED:
        return decision
    return replace(decision, reason=f"accepted, but without an AWS opportunity: {decision.reason}")


def _is_as_meant(decision: Decision, status: str) -> bool:
    # A rejected invitation may be out of sight from then on.
    return status == ENDS.get(decision.action) or (decision.action is Action.REJECT and not status)


def _stop_when_asked(desk: Desk) -> None:
    if desk.stop.is_set():
        raise Interrupted("interrupted", hint="what was done is recorded: run again to go on")
