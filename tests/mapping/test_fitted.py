"""`optional: true`: one mapping for CRMs that have a field and for those that do not."""

from __future__ import annotations

import pytest

from connector import yamlfile
from connector.errors import ConfigurationError
from connector.mapping.check import check
from connector.mapping.fitted import absent, fitted, is_of
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


def test_what_an_administrator_has_not_added_yet_is_left_out_until_then() -> None:
    text = TEXT.replace(
        "    key: {Key__c: Id}\n    fields:\n      Name: EngagementTitle",
        "    key: {Key__c: Id}\n"
        "    match: {title: {Title__c: Id, Name: Id}, narrow: {Name: Id}, many: newest}\n"
        "    fields:\n      Name: EngagementTitle\n      Later__c: Status",
    )
    whole = mapping(text)
    opportunity = meta("Opportunity", "Name", "StageName", "CurrencyIsoCode")
    lacking = ObjectMeta(
        "Opportunity", opportunity.fields, absent=("Title__c", "Later__c", "Key__c", "Else__c")
    )
    objects = {"Opportunity": lacking, "Account": meta("Account", "Name", "Industry")}
    fit = fitted(whole, objects)
    assert absent(whole, objects) == ["Opportunity.Key__c", "Opportunity.Later__c", "Opportunity.Title__c"]
    assert fields(fit)["opportunity"] == ["Name", "CurrencyIsoCode", "StageName", "AccountId"]
    (rule,) = (rule for rule in fit.records if rule.name == "opportunity")
    before = next(rule for rule in whole.records if rule.name == "opportunity")
    assert rule.match.title == {"Name": before.match.title["Name"]}
    assert (rule.match.narrow, rule.match.many, rule.key) == (before.match.narrow, "newest", before.key)
    # What was planned without it is due again once it is there; by whatever order the CRM tells of it.
    assert fit.fingerprint != whole.fingerprint
    again = ObjectMeta("Opportunity", opportunity.fields, absent=("Key__c", "Later__c", "Title__c"))
    assert fitted(whole, {**objects, "Opportunity": again}).fingerprint == fit.fingerprint
    fewer = ObjectMeta("Opportunity", opportunity.fields, absent=("Later__c",))
    assert fitted(whole, {**objects, "Opportunity": fewer}).fingerprint not in (
        fit.fingerprint,
        whole.fingerprint,
    )
    assert fit.fingerprint == f"{whole.fingerprint}-556815834906c498"  # by whatever version of this program
    assert is_of(fit.fingerprint, whole) and is_of(whole.fingerprint, fit)
    assert not is_of(fit.fingerprint, mapping())


def test_a_title_field_alone_may_be_what_is_absent() -> None:
    text = TEXT.replace(
        "    object: Account\n    key: {Key__c: Id}\n",
        "    object: Account\n    key: {Key__c: Id}\n    match: {title: {Title__c: Id}}\n",
    )
    objects = {
        "Account": ObjectMeta("Account", meta("Account", "Name", "Industry").fields, absent=("Title__c",))
    }
    fit = fitted(mapping(text), objects)
    assert fit.records[0].match.title == {}
    assert fields(fit)["account"] == ["Name", "Industry"]
