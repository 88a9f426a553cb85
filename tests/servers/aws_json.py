"""AWS JSON 1.0 over HTTP/1.1 on the loopback interface: the wire, and the ways an answer is lost on it."""

from __future__ import annotations

import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from typing import Any, Self, cast

from tests.servers.faults import spoil
from tests.servers.wire import LoopbackServer, Reachable

CONTENT_TYPE = "application/x-amz-json-1.0"


class ServiceFault(Exception):
    """An error that the service answers with: ``code`` is its shape, ``members`` what it says besides."""

    def __init__(
        self, code: str, message: str, members: Mapping[str, Any] | None = None, *, status: int = 400
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.members, self.status = code, message, dict(members or {}), status


@dataclass(frozen=True)
class Request:
    operation: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """``spoiler`` is how it fails to arrive: a name of ``faults.SPOILERS``."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = CONTENT_TYPE
    spoiler: str | None = None

    def spoilt(self, kind: str) -> Reply:
        return replace(self, status=200, headers={}, body=spoil(kind, self.body), spoiler=kind)


class AwsJsonServer(Reachable, ABC):
    """Serves ``answer(request)`` while it is entered. ``latency``: seconds before every answer; ``slow``:
    seconds that a "slow" one takes besides."""

    target_prefix: str

    def __init__(self, *, port: int = 0, latency: float = 0.0, slow: float = 0.5) -> None:
        self.latency, self.slow = latency, slow
        self.stopping = threading.Event()
        self._port, self._http = port, cast("_Server", None)

    @abstractmethod
    def answer(self, request: Request) -> Reply: ...

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``"""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self.stopping.clear()
        self._http = _Server(("127.0.0.1", self._port), self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._thread.join()
        self._http.hang_up()
        self._http.server_close()


class _Server(LoopbackServer):
    def __init__(self, address: tuple[str, int], service: AwsJsonServer) -> None:
        self.service = service
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        service = self.server.service
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        prefix, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
        if prefix != service.target_prefix or self.headers.get("Content-Type") != CONTENT_TYPE:
            operation = "-"  # which the service does not know
        reply = service.answer(Request(operation, dict(self.headers), body))
        wait = service.latency + (service.slow if reply.spoiler == "slow" else 0.0)
        if wait and service.stopping.wait(wait):
            self.close_connection = True
            return
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        if reply.spoiler in ("reset", "closed"):
            self._drop(reply.spoiler)
            return
        length = len(reply.body)
        head = {
            "Content-Type": reply.content_type,
            "Content-Length": str(length),
            "x-amzn-RequestId": str(uuid.uuid4()),
            **reply.headers,
        }
        lines = [f"HTTP/1.1 {reply.status} {self.responses[reply.status][0]}"]
        lines += [f"{name}: {value}" for name, value in head.items()]
        sent = reply.body[: length // 2] if reply.spoiler == "cut_body" else reply.body
        self.close_connection |= reply.spoiler == "cut_body"
        # Header and body in one segment, or Nagle and delayed ACKs cost 40 ms an answer.
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + sent)

    def _drop(self, how: str) -> None:
        self.close_connection = True
        if how == "reset":
            self.server.reset(self.connection)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the tests ask ``calls`` and ``requests``."""
