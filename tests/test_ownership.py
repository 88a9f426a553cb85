"""What is ours in the CRM and what is a person's, over several runs."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

from connector.apply import Kind
from tests import walks
from tests.test_ledger_facts import invitation, put

USD, GOLD = (
    [{"Amount": "100", "CurrencyCode": code, "Frequency": "Monthly", "TargetCompany": "AWS"}]
    for code in ("USD", "XAU")
)


def sync(folder: Path, spend: list[dict[str, Any]], **changes: Any) -> Kind:
    raw = invitation(**changes)
    raw["Payload"]["OpportunityInvitation"]["Project"]["ExpectedCustomerSpend"] = spend
    _, outcomes = walks.run(folder, put(folder, raw))
    return outcomes["engi-1"].kind


def sql(folder: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / "crm.db")) as connection, connection:
        connection.execute(statement)


def test_a_value_that_could_not_be_worked_out_for_a_while_is_ours_as_before(tmp_path: Path) -> None:
    sync(tmp_path, USD)
    assert sync(tmp_path, GOLD) is Kind.UNCHANGED, "there is no rate for gold"
    assert sync(tmp_path, [{**USD[0], "Amount": "300"}]) is Kind.UPDATED
    (row,) = walks.rows(tmp_path, "opportunities")
    assert float(row["amount"]) == 3600


def test_another_record_with_the_title_of_one_that_was_deleted_is_a_person_s(tmp_path: Path) -> None:
    sync(tmp_path, USD)
    sql(
        tmp_path,
        "UPDATE opportunities SET id = 'hand', aws_invitation_id = NULL, amount = NULL",
    )
    sync(tmp_path, USD, EngagementDescription="changed")
    (row,) = walks.rows(tmp_path, "opportunities")
    assert (row["id"], float(row["amount"])) == ("hand", 1200), "where we never wrote, empty is free to fill"
