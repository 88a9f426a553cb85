"""What of a plan is shown, what is approved, and what is left when some of it has been applied."""

from __future__ import annotations

from typing import Any

from connector.studio.planned import Planned


def change(action: str, **given: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"fields": [], "kept": [], "warnings": [], "reason": None, "key": {"key": "K"}}
    return {"action": action, "name": "lead", "object": "leads", **nothing, **given}


def plan(identifier: str, *changes: Any, title: str | None = None) -> dict[str, Any]:
    return {"invitation": identifier, "title": title, "status": "PENDING", "changes": list(changes)}


FIELD = {"field": "company", "before": None, "after": "Øresund & Co", "why": "blank"}
EDIT = {"field": "company", "current": "Ours", "wanted": "Theirs"}

PLANS = [
    plan("new", change("create", fields=[FIELD]), title="Wahlpflicht STRASSE"),
    plan("changed", change("update"), change("update")),
    plan("doubtful", change("review", reason="2 leads have this title")),
    plan("broken", change("fail", reason="the key is empty")),
    plan("edited", change("unchanged", kept=[EDIT])),
    plan("quiet", change("unchanged"), change("skip")),
]


def planned() -> Planned:
    return Planned.of({"plans": PLANS})


def ids(plans: Any) -> list[str]:
    return [each["invitation"] for each in plans]


def test_all_that_can_be_applied_is_approved_at_first_and_what_changes_nothing_is_not_shown() -> None:
    shown = planned()
    assert ids(shown.plans) == ["new", "changed", "doubtful", "broken", "edited"]
    assert shown.approved == {"new", "changed", "doubtful"}
    assert shown.standing() == "3 of 3 invitations approved."
    assert shown.summary() == (
        "Records: 1 to create, 2 to update, 1 for review, 1 that cannot be made, 1 with edits that stay."
    )
    assert Planned.of({"plans": PLANS[-1:]}).summary() == "There is nothing to change."


def test_search_goes_through_ids_titles_values_and_reasons_whatever_their_case() -> None:
    shown = planned()
    assert ids(shown.found("øRESUND", "all")) == ["new"]
    assert ids(shown.found(" strasse ", "create")) == ["new"]
    assert ids(shown.found("2 leads", "all")) == ["doubtful"]
    assert ids(shown.found("DOUBT", "update")) == []
    assert ids(shown.found("", "kept")) == ["edited"]
    assert ids(shown.found("", "fail")) == ["broken"]


def test_all_that_was_planned_is_applied_as_one() -> None:
    shown = planned()
    assert shown.only == []
    shown.apply()
    assert (shown.plans, shown.approved) == ([], set())


def test_some_are_applied_then_others_of_the_same_plan() -> None:
    shown = planned()
    shown.approve(shown.found("", "review"), False)
    assert shown.only == ["changed", "new"]
    shown.apply()
    assert ids(shown.plans) == ["doubtful", "broken", "edited"]
    assert shown.approved == set()
    shown.approve(shown.found("", "all"), True)
    assert shown.only == ["doubtful"], "what is left is less than what the file holds"
    shown.apply()
    assert ids(shown.plans) == ["broken", "edited"]
