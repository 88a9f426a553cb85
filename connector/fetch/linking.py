"""The CRM's id in the AWS opportunity, so that each side can be found from the other.

``UpdateOpportunity`` replaces the whole: what is left out is cleared. So the opportunity is read first, and
sent back as it was but for ``PartnerOpportunityIdentifier``; when somebody changed it in between, it is read
again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from connector.errors import RefusedError, UsageError
from connector.fetch.engagements import Service
from connector.fetch.service_model import service_model

log = logging.getLogger(__name__)

UPDATE = "UpdateOpportunity"
MEMBER = "PartnerOpportunityIdentifier"
TRIES = 3  # at an opportunity that others are changing at the same time


def link(service: Service, opportunity: str, record_id: str) -> bool:
    """Whether the opportunity had to be changed to hold ``record_id``. Raises RefusedError when AWS does not
    take it, when it keeps changing, or holds what the installed boto3 cannot send back."""
    for _ in range(TRIES):
        current = service.read("GetOpportunity", Identifier=opportunity)
        if current.get(MEMBER) == record_id:
            return False
        try:
            service.write(UPDATE, "Id", **request(current, opportunity, record_id))
        except RefusedError as error:
            if error.code != "ConflictException":
                raise
            log.info("opportunity %s has changed meanwhile: reading it again", opportunity)
            continue
        except UsageError as error:  # by boto3's own check: answers may lack what their model requires
            raise _refused(
                f"opportunity {opportunity} cannot be sent back as it is: {error.message}"
            ) from None
        return True
    raise _refused(f"opportunity {opportunity} keeps changing", code="ConflictException")


def request(current: Mapping[str, Any], opportunity: str, record_id: str) -> dict[str, Any]:
    """What ``UpdateOpportunity`` has to be sent so that nothing but the link changes. Raises RefusedError for
    members that the model does not know: they would be cleared."""
    shape = service_model().operation_model(UPDATE).input_shape
    answered = service_model().operation_model("GetOpportunity").output_shape
    if not isinstance(shape, StructureShape) or not isinstance(answered, StructureShape):
        raise TypeError(f"{UPDATE} takes no structure")
    _check_known(current, answered)
    kept = {name: value for name, value in current.items() if name in shape.members and value is not None}
    sent = {name: _sendable(value, shape.members[name], name) for name, value in kept.items()}
    sent.pop("Catalog", None)  # the caller's own
    return {**sent, "Identifier": opportunity, MEMBER: record_id}


def _sendable(value: Any, shape: Shape, path: str) -> Any:
    """``value`` without nulls, which the API answers with but does not take."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        _check_known(value, shape, f"{path}.")
        return {
            name: _sendable(member, shape.members[name], f"{path}.{name}")
            for name, member in value.items()
            if member is not None
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_sendable(item, shape.member, path) for item in value if item is not None]
    return dict(value) if isinstance(shape, MapShape) else value


def _check_known(value: Mapping[str, Any], shape: StructureShape, path: str = "") -> None:
    unknown = [name for name in value if name not in shape.members and value[name] is not None]
    if unknown:
        message = f"{path}{unknown[0]} is not known to the installed boto3, and an update would clear it"
        raise _refused(message, hint="upgrade boto3")


def _refused(message: str, *, code: str = "", hint: str | None = None) -> RefusedError:
    return RefusedError(message, service="partnercentral-selling", operation=UPDATE, code=code, hint=hint)
