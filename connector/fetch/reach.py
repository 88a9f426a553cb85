"""Whether the service is still there to be asked, by what became of its gets."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

from connector.errors import AccessDenied, BudgetExhausted, ConnectorError, TransientError
from connector.fetch import Listed
from connector.fetch.arrivals import Arrival
from connector.invitation import Invitation

log = logging.getLogger(__name__)

IN_A_ROW = 5  # gets that failed for good: is it the service, or are it these invitations?
_ONE_INVITATION = ("AccessDeniedException", "AccessDenied")  # of which a denial may be, by its code


class Reach:
    """Hears what became of every get, when it is known: from several threads, in no order of the listing.
    ``error``: what ended a get as it would end every later one, as far as can be told. ``get`` is asked for
    invitations that should be given, before several that are not are taken for a sign."""

    def __init__(self, get: Callable[[Listed], Invitation]) -> None:
        self.error: ConnectorError | None = None
        self._get = get
        self._failed = 0  # in a row, for a reason that is not the invitation's
        self._denials = list[AccessDenied]()
        self._got = False
        self._given: Listed | None = None  # an invitation that was given before
        self._last: Listed | None = None  # the last that is to be got, as far as the listing has come
        self._asked = set[str]()
        self._hearing = threading.Lock()

    def listed(self, page: Sequence[Listed], known: Sequence[Any]) -> None:
        """Told of every page before its gets; ``known`` as in ``arrivals``."""
        with self._hearing:
            for listed, knowledge in zip(page, known, strict=True):
                if listed.error is not None:
                    continue
                if knowledge is None:
                    self._last = listed
                elif listed.status != "REJECTED":  # which takes access away
                    self._given = listed

    def hear(self, arrival: Arrival) -> None:
        error = arrival.error
        with self._hearing:  # also while it asks itself: until it knows, nobody else need ask
            self._asked.add(arrival.listed.id)
            if arrival.invitation is not None:
                self._got, self._given = True, arrival.listed
            if isinstance(error, AccessDenied):
                self._denials.append(error)
            self._failed = self._failed + 1 if error is not None and _is_of_the_service(error) else 0
            if self.error is None and error is not None and (_is_final(error) or self._is_gone()):
                self.error = error

    def denied(self) -> ConnectorError | None:
        """At the end: the denial, when some were denied and not one was not. Then it is the credentials that
        may not get any."""
        if self._got or len(self._denials) < IN_A_ROW:
            return None
        return self._denials[0] if self._asks(AccessDenied) else None

    def _is_gone(self) -> bool:
        """Whether so many have failed in a row that the service is gone. Where it is not, they count anew."""
        if self._failed < IN_A_ROW:
            return False
        if self._asks(AccessDenied, TransientError):
            return True
        self._failed = 0
        return False

    def _asks(self, *signs: type[ConnectorError]) -> bool:
        """Ask for what should be given: one that was given before, and one that comes late. Whether neither
        is, for one of ``signs`` (or because there is none)."""
        last = self._last if self._last and self._last.id not in self._asked else None
        for listed in filter(None, (self._given, last)):
            try:
                self._get(listed)
            except ConnectorError as error:
                if isinstance(error, signs):
                    continue
            else:
                self._got = True
            log.info("%d invitations are not given, but %s: it goes on", IN_A_ROW, listed.id)
            return False
        return True


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
