"""Which entries of a listing a run has to fetch."""

from __future__ import annotations

from datetime import datetime, timedelta

from connector.apply import Kind
from connector.fetch import Listed
from connector.ledger_rows import Seen

# What a person has done in the CRM about a review shows only when the invitation is planned anew, which takes
# a read: at this interval, a thousand reviews take a quarter of the day's.
REVIEWED_FOR = timedelta(hours=1)


def known_unless_due(
    listed: Listed, seen: Seen | None, fingerprint: str, now: datetime, reviewed_for: timedelta
) -> Seen | None:
    """What the ledger has of an entry, or None when the entry must be fetched: it is new, its summary or the
    mapping has changed, it failed last time, or it was put up for review ``reviewed_for`` ago or longer."""
    if listed.error is not None or seen is None or not listed.digest or seen.summary_digest != listed.digest:
        return None
    if seen.fingerprint != fingerprint or seen.outcome is Kind.FAILED:
        return None
    if seen.outcome is Kind.REVIEW and not _is_recent(seen.planned_at, now, reviewed_for):
        return None
    return seen


def _is_recent(moment: datetime | None, now: datetime, span: timedelta) -> bool:
    """Whether ``moment`` is no further back than ``span``; one to come was told by a clock that was wrong."""
    return moment is not None and timedelta() <= now - moment < span
