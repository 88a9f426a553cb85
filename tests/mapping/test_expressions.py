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

from connector.errors import Position
from connector.mapping import bounds, expressions
from connector.mapping.expressions import ExpressionError, Problem
from connector.mapping.functions import Functions, Rates
from connector.mapping.syntax import names_at_root, parse

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


@settings(max_examples=5 * settings().max_examples)
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


@pytest.mark.parametrize("text", ["!" * 98 + "a", "a" * 5_000])
def test_expressions_that_a_person_might_write_are_not_refused(text: str) -> None:
    expressions.compile(text, FUNCTIONS)


def test_names_know_their_place() -> None:
    tree = parse("a || domain(b.c[?d].e)")
    assert tree["children"][0]["start"] == 0
    assert tree["children"][1]["start"] == 5
    name, literal = parse("\"a b\" == 'c'")["children"]
    assert (name["start"], literal["start"]) == (0, 9)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("sort_by(a, &b)[0].c", ["a"]),
        ("a[0:2].b || c[?d].e", ["a", "c"]),
        ("[0:2]", []),
        ("{x: a, y: b.c} | d", ["a", "b"]),
        ('"a b" == c.*', ["a b", "c"]),
        ("a[1:] && ![b, lower(c)]", ["a", "b", "c"]),
    ],
)
def test_what_follows_a_dot_a_bracket_or_a_pipe_is_no_name_of_the_invitation(
    text: str, names: list[str]
) -> None:
    assert [field["value"] for field in names_at_root(parse(text))] == names


def test_a_mapping_cannot_define_functions() -> None:
    for text in ("__class__()", "call_function('domain')", "eval('1')"):
        with pytest.raises(Problem, match="there is no function"):
            expressions.compile(text, FUNCTIONS)


@pytest.mark.parametrize(
    ("text", "offset", "message", "hint"),
    [
        ('a || "lower"(a)', 5, "a function's name stands without quotes", None),
        ("a - b", 2, "JMESPath does not calculate", "names with a - in them need double quotes"),
        ("a ; b", 2, "';' cannot stand here", None),
        ("$.a", 0, "'$' cannot stand here", "the invitation itself is @"),
        ("a = b", 2, "a single = compares nothing", "write =="),
        ("a =", 2, "a single = compares nothing", "write =="),
        ("a[0] (b)", 5, "a '(' that follows no function's name", None),
        (
            "a 5",
            2,
            "'5' cannot stand here",
            "an operator (. || && == ,) is missing before it, or text lacks its single quotes",
        ),
        ("a == `x", 5, "the quote ` is opened and never closed", "close it with `"),
        ("\u200ba", 0, "a character that cannot be shown cannot stand here", None),
        ("", 0, "an expression is empty", None),
        (
            "a 'b'",
            2,
            "'b' cannot stand here",
            "an operator (. || && == ,) is missing before it, or text lacks its single quotes",
        ),
        (
            "a.b c",
            4,
            "'c' cannot stand here",
            "an operator (. || && == ,) is missing before it, or text lacks its single quotes",
        ),
        (
            "a || ]",
            5,
            "']' cannot stand here",
            "something is missing before it, or it closes what was never opened",
        ),
        (
            "a || }",
            5,
            "'}' cannot stand here",
            "something is missing before it, or it closes what was never opened",
        ),
        (
            "a || )",
            5,
            "')' cannot stand here",
            "something is missing before it, or it closes what was never opened",
        ),
        ("a.[]", 2, "'[]' cannot stand here", "write [*] or [0] after a list"),
        ("(a", 1, "the expression ends too early", "a ( is not closed with )"),
        ("a[0", 2, "the expression ends too early", "a [ is not closed with ]"),
        ("a || ", 3, "the expression ends too early", "something is missing at its end"),
        ("a[::0]", 0, "a slice cannot have the step 0", None),
        ("!" * 99 + "a", 0, "the expression is nested too deeply", "split it with let"),
        ("[" * 2000, 0, "the expression is nested too deeply", None),
        (f"a[{'9' * 4_400}]", 0, "this is not JMESPath", None),
        ("a" * 5001, 0, "an expression of more than 5,000 characters", None),
        ("f" + "(a)", 0, "there is no function f()", "docs/mapping.md has them all"),
        ("a && lowr(a)", 5, "there is no function lowr()", "did you mean lower()?"),
        ("lower()", 0, "lower() takes 1 argument, not 0", "write lower(text)"),
        ("domain(a, b)", 0, "domain() takes 1 argument, not 2", "write domain(website_or_email)"),
        (
            "annual_spend(a, b, c)",
            0,
            "annual_spend() takes 1 to 2 arguments, not 3",
            "write annual_spend(spends, currency?)",
        ),
        ("not_null()", 0, "not_null() takes at least 1 argument, not 0", None),
        ("contains(a)", 0, "contains() takes 2 arguments, not 1", None),
    ],
)
def test_what_does_not_compile_says_where_why_and_what_to_write(
    text: str, offset: int, message: str, hint: str | None
) -> None:
    with pytest.raises(Problem) as caught:
        expressions.compile(text, FUNCTIONS)
    assert (caught.value.offset, caught.value.message, caught.value.hint) == (offset, message, hint)


def test_an_expression_keeps_its_text_its_tree_and_its_place() -> None:
    def locate(offset: int) -> Position:
        return Position("m.yaml", 7, 10 + offset)

    compiled = expressions.compile("deal.Title", FUNCTIONS, locate)
    assert (compiled.text, compiled.position) == ("deal.Title", locate(0))
    assert compiled.tree is not None and compiled.tree["type"] == "subexpression"
    assert compiled.locate is locate
    assert expressions.compile("a", FUNCTIONS).position is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a[]", [1, [2], 3]),
        ("a[][]", [1, 2, 3]),
        ("*.b", [5]),
        ("{x: n, y: m.b}", {"x": 7, "y": 5}),
        ("n < `8`", True),
        ("n >= `8`", False),
        ("n <= `7`", True),
        ("n != `7`", False),
        ("n == '7'", False),
        ("'7' == n", False),
        ("t == 'x' && t != 'y'", True),
        ("m == k", True),
        ("t < none", None),
        ("none > n", None),
        ("map(&b, [m, k])", [5, 5]),
        ("none || m.b", 5),
        ("n && m.b", 5),
        ("m.b != k.b", False),
        ("t || n", "x"),
        ("length(t) == `1`", True),
        ("a[?type(@) == 'null']", []),
        ("m.length(@)", 1),
        ("n > m.b", True),
        ("a[-3]", [1, [2]]),
        ("a[0].[@, [0]]", [[1, [2]], 1]),
        ("{x: length(t)}", {"x": 1}),
        ("m.*.to_string(@)", ["5"]),
    ],
)
def test_what_expressions_give(text: str, value: Any) -> None:
    data = {"a": [[1, [2]], 3, [None]], "m": {"b": 5}, "k": {"b": 5}, "n": 7, "t": "x"}
    data = data if text != "*.b" else {"m": {"b": 5}, "n": 7}
    assert evaluate(text, data) == value


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("ten[*].[@, @]", 10 * len(["projection", "ten", "list", "@", "@"])),
        (
            "ten[*].[@[0:1]]",
            10 * len(["projection", "ten", "list", "projection", "index", "@", "slice", "@"]),
        ),
        ("ten[?@ == 'x']", 10 * len(["projection", "ten", "@", "==", "@", "'x'"])),
        ("three.*", 3 * len(["projection", "three", "@"])),
        ("length(ten)", 10),
        ("keys(three)", 3),
        ("map(&[@, @], ten)", 10 * len(["look", "&", "list", "@", "@"])),
        ("not_null(long, long)", 2 * 10),
        ("lower(long)", 10),
        ("lower(hundred)", 1),
        ("lower(more)", 1),
        ("not_null(hundred, none)", 1),
        ("ten == `[1]`", (1 + 10) + (1 + 1)),
        ("`[1]` == ten", (1 + 10) + (1 + 1)),
        ("held == `{}`", (1 + 1) + 10 + 1),
    ],
)
def test_an_item_costs_a_step_for_every_node_it_meets_and_a_text_one_for_each_100_characters(
    monkeypatch: pytest.MonkeyPatch, text: str, steps: int
) -> None:
    compiled = expressions.compile(text, FUNCTIONS)
    data = {"ten": ["x"] * 10, "three": {"a": 1, "b": 2, "c": 3}}
    data |= {"hundred": "x" * 100, "more": "x" * 199, "long": "x" * 1_000, "held": {"a": "x" * 1_000}}
    monkeypatch.setattr(bounds, "MOST", steps)
    with bounds.Allowance():
        compiled.evaluate(data)
    monkeypatch.setattr(bounds, "MOST", steps - 1)
    with bounds.Allowance(), pytest.raises(ExpressionError, match="steps"):
        compiled.evaluate(data)
