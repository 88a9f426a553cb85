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

from connector.crm.fit import fitted
from connector.records import CoercionError, FieldMeta, FieldType, Value, coerce


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
        return self.postgresql() if dialect.name == "postgresql" else self.sqlite()

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        meta, encode, exact = self.meta, self.encode, self.exact
        if dialect.name == "postgresql":
            return lambda value: None if value is None else fitted(value, meta)

        def process(value: Any) -> Any:
            if value is None:
                return None
            return encode(value if exact(value) else fitted(value, meta))

        return process

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:  # noqa: ARG002
        meta = self.meta
        return lambda value: None if value is None else _forgiving(value, meta)

    def exact(self, value: Any) -> bool:  # noqa: ARG002
        """Whether ``value`` is plainly of this type and fits: nearly all are, and need no further look."""
        return False

    def encode(self, value: Any) -> Any:
        """What fits, as SQLite keeps it."""
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

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:  # noqa: ARG002
        return sa.String(self.length) if self.length else sa.Text()

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

    def exact(self, value: Any) -> bool:
        return value.__class__ is Decimal and value.is_finite() and -99 < value.adjusted() < 99

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

    def exact(self, value: Any) -> bool:
        return value.__class__ is date

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

    def exact(self, value: Any) -> bool:
        return value.__class__ is datetime and value.tzinfo is UTC

    def encode(self, value: Any) -> Any:
        return value.isoformat().replace("+00:00", "Z")


class KeptBoolean(_Kept):
    """BOOLEAN; on SQLite 1 and 0."""

    kind = "boolean"
    sqlite = sa.Boolean
    postgresql = sa.Boolean

    def exact(self, value: Any) -> bool:
        return value is True or value is False

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:  # noqa: ARG002
        meta = self.meta
        return lambda value: bool(value) if value in (0, 1) else value and _forgiving(value, meta)


def creation_time(value: Value) -> datetime | None:
    """A creation time as read; None where a person put something else there."""
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else None
