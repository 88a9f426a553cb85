"""What a partner can do with an invitation: accept, reject, and make an opportunity of an accepted lead.

Accepting an opportunity and converting a lead are *tasks* of AWS's: starting one answers at once, and the
rest happens there. A task is started once for a client token, however often it is asked for with the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from connector.fetch.service_model import most_values, service_model

ACCEPT_TASK = "StartEngagementByAcceptingInvitationTask"
ACCEPT_TASKS = "ListEngagementByAcceptingInvitationTasks"
CONVERT_TASK = "StartOpportunityFromEngagementTask"
CONVERT_TASKS = "ListOpportunityFromEngagementTasks"
ACCEPT = "AcceptEngagementInvitation"
REJECT = "RejectEngagementInvitation"

Raw = Mapping[str, Any]


class Service(Protocol):
    """The service's calls, each tried again and within its quota."""

    def read(self, operation: str, **parameters: Any) -> Raw: ...

    def read_all(self, operation: str, member: str, **parameters: Any) -> Iterator[Raw]: ...

    def write(self, operation: str, *needs: str, **parameters: Any) -> Raw: ...


@dataclass(frozen=True, slots=True)
class Task:
    """A task as AWS tells of it. ``status`` is IN_PROGRESS, COMPLETE or FAILED; ``code`` says why it failed
    (see ``task_reasons``). What it is about, or has made, is "" where that is not said (yet)."""

    id: str
    status: str
    code: str = ""
    started: str = ""
    invitation: str = ""
    engagement: str = ""
    opportunity: str = ""


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations by what they are for. All raise NotFoundError, AccessDenied or RefusedError when AWS
    says no, TransientError when trying again did not help, and BudgetExhausted."""

    service: Service

    def start_acceptance(self, invitation: str, token: str) -> Task:
        """Accept an opportunity invitation."""
        return _task(self._start(ACCEPT_TASK, ClientToken=token, Identifier=invitation))

    def start_conversion(self, engagement: str, context: str, token: str) -> Task:
        """Make an opportunity of the lead that is an engagement's ``context``."""
        return _task(
            self._start(CONVERT_TASK, ClientToken=token, Identifier=engagement, ContextIdentifier=context)
        )

    def accept(self, invitation: str) -> None:
        """Accept a lead invitation, of which no opportunity is made."""
        self.service.write(ACCEPT, Identifier=invitation)

    def reject(self, invitation: str, reason: str) -> None:
        """Reject an invitation, which takes access to it away for good."""
        self.service.write(REJECT, Identifier=invitation, RejectionReason=reason)

    def acceptances(self, *, tasks: Sequence[str] = (), invitations: Sequence[str] = ()) -> list[Task]:
        """The tasks with these ids, or of these invitations."""
        return [
            *self._tasks(ACCEPT_TASKS, "TaskIdentifier", tasks),
            *self._tasks(ACCEPT_TASKS, "EngagementInvitationIdentifier", invitations),
        ]

    def conversions(self, *, tasks: Sequence[str] = (), engagements: Sequence[str] = ()) -> list[Task]:
        """The tasks with these ids, or of these engagements."""
        return [
            *self._tasks(CONVERT_TASKS, "TaskIdentifier", tasks),
            *self._tasks(CONVERT_TASKS, "EngagementIdentifier", engagements),
        ]

    def leads(self, engagement: str) -> list[str]:
        """The ids of those contexts of an engagement that are leads."""
        contexts = self.service.read("GetEngagement", Identifier=engagement).get("Contexts")
        return [
            text
            for context in (contexts if isinstance(contexts, list) else ())
            if isinstance(context, dict) and context.get("Type") == "Lead" and (text := _text(context, "Id"))
        ]

    def _start(self, operation: str, **parameters: Any) -> Raw:
        return self.service.write(operation, "TaskId", "TaskStatus", **parameters)

    def _tasks(self, operation: str, by: str, values: Sequence[str]) -> Iterator[Task]:
        most = most_values(operation, by) or 1
        for first in range(0, len(values), most):
            chosen = {by: list(values[first : first + most])}
            yield from map(_task, self.service.read_all(operation, "TaskSummaries", **chosen))


def _task(raw: Raw) -> Task:
    return Task(
        _text(raw, "TaskId"),
        _text(raw, "TaskStatus"),
        _text(raw, "ReasonCode"),
        _text(raw, "StartTime"),
        _text(raw, "EngagementInvitationId"),
        _text(raw, "EngagementId"),
        _text(raw, "OpportunityId"),
    )


def _text(raw: Raw, name: str) -> str:
    """A member's text; the service also writes the word ``null`` for none."""
    value = raw.get(name)
    return value if isinstance(value, str) and value != "null" else ""


def rejection_reasons() -> tuple[str, ...]:
    """The reasons for rejecting that AWS documents; none where botocore comes without its documentation."""
    shape = _request(REJECT).members["RejectionReason"]
    return tuple(re.findall(r"<li>\s*<p>\s*<i>\s*([^<:]+?)\s*:\s*</i>", shape.documentation or ""))


def fits_rejection(reason: str) -> bool:
    """Whether a reason for rejecting has the length and the characters that the service takes."""
    pattern = _request(REJECT).members["RejectionReason"].metadata["pattern"]
    return re.fullmatch(pattern, reason) is not None


def task_reasons() -> tuple[str, ...]:
    """The codes of why a task failed, as far as the service model has them."""
    shape: Any = service_model().shape_for("ReasonCode")
    return tuple(shape.enum)


def _request(operation: str) -> Any:
    return service_model().operation_model(operation).input_shape
