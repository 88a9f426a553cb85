"""How the loopback org saves one record: every check that Salesforce makes, in about its order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.servers.salesforce_countries import WrongPlace, settle
from tests.servers.salesforce_fields import OTHER_PREFIXES
from tests.servers.salesforce_objects import Field, Sobject
from tests.servers.salesforce_rules import check_rules
from tests.servers.salesforce_store import Row, Store
from tests.servers.salesforce_values import SaveError, long_id, stored

_PERSON = (
    "LastName",
    "FirstName",
    "Salutation",
    "PersonEmail",
    "PersonTitle",
    "PersonMobilePhone",
    "PersonHomePhone",
)
_READ_ONLY = (
    "Unable to create/update fields: {}. Please check the security settings of this field and verify that it"
    " is read/write for your profile or permission set."
)


@dataclass(frozen=True)
class Options:
    """What the call's headers say. ``bulk``: cells, in which every value is text."""

    allow_duplicates: bool = False
    assign: bool = True
    bulk: bool = False
    base: str = "/services/data/v62.0"


def external_id(one: Sobject, name: str) -> Field:
    """The field by which an upsert finds its record.

    Raises SaveError where it cannot serve.
    """
    known = one.get(name)
    if known is None or not known.id_lookup:
        raise SaveError(
            "INVALID_FIELD",
            f"Field name provided, {name} is not an External ID or indexed field for {one.name}",
        )
    return known


class Saver:
    def __init__(self, store: Store, *, country_picklists: bool, person_accounts: bool) -> None:
        self.store = store
        self._countries, self._persons = country_picklists, person_accounts

    def create(self, one: Sobject, given: Mapping[str, Any], options: Options) -> str:
        """Raises SaveError, and then nothing was saved."""
        if given.get("Id") is not None:
            raise SaveError("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", "Id")
        changes = self._changes(one, given, options, create=True)
        row = self.store.blank(one)
        set_values = {
            name: value for name, value in changes.items() if value is not None or row[name] is None
        }
        self._save(one, {**row, **set_values}, changes, None, options)
        if one.name == "Opportunity" and row.get("ContactId") is None and changes.get("ContactId"):
            role = {"OpportunityId": row["Id"], "ContactId": changes["ContactId"], "IsPrimary": True}
            self.store.insert("OpportunityContactRole", role)
        return str(row["Id"])

    def update(self, one: Sobject, identifier: str, given: Mapping[str, Any], options: Options) -> None:
        """Raises SaveError, and then nothing was saved."""
        old = self._existing(one, identifier)
        if old.get("IsConverted"):
            raise SaveError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        changes = self._changes(one, given, options, create=False)
        self._save(one, self.store.touched(old, changes), changes, old, options)

    def upsert(
        self, one: Sobject, known: Field, given: Mapping[str, Any], options: Options
    ) -> tuple[str, bool]:
        """The id, and whether the record is new. Raises SaveError."""
        value = next((value for name, value in given.items() if name.lower() == known.name.lower()), None)
        value = stored(known, value, bulk=options.bulk)
        if value is None and known.type != "id":
            raise SaveError("MISSING_ARGUMENT", f"{known.name} not specified")
        found = self.store.matches(one, known, value) if value is not None else []
        if len(found) > 1:
            message = f"More than one record found for external id field: [{', '.join(found)}]"
            raise SaveError("DUPLICATE_EXTERNAL_ID", message)
        if not found and known.type == "id" and value is not None:
            self._existing(one, value)
        if not found:
            return self.create(one, given, options), True
        rest = {name: given[name] for name in given if name.lower() not in (known.name.lower(), "id")}
        self.update(one, found[0], rest, options)
        return found[0], False

    def delete(self, one: Sobject, identifier: str) -> None:
        self.store.delete(self._existing(one, identifier)["Id"])

    def _existing(self, one: Sobject, identifier: Any) -> Row:
        full = long_id(identifier) if isinstance(identifier, str) else None
        if full is None:
            raise SaveError("MALFORMED_ID", f"{one.name} ID: id value of incorrect type: {identifier}", "Id")
        if not full.startswith(one.prefix):
            raise SaveError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        row = self.store.any(full)
        if row is None:
            raise SaveError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if row["IsDeleted"]:
            raise SaveError("ENTITY_IS_DELETED", "entity is deleted")
        return row

    def _changes(self, one: Sobject, given: Mapping[str, Any], options: Options, *, create: bool) -> Row:
        """The fields given, as they will be stored."""
        changes: Row = {}
        unwritable = []
        for name, value in given.items():
            if name.lower() in ("attributes", "id"):
                continue
            known = one.get(name)
            if known is None and name.lower() in one.relationships and isinstance(value, dict):
                known = one.relationships[name.lower()]
                value = self._by_external_id(known, value)
            if known is None:
                raise SaveError("INVALID_FIELD", f"No such column '{name}' on sobject of type {one.name}")
            if not (known.createable if create else known.updateable):
                unwritable.append(known.name)
            changes[known.name] = stored(known, value, bulk=options.bulk)
        if unwritable:
            raise SaveError(
                "INVALID_FIELD_FOR_INSERT_UPDATE", _READ_ONLY.format(", ".join(unwritable)), *unwritable
            )
        return changes

    def _by_external_id(self, link: Field, value: Mapping[str, Any]) -> str:
        """``{"Account": {"Key__c": "x"}}``: a parent by its external id."""
        wanted = {name: key for name, key in value.items() if name != "attributes"}
        parent = self.store.object(link.refers_to[0])
        if len(wanted) != 1:
            raise SaveError("INVALID_FIELD", f"One external id expected for {link.relationship}")
        name, key = next(iter(wanted.items()))
        known = external_id(parent, name)
        found = self.store.matches(parent, known, stored(known, key))
        if len(found) != 1:
            what = "not found" if not found else "more than one record found"
            message = f"Foreign key external ID: {key} {what} for field {known.name} in entity {parent.name}"
            raise SaveError("INVALID_FIELD", message)
        return found[0]

    def _save(self, one: Sobject, row: Row, changes: Row, old: Row | None, options: Options) -> None:
        identifier = str(row["Id"])
        if self.store.locks[one.name, identifier] > 0:
            self.store.locks[one.name, identifier] -= 1
            raise locked(identifier)
        self._check_person(one, row, changes, old)
        self._check_required(one, row, changes, old)
        self._check_references(one, changes)
        if self._countries:
            self._settle_places(one, row, changes)
        self._check_unique(one, row, changes)
        allow = options.allow_duplicates
        check_rules(self.store, one, row, allow_duplicates=allow, base=options.base)
        rules = self.store.rules[one.name]
        if rules.assign_to and options.assign:
            row["OwnerId"] = rules.assign_to
        self.store.put(row)
        if one.name == "OpportunityContactRole" and changes.get("IsPrimary"):
            self._only_primary(row)
        if row.get("IsPersonAccount") and old is None:
            person = {name: row[name] for name in ("FirstName", "LastName")}
            contact = self.store.insert(
                "Contact", {**person, "AccountId": identifier, "IsPersonAccount": True}
            )
            self.store.put({**row, "PersonContactId": contact})

    def _check_person(self, one: Sobject, row: Row, changes: Row, old: Row | None) -> None:
        """A person account is one created with a LastName; its Name follows from that."""
        if one.name != "Account" or not self._persons:
            return
        if old is None:
            row["IsPersonAccount"] = changes.get("LastName") is not None
        if row["IsPersonAccount"]:
            wrong = ["Name"] if "Name" in changes else []
        else:
            wrong = [name for name in _PERSON if changes.get(name) is not None]
        if wrong:
            raise SaveError("INVALID_FIELD_FOR_INSERT_UPDATE", _READ_ONLY.format(", ".join(wrong)), *wrong)
        if not row["IsPersonAccount"] and row.get("Name") is None:
            raise SaveError("REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", "Name")

    def _check_required(self, one: Sobject, row: Row, changes: Row, old: Row | None) -> None:
        missing = [
            known.name
            for known in one.fields.values()
            if (known.createable or known.updateable)
            and (not known.nillable and known.type != "boolean")
            and row.get(known.name) is None
            and (old is None or known.name in changes)
        ]
        if missing:
            message = f"Required fields are missing: [{', '.join(missing)}]"
            raise SaveError("REQUIRED_FIELD_MISSING", message, *missing)

    def _check_references(self, one: Sobject, changes: Row) -> None:
        for name, value in changes.items():
            known = one.fields[name.lower()]
            if known.type != "reference" or value is None:
                continue
            prefixes = {
                self.store.object(target).prefix
                if target.lower() in self.store.objects
                else OTHER_PREFIXES[target]
                for target in known.refers_to
            }
            if value[:3] not in prefixes:
                message = f"{known.label}: id value of incorrect type: {value}"
                raise SaveError("FIELD_INTEGRITY_EXCEPTION", message, known.name)
            target = self.store.any(value)
            if target is None and value[:3] not in OTHER_PREFIXES.values():
                raise SaveError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", known.name)
            if target is not None and target["IsDeleted"]:
                raise SaveError("ENTITY_IS_DELETED", "entity is deleted", known.name)
            if target is not None and known.name == "OwnerId" and target.get("IsActive") is False:
                message = f"operation performed with inactive user [{value}] as owner of {one.name.lower()}"
                raise SaveError("INACTIVE_OWNER_OR_USER", message, "OwnerId")

    def _settle_places(self, one: Sobject, row: Row, changes: Row) -> None:
        """Country and code, state and code agree, and are in the lists."""
        parts = ("Country", "CountryCode", "State", "StateCode")
        for prefix in ("", "Billing", "Shipping", "Mailing", "Other"):
            given = {part for part in parts if f"{prefix}{part}" in changes}
            if not given or one.get(f"{prefix}CountryCode") is None:
                continue
            place: dict[str, str | None] = {part: changes.get(f"{prefix}{part}") for part in parts}
            if not given & {"Country", "CountryCode"}:
                place["CountryCode"] = row.get(f"{prefix}CountryCode")
            try:
                settled = settle(place)
            except WrongPlace as wrong:
                known = one.fields[f"{prefix}{wrong.which}".lower()]
                message = f"{wrong}: {known.label}"
                raise SaveError("FIELD_INTEGRITY_EXCEPTION", message, known.name) from None
            row |= {f"{prefix}{part}": value for part, value in settled.items()}

    def _check_unique(self, one: Sobject, row: Row, changes: Row) -> None:
        for name, value in changes.items():
            known = one.fields[name.lower()]
            holder = self.store.holder(one, known, value) if known.unique and value is not None else None
            if holder not in (None, row["Id"]):
                message = f"duplicate value found: {name} duplicates value on record with id: {holder}"
                raise SaveError("DUPLICATE_VALUE", message)

    def _only_primary(self, role: Row) -> None:
        for other in list(self.store.live("OpportunityContactRole")):
            same = other["OpportunityId"] == role["OpportunityId"] and other["Id"] != role["Id"]
            if same and other["IsPrimary"]:
                self.store.put({**other, "IsPrimary": False})


def locked(identifier: str) -> SaveError:
    message = f"unable to obtain exclusive access to this record or 1 records: {identifier}"
    return SaveError("UNABLE_TO_LOCK_ROW", message)
