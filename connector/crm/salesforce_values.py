"""Values as Salesforce's REST and Bulk APIs have them, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from connector.records import CoercionError, FieldMeta, Value, coerce, quantize

NULL = "#N/A"  # clears a field in a Bulk API file, where an empty cell means "leave it"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def long_id(text: str) -> str:
    """An id with its 18 characters: the last three say which of the fifteen are capitals, five to a
    character. Text that is no id stays as it is."""
    if len(text) != 15 or not (text.isascii() and text.isalnum()):
        return text
    chunks = (text[start : start + 5] for start in (0, 5, 10))
    return text + "".join(
        _ALPHABET[sum(character.isupper() << place for place, character in enumerate(chunk))]
        for chunk in chunks
    )


def read(value: Any, meta: FieldMeta | None) -> Value:
    """A value of an answer, as the field's type; what does not fit that (a field changed meanwhile) as it
    came."""
    if isinstance(value, (dict, list)):
        return None  # compound fields (an address) are read by their parts
    if isinstance(value, float):
        value = Decimal(str(value))
    if meta is None or value is None:
        return value  # type: ignore[no-any-return]
    if meta.type in ("reference", "id") and isinstance(value, str):
        return long_id(value)
    try:
        # Amounts come as doubles are printed, 17 digits and all.
        return quantize(coerce(value, meta), meta)
    except CoercionError:
        return value if isinstance(value, (str, bool, int, Decimal)) else None


def moment(value: Any) -> datetime | None:
    """A ``CreatedDate`` (``2026-01-31T09:30:00.000+0000``), aware UTC."""
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def to_rest(value: Value) -> Any:
    """A value for a JSON body. Decimals stay: the client writes them digit by digit."""
    if isinstance(value, datetime):
        return _datetime(value)
    return value.isoformat() if isinstance(value, date) else value


def to_cell(value: Value) -> str:
    """A value for a Bulk API file."""
    if value is None or value == "":
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return _datetime(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _datetime(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def texts(fields: Mapping[str, Value]) -> frozenset[str]:
    """The texts among values that are to be written: none of them may come back in an error."""
    return frozenset(value for value in fields.values() if isinstance(value, str) and value)
