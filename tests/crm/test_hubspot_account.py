"""What the hubspot CRM does beyond the contract, against a loopback account."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from connector.crm import hubspot_batch as batch
from connector.crm import hubspot_search
from connector.crm.hubspot import HubSpotCrm
from connector.crm.hubspot_describe import is_primary
from connector.errors import RefusedError, TransientError
from connector.records import Value, Write, WriteResult
from connector.retry import RetryPolicy, retry
from tests.crm.test_hubspot import open_crm
from tests.servers import hubspot_search as server_search
from tests.servers.hubspot import Faults, HubSpot
from tests.servers.hubspot_account import Object, pipeline, property_

DEAL = "aws_invitation_id"
COMPANY = "aws_customer_key"


@pytest.fixture
def hubspot() -> Iterator[HubSpot]:
    with HubSpot() as hubspot:
        yield hubspot


@pytest.fixture
def crm(hubspot: HubSpot) -> Iterator[HubSpotCrm]:
    with open_crm(hubspot) as crm:
        yield crm


def a_deal(key: str, id: str | None = None, **fields: Value) -> Write:
    return Write("deals", DEAL, key, id, fields if id else {"dealname": f"Deal {key}", **fields})


def a_company(key: str, **fields: Value) -> Write:
    return Write("companies", COMPANY, key, None, {"name": key, **fields})


def made(crm: HubSpotCrm, *writes: Write) -> list[str]:
    results = crm.write(writes)
    assert [result.error for result in results] == [None] * len(writes)
    return [str(result.id) for result in results]


def one(crm: HubSpotCrm, object: str, id: str, *fields: str) -> Mapping[str, Value]:
    (record,) = crm.find(object, "id", [id], fields)
    return record.fields


def failed(result: WriteResult) -> tuple[str, str | None]:
    assert result.error and result.id is None
    return result.code, result.field


# Describe


def test_properties_become_fields(crm: HubSpotCrm) -> None:
    meta = crm.describe(["deals"])["deals"]
    assert meta.label == "Deal"
    fields = meta.fields
    assert fields["dealname"].required and not fields["amount"].required
    assert (fields["amount"].type, fields["amount"].scale) == ("money", 2)
    assert (fields["aws_monthly_spend"].type, fields["closedate"].type) == ("number", "datetime")
    assert fields["dealtype"].picklist == ("newbusiness", "existingbusiness")
    assert not fields["createdate"].createable and not fields["hs_object_id"].external_id
    assert fields["dealstage.label"].picklist == (
        "Appointment Scheduled",
        "Qualified To Buy",
        "Closed Won",
        "Closed Lost",
    )
    assert fields["associations.companies"].reference_to == ("companies",)
    assert "crm-connector hubspot properties" in meta.adding
    assert crm.describe(["contacts"])["contacts"].fields["email"].external_id


def test_objects_are_described_once_and_odd_names_are_not_asked_for(
    crm: HubSpotCrm, hubspot: HubSpot
) -> None:
    for _ in range(3):
        assert set(crm.describe(["deals", "../deals", "no such", "p_none"])) == {"deals"}
    assert hubspot.calls["properties"] == 2


def test_a_custom_object_is_an_object_like_any_other(hubspot: HubSpot) -> None:
    properties = [property_("serial", hasUniqueValue=True), property_("title")]
    properties += [property_("hs_object_id", "number", "number", read_only=True)]
    properties += [property_("createdate", "datetime", "date", read_only=True)]
    hubspot.account.objects["p_machines"] = Object(
        "p_machines", "2-123", {p["name"]: p for p in properties}, ["serial"]
    )
    with open_crm(hubspot) as crm:
        assert "p_machines" in crm.objects()
        (id_,) = made(crm, Write("p_machines", "serial", "A-1", None, {"title": "Press"}))
        assert one(crm, "p_machines", id_, "serial", "title") == {"serial": "A-1", "title": "Press"}


def test_without_the_schemas_scope_nothing_is_known_to_be_required(hubspot: HubSpot) -> None:
    hubspot.script("schema", "403")
    with open_crm(hubspot) as crm:
        assert not crm.describe(["deals"])["deals"].fields["dealname"].required


# Keys


def test_keys_are_one_whatever_their_case(crm: HubSpotCrm) -> None:
    first = made(crm, a_deal("Engi-ABC"))
    assert made(crm, a_deal("engi-abc")) == first
    assert made(crm, a_deal("ENGI-ABC", first[0], description="x")) == first
    (record,) = crm.find("deals", DEAL, ["eNGI-abc"], [DEAL, "description"])
    assert record.fields == {DEAL: "eNGI-abc", "description": "x"}


def test_an_address_is_a_key_though_its_property_is_not_said_to_be_unique(crm: HubSpotCrm) -> None:
    email = crm.describe(["contacts"])["contacts"].fields["email"]
    assert email.unique and email.external_id


@pytest.mark.parametrize("multi_status", [False, True])
def test_none_of_many_keys_and_ids_may_be_there(multi_status: bool) -> None:
    """Then HubSpot says so with a 404, or as it does when some are there."""
    with HubSpot(multi_status=multi_status) as hubspot, open_crm(hubspot) as crm:
        assert crm.find("deals", DEAL, ["a", "b"], []) == crm.find("deals", "id", ["1", "2"], []) == []
        assert len(made(crm, a_deal("a"), a_deal("b"))) == 2


def test_keys_that_differ_are_two(crm: HubSpotCrm) -> None:
    ids = made(crm, a_company("straße"), a_company("strasse"), a_company(" trimmed "))
    assert len(set(ids)) == 3
    found = crm.find("companies", COMPANY, ["straße", "strasse", "trimmed"], [COMPANY])
    assert [(record.id, record.fields[COMPANY]) for record in found] == [
        *zip(ids, ["straße", "strasse", "trimmed"], strict=True)
    ]


@pytest.mark.parametrize("multi_status", [False, True])
def test_an_address_that_is_none_is_nobodys(multi_status: bool) -> None:
    addresses = [f"person{n}@acme.example" if n != 30 else "no address" for n in range(100)]
    with HubSpot(strict=True, multi_status=multi_status) as hubspot, open_crm(hubspot) as crm:
        results = crm.write([Write("contacts", "email", address, None, {}) for address in addresses])
        assert [n for n, result in enumerate(results) if result.error] == [30]
        assert failed(results[30]) == ("unfit", "email")
        assert len(crm.find("contacts", "email", addresses, [])) == 99


def test_what_was_written_may_be_told_without_whose_it_is() -> None:
    with HubSpot(terse=True) as hubspot, open_crm(hubspot) as crm:
        companies = made(crm, *(a_company(f"company {n}") for n in range(20)))
        own = [{"associations.companies": id_} for id_ in companies]
        deals = made(crm, *(a_deal(f"deal {n}", **its) for n, its in enumerate(own)))
        leads = [
            Write("leads", DEAL, f"lead {n}", None, {"hs_lead_name": "x", **its}) for n, its in enumerate(own)
        ]
        made(crm, *leads)
        assert hubspot.calls["upsert"] == 2 and hubspot.calls["create"] == 1
        assert made(crm, *(a_deal(f"deal {n}", id_, amount=n) for n, id_ in enumerate(deals))) == deals
        for place, (deal, company) in enumerate(zip(deals, companies, strict=True)):
            assert one(crm, "deals", deal, DEAL, "companies.name") == {
                DEAL: f"deal {place}",
                "companies.name": f"company {place}",
            }, company


def test_a_contact_is_known_by_its_address(crm: HubSpotCrm, hubspot: HubSpot) -> None:
    by_hand = hubspot.account.create(hubspot.account.object("contacts"), {"email": "Ann@acme.example"}).id
    assert made(crm, Write("contacts", "email", "ann@ACME.example", None, {"firstname": "Ann"})) == [by_hand]
    assert hubspot.account.contents("contacts")[by_hand]["email"] == "ann@acme.example"


def test_a_contact_is_known_by_each_of_its_addresses(crm: HubSpotCrm, hubspot: HubSpot) -> None:
    addresses = {"email": "ann@acme.example", "hs_additional_emails": "a@acme.example;ann@home.example"}
    by_hand = hubspot.account.create(hubspot.account.object("contacts"), addresses).id
    (found,) = crm.find("contacts", "email", ["Ann@home.example"], ["email"])
    assert (found.id, found.fields) == (by_hand, {"email": "Ann@home.example"})
    for id_ in (None, by_hand):
        write = Write("contacts", "email", "ann@home.example", id_, {"jobtitle": "CTO"})
        assert made(crm, write) == [by_hand]
    assert hubspot.account.contents("contacts")[by_hand]["email"] == "ann@acme.example"


def test_without_our_properties_the_way_to_get_them_is_told() -> None:
    with HubSpot(custom=False) as bare, open_crm(bare) as crm:
        for question in (
            lambda: crm.find("deals", DEAL, ["x"], []),
            lambda: crm.write([a_deal("x")]),
            lambda: crm.find("companies", "name", ["Acme"], []),
        ):
            with pytest.raises(RefusedError) as caught:
                question()
            assert "hubspot properties" in str(caught.value.hint)
        assert not bare.account.contents("deals")


# Pipelines and stages


def stage_of(hubspot: HubSpot, id: str) -> tuple[str, str]:
    deal = hubspot.account.contents("deals")[id]
    return deal["pipeline"], deal["dealstage"]


def test_stages_go_by_what_people_call_them(crm: HubSpotCrm, hubspot: HubSpot) -> None:
    (id_,) = made(crm, a_deal("a", **{"dealstage.label": "qualified to buy"}))
    assert stage_of(hubspot, id_) == ("default", "qualifiedtobuy")
    made(crm, a_deal("a", id_, **{"dealstage.label": "Closed Lost"}))
    wanted = {"pipeline.label": "Sales Pipeline", "dealstage.label": "Closed Lost", "dealstage": "closedlost"}
    assert one(crm, "deals", id_, *wanted) == wanted
    (result,) = crm.write([a_deal("a", id_, **{"dealstage.label": "No such"})])
    assert failed(result) == ("picklist", "dealstage.label")


def test_a_stage_of_another_pipeline_takes_its_pipeline_along(hubspot: HubSpot) -> None:
    hubspot.account.objects["deals"].pipelines.append(
        pipeline("partners", "Partners", {"p1": "Invited", "p2": "Closed Lost"}, order=1)
    )
    with open_crm(hubspot) as crm:
        invited, named, first, plain = made(
            crm,
            a_deal("a", **{"dealstage.label": "Invited"}),
            a_deal("b", **{"pipeline.label": "partners", "dealstage.label": "Closed Lost"}),
            a_deal("c", **{"pipeline.label": "Partners"}),
            a_deal("d"),
        )
        assert [stage_of(hubspot, id_) for id_ in (invited, named, first, plain)] == [
            ("partners", "p1"),
            ("partners", "p2"),
            ("partners", "p1"),
            ("default", "appointmentscheduled"),
        ]
        made(crm, a_deal("a", invited, **{"dealstage.label": "Closed Lost"}))
        assert stage_of(hubspot, invited) == ("partners", "p2"), "the pipeline that the record is in"
        made(crm, a_deal("a", invited, **{"pipeline.label": "Partners"}))
        assert stage_of(hubspot, invited) == ("partners", "p2"), "it is there already, and keeps its stage"


# Associations


def test_a_new_reference_becomes_the_primary_one_and_the_old_stays(crm: HubSpotCrm, hubspot: HubSpot) -> None:
    first, second = made(crm, a_company("first"), a_company("second"))
    (deal,) = made(crm, a_deal("a", **{"associations.companies": first}))
    made(crm, a_deal("a", deal, **{"associations.companies": second}))
    asked = ("associations.companies", "companies.name")
    assert one(crm, "deals", deal, *asked) == {"associations.companies": second, "companies.name": "second"}
    linked = hubspot.account.linked("deals", deal, "companies")
    assert sorted(str(other["toObjectId"]) for other in linked) == sorted([first, second])


def test_what_is_associated_already_is_not_written_again(crm: HubSpotCrm, hubspot: HubSpot) -> None:
    (company,) = made(crm, a_company("one"))
    write = a_deal("a", **{"associations.companies": company})
    assert made(crm, write) == made(crm, write)
    assert hubspot.calls["link"] == 1


def test_associations_that_cannot_be_read_now_are_not_taken_for_none(
    crm: HubSpotCrm, hubspot: HubSpot
) -> None:
    (company,) = made(crm, a_company("one"))
    (deal,) = made(crm, a_deal("a", **{"associations.companies": company}))
    hubspot.script("linked", "207")
    with pytest.raises(TransientError):
        crm.find("deals", DEAL, ["a"], ["associations.companies"])
    assert one(crm, "deals", deal, "associations.companies") == {"associations.companies": company}


def test_an_association_beyond_the_account_s_limit_is_no_lost_record(
    crm: HubSpotCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    (company,) = made(crm, a_company("one"))
    error = {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "subCategory": "crm.associations.ASSOCIATION_LIMIT_EXCEEDED",
    }
    send = batch.send

    def refusing(client: Any, function: Any, about: Any, *more: Any) -> Any:
        return ({}, {0: error}) if about == ("deals", "companies") else send(client, function, about, *more)

    monkeypatch.setattr(batch, "send", refusing)
    (result,) = crm.write([a_deal("a", **{"associations.companies": company})])
    assert failed(result) == ("refused", "associations.companies")
    assert "as the account allows" in str(result.error)


def test_none_takes_an_association_away(crm: HubSpotCrm) -> None:
    (company,) = made(crm, a_company("one"))
    (deal,) = made(crm, a_deal("a", **{"associations.companies": company}))
    made(crm, a_deal("a", deal, **{"associations.companies": None}))
    assert one(crm, "deals", deal, "associations.companies") == {"associations.companies": None}


def test_a_lead_is_made_together_with_its_association(crm: HubSpotCrm, hubspot: HubSpot) -> None:
    (company,) = made(crm, a_company("one"))
    fields = {"hs_lead_name": "A lead", "associations.companies": company}
    write = Write("leads", DEAL, "a", None, fields)
    (lead,) = made(crm, write)
    assert made(crm, write) == [lead]
    assert one(crm, "leads", lead, "companies.name") == {"companies.name": "one"}
    (result,) = crm.write([Write("leads", DEAL, "b", None, {"hs_lead_name": "Nobody's"})])
    assert failed(result) == ("required", "associations.companies")
    assert len(hubspot.account.contents("leads")) == 1


def test_a_lead_of_a_contact_needs_no_company(crm: HubSpotCrm, hubspot: HubSpot) -> None:
    (contact,) = made(crm, Write("contacts", "email", "ann@acme.example", None, {}))
    fields = {"hs_lead_name": "Ann's", "associations.contacts": contact}
    (lead,) = made(crm, Write("leads", DEAL, "a", None, fields))
    (other,) = hubspot.account.linked("leads", lead, "contacts")
    assert {kind["typeId"] for kind in other["associationTypes"]} == {578, 608}


@pytest.mark.parametrize(
    ("type_id", "label", "primary"),
    [
        (5, "Primary", True),
        (5, "Deal with Primary Company", True),
        (5, "Principale", True),
        (1201, "Primary", True),
        (341, None, False),
        (14, "Billing", False),
    ],
)
def test_a_primary_association_goes_by_its_number(type_id: int, label: str | None, primary: bool) -> None:
    told = {"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": label}
    assert is_primary(told) is primary
    assert not is_primary({**told, "category": "USER_DEFINED"})


def test_a_deal_and_its_contacts_are_associated_by_records_of_their_own(
    crm: HubSpotCrm, hubspot: HubSpot
) -> None:
    object_, key_field = "deals/contacts", f"{DEAL}/email"
    meta = crm.describe([object_, "deals/none", "none/contacts"])
    assert set(meta) == {object_}
    assert meta[object_].fields[key_field].external_id
    (deal,) = made(crm, a_deal("Engi-1"))
    ann, bob = made(
        crm, *(Write("contacts", "email", f"{name}@acme.example", None, {}) for name in ("ann", "bob"))
    )
    writes = [
        Write(object_, key_field, f"engi-1/{name}@acme.example", None, {"deals": deal, "contacts": id_})
        for name, id_ in (("ann", ann), ("bob", bob), ("ann", ann))
    ]
    ids = made(crm, *writes)
    assert ids == [f"{deal}/{ann}", f"{deal}/{bob}", f"{deal}/{ann}"] == made(crm, *writes)
    asked = ["engi-1/ann@acme.example", "engi-1/carl@acme.example", "no slash", "/", "none/ann@acme.example"]
    (found,) = crm.find(object_, key_field, asked, [key_field, "deals", "contacts"])
    assert found.id == ids[0]
    assert found.fields == {key_field: asked[0], "deals": deal, "contacts": ann}
    assert [record.id for record in crm.find(object_, "id", [ids[1], "1/2", "odd"], [])] == [ids[1]]
    assert crm.find_titles(object_, ["x"], ["y"], key_field, []) == []
    wrong = [
        Write(object_, key_field, "a/b", None, {"deals": deal}),
        Write(object_, key_field, "a/b", None, {"deals": "1", "contacts": ann}),
        Write(object_, key_field, "a/b", "1/2", {}),
    ]
    results = crm.write(wrong)
    assert [failed(result) for result in results] == [
        ("required", "contacts"),
        ("reference", "deals"),
        ("gone", None),
    ]
    assert len(hubspot.account.linked("deals", deal, "contacts")) == 2


# Merged and archived


def test_a_merged_record_is_found_and_written_by_its_old_id(crm: HubSpotCrm, hubspot: HubSpot) -> None:
    old, new = (
        hubspot.account.create(hubspot.account.object("deals"), {"dealname": name}).id for name in "ab"
    )
    assert hubspot.account.merge("deals", new, old) == new
    (record,) = crm.find("deals", "id", [old], ["dealname"])
    assert (record.id, record.fields) == (old, {"dealname": "b"})
    (result,) = crm.write([a_deal("key", old, dealname="c")])
    assert result.id == new
    assert hubspot.account.contents("deals")[new]["dealname"] == "c"


def test_merged_companies_have_a_new_id_and_stay_the_company_of_their_deals(
    crm: HubSpotCrm, hubspot: HubSpot
) -> None:
    one_, other = made(crm, a_company("one"), a_company("other"))
    (deal,) = made(crm, a_deal("a", **{"associations.companies": other}))
    new = hubspot.account.merge("companies", one_, other)
    assert new not in (one_, other)
    found = crm.find("companies", "id", [one_, other], [COMPANY])
    assert [(record.id, record.fields[COMPANY]) for record in found] == [(one_, "one"), (other, "one")]
    asked = ("associations.companies", "companies.name")
    assert one(crm, "deals", deal, *asked) == {"associations.companies": new, "companies.name": "one"}
    made(crm, a_deal("a", deal, **{"associations.companies": other}))
    assert hubspot.calls["link"] == 1, "it is that company, by an old id"
    assert made(crm, Write("companies", COMPANY, "one", one_, {"name": "x"})) == [new]


def test_an_archived_record_is_not_there(crm: HubSpotCrm, hubspot: HubSpot) -> None:
    (id_,) = made(crm, a_deal("a"))
    hubspot.account.archive("deals", id_)
    assert crm.find("deals", "id", [id_], []) == crm.find("deals", DEAL, ["a"], []) == []
    assert failed(crm.write([a_deal("a", id_)])[0]) == ("gone", None)
    assert made(crm, a_deal("a")) != [id_]


# Errors of records


@pytest.mark.parametrize("multi_status", [False, True])
def test_bad_records_fail_alone(multi_status: bool) -> None:
    with HubSpot(multi_status=multi_status) as hubspot, open_crm(hubspot) as crm:
        contacts = [
            Write("contacts", "email", f"person{n}@acme.example" if n != 30 else "no address", None, {})
            for n in range(100)
        ]
        contacts[77] = Write("contacts", "email", "p@acme.example", None, {"phone": "x" * 70_000})
        results = crm.write(contacts)
        assert [n for n, result in enumerate(results) if result.error] == [30, 77]
        assert failed(results[30]) == ("unfit", "email")
        assert "no address" not in str(results[30].error)
        assert len(hubspot.account.contents("contacts")) == 98
        (deal,) = made(crm, a_deal("a"))
        assert failed(crm.write([a_deal("a", deal, dealtype="gift")])[0]) == ("picklist", "dealtype")


def test_a_text_that_is_too_long_is_refused_in_words(crm: HubSpotCrm) -> None:
    (result, whole) = crm.write(
        [a_deal("a", description="x" * 65_537), a_deal("b", description="x" * 65_536)]
    )
    assert failed(result) == ("unfit", "description") and "65536" in str(result.error)
    assert len(str(one(crm, "deals", str(whole.id), "description")["description"])) == 65_536


def test_several_options_of_one_property(hubspot: HubSpot) -> None:
    tags = property_("tags", "enumeration", "checkbox", values=("a", "b", "c"))
    hubspot.account.add_property("deals", tags)
    with open_crm(hubspot) as crm:
        (id_,) = made(crm, a_deal("a", tags="a;c"))
        assert one(crm, "deals", id_, "tags") == {"tags": "a;c"}
        assert failed(crm.write([a_deal("a", id_, tags="a;d")])[0]) == ("picklist", "tags")


def test_what_another_property_makes_unique_is_a_duplicate(crm: HubSpotCrm, hubspot: HubSpot) -> None:
    hubspot.account.add_property("deals", property_("number", hasUniqueValue=True))
    made(crm, a_deal("a", number="7"))
    results = crm.write([a_deal("b", number="7"), a_deal("c", number="8")])
    assert failed(results[0]) == ("duplicate", "number")
    assert not results[0].again and results[1].id


def test_a_writer_that_was_faster_is_met_at_the_second_try(
    crm: HubSpotCrm, hubspot: HubSpot, monkeypatch: pytest.MonkeyPatch
) -> None:
    (company,) = made(crm, a_company("one"))
    write = Write("leads", DEAL, "a", None, {"hs_lead_name": "x", "associations.companies": company})
    crm.describe(["leads"])
    answer, account = hubspot._create, hubspot.account  # type: ignore[attr-defined]

    with open_crm(hubspot) as other:
        seen = crm._writer._met  # what it looks up, before the other one writes

        def met(*args: Any) -> Any:
            found = seen(*args)
            made(other, write)
            monkeypatch.undo()
            return found

        monkeypatch.setattr(crm._writer, "_met", met)
        (result,) = crm.write([write])
    assert answer is not None and result.again
    assert made(crm, write) == list(account.contents("leads"))


# Titles


def by_hand(hubspot: HubSpot, *titles: str) -> list[str]:
    deals = hubspot.account.object("deals")
    return [hubspot.account.create(deals, {"dealname": title}).id for title in titles]


def titled(crm: HubSpotCrm, *titles: str) -> list[str]:
    return [record.id for record in crm.find_titles("deals", ["dealname"], titles, DEAL, ["dealname"])]


@pytest.fixture
def crowded(hubspot: HubSpot) -> HubSpot:
    """So many deals that titles are searched for."""
    by_hand(hubspot, *(f"Something else {n}" for n in range(150)))
    return hubspot


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("Cloud Migration", "cloud  MIGRATION "),
        ("Straße nach Süd", "STRASSE NACH SÜD"),
        ("Café central", "Cafe\u0301 CENTRAL"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("O'Brien's e-commerce (phase 2)", "o'brien's E-Commerce (PHASE 2)"),
        ("日本語のクラウド移行", "日本語のクラウド移行"),
        ("a b c", "A B C"),
        ("100% * [x]", "100% * [X]"),
        ("語" * 1_000, "語" * 1_000),
        ("é" * 300 + " end", "É" * 300 + " end"),
    ],
)
def test_a_search_finds_what_may_be_equal(crowded: HubSpot, title: str, asked: str) -> None:
    (id_,) = by_hand(crowded, title)
    with open_crm(crowded, scan_rows=0) as crm:
        assert titled(crm, asked) == [id_]
        assert titled(crm, asked + "!") == []
    assert crowded.calls["list"] == 0


def test_many_titles_are_searched_for_together(crowded: HubSpot) -> None:
    ids = by_hand(crowded, *(f"Project number {n:04d}" for n in range(6)))
    with open_crm(crowded, scan_rows=0) as crm:
        assert sorted(titled(crm, *(f"PROJECT number {n:04d}" for n in range(4)))) == sorted(ids[:4])
    assert crowded.calls["search"] == 2  # one of them counts


def test_the_index_is_behind_and_it_does_not_matter(crowded: HubSpot) -> None:
    ids = by_hand(crowded, "Cloud migration", "Cloud migration", "Cloud migration", "Cloud migration")
    crowded.account.behind = True
    with open_crm(crowded, scan_rows=0) as crm:
        made(crm, a_deal("mine", ids[0]))
        crowded.account.archive("deals", ids[1])
        deals = crowded.account.object("deals")
        crowded.account.update(deals, deals.records[ids[2]], {"dealname": "Another name"})
        assert titled(crm, "cloud migration") == [ids[3]]


def test_more_than_a_search_gives_is_asked_for_in_parts(
    crowded: HubSpot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (hubspot_search, server_search):
        monkeypatch.setattr(module, "MOST", 20)
        monkeypatch.setattr(module, "PAGE", 7)
    ids = by_hand(crowded, *("Common title" for _ in range(60)))
    with open_crm(crowded, scan_rows=0) as crm:
        assert titled(crm, "common title") == ids


def test_searches_keep_to_what_an_account_may_ask(crowded: HubSpot) -> None:
    with open_crm(crowded, scan_rows=0, searches_per_second=20) as crm:
        began = time.monotonic()
        for _ in range(15):
            titled(crm, "cloud migration")
        assert time.monotonic() - began >= 29 / 20  # each asks twice, and the first waits for nothing


def test_a_search_that_is_refused_is_tried_again_alone(crowded: HubSpot) -> None:
    by_hand(crowded, *(f"And another {n}" for n in range(200)))
    titles = [f"Undertaking{n:04d} in the cloud" for n in range(12)]
    ids = by_hand(crowded, *titles)
    crowded.script("search", "", "", "429_secondly")
    with open_crm(crowded, scan_rows=0) as crm:
        with pytest.raises(TransientError):
            titled(crm, *titles)
        assert sorted(titled(crm, *titles)) == sorted(ids)
    assert crowded.calls["search"] == 1 + 3 + 1  # one counts; of three questions, the second was refused


# Lost answers


def patiently(crm: HubSpotCrm, writes: Sequence[Write]) -> list[WriteResult]:
    """What ``connector.send`` does for a run."""
    results: dict[int, WriteResult] = {}

    def attempt() -> None:
        left = [n for n in range(len(writes)) if n not in results or results[n].again]
        results.update(zip(left, crm.write([writes[n] for n in left]), strict=True))
        if any(result.again for result in results.values()):
            raise TransientError("again", service="hubspot")

    policy = RetryPolicy(attempts=200, deadline=600, base=0.0)
    retry(policy, attempt, service="hubspot", operation="write", sleep=lambda _: None)
    return [results[n] for n in range(len(writes))]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_on_the_way_each_key_has_one_record(seed: int) -> None:
    faults = Faults(rate=0.25, seed=seed)
    with HubSpot(faults=faults, seed=seed, slow=0.4, multi_status=seed % 2 == 1) as hubspot:
        with open_crm(hubspot, read_timeout=0.2) as crm:
            companies = [a_company(f"company {n}") for n in range(20)]
            ids = [result.id for result in patiently(crm, companies)]
            deals = [a_deal(f"deal {n}", **{"associations.companies": ids[n % 20]}) for n in range(100)]
            first = [result.id for result in patiently(crm, deals)]
            leads = [
                Write(
                    "leads", DEAL, f"lead {n}", None, {"hs_lead_name": "x", "associations.companies": ids[n]}
                )
                for n in range(20)
            ]
            patiently(crm, leads)
            assert [result.id for result in patiently(crm, deals)] == first
        for object_, number, key in (("companies", 20, COMPANY), ("deals", 100, DEAL), ("leads", 20, DEAL)):
            there = hubspot.account.contents(object_)
            assert len(there) == len({said[key] for said in there.values()}) == number
        assert all(len(hubspot.account.linked("deals", str(id_), "companies")) == 1 for id_ in first)


def test_one_more_try_goes_on_where_the_last_one_stopped(crm: HubSpotCrm, hubspot: HubSpot) -> None:
    """An operation takes many calls: where one in five fails, all of them would hardly ever do at once."""
    (company,) = made(crm, a_company("one"))
    writes = [a_deal(f"deal {n}", **{"associations.companies": company}) for n in range(50)]
    writes[20] = a_deal("bad", dealtype="gift")  # is refused, and the batch is halved until it is alone
    crm.describe(["deals"])
    before = hubspot.calls.copy()
    for step in ("500", "reset_after", "429", "502_html"):
        hubspot.script("upsert", "", "", step)
    hubspot.script("linked", "cut_json", "207")
    results = patiently(crm, writes)
    assert [n for n, result in enumerate(results) if result.error] == [20]
    asked = hubspot.calls - before
    assert asked["upsert"] == 13 + 4 and asked["linked"] == 3 and asked["read"] == 2
    assert len(hubspot.account.contents("deals")) == 49


def test_what_was_answered_is_asked_again_for_anything_else(crm: HubSpotCrm, hubspot: HubSpot) -> None:
    (company,) = made(crm, a_company("one"))
    write = a_deal("a", **{"associations.companies": company})
    crm.describe(["deals"])
    hubspot.script("linked", "500")
    with pytest.raises(TransientError):
        crm.write([write])
    (deal,) = hubspot.account.contents("deals")
    hubspot.account.archive("deals", deal)
    assert crm.find("deals", DEAL, ["a"], []) == []
    assert made(crm, write) != [deal]
