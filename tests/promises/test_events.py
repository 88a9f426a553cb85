"""Events make a sync prompt and lose nothing: whatever happens to them, a sync ends in the same CRM."""

from __future__ import annotations

import json
import random
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.promises.installation import Installation
from tests.servers.partner_central import PartnerCentral, make_invitations
from tests.servers.partner_central_content import payload
from tests.test_events import an_event

KINDS = {
    "PENDING": "Created",
    "ACCEPTED": "Accepted",
    "REJECTED": "Rejected",
    "EXPIRED": "Expired",
}


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client("sqs", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
    try:
        yield client
    finally:
        client.close()
        server.stop()


class Queues:
    def __init__(self, sqs: Any, *, receives: int = 2) -> None:
        self.sqs = sqs
        name = uuid.uuid4().hex  # moto keeps its queues for the whole process
        self.dead = sqs.create_queue(QueueName=f"dead-{name}")["QueueUrl"]
        arn = self._attributes(self.dead, "QueueArn")["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": str(receives)})
        self.url = sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})["QueueUrl"]

    def _attributes(self, url: str, *names: str) -> Any:
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names))["Attributes"]

    def put(self, *bodies: str) -> None:
        for start in range(0, len(bodies), 10):
            entries = [
                {"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[start : start + 10])
            ]
            self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)

    def left(self, url: str) -> int:
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return sum(int(self._attributes(url, name)[name]) for name in names)

    def settings(self, **more: Any) -> dict[str, Any]:
        endpoint = self.sqs.meta.endpoint_url
        return {
            "queue_url": self.url,
            "endpoint_url": endpoint,
            "wait_seconds": 0,
            "visibility_seconds": 10,
            **more,
        }


def event_of(raw: dict[str, Any]) -> str:
    event = an_event(f"Engagement Invitation {KINDS[raw['Status']]}", id=raw["Id"], arn=raw["Arn"])
    return json.dumps({**event, "resources": [raw["Arn"]]})


def test_shuffled_doubled_and_lost_events_with_killed_consumers_and_a_sync_end_as_a_sync_does(
    tmp_path: Path, sqs: Any
) -> None:
    invitations = make_invitations(500, seed=12)
    for raw in invitations:  # of those who share a person, the first to come fills what is blank
        for person in payload(raw, "OpportunityInvitation").get("SenderContacts") or ():
            person["Email"] = f"{raw['Id']}.{person['Email']}"
    dice = random.Random(5)
    bodies = [event_of(raw) for raw in invitations if dice.random() > 0.05]
    bodies = [*bodies, *bodies]
    dice.shuffle(bodies)
    bodies = ["not an event at all", *bodies]
    queues = Queues(sqs, receives=6)
    with PartnerCentral(invitations) as server:
        plain = Installation.against(tmp_path / "plain", server.url)
        assert plain.run("sync", "--quiet").code == 3  # amounts in currencies without a rate
        there = Installation.against(tmp_path / "events", server.url, events=queues.settings())
        for part in range(5):  # a few at a time: what moto takes for a message grows with its queue
            queues.put(*bodies[part::5])
            with there.start("events") as process:
                time.sleep(dice.uniform(0.3, 2.0))
                process.kill()
            there.run("events", "--once", timeout=600)
        deadline = time.monotonic() + 600  # the poison is received six times, ten seconds apart
        while queues.left(queues.url) and time.monotonic() < deadline:
            done = there.run("events", "--once", timeout=600)
            assert done.code == 0, done.err
            time.sleep(1)
        assert (queues.left(queues.url), queues.left(queues.dead)) == (0, 1)
        last = there.run("sync", "--output", "json")
        assert sum(last.answer["counts"].values()) == 500
        assert "failed" not in last.answer["counts"]
    assert there.crm() == plain.crm()


def test_poison_is_left_to_the_dead_letter_queue_and_stops_nothing(tmp_path: Path, sqs: Any) -> None:
    raw = make_invitations(1, seed=1)[0]
    queues = Queues(sqs)
    queues.put('{"hello": "O\'Brien"}', event_of(raw))
    with PartnerCentral([raw]) as server:
        there = Installation.against(tmp_path, server.url, events=queues.settings())
        done = there.run("events", "--once", "--output", "json")
        assert (done.code, done.answer) == (0, {"messages": 1})
        assert "not an event of Partner Central" in done.err
        assert "Brien" not in done.err
        assert server.calls["GetEngagementInvitation"] == 1


def test_messages_of_an_unreachable_service_come_again(tmp_path: Path, sqs: Any) -> None:
    raw = make_invitations(1, seed=1)[0]
    queues = Queues(sqs)
    queues.put(event_of(raw))
    retrying = {"attempts": 2, "deadline": 5, "base": 0.01, "cap": 0.1}
    there = Installation.against(tmp_path, "http://127.0.0.1:9", events=queues.settings(), retry=retrying)
    there.run("events", "--once")
    assert queues.left(queues.url) == 1


@pytest.mark.parametrize(
    ("settings", "word"), [({}, "no events"), ({"events": {"queue_url": "http://127.0.0.1:9/x"}}, "")]
)
def test_a_consumer_that_cannot_work_says_why(tmp_path: Path, settings: dict[str, Any], word: str) -> None:
    retrying = {"attempts": 2, "deadline": 5, "base": 0.01, "cap": 0.1}
    there = Installation.against(tmp_path, "http://127.0.0.1:9", retry=retrying, **settings)
    done = there.run("events", "--once")
    assert done.code in (2, 4)
    assert word in done.err
    assert "Traceback" not in done.err


def test_stopped_while_it_syncs_it_ends_and_what_was_done_is_deleted(tmp_path: Path, sqs: Any) -> None:
    raws = make_invitations(30, seed=3)
    queues = Queues(sqs, receives=6)
    queues.put(*map(event_of, raws))
    with PartnerCentral(raws, latency=0.2) as server:
        one_by_one = {"concurrency": 1}
        there = Installation.against(tmp_path, server.url, source=one_by_one, events=queues.settings())
        with there.start("events") as process:
            while server.calls["GetEngagementInvitation"] < 3:
                assert process.poll() is None
                time.sleep(0.02)
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    recorded = there.run("runs", "show", "--output", "json").answer["outcomes"]
    assert queues.left(queues.url) == 30 - len(recorded)


def test_a_consumer_waits_for_another_run(tmp_path: Path, sqs: Any) -> None:
    raws = make_invitations(20, seed=3)
    queues = Queues(sqs)
    queues.put(*map(event_of, raws[:3]))
    with PartnerCentral(raws, latency=0.1) as server:
        one_by_one = {"concurrency": 1}
        there = Installation.against(tmp_path, server.url, source=one_by_one, events=queues.settings())
        with there.start("sync", "--quiet") as other:
            while server.calls["GetEngagementInvitation"] < 3:
                assert other.poll() is None
                time.sleep(0.02)
            done = there.run("events", "--once", timeout=600)
            other.communicate()
    assert (done.code, done.out) == (0, "3 messages done.\n"), done.err
    assert queues.left(queues.url) == 0


@pytest.mark.parametrize("settings", [{"profile": "nobody"}, {"endpoint_url": "no url"}])
def test_settings_that_make_no_client_are_the_configs_fault(tmp_path: Path, settings: dict[str, Any]) -> None:
    queue = {"queue_url": "http://127.0.0.1:9/x", **settings}
    done = Installation.against(tmp_path, "http://127.0.0.1:9", events=queue).run("events", "--once")
    assert done.code == 2
    assert "events.profile" in done.err
