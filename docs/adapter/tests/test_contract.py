"""The whole test of an adapter: say what its objects and fields are called, and how to reach a store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest
from crm_json import JsonCrm, Settings

from connector.crm.base import Crm
from connector.crm.contract import CrmContract
from connector.records import Value, to_json

_IDS = count(1_000_000)


class TestJson(CrmContract):
    object = "deals"
    key_field = "invitation_key"
    required: ClassVar[Mapping[str, Value]] = {"name": "A deal"}
    title_field = "title"
    other_title_field = "name"
    text_field = "notes"
    reference_field = "company_id"
    relation_field = "company.name"
    parent_object = "companies"
    parent_key_field = "invitation_key"
    parent_text_field = "name"
    parent_required: ClassVar[Mapping[str, Value]] = {"name": "A company"}
    money_field = "amount"
    date_field = "closes"

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "crm.json"

    def open_crm(self, *, read_only: bool = False) -> Crm:
        return JsonCrm.open(Settings(path=self.path.name), self.path.parent, read_only=read_only)

    def insert_by_hand(self, fields: Mapping[str, Value]) -> str:
        store = json.loads(self.path.read_bytes()) if self.path.exists() else {}
        record_id = str(next(_IDS))
        store.setdefault("deals", {})[record_id] = {name: to_json(value) for name, value in fields.items()}
        self.path.write_text(json.dumps(store), encoding="utf-8")
        return record_id

    def delete_by_hand(self, record_id: str) -> None:
        store = json.loads(self.path.read_bytes())
        del store["deals"][record_id]
        self.path.write_text(json.dumps(store), encoding="utf-8")
