"""How HubSpot is called, what its answers become, and that nothing of a customer's is in an error."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.crm.hubspot_errors import record_error, translate
from connector.crm.hubspot_settings import Settings
from connector.crm.hubspot_values import folded, moment, read, to_text
from connector.errors import (
    AccessDenied,
    BudgetExhausted,
    ConfigurationError,
    ConnectorError,
    RefusedError,
    TransientError,
)
from connector.records import FieldMeta, Write
from tests.crm.test_hubspot import open_crm
from tests.servers.hubspot import TOKEN, TRANSIENT, HubSpot

KEY = "aws_invitation_id"
FIELDS = {"dealname": FieldMeta("dealname", "text"), "amount": FieldMeta("amount", "money")}


@pytest.fixture
def hubspot() -> Iterator[HubSpot]:
    with HubSpot() as hubspot:
        yield hubspot


def find_after(hubspot: HubSpot, step: str, **settings: Any) -> ConnectorError:
    """What a look-up ends with when its answer is as ``step`` says."""
    with open_crm(hubspot, **settings) as crm:
        crm.describe(["deals"])
        hubspot.script("read", step)
        with pytest.raises(ConnectorError) as caught:
            crm.find("deals", KEY, ["secret customer"], ["dealname"])
        assert "secret customer" not in repr(caught.value) and TOKEN not in repr(caught.value)
        assert caught.value.__context__ is None or caught.value.__suppress_context__
        assert crm.find("deals", KEY, ["x"], []) == []  # the next one works
    return caught.value


@pytest.mark.parametrize("step", [step for step in TRANSIENT if step != "207"])
def test_what_may_pass_is_worth_trying_again(hubspot: HubSpot, step: str) -> None:
    error = find_after(hubspot, step, read_timeout=0.3)
    assert isinstance(error, TransientError)
    assert hubspot.calls["read"] == 2, "nobody but connector.retry tries again"


@pytest.mark.parametrize(
    ("body", "headers", "seconds"),
    [
        (b'{"policyName": "TEN_SECONDLY_ROLLING"}', {}, 10.0),
        (b'{"policyName": "SECONDLY"}', {}, 1.0),
        (b'{"policyName": "SECONDLY"}', {"Retry-After": "7"}, 7.0),
        (b'{"message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}', {}, 1.0),
        (b'{"message": "You have reached your limits", "policyName": null}', {}, None),
        (b"<html>", {}, None),
        (b"", {"Retry-After": "3"}, 3.0),
    ],
)
def test_a_limit_says_how_long_it_lasts(body: bytes, headers: dict[str, str], seconds: float | None) -> None:
    error = translate(429, body, headers, "search")
    assert isinstance(error, TransientError)
    assert error.retry_after == seconds


@pytest.mark.parametrize("status", [408, 423, 477, 500, 503, 521])
def test_a_service_that_is_busy(status: int) -> None:
    error = translate(status, b"", {}, "find")
    assert isinstance(error, TransientError)
    assert error.retry_after == (2.0 if status == 423 else None), "a lock lasts two seconds"


def test_a_day_that_is_used_up_may_be_told_in_words() -> None:
    body = b'{"message": "You have reached your daily limit.", "category": "RATE_LIMITS"}'
    assert isinstance(translate(429, body, {}, "find"), BudgetExhausted)


def test_a_day_that_is_used_up_ends_the_run(hubspot: HubSpot) -> None:
    error = find_after(hubspot, "429_daily")
    assert isinstance(error, BudgetExhausted)
    assert error.available_at > datetime.now(UTC) and "midnight" in str(error.hint)


def test_a_token_that_is_not_valid(hubspot: HubSpot) -> None:
    assert isinstance(find_after(hubspot, "401"), AccessDenied)
    with open_crm(hubspot, access_token="pat-wrong") as crm, pytest.raises(AccessDenied) as caught:
        crm.describe(["deals"])
    assert "crm.access_token" in str(caught.value.hint) and "pat-wrong" not in repr(caught.value)


def test_a_missing_scope_is_named(hubspot: HubSpot) -> None:
    error = find_after(hubspot, "403")
    assert isinstance(error, AccessDenied)
    assert "crm.objects.deals.write" in str(error.hint)


def test_an_account_without_leads_is_told_what_to_do(hubspot: HubSpot) -> None:
    hubspot.script("properties", "403", "403")
    with open_crm(hubspot) as crm:
        for object_, advised in (("leads", True), ("deals", False)):
            with pytest.raises(AccessDenied, match=object_) as caught:
                crm.describe([object_])
            assert ("out of the mapping" in str(caught.value.hint)) is advised


def test_what_is_no_hubspot_is_told(hubspot: HubSpot) -> None:
    error = find_after(hubspot, "html_404")
    assert isinstance(error, RefusedError) and "crm.url" in str(error.hint)
    for status in (301, 418):
        assert "crm.url" in str(translate(status, b"", {}, "find").hint)


def test_a_certificate_that_nobody_trusts_and_a_host_that_does_not_answer(hubspot: HubSpot) -> None:
    with open_crm(hubspot, ca_bundle=None) as crm, pytest.raises(RefusedError, match="certificate"):
        crm.describe(["deals"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{free.getsockname()[1]}"
        with open_crm(hubspot, url=url) as crm, pytest.raises(TransientError, match="refuses the connection"):
            crm.describe(["deals"])
        proxy = url.replace("https", "http")
        with open_crm(hubspot, proxy=proxy) as crm, pytest.raises(TransientError, match="proxy"):
            crm.describe(["deals"])
    with pytest.raises(ConfigurationError, match="ca_bundle"):
        open_crm(hubspot, ca_bundle="no-such-file.pem")


def test_nothing_is_logged_of_what_is_sent(hubspot: HubSpot, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), open_crm(hubspot) as crm:
        crm.write([Write("deals", KEY, "k", None, {"dealname": "secret customer"})])
        crm.find_titles("deals", ["dealname"], ["secret customer"], KEY, [])
    assert "secret" not in caplog.text and TOKEN not in caplog.text and "/crm/v3" not in caplog.text


def test_the_librarys_absence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hubspot", None)
    from connector.crm.hubspot import HubSpotCrm

    with pytest.raises(ConfigurationError) as caught:
        HubSpotCrm.open(Settings.model_validate({"access_token": "x"}), Path("/"))
    assert "[hubspot]" in str(caught.value.hint)


def test_one_connection_serves_all_calls(hubspot: HubSpot) -> None:
    with open_crm(hubspot) as crm:
        crm.write([Write("deals", KEY, "k", None, {"dealname": "A deal"})])
        assert sum(crm.calls().values()) == sum(hubspot.calls.values()) > 4
        adapter = crm._client._http.get_adapter("https://")
        pool = adapter.poolmanager.connection_from_url(hubspot.url)  # type: ignore[attr-defined]
        assert pool.num_connections <= 1


@pytest.mark.parametrize("text", ["access_token: ", "http://api.example", "https://user:pw@api.example"])
def test_settings_that_are_no_good(text: str) -> None:
    values = {"access_token": "x"} if "://" in text else {}
    with pytest.raises(ValueError):
        Settings.model_validate({**values, **({"url": text} if "://" in text else {})})
    assert "pat-" not in repr(Settings.model_validate({"access_token": TOKEN}))


# Errors of records


def error(
    category: str = "VALIDATION_ERROR", message: str = "Acme is no good", **more: Any
) -> dict[str, Any]:
    return {"status": "error", "category": category, "message": message, **more}


def detail(code: str, name: str = "dealname") -> dict[str, Any]:
    return {"errors": [{"code": code, "message": "Acme", "context": {"propertyName": [name]}}]}


@pytest.mark.parametrize(
    ("said", "code", "field", "again"),
    [
        (error("OBJECT_NOT_FOUND"), "gone", None, False),
        (error("CONFLICT", "Contact already exists. Existing ID: 7"), "duplicate", None, False),
        (error(**detail("CONFLICTING_UNIQUE_VALUE")), "duplicate", "dealname", False),
        (error("OBJECT_ALREADY_EXISTS"), "duplicate", None, False),
        (error(**detail("INVALID_OPTION")), "picklist", "dealname", False),
        (error(**detail("INVALID_OPTION", "a customer's")), "picklist", None, False),
        (error(**detail("INVALID_EMAIL")), "unfit", "dealname", False),
        (error(**detail("READ_ONLY_VALUE")), "refused", "dealname", False),
        (error(context={"properties": ["amount"]}, subCategory="REQUIRED_X"), "required", "amount", False),
        (error(message="Some required properties were not set."), "required", None, False),
        (error(message="Acme must be associated with a contact"), "required", None, False),
        (
            error(message='Not valid: [{"name": "amount", "error": "INVALID_LONG", "message": "Acme"}]'),
            "unfit",
            "amount",
            False,
        ),
        (error(message="Not valid: [{Acme}]"), "refused", None, False),
        (error("RATE_LIMITS"), "rate_limits", None, True),
        ({}, "refused", None, False),
        ({"errors": "Acme", "context": ["Acme"], "category": {"Acme": 1}}, "refused", None, False),
    ],
)
def test_a_records_error_in_our_words(
    said: dict[str, Any], code: str, field: str | None, again: bool
) -> None:
    result = record_error(said, FIELDS)
    assert (result.id, result.code, result.field, result.again) == (None, code, field, again)
    assert result.error and "Acme" not in result.error


# Values


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("money", "26400", Decimal(26400)),
        ("number", "1e3", Decimal(1000)),
        ("number", "twelve", "twelve"),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("date", "2026-03-01", date(2026, 3, 1)),
        ("date", "1772323200000", date(2026, 3, 1)),
        ("datetime", "2026-03-01T12:00:00.5Z", datetime(2026, 3, 1, 12, 0, 0, 500_000, UTC)),
        ("datetime", "-1000", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("datetime", "soon", "soon"),
        ("text", "", None),
        ("text", None, None),
    ],
)
def test_values_as_hubspot_has_them(kind: Any, text: str | None, value: Any) -> None:
    assert read(text, FieldMeta("f", kind)) == value


def test_text_in_a_rich_text_property_is_only_text() -> None:
    meta, text = FieldMeta("f", "text"), "<script>alert(1)</script>\n& more"
    kept = to_text(text, markup=True)
    assert "<script" not in kept
    assert read(kept, meta, markup=True) == text


def test_moments_and_keys() -> None:
    assert moment("yesterday") is None and moment(None) is None
    assert to_text(datetime(2026, 3, 1, 12, tzinfo=UTC)) == "2026-03-01T12:00:00.000Z"
    assert to_text(datetime(1, 2, 3, 4, 5, 6, 7999, tzinfo=UTC)) == "0001-02-03T04:05:06.007Z"
    assert folded(" STRASSE ") == folded("strasse") != folded("straße")
