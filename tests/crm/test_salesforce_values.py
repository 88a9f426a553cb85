"""Values and metadata as Salesforce has them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.crm.fit import fitted
from connector.crm.salesforce_countries import Countries
from connector.crm.salesforce_describe import filterable, object_meta
from connector.crm.salesforce_values import long_id, moment, read, to_cell, to_rest
from connector.records import CoercionError, FieldMeta

DESCRIBES = Path(__file__).parents[3] / "shared/reference/salesforce/describe"


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("0012300000bVTq1", "0012300000bVTq1AAG"),
        ("750ak000009Bq9O", "750ak000009Bq9OAAS"),
        ("00Dx0000000BV7z", "00Dx0000000BV7zEAG"),
        ("0012300000bVTq1AAG", "0012300000bVTq1AAG"),
        ("too short", "too short"),
        ("", ""),
    ],
)
def test_ids_get_their_eighteen_characters(short: str, long: str) -> None:
    assert long_id(short) == long


@given(st.text("aBc09Z", min_size=15, max_size=15))
def test_two_ids_that_differ_in_case_alone_stay_two(text: str) -> None:
    assert (long_id(text).casefold() == long_id(text.swapcase()).casefold()) == (text == text.swapcase())


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (Decimal("1234.50"), "money", Decimal("1234.50")),
        (12, "money", Decimal(12)),
        (12.0, "number", Decimal("12.0")),
        ("2026-01-31", "date", date(2026, 1, 31)),
        ("2026-01-31T09:30:00.000+0000", "datetime", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        (True, "boolean", True),
        ("0012300000bVTq1", "reference", "0012300000bVTq1AAG"),
        (None, "text", None),
        ({"street": "1 Main"}, "text", None),
        ("not a number any more", "money", "not a number any more"),
    ],
)
def test_values_are_read_as_the_field_s_type(value: Any, kind: Any, expected: Any) -> None:
    assert read(value, FieldMeta("f", kind)) == expected


@pytest.mark.parametrize(
    ("value", "cell", "rest"),
    [
        (None, "#N/A", None),
        ("", "#N/A", ""),
        (True, "true", True),
        (Decimal("1E+3"), "1000", Decimal("1E+3")),
        (date(2026, 2, 1), "2026-02-01", "2026-02-01"),
        (datetime(2026, 2, 1, 8, tzinfo=UTC), "2026-02-01T08:00:00.000Z", "2026-02-01T08:00:00.000Z"),
        ('a "b",\nc', 'a "b",\nc', 'a "b",\nc'),
    ],
)
def test_values_are_written_as_the_apis_have_them(value: Any, cell: str, rest: Any) -> None:
    assert to_cell(value) == cell
    assert to_rest(value) == rest


def test_when_a_record_was_made() -> None:
    assert moment("2026-01-31T09:30:00.000+0000") == datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
    assert moment("yesterday") is None
    assert moment(None) is None


def a_field(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "label": name,
        "length": 80,
        "createable": True,
        "updateable": True,
        "nillable": True,
        "defaultedOnCreate": False,
        "filterable": True,
        "referenceTo": [],
        **more,
    }


def test_a_describe_becomes_metadata() -> None:
    stages = [
        {"value": "Open", "active": True},
        {"value": "Old", "active": False},
        {"value": None, "active": True},
    ]
    meta = object_meta(
        {
            "name": "Opportunity",
            "label": "Deal",
            "fields": [
                a_field("Id", "id", createable=False, updateable=False),
                a_field("Name", nillable=False),
                a_field("Amount", "currency", length=0, scale=2),
                a_field("IsPrivate", "boolean", nillable=False),
                a_field("StageName", "picklist", nillable=False, picklistValues=stages),
                a_field("AccountId", "reference", referenceTo=["Account"], relationshipName="Account"),
                a_field("OwnerId", "reference", referenceTo=["User", "Group"], relationshipName="Owner"),
                a_field("Key__c", externalId=True, unique=True),
                a_field("Description", "textarea", length=32000, filterable=False),
            ],
        }
    )
    assert meta.label == "Deal"
    assert [name for name, field in meta.fields.items() if field.required] == ["Name", "StageName"]
    assert meta.fields["Amount"] == FieldMeta("Amount", "money", None, 2, "Amount")
    assert meta.fields["StageName"].picklist == ("Open",)
    assert meta.fields["AccountId"].reference_to == ("Account",)
    assert meta.relations == {"Account": "Account"}
    assert (meta.fields["Key__c"].external_id, meta.fields["Key__c"].unique) == (True, True)


@pytest.mark.skipif(not DESCRIBES.exists(), reason="recorded describes are not beside the checkout")
@pytest.mark.parametrize("name", ["Account", "Contact", "Lead", "Opportunity", "OpportunityContactRole"])
def test_recorded_describes_are_understood(name: str) -> None:
    describe = json.loads((DESCRIBES / f"GET_sobjects_{name}_describe.json").read_text(encoding="utf-8"))
    meta = object_meta(describe)
    required = {
        "Account": ["Name"],
        "Contact": ["LastName"],
        "Lead": ["LastName", "Company"],
        "Opportunity": ["Name", "StageName", "CloseDate"],
        "OpportunityContactRole": ["OpportunityId", "ContactId"],
    }
    assert [field.name for field in meta.fields.values() if field.required] == required[name]
    assert "Id" in filterable(describe)
    assert Countries.of(describe).codes == {}


def countries() -> Countries:
    codes = [
        {"value": "DE", "label": "Deutschland"},
        {"value": "NO", "label": "Norway"},
        {"value": "XK", "label": "Kosovo (UNMIK)"},
    ]
    fields = [a_field("BillingCountry"), a_field("BillingCountryCode", "picklist", picklistValues=codes)]
    return Countries.of({"fields": fields})


@pytest.mark.parametrize(
    ("name", "code"), [("Germany", "DE"), ("deutschland", "DE"), ("NO", "NO"), ("Kosovo", "XK"), (None, None)]
)
def test_where_countries_are_a_list_a_name_is_written_as_its_code(name: str | None, code: str | None) -> None:
    assert countries().to_write({"BillingCountry": name, "Name": "A"}) == {
        "BillingCountryCode": code,
        "Name": "A",
    }


def test_a_country_is_read_as_it_was_written() -> None:
    assert countries().as_read("BillingCountry", "Deutschland") == "Germany"
    assert countries().as_read("Name", "Deutschland") == "Deutschland"
    assert Countries().as_read("BillingCountry", "Deutschland") == "Deutschland"


def test_a_code_that_is_given_wins_over_the_name() -> None:
    given = {"BillingCountry": "Norway", "BillingCountryCode": "DE"}
    assert countries().to_write(given) == {"BillingCountryCode": "DE"}


def test_a_country_that_the_org_does_not_have_is_the_field_s_fault() -> None:
    with pytest.raises(CoercionError) as raised:
        countries().to_write({"BillingCountry": "Atlantis"})
    assert raised.value.args[1] == "BillingCountry"
    assert "Atlantis" not in raised.value.args[0]


def test_a_number_with_more_digits_than_its_field_is_known_before_it_is_sent() -> None:
    meta = object_meta({"name": "X", "fields": [a_field("Amount", "currency", precision=18, scale=2)]})
    amount = meta.fields["Amount"]
    assert amount.digits == 16
    assert fitted(Decimal("9999999999999999.99"), amount) == Decimal("9999999999999999.99")
    with pytest.raises(CoercionError, match="16 digits"):
        fitted(Decimal("10000000000000000"), amount)
