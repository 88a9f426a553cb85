"""Invitation + mapping -> desired records. Pure: what a mapping says of one invitation, and nothing else.

A field whose expression fails is left out, with a warning; the record still lands. A record whose key, or a
required field, is empty cannot land: it carries an ``error``, and the other records of the invitation go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from connector.invitation import Invitation
from connector.mapping.bounds import Allowance, spend_text
from connector.mapping.expressions import ExpressionError
from connector.mapping.model import Expression, FieldRule, Mapping, RecordRule, Scope
from connector.mapping.ungiven import Partial
from connector.records import Value, slot, to_json


@dataclass(frozen=True, slots=True)
class Ref:
    """The id of another desired record of the same invitation: what the rule ``rule`` makes of it, of the
    item at the same ``index`` where both go through the same list."""

    rule: str
    index: int | None = None


@dataclass(slots=True)
class Desired:
    """A record as the mapping wants it.

    ``name`` is the rule's, with the item's position for ``for_each``. ``values`` has no entry for a field
    that is to be left alone, and None for one that the invitation leaves empty. ``titles`` and ``narrow`` are
    what a record opened by hand is found by. ``provisional`` names the fields whose value was made without
    something that AWS did not give: it may fill an empty field, and takes no other value's place. ``error``
    says why the record cannot land. ``own_key``: the key as the invitation spells it, where the record is
    known by another spelling.
    """

    name: str
    rule: RecordRule
    key: str = ""
    values: dict[str, Value | Ref] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    narrow: dict[str, str] = field(default_factory=dict)
    provisional: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    error: str | None = None
    own_key: str = ""

    @property
    def slot(self) -> str:
        return slot(self.name, self.own_key or self.key)


def map_invitation(invitation: Invitation, mapping: Mapping) -> list[Desired]:
    """The records that ``invitation`` becomes, those referred to before those that refer to them."""
    with Allowance():
        scope, broken = scope_of(invitation, mapping)
        desired = [record for rule in mapping.records for record in _apply_rule(rule, scope, _begun(scope))]
    for record in desired:
        record.warnings.extend(broken)
    return desired


def scope_of(invitation: Invitation, mapping: Mapping) -> tuple[Scope, list[str]]:
    """What expressions are evaluated over: the invitation, and what the names of ``let`` stand for. One that
    fails stands for null, and is among the reasons given beside."""
    scope: Scope = dict(invitation.raw)
    # What is null was asked for and not given; what is not there at all may never have been.
    ungiven = {name: name in scope for name in mapping.beside if scope.get(name) is None}
    scope = Partial(scope, ungiven) if ungiven else scope
    partial = _begun(scope)
    broken: list[str] = []
    for name, expression in mapping.let:
        try:
            scope[name] = expression.evaluate(scope)
        except ExpressionError as error:
            scope[name] = None
            broken.append(f"let {name}: {error}")
        if partial is not None:
            partial.named(name)
    return scope, broken


def _begun(scope: Scope) -> Partial | None:
    """``scope``, if something is not given in it, as what it misses from now on counts."""
    if not isinstance(scope, Partial):
        return None
    scope.begin()
    return scope


def _apply_rule(rule: RecordRule, scope: Scope, partial: Partial | None) -> Iterator[Desired]:
    try:
        if rule.when is not None and not _truth(rule.when.evaluate(scope)):
            if partial is not None:
                partial.without_records(rule.name)
            return
        if rule.for_each is None:
            yield _desire(rule, rule.name, scope, None)
            return
        items = rule.for_each.evaluate(scope)
    except ExpressionError as error:
        yield Desired(rule.name, rule, error=f"{rule.name}: {error}")
        return
    if items is None:
        if partial is not None:
            partial.without_records(rule.name)
        return
    if not isinstance(items, list):
        yield Desired(rule.name, rule, error=f"{rule.name}: for_each wants a list, not {_kind(items)}")
        return
    firsts: dict[str, Desired] = {}
    for index, item in enumerate(items):
        inside = {**scope, "item": item, "index": index}
        inside = inside if partial is None else partial.over(inside)
        record = _desire(rule, f"{rule.name}[{index}]", inside, index)
        if record.error is None and firsts.setdefault(record.key, record) is not record:
            _merge(firsts[record.key], record)
        yield record


def _merge(first: Desired, other: Desired) -> None:
    """Let the first of two items with one key say what their record holds, the other what it leaves open: a
    run would else write the one over the other."""
    for name, value in other.values.items():
        if first.values.get(name) in (None, ""):
            first.values[name] = value
            first.provisional |= other.provisional & {name}
    other.values = {}


def _desire(rule: RecordRule, name: str, scope: Scope, index: int | None) -> Desired:
    desired = Desired(name, rule)
    if isinstance(scope, Partial) and scope.withheld:  # from what says whether there is to be such a record
        desired.provisional.update(field_rule.name for field_rule in rule.fields)
    try:
        desired.key = _key(rule, scope)
        for field_rule in rule.fields:
            partial = _begun(scope)
            try:
                if field_rule.plain is None:
                    value = field_value(field_rule, scope, index)
                else:  # most fields, so this is short: the value of an expression, as it is
                    value = field_rule.plain.evaluate(scope)
                    if value is not None and type(value) is not str:
                        value = _scalar(value)
            except ExpressionError as problem:
                if field_rule.required:
                    raise
                desired.warnings.append(f"{name}.{field_rule.name} is left as it is: {problem}")
                continue
            if field_rule.required and value in (None, ""):
                raise ExpressionError(
                    f"{field_rule.name} is required, and {_origin(field_rule)} gave nothing"
                )
            desired.values[field_rule.name] = value
            if partial is not None and (partial.lacks(value) or partial.may_have_records(field_rule.ref)):
                desired.provisional.add(field_rule.name)
        if rule.match.title:
            desired.titles = dict(_texts(rule.match.title.items(), scope))
            desired.narrow = dict(_texts(rule.match.narrow.items(), scope))
    except ExpressionError as error:
        desired.error = f"{name}: {error}"
    return desired


def _key(rule: RecordRule, scope: Scope) -> str:
    key = to_json(_scalar(rule.key.evaluate(scope)))
    text = str(key).replace("\0", "").strip() if key is not None else ""
    if not text:
        raise ExpressionError(f"the key {rule.key_field} is empty: {rule.key.text} gave nothing")
    return text


def field_value(rule: FieldRule, scope: Scope, index: int | None = None) -> Value | Ref:
    """What ``rule`` gives its field. Raises ExpressionError with the reason where it gives nothing usable."""
    if rule.ref is not None:
        return Ref(rule.ref, index)
    if rule.source is not None:
        value = _scalar(rule.source.evaluate(scope))
    elif rule.template is not None:
        value = _render(rule.template, scope)
    else:
        value = rule.value
    if rule.lookup is not None and value not in (None, ""):
        value = _look_up(rule, value)
    if rule.has_default and value in (None, ""):
        value = rule.default
    if rule.max_length is not None and isinstance(value, str):
        value = cut(value, rule.max_length)
    return value


def cut(text: str, length: int) -> str:
    """``text`` with at most ``length`` characters, counted as CRMs count them: in units of UTF-16, where an
    emoji is two."""
    if 2 * len(text) <= length:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * length:
        return text
    return units[: 2 * length].decode("utf-16-le", "ignore").rstrip()


def _look_up(rule: FieldRule, value: Value) -> Value:
    entries = rule.lookup or {}
    text = _text(value)
    if text in entries:
        return entries[text]
    if rule.has_default:
        return rule.default
    raise ExpressionError("its lookup has no entry for the value met, and there is no default")


def _render(template: Sequence[str | Expression], scope: Scope) -> str | None:
    """The text of a template; None where not one of its expressions gave anything."""
    parts: list[str] = []
    empty = True
    for part in template:
        if isinstance(part, str):
            parts.append(part)
            continue
        value = _scalar(part.evaluate(scope))
        if value not in (None, ""):
            empty = False
            parts.append(_text(value))
            spend_text(len(parts[-1]))
    if empty and any(not isinstance(part, str) for part in template):
        return None
    return "".join(parts).strip()


def _texts(expressions: Any, scope: Scope) -> Iterator[tuple[str, str]]:
    for name, expression in expressions:
        value = _scalar(expression.evaluate(scope))
        if value not in (None, ""):
            yield name, _text(value)


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(to_json(value))


def _scalar(value: Any) -> Value:
    if isinstance(value, float):
        return Decimal(str(value))
    if value is None or isinstance(value, (str, bool, int, Decimal, date)):
        return value
    raise ExpressionError(
        f"it gave {_kind(value)} where one value is wanted: pick one with [0], or use join_lines()"
    )


def _truth(value: Any) -> bool:
    # JMESPath's truth: false, null and what is empty are false; the number 0 is true.
    return not (value is None or value is False or value == "" or value == [] or value == {})


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "a structure" if isinstance(value, dict) else f"a {type(value).__name__}"


def _origin(rule: FieldRule) -> str:
    return rule.source.text if rule.source else "its rule"
