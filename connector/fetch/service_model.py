"""What botocore's service model says of an invitation, loaded without a client (and without boto3)."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

from botocore.loaders import create_loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape

from connector.mapping.places import Fact
from connector.mapping.uses import MEMBERS

SERVICE = "partnercentral-selling"


@cache
def service_model() -> ServiceModel:
    """The model of ``partnercentral-selling`` that the installed botocore ships."""
    return ServiceModel(create_loader().load_service_model(SERVICE, "service-2"), SERVICE)


def member_tree(operation: str = "GetEngagementInvitation") -> dict[str, Any]:
    """The members of an operation's answer: structures are dicts, lists hold one element, scalars are None.

    A structure inside itself (the model has none today) is left empty.
    """
    return _members(_output(operation), ())


def enum_values(operation: str = "GetEngagementInvitation") -> dict[str, list[str]]:
    """The values the model knows for each member that has an enumeration, by dotted path (lists add no step):
    ``{"Payload.OpportunityInvitation.Customer.Industry": ["Aerospace", ...]}``. The service may add more."""
    found: dict[str, list[str]] = {}
    _enums(_output(operation), (), (), found)
    return found


def member_facts(operation: str = "GetEngagementInvitation") -> dict[str, Fact]:
    """What the model documents of each member, by dotted path (lists add no step): its kind, the most
    characters it has, and whether the structure it stands in always has it."""
    found: dict[str, Fact] = {}
    _facts(_output(operation), (), (), False, found)
    return found


def mappable() -> tuple[dict[str, Any], dict[str, list[str]], dict[str, Fact]]:
    """The tree, enumerations and facts of all that a mapping can name: an invitation's members, and those
    that stand beside them once it is accepted."""
    tree, enums, facts = member_tree(), enum_values(), member_facts()
    for name, operation in MEMBERS.items():
        tree[name] = member_tree(operation)
        enums |= {f"{name}.{path}": values for path, values in enum_values(operation).items()}
        # Until it is accepted there is none of it.
        facts |= {
            f"{name}.{path}": replace(fact, always=False) for path, fact in member_facts(operation).items()
        }
    return tree, enums, facts


def paging(operation: str) -> dict[str, Any]:
    """How botocore's paginators walk an operation's pages: the names of its tokens, limit and result."""
    pagination: dict[str, dict[str, Any]] = create_loader().load_service_model(SERVICE, "paginators-1")[
        "pagination"
    ]
    return pagination[operation]


def most_values(operation: str, member: str) -> int | None:
    """How many values the model allows in a list member of an operation's request; None for any number."""
    request = service_model().operation_model(operation).input_shape
    most = request.members[member].metadata.get("max") if request is not None else None
    return int(most) if most is not None else None


def _output(operation: str) -> StructureShape:
    shape = service_model().operation_model(operation).output_shape
    if not isinstance(shape, StructureShape):
        raise TypeError(f"{operation} has no structured answer")
    return shape


def _members(shape: StructureShape, within: tuple[str, ...]) -> dict[str, Any]:
    if shape.name in within:
        return {}
    return {name: _tree(member, (*within, shape.name)) for name, member in shape.members.items()}


def _tree(shape: Shape, within: tuple[str, ...]) -> Any:
    if isinstance(shape, StructureShape):
        return _members(shape, within)
    if isinstance(shape, ListShape):
        return [_tree(shape.member, within)]
    return {} if isinstance(shape, MapShape) else None


def _enums(shape: Shape, path: tuple[str, ...], within: tuple[str, ...], found: dict[str, list[str]]) -> None:
    if isinstance(shape, StructureShape) and shape.name not in within:
        for name, member in shape.members.items():
            _enums(member, (*path, name), (*within, shape.name), found)
    elif isinstance(shape, ListShape):
        _enums(shape.member, path, within, found)
    elif isinstance(shape, StringShape) and shape.enum:
        found[".".join(path)] = list(shape.enum)


def _facts(
    shape: Shape, path: tuple[str, ...], within: tuple[str, ...], always: bool, found: dict[str, Fact]
) -> None:
    if isinstance(shape, ListShape):
        _facts(shape.member, path, within, False, found)
        return
    if path:
        found[".".join(path)] = Fact(_kind(shape), _longest(shape), always)
    if isinstance(shape, StructureShape) and shape.name not in within:
        for name, member in shape.members.items():
            is_required = name in shape.required_members
            _facts(member, (*path, name), (*within, shape.name), is_required, found)


_KINDS = {"boolean": "boolean", "timestamp": "datetime"}
_KINDS |= dict.fromkeys(("integer", "long"), "integer") | dict.fromkeys(("double", "float"), "number")
# What texts look like that are more than text: `Date` and `Amount` are strings with a pattern.
_TEXTS = ("text", "any text", "example.com")
_LIKE = {"date": "2026-01-31", "number": "12.50"}


def _kind(shape: Shape) -> str:
    """The kind of a scalar; "" where the model says no more than "string"."""
    if not isinstance(shape, StringShape):
        return _KINDS.get(shape.type_name, "")
    pattern = shape.metadata.get("pattern")
    if pattern is None:
        return "text" if shape.enum or "max" in shape.metadata else ""
    if any(re.fullmatch(pattern, sample) for sample in _TEXTS):
        return "text"
    return next((kind for kind, sample in _LIKE.items() if re.fullmatch(pattern, sample)), "text")


# How the model writes a greatest length: of any characters, of some, or in front of what they are.
_LENGTH = re.compile(r"(?:\(\?s\)\.|\[[^\]]+\])\{\d+,(\d+)\}|\(\?=\.\{\d+,(\d+)\}\$\)(?!.*arn:).*", re.DOTALL)


def _longest(shape: Shape) -> int | None:
    """The most characters of a text: by `max`, its values or its pattern. (What may also be an ARN in a
    request is the short identifier in an answer, so that the length of an ARN says nothing.)"""
    if not isinstance(shape, StringShape):
        return None
    if shape.enum:
        return max(map(len, shape.enum))
    if "max" in shape.metadata:
        return int(shape.metadata["max"])
    found = _LENGTH.fullmatch(shape.metadata.get("pattern") or "")
    return int(found[1] or found[2]) if found else None
