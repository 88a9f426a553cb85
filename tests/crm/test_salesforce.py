"""The salesforce CRM keeps the contract, against a loopback org by way of the real simple-salesforce."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connector.crm.base import Crm
from connector.crm.contract import CrmContract
from connector.crm.salesforce import SalesforceCrm
from connector.crm.salesforce_settings import Settings
from connector.crm.salesforce_values import to_rest
from connector.errors import TransientError
from connector.records import Value, Write
from tests.servers.salesforce import Salesforce
from tests.servers.salesforce_http import Reply, Request


def open_crm(org: Salesforce, *, read_only: bool = False, **settings: Any) -> SalesforceCrm:
    values = org.settings("token", **settings)
    values.pop("type")
    return SalesforceCrm.open(Settings.model_validate(values), Path("/"), read_only=read_only)


@pytest.fixture
def org() -> Iterator[Salesforce]:
    with Salesforce() as org:
        yield org


class SalesforceContract(CrmContract):
    object = "Opportunity"
    key_field = "AWS_Invitation_Id__c"
    required: ClassVar[Mapping[str, Value]] = {
        "Name": "An opportunity",
        "StageName": "Prospecting",
        "CloseDate": date(2026, 12, 31),
    }
    title_field = "AWS_Project_Title__c"
    other_title_field = "Name"
    text_field = "NextStep"
    reference_field = "AccountId"
    relation_field = "Account.Name"
    parent_object = "Account"
    parent_key_field = "AWS_Customer_Key__c"
    parent_text_field = "Name"
    parent_required: ClassVar[Mapping[str, Value]] = {"Name": "An account"}
    money_field = "Amount"
    money_digits = 15  # Salesforce keeps amounts as doubles
    date_field = "CloseDate"
    datetime_field = "AWS_Invitation_Date__c"
    boolean_field = "IsPrivate"

    org: Salesforce

    def open_crm(self, *, read_only: bool = False) -> Crm:
        return open_crm(self.org, read_only=read_only)

    def insert_by_hand(self, fields: Mapping[str, Value]) -> str:
        return self.org.insert(self.object, {name: to_rest(value) for name, value in fields.items()})

    def delete_by_hand(self, record_id: str) -> None:
        self.org.delete(self.object, record_id)


class TestSalesforce(SalesforceContract):
    @pytest.fixture(autouse=True)
    def store(self, org: Salesforce) -> None:
        self.org = org


class Overtaken(Salesforce):
    """An org where the first creation of a lead fails by our key, which ``seen`` says who has: an attempt of
    ours that was thought lost and landed meanwhile, or a record that our user does not see."""

    seen = True

    def answer(self, request: Request) -> Reply:
        upserts = self.calls["collections.upsert"]
        reply = super().answer(request)
        if upserts or self.calls["collections.upsert"] == upserts:
            return reply
        lead = self.records("Lead")[0]
        if not self.seen:
            self.delete("Lead", lead["Id"])
        message = (
            f"duplicate value found: AWS_Invitation_Id__c duplicates value on record with id: {lead['Id']}"
        )
        error = {"statusCode": "DUPLICATE_VALUE", "message": message, "fields": []}
        return Reply(200, json.dumps([{"success": False, "errors": [error]}]).encode())


@pytest.mark.parametrize("seen", [True, False])
def test_a_creation_overtaken_by_an_earlier_attempt_is_sent_again(seen: bool) -> None:
    fields: dict[str, Value] = {"LastName": "Doe", "Company": "Acme"}
    write = Write("Lead", "AWS_Invitation_Id__c", "engi-1", None, fields)
    org = Overtaken()
    org.seen = seen
    with org:
        crm = open_crm(org)
        first = crm.write([write])[0]
        assert (first.code, first.again) == ("DUPLICATE_VALUE", seen)
        if seen:
            assert crm.write([write])[0].id == org.records("Lead")[0]["Id"]
        crm.close()


def test_where_all_unclaimed_records_take_too_long_titles_are_asked_for(
    org: Salesforce,
) -> None:
    stage = {"StageName": "Prospecting", "CloseDate": "2030-01-01"}
    theirs = org.insert("Opportunity", {**stage, "Name": "A data lake"})
    org.slow_queries(lambda text: " LIKE " not in text and " IN " not in text)
    with open_crm(org) as crm:
        for title in ("A Data Lake", "a  data lake"):
            asked = ("Opportunity", ["Name"], [title], "AWS_Invitation_Id__c", ["Name"])
            assert [record.id for record in crm.find_titles(*asked)] == [theirs]
    assert len(org.queries) == 3  # it is found out once
    org.slow_queries(lambda _: True)
    with open_crm(org) as crm, pytest.raises(TransientError, match="QUERY_TIMEOUT"):
        crm.find_titles(*asked)
