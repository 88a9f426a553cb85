"""Which invitations are to be decided about, and whether they can be, before AWS is asked to do anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connector.errors import ConnectorError
from connector.invitation import Invitation
from connector.ledger_decisions import RULE, Action, Decision, State
from connector.mapping.bounds import Allowance
from connector.mapping.expressions import ExpressionError
from connector.mapping.model import Expression

PENDING, ACCEPTED = "PENDING", "ACCEPTED"
DEAL, LEAD = "OpportunityInvitation", "LeadInvitation"

ENDS = {Action.ACCEPT: ACCEPTED, Action.REJECT: "REJECTED"}  # the status that a decision leads to


@dataclass(frozen=True, slots=True)
class Choice:
    """What to do with an invitation and by what rule; ``rejection`` is the reason that AWS is told. With an
    ``obstacle`` nothing is done."""

    action: Action
    rule: str
    rejection: str = ""
    obstacle: str = ""


Chooser = Callable[[Invitation], Choice | None]  # None: the invitation is none of those meant


@dataclass(frozen=True, slots=True)
class Proposal:
    """A decision that could be made. ``obstacle`` says why it cannot; ``settled`` that all is as it would
    make it; ``taken_up`` is an earlier decision which this one goes on with."""

    id: str
    choice: Choice
    invitation: Invitation | None = None
    context: str = ""  # the lead's in its engagement, to convert
    obstacle: str = ""
    settled: bool = False
    taken_up: Decision | None = None

    @property
    def is_due(self) -> bool:
        return not self.obstacle and not self.settled

    @property
    def engagement(self) -> str:
        return (self.invitation and self.invitation.typed.EngagementId) or ""

    @property
    def payload_type(self) -> str:
        return (self.invitation and self.invitation.typed.PayloadType) or ""


def always(action: Action, rule: str, rejection: str = "") -> Chooser:
    """Every invitation that is given."""
    return lambda _: Choice(action, rule, rejection)


def where(expression: Expression, action: Action, rule: str, rejection: str = "") -> Chooser:
    """The invitations for which ``expression`` is true, in JMESPath's sense."""

    def choose(invitation: Invitation) -> Choice | None:
        try:
            with Allowance():
                taken = expression.evaluate(dict(invitation.raw))
        except ExpressionError as error:
            return Choice(action, rule, rejection, f"{expression.text}: {error}")
        is_false = taken is None or taken is False or taken in ("", [], {})
        return None if is_false else Choice(action, rule, rejection)

    return choose


def first_agreed(choosers: Sequence[Chooser]) -> Chooser:
    """What the choosers say, if they do not contradict each other."""

    def choose(invitation: Invitation) -> Choice | None:
        choices = [choice for chooser in choosers if (choice := chooser(invitation))]
        if len({choice.action for choice in choices}) > 1:
            rules = " and ".join(choice.rule for choice in choices)
            return replace(choices[0], obstacle=f"{rules} both take it: decide by hand")
        return choices[0] if choices else None

    return choose


def unavailable(invitation_id: str, choice: Choice, error: ConnectorError) -> Proposal:
    """For an invitation that could not be had."""
    return Proposal(invitation_id, choice, obstacle=error.message)


def check(invitation: Invitation, choice: Choice, earlier: Sequence[Decision], now: datetime) -> Proposal:
    """Whether the decision can be made, by the invitation and what was decided about it earlier."""
    proposal = Proposal(invitation.id, choice, invitation)
    underway = next((decision for decision in earlier if decision.is_open), None)
    if choice.obstacle:
        return replace(proposal, obstacle=choice.obstacle)
    if underway is not None:
        if underway.action is choice.action:
            return replace(proposal, taken_up=underway, context=underway.context_id)
        return replace(proposal, obstacle=f"it is being decided about already: {underway.action}")
    failed = _failed(earlier, choice)
    if failed and (choice.rule.startswith(RULE) or invitation.status == ENDS.get(choice.action)):
        return replace(proposal, obstacle=f"an earlier decision failed: {failed.reason}")
    if choice.action is Action.CONVERT:
        return _check_conversion(proposal, invitation, earlier)
    return _check_answer(proposal, invitation, now)


def _check_answer(proposal: Proposal, invitation: Invitation, now: datetime) -> Proposal:
    """To accept or to reject."""
    expires = invitation.typed.ExpirationDate
    if invitation.status == ENDS[proposal.choice.action]:
        return replace(proposal, settled=True)
    if invitation.status != PENDING:
        return replace(proposal, obstacle=f"it is {invitation.status or 'without a status'}, not {PENDING}")
    if expires is not None and expires <= now:
        return replace(proposal, obstacle=f"it expired on {expires:%Y-%m-%d}")
    if proposal.choice.action is Action.ACCEPT and proposal.payload_type not in (DEAL, LEAD):
        kind = proposal.payload_type or "an invitation without a type"
        return replace(proposal, obstacle=f"this version does not know how to accept {kind}")
    return proposal


def _check_conversion(proposal: Proposal, invitation: Invitation, earlier: Sequence[Decision]) -> Proposal:
    if any(decision.action is Action.CONVERT and decision.state is State.DONE for decision in earlier):
        return replace(proposal, settled=True)
    if proposal.payload_type != LEAD:
        return replace(proposal, obstacle="it is no lead")
    if invitation.status != ACCEPTED:
        return replace(proposal, obstacle=f"it is {invitation.status}: only accepted leads can be converted")
    if not proposal.engagement:
        return replace(proposal, obstacle="AWS does not name its engagement")
    return proposal


def _failed(earlier: Sequence[Decision], choice: Choice) -> Decision | None:
    """The latest decision to do the same, if it failed."""
    same = [decision for decision in earlier if decision.action is choice.action]
    return same[-1] if same and same[-1].state is State.FAILED else None


def capped(proposals: Iterable[Proposal], most: int, why: str) -> list[Proposal]:
    """The proposals, of which no more than ``most`` are new decisions that can be made; the others are told
    ``why``."""
    kept = []
    for proposal in proposals:
        if proposal.is_due and proposal.taken_up is None:
            most -= 1
            proposal = replace(proposal, obstacle=why) if most < 0 else proposal
        kept.append(proposal)
    return kept
