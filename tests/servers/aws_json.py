"""AWS JSON 1.0 over HTTP/1.1 on the loopback interface: the wire, and the ways an answer is lost on it."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, cast

from tests.servers.faults import spoil

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


class AwsJsonServer(ABC):
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


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = False  # so that server_close waits for the handlers, and no socket outlives the test
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], service: AwsJsonServer) -> None:
        self.service = service
        self.reset: set[socket.socket] = set()  # connections to be closed by RST
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        if request in self.reset:
            self.reset.discard(request)
            self.close_request(request)  # no FIN first: with SO_LINGER 0 the client sees a reset
        else:
            super().shutdown_request(request)

    def hang_up(self) -> None:
        """Ends the keep-alive connections, whose handlers wait for a next request."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news; a bug of the service is."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


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
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.server.reset.add(self.connection)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the tests ask ``calls`` and ``requests``."""
