"""A tenant's role is assumed with its external id, renewed in time, and a refusal says what to do."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from connector.errors import AccessDenied, ConnectorError, TransientError
from connector.fetch import Selection
from connector.fetch.identity import caller
from connector.fetch.partner_central import ClientSettings, PartnerCentral
from connector.retry import RetryPolicy
from tests.servers.partner_central import PartnerCentral as Server
from tests.servers.partner_central import make_invitations

ROLE = "arn:aws:iam::111122223333:role/partner"
_ANSWER = """<{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{0}Result>{1}</{0}Result></{0}Response>"""
_CREDENTIALS = """<Credentials><AccessKeyId>ASIA{0}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
<SessionToken>t{0}</SessionToken><Expiration>{1}</Expiration></Credentials>"""
_REFUSED = """<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code>
<Message>User: arn:aws:iam::999988887777:user/x is not authorized</Message></Error></ErrorResponse>"""


class Sts(HTTPServer):
    """``asked``: the requests; ``lifetime`` of what it gives, in seconds; ``refusal``: status and code."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.keys: list[str] = []
        self.lifetime = 3600.0
        self.refusal: tuple[int, str] | None = None
        super().__init__(("127.0.0.1", 0), _Handler)

    def answer(self, asked: dict[str, str]) -> tuple[int, str]:
        self.asked.append(asked)
        if self.refusal:
            return self.refusal[0], _REFUSED.format(self.refusal[1])
        if asked["Action"] == "GetCallerIdentity":
            return 200, _ANSWER.format("GetCallerIdentity", "<Arn>arn:aws:sts::1:assumed-role/p/x</Arn>")
        until = datetime.now(UTC) + timedelta(seconds=self.lifetime)
        given = _CREDENTIALS.format(len(self.asked), f"{until:%Y-%m-%dT%H:%M:%SZ}")
        return 200, _ANSWER.format("AssumeRole", given)


class _Handler(BaseHTTPRequestHandler):
    server: Sts

    def do_POST(self) -> None:
        self.server.keys.append(str(self.headers["Authorization"]))
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        status, text = self.server.answer({name: values[0] for name, values in body.items()})
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch, aws: Path) -> Iterator[Sts]:
    with Sts() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOURS")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "ours")
        yield server
        server.shutdown()
        thread.join()


def settings(url: str, **given: Any) -> ClientSettings:
    return ClientSettings("Sandbox", endpoint_url=url, role_arn=ROLE, external_id="tenant-7", **given)


def listed(service: PartnerCentral) -> int:
    return len(list(service.list(Selection())))


def open_(url: str, **given: Any) -> PartnerCentral:
    return PartnerCentral(settings(url, **given), policy=RetryPolicy(attempts=2, base=0.01, cap=0.01))


def key_of(authorization: str) -> str:
    (key,) = re.findall(r"Credential=(\w+)/", authorization)
    return str(key)


def test_a_role_is_assumed_once_and_used(sts: Sts) -> None:
    with Server(make_invitations(3)) as server:
        service = open_(server.url, role_session_name="crm-acme", source_identity="operator")
        assert listed(service) == listed(service) == 3
        service.close()
        used = {key_of(request.headers["Authorization"]) for request in server.requests}
    (asked,) = sts.asked
    assert (asked["RoleArn"], asked["ExternalId"]) == (ROLE, "tenant-7")
    assert (asked["RoleSessionName"], asked["SourceIdentity"]) == ("crm-acme", "operator")
    assert [key_of(key) for key in sts.keys] == ["AKIAOURS"] and used == {"ASIA1"}


def test_credentials_are_renewed_before_they_expire(sts: Sts) -> None:
    sts.lifetime = 60.0  # sooner than what botocore takes for safe
    with Server(make_invitations(3)) as server:
        service = open_(server.url)
        listed(service)
        sts.lifetime = 3600.0
        listed(service)
        service.close()
        used = [key_of(request.headers["Authorization"]) for request in server.requests]
    assert used[0] == "ASIA1" and used[-1] != "ASIA1" and len(sts.asked) >= 2


@pytest.mark.parametrize(
    ("refusal", "kind"), [((403, "AccessDenied"), AccessDenied), ((500, "InternalFailure"), TransientError)]
)
def test_a_refused_role_is_a_matter_of_credentials(
    sts: Sts, refusal: tuple[int, str], kind: type[ConnectorError]
) -> None:
    sts.refusal = refusal
    with Server() as server:
        service = open_(server.url)
        with pytest.raises(kind) as caught:
            listed(service)
        service.close()
        assert not server.calls
    assert "AssumeRole" in caught.value.message and "999988887777" not in str(caught.value)


def test_doctor_sees_who_the_role_is(sts: Sts) -> None:
    assert caller(settings("http://127.0.0.1:9"), 5.0).endswith("assumed-role/p/x")
    assert [asked["Action"] for asked in sts.asked] == ["AssumeRole", "GetCallerIdentity"]


def test_who_signs_nothing_assumes_no_role(sts: Sts) -> None:
    with Server(make_invitations(1)) as server:
        service = open_(server.url, sign_requests=False)
        assert listed(service) == 1
        service.close()
    assert not sts.asked
