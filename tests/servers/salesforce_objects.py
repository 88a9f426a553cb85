"""What the loopback org's objects are: their fields, and how a describe shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.servers import salesforce_fields as tables
from tests.servers.salesforce_countries import COUNTRIES, country_codes
from tests.servers.salesforce_picklists import picklist

_LINE = re.compile(r"(\w+) (\w+)(?:\(([^)]*)\))? ([CUNDi-]+) (.+)")
# Our word for a type in the tables -> the API's.
_TYPES = {"text": "string", "key": "string", "foldedkey": "string", "area": "textarea", "long": "textarea"}
_TYPES |= {"pick": "picklist", "restricted": "picklist", "currencycode": "picklist", "code": "picklist"}
_TYPES |= {"ref": "reference", "bool": "boolean", "money": "currency", "combo": "combobox"}
TEXTUAL = frozenset({"string", "textarea", "picklist", "combobox", "phone", "email", "url"})
_SOAP = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "date": "xsd:date",
}
_SOAP |= {"datetime": "xsd:dateTime", "address": "urn:address"}
_SOAP |= dict.fromkeys(("currency", "double", "percent"), "xsd:double")
_CAN = (
    *("createable", "deletable", "layoutable", "queryable", "replicateable", "retrieveable", "updateable"),
    *("searchable", "triggerable", "undeletable", "compactLayoutable"),
)
_IS_NOT = (
    *("activateable", "custom", "customSetting", "deepCloneable", "deprecatedAndHidden", "hasSubtypes"),
    *("isInterface", "isSubtype"),
)
MASTER_RECORD_TYPE = "012000000000000AAA"


@dataclass(frozen=True)
class Field:
    """``type`` is the API's word; ``kind`` the table's. ``required``: an administrator demands it."""

    name: str
    type: str
    kind: str
    label: str
    flags: str = ""
    length: int = 0
    precision: int = 0
    scale: int = 0
    refers_to: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    default: Any = None
    controller: str | None = None
    required: bool = False

    createable = property(lambda self: "C" in self.flags)
    updateable = property(lambda self: "U" in self.flags)
    defaulted = property(lambda self: "D" in self.flags)
    custom = property(lambda self: self.name.endswith("__c"))
    unique = property(lambda self: self.kind in ("key", "foldedkey"))
    case_sensitive = property(lambda self: self.kind == "key")
    id_lookup = property(lambda self: self.unique or "i" in self.flags or self.type == "id")
    restricted = property(lambda self: self.kind in ("restricted", "currencycode", "code"))
    filterable = property(lambda self: self.kind not in ("long",))
    sortable = property(lambda self: self.kind not in ("long", "address"))

    @property
    def nillable(self) -> bool:
        return "N" in self.flags and not self.required

    @property
    def relationship(self) -> str | None:
        """The name under which a query reaches the parent: AccountId -> Account."""
        if self.type != "reference" or (self.name == "ContactId" and not self.updateable):
            return None
        return self.name[:-3] + "__r" if self.custom else self.name.removesuffix("Id")


@dataclass
class Sobject:
    name: str
    prefix: str
    fields: dict[str, Field] = field(default_factory=dict)  # by lower-case name
    relationships: dict[str, Field] = field(default_factory=dict)  # likewise

    def add(self, lines: str) -> None:
        for line in filter(None, lines.splitlines()):
            self.put(_field(self.name, line))

    def put(self, one: Field) -> None:
        self.fields[one.name.lower()] = one
        if one.relationship:
            self.relationships[one.relationship.lower()] = one

    def change(self, name: str, **changes: Any) -> None:
        self.put(replace(self.fields[name.lower()], **changes))

    def get(self, name: str) -> Field | None:
        return self.fields.get(name.lower())


def _field(sobject: str, line: str) -> Field:
    match = _LINE.fullmatch(line)
    assert match, line
    name, kind, size, flags, label = match.groups()
    kind_is = _TYPES.get(kind, kind)
    values, default = picklist(sobject, name)
    sizes: dict[str, Any] = {}
    if kind == "ref":
        sizes = {"length": 18, "refers_to": tuple(size.split(","))}
    elif kind in ("money", "double", "percent"):
        precision, scale = size.split(",")
        sizes = {"precision": int(precision), "scale": int(scale)}
    elif kind != "int" and size:
        sizes = {"length": int(size)}
    if kind == "id":
        sizes = {"length": 18}
    return Field(name, kind_is, kind, label, flags, values=values, default=default, **sizes)


def org_objects(
    *, custom_fields: bool, person_accounts: bool, multi_currency: bool, country_picklists: bool
) -> dict[str, Sobject]:
    """The org's objects by lower-case name."""
    objects = {name: Sobject(name, tables.KEY_PREFIX[name]) for name in tables.FIELDS}
    for name, one in objects.items():
        one.add(tables.FIELDS[name])
        if custom_fields:
            one.add(tables.CUSTOM.get(name, ""))
        if person_accounts:
            one.add(tables.PERSON_ACCOUNT.get(name, ""))
        if multi_currency and name in tables.MULTI_CURRENCY:
            one.add(tables.CURRENCY)
    if person_accounts:
        objects["Account"].change("Name", flags="CUN")
    if country_picklists:
        for one in objects.values():
            _add_country_codes(one)
    return {name.lower(): one for name, one in objects.items()}


def _add_country_codes(one: Sobject) -> None:
    countries = [known for known in list(one.fields.values()) if known.name.endswith("Country")]
    for country in countries:
        prefix = country.name.removesuffix("Country")
        code = _field(one.name, f"{country.name}Code code(10) CUN {country.label} Code")
        one.put(replace(code, values=country_codes()))
        state = _field(
            one.name, f"{prefix}StateCode code(10) CUN {prefix} State/Province Code".replace("  ", " ")
        )
        one.put(replace(state, controller=f"{country.name}Code"))


def describe(one: Sobject, record_types: Iterable[dict[str, Any]], base: str) -> dict[str, Any]:
    """The answer of ``sobjects/{name}/describe``."""
    label, plural = tables.LABELS.get(
        one.name, (one.name, one.name[:-1] + "ies" if one.name.endswith("y") else one.name + "s")
    )
    return {
        **dict.fromkeys(_CAN, True),
        **dict.fromkeys(_IS_NOT, False),
        "name": one.name,
        "label": label,
        "labelPlural": plural,
        "keyPrefix": one.prefix,
        "actionOverrides": [],
        "childRelationships": [],
        "namedLayoutInfos": [],
        "supportedScopes": [],
        "fields": [_described(one, known) for known in one.fields.values()],
        "recordTypeInfos": [*record_types],
        "urls": {
            "sobject": f"{base}/sobjects/{one.name}",
            "describe": f"{base}/sobjects/{one.name}/describe",
        },
    }


def _described(one: Sobject, known: Field) -> dict[str, Any]:
    textual = known.type in TEXTUAL
    return {
        "aggregatable": known.filterable,
        "autoNumber": False,
        "byteLength": known.length * 3 if textual else known.length,
        "calculated": False,
        "calculatedFormula": None,
        "caseSensitive": known.case_sensitive,
        "compoundFieldName": _compound(one, known),
        "controllerName": known.controller,
        "createable": known.createable,
        "custom": known.custom,
        "defaultValue": known.default if known.type != "boolean" else False,
        "defaultedOnCreate": known.defaulted,
        "dependentPicklist": known.controller is not None,
        "deprecatedAndHidden": False,
        "digits": 8 if known.type == "int" else 0,
        "encrypted": False,
        "externalId": known.unique,
        "extraTypeInfo": "plaintextarea" if known.type == "textarea" else None,
        "filterable": known.filterable,
        "groupable": known.filterable and known.type not in ("currency", "double", "datetime", "percent"),
        "htmlFormatted": False,
        "idLookup": known.id_lookup,
        "inlineHelpText": None,
        "label": known.label,
        "length": known.length,
        "name": known.name,
        "nameField": known.name == "Name",
        "namePointing": len(known.refers_to) > 1,
        "nillable": known.nillable,
        "permissionable": known.nillable,
        "picklistValues": [_choice(known, value) for value in known.values],
        "polymorphicForeignKey": len(known.refers_to) > 1,
        "precision": known.precision,
        "referenceTo": list(known.refers_to),
        "relationshipName": known.relationship,
        "restrictedPicklist": known.restricted,
        "scale": known.scale,
        "soapType": _SOAP.get(known.type, "xsd:string"),
        "sortable": known.sortable,
        "type": known.type,
        "unique": known.unique,
        "updateable": known.updateable,
        "writeRequiresMasterRead": False,
    }


def _choice(known: Field, value: str) -> dict[str, Any]:
    label = COUNTRIES[value] if known.name.endswith("CountryCode") else value
    default = value == known.default
    return {"active": True, "defaultValue": default, "label": label, "validFor": None, "value": value}


def _compound(one: Sobject, known: Field) -> str | None:
    if known.name in ("FirstName", "LastName", "Salutation") or (one.name, known.name) == ("Account", "Name"):
        return "Name"
    parts = ("Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude", "GeocodeAccuracy")
    for part in (*parts, "CountryCode", "StateCode"):
        prefix = known.name.removesuffix(part)
        if prefix != known.name and f"{prefix}Address".lower() in one.fields:
            return f"{prefix}Address"
    return None
