"""``invitations expiring``: what has to be decided soon, for people and for alerting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from connector.cli.command import Command
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.session import load_config
from connector.cli.sources import open_source
from connector.cli.telling import tell
from connector.errors import ExitCode, UsageError
from connector.fetch import Listed, Selection, Source
from connector.notify import Notice
from connector.records import CoercionError, FieldMeta, coerce

_EXPIRATION = FieldMeta("ExpirationDate", "datetime")


@dataclass(frozen=True, slots=True)
class Expiring:
    """A pending invitation and when it expires (aware UTC). ``about`` is the engagement's title."""

    id: str
    expires_at: datetime
    sender: str
    about: str


@click.command("expiring", cls=Command)
@click.option(
    "--days", type=click.FloatRange(0), metavar="N", help="Within N days; else the config's number."
)
@click.option("--notify", is_flag=True, help="Also tell the config's notify webhook and topic.")
@click.pass_obj
def expiring_command(options: Options, /, days: float | None, notify: bool) -> ExitCode:
    """List pending invitations that expire soon, the first to expire first.

    The exit code is 3 when there are some, and 0 when there are none.

    \b
    crm-connector invitations expiring --days 3
    """
    config = load_config(options)
    days = config.rules.expiring_days if days is None else days
    now = datetime.now(UTC)
    with closing(open_source(config)) as source:
        found = expiring(source, now, _later(now, days))
    notice = Notice({"expiring": [(each.id, f"{each.expires_at:%Y-%m-%d %H:%M} UTC") for each in found]})
    if notify:
        tell(config, notice)
    out = Output(options)
    answer = [_to_json(each, now) for each in found]
    out.answer(answer, lambda: _show(out, found, now, days))
    return ExitCode.ATTENTION if found else ExitCode.DONE


def expiring(source: Source, now: datetime, until: datetime) -> list[Expiring]:
    """The pending invitations of ``source`` that expire from ``now`` until then, in the order in which they
    do. Those without a date never do."""
    found = (_expiring(listed) for listed in source.list(Selection(statuses=("PENDING",))))
    return sorted(
        (each for each in found if each and now <= each.expires_at <= until),
        key=lambda each: (each.expires_at, each.id),
    )


def _expiring(listed: Listed) -> Expiring | None:
    raw: Mapping[str, Any] = listed.invitation.raw if listed.invitation else listed.summary or {}
    try:
        moment = coerce(raw.get("ExpirationDate"), _EXPIRATION)
    except CoercionError:
        return None
    if not isinstance(moment, datetime):
        return None
    sender, about = raw.get("SenderCompanyName"), raw.get("EngagementTitle")
    return Expiring(listed.id, moment, str(sender or ""), str(about or ""))


def _later(now: datetime, days: float) -> datetime:
    try:
        return now + timedelta(days=days)
    except OverflowError:  # later than any date
        return datetime.max.replace(tzinfo=UTC)
    except ValueError:
        raise UsageError("--days is no number of days") from None


def _show(out: Output, found: Sequence[Expiring], now: datetime, days: float) -> None:
    if not found:
        out.line(f"No pending invitation expires within {days:g} days.")
    out.table(("invitation", "expires", "days left", "sender", "about"), _rows(found, now))


def _rows(found: Sequence[Expiring], now: datetime) -> Iterator[tuple[object, ...]]:
    for each in found:
        yield (
            each.id,
            f"{each.expires_at:%Y-%m-%d %H:%M}",
            _days(each.expires_at - now),
            each.sender,
            each.about,
        )


def _to_json(each: Expiring, now: datetime) -> dict[str, Any]:
    return {
        "invitation": each.id,
        "expires_at": each.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "days_left": round((each.expires_at - now) / timedelta(days=1), 2),
        "sender": each.sender or None,
        "about": each.about or None,
    }


def _days(span: timedelta) -> str:
    return f"{span / timedelta(days=1):.1f}".removesuffix(".0")
