"""The entry point: parses, runs the command, turns what went wrong into prose and an exit code.

Commands are loaded when they are called, so that ``crm-connector --version`` takes no longer than Python.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from connector import __version__
from connector.cli.failures import report
from connector.cli.options import Options, shared_options
from connector.cli.stdout import give_up_unless_writable, is_broken, open_missing
from connector.errors import ExitCode
from connector.interrupts import hear
from connector.mapping.nearest import nearest

NAME = "crm-connector"

# Name -> module of connector.cli, and the line that `--help` shows: the first of the command's own help.
COMMANDS = {
    "init": ("init", "Set up the connector by answering a few questions."),
    "doctor": ("doctor", "Look at everything that a sync needs, and say what is wrong."),
    "sync": ("sync", "Bring the CRM up to date with the invitations."),
    "plan": ("plan", "Show, field by field, what a sync would change."),
    "apply": ("plan", "Make exactly the changes of a saved plan."),
    "backfill": ("backfill", "Bring in the invitations of months or years."),
    "mapping": ("mapping", "Check, preview and test the mapping."),
    "query": ("query", "Try JMESPath expressions on an invitation."),
    "invitations": ("invitations", "Look at invitations, accept and reject them."),
    "events": ("events", "Follow the events that AWS puts into a queue."),
    "review": ("review", "Settle matches that only a person can settle."),
    "runs": ("runs", "Look at what earlier runs did."),
    "ledger": ("ledger", "Prune the ledger, or encrypt it."),
    "metrics": ("metrics", "Print metrics for Prometheus."),
    "health": ("metrics", "Say whether a run ended well recently; for probes."),
    "studio": ("studio", "Work on mapping, plan, review, invitations and runs in a browser."),
    "tenants": ("tenants", "Look at a config's tenants."),
    "worker": ("worker", "Sync tenants from a queue, alongside other workers."),
    "config": ("config", "Check the config."),
    "completion": ("completion", "Print a script that lets a shell complete commands and options."),
    "salesforce": ("salesforce", "Prepare a Salesforce org."),
    "hubspot": ("hubspot", "Prepare a HubSpot account."),
    "help": ("teach", "Read the manual."),
}


class Root(click.Group):
    """The command of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"connector.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = nearest(name, COMMANDS)
            ctx.fail(f"No such command '{name}'." + (f" Did you mean '{near}'?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=Root, params=shared_options(), no_args_is_help=True)
@click.version_option(__version__, message="%(prog)s %(version)s")
def root() -> None:
    """AWS Partner Central invitations into your CRM's leads and opportunities.

    Exit codes: 0 done, 1 a bug, 2 usage or configuration, 3 done but some invitations need attention, 4 a
    service could not be reached, 5 another run holds the lock, 130 interrupted.
    """


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code. Prints, and raises nothing."""
    options = Options()
    for stream in (sys.stdout, sys.stderr):
        # A title that the terminal cannot show is no reason to fail.
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        # Not root.main(): that would end a run at any broken pipe, a database's too, as if it were done.
        with root.make_context(NAME, list(arguments), obj=options) as context:
            return _code(root.invoke(context))
    except click.exceptions.Exit as end:
        return end.exit_code
    except BaseException as error:
        if isinstance(error, BrokenPipeError) and is_broken():
            return ExitCode.DONE
        give_up_unless_writable()
        return report(error, options)


def _code(result: Any) -> int:
    return int(result) if isinstance(result, int) else int(ExitCode.DONE)


def main() -> None:
    """The console script."""
    if "_CRM_CONNECTOR_COMPLETE" in os.environ:
        root.main(prog_name=NAME)
    open_missing()
    try:
        hear()
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # in the very moments in which run() begins or ends
        code = ExitCode.INTERRUPTED
    for number in (signal.SIGINT, signal.SIGTERM):  # Python's own leaving would end in a traceback
        signal.signal(number, signal.SIG_IGN)
    # A Ctrl-C that came while some text was evaluated, as dataclasses do as they are made, Python takes for
    # unhandled whoever has handled it, and dies by the signal in the end; unless more is evaluated since.
    eval("0")  # noqa: S307
    sys.exit(code)
