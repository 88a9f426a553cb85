"""A service over TLS that gives the replies it was told to, in their order, and keeps what it was asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from connector.crm.salesforce_client import Client
from connector.crm.salesforce_settings import Settings
from tests.servers.salesforce_http import HTML, HttpsServer, Reply, Request

TOKEN = "00D000000000001!canned.access.token"


def said(answer: Any, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, answer if isinstance(answer, bytes) else json.dumps(answer).encode(), named)


def html(status: int = 200, **headers: str) -> Reply:
    return Reply(status, b"<html><body>Acme Corp is down</body></html>", headers, HTML)


def refused(code: str, message: str = "", status: int = 400) -> Reply:
    return said([{"errorCode": code, "message": message}], status)


class Canned(HttpsServer):
    """The last reply is given again and again."""

    def __init__(self, *replies: Reply, slow: float = 0.5) -> None:
        super().__init__(slow=slow)
        self.replies = list(replies)
        self.asked: list[Request] = []

    def answer(self, request: Request) -> Reply:
        self.asked.append(request)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def token(self, **changes: Any) -> Reply:
        """What the token endpoint answers."""
        return said({"access_token": TOKEN, "instance_url": self.url, **changes})

    def client(self, flow: str = "token", **settings: Any) -> Client:
        auth: dict[str, dict[str, str]] = {
            "token": {"access_token": TOKEN, "instance_url": self.url},
            "client_credentials": {"client_id": "app", "client_secret": "app-secret"},
            "password": {"username": "ann@acme.example", "password": "p&ss<word>", "security_token": "tok"},
        }
        values = {
            "login_url": self.url,
            "ca_bundle": str(self.ca_bundle),
            "auth": {"flow": flow, **auth[flow]},
        }
        return Client(Settings.model_validate({**values, **settings}), Path("/"))
