"""Syntax trees as text."""

from __future__ import annotations

from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError

from connector import yamlfile
from connector.mapping.functions import catalogue
from connector.mapping.load import load
from connector.mapping.syntax import Problem, parse
from connector.mapping.written import written
from tests.walks import ROOT

AS_THEY_STAND = (
    "Id",
    "deal.Project.Title || join(' ', ['AWS invitation', Id])",
    "Status == 'ACCEPTED' && deal",
    "(a || b) && !c",
    "a && (b || c).d",
    "a || (b || c)",
    "a || b && c == d",
    "a | b || c",
    "a | b | [0]",
    "a[0][1].b[-1]",
    "a[*].b.c[0]",
    "(a[*].b)[0]",
    "a[*][0]",
    "(a.b[*].c)[0]",
    "(a.b[*].c).d",
    "a.b[*].c[]",
    "a[*].[b, c][0]",
    "a[][?b].[c, d][*].e",
    "a[*][?b].c[?d]",
    "(a[?b].c[*].d)[?e]",
    "(a[?b])[?c]",
    "(a.b[*].c).d[?e]",
    "(*.a).b",
    "(*.a)[?b]",
    "a.*.b.c",
    "a.*.b[0]",
    "(a.*.b)[0]",
    "a.*.b.*.c",
    "a[].b.*.c.d",
    "a[?b].c.*.d[?e]",
    "a[].b[].c | [0]",
    "a[1:3]",
    "a[::-1].b",
    "a[0][1:3][*].b",
    "[?Email]",
    "list[?name == 'x' && !(a.b)].Email",
    "a.*.b",
    "*",
    "*.*",
    "a[*].*",
    "a.[b, c]",
    "a[*].[b, c]",
    "a.{x: b, y: c.d}",
    "sort_by(items, &Amount)[0].Amount",
    "@.a",
    '"with-dash".b',
    "index == `0`",
    '`[1, {"a": null}]`',
    "a == b == c",
    "a == (b == c)",
    "!(a == b)",
    "(!a).b",
    'not_null(a, `"it\'s \\\\ here"`)',
    "map(&a.b, c)",
    "[]",
    "[*].a",
    "a.length(@)",
    '"größe".b',
    "city == 'Zürich' || !length(a) || !`true` || !@",
    '`"C:\\\\"`',
    '`"Zürich\'s \\` and more"`',
    "a < b || a <= b || a > b || a >= b || a != b",
    "(a || b) == c",
    "a | (b | c)",
    "(a | b) || c",
)


def plain(tree: Any) -> Any:
    """Without the places in the text."""
    if isinstance(tree, dict):
        return {name: plain(value) for name, value in tree.items() if name != "start"}
    return [plain(child) for child in tree] if isinstance(tree, list) else tree


def of_the_mappings() -> list[str]:
    texts = [function.example for function in catalogue() if function.example]
    for name in ("sql", "salesforce"):
        mapping = load(yamlfile.read(ROOT / "mappings" / f"{name}.yaml"))
        texts += [expression.text for _, expression in mapping.let]
        texts += [field.source.text for rule in mapping.records for field in rule.fields if field.source]
        texts += [rule.when.text for rule in mapping.records if rule.when]
    return list(dict.fromkeys(texts))


@pytest.mark.parametrize("text", [*AS_THEY_STAND, *of_the_mappings()])
def test_what_is_written_is_parsed_to_the_same_tree(text: str) -> None:
    assert plain(parse(written(parse(text)))) == plain(parse(text))


# fmt: off
FIRST = ("a", "b", "@", "`1`", "'x'", '"q r"', "*", "[]", "[0]", "[1:]")
STEPS = (
    "{}.a", "{}.*", "{}.[a, b]", "{}.{{b: a}}", "{}.length(@)", "{}[0]", "{}[1:]", "{}[*]", "{}[]", "{}[?a]",
    "({})", "!{}", "[{}, a]", "{{a: {}}}", "map(&{}, @)", "b[?{}]", "{} || b", "b && {}", "{} | a", "b == {}",
)
# fmt: on
ABOUT: tuple[Any, ...] = (
    {"a": [{"a": 1, "b": [1, {"a": 3}]}, {"b": {"a": [1, 2]}}, [1, [2]]], "b": {"a": [{"a": 1}]}, "q r": [1]},
    [1, [2, {"a": [1, {"b": 2}]}], {"a": {"a": [1, {"a": 5}]}, "b": [{"b": 1}]}],
    {
        "a": {"a": {"a": [1, 2], "b": [[1], [2]]}},
        "b": {"a": [{"a": [1]}, {"b": 2}]},
        "q r": {"a": [[1], [2]]},
    },
)


def value(text: str, about: Any) -> Any:
    try:
        return jmespath.search(text, about)
    except JMESPathError as error:
        return type(error)


@given(st.sampled_from(FIRST), st.lists(st.sampled_from(STEPS), max_size=8))
def test_whatever_is_written_gives_the_same(text: str, steps: list[str]) -> None:
    for step in steps:
        text = step.format(text)
    try:
        again = written(parse(text))
    except Problem:
        return  # no expression at all
    assert [value(again, about) for about in ABOUT] == [value(text, about) for about in ABOUT]


@pytest.mark.parametrize("text", AS_THEY_STAND)
def test_a_tidy_expression_is_written_as_it_stands(text: str) -> None:
    assert written(parse(text)) == text
