"""What a database's errors mean for the CRM: try again, give up, or one record that does not fit.

Drivers put a row's values into their messages, so none of their words are passed on; codes and the names of
tables, columns and constraints are.
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from connector import database_errors
from connector.crm.fit import duplicate, refused, required
from connector.database_errors import ROW_ERRORS, Store
from connector.errors import ServiceError
from connector.records import WriteResult

__all__ = ["ROW_ERRORS", "explain", "translate"]

_CRM = Store("crm", "the CRM database")


def translate(error: sa.exc.DBAPIError, operation: str) -> ServiceError:
    """A driver's error that no single record is to blame for, as one of ours."""
    return database_errors.translate(error, operation, _CRM)


def explain(error: sa.exc.DBAPIError, table: sa.Table) -> WriteResult:
    """What one record has against it, naming the field where the database says which."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return _explain_postgresql(getattr(error.orig, "sqlstate", "") or "", diagnosis, table)
    return _explain_sqlite(str(error.orig), table)


def _explain_sqlite(message: str, table: sa.Table) -> WriteResult:
    kind, _, names = message.partition(": ")
    # Only names of this table's columns pass: a trigger's RAISE may say anything.
    field = next((n for n in re.findall(r"\.(\w+)", names) if n in table.columns), None)
    if kind.startswith("NOT NULL"):
        return required(field)
    if kind.startswith("UNIQUE"):
        return duplicate(field)
    return refused(field)


def _explain_postgresql(state: str, diagnosis: Any, table: sa.Table) -> WriteResult:
    name: str = diagnosis.column_name or _column_of(diagnosis.constraint_name or "", table)
    field = name if name in table.columns else None
    if state == "23502":
        return required(field)
    if state == "23505":
        return duplicate(field)
    if state == "22001":
        return WriteResult(error="longer than the column allows", field=field, code="too_long")
    if state == "22003":
        return WriteResult(error="a number out of range", field=field, code="unfit")
    return refused(field)


def _column_of(constraint: str, table: sa.Table) -> str:
    """The column that a constraint named by our convention, or by PostgreSQL's own, is about."""
    found = [column.name for column in table.columns if f"_{column.name}" in constraint]
    return max(found, key=len, default="")
