"""When a job that is not done is tried again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from connector.errors import ExitCode

# By how a run ended: seconds to the second attempt, doubled for each further one; the longest wait; and how
# many attempts are made. What is missing here is not tried again: settings do not get better by waiting.
_AGAIN = {
    ExitCode.BUG: (60, 3600, 5),  # a process that was killed, too
    ExitCode.UNAVAILABLE: (60, 3600, 60),
    ExitCode.LOCKED: (15, 300, 200),
    ExitCode.INTERRUPTED: (0, 0, 1000),
}


def again(
    code: ExitCode, attempts: int, now: datetime, share: float, retry_at: datetime | None = None
) -> datetime | None:
    """When to try again what ended with ``code`` after ``attempts`` earlier attempts; None for never.
    ``share`` (0 to 1, at random) is how much of half the wait is left off, so that what failed together does
    not come again together; ``retry_at``, where it is known, is when there is room again."""
    if code not in _AGAIN:
        return None
    first, longest, most = _AGAIN[code]
    if attempts + 1 >= most:
        return None
    seconds = min(first * 2.0 ** min(attempts, 30), longest)
    later = now + timedelta(seconds=seconds * (1 - share / 2))
    return max(later, retry_at) if retry_at else later
