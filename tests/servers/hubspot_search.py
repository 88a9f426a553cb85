"""The search of the loopback HubSpot: over the index, by filters, within the limits that are documented."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Mapping
from typing import Any

from tests.servers.hubspot_account import Object, Refused

MOST, PAGE, LONGEST = 10_000, 200, 3_000
GROUPS, FILTERS, ALL_FILTERS = 5, 6, 18


def search(object_: Object, request: Mapping[str, Any]) -> dict[str, Any]:
    groups = request.get("filterGroups") or []
    filters = [each for group in groups for each in group["filters"]]
    limit, after = int(request.get("limit") or 10), int(request.get("after") or 0)
    if len(groups) > GROUPS or len(filters) > ALL_FILTERS or any(len(g["filters"]) > FILTERS for g in groups):
        raise Refused("There was a problem with the request: too many filters")
    if limit > PAGE or after + limit > MOST or len(json.dumps(request)) > LONGEST:
        raise Refused("There was a problem with the request: out of its limits")
    for each in filters:
        if each["propertyName"] not in object_.properties:
            raise Refused(f"There was a problem with the request: no property {each['propertyName']}")
    found = [
        (int(id_), said)
        for id_, said in object_.index.items()
        if not groups or any(all(_fits(each, said) for each in group["filters"]) for group in groups)
    ]
    if request.get("sorts"):
        found.sort()
    page = found[after : after + limit]
    answer: dict[str, Any] = {"total": len(found), "results": [_row(object_, *row, request) for row in page]}
    if after + limit < len(found):
        answer["paging"] = {"next": {"after": str(after + limit)}}
    return answer


def _row(object_: Object, id_: int, said: Mapping[str, str], request: Mapping[str, Any]) -> dict[str, Any]:
    stored = object_.records[str(id_)]
    return {
        "id": str(id_),
        "properties": {name: said.get(name) for name in request.get("properties") or ()},
        "createdAt": stored.created,
        "updatedAt": stored.created,
        "archived": False,
    }


def _fits(each: Mapping[str, Any], said: Mapping[str, str]) -> bool:
    value, operator = said.get(each["propertyName"]) or "", each["operator"]
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return bool(value) == (operator == "HAS_PROPERTY")
    if operator == "GT":
        return bool(value) and int(value) > int(each["value"])
    if operator == "EQ":
        return value.lower() == str(each["value"]).lower()
    if operator == "IN":
        return value.lower() in each["values"]
    if operator == "CONTAINS_TOKEN":
        words = re.findall(r"\w+", value.lower())
        return any(fnmatch.fnmatchcase(word, str(each["value"]).lower()) for word in words)
    raise Refused(f"There was a problem with the request: no operator {operator}")
