"""Decisions about invitations as people and programs read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connector.cli.output import Output
from connector.desk import Carried
from connector.invitation import Invitation
from connector.ledger_decisions import Action, Decision, State
from connector.proposals import Proposal

_VERBS = {Action.ACCEPT: "Accept", Action.REJECT: "Reject", Action.CONVERT: "Convert"}
_DONE = {Action.ACCEPT: "accepted", Action.REJECT: "rejected", Action.CONVERT: "converted"}


def verb(action: Action) -> str:
    return _VERBS[action]


def attention(carried: Carried, undone: Sequence[Proposal]) -> bool:
    """Whether somebody should look at what became of it: not all is as it was asked for."""
    all_done = all(decision.state is State.DONE for decision in carried.decisions)
    return not all_done or any(proposal.obstacle for proposal in undone)


# Before: what could be done.


def show_proposals(out: Output, proposals: Sequence[Proposal]) -> None:
    if not proposals:
        out.line("That selects no invitation.")
    columns = ("invitation", "would be", "customer", "title", "expires", "rule")
    out.table(columns, map(_proposed, proposals))


def _proposed(proposal: Proposal) -> tuple[object, ...]:
    about = proposal.invitation
    customer, title = _about(about)
    expires = about.typed.ExpirationDate if about else None
    will = f"left: {proposal.obstacle}" if proposal.obstacle else _outcome(proposal)
    rule = proposal.choice.rule
    return proposal.id, will, customer, title, f"{expires:%Y-%m-%d}" if expires else "", rule


def _outcome(proposal: Proposal) -> str:
    done = _DONE[proposal.choice.action]
    return f"left: it is {done} already" if proposal.settled else done


def _about(invitation: Invitation | None) -> tuple[str, str]:
    if invitation is None:
        return "", ""
    company = invitation.customer.CompanyName if invitation.customer else None
    return company or "", invitation.title or ""


def proposal_to_json(proposal: Proposal) -> dict[str, Any]:
    customer, title = _about(proposal.invitation)
    return {
        "invitation": proposal.id,
        "action": proposal.choice.action.value,
        "due": proposal.is_due,
        "settled": proposal.settled,
        "obstacle": proposal.obstacle or None,
        "customer": customer or None,
        "title": title or None,
        "rule": proposal.choice.rule,
        "rejection": proposal.choice.rejection or None,
    }


# After: what was done.


def show_carried(out: Output, carried: Carried, undone: Sequence[Proposal]) -> None:
    """A line for each invitation and what to do next."""
    rows = [_became(decision) for decision in carried.decisions]
    rows += [(each.id, "left", each.obstacle or _outcome(each).removeprefix("left: ")) for each in undone]
    rows += [(each.id, "left", "not begun") for each in carried.left]
    out.table(("invitation", "outcome", "more"), rows)
    counts = Counter(outcome for _, outcome, _ in rows)
    out.line(
        ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items()) or "There was nothing to do."
    )
    if any(decision.is_open for decision in carried.decisions):
        out.line(f"AWS has not finished: `{out.command('invitations watch')}` follows it.")
    if any(decision.state is State.DONE for decision in carried.decisions):
        out.line(f"The next `{out.command('sync')}` brings the CRM up to date.")


def _became(decision: Decision) -> tuple[str, str, str]:
    outcome = _DONE[decision.action] if decision.state is State.DONE else decision.state.value
    opportunity = f"AWS opportunity {decision.opportunity_id}" if decision.opportunity_id else ""
    return decision.invitation_id, outcome, decision.reason or opportunity


def show_decisions(out: Output, decisions: Sequence[Decision]) -> None:
    if not decisions:
        out.line("Nothing has been decided yet.")
    out.table(("decided", "invitation", "action", "state", "more", "rule"), map(_decided, decisions))


def _decided(each: Decision) -> tuple[object, ...]:
    *_, more = _became(each)
    return _moment(each.decided_at), each.invitation_id, each.action, each.state, more, each.rule


def decision_to_json(decision: Decision) -> dict[str, Any]:
    return {
        "invitation": decision.invitation_id,
        "action": decision.action.value,
        "state": decision.state.value,
        "task": decision.task_id or None,
        "engagement": decision.engagement_id or None,
        "opportunity": decision.opportunity_id or None,
        "rule": decision.rule,
        "rejection": decision.rejection or None,
        "reason": decision.reason or None,
        "decided_at": _moment(decision.decided_at),
        "finished_at": _moment(decision.finished_at) if decision.finished_at else None,
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
