"""Jobs of a Salesforce org: what becomes of each record, however the job ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.crm.salesforce import SalesforceCrm
from connector.errors import BudgetExhausted
from connector.fetch.files import Files
from connector.ledger import Ledger
from connector.records import Write, same
from connector.retry import RetryPolicy
from connector.send import send, take_up_jobs
from connector.walk import Walk
from tests.crm.test_salesforce import open_crm
from tests.servers.salesforce import Salesforce
from tests.walks import sample_mapping

MANY = 210  # more than `bulk_from` below, and than one call takes


@pytest.fixture
def org() -> Iterator[Salesforce]:
    with Salesforce() as org:
        yield org


def walk_into(crm: SalesforceCrm, ledger: Ledger, folder: Path) -> Walk:
    policy = RetryPolicy(attempts=6, base=0.0)
    return Walk(
        Files("-", folder), crm, ledger, sample_mapping("salesforce"), policy=policy, sleep=lambda _: None
    )


@pytest.fixture
def walk(org: Salesforce, tmp_path: Path) -> Iterator[Walk]:
    with open_crm(org, bulk_from=200) as crm, Ledger.open("sqlite:///ledger.db", tmp_path) as ledger:
        yield walk_into(crm, ledger, tmp_path)


def accounts(count: int = MANY, **fields: Any) -> list[Write]:
    return [
        Write(
            "Account", "AWS_Customer_Key__c", f"customer{number:07d}", None, {"Name": f"C {number}", **fields}
        )
        for number in range(count)
    ]


def names(org: Salesforce) -> list[str]:
    return sorted(row["Name"] for row in org.records("Account"))


def calls(org: Salesforce, prefix: str = "collections") -> int:
    return sum(count for name, count in org.calls.items() if name.startswith(prefix))


def test_a_key_that_looks_like_an_id_is_a_key(org: Salesforce, walk: Walk) -> None:
    results = list(send(walk, accounts(), 1))
    ids = {row["AWS_Customer_Key__c"]: row["Id"] for row in org.records("Account")}
    assert [result.id for result in results] == [ids[write.key] for write in accounts()]
    assert calls(org) == 0


def test_what_a_duplicate_rule_refuses_in_a_job_goes_by_a_call_that_names_the_duplicates(
    org: Salesforce, walk: Walk
) -> None:
    existing = org.insert("Account", {"Name": "C 7"})
    org.duplicate_rule("Account", ["Name"])
    results = list(send(walk, accounts(), 1))
    assert results[7].duplicates == (existing,)
    assert [place for place, result in enumerate(results) if result.id is None] == [7]
    assert calls(org) == 1


def test_what_config_allows_to_be_saved_is_saved(org: Salesforce, tmp_path: Path) -> None:
    org.insert("Account", {"Name": "C 7"})
    org.duplicate_rule("Account", ["Name"])
    with (
        open_crm(org, bulk_from=200, allow_duplicates=True) as crm,
        Ledger.open("sqlite://", tmp_path) as ledger,
    ):
        results = list(send(walk_into(crm, ledger, tmp_path), accounts(), 1))
    assert all(result.id for result in results)


def test_assignment_rules_are_asked_for_many_records_as_for_few(org: Salesforce, tmp_path: Path) -> None:
    owner = org.insert("User", {"Username": "sales@acme.example", "LastName": "Sales", "IsActive": True})
    org.assignment_rule("Account", owner)
    with (
        open_crm(org, bulk_from=200, assignment_rules=True) as crm,
        Ledger.open("sqlite://", tmp_path) as ledger,
    ):
        list(send(walk_into(crm, ledger, tmp_path), accounts(), 1))
    assert {row["OwnerId"] for row in org.records("Account")} == {owner}


@pytest.mark.parametrize("state", ["Failed", "Aborted"])
@pytest.mark.parametrize("done", [0, 100])
def test_what_a_job_that_ended_early_has_not_done_goes_by_calls(
    org: Salesforce, walk: Walk, state: str, done: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def process(job: Any) -> None:
        job.read()
        rows, job.unprocessed = job.unprocessed[:done], job.unprocessed[done:]
        org._bulk._save(job, rows)
        job.state = state

    monkeypatch.setattr(org._bulk, "_process", process)
    results = list(send(walk, accounts(), 1))
    assert all(result.id for result in results)
    assert names(org) == sorted(f"C {number}" for number in range(MANY))
    assert walk.ledger.jobs() == []


def test_results_may_come_in_any_order(org: Salesforce, walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    save = org._bulk._save

    def backwards(job: Any, chunk: Any) -> None:
        save(job, chunk)
        job.successes.reverse()

    monkeypatch.setattr(org._bulk, "_save", backwards)
    results = list(send(walk, accounts(), 1))
    ids = {row["AWS_Customer_Key__c"]: row["Id"] for row in org.records("Account")}
    assert [result.id for result in results] == [ids[write.key] for write in accounts()]


@pytest.mark.parametrize("name", ["bulk.create", "bulk.upload", "bulk.close", "bulk.get", "bulk.results"])
@pytest.mark.parametrize("fault", ["reset_before", "reset_after", "cut_json", "empty_200", "session_expired"])
def test_a_lost_answer_at_any_step_loses_and_doubles_nothing(
    org: Salesforce, tmp_path: Path, name: str, fault: str
) -> None:
    values = org.settings("client_credentials", bulk_from=200)
    values.pop("type")
    settings = SalesforceCrm.Settings.model_validate(values)
    org.script(name, fault, *([fault] if fault != "session_expired" else ()))
    with SalesforceCrm.open(settings, tmp_path) as crm, Ledger.open("sqlite://", tmp_path) as ledger:
        results = list(send(walk_into(crm, ledger, tmp_path), accounts(), 1))
        assert ledger.jobs() == []
    assert all(result.id for result in results)
    assert names(org) == sorted(f"C {number}" for number in range(MANY))


def test_the_end_of_the_day_between_two_steps_leaves_a_job_that_the_next_run_withdraws(
    org: Salesforce, walk: Walk
) -> None:
    walk.crm.describe(["Account"])
    org.daily_calls = org.used + 2  # to create the job and to upload
    with pytest.raises(BudgetExhausted):
        list(send(walk, accounts(), 1))
    assert len(walk.ledger.jobs()) == 1
    org.daily_calls = None
    take_up_jobs(walk)
    assert walk.ledger.jobs() == []
    assert [job["state"] for job in org.jobs.values()] == ["Aborted"]
    assert all(result.id for result in send(walk, accounts(), 2))
    assert len(names(org)) == MANY


@pytest.mark.parametrize(
    "text",
    ["a\rb", "a\r\nb", 'say "hi", you', "  #N/A  ", "#N/A", "\u2028x", "=1+1", "", "x\rcustomer0000007,Evil"],
)
def test_any_text_reaches_a_field_as_it_is(org: Salesforce, walk: Walk, text: str) -> None:
    list(send(walk, accounts(Description=text), 1))
    rows = org.records("Account")
    assert len(rows) == MANY
    assert all(same(row["Description"], text) for row in rows)
