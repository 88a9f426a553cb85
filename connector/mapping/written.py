"""A syntax tree as the text that it would be parsed from: how a part of an expression is shown by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from connector.mapping.syntax import Tree

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}

# What binds less than a dot and so needs parentheses before one. Projections do not end at a parenthesis
# only: `(a[*].b)[0]` is the first of all, `a[*].b[0]` the first of each.
_LOOSE = {"pipe", "or_expression", "and_expression", "comparator", "not_expression"}
_PROJECTIONS = {"projection", "value_projection", "filter_projection"}
_BINDING = {"pipe": 1, "or_expression": 2, "and_expression": 3, "comparator": 5}


def written(tree: Tree) -> str:
    """``tree`` as JMESPath: parsed again, it is the same tree but for parentheses that change nothing."""
    return _WRITERS[tree["type"]](tree)


def _base(tree: Tree, then: str = "[") -> str:
    """A tree as what is followed by ``then``: a dot, a bracket, or a filter's."""
    if tree["type"] == "identity":
        return ""
    text = written(tree)
    return f"({text})" if tree["type"] in _LOOSE or _goes_on(tree, then) else text


def _goes_on(tree: Tree, then: str = "[") -> bool:
    """Whether ``then``, which follows ``tree``, would be done with each item that it gives."""
    while tree["type"] == "subexpression":
        tree = tree["children"][-1]
    if tree["type"] not in _PROJECTIONS:
        return False
    base, each = tree["children"][:2]
    kind = "star" if tree["type"] == "value_projection" and base["type"] == "identity" else tree["type"]
    if each["type"] != "identity" and then in _ENDED_BY.get(kind, ()):
        return _goes_on(each, then)
    return each["type"] not in ("multi_select_list", "multi_select_dict")  # which end a projection


# What does not belong to each item any more, once a projection has led to a member: jmespath's precedences.
_ENDED_BY = {"filter_projection": {"[?"}, "value_projection": {".", "[?"}}


def _rest(tree: Tree) -> str:
    """What a projection does with each item, as it follows the bracket."""
    if tree["type"] == "identity":
        return ""
    first = tree
    while first["type"] in _CHAINS:
        first = first["children"][0]
    text = written(tree)
    return text if first["type"] == "identity" and not text.startswith("*") else f".{text}"


_CHAINS = _PROJECTIONS | {"subexpression", "index_expression", "flatten"}


def _field(tree: Tree) -> str:
    name: str = tree["value"]
    return name if _NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _literal(tree: Tree) -> str:
    value = tree["value"]
    if isinstance(value, str) and "'" not in value and "\\" not in value:
        return f"'{value}'"
    return "`" + json.dumps(value, ensure_ascii=False).replace("`", "\\`") + "`"


def _subexpression(tree: Tree) -> str:
    first, *others = tree["children"]
    text = _base(first, ".")
    for at, each in enumerate(others):
        held = f"({text})" if at and _goes_on(others[at - 1]) else text
        text = f"{held}.{written(each)}"
    return text


def _index_expression(tree: Tree) -> str:
    first, *others = tree["children"]
    return _base(first) + "".join(map(written, others))


def _slice(tree: Tree) -> str:
    start, stop, step = ("" if part is None else str(part) for part in tree["children"])
    return f"[{start}:{stop}:{step}]" if step else f"[{start}:{stop}]"


def _projection(tree: Tree) -> str:
    base, each = tree["children"]
    if base["type"] == "flatten":
        return written(base) + _rest(each)
    is_slice = base["type"] == "index_expression" and base["children"][1]["type"] == "slice"
    return (written(base) if is_slice else _base(base) + "[*]") + _rest(each)


def _flatten(tree: Tree) -> str:
    (base,) = tree["children"]
    return (written(base) if _goes_on(base) else _base(base)) + "[]"  # which ends projections by itself


def _value_projection(tree: Tree) -> str:
    base, each = tree["children"]
    return ("*" if base["type"] == "identity" else f"{_base(base, '.')}.*") + _rest(each)


def _filter_projection(tree: Tree) -> str:
    base, each, condition = tree["children"]
    return f"{_base(base, '[?')}[?{written(condition)}]{_rest(each)}"


def _binary(operator: str) -> Callable[[Tree], str]:
    def write(tree: Tree) -> str:
        left, right = tree["children"]
        binding = _BINDING[tree["type"]]
        before = _within(left, binding)
        return f"{before} {_OPERATORS.get(tree.get('value', ''), operator)} {_within(right, binding + 1)}"

    return write


def _within(tree: Tree, binding: int) -> str:
    text = written(tree)
    return f"({text})" if _BINDING.get(tree["type"], 9) < binding else text


def _not(tree: Tree) -> str:
    (inner,) = tree["children"]
    is_one = inner["type"] in ("field", "function_expression", "literal", "current")
    return f"!{written(inner)}" if is_one else f"!({written(inner)})"


def _function(tree: Tree) -> str:
    return f"{tree['value']}({', '.join(map(written, tree['children']))})"


def _pair(tree: Tree) -> str:
    return f"{_field(tree)}: {written(tree['children'][0])}"


_WRITERS: dict[str, Callable[[Tree], str]] = {
    "and_expression": _binary("&&"),
    "comparator": _binary(""),
    "current": lambda _: "@",
    "expref": lambda tree: f"&{written(tree['children'][0])}",
    "field": _field,
    "filter_projection": _filter_projection,
    "flatten": _flatten,
    "function_expression": _function,
    "identity": lambda _: "@",
    "index": lambda tree: f"[{tree['value']}]",
    "index_expression": _index_expression,
    "key_val_pair": _pair,
    "literal": _literal,
    "multi_select_dict": lambda tree: "{" + ", ".join(map(written, tree["children"])) + "}",
    "multi_select_list": lambda tree: "[" + ", ".join(map(written, tree["children"])) + "]",
    "not_expression": _not,
    "or_expression": _binary("||"),
    "pipe": _binary("|"),
    "projection": _projection,
    "slice": _slice,
    "subexpression": _subexpression,
    "value_projection": _value_projection,
}
