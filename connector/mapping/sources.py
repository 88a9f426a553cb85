"""What a rule may give a field, against what the CRM's field takes. Pure values in, findings out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from connector.errors import Finding, Position
from connector.mapping.members import place_in
from connector.mapping.model import Expression, FieldRule
from connector.mapping.nearest import did_you_mean
from connector.mapping.places import Known, Place, Shape, called, kind
from connector.records import CoercionError, FieldMeta, coerce, to_json

_SHOWN = 3  # values named in a finding


@dataclass(frozen=True, slots=True)
class Sources:
    """The shapes of one rule's expressions, and what is ``known`` of their places."""

    known: Known
    shapes: dict[Expression, Shape]

    def of(self, expression: Expression) -> tuple[Place, ...]:
        """The places that its value may come from; none where that is not known."""
        return self.shapes.get(expression) or ()


def fixed(value: Any, target: FieldMeta, at: Position | None, most: int | None = None) -> Iterator[Finding]:
    """What is wrong with giving ``target`` this value, cut to ``most`` characters."""
    if value is None or value == "":
        return
    try:
        fitting = coerce(value[:most].rstrip() if most and isinstance(value, str) else value, target)
    except CoercionError as error:
        yield Finding(f"{value!s:.40} does not fit {target.name}: {error}", at, f"it is {target.type}")
        return
    text = str(to_json(fitting))
    if target.picklist and not _listed(text, target.picklist):
        yield Finding(f"{target.name} cannot be {text:.40}", at, did_you_mean(text, target.picklist))
    elif target.type == "text" and target.length and len(text) > target.length:
        message = f"{len(text)} characters are more than {target.name} holds"
        yield Finding(message, at, f"it holds {target.length}")


def _listed(text: str, picklist: Sequence[str]) -> bool:
    """Whether a picklist has ``text``, or all of several values, which CRMs write with ``;`` between them."""
    return text in picklist or (";" in text and all(part in picklist for part in text.split(";")))


def computed(
    expression: Expression, target: FieldMeta, sources: Sources, most: int | None = None
) -> Iterator[Finding]:
    """What is wrong with giving ``target`` whatever ``expression`` gives, cut to ``most`` characters."""
    at = place_in(expression)
    # A list or structure is no value of any field, and reported as such.
    places = tuple(place for place in sources.of(expression) if not kind(place.tree))
    for place in places:
        if place.literal is not None:
            yield from fixed(place.literal.value, target, place.literal.position, most)
        else:
            yield from _misfit(place, target, sources.known, at)
    values, _ = sources.known.values(places)
    lacking = [value for value in values if not _listed(value, target.picklist)] if target.picklist else []
    if lacking:
        message = f"{target.name} has no {_some(lacking)}, which AWS may send"
        yield Finding(message, at, "give it a lookup from AWS's values to the CRM's", "warning")
    if most is None:
        yield from _too_long(places, target, sources.known, at)


# One value of each kind as an invitation or a function gives it: what fits any field of a type does.
_SAMPLES = {"boolean": True, "date": "2026-01-31", "datetime": "2026-01-31T12:00:00Z", "integer": 1}
_SAMPLES |= {"number": 1.0, "text": "text"}


def _misfit(place: Place, target: FieldMeta, known: Known, at: Position | None) -> Iterator[Finding]:
    if target.type == "reference" and place.path:
        message = f"{target.name} refers to {' or '.join(target.reference_to) or 'another record'}, "
        yield Finding(f"{message}and an invitation holds no ids of the CRM", at, "name a rule with ref:")
        return
    values: Sequence[Any] = known.values((place,))[0]
    fact = known.fact(place)
    if not values and fact.kind in _SAMPLES:
        values = [_SAMPLES[fact.kind]]
    errors = [error for value in values if (error := _refusal(value, target)) is not None]
    if errors and len(errors) == len(values):
        message = f"{called((place,))} does not fit {target.name}: {errors[0]}"
        yield Finding(message, at, f"it is {target.type}")


def _refusal(value: Any, target: FieldMeta) -> str | None:
    try:
        coerce(value, target)
    except CoercionError as error:
        return str(error)
    return None


def _some(values: Sequence[str]) -> str:
    shown = ", ".join(f"'{value:.40}'" for value in values[:_SHOWN])
    return f"{shown} and {len(values) - _SHOWN} more" if len(values) > _SHOWN else shown


def _too_long(
    places: Sequence[Place], target: FieldMeta, known: Known, at: Position | None
) -> Iterator[Finding]:
    lengths = [(known.fact(place).longest or 0, place) for place in places if place.literal is None]
    longest, place = max(lengths, key=lambda pair: pair[0], default=(0, None))
    if place is not None and target.type == "text" and target.length and longest > target.length:
        message = f"{called((place,))} can have {longest} characters, and {target.name} holds {target.length}"
        yield Finding(message, at, f"cut it with max_length: {target.length}", "warning")


def rendered(field: FieldRule, target: FieldMeta, sources: Sources, at: Position | None) -> Iterator[Finding]:
    """A template that can come to more than ``target`` holds."""
    if field.max_length is not None or target.type != "text" or not target.length:
        return
    most = sum(
        len(part) if isinstance(part, str) else sources.known.longest(sources.of(part)) or 0
        for part in field.template or ()
    )
    if most > target.length:
        message = f"this can come to {most} characters, and {target.name} holds {target.length}"
        yield Finding(message, at, f"cut it with max_length: {target.length}", "warning")


def may_be_empty(field: FieldRule, sources: Sources) -> bool:
    """Whether ``field`` can be without a value in a record that lands, as far as that is known."""
    if field.ref is not None or field.required or (field.has_default and field.default not in (None, "")):
        return False  # a reference waits for its record; without a required value no record lands
    if field.template is not None:
        parts = [part for part in field.template if isinstance(part, Expression)]
        return bool(parts) and all(_lacks(sources.of(part), sources.known) for part in parts)
    if field.source is None:
        return field.value in (None, "")
    places = sources.of(field.source)
    return _lacks(places, sources.known) or (field.lookup is not None and _leaves_out(field, places, sources))


def _lacks(places: tuple[Place, ...], known: Known) -> bool:
    """Whether one of ``places`` is documented to be empty at times."""
    documented = [place for place in places if place.path is None or place.path in known.facts]
    return bool(known.facts) and not all(known.is_sure(place) for place in documented)


def _leaves_out(field: FieldRule, places: tuple[Place, ...], sources: Sources) -> bool:
    """Whether a lookup gives nothing for a value that may come."""
    entries = field.lookup or {}
    values, complete = sources.known.values(places)
    unlisted = not complete or any(value not in entries for value in values)
    return bool(places) and (unlisted or any(entries[value] in (None, "") for value in values))
