"""HTTPS on the loopback interface for ``Salesforce``, and the ways an answer is lost on it."""

from __future__ import annotations

import random
import ssl
import sys
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar, Self, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson
import trustme

from tests.servers import faults
from tests.servers.faults import spoil
from tests.servers.wire import LoopbackServer, Reachable

MAX_REQUEST_LINE = 16_384  # bytes: URI and headers together, says the REST API's page of limits
HTML = "text/html;charset=UTF-8"
JSON = "application/json;charset=UTF-8"
CSV = "text/csv"

# Refused before anything ran: kind -> status, errorCode (None: not from the service itself), message.
REFUSALS: dict[str, tuple[int, str | None, str]] = {
    "503_html": (503, None, "<html><body><h1>503 Service Unavailable</h1></body></html>"),
    "429": (429, None, "<html><body>Too Many Requests</body></html>"),
    "html_200": (200, None, "<html><body>We are down for maintenance.</body></html>"),
    "concurrent": (
        403,
        "REQUEST_LIMIT_EXCEEDED",
        "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
    ),
    "session_expired": (401, "INVALID_SESSION_ID", "Session expired or invalid"),
    # Scripted alone.
    "401_html": (401, None, "<html><body>Unauthorized</body></html>"),
    "unavailable": (503, "SERVER_UNAVAILABLE", "Server is currently unavailable. Try again shortly."),
    "unknown_exception": (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred. ErrorId: 1234-5678 (90)"),
    "api_disabled": (403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."),
    "total_requests": (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
}
# "reset_before" never reaches the service; of these the operation ran, and its answer is lost or spoilt.
SPOILERS = ("reset_after", "timeout", "cut_json", "empty_200")
SALESFORCE_TRANSIENT: tuple[str, ...] = (
    *("503_html", "reset_before", "reset_after", "timeout", "cut_json", "locked"),
    *("session_expired", "empty_200", "429", "html_200", "concurrent"),
)
# Scripted alone: the operation ran, and a gateway says that the service is unavailable.
AFTERWARDS = "503_afterwards"
KINDS: tuple[str, ...] = tuple(dict.fromkeys((*SALESFORCE_TRANSIENT, AFTERWARDS, *REFUSALS)))


@dataclass(frozen=True)
class Faults(faults.Faults):
    """``locked`` makes some records of a write answer UNABLE_TO_LOCK_ROW; ``session_expired`` ends the token
    that the call came with."""

    kinds: tuple[str, ...] = SALESFORCE_TRANSIENT
    known: ClassVar[tuple[str, ...]] = SALESFORCE_TRANSIENT


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @classmethod
    def of(cls, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Request:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return cls(method, unquote(parts.path), query, {k.lower(): v for k, v in headers.items()}, body)


@dataclass(frozen=True)
class Reply:
    """``spoiler``: how it fails to arrive."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON
    spoiler: str | None = None

    def spoilt(self, kind: str) -> Reply:
        if kind == "cut_json":
            return replace(self, body=spoil("cut_json", self.body))
        if kind == "empty_200":
            return replace(self, status=200, body=b"")
        return replace(self, spoiler=kind)


def json_reply(answer: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, encode(answer), headers or {})


def refusal(kind: str) -> Reply:
    status, code, message = REFUSALS[kind]
    if code:
        return json_reply([{"message": message, "errorCode": code}], status)
    headers = {"Retry-After": "1"} if status in (429, 503) else {}
    return Reply(status, message.encode(), headers, HTML)


def encode(answer: Any) -> bytes:
    return orjson.dumps(answer, default=_number, option=orjson.OPT_PASSTHROUGH_SUBCLASS)


def _number(value: Any) -> Any:
    """A Decimal as Java prints a double, which is how amounts come: 5000.0, 1.5E7."""
    if not isinstance(value, Decimal):
        raise TypeError(type(value).__name__)
    shortest = Decimal(repr(float(value)))
    if shortest and not Decimal("0.001") <= abs(shortest) < 10_000_000:
        sign, digits, _ = shortest.normalize().as_tuple()
        first, rest = digits[0], "".join(map(str, digits[1:])) or "0"
        return orjson.Fragment(f"{'-' * sign}{first}.{rest}E{shortest.adjusted()}")
    return float(value)


class HttpsServer(Reachable, ABC):
    """Serves ``answer(request)`` while it is entered, on 127.0.0.1 and localhost, with a certificate of a
    throw-away CA. ``latency``: seconds before every answer; ``slow``: seconds that a "timeout" takes."""

    def __init__(self, *, port: int = 0, latency: float = 0.0, slow: float = 0.5) -> None:
        self.latency, self.slow = latency, slow
        self.stopping = threading.Event()
        self._port, self._http = port, cast("_Server", None)

    @abstractmethod
    def answer(self, request: Request) -> Reply: ...

    @property
    def url(self) -> str:
        """``https://127.0.0.1:PORT``"""
        return f"https://127.0.0.1:{self._http.server_address[1]}"

    @property
    def ca_bundle(self) -> Path:
        """The CA's certificate (PEM); gone when the server is left."""
        return Path(self._directory.name) / "ca.pem"

    def __enter__(self) -> Self:
        self.stopping.clear()
        self._directory = tempfile.TemporaryDirectory(prefix="loopback-salesforce-")
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.ca_bundle))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        self._http = _Server(("127.0.0.1", self._port), self, context)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._thread.join()
        self._http.hang_up()
        self._http.server_close()
        self._directory.cleanup()


class _Server(LoopbackServer):
    def __init__(self, address: tuple[str, int], service: HttpsServer, context: ssl.SSLContext) -> None:
        self.service, self._context = service, context
        super().__init__(address, _Handler)

    def get_request(self) -> tuple[Any, Any]:
        connection, address = self.socket.accept()
        # The handshake is the handler's, in its own thread: here it would hold up everybody.
        return self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust our CA, or hung up, is no news."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    raw_requestline: bytes

    def setup(self) -> None:
        self.request.do_handshake()
        super().setup()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        service = self.server.service
        if len(self.raw_requestline) > MAX_REQUEST_LINE:
            reply = Reply(414, b"<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>", {}, HTML)
        else:
            reply = service.answer(Request.of(self.command, self.path, dict(self.headers), body))
        wait = service.latency + (service.slow if reply.spoiler == "timeout" else 0.0)
        if wait and service.stopping.wait(wait):
            self.close_connection = True
            return
        self._send(reply)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

    def _send(self, reply: Reply) -> None:
        if reply.spoiler in ("reset_before", "reset_after"):
            self.close_connection = True
            self.server.reset(self.connection)
            return
        head = {
            "Content-Type": reply.content_type,
            "Content-Length": str(len(reply.body)),
            **reply.headers,
        }
        if reply.status == 204:
            head = dict(reply.headers)
        if "Content-Length" in reply.headers:  # not the body's: cut off on its way
            self.close_connection = True
        lines = [f"HTTP/1.1 {reply.status} {self.responses[reply.status][0]}"]
        lines += [f"{name}: {value}" for name, value in head.items()]
        # Header and body in one segment, or Nagle and delayed ACKs cost 40 ms an answer.
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + reply.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the tests ask ``calls`` and ``log``."""


def some(count: int, rng: random.Random) -> set[int]:
    """About half of ``range(count)``, and at least one."""
    chosen = {index for index in range(count) if rng.random() < 0.5}
    return chosen or ({rng.randrange(count)} if count else set())
