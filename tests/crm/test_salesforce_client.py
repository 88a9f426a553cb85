"""One call to Salesforce: what goes over the wire, what an answer comes to, and how it fails."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import trustme

from connector.crm.salesforce_client import Client
from connector.crm.salesforce_settings import Settings
from connector.errors import (
    AccessDenied,
    BudgetExhausted,
    ConfigurationError,
    ConnectorError,
    NotFoundError,
    RefusedError,
    ServiceError,
    TransientError,
)
from connector.retry import RetryPolicy, retry
from tests.crm.canned import TOKEN, Canned, html, refused, said
from tests.servers.salesforce import Salesforce
from tests.servers.salesforce_http import Reply, Request

OVER = refused("INVALID_SESSION_ID", "Session expired or invalid", 401)


@pytest.fixture
def org() -> Iterator[Salesforce]:
    with Salesforce() as org:
        yield org


@pytest.fixture
def client(org: Salesforce) -> Iterator[Client]:
    settings = org.settings("client_credentials", read_timeout=5.0)
    settings.pop("type")
    client = Client(Settings.model_validate(settings), Path("/"))
    yield client
    client.close()


def answer(*replies: Reply, **options: Any) -> Any:
    """What a call gives that is answered so."""
    with Canned(*replies) as server:
        client = server.client()
        try:
            return client.call("limits", "GET", "limits", **options)
        finally:
            client.close()


def failure(client: Client, **options: Any) -> ConnectorError:
    try:
        with pytest.raises(ConnectorError) as caught:
            client.call("limits", "GET", "limits", **options)
        return caught.value
    finally:
        client.close()


def limits_at(login_url: str, **settings: Any) -> ServiceError:
    """How a call fails at an address where no org is."""
    auth = {"flow": "client_credentials", "client_id": "app", "client_secret": "app-secret"}
    values = {"login_url": login_url, "auth": auth, "connect_timeout": 1.0, "read_timeout": 1.0}
    error = failure(Client(Settings.model_validate({**values, **settings}), Path("/")))
    assert isinstance(error, ServiceError)
    return error


class TestRequests:
    def test_numbers_go_digit_by_digit_and_come_back_so(self) -> None:
        with Canned(Reply(200, b'{"a": 12345678901234567890.10, "b": 0.1}')) as server:
            client = server.client()
            sent = {
                "amount": Decimal("79228162514264337593543950335.12"),
                "none": None,
                "on": date(2026, 1, 2),
            }
            got = client.call("write", "PATCH", "composite/sobjects", json=sent)
            client.close()
            assert server.asked[0].body == (
                b'{"amount":79228162514264337593543950335.12,"none":null,"on":"2026-01-02"}'
            )
        assert got == {"a": Decimal("12345678901234567890.10"), "b": Decimal("0.1")}

    def test_paths_headers_and_parameters(self) -> None:
        with Canned(said({})) as server:
            client = server.client()
            client.call("query", "GET", "query/", params={"q": "SELECT Id FROM Lead WHERE Name = 'A&B #1'"})
            client.call("query", "GET", "/services/data/v62.0/query/01g-2000")
            client.call(
                "write", "POST", "composite/sobjects", json={}, headers={"Sforce-Auto-Assign": "FALSE"}
            )
            client.call("bulk upload", "PUT", "jobs/ingest/1/batches", body=b"a,b", content_type="text/csv")
            client.close()
            asked = server.asked
        assert [request.path for request in asked] == [
            "/services/data/v62.0/query/",
            "/services/data/v62.0/query/01g-2000",
            "/services/data/v62.0/composite/sobjects",
            "/services/data/v62.0/jobs/ingest/1/batches",
        ]
        assert asked[0].query["q"] == "SELECT Id FROM Lead WHERE Name = 'A&B #1'"
        assert asked[2].headers["sforce-auto-assign"] == "FALSE"
        assert asked[2].headers["content-type"] == "application/json"
        assert (asked[3].headers["content-type"], asked[3].body) == ("text/csv", b"a,b")
        assert {request.headers["authorization"] for request in asked} == {f"Bearer {TOKEN}"}
        assert all(request.headers["user-agent"].startswith("crm-connector/") for request in asked)

    def test_every_attempt_is_counted(self, org: Salesforce, client: Client) -> None:
        org.script("limits", "503_html", "reset_before", None)
        for _ in range(2):
            with pytest.raises(TransientError):
                client.call("limits", "GET", "limits")
        client.call("limits", "GET", "limits")
        assert client.calls == {"sign in": 1, "limits": 3}

    @pytest.mark.parametrize("path", ["https://evil.example/x", "//evil.example/x", "@evil.example/x"])
    def test_no_path_leads_to_another_host(self, path: str) -> None:
        """A path comes from an answer, such as nextRecordsUrl."""
        with Canned(said({})) as server:
            client = server.client()
            client.call("query", "GET", path)
            client.close()
            assert len(server.asked) == 1

    @pytest.mark.parametrize("options", [{}, {"text": True}])
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_a_token_does_not_follow_to_another_host(self, status: int, options: dict[str, Any]) -> None:
        with Canned(said({})) as elsewhere:
            with pytest.raises(RefusedError, match=str(status)):
                answer(html(status, Location=f"{elsewhere.url}/services/data/v62.0/limits"), **options)
            assert not elsewhere.asked

    def test_a_netrc_does_not_take_the_token_s_place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login ann password nobody-sees-this\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        with Canned(said({})) as server:
            client = server.client()
            client.call("limits", "GET", "limits")
            client.close()
            assert server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


class TestAnswers:
    def test_nothing_and_text(self) -> None:
        assert answer(Reply(204)) is None
        assert answer(Reply(201, b"")) is None
        assert (answer(said({})), answer(said([]))) == ({}, [])
        csv = 'sf__Id,Name\n1,"Straße\n""x"""\n'
        assert answer(Reply(200, csv.encode(), {}, "text/csv"), text=True) == csv
        assert answer(Reply(200, b"\xef\xbb\xbfsf__Id\n", {}, "text/csv"), text=True) == "sf__Id\n"

    @pytest.mark.parametrize(
        "reply",
        [
            said(b""),
            html(),
            said(b'{"records": [{"Na'),
            said(b"\xff\xfe"),
            said(b"[" * 100_000),
            Reply(200, b'{"a": 1}', {"Content-Length": "100"}),
        ],
        ids=["empty", "html", "cut", "no text", "nested without end", "shorter than said"],
    )
    def test_one_that_is_not_whole_may_pass(self, reply: Reply) -> None:
        with pytest.raises(TransientError) as caught:
            answer(reply)
        assert caught.value.code == "BROKEN_ANSWER"
        assert "Acme" not in str(caught.value)

    @pytest.mark.parametrize(
        "reply",
        [said(b""), html(), Reply(200, b"\xff", {}, "text/csv"), Reply(200, b"a,b", {"Content-Length": "9"})],
        ids=["empty", "html", "no text", "shorter than said"],
    )
    def test_nor_text(self, reply: Reply) -> None:
        with pytest.raises(TransientError):
            answer(reply, text=True)

    @pytest.mark.parametrize(
        ("step", "code"),
        [
            ("503_html", "HTTP 503"),
            ("429", "HTTP 429"),
            ("html_200", "BROKEN_ANSWER"),
            ("cut_json", "BROKEN_ANSWER"),
            ("empty_200", "BROKEN_ANSWER"),
            ("reset_before", "CONNECTION"),
            ("reset_after", "CONNECTION"),
            ("timeout", "READ_TIMEOUT"),
            ("concurrent", "REQUEST_LIMIT_EXCEEDED"),
            ("unavailable", "SERVER_UNAVAILABLE"),
            ("unknown_exception", "UNKNOWN_EXCEPTION"),
        ],
    )
    def test_what_may_pass(self, step: str, code: str) -> None:
        with Salesforce(slow=2.0) as org:
            settings = org.settings("token", read_timeout=0.5)
            settings.pop("type")
            org.script("limits", step)
            error = failure(Client(Settings.model_validate(settings), Path("/")))
        assert isinstance(error, TransientError)
        assert error.code == code

    def test_what_is_not_there_or_not_allowed(self, org: Salesforce, client: Client) -> None:
        with pytest.raises(NotFoundError):
            client.call("describe", "GET", "sobjects/Nothing__c/describe")
        with pytest.raises(RefusedError, match=r"INVALID_FIELD \(Nonsense__c\)"):
            client.call("query", "GET", "query/", params={"q": "SELECT Nonsense__c FROM Lead"})
        org.script("limits", "api_disabled")
        with pytest.raises(AccessDenied) as caught:
            client.call("limits", "GET", "limits")
        assert caught.value.hint


class TestSessions:
    def test_one_that_has_run_out_is_renewed_once(self, org: Salesforce, client: Client) -> None:
        client.call("limits", "GET", "limits")
        org.expire_sessions()
        client.call("limits", "GET", "limits")
        assert client.calls == {"sign in": 2, "limits": 3}

    def test_also_by_html(self, org: Salesforce, client: Client) -> None:
        org.script("limits", "401_html")
        client.call("limits", "GET", "limits")
        assert client.calls["sign in"] == 2

    def test_a_lasting_refusal_ends_with_a_word(self) -> None:
        with Canned(OVER) as server:
            server.replies = [server.token(), OVER, server.token(), OVER]
            error = failure(server.client("client_credentials"))
            assert len(server.asked) == 4
        assert isinstance(error, AccessDenied)
        assert error.code == "INVALID_SESSION_ID"
        assert "login history" in str(error.hint)

    def test_also_where_every_second_sign_in_fails(self) -> None:
        """So that each call ends in what is worth another try, and the tries must end all the same."""

        class Refusing(Canned):
            def answer(self, request: Request) -> Reply:
                signing_in = request.path.endswith("token")
                self.replies = [OVER if not signing_in else html(503) if outages.pop() else self.token()]
                return super().answer(request)

        outages = [True, False] * 10
        with Refusing(OVER) as server:
            client = server.client("client_credentials")
            policy = RetryPolicy(attempts=20)
            with pytest.raises(AccessDenied) as caught:
                retry(
                    policy,
                    lambda: client.call("limits", "GET", "limits"),
                    service="salesforce",
                    operation="limits",
                    sleep=lambda _: None,
                )
            client.close()
        assert "login history" in str(caught.value.hint)
        assert client.calls["limits"] == 3

    def test_a_token_from_elsewhere_is_not_renewed(self) -> None:
        with Canned(OVER) as server:
            error = failure(server.client("token"))
            assert len(server.asked) == 1
        assert isinstance(error, AccessDenied)
        assert "access token" in str(error.hint)

    def test_the_client_is_good_again_after_a_failure(self, org: Salesforce, client: Client) -> None:
        org.script("limits", "reset_before", "cut_json", None)
        for _ in range(2):
            with pytest.raises(TransientError):
                client.call("limits", "GET", "limits")
        assert client.call("limits", "GET", "limits")


class TestTheOrgsCalls:
    def test_are_read_from_every_answer(self, client: Client) -> None:
        assert client.usage is None
        client.call("limits", "GET", "limits")
        assert client.usage == (1, 100_000)
        with pytest.raises(NotFoundError):
            client.call("describe", "GET", "sobjects/Nothing__c/describe")
        assert client.usage == (2, 100_000)

    @pytest.mark.parametrize(
        "header",
        [
            "api-usage=18/5000",
            "api-usage=18/5000; per-app-api-usage=17/250(appName=sample-connected-app)",
            "per-app-api-usage=17/250(appName=sample-connected-app), api-usage=18/5000",
        ],
    )
    def test_apart_from_one_app_s(self, header: str) -> None:
        with Canned(said({}, Sforce_Limit_Info=header)) as server:
            client = server.client()
            client.call("limits", "GET", "limits")
            client.close()
        assert client.usage == (18, 5000)

    def test_a_share_is_left_to_others(self) -> None:
        usage = ["api-usage=79/100", "api-usage=80/100"]
        with Canned(*(said({}, Sforce_Limit_Info=text) for text in usage)) as server:
            client = server.client(reserve_calls_percent=20)
            client.call("limits", "GET", "limits")
            client.call("limits", "GET", "limits")
            error = failure(client)
            assert len(server.asked) == 2
        assert isinstance(error, BudgetExhausted)
        assert "crm.reserve_calls_percent" in error.message

    def test_without_a_share_salesforce_itself_says_when(self) -> None:
        with Salesforce(daily_calls=1) as org:
            settings = org.settings("token")
            settings.pop("type")
            client = Client(Settings.model_validate(settings), Path("/"))
            client.call("limits", "GET", "limits")
            assert isinstance(failure(client), BudgetExhausted)


class TestNoAnswer:
    def test_a_name_that_is_none(self) -> None:
        error = limits_at("https://nobody.invalid")
        assert isinstance(error, TransientError)
        assert error.code == "NAME"
        assert "nobody.invalid" in error.message
        assert "crm.login_url" in str(error.hint)

    def test_nobody_there(self) -> None:
        error = limits_at(f"https://127.0.0.1:{free_port()}")
        assert (type(error), error.code) == (TransientError, "REFUSED")
        assert "127.0.0.1" in error.message

    def test_a_certificate_that_nobody_vouches_for_is_not_tried_again(self) -> None:
        with Canned(said({})) as server:
            error = limits_at(server.url)
            assert not server.asked
        assert (type(error), error.code) == (RefusedError, "CERTIFICATE")
        assert "crm.ca_bundle" in str(error.hint)

    def test_a_server_that_speaks_no_tls(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            threading.Thread(target=_say, args=(listening, b"HTTP/1.1 400 Bad Request\r\n\r\n")).start()
            error = limits_at(f"https://127.0.0.1:{listening.getsockname()[1]}")
        assert (type(error), error.code) == (TransientError, "TLS")

    def test_one_that_accepts_and_is_silent(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            began = time.monotonic()
            error = limits_at(f"https://127.0.0.1:{listening.getsockname()[1]}")
        assert isinstance(error, TransientError)
        assert error.code.endswith("_TIMEOUT")
        assert time.monotonic() - began < 20

    def test_queries_are_in_no_message(self, org: Salesforce, client: Client) -> None:
        org.script("query", "reset_before")
        with pytest.raises(TransientError) as caught:
            client.call("query", "GET", "query/", params={"q": "SELECT Id FROM Lead WHERE Name = 'Acme'"})
        error: BaseException | None = caught.value
        while error is not None:
            assert "Acme" not in f"{error!r} {getattr(error, 'hint', '')}"
            error = error.__cause__ or error.__context__


class TestProxies:
    def test_the_config_s_carries_sign_in_and_calls(self, org: Salesforce) -> None:
        settings = org.settings("client_credentials")
        settings.pop("type")
        with Proxy() as proxy:
            client = Client(Settings.model_validate({**settings, "proxy": proxy.url}), Path("/"))
            client.call("limits", "GET", "limits")
            client.call("bulk results", "GET", "limits", text=True)
            client.close()
        assert [line.split()[1] for line in proxy.asked] == [org.url.removeprefix("https://")]

    def test_else_the_environment_s(self, org: Salesforce, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("NO_PROXY", "no_proxy", "https_proxy"):
            monkeypatch.delenv(name, raising=False)
        settings = org.settings("token")
        settings.pop("type")
        with Proxy() as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            client = Client(Settings.model_validate(settings), Path("/"))
            client.call("limits", "GET", "limits")
            client.close()
        assert len(proxy.asked) == 1

    def test_one_that_is_not_there_may_come(self) -> None:
        error = limits_at("https://127.0.0.1:1", proxy=f"http://ann:proxy-secret@127.0.0.1:{free_port()}")
        assert (type(error), error.code) == (TransientError, "PROXY")
        assert "proxy-secret" not in f"{error} {error.hint}"

    @pytest.mark.parametrize("status", [403, 407])
    def test_one_that_refuses_us_will_not(self, status: int) -> None:
        with Proxy(status) as proxy:
            error = limits_at("https://127.0.0.1:1", proxy=proxy.url)
        assert (type(error), error.code) == (RefusedError, "PROXY_REFUSES")
        assert "crm.proxy" in str(error.hint)


class TestCertificates:
    def test_the_config_s_win_over_the_environment_s(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
        monkeypatch.setenv("CURL_CA_BUNDLE", str(tmp_path / "other.pem"))
        assert answer(said({"a": 1})) == {"a": 1}

    def test_the_environment_s_are_used_where_the_config_has_none(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
        for variable in ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
            with Canned(said({})) as server:
                monkeypatch.setenv(variable, str(server.ca_bundle))
                client = server.client(ca_bundle=None)
                assert client.call("limits", "GET", "limits") == {}
                client.close()

    def test_a_path_counts_from_the_config_s_folder(self, tmp_path: Path) -> None:
        with Canned(said({})) as server:
            (tmp_path / "ca.pem").write_bytes(server.ca_bundle.read_bytes())
            auth = {"flow": "token", "access_token": TOKEN, "instance_url": server.url}
            settings = Settings.model_validate({"auth": auth, "ca_bundle": "ca.pem"})
            client = Client(settings, tmp_path)
            assert client.call("limits", "GET", "limits") == {}
            client.close()

    @pytest.mark.parametrize("content", [None, "no certificates"])
    def test_a_file_without_any_is_the_config_s_fault(
        self, content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bundle = tmp_path / "ca.pem"
        if content:
            bundle.write_text(content)
        auth = {"flow": "client_credentials", "client_id": "app", "client_secret": "app-secret"}
        with pytest.raises(ConfigurationError, match=r"crm\.ca_bundle"):
            Client(Settings.model_validate({"auth": auth, "ca_bundle": "ca.pem"}), tmp_path)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
        with pytest.raises(ConfigurationError, match="REQUESTS_CA_BUNDLE"):
            Client(Settings.model_validate({"auth": auth}), tmp_path)

    def test_trusting_anybody_is_said_aloud(self, caplog: pytest.LogCaptureFixture) -> None:
        with Canned(said({})) as server:
            client = server.client(verify_ssl=False, ca_bundle=None)
            assert client.call("limits", "GET", "limits") == {}
            client.close()
        assert "NOT verified" in caplog.text


SECRECY = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
from pathlib import Path
from connector.crm.salesforce_client import Client
from connector.crm.salesforce_settings import Settings
auth = {"flow": "client_credentials", "client_id": "app", "client_secret": "nobody-sees-this"}
url, bundle = sys.argv[1:]
client = Client(Settings.model_validate({"login_url": url, "ca_bundle": bundle, "auth": auth}), Path("/"))
client.call("query", "GET", "query/", params={"q": "SELECT Id FROM Lead WHERE Name = 'Acme Corp'"})
client.call("write", "POST", "composite/sobjects", json={"Name": "Acme Corp"})
client.close()
logging.debug("done")
"""


def test_at_debug_no_library_says_what_was_sent() -> None:
    # A header without a colon is what urllib3 warns of, url and all.
    odd = Reply(200, b'{"Name": "Acme Corp"}', {"Odd\r\nno colon here Acme\r\nOdder": "1"})
    with Canned(odd) as server:
        server.replies = [server.token(), odd]
        done = subprocess.run(
            [sys.executable, "-c", SECRECY, server.url, str(server.ca_bundle)],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    assert "done" in done.stderr  # the log was on
    for secret in ("Acme", "nobody-sees-this", TOKEN, "Bearer", "SELECT"):
        assert secret not in done.stderr + done.stdout


def test_ctrl_c_does_not_wait_for_an_answer() -> None:
    with Canned(Reply(200, spoiler="timeout"), slow=20.0) as server:
        client = server.client(read_timeout=30.0)
        timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
        began = time.monotonic()
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            client.call("limits", "GET", "limits")
        assert time.monotonic() - began < 15
        timer.join()
        client.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _say(listening: socket.socket, words: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(words)


class Proxy:
    """An HTTP proxy for CONNECT; with ``status`` it lets nobody through."""

    def __init__(self, status: int = 200) -> None:
        self.asked: list[str] = []
        self._status = status
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Proxy:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(10)

    def _start(self, target: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._start(self._tunnel, connection)

    def _tunnel(self, connection: socket.socket) -> None:
        with connection:
            line = connection.recv(65536).decode().splitlines()[0]
            self.asked.append(line)
            connection.sendall(f"HTTP/1.1 {self._status} As told\r\n\r\n".encode())
            if self._status != 200:
                return
            host, _, port = line.split()[1].partition(":")
            with socket.create_connection((host, int(port))) as onward:
                back = threading.Thread(target=_pump, args=(onward, connection))
                back.start()
                _pump(connection, onward)
                back.join(10)


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
