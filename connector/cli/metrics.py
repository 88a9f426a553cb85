"""``metrics`` and ``health``: what monitoring asks, from the ledger, without a call of any service."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connector.cli.command import Command
from connector.cli.newfiles import NewFile, write_all
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.session import load_config, open_ledger
from connector.cli.stdout import write
from connector.errors import ExitCode, UsageError
from connector.ledger_facts import FactLedger
from connector.settings import Config, PartnerCentralSource

if TYPE_CHECKING:
    from connector.metrics import Standing


def standing_of(config: Config) -> Standing:
    """How things stand by the config's ledger. Raises UsageError where Prometheus's library is missing."""
    try:
        from connector.metrics import LOOKED_AT, Standing
    except ModuleNotFoundError as error:
        raise UsageError(
            f"metrics are not installed ({error.name} is missing)",
            hint="pip install 'partner-central-crm-connector[metrics]'",
        ) from None
    left = None
    with open_ledger(config, read_only=True) as ledger:
        if isinstance(config.source, PartnerCentralSource):
            left = config.source.reads_per_day - sum(ledger.reads(datetime.now(UTC)).values())
        return Standing(
            ledger.runs(LOOKED_AT), len(ledger.reviews()), len(FactLedger(ledger).troubled()), left
        )


@click.command("metrics", cls=Command)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write them there."
)
@click.pass_obj
def metrics_command(options: Options, /, out: Path | None) -> None:
    """Print how things stand, for Prometheus.

    From the ledger, without a call of any service. With --out the file is replaced whole, as the textfile
    collector of node_exporter wants it.

    \b
    crm-connector metrics --out /var/lib/node_exporter/crm_connector.prom
    """
    standing = standing_of(load_config(options))
    from connector.metrics import exposition

    text = exposition(standing)
    if out is None:
        write(text)
    else:
        write_all([NewFile(out, text)])
        os.chmod(out, 0o644)  # noqa: PTH101 - numbers, for another user's program


@click.command("health", cls=Command)
@click.option(
    "--max-age",
    type=click.FloatRange(0),
    default=3600.0,
    metavar="SECONDS",
    help="The oldest that the last good run may be; 3600 if not given.",
)
@click.pass_obj
def health_command(options: Options, /, max_age: float) -> ExitCode:
    """Say whether a run came to its end not long ago; for probes.

    Exit code 0 when one did, 4 when none did for longer than --max-age.

    \b
    crm-connector health --max-age 1800
    """
    now = datetime.now(UTC)
    lag = standing_of(load_config(options)).lag(now)
    seconds = None if lag is None else lag.total_seconds()
    healthy = seconds is not None and abs(seconds) <= max_age
    out = Output(options)
    text = "no run has come to its end yet"
    if seconds is not None:
        text = f"the last good run ended {seconds:.0f} seconds ago"
        if seconds < -max_age:
            text = f"the last good run ended {-seconds:.0f} seconds from now: a clock is, or was, wrong"
    out.answer(
        {"healthy": healthy, "seconds": seconds}, lambda: out.line(text, "green" if healthy else "red")
    )
    return ExitCode.DONE if healthy else ExitCode.UNAVAILABLE
