"""What people do in the loopback org by hand, and what its administrator sets up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tests.servers.salesforce_store import DuplicateRule, Store, ValidationRule
from tests.servers.salesforce_values import long_id


class Org:
    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, threading.RLock()

    def _populate(self, username: str, *, person_accounts: bool) -> None:
        person = {"Username": username, "FirstName": "Integration", "LastName": "User", "IsActive": True}
        self._store.user_id = self.insert("User", {**person, "Email": username, "Alias": "integr"})
        if person_accounts:
            for name, is_person in (("Business Account", False), ("Person Account", True)):
                kind = {"Name": name, "DeveloperName": name.replace(" ", "_"), "SobjectType": "Account"}
                self.insert("RecordType", {**kind, "IsActive": True, "IsPersonType": is_person})

    def _settle(self) -> None:
        """What is due by now has happened."""

    def records(self, sobject: str) -> list[dict[str, Any]]:
        """The records that are not deleted, every field of each, oldest first."""
        with self._lock:
            self._settle()
            rows = sorted(self._store.live(self._store.object(sobject).name), key=lambda row: str(row["Id"]))
            return [{name: value for name, value in row.items() if name != "_object"} for row in rows]

    def insert(self, sobject: str, fields: Mapping[str, Any]) -> str:
        """A record made by hand: types are checked, rules are not. Gives its id."""
        with self._lock:
            return self._store.insert(sobject, fields)

    def update(self, sobject: str, identifier: str, fields: Mapping[str, Any]) -> None:
        with self._lock:
            self._store.update(self._known(sobject, identifier), fields)

    def delete(self, sobject: str, identifier: str) -> None:
        with self._lock:
            self._store.delete(self._known(sobject, identifier))

    def convert_lead(self, identifier: str) -> dict[str, str]:
        """Gives ConvertedAccountId, ConvertedContactId and ConvertedOpportunityId."""
        with self._lock:
            return self._store.convert(self._known("Lead", identifier))

    def validation_rule(
        self,
        sobject: str,
        refuses: Callable[[Mapping[str, Any]], bool],
        message: str,
        field: str | None = None,
    ) -> None:
        """Records, as they would be, that ``refuses`` says yes to are refused with the message."""
        self._store.rules[sobject].validation.append(ValidationRule(refuses, message, field))

    def duplicate_rule(self, sobject: str, fields: Iterable[str], allow_save: bool = True) -> None:
        self._store.rules[sobject].duplicates.append(DuplicateRule(tuple(fields), allow_save))

    def trigger(self, sobject: str, breaks: Callable[[Sequence[Mapping[str, Any]]], str | None]) -> None:
        """A trigger that a whole call breaks at: ``breaks`` gives the code, UNKNOWN_EXCEPTION or
        REQUEST_RUNNING_TOO_LONG, for the records of a call, or None."""
        self._store.rules[sobject].breaks.append(breaks)

    def assignment_rule(self, sobject: str, owner_id: str) -> None:
        """Records saved without ``Sforce-Auto-Assign: FALSE`` get this owner."""
        self._store.rules[sobject].assign_to = owner_id

    def lock(self, sobject: str, identifier: str, times: int = 1) -> None:
        """The next so many writes to the record find it locked."""
        self._store.locks[sobject, self._known(sobject, identifier)] += times

    def require(self, sobject: str, field: str) -> None:
        """An administrator makes a field required."""
        self._store.object(sobject).change(field, required=True)

    def _known(self, sobject: str, identifier: str) -> str:
        full = long_id(identifier)
        row = self._store.any(full) if full else None
        if full is None or row is None or row["_object"] != self._store.object(sobject).name:
            raise KeyError(f"no {sobject} {identifier}")
        return full
