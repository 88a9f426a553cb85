"""A service that refuses everything, and quotes what it was sent: in headers, in every member that some
service names its errors by, and in the reason of the status line."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from types import TracebackType
from typing import Any, ClassVar, Self


class Echo:
    """``statuses`` are those of its answers, in turn, again and again."""

    def __init__(self, *statuses: int) -> None:
        self._statuses = cycle(statuses)
        self.heard: list[str] = []
        echo = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version: ClassVar[str] = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(
                    "utf-8", "replace"
                )
                quoted = f"{self.command} {self.path} {dict(self.headers)} {body}"
                echo.heard.append(quoted)
                content = json.dumps(_error(quoted)).encode()
                self.send_response(next(echo._statuses), quoted[:200].replace("\n", " ").replace("\r", " "))
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(content)))
                self.send_header("X-Quoted", json.dumps(quoted)[:2000])
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_PUT = do_HEAD = _answer

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _error(quoted: str) -> dict[str, Any]:
    names = ("message", "Message", "error_description", "detail", "faultstring", "errorCode", "category")
    return {
        **dict.fromkeys(names, quoted),
        "__type": "ValidationException",
        "error": {
            "message": quoted,
            "code": 200,
            "data": {"name": quoted, "message": quoted, "debug": quoted},
        },
        "errors": [{"message": quoted, "context": {"id": [quoted]}}],
    }
