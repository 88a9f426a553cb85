"""A listing, and the answers of those of its entries that are due, in the listing's order.

Gets run ahead of the walk on a few threads, so that the service's quota and not our writing is what bounds a
backfill; the look-ahead is bounded, and so is memory.
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from connector.errors import ConnectorError, InputError
from connector.fetch import Listed, Selection, Source
from connector.invitation import Invitation

T = TypeVar("T")
log = logging.getLogger(__name__)

PAGE = 100  # entries; the most that ListEngagementInvitations gives at once


@dataclass(frozen=True, slots=True)
class Arrival:
    """A listed entry and what became of getting it: an ``invitation``; an ``error``; what was ``known`` of
    it, so that it was not due; or nothing, when fetching had been switched off before its turn."""

    listed: Listed
    invitation: Invitation | None = None
    error: ConnectorError | None = None
    known: Any = None


def arrivals(
    source: Source,
    selection: Selection,
    known: Callable[[Sequence[Listed]], Sequence[Any]],
    fetching: Callable[[], bool] = lambda: True,
    heard: Callable[[Arrival], object] = lambda _: None,
) -> Iterator[Arrival]:
    """Every entry of the listing once, in its order. ``known`` gives, for a page's entries, what is known of
    each, and None for those to get. ``fetching`` is asked before each get, and ``heard`` told what became of
    it, by whatever thread it was got. What the listing raises is raised.
    """

    def get(listed: Listed) -> Arrival:
        arrival = _get(source, listed, fetching)
        heard(arrival)
        return arrival

    entries = _once(source.list(selection))
    if source.concurrency == 1:
        for page in batched(entries, PAGE):
            for listed, knowledge in zip(page, known(page), strict=True):
                yield get(listed) if knowledge is None else Arrival(listed, known=knowledge)
        return
    with ThreadPoolExecutor(source.concurrency, thread_name_prefix="get") as pool:
        ahead: deque[Future[Arrival] | Arrival] = deque()
        try:
            for page in batched(entries, PAGE):
                for listed, knowledge in zip(page, known(page), strict=True):
                    if knowledge is None:
                        ahead.append(pool.submit(get, listed))
                    else:
                        ahead.append(Arrival(listed, known=knowledge))
                while len(ahead) > PAGE:
                    yield _settled(ahead.popleft())
        except ConnectorError:  # the listing broke off: what it gave before is on its way
            while ahead:
                yield _settled(ahead.popleft())
            raise
        while ahead:
            yield _settled(ahead.popleft())


def _once(entries: Iterable[Listed]) -> Iterator[Listed]:
    """Each id's first entry. What a file has of it further on, when that is not the same, is an entry that
    cannot be used: who appends answers to a file means the last one, and is to hear that it does not count.
    A service's pages shift while they are listed, and the next listing tells what has changed."""
    seen: dict[str, int] = {}
    for listed in entries:
        content = hash(listed.digest)  # of the digests themselves a long listing has many
        if listed.id not in seen:
            seen[listed.id] = content
            yield listed
        elif listed.place and content != seen[listed.id]:
            yield _otherwise(listed)
        else:
            log.warning("%s is listed twice; its first occurrence counts", listed.id)


def _otherwise(listed: Listed) -> Listed:
    status = f" ({listed.status})" if listed.status else ""
    message = (
        f"{listed.place}: {listed.id} once more, and otherwise than before{status}; what came first counts"
    )
    return Listed(
        listed.place, error=InputError(message, hint="keep one answer of each invitation, the latest")
    )


def _get(source: Source, listed: Listed, fetching: Callable[[], bool]) -> Arrival:
    if listed.error is not None:
        return Arrival(listed, error=listed.error)
    if not fetching():
        return Arrival(listed)
    try:
        return Arrival(listed, invitation=source.get(listed))
    except ConnectorError as error:
        return Arrival(listed, error=error)


def _settled(arrival: Future[Arrival] | Arrival) -> Arrival:
    return arrival.result() if isinstance(arrival, Future) else arrival


def batched(
    items: Iterable[T],
    size: int,
    seconds: float = math.inf,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[list[T]]:
    """Lists of up to ``size`` items, each of no more than came within ``seconds`` of its first. When
    ``items`` breaks off with an error, what came before is given first, and the error then."""
    batch: list[T] = []
    try:
        for item in items:
            if not batch:
                began = clock()
            batch.append(item)
            if len(batch) >= size or clock() - began >= seconds:
                yield batch
                batch = []
    except ConnectorError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch
