"""Values on their way into a field and back: what fits, what does not, and which are the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from connector.records import (
    CoercionError,
    FieldMeta,
    Record,
    coerce,
    from_json,
    missing,
    quantize,
    same,
    to_json,
)

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("text", True, "true"),
        ("text", False, "false"),
        ("text", Decimal("1E+3"), "1000"),
        ("text", NOON, "2026-03-31T12:00:00Z"),
        ("text", date(2026, 3, 31), "2026-03-31"),
        ("text", 5, "5"),
        ("text", "a\0b", "ab"),
        ("number", " 1.50 ", Decimal("1.50")),
        ("number", 1.1, Decimal("1.1")),
        ("integer", "42.0", 42),
        ("date", NOON.astimezone(timezone(timedelta(hours=14))), date(2026, 3, 31)),
        ("date", " 2026-03-31 ", date(2026, 3, 31)),
        ("date", "2026-03-31T23:00:00-05:00", date(2026, 4, 1)),
        ("date", "2026-03-31T23:00:00", date(2026, 3, 31)),
        ("date", "2025-03-24T20:26:06.044900472Z", date(2025, 3, 24)),
        ("datetime", date(2026, 3, 31), datetime(2026, 3, 31, tzinfo=UTC)),
        ("datetime", "2026-03-31T14:00:00+02:00", NOON),
        ("datetime", " 2026-03-31T12:00:00 ", NOON),
        ("boolean", "YES", True),
        ("boolean", "1", True),
        ("boolean", "No", False),
        ("boolean", False, False),
        ("money", None, None),
    ],
)
def test_a_value_takes_the_type_of_its_field(kind: Any, value: Any, wanted: Any) -> None:
    found = coerce(value, FieldMeta("f", kind))
    assert (found, type(found)) == (wanted, type(wanted))


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("number", True, "a bool is no number"),
        ("number", date(2026, 1, 1), "a date is no number"),
        ("number", "many", "text that is no number"),
        ("money", "NaN", "not a finite number"),
        ("money", "-Infinity", "not a finite number"),
        ("integer", "1.5", "not a whole number"),
        ("date", "31.3.2026", "not a date (YYYY-MM-DD)"),
        ("date", "2026-02-30", "not a date (YYYY-MM-DD)"),
        ("date", "2026-02-281", "not a date (YYYY-MM-DD)"),
        ("date", "2026-02-28 garbage", "not a date (YYYY-MM-DD)"),
        ("date", "2026-02-28T", "not a date (YYYY-MM-DD)"),
        ("date", "9999-12-31T23:59:59-14:00", "not a date (YYYY-MM-DD)"),
        ("date", 5, "not a date (YYYY-MM-DD)"),
        ("datetime", "noon", "not a date and time (ISO 8601)"),
        ("datetime", "9999-12-31T23:59:59-14:00", "not a date and time (ISO 8601)"),
        ("datetime", 5, "not a date and time (ISO 8601)"),
        ("boolean", "perhaps", "neither true nor false"),
        ("boolean", 1, "neither true nor false"),
        ("text", ["a"], "a list where text is wanted"),
        ("text", {"a": 1}, "a structure where text is wanted"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_without_being_told(kind: Any, value: Any, reason: str) -> None:
    with pytest.raises(CoercionError) as caught:
        coerce(value, FieldMeta("f", kind))
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("a", "b", "are"),
    [
        (Decimal("10000.00"), 10000, True),
        ("a\r\nb ", "a\nb", True),
        ("a\rb", "a\nb", True),
        ("  ", None, True),
        (None, "", True),
        ("a", "A", False),
        (0, None, False),
        (False, None, False),
    ],
)
def test_values_are_the_same_as_a_crm_takes_them(a: Any, b: Any, are: bool) -> None:
    assert same(a, b) is same(b, a) is are


def test_a_value_is_kept_as_finely_as_the_crm_keeps_it() -> None:
    money, moment = FieldMeta("m", "money", scale=2), FieldMeta("d", "datetime", scale=0)
    assert str(quantize(Decimal("1.005"), money)) == "1.01"
    assert str(quantize(Decimal("-1.005"), money)) == "-1.01"
    assert str(quantize(Decimal("1.5"), money)) == "1.5"
    assert quantize(NOON.replace(microsecond=999_999), moment) == NOON
    millis = FieldMeta("d", "datetime", scale=3)
    assert quantize(NOON.replace(microsecond=123_456), millis) == NOON.replace(microsecond=123_000)
    assert quantize("1.005", money) == "1.005"
    nothing = FieldMeta("n", "number", zero_is_none=True)
    assert quantize(Decimal(0), nothing) is None
    assert quantize(False, nothing) is False
    assert quantize(Decimal(0), money) == 0


@pytest.mark.parametrize(
    ("amount", "whole"),
    [
        ("100.50", "101"),
        ("101.50", "102"),
        ("1234567890123456789012345678901.25", "1234567890123456789012345678901"),
        ("9" * 2000 + ".5", "1" + "0" * 2000),
        ("1E-999999", "0"),
    ],
)
def test_an_amount_of_any_length_is_rounded_half_up(amount: str, whole: str) -> None:
    assert str(quantize(Decimal(amount), FieldMeta("m", "money", scale=0))) == whole


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("money", Decimal("1234567890123456789012345678901.25"), "1234567890123456789012345678901.25"),
        ("integer", 2**62, 2**62),
        ("integer", 2**63, str(2**63)),
        ("date", date(2026, 3, 31), "2026-03-31"),
        ("datetime", NOON, "2026-03-31T12:00:00Z"),
        ("boolean", True, True),
        ("text", "a", "a"),
        ("text", None, None),
    ],
)
def test_what_is_shown_as_json_comes_back_as_it_was(kind: Any, value: Any, shown: Any) -> None:
    assert to_json(value) == shown
    assert from_json(to_json(value), FieldMeta("f", kind)) == value
    assert from_json(shown, None) == shown


def test_what_a_record_does_not_hold_is_named() -> None:
    assert missing(["a", "b", "c"], Record("o", "1", {"b": None})) == ["a", "c"]


def test_a_value_known_in_any_case_is_spelt_as_in_the_picklist() -> None:
    stage = FieldMeta("stage", "text", picklist=("New", "Closed lost "), any_case=True)
    assert [coerce(value, stage) for value in ("CLOSED Lost", "new", "Won", None)] == [
        *("Closed lost ", "New", "Won", None)
    ]
    assert coerce("new", replace(stage, any_case=False)) == "new"
