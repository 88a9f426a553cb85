"""A plan that somebody looks through: what of it is shown, what is approved, what is left. Pure.

Its parts are as ``crm-connector plan --output json`` gives them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Plan = Mapping[str, Any]  # of one invitation

_DONE = {"create": "to create", "update": "to update", "review": "for review", "fail": "that cannot be made"}
KEPT = "kept"  # a record that has a person's edits, which stay
ANY = "all"
SHOWN = (ANY, *_DONE, KEPT)


@dataclass(slots=True)
class Planned:
    """``plans`` are those that are to be seen; ``approved`` are ids of invitations. ``is_whole`` while
    nothing of the saved plan has been applied."""

    plans: Sequence[Plan]
    approved: set[str]
    is_whole: bool = True

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Planned:
        """All of it approved, as it is when one just applies it."""
        plans = [plan for plan in answer["plans"] if changes(plan)]
        return cls(plans, {plan["invitation"] for plan in plans if can_apply(plan)})

    def found(self, search: str, kind: str) -> list[Plan]:
        """Those with a change of this kind (one of ``SHOWN``) in which the text occurs."""
        wanted = search.strip().casefold()
        return [
            plan
            for plan in self.plans
            if (kind == ANY or kind in _kinds(plan)) and (not wanted or wanted in _text(plan))
        ]

    def approve(self, plans: Sequence[Plan], approve: bool) -> None:
        ids = {plan["invitation"] for plan in plans if can_apply(plan)}
        self.approved = self.approved | ids if approve else self.approved - ids

    @property
    def only(self) -> list[str]:
        """The ids to apply; empty for all that was planned, which also records what needed no change."""
        is_all = all(plan["invitation"] in self.approved for plan in self.plans if can_apply(plan))
        return [] if self.is_whole and is_all else sorted(self.approved)

    def apply(self) -> None:
        """What is approved has been applied: the others are left."""
        applied = set(self.only)
        self.plans = [plan for plan in self.plans if applied and plan["invitation"] not in applied]
        self.approved, self.is_whole = set(), False

    def summary(self) -> str:
        """How many records it would do what with."""
        counts = Counter(kind for plan in self.plans for kind in _kinds(plan).elements())
        said = [f"{counts[kind]:,} {text}" for kind, text in _DONE.items() if counts[kind]]
        said += [f"{counts[KEPT]:,} with edits that stay"] if counts[KEPT] else []
        return f"Records: {', '.join(said)}." if said else "There is nothing to change."

    def standing(self) -> str:
        """How many invitations are approved."""
        number = sum(map(can_apply, self.plans))
        return f"{len(self.approved):,} of {number:,} invitation{'s' * (number != 1)} approved."


def changes(plan: Plan) -> list[Any]:
    """Those of a plan that somebody wants to see."""
    return [
        change
        for change in plan["changes"]
        if change["action"] in _DONE or change["kept"] or change["warnings"]
    ]


def can_apply(plan: Plan) -> bool:
    """Whether there is something to approve: a record to write, or to put up for review."""
    return any(change["action"] in ("create", "update", "review") for change in plan["changes"])


def _kinds(plan: Plan) -> Counter[str]:
    kinds = Counter(change["action"] for change in plan["changes"] if change["action"] in _DONE)
    kinds[KEPT] = sum(bool(change["kept"]) for change in plan["changes"])
    return +kinds


def _text(plan: Plan) -> str:
    parts = [plan["invitation"], plan["title"], plan["status"]]
    for change in plan["changes"]:
        parts += [change["name"], change["object"], change["reason"], *change["key"].values()]
        parts += [each[name] for each in change["fields"] for name in ("field", "before", "after")]
    return " ".join(str(part) for part in parts if part is not None).casefold()
