"""A plan, field by field, in the signs that Terraform made known: + create, ~ update, = kept."""

from __future__ import annotations

from collections.abc import Iterator

from connector.changes import Action, Change, Link, Plan
from connector.cli.text import visible
from connector.records import Value, to_json

Line = tuple[str, str]  # text and style

_SIGNS = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.UNCHANGED: ("=", ""),
    Action.SKIP: (".", "dim"),
    Action.REVIEW: ("?", "magenta"),
    Action.FAIL: ("!", "red"),
}
_LONGEST = 160  # characters of a value; a description of 2,000 helps nobody on a screen


def is_quiet(plan: Plan) -> bool:
    """Whether there is nothing to show: all is as it should be, or no rule is about it."""
    return all(
        change.action in (Action.UNCHANGED, Action.SKIP) and not change.kept and not change.warnings
        for change in plan.changes
    )


def diff(plan: Plan, *, verbose: bool = False) -> Iterator[Line]:
    """The lines that show a plan; with ``verbose`` also the rules that have no record to change."""
    idle = (Action.UNCHANGED,) if verbose else (Action.UNCHANGED, Action.SKIP)
    yield f"{plan.invitation_id}  {plan.status}  {shown(plan.title) if plan.title else ''}".rstrip(), "bold"
    for change in plan.changes:
        if change.action in idle and not change.kept and not change.warnings:
            continue
        yield from _change(change)
    yield "", ""


def _change(change: Change) -> Iterator[Line]:
    sign, style = _SIGNS[change.action]
    yield f"  {sign} {_title(change)}", style
    width = max((len(name) for name in (*_names(change),)), default=0)
    for item in change.fields:
        name = item.field.ljust(width)
        if item.why == "new":  # also of a creation that fails
            yield f"      + {name}  {_value(item.after)}", "green"
        else:
            yield f"      ~ {name}  {_value(item.before)} -> {_value(item.after)}  ({item.why})", "yellow"
    for kept in change.kept:
        name = kept.field.ljust(width)
        yield (
            f"      = {name}  {_value(kept.current)} stays (edited in the CRM; AWS: {_value(kept.wanted)})",
            "dim",
        )
    for record in change.candidates:
        known = ", ".join(
            f"{name} {_value(value)}" for name, value in record.fields.items() if value is not None
        )
        yield f"      ? {record.id}  {known}", "magenta"
    for warning in change.warnings:
        yield f"      ! {warning}", "red"


def _names(change: Change) -> Iterator[str]:
    yield from (item.field for item in change.fields)
    yield from (kept.field for kept in change.kept)


def _title(change: Change) -> str:
    title = f"{change.name}: {change.object} {change.key_field} {shown(change.key)}"
    why = change.reason or change.evidence
    return f"{title}  ({why})" if why else title


def _value(value: Value | Link) -> str:
    if isinstance(value, Link):
        return f"-> {value.name}"
    if isinstance(value, str):
        return shown(value)
    return plain(to_json(value))


def plain(value: object) -> str:
    """A value of JSON as people read it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "(empty)" if value is None else str(value)


def shown(text: str) -> str:
    """``text`` in quotes, harmless for a terminal, and cut where it is long."""
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return f'"{visible(cut)}"'
