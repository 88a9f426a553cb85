"""The manual of the mapping language is drawn from the model, and its examples are true."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connector import yamlfile
from connector.mapping import expressions
from connector.mapping.functions import Functions, catalogue
from connector.mapping.manual import EXAMPLE, RATES, Entry, manual
from connector.mapping.shape import FieldShape, MappingShape, MatchShape, RecordShape

SECTIONS = {section.title: section for section in manual()}
EVALUATED = [entry for section in manual() for entry in section.entries if entry.gives]


@pytest.mark.parametrize(
    ("title", "shape"),
    [("The file", MappingShape), ("A rule", RecordShape), ("Match", MatchShape), ("A field", FieldShape)],
)
def test_every_key_is_there_with_its_meaning(title: str, shape: Any) -> None:
    entries = SECTIONS[title].entries
    assert [entry.name for entry in entries] == [f.alias or name for name, f in shape.model_fields.items()]
    assert all(entry.meaning for entry in entries)


def test_every_function_is_there_with_an_example_that_uses_it() -> None:
    entries = (*SECTIONS["Functions"].entries, *SECTIONS["Functions of JMESPath"].entries)
    assert len(entries) == len(catalogue())
    for function, entry in zip(catalogue(), entries, strict=True):
        assert entry.name == function.signature
        assert f"{function.name}(" in entry.example


@pytest.mark.parametrize("entry", EVALUATED, ids=lambda entry: entry.example)
def test_an_example_gives_what_it_says_and_something(entry: Entry) -> None:
    value = expressions.compile(entry.example, Functions(RATES)).evaluate(dict(EXAMPLE))
    assert value not in (None, "", [], {})
    assert json.loads(entry.gives) == json.loads(json.dumps(value, default=str))


@pytest.mark.parametrize(
    "example", [e.example for s in manual() for e in s.entries if e.example and not e.gives]
)
def test_the_example_of_a_key_is_yaml(example: str) -> None:
    (name,) = yamlfile.parse(example, "manual").value
    assert example.startswith(f"{name}: ")
