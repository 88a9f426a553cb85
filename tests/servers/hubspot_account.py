"""The account behind the loopback HubSpot: properties, records, associations, pipelines, and a search index
that can be made to lag behind."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

TYPE_IDS = {"contacts": "0-1", "companies": "0-2", "deals": "0-3", "leads": "0-136"}
REQUIRED = {"contacts": [], "companies": [], "deals": ["dealname"], "leads": ["hs_lead_name"]}
# https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide#association-type-id-values
PRIMARY = {("deals", "companies"): 5, ("contacts", "companies"): 1} | {
    ("leads", "contacts"): 578,
    ("leads", "companies"): 580,
}
PLAIN = {("deals", "companies"): 341, ("companies", "deals"): 342, ("deals", "contacts"): 3} | {
    ("contacts", "deals"): 4,
    ("contacts", "companies"): 279,
    ("companies", "contacts"): 280,
    ("leads", "contacts"): 608,
    ("leads", "companies"): 610,
}
_SINGULAR = {"contacts": "Contact", "companies": "Company", "deals": "Deal", "leads": "Lead"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# Some of those of a new account.
_INDUSTRIES = (
    "AUTOMOTIVE",
    "AVIATION_AEROSPACE",
    "BIOTECHNOLOGY",
    "COMPUTER_GAMES",
    "COMPUTER_SOFTWARE",
    "CONSTRUCTION",
    "CONSUMER_ELECTRONICS",
    "CONSUMER_GOODS",
    "EDUCATION_MANAGEMENT",
    "ENTERTAINMENT",
    "FARMING",
    "FINANCIAL_SERVICES",
    "GOVERNMENT_ADMINISTRATION",
    "HOSPITALITY",
    "HOSPITAL_HEALTH_CARE",
    "LEISURE_TRAVEL_TOURISM",
    "LOGISTICS_AND_SUPPLY_CHAIN",
    "MACHINERY",
    "MANAGEMENT_CONSULTING",
    "MARKETING_AND_ADVERTISING",
    "MINING_METALS",
    "NON_PROFIT_ORGANIZATION_MANAGEMENT",
    "OIL_ENERGY",
    "RETAIL",
    "TELECOMMUNICATIONS",
    "UTILITIES",
    "WHOLESALE",
)


def primary_label(object_: str, to: str) -> str:
    """As some of them are called, "Primary" being what others are."""
    return f"{_SINGULAR[object_]} with Primary {_SINGULAR[to]}"


class Refused(Exception):
    """``faults``: (property, code) of each."""

    def __init__(
        self, message: str, *, status: int = 400, category: str = "VALIDATION_ERROR", **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"status": "error", "message": message, "category": category, **more}


def property_(name: str, type_: str = "string", field_type: str = "text", **more: Any) -> dict[str, Any]:
    """A property as the properties API tells it."""
    return {
        "name": name,
        "label": more.pop("label", name.replace("_", " ").capitalize()),
        "type": type_,
        "fieldType": field_type,
        "groupName": "information",
        "options": [
            {"label": value.capitalize(), "value": value, "displayOrder": n, "hidden": False}
            for n, value in enumerate(more.pop("values", ()))
        ],
        "hasUniqueValue": False,
        "calculated": False,
        "archived": False,
        "hidden": False,
        "externalOptions": False,
        "modificationMetadata": {"archivable": True, "readOnlyValue": more.pop("read_only", False)},
        **more,
    }


def _properties(object_: str) -> list[dict[str, Any]]:
    common = [
        property_("hs_object_id", "number", "number", read_only=True),
        property_("createdate", "datetime", "date", read_only=True),
    ]
    return common + {
        "contacts": [
            property_("email"),  # unique, though not said to be
            property_("hs_additional_emails", field_type="textarea"),
            *(property_(name) for name in ("firstname", "lastname", "jobtitle", "company")),
            property_("phone", "phone_number", "phonenumber"),
        ],
        "companies": [
            *(property_(name) for name in ("name", "domain", "website", "country", "state", "city", "zip")),
            property_("industry", "enumeration", "select", values=_INDUSTRIES),
            property_("description", field_type="textarea"),
        ],
        "deals": [
            property_("dealname"),
            property_("description", field_type="textarea"),
            property_("amount", "number", "number", showCurrencySymbol=True),
            property_("closedate", "datetime", "date"),
            property_("dealstage", "enumeration", "radio", externalOptions=True),
            property_("pipeline", "enumeration", "select", externalOptions=True),
            property_("dealtype", "enumeration", "radio", values=("newbusiness", "existingbusiness")),
        ],
        "leads": [
            property_("hs_lead_name"),
            property_("hs_pipeline", "enumeration", "select", externalOptions=True),
            property_("hs_pipeline_stage", "enumeration", "radio", externalOptions=True),
        ],
    }.get(object_, [])


def pipeline(id_: str, label: str, stages: Mapping[str, str], order: int = 0) -> dict[str, Any]:
    return {
        "id": id_,
        "label": label,
        "displayOrder": order,
        "archived": False,
        "stages": [
            {
                "id": stage,
                "label": name,
                "displayOrder": n,
                "archived": False,
                "metadata": {"isClosed": "false"},
            }
            for n, (stage, name) in enumerate(stages.items())
        ],
    }


DEAL_STAGES = {
    "appointmentscheduled": "Appointment Scheduled",
    "qualifiedtobuy": "Qualified To Buy",
    "closedwon": "Closed Won",
    "closedlost": "Closed Lost",
}
LEAD_STAGES = {
    "new-stage-id": "New",
    "connected-stage-id": "Connected",
    "qualified-stage-id": "Qualified",
    "unqualified-stage-id": "Disqualified",
}


@dataclass
class Stored:
    id: str
    properties: dict[str, str]
    created: str
    archived: bool = False
    merged_into: str = ""


@dataclass
class Object:
    name: str
    type_id: str
    properties: dict[str, dict[str, Any]]
    required: list[str] = field(default_factory=list)
    pipelines: list[dict[str, Any]] = field(default_factory=list)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    records: dict[str, Stored] = field(default_factory=dict)
    index: dict[str, dict[str, str]] = field(default_factory=dict)
    unique: dict[tuple[str, str], str] = field(default_factory=dict)  # (property, folded value) -> id

    def is_unique(self, property: str) -> bool:
        said = self.properties.get(property, {})
        return bool(said.get("hasUniqueValue")) or (self.name, property) == ("contacts", "email")


class Account:
    """``behind``: the search index does not follow what is written, until ``catch_up``."""

    def __init__(self) -> None:
        self.objects = {
            name: Object(name, id_, {p["name"]: p for p in _properties(name)}, REQUIRED[name])
            for name, id_ in TYPE_IDS.items()
        }
        self.objects["deals"].pipelines = [pipeline("default", "Sales Pipeline", DEAL_STAGES)]
        self.objects["leads"].pipelines = [pipeline("lead-pipeline-id", "Lead pipeline", LEAD_STAGES)]
        self.links: dict[tuple[str, str, str, str], set[int]] = {}  # (object, id, object, id) -> type ids
        self.behind = False
        self._ids = itertools.count(int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()))

    def object(self, name: str) -> Object:
        for object_ in self.objects.values():
            if name in (object_.name, object_.type_id):
                return object_
        raise Refused(f"Unable to infer object type from: {name}")

    def add_property(self, object_: str, said: Mapping[str, Any]) -> dict[str, Any]:
        known = self.object(object_).properties
        if said["name"] in known:
            raise Refused(
                "A property with this name already exists.", status=409, category="OBJECT_ALREADY_EXISTS"
            )
        made = property_(said["name"], said["type"], said["fieldType"]) | dict(said)
        known[said["name"]] = made
        return made

    # -- records

    def stored(self, object_: Object, id_: str) -> Stored | None:
        """The record, or the one that it was merged into; None for one that is archived."""
        found = object_.records.get(id_)
        while found is not None and found.merged_into:
            found = object_.records.get(found.merged_into)
        return found if found is not None and not found.archived else None

    def by(self, object_: Object, id_property: str | None, id_: str) -> Stored | None:
        if id_property is None:
            return self.stored(object_, id_)
        if not object_.is_unique(id_property):
            raise Refused(
                f"Unable to perform update/upsert by non-unique {object_.type_id} property {id_property}"
            )
        found = object_.unique.get((id_property, _folded(id_)))
        if found is None and id_property == "email":
            others = ((o, s.properties.get("hs_additional_emails", "")) for o, s in object_.records.items())
            found = next((o for o, said in others if _folded(id_) in _folded(said).split(";")), None)
        return self.stored(object_, found) if found else None

    def create(
        self, object_: Object, properties: Mapping[str, Any], associations: Iterable[Any] = ()
    ) -> Stored:
        values = self.checked(object_, properties, None)
        lacking = [name for name in object_.required if not values.get(name)]
        if lacking:
            said = f"Error creating {object_.name.upper()}. Some required properties were not set."
            raise Refused(said, context={"properties": lacking})
        associations = list(associations)
        kinds = {kind["associationTypeId"] for one in associations for kind in one["types"]}
        if object_.name == "leads" and not kinds & {578, 580}:
            raise Refused("A lead must have a LEAD_TO_PRIMARY_CONTACT or LEAD_TO_PRIMARY_COMPANY association")
        id_ = str(next(self._ids))
        now = _iso(datetime.now(UTC))
        values |= {"hs_object_id": id_, "createdate": now}
        if object_.pipelines and not any(name in values for name in ("pipeline", "hs_pipeline")):
            values |= self._first_stage(object_)
        stored = Stored(id_, {name: value for name, value in values.items() if value}, now)
        object_.records[id_] = stored
        self._note(object_, stored)
        for one in associations:
            for kind in one["types"]:
                self.link(object_.name, id_, "", one["to"]["id"], kind["associationTypeId"])
        return stored

    def update(self, object_: Object, stored: Stored, properties: Mapping[str, Any]) -> Stored:
        for name, value in self.checked(object_, properties, stored).items():
            old = stored.properties.pop(name, "")
            object_.unique.pop((name, _folded(old)), None)
            if value:
                stored.properties[name] = value
        self._note(object_, stored)
        return stored

    def archive(self, object_: str, id_: str) -> None:
        owner = self.object(object_)
        owner.records[id_].archived = True
        self._forget(owner, id_)

    def merge(self, object_: str, winner: str, loser: str) -> str:
        """The id of what two records become: for contacts and companies a new one, which has the winner's
        properties (https://developers.hubspot.com/changelog/updated-merge-functionality-for-contacts-and-companies).
        """
        owner = self.object(object_)
        self._merge(owner, loser, winner)
        if object_ in ("contacts", "companies"):
            old, winner = owner.records[winner], str(next(self._ids))
            owner.records[winner] = Stored(winner, {**old.properties, "hs_object_id": winner}, old.created)
            self._merge(owner, old.id, winner)
            self._note(owner, owner.records[winner])
        return winner

    def _merge(self, owner: Object, id_: str, into: str) -> None:
        owner.records[id_].merged_into = into
        self._forget(owner, id_)
        ends = {id_: into}
        for (source, one, goal, other), kinds in list(self.links.items()):
            pair = (
                ends.get(one, one) if source == owner.name else one,
                ends.get(other, other) if goal == owner.name else other,
            )
            if pair != (one, other):
                del self.links[source, one, goal, other]
                self.links.setdefault((source, pair[0], goal, pair[1]), set()).update(kinds)

    def _forget(self, owner: Object, id_: str) -> None:
        owner.unique = {key: other for key, other in owner.unique.items() if other != id_}
        if not self.behind:
            owner.index.pop(id_, None)

    def _note(self, object_: Object, stored: Stored) -> None:
        for name, value in stored.properties.items():
            if object_.is_unique(name):
                object_.unique[name, _folded(value)] = stored.id
        if not self.behind:
            object_.index[stored.id] = dict(stored.properties)

    def catch_up(self) -> None:
        self.behind = False
        for object_ in self.objects.values():
            object_.index = {
                id_: dict(stored.properties)
                for id_, stored in object_.records.items()
                if not stored.archived and not stored.merged_into
            }

    def snapshot(self) -> Any:
        """All records and associations as they are, for ``restore``."""
        records = {
            name: (
                {id_: (kept, dict(kept.properties)) for id_, kept in each.records.items()},
                dict(each.index),
            )
            for name, each in self.objects.items()
        }
        return records, {pair: set(kinds) for pair, kinds in self.links.items()}

    def restore(self, snapshot: Any) -> None:
        records, self.links = snapshot
        for name, (kept, index) in records.items():
            owner = self.objects[name]
            owner.records = {id_: stored for id_, (stored, _) in kept.items()}
            owner.index, owner.unique = index, {}
            for id_, (stored, properties) in kept.items():
                stored.properties = properties
                if not stored.archived and not stored.merged_into:
                    unique = (n for n in properties if owner.is_unique(n))
                    owner.unique.update({(n, _folded(properties[n])): id_ for n in unique})

    def _first_stage(self, object_: Object) -> dict[str, str]:
        first = object_.pipelines[0]
        names = ("pipeline", "dealstage") if object_.name == "deals" else ("hs_pipeline", "hs_pipeline_stage")
        return dict(zip(names, (first["id"], first["stages"][0]["id"]), strict=True))

    # -- values

    def checked(
        self, object_: Object, properties: Mapping[str, Any], stored: Stored | None
    ) -> dict[str, str]:
        faults, values = [], {}
        for name, value in properties.items():
            known = object_.properties.get(name)
            if known is None:
                faults.append({"name": name, "error": "PROPERTY_DOESNT_EXIST"})
            elif known["modificationMetadata"]["readOnlyValue"]:
                faults.append({"name": name, "error": "READ_ONLY_VALUE"})
            else:
                try:
                    values[name] = self._kept(
                        object_, known, "" if value is None else str(value), {**properties}
                    )
                except ValueError as error:
                    faults.append({"name": name, "error": str(error)})
        if faults:
            said = [
                {"isValid": False, "message": f"{properties.get(f['name'])} is no good", **f} for f in faults
            ]
            raise Refused(f"Property values were not valid: {json.dumps(said)}")
        self._check_unique(object_, values, stored)
        return values

    def _check_unique(self, object_: Object, values: Mapping[str, str], stored: Stored | None) -> None:
        for name, value in values.items():
            owner = object_.unique.get((name, _folded(value))) if value else None
            if owner is None or (stored is not None and owner == stored.id):
                continue
            if name == "email":
                said = f"Contact already exists. Existing ID: {owner}"
                raise Refused(said, status=409, category="CONFLICT")
            detail = {
                "message": f"{owner} already has that value.",
                "code": "CONFLICTING_UNIQUE_VALUE",
                "context": {"propertyName": [name]},
            }
            raise Refused(f"Cannot set {name} to {value}. {owner} already has that value.", errors=[detail])

    def _kept(self, object_: Object, known: Mapping[str, Any], value: str, all_: Mapping[str, Any]) -> str:
        """What is kept of a value. Raises ValueError with HubSpot's code."""
        kind = known["type"]
        if not value.strip():
            return ""
        if kind == "number":
            return _number(value)
        if kind in ("date", "datetime"):
            return _time(value, kind)
        if kind == "bool" or known["fieldType"] == "booleancheckbox":
            return value if value in ("true", "false") else _fail("INVALID_OPTION")
        if kind == "enumeration":
            values = value.strip(";").split(";") if known["fieldType"] == "checkbox" else [value]
            return (
                value if self._options(object_, known, all_).issuperset(values) else _fail("INVALID_OPTION")
            )
        if known["name"] == "email":
            # HubSpot checks addresses and keeps them in lower case.
            return value.strip().lower() if _EMAIL.fullmatch(value.strip()) else _fail("INVALID_EMAIL")
        return value.strip() if len(value) <= 65_536 else _fail("PROPERTY_TOO_LONG")

    def _options(self, object_: Object, known: Mapping[str, Any], all_: Mapping[str, Any]) -> set[str]:
        if known["name"] in ("pipeline", "hs_pipeline"):
            return {each["id"] for each in object_.pipelines}
        if known["name"] in ("dealstage", "hs_pipeline_stage"):
            chosen = all_.get("pipeline") or all_.get("hs_pipeline") or object_.pipelines[0]["id"]
            return {s["id"] for each in object_.pipelines if each["id"] == chosen for s in each["stages"]}
        return {option["value"] for option in known["options"]}

    # -- associations

    def link(self, object_: str, id_: str, to: str, other: str, type_id: int | None = None) -> None:
        """Associate two records; with the default type, unless told another. Raises Refused for one that is
        not there."""
        owner = self.object(object_)
        if not to:
            pairs = {number: pair for table in (PRIMARY, PLAIN) for pair, number in table.items()}
            to = pairs[type_id or 0][1]
        target = self.object(to)
        source, goal = self.stored(owner, id_), self.stored(target, other)
        if source is None or goal is None:
            raise Refused("Unable to find object", status=404, category="OBJECT_NOT_FOUND")
        pair = (owner.name, target.name)
        plain = PLAIN.get(pair, 1000)
        kinds = {plain}
        if type_id is not None and type_id == PRIMARY.get(pair):
            kinds.add(type_id)
            for key, there in self.links.items():
                if key[:3] == (owner.name, source.id, target.name):
                    there.discard(type_id)
        self.links.setdefault((owner.name, source.id, target.name, goal.id), set()).update(kinds)
        self.links.setdefault((target.name, goal.id, owner.name, source.id), set()).add(
            PLAIN.get(pair[::-1], 1000)
        )

    def unlink(self, object_: str, id_: str, to: str, other: str) -> None:
        self.links.pop((object_, id_, to, other), None)
        self.links.pop((to, other, object_, id_), None)

    def linked(self, object_: str, id_: str, to: str) -> list[dict[str, Any]]:
        name, target = self.object(object_), self.object(to)
        stored = self.stored(name, id_)
        found = []
        for (source, source_id, goal, goal_id), kinds in self.links.items():
            if stored and (source, source_id, goal) == (name.name, stored.id, target.name):
                primary = PRIMARY.get((name.name, target.name))
                types = [
                    {
                        "category": "HUBSPOT_DEFINED",
                        "typeId": kind,
                        "label": primary_label(name.name, target.name) if kind == primary else None,
                    }
                    for kind in sorted(kinds)
                ]
                found.append({"toObjectId": int(goal_id), "associationTypes": types})
        return found

    # -- what a test looks at

    def contents(self, object_: str) -> dict[str, dict[str, str]]:
        """The records that are there, by id."""
        owner = self.object(object_)
        return {
            id_: deepcopy(stored.properties)
            for id_, stored in owner.records.items()
            if not stored.archived and not stored.merged_into
        }


def _folded(text: str) -> str:
    return text.strip().lower()


def _fail(code: str) -> str:
    raise ValueError(code)


def _number(text: str) -> str:
    try:
        kept = format(Decimal(repr(float(text))), "f")  # double precision is all there is
    except (ValueError, ArithmeticError):
        raise ValueError("INVALID_NUMBER") from None
    return kept.removesuffix(".0")


def _time(text: str, kind: str) -> str:
    try:
        if re.fullmatch(r"-?\d+", text):
            moment = datetime.fromtimestamp(int(text) / 1000, UTC)
        elif kind == "date":
            return date.fromisoformat(text).isoformat()
        else:
            moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError("INVALID_DATE") from None
    return moment.date().isoformat() if kind == "date" else _iso(moment)


def _iso(moment: datetime) -> str:
    return (
        moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").replace(".000Z", "Z")
    )
