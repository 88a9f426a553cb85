"""Accepting, rejecting, converting: each decision goes through the same steps, in this order.

    select -> check -> journal -> call -> poll -> record

A decision is in the ledger, with its client token, before AWS is first asked. Whatever happens after that
(a lost answer, a kill), whoever comes next asks with the same token; and when AWS refuses, because it has
done it already, looks at how the invitation stands. So nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connector.desk import Carried, Desk
from connector.errors import ConnectorError, Interrupted, RefusedError, ServiceError, TransientError
from connector.fetch import Selection
from connector.fetch.arrivals import Arrival, arrivals, batched
from connector.fetch.engagements import Operations, Task
from connector.ledger_decisions import Action, Decision, State
from connector.proposals import LEAD, Choice, Chooser, Proposal, check, unavailable
from connector.standing import after_refusal, after_task, is_of_the_account, is_of_the_service, look

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0  # seconds between looks at tasks
_BATCH = 100  # invitations whose earlier decisions are looked up at once
_AWAY_AFTER = 3  # without an answer in a row: the service is away, and not one invitation's trouble


class _Service:
    """Whether the service is away, or does not answer about one invitation alone, which stops no other."""

    def __init__(self) -> None:
        self.error: ConnectorError | None = None  # the latest
        self.has_answered = self.is_gone = False
        self._in_a_row = 0

    def answered(self) -> None:
        self.has_answered, self._in_a_row = True, 0

    def failed(self, error: ServiceError) -> None:
        """Raises ``error`` when the next invitation would meet it too."""
        self.error = error
        self._in_a_row += 1
        if not isinstance(error, TransientError) or self._in_a_row == _AWAY_AFTER:
            self.is_gone = True
            raise error


# Select and check: nothing is written, at AWS or here.


def propose(desk: Desk, selection: Selection, choose: Chooser, given: Choice) -> list[Proposal]:
    """What ``choose`` picks of what is listed, each with what stands in its way. ``given`` is what was asked
    for of an invitation that cannot even be read. Raises what the listing raises, and why the service, and
    not one invitation, is not to be had."""
    proposals: list[Proposal] = []
    service = _Service()
    fetching = lambda: not service.is_gone and not desk.stop.is_set()  # noqa: E731
    for batch in batched(arrivals(desk.source, selection, lambda page: [None] * len(page), fetching), _BATCH):
        _stop_when_asked(desk)
        earlier = _earlier(desk, batch)
        for arrival in batch:
            try:
                proposal = _proposal(desk, arrival, choose, given, earlier)
                service.answered()
            except ServiceError as error:
                service.failed(error)
                proposal = unavailable(arrival.listed.id, given, error)
            if proposal is not None:
                proposals.append(proposal)
    _stop_when_asked(desk)
    if service.error and not service.has_answered:
        raise service.error
    return proposals


def _earlier(desk: Desk, batch: Sequence[Arrival]) -> dict[str, list[Decision]]:
    found: dict[str, list[Decision]] = {}
    for decision in desk.journal.of([arrival.listed.id for arrival in batch]):
        found.setdefault(decision.invitation_id, []).append(decision)
    return found


def _proposal(
    desk: Desk, arrival: Arrival, choose: Chooser, given: Choice, earlier: dict[str, list[Decision]]
) -> Proposal | None:
    """Raises the error of a service that is away."""
    invitation = arrival.invitation
    if invitation is None:
        error = arrival.error or Interrupted("interrupted before it could be read")
        if is_of_the_service(error):
            raise error
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
    if any(task.status == "IN_PROGRESS" for task in made):
        return replace(proposal, obstacle="somebody else is converting it")
    if len(leads) != 1:
        return replace(
            proposal, obstacle=f"its engagement has {len(leads)} leads: convert it in Partner Central"
        )
    return replace(proposal, context=leads[0])


# Journal, call, poll, record.


def carry_out(desk: Desk, proposals: Sequence[Proposal], wait: float) -> Carried:
    """Do what is proposed and can be done; follow it for ``wait`` seconds after the last call. What is not
    at its end then stays in the ledger as started, or as intended where no answer came, and ``take_up``
    follows it later."""
    carried = Carried(left=[proposal for proposal in proposals if proposal.is_due])
    service = _Service()
    try:
        while carried.left:
            _stop_when_asked(desk)
            decision = desk.record(carried.left[0].taken_up or _new(desk, carried.left[0]))
            carried.left.pop(0)
            carried.decisions.append(decision)
            try:
                carried.decisions[-1] = call(desk, decision)
                service.answered()
            except ServiceError as error:
                service.failed(error)
        carried.error = service.error
        poll(desk, carried.decisions, wait)
    except ConnectorError as error:
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
        if is_of_the_account(error):
            raise
        return desk.record(after_refusal(desk, decision, error))
    if task is None:
        return desk.record(replace(decision, state=State.STARTED))
    return desk.record(after_task(desk, decision, task))


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


def _stop_when_asked(desk: Desk) -> None:
    if desk.stop.is_set():
        raise Interrupted("interrupted", hint="what was done is recorded: run again to go on")
