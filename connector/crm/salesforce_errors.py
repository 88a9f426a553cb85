"""What Salesforce's errors mean: try again, sign in again, stop for today, or whose fault they are.

They are told by ``errorCode``, never by status or exception class. Salesforce puts customers' values and
people's names into its messages, so none of its words are passed on but names of fields and objects.

https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson

from connector.errors import (
    AccessDenied,
    BudgetExhausted,
    NotFoundError,
    RefusedError,
    ServiceError,
    TransientError,
)
from connector.match import normalized
from connector.records import WriteResult
from connector.retry import retry_after

SERVICE = "salesforce"
Kind = Literal["transient", "session", "budget", "setup", "record"]

# A record's moment: it alone is worth sending again.
LOCKED = frozenset({"UNABLE_TO_LOCK_ROW", "RECORD_IN_USE_BY_WORKFLOW", "ALREADY_IN_PROCESS", "NOT_PROCESSED"})
_PASSING = LOCKED | {
    "SERVER_UNAVAILABLE",
    "SERVICE_UNAVAILABLE",
    "REQUEST_RUNNING_TOO_LONG",
    "QUERY_TIMEOUT",
    "TOO_MANY_APEX_REQUESTS",
    "UNKNOWN_EXCEPTION",
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
    "PROCESSING_HALTED",
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "INVALID_QUERY_LOCATOR",  # a page that waited too long: the query is asked anew
    "CONCURRENT_REQUESTS_LIMIT_EXCEEDED",
}
# One record (a trigger that fails at it), or too many for the org's triggers, as well as an org in trouble.
_BREAKS = frozenset({"REQUEST_RUNNING_TOO_LONG", "UNKNOWN_EXCEPTION"})
_PASSING_STATUS = frozenset({406, 408, 420, 425, 429, 500, 502, 503, 504})
_SETUP = frozenset(
    {
        "API_CURRENTLY_DISABLED",
        "API_DISABLED_FOR_ORG",
        "FUNCTIONALITY_NOT_ENABLED",
        "INSUFFICIENT_ACCESS",
        "INVALID_FIELD",
        "INVALID_LOGIN",
        "INVALID_OPERATION_WITH_EXPIRED_PASSWORD",
        "INVALID_TYPE",
        "IP_RANGE_LIMIT_EXCEEDED",
        "LICENSE_LIMIT_EXCEEDED",
        "MALFORMED_QUERY",
        "PACKAGE_LICENSE_REQUIRED",
        "STORAGE_LIMIT_EXCEEDED",
        "UNSUPPORTED_API_VERSION",
    }
)
_LIMIT = "REQUEST_LIMIT_EXCEEDED"
_SESSION = "INVALID_SESSION_ID"
_DUPLICATES = "DUPLICATES_DETECTED"

_WORDS = {
    "BAD_CUSTOM_ENTITY_PARENT_DOMAIN": "the record that it refers to cannot be its parent",
    "CANNOT_EXECUTE_FLOW_TRIGGER": "a flow of the org failed on it: an administrator can see why",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "a trigger or flow of the org refuses it",
    "CANNOT_UPDATE_CONVERTED_LEAD": "the lead has been converted",
    "DELETE_FAILED": "it cannot be deleted",
    "DUPLICATES_DETECTED": "a duplicate rule of the org takes it for a record that is there already",
    "DUPLICATE_EXTERNAL_ID": "several records have this key",
    "DUPLICATE_VALUE": "another record has the same value already",
    "ENTITY_IS_ARCHIVED": "the record is archived",
    "ENTITY_IS_DELETED": "the record is gone",
    "ENTITY_IS_LOCKED": "the record is locked by an approval",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "a validation rule of the org refuses it",
    "FIELD_FILTER_VALIDATION_EXCEPTION": "the record that it refers to does not pass the field's filter",
    "FIELD_INTEGRITY_EXCEPTION": "not a value that the field takes",
    "INACTIVE_OWNER_OR_USER": "the owner is no active user",
    "INSUFFICIENT_ACCESS": "our user may not do this to the record",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "our user may not use the record that it refers to",
    "INSUFFICIENT_ACCESS_OR_READONLY": "our user may not change this record",
    "INVALID_CROSS_REFERENCE_KEY": "refers to a record that is not there",
    "INVALID_CURRENCY_ISO": "a currency that the org does not have",
    "INVALID_EMAIL_ADDRESS": "no valid e-mail address",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "a field that cannot be written here",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "not in the field's list of values",
    "INVALID_TYPE_ON_FIELD_IN_RECORD": "not of the field's type",
    "INVALID_PERSON_ACCOUNT_OPERATION": "a person's account cannot be written so",
    "JSON_PARSER_ERROR": "not of the field's type",
    "MALFORMED_ID": "no id of a record",
    "NUMBER_OUTSIDE_VALID_RANGE": "more than the field holds",
    "REQUIRED_FIELD_MISSING": "must be filled in",
    "STRING_TOO_LONG": "longer than the field holds",
    "TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET": "characters that the org does not keep",
    "TRANSFER_REQUIRES_READ": "the owner may not read the object",
    "UNABLE_TO_LOCK_ROW": "somebody else is writing to it, or to what it refers to",
    "NOT_PROCESSED": "the job ended before its turn",
}
# The codes that a rehearsal and the other CRMs have for the same.
_COMMON = {"ENTITY_IS_DELETED": "gone"}

_HINTS = {
    "API_DISABLED_FOR_ORG": "the org's edition, or our user's profile, has no API access",
    "INSUFFICIENT_ACCESS": "give our user the permission set of `crm-connector salesforce fields`",
    "INVALID_FIELD": "`crm-connector mapping check --crm` shows which; our user may lack access to it",
    "INVALID_TYPE": "`crm-connector mapping check --crm` shows which; our user may lack access to it",
    "STORAGE_LIMIT_EXCEEDED": "the org has no room for more records",
    "UNSUPPORTED_API_VERSION": "set crm.api_version to one that the org has",
}
_NAME = r"[A-Za-z][A-Za-z0-9_]{0,79}"
_NAMED = (  # how messages name what is at fault
    re.compile(rf"No such column '({_NAME})' on"),
    re.compile(rf"sObject type '({_NAME})' is not supported"),
    re.compile(rf"Unable to create/update fields: ({_NAME})"),
)
_FIELD = (
    re.compile(rf"Required fields are missing: \[({_NAME})[\],]"),
    re.compile(
        rf"^({_NAME}): (?:data value too large|bad value for restricted picklist|value not of|value outside)"
    ),
    re.compile(rf"^({_NAME}): invalid email address"),
    re.compile(rf"duplicate value found: ({_NAME}) duplicates value"),
    re.compile(rf"Unable to create/update fields: ({_NAME})"),
)
_SHOWN = 3  # records of other objects that an error names
_TELLING = 20  # characters of a value that tell whose it is: a message may cut it short
_NO_PARENT = re.compile(
    rf"Foreign key external ID: .* not found for field {_NAME} in entity {_NAME}", re.DOTALL
)


def kind_of(code: str, message: str = "") -> Kind:
    """What an ``errorCode`` calls for. One that nobody has heard of is the record's own fault."""
    if code == _LIMIT:
        return "budget" if "TotalRequests" in message else "transient"
    if code == _SESSION:
        return "session"
    if code in _PASSING:
        return "transient"
    return "setup" if code in _SETUP else "record"


def first_error(body: bytes) -> tuple[str, str]:
    """Code and message of an error's body; empty where it has none (HTML, a cut answer)."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "", ""
    if isinstance(answer, list):
        answer = answer[0] if answer else {}
    if not isinstance(answer, dict):
        return "", ""
    code = answer.get("errorCode") or answer.get("error") or ""
    message = answer.get("message") or answer.get("error_description") or ""
    # What is no code (a proxy's own sentence) could be anybody's words, and ours name the code.
    return code if isinstance(code, str) and re.fullmatch(_NAME, code) else "", str(message)


def translate(status: int, body: bytes, headers: Mapping[str, str], operation: str) -> ServiceError:
    """An answer that is an error, as one of ours; its words hold nothing that Salesforce said."""
    code, message = first_error(body)
    kind = kind_of(code, message) if code else "record"
    if kind == "budget":
        return exhausted("the org's API calls for 24 hours are used up")
    if kind == "session" or (status == 401 and not code):
        return AccessDenied(
            "Salesforce refuses the session", service=SERVICE, operation=operation, code=_SESSION
        )
    if kind == "transient" or (not code and status in _PASSING_STATUS) or status in (420, 429, 502, 503, 504):
        code, wish = code or f"HTTP {status}", retry_after(headers)
        said = f"Salesforce is not able to answer {operation} at the moment: {code}"
        fewer = code in _BREAKS
        return TransientError(
            said, service=SERVICE, operation=operation, code=code, retry_after=wish, fewer=fewer
        )
    return _refused(status, code or f"HTTP {status}", message, operation)


def _refused(status: int, code: str, message: str, operation: str) -> ServiceError:
    named = next((match[1] for pattern in _NAMED if (match := pattern.search(message))), "")
    said = f"Salesforce refuses {operation}: {code}" + (f" ({named})" if named else "")
    if code == "HTTP 404":  # no answer of the API's own: nothing is said of the thing that was asked for
        hint = "check crm.api_version, and crm.login_url or auth.instance_url"
        return RefusedError(said, service=SERVICE, operation=operation, code=code, hint=hint)
    if status == 404 or code == "NOT_FOUND":
        return NotFoundError(said, service=SERVICE, operation=operation, code=code)
    if status == 403 or code.startswith(("INSUFFICIENT_ACCESS", "API_")):
        return AccessDenied(said, service=SERVICE, operation=operation, code=code, hint=_HINTS.get(code))
    if 300 <= status < 400:
        hint = "the org may have moved: check crm.login_url, or auth.instance_url"
        return RefusedError(said, service=SERVICE, operation=operation, code=code, hint=hint)
    return RefusedError(said, service=SERVICE, operation=operation, code=code, hint=_HINTS.get(code))


def exhausted(what: str, hours: int = 24) -> BudgetExhausted:
    """The org's rolling ``hours`` have no room for our calls. When there is room again depends on when others
    called; at the latest after that time."""
    at = datetime.now(UTC) + timedelta(hours=hours)
    until = f"{at:%Y-%m-%d %H:%M} UTC"
    hint = f"run again later for what is left: there is room at the latest at {until}"
    return BudgetExhausted(what, service=SERVICE, available_at=at, hint=hint)


def record_error(error: Mapping[str, Any], values: Collection[str] = (), object: str = "") -> WriteResult:
    """One record's error, from sObject Collections (``statusCode``, ``message``, ``fields``).

    ``object`` is what it is a record of; ``values`` are the texts that were to be written: a validation
    rule's message, which the org's administrator has worded, is passed on when it holds none of them. Raises
    ServiceError when not the record but the set-up is at fault: every record would be refused.
    """
    code = error.get("statusCode") or error.get("errorCode")
    if not isinstance(code, str) or not re.fullmatch(r"[A-Z][A-Z0-9_]{0,79}", code):
        code = "UNKNOWN_EXCEPTION"
    message = str(error.get("message") or "")
    if code == "INVALID_FIELD" and _NO_PARENT.match(message):
        code = "INVALID_CROSS_REFERENCE_KEY"  # the record names a parent by a key that nothing has
    kind = kind_of(code, message)
    field = _field(error.get("fields"), message, values)
    if kind == "budget":
        raise exhausted("the org's API calls for 24 hours are used up")
    if kind in ("setup", "session") and code != "INSUFFICIENT_ACCESS":
        raise _refused(400, code, message, "write")
    words = _WORDS.get(code, f"the org refuses it: {code}")
    if code == "FIELD_CUSTOM_VALIDATION_EXCEPTION":
        words += _administrators(message, values)
    duplicates = list(_duplicates(error)) if code == _DUPLICATES else []
    others = [f"{name} {id_}" for name, id_ in duplicates if name not in ("", object)]
    return WriteResult(
        error=": ".join(filter(None, (words, ", ".join(others[:_SHOWN])))),
        field=field,
        code=_COMMON.get(code, code),
        again=kind == "transient",
        duplicates=tuple(id_ for name, id_ in duplicates if name in ("", object))
        if code == _DUPLICATES
        else None,
    )


def _field(fields: Any, message: str, values: Collection[str]) -> str | None:
    """The field at fault: as said, or as the message names it; never a word of what was to be written."""
    named = [name for name in fields if isinstance(name, str)] if isinstance(fields, list) else []
    named += [match[1] for pattern in _FIELD if (match := pattern.search(message))]
    return next((name for name in named if re.fullmatch(_NAME, name) and name not in values), None)


def _administrators(message: str, values: Collection[str]) -> str:
    """A validation rule's own words, unless they quote what was to be written, or how it begins."""
    text = " ".join(message.split())
    said = _folded(html.unescape(text))
    quoted = any(_folded(value)[:_TELLING] in said for value in values if len(value.strip()) > 2)
    return f": {text[:255]}" if text and text.isprintable() and not quoted else ""


def _folded(text: str) -> str:
    return " ".join(normalized("NFKC", text).casefold().split())


def _duplicates(error: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Object, where it is said, and id of what a rule found: a rule for leads may look among contacts."""
    result = error.get("duplicateResult")
    matches = result.get("matchResults") if isinstance(result, Mapping) else None
    for match in matches or ():
        for found in match.get("matchRecords") or () if isinstance(match, Mapping) else ():
            record = found.get("record") if isinstance(found, Mapping) else None
            if not isinstance(record, Mapping):
                continue
            said, identifier = record.get("attributes"), record.get("Id")
            name = said.get("type") if isinstance(said, Mapping) else None
            if isinstance(identifier, str) and re.fullmatch(r"[A-Za-z0-9]{15,18}", identifier):
                yield name if isinstance(name, str) and re.fullmatch(_NAME, name) else "", identifier
