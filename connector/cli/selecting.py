"""The options that say which invitations a command is about."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from connector.cli.options import COUNT
from connector.mapping.nearest import did_you_mean

log = logging.getLogger(__name__)

_AGO = re.compile(r"(\d{1,5})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


class Moment(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on only
    """A date (its midnight, UTC), a date and time, or how long ago: ``36h``, ``7d``, ``2w``."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        ago = _AGO.fullmatch(value)
        try:
            if ago:
                return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no date: give 2026-01-31, 2026-01-31T12:00Z or 7d (ago)", param, ctx)


def selecting(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of ``sync`` and ``plan``."""
    for option in (
        click.option("--limit", type=COUNT, metavar="N", help="Only the first N."),
        click.option("--id", "ids", multiple=True, metavar="ID", help="This invitation; may be repeated."),
        click.option("--until", type=Moment(), metavar="WHEN", help="Invited before this date."),
        click.option(
            "--since", type=Moment(), metavar="WHEN", help="Invited on or after this date; 7d is a week ago."
        ),
        click.option(
            "--status",
            "statuses",
            multiple=True,
            metavar="STATUS",
            help="PENDING, ACCEPTED, REJECTED or EXPIRED; may be repeated.",
        ),
    ):
        function = option(function)
    return function


def warn_unknown(where: str, member: str, given: tuple[str, ...]) -> None:
    """Say so when a filter's value is none that the service model has. AWS may have added it since."""
    for message in unknown_values(where, member, given):
        log.warning("%s", message)


def unknown_values(where: str, member: str, given: tuple[str, ...]) -> list[str]:
    """What to say of those values of a filter that the service model does not have."""
    if not given:
        return []
    from connector.fetch.service_model import enum_values  # takes longer to load than many a command

    known = enum_values()[member]
    return [
        f"{where}: the service model has no {value!r} ({did_you_mean(value, known)})"
        for value in given
        if value not in known
    ]
