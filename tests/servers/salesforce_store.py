"""The loopback org's rows: ids, unique indexes, transactions, and what people do to records by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.servers.salesforce_objects import MASTER_RECORD_TYPE, Field, Sobject
from tests.servers.salesforce_picklists import STAGES
from tests.servers.salesforce_values import checksum, stored

Row = dict[str, Any]
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class ValidationRule:
    """``refuses(record)``: the record, as it would be, breaks the rule."""

    refuses: Callable[[Mapping[str, Any]], bool]
    message: str
    field: str | None


@dataclass(frozen=True)
class DuplicateRule:
    """Records equal in all ``fields`` (case ignored) are duplicates."""

    fields: tuple[str, ...]
    allow_save: bool


@dataclass
class Rules:
    validation: list[ValidationRule] = field(default_factory=list)
    duplicates: list[DuplicateRule] = field(default_factory=list)
    breaks: list[Callable[[Sequence[Mapping[str, Any]]], str | None]] = field(default_factory=list)
    assign_to: str | None = None  # owner that the assignment rule gives, where the call lets it


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000+0000"


class Store:
    """Not safe for threads by itself: the org holds a lock."""

    def __init__(self, objects: dict[str, Sobject], seed: int) -> None:
        self.objects = objects
        self.rows: dict[str, dict[str, Row]] = {one.name: {} for one in objects.values()}
        self.rules: defaultdict[str, Rules] = defaultdict(Rules)
        self.locks: Counter[tuple[str, str]] = Counter()  # (object, id) -> times still to be refused
        self._all: dict[str, Row] = {}
        self._unique: dict[tuple[str, str], dict[str, str]] = {}
        self._journal: list[tuple[str, Row | None]] | None = None
        self._counts: Counter[str] = Counter()
        self._pod = f"{5 + seed % 4}g0000"
        self.user_id = ""

    # Reading.

    def object(self, name: str) -> Sobject:
        return self.objects[name.lower()]

    def live(self, sobject: str) -> Iterator[Row]:
        return (row for row in self.rows[sobject].values() if not row["IsDeleted"])

    def find(self, identifier: str | None) -> Row | None:
        """A record that is not deleted."""
        row = self._all.get(identifier or "")
        return None if row is None or row["IsDeleted"] else row

    def any(self, identifier: str) -> Row | None:
        """Likewise, deleted or not."""
        return self._all.get(identifier)

    def holder(self, one: Sobject, known: Field, value: Any) -> str | None:
        """The id of the record that has this value in a unique field."""
        return self._unique.get((one.name, known.name), {}).get(_key(known, value))

    def matches(self, one: Sobject, known: Field, value: Any) -> list[str]:
        """Ids of the records that an external id stands for."""
        if known.unique:
            holder = self.holder(one, known, value)
            return [holder] if holder else []
        if known.type == "id":
            return [value] if self.find(value) else []
        wanted = _key(known, value)
        rows = self.live(one.name)
        return [row["Id"] for row in rows if _key(known, row.get(known.name)) == wanted]

    # Writing.

    def new_id(self, prefix: str) -> str:
        self._counts[prefix] += 1
        count, digits = self._counts[prefix], ""
        for _ in range(6):
            count, digit = divmod(count, 62)
            digits = _DIGITS[digit] + digits
        short = f"{prefix}{self._pod}{digits}"
        return short + checksum(short)

    def put(self, row: Row) -> None:
        """A record as it now is; derived fields follow."""
        one = self.object(row["_object"])
        old = self._all.get(row["Id"])
        if self._journal is not None:
            self._journal.append((row["Id"], old))
        derive(one, row)
        self._index(one, old, row)
        self._all[row["Id"]] = self.rows[one.name][row["Id"]] = row

    def _index(self, one: Sobject, old: Row | None, new: Row | None) -> None:
        for known in one.fields.values():
            if not known.unique:
                continue
            index = self._unique.setdefault((one.name, known.name), {})
            if old is not None and old.get(known.name) is not None:
                index.pop(_key(known, old[known.name]), None)
            if new is not None and new.get(known.name) is not None and not new["IsDeleted"]:
                index[_key(known, new[known.name])] = new["Id"]

    @contextmanager
    def transaction(self) -> Iterator[Callable[[], None]]:
        """Gives a function that takes back what was put since."""
        outer, self._journal = self._journal, []

        def undo() -> None:
            for identifier, old in reversed(self._journal or []):
                new = self._all.pop(identifier)
                del self.rows[new["_object"]][identifier]
                self._index(self.object(new["_object"]), new, old)
                if old is not None:
                    self._all[identifier] = self.rows[old["_object"]][identifier] = old
            if self._journal:
                self._journal.clear()

        try:
            yield undo
        finally:
            if outer is not None:
                outer.extend(self._journal)
            self._journal = outer

    def blank(self, one: Sobject) -> Row:
        """A new record, not yet put."""
        moment = now()
        row: Row = {known.name: _default(known) for known in one.fields.values()}
        row |= {"_object": one.name, "Id": self.new_id(one.prefix), "IsDeleted": False}
        row |= dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), moment)
        by = self.user_id or row["Id"]
        row |= dict.fromkeys(("CreatedById", "LastModifiedById"), by)
        if "OwnerId" in row:
            row["OwnerId"] = by
        return row

    def touched(self, row: Row, changes: Mapping[str, Any]) -> Row:
        moment = now()
        stamps = {"LastModifiedDate": moment, "SystemModstamp": moment, "LastModifiedById": self.user_id}
        return {**row, **changes, **stamps}

    # By hand.

    def insert(self, sobject: str, fields: Mapping[str, Any]) -> str:
        one = self.object(sobject)
        row = self.blank(one) | self._typed(one, fields)
        self.put(row)
        return str(row["Id"])

    def update(self, identifier: str, fields: Mapping[str, Any]) -> None:
        row = self._all[identifier]
        self.put(self.touched(row, self._typed(self.object(row["_object"]), fields)))

    def delete(self, identifier: str) -> None:
        self.put({**self._all[identifier], "IsDeleted": True})

    def _typed(self, one: Sobject, fields: Mapping[str, Any]) -> Row:
        typed = {}
        for name, value in fields.items():
            known = one.get(name)
            if known is None:
                raise KeyError(f"{one.name} has no field {name}")
            if isinstance(value, datetime | date):
                value = value.isoformat()
            typed[known.name] = stored(known, Decimal(repr(value)) if isinstance(value, float) else value)
        return typed

    def convert(self, lead_id: str) -> dict[str, str]:
        """What a person does with "Convert": account, contact and opportunity come from the lead."""
        lead = self._all[lead_id]
        account = self.insert("Account", {"Name": lead["Company"], "Website": lead["Website"]})
        person = {name: lead[name] for name in ("FirstName", "LastName", "Email", "Phone", "Title")}
        contact = self.insert("Contact", {**person, "AccountId": account})
        deal = {"Name": f"{lead['Company']}-", "AccountId": account, "StageName": "Prospecting"}
        deal["CloseDate"] = f"{datetime.now(UTC):%Y-%m-%d}"
        made = {
            "ConvertedAccountId": account,
            "ConvertedContactId": contact,
            "ConvertedOpportunityId": self.insert("Opportunity", deal),
        }
        self.update(
            lead_id,
            {**made, "IsConverted": True, "ConvertedDate": deal["CloseDate"], "Status": "Closed - Converted"},
        )
        return made

    def record_types(self, sobject: str) -> Iterable[dict[str, Any]]:
        for row in self.live("RecordType"):
            if row["SobjectType"] == sobject:
                yield _record_type(row["Name"], row["DeveloperName"], row["Id"], master=False)
        yield _record_type("Master", "Master", MASTER_RECORD_TYPE, master=True)


def _record_type(name: str, developer_name: str, identifier: str, *, master: bool) -> dict[str, Any]:
    return {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": master,
        "developerName": developer_name,
        "master": master,
        "name": name,
        "recordTypeId": identifier,
    }


def _key(known: Field, value: Any) -> str:
    return str(value) if known.case_sensitive else str(value).lower()


def _default(known: Field) -> Any:
    return False if known.type == "boolean" else known.default


def derive(one: Sobject, row: Row) -> None:
    """The fields that follow from others."""
    if "FirstName" in row and "Name" in row and (one.name != "Account" or row.get("IsPersonAccount")):
        row["Name"] = " ".join(filter(None, (row["FirstName"], row["LastName"]))) or None
    if one.name == "Opportunity":
        probability, forecast = STAGES.get(row["StageName"], STAGES["Prospecting"])
        row["IsClosed"] = row["StageName"] in ("Closed Won", "Closed Lost")
        row["IsWon"] = row["StageName"] == "Closed Won"
        row["ForecastCategory"] = row["ForecastCategoryName"] = forecast
        if row["Probability"] is None or row["IsClosed"]:
            row["Probability"] = Decimal(probability)
        amount = row["Amount"]
        row["ExpectedRevenue"] = None if amount is None else amount * row["Probability"] / 100
    if one.name == "Task":
        row["IsClosed"] = row["Status"] == "Completed"
        row["IsHighPriority"] = row["Priority"] == "High"
