"""``mapping preview``: the records that an invitation becomes, beside the invitation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from connector.cli import golden
from connector.cli.chosen import MAPPING_FILE, Chosen
from connector.cli.command import Command
from connector.cli.diff import Line, plain, shown
from connector.cli.options import Options
from connector.cli.output import Output, brief
from connector.errors import ExitCode, Position
from connector.invitation import Invitation
from connector.map import Desired, map_invitation
from connector.mapping.model import FieldRule, RecordRule


@click.command("preview", cls=Command)
@click.argument("file", type=MAPPING_FILE, required=False)
@click.option("--id", "identifier", metavar="ID", help="An invitation of the config's source.")
@click.option("--file", "sample", metavar="SAMPLE", help="A file of invitations; - is standard input.")
@click.pass_obj
def preview_command(
    options: Options, /, file: Path | None, identifier: str | None, sample: str | None
) -> ExitCode:
    """Show the records that an invitation becomes. Nothing is written, and no CRM is asked.

    Each field comes with what it was made from and where that stands in the mapping; on a terminal the
    invitation stands beside them.

    \b
    crm-connector mapping preview --file mappings/samples/lead-pending.json
    """
    chosen = Chosen.of(options, file)
    mapping = chosen.load()
    invitations = chosen.invitations(mapping, identifier, sample)
    desired = [(invitation, map_invitation(invitation, mapping)) for invitation in invitations]
    out = Output(options)
    answer = [{"invitation": invitation.id, "records": _to_json(records)} for invitation, records in desired]
    out.answer(answer, lambda: _show(out, desired))
    troubled = any(record.error or record.warnings for _, records in desired for record in records)
    return ExitCode.ATTENTION if troubled else ExitCode.DONE


def _to_json(records: list[Desired]) -> list[dict[str, Any]]:
    """As golden files have them, and ``from``: what each field was made from, and where that stands."""
    return [
        {**answer, "from": {name: _origin_to_json(*origin) for name, origin in _origins(record.rule).items()}}
        for record, answer in zip(records, golden.desired_to_json(records), strict=True)
    ]


def _origin_to_json(text: str, at: Position | None) -> dict[str, str]:
    return {"expression": text, "position": str(at or "")}


def _origins(rule: RecordRule) -> dict[str, tuple[str, Position | None]]:
    """What the key and each field are made from, and where that stands."""
    key = {rule.key_field: (rule.key.text, rule.key.position)}
    return key | {field.name: (made_from(field), field.position) for field in rule.fields}


def made_from(field: FieldRule) -> str:
    """What stands in the mapping for a field, on one line."""
    if field.source is not None:
        return field.source.text.strip()
    if field.ref is not None:
        return f"ref: {field.ref}"
    if field.template is not None:
        parts = (part if isinstance(part, str) else f"{{{{{part.text}}}}}" for part in field.template)
        return f"template: {''.join(parts)}"
    return f"value: {plain(field.value)}"


def _show(out: Output, desired: list[tuple[Invitation, list[Desired]]]) -> None:
    for invitation, records in desired:
        out.line(invitation.id, "bold")
        out.beside(list(_members(invitation.raw)), list(_records(records)))


def _members(value: Any, indent: str = "  ") -> Iterator[Line]:
    """The members of an invitation that hold something, those of a structure below its name."""
    named = value.items() if isinstance(value, dict) else ((f"[{at}]", item) for at, item in enumerate(value))
    for name, member in named:
        if isinstance(member, (dict, list)):
            yield f"{indent}{name}", "bold" if member else "dim"
            yield from _members(member, f"{indent}  ")
        elif member is not None:
            yield f"{indent}{name}: {brief(member)}", ""


def _records(records: list[Desired]) -> Iterator[Line]:
    if not records:
        yield "  no rule's `when` holds for it", ""
    for record, answer in zip(records, golden.desired_to_json(records), strict=True):
        yield f"  {record.name}: {record.rule.object} {record.rule.key_field} {record.key}", "green"
        yield from _fields(answer.get("fields", {}), _origins(record.rule))
        for text in (*record.warnings, *filter(None, [record.error])):
            yield f"      ! {text}", "red"


def _fields(values: dict[str, Any], origins: dict[str, tuple[str, Position | None]]) -> Iterator[Line]:
    width = max(map(len, values), default=0)
    for name, value in values.items():
        held = f"-> {value['ref']}" if isinstance(value, dict) else plain(value)
        text, at = origins[name]
        line = f"  {Path(at.file).name}:{at.line}" if at else ""
        yield f"      {name.ljust(width)}  {held}", ""
        yield f"      {' ' * width}  <- {shown(text)[1:-1]}{line}", "dim"
