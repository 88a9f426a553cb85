"""Events from a queue: the invitations they name, synced. A message is deleted once its outcome is recorded.

A message that cannot be understood stays, so that the queue hands it to its dead-letter queue.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from connector.apply import Kind, Outcome
from connector.errors import (
    BudgetExhausted,
    ConnectorError,
    Interrupted,
    LockHeld,
    ServiceError,
    TransientError,
)
from connector.events import Event, Ignored, Message, Poison, read_event
from connector.fetch import Selection
from connector.stages import NOT_THERE
from connector.walk import Report

log = logging.getLogger(__name__)

TOGETHER = 100  # messages that are synced at once


class Queue(Protocol):
    """See ``connector.fetch.queue.Queue``."""

    def receive(self, wait_seconds: int, visibility_seconds: int) -> list[Message]: ...

    def extend(self, messages: Sequence[Message], visibility_seconds: int) -> None: ...

    def delete(self, messages: Sequence[Message]) -> list[Message]: ...


Sync = Callable[[Selection, Callable[[Outcome], None]], Report]


@dataclass(slots=True)
class Sorted:
    """Messages by what is to be done with them: ``named`` those of each invitation; ``done`` those that need
    nothing; ``poison`` with what is wrong with each."""

    named: dict[str, list[Message]] = field(default_factory=dict)
    done: list[Message] = field(default_factory=list)
    poison: list[tuple[Message, str]] = field(default_factory=list)


def sort(messages: Sequence[Message], catalog: str, participant: str) -> Sorted:
    """Each message by what it says; several may name one invitation."""
    result = Sorted()
    for message in messages:
        try:
            said = read_event(message.body, catalog, participant)
        except Poison as problem:
            result.poison.append((message, str(problem)))
            continue
        if isinstance(said, Event):
            result.named.setdefault(said.invitation_id, []).append(message)
        elif isinstance(said, Ignored):
            result.done.append(message)
    return result


def settle(sorted_: Sorted, sync: Sync) -> tuple[list[Message], ConnectorError | None]:
    """Sync the invitations that are named; the messages whose outcome is recorded, and what ended it early.

    Raises LockHeld when another run is at it: its listing may have been before the event.
    """
    if not sorted_.named:
        return [], None
    outcomes: list[Outcome] = []
    report = sync(Selection(ids=tuple(sorted_.named)), outcomes.append)
    recorded = {outcome.invitation_id for outcome in outcomes if _is_settled(outcome, report)}
    return [message for id_ in recorded for message in sorted_.named.get(id_, ())], report.error


def _is_settled(outcome: Outcome, report: Report) -> bool:
    """Whether asking again would change nothing: what failed because a service was away, or with a run that
    broke off, is not."""
    if outcome.kind is not Kind.FAILED or outcome.reason == NOT_THERE:
        return True
    return report.error is None and outcome.plan is not None


@dataclass(slots=True)
class Consumer:
    """``visibility_seconds``: for how long a received message is hidden from others; it is hidden anew as
    long as it is worked on. ``wait_seconds``: how long the queue is waited for."""

    queue: Queue
    sync: Sync
    catalog: str
    participant: str = "RECEIVER"
    wait_seconds: int = 20
    visibility_seconds: int = 120

    def take(self) -> list[Message]:
        """The messages that are there, up to a hundred; none when none came in time."""
        messages = self.queue.receive(self.wait_seconds, self.visibility_seconds)
        while messages and len(messages) < TOGETHER:
            try:
                more = self.queue.receive(0, self.visibility_seconds)
            except ServiceError:  # said at the next turn: what is in hand is hidden from everybody else
                break
            if not more:
                break
            messages += more
        return messages

    def work(self, messages: Sequence[Message]) -> int:
        """Do what ``messages`` ask for; how many are done with and deleted. Raises Interrupted, and
        BudgetExhausted, which every message to come would meet too."""
        sorted_ = sort(messages, self.catalog, self.participant)
        for message, problem in sorted_.poison:
            log.warning(
                "message %s (received %d times) is left to the dead-letter queue: %s",
                message.id,
                message.received,
                problem,
            )
        done, error = list(sorted_.done), None
        try:
            with self._hidden([message for named in sorted_.named.values() for message in named]):
                settled, error = settle(sorted_, self.sync)
                done += settled
        except LockHeld:
            log.info("another run holds the lock: the messages come again")
        deleted = self._delete(done)
        if isinstance(error, (BudgetExhausted, Interrupted)):
            raise error
        return deleted

    def _delete(self, done: Sequence[Message]) -> int:
        """How many could be deleted; the others come again, which does no harm."""
        try:
            return len(done) - len(self.queue.delete(done))
        except TransientError as error:
            log.warning("messages that are done with could not be deleted and come again: %s", error.message)
            return 0

    @contextlib.contextmanager
    def _hidden(self, messages: Sequence[Message]) -> Iterator[None]:
        """Keep ``messages`` hidden from other consumers while they are worked on."""
        over = threading.Event()

        def extend() -> None:
            while not over.wait(self.visibility_seconds / 2):
                try:
                    self.queue.extend(messages, self.visibility_seconds)
                except ConnectorError as error:  # then they may come twice, which does no harm
                    log.warning("the messages in hand could not be kept hidden: %s", error.message)

        thread = threading.Thread(target=extend, name="visibility", daemon=True)
        if messages:
            thread.start()
        try:
            yield
        finally:
            over.set()
            if messages:
                thread.join()
