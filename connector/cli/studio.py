"""``studio``: mapping, plan, review, invitations and runs in a browser on this machine."""

from __future__ import annotations

import contextlib
import sys

import click

from connector.cli.command import JsonCommand
from connector.cli.options import Options
from connector.cli.session import load_config
from connector.errors import ExitCode, UsageError


@click.command("studio", cls=JsonCommand)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="PORT", help="The port; else a free one."
)
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
@click.pass_obj
def studio_command(options: Options, /, port: int, no_browser: bool) -> ExitCode:
    """Work on mapping, plan, review, invitations and runs in a browser.

    The address that it prints holds a token that opens the studio once, for one browser. It answers at
    127.0.0.1 alone; Ctrl-C ends it. All that it does, other commands do, too.

    \b
    crm-connector studio --no-browser
    """
    load_config(options)  # what is wrong with it is better said here than on a page
    try:
        from connector.studio.app import serve
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the studio is not installed ({error.name} is missing)",
            hint="pip install 'partner-central-crm-connector[studio]'",
        ) from None
    try:
        with contextlib.suppress(KeyboardInterrupt):  # which is how it ends
            serve(options, port, browse=not no_browser, started=_say)
    except OSError as error:
        raise UsageError(
            f"port {port} cannot be used: {error.strerror}", hint="give another --port"
        ) from None
    return ExitCode.DONE


def _say(address: str) -> None:
    print(f"The studio is at {address}", file=sys.stdout, flush=True)  # noqa: T201
    print("Ctrl-C ends it.", file=sys.stderr)  # noqa: T201
