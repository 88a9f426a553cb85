"""Queries as text. Values go in through ``format_soql``; names come from describes, never from data."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal
from urllib.parse import quote

from simple_salesforce.format import format_soql

from connector.crm.fit import plain_text

# Characters of a query, encoded for a url; a request's line and headers may have 16,384 bytes
# (https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/salesforce_app_limits_platform_api.htm).
LONGEST = 8_000
LONGEST_TEXT = 4_000  # characters of one text in a WHERE clause

# Characters that folding leaves alone, and LIKE takes literally. For any other, a record may have another.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.,:;&()/+#@!?")
_LIGATURES = ("ss", "ff", "fi", "fl", "st")  # letters that may be one in a record: ß, ﬀ, ﬁ, ﬂ, ﬆ
_TELLING = 4  # literal characters that a pattern needs lest it fetches the whole object


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
    """A condition that holds for the records whose ``field`` may be equal to ``title`` by ``fold``.

    SOQL ignores case, but neither runs of white space nor Unicode's forms: where these may differ, a ``%``
    stands. Wider than it need be, never narrower, but for a record that spells plain letters and digits in
    compatibility forms (full-width, mathematical): only reading all records finds those.
    """
    pattern = _pattern(title)
    if sum(character != "%" for character in pattern) >= _TELLING:
        return f"{field} LIKE {literal(pattern)}"
    return f"{field} IN {literals(sorted({title, *_forms(title)}))}"


def _pattern(title: str) -> str:
    # Composed first: an accent of its own would leave its letter bare.
    pattern = unicodedata.normalize("NFC", title).lower()
    pattern = "".join(character if character in _PLAIN else "%" for character in pattern)
    for letters in _LIGATURES:
        pattern = pattern.replace(letters, "%")
    while "%%" in pattern:
        pattern = pattern.replace("%%", "%")
    return pattern


def _forms(title: str) -> Iterator[str]:
    spaced = " ".join(title.split())
    forms: tuple[Literal["NFC", "NFD", "NFKC"], ...] = ("NFC", "NFD", "NFKC")
    for form in forms:
        yield unicodedata.normalize(form, spaced)
