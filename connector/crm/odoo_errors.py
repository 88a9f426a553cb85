"""Odoo's errors in our words. Its own texts may quote a customer's values: they are read for what they are
about, and passed on only when none of the written values is in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from connector.crm import fit
from connector.errors import (
    AccessDenied,
    ConnectorError,
    NotFoundError,
    RefusedError,
    ServiceError,
    TransientError,
)
from connector.records import FieldMeta, WriteResult

SERVICE = "odoo"
NO_MODEL = "NO_MODEL"

# https://www.odoo.com/documentation/14.0/developer/reference/addons/orm.html#exceptions
_DENIED = "odoo.exceptions.AccessDenied"
_FORBIDDEN = "odoo.exceptions.AccessError"
_MISSING = "odoo.exceptions.MissingError"
# What PostgreSQL says when two transactions met: the same call, made again, works. Some servers speak their
# administrator's language.
_MET = re.compile(
    r"could not serialize|serialisieren|s[ée]rialiser|serializ[ae]r|deadlock detected"
    r"|could not obtain lock|lock timeout|connection already closed|server closed the connection",
    re.IGNORECASE,
)
# Of PostgreSQL's other errors, those that the same call would meet again.
_LASTING = re.compile(
    r"(Violation|(Data|Integrity|Programming|NotSupported|Syntax)Error|OutOfRange|Overflow|Truncation)$"
    r"|\.(Undefined|Invalid|Insufficient|Untranslatable|CharacterNot)\w+$"
)
_NO_DATABASE = re.compile(r'database ".*" does not exist', re.IGNORECASE)
_NO_MODEL = re.compile(r"^Object \S+ doesn't exist|^the model '\S+' does not exist", re.IGNORECASE)
# How ``load`` tells of an exception: Unknown error during import: <class 'odoo.exceptions.UserError'>: ...
_RAISED = re.compile(r"^[^<]{0,80}<class '([\w.]{1,200})'>:")
# Later releases give the exception's text alone, which is of a model's rights, or of a rule's about records.
_NO_RIGHT = re.compile(
    r"^(You are not allowed to \w+ '|Due to security restrictions, you are not allowed to "
    r"|Uh-oh! Looks like you have stumbled upon )"
)
_NOT_THERE = re.compile(r"^Record does not exist or has been deleted")
# Some releases have such: the record, or the session, is there again when the call is made again.
_PASSING = frozenset(("ConcurrencyError", "LockError", "SessionExpiredException"))
# What a method says of the records that it is called on; anything else is about the user or the service.
_OF_RECORDS = frozenset(("AccessError", "MissingError", "RedirectWarning", "UserError", "ValidationError"))
_LONGEST = 200  # characters of a text of Odoo's that is passed on
_TELLING = 3  # a shorter value is in any text


def translate(error: Mapping[str, Any], operation: str) -> ConnectorError:
    """What to raise for ``error``, the member of that name in an answer by JSON-RPC (code, message, data)."""
    data = error.get("data")
    data = data if isinstance(data, Mapping) else {}
    return named(
        str(data.get("name") or error.get("message") or ""), str(data.get("message") or ""), operation
    )


def named(name: str, message: str, operation: str) -> ConnectorError:
    """What to raise for the exception ``name`` (``odoo.exceptions.AccessError``)."""
    about: dict[str, Any] = {"service": SERVICE, "operation": operation, "code": name.rpartition(".")[2]}
    if _NO_DATABASE.search(message):
        return RefusedError("there is no such database", hint="check crm.database", **about)
    if _NO_MODEL.search(message):
        about["code"] = NO_MODEL
        hint = "install the app that has it, or give the user its rights"
        return NotFoundError("Odoo has no such model", hint=hint, **about)
    lasting = _LASTING.search(name)
    if _MET.search(message) or about["code"] in _PASSING or (name.startswith("psycopg2") and not lasting):
        return TransientError("the database was busy", **about)
    if name == _DENIED:
        hint = "check crm.username and crm.password (an API key is the password of its user)"
        return AccessDenied("the user name or password is wrong", hint=hint, **about)
    if name == _FORBIDDEN:
        hint = "an administrator gives the rights in Settings, Users: Sales / Administrator is enough"
        return AccessDenied(f"the user has no right to {operation}", hint=hint, **about)
    if name == _MISSING:
        return NotFoundError("the record is not there any more", **about)
    return RefusedError(f"Odoo refuses to {operation} ({about['code']})", **about)


def no_external_ids() -> AccessDenied:
    """After Odoo 14, who sells may not look them up."""
    return AccessDenied(
        "the user may not read external ids, by which records are found again",
        service=SERVICE,
        operation="find",
        code="AccessError",
        hint="an administrator gives the rights in Settings, Users: Administration / Access Rights",
    )


def broken(operation: str) -> TransientError:
    """An answer that is not whole. Taken for what it seems, it would say that there is nothing."""
    return TransientError(
        "an empty or cut answer, or none of Odoo's",
        service=SERVICE,
        operation=operation,
        code="BROKEN_ANSWER",
    )


def row_error(
    message: Mapping[str, Any], fields: Mapping[str, FieldMeta], values: Collection[object]
) -> WriteResult:
    """What one of the messages of ``load`` says of its row; ``values`` are what was written."""
    text = str(message.get("message") or "")
    raised = _raised(text)
    if raised in (_FORBIDDEN, _MISSING):
        return fit.forbidden() if raised == _FORBIDDEN else fit.gone()
    name = message.get("field")
    field = name if isinstance(name, str) and name in fields else _mentioned(text, fields)
    if _MET.search(text):
        return WriteResult(error="somebody else was writing it", code="locked", again=True)
    if re.search(r"Missing required value|mandatory field is not set|null value in column", text):
        return fit.required(field)
    if re.search(r"No matching record found|Invalid database id|_fkey\b", text):
        targets = fields[field].reference_to if field else ()
        return fit.lost_reference(field, targets[0]) if field and targets else fit.refused(field)
    if "not found in selection field" in text:
        return WriteResult(error="not in the field's list of values", field=field, code="picklist")
    if "duplicate key value" in text:
        return fit.duplicate(field)
    if "does not seem to be" in text:
        return WriteResult(error="not of the field's type", field=field, code="unfit")
    return WriteResult(error=_refusal(text, values), field=field, code="refused")


def is_forbidden(answer: Mapping[str, Any]) -> bool:
    """Whether ``load`` has done nothing because the user may not."""
    texts = (str(said.get("message")) for said in answer.get("messages") or () if isinstance(said, Mapping))
    return _FORBIDDEN in map(_raised, texts)


def is_of_records(error: ServiceError) -> bool:
    """Whether ``error`` is about the records that a method was called on, and not about all there are."""
    return error.code in _OF_RECORDS


def refusal(error: ServiceError) -> WriteResult:
    """What an ``error`` that is of a record means for it."""
    if error.code == "MissingError":
        return fit.gone()
    return (
        fit.forbidden() if error.code == "AccessError" else WriteResult(error=error.message, code="refused")
    )


def _raised(text: str) -> str | None:
    """The exception that one of the texts of ``load`` is of, if it tells."""
    raised = _RAISED.match(text)
    if raised:
        return raised[1]
    if _NO_RIGHT.match(text):
        return _FORBIDDEN
    return _MISSING if _NOT_THERE.match(text) else None


def _mentioned(text: str, fields: Mapping[str, FieldMeta]) -> str | None:
    """The field in brackets at the end of Odoo's texts: ``Field: Opportunity (name)``."""
    found = re.findall(r"\(([a-z][a-z0-9_]*)\)", text)
    return next((name for name in reversed(found) if name in fields), None)


def _refusal(text: str, values: Collection[object]) -> str:
    said = " ".join(_RAISED.sub("", text).split())
    quoted = any(len(str(value)) >= _TELLING and str(value).casefold() in said.casefold() for value in values)
    if not said or quoted or len(said) > _LONGEST or "\\n" in said or "Traceback" in said:
        return "Odoo refuses the record"
    return f"Odoo refuses the record: {said}"
