"""What the pages show of the commands' answers, without a browser."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.studio.charted import charts, first_month, money
from connector.studio.commands import Done
from connector.studio.invitations import ANY, found
from connector.studio.review import candidates, rows
from connector.studio.timeline import became

# Charts


def share(name: str, invitations: int) -> dict[str, Any]:
    return {"name": name, "invitations": invitations, "monthly": "1234567.899", "total": "0"}


def report(**given: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {
        "made_at": "2026-11-23T08:00:00Z",
        "currency": "USD",
        "invitations": {"by_status": {}},
        "by_week": [],
        "spend_by_month": [],
        "by_industry": [],
        "by_country": [],
        "without_rate": {},
        "days_to_acceptance": {"median": None, "days": [], "unknown": 0},
    }
    return {**nothing, **given}


def test_without_invitations_there_is_nothing_to_chart() -> None:
    assert [(chart.names, chart.rows, chart.note) for chart in charts(report())] == [([], [], "")] * 5


def test_weeks_have_a_bar_for_every_status_and_none_where_there_is_none() -> None:
    weeks = [{"week": "2026-11-09", "counts": {"PENDING": 2}}, {"week": "2026-11-16", "counts": {}}]
    statuses = {"by_status": {"PENDING": 2, "ACCEPTED": 1}}
    chart = charts(report(by_week=weeks, invitations=statuses))[0]
    assert chart.series == {"PENDING": [2, 0], "ACCEPTED": [0, 0]}
    assert chart.rows == [["2026-11-09", 2, 0], ["2026-11-16", 0, 0]]


def test_groups_beyond_a_screen_are_counted_and_all_are_in_the_table() -> None:
    countries = [share(f"C{number}", 20 - number) for number in range(15)]
    chart = charts(report(by_country=countries))[3]
    assert len(chart.names) == 12
    assert chart.note == "And 3 more, with 21 invitations."
    assert len(chart.rows) == 15
    assert chart.rows[0] == ["C0", 20, "1,234,567.90", "0.00"]


def test_money_of_31_digits_is_exact_in_the_table() -> None:
    assert money("1234567890123456789012345678901.25") == "1,234,567,890,123,456,789,012,345,678,901.25"


@given(st.integers(0, 60), st.integers(0, 80))
def test_the_months_charted_are_those_to_come_and_then_the_latest_past_ones(past: int, coming: int) -> None:
    months = [f"{2000 + n // 12}-{n % 12 + 1:02}" for n in range(past + coming)]
    now = f"{2000 + past // 12}-{past % 12 + 1:02}"
    shown = months[first_month(months, now) :][:24]
    assert len(shown) == min(24, len(months))
    assert set(months[past : past + 24]) <= set(shown)
    assert date.fromisoformat(f"{now}-01")


def test_acceptance_says_what_is_not_known() -> None:
    chart = charts(report(days_to_acceptance={"median": 2.0, "days": [0.5, 2.0, 40.0], "unknown": 7}))[4]
    assert {tuple(row) for row in chart.rows} >= {("within a day", 1), ("1 to 3 days", 1), ("longer", 1)}
    assert "2.0 days" in chart.note
    assert "7 accepted before" in chart.note


# The list of invitations

LISTED = [
    {"invitation": "engi-1", "status": "PENDING", "outcome": "created", "country": "DE", "reason": None},
    {"invitation": "engi-2", "status": "ACCEPTED", "outcome": None, "country": None, "reason": "None of it"},
]


@pytest.mark.parametrize(
    ("search", "status", "outcome", "ids"),
    [
        ("", ANY, ANY, ["engi-1", "engi-2"]),
        ("ENGI-2 ", ANY, ANY, ["engi-2"]),
        ("none", ANY, ANY, ["engi-2"]),  # and not those that have no reason
        ("", "PENDING", ANY, ["engi-1"]),
        ("", ANY, "created", ["engi-1"]),
        ("de", "ACCEPTED", ANY, []),
    ],
)
def test_invitations_are_found_by_text_status_and_outcome(
    search: str, status: str, outcome: str, ids: list[str]
) -> None:
    assert [row["invitation"] for row in found(LISTED, search, status, outcome)] == ids


# Reviews


def test_the_most_alike_candidate_is_the_first_and_one_without_a_comparison_is_there_too() -> None:
    field = {"field": "name", "here": "A", "there": None, "verdict": "only here", "similarity": 0}
    review = {
        "candidates": [{"id": "old", "name": "B"}, {"id": "1", "name": None}, {"id": "2", "name": "A"}],
        "resemblances": [{"id": "2", "fields": []}, {"id": "1", "fields": [field]}],
    }
    assert [(candidate["id"], bool(like)) for candidate, like in candidates(review)] == [
        ("2", True),
        ("1", True),
        ("old", False),
    ]
    assert rows(*candidates(review)[1]) == [("name", "A", "(empty)", "only here")]
    assert rows(*candidates(review)[2]) == [("name", "", "B", "")]


# Decisions


def answer(**given: Any) -> dict[str, Any]:
    return {"decisions": [], "undone": [], "left": [], "error": None, **given}


def decision(state: str, **given: Any) -> dict[str, Any]:
    return {"state": state, "opportunity": None, "reason": None, **given}


@pytest.mark.parametrize(
    ("done", "said", "is_bad"),
    [
        (Done(0, answer(decisions=[decision("done", opportunity="O1")]), ()), "AWS opportunity: O1", False),
        (Done(3, answer(decisions=[decision("started")]), ()), "AWS has not finished", False),
        (Done(3, answer(decisions=[decision("failed", reason="too late")]), ()), "failed: too late", True),
        (Done(3, answer(undone=[{"obstacle": "it has expired", "settled": False}]), ()), "expired", True),
        (Done(0, answer(undone=[{"obstacle": None, "settled": True}]), ()), "done already", False),
        (Done(4, None, ("AWS cannot be reached",)), "cannot be reached", True),
        (Done(5, answer(left=["engi-1"], error="x"), ("another run holds the lock",)), "lock", True),
    ],
)
def test_what_became_of_a_decision_is_told_and_no_failure_as_a_success(
    done: Done, said: str, is_bad: bool
) -> None:
    ((text, bad),) = became(done)
    assert said in text
    assert bad is is_bad
