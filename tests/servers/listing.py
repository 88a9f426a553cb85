"""Pages of a listing, for every operation that has one."""

from __future__ import annotations

import functools
import hashlib
import heapq
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from tests.servers.errors import bad_token
from tests.servers.faults import PAGES, kept
from tests.servers.paging import PageTokens, Place

Raw = dict[str, Any]
Step = str | Callable[[Raw], Raw] | None


def page(
    tokens: PageTokens, size: int, operation: str, body: Raw, step: Step, found: Mapping[Place, Raw]
) -> tuple[list[Raw], str | None]:
    """The entries of one page, in the order that the request asks for (the latest first unless it says
    otherwise), and the token of the next. ``size`` is the most that a page holds; ``step`` a scripted fault.
    Raises ServiceFault for a token no good."""
    newest_first = (body.get("Sort") or {}).get("SortOrder") != "ASCENDING"
    query = _fingerprint(operation, body)
    after = _cursor(tokens, body.get("NextToken"), query, step)
    limit = min(body.get("MaxResults") or size, size)
    # One more than asked for says whether there is a next page.
    order = heapq.nlargest if newest_first else heapq.nsmallest
    places = order(limit + 1, _beyond(found, after, newest_first))
    shown = places[: kept(step if isinstance(step, str) else None, min(limit, len(places)))]
    more = len(places) > limit or step in PAGES
    last = shown[-1] if shown else after
    if step == "repeated_page" and after is not None and after in found:
        shown = [after, *shown]
    return [found[place] for place in shown], tokens.seal(last, query) if more else None


def _beyond(found: Iterable[Place], after: Place | None, newest_first: bool) -> list[Place]:
    if after is None:
        return list(found)
    return [place for place in found if (place < after if newest_first else place > after)]


def _cursor(tokens: PageTokens, token: str | None, query: str, step: Step) -> Place | None:
    if step == "expired_token":
        raise bad_token("expired")
    return None if token is None else tokens.open(token, query)


def _fingerprint(operation: str, body: Raw) -> str:
    filters = {name: value for name, value in body.items() if name not in ("NextToken", "MaxResults")}
    asked = orjson.dumps([operation, filters], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(asked).hexdigest()[:16]


def chosen(body: Raw, name: str, *values: Any) -> bool:
    """Whether a filter, a list of the request's, is absent or holds one of the values."""
    return not body.get(name) or any(value in body[name] for value in values if value)


def sortable(text: Any) -> str:
    """A moment as text that sorts. Fractions come with up to nine digits: pad them to compare."""
    return _padded(str(text or ""))


@functools.lru_cache(maxsize=200_000)  # every page sorts all that is listed
def _padded(text: str) -> str:
    moment, _, fraction = text.rstrip("Z").partition(".")
    return f"{moment}.{fraction:0<9}"
