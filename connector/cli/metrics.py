"""``metrics`` and ``health``: what monitoring asks, from the ledger, without a call of any service."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

from connector.cli.command import Command
from connector.cli.newfiles import NewFile, write_all
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.session import load_config, open_ledger
from connector.cli.stdout import write
from connector.config import each_tenant, has_queue
from connector.errors import ConnectorError, ExitCode, UsageError
from connector.ledger_facts import FactLedger
from connector.privatefile import is_stream
from connector.redaction import redact
from connector.sections import PartnerCentralSource
from connector.settings import Config

if TYPE_CHECKING:
    from connector.distributed.standing import QueueStanding
    from connector.metrics import Standing

log = logging.getLogger(__name__)


_all_tenants = click.option("--all-tenants", is_flag=True, help="Of every tenant of the config.")


def _metrics() -> ModuleType:
    """``connector.metrics``. Raises UsageError where Prometheus's library is missing."""
    try:
        return import_module("connector.metrics")
    except ModuleNotFoundError as error:
        raise UsageError(
            f"metrics are not installed ({error.name} is missing)",
            hint="pip install 'partner-central-crm-connector[metrics]'",
        ) from None


def standing_of(config: Config) -> Standing:
    """How things stand by the config's ledger."""
    metrics, left = _metrics(), None
    with open_ledger(config, read_only=True) as ledger:
        if isinstance(config.source, PartnerCentralSource):
            left = config.source.reads_per_day - sum(ledger.reads(datetime.now(UTC)).values())
        reviews, troubled = len(ledger.reviews()), len(FactLedger(ledger).troubled())
        latest, good = next(iter(ledger.runs(1)), None), ledger.last_good_run()
        standing: Standing = metrics.Standing(latest, good, reviews, troubled, left)
    return standing


def _standings(options: Options) -> Iterator[tuple[str, Standing | None, str]]:
    """Each tenant's name with how things stand, or why that cannot be told."""
    if options.tenant is not None:
        raise click.UsageError("Give one of --tenant and --all-tenants.")
    for name, load in each_tenant(options.config):
        try:
            yield name, standing_of(load()), ""
        except ConnectorError as error:
            yield name, None, redact("; ".join([error.message, *map(str, getattr(error, "findings", ()))]))


@click.command("metrics", cls=Command)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the metrics to this file.",
)
@_all_tenants
@click.pass_obj
def metrics_command(options: Options, /, out: Path | None, all_tenants: bool) -> None:
    """Print metrics for Prometheus.

    From the ledger, without a call of any service. With --out the file is replaced whole, as the textfile
    collector of node_exporter wants it. A tenant's name is a label of all its metrics.

    \b
    crm-connector metrics --out /var/lib/node_exporter/crm_connector.prom
    """
    exposition = _metrics().exposition
    if all_tenants:
        text: str = exposition(_told(options), *_queues(options))
    else:
        config = load_config(options)
        text = exposition({config.tenant: standing_of(config)})
    if out is None:
        write(text)
    else:
        write_all([NewFile(out, text)])
        if not is_stream(out):
            os.chmod(out, 0o644)  # noqa: PTH101 - numbers, for another user's program


def _told(options: Options) -> dict[str, Standing | None]:
    found = {}
    for name, standing, problem in _standings(options):
        found[name] = standing
        if problem:
            log.warning("tenant %s: %s", name, problem)
    return found


def _queues(options: Options) -> list[QueueStanding | None]:
    """How the tenants' queue stands, if the config speaks of one; None when that cannot be told."""
    if not has_queue(options.config):
        return []
    from connector.cli.worker import queue_standing

    try:
        return [queue_standing(options)]
    except ConnectorError as error:
        log.warning("the queue: %s", error.message)
        return [None]


@click.command("health", cls=Command)
@click.option(
    "--max-age",
    type=click.FloatRange(0),
    default=3600.0,
    metavar="SECONDS",
    help="The oldest that the last good run may be; 3600 if not given.",
)
@_all_tenants
@click.pass_obj
def health_command(options: Options, /, max_age: float, all_tenants: bool) -> ExitCode:
    """Say whether a run ended well recently; for probes.

    Exit code 0 when one did within --max-age, else 4; with --all-tenants, 4 when any tenant has none.
    A run of some invitations alone does not count: after an event, by a plan, with --id, --since or --limit.

    \b
    crm-connector health --max-age 1800
    """
    now, out = datetime.now(UTC), Output(options)
    _metrics()
    if all_tenants:
        found = [_health(*each, now, max_age) for each in _standings(options)]
        healthy = all(each["healthy"] for each in found)
        out.answer({"healthy": healthy, "tenants": found}, lambda: _show(out, found))
    else:
        one = _health("", standing_of(load_config(options)), "", now, max_age)
        healthy = one["healthy"]
        answer = {"healthy": healthy, "seconds": one["seconds"]}
        out.answer(answer, lambda: out.line(one["text"], "green" if healthy else "red"))
    return ExitCode.DONE if healthy else ExitCode.UNAVAILABLE


def _health(
    tenant: str, standing: Standing | None, problem: str, now: datetime, max_age: float
) -> dict[str, Any]:
    lag = standing.lag(now) if standing is not None else None
    seconds = None if lag is None else lag.total_seconds()
    text = problem or "no run has come to its end yet"
    if seconds is not None:
        text = f"the last good run ended {seconds:.0f} seconds ago"
        if seconds < -max_age:
            text = f"the last good run ended {-seconds:.0f} seconds from now: a clock is, or was, wrong"
    healthy = seconds is not None and abs(seconds) <= max_age
    return {"tenant": tenant, "healthy": healthy, "seconds": seconds, "text": text}


def _show(out: Output, found: Sequence[dict[str, Any]]) -> None:
    unwell = [each for each in found if not each["healthy"]]
    for each in unwell:
        out.line(f"{each['tenant']}: {each['text']}", "red")
    out.line(f"{len(found):,} tenants: {len(found) - len(unwell):,} are well.", "red" if unwell else "green")
