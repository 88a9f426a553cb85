"""People are told what a run has left for them; that it could not be done is never the run's failure."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer
from moto.sns import sns_backends

from connector.apply import Kind, Outcome
from connector.errors import RefusedError
from connector.notify import Notice, Sender, deliver, text
from connector.webhook import body, post
from tests.promises.installation import ROOT, Installation


def posting(url: str, form: Any) -> Sender:
    return lambda notice: post(url, notice, form)


class Webhook(HTTPServer):
    def __init__(self) -> None:
        self.got: list[Any] = []
        self.status = 200
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/services/T000/hunter22"


class Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def a_notice() -> Notice:
    notice = Notice()
    for kind, reason in (
        (Kind.CREATED, ""),
        (Kind.UNCHANGED, ""),
        (Kind.FAILED, "lead.Name: <too long> & more"),
    ):
        notice.watch(Outcome(f"engi-{kind.value}", kind, reason))
    return notice


def test_a_notice_is_about_what_somebody_should_know() -> None:
    assert a_notice().about == {
        "new": [("engi-created", "")],
        "failed": [("engi-failed", "lead.Name: <too long> & more")],
    }
    assert a_notice().of(("failed",)).about.keys() == {"failed"}
    assert text(a_notice()) == (
        "1 new:\n  engi-created\n1 failed:\n  engi-failed: lead.Name: <too long> & more"
    )


def test_many_are_counted_and_some_named() -> None:
    notice = Notice()
    for number in range(30):
        notice.add("new", f"engi-{number}")
    assert text(notice).count("engi-") == 20
    assert "... and 10 more" in text(notice)


@given(st.text())
def test_slack_gets_no_markup_from_a_reason(reason: str) -> None:
    notice = Notice({"failed": [("engi-1", reason)]})
    sent = body(notice, "slack")["text"]
    assert "<" not in sent
    assert ">" not in sent
    assert json.loads(json.dumps(body(notice, "json"))) == {
        "failed": [{"invitation": "engi-1", "reason": reason}]
    }


@pytest.mark.parametrize("form", ["slack", "json"])
def test_a_webhook_gets_it(webhook: Webhook, form: Any) -> None:
    deliver(a_notice(), [("webhook", posting(webhook.url, form))])
    assert webhook.got == [body(a_notice(), form)]


def test_nobody_is_told_of_nothing(webhook: Webhook) -> None:
    deliver(Notice(), [("webhook", posting(webhook.url, "json"))])
    assert webhook.got == []


def test_a_webhook_that_fails_is_a_line_in_the_log_without_its_url(
    webhook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    webhook.status = 500

    def refusing(_: Notice) -> None:
        raise RefusedError("SNS did not take the message: NotFound", service="sns")

    senders = [
        ("webhook", posting(webhook.url, "json")),
        ("other webhook", posting("http://127.0.0.1:9/hunter22", "json")),
        ("topic", refusing),
    ]
    with caplog.at_level(logging.DEBUG):
        deliver(a_notice(), senders)
    told = [record.getMessage() for record in caplog.records if record.name == "connector.notify"]
    assert len(told) == 3
    assert "hunter22" not in "".join(told)


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_does_not_take_it_has_not_been_told(
    webhook: Webhook, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    webhook.status = status
    deliver(a_notice(), [("webhook", posting(webhook.url, "slack"))])
    assert caplog.messages == [f"the webhook was not told: HTTPError {status}"]


def test_half_a_character_and_no_url_stop_nothing(webhook: Webhook, caplog: pytest.LogCaptureFixture) -> None:
    notice = Notice({"failed": [("engi-1", "\ud83d cut")]})

    def unsendable(notice: Notice) -> None:
        text(notice).encode()

    senders = [
        ("topic", unsendable),
        ("first", posting("https://[", "json")),
        ("second", posting(webhook.url, "json")),
    ]
    deliver(notice, senders)
    assert webhook.got == [{"failed": [{"invitation": "engi-1", "reason": "\ud83d cut"}]}]
    assert [message.split()[1] for message in caplog.messages] == ["topic", "first"]


def test_an_answer_without_an_end_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        port = server.getsockname()[1]
        over = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while not over.wait(0.05):
                    connection.sendall(b".")

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        deliver(a_notice(), [("webhook", posting(f"http://127.0.0.1:{port}/", "json"))])
        took = time.monotonic() - began
        over.set()
        thread.join()
    assert took < 2


def test_a_webhook_without_its_secret_fails_no_run_and_is_found_by_a_check(tmp_path: Path) -> None:
    source = {"type": "files", "path": str(ROOT / "mappings" / "samples" / "lead-pending.json")}
    there = Installation(tmp_path, source, notify={"webhook": {"url": "env:NO_SUCH_WEBHOOK"}})
    done = there.run("sync", "--output", "json")
    assert (done.code, done.answer["counts"]) == (0, {"created": 1})
    assert "the webhook was not told" in done.err
    assert "NO_SUCH_WEBHOOK" in done.err
    checked = there.run("config", "check")
    assert checked.code == 2 and "NO_SUCH_WEBHOOK" in checked.out + checked.err


def test_a_sync_tells_the_webhook_and_the_topic_and_a_dry_run_nobody(
    webhook: Webhook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    sns = boto3.client("sns", endpoint_url=endpoint, region_name="us-east-1")
    topic = sns.create_topic(Name="partner-central")["TopicArn"]
    hook = {"url": "env:SLACK_WEBHOOK", "format": "json"}
    notify = {"webhook": hook, "sns": {"topic_arn": topic, "endpoint_url": endpoint}}
    monkeypatch.setenv("SLACK_WEBHOOK", webhook.url)
    source = {"type": "files", "path": str(ROOT / "mappings" / "samples" / "lead-pending.json")}
    there = Installation(tmp_path, source, notify=notify)
    try:
        assert there.run("sync", "--dry-run").code == 0
        assert webhook.got == []
        assert there.run("sync").code == 0
        assert [list(notice) for notice in webhook.got] == [["new"]]
        assert ["1 new:" in message for message in told(topic)] == [True]
        webhook.status = 500
        (tmp_path / "ledger.db").unlink()
        done = there.run("sync", "--debug")
        assert done.code == 0
        assert "hunter22" not in done.err
    finally:
        sns.close()
        server.stop()


def told(topic_arn: str) -> list[str]:
    """The messages that a topic has got, by moto's own books."""
    backend = sns_backends["123456789012"]["us-east-1"]
    return [str(sent[1]) for sent in backend.topics[topic_arn].sent_notifications]
