"""``hubspot properties``: what an account lacks for the connector, and how it gets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from connector.cli.command import Group
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.session import load_config
from connector.crm.hubspot_errors import NO_TOKEN
from connector.crm.hubspot_properties import OBJECTS, PROPERTIES, Property, fault, is_missing
from connector.errors import AccessDenied, ExitCode, UsageError
from connector.records import ObjectMeta
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
@click.option(
    "--object",
    "names",
    multiple=True,
    type=click.Choice(OBJECTS),
    help="Only those of this object. May be given several times; all of them, if not given.",
)
@click.pass_obj
def properties_command(options: Options, /, create: bool, names: tuple[str, ...]) -> ExitCode:
    """Say which of the connector's properties the account lacks, and make them.

    The account is the config's CRM, and is only read, unless --create is given. Exit code 3 when something is
    missing in the end. An account without leads needs those of companies and deals only.

    \b
    crm-connector hubspot properties
    crm-connector hubspot properties --create
    crm-connector hubspot properties --object companies --object deals
    """
    config = _hubspot(load_config(options))
    with config.open_crm(read_only=not create) as crm:
        account = cast("HubSpotCrm", crm)
        objects, denied = _described(config, account, names or OBJECTS)
        chosen = [wanted for wanted in PROPERTIES if wanted.object in (names or OBJECTS)]
        before = {wanted: denied.get(wanted.object) or fault(wanted, objects) for wanted in chosen}
        missing = [wanted for wanted in chosen if is_missing(wanted, objects)]
        made = _ask(config, "create property", partial(account.add_properties, missing)) if create else {}
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


def _described(
    config: Config, account: HubSpotCrm, names: Sequence[str]
) -> tuple[Mapping[str, ObjectMeta], Mapping[str, str]]:
    """The objects, and for those that the access token may not see, why."""
    objects: dict[str, ObjectMeta] = {}
    denied: dict[str, str] = {}
    for name in names:
        try:
            objects.update(_ask(config, "describe", partial(account.describe, [name])))
        except AccessDenied as error:
            if error.code == NO_TOKEN:  # which no object is at fault for
                raise
            denied[name] = f"{error.message}: {error.hint}"
    return objects, denied


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
