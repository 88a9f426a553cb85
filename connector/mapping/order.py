"""Rules in the order in which their records can be written: what is referred to comes first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connector.mapping.model import FieldRule, RecordRule
from connector.mapping.nearest import did_you_mean

MAX_DEPTH = 100  # far above any mapping's, far below what exhausts the stack

Report = Callable[[str, tuple[str | int, ...], str | None], None]


def in_order(rules: Sequence[RecordRule], known: Sequence[str], report: Report) -> list[RecordRule]:
    """``rules``, each after those it refers to and otherwise as the file has them. Reports references that
    lead nowhere, in a circle, or to one of several records. ``known`` names all rules of the file, those too
    that cannot be used."""
    by_name = {rule.name: rule for rule in rules}
    for rule in rules:
        for field in _references(rule):
            _check(rule, field, by_name, known, report)
    ordered: dict[str, RecordRule] = {}
    for rule in rules:
        _visit(rule, by_name, ordered, [], report)
    return list(ordered.values())


def _references(rule: RecordRule) -> list[FieldRule]:
    return [field for field in rule.fields if field.ref is not None]


def _path(rule: RecordRule, field: FieldRule) -> tuple[str, ...]:
    return ("records", rule.name, "fields", field.name, "ref")


def _check(
    rule: RecordRule,
    field: FieldRule,
    by_name: dict[str, RecordRule],
    known: Sequence[str],
    report: Report,
) -> None:
    name = field.ref or ""
    if name not in known:
        others = [other for other in known if other != rule.name]
        report(f"there is no rule '{name:.40}' to refer to", _path(rule, field), did_you_mean(name, others))
    target = by_name.get(name)
    if target is None or target.for_each is None or target is rule:
        return
    if rule.for_each is None or rule.for_each.text.strip() != target.for_each.text.strip():
        hint = f"give {rule.name} the same for_each, then each record refers to that of its own item"
        report(
            f"the rule {name} makes several records, and {rule.name} can refer to one",
            _path(rule, field),
            hint,
        )


def _visit(
    rule: RecordRule,
    by_name: dict[str, RecordRule],
    ordered: dict[str, RecordRule],
    trail: list[str],
    report: Report,
) -> None:
    if rule.name in ordered:
        return
    for field in _references(rule):
        if field.ref in (rule.name, *trail):
            circle = [*trail, rule.name][[*trail, rule.name].index(str(field.ref)) :]
            message = f"rules refer to each other in a circle: {' -> '.join([*circle, str(field.ref)])}"
            report(message, _path(rule, field), "take out one of these references")
        elif len(trail) >= MAX_DEPTH:
            message = f"more than {MAX_DEPTH} rules refer to each other in a row"
            report(message, _path(rule, field), "take out one of these references")
        elif field.ref in by_name:
            _visit(by_name[field.ref], by_name, ordered, [*trail, rule.name], report)
    ordered[rule.name] = rule
