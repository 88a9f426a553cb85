"""The sql CRM keeps the contract, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import pytest
import sqlalchemy as sa

from connector.crm.base import Crm
from connector.crm.contract import CrmContract
from connector.crm.sql import Settings, SqlCrm
from connector.database import connect
from connector.records import Value

COLUMNS = {"opportunities": {"score": "integer", "strategic": "boolean", "region": "text(50)"}}


class SqlContract(CrmContract):
    object = "opportunities"
    key_field = "aws_invitation_id"
    required: ClassVar[Mapping[str, Value]] = {"name": "An opportunity", "stage": "Prospecting"}
    title_field = "project_title"
    other_title_field = "name"
    text_field = "description"
    reference_field = "account_id"
    relation_field = "account.name"
    parent_object = "accounts"
    parent_key_field = "aws_customer_key"
    parent_text_field = "name"
    parent_required: ClassVar[Mapping[str, Value]] = {"name": "An account"}
    money_field = "amount"
    date_field = "close_date"
    datetime_field = "invitation_date"
    integer_field = "score"
    boolean_field = "strategic"

    url: str
    directory: Path
    person: sa.Connection

    def open_crm(self, *, read_only: bool = False) -> Crm:
        settings = Settings(url=self.url, columns=COLUMNS)
        return SqlCrm.open(settings, self.directory, read_only=read_only)

    def insert_by_hand(self, fields: Mapping[str, Value]) -> str:
        names = ", ".join(fields)
        binds = ", ".join(f":{name}" for name in fields)
        statement = f"INSERT INTO {self.object} ({names}) VALUES ({binds}) RETURNING id"
        with self.person.begin():
            found: str = self.person.execute(sa.text(statement), dict(fields)).scalar_one()
            return found

    def delete_by_hand(self, record_id: str) -> None:
        with self.person.begin():
            self.person.execute(sa.text(f"DELETE FROM {self.object} WHERE id = :id"), {"id": record_id})


@pytest.fixture
def person(request: pytest.FixtureRequest) -> Iterator[None]:
    """Somebody with a shell on the same database."""
    test = request.instance
    test.open_crm().close()
    engine = connect(test.url, test.directory, what="a person's shell")
    with engine.connect() as connection:
        test.person = connection
        yield
    engine.dispose()


class TestOnSqlite(SqlContract):
    @pytest.fixture(autouse=True)
    def store(self, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        self.url, self.directory = "sqlite:///crm.db", tmp_path
        request.getfixturevalue("person")


@pytest.mark.postgresql
class TestOnPostgresql(SqlContract):
    @pytest.fixture(autouse=True)
    def store(self, postgresql_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        self.url, self.directory = postgresql_url, tmp_path
        request.getfixturevalue("person")
