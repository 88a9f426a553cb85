"""An org as it is set up: its objects, described once a run, and what in them is not as everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from connector.crm.salesforce_client import Client
from connector.crm.salesforce_countries import Countries
from connector.crm.salesforce_describe import filterable, object_meta
from connector.crm.salesforce_fields import FIELDS
from connector.errors import AccessDenied, NotFoundError, RefusedError, TransientError
from connector.records import ObjectMeta, folded_key

# What a converted lead says of itself, and the objects that it became.
CONVERTED = {
    "ConvertedOpportunityId": "Opportunity",
    "ConvertedAccountId": "Account",
    "ConvertedContactId": "Contact",
}


class Org:
    """What describes tell. Raises what ``Client.call`` does."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._metas: dict[str, ObjectMeta | None] = {}
        self._filterable: dict[str, frozenset[str]] = {}
        self._case_sensitive: dict[str, frozenset[str]] = {}
        self._countries: dict[str, Countries] = {}
        self._business: dict[str, str] | None = None

    def describe(self, objects: Iterable[str]) -> Mapping[str, ObjectMeta]:
        """The metadata of ``objects``, without those that the org (or our user) does not have."""
        found = ((name, self.meta(name)) for name in objects)
        return {name: meta for name, meta in found if meta is not None}

    def meta(self, object: str) -> ObjectMeta | None:
        if object not in self._metas:
            self._metas[object] = self._ask(object)
        return self._metas[object]

    def objects(self) -> list[str]:
        """The names of all objects that records can be written to; none when the org does not tell."""
        try:
            answer = self._client.call("describe", "GET", "sobjects")
        except AccessDenied:
            raise
        except RefusedError:
            return []
        return [entry["name"] for entry in _entries(answer, "sobjects") if entry.get("createable")]

    def _ask(self, object: str) -> ObjectMeta | None:
        try:
            answer = self._client.call("describe", "GET", f"sobjects/{quote(object, safe='')}/describe")
        except NotFoundError:
            return None
        except RefusedError as error:
            if error.code == "INVALID_TYPE":
                return None
            raise
        _entries(answer, "fields")
        self._filterable[object] = filterable(answer)
        self._case_sensitive[object] = frozenset(
            field["name"] for field in answer["fields"] if field.get("caseSensitive")
        )
        self._countries[object] = Countries.of(answer)
        meta = object_meta(answer)
        absent = {
            field.name: field.meta()
            for field in FIELDS
            if field.object == meta.name and field.name not in meta.fields
        }
        return replace(meta, absent=absent)

    # -- what is not the same in every org

    def has(self, object: str, field: str) -> bool:
        meta = self.meta(object)
        return meta is not None and field in meta.fields

    def filterable(self, object: str, field: str) -> bool:
        self.meta(object)
        return field in self._filterable.get(object, ())

    def case_sensitive(self, object: str, field: str) -> bool:
        self.meta(object)
        return field in self._case_sensitive.get(object, ())

    def same_key(self, object: str, field: str, one: str, other: str) -> bool:
        """Whether two values of a key field are one to the org."""
        return one == other or (not self.case_sensitive(object, field) and one.casefold() == other.casefold())

    def folded_key(self, object: str, field: str, key: str) -> str:
        meta = self.meta(object)
        return folded_key(key, meta.fields.get(field) if meta else None)

    def countries(self, object: str) -> Countries:
        self.meta(object)
        return self._countries.get(object, Countries())

    def own_fields(self, object: str) -> list[str]:
        """Fields that are read with every record, whatever the mapping asks for."""
        names = ["Id", "CreatedDate", "IsConverted", *CONVERTED]
        return [name for name in names if self.has(object, name)]

    def business_record_type(self) -> str | None:
        """In an org with person accounts: the record type that makes an account a company. Such an org may
        give our user persons by default, and those take no Name."""
        if not self.has("Account", "IsPersonAccount"):
            return None
        if self._business is None:
            query = (
                "SELECT Id FROM RecordType"
                " WHERE SobjectType = 'Account' AND IsPersonType = false AND IsActive = true ORDER BY Id"
            )
            answer = self._client.call("query", "GET", "query/", params={"q": query})
            ids = [entry["Id"] for entry in _entries(answer, "records")]
            self._business = {"Account": ids[0]} if ids else {}
        return self._business.get("Account")


def _entries(answer: Any, member: str) -> list[Any]:
    entries = answer.get(member) if isinstance(answer, dict) else None
    if not isinstance(entries, list):
        message = f"an answer without {member}"
        raise TransientError(message, service="salesforce", operation="describe", code="EMPTY_ANSWER")
    return entries
