"""The one retry policy: what is worth trying again, how often, and how long to wait.

Only ``TransientError`` is tried again; whoever raises it has decided that a second try can do no harm.
botocore's and urllib3's own retries are off, so that every attempt and every wait is seen here.
"""

from __future__ import annotations

import logging
import math
import random as _random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type

from connector import telemetry
from connector.errors import Interrupted, TransientError

T = TypeVar("T")

_CODE = re.compile(r"[\w.:-]{1,64}|HTTP \d{3}")  # a service may give any text for one
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often one call is tried and how long for; times in seconds.

    The n-th wait is drawn evenly from 0 to ``base * 2**(n-1)``, at most ``cap`` ("full jitter": many clients
    that failed together do not come back together, see
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). No wait begins that would end
    after ``deadline``, counted from the first attempt.
    """

    attempts: int = 8
    deadline: float = 300.0
    base: float = 0.5
    cap: float = 30.0


def retry(
    policy: RetryPolicy,
    function: Callable[[], T],
    *,
    service: str,
    operation: str,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    random: Callable[[], float] = _random.random,
) -> T:
    """What ``function`` gives, tried again while it raises TransientError and ``policy`` allows.

    A ``retry_after`` takes the place of the drawn wait. ``random`` gives numbers from 0 to 1. Raises the
    last TransientError, its message with the number of attempts made; Interrupted when ``sleep`` gives True,
    as an Event that is set does; any other exception passes at once.
    """
    with telemetry.call(service, operation) as call:
        attempts = _Attempts(policy, service, operation, clock, random, call)
        retrying = Retrying(
            retry=retry_if_exception_type(TransientError),
            wait=attempts.wait,
            stop=attempts.exhausted,
            before_sleep=attempts.report,
            sleep=lambda seconds: _slept(sleep(seconds), operation),
            reraise=True,
        )
        try:
            return retrying(function)
        except TransientError as error:
            error.message = f"{error.message} ({attempts.summary()})"
            error.args = (error.message,)
            raise


class _Attempts:
    """One call's attempts so far, measured by the clock that was handed in (tenacity's own is real time)."""

    def __init__(
        self,
        policy: RetryPolicy,
        service: str,
        operation: str,
        clock: Callable[[], float],
        random: Callable[[], float],
        call: telemetry.Call,
    ) -> None:
        self._call = call
        self._policy = policy
        self._service = service
        self._operation = operation
        self._clock = clock
        self._random = random
        self._began = clock()
        self._made = 0

    def wait(self, state: RetryCallState) -> float:
        self._made = state.attempt_number
        wish = _error(state).retry_after
        if wish is not None and wish > 0:
            return wish
        # The exponent is bounded: 2.0**1024 is no float, and `cap` is reached long before.
        ceiling = min(self._policy.cap, self._policy.base * 2.0 ** min(self._made - 1, 64))
        return ceiling * self._random()

    def exhausted(self, state: RetryCallState) -> bool:
        left = self._policy.deadline - (self._clock() - self._began)
        return self._made >= self._policy.attempts or state.upcoming_sleep > left

    def report(self, state: RetryCallState) -> None:
        error, seconds = _error(state), state.upcoming_sleep
        code = error.code or ""
        self._call.waits(self._made, seconds, code if _CODE.fullmatch(code) else type(error).__name__)
        log.info(
            "%s %s: attempt %d of %d failed (%s), trying again in %.1f s",
            self._service,
            self._operation,
            self._made,
            self._policy.attempts,
            error.code or error.message,
            seconds,
            extra={
                "service": self._service,
                "operation": self._operation,
                "code": error.code,
                "attempt": self._made,
                "seconds": round(seconds, 3),
            },
        )

    def summary(self) -> str:
        times = "1 attempt" if self._made == 1 else f"{self._made} attempts"
        return f"given up after {times} in {self._clock() - self._began:.0f} s"


def _error(state: RetryCallState) -> TransientError:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, TransientError):
        raise TypeError(f"asked to wait after {type(error).__name__}, which is not transient")
    return error


def _slept(woken: object, operation: str) -> None:
    if woken is True:  # as an Event's ``wait`` says it
        raise Interrupted(f"interrupted: {operation} was not tried again", hint="run again to go on")


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """The seconds that a Retry-After header asks for, given as seconds or as an HTTP date (RFC 9110, 10.2.3).

    A date is read against the answer's own Date header, so that the two clocks need not agree. None when
    there is no header or it makes no sense.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    wish = str(lowered.get("retry-after", "")).strip()
    if re.fullmatch(r"\d+(\.\d+)?", wish):
        seconds = float(wish)
        return seconds if math.isfinite(seconds) else None
    moment = _http_date(wish)
    if moment is None:
        return None
    reference = _http_date(str(lowered.get("date", "")))
    if reference is None:
        reference = time.time() if now is None else now
    return max(moment - reference, 0.0)


def _http_date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
