"""Syntax trees as text."""

from __future__ import annotations

from typing import Any

import pytest

from connector import yamlfile
from connector.mapping.functions import catalogue
from connector.mapping.load import load
from connector.mapping.syntax import parse
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


@pytest.mark.parametrize("text", AS_THEY_STAND)
def test_a_tidy_expression_is_written_as_it_stands(text: str) -> None:
    assert written(parse(text)) == text
