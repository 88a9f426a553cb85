"""A listing that ends only where the service says so, and yields each invitation once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from connector.errors import InputError, RefusedError, ServiceError, TokenExpired
from connector.fetch import Listed, Selection
from connector.fetch.aws_errors import NAME
from connector.fetch.client import Answer
from connector.fetch.service_model import SERVICE
from connector.invitation import digest
from connector.records import CoercionError, FieldMeta, coerce

log = logging.getLogger(__name__)

LIST = "ListEngagementInvitations"
SUMMARIES = "EngagementInvitationSummaries"
PAGE_SIZE = 100  # the most that the service model allows

_RESTARTS = 3  # in a row, without one new entry between them
_BARREN_PAGES = 1000  # in a row, without one new entry
_MOMENT = FieldMeta("InvitationDate", "datetime")


class Pages:
    """Watches a listing go from page to page, so that one that leads nowhere comes to an end."""

    def __init__(self) -> None:
        self._tokens = set[str]()
        self._known = 0
        self._barren = 0

    def turned(self, token: str, known: int) -> None:
        """The page that ``token`` stands for comes next; ``known`` entries have been met so far, each counted
        once. Raises ServiceError when there will be no end to it."""
        self._barren = 0 if known > self._known else self._barren + 1
        self._known = known
        if token in self._tokens:
            raise circular("the same page token came again")
        if self._barren > _BARREN_PAGES:
            raise circular(f"{self._barren} pages without a new entry")
        self._tokens.add(token)


class Listing:
    """``page`` makes one call for a page; ``parameters`` are those of the first."""

    def __init__(self, page: Callable[[Mapping[str, Any]], Answer], parameters: Mapping[str, Any]) -> None:
        self._page = page
        self._parameters = {**parameters, "MaxResults": PAGE_SIZE}
        self._seen: set[str] = set()
        self._repeated = 0

    def entries(self, selection: Selection) -> Iterator[Listed]:
        """Every entry inside the selection's dates, each id once, though a page token may expire on the way:
        then it starts again from the first page, which also finds what arrived meanwhile."""
        restarts = 0
        while True:
            known = len(self._seen)
            try:
                for listed in self._once():
                    if _inside(listed, selection):
                        yield listed
                if self._repeated:
                    log.info("%d summaries came more than once, and count once", self._repeated)
                return
            except TokenExpired as error:
                restarts = 1 if len(self._seen) > known else restarts + 1
                if restarts > _RESTARTS:
                    raise ServiceError(
                        f"{NAME} let the listing's page token expire {restarts} times in a row",
                        service=SERVICE,
                        operation=LIST,
                        code=error.code,
                        hint="run again; what was listed so far is not lost",
                    ) from error
                log.warning("a page token expired after %d entries: listing again", len(self._seen))

    def _once(self) -> Iterator[Listed]:
        met: set[str] = set()  # this time: when a listing starts again, all that is known comes again
        for number, summaries in enumerate(self._pages(met), 1):
            for position, summary in enumerate(summaries, 1):
                listed = _listed(summary, f"page {number}, entry {position}")
                # An entry without Id is known by its content, since its place moves from listing to listing.
                key = listed.id if listed.error is None else listed.digest
                met.add(key)
                if key not in self._seen:
                    self._seen.add(key)
                    yield listed
                else:
                    self._repeated += 1

    def _pages(self, met: set[str]) -> Iterator[list[Any]]:
        """The pages up to the one without a token; a page may be short or empty and yet not be the last.
        ``met`` is filled by whoever takes them."""
        token, pages = None, Pages()
        while True:
            raw = self._answer(token)
            yield raw[SUMMARIES] or []
            token = raw.get("NextToken")
            if not token:
                return
            pages.turned(token, len(met))

    def _answer(self, token: str | None) -> Mapping[str, Any]:
        if token is None:
            return self._page(self._parameters).raw
        try:
            return self._page({**self._parameters, "NextToken": token}).raw
        except RefusedError as error:
            # The same request without a token was accepted, so it is the token that is not valid (any more).
            if error.code not in ("ValidationException", "ResourceNotFoundException"):
                raise
            raise TokenExpired(error.message, service=SERVICE, operation=LIST, code=error.code) from None


def circular(what: str) -> ServiceError:
    """For a listing that would never end."""
    return ServiceError(
        f"{NAME} lists in a circle: {what}",
        service=SERVICE,
        operation=LIST,
        hint="run again later; what was listed so far is not lost",
    )


def _listed(summary: Any, where: str) -> Listed:
    if not isinstance(summary, dict) or not isinstance(summary.get("Id"), str) or not summary["Id"].strip():
        error = InputError(
            f"{NAME} listed an invitation without Id ({where})",
            hint="it cannot be asked for; look it up in Partner Central",
        )
        return Listed(where, digest(summary), error=error)
    return Listed(
        summary["Id"],
        digest(summary),
        status=_text(summary.get("Status")),
        payload_type=_text(summary.get("PayloadType")),
        date=_moment(summary.get("InvitationDate")),
        summary=summary,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _moment(value: object) -> datetime | None:
    try:
        moment = coerce(value, _MOMENT)
    except CoercionError:
        return None
    return moment if isinstance(moment, datetime) else None


def _inside(listed: Listed, selection: Selection) -> bool:
    if listed.date is None:
        return True
    after = selection.since is None or listed.date >= selection.since
    return after and (selection.until is None or listed.date < selection.until)
