"""A Partner Central on bare sockets, for answers that no HTTP server gives. It knows a few invitations and
answers each request with the bytes that ``spoil`` makes of the proper body; None hangs."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, Self

from tests.servers.partner_central import make_invitations

Spoil = Callable[[str, bytes], bytes | None]
_SUMMARY = ("Arn", "Catalog", "EngagementId", "Id", "InvitationDate", "PayloadType", "Receiver", "Status")
_TYPE = "application/x-amz-json-1.0"


def reply(body: bytes, status: str = "200 OK", *headers: str, length: object = None) -> bytes:
    """An HTTP answer; ``length`` is what Content-Length says, if that is not the truth."""
    told = len(body) if length is None else length
    # Or a client may ask again on a connection that is just being closed: a fault that no test has asked for.
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {told}", "Connection: close", *headers)
    return "\r\n".join((*lines, "", "")).encode() + body


def refusal(code: str, status: str = "400 Bad Request") -> bytes:
    message = "arn:aws:iam::123456789012:user/jane.roe is not welcome"
    return reply(json.dumps({"__type": code, "Message": message}).encode(), status, f"Content-Type: {_TYPE}")


class RawService:
    """A context manager; ``spoil`` may be changed while it runs."""

    def __init__(self, spoil: Spoil = lambda _, body: reply(body), *, invitations: int = 12) -> None:
        self.spoil = spoil
        self.calls: Counter[str] = Counter()
        self.invitations = {raw["Id"]: raw for raw in make_invitations(invitations)}
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=32)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                operation, body = self._request(stream)
                if not operation:
                    return
                self.calls[operation] += 1
                answer = self.spoil(operation, json.dumps(self._answer(operation, body)).encode())
                if answer is None:
                    self._over.wait()
                else:
                    connection.sendall(answer)
        except OSError:
            return  # the client has left, as it may

    @staticmethod
    def _request(stream: Any) -> tuple[str, bytes]:
        headers: dict[str, str] = {}
        stream.readline()
        while (line := stream.readline().decode().strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", 0)))
        return headers.get("x-amz-target", "").rpartition(".")[2], body

    def _answer(self, operation: str, body: bytes) -> Any:
        if operation.startswith("List"):
            summaries = [{name: raw.get(name) for name in _SUMMARY} for raw in self.invitations.values()]
            return {"EngagementInvitationSummaries": summaries, "NextToken": None}
        return self.invitations[json.loads(body)["Identifier"]]
