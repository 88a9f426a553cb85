"""What botocore's service model says of an invitation, loaded without a client (and without boto3)."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.loaders import create_loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape

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
