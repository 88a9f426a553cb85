"""How many existing records one run may write to. Creations are a backfill's normal work and do not count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connector.changes import Plan

FEW = 10  # records; below this many, a percentage of them says nothing


@dataclass(frozen=True, slots=True)
class Limits:
    """``max_updates`` counts records; ``max_updates_percent`` is of the records that the ledger knows, and
    holds from ten of them up. None: no limit; ``force`` passes both."""

    max_updates: int | None = 1000
    max_updates_percent: float | None = 30
    force: bool = False

    def allowance(self, known_records: int) -> Allowance:
        """What a run may do that starts with ``known_records`` in the ledger."""
        bounds: list[tuple[int, str]] = []
        if self.max_updates is not None:
            bounds.append((self.max_updates, f"limits.max_updates is {self.max_updates}"))
        if self.max_updates_percent is not None and known_records >= FEW:
            bound = int(known_records * self.max_updates_percent / 100)
            bounds.append(
                (bound, f"limits.max_updates_percent is {self.max_updates_percent:g} ({bound} records)")
            )
        if self.force or not bounds:
            return Allowance(None, "")
        return Allowance(*min(bounds))


class Allowance:
    """What is left of the limits while a run goes on. ``reason`` names the limit that binds."""

    def __init__(self, updates: int | None, reason: str) -> None:
        self._left = updates
        self.reason = reason

    def split(self, plans: Sequence[Plan]) -> tuple[list[Plan], list[Plan]]:
        """``plans`` up to the first that would pass the limit, and the rest."""
        if self._left is None:
            return list(plans), []
        for index, plan in enumerate(plans):
            if plan.updates() > self._left:
                return list(plans[:index]), list(plans[index:])
            self._left -= plan.updates()
        return list(plans), []
