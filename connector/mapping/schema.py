"""The JSON Schema of the mapping file, from which editors check and complete."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from connector.mapping.functions import catalogue
from connector.mapping.shape import Jmespath, MappingShape

TITLE = "Partner Central CRM Connector mapping"


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12), generated from the models that ``load`` itself validates by."""
    schema: dict[str, Any] = _tidied(MappingShape.model_json_schema())
    schema["$defs"]["Expression"] = expression = _expression()
    schema = _shared(schema, expression["examples"])
    schema["properties"]["let"]["propertyNames"] = {"pattern": "^[a-z_][A-Za-z0-9_]*$"}
    sources = [{"required": [source]} for source in ("from", "value", "template", "ref")]
    schema["$defs"]["FieldShape"]["oneOf"] = sources
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": TITLE}


def _expression() -> dict[str, Any]:
    """What an expression may be, with our functions, for editors to show."""
    functions = ", ".join(function.signature for function in catalogue() if function.ours)
    text: dict[str, Any] = _tidied(TypeAdapter(Jmespath).json_schema())
    description = f"{text['description']} Beside JMESPath's own functions: {functions}."
    return {**text, "description": description}


def _shared(value: Any, examples: list[str]) -> Any:
    """``value`` with every expression a reference to the one definition."""
    if isinstance(value, list):
        return [_shared(item, examples) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("examples") == examples and "Beside" not in value["description"]:
        own = value["description"] if not value["description"].startswith("A JMESPath") else None
        return {"$ref": "#/$defs/Expression", **({"description": own} if own else {})}
    return {key: _shared(item, examples) for key, item in value.items()}


def _tidied(value: Any) -> Any:
    """Without what pydantic adds for programs: generated titles, null defaults, null as an alternative."""
    if isinstance(value, list):
        return [_tidied(item) for item in value]
    if not isinstance(value, dict):
        return value
    tidy = {key: _tidied(item) for key, item in value.items() if not _is_noise(key, item)}
    choices = tidy.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        (other,) = (choice for choice in choices if choice != {"type": "null"})
        del tidy["anyOf"]
        tidy = {**other, **tidy}
    return tidy


def _is_noise(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)
