"""Values as HubSpot has them, and back: every property is text on its way, and empty text is none."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

from connector.crm.fit import plain_text
from connector.crm.markup import from_markup, to_markup
from connector.records import FieldMeta, Value

_MILLISECONDS = re.compile(r"-?\d{1,15}")  # since 1970; how older parts of HubSpot tell a moment


def to_text(value: Value, *, markup: bool = False) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return to_markup(value) if markup and isinstance(value, str) else str(value)


def read(text: str | None, meta: FieldMeta | None, *, markup: bool = False) -> Value:
    """A property's value. What cannot be read as the property's type stays text: it was a person's."""
    if text is None or text == "":
        return None
    kind = meta.type if meta else "text"
    try:
        if kind in ("number", "money"):
            return Decimal(text)
        if kind == "boolean":
            return text.casefold() == "true"
        if kind == "date":
            return date.fromisoformat(text[:10]) if "-" in text[1:] else _moment(text).date()
        if kind == "datetime":
            return _moment(text)
    except (ValueError, ArithmeticError):
        return text
    return from_markup(text) if markup else text


def moment(text: object) -> datetime | None:
    """A moment of HubSpot's, aware; None for what is none."""
    try:
        return _moment(text) if isinstance(text, str) and text else None
    except (ValueError, ArithmeticError):
        return None


def _moment(text: str) -> datetime:
    if _MILLISECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def folded(key: str) -> str:
    """A unique property's value as HubSpot tells two apart: case and outer white space make no difference."""
    return plain_text(key).strip().lower()
