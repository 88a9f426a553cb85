"""Who may talk to the studio: requests and web sockets that are not from its own pages are refused."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from connector.studio.guard import Guard
from tests.promises.installation import ROOT
from tests.studio.conftest import Running, configured, studio_of

OWN = "127.0.0.1:8000"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    mappings = ROOT / "mappings"
    with studio_of(
        configured(tmp_path_factory.mktemp("s"), mappings / "sql.yaml", mappings / "samples")
    ) as running:
        yield running


@pytest.fixture(scope="module")
def session(studio: Running) -> Iterator[requests.Session]:
    with requests.Session() as session:
        answer = session.get(studio.address, timeout=60)
        assert answer.status_code == 200
        yield session


def test_without_its_token_nobody_gets_in(studio: Running, session: requests.Session) -> None:
    for path in ("/", "/?token=", "/?token=x", "/plan", "/_nicegui_ws/socket.io/?EIO=4&transport=polling"):
        assert requests.get(studio.url + path, timeout=60).status_code == 401
    assert requests.get(studio.address, timeout=60).status_code == 401, "the token opens one session"
    assert requests.get(studio.url, cookies={f"studio-{studio.port}": "guess"}, timeout=60).status_code == 401


def test_the_token_does_not_stay_in_the_address(studio: Running, session: requests.Session) -> None:
    assert "token" not in session.get(studio.url, timeout=60).url
    (cookie,) = session.cookies
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "strict"


def test_the_cookie_is_for_a_path_that_no_other_port_knows(
    studio: Running, session: requests.Session
) -> None:
    (cookie,) = session.cookies
    assert cookie.path == studio.path and len(studio.path) > 30
    held = {cookie.name: str(cookie.value)}
    for path in (
        "/",
        "/plan",
        "/_nicegui_ws/socket.io/?EIO=4&transport=polling",
        f"{studio.path}x/",
        f"/{studio.path}/",
    ):
        assert requests.get(studio.origin + path, cookies=held, timeout=60).status_code == 401, path
    for url in (studio.url, f"{studio.url}/"):
        assert requests.get(url, cookies=held, timeout=60).status_code == 200


def test_another_ports_cookie_of_the_same_name_locks_nobody_out(
    studio: Running, session: requests.Session
) -> None:
    (cookie,) = session.cookies
    for cookies in (
        f"{cookie.name}=x; {cookie.name}={cookie.value}",
        f"{cookie.name}={cookie.value}; {cookie.name}=x",
    ):
        assert requests.get(f"{studio.url}/", headers={"Cookie": cookies}, timeout=60).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1.evil.example:{port}"]
)
def test_a_foreign_host_is_refused(studio: Running, session: requests.Session, host: str) -> None:
    headers = {"Host": host.format(port=studio.port)}
    assert session.get(studio.url, headers=headers, timeout=60).status_code == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}"]
)
def test_a_foreign_origin_is_refused(studio: Running, session: requests.Session, origin: str) -> None:
    headers = {"Origin": origin.format(port=studio.port)}
    for path in ("/", "/_nicegui_ws/socket.io/?EIO=4&transport=polling"):
        assert session.get(studio.url + path, headers=headers, timeout=60).status_code == 403
        assert session.post(studio.url + path, headers=headers, timeout=60).status_code == 403


def test_what_changes_something_has_to_name_its_origin(studio: Running, session: requests.Session) -> None:
    polling = f"{studio.url}/_nicegui_ws/socket.io/?EIO=4&transport=polling"
    assert session.post(polling, timeout=60).status_code == 403


@pytest.mark.parametrize(
    ("origin", "with_cookie", "status"),
    [("own", True, 101), ("own", False, 403), ("http://evil.example", True, 403), ("", True, 403)],
)
def test_web_sockets_too(
    studio: Running, session: requests.Session, origin: str, with_cookie: bool, status: int
) -> None:
    (cookie,) = session.cookies
    lines = [
        f"GET {studio.path}/_nicegui_ws/socket.io/?EIO=4&transport=websocket HTTP/1.1",
        f"Host: 127.0.0.1:{studio.port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ]
    lines += [f"Origin: {studio.origin if origin == 'own' else origin}"] if origin else []
    lines += [f"Cookie: {cookie.name}={cookie.value}"] if with_cookie else []
    with socket.create_connection(("127.0.0.1", studio.port), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        assert int(connection.recv(100).split()[1]) == status


def test_pages_have_a_strict_policy(studio: Running, session: requests.Session) -> None:
    headers = session.get(studio.url, timeout=60).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert "'unsafe-inline'" not in policy["script-src"]
    assert not [source for source in policy["script-src"].split() if "http" in source or source == "*"]
    assert policy["frame-ancestors"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    other = session.get(studio.url, timeout=60).headers["Content-Security-Policy"]
    assert other != headers["Content-Security-Policy"], "a nonce is used once"


def test_it_answers_at_this_machine_alone(studio: Running) -> None:
    with socket.socket() as probe, pytest.raises(OSError):
        probe.settimeout(2)
        probe.connect((socket.gethostbyname(socket.gethostname()).replace("127.0.", "127.9."), studio.port))


def test_two_host_headers_are_one_too_many() -> None:
    sent: list[Any] = []

    async def nothing(*_: Any) -> None:
        raise AssertionError("it got through")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"token=t",
        "headers": [(b"host", OWN.encode()), (b"host", b"evil.example")],
    }  # fmt: skip
    asyncio.run(Guard(nothing, 8000, "t")(scope, nothing, send))
    assert sent[0]["status"] == 403


def test_a_broken_config_is_told_before_anything_is_served(tmp_path: Path) -> None:
    installed = configured(tmp_path, tmp_path / "m.yaml", tmp_path)
    (tmp_path / "config.yaml").write_text("source: {typ: files}", encoding="utf-8")
    done = installed.run("studio", "--no-browser")
    assert done.code == 2
    assert "http" not in done.out
