"""Ids and field values: from JSON or a Bulk cell to what the org stores, or the error it answers with."""

from __future__ import annotations

import re
import string
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from tests.servers.salesforce_objects import TEXTUAL, Field

_LETTERS = string.ascii_uppercase + "012345"
_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_EMAIL = re.compile(r"[^\s@,;:<>()\"\[\]\\]+@[^\s@,;:<>()\"\[\]\\.]+(?:\.[^\s@,;:<>()\"\[\]\\.]+)+")
_NUMBER_TOKENS = {
    int: "VALUE_NUMBER_INT",
    Decimal: "VALUE_NUMBER_FLOAT",
    bool: "VALUE_TRUE",
    str: "VALUE_STRING",
}
_DECLARED = {"currency": "double", "percent": "double", "reference": "reference", "id": "ID"}


class SaveError(Exception):
    """Why one record is not saved. ``extra``: further members of the error (duplicateResult)."""

    def __init__(self, code: str, message: str, *fields: str, extra: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.fields, self.extra = code, message, list(fields), extra or {}

    def entry(self) -> dict[str, Any]:
        """As one of ``errors`` of a collections answer."""
        return {"statusCode": self.code, "message": self.message, "fields": self.fields, **self.extra}

    def answer(self) -> list[dict[str, Any]]:
        """As the body of a single record's refusal."""
        return [{"message": self.message, "errorCode": self.code, "fields": self.fields, **self.extra}]


def checksum(short: str) -> str:
    """The three letters that make a 15-character id safe in a world without case."""
    return "".join(
        _LETTERS[
            sum(1 << bit for bit, char in enumerate(short[at : at + 5]) if char in string.ascii_uppercase)
        ]
        for at in (0, 5, 10)
    )


def long_id(text: str) -> str | None:
    """The 18-character form of an id; None for what is none, also for a wrong checksum."""
    if not _ID.fullmatch(text):
        return None
    short = text[:15]
    return short + checksum(short) if len(text) == 15 or text[15:] == checksum(short) else None


def stored(known: Field, value: Any, *, bulk: bool = False) -> Any:
    """What the org keeps of a value: text trimmed, numbers rounded to the scale, moments in UTC.

    Raises SaveError.
    """
    if isinstance(value, str):
        value = value.strip() or None
    if value is None:
        return False if known.type == "boolean" else None
    if known.type in TEXTUAL:
        return _text(known, value)
    try:
        return _PARSERS[known.type](known, value)
    except (LookupError, ValueError, InvalidOperation, TypeError):
        raise _wrong_type(known, value, bulk=bulk) from None


def _wrong_type(known: Field, value: Any, *, bulk: bool) -> SaveError:
    if bulk:
        message = f"{known.label}: value not of required type: {value}"
        return SaveError("INVALID_TYPE_ON_FIELD_IN_RECORD", message, known.name)
    token = _NUMBER_TOKENS.get(type(value), "START_OBJECT")
    declared = _DECLARED.get(known.type, known.type)
    message = f"Cannot deserialize instance of {declared} from {token} value {value}"
    return SaveError("JSON_PARSER_ERROR", f"{message} or request may be missing a required field")


def _text(known: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong_type(known, value, bulk=False)
    text: str = value.encode("utf-8", "replace").decode()
    size = len(text.encode("utf-16-le")) // 2  # as Java counts: an emoji is two
    if known.restricted and text not in known.values:
        message = f"{known.label}: bad value for restricted picklist field: {text}"
        raise SaveError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, known.name)
    if size > known.length:
        message = f"{known.label}: data value too large: {text} (max length={known.length})"
        raise SaveError("STRING_TOO_LONG", message, known.name)
    if known.type == "email" and not _EMAIL.fullmatch(text):
        message = f"{known.label}: invalid email address: {text}"
        raise SaveError("INVALID_EMAIL_ADDRESS", message, known.name)
    return text


def _boolean(known: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("1", "0"):
        return bool(value == "1")
    return {"true": True, "false": False}[_str(value).lower()]


def _number(known: Field, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise TypeError(value)
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(value)
    if known.type == "int":
        whole = number.to_integral_value(ROUND_HALF_UP)
        if abs(whole) >= 10**8:
            raise _out_of_range(known, number)
        return int(whole)
    if number and number.adjusted() >= known.precision - known.scale:
        raise _out_of_range(known, number)
    return number.quantize(Decimal(1).scaleb(-known.scale), ROUND_HALF_UP)


def _out_of_range(known: Field, number: Decimal) -> SaveError:
    message = f"{known.label}: value outside of valid range on numeric field: {number}"
    return SaveError("NUMBER_OUTSIDE_VALID_RANGE", message, known.name)


def _date(known: Field, value: Any) -> str:
    """A date may come with a time, which is dropped."""
    text = _str(value)
    moment = date.fromisoformat(text) if len(text) == 10 else _parsed_moment(text).date()
    if not 1700 <= moment.year <= 4000:
        raise SaveError("NUMBER_OUTSIDE_VALID_RANGE", f"{known.label}: invalid date: {text}", known.name)
    return moment.isoformat()


def _moment(known: Field, value: Any) -> str:
    moment = _parsed_moment(_str(value))
    if not 1700 <= moment.year <= 4000:
        raise SaveError("NUMBER_OUTSIDE_VALID_RANGE", f"{known.label}: invalid date: {value}", known.name)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000+0000"  # a DateTime field keeps whole seconds


def _parsed_moment(text: str) -> datetime:
    if len(text) < 19 or text[10] != "T":
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)


def _identifier(known: Field, value: Any) -> str:
    identifier = long_id(_str(value))
    if identifier is None:
        message = f"{known.label}: id value of incorrect type: {value}"
        raise SaveError("MALFORMED_ID", message, known.name)
    return identifier


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _nothing(known: Field, value: Any) -> Any:
    raise SaveError("INVALID_FIELD_FOR_INSERT_UPDATE", f"{known.name} cannot be written", known.name)


_PARSERS: dict[str, Any] = {
    "boolean": _boolean,
    "int": _number,
    "currency": _number,
    "double": _number,
    "percent": _number,
    "date": _date,
    "datetime": _moment,
    "reference": _identifier,
    "id": _identifier,
    "address": _nothing,
}
