"""Where values come from: places in the tree of an invitation's members, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connector.errors import Position

MemberTree = Mapping[str, Any]  # structures are mappings, lists hold one element, scalars are None
Enums = Mapping[str, Sequence[str]]  # by dotted path; lists add no step


@dataclass(frozen=True, slots=True)
class Fact:
    """What is documented of a member, or of what a function gives.

    ``kind`` is text, number, integer, boolean, date or datetime, and "" where that is not known; ``longest``
    counts characters; ``always`` says that what holds it never lacks it (which no item of a list can say).
    """

    kind: str = ""
    longest: int | None = None
    always: bool = False


Facts = Mapping[str, Fact]  # by dotted path, as Enums


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in an expression, and where."""

    value: Any
    position: Position | None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the tree. ``path`` is None for what comes from no member: then ``fact`` tells what is known.
    ``sure`` says whether it always holds something; where it is None, the path tells."""

    tree: Any
    path: str | None
    sure: bool | None = None
    fact: Fact | None = None
    literal: Literal | None = None


Shape = tuple[Place, ...] | None  # the places that a value may come from; None where that is not known


@dataclass(frozen=True, slots=True)
class Names:
    """What an expression starts from: the invitation's members, and the mapping's own names."""

    members: MemberTree
    own: Mapping[str, Shape] = field(default_factory=dict)

    def plus(self, **own: Shape) -> Names:
        return Names(self.members, {**self.own, **own})


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the places: ``enums`` and ``facts`` by dotted path, and the paths that hold something
    wherever a rule applies (``present``)."""

    enums: Enums = field(default_factory=dict)
    facts: Facts = field(default_factory=dict)
    present: frozenset[str] = frozenset()

    def within(self, *paths: str) -> Known:
        """What is known where ``paths`` hold something: then so does what they stand in."""
        parts = (path.split(".") for path in paths)
        holders = {".".join(names[: count + 1]) for names in parts for count in range(len(names))}
        return replace(self, present=self.present | holders)

    def values(self, shape: Shape) -> tuple[list[str], bool]:
        """The values that the model knows for a shape, and whether it knows them for all its places."""
        known: list[str] = []
        complete = bool(shape)
        for place in shape or ():
            values = self.enums.get(place.path or "")
            known.extend(values or ())
            complete = complete and values is not None
        return list(dict.fromkeys(known)), complete

    def fact(self, place: Place) -> Fact:
        return place.fact or self.facts.get(place.path or "") or Fact()

    def is_sure(self, place: Place) -> bool:
        """Whether ``place`` always holds something."""
        if place.sure is not None:
            return place.sure
        return place.path is not None and self._is_there(place.path)

    def _is_there(self, path: str) -> bool:
        if path in self.present:
            return True
        holder, _, _ = path.rpartition(".")
        return self.facts.get(path, Fact()).always and (not holder or self._is_there(holder))

    def longest(self, shape: Shape) -> int | None:
        """The most characters that a value of ``shape`` is documented to have; None where nothing tells."""
        return max((self.fact(place).longest or 0 for place in shape or ()), default=0) or None


def given(kind: str, *, sure: bool) -> Shape:
    """The shape of what comes from no member."""
    return (Place(None, None, sure, Fact(kind)),)


def elements(shape: Shape) -> Shape:
    """The shape of a list's items: what ``item`` is."""
    lists = [place for place in shape or () if isinstance(place.tree, list)]
    return tuple(Place(place.tree[0] if place.tree else {}, place.path) for place in lists) or None


def step(shape: tuple[Place, ...], name: str) -> Shape:
    """Where member ``name`` leads from the places that have it; None where none has."""
    steps = [
        Place(place.tree[name], None if place.path is None else f"{place.path}.{name}")
        for place in shape
        if isinstance(place.tree, Mapping) and name in place.tree
    ]
    return tuple(steps) or None


def listed(shape: Shape) -> Shape:
    """Lists of what ``shape`` is."""
    return None if shape is None else tuple(Place([place.tree], place.path) for place in shape)


def called(shape: tuple[Place, ...]) -> str:
    """The members that a shape stands for, by their last names."""
    names = dict.fromkeys(place.path.rpartition(".")[2] for place in shape if place.path)
    return " or ".join(names) or "this"


def kind(tree: object) -> str:
    """What a place of the model holds that is no single value; "" for one, and where that is not known."""
    if isinstance(tree, list):
        return "list"
    return "structure" if isinstance(tree, Mapping) and tree else ""
