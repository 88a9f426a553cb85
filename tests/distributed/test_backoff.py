"""When what is not done is tried again, and which jobs there are: without any queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.config import distributed
from connector.distributed.backoff import again
from connector.distributed.tasks import is_due, windows
from connector.errors import ConfigurationError, ExitCode

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CODES = st.sampled_from(list(ExitCode))


@pytest.mark.parametrize("code", [ExitCode.USAGE, ExitCode.DONE, ExitCode.ATTENTION])
def test_what_no_waiting_mends_is_not_tried_again(code: ExitCode) -> None:
    assert again(code, 0, NOW, 0.5) is None


def test_a_service_that_is_away_is_asked_ever_more_rarely() -> None:
    waits = [again(ExitCode.UNAVAILABLE, attempts, NOW, 0) for attempts in range(59)]
    seconds = [(wait - NOW).total_seconds() for wait in waits if wait]
    assert seconds[:4] == [60, 120, 240, 480] and max(seconds) == 3600 and len(seconds) == 59
    assert again(ExitCode.UNAVAILABLE, 59, NOW, 0) is None


def test_a_quota_that_is_used_up_is_waited_for() -> None:
    room = NOW + timedelta(hours=9)
    assert again(ExitCode.UNAVAILABLE, 0, NOW, 0.5, room) == room


def test_what_was_interrupted_goes_on_at_once() -> None:
    assert again(ExitCode.INTERRUPTED, 7, NOW, 0.5) == NOW


@given(CODES, st.integers(0, 10_000), st.floats(0, 1))
def test_every_job_comes_to_an_end(code: ExitCode, attempts: int, share: float) -> None:
    at = again(code, attempts, NOW, share)
    assert at is None or NOW <= at <= NOW + timedelta(hours=1)
    assert again(code, 1000, NOW, share) is None


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 4000), st.integers(1, 400))
def test_windows_cover_all_and_never_overlap(until: datetime, days: int, each: int) -> None:
    until = max(until, NOW)
    since = until - timedelta(days=days)
    cut = list(windows(since, until, each))
    assert [first for first, _ in cut] == [since, *(last for _, last in cut)][: len(cut)]
    assert not cut or cut[-1][1] == until
    assert all(last - first <= timedelta(days=each) for first, last in cut)


def test_windows_reach_to_the_end_of_time() -> None:
    end = datetime.max.replace(tzinfo=UTC)
    assert [last for _, last in windows(end - timedelta(days=40), end, 30)][-1] == end


@given(st.integers(1, 1440), st.integers(0, 2**33))
def test_every_tenant_is_due_once_in_every_period(every: int, timestamp: int) -> None:
    due = [minute for minute in range(every) if is_due("acme", timestamp + 60 * minute, every)]
    assert len(due) == 1


def config(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(f"tenants: {{}}\n{text}", encoding="utf-8")
    return path


def test_the_queue_is_where_the_ledgers_are_or_where_it_says(tmp_path: Path) -> None:
    path = config(
        tmp_path, "ledger: {url: 'postgresql://h/db?schema=x_{tenant}'}\ndistributed: {every_minutes: 5}"
    )
    settings, url = distributed(path, {})
    assert (settings.every_minutes, url) == (5, "postgresql://h/db")
    path = config(tmp_path, "ledger: {url: 'sqlite:///{tenant}.db'}\ndistributed: {url: 'env:QUEUE'}")
    assert distributed(path, {"QUEUE": "postgresql://h/q?schema=q"})[1] == "postgresql://h/q?schema=q"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ledger: {url: 'postgresql://h/{tenant}'}",
        "distributed: {url: 'env:MISSING'}",
        "distributed: {every_minutes: 0}",
        "distributed: {every: 5}",
        "distributed: 3",
    ],
)
def test_a_queue_that_cannot_be_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError):
        distributed(config(tmp_path, text), {})
