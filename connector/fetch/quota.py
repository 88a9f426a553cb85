"""Calls evenly spaced in time, whatever the number of threads that make them.

Partner Central allows 10 reads a second to a partner account (not to a thread or a client), see
https://docs.aws.amazon.com/partner-central/latest/APIReference/quotas.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable

# Of the rate: calls spaced to the very limit overrun it by each other's jitter on the way where any second is
# counted strictly, and every throttled call costs all threads a pause: such a service was half as fast
# without a margin. A small one will do for most; where it did not, a larger one.
_PACE = 0.98
_EASED = 0.95


class RateLimiter:
    """Hands out moments so far apart that fewer than ``per_second`` fall into any second, and a little fewer
    after the first ``hold``; ``None`` or 0 is no limit.

    Moments are booked ahead and not counted from when a thread woke up, so that a late wake-up does not
    lower the rate. A moment nobody asked for is lost: after a pause there is no burst, which the service
    would answer with ThrottlingException.
    """

    def __init__(
        self, per_second: float | None, *, clock: Callable[[], float], sleep: Callable[[float], object]
    ) -> None:
        self._interval = 1.0 / (_PACE * per_second) if per_second else 0.0
        self._eased = self._interval * _PACE / _EASED
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = float("-inf")
        self._held_until = float("-inf")

    def wait(self) -> None:
        """Wait for this thread's moment."""
        while True:
            with self._lock:
                now = self._clock()
                moment = max(now, self._next, self._held_until)
                self._next = moment + self._interval
            if moment > now:
                self._sleep(moment - now)
            with self._lock:
                if moment >= self._held_until:
                    return
            # All were held back while this thread waited: its moment is void, it takes a later one.

    def hold(self, seconds: float) -> None:
        """Hold back every thread, those already waiting too: the quota that was overrun is shared. All go a
        little slower from then on."""
        with self._lock:
            self._interval = self._eased
            self._held_until = max(self._held_until, self._clock() + seconds)
            self._next = max(self._next, self._held_until)
