"""``mapping diff``: what a change of the mapping does to real invitations, before it is used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from connector import compare
from connector.cli.chosen import MAPPING_FILE, Chosen
from connector.cli.command import Command
from connector.cli.diff import Line, plain, shown
from connector.cli.options import Options
from connector.cli.output import Output
from connector.compare import (
    Comparison,
    FieldDifference,
    InvitationDifference,
    Kind,
    LeftAlone,
    Link,
    RecordDifference,
    RuleDifference,
    Side,
)
from connector.errors import ConnectorError, ExitCode, UsageError
from connector.fetch import Selection, Source
from connector.invitation import Invitation
from connector.mapping.model import Mapping
from connector.records import to_json


@click.command("diff", cls=Command)
@click.argument("old", type=MAPPING_FILE)
@click.argument("new", type=MAPPING_FILE, required=False)
@click.option(
    "--on", "files", metavar="SAMPLES", help="A folder or file of invitations; - is standard input."
)
@click.option("--source", "from_source", is_flag=True, help="On the invitations of the config's source.")
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=20,
    metavar="N",
    help="Show at most N invitations, 0 for all; 20 if not given. JSON always has all.",
)
@click.pass_obj
def diff_command(
    options: Options, /, old: Path, new: Path | None, files: str | None, from_source: bool, limit: int
) -> ExitCode:
    """Show what a change of the mapping does to invitations, before it is used.

    Compares what they become by the mappings OLD and NEW (the config's, if not given). Without --on and
    --source they are the samples beside NEW. Nothing is written, and no CRM is asked. Exit code 3 when NEW
    brings warnings or failures that OLD did not have, or an invitation could not be read.

    \b
    crm-connector mapping diff mappings/sql.yaml draft.yaml --on mappings/samples
    """
    if files and from_source:
        raise click.UsageError("Give one of --on SAMPLES and --source.")
    chosen = Chosen.of(options, new)
    before, after = chosen.load(old), chosen.load()
    if not files and not from_source:
        files = _beside(chosen.path)
    unusable: list[str] = []
    with closing(chosen.source(_both(before, after), files)) as source:
        comparison = compare.compare(before, after, _invitations(source, unusable))
    if not comparison.counts.invitations and not unusable:
        raise UsageError("there are no invitations to compare on", hint="name some with --on")
    out = Output(options)
    answer = {"old": str(old), "new": str(chosen.path), **_to_json(comparison), "unusable": unusable}
    out.answer(answer, lambda: _show(out, comparison, unusable, limit or len(comparison.invitations)))
    return ExitCode.ATTENTION if comparison.counts.problems or unusable else ExitCode.DONE


def _beside(mapping: Path) -> str:
    samples = mapping.parent / "samples"
    if not samples.is_dir():
        raise UsageError(f"there is no folder {samples}", hint="name invitations with --on, or give --source")
    return str(samples.absolute())


def _both(old: Mapping, new: Mapping) -> Mapping:
    """A mapping that names whatever one of the two names: what has to be fetched for it, suits both."""
    return replace(new, let=(*old.let, *new.let), records=(*old.records, *new.records))


def _invitations(source: Source, unusable: list[str]) -> Iterator[Invitation]:
    """All of ``source``; of what cannot be used the reasons are added to ``unusable``."""
    for listed in source.list(Selection()):
        try:
            yield source.get(listed)
        except ConnectorError as error:
            if error.exit_code is not ExitCode.ATTENTION:
                raise
            unusable.append(str(error))


def _show(out: Output, comparison: Comparison, unusable: list[str], limit: int) -> None:
    for rule in comparison.rules:
        out.line(_rule(rule), "yellow")
    for found in comparison.invitations[:limit]:
        for text, style in _lines(found):
            out.line(text, style)
    left = len(comparison.invitations) - limit
    if left > 0:
        out.line(f"... and {left:,} more: --limit 0 shows all")
    for text in unusable:
        out.line(f"! {text}", "red")
    _summarise(out, comparison)


def _summarise(out: Output, comparison: Comparison) -> None:
    counts = comparison.counts
    if comparison.is_same:
        out.line(f"The same for all of {counts.invitations:,} invitations.")
        return
    kinds = ", ".join(f"{counts.records[kind]:,} {kind}" for kind in Kind)
    out.line(f"{counts.differing:,} of {counts.invitations:,} invitations differ. Records: {kinds}.")
    out.table(("field", "records"), counts.fields.most_common())
    if counts.problems:
        out.line(f"{counts.problems:,} records get warnings, or cannot land, that did before.", "red")


_SIGNS = {Kind.ADDED: ("+", "green"), Kind.REMOVED: ("-", "red"), Kind.CHANGED: ("~", "yellow")}
_PARTS = {"key": " (key)", "fields": "", "title": " (match by title)", "narrow": " (narrow the match)"}


def _rule(rule: RuleDifference) -> str:
    where = ".".join(filter(None, [rule.rule, rule.field or "match"]))
    return f"~ {where}  {rule.option}: {rule.old} -> {rule.new}, for every invitation"


def _lines(found: InvitationDifference) -> Iterator[Line]:
    invitation = found.invitation
    title = shown(invitation.title) if invitation.title else ""
    yield f"{invitation.id}  {invitation.status}  {title}".rstrip(), "bold"
    for record in found.records:
        sign, style = _SIGNS[record.kind]
        yield (
            f"  {sign} {record.name}: {record.rule.object} {record.rule.key_field} {shown(record.key)}",
            style,
        )
        names = [field.name + _PARTS[field.part] for field in record.fields]
        width = max(map(len, names), default=0)
        for name, field in zip(names, record.fields, strict=True):
            yield field_line(name.ljust(width), field)
        yield from ((f"      ! {text}", "red") for text in record.problems)
        yield from (
            (f"      ok now: {text}", "green") for text in record.solved if record.kind is Kind.CHANGED
        )
    yield "", ""


def field_line(name: str, field: FieldDifference) -> Line:
    if isinstance(field.old, LeftAlone):
        return f"      + {name}  {_text(field.new)}", "green"
    if isinstance(field.new, LeftAlone):
        return f"      - {name}  {_text(field.old)}", "red"
    return f"      ~ {name}  {_text(field.old)} -> {_text(field.new)}", "yellow"


def _text(side: Side) -> str:
    if isinstance(side, Link):
        return f"-> {side.name} {shown(side.key)}" if side.object else f"-> {side.name}, which is not made"
    if isinstance(side, str):
        return shown(side)
    return "" if isinstance(side, LeftAlone) else plain(to_json(side))


def _to_json(comparison: Comparison) -> dict[str, Any]:
    counts = comparison.counts
    return {
        "invitations": counts.invitations,
        "differing": counts.differing,
        "records": {kind.value: counts.records[kind] for kind in Kind},
        "fields": dict(counts.fields),
        "problems": counts.problems,
        "rules": [
            {name: getattr(rule, name) for name in ("rule", "field", "option", "old", "new")}
            for rule in comparison.rules
        ],
        "differences": [
            {
                "invitation": found.invitation.id,
                "status": found.invitation.status,
                "title": found.invitation.title,
                "records": [_record_to_json(record) for record in found.records],
            }
            for found in comparison.invitations
        ],
    }


def _record_to_json(record: RecordDifference) -> dict[str, Any]:
    return {
        "name": record.name,
        "difference": record.kind.value,
        "object": record.rule.object,
        "key": {record.rule.key_field: record.key},
        "fields": [_field_to_json(field) for field in record.fields],
        "problems": list(record.problems),
        "solved": list(record.solved),
    }


def _field_to_json(field: FieldDifference) -> dict[str, Any]:
    """A side that does not touch the field has no entry; null is an empty field."""
    sides = {"old": field.old, "new": field.new}
    values = {name: _side(side) for name, side in sides.items() if not isinstance(side, LeftAlone)}
    return {"field": field.name, "part": field.part, **values}


def _side(side: Side) -> Any:
    if isinstance(side, Link):
        return {"ref": side.name, "object": side.object, "key": side.key}
    return None if isinstance(side, LeftAlone) else to_json(side)
