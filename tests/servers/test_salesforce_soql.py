"""SOQL at the loopback Salesforce, sent by the real simple-salesforce."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from simple_salesforce.exceptions import SalesforceError
from simple_salesforce.format import format_soql

from tests.servers.salesforce import Salesforce
from tests.servers.salesforce_client import (
    DATA,
    KEY,
    client_of,
    names,
    refused,
)
from tests.servers.salesforce_values import long_id


class TestQueries:
    @pytest.fixture(autouse=True)
    def people(self, org: Salesforce) -> None:
        account = org.insert("Account", {"Name": "Muster & Söhne"})
        for number, last in enumerate(["O'Neil", "ÅNGSTRÖM", "100%", "a_b", "back\\slash", "two\nlines"]):
            org.insert("Contact", {"LastName": last, "AccountId": account, "FirstName": f"n{number}"})

    @pytest.mark.parametrize(
        ("where", "count"),
        [
            ("LastName = 'o\\'neil'", 1),
            ("LastName = 'ångström'", 1),
            ("LastName LIKE '%\\%'", 1),
            ("LastName LIKE 'a\\_b'", 1),
            ("LastName LIKE '%'", 6),
            ("LastName LIKE '%\\\\%'", 1),
            ("LastName = 'two\\nlines'", 1),
            ("LastName = '\\u00c5ngstr\\u00f6m'", 1),
            ("NOT LastName = 'a_b'", 5),
            ("LastName NOT IN ('a_b', '100%')", 4),
            ("LastName != 'a_b' AND (LastName = '100%' OR LastName LIKE 'two%')", 2),
            ("Account.Name = 'MUSTER & SÖHNE'", 6),
            ("Contact.LastName = 'a_b'", 1),
            ("Email = null", 6),
            ("Email != null", 0),
            ("IsEmailBounced = false", 6),
            ("CreatedDate > 2020-01-01T00:00:00Z", 6),
            ("CreatedDate < 2020-01-01T00:00:00+02:00", 0),
            ("LastName < 'b'", 2),
        ],
    )
    def test_conditions(self, sf: Any, where: str, count: int) -> None:
        assert sf.query(f"SELECT COUNT() FROM Contact WHERE {where}")["totalSize"] == count

    def test_text_comes_back_as_it_went_in(self, sf: Any) -> None:
        for text in ("O'Neil", "back\\slash", "two\nlines", "100%"):
            query = format_soql("SELECT LastName FROM Contact WHERE LastName = {}", text)
            assert [row["LastName"] for row in sf.query(query)["records"]] == [text]

    def test_other_forms_of_the_same_letters_differ(self, org: Salesforce, sf: Any) -> None:
        org.insert("Account", {"Name": "Ｗｉｄｅ  Co"})
        assert names(sf, "Name = 'Wide Co'", "Account") == []
        assert names(sf, "Name = 'ｗｉｄｅ  co'", "Account") == ["Ｗｉｄｅ  Co"]

    def test_a_case_sensitive_key(self, org: Salesforce, sf: Any) -> None:
        org.insert("Lead", {"LastName": "x", "Company": "y", KEY: "engi-A"})
        assert names(sf, f"{KEY} = 'engi-a'") == []
        assert names(sf, f"{KEY} = 'engi-A'") == ["x"]

    def test_ids_of_both_lengths(self, org: Salesforce, sf: Any) -> None:
        identifier = org.records("Account")[0]["Id"]
        assert long_id(identifier[:15]) == identifier
        assert len(identifier) == 18
        assert names(sf, f"Id = '{identifier[:15]}'", "Account") == ["Muster & Söhne"]
        with pytest.raises(SalesforceError, match="invalid ID field"):
            names(sf, "Id = 'nonsense'", "Account")

    def test_order_limit_offset(self, sf: Any) -> None:
        query = "SELECT FirstName FROM Contact ORDER BY FirstName DESC NULLS LAST LIMIT 2 OFFSET 1"
        assert [row["FirstName"] for row in sf.query(query)["records"]] == ["n4", "n3"]

    def test_parents(self, sf: Any) -> None:
        row = sf.query("SELECT account.name, Owner.Username FROM Contact LIMIT 1")["records"][0]
        assert row["Account"]["Name"] == "Muster & Söhne"
        assert row["Account"]["attributes"]["type"] == "Account"

    def test_pages(self) -> None:
        with Salesforce(page_size=2) as org, client_of(org) as sf:
            for number in range(5):
                org.insert("Account", {"Name": f"{number}"})
            assert len(list(sf.query_all_iter("SELECT Id FROM Account"))) == 5
            assert org.calls == {"query": 1, "queryMore": 2}
            page = sf.query("SELECT Id FROM Account")
            assert (page["totalSize"], page["done"], len(page["records"])) == (5, False, 2)
            org.expire_locators()
            more = refused(lambda: sf.query_more(page["nextRecordsUrl"], identifier_is_url=True))
            assert more[:2] == (400, "INVALID_QUERY_LOCATOR")

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("SELECT Id FROM Accout", "INVALID_TYPE"),
            ("SELECT Foo__c FROM Account", "INVALID_FIELD"),
            ("SELECT Foo.Name FROM Account", "INVALID_FIELD"),
            ("SELECT Id, id FROM Account", "INVALID_FIELD"),
            ("SELECT Id FROM Account WHERE Description LIKE 'a%'", "INVALID_FIELD"),
            ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD"),
            ("SELECT Id FROM Contact WHERE CreatedDate = '2020-01-01'", "INVALID_FIELD"),
            ("SELECT Id FROM Account WHERE Name IN ()", "MALFORMED_QUERY"),
            ("SELECT Id FROM Account WHERE Name = 'a\\q'", "MALFORMED_QUERY"),
            ("SELECT Id FROM Account WHERE Name = '\\%'", "MALFORMED_QUERY"),
            ("SELECT Id FROM Account WHERE Name = 'a", "MALFORMED_QUERY"),
            ("SELECT Id FROM Account WHERE Name = 'a' OR Name = 'b' AND Name = 'c'", "MALFORMED_QUERY"),
            ("SELECT * FROM Account", "MALFORMED_QUERY"),
            ("SELECT FIELDS(ALL) FROM Account LIMIT 200", "MALFORMED_QUERY"),
            ("SELECT Name, COUNT(Id) FROM Account GROUP BY Name", "MALFORMED_QUERY"),
            ("SELECT Id FROM Account ORDER BY Description", "MALFORMED_QUERY"),
            ("SELECT Id FROM Account; DELETE", "MALFORMED_QUERY"),
            ("SELECT Id FROM Account WHERE CreatedDate > 2020-99-99", "MALFORMED_QUERY"),
            (f"SELECT Id FROM Account WHERE Name = '{'x' * 4001}'", "MALFORMED_QUERY"),
        ],
    )
    def test_refused(self, sf: Any, query: str, code: str) -> None:
        assert refused(lambda: sf.query(query))[:2] == (400, code)

    def test_the_words_of_a_recorded_refusal(self, sf: Any) -> None:
        _, _, message = refused(lambda: sf.query("SELECT Name,BillingCity,IsDeleted FROM Accout"))
        assert message.endswith(
            "ERROR at Row:1:Column:40\nsObject type 'Accout' is not supported. If you are attempting to use a"
            " custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or"
            " the describe call for the appropriate names."
        )

    def test_long_queries_go_by_composite_only(self, sf: Any) -> None:
        texts = ", ".join(f"'{'ü' * 40} {number}'" for number in range(200))
        query = f"SELECT Id FROM Account WHERE Name IN ({texts})"
        with pytest.raises(SalesforceError) as caught:
            sf.query(query)
        assert caught.value.status == 414
        part = {"method": "GET", "url": f"{DATA}/query?q={quote(query)}", "referenceId": "q"}
        answer = sf.restful("composite", method="POST", json={"compositeRequest": [part]})
        assert answer["compositeResponse"][0]["body"]["totalSize"] == 0
        part["url"] = f"{DATA}/query?q=SELECT+Id+FROM+Account+WHERE+Name='{'x' * 100_000}'"
        answer = sf.restful("composite", method="POST", json={"compositeRequest": [part]})
        assert answer["compositeResponse"][0]["httpStatusCode"] == 400
