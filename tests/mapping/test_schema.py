"""The JSON Schema of the format: valid, and of one mind with the loader."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from connector import yamlfile
from connector.mapping.functions import catalogue
from connector.mapping.schema import json_schema

ROOT = Path(__file__).parents[2]
# What only the loader can see: expressions, references, and what YAML itself forbids.
SHAPE_ONLY = [
    "unknown_top_key",
    "unknown_option",
    "bad_write",
    "two_sources",
    "no_source",
    "two_keys",
    "let_hides_member",
]
SHAPE_ONLY += [
    "missing_version",
    "missing_object_and_key",
    "bare_number",
    "max_length_zero",
    "value_list",
    "no_records",
]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("name", SHAPE_ONLY)
def test_what_the_loader_refuses_for_its_shape_it_refuses_too(name: str) -> None:
    document = yamlfile.read(ROOT / "tests" / "bad_mappings" / f"{name}.yaml")
    assert not Draft202012Validator(json_schema()).is_valid(document.value)


def test_editors_can_complete_and_explain_from_it() -> None:
    schema = json_schema()
    field = schema["$defs"]["FieldShape"]["properties"]
    assert field["write"]["enum"] == ["always", "keep", "create", "blank"]
    for shape in schema["$defs"].values():
        for option in shape.get("properties", {}).values():
            assert "description" in option or "$ref" in option
    for function in catalogue():
        assert function.ours is False or function.signature in schema["$defs"]["Expression"]["description"]
