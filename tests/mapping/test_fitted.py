"""`optional: true`: one mapping for CRMs that have a field and for those that do not."""

from __future__ import annotations

import pytest

from connector import yamlfile
from connector.errors import ConfigurationError
from connector.mapping.check import check
from connector.mapping.fitted import fitted
from connector.mapping.load import load
from connector.mapping.model import Mapping
from connector.records import FieldMeta, ObjectMeta

TEXT = """
version: 1
name: t
crm: salesforce
records:
  opportunity:
    object: Opportunity
    key: {Key__c: Id}
    fields:
      Name: EngagementTitle
      CurrencyIsoCode: {value: USD, optional: true}
      StageName: {value: Open, optional: true}
      AccountId: {ref: account}
  account:
    object: Account
    key: {Key__c: Id}
    fields: {Name: Id, Industry: {from: Status, optional: true}}
"""


def mapping(text: str = TEXT) -> Mapping:
    return load(yamlfile.parse(text, "m.yaml"))


def meta(name: str, *fields: str) -> ObjectMeta:
    known = {field: FieldMeta(field, "text") for field in fields}
    known["Key__c"] = FieldMeta("Key__c", "text", unique=True, external_id=True)
    known["AccountId"] = FieldMeta("AccountId", "reference", reference_to=("Account",))
    return ObjectMeta(name, known)


def fields(mapping: Mapping) -> dict[str, list[str]]:
    return {rule.name: [field.name for field in rule.fields] for rule in mapping.records}


def test_optional_fields_that_the_crm_lacks_are_left_out() -> None:
    objects = {"Opportunity": meta("Opportunity", "Name", "StageName"), "Account": meta("Account", "Name")}
    whole = mapping()
    fit = fitted(whole, objects)
    assert fields(fit) == {"account": ["Name"], "opportunity": ["Name", "StageName", "AccountId"]}
    assert (fit.fingerprint, fit.let, fit.file) == (whole.fingerprint, whole.let, whole.file)
    assert fields(whole)["account"] == ["Name", "Industry"]
    assert check(whole, objects) == []


def test_optional_fields_that_the_crm_has_are_as_any_other() -> None:
    objects = {
        "Opportunity": meta("Opportunity", "Name", "StageName", "CurrencyIsoCode"),
        "Account": meta("Account", "Name", "Industry"),
    }
    whole = mapping()
    assert fitted(whole, objects) == whole
    picky = {**objects["Opportunity"].fields, "StageName": FieldMeta("StageName", "text", picklist=("Won",))}
    (finding,) = check(mapping(), {**objects, "Opportunity": ObjectMeta("Opportunity", picky)})
    assert finding.message == "StageName cannot be Open"


def test_rules_of_unknown_objects_and_fields_that_are_not_optional_stay() -> None:
    objects = {"Account": meta("Account")}
    assert fields(fitted(mapping(), objects)) == {
        "account": ["Name"],
        "opportunity": ["Name", "CurrencyIsoCode", "StageName", "AccountId"],
    }


def test_what_is_optional_is_not_what_a_mapping_makes() -> None:
    assert mapping().fingerprint == mapping(TEXT.replace(", optional: true", "")).fingerprint


def test_a_field_left_out_does_not_stand_for_a_required_one() -> None:
    stage = FieldMeta("StageNames", "text", required=True)
    opportunity = meta("Opportunity", "Name")
    objects = {
        "Opportunity": ObjectMeta("Opportunity", {**opportunity.fields, "StageNames": stage}),
        "Account": meta("Account", "Name"),
    }
    (finding,) = check(mapping(), objects)
    assert finding.message == "Opportunity cannot be created without StageNames"


@pytest.mark.parametrize("value", ["'yes'", "1", "null"])
def test_optional_is_true_or_false(value: str) -> None:
    with pytest.raises(ConfigurationError, match="not a valid mapping"):
        mapping(TEXT.replace("optional: true", f"optional: {value}"))
