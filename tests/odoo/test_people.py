"""What people do in a real Odoo meanwhile, and what they let the connector do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from connector.crm.odoo import OdooCrm
from connector.records import Value, Write
from tests.odoo.server import Odoo
from tests.odoo.test_contract import open_crm

pytestmark = pytest.mark.odoo

_NUMBERS = count()
_SALES = ("base.group_user", "sales_team.group_sale_manager")


@pytest.fixture
def crm(odoo: Odoo) -> Iterator[OdooCrm]:
    with open_crm(odoo) as crm:
        yield crm


def a_key() -> str:
    return f"people-{next(_NUMBERS)}"


def a_lead(key: str, id: str | None = None, **fields: Value) -> Write:
    return Write("crm.lead", "external_id", key, id, fields if id else {"name": "A lead", **fields})


def a_partner(key: str, id: str | None = None, **fields: Value) -> Write:
    return Write("res.partner", "external_id", key, id, fields if id else {"name": "Acme", **fields})


def made(crm: OdooCrm, *writes: Write) -> list[int]:
    results = crm.write(writes)
    assert [result.error for result in results] == [None] * len(writes)
    return [int(str(result.id)) for result in results]


def one(odoo: Odoo, id_: int, *fields: str) -> dict[str, Any]:
    (row,) = odoo.call("crm.lead", "read", [id_], fields=list(fields))
    return row  # type: ignore[no-any-return]


def known(odoo: Odoo, external_id: str) -> int:
    module, name = external_id.split(".")
    domain = [["module", "=", module], ["name", "=", name]]
    (row,) = odoo.call("ir.model.data", "search_read", domain, fields=["res_id"])
    return int(row["res_id"])


@contextmanager
def as_user(odoo: Odoo, *groups: str, **more: Any) -> Iterator[OdooCrm]:
    login = f"user-{next(_NUMBERS)}"
    values = {"name": login, "login": login, "password": f"pw-{login}", **more}
    odoo.call(
        "res.users", "create", {**values, "groups_id": [[6, 0, [known(odoo, group) for group in groups]]]}
    )
    with open_crm(odoo, username=login, password=f"pw-{login}") as crm:
        yield crm


@contextmanager
def rule(odoo: Odoo, domain: str, *permissions: str) -> Iterator[None]:
    """A record rule for leads, as an administrator makes one."""
    (model,) = odoo.call("ir.model", "search", [["model", "=", "crm.lead"]])
    every = ("perm_read", "perm_write", "perm_create", "perm_unlink")
    said = {name: name in permissions for name in every}
    id_ = odoo.call("ir.rule", "create", {"name": "ours", "model_id": model, "domain_force": domain, **said})
    try:
        yield
    finally:
        odoo.call("ir.rule", "unlink", [id_])


def test_an_archived_customer_can_be_referred_to(odoo: Odoo, crm: OdooCrm) -> None:
    (customer,) = made(crm, a_partner(a_key()))
    odoo.call("res.partner", "write", [customer], {"active": False})
    (lead,) = made(crm, a_lead(a_key(), partner_id=str(customer)))
    assert one(odoo, lead, "partner_id")["partner_id"][0] == customer


def test_merged_partners_are_found_and_written_by_the_keys_of_all(odoo: Odoo, crm: OdooCrm) -> None:
    keys = [a_key(), a_key()]
    ids = made(crm, *(a_partner(key) for key in keys))
    wizard = "base.partner.merge.automatic.wizard"
    about = {"state": "option", "partner_ids": [[6, 0, ids]], "dst_partner_id": ids[0]}
    odoo.call(wizard, "action_merge", [odoo.call(wizard, "create", about)])
    found = crm.find("res.partner", "external_id", keys, ["external_id"])
    assert {record.fields["external_id"]: record.id for record in found} == dict.fromkeys(keys, str(ids[0]))
    for key in keys:
        assert made(crm, a_partner(key, str(ids[0]), comment=key)) == [ids[0]]


def test_of_leads_one_that_the_user_may_not_change_fails_alone(odoo: Odoo) -> None:
    with as_user(odoo, *_SALES) as crm:
        keys = [a_key(), a_key()]
        locked, free = made(
            crm, a_lead(keys[0], name="locked", type="lead"), a_lead(keys[1], name="free", type="lead")
        )
        with rule(odoo, "[('name', '!=', 'locked')]", "perm_write"):
            for fields in ({"description": "new"}, {"type": "opportunity"}, {"active": False}):
                denied, landed = crm.write(
                    [a_lead(keys[0], str(locked), **fields), a_lead(keys[1], str(free), **fields)]
                )
                assert (denied.code, denied.id, landed.id) == ("forbidden", None, str(free))
                assert "no right" in str(denied.error)
    assert one(odoo, locked, "type", "active") == {"id": locked, "type": "lead", "active": True}
    after = one(odoo, free, "type", "active", "probability", "date_conversion")
    assert (after["type"], after["active"], after["probability"]) == ("opportunity", False, 0.0)
    assert after["date_conversion"]


def test_a_record_that_is_hidden_from_the_user_is_not_opened_a_second_time(odoo: Odoo) -> None:
    with as_user(odoo, *_SALES) as crm:
        key = a_key()
        (hidden,) = made(crm, a_lead(key, name="hidden"))
        before = odoo.call("crm.lead", "search_count", [])
        with rule(odoo, "[('name', '!=', 'hidden')]", "perm_read", "perm_write"):
            (result,) = crm.write([a_lead(key, name="again")])
        assert result.code == "forbidden"
        assert odoo.call("crm.lead", "search_count", []) == before
        assert one(odoo, hidden, "name")["name"] == "hidden"


def test_a_user_who_may_not_write_is_told_so(odoo: Odoo) -> None:
    with as_user(odoo, "base.group_user") as crm:
        (result,) = crm.write([a_lead(a_key())])
        assert (result.code, result.id) == ("forbidden", None)


def test_a_user_who_may_not_give_external_ids_is_told_so(odoo: Odoo) -> None:
    by_hand = odoo.call("crm.lead", "create", {"name": "by hand"})
    access = odoo.call("ir.model.access", "search", [["name", "=", "ir_model_data user"]])
    with as_user(odoo, *_SALES) as crm:
        odoo.call("ir.model.access", "write", access, {"perm_create": False})
        try:
            (result,) = crm.write([a_lead(a_key(), str(by_hand), description="x")])
        finally:
            odoo.call("ir.model.access", "write", access, {"perm_create": True})
    assert (result.code, result.field) == ("forbidden", "external_id")
    assert "Access Rights" in str(result.error)


def test_stages_go_by_their_names_in_the_users_language(odoo: Odoo) -> None:
    wizard = odoo.call("base.language.install", "create", {"lang": "de_DE"})
    odoo.call("base.language.install", "lang_install", [wizard])
    with as_user(odoo, *_SALES, lang="de_DE") as crm:
        assert "no.such.model" not in crm.describe(["crm.lead", "no.such.model"])
        key = a_key()
        (id_,) = made(crm, a_lead(key, **{"type": "opportunity", "stage_id.name": "Qualifiziert"}))
        (record,) = crm.find("crm.lead", "external_id", [key], ["stage_id.name"])
        assert record.fields == {"stage_id.name": "Qualifiziert"}
        wrong = crm.write(
            [
                a_lead(a_key(), type="nonsense"),
                a_lead(a_key(), partner_id="999999"),
                a_lead(key, str(id_), name=None),
            ]
        )
        assert [result.code for result in wrong] == ["picklist", "reference", "required"]


def test_losing_a_lead_takes_one_call(odoo: Odoo, crm: OdooCrm) -> None:
    key = a_key()
    (id_,) = made(crm, a_lead(key, type="lead"))
    made(crm, a_lead(key, str(id_), active=False))
    assert crm.calls()["lose"] == 1
    assert one(odoo, id_, "active", "probability") == {"id": id_, "active": False, "probability": 0.0}
