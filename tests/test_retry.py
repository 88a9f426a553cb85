"""The retry policy, on a clock that only moves when somebody sleeps."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import NotFoundError, TransientError
from connector.retry import RetryPolicy, retry, retry_after


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Flaky:
    """Fails ``failures`` times, each attempt taking ``seconds``, then answers with the number of attempts."""

    def __init__(
        self, clock: Clock, failures: float, *, wish: float | None = None, seconds: float = 0
    ) -> None:
        self.clock, self.failures, self.wish, self.seconds, self.made = clock, failures, wish, seconds, 0

    def __call__(self) -> int:
        self.made += 1
        self.clock.now += self.seconds
        if self.made <= self.failures:
            raise TransientError("it is down", service="s", code="Down", retry_after=self.wish, hint="wait")
        return self.made


def run(
    policy: RetryPolicy, function: Callable[[], int], clock: Clock, random: Callable[[], float] = lambda: 1.0
) -> int:
    return retry(
        policy, function, service="crm", operation="Write", sleep=clock.sleep, clock=clock, random=random
    )


def test_what_succeeds_at_once_never_waits() -> None:
    clock = Clock()
    assert run(RetryPolicy(), Flaky(clock, 0), clock) == 1
    assert clock.slept == []


def test_waits_double_up_to_the_cap() -> None:
    clock = Clock()
    assert run(RetryPolicy(attempts=9, base=1, cap=10), Flaky(clock, 6), clock) == 7
    assert clock.slept == [1, 2, 4, 8, 10, 10]


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 12), st.floats(0.01, 5), st.floats(0.01, 60))
def test_every_wait_is_within_its_jitter_and_the_deadline(
    drawn: float, attempts: int, base: float, cap: float
) -> None:
    clock, policy = Clock(), RetryPolicy(attempts=attempts, deadline=20, base=base, cap=cap)
    with pytest.raises(TransientError):
        run(policy, Flaky(clock, float("inf")), clock, random=lambda: drawn)
    assert len(clock.slept) < attempts
    assert sum(clock.slept) <= 20
    for number, seconds in enumerate(clock.slept):
        assert 0 <= seconds <= min(cap, base * 2**number)


def test_a_hundred_thousand_attempts_do_not_overflow() -> None:
    clock = Clock()
    function = Flaky(clock, 2000)
    assert run(RetryPolicy(attempts=3000, deadline=1e9), function, clock, random=lambda: 0.0) == 2001


def test_gives_up_after_the_last_attempt_and_says_how_many_there_were() -> None:
    clock = Clock()
    function = Flaky(clock, float("inf"))
    with pytest.raises(TransientError, match=r"^it is down \(given up after 3 attempts in 2 s\)$") as caught:
        run(RetryPolicy(attempts=3), function, clock)
    assert function.made == 3
    assert (caught.value.code, caught.value.hint) == ("Down", "wait")
    assert caught.value.message == str(caught.value)


def test_one_attempt_is_one_attempt() -> None:
    clock = Clock()
    with pytest.raises(TransientError, match=r"given up after 1 attempt in 0 s"):
        run(RetryPolicy(attempts=1), Flaky(clock, 1), clock)


def test_the_deadline_counts_the_time_that_attempts_take() -> None:
    clock = Clock()
    function = Flaky(clock, float("inf"), seconds=60)
    with pytest.raises(TransientError, match="5 attempts"):
        run(RetryPolicy(deadline=300), function, clock)
    assert clock.now - 1000 <= 300 + 60


def test_a_retry_after_takes_the_place_of_the_drawn_wait() -> None:
    clock = Clock()
    assert run(RetryPolicy(), Flaky(clock, 2, wish=7.5), clock) == 3
    assert clock.slept == [7.5, 7.5]


def test_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    clock = Clock()
    with pytest.raises(TransientError, match="1 attempt"):
        run(RetryPolicy(deadline=300), Flaky(clock, 1, wish=301), clock)
    assert clock.slept == []


def test_a_retry_after_of_zero_still_backs_off() -> None:
    clock = Clock()
    run(RetryPolicy(base=2), Flaky(clock, 1, wish=0), clock)
    assert clock.slept == [2]


@pytest.mark.parametrize(
    "error", [NotFoundError("gone", service="s"), ValueError("a bug"), KeyboardInterrupt()]
)
def test_everything_else_passes_at_once(error: BaseException) -> None:
    clock = Clock()

    def function() -> int:
        raise error

    with pytest.raises(type(error)) as caught:
        run(RetryPolicy(), function, clock)
    assert caught.value is error
    assert clock.slept == []


def test_an_interrupt_during_a_wait_ends_it() -> None:
    clock = Clock()
    function = Flaky(clock, float("inf"))

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retry(RetryPolicy(), function, service="s", operation="o", sleep=interrupted, clock=clock)
    assert function.made == 1


def test_every_wait_is_logged_with_its_numbers(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    with caplog.at_level(logging.INFO, "connector.retry"):
        run(RetryPolicy(attempts=5), Flaky(clock, 2), clock)
    told = [
        {name: getattr(record, name) for name in ("service", "operation", "code", "attempt", "seconds")}
        for record in caplog.records
    ]
    assert told == [
        {"service": "crm", "operation": "Write", "code": "Down", "attempt": 1, "seconds": 0.5},
        {"service": "crm", "operation": "Write", "code": "Down", "attempt": 2, "seconds": 1.0},
    ]
    assert caplog.records[0].message == "crm Write: attempt 1 of 5 failed (Down), trying again in 0.5 s"


NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "120"}, 120),
        ({"retry-after": " 2.5 "}, 2.5),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({"Retry-After": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90),
        ({"Retry-After": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, 0),
        # The service's clock is an hour ahead of ours: what counts is its own idea of now.
        (
            {
                "Retry-After": format_datetime(NOW + timedelta(seconds=3630), usegmt=True),
                "Date": format_datetime(NOW + timedelta(seconds=3600), usegmt=True),
            },
            30,
        ),
        ({"Retry-After": "Mon, 99 Foo 2026 12:00:00 GMT"}, None),
    ],
)
def test_retry_after_as_seconds_and_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=NOW.timestamp()) == seconds


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_retry_after_header_can_break_anything(wish: str, date: str) -> None:
    seconds = retry_after({"Retry-After": wish, "Date": date}, now=0.0)
    assert seconds is None or seconds >= 0
