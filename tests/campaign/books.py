"""What is in a CRM, read without the product: its records by object and key, and what a rep does to them."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from tests.campaign.process import Forked
from tests.servers.salesforce import Salesforce

Values = dict[str, Any]
Records = dict[tuple[str, str], list[Values]]  # of object and key; more than one: doubled

SQL_KEYS = {
    "accounts": "aws_customer_key",
    "contacts": "aws_contact_key",
    "leads": "aws_invitation_id",
    "opportunities": "aws_invitation_id",
    "opportunity_contact_roles": "aws_contact_role_key",
}
ORG_KEYS = {
    "Account": "AWS_Customer_Key__c",
    "Contact": "AWS_Contact_Key__c",
    "Lead": "AWS_Invitation_Id__c",
    "Opportunity": "AWS_Invitation_Id__c",
    "OpportunityContactRole": "AWS_Contact_Role_Key__c",
}
# What the platform keeps by itself.
_SYSTEM = {"CreatedDate", "LastModifiedDate", "SystemModstamp", "CreatedById", "LastModifiedById"}


class Book(ABC):
    """``edited``: a field of leads and one of opportunities that a rep likes to change, and that stay so.
    ``named``: what their fields for an invitation's status, title, date and amount are called."""

    lead: str
    opportunity: str
    edited: Mapping[str, str]
    named: Mapping[str, Mapping[str, str]]

    @abstractmethod
    def rows(self) -> dict[str, list[Values]]:
        """Every record by object, with its id as "id" and its key as "key"."""

    @abstractmethod
    def edit(self, object: str, id: str, field: str, value: str) -> None: ...

    @abstractmethod
    def open_by_hand(self, title: str, company: str) -> None:
        """An opportunity that sales opens, with its account."""

    def records(self) -> Records:
        """All of it, references by the key of what they lead to: nothing that depends on ids."""
        rows, found = self.rows(), Records()
        names = {row["id"]: f"{name} {row['key']}" for name in rows for row in rows[name]}
        for name, of_it in rows.items():
            for row in of_it:
                values = {field: names.get(value, value) for field, value in row.items() if field != "id"}
                found.setdefault((name, row["key"] or ""), []).append(values)
        return found


class SqlBook(Book):
    lead, opportunity = "leads", "opportunities"

    def __init__(self, there: Forked) -> None:
        self.edited = {"leads": "description", "opportunities": "next_step"}
        facts = {"title": "project_title", "date": "close_date", "amount": "amount"}
        self.named = {"leads": {"status": "aws_status"}, "opportunities": {"status": "aws_status", **facts}}
        self._file = there.folder / "crm.db"

    def rows(self) -> dict[str, list[Values]]:
        if not self._file.exists():
            return {}
        found = defaultdict(list)
        with closing(sqlite3.connect(self._file)) as database:
            database.row_factory = sqlite3.Row
            made = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
            for name, key in SQL_KEYS.items():
                for row in database.execute(f"SELECT * FROM {name}") if name in made else ():
                    found[name].append({**dict(row), "key": row[key]})
        return found

    def edit(self, object: str, id: str, field: str, value: str) -> None:
        with closing(sqlite3.connect(self._file)) as database, database:
            database.execute(f"UPDATE {object} SET {field} = ? WHERE id = ?", (value, id))

    def open_by_hand(self, title: str, company: str) -> None:
        with closing(sqlite3.connect(self._file)) as database, database:
            account, row = ("by-hand", company, None), ("by-hand", title, "Proposal", "by-hand", None)
            database.execute("INSERT INTO accounts (id, name, created_at) VALUES (?, ?, ?)", account)
            names = "id, name, stage, account_id, created_at"
            database.execute(f"INSERT INTO opportunities ({names}) VALUES (?, ?, ?, ?, ?)", row)


class OrgBook(Book):
    lead, opportunity = "Lead", "Opportunity"

    def __init__(self, org: Salesforce) -> None:
        self.edited = {"Lead": "Description", "Opportunity": "NextStep"}
        facts = {"title": "AWS_Project_Title__c", "date": "CloseDate", "amount": "Amount"}
        status = {"status": "AWS_Status__c"}
        self.named = {"Lead": status, "Opportunity": {**status, **facts}}
        self._org = org

    def rows(self) -> dict[str, list[Values]]:
        return {
            name: [
                {field: value for field, value in row.items() if field not in _SYSTEM | {"Id"}}
                | {"id": row["Id"], "key": row[key]}
                for row in self._org.records(name)
            ]
            for name, key in ORG_KEYS.items()
        }

    def edit(self, object: str, id: str, field: str, value: str) -> None:
        self._org.update(object, id, {field: value})

    def open_by_hand(self, title: str, company: str) -> None:
        account = self._org.insert("Account", {"Name": company})
        fields = {"Name": title, "StageName": "Prospecting", "CloseDate": "2030-01-01", "AccountId": account}
        self._org.insert("Opportunity", fields)
