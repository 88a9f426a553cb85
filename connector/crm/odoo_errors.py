"""Odoo's errors in our words. Its own texts may quote a customer's values: they are read for what they are
about, and passed on only when none of the written values is in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from connector.crm import fit
from connector.errors import AccessDenied, ConnectorError, NotFoundError, RefusedError, TransientError
from connector.records import FieldMeta, WriteResult

SERVICE = "odoo"
NO_MODEL = "NO_MODEL"

# https://www.odoo.com/documentation/14.0/developer/reference/addons/orm.html#exceptions
_DENIED = "odoo.exceptions.AccessDenied"
_FORBIDDEN = "odoo.exceptions.AccessError"
_MISSING = "odoo.exceptions.MissingError"
# What PostgreSQL says when two transactions met: the same call, made again, works.
_MET = re.compile(
    r"could not serialize|deadlock detected|could not obtain lock|lock timeout"
    r"|connection already closed|server closed the connection",
    re.IGNORECASE,
)
_NO_DATABASE = re.compile(r'database ".*" does not exist', re.IGNORECASE)
_NO_MODEL = re.compile(r"^Object \S+ doesn't exist|^the model '\S+' does not exist", re.IGNORECASE)
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
    if _MET.search(message) or name.startswith("psycopg2"):
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


def row_error(
    message: Mapping[str, Any], fields: Mapping[str, FieldMeta], values: Collection[object]
) -> WriteResult:
    """What one of the messages of ``load`` says of its row; ``values`` are what was written."""
    text = str(message.get("message") or "")
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


def _mentioned(text: str, fields: Mapping[str, FieldMeta]) -> str | None:
    """The field in brackets at the end of Odoo's texts: ``Field: Opportunity (name)``."""
    found = re.findall(r"\(([a-z][a-z0-9_]*)\)", text)
    return next((name for name in reversed(found) if name in fields), None)


def _refusal(text: str, values: Collection[object]) -> str:
    said = " ".join(text.split())
    quoted = any(len(str(value)) >= _TELLING and str(value).casefold() in said.casefold() for value in values)
    if not said or quoted or len(said) > _LONGEST or "\\n" in said or "Traceback" in said:
        return "Odoo refuses the record"
    return f"Odoo refuses the record: {said}"
