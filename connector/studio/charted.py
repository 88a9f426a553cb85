"""What of a report is charted: no more bars than a screen has room for, the others counted. Pure.

The report is as ``crm-connector runs report --format json`` gives it; money in a chart is a float, exact in
its table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from connector.report_html import SPANS

Report = Mapping[str, Any]

_BARS = 12
_MONTHS = 24


class Chart(NamedTuple):
    """``names`` are of the bars, ``series`` are stacked in them. ``columns`` and ``rows`` are the table of
    the same, of all that there is; ``note`` says what neither shows."""

    title: str
    names: Sequence[str]
    series: Mapping[str, Sequence[float]]
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    note: str = ""


def charts(report: Report) -> list[Chart]:
    """All charts of a report, in their order."""
    return [
        _weeks(report),
        _months(report),
        _shares(report, "by_industry", "industry"),
        _shares(report, "by_country", "country"),
        _acceptance(report["days_to_acceptance"]),
    ]


def _weeks(report: Report) -> Chart:
    weeks, statuses = report["by_week"], list(report["invitations"]["by_status"])
    counts = {status: [week["counts"].get(status, 0) for week in weeks] for status in statuses}
    names = [week["week"] for week in weeks] if statuses else []
    rows = [[name, *(counts[status][at] for status in statuses)] for at, name in enumerate(names)]
    return Chart("Invitations by week and status", names, counts, ("week of", *statuses), rows)


def _months(report: Report) -> Chart:
    months, currency = report["spend_by_month"], report["currency"]
    first = first_month([month["month"] for month in months], report["made_at"][:7])
    near = months[first : first + _MONTHS]
    return Chart(
        "Expected spend by month of completion",
        [month["month"] for month in near],
        {f"{currency} a month": [float(month["monthly"]) for month in near]},
        ("month", "invitations", f"{currency} a month", f"{currency} in all"),
        [
            [each["month"], each["invitations"], money(each["monthly"]), money(each["total"])]
            for each in months
        ],
        _without_rate(report["without_rate"]),
    )


def first_month(months: Sequence[str], now: str) -> int:
    """The place of the first month of a chart: it has this month and those to come, as far as there is room,
    and past ones where room is left."""
    past = sum(month < now for month in months)
    return max(0, min(past, len(months) - _MONTHS))


def _without_rate(currencies: Mapping[str, int]) -> str:
    if not currencies:
        return ""
    names = ", ".join(f"{code} ({count:,})" for code, count in currencies.items())
    return f"Left out for want of a rate in the config's currency.rates: {names}."


def _shares(report: Report, member: str, of: str) -> Chart:
    shares, currency = report[member], report["currency"]
    first, others = shares[:_BARS], sum(share["invitations"] for share in shares[_BARS:])
    return Chart(
        f"Invitations by {of}",
        [share["name"] for share in first],
        {"invitations": [share["invitations"] for share in first]},
        (of, "invitations", f"{currency} a month", f"{currency} in all"),
        [
            [each["name"], each["invitations"], money(each["monthly"]), money(each["total"])]
            for each in shares
        ],
        f"And {len(shares) - _BARS:,} more, with {others:,} invitations." if others else "",
    )


def _acceptance(times: Mapping[str, Any]) -> Chart:
    days = times["days"]
    counts = [sum(low <= each < high for each in days) for _, low, high in SPANS] if days else []
    names = [name for name, *_ in SPANS] if days else []
    notes = [f"Half of them took {times['median']:,.1f} days or less."] if days else []
    if times["unknown"]:
        notes.append(f"Of {times['unknown']:,} accepted before the connector first saw them it is not known.")
    rows = list(zip(names, counts, strict=True))
    return Chart(
        "Time to acceptance", names, {"invitations": counts}, ("time", "invitations"), rows, " ".join(notes)
    )


def money(text: str) -> str:
    """Decimal text as people read it, to the cent."""
    return f"{Decimal(text):,.2f}"
