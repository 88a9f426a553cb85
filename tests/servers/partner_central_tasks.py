"""Asynchronous tasks: accepting an invitation to an opportunity, converting a lead to an opportunity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import orjson

from tests.servers.errors import conflict, refused
from tests.servers.listing import Raw, Step, chosen, page, sortable
from tests.servers.partner_central_account import Account, Failure, Task
from tests.servers.partner_central_content import arn, identifier, opportunity_from_lead
from tests.servers.partner_central_invitations import pending
from tests.servers.service_model import moment

START_ACCEPTING = "StartEngagementByAcceptingInvitationTask"
LIST_ACCEPTING = "ListEngagementByAcceptingInvitationTasks"
START_CONVERTING = "StartOpportunityFromEngagementTask"
LIST_CONVERTING = "ListOpportunityFromEngagementTasks"
KINDS = {
    START_ACCEPTING: "engagement-by-accepting-invitation-task",
    START_CONVERTING: "opportunity-from-engagement-task",
}
UNFIT = {  # type of a context -> why it cannot be converted
    "CustomerProject": "CustomerProjectContextNotPermitted",
    "ProspectingResult": "EngagementValidationFailed",
}


def once(account: Account, operation: str, body: Raw, do: Callable[[], str]) -> str:
    """What ``do`` gives, done once for a client token; one that was refused is as good as new. Raises
    ServiceFault: ConflictException for a token that was used for another request."""
    asked = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    key = (operation, body["ClientToken"])
    if key not in account.answers:
        account.answers[key] = (asked, do())
    before, result = account.answers[key]
    if before != asked:
        raise conflict("The ClientToken was used for a request with other parameters.")
    return result


def start_accepting(account: Account, body: Raw, step: Step) -> Raw:
    """Accepts an invitation and opens the partner's opportunity. Again with the same client token: how that
    task stands. Leads are accepted by AcceptEngagementInvitation alone, for no opportunity comes of them."""

    def begin() -> str:
        invitation = pending(account, body, START_ACCEPTING)
        if invitation.get("PayloadType") != "OpportunityInvitation":
            message = "Only invitations to an opportunity can be accepted by this task."
            raise refused("Identifier", "ACTION_NOT_PERMITTED", message)
        task = _task(account, START_ACCEPTING, body, {"EngagementInvitationId": invitation["Id"]})
        task.failure = account.failures.pop(invitation["Id"], None)
        if task.failure is None or task.failure.accepted:
            account.accept(invitation, task.started)
        return _begun(account, task, lambda at: account.open_opportunity(invitation, task.started))

    return answer(account.tasks[once(account, START_ACCEPTING, body, begin)])


def start_converting(account: Account, body: Raw, step: Step) -> Raw:
    """Opens an opportunity from a lead that an engagement holds. Nothing in the documentation keeps a lead
    from being converted twice, so that it is here too: a client that does not keep its token will show."""

    def begin() -> str:
        engagement = account.engagement(body["Catalog"], body["Identifier"], START_CONVERTING)
        about = {"EngagementId": engagement["Id"], "ContextId": body["ContextIdentifier"]}
        task = _task(account, START_CONVERTING, body, about)
        context = _context(engagement, body["ContextIdentifier"])
        task.failure = account.failures.pop(engagement["Id"], None) or _unfit(context)

        def convert(at: datetime) -> str:
            number, lead = account.number(task.identifier), (context or {})["Payload"]["Lead"]
            made = opportunity_from_lead(engagement, lead, task.catalog, number, at)
            account.opportunities[number] = made
            account.associations.append((engagement["Id"], number))
            return number

        return _begun(account, task, convert)

    return answer(account.tasks[once(account, START_CONVERTING, body, begin)])


def _context(engagement: Raw, name: str) -> Raw | None:
    return next((context for context in engagement["Contexts"] if context["Id"] == name), None)


def _unfit(context: Raw | None) -> Failure | None:
    if context is None:
        return Failure("ContextNotFound", "The engagement has no such context.", accepted=False)
    if context["Type"] != "Lead":
        return Failure(UNFIT[context["Type"]], "Only a lead can be converted.", accepted=False)
    if context["Payload"]["Lead"].get("QualificationStatus") == "Disqualified":
        return Failure("DisqualifiedLeadNotPermitted", "The lead is disqualified.", accepted=False)
    return None


def _task(account: Account, operation: str, body: Raw, about: Raw) -> Task:
    name = identifier("task-", 13, f"{operation} {body['ClientToken']}")
    return Task(
        operation=operation,
        token=body["ClientToken"],
        identifier=name,
        arn=arn(body["Catalog"], KINDS[operation], name),
        started=account.agenda.now(),
        about=about,
        catalog=body["Catalog"],
    )


def _begun(account: Account, task: Task, complete: Callable[[datetime], str]) -> str:
    """Writes the task down and has it end in ``task_seconds``; ``complete`` makes its opportunity."""
    subject = task.about.get("EngagementInvitationId") or task.about["EngagementId"]
    account.tasks[task.identifier] = task
    account.applied.append((task.operation, subject))

    def end(at: datetime) -> None:
        if task.failure:
            task.status = "FAILED"
        else:
            task.status, task.opportunity = "COMPLETE", complete(at)
            task.job = identifier("job-", 13, task.identifier)

    account.agenda.add("task", task.started + timedelta(seconds=account.task_seconds), end)
    account.agenda.run()
    return task.identifier


def answer(task: Task) -> Raw:
    return {
        **task.about,
        "Message": task.failure.message if task.failure and task.status == "FAILED" else None,
        "OpportunityId": task.opportunity,
        "ReasonCode": task.failure.reason if task.failure and task.status == "FAILED" else None,
        "ResourceSnapshotJobId": task.job,
        "StartTime": task.started,
        "TaskArn": task.arn,
        "TaskId": task.identifier,
        "TaskStatus": task.status,
    }


def list_accepting(account: Account, body: Raw, step: Step) -> Raw:
    def wanted(task: Task) -> bool:
        name = task.about["EngagementInvitationId"]
        address = arn(task.catalog, "engagement-invitation", name)
        return chosen(body, "EngagementInvitationIdentifier", name, address)

    return _list(account, LIST_ACCEPTING, START_ACCEPTING, body, step, wanted)


def list_converting(account: Account, body: Raw, step: Step) -> Raw:
    def wanted(task: Task) -> bool:
        name, context = task.about["EngagementId"], task.about["ContextId"]
        address = arn(task.catalog, "engagement", name)
        return chosen(body, "EngagementIdentifier", name, address) and chosen(
            body, "ContextIdentifier", context
        )

    return _list(account, LIST_CONVERTING, START_CONVERTING, body, step, wanted)


def _list(
    account: Account, operation: str, started_by: str, body: Raw, step: Step, wanted: Callable[[Task], bool]
) -> Raw:
    found = {
        (sortable(moment(task.started)), task.identifier): answer(task)
        for task in account.tasks.values()
        if task.operation == started_by and task.catalog == body["Catalog"]
        if chosen(body, "TaskStatus", task.status)
        if chosen(body, "TaskIdentifier", task.identifier, task.arn)
        if chosen(body, "OpportunityIdentifier", task.opportunity)
        if wanted(task)
    }
    shown, token = page(account.tokens, account.page_size, operation, body, step, found)
    # In listings the absent reason was recorded as this text.
    summaries = [each | {"ReasonCode": each["ReasonCode"] or "null"} for each in shown]
    return {"NextToken": token, "TaskSummaries": summaries}


OPERATIONS = {
    START_ACCEPTING: start_accepting,
    LIST_ACCEPTING: list_accepting,
    START_CONVERTING: start_converting,
    LIST_CONVERTING: list_converting,
}
