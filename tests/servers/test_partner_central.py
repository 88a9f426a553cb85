"""The loopback service, as real boto3 and the real AWS CLI see it."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from connector.cli.aws_output import query, render, render_pages
from tests.servers.faults import ALL_TRANSIENT, REFUSALS
from tests.servers.partner_central import Faults, PartnerCentral, TokenBucket, make_invitations
from tests.servers.service_model import enum, output_shape, problems

SESSION = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
LIST, GET = "ListEngagementInvitations", "GetEngagementInvitation"
RECEIVED = {"Catalog": "Sandbox", "ParticipantType": "RECEIVER"}
INVITATIONS = make_invitations(25, seed=7)
ONE = INVITATIONS[0]


@contextmanager
def client(server: PartnerCentral | str, **settings: Any) -> Iterator[Any]:
    config = Config(retries={"total_max_attempts": 1}, parameter_validation=False, **settings)
    url = server if isinstance(server, str) else server.url
    service = SESSION.client("partnercentral-selling", endpoint_url=url, config=config)
    try:
        yield service
    finally:
        service.close()


@pytest.fixture
def server() -> Iterator[PartnerCentral]:
    with PartnerCentral(json.loads(json.dumps(INVITATIONS)), page_size=10) as running:
        yield running


@pytest.fixture
def aws(server: PartnerCentral) -> Iterator[Any]:
    with client(server) as service:
        yield service


def get(service: Any, identifier: str = ONE["Id"], catalog: str = "Sandbox") -> Any:
    return service.get_engagement_invitation(Catalog=catalog, Identifier=identifier)


def listed(service: Any, **asked: Any) -> list[list[str]]:
    """The ids of each page."""
    pages = service.get_paginator("list_engagement_invitations").paginate(**RECEIVED | asked)
    return [[item["Id"] for item in page["EngagementInvitationSummaries"]] for page in pages]


def flat(pages: list[list[str]]) -> list[str]:
    return [identifier for page in pages for identifier in page]


def bare(server: PartnerCentral, operation: str, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
    """One request without an SDK between."""
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"AWSPartnerCentralSelling.{operation}",
    }
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    try:
        connection.request("POST", "/", body, headers)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_made_up_invitations_are_valid_varied_and_repeatable() -> None:
    made = make_invitations(400, seed=2)
    assert made == make_invitations(400, seed=2) != make_invitations(400, seed=3)
    assert not [problem for raw in made for problem in problems(output_shape(GET), raw)]
    assert len({raw["Id"] for raw in made}) == 400
    statuses, types = Counter(raw["Status"] for raw in made), Counter(raw["PayloadType"] for raw in made)
    assert set(statuses) == set(enum("InvitationStatus")) and statuses["PENDING"] > 150
    assert 60 < types["LeadInvitation"] < 140
    customers = Counter(str(raw["Payload"][raw["PayloadType"]]["Customer"]["CompanyName"]) for raw in made)
    assert customers.most_common(1)[0][1] > 1
    deals = [raw["Payload"]["OpportunityInvitation"] for raw in made if raw["PayloadType"].startswith("Opp")]
    assert {0, 1, 10} <= {len(deal["Project"]["ExpectedCustomerSpend"]) for deal in deals}
    assert any("\x1b" in deal["Project"]["Title"] for deal in deals)


@pytest.mark.parametrize("raw", INVITATIONS, ids=lambda raw: raw["Id"])
def test_boto3_reads_an_invitation_by_id_and_by_arn(aws: Any, raw: dict[str, Any]) -> None:
    answer = get(aws, raw["Id"])
    assert answer == get(aws, raw["Arn"]) | {"ResponseMetadata": answer["ResponseMetadata"]}
    for name in ("Id", "Arn", "Status", "EngagementId", "EngagementTitle", "PayloadType"):
        assert answer[name] == raw[name]
    assert answer["InvitationDate"].isoformat()[:19] == raw["InvitationDate"][:19]
    if raw["PayloadType"] == "OpportunityInvitation":
        project = answer["Payload"]["OpportunityInvitation"]["Project"]
        assert project["Title"] == raw["Payload"]["OpportunityInvitation"]["Project"]["Title"]


def test_the_wire_looks_like_recorded_answers(server: PartnerCentral) -> None:
    lead = next(raw for raw in server.invitations.values() if raw["PayloadType"] == "LeadInvitation")
    lead["Payload"]["LeadInvitation"]["Insights"] = {"EngagementScore": "High"}
    del lead["RejectionReason"]
    response, body = bare(server, GET, json.dumps({"Catalog": "Sandbox", "Identifier": lead["Id"]}).encode())
    answer = json.loads(body)
    assert response.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert len(response.headers["x-amzn-RequestId"]) == 36
    assert answer["RejectionReason"] is None
    assert answer["Payload"] == {"LeadInvitation": lead["Payload"]["LeadInvitation"]}
    assert len(answer["InvitationDate"].partition(".")[2]) == len("457306587Z")


@pytest.mark.parametrize("order", ["ASCENDING", "DESCENDING"])
def test_a_listing_has_every_invitation_once_in_order(server: PartnerCentral, aws: Any, order: str) -> None:
    pages = listed(aws, Sort={"SortBy": "InvitationDate", "SortOrder": order})
    assert [len(page) for page in pages] == [10, 10, 5]
    dates = [server.invitations[identifier]["InvitationDate"] for identifier in flat(pages)]
    assert dates == sorted(dates, reverse=order == "DESCENDING")
    assert set(flat(pages)) == set(server.invitations)
    assert server.calls == {LIST: 3}


@pytest.mark.parametrize(
    ("name", "values", "member"),
    [
        ("Status", ["ACCEPTED", "EXPIRED"], "Status"),
        ("PayloadType", ["LeadInvitation"], "PayloadType"),
        ("EngagementIdentifier", [raw["EngagementId"] for raw in INVITATIONS[:2]], "EngagementId"),
        ("SenderAwsAccountId", ["aws"], "SenderAwsAccountId"),
    ],
)
def test_filters(server: PartnerCentral, aws: Any, name: str, values: list[str], member: str) -> None:
    wanted = {raw["Id"] for raw in server.invitations.values() if raw[member] in values}
    assert wanted and set(flat(listed(aws, **{name: values}))) == wanted


def test_participant_type_and_catalog_divide_the_invitations(server: PartnerCentral, aws: Any) -> None:
    server.sent.add(ONE["Id"])
    assert flat(listed(aws, ParticipantType="SENDER")) == [ONE["Id"]]
    assert ONE["Id"] not in flat(listed(aws))
    assert flat(listed(aws, Catalog="AWS")) == []


def test_summaries_say_what_the_invitation_says(server: PartnerCentral, aws: Any) -> None:
    asked = {"EngagementIdentifier": [ONE["EngagementId"]]}
    before = aws.list_engagement_invitations(**RECEIVED, **asked)["EngagementInvitationSummaries"][0]
    assert before["Receiver"]["Account"]["AwsAccountId"] == "111111111111"
    assert before["ParticipantType"] == "RECEIVER" and "Payload" not in before
    server.put(server.invitations[ONE["Id"]] | {"Status": "REJECTED"})
    after = aws.list_engagement_invitations(**RECEIVED, **asked)["EngagementInvitationSummaries"][0]
    assert after == before | {"Status": "REJECTED"}


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({"Catalog": None}, "Catalog", "REQUIRED_FIELD_MISSING"),
        ({"Catalog": "Live"}, "Catalog", "INVALID_VALUE"),
        ({"Catalog": "S-1"}, "Catalog", "INVALID_STRING_FORMAT"),
        ({"ParticipantType": "BOTH"}, "ParticipantType", "INVALID_ENUM_VALUE"),
        ({"MaxResults": 101}, "MaxResults", "VALUE_OUT_OF_RANGE"),
        ({"MaxResults": 0}, "MaxResults", "VALUE_OUT_OF_RANGE"),
        ({"MaxResults": "ten"}, "MaxResults", "INVALID_VALUE"),
        ({"Status": []}, "Status", "NOT_ENOUGH_VALUES"),
        ({"Status": ["PENDING"] * 11}, "Status", "TOO_MANY_VALUES"),
        ({"Status": ["PENDING", "OPEN"]}, "Status[1]", "INVALID_ENUM_VALUE"),
        ({"Sort": {"SortOrder": "ASCENDING"}}, "Sort.SortBy", "REQUIRED_FIELD_MISSING"),
        ({"EngagementIdentifier": ["eng-1"]}, "EngagementIdentifier[0]", "INVALID_STRING_FORMAT"),
        ({"NextToken": "made up"}, "NextToken", "INVALID_VALUE"),
    ],
)
def test_a_bad_request_names_its_field(
    server: PartnerCentral, asked: dict[str, Any], field: str, code: str
) -> None:
    response, body = bare(server, LIST, json.dumps(RECEIVED | asked).encode())
    answer = json.loads(body)
    assert (response.status, response.headers["x-amzn-ErrorType"]) == (400, "ValidationException")
    assert answer["__type"].endswith("#ValidationException")
    assert answer["Reason"] == "REQUEST_VALIDATION_FAILED"
    assert [(item["FieldName"], item["Code"]) for item in answer["ErrorList"]] == [(field, code)]


def test_errors_are_boto3s_own(server: PartnerCentral, aws: Any) -> None:
    gone, denied = INVITATIONS[1]["Id"], INVITATIONS[2]["Id"]
    server.vanished.add(gone)
    server.denied.add(denied)
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        get(aws, "engi-0000000000000")
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        get(aws, catalog="AWS")
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        get(aws, gone)
    with pytest.raises(aws.exceptions.AccessDeniedException, match="partnercentral:GetEngagementInvitation"):
        get(aws, denied)
    assert {gone, denied} <= set(flat(listed(aws)))
    server.denied_catalogs.add("AWS")
    with pytest.raises(aws.exceptions.AccessDeniedException):
        listed(aws, Catalog="AWS")


@pytest.mark.parametrize(
    ("operation", "body", "code"),
    [
        ("MakeCoffee", b"{}", "UnknownOperationException"),
        (GET, b"{", "SerializationException"),
        (GET, b"[]", "ValidationException"),
    ],
)
def test_what_is_no_request_is_refused(
    server: PartnerCentral, operation: str, body: bytes, code: str
) -> None:
    response, _ = bare(server, operation, body)
    assert (response.status, response.headers["x-amzn-ErrorType"]) == (400, code)


def test_page_tokens_are_signed_bound_to_their_filters_and_expire(server: PartnerCentral, aws: Any) -> None:
    def go_on(token: str, **asked: Any) -> Any:
        return aws.list_engagement_invitations(**RECEIVED, NextToken=token, **asked)

    token = aws.list_engagement_invitations(**RECEIVED)["NextToken"]
    assert len(go_on(token, MaxResults=3)["EngagementInvitationSummaries"]) == 3
    tampered = token[:60] + ("A" if token[60] != "A" else "B") + token[61:]
    for bad, asked in ((tampered, {}), (token, {"Status": ["PENDING"]}), ("x", {})):
        with pytest.raises(aws.exceptions.ValidationException, match="NextToken"):
            go_on(bad, **asked)
    server.tokens.lifetime = 0
    with pytest.raises(aws.exceptions.ValidationException, match="expired"):
        go_on(aws.list_engagement_invitations(**RECEIVED)["NextToken"])
    server.expire_tokens()
    with pytest.raises(aws.exceptions.ValidationException, match="NextToken"):
        go_on(token)


def test_reads_beyond_the_quota_are_throttled() -> None:
    with PartnerCentral(INVITATIONS, reads_per_second=5) as server, client(server) as service:
        outcomes = Counter(_code(service) for _ in range(20))
        assert outcomes["ThrottlingException"] >= 10 and outcomes["OK"] >= 5
        assert server.calls == {GET: 20}
        server.reset_calls()
        time.sleep(0.3)
        assert _code(service) == "OK" and server.calls == {GET: 1}


def test_a_token_bucket_fills_at_its_rate_and_holds_one_second() -> None:
    now = [0.0]
    bucket = TokenBucket(10, clock=lambda: now[0])
    assert [bucket.take() for _ in range(11)] == [True] * 10 + [False]
    now[0] = 0.35
    assert [bucket.take() for _ in range(4)] == [True] * 3 + [False]
    now[0] = 100
    assert sum(bucket.take() for _ in range(20)) == 10


def _code(service: Any) -> str:
    try:
        get(service)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "OK"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("throttling", 400, "ThrottlingException"),
        ("internal_error", 500, "InternalServerException"),
        ("unavailable_html", 503, "503"),
        ("too_many_requests", 429, "429"),
    ],
)
def test_refusals(server: PartnerCentral, aws: Any, kind: str, status: int, code: str) -> None:
    server.script(GET, [kind])
    with pytest.raises(ClientError) as caught:
        get(aws)
    response = caught.value.response
    assert (response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]) == (status, code)
    assert ("retry-after" in response["ResponseMetadata"]["HTTPHeaders"]) == (status == 429)
    assert get(aws)["Id"] == ONE["Id"]


@pytest.mark.parametrize("kind", ["reset", "closed"])
def test_a_connection_lost_before_the_answer(server: PartnerCentral, aws: Any, kind: str) -> None:
    server.script(GET, [kind])
    with pytest.raises(ConnectionClosedError) as caught:
        get(aws)
    assert ("reset" in str(caught.value.kwargs["error"])) == (kind == "reset")
    assert get(aws)["Id"] == ONE["Id"]


# (botocore turns urllib3's check of Content-Length off, so that a cut body is among them.)
@pytest.mark.parametrize("kind", ["empty_body", "cut_json", "cut_body", "empty_object"])
def test_a_spoilt_body_with_status_200_looks_to_boto3_like_an_answer_without_members(
    server: PartnerCentral, aws: Any, kind: str
) -> None:
    server.script(GET, [kind])
    server.script(LIST, [None, kind])
    assert set(get(aws)) == {"ResponseMetadata"}
    first = aws.list_engagement_invitations(**RECEIVED)
    second = aws.list_engagement_invitations(**RECEIVED, NextToken=first["NextToken"])
    assert set(second) == {"ResponseMetadata"}


def test_an_answer_that_comes_too_late() -> None:
    with PartnerCentral(INVITATIONS, slow=20.0) as server, client(server, read_timeout=0.2) as service:
        server.script(GET, ["slow"])
        with pytest.raises(ReadTimeoutError):
            get(service)
        started = time.monotonic()
        assert get(service)["Id"] == ONE["Id"]
    assert time.monotonic() - started < 15  # nor does the end of the server wait for it


def test_random_faults_come_at_their_rate_in_every_kind_and_the_same_for_a_seed() -> None:
    first, second = Faults(0.05, seed=4), Faults(0.05, seed=4)
    drawn = [first.draw() for _ in range(20_000)]
    assert drawn == [second.draw() for _ in range(20_000)]
    assert 800 < sum(kind is not None for kind in drawn) < 1200
    assert set(drawn) == {None, *ALL_TRANSIENT}
    with pytest.raises(ValueError, match="nonsense"):
        Faults(kinds=("nonsense",))


def test_a_cut_body_is_shorter_than_announced(server: PartnerCentral) -> None:
    server.script(LIST, ["cut_body"])
    with pytest.raises(http.client.IncompleteRead):
        bare(server, LIST, json.dumps(RECEIVED).encode())


def test_random_faults_reach_the_client() -> None:
    faults = Faults(0.5, kinds=tuple(REFUSALS), seed=1)
    with PartnerCentral(INVITATIONS, faults=faults) as server, client(server) as service:
        outcomes = Counter(_code(service) for _ in range(60))
    assert set(outcomes) == {"OK", "ThrottlingException", "InternalServerException", "503", "429"}
    assert 15 < outcomes["OK"] < 45


def test_scripted_pages_lose_nothing(server: PartnerCentral, aws: Any) -> None:
    server.script(LIST, ["empty_page", "short_page", None, "repeated_page", "trailing_token"])
    pages = listed(aws)
    assert [len(page) for page in pages] == [0, 5, 10, 11, 0, 0]
    assert pages[3][0] == pages[2][-1]
    assert set(flat(pages)) == set(server.invitations)


def test_a_token_that_expires_on_the_third_page(server: PartnerCentral, aws: Any) -> None:
    server.script(LIST, [None, None, "expired_token"])
    with pytest.raises(aws.exceptions.ValidationException, match="NextToken is expired"):
        listed(aws)
    assert server.calls[LIST] == 3


def test_an_invitation_that_arrives_in_mid_listing(server: PartnerCentral, aws: Any) -> None:
    late = ONE | {"Id": "engi-latearrival00", "InvitationDate": "2030-01-01T00:00:00.000000001Z"}

    def arrive(answer: dict[str, Any]) -> dict[str, Any]:
        server.put(late)
        return answer

    server.script(LIST, [None, arrive])
    oldest_first = {"SortBy": "InvitationDate", "SortOrder": "ASCENDING"}
    assert flat(listed(aws, Sort=oldest_first))[-1] == late["Id"]
    assert len(flat(listed(aws))) == 26


def test_answers_beyond_the_model(server: PartnerCentral, aws: Any) -> None:
    server.script(GET, ["unknown_enum", "unknown_member", "null_payload", "two_members", "not_found"])
    assert get(aws)["Status"] == "ON_HOLD"
    assert get(aws)["Payload"] == {"SDK_UNKNOWN_MEMBER": {"name": "ProgramInvitation"}}
    assert "Payload" not in get(aws)
    with pytest.raises(ResponseParserError, match="one and only one"):
        get(aws)
    with pytest.raises(aws.exceptions.ResourceNotFoundException):
        get(aws)
    with pytest.raises(ValueError, match="nonsense"):
        server.script(GET, ["nonsense"])


def test_many_threads_at_once() -> None:
    with (
        PartnerCentral(INVITATIONS, latency=0.01) as server,
        client(server, max_pool_connections=8) as service,
    ):
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda raw: get(service, raw["Id"])["Id"], INVITATIONS * 4))
        assert answers == [raw["Id"] for raw in INVITATIONS * 4]
        assert server.calls == {GET: 100} and len(server.requests) == 100


# The real AWS CLI.


def aws_cli(server: PartnerCentral, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(home / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials"),
        "AWS_MAX_ATTEMPTS": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    command = [sys.executable, "-m", "awscli", "partnercentral-selling", *arguments]
    command += ["--catalog", "Sandbox", "--endpoint-url", server.url]
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)


def as_the_cli_reads(server: PartnerCentral, operation: str, **asked: Any) -> Any:
    """A parsed answer with moments as they came, as the AWS CLI has them."""
    session = botocore.session.get_session()
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
    session.set_credentials("test", "test")
    service = session.create_client(
        "partnercentral-selling", region_name="us-east-1", endpoint_url=server.url
    )
    try:
        answer = getattr(service, operation)(Catalog="Sandbox", **asked)
    finally:
        service.close()
    del answer["ResponseMetadata"]
    return answer


@pytest.mark.parametrize(
    ("output", "expression"),
    [("json", None), ("text", None), ("table", "{Id: Id, Spend: Payload.*.Project.ExpectedCustomerSpend[]}")],
)
def test_the_aws_cli_gets_and_we_print_the_same(
    server: PartnerCentral, tmp_path: Path, output: Any, expression: str | None
) -> None:
    chosen = max(INVITATIONS, key=lambda raw: len(json.dumps(raw)))["Id"]
    asked = ["get-engagement-invitation", "--identifier", chosen, "--output", output]
    printed = aws_cli(server, tmp_path, *asked, *(["--query", expression] if expression else []))
    answer = as_the_cli_reads(server, "get_engagement_invitation", Identifier=chosen)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert printed.stdout == render(query(answer, expression) if expression else answer, output, GET)


def test_the_aws_cli_lists_page_by_page(server: PartnerCentral, tmp_path: Path) -> None:
    asked = ["list-engagement-invitations", "--participant-type", "RECEIVER", "--output", "text"]
    printed = aws_cli(server, tmp_path, *asked)
    pages: list[Any] = []
    token = None
    while not pages or token:
        more: Any = {"NextToken": token} if token else {}
        page = as_the_cli_reads(server, "list_engagement_invitations", ParticipantType="RECEIVER", **more)
        token = page.pop("NextToken", None)
        pages.append(page)
    assert len(pages) == 3
    assert printed.stdout == render_pages(pages, None)


def test_the_aws_cli_reports_the_services_errors(server: PartnerCentral, tmp_path: Path) -> None:
    failed = aws_cli(server, tmp_path, "get-engagement-invitation", "--identifier", "engi-0000000000000")
    assert failed.returncode != 0
    assert "ResourceNotFoundException" in failed.stderr


def test_it_runs_from_the_command_line() -> None:
    command = [sys.executable, "-m", "tests.servers.partner_central", "--invitations", "3", "--faults", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            with client(process.stdout.readline().strip()) as service:
                assert len(flat(listed(service))) == 3
        finally:
            process.terminate()
