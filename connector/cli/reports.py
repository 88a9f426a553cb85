"""How a run went: for people, for programs, and as an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connector.apply import Kind, Outcome
from connector.cli.output import Output
from connector.errors import ExitCode
from connector.walk import Report

SHOWN = 20  # invitations that need attention; `runs show` has them all

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


def show_report(out: Output, report: Report, attention: Sequence[Outcome], *, rehearsed: bool) -> None:
    """A table of outcomes, and what needs attention."""
    rows: list[tuple[str, object]] = list(counts_of(report).items())
    out.table(("would be" if rehearsed else "outcome", "invitations"), [*rows, ("listed", report.listed)])
    for outcome in attention[:SHOWN]:
        text = "; ".join(filter(None, (outcome.reason, *outcome.warnings)))
        out.line(f"{outcome.invitation_id}: {outcome.kind.value}: {text}", STYLES.get(outcome.kind, ""))
    if len(attention) > SHOWN:
        out.line(f"... and {len(attention) - SHOWN:,} more" + _where(report))
    if report.left:
        out.line(
            f"{len(report.left):,} were left: {', '.join(report.left[:5])}{', ...' * (len(report.left) > 5)}"
        )
    if rehearsed:
        out.line("Nothing was written.")


def _where(report: Report) -> str:
    return f": crm-connector runs show {report.run_id}" if report.run_id else ""


def exit_code(report: Report) -> ExitCode:
    """0, or 3 when somebody should look. Raises what ended the run early."""
    if report.error is not None:
        raise report.error
    return ExitCode.ATTENTION if report.needs_attention else ExitCode.DONE
