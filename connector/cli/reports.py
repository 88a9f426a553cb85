"""How a run went: for people, for programs, and as an exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.apply import Kind, Outcome
from connector.cli.output import Output
from connector.errors import ExitCode
from connector.walk import Report

SHOWN = 20  # invitations that need attention; `runs show` has them all

MEANINGS = {
    Kind.CREATED: "new records are in the CRM",
    Kind.UPDATED: "records in the CRM were brought up to date",
    Kind.UNCHANGED: "the CRM is as it should be",
    Kind.KEPT: "people edited the records in the CRM, and their edits stay",
    Kind.SKIPPED: "there is nothing to do for them",
    Kind.REVIEW: "a person has to choose the record",
    Kind.FAILED: "see the reasons; the next run tries them again",
}

STYLES = {Kind.FAILED: "red", Kind.REVIEW: "yellow"}


class Attention:
    """Collects, from a run, what a person should look at; the rest goes by."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def __call__(self, outcome: Outcome) -> None:
        if outcome.needs_attention:
            outcome.plan = None  # a run may have many: keep the reasons, not the records
            self.outcomes.append(outcome)


def report_to_json(report: Report, attention: Sequence[Outcome]) -> dict[str, Any]:
    """A run as ``--output json`` gives it. ``counts`` has the outcomes that occurred; they add up."""
    error = report.error
    return {
        "run": report.run_id or None,
        "listed": report.listed,
        "counts": counts_of(report),
        "warned": report.warned,
        "left": report.left,
        "calls": report.calls,
        "waits": report.waits,
        "seconds": round(report.seconds, 3),
        "error": {"message": error.message, "hint": error.hint} if error else None,
        "attention": [
            {
                "invitation": outcome.invitation_id,
                "outcome": outcome.kind.value,
                "reason": outcome.reason,
                "warnings": outcome.warnings,
            }
            for outcome in attention
        ],
    }


def counts_of(report: Report) -> dict[str, int]:
    return {kind.value: report.counts[kind] for kind in Kind if report.counts[kind]}


def show_report(
    out: Output, report: Report, attention: Sequence[Outcome], *, rehearsed: bool, listing: str
) -> None:
    """A table of outcomes, what needs attention, and what to do about it. ``listing`` is what has given the
    invitations, or none."""
    rows = [(kind.value, f"{report.counts[kind]:,}", MEANINGS[kind]) for kind in Kind if report.counts[kind]]
    none = "" if report.listed or report.error else f"{listing} has none of these"
    rows.append(("listed", f"{report.listed:,}", none))
    if rehearsed:  # what has not happened needs no explanation
        out.table(("would be", "invitations"), [row[:2] for row in rows])
    else:
        out.table(("outcome", "invitations", "meaning"), rows)
    if attention:
        out.line()
    for outcome in attention[:SHOWN]:
        _show_attention(out, outcome)
    if len(attention) > SHOWN:
        where = f": {out.command(f'runs show {report.run_id}')}" if report.run_id else ""
        out.line(f"... and {len(attention) - SHOWN:,} more{where}")
    if report.counts[Kind.REVIEW] and not rehearsed:
        out.line(f"To choose: {out.command('review list')}")
    if report.left:
        out.line(
            f"{len(report.left):,} were left: {', '.join(report.left[:5])}{', ...' * (len(report.left) > 5)}"
        )
    for text in calls_made(report.calls, report.waits):
        out.line(text, "dim")
    if rehearsed:
        out.line("Nothing was written.")


def calls_made(calls: Mapping[str, Mapping[str, int]], waits: Mapping[str, Mapping[str, int]]) -> list[str]:
    """A line for each service that was called: how often, and for what; and one for what it had us wait
    for."""
    made = [f"{service}: {_listed(operations)}" for service, operations in calls.items() if operations]
    return made + [f"{service} had us wait: {_listed(codes)}" for service, codes in waits.items() if codes]


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))


def _show_attention(out: Output, outcome: Outcome) -> None:
    first, *others = reasons(outcome.invitation_id, outcome.reason, outcome.warnings)
    style = STYLES.get(outcome.kind, "")
    out.line(f"{outcome.invitation_id}: {outcome.kind.value}: {first}", style)
    for text in others:
        out.line(f"    {text}", style)


def reasons(identifier: str, reason: str | None, warnings: Sequence[str]) -> list[str]:
    """What is said of an invitation, at least one text. What could not be read has its place in a file for an
    id, and need not name it twice."""
    return [text.removeprefix(f"{identifier}: ") for text in (reason, *warnings) if text] or [""]


def exit_code(report: Report) -> ExitCode:
    """0, or 3 when somebody should look. Raises what ended the run early."""
    if report.error is not None:
        raise report.error
    return ExitCode.ATTENTION if report.needs_attention else ExitCode.DONE
