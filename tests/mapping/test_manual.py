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


SHAPES = {"The file": MappingShape, "A rule": RecordShape, "Match": MatchShape, "A field": FieldShape}


def test_it_goes_from_the_file_to_the_functions_and_has_words_for_all() -> None:
    assert list(SECTIONS) == [*SHAPES, "Expressions", "Functions", "Functions of JMESPath"]
    assert [section.title for section in manual() if not section.text] == ["Functions of JMESPath"]
    assert all(entry.meaning for section in manual() for entry in section.entries)
    assert all(entry.name == entry.example for entry in SECTIONS["Expressions"].entries)
    assert SECTIONS["Expressions"].entries[1].gives == '"Acme & Sons "'


@pytest.mark.parametrize(("title", "shape"), SHAPES.items())
def test_every_key_is_there_with_what_the_model_says_of_it(title: str, shape: Any) -> None:
    assert SECTIONS[title].text == " ".join(shape.__doc__.split())
    entries = SECTIONS[title].entries
    assert [entry.name for entry in entries] == [f.alias or name for name, f in shape.model_fields.items()]
    for entry, field in zip(entries, shape.model_fields.values(), strict=True):
        assert entry.meaning.startswith(field.description or "How to find the record")
        assert entry.meaning.endswith(" Required.") == field.is_required()
        assert bool(entry.example) == bool(field.examples)
        if field.examples:
            assert yamlfile.parse(entry.example, "manual").value == {entry.name: field.examples[0]}


def test_a_default_is_said_where_there_is_one_and_text_needs_no_quotes() -> None:
    entries = {entry.name: entry for section in manual() for entry in section.entries}
    assert {name for name, entry in entries.items() if " Default: " in entry.meaning} == {
        *("required", "optional", "write"),
        *("none", "many"),
    }
    assert entries["write"].meaning.endswith(" Default: keep.")
    assert entries["required"].meaning.endswith(" Default: false.")
    assert entries["ref"].meaning.endswith("the id of the record it makes.")
    assert entries["when"].example == "when: Status == 'ACCEPTED' && deal"


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
