"""``mapping explain``: how a mapping comes to the value of a field, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from connector.cli.chosen import MAPPING_FILE, Chosen
from connector.cli.command import Command
from connector.cli.diff import Line, shown
from connector.cli.options import Options
from connector.cli.output import Output, brief
from connector.errors import ExitCode
from connector.explain import Explanation, Step, chosen, explain
from connector.invitation import Invitation
from connector.map import Ref
from connector.mapping.model import FieldRule


@click.command("explain", cls=Command)
@click.argument("field", metavar="RULE.FIELD")
@click.argument("file", type=MAPPING_FILE, required=False)
@click.option("--id", "identifier", metavar="ID", help="An invitation of the config's source.")
@click.option("--file", "sample", metavar="SAMPLE", help="A file of invitations; - is standard input.")
@click.pass_obj
def explain_command(
    options: Options, /, field: str, file: Path | None, identifier: str | None, sample: str | None
) -> ExitCode:
    """Walk the expression of a field step by step.

    Shows what each part of it gave for an invitation, and what lookup, default and max_length did to that.
    FIELD is the CRM's, after its rule's name. Nothing is written, and no CRM is asked. Exit code 3 when the
    field is left alone or its record cannot land.

    \b
    crm-connector mapping explain opportunity.amount --file mappings/samples/several-currencies.json
    """
    about = Chosen.of(options, file)
    mapping = about.load()
    rule = chosen(mapping, field)[1]  # before any invitation is asked for
    found = [
        (invitation, explanation)
        for invitation in about.invitations(mapping, identifier, sample)
        for explanation in explain(invitation, mapping, field, about.rates)
    ]
    out = Output(options)
    write = rule.write if isinstance(rule, FieldRule) else ""
    answer = [_to_json(invitation, explanation) for invitation, explanation in found]
    out.answer(answer, lambda: _show(out, found, write))
    troubled = any(explanation.record and not explanation.is_set for _, explanation in found)
    return ExitCode.ATTENTION if troubled else ExitCode.DONE


def _show(out: Output, found: list[tuple[Invitation, Explanation]], write: str) -> None:
    told = ""
    for invitation, explanation in found:
        if invitation.id != told:
            title = shown(invitation.title) if invitation.title else ""
            out.line(f"{invitation.id}  {invitation.status}  {title}".rstrip(), "bold")
            told = invitation.id
        name = explanation.record.name if explanation.record else explanation.rule.name
        out.line(f"  {name}.{explanation.field}  {explanation.position or ''}".rstrip(), "cyan")
        for step in explanation.steps:
            is_told = step.name == "when" and explanation.record is not None  # it holds: that is enough
            for text, style in _lines(replace(step, steps=()) if is_told else step, 2):
                out.line(text, style)
        out.line(*_end(explanation, write))


def _lines(step: Step, depth: int) -> Iterator[Line]:
    name = f"{step.name}: " if step.name else ""
    start = f"{'  ' * depth}{name}{_cut(step.text)}"
    note = f"  ({step.note})" if step.note else ""
    if not step.is_needed:
        yield f"{start}  not needed", "dim"
    elif step.problem:
        yield f"{start}  ! {step.problem}", "red"
    else:
        yield f"{start} = {_value(step.value)}{note}", ""
    for part in step.steps:
        yield from _lines(part, depth + 1)


def _end(explanation: Explanation, write: str) -> Line:
    record = explanation.record
    if record is None:
        return "    so there is no such record of this invitation", "yellow"
    if explanation.is_set:
        return f"    so it is {_value(explanation.value)}{f'  (write: {write})' if write else ''}", "green"
    if record.error:
        return f"    so the record cannot land: {record.error}", "red"
    return "    so the field is left as it is", "red"


def _value(value: Any) -> str:
    return f"-> {value.rule}" if isinstance(value, Ref) else brief(value)


_LONGEST = 160  # characters of what stands in the mapping; a lookup may have a hundred entries


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _to_json(invitation: Invitation, explanation: Explanation) -> dict[str, Any]:
    record = explanation.record
    answer = {
        "invitation": invitation.id,
        "record": record.name if record else None,
        "field": explanation.field,
        "from": str(explanation.position or ""),
        "steps": [_step_to_json(step) for step in explanation.steps],
        "error": record.error if record else None,
    }
    return {**answer, "value": _plain(explanation.value)} if explanation.is_set else answer


def _step_to_json(step: Step) -> dict[str, Any]:
    answer: dict[str, Any] = {"name": step.name, "text": step.text}
    if not step.is_needed:
        return {**answer, "needed": False}
    outcome = {"problem": step.problem} if step.problem else {"value": _plain(step.value)}
    answer |= outcome | ({"note": step.note} if step.note else {})
    if step.position:
        answer["from"] = str(step.position)
    return {**answer, "steps": [_step_to_json(part) for part in step.steps]}


def _plain(value: Any) -> Any:
    return {"ref": value.rule} if isinstance(value, Ref) else value
