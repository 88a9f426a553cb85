"""What expressions are evaluated over where AWS has not given all that the mapping names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Partial(dict[str, Any]):
    """A scope that tells which values were made without something. ``ungiven`` names what is not there, with
    True for what is known to exist all the same: what an expression falls back on is no answer then."""

    def __init__(self, members: Mapping[str, Any], ungiven: Mapping[str, bool]) -> None:
        super().__init__(members)
        self._ungiven = dict(ungiven)
        self._missed: set[bool] = set()
        self._undecided: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """As a dict's: it is how compiled expressions look a name up."""
        if name in self._ungiven:
            self._missed.add(self._ungiven[name])
        return super().get(name, default)

    def begin(self) -> None:
        """What has been evaluated so far counts no more."""
        self._missed.clear()

    @property
    def withheld(self) -> bool:
        """Whether something was missed that exists."""
        return True in self._missed

    def lacks(self, value: Any) -> bool:
        """Whether ``value``, just evaluated, is no answer. Where what was missed need not exist, only an
        empty value is none."""
        return self.withheld or (bool(self._missed) and value in (None, "", [], {}))

    def named(self, name: str) -> None:
        """``name`` stands for what was just evaluated: where that is no answer, it is not given either."""
        if self.lacks(self[name]):
            self._ungiven[name] = self.withheld
        self.begin()

    def without_records(self, rule: str) -> None:
        """``rule`` made no records, by what was just evaluated."""
        if self.lacks(None):
            self._undecided.add(rule)

    def may_have_records(self, rule: str | None) -> bool:
        """Whether it is not known that ``rule`` makes no records."""
        return rule in self._undecided

    def over(self, members: Mapping[str, Any]) -> Partial:
        """One over other ``members`` that has missed the same so far."""
        other = Partial(members, self._ungiven)
        other._missed, other._undecided = set(self._missed), self._undecided
        return other
