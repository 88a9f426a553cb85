"""How a mapping comes to the value of a field, step by step. Pure.

Each step is what stands in the mapping, what it gave for this invitation, and the steps that led there. The
values are those that the mapping itself computes: nothing is worked out anew here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connector.errors import Position, UsageError
from connector.invitation import Invitation
from connector.map import Desired, Ref, field_value, map_invitation, scope_of
from connector.mapping import expressions
from connector.mapping.bounds import Allowance, spend_whole
from connector.mapping.expressions import ExpressionError
from connector.mapping.functions import Functions, Rates
from connector.mapping.model import Expression, FieldRule, Mapping, RecordRule, Scope
from connector.mapping.nearest import did_you_mean
from connector.mapping.syntax import Tree
from connector.mapping.written import written
from connector.records import Value


@dataclass(frozen=True, slots=True)
class Step:
    """``name`` says what it is in its rule (``from``, ``lookup``, ``let deal``; "" for a part of an
    expression), ``text`` is what stands in the mapping. ``value`` is what it gave (a Ref for ``ref``),
    ``problem`` why it gave nothing, ``note`` what else there is to know. ``is_needed`` is False for what was
    never looked at: what stands before it decided."""

    name: str
    text: str
    value: Any = None
    problem: str = ""
    note: str = ""
    steps: tuple[Step, ...] = ()
    position: Position | None = None
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class Explanation:
    """Of one field (or key) of one record that an invitation becomes. ``record`` is that, and None where the
    rule makes none: then ``steps`` say why. ``value`` is what the record holds in the end; there is none
    where the field is left alone (``is_set``)."""

    rule: RecordRule
    field: str
    position: Position | None
    steps: tuple[Step, ...]
    record: Desired | None = None
    value: Value | Ref = None
    is_set: bool = False


def explain(
    invitation: Invitation, mapping: Mapping, name: str, rates: Rates | None = None
) -> list[Explanation]:
    """How ``mapping`` comes to the field ``name`` (``rule.Field``; the key's field too) of ``invitation``,
    for each item of a ``for_each``. ``rates`` are those that it was loaded with.

    Raises UsageError for a rule or field that the mapping does not have.
    """
    rule, field = chosen(mapping, name)
    with Allowance():
        return _explained(invitation, mapping, rule, field, rates)


def _explained(
    invitation: Invitation,
    mapping: Mapping,
    rule: RecordRule,
    field: FieldRule | Expression,
    rates: Rates | None,
) -> list[Explanation]:
    scope, _ = scope_of(invitation, mapping)
    walker = _Walker(mapping, Functions(rates or Rates()))
    conditions = tuple(walker.conditions(rule, scope))
    position = field.position if isinstance(field, FieldRule) else field.position or rule.position
    name = field.name if isinstance(field, FieldRule) else rule.key_field
    records = [record for record in map_invitation(invitation, mapping) if record.rule is rule]
    if not records:
        return [Explanation(rule, name, position, conditions)]
    if rule.for_each is not None and records[0].name == rule.name:  # its list could not be had
        return [Explanation(rule, name, position, conditions, records[0])]
    found = []
    for index, (record, inside) in enumerate(zip(records, _scopes(rule, scope), strict=True)):
        item = index if rule.for_each is not None else None
        steps = tuple(walker.steps(field, inside, item))
        held = {rule.key_field: record.key, **record.values} if record.key else record.values
        found.append(
            Explanation(rule, name, position, (*conditions, *steps), record, held.get(name), name in held)
        )
    return found


def chosen(mapping: Mapping, name: str) -> tuple[RecordRule, FieldRule | Expression]:
    """The rule and field that ``name`` means; its key as the key's expression. Raises UsageError."""
    rule_name, _, field_name = name.partition(".")
    rules = {rule.name: rule for rule in mapping.records}
    rule = rules.get(rule_name)
    if rule is None:
        hint = did_you_mean(rule_name, rules) or f"one of {', '.join(rules)}"
        raise UsageError(f"the mapping has no rule {rule_name}", hint=hint)
    if field_name == rule.key_field:
        return rule, rule.key
    fields = {field.name: field for field in rule.fields}
    if field_name not in fields:
        names = [f"{rule_name}.{known}" for known in (rule.key_field, *fields)]
        message = f"no field {field_name}" if field_name else "several fields: name one"
        near = did_you_mean(name, names) if field_name else None
        raise UsageError(f"the rule {rule_name} has {message}", hint=near or f"one of {', '.join(names)}")
    return rule, fields[field_name]


def _scopes(rule: RecordRule, scope: Scope) -> Iterator[Scope]:
    """The scope of each of a rule's records."""
    if rule.for_each is None:
        yield scope
        return
    for index, item in enumerate(rule.for_each.evaluate(scope)):
        yield {**scope, "item": item, "index": index}


@dataclass(frozen=True, slots=True)
class _Walker:
    """Walks over the expressions of one mapping."""

    mapping: Mapping
    functions: Functions

    def conditions(self, rule: RecordRule, scope: Scope) -> Iterator[Step]:
        for name, expression in (("when", rule.when), ("for_each", rule.for_each)):
            if expression is not None:
                yield self._expression(name, expression, scope)

    def steps(self, field: FieldRule | Expression, scope: Scope, index: int | None) -> Iterator[Step]:
        """From where a field's value comes to what is done with it."""
        if isinstance(field, Expression):
            yield self._expression("key", field, scope)
            return
        yield self._origin(field, scope, index)
        yield from _treatment(field, scope)

    def _origin(self, field: FieldRule, scope: Scope, index: int | None) -> Step:
        if field.source is not None:
            return self._expression("from", field.source, scope)
        value, problem = _attempt(_bare(field), scope, index)
        if field.ref is not None:
            return Step("ref", field.ref, value, note="the id of the record that this rule makes")
        if field.template is None:
            return Step("value", "", value, problem, "the same for every invitation")
        parts = [part for part in field.template if isinstance(part, Expression)]
        text = "".join(part if isinstance(part, str) else f"{{{{{part.text}}}}}" for part in field.template)
        steps = tuple(self._expression("", part, scope) for part in parts)
        return Step("template", text, value, problem, steps=steps)

    def _expression(self, name: str, expression: Expression, scope: Scope) -> Step:
        tree = dict(expression.tree or {})
        step = self._step(tree, scope, _Lets(dict(self.mapping.let), set(), 0))
        return replace(step, name=name, text=expression.text.strip(), position=expression.position)

    def _step(self, tree: Tree, current: Any, lets: _Lets) -> Step:
        """What ``tree`` gives for ``current``, with the parts that it is made of. ``lets`` are the names that
        ``current`` has, if it is the scope."""
        text = written(tree)
        value: Any = None
        problem = ""
        try:
            value = expressions.compile(text, self.functions).evaluate(current)
            spend_whole(value)  # it is going to be shown
        except ExpressionError as error:
            value, problem = None, str(error)
        steps = tuple(self._parts(tree, current, lets.within())) if lets.depth < _DEEPEST else ()
        note = _gap(tree, current) if value is None and not problem else ""
        return Step("", text, value, problem, note, steps)

    def _parts(self, tree: Tree, current: Any, lets: _Lets) -> Iterator[Step]:
        kind, children = tree["type"], tree["children"]
        if kind == "field":
            yield from self._let(tree["value"], current, lets)
        elif kind in ("or_expression", "and_expression"):
            yield from self._either(tree, current, lets)
        elif kind in ("pipe", "subexpression", "index_expression"):
            yield from self._chain(children, current, lets)
        elif kind in _BASES:
            yield from self._shown(children[0], current, lets)
        elif kind == "multi_select_dict":
            for pair in children:
                yield from self._shown(pair["children"][0], current, lets)
        elif kind != "slice":
            for child in children:
                yield from self._shown(child, current, lets)

    def _shown(self, tree: Tree, current: Any, lets: _Lets) -> Iterator[Step]:
        """``tree`` as a step, unless that would say nothing."""
        if tree["type"] not in _SILENT:
            yield self._step(tree, current, lets)

    def _let(self, name: str, current: Any, lets: _Lets) -> Iterator[Step]:
        expression = lets.named.get(name)
        if expression is None or name in lets.told:
            return
        lets.told.add(name)
        step = self._step(dict(expression.tree or {}), current, lets)
        yield replace(step, name=f"let {name}", text=expression.text.strip(), position=expression.position)

    def _either(self, tree: Tree, current: Any, lets: _Lets) -> Iterator[Step]:
        """The sides of || or &&, up to the one that decided."""
        is_decided = False
        for side in _sides(tree, tree["type"]):
            if is_decided:
                yield Step("", written(side), is_needed=False)
                continue
            step = self._step(side, current, lets)
            # As JMESPath has it: false, null and what is empty; not the number 0.
            is_true = not (step.value is None or step.value is False or step.value in ("", [], {}))
            is_decided = bool(step.problem) or is_true is (tree["type"] == "or_expression")
            yield step

    def _chain(self, children: Sequence[Tree], current: Any, lets: _Lets) -> Iterator[Step]:
        """Where a chain begins. What follows a dot or | is part of the chain's own value, unless it computes
        something by itself."""
        first, *others = children
        if first["type"] == "field":
            yield from self._let(first["value"], current, lets)
        else:
            yield from self._shown(first, current, lets)
        for at, other in enumerate(others, 1):
            if other["type"] in _COMPUTED:
                before = self._value_of(children[:at], current)
                yield from self._shown(other, before, _Lets({}, set(), lets.depth))

    def _value_of(self, chain: Sequence[Tree], current: Any) -> Any:
        for tree in chain:
            current = _value_or_none(tree, current, self.functions)
        return current


@dataclass(frozen=True, slots=True)
class _Lets:
    """The names of ``let``, those that were explained already (once is enough), and in how many steps we are
    by now."""

    named: dict[str, Expression]
    told: set[str]
    depth: int

    def within(self) -> _Lets:
        return replace(self, depth=self.depth + 1)


_DEEPEST = 40  # steps in steps: far below what exhausts the stack
_BASES = ("projection", "value_projection", "filter_projection", "flatten")
_SILENT = ("literal", "current", "identity", "expref", "index", "slice")
_COMPUTED = ("function_expression", "or_expression", "and_expression", "comparator", "multi_select_list")


def _sides(tree: Tree, kind: str) -> Iterator[Tree]:
    """The sides of a chain of || or &&, from left to right."""
    if tree["type"] == kind:
        for child in tree["children"]:
            yield from _sides(child, kind)
    else:
        yield tree


def _value_or_none(tree: Tree, current: Any, functions: Functions) -> Any:
    try:
        return expressions.compile(written(tree), functions).evaluate(current)
    except ExpressionError:
        return None  # a step of its own says why


def _gap(tree: Tree, current: Any) -> str:
    """Where a path of members ends, that leads to nothing."""
    if tree["type"] not in ("field", "subexpression"):
        return ""
    names = [tree] if tree["type"] == "field" else tree["children"]
    for at, name in enumerate(names):
        if name["type"] != "field":
            return ""
        if not isinstance(current, dict) or name["value"] not in current:
            owner = ".".join(written(before) for before in names[:at]) or "the invitation"
            return f"{owner} has no {name['value']}"
        current = current[name["value"]]
        if current is None:
            path = ".".join(written(before) for before in names[: at + 1])
            return f"{path} is null" if at < len(names) - 1 else ""
    return ""


def _bare(field: FieldRule) -> FieldRule:
    """``field`` with nothing done to its value."""
    return replace(field, lookup=None, default=None, has_default=False, max_length=None, required=False)


def _attempt(field: FieldRule, scope: Scope, index: int | None = None) -> tuple[Value | Ref, str]:
    """The value, or why there is none."""
    try:
        return field_value(field, scope, index), ""
    except ExpressionError as error:
        return None, str(error)


def _treatment(field: FieldRule, scope: Scope) -> Iterator[Step]:
    """What a rule does with the value that it begins with, one option after the other."""
    rule = _bare(field)
    before, problem = _attempt(rule, scope)
    if problem:
        return
    if field.lookup is not None:
        rule = replace(rule, lookup=field.lookup)
        after, problem = _attempt(rule, scope)
        note = "" if problem else "there is nothing to look up" if before in (None, "") else "looked up"
        yield Step("lookup", _entries(field), after, problem, note)
        before = after
    if field.has_default:
        is_empty = before in (None, "")
        rule = replace(rule, default=field.default, has_default=True)
        after, problem = _attempt(rule, scope)
        yield Step("default", "", after if is_empty else field.default, problem, is_needed=is_empty)
        before = after
    if field.max_length is not None and not problem:
        after, problem = _attempt(replace(rule, max_length=field.max_length), scope)
        note = "cut" if after != before else "short enough"
        yield Step("max_length", str(field.max_length), after, problem, note)
    if field.required:
        yield Step("required", "true", note="without a value the record does not land")


def _entries(field: FieldRule) -> str:
    entries = [f"{name}: {value}" for name, value in (field.lookup or {}).items()]
    return "{" + ", ".join(entries) + "}"
