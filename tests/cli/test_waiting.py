"""What a person who waits is told, and how waiting ends."""

from __future__ import annotations

import logging
import threading

import pytest

from connector.backfill import Estimate
from connector.cli.backfill import describe
from connector.cli.options import Options
from connector.cli.progress import Progress
from connector.cli.stopping import patient
from connector.errors import Interrupted


def test_elsewhere_than_on_a_terminal_progress_is_a_line_now_and_then(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 0.0
    with (
        caplog.at_level(logging.INFO, "connector.progress"),
        Progress("sync", Options(), lambda: now) as progress,
    ):
        for done in range(1, 201):
            now += 0.125
            progress.update(done, 5000)
    assert [record.getMessage() for record in caplog.records] == [
        "sync: 80 of 5,000",
        "sync: 160 of 5,000",
    ]


def test_a_wait_for_the_quota_is_said_and_ends_when_the_run_is_stopped() -> None:
    said: list[float] = []
    stop = threading.Event()
    wait = patient(stop, said.append)
    wait(0.0)
    stop.set()
    with pytest.raises(Interrupted):
        wait(3600.0)
    assert said == [0.0, 3600.0]


def test_a_backfill_says_its_calls_and_its_time_inside_the_quotas() -> None:
    expected = Estimate(listed=250_000, due=240_000, calls=242_500, seconds=172_900.4, budget_left=90_000)
    assert describe(expected, 10, 100_000) == (
        "250,000 invitations, 240,000 of them to be fetched: 242,500 calls, at least 2 days, 0:01:40"
        " inside the quotas of 10 a second and 100,000 in 24 hours (90,000 left now)."
    )
