"""Whatever the service answers: the right exit code, numbers that add up, and nobody's data in an error."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.promises.installation import ROOT, Done, Installation
from tests.promises.raw_service import RawService, refusal, reply
from tests.servers.aws_json import Reply, Request
from tests.servers.partner_central import PartnerCentral, make_invitations

HTML = b"<html><body>Sign in to the hotel's network</body></html>"
IMPATIENT = {"attempts": 3, "deadline": 20, "base": 0.01, "cap": 0.05}


def chunked(body: bytes, *, end: bytes = b"\r\n0\r\n\r\n") -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b%b" % (len(body), body, end)


# Answers to everything, and the exit code of a sync that meets them.
ANSWERS: dict[str, tuple[Callable[[bytes], bytes | None], int]] = {
    "after 100 Continue": (lambda body: b"HTTP/1.1 100 Continue\r\n\r\n" + reply(body), 0),
    "chunked": (chunked, 0),
    "HTTP/1.0 to the end of the connection": (lambda body: b"HTTP/1.0 200 OK\r\n\r\n" + body, 0),
    "another Content-Type": (lambda body: reply(body, "200 OK", "Content-Type: text/html"), 0),
    "HTTP/1.0 cut": (lambda body: b"HTTP/1.0 200 OK\r\n\r\n" + body[:50], 4),
    "chunked and cut": (lambda body: chunked(body, end=b"")[:-20], 4),
    "chunked without an end": (lambda body: chunked(body, end=b""), 4),
    "gzip and cut": (lambda body: reply(gzip.compress(body)[:-9], "200 OK", "Content-Encoding: gzip"), 4),
    "headers alone": (lambda body: reply(b"", length=len(body)), 4),
    "no content": (lambda _: b"HTTP/1.1 204 No Content\r\n\r\n", 4),
    "HTML": (lambda _: reply(HTML, "200 OK", "Content-Type: text/html"), 4),
    "much HTML": (lambda _: reply(b"<" * 20_000_000, "200 OK", "Content-Type: text/html"), 4),
    "another shape": (lambda _: reply(b'{"hello": "world"}'), 4),
    "members of other types": (
        lambda _: reply(b'{"EngagementInvitationSummaries": {"a": 1}, "Id": {"x": 1}}'), 4
    ),
    "null": (lambda _: reply(b"null"), 4),
    "a list": (lambda _: reply(b"[]"), 4),
    "an error with status 200": (lambda _: reply(b'{"__type": "ThrottlingException"}'), 4),
    "deep nesting": (lambda _: reply(b"[" * 200_000 + b"]" * 200_000), 4),
    "noise": (lambda _: bytes(range(256)) * 20, 4),
    "nothing": (lambda _: b"", 4),
    "Retry-After in years": (lambda _: reply(b"", "503 Busy", "Retry-After: 99999999"), 4),
    "status 999": (lambda _: reply(b"{}", "999 What"), 4),
    "silence": (lambda _: None, 4),
    "a redirect to itself": (lambda _: reply(b"", "302 Found", "Location: /"), 2),
    "a redirect elsewhere": (lambda _: reply(b"", "301 Moved", "Location: http://127.0.0.1:1/"), 2),
    "expired credentials": (lambda _: refusal("ExpiredTokenException"), 2),
    "a clock that is wrong": (lambda _: refusal("RequestTimeTooSkewed", "403 Forbidden"), 2),
    "a bad signature": (lambda _: refusal("SignatureDoesNotMatch", "403 Forbidden"), 2),
    "a proxy's 403": (lambda _: reply(HTML, "403 Forbidden", "Content-Type: text/html"), 2),
}  # fmt: skip


def install(folder: Path, url: str, **settings: Any) -> Installation:
    rates = {"base": "USD", "rates": {}}
    source = {"read_timeout": 0.5, **settings.pop("source", {})}
    return Installation.against(folder, url, source=source, retry=IMPATIENT, currency=rates, **settings)


def check(done: Done) -> None:
    assert "Traceback" not in done.err
    assert "jane.roe" not in done.out + done.err
    assert done.code in (0, 2, 3, 4), done.err


@pytest.mark.parametrize("name", ANSWERS)
def test_what_a_listing_may_meet(tmp_path: Path, name: str) -> None:
    spoil, code = ANSWERS[name]
    with RawService(lambda _, body: spoil(body)) as service:
        done = install(tmp_path, service.url).run("sync", "--output", "json")
    check(done)
    if code == 0:
        assert done.code in (0, 3), done.err
        assert set(done.answer["counts"]) <= {"created", "skipped"}
        assert done.answer["listed"] == 12
    else:
        assert done.code == code, done.err
        assert done.answer["listed"] == 0
        assert done.err.splitlines()[-1].startswith(("error: ", "hint: "))


@pytest.mark.parametrize(
    "name", ["HTML", "null", "another shape", "expired credentials", "a bad signature", "nothing", "silence"]
)
def test_what_gets_may_meet_in_mid_run(tmp_path: Path, name: str) -> None:
    spoil, code = ANSWERS[name]
    gets = iter(range(10**6))
    with RawService(
        lambda operation, body: reply(body) if operation[0] == "L" or next(gets) < 5 else spoil(body)
    ) as service:
        there = install(tmp_path, service.url)
        first = there.run("sync", "--output", "json")
        check(first)
        assert (first.code, first.answer["listed"]) == (code, 12)
        assert first.answer["counts"]["failed"] == 7
        service.spoil = lambda _, body: reply(body)
        second = there.run("sync", "--output", "json")
        assert second.answer["listed"] == 12
        assert "failed" not in second.answer["counts"]


@pytest.mark.parametrize(("code", "answered"), [("ExpiredTokenException", 10), ("AccessDeniedException", 0)])
def test_credentials_that_are_no_good_are_told_as_such_however_few_gets_meet_it(
    tmp_path: Path, code: str, answered: int
) -> None:
    gets = iter(range(10**6))
    with RawService(
        lambda operation, body: reply(body) if operation[0] == "L" or next(gets) < answered else refusal(code)
    ) as service:
        done = install(tmp_path, service.url).run("sync", "--output", "json")
    check(done)
    assert (done.code, done.answer["counts"]["failed"]) == (2, 12 - answered)
    assert code in done.err.splitlines()[-2]


def test_one_invitation_that_may_not_be_seen_is_no_matter_of_credentials(tmp_path: Path) -> None:
    gets = iter(range(10**6))
    with RawService(
        lambda operation, body: (
            refusal("AccessDeniedException") if operation[0] == "G" and not next(gets) else reply(body)
        )
    ) as service:
        done = install(tmp_path, service.url).run("sync", "--output", "json")
    assert (done.code, done.answer["counts"]["failed"]) == (3, 1)


@pytest.mark.parametrize("answer", [refusal("AccessDeniedException"), reply(b"", "500 Internal")])
def test_invitations_that_are_never_given_spoil_no_later_run(tmp_path: Path, answer: bytes) -> None:
    with RawService(invitations=20) as service:
        ids = list(service.invitations)[:14]
        service.spoil = lambda operation, body: (
            answer if operation[0] == "G" and json.loads(body)["Id"] in ids else reply(body)
        )
        there = install(tmp_path, service.url)
        for others in ("created", "unchanged"):
            done = there.run("sync", "--output", "json")
            check(done)
            assert (done.code, done.answer["counts"]["failed"]) == (3, 14)
            assert done.answer["counts"][others]
            assert there.run("health").code == 0
        service.calls.clear()
        service.spoil = lambda operation, body: answer if operation[0] == "G" else reply(body)
        done = there.run("sync", "--output", "json")
        check(done)
        assert done.code == (2 if b"Denied" in answer else 4)


def test_what_vanishes_after_the_listing_is_skipped_and_an_id_that_is_none_is_told(tmp_path: Path) -> None:
    with PartnerCentral(MADE) as server:
        server.vanished.add(ONE)
        there = install(tmp_path, server.url)
        done = there.run("sync", "--output", "json")
        assert "failed" not in done.answer["counts"]
        rows = there.run("runs", "show", "--output", "json").answer["outcomes"]
        (gone,) = (row for row in rows if row["invitation"] == ONE)
        assert (gone["outcome"], gone["reason"][:11]) == ("skipped", "it vanished")
        named = there.run("sync", "--id", ONE, "--output", "json")
        assert (named.code, named.answer["counts"]) == (3, {"failed": 1})
        assert "there is no such invitation (any more)" in named.out
        assert there.run("plan", "--only", ONE).code == 2


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://no-such-host.invalid"])
def test_nobody_there(tmp_path: Path, url: str) -> None:
    done = install(tmp_path, url).run("sync")
    check(done)
    assert done.code == 4
    assert "could not be reached" in done.err


class Strict(PartnerCentral):
    """No more than ten reads in any second, counted as they arrive."""

    refused = 0

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._times: deque[float] = deque(maxlen=10)
        self._counting = threading.Lock()

    def answer(self, request: Request) -> Reply:
        with self._counting:
            now = time.monotonic()
            if len(self._times) == 10 and now - self._times[0] < 1:
                self.refused += 1
                return Reply(400, b'{"__type": "ThrottlingException"}')
            self._times.append(now)
        return super().answer(request)


def test_the_documented_rate_is_kept_without_being_throttled(tmp_path: Path) -> None:
    with Strict(make_invitations(40)) as server:
        there = install(tmp_path, server.url, source={"reads_per_second": 10, "read_timeout": 5})
        done = there.run("sync", "--output", "json")
    assert done.code in (0, 3), done.err
    assert server.refused <= 1  # on a machine that stands still for a moment
    assert done.answer["seconds"] < 8


# invitations list and get, beside the AWS CLI.

MADE = make_invitations(60)
ONE = next(raw["Id"] for raw in MADE if raw["PayloadType"] == "OpportunityInvitation")
COMMANDS = {"get": "get-engagement-invitation", "list": "list-engagement-invitations"}


@pytest.fixture(scope="module")
def server() -> Iterator[PartnerCentral]:
    with PartnerCentral(MADE) as running:
        yield running


def call(folder: Path, *command: str) -> Done:
    aws = {
        "ACCESS_KEY_ID": "AKIDEXAMPLE",
        "SECRET_ACCESS_KEY": "example",
        "DEFAULT_REGION": "us-east-1",
        "EC2_METADATA_DISABLED": "true",
        "CONFIG_FILE": str(folder / "none"),
        "SHARED_CREDENTIALS_FILE": str(folder / "none"),
    }
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    environ |= {f"AWS_{name}": value for name, value in aws.items()}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environ, capture_output=True, encoding="utf-8"
    )
    return Done(done.returncode, done.stdout, done.stderr)


PAGED = ("list", "--participant-type", "RECEIVER", "--page-size", "25", "--output")


@pytest.mark.parametrize(
    "asked",
    [
        (*PAGED, "text", "--query", "EngagementInvitationSummaries[].[Id, Status]"),
        (*PAGED, "text", "--query", "length(EngagementInvitationSummaries)"),
        (*PAGED, "text", "--query", "NextToken"),
        (*PAGED, "text", "--max-items", "30", "--query", "EngagementInvitationSummaries[0].Id"),
        (
            *PAGED,
            "table",
            "--max-items",
            "30",
            "--query",
            "EngagementInvitationSummaries[*].{I: Id, N: null}",
        ),
        ("get", "--identifier", ONE, "--output", "text", "--query", "[Id, Nope]"),
        ("get", "--identifier", ONE, "--output", "table", "--query", "Payload.*.Project"),
    ],
)
def test_answers_are_the_aws_cli_s_bytes(
    server: PartnerCentral, tmp_path: Path, asked: tuple[str, ...]
) -> None:
    name, *options = asked
    options += ["--catalog", "Sandbox", "--endpoint-url", server.url]
    ours = call(tmp_path, "connector", "invitations", name, *options)
    theirs = call(tmp_path, "awscli", "partnercentral-selling", COMMANDS[name], *options)
    assert (ours.code, ours.err) == (0, "")
    assert ours.out == theirs.out


@pytest.mark.parametrize(
    "asked",
    [
        ("get", "--identifier", "engi-0000000000zzz"),
        ("get", "--identifier", ONE, "--query", "[[["),
        ("get", "--identifier", ONE, "--query", "sum(Id)"),
        ("get", "--identifier", ONE, "--output", "text", "--query", "[Payload, Id]"),
        ("list", "--status", "NOPE"),
    ],
)
def test_an_error_prints_nothing_on_standard_output(
    server: PartnerCentral, tmp_path: Path, asked: tuple[str, ...]
) -> None:
    name, *options = asked
    options += ["--catalog", "Sandbox", "--endpoint-url", server.url]
    done = call(tmp_path, "connector", "invitations", name, *options)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
