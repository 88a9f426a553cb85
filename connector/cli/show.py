"""``invitations show``: one invitation's whole life, from the ledger and, if asked, source and CRM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import click

from connector.cli.command import Command
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.session import ask_crm, load_config, open_ledger
from connector.cli.sources import open_source
from connector.crm.base import Crm
from connector.errors import NotFoundError, UsageError
from connector.facts import Facts, facts_of
from connector.fetch import Selection
from connector.invitation import Invitation
from connector.ledger import Ledger
from connector.ledger_facts import FactLedger, facts_to_json
from connector.ledger_rows import Seen
from connector.life import Edit, Entry, Remembered, edits, life, remember
from connector.records import ObjectMeta, Record
from connector.settings import Config

Place = tuple[str, str]  # object and id


@click.command("show", cls=Command)
@click.argument("identifier", metavar="ID", required=False)
@click.option("--source", "ask_source", is_flag=True, help="Ask the source, too, how it stands now.")
@click.option(
    "--crm", "ask_the_crm", is_flag=True, help="Look into the CRM, too, for what people have edited."
)
@click.option("--status", metavar="STATUS", help="Without ID: those of this status.")
@click.pass_obj
def show_command(
    options: Options, /, identifier: str | None, ask_source: bool, ask_the_crm: bool, status: str | None
) -> None:
    """Show one invitation's whole life: received, mapped, matched, written, edited, decided, closed.

    From the ledger, without a call; --source and --crm add what is so now. Without ID, all invitations that
    the ledger knows, the latest first.

    \b
    crm-connector invitations show engi-0123456789abc --crm
    """
    config = load_config(options)
    if identifier is None:
        if ask_source or ask_the_crm:
            raise click.UsageError("--source and --crm are about one invitation: give its ID.")
        _show_known(options, config, status)
        return
    if identifier.startswith("arn:"):
        identifier = identifier.rpartition("/")[2]
    with open_ledger(config, read_only=True) as ledger:
        remembered = remember(ledger, identifier)
        edited = look_for_edits(config, ledger, remembered) if ask_the_crm else []
    invitation = read_invitation(config, identifier) if ask_source else None
    if not remembered and invitation is None:
        raise UsageError(
            f"the ledger has no invitation {identifier}",
            hint=f"`{options.command(f'invitations show {identifier} --source')}` asks the source for it",
        )
    entries = life(remembered, datetime.now(UTC), invitation=invitation, edits=edited)
    out = Output(options)
    out.answer(_to_json(remembered, invitation, entries), lambda: _show(out, remembered, invitation, entries))


def _show_known(options: Options, config: Config, status: str | None) -> None:
    with open_ledger(config, read_only=True) as ledger:
        found = [each for each in FactLedger(ledger).all() if status in (None, each.status)]
        seen = ledger.seen([each.invitation_id for each in found])
    found.sort(key=lambda each: each.invitation_date or datetime.min.replace(tzinfo=UTC), reverse=True)
    answer = [_known_to_json(each, seen.get(each.invitation_id)) for each in found]
    out = Output(options)
    out.answer(answer, lambda: _show_rows(out, answer))


def _known_to_json(facts: Facts, seen: Seen | None) -> dict[str, Any]:
    return {
        "invitation": facts.invitation_id,
        "status": facts.status,
        "kind": facts.payload_type,
        "invited_at": moment(facts.invitation_date) if facts.invitation_date else None,
        "expires_at": moment(facts.expiration_date) if facts.expiration_date else None,
        "industry": facts.industry,
        "country": facts.country,
        "outcome": seen.outcome.value if seen else None,
        "reason": (seen.reason if seen else "") or None,
    }


def _show_rows(out: Output, rows: list[dict[str, Any]]) -> None:
    if not rows:
        out.line("The ledger knows none: `sync` brings them in.")
        return
    columns = [name for name in rows[0] if name != "expires_at"]
    out.table(columns, [[row[name] for name in columns] for row in rows])


def read_invitation(config: Config, identifier: str) -> Invitation | None:
    """The invitation as the config's source has it; None where it has none of that id."""
    with closing(open_source(config)) as source:
        try:
            for listed in source.list(Selection(ids=(identifier,))):
                return source.get(listed)
        except NotFoundError:
            return None
    return None


def look_for_edits(config: Config, ledger: Ledger, remembered: Remembered) -> list[Edit]:
    """Where the CRM's records of an invitation hold something else than the ledger says we wrote."""
    links = remembered.seen.links if remembered.seen else {}
    places = list(dict.fromkeys(links.values()))
    written = _written(ledger, places)
    objects = {object_ for object_, _ in places}
    described = ask_crm(config, "describe", lambda crm: crm.describe(objects))
    records = ask_crm(config, "find", lambda crm: _records(crm, places, written, described))
    known = {name: place for name, place in links.items() if place[0] in described}
    return edits(known, written, records, described)


def _written(ledger: Ledger, places: list[Place]) -> dict[Place, Mapping[str, Any]]:
    """What we wrote last, by object and id."""
    found: dict[Place, Mapping[str, Any]] = {}
    for object_ in {object_ for object_, _ in places}:
        keys = ledger.claimed(object_, [id_ for other, id_ in places if other == object_])
        written = ledger.written((object_, key) for key in keys.values())
        found |= {(object_, id_): written[object_, key].fields for id_, key in keys.items()}
    return found


def _records(
    crm: Crm,
    places: list[Place],
    written: Mapping[Place, Mapping[str, Any]],
    described: Mapping[str, ObjectMeta],
) -> dict[Place, Record]:
    found: dict[Place, Record] = {}
    for object_, meta in described.items():
        ids = [id_ for other, id_ in places if other == object_]
        fields = {name for id_ in ids for name in written.get((object_, id_), ()) if name in meta.fields}
        found |= {(object_, record.id): record for record in crm.find(object_, "id", ids, sorted(fields))}
    return found


def _facts(remembered: Remembered, invitation: Invitation | None) -> Facts | None:
    return facts_of(invitation) if invitation else remembered.facts


def _to_json(remembered: Remembered, invitation: Invitation | None, entries: list[Entry]) -> dict[str, Any]:
    facts, seen = _facts(remembered, invitation), remembered.seen
    return {
        "invitation": remembered.invitation_id,
        "title": _title(remembered, invitation) or None,
        "status": (facts.status if facts else seen.status if seen else "") or None,
        "facts": facts_to_json(facts) if facts else None,
        "outcome": seen.outcome.value if seen else None,
        "reason": (seen.reason if seen else "") or None,
        "records": [
            {"name": name, "object": object_, "id": id_}
            for name, (object_, id_) in (seen.links if seen else {}).items()
        ],
        "opportunity": (remembered.engaged.opportunity if remembered.engaged else "") or None,
        "life": [
            {"at": moment(entry.at), "kind": entry.kind, "text": entry.text, "run": entry.run}
            for entry in entries
        ],
    }


def _title(remembered: Remembered, invitation: Invitation | None) -> str:
    if invitation is not None:
        return invitation.title or ""
    return next((review.title for review in remembered.reviews), "")


def _show(out: Output, remembered: Remembered, invitation: Invitation | None, entries: list[Entry]) -> None:
    out.line(f"{remembered.invitation_id}  {_title(remembered, invitation)}".rstrip(), "bold")
    out.table(("what", "is"), _head(remembered, invitation))
    out.line()
    rows = ((moment(entry.at), entry.kind, entry.text, entry.run) for entry in entries)
    out.table(("when (UTC)", "what", "more", "run"), rows)


def _head(remembered: Remembered, invitation: Invitation | None) -> Iterator[tuple[str, str]]:
    facts, seen = _facts(remembered, invitation), remembered.seen
    if facts:
        yield "status", facts.status or "unknown"
        for name, value in (
            ("kind", facts.payload_type),
            ("industry", facts.industry),
            ("country", facts.country),
        ):
            if value:
                yield name, value
        for code, spend in facts.spend.items():
            yield "expected spend", f"{spend.monthly:,.2f} {code} a month, {spend.total:,.2f} {code} in all"
        if facts.target_date:
            yield "to be completed", facts.target_date.isoformat()
    if seen:
        yield "outcome", f"{seen.outcome.value}: {seen.reason}" if seen.reason else seen.outcome.value
        for name, (object_, id_) in seen.links.items():
            yield name, f"{object_} {id_}"
    if remembered.engaged and remembered.engaged.opportunity:
        yield "AWS opportunity", f"{remembered.engaged.opportunity} ({remembered.engaged.evidence})"


def moment(at: datetime) -> str:
    """A moment (aware UTC) as all our tables have it."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
