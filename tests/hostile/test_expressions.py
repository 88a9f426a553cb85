"""Expressions from a stranger end, in bounded time and memory, and reach nothing but the invitation."""

from __future__ import annotations

import json

import pytest

from connector.mapping import bounds, expressions
from connector.mapping.expressions import ExpressionError, Problem
from connector.mapping.functions import Functions, Rates
from tests.hostile.within import within

FUNCTIONS = Functions(Rates())
TEN = f"`{[1] * 10}`"
DOUBLED = "[@, @]" + " | [@, @]" * 60
BOMBS = {
    "replacing": "replace(" * 40 + "Id" + ", 'a', 'aaaaaaaaaa')" * 40,
    "joining": "join('', [" * 20 + "Id" + ", @.Id, @.Id, @.Id])" * 20,
    "joining itself": "join('', @ | [Id, Id])" + " | join('', [@, @, @, @])" * 40,
    "joining lines": "Id" + " | join_lines([@, @, @, @])" * 40,
    "flattening": "[@, @]" + " | [@, @][]" * 60,
    "slices": "[@, @]" + " | [@, @][] | @[:]" * 30,
    "to_string": f"{DOUBLED} | to_string(@)",
    "to_string again": "Id" + " | to_string([@, @])" * 60,
    "equal": f"({DOUBLED}) == ({DOUBLED})",
    "unequal": f"({DOUBLED}) != ({DOUBLED})",
    "contains": f"contains([{DOUBLED}], {DOUBLED})",
    "maps": f"map(&{'map(&' * 20}@{f', {TEN})' * 20}, {TEN})",
    "sorted": f"{TEN}[*].[" * 20 + f"sort({TEN})" + "]" * 20,
    "sorted by": f"sort_by({TEN}, &length(" * 20 + "Id" + "))" * 20,
    "projections": f"{TEN}[*].[" * 30 + "@" + "]" * 30,
    "filters": f"{TEN}[?" * 30 + "@" + "]" * 30,
    "values": "{a: @, b: @}.*" + " | {a: @, b: @}.*[]" * 60,
    "merged": "merge(" * 40 + "@" + ", @)" * 40,
    "maximum": f"max_by({TEN}, &" * 20 + "@" + ")" * 20,
    "deep": "(" * 4_000,
    "deep literal": f"`{'[' * 2_000}`",
    "long": "a" * 1_000_000,
}
_TRY = """
import json, sys
from connector.mapping import expressions
from connector.mapping.bounds import Allowance
from connector.mapping.expressions import ExpressionError, Problem
from connector.mapping.functions import Functions, Rates
for name, text in json.loads(sys.argv[1]).items():
    try:
        with Allowance():
            expressions.compile(text, Functions(Rates())).evaluate({"Id": "a" * 100})
        print(name, "gave something")
    except (ExpressionError, Problem) as error:
        print(name, str(error))
"""


def test_no_expression_takes_more_than_a_little_time_and_memory() -> None:
    told = within(60, _TRY, json.dumps({name: bomb for name, bomb in BOMBS.items() if name != "long"}))
    lines = told.splitlines()
    assert len(lines) == len(BOMBS) - 1
    assert sum("it takes more than 1,000,000 steps" in line for line in lines) >= 12, told


def test_an_expression_of_a_megabyte_is_refused() -> None:
    with pytest.raises(Problem, match="more than 5,000 characters"):
        expressions.compile(BOMBS["long"], FUNCTIONS)


def test_an_invitation_has_so_many_steps_and_the_next_one_has_them_again() -> None:
    some = expressions.compile("items[*].[@, @]", FUNCTIONS)
    scope = {"items": list(range(bounds.MOST // 10))}
    for _ in range(2):
        with bounds.Allowance():
            assert len(some.evaluate(scope)) == len(scope["items"])
            with pytest.raises(ExpressionError, match="more than 1,000,000 steps"):
                for _ in range(20):
                    some.evaluate(scope)


@pytest.mark.parametrize(
    "text",
    [
        "__class__",
        "Id.__class__.__mro__",
        "@.__class__",
        '"__globals__"',
        "Id.upper",
        "Status.format",
        "items.append",
        "env:HOME",
        "keys(@)[0].__class__",
        "`1`.real",
        "to_string(&Id)",
        "Payload.__dict__",
    ],
)
def test_an_expression_sees_members_and_never_attributes(text: str) -> None:
    scope = {"Id": "engi-1", "Status": "{0.__class__}", "Payload": {}, "items": []}
    try:
        given = expressions.compile(text, FUNCTIONS).evaluate(scope)
    except (Problem, ExpressionError):
        return
    assert given is None


def test_the_table_of_functions_is_closed() -> None:
    for name in (
        "eval",
        "exec",
        "open",
        "env",
        "file",
        "import",
        "getattr",
        "include",
        "read",
        "__import__",
        "range",
    ):
        with pytest.raises(Problem, match="there is no function"):
            expressions.compile(f"{name}(Id)", FUNCTIONS)
