"""The hubspot CRM keeps the contract, against a loopback account by way of the real hubspot-api-client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connector.crm.base import Crm
from connector.crm.contract import CrmContract
from connector.crm.hubspot import HubSpotCrm
from connector.crm.hubspot_settings import Settings
from connector.crm.hubspot_values import to_text
from connector.records import Value
from tests.servers.hubspot import HubSpot
from tests.servers.hubspot_account import property_


def open_crm(account: HubSpot, *, read_only: bool = False, **settings: Any) -> HubSpotCrm:
    values = account.settings(**settings)
    values.pop("type")
    return HubSpotCrm.open(Settings.model_validate(values), Path("/"), read_only=read_only)


class HubSpotContract(CrmContract):
    object = "deals"
    key_field = "aws_invitation_id"
    required: ClassVar[Mapping[str, Value]] = {"dealname": "A deal"}
    title_field = "aws_project_title"
    other_title_field = "dealname"
    text_field = "description"
    reference_field = "associations.companies"
    relation_field = "companies.name"
    parent_object = "companies"
    parent_key_field = "aws_customer_key"
    parent_text_field = "name"
    parent_required: ClassVar[Mapping[str, Value]] = {}
    money_field = "amount"
    caseless_keys = True
    money_digits = 15  # HubSpot's numbers are double precision
    date_field = "renewal_date"
    datetime_field = "closedate"
    boolean_field = "renewal"

    hubspot: HubSpot

    @pytest.fixture(autouse=True)
    def store(self) -> Iterator[None]:
        with HubSpot() as self.hubspot:
            self.hubspot.account.add_property("deals", property_("renewal_date", "date", "date"))
            self.hubspot.account.add_property("deals", property_("renewal", "bool", "booleancheckbox"))
            self.prepare()
            yield

    def prepare(self) -> None:
        """What is different about this account."""

    def open_crm(self, *, read_only: bool = False) -> Crm:
        return open_crm(self.hubspot, read_only=read_only)

    def insert_by_hand(self, fields: Mapping[str, Value]) -> str:
        account = self.hubspot.account
        return account.create(account.object("deals"), {n: to_text(v) for n, v in fields.items()}).id

    def delete_by_hand(self, record_id: str) -> None:
        self.hubspot.account.archive("deals", record_id)


class TestHubSpot(HubSpotContract):
    pass


class TestMultiStatus(HubSpotContract):
    """Of a batch with a bad record, the others land."""

    def prepare(self) -> None:
        self.hubspot.multi_status = True
