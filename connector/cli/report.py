"""``runs report``: what a manager can be sent."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from connector import privatefile, report
from connector.cli.command import Command
from connector.cli.options import Options
from connector.cli.output import Output, to_json
from connector.cli.selecting import Moment
from connector.cli.session import load_config, open_ledger
from connector.cli.stdout import write
from connector.cli.text import visible
from connector.errors import UsageError
from connector.ledger_decisions import DecisionLedger
from connector.ledger_facts import FactLedger
from connector.mapping.functions import Rates
from connector.settings import Config

_RUNS = 1_000  # the latest that are looked at
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


class ReportCommand(Command):
    """``--output json`` is another way to ask for JSON."""

    outputs = ("json",)


@click.command("report", cls=ReportCommand)
@click.option(
    "--format",
    "form",
    type=click.Choice(("html", "csv", "json")),
    help="A page to read and print (the default), a table for a spreadsheet, or JSON.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it to this file; else it is printed.",
)
@click.option(
    "--since", type=Moment(), metavar="WHEN", help="Invitations and runs from then on; 90d is 90 days ago."
)
@click.pass_obj
def report_command(options: Options, /, form: str | None, out: Path | None, since: datetime | None) -> None:
    """Report on invitations and runs: one page that a manager can be sent.

    Invitations by week and status, expected spend by month, industry and country, time to acceptance, what
    expires soon, what failed and why, and the runs. It holds no names, no contacts and no titles. The page
    needs nothing beside itself: no script, no network.

    \b
    crm-connector runs report --since 90d --out report.html
    """
    form = form or ("json" if options.output == "json" else "html")
    made = make(load_config(options), datetime.now(UTC), since)
    text = _render(made, form)
    if out is None:
        write(_for_a_terminal(text) if _is_terminal() else text)
        return
    _save(out, text)
    answer = {"format": form, "file": str(out), "invitations": made.counted, "runs": len(made.runs)}
    shown = Output(options)
    shown.answer(answer, lambda: shown.line(f"Saved in {out}: {made.counted:,} invitations."))


def make(config: Config, now: datetime, since: datetime | None = None) -> report.Report:
    """The report from the config's ledger, which is only read."""
    with open_ledger(config, read_only=True) as ledger:
        facts = FactLedger(ledger)
        return report.make(
            facts.all(since),
            [run for run in ledger.runs(_RUNS) if since is None or run.started_at >= since],
            facts.troubled(),
            DecisionLedger(ledger).since(_BEGINNING),
            rates=Rates(config.currency.base, config.currency.rates),
            now=now,
            known=facts.known(),
            since=since,
        )


def _render(made: report.Report, form: str) -> str:
    if form == "json":
        return to_json(report.to_json(made))
    if form == "csv":
        from connector.report_csv import to_csv

        return to_csv(made)
    from connector.report_html import to_html

    return to_html(made)


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def _for_a_terminal(text: str) -> str:
    """Its lines, which hold what others wrote and a file holds as it is."""
    return "\n".join(visible(line.removesuffix("\r")) for line in text.split("\n"))


def _save(path: Path, text: str) -> None:
    """Replace the file whole or not at all; only its owner may read it, until it is sent."""
    try:
        privatefile.replace(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
