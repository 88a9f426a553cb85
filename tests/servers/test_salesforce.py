"""The loopback Salesforce, as the real simple-salesforce sees it."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_salesforce.exceptions import SalesforceError

from tests.servers.salesforce import Salesforce
from tests.servers.salesforce_client import (
    DATA,
    KEY,
    client_of,
    error,
    lead,
    refused,
    upsert,
)
from tests.servers.salesforce_http import encode

RECORDED = Path(__file__).parents[2].parent / "shared/reference/salesforce"


class TestDescribe:
    def test_fields(self, sf: Any) -> None:
        fields = {field["name"]: field for field in sf.Lead.describe()["fields"]}
        key = fields[KEY]
        assert (key["externalId"], key["unique"], key["caseSensitive"], key["length"]) == (
            True,
            True,
            True,
            80,
        )
        assert fields["OwnerId"]["referenceTo"] == ["Group", "User"]
        assert fields["Status"]["defaultedOnCreate"]
        assert [value["value"] for value in fields["Rating"]["picklistValues"]] == ["Hot", "Warm", "Cold"]
        assert "CurrencyIsoCode" not in fields

    def test_kinds_of_orgs(self) -> None:
        kinds: dict[str, Any] = {"person_accounts": True, "multi_currency": True, "country_picklists": True}
        with Salesforce(custom_fields=False, **kinds) as org, client_of(org) as sf:
            account = sf.Account.describe()
            fields = {field["name"]: field for field in account["fields"]}
            assert not any(name.startswith("AWS_") for name in fields)
            assert fields["CurrencyIsoCode"]["restrictedPicklist"]
            assert {"value": "DE", "label": "Germany"}.items() <= next(
                value for value in fields["BillingCountryCode"]["picklistValues"] if value["value"] == "DE"
            ).items()
            assert fields["Name"]["nillable"]
            assert [info["name"] for info in account["recordTypeInfos"]] == [
                "Business Account",
                "Person Account",
                "Master",
            ]

    @pytest.mark.skipif(not RECORDED.exists(), reason="no recorded describes beside the checkout")
    @pytest.mark.parametrize(
        "sobject", ["Account", "Contact", "Lead", "Opportunity", "OpportunityContactRole"]
    )
    def test_like_the_recorded_ones(self, sf: Any, sobject: str) -> None:
        found = json.loads((RECORDED / f"describe/GET_sobjects_{sobject}_describe.json").read_text())
        recorded = {field["name"]: field for field in found["fields"]}
        ours = {field["name"]: field for field in getattr(sf, sobject).describe()["fields"]}
        same = ("type", "length", "precision", "scale", "digits", "createable", "updateable", "nillable")
        also = ("defaultedOnCreate", "referenceTo", "relationshipName", "idLookup", "filterable", "sortable")
        both = sorted(recorded.keys() & ours.keys())
        assert len(both) > 10
        differing = {
            (name, what): (ours[name][what], recorded[name][what])
            for name in both
            for what in (*same, *also)
            if ours[name][what] != recorded[name][what]
        }
        assert differing == {}


class TestSingleRecords:
    def test_a_life(self, org: Salesforce, sf: Any) -> None:
        fields = {name: value for name, value in lead().items() if name not in ("attributes", KEY)}
        assert sf.Lead.upsert(f"{KEY}/engi-1", fields) == 201
        assert sf.Lead.upsert(f"{KEY}/engi-1", fields) == 200
        found = sf.Lead.get_by_custom_id(KEY, "engi-1")
        assert sf.Lead.update(found["Id"], {"Title": "CTO"}) == 204
        assert sf.Lead.get(found["Id"])["Title"] == "CTO"
        assert sf.Lead.delete(found["Id"]) == 204
        assert refused(lambda: sf.Lead.get(found["Id"]))[:2] == (404, "NOT_FOUND")
        assert refused(lambda: sf.Lead.update(found["Id"], {"Title": "x"}))[1] == "ENTITY_IS_DELETED"

    def test_the_key_is_not_in_the_body(self, sf: Any) -> None:
        assert refused(lambda: sf.Lead.upsert(f"{KEY}/1", {KEY: "1"}))[1] == "INVALID_FIELD"

    def test_errors(self, sf: Any) -> None:
        with pytest.raises(SalesforceError) as caught:
            sf.Lead.create({"Company": "x"})
        answer: Any = caught.value
        assert answer.content == [
            {
                "message": "Required fields are missing: [LastName]",
                "errorCode": "REQUIRED_FIELD_MISSING",
                "fields": ["LastName"],
            }
        ]
        assert refused(lambda: sf.Nothing.describe())[:2] == (404, "NOT_FOUND")


class TestComposite:
    def run(self, sf: Any, *parts: dict[str, Any], **options: Any) -> Any:
        return sf.restful("composite", method="POST", json={"compositeRequest": parts, **options})

    def part(self, name: str, path: str, method: str = "GET", **more: Any) -> dict[str, Any]:
        return {"method": method, "url": f"{DATA}/{path}", "referenceId": name, **more}

    def test_references_and_collections(self, org: Salesforce, sf: Any) -> None:
        answer = self.run(
            sf,
            self.part("account", "sobjects/Account", "POST", body={"Name": "Acme"}),
            self.part(
                "contact", "sobjects/Contact", "POST", body={"LastName": "x", "AccountId": "@{account.id}"}
            ),
            self.part("leads", f"composite/sobjects/Lead/{KEY}", "PATCH", body={"records": [lead()]}),
            self.part("found", "query?q=SELECT+Account.Name+FROM+Contact+WHERE+Id='@{contact.id}'"),
            self.part("bad", "sobjects/Account", "POST", body={}),
        )["compositeResponse"]
        assert [part["httpStatusCode"] for part in answer] == [201, 201, 200, 200, 400]
        assert answer[3]["body"]["records"][0]["Account"]["Name"] == "Acme"
        assert org.calls == {"composite": 1}

    def test_all_or_none(self, org: Salesforce, sf: Any) -> None:
        parts = [
            self.part("good", "sobjects/Account", "POST", body={"Name": "Acme"}),
            self.part("bad", "sobjects/Account", "POST", body={}),
        ]
        answer = self.run(sf, *parts, allOrNone=True)["compositeResponse"]
        assert answer[0]["body"][0]["errorCode"] == "PROCESSING_HALTED"
        assert answer[1]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
        assert org.records("Account") == []

    def test_limits(self, sf: Any) -> None:
        query = "query?q=SELECT+Id+FROM+Lead"
        assert refused(lambda: self.run(sf, *(self.part(f"q{n}", query) for n in range(6))))[0] == 400
        assert refused(lambda: self.run(sf, *(self.part(f"l{n}", "limits") for n in range(26))))[0] == 400
        assert refused(lambda: self.run(sf, self.part("a", "limits"), self.part("a", "limits")))[0] == 400
        assert len(self.run(sf, *(self.part(f"q{n}", query) for n in range(5)))["compositeResponse"]) == 5


class TestKindsOfOrgs:
    def test_person_accounts(self) -> None:
        with Salesforce(person_accounts=True) as org, client_of(org) as sf:
            sf.Account.create({"LastName": "Doe", "FirstName": "Jo", "PersonEmail": "jo@example.com"})
            sf.Account.create({"Name": "Acme"})
            person, business = org.records("Account")
            assert (person["Name"], person["IsPersonAccount"]) == ("Jo Doe", True)
            assert person["PersonContactId"] == org.records("Contact")[0]["Id"]
            assert not business["IsPersonAccount"]
            for fields in ({"Name": "x", "LastName": "y"}, {"Name": "x", "PersonEmail": "a@b.example"}):
                assert (
                    refused(functools.partial(sf.Account.create, fields))[1]
                    == "INVALID_FIELD_FOR_INSERT_UPDATE"
                )
            rename = refused(lambda: sf.Account.update(person["Id"], {"Name": "x"}))
            assert rename[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"
            assert refused(lambda: sf.Account.create({"Phone": "1"}))[1] == "REQUIRED_FIELD_MISSING"

    def test_multi_currency(self) -> None:
        with Salesforce(multi_currency=True) as org, client_of(org) as sf:
            assert upsert(sf, lead(1), lead(2, CurrencyIsoCode="EUR"))[1]["success"]
            assert [row["CurrencyIsoCode"] for row in org.records("Lead")] == ["USD", "EUR"]
            found = error(upsert(sf, lead(1, CurrencyIsoCode="XXX"))[0])
            assert found["fields"] == ["CurrencyIsoCode"]

    def test_country_picklists(self) -> None:
        with Salesforce(country_picklists=True) as org, client_of(org) as sf:
            results = upsert(
                sf,
                lead(1, CountryCode="DE"),
                lead(2, Country="united states", State="California"),
                lead(3, Country="Narnia"),
                lead(4, Country="Germany", CountryCode="FR"),
                lead(5, State="California"),
            )
            assert [result["success"] for result in results] == [True, True, False, False, False]
            assert [row["Country"] for row in org.records("Lead")] == ["Germany", "United States"]
            assert org.records("Lead")[1]["StateCode"] == "CA"
            found = error(results[2])
            assert (found["statusCode"], found["fields"]) == ("FIELD_INTEGRITY_EXCEPTION", ["Country"])
            assert found["message"].startswith("There's a problem with this country")

    def test_contact_roles(self, org: Salesforce, sf: Any) -> None:
        deal = {"Name": "x", "CloseDate": "2030-01-01", "StageName": "Closed Won", "Amount": Decimal("9.99")}
        deal_id = org.insert("Opportunity", deal)
        roles = []
        for name in ("a", "b"):
            contact = org.insert("Contact", {"LastName": name})
            role = {"OpportunityId": deal_id, "ContactId": contact, "IsPrimary": True, "Role": "Evaluator"}
            roles.append(sf.OpportunityContactRole.create(role)["id"])
        assert [row["IsPrimary"] for row in org.records("OpportunityContactRole")] == [False, True]
        assert org.records("Opportunity")[0]["IsWon"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("5000", b"5000.0"),
        ("0.5", b"0.5"),
        ("12345678.9", b"1.23456789E7"),
        ("-1e-5", b"-1.0E-5"),
        ("0", b"0.0"),
    ],
)
def test_numbers_are_written_as_java_does(number: str, text: bytes) -> None:
    assert encode(Decimal(number)) == text


def test_the_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.servers.salesforce", "--flow", "token"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout
        url, bundle, settings = (process.stdout.readline().strip() for _ in range(3))
        try:
            answer = requests.get(f"{url}/services/data", verify=bundle, proxies={"https": ""}, timeout=10)
            assert answer.json()[-1]["version"] == "66.0"
            assert json.loads(settings)["login_url"] == url
        finally:
            process.terminate()
