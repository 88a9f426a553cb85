"""Who may talk to the studio: the browser that was given its token, from the studio's own pages.

A stranger's page can make a browser call 127.0.0.1 (cross-site requests), can have its own name lead to it
(DNS rebinding), and can open web sockets, which no browser holds back. So token, Host and Origin are checked
for every request and every web socket, before anything else sees it.

A browser gives a cookie to every port of 127.0.0.1, which may be another account's. So the studio is at a
path that nobody else knows, and its cookie is for that path alone.
"""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SCRIPT = re.compile(rb"<script\b")
_LONGEST = 64 * 1024 * 1024  # characters of a page; far more than any has

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def policy(nonce: str, origin: str) -> str:
    """The Content-Security-Policy of a page. Scripts are those with its nonce, and what these import from us;
    ``unsafe-eval`` is what Vue and NiceGUI cannot do without, as inline styles are."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            f"connect-src 'self' {origin.replace('http', 'ws', 1)}",
            "worker-src 'self' blob:",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


_CLOSED = {**HEADERS, "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}


_UNKNOWN = "The studio's address, as the command printed it, opens it once. Start it again for another."


def leading_to(address: str) -> str:
    """A page that leads on to ``address``, and leaves neither itself nor where it was in the history."""
    target = html.escape(address)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Studio</title>'
        f'<meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0; url={target}">'
        f'<a href="{target}">The studio</a>'
    )


class Guard:
    """An ASGI application around ``app``, which is served at 127.0.0.1 and ``port``, below ``path``.

    ``token`` opens one session: who comes with it is given a cookie, and it is used up.
    """

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self._app = app
        self.path = f"/{secrets.token_urlsafe(24)}"
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._token: str | None = token
        self._cookie = f"studio-{port}"  # cookies know no ports, and two studios may run
        self._session = secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal:
            await self._refuse(scope, receive, send, refusal)
        elif not self._is_within(scope):
            await self._refuse(scope, receive, send, _UNKNOWN, status=401)
        elif self._is_known(headers):
            path = scope["path"] if scope["path"] != self.path else f"{self.path}/"
            await self._pass({**scope, "root_path": self.path, "path": path}, receive, send, headers)
        else:
            await self._enter(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> str:
        """Why a request is not answered, whoever sends it."""
        host = headers.get("host", "")
        if host not in self._hosts or len(headers.getlist("host")) != 1:
            return "The studio answers at 127.0.0.1 and localhost only."
        origin = headers.get("origin")
        if origin is None:
            # Browsers name it for web sockets and for all that changes anything.
            safe = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
            return "" if safe else "The studio answers to its own pages only."
        if origin != f"http://{host}":
            return "The studio answers to its own pages only."
        return ""

    def _is_within(self, scope: Scope) -> bool:
        first, _, _ = scope["path"].removeprefix("/").partition("/")
        return secrets.compare_digest(f"/{first}".encode(), self.path.encode())

    def _is_known(self, headers: Headers) -> bool:
        """Whether one of the cookies is ours: another port may have set one of its name for all paths."""
        cookies = [part.strip().partition("=") for part in headers.get("cookie", "").split(";")]
        values = [value for name, _, value in cookies if name == self._cookie]
        return any(secrets.compare_digest(value.encode(), self._session.encode()) for value in values)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Exchange the token for a session; the address that is left in the browser has no token in it."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        fits = self._token is not None and secrets.compare_digest(given.encode(), self._token.encode())
        if scope["type"] != "http" or scope["method"] != "GET" or not fits:
            await self._refuse(scope, receive, send, _UNKNOWN, status=401)
            return
        self._token = None
        path = scope["path"]  # which begins with ours: //evil.example would be another's
        response: Response = RedirectResponse(path, status_code=303, headers=_CLOSED)
        if Headers(scope=scope).get("sec-fetch-site") == "cross-site":
            # As from the file that the browser was given: a strict cookie does not go along with a
            # redirection of such a request, but it does with one that our own page makes.
            response = HTMLResponse(leading_to(path), headers=_CLOSED)
        response.set_cookie(self._cookie, self._session, path=self.path, httponly=True, samesite="strict")
        await response(scope, receive, send)

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, words: str, status: int = 403
    ) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: HTTP 403
            return
        await PlainTextResponse(words + "\n", status, headers=_CLOSED)(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        page = _Page(send, f"http://{headers['host']}")
        scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}
        await self._app(scope, receive, page.send)


class _Page:
    """Gives each answer our headers, and each script of a page the page's nonce."""

    def __init__(self, send: Send, origin: str) -> None:
        self._send = send
        self._origin = origin
        self._nonce = secrets.token_urlsafe(16)
        self._start: Message | None = None
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            static = "immutable" in headers.get("cache-control", "")
            for name, value in HEADERS.items():
                if not (static and name == "Cache-Control"):
                    headers[name] = value
            headers["Content-Security-Policy"] = policy(self._nonce, self._origin)
            message = {**message, "headers": headers.raw}
            if "text/html" in headers.get("content-type", ""):
                self._start = message
                return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if len(self._body) > _LONGEST:
            raise RuntimeError("a page without end")
        if not message.get("more_body"):
            await self._finish()

    async def _finish(self) -> None:
        body = _SCRIPT.sub(b'<script nonce="%s"' % self._nonce.encode(), bytes(self._body))
        start = self._start or {}
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["Content-Length"] = str(len(body))
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})
