"""Queries as text. Values go in through ``format_soql``; names come from describes, never from data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from simple_salesforce.format import format_soql

from connector.crm.fit import plain_text
from connector.crm.title_patterns import pattern, spellings

# Characters of a query, encoded for a url; a request's line and headers may have 16,384 bytes
# (https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/salesforce_app_limits_platform_api.htm).
LONGEST = 8_000
LONGEST_TEXT = 4_000  # characters of one text in a WHERE clause


def select(object: str, fields: Sequence[str], where: str = "") -> str:
    return f"SELECT {','.join(fields)} FROM {object}" + (f" WHERE {where}" if where else "")  # noqa: S608


def is_null(field: str) -> str:
    return f"{field} = null"


def one_of(field: str, values: Iterable[str], room: int) -> Iterator[str]:
    """Conditions that ``field`` is one of ``values``, each of at most ``room`` characters, encoded."""
    head = f"{field} IN "
    chunk: list[str] = []
    length = 0
    for value in values:
        cost = encoded(literal(value)) + encoded(",")
        if chunk and length + cost > room:
            yield head + literals(chunk)
            chunk, length = [], 0
        if not chunk:
            length = encoded(head + "()")
        chunk.append(value)
        length += cost
    if chunk:
        yield head + literals(chunk)


def any_of(conditions: Iterable[str], room: int) -> Iterator[str]:
    """``conditions`` joined by OR, each join of at most ``room`` characters, encoded."""
    chunk: list[str] = []
    length = 0
    for condition in conditions:
        cost = encoded(f" OR {condition}")
        if chunk and length + cost > room:
            yield f"({' OR '.join(chunk)})"
            chunk, length = [], 0
        chunk.append(condition)
        length += cost
    if chunk:
        yield f"({' OR '.join(chunk)})"


def encoded(text: str) -> int:
    return len(quote(text, safe=""))


def literal(value: str) -> str:
    return str(format_soql("{}", value))


def literals(values: Sequence[str]) -> str:
    return str(format_soql("{}", list(values)))


def askable(text: str) -> str | None:
    """``text`` as a query may have it, or None when no record can hold it."""
    text = plain_text(text).strip()
    return text if text and len(text) <= LONGEST_TEXT else None


def title_condition(field: str, title: str) -> str:
    """A condition that holds for the records whose ``field`` may be equal to ``title`` by ``fold``."""
    like = pattern(title)
    if like is not None:
        return f"{field} LIKE {literal(like)}"
    return f"{field} IN {literals(spellings(title))}"
