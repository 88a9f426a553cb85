"""The report that a manager can be sent, as values: see ``report_html``, ``report_csv``. Pure.

It holds counts, dates, sums, ids and reasons; no customer's name, no contact, no title.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connector import statistics
from connector.facts import Facts
from connector.ledger_decisions import Decision
from connector.ledger_rows import Run
from connector.mapping.money import Rates, exact_sum

_WEEKS, _MOST_WEEKS = 26, 104
EXPIRING_DAYS = 14


@dataclass(frozen=True, slots=True)
class Report:
    """``known`` invitations are in the ledger, ``counted`` of them in these numbers. ``since``: what is older
    is left out; None for everything. Money is in ``currency``."""

    made_at: datetime
    since: datetime | None
    currency: str
    known: int
    counted: int
    statuses: Mapping[str, int]
    weeks: Sequence[statistics.Week]
    months: Sequence[statistics.Month]
    industries: Sequence[statistics.Share]
    countries: Sequence[statistics.Share]
    without_rate: Mapping[str, int]
    acceptance: statistics.Acceptance
    expiring: Sequence[statistics.Expiring]
    runs: Sequence[statistics.RunSummary]
    troubles: Sequence[statistics.Trouble]

    @property
    def monthly(self) -> Decimal:
        """What all invitations that are neither rejected nor expired are expected to bring a month."""
        return Decimal(exact_sum([Decimal(0), *(share.monthly for share in self.industries)]))


def make(
    facts: Sequence[Facts],
    runs: Iterable[Run],
    troubled: Iterable[Mapping[str, Any]],
    decisions: Iterable[Decision],
    *,
    rates: Rates,
    now: datetime,
    known: int,
    since: datetime | None = None,
) -> Report:
    """The report ``now`` (aware UTC). ``facts`` and ``runs`` are those since then; ``troubled`` is as
    ``FactLedger.troubled`` has it."""
    return Report(
        now,
        since,
        rates.base,
        known,
        len(facts),
        statistics.by_status(facts),
        _weeks(facts, since, now.date()),
        statistics.spend_by_month(facts, rates),
        statistics.by_industry(facts, rates),
        statistics.by_country(facts, rates),
        statistics.without_rate(facts, rates),
        statistics.time_to_acceptance(facts, decisions),
        statistics.expiring_soon(facts, now, EXPIRING_DAYS),
        statistics.run_history(runs),
        statistics.troubles(troubled),
    )


def _weeks(facts: Sequence[Facts], since: datetime | None, today: date) -> list[statistics.Week]:
    """The weeks up to that of the latest invitation, as far as a chart can show them."""
    until = min(
        today, max((each.invitation_date.date() for each in facts if each.invitation_date), default=today)
    )
    if since is None:
        return statistics.by_week(facts, until, _WEEKS)
    days = (until - since.date()).days + since.date().weekday() - until.weekday()  # from Monday to Monday
    return statistics.by_week(facts, until, min(_MOST_WEEKS, max(1, days // 7 + 1)))


def to_json(report: Report) -> dict[str, Any]:
    """The report for programs. Money is decimal text, and a day is ``YYYY-MM-DD``."""
    return {
        "made_at": _moment(report.made_at),
        "since": _moment(report.since) if report.since else None,
        "currency": report.currency,
        "invitations": {"known": report.known, "counted": report.counted, "by_status": dict(report.statuses)},
        "by_week": [{"week": week.begins.isoformat(), "counts": dict(week.counts)} for week in report.weeks],
        "spend_by_month": [
            {"month": f"{month.begins:%Y-%m}", "invitations": month.invitations, **_money(month)}
            for month in report.months
        ],
        "by_industry": [_share(share) for share in report.industries],
        "by_country": [_share(share) for share in report.countries],
        "without_rate": dict(report.without_rate),
        "days_to_acceptance": {
            "median": _rounded(report.acceptance.median),
            "days": [_rounded(days) for days in report.acceptance.days],
            "unknown": report.acceptance.unknown,
        },
        "expiring": [
            {
                "invitation": each.invitation_id,
                "expires_at": _moment(each.expires),
                "days": _rounded(each.days),
            }
            for each in report.expiring
        ],
        "runs": [_run(summary) for summary in report.runs],
        "troubles": [{**each._asdict(), "invitations": list(each.invitations)} for each in report.troubles],
    }


def _money(of: statistics.Month | statistics.Share) -> dict[str, str]:
    return {"monthly": str(of.monthly), "total": str(of.total)}


def _share(share: statistics.Share) -> dict[str, Any]:
    return {"name": share.name, "invitations": share.invitations, **_money(share)}


def _run(summary: statistics.RunSummary) -> dict[str, Any]:
    run = summary.run
    return {
        "run": run.id,
        "command": run.command,
        "started_at": _moment(run.started_at),
        "state": run.state,
        "seconds": summary.seconds,
        "listed": summary.listed,
        "counts": dict(run.counts),
        "note": run.note,
    }


def _rounded(days: float | None) -> float | None:
    return None if days is None else round(days, 2)


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
