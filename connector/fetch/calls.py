"""Calls that share a quota: each attempt counted, in the budget, at its moment, and tried again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from connector.errors import TransientError
from connector.fetch.aws_errors import NAME, THROTTLING
from connector.fetch.client import Answer, Client, called_off
from connector.fetch.quota import RateLimiter
from connector.fetch.service_model import SERVICE
from connector.retry import RetryPolicy, retry

# Long enough for the other threads' calls in flight to be counted against the second that was overrun.
_THROTTLED_PAUSE = 1.0


class Calls:
    """The calls of one kind, ``read`` or ``write``, for any number of threads.

    ``per_second`` bounds them over all threads and retries (None or 0: no bound); a fiftieth of it is left
    unused, and once throttled, a twentieth. ``budget(kind)`` is called before every attempt and may raise
    BudgetExhausted. ``closed``, once set, ends those that wait for their turn in Interrupted.
    """

    def __init__(
        self,
        kind: str,
        client: Client,
        *,
        policy: RetryPolicy,
        per_second: float | None,
        budget: Callable[[str], None],
        closed: threading.Event,
        sleep: Callable[[float], object],
        clock: Callable[[], float],
    ) -> None:
        self._kind = kind
        self._client = client
        self._policy = policy
        self._budget = budget
        self._closed = closed
        self._sleep = sleep
        self._clock = clock
        self._pace = RateLimiter(per_second, clock=clock, sleep=sleep)
        self._lock = threading.Lock()
        self._made: Counter[str] = Counter()

    def call(self, operation: str, whole: Callable[[Answer], bool], **parameters: Any) -> Answer:
        """The answer, once it is ``whole``. Raises what ``Client.call`` does, a TransientError only when
        trying again did not help."""
        queued = 0.0

        def attempt() -> Answer:
            nonlocal queued
            began = self._clock()
            self._await_turn(operation)
            queued += self._clock() - began
            answer = self._once(operation, parameters)
            if not whole(answer):
                raise TransientError(
                    f"{NAME} gave an answer to {operation} that lacks what it must have",
                    service=SERVICE,
                    operation=operation,
                    code="IncompleteAnswer",
                )
            return answer

        return retry(
            self._policy,
            attempt,
            service=SERVICE,
            operation=operation,
            sleep=self._sleep,
            # A backfill may wait hours for its daily quota: that is no reason to give a call up.
            clock=lambda: self._clock() - queued,
        )

    def made(self) -> Mapping[str, int]:
        """How many attempts there were, by operation."""
        with self._lock:
            return dict(self._made)

    def _once(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        try:
            return self._client.call(operation, **parameters)
        except TransientError as error:
            if error.code in THROTTLING:
                self._pace.hold(min(error.retry_after or _THROTTLED_PAUSE, self._policy.cap))
            raise

    def _await_turn(self, operation: str) -> None:
        if not self._closed.is_set():
            self._budget(self._kind)
            self._pace.wait()
        if self._closed.is_set():
            raise called_off(operation)
        with self._lock:
            self._made[operation] += 1
