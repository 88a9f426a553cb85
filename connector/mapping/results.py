"""What functions give, for checks: the kind of value, its length, and whether there always is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connector.mapping.places import Fact, Known, Place, Shape, given
from connector.mapping.syntax import Tree

# By name. What a null becomes is null or a mistake, so that none of these is sure to give anything.
_GIVES = {
    **dict.fromkeys(("abs", "annual_spend", "avg", "ceil", "floor", "length"), Fact("number")),
    **dict.fromkeys(("monthly_spend", "spend_in", "sum", "to_number"), Fact("number")),
    **dict.fromkeys(("contains", "ends_with", "starts_with"), Fact("boolean")),
    **dict.fromkeys(("add_days", "quarter_end"), Fact("date", 10)),
    **dict.fromkeys(("country_name", "first_name", "join_lines", "last_name", "replace"), Fact("text")),
    "domain": Fact("text", 253),  # RFC 1035, section 2.3.4
}
_SAME = ("lower", "trim", "upper")  # of the kind and length of what they are given


def result(name: str, arguments: Sequence[Tree], shapes: Sequence[Shape], known: Known) -> Shape:
    """The shape of a function's result, from those of its arguments; None where that is not known."""
    fact = _GIVES.get(name)
    if fact is not None:
        return (Place(None, None, False, fact),)
    if name in ("to_string", "type"):
        return given("text", sure=True)
    if name == "not_null":
        return either(shapes, known)
    if name in _SAME:
        return _treated(shapes[0], known)
    if name == "truncate":
        return _treated(shapes[0], known, arguments[1])
    if name == "join":
        return given("text", sure=bool(shapes[1]) and all(place.sure for place in shapes[1] or ()))
    return None


def either(shapes: Sequence[Shape], known: Known) -> Shape:
    """The first of several that holds anything. It does hold something where one of them always does."""
    places: list[Place] = []
    sure = False
    for shape in shapes:
        if shape is None:
            return None
        places += shape
        sure = sure or is_sure(shape, known)
    return tuple(replace(place, sure=True) for place in places) if sure else tuple(places)


def is_sure(shape: tuple[Place, ...], known: Known) -> bool:
    """Whether ``shape`` always holds something that JMESPath calls true: `false` is passed over by ``||``."""
    return bool(shape) and all(
        known.is_sure(place) and known.fact(place).kind != "boolean" for place in shape
    )


def _treated(shape: Shape, known: Known, most: Tree | None = None) -> Shape:
    """A text after ``trim()`` and the like, or cut to ``most`` characters."""
    limit = most["value"] if most is not None and most["type"] == "literal" else None
    return None if shape is None else tuple(_after(place, known, limit) for place in shape)


def _after(place: Place, known: Known, limit: object) -> Place:
    fact = known.fact(place)
    lengths = [length for length in (fact.longest, limit) if type(length) is int]
    return Place(None, None, known.is_sure(place), Fact(fact.kind, min(lengths, default=None)))
