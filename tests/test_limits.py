from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.budget import ReadBudget
from connector.changes import Action, Change, Plan
from connector.errors import BudgetExhausted
from connector.limits import Limits


def plan(updates: int, *, fresh: bool = False) -> Plan:
    changes = [Change(f"r{n}", "o", "k", str(n), Action.UPDATE, "id", fresh=fresh) for n in range(updates)]
    return Plan("engi", [*changes, Change("new", "o", "k", "x", Action.CREATE)])


def test_creations_and_what_the_run_made_itself_do_not_count() -> None:
    plans = [plan(0)] * 50 + [plan(3, fresh=True)]
    assert Limits(max_updates=0).allowance(0).split(plans) == (plans, [])


@given(st.lists(st.integers(0, 5)), st.integers(0, 20))
def test_never_more_updates_than_allowed_and_nothing_lost(counts: list[int], limit: int) -> None:
    plans = [plan(count) for count in counts]
    allowance = Limits(max_updates=limit, max_updates_percent=None).allowance(0)
    first, left = allowance.split(plans)
    assert first + left == plans
    assert sum(p.updates() for p in first) <= limit
    assert not left or sum(p.updates() for p in first) + left[0].updates() > limit


def test_the_lower_limit_binds_and_is_named() -> None:
    assert "percent" in Limits(max_updates=1000, max_updates_percent=30).allowance(100).reason
    assert "max_updates is" in Limits(max_updates=20, max_updates_percent=30).allowance(100).reason
    assert Limits(1000, 30).allowance(100).split([plan(30), plan(1)])[1]


def test_a_percentage_of_a_handful_binds_nobody_and_force_passes_all() -> None:
    assert not Limits(max_updates_percent=30).allowance(9).split([plan(9)])[1]
    assert not Limits(max_updates=0, max_updates_percent=0, force=True).allowance(100).split([plan(9)])[1]


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_a_budget_is_of_any_24_hours_and_says_when_there_is_room_again() -> None:
    clock = Clock()
    budget = ReadBudget(3, {}, clock=clock)
    for _ in range(3):
        budget.take()
        clock.now += timedelta(hours=1)
    with pytest.raises(BudgetExhausted) as caught:
        budget.take()
    assert caught.value.available_at == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    clock.now = caught.value.available_at
    budget.take()
    with pytest.raises(BudgetExhausted):
        budget.take()


def test_a_budget_goes_on_from_what_earlier_runs_spent() -> None:
    clock = Clock()
    first = ReadBudget(5, {}, clock=clock)
    for _ in range(4):
        first.take()
    second = ReadBudget(5, first.unsaved(), clock=clock)
    assert second.left() == 1
    assert first.unsaved() == {}


def test_what_a_clock_that_was_far_ahead_has_counted_does_not_block_the_right_one() -> None:
    clock = Clock()
    minute = int(clock.now.timestamp()) // 60
    assert ReadBudget(5, {minute + 365 * 24 * 60: 5}, clock=clock).left() == 5
    # But a clock that has been set back a little, for the time being, still counts what was read lately.
    assert ReadBudget(5, {minute + 60: 5}, clock=clock).left() == 0


def test_a_budget_that_may_wait_waits_until_there_is_room() -> None:
    clock = Clock()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        clock.now += timedelta(seconds=seconds)

    budget = ReadBudget(1, {}, clock=clock, wait=wait)
    budget.take()
    budget.take()
    assert sum(waits) == pytest.approx(24 * 3600)
