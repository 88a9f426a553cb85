"""The numbers of reports and charts: right to the cent and the day, and none made up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from connector import statistics
from connector.facts import Facts, Spend
from connector.ledger_decisions import Action, Decision, State
from connector.ledger_rows import Run
from connector.mapping.money import Rates

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
RATES = Rates("USD", {"EUR": Decimal("1.08")})


def facts(id: str = "engi-1", status: str = "PENDING", **known: object) -> Facts:
    return Facts(id, status, **known)  # type: ignore[arg-type]


def spend(monthly: str, total: str | None = None) -> Spend:
    return Spend(Decimal(monthly), Decimal(total or monthly))


def test_weeks_begin_on_mondays_and_empty_ones_are_there() -> None:
    known = [
        facts("a", invitation_date=NOW),
        facts("b", "ACCEPTED", invitation_date=NOW - timedelta(days=2)),
        facts("c", "SOMETHING_NEW", invitation_date=NOW - timedelta(days=3)),
        facts("d", invitation_date=datetime(1, 1, 1, tzinfo=UTC)),
        facts("e"),
    ]
    weeks = statistics.by_week(known, NOW.date(), weeks=3)
    assert [week.begins for week in weeks] == [date(2026, 2, 16), date(2026, 2, 23), date(2026, 3, 2)]
    assert [week.counts for week in weeks] == [{}, {"SOMETHING_NEW": 1}, {"PENDING": 1, "ACCEPTED": 1}]


def test_spend_is_converted_by_the_rates_and_counted_in_the_month_of_completion() -> None:
    known = [
        facts("a", target_date=date(2026, 12, 31), spend={"USD": spend("100.00"), "EUR": spend("100.00")}),
        facts("b", "ACCEPTED", target_date=date(2026, 12, 1), spend={"USD": spend("0.01", "5")}),
        facts("c", "REJECTED", target_date=date(2026, 12, 1), spend={"USD": spend("999")}),
        facts("d", spend={"USD": spend("999")}),
        facts("e", target_date=date(2027, 1, 1), spend={"XOF": spend("7")}),
    ]
    december, january = statistics.spend_by_month(known, RATES)
    assert december == (date(2026, 12, 1), 2, Decimal("208.01"), Decimal("213.00"))
    assert january == (date(2027, 1, 1), 1, 0, 0)
    assert statistics.without_rate(known, RATES) == {"XOF": 1}


@given(st.lists(st.integers(0, 10**33), min_size=1))
def test_no_sum_loses_a_cent(cents: list[int]) -> None:
    amounts = [Decimal(f"{each // 100}.{each % 100:02}") for each in cents]
    known = [
        facts(str(n), target_date=date(2026, 1, 1), spend={"USD": Spend(amount, amount)})
        for n, amount in enumerate(amounts)
    ]
    (month,) = statistics.spend_by_month(known, RATES)
    whole, _, fraction = f"{month.total:f}".partition(".")
    assert int(whole + fraction.ljust(2, "0")) == sum(cents)


def test_industries_and_countries_with_the_most_invitations_first() -> None:
    known = [
        facts("a", industry="Retail", country="NO", spend={"USD": spend("1")}),
        facts("b", industry="Retail"),
        facts("c", "EXPIRED", industry="Energy", spend={"USD": spend("5")}),
    ]
    assert statistics.by_industry(known, RATES) == [("Retail", 2, 1, 1), ("Energy", 1, 0, 0)]
    assert [share.name for share in statistics.by_country(known, RATES)] == ["unknown", "NO"]


def test_time_to_acceptance_counts_only_what_is_known() -> None:
    sent = NOW - timedelta(days=10)
    before, later = NOW - timedelta(days=9), NOW - timedelta(days=6)
    known = [
        facts("seen", "ACCEPTED", invitation_date=sent, first_seen={"PENDING": before, "ACCEPTED": later}),
        facts("backfilled", "ACCEPTED", invitation_date=sent, first_seen={"ACCEPTED": later}),
        facts("ours", "ACCEPTED", invitation_date=sent, first_seen={"ACCEPTED": NOW}),
        facts("pending", invitation_date=sent, first_seen={"PENDING": before}),
    ]
    ours = Decision("ours", Action.ACCEPT, "token", before, state=State.DONE, finished_at=before)
    failed = Decision("backfilled", Action.ACCEPT, "t2", before, state=State.FAILED, finished_at=before)
    acceptance = statistics.time_to_acceptance(known, [ours, failed])
    assert acceptance.days == [1.0, 4.0]
    assert (acceptance.median, acceptance.unknown) == (2.5, 1)
    assert statistics.time_to_acceptance([]).median is None


def test_what_expires_soon_is_pending_and_not_over_yet() -> None:
    def until(id: str, days: float, status: str = "PENDING") -> Facts:
        return facts(id, status, expiration_date=NOW + timedelta(days=days))

    known = [until("c", 3), until("a", 1), until("late", 9), until("gone", -1), until("b", 2, "ACCEPTED")]
    found = statistics.expiring_soon(known, NOW, 7)
    assert [(each.invitation_id, each.days) for each in found] == [("a", 1.0), ("c", 3.0)]


def test_runs_with_their_durations() -> None:
    done = Run(2, "sync", NOW, NOW + timedelta(seconds=90), "done", {"created": 2, "failed": 1}, {}, {}, "")
    killed = Run(1, "sync", NOW, None, "killed", {}, {}, {}, "")
    summaries = statistics.run_history([done, killed])
    assert [(each.seconds, each.listed) for each in summaries] == [(90.0, 3), (None, 0)]


def test_troubles_are_grouped_by_reason_with_what_to_do() -> None:
    def row(id: str, outcome: str, reason: str) -> dict[str, str]:
        return {"invitation_id": id, "outcome": outcome, "reason": reason}

    found = statistics.troubles(
        [
            row("a", "failed", "opportunity: no rate for XOF in currency.rates"),
            row("b", "failed", "opportunity: no rate for XOF in currency.rates"),
            row("c", "review", "2 opportunities have this title"),
            row("d", "kept", "edited in the CRM, left alone: opportunity.stage"),
            row("e.json", "failed", "e.json: not an invitation"),
        ]
    )
    assert [(each.reason, list(each.invitations)) for each in found] == [
        ("opportunity: no rate for XOF in currency.rates", ["a", "b"]),
        ("2 opportunities have this title", ["c"]),
        ("not an invitation", ["e.json"]),
    ]
    assert "currency.rates" in found[0].step
    assert "review resolve" in found[1].step
    assert "--id" in found[2].step
