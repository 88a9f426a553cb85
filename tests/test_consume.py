"""Messages that are received are worked on, whatever the queue says next."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connector.consume import Consumer
from connector.errors import AccessDenied, ServiceError, TransientError
from connector.events import Message


class Faltering:
    """Gives one message, and then the ``failure``."""

    def __init__(self, failure: ServiceError) -> None:
        self.failure = failure
        self.asked = 0

    def receive(self, wait_seconds: int, visibility_seconds: int) -> list[Message]:
        self.asked += 1
        if self.asked > 1:
            raise self.failure
        return [Message("1", "{}", "receipt")]

    def extend(self, messages: Sequence[Message], visibility_seconds: int) -> None:
        raise NotImplementedError

    def delete(self, messages: Sequence[Message]) -> list[Message]:
        raise NotImplementedError


@pytest.mark.parametrize("kind", [TransientError, AccessDenied])
def test_what_came_before_the_queue_failed_is_not_left_hidden(kind: type[ServiceError]) -> None:
    queue = Faltering(kind("busy", service="sqs"))
    consumer = Consumer(queue, lambda *_: pytest.fail("nothing to sync"), "Sandbox")
    assert [message.id for message in consumer.take()] == ["1"]
    with pytest.raises(kind):
        consumer.take()
