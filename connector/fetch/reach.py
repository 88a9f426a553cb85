"""Whether the service is still there to be asked, by what became of its gets."""

from __future__ import annotations

import threading

from connector.errors import AccessDenied, BudgetExhausted, ConnectorError, TransientError
from connector.fetch.arrivals import Arrival

IN_A_ROW = 5  # gets that failed for good: the service is gone, not the invitation
_ONE_INVITATION = ("AccessDeniedException", "AccessDenied")  # of which a denial may be, by its code


class Reach:
    """Hears what became of every get, when it is known: from several threads, in no order of the listing.
    ``error``: what ended a get as it would end every later one, as far as can be told."""

    def __init__(self) -> None:
        self.error: ConnectorError | None = None
        self._failed = 0  # in a row, for a reason that is not the invitation's
        self._denials = list[AccessDenied]()
        self._got = False
        self._hearing = threading.Lock()

    def hear(self, arrival: Arrival) -> None:
        error = arrival.error
        with self._hearing:
            if arrival.invitation is not None:
                self._got = True
            if isinstance(error, AccessDenied):
                self._denials.append(error)
            self._failed = self._failed + 1 if error is not None and _is_of_the_service(error) else 0
            if error is not None and (_is_final(error) or self._failed >= IN_A_ROW):
                self.error = self.error or error

    def denied(self) -> ConnectorError | None:
        """At the end: the denial, when some were denied and not one was not. Then it is the credentials that
        may not get any."""
        return self._denials[0] if not self._got and len(self._denials) >= IN_A_ROW else None


def is_of_the_credentials(error: ConnectorError) -> bool:
    """Whether an error denies our credentials everything, as far as its code can tell: AWS has one code for
    what may be a denial of a single invitation."""
    return isinstance(error, AccessDenied) and error.code not in _ONE_INVITATION


def _is_of_the_service(error: ConnectorError) -> bool:
    """Whether an error is about the service or our credentials, and not about one invitation."""
    return is_of_the_credentials(error) or isinstance(error, TransientError)


def _is_final(error: ConnectorError) -> bool:
    """Credentials that have expired do not come back. (A status for a code comes from a proxy, which may have
    taken offence at one answer.)"""
    if isinstance(error, AccessDenied):
        return is_of_the_credentials(error) and not error.code.isdigit()
    return isinstance(error, BudgetExhausted)
