"""The errors that the operations answer with."""

from __future__ import annotations

from tests.servers.aws_json import ServiceFault
from tests.servers.service_model import Problem


def wrong(field: str, code: str, message: str) -> Problem:
    return {"FieldName": field, "Code": code, "Message": message}


def invalid(wrong: list[Problem]) -> ServiceFault:
    message = " ".join(problem["Message"] for problem in wrong)
    members = {"Reason": "REQUEST_VALIDATION_FAILED", "ErrorList": wrong}
    return ServiceFault("ValidationException", message, members)


def bad_token(why: str) -> ServiceFault:
    return invalid([wrong("NextToken", "INVALID_VALUE", f"NextToken is {why}.")])


def missing(identifier: str) -> ServiceFault:
    return ServiceFault("ResourceNotFoundException", f"Engagement invitation {identifier} was not found.")


def denied(operation: str) -> ServiceFault:
    message = f"User is not authorized to perform: partnercentral:{operation}"
    return ServiceFault("AccessDeniedException", message, {"Reason": None})
