"""The report as a table for spreadsheets: one row for each number."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence
from decimal import Decimal

from connector.match import normalized
from connector.report import Report

Cell = str | int | float | Decimal | None

COLUMNS = ("section", "item", "measure", "value", "unit", "note")

# A spreadsheet takes a text that begins with one of these for a formula, some of them white space or what
# cannot be seen before it: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = frozenset("=+-@")
_LINE = frozenset("\t\r\n")
_UNSEEN = frozenset({"Cc", "Cf", "Zs"})


def harmless(cell: Cell) -> Cell:
    """``cell`` as no spreadsheet can take it for a formula: such a text gets an apostrophe in front, which
    spreadsheets take for "this is text"; so does what stands behind a semicolon, which parts cells where the
    comma is the decimal point. Full-width and other forms of the same signs count too. A NUL, which ends a
    cell in some readers, goes. Numbers stay numbers."""
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\0", "")
    return ";".join(map(_as_text, text.split(";")))


def _as_text(text: str) -> str:
    seen = (c for c in normalized("NFKC", text) if unicodedata.category(c) not in _UNSEEN)
    return f"'{text}" if text[:1] in _LINE or next(seen, "") in _FORMULA else text


def to_csv(report: Report) -> str:
    """The report as CSV (RFC 4180, comma, CRLF)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in _rows(report):
        cells = (*row, *[""] * (len(COLUMNS) - len(row)))
        writer.writerow([_exact(harmless(cell)) for cell in cells])
    return text.getvalue()


def _exact(cell: Cell) -> Cell:
    return format(cell, "f") if isinstance(cell, Decimal) else cell


Row = Sequence[Cell]  # of the columns, as many as it has


def _rows(report: Report) -> Iterator[Row]:
    for status, count in report.statuses.items():
        yield "status", status, "invitations", count, ""
    for week in report.weeks:
        for status, count in week.counts.items():
            yield "week", week.begins.isoformat(), status, count, "invitations"
    yield from _money(report)
    yield from _acceptance(report)
    for each in report.expiring:
        yield (
            "expiring",
            each.invitation_id,
            f"{each.expires:%Y-%m-%d %H:%M} UTC",
            round(each.days, 2),
            "days",
        )
    for trouble in report.troubles:
        yield (
            "trouble",
            trouble.reason,
            trouble.outcome,
            len(trouble.invitations),
            "invitations",
            trouble.step,
        )
    for summary in report.runs:
        run = summary.run
        yield "run", run.id, f"{run.command}, {run.state}", summary.seconds, "seconds", run.note
        for outcome, count in run.counts.items():
            yield "run", run.id, outcome, count, "invitations"


def _money(report: Report) -> Iterator[Row]:
    for month in report.months:
        yield "spend by month", f"{month.begins:%Y-%m}", "monthly", month.monthly, report.currency
        yield "spend by month", f"{month.begins:%Y-%m}", "total", month.total, report.currency
    for section, shares in (("industry", report.industries), ("country", report.countries)):
        for share in shares:
            yield section, share.name, "invitations", share.invitations, ""
            yield section, share.name, "monthly", share.monthly, report.currency
            yield section, share.name, "total", share.total, report.currency
    for code, count in report.without_rate.items():
        yield "no rate", code, "invitations", count, ""


def _acceptance(report: Report) -> Iterator[Row]:
    median = report.acceptance.median
    if median is not None:
        yield "acceptance", "median", "time", round(median, 2), "days"
    yield "acceptance", "known", "invitations", len(report.acceptance.days), ""
    yield "acceptance", "not known", "invitations", report.acceptance.unknown, ""
