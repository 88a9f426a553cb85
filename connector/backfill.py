"""What a backfill will cost inside the service's quotas, said before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.due import known_unless_due
from connector.fetch import Listed, Selection
from connector.fetch.arrivals import PAGE, batched
from connector.ledger_rows import Seen
from connector.mapping.fitted import is_of
from connector.mapping.model import Mapping
from connector.walk import Walk

DAY = 24 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class Estimate:
    """``listed`` invitations, of which ``due`` are to be fetched; ``calls`` are the reads still to be made
    (the listing again, and a get each), ``seconds`` how long these take at best inside both quotas, and
    ``budget_left`` what the last 24 hours leave (None: no such quota)."""

    listed: int
    due: int
    calls: int
    seconds: float
    budget_left: int | None


def estimate(walk: Walk, selection: Selection, reads_per_second: float, reads_per_day: int) -> Estimate:
    """List what is selected, and count what the ledger says is still to be fetched. Writes nothing."""
    listed = due = 0
    for page in batched(walk.source.list(selection), PAGE):
        seen = walk.ledger.seen([entry.id for entry in page])
        listed += len(page)
        now = walk.clock()
        due += sum(_is_due(entry, seen.get(entry.id), walk.mapping, now) for entry in page)
    left = walk.budget.left() if walk.budget else None
    calls = due - (-listed // PAGE) if left is not None else 0
    return Estimate(listed, due, calls, seconds_for(calls, left, reads_per_second, reads_per_day), left)


def _is_due(entry: Listed, seen: Seen | None, mapping: Mapping, now: datetime) -> bool:
    """Asked before the CRM is: which fields it lacks, nobody knows yet."""
    fingerprint = seen.fingerprint if seen and is_of(seen.fingerprint, mapping) else mapping.fingerprint
    return known_unless_due(entry, seen, fingerprint, now, reviewed_for=timedelta()) is None


def seconds_for(calls: int, left: int | None, per_second: float, per_day: int) -> float:
    """How long ``calls`` reads take when ``left`` remain of today's ``per_day``, each further day's worth
    waiting for the rolling 24 hours to make room."""
    seconds = calls / per_second if per_second else 0.0
    if left is not None and calls > left and per_day:
        full_days = -(-(calls - left) // per_day)
        rest = (calls - left - (full_days - 1) * per_day) / per_second if per_second else 0.0
        return max(seconds, full_days * DAY + rest)
    return seconds
