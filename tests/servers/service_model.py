"""botocore's model of Partner Central Selling from the service's side: check requests, shape answers."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StringShape, StructureShape

TYPES: dict[str, type | tuple[type, ...]] = {
    "structure": dict,
    "list": list,
    "map": dict,
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
    "blob": str,
}
Problem = dict[str, str]


@functools.cache
def service_model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("partnercentral-selling", "service-2"))


@functools.cache
def operation_model(name: str) -> OperationModel | None:
    """The operation, or None when the service has no such operation."""
    model = service_model()
    return model.operation_model(name) if name in model.operation_names else None


def input_shape(operation: str) -> StructureShape:
    model = operation_model(operation)
    assert model is not None and model.input_shape is not None
    return model.input_shape


def output_shape(operation: str) -> StructureShape:
    model = operation_model(operation)
    assert model is not None and model.output_shape is not None
    return model.output_shape


def enum(shape_name: str) -> list[str]:
    """The values of an enum shape, in the model's order."""
    shape = service_model().shape_for(shape_name)
    assert isinstance(shape, StringShape)
    return list(shape.enum)


@functools.cache
def _pattern(text: str) -> re.Pattern[str]:
    # Python has no Unicode properties: these are the nearest, as the patterns of tags use them.
    for theirs, ours in ((r"\p{L}", r"\w"), (r"\p{N}", r"\w"), (r"\p{Z}", r"\s")):
        text = text.replace(theirs, ours)
    return re.compile(text)


def _problem(path: str, code: str, message: str) -> Problem:
    return {"FieldName": path, "Code": code, "Message": message}


def problems(shape: Shape, value: Any, path: str = "") -> Iterator[Problem]:
    """What is wrong with a value, as members of ``ValidationException.ErrorList``.

    A null is an absent member; members that the model does not know are ignored, as AWS JSON services do.
    """
    expected = TYPES[shape.type_name]
    if not isinstance(value, expected) or (isinstance(value, bool) and shape.type_name != "boolean"):
        yield _problem(path, "INVALID_VALUE", f"{path or 'body'} must be a {shape.type_name}.")
    elif isinstance(shape, StructureShape):
        yield from _structure_problems(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _list_problems(shape, value, path)
    elif isinstance(shape, StringShape) or shape.type_name in ("string", "integer", "long"):
        yield from _scalar_problems(shape, value, path)


def _structure_problems(shape: StructureShape, value: Any, path: str) -> Iterator[Problem]:
    for name, member in shape.members.items():
        where = f"{path}.{name}" if path else name
        if value.get(name) is not None:
            yield from problems(member, value[name], where)
        elif name in shape.required_members:
            yield _problem(where, "REQUIRED_FIELD_MISSING", f"{where} is required.")


def _list_problems(shape: ListShape, value: Any, path: str) -> Iterator[Problem]:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", len(value))
    if len(value) < least:
        yield _problem(path, "NOT_ENOUGH_VALUES", f"{path} must have at least {least} values.")
    if len(value) > most:
        yield _problem(path, "TOO_MANY_VALUES", f"{path} must have at most {most} values.")
    for index, item in enumerate(value):
        yield from problems(shape.member, item, f"{path}[{index}]")


def _scalar_problems(shape: Shape, value: Any, path: str) -> Iterator[Problem]:
    rules = shape.metadata
    size = len(value) if isinstance(value, str) else value
    if "enum" in rules and value not in rules["enum"]:
        yield _problem(path, "INVALID_ENUM_VALUE", f"{path} must be one of {', '.join(rules['enum'])}.")
    if "pattern" in rules and not _pattern(rules["pattern"]).fullmatch(str(value)):
        yield _problem(path, "INVALID_STRING_FORMAT", f"{path} must match {rules['pattern']}.")
    if not rules.get("min", size) <= size <= rules.get("max", size):
        bounds = f"{rules.get('min', '')}..{rules.get('max', '')}"
        yield _problem(path, "VALUE_OUT_OF_RANGE", f"{path} must be within {bounds}.")


def shaped(shape: Shape, value: Any) -> Any:
    """An answer as the service writes it: absent members null (but in a union), unknown ones let through,
    moments as ISO 8601 with nine fractional digits. Recorded answers do all three."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        members = _members(shape)
        absent = () if shape.is_tagged_union else members.keys() - value.keys()
        known = {
            name: shaped(members[name], item) if name in members else item for name, item in value.items()
        }
        return known | dict.fromkeys(absent)
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [shaped(shape.member, item) for item in value]
    return moment(value) if isinstance(value, datetime) else value


@functools.cache
def _members_of(name: str) -> dict[str, Shape]:
    shape = service_model().shape_for(name)
    assert isinstance(shape, StructureShape)
    return dict(shape.members)


def _members(shape: StructureShape) -> dict[str, Shape]:
    return _members_of(shape.name)


def moment(value: datetime, nanoseconds: int | None = None) -> str:
    """``2025-01-24T20:48:55.457306587Z``: the service writes nine fractional digits."""
    fraction = value.microsecond * 1000 if nanoseconds is None else nanoseconds
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z"
