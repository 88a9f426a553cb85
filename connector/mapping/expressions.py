"""JMESPath expressions, compiled to Python closures.

jmespath's own interpreter walks the tree for every evaluation, which costs more than the rest of a run's
work on an invitation. A tree compiled once gives the same answers, for every node type, several times faster.

Beyond jmespath: numbers may be ``Decimal``; ordering text against a number, which gives null or a crash
there, is an ``ExpressionError``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from jmespath.exceptions import JMESPathError

from connector.errors import Position
from connector.mapping.bounds import spend, spend_text, spend_whole
from connector.mapping.functions import ExpressionError, Functions
from connector.mapping.model import Expression
from connector.mapping.syntax import Problem, Tree, calls, parse

__all__ = ["Evaluator", "ExpressionError", "Problem", "compile", "evaluator"]

Evaluator = Callable[[Any], Any]


def compile(text: str, functions: Functions, locate: Callable[[int], Position] | None = None) -> Expression:
    """``text`` as an expression. ``locate`` gives the place in the file of an offset in ``text``.

    Raises Problem for bad syntax, an unknown function, or a wrong number of arguments.
    """
    tree = parse(text)
    for call in calls(tree):
        functions.check_call(call["value"], len(call["children"]), call["start"])
    evaluate = evaluator(tree, functions)
    if _may_fail(tree):
        evaluate = _guarded(evaluate)
    return Expression(text, evaluate, locate(0) if locate else None, tree, locate)


_FAILING = frozenset(
    (
        *("function_expression", "comparator", "slice", "flatten"),
        *("projection", "value_projection", "filter_projection"),
    )
)


def _may_fail(tree: Tree) -> bool:
    return tree["type"] in _FAILING or any(_may_fail(child) for child in tree["children"])


def _guarded(evaluate: Evaluator) -> Evaluator:
    def guarded(scope: Any) -> Any:
        try:
            return evaluate(scope)
        except (JMESPathError, TypeError, ValueError, ArithmeticError, RecursionError):
            # jmespath's own functions leave these to their caller: contains('text', `1`), for one.
            raise ExpressionError("a function or comparison was given what it cannot use") from None

    return guarded


def evaluator(tree: Tree, functions: Functions) -> Evaluator:
    """A tree as a closure over the current node."""
    return _COMPILERS[tree["type"]](tree, functions)


def _is_false(value: Any) -> bool:
    return value is None or value is False or (not value and isinstance(value, (str, list, dict)))


def _field(tree: Tree, _: Functions) -> Evaluator:
    name = tree["value"]

    def field(value: Any) -> Any:
        return value.get(name) if isinstance(value, dict) else None

    return field


def _subexpression(tree: Tree, functions: Functions) -> Evaluator:
    children = tree["children"]
    if all(child["type"] == "field" for child in children):
        return _chain([child["value"] for child in children])
    return _sequence(children, functions)


def _chain(names: Sequence[str]) -> Evaluator:
    def chain(value: Any) -> Any:
        for name in names:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return chain


def _sequence(children: Sequence[Tree], functions: Functions) -> Evaluator:
    steps = [evaluator(child, functions) for child in children]

    def sequence(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return sequence


def _pipe(tree: Tree, functions: Functions) -> Evaluator:
    return _sequence(tree["children"], functions)


def _index(tree: Tree, _: Functions) -> Evaluator:
    number = tree["value"]

    def index(value: Any) -> Any:
        if not isinstance(value, list) or not -len(value) <= number < len(value):
            return None
        return value[number]

    return index


def _slice(tree: Tree, _: Functions) -> Evaluator:
    part = slice(*tree["children"])

    def cut(value: Any) -> Any:
        if not isinstance(value, list):
            return None
        spend(len(value))
        return value[part]

    return cut


def _identity(_: Tree, __: Functions) -> Evaluator:
    return lambda value: value


def _literal(tree: Tree, _: Functions) -> Evaluator:
    literal = tree["value"]
    return lambda _: literal


def _or(tree: Tree, functions: Functions) -> Evaluator:
    left, right = (evaluator(child, functions) for child in tree["children"])

    def either(value: Any) -> Any:
        result = left(value)
        return right(value) if _is_false(result) else result

    return either


def _and(tree: Tree, functions: Functions) -> Evaluator:
    left, right = (evaluator(child, functions) for child in tree["children"])

    def both(value: Any) -> Any:
        result = left(value)
        return result if _is_false(result) else right(value)

    return both


def _not(tree: Tree, functions: Functions) -> Evaluator:
    inner = evaluator(tree["children"][0], functions)
    return lambda value: _is_false(inner(value))


def _multi_select_list(tree: Tree, functions: Functions) -> Evaluator:
    parts = [evaluator(child, functions) for child in tree["children"]]
    return lambda value: None if value is None else [part(value) for part in parts]


def _multi_select_dict(tree: Tree, functions: Functions) -> Evaluator:
    parts = [(child["value"], evaluator(child["children"][0], functions)) for child in tree["children"]]
    return lambda value: None if value is None else {name: part(value) for name, part in parts}


def _flatten(tree: Tree, functions: Functions) -> Evaluator:
    base = evaluator(tree["children"][0], functions)

    def flatten(value: Any) -> Any:
        items = base(value)
        if not isinstance(items, list):
            return None
        flat: list[Any] = []
        spend(len(items))
        for item in items:
            if isinstance(item, list):
                spend(len(item))
                flat.extend(item)
            else:
                flat.append(item)
        return flat

    return flatten


def _size(tree: Tree) -> int:
    """How many nodes there are: what to evaluate it once costs, but for the lists that it goes through."""
    return 1 if tree["type"] == "slice" else 1 + sum(map(_size, tree["children"]))


def _projection(tree: Tree, functions: Functions) -> Evaluator:
    base, each = (evaluator(child, functions) for child in tree["children"])
    size = _size(tree)

    def projection(value: Any) -> Any:
        items = base(value)
        if not isinstance(items, list):
            return None
        spend(len(items) * size)
        return [result for item in items if (result := each(item)) is not None]

    return projection


def _value_projection(tree: Tree, functions: Functions) -> Evaluator:
    base, each = (evaluator(child, functions) for child in tree["children"])
    size = _size(tree)

    def projection(value: Any) -> Any:
        items = base(value)
        if not isinstance(items, dict):
            return None
        spend(len(items) * size)
        return [result for item in items.values() if (result := each(item)) is not None]

    return projection


def _filter_projection(tree: Tree, functions: Functions) -> Evaluator:
    base, each, condition = (evaluator(child, functions) for child in tree["children"])
    size = _size(tree)

    def projection(value: Any) -> Any:
        items = base(value)
        if not isinstance(items, list):
            return None
        spend(len(items) * size)
        kept = [item for item in items if not _is_false(condition(item))]
        return [result for item in kept if (result := each(item)) is not None]

    return projection


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "gt": operator.gt,
    "lte": operator.le,
    "gte": operator.ge,
}


def _comparator(tree: Tree, functions: Functions) -> Evaluator:
    left, right = (evaluator(child, functions) for child in tree["children"])
    if tree["value"] == "eq":
        return lambda value: _equal(left(value), right(value))
    if tree["value"] == "ne":
        return lambda value: not _equal(left(value), right(value))
    return _ordering(left, right, _ORDER[tree["value"]])


def _equal(a: Any, b: Any) -> bool:
    if type(a) is str or type(b) is str:
        return bool(a == b)
    # To JMESPath 1 is not true, though Python says so; only at the top, as jmespath has it.
    if isinstance(a, bool) is not isinstance(b, bool):
        return False
    if isinstance(a, Decimal) or isinstance(b, Decimal):
        return bool(_exact(a) == _exact(b))
    spend_whole(a)
    spend_whole(b)
    return bool(a == b)


def _exact(value: Any) -> Any:
    """A float as the decimal that was written."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def _ordering(left: Evaluator, right: Evaluator, compare: Callable[[Any, Any], bool]) -> Evaluator:
    def ordering(value: Any) -> Any:
        a, b = left(value), right(value)
        if not _is_comparable(a) or not _is_comparable(b):
            return None
        if isinstance(a, str) is not isinstance(b, str):
            raise ExpressionError("text is compared with a number: use to_number() on the text")
        return compare(_exact(a), _exact(b))

    return ordering


def _is_comparable(value: Any) -> bool:
    return isinstance(value, (str, int, float, Decimal)) and not isinstance(value, bool)


class _Reference:
    """``&expression``: what sort_by(), map() and their like apply to each item."""

    def __init__(self, expression: Evaluator) -> None:
        self.expression = expression

    def visit(self, expression: Evaluator, value: Any) -> Any:
        return expression(value)


_Reference.__name__ = "_Expression"  # jmespath's functions know their arguments' types by name


def _expref(tree: Tree, functions: Functions) -> Evaluator:
    reference = _Reference(evaluator(tree["children"][0], functions))
    return lambda _: reference


def _function(tree: Tree, functions: Functions) -> Evaluator:
    call = functions.bind(tree["value"])
    arguments = [evaluator(child, functions) for child in tree["children"]]
    # What the function does for every item of a list: at least look at it.
    each = 1 + sum(_size(child) for child in tree["children"] if child["type"] == "expref")

    if len(arguments) == 1:
        (only,) = arguments

        def of_one(value: Any) -> Any:
            given = only(value)
            if type(given) is not str or len(given) >= _SHORT:
                _pay(given, each)
            return call(given)

        return of_one

    def of_several(value: Any) -> Any:
        given = [argument(value) for argument in arguments]
        for argument in given:
            if type(argument) is not str or len(argument) >= _SHORT:
                _pay(argument, each)
        return call(*given)

    return of_several


_SHORT = 100  # characters, which most texts have less of: not worth a call


def _pay(argument: Any, each: int) -> None:
    if isinstance(argument, str):
        spend_text(len(argument))
    elif isinstance(argument, (list, dict)):
        spend(len(argument) * each)


_COMPILERS: dict[str, Callable[[Tree, Functions], Evaluator]] = {
    "and_expression": _and,
    "comparator": _comparator,
    "current": _identity,
    "expref": _expref,
    "field": _field,
    "filter_projection": _filter_projection,
    "flatten": _flatten,
    "function_expression": _function,
    "identity": _identity,
    "index": _index,
    "index_expression": _pipe,
    "literal": _literal,
    "multi_select_dict": _multi_select_dict,
    "multi_select_list": _multi_select_list,
    "not_expression": _not,
    "or_expression": _or,
    "pipe": _pipe,
    "projection": _projection,
    "slice": _slice,
    "subexpression": _subexpression,
    "value_projection": _value_projection,
}
