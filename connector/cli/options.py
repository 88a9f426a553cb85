"""The options that every command takes, before or after its name."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

OUTPUTS = ("table", "json", "yaml", "text")
_MOST = 2**31 - 1  # that a column of numbers holds
COUNT = click.IntRange(1, _MOST)
NUMBER = click.IntRange(max=_MOST)


@dataclass
class Options:
    """What was asked for, wherever on the command line. ``output`` is None when nothing was."""

    config: Path | None = None
    output: str | None = None
    verbose: bool = False
    quiet: bool = False
    debug: bool = False
    log_format: str = "text"
    tenant: str | None = None

    def command(self, text: str) -> str:
        """A command to give next, as it has to be typed: with the --config that was given to this one."""
        config = f"--config {shlex.quote(str(self.config))} " if self.config else ""
        tenant = f"--tenant {shlex.quote(self.tenant)} " if self.tenant else ""
        return f"crm-connector {config}{tenant}{text}"


force_option = click.option(
    "--force", is_flag=True, help="Write even if that exceeds the config's limits on updates."
)
wait_option = click.option(
    "--wait",
    type=click.FloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="How long to wait for another run to end; 0 if not given.",
)


def _store(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    # The one given last, nearest to the command, wins.
    if value is not None and parameter.name:
        setattr(context.ensure_object(Options), parameter.name, value)


def shared_options(outputs: tuple[str, ...] = OUTPUTS) -> list[click.Parameter]:
    """New instances of the shared options, for a command that answers in ``outputs``."""

    def option(*names: str, **settings: Any) -> click.Option:
        return click.Option(names, callback=_store, expose_value=False, default=None, **settings)

    return [
        option(
            "--config",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="The config file; else $CRM_CONNECTOR_CONFIG, else ./config.yaml.",
        ),
        option("--tenant", metavar="NAME", help="Which of the config's tenants to work for."),
        option("--output", type=click.Choice(outputs), help="The format of the answer."),
        option("--verbose", is_flag=True, help="Also print what is done and why."),
        option("--quiet", is_flag=True, help="Print errors only."),
        option("--debug", is_flag=True, help="Log everything, and print tracebacks."),
        option(
            "--log-format",
            type=click.Choice(("text", "json")),
            help="The format of messages on standard error.",
        ),
    ]
