"""Signing in to Salesforce: every way there is, and a clear word for every refusal."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import ValidationError

from connector import redaction
from connector.crm.salesforce_client import Client
from connector.crm.salesforce_settings import Settings
from connector.crm.salesforce_signin import audience
from connector.errors import (
    AccessDenied,
    BudgetExhausted,
    ConfigurationError,
    ConnectorError,
    ExitCode,
    RefusedError,
    TransientError,
)
from tests.crm.canned import TOKEN, Canned, html, said
from tests.servers.salesforce import Salesforce
from tests.servers.salesforce_http import Reply

FLOWS = ("jwt", "client_credentials", "password", "token")


@pytest.fixture
def org() -> Iterator[Salesforce]:
    with Salesforce() as org:
        yield org


def client_of(org: Salesforce, flow: str, **auth: Any) -> Client:
    settings = org.settings(flow)
    settings.pop("type")
    settings["auth"] |= auth
    return Client(Settings.model_validate(settings), Path("/"))


def failure(client: Client) -> ConnectorError:
    """How a first call fails."""
    try:
        with pytest.raises(ConnectorError) as caught:
            client.call("limits", "GET", "limits")
        return caught.value
    finally:
        client.close()


def sign_in_error(*replies: Reply, flow: str = "client_credentials", **settings: Any) -> ConnectorError:
    """What such answers of the token endpoint (or of SOAP's login) come to."""
    with Canned(*replies) as server:
        return failure(server.client(flow, **settings))


def grant(error: str, description: str = "", status: int = 400) -> Reply:
    return said({"error": error, "error_description": description}, status)


class TestFlows:
    @pytest.mark.parametrize("flow", FLOWS)
    def test_opens_the_org(self, org: Salesforce, flow: str) -> None:
        client = client_of(org, flow)
        assert client.call("limits", "GET", "limits")["DailyApiRequests"]["Max"] > 0
        client.call("limits", "GET", "limits")
        client.close()
        assert client.calls == ({"limits": 2} if flow == "token" else {"sign in": 1, "limits": 2})

    def test_nothing_is_sent_before_the_first_call(self, org: Salesforce) -> None:
        client_of(org, "jwt").close()
        assert not org.calls

    def test_password_by_oauth_when_there_is_an_app(self, org: Salesforce) -> None:
        client = client_of(org, "password", client_id=org.client_id, client_secret=org.client_secret)
        client.call("limits", "GET", "limits")
        client.close()
        assert org.calls == {"token": 1, "limits": 1}

    def test_soap_login_by_user_name_and_password_alone(
        self, org: Salesforce, caplog: pytest.LogCaptureFixture
    ) -> None:
        client = client_of(org, "password")
        with caplog.at_level(logging.WARNING):
            client.call("limits", "GET", "limits")
        client.close()
        assert org.password not in caplog.text
        assert org.calls == {"login": 1, "limits": 1}

    def test_a_password_is_escaped_in_xml(self) -> None:
        result = f"<sessionId>{TOKEN}</sessionId><serverUrl>https://127.0.0.1:1/services/Soap</serverUrl>"
        with Canned(Reply(200, f"<r>{result}</r>".encode())) as server:
            failure(server.client("password"))
            assert b"p&amp;ss&lt;word&gt;tok" in server.asked[0].body

    def test_an_assertion_is_short_lived_and_for_the_org(self) -> None:
        with Salesforce() as org, Canned(grant("invalid_grant")) as server:
            settings = org.settings("jwt", login_url=server.url, ca_bundle=str(server.ca_bundle))
            settings.pop("type")
            failure(Client(Settings.model_validate(settings), Path("/")))
            form = dict(parse_qsl(server.asked[0].body.decode()))
        claims = jwt.decode(form["assertion"], options={"verify_signature": False})
        assert (claims["iss"], claims["sub"], claims["aud"]) == (org.client_id, org.username, server.url)
        assert 0 < claims["exp"] - time.time() <= 300

    @pytest.mark.parametrize(
        ("login_url", "expected"),
        [
            ("https://login.salesforce.com", "https://login.salesforce.com"),
            ("https://acme.my.salesforce.com", "https://login.salesforce.com"),
            ("https://test.salesforce.com", "https://test.salesforce.com"),
            ("https://acme--uat.sandbox.my.salesforce.com", "https://test.salesforce.com"),
            ("https://salesforce.com.evil.example", "https://salesforce.com.evil.example"),
            ("https://127.0.0.1:8443", "https://127.0.0.1:8443"),
        ],
    )
    def test_whom_an_assertion_is_for(self, login_url: str, expected: str) -> None:
        assert audience(login_url) == expected

    def test_a_key_that_is_none_is_the_config_s_fault(self, org: Salesforce) -> None:
        curve = (
            ec.generate_private_key(ec.SECP256R1())
            .private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            .decode()
        )
        public = (
            rsa.generate_private_key(65537, 2048)
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )
        cut = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
        for key in ("not a key", cut, curve, public):
            error = failure(client_of(org, "jwt", private_key=key))
            assert isinstance(error, ConfigurationError)
            assert "crm.auth.private_key" in error.message
            assert key not in str(error)

    def test_tokens_are_masked_in_logs_from_then_on(self) -> None:
        with Canned(html()) as server:
            server.replies = [server.token(access_token="00Dcanned!a.token.nobody.may.see"), said({})]
            client = server.client("client_credentials")
            client.call("limits", "GET", "limits")
            client.close()
        assert "nobody.may.see" not in redaction.redact("Bearer 00Dcanned!a.token.nobody.may.see")


class TestRefusals:
    @pytest.mark.parametrize(
        ("error", "description", "hint"),
        [
            ("invalid_grant", "user hasn't approved this consumer", "an administrator permits the app"),
            ("invalid_grant", "ip restricted", "this machine's address"),
            ("invalid_grant", "audience is invalid", "crm.auth.audience"),
            ("invalid_grant", "invalid assertion", "certificate"),
            ("invalid_grant", "expired authorization code", "clock"),
            ("invalid_grant", "authentication failure", "password"),
            ("invalid_grant", "request not supported on this domain", "My Domain"),
            ("invalid_grant", "no client credentials user enabled", "Run As"),
            ("invalid_grant", "something new about ann@acme.example", "docs/salesforce.md"),
            ("invalid_client", "invalid client credentials", "client_secret"),
            ("invalid_client_id", "client identifier invalid", "client_id"),
            ("invalid_app_access", "user is not admin approved to access this app", "administrator"),
            ("unsupported_grant_type", "grant type not supported", "administrator"),
        ],
    )
    def test_says_what_an_administrator_does(self, error: str, description: str, hint: str) -> None:
        denied = sign_in_error(grant(error, description))
        assert isinstance(denied, AccessDenied)
        assert denied.code == error
        assert hint in str(denied.hint)
        assert "acme" not in f"{denied} {denied.hint}".replace("https://acme.my", "")

    @pytest.mark.parametrize(
        ("code", "hint"),
        [
            ("INVALID_LOGIN", "security token is wrong"),
            ("LOGIN_MUST_USE_SECURITY_TOKEN", "crm.auth.security_token"),
            ("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "expired"),
            ("API_DISABLED_FOR_ORG", "flow jwt"),
            ("UNSUPPORTED_API_VERSION", "flow jwt"),
        ],
    )
    def test_soap_s_too(self, code: str, hint: str) -> None:
        denied = sign_in_error(fault(code, "for ann@acme.example"), flow="password")
        assert isinstance(denied, AccessDenied)
        assert denied.code == code
        assert hint in str(denied.hint)
        assert "acme" not in str(denied)

    def test_wrong_secrets_at_the_org(self, org: Salesforce) -> None:
        for flow, auth in (
            ("jwt", {"username": "stranger@example.com"}),
            ("client_credentials", {"client_secret": "wrong-secret"}),
            ("password", {"password": "wrong-secret"}),
        ):
            error = failure(client_of(org, flow, **auth))
            assert isinstance(error, AccessDenied)
            assert "wrong-secret" not in f"{error} {error.hint}"
        assert sum(org.calls.values()) == 3  # each asked once: an account that is tried again is locked

    def test_a_refusal_is_not_chained_to_what_was_sent(self) -> None:
        """A traceback prints an exception's context."""
        for reply in (grant("invalid_client"), html(503), Reply(200, spoiler="reset_before")):
            error: BaseException | None = sign_in_error(reply)
            while error is not None:
                assert isinstance(error, ConnectorError)
                assert "app-secret" not in repr(error)
                error = error.__cause__ or error.__context__


class TestOutages:
    @pytest.mark.parametrize(
        "reply",
        [
            html(503),
            html(200),
            html(500),
            html(429),
            said(b""),
            said(b'{"access_tok'),
            said([]),
            said({"access_token": 7}),
            said({"instance_url": "https://acme.my.salesforce.com"}),
            grant("server_error", status=500),
            grant("temporarily_unavailable"),
            grant("unknown_error", "retry your request"),
            grant("rate_limit_exceeded", "too many requests", status=429),
            grant("invalid_request", "slow down", status=429),
            Reply(200, spoiler="reset_before"),
        ],
        ids=range(15),
    )
    def test_worth_another_try(self, reply: Reply) -> None:
        error = sign_in_error(reply)
        assert isinstance(error, TransientError), error
        assert error.operation == "sign in"
        assert "Acme" not in str(error)

    @pytest.mark.parametrize(
        "reply",
        [
            html(503),
            html(200),
            said(b""),
            Reply(200, b"<r><sessionId>abc</sessionId></r>"),
            Reply(200, b"<r><sessionId/><serverUrl>https://127.0.0.1</serverUrl></r>"),
            Reply(500, b"<r><exceptionCode>SERVER_UNAVAILABLE</exceptionCode></r>"),
            Reply(500, b"<r><exceptionCode>not a code</exceptionCode></r>"),
            Reply(429, b"<r><exceptionCode>INVALID_LOGIN</exceptionCode></r>"),
            Reply(200, b'<!DOCTYPE r [<!ENTITY a "aaaa">]><r><sessionId>&a;</sessionId></r>'),
        ],
        ids=range(9),
    )
    def test_soap_s_too(self, reply: Reply) -> None:
        assert isinstance(sign_in_error(reply, flow="password"), TransientError)

    @pytest.mark.parametrize(
        "reply",
        [
            html(503, **{"Retry-After": "9"}),
            said({"error": "rate_limit_exceeded"}, 429, Retry_After="9"),
        ],
        ids=range(2),
    )
    def test_a_wish_to_wait_is_kept(self, reply: Reply) -> None:
        error = sign_in_error(reply)
        assert isinstance(error, TransientError)
        assert error.retry_after == 9

    @pytest.mark.parametrize("words", ["login rate exceeded", "Login Rate Exceeded"])
    def test_sign_ins_used_up_are_to_be_had_in_an_hour(self, words: str) -> None:
        error = sign_in_error(grant("invalid_grant", words))
        assert isinstance(error, BudgetExhausted)
        assert error.exit_code == ExitCode.UNAVAILABLE
        assert timedelta(minutes=59) < error.available_at - datetime.now(UTC) < timedelta(minutes=61)
        assert "crm.auth" not in f"{error} {error.hint}"

    def test_a_slow_one(self) -> None:
        began = time.monotonic()
        with Canned(Reply(200, spoiler="timeout"), slow=20.0) as server:
            error = failure(server.client("client_credentials", read_timeout=0.2))
        assert error.code == "READ_TIMEOUT"  # type: ignore[attr-defined]
        assert time.monotonic() - began < 15

    def test_the_day_s_calls_used_up(self) -> None:
        error = sign_in_error(
            fault("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), flow="password"
        )
        assert isinstance(error, BudgetExhausted)


class TestAddresses:
    @pytest.mark.parametrize("status", [301, 302, 307])
    def test_a_login_address_that_sends_us_elsewhere_is_not_followed(self, status: int) -> None:
        with Canned(html()) as elsewhere:
            error = sign_in_error(html(status, Location=f"{elsewhere.url}/services/oauth2/token"))
            assert not elsewhere.asked
        assert isinstance(error, RefusedError)
        assert "crm.login_url" in str(error.hint)

    @pytest.mark.parametrize("status", [403, 404])
    def test_a_login_address_that_is_none_of_salesforce_s(self, status: int) -> None:
        error = sign_in_error(html(status))
        assert isinstance(error, RefusedError)
        assert "crm.login_url" in str(error.hint)

    @pytest.mark.parametrize(
        "instance",
        ["http://acme.my.salesforce.com", "http://127.0.0.1", "ftp://x", "//x", "", "https://u:p@x", None, 7],
    )
    def test_a_token_is_sent_to_no_instance_that_is_not_safe(self, instance: Any) -> None:
        token = {"access_token": TOKEN, "instance_url": instance}
        error = sign_in_error(said(token))
        assert isinstance(error, RefusedError)
        assert TOKEN not in f"{error} {error.hint}"

    @pytest.mark.parametrize("token", ["two\nlines", "with space", "naïve", "\r\nX-Evil: 1"])
    def test_a_token_that_is_none_is_not_sent(self, token: str) -> None:
        with Canned(said({})) as server:
            auth = {"flow": "token", "access_token": token, "instance_url": server.url}
            error = failure(server.client(auth=auth))
            assert not server.asked
        assert isinstance(error, AccessDenied)
        assert token not in str(error)

    @pytest.mark.parametrize(
        "url",
        [
            "http://acme.my.salesforce.com",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "acme.my.salesforce.com",
            "https://",
            "https://user:secret@acme.my.salesforce.com",
            "https://acme.my.salesforce.com:99999",
            "https://acme.my.salesforce.com/?next=1",
            "https://acme.my.salesforce.com/#one",
            "file:///etc/passwd",
        ],
    )
    def test_a_login_url_to_which_nothing_secret_goes(self, url: str) -> None:
        with pytest.raises(ValidationError) as caught:
            settings(login_url=url)
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize(
        "url",
        ["https://acme.my.salesforce.com/", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1"],
    )
    def test_a_login_url(self, url: str) -> None:
        assert settings(login_url=url).login_url == url.rstrip("/")

    @pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "https://[::1]:8443", "http://acme.example"])
    def test_an_instance_url_is_https(self, url: str) -> None:
        with pytest.raises(ValidationError):
            settings(auth={"flow": "token", "access_token": "abcdef", "instance_url": url})

    @pytest.mark.parametrize(
        "url", ["proxy:8080", "socks5://127.0.0.1:1", "http://", "http://user:secret@p:x"]
    )
    def test_a_proxy_is_one(self, url: str) -> None:
        with pytest.raises(ValidationError) as caught:
            settings(proxy=url)
        assert "secret" not in str(caught.value)


class TestSettings:
    def test_secrets_are_in_no_text(self, org: Salesforce) -> None:
        secrets = [org.key_pem, org.client_secret, org.password, org.security_token, "proxy-secret"]
        for flow in FLOWS:
            values = org.settings(flow, proxy="http://user:proxy-secret@127.0.0.1:8080")
            values.pop("type")
            found = Settings.model_validate(values)
            shown = f"{found!r} {found} {json.dumps(found.model_dump(mode='json', exclude={'proxy'}))}"
            assert not [secret for secret in secrets if secret in shown]

    @pytest.mark.parametrize("version", ["62.0", Decimal("62.0"), 62])
    def test_a_version_may_be_written_without_quotes(self, version: Any) -> None:
        assert settings(api_version=version).api_version == "62.0"

    @pytest.mark.parametrize(
        "change",
        [
            {"api_version": "62"},
            {"api_version": "62.0/../.."},
            {"read_timeout": 0},
            {"read_timeout": "60"},
            {"connect_timeout": float("inf")},
            {"reserve_calls_percent": 100},
            {"reserve_calls_percent": -1},
            {"unknown": 1},
            {"auth": {"flow": "magic"}},
            {"auth": {"flow": "jwt", "client_id": "", "username": "u", "private_key": "k"}},
        ],
        ids=range(10),
    )
    def test_what_makes_no_sense_is_refused(self, change: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            settings(**change)


def settings(**changes: Any) -> Settings:
    auth = {"flow": "client_credentials", "client_id": "app", "client_secret": "app-secret"}
    return Settings.model_validate({"auth": auth, **changes})


def fault(code: str, message: str = "") -> Reply:
    """SOAP's."""
    words = f"<exceptionCode>{code}</exceptionCode><exceptionMessage>{message}</exceptionMessage>"
    return Reply(500, f"<r><faultcode>sf:{code}</faultcode><detail>{words}</detail></r>".encode())
