"""HubSpot's errors in our words. Its own texts quote customers' values: they are read for what they are
about, and never passed on.

https://developers.hubspot.com/docs/api-reference/error-handling
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connector.crm import fit
from connector.errors import (
    AccessDenied,
    BudgetExhausted,
    ConnectorError,
    NotFoundError,
    RefusedError,
    TransientError,
)
from connector.records import FieldMeta, WriteResult
from connector.retry import retry_after

SERVICE = "hubspot"
NO_TOKEN = "INVALID_AUTHENTICATION"  # noqa: S105 - HubSpot's word for a token that is not valid
_WHERE = "Development, Keys, Service keys; that of a private app at Development, Legacy apps"
# How long a limit lasts, in seconds. The daily one is another matter: it ends at the account's midnight.
_WAITS: Mapping[str, float] = {"TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0}
# 477: HubSpot is moving the account to another data centre; 423: high volume, wait two seconds at least.
_PASSING = frozenset({408, 423, 425, 429, 477})
_LOCKED = 2.0  # seconds
_CONFLICTS = ("CONFLICT", "OBJECT_ALREADY_EXISTS")
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,79}")
_SCOPE = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_LONGEST = 10_000  # characters of a message that are looked at: it may quote a customer's text
_LIMIT = re.compile(r"your (\w+) limit", re.IGNORECASE)
_EMBEDDED = re.compile(r"\[\s*\{.*\}\s*\]", re.DOTALL)


class Rejection(RefusedError):
    """HubSpot refuses a whole call as it stands. ``body``, which may hold customers' values, says why."""

    def __init__(self, body: Mapping[str, Any], *, status: int, operation: str) -> None:
        code = _code(body.get("category")) or f"HTTP {status}"
        super().__init__(
            f"HubSpot refuses to {operation} ({code})", service=SERVICE, operation=operation, code=code
        )
        self.status = status
        self.body = body


def translate(status: int, body: bytes, headers: Mapping[str, str], operation: str) -> ConnectorError:
    """What to raise for an answer that is no success."""
    said = _parsed(body)
    about: dict[str, Any] = {"service": SERVICE, "operation": operation}
    policy = _policy(said) if status == 429 else ""
    about["code"] = policy or _code(said.get("category")) or f"HTTP {status}"
    if policy == "DAILY":
        return _exhausted()
    if status in _PASSING or status >= 500:
        wait = retry_after(headers)
        if wait is None:
            wait = _LOCKED if status == 423 else _WAITS.get(policy)
        words = "too many calls at once" if status == 429 else "HubSpot is not able to answer now"
        return TransientError(words, retry_after=wait, **about)
    if status == 401:
        about["code"] = NO_TOKEN
        hint = f"check crm.access_token: HubSpot shows it at {_WHERE}"
        return AccessDenied("the access token is not valid (any more)", hint=hint, **about)
    if status == 403:
        return AccessDenied(f"the access token has no right to {operation}", hint=_scopes(said), **about)
    if said and status in (400, 404, 409, 413):
        return Rejection(said, status=status, operation=operation)
    if not said and "json" in headers.get("Content-Type", ""):
        return broken(operation)  # a cut refusal, which does not say what is refused
    if status == 404:
        return NotFoundError("there is no such thing", hint="check crm.url", **about)
    return RefusedError("what answers at crm.url is no HubSpot", hint="check crm.url", **about)


def _policy(said: Mapping[str, Any]) -> str:
    """Which limit was reached; some answers name it in their message alone."""
    named = _LIMIT.search(str(said.get("message") or "")[:_LONGEST])
    return _code(str(said.get("policyName") or (named[1] if named else "")).upper())


def broken(operation: str) -> TransientError:
    """An answer that is not whole. Taken for what it seems, it would say that there are no such records, and
    these would be created a second time."""
    return TransientError(
        "an empty or cut answer, or none of HubSpot's",
        service=SERVICE,
        operation=operation,
        code="BROKEN_ANSWER",
    )


def is_unknown_object(error: Rejection) -> bool:
    """Whether a refusal says that the account has no such object."""
    return error.status == 404 or "object type" in str(error.body.get("message") or "").lower()


def is_conflict(error: Mapping[str, Any]) -> bool:
    """Whether another record has the value of a unique property already."""
    return error.get("category") in _CONFLICTS or any(
        "UNIQUE" in code or code in _CONFLICTS for code, _ in _details(error)
    )


def record_error(error: Mapping[str, Any], fields: Mapping[str, FieldMeta]) -> WriteResult:
    """What an error (of a call with one record, or one of a multi-status answer) says of its record."""
    category = _code(error.get("category"))
    details = list(_details(error))
    code, name = next(((code, name) for code, name in details if name in fields), (category, None))
    code = details[0][0] if name is None and details else code
    if category in ("RATE_LIMITS", "RATE_LIMIT", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE"):
        return WriteResult(error="HubSpot was not able to write it", code=category.lower(), again=True)
    if category == "OBJECT_NOT_FOUND":
        return fit.gone()
    if is_conflict(error):
        return fit.duplicate(name)
    message = str(error.get("message") or "")[:_LONGEST].lower()
    if "REQUIRED" in code or "required properties" in message:
        return fit.required(name)
    if name is None and "associat" in message:
        return WriteResult(error="HubSpot wants it associated with a record that it lacks", code="required")
    if code == "INVALID_OPTION":
        return WriteResult(error="not in the property's list of values", field=name, code="picklist")
    if code.startswith("INVALID_"):
        kind = code.removeprefix("INVALID_").replace("_", " ").lower()
        return WriteResult(error=f"not a valid {kind} to HubSpot", field=name, code="unfit")
    told = f" ({code})" if code else ""
    return WriteResult(error=f"HubSpot refuses the record{told}", field=name, code="refused")


def _details(error: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Code and property of each fault. They are told in ``errors``, in ``context``, or as JSON within the
    message."""
    for detail in _mappings(error.get("errors")):
        context = detail.get("context")
        names = context.get("propertyName") if isinstance(context, Mapping) else None
        for name in names if isinstance(names, list) and names else [None]:
            yield _code(detail.get("code")), name if isinstance(name, str) else None
    context = error.get("context")
    names = context.get("properties") or context.get("propertyName") if isinstance(context, Mapping) else None
    for name in names if isinstance(names, list) else []:
        yield _code(error.get("subCategory")) or _code(error.get("category")), str(name)
    embedded = _EMBEDDED.search(str(error.get("message") or "")[:_LONGEST])
    if embedded:
        try:
            told = json.loads(embedded[0])
        except (ValueError, RecursionError):
            return
        for detail in _mappings(told):
            yield _code(detail.get("error") or detail.get("code")), str(detail.get("name") or "") or None


def _mappings(values: Any) -> Iterator[Mapping[str, Any]]:
    for value in values if isinstance(values, list) else []:
        if isinstance(value, Mapping):
            yield value


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, Mapping) else {}


def _code(value: Any) -> str:
    return value if isinstance(value, str) and _CODE.fullmatch(value) else ""


def _scopes(said: Mapping[str, Any]) -> str:
    """Which scopes an administrator has to add, as far as the answer tells."""
    contexts = [said.get("context"), *(detail.get("context") for detail in _mappings(said.get("errors")))]
    wanted: dict[str, None] = {}
    for context in contexts:
        for names in context.values() if isinstance(context, Mapping) else ():
            for name in names if isinstance(names, list) else ():
                if isinstance(name, str) and _SCOPE.fullmatch(name) and "." in name:
                    wanted[name] = None
    which = " or ".join(wanted) if wanted else "those that docs/hubspot.md lists"
    return f"add to the scopes of the access token (HubSpot shows it at {_WHERE}): {which}"


def _exhausted() -> BudgetExhausted:
    at = datetime.now(UTC) + timedelta(hours=24)
    hint = f"it begins anew at midnight in the account's time zone: by {at:%Y-%m-%d %H:%M} UTC at the latest"
    return BudgetExhausted(
        "the account's calls for today are used up", service=SERVICE, available_at=at, hint=hint
    )
