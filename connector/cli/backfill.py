"""``backfill``: years of invitations, inside the service's quotas."""

from __future__ import annotations

import logging
import sys
from datetime import timedelta
from typing import Any

import click

from connector.backfill import Estimate, estimate
from connector.cli.command import Command
from connector.cli.options import Options, force_option, wait_option
from connector.cli.progress import Progress
from connector.cli.reports import Attention
from connector.cli.selecting import selecting
from connector.cli.session import load_config, open_walk
from connector.cli.sources import selection
from connector.cli.stopping import at_once
from connector.cli.sync import counting, finish
from connector.errors import ExitCode, UsageError
from connector.fetch.files import STANDARD_INPUT
from connector.sections import FilesSource, PartnerCentralSource
from connector.settings import Config
from connector.sync import sync

log = logging.getLogger(__name__)


@click.command("backfill", cls=Command)
@selecting
@click.option("--yes", is_flag=True, help="Begin without asking.")
@force_option
@wait_option
@click.pass_obj
def backfill_command(options: Options, /, yes: bool, force: bool, wait: float, **chosen: Any) -> ExitCode:
    """Bring in the invitations of months or years.

    Says beforehand (unless --quiet) how many calls it takes and how long, inside the quotas; waits where the
    daily quota is used up. Stop it with Ctrl-C and give the same command again: it goes on where it was.
    What comes from standard input is read once, and cannot be counted beforehand.

    \b
    crm-connector backfill --since 2020-01-01 --until 2026-01-01
    """
    config = load_config(options)
    wanted = selection(config, **chosen)
    attention = Attention()
    with open_walk(config, force=force, await_quota=_say_wait) as walk:
        listed = None
        if not (yes and options.quiet):  # or nobody would hear of the estimate, which costs a listing
            expected = None if _is_read_once(config) else estimate(walk, wanted, *_quotas(config))
            _confirm(options, config, expected, yes)
            listed = expected.listed if expected else None
        with Progress("backfill", options) as progress:
            walk.watch = counting(progress, attention, listed)
            report = sync(walk, wanted, command="backfill", wait=wait)
    return finish(options, report, attention)


def _quotas(config: Config) -> tuple[float, int]:
    source = config.source
    if isinstance(source, PartnerCentralSource):
        return source.reads_per_second, source.reads_per_day
    return 0.0, 0


def _is_read_once(config: Config) -> bool:
    return isinstance(config.source, FilesSource) and config.source.path == STANDARD_INPUT


def _confirm(options: Options, config: Config, expected: Estimate | None, yes: bool) -> None:
    if not options.quiet:
        uncounted = "Invitations from standard input, which cannot be counted beforehand."
        click.echo(describe(expected, *_quotas(config)) if expected else uncounted, err=True)
    if yes or (expected and not expected.due):
        return
    if expected is None:
        message = "a backfill asks before it begins, and standard input has the invitations"
        raise UsageError(message, hint="give --yes")
    if not sys.stdin.isatty():
        raise UsageError(
            "a backfill asks before it begins, and there is no terminal to ask at", hint="give --yes"
        )
    with at_once():
        click.confirm("Begin?", abort=True, err=True)


def describe(expected: Estimate, per_second: float, per_day: int) -> str:
    """What a backfill will take, in a sentence or two."""
    listed = f"{expected.listed:,} invitation{'s' * (expected.listed != 1)}"
    text = f"{listed}, {expected.due:,} of them to be fetched"
    if expected.budget_left is None:
        return f"{text}; from files, without any call."
    duration = timedelta(seconds=round(expected.seconds))
    return (
        f"{text}: {expected.calls:,} calls, at least {duration} inside the quotas of {per_second:g} a second"
        f" and {per_day:,} in 24 hours ({expected.budget_left:,} left now)."
    )


def _say_wait(seconds: float) -> None:
    logging.getLogger("connector.progress").info(
        "the daily quota is used up: waiting %s for room; stop and run again later as you like",
        timedelta(seconds=round(seconds)),
    )
