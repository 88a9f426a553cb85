"""``mapping fields``: what can be mapped from, and to."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from connector import yamlfile
from connector.cli.chosen import MAPPING_FILE, Chosen, described, is_configured
from connector.cli.command import Command
from connector.cli.options import Options
from connector.cli.output import Output
from connector.errors import UsageError
from connector.fetch.service_model import mappable
from connector.mapping.fields import Member, Target, members, mentions, targets
from connector.mapping.load import load_with_findings

log = logging.getLogger(__name__)


@click.command("fields", cls=Command)
@click.argument("words", metavar="[WORD]...", nargs=-1)
@click.option(
    "--from", "only_from", is_flag=True, help="Only what can be mapped from: an invitation's members."
)
@click.option("--to", "only_to", is_flag=True, help="Only what can be mapped to: the CRM's fields.")
@click.option(
    "--object", "objects", multiple=True, metavar="NAME",
    help="An object of the CRM, in place of those that the mapping names; may be repeated.",
)  # fmt: skip
@click.option("--mapping", "file", type=MAPPING_FILE, help="Another mapping than the config's.")
@click.pass_obj
def fields_command(
    options: Options,
    /,
    words: tuple[str, ...],
    only_from: bool,
    only_to: bool,
    objects: tuple[str, ...],
    file: Path | None,
) -> None:
    """List what can be mapped from and to.

    From: the members of an invitation, by AWS's service model; those that are there after acceptance only
    are marked. To: the fields of the CRM, as it describes them, for the objects of the mapping. With WORDs,
    only what has all of them in its name, label, type or values.

    \b
    crm-connector mapping fields spend --from
    """
    if only_from and (only_to or objects):
        raise click.UsageError("--from is about the invitation; leave out --to and --object.")
    if not (only_from or only_to or objects or file or is_configured(options)):
        log.warning("there is no config, and so no CRM to ask for its fields")
        only_from = True
    sources = [] if only_to or objects else [found for found in members(*mappable()) if _has(found, words)]
    wanted = [] if only_from else _targets(options, objects, file, words)
    out = Output(options)
    answer = {"from": [_member(found) for found in sources], "to": [_target(found) for found in wanted]}
    out.answer(answer, lambda: _show(out, sources, wanted))


def _has(found: Member, words: Sequence[str]) -> bool:
    return mentions(words, found.path, found.kind, *found.values)


def _targets(
    options: Options, objects: tuple[str, ...], file: Path | None, words: Sequence[str]
) -> list[Target]:
    chosen = Chosen.of(options, file)
    if chosen.config is None:
        raise UsageError("the CRM's fields need a config, which has the CRM", hint="give --config, or --from")
    mapping, _ = load_with_findings(yamlfile.read(chosen.path), chosen.rates)
    named = objects or [rule.object for rule in mapping.records] if mapping else objects
    known = described(chosen.config, named)
    lacking = [name for name in objects if name not in known]
    if lacking:
        near = ", ".join(name for name in known if name not in objects)
        raise UsageError(
            f"the CRM has no object {lacking[0]}", hint=f"did you mean {near}?" if near else None
        )
    found = targets(known, mapping)
    return [each for each in found if mentions(words, each.object, *_texts(each))]


def _texts(target: Target) -> tuple[str, ...]:
    field = target.field
    return (field.name, field.label, field.type, *field.picklist, *field.reference_to)


def _show(out: Output, sources: Sequence[Member], wanted: Sequence[Target]) -> None:
    if not sources and not wanted:
        out.line("Nothing has all of these words.")
    shown = None if len(sources) + len(wanted) <= _FEW else _FEW
    out.table(("from", "type", "length", "values", "there"), (_from_row(found, shown) for found in sources))
    if sources and wanted:
        out.line()
    columns = ("to", "field", "type", "length", "values", "rules", "notes")
    out.table(columns, (_to_row(found, shown) for found in wanted))


_FEW = 4  # rows that are shown with all of their values, and values that are shown of each of more rows


def _from_row(found: Member, shown: int | None) -> tuple[object, ...]:
    there = "after acceptance" if found.accepted else "at once"
    return found.path, found.kind or "value", found.longest, _some(found.values, shown), there


def _to_row(found: Target, shown: int | None) -> tuple[object, ...]:
    field = found.field
    values = _some(field.picklist, shown) or " or ".join(field.reference_to)
    rules = ", ".join(dict.fromkeys(found.rules))
    return found.object, field.name, field.type, field.length, values, rules, ", ".join(_notes(found))


def _notes(found: Target) -> list[str]:
    field = found.field
    facts = {
        "required": field.required,
        "can be a key": field.external_id and field.unique,
        "read-only": not found.writable,
        "only on creation": field.createable and not field.updateable,
        "not on creation": field.updateable and not field.createable,
    }
    return [text for text, holds in facts.items() if holds]


def _some(values: Sequence[str], most: int | None) -> str:
    text = ", ".join(values[:most])
    return f"{text}, and {len(values) - most} more" if most is not None and len(values) > most else text


def _member(found: Member) -> dict[str, Any]:
    return {
        "member": found.path,
        "type": found.kind or None,
        "length": found.longest,
        "values": list(found.values),
        "after_acceptance": found.accepted,
    }


def _target(found: Target) -> dict[str, Any]:
    field = found.field
    return {
        "object": found.object,
        "field": field.name,
        "label": field.label,
        "type": field.type,
        "length": field.length,
        "scale": field.scale,
        "values": list(field.picklist),
        "refers_to": list(field.reference_to),
        "required": field.required,
        "unique": field.unique,
        "external_id": field.external_id,
        "createable": field.createable,
        "updateable": field.updateable,
        "rules": list(dict.fromkeys(found.rules)),
    }
