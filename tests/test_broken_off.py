"""A batch in which the CRM goes away: what had landed is told and recorded, and the numbers add up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from connector.apply import Kind
from connector.crm.sql import SqlCrm
from connector.errors import ServiceError
from connector.ledger import Ledger
from connector.records import Record, Write, WriteResult
from connector.walk import Report
from tests import walks

SAMPLES = walks.ROOT / "mappings" / "samples"
Outcomes = dict[str, Kind]


def sync(folder: Path) -> tuple[Report, Outcomes]:
    report, outcomes = walks.run(folder, SAMPLES)
    return report, {id_: outcome.kind for id_, outcome in outcomes.items()}


def recorded(folder: Path, run_id: int) -> Outcomes:
    with Ledger.open("sqlite:///ledger.db", folder) as ledger:
        return {row["invitation_id"]: Kind(row["outcome"]) for row in ledger.outcomes(run_id)}


@pytest.fixture
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return sync(tmp_path_factory.mktemp("undisturbed"))[1]


def test_what_landed_before_the_crm_went_away_is_told_once_in_the_run_that_did_it(
    tmp_path: Path, undisturbed: Outcomes
) -> None:
    write = SqlCrm.write

    def away(crm: SqlCrm, writes: Sequence[Write]) -> Sequence[WriteResult]:
        if writes[0].object == "opportunities":
            raise ServiceError("the CRM is away", service="sql")
        return write(crm, writes)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqlCrm, "write", away)
        report, first = sync(tmp_path)
    assert report.error is not None
    assert set(first) == set(undisturbed)
    assert sum(report.counts.values()) == len(first)
    leads = {row["aws_invitation_id"] for row in walks.rows(tmp_path, "leads")}
    assert {id_ for id_, kind in first.items() if kind is Kind.CREATED} == leads
    assert {id_ for id_, kind in first.items() if kind is Kind.SKIPPED} == {
        id_ for id_, kind in undisturbed.items() if kind is Kind.SKIPPED
    }
    assert recorded(tmp_path, 1) == first
    _, second = sync(tmp_path)
    failed = {id_ for id_, kind in first.items() if kind is Kind.FAILED}
    assert {id_: kind for id_, kind in second.items() if kind is not Kind.UNCHANGED} == {
        id_: undisturbed[id_] for id_ in failed
    }


def test_a_batch_that_could_not_be_looked_up_is_on_record_as_failed(tmp_path: Path) -> None:
    def away(*_: object) -> list[Record]:
        raise ServiceError("the CRM is away", service="sql")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqlCrm, "find", away)
        _, outcomes = sync(tmp_path)
    assert set(outcomes.values()) == {Kind.FAILED}
    assert recorded(tmp_path, 1) == outcomes


def test_what_the_ledger_could_not_take_counts_as_failed(tmp_path: Path) -> None:
    def full(*_: object) -> None:
        raise ServiceError("the ledger's disk is full", service="ledger")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ledger, "record", full)
        report, outcomes = sync(tmp_path)
    assert set(outcomes.values()) == {Kind.FAILED}
    assert sum(report.counts.values()) == len(outcomes)
