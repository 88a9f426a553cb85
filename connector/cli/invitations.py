"""``invitations``: what is done with them, and the AWS CLI's own ``list`` and ``get``, with its options and
printing the same bytes.

These two need no config; where there is one, its source gives the defaults.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import closing
from typing import Any, cast

import click

from connector.cli.aws_output import Output, query, render, render_pages
from connector.cli.command import AwsCommand, Group
from connector.cli.decisions import COMMANDS
from connector.cli.expiring import expiring_command
from connector.cli.options import COUNT, Options
from connector.cli.show import show_command
from connector.cli.sources import client_arguments
from connector.cli.stdout import write
from connector.config import VARIABLE, find, load
from connector.errors import UsageError
from connector.fetch import Selection
from connector.fetch.partner_central import ClientSettings, PartnerCentral
from connector.retry import RetryPolicy
from connector.sections import PartnerCentralSource
from connector.settings import Config


@click.group("invitations", cls=Group)
def invitations_command() -> None:
    """Look at invitations, accept and reject them."""


for _command in (*COMMANDS, expiring_command, show_command):
    invitations_command.add_command(_command)


def _connection(command: Any) -> Any:
    """The AWS CLI's options that say how the service is reached."""
    for option in reversed(
        [
            click.option("--catalog", metavar="CATALOG", help="AWS (live) or Sandbox."),
            click.option("--endpoint-url", metavar="URL", help="Another address of the service."),
            click.option("--no-verify-ssl", "verify_ssl", flag_value=False, default=None, type=bool,
                         help="Trust any TLS certificate."),
            click.option("--query", metavar="JMESPATH", help="What of the answer to print."),
            click.option("--profile", metavar="NAME", help="A profile of the AWS config."),
            click.option("--region", metavar="REGION", help="The service has one: us-east-1."),
            click.option("--no-sign-request", "sign_requests", flag_value=False, default=None, type=bool,
                         help="Send no credentials."),
            click.option("--ca-bundle", metavar="FILE", help="The certificates to trust."),
            click.option("--cli-read-timeout", "read_timeout", type=float, metavar="SECONDS",
                         help="How long to wait for an answer; 60 if not given."),
            click.option("--cli-connect-timeout", "connect_timeout", type=float, metavar="SECONDS",
                         help="How long to wait for a connection; 60 if not given."),
        ]
    ):  # fmt: skip
        command = option(command)
    return command


@invitations_command.command("get", cls=AwsCommand)
@click.option("--identifier", required=True, metavar="ID", help="The invitation's id or ARN.")
@_connection
@click.pass_obj
def get_command(options: Options, /, identifier: str, query: str | None, **chosen: Any) -> None:
    """Print one invitation.

    \b
    crm-connector invitations get --catalog Sandbox --identifier engi-0000000000abc
    """
    source = _Source(options, chosen)
    with source.open() as service:
        answer = service.get_parsed(identifier)
    _print(options, answer, query, "GetEngagementInvitation")


class _ListCommand(AwsCommand):
    """Takes lists as the AWS CLI does: ``--status PENDING ACCEPTED``."""

    _LISTS = ("--status", "--payload-type", "--engagement-identifier", "--sender-aws-account-id")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        spread: list[str] = []
        current: str | None = None  # the list option whose values these are
        first = False
        for argument in args:
            if argument.startswith("-"):
                current, first = (argument, True) if argument in self._LISTS else (None, False)
            elif current is not None:
                if not first:
                    spread.append(current)
                first = False
            spread.append(argument)
        return super().parse_args(ctx, spread)


@invitations_command.command("list", cls=_ListCommand)
@click.option("--participant-type", metavar="TYPE", help="RECEIVER (the default) or SENDER.")
@click.option(
    "--payload-type",
    "payload_types",
    multiple=True,
    metavar="TYPE...",
    help="OpportunityInvitation, LeadInvitation or AccountPlanningInvitation.",
)
@click.option(
    "--status", "statuses", multiple=True, metavar="STATUS...", help="PENDING, ACCEPTED, REJECTED or EXPIRED."
)
@click.option(
    "--engagement-identifier", "engagements", multiple=True, metavar="ID...", help="Of these engagements."
)
@click.option(
    "--sender-aws-account-id",
    "senders",
    multiple=True,
    metavar="ACCOUNT...",
    help="Sent by these AWS accounts.",
)
@click.option("--sort", metavar="SORT", help="SortBy=InvitationDate,SortOrder=ASCENDING (or DESCENDING).")
@click.option("--max-items", type=COUNT, metavar="N", help="The most to print.")
@click.option("--page-size", type=COUNT, metavar="N", help="How many a call asks for.")
@click.option("--starting-token", metavar="TOKEN", help="The NextToken of an answer cut by --max-items.")
@_connection
@click.pass_obj
def list_command(
    options: Options,
    /,
    query: str | None,
    max_items: int | None,
    page_size: int | None,
    starting_token: str | None,
    **chosen: Any,
) -> None:
    """Print the summaries of invitations.

    \b
    crm-connector invitations list --catalog AWS --status PENDING ACCEPTED --output table
    """
    source = _Source(options, chosen)
    asked = (source.selection(chosen), max_items, starting_token, page_size)
    with source.open() as service:
        if options.output == "text":
            pages, token = service.list_pages(*asked)
            write(render_pages(pages, token, query, escape=sys.stdout.isatty()))
            return
        answer = service.list_parsed(*asked)
    _print(options, answer, query, "ListEngagementInvitations")


class _Source:
    """Where the options, the config where there is one, and the AWS CLI's defaults meet."""

    def __init__(self, options: Options, chosen: dict[str, Any]) -> None:
        self._config = _config(options)
        source = self._config.source if self._config else None
        self._source = source if isinstance(source, PartnerCentralSource) else None
        self._chosen = chosen

    def open(self) -> closing[PartnerCentral]:
        source, config, chosen = self._source, self._config, self._chosen
        known = client_arguments(source, config.directory) if source and config else {}
        names = ClientSettings.__dataclass_fields__
        given = {name: chosen[name] for name in names if chosen.get(name) is not None}
        if "catalog" not in known | given:
            raise UsageError("no catalog is named", hint="give --catalog AWS or --catalog Sandbox")
        policy = config.retry.policy("source") if config else RetryPolicy()
        pace = source.reads_per_second if source else 10.0
        return closing(PartnerCentral(ClientSettings(**known | given), policy=policy, reads_per_second=pace))

    def selection(self, chosen: dict[str, Any]) -> Selection:
        """What to list. Filters that are not given are the config's; without one there are none."""
        source = self._source
        return Selection(
            statuses=chosen["statuses"] or (source.statuses if source else ()),
            payload_types=chosen["payload_types"] or (source.payload_types if source else ()),
            engagements=chosen["engagements"],
            senders=chosen["senders"],
            participant=chosen["participant_type"] or (source.participant_type if source else "RECEIVER"),
            sort_order=_sort_order(chosen["sort"]) or (source.sort_order if source else ""),
        )


def _config(options: Options) -> Config | None:
    named = find(options.config, os.environ) is not None
    if named or any(name.startswith(VARIABLE) for name in os.environ):
        return load(options.config, tenant=options.tenant)
    return None


def _sort_order(text: str | None) -> str | None:
    """The order in ``--sort``, which is shorthand or JSON. Raises UsageError for anything else."""
    if text is None:
        return None
    try:
        members = (
            json.loads(text)
            if text.lstrip().startswith("{")
            else dict(part.split("=", 1) for part in text.split(","))
        )
        by, order = members.get("SortBy", "InvitationDate"), members["SortOrder"]
    except (ValueError, KeyError):
        raise UsageError(
            f"--sort {text} is not understood", hint="--sort SortOrder=DESCENDING,SortBy=InvitationDate"
        ) from None
    if by != "InvitationDate":
        raise UsageError(f"--sort: the service sorts by InvitationDate, not by {by}")
    return str(order)


def _print(options: Options, answer: Any, expression: str | None, operation: str) -> None:
    if expression:
        answer = query(answer, expression)
    terminal = sys.stdout.isatty()
    output = cast("Output", options.output or "json")
    width = shutil.get_terminal_size().columns if terminal else 80
    write(render(answer, output, operation, escape=terminal, width=width))
