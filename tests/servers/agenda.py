"""What a service has still to do, and its clock."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Action = Callable[[datetime], None]


class Agenda:
    """Actions due at moments of a clock that tests can put forward. Nothing runs by itself: ``run`` does
    what is due, and is called before every answer."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._due: list[tuple[datetime, int, str, Action]] = []
        self._numbers = itertools.count()
        self._lock = threading.RLock()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def forward(self, seconds: float) -> None:
        """Puts the clock forward."""
        self._ahead += timedelta(seconds=seconds)

    def add(self, kind: str, at: datetime, action: Action) -> None:
        with self._lock:
            heapq.heappush(self._due, (at, next(self._numbers), kind, action))

    def run(self, kind: str | None = None) -> None:
        """What is due; with a kind, also all of that kind that is due later, as if it were due now. Actions
        are given the moment when they happen, and may add others."""
        with self._lock:
            while (place := self._next(kind)) is not None:
                at, _, _, action = self._due.pop(place)
                heapq.heapify(self._due)
                action(min(at, self.now()))

    def _next(self, kind: str | None) -> int | None:
        now = self.now()
        chosen = [place for place, (at, _, of, _) in enumerate(self._due) if at <= now or of == kind]
        return min(chosen, key=lambda place: self._due[place][:2], default=None)
