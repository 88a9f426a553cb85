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


def test_it_says_of_what_draft_and_name_it_is_and_what_names_may_be() -> None:
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == "Partner Central CRM Connector mapping"
    rule = {"object": "o", "key": {"k": "Id"}, "fields": {}}
    whole = {"version": 1, "name": "n", "crm": "c", "let": {"dealOf_2": "Id"}, "records": {"r": rule}}
    validator = Draft202012Validator(schema)
    assert validator.is_valid(whole)
    for name in ("Deal", "2nd", "a-b", "é"):
        assert not validator.is_valid({**whole, "let": {name: "Id"}})
    for source in ({"from": "Id"}, {"value": 5}, {"value": None}, {"template": "{{ Id }}"}, {"ref": "r"}):
        fields = {"f": source}
        assert validator.is_valid({**whole, "records": {"r": {**rule, "fields": fields}}})
        two = {"f": {"from": "Id", "template": "x", **source, "ref": "r"}}
        assert not validator.is_valid({**whole, "records": {"r": {**rule, "fields": two}}})


def test_it_has_no_noise_and_each_expression_once() -> None:
    schema = json_schema()
    field, rule = schema["$defs"]["FieldShape"]["properties"], schema["$defs"]["RecordShape"]["properties"]
    assert field["from"] == {
        "$ref": "#/$defs/Expression",
        "description": "The expression that gives the value.",
    }
    assert rule["when"]["examples"] == ["Status == 'ACCEPTED' && deal"]  # its own say more
    assert rule["key"]["additionalProperties"] == {"$ref": "#/$defs/Expression"}
    assert "title" not in field["write"] and field["write"]["default"] == "keep"
    assert "default" not in field["template"] and field["template"]["minLength"] == 1
    assert "anyOf" not in field["template"]
    expression = schema["$defs"]["Expression"]["description"]
    assert "domain(website_or_email), first_name(" in expression
    either = rule["fields"]["additionalProperties"]["anyOf"]
    assert {"$ref": "#/$defs/Expression"} in either and {"$ref": "#/$defs/FieldShape"} in either


def test_editors_can_complete_and_explain_from_it() -> None:
    schema = json_schema()
    field = schema["$defs"]["FieldShape"]["properties"]
    assert field["write"]["enum"] == ["always", "keep", "create", "blank"]
    for shape in schema["$defs"].values():
        for option in shape.get("properties", {}).values():
            assert "description" in option or "$ref" in option
    for function in catalogue():
        assert function.ours is False or function.signature in schema["$defs"]["Expression"]["description"]
