"""How the sql CRM keeps values: exact, alike on SQLite and PostgreSQL, and readable for people with a shell.

Reading forgives what people put there by hand (SQLite keeps any text in any column): a value that cannot be
read as its column's type comes back as the text it is, and never stops a run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from connector.records import CoercionError, FieldMeta, FieldType, Value, coerce

_INTEGERS = range(-(2**63), 2**63)  # eight bytes, on both databases
_DIGITS = 1000  # more than any sum of money, fewer than what PostgreSQL's NUMERIC holds


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


def fitted(value: object, meta: FieldMeta) -> Value:
    """``value`` as it is kept in the column that ``meta`` tells of; empty text is no value.

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
    if isinstance(value, int) and value not in _INTEGERS:
        raise CoercionError("a number out of range")
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    return value


class _Kept(TypeDecorator[Any]):
    """The base: checks what goes in; subclasses say how SQLite keeps it where it has no such type."""

    impl = sa.Text
    kind: ClassVar[FieldType]
    sqlite: ClassVar[type[TypeEngine[Any]]] = sa.Text
    postgresql: ClassVar[type[TypeEngine[Any]]] = sa.Text

    def __init_subclass__(cls) -> None:
        cls.cache_ok = True  # SQLAlchemy wants it said by every class
        super().__init_subclass__()

    def __init__(self) -> None:
        super().__init__()
        self.meta = FieldMeta("", self.kind)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(self.postgresql() if dialect.name == "postgresql" else self.sqlite())

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        meta, encode = self.meta, _as_is if dialect.name == "postgresql" else self.encode
        return lambda value: None if value is None else encode(fitted(value, meta))

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:  # noqa: ARG002
        meta = self.meta
        return lambda value: None if value is None else _forgiving(value, meta)

    def encode(self, value: Any) -> Any:
        return value


def _as_is(value: Any) -> Any:
    return value


def _forgiving(value: Any, meta: FieldMeta) -> Value:
    try:
        return coerce(value.decode(errors="replace") if isinstance(value, bytes) else value, meta)
    except CoercionError:
        return str(value)


class KeptText(_Kept):
    """Text, of at most ``length`` characters: SQLite itself would keep any number of them."""

    kind = "text"

    def __init__(self, length: int | None = None) -> None:
        super().__init__()
        self.length = length
        self.meta = FieldMeta("", "text", length=length)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(sa.String(self.length) if self.length else sa.Text())

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:  # noqa: ARG002
        meta, bounded = self.meta, self.length is not None

        def process(value: Any) -> Any:
            # Most values of most rows come by here: plain ones must not cost a call.
            if value.__class__ is str and value and not bounded and value.isascii() and "\0" not in value:
                return value
            return None if value is None else fitted(value, meta)

        return process

    def result_processor(self, dialect: Dialect, coltype: object) -> None:  # noqa: ARG002
        return None  # the select casts where the database does not vouch for text


class KeptDecimal(_Kept):
    """A number to its last digit: NUMERIC, and on SQLite, whose numbers are binary, the digits as text."""

    kind = "money"
    postgresql = sa.Numeric

    def encode(self, value: Any) -> Any:
        return format(value, "f")


class KeptInteger(_Kept):
    kind = "integer"
    sqlite = sa.BigInteger
    postgresql = sa.BigInteger


class KeptDate(_Kept):
    """DATE; on SQLite as ``2026-12-31``, which its date functions take."""

    kind = "date"
    sqlite = sa.Date
    postgresql = sa.Date

    def encode(self, value: Any) -> Any:
        return value.isoformat()


class _Timestamp(sa.DateTime):
    """TIMESTAMP WITH TIME ZONE."""

    def __init__(self) -> None:
        super().__init__(timezone=True)


class KeptDatetime(_Kept):
    """TIMESTAMP WITH TIME ZONE; on SQLite as ``2026-12-31T23:59:59Z``, always UTC."""

    kind = "datetime"
    postgresql = _Timestamp

    def encode(self, value: Any) -> Any:
        return value.isoformat().replace("+00:00", "Z")


class KeptBoolean(_Kept):
    """BOOLEAN; on SQLite 1 and 0."""

    kind = "boolean"
    sqlite = sa.Boolean
    postgresql = sa.Boolean

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:  # noqa: ARG002
        meta = self.meta
        return lambda value: bool(value) if value in (0, 1) else value and _forgiving(value, meta)


def today_or_moment(value: Value) -> datetime | None:
    """A creation time as read; None where a person put something else there."""
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else None
