"""The odoo CRM keeps the contract, against a real Odoo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connector.crm.base import Crm
from connector.crm.contract import CrmContract
from connector.crm.contract_base import Adapter
from connector.crm.contract_values import Values
from connector.crm.odoo import OdooCrm
from connector.crm.odoo_settings import Settings
from connector.records import Value
from tests.odoo.server import Odoo

pytestmark = pytest.mark.odoo


def open_crm(odoo: Odoo, *, read_only: bool = False, **settings: Any) -> OdooCrm:
    values = odoo.settings(**settings)
    values.pop("type")
    return OdooCrm.open(Settings.model_validate(values), Path("/"), read_only=read_only)


def by_hand(value: Value) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


class OdooContract(Adapter):
    object = "crm.lead"
    key_field = "external_id"
    required: ClassVar[Mapping[str, Value]] = {"name": "An opportunity"}
    title_field = "name"
    text_field = "description"
    reference_field = "partner_id"
    relation_field = "partner_id.name"
    parent_object = "res.partner"
    parent_key_field = "external_id"
    parent_text_field = "name"
    parent_required: ClassVar[Mapping[str, Value]] = {"name": "A partner"}
    money_field = "expected_revenue"
    money_digits = 15  # Odoo's numbers are double precision
    zero_is_none = True
    date_field = "date_deadline"
    datetime_field = "date_closed"
    integer_field = "color"
    boolean_field = "active"

    odoo: Odoo

    @pytest.fixture(autouse=True)
    def store(self, odoo: Odoo) -> None:
        self.odoo = odoo
        odoo.empty(self.object)

    def open_crm(self, *, read_only: bool = False) -> Crm:
        return open_crm(self.odoo, read_only=read_only)

    def insert_by_hand(self, fields: Mapping[str, Value]) -> str:
        return str(
            self.odoo.call("crm.lead", "create", {name: by_hand(value) for name, value in fields.items()})
        )

    def delete_by_hand(self, record_id: str) -> None:
        self.odoo.call("crm.lead", "unlink", [int(record_id)])


class TestOdoo(OdooContract, CrmContract):
    pass


class TestMarkup(OdooContract, Values):
    """A description is markup from Odoo 15 on."""

    text_field = "x_markup"

    @pytest.fixture(autouse=True)
    def markup(self, odoo: Odoo) -> None:
        (model,) = odoo.call("ir.model", "search", [["model", "=", "crm.lead"]])
        about = {"model_id": model, "name": self.text_field, "ttype": "html", "field_description": "Markup"}
        if not odoo.call("ir.model.fields", "search_count", [["name", "=", self.text_field]]):
            odoo.call("ir.model.fields", "create", about)
