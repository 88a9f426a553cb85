"""Where a mapping's expressions lead, by the service model: misspelt members and values, found before a run.

Each expression is followed through the tree of members that the model knows, instead of through an
invitation. AWS adds members that this machine's model does not know: a name near to a known one is taken as
misspelt, any other only as unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.errors import Finding
from connector.mapping.model import Expression
from connector.mapping.nearest import nearest
from connector.mapping.syntax import Tree

MemberTree = Mapping[str, Any]  # structures are mappings, lists hold one element, scalars are None
Enums = Mapping[str, Sequence[str]]  # by dotted path; lists add no step

_NEAR = 0.8


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the tree. ``path`` is None for what comes from no member: a literal, for one."""

    tree: Any
    path: str | None


Shape = tuple[Place, ...] | None  # the places that a value may come from; None where that is not known
_SCALAR: Shape = (Place(None, None),)


@dataclass(frozen=True, slots=True)
class Names:
    """What an expression starts from: the invitation's members, and the mapping's own names."""

    members: MemberTree
    own: Mapping[str, Shape] = field(default_factory=dict)

    def plus(self, **own: Shape) -> Names:
        return Names(self.members, {**self.own, **own})


Current = Shape | Names


@dataclass(slots=True)
class Follower:
    """Follows expressions; ``findings`` collects what leads nowhere."""

    enums: Enums
    findings: list[Finding] = field(default_factory=list)
    _expression: Expression | None = None
    _names: Names | None = None

    def follow(self, expression: Expression | None, names: Names) -> Shape:
        """Where the value of ``expression`` comes from."""
        if expression is None or expression.tree is None:
            return None
        self._expression, self._names = expression, names
        return self._visit(dict(expression.tree), names)

    def values(self, shape: Shape) -> tuple[list[str], bool]:
        """The values that the model knows for a shape, and whether it knows them for all its places."""
        known: list[str] = []
        complete = bool(shape)
        for place in shape or ():
            values = self.enums.get(place.path or "")
            known.extend(values or ())
            complete = complete and values is not None
        return list(dict.fromkeys(known)), complete

    def _visit(self, tree: Tree, current: Current) -> Shape:
        visitor = _VISITORS.get(tree["type"])
        if visitor is not None:
            return visitor(self, tree, current)
        for child in tree["children"] if tree["type"] != "slice" else ():
            self._visit(child, current)
        return None

    def _report(self, tree: Tree, message: str, hint: str | None, severity: str = "error") -> None:
        expression = self._expression
        if expression is not None:
            at = expression.locate(tree.get("start", 0)) if expression.locate else expression.position
            self.findings.append(Finding(message, at, hint, severity))

    # -- one node type each

    def _field(self, tree: Tree, current: Current) -> Shape:
        name = tree["value"]
        if isinstance(current, Names):
            return self._at_the_top(tree, current)
        if current is None:
            if self._is_own(name):
                self._report(tree, f"'{name}' is not visible here", _INSIDE, "warning")
            return None
        found = _step(current, name)
        if found or all(place.tree == {} for place in current):
            return found
        meant = self._unknown(tree, current)
        return _step(current, meant) if meant else None

    def _at_the_top(self, tree: Tree, names: Names) -> Shape:
        name = tree["value"]
        if name in names.own:
            return names.own[name]
        if name in names.members:
            return (Place(names.members[name], name),)
        if not name[:1].isupper():  # reported when the mapping was loaded
            return None
        meant = self._misspelt(tree, "the invitation", [*names.members, *names.own])
        return self._at_the_top({**tree, "value": meant}, names) if meant else None

    def _unknown(self, tree: Tree, current: tuple[Place, ...]) -> str | None:
        """Reports a name that no place has; gives the one that was probably meant."""
        name, owner = tree["value"], _called(current)
        members = [name for place in current if isinstance(place.tree, Mapping) for name in place.tree]
        if self._is_own(name):
            self._report(tree, f"'{name}' is not visible here", _INSIDE)
        elif members:
            return self._misspelt(tree, owner, members)
        elif any(isinstance(place.tree, list) for place in current):
            hint = f"pick one with {owner}[0], or go through all with {owner}[].{name}"
            self._report(tree, f"{owner} is a list, and a list has no {name}", hint)
        elif any(place.path for place in current):
            self._report(tree, f"{owner} is a single value, and has no {name}", "cut the path there")
        return None

    def _misspelt(self, tree: Tree, owner: str, members: Sequence[str]) -> str | None:
        name = tree["value"]
        near = nearest(name, members, _NEAR)
        if near:
            self._report(tree, f"{owner} has no member {name}", f"did you mean {near}?")
        else:
            hint = "it gives nothing, unless AWS has added it since"
            self._report(tree, f"{owner} has no member {name} that this version knows", hint, "warning")
        return near

    def _is_own(self, name: str) -> bool:
        return self._names is not None and name in self._names.own

    def _chain(self, tree: Tree, current: Current) -> Shape:
        for child in tree["children"]:
            current = self._visit(child, current)
        return None if isinstance(current, Names) else current

    def _index(self, tree: Tree, current: Current) -> Shape:
        return self._elements(tree, current)

    def _elements(self, tree: Tree, current: Current) -> Shape:
        if current is None or isinstance(current, Names):
            return None
        lists = [place for place in current if isinstance(place.tree, list)]
        if not lists and any(place.path for place in current):
            self._report(tree, f"{_called(current)} is not a list: [ ] gives nothing", "take the [ ] away")
        return tuple(Place(place.tree[0] if place.tree else {}, place.path) for place in lists) or None

    def _slice(self, _: Tree, current: Current) -> Shape:
        return None if isinstance(current, Names) else current

    def _flatten(self, tree: Tree, current: Current) -> Shape:
        base = self._visit(tree["children"][0], current)
        inner = self._elements(tree, base)
        if inner is None:
            return None
        return tuple(
            place if isinstance(place.tree, list) else Place([place.tree], place.path) for place in inner
        )

    def _projection(self, tree: Tree, current: Current) -> Shape:
        base, each, *condition = tree["children"]
        element = self._elements(tree, self._visit(base, current))
        for part in condition:
            self._visit(part, element)
        return _listed(self._visit(each, element))

    def _value_projection(self, tree: Tree, current: Current) -> Shape:
        self._visit(tree["children"][0], current)
        self._visit(tree["children"][1], None)
        return None

    def _current(self, _: Tree, current: Current) -> Shape:
        return None if isinstance(current, Names) else current

    def _literal(self, tree: Tree, _: Current) -> Shape:
        return None if isinstance(tree["value"], (list, dict)) else _SCALAR

    def _or(self, tree: Tree, current: Current) -> Shape:
        left, right = (self._visit(child, current) for child in tree["children"])
        return None if left is None or right is None else left + right

    def _and(self, tree: Tree, current: Current) -> Shape:
        return [self._visit(child, current) for child in tree["children"]][1]

    def _comparator(self, tree: Tree, current: Current) -> Shape:
        shapes = [self._visit(child, current) for child in tree["children"]]
        if tree["value"] in ("eq", "ne"):
            for literal, shape in zip(tree["children"], reversed(shapes), strict=True):
                if literal["type"] == "literal" and isinstance(literal["value"], str):
                    self._compared(literal, shape)
        return _SCALAR

    def _compared(self, literal: Tree, shape: Shape) -> None:
        text = literal["value"]
        known, complete = self.values(shape)
        if text and known and text not in known:
            near = nearest(text, known, _NEAR)
            if near or complete:
                severity = "error" if near else "warning"
                hint = f"did you mean '{near}'?" if near else None
                self._report(literal, f"{_called(shape or ())} is never '{text:.40}'", hint, severity)

    def _function(self, tree: Tree, current: Current) -> Shape:
        name, children = tree["value"], tree["children"]
        shapes = [None if child["type"] == "expref" else self._visit(child, current) for child in children]
        items = next((shape for shape in shapes if shape is not None), None)
        for child in children:
            if child["type"] == "expref":
                self._visit(child["children"][0], self._elements(tree, items))
        if name in ("sort_by", "reverse", "sort", "to_array"):
            return items
        if name in ("min_by", "max_by"):
            return self._elements(tree, items)
        return None


_INSIDE = (
    "inside [ ] and [? ] only the item's own members are: no names of let, and nothing of the invitation"
)

_VISITORS: dict[str, Callable[[Follower, Tree, Current], Shape]] = {
    "and_expression": Follower._and,
    "comparator": Follower._comparator,
    "current": Follower._current,
    "field": Follower._field,
    "filter_projection": Follower._projection,
    "flatten": Follower._flatten,
    "function_expression": Follower._function,
    "identity": Follower._current,
    "index": Follower._index,
    "index_expression": Follower._chain,
    "literal": Follower._literal,
    "or_expression": Follower._or,
    "pipe": Follower._chain,
    "projection": Follower._projection,
    "slice": Follower._slice,
    "subexpression": Follower._chain,
    "value_projection": Follower._value_projection,
}


def elements(shape: Shape) -> Shape:
    """The shape of a list's items: what ``item`` is."""
    lists = [place for place in shape or () if isinstance(place.tree, list)]
    return tuple(Place(place.tree[0] if place.tree else {}, place.path) for place in lists) or None


def _step(shape: tuple[Place, ...], name: str) -> Shape:
    """Where member ``name`` leads from the places that have it; None where none has."""
    steps = [
        Place(place.tree[name], None if place.path is None else f"{place.path}.{name}")
        for place in shape
        if isinstance(place.tree, Mapping) and name in place.tree
    ]
    return tuple(steps) or None


def _listed(shape: Shape) -> Shape:
    return None if shape is None else tuple(Place([place.tree], place.path) for place in shape)


def _called(shape: tuple[Place, ...]) -> str:
    names = dict.fromkeys(place.path.rpartition(".")[2] for place in shape if place.path)
    return " or ".join(names) or "this"
