"""How much an invitation resembles each of the records that it could be: for the person who settles a review.
Pure.

Texts are compared as titles are (``connector.match.fold``); how alike they are is rapidfuzz's ratio of them,
the better one of the texts as they stand and of their words in alphabetical order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from rapidfuzz import fuzz

from connector.changes import Compared
from connector.match import fold

Verdict = Literal["agrees", "differs", "only here", "only there"]

_BOTH: tuple[Verdict, ...] = ("agrees", "differs")

_COMPARED = 5_000  # characters; to compare two texts takes the product of their lengths

# How much of the overall likeness each is; what neither side has counts for nothing.
_TITLE, _COMPANY, _REST = 50, 30, 20


class FieldResemblance(NamedTuple):
    """One field: what the invitation wants (here) and what the record holds (there), as JSON values, and how
    alike the two are (0-100)."""

    field: str
    here: Any
    there: Any
    verdict: Verdict
    similarity: int


@dataclass(frozen=True, slots=True)
class Resemblance:
    """One candidate. ``title``, ``company`` and ``overall`` are 0-100; None where there is nothing to
    compare. ``fields`` has those that are empty on both sides left out."""

    id: str
    fields: Sequence[FieldResemblance]
    title: int | None
    company: int | None
    overall: int | None


def resemblances(compared: Compared) -> list[Resemblance]:
    """Every candidate, the most alike first."""
    found = [resemblance(compared, id_) for id_ in compared.candidates]
    return sorted(found, key=lambda each: -1 if each.overall is None else each.overall, reverse=True)


def resemblance(compared: Compared, candidate: str) -> Resemblance:
    """The candidate with this id. Raises KeyError when it is none of ``compared``."""
    held = compared.candidates[candidate]
    fields = [_field(name, value, held) for name, value in compared.wanted.items()]
    known = [field for field in fields if field is not None]
    title = _best(known, compared.titles)
    company = _best(known, compared.narrow)
    named = {*compared.titles, *compared.narrow}
    rest = [field.similarity for field in known if field.field not in named and field.verdict in _BOTH]
    return Resemblance(candidate, known, title, company, _overall(title, company, rest))


def similarity(here: object, there: object) -> int:
    """How alike two values are, 0-100; 100 only where they agree."""
    if _agree(here, there):
        return 100
    if not isinstance(here, str) or not isinstance(there, str):
        return 0
    ours, theirs = fold(here)[:_COMPARED], fold(there)[:_COMPARED]
    alike = max(fuzz.ratio(ours, theirs), fuzz.token_sort_ratio(ours, theirs))
    return min(99, round(alike))


def _field(name: str, here: Any, held: Mapping[str, Any]) -> FieldResemblance | None:
    there = held.get(name)
    if _empty(here) and _empty(there):
        return None
    if _empty(there):
        return FieldResemblance(name, here, there, "only here", 0)
    if _empty(here):
        return FieldResemblance(name, here, there, "only there", 0)
    verdict: Verdict = "agrees" if _agree(here, there) else "differs"
    return FieldResemblance(name, here, there, verdict, similarity(here, there))


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _agree(here: object, there: object) -> bool:
    if isinstance(here, str) and isinstance(there, str):
        return fold(here) == fold(there)
    if isinstance(here, bool) or isinstance(there, bool):
        return here is there
    return str(here) == str(there)  # JSON has decimals and long integers as text, short integers as numbers


def _best(fields: Iterable[FieldResemblance], names: Sequence[str]) -> int | None:
    """The likeness of the most alike of ``names`` that both sides have, else of those that one side has."""
    among = [field for field in fields if field.field in names]
    both = [field.similarity for field in among if field.verdict in _BOTH]
    return max(both, default=0 if among else None)


def _overall(title: int | None, company: int | None, rest: Sequence[int]) -> int | None:
    parts = [(_TITLE, title), (_COMPANY, company), (_REST, sum(rest) / len(rest) if rest else None)]
    there = [(weight, value) for weight, value in parts if value is not None]
    if not there:
        return None
    return round(sum(weight * value for weight, value in there) / sum(weight for weight, _ in there))
