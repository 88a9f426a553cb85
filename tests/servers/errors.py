"""The errors that the operations answer with."""

from __future__ import annotations

from tests.servers.aws_json import ServiceFault
from tests.servers.service_model import Problem


def wrong(field: str, code: str, message: str) -> Problem:
    return {"FieldName": field, "Code": code, "Message": message}


def invalid(wrong: list[Problem], reason: str = "REQUEST_VALIDATION_FAILED") -> ServiceFault:
    message = " ".join(problem["Message"] for problem in wrong)
    members = {"Reason": reason, "ErrorList": wrong}
    return ServiceFault("ValidationException", message, members)


def refused(field: str, code: str, message: str) -> ServiceFault:
    """The request is well-formed, but the state of things forbids it."""
    return invalid([wrong(field, code, message)], "BUSINESS_VALIDATION_FAILED")


def bad_token(why: str) -> ServiceFault:
    return invalid([wrong("NextToken", "INVALID_VALUE", f"NextToken is {why}.")])


def missing(identifier: str, what: str = "Engagement invitation") -> ServiceFault:
    return ServiceFault("ResourceNotFoundException", f"{what} {identifier} was not found.")


def conflict(message: str) -> ServiceFault:
    return ServiceFault("ConflictException", message)


def quota_exceeded() -> ServiceFault:
    """A quota of the account, not of calls: waiting does not help."""
    return ServiceFault("ServiceQuotaExceededException", "You have reached a service quota.", status=402)


def denied(operation: str) -> ServiceFault:
    message = f"User is not authorized to perform: partnercentral:{operation}"
    return ServiceFault("AccessDeniedException", message, {"Reason": None})
