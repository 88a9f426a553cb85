"""The values all stages share: records, references, field and object metadata, and how values compare."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from hashlib import blake2b
from typing import Literal, NamedTuple

Scalar = str | bool | int | Decimal | date | datetime
Value = Scalar | None

FieldType = Literal["text", "number", "integer", "money", "date", "datetime", "boolean", "reference", "id"]


@dataclass(frozen=True, slots=True)
class FieldMeta:
    """What a CRM says of one field.

    ``length`` counts characters (text), ``scale`` decimal places (number, money, of a datetime's seconds);
    ``digits`` those before the point; ``picklist`` is empty where any value goes, and ``any_case`` says that
    its values, or those of a key field, are known in whatever case; ``required`` means that a creation
    without it fails; ``zero_is_none``: to the CRM a number 0 is one that nobody has filled in.
    """

    name: str
    type: FieldType
    length: int | None = None
    scale: int | None = None
    label: str = ""
    createable: bool = True
    updateable: bool = True
    required: bool = False
    unique: bool = False
    external_id: bool = False
    picklist: tuple[str, ...] = ()
    reference_to: tuple[str, ...] = ()
    digits: int | None = None
    zero_is_none: bool = False
    any_case: bool = False


@dataclass(frozen=True, slots=True)
class ObjectMeta:
    """What a CRM says of one object. Dotted names (``account.name``) in a mapping go along a reference:
    ``relations`` gives the object that each relation name leads to. ``absent``: fields that the connector
    asks of a CRM and that nobody has added to this one yet; it does without them, less well. ``adding`` says
    how a field that is not there is added, where the connector knows."""

    name: str
    fields: Mapping[str, FieldMeta]
    label: str = ""
    relations: Mapping[str, str] = field(default_factory=dict)
    absent: Mapping[str, FieldMeta] = field(default_factory=dict)
    adding: str = ""


@dataclass(slots=True)
class Record:
    """A record as the CRM holds it. ``fields`` has what was asked for, dotted names included;
    ``created`` (aware UTC) is when it came to be, where the CRM knows.

    ``became``: the CRM has turned it into other records (a converted lead), by object their ids; from then on
    it cannot be written."""

    object: str
    id: str
    fields: dict[str, Value]
    created: datetime | None = None
    became: Mapping[str, str] = field(default_factory=dict)


class Write(NamedTuple):
    """One create (``id`` None) or update for a CRM, complete: no references left to resolve.

    ``key_field``/``key`` make it idempotent: a create that meets a record with this key updates it.
    ``fields`` never holds the key twice; a CRM writes the key along with them. ``distinct``: a person has
    said that it is no duplicate of what the CRM has.
    """

    object: str
    key_field: str
    key: str
    id: str | None
    fields: Mapping[str, Value]
    distinct: bool = False


class WriteResult(NamedTuple):
    """What became of one ``Write``: an ``id``, or an ``error`` in words a person can act on, naming the
    ``field`` at fault where the CRM says. ``error`` never holds a customer's values.

    ``again``: nothing is wrong with this record but the moment (somebody holds its lock); it alone is worth
    sending again. ``duplicates``: the CRM takes it for a duplicate of others, with the ids of those of its
    object that our user may see; a person says what it is."""

    id: str | None = None
    error: str | None = None
    field: str | None = None
    code: str = ""
    again: bool = False
    duplicates: tuple[str, ...] | None = None


class CoercionError(ValueError):
    """A value does not fit a field; the message says why, in the words of the mapping's owner."""


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def coerce(value: object, meta: FieldMeta) -> Value:
    """``value`` as the type of the CRM's field; empty text becomes None, and a value that the picklist has in
    another case is spelt as there.

    Raises CoercionError for what does not fit (a list, ``2026-02-30`` as a date, text as a number).
    """
    if value is None or value == "":
        return None
    if isinstance(value, (list, dict)):
        raise CoercionError(
            f"a {'list' if isinstance(value, list) else 'structure'} where {meta.type} is wanted"
        )
    fitting = _COERCE[meta.type](value)
    return _spelt(fitting, meta.picklist) if meta.any_case and isinstance(fitting, str) else fitting


def _spelt(text: str, picklist: Sequence[str]) -> str:
    plain = text.strip().casefold()
    return next((value for value in picklist if value.strip().casefold() == plain), text)


def _text(value: object) -> Value:
    if isinstance(value, str):
        # No database keeps a NUL in text, and PostgreSQL refuses the whole row for one.
        return value.replace("\0", "") if "\0" in value else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else str(value)


def plain_text(text: str) -> str:
    """``text`` without what no database keeps: NUL is dropped, a lone surrogate becomes U+FFFD."""
    if text.isascii():
        return text.replace("\0", "") if "\0" in text else text
    try:
        text.encode()
    except UnicodeEncodeError:
        # Through UTF-16, so that two surrogates that are a character after all become that character.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "") if "\0" in text else text


def _number(value: object) -> Value:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise CoercionError(f"a {type(value).__name__} is no number")
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        raise CoercionError("text that is no number") from None
    if not number.is_finite():
        raise CoercionError("not a finite number")
    return number


def _integer(value: object) -> Value:
    number = _number(value)
    if not isinstance(number, Decimal) or number != number.to_integral_value():
        raise CoercionError("not a whole number")
    return int(number)


def _date(value: object) -> Value:
    if isinstance(value, datetime):
        return value.astimezone(UTC).date()
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DATE.match(value := value.strip()):
        try:
            # With a time of day it may be another day in UTC.
            return date.fromisoformat(value) if len(value) == 10 else _moment(value).date()
        except (ValueError, OverflowError):
            pass
    raise CoercionError("not a date (YYYY-MM-DD)")


def _datetime(value: object) -> Value:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, str):
        try:
            return _moment(value.strip())
        except (ValueError, OverflowError):
            pass
    raise CoercionError("not a date and time (ISO 8601)")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _boolean(value: object) -> Value:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.casefold() in {"true", "yes", "1"}:
        return True
    if isinstance(value, str) and value.casefold() in {"false", "no", "0"}:
        return False
    raise CoercionError("neither true nor false")


_COERCE = {
    "text": _text,
    "id": _text,
    "reference": _text,
    "number": _number,
    "money": _number,
    "integer": _integer,
    "date": _date,
    "datetime": _datetime,
    "boolean": _boolean,
}


def same(a: Value, b: Value) -> bool:
    """Whether two values are one to a CRM: blank text is no value, ``10000.00`` is ``10000``, and line
    ends and outer white space, which CRMs normalise, make no difference, nor do control characters, which
    fields with markup drop."""
    if a == b:
        return True
    if isinstance(a, str):
        a = _plain(a)
    if isinstance(b, str):
        b = _plain(b)
    return a == b or (a in (None, "") and b in (None, ""))


_CONTROLS = dict.fromkeys(set(range(32)) - set(b"\t\n\r"))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS).strip()


# AWS's amounts have up to 31 digits and cents: more than Python's decimals keep by themselves.
_UNBOUNDED = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX, rounding=ROUND_HALF_UP)


def quantize(value: Value, meta: FieldMeta) -> Value:
    """A number rounded (half up, as sums are) to the scale that the CRM keeps, a moment cut to it, so
    that they compare equal when read back."""
    if meta.zero_is_none and value == 0 and not isinstance(value, bool):
        return None
    if isinstance(value, datetime) and meta.scale is not None:
        unit: int = 10 ** (6 - meta.scale)
        return value.replace(microsecond=value.microsecond // unit * unit)
    if isinstance(value, Decimal) and meta.scale is not None:
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > meta.scale:
            return value.quantize(Decimal(1).scaleb(-meta.scale), context=_UNBOUNDED)
    return value


def to_json(value: Value) -> str | bool | int | None:
    """A value as plan files, the ledger and ``--output json`` show it. ``from_json`` is its inverse, given
    the field's type."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int) and value.bit_length() < 64:
        return value  # a longer one goes as text: most readers of JSON would round it
    text = _text(value)
    return text if isinstance(text, str) else str(text)


def from_json(value: str | bool | int | None, meta: FieldMeta | None) -> Value:
    return value if meta is None else coerce(value, meta)


def missing(names: Sequence[str], record: Record) -> list[str]:
    """Of ``names``, those that ``record`` does not hold."""
    return [name for name in names if name not in record.fields]


def folded_key(key: str, meta: FieldMeta | None) -> str:
    """What a CRM tells the values of a key field apart by. Only letters of two cases are one: to take more
    for one (``ß`` and ``ss``, as ``casefold`` does) could make one record of two customers."""
    return key.lower() if meta is not None and meta.any_case else key


def slot(name: str, key: str) -> str:
    """What the ledger remembers a record of an invitation by: its name, and instead of a place in a list,
    which may be another's tomorrow, six digits that follow from its ``key`` (and tell nobody the key)."""
    rule, listed, _ = name.partition("[")
    if not listed:
        return name
    return f"{rule}[{blake2b(key.encode('utf-8', 'surrogatepass'), digest_size=3).hexdigest()}]"
