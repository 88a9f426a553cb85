"""Whether a value fits a field, and the words in which a CRM refuses a record: the same for every adapter and
for a rehearsal. None of them holds a customer's value."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from connector.records import CoercionError, FieldMeta, Value, WriteResult, coerce
from connector.records import plain_text as plain_text

_INTEGERS = range(-(2**63), 2**63)  # eight bytes
_DIGITS = 1000  # more than any sum of money, fewer than any database keeps


def fitted(value: object, meta: FieldMeta) -> Value:
    """``value`` as a field of this kind keeps it; empty text is no value.

    Raises CoercionError, in words without the value, when it does not fit.
    """
    value = coerce(value, meta)
    if isinstance(value, str):
        value = plain_text(value)
        if meta.length is not None and len(value) > meta.length:
            raise CoercionError(f"longer than {meta.length} characters")
        return value or None
    if isinstance(value, Decimal) and not (value.is_finite() and abs(value.adjusted()) < _DIGITS):
        raise CoercionError("a number out of range")
    if isinstance(value, Decimal) and meta.digits is not None and value and value.adjusted() >= meta.digits:
        raise CoercionError(f"more than the {meta.digits} digits that the field holds")
    if isinstance(value, int) and value not in _INTEGERS:
        raise CoercionError("a number out of range")
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    return value


def unfit(field: str, error: CoercionError) -> WriteResult:
    return WriteResult(error=str(error), field=field, code="unfit")


def required(field: str | None) -> WriteResult:
    return WriteResult(error="must be filled in", field=field, code="required")


def duplicate(field: str | None) -> WriteResult:
    return WriteResult(error="another record has the same value already", field=field, code="duplicate")


def lost_reference(field: str, object: str) -> WriteResult:
    return WriteResult(
        error=f"refers to a record of {object} that is not there", field=field, code="reference"
    )


def gone() -> WriteResult:
    return WriteResult(error="the record is gone", code="gone")


def claimed(key_field: str) -> WriteResult:
    return WriteResult(error="the record belongs to another key by now", field=key_field, code="claimed")


def forbidden() -> WriteResult:
    return WriteResult(error="the connector's user has no right to write it", code="forbidden")


def not_kept() -> WriteResult:
    return WriteResult(
        error="the CRM took the record and does not have it as it was written", code="not_kept"
    )


def refused(field: str | None) -> WriteResult:
    return WriteResult(error="the CRM refuses the record", field=field, code="refused")
