"""Accepting and rejecting invitations, and converting leads, as real boto3 sees the loopback service."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.parsers import ResponseParserError

from tests.servers.partner_central import Faults, PartnerCentral
from tests.servers.partner_central_client import client_of, deals, leads
from tests.servers.service_model import enum, output_shape, problems

START, LIST = "StartEngagementByAcceptingInvitationTask", "ListEngagementByAcceptingInvitationTasks"
ACCEPT, REJECT = "AcceptEngagementInvitation", "RejectEngagementInvitation"
CONVERT = "StartOpportunityFromEngagementTask"
CATALOG = {"Catalog": "Sandbox"}
DEALS, LEADS = deals(5), leads(3)
DEAL, OTHER = DEALS[0]["Id"], DEALS[1]["Id"]
LEAD = LEADS[0]


@pytest.fixture
def server() -> Iterator[PartnerCentral]:
    with PartnerCentral([*DEALS, *LEADS]) as running:
        yield running


@pytest.fixture
def aws(server: PartnerCentral) -> Iterator[Any]:
    with client_of(server) as service:
        yield service


def start(aws: Any, identifier: str = DEAL, token: str = "one", **more: Any) -> Any:
    return aws.start_engagement_by_accepting_invitation_task(
        **CATALOG, Identifier=identifier, ClientToken=token, **more
    )


def convert(aws: Any, token: str = "one", context: str = "1", engagement: str = LEAD["EngagementId"]) -> Any:
    return aws.start_opportunity_from_engagement_task(
        **CATALOG, Identifier=engagement, ClientToken=token, ContextIdentifier=context
    )


def status(aws: Any, identifier: str = DEAL) -> str:
    return str(aws.get_engagement_invitation(**CATALOG, Identifier=identifier)["Status"])


def tasks(aws: Any, **asked: Any) -> Any:
    listed = aws.list_engagement_by_accepting_invitation_tasks(**CATALOG, **asked)
    return listed["TaskSummaries"]


def test_accepting_at_once_answers_with_the_complete_task(server: PartnerCentral, aws: Any) -> None:
    task = start(aws)
    assert not list(problems(output_shape(START), {name: task[name] for name in task if name != "StartTime"}))
    assert (task["TaskStatus"], task["EngagementInvitationId"]) == ("COMPLETE", DEAL)
    assert re.fullmatch(r"O\d+", task["OpportunityId"]) and task["ResourceSnapshotJobId"].startswith("job-")
    assert "ReasonCode" not in task and "Message" not in task
    kind = "engagement-by-accepting-invitation-task"
    assert task["TaskArn"] == f"arn:aws:partnercentral:us-east-1::catalog/Sandbox/{kind}/{task['TaskId']}"
    assert status(aws) == "ACCEPTED" and server.applied == [(START, DEAL)]
    assert aws.get_opportunity(**CATALOG, Identifier=task["OpportunityId"])["Id"] == task["OpportunityId"]


def test_a_task_is_in_progress_until_its_time_has_come(server: PartnerCentral, aws: Any) -> None:
    server.task_seconds = 60
    task = start(aws)
    assert task["TaskStatus"] == "IN_PROGRESS" and "OpportunityId" not in task
    assert status(aws) == "ACCEPTED" and not server.opportunities
    server.forward(59)
    assert start(aws)["TaskStatus"] == "IN_PROGRESS"
    server.forward(2)
    (listed,) = tasks(aws)
    assert (listed["TaskId"], listed["TaskStatus"]) == (task["TaskId"], "COMPLETE")
    assert listed["OpportunityId"] == start(aws)["OpportunityId"]


def test_tasks_can_be_finished_by_hand(server: PartnerCentral, aws: Any) -> None:
    server.task_seconds = 3600
    start(aws)
    server.finish_tasks()
    assert start(aws)["TaskStatus"] == "COMPLETE"


@pytest.mark.parametrize("reason", enum("ReasonCode"))
def test_a_task_fails_with_every_reason_of_the_model(server: PartnerCentral, aws: Any, reason: str) -> None:
    server.task_seconds = 60
    server.fail(DEAL, reason, "Ask your PDM.")
    assert start(aws)["TaskStatus"] == "IN_PROGRESS" and status(aws) == "PENDING"
    server.finish_tasks()
    failed = start(aws)
    assert (failed["TaskStatus"], failed["ReasonCode"]) == ("FAILED", reason)
    assert failed["Message"] == "Ask your PDM." and "OpportunityId" not in failed
    assert status(aws) == "PENDING" and not server.opportunities
    again = start(aws, token="two")
    server.finish_tasks()
    assert again["TaskId"] != failed["TaskId"] and status(aws) == "ACCEPTED"


def test_a_task_may_fail_after_it_accepted_the_invitation(server: PartnerCentral, aws: Any) -> None:
    server.fail(DEAL, "OpportunityValidationFailed", accepted=True)
    assert start(aws)["TaskStatus"] == "FAILED" and status(aws) == "ACCEPTED"
    assert not server.opportunities
    with pytest.raises(aws.exceptions.ConflictException):
        start(aws, token="two")
    with pytest.raises(ValueError, match="Nonsense"):
        server.fail(DEAL, "Nonsense")


def test_a_client_token_is_good_for_one_task(server: PartnerCentral, aws: Any) -> None:
    first = start(aws)
    again = start(aws)
    for answer in (first, again):
        del answer["ResponseMetadata"]
    assert first == again and server.applied == [(START, DEAL)]
    with pytest.raises(aws.exceptions.ConflictException, match="ClientToken"):
        start(aws, OTHER)
    with pytest.raises(aws.exceptions.ConflictException, match="ClientToken"):
        start(aws, Tags=[{"Key": "Größe", "Value": "groß"}])
    assert status(aws, OTHER) == "PENDING"


def test_a_token_that_was_refused_is_as_good_as_new(server: PartnerCentral, aws: Any) -> None:
    server.expire_invitation(DEAL)
    with pytest.raises(aws.exceptions.ValidationException):
        start(aws)
    assert start(aws, OTHER)["TaskStatus"] == "COMPLETE"


@pytest.mark.parametrize("way", ["task", "accept", "reject"])
@pytest.mark.parametrize(
    ("before", "code"),
    [
        ("ACCEPTED", "ConflictException"),
        ("REJECTED", "ConflictException"),
        ("EXPIRED", "ValidationException"),
        ("sent by us", "AccessDeniedException"),
        ("gone", "ResourceNotFoundException"),
        ("denied", "AccessDeniedException"),
    ],
)
def test_what_is_decided_cannot_be_decided_again(
    server: PartnerCentral, aws: Any, before: str, code: str, way: str
) -> None:
    {"sent by us": server.sent, "gone": server.vanished, "denied": server.denied}.get(before, set()).add(DEAL)
    kept = DEALS[0] | {"Status": before if before.isupper() else "PENDING"}
    server.put(kept)
    with pytest.raises(ClientError) as caught:
        _decide(aws, way)
    answer: Any = caught.value.response
    assert answer["Error"]["Code"] == code
    assert server.invitations[DEAL] is kept and not server.applied
    if before == "EXPIRED":
        assert answer["Reason"] == "BUSINESS_VALIDATION_FAILED"
        assert answer["ErrorList"][0]["Code"] == "INVALID_RESOURCE_STATE"


def _decide(aws: Any, way: str) -> Any:
    if way == "task":
        return start(aws)
    if way == "accept":
        return aws.accept_engagement_invitation(**CATALOG, Identifier=DEAL)
    return aws.reject_engagement_invitation(**CATALOG, Identifier=DEAL, RejectionReason="Other")


@pytest.mark.parametrize("way", ["accept", "reject"])
def test_an_invitation_that_is_being_accepted_is_not_open(server: PartnerCentral, aws: Any, way: str) -> None:
    server.task_seconds = 60
    server.fail(DEAL, "InternalError")
    start(aws)
    with pytest.raises(aws.exceptions.ConflictException, match="being accepted"):
        start(aws, token="two")
    with pytest.raises(aws.exceptions.ConflictException, match="being accepted"):
        _decide(aws, way)


@pytest.mark.parametrize("reason", ["Unable to support", "Другая причина", "x" * 80, None])
def test_rejecting_takes_any_text_of_the_models_pattern(
    server: PartnerCentral, aws: Any, reason: str | None
) -> None:
    said = {"RejectionReason": reason} if reason else {}
    answer = aws.reject_engagement_invitation(**CATALOG, Identifier=DEAL, **said)
    assert set(answer) == {"ResponseMetadata"}
    after = aws.get_engagement_invitation(**CATALOG, Identifier=DEAL)
    assert (after["Status"], after.get("RejectionReason")) == ("REJECTED", reason)
    assert server.applied == [(REJECT, DEAL)]


@pytest.mark.parametrize("reason", ["", "x" * 81, "two\nlines", "\x1b[31m", "🚀"])
def test_other_reasons_are_refused(server: PartnerCentral, aws: Any, reason: str) -> None:
    with pytest.raises(aws.exceptions.ValidationException) as caught:
        aws.reject_engagement_invitation(**CATALOG, Identifier=DEAL, RejectionReason=reason)
    assert caught.value.response["Reason"] == "REQUEST_VALIDATION_FAILED"
    (problem,) = caught.value.response["ErrorList"]
    assert (problem["FieldName"], problem["Code"]) == ("RejectionReason", "INVALID_STRING_FORMAT")
    assert status(aws) == "PENDING"


def test_leads_are_accepted_without_a_task(server: PartnerCentral, aws: Any) -> None:
    with pytest.raises(aws.exceptions.ValidationException) as caught:
        start(aws, LEAD["Id"])
    assert caught.value.response["ErrorList"][0]["Code"] == "ACTION_NOT_PERMITTED"
    assert set(aws.accept_engagement_invitation(**CATALOG, Identifier=LEAD["Arn"])) == {"ResponseMetadata"}
    assert status(aws, LEAD["Id"]) == "ACCEPTED"
    assert server.applied == [(ACCEPT, LEAD["Id"])] and not server.opportunities


# A lost answer.


@pytest.mark.parametrize("kind", ["reset", "closed"])
def test_an_answer_may_be_lost_after_the_write_was_applied(
    server: PartnerCentral, aws: Any, kind: str
) -> None:
    for operation in (START, ACCEPT, REJECT):
        server.script(operation, [kind])
    with pytest.raises(ConnectionClosedError):
        start(aws)
    with pytest.raises(ConnectionClosedError):
        aws.accept_engagement_invitation(**CATALOG, Identifier=LEAD["Id"])
    with pytest.raises(ConnectionClosedError):
        aws.reject_engagement_invitation(**CATALOG, Identifier=OTHER)
    assert [status(aws, each) for each in (DEAL, LEAD["Id"], OTHER)] == ["ACCEPTED", "ACCEPTED", "REJECTED"]
    assert start(aws)["TaskStatus"] == "COMPLETE"
    assert Counter(server.applied) == {(START, DEAL): 1, (ACCEPT, LEAD["Id"]): 1, (REJECT, OTHER): 1}


@pytest.mark.parametrize("kind", ["throttling", "internal_error", "unavailable_html", "too_many_requests"])
def test_a_refused_write_did_nothing(server: PartnerCentral, aws: Any, kind: str) -> None:
    server.script(START, [kind])
    with pytest.raises(ClientError):
        start(aws)
    assert status(aws) == "PENDING" and not server.applied


@pytest.mark.parametrize("kind", ["slow", "cut_body", "empty_body", "cut_json", "empty_object"])
@pytest.mark.parametrize("way", ["task", "accept", "reject"])
def test_a_spoilt_refusal_never_looks_like_a_success(
    aws: Any, server: PartnerCentral, way: str, kind: str
) -> None:
    server.slow = 0.01
    server.put(DEALS[0] | {"Status": "REJECTED"})
    server.script({"task": START, "accept": ACCEPT, "reject": REJECT}[way], [kind])
    with pytest.raises(aws.exceptions.ConflictException):
        _decide(aws, way)


def test_a_quota_of_the_account_refuses_a_task(server: PartnerCentral, aws: Any) -> None:
    server.script(START, ["quota_exceeded"])
    with pytest.raises(aws.exceptions.ServiceQuotaExceededException):
        start(aws)
    assert status(aws) == "PENDING" and start(aws)["TaskStatus"] == "COMPLETE"


def test_asked_until_answered_everything_is_done_once() -> None:
    asked = [*deals(30, seed=2), *leads(10, seed=2)]
    faults = Faults(0.4, seed=5)
    with PartnerCentral(asked, faults=faults, slow=0.01) as server, client_of(server) as aws:
        for raw in asked:
            _until_accepted(aws, raw)
        assert Counter(server.applied) == {(_way(raw), raw["Id"]): 1 for raw in asked}
        assert {raw["Status"] for raw in server.invitations.values()} == {"ACCEPTED"}
        assert len(server.opportunities) == 30 and server.calls[START] > 30


def _way(raw: dict[str, Any]) -> str:
    return ACCEPT if raw["PayloadType"] == "LeadInvitation" else START


def _until_accepted(aws: Any, raw: dict[str, Any]) -> None:
    """As a client does that keeps its token, and takes a conflict after a lost answer for what it is."""
    while True:
        try:
            if _way(raw) == START:
                if "TaskId" in start(aws, raw["Id"], token=raw["Id"]):
                    return
                continue
            aws.accept_engagement_invitation(**CATALOG, Identifier=raw["Id"])
            return
        except aws.exceptions.ConflictException:
            assert _way(raw) == ACCEPT
            return
        except (ClientError, ConnectionClosedError, ResponseParserError):
            continue


def test_writes_have_a_quota_of_their_own() -> None:
    with PartnerCentral(DEALS, writes_per_second=1) as server, client_of(server) as aws:
        outcomes = [_code(aws, raw["Id"]) for raw in DEALS]
        assert outcomes == ["COMPLETE"] + ["ThrottlingException"] * 4
        assert server.calls == {START: 5} and len(server.applied) == 1
        assert status(aws) == "ACCEPTED"  # reads go on


def _code(aws: Any, identifier: str) -> str:
    try:
        return str(start(aws, identifier, token=identifier)["TaskStatus"])
    except ClientError as error:
        return str(error.response["Error"]["Code"])


def test_of_many_threads_with_tokens_of_their_own_one_accepts(server: PartnerCentral, aws: Any) -> None:
    server.task_seconds = 60

    def attempt(number: int) -> str:
        try:
            return str(start(aws, token=f"{number}")["TaskStatus"])
        except ClientError as error:
            return str(error.response["Error"]["Code"])

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(attempt, range(16)))
    assert outcomes == {"IN_PROGRESS": 1, "ConflictException": 15}


def test_from_the_command_line_tasks_contacts_and_writes_take_their_time() -> None:
    command = [sys.executable, "-m", "tests.servers.partner_central", "--invitations", "20", "--seed", "0"]
    command += ["--task-seconds", "60", "--contacts-seconds", "60", "--writes-per-second", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            with client_of(process.stdout.readline().strip()) as aws:
                listed = aws.list_engagement_invitations(
                    **CATALOG, ParticipantType="RECEIVER", Status=["PENDING"]
                )
                chosen = [
                    each["Id"]
                    for each in listed["EngagementInvitationSummaries"]
                    if each["PayloadType"] == "OpportunityInvitation"
                ]
                assert [_code(aws, each) for each in chosen[:2]] == ["IN_PROGRESS", "ThrottlingException"]
        finally:
            process.terminate()


# Listings of tasks.


def test_tasks_are_listed_by_what_they_are_about(server: PartnerCentral, aws: Any) -> None:
    server.fail(OTHER, "OpportunityConflict")
    first, second = start(aws), start(aws, OTHER, "two")
    assert [task["TaskId"] for task in tasks(aws)] == [second["TaskId"], first["TaskId"]]
    oldest_first = {"SortBy": "StartTime", "SortOrder": "ASCENDING"}
    assert [task["TaskId"] for task in tasks(aws, Sort=oldest_first)] == [first["TaskId"], second["TaskId"]]
    for asked in (
        {"EngagementInvitationIdentifier": [DEAL]},
        {"EngagementInvitationIdentifier": [server.invitations[DEAL]["Arn"]]},
        {"OpportunityIdentifier": [first["OpportunityId"]]},
        {"TaskIdentifier": [first["TaskId"]]},
        {"TaskIdentifier": [first["TaskArn"]]},
        {"TaskStatus": ["COMPLETE"]},
    ):
        assert [task["TaskId"] for task in tasks(aws, **asked)] == [first["TaskId"]]
    assert not aws.list_engagement_by_accepting_invitation_tasks(Catalog="AWS")["TaskSummaries"]
    # As recorded: in listings the reason that is none is this text.
    assert tasks(aws, TaskStatus=["COMPLETE"])[0]["ReasonCode"] == "null"
    assert tasks(aws, TaskStatus=["FAILED"])[0]["ReasonCode"] == "OpportunityConflict"


def test_tasks_come_in_pages_that_lose_nothing(aws: Any, server: PartnerCentral) -> None:
    for number, raw in enumerate(DEALS):
        start(aws, raw["Id"], token=f"{number}")
    server.page_size = 2
    server.script(LIST, ["empty_page", None, "short_page"])
    pages: list[list[str]] = []
    asked: dict[str, str] = {}
    while not pages or asked:
        answer = aws.list_engagement_by_accepting_invitation_tasks(**CATALOG, **asked)
        pages.append([task["EngagementInvitationId"] for task in answer["TaskSummaries"]])
        asked = {"NextToken": answer["NextToken"]} if "NextToken" in answer else {}
    assert [len(page) for page in pages] == [0, 2, 1, 2]
    assert sorted(each for page in pages for each in page) == sorted(raw["Id"] for raw in DEALS)


def test_a_page_token_is_good_for_its_own_listing(aws: Any, server: PartnerCentral) -> None:
    start(aws)
    server.script(LIST, ["trailing_token"])
    token = aws.list_engagement_by_accepting_invitation_tasks(**CATALOG)["NextToken"]
    with pytest.raises(aws.exceptions.ValidationException, match="NextToken"):
        aws.list_opportunity_from_engagement_tasks(**CATALOG, NextToken=token)


# From a lead to an opportunity.


@pytest.fixture
def lead(server: PartnerCentral, aws: Any) -> dict[str, Any]:
    """The accepted lead."""
    aws.accept_engagement_invitation(**CATALOG, Identifier=LEAD["Id"])
    return server.invitations[LEAD["Id"]]


@pytest.mark.usefixtures("lead")
def test_a_lead_is_converted(server: PartnerCentral, aws: Any) -> None:
    task = convert(aws)
    assert (task["TaskStatus"], task["EngagementId"], task["ContextId"]) == (
        "COMPLETE",
        LEAD["EngagementId"],
        "1",
    )
    assert "/opportunity-from-engagement-task/task-" in task["TaskArn"]
    opportunity = aws.get_opportunity(**CATALOG, Identifier=task["OpportunityId"])
    assert opportunity["Project"]["Title"] == "Converted from Lead"
    assert opportunity["LifeCycle"]["ReviewStatus"] == "Pending Submission"
    company = LEAD["Payload"]["LeadInvitation"]["Customer"]["CompanyName"]
    assert opportunity["Customer"]["Account"]["CompanyName"] == company
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        aws.get_aws_opportunity_summary(**CATALOG, RelatedOpportunityIdentifier=task["OpportunityId"])
    assert convert(aws)["TaskId"] == task["TaskId"] and len(server.opportunities) == 1


@pytest.mark.usefixtures("lead")
def test_converting_with_a_new_token_doubles_the_opportunity(server: PartnerCentral, aws: Any) -> None:
    assert convert(aws)["OpportunityId"] != convert(aws, "two")["OpportunityId"]
    assert len(server.opportunities) == 2 and {
        raw["Project"]["Title"] for raw in server.opportunities.values()
    } == {"Converted from Lead"}


@pytest.mark.parametrize(
    ("change", "context", "reason"),
    [
        (None, "2", "ContextNotFound"),
        ("Disqualified", "1", "DisqualifiedLeadNotPermitted"),
        ("told", "1", "ServiceQuotaExceeded"),
    ],
)
@pytest.mark.usefixtures("lead")
def test_why_a_conversion_fails(
    server: PartnerCentral, aws: Any, change: str | None, context: str, reason: str
) -> None:
    if change == "Disqualified":
        content = server.engagements[LEAD["EngagementId"]]["Contexts"][0]["Payload"]["Lead"]
        content["QualificationStatus"] = change
    if change == "told":
        server.fail(LEAD["EngagementId"], reason)
    task = convert(aws, context=context)
    assert (task["TaskStatus"], task["ReasonCode"]) == ("FAILED", reason)
    assert not server.opportunities


def test_a_project_is_not_converted_nor_what_is_not_ours(server: PartnerCentral, aws: Any) -> None:
    start(aws)
    task = convert(aws, engagement=server.invitations[DEAL]["EngagementId"])
    assert task["ReasonCode"] == "CustomerProjectContextNotPermitted"
    with pytest.raises(aws.exceptions.AccessDeniedException):
        convert(aws, "two")
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        convert(aws, "two", engagement="eng-00000000000000")


@pytest.mark.usefixtures("lead")
def test_conversions_are_listed(aws: Any) -> None:
    first = convert(aws, context="7")
    second = convert(aws, "two")

    def listed(**asked: Any) -> list[str]:
        answer = aws.list_opportunity_from_engagement_tasks(**CATALOG, **asked)
        return [task["TaskId"] for task in answer["TaskSummaries"]]

    assert listed() == [second["TaskId"], first["TaskId"]]
    assert listed(ContextIdentifier=["7"]) == listed(TaskStatus=["FAILED"]) == [first["TaskId"]]
    assert listed(EngagementIdentifier=[LEAD["EngagementId"]], TaskStatus=["COMPLETE"]) == [second["TaskId"]]
    assert listed(EngagementIdentifier=["eng-00000000000000"]) == [] == tasks(aws)
