"""sObject Collections at the loopback Salesforce: the checks of a record that is saved."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from simple_salesforce.exceptions import SalesforceError

from tests.servers.salesforce import Salesforce
from tests.servers.salesforce_client import (
    KEY,
    error,
    lead,
    refused,
    upsert,
)


class TestCollections:
    def test_upsert_creates_then_updates(self, org: Salesforce, sf: Any) -> None:
        first = upsert(sf, lead(1, FirstName="  Ann "), lead(2, AnnualRevenue=12_345_678))
        assert [result["created"] for result in first] == [True, True]
        second = upsert(sf, lead(1, FirstName=""), lead(2))
        assert [(result["id"], result["created"]) for result in second] == [
            (result["id"], False) for result in first
        ]
        assert [(row["FirstName"], row["Name"]) for row in org.records("Lead")] == [
            (None, "Smith 1"),
            (None, "Smith 2"),
        ]
        assert sf.query("SELECT AnnualRevenue FROM Lead WHERE AnnualRevenue > 1")["records"][0][
            "AnnualRevenue"
        ] == Decimal(12_345_678)

    def test_create_update_retrieve(self, org: Salesforce, sf: Any) -> None:
        body = {"records": [lead(1), lead(2)]}
        made = sf.restful("composite/sobjects", method="POST", json=body)
        ids = [result["id"] for result in made]
        records = [{"attributes": {"type": "Lead"}, "Id": ids[0][:15], "Title": "CTO"}]
        changed = sf.restful("composite/sobjects", method="PATCH", json={"records": records})
        assert changed == [{"id": ids[0], "success": True, "errors": []}]
        asked = {"ids": [ids[1], ids[0], "00Q000000000001"], "fields": ["Title"]}
        found = sf.restful("composite/sobjects/Lead", method="POST", json=asked)
        assert [row and row["Title"] for row in found] == [None, "CTO", None]

    @pytest.mark.parametrize(
        ("fields", "code", "at", "message"),
        [
            (
                {"LastName": None},
                "REQUIRED_FIELD_MISSING",
                ["LastName"],
                "Required fields are missing: [LastName]",
            ),
            ({"FirstName": "x" * 41}, "STRING_TOO_LONG", ["FirstName"], "First Name: data value too large: "),
            (
                {"CleanStatus": "x"},
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                ["CleanStatus"],
                "Clean Status: bad",
            ),
            ({"Email": "a@b"}, "INVALID_EMAIL_ADDRESS", ["Email"], "Email: invalid email address: a@b"),
            ({"NumberOfEmployees": "x"}, "JSON_PARSER_ERROR", [], "Cannot deserialize instance of int from"),
            (
                {"Title": 5},
                "JSON_PARSER_ERROR",
                [],
                "Cannot deserialize instance of string from VALUE_NUMBER_INT",
            ),
            (
                {"AWS_Invitation_Date__c": "2024-01-01 00:00:00"},
                "JSON_PARSER_ERROR",
                [],
                "Cannot deserialize",
            ),
            (
                {"AnnualRevenue": 10**18},
                "NUMBER_OUTSIDE_VALID_RANGE",
                ["AnnualRevenue"],
                "Annual Revenue: value",
            ),
            ({"OwnerId": "nonsense"}, "MALFORMED_ID", ["OwnerId"], "Owner ID: id value of incorrect type"),
            ({"OwnerId": "005000000000001"}, "INVALID_CROSS_REFERENCE_KEY", ["OwnerId"], "invalid cross"),
            (
                {"IsDeleted": True},
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                ["IsDeleted"],
                "Unable to create/update",
            ),
            ({"Foo__c": 1}, "INVALID_FIELD", [], "No such column 'Foo__c' on sobject of type Lead"),
            ({KEY: None}, "MISSING_ARGUMENT", [], f"{KEY} not specified"),
        ],
    )
    def test_a_bad_record_fails_alone(
        self, org: Salesforce, sf: Any, fields: dict[str, Any], code: str, at: list[str], message: str
    ) -> None:
        results = upsert(sf, lead(1), lead(2, **fields), lead(3))
        found = error(results[1])
        assert (found["statusCode"], found["fields"]) == (code, at)
        assert found["message"].startswith(message)
        assert [row[KEY] for row in org.records("Lead")] == ["engi-1", "engi-3"]

    def test_all_or_none(self, org: Salesforce, sf: Any) -> None:
        upsert(sf, lead(1))
        results = upsert(sf, lead(1, Title="new"), lead(2), lead(3, Company=None), all_or_none=True)
        codes = [error(result)["statusCode"] for result in results]
        assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK"] * 2 + ["REQUIRED_FIELD_MISSING"]
        assert [(row[KEY], row["Title"]) for row in org.records("Lead")] == [("engi-1", None)]
        assert upsert(sf, lead(2))[0]["created"]

    def test_the_same_key_twice(self, org: Salesforce, sf: Any) -> None:
        results = upsert(sf, lead(1), lead(2), lead(1))
        assert [result["success"] for result in results] == [False, True, False]
        assert error(results[0])["message"] == "Duplicate external id specified: engi-1"

    def test_a_unique_value_elsewhere(self, org: Salesforce, sf: Any) -> None:
        identifier = upsert(sf, lead(1))[0]["id"]
        found = error(sf.restful("composite/sobjects", method="POST", json={"records": [lead(1)]})[0])
        assert found["statusCode"] == "DUPLICATE_VALUE"
        assert found["message"].endswith(f"duplicates value on record with id: {identifier}")

    def test_whole_calls_refused(self, sf: Any) -> None:
        assert refused(lambda: upsert(sf, *(lead(n) for n in range(201))))[:2] == (400, "EXCEEDED_ID_LIMIT")
        untyped = {KEY: "x"}
        path = f"composite/sobjects/Lead/{KEY}"
        for records in ([untyped], []):
            with pytest.raises(SalesforceError):
                sf.restful(path, method="PATCH", json={"records": records})
        other = {"attributes": {"type": "Contact"}, KEY: "x"}
        with pytest.raises(SalesforceError):
            sf.restful(path, method="PATCH", json={"records": [other]})
        with pytest.raises(SalesforceError):
            sf.restful("composite/sobjects/Lead/Title", method="PATCH", json={"records": [lead()]})

    def test_deleted_and_converted(self, org: Salesforce, sf: Any) -> None:
        upsert(sf, lead(1), lead(2))
        gone, converted = (row["Id"] for row in org.records("Lead"))
        org.delete("Lead", gone)
        made = org.convert_lead(converted)
        records = [{"attributes": {"type": "Lead"}, "Id": id, "Title": "x"} for id in (gone, converted)]
        results = sf.restful("composite/sobjects", method="PATCH", json={"records": records})
        codes = [error(result)["statusCode"] for result in results]
        assert codes == ["ENTITY_IS_DELETED", "CANNOT_UPDATE_CONVERTED_LEAD"]
        assert upsert(sf, lead(1))[0]["created"]
        row = sf.query("SELECT IsConverted, ConvertedOpportunity.Name FROM Lead WHERE IsConverted = true")
        assert row["records"][0]["ConvertedOpportunity"]["Name"] == "Acme-"
        assert made["ConvertedAccountId"] == org.records("Opportunity")[0]["AccountId"]

    def test_rules_of_the_org(self, org: Salesforce, sf: Any) -> None:
        org.validation_rule("Lead", lambda record: record["Title"] == "Intern", "No interns", "Title")
        org.require("Lead", "Phone")
        results = upsert(sf, lead(1, Title="Intern", Phone="1"), lead(2), lead(3, Phone="2"))
        assert error(results[0]) == {
            "statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "message": "No interns",
            "fields": ["Title"],
        }
        assert error(results[1])["fields"] == ["Phone"]
        assert results[2]["success"]

    def test_locked_records(self, org: Salesforce, sf: Any) -> None:
        identifier = upsert(sf, lead(1))[0]["id"]
        org.lock("Lead", identifier)
        assert error(upsert(sf, lead(1))[0])["statusCode"] == "UNABLE_TO_LOCK_ROW"
        assert upsert(sf, lead(1))[0]["success"]

    def test_duplicate_rules(self, org: Salesforce, sf: Any) -> None:
        org.duplicate_rule("Lead", ["Company", "LastName"])
        identifier = org.insert("Lead", {"LastName": "SMITH 1", "Company": "acme"})
        found = error(upsert(sf, lead(1))[0])
        assert found["statusCode"] == "DUPLICATES_DETECTED"
        match = found["duplicateResult"]["matchResults"][0]["matchRecords"][0]
        assert match["record"]["Id"] == identifier
        allowed = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
        assert upsert(sf, lead(1), headers=allowed)[0]["success"]
        org.duplicate_rule("Lead", ["Company"], allow_save=False)
        assert not upsert(sf, lead(2), headers=allowed)[0]["success"]

    def test_assignment_rules(self, org: Salesforce, sf: Any) -> None:
        person = {"Username": "q@example.com", "LastName": "Queue", "Email": "q@example.com", "Alias": "q"}
        other = org.insert("User", {**person, "IsActive": True})
        org.assignment_rule("Lead", other)
        upsert(sf, lead(1), headers={"Sforce-Auto-Assign": "FALSE"})
        assert org.records("Lead")[0]["OwnerId"] != other
        assert org.headers_seen["collections.upsert"]["sforce-auto-assign"] == "FALSE"
        upsert(sf, lead(1))
        assert org.records("Lead")[0]["OwnerId"] == other

    def test_parents_by_their_external_id(self, org: Salesforce, sf: Any) -> None:
        account = org.insert("Account", {"Name": "Acme", "AWS_Customer_Key__c": "acme.example"})
        deal: dict[str, Any] = {
            "attributes": {"type": "Opportunity"},
            "Name": "x",
            "CloseDate": "2030-01-01",
            KEY: "engi-1",
        }
        deal |= {"StageName": "Prospecting", "Amount": 5, "Account": {"AWS_Customer_Key__c": "ACME.example"}}
        assert upsert(sf, deal)[0]["success"]
        row = org.records("Opportunity")[0]
        assert (row["AccountId"], row["Probability"], row["IsClosed"]) == (account, 10, False)
        deal["Account"] = {"AWS_Customer_Key__c": "other.example"}
        assert "Foreign key external ID: other.example not found" in error(upsert(sf, deal)[0])["message"]
