"""The rules that an org's administrator made: validation and duplicates."""

from __future__ import annotations

from typing import Any

from tests.servers.salesforce_objects import Sobject
from tests.servers.salesforce_store import DuplicateRule, Row, Store
from tests.servers.salesforce_values import SaveError


def check_rules(store: Store, one: Sobject, row: Row, *, allow_duplicates: bool, base: str) -> None:
    """Raises SaveError for the first rule that a record, as it would be, breaks."""
    rules = store.rules[one.name]
    for rule in rules.validation:
        if rule.refuses({name: value for name, value in row.items() if name != "_object"}):
            fields = [rule.field] if rule.field else []
            raise SaveError("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, *fields)
    for duplicates in rules.duplicates:
        if not (allow_duplicates and duplicates.allow_save):
            _check_duplicates(store, one, row, duplicates, base)


def _check_duplicates(store: Store, one: Sobject, row: Row, rule: DuplicateRule, base: str) -> None:
    wanted = [_folded(row.get(name)) for name in rule.fields]
    if None in wanted:
        return
    found = [
        other["Id"]
        for other in store.live(one.name)
        if other["Id"] != row["Id"] and [_folded(other.get(name)) for name in rule.fields] == wanted
    ]
    if found:
        result = _duplicate_result(one, rule, found, base)
        message = "Use one of these records?" if rule.allow_save else "You're creating a duplicate record."
        raise SaveError("DUPLICATES_DETECTED", message, extra={"duplicateResult": result})


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _duplicate_result(one: Sobject, rule: DuplicateRule, found: list[str], base: str) -> dict[str, Any]:
    records = [
        {
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 100.0,
            "record": {
                "attributes": {"type": one.name, "url": f"{base}/sobjects/{one.name}/{identifier}"},
                "Id": identifier,
            },
        }
        for identifier in found
    ]
    match = {
        "entityType": one.name,
        "errors": [],
        "matchEngine": "ExactMatchEngine",
        "matchRecords": records,
        "rule": f"Standard_{one.name}_Match_Rule_v1_0",
        "size": len(records),
        "success": True,
    }
    return {
        "allowSave": rule.allow_save,
        "duplicateRule": f"Standard_{one.name}_Duplicate_Rule",
        "duplicateRuleEntityType": one.name,
        "errorMessage": "Use one of these records?",
        "matchResults": [match],
    }
