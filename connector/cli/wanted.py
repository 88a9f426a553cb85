"""Which invitations a command is to decide about: by id, from a file, by an expression."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

import click

from connector.conditions import compiled
from connector.errors import UsageError
from connector.fetch import Selection
from connector.ledger_decisions import Action
from connector.mapping.functions import Rates
from connector.mapping.model import Expression
from connector.proposals import LEAD, Choice, Chooser, always, where
from connector.settings import Config

_ID = re.compile(r"engi-|arn:")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which invitations are meant. ``given`` is said of one that cannot be read."""

    selection: Selection
    choose: Chooser
    given: Choice


def wanted(
    config: Config,
    action: Action,
    rejection: str,
    ids: Sequence[str],
    file: IO[str] | None,
    text: str | None,
) -> Wanted:
    """What the options of a command mean. Raises UsageError when they name nothing, or nonsense."""
    ids = (*ids, *ids_in(file))
    if not ids and text is None:
        raise click.UsageError("Say which: by ID, --file or --where.")
    ways = ["by id"] if ids else []
    if text is not None:
        ways.append(f"--where {text}")
    rule = " and ".join(ways)
    selection = Selection(ids=ids) if ids else _open_to(action)
    choose = always(action, rule, rejection)
    if text is not None:
        choose = where(condition(config, text, "--where"), action, rule, rejection)
    return Wanted(selection, choose, Choice(action, rule, rejection))


def _open_to(action: Action) -> Selection:
    if action is Action.CONVERT:
        return Selection(statuses=("ACCEPTED",), payload_types=(LEAD,))
    return Selection(statuses=("PENDING",))


def condition(config: Config, text: str, given_as: str) -> Expression:
    """``text`` compiled with the config's rates. Raises UsageError, which says how it was ``given_as``."""
    try:
        return compiled(text, Rates(config.currency.base, config.currency.rates))
    except ValueError as error:
        raise UsageError(f"{given_as} {error}") from None


def ids_in(file: IO[str] | None) -> list[str]:
    """The ids in a file: the first word of each line that is not empty and no comment. Raises UsageError for
    a line with another id, which would be passed over in silence."""
    if file is None:
        return []
    try:
        lines = [line.split("#", 1)[0].strip() for line in file]
    except UnicodeDecodeError:
        raise UsageError(f"--file {file.name} is no text in UTF-8") from None
    words = [re.split(r"[\s,;]+", line) for line in lines if line]
    ids = [first for first, *_ in words]
    if several := next((first for first, *rest in words if any(map(_ID.match, rest))), None):
        raise UsageError(f"--file {file.name} has another id after {several}", hint="one id a line")
    if not ids:
        raise UsageError(f"--file {file.name} names no invitation", hint="one id a line")
    return ids
