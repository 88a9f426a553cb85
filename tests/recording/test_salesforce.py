"""What Salesforce documents of its answers, through our adapter and the real simple-salesforce."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.crm.salesforce import SalesforceCrm
from connector.crm.salesforce_client import Client
from connector.crm.salesforce_settings import Settings
from connector.crm.salesforce_values import long_id
from connector.errors import AccessDenied, BudgetExhausted, RefusedError
from connector.records import Write
from tests.recording import walks
from tests.recording.cassettes import replayed

# The address that Salesforce's documentation has.
ORG = "https://mydomainname.my.salesforce.com"
APP = {"flow": "client_credentials", "client_id": "EXAMPLE", "client_secret": "EXAMPLE"}
SESSION = {"flow": "token", "access_token": "EXAMPLE", "instance_url": ORG}
KEY = "AWS_Invitation_Id__c"


@contextmanager
def salesforce(auth: dict[str, str], **settings: Any) -> Iterator[SalesforceCrm]:
    values = {"login_url": ORG, "auth": auth, "api_version": "63.0", **settings}
    with SalesforceCrm.open(Settings.model_validate(values), Path("/")) as crm:
        yield crm


def lead(number: int, last_name: str | None, **more: Any) -> Write:
    fields = {"Company": "Example Corp", **({"LastName": last_name} if last_name else {}), **more}
    return Write("Lead", KEY, f"engi-{number:013}", None, fields)


def sfid(prefix: str, number: int) -> str:
    return long_id(f"{prefix}EXAMPLE{number:05}")


def test_signing_in_and_a_describe() -> None:
    with replayed("salesforce/sign_in_and_describe"), salesforce(APP) as crm:
        account = crm.describe(["Account"])["Account"]
        assert crm.calls() == {"sign in": 1, "describe": 1}
    assert account.fields["Id"].type == "id"
    assert account.fields["Name"].required
    key = account.fields["AWS_Customer_Key__c"]
    assert (key.external_id, key.unique, key.length) == (True, True, 255)


def test_a_sign_in_that_is_refused_says_what_an_administrator_does() -> None:
    with (
        replayed("salesforce/sign_in_refused"),
        salesforce(APP) as crm,
        pytest.raises(AccessDenied) as caught,
    ):
        crm.describe(["Account"])
    assert caught.value.code == "invalid_grant"
    assert "Run As" in (caught.value.hint or "")


def test_a_session_that_has_run_out_is_renewed() -> None:
    with replayed("salesforce/session_renewed"), salesforce(APP) as crm:
        assert list(crm.describe(["Account"])) == ["Account"]
        assert crm.calls() == {"sign in": 2, "describe": 2}


def test_answers_to_queries_as_they_are_printed() -> None:
    settings = Settings.model_validate({"login_url": ORG, "auth": SESSION, "api_version": "63.0"})
    with replayed("salesforce/query_as_printed"):
        client = Client(settings, Path("/"))
        try:
            first = client.call("query", "GET", "query/", params={"q": "SELECT name,id from Account"})
            more = client.call("query", "GET", "/services/data/v63.0/query/01gD0000002HU6KIAW-2000")
        finally:
            client.close()
        assert client.usage == (18, 5000)
    assert [record["Name"] for record in first["records"]] == ["Test 1", "Test 2"]
    assert (first["totalSize"], more) == (14, {"done": True, "totalSize": 3214, "records": []})


def test_a_query_is_followed_to_its_last_page() -> None:
    with replayed("salesforce/query_pages"), salesforce(SESSION) as crm:
        found = crm.find("Account", "Name", ["Test 1", "Test 2"], ["id", "Name"])
    assert [(record.id, record.fields["Name"]) for record in found] == [
        ("001D000000IRFmaIAH", "Test 1"),
        ("001D000000IomazIAB", "Test 2"),
    ]


def test_queries_that_are_refused_end_the_run_and_repeat_nothing() -> None:
    with replayed("salesforce/query_refused"), salesforce(SESSION) as crm:
        refused = [error_of(crm, name) for name in ("one", "two", "three")]
    assert [error.code for error in refused] == ["MALFORMED_QUERY", "INVALID_FIELD", "INVALID_TYPE"]
    assert not [error for error in refused if "Example Corp" in f"{error} {error.hint}"]


def error_of(crm: SalesforceCrm, name: str) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        crm.find("Account", "Name", [name], ["id", "Name"])
    return caught.value


def test_records_of_one_call_land_or_fail_each_by_itself() -> None:
    writes = [
        lead(1, "Created"),
        lead(2, "Updated"),
        lead(3, None),
        lead(4, "Duplicate"),
        lead(5, "Locked"),
        lead(6, "Picklist", Status="Example status"),
        lead(7, "Validation"),
    ]
    with replayed("salesforce/upsert_partly_refused"), salesforce(SESSION) as crm:
        created, updated, missing, duplicate, locked, picklist, rule = crm.write(writes)
    assert (created.id, updated.id) == (sfid("00Q", 1), sfid("00Q", 2))
    assert (missing.code, missing.field) == ("REQUIRED_FIELD_MISSING", "LastName")
    assert (duplicate.code, duplicate.duplicates) == ("DUPLICATES_DETECTED", (sfid("00Q", 9),))
    assert (locked.code, locked.again) == ("UNABLE_TO_LOCK_ROW", True)
    assert (picklist.code, picklist.field) == ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Status")
    assert (rule.code, rule.field) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Company")
    failed = (missing, duplicate, locked, picklist, rule)
    assert all(result.error and result.id is None for result in failed)
    assert not [result for result in failed if "Example" in str(result.error)]
    assert [result for result in failed if result.again] == [locked]


def test_the_end_of_the_days_calls_ends_the_run() -> None:
    with (
        replayed("salesforce/request_limit"),
        salesforce(SESSION) as crm,
        pytest.raises(BudgetExhausted) as caught,
    ):
        crm.describe(["Account"])
    ahead = caught.value.available_at - datetime.now(UTC)
    assert timedelta(0) < ahead <= timedelta(hours=24)


def test_a_bulk_job_from_its_creation_to_its_results() -> None:
    writes = [
        Write("Account", "AWS_Customer_Key__c", key, None, {"Name": name, "NumberOfEmployees": people})
        for key, name, people in (
            ("123", "GenePoint", 800),
            ("234", "United Oil & Gas, UK", 1467),
            ("345", "United Oil & Gas, Singapore", 348),
        )
    ]
    with replayed("salesforce/bulk_upsert"), salesforce(SESSION) as crm:
        assert {crm.bulk_kind(write) for write in writes} == {"upsert"}
        job = crm.open_job("upsert", writes)
        crm.hand_in(job, "upsert", writes)
        states = [crm.job(job) for _ in range(2)]
        created, updated, locked = crm.job_results(job, "upsert", writes)
    assert [state.done for state in states] == [False, True]
    assert (created.id, updated.id) == (sfid("001", 1), sfid("001", 2))
    assert (locked.id, locked.code, locked.again) == (None, "UNABLE_TO_LOCK_ROW", True)
    assert "Singapore" not in str(locked.error)


def test_the_recorded_walk_plays_back() -> None:
    org = "https://example.my.salesforce.com"
    with (
        replayed("salesforce/loopback_walk"),
        salesforce(APP, login_url=org, api_version="62.0", scan_rows=0) as crm,
    ):
        found = walks.salesforce(crm)
    assert found["described"]["Lead"].fields[KEY].external_id
    assert [record.fields["Name"] for record in found["by key"]] != []
    assert [record.fields["Name"] for record in found["by title"]] == ["recording  ONE"]
