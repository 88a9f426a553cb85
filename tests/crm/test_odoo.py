"""What of the odoo CRM needs no Odoo: values, errors in our words, and both protocols on the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.crm.markup import from_markup, to_markup
from connector.crm.odoo import OdooCrm
from connector.crm.odoo_client import Client
from connector.crm.odoo_errors import row_error
from connector.crm.odoo_settings import Settings
from connector.crm.odoo_values import MODULE, external_name, key_of, read, to_cell
from connector.errors import AccessDenied, ConnectorError, NotFoundError, RefusedError, TransientError
from connector.invitation import parse
from connector.map import map_invitation
from connector.records import FieldMeta, Write, WriteResult
from tests.crm.canned import Canned, html, said
from tests.servers.salesforce_http import Reply
from tests.walks import sample_mapping

FIELDS = {
    "name": FieldMeta("name", "text", required=True),
    "partner_id": FieldMeta("partner_id", "reference", reference_to=("res.partner",)),
    "type": FieldMeta("type", "text", picklist=("lead", "opportunity")),
}


def result(value: Any) -> Reply:
    return said({"jsonrpc": "2.0", "id": 1, "result": value})


def error(name: str, message: str = "") -> Reply:
    return said({"jsonrpc": "2.0", "error": {"code": 200, "data": {"name": name, "message": message}}})


def settings(server: Canned, **others: Any) -> Settings:
    about = {"url": server.url, "database": "acme", "username": "bot", "password": "s3cret"}
    return Settings.model_validate(
        {**about, "ca_bundle": str(server.ca_bundle), "read_timeout": 1.0, **others}
    )


@contextmanager
def client(server: Canned, **others: Any) -> Iterator[Client]:
    made = Client(settings(server, **others), Path("/"))
    try:
        yield made
    finally:
        made.close()


def failure(*replies: Reply, **others: Any) -> ConnectorError:
    with (
        Canned(*replies) as server,
        client(server, **others) as odoo,
        pytest.raises(ConnectorError) as caught,
    ):
        odoo.call("find", "crm.lead", "search_read", domain=[["name", "=", "Acme"]], fields=["name"])
    assert "Acme" not in f"{caught.value} {caught.value.hint}"
    assert "s3cret" not in repr(caught.value)
    return caught.value


# -- the mapping to start from


@pytest.mark.parametrize(("code", "kept"), [("NO", "NO"), ("AN", None)])
def test_the_one_country_that_odoo_lacks_fails_no_invitation(code: str, kept: str | None) -> None:
    customer = {"CompanyName": "Acme", "CountryCode": code}
    deal = {"Project": {"Title": "A project"}, "Customer": customer}
    raw = {"Id": "engi-1", "Status": "ACCEPTED", "Payload": {"OpportunityInvitation": deal}}
    made = map_invitation(parse(raw), sample_mapping("odoo"))
    countries = [record.values.get("country_id.code") for record in made if record.values]
    assert countries == [kept, kept]  # the customer's, and the opportunity's


# -- external ids and values


@given(st.text(max_size=200))
def test_a_key_survives_being_an_external_id(key: str) -> None:
    name = external_name("crm.lead", key)
    assert not set(name) & set(" .\n\t")
    found = key_of("crm.lead", name)
    assert found is not None
    assert external_name("crm.lead", found) == name
    assert key_of("res.partner", name) is None


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), max_size=100))
def test_text_survives_being_markup(text: str) -> None:
    assert from_markup(to_markup(text)) == (text.strip() or None)


def test_markup_is_shown_and_not_obeyed() -> None:
    assert to_markup("<script>x</script>\na & b") == "<p>&lt;script&gt;x&lt;/script&gt;<br>a &amp; b</p>"
    assert from_markup("<p>One</p><p><br></p><p>two<br></p><ul><li>three</li></ul>") == "One\n\ntwo\nthree"
    assert from_markup(to_markup("One\n\n\n\ntwo")) == "One\n\n\n\ntwo"
    assert from_markup("<div><p>One<br/>two</p><p>&lt;b&gt;</p></div>") == "One\ntwo\n<b>"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "1"),
        (False, "0"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02 03:04:05"),
        (Decimal("1E+3"), "1000"),
        ("=1+1", "=1+1"),
    ],
)
def test_cells_are_as_odoos_import_has_them(value: Any, cell: str) -> None:
    assert to_cell(value) == cell


def test_what_is_empty_reads_as_none() -> None:
    kinds = ("text", "money", "integer", "date", "datetime", "reference")
    assert [read(False, FieldMeta("f", kind)) for kind in kinds] == [None] * 6
    assert read(Decimal("0.0"), FieldMeta("f", "money", scale=2)) is None
    assert read(False, FieldMeta("f", "boolean")) is False
    assert read([7, "Acme"], FieldMeta("f", "reference")) == "7"


# -- errors


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (error("odoo.exceptions.AccessDenied", "Access Denied"), AccessDenied, "AccessDenied"),
        (
            error("odoo.exceptions.AccessError", "You are not allowed to access Acme"),
            AccessDenied,
            "AccessError",
        ),
        (error("odoo.exceptions.MissingError", "Record Acme is gone"), NotFoundError, "MissingError"),
        (error("odoo.exceptions.UserError", "Object crm.lead doesn't exist"), NotFoundError, "NO_MODEL"),
        (
            error("psycopg2.errors.SerializationFailure", "could not serialize"),
            TransientError,
            "SerializationFailure",
        ),
        (error("psycopg2.errors.NumericValueOutOfRange", "Acme"), RefusedError, "NumericValueOutOfRange"),
        (error("psycopg2.errors.UniqueViolation", "Acme"), RefusedError, "UniqueViolation"),
        (error("psycopg2.pool.PoolError", "The Connection Pool Is Full"), TransientError, "PoolError"),
        (error("psycopg2.OperationalError", "server closed"), TransientError, "OperationalError"),
        (error("odoo.exceptions.LockError", "Acme is locked"), TransientError, "LockError"),
        (
            error("odoo.http.SessionExpiredException", "Session expired"),
            TransientError,
            "SessionExpiredException",
        ),
        (
            error("psycopg2.OperationalError", 'FATAL:  database "Acme" does not exist'),
            RefusedError,
            "OperationalError",
        ),
        (error("builtins.KeyError", "Acme"), RefusedError, "KeyError"),
        (html(502), TransientError, "HTTP 502"),
        (html(404), RefusedError, "HTTP 404"),
        (said({}, 303, Location="/web"), RefusedError, "HTTP 303"),
        (html(200), TransientError, "BROKEN_ANSWER"),
        (said(b'{"jsonrpc": "2.0", "res'), TransientError, "BROKEN_ANSWER"),
        (said(b""), TransientError, "BROKEN_ANSWER"),
        (said({"id": 1}), TransientError, "BROKEN_ANSWER"),
        (said([]), TransientError, "BROKEN_ANSWER"),
    ],
)
def test_errors_are_told_apart(reply: Reply, kind: type[ConnectorError], code: str) -> None:
    with Canned(result(2), reply) as server, client(server) as odoo, pytest.raises(ConnectorError) as caught:
        odoo.call("find", "crm.lead", "search_read", domain=[], fields=["name"])
    assert type(caught.value) is kind
    assert getattr(caught.value, "code", "") == code
    assert "Acme" not in str(caught.value)


def test_who_is_not_let_in_is_told_what_to_check() -> None:
    refused = failure(result(False))
    assert isinstance(refused, AccessDenied)
    assert "crm.password" in str(refused.hint)


@pytest.mark.parametrize("nothing", [result(None), result(True), said({"jsonrpc": "2.0"})])
@pytest.mark.parametrize(
    "question",
    [
        lambda crm: crm.find("crm.lead", "external_id", ["a"], ["name"]),
        lambda crm: crm.find_titles("crm.lead", ["name"], ["a"], "external_id", ["name"]),
        lambda crm: crm.describe(["crm.lead"]),
        lambda crm: crm.objects(),
        lambda crm: crm.write([Write("crm.lead", "external_id", "k", None, {"name": "n"})]),
    ],
)
def test_an_answer_of_nonsense_is_not_taken_for_nothing_found(
    nothing: Reply, question: Callable[[OdooCrm], Any]
) -> None:
    with Canned(result(2), nothing) as server:
        crm = OdooCrm.open(settings(server), Path("/"))
        with pytest.raises(TransientError) as caught:
            question(crm)
        assert caught.value.code == "BROKEN_ANSWER"
        crm.close()


def test_a_service_that_says_for_how_long_it_is_busy_is_heeded() -> None:
    busy = failure(result(2), html(429, **{"Retry-After": "7"}))
    assert isinstance(busy, TransientError)
    assert busy.retry_after == 7.0


def test_a_model_that_is_not_there_is_known_in_any_language() -> None:
    missing = error("odoo.exceptions.UserError", "Objekt crm.lead existiert nicht")
    with Canned(result(2), missing) as server:
        crm = OdooCrm.open(settings(server), Path("/"))
        assert crm.describe(["crm.lead"]) == {}
        crm.close()


@pytest.mark.parametrize(
    ("message", "words", "field"),
    [
        ("Missing required value for the field 'Opportunity' (name)", "must be filled in", "name"),
        ("No matching record found for database id '9' in field 'Customer'", "refers to", "partner_id"),
        ("Value 'Acme' not found in selection field 'Type'", "list of values", "type"),
        ("duplicate key value violates unique constraint: Acme", "same value already", None),
        ("Acme GmbH must not have such a name", "Odoo refuses the record", None),
    ],
)
def test_a_refused_row_is_explained_without_its_values(message: str, words: str, field: str | None) -> None:
    found = row_error({"message": message, **({"field": field} if field else {})}, FIELDS, ["Acme GmbH"])
    assert words in str(found.error)
    assert "Acme" not in str(found.error)
    assert found.field == field
    assert not found.again


def test_what_an_administrators_rule_says_is_passed_on() -> None:
    found = row_error({"message": "Deals need a team.\nAsk Sales."}, FIELDS, ["Acme GmbH"])
    assert found.error == "Odoo refuses the record: Deals need a team. Ask Sales."


def test_an_exception_of_odoos_is_told_by_what_it_means() -> None:
    def raised(name: str) -> WriteResult:
        text = f"Unknown error during import: <class 'odoo.exceptions.{name}'>: Ask Sales about it."
        return row_error({"message": text}, FIELDS, [])

    assert raised("AccessError").code == "forbidden"
    assert raised("MissingError").code == "gone"
    assert raised("ValidationError").error == "Odoo refuses the record: Ask Sales about it."


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("You are not allowed to create 'Lead' (crm.lead) records.\n\nAsk Sales.", "forbidden"),
        (
            "Due to security restrictions, you are not allowed to modify 'Lead' (crm.lead) records.",
            "forbidden",
        ),
        ("Uh-oh! Looks like you have stumbled upon some top-secret records.\n\nSorry, Bot.", "forbidden"),
        ("Record does not exist or has been deleted.\n(Record: crm.lead(7,), User: 2)", "gone"),
    ],
)
def test_what_later_releases_say_without_the_exceptions_name_is_known(text: str, code: str) -> None:
    assert row_error({"message": text}, FIELDS, []).code == code


NAMED = {"id": {"type": "integer"}, "name": {"type": "char", "required": True}}
DENIED = "You are not allowed to create 'Model Data' (ir.model.data) records."


def refused(*rows: tuple[int, str]) -> Reply:
    """What ``load`` answers when it complains of ``rows``."""
    messages = [{"type": "error", "record": n, "message": text, "rows": {"from": n}} for n, text in rows]
    return result({"ids": False, "messages": messages})


def written(*replies: Reply, records: int = 4, id: str | None = None) -> tuple[list[WriteResult], list[Any]]:
    """Results of writing so many new leads, and the rows of each ``load``."""
    writes = [Write("crm.lead", "external_id", f"k{n}", id, {"name": f"n{n}"}) for n in range(records)]
    with Canned(result(2), result(NAMED), result({}), *replies) as server:
        crm = OdooCrm.open(settings(server), Path("/"))
        try:
            results = crm.write(writes)
        finally:
            crm.close()
    calls = [json.loads(request.body)["params"]["args"] for request in server.asked]
    return results, [args[5][1] for args in calls[1:] if args[4] == "load"]


def test_a_record_is_not_blamed_for_what_the_records_together_met() -> None:
    # The first row is told what the third met; Odoo 19 begins with that.
    together = refused((0, "Ask Sales."), (2, "Ask Sales."))
    results, loads = written(result([]), together, result({"ids": [1, 2, 4], "messages": []}))
    assert [result.id for result in results] == ["1", "2", None, "4"]
    assert [len(rows) for rows in loads] == [4, 3]


def test_a_first_record_that_is_wrong_too_is_left_out_as_well() -> None:
    both = refused((0, "Ask Sales."), (2, "Ask Sales."))
    one = refused((0, "Ask Sales."))
    results, loads = written(result([]), both, one, result({"ids": [2, 4], "messages": []}))
    assert [result.id for result in results] == [None, "2", None, "4"]
    assert [len(rows) for rows in loads] == [4, 3, 2]


@pytest.mark.parametrize(
    "whole",
    [
        error("odoo.exceptions.ValidationError", "A module's own words."),
        result({"ids": False, "messages": [{"type": "error", "message": "A module's own words."}]}),
    ],
)
def test_a_record_that_nobody_names_is_found_and_fails_alone(whole: Reply) -> None:
    both = result({"ids": [1, 2], "messages": []})
    one = result({"ids": [4], "messages": []})
    results, loads = written(result([]), whole, both, whole, whole, one)
    assert [result.id for result in results] == ["1", "2", None, "4"]
    assert results[2].code == "refused"
    assert [len(rows) for rows in loads] == [4, 2, 2, 1, 1]


def test_who_may_not_read_external_ids_is_told_what_is_missing() -> None:
    with pytest.raises(AccessDenied) as caught:
        written(error("odoo.exceptions.AccessError", DENIED))
    assert "external ids" in str(caught.value)
    assert "Access Rights" in str(caught.value.hint)
    with Canned(result(2), result(NAMED), result({}), error("odoo.exceptions.AccessError", DENIED)) as server:
        crm = OdooCrm.open(settings(server), Path("/"))
        with pytest.raises(AccessDenied):
            crm.describe(["crm.lead"])  # as `doctor` does, before a run
        crm.close()


def test_who_may_not_give_external_ids_is_told_in_any_release() -> None:
    there, nobody = result([{"id": 7}]), result([])
    (found,), _ = written(nobody, there, nobody, refused((0, DENIED)), records=1, id="7")
    assert (found.code, found.field) == ("forbidden", "external_id")


def test_two_transactions_that_met_are_worth_another_try() -> None:
    for text in (
        "could not serialize access due to concurrent update",
        "FEHLER: konnte Zugriff nicht serialisieren wegen gleichzeitiger Aktualisierung",
    ):
        assert row_error({"message": text}, FIELDS, []).again


# -- on the wire


def test_json_2_carries_names_the_key_and_the_database() -> None:
    with Canned(said([{"id": 1, "name": "One"}])) as server, client(server, protocol="json2") as odoo:
        rows = odoo.call("find", "crm.lead", "read", ids=[1], context={"tz": "UTC"}, fields=["name"])
    (asked,) = server.asked
    assert rows == [{"id": 1, "name": "One"}]
    assert asked.path == "/json/2/crm.lead/read"
    assert json.loads(asked.body) == {"ids": [1], "fields": ["name"], "context": {"tz": "UTC"}}
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert headers["authorization"] == "bearer s3cret"
    assert headers["x-odoo-database"] == "acme"


def test_json_2_errors_are_told_apart() -> None:
    gone = said({"name": "odoo.exceptions.MissingError", "message": "Acme is gone"}, 404)
    assert isinstance(failure(gone, protocol="json2"), NotFoundError)
    unauthorized = said({"name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey"}, 401)
    for reply in (html(401), unauthorized):
        assert isinstance(failure(reply, protocol="json2"), AccessDenied)
    assert isinstance(failure(html(200), protocol="json2"), TransientError)
    assert "crm.database" in str(failure(html(404), protocol="json2").hint)
    assert isinstance(failure(html(503), protocol="json2"), TransientError)


def test_json_2_asks_for_defaults_by_either_name_of_the_argument() -> None:
    fields = {
        "id": {"type": "integer"},
        "name": {"type": "char", "required": True},
        "type": {"type": "char", "required": True},
    }
    odd = said({"name": "werkzeug.exceptions.UnprocessableEntity", "message": "unexpected 'fields'"}, 422)
    for replies in ([said({"type": "lead"})], [odd, said({"type": "lead"})]):
        with Canned(said(fields), *replies, said([])) as server:
            crm = OdooCrm.open(settings(server, protocol="json2"), Path("/"))
            described = crm.describe(["crm.lead"])["crm.lead"].fields
            crm.close()
        assert {name for name, meta in described.items() if meta.required} == {"name"}


def test_json_rpc_signs_in_once_and_names_the_method() -> None:
    with Canned(result(2), result([])) as server, client(server) as odoo:
        for _ in range(2):
            odoo.call("find", "crm.lead", "search_read", domain=[], fields=["name"])
        assert dict(odoo.calls) == {"sign in": 1, "find": 2}
    first, *others = (json.loads(request.body)["params"] for request in server.asked)
    assert (first["service"], first["method"]) == ("common", "authenticate")
    assert [params["args"][3:5] for params in others] == [["crm.lead", "search_read"]] * 2


def test_what_is_read_only_writes_nothing() -> None:
    with Canned(result(2)) as server:
        crm = OdooCrm.open(settings(server), Path("/"), read_only=True)
        with pytest.raises(RefusedError):
            crm.write([Write("crm.lead", "external_id", "k", None, {"name": "n"})])
        crm.close()
    assert server.asked == []


def test_our_external_ids_are_marked_as_no_apps() -> None:
    assert MODULE.startswith("__") and MODULE.endswith("__")
