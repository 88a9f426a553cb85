"""Values as Odoo has them, and back. To Odoo there is no null: whatever is empty is ``false``, and a number
that nobody has filled in is 0."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote

from connector.crm.fit import plain_text
from connector.crm.markup import from_markup, to_markup
from connector.records import FieldMeta, Value

MODULE = "__partner_central__"  # of our external ids; underscores mark those that no app has made
LONGEST_KEY = 2_000  # characters of an external id's name; an index of PostgreSQL's has room for 2,700 bytes


def external_name(model: str, key: str) -> str:
    """The name of the external id that stands for ``key``: unique over all models; without spaces or dots."""
    return f"{model.replace('.', '_')}-{quote(plain_text(key), safe='').replace('.', '%2E')}"


def key_of(model: str, name: str) -> str | None:
    """The key that an external id's name stands for, if it is one of ours for ``model``."""
    head = f"{model.replace('.', '_')}-"
    return unquote(name.removeprefix(head)) if name.startswith(head) else None


def to_cell(value: Value, *, markup: bool = False) -> str:
    """``value`` as a cell of Odoo's own import (``load``), in the user's UTC."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return to_markup(value) if markup and isinstance(value, str) else str(value)


def read(value: Any, meta: FieldMeta | None, *, markup: bool = False) -> Value:
    """A value as Odoo gave it. A number 0 reads as none: that is how Odoo keeps none."""
    if meta is None or meta.type == "id":
        return str(value) if value not in (None, False) else None
    if meta.type == "boolean":
        return bool(value)
    if value is None or value is False:
        return None
    if meta.type == "reference":
        return str(value[0] if isinstance(value, list) else value)
    if meta.type in ("number", "money"):
        return _number(Decimal(str(value)), meta) or None
    if meta.type == "integer":
        return int(value) or None
    if meta.type == "date":
        return date.fromisoformat(str(value)[:10])
    if meta.type == "datetime":
        return moment(value)
    return from_markup(str(value)) if markup else str(value)


def moment(value: Any) -> datetime | None:
    """Odoo's times are UTC and do not say so."""
    return datetime.fromisoformat(str(value)).replace(tzinfo=UTC) if value else None


def _number(number: Decimal, meta: FieldMeta) -> Decimal:
    return round(number, meta.scale) if meta.scale is not None else number


def ids(values: Mapping[Any, Any] | Any) -> list[int]:
    """Those of ``values`` that can be ids of records at all."""
    return [int(value) for value in dict.fromkeys(values) if re.fullmatch(r"[1-9]\d{0,9}", str(value))]
