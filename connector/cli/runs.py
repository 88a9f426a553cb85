"""``runs list|show|report``: what earlier runs did, from the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from connector.cli.command import Group
from connector.cli.options import COUNT, NUMBER, Options
from connector.cli.output import Output
from connector.cli.report import report_command
from connector.cli.reports import calls_made, reasons
from connector.cli.session import load_config, open_ledger
from connector.errors import UsageError
from connector.ledger_rows import Run


@click.group("runs", cls=Group)
def runs_command() -> None:
    """Look at what earlier runs did."""


runs_command.add_command(report_command)


@runs_command.command("list")
@click.option("--limit", type=COUNT, default=20, metavar="N", help="The latest N; 20 if not given.")
@click.pass_obj
def list_command(options: Options, /, limit: int) -> None:
    """List the latest runs, the newest first.

    \b
    crm-connector runs list --limit 5
    """
    with open_ledger(load_config(options), read_only=True) as ledger:
        runs = ledger.runs(limit)
    out = Output(options)
    columns = ("run", "command", "started", "seconds", "state", "outcomes")
    out.answer([run_to_json(run) for run in runs], lambda: out.table(columns, map(_row, runs)))
    if not runs and not out.as_json:
        out.line(f"No run yet: `{out.command('sync')}` makes one.")


@runs_command.command("show")
@click.argument("run", type=NUMBER, required=False)
@click.pass_obj
def show_command(options: Options, /, run: int | None) -> None:
    """Show one run: every invitation it did not leave unchanged. Without RUN, the latest.

    \b
    crm-connector runs show 12 --output json
    """
    with open_ledger(load_config(options), read_only=True) as ledger:
        latest = ledger.runs(1)
        run_id = run if run is not None else latest[0].id if latest else 0
        found = ledger.run(run_id)
        outcomes = ledger.outcomes(run_id)
    if found is None:
        raise UsageError(
            f"there is no run {run_id}" if run is not None else "there is no run yet",
            hint=f"`{options.command('runs list')}`",
        )
    out = Output(options)
    answer = {**run_to_json(found), "outcomes": [_outcome_to_json(outcome) for outcome in outcomes]}
    out.answer(answer, lambda: _show(out, found, outcomes))


def _show(out: Output, run: Run, outcomes: list[Any]) -> None:
    out.table(("run", "command", "started", "seconds", "state", "outcomes"), [_row(run)])
    if run.note:
        out.line(run.note)
    for text in calls_made(run.calls, run.waits):
        out.line(text, "dim")
    if outcomes:
        out.line()
    out.table(("invitation", "outcome", "reason"), (row for outcome in outcomes for row in _rows(outcome)))


def _rows(outcome: Any) -> Iterator[tuple[str, str, str]]:
    """A row for each reason: several in one are hard to read."""
    first, *others = reasons(outcome["invitation_id"], outcome["reason"], outcome["warnings"])
    yield outcome["invitation_id"], outcome["outcome"], first
    for text in others:
        yield "", "", text


def _outcome_to_json(outcome: Any) -> dict[str, Any]:
    return {
        "invitation": outcome["invitation_id"],
        **{n: outcome[n] for n in ("outcome", "reason", "warnings")},
    }


def run_to_json(run: Run) -> dict[str, Any]:
    return {
        "run": run.id,
        "command": run.command,
        "started_at": _moment(run.started_at),
        "finished_at": _moment(run.finished_at),
        "state": run.state,
        "counts": dict(run.counts),
        "calls": {service: dict(calls) for service, calls in run.calls.items()},
        "waits": {service: dict(codes) for service, codes in run.waits.items()},
        "note": run.note,
    }


def _moment(moment: Any) -> str | None:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None


def _row(run: Run) -> tuple[object, ...]:
    seconds = f"{(run.finished_at - run.started_at).total_seconds():.1f}" if run.finished_at else ""
    outcomes = ", ".join(f"{count:,} {kind}" for kind, count in run.counts.items() if count)
    return run.id, run.command, _moment(run.started_at), seconds, run.state, outcomes
