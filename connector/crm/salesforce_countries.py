"""Orgs with "state and country picklists": a record's country is a code, and its name follows from that.

Mappings speak of countries by name (``Country: country_name(...)``), as in any other org. Here such a name
becomes the code it stands for, and is read back as it was written, whatever the org's administrator calls the
country.
https://help.salesforce.com/s/articleView?id=sf.admin_state_country_picklists_overview.htm
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connector.mapping.names import country_name
from connector.records import CoercionError, Value


@dataclass(frozen=True, slots=True)
class Countries:
    """``codes``: name field -> code field, of one object; none in an org without the picklists. ``by_name``:
    folded name -> code; ``names``: the org's name of a country -> ours."""

    codes: Mapping[str, str] = field(default_factory=dict)
    by_name: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, describe: Mapping[str, Any]) -> Countries:
        """From an object's describe: ``CountryCode`` beside ``Country``, ``BillingCountryCode`` ..."""
        fields = {item["name"]: item for item in describe["fields"]}
        codes = {
            name: f"{name}Code" for name in fields if name.endswith("Country") and f"{name}Code" in fields
        }
        by_name: dict[str, str] = {}
        names: dict[str, str] = {}
        for code_field in codes.values():
            for value in fields[code_field].get("picklistValues") or ():
                code, label = str(value.get("value") or ""), str(value.get("label") or "")
                ours = country_name(code, "en") or label
                by_name.update({_folded(name): code for name in (code, label, ours) if name})
                names[label] = ours
        return cls(codes, by_name, names)

    def to_write(self, fields: Mapping[str, Value]) -> dict[str, Value]:
        """``fields`` with codes for names: an org takes one of the two. Raises CoercionError, its argument
        after the words being the field, for a name that it does not know."""
        written = dict(fields)
        for name, code_field in self.codes.items():
            value = written.get(name)
            if name not in written:
                continue
            del written[name]
            if code_field in written:
                continue  # the code says it already, and better
            if isinstance(value, str) and value:
                code = self.by_name.get(_folded(value))
                if code is None:
                    raise CoercionError("not one of the org's countries", name)
                value = code
            written[code_field] = value
        return written

    def as_read(self, name: str, value: Value) -> Value:
        """The country of a record in our words."""
        return self.names.get(value, value) if name in self.codes and isinstance(value, str) else value


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
