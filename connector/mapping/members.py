"""Where a mapping's expressions lead, by the service model: misspelt members and values, found before a run.

Each expression is followed through the tree of members that the model knows, instead of through an
invitation. AWS adds members that this machine's model does not know: a name near to a known one is taken as
misspelt, any other only as unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connector.errors import Finding, Position
from connector.mapping.model import Expression
from connector.mapping.nearest import nearest
from connector.mapping.places import (
    Fact,
    Known,
    Literal,
    Names,
    Place,
    Shape,
    called,
    elements,
    given,
    listed,
    step,
)
from connector.mapping.results import either, is_sure, result
from connector.mapping.syntax import Tree

_NEAR = 0.8

Current = Shape | Names


@dataclass(slots=True)
class Follower:
    """Follows expressions; ``findings`` collects what leads nowhere."""

    known: Known
    findings: list[Finding] = field(default_factory=list)
    _expression: Expression | None = None
    _names: Names | None = None

    def follow(self, expression: Expression | None, names: Names) -> Shape:
        """Where the value of ``expression`` comes from."""
        if expression is None or expression.tree is None:
            return None
        self._expression, self._names = expression, names
        return self._visit(dict(expression.tree), names)

    def _visit(self, tree: Tree, current: Current) -> Shape:
        visitor = _VISITORS.get(tree["type"])
        if visitor is not None:
            return visitor(self, tree, current)
        for child in tree["children"]:
            self._visit(child, current)
        return None

    def _report(self, tree: Tree, message: str, hint: str | None, severity: str = "error") -> None:
        self.findings.append(Finding(message, self._place(tree), hint, severity))

    def _place(self, tree: Tree) -> Position | None:
        expression = self._expression
        return place_in(expression, tree.get("start", 0)) if expression is not None else None

    # -- one node type each

    def _field(self, tree: Tree, current: Current) -> Shape:
        name = tree["value"]
        if isinstance(current, Names):
            return self._at_the_top(tree, current)
        if current is None:
            if self._is_own(name):
                self._report(tree, f"'{name}' is not visible here", _INSIDE, "warning")
            return None
        found = step(current, name)
        if found or all(place.tree == {} for place in current):
            return found
        meant = self._unknown(tree, current)
        return step(current, meant) if meant else None

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
        name, owner = tree["value"], called(current)
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
        first, *others = tree["children"]
        if first["type"] == "not_expression" and others:
            self._report(first, "the ! ends before the next dot, and gives nothing", "write !(a.b) for !a.b")
        for child in tree["children"]:
            current = self._visit(child, current)
        return None if isinstance(current, Names) else current

    def _index(self, tree: Tree, current: Current) -> Shape:
        return self._elements(tree, current)

    def _elements(self, tree: Tree, current: Current) -> Shape:
        if current is None or isinstance(current, Names):
            return None
        items = elements(current)
        if items is None and any(place.path for place in current):
            self._report(tree, f"{called(current)} is not a list: [ ] gives nothing", "take the [ ] away")
        return items

    def _flatten(self, tree: Tree, current: Current) -> Shape:
        base = self._visit(tree["children"][0], current)
        return _as_lists(self._elements(tree, base))

    def _projection(self, tree: Tree, current: Current) -> Shape:
        base, each, *condition = tree["children"]
        element = self._elements(tree, self._visit(base, current))
        for part in condition:
            self._visit(part, element)
        return listed(self._visit(each, element))

    def _value_projection(self, tree: Tree, current: Current) -> Shape:
        self._visit(tree["children"][0], current)
        self._visit(tree["children"][1], None)
        return None

    def _current(self, _: Tree, current: Current) -> Shape:
        return None if isinstance(current, Names) else current

    def _literal(self, tree: Tree, _: Current) -> Shape:
        value = tree["value"]
        if isinstance(value, (list, dict)):
            return None
        kind = "boolean" if isinstance(value, bool) else ""
        literal = Literal(value, self._place(tree))
        return (Place(None, None, value not in (None, ""), Fact(kind, len(str(value))), literal),)

    def _list(self, tree: Tree, current: Current) -> Shape:
        """A list of one's own; ``sure`` where all of its items are: join() takes no null."""
        shapes = [self._visit(child, current) for child in tree["children"]]
        return (Place([{}], None, all(is_sure(shape or (), self.known) for shape in shapes)),)

    def _or(self, tree: Tree, current: Current) -> Shape:
        return either([self._visit(child, current) for child in tree["children"]], self.known)

    def _and(self, tree: Tree, current: Current) -> Shape:
        left, right = (self._visit(child, current) for child in tree["children"])
        if right is None or is_sure(left or (), self.known):
            return right
        # Where the left is empty, that is the value.
        return tuple(replace(place, sure=False) for place in right)

    def _not(self, tree: Tree, current: Current) -> Shape:
        self._visit(tree["children"][0], current)
        return given("boolean", sure=True)

    def _comparator(self, tree: Tree, current: Current) -> Shape:
        shapes = [self._visit(child, current) for child in tree["children"]]
        if tree["value"] in ("eq", "ne"):
            for literal, shape in zip(tree["children"], reversed(shapes), strict=True):
                if literal["type"] == "literal" and isinstance(literal["value"], str):
                    self._compared(literal, shape)
        return given("boolean", sure=True)

    def _compared(self, literal: Tree, shape: Shape) -> None:
        text = literal["value"]
        known, complete = self.known.values(shape)
        if text and known and text not in known:
            near = nearest(text, known, _NEAR)
            if near or complete:
                severity = "error" if near else "warning"
                hint = f"did you mean '{near}'?" if near else None
                self._report(literal, f"{called(shape or ())} is never '{text:.40}'", hint, severity)

    def _function(self, tree: Tree, current: Current) -> Shape:
        name, children = tree["value"], tree["children"]
        shapes = [None if child["type"] == "expref" else self._visit(child, current) for child in children]
        items = next((shape for shape in shapes if shape is not None), None)
        for child in children:
            if child["type"] == "expref":
                self._visit(child["children"][0], self._elements(tree, items))
        if name in ("sort_by", "reverse", "sort"):
            return items
        if name == "to_array":
            return _as_lists(items)
        if name in ("min_by", "max_by"):
            return self._elements(tree, items)
        return result(name, children, shapes, self.known)


def _as_lists(shape: Shape) -> Shape:
    """Lists as they are, and anything else as a list of itself."""
    if shape is None:
        return None
    return tuple(
        place if isinstance(place.tree, list) else Place([place.tree], place.path) for place in shape
    )


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
    "multi_select_list": Follower._list,
    "not_expression": Follower._not,
    "or_expression": Follower._or,
    "pipe": Follower._chain,
    "projection": Follower._projection,
    "slice": Follower._current,
    "subexpression": Follower._chain,
    "value_projection": Follower._value_projection,
}


def place_in(expression: Expression, offset: int = 0) -> Position | None:
    """Where a character of an expression stands in the file."""
    return expression.locate(offset) if expression.locate else expression.position
