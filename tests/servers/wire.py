"""The connections of a loopback service: ended by FIN or by RST, and none left open behind a test."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class LoopbackServer(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = False  # so that server_close waits for the handlers, and no socket outlives the test
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._reset: set[socket.socket] = set()  # connections to be closed by RST
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.gone = False
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        if request in self._reset:
            self._reset.discard(request)
            self.close_request(request)  # no FIN first: with SO_LINGER 0 the client sees a reset
        else:
            super().shutdown_request(request)

    def reset(self, connection: socket.socket) -> None:
        """The connection will be closed by RST when its handler is done."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._reset.add(connection)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        if self.gone:
            self.reset(request)
        return not self.gone

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


class Reachable:
    """A service on the loopback interface, behind a network that may be gone."""

    _http: LoopbackServer

    def cut_off(self) -> None:
        """From now on every connection ends, also those there are, until ``connect``."""
        self._http.gone = True
        self._http.hang_up()

    def connect(self) -> None:
        self._http.gone = False
