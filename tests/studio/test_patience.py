"""Connections on which nobody asks for anything do not pile up, and no others are closed."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from connector.studio.patience import SECONDS, Patience
from tests.promises.installation import ROOT
from tests.studio.conftest import Running, configured, studio_of


class Connection:
    """As uvicorn has them. ``cycle``: the request that is being answered, or was answered last."""

    def __init__(self, cycle: Any) -> None:
        self.cycle = cycle
        self.is_closed = False
        self.transport = SimpleNamespace(close=self._close)

    def _close(self) -> None:
        self.is_closed = True


class Request:
    def __init__(self, *, answered: bool) -> None:
        self.response_complete = answered


def looked_at(connections: list[Any], *moments: float) -> Patience:
    clock = iter(moments)
    patience = Patience(connections, lambda: next(clock))
    for _ in moments:
        asyncio.run(patience())
    return patience


@pytest.mark.parametrize(
    ("cycle", "is_closed"),
    [(None, True), (Request(answered=True), True), (Request(answered=False), False)],
    ids=["nothing asked yet", "nothing asked since", "being answered"],
)
def test_only_those_are_closed_that_wait_for_a_request(cycle: Any, is_closed: bool) -> None:
    connection = Connection(cycle)
    looked_at([connection], 0, SECONDS)
    assert not connection.is_closed
    looked_at([connection], 0, SECONDS, SECONDS + 1)
    assert connection.is_closed is is_closed


def test_each_request_has_its_own_time() -> None:
    connection = Connection(None)
    clock = iter((0, SECONDS - 1, SECONDS + 1))
    patience = Patience([connection], lambda: next(clock))
    asyncio.run(patience())
    connection.cycle = Request(answered=True)
    asyncio.run(patience())
    asyncio.run(patience())
    assert not connection.is_closed


def test_a_web_socket_stays() -> None:
    looked_at([object()], 0, SECONDS + 1)


def socket_of(studio: Running, sent: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", studio.port), timeout=60)
    connection.sendall(sent.encode())
    return connection


def test_a_request_that_never_comes_to_its_end_is_given_up(tmp_path: Path) -> None:
    mappings = ROOT / "mappings"
    with studio_of(configured(tmp_path, mappings / "sql.yaml", mappings / "samples")) as studio:
        head = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{studio.port}\r\n"
        began = time.monotonic()
        half = socket_of(studio, head)
        second = socket_of(studio, f"{head}\r\n{head}")
        silent = socket_of(studio, "")
        assert second.recv(100).startswith(b"HTTP/1.1 401")
        for connection in (half, second, silent):
            with connection:
                while connection.recv(10_000):
                    pass
        assert SECONDS - 2 < time.monotonic() - began < 5 * SECONDS
        assert requests.get(studio.url, timeout=60).status_code == 401
