"""What Salesforce's errors mean; that nothing of a customer's comes out with them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.crm.salesforce_errors import kind_of, record_error, translate
from connector.errors import (
    AccessDenied,
    BudgetExhausted,
    ConnectorError,
    NotFoundError,
    RefusedError,
    TransientError,
)

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "reference" / "salesforce"
CODES = RECORDED / "error_codes.txt"


def body(code: str, message: str = "") -> bytes:
    return json.dumps([{"errorCode": code, "message": message}]).encode()


def entry(code: str, message: str = "", fields: Any = (), **more: Any) -> dict[str, Any]:
    return {"statusCode": code, "message": message, "fields": fields, **more}


class TestKinds:
    @pytest.mark.parametrize(
        ("code", "message", "kind"),
        [
            ("UNABLE_TO_LOCK_ROW", "", "transient"),
            ("SERVER_UNAVAILABLE", "", "transient"),
            ("QUERY_TIMEOUT", "", "transient"),
            ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", "budget"),
            (
                "REQUEST_LIMIT_EXCEEDED",
                "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
                "transient",
            ),
            ("INVALID_SESSION_ID", "", "session"),
            ("MALFORMED_QUERY", "", "setup"),
            ("STORAGE_LIMIT_EXCEEDED", "", "setup"),
            ("STRING_TOO_LONG", "", "record"),
            ("A_CODE_OF_NEXT_YEAR", "", "record"),
        ],
    )
    def test_by_code(self, code: str, message: str, kind: str) -> None:
        assert kind_of(code, message) == kind

    @pytest.mark.skipif(not CODES.is_file(), reason="there is no list of codes beside this checkout")
    def test_every_known_code_has_words_or_ends_the_run(self) -> None:
        for code in CODES.read_text().split():
            try:
                result = record_error(entry(code))
            except ConnectorError as error:
                assert code in error.message or kind_of(code) == "budget"
            else:
                assert result.error
                assert result.again == (kind_of(code) == "transient")


class TestOfACall:
    @pytest.mark.parametrize(
        ("status", "content", "fewer"),
        [
            (500, body("UNKNOWN_EXCEPTION"), True),
            (400, body("REQUEST_RUNNING_TOO_LONG"), True),
            (503, body("SERVER_UNAVAILABLE"), False),
            (400, body("UNABLE_TO_LOCK_ROW"), False),
            (500, b"<html>", False),
            (503, b"", False),
        ],
    )
    def test_what_the_org_itself_breaks_at_may_pass_with_fewer_records(
        self, status: int, content: bytes, fewer: bool
    ) -> None:
        error = translate(status, content, {}, "write")
        assert isinstance(error, TransientError)
        assert error.fewer == fewer

    @pytest.mark.parametrize(
        ("status", "content", "kind"),
        [
            (400, body("MALFORMED_QUERY"), RefusedError),
            (400, body("UNABLE_TO_LOCK_ROW"), TransientError),
            (403, body("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."), TransientError),
            (403, body("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), BudgetExhausted),
            (403, body("API_DISABLED_FOR_ORG"), AccessDenied),
            (403, b"<html>", AccessDenied),
            (404, body("NOT_FOUND"), NotFoundError),
            (401, b"<html>", AccessDenied),
            (401, body("INVALID_SESSION_ID"), AccessDenied),
            (406, b"", TransientError),
            (414, b"<h1>Bad Message 414</h1>", RefusedError),
            (420, b"", TransientError),
            (429, b"", TransientError),
            (500, body("UNKNOWN_EXCEPTION"), TransientError),
            (500, b"<html>", TransientError),
            (500, b'{"error": "Internal Server Error"}', TransientError),
            (502, b'{"error": "Bad gateway"}', TransientError),
            (503, b"<html>", TransientError),
            (504, b"", TransientError),
        ],
    )
    def test_what_it_is_told_by(self, status: int, content: bytes, kind: type[Exception]) -> None:
        assert type(translate(status, content, {}, "query")) is kind

    def test_a_wish_to_wait_is_kept(self) -> None:
        error = translate(503, b"", {"Retry-After": "7"}, "query")
        assert isinstance(error, TransientError)
        assert error.retry_after == 7

    def test_the_end_of_the_day_s_calls_says_until_when(self) -> None:
        error = translate(403, body("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), {}, "query")
        assert isinstance(error, BudgetExhausted)
        left = error.available_at - datetime.now(UTC)
        assert timedelta(hours=23) < left <= timedelta(hours=24)
        assert f"{error.available_at:%Y-%m-%d %H:%M}" in str(error.hint)

    def test_a_page_that_is_none_of_the_api_s_says_nothing_of_what_was_asked_for(self) -> None:
        """Or every object would look as if the org did not have it."""
        error = translate(404, b"<html>URL No Longer Exists</html>", {}, "describe")
        assert not isinstance(error, NotFoundError)
        assert "crm.api_version" in str(error.hint)

    @pytest.mark.parametrize(
        ("message", "name"),
        [
            ("No such column 'Foo__c' on entity 'Lead'. If you are attempting to use ...", "Foo__c"),
            ("\nName FROM Accout\n ^\nsObject type 'Accout' is not supported.", "Accout"),
        ],
    )
    def test_what_the_set_up_lacks_is_named(self, message: str, name: str) -> None:
        assert name in translate(400, body("INVALID_FIELD", message), {}, "query").message

    @given(st.text(min_size=5), st.sampled_from([400, 401, 403, 404, 500]))
    def test_no_words_of_salesforce_s_come_through(self, words: str, status: int) -> None:
        secret = f"Zq{words}qZ"
        for content in (body("MALFORMED_QUERY", secret), json.dumps({"error": secret + " "}).encode()):
            error = translate(status, content, {"X": secret}, "query")
            assert secret not in f"{error.message} {error.hint} {error.code}"


class TestOfARecord:
    @pytest.mark.parametrize(
        ("code", "message", "field"),
        [
            ("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", "LastName"),
            ("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName, Company]", "LastName"),
            ("STRING_TOO_LONG", "Company: data value too large: Acme Acme (max length=3)", "Company"),
            ("INVALID_EMAIL_ADDRESS", "Email: invalid email address: ann@", "Email"),
            (
                "DUPLICATE_VALUE",
                "duplicate value found: X__c duplicates value on record with id: 00Q000000000001",
                "X__c",
            ),
            (
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                "Industry: bad value for restricted picklist field: Acme",
                "Industry",
            ),
            (
                "NUMBER_OUTSIDE_VALID_RANGE",
                "Amount: value outside of valid range on numeric field: 1E30",
                "Amount",
            ),
            (
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                "Unable to create/update fields: Name. Please check the security settings of this field",
                "Name",
            ),
        ],
    )
    def test_the_field_at_fault_is_found_where_only_the_message_names_it(
        self, code: str, message: str, field: str
    ) -> None:
        result = record_error(entry(code, message))
        assert (result.field, result.code, result.again) == (field, code, False)

    @pytest.mark.parametrize(
        "error",
        [
            entry(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                "Lead Source: bad value for restricted picklist field: Acme",
            ),
            entry("STRING_TOO_LONG", "Acme: data value too large: Acme", ["Acme"]),
            entry("STRING_TOO_LONG", fields=["Acme Corp"]),
            entry("STRING_TOO_LONG", fields=[7, None]),
            entry("STRING_TOO_LONG", fields="Acme"),
        ],
    )
    def test_what_was_to_be_written_is_never_taken_for_a_field(self, error: dict[str, Any]) -> None:
        result = record_error(error, ["Acme"])
        assert result.field is None
        assert "Acme" not in str(result)

    @given(st.text(min_size=3).filter(lambda text: len(text.strip()) > 2))
    def test_a_value_is_never_in_the_words(self, value: str) -> None:
        value = f"Zq{value}"
        for code in ("STRING_TOO_LONG", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "SOMETHING_NEW", value):
            for message in (value, f"{value}: data value too large", f"no: {value}", "x" * 250 + value):
                assert value not in str(record_error(entry(code, message, [value]), [value]))

    @pytest.mark.parametrize(
        ("message", "value"),
        [
            ("No deals with Acme  Corp, please", "acme corp"),
            ("No deals with A&amp;B Corp, please", "A&B Corp"),
            ("x" * 240 + " Johann Sebastian Bach", "Johann Sebastian Bach"),
            ("The title Migration of the data c... is in use", "Migration of the data centre"),
        ],
    )
    def test_a_rule_that_quotes_a_value_is_not_passed_on(self, message: str, value: str) -> None:
        result = record_error(entry("FIELD_CUSTOM_VALIDATION_EXCEPTION", message), [value])
        assert result.error == "a validation rule of the org refuses it"

    def test_an_administrator_s_own_words_are(self) -> None:
        rule = entry("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Give the region,\nplease", ["Region__c"])
        result = record_error(rule, ["Acme Corp", "DE"])
        assert result.error == "a validation rule of the org refuses it: Give the region, please"
        assert result.field == "Region__c"
        escape = entry("FIELD_CUSTOM_VALIDATION_EXCEPTION", "\x1b[2Jgone")
        assert record_error(escape).error == "a validation rule of the org refuses it"

    @pytest.mark.parametrize("code", ["UNABLE_TO_LOCK_ROW", "RECORD_IN_USE_BY_WORKFLOW", "PROCESSING_HALTED"])
    def test_a_record_s_bad_moment_is_worth_another_try(self, code: str) -> None:
        assert record_error(entry(code)).again

    def test_a_deleted_record_has_the_code_that_all_crms_have(self) -> None:
        assert record_error(entry("ENTITY_IS_DELETED")).code == "gone"

    @pytest.mark.parametrize("code", ["INVALID_FIELD", "INVALID_TYPE", "STORAGE_LIMIT_EXCEEDED"])
    def test_the_set_up_s_fault_ends_the_run(self, code: str) -> None:
        with pytest.raises(RefusedError, match=code):
            record_error(entry(code, "Acme Corp"))

    def test_a_parent_that_is_not_there_is_one_record_s_fault(self) -> None:
        message = "Foreign key external ID: acme not found for field X__c in entity Account"
        result = record_error(entry("INVALID_FIELD", message))
        assert result.code == "INVALID_CROSS_REFERENCE_KEY"
        assert result.error == "refers to a record that is not there"

    def test_the_day_s_calls_may_end_in_the_middle_of_a_batch(self) -> None:
        with pytest.raises(BudgetExhausted):
            record_error(entry("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))

    def test_duplicates_are_named(self) -> None:
        matches = [
            {"matchRecords": [{"record": {"Id": "00Q000000000001AAA"}}, {"record": {"Id": "no id"}}, 3]}
        ]
        error = entry("DUPLICATES_DETECTED", "Use one of these", duplicateResult={"matchResults": matches})
        assert record_error(error).duplicates == ("00Q000000000001AAA",)
        for broken in (None, [], {"matchResults": [None, {"matchRecords": ["Acme"]}]}):
            assert record_error(entry("DUPLICATES_DETECTED", duplicateResult=broken)).duplicates == ()

    @pytest.mark.parametrize(
        "error", [{}, {"statusCode": None}, {"statusCode": 7}, {"statusCode": "Acme Corp"}]
    )
    def test_one_without_a_code_may_pass(self, error: dict[str, Any]) -> None:
        result = record_error(error)
        assert result.again
        assert "Acme" not in str(result)
