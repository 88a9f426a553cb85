"""What the service model says of the expressions that a proposal is made of. Pure."""

from __future__ import annotations

from connector.mapping import expressions
from connector.mapping.functions import Functions, Rates
from connector.mapping.members import Follower
from connector.mapping.offers import LETS
from connector.mapping.places import Enums, Facts, Known, MemberTree, Names, Shape, elements


class Offered:
    """``members``, ``enums`` and ``facts`` are the service model's, as ``mapping.check`` has them."""

    def __init__(self, members: MemberTree, enums: Enums, facts: Facts) -> None:
        self._known = Known(enums, facts)
        self._functions = Functions(Rates())
        names = Names(members)
        for name, text in LETS.items():
            names = names.plus(**{name: self._follow(text, names)})
        self._names = names

    def values(self, text: str, for_each: str = "") -> tuple[str, ...]:
        """The values that the model lists for an expression."""
        return tuple(self._known.values(self._shape(text, for_each))[0])

    def longest(self, text: str, for_each: str = "") -> int | None:
        """The most characters that an expression can have; None where nothing tells, as for a template."""
        return None if "{{" in text else self._known.longest(self._shape(text, for_each))

    def _shape(self, text: str, for_each: str) -> Shape:
        names = self._names
        if for_each:
            names = names.plus(item=elements(self._follow(for_each, names)))
        return self._follow(text, names)

    def _follow(self, text: str, names: Names) -> Shape:
        return Follower(self._known).follow(expressions.compile(text, self._functions), names)
