"""The service's quota per rolling 24 hours, kept over runs by way of the ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from connector.errors import BudgetExhausted

DAY = 24 * 60  # minutes


class ReadBudget:
    """Counts reads, or ``what`` else has such a quota, by the minute. ``take`` is called before every one,
    from any thread.

    ``wait`` is called with the seconds until there is room again, and waits; without it, an empty budget
    raises BudgetExhausted.
    """

    def __init__(
        self,
        per_day: int,
        spent: Mapping[int, int],
        *,
        clock: Callable[[], datetime],
        wait: Callable[[float], object] | None = None,
        what: str = "reads",
    ) -> None:
        self._per_day = per_day
        self._spent = dict(spent)
        self._clock = clock
        self._wait = wait
        self._what = what
        self._lock = threading.Lock()
        self._total = sum(self._spent.values())
        self._dirty: set[int] = set()

    def take(self, _kind: str = "read") -> None:
        """Account for one read. Raises BudgetExhausted when the last 24 hours have no room left."""
        while True:
            with self._lock:
                now = self._clock()
                minute = int(now.timestamp()) // 60
                self._forget(minute)
                if self._total < self._per_day:
                    self._spent[minute] = self._spent.get(minute, 0) + 1
                    self._total += 1
                    self._dirty.add(minute)
                    return
                available = self._available_at(now)
            if self._wait is None:
                raise BudgetExhausted(
                    f"the quota of {self._per_day:,} {self._what} in 24 hours is used up",
                    service="partnercentral-selling",
                    available_at=available,
                    hint=f"nothing is lost: run again after {available:%Y-%m-%d %H:%M} UTC",
                )
            self._wait(max((available - now).total_seconds(), 1.0))

    def left(self) -> int:
        """How many reads the last 24 hours leave."""
        with self._lock:
            self._forget(int(self._clock().timestamp()) // 60)
            return max(self._per_day - self._total, 0)

    def unsaved(self) -> dict[int, int]:
        """The minutes whose totals changed since the last call, for the ledger."""
        with self._lock:
            changed = {minute: self._spent[minute] for minute in self._dirty if minute in self._spent}
            self._dirty.clear()
            return changed

    def _forget(self, minute: int) -> None:
        # (What is to come within a day may be the past of a clock that was set right; what is to come later
        # was counted by one that was wrong, and would block the reads of years.)
        for other in [spent for spent in self._spent if not minute - DAY < spent <= minute + DAY]:
            self._total -= self._spent.pop(other)

    def _available_at(self, now: datetime) -> datetime:
        if not self._spent:
            return now + timedelta(days=1)
        return datetime.fromtimestamp((min(self._spent) + DAY) * 60, UTC)
