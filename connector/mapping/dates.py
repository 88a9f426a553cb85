"""Dates, as ISO text in and out (``2025-03-31``), whatever time of day the service adds."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from connector.mapping.money import ExpressionError, shown
from connector.records import CoercionError, FieldMeta, coerce

_DATE = FieldMeta("date", "date")
_LIKE = re.compile(r"[0-9TZ:./+\s-]+")


def add_days(value: Any, days: Any) -> str | None:
    """The date ``days`` later. A day is the one in UTC, where ``value`` has a time."""
    start = _date(value, "add_days")
    if start is None:
        return None
    if isinstance(days, bool) or not isinstance(days, (int, float, Decimal)) or days != int(days):
        raise ExpressionError("add_days() wants a whole number of days, as in add_days(InvitationDate, `14`)")
    try:
        return (start + timedelta(days=int(days))).isoformat()
    except OverflowError:
        raise ExpressionError("add_days() leaves the calendar") from None


def quarter_end(value: Any) -> str | None:
    """The last day of March, June, September or December that ends the quarter of ``value``."""
    day = _date(value, "quarter_end")
    if day is None:
        return None
    last_month = (day.month + 2) // 3 * 3
    return date(day.year, last_month, 31 if last_month in (3, 12) else 30).isoformat()


def _date(value: Any, function: str) -> date | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        result = coerce(value, _DATE)
    except CoercionError:
        raise ExpressionError(f"{function}() wants a date{_unlike(value)}") from None
    return result if isinstance(result, date) else None


def _unlike(value: Any) -> str:
    """What was met instead, where it is like a date; anything else may be personal data."""
    return f", and '{shown(value)}' is none" if isinstance(value, str) and _LIKE.fullmatch(value) else ""
