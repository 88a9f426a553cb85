"""Compiled expressions answer as jmespath's own interpreter does, and fail in words for a mapping's owner."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import jmespath
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError

from connector.mapping import expressions
from connector.mapping.expressions import ExpressionError, Problem
from connector.mapping.functions import Functions, Rates
from connector.mapping.syntax import parse

FUNCTIONS = Functions(Rates("USD", {}))


def evaluate(text: str, scope: Any) -> Any:
    return expressions.compile(text, FUNCTIONS).evaluate(scope)


# -- the same as jmespath

NAMES = st.sampled_from(["a", "b", "c", '"d e"'])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.floats(-2, 2, width=16)
    | st.sampled_from(["", "a", "1", "é"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c", "d e"]), inner, max_size=4)
    ),
    max_leaves=12,
)
LEAVES = (
    NAMES
    | st.sampled_from(
        ["@", "'a'", "''", "*", "[*]", "[]", "[0]", "[-1]", "[1:]", "[::-1]", "[?a]", "`1`", "`0`", "`null`"]
    )
    | st.sampled_from(["`[]`", "`{}`", "`true`", "`false`", "`[1, 2]`", '`"1"`', "`1.0`"])
)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    name = NAMES
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, name).map(".".join),
        st.tuples(inner, st.sampled_from(["[0]", "[-1]", "[]", "[*]", "[1:]", "[:2]", ".*"])).map("".join),
        pair.map(" || ".join),
        pair.map(" && ".join),
        pair.map(" | ".join),
        st.tuples(inner, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner).map(" ".join),
        inner.map("!{}".format),
        inner.map("({})".format),
        pair.map(lambda p: f"{p[0]}[?{p[1]}]"),
        pair.map(lambda p: f"[{p[0]}, {p[1]}]"),
        pair.map(lambda p: f"{{x: {p[0]}, y: {p[1]}}}"),
        pair.map(lambda p: f"{p[0]}[].[{p[1]}]"),
        st.tuples(
            st.sampled_from(["length", "to_string", "type", "keys", "sum", "reverse", "to_array"]), inner
        ).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(st.sampled_from(["sort_by", "max_by", "min_by"]), inner, inner).map(
            lambda p: f"{p[0]}({p[1]}, &{p[2]})"
        ),
        pair.map(lambda p: f"map(&{p[0]}, {p[1]})"),
        st.tuples(st.sampled_from(["not_null", "contains", "join", "starts_with"]), inner, inner).map(
            lambda p: f"{p[0]}({p[1]}, {p[2]})"
        ),
    )


EXPRESSIONS = st.recursive(LEAVES, _larger, max_leaves=8)


def reference(text: str, data: Any) -> Any:
    options = jmespath.Options(custom_functions=FUNCTIONS)
    return jmespath.search(text, data, options=options)


def same(a: Any, b: Any) -> bool:
    """Equal to JSON: 1 is 1.0 and never true."""
    return json.dumps(a, sort_keys=True, default=str) == json.dumps(b, sort_keys=True, default=str) or (
        type(a) is not bool and type(b) is not bool and a == b
    )


@settings(max_examples=500, deadline=None)
@given(EXPRESSIONS, JSON)
@example("a == `1`", {"a": True})
@example("a.b.c", {"a": {"b": "text"}})
@example("!a", {"a": 0})
@example("a[*].b[?c][0]", {"a": [{"b": [{"c": 1}]}]})
def test_the_same_answers_as_jmespath(text: str, data: Any) -> None:
    try:
        expected = reference(text, data)
    except (JMESPathError, TypeError, ValueError, ExpressionError):
        # jmespath fails on evaluation, or its grammar refuses the text: so do we, in our way.
        with pytest.raises((ExpressionError, Problem)):
            evaluate(text, data)
        return
    assert same(evaluate(text, data), expected), (text, data)


@pytest.mark.parametrize(
    ("text", "scope", "value"),
    [
        ("deal.Project.Title", {"deal": None}, None),
        ("deal.Project.Title", {"deal": {"Project": ["x"]}}, None),
        ("deal.Project.Title", {"deal": {"Project": {"Title": "x"}}}, "x"),
        ("items[?kind=='A'] | [0].name", {"items": [{"kind": "B"}, {"kind": "A", "name": "n"}]}, "n"),
        ("amount > `10`", {"amount": Decimal("10.01")}, True),
        ("amount == `0.1`", {"amount": Decimal("0.1")}, True),
        ("amount", {"amount": Decimal("0.1")}, Decimal("0.1")),
        ("sum(amounts)", {"amounts": [Decimal("0.1"), 0.2]}, Decimal("0.3")),
        (
            "to_number(amount)",
            {"amount": "1234567890123456789012345678901.55"},
            Decimal("1234567890123456789012345678901.55"),
        ),
        ("to_number(amount)", {"amount": "1e5"}, None),
        ("to_number(amount)", {"amount": "1_0"}, None),
        ("to_string(amount)", {"amount": Decimal("1.10")}, "1.10"),
        ("max(amounts)", {"amounts": [Decimal(1), 3]}, 3),
        ("type(amount)", {"amount": Decimal(1)}, "number"),
        ("abs(amount)", {"amount": Decimal(-1)}, Decimal(1)),
        ("states[?@ == `OPEN`]", {"states": ["OPEN", "SHUT"]}, ["OPEN"]),
        (
            "sort_by(people, &age)[].name",
            {"people": [{"age": 2, "name": "b"}, {"age": 1, "name": "a"}]},
            ["a", "b"],
        ),
    ],
)
def test_values(text: str, scope: Any, value: Any) -> None:
    assert evaluate(text, scope) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "length(a)",
            "length() wants text or a list or a structure and got null: guard it, as in `x && f(x)`",
        ),
        ("join(', ', secret)", "join() wants a list of strings and got text"),
        ("starts_with(number, 'a')", "starts_with() wants text and got a number"),
        ("contains(secret, `1`)", "a function or comparison was given what it cannot use"),
        ("secret > `5`", "text is compared with a number: use to_number() on the text"),
        (
            "sort_by(people, &name)",
            "sort_by() wants text or a number and got null: guard it, as in `x && f(x)`",
        ),
        ("max_by(people, &@)", "max_by() wants a number or text and got a structure"),
    ],
)
def test_a_failure_says_why_and_tells_no_value(text: str, reason: str) -> None:
    scope = {"secret": "jane.doe@example.com", "number": 5, "people": [{"Email": "jane.doe@example.com"}]}
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, scope)
    assert str(caught.value) == reason
    assert "jane" not in str(caught.value)


def test_deep_data_cannot_crash_a_run() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ExpressionError):
        evaluate("to_string(a)", {"a": deep})


# -- what does not compile


@settings(deadline=None)
@given(st.text(max_size=60) | st.text("ab.[]{}()*@&|=!<>?,:'`\"\\0-9 ", max_size=40))
@example("[")
@example("a[")
@example("a[?")
@example("f(")
@example("a.{")
@example("'\\")
@example('"\\ud800"')
@example("`1e999`")
@example("9" * 60)
def test_any_text_compiles_or_is_refused_with_a_place_inside_it(text: str) -> None:
    try:
        expressions.compile(text, FUNCTIONS)
    except Problem as problem:
        assert 0 <= problem.offset <= max(len(text) - 1, 0)
        assert "jmespath" not in problem.message.lower().replace("this is not jmespath", "").replace(
            "jmespath does not calculate", ""
        )


@pytest.mark.parametrize(
    "text",
    [
        "(" * 4000,
        "!" * 4000,
        "a||" * 1500 + "a",
        "a.b|" * 1000 + "a",
        "f(" * 2000,
        "[" * 4000,
        "a" * 6000,
        "&" * 4000,
    ],
)
def test_expressions_that_could_exhaust_the_stack_are_refused(text: str) -> None:
    with pytest.raises(Problem):
        expressions.compile(text, FUNCTIONS)


def test_names_know_their_place() -> None:
    tree = parse("a || domain(b.c[?d].e)")
    assert tree["children"][0]["start"] == 0
    assert tree["children"][1]["start"] == 5


def test_a_mapping_cannot_define_functions() -> None:
    for text in ("__class__()", "call_function('domain')", "eval('1')"):
        with pytest.raises(Problem, match="there is no function"):
            expressions.compile(text, FUNCTIONS)
