"""What goes wrong between us and AWS, as the person at the keyboard gets to see it."""

from __future__ import annotations

import http.client
import logging
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import (
    AccessDenied,
    ConfigurationError,
    ConnectorError,
    NotFoundError,
    RefusedError,
    ServiceError,
    TransientError,
    UsageError,
)
from connector.fetch import Listed, Selection
from connector.fetch.aws_errors import Call, translate
from connector.retry import RetryPolicy
from tests.fetch.aws import KEY, SECRET, source
from tests.servers.partner_central import PartnerCentral as Service
from tests.servers.partner_central import make_invitations

GET = "GetEngagementInvitation"
ONCE = RetryPolicy(attempts=1)
ASKED = Listed("engi-0000000000000")
ACCOUNT = "123456789012"


def refused(code: str | None, status: int, operation: str = GET, **members: Any) -> ConnectorError:
    """The translation of a refusal by AWS whose text has everything in it that must not be shown."""
    text = f"User: arn:aws:iam::{ACCOUNT}:user/eve may not see ana@customer.example, {SECRET}"
    response: Any = {
        "Error": {"Code": code or str(status), "Message": text},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "2f1c-77"},
        **members,
    }
    call = Call(GET, "host.example", "Sandbox", "sales", status, {})
    error = translate(ClientError(response, operation), call)
    assert error is not None
    for secret in (ACCOUNT, "ana@customer.example", SECRET):
        assert secret not in f"{error} {error.hint}"
    return error


@pytest.mark.parametrize(
    ("code", "status"),
    [
        *(("ThrottlingException", 400), ("TooManyRequestsException", 429), (None, 429), ("SlowDown", 503)),
        *(("InternalServerException", 500), ("InternalFailure", 500), ("ServiceUnavailable", 503)),
        *(("RequestTimeout", 400), (None, 408), (None, 500), (None, 502), (None, 503), (None, 504)),
        *((None, 400), ("WhateverIsNew", 599), ("com.amazonaws.x#ThrottlingException", 400)),
        *(("throttlingException", 400), ("THROTTLEDEXCEPTION", 400)),
    ],
)
def test_transient(code: str | None, status: int) -> None:
    assert isinstance(refused(code, status), TransientError)


@pytest.mark.parametrize(
    ("code", "status", "kind", "hint"),
    [
        ("ValidationException", 400, RefusedError, None),
        ("ConflictException", 409, RefusedError, None),
        ("ServiceQuotaExceededException", 402, RefusedError, "raises quotas"),
        ("WhateverIsNew", 400, RefusedError, None),
        (None, 418, RefusedError, None),
        (None, 501, RefusedError, None),
        (None, 302, RefusedError, "source.endpoint_url"),
        ("UnknownOperationException", 400, RefusedError, "source.endpoint_url"),
        ("ResourceNotFoundException", 404, NotFoundError, "catalog (Sandbox)"),
        (None, 404, NotFoundError, "identifier"),
        ("AccessDeniedException", 400, AccessDenied, "partnercentral:GetEngagementInvitation"),
        (None, 403, AccessDenied, "proxy"),
        ("UnrecognizedClientException", 400, AccessDenied, "source.profile"),
        ("InvalidSignatureException", 400, AccessDenied, "clock"),
        ("SignatureDoesNotMatch", 403, AccessDenied, "clock"),
        ("ExpiredTokenException", 400, AccessDenied, "aws sso login"),
    ],
)
def test_refused(code: str | None, status: int, kind: type[ConnectorError], hint: str | None) -> None:
    error = refused(code, status)
    assert type(error) is kind
    assert "Partner Central" in error.message and GET in error.message and "request 2f1c-77" in error.message
    assert (code or f"HTTP {status}") in error.message
    assert (hint or "") in (error.hint or "")


def test_a_validation_error_names_the_members_and_not_their_values() -> None:
    wrong = [
        {"FieldName": "Identifier", "Code": "INVALID_STRING_FORMAT", "Message": f"{ACCOUNT} is wrong"},
        {"FieldName": f"\x1b[31m{SECRET}", "Code": "X"},
        None,
    ]
    error = refused("ValidationException", 400, Reason="REQUEST_VALIDATION_FAILED", ErrorList=wrong)
    assert ": Identifier INVALID_STRING_FORMAT, request 2f1c-77" in error.message


def test_a_refusal_of_the_call_that_gives_the_credentials() -> None:
    error = refused("AccessDenied", 403, operation="AssumeRole")
    assert isinstance(error, AccessDenied)
    assert "AssumeRole was refused" in error.message and "role_arn" in (error.hint or "")
    assert isinstance(refused("InternalFailure", 500, operation="AssumeRole"), TransientError)


@given(st.text(max_size=80), st.sampled_from([300, 400, 401, 403, 404, 409, 429, 500, 503]))
def test_any_code_gives_one_line_that_a_terminal_can_show(code: str, status: int) -> None:
    error = refused(code, status)
    assert isinstance(error, ServiceError) and error.message.isprintable()


def test_a_bug_of_ours_is_no_service_error() -> None:
    assert translate(KeyError("x"), Call(GET, "host.example", "AWS")) is None


# On the wire.


def test_a_retry_after_is_waited_for() -> None:
    slept: list[float] = []
    raw = make_invitations(1)[0]
    with Service([raw]) as service, source(service, sleep=slept.append) as central:
        service.script(GET, ["too_many_requests"])
        central.get(Listed(raw["Id"]))
    assert slept[0] == 1.0


@contextmanager
def answering(reply: bytes) -> Iterator[str]:
    """A server that says ``reply`` to every connection, whatever it is asked."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as asked:
                # Read to its end: closing with something unread would reset the connection.
                asked.readline()
                asked.read(int(http.client.parse_headers(asked)["Content-Length"] or 0))
                connection.sendall(reply)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


THROTTLED = b'{"__type": "com.amazonaws#ThrottlingException", "message": "Rate exceeded"}'
NAMED = b"HTTP/1.1 400 Bad\r\nX-Amzn-ErrorType: %s\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize(
    ("reply", "kind", "message"),
    [
        (b"", TransientError, "the connection broke"),
        (b"nonsense\r\n\r\n", TransientError, "the connection broke"),
        (b"HTTP/1.1 200 OK\r\n\r\n", TransientError, "empty or cut answer"),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>Log in to the wi-fi</html>", TransientError, "empty or cut answer"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", TransientError, "empty or cut answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", TransientError, "broke|cut"),
        (b"HTTP/1.1 400 Bad\r\nContent-Length: 75\r\n\r\n" + THROTTLED, TransientError, "Throttling"),
        # Cut before its code: this was throttling, and must not look like a refusal.
        (b"HTTP/1.1 400 Bad\r\nContent-Length: 75\r\n\r\n" + THROTTLED[:30], TransientError, "HTTP 400"),
        (b"HTTP/1.1 400 Bad\r\n\r\n" + THROTTLED[:30], TransientError, "HTTP 400"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 75\r\n\r\n{", TransientError, "HTTP 404"),
        # In the header, where services may name the code instead.
        (NAMED % b"AccessDeniedException:http://x.example/#y", AccessDenied, "AccessDeniedException"),
        (NAMED % b"com.amazonaws#ThrottlingException", TransientError, "ThrottlingException"),
        (b"HTTP/1.1 400 Bad\r\n\r\n[1]", TransientError, "HTTP 400"),
        (b"HTTP/1.1 403 No\r\nContent-Length: 4\r\n\r\nstop", AccessDenied, "HTTP 403"),
        (b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", AccessDenied, "HTTP 407"),
        (
            b"HTTP/1.1 301 Moved\r\nLocation: http://x.example\r\nContent-Length: 0\r\n\r\n",
            RefusedError,
            "301",
        ),
        (b"HTTP/1.1 502 Bad\r\nContent-Length: 4\r\n\r\n<p>x", TransientError, "HTTP 502"),
    ],
)
def test_odd_answers(reply: bytes, kind: type[ConnectorError], message: str) -> None:
    with answering(reply) as url, source(url, policy=ONCE) as central:
        with pytest.raises(kind, match=message) as caught:
            central.get(ASKED)
        assert type(caught.value) is kind


def test_nobody_listening_is_tried_again_and_then_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with source(f"http://127.0.0.1:{port}", policy=RetryPolicy(attempts=3)) as central:
        with pytest.raises(
            TransientError,
            match=rf"could not be reached at 127.0.0.1:{port}: connection refused .*3 attempts",
        ) as caught:
            list(central.list(Selection()))
        assert "proxy" in (caught.value.hint or "")


def test_a_name_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    with source("http://no.such.host.example", policy=ONCE) as central:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        with pytest.raises(TransientError, match=r"no.such.host.example: its name could not be resolved"):
            central.get(ASKED)


def test_a_slow_answer_runs_into_the_read_timeout() -> None:
    raw = make_invitations(1)[0]
    with Service([raw], slow=5) as service, source(service, policy=ONCE, read_timeout=0.05) as central:
        service.script(GET, ["slow"])
        with pytest.raises(TransientError, match="no answer in time"):
            central.get(Listed(raw["Id"]))


# TLS.


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody has signed, made for this run alone, and its key."""
    home = tmp_path_factory.mktemp("tls")
    certificate, key = home / "certificate.pem", home / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += [
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl is not installed")
    return certificate, key


@contextmanager
def over_tls(service: Service, certificate: tuple[Path, Path]) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    service._http.socket = context.wrap_socket(service._http.socket, server_side=True)
    service._http.handle_error = lambda *_: None  # type: ignore[method-assign]
    yield service.url.replace("http:", "https:")


def test_an_untrusted_certificate_is_not_tried_again(certificate: tuple[Path, Path]) -> None:
    with Service() as service, over_tls(service, certificate) as url, source(url) as central:
        with pytest.raises(RefusedError, match="its TLS certificate is not trusted") as caught:
            list(central.list(Selection()))
        assert "source.ca_bundle" in (caught.value.hint or "")
        assert sum(central.calls().values()) == 1


def test_a_ca_bundle_makes_it_trusted(certificate: tuple[Path, Path]) -> None:
    with (
        Service() as service,
        over_tls(service, certificate) as url,
        source(url, ca_bundle=str(certificate[0])) as central,
    ):
        assert list(central.list(Selection())) == []


def test_verification_switched_off_is_said_aloud(
    certificate: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    with (
        Service() as service,
        over_tls(service, certificate) as url,
        source(url, verify_ssl=False) as central,
    ):
        assert list(central.list(Selection())) == []
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "NOT verified" in record.message


def test_tls_to_a_server_that_has_none() -> None:
    with (
        Service() as service,
        source(service.url.replace("http:", "https:")) as central,
        pytest.raises(RefusedError, match="does not speak TLS"),
    ):
        list(central.list(Selection()))


def test_a_ca_bundle_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError, match="ca_bundle"), source("https://x.example", ca_bundle="/none"):
        pass


# Settings and credentials.


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")


def test_a_region_without_the_service() -> None:
    with (
        pytest.raises(ConfigurationError, match="eu-west-1") as caught,
        source("", region="eu-west-1", endpoint_url=None),
    ):
        pass
    assert "us-east-1" in (caught.value.hint or "")


def test_the_service_s_own_region_needs_no_endpoint() -> None:
    with source("", endpoint_url=None) as central:
        assert central.calls() == {}


def test_an_endpoint_of_one_s_own_may_have_any_region(monkeypatch: pytest.MonkeyPatch) -> None:
    with Service() as service:
        with source(service, region="eu-west-1") as central:
            assert list(central.list(Selection())) == []
        monkeypatch.setenv("AWS_ENDPOINT_URL", service.url)
        with source("", region="eu-west-1", endpoint_url=None) as central:
            assert list(central.list(Selection())) == []


def test_an_endpoint_that_is_no_url() -> None:
    with pytest.raises(ConfigurationError, match="endpoint_url"), source("not a url"):
        pass


def test_a_profile_that_does_not_exist() -> None:
    with (
        pytest.raises(ConfigurationError, match="'slaes' does not exist") as caught,
        source("", profile="slaes"),
    ):
        pass
    assert "aws configure list-profiles" in (caught.value.hint or "")


@pytest.mark.usefixtures("no_credentials")
def test_a_profile_s_credentials_sign(aws: Path) -> None:
    (aws / "credentials").write_text(
        f"[sales]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
    )
    with Service() as service, source(service, profile="sales") as central:
        list(central.list(Selection()))
        signature = service.requests[-1].headers["Authorization"]
        assert signature.startswith(f"AWS4-HMAC-SHA256 Credential={KEY}/")
        assert "/us-east-1/partnercentral-selling/aws4_request" in signature


@pytest.mark.usefixtures("no_credentials")
def test_no_credentials_at_all() -> None:
    with Service() as service, source(service) as central:
        with pytest.raises(AccessDenied, match="there are no AWS credentials") as caught:
            list(central.list(Selection()))
        assert "AWS_PROFILE" in (caught.value.hint or "")
        assert not service.calls


@pytest.mark.usefixtures("no_credentials")
def test_unsigned_requests_need_none() -> None:
    with Service() as service, source(service, sign_requests=False) as central:
        assert list(central.list(Selection())) == []
        assert "Authorization" not in service.requests[-1].headers


def test_half_of_the_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with Service() as service, pytest.raises(AccessDenied, match="incomplete"), source(service) as central:
        list(central.list(Selection()))


@pytest.mark.usefixtures("no_credentials")
def test_an_sso_session_that_ended(aws: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(aws))
    (aws / "config").write_text(
        "[profile sales]\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = Sales\n"
        "[sso-session work]\nsso_region = us-east-1\nsso_start_url = https://work.example/start\n"
    )
    with (
        Service() as service,
        pytest.raises(AccessDenied, match="SSO session is missing or has expired") as caught,
        source(service, profile="sales") as central,
    ):
        list(central.list(Selection()))
    assert "aws sso login --profile sales" in (caught.value.hint or "")


@pytest.mark.usefixtures("no_credentials")
def test_a_credential_process_that_fails(aws: Path) -> None:
    (aws / "config").write_text("[profile sales]\ncredential_process = false\n")
    with (
        Service() as service,
        pytest.raises(AccessDenied, match="could not be obtained"),
        source(service, profile="sales") as central,
    ):
        list(central.list(Selection()))


def test_a_config_file_that_is_none(aws: Path) -> None:
    (aws / "config").write_text("[profile sales\nregion")
    with pytest.raises(ConfigurationError, match=r"aws/config cannot be read"), source("http://127.0.0.1"):
        pass


def test_a_value_that_the_model_does_not_take() -> None:
    error = translate(
        botocore.exceptions.ParamValidationError(
            report=f"Invalid type for parameter Status[0], value: {SECRET}, type: <class 'int'>"
        ),
        Call("ListEngagementInvitations", "host.example", "AWS"),
    )
    assert isinstance(error, UsageError) and "Status[0]" in error.message and SECRET not in error.message


def test_an_unknown_catalog_is_warned_of_and_tried(caplog: pytest.LogCaptureFixture) -> None:
    with Service() as service, source(service, catalog="Sandpit") as central:
        assert "'Sandpit'" in caplog.text
        with pytest.raises(RefusedError, match="Catalog"):
            list(central.list(Selection()))


def test_neither_secrets_nor_customers_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    raw = make_invitations(1)[0]
    with caplog.at_level(logging.DEBUG), Service([raw]) as service, source(service) as central:
        service.script(GET, ["internal_error", "cut_json", "access_denied"])
        with pytest.raises(AccessDenied):
            central.get(next(central.list(Selection())))
    for secret in (SECRET, KEY, "AWS4-HMAC", "Signature", raw["EngagementTitle"], raw["SenderAwsAccountId"]):
        assert secret not in caplog.text
    assert caplog.text.count("trying again") == 2
