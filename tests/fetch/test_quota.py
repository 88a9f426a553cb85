"""The pace of calls, on a clock that only moves when somebody sleeps, and on the real one over threads."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.fetch.quota import RateLimiter


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def limiter(per_second: float | None, clock: Clock) -> RateLimiter:
    return RateLimiter(per_second, clock=clock, sleep=clock.sleep)


@given(st.floats(0.1, 1000), st.lists(st.floats(0, 3), min_size=2, max_size=40))
def test_no_two_calls_are_closer_than_the_rate_allows(rate: float, work: list[float]) -> None:
    clock, moments = Clock(), []
    pace = limiter(rate, clock)
    for seconds in work:
        pace.wait()
        moments.append(clock.now)
        clock.now += seconds
    gaps = [after - before for before, after in pairwise(moments)]
    assert all(gap >= 1 / rate - 1e-9 for gap in gaps)


def test_the_quota_is_reached_within_five_percent() -> None:
    clock = Clock()
    pace = limiter(10, clock)
    for _ in range(1000):
        pace.wait()
        clock.now += 0.03  # the call itself
    assert clock.now - 50 <= 100 * 1.03


def test_a_pause_is_not_made_up_for_with_a_burst() -> None:
    clock = Clock()
    pace = limiter(10, clock)
    pace.wait()
    clock.now += 60
    began = clock.now
    for _ in range(11):
        pace.wait()
    assert clock.now - began == pytest.approx(1.0 / 0.98)


@pytest.mark.parametrize("unlimited", [None, 0, 0.0])
def test_no_limit_never_waits(unlimited: float | None) -> None:
    clock = Clock()
    pace = limiter(unlimited, clock)
    for _ in range(1000):
        pace.wait()
    assert clock.now == 50


def test_a_hold_delays_the_next_call_and_is_followed_by_nineteen_twentieths_of_the_rate() -> None:
    clock = Clock()
    pace = limiter(10, clock)
    pace.wait()
    pace.hold(2)
    pace.hold(1)  # a shorter one does not shorten it
    pace.wait()
    assert clock.now == pytest.approx(52)
    for _ in range(19):
        pace.wait()
    assert clock.now == pytest.approx(54)
    pace.hold(1)  # and not slower and slower
    pace.wait()
    pace.wait()
    assert clock.now == pytest.approx(55 + 0.1 / 0.95)


def test_a_hold_reaches_calls_that_were_already_waiting() -> None:
    clock = Clock()

    def sleep(seconds: float) -> None:
        if clock.now == 50:  # the other thread is throttled while this one waits
            pace.hold(5)
        clock.now += seconds

    pace = RateLimiter(10, clock=clock, sleep=sleep)
    pace.wait()
    pace.wait()
    assert clock.now == pytest.approx(55)


def test_threads_share_the_rate() -> None:
    pace = RateLimiter(200, clock=time.monotonic, sleep=threading.Event().wait)
    moments: list[float] = []

    def call(_: int) -> None:
        pace.wait()
        moments.append(time.monotonic())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(call, range(60)))
    assert max(moments) - min(moments) >= 59 / 200 - 0.02
