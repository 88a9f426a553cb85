"""``hubspot properties``: what an account lacks for the connector, and how it gets it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from connector.cli.command import Group
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.session import load_config
from connector.crm.hubspot_properties import OBJECTS, PROPERTIES, Property, fault, is_missing
from connector.errors import ExitCode, UsageError
from connector.retry import retry
from connector.settings import Config

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.crm.hubspot import HubSpotCrm

T = TypeVar("T")
State = Mapping[Property, str]  # property -> what is wrong with it; "" when nothing is


@click.group("hubspot", cls=Group)
def hubspot_command() -> None:
    """Prepare a HubSpot account."""


@hubspot_command.command("properties")
@click.option("--create", is_flag=True, help="Make the properties that are missing.")
@click.pass_obj
def properties_command(options: Options, /, create: bool) -> ExitCode:
    """Say which of the connector's properties the account lacks, and make them.

    The account is the config's CRM, and is only read, unless --create is given. Exit code 3 when something is
    missing in the end.

    \b
    crm-connector hubspot properties
    crm-connector hubspot properties --create
    """
    config = _hubspot(load_config(options))
    with config.open_crm(read_only=not create) as crm:
        account = cast("HubSpotCrm", crm)
        before = _state(config, account)
        made = _made(config, account) if create else {}
        state = {wanted: made.get(wanted, wrong) for wanted, wrong in before.items()}
    created = [wanted for wanted, wrong in made.items() if not wrong]
    output = Output(options)
    answer = {
        "properties": [_to_json(wanted, wrong, wanted in created) for wanted, wrong in state.items()],
        "missing": sum(map(bool, state.values())),
        "created": len(created),
    }
    output.answer(answer, lambda: _show(output, state, created))
    return ExitCode.ATTENTION if any(state.values()) else ExitCode.DONE


def _hubspot(config: Config) -> Config:
    if config.crm.type != "hubspot":
        hint = "give --config FILE"
        raise UsageError(f"the config's CRM is {config.crm.type}, not hubspot", hint=hint)
    return config


def _ask(config: Config, operation: str, question: Callable[[], T]) -> T:
    return retry(config.retry.policy("crm"), question, service="hubspot", operation=operation)


def _state(config: Config, account: HubSpotCrm) -> State:
    objects = _ask(config, "describe", partial(account.describe, OBJECTS))
    return {wanted: fault(wanted, objects) for wanted in PROPERTIES}


def _made(config: Config, account: HubSpotCrm) -> State:
    objects = account.describe(OBJECTS)  # known by now
    missing = [wanted for wanted in PROPERTIES if is_missing(wanted, objects)]
    return _ask(config, "create property", partial(account.add_properties, missing))


def _to_json(wanted: Property, wrong: str, created: bool) -> dict[str, Any]:
    return {
        "object": wanted.object,
        "property": wanted.name,
        "label": wanted.label,
        "type": wanted.type,
        "fault": wrong or None,
        "created": created,
        "purpose": wanted.purpose,
        "without": wanted.without,
    }


def _show(output: Output, state: State, created: list[Property]) -> None:
    output.table(
        ("object", "property", "type", "in the account", "what it is for", "without it"),
        [
            (
                wanted.object,
                wanted.name,
                wanted.type,
                wrong or ("made now" if wanted in created else "there"),
                wanted.purpose,
                wanted.without,
            )
            for wanted, wrong in state.items()
        ],
    )
    missing = sum(map(bool, state.values()))
    output.line(
        f"{len(state) - missing} of {len(state)} properties are there and the connector can use them."
    )
    if "missing" in state.values() and not created:
        output.line(f"To make what is missing: {output.command('hubspot properties --create')}")
