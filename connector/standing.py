"""How a decision stands, by what AWS says: of its task, of the invitation, or by refusing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connector.desk import Desk
from connector.errors import AccessDenied, ConnectorError, NotFoundError, RefusedError, ServiceError
from connector.fetch import Listed
from connector.fetch.engagements import Task
from connector.fetch.reach import is_of_the_credentials
from connector.ledger_decisions import Action, Decision, State
from connector.proposals import ACCEPTED, ENDS, LEAD
from connector.task_failures import describe

_STATE = frozenset({"ConflictException", "ValidationException"})  # refusals that may be about a lost answer
_OF_THE_ACCOUNT = frozenset({"ServiceQuotaExceededException"})


def is_of_the_service(error: ConnectorError) -> bool:
    """Whether an error is about the service or our account, so that the next invitation would meet it too."""
    if isinstance(error, RefusedError):
        return is_of_the_account(error)
    return isinstance(error, ServiceError)


def is_of_the_account(error: RefusedError) -> bool:
    """Whether a refusal is about our credentials or quota, and not about one invitation."""
    if isinstance(error, AccessDenied):
        return is_of_the_credentials(error)
    return error.code in _OF_THE_ACCOUNT


def after_task(desk: Desk, decision: Decision, task: Task) -> Decision:
    """How a decision stands, by what AWS tells of its task."""
    decision = replace(decision, task_id=task.id, state=State.STARTED)
    if task.status == "COMPLETE":
        return replace(decision, state=State.DONE, opportunity_id=task.opportunity)
    if task.status != "FAILED":
        return decision
    reason = describe(task.code)
    if decision.action is Action.ACCEPT and _status(desk, decision) == ACCEPTED:
        reason = f"accepted, but without an AWS opportunity: {reason}"
    return replace(decision, state=State.FAILED, reason=reason)


def after_refusal(desk: Desk, decision: Decision, refusal: RefusedError) -> Decision:
    """How a decision stands that AWS refused: because it was done already (an answer was lost, or a colleague
    was quicker), or because it cannot be done."""
    task = _task_of(desk, decision)
    if task is not None:
        return after_task(desk, decision, task)
    status = _status(desk, decision)
    by_state = refusal.code in _STATE or isinstance(refusal, NotFoundError)
    if _is_as_meant(decision, status) if by_state else status == ENDS.get(decision.action):
        return replace(decision, state=State.DONE)
    stands = f"; it is {status}" if status else ""
    hint = f" ({refusal.hint})" if refusal.hint else ""
    return replace(decision, state=State.FAILED, reason=f"{refusal.message}{hint}{stands}")


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
        if is_of_the_account(error):
            raise
        return ""


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
    if task is not None:
        return after_task(desk, decision, task)
    if decision.task_id or not _is_as_meant(decision, _status(desk, decision)):
        return decision
    return replace(decision, state=State.DONE)


def _is_as_meant(decision: Decision, status: str) -> bool:
    # A rejected invitation may be out of sight from then on.
    return status == ENDS.get(decision.action) or (decision.action is Action.REJECT and not status)
