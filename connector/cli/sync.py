"""``sync``: the scheduler's command."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from connector.apply import Outcome
from connector.cli.command import Command
from connector.cli.fleet import Job, fleet_options, show, work_for_all
from connector.cli.options import Options, force_option, wait_option
from connector.cli.output import Output
from connector.cli.progress import Progress
from connector.cli.reports import Attention, exit_code, report_to_json, show_report
from connector.cli.selecting import selecting
from connector.cli.session import load_config, open_walk
from connector.cli.sources import selection
from connector.cli.telling import tell
from connector.config import tenant_names
from connector.errors import ExitCode
from connector.notify import Notice
from connector.sync import sync
from connector.walk import Report


@click.command("sync", cls=Command)
@selecting
@click.option("--dry-run", is_flag=True, help="Say what would happen, and write nothing anywhere.")
@force_option
@wait_option
@fleet_options
@click.pass_obj
def sync_command(
    options: Options,
    /,
    dry_run: bool,
    force: bool,
    wait: float,
    all_tenants: bool,
    parallel: int,
    **chosen: Any,
) -> ExitCode:
    """Bring the CRM up to date with the invitations.

    Fetches what is new or has changed and makes the CRM hold what the mapping says. What a person has edited
    in the CRM stays. Run it as often as you like, stop it when you like.

    \b
    crm-connector sync --dry-run --status PENDING --since 7d
    crm-connector sync --all-tenants --parallel 8
    """
    if all_tenants:
        return _sync_all(options, Job(options, chosen, dry_run=dry_run, force=force, wait=wait), parallel)
    config = load_config(options)
    attention, notice = Attention(), Notice()
    with Progress("sync", options) as progress:
        watch = counting(progress, attention, notice=notice)
        with open_walk(config, rehearse=dry_run, force=force, watch=watch) as walk:
            report = sync(walk, selection(config, **chosen), wait=wait)
    if not dry_run:
        tell(config, notice)
    return finish(options, report, attention, rehearsed=dry_run)


def _sync_all(options: Options, job: Job, parallel: int) -> ExitCode:
    if options.tenant is not None:
        raise click.UsageError("Give one of --tenant and --all-tenants.")
    names = tenant_names(options.config)
    jobs = [replace(job, options=replace(options, tenant=name)) for name in names]
    return show(options, work_for_all(jobs, min(parallel, len(jobs) or 1)))


def counting(
    progress: Progress, attention: Attention, total: int | None = None, *, notice: Notice | None = None
) -> Any:
    """What a run's every outcome is told to."""
    done = 0

    def watch(outcome: Outcome) -> None:
        nonlocal done
        done += 1
        if notice is not None:
            notice.watch(outcome)
        attention(outcome)
        progress.update(done, total)

    return watch


def finish(
    options: Options,
    report: Report,
    attention: Attention,
    *,
    rehearsed: bool = False,
    listing: str = "the source",
) -> ExitCode:
    """Print how a run went; its exit code."""
    out = Output(options)
    if out.as_json or not options.quiet:
        out.answer(
            report_to_json(report, attention.outcomes),
            lambda: show_report(out, report, attention.outcomes, rehearsed=rehearsed, listing=listing),
        )
    return exit_code(report)
