"""The report as one HTML page that holds all it needs: no script, nothing loaded from anywhere.

It is built as a tree, whose texts are escaped when it is written; a Content-Security-Policy forbids whatever
could get past that. Colours have a contrast of 4.5 to their background for text and 3 for bars (WCAG 2.2 AA),
light and dark.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, tostring

from connector import report_charts as charts
from connector.cli.text import visible
from connector.report import EXPIRING_DAYS, Report
from connector.statistics import Month, Share, Trouble

_LIGHT = """--ink: #1b1b1f; --paper: #ffffff; --faint: #5a5a66; --line: #c9c9d2;
  --s0: #1f5fbf; --s1: #1a7f4b; --s2: #b3471d; --s3: #6b6b76; --s4: #8a3fb0;"""
_DARK = """--ink: #ececf1; --paper: #17171b; --faint: #b4b4c0; --line: #4a4a55;
  --s0: #6ea8ff; --s1: #4fc487; --s2: #ff9466; --s3: #a0a0ad; --s4: #cf93ee;"""
_COLOURS = f"""
:root {{ color-scheme: light dark; {_LIGHT} }}
@media (prefers-color-scheme: dark) {{ :root {{ {_DARK} }} }}
@media print {{ :root {{ color-scheme: light; {_LIGHT} }} }}
"""
_STYLE = f"""{_COLOURS}
body {{ margin: 0 auto; max-width: 60rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }}
h1 {{ line-height: 1.2; }}
section {{ margin-top: 2.5rem; }}
figure {{ margin: 1rem 0; }}
.faint, caption {{ color: var(--faint); }}
dl {{ display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; }}
dd {{ margin: 0; overflow-wrap: anywhere; font-size: 1.75rem; font-weight: 600; }}
.wide {{ overflow-x: auto; }}
.wide > svg {{ min-width: 34rem; }}
table {{ border-collapse: collapse; width: 100%; }}
caption {{ text-align: left; padding: .25rem 0; }}
th, td {{ text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; }}
th, td {{ border-bottom: 1px solid var(--line); }}
.number {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
svg {{ width: 100%; height: auto; }}
svg text {{ fill: var(--ink); font-size: 12px; }}
.grid {{ stroke: var(--line); }}
.s0 {{ fill: var(--s0); }} .s1 {{ fill: var(--s1); }} .s2 {{ fill: var(--s2); }}
.s3 {{ fill: var(--s3); }} .s4 {{ fill: var(--s4); }}
.legend {{ list-style: none; display: flex; flex-wrap: wrap; gap: 1.25rem; padding: 0; }}
.legend svg {{ width: .9em; height: .9em; margin-right: .4em; }}
@media print {{ body {{ max-width: none; padding: 0; }}
  .wide {{ overflow: visible; }} .wide > svg {{ min-width: 0; }}
  figure, tr {{ break-inside: avoid; }} rect {{ print-color-adjust: exact; }} }}
"""

Cell = str | int | Decimal | None
Table = list[list[Cell]]

_MONTHS, _SHARES, _RUNS = 24, 12, 50  # the most that a chart or table has


def to_html(report: Report) -> str:
    """The page."""
    page = Element("html", {"lang": "en"})
    _head(page)
    body = SubElement(SubElement(page, "body"), "main")
    _say(body, "h1", "AWS Partner Central: invitations")
    _say(body, "p", _scope(report), "faint")
    _numbers(body, report)
    _weeks(body, report)
    _months(body, report)
    _shares(body, "Industries", "industry", report.industries, report.currency)
    _shares(body, "Countries", "country", report.countries, report.currency)
    _acceptance(body, report)
    _expiring(body, report)
    _troubles(body, report.troubles)
    _runs(body, report)
    return "<!DOCTYPE html>\n" + tostring(page, encoding="unicode", method="html") + "\n"


def _head(page: Element) -> None:
    head = SubElement(page, "head")
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    SubElement(head, "meta", {"charset": "utf-8"})
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": policy})
    SubElement(head, "meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"})
    SubElement(head, "meta", {"name": "referrer", "content": "no-referrer"})
    SubElement(head, "title").text = "AWS Partner Central: invitations"
    SubElement(head, "style").text = _STYLE


def _scope(report: Report) -> str:
    since = f"invitations since {report.since:%Y-%m-%d}" if report.since else "all invitations"
    text = f"Made {_minute(report.made_at)}; {since}. Times are UTC, money is in {report.currency}."
    if report.since is None and report.known > report.counted:
        missing = report.known - report.counted
        text += f" Of {report.known:,} invitations, {missing:,} are not counted: they were last read"
        text += " before the connector kept what reports need."
    if report.without_rate:
        rates = ", ".join(f"{code} ({count:,})" for code, count in report.without_rate.items())
        text += f" Without a rate in the config, and so without their spend: {rates}."
    return text


def _numbers(body: Element, report: Report) -> None:
    numbers = SubElement(body, "dl")
    median = report.acceptance.median
    shown = [("invitations", f"{report.counted:,}")]
    shown += [(status, f"{count:,}") for status, count in report.statuses.items()]
    shown += [(f"{report.currency} a month expected", _number(report.monthly))]
    shown += [("days to acceptance (median)", f"{median:,.1f}")] if median is not None else []
    for name, value in shown:
        pair = SubElement(numbers, "div")
        _say(pair, "dt", name, "faint")
        _say(pair, "dd", value)


def _weeks(body: Element, report: Report) -> None:
    section = _section(body, "Invitations by week")
    statuses = [name for name in report.statuses if any(week.counts.get(name) for week in report.weeks)]
    if not statuses:
        _say(section, "p", "No invitation has come in these weeks.")
        return
    labels = [week.begins.isoformat() for week in report.weeks]
    series = {name: [float(week.counts.get(name, 0)) for week in report.weeks] for name in statuses}
    figure = _figure(section, charts.columns("Invitations by week and status", labels, series))
    _legend(figure, statuses)
    rows: Table = [
        [week.begins.isoformat(), *(week.counts.get(name, 0) for name in statuses)]
        for week in report.weeks
        if week.counts
    ]
    _table(section, "Weeks with invitations, by the Monday on which they begin", ["week", *statuses], rows)


def _legend(figure: Element, names: Sequence[str]) -> None:
    legend = SubElement(figure, "ul", {"class": "legend"})
    for number, name in enumerate(names):
        item = SubElement(legend, "li")
        mark = SubElement(item, "svg", {"viewBox": "0 0 10 10", "aria-hidden": "true"})
        colour = f"s{min(number, charts.SERIES - 1)}"
        SubElement(mark, "rect", {"class": colour, "width": "10", "height": "10"})
        mark.tail = visible(name)


def _months(body: Element, report: Report) -> None:
    section = _section(body, "Expected spend by month")
    months = _nearest(report)
    if not months:
        _say(section, "p", "No open invitation has a spend and a date to be completed by.")
        return
    labels = [f"{month.begins:%Y-%m}" for month in months]
    title = "Expected monthly spend by month of completion"
    _figure(section, charts.columns(title, labels, {"": [float(month.monthly) for month in months]}, _short))
    columns = ["to be completed in", "invitations", f"{report.currency} a month", f"{report.currency} in all"]
    rows: Table = [[f"{m.begins:%Y-%m}", m.invitations, m.monthly, m.total] for m in months]
    _table(section, "Of invitations that are neither rejected nor expired", columns, rows)


def _nearest(report: Report) -> Sequence[Month]:
    """This month and those to come, as far as there is room; past ones where there is room left."""
    today = report.made_at.date().replace(day=1)
    coming = [month for month in report.months if month.begins >= today][:_MONTHS]
    past = [month for month in report.months if month.begins < today]
    return [*past[len(past) - min(len(past), _MONTHS - len(coming)) :], *coming]


def _shares(body: Element, heading: str, column: str, shares: Sequence[Share], currency: str) -> None:
    section = _section(body, heading)
    if not shares:
        _say(section, "p", "There are no invitations.")
        return
    first, others = shares[:_SHARES], shares[_SHARES:]
    counts = {share.name: float(share.invitations) for share in first}
    _figure(section, charts.rows(f"Invitations by {column}", counts))
    rows: Table = [[share.name, share.invitations, share.monthly, share.total] for share in first]
    _table(
        section, f"By {column}", [column, "invitations", f"{currency} a month", f"{currency} in all"], rows
    )
    if others:
        of = sum(share.invitations for share in others)
        _say(section, "p", f"And {len(others):,} more, with {of:,} invitations.")


def _acceptance(body: Element, report: Report) -> None:
    section = _section(body, "Time to acceptance")
    days = report.acceptance.days
    if days:
        groups = {name: float(sum(low <= each < high for each in days)) for name, low, high in SPANS}
        _figure(section, charts.rows("Accepted invitations by days to acceptance", groups))
        rows: Table = [[name, int(number)] for name, number in groups.items()]
        _table(section, "From the invitation's date to its acceptance", ["time", "invitations"], rows)
    if report.acceptance.unknown:
        text = f"Of {report.acceptance.unknown:,} accepted invitations the time is not known:"
        _say(section, "p", f"{text} they were accepted before the connector first saw them.", "faint")
    if not days and not report.acceptance.unknown:
        _say(section, "p", "No invitation has been accepted.")


SPANS = (
    ("within a day", 0, 1),
    ("1 to 3 days", 1, 3),
    ("3 to 7 days", 3, 7),
    ("1 to 2 weeks", 7, 14),
    ("2 to 4 weeks", 14, 28),
    ("longer", 28, float("inf")),
)


def _expiring(body: Element, report: Report) -> None:
    section = _section(body, "Expiring soon")
    if not report.expiring:
        _say(section, "p", f"No pending invitation expires within {EXPIRING_DAYS} days.")
        return
    rows: Table = [[e.invitation_id, _minute(e.expires), Decimal(f"{e.days:.1f}")] for e in report.expiring]
    _table(section, f"Pending, within {EXPIRING_DAYS} days", ["invitation", "expires", "days left"], rows)


def _troubles(body: Element, troubles: Sequence[Trouble]) -> None:
    section = _section(body, "Failed, or waiting for a person")
    if not troubles:
        _say(section, "p", "None.")
        return
    rows: Table = [[t.outcome, t.reason, len(t.invitations), _some(t.invitations), t.step] for t in troubles]
    _table(section, "By reason", ["outcome", "reason", "how many", "invitations", "next step"], rows)


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:5]) + (f" and {len(ids) - 5:,} more" if len(ids) > 5 else "")


def _runs(body: Element, report: Report) -> None:
    section = _section(body, "Runs")
    if not report.runs:
        _say(section, "p", "There was no run.")
        return
    rows: Table = [
        [
            str(summary.run.id),
            summary.run.command,
            _minute(summary.run.started_at),
            None if summary.seconds is None else Decimal(f"{summary.seconds:.1f}"),
            summary.run.state,
            ", ".join(f"{number:,} {outcome}" for outcome, number in summary.run.counts.items() if number),
            summary.run.note,
        ]
        for summary in report.runs[:_RUNS]
    ]
    columns = ["run", "command", "started", "seconds", "state", "outcomes", "note"]
    _table(section, "The latest, the newest first", columns, rows)


# Parts of a page


def _section(body: Element, heading: str) -> Element:
    name = heading.lower().replace(" ", "-").replace(",", "")
    section = SubElement(body, "section", {"aria-labelledby": name})
    SubElement(section, "h2", {"id": name}).text = heading
    return section


def _figure(parent: Element, chart: Element) -> Element:
    figure = SubElement(parent, "figure")
    scrolling = {"class": "wide", "tabindex": "0", "role": "group", "aria-label": chart[0].text or ""}
    SubElement(figure, "div", scrolling).append(chart)
    return figure


def _say(parent: Element, tag: str, text: str, kind: str = "") -> None:
    SubElement(parent, tag, {"class": kind} if kind else {}).text = visible(text)


def _table(
    parent: Element,
    caption: str,
    columns: Sequence[str],
    rows: Table,
) -> None:
    frame = SubElement(
        parent, "div", {"class": "wide", "tabindex": "0", "role": "region", "aria-label": caption}
    )
    table = SubElement(frame, "table")
    SubElement(table, "caption").text = caption
    heads = SubElement(SubElement(table, "thead"), "tr")
    numeric = [any(isinstance(row[place], (int, Decimal)) for row in rows) for place in range(len(columns))]
    for name, is_number in zip(columns, numeric, strict=True):
        SubElement(heads, "th", {"scope": "col", **_aligned(is_number)}).text = visible(name)
    body = SubElement(table, "tbody")
    for row in rows:
        line = SubElement(body, "tr")
        for place, cell in enumerate(row):
            kind = {"scope": "row"} if place == 0 else {}
            SubElement(line, "td" if place else "th", {**kind, **_aligned(numeric[place])}).text = _shown(
                cell
            )


def _aligned(is_number: bool) -> dict[str, str]:
    return {"class": "number"} if is_number else {}


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return visible(cell)
    return _number(cell) if isinstance(cell, Decimal) else f"{cell:,}"


def _number(amount: Decimal) -> str:
    """With cents where there are some; what is rounded to one place stays so."""
    return f"{amount:,.2f}".removesuffix(".00") if amount.as_tuple().exponent != -1 else f"{amount:,.1f}"


def _short(amount: float) -> str:
    """An axis's number."""
    if amount >= 1e15:
        return f"{amount:.1e}"
    for unit, name in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if amount >= unit:
            return f"{amount / unit:,.1f}".removesuffix(".0") + name
    return f"{amount:,.0f}"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
